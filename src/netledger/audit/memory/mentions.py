"""What a piece of text says an amount of memory is for: so many tokens and sequences, one layer, values of a type."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

from netledger.audit.reading.tokens.contexts import MOST_BETWEEN, is_length, lengths, word_at
from netledger.audit.reading.tokens.tokenizing import tokenize
from netledger.audit.words import ONE
from netledger.audit.words.memory import (
    BATCH_NAMES,
    BATCHES,
    EACH_ENDING,
    EACH_JOINED,
    EACH_LAST,
    EACH_MORE,
    EACH_NEAR,
    HEADS,
    LAYERS,
    SEQUENCES,
    TOKENS,
    WIDTHS,
)
from netledger.errors import LimitError
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.reading.tokens.tokenizing import Token

OF_A_VALUE = (0.5, 1, 2, 4, 8)
"""Bytes of one value."""


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


def _of_number(tokens: list[Token], i: int) -> Iterator[Mention]:
    token = tokens[i]
    after = word_at(tokens, i + 1)
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
    elif after.startswith(HEADS) or word_at(tokens, i + 2).startswith(HEADS):
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
    if near[-1:] and (near[-1] in EACH_MORE or near[-1] in ONE or near[-1] == "1" or near[-1].endswith(EACH_LAST)):
        return True
    return len(near) > 1 and near[0] in EACH_MORE - EACH_NEAR and near[1].isalpha()


def _ends_a_result(tokens: list[Token], i: int) -> bool:
    """Whether a few bytes are what a line works out, and no width of a value: ``= 2 bytes``."""
    return i > 1 and tokens[i - 1].kind == "rel" and tokens[i - 2].kind == "num"
