"""Plain text for a pipe or a file: aligned columns, no colour, no limit of width unless one is given.

>>> from netledger.documents.model import Column, Row, Table
>>> table = Table((Column("layer", "layer"), Column("n", "parameters", "number")), (Row(("conv1", 34944)),))
>>> print(render(Document("tiny", (table,)), RenderOptions()))
tiny
<BLANKLINE>
layer  parameters
─────  ──────────
conv1      34,944
<BLANKLINE>
"""

from __future__ import annotations

from netledger.documents.model import Document
from netledger.renderers import RenderOptions
from netledger.renderers.plain.paper import Paper
from netledger.renderers.values import can_show, in_encoding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def render(document: Document, options: RenderOptions) -> str:
    """The document as lines of plain text."""
    return "".join(_lines(document, options))


def _lines(document: Document, options: RenderOptions) -> Iterator[str]:
    whole = can_show(options.encoding)
    for line in Paper(options, styled=False).lines(document):
        text = "".join([part for part, _ in line]).rstrip() + "\n"
        yield text if whole else in_encoding(text, options.encoding)


render.pieces = _lines  # type: ignore[attr-defined]
