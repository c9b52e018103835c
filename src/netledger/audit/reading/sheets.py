"""Rows copied from a spreadsheet: tabs between the cells, empty cells included."""

from __future__ import annotations


def barred(lines: list[str]) -> list[str]:
    r"""The lines, with bars for the tabs of every run of rows that have equally many cells.

    >>> barred(["layer\tweights\tsum", "fc1\t20\t25", "fc2\t30\t33", "fc3: 3*4 = 12"])
    ['|layer|weights|sum|', '|fc1|20|25|', '|fc2|30|33|', 'fc3: 3*4 = 12']
    """
    out = list(lines)
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
