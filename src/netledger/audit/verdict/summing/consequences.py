"""What follows for a sum from its lines: it carries what is wrong in them, or they leave out or count too much."""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.causes.subtotals import Short, block_of, counts_too_often, short_of_its_block
from netledger.audit.causes.totals import absent_from, absent_parts, kind_of, names_of
from netledger.audit.matching.items.meaning import meant
from netledger.audit.matching.rows import wrong_term
from netledger.audit.verdict.outcome import Outcome, called_wrong, finding_of, shown, stated_node
from netledger.audit.verdict.summing.blamed import (
    blamed_for,
    covered_by,
    line_short_of_parts,
    lines_short_of,
    lines_without_biases,
    strange_parts,
)
from netledger.audit.verdict.summing.totals import blame_total, carried
from netledger.audit.weights import OWN_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.books.parts import Part
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.sums import Sum
    from netledger.audit.reading.tokens.tokenizing import Value
    from netledger.audit.verdict.decided import Decided

ABSENT = ("missing_layer", "missing_norm")
"""What a sum is short of where the text is about a part of the network that it names."""
PIECE = 3
"""A text that is about less than this part of a network, by layers and by parameters, is about a piece of it."""


def of_what_adds_up(decided: Decided, item: Item, found: Sum, true: Value | None, wrong: list[Outcome]) -> Outcome:
    """A right sum that is not what should stand there."""
    if wrong and true is not None:
        return _short_and_wrong(decided, item, found, wrong, true)
    if not (found.whole and decided.whole):
        return of_a_named_block(decided, item, found) or _only_adds(decided, item, found)
    extra = _with_layers_too_many(decided, item, found, true) if true is not None else None
    return extra or right_sum_of_too_little(decided, item, found)


def of_a_named_block(decided: Decided, item: Item, found: Sum) -> Outcome | None:
    """A subtotal that its label says is a block's, and that counts too much or too little for it."""
    if not decided.blames:
        return None
    if _is_of_the_other_half(decided, item, found):
        return _of_the_other_half(decided, item, found)
    often = counts_too_often(found, decided.matcher)
    if often is not None:
        counted, there, whole = often
        why = f"{whole.what} has what line {counted.line_no} counts {'once' if there == 1 else f'{there} times'}"
        kind = "shared_parameters_multiplied"
        return called_wrong(item, (Cause(kind, why, stated_node(item), shown(whole.value)),), whole.value, None)
    strange, adds = strange_parts(decided, found)
    block = block_of(found, found.adds - adds, decided.matcher) if strange else None
    if block is not None:
        return _with_layers_too_many(decided, item, found, block.value)
    if strange or not all(decided.is_right(part) for part, _ in found.parts):
        return None
    covered = covered_by(decided, found.parts)
    short = short_of_its_block(found, covered, decided.matcher, found.adds) if covered is not None else None
    if short is None or (decided.named and short.kind in ABSENT):
        return None
    lines, left = lines_short_of(decided, found, short)
    if lines:
        return _carries_and_leaves_out(decided, item, found, lines, short, left)
    if not short.is_named:
        return None
    true = short.quantity.value
    cause = wrong_term(item, short.quantity, decided.matcher.quantities)
    cause = cause or Cause(short.kind, short.why, stated_node(item), shown(true))
    return called_wrong(item, (cause,), true, None)


def _is_of_the_other_half(decided: Decided, item: Item, found: Sum) -> bool:
    """Whether a label names one half of the network, and all lines are about the other."""
    meanings = [meant(part) for part, _ in found.parts]
    other = decided.matcher.prices.is_in_another_half
    return bool(meanings) and all(told is not None and other(item.wording, told.quantity) for told in meanings)


def _of_the_other_half(decided: Decided, item: Item, found: Sum) -> Outcome | None:
    """``decoder: 6 × 3.15M`` of the encoder's blocks, where the decoder's have a second attention."""
    label, groups = decided.matcher.prices.label, decided.matcher.quantities.groups
    named = [q for q in groups if q.role in ("block", "blocks") and label(item.wording, q) <= OWN_NAME]
    if not named or not item.value:
        return None
    value = item.value
    quantity = min(named, key=lambda q: max(q.value, value) / min(q.value, value))  # of one block, or of all of them
    if abs(quantity.value - item.value) <= item.error + found.error:
        return None
    lines = ", ".join([f"{part.line_no}" for part, _ in found.parts])
    why = f"{quantity.what} has {quantity.value:,}: line {lines} is about other layers"
    kind = "missing_layer" if quantity.value > item.value else "wrong_value"
    return called_wrong(item, (Cause(kind, why, stated_node(item), shown(quantity.value)),), quantity.value, None)


def _carries_and_leaves_out(
    decided: Decided, item: Item, found: Sum, wrong: list[Outcome], short: Short, left: list[Part]
) -> Outcome:
    """A subtotal of wrong lines that leaves something of its block out besides."""
    true = short.quantity.value
    outcome = _carries(decided, item, found, wrong, true)
    if not left:
        return outcome
    cause = Cause(kind_of(left), f"no line counts {names_of(left)}", stated_node(item), shown(true))
    more = finding_of(item, cause, true, item.value, None)
    return outcome.replace(findings=(*outcome.findings, more))


def _short_and_wrong(decided: Decided, item: Item, found: Sum, wrong: list[Outcome], true: Value) -> Outcome:
    """A sum of lines of which some are wrong, and which may leave a part of their block out besides."""
    covered = covered_by(decided, found.parts) if decided.blames else None
    short = short_of_its_block(found, covered, decided.matcher, true) if covered is not None else None
    if short is None or (decided.named and short.kind in ABSENT):
        return _carries(decided, item, found, wrong, true)
    lines, left = lines_short_of(decided, found, short)
    if not lines and not short.is_named:
        return _carries(decided, item, found, wrong, true)
    return _carries_and_leaves_out(decided, item, found, [*wrong, *lines], short, left)


def _with_layers_too_many(decided: Decided, item: Item, found: Sum, true: Value) -> Outcome | None:
    """A total that is too large by lines that the network does not have, or has only once."""
    blamed = blamed_for(decided, found, found.adds - true)
    return _carries(decided, item, found, blamed, true) if blamed else None


def _carries(decided: Decided, item: Item, found: Sum, wrong: list[Outcome], true: Value) -> Outcome:
    """The right sum of wrong lines; where these set right would not give the total either, that is told too."""
    mended: Value = 0
    for part, times in found.parts:
        outcome = decided.outcomes.get(part.index)
        mended += (
            outcome.expected if outcome is not None and outcome.expected is not None else part.value or 0
        ) * times
    if mended > true:
        wrong = [*wrong, *blamed_for(decided, found, mended - true)]
    elif mended < true:
        without = lines_without_biases(decided, found, true - mended) or _short_lines(decided, found, true - mended)
        wrong, mended = [*wrong, *without], true if without else mended
    findings = [carried(item, wrong, true)]
    twice = [f for outcome in wrong for f in outcome.findings if f.kind == "tied_embeddings_double_counted"]
    if twice:
        findings.append(finding_of(item, Cause(twice[0].kind, twice[0].why), true, item.value, None))
    if found.whole and decided.whole and mended < true - found.error:
        covered = covered_by(decided, found.parts) or []
        kind, why = absent_from(covered, mended, decided.books)
        biases = sum([part.biases * part.times for part in decided.books.weighted]) if decided.books.bias else 0
        if true - mended == biases:
            kind, why = "missing_bias", f"the {biases:,} biases are missing"
        if kind in ("missing_layer", "missing_norm", "missing_bias"):
            findings.append(finding_of(item, Cause(kind, why), true, item.value, None))
    return Outcome(item, "carries", None, findings[0].why, tuple(findings), true)


def _short_lines(decided: Decided, found: Sum, missing: Value) -> list[Outcome]:
    """The line that leaves out all that the lines, set right, are short of."""
    covered = covered_by(decided, found.parts) if decided.blames and not decided.named else None
    absent = absent_parts(covered, decided.books) if covered is not None else []
    if sum([decided.books.count(part) * part.times for part in absent]) != missing:
        return []
    line = line_short_of_parts(decided, found, absent)
    return [line] if line is not None else []


def _only_adds(decided: Decided, item: Item, found: Sum) -> Outcome:
    if all(decided.is_right(part) for part, _ in found.parts):
        lines = ", ".join([f"{part.line_no}" for part, _ in found.parts])
        about = bool(item.wording.families) or item.statement.is_total
        if about and item.right is None and decided.named:
            return Outcome(item, "adds_up", None, f"the sum of lines {lines}: no count of this network", (), item.value)
        return Outcome(item, "right", None, f"the sum of lines {lines}", (), item.value)
    return Outcome(item, "adds_up", None, "", (), None)


def right_sum_of_too_little(decided: Decided, item: Item, found: Sum) -> Outcome:
    """The lines add up, all are right, and yet the network has more or less."""
    assert item.value is not None
    covered = covered_by(decided, found.parts)
    if covered is None:
        return Outcome(item, "adds_up", None, "not all of its lines could be compared", (), None)
    if _is_of_a_piece(decided, item, found):
        return _only_adds(decided, item, found)
    blamed = blamed_for(decided, found, item.value - decided.books.total)
    blamed = blamed or lines_without_biases(decided, found, decided.books.total - item.value)
    if blamed:
        return _carries(decided, item, found, blamed, decided.books.total)
    if decided.blames and not decided.named and item.value < decided.books.total:
        line = line_short_of_parts(decided, found, absent_parts(covered, decided.books))
        if line is not None:
            return _carries(decided, item, found, [line], decided.books.total)
    kind, why = absent_from(covered, item.value, decided.books)
    if decided.named and kind in ABSENT:
        return Outcome(item, "adds_up", None, f"as a sum; of the network {why}", (), None)
    return blame_total(decided, item, (kind, why))


def _is_of_a_piece(decided: Decided, item: Item, found: Sum) -> bool:
    """Whether the lines are about a small piece of the network, so that their total is this piece's."""
    seen = {id(p) for part, _ in found.parts if (m := meant(part)) is not None for p, _ in m.quantity.cover}
    few = len(seen) * PIECE <= len(decided.books.weighted)
    return few and item.value is not None and item.value * PIECE <= decided.books.total
