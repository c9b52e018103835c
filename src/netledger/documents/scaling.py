"""What a model's books say as one of its sizes grows, as a document."""

from __future__ import annotations

from netledger.documents.model import Column, Document, Quantity, Row, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.ledger import Ledger

_COLUMNS = (
    Column("value", "value", "number"),
    Column("parameters", "parameters", "number"),
    Column("macs", "MACs", "number", priority=1),
    Column("bytes", "bytes", "number", priority=2),
    Column("gb", "GB", "number", priority=3),
)


def scaling_document(name: str, size: str, ledgers: Sequence[tuple[int, Ledger]]) -> Document:
    """A row for each value of the size: parameters, MACs and bytes."""
    rows = [
        Row(
            (
                value,
                ledger.totals.parameters,
                ledger.totals.macs,
                ledger.totals.bytes,
                Quantity(ledger.totals.bytes.exact, "GB", digits=2, per=10**9),
            )
        )
        for value, ledger in ledgers
    ]
    return Document(f"{name} by {size}", [Table(_COLUMNS, rows)], lambda: _data(name, size, ledgers))


def _data(name: str, size: str, ledgers: Sequence[tuple[int, Ledger]]) -> dict[str, Any]:
    return {
        "schema": "netledger.scaling/1",
        "network": name,
        "size": size,
        "rows": [
            {
                "value": value,
                "parameters": ledger.totals.parameters.value,
                "macs": ledger.totals.macs.value,
                "bytes": ledger.totals.bytes.value,
            }
            for value, ledger in ledgers
        ],
    }
