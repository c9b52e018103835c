"""Lines that are right for the weights alone, where biases count: a convention of the text, or a slip?"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.judgement import Judgement
    from netledger.audit.judging import Judge
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

    def _lacks_bias(self, judgement: Judgement, mixed: bool, used: set[Value]) -> bool:
        statement = judgement.statement
        if statement.approximate or (judgement.value in used and not statement.label) or self.judge.goes_on(judgement):
            return False
        named = [*statement.label, *statement.words]
        words = [piece for word in named for piece in (word.lower(), word.lower().replace("_", ".").rpartition(".")[2])]
        if any(
            word.startswith(
                ("weight", "kernel", "matrix", "gewicht", "权重", "가중치", "poids", "pesos", "вес", "重み")
            )
            for word in words
        ):
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
