"""The networks in the catalogue.

netledger list                  one page: every family, its networks, years, parameters and multiply-accumulates
netledger list alexnet          one family: who groups, who normalises, and how each differs from the paper
netledger list llama            the models whose names begin so
netledger list --names          the names alone, one a line
netledger list --format csv     every network that is a file of its own, a line each, with all columns

In a pipe too it is as wide as COLUMNS says, else as the terminal, else 80.
"""

from __future__ import annotations

from netledger.cli.output import add_output, chosen_format, show, write_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger list``."""
    parser.add_argument("family", nargs="?", metavar="FAMILY", help="only this network and its variants: alexnet")
    parser.add_argument("--names", action="store_true", help="the names alone")
    add_output(parser)


def run(arguments: Namespace) -> int:
    """Show the catalogue or one family of it."""
    from netledger.documents.catalogue import catalogue_document, members

    names = members(arguments.family)
    if arguments.names:
        write_text("".join([f"{name}\n" for name in names]))
    else:
        format = chosen_format(arguments)
        grouped = format in ("terminal", "text", "html") and arguments.family is None
        fitted = format not in ("csv", "parquet")
        show(catalogue_document(names, arguments.family, grouped=grouped, fitted=fitted), arguments, fits=True)
    return 0
