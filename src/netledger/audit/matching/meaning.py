"""A quantity that a statement may mean, and what believing so costs."""

from __future__ import annotations

from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.causes.cause import Cause
    from netledger.audit.matching.quantities import Quantity


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
