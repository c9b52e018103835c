"""Totals of the whole network, whatever lines stand above them; and what nothing explains."""

from __future__ import annotations

from itertools import chain

from netledger.audit.causes.cause import Cause
from netledger.audit.matching.items.arithmetic import rounds_to
from netledger.audit.matching.items.item import LEAST_ALONE, LEAST_COUNT
from netledger.audit.matching.items.meaning import meant
from netledger.audit.verdict.outcome import Outcome, finding_of, shown
from netledger.audit.weights import LEAST_TELLING, NEARLY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items.item import Item
    from netledger.audit.reading.tokens.tokenizing import Value
    from netledger.audit.result import Finding
    from netledger.audit.verdict.decided import Decided

MISADDED = frozenset(("wrong_value", "missing_layer", "missing_norm"))
"""What a total is called that is not the network's; where its lines account for everything, it only adds wrongly."""


def left_open(decided: Decided, item: Item) -> Outcome:
    """What nothing explains: unchecked, unless it is the total but for a slip."""
    from netledger.audit.causes.totals import name_total

    if _nearly_the_total(decided, item):
        assert item.value is not None
        return blame_total(decided, item, name_total(item.value, item.error, decided.books))
    if _is_all_that_is_said(decided, item):
        from netledger.audit.causes.totals import counts_steps

        assert item.value is not None
        steps = counts_steps(item, decided.books.weighted[0], decided.matcher.written)
        named = steps or name_total(item.value, item.error, decided.books)
        return blame_total(decided, item, named)
    another = _sizes_of_another(decided, item)
    if another:
        return blame_total(decided, item, ("stale_annotation", another))
    equation = item.node is not None and len([m for m in item.statement.members if m.node is not None]) > 1
    if not equation and item.statement.quantity == "" and _is_size_of_named(decided, item):
        return Outcome(item, "right", None, "a size of the network", (), item.value)
    why = "fits nothing in this network" if decided.books.weighted else "no network to compare it with"
    return Outcome(item, "adds_up" if equation else "not_checked", None, why)


def _is_size_of_named(decided: Decided, item: Item) -> bool:
    """``vocabulary 32,000``, ``FFN 14336``: whether a number by itself is a size of the layer that its label names."""
    if item.stated is None or item.stated.relation:
        return False  # "conv2: 256" is what it has
    parts = [part for part in decided.books.weighted if part.family in item.wording.families]
    label = decided.matcher.prices.label
    named = (q.first for q in decided.matcher.quantities.groups if label(item.wording, q) < 0)
    return any(item.value == size for part in chain(parts, named) for term in part.terms for _, size in term.factors)


def _is_all_that_is_said(decided: Decided, item: Item) -> bool:
    """Whether an equation is the last word of a text about one layer, of which nothing is right."""
    if not decided.whole or not decided.blames or len(decided.books.weighted) != 1 or item.products is None:
        return False
    counts = item.stated is not None and item.value is not None and item.value >= LEAST_TELLING
    last = item is decided.items[-1] and item.statement.quantity in ("", "params")
    return counts and last and not any(outcome.verdict == "right" for outcome in decided.outcomes.values())


def _sizes_of_another(decided: Decided, item: Item) -> str:
    """Why the one formula of a text, which is of a whole perceptron, is of another one; "" where it is not."""
    alone = sum(1 for other in decided.items if other.products is not None and other.is_count) == 1
    if not decided.whole or not decided.blames or not alone or item.fault is not None or item.stated is None:
        return ""
    from netledger.audit.causes.wholes import sizes_of_another

    return sizes_of_another(item, decided.books)


def _nearly_the_total(decided: Decided, item: Item) -> bool:
    """Whether a number that nothing names is the network's total but for a slip."""
    value, total = item.value, decided.books.total
    if not decided.whole or item.products is not None or item.error or not isinstance(value, int):
        return False
    if value < LEAST_TELLING or item.wording.inner_families or item.used or decided.says_the_total:
        return False
    return 0 < abs(value - total) <= NEARLY * total


def carried(item: Item, wrong: list[Outcome], true: Value) -> Finding:
    """That a total carries what is wrong above."""
    line = wrong[0].item.line_no
    lines = ", ".join(dict.fromkeys([f"{outcome.item.line_no}" for outcome in wrong]))
    why = f"it carries line{'s' if ',' in lines else ''} {lines}"
    stated = item.stated
    node = stated.node if stated is not None else None
    return finding_of(item, Cause("propagated", why, node, shown(true)), true, item.value, None, line)


def carries(item: Item, wrong: list[Outcome], true: Value, layer: str | None = None) -> Outcome:
    """A number that is wrong only through lines above: with these set right it would be ``true``."""
    finding = carried(item, wrong, true)
    return Outcome(item, "carries", layer, finding.why, (finding,), true)


def claim(decided: Decided, item: Item) -> Outcome:
    """A number that is called the whole network's."""
    from netledger.audit.causes.totals import name_total

    assert item.value is not None
    told = _history(decided, item)
    known = is_round(item, decided.books.total) and not told
    if is_equal(item.value, decided.books.total, item) or known:
        return Outcome(item, "right", None, "the whole network", (), decided.books.total)
    kept = sum([part.statistics * part.times for part in decided.books.weighted])
    if told and not item.error and item.value != decided.books.total + kept:
        return Outcome(item, "not_checked", None, told)  # to the last digit: of another form, which a note tells of
    kind, why = name_total(item.value, item.error, decided.books)
    outcome = blame_total(decided, item, (kind, told or why))
    return _by_its_formula(decided, item, outcome) if kind == "wrong_value" and item.products else outcome


def _by_its_formula(decided: Decided, item: Item, outcome: Outcome) -> Outcome:
    """The same with what the terms of the whole network's formula count twice or leave out."""
    from netledger.audit.causes.wholes import causes_of_formula

    causes = causes_of_formula(item, decided.books) if outcome.verdict == "wrong" else []
    found = [
        finding_of(item, cause, decided.books.total if cause.expected is None else cause.expected, item.value, None)
        for cause in causes
    ]
    return outcome.replace(findings=tuple(found), why=found[0].why) if found else outcome


def _history(decided: Decided, item: Item) -> str:
    """What the catalogue tells of a figure that is often given for the network and that it does not have; else ""."""
    node = item.stated.node if item.stated is not None else None
    figure = node.token.text if node is not None and node.token is not None else ""
    notes = [note for note in decided.books.network.notes if figure and "rounds" not in note]
    return next((note for note in notes if figure in [word.strip(",.:;") for word in note.split()]), "")


def is_round(item: Item, true: Value) -> bool:
    """Whether a number in millions or billions is the true one cut or rounded at its last digit that is not 0."""
    node = item.stated.node if item.stated is not None else None
    token, value = node.token if node is not None else None, item.value
    if token is None or token.suffix == 1 or item.products is not None or not isinstance(value, int):
        return False
    unit = token.suffix
    while value % (10 * unit) == 0:
        unit *= 10
    shorter = unit > token.suffix and abs(value - true) <= NEARLY_ROUND * true
    return shorter and value in (true // unit * unit, (true + unit // 2) // unit * unit)


NEARLY_ROUND = 0.03
"""How far a round number may be off, as a share: 220M for 222.9M."""


def is_all_there(decided: Decided) -> bool:
    """Whether the lines that are right account for the whole network."""
    from netledger.audit.causes.totals import absent_parts

    if decided.all_there is None:
        meanings = [meant(item) for item in decided.items if not item.statement.is_total]
        right = [meaning.quantity for meaning in meanings if meaning is not None and not meaning.causes]
        right = [quantity for quantity in right if quantity.role not in ("total", "trainable")]
        decided.all_there = len(right) > 1 and not absent_parts(right, decided.books)
    return decided.all_there


def wrong_before(decided: Decided, item: Item) -> list[Outcome]:
    """What is wrong above, of which a sum adds the number that is claimed there."""
    leaves = {product.value for product in item.products or () if len(product.leaves) == 1}
    return [o for o in decided.outcomes.values() if o.verdict in ("wrong", "carries") and o.item.value in leaves]


def carried_by_terms(decided: Decided, item: Item, true: Value) -> Outcome | None:
    """A sum of which some terms are the wrong results of lines above: with these set right it would be right."""
    leaves = {leaf.value for product in item.products or () for leaf in product.leaves if leaf.value >= LEAST_COUNT}
    before = [o for o in decided.outcomes.values() if o.verdict in ("wrong", "carries") and o.item.value in leaves]
    mended = item.value
    for outcome in before:
        if mended is None or outcome.expected is None or outcome.item.value is None:
            return None
        mended += outcome.expected - outcome.item.value
    if not before or mended != true:
        return None
    return carries(item, before, true)


def blame_total(decided: Decided, item: Item, cause: tuple[str, str]) -> Outcome:
    """A total that is not the network's, by its kind and its sentence."""
    kind, why = cause
    if kind == "gradients_counted" and not decided.matcher.faults.speaks_of_gradients:
        kind, why = "wrong_value", f"that is twice the parameters: the network has {decided.books.total:,}"
    if kind == "counted_running_stats" and _tells_both(decided, item):
        return Outcome(item, "right", None, "the parameters and the running statistics that stand beside them")
    before = wrong_before(decided, item) if kind in MISADDED and item.products else []
    if kind in MISADDED and is_all_there(decided):
        kind, why = "wrong_sum", "the lines have it all, and add to something else"
    stated = item.stated or item.statement.expression
    node = stated.node if stated is not None else None
    total = decided.books.total
    if before:
        return carries(item, before, total)
    finding = finding_of(item, Cause(kind, why, node, f"{total:,}"), total, item.value, None)
    return Outcome(item, "wrong", None, why, (finding,), total)


def _tells_both(decided: Decided, item: Item) -> bool:
    """Whether a text gives the parameters, the running statistics and their sum, which is no slip then."""
    said = {other.value for other in decided.items}
    total = decided.books.total
    return total in said and item.value is not None and item.value - total in said


def tells_the_total_exactly(decided: Decided, item: Item) -> bool:
    """Whether the line gives the network's exact count beside a rounded number: ``8,208,384 of the 37.8M``."""
    row = decided.matcher.by_row.get(item.statement.row, ())
    return any(other is not item and not other.error and other.value == decided.books.total for other in row)


def in_passing(item: Item) -> bool:
    """Whether a total is too small to be one, and nothing calls it a count."""
    return item.value is not None and item.value < LEAST_ALONE and item.statement.quantity == "" and item.right is None


def is_equal(value: Value, true: Value, item: Item) -> bool:
    """Whether a claimed value is the true one within its rounding."""
    return rounds_to(true, value, item.error)
