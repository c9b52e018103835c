"""Is that right? A calculation, a claim or a pasted page: what is wrong in it, and why.

netledger audit question.txt --against alexnet
netledger audit question.txt                      the text names its network, or describes it; else its arithmetic
netledger audit "AlexNet has 60M parameters"
netledger audit "conv2: (5*5)*96*256 + 256 = 614656" --against alexnet
pbpaste | netledger audit                         a page from a pipe
netledger audit - --against model.onnx --format markdown

exit codes: 0 right, or adds up · 1 wrong · 65 nothing in it could be checked
"""

from __future__ import annotations

import os
import sys

from netledger.cli.networks import add_source, network_of
from netledger.cli.output import add_output, chosen_format, show
from netledger.errors import DataError, LimitError, NotFoundError, UsageError
from netledger.limits import CALCULATION_BYTES
from netledger.renderers import REPORTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger audit``."""
    parser.add_argument(
        "text", metavar="TEXT", nargs="?", default="-",
        help="a file, - for the standard input (the default in a pipe), or the calculation itself",
    )  # fmt: skip
    against = "the network to judge by: anything that show reads; without it the one that the text names or describes"
    parser.add_argument("--against", metavar="NETWORK", help=against)
    parser.add_argument("--trace", action="store_true", help="print how each line was read and its best meanings")
    parser.add_argument(
        "--show-network", action="store_true", help="print the network that the text describes, as .net"
    )
    add_source(parser)
    add_output(parser, "terminal, text, markdown, latex, typst, rst, csv, json, html, junit or sarif")


def run(arguments: Namespace) -> int:
    """Read the text, judge it, show the verdict."""
    from netledger.audit import audit
    from netledger.documents.verdict import verdict_document, verdict_table

    text = calculation_in(arguments.text)
    result = audit(text, None if arguments.against is None else network_of(arguments.against, arguments))
    if chosen_format(arguments) == "csv":
        document = verdict_table(result)
    else:
        document = verdict_document(result, arguments.trace, arguments.show_network)
    if chosen_format(arguments) in REPORTS and os.path.isfile(arguments.text):  # noqa: PTH113
        data = document.data
        document = document.replace(data=lambda: {**(data() if data else {}), "file": arguments.text})
    show(document, arguments)
    return result.exit_code


def calculation_in(what: str) -> str:
    """The calculation that an argument names or is; ``NotFoundError`` for what looks like a file but is none."""
    if what == "-":
        return _decoded(_from_standard_input(), None)
    if "\n" not in what and len(what) < 1024 and "\0" not in what:
        if os.path.isdir(what):  # noqa: PTH112
            raise DataError("is a directory, not a calculation").at(file=what)
        if os.path.exists(what):  # noqa: PTH110
            return _decoded(_from_file(what), what)
        if looks_like_file(what):
            raise NotFoundError(f"no file '{what}'", hint="a calculation itself is given in quotes")
    return what


def looks_like_file(text: str) -> bool:
    """Whether a text that names no file was meant to.

    >>> looks_like_file("question.txt"), looks_like_file("3*3*64"), looks_like_file("AlexNet has 60M parameters")
    (True, False, False)
    """
    if any(character.isspace() or character in "=+*×(|" for character in text):
        return False
    if text.startswith(("./", "../", "/", "~/", ".\\")):
        return True
    suffix = os.path.splitext(text)[1][1:]  # noqa: PTH122
    return 1 <= len(suffix) <= 8 and suffix.isascii() and suffix[0].isalpha() and suffix.isalnum()


def _from_standard_input() -> bytes:
    if sys.stdin is None:
        raise UsageError("the standard input is closed")
    if sys.stdin.isatty():
        print("paste, then Ctrl-D", file=sys.stderr)
    return sys.stdin.buffer.read(CALCULATION_BYTES * 4 + 1)


def _from_file(path: str) -> bytes:
    if not os.path.isfile(path):  # noqa: PTH113
        raise DataError("is no regular file").at(file=path)
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read(CALCULATION_BYTES * 4 + 1)
    except OSError as error:
        raise DataError((error.strerror or type(error).__name__).lower()).at(file=path) from None


_PLAIN = bytes(range(0x20, 0x80)) + b"\t\n\r\f"
"""What a text of ASCII alone has."""


def _decoded(data: bytes, path: str | None) -> str:
    if len(data) > CALCULATION_BYTES * 4:
        raise LimitError(f"more than {CALCULATION_BYTES:,} characters; no calculation is that long").at(file=path)
    if data.isascii() and not data.translate(None, _PLAIN):
        return data.decode("ascii")
    from netledger.audit.reading.characters.encodings import decode

    try:
        return decode(data)
    except DataError as error:
        raise DataError(error.why).at(file=path) from None
