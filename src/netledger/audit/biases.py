"""Lines that are right for the weights alone, where biases count: a convention of the text, or a slip?"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.judgement import Judgement
    from netledger.audit.judging import Judge
    from netledger.audit.reading.statement import Statement
    from netledger.audit.reading.tokens import Value


class Biases:
    """Decides whether lines that leave the biases out are wrong."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.truth, self.judgements = judge, judge.truth, judge.judgements
        self.matcher, self.labels = judge.matcher, judge.labels
        self.quantities, self.context = judge.quantities, judge.context

    def run(self) -> None:
        """Call those lines wrong whose text counts biases elsewhere, or is held to count them."""
        self._biases()

    def _biases(self) -> None:
        """Lines that are right for the weights alone, where biases count: a convention of the text, or a slip?"""
        truth = self.truth
        if not truth.bias:
            return
        single = [j for j in self.judgements if j.verdict == "right" and j.quantity is not None and j.part is not None]
        bare = [j for j in single if j.quantity is not None and j.quantity.role == "weights" and not j.error]
        whole = [
            j
            for j in single
            if j.quantity is not None and j.quantity.role == "full" and j.part is not None and j.part.biases
        ]

        used = self.judge.operands()
        for judgement in bare:
            if self._lacks_bias(judgement, bool(whole), used):
                part = judgement.part
                assert part is not None
                judgement.expected = truth.count(part)
                why = f"the {part.biases:,} biases of {part.shown} are missing: {part.written()}"
                self.judge.blame(judgement, "missing_bias", part.shown, judgement.expected, judgement.value, why)
        self._groups(bool(whole))

    def _groups(self, mixed: bool) -> None:
        """Lines about several layers that leave their biases out, where other lines of the text count them."""
        rows = [j for j in self.judgements if j.verdict == "right" and j.quantity is not None and not j.error]
        with_biases = [
            j
            for j in rows
            if j.quantity is not None
            and j.quantity.role == "group"
            and any(part.biases for part, _ in j.quantity.parts)
        ]
        if not (mixed or with_biases) or self._rounds_to_truth():
            return
        for judgement in rows:
            quantity = judgement.quantity
            assert quantity is not None
            if quantity.role != "weights" or len(quantity.parts) < 2 or judgement.part is not None:
                continue
            statement = judgement.statement
            if not statement.label or statement.is_total or statement.approximate or _speaks_of_weights(statement):
                continue
            if any(part.family in ("norm", "batchnorm") for part, _ in quantity.parts) or self.judge.goes_on(judgement):
                continue
            biases = sum([part.biases * times for part, times in quantity.parts])
            fitting = all(self.labels.score(statement, part) > 0 for part, _ in quantity.parts)
            if biases and fitting and quantity.value == judgement.value:
                judgement.expected = quantity.value + biases
                why = f"the {biases:,} biases of {quantity.what.removesuffix(' without biases')} are missing"
                self.judge.blame(judgement, "missing_bias", quantity.what, judgement.expected, judgement.value, why)

    def _lacks_bias(self, judgement: Judgement, mixed: bool, used: set[Value]) -> bool:
        statement = judgement.statement
        if statement.approximate or (judgement.value in used and not statement.label) or self.judge.goes_on(judgement):
            return False
        if _speaks_of_weights(statement) or self._supposes_none(statement):
            return False
        total = self._stated_total()
        if judgement.part is None or judgement.value != judgement.part.weights:
            return False
        if len(self.matcher.weighted) == 1:
            return self.truth.stated or mixed
        if total is not None and not mixed:
            if not self.truth.stated or total == self.truth.total or self._rounds_to_truth():
                return False
            return bool(statement.label) or total == self._weights_total()
        if mixed:
            return bool(statement.label or statement.heading) or self._is_list()
        return (
            self.truth.stated and bool(statement.label) and judgement.part is not None and judgement.part.block is None
        )

    def _supposes_none(self, statement: Statement) -> bool:
        """``without the bias it would be 9408``: beside a line that counts it."""
        line = self.judge.calculation.lines.get(statement.row, "").lower()
        return any(phrase in line for phrase in _SUPPOSED_AWAY)

    def _stated_total(self) -> Value | None:
        totals = [j.value for j in self.judgements if j.statement.is_total and j.value is not None]
        return totals[-1] if totals else None

    def _weights_total(self) -> int:
        return sum([part.weights * part.times for part in self.truth.parts])

    def _rounds_to_truth(self) -> bool:
        return any(
            j.statement.is_total and j.value is not None and abs(j.value - self.truth.total) < (j.error or 0)
            for j in self.judgements
        )

    def _is_list(self) -> bool:
        return sum(1 for j in self.judgements if j.part is not None) >= 3


_SUPPOSED_AWAY = (
    "without bias", "without the bias", "not counting the bias", "not counting bias", "excluding bias",
    "excluding the bias", "ignoring bias", "ignoring the bias", "if biases are", "if the bias is", "ohne bias",
    "sans biais", "sin sesgo", "sem viés", "не считая", "без смещ", "不计偏置", "不考虑偏置", "不含偏置", "不算偏置",
    "忽略偏置", "バイアスを除", "바이어스를 제외", "편향을 제외",
)  # fmt: skip

_PART_WORDS = ("bias", "gamma", "beta", "moving", "running", "scale", "shift")
_WEIGHT_WORDS = ("weight", "kernel", "matrix", "matrices", "gewicht", "权重", "가중치", "poids", "pesos", "вес", "重み")


def _speaks_of_weights(statement: Statement) -> bool:
    """Whether a line says itself that it is about weights: ``weights: …``, ``fc1.weight``."""
    named = [word.lower() for word in [*statement.label, *statement.words]]
    if statement.label and statement.label[0].rstrip("0123456789_") in ("W", "w", "U"):
        return True  # W_1: …, b_1: …
    if any(word.rpartition(".")[2].startswith(_PART_WORDS) for word in named[: len(statement.label)]):
        return True
    if any(word.startswith(_PART_WORDS[1:]) for word in named):
        return True
    return any(
        piece.startswith(_WEIGHT_WORDS) for word in named for piece in (word, word.replace("_", ".").rpartition(".")[2])
    )
