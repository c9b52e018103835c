r"""Markdown (GitHub's, with tables), complete and ready to be posted.

>>> from netledger.documents.model import Paragraph
>>> print(render(Document("a|b", (Paragraph("a *star* and ", Code("x|y")),)), RenderOptions()))
# a\|b
<BLANKLINE>
a \*star\* and `x|y`
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
)  # fmt: skip
from netledger.printable import printable
from netledger.renderers import RenderOptions
from netledger.renderers.values import Writer, in_encoding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.documents.model import Column

_SPECIAL = frozenset("\\`*[]<>|#~$!{}&")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_LISTED_CHARACTERS = 1000


class _Writer(Writer):
    def escape(self, text: str) -> str:
        text = printable(text, self.most)
        return "".join([self._escaped(text, i, character) for i, character in enumerate(text)])

    def _escaped(self, text: str, i: int, character: str) -> str:
        if character in _ENTITIES:
            return _ENTITIES[character]
        if character == "_":  # between letters it is no emphasis
            inside = text[i - 1 : i].isalnum() and text[i + 1 : i + 2].isalnum()
            return "_" if inside else "\\_"
        if character in "+-." and not text[:i].strip("0123456789 "):  # a list, where it begins the line
            return "\\" + character
        return "\\" + character if character in _SPECIAL else character

    def code(self, value: Code) -> str:
        return _code(printable(value.text))

    def emphasis(self, value: Emphasis) -> str:
        text = self.string(value.text).strip()
        return f"**{text}**" if text else ""


def _code(text: str) -> str:
    """A code span: with a fence longer than any run of backticks in it."""
    longest, run = 0, 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    fence = "`" * (longest + 1)
    space = " " if text[:1] == "`" or text[-1:] == "`" or not text else ""
    return f"{fence}{space}{text}{space}{fence}"


class _TableWriter(_Writer):
    """In a table a bar ends the cell even inside code."""

    def code(self, value: Code) -> str:
        return super().code(value).replace("|", "\\|")


def render(document: Document, options: RenderOptions) -> str:
    """The document as Markdown."""
    writer = _Writer(options.encoding, Writer.PARAGRAPH)
    blocks = [f"# {writer.string(document.title)}"] if document.title else []
    blocks += [_BLOCKS[type(block)](block, writer) for block in document.blocks]
    return in_encoding("\n\n".join(blocks) + "\n", options.encoding)


def _heading(block: Heading, writer: _Writer) -> str:
    return "#" * (block.level + 1) + " " + writer.string(block.text)


def _points(block: Points, writer: _Writer) -> str:
    return "\n".join([f"- {writer.write(item)}" for item in block.items])


def _facts(block: Facts, writer: _Writer) -> str:
    return "\n".join(
        [
            f"- **{writer.string(name)}**: {writer.write(value)}" if name else f"  - {writer.write(value)}"
            for name, value in block.items
        ]
    )


def _listing(block: Listing, writer: _Writer) -> str:
    lines = [printable(line, _LISTED_CHARACTERS) for line in block.text.split("\n")]
    fence = "```"
    while any(fence in line for line in lines):
        fence += "`"
    return "\n".join([fence + block.language, *lines, fence])


def _table(block: Table, writer: _Writer) -> str:
    cells = _TableWriter(writer.encoding)
    lines = [_line([cells.string(column.title) for column in block.columns])]
    lines.append("|" + "|".join([_rule(column) for column in block.columns]) + "|")
    for row in block.rows:
        lines.append(_line(_cells(row, cells)))
    for row in block.footer:
        lines.append(_line([f"**{cell}**" if cell else "" for cell in _cells(row, cells)]))
    caption = [f"{writer.string(block.caption)}", ""] if block.caption else []
    return "\n".join([*caption, *lines])


def _rule(column: Column) -> str:
    return " ---: " if column.kind == "number" else " --- "


def _cells(row: Row, writer: _TableWriter) -> list[str]:
    texts = [writer.write(value) for value in row.cells]
    repeat = writer.sign(f" ×{row.repeat:,}") if row.repeat != 1 else ""
    texts[0] = "&nbsp;&nbsp;" * row.level + texts[0] + repeat
    if row.notes:
        texts[-1] = "<br>".join([*([texts[-1]] if texts[-1] else []), *[writer.write(note) for note in row.notes]])
    return texts


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


_BLOCKS: dict[type, Callable[[Any, _Writer], str]] = {
    Heading: _heading,
    Paragraph: lambda block, writer: writer.runs(Runs(*block.values)),
    Points: _points,
    Facts: _facts,
    Listing: _listing,
    Table: _table,
}
