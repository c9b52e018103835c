r"""A table in LaTeX: a ``tabular`` that fits one column of a two-column class, or a ``longtable`` for an appendix.

Columns that do not fit are left out from the highest priority down, and a comment names them. Widths are those of
Computer Modern at 8 pt (``\footnotesize`` of a 10 pt class).
"""

from __future__ import annotations

from netledger.documents.model import Code
from netledger.renderers.latex.letters import named, runs
from netledger.renderers.values import Writer
from netledger.unknown import Count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from netledger.documents.model import Column, Row, Table, Value

COLUMN_POINTS = 229.5
"""``\\columnwidth`` of the article class, two columns, on letter paper (IEEEtran has 252)."""
PAGE_POINTS = 345.0
"""``\\textwidth`` of the article class in one column."""
GAP_POINTS = 6.0
"""Two times ``\\tabcolsep``, as it is set here."""
NARROWEST_POINTS = 60.0
"""Text is set in lines no narrower than this."""
SMALL = 7 / 8
"""``\\scriptsize`` against ``\\footnotesize``."""
_BROKEN = ("text", "verdict")
"""Kinds of columns that may be set in lines."""
_CHARACTER = 4.35
_WIDE = {"·": 6.1, "×": 10.4, "+": 6.6, "−": 6.6, "m": 6.9, "w": 6.0, "M": 7.6, "W": 8.4, "%": 6.9, "→": 8.5, "≥": 6.7}
_NARROW = dict.fromkeys("ilj.,:;'|()[]!", 2.9)


CENTRED = r"\setlength{\LTleft}{0pt plus 1fill minus 1fill}\setlength{\LTright}{\LTleft}"
"""A ``longtable`` that is wider than its page's text stands out on both sides alike."""


class TableStyle:
    """How tables are to be written: ``longtable``, every column kept; ``siunitx``, numbers in its columns."""

    def __init__(self, longtable: bool = False, siunitx: bool = False) -> None:
        self.longtable = longtable
        self.siunitx = siunitx

    @property
    def packages(self) -> str:
        """What the preamble needs."""
        names = ["booktabs"]
        names += ["longtable"] if self.longtable else []
        names += ["siunitx"] if self.siunitx else []
        return ",".join(names)


def fitting(block: Table, points: float = COLUMN_POINTS) -> list[int]:
    """The places of the columns that fit into so many points; those of priority 0 stay, whatever they take."""
    plain = Writer()
    widths = [_width(block, place, plain) for place in range(len(block.columns))]
    kept = list(range(len(block.columns)))
    while sum(widths[place] for place in kept) + GAP_POINTS * (len(kept) - 1) > points:
        droppable = [place for place in kept if block.columns[place].priority]
        if not droppable:
            break
        kept.remove(max(droppable, key=lambda place: (block.columns[place].priority, place)))
    return kept


def _broken(block: Table, kept: Sequence[int], points: float = COLUMN_POINTS) -> dict[int, float]:
    """The columns of text that are set in several lines because the table would not fit, with the width of each."""
    plain = Writer()
    widths = {place: _width(block, place, plain) for place in kept}
    over = sum(widths.values()) + GAP_POINTS * (len(kept) - 1) - points
    texts = [place for place in kept[1:] if block.columns[place].wrap and block.columns[place].kind in _BROKEN]
    if over <= 0 or not texts:
        return {}
    room = sum(widths[place] for place in texts) - over
    for place in sorted(texts, key=widths.__getitem__):  # what is narrow keeps its width, the rest share
        share = room / len(texts)
        if widths[place] > share:
            break
        room -= widths[place]
        texts.remove(place)
    return dict.fromkeys(texts, share) if share >= NARROWEST_POINTS else {}


def _whole_width(block: Table, kept: Sequence[int]) -> float:
    plain = Writer()
    return sum(_width(block, place, plain) for place in kept) + GAP_POINTS * (len(kept) - 1)


def _width(block: Table, place: int, plain: Writer) -> float:
    widths = [_points(block.columns[place].title)]
    for row in (*block.rows, *block.footer):
        cell = row.cells[place]
        around = "  " * row.level + (f" × {row.repeat}" if row.repeat != 1 else "") if place == 0 else ""
        code = isinstance(cell, Code) or (block.columns[place].kind == "name" and cell is not None)
        widths.append(_points(plain.write(cell), code) + _points(around))
    return max(widths)


def _points(text: str, typewriter: bool = False) -> float:
    """What letters are named by counts where the document's font may not have them: the table fits in both cases."""
    letters = [letter for run in runs(text) for letter in named(run) or run]
    if typewriter:
        return _CHARACTER * len(letters)
    return sum([_WIDE.get(letter) or _NARROW.get(letter) or _CHARACTER for letter in letters])


def table(block: Table, writer: Writer, style: TableStyle) -> str:
    """The table with everything it needs around it."""
    kept = list(range(len(block.columns))) if style.longtable else fitting(block)
    columns = [block.columns[place] for place in kept]
    left = [block.columns[place].title for place in range(len(block.columns)) if place not in kept]
    numbers = [style.siunitx and _all_whole(block, place) for place in kept]
    head = " & ".join([_title(column, number, writer) for column, number in zip(columns, numbers, strict=True)])
    points = PAGE_POINTS if style.longtable else COLUMN_POINTS
    broken = _broken(block, kept, points)
    small = not broken and _whole_width(block, kept) > points
    if small:
        broken = {place: width * SMALL for place, width in _broken(block, kept, points / SMALL).items()}
    layout = "".join(
        [
            f"p{{{broken[place]:.0f}pt}}" if place in broken else _alignment(block, place, number)
            for place, number in zip(kept, numbers, strict=True)
        ]
    )
    layout = f"@{{}}{layout}@{{}}"
    lines = (
        [f"% left out to fit one column: {', '.join(left)} (--longtable keeps all, --columns chooses)"] if left else []
    )
    environment = "longtable" if style.longtable else "tabular"
    size = r"\footnotesize\setlength{\tabcolsep}{3pt}"
    if small:
        size = r"\scriptsize\setlength{\tabcolsep}{2pt}" + (CENTRED if style.longtable else "")
    lines.append(rf"{{{size}\begin{{{environment}}}{{{layout}}}")
    if style.longtable:
        caption = [r"\caption{" + writer.string(block.caption) + r"} \\"] if block.caption else []
        lines += [*caption, r"\toprule", head + r" \\", r"\midrule", r"\endhead", r"\bottomrule", r"\endfoot"]
    else:
        lines += [r"\toprule", head + r" \\", r"\midrule"]
    for row in block.rows:
        lines += _row(row, kept, numbers, writer, broken, points)
    if block.footer:
        lines.append(r"\midrule")
        lines += [line for row in block.footer for line in _row(row, kept, numbers, writer, broken, points)]
    if not style.longtable:
        lines.append(r"\bottomrule")
    return "\n".join([*lines, rf"\end{{{environment}}}", "}"])


def _all_whole(block: Table, place: int) -> bool:
    """Whether a column is of whole numbers (and nothing, and what is not known) alone."""
    values = [row.cells[place] for row in (*block.rows, *block.footer)]
    return block.columns[place].kind == "number" and all(
        value is None or isinstance(value, int | Count) or type(value).__name__ == "Unknown" for value in values
    )


def _title(column: Column, number: bool, writer: Writer) -> str:
    return f"{{{writer.string(column.title)}}}" if number else writer.string(column.title)


def _alignment(block: Table, place: int, number: bool) -> str:
    if not number:
        return "r" if block.columns[place].kind == "number" else "l"
    values = [row.cells[place] for row in (*block.rows, *block.footer)]
    digits = max(
        [len(str(value.exact if isinstance(value, Count) else value)) for value in values if value is not None]
    )
    return f"S[table-format={digits}.0,group-separator={{,}},group-minimum-digits=4]"


def _row(
    row: Row, kept: Sequence[int], numbers: Sequence[bool], writer: Writer, broken: Mapping[int, float], room: float
) -> list[str]:
    write: Callable[[Value, bool], str] = lambda value, number: _cell(value, number, writer)  # noqa: E731
    texts = [write(row.cells[place], number) for place, number in zip(kept, numbers, strict=True)]
    texts = [
        rf"{{\raggedright {text}\par}}" if place in broken and text else text
        for place, text in zip(kept, texts, strict=True)
    ]
    repeat = f" $\\times {row.repeat}$" if row.repeat != 1 else ""
    texts[0] = r"\quad " * row.level + texts[0] + repeat
    lines = [" & ".join(texts) + r" \\"]
    for note in row.notes:
        long = _points(writer.write(note)) + 2 * _CHARACTER > room
        layout, aligned = (f"p{{{room:.0f}pt}}", r"\raggedright ") if long else ("l", "")
        lines.append(rf"\multicolumn{{{len(kept)}}}{{@{{}}{layout}@{{}}}}{{{aligned}\quad {writer.write(note)}}} \\")
    return lines


def _cell(value: Value, number: bool, writer: Writer) -> str:
    if not number:
        return writer.write(value)
    return str(value) if isinstance(value, int) else f"{{{writer.write(value)}}}" if value is not None else ""
