"""An audit → a Document: every line with its verdict, the findings in words, the verdict, the calculation corrected."""

from __future__ import annotations

from netledger.documents.model import Column, Document, Emphasis, Listing, Paragraph, Points, Row, Runs, Table, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.claims import ClaimsVerdict
    from netledger.audit.result import AuditResult, Finding, LineVerdict
    from netledger.documents.model import Block, Value

_STATUS = {"right": "ok", "wrong": "wrong", "unread": "unread", "other": "note"}
_REMARKS = {"right": "right", "other": "no parameter count", "unread": "not read"}


def verdict_document(result: AuditResult | ClaimsVerdict) -> Document:
    """The answer to a calculation or to claims as a document; JSON shows ``result.to_dict()``."""
    from netledger.audit.result import AuditResult

    return calculation_document(result) if isinstance(result, AuditResult) else claims_document(result)


def claims_document(result: ClaimsVerdict) -> Document:
    """Each claim with what some published form of a network says to it."""
    columns = (Column("claim", "claim"), Column("verdict", "verdict", "verdict", wrap=True))
    rows = [Row((claim.text, Verdict("ok" if claim.right else "wrong", claim.says))) for claim in result.claims]
    words = {"right": "right.", "wrong": "not every claim is right.", "unread": "no claim could be read here."}
    verdict = Paragraph(Emphasis("Verdict: "), words[result.verdict])
    return Document("Audit", [Table(columns, rows), verdict], data=result.to_dict)


def calculation_document(result: AuditResult) -> Document:
    """The audit as a document; JSON shows ``result.to_dict()``."""
    blocks: list[Block] = []
    if result.lines:
        columns = (
            Column("line", "line", "number", 2),
            Column("text", "calculation", wrap=True),
            Column("verdict", "verdict", "verdict", wrap=True),
        )
        rows = [Row((line.line_no, line.text, _verdict(line, result))) for line in result.lines]
        blocks.append(Table(columns, rows))
    blocks.append(Paragraph(Emphasis("Verdict: "), _summary(result)))
    if result.corrected and result.verdict == "wrong":
        blocks.append(Paragraph("Corrected:"))
        blocks.append(Listing("\n".join([text for _, text in result.corrected])))
    notes: list[Value] = [Runs(f"judged against {result.network}: ", result.convention)] if result.network else []
    notes.extend(result.notes)
    if notes:
        blocks.append(Points(notes))
    return Document("Audit", blocks, data=result.to_dict)


def _verdict(line: LineVerdict, result: AuditResult) -> Verdict:
    findings = [finding for finding in result.findings if finding.line_no == line.line_no]
    if findings:
        return Verdict("wrong", "; ".join([_sentence(finding) for finding in findings]))
    words = line.remark or _REMARKS[line.verdict]
    return Verdict(_STATUS[line.verdict], words)


def _sentence(finding: Finding) -> str:
    """``307,456: conv2 has 2 groups: each filter sees 96/2 = 48 channels``."""
    expected = f"{finding.expected:,}" if finding.expected is not None else ""
    return f"{expected} — {finding.why}" if finding.why and expected else finding.why or expected


def _summary(result: AuditResult) -> str:
    if result.verdict == "unread":
        return "nothing here could be read as a calculation of parameters."
    if result.verdict == "right":
        total = (
            f"; the total {result.total.claimed:,} is right"
            if result.total.ok and result.total.claimed is not None
            else ""
        )
        return f"right{total}."
    if result.elsewhere:
        return f"{result.elsewhere}."
    causes = [finding for finding in result.findings if finding.follows_from is None]
    lines = sorted({finding.line_no for finding in causes})
    where = f"line{'s' if len(lines) != 1 else ''} {', '.join(map(str, lines))}"
    total = ""
    if result.total.claimed is not None:
        if result.total.ok:
            total = f" The total {result.total.claimed:,} is right in itself."
        else:
            has = "The network has" if result.network else "The lines add to"
            total = f" {has} {result.total.true:,} parameters, not {result.total.claimed:,}."
    return f"wrong: {len(causes)} mistake{'s' if len(causes) != 1 else ''}, in {where}.{total}"
