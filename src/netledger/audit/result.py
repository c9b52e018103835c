"""What an audit found: a verdict, the lines, the findings, the total."""

from __future__ import annotations

from netledger.records import Record
from netledger.views import Shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Number = int | float


class Finding(Record):
    """One fault. ``expected`` is what should stand there, ``found`` what does; ``follows_from`` the line that it comes
    from, where it is no mistake of its own; ``why`` a sentence.
    """

    __slots__ = ("line_no", "kind", "layer", "expected", "found", "follows_from", "why")
    line_no: int
    kind: str
    layer: str | None
    expected: Number | None
    found: Number | None
    follows_from: int | None
    why: str

    def __init__(
        self,
        line_no: int,
        kind: str,
        layer: str | None,
        expected: Number | None,
        found: Number | None,
        follows_from: int | None = None,
        why: str = "",
    ) -> None:
        self._fill(line_no, kind, layer, expected, found, follows_from, why)


class LineVerdict(Record):
    """One line of the text: ``right``, ``wrong``, ``unread`` or ``other`` (no count: arithmetic checked only),
    the layer it was matched with, and a remark.
    """

    __slots__ = ("line_no", "verdict", "layer", "text", "remark")
    line_no: int
    verdict: str
    layer: str | None
    text: str
    remark: str

    def __init__(self, line_no: int, verdict: str, layer: str | None, text: str, remark: str = "") -> None:
        self._fill(line_no, verdict, layer, text, remark)


class TotalVerdict(Record):
    """The claimed total, the network's, and whether the claim is right in itself (``None``: none is made)."""

    __slots__ = ("claimed", "true", "ok")
    claimed: Number | None
    true: int
    ok: bool | None

    def __init__(self, claimed: Number | None, true: int, ok: bool | None) -> None:
        self._fill(claimed, true, ok)


class AuditResult(Shown, Record):
    """The answer. ``verdict``: ``right``, ``wrong`` or ``unread``; ``convention``: how was counted; ``notes``: what
    is worth saying (another convention, another network that fits); ``network`` the one it was held against.
    """

    __slots__ = ("verdict", "lines", "findings", "total", "network", "convention", "notes", "corrected", "elsewhere")
    DOCUMENT = "netledger.documents.verdict:verdict_document"
    verdict: str
    lines: tuple[LineVerdict, ...]
    findings: tuple[Finding, ...]
    total: TotalVerdict
    network: str
    convention: str
    notes: tuple[str, ...]
    corrected: tuple[tuple[int, str], ...]
    elsewhere: str

    def __init__(
        self,
        verdict: str,
        lines: tuple[LineVerdict, ...],
        findings: tuple[Finding, ...],
        total: TotalVerdict,
        network: str = "",
        convention: str = "",
        notes: tuple[str, ...] = (),
        corrected: tuple[tuple[int, str], ...] = (),
        elsewhere: str = "",
    ) -> None:
        self._fill(verdict, lines, findings, total, network, convention, notes, corrected, elsewhere)

    @property
    def exit_code(self) -> int:
        """What the command line returns: 0 right, 1 wrong, 65 unread."""
        return {"right": 0, "wrong": 1}.get(self.verdict, 65)

    def to_dict(self) -> dict[str, Any]:
        """Plain data: ``verdict``, ``total``, ``findings``, ``lines`` and what was assumed."""
        return {
            "verdict": self.verdict,
            "total": {"claimed": self.total.claimed, "true": self.total.true, "ok": self.total.ok},
            "findings": [{name: getattr(finding, name) for name in Finding.__slots__} for finding in self.findings],
            "lines": [
                {"line_no": line.line_no, "verdict": line.verdict, "layer": line.layer, "remark": line.remark or None}
                for line in self.lines
            ],
            "network": self.network,
            "convention": self.convention,
            "notes": list(self.notes),
            "elsewhere": self.elsewhere or None,
        }
