"""Groups of layers taken too often or too rarely, and expressions that a formatter has eaten signs of."""

from __future__ import annotations

from netledger.audit.arithmetic import mended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.judgement import Judgement
    from netledger.audit.judging import Judge
    from netledger.audit.truth import Part


_TENSORS = {"weight": "weights", "kernel": "weights", "bias": "biases"}
"""The attribute of a part that a tensor of this name holds."""


class Multiples:
    """Explains products of a number and a group."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.truth, self.judgements = judge, judge.truth, judge.judgements
        self.matcher, self.labels = judge.matcher, judge.labels
        self.quantities, self.context = judge.quantities, judge.context

    def explain(self, judgement: Judgement) -> bool:
        """Find a group that was counted too often, or an expression with signs missing; whether there is one."""
        named = self.matcher.named(judgement)
        return (
            self._tensor(judgement)
            or self._trainable(judgement)
            or self._heads(judgement)
            or self._shared(judgement)
            or self._so_many(judgement)
            or self._garbled(judgement, named)
        )

    def _heads(self, judgement: Judgement) -> bool:
        """``12 heads: 12*3*590592``: the heads share the matrices, they do not multiply them."""
        member, value = judgement.statement.expression, judgement.value
        words = [word.lower() for word in [*judgement.statement.label, *judgement.statement.words]]
        if not any("head" in word or "头" in word or "헤드" in word for word in words) or not isinstance(value, int):
            return False
        if member is None or member.node is None or member.node.op != "product":
            return False
        for leaf in member.node.numbers():
            if isinstance(leaf.value, int) and 1 < leaf.value <= 128 and value % leaf.value == 0:
                for quantity in self.quantities.exactly(value // leaf.value):
                    if quantity.role in ("full", "group", "multiple"):
                        expected = judgement.expected = value // leaf.value
                        why = f"the heads share {quantity.what}: {expected:,}, not {leaf.value} times that"
                        self.judge.blame(judgement, "multiplied_by_heads", quantity.what, expected, value, why)
                        return True
        return False

    def _tensor(self, judgement: Judgement) -> bool:
        """``conv2.weight 18423``: a tensor by its own name, with a number that is not its size."""
        statement, value = judgement.statement, judgement.value
        for word in statement.label[:1]:
            path, _, leaf = word.rpartition(".")
            size = _TENSORS.get(leaf.lower())
            if size is None or not isinstance(value, int) or statement.expression is not None:
                continue
            meant = [part for part in self.matcher.weighted if path.lower() in (name.lower() for name in part.paths)]
            if len(meant) == 1 and (expected := getattr(meant[0], size)):
                judgement.part, judgement.expected = meant[0], expected
                why = f"{path}.{leaf} has {expected:,} values"
                self.judge.blame(judgement, "wrong_value", meant[0].shown, expected, value, why)
                return True
        return False

    def _trainable(self, judgement: Judgement) -> bool:
        """``Trainable params: 546,098``: what learns of the whole network."""
        statement, value = judgement.statement, judgement.value
        first = statement.label[0].lower() if statement.label else ""
        if not first.startswith("trainable") or len(statement.label) > 2 or not isinstance(value, int):
            return False
        expected = sum([(part.weights + part.biases) * part.times for part in self.truth.parts])
        if not self.truth.bias or statement.quantity != "params" or statement.expression is not None:
            return False
        judgement.expected = expected
        self.judge.blame(judgement, "wrong_value", None, expected, value, f"{expected:,} values learn")
        return True

    def _shared(self, judgement: Judgement) -> bool:
        """A group that is there once, multiplied: its layers are shared, not repeated."""
        member, value = judgement.statement.expression, judgement.value
        if member is None or member.node is None or member.node.op != "product" or not isinstance(value, int):
            return False
        if not any(part.tied_to for part in self.truth.parts) and not self.context.speaks_of(
            "shar", "albert", "siam", "tied", "共享", "공유"
        ):
            return False
        for leaf in member.node.numbers():
            if isinstance(leaf.value, int) and 1 < leaf.value <= 200 and value % leaf.value == 0:
                for quantity in self.quantities.exactly(value // leaf.value):
                    if quantity.role in ("full", "group") and all(part.times == 1 for part, _ in quantity.parts):
                        judgement.expected = quantity.value
                        why = f"{quantity.what} is shared: it is there once, not {leaf.value} times"
                        self.judge.blame(
                            judgement, "shared_parameters_multiplied", quantity.what, quantity.value, value, why
                        )
                        return True
        return False

    def _so_many(self, judgement: Judgement) -> bool:
        """A repeated block taken too few or too many times: ``11 x 7,087,872`` for twelve."""
        member, value = judgement.statement.expression, judgement.value
        if member is None or member.node is None or member.node.op != "product" or not isinstance(value, int):
            return False
        factors = [factor.value for factor in member.node.factors()]
        if len(factors) != 2:
            return False
        for number, block in (factors, factors[::-1]):
            if not isinstance(number, int) or not 1 < number <= 1000:
                continue
            for quantity in self.quantities.exactly(block):
                times = {part.times // held for part, held in quantity.parts if held}
                if (
                    quantity.role == "group"
                    and len(quantity.parts) > 1
                    and len(times) == 1
                    and (many := times.pop()) > 1
                    and many != number
                ):
                    judgement.expected = quantity.value * many
                    why = f"{quantity.what} is there {many} times, not {number}"
                    kind = "missing_layer" if number < many else "extra_layer"
                    self.judge.blame(judgement, kind, quantity.what, judgement.expected, value, why)
                    return True
        return False

    def _garbled(self, judgement: Judgement, named: list[Part]) -> bool:
        """An expression without a result that is right once the signs are put back that a formatter ate."""
        member = judgement.statement.expression
        if judgement.statement.stated is not None or member is None or member.node is None or len(named) != 1:
            return False
        count = self.truth.count(named[0])
        repaired = mended(member.node, count)
        if repaired is None:
            return False
        judgement.part, judgement.expected = named[0], count
        why = f"signs are missing: {repaired.written()} is meant"
        self.judge.blame(judgement, "garbled_notation", named[0].shown, count, judgement.value, why)
        return True
