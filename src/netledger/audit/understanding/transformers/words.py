"""The sizes of a transformer that a text states, in prose, in lists and as a configuration: ``d_model = 512, 8 heads``.

Each number belongs to the word right before it, or else to the one behind it; numbers of calculations are none.
"""

from __future__ import annotations

from netledger.audit.understanding.transformers.tokens import StatedToken, tokens_of
from netledger.audit.words.transformers import LETTERS, TOKENS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

RANGES = {
    "hidden": (8, 65_536), "ffn": (8, 500_000), "ratio": (2, 16), "layers": (1, 256), "heads": (1, 512),
    "kv heads": (1, 512), "head dim": (4, 1024), "vocabulary": (16, 2_000_000), "positions": (2, 2_000_000),
    "classes": (2, 100_000), "experts": (2, 1024), "shared experts": (1, 64), "active": (1, 64), "patch": (2, 64),
    "picture": (8, 4096), "channels": (1, 16), "segments": (1, 16), "encoder layers": (1, 256),
    "decoder layers": (1, 256), "kv dim": (4, 65_536),
}  # fmt: skip
"""Between what each size of a real transformer lies; another number beside such a word is none."""
MOST_SKIPPED = 2
"""Words between a number and what it counts: ``16 query attention heads``."""
LEAST_WORDS = 5_000
"""Of a vocabulary that is called so many tokens; a context has fewer."""
MOST_BEFORE_CHAIN = 5
"""Words between what a chain of sizes is of and the chain: ``each expert a SwiGLU 2048 -> 5632 -> 2048``."""


class Stated:
    """What a text states: ``sizes`` by role, ``says`` the flags, ``lines`` where; ``clashes``: roles told twice."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        self.says: set[str] = set()
        self.lines: set[int] = set()
        self.first: set[int] = set()
        """Where a size is told for the first time."""
        self.clashes: set[str] = set()
        self.rough: set[str] = set()
        self.mentioned: set[str] = set()
        """The roles that a word names anywhere, with a number or without."""
        self.letters: dict[str, int] = {}
        """What single letters say, where no word says it."""

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
        tokens = list(tokens_of(line))
        says = {role for token in tokens if token.sort == "says" for role in _roles(token.value)}
        if says.isdisjoint(("rms", "layernorm")) and "norm" not in line.lower() and "normas" not in line:
            says.discard("final")
        found.says |= says
        found.mentioned |= {str(token.value) for token in tokens if token.sort == "size"}
        if any(token.sort in ("number", "chain", "sizes") for token in tokens):
            _read_line(found, tokens, line_no)
    for role, value in found.letters.items():
        found.sizes.setdefault(role, value)
    return found


def _roles(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _read_line(found: Stated, tokens: list[StatedToken], line_no: int) -> None:
    rough: str | None = None
    for i, token in enumerate(tokens):
        if token.sort == "chain":
            _read_chain(found, tokens, i, line_no)
        if token.sort not in ("number", "sizes", "rough"):
            continue
        if rough is not None and token.sort == "number" and _is_exact(tokens, i):  # "32k (32000)"
            found.rough.discard(rough)
            _put(found, rough, int(str(token.value)), line_no, rough=False)
            continue
        role = _before(tokens, i) or _of_experts(tokens, i) or _counted(tokens, i)
        rough = role if token.sort == "rough" else None
        if role is None:
            _put_unnamed(found, tokens, i, line_no)
            continue
        for name, value in _values(role, token.value):
            _put(found, name, value, line_no, rough=token.sort == "rough")


def _put_unnamed(found: Stated, tokens: list[StatedToken], i: int, line_no: int) -> None:
    """What no word says the role of: ``d = 512``, ``51200 tokens``, ``(32x32x3)``; words elsewhere count more."""
    value, after = tokens[i].value, tokens[i + 1] if i + 1 < len(tokens) else None
    said: list[tuple[str, int]] = []
    if isinstance(value, int) and _has_letter(tokens, i):
        said.append((LETTERS[str(tokens[i - 2].value)], value))
    elif isinstance(value, int) and value >= LEAST_WORDS and after is not None and after.value in TOKENS:
        said.append(("vocabulary", value))
    elif isinstance(value, tuple) and len(value) == 3 and value[0] == value[1] and value[2] in (1, 3):
        said += [("picture", value[0]), ("channels", value[2])]
    for role, size in said:
        if RANGES[role][0] <= size <= RANGES[role][1]:
            found.letters.setdefault(role, size)
            found.lines.add(line_no)


def _of_experts(tokens: list[StatedToken], i: int) -> str | None:
    """``16 experts (SwiGLU, 1408)``: how wide each of them is."""
    j = i - 1
    while j >= 0 and i - j <= 3 and (tokens[j].value == "," or tokens[j].sort == "says"):
        j -= 1
    inside = j > 0 and tokens[j].sort == "open" and tokens[i].sort == "number"
    return "ffn" if inside and tokens[j - 1].sort == "size" and tokens[j - 1].value == "experts" else None


def _has_letter(tokens: list[StatedToken], i: int) -> bool:
    """``d = 512``: a letter and an equals sign before the number."""
    if i < 2 or tokens[i - 1].value != "=" or tokens[i - 2].sort != "letter":
        return False
    return i < 3 or tokens[i - 3].sort not in ("letter", "word", "size")


def _is_exact(tokens: list[StatedToken], i: int) -> bool:
    """``32k (32000)``: the number in brackets behind one in thousands is the same, exactly."""
    if i < 2 or tokens[i - 1].sort != "open" or tokens[i - 2].sort != "rough":
        return False
    rough, exact = tokens[i - 2].value, tokens[i].value
    return isinstance(rough, int) and isinstance(exact, int) and abs(rough - exact) < rough // 10


def _read_chain(found: Stated, tokens: list[StatedToken], i: int, line_no: int) -> None:
    """``MLP 512 -> 2048 -> 512``: the widths of the model and of its feed-forward part; ``router 512 -> 16``."""
    sizes = tokens[i].value
    assert isinstance(sizes, tuple)
    about = next((t for t in reversed(tokens[max(0, i - MOST_BEFORE_CHAIN) : i]) if t.sort == "size"), None)
    role = about.value if about is not None else ""
    if len(sizes) == 3 and sizes[0] == sizes[2]:
        said = (("hidden", sizes[0]), ("ffn", sizes[1]))
    elif len(sizes) == 2 and role in ("ffn", "router"):
        said = (("hidden", sizes[0]), ("ffn" if role == "ffn" else "experts", sizes[1]))
    else:
        return
    if about is not None and role in ("ffn", "router"):
        about.used = True
    for name, value in said:
        _put(found, name, value, line_no, rough=False)


def _values(role: str, value: object) -> Iterator[tuple[str, int]]:
    if isinstance(value, int):
        yield role, value
    elif isinstance(value, tuple) and role in ("patch", "picture") and len(set(value[:2])) == 1:
        yield role, value[0]
        if len(value) == 3 and role == "picture":
            yield "channels", value[2]


def _put(found: Stated, role: str, value: int, line_no: int, *, rough: bool) -> None:
    if role not in RANGES:
        return
    least, most = RANGES[role]
    if not least <= value <= most:
        return
    if rough:
        found.rough.add(role)
        return
    known = found.sizes.get(role)
    if role == "layers" and 1 in (known, value) and known is not None:
        value = known = max(known, value)  # "1 layer: …, 12 layers: …"
        found.sizes[role] = value
    if role == "experts" and known not in (None, value) and "active" not in found.sizes:
        assert known is not None
        found.sizes["experts"], found.sizes["active"] = max(known, value), min(known, value)
        return
    if known is None:
        found.sizes[role] = value
        found.first.add(line_no)
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
            value, range = tokens[i].value, RANGES.get(str(token.value))
            if token.used or _has_own(tokens, j):
                return None
            if range is not None and isinstance(value, int) and not range[0] <= value <= range[1]:
                return None  # "a 2-matrix MLP"
            token.used = True
            role = str(token.value)
            return _of_dim(tokens, j) if role == "dim" else role
        if token.sort == "says" and "learned" in _roles(token.value):
            return "positions"  # "1024 learned positions"
        if token.sort not in ("word", "says"):
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
