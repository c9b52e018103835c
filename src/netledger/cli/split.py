"""One network on two devices, as AlexNet was in 2012: what lives where, what crosses, memory and traffic.

netledger split alexnet
netledger split alexnet --batch 256 --format markdown
netledger split alexnet/cuda-convnet-145         a description that places its layers itself
"""

from __future__ import annotations

from netledger.cli.networks import add_source, located, network_of
from netledger.cli.output import add_output, show
from netledger.errors import NetledgerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger split``."""
    from netledger.cli.show import count

    parser.add_argument("network", metavar="NETWORK", help="a catalogue name, a file, a description or a live model")
    parser.add_argument("--batch", type=count, default=128, metavar="N", help="images a step (default 128)")
    add_source(parser)
    add_output(parser)


def run(arguments: Namespace) -> int:
    """Plan and show."""
    from netledger.documents.split import split_document
    from netledger.execute.towers import plan_towers

    network = network_of(arguments.network, arguments)
    try:
        plan = plan_towers(network)
    except NetledgerError as error:
        raise located(error, network.name) from None
    show(split_document(plan, arguments.batch), arguments)
    return 0
