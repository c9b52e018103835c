"""The verdict on totals: right, a wrong sum of right parts, or the right sum of wrong parts."""

from __future__ import annotations

from netledger.audit.carrying import Carrying
from netledger.audit.judging import Judge
from netledger.audit.network_causes import network_causes
from netledger.audit.result import TotalVerdict
from netledger.audit.rows import Rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.judgement import Judgement
    from netledger.audit.reading.tokens import Value


class Totals:
    """Judges the totals of a calculation whose lines are judged."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.truth = judge, judge.truth
        self.rows = Rows(judge)
        self.judgements = judge.judgements

    def run(self) -> TotalVerdict:
        """Judge every total line; the last one about the whole network is the claimed total."""
        Carrying(self.judge).run()
        claimed: Judgement | None = None
        for judgement in self.judgements:
            if judgement.statement.is_total and judgement.value is not None and judgement.verdict != "other":
                self._judge(judgement)
                if self._is_whole(judgement):
                    claimed = judgement
        if claimed is None:
            claimed = self._implicit()
        if claimed is None or claimed.value is None:
            return TotalVerdict(None, self.truth.total, None)
        says = claimed.fault.says if claimed.fault is not None else claimed.value
        if (
            claimed.verdict != "right"
            and claimed.statement.stated is not None
            and claimed.statement.stated.node is not None
        ):
            says = claimed.statement.stated.node.value
        self.rows.against(claimed)
        ok = self._is_true(claimed, says)
        return TotalVerdict(says, self.truth.total, ok)

    # -------------------------------------------------------------- which line is the total

    def _is_whole(self, judgement: Judgement) -> bool:
        if judgement.verdict == "right" and judgement.quantity is not None:
            return judgement.quantity.role in ("total",) or judgement.quantity.value == self.truth.total
        return judgement.verdict == "wrong"

    def _implicit(self) -> Judgement | None:
        """A line without the word total that gives the whole network's count."""
        single = len(self.judge.matcher.weighted) == 1 and self.judge.matcher.weighted[0].times == 1
        for judgement in reversed(self.judgements):
            if judgement.verdict == "other" or judgement.value is None:
                continue
            quantity = judgement.quantity
            if quantity is not None and (quantity.role == "total" or quantity.value == self.truth.total):
                return judgement
            if (
                judgement.verdict == "right"
                and judgement.error
                and abs(judgement.value - self.truth.total) < judgement.error
            ):
                return judgement
            partial = (
                judgement.verdict == "right" and quantity is not None and quantity.role not in ("full", "convention")
            )
            if single and judgement.part is self.judge.matcher.weighted[0] and not partial:
                return judgement
            if judgement.findings and judgement.findings[0].layer is None and judgement.expected == self.truth.total:
                return judgement
        return None

    def _is_true(self, judgement: Judgement, says: Value) -> bool:
        true = self.truth.total
        error = judgement.error
        if says == true or (error and abs(says - true) < error):
            return True
        return bool(
            judgement.verdict == "right"
            and judgement.quantity is not None
            and not judgement.findings
            and (
                judgement.quantity.role == "total"
                or (judgement.quantity.role == "convention" and not self.truth.stated)
            )
        )

    # -------------------------------------------------------------- one total

    def _judge(self, judgement: Judgement) -> None:
        if judgement.verdict == "wrong":
            return
        fault = judgement.fault
        wrong = self._wrong_lines(judgement)
        true = self.truth.total
        if fault is not None:
            self._sum_that_fails(judgement, wrong)
            return
        value = judgement.value
        assert value is not None
        if judgement.verdict == "right":
            if judgement.quantity is not None:
                self._under_another_convention(judgement, wrong)
            return
        if judgement.error and abs(value - true) < judgement.error:
            judgement.verdict = "right"
            return
        origin = self._origin(value, wrong) or self._restated(judgement)
        if origin is not None:
            line = origin.findings[0].line_no
            why = f"the sum of your lines is right; {self.judge.carries(wrong, value - true)}"
            if not wrong:
                why = f"it repeats the value of line {line}"
            judgement.expected = true
            self.judge.blame(judgement, "propagated", None, true, value, why, follows_from=line)
            return
        self._unexplained(judgement, wrong)

    def _wrong_lines(self, total: Judgement) -> list[Judgement]:
        return [
            j
            for j in self.judgements
            if j.findings
            and j is not total
            and j.expected is not None
            and j.delta
            and (not j.statement.is_total or j.expected != self.truth.total)
        ]

    def _origin(self, value: Value, wrong: list[Judgement]) -> Judgement | None:
        """The first wrong line, where the mistakes of some of the wrong lines are exactly what the total is off by."""
        gap = value - self.truth.total
        if not wrong:
            return None
        for biases in {0, -self._biases_left_out()}:
            reached: dict[Value, Judgement] = {biases: wrong[0]}
            for judgement in wrong[:14]:
                times = judgement.part.times if judgement.part is not None else 1
                for known in list(reached):
                    for factor in {1, times}:
                        reached.setdefault(
                            known + judgement.delta * factor, reached[known] if known != biases else judgement
                        )
            if gap in reached and gap != biases:
                return reached[gap]
        return None

    def _restated(self, judgement: Judgement) -> Judgement | None:
        """An earlier wrong value for the whole network that this total repeats, perhaps rounded."""
        from netledger.audit.arithmetic import tolerance

        member = judgement.statement.stated
        if member is None or member.node is None:
            return None
        allowed = max(tolerance(member.node, approximate=judgement.statement.approximate), 0)
        for other in self.judgements:
            if other is judgement or not other.findings or other.value is None or other.expected != self.truth.total:
                continue
            if abs(other.value - member.node.value) <= allowed:
                return other
        return None

    def _biases_left_out(self) -> int:
        return 0

    def _sum_that_fails(self, judgement: Judgement, wrong: list[Judgement]) -> None:
        """``156 + 2416 + … = 61606``: the printed terms do not give the printed value."""
        fault = judgement.fault
        assert fault is not None
        true = self.truth.total
        judgement.value = fault.says
        judgement.expected = true if fault.gives == true or wrong or fault.says == true else fault.gives
        if fault.unit:
            self.judge.blame(
                judgement, "unit_mixup", None, fault.gives, fault.says, f"the unit is off by a {fault.unit}"
            )
            return
        if fault.says == true:
            why = f"the terms add to {fault.gives:,}; the total is right, a term is not"
            self.judge.blame(judgement, "terms_do_not_add", None, fault.gives, fault.says, why)
        elif fault.gives == true or not wrong:
            expected = fault.gives
            self.judge.blame(judgement, "wrong_sum", None, expected, fault.says, f"the terms add to {fault.gives:,}")
        else:
            why = f"the terms add to {fault.gives:,}, and {self.judge.carries(wrong, fault.gives - true)}"
            self.judge.blame(judgement, "wrong_sum", None, fault.gives, fault.says, why)
            line = wrong[0].findings[0].line_no
            self.judge.blame(judgement, "propagated", None, true, fault.says, why, follows_from=line)

    def _under_another_convention(self, judgement: Judgement, wrong: list[Judgement]) -> None:
        """A total that is right for something less than the network: without biases, without norms, without a layer."""
        quantity = judgement.quantity
        assert quantity is not None
        if (
            quantity.value == self.truth.total
            or judgement.error
            or judgement.statement.approximate
            or not self.truth.stated
        ):
            return
        if not self._is_last(judgement) or not self._speaks_of_whole(judgement) or self._says_less(judgement):
            return
        held = {id(part): times for part, times in quantity.parts}
        absent = [part for part in self.judge.matcher.weighted if held.get(id(part), 0) < part.times]
        norms = all(part.family in ("norm", "batchnorm") for part in absent)
        if len(absent) > 2 and not norms:
            return
        if not absent and quantity.role == "matrix":
            return
        judgement.verdict = "open"
        judgement.expected = self.truth.total
        Carrying(self.judge).run()
        if judgement.findings:
            return
        origin = self._origin(quantity.value, wrong)
        if origin is not None:
            line = origin.findings[0].line_no
            off = quantity.value - self.truth.total
            why = f"the sum of your lines is right; {self.judge.carries(wrong, off)}"
            self.judge.blame(judgement, "propagated", None, self.truth.total, judgement.value, why, follows_from=line)
            return
        self._unexplained(judgement, wrong)

    def _is_last(self, judgement: Judgement) -> bool:
        totals = [j for j in self.judgements if j.statement.is_total and j.value is not None]
        return bool(totals) and totals[-1] is judgement

    def _says_less(self, judgement: Judgement) -> bool:
        """Whether the line itself says that it leaves something out."""
        words = {word.lower() for word in [*judgement.statement.label, *judgement.statement.words]}
        if any(
            word.startswith(
                (
                    "weight",
                    "without",
                    "excl",
                    "subtotal",
                    "non-embedding",
                    "trainable",
                    "only",
                    "权重",
                    "가중치",
                    "poids",
                    "pesos",
                )
            )
            for word in words
        ):
            return True
        return bool(judgement.statement.heading) and self.judge.labels_layer(judgement.statement.heading[0])

    def _unexplained(self, judgement: Judgement, wrong: list[Judgement]) -> None:
        """A wrong total: what the rows add to, what is missing or too many, one mistake in every layer."""
        value, true = judgement.value, self.truth.total
        assert value is not None
        statement = judgement.statement
        if not self._speaks_of_whole(judgement):
            return
        judgement.expected = true
        rows = self.rows.standing(judgement)
        missing = true - value
        if self._with_suspects(judgement, wrong, value) or self._misread(judgement, wrong, value):
            return
        found = network_causes(self.judge, value, statement) if isinstance(value, int) and not judgement.error else []
        covered = self.judge.matcher.covered
        absent = [p for p in self.judge.matcher.weighted if id(p) not in covered]
        if rows and not absent and not wrong and not (found and found[0].cost < 0.3):
            why = f"the network's layers add to {true:,}" + (f"; off by {abs(missing):,}" if missing else "")
            self.judge.blame(judgement, "wrong_sum", None, true, value, why)
            return
        if found:
            cause = found[0]
            self.judge.blame(judgement, cause.kind, None, true, value, cause.why)
            return
        unit = _unit_of(value, true, judgement.error) if judgement.error else ""
        if unit:
            kind, why = "unit_mixup", f"the network has {true:,}: {unit}"
        elif judgement.error and abs(missing) < 0.05 * true:
            kind, why = "wrong_value", f"the network has {true:,}"
        elif wrong:
            kind, why = "wrong_sum", f"the network has {true:,}"
        else:
            kind, why = ("wrong_sum" if rows else "wrong_value"), f"the network has {true:,}"
        self.judge.blame(judgement, kind, None, true, value, why)

    def _with_suspects(self, judgement: Judgement, wrong: list[Judgement], value: Value) -> bool:
        """Lines that stand for no layer, where the total is off by exactly their values: they are the fault."""
        suspects = [
            j
            for j in self.judgements
            if j.verdict == "open"
            and j is not judgement
            and not j.statement.is_total
            and isinstance(j.value, int)
            and j.value > 0
            and j.statement.quantity in ("params", "")
        ][:8]
        gap = value - self.truth.total - sum([j.delta * (j.part.times if j.part is not None else 1) for j in wrong])
        chosen = _adding_to(suspects, gap)
        if not chosen:
            return False
        for suspect in chosen:
            suspect.expected = 0
            families = set(suspect.statement.families())
            pooling = bool(families) and families <= {"pool", "flatten", "dropout"}
            name = suspect.statement.name or "this line"
            why = (
                f"{name} has no parameters" if pooling else f"the network has no such layer: {suspect.value:,} too many"
            )
            self.judge.blame(suspect, "counted_pooling" if pooling else "extra_layer", None, 0, suspect.value, why)
        line = chosen[0].findings[0].line_no
        why = f"the sum of your lines is right; {self.judge.carries([*wrong, *chosen], value - self.truth.total)}"
        self.judge.blame(judgement, "propagated", None, self.truth.total, value, why, follows_from=line)
        return True

    def _misread(self, judgement: Judgement, wrong: list[Judgement], value: Value) -> bool:
        """A row that was taken for several layers, where taking it for one wrong layer explains the total."""
        gap = value - self.truth.total - sum([j.delta * (j.part.times if j.part is not None else 1) for j in wrong])
        for row in self.rows.standing(judgement):
            quantity = row.quantity
            if row.verdict != "right" or quantity is None or len(quantity.parts) < 2 or not isinstance(row.value, int):
                continue
            for part, _ in quantity.parts:
                if row.value - self.truth.count(part) != gap:
                    continue
                cause = self.judge.cause(row, part, row.value)
                if cause is not None and cause.cost <= 1.5:
                    row.part, row.expected = part, self.truth.count(part)
                    self.judge.blame(row, cause.kind, part.shown, row.expected, row.value, cause.why)
                    line = row.findings[0].line_no
                    off = value - self.truth.total
                    why = f"the sum of your lines is right; {self.judge.carries([*wrong, row], off)}"
                    self.judge.blame(judgement, "propagated", None, self.truth.total, value, why, follows_from=line)
                    return True
        return False

    def _speaks_of_whole(self, judgement: Judgement) -> bool:
        """Whether a total that fits nothing claims to be the network's: not a subtotal of some named part."""
        from netledger.audit.labels import label_words
        from netledger.audit.reading.words import family_of

        words = [word for word in label_words(judgement.statement) if word in judgement.statement.label]
        families = {family_of(word) for word in words} - {None, "block"}
        return not (families and len({part.family for part in self.judge.matcher.weighted}) > 1)


def _unit_of(value: Value, true: int, error: Value) -> str:
    """The unit that a rounded total was taken in by mistake; "" where none explains it."""
    for factor, why in (
        (1000, "the unit is off by a thousand"),
        (10**6, "the unit is off by a million"),
        (1.048576, "that is divided by 1024², not by a million"),
        (1.073741824, "that is divided by 1024³, not by a billion"),
        (4, "those are bytes of float32"),
        (8, "those are bits"),
        (4 / 1.048576, "those are MiB of float32"),
    ):
        for wrong in (true * factor, true / factor):
            fine = factor >= 4 or factor in (1000, 10**6) or error < 0.005 * value
            if fine and abs(value - wrong) < max(error * 1.001, 0.001 * wrong) and abs(value - wrong) < 0.05 * wrong:
                return why
    return ""


def _adding_to(suspects: list[Judgement], gap: Value) -> list[Judgement]:
    """Some of the suspects whose values add to a gap, as few as possible; empty where there are none."""
    reached: dict[Value, list[Judgement]] = {0: []}
    for suspect in suspects:
        for known, held in list(reached.items()):
            if suspect.value is not None:
                reached.setdefault(known + suspect.value, [*held, suspect])
    return reached.get(gap, []) if gap else []
