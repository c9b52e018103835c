"""Keep a network within a budget: exit code 1, and the row that breaks it, where it is not.

  netledger check alexnet --max parameters=61M --max macs=725M
  netledger check model.onnx --max bytes=250MB --min parameters=1M

What is not known is not passed: a total that holds an Unknown keeps no maximum.
"""

from __future__ import annotations

from netledger.cli.networks import add_source, located, network_of
from netledger.cli.output import add_output, show
from netledger.errors import NetledgerError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger check``."""
    from netledger.cli.show import count

    parser.add_argument("network", metavar="NETWORK", help="a catalogue name, a file, a description or a live model")
    group = parser.add_argument_group("the budget")
    for bound, words in (("max", "at most"), ("min", "at least")):
        group.add_argument(
            f"--{bound}", action="append", default=[], metavar="QUANTITY=NUMBER", help=f"{words} so much; repeatable"
        )
    group.add_argument("--batch", type=count, default=1, metavar="N", help="multiply MACs and neurons by N")
    group.add_argument("--dtype", metavar="DTYPE", help="element type for the bytes")
    add_source(parser)
    add_output(parser)


def run(arguments: Namespace) -> int:
    """Read, count, compare with the budget."""
    from netledger.budgets import check
    from netledger.documents.budget import budget_document
    from netledger.dtypes import dtype_named
    from netledger.ledger import keep_books

    budgets = {bound: _budgets(getattr(arguments, bound), bound) for bound in ("max", "min")}
    if not any(budgets.values()):
        raise UsageError("no budget given", hint="netledger check alexnet --max parameters=61M")
    dtype = None if arguments.dtype is None else dtype_named(arguments.dtype)
    network = network_of(arguments.network, arguments)
    try:
        ledger = keep_books(network, batch=arguments.batch, dtype=dtype)
    except NetledgerError as error:
        raise located(error, network.name) from None
    findings = check(ledger, **budgets)
    show(budget_document(network.name, findings), arguments)
    return 0 if all(finding.ok for finding in findings) else 1


def _budgets(texts: Sequence[str], bound: str) -> dict[str, str]:
    budgets: dict[str, str] = {}
    for text in texts:
        name, equals, limit = text.partition("=")
        if not equals:
            raise UsageError(f"--{bound} takes QUANTITY=NUMBER, as in parameters=61M, not '{text}'")
        if name in budgets:
            raise UsageError(f"--{bound} {name} is given twice")
        budgets[name] = limit
    return budgets
