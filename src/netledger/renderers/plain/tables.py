"""A table as lines of spans: columns as wide as they must be, cells broken or rows set apart where it is too wide."""

from __future__ import annotations

from netledger.documents.model import Row, Share, Table, Verdict
from netledger.renderers.plain.layout import GAP, fit, pad, total_width, width_of, wrap
from netledger.renderers.values import role_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netledger.documents.model import Column, Value
    from netledger.renderers.plain.paper import Line, Paper
    from netledger.renderers.values import Writer

    Cells = tuple[str, list[str]]

RIGHT = frozenset(("number",))
"""Kinds of columns set flush right."""


def lines_of(paper: Paper, block: Table) -> Iterator[Line]:
    """A table's lines: its caption, titles, rows with their notes, footer, and what was left out."""
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
    **dict.fromkeys(("text", "name", "shape", "verdict"), role_of), "number": _of_number, "formula": _of_formula,
}  # fmt: skip
"""What a cell is, by the kind of its column."""


def _notes(paper: Paper, row: Row) -> list[Line]:
    indent = 2 * (row.level + 1)
    return [
        line
        for note in row.notes
        for line in paper.broken(paper.writer.write(note), role_of(note) or "note", " " * indent, indent)
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
