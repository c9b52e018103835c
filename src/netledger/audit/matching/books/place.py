"""Where in the network a text is: what its lines account for, and which layer follows."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.books.parts import Part
    from netledger.audit.matching.books.quantities import Quantity
    from netledger.audit.matching.items.item import Item


class Place:
    """Where in the network the text is: what is accounted for, and by the line above."""

    __slots__ = (
        "_at", "_free", "_positions", "_weighted", "before", "biased", "following", "halved", "rightly", "taken",
    )  # fmt: skip

    def __init__(self, weighted: list[Part]) -> None:
        self.taken: dict[int, dict[int, int]] = {}
        """``part → {item → layers}``: which lines account for which layers."""
        self.rightly: set[int] = set()
        self.biased: set[int] = set()
        self.halved: dict[int, set[int]] = {}
        """Recurrent layers of which lines have one direction or gate, and which lines."""
        self._weighted = weighted
        self._positions = {id(part): i for i, part in enumerate(weighted)}
        self._free = list(range(len(weighted) + 1))
        self._at = -1
        self.before = -1
        self.following: Part | None = weighted[0] if weighted else None

    def take(self, quantity: Quantity, item: Item, *, rightly: bool = True) -> None:
        """Note that a line accounts for these layers."""
        if quantity.role == "biases":
            self.biased.update([id(part) for part, _ in quantity.cover])
        if quantity.role == "piece":
            self.halved.setdefault(id(quantity.first), set()).add(item.index)
        if quantity.role in ("biases", "matrix", "part", "piece", "filter", "statistics", "total", "trainable", "rest"):
            return
        if item.error and len(quantity.cover) > 1 and not item.statement.families():
            return  # "0.8B too many" may be many a group
        for part, times in quantity.cover:
            self.taken.setdefault(id(part), {})[item.index] = times
            position = self._positions.get(id(part))
            if position is not None and times:
                self._free[position] = position + 1
            if rightly and quantity.role != "weights":
                self.rightly.add(item.index)
        if len(quantity.cover) == 1 and quantity.first.full:
            self.go_to(self._positions.get(id(quantity.first), 0))

    def go_to(self, position: int) -> None:
        """The line above means the weighted part at this position; the next one free follows."""
        self.before, self._at = self._weighted[position].index, position
        after = self._free_from(position + 1)
        self.following = self._weighted[after] if after < len(self._weighted) else None

    def restart(self) -> None:
        """From the network's beginning again, what is accounted for kept."""
        self.before = self._at = -1
        self.following = next(iter(self.ahead(1)), None)

    def ahead(self, most: int) -> list[Part]:
        """The next layers that no line accounts for."""
        found: list[Part] = []
        position = self._free_from(self._at + 1)
        while len(found) < most and position < len(self._weighted):
            found.append(self._weighted[position])
            position = self._free_from(position + 1)
        return found

    def _free_from(self, position: int) -> int:
        """The first position from here on that no line accounts for: what is taken once is never free again."""
        free = self._free
        while free[position] != position:
            free[position] = free[free[position]]
            position = free[position]
        return position

    def is_taken(self, part: Part, times: int = 1, item: Item | None = None) -> bool:
        """Whether lines, other than ``item``, account for so many layers of a part."""
        by = self.taken.get(id(part))
        if not by:
            return False
        return any(n >= times and (item is None or index != item.index) for index, n in by.items())

    def is_halved(self, part: Part, item: Item) -> bool:
        """Whether another line has one direction or gate of a layer."""
        return any(index != item.index for index in self.halved.get(id(part), ()))

    def adds_up_to(self, quantity: Quantity, items: list[Item]) -> bool:
        """Whether the lines that account for the layers of a quantity add up to it."""
        lines = {
            index for part, times in quantity.cover for index, n in self.taken.get(id(part), {}).items() if n >= times
        }
        return sum([items[index].value or 0 for index in lines]) == quantity.value

    def is_taken_without(self, part: Part, other: Part, item: Item) -> bool:
        """Whether a line, not ``item``, accounts for a part and not for another one with it."""
        with_other = self.taken.get(id(other), {})
        return any(index != item.index and index not in with_other for index in self.taken.get(id(part), ()))

    def is_right(self, part: Part, item: Item) -> bool:
        """Whether another line is right about a part."""
        return any(index != item.index and index in self.rightly for index in self.taken.get(id(part), ()))
