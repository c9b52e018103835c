"""Rows as files have them: tabs, ampersands, semicolons and commas between cells become bars."""

from __future__ import annotations


def barred(lines: list[str]) -> list[str]:
    r"""The lines, with bars for the tabs of every run of rows that have equally many cells.

    >>> barred(["layer\tweights\tsum", "fc1\t20\t25", "fc2\t30\t33", "fc3: 3*4 = 12"])
    ['|layer|weights|sum|', '|fc1|20|25|', '|fc2|30|33|', 'fc3: 3*4 = 12']
    """
    out = [_separated(line) for line in lines]
    start = 0
    while start < len(lines):
        tabs = lines[start].count("\t")
        end = start
        while end < len(lines) and lines[end].count("\t") == tabs:
            end += 1
        rows = lines[start:end]
        if tabs >= 2 and len(rows) >= 3 and not any("=" in row or "|" in row for row in rows) and rows[0].strip():
            if not any(character.isdigit() for character in rows[0]):
                out[start:end] = ["|" + row.replace("\t", "|") + "|" for row in rows]
        start = max(end, start + 1)
    return out


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
            if len(cells) > 1 and not any(cell.startswith(("lt;", "gt;", "amp;", "times;", "nbsp;")) for cell in cells):
                return "|" + "|".join(cells) + "|"
    for sign in (";", ","):
        cells = line.split(sign)
        if len(cells) >= 3 and "|" not in line and "=" not in line and _is_row(cells, sign):
            return "|" + "|".join(_cells(cells, sign)) + "|"
    return line


def _is_row(cells: list[str], sign: str) -> bool:
    """Whether cells are a label, an expression and its value: ``fc1;64*500 + 500;32,500``."""
    last = cells[-1].strip()
    worked = [cell for cell in cells[1:-1] if any(c in cell for c in "*×·") and any(c.isdigit() for c in cell)]
    named = cells[0].strip()[:1].isalpha() and not any(c in cells[0] for c in "*×=:")
    return len(worked) == 1 and named and last.replace(",", "").replace(".", "").replace(" ", "").isdigit()


def _cells(cells: list[str], sign: str) -> list[str]:
    """The cells; a value whose thousands a comma cut is joined again."""
    if sign == ";":
        return cells
    place = next(i for i, cell in enumerate(cells) if any(c in cell for c in "*×·"))
    return [*cells[: place + 1], ",".join(cells[place + 1 :])]
