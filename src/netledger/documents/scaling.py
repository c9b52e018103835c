"""What a model's books say as one of its sizes grows, as a document."""

from __future__ import annotations

from netledger.documents.model import Column, Document, Quantity, Row, Runs, Table
from netledger.unknown import exactly, least

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.documents.model import Value
    from netledger.ledger import Ledger
    from netledger.unknown import Number

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
                _gigabytes(ledger.totals.bytes),
            )
        )
        for value, ledger in ledgers
    ]
    return Document(f"{name} by {size}", [Table(_COLUMNS, rows)], lambda: _data(name, size, ledgers))


def _gigabytes(count: Number) -> Value:
    size = Quantity(least(count), "GB", digits=2, per=10**9)
    return size if isinstance(count, int) else Runs("≥ ", size)


def _data(name: str, size: str, ledgers: Sequence[tuple[int, Ledger]]) -> dict[str, Any]:
    return {
        "schema": "netledger.scaling/1",
        "network": name,
        "size": size,
        "rows": [
            {
                "value": value,
                "parameters": exactly(ledger.totals.parameters),
                "macs": exactly(ledger.totals.macs),
                "bytes": exactly(ledger.totals.bytes),
            }
            for value, ledger in ledgers
        ],
    }
