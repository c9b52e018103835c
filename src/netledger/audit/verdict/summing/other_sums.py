"""Sums of numbers that are no counts: bytes of weights and of a cache together, operations of all layers."""

from __future__ import annotations

from itertools import combinations

from netledger.audit.causes.cause import Cause
from netledger.audit.verdict.outcome import Outcome, called_wrong, shown, stated_node
from netledger.audit.verdict.summing.totals import carries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.matching.items.item import Item
    from netledger.audit.verdict.decided import Decided

MOST_ADDED = 24
"""Lines before a sum, the nearest ones, among which its terms are."""


def sum_of_others(decided: Decided, item: Item) -> Outcome | None:
    """``both together: 17,110,281,216 bytes``: a total of lines above of the same sort, and what these carry."""
    if item.products is not None or not item.value:
        return None
    above = [other for other in decided.items[: item.index] if _is_alike(other, item)][-MOST_ADDED:]
    for chosen in _choices(above):
        adds = sum([other.value or 0 for other in chosen])
        if abs(adds - item.value) <= item.error + sum([other.error for other in chosen]):
            return _of_terms(decided, item, chosen)
    if len(above) == 2 and not item.error and not any(other.error for other in above):
        return _near(decided, item, above)
    return None


def _is_alike(other: Item, item: Item) -> bool:
    """Whether two numbers are of one sort, both of them exact or both rounded."""
    same = other.statement.quantity == item.statement.quantity and bool(other.value)
    return same and (other.error > 0) == (item.error > 0)


def _choices(above: list[Item]) -> Iterator[list[Item]]:
    """All lines, the last ones, any two."""
    for first in range(len(above) - 1):
        yield above[first:]
    yield from [list(two) for two in combinations(above, 2)]


def _of_terms(decided: Decided, item: Item, chosen: list[Item]) -> Outcome:
    outcomes = [found for other in chosen if (found := decided.outcomes.get(other.index)) is not None]
    wrong = [outcome for outcome in outcomes if outcome.verdict in ("wrong", "carries")]
    if wrong and all(outcome.expected is not None for outcome in wrong):
        more = sum([(outcome.expected or 0) - (outcome.item.value or 0) for outcome in wrong])
        return carries(item, wrong, (item.value or 0) + more)
    lines = ", ".join([f"{other.line_no}" for other in chosen])
    if len(outcomes) == len(chosen) and all(outcome.verdict == "right" for outcome in outcomes):
        return Outcome(item, "right", None, f"the sum of lines {lines}", (), item.value)
    return Outcome(item, "adds_up", None, f"the sum of lines {lines}")


def _near(decided: Decided, item: Item, above: list[Item]) -> Outcome | None:
    """A sum of two exact numbers that hardly differs from theirs: a slip."""
    from netledger.audit.matching.items.arithmetic import is_digit_slip

    adds = sum([other.value or 0 for other in above])
    if item.value is None or not is_digit_slip(int(item.value), int(adds)):
        return None
    cause = Cause("wrong_sum", f"the lines add to {shown(adds)}", stated_node(item), shown(adds))
    return called_wrong(item, (cause,), adds, None)
