"""Where an amount of memory stands: its phrase or its cell, what stands above and beside it, and the lines before."""

from __future__ import annotations

from netledger.audit.memory.mentions import tokens_of
from netledger.audit.reading.lines.sentences import bounds
from netledger.audit.words import AND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from netledger.audit.reading.tokens.tokenizing import Token

BAR, TAB, GAP = "|", "\t", "  "
"""What separates the cells of a row."""
MOST_ABOVE = 60
"""Lines above that are looked at."""
MOST_ROWS = 200
"""Rows above that belong to one table."""
STOPS = ("comma", "semi", "stop", "bar")
"""Kinds of tokens that end what is said of a number behind it."""


class Around:
    """Around one number: the tokens before it in its phrase (``head``; ``outer`` with what brackets close there) and
    behind it (``tail``), those of the cells above (``column``) and at the left (``row``; above that one ``corner``),
    the words of its sentence (``said``) and all that stands ``before`` it there, and the texts ``above``, the nearest
    first.
    """

    __slots__ = ("above", "before", "column", "corner", "head", "is_cell", "outer", "row", "said", "tail")

    def __init__(self) -> None:
        self.head: list[Token] = []
        self.outer: list[Token] = []
        self.tail: list[Token] = []
        self.before: list[Token] = []
        self.column: list[Token] = []
        self.row: list[Token] = []
        self.corner: list[Token] = []
        self.above: list[str] = []
        self.said: list[str] = []
        self.is_cell = False


def place_in(lines: Mapping[int, str], line_no: int, start: int, end: int) -> Around:
    """Where the number from ``start`` to ``end`` of a line stands."""
    place = Around()
    line = lines.get(line_no, "")
    first = line_no
    if _separator(line) and (
        BAR in line or _first_row(lines, line_no) < line_no or _separator(lines.get(line_no + 1, ""))
    ):
        _in_table(place, lines, line_no, start)
        first = _first_row(lines, line_no)
    else:
        begin, stop = bounds(line, start, end)
        place.outer = _since_last_amount(tokens_of(line[begin:start]))
        place.head = without_brackets(place.outer)
        place.tail = _told_behind(tokens_of(line[end:stop]))
        place.said = [word.strip(",.:;()").lower() for word in line[begin:stop].split()]
        place.before = tokens_of(line[begin:start])
        place.above = [line[:start]] if line[:start].strip() else []
    for above in range(first - 1, max(0, first - MOST_ABOVE), -1):
        text = lines.get(above, "")
        if text.strip() and (place.is_cell or BAR not in text):
            place.above.append(text)
    return place


def is_amount(token: Token) -> bool:
    """Whether a token is an amount of memory, and no width of a value."""
    return token.kind == "num" and token.unit == "bytes" and (token.suffix > 1 or token.value > MOST_OF_A_VALUE)


MOST_OF_A_VALUE = 8
"""Bytes of the widest value."""


def _separator(line: str) -> str:
    """What separates the cells of a line; "" where it has but one."""
    return next((sign for sign in (BAR, TAB, GAP) if sign in line.strip()), "")


def cells_of(line: str) -> list[tuple[int, str]]:
    """The cells of a row, with the place where each begins.

    >>> cells_of("| 8B | 1 GB |"), cells_of("4096   2 GB")
    ([(1, ' 8B '), (6, ' 1 GB ')], [(0, '4096'), (7, '2 GB')])
    """
    sign = _separator(line)
    if not sign:
        return [(0, line)]
    found, start = [], 0
    for piece in line.split(sign):
        found.append((start, piece))
        start += len(piece) + len(sign)
    if sign == GAP:
        return [(begin + len(cell) - len(cell.lstrip()), cell.strip()) for begin, cell in found if cell.strip()]
    if found and not found[0][1].strip():
        found.pop(0)
    if found and not found[-1][1].strip():
        found.pop()
    return found


def _in_table(place: Around, lines: Mapping[int, str], line_no: int, start: int) -> None:
    cells = cells_of(lines[line_no])
    index = max([i for i, (begin, _) in enumerate(cells) if begin <= start], default=0)
    begin, cell = cells[index]
    place.is_cell = True
    place.outer = place.head = tokens_of(cell[: start - begin])
    place.tail = tokens_of(cell[start - begin :])[1:]
    if index:
        place.row = tokens_of(cells[0][1])
    first = _first_row(lines, line_no)
    header = cells_of(lines[first]) if first < line_no else []
    if len(header) == len(cells) and not any(is_amount(token) for _, text in header for token in tokens_of(text)):
        place.column = tokens_of(header[index][1])
        place.corner = tokens_of(header[0][1])


def _first_row(lines: Mapping[int, str], line_no: int) -> int:
    """The first line of the table that a line is in."""
    first = line_no
    sign = _separator(lines[line_no])
    least = max(1, line_no - MOST_ROWS)
    while first > least and (_separator(lines.get(first - 1, "")) == sign or _is_rule(lines.get(first - 1, ""))):
        first -= 1
    while first < line_no and _is_rule(lines.get(first, "")):
        first += 1
    return first


def _is_rule(line: str) -> bool:
    return bool(line.strip()) and not set(line) - set("-=+:| ")


def _since_last_amount(tokens: list[Token]) -> list[Token]:
    """The tokens behind the amount before, and what is said of that one."""
    for i in range(len(tokens) - 1, -1, -1):
        after = tokens[i + 1] if i + 1 < len(tokens) else None
        if is_amount(tokens[i]) and after is not None and after.kind not in ("rel", "open", "op"):
            said = next((j for j in range(i + 1, len(tokens)) if _ends(tokens[j])), i)
            return tokens[said + 1 :]
    return tokens


def _ends(token: Token) -> bool:
    return token.kind in STOPS or (token.kind == "name" and token.text.lower() in AND)


def _told_behind(tokens: list[Token]) -> list[Token]:
    """What is said of a number behind it: nothing where the next number follows without a sign between them."""
    found: list[Token] = []
    for token in tokens:
        if _ends(token):
            return found
        if is_amount(token) or token.text in ("=", "→", "≈"):
            return []
        found.append(token)
    return found


def without_brackets(tokens: list[Token]) -> list[Token]:
    """The tokens without what stands in brackets that are closed."""
    found: list[Token] = []
    opened: list[int] = []
    for token in tokens:
        if token.kind == "open":
            opened.append(len(found))
        elif token.kind == "close" and opened:
            del found[opened.pop() :]
            continue
        found.append(token)
    return found
