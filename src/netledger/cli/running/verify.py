"""Predicted and measured, side by side: parameters, MACs, memory, bytes that cross devices.

  netledger verify alexnet                      the predictions alone
  netledger verify alexnet --run --batch 8      and one real training step
  netledger verify alexnet --run --split towers and what two processes really send each other

Exit code 1 where a measurement is not as predicted.
"""

from __future__ import annotations

from netledger.cli.networks import add_source, located, network_of
from netledger.cli.output import add_output, show
from netledger.errors import NetledgerError

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
    parser.add_argument("--split", choices=("towers",), help="bytes between two devices, too")
    parser.add_argument("--device", default="cpu")
    add_source(parser)
    add_output(parser)


def run(arguments: Namespace) -> int:
    """Predict, measure, compare."""
    from netledger.documents.verify import agrees, verify_document

    network = network_of(arguments.network, arguments)
    try:
        rows = comparisons(network, arguments.batch, arguments.device, arguments.split, arguments.measure)
    except NetledgerError as error:
        raise located(error, network.name) from None
    how = f"One training step of {arguments.batch:,} on {arguments.device}: cross-entropy, SGD with momentum."
    show(verify_document(network.name, arguments.batch, rows, how), arguments)
    return 0 if all(agrees(predicted, measured, within) for _, predicted, measured, within in rows) else 1


def comparisons(network: Network, batch: int, device: str, split: str | None, measuring: bool) -> list[Comparison]:
    """Every quantity with its prediction and, where asked for, its measurement."""
    from netledger.execute.aliasing import without_softmax
    from netledger.execute.memory import predict
    from netledger.execute.splitting.towers import plan_towers
    from netledger.ledger import keep_books

    totals = keep_books(network).totals
    memory = predict(without_softmax(network), batch=batch, device=device)
    found = _measured(network, batch, device) if measuring else {}
    peak = memory.total
    rows: list[Comparison] = [
        ("parameters", totals.parameters, found.get("parameters"), 0.0),
        ("MACs per example", totals.macs, found.get("macs"), 0.0),
        ("bytes of weights", memory.weights, found.get("weights"), 0.0),
        ("bytes of gradients", memory.gradients, found.get("gradients"), 0.0),
        ("bytes of optimizer state", memory.optimizer, found.get("optimizer"), 0.0),
        ("bytes of saved activations", memory.saved, found.get("saved"), 0.0),
        ("peak bytes (CUDA allocator)", peak, found.get("peak"), 0.05),
    ]
    if split is not None:
        plan = plan_towers(without_softmax(network))
        sent = _sent(network, batch) if measuring else [None] * 4
        ways = (("forward", False), ("backward", True))
        predictions = [
            (f"bytes sent by device {rank}, {way}", plan.sent(rank, backward=backward) * batch * 4)
            for rank in (0, 1)
            for way, backward in ways
        ]
        rows += [(what, predicted, real, 0.0) for (what, predicted), real in zip(predictions, sent, strict=True)]
    return rows


def _measured(network: Network, batch: int, device: str) -> dict[str, int | None]:
    from netledger.execute import require

    require("torch", "torch", "measuring")
    from netledger.train.measuring import measure

    measured = measure(network, batch=batch, device=device)
    return {name: getattr(measured, name) for name in measured.__slots__}


def _sent(network: Network, batch: int) -> list[int | None]:
    from netledger.train.measuring import measure_towers

    return [counts[way] for counts in measure_towers(network, batch=batch) for way in ("forward", "backward")]
