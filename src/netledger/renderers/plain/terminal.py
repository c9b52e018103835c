"""The same layout in colour, for a terminal: what fits the width is shown, and nothing is cut."""

from __future__ import annotations

import os

from netledger.documents.model import Document
from netledger.renderers import RenderOptions
from netledger.renderers.plain.paper import Paper
from netledger.renderers.values import in_encoding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

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
"""What each role of a span looks like, by rich's names of styles."""

_CODES = {
    "bold": "1", "bright_black": "90", "cyan": "36", "green": "32", "red": "31", "yellow": "33", "magenta": "35",
}  # fmt: skip
"""The parameter of each style in ECMA-48's "select graphic rendition"."""

DEFAULT_WIDTH = 80


def spans(document: Document, options: RenderOptions) -> Iterator[list[tuple[str, str]]]:
    """The document's lines, each as texts with the names of their styles, without blanks at the end."""
    for line in Paper(options).lines(document):
        styled = [(in_encoding(part, options.encoding), STYLES.get(role, "")) for part, role in line]
        while styled and not styled[-1][0].rstrip():
            styled.pop()
        if styled:
            styled[-1] = (styled[-1][0].rstrip(), styled[-1][1])
        yield styled


def texts(document: Document, options: RenderOptions) -> Iterator[Any]:
    """The same as rich's ``Text``, for who prints a Ledger with rich: what ``__rich_console__`` gives."""
    from rich.text import Text

    for line in spans(document, options):
        yield Text.assemble(*line, no_wrap=True, overflow="ignore", end="\n")


def render(document: Document, options: RenderOptions) -> str:
    """The document with the escape sequences of its colours.

    Without them where ``color`` is ``False``, or is not said and the environment has ``NO_COLOR`` or a dumb terminal.
    """
    color = options.color
    if color is None:
        color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") not in ("dumb", "unknown")
    write = _escaped if color else _plain
    lines = spans(document, options.replace(width=options.width or DEFAULT_WIDTH))
    return "".join(["".join([write(*span) for span in line]) + "\n" for line in lines])


def _plain(text: str, style: str) -> str:
    return text


def _escaped(text: str, style: str) -> str:
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if style and text else text
