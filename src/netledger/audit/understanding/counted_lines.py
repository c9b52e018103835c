"""Lines that say a layer with its sizes and then what it has: ``Conv2D 32 3x3 relu: 320``, ``Dense 128 -> 204928``.

What stands before the last number describes, the number is the claim. Which sign stands between them only a list as a
whole can tell: ``784 -> 128`` and ``-> 100480`` look alike. That such numbers are counts is proven where the layers
that the rest of their lines describes have them.
"""

from __future__ import annotations

from itertools import pairwise
from math import prod

from netledger.audit.reading.words import is_total
from netledger.audit.understanding.pieces import CONVOLUTIONS, NORMS, POOLS, RECURRENT, SILENT
from netledger.audit.understanding.scanning import marks
from netledger.audit.understanding.tails import Tail, tail_of
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from netledger.audit.understanding.scanning import Mark
    from netledger.ledger import Entry
    from netledger.network import Network

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
    """Of one line: its ``tail``, the sizes before that, whether it does nothing but list a layer, and its name."""

    __slots__ = ("tail", "sizes", "is_listed", "name")
    tail: Tail
    sizes: tuple[int, ...]
    is_listed: bool
    name: str

    def __init__(self, tail: Tail, sizes: tuple[int, ...], is_listed: bool, name: str) -> None:
        self._fill(tail, sizes, is_listed, name)


_kept: tuple[tuple[str, ...], dict[int, Counted]] = ((), {})
"""What was found last: a text is asked for its descriptions and for its claims."""


def counted_lines(lines: Sequence[str]) -> dict[int, Counted]:
    """The lines, by their index, that describe a layer and then say its count.

    >>> found = counted_lines(["Input 28x28x1", "Conv2D 32 3x3 -> 320", "Dense 10 -> 216330", "Total 216,650"])
    >>> [(i, line.tail.value) for i, line in found.items()]
    [(1, 320), (2, 216330)]
    >>> counted_lines(["Linear 784 -> 128", "Linear 128 -> 10"])
    {}
    """
    global _kept
    key = tuple(lines)
    if _kept[0] != key:
        _kept = key, _found(key)
    return _kept[1]


def _found(lines: Sequence[str]) -> dict[int, Counted]:
    found = {i: counted for i, line in enumerate(lines) if (counted := _counted(line)) is not None}
    if found and _have_them(found, lines):
        return found
    listed = {i: counted for i, counted in found.items() if counted.is_listed}
    return listed if _are_counts(listed, lines) else {}


def descriptions(lines: Sequence[str]) -> list[str]:
    """The lines, of such a list what describes alone.

    >>> descriptions(["Conv2D 32 3x3 -> 320", "Dense 10 -> 216330", "Total 216,650"])[:2]
    ['Conv2D 32 3x3', 'Dense 10']
    """
    return _described(lines, counted_lines(lines))


def _described(lines: Sequence[str], found: dict[int, Counted]) -> list[str]:
    return [line[: found[i].tail.end] if i in found else line for i, line in enumerate(lines)]


def claims_of(lines: Sequence[str]) -> list[str]:
    """The lines, of such a list the layers' words and counts alone, each in its place.

    >>> claims_of(["Conv2D 32 3x3 -> 320", "Dense 10 -> 216330", "Total 216,650"])[:2]
    ['Conv2D         : 320', 'Dense     : 216330']
    """
    out = list(lines)
    for i, counted in counted_lines(lines).items():
        tail, name = counted.tail, counted.name
        gap = max(tail.start - len(name) - 2, 0)
        count = lines[i][tail.start : tail.stop]
        unit = " params" if tail.value < LEAST_PLAIN and count.isdecimal() else ""
        out[i] = f"{name}{' ' * gap}: {count}{unit}"
    return out


LEAST_PLAIN = 100
"""A smaller number without a word beside it is no count elsewhere."""


def _counted(line: str) -> Counted | None:
    """A line read so, where it can be: a layer's word, sizes without arithmetic, a sign or a gap, one number."""
    tail = tail_of(line) if len(line) <= LONGEST and any(map(str.isdecimal, line)) else None
    if tail is None:
        return None
    text = line[: tail.end]
    found = marks(text)
    kinds = [i for i, mark in enumerate(found) if mark.sort == "kind"]
    first = found[kinds[0]] if kinds else _implied(found, text, IMPLYING if tail.value else ("input",))
    if first is None or "|" in text or any(sign in text for sign in "+*"):
        return None
    if any(mark.value in ("calculation", "~", "params") for mark in found) or any(map(is_total, text.split())):
        return None
    name = _name(text, first)
    sizes = _sizes(found, kinds, text, is_nothing=tail.value == 0)
    if sizes is not None and not text[: first.start].strip(" \t-•*.)0123456789") and tail.is_bare and "=" not in text:
        return Counted(tail, sizes, True, name)
    weighted = [i for i in kinds if found[i].value in KINDS]
    if len(weighted) > 1 or _works_out(found, tail, in_columns=not line[tail.end : tail.start].strip()):
        return None
    if (tail.value == 0) == bool(weighted) or (tail.value and kinds and not weighted):
        return None
    return Counted(tail, sizes or (), False, name)


def _works_out(found: list[Mark], tail: Tail, *, in_columns: bool) -> bool:
    """Whether the number is what the sizes right before it make: ``conv1   5·8·16  → 640``; in columns they may be a
    shape.
    """
    last = found[-1] if found else None
    if last is None or last.end != tail.end or not isinstance(last.value, tuple):
        return False
    return (
        (tail.is_bare and len(last.value) > MOST_SIDES and not in_columns)
        or tail.may_be(prod(last.value))
        or tail.value == prod(last.value)
    )


MOST_SIDES = 2
"""Of a kernel; more sizes before a number are its factors."""


IMPLYING = ("hidden", "output", "layer")
"""Words that make a layer without naming its kind."""


def _implied(found: list[Mark], text: str, words: Sequence[str]) -> Mark | None:
    """``hidden (10 units)``, ``input 784: 0``: such a word, first of a line."""
    first = found[0] if found else None
    if first is None or first.value not in words or text[: first.start].strip(" \t-•*"):
        return None
    return first


def _name(text: str, first: Mark) -> str:
    """What a line calls its layer: what stands before its kind where that is a name, else the word for it."""
    before = text[: first.start].strip(" \t-•*:(")
    word = text[first.start : first.end].rstrip(" (")
    name = before.split()[-1].strip(":") if before else ""
    return name if name.isidentifier() and not is_total(name) else word


def _sizes(found: list[Mark], kinds: list[int], text: str, *, is_nothing: bool) -> tuple[int, ...] | None:
    """The sizes that a description says behind its layer's word; ``None`` where it is more than one layer."""
    if text.rstrip().count("  ") > 1 or text.count("\t") > 1 or not kinds:
        return None  # a row of a table
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
    counted = [one for one in found.values() if one.tail.value]
    if len(counted) < LEAST_LINES:
        return False
    total = f"{sum(one.tail.value for one in counted):,}"
    others = [line.replace(".", ",") for i, line in enumerate(lines) if i not in found]
    if any(total in line or total.replace(",", "") in line for line in others):
        return True
    goes_on = any(one.tail.value in after.sizes for one, after in pairwise(counted))
    large = sum(one.tail.value >= LEAST_TIMES * max(one.sizes) for one in counted)
    return not goes_on and 2 * large >= len(counted) and all(one.tail.value >= max(one.sizes) for one in counted)


def _have_them(found: dict[int, Counted], lines: Sequence[str]) -> bool:
    """Whether the layers that the rest of the lines describes have these counts: half of the lines' layers, or two
    of them, with or without their biases, or with their running statistics.
    """
    from netledger.audit.understanding.building import alternatives
    from netledger.audit.understanding.lines import read_lines

    pieces = read_lines(enumerate(_described(lines, found))).pieces
    tails = {i: one.tail for i, one in found.items()}
    return any(have_counts(tails, built.network(), built.places) for built in alternatives(pieces))


def have_counts(tails: Mapping[int, Tail], network: Network, places: Mapping[str, int]) -> bool:
    """Whether numbers of lines are the counts of the layers there: half of them, or two."""
    from netledger.errors import NetledgerError
    from netledger.ledger import keep_books

    try:
        entries = keep_books(network).entries
    except NetledgerError:
        return False
    equal = set()
    for entry in entries:
        tail = tails.get(places.get(entry.path, -1))
        if tail is not None and any(map(tail.may_be, counts_of(entry))):
            equal.add(places[entry.path])
    return are_proven(len(equal), sum(1 for tail in tails.values() if tail.value))


def are_proven(equal: int, said: int) -> bool:
    """Whether the numbers said beside layers are their counts, for so many of them are equal: half, or two."""
    return equal >= LEAST_LINES or 0 < said <= 2 * equal


def counts_of(entry: Entry) -> list[int]:
    """What a person may count of a layer."""
    if not (isinstance(entry.parameters, int) and isinstance(entry.weights, int) and isinstance(entry.buffers, int)):
        return []
    return [entry.parameters, entry.weights, entry.parameters + entry.buffers]
