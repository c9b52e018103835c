"""A line of a text → marks: numbers, sizes (``3x3``, ``(28, 28, 1)``), words by their role, and signs that separate.

What belongs to a calculation (``3*3*3*16 + 16 = 448``) and what stands beside a word for parameters is left out:
a result never describes.
"""

from __future__ import annotations

from netledger.audit.reading.tokens.words import ordinal_end
from netledger.audit.understanding.marks.calculations import LONGEST_LINE, without_calculations
from netledger.audit.understanding.marks.cleaning import cleaned, without_product, without_results
from netledger.audit.words import ORDINAL_PREFIX, WITHOUT
from netledger.audit.words.describing import ASSIGNED, KINDS, NUMBERS, OTHERS, SIZES
from netledger.audit.words.transformers import LINKS
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

TIMES = "x×*✕⨯·⋅хX"
ARROWS = ("-->", "->", "=>", "→", "⟶", "➔", "⇒", "⟹", "➜", "▶")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20, 0x3001: 0x2C, 0x3002: 0x2E, 0x00A0: 0x20, 0x202F: 0x20, 0x2009: 0x20, 0x2019: 0x27, 0x2018: 0x27,
}  # fmt: skip


SIGNS = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if not chr(code - 0xFEE0).isalpha()} | {
    ord("，"): ",", ord("："): ":"
}  # fmt: skip
"""Wide digits and signs, each as the plain one: ``＝``, ``＋``, ``（``."""


class Mark(Record):
    """``sort``: ``number sizes kind size word break label``; ``value``: the number, the sizes, the role."""

    __slots__ = ("sort", "value", "start", "end", "text")
    sort: str
    value: object
    start: int
    end: int
    text: str

    def __init__(self, sort: str, value: object, start: int, end: int, text: str = "") -> None:
        self._fill(sort, value, start, end, text)


_index: dict[str, list[tuple[str, str, str, bool]]] = {}


def _phrases() -> dict[str, list[tuple[str, str, str, bool]]]:
    """First letter → ``(phrase, sort, role, stem)``, the longest first."""
    if _index:
        return _index
    tables: list[tuple[str, dict[str, str]]] = [
        ("kind", KINDS), ("size", SIZES), ("word", OTHERS), ("count", {str(n): words for n, words in NUMBERS.items()}),
    ]  # fmt: skip
    for sort, table in tables:
        for role, phrases in table.items():
            for phrase in phrases.split("|"):
                stem = phrase.endswith("*")
                plain = phrase.rstrip("*").replace("-", " ").replace("*", "")
                if plain:
                    _index.setdefault(plain[0], []).append((plain, sort, role, stem))
    for entries in _index.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return _index


def plain(line: str) -> str:
    """The line in lower case and half width, each character in its place; ``-``, ``_`` between letters are spaces."""
    lower = line[:LONGEST_LINE].translate(_WIDE)
    lower = "".join([c.lower() if len(c.lower()) == 1 else c for c in lower])
    kept = list(lower)
    for i in range(1, len(kept) - 1):
        if (
            kept[i] in "-_"
            and kept[i + 1].isalpha()
            and (kept[i - 1].isalpha() or (kept[i - 1].isdigit() and kept[i] == "-"))
        ):
            kept[i] = " "
    return "".join(kept)


def is_wide(character: str) -> bool:
    """Whether a character is of a script that is written without spaces (Hangul's endings are glued to words too)."""
    return "\u1100" <= character <= "\u11ff" or "\u2e80" <= character <= "\ud7af" or "\uf900" <= character <= "\ufaff"


def is_inside_a_word(text: str, i: int) -> bool:
    """Whether a letter goes on with a word that began before it."""
    return bool(i) and not is_wide(text[i]) and text[i - 1].isalpha() and not is_wide(text[i - 1])


def end_of_word(text: str, i: int) -> int:
    """Where the word ends of which the letters from here on are the rest."""
    while i < len(text) and text[i].isalpha() and not is_wide(text[i]):
        i += 1
    return i


def marks(line: str) -> list[Mark]:
    """The marks of a line, in order.

    >>> [m.value for m in marks("conv1: 16 filters 3x3, stride 1, same padding -> 448 params")]
    ['conv', ':', 16, 'filters', (3, 3), ',', 'stride', 1, ',', 'same', '->', 'params']
    >>> [(m.sort, m.value) for m in marks("conv1: 3*3*3*16 + 16 = 448")]
    [('kind', 'conv'), ('break', ':'), ('break', 'calculation')]
    """
    line = cleaned(line[:LONGEST_LINE].translate(SIGNS))
    kept = without_calculations(line)
    first = next((i for i, (a, b) in enumerate(zip(line, kept, strict=False)) if a != b), len(line))
    text = plain(kept)
    found: list[Mark] = []
    i = 0
    while i < len(text):
        character = text[i]
        mark = None
        if line[i] != kept[i] and not (found and found[-1].value == "calculation"):
            found.append(Mark("break", "calculation", i, i + 1))
        if character.isdigit() and _is_glued(text, i, found):
            mark = _identifier(line, text, i)
        elif character.isdigit():
            mark = _number(text, i)
        elif character in "([":
            mark = _tuple(text, i)
        elif character.isalpha() or character in "'":
            mark = _word(text, i) if not _is_name(line, i) else None
        if mark is None and not character.isalnum():
            mark = _sign(text, i)
        if mark is None:
            i = _past_word(text, i)
            continue
        if mark.value == "gap" and line[i : mark.end] != kept[i : mark.end]:
            mark = Mark("break", "calculation", i, mark.end)  # what was left out of the line, with the space around it
        if mark.start > first and mark.sort in ("number", "sizes"):
            mark = mark.replace(text="after")
        found.append(mark)
        i = mark.end
    return without_results(without_product(_by_sides(found)))


def _by_sides(found: list[Mark]) -> list[Mark]:
    """``64 by 64`` as sizes."""
    kept: list[Mark] = []
    for mark in found:
        by = len(kept) > 1 and kept[-1].value == "by" and [kept[-2].sort, mark.sort] == ["number", "number"]
        if by and kept[-1].end < mark.start < kept[-1].end + 2:
            first = kept[-2]
            kept[-2:] = [Mark("sizes", (first.value, mark.value), first.start, mark.end, mark.text)]
        else:
            kept.append(mark)
    return kept


# ---------------------------------------------------------------------- one mark each


def _digits(text: str, i: int) -> tuple[int | None, int]:
    """The whole number at ``i`` and where it ends; ``None`` for a fraction or a number with a unit glued to it."""
    end = i
    while end < len(text) and text[end].isdigit():
        end += 1
    value = text[i:end]
    while (
        end < len(text)
        and text[end] in ",.'"
        and text[end + 1 : end + 4].isdigit()
        and len(text[end + 1 : end + 4]) == 3
    ):
        if (
            text[end + 4 : end + 5].isdigit()
            or len(value.lstrip("0")) not in range(1, 10)
            or (len(text[i:end]) > 3 and value == text[i:end])
        ):
            break
        value += text[end + 1 : end + 4]
        end += 4
    if end < len(text) and text[end] == "." and text[end + 1 : end + 2].isdigit():
        while end < len(text) and (text[end].isdigit() or text[end] == "."):
            end += 1
        return None, end
    if end < len(text) and text[end] in "kmbg%" and not text[end + 1 : end + 2].isalpha():
        return None, end + 1
    if text[end : end + 2] in (" %", "\u00a0%", " ％"):
        return None, end + 2  # "94 % of them"
    return (int(value) if value.isascii() and len(value) < 13 else None), end


def _is_name(line: str, i: int) -> bool:
    """``S2``, ``P4``: a capital and a number are a layer's name, no stride or padding."""
    return line[i].isascii() and line[i].isupper() and line[i + 1 : i + 2].isdecimal()


def _is_glued(text: str, i: int, found: list[Mark]) -> bool:
    """Whether digits are the end of a name: ``C3``, ``fp16``; not of a word that is understood, as in ``k5``."""
    before = text[i - 1 : i]
    return before.isascii() and before.isalpha() and before not in TIMES and (not found or found[-1].end != i)


def _identifier(line: str, text: str, i: int) -> Mark:
    start, end = i, i
    while start > 0 and text[start - 1].isascii() and text[start - 1].isalpha():
        start -= 1
    while end < len(text) and text[end].isascii() and text[end].isalnum():
        end += 1
    return Mark("label", line[start:end], start, end)


def _number(text: str, i: int) -> Mark | None:
    """A number, or several joined by ``x``; what is added or multiplied with ``*`` is part of a calculation."""
    value, end = _digits(text, i)
    if value is None:
        return Mark("break", "~", i, end)
    if not _is_worded(text, i, end) and (
        (text[:i].rstrip()[-1:] in "+*" and text[:i].rstrip()) or text[end:].lstrip()[:1] in ("+", "*")
    ):
        behind = text[end:].lstrip(" *")
        if not (text[end:].lstrip()[:1] == "*" and behind[:1].isdigit() and text[:i].rstrip()[-1:] not in "+*"):
            return Mark("break", "~", i, end)
    if (i and text[i - 1] in ORDINAL_PREFIX) or ordinal_end(text, end):
        return Mark("break", "~", i, end)
    sizes = [value]
    while (factor := _factor(text, end)) is not None:
        sizes.append(factor[0])
        end = factor[1]
    if len(sizes) > 1:
        return Mark("sizes", tuple(sizes), i, end)
    if text[end : end + 1] == "d" and not text[end + 1 : end + 2].isalpha() and sizes[0] in (1, 2, 3):
        return Mark("word", "axes", i, end + 1, text[i])
    return Mark("number", sizes[0], i, end)


def _is_worded(text: str, i: int, end: int) -> bool:
    """Whether a factor stands between words: ``words * 64 dimensions``."""
    before = text[:i].rstrip()
    return before[-1:] == "*" and before[:-1].rstrip()[-1:].isalpha() and text[end:].lstrip()[:1].isalpha()


def _factor(text: str, end: int) -> tuple[int, int] | None:
    """The number behind a times sign, and where it ends."""
    sign = _skip(text, end)
    if not (sign < len(text) and text[sign] in TIMES):
        return None
    start = _skip(text, sign + 1)
    if not (start < len(text) and text[start].isdigit()):
        return None
    value, last = _digits(text, start)
    return None if value is None else (value, last)


def _skip(text: str, i: int) -> int:
    while i < len(text) and text[i] == " ":
        i += 1
    return i


def _tuple(text: str, i: int) -> Mark | None:
    """``(28, 28, 1)``, ``[224x224x64]``, ``(None, 64)``: sizes in brackets; ``None``, ``-1`` and ``N`` are no sizes."""
    close = text.find(")" if text[i] == "(" else "]", i, i + 60)
    if close < 0:
        return None
    if "," in text[i:close] and any(_factor(text, at + 1) is not None for at in range(i, close) if text[at].isdigit()):
        return None  # the arguments of "Conv2D(32, 3x3)"
    inner = text[i + 1 : close].replace("×", ",").replace("x", ",").replace("*", ",").replace("х", ",")
    pieces = [piece.strip() for piece in inner.split(",")]
    if pieces and pieces[-1] == "":
        pieces.pop()
    first = pieces[0] if pieces else ""
    batch = first in ("none", "-1", "n", "b", "batch", "batch size", "?")
    sizes = pieces[1:] if batch else pieces
    if not sizes or len(sizes) > 5 or not all(piece.isdecimal() and len(piece) < 10 for piece in sizes):
        return None
    if len(sizes) == 1 and not batch and text[i] == "(":
        return None
    return Mark("sizes", tuple([int(piece) for piece in sizes]), i, close + 1, "tuple")


def phrases_at(
    text: str, i: int, known: dict[str, list[tuple[str, str, str, bool]]], *, plural: bool = False
) -> Iterator[tuple[str, str, str, int]]:
    """The known phrases that begin at a place, with their sorts and roles and where they end: a stem with the rest of
    its word, and where ``plural`` any of them with an s.
    """
    if is_inside_a_word(text, i):
        return
    for phrase, sort, role, stem in known.get(text[i], ()):
        if not text.startswith(phrase, i):
            continue
        end = i + len(phrase)
        after = text[end : end + 1]
        if after.isalpha() and not is_wide(phrase[-1]) and not is_wide(after):
            several = plural and after == "s" and not text[end + 1 : end + 2].isalpha() and len(phrase) > 2
            if not stem and not several:
                continue
            end = end_of_word(text, end)
        yield phrase, sort, role, end


def _word(text: str, i: int) -> Mark | None:
    for phrase, sort, role, end in phrases_at(text, i, _phrases(), plural=True):
        after = text[i + len(phrase) : i + len(phrase) + 1]
        if phrase in ASSIGNED and text[end:].lstrip()[:1] != "=" and (len(phrase) > 1 or sort != "size"):
            continue
        if len(phrase) == 1 and sort == "size" and text[end:].lstrip()[:1] not in ("=", ":") and not after.isdigit():
            continue
        if sort == "count":
            return Mark("count", int(role), i, end)
        if role == "with bias" and text[end:].replace(" ", "")[:6] in ("=false", ":false"):
            role = "without bias"
        return _named(text, i, end, sort, role)
    return None


_LAYERS = tuple(
    [word for word in OTHERS["layer"].split("|") if not word.endswith("*") and (len(word) > 3 or is_wide(word[0]))]
)
"""Words for a layer, with which compounds end: ``Ausgabeschicht``, ``uitvoerlaag``."""


def _named(text: str, i: int, end: int, sort: str, role: str) -> Mark:
    """A word with the number that is glued to it: ``conv1_2``, ``fc6``, ``dense_1``, ``conv2d``."""
    stop, axes = end, ""
    if sort == "kind":
        if text[stop : stop + 1] in ("1", "2", "3") and text[stop + 1 : stop + 2] == "d":
            axes, stop = text[stop], stop + 2
        while stop < len(text) and (
            text[stop].isdigit() or (text[stop] in "_-." and text[stop + 1 : stop + 2].isdigit())
        ):
            stop += 1
        if text[stop : stop + 1].isalpha() and text[stop].isascii() and not text[stop + 1 : stop + 2].isalpha():
            stop += stop > end
        if not axes and text[i:stop][-1:].isdigit():
            axes = "#"
    if sort == "word" and text[i:stop].endswith(_LAYERS):
        axes = "layer"
    return Mark(sort, role, i, stop, axes)


def _sign(text: str, i: int) -> Mark | None:
    if text[i] == "\t" or text.startswith("  ", i):
        end = i
        while end < len(text) and text[end] in " \t":
            end += 1
        return Mark("break", "gap", i, end) if i and text[:i].strip() and end < len(text) else None
    for arrow in ARROWS:
        if text.startswith(arrow, i):
            return Mark("break", "->", i, i + len(arrow))
    if text[i] in ".!?" and (i + 1 == len(text) or not text[i + 1].isalnum() or is_wide(text[i + 1])):
        return Mark("break", ".", i, i + 1)
    if text[i] in ";,:=()[]|/–—-+&@~≈…":
        return Mark("break", {"≈": "~", "–": "-", "—": "-"}.get(text[i], text[i]), i, i + 1)
    return None


def _past_word(text: str, i: int) -> int:
    if not text[i].isalpha() or is_wide(text[i]):
        return i + 1
    while i < len(text) and text[i].isalpha() and not is_wide(text[i]):
        i += 1
    return i


_DENYING = tuple([word for word in WITHOUT if is_wide(word[0])])


def is_denied(text: str, start: int, end: int) -> bool:
    """Whether a phrase stands behind a word for ``without``, or, where no spaces part words, beside one."""
    before = text[:start].rstrip()
    word = plain(before).split()[-1:]
    behind = text[end:].lstrip()
    behind = behind[1:] if is_wide(behind[:1] or " ") and behind[0] in LINKS else behind
    return bool(word and word[0] in WITHOUT) or before.endswith(_DENYING) or behind.startswith(_DENYING)


def roles(found: list[Mark]) -> Iterator[str]:
    """The roles of the words among marks."""
    for mark in found:
        if mark.sort in ("kind", "size", "word"):
            yield str(mark.value)
