"""The parameters that one token uses: of the experts some, of everything else all."""

from __future__ import annotations

from netledger.audit.causes.cause import Cause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.books import Books
    from netledger.audit.matching.items import Item
    from netledger.audit.reading.tokens import Value


def active_slip(item: Item, books: Books) -> tuple[Cause, Value] | None:
    """``46.7B × 2/8 = 11.7B active``: the share of the experts taken of the whole network; what should stand there."""
    experts = [part for part in books.weighted if any("expert" in piece for piece in part.shown.lower().split("."))]
    if item.node is None or item.value is None or not experts:
        return None
    leaves = item.node.numbers()
    whole = [leaf for leaf in leaves if abs(leaf.value - books.total) <= leaf.error]
    others = sorted([leaf.value for leaf in leaves if all(leaf is not one for one in whole)])
    if len(whole) != 1 or len(others) != 2 or not all(isinstance(value, int) and value > 0 for value in others):
        return None
    used, there = int(others[0]), int(others[1])
    if used >= there or any(part.times % there for part in experts):
        return None
    if abs(item.node.value * there - whole[0].value * used) > whole[0].error * used + 1:
        return None
    all_of_them = sum([books.count(part) * part.times for part in experts])
    expected = books.total - all_of_them + all_of_them * used // there
    why = (
        f"only the experts are used in part, {used} of {there}; the other {books.total - all_of_them:,} are always used"
    )
    return Cause("wrong_formula", why, item.node, f"{expected:,}"), expected
