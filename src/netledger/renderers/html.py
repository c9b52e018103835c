"""HTML: an escaped page that needs no other file; :func:`fragment` is the same without the page.

The page holds its style and its script (sorting, filtering, folding) under a policy that allows these two alone, by
their hashes; without a script it can be read whole, and groups still fold. :func:`notebook` is the fragment with its
style, for a cell's output.

>>> from netledger.documents.model import Paragraph
>>> fragment(Document("", (Paragraph("<script>"),)))
'<div class="netledger"><p>&lt;script&gt;</p></div>'
"""

from __future__ import annotations

import os

from netledger.documents.ledger.chart import Chart
from netledger.documents.model import (
    Code,
    Document,
    Emphasis,
    Facts,
    Heading,
    Listing,
    Paragraph,
    Points,
    Quantity,
    Row,
    Runs,
    Share,
    Signed,
    Table,
    Verdict,
)  # fmt: skip
from netledger.printable import printable
from netledger.renderers import RenderOptions
from netledger.renderers.values import Writer, in_encoding
from netledger.unknown import Count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.documents.model import Column, Value

_ASSETS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "assets")  # noqa: PTH100, PTH118, PTH120
_LISTED_CHARACTERS = 1000
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}


class _Writer(Writer):
    def escape(self, text: str) -> str:
        return _escaped(printable(text, self.most))

    def code(self, value: Code) -> str:
        return f"<code>{self.escape(value.text)}</code>"

    def emphasis(self, value: Emphasis) -> str:
        return f"<strong>{self.escape(value.text)}</strong>"

    def verdict(self, value: Verdict) -> str:
        return f'<span class="{value.status}">{super().verdict(value)}</span>'


def _escaped(text: str) -> str:
    return "".join([_ENTITIES.get(character, character) for character in text])


def render(document: Document, options: RenderOptions) -> str:
    """A whole page."""
    style, script = asset("table.css") + asset("report.css"), asset("table.js")
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'"
    title = _escaped(printable(document.title))
    return in_encoding(
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{style}</style></head>\n"
        f"<body data-report>\n{fragment(document)}\n<script>{script}</script>\n</body>\n</html>\n",
        "utf-8",
    )


def asset(name: str) -> str:
    """One of the files that a page is made with: ``table.css``, ``table.js``, ``report.css``."""
    with open(os.path.join(_ASSETS, name), encoding="utf-8") as file:  # noqa: PTH118, PTH123
        return file.read()


def _hash(text: str) -> str:
    from base64 import b64encode
    from hashlib import sha256

    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def notebook(document: Document) -> str:
    """The fragment with its style, every rule of which is about the fragment alone."""
    return f"<style>{asset('table.css')}</style>{fragment(document)}"


def fragment(document: Document) -> str:
    """The document's blocks in one ``div``: no script, no style sheet, everything escaped."""
    writer = _Writer(most=Writer.PARAGRAPH)
    title = f"<h1>{writer.string(document.title)}</h1>" if document.title else ""
    return f'<div class="netledger">{title}{_blocks(document, writer)}</div>'


def _heading(block: Heading, writer: _Writer) -> str:
    tag = f"h{min(block.level + 1, 6)}"
    return f"<{tag}>{writer.string(block.text)}</{tag}>"


def _points(block: Points, writer: _Writer) -> str:
    return "<ul>" + "".join([f"<li>{writer.write(item)}</li>" for item in block.items]) + "</ul>"


def _facts(block: Facts, writer: _Writer) -> str:
    items = [
        (f"<dt>{writer.string(name)}</dt>" if name else "") + f"<dd>{writer.write(value)}</dd>"
        for name, value in block.items
    ]
    return "<dl>" + "".join(items) + "</dl>"


def _listing(block: Listing, writer: _Writer) -> str:
    lines = [_escaped(printable(line, _LISTED_CHARACTERS)) for line in block.text.split("\n")]
    return "<pre>" + "\n".join(lines) + "</pre>"


def _table(block: Table, writer: _Writer) -> str:
    caption = f"<caption>{writer.string(block.caption)}</caption>" if block.caption else ""
    head = "".join([_head(column, writer) for column in block.columns])
    bodies = "".join([f"<tbody>{rows}</tbody>" for rows in _bodies(block, writer)])
    foot = "".join([_row(row, block.columns, writer) for row in block.footer])
    foot = f"<tfoot>{foot}</tfoot>" if foot else ""
    ledger = " data-ledger" if any(column.name == "parameters" for column in block.columns) else ""
    label = _escaped(printable(block.caption)) or "table"
    return (
        f'<div class="nl-scroll" tabindex="0" role="region" aria-label="{label}"><table class="nl"{ledger}>{caption}'
        f"<thead><tr>{head}</tr></thead>{bodies}{foot}</table></div>"
    )


def _head(column: Column, writer: _Writer) -> str:
    return f'<th scope="col" data-name="{_escaped(column.name)}"{_class(column)}>{writer.string(column.title)}</th>'


def _class(column: Column) -> str:
    word = "number" if column.kind == "number" else "wrap" if column.wrap and column.name != "layer" else ""
    return f' class="{word}"' if word else ""


def _bodies(block: Table, writer: _Writer) -> list[str]:
    """The rows; each group with its rows is a body of its own, which folds."""
    bodies: list[list[str]] = [[]]
    grouped = False
    for row in block.rows:
        if row.role == "group" or (grouped and row.level == 0):
            bodies.append([])
            grouped = row.role == "group"
        bodies[-1].append(_row(row, block.columns, writer))
    return ["".join(rows) for rows in bodies if rows] or [""]


def _row(row: Row, columns: tuple[Column, ...], writer: _Writer) -> str:
    texts = [writer.write(value) for value in row.cells]
    if row.repeat != 1:
        texts[0] += f" ×{row.repeat:,}"
    if row.role == "group":
        texts[0] = f'<label><input type="checkbox" checked>{texts[0]}</label>'
    notes = [f'<tr><td colspan="{len(columns)}">{writer.write(note)}</td></tr>' for note in row.notes]
    classes = " ".join([word for word in ("group" if row.role == "group" else "", _level(row)) if word])
    cells = [
        _cell(text, value, column, place)
        for place, (text, value, column) in enumerate(zip(texts, row.cells, columns, strict=True))
    ]
    path = f' data-path="{_escaped(printable(row.cells[0].text))}"' if isinstance(row.cells[0], Code) else ""
    return f"<tr{path}" + (f' class="{classes}"' if classes else "") + ">" + "".join(cells) + "</tr>" + "".join(notes)


def _level(row: Row) -> str:
    return f"level{min(row.level, 3)}" if row.level else ""


def _cell(text: str, value: Value, column: Column, place: int) -> str:
    if place == 0 and text:  # an empty cell heads nothing
        return f'<th scope="row"{_class(column)}>{text}</th>'
    return f"<td{_class(column)}{_exactly(value)}>{text}{_bar(value)}</td>"


def _exactly(value: Value) -> str:
    """What sorting goes by: the exact number, and whether it is only a least."""
    if isinstance(value, Count):
        return f' data-value="{value.exact}" data-least'
    if isinstance(value, Share):
        return f' data-value="{value.part / value.whole:.9f}"' if value.whole else ""
    if isinstance(value, Signed | Quantity):
        return f' data-value="{value.number}"' if isinstance(value.number, int | float) else ""
    return f' data-value="{value}"' if isinstance(value, int) else ""


def _bar(value: Value) -> str:
    if not isinstance(value, Share) or not value.part:
        return ""
    width = f"{100 * value.part / value.whole:.1f}%"
    return f'<svg class="bar" aria-hidden="true"><rect width="{width}" height="100%"/></svg>'


def _charts(charts: list[Chart]) -> str:
    """Pictures, one shown at a time, chosen without a script."""
    from netledger.documents.ledger.chart import QUANTITIES
    from netledger.renderers.pictures.svg import drawn

    if len(charts) == 1:
        return f'<figure class="nl-chart">{drawn(charts[0])}</figure>'
    figures = "".join([f'<figure class="nl-chart">{drawn(chart)}</figure>' for chart in charts])
    choices = "".join(
        [
            f'<input type="radio" name="nl-chart" id="nl-chart-{place}"{" checked" if place == 0 else ""}>'
            f'<label for="nl-chart-{place}">{QUANTITIES[chart.quantity]}</label>'
            for place, chart in enumerate(charts)
        ]
    )
    return f'<div class="nl-charts" role="group" aria-label="where they are">{choices}{figures}</div>'


def _blocks(document: Document, writer: _Writer) -> str:
    """The blocks in order; pictures that follow one another share a place."""
    found: list[str] = []
    charts: list[Chart] = []
    for block in (*document.blocks, None):
        if isinstance(block, Chart):
            charts.append(block)
            continue
        if charts:
            found.append(_charts(charts))
            charts = []
        if block is not None:
            found.append(_BLOCKS[type(block)](block, writer))
    return "".join(found)


_BLOCKS: dict[type, Callable[[Any, _Writer], str]] = {
    Heading: _heading,
    Paragraph: lambda block, writer: f"<p>{writer.runs(Runs(*block.values))}</p>",
    Points: _points,
    Facts: _facts,
    Listing: _listing,
    Table: _table,
}
