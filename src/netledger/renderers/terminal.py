"""The same layout in colour, for a terminal, by rich: what fits the width is shown, and nothing is cut."""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.text import Text

from netledger.documents.model import Document
from netledger.renderers import Options
from netledger.renderers.paper import Paper
from netledger.renderers.values import in_encoding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

STYLES = {
    "title": "bold",
    "head": "bold",
    "rule": "bright_black",
    "name": "bold",
    "number": "",
    "zero": "bright_black",
    "formula": "cyan",
    "total": "bold",
    "group": "bold",
    "ok": "green",
    "wrong": "red",
    "note": "yellow",
    "unread": "magenta",
}
"""What each role of a span looks like."""

DEFAULT_WIDTH = 80


def texts(document: Document, options: Options) -> Iterator[Text]:
    """The document as rich's styled lines; also what ``Ledger.__rich_console__`` gives."""
    for line in Paper(options).lines(document):
        text = Text(no_wrap=True, overflow="ignore", end="\n")
        for part, role in line:
            text.append(in_encoding(part, options.encoding), STYLES.get(role, ""))
        text.rstrip()
        yield text


def render(document: Document, options: Options) -> str:
    """The document with the escape sequences of its colours (none where the place has no colour)."""
    options = options.replace(width=options.width or DEFAULT_WIDTH)
    page = StringIO()
    console = Console(
        file=page,
        width=options.width,
        force_terminal=options.color is not False,
        no_color=True if options.color is False else None,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
        legacy_windows=False,
    )
    for text in texts(document, options):
        console.print(text, crop=False, overflow="ignore", no_wrap=True)
    return page.getvalue()
