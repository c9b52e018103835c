"""A quantity that a statement may mean, and what believing so costs."""

from __future__ import annotations

from netledger.audit.weights import LEAST_TELLING, MARGIN, NO_MEANING
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.causes.cause import Cause
    from netledger.audit.matching.books.quantities import Quantity
    from netledger.audit.matching.items.item import Item


class Meaning(Record):
    """A quantity that a statement may mean, with its cost; ``causes`` where the statement is wrong about it, and the
    value that is ``expected``. ``is_exact``: whether the factors written are those of the true formula, one by one;
    ``is_named``: whether the label leaves no doubt.
    """

    __slots__ = ("quantity", "cost", "causes", "expected", "is_exact", "is_named")
    quantity: Quantity
    cost: float
    causes: tuple[Cause, ...]
    expected: int
    is_exact: bool
    is_named: bool

    def __init__(
        self, quantity: Quantity, cost: float, causes: tuple[Cause, ...] = (), expected: int = 0,
        is_exact: bool = False, is_named: bool = False,
    ) -> None:  # fmt: skip
        self._fill(quantity, cost, causes, expected or quantity.value, is_exact, is_named)

    @property
    def layer(self) -> str | None:
        """The layer's name where one layer is meant."""
        return self.quantity.first.shown if len(self.quantity.cover) == 1 else None


def meant(item: Item) -> Meaning | None:
    """The meaning that wins: the best one without a fault, unless one with a fault beats it by the margin."""
    right, wrong = item.right, item.wrong
    if right is not None and right.cost < NO_MEANING:
        if wrong is None or right.cost <= wrong.cost + MARGIN:
            return right
        if _is_told_exactly(item, right):
            return right
        if right.is_exact and (right.quantity.role == "total" or _is_weaker(wrong)):
            return right
        if (
            right.quantity.role == "rest"
            and right.is_exact
            and item.products
            and {cause.kind for cause in wrong.causes} <= {"missing_norm"}
        ):
            return right  # a block's layers, where its norms stand on a line of their own
    if wrong is not None and wrong.cost < NO_MEANING:
        return wrong
    return None


def _is_told_exactly(item: Item, right: Meaning) -> bool:
    """``7,087,872 ≈ 12 × 768²``: a block's very count beside a rule of thumb, which only is about it."""
    members = item.statement.members
    if not item.products or all(member.relation != "≈" for member in members):
        return False
    first = members[0].node
    exact = first is not None and first.is_bare and not first.error and first.value >= LEAST_TELLING
    return exact and first is not None and first.value == right.quantity.value


def _is_weaker(wrong: Meaning) -> bool:
    """Whether a meaning with faults is not named by the label, or takes several slips at once."""
    return not wrong.is_named or len(wrong.causes) > 1
