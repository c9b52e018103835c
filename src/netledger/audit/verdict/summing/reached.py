"""Whether a total that its lines miss is what other numbers of the same lines make: then the lines were misread."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.sums import Sum
    from netledger.audit.verdict.decided import Decided

LEAST_REACHED = 1000
"""A smaller total is reached by chance."""
MOST_LINES = 200
"""Numbers of a text; each total of a longer one would take its time."""
MOST_SUMS = 4096
"""Sums that are tried for one total; with more of them one is equal by chance."""
MOST_BESIDE = 4
"""Numbers of one line beside its largest one."""


def is_reached(decided: Decided, item: Item, found: Sum) -> bool:
    """Whether the lines that a total adds up make it exactly with another of their numbers.

    A line may be taken with its largest number, with others beside it, or with its last one; an equation above that
    seemed to be a size may count, and what a line below multiplies may be one. Nothing is said where a line is wrong.
    """
    value = item.value
    if item.error or not isinstance(value, int) or value < LEAST_REACHED or len(decided.items) > MOST_LINES:
        return False
    sums: set[int] = {0}
    for options in _rows(decided, item, found):
        sums = {total + more for total in sums for more in options if total + more <= value}
        if len(sums) > MOST_SUMS:
            return False
    return value in sums


def _rows(decided: Decided, item: Item, found: Sum) -> Iterator[set[int]]:
    """What each line above may add to a total: ``{0}`` too where it may be no line of it."""
    parts = {part.index for part, _ in found.parts}
    times = {part.index: n for part, n in found.parts}
    rows: dict[int, list[Item]] = {}
    for above in decided.items[: item.index]:
        if _may_count(above) and above.statement.row != item.statement.row:
            rows.setdefault(above.statement.row, []).append(above)
    factors = {leaf.value for other in decided.items for product in other.products or () for leaf in product.leaves}
    for row in rows.values():
        ours = [above for above in row if above.index in parts]
        if ours:
            largest = max(ours, key=lambda above: above.value or 0)
            yield {n * times.get(largest.index, 1) for n in _of_row(row)} | ({0} if _is_size(row, factors) else set())
        elif any(above.products is not None and above.stated is not None for above in row):
            yield {0, *_of_row([above for above in row if above.products is not None])}


def _may_count(item: Item) -> bool:
    """Whether a number may be one of parameters, whatever its words seem to say."""
    whole = isinstance(item.value, int) and item.value > 0 and not item.error
    return whole and item.statement.quantity not in OTHERS


OTHERS = frozenset("ops connections bytes percent ratio".split())
"""Sorts of numbers that are never added to parameters."""


def _of_row(row: list[Item]) -> Iterator[int]:
    """The numbers that one line may stand for: its largest with any of the others, or its last."""
    values = [int(above.value or 0) for above in row]
    largest = values.index(max(values))
    sums = [values[largest]]
    for value in [value for i, value in enumerate(values) if i != largest][-MOST_BESIDE:]:
        sums += [total + value for total in sums]
    yield from sums
    yield values[-1]


def _is_size(row: list[Item], factors: Collection[object]) -> bool:
    """Whether all that a line makes is what another multiplies: ``8x8x32 = 2048`` before ``2048*10 + 10``."""
    return all(above.value in factors for above in row)
