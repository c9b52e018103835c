"""A prediction of memory as a document."""

from __future__ import annotations

from netledger.documents.model import (
    Code,
    Column,
    Document,
    Emphasis,
    Facts,
    Heading,
    Paragraph,
    Quantity,
    Row,
    Runs,
    Table,
)
from netledger.unknown import exactly, reasons

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.documents.model import Value
    from netledger.execute.memory import Memory
    from netledger.unknown import Number

MB = 1_000_000


def memory_document(memory: Memory) -> Document:
    """What a network takes in training or inference."""
    facts = Facts([(what, sized(count)) for what, count in memory_rows(memory)])
    blocks: list[Any] = [
        Paragraph(
            f"Prediction for {memory.purpose} at batch {memory.batch:,}; MB = 10^6 bytes. ",
            "Saved is what PyTorch keeps of the forward pass for the backward one."
            if memory.purpose == "training"
            else "Live is the most that is alive at once.",
        ),
        facts,
    ]
    if memory.items:
        rows = [Row((Code(item.path), item.what, item.bytes)) for item in memory.items]
        columns = (Column("layer", "layer"), Column("saved", "saved"), Column("bytes", "bytes", "number"))
        total = Row(("total", None, memory.saved), role="total")
        blocks += [Heading("What is saved"), Table(columns, rows, (total,))]
    return Document(f"{memory.network}: memory", tuple(blocks), lambda: memory_data(memory))


def memory_rows(memory: Memory) -> list[tuple[str, Number]]:
    """The parts and their sum."""
    rows: list[tuple[str, Number]] = [("weights", memory.weights)]
    if memory.buffers:
        rows.append(("buffers", memory.buffers))
    if memory.purpose == "training":
        rows += [
            ("gradients", memory.gradients),
            (f"optimizer ({memory.optimizer_name})", memory.optimizer),
            ("saved activations", memory.saved),
        ]
    else:
        rows.append(("live activations", memory.live))
    return [*rows, ("in all", memory.total)]


def sized(count: Number) -> Value:
    """Bytes exactly, and in MB."""
    if not isinstance(count, int):
        return Runs(count, " bytes: ", Emphasis(reasons(count)))
    return Runs(count, " bytes = ", Quantity(count / MB, "MB"))


def memory_data(memory: Memory) -> dict[str, Any]:
    """The same as plain values, for JSON."""
    return {
        "schema": "netledger.predicted_memory/1",
        "network": memory.network,
        "purpose": memory.purpose,
        "batch": memory.batch,
        "optimizer": memory.optimizer_name,
        "bytes": {what: exactly(count) for what, count in memory_rows(memory)},
    }
