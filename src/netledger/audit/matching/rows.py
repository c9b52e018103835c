"""Rows of one label, one for each layer that it may name: the second ``CONV-5-64`` is the second such layer."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.books import Books, Part
    from netledger.audit.matching.items import Item
    from netledger.audit.matching.labels import Labels

ALIKE = 0.1
"""By how much labels may differ in cost that name layers equally well."""


class LikeRows:
    """Rows of the same label, in their order against the layers that the label names, in theirs."""

    def __init__(self, items: list[Item], books: Books, labels: Labels) -> None:
        self.books, self.labels = books, labels
        self._places: dict[int, int] = {}
        self._kept: dict[tuple[tuple[str, ...], int], list[Part]] = {}
        self._rows: dict[tuple[tuple[str, ...], str], list[Item]] = {}
        for item in items:
            label = tuple(item.statement.label)
            if label and not item.statement.is_total and item.value:
                rows = self._rows.setdefault((label, item.statement.quantity), [])
                if not rows or rows[-1].statement.row != item.statement.row:
                    self._places[id(item)] = len(rows)
                    rows.append(item)

    def due(self, item: Item) -> Part | None:
        """The layer that a row says again the one before of, where all its like have theirs; else ``None``."""
        rows = self._rows.get((tuple(item.statement.label), item.statement.quantity), [])
        place = self._places.get(id(item), 0)
        if place == 0 or item.right is None or rows[place - 1].value != item.value:
            return None
        parts = self._named(item, len(rows))
        if len(parts) != len(rows) or self.books.count(parts[place]) == self.books.count(parts[place - 1]):
            return None
        owners = [row.right.quantity.first if row.right is not None else None for row in rows]
        if owners[place] is not parts[place - 1]:
            return None
        others = [owner is part for i, (owner, part) in enumerate(zip(owners, parts, strict=True)) if i != place]
        return parts[place] if all(others) else None

    def _named(self, item: Item, count: int) -> list[Part]:
        """So many layers that the label names best, else those of the kind that its layer is of."""
        key = tuple(item.statement.label), count
        if key not in self._kept:
            self._kept[key] = self._worked_out(item, count)
        return self._kept[key]

    def _worked_out(self, item: Item, count: int) -> list[Part]:
        costs = [(part, self.labels.cost(item.wording, part)) for part in self.books.weighted]
        least = min([cost for _, cost in costs], default=0.0)
        best = [part for part, cost in costs if cost <= least + ALIKE]
        if len(best) == count or item.right is None:
            return best
        return [part for part in self.books.weighted if part.family == item.right.quantity.first.family]
