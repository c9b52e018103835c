"""A table of every model below a folder, a row each, the largest first; what cannot be read is a row with its error.

  netledger census models/
  netledger census models/ --format csv -o models.csv
  netledger census ~/.cache/huggingface --dtype float16

Hidden folders are looked into, links to folders are not followed. A folder that is one model is one row, an index
stands for its shards. The exit code is 0 whatever could not be read; Ctrl-C keeps what is done.
"""

from __future__ import annotations

from netledger.cli.networks import add_source
from netledger.cli.output import add_output, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger census``."""
    from netledger.cli.commands.show import count

    parser.add_argument("folder", metavar="FOLDER", help="where the models lie, however deep")
    parser.add_argument("more", metavar="FOLDER", nargs="*", help="more of them")
    parser.add_argument("--batch", type=count, default=1, metavar="N", help="multiply MACs by N")
    parser.add_argument("--dtype", metavar="DTYPE", help="element type for the bytes: float16, int8, …")
    add_source(parser)
    add_output(parser, "terminal, text, markdown, latex, typst, rst, csv, json or html")


def run(arguments: Namespace) -> int:
    """Look for the models, read each, show them."""
    from netledger.cli.several import below, read_all
    from netledger.documents.models import models_document
    from netledger.dtypes import dtype_named
    from netledger.errors import NotFoundError

    dtype = None if arguments.dtype is None else dtype_named(arguments.dtype)
    folders = [arguments.folder, *arguments.more]
    names = list(dict.fromkeys([name for folder in folders for name in below(folder)]))
    if not names:
        raise NotFoundError(f"no model lies below '{arguments.folder}'")
    models, code = read_all(names, arguments, dtype)
    show(models_document(models, len(names)), arguments)
    return code if code == 130 else 0
