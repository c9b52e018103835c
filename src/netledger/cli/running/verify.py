"""Predicted and measured, side by side: parameters, MACs, memory, bytes that cross devices.

  netledger verify alexnet                        the predictions alone
  netledger verify alexnet --run --batch 8        and one real training step
  netledger verify alexnet --run --split towers   and what two processes really send each other
  netledger verify alexnet/torchvision --run --split owt --devices 4
  netledger verify alexnet --run --only macs,peak=0.1
  netledger verify llama-3.1-405b --run --device meta   a step on shapes alone: of any size, in seconds

``--only`` names what is compared: parameters, macs, weights, gradients, optimizer, saved, peak, sent; and, behind
``=``, how large a share it may be away from its prediction (by itself 0, the peak 0.05).

Exit code 1 where a measurement is not as predicted.
"""

from __future__ import annotations

from netledger.cli.networks import add_source, located, network_of
from netledger.cli.output import add_output, show
from netledger.errors import NetledgerError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from netledger.documents.verify import Comparison
    from netledger.network import Network


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger verify``."""
    from netledger.cli.commands.show import count

    parser.add_argument("network", metavar="NETWORK", help="a catalogue name, a file or a description")
    parser.add_argument("--run", dest="measure", action="store_true", help="run a training step and measure")
    parser.add_argument("--batch", type=count, default=8, metavar="N", help="images in the step (default 8)")
    parser.add_argument("--split", choices=("towers", "owt"), help="bytes between devices, too")
    parser.add_argument("--devices", type=count, metavar="N", help="with --split owt (default 4)")
    parser.add_argument("--only", type=_only, metavar="WHAT[=SHARE],…", help="compare these alone, so exactly")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, or meta: shapes alone (default cpu)")
    add_source(parser)
    add_output(parser)


def run(arguments: Namespace) -> int:
    """Predict, measure, compare."""
    from netledger.documents.verify import agrees, verify_document

    network, devices = network_of(arguments.network, arguments), arguments.devices or 4
    if arguments.split != "owt" and arguments.devices not in (None, 2):
        raise UsageError("--devices is for --split owt; towers are two")
    if arguments.split == "owt" and (devices < 2 or arguments.batch % devices):
        raise UsageError(f"a batch of {arguments.batch:,} does not divide over {devices:,} devices")
    try:
        rows = comparisons(network, arguments.batch, arguments.device, arguments.measure)
        if arguments.split is not None:
            rows += handed_over(network, arguments.batch, arguments.split, devices, arguments.measure)
    except NetledgerError as error:
        raise located(error, network.name) from None
    if arguments.only is not None:
        rows = [(*row[:3], arguments.only[kind_of(row[0])]) for row in rows if kind_of(row[0]) in arguments.only]
    how = f"One training step of {arguments.batch:,} on {arguments.device}: cross-entropy, SGD with momentum."
    show(verify_document(network.name, arguments.batch, rows, how), arguments)
    return 0 if all(agrees(predicted, measured, within) for _, predicted, measured, within in rows) else 1


KINDS = {
    "parameters": 0.0, "macs": 0.0, "weights": 0.0, "gradients": 0.0, "optimizer": 0.0, "saved": 0.0, "peak": 0.05,
    "sent": 0.0,
}  # fmt: skip
"""What is compared, and how large a share a measurement may be away from its prediction."""


def kind_of(what: str) -> str:
    """The word of :data:`KINDS` for a row.

    >>> kind_of("bytes of saved activations"), kind_of("MACs of the step"), kind_of("bytes sent by device 0, forward")
    ('saved', 'macs', 'sent')
    """
    words = what.lower().split()
    return next((kind for kind in KINDS if kind in words[:3]), "sent")


def _only(text: str) -> dict[str, float]:
    from argparse import ArgumentTypeError

    chosen = {}
    for part in text.split(","):
        kind, _, share = part.partition("=")
        if kind not in KINDS:
            raise ArgumentTypeError(f"there are {', '.join(KINDS)}, not '{kind}'")
        try:
            chosen[kind] = float(share) if share else KINDS[kind]
        except ValueError:
            chosen[kind] = -1.0
        if not 0 <= chosen[kind] < 1:
            raise ArgumentTypeError(f"'{share}' is no share from 0 to 1")
    return chosen


def comparisons(network: Network, batch: int, device: str, measuring: bool) -> list[Comparison]:
    """Every quantity of one device with its prediction and, where asked for, its measurement."""
    from netledger.execute.aliasing import without_softmax
    from netledger.execute.memory import macs_of_a_step, predict
    from netledger.ledger import keep_books

    ledger = keep_books(network)
    memory = predict(without_softmax(network), batch=batch, device=device)
    found = _measured(network, batch, device) if measuring else {}
    rows = (
        ("parameters", "parameters", ledger.totals.parameters),
        ("macs", "MACs of the step", macs_of_a_step(ledger, batch)),
        ("weights", "bytes of weights", memory.weights), ("gradients", "bytes of gradients", memory.gradients),
        ("optimizer", "bytes of optimizer state", memory.optimizer),
        ("saved", "bytes of saved activations", memory.saved), ("peak", "peak bytes (CUDA allocator)", memory.total),
    )  # fmt: skip
    return [(what, predicted, found.get(kind), KINDS[kind]) for kind, what, predicted in rows]


def handed_over(network: Network, batch: int, split: str, devices: int, measuring: bool) -> list[Comparison]:
    """What each of several devices sends the others in a step."""
    from netledger.execute.aliasing import without_softmax
    from netledger.execute.splitting.one_weird_trick import plan_owt
    from netledger.execute.splitting.towers import plan_towers

    plain = without_softmax(network)
    plan = plan_towers(plain) if split == "towers" else plan_owt(plain, devices)
    sent = _sent(network, split, plan.processes, batch) if measuring else [{}] * plan.processes
    rows: list[Comparison] = []
    for rank, counts in enumerate(sent):
        for way in ("forward", "backward"):
            predicted = plan.sent(rank, batch, backward=way == "backward") * 4
            rows.append((f"bytes sent by device {rank}, {way}", predicted, counts.get(way), KINDS["sent"]))
        if split == "owt":
            summed = plan.shared_parameters * 4
            rows.append((f"bytes summed by device {rank}, gradients", summed, counts.get("gradients"), KINDS["sent"]))
    return rows


def _measured(network: Network, batch: int, device: str) -> dict[str, int | None]:
    from netledger.execute import require

    require("torch", "torch", "measuring")
    from netledger.train.measuring import measure

    measured = measure(network, batch=batch, device=device)
    return {name: getattr(measured, name) for name in measured.__slots__}


def _sent(network: Network, split: str, devices: int, batch: int) -> list[dict[str, int]]:
    from netledger.execute import require

    require("torch", "torch", "measuring")
    from netledger.train.measuring import measure_split

    return measure_split(network, split, devices=devices, batch=batch)
