"""Many models, a row each: parameters, MACs, bytes, or why one could not be read; and what a census of them did."""

from __future__ import annotations

from netledger.documents.model import Code, Column, Document, Paragraph, Quantity, Row, Table
from netledger.records import Record
from netledger.unknown import exactly, sum_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.documents.model import Block
    from netledger.fleet.census import CensusCounts
    from netledger.ledger import Ledger
    from netledger.unknown import Number

_COLUMNS = (
    Column("model", "model", wrap=True),
    Column("kind", "kind", priority=3),
    Column("parameters", "parameters", "number"),
    Column("macs", "MACs", "number", priority=1),
    Column("bytes", "bytes", "number", priority=2),
    Column("dtype", "element types", priority=4),
    Column("error", "error", priority=5, wrap=True),
)
_QUANTITIES = ("parameters", "macs", "bytes")


class ModelRow(Record):
    """What is kept of one model: its totals, or the error that it gave."""

    __slots__ = ("name", "kind", "parameters", "macs", "bytes", "dtypes", "error")
    name: str
    kind: str
    parameters: Number | None
    macs: Number | None
    bytes: Number | None
    dtypes: tuple[str, ...]
    error: str | None

    def __init__(
        self, name: str, kind: str = "", parameters: Number | None = None, macs: Number | None = None,
        bytes: Number | None = None, dtypes: tuple[str, ...] = (), error: str | None = None,
    ) -> None:  # fmt: skip
        self._fill(name, kind, parameters, macs, bytes, dtypes, error)

    @classmethod
    def of(cls, name: str, ledger: Ledger) -> ModelRow:
        """The totals of a ledger."""
        network, totals = ledger.network, ledger.totals
        kind = network.meta.get("format") or network.meta.get("architecture") or ""
        stored = sorted({tensor.dtype for tensor in network.tensors if tensor.learned}) or [network.dtype]
        used = stored if ledger.dtype is None else [ledger.dtype]
        return cls(name, str(kind), totals.parameters, totals.macs, totals.bytes, tuple(used))


def models_document(models: Sequence[ModelRow], asked: int) -> Document:
    """The table of these models, largest first, those that gave an error last; ``asked`` is how many there are."""
    ordered = sorted(models, key=lambda model: (model.error is not None, -_size(model), model.name))
    rows = [
        Row((Code(model.name), model.kind, model.parameters, model.macs, model.bytes, ", ".join(model.dtypes),
             model.error or ""))
        for model in ordered
    ]  # fmt: skip
    read = [model for model in ordered if model.error is None]
    totals = [sum_up([getattr(model, name) for model in read]) for name in _QUANTITIES]
    footer = Row((f"total of {len(read):,}", None, *totals, None, None), role="total")
    columns = [column for column in _COLUMNS if column.name != "error" or len(read) < len(ordered)]
    kept = [Row(row.cells[: len(columns)]) for row in rows]
    blocks: list[Any] = [Table(columns, kept, [Row(footer.cells[: len(columns)], role="total")])]
    if len(models) < asked:
        blocks.append(Paragraph("Interrupted after ", len(models), " of ", asked, " models."))
    return Document(f"{len(models):,} model{'' if len(models) == 1 else 's'}", blocks, lambda: _data(ordered, asked))


def _size(model: ModelRow) -> int:
    from netledger.unknown import least

    return 0 if model.parameters is None else least(model.parameters)


def _data(models: Sequence[ModelRow], asked: int) -> dict[str, Any]:
    return {
        "schema": "netledger.models/1",
        "asked": asked,
        "models": [
            {
                "name": model.name,
                "kind": model.kind,
                **{name: None if (count := getattr(model, name)) is None else exactly(count) for name in _QUANTITIES},
                "dtypes": list(model.dtypes),
                "error": model.error,
            }
            for model in models
        ],
    }


_WORDS = {
    "read": "read", "refused": "refused: broken, or no network", "failed": "failed: not there, too slow, too large",
    "unchanged": "unchanged since they were read", "again": "another name of a file that is there",
}  # fmt: skip


def census_document(counts: CensusCounts, asked: int, seconds: float) -> Document:
    """How many places were read, refused, failed or left as they are, and how fast."""
    rows = [Row((words, getattr(counts, name))) for name, words in _WORDS.items() if getattr(counts, name)]
    columns = (Column("places", "places"), Column("count", "count", "number"))
    new = counts.read + counts.refused + counts.failed
    blocks: list[Block] = [Table(columns, rows, [Row(("total", counts.done), role="total")])]
    if new and seconds > 0:
        rate = Quantity(new / seconds, "files a second")
        blocks.append(Paragraph(counts.structures, " different structures. ", rate, "."))
    if counts.interrupted:
        blocks.append(Paragraph("Interrupted after ", counts.done, " of ", asked, " places; the rest comes next time."))
    return Document("Census", blocks)
