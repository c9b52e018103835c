"""Lines about a part of a block - the attention, the feed-forward layers - that leave one of its matrices out."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.judgement import Judgement
    from netledger.audit.judging import Judge
    from netledger.audit.truth import Part


class Groups:
    """Holds lines labelled *attention* or *feed-forward* against all the matrices of that group."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.truth = judge, judge.truth

    def run(self) -> None:
        """Every right line of such a label whose value is only a part of the group."""
        groups = {"ffn": self._feed_forward(), "attention": self._attention()}
        kinds = {"ffn": "missing_gate_matrix", "attention": "missing_output_projection"}
        for judgement in self.judge.judgements:
            families = set(judgement.statement.families()) - {"block", "linear"}
            if judgement.verdict != "right" or len(families) != 1 or judgement.quantity is None:
                continue
            family = families.pop()
            if family in groups and groups[family] and not self._is_named_apart(judgement):
                self._short_of(judgement, groups[family], kinds[family])

    def _short_of(self, judgement: Judgement, group: list[Part], kind: str) -> None:
        quantity = judgement.quantity
        assert quantity is not None
        inside = [part for part, _ in quantity.parts]
        missing = [part for part in group if part not in inside]
        if len(missing) != 1 or len(inside) < 2 or any(part not in group for part in inside):
            return
        lost = missing[0]
        if len(inside) != len(group) - 1 or self._stands_elsewhere(lost, inside, judgement):
            return
        times = quantity.parts[0][1]
        whole = sum(
            [(part.weights if quantity.role == "weights" else self.truth.count(part)) * times for part in group]
        )
        judgement.expected = whole
        why = f"{lost.shown} ({lost.written()}) belongs to it too"
        self.judge.blame(judgement, kind, lost.shown, whole, judgement.value, why)

    def _stands_elsewhere(self, lost: Part, inside: list[Part], judgement: Judgement) -> bool:
        """Whether another line is about the matrix that this one leaves out; sums over both are not."""
        for other in self.judge.judgements:
            if other is judgement or other.quantity is None:
                continue
            parts = [part for part, _ in other.quantity.parts]
            if lost in parts and not any(part in inside for part in parts):
                return True
        return False

    def _is_named_apart(self, judgement: Judgement) -> bool:
        """Whether the label names single matrices: ``Q, K, V``."""
        words = {word.lower() for word in [*judgement.statement.label, *judgement.statement.words]}
        if any("头" in word or "헤드" in word for word in words):
            return True
        return bool(
            words & {"q", "k", "v", "qkv", "query", "key", "value", "wq", "wk", "wv", "head", "heads", "单个注意力头"}
        )

    def _blocks(self) -> list[Part]:
        return [part for part in self.truth.parts if part.family == "linear" and (part.times > 1 or part.block)]

    def _feed_forward(self) -> list[Part]:
        """The three matrices of a gated feed-forward layer."""
        parts = self._blocks()
        widest = max([max(part.sizes.get("in", 0), part.sizes.get("out", 0)) for part in parts], default=0)
        group = [part for part in parts if widest in (part.sizes.get("in"), part.sizes.get("out"))]
        return group if len(group) == 3 else []

    def _attention(self) -> list[Part]:
        """Q, K, V and the output projection, where they are four layers."""
        parts = self._blocks()
        outputs = [part for part in parts if self.judge.is_output_projection(part)]
        if len(outputs) != 1:
            return []
        group = [
            part
            for part in parts
            if part.sizes.get("in") == outputs[0].sizes.get("in") and part.index <= outputs[0].index
        ]
        return group if len(group) in (2, 4) else []
