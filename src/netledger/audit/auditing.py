"""``audit(text, against)``: read, judge, sum up."""

from __future__ import annotations

from netledger.audit.result import AuditResult, LineVerdict, TotalVerdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.judgement import Judgement
    from netledger.audit.reading.reader import Calculation
    from netledger.audit.truth import Truth
    from netledger.network import Network


def audit_against(text: str, network: Network) -> AuditResult:
    """The audit of a calculation against one network."""
    from netledger.audit.judging import Judge
    from netledger.audit.reading.reader import read
    from netledger.audit.totals import Totals
    from netledger.audit.truth import Truth

    calculation = read(text)
    truth = Truth(network)
    judge = Judge(calculation, truth)
    judgements = judge.run()
    total = Totals(judge).run()
    return _result(calculation, truth, judgements, total)


def _result(calculation: Calculation, truth: Truth, judgements: list[Judgement], total: TotalVerdict) -> AuditResult:
    findings = tuple(sorted([f for j in judgements for f in j.findings], key=lambda finding: finding.line_no))
    lines = _lines(calculation, judgements)
    verdict = "wrong" if findings else ("right" if any(map(_is_judged, judgements)) else "unread")
    name = truth.network.title or truth.network.name
    notes, corrected = tuple(_notes(judgements, truth)), tuple(_corrected(judgements, truth, total))
    return AuditResult(verdict, lines, findings, total, name, truth.convention, notes, corrected)


def _is_judged(judgement: Judgement) -> bool:
    """Whether a statement says anything that can be right: a count that was matched, or an equation that holds."""
    statement = judgement.statement
    equation = statement.expression is not None and len([m for m in statement.members if m.node is not None]) > 1
    return judgement.verdict == "right" or equation


def _corrected(judgements: list[Judgement], truth: Truth, total: TotalVerdict) -> Iterator[tuple[int, str]]:
    """The calculation as it should stand: every layer's line with its formula, and the total."""
    for judgement in judgements:
        statement = judgement.statement
        name = statement.name or judgement.layer or ""
        label = f"{name}: " if name else ""
        if statement.is_total or judgement.verdict not in ("right", "wrong"):
            continue
        if judgement.expected == 0:
            continue  # a layer too many
        if judgement.verdict == "wrong" and judgement.part is not None:
            part = judgement.part
            yield statement.line_no, f"{label}{part.written()} = {truth.count(part):,}"
        elif judgement.verdict == "wrong" and judgement.expected is not None:
            yield statement.line_no, f"{label}{judgement.expected:,}"
        elif judgement.value is not None:
            member = statement.expression
            formula = f"{member.node.written()} = " if member is not None and member.node is not None else ""
            yield statement.line_no, f"{label}{formula}{judgement.value:,}"
    if total.claimed is not None:
        last = max([judgement.statement.line_no for judgement in judgements], default=1)
        yield last, f"total: {truth.total:,}"


def _lines(calculation: Calculation, judgements: list[Judgement]) -> tuple[LineVerdict, ...]:
    rank = {"wrong": 0, "unread": 1, "right": 2, "other": 3}
    by_line: dict[int, list[tuple[str, str | None, str]]] = {}
    for judgement in judgements:
        places = {finding.line_no for finding in judgement.findings} or {judgement.statement.line_no}
        verdict = "other" if judgement.verdict == "open" else judgement.verdict
        for place in places:
            by_line.setdefault(place, []).append((verdict, judgement.layer, judgement.remark))
    for line_no, why in calculation.unread.items():
        by_line.setdefault(line_no, []).append(("unread", None, why))
    out = []
    for line_no in sorted(by_line):
        verdict, layer, remark = min(by_line[line_no], key=lambda entry: rank[entry[0]])
        out.append(LineVerdict(line_no, verdict, layer, calculation.lines.get(line_no, "").strip(), remark))
    return tuple(out)


def _notes(judgements: list[Judgement], truth: Truth) -> list[str]:
    notes = []
    for judgement in judgements:
        quantity = judgement.quantity
        if judgement.verdict == "right" and quantity is not None and quantity.role in ("weights", "convention"):
            notes.append(f"line {judgement.statement.line_no} is right for {quantity.what}")
    return notes
