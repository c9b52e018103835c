"""What differs between networks, layer by layer, and why.

netledger compare alexnet alexnet/ungrouped          two networks: each layer that differs, with the reason
netledger compare model.onnx alexnet --all           the layers that are the same too
netledger compare alexnet alexnet/caffe resnet50     several: the matrix of differences
"""

from __future__ import annotations

from netledger.cli.networks import add_source, located, network_of
from netledger.cli.output import add_output, show
from netledger.errors import NetledgerError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from netledger.ledger import Ledger


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger compare``."""
    from netledger.cli.show import count

    parser.add_argument(
        "networks", metavar="NETWORK", nargs="+", help="catalogue names, files, descriptions or live models"
    )
    group = parser.add_argument_group("what is shown")
    group.add_argument("--all", action="store_true", help="show the layers that are the same too")
    group.add_argument("--batch", type=count, default=1, metavar="N", help="multiply MACs and neurons by N")
    add_source(parser)
    add_output(parser)


def run(arguments: Namespace) -> int:
    """Read them, keep their books, compare."""
    from netledger.compare import compare_ledgers
    from netledger.documents.comparison import comparison_document

    if len(arguments.networks) < 2:
        raise UsageError("a comparison needs two networks or more", hint="netledger compare alexnet alexnet/ungrouped")
    ledgers = [_ledger(name, arguments) for name in arguments.networks]
    show(comparison_document(compare_ledgers(ledgers), all=arguments.all), arguments)
    return 0


def _ledger(name: str, arguments: Namespace) -> Ledger:
    from netledger.ledger import keep_books

    network = network_of(name, arguments)
    try:
        return keep_books(network, batch=arguments.batch)
    except NetledgerError as error:
        raise located(error, network.name) from None
