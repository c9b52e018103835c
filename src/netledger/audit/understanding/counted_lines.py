"""Lines that say a layer with its sizes and then what it has: ``Conv2D 32 3x3 relu: 320``, ``Dense 128 -> 204928``.

What stands before the last number describes, the number is the claim. Which sign stands between them only a list as a
whole can tell: ``784 -> 128`` and ``-> 100480`` look alike.
"""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.understanding.pieces import CONVOLUTIONS, NORMS, POOLS, RECURRENT, SILENT
from netledger.audit.understanding.scanning import ARROWS, marks
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = frozenset((*CONVOLUTIONS, *RECURRENT, *NORMS, "linear", "embedding"))
WITHOUT_COUNT = frozenset((*POOLS, *SILENT, "flatten", "gap"))
"""What has no parameters, of which such a list may say so: ``MaxPool 2x2: 0``."""
LEAST_LINES = 2
"""Of a text that must be such for any to be read so."""
LEAST_TIMES = 10
"""How many times its largest size a layer's count is, in half of the lines that nothing else proves."""
LONGEST = 200
"""Characters of such a line."""


class Counted(Record):
    """Of one line: where its description ends, where its number begins, the number, and the sizes before it."""

    __slots__ = ("end", "start", "count", "sizes")
    end: int
    start: int
    count: int
    sizes: tuple[int, ...]

    def __init__(self, end: int, start: int, count: int, sizes: tuple[int, ...]) -> None:
        self._fill(end, start, count, sizes)


def counted_lines(lines: Sequence[str]) -> dict[int, Counted]:
    """The lines, by their index, that describe a layer and then say its count.

    >>> found = counted_lines(["Input 28x28x1", "Conv2D 32 3x3 -> 320", "Dense 10 -> 216330", "Total 216,650"])
    >>> [(i, line.count) for i, line in found.items()]
    [(1, 320), (2, 216330)]
    >>> counted_lines(["Linear 784 -> 128", "Linear 128 -> 10"])
    {}
    """
    found = {i: counted for i, line in enumerate(lines) if (counted := _counted(line)) is not None}
    return found if _are_counts(found, lines) else {}


def descriptions(lines: Sequence[str]) -> list[str]:
    """The lines, of such a list what describes alone.

    >>> descriptions(["Conv2D 32 3x3 -> 320", "Dense 10 -> 216330", "Total 216,650"])[:2]
    ['Conv2D 32 3x3', 'Dense 10']
    """
    found = counted_lines(lines)
    return [line[: found[i].end] if i in found else line for i, line in enumerate(lines)]


def claims_of(lines: Sequence[str]) -> list[str]:
    """The lines, of such a list the layers' words and counts alone, each in its place.

    >>> claims_of(["Conv2D 32 3x3 -> 320", "Dense 10 -> 216330", "Total 216,650"])[:2]
    ['Conv2D         : 320', 'Dense     : 216330']
    """
    out = list(lines)
    for i, counted in counted_lines(lines).items():
        line = lines[i]
        first = next(mark for mark in marks(line[: counted.end]) if mark.sort == "kind")
        name = line[: first.end].rstrip(" (")
        gap = max(counted.start - len(name) - 2, 0)
        out[i] = f"{name}{' ' * gap}: {line[counted.start :]}"
    return out


def _counted(line: str) -> Counted | None:
    """A line read so, where it can be: a layer's word, sizes without arithmetic, a sign or a gap, one whole number."""
    text = line.rstrip().rstrip(".")
    start = len(text)
    while start and (text[start - 1].isdecimal() or text[start - 1] in ",."):
        start -= 1
    number = text[start:].replace(",", "").replace(".", "")
    end = _before_sign(text, start)
    if end is None or not number.isdecimal() or len(number) > 12 or len(text) > LONGEST or not _is_whole(text[start:]):
        return None
    sizes = _sizes(text[:end], is_nothing=int(number) == 0)
    return None if sizes is None else Counted(end, start, int(number), sizes)


def _is_whole(text: str) -> bool:
    """Whether a number has no separators, or one after every three digits."""
    pieces = text.replace(".", ",").split(",")
    return text[:1].isdecimal() and all(len(piece) == 3 for piece in pieces[1:]) and len(pieces[0]) < 13


def _before_sign(text: str, start: int) -> int | None:
    """Where what stands before the sign ends that leads to a number; ``None`` where there is no such sign."""
    before = text[:start].rstrip(" \t~≈")
    gap = text[len(before) : start]
    for sign in (*ARROWS, "=", ":"):
        if before.endswith(sign):
            return len(before[: -len(sign)].rstrip())
    if before.endswith((" -", " –", " —")):
        return len(before[:-2].rstrip())
    return len(before) if "\t" in gap or len(gap) > 1 else None


def _sizes(text: str, *, is_nothing: bool) -> tuple[int, ...] | None:
    """The sizes that a description says behind its layer's word; ``None`` where it is none, or works something out."""
    if "|" in text or any(sign in text for sign in "+*=") or text.rstrip().count("  ") > 1 or text.count("\t") > 1:
        return None  # a row of a table
    found = marks(text)
    kinds = [i for i, mark in enumerate(found) if mark.sort == "kind"]
    if not kinds or text[: found[kinds[0]].start].strip(" \t-•*.)0123456789"):
        return None
    if any(mark.value in ("calculation", "~", "params") for mark in found):
        return None
    if any(found[i].value not in WITHOUT_COUNT for i in kinds[1:]):
        return None
    sized = [mark for mark in found[kinds[0] + 1 :] if mark.sort in ("number", "sizes")]
    if len(sized) == 1 and sized[0].sort == "sizes" and sized[0].end == len(text):
        return None  # "pointwise: 24×48 = 1152" works it out
    sizes: list[int] = []
    for mark in sized:
        sizes.extend(mark.value if isinstance(mark.value, tuple) else [int(str(mark.value))])
    if found[kinds[0]].value in WITHOUT_COUNT:
        return () if is_nothing else None
    return tuple(sizes) if sizes and found[kinds[0]].value in KINDS and not is_nothing else None


def _are_counts(found: dict[int, Counted], lines: Sequence[str]) -> bool:
    """Whether the last numbers of a list are counts: they add up to one that stands alone elsewhere; or none is what
    the next layer reads, none is smaller than its layer's sizes, and most are far larger.
    """
    counted = [one for one in found.values() if one.count]
    if len(counted) < LEAST_LINES:
        return False
    total = f"{sum(one.count for one in counted):,}"
    others = [line.replace(".", ",") for i, line in enumerate(lines) if i not in found]
    if any(total in line or total.replace(",", "") in line for line in others):
        return True
    goes_on = any(one.count in after.sizes for one, after in pairwise(counted))
    large = sum(one.count >= LEAST_TIMES * max(one.sizes) for one in counted)
    return not goes_on and 2 * large >= len(counted) and all(one.count >= max(one.sizes) for one in counted)
