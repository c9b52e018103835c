"""A line cut behind each number that may be a layer's count: ``conv1 (3→16, 3x3) has 448, conv2 (16→32) 4,640``."""

from __future__ import annotations

from netledger.audit.reading.tokens.numerals import numeral_at
from netledger.audit.understanding.marks.scanning import ARROWS, TIMES, is_wide
from netledger.audit.understanding.marks.tails import THIN, calls_it_a_count
from netledger.audit.words import AND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

OPENING, CLOSING = tuple("([（"), tuple(")]）")
ENDING = ",.;?!，。；、？！→|/"
"""Signs behind a number after which something else begins."""
JOINING = (*ARROWS, *TIMES)
"""Signs between two sizes."""
JOINED = "".join(JOINING) + " "
MOST_PARTICLE = 4
"""Characters of a word such as "has" in East Asian scripts, and the first digit behind it."""
MOST_WORDS = 3
"""Behind a number: ``trainable parameters``."""


def ends_of_counts(line: str) -> Iterator[int]:
    """Behind which places of a line a count may end, its words and its bracket included.

    >>> line = "conv1 (3→16, 3x3) has 448 parameters, conv2 (16→32) 4,640; 5,088 in total"
    >>> [line[max(0, end - 9) : end] for end in ends_of_counts(line)]
    ['arameters', '32) 4,640']
    """
    return (end for _, _, end in counts_in(line))


def values_of_counts(line: str) -> Iterator[tuple[int, float]]:
    """The numbers of a line that may be counts, and how far each is rounded.

    >>> list(values_of_counts("conv1 (3→16, 3x3) has 448 parameters, conv2 (16→32) 4.6K"))
    [(448, 0), (4600, 100.0)]
    """
    for number, _, _ in counts_in(line):
        found = numeral_at(line, number)
        if found is not None and found.count is not None:
            yield found.count, found.error


def without_counts(line: str) -> str:
    """A part of a line without the numbers that may be counts, each in its place.

    >>> without_counts("so the dense layer has 1,290 parameters; 5,088 in total")
    'so the dense layer has       parameters; 5,088 in total'
    """
    for start, stop, _ in counts_in(line):
        line = line[:start] + " " * (stop - start) + line[stop:]
    return line


def counts_in(line: str) -> Iterator[tuple[int, int, int]]:
    """The numbers of a line that may be counts: where each begins and ends, and where its words and bracket do."""
    depth: list[int] = []
    i = 0
    while i < len(line):
        if line[i] in OPENING:
            depth.append(i)
        elif line[i] in CLOSING and depth:
            depth.pop()
        number = numeral_at(line, i) if line[i].isdecimal() and line[i].isascii() else None
        if number is None:
            i += 1
            continue
        end = _end(line, i, number.end, depth)
        if end and not number.unit:
            yield i, number.end, end
        i = max(number.end, i + 1)


def _end(line: str, start: int, stop: int, depth: list[int]) -> int:
    """Where a count ends that begins at a place; 0 where the number there is a size, or goes on."""
    before, behind = line[:start].rstrip(), line[stop:].lstrip()
    glued = line[start - 1 : start]
    if (glued.isalnum() and not is_wide(glued)) or (glued and glued in "._-"):
        return 0
    if before.endswith(JOINING) and before.rstrip(JOINED)[-1:].isdecimal():
        return 0
    if behind.startswith(JOINING) and behind.lstrip(JOINED)[:1].isdecimal():
        return 0
    end = _behind_unit(line, stop)
    opened = before[-1:] in OPENING
    if depth:
        if not opened or line[end : end + 1] not in CLOSING:
            return 0
        end += 1
        particle = line[end : end + MOST_PARTICLE]
        if particle[:1] and is_wide(particle[0]) and any(map(str.isdecimal, particle)):
            return 0  # "(96)은 192개": a size, and the count behind it
    rest = line[end:].lstrip()
    word = rest.split(" ", 1)[0].lower()
    parted = not rest or rest[0] in ENDING or rest.startswith(ARROWS) or word in AND or rest[0] in OPENING
    return end if parted or is_wide(rest[0]) else 0


def _behind_unit(line: str, stop: int) -> int:
    """Where the words behind a number's digits end that call it a count; their beginning where none do."""
    end = found = stop
    for _ in range(MOST_WORDS):
        start = end
        while line[start : start + 1] and line[start] in THIN:
            start += 1
        end = start
        while end < len(line) and (line[end].isalpha() or line[end] == "-"):
            end += 1
        if end == start:
            break
        if calls_it_a_count(line[stop:end]):
            found = end
    return found
