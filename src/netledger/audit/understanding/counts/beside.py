"""Numbers beside described layers: the one on a layer's own line, or right below it, which may be its count.

No number alone shows that it is a count; that most of such numbers of a text are their layers' counts does.
"""

from __future__ import annotations

from netledger.audit.reading.tokens.words import quantity_of
from netledger.audit.understanding.counts.named import is_count_of, is_number
from netledger.audit.understanding.counts.proven import are_proven

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from netledger.audit.reading.statements.statement import Statement
    from netledger.ledger import Entry

SORTS = ("params", "trainable")
"""The sorts of which a word says so."""


def counts_beside(
    statements: Sequence[Statement], entries: Mapping[str, Entry], layers: Mapping[int, Sequence[str]]
) -> dict[int, str]:
    """The layers whose counts statements give, by the place of the statement; ``layers``: line → the layers there.

    Empty where fewer than half of the numbers, and fewer than two, are what a person counts of their layers.
    """
    single = {line_no: paths[0] for line_no, paths in layers.items() if len(paths) == 1 and paths[0] in entries}
    beside = {line_no: i for line_no, path in single.items() if (i := _here(statements, line_no, entries[path])) >= 0}
    for line_no in single:
        below = below_of(statements, line_no, layers) if line_no not in beside else -1
        if below >= 0:
            beside[line_no] = below
    said = {line_no: i for line_no, i in beside.items() if statements[i].value}
    equal = sum(is_count_of(statements[i], entries[single[line_no]]) for line_no, i in said.items())
    return {i: single[line_no] for line_no, i in beside.items()} if said and are_proven(equal, len(said)) else {}


def _here(statements: Sequence[Statement], line_no: int, entry: Entry) -> int:
    """The number of a layer's line that may be its count: the last that is called so, else the last that is no size of
    it; -1 where there is none.
    """
    own = [i for i, s in enumerate(statements) if s.line_no == line_no and is_number(s) and not s.is_total]
    bare = [i for i in own if statements[i].members[0].node.is_bare]  # type: ignore[union-attr]
    called = [i for i in bare if statements[i].quantity in SORTS]
    sizes = _sizes_of(entry)
    plain = [i for i in bare if statements[i].value not in sizes or is_count_of(statements[i], entry)]
    return (called or plain or [-1])[-1]


def _sizes_of(entry: Entry) -> set[object]:
    """What a layer is described by."""
    sizes: set[object] = set()
    for value in (*entry.layer.attributes.values(), *entry.inputs, *entry.outputs):
        sizes.update(value if isinstance(value, tuple) else (value,))
    return sizes


def below_of(statements: Sequence[Statement], line_no: int, layers: Mapping[int, Sequence[str]]) -> int:
    """The one number of the next line that says anything, where it is called a count and nothing else; -1 where there
    is none.
    """
    following = min([s.line_no for s in statements if s.line_no > line_no], default=0)
    own = [i for i, s in enumerate(statements) if s.line_no == following]
    if following in layers or not following or following > line_no + MOST_BELOW or len(own) != 1:
        return -1
    statement = statements[own[0]]
    named = any(quantity_of(word) not in SORTS for word in statement.label)
    return own[0] if is_number(statement) and statement.quantity in SORTS and not named else -1


MOST_BELOW = 2
"""Lines from a layer's to its count's."""
