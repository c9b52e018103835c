"""The scheme of 2014 as a document: what each process holds and computes, what is handed over in a step."""

from __future__ import annotations

from netledger.documents.model import Code, Column, Document, Facts, Heading, Paragraph, Quantity, Row, Runs, Table
from netledger.dtypes import BITS
from netledger.ledger import keep_books
from netledger.unknown import least

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.documents.model import Value
    from netledger.execute.owt import OwtPlan

MB = 1_000_000
LABEL_BYTES = 8


def owt_document(plan: OwtPlan, batch: int) -> Document:
    """A plan for batches of so many images, all processes together."""
    blocks = (
        Paragraph(
            f"{plan.processes:,} processes as in 2014: layers before the first fully connected one have all of their "
            f"weights everywhere and {batch // plan.processes:,} images of the batch of {batch:,} each; fully "
            "connected ones have a slice of their outputs each, for all images; the last one lives on process 0. "
            "Bytes as ",
            Code(plan.network.dtype), ".",
        ),
        Heading("What lives where"),
        _placement_table(plan),
        Heading("What is handed over in a step"),
        _traffic_table(plan, batch),
        Heading("In all"),
        Facts(_facts(plan, batch)),
        Paragraph(
            "An activation is counted once for each process that it is handed to; its gradient returns the same way. "
            "Gradients of the convolutions are counted as each process gives them to the all-reduce."
        ),
    )  # fmt: skip
    return Document(f"{plan.network.name} on {plan.processes:,} processes", blocks, lambda: owt_data(plan, batch))


def _size(plan: OwtPlan) -> int:
    return BITS[plan.network.dtype] // 8


def _placement_table(plan: OwtPlan) -> Table:
    rows = []
    entries = [{entry.path: entry for entry in ledger.entries} for ledger in plan.ledgers]
    for layer in plan.network.layers:
        found = [own.get(layer.path) for own in entries]
        if not any(entry is not None and (entry.parameters or entry.macs) for entry in found):
            continue
        cells: list[Value] = [Code(layer.path), plan.placements[layer.path]]
        cells.append(next((entry.output_shape for entry in found if entry is not None), None))
        cells += [entry.parameters if entry is not None else 0 for entry in found]
        rows.append(Row(cells))
    total: list[Value] = ["total", None, None, *(ledger.totals.parameters for ledger in plan.ledgers)]
    columns = (
        Column("layer", "layer"), Column("lives", "lives"), Column("shape", "shape per image", "shape", 2),
        Column("parameters_0", "parameters, process 0", "number"),
        Column("parameters_other", "parameters, each other", "number"),
    )  # fmt: skip
    return Table(columns, rows, (Row(total, role="total"),))


def _sums(plan: OwtPlan, batch: int) -> tuple[int, int]:
    """Elements that all processes hand over, forward and backward."""
    ranks = range(plan.processes)
    return (
        sum(plan.sent(rank, batch) for rank in ranks),
        sum(plan.sent(rank, batch, backward=True) for rank in ranks),
    )


def _traffic_table(plan: OwtPlan, batch: int) -> Table:
    size, ranks = _size(plan), range(plan.processes)
    rows = []
    for g in plan.gatherings:
        count = sum(g.sent(rank, plan.processes) for rank in ranks) * batch // plan.processes
        rows.append(Row((Code(g.consumer), Code(g.value), g.how, g.elements, count, count * size)))
    forward, backward = _sums(plan, batch)
    footer = [
        Row((name, None, None, None, count, count * size), role="total")
        for name, count in (("forward", forward), ("forward and backward", forward + backward))
    ]
    columns = (
        Column("consumer", "read by"), Column("value", "value"), Column("how", "how", priority=1),
        Column("elements", "elements per image", "number", 1),
        Column("elements_step", f"elements per batch of {batch:,}", "number", 1),
        Column("bytes_step", "bytes per step", "number"),
    )  # fmt: skip
    return Table(columns, rows, footer)


def _with_mb(count: Value, size: int) -> Value:
    return Runs(count, " (", Quantity(size / MB, "MB"), ")")


def _facts(plan: OwtPlan, batch: int) -> list[tuple[str, Value]]:
    size = _size(plan)
    activations = sum(_sums(plan, batch)) * size
    gradients = plan.shared_parameters * size
    whole = least(keep_books(plan.network).totals.bytes)
    items: list[tuple[str, Value]] = [
        (f"parameters, {who}", _with_mb(ledger.totals.parameters, least(ledger.totals.bytes)))
        for who, ledger in zip(("process 0", "each other"), plan.ledgers, strict=True)
    ]
    return [
        *items,
        ("MACs per step, forward, process 0", plan.macs(0, batch)),
        ("MACs per step, forward, each other", plan.macs(1, batch)),
        ("bytes of activations and their gradients per step", _with_mb(activations, activations)),
        ("bytes of the convolutions' gradients, each process", _with_mb(gradients, gradients)),
        ("data parallelism instead, each process", Runs(Quantity(whole / MB, "MB"), " of gradients per step")),
    ]  # fmt: skip


def owt_data(plan: OwtPlan, batch: int) -> dict[str, Any]:
    """The plan as plain values, for JSON."""
    size = _size(plan)
    forward, backward = _sums(plan, batch)
    return {
        "schema": "netledger.one_weird_trick/1",
        "network": plan.network.name,
        "scheme": "owt",
        "processes": plan.processes,
        "batch": batch,
        "placements": plan.placements,
        "devices": [
            {
                "parameters": plan.parameters(rank),
                "macs_step": plan.macs(rank, batch),
                "sends_bytes_forward": plan.sent(rank, batch) * size,
                "sends_bytes_backward": plan.sent(rank, batch, backward=True) * size,
                "sends_bytes_labels": batch // plan.processes * LABEL_BYTES if rank else 0,
                "gradient_bytes": plan.shared_parameters * size,
            }
            for rank in range(plan.processes)
        ],
        "gatherings": [
            {"consumer": g.consumer, "value": g.value, "how": g.how, "elements": g.elements} for g in plan.gatherings
        ],
        "bytes_forward": forward * size,
        "bytes_step": (forward + backward) * size,
        "data_parallel_gradient_bytes": least(keep_books(plan.network).totals.bytes),
    }
