"""Totals of lines: right, carrying what is wrong above, or wrong themselves."""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.matching.items.meaning import meant
from netledger.audit.matching.sums import Sum, is_nested
from netledger.audit.reading.statements.statement import total_in
from netledger.audit.verdict.outcome import Outcome, called_right, called_wrong, finding_of, shown
from netledger.audit.verdict.summing.totals import (
    carried,
    claim,
    is_equal,
    is_round,
    left_open,
    tells_the_total_exactly,
    wrong_before,
)
from netledger.audit.weights import LEAST_TELLING, NEAR_SUM, NO_MEANING
from netledger.audit.words import WOULD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items.item import Item
    from netledger.audit.reading.tokens.tokenizing import Value
    from netledger.audit.verdict.decided import Decided


def _true_sum(decided: Decided, found: Sum) -> Value | None:
    """What should stand there: the network's count, or what the lines should add up to."""
    if decided.whole and (found.whole or _ends_all(decided, found)):
        return decided.books.total
    total: Value = 0
    for part, times in found.parts:
        outcome = decided.outcomes.get(part.index)
        if outcome is not None and outcome.expected is not None:
            total += outcome.expected * times
        elif outcome is not None and outcome.verdict == "adds_up" and not decided.books.weighted and part.value:
            total += part.value * times
        else:
            return None
    return total if found.parts else None


def _ends_all(decided: Decided, found: Sum) -> bool:
    from netledger.audit.verdict.summing.about import ends_all

    return ends_all(decided, found)


def _wrong_parts(decided: Decided, found: Sum) -> list[Outcome]:
    outcomes = [decided.outcomes[part.index] for part, _ in found.parts if part.index in decided.outcomes]
    return [outcome for outcome in outcomes if outcome.verdict in ("wrong", "carries")]


def sum_that_fails(decided: Decided, item: Item, found: Sum) -> Outcome:
    """A sum whose own terms do not give its result."""
    from netledger.audit.causes.groups import tied_tables

    fault = item.fault
    assert fault is not None
    true, wrong = _true_sum(decided, found), _wrong_parts(decided, found) or wrong_before(decided, item)
    expected = true if true is not None and not wrong and true == fault.gives else fault.gives
    if not wrong and (short := _lines_of_weights(decided, item, fault.says)):
        wrong, true = short, decided.books.total
    kind = "terms_do_not_add" if true is not None and true == fault.says else "wrong_sum"
    why = f"the terms add to {shown(fault.gives)}, not {shown(fault.says)}"
    twice = [owner for _, owner in tied_tables(decided.books) if fault.gives - fault.says == owner.full]
    if twice and decided.books.total == fault.says:
        kind, expected = "tied_embeddings_double_counted", fault.says
        why += f": the terms count the shared table of {twice[0].shown} twice"
    findings = [finding_of(item, Cause(kind, why, fault.stated.node, shown(expected)), expected, fault.says, None)]
    if wrong and true is not None:
        findings.append(carried(item, wrong, true))
    return Outcome(item, "wrong", None, why, tuple(findings), true if true is not None else expected)


def _lines_of_weights(decided: Decided, item: Item, says: Value) -> list[Outcome]:
    """The lines above of layers' weights alone that add up to what a total says, one of whose terms slipped; now called
    wrong where the network's biases are all that is missing.
    """
    from netledger.audit.verdict.summing.blamed import lines_without_biases

    if not decided.whole:
        return []
    told = [(line, meant(line)) for line in decided.items[: item.index] if decided.is_right(line)]
    rows = [(line, 1) for line, meaning in told if meaning is not None and meaning.quantity.role == "weights"]
    before = [o for o in decided.outcomes.values() if {f.kind for f in o.findings} == {"missing_bias"}]
    adds = sum([line.value or 0 for line, _ in rows]) + sum([o.item.value or 0 for o in before])
    if len(rows) + len(before) < LEAST_ROWS or adds != says:
        return []
    missing = decided.books.total - says - sum([(o.expected or 0) - (o.item.value or 0) for o in before])
    return [*before, *(lines_without_biases(decided, Sum(item, rows, True), missing) if missing else ())]


LEAST_ROWS = 2
"""Lines of weights that a total may add up."""


def _is_about_all(decided: Decided, item: Item, found: Sum) -> bool:
    from netledger.audit.verdict.summing.about import (
        ends_nearly_all,
        is_all_of_its_kind,
        is_all_that_is_trained,
        is_the_only_block,
    )

    last = is_the_only_block(decided, item, found) or ends_nearly_all(decided, found)
    return last or is_all_of_its_kind(decided, item) or is_all_that_is_trained(decided, item, found)


def sum_of_lines(decided: Decided, item: Item, found: Sum) -> Outcome:
    """A total by the lines that it adds up, and by the network where it is about all of it."""
    found.whole = found.whole or _is_about_all(decided, item, found)
    found.whole = found.whole or (decided.adds_everything(found) and tells_the_total_exactly(decided, item))
    value, true, wrong = item.value, _true_sum(decided, found), _wrong_parts(decided, found)
    assert value is not None
    if item.fault is None and item.node is not None and item.refers and item.node.value != value and not item.error:
        return left_open(decided, item)  # "320 → half of 256 + 256 + 128"
    if not decided.books.weighted and item.products is None and [part.products for part, _ in found.parts] == [None]:
        return Outcome(item, "not_checked", None, "no network to compare it with")
    about = true is not None and (is_equal(value, true, item) or (item.approximate and is_round(item, true)))
    if about and found.whole and decided.whole:
        whole = Outcome(item, "right", "the whole network", "the whole network", (), true)
        if found.adds == value:
            return whole
        from netledger.audit.verdict.lines.neighbours import norms_left_out

        return norms_left_out(decided, item, found) or whole
    if not item.statement.label and decided.matcher.line_words.at(item).all & WOULD:
        return left_open(decided, item)  # "halving it would remove 655,360 weights"
    if not is_equal(value, decided.books.total, item) and _counts_twice(decided, found, value):
        from netledger.audit.verdict.summing.consequences import right_sum_of_too_little

        return right_sum_of_too_little(decided, item, found)
    from netledger.audit.verdict.summing.repeats import wrong_number_of_blocks

    wrong_number = wrong_number_of_blocks(decided, item, found)
    if wrong_number is not None:
        return wrong_number
    by_meaning = _by_its_meaning(decided, item, found, true, wrong)
    if by_meaning is not None:
        return by_meaning
    if true is not None and is_equal(value, true, item):
        if not decided.books.weighted:
            return Outcome(item, "adds_up", None, "the sum of the lines; no network to compare it with", (), true)
        if not wrong and not found.whole:
            from netledger.audit.verdict.summing.consequences import of_a_named_block

            block = of_a_named_block(decided, item, found)
            if block is not None:
                return block
        if item.right is None and not all(decided.is_right(part) for part, _ in found.parts) and not found.whole:
            return Outcome(item, "adds_up", None, "", (), true)
        what = "the whole network" if found.whole else ""
        return Outcome(item, "right", what or None, what, (), true)
    return _of_other_lines(decided, item, found, true, wrong)


def _of_other_lines(decided: Decided, item: Item, found: Sum, true: Value | None, wrong: list[Outcome]) -> Outcome:
    """A total that is not what its lines should come to: right by what they are, or wrong, or open."""
    value = item.value
    assert value is not None
    adds = abs(found.adds - value) <= item.error + found.error + (0.01 * abs(value) if item.approximate else 0)
    if found.parts and adds:
        from netledger.audit.verdict.summing.consequences import of_what_adds_up

        return of_what_adds_up(decided, item, found, true, wrong)
    if not found.parts:
        return claim(decided, item) if found.whole and decided.whole else left_open(decided, item)
    if not decided.whole and not _must_add(decided, item, found):
        return left_open(decided, item)
    from netledger.audit.verdict.summing.about import counts_each
    from netledger.audit.verdict.summing.reached import is_reached

    if not decided.books.weighted and counts_each(decided, found, value):
        return Outcome(item, "adds_up", None, "the lines add up, of which one is of each of several", (), None)
    if not wrong and (decided.named or not decided.whole) and is_reached(decided, item, found):
        return Outcome(item, "adds_up", None, "the sum of numbers of the lines above", (), None)
    return _wrong_sum(decided, item, found, true, wrong)


def _by_its_meaning(
    decided: Decided, item: Item, found: Sum, true: Value | None, wrong: list[Outcome]
) -> Outcome | None:
    """A sum that means something by itself, whatever its lines are about."""
    from netledger.audit.verdict.summing.about import is_about_its_lines, is_of_a_block, total_follows

    value = item.value
    assert value is not None
    meaning = item.right
    last = found.whole and decided.whole and item.index >= decided.last_total and not total_follows(decided, item)
    named = total_in(item.statement.label) or total_in(item.statement.words)
    told = ("trainable", item.statement.quantity)  # by the head of a column: the weights alone
    own = meaning is not None and (meaning.quantity.role in told or is_of_a_block(decided, found, meaning))
    if meaning is not None and found.whole and decided.whole and meaning.quantity.role == "run":
        meaning = None  # the lines in a row, of what is to be the whole
    if meaning is not None and meaning.cost < NO_MEANING and (not last or not named or own):
        equal = abs(meaning.quantity.value - value) <= item.error and meaning.quantity.role != "weights"
        best = meant(item)
        if not wrong and best is not None and best.causes and decided.blames:
            return called_wrong(item, best.causes, best.expected, best.layer)  # "per layer: …" of two matrices of three
        set_right = bool(wrong) and decided.whole and true == decided.books.total
        if not wrong or (equal and not set_right and is_about_its_lines(found, meaning)):
            return called_right(item)
    return None


def _counts_twice(decided: Decided, found: Sum, value: Value) -> bool:
    """Whether a sum at the end of the text adds up more than the network has."""
    last = decided.last_sum <= found.item.index
    right = all(decided.is_right(part) for part, _ in found.parts)
    adds = abs(found.adds - value) <= _error_of(found)
    return decided.whole and last and right and adds and len(found.parts) > 1 and value > decided.books.total


def _must_add(decided: Decided, item: Item, found: Sum) -> bool:
    """Whether lines are surely meant to make the total: it is near, and none is part of another."""
    from netledger.audit.matching.items.arithmetic import is_digit_slip

    value = item.value
    if item.refers or value is None:
        return True
    if value >= LEAST_TELLING / 10 and is_digit_slip(value, int(found.adds)):
        return True  # of three figures one may differ by chance
    near = abs(found.adds - value) <= NEAR_SUM * abs(value)
    nested = is_nested(found.parts) and not _are_apart(found)
    return len(found.parts) > 1 and near and not nested and not found.error


def _are_apart(found: Sum) -> bool:
    """Whether each line is about other layers, so that none is part of another."""
    meanings = [meant(part) for part, _ in found.parts]
    cover = [id(one) for meaning in meanings if meaning is not None for one, _ in meaning.quantity.cover]
    return all(meaning is not None for meaning in meanings) and len(cover) == len(set(cover))


def _wrong_sum(decided: Decided, item: Item, found: Sum, true: Value | None, wrong: list[Outcome]) -> Outcome:
    from netledger.audit.causes.totals import name_total

    expected = true if true is not None else found.adds
    stated = item.stated
    node = stated.node if stated is not None else None
    kind, why = "wrong_sum", f"the lines add to {shown(found.adds)}"
    if found.whole and decided.whole and item.value is not None:
        named, reason = name_total(item.value, item.error, decided.books)
        summed = named == "wrong_value" and not decided.says_the_total  # what lines add to is said above already
        kind, why = (kind, why) if summed else (named, reason)
    findings = [finding_of(item, Cause(kind, why, node, shown(expected)), expected, item.value, None)]
    if wrong and true is not None:
        findings.append(carried(item, wrong, true))
    return Outcome(item, "wrong", None, why, tuple(findings), expected)


def _error_of(found: Sum) -> float:
    """How far a total may be from what its lines add up to."""
    return found.item.error + found.error
