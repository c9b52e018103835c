"""The findings of a budget check → Document."""

from __future__ import annotations

from netledger.documents.model import Code, Column, Document, Paragraph, Row, Runs, Share, Table, Verdict
from netledger.unknown import least

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from netledger.budgets import Checked
    from netledger.documents.model import Block, Value

COLUMNS = (
    Column("quantity", "quantity"),
    Column("counted", "counted", "number"),
    Column("bound", "budget"),
    Column("limit", "", "number"),
    Column("verdict", "verdict", "verdict", wrap=True),
)


def budget_document(name: str, findings: Sequence[Checked], file: str | None = None) -> Document:
    """A row for each budget; under a broken one the layers that weigh most. ``file`` is where the network stands."""
    rows = [
        Row(
            (finding.quantity, finding.counted, _sign(finding), finding.limit, _verdict(finding)),
            notes=_notes(finding),
        )
        for finding in findings
    ]
    return Document(name, (Table(COLUMNS, rows),), lambda: _data(name, findings, file))


def budgets_document(
    found: Sequence[tuple[str, Sequence[Checked] | str]], asked: int, files: Mapping[str, str] | None = None
) -> Document:
    """Several networks: a row for each budget of each, one for each that could not be read; of ``asked`` in all.

    ``files`` says in which file a network stands, where it is one.
    """
    rows = []
    for name, findings in found:
        if isinstance(findings, str):
            rows.append(Row((Code(name), None, None, None, None, Verdict("wrong", findings))))
            continue
        rows += [
            Row((Code(name), one.quantity, one.counted, _sign(one), one.limit, _verdict(one)),
                notes=_notes(one))
            for one in findings
        ]  # fmt: skip
    columns = (Column("network", "network", wrap=True), *COLUMNS)
    blocks: list[Block] = [Table(columns, rows)]
    if len(found) < asked:
        blocks.append(Paragraph("Interrupted after ", len(found), " of ", asked, " networks."))
    return Document(f"{len(found):,} networks", blocks, lambda: _several_data(found, files or {}))


def _several_data(found: Sequence[tuple[str, Sequence[Checked] | str]], files: Mapping[str, str]) -> object:
    checks = []
    for name, findings in found:
        read = not isinstance(findings, str)
        data: dict[str, object] = _data(name, findings if not isinstance(findings, str) else ())
        checks.append({
            "network": name, **({"file": files[name]} if name in files else {}), "ok": read and data["ok"],
            "error": None if read else findings, "budgets": data["budgets"],
        })  # fmt: skip
    return {"schema": "netledger.checks/1", "ok": all(one["ok"] for one in checks), "checks": checks}


def _sign(finding: Checked) -> str:
    return "at most" if finding.bound == "max" else "at least"


def _verdict(finding: Checked) -> Value:
    if finding.ok:
        return Verdict("ok", "kept")
    if finding.open:
        return Verdict("unread", "not known: some layers cannot be counted")
    counted = least(finding.counted)
    apart = counted - finding.limit if finding.bound == "max" else finding.limit - counted
    words: list[Value] = [apart, " too many" if finding.bound == "max" else " too few"]
    if finding.passed_at is not None:
        words += [", passed at ", Code(finding.passed_at)]
    return Verdict("wrong", Runs(*words))


def _notes(finding: Checked) -> list[Value]:
    return [*([_biggest(finding)] if finding.biggest else ()), *finding.assumed]


def _biggest(finding: Checked) -> Value:
    parts: list[Value] = ["biggest: "]
    for path, value in finding.biggest:
        parts += [Code(path), " ", value, " (", Share(value, least(finding.counted)), "), "]
    return Runs(*parts[:-1], ")")


def _data(name: str, findings: Sequence[Checked], file: str | None = None) -> dict[str, object]:
    return {
        "schema": "netledger.check/1",
        "network": name,
        **({} if file is None else {"file": file}),
        "ok": all(finding.ok for finding in findings),
        "budgets": [
            {
                "quantity": finding.quantity,
                "bound": finding.bound,
                "limit": finding.limit,
                "counted": least(finding.counted),
                "at_least": not isinstance(finding.counted, int),
                "ok": finding.ok,
                "passed_at": finding.passed_at,
                "biggest": [{"path": path, finding.quantity: value} for path, value in finding.biggest],
                **({"assumed": list(finding.assumed)} if finding.assumed else {}),
            }
            for finding in findings
        ],
    }
