"""What a piece of text says an amount of memory is for: so many tokens and sequences, one layer, values of a type."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

from netledger.audit.reading.tokens import tokenize
from netledger.audit.words.memory import (
    AT,
    BATCH_NAMES,
    BATCHES,
    CONTEXT_NAMES,
    CONTEXTS,
    EACH_ENDING,
    EACH_JOINED,
    EACH_LAST,
    EACH_MORE,
    EACH_NEAR,
    HEADS,
    LAYERS,
    ONE,
    SEQUENCES,
    TOKENS,
    VOCABULARY,
    WIDTHS,
)
from netledger.errors import LimitError
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.reading.tokens import Token

LEAST_CONTEXT = 256
"""A smaller number is no length of a context, unless tokens are named."""
MOST_BETWEEN = 4
"""Pieces between a word for a context and its length: ``context length of 8192``."""
OF_A_VALUE = (0.5, 1, 2, 4, 8)
"""Bytes of one value."""
KILO = 1024


class Mention(Record):
    """One condition: ``kind`` is ``tokens batch width layer heads``, ``values`` its readings, ``start`` its place."""

    __slots__ = ("kind", "values", "start")
    kind: str
    values: tuple[float, ...]
    start: int

    def __init__(self, kind: str, values: tuple[float, ...], start: int) -> None:
        self._fill(kind, values, start)


def tokens_of(text: str) -> list[Token]:
    """The tokens of a piece of text without gaps; none where it has numbers that are too long."""
    try:
        return [token for token in tokenize(text) if token.kind != "gap"]
    except LimitError:
        return []


def mentions_in(tokens: list[Token]) -> list[Mention]:
    """The conditions that tokens name, in order.

    >>> [(found.kind, found.values) for found in mentions_in(tokens_of("S = 2048, batch 8, fp16: per layer"))]
    [('tokens', (2048,)), ('batch', (8,)), ('width', (2,)), ('layer', (1,))]
    >>> [(found.kind, found.values) for found in mentions_in(tokens_of("KV cache per token, then at 32K"))]
    [('tokens', (1,)), ('tokens', (32768, 32000))]
    """
    found: list[Mention] = []
    for i, token in enumerate(tokens):
        if token.kind == "num":
            found += _of_number(tokens, i)
        elif token.kind == "name":
            found += _of_word(tokens, i)
    return found


@lru_cache(maxsize=1024)
def mentions_of(text: str) -> list[Mention]:
    """The same of a piece of text, worked out once: the lines below ask again."""
    return mentions_in(tokens_of(text))


def lengths(token: Token) -> tuple[int, ...]:
    """The lengths of a context that a number may mean, the likelier first: 32K is 32,768, 100k is 100,000."""
    value, letter = token.value, token.text[-1:].lower()
    if not isinstance(value, int) or value < 1 or token.unit or token.suffix not in (1, 10**3, 10**6):
        return ()
    if letter not in ("k", "m") or token.suffix == 1:
        return (value,) if token.suffix == 1 else ()
    shown = value // token.suffix if value % token.suffix == 0 else 0
    if not shown:
        return (value,)
    binary = shown * (KILO if letter == "k" else KILO**2)
    return (binary, value) if shown & (shown - 1) == 0 else (value, binary)


def is_length(tokens: list[Token], i: int) -> bool:
    """Whether the number at ``i`` is one of tokens: ``4K tokens``, ``context 8192``, ``S = 2048``, ``at 32k``."""
    token, after = tokens[i], _name(tokens, i + 1)
    if not lengths(token) or after.startswith(VOCABULARY):
        return False
    if counts_tokens(tokens, i):
        return True
    if token.text[-1:] in ("k", "K") and token.suffix == 10**3:
        return True
    if _is_operand(tokens, i):
        return False
    for back in reversed(tokens[max(0, i - MOST_BETWEEN) : i]):
        word = back.text.lower()
        if back.kind in ("num", "comma", "semi", "stop"):
            break
        if back.kind == "name" and (word.startswith(CONTEXTS) or word.endswith(("ctx", "context"))):
            return token.value >= 1
        if back.kind == "name" and word in CONTEXT_NAMES and tokens[i - 1].text in ("=", ":"):
            return True
    near = tokens[i - 1].text.lower() if i else ""
    return near in AT and token.value >= LEAST_CONTEXT and token.value % LEAST_CONTEXT == 0


def counts_tokens(tokens: list[Token], i: int) -> bool:
    """Whether the words behind the number at ``i`` say that it is one of tokens: ``8192 tokens``, ``8k context``."""
    after = _name(tokens, i + 1)
    if _name(tokens, i + 2).startswith(TOKENS) and after not in EACH_MORE and not after.startswith(SEQUENCES):
        return True
    return after.startswith((*TOKENS, *CONTEXTS)) and not after.startswith("sequences")


def _is_operand(tokens: list[Token], i: int) -> bool:
    """Whether a number is worked with: ``8k context: 327,680 x 8192``."""
    return "op" in (tokens[i - 1].kind if i else "", tokens[i + 1].kind if i + 1 < len(tokens) else "")


def _of_number(tokens: list[Token], i: int) -> Iterator[Mention]:
    token = tokens[i]
    after = _name(tokens, i + 1)
    before = [back.text.lower() for back in tokens[max(0, i - MOST_BETWEEN) : i]]
    if token.unit == "bytes":
        if token.suffix == 1 and token.value in OF_A_VALUE and not _ends_a_result(tokens, i):
            yield Mention("width", (token.value,), token.start)
        return
    if not isinstance(token.value, int):
        return
    named = any(word.startswith(BATCHES) for word in before[-3:])
    named = named or (len(before) > 1 and before[-1] == "=" and before[-2] in BATCH_NAMES)
    if (named or after.startswith(SEQUENCES)) and token.suffix == 1 and not after.startswith((*TOKENS, "sequence_")):
        yield Mention("batch", (token.value,), token.start)
    elif after.startswith(HEADS) or _name(tokens, i + 2).startswith(HEADS):
        yield Mention("heads", (token.value,), token.start)
    elif token.value == 1 and after.startswith(LAYERS):
        yield Mention("layer", (1,), token.start)
    elif is_length(tokens, i):
        yield Mention("tokens", lengths(token), token.start)


def _of_word(tokens: list[Token], i: int) -> Iterator[Mention]:
    word = tokens[i].text.lower()
    for size, names in WIDTHS.items():
        if word.startswith(names):
            yield Mention("width", (size,), tokens[i].start)
    if _is_each(tokens, i, word, TOKENS):
        yield Mention("tokens", (1,), tokens[i].start)
    if _is_each(tokens, i, word, LAYERS):
        yield Mention("layer", (1,), tokens[i].start)


def _is_each(tokens: list[Token], i: int, word: str, names: tuple[str, ...]) -> bool:
    """Whether a word, or it and the one before, says that something is for each: ``per token``, ``bytes/token``."""
    if any(before + name in word for before, name in product(EACH_JOINED, names)):
        return True
    if not word.startswith(names) or word.startswith("tokeni"):
        return False
    if word.endswith(EACH_ENDING) or (i + 1 < len(tokens) and tokens[i + 1].text.startswith(EACH_ENDING)):
        return True
    near = [back.text.lower() for back in tokens[max(0, i - 2) : i] if back.kind != "close"]
    if near[-1:] and (near[-1] in EACH_MORE or near[-1] in ONE or near[-1].endswith(EACH_LAST)):
        return True
    return len(near) > 1 and near[0] in EACH_MORE - EACH_NEAR and near[1].isalpha()


def _ends_a_result(tokens: list[Token], i: int) -> bool:
    """Whether a few bytes are what a line works out, and no width of a value: ``= 2 bytes``."""
    return i > 1 and tokens[i - 1].kind == "rel" and tokens[i - 2].kind == "num"


def _name(tokens: list[Token], i: int) -> str:
    """The word at a place, in lower case; "" where there is none."""
    if i < len(tokens) and tokens[i].kind == "op" and tokens[i].text == "-":
        i += 1
    return tokens[i].text.lower() if i < len(tokens) and tokens[i].kind == "name" else ""
