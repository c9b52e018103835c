"""What differs between networks, layer by layer, and why.

netledger compare alexnet alexnet/ungrouped          two networks: each layer that differs, with the reason
netledger compare model.onnx alexnet --all           the layers that are the same too
netledger compare alexnet alexnet/caffe resnet50     several: the matrix of differences
netledger compare main.json model.py:Net --max-increase parameters=1%     exit code 1 where it grew by more
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
    from netledger.cli.commands.show import count

    parser.add_argument(
        "networks", metavar="NETWORK", nargs="+", help="catalogue names, files, descriptions or live models"
    )
    group = parser.add_argument_group("what is shown")
    group.add_argument("--all", action="store_true", help="show the layers that are the same too")
    group.add_argument("--batch", type=count, default=1, metavar="N", help="multiply MACs and neurons by N")
    group = parser.add_argument_group("for CI")
    group.add_argument(
        "--max-increase", action="append", default=[], metavar="QUANTITY=N",
        help="exit code 1 where the second has more than N (1%%, 0, 500k) on top of the first; repeatable",
    )  # fmt: skip
    group.add_argument("--exit-code", action="store_true", help="exit code 1 where they differ at all")
    add_source(parser)
    add_output(parser)


def run(arguments: Namespace) -> int:
    """Read them, keep their books, compare."""
    from netledger.garbage import Paused

    if len(arguments.networks) < 2:
        raise UsageError("a comparison needs two networks or more", hint="netledger compare alexnet alexnet/ungrouped")
    with Paused():  # layers, books and rows all stay until they are shown
        return _compared(arguments)


def _compared(arguments: Namespace) -> int:
    from netledger.cli.commands.check import bounds
    from netledger.compare import compare_ledgers
    from netledger.documents.comparison import comparison_document

    allowed = bounds(arguments.max_increase, "max-increase")
    ledgers = [_ledger(name, arguments) for name in arguments.networks]
    comparison = compare_ledgers(ledgers)
    document = comparison_document(comparison, all=arguments.all)
    kept = True
    if allowed:
        from netledger.budgets.increases import increases
        from netledger.documents.budget import budget_document

        findings = [increases(ledgers[0].totals, ledger.totals, allowed) for ledger in ledgers[1:]]
        kept = all(finding.ok for found in findings for finding in found)
        tables = [
            block
            for ledger, found in zip(ledgers[1:], findings, strict=True)
            for block in budget_document(ledger.network.name, found).blocks
        ]
        document = document.replace(blocks=(*document.blocks, *tables))
    show(document, arguments)
    differ = arguments.exit_code and any(pair.changed for pair in comparison.pairs)
    return 0 if kept and not differ else 1


def _ledger(name: str, arguments: Namespace) -> Ledger:
    from netledger.ledger import keep_books

    network = network_of(name, arguments)
    try:
        return keep_books(network, batch=arguments.batch)
    except NetledgerError as error:
        raise located(error, network.name) from None
