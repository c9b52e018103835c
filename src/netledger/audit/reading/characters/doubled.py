r"""Formulas that stand twice, glued: a page of drawn formulas is copied with what is drawn and what is read aloud.

``a kernel of 5∗55∗5`` is ``a kernel of 5∗5``, and so is ``5∗55 \ast 55∗5`` with the formula's source between them.
"""

from __future__ import annotations

OPERATORS = "*+=/-×·∗−⋅"
SIGNS = frozenset(OPERATORS + "()[].,^_0123456789")
LEAST_DOUBLED = 2
"""Formulas of a text that must stand twice before any is read once; ``2*22*2`` by itself is a product."""
SHORTEST, LONGEST = 3, 160
"""Characters of a formula that is looked for."""


def without_doubles(rows: list[str]) -> list[str]:
    """The rows of a text with each formula once.

    >>> without_doubles(["of 5∗55∗5, maps of 32−5+1=2832−5+1=28", "33 = 3*11"])
    ['of 5∗5, maps of 32−5+1=28', '33 = 3*11']
    >>> without_doubles(["2*22*2 = 88", "112*112*128 values", "56*56*512"])
    ['2*22*2 = 88', '112*112*128 values', '56*56*512']
    """
    if any("\\" in row for row in rows):
        from netledger.audit.reading.characters.sources import without_sources  # most texts have no LaTeX

        rows = without_sources(rows)
    found = {i: places for i, row in enumerate(rows) if (places := _doubles(row))}
    if sum(map(len, found.values())) < LEAST_DOUBLED:
        return rows
    return [_cut(row, found.get(i, [])) for i, row in enumerate(rows)]


def _cut(row: str, places: list[tuple[int, int]]) -> str:
    for start, middle in reversed(places):
        row = row[:start] + row[middle:]
    return row


def _doubles(row: str) -> list[tuple[int, int]]:
    """(start, middle) of what stands twice: from start to middle, and from there once more."""
    places: list[tuple[int, int]] = []
    i, size = 0, len(row)
    while i < size:
        if row[i] not in SIGNS and not _is_letter(row[i]):
            i += 1
            continue
        end = i
        while end < size and (row[end] in SIGNS or _is_letter(row[end])):
            end += 1
        if any(sign in row[i:end] for sign in OPERATORS):
            _search(row, i, end, places)
        i = end
    return places


def _is_plain(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _search(row: str, i: int, end: int, places: list[tuple[int, int]]) -> None:
    """The doubles of one run of a formula's signs, the first first, each as long as it can be."""
    while i < end - 2 * SHORTEST + 1:
        middle = _middle(row, i, end)
        if middle:
            places.append((i, middle))
            i = 2 * middle - i
        else:
            i += 1


def _middle(row: str, start: int, end: int) -> int:
    """Where the second copy of the longest formula begins that stands twice from ``start`` on; 0 where none does.

    Nothing that it could be a piece of stands before or behind: ``112*112*128`` is no ``12*1`` twice.
    """
    if not (row[start].isalnum() or row[start] == "(") or (start and _is_plain(row[start - 1])):
        return 0
    head, found = row[start : start + SHORTEST], 0
    middle = row.find(head, start + SHORTEST, min(end, start + LONGEST + SHORTEST))
    while middle > 0:
        half = row[start:middle]
        whole = (half[-1].isalnum() or half[-1] == ")") and not _is_plain(
            row[2 * middle - start : 2 * middle - start + 1]
        )
        if whole and any(sign in half[1:-1] for sign in OPERATORS) and row.startswith(half, middle, end):
            found = middle
        middle = row.find(head, middle + 1, min(end, start + LONGEST + SHORTEST))
    return found
