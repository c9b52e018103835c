"""Attempts that a text quotes in order to correct them: no claims of its own."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.judgement import Judgement
    from netledger.audit.judging import Judge
    from netledger.audit.truth import Part

_TAKEN_BACK = (
    "wrong", "mistake", "forgot", "oops", "incorrect", "i expected", "i get ", "i got ", "first try", "my attempt",
    "at first", "falsch", "vergessen", "erwartet", "faux", "oublié", "equivocad", "错", "忘", "误", "잘못", "間違",
    "неправильно", "ошиб",
)  # fmt: skip
"""What is said of a number that the text itself corrects."""


class Discussed:
    """Finds the lines that a text takes back: its own words say so, and the right derivation of the layer follows."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.labels = judge, judge.labels

    def run(self) -> None:
        r"""Such lines are not judged.

        >>> from netledger import audit
        >>> text = "conv: 3*3*16 + 16 = 160 <- wrong, I forgot the channels\nconv: 3*3*3*16 + 16 = 448"
        >>> audit(text, "input(3, 8, 8)\nconv = conv2d(16, kernel_size=3)").verdict
        'right'
        """
        derived = [
            j
            for j in self.judge.judgements
            if j.verdict == "right" and j.part is not None and j.quantity is not None and j.quantity.role == "full"
            if j.statement.expression is not None
        ]
        for judgement in self.judge.judgements:
            if judgement.statement.is_total or not self._taken_back(judgement):
                continue
            for other in derived:
                later = other.statement.row > judgement.statement.row
                if later and other.part is not None and self._means(judgement, other.part):
                    judgement.verdict, judgement.quantity, judgement.part = "other", None, None
                    break

    def _taken_back(self, judgement: Judgement) -> bool:
        weights = judgement.quantity is not None and judgement.quantity.role == "weights"
        if judgement.verdict != "open" and not weights:
            return False
        line = self.judge.calculation.lines.get(judgement.statement.row, "").lower()
        return any(word in line for word in _TAKEN_BACK)

    def _means(self, judgement: Judgement, part: Part) -> bool:
        """Whether a statement is about a part: by its label, or because the part's true count stands on its line."""
        if judgement.part is part or self.labels.score(judgement.statement, part) >= 2:
            return True
        row = judgement.statement.row
        return any(j.part is part and j.verdict == "right" for j in self.judge.judgements if j.statement.row == row)
