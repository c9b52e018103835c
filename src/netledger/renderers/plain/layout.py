"""Columns on paper of fixed width: how wide text is, where it may be broken, which columns fit.

A number is never cut or broken; a formula breaks after an operator, a path after a dot.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.documents.model import Column

GAP = 2
"""Blanks between columns."""
NARROW = 24
"""A column of text that wraps is left out rather than made narrower than this."""


_NARROW = frozenset("–—…·×≥≤─✓✗•→⌊⌋⌈⌉≈")
"""Signs of our own that take one cell; known here, so that most output needs no table of Unicode."""


def width_of(text: str) -> int:
    """Terminal cells that ``text`` takes: two for wide letters, none for marks that combine.

    >>> width_of("conv1"), width_of("卷积")
    (5, 4)
    """
    if text.isascii() or max(text) < "\u0300" or all(c < "\u0300" or c in _NARROW for c in text):
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def pad(text: str, width: int, right: bool = False) -> str:
    """``text`` filled with blanks to ``width`` cells."""
    fill = " " * (width - width_of(text))
    return fill + text if right else text + fill


_BREAK_AFTER = {"formula": " ·*+", "text": " .,/-_–", "name": " .,/-_–", "verdict": " ", "shape": "×x", "number": ""}


def pieces(text: str, kind: str) -> list[str]:
    """``text`` cut where a line may end; what is not cut here stays together.

    >>> pieces("(5·5)·48·256 + 256", "formula")
    ['(5·', '5)·', '48·', '256 ', '+ ', '256']
    """
    stops = _BREAK_AFTER[kind]
    result, start = [], 0
    for i, character in enumerate(text):
        if character in stops and i + 1 < len(text) and text[i + 1] != " " and not _in_number(text, i, kind):
            result.append(text[start : i + 1])
            start = i + 1
    return [*result, text[start:]]


def _in_number(text: str, i: int, kind: str) -> bool:
    """Whether a line end after ``text[i]`` would part ``1,234`` or ``0.5`` or ``5×5``."""
    return kind == "text" and text[i] in ".,-" and text[i - 1 : i].isdigit() and text[i + 1].isdigit()


def wrap(text: str, width: int, kind: str = "text") -> list[str]:
    """``text`` in lines of at most ``width`` cells, broken only where it may be; a word of text is cut at need.

    >>> wrap("(5·5)·48·256 + 256", 12, "formula")
    ['(5·5)·48·256', '+ 256']
    """
    if width_of(text) <= width:
        return [text]
    lines, line = [], ""
    for piece in pieces(text, kind):
        for part in _cut(piece, width) if kind in ("text", "name", "verdict") else (piece,):
            if line and width_of(line) + width_of(part.rstrip()) > width:
                lines.append(line.rstrip())
                line = ""
            line += part
    return [*lines, line.rstrip()]


def _cut(word: str, width: int) -> list[str]:
    """A word that no line can hold, in parts that can be: letters may be parted, the digits of a number not."""
    if width_of(word.rstrip()) <= width or width < 2:
        return [word]
    parts, part = [], ""
    for i, character in enumerate(word):
        if part and not _joined(word, i) and width_of(part + _atom(word, i)) > width:
            parts.append(part)
            part = ""
        part += character
    return [*parts, part]


_DIGITS = frozenset("0123456789,.")


def _atom(word: str, start: int) -> str:
    """What must stay together from ``start`` on: a number, or one character."""
    end = start + 1
    while end < len(word) and _joined(word, end):
        end += 1
    return word[start:end]


def _joined(word: str, i: int) -> bool:
    """Whether ``word[i]`` and the sign before it are of one number; ``1,000`` is one, ``1,1,1`` is a list."""
    if word[i] not in _DIGITS or word[i - 1] not in _DIGITS:
        return False
    if word[i - 1] != ",":
        return True
    group = word[i : i + 4]
    return len(group) >= 3 and group[:3].isdigit() and not group[3:].isdigit()


def least_width(texts: Sequence[str], column: Column) -> int:
    """The narrowest a column may be: its longest unbreakable piece where it wraps, else its longest cell."""
    if not column.wrap:
        return max(map(width_of, texts), default=0)
    natural = max(map(width_of, texts), default=0)
    if column.kind in ("text", "name"):
        return min(natural, NARROW)
    longest = max((width_of(piece.rstrip()) for text in texts for piece in pieces(text, column.kind)), default=0)
    return min(natural, max(longest, 12))


def squeezed_width(texts: Sequence[str], column: Column) -> int:
    """The narrowest a column may be where nothing more can be left out: title and text broken, numbers whole."""
    title, *cells = texts
    natural = max(map(width_of, cells), default=0)
    if column.kind in ("text", "name", "verdict"):
        words = max((width_of(part.rstrip()) for text in cells for part in pieces(text, column.kind)), default=0)
        numbers = max((width_of(part) for text in cells for part in _cut(text, 2)), default=0)
        natural = min(natural, max(numbers, min(words, NARROW)))
    elif column.wrap:
        natural = least_width(cells, column)
    return max(natural, *(width_of(piece.rstrip()) for piece in pieces(title, "verdict")))


def fit(columns: Sequence[Column], texts: Sequence[Sequence[str]], width: int | None) -> dict[int, int]:
    """Which columns are shown, and how wide each is: ``{place: width}``.

    ``texts`` holds the cells of each column, its title first. Columns go from the highest priority down until the
    narrowest form of the others fits ``width``; what is left over is given to the columns that wrap. Columns of
    priority 0 stay even where they do not fit: nothing is cut. Titles, texts that do not wrap otherwise and names,
    which people copy and search for, are broken only where nothing more can be left out.
    """
    natural = [max(map(width_of, set(cells)), default=0) for cells in texts]
    shown = list(range(len(columns)))
    if width is None:
        return {place: natural[place] for place in shown}
    least = [
        whole if column.kind == "name" else least_width(cells, column)
        for cells, column, whole in zip(texts, columns, natural, strict=True)
    ]
    while total_width([least[place] for place in shown]) > width:
        droppable = [place for place in shown if columns[place].priority]
        if not droppable:
            least = [squeezed_width(cells, column) for cells, column in zip(texts, columns, strict=True)]
            break
        shown.remove(max(droppable, key=lambda place: (columns[place].priority, place)))
    widths = {place: least[place] for place in shown}
    spare = width - total_width(list(widths.values()))
    for place in sorted(shown, key=lambda place: natural[place] - least[place]):
        more = min(max(spare, 0), natural[place] - least[place])
        widths[place] += more
        spare -= more
    return widths


def total_width(widths: Sequence[int]) -> int:
    """Cells of a row whose columns are that wide.

    >>> total_width([6, 10])
    18
    """
    return sum(widths) + GAP * (len(widths) - 1) if widths else 0


MARK = "^"
"""A line of these stands under what is meant in the line above it."""


def hanging(lines: Sequence[str], width: int) -> list[tuple[int, str]]:
    """Lines broken at ``width``, each with the place of the line it is of; marks stay under what they mark.

    >>> for _, line in hanging(["2 x conv2: (5*5)*96*256 + 256", "                 ^^ 48"], 19):
    ...     print(line)
    2 x conv2: (5*5)*
        96*256 + 256
        ^^ 48
    """
    result = []
    for place, line in enumerate(lines):
        if line.lstrip().startswith(MARK) and place:
            continue
        hang = min(len(line) - len(line.lstrip()) or 4, width // 2)
        below = lines[place + 1] if place + 1 < len(lines) else ""
        marks = below if below.lstrip().startswith(MARK) else ""
        for start, end in _spans(line, width, hang):
            before = hang if start else 0
            result.append((place, (" " * before + line[start:end]).rstrip()))
            result += [(place + 1, part) for part in _marks(line, marks, (start, end), before, width)]
    return result


def _spans(text: str, width: int, hang: int) -> list[tuple[int, int]]:
    """Where each part of a broken line begins and ends; all but the first are set in by ``hang``."""
    spans, start, at, room = [], 0, 0, width
    for piece in pieces(text, "formula"):
        for part in _cut(piece, width - hang):
            if text[start:at].strip() and width_of(text[start:at]) + width_of(part.rstrip()) > room:
                spans.append((start, at))
                start, room = at, width - hang
            at += len(part)
    return [*spans, (start, at)]


def _marks(line: str, marks: str, span: tuple[int, int], before: int, width: int) -> list[str]:
    """The marks that fall under one part of a line, and behind the last of them what should stand there."""
    if not marks:
        return []
    signs, _, instead = marks.strip().partition(" ")
    first = len(marks) - len(marks.lstrip())
    from_cell, to_cell = width_of(line[: span[0]]), width_of(line[: span[1]])
    start, end = max(first, from_cell), min(first + len(signs), to_cell)
    last = first + len(signs) <= to_cell or span[1] == len(line)
    if start >= end and not (last and from_cell <= first):
        return []
    under = " " * (before + start - from_cell) + MARK * max(end - start, 1)
    if not last or not instead:
        return [under]
    whole = f"{under} {instead}"
    if width_of(whole) <= width:
        return [whole]
    at = max(min(before + start - from_cell, width - width_of(instead)), 0)
    return [under, *[" " * at + part for part in wrap(instead, width - at)]]
