"""What a description says is not a claim: its sizes are taken out of the statements, its equations get their layer."""

from __future__ import annotations

from copy import copy
from math import prod

from netledger.audit.reading.statements.loose import leaves_of, place_of
from netledger.audit.understanding.building.state import WEIGHTED_KINDS
from netledger.audit.understanding.counts.beside import below_of, counts_beside
from netledger.audit.understanding.counts.named import LayerNames, is_number, layers_left, named_counts
from netledger.audit.understanding.marks.scanning import marks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from netledger.audit.reading.reader import Calculation
    from netledger.audit.reading.statements.statement import Statement
    from netledger.audit.understanding.described import Described
    from netledger.network import Network

SPOKEN = ("list", "prose")
"""Forms of description in which sizes stand as bare numbers among the words."""
PLACED = (*SPOKEN, "code", "table")
"""Forms in which each layer has a line of its own."""
SIZED = (*SPOKEN, "config", "code", "module")
"""Forms in which a number without a word for a count is a size; a summary's rows are counts."""
CLAIMS = frozenset("params weights biases trainable active ops connections bytes percent ratio".split())
LEAST_BESIDE_CODE = 10
"""A smaller number behind a line of code is hardly what its layer counts."""
ABOUT_SIZES = frozenset(
    "kernel filters units stride padding channels features groups same valid layer and by each".split()
)
"""Words of a description that a reader takes for the label of the equation behind it."""


def settled(calculation: Calculation, found: Described) -> Calculation:
    """The calculation without the sizes that a description says; equations behind one have its layer's name."""
    layers: dict[int, list[str]] = {}
    weighted = {layer.path for layer in found.network.layers if layer.kind in WEIGHTED_KINDS}
    for path, line_no in found.places.items() if found.how in PLACED else ():
        if path in weighted:  # a flatten that a dense layer needs stands on its line
            layers.setdefault(line_no, []).append(path)
    kept = copy(calculation)
    kept.statements, kept.prepared = [], None
    largest = _largest_size(found.network)
    names = LayerNames(found.network, found.places, calculation.written)
    named = named_counts(calculation.statements, names, found.lines)
    named |= counts_beside(calculation.statements, names.entries, layers)
    left = found.left | {below for line_no in found.left if (below := _line_below(calculation, line_no, layers))}
    for i, statement in enumerate(calculation.statements):
        is_open = statement.line_no in left or _names_any(statement, found.left_names)
        if is_open and not statement.is_total:
            statement = copy(statement)
            statement.is_open = True
        elif i in named:
            kept.statements.append(as_count(statement, named[i]))
            continue
        here: Sequence[str] = layers.get(statement.line_no, [])
        counted = _counted(statement, found, here)
        if counted:
            kept.statements.append(as_count(statement, counted))
            continue
        if statement.line_no in found.lines and found.how in SIZED and _is_size(statement, largest):
            continue
        single = len(here) == 1 and found.how != "table"
        kept.statements.append(_named(statement, here[0], found.how) if single else statement)
    return kept


def with_open(calculation: Calculation, statements: Sequence[Statement]) -> Calculation:
    """The calculation with some of its statements about what was not understood."""
    kept = copy(calculation)
    kept.statements, kept.prepared = [], None
    for statement in calculation.statements:
        if any(statement is one for one in statements):
            statement = copy(statement)
            statement.is_open = True
        kept.statements.append(statement)
    return kept


def _names_any(statement: Statement, names: frozenset[str]) -> bool:
    """Whether the words of a statement name one of these layers."""
    return bool(names) and any(word.lower() in names for word in statement.label)


def _line_below(calculation: Calculation, line_no: int, layers: Mapping[int, Sequence[str]]) -> int:
    """The line right below one that says no number, where that gives the layer's count; 0 where none does."""
    statements = calculation.statements
    below = -1 if any(s.line_no == line_no for s in statements) else below_of(statements, line_no, layers)
    return statements[below].line_no if below >= 0 else 0


def with_layers_left(calculation: Calculation, found: Described) -> Described:
    """The same network, not the whole where lines of the text are about more layers of a kind than it has."""
    if found.how not in PLACED:
        return found
    names = LayerNames(found.network, found.places, calculation.written)
    left = layers_left(calculation.statements, names, found.places)
    return found.replace(whole=False, left=found.left | left) if left else found


def _counted(statement: Statement, found: Described, here: Sequence[str]) -> str:
    """The layer of a line that describes layers, each followed by its count, of which a statement gives that; "" where
    it gives none.
    """
    starts = found.counted.get(statement.line_no, ())
    if not starts or len(starts) != len(here) or not is_number(statement):
        return ""
    own = [place_of(leaf.token)[0] for leaf in leaves_of(statement) if leaf.token is not None]
    return next((path for start, path in zip(starts, here, strict=True) if start in own), "" if here[1:] else here[0])


def with_two_vectors(found: Described) -> Described:
    """The same network, its recurrent layers with two bias vectors each, where textbooks were taken at their word."""
    recurrent = [layer for layer in found.network.layers if "bias_vectors" in layer.attributes]
    changed = {layer.path: layer.replace(attributes={**layer.attributes, "bias_vectors": 2}) for layer in recurrent}
    layers = tuple([changed.get(layer.path, layer) for layer in found.network.layers])
    assumed = [
        text.replace("one bias vector, as textbooks", "two bias vectors, as the formulas") for text in found.assumed
    ]
    return found.replace(network=found.network.replace(layers=layers), assumed=tuple(assumed))


def _largest_size(network: Network) -> int:
    """The largest number that the network is described by: an attribute, or what its sides make together."""
    largest = 0
    for layer in network.layers:
        for value in layer.attributes.values():
            sides = value if isinstance(value, tuple) else (value,)
            largest = max(largest, prod([side for side in sides if isinstance(side, int)]))
    return largest


def _is_size(statement: Statement, largest: int) -> bool:
    """A number or product without an equation and without a word for a count; alone, it is no larger than any size."""
    node = statement.members[-1].node if statement.members else None
    if node is not None and node.is_bare and statement.quantity == "" and node.value > largest:
        return False
    return (
        statement.quantity not in CLAIMS
        and len([m for m in statement.members if m.relation != "→"]) < 2
        and not statement.is_total
    )


def as_count(statement: Statement, path: str) -> Statement:
    """The statement as one of how many parameters a layer has."""
    again = copy(statement)
    again.label, again.inner, again.binding, again.quantity = [path], [], "", "params"
    return again


def _named(statement: Statement, path: str, how: str) -> Statement:
    """An equation whose label only ends a description (``…, no padding: 5*5*3*8 + 8 = 608``) is its layer's; so is
    one behind a line of code that makes one layer.
    """
    words = [str(mark.value) for mark in marks(" ".join(statement.label)) if mark.sort in ("word", "size", "kind")]
    ours = statement.quantity in ("", "setting", "shape", "features") and set(words) <= ABOUT_SIZES
    if how == "code":
        ours = not statement.binding and (statement.value or 0) >= LEAST_BESIDE_CODE
    if not ours or (len(statement.members) < 2 and how != "code") or statement.is_total:
        return statement
    again = copy(statement)
    again.label, again.quantity = [path], ""
    return again
