"""The two-device scheme as a document: what lives where, what crosses, memory and traffic against data parallelism."""

from __future__ import annotations

from netledger.documents.model import Code, Column, Document, Facts, Heading, Paragraph, Quantity, Row, Table
from netledger.execute.tower_memory import held
from netledger.unknown import least

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.documents.model import Value
    from netledger.execute.tower_memory import Held
    from netledger.execute.towers import TowerPlan

MB = 1_000_000


def split_document(plan: TowerPlan, batch: int) -> Document:
    """A plan for batches of so many images."""
    blocks = (
        Paragraph(
            "Two devices as in 2012: a layer with groups reads its own device's maps, one without reads both. ",
            "Counts per image unless said otherwise; bytes as ", Code(plan.network.dtype), ".",
        ),
        Heading("What lives where"),
        _placement_table(plan),
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


def _placement_table(plan: TowerPlan) -> Table:
    rows = []
    entries = [{entry.path: entry for entry in ledger.entries} for ledger in plan.ledgers]
    for layer in plan.network.layers:
        found = [own.get(layer.path) for own in entries]
        if not any(entry is not None and (entry.parameters or entry.macs) for entry in found):
            continue
        cells: list[Value] = [Code(layer.path), plan.placements[layer.path]]
        shapes = [entry.output_shape for entry in found if entry is not None]
        cells.append(shapes[0] if shapes else None)
        cells += [entry.parameters if entry is not None else 0 for entry in found]
        cells += [entry.macs if entry is not None else 0 for entry in found]
        rows.append(Row(cells))
    totals: list[Value] = ["total", None, None]
    totals += [ledger.totals.parameters for ledger in plan.ledgers]
    totals += [ledger.totals.macs for ledger in plan.ledgers]
    columns = (
        Column("layer", "layer"), Column("lives", "lives"), Column("shape", "shape per device", "shape", 2),
        Column("parameters_0", "parameters, device 0", "number"),
        Column("parameters_1", "parameters, device 1", "number"),
        Column("macs_0", "MACs, device 0", "number", 1), Column("macs_1", "MACs, device 1", "number", 1),
    )  # fmt: skip
    return Table(columns, rows, (Row(totals, role="total"),))


def _bytes_each(plan: TowerPlan) -> int:
    from netledger.dtypes import BITS

    return BITS[plan.network.dtype] // 8


def _crossing_table(plan: TowerPlan, batch: int) -> Table:
    size = _bytes_each(plan)
    rows = [
        Row((Code(c.consumer), Code(c.value), c.how, c.elements, c.elements * size, c.elements * size * batch))
        for c in plan.crossings
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


def _facts(plan: TowerPlan, batch: int) -> list[tuple[str, Value]]:
    from netledger.documents.model import Runs
    from netledger.ledger import keep_books

    whole = keep_books(plan.network).totals
    step = plan.elements_step * _bytes_each(plan) * batch
    gradients = least(whole.bytes)
    ratio = Quantity(gradients / step, "times", 2) if step else "nothing crosses"
    items: list[tuple[str, Value]] = []
    for device, ledger in enumerate(plan.ledgers):
        share = Quantity(least(ledger.totals.bytes) / MB, "MB")
        items.append((f"parameters, device {device}", Runs(ledger.totals.parameters, " (", share, ")")))
    items += [
        ("activations crossing, forward", plan.elements_forward),
        ("with backward", plan.elements_step),
        ("bytes crossing per step", Runs(step, " (", Quantity(step / MB, "MB"), ")")),
        (
            "data parallelism instead",
            Runs(
                Quantity(gradients / MB, "MB"), " of gradients per step each way, ", ratio,
                " as much",
            ),
        ),
    ]  # fmt: skip
    return items


def _columns_of(plan: TowerPlan, batch: int) -> list[tuple[str, Held]]:
    from netledger.ledger import keep_books

    columns = [
        (f"device {device}", held(ledger, plan.received(device), batch)) for device, ledger in enumerate(plan.ledgers)
    ]
    return [*columns, ("all on one device", held(keep_books(plan.network), 0, batch))]


def _memory_table(plan: TowerPlan, batch: int) -> Table:
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


def split_data(plan: TowerPlan, batch: int) -> dict[str, Any]:
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
            {"consumer": c.consumer, "value": c.value, "how": c.how, "elements": c.elements, "sent": list(c.sent)}
            for c in plan.crossings
        ],
        "elements_forward": plan.elements_forward,
        "elements_step": plan.elements_step,
        "bytes_step": plan.elements_step * size * batch,
    }
