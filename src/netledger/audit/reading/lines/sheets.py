"""Rows as files have them: tabs, ampersands, semicolons, commas and cells of HTML become cells between bars."""

from __future__ import annotations

from netledger.audit.words import TIMES_LETTERS

SEPARATORS = "\t;,"
"""Between the cells of a file of values, most telling first."""
_WORKED = "*×·"
_SIGNS = (*_WORKED, "+", "＊", "＋", "\\cdot", "\\times", *TIMES_LETTERS)
LEAST_ROWS = 3
"""Rows of which one column is all numbers make a sheet, whatever the other columns say."""


def barred(lines: list[str]) -> list[str]:
    r"""The lines, with bars between the cells of every row.

    >>> barred(["layer\tweights\tsum", "fc1\t20\t25", "fc2\t30\t33", "fc3: 3*4 = 12"])
    ['|layer|weights|sum|', '|fc1|20|25|', '|fc2|30|33|', 'fc3: 3*4 = 12']
    >>> barred(["layer,formula,params", 'fc1,"20*5 + 5","1,105"'])
    ['|layer|formula|params|', '|fc1|20*5 + 5|1,105|']
    """
    out = [_separated(line) for line in lines]
    for sign in SEPARATORS:
        for start, end in _sheets(lines, sign):
            out[start:end] = ["|" + "|".join(_fields(row, sign)) + "|" for row in lines[start:end]]
    return out


def _sheets(lines: list[str], sign: str) -> list[tuple[int, int]]:
    """Runs of rows with equally many cells, below a row of words."""
    found = []
    start = 0
    counts = [len(_fields(line, sign)) if sign in line else 1 for line in lines]
    while start < len(lines):
        end = start + 1
        while end < len(lines) and counts[end] == counts[start]:
            end += 1
        if counts[start] >= (2 if sign == ";" else 3) and end - start >= 2:
            if _is_sheet(lines[start:end], sign):
                found.append((start, end))
        start = end
    return found


def _is_sheet(rows: list[str], sign: str) -> bool:
    """Whether rows are a table: a header without figures, names at the left, nothing but values right of them."""
    if any("|" in row or _equates(row, sign) or (":" in row and sign != "\t") for row in rows):
        return False
    head = [field.strip() for field in _fields(rows[0], sign)]
    if any(c.isdigit() for c in rows[0]) or sum(map(bool, head)) < 2 or any(len(field) > 40 for field in head):
        return False
    if sign == "\t":
        return len(rows) >= 3 or any(c in rows[1] for c in _WORKED)
    if all(_is_value(field) for row in rows[1:] for field in _fields(row, sign)[1:]):
        return True
    columns = list(zip(*[_fields(row, sign) for row in rows[1:]], strict=True))[1:]
    return len(rows) > LEAST_ROWS and any(all(field.strip().isdigit() for field in column) for column in columns)


def _equates(row: str, sign: str) -> bool:
    """Whether a row is more than cells of which one holds an equation; ``TOTAL (=SUM)`` between tabs has none."""
    equal = [field for field in _fields(row, sign) if "=" in field]
    if len(equal) == 1 and row.count(sign) >= LEAST_SEPARATORS and _is_worked_out(equal[0]):
        return False
    return "=" in row and (sign != "\t" or any(row[i + 1 :].lstrip()[:1].isdigit() for i in _places(row, "=")))


LEAST_SEPARATORS = 3
"""Between the cells of a row of which one may hold an equation."""


def _is_worked_out(field: str) -> bool:
    """``(3*3*1 + 1)*8 = 80``: what a cell works out, with nothing behind the number."""
    worked, _, result = field.partition("=")
    figures = "".join(result.split())
    return any(sign in worked for sign in _SIGNS) and figures.replace(".", "").replace(",", "").isdigit()


def _places(row: str, sign: str) -> list[int]:
    return [i for i, character in enumerate(row) if character == sign]


def _is_value(field: str) -> bool:
    """Whether a field holds figures: a number, a shape, a formula, or nothing."""
    bare = field.strip().strip('"')
    return not bare or bare in ("-", "–", "—") or (any(c.isdigit() for c in bare) and len(bare.split()) <= 12)


def _fields(row: str, sign: str) -> list[str]:
    """The fields of a row; quoted ones keep their separators."""
    if '"' not in row:
        return row.rstrip("\r").split(sign)
    fields: list[str] = []
    current: list[str] = []
    quoted = False
    for character in row.rstrip("\r"):
        if character == '"':
            quoted = not quoted
        elif character == sign and not quoted:
            fields.append("".join(current))
            current = []
        else:
            current.append(character)
    return [*fields, "".join(current)]


def _separated(line: str) -> str:
    r"""A LaTeX or CSV row with bars between its cells; any other line as it is.

    >>> _separated(r"fc8 & $4096 \times 1000 + 1000$ & 4{,}097{,}000 \\ \hline").strip("| ")
    'fc8 | $4096 \\times 1000 + 1000$ | 4{,}097{,}000'
    >>> _separated("fc1;64*500 + 500;32,500"), _separated("a = 3; b = 4")
    ('|fc1|64*500 + 500|32,500|', 'a = 3; b = 4')
    """
    if "&" in line and "|" not in line:
        bare = line.rstrip()
        for ending in ("\\hline", "\\midrule", "\\bottomrule", "\\toprule"):
            bare = bare.removesuffix(ending).rstrip()
        if bare.endswith("\\\\") or " & " in bare:
            cells = bare.removesuffix("\\\\").replace("\\&", " ").split("&")
            if len(cells) > 1 and not any(cell.startswith(_ENTITY) for cell in cells):
                return "|" + "|".join(cells) + "|"
    for sign in (";", ","):
        cells = _fields(line, sign) if sign in line and "|" not in line and "=" not in line else []
        if len(cells) >= 3 and _is_row(cells):
            return "|" + "|".join(_cells(cells, sign)) + "|"
    return line


_ENTITY = ("lt;", "gt;", "amp;", "times;", "nbsp;", "#")


def _is_row(cells: list[str]) -> bool:
    """Whether cells are a label, an expression and its value, no brackets cut in two: ``fc1;64*500 + 500;32,500``."""
    if any(cell.count("(") != cell.count(")") for cell in cells):
        return False
    last = cells[-1].strip()
    worked = [cell for cell in cells[1:-1] if any(c in cell for c in _WORKED) and any(c.isdigit() for c in cell)]
    named = cells[0].strip()[:1].isalpha() and not any(c in cells[0] for c in "*×=:")
    return len(worked) == 1 and named and last.replace(",", "").replace(".", "").replace(" ", "").isdigit()


def _cells(cells: list[str], sign: str) -> list[str]:
    """The cells; a value whose thousands a comma cut is joined again."""
    if sign == ";":
        return cells
    place = next(i for i, cell in enumerate(cells) if any(c in cell for c in _WORKED))
    return [*cells[: place + 1], ",".join(cells[place + 1 :])]
