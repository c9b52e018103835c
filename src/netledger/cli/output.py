"""Where a document goes: a terminal, a pipe, a file; and in which format."""

from __future__ import annotations

import os
import sys

from netledger.errors import UsageError
from netledger.printable import write_whole
from netledger.renderers import BINARY, FILES, SUFFIXES, RenderOptions, pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Iterable, Iterator

    from netledger.documents.model import Document


def add_output(
    parser: ArgumentParser, formats: str = "terminal, text, markdown, latex, typst, rst, csv, json or html"
) -> None:
    """The options every command that shows something has: ``--format`` and ``-o``."""
    group = parser.add_argument_group("output")
    group.add_argument("--format", metavar="FORMAT", help=f"{formats} (default: colours on a terminal, text in a pipe)")
    group.add_argument("-o", "--output", metavar="FILE", help="write to FILE; its suffix chooses the format")
    group.add_argument("--no-pager", action="store_true", help="on a terminal: no pager, however long it is")
    group.add_argument("--longtable", action="store_true", help="LaTeX: every column, over as many pages as it takes")
    group.add_argument("--notes", action="store_true", help="LaTeX: what stands around the table too")
    group.add_argument("--siunitx", action="store_true", help="LaTeX: numbers in columns of the siunitx package")


def chosen_format(arguments: Namespace) -> str:
    """The format asked for by name or by the file's suffix; else the one for a terminal or a pipe."""
    if arguments.format is not None:
        return str(arguments.format)
    if arguments.output is not None:
        dot = os.path.splitext(arguments.output)[1].lower()  # noqa: PTH122
        if dot and dot not in SUFFIXES and not _is_device(arguments.output):
            raise UsageError(
                f"-o {arguments.output}: no format has the suffix '{dot}'",
                hint=f"there are {', '.join(SUFFIXES)}; --format says what to write whatever the file's name",
            )
        return SUFFIXES.get(dot, "text")
    return "terminal" if is_terminal() else "text"


def _is_device(path: str) -> bool:
    return os.path.exists(path) and not os.path.isfile(path)  # noqa: PTH110, PTH113


def is_terminal() -> bool:
    """Whether stdout is a terminal that shows colours."""
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def can_be_written(arguments: Namespace) -> str:
    """The format, after a look whether it can be written at all: before long work, not after it."""
    format = chosen_format(arguments)
    if format in BINARY and arguments.output is None:
        raise UsageError(f"{format} is written to a file: -o {'models' if format in FILES else 'picture'}.{format}")
    if format in FILES:
        from netledger.fleet.arrow import pyarrow_for

        pyarrow_for("a Parquet file")
    return format


def show(document: Document, arguments: Namespace, *, fits: bool = False) -> None:
    """Render a document as the options say and write it where they say. What ``fits`` keeps to the terminal's width in
    a pipe too: a table so wide that nobody could read it there.
    """
    format = can_be_written(arguments)
    if arguments.output is not None:
        write_file(arguments.output, pieces(document, format, _options(arguments, None, "utf-8", False)))
        return
    color = False if os.environ.get("NO_COLOR") else None
    width = None
    if format == "terminal" or (fits and format == "text"):
        from netledger.renderers.plain.widths import terminal_width

        width = terminal_width()
    made = pieces(document, format, _options(arguments, width, output_encoding(), color))
    if format == "terminal" and is_terminal():
        from netledger.cli.pager import paged

        text = "".join(made)
        if paged(text, not arguments.no_pager):
            return
        made = iter((text,))
    for part in chunks(made):
        write_text(part)


def chunks(parts: Iterable[str]) -> Iterator[str]:
    """Small pieces of a text joined to large ones.

    >>> list(chunks(["a", "b", "c" * 100_000, "d"])) == ["ab" + "c" * 100_000, "d"]
    True
    """
    waiting, size = [], 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= _CHUNK:
            yield "".join(waiting)
            waiting, size = [], 0
    yield "".join(waiting)


_CHUNK = 1 << 16


def _options(arguments: Namespace, width: int | None, encoding: str, color: bool | None) -> RenderOptions:
    return RenderOptions(width, encoding, color, arguments.longtable, arguments.notes, arguments.siunitx)


def output_encoding() -> str:
    """What stdout can show."""
    return getattr(sys.stdout, "encoding", None) or "utf-8"


def write_text(text: str) -> None:
    """Text to stdout; a closed one is a ``UsageError``."""
    if sys.stdout is None:
        raise UsageError("the standard output is closed")
    write_whole(sys.stdout, text)
    sys.stdout.flush()


def write_file(path: str, text: str | Iterator[str | bytes]) -> None:
    """Text, or pieces of text or bytes, to a file, whole or not at all: written beside it and renamed; to a device or a
    pipe directly.
    """
    binary = getattr(os, "O_BINARY", 0)  # Windows would write line ends of its own
    if _is_device(path):
        _write(path, path, lambda: os.open(path, os.O_WRONLY | binary), text)
        return
    target = os.path.realpath(path)
    temporary = f"{target}.{os.getpid()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | binary
    try:
        _write(path, temporary, lambda: os.open(temporary, flags, _mode_of(target)), text)
        os.replace(temporary, target)  # noqa: PTH105
    except OSError as error:
        raise _cannot(path, error) from None
    finally:
        if os.path.exists(temporary):  # noqa: PTH110
            os.unlink(temporary)  # noqa: PTH108


def _mode_of(path: str) -> int:
    """The permissions of the file that is replaced; the usual ones for a new one."""
    try:
        return os.stat(path).st_mode & 0o777  # noqa: PTH116
    except OSError:
        return 0o666


def _write(shown: str, path: str, opened: Callable[[], int], text: str | Iterator[str | bytes]) -> None:
    try:
        with os.fdopen(opened(), "wb") as file:
            for part in (text,) if isinstance(text, str) else text:
                file.write(part if isinstance(part, bytes) else part.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise _cannot(shown, error) from None


def _cannot(path: str, error: OSError) -> UsageError:
    problem = UsageError(f"cannot write: {(error.strerror or type(error).__name__).lower()}")
    problem.at(file=path)
    return problem
