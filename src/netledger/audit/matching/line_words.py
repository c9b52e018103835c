"""The words of a line, and of the sentence that a number stands in, looked up once."""

from __future__ import annotations

from netledger.audit.matching.labels import ANOTHER_NETWORK
from netledger.audit.words import DENIED, IF, OR, WITH, WITHOUT, WOULD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items import Item

ENDS = (". ", "? ", "! ", "; ", "\u3002", "\uff1f", "\uff01", "\uff1b")
"""What ends a sentence inside a line."""
QUESTIONS = ("?", "\uff1f")
UNSPACED = 0x2E80
"""Signs from here on are of languages without spaces, whose words are found inside longer ones."""
INSIDE = tuple([word for word in WOULD | IF | OR | ANOTHER_NETWORK | WITHOUT | DENIED if ord(word[0]) >= UNSPACED])
INSIDE_DENIED = frozenset([word for word in DENIED if ord(word[0]) >= UNSPACED])
SUPPOSED = IF | WITH | WITHOUT | ANOTHER_NETWORK - WOULD
"""Words that tell on what condition something would be so."""
SUPPOSES = IF & WOULD
"""Words that do both, in languages without a mood for it."""


class LineWords:
    """The words of one line or sentence in lower case, in order and as a set; whether it says what would be, were the
    network another: ``without groups it would be …``; whether it asks which of two it is: ``60M or 62M?``
    """

    __slots__ = ("all", "is_alternative", "is_denied", "is_hypothetical", "listed")

    def __init__(self, line: str) -> None:
        self.listed = [word.strip(".,:;()").lower() for word in line.split()]
        self.all = frozenset([*self.listed, *([] if line.isascii() else [word for word in INSIDE if word in line])])
        would = self.all & WOULD
        self.is_hypothetical = bool(would and (would & SUPPOSES or self.all & SUPPOSED))
        self.is_denied = not line.isascii() and any(word in self.all for word in INSIDE_DENIED)
        self.is_alternative = line.rstrip(" \"')\u201d\u300d").endswith(QUESTIONS) and bool(self.all & OR)

    @property
    def is_no_claim(self) -> bool:
        """Whether the text does not stand by what is said there."""
        return self.is_hypothetical or self.is_alternative or self.is_denied


class LinesWords:
    """The words of every line of one text."""

    def __init__(self, lines: dict[int, str]) -> None:
        self._lines = lines
        self._kept: dict[int, LineWords] = {}
        self._sentences: dict[tuple[int, int], LineWords] = {}

    def at(self, item: Item) -> LineWords:
        """The words of an item's line."""
        kept = self._kept.get(item.line_no)
        if kept is None:
            kept = self._kept[item.line_no] = LineWords(self._lines.get(item.line_no, ""))
        return kept

    def sentence(self, item: Item) -> LineWords:
        """The words of the sentence that an item's number stands in."""
        line = self._lines.get(item.line_no, "")
        node = item.stated.node if item.stated is not None else item.node
        token = node.numbers()[0].token if node is not None and node.numbers() else None
        if token is None or token.line_no != item.line_no:
            return self.at(item)
        begin = max(
            [line.rfind(end, 0, token.start) + len(end) for end in ENDS if end in line[: token.start]], default=0
        )
        stops = [line.find(end, token.end) + 1 for end in ENDS if end in line[token.end :]]
        end = min(stops, default=len(line))
        kept = self._sentences.get((item.line_no, begin))
        if kept is None:
            kept = self._sentences[item.line_no, begin] = LineWords(line[begin:end])
        return kept
