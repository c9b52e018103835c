"""What a line ends in, where that is a number: ``… -> 320``, ``… (1,290 params)``, ``…，参数量320``, ``…: 1.2M``."""

from __future__ import annotations

from netledger.audit.reading.words import quantity_of
from netledger.audit.understanding.scanning import ARROWS, is_wide, marks
from netledger.records import Record

LONGEST_NUMBER = 16
"""Digits and signs of a count."""
SCALES = {"K": 10**3, "k": 10**3, "M": 10**6, "B": 10**9}
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
    unit = _unit(line, stop)
    if unit is None:
        return None
    last = len(line[:unit].rstrip())
    start, value, error = _number(line, last)
    if start < 0:
        return None
    before = line[:start].rstrip(" \t~≈")
    worded = unit < stop
    if closed:
        if not before.endswith(("(", "（", "[")):
            return None
        before = before[:-1]
        return Tail(len(before.rstrip(" \t:-–—")), start, stop, value, error, not worded)
    led = marks(before)[-1:] if not worded else []
    if led and led[0].value == "params":
        end = len(before[: led[0].start].rstrip(" \t,，;:：-–—("))
        return Tail(end, start, stop, value, error, False)
    before_sign = _before_sign(line, start, before, worded=worded)
    return None if before_sign is None else Tail(before_sign, start, stop, value, error, not worded)


def _unit(line: str, stop: int) -> int | None:
    """Where the words begin that call a number a count of parameters: ``stop`` where there are none, ``None`` where
    it is called something else.
    """
    begin = stop
    while begin and not line[begin - 1].isdecimal():
        begin -= 1
    words = line[begin:stop]
    if words[:1] in SCALES and not words[1:2].isalpha():
        begin += 1
        words = words[1:]
    if not words.strip():
        return stop
    if any(not (character.isalpha() or character in " \t-") for character in words):
        return None
    if any(map(is_wide, words)):
        called = [mark.value for mark in marks(words)] == ["params"]
    else:
        found = [quantity_of(word) for word in words.split()]
        called = "params" in found and len(found) <= MOST_WORDS and set(found) <= {"params", "trainable", None}
    return begin if called else None


def _number(line: str, stop: int) -> tuple[int, int, int]:
    """Where a number begins that ends at a place, its value, and how far it is rounded; -1 where there is none."""
    scale = SCALES.get(line[stop - 1 : stop], 1)
    last = stop - (scale > 1)
    start = last
    while start and (line[start - 1].isdecimal() or (line[start - 1] in ",." and start < last)):
        start -= 1
    while start < last and not line[start].isdecimal():
        start += 1
    text = line[start:last]
    if not text or len(text) > LONGEST_NUMBER or not text.isascii() or line[start - 1 : start].isalnum():
        return -1, 0, 0
    pieces = text.replace(".", ",").split(",")
    if scale > 1 and len(pieces) == 2:
        unit = scale // 10 ** min(len(pieces[1]), 9)
        return start, int("".join(pieces)) * unit, unit
    if any(len(piece) != 3 for piece in pieces[1:]) or (len(pieces) > 1 and len(pieces[0]) > 3):
        return -1, 0, 0
    return start, int("".join(pieces)) * scale, scale if scale > 1 else 0


def _before_sign(line: str, start: int, before: str, *, worded: bool) -> int | None:
    """Where what stands before the sign ends that leads to a number; ``None`` where there is no such sign."""
    for sign in (*ARROWS, "=", ":", "：", "#"):
        if before.endswith(sign):
            return len(before[: -len(sign)].rstrip())
    if before.endswith((" -", " –", " —")):
        return len(before[:-2].rstrip())
    gap = line[len(line[:start].rstrip(" \t")) : start]
    if worded:
        return len(before.rstrip(" ,，;("))
    return len(before) if "\t" in gap or len(gap) > 1 else None
