"""What a line is to a total below it: a summand, a piece or a step of another line, a size, or a number in passing."""

from __future__ import annotations

from netledger.audit.matching.items.meaning import meant
from netledger.audit.weights import LEAST_TELLING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.items.meaning import Meaning
    from netledger.audit.reading.tokens.tokenizing import Value


PIECES = frozenset(("biases", "matrix", "weights", "statistics", "part", "piece", "filter"))
"""Roles of lines that are pieces of another line's layer, so that a total does not add them again."""


def is_passing(item: Item) -> bool:
    """Whether a number is hardly a line of a total: it stands in a sentence, or means nothing."""
    meaning = meant(item)
    return meaning is None or meaning.quantity.role in PIECES or not item.is_named


def sizes_by_row(items: list[Item]) -> dict[int, dict[Value, Item]]:
    """The factors that stand in each row, with the line that multiplies them."""
    found: dict[int, dict[Value, Item]] = {}
    for item in items:
        for product in item.products or ():
            for leaf in product.leaves if len(product.leaves) > 1 else ():
                found.setdefault(item.statement.row, {}).setdefault(leaf.value, item)
    return found


def is_size_beside(item: Item, sizes: dict[int, dict[Value, Item]]) -> bool:
    """``4096 × 1024 = 4,194,304 (8 heads × 128 = 1024)``: a size worked out beside the count that it is a factor of."""
    if item.products is None or item.right is not None or item.value is None:
        return False
    owner = sizes.get(item.statement.row, {}).get(item.value)
    return owner is not None and owner is not item and owner.index < item.index


def is_small(item: Item) -> bool:
    """Whether it is a small number beside a name, which counts only where a sum shows it."""
    plain = item.products is None and bool(item.statement.label) and not item.statement.binding
    return plain and not item.is_count and isinstance(item.value, int) and 0 < item.value < SMALL


SMALL = 100
"""A number beside a name that is smaller is mostly none of parameters."""


def is_counted(item: Item) -> bool:
    """Whether something says that it is a count: what it works out, what it is called, or what it is equal to."""
    return (
        item.products is not None or item.statement.quantity != "" or item.statement.is_total or meant(item) is not None
    )


def is_roughly_all(item: Item) -> bool:
    """Whether it is a round figure of no layer: ``Let's see if "1.5B" is honest``."""
    named = item.wording.families or item.products is not None or item.statement.members[0].relation
    return bool(item.error) and not named and (item.value or 0) >= LEAST_TELLING


def is_lost_in(item: Item, top: Item) -> bool:
    """Whether a number that means nothing is less than a total's rounding: ``512`` of ``17.8M``."""
    small = top.value is not None and top.value < item.error
    return small and top.products is None and meant(top) is None


def is_step(item: Item) -> bool:
    """Whether a later line adds something to its value that is no other line's."""
    meaning = meant(item)
    return bool(item.used) and meaning is not None and meaning.quantity.role == "weights"


def is_half(item: Item, following: Item) -> bool:
    """``each direction: 80,800, both: 161,600``: the next number of the line is twice this one."""
    same = following.statement.row == item.statement.row and following.products is None
    return same and bool(item.value) and following.value == 2 * (item.value or 0)


def is_worked_out(item: Item) -> bool:
    """Whether a line works a count out, and is no sum of others by its name."""
    worked = item.products is not None and item.stated is not None and not item.statement.is_total
    return worked and item.statement.quantity in ("", "params", "weights", "biases")


def is_of_several(meaning: Meaning) -> bool:
    """Whether a meaning is of several layers together."""
    return len(meaning.quantity.cover) > 1 or meaning.quantity.first.times > 1


def is_piece(item: Item) -> bool:
    meaning = meant(item)
    return meaning is not None and meaning.quantity.role in PIECES and not meaning.causes
