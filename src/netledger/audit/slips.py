"""Printed expressions that do not give the printed value, and the lines that work on with one."""

from __future__ import annotations

from netledger.audit.arithmetic import Fault, replace_leaf
from netledger.audit.diagnosis import Cause, causes
from netledger.audit.factors import made_of, same_structure
from netledger.audit.judgement import OTHER
from netledger.audit.reading.nodes import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.judgement import Judgement
    from netledger.audit.judging import Judge
    from netledger.audit.reading.tokens import Value
    from netledger.audit.truth import Part


class Slips:
    """Judges the lines whose arithmetic fails."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.truth, self.judgements = judge, judge.truth, judge.judgements
        self.matcher, self.labels = judge.matcher, judge.labels
        self.quantities, self.context = judge.quantities, judge.context

    def run(self) -> None:
        """Every failing line, then every line that carries its value."""
        self._faults()
        self._carried()

    def _faults(self) -> None:
        for judgement in self.judgements:
            fault = judgement.fault
            if fault is None or judgement.verdict != "open" or judgement.statement.is_total:
                continue
            if judgement.statement.quantity in OTHER and not self._is_exact(fault):
                judgement.verdict = "other"
                continue
            if judgement.statement.quantity in OTHER - {"features", "connections", "shape", "ops"}:
                judgement.verdict = "other"
                continue
            self._arithmetic(judgement, fault)

    def _is_exact(self, fault: Fault) -> bool:
        return fault.stated.node is not None and not fault.stated.node.error and isinstance(fault.gives, int)

    def _arithmetic(self, judgement: Judgement, fault: Fault) -> None:
        """The value is wrong for the expression - or the expression for the value, where the value is the true one."""
        statement = judgement.statement
        meant = self._meant_by(judgement, fault)
        assert fault.member.node is not None
        if meant is not None:
            part, cause, true = meant
            judgement.part = part
            judgement.value = judgement.expected = true
            why = f"what is printed gives {fault.gives:,}; {cause.why}"
            self.judge.blame(judgement, cause.kind, part.shown if part else None, true, fault.gives, why)
            return
        named = self._layer_of(judgement, fault.gives)
        judgement.part = named
        judgement.value = fault.says
        judgement.expected = self.truth.count(named) if named is not None else fault.gives
        other = self._exchanged_with(judgement, fault)
        if fault.unit:
            why = f"{fault.member.node.written()} = {fault.gives:,}: the unit is off by a {fault.unit}"
            self.judge.blame(judgement, "unit_mixup", named.shown if named else None, fault.gives, fault.says, why)
            return
        why = f"{fault.member.node.written()} = {fault.gives:,}" + (
            f"; the results of lines {other} are exchanged" if other else ""
        )
        line_no = fault.stated.line_no
        if statement.quantity in ("features", "shape"):
            self.judge.blame(judgement, "feature_count", None, fault.gives, fault.says, why, line_no=line_no)
        self.judge.blame(
            judgement, "arithmetic", named.shown if named else None, fault.gives, fault.says, why, line_no=line_no
        )
        if named is not None and fault.gives != judgement.expected:
            also = self.judge.cause(judgement, named, fault.gives)
            if also is not None:
                self.judge.blame(
                    judgement,
                    also.kind,
                    named.shown,
                    judgement.expected,
                    fault.gives,
                    also.why,
                    line_no=statement.line_no,
                )

    def _meant_by(self, judgement: Judgement, fault: Fault) -> tuple[Part | None, Cause, Value] | None:
        """A right value beside a wrong expression: the layer, and why the expression falls short of it."""
        written = self.matcher.written(judgement)
        if written is None or not isinstance(fault.gives, int):
            return None
        for quantity in self.quantities.exactly(fault.gives):
            if quantity.role == "weights" and len(quantity.parts) > 1:
                continue
            if same_structure(written, quantity.terms(bias=quantity.role != "weights")):
                return None
        named = self.matcher.named(judgement)
        for quantity in self.quantities.exactly(fault.says):
            if quantity.role not in ("full", "group", "total"):
                continue
            if named and not any(part in named for part, _ in quantity.parts):
                continue
            if len(quantity.parts) == 1 and quantity.parts[0][1] == 1:
                part = quantity.parts[0][0]
                found = causes(part, self.truth, fault.gives, written, self.context)
                if found and found[0].cost < 2.5 and (named or made_of(written, quantity.terms())):
                    return part, found[0], fault.says
            biases = {part.biases * times for part, times in quantity.parts if part.biases}
            sums = _subset_sums([part.biases * times for part, times in quantity.parts if part.biases])
            if biases and fault.says - fault.gives in sums:
                missing = fault.says - fault.gives
                return (
                    None,
                    Cause("missing_bias", f"the {missing:,} biases that make it {fault.says:,} are missing", 1),
                    fault.says,
                )
        return None

    def _layer_of(self, judgement: Judgement, value: Value) -> Part | None:
        """The layer that a line with a slip means: by what its expression gives, else by its label."""
        named = self.matcher.named(judgement)
        for quantity in self.quantities.exactly(value):
            if len(quantity.parts) == 1 and quantity.role in ("full", "weights") and quantity.parts[0][1] == 1:
                if not named or quantity.parts[0][0] in named:
                    return quantity.parts[0][0]
        return named[0] if len(named) == 1 else None

    def _exchanged_with(self, judgement: Judgement, fault: Fault) -> str:
        for other in self.judgements:
            if other is not judgement and other.fault is not None:
                if other.fault.says == fault.gives and other.fault.gives == fault.says:
                    lines = sorted((judgement.statement.line_no, other.statement.line_no))
                    return f"{lines[0]} and {lines[1]}"
        return ""

    def _carried(self) -> None:
        """A line that works on with an earlier wrong value."""
        wrong = {
            j.value: j
            for j in self.judgements
            if j.findings and j.expected is not None and j.value is not None and j.value != j.expected
        }
        for judgement in self.judgements:
            if judgement.verdict != "open" or judgement.statement.is_total:
                continue
            for member in judgement.statement.expressions:
                if member.node is None:
                    continue
                for leaf in member.node.numbers():
                    origin = wrong.get(leaf.value)
                    if (
                        origin is not None
                        and leaf.value > 100
                        and origin.statement.line_no < judgement.statement.line_no
                    ):
                        self._follow(judgement, origin, leaf.value)
                        break

    def _follow(self, judgement: Judgement, origin: Judgement, value: Value) -> None:
        if judgement.verdict == "wrong" or origin.expected is None:
            return
        member = judgement.statement.expression
        assert member is not None
        assert member.node is not None
        node = member.node
        for leaf in node.numbers():
            if leaf.value == value:
                node = replace_leaf(node, leaf, number(origin.expected))
        judgement.expected = node.value
        line = origin.findings[0].line_no
        why = f"right as worked out, but it carries line {line}"
        self.judge.blame(judgement, "propagated", None, node.value, judgement.value, why, follows_from=line)


def _subset_sums(values: list[int]) -> set[int]:
    """The sums of any of some values (at most 16 of them)."""
    sums = {0}
    for value in values[:16]:
        sums |= {known + value for known in sums}
    return sums - {0}
