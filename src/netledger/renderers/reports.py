"""JUnit XML and SARIF: a check or an audit as a CI system and a code scanner read it."""

from __future__ import annotations

import json

from netledger.documents.cases import cases_of
from netledger.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.documents.cases import Case
    from netledger.documents.model import Document
    from netledger.renderers import RenderOptions

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
_URI = "https://json.schemastore.org/sarif-2.1.0.json"


def junit(document: Document, options: RenderOptions) -> str:
    """A JUnit test suite: a case for each line or budget; what was not checked is skipped."""
    cases = cases_of(document)
    failed, skipped = (sum(case.status == status for case in cases) for status in ("failed", "skipped"))
    name = _escaped(document.title or "netledger")
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    counts = f'tests="{len(cases)}" failures="{failed}" skipped="{skipped}" errors="0"'
    lines.append(f"<testsuites {counts}>")
    lines.append(f'  <testsuite name="{name}" {counts}>')
    lines += [_case(case, name) for case in cases]
    return "\n".join([*lines, "  </testsuite>", "</testsuites>"]) + "\n"


def _case(case: Case, suite: str) -> str:
    place = (f' file="{_escaped(case.file)}"' if case.file else "") + (f' line="{case.line}"' if case.line else "")
    head = f'    <testcase classname="netledger.{suite}" name="{_escaped(case.name)}"{place}'
    if case.status == "passed":
        return head + "/>"
    said = f'message="{_escaped(case.message)}"'
    inside = f"<skipped {said}/>" if case.status == "skipped" else f'<failure type="{_escaped(case.rule)}" {said}/>'
    return f"{head}>{inside}</testcase>"


def _escaped(text: str) -> str:
    return "".join([_ENTITIES.get(character, character) for character in printable(text, 1_000)])


def sarif(document: Document, options: RenderOptions) -> str:
    """A SARIF 2.1.0 log: a result for each fault, with its place where it stands in a file."""
    from netledger import __version__

    failed = [case for case in cases_of(document) if case.status == "failed"]
    rules = [
        {"id": rule, "name": rule, "shortDescription": {"text": rule.replace("_", " ")}}
        for rule in dict.fromkeys(case.rule for case in failed)
    ]
    driver = {"name": "netledger", "version": __version__, "rules": rules}
    log = {
        "$schema": _URI,
        "version": "2.1.0",
        "runs": [
            {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": list(map(_result, failed))}
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _result(case: Case) -> dict[str, Any]:
    text = printable(f"{case.name}: {case.message}", 1_000)
    result: dict[str, Any] = {"ruleId": case.rule, "level": "error", "message": {"text": text}}
    if case.file:
        place: dict[str, Any] = {"artifactLocation": {"uri": _uri(case.file)}}
        if case.line:
            region = {"startLine": case.line}
            if case.span is not None:
                region |= {"startColumn": case.span[0] + 1, "endColumn": case.span[1] + 1}
            place["region"] = region
        result["locations"] = [{"physicalLocation": place}]
    return result


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path.replace("\\", "/"))
