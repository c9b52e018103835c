"""An audit → a Document: the answer, then every line with a mark under what is wrong, and it corrected."""

from __future__ import annotations

from netledger.documents.model import Document, Emphasis, Listing, Paragraph, Points, Runs, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.result import AuditResult, Finding, LineVerdict, PassageVerdict
    from netledger.documents.model import Block, Value

STATUS = {
    "right": "ok",
    "partly": "ok",
    "adds_up": "note",
    "wrong": "wrong",
    "carries": "wrong",
    "not_checked": "unread",
}
"""How each verdict is marked: ✓ ✗ • ?"""
SIGNS = {"ok": "✓", "wrong": "✗", "note": "•", "unread": "?"}
MOST_SHOWN = 80
"""Columns of a row: indent, number, verdict, line of the text; a longer line is cut around the place that is meant."""
MOST_LINES = 400
"""Lines of a text that are shown one by one."""
MOST_PASSED_OVER = 5
"""Numbers that may be counts and were not compared, told one by one; ``--format json`` has every number."""
MOST_UNREAD = 5
"""Lines that are shown of a text in which nothing could be checked."""


def verdict_document(result: AuditResult, trace: bool = False, show_network: bool = False) -> Document:
    """The audit as a document; JSON shows ``result.to_dict()``."""
    blocks: list[Block] = [Paragraph(Verdict(STATUS[result.verdict], result.answer))]
    blocks.extend(_lines(result))
    if result.passages:
        blocks.append(Points([_passage(passage) for passage in result.passages]))
    if result.corrected and result.verdict == "wrong":
        blocks.append(Paragraph(Emphasis("Corrected:")))
        blocks.append(Listing("\n".join([text for _, text in result.corrected])))
    notes = list(_notes(result))
    if notes:
        blocks.append(Points(notes))
    if show_network and result.described is not None:
        from netledger.notation.writing import write_text

        blocks.append(Listing(write_text(result.described), "python"))
    if trace:
        blocks.append(Listing("\n".join(result.trace)))
    return Document("Audit", blocks, data=result.to_dict)


def verdict_table(result: AuditResult) -> Document:
    """The lines as a table, for a spreadsheet: one row a fault, one a line without."""
    from netledger.documents.model import Column, Row, Table

    names = ("line", "verdict", "layer", "kind", "expected", "found", "why")
    columns = [Column(name, name, "number" if name in ("line", "expected", "found") else "text") for name in names]
    rows = []
    for line in result.lines:
        faults = [finding for finding in result.findings if finding.line_no == line.line_no]
        for fault in faults:
            cells = (fault.layer, fault.kind, _whole(fault.expected), _whole(fault.found), fault.why)
            rows.append(Row((line.line_no, line.verdict, *cells)))
        if not faults:
            rows.append(Row((line.line_no, line.verdict, line.layer, None, None, None, line.why)))
    return Document("Audit", [Table(columns, rows)], data=result.to_dict)


def _whole(number: float | None) -> Value:
    return number if number is None or isinstance(number, int) else f"{number:.6g}"


def _passage(passage: PassageVerdict) -> Verdict:
    who = passage.author or f"lines {passage.from_line}–{passage.to_line}"
    return Verdict(STATUS[passage.verdict], f"{who}: {passage.answer}")


def _notes(result: AuditResult) -> Iterator[Value]:
    if result.network:
        yield Runs("judged against ", Emphasis(result.network), f": {result.convention}")
    for text in result.assumed:
        yield f"assumed: {text}"
    yield from result.notes
    passed_over = [number for number in result.unjudged if number.may_count]
    told = [f"{number.value:,} (line {number.line_no}: {number.why})" for number in passed_over[:MOST_PASSED_OVER]]
    if told and result.verdict != "not_checked":
        more = len(passed_over) - len(told)
        yield f"not compared: {'; '.join(told)}{f'; {more} more' if more else ''}"


def _lines(result: AuditResult) -> Iterator[Block]:
    """The text with a verdict before each line; under a wrong one a mark, what should stand there, and why."""
    by_line: dict[int, list[Finding]] = {}
    for finding in result.findings:
        by_line.setdefault(finding.line_no, []).append(finding)
    width = len(f"{max([line.line_no for line in result.lines], default=1)}")
    rows: list[tuple[str, str]] = []
    most = MOST_LINES if result.verdict != "not_checked" or result.network else MOST_UNREAD
    for line in result.lines[:most]:
        rows.extend(_line(line, by_line.get(line.line_no, []), width))
    if len(result.lines) > most:
        rows.append((f"… and {len(result.lines) - most:,} more lines", ""))
    if rows:
        yield Listing("\n".join([text for text, _ in rows]), "", tuple([role for _, role in rows]))


def _line(line: LineVerdict, findings: list[Finding], width: int) -> Iterator[tuple[str, str]]:
    marked = next((finding for finding in findings if finding.span is not None), None)
    span = marked.span if marked is not None else None
    whole, span = visible(line.text.rstrip(), span)
    text, offset = cut(whole, span, MOST_SHOWN - width - len("  ") - len(" ✓ "))
    lead = len(text) - len(text.lstrip())
    shown, status = text.strip(), "wrong" if findings else STATUS[line.verdict]
    about = f"   ({line.why})" if line.why and not findings and line.verdict != "right" else ""
    yield f"{line.line_no:>{width}} {SIGNS[status]} {shown}{about}", status
    margin = " " * (width + 3)
    if marked is not None and span is not None:
        start, end = span[0] - offset - lead, span[1] - offset - lead
        mark = "^" * max(columns(shown[max(start, 0) : end]), 1)
        yield f"{margin}{' ' * columns(shown[: max(start, 0)])}{mark} {marked.instead}".rstrip(), "wrong"
    for finding in findings:
        yield f"{margin}{sentence(finding)}", ""


def sentence(finding: Finding) -> str:
    """``conv2 has 2 groups: each filter sees 96/2 = 48 channels → 307,456``."""
    expected = finding.expected
    if expected is None:
        return finding.why
    shown = f"{expected:,}" if isinstance(expected, int) else f"{expected:,.6g}"
    if "," in shown and shown in [word.strip(":,;.()") for word in finding.why.split()]:
        return finding.why  # it is told there already
    return f"{finding.why} → {shown}" if finding.why else shown


def visible(text: str, span: tuple[int, int] | None) -> tuple[str, tuple[int, int] | None]:
    r"""The line without the signs that take no column, and where the span stands in it.

    >>> visible("3\u200b*4", (2, 4))
    ('3*4', (1, 3))
    """
    if text.isascii() and text.isprintable():
        return text, span
    text = text.translate(SPACES)
    hidden = [i for i, character in enumerate(text) if character != "\t" and not character.isprintable()]
    hidden += [i for i, character in enumerate(text) if character in WIDTHLESS]
    if not hidden:
        return text, span
    gone = set(hidden)
    shown = "".join([character for i, character in enumerate(text) if i not in gone])
    return shown, span and (span[0] - sum(i < span[0] for i in gone), span[1] - sum(i < span[1] for i in gone))


def cut(text: str, span: tuple[int, int] | None, room: int) -> tuple[str, int]:
    """The part of a line that ``room`` columns hold, and how many of its characters stand before it.

    >>> cut("fc6: 9216*4096 + 4096 = 37752832", (24, 32), 16)
    ('…4096 = 37752832', 16)
    """
    text = text.replace("\t", " ")
    if columns(text) <= room:
        return text, 0
    last = len(text) - _fitting(text[::-1], room)
    start = 0 if span is None else max(min(span[0] - room // 3, last), 0)
    end = start + _fitting(text[start:], room)
    part = "…" + text[start + 1 : end] if start else text[:end]
    return (part[:-1] + "…" if end < len(text) else part), start


def _fitting(text: str, room: int) -> int:
    """How many characters of the beginning take ``room`` columns at most."""
    taken = 0
    for i, character in enumerate(text):
        taken += columns(character)
        if taken > room:
            return i
    return len(text)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: wide characters two."""
    return sum(2 if ord(character) >= 0x1100 and _is_wide(ord(character)) else 1 for character in text)


_WIDE_SIGNS = frozenset(map(ord, "✅❌❓❗➕➖➗✨⭐⭕⬛⬜"))
SPACES = dict.fromkeys([0x00A0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
WIDTHLESS = frozenset(map(chr, [*range(0x0300, 0x0370), 0x20E3, *range(0xFE00, 0xFE10)]))
"""Accents and variations of the sign before them."""


def _is_wide(code: int) -> bool:
    return (
        code <= 0x115F or 0x2E80 <= code <= 0xA4CF or 0xAC00 <= code <= 0xD7A3 or 0xF900 <= code <= 0xFAFF
        or 0x1F300 <= code <= 0x1FAFF or code in _WIDE_SIGNS
        or 0xFE30 <= code <= 0xFE6F or 0xFF00 <= code <= 0xFF60 or 0xFFE0 <= code <= 0xFFE6
    )  # fmt: skip
