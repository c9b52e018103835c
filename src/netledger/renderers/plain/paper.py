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
    Row,
    Runs,
    Share,
    Table,
    Verdict,
)  # fmt: skip
from netledger.printable import printable
from netledger.renderers import RenderOptions
from netledger.renderers.plain.layout import GAP, fit, hanging, pad, total_width, width_of, wrap
from netledger.renderers.values import Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from netledger.documents.model import Column, Value

    Line = list[tuple[str, str]]
    Cells = tuple[str, list[str]]

RIGHT = frozenset(("number",))
"""Kinds of columns set flush right."""

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
        parts = [text] if self.width is None else wrap(text, max(self.width - indent, 8), "verdict")
        start: Line = [(first, "name")] if first else []
        return [[*start, (parts[0], role)], *[[(" " * indent + part, role)] for part in parts[1:]]]

    def named(self, name: str, text: str, role: str, indent: int) -> list[Line]:
        """What is said of a name, beside it; below it where nothing legible would fit beside it."""
        if self.width is None or self.width - indent >= _LEGIBLE or width_of(text) <= self.width - indent:
            return self.broken(text, role, pad(name, indent), indent)
        return [*self.broken(name, "name"), *self.broken(text, role, "    ", 4)]

    def ruled(self, width: int) -> Line:
        return [(self.writer.sign("─") * width, "rule")]


def _heading(paper: Paper, block: Heading) -> list[Line]:
    title = paper.writer.string(block.text)
    lines = paper.broken(title, "title")
    return [*lines, paper.ruled(min(width_of(title), paper.width or 10_000))] if block.level == 1 else lines


def _paragraph(paper: Paper, block: Paragraph) -> list[Line]:
    return paper.broken(paper.writer.runs(Runs(*block.values)), _role(block.values[0] if block.values else ""))


def _points(paper: Paper, block: Points) -> list[Line]:
    bullet = paper.writer.sign("• ")
    return [line for item in block.items for line in paper.broken(_plain(paper, item), _role(item), bullet, 2)]


def _facts(paper: Paper, block: Facts) -> list[Line]:
    names = [paper.writer.string(name) for name, _ in block.items]
    return [
        line
        for part in zip(names, [(_plain(paper, value), _role(value)) for _, value in block.items], strict=True)
        for line in paper.named(part[0], *part[1], max(map(width_of, names)) + GAP)
    ]


def _listing(paper: Paper, block: Listing) -> list[Line]:
    """A text line by line. One without roles is there to be copied, so it is left to the terminal to break it."""
    lines = [paper.writer.sign(printable(line, _LISTED_CHARACTERS)) for line in block.text.split("\n")]
    if not block.roles:
        room = 4 if paper.width is None else paper.width - max(map(width_of, lines))
        return [[(" " * min(max(room, 0), 4), ""), (line, "")] for line in lines]
    if paper.width is None:
        return [[("  ", ""), (line, role)] for line, role in zip(lines, block.roles, strict=True)]
    return [[("  ", ""), (part, block.roles[place])] for place, part in hanging(lines, max(paper.width - 2, 12))]


def _plain(paper: Paper, value: Value) -> str:
    return paper.writer.write(value)


def _role(value: Value) -> str:
    return value.status if isinstance(value, Verdict) else ""


def _table(paper: Paper, block: Table) -> Iterator[Line]:
    writer = paper.cells
    written: dict[tuple[int, ...], list[str]] = {}
    below: dict[tuple[int, ...], list[str]] = {}
    rows = [_cells(row, writer, written) for row in block.rows]
    footer = [_cells(row, writer, below) for row in block.footer]
    titles = [writer.string(column.title) for column in block.columns]
    names = [*titles[:1], *[first for first, _ in (*rows, *footer)]]
    columns = [names, *zip(titles[1:], *written.values(), *below.values(), strict=True)] if titles else []
    widths = fit(block.columns, columns, paper.width)
    if paper.bars:
        _add_bars(paper, block, rows, widths)
    if block.caption:
        yield from paper.broken(writer.string(block.caption), "head")
    if paper.width is not None and total_width(list(widths.values())) > paper.width:
        yield from _apart(paper, block, titles, [*rows, *footer], list(widths))
        return
    setter = _Setter(block.columns, widths, paper.styled)
    yield from setter.lines(titles, ["head"] * len(setter.places), "verdict")
    yield _rule(paper, widths)
    for group, texts in ((block.rows, rows), (block.footer, footer)):
        if group is block.footer and footer:
            yield _rule(paper, widths)
        for row, (first, rest) in zip(group, texts, strict=True):
            yield from setter.row(row, first, rest, "total" if group is block.footer else row.role)
            if row.notes:
                yield from _notes(paper, row)
    left = [title for place, title in enumerate(titles) if place not in widths]
    if left and paper.bars:
        yield from paper.broken(f"not shown at this width: {', '.join(left)}", "zero")


def _apart(paper: Paper, block: Table, titles: list[str], rows: list[Cells], shown: list[int]) -> list[Line]:
    """A table wider than the sheet however it is squeezed: each row by itself, its cells beside their titles."""
    lines: list[Line] = []
    indent = max([width_of(titles[place]) for place in shown[1:]], default=0) + 2 * GAP
    for row, (first, rest) in zip((*block.rows, *block.footer), rows, strict=True):
        cells = [first, *rest]
        lines += paper.broken(cells[shown[0]], row.role or "name")
        for place in shown[1:]:
            role = row.role or _CELL_ROLES[block.columns[place].kind](row.cells[place])
            lines += paper.named("  " + titles[place], cells[place], role, indent) if cells[place] else []
        lines += _notes(paper, row)
    return lines


_BAR = 8
_EIGHTHS = " ▏▎▍▌▋▊▉"


def _add_bars(paper: Paper, block: Table, rows: list[Cells], widths: dict[int, int]) -> None:
    """A bar behind each share, where the width leaves room for it and the place can show it."""
    spare = (paper.width or 0) - sum(widths.values()) - GAP * (len(widths) - 1)
    for place in widths:
        shares = [row.cells[place] for row in block.rows]
        if spare <= _BAR or not paper.cells.rich or not any(isinstance(share, Share) for share in shares):
            continue
        for share, rest in {id(rest): (share, rest) for share, (_, rest) in zip(shares, rows, strict=True)}.values():
            rest[place - 1] += " " + _bar(share if isinstance(share, Share) else None)
        widths[place] += _BAR + 1
        return


def _bar(share: Share | None) -> str:
    eighths = share.part * _BAR * 8 // share.whole if share is not None and share.whole else 0
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(_BAR)


def _rule(paper: Paper, widths: dict[int, int]) -> Line:
    dash = paper.writer.sign("─")
    return [((" " * GAP).join([dash * width for width in widths.values()]), "rule")]


def _cells(row: Row, writer: Writer, written: dict[tuple[int, ...], list[str]]) -> Cells:
    """The texts of a row's cells: the first, and those behind it, one list for rows that hold the same objects there.

    Rows that differ in their names alone do. ``written`` are those of the rows so far, which lives as they do.
    """
    behind = tuple(map(id, row.cells[1:]))
    rest = written.get(behind)
    if rest is None:
        rest = written[behind] = [*map(writer.write, row.cells[1:])]
    first = writer.write(row.cells[0]) if row.cells else ""
    if row.level or row.repeat != 1:
        first = "  " * row.level + first + (writer.sign(f" ×{row.repeat:,}") if row.repeat != 1 else "")
    return first, rest


def _of_number(value: Value) -> str:
    return value.status if isinstance(value, Verdict) else "zero" if value == 0 else "number"


def _of_formula(value: Value) -> str:
    return value.status if isinstance(value, Verdict) else "formula"


_CELL_ROLES: dict[str, Callable[[Value], str]] = {
    **dict.fromkeys(("text", "name", "shape", "verdict"), _role), "number": _of_number, "formula": _of_formula,
}  # fmt: skip
"""What a cell is, by the kind of its column."""


def _notes(paper: Paper, row: Row) -> list[Line]:
    indent = 2 * (row.level + 1)
    return [
        line
        for note in row.notes
        for line in paper.broken(paper.writer.write(note), _role(note) or "note", " " * indent, indent)
    ]


_GAP = (" " * GAP, "")
_MOST_PADDED = 1_000
"""Cells of a column that are kept as they were set: the same few stand in most rows."""


class _Setter:
    """Sets rows of one table: pads cells, breaks those that wrap."""

    def __init__(self, columns: tuple[Column, ...], widths: dict[int, int], styled: bool) -> None:
        self.styled = styled
        self.places = [
            (place, width, columns[place].kind, columns[place].kind in RIGHT) for place, width in widths.items()
        ]
        self.padded: list[dict[str, str]] = [{} for _ in self.places]
        self.behind: dict[tuple[str, int], Line] = {}

    def row(self, row: Row, first: str, rest: list[str], role: str) -> list[Line]:
        """A table's row, its cells as texts; ``role`` is that of all its cells, ``""``: each has its own."""
        key = (role, id(rest))
        behind = self.behind.get(key)
        place, width, kind, right = self.places[0]
        blanks = width - width_of(first)
        if behind is not None and place == 0 and blanks >= 0:
            filled = " " * blanks + first if right else first + " " * blanks
            role = role or (_CELL_ROLES[kind](row.cells[0]) if self.styled else "")
            return [[(filled, role), *behind]]
        roles = [role or _CELL_ROLES[kind](row.cells[place]) for place, _, kind, _ in self.places]
        lines = self.lines([first, *rest], roles)
        if len(lines) == 1:
            behind = lines[0][1:]
            self.behind[key] = behind if self.styled else [("".join([text for text, _ in behind]), "")]
        return lines

    def lines(self, cells: list[str], roles: list[str], broken_as: str = "") -> list[Line]:
        """One row in as many lines as its longest cell takes, roles as the places; ``broken_as``: of all its texts."""
        line: Line = []
        for (place, width, _, right), role, padded in zip(self.places, roles, self.padded, strict=True):
            text = cells[place]
            filled = padded.get(text)
            if filled is None:
                blanks = width - (len(text) if text.isascii() else width_of(text))
                if blanks < 0:
                    return self._broken(cells, roles, broken_as)
                filled = " " * blanks + text if right else text + " " * blanks
                if len(padded) < _MOST_PADDED:
                    padded[text] = filled
            line.append((filled, role))
            line.append(_GAP)
        return [line[:-1]]

    def _broken(self, cells: list[str], roles: list[str], broken_as: str) -> list[Line]:
        broken = [wrap(cells[place], width, broken_as or kind) for place, width, kind, _ in self.places]
        result: list[Line] = []
        for i in range(max(map(len, broken), default=1)):
            line: Line = []
            for (_, width, _, right), role, parts in zip(self.places, roles, broken, strict=True):
                line.append((pad(parts[i] if i < len(parts) else "", width, right), role))
                line.append(_GAP)
            result.append(line[:-1])
        return result


_BLOCKS: dict[type, Callable[[Paper, Any], Iterable[Line]]] = {
    Heading: _heading,
    Paragraph: _paragraph,
    Points: _points,
    Facts: _facts,
    Listing: _listing,
    Table: _table,
}
