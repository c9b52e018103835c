"""A split network as a document: what lives where, what is handed over, traffic against data parallelism.

:func:`split_document` shows a plan of 2012, for two devices, with their memory; :func:`one_weird_trick_document` one of
2014.
"""

from __future__ import annotations

from netledger.documents.model import Code, Column, Document, Facts, Heading, Paragraph, Quantity, Row, Runs, Table
from netledger.dtypes import BITS
from netledger.execute.splitting.memory import held
from netledger.ledger import keep_books
from netledger.unknown import least

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.documents.model import Value
    from netledger.execute.splitting.memory import Held
    from netledger.execute.splitting.plan import Plan

MB = 1_000_000
LABEL_BYTES = 8


def split_document(plan: Plan, batch: int) -> Document:
    """A plan for batches of so many images."""
    blocks = (
        Paragraph(
            "Two devices as in 2012: a layer with groups reads its own device's maps, one without reads both. ",
            "Counts per image unless said otherwise; bytes as ", Code(plan.network.dtype), ".",
        ),
        Heading("What lives where"),
        _placement_table(plan, ("device 0", "device 1"), "device", (("parameters", "parameters"), ("macs", "MACs"))),
        Heading("What crosses, forward"),
        _crossing_table(plan, batch),
        Heading("In all"),
        Facts(_facts(plan, batch)),
        Heading(f"Memory at batch {batch:,}"),
        _memory_table(plan, batch),
        Paragraph(
            "Every value and, in training, its gradient is kept; ReLUs work in place; weights three times in training "
            "(gradients, momentum); response normalisation keeps its denominators. No workspace is counted."
        ),
    )  # fmt: skip
    return Document(f"{plan.network.name} on two devices", blocks, lambda: split_data(plan, batch))


def _placement_table(plan: Plan, whose: tuple[str, str], per: str, quantities: Sequence[tuple[str, str]]) -> Table:
    """Of every layer that counts: where it lives, its shape, its ``quantities`` in the first process and each other."""
    rows = []
    entries = [{entry.path: entry for entry in ledger.entries} for ledger in plan.ledgers]
    for layer in plan.network.layers:
        found = [own.get(layer.path) for own in entries]
        if not any(entry is not None and (entry.parameters or entry.macs) for entry in found):
            continue
        cells: list[Value] = [Code(layer.path), plan.placements[layer.path]]
        cells.append(next((entry.output_shape for entry in found if entry is not None), None))
        for quantity, _ in quantities:
            cells += [getattr(entry, quantity) if entry is not None else 0 for entry in found]
        rows.append(Row(cells))
    total: list[Value] = ["total", None, None]
    columns = [Column("layer", "layer"), Column("lives", "lives"), Column("shape", f"shape per {per}", "shape", 2)]
    for quantity, title in quantities:
        total += [getattr(ledger.totals, quantity) for ledger in plan.ledgers]
        columns += [
            Column(f"{quantity}_{key}", f"{title}, {who}", "number", int(quantity != "parameters"))
            for key, who in zip(("0", "1" if per == "device" else "other"), whose, strict=True)
        ]
    return Table(columns, rows, (Row(total, role="total"),))


def _bytes_each(plan: Plan) -> int:
    return BITS[plan.network.dtype] // 8


def _with_mb(count: Value, size: int) -> Runs:
    return Runs(count, " (", Quantity(size / MB, "MB"), ")")


def _crossing_table(plan: Plan, batch: int) -> Table:
    size = _bytes_each(plan)
    rows = [
        Row((Code(c.consumer), Code(c.value), c.how, c.elements, c.elements * size, c.elements * size * batch))
        for c in plan.transfers
    ]
    forward = plan.elements_forward
    footer = [
        Row((name, None, None, count, count * size, count * size * batch), role="total")
        for name, count in (("forward", forward), ("forward and backward", plan.elements_step))
    ]
    columns = (
        Column("consumer", "read by"), Column("value", "value"), Column("how", "how", priority=1),
        Column("elements", "elements", "number"), Column("bytes_image", "bytes per image", "number", 1),
        Column("bytes_batch", f"bytes per batch of {batch:,}", "number"),
    )  # fmt: skip
    return Table(columns, rows, footer)


def _facts(plan: Plan, batch: int) -> list[tuple[str, Value]]:
    whole = keep_books(plan.network).totals
    step = plan.elements_step * _bytes_each(plan) * batch
    gradients = least(whole.bytes)
    ratio = Quantity(gradients / step, "times", 2) if step else "nothing crosses"
    items: list[tuple[str, Value]] = []
    for device, ledger in enumerate(plan.ledgers):
        items.append((f"parameters, device {device}", _with_mb(ledger.totals.parameters, least(ledger.totals.bytes))))
    items += [
        ("activations crossing, forward", plan.elements_forward),
        ("with backward", plan.elements_step),
        ("bytes crossing per step", _with_mb(step, step)),
        (
            "data parallelism instead",
            Runs(
                Quantity(gradients / MB, "MB"), " of gradients per step each way, ", ratio,
                " as much",
            ),
        ),
    ]  # fmt: skip
    return items


def _columns_of(plan: Plan, batch: int) -> list[tuple[str, Held]]:
    columns = [
        (f"device {device}", held(ledger, plan.received(device), batch)) for device, ledger in enumerate(plan.ledgers)
    ]
    return [*columns, ("all on one device", held(keep_books(plan.network), 0, batch))]


def _memory_table(plan: Plan, batch: int) -> Table:
    columns = _columns_of(plan, batch)
    names = (
        ("weights, MB", lambda h: Quantity(h.weights / MB)),
        ("values per image", lambda h: h.values),
        ("received per image", lambda h: h.received),
        ("denominators per image", lambda h: h.denominators),
        ("inference, MB", lambda h: Quantity(h.inference / MB)),
        ("training, MB", lambda h: Quantity(h.training / MB)),
    )
    rows = [Row((name, *(value(h) for _, h in columns))) for name, value in names]
    return Table(
        (Column("what", ""), *(Column(f"c{i}", title, "number") for i, (title, _) in enumerate(columns))), rows
    )


def split_data(plan: Plan, batch: int) -> dict[str, Any]:
    """The plan as plain values, for JSON."""
    size = _bytes_each(plan)
    return {
        "schema": "netledger.split/1",
        "network": plan.network.name,
        "batch": batch,
        "placements": plan.placements,
        "devices": [
            {
                "parameters": least(ledger.totals.parameters),
                "macs": least(ledger.totals.macs),
                "weights_bytes": h.weights,
                "inference_bytes": h.inference,
                "training_bytes": h.training,
                "sends_elements_forward": plan.sent(device),
                "sends_elements_backward": plan.sent(device, backward=True),
            }
            for device, (ledger, (_, h)) in enumerate(zip(plan.ledgers, _columns_of(plan, batch)[:2], strict=True))
        ],
        "crossings": [
            {"consumer": c.consumer, "value": c.value, "how": c.how, "elements": c.elements, "sent": list(c.forward)}
            for c in plan.transfers
        ],
        "elements_forward": plan.elements_forward,
        "elements_step": plan.elements_step,
        "bytes_step": plan.elements_step * size * batch,
    }


# ---------------------------------------------------------------------- 2014


def one_weird_trick_document(plan: Plan, batch: int) -> Document:
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
        _placement_table(plan, ("process 0", "each other"), "image", (("parameters", "parameters"),)),
        Heading("What is handed over in a step"),
        _traffic_table(plan, batch),
        Heading("In all"),
        Facts(_step_facts(plan, batch)),
        Paragraph(
            "An activation is counted once for each process that it is handed to; its gradient returns the same way. "
            "Gradients of the convolutions are counted as each process gives them to the all-reduce."
        ),
    )  # fmt: skip
    return Document(
        f"{plan.network.name} on {plan.processes:,} processes", blocks, lambda: one_weird_trick_data(plan, batch)
    )


def _traffic_table(plan: Plan, batch: int) -> Table:
    size = _bytes_each(plan)
    rows = []
    for g in plan.transfers:
        count = sum(g.forward) * batch // plan.unit
        rows.append(Row((Code(g.consumer), Code(g.value), g.how, g.elements, count, count * size)))
    forward, backward = plan.handed_over(batch), plan.handed_over(batch, backward=True)
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


def _step_facts(plan: Plan, batch: int) -> list[tuple[str, Value]]:
    size = _bytes_each(plan)
    activations = (plan.handed_over(batch) + plan.handed_over(batch, backward=True)) * size
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


def one_weird_trick_data(plan: Plan, batch: int) -> dict[str, Any]:
    """The plan as plain values, for JSON."""
    size = _bytes_each(plan)
    forward, backward = plan.handed_over(batch), plan.handed_over(batch, backward=True)
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
            {"consumer": g.consumer, "value": g.value, "how": g.how, "elements": g.elements} for g in plan.transfers
        ],
        "bytes_forward": forward * size,
        "bytes_step": (forward + backward) * size,
        "data_parallel_gradient_bytes": least(keep_books(plan.network).totals.bytes),
    }
