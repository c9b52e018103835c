"""Document → lines of spans: the layout that plain text and the terminal share.

A line is a list of ``(text, role)``; the role (``title``, ``head``, ``rule``, ``name``, ``number``, ``zero``,
``formula``, ``total``, ``ok``, ``wrong``, ``note``, ``unread`` or ``""``) is what a terminal colours by.
"""

from __future__ import annotations

from netledger.documents.model import (
    Document,
    Facts,
    Heading,
    Listing,
    Paragraph,
    Points,
    Runs,
    Table,
)  # fmt: skip
from netledger.printable import printable
from netledger.renderers import RenderOptions
from netledger.renderers.values import Writer, role_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from netledger.documents.model import Value

    Line = list[tuple[str, str]]

_LISTED_CHARACTERS = 1000
_LEGIBLE = 20
"""A text beside a name is not set narrower than this."""


class Paper:
    """A sheet of some width and the writer that writes on it; unless ``styled``, roles may be missing in its lines."""

    def __init__(self, options: RenderOptions, styled: bool = True) -> None:
        self.width, self.styled = options.width, styled
        self.bars = options.width is not None
        self.writer = Writer(options.encoding, Writer.PARAGRAPH)
        self.cells = Writer(options.encoding)

    def lines(self, document: Document) -> Iterator[Line]:
        """Every line of a document, blocks with an empty line between them."""
        if document.title:
            yield from self.broken(self.writer.string(document.title), "title")
        for place, block in enumerate(document.blocks):
            if place or document.title:
                yield []
            yield from _BLOCKS[type(block)](self, block)

    def broken(self, text: str, role: str = "", first: str = "", indent: int = 0) -> list[Line]:
        """A paragraph in lines that fit; ``first`` stands before it, the other lines are indented."""
        parts = [text]
        if self.width is not None:
            from netledger.renderers.plain.layout import wrap

            parts = wrap(text, max(self.width - indent, 8), "verdict")
        start: Line = [(first, "name")] if first else []
        return [[*start, (parts[0], role)], *[[(" " * indent + part, role)] for part in parts[1:]]]

    def named(self, name: str, text: str, role: str, indent: int) -> list[Line]:
        """What is said of a name, beside it; below it where nothing legible would fit beside it."""
        from netledger.renderers.plain.layout import pad, width_of

        if self.width is None or self.width - indent >= _LEGIBLE or width_of(text) <= self.width - indent:
            return self.broken(text, role, pad(name, indent), indent)
        return [*self.broken(name, "name"), *self.broken(text, role, "    ", 4)]

    def ruled(self, width: int) -> Line:
        return [(self.writer.sign("─") * width, "rule")]


def _heading(paper: Paper, block: Heading) -> list[Line]:
    from netledger.renderers.plain.layout import width_of

    title = paper.writer.string(block.text)
    lines = paper.broken(title, "title")
    return [*lines, paper.ruled(min(width_of(title), paper.width or 10_000))] if block.level == 1 else lines


def _paragraph(paper: Paper, block: Paragraph) -> list[Line]:
    return paper.broken(paper.writer.runs(Runs(*block.values)), role_of(block.values[0] if block.values else ""))


def _points(paper: Paper, block: Points) -> list[Line]:
    bullet = paper.writer.sign("• ")
    return [line for item in block.items for line in paper.broken(_plain(paper, item), role_of(item), bullet, 2)]


def _facts(paper: Paper, block: Facts) -> list[Line]:
    from netledger.renderers.plain.layout import GAP, width_of

    names = [paper.writer.string(name) for name, _ in block.items]
    return [
        line
        for part in zip(names, [(_plain(paper, value), role_of(value)) for _, value in block.items], strict=True)
        for line in paper.named(part[0], *part[1], max(map(width_of, names)) + GAP)
    ]


def _listing(paper: Paper, block: Listing) -> list[Line]:
    """A text line by line. One without roles is there to be copied, so it is left to the terminal to break it."""
    lines = [paper.writer.sign(printable(line, _LISTED_CHARACTERS)) for line in block.text.split("\n")]
    if not block.roles:
        from netledger.renderers.plain.layout import width_of

        room = 4 if paper.width is None else paper.width - max(map(width_of, lines))
        return [[(" " * min(max(room, 0), 4), ""), (line, "")] for line in lines]
    if paper.width is None:
        return [[("  ", ""), (line, role)] for line, role in zip(lines, block.roles, strict=True)]
    from netledger.renderers.plain.layout import hanging

    return [[("  ", ""), (part, block.roles[place])] for place, part in hanging(lines, max(paper.width - 2, 12))]


def _plain(paper: Paper, value: Value) -> str:
    return paper.writer.write(value)


def _table(paper: Paper, block: Table) -> Iterable[Line]:
    from netledger.renderers.plain.tables import lines_of

    return lines_of(paper, block)


_BLOCKS: dict[type, Callable[[Paper, Any], Iterable[Line]]] = {
    Heading: _heading,
    Paragraph: _paragraph,
    Points: _points,
    Facts: _facts,
    Listing: _listing,
    Table: _table,
}
