"""Where an amount of memory stands: its phrase or its cell, what stands above and beside it, and the lines before."""

from __future__ import annotations

from netledger.audit.memory.mentions import tokens_of
from netledger.audit.reading.sentences import ENDS
from netledger.audit.words import AND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from netledger.audit.reading.tokens import Token

BAR = "|"
GAP = "  "
"""What separates the cells of a row that has no bars."""
MOST_ABOVE = 60
"""Lines above that are looked at."""
STOPS = ("comma", "semi", "stop", "bar")
"""Kinds of tokens that end what is said of a number behind it."""


class Place:
    """Around one number: the tokens before it in its phrase (``head``; ``outer`` with what brackets close there) and
    behind it (``tail``), those of the cells above (``column``) and at the left (``row``, with its own head
    ``corner``), and the texts ``above``, the nearest first.
    """

    __slots__ = ("above", "column", "corner", "head", "is_cell", "outer", "row", "tail")

    def __init__(self) -> None:
        self.head: list[Token] = []
        self.outer: list[Token] = []
        self.tail: list[Token] = []
        self.column: list[Token] = []
        self.row: list[Token] = []
        self.corner: list[Token] = []
        self.above: list[str] = []
        self.is_cell = False


def place_in(lines: Mapping[int, str], line_no: int, start: int, end: int) -> Place:
    """Where the number from ``start`` to ``end`` of a line stands."""
    place = Place()
    line = lines.get(line_no, "")
    if BAR in line:
        _in_table(place, lines, line_no, start)
    else:
        begin = max([line.rfind(sign, 0, start) + len(sign) for sign in ENDS if sign in line[:start]], default=0)
        stop = min([line.find(sign, end) + 1 for sign in ENDS if sign in line[end:]], default=len(line))
        place.outer = _since_last_amount(tokens_of(line[begin:start]))
        place.head = without_brackets(place.outer)
        place.tail = _told_behind(tokens_of(line[end:stop]))
        place.above = [line[:begin]] if begin else []
        first = line_no
    if place.is_cell:
        first = _first_row(lines, line_no)
    for above in range(first - 1, max(0, first - MOST_ABOVE), -1):
        text = lines.get(above, "")
        if text.strip() and (BAR not in text or place.is_cell):
            place.above.append(text)
    return place


def is_amount(token: Token) -> bool:
    """Whether a token is an amount of memory, and no width of a value."""
    return token.kind == "num" and token.unit == "bytes" and (token.suffix > 1 or token.value > MOST_OF_A_VALUE)


MOST_OF_A_VALUE = 8
"""Bytes of the widest value."""


def cells_of(line: str) -> list[tuple[int, str]]:
    """The cells of a row between bars, with the place where each begins.

    >>> cells_of("| 8B | 1 GB |")
    [(1, ' 8B '), (6, ' 1 GB ')]
    """
    found, start = [], 0
    for piece in line.split(BAR):
        found.append((start, piece))
        start += len(piece) + 1
    if found and not found[0][1].strip():
        found.pop(0)
    if found and not found[-1][1].strip():
        found.pop()
    return found


def _in_table(place: Place, lines: Mapping[int, str], line_no: int, start: int) -> None:
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
    while first > 1 and (BAR in lines.get(first - 1, "") or _is_rule(lines.get(first - 1, ""))):
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
