"""Every wrong count that a known slip gives, found by value: one table for a network."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from netledger.audit.causes.groups import wrong_sums
from netledger.audit.causes.rewrites import CAUSES, wrong_values
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.books.parts import Books
    from netledger.audit.matching.books.quantities import Quantities, Quantity

MOST_LAYERS = 400
"""Different layers and groups of a network whose slips are worked out; of a larger one the first are."""


class Slip(Record):
    """A quantity that somebody gets wrong: its ``cost``, ``kind`` and sentence, and the wrong ``value``."""

    __slots__ = ("quantity", "cost", "kind", "value", "why")
    quantity: Quantity
    cost: float
    kind: str
    value: int
    why: str

    def __init__(self, quantity: Quantity, cost: float, kind: str, value: int, why: str) -> None:
        self._fill(quantity, cost, kind, value, why)


class Slips:
    """The slips of one network."""

    def __init__(self, quantities: Quantities, books: Books) -> None:
        self.quantities, self.books = quantities, books
        self._by_value: dict[int, list[Slip]] | None = None
        self._values: list[int] = []

    def near(self, value: float, error: float) -> list[Slip]:
        """The slips that give a value within ``error``."""
        if self._by_value is None:
            self._build()
        assert self._by_value is not None
        if not error:
            return self._by_value.get(int(value), []) if value == int(value) else []
        low = bisect_left(self._values, value - error)
        high = bisect_right(self._values, value + error)
        return [slip for found in self._values[low:high][:200] for slip in self._by_value[found]]

    def _build(self) -> None:
        self._by_value = {}
        CAUSES.offered()  # the slips that other packages know register themselves
        for part in self.books.weighted[:MOST_LAYERS]:
            layer, *others = self.quantities.of_part[id(part)]
            for cost, kind, value, why in wrong_values(part, self.books):
                self._add(layer, cost, kind, value, why)
                for other in others:
                    if other.role == "layers":
                        self._add(other, cost, kind, value * other.times, why)
        for group in self.quantities.groups[:MOST_LAYERS]:
            if group.role not in ("weights", "biases", "total", "trainable"):
                for cost, kind, value, why in wrong_sums(group, self.books):
                    self._add(group, cost, kind, value, why)
        self._values = sorted(self._by_value)

    def _add(self, quantity: Quantity, cost: float, kind: str, value: int, why: str) -> None:
        assert self._by_value is not None
        if value > 0 and value != quantity.value:
            self._by_value.setdefault(value, []).append(Slip(quantity, cost, kind, value, why))
