"""The words of a line, looked up once."""

from __future__ import annotations

from netledger.audit.matching.labels import ANOTHER_NETWORK
from netledger.audit.words import WITHOUT, WOULD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items import Item


class LineWords:
    """The words of one line in lower case, in order and as a set; whether it says what would be, were the network
    another: ``without groups it would be …``.
    """

    __slots__ = ("all", "is_hypothetical", "listed")

    def __init__(self, line: str) -> None:
        self.listed = [word.strip(".,:;()").lower() for word in line.split()]
        self.all = frozenset(self.listed)
        self.is_hypothetical = bool(self.all & WOULD) and bool(self.all & (WITHOUT | ANOTHER_NETWORK - WOULD))


class LinesWords:
    """The words of every line of one text."""

    def __init__(self, lines: dict[int, str]) -> None:
        self._lines = lines
        self._kept: dict[int, LineWords] = {}

    def at(self, item: Item) -> LineWords:
        """The words of an item's line."""
        kept = self._kept.get(item.line_no)
        if kept is None:
            kept = self._kept[item.line_no] = LineWords(self._lines.get(item.line_no, ""))
        return kept
