"""A text → logical lines: cleaned, tokenized, continuation lines joined, headings and table headers found.

A line that cannot be read keeps the reason; it is reported, never skipped in silence and never guessed.
"""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.reading.characters.cleaning import clean
from netledger.audit.reading.characters.doubled import without_doubles
from netledger.audit.reading.characters.ocr import misread, repair
from netledger.audit.reading.characters.places import place
from netledger.audit.reading.expressions.brackets import pairs_of
from netledger.audit.reading.lines.consoles import answered, without_writers
from netledger.audit.reading.lines.continuing import MOST_TOKENS, goes_on
from netledger.audit.reading.lines.prefixes import without_prefix
from netledger.audit.reading.tokens.phrases import drop_dates, settle
from netledger.audit.reading.tokens.separators import settle_commas, settle_points
from netledger.audit.reading.tokens.tokenizing import Token, tokenize
from netledger.audit.reading.tokens.words import is_total, quantity_of
from netledger.audit.words import NOTHING
from netledger.errors import LimitError
from netledger.limits import CALCULATION_BYTES, CALCULATION_LINES, CALCULATION_NUMBERS, EXPRESSION_CHARACTERS, NESTING

_RULE = frozenset("-=_+|: *·.─━")


class Line:
    """One logical line: its tokens, the number of the text line it begins on, what it was, why it is unread.

    ``role`` is ``text heading header remark rule blank unread``; ``cells`` are token lists split at bars and wide gaps;
    ``columns`` the (start, end) of each; ``barred`` whether bars made them; ``titled`` whether it begins as a heading
    or a comment does.
    """

    __slots__ = ("line_no", "text", "tokens", "role", "why", "cells", "barred", "indent", "dropped", "titled")

    def __init__(self, line_no: int, text: str, tokens: list[Token], role: str = "text", why: str = "") -> None:
        self.line_no, self.text, self.tokens, self.role, self.why = line_no, text, tokens, role, why
        self.cells: list[list[Token]] = []
        self.barred = self.titled = False
        self.indent = 0
        self.dropped: list[tuple[Token, str]] = []


_NUMBERS_ONLY = {code: " " for code in range(0x80) if not chr(code).isdigit()}


def check_size(text: str) -> None:
    """``LimitError`` where a text is longer than anybody's calculation."""
    if len(text) > CALCULATION_BYTES:
        raise LimitError(f"a calculation of {len(text):,} characters; at most {CALCULATION_BYTES:,} are read")
    if text.count("\n") >= CALCULATION_LINES:
        raise LimitError(f"a calculation of {text.count(chr(10)) + 1:,} lines; at most {CALCULATION_LINES:,} are read")
    if (numbers := len(text.translate(_NUMBERS_ONLY).split())) > CALCULATION_NUMBERS:
        raise LimitError(f"a calculation of {numbers:,} numbers; at most {CALCULATION_NUMBERS:,} are read")


def read_lines(text: str) -> list[Line]:
    """The logical lines of a text; a ``LimitError`` where it is longer than anybody's calculation."""
    check_size(text)
    lines: list[Line] = []
    rows = text.replace("\r\n", "\n").split("\n")
    objects = '": ' in text or ': "' in text
    if objects:
        from netledger.audit.reading.characters.objects import counts_by_name, spoken

        rows = [spoken(row) for row in rows]
    rows = without_doubles(without_writers(answered(rows)))
    names = misread(rows)
    row: Line | None = None
    starred = sum(raw.lstrip(QUOTE).startswith("* ") for raw in rows) >= LEAST_STARRED
    named = counts_by_name(rows) if objects else rows
    for line_no, (raw, told) in enumerate(zip(rows, _uncommented(_with_bars(named)), strict=True), 1):
        line = _read(
            raw, told.replace("* ", "- ", 1) if starred and raw.lstrip(QUOTE).startswith("* ") else told, line_no, names
        )
        if row is not None and line.role != "unread":
            row.tokens.extend(line.tokens)  # a row of HTML with a line for each cell
            row = None if "</tr" in raw.lower() or len(row.tokens) > MOST_TOKENS else row
            continue
        if "<tr" in raw.lower() and "</tr" not in raw.lower() and line.role == "text":
            row = line
        if not goes_on(lines, line):
            lines.append(line)
    settle_points(lines)
    settle_commas(lines)
    for line in lines:
        if line.role == "text":
            _split(line)
            _classify(line)
    if any(line.barred for line in lines):
        from netledger.audit.reading.lines.columns import name_columns

        name_columns(lines)
    return lines


def _with_bars(rows: list[str]) -> list[str]:
    """The lines, with bars between the cells of rows as files have them."""
    if not any(sign in row for row in rows for sign in IN_SHEETS):
        return rows
    from netledger.audit.reading.lines.sheets import barred

    return barred(rows)


IN_SHEETS = "&\t;,"
"""Signs between the cells of such rows."""


def _uncommented(rows: list[str]) -> list[str]:
    """The lines without the ``#`` of comments: headings do not stand one below the other."""
    bare = [row.lstrip(QUOTE) for row in rows]
    marked = [row.startswith("#") and row[1:2] in ("", " ") for row in bare]
    beside = [before or after for before, after in zip([False, *marked], [*marked[1:], False], strict=False)]
    return [
        row.replace("#", " ", 1) if own and other else row for row, own, other in zip(rows, marked, beside, strict=True)
    ]


MOST_LISTED = 1500
"""Numbers and commas of a line that has nothing else."""
LISTED = frozenset(("num", "comma", "semi", "stop", "gap"))
"""Kinds of tokens of a list."""
QUOTE = " \t>"
"""What stands before a line that is quoted in an answer."""
FENCE = "```"
"""What stands above and below a block of code in Markdown."""
LEAST_STARRED = 3
"""Lines of a text that must begin with a star before the star is a bullet, whatever follows it."""


def _read(raw: str, told: str, line_no: int, names: frozenset[str]) -> Line:
    """One line of the text; ``told`` is the line with bars between its cells, ``names`` misread words."""
    stripped = raw.strip()
    if not stripped:
        return Line(line_no, raw, [], "blank")
    if len(stripped) >= 2 and not set(stripped) - _RULE:
        return Line(line_no, raw, [], "rule")
    if stripped.lstrip(QUOTE).startswith(FENCE) and not any(character.isdecimal() for character in stripped):
        return Line(line_no, raw, [], "remark")  # what heads a block of code heads what is in it
    if len(raw) > EXPRESSION_CHARACTERS:
        return Line(
            line_no, raw, [], "unread", f"a line of {len(raw):,} characters; at most {EXPRESSION_CHARACTERS:,} are read"
        )
    if _depth(raw) > NESTING:
        return Line(line_no, raw, [], "unread", f"brackets nested deeper than {NESTING}")
    cleaned = clean(told)
    text, heading = without_prefix(repair(cleaned, names))
    try:
        tokens = tokenize(text, line_no)
    except LimitError as error:
        return Line(line_no, raw, [], "unread", error.why)
    if len(tokens) > MOST_LISTED and all(token.kind in LISTED for token in tokens):
        numbers = sum(token.kind == "num" for token in tokens)
        return Line(line_no, raw, [], "unread", f"a list of {numbers:,} numbers, and no word or sign between them")
    place(tokens, raw, cleaned)
    dropped = drop_dates(tokens)
    kept = settle(list(tokens))
    here = {id(token) for token in kept}
    dropped += [(token, "a setting") for token in tokens if token.kind == "num" and id(token) not in here]
    line = Line(line_no, text, kept, "heading" if heading else "text")
    line.dropped, line.titled = dropped, heading
    line.indent = len(raw) - len(raw.lstrip())
    if (
        heading
        and any(t.kind == "num" for t in tokens)
        and (_ends_in_count(tokens) or any(map(_speaks_of_counts, tokens)) or (line.indent and _gives_counts(tokens)))
    ):
        line.role = "text"
    return line


def _speaks_of_counts(token: Token) -> bool:
    return token.kind in ("op", "rel") or is_total(token.text) or quantity_of(token.text) == "params"


def _ends_in_count(tokens: list[Token]) -> bool:
    """``# block: 6,664,192``, ``# 11408``: a comment that gives a number no heading has."""
    alone = len(tokens) == 1 or (len(tokens) > 1 and tokens[-2].kind == "colon")
    if not alone or tokens[-1].kind != "num":
        return False
    return isinstance(tokens[-1].value, int) and tokens[-1].value >= LEAST_OF_COMMENT


def _gives_counts(tokens: list[Token]) -> bool:
    """``    # one block 788,992, six blocks 4,733,952``: names with large numbers, in a comment among code."""
    large = [i for i, t in enumerate(tokens) if t.kind == "num" and t.value >= LEAST_OF_COMMENT and "," in t.text]
    return bool(large) and all(i and tokens[i - 1].kind == "name" for i in large)


LEAST_OF_COMMENT = 10_000
"""A smaller number behind a colon in a heading is a year, a chapter or a size."""


def _depth(raw: str) -> int:
    if raw.count("(") + raw.count("[") + raw.count("（") <= NESTING:
        return 0
    depth = deepest = 0
    for character in raw:
        if character in "([（":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]）":
            depth -= 1
    return deepest


# ---------------------------------------------------------------------- cells


def _split(line: Line) -> None:
    """Cut at bars and at gaps that separate columns."""
    tokens = [token for token in line.tokens if not (token.kind == "stop" and token is line.tokens[-1])]
    pairs = pairs_of(tokens)
    line.barred = sum(token.kind == "bar" for token in tokens) >= 1
    cells: list[list[Token]] = [[]]
    i, inside_until = 0, -1
    while i < len(tokens):
        token = tokens[i]
        if token.kind == "open" and i in pairs:
            inside_until = max(inside_until, pairs[i])
        if token.kind == "bar" and (i > inside_until or line.barred):
            cells.append([])
        elif token.kind == "gap":
            if not line.barred and _separates(tokens, i, pairs) and (i > inside_until or not _tight(tokens, i, pairs)):
                cells.append([])
        elif not (token.kind == "op" and token.text == "-" and _is_dash(tokens, i)):
            cells[-1].append(token)
        i += 1
    line.cells = cells if line.barred else _labelled([cell for cell in cells if cell])
    if line.barred:
        if line.cells and not line.cells[0]:
            line.cells.pop(0)
        while line.cells and not line.cells[-1]:
            line.cells.pop()


def _labelled(cells: list[list[Token]]) -> list[list[Token]]:
    """Cells of which one that ends in a colon stands before its value: ``down_proj   (18944 x 3584):   180,224``."""
    joined: list[list[Token]] = []
    for cell in cells:
        before = joined[-1] if joined else []
        named = bool(before) and before[-1].kind == "name" and cell[0].kind == "open"
        close = pairs_of(cell).get(0, len(cell)) + 1 if named else len(cell)
        sizes = close < len(cell) and cell[close].kind == "colon"
        if sizes or [token.kind for token in before[-2:]] == ["close", "colon"]:
            joined[-1] = [*before, *cell]
        else:
            joined.append(cell)
    return joined


def _tight(tokens: list[Token], i: int, pairs: dict[int, int]) -> bool:
    """Whether the bracket around a gap holds arithmetic (so that the gap is only spacing)."""
    for start, close in pairs.items():
        if start < i < close:
            inner = tokens[start + 1 : close]
            return not any(token.kind == "open" for token in inner[:3]) or any(token.kind == "op" for token in inner)
    return False


def _is_dash(tokens: list[Token], i: int) -> bool:
    """Whether a minus sign stands alone in a column or is part of a rule."""
    before = tokens[i - 1].kind if i else "gap"
    after = tokens[i + 1].kind if i + 1 < len(tokens) else "gap"
    if before in ("gap", "bar", "colon") and after in ("gap", "bar"):
        return True
    if before == "num" and after == "name" and tokens[i].spaced and tokens[i + 1].spaced:
        words = [token for token in tokens[i + 1 : i + 3] if token.kind == "name" and len(token.text) > 1]
        return len(words) > 1 and not any(token.kind in ("op", "rel", "num") for token in tokens[i + 1 :])
    return i == 0 and after in ("name", "open", "gap") and (i + 1 >= len(tokens) or tokens[i + 1].spaced)


LEAST_COLUMNS = 3
"""Wide gaps of a row that are columns; in a line with fewer a formula may hold one."""


def _separates(tokens: list[Token], i: int, pairs: dict[int, int]) -> bool:
    before = tokens[i - 1] if i else None
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    if before is None or after is None:
        return False
    for side in (before, after):
        if side.kind in ("rel", "colon", "comma", "semi") or (
            side.kind == "op" and not (side.text == "-" and side.spaced)
        ):
            return False
    if after.kind == "op" or before.kind == "open":
        return False
    if after.kind == "open" and (i + 1) in pairs:
        inner = tokens[i + 2 : pairs[i + 1]]
        close = pairs[i + 1]
        following = tokens[close + 1] if close + 1 < len(tokens) else None
        if not any(token.kind in ("num", "comma") for token in inner):
            return False
        several = sum(token.kind == "gap" for token in tokens) >= LEAST_COLUMNS
        if following is not None and following.kind == "op" and before.kind in ("num", "close") and not several:
            return False
    return True


def _classify(line: Line) -> None:
    """A line without numbers is a heading, or the header of a table where it has several cells."""
    if any(token.kind in ("num",) for token in line.tokens):
        return
    words = [cell for cell in line.cells if any(token.kind == "name" for token in cell)]
    if len(words) >= 2 and not any(token.kind == "op" and token.text != "/" for token in line.tokens):
        known = [quantity_of(t.text) for cell in words for t in cell if t.kind in ("name",)]
        if any(known) or any(is_total(t.text) for cell in words for t in cell):
            line.role = "header"
            return
    if not any(token.kind in ("rel", "op") for token in line.tokens):
        line.role = "remark" if _says_none(line.tokens) else "heading"


def _says_none(tokens: list[Token]) -> bool:
    """``Pooling: no parameters`` heads nothing."""
    return any(sign.kind == "colon" and after.text.lower() in NOTHING for sign, after in pairwise(tokens))
