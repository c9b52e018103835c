"""Printouts of tools in a text: each tool's reader is asked at each heading, then the reader of listings."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from netledger.audit.printouts.printout import Printout

HEADINGS = (
    (
        "layer (type",
        "keras_tables.boxed_at torch_tables.torchinfo_at torch_tables.torchsummary_at keras_tables.spaced_at",
    ),
    ("#elements or shape", "listings.fvcore_at"),
    ("params", "torch_tables.lightning_at"),
)
"""Words of a heading, and the readers of the tables that begin so."""
LEAVES = (
    "weight", "bias", "in_proj_", "running_mean", "running_var", "num_batches_tracked", "gamma", "beta", "kernel",
    "recurrent_kernel", "embeddings", "moving_mean", "moving_variance", "class_token", "cls_token", "pos_embed",
    "position_ids", "scale",
)  # fmt: skip
"""How the last part of a tensor's name begins."""
OTHERS = (
    ("modules.read_modules", ("): ",)),
    ("listings.read_listing", tuple([f"{sign}{leaf}" for sign in "./" for leaf in LEAVES])),
)
"""Readers of what has no heading, and what must stand in it, one or the other."""
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
                for reader in readers.split()
                if (printout := _reader(reader)(lines, at)) is not None
            ),
            None,
        )
        if printout is not None:
            found.append(printout)
            at = max(printout.lines)
            continue
        at += 1
    for reader, signs in OTHERS:
        if not found and any(sign in text for sign in signs):
            other = _reader(reader)(lines)
            found += [other] if other is not None else []
    if not found and ADAPTERS in text:
        found += list(_adapters(lines))
    return found


def _reader(name: str) -> Any:
    """A tool's reader, found when a text has its words: most texts hold no printout."""
    module, _, function = name.partition(".")
    return getattr(__import__(f"{__name__}.formats.{module}", fromlist=[function]), function)


ADAPTERS = "trainable%"
"""Of the line that PEFT prints."""


def _adapters(lines: list[str]) -> Iterator[Printout]:
    """PEFT's line, which says no layer: it is left to the reader of sentences, its percentage apart."""
    from netledger.audit.printouts.formats.figures import figures_in
    from netledger.audit.printouts.printout import Printout

    for line_no, line in enumerate(lines, 1):
        figures = figures_in(line, line_no) if ADAPTERS in line else []
        if any(figure.what == "share" for figure in figures):
            printout = Printout("peft")
            printout.figures = figures
            yield printout


def _unquoted(line: str) -> str:
    """A line of a reply without the mark before it, its places kept."""
    return line.replace("> ", "  ", 1) if line.startswith("> ") else line
