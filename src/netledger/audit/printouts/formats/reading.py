"""A text → the printouts in it: each tool's reader is asked at each heading, then the reader of listings."""

from __future__ import annotations

from netledger.audit.printouts.formats.figures import figures_in
from netledger.audit.printouts.formats.keras_tables import boxed_at, spaced_at
from netledger.audit.printouts.formats.listings import fvcore_at, read_listing
from netledger.audit.printouts.formats.modules import read_modules
from netledger.audit.printouts.formats.torch_tables import lightning_at, torchinfo_at, torchsummary_at
from netledger.audit.printouts.printout import Printout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Reader = Callable[[list[str], int], Printout | None]

HEADINGS: tuple[tuple[str, tuple[Reader, ...]], ...] = (
    ("layer (type", (boxed_at, torchinfo_at, torchsummary_at, spaced_at)),
    ("#elements or shape", (fvcore_at,)),
    ("params", (lightning_at,)),
)
"""Words of a heading, and the readers of the tables that begin so."""
OTHERS = ((read_modules, "): "), (read_listing, "."))
"""Readers of what has no heading, and what must stand in it."""
MOST_TABLES = 8


def read_printouts(text: str) -> list[Printout]:
    r"""Every printout of a text, in order.

    >>> text = "| Name | Type | Params\n---\n0 | fc | Linear | 70\n---\n70  Total params"
    >>> read_printouts("  " + text)
    [<lightning: 1 rows, [<total <70 in 5:0>>]>]
    """
    lines = [_unquoted(line) for line in text.split("\n")]
    found: list[Printout] = []
    at = 0
    while at < len(lines) and len(found) < MOST_TABLES:
        lower = lines[at].lower()
        printout = next(
            (
                printout
                for words, readers in HEADINGS
                if words in lower
                for reader in readers
                if (printout := reader(lines, at)) is not None
            ),
            None,
        )
        if printout is not None:
            found.append(printout)
            at = max(printout.lines)
            continue
        at += 1
    for read, sign in OTHERS:
        if not found and sign in text:
            other = read(lines)
            found += [other] if other is not None else []
    if not found and ADAPTERS in text:
        found += list(_adapters(lines))
    return found


ADAPTERS = "trainable%"
"""Of the line that PEFT prints."""


def _adapters(lines: list[str]) -> Iterator[Printout]:
    """PEFT's line, which says no layer: it is left to the reader of sentences, its percentage apart."""
    for line_no, line in enumerate(lines, 1):
        figures = figures_in(line, line_no) if ADAPTERS in line else []
        if any(figure.what == "share" for figure in figures):
            printout = Printout("peft")
            printout.figures = figures
            yield printout


def _unquoted(line: str) -> str:
    """A line of a reply without the mark before it, its places kept."""
    return line.replace("> ", "  ", 1) if line.startswith("> ") else line
