"""A whole text: one passage, or a page of several people, each judged by itself."""

from __future__ import annotations

from netledger.audit.passage import judge_passage
from netledger.audit.reading.pages import Passage, lines_of, passages
from netledger.audit.result import AuditResult, PassageVerdict, TotalVerdict
from netledger.errors import LimitError
from netledger.limits import CALCULATION_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Network


def judge_page(text: str, against: Network | None) -> AuditResult:
    """Judge every passage of a text."""
    if len(text) > CALCULATION_BYTES:
        raise LimitError(f"a calculation of {len(text):,} characters; at most {CALCULATION_BYTES:,} are read")
    text = text.replace("\r\n", "\n")
    found = passages(text)
    if len(found) == 1 and not found[0].noise:
        return judge_passage(text, against)
    parts = [(passage, judge_passage(lines_of(text, passage), against, text)) for passage in found]
    if len(parts) == 1:
        return parts[0][1]
    return _together(parts)


def _together(parts: list[tuple[Passage, AuditResult]]) -> AuditResult:
    """One answer of several: wrong where any is, never better than its parts."""
    said = [(passage, result) for passage, result in parts if result.lines]
    verdicts = tuple(
        [
            PassageVerdict(p.from_line, p.to_line, p.author, r.verdict, r.network, r.answer)
            for p, r in said
        ]
    )  # fmt: skip
    results = [result for _, result in said]
    order = ("wrong", "partly", "adds_up", "right", "not_checked")
    present = {result.verdict for result in results}
    verdict = next((v for v in order if v in present), "not_checked")
    if verdict == "right" and "not_checked" in present:
        verdict = "partly"
    answer = " ".join([f"{_who(p)}: {_lowered(r.answer)}" for p, r in said if r.verdict != "not_checked"])
    first = next((r for r in results if r.network), results[0] if results else None)
    return AuditResult(
        verdict, answer or "Nothing in this page could be checked.", first.network if first else "",
        first.convention if first else "", (), first.total if first else TotalVerdict(None, None, None),
        tuple([f for r in results for f in r.findings]), tuple([line for r in results for line in r.lines]), verdicts,
        tuple(dict.fromkeys([note for r in results for note in r.notes])),
        tuple([line for r in results for line in r.corrected]), None, tuple([t for r in results for t in r.trace]),
    )  # fmt: skip


def _who(passage: Passage) -> str:
    return passage.author or f"Lines {passage.from_line}–{passage.to_line}"


def _lowered(answer: str) -> str:
    return answer[:1].lower() + answer[1:]
