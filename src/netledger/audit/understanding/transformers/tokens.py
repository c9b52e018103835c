"""A line of a text about a transformer → tokens: numbers, chains of them, words for sizes, remarks, links, breaks."""

from __future__ import annotations

from netledger.audit.understanding.marks.calculations import without_calculations
from netledger.audit.understanding.marks.scanning import (
    ARROWS,
    SIGNS,
    is_denied,
    is_wide,
    phrases_at,
    plain,
)
from netledger.audit.words.transformers import COUNTERS, LETTERS, LINKS, NUMBERS, SAYS, SIZES, STOPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_CELL = "&|\t"
_COUNTERS = f"{COUNTERS}-x×*`\"'"


class StatedToken:
    """A piece of a line: ``number sizes chain rough size letter says link open stop word break``."""

    __slots__ = ("sort", "used", "value")

    def __init__(self, sort: str, value: object) -> None:
        self.sort, self.value, self.used = sort, value, False

    def __repr__(self) -> str:
        return f"{self.sort}:{self.value}"


_index: dict[str, list[tuple[str, str, str, bool]]] = {}


def _phrases() -> dict[str, list[tuple[str, str, str, bool]]]:
    """First letter → ``(phrase, sort, role, stem)``, the longest first."""
    if not _index:
        for sort, table in (("size", SIZES), ("says", SAYS)):
            for role, phrases in table.items():
                for phrase in phrases.split("|"):
                    bare = plain(phrase.rstrip("*"))
                    _index.setdefault(bare[0], []).append((bare, sort, role, phrase.endswith("*")))
        for entries in _index.values():
            entries.sort(key=lambda entry: -len(entry[0]))
    return _index


_LATEX = (
    ("_{", "_"), ("{,}", ","), ("\\text", " "), ("\\mathrm", " "), ("\\_", "_"), ("\\times", "×"), ("\\cdot", "·"),
)  # fmt: skip


def _clean(line: str) -> str:
    """A line without LaTeX's and Markdown's signs, its calculations blanked."""
    if "\\" in line or "$" in line or "_{" in line:
        for sign, meant in _LATEX:
            line = line.replace(sign, meant)
        line = line.replace("{", " ").replace("}", " ").replace("$", " ")
    told = plain(without_calculations(_told(_in_pairs(line.translate(SIGNS))))).replace("**", "  ")
    for sign in ('": ', '":', "': ", ": ", " = ", "=") if "true" in told or "false" in told else ():
        told = told.replace(f"{sign}true", " true").replace(f"{sign}false", " false")  # "tie_word_embeddings": true
    return told


def _in_pairs(line: str) -> str:
    """``4+4 layers`` are layers of an encoder and of a decoder."""
    at = line.find("+")
    while at > 0:
        before, after = line[:at].rstrip(), line[at + 1 :].lstrip()
        left, right = before[len(before.rstrip("0123456789")) :], after[: len(after) - len(after.lstrip("0123456789"))]
        rest = after[len(right) :].lstrip()
        if left and right and len(left + right) <= 4 and rest.lower().startswith(_LAYERS):
            return f"{before} encoder {right} decoder {rest}"
        at = line.find("+", at + 1)
    return line


_LAYERS = tuple(
    [phrase for phrase in SIZES["layers"].split("|") if "*" not in phrase and (len(phrase) > 3 or not phrase.isascii())]
)


def _told(line: str) -> str:
    """``d_ff = 4 × 512 = 2048``: what is worked out for a named size is that size."""
    pieces = line.split("=")
    kept = pieces[:1]
    for i in range(1, len(pieces)):
        worked = i + 1 < len(pieces) and all(character in _WORKED for character in pieces[i])
        if worked and pieces[i - 1].rstrip()[-1:].isalpha():
            pieces[i] = pieces[i - 1]  # the name, for the equation behind it
        else:
            kept.append(pieces[i])
    return "=".join(kept)


_WORKED = frozenset("0123456789 ×*x·/()")


def tokens_of(line: str) -> Iterator[StatedToken]:
    text = _clean(line)
    cell_links = sum(text.strip(_CELL + " ").count(sign) for sign in _CELL) == 1
    i = 0
    while i < len(text):
        character = text[i]
        if character.isdecimal():
            token, i = _number(text, i)
            yield token
            continue
        found = _phrase(text, i) if character.isalpha() or character == "[" else None
        if found is not None:
            yield found[0]
            i = found[1]
        elif character.isalpha():
            end = i + 1
            while not is_wide(character) and end < len(text) and text[end].isalpha() and not is_wide(text[end]):
                end += 1
            yield _word(text[i:end])
            i = end
        else:
            if character in "=:(" or (character in _CELL and cell_links):
                yield StatedToken("link" if character != "(" else "open", character)
            elif not character.isspace() and character not in _COUNTERS:
                yield StatedToken("break", character)
            elif text.startswith("   ", i) and text[:i].strip():
                yield StatedToken("link", " ")
                while i + 1 < len(text) and text[i + 1] == " ":
                    i += 1
            i += 1


def _word(word: str) -> StatedToken:
    if word in NUMBERS:
        return StatedToken("number", NUMBERS[word])
    if word in LINKS:
        return StatedToken("link", word)
    if word in STOPS:
        return StatedToken("stop", word)
    if word in LETTERS:
        return StatedToken("letter", word)
    return StatedToken("word", word)


def _phrase(text: str, i: int) -> tuple[StatedToken, int] | None:
    for phrase, sort, role, end in phrases_at(text, i, _phrases()):
        if sort == "size":
            return StatedToken(sort, role), end
        if sort == "says" and role == "learned" and is_denied(text, i, end):
            return StatedToken(sort, ("rotary",)), end  # "no learned positions"
        if role == "bias" and text[end:].replace(" ", "")[:6] in ("=false", ":false"):
            role = "no bias"
            return StatedToken(sort, (role,)), end
        same = [also for other, _, also, _ in _phrases()[text[i]] if other == phrase]
        return StatedToken(sort, tuple(same)), end
    return None


def _number(text: str, i: int) -> tuple[StatedToken, int]:
    """A whole number, its thousands grouped in any way; ``16x16`` as sizes; with ``k`` or a fraction it is rough."""
    value, end = _grouped(text, i)
    glued = text[end : end + 1]
    if glued == "." and text[end + 1 : end + 2].isdecimal():
        while end < len(text) and (text[end].isdecimal() or text[end] == "."):
            end += 1
        return StatedToken("break", "."), end
    if glued in ("k", "m", "b", "%") and glued and not text[end + 1 : end + 2].isalpha():
        return (StatedToken("rough", value * 1000) if glued == "k" else StatedToken("break", glued)), end + 1
    if i and (text[i - 1].isalpha() or text[i - 1] in "_.") and not is_wide(text[i - 1]):
        return StatedToken("word", "name"), end
    chain = [value]
    while len(chain) < 4 and (at := _chained(text, end)):
        value, end = _grouped(text, at)
        chain.append(value)
    if len(chain) > 1:
        return StatedToken("chain", tuple(chain)), end
    sizes = [value]
    while len(sizes) < 4:
        at = end
        while at < len(text) and text[at] == " ":
            at += 1
        if text[at : at + 1] not in ("x", "×", "*") or not text[at + 1 : at + 3].lstrip()[:1].isdecimal():
            break
        at += 1 + (text[at + 1] == " ")
        value, end = _grouped(text, at)
        sizes.append(value)
    return (StatedToken("number", sizes[0]) if len(sizes) == 1 else StatedToken("sizes", tuple(sizes))), end


def _chained(text: str, end: int) -> int:
    """Where the next number of a chain begins: behind an arrow, or a dash without spaces; 0 where none does."""
    at = end
    while text[at : at + 1] == " ":
        at += 1
    arrow = next((sign for sign in ARROWS if text.startswith(sign, at)), "")
    if not arrow and text[end : end + 1] == "-" and text[end + 1 : end + 2].isdecimal():
        return end + 1
    at += len(arrow)
    while text[at : at + 1] == " ":
        at += 1
    return at if arrow and text[at : at + 1].isdecimal() else 0


def _grouped(text: str, i: int) -> tuple[int, int]:
    end = i
    while end < len(text) and text[end].isdecimal() and end - i < 12:
        end += 1
    digits = text[i:end]
    if len(digits) <= 3 and not digits.startswith("0"):
        while (
            text[end : end + 1] in (",", ".", "'", " ")
            and text[end : end + 1]
            and len(text[end + 1 : end + 4]) == 3
            and text[end + 1 : end + 4].isdecimal()
            and not text[end + 4 : end + 5].isdecimal()
        ):
            digits += text[end + 1 : end + 4]
            end += 4
    return int(digits), end
