"""The conditions under which a text gives an amount of memory: how many tokens, sequences, layers, which type."""

from __future__ import annotations

from itertools import product

from netledger.audit.memory.mentions import Mention, mentions_in, mentions_of, tokens_of
from netledger.audit.memory.places import is_amount
from netledger.audit.reading.tokens.contexts import LEAST_CONTEXT, lengths
from netledger.audit.words import WITHOUT
from netledger.audit.words.memory import ALL_HEADS, CONTEXTS, SHARED_HEADS, TOKENS
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from netledger.audit.memory.kept import KeptValues
    from netledger.audit.memory.places import Around
    from netledger.audit.reading.tokens.tokenizing import Token

USUAL = 2
"""Bytes of a value, where nothing says another type."""
MOST_READINGS = 64
"""Readings of one condition that are compared."""


class Asked(Record):
    """The conditions of one amount: readings of tokens, sequences, bytes of a value, layers, values of one layer.

    ``sure``: whether the text leaves no doubt about them; ``has_type``: whether it says the type of a value;
    ``is_own``: whether the tokens are said beside the amount.
    """

    __slots__ = ("tokens", "batch", "bytes", "layers", "width", "sure", "has_type", "is_own")
    tokens: tuple[float, ...]
    batch: tuple[float, ...]
    bytes: tuple[float, ...]
    layers: int
    width: int
    sure: bool
    has_type: bool
    is_own: bool

    def __init__(
        self, tokens: tuple[float, ...], batch: tuple[float, ...], bytes: tuple[float, ...], layers: int, width: int,
        sure: bool, has_type: bool, is_own: bool,
    ) -> None:  # fmt: skip
        self._fill(tokens, batch, bytes, layers, width, sure, has_type, is_own)

    def amounts(self) -> list[float]:
        """What is kept by each reading in bytes, the likeliest first."""
        one = self.layers * self.width
        return [one * t * b * s for t, b, s in product(self.tokens, self.batch, self.bytes)][:MOST_READINGS]


def words_of(tokens: Iterable[Token]) -> list[str]:
    """The words among tokens, in lower case."""
    return [token.text.lower() for token in tokens if token.kind == "name"]


def asked_at(place: Around, kept: KeptValues, certain: bool, last: Asked | None) -> Asked | None:
    """The conditions that the nearest words give; ``None`` where nothing says for how many tokens it is.

    ``certain``: whether the network is; ``last``: the conditions of the last amount above that says them itself.
    """
    own = [mentions_in(tokens) for tokens in (place.tail, place.head, place.column, place.row, place.outer)]
    above = [mentions_of(text) for text in place.above]
    values = _values_of_layer(place, kept)
    if values is None:
        return None
    tokens = _nearest("tokens", own) or _numbers_of_table(place) or _nearest("tokens", [mentions_in(place.before)])
    sure = certain
    is_own = tokens is not None
    if tokens is None:
        tokens, sure = _tokens_above(above, last if values != kept.width else None)
    if tokens is None:
        return None
    batch = _nearest("batch", own)
    held = batch.values if batch is not None else _batch_above(place.above)
    width = _nearest("width", own)
    sizes = width.values if width is not None else _types_above(above)
    layers = kept.layers if _nearest("layer", own) is None else 1
    return Asked(tokens.values, held, sizes or (USUAL,), layers, values, sure and certain, bool(sizes), is_own)


def _tokens_above(above: list[list[Mention]], last: Asked | None) -> tuple[Mention | None, bool]:
    """The tokens that lines above speak of, and whether these are the only ones; with other heads those of ``last``,
    and no other that the text speaks of.
    """
    told = {found.values for mentions in above for found in mentions if found.kind == "tokens"}
    if last is not None:
        return Mention("tokens", (*last.tokens, *[value for values in told for value in values]), 0), True
    nearest = _nearest("tokens", above)
    several = len([values for values in told if values[0] > 1]) != 1
    return nearest, nearest is not None and nearest.values[0] > 1 and not several


def _batch_above(texts: list[str]) -> tuple[float, ...]:
    """One sequence, or as many as a line above sets: first where that line gives no amount for them itself."""
    for text in texts:
        found = _nearest("batch", [mentions_of(text)])
        if found is not None:
            gives = any(is_amount(token) for token in tokens_of(text))
            return tuple(dict.fromkeys((1, *found.values) if gives else (*found.values, 1)))
    return (1,)


def _types_above(above: list[list[Mention]]) -> tuple[float, ...]:
    """The bytes of a value of the types that lines above name, that of the first line first."""
    found = [mention.values for mentions in reversed(above) for mention in mentions if mention.kind == "width"]
    return tuple(dict.fromkeys([size for values in found for size in values]))


def _nearest(kind: str, found: list[list[Mention]]) -> Mention | None:
    """The last mention of a kind in the nearest piece of text that has one."""
    for mentions in found:
        of_kind = [mention for mention in mentions if mention.kind == kind]
        if of_kind:
            return of_kind[-1]
    return None


def _numbers_of_table(place: Around) -> Mention | None:
    """``| 8,192 | 1 GB |``: a plain number at the head of a row or column is how many tokens."""
    called = any(word.startswith((*TOKENS, *CONTEXTS)) for word in words_of(place.corner))
    for tokens in (place.column, place.row) if place.is_cell else ():
        plain = lengths(tokens[0]) if len(tokens) == 1 and tokens[0].kind == "num" else ()
        if plain and (tokens[0].value >= LEAST_CONTEXT or (called and tokens is place.row)):
            return Mention("tokens", plain, 0)
    return None


def _values_of_layer(place: Around, kept: KeptValues) -> int | None:
    """How many values a token leaves in one layer: those of all heads where a sentence supposes that."""
    if supposes_all_heads(place):
        return kept.full
    words = [*place.said, *words_of([*place.column, *place.row])]
    return None if any(word.startswith("mqa") for word in words) else kept.width


def supposes_all_heads(place: Around) -> bool:
    """Whether an amount is one that attention would take in which each head has keys and values of its own."""
    words = words_of([*place.outer, *place.tail, *place.column, *place.row])
    if any(word.startswith(ALL_HEADS) for word in words):
        return True
    said = [*place.said, *words]
    return not WITHOUT.isdisjoint(said) and any(word.startswith(SHARED_HEADS) for word in said)
