"""The words of a line, and of the sentence that a number stands in, looked up once."""

from __future__ import annotations

from netledger.audit.reading.lines.sentences import ENDS, Sentence, bounds
from netledger.audit.words import WEIGHTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items.item import Item
    from netledger.audit.reading.reader import Calculation


def speaks_of_weights(calculation: Calculation) -> bool:
    """Whether a text speaks anywhere of weights, or of having no biases: what it counts may be without them."""
    if calculation.of_weights is None:
        from netledger.audit.understanding.marks.scanning import marks

        calculation.of_weights = names_weights(calculation) or any(
            mark.value == "without bias" for line in calculation.written for mark in marks(line)
        )
    return calculation.of_weights


def names_weights(calculation: Calculation) -> bool:
    """Whether a text has a word for weights."""
    return any(word.startswith(WEIGHTS) for word in calculation.words)


class LinesWords:
    """The words of every line of one text."""

    def __init__(self, lines: dict[int, str]) -> None:
        self.lines = lines
        self._kept: dict[int, Sentence] = {}
        self._sentences: dict[tuple[int, int], Sentence] = {}
        self._single: dict[int, bool] = {}

    def at(self, item: Item) -> Sentence:
        """The words of an item's line."""
        kept = self._kept.get(item.line_no)
        if kept is None:
            kept = self._kept[item.line_no] = Sentence(self.lines.get(item.line_no, ""))
        return kept

    def sentence(self, item: Item) -> Sentence:
        """The words of the sentence that an item's number stands in."""
        line = self.lines.get(item.line_no, "")
        single = self._single.get(item.line_no)
        if single is None:
            single = self._single[item.line_no] = not any(end in line for end in ENDS)
        if single:
            return self.at(item)
        node = item.stated.node if item.stated is not None else item.node
        token = node.numbers()[0].token if node is not None and node.numbers() else None
        if token is None or token.line_no != item.line_no:
            return self.at(item)
        begin, end = bounds(line, token.start, token.end)
        kept = self._sentences.get((item.line_no, begin))
        if kept is None:
            kept = self._sentences[item.line_no, begin] = Sentence(line[begin:end])
        return kept
