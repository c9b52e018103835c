"""Lines whose value is right for nothing: the layer that they mean, and the cause - or no word about them."""

from __future__ import annotations

from netledger.audit.diagnosis import Cause
from netledger.audit.factors import alike
from netledger.audit.group_causes import group_cause
from netledger.audit.judgement import OTHER
from netledger.audit.labels import SURE
from netledger.audit.multiples import Multiples

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.judgement import Judgement
    from netledger.audit.judging import Judge
    from netledger.audit.quantities import Quantity
    from netledger.audit.truth import Part


class Remaining:
    """Explains what no other rule has."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.truth, self.judgements = judge, judge.truth, judge.judgements
        self.matcher, self.labels = judge.matcher, judge.labels
        self.quantities, self.context = judge.quantities, judge.context
        self.multiples = Multiples(judge)

    def run(self) -> None:
        """Every open line, then the repeated ones."""
        self._open()
        self._repeated()

    def _open(self) -> None:
        """Lines whose value is right for nothing: the layer that they mean, and the cause."""
        places = [self._place(j) for j in self.judgements]
        used = self.judge.operands()
        before = -1
        for i, judgement in enumerate(self.judgements):
            here = places[i]
            before = before if here is None else max(before, here)
            if judgement.verdict != "open" or judgement.statement.is_total:
                continue
            if judgement.statement.quantity in OTHER or judgement.value is None or judgement.error:
                continue
            if (
                judgement.value in used
                and judgement.value > 20
                and (not judgement.statement.label or self.judge.goes_on(judgement))
            ):
                continue  # a step on the way
            following = (place for place in places[i + 1 : i + 65] if place is not None and place > before)
            after = next(following, 10**9)
            if not self._counted_pooling(judgement):
                self._explain(judgement, before, after)
        for judgement in self.judgements:
            if judgement.error and judgement.verdict == "open" and judgement.statement.quantity not in OTHER:
                self._rounded(judgement)

    def _counted_pooling(self, judgement: Judgement) -> bool:
        """Parameters in a layer that has none."""
        statement = judgement.statement
        families = set(statement.families())
        if not families or not families <= {"pool", "flatten", "dropout"} or statement.is_total:
            return False
        if any(part.family in ("pool", "subsample") and part.full for part in self.truth.parts):
            return False
        if statement.quantity == "params" and judgement.value:
            judgement.expected = 0
            self.judge.blame(
                judgement, "counted_pooling", statement.name, 0, judgement.value, f"{statement.name} has no parameters"
            )
        return True

    def _rounded(self, judgement: Judgement) -> None:
        """A rounded figure beside a layer's name: off by its unit, or altogether."""
        named = self.matcher.named(judgement)
        value = judgement.value
        if len(named) != 1 or value is None or judgement.statement.is_total:
            return
        part = named[0]
        count = self.truth.count(part)
        for true in (count, count * part.times, part.weights):
            if abs(value - true) < max(float(judgement.error), 0.03 * true):
                judgement.verdict = "right"
                judgement.part = part
                return
        for factor in (1000, 10**6):
            for wrong in (count * factor, count / factor):
                if abs(value - wrong) <= max(0.06 * wrong, judgement.error if value > count else 0):
                    judgement.part, judgement.expected = part, count
                    self.judge.blame(
                        judgement,
                        "unit_mixup",
                        part.shown,
                        count,
                        value,
                        f"{part.shown} has {count:,}: the unit is off",
                    )
                    return
        if id(part) not in self.matcher.covered and (value > 2 * count * part.times or value < 0.5 * part.weights):
            judgement.part, judgement.expected = part, count
            self.judge.blame(
                judgement, "wrong_value", part.shown, count, value, f"{part.shown} has {part.written()} = {count:,}"
            )

    def _place(self, judgement: Judgement) -> int | None:
        if judgement.part is None or judgement.verdict not in ("right", "wrong"):
            return None
        return judgement.part.index

    def _slip_in_row(self, judgement: Judgement) -> bool:
        """A table row whose formula is the layer's and whose number is not what it gives."""
        aside, named = judgement.statement.aside, self.matcher.named(judgement)
        if aside is None or aside.node is None or len(named) != 1 or aside.node.value != self.truth.count(named[0]):
            return False
        judgement.part, judgement.expected = named[0], self.truth.count(named[0])
        why = f"{aside.node.written()} = {judgement.expected:,}"
        self.judge.blame(judgement, "arithmetic", named[0].shown, judgement.expected, judgement.value, why)
        return True

    def _explain(self, judgement: Judgement, before: int, after: int) -> None:
        if (
            self.multiples.explain(judgement)
            or self._slip_in_row(judgement)
            or self._of_group(judgement)
            or self._of_step(judgement)
        ):
            return
        best: tuple[float, Part, Cause | None] | None = None
        for score, part in self.matcher.candidates(judgement, before, after):
            cause = self.judge.cause(judgement, part, judgement.value)
            total = score + (1.5 - cause.cost if cause is not None else -2.0)
            if best is None or total > best[0]:
                best = (total, part, cause)
        if best is None:
            return
        score, part, cause = best
        label = self.labels.score(judgement.statement, part)
        if cause is None and (label < SURE or id(part) in self.matcher.covered):
            return
        if cause is not None and not self._believable(judgement, part, cause, score, label):
            return
        judgement.part = part
        judgement.expected = self.truth.count(part)
        self.judge.claimed.add(id(part))
        expression = judgement.statement.expression
        if (
            cause is not None
            and expression is not None
            and expression.node is not None
            and (cause.cost > 1 or cause.kind == "timesteps_counted")
        ):
            if any(leaf.op == "symbol" for leaf in expression.node.numbers()):
                cause = Cause("wrong_formula", cause.why, cause.cost)
        if cause is None:
            kind = "wrong_value" if judgement.statement.expression is None else "wrong_formula"
            cause = Cause(kind, f"{part.shown} has {part.written()} = {judgement.expected:,}", 5)
        self.judge.blame(judgement, cause.kind, part.shown, judgement.expected, judgement.value, cause.why)
        for other in self.judge.causes(judgement, part)[1:2]:
            if other.cost <= cause.cost + 0.6 and other.kind != cause.kind:
                self.judge.blame(
                    judgement, other.kind, part.shown, judgement.expected, judgement.value, f"or: {other.why}"
                )

    def _of_step(self, judgement: Judgement) -> bool:
        """A line about one step of a separable convolution: its own bias forgotten, or one that it has not."""
        words = {word.lower().rstrip("0123456789_") for word in judgement.statement.label}
        for part in self.matcher.weighted:
            for name in sorted(words & {"depthwise", "pointwise"}) if part.family == "separable" else ():
                step = [term for term in part.terms if term.name.startswith(name)]
                count = sum([term.value for term in step])
                out = part.sizes["in"] if name == "depthwise" else part.terms[-1].size("out")
                kinds = {count + out: "double_bias", count - out: "missing_bias"}
                kind = kinds.get(judgement.value) if isinstance(judgement.value, int) else None
                if kind is None:
                    continue
                judgement.expected = count
                has = "a" if any(term.role == "bias" for term in step) else "no"
                why = f"the {name} step of {part.shown} has {has} bias: {count:,}"
                self.judge.blame(judgement, kind, part.shown, count, judgement.value, why)
                return True
        return False

    def _of_group(self, judgement: Judgement) -> bool:
        """A line whose label means several layers - *attention*, *FFN* - and whose value lacks something of them."""
        statement = judgement.statement
        families = set(statement.families()) & {"attention", "ffn"}
        if not families or len(self.matcher.named(judgement)) == 1 or not isinstance(judgement.value, int):
            return False
        found: list[tuple[float, Quantity, Cause]] = []
        for quantity in self.quantities.groups:
            if quantity.role not in ("group", "total") or not 2 <= len(quantity.parts) <= 12:
                continue
            if quantity.value == judgement.value or any(
                self.labels.score(statement, part) <= 0 or part.family != "linear" for part, _ in quantity.parts
            ):
                continue
            cause = group_cause(self.judge, judgement, quantity.value, quantity.parts)
            if cause is not None and cause.cost <= 1.5:
                found.append((cause.cost, quantity, cause))
        if not found:
            return False
        _, quantity, cause = min(found, key=lambda entry: (entry[0], entry[1].value))
        judgement.expected = quantity.value
        self.judge.blame(judgement, cause.kind, quantity.what, quantity.value, judgement.value, cause.why)
        return True

    def _believable(self, judgement: Judgement, part: Part, cause: Cause, score: float, label: float) -> bool:
        """Whether a cause is evidence enough to call a line wrong."""
        if id(part) in self.matcher.covered and label < SURE:
            return False
        if id(part) in self.matcher.covered and any(
            j.part is part and j.verdict == "right" and j.statement.name == judgement.statement.name
            for j in self.judgements
        ):
            return False
        if label >= 2:
            return score >= 2.5
        expression = judgement.statement.expression
        if len(self.matcher.weighted) == 1:
            return cause.cost < 4
        if expression is None or expression.node is None:
            return cause.cost <= 1.0 and score >= 2.5
        written = self.matcher.written(judgement) or []
        close = max([alike(monomial, term.factors) for monomial in written for term in part.terms], default=0.0)
        return cause.cost <= 2.0 and score >= 2.5 and close >= (0.3 if score >= 4.5 else 0.55)

    def _repeated(self) -> None:
        """The same line twice under one label, where the network has one such layer and the next one is missing."""
        for first, second in zip(self.judgements, self.judgements[1:], strict=False):
            part = second.part
            if part is None or first.part is not part or part.times > 1 or second.verdict != "right":
                continue
            ours, theirs = first.statement, second.statement
            if (
                not ours.label
                or ours.label != theirs.label
                or ours.line_no == theirs.line_no
                or first.value != second.value
            ):
                continue
            if (ours.expression is None) != (theirs.expression is None) or (ours.stated is None) != (
                theirs.stated is None
            ):
                continue
            following = next((p for p in self.matcher.weighted if p.index > part.index), None)
            if following is None or following.family != part.family or id(following) in self.matcher.covered:
                continue
            second.expected = self.truth.count(following)
            why = f"line {ours.line_no} is {part.shown} already; {following.shown} comes next: {following.written()}"
            second.part = following
            own = self.labels.by_name(theirs, part) >= 4  # a label of its own; "conv3-64" may stand twice
            cause = None if own else self.judge.cause(second, following, second.value)
            if cause is not None:
                self.judge.blame(second, cause.kind, following.shown, second.expected, second.value, cause.why)
                continue
            self.judge.blame(second, "mislabelled_layer", following.shown, second.expected, second.value, why)
