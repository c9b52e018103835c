"""Lines that say a layer with its sizes and then what it has: ``Conv2D 32 3x3 relu: 320``, ``Dense 128 -> 204928``.

What stands before the last number describes, the number is the claim. Which sign stands between them only a list as a
whole can tell: ``784 -> 128`` and ``-> 100480`` look alike. That such numbers are counts is proven where the layers
that the rest of their lines describes have them.
"""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.understanding.counts.named import LayerNames, named_counts
from netledger.audit.understanding.counts.parts import KINDS, parts_of
from netledger.audit.understanding.counts.proven import LEAST_EQUAL, have_counts
from netledger.audit.understanding.marks.scanning import marks
from netledger.audit.understanding.marks.stretches import CLOSING, counts_in, ends_of_counts, without_counts
from netledger.audit.understanding.pieces import RECURRENT
from netledger.audit.understanding.prose.heads import LEAST_UNKNOWN
from netledger.errors import NetledgerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.audit.understanding.building.state import Built
    from netledger.audit.understanding.counts.parts import Counted

LEAST_TIMES = 10
"""How many times its largest size a layer's count is, in half of the lines that nothing else proves."""
_kept: tuple[tuple[str, ...], dict[int, list[Counted]], frozenset[int]] = ((), {}, frozenset())
"""What was found last: a text is asked for its descriptions and for its claims."""


def counted_lines(lines: Sequence[str]) -> dict[int, list[Counted]]:
    """The lines, by their index, that describe a layer and then say its count, or several of them.

    >>> found = counted_lines(["Input 28x28x1", "Conv2D 32 3x3 -> 320", "Dense 10 -> 216330", "Total 216,650"])
    >>> [(i, *[part.tail.value for part in parts]) for i, parts in found.items()]
    [(1, 320), (2, 216330)]
    >>> counted_lines(["Linear 784 -> 128", "Linear 128 -> 10"])
    {}
    >>> found = counted_lines(["conv1 (1→8, 3x3) has 80, conv2 (8→4, 3x3) 292 parameters; 372 in total"])
    >>> [part.tail.value for part in found[0]]
    [80, 292]
    """
    return _asked(lines)[1]


def _asked(lines: Sequence[str]) -> tuple[tuple[str, ...], dict[int, list[Counted]], frozenset[int]]:
    global _kept
    key = tuple(lines)
    if _kept[0] != key:
        found = _found(key)
        _kept = key, found, frozenset(_retold(key, found))
    return _kept


def _found(lines: Sequence[str]) -> dict[int, list[Counted]]:
    found = {i: parts for i, line in enumerate(lines) if (parts := parts_of(line))}
    if found and _have_them(found, lines):
        return found
    listed = {i: parts for i, parts in found.items() if parts[0].is_listed}
    return listed if _are_counts({i: parts[0] for i, parts in listed.items()}, lines) else {}


def descriptions(lines: Sequence[str]) -> list[str]:
    """The lines, of such a list what describes alone.

    >>> descriptions(["Conv2D 32 3x3 -> 320", "Dense 10 -> 216330", "Total 216,650"])[:2]
    ['Conv2D 32 3x3', 'Dense 10']
    """
    _, found, retold = _asked(lines)
    return ["" if i in retold else line for i, line in enumerate(_described(lines, found))]


def _retold(lines: Sequence[str], found: dict[int, list[Counted]]) -> list[int]:
    """The lines that describe nothing, but say what layers have that other lines describe: ``the first conv has 448
    parameters and the second 4,640``.
    """
    may_be = [i for i, line in enumerate(lines) if i not in found and len(list(ends_of_counts(line))) >= LEAST_EQUAL]
    if not may_be:
        return []
    from netledger.audit.reading.reader import read

    said = ["" if i in may_be else line for i, line in enumerate(_described(lines, found))]
    claims = read("\n".join([line if i in may_be else "" for i, line in enumerate(lines)])).statements
    for built in _built(said):
        try:
            named = named_counts(claims, LayerNames(built.network(), built.places, lines), ())
        except NetledgerError:
            continue
        told = [claims[i].line_no - 1 for i in named]
        if told:
            return [i for i in may_be if told.count(i) >= LEAST_EQUAL]
    return [i for i in may_be if _only_counts(lines[i])]


def _only_counts(line: str) -> bool:
    """Whether a line calls its numbers parameters, and describes no layer beside them."""
    from netledger.audit.understanding.prose.clauses import clauses

    told = any(mark.value == "params" for mark in marks(line))
    return told and not any(piece.says() for piece in clauses(without_counts(line), 0))


def _built(lines: Sequence[str], other: str = "") -> list[Built]:
    """What lines describe; also as an ``other`` framework counts recurrent layers where they name none."""
    from netledger.audit.understanding.building.branches import find_branches
    from netledger.audit.understanding.building.network import alternatives
    from netledger.audit.understanding.printed.frameworks import framework_of
    from netledger.audit.understanding.prose.lines import read_lines

    pieces = read_lines(enumerate(lines, 1)).pieces
    find_branches(pieces, lines)
    framework = framework_of(lines)
    recurrent = any(piece.kind in RECURRENT for piece in pieces)
    frameworks = [framework, other] if other and recurrent and not framework else [framework]
    return [built for one in frameworks for built in alternatives(pieces, one)]


def _described(lines: Sequence[str], found: dict[int, list[Counted]]) -> list[str]:
    out = [line if i in found else _without_its_count(line) for i, line in enumerate(lines)] if found else list(lines)
    for i, parts in found.items():
        line, text, end = lines[i], "", 0
        for part in parts:
            said = part.description(line)
            text += f"{_beside(line[end : part.begin])}{said.lstrip(BETWEEN)}. " if part.is_part else said
            end = part.begin + part.tail.stop
        out[i] = text + _beside(line[end:].lstrip("".join(CLOSING))) if parts[-1].is_part else text
    return out


def _without_its_count(line: str) -> str:
    """A line of such a list without the number that it ends in, where words stand before that which say no size:
    ``fc2: dense as in the paper 650``.
    """
    counts = list(counts_in(line))
    start, stop, _ = counts[-1] if counts else (0, 0, 0)
    kinds = [mark for mark in marks(line) if mark.sort == "kind" and mark.value in KINDS and mark.start < start]
    if len(kinds) != 1 or line[stop:].strip():
        return line
    between = line[kinds[0].end : start]
    known = any(mark.sort != "break" for mark in marks(between))
    unknown = [word for word in between.split() if word.isalpha() and len(word) >= LEAST_UNKNOWN]
    return line if known or not unknown else line[:start].rstrip()


def _beside(text: str) -> str:
    """What stands between such parts of a line, without counts; an input's size is none."""
    return text if any(mark.value == "input" for mark in marks(text)) else without_counts(text)


BETWEEN = " \t,;:)]）→->=/|–—"
"""Signs between a count and the next layer's words."""


def claims_of(lines: Sequence[str]) -> list[str]:
    """The lines, of such a list the layers' words and counts alone, each in its place.

    >>> claims_of(["Conv2D 32 3x3 -> 320", "Dense 10 -> 216330", "Total 216,650"])[:2]
    ['Conv2D         : 320', 'Dense     : 216330']
    """
    out = list(lines)
    for i, parts in counted_lines(lines).items():
        line, text = lines[i], ""
        for part in parts:
            text += line[len(text) : part.begin]
            if part.begin and not text.endswith(";") and not line[part.begin].isalnum():
                text += ";"
            gap = max(part.start - len(text) - len(part.name) - 2, 0)
            count = line[part.start : part.begin + part.tail.stop]
            text += f"{part.name}{' ' * gap}: {count}"
            text += ";" if part.is_part and line[len(text) : len(text) + 1] else ""
        if parts[-1].is_part:
            out[i] = text + line[len(text) :]
        else:
            plain = parts[-1].tail.value < LEAST_PLAIN and text[parts[-1].start :].isdecimal()
            out[i] = f"{text} params" if plain else text
    return out


LEAST_PLAIN = 100
"""A smaller number without a word beside it is no count elsewhere."""


def _are_counts(found: dict[int, Counted], lines: Sequence[str]) -> bool:
    """Whether the last numbers of a list are counts: they add up to one that stands alone elsewhere; or none is what
    the next layer reads, none is smaller than its layer's sizes, and most are far larger.
    """
    counted = [one for one in found.values() if one.tail.value]
    if len(counted) < LEAST_EQUAL:
        return False
    total = f"{sum(one.tail.value for one in counted):,}"
    others = [line.replace(".", ",") for i, line in enumerate(lines) if i not in found]
    if any(total in line or total.replace(",", "") in line for line in others):
        return True
    goes_on = any(one.tail.value in after.sizes for one, after in pairwise(counted))
    large = sum(one.tail.value >= LEAST_TIMES * max(one.sizes) for one in counted)
    return not goes_on and 2 * large >= len(counted) and all(one.tail.value >= max(one.sizes) for one in counted)


def _have_them(found: dict[int, list[Counted]], lines: Sequence[str]) -> bool:
    """Whether the layers that the rest of the lines describe have these counts: half of the lines' layers, or two
    of them, with or without their biases, or with their running statistics.
    """
    tails = {i + 1: own for i, parts in found.items() if (own := [part.tail for part in parts if not part.is_open])}
    descriptions = _built(_described(lines, found), "pytorch")
    return any(have_counts(tails, built.network(), built.places) for built in descriptions)
