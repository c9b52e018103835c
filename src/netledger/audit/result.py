"""What an audit found: the answer, a verdict for every line, the faults with their places, the total.

``AuditResult.to_dict`` is the JSON form; its schema is ``netledger/audit/audit.schema.json``.
"""

from __future__ import annotations

from netledger.ledger.views import Shown
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Network

    Number = int | float

SCHEMA = "netledger.audit/2"
EXIT_CODES = {"right": 0, "partly": 0, "adds_up": 0, "wrong": 1, "not_checked": 65}
"""What the command line returns for each verdict on the whole."""


class Finding(Record):
    """One fault. ``expected`` is what should stand there, ``found`` what does; ``span`` the characters of the line that
    are wrong (from 0, end excluded) and ``instead`` what should stand at that very place; ``follows_from`` the line
    that it comes from, where it is no mistake of its own; ``why`` a sentence.
    """

    __slots__ = ("line_no", "span", "kind", "layer", "expected", "found", "follows_from", "why", "instead")
    line_no: int
    span: tuple[int, int] | None
    kind: str
    layer: str | None
    expected: Number | None
    found: Number | None
    follows_from: int | None
    why: str
    instead: str

    def __init__(
        self, line_no: int, span: tuple[int, int] | None, kind: str, layer: str | None, expected: Number | None,
        found: Number | None, follows_from: int | None, why: str, instead: str = "",
    ) -> None:  # fmt: skip
        self._fill(line_no, span, kind, layer, expected, found, follows_from, why, instead)


class LineVerdict(Record):
    """One line of the text: ``right``, ``adds_up``, ``wrong``, ``carries`` or ``not_checked``; the layer that it was
    compared with, its text, and why.
    """

    __slots__ = ("line_no", "verdict", "layer", "text", "why", "span")
    line_no: int
    verdict: str
    layer: str | None
    text: str
    why: str
    span: tuple[int, int] | None

    def __init__(
        self, line_no: int, verdict: str, layer: str | None, text: str, why: str = "",
        span: tuple[int, int] | None = None,
    ) -> None:  # fmt: skip
        self._fill(line_no, verdict, layer, text, why, span)


class TotalVerdict(Record):
    """The claimed total, the network's (None where no network is known), and whether the claim is right in itself."""

    __slots__ = ("claimed", "true", "ok")
    claimed: Number | None
    true: int | None
    ok: bool | None

    def __init__(self, claimed: Number | None, true: int | None, ok: bool | None) -> None:
        self._fill(claimed, true, ok)


class UnjudgedNumber(Record):
    """A number of the text that nothing was compared with: where it stands (``span``: the characters of its line, from
    0, end excluded), its value, why; ``may_count``: whether it may be a count that was passed over.
    """

    __slots__ = ("line_no", "span", "value", "why", "may_count")
    line_no: int
    span: tuple[int, int]
    value: Number
    why: str
    may_count: bool

    def __init__(self, line_no: int, span: tuple[int, int], value: Number, why: str, may_count: bool) -> None:
        self._fill(line_no, span, value, why, may_count)


class PassageVerdict(Record):
    """What one person wrote: its lines, who, the verdict, the network that it was judged against, and a sentence."""

    __slots__ = ("from_line", "to_line", "author", "verdict", "network", "answer")
    from_line: int
    to_line: int
    author: str | None
    verdict: str
    network: str
    answer: str

    def __init__(
        self, from_line: int, to_line: int, author: str | None, verdict: str, network: str, answer: str
    ) -> None:
        self._fill(from_line, to_line, author, verdict, network, answer)


class AuditResult(Shown, Record):
    """The answer to a text.

    ``verdict``: ``right`` (every count was compared and is equal), ``partly`` (right as far as checked), ``adds_up``
    (only its own arithmetic was checked), ``wrong``, ``not_checked``. ``answer`` says it in a sentence. ``described``
    is the network that the text itself gives, ``trace`` how each line was read, ``unjudged`` the numbers that nothing
    was compared with.
    """

    __slots__ = (
        "verdict", "answer", "network", "convention", "assumed", "total", "findings", "lines", "passages", "notes",
        "corrected", "described", "trace", "unjudged",
    )  # fmt: skip
    DOCUMENT = "netledger.documents.verdict:verdict_document"
    verdict: str
    answer: str
    network: str
    convention: str
    assumed: tuple[str, ...]
    total: TotalVerdict
    findings: tuple[Finding, ...]
    lines: tuple[LineVerdict, ...]
    passages: tuple[PassageVerdict, ...]
    notes: tuple[str, ...]
    corrected: tuple[tuple[int, str], ...]
    described: Network | None
    trace: tuple[str, ...]
    unjudged: tuple[UnjudgedNumber, ...]

    def __init__(
        self, verdict: str, answer: str, network: str, convention: str, assumed: tuple[str, ...], total: TotalVerdict,
        findings: tuple[Finding, ...], lines: tuple[LineVerdict, ...], passages: tuple[PassageVerdict, ...] = (),
        notes: tuple[str, ...] = (), corrected: tuple[tuple[int, str], ...] = (), described: Network | None = None,
        trace: tuple[str, ...] = (), unjudged: tuple[UnjudgedNumber, ...] = (),
    ) -> None:  # fmt: skip
        self._fill(
            verdict, answer, network, convention, assumed, total, findings, lines, passages, notes, corrected,
            described, trace, unjudged,
        )  # fmt: skip

    @property
    def exit_code(self) -> int:
        """What the command line returns: 0 right or adds up, 1 wrong, 65 where nothing could be checked."""
        return EXIT_CODES[self.verdict]

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as the schema has it."""
        return {
            "schema": SCHEMA,
            "verdict": self.verdict,
            "answer": self.answer,
            "network": self.network or None,
            "convention": self.convention or None,
            "assumed": list(self.assumed),
            "total": {"claimed": self.total.claimed, "true": self.total.true, "ok": self.total.ok},
            "findings": [_plain(finding) for finding in self.findings],
            "lines": [_plain(line) for line in self.lines],
            "passages": [_plain(passage) for passage in self.passages],
            "notes": list(self.notes),
            "corrected": [text for _, text in self.corrected],
            "unjudged": [_plain(number) for number in self.unjudged],
        }

    def __repr__(self) -> str:
        return f"<audit: {self.answer}>"


def _plain(record: Record) -> dict[str, Any]:
    data = {name: getattr(record, name) for name in record.__slots__}
    if data.get("span") is not None:
        data["span"] = list(data["span"])
    return data
