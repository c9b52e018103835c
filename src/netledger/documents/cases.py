r"""What a check or an audit found, as single cases: what test reports and code scanners are made of.

>>> from netledger.audit import audit
>>> from netledger.documents.verdict import verdict_document
>>> [case.status for case in cases_of(verdict_document(audit("3*3*64 = 576\n2*2 = 5")))]
['passed', 'failed']
"""

from __future__ import annotations

from netledger.errors import UsageError
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from netledger.documents.model import Document


class Case(Record):
    """One: ``status`` is ``passed``, ``failed`` or ``skipped``; ``rule`` the kind of fault; ``file`` and ``line`` where
    it stands; ``span`` its first and last character there, from 0, end excluded.
    """

    __slots__ = ("name", "status", "message", "rule", "file", "line", "span")
    name: str
    status: str
    message: str
    rule: str
    file: str
    line: int | None
    span: tuple[int, int] | None

    def __init__(
        self,
        name: str,
        status: str,
        message: str = "",
        rule: str = "",
        file: str = "",
        line: int | None = None,
        span: tuple[int, int] | None = None,
    ) -> None:
        self._fill(name, status, message, rule, file, line, span)


def cases_of(document: Document) -> list[Case]:
    """The cases of a document that is about a check, an audit or marked claims; else a ``UsageError``."""
    data = document.data() if document.data is not None else None
    if isinstance(data, dict):
        if "budgets" in data:
            return _checked(data)
        if "checks" in data:
            return [case for check in data["checks"] for case in _checked(check)]
        if "claims" in data and "checked" in data:
            return [case for block in data["claims"] for case in _audited(block, block["file"], block["line"] - 1)]
        if "lines" in data or "claims" in data:
            return list(_audited(data, data.get("file", ""), 0))
    raise UsageError("junit and sarif are written of check, claims and audit alone")


def _checked(check: dict[str, Any]) -> list[Case]:
    """The budgets of one network; of one that could not be read its error."""
    network, error = check["network"], check.get("error")
    if error is not None:
        return [Case(f"{network}: can be read", "failed", error, "not_read", network)]
    return [_budget(network, budget, check.get("file", "")) for budget in check["budgets"]]


def _budget(network: str, budget: dict[str, Any], file: str) -> Case:
    sign = "at most" if budget["bound"] == "max" else "at least"
    least = "at least " if budget["at_least"] else ""
    said = f"{budget['quantity']} {least}{budget['counted']:,}, budget {sign} {budget['limit']:,}"
    if budget["passed_at"]:
        said += f", passed at {budget['passed_at']}"
    status = "passed" if budget["ok"] else "failed"
    return Case(f"{network}: {budget['quantity']} {sign} {budget['limit']:,}", status, said, "over_budget", file)


_STATUS = {"right": "passed", "adds_up": "passed", "wrong": "failed", "carries": "failed"}


def _audited(data: dict[str, Any], file: str, above: int) -> Iterator[Case]:
    if "error" in data:
        yield Case(f"line {above + 1}", "failed", data["error"], "not_read", file, above + 1)
    for line in data.get("lines") or ():
        findings = [finding for finding in data.get("findings", ()) if finding["line_no"] == line["line_no"]]
        name, place = f"line {line['line_no'] + above}", line["line_no"] + above
        status = _STATUS.get(line["verdict"], "skipped")
        if not findings:
            said = line.get("why") or line.get("remark") or line["verdict"]
            yield Case(name, status, said, "not_checked", file, place)
        for finding in findings:
            expected = finding.get("expected")
            said = ": ".join(
                [part for part in (f"{expected:,}" if expected is not None else "", finding["why"]) if part]
            )
            span = finding.get("span")
            yield Case(name, "failed", said, finding["kind"], file, place, tuple(span) if span else None)
    for claim in data.get("claims") or ():
        status = "passed" if claim.get("right", claim.get("verdict") == "right") else "failed"
        said = claim.get("says") or claim.get("why") or ""
        place = (claim.get("line_no") or 1) + above
        yield Case(str(claim.get("claim") or claim.get("text") or "claim"), status, said, "wrong_claim", file, place)
