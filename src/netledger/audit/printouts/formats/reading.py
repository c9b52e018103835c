"""A text → the printouts in it: each tool's reader is asked at each heading, then the reader of listings."""

from __future__ import annotations

from netledger.audit.printouts.formats.keras_tables import boxed_at, spaced_at
from netledger.audit.printouts.formats.listings import fvcore_at, read_listing
from netledger.audit.printouts.formats.torch_tables import lightning_at, torchinfo_at, torchsummary_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.audit.printouts.printout import Printout

    Reader = Callable[[list[str], int], Printout | None]

HEADINGS: tuple[tuple[str, tuple[Reader, ...]], ...] = (
    ("layer (type", (boxed_at, torchinfo_at, torchsummary_at, spaced_at)),
    ("#elements or shape", (fvcore_at,)),
    ("params", (lightning_at,)),
)
"""Words of a heading, and the readers of the tables that begin so."""
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
    if not found and "." in text:
        listing = read_listing(lines)
        found += [listing] if listing is not None else []
    return found


def _unquoted(line: str) -> str:
    """A line of a reply without the mark before it, its places kept."""
    return line.replace("> ", "  ", 1) if line.startswith("> ") else line
