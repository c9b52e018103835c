"""What a line, or a part of one, ends in, where that is a number: ``… -> 320``, ``… (1,290 params)``, ``…: 1.2M``,
``… has 448``, ``…，参数量320``.
"""

from __future__ import annotations

from netledger.audit.reading.tokens.numerals import numeral_at
from netledger.audit.reading.tokens.words import quantity_of
from netledger.audit.understanding.marks.scanning import ARROWS, TIMES, is_wide, marks
from netledger.audit.words import HAVING, HAVING_SIGNS
from netledger.audit.words.transformers import COUNTERS
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_NUMBER = 16
"""Digits and signs of a count."""
SEPARATORS = ",.'_\u2009"
"""Signs between thousands, and before decimals; a space may be the gap before a column."""
MOST_WORDS = 3
"""Behind a number: ``trainable parameters``."""


class Tail(Record):
    """Where what stands before a number ends; where the number begins, and it ends with its unit; its value, and how
    far it is rounded; ``is_bare``: whether no word calls it a count.
    """

    __slots__ = ("end", "start", "stop", "value", "error", "is_bare")
    end: int
    start: int
    stop: int
    value: int
    error: int
    is_bare: bool

    def __init__(self, end: int, start: int, stop: int, value: int, error: int, is_bare: bool) -> None:
        self._fill(end, start, stop, value, error, is_bare)

    def may_be(self, count: int) -> bool:
        """Whether it is a count, as far as it is rounded."""
        return count > 0 and abs(count - self.value) <= self.error


def tail_of(line: str) -> Tail | None:
    """A line's last number with what leads to it; ``None`` where it ends in something else.

    >>> tail = tail_of("- conv1 (16 filters 3x3): 448")
    >>> (tail.value, "- conv1 (16 filters 3x3): 448"[: tail.end])
    (448, '- conv1 (16 filters 3x3)')
    """
    stop = len(line.rstrip(" \t.;,"))
    closed = line[:stop].endswith((")", "）", "]"))
    stop -= closed
    start = _beginning(line, stop)
    number = numeral_at(line, start) if start >= 0 else None
    if number is None or number.unit:
        return None
    value = number.count
    words = line[number.end : stop]
    worded = bool(words.strip())
    if value is None or (worded and not calls_it_a_count(words)):
        return None
    error = int(number.error)
    before = line[:start].rstrip(" \t~≈")
    if closed:
        if not before.endswith(("(", "（", "[")):
            return None
        before = before[:-1]
        return Tail(len(before.rstrip(" \t:-–—")), start, stop, value, error, not worded)
    led = marks(before)[-1:] if not worded else []
    if led and led[0].value == "params":
        end = len(before[: led[0].start].rstrip(" \t,，;:：-–—("))
        return Tail(end, start, stop, value, error, False)
    told = worded or number.suffix > 1 or _says_all(before)
    before_sign = _before_sign(line, start, before, told=told)
    return None if before_sign is None else Tail(before_sign, start, stop, value, error, not worded)


def _beginning(line: str, stop: int) -> int:
    """Where the last number before a place begins; -1 where there is none, or it is part of a word."""
    last = stop
    while last and not line[last - 1].isdecimal():
        last -= 1
    start = last
    while start and (line[start - 1].isdecimal() or line[start - 1] in SEPARATORS):
        start -= 1
    while start < last and not line[start].isdecimal():
        start += 1
    start = _first_group(line, start, last)
    before = line[start - 1 : start]
    alone = not before.isalnum() or is_wide(before)
    return start if alone and 0 < last - start <= LONGEST_NUMBER else -1


def _first_group(line: str, start: int, end: int) -> int:
    """Where a number with spaces between its thousands begins, of which the last group begins at a place: ``1 290``."""
    groups = [start]
    while groups[-1] > 1 and line[groups[-1] - 1] in THIN and line[groups[-1] - 2].isdecimal():
        first = groups[-1] - 1
        while first and line[first - 1].isdecimal():
            first -= 1
        groups.append(first)
    whole = [first for first in groups[:0:-1] if (number := numeral_at(line, first)) is not None and number.end >= end]
    return next((first for first in whole if not line[first - 1 : first].isalnum()), start)


THIN = " \u00a0\u202f"
"""Spaces between thousands."""


def calls_it_a_count(words: str) -> bool:
    """Whether words behind a number say that it is one of parameters: ``trainable params``, ``个参数``; or count it."""
    words = words.lstrip(THIN).lstrip(COUNTERS)
    if not words.strip():
        return True
    if any(not (character.isalpha() or character in " \t-") for character in words):
        return False
    if any(map(is_wide, words)):
        return [mark.value for mark in marks(words)] == ["params"]
    found = [quantity_of(word) for word in words.split()]
    return "params" in found and len(found) <= MOST_WORDS and set(found) <= {"params", "trainable", None}


def _says_all(before: str) -> bool:
    """Whether what stands before a number has said what a layer reads and makes, and ends in a size: ``fc 48->10``."""
    pieces = before.replace(" ->", "->").replace("-> ", "->").replace(" →", "→").replace("→ ", "→").split()
    paired = any(_joins(piece, ARROWS) for piece in pieces)
    return paired and _joins(pieces[-1], (*ARROWS, *TIMES))


def _joins(piece: str, signs: Sequence[str]) -> bool:
    """Whether a sign stands between two numbers: ``48->10``."""
    return any(a[-1:].isdecimal() and b[:1].isdecimal() for sign in signs for a, _, b in [piece.partition(sign)] if b)


def _before_sign(line: str, start: int, before: str, *, told: bool) -> int | None:
    """Where what stands before the sign ends that leads to a number; ``None`` where there is no such sign; ``told``:
    whether it is a count without one.
    """
    for sign in (*ARROWS, "=", ":", "：", "#"):
        if before.endswith(sign):
            return len(before[: -len(sign)].rstrip())
    if before.endswith((" -", " –", " —")):
        return len(before[:-2].rstrip())
    gap = line[len(line[:start].rstrip(" \t")) : start]
    verb = before.rpartition(" ")[2].lower()
    if verb in HAVING or before.endswith(HAVING_SIGNS):
        return len(before) - (len(verb) if verb in HAVING else 1)
    if told or before.endswith((")", "）", "]")):
        return len(before.rstrip(" ,，;("))
    return len(before) if "\t" in gap or len(gap) > 1 else None
