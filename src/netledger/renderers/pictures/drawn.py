"""A document's picture as PNG or PDF, drawn by matplotlib (``pip install "netledger[pictures]"`` has it)."""

from __future__ import annotations

import io

from netledger.errors import MissingExtraError
from netledger.renderers.pictures.charts import COLOURS, WIDTH, rectangles
from netledger.renderers.pictures.svg import chart_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.documents.model import Document
    from netledger.renderers import RenderOptions

_DOTS_AN_INCH = 100


def png(document: Document, options: RenderOptions) -> bytes:
    """The document's picture as a PNG file."""
    return _drawn(document, "png")


def pdf(document: Document, options: RenderOptions) -> bytes:
    """The document's picture as a PDF file."""
    return _drawn(document, "pdf")


def _drawn(document: Document, format: str) -> bytes:
    chart = chart_of(document)
    figure, axes = _axes(chart_height := rectangles(chart)[1])
    from matplotlib.patches import Rectangle as Patch

    for place in rectangles(chart)[0]:
        if place.colour >= 0:
            colour = COLOURS[place.colour]
            axes.add_patch(
                Patch((place.x, place.y), place.width, place.height, facecolor=colour, edgecolor="white", linewidth=0.4)
            )
        if place.label:
            axes.text(place.x + 4, place.y + place.height / 2, place.label, va="center", fontsize=8, parse_math=False)
    axes.set_ylim(chart_height, 0)
    out = io.BytesIO()
    figure.savefig(
        out, format=format, dpi=2 * _DOTS_AN_INCH, metadata={} if format == "png" else {"CreationDate": None}
    )
    return out.getvalue()


def _axes(height: float) -> tuple[Any, Any]:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib", "pictures", "drawing a picture as PNG or PDF") from None
    figure = Figure(figsize=(WIDTH / _DOTS_AN_INCH, height / _DOTS_AN_INCH))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, WIDTH)
    axes.axis("off")
    return figure, axes
