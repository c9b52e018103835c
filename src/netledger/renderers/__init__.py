"""Document → text, colours on a terminal, Markdown, LaTeX, Typst, reStructuredText, CSV, JSON, HTML; one output a file.

A renderer is a function ``(document, options) -> str`` found by name in :data:`TABLE`: netledger's own, those
registered with :func:`renderer`, last the entry points ``netledger.renderers`` of installed packages.

>>> from netledger.documents.model import Document, Paragraph
>>> print(render(Document("Sum", (Paragraph("It has ", 34944, " parameters."),)), "markdown"))
# Sum
<BLANKLINE>
It has 34,944 parameters.
<BLANKLINE>
"""

from __future__ import annotations

from netledger.errors import UsageError, nearest, or_list
from netledger.records import Record
from netledger.registry import Table, place_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netledger.documents.model import Document

    Renderer = Callable[[Document, "RenderOptions"], str]

RENDERERS = {
    "terminal": "netledger.renderers.plain.terminal:render",
    "text": "netledger.renderers.plain.text:render",
    "markdown": "netledger.renderers.markdown:render",
    "latex": "netledger.renderers.latex:render",
    "typst": "netledger.renderers.typst:render",
    "rst": "netledger.renderers.rst:render",
    "csv": "netledger.renderers.csv:render",
    "json": "netledger.renderers.json:render",
    "html": "netledger.renderers.html:render",
}
"""``name → module:function`` of the built-in renderers."""

PICTURES = {
    "svg": "netledger.renderers.pictures.svg:render",
    "png": "netledger.renderers.pictures.drawn:png",
    "pdf": "netledger.renderers.pictures.drawn:pdf",
}
"""Those that draw a document's picture and write nothing else of it."""

FILES = {"parquet": "netledger.renderers.parquet:render"}
"""Those that write a document's table as a file for programs alone."""

REPORTS = {
    "junit": "netledger.renderers.reports:junit",
    "sarif": "netledger.renderers.reports:sarif",
}
"""Those for what a check or an audit found."""

SUFFIXES = {
    ".txt": "text", ".md": "markdown", ".markdown": "markdown", ".tex": "latex", ".typ": "typst", ".rst": "rst",
    ".csv": "csv", ".json": "json", ".parquet": "parquet",
    ".html": "html", ".htm": "html", ".svg": "svg", ".png": "png", ".pdf": "pdf", ".sarif": "sarif", ".xml": "junit",
}  # fmt: skip
"""The renderer that a file's name asks for."""

COMPLETE = frozenset(("markdown", "latex", "typst", "rst", "csv", "json", "parquet"))
"""Renderers whose tables show every layer for itself: repeated blocks are not folded for them."""


PICTURED = {
    "html": (("parameters", "icicle"), ("macs", "icicle"), ("bytes", "icicle")),
    "svg": (("parameters", "icicle"),),
    "png": (("parameters", "icicle"),),
    "pdf": (("parameters", "icicle"),),
}
"""Renderers that draw, with the pictures (quantity, shape) that they draw of a ledger unless told otherwise."""
BINARY = frozenset(("png", "pdf", "parquet"))
"""Renderers that write bytes, to a file alone."""


class RenderOptions(Record):
    """What a renderer must know of the place it writes for.

    ``width``: columns of the terminal, ``None`` = no limit. ``encoding``: what the place can show; signs it has not are
    written in ASCII. ``color``: ``None`` = as the place allows. For LaTeX: ``longtable`` keeps every column over as
    many pages as it takes, ``notes`` writes what stands around a table, ``siunitx`` sets numbers in its columns.
    """

    __slots__ = ("width", "encoding", "color", "longtable", "notes", "siunitx")
    width: int | None
    encoding: str
    color: bool | None
    longtable: bool
    notes: bool
    siunitx: bool

    def __init__(
        self,
        width: int | None = None,
        encoding: str = "utf-8",
        color: bool | None = None,
        longtable: bool = False,
        notes: bool = False,
        siunitx: bool = False,
    ) -> None:
        self._fill(width, encoding, color, longtable, notes, siunitx)


TABLE: Table[Renderer] = Table(
    "renderer", {**RENDERERS, **PICTURES, **FILES, **REPORTS}, "netledger.renderers", is_one=callable
)  # fmt: skip


def renderer(name: str) -> Callable[[Renderer], Renderer]:
    """Register a function as the renderer ``name``; a name that is taken is a ``UsageError`` naming its owner."""
    return lambda function: TABLE.register(name, function, place_of(function))


def renderer_for(name: str) -> Renderer:
    """The renderer of that name; an unknown one is a ``UsageError`` with the nearest names."""
    found = TABLE.find(name)
    if found is None:
        near = nearest(name, TABLE.names())
        said = f"did you mean {or_list(near)}?" if near else f"there are {', '.join(RENDERERS)}"
        raise UsageError(f"no format '{name}': {said}")
    return found


def pieces(document: Document, format: str, options: RenderOptions | None = None) -> Iterator[str]:
    """The same piece by piece, where the renderer is one that makes its text as it is written (its ``pieces``)."""
    found = renderer_for(format)
    made = getattr(found, "pieces", None)
    if made is None:
        return iter((found(document, options or RenderOptions()),))
    parts: Iterator[str] = made(document, options or RenderOptions())
    return parts


def render(document: Document, format: str = "text", options: RenderOptions | None = None) -> str:
    """``document`` written in ``format``; ends with a line end."""
    return renderer_for(format)(document, options or RenderOptions())
