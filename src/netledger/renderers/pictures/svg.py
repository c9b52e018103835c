"""A document's picture as SVG: one self-contained file without script; :func:`drawn` is the element alone, for a page.

>>> from netledger.catalogue import load
>>> from netledger.documents.ledger.chart import ledger_chart
>>> from netledger.ledger import keep_books
>>> picture = drawn(ledger_chart(keep_books(load("alexnet")), "macs"))
>>> picture.startswith('<svg xmlns="http://www.w3.org/2000/svg"'), "conv2: 223,948,800 (30.9%)" in picture
(True, True)
"""

from __future__ import annotations

from netledger.documents.ledger.chart import Chart
from netledger.errors import UsageError
from netledger.printable import printable
from netledger.renderers.pictures.charts import COLOURS, WIDTH, rectangles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.documents.model import Document
    from netledger.renderers import RenderOptions
    from netledger.renderers.pictures.charts import Rectangle

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}


def render(document: Document, options: RenderOptions) -> str:
    """The document's first picture as an SVG file; a ``UsageError`` where it has none."""
    return drawn(chart_of(document)) + "\n"


def chart_of(document: Document) -> Chart:
    """The picture in a document."""
    for block in document.blocks:
        if isinstance(block, Chart):
            return block
    raise UsageError("there is nothing to draw here: netledger show NETWORK -o picture.svg draws a network")


def drawn(chart: Chart) -> str:
    """A chart as an ``svg`` element; it takes the width of its place and the colour of the text around it."""
    places, height = rectangles(chart)
    title = _escaped(chart.title)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f'font-family="system-ui,sans-serif" font-size="12"><title>{title}</title>'
    )
    return head + "".join([_shape(place) for place in places]) + "</svg>"


def _shape(place: Rectangle) -> str:
    said = f"<title>{_escaped(place.said)}</title>" if place.said else ""
    x, y, width, height = (_short(size) for size in (place.x, place.y, place.width, place.height))
    middle = _short(place.y + place.height / 2 + 4)
    label = ""
    if place.label:
        ink = "currentColor" if place.colour < 0 else "#111"
        label = f'<text x="{_short(place.x + 4)}" y="{middle}" fill="{ink}">{_escaped(place.label)}</text>'
    if place.colour < 0:
        return label
    path = f' data-path="{_escaped(place.path)}"' if place.path else ""
    box = (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{COLOURS[place.colour]}" '
        f'stroke="#fff" stroke-width=".6">{said}</rect>'
    )
    return f"<g{path}>{box}{label}</g>"


def _short(size: float) -> str:
    return f"{size:.2f}".rstrip("0").rstrip(".")


def _escaped(text: str) -> str:
    return "".join([_ENTITIES.get(character, character) for character in printable(text)])
