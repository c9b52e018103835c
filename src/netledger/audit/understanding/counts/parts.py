"""A line, or a part of one, that says a layer with its sizes and then a number: how it is cut, what it is called."""

from __future__ import annotations

from math import prod

from netledger.audit.reading.tokens.words import is_total
from netledger.audit.understanding.marks.scanning import marks
from netledger.audit.understanding.marks.stretches import CLOSING, ends_of_counts
from netledger.audit.understanding.marks.tails import Tail, tail_of
from netledger.audit.understanding.pieces import CONVOLUTIONS, NORMS, POOLS, RECURRENT, SILENT
from netledger.audit.words import AND
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.audit.understanding.marks.scanning import Mark

KINDS = frozenset((*CONVOLUTIONS, *RECURRENT, *NORMS, "linear", "embedding"))
WITHOUT_COUNT = frozenset((*POOLS, *SILENT, "flatten", "gap"))
"""What has no parameters, of which such a list may say so: ``MaxPool 2x2: 0``."""
LONGEST = 200
"""Characters of such a line."""


class Counted(Record):
    """Of a line, or of its part that begins at ``begin``: its ``tail``, the sizes before that, whether it does nothing
    but list a layer, and its name; ``is_part``: whether the line says more; ``implied``: where a word for its kind may
    stand, and that word, where only its sizes tell it; ``is_open``: whether it says no size that is understood.
    """

    __slots__ = ("tail", "sizes", "is_listed", "name", "begin", "is_part", "implied", "is_open")
    tail: Tail
    sizes: tuple[int, ...]
    is_listed: bool
    name: str
    begin: int
    is_part: bool
    implied: tuple[int, str]
    is_open: bool

    def __init__(
        self, tail: Tail, sizes: tuple[int, ...], is_listed: bool, name: str, begin: int = 0, is_part: bool = False,
        implied: tuple[int, str] = (0, ""), is_open: bool = False,
    ) -> None:  # fmt: skip
        self._fill(tail, sizes, is_listed, name, begin, is_part, implied, is_open)

    def description(self, line: str) -> str:
        """What a line says of its layer."""
        at, kind = self.implied
        text = line[self.begin : self.begin + self.tail.end]
        if self.is_open:
            return _without_sizes(text)
        return f"{text[:at]}{kind} {text[at:]}" if kind else text

    @property
    def start(self) -> int:
        """Where its number begins in the line."""
        return self.begin + self.tail.start


def _without_sizes(text: str) -> str:
    """What is said of a layer that is not understood, without the numbers behind its name."""
    found = marks(text)
    kind = next((mark for mark in found if mark.sort == "kind"), None)
    for mark in found:
        numbers = kind is not None and mark.sort in ("number", "sizes") and mark.start > kind.end + 1
        text = text[: mark.start] + " " * (mark.end - mark.start) + text[mark.end :] if numbers else text
    return text


def parts_of(line: str) -> list[Counted]:
    """The layers of a line that are described with a count behind each."""
    if not any(map(str.isdecimal, line)):
        return []
    whole = _counted(line)
    if whole is not None:
        text = line[: whole.tail.end]
        is_open = bool(whole.tail.value) and not (whole.implied[1] or whole.sizes or _describes_one(text))
        return [whole.replace(is_open=is_open)]
    found: list[Counted] = []
    begin = 0
    for end in ends_of_counts(line):
        piece = line[begin:end]
        counted = _counted(piece)
        if counted is not None and counted.tail.value and _may_be_part(piece[: counted.tail.end], counted):
            is_open = not counted.implied[1] and not _describes_one(piece[: counted.tail.end])
            found.append(counted.replace(begin=begin, is_part=True, is_listed=False, is_open=is_open))
            begin = end
        elif counted is not None and counted.tail.value and _is_left_open(piece[: counted.tail.end], counted, found):
            found.append(counted.replace(begin=begin, is_part=True, is_listed=False, is_open=True))
            begin = end
        elif _counts_all(piece, counted):
            begin = end
    return found if any(not part.is_open for part in found) else []


def _is_left_open(text: str, counted: Counted, before: list[Counted]) -> bool:
    """Whether a part of a line is about a layer, beside others, or with something in brackets, of which no size is
    understood.
    """
    return not counted.sizes and (bool(before) or text.rstrip().endswith(CLOSING))


def _counts_all(text: str, counted: Counted | None) -> bool:
    """Whether a part of a line says no layer's sizes, but a count: ``my LSTM classifier has 25,194 parameters:``."""
    if not any(mark.sort == "kind" for mark in marks(text)):
        return True
    tail = counted.tail if counted is not None else tail_of(text)
    return tail is not None and not tail.is_bare and not any(map(str.isdecimal, text[: tail.end]))


def _may_be_part(text: str, counted: Counted) -> bool:
    """Whether a part of a line, without its count, says a layer's sizes, and ends in no word that the number belongs
    to: ``groups = 8``.
    """
    before, last = [None, None, *[mark for mark in marks(text) if mark.sort != "break"]][-2:]
    named = last is not None and (last.sort == "size" or last.value in ("input", "output"))
    if named and counted.tail.is_bare and (before is None or before.sort not in ("number", "sizes")):
        return False
    return counted.is_listed or bool(counted.sizes) or _describes_one(text)


def _describes_one(text: str) -> bool:
    """Whether a text says sizes of one layer with parameters; it may name others: ``LSTM classifier: dense 64→2``."""
    from netledger.audit.understanding.prose.clauses import clauses

    return sum(piece.says() for piece in clauses(text, 0) if piece.kind in KINDS) == 1


def _counted(line: str) -> Counted | None:
    """A line read so, where it can be: a layer's word, sizes without arithmetic, a sign or a gap, one number."""
    tail = tail_of(line) if len(line) <= LONGEST and any(map(str.isdecimal, line)) else None
    if tail is None:
        return None
    text = line[: tail.end]
    found = marks(text)
    kinds = [i for i, mark in enumerate(found) if mark.sort == "kind"]
    first = found[kinds[0]] if kinds else _implied(found, text, IMPLYING if tail.value else ("input",))
    if "|" in text or any(sign in text for sign in "+*"):
        return None
    if first is None:
        return _of_its_sizes(text, found, tail)
    if any(mark.value in ("calculation", "~", "params") for mark in found) or any(map(is_total, text.split())):
        return None
    weighted = [i for i in kinds if found[i].value in KINDS]
    name = _name(text, found[weighted[0]] if weighted else first)
    sizes = _sizes(found, kinds, text, is_nothing=tail.value == 0)
    if sizes is not None and not text[: first.start].strip(" \t-•*.)0123456789") and tail.is_bare and "=" not in text:
        return Counted(tail, sizes, True, name)
    if len(weighted) > 1 and not _describes_one(text):
        return None
    tables = [found[i].value for i in weighted] == ["embedding"]  # "embedding (5000x64)" says its rows and width
    if not tables and _works_out(found, tail, in_columns=not line[tail.end : tail.start].strip()):
        return None
    if (tail.value == 0) == bool(weighted) or (tail.value and kinds and not weighted):
        return None
    return Counted(tail, sizes or (), False, name)


def _of_its_sizes(text: str, found: list[Mark], tail: Tail) -> Counted | None:
    """``mu (400→20) 8,020``: a layer of which a name, what it reads and what it makes are all that is said."""
    numbers = [mark for mark in found if mark.sort == "number"]
    sides = [mark.value for mark in found if mark.sort == "sizes"]
    if len(numbers) != len(NAMES_A_PAIR) or _between(found, numbers) != "->" or not tail.value or len(sides) > 1:
        return None
    at = numbers[0].start
    at -= text[at - 1 : at] in ("(", "[", "（")
    name = text[:at].rstrip(" :=(-|").rpartition(" ")[2].lstrip("*`-•")
    named = text.rfind(name, 0, at)
    said = [mark.value for mark in found if mark.start > named and mark.sort in ("size", "word", "kind", "count")]
    if not name[:1].isalpha() or is_total(name) or not PLAIN_WORDS.issuperset(map(str, said)):
        return None
    if sides and not (isinstance(sides[0], tuple) and len(sides[0]) == len(NAMES_A_PAIR)):
        return None
    sizes = (int(str(numbers[0].value)), int(str(numbers[1].value)))
    return Counted(tail, sizes, False, name, implied=(at, "conv" if sides else "dense"))


PLAIN_WORDS = frozenset(
    ("and", "each", "without bias", "with bias", "shortcut", "mlp", "heads", "then", "keras", "pytorch")
)
"""Words around such a layer that say no size of it."""
NAMES_A_PAIR = ("reads", "makes")
"""What an arrow joins."""


def _between(found: list[Mark], numbers: list[Mark]) -> object:
    """The one mark between two numbers; ``None`` where there are more."""
    first, second = found.index(numbers[0]), found.index(numbers[1])
    return found[first + 1].value if second == first + 2 else None


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
    return name if name.isidentifier() and not is_total(name) and name.lower() not in AND else word


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
