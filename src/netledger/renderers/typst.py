r"""Typst: a table for a paper, headings and lists around it. Every text is a string literal: nothing in it is markup.

>>> from netledger.documents.model import Paragraph
>>> print(render(Document("50% of #eval", (Paragraph("5 × 5 \"quoted\""),)), RenderOptions()))
#heading("50% of #eval")
<BLANKLINE>
#("5 × 5 \"quoted\"")
<BLANKLINE>
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
)
from netledger.printable import printable
from netledger.renderers import RenderOptions
from netledger.renderers.values import Writer, in_encoding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_LISTED_CHARACTERS = 1000


class _Writer(Writer):
    """Values as Typst expressions, joined by ``+``."""

    def write(self, value: Any) -> str:
        if isinstance(value, Runs):
            return " + ".join([self.write(part) for part in value.values]) or '""'
        if isinstance(value, Code):
            return f"raw({_literal(printable(value.text, self.most))})"
        if isinstance(value, Emphasis):
            return f"strong({_literal(printable(value.text, self.most))})"
        if isinstance(value, Verdict):
            sign = self.SIGNS[value.status]
            return f"{_literal(sign + ' ')} + {self.write(value.text)}" if value.text else _literal(sign)
        return _literal(super().write(value))


def _literal(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def render(document: Document, options: RenderOptions) -> str:
    """The document as Typst, to be read by ``#include``."""
    writer = _Writer("utf-8", Writer.PARAGRAPH)
    blocks = [f"#heading({_literal(printable(document.title))})"] if document.title else []
    blocks += [_BLOCKS[type(block)](block, writer) for block in document.blocks]
    return in_encoding("\n\n".join(blocks) + "\n", options.encoding)


def _facts(block: Facts, writer: _Writer) -> str:
    items = [f"terms.item(strong({_literal(name or ' ')}), {writer.write(value)})" for name, value in block.items]
    return "#terms(\n  " + ",\n  ".join(items) + ",\n)"


def _listing(block: Listing, writer: _Writer) -> str:
    lines = [printable(line, _LISTED_CHARACTERS) for line in block.text.split("\n")]
    return f"#raw(block: true, {_literal(chr(10).join(lines))})"


def _table(block: Table, writer: _Writer) -> str:
    alignment = ", ".join(["right" if column.kind == "number" else "left" for column in block.columns])
    heads = ", ".join([f"strong({_literal(column.title)})" for column in block.columns])
    lines = [
        f"#{{ set text({_size(block)}pt); table(",
        f"  columns: {len(block.columns)}, stroke: none, inset: (x: 2.5pt, y: 3pt), align: ({alignment},),",
        f"  table.hline(), table.header({heads}), table.hline(),",
        *[f"  {_row(row, writer)}," for row in block.rows],
    ]
    if block.footer:
        lines += ["  table.hline(),", *[f"  {_row(row, writer)}," for row in block.footer]]
    return "\n".join([*lines, "  table.hline(),", ") }"])


def _size(block: Table) -> int:
    """Points of a table's letters: a ledger with all of its columns stands in the text of a page."""
    return 9 if len(block.columns) < 7 else 8


def _row(row: Row, writer: _Writer) -> str:
    cells = [writer.write(value) for value in row.cells]
    if row.level:
        cells[0] = f"h({row.level}em) + {cells[0]}"
    if row.repeat != 1:
        cells[0] += f' + " ×{row.repeat:,}"'
    notes = [f"table.cell(colspan: {len(cells)}, {writer.write(note)})" for note in row.notes]
    return ", ".join([*cells, *notes])


_BLOCKS: dict[type, Callable[[Any, _Writer], str]] = {
    Heading: lambda block, writer: f"#heading(level: {block.level + 1}, {_literal(printable(block.text))})",
    Paragraph: lambda block, writer: f"#({writer.write(Runs(*block.values))})",
    Points: lambda block, writer: "#list(\n  " + ",\n  ".join(map(writer.write, block.items)) + ",\n)",
    Facts: _facts,
    Listing: _listing,
    Table: _table,
}
