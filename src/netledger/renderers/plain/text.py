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
from netledger.renderers.values import in_encoding


def render(document: Document, options: RenderOptions) -> str:
    """The document as lines of plain text."""
    lines = ["".join([text for text, _ in line]).rstrip() for line in Paper(options).lines(document)]
    return in_encoding("\n".join(lines) + "\n", options.encoding)
