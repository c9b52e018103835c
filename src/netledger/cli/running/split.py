"""One network on several devices, as AlexNet was in 2012 or 2014: what lives where, what crosses, traffic.

netledger split alexnet
netledger split alexnet --batch 256 --format markdown
netledger split alexnet/cuda-convnet-145         a description that places its layers itself
netledger split alexnet/one-weird-trick --scheme owt --devices 4
"""

from __future__ import annotations

from netledger.cli.networks import add_source, located, network_of
from netledger.cli.output import add_output, show
from netledger.errors import NetledgerError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from netledger.documents.model import Document
    from netledger.network import Network


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger split``."""
    from netledger.cli.commands.show import count

    parser.add_argument("network", metavar="NETWORK", help="a catalogue name, a file, a description or a live model")
    parser.add_argument("--batch", type=count, default=128, metavar="N", help="images a step (default 128)")
    parser.add_argument(
        "--scheme", choices=("towers", "owt"), default="towers",
        help="towers: two devices with half of the maps each, as in 2012 (default); owt: convolutions data-parallel, "
        "fully connected layers model-parallel, as in 2014",
    )  # fmt: skip
    parser.add_argument("--devices", type=count, metavar="N", help="with --scheme owt (default 4)")
    add_source(parser)
    add_output(parser)


def run(arguments: Namespace) -> int:
    """Plan and show."""
    if arguments.scheme == "towers" and arguments.devices not in (None, 2):
        raise UsageError(f"--scheme towers is for two devices, not {arguments.devices}; --scheme owt takes any number")
    network = network_of(arguments.network, arguments)
    make = {"towers": _towers, "owt": _owt}[arguments.scheme]
    try:
        document = make(network, arguments)
    except UsageError:
        raise
    except NetledgerError as error:
        raise located(error, network.name) from None
    show(document, arguments)
    return 0


def _towers(network: Network, arguments: Namespace) -> Document:
    from netledger.documents.split import split_document
    from netledger.execute.splitting.towers import plan_towers

    return split_document(plan_towers(network), arguments.batch)


def _owt(network: Network, arguments: Namespace) -> Document:
    from netledger.documents.split import one_weird_trick_document
    from netledger.execute.splitting.one_weird_trick import plan_owt

    devices = arguments.devices or 4
    if devices < 2:
        raise UsageError("--devices: the scheme of 2014 is for two devices or more")
    if arguments.batch % devices:
        raise UsageError(f"a batch of {arguments.batch:,} does not divide over {devices:,} devices")
    return one_weird_trick_document(plan_owt(network, devices), arguments.batch)
