r"""Formulas beside their own source, glued: a page is copied with what it draws, the LaTeX that this was drawn from,
and what is read aloud.

``27×4=10827 \times 4 = 10827×4=108`` is ``27×4=108``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MULTIPLIES = {"times": "×", "cdot": "·", "ast": "*", "div": "/", "approx": "≈", "to": "→", "rightarrow": "→"}
"""Commands that draw one sign."""
DRAWN = dict(zip("⋅∗−", "·*-", strict=True))
"""How those signs may be drawn."""
OPERATORS = frozenset("*+=/-×·")
SHORTEST, LONGEST = 3, 160
"""Signs of a formula that is looked for."""
LEAST_COPIES = 3
"""Copies that must be glued where nothing but spaces tells one from the other."""


class Row:
    """The signs of one row without spaces and braces, where each stands, and how it is written there."""

    __slots__ = ("places", "signs", "text", "ways")

    def __init__(self, text: str) -> None:
        self.text = text
        self.signs: list[str] = []
        self.places: list[int] = []
        self.ways: list[str] = []
        i, spaced = 0, ""
        while i < len(text):
            sign, way, end = text[i], spaced, i + 1
            if sign == "\\":
                while text[end : end + 1].isascii() and text[end : end + 1].isalpha():
                    end += 1
                sign, way = MULTIPLIES.get(text[i + 1 : end], ""), "\\"
                end = end + 1 if end == i + 1 else end
            spaced = " " if sign.isspace() else ""
            if sign and not sign.isspace() and sign not in "{}":
                self.signs.append(DRAWN.get(sign, sign))
                self.places.append(i)
                self.ways.append(way)
            i = end


def without_sources(rows: list[str]) -> list[str]:
    r"""The rows of a text with each formula once that stands beside its source.

    >>> without_sources([r"Weights = 3×9=273\times9=273×9=27.", "Sum = 27+3=3027 + 3 = 3027+3=30"])
    ['Weights = 3×9=27.', 'Sum = 27+3=30']
    >>> without_sources([r"3×9 = 3 \times 9 = 27", "27+3 = 30"])
    ['3×9 = 3 \\times 9 = 27', '27+3 = 30']
    """
    if not any("\\" in row for row in rows):
        return rows
    found = [_once(row, _is_command) if "\\" in row else row for row in rows]
    return rows if found == rows else [_once(row, _is_spaced) for row in found]


def _is_command(first: str, second: str, copies: int) -> bool:
    return (first == "\\") != (second == "\\")


def _is_spaced(first: str, second: str, copies: int) -> bool:
    return first != second and copies >= LEAST_COPIES


def _once(text: str, tells: Callable[[str, str, int], bool]) -> str:
    """A row without the copies of each formula behind its first."""
    row = Row(text)
    cut: list[tuple[int, int]] = []
    k = SHORTEST
    while k < len(row.signs):
        found = _copies(row, k, tells) if row.signs[k] in OPERATORS else None
        if found is None:
            k += 1
            continue
        start, length, copies = found
        k = start + copies * length
        cut.append((row.places[start + length - 1] + 1, row.places[k - 1] + 1))
    for begin, end in reversed(cut):
        text = text[:begin] + text[end:]
    return text


def _copies(row: Row, k: int, tells: Callable[[str, str, int], bool]) -> tuple[int, int, int] | None:
    """Where the first of the copies begins whose second one holds the sign ``k``, its length, and how many."""
    signs, ways = row.signs, row.ways
    for length in range(SHORTEST, min(LONGEST, k) + 1):
        if signs[k - length] != signs[k] or ways[k - length] == ways[k]:
            continue
        start, end = k - length, k
        while start > 0 and k - start < 2 * length and signs[start - 1] == signs[start - 1 + length]:
            start -= 1
        while end < len(signs) and signs[end] == signs[end - length]:
            end += 1
        while start < k - length and not _begins(row, start):
            start += 1
        copies = (end - start) // length
        if (
            copies > 1
            and _begins(row, start)
            and _ends(row, start + length - 1)
            and tells(ways[k - length], ways[k], copies)
        ):
            return start, length, copies
    return None


def _begins(row: Row, i: int) -> bool:
    """Whether a formula can begin there: with a number, a name or a bracket, and inside no other."""
    if not (row.signs[i].isalnum() or row.signs[i] == "("):
        return False
    return i == 0 or not (row.signs[i - 1].isalnum() and row.places[i - 1] == row.places[i] - 1)


def _ends(row: Row, i: int) -> bool:
    """Whether a formula can end there: ``3×9 =`` goes on."""
    return row.signs[i].isalnum() or row.signs[i] in ")%"
