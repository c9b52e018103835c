"""The sizes of a transformer that a text states, in prose, in lists and as a configuration: ``d_model = 512, 8 heads``.

Each number belongs to the word right before it, or else to the one behind it; numbers of calculations are none.
"""

from __future__ import annotations

from netledger.audit.understanding.calculations import without_calculations
from netledger.audit.understanding.scanning import is_denied, is_wide, plain
from netledger.audit.words.transformers import COUNTERS, LINKS, NUMBERS, SAYS, SIZES, STOPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

RANGES = {
    "hidden": (8, 65_536), "ffn": (8, 500_000), "ratio": (2, 16), "layers": (1, 256), "heads": (1, 512),
    "kv heads": (1, 512), "head dim": (4, 1024), "vocabulary": (16, 2_000_000), "positions": (2, 2_000_000),
    "classes": (2, 100_000), "experts": (2, 1024), "shared experts": (1, 64), "active": (1, 64), "patch": (2, 64),
    "picture": (8, 4096), "channels": (1, 16), "segments": (1, 16),
}  # fmt: skip
"""Between what each size of a real transformer lies; another number beside such a word is none."""
MOST_SKIPPED = 2
"""Words between a number and what it counts: ``16 query attention heads``."""
_CELL = "&|\t"
_COUNTERS = f"{COUNTERS}-x×*`\"'"


class StatedToken:
    """A piece of a line: ``number size says link stop word break``."""

    __slots__ = ("sort", "used", "value")

    def __init__(self, sort: str, value: object) -> None:
        self.sort, self.value, self.used = sort, value, False

    def __repr__(self) -> str:
        return f"{self.sort}:{self.value}"


class Stated:
    """What a text states: ``sizes`` by role, ``says`` the flags, ``lines`` where; ``clashes``: roles told twice."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        self.says: set[str] = set()
        self.lines: set[int] = set()
        self.clashes: set[str] = set()
        self.rough: set[str] = set()

    def get(self, role: str) -> int | None:
        """The size of a role, where the text says one and only one."""
        return None if role in self.clashes else self.sizes.get(role)


def read_stated(lines: list[str]) -> Stated:
    """Every size and remark of a text.

    >>> found = read_stated(["12 layers, d_model = 768, 12 heads, d_ff = 3072, no biases"])
    >>> found.sizes
    {'layers': 12, 'hidden': 768, 'heads': 12, 'ffn': 3072}
    >>> "no bias" in found.says
    True
    """
    found = Stated()
    for line_no, line in enumerate(lines, 1):
        tokens = list(_tokens(line))
        says = {role for token in tokens if token.sort == "says" for role in _roles(token.value)}
        if says.isdisjoint(("rms", "layernorm")) and "norm" not in line.lower() and "normas" not in line:
            says.discard("final")
        found.says |= says
        if any(token.sort == "number" for token in tokens):
            _read_line(found, tokens, line_no)
    return found


def _roles(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _read_line(found: Stated, tokens: list[StatedToken], line_no: int) -> None:
    for i, token in enumerate(tokens):
        if token.sort not in ("number", "sizes", "rough"):
            continue
        role = _before(tokens, i) or _counted(tokens, i)
        if role is None:
            continue
        for name, value in _values(role, token.value):
            _put(found, name, value, line_no, rough=token.sort == "rough")


def _values(role: str, value: object) -> Iterator[tuple[str, int]]:
    if isinstance(value, int):
        yield role, value
    elif isinstance(value, tuple) and role in ("patch", "picture") and len(set(value[:2])) == 1:
        yield role, value[0]
        if len(value) == 3 and role == "picture":
            yield "channels", value[2]


def _put(found: Stated, role: str, value: int, line_no: int, *, rough: bool) -> None:
    least, most = RANGES[role]
    if not least <= value <= most:
        return
    if rough:
        found.rough.add(role)
        return
    known = found.sizes.get(role)
    if role == "experts" and known not in (None, value) and "active" not in found.sizes:
        assert known is not None
        found.sizes["experts"], found.sizes["active"] = max(known, value), min(known, value)
        return
    if known is None:
        found.sizes[role] = value
    elif known != value and not (role == "experts" and found.sizes.get("active") == value):
        found.clashes.add(role)
    found.lines.add(line_no)


def _before(tokens: list[StatedToken], i: int) -> str | None:
    """The role of the word right before a number: ``hidden size of 768``; ``heads of 64`` is what each head has."""
    j = i - 1
    while j >= 0 and i - j <= 4 and tokens[j].sort in ("link", "open"):
        j -= 1
    if j < 0 or tokens[j].sort != "size":
        return None
    role, linked = str(tokens[j].value), j < i - 1
    if tokens[j].used:
        return "head dim" if linked and role in ("heads", "kv heads") else None
    tokens[j].used = True
    return _of_dim(tokens, j) if role == "dim" else role


def _counted(tokens: list[StatedToken], i: int) -> str | None:
    """The role of the word behind a number; ``64 patches`` says how many there are, ``8x8 patches`` how large."""
    role = _behind(tokens, i)
    return None if role in ("patch", "picture") and tokens[i].sort == "number" else role


def _behind(tokens: list[StatedToken], i: int) -> str | None:
    """The role of the word that a number counts: ``12 attention heads``."""
    for j, token in enumerate(tokens[i + 1 : i + MOST_SKIPPED + 2], i + 1):
        if token.sort == "size":
            if token.used or _has_own(tokens, j):
                return None
            token.used = True
            role = str(token.value)
            return _of_dim(tokens, j) if role == "dim" else role
        if token.sort == "says" and "learned" in _roles(token.value):
            return "positions"  # "1024 learned positions"
        if token.sort != "word":
            return None
    return None


def _has_own(tokens: list[StatedToken], j: int) -> bool:
    """Whether a number follows right behind the word: then that is its."""
    after = tokens[j + 1 : j + 3]
    return bool(after) and (
        after[0].sort == "number" or (after[0].value in ("=", ":") and len(after) > 1 and after[1].sort == "number")
    )


def _of_dim(tokens: list[StatedToken], j: int) -> str:
    """Whose dimension it is: of the heads or the feed-forward part before it in its clause, else the model's."""
    for token in reversed(tokens[max(0, j - 6) : j]):
        if token.sort == "break":
            break
        if token.sort == "size" and token.value in ("heads", "kv heads", "ffn"):
            return "ffn" if token.value == "ffn" else "head dim"
    return "hidden"


# ---------------------------------------------------------------------- tokens


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
    told = plain(without_calculations(_told(line))).replace("**", "  ")
    for sign in ('": ', '":', "': ", ": ", " = ", "=") if "true" in told or "false" in told else ():
        told = told.replace(f"{sign}true", " true").replace(f"{sign}false", " false")  # "tie_word_embeddings": true
    return told


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


def _tokens(line: str) -> Iterator[StatedToken]:
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
    return StatedToken("word", word)


def _phrase(text: str, i: int) -> tuple[StatedToken, int] | None:
    wide = is_wide(text[i])
    if not wide and i and text[i - 1].isalpha() and not is_wide(text[i - 1]):
        return None
    for phrase, sort, role, stem in _phrases().get(text[i], ()):
        if not text.startswith(phrase, i):
            continue
        end = i + len(phrase)
        after = text[end : end + 1]
        if not is_wide(phrase[-1]) and after.isalpha() and not is_wide(after):
            if not stem:
                continue
            while end < len(text) and text[end].isalpha() and not is_wide(text[end]):
                end += 1
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
