"""The marked claims of Markdown files → Document: a row each, with its verdict."""

from __future__ import annotations

from netledger.documents.model import Code, Column, Document, Paragraph, Row, Table, Verdict
from netledger.errors import NetledgerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_STATUS = {"right": "ok", "partly": "ok", "adds_up": "note", "wrong": "wrong"}


def claims_document(found: Sequence[tuple[str, int, str, Any]]) -> Document:
    """Of every block (file, line, network, result of its audit): where, about what, and what is said to it.

    A network that cannot be read has the error instead of a result.
    """
    columns = (
        Column("where", "where", wrap=True),
        Column("network", "network"),
        Column("verdict", "verdict", "verdict", wrap=True),
    )
    rows = [
        Row((f"{file}:{line}", Code(network), Verdict(_status(result), _said(result))))
        for file, line, network, result in found
    ]
    blocks = [Table(columns, rows)] if rows else [Paragraph("no claim is marked: <!-- netledger: NETWORK -->")]
    return Document("Claims", blocks, lambda: _data(found))


def _status(result: Any) -> str:
    return "wrong" if isinstance(result, NetledgerError) else _STATUS.get(result.verdict, "unread")


def _said(result: Any) -> str:
    if isinstance(result, NetledgerError):
        return str(result)
    if result.verdict != "wrong":
        return str(result.verdict).replace("_", " ")
    data = result.to_dict()
    causes = [finding["why"] or finding["kind"] for finding in data.get("findings", ())]
    causes += [claim["says"] for claim in data.get("claims", ()) if not claim.get("right", True)]
    return "; ".join(causes[:3]) or "wrong"


def _data(found: Sequence[tuple[str, int, str, Any]]) -> dict[str, Any]:
    return {
        "schema": "netledger.claims/1",
        "checked": len(found),
        "claims": [
            {"file": file, "line": line, **_result(result), "network": network} for file, line, network, result in found
        ],
    }


def _result(result: Any) -> dict[str, Any]:
    if isinstance(result, NetledgerError):
        return {"schema": "netledger.audit/2", "verdict": "not_checked", "error": str(result)}
    data: dict[str, Any] = result.to_dict()
    return data
