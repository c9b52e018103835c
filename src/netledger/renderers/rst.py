r"""reStructuredText: tables as ``list-table``, everything foreign escaped.

>>> from netledger.documents.model import Paragraph
>>> print(render(Document("a*b", (Paragraph("|x| and `y`_"),)), RenderOptions()))
a\*b
====
<BLANKLINE>
\|x\| and \`y\`\_
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
)
from netledger.printable import printable
from netledger.renderers import RenderOptions
from netledger.renderers.values import Writer, in_encoding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_LISTED_CHARACTERS = 1000
_SPECIAL = frozenset("\\*`_|<>[]:{}-=+~^\"'#.()")
_RULES = "=-~"


class _Writer(Writer):
    def escape(self, text: str) -> str:
        text = " ".join(printable(text, self.most).split())
        return "".join([_escaped(text, place) for place in range(len(text))])

    def code(self, value: Code) -> str:
        text = printable(value.text, self.most)
        safe = text and "`" not in text and "\\" not in text and text == text.strip()
        return f"``{text}``" if safe else self.string(value.text)

    def emphasis(self, value: Emphasis) -> str:
        text = self.string(value.text).strip()
        return f"**{text}**" if text else ""

    def runs(self, value: Runs) -> str:
        """Marked text beside other text needs a separator that shows nothing."""
        found = ""
        marked = False
        for part in value.values:
            text = self.write(part)
            if text and isinstance(part, str):
                text = " " * part[0].isspace() + text + " " * part[-1].isspace()
            now = isinstance(part, Code | Emphasis)
            if found and text and (now or marked) and not (found[-1].isspace() or text[0].isspace()):
                found += "\\ "
            found, marked = found + text, now if text else marked
        return found


def _escaped(text: str, place: int) -> str:
    """Marks anywhere; signs that mark only at the start of a line there alone, so that text stays readable."""
    character = text[place]
    inside = character in "\\*`_|"
    first = place == 0 and character in _SPECIAL
    second = place < 4 and character in ".)" and text[:place].isalnum()
    link = (
        character in "<[" or (character == ":" and text[place : place + 3] == "://") or text[place : place + 2] == "::"
    )
    return "\\" + character if inside or first or second or link or character == "@" else character


def render(document: Document, options: RenderOptions) -> str:
    """The document as reStructuredText."""
    writer = _Writer(options.encoding, Writer.PARAGRAPH)
    blocks = [_titled(writer.string(document.title), 0)] if document.title else []
    blocks += [_BLOCKS[type(block)](block, writer) for block in document.blocks]
    return in_encoding("\n\n".join(blocks) + "\n", options.encoding)


def _titled(text: str, level: int) -> str:
    width = len(text) if text.isascii() else 2 * len(text)  # a rule may be too long, never too short
    return f"{text}\n{_RULES[min(level, 2)] * max(width, 4)}"


def _facts(block: Facts, writer: _Writer) -> str:
    lines = [
        f"- **{writer.string(name)}**: {writer.write(value)}" if name else f"- {writer.write(value)}"
        for name, value in block.items
    ]
    return "\n".join(lines)


def _listing(block: Listing, writer: _Writer) -> str:
    lines = [printable(line, _LISTED_CHARACTERS) for line in block.text.split("\n")]
    return "::\n\n" + "\n".join([f"    {line}" for line in lines])


def _table(block: Table, writer: _Writer) -> str:
    caption = f" {writer.string(block.caption)}" if block.caption else ""
    lines = [f".. list-table::{caption}", "   :header-rows: 1", ""]
    lines += _cells([writer.string(column.title) for column in block.columns])
    for row in block.rows:
        lines += _cells(_texts(row, writer))
    for row in block.footer:
        lines += _cells(_texts(row, writer))
    return "\n".join(lines)


def _texts(row: Row, writer: _Writer) -> list[str]:
    texts = [writer.write(value) for value in row.cells]
    if row.repeat != 1:
        texts[0] += writer.sign(f" ×{row.repeat:,}")
    if row.notes:
        texts[-1] = " ".join([text for text in (texts[-1], *map(writer.write, row.notes)) if text])
    return texts


def _cells(texts: list[str]) -> list[str]:
    return [f"   {'*' if place == 0 else ' '} - {text}".rstrip() for place, text in enumerate(texts)]


_BLOCKS: dict[type, Callable[[Any, _Writer], str]] = {
    Heading: lambda block, writer: _titled(writer.string(block.text), block.level),
    Paragraph: lambda block, writer: writer.runs(Runs(*block.values)),
    Points: lambda block, writer: "\n".join([f"- {writer.write(item)}" for item in block.items]),
    Facts: _facts,
    Listing: _listing,
    Table: _table,
}
