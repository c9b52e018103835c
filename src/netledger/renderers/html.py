"""HTML: an escaped page that needs no other file; :func:`fragment` is the same without the page, for notebooks.

>>> from netledger.documents.model import Paragraph
>>> fragment(Document("", (Paragraph("<script>"),)))
'<div class="netledger"><p>&lt;script&gt;</p></div>'
"""

from __future__ import annotations

from netledger.documents.model import (
    Code,
    Document,
    Emphasis,
    Facts,
    Heading,
    Listing,
    Paragraph,
    Points,
    Row,
    Runs,
    Table,
    Verdict,
)  # fmt: skip
from netledger.printable import printable
from netledger.renderers import Options
from netledger.renderers.values import Writer, in_encoding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from netledger.documents.model import Column

STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "th,td{padding:.15rem .7rem;text-align:left;vertical-align:top}thead{border-bottom:2px solid}"
    "tfoot{border-top:1px solid;font-weight:600}.number{text-align:right}.ok{color:#17683a}.wrong{color:#b3261e}"
    "tbody tr:nth-child(even){background:#8881}dt{font-weight:600}"
)
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


def render(document: Document, options: Options) -> str:
    """A whole page."""
    title = _escaped(printable(document.title))
    return in_encoding(
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head>\n<body>\n{fragment(document)}\n</body>\n</html>\n",
        "utf-8",
    )


def fragment(document: Document) -> str:
    """The document's blocks in one ``div``: no script, no style sheet, everything escaped."""
    writer = _Writer(most=Writer.PARAGRAPH)
    title = f"<h1>{writer.string(document.title)}</h1>" if document.title else ""
    blocks = "".join([_BLOCKS[type(block)](block, writer) for block in document.blocks])
    return f'<div class="netledger">{title}{blocks}</div>'


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
    titles = [writer.string(column.title) for column in block.columns]
    head = _line("th", titles, block.columns)
    body = "".join([_row(row, block.columns, writer) for row in block.rows])
    foot = "".join([_row(row, block.columns, writer) for row in block.footer])
    foot = f"<tfoot>{foot}</tfoot>" if foot else ""
    return f"<table>{caption}<thead>{head}</thead><tbody>{body}</tbody>{foot}</table>"


def _row(row: Row, columns: tuple[Column, ...], writer: _Writer) -> str:
    texts = [writer.write(value) for value in row.cells]
    texts[0] = "&emsp;" * row.level + texts[0] + (f" ×{row.repeat:,}" if row.repeat != 1 else "")
    notes = [f'<tr><td colspan="{len(columns)}">{writer.write(note)}</td></tr>' for note in row.notes]
    return _line("td", texts, columns) + "".join(notes)


def _line(tag: str, texts: Sequence[str], columns: tuple[Column, ...]) -> str:
    cells = [
        f'<{tag} class="number">{text}</{tag}>' if column.kind == "number" else f"<{tag}>{text}</{tag}>"
        for text, column in zip(texts, columns, strict=True)
    ]
    return "<tr>" + "".join(cells) + "</tr>"


_BLOCKS: dict[type, Callable[[Any, _Writer], str]] = {
    Heading: _heading,
    Paragraph: lambda block, writer: f"<p>{writer.runs(Runs(*block.values))}</p>",
    Points: _points,
    Facts: _facts,
    Listing: _listing,
    Table: _table,
}
