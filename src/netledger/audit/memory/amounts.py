"""An amount of memory that a text gives for keys and values, and what the network keeps under the same conditions."""

from __future__ import annotations

from netledger.audit.memory.asked import USUAL, asked_at, supposes_all_heads, words_of
from netledger.audit.memory.caches import speaks_of_cache
from netledger.audit.memory.mentions import mentions_in
from netledger.audit.memory.models import model_of
from netledger.audit.memory.places import place_in
from netledger.audit.reading.tokens.words import BINARY_UNITS
from netledger.audit.words.memory import BOUNDS, HARDWARE, ONE_SIDE, OTHER_MEMORY, OTHER_TOPICS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from netledger.audit.matching.assignment import Matcher
    from netledger.audit.matching.items.item import Item
    from netledger.audit.memory.asked import Asked
    from netledger.audit.memory.caches import Caches
    from netledger.audit.memory.kept import KeptValues
    from netledger.audit.memory.places import Around
    from netledger.audit.reading.tokens.tokenizing import Token

    Claim = tuple[str, str, str, float | None, str | None]

OPEN: Claim = ("", "", "", None, None)
"""Of an amount that is a cache's, and of which nothing is known."""
NEARLY, NEARLY_ABOUT = 0.004, 0.06
"""How far an amount may be off, as a share, beside its rounding; and where it is called approximate."""
CLEARLY = 0.03
"""How far it must be off to be wrong."""


def cache_amount(item: Item, matcher: Matcher) -> Claim | None:
    """Verdict, sentence, kind and what is right for an amount of memory that is a cache's; ``None`` for another one."""
    token = item.stated.node.token if item.stated is not None and item.stated.node is not None else None
    if token is None or not item.value or item.statement.quantity != "bytes" or item.fault is not None:
        return None
    if not matcher.caches.speaks[0] or token.unit != "bytes" or token.line_no != item.line_no:
        return None
    place = place_in(matcher.line_words.lines, token.line_no, token.start, token.end)
    works = item.products is not None and any(len(product.leaves) >= LEAST_FACTORS for product in item.products)
    if not _is_claim(place, matcher.caches, works=works) or _is_bound(place):
        return None
    kept, certain = model_of(place, matcher.caches)
    if kept is None:
        return OPEN
    asked = asked_at(place, kept, certain, matcher.caches.last_told())
    if asked is None:
        return None if not certain else OPEN
    matcher.caches.asked[item.index] = asked
    return _judged(item, matcher, place, kept, asked, token)


# ---------------------------------------------------------------------- whether it is one


def _speaks_of_other(words: Iterable[str]) -> bool:
    return any(word.startswith((*OTHER_MEMORY, *HARDWARE)) for word in words)


def _is_claim(place: Around, caches: Caches, *, works: bool) -> bool:
    """Whether what stands around an amount makes it one of a cache: the nearest words that tell decide; ``works``:
    whether a product of layers, widths and more gives it.
    """
    own = words_of([*place.head, *place.tail])
    for words in (own, words_of(place.column), words_of(place.row)):
        cache, other = speaks_of_cache(words), _speaks_of_other(words)
        if cache or other:
            return cache and not other
    told = any(mention.kind in SCOPES for mention in mentions_in([*place.outer, *place.tail]))
    if not place.is_cell and not works and not told and not supposes_all_heads(place):
        return False
    for text in place.above:
        words = [word.strip(".,:;()*#`").lower() for word in text.split()]
        cache, other = speaks_of_cache(words), any(word.startswith(OTHER_TOPICS) for word in words)
        if cache or other:
            return cache
    return not caches.speaks[1]


LEAST_FACTORS = 4
"""Layers, width, context and bytes: what a line works out that is a cache's, whatever it says."""
SCOPES = frozenset(("tokens", "batch", "layer"))
"""Conditions of which one must be told where no word says that an amount is a cache's."""


def _is_bound(place: Around) -> bool:
    """Whether an amount is one that another is compared with."""
    near = words_of([*place.head[-4:], *place.tail[:3]])
    signs = [token.text for token in place.head[-2:]]
    return any(word.startswith((*BOUNDS, *HARDWARE)) for word in near) or "<" in signs or ">" in signs


# ---------------------------------------------------------------------- right or wrong


def _judged(item: Item, matcher: Matcher, place: Around, kept: KeptValues, asked: Asked, token: Token) -> Claim:
    amounts, readings = asked.amounts(), _readings(float(item.value or 0), token.suffix)
    error = item.error / float(item.value or 1)
    if any(_is_near(value, amount, error, item) for value in readings for amount in amounts):
        matcher.caches.right.add(float(item.value or 0))
        return "right", _told(asked, kept), "", None, kept.shown
    sentence = matcher.line_words.sentence(item)
    supposed = sentence.is_no_claim and asked.width == kept.width
    again = not place.is_cell and len(place.head) <= MOST_POINTING and item.value in matcher.caches.right
    if again or not asked.sure or supposed or sentence.is_denied or _is_one_side(place):
        return OPEN
    if any(abs(value - amount) <= max(CLEARLY, error) * amount for value in readings for amount in amounts):
        return OPEN
    if not asked.has_type and any(
        _is_near(value, amount * other / USUAL, error, item)
        for value in readings for amount in amounts for other in (0.5, 1, 4)
    ):  # fmt: skip
        return OPEN  # of another type, perhaps
    kind, why = _cause(item, kept, asked, readings, error)
    return "wrong", why, kind, _whole(amounts[0]), kept.shown


MOST_POINTING = 2
"""Words before an amount that only takes up one from above: ``That 10 GB is why …``."""


def _readings(value: float, suffix: int) -> list[float]:
    """A value in GB as it is, and as if GB were GiB."""
    binary = BINARY_UNITS.get(suffix)
    return [value, value / suffix * binary] if binary is not None else [value]


def _is_near(value: float, amount: float, error: float, item: Item) -> bool:
    """Whether an amount is the true one, rounded or cut at its last digit."""
    about = NEARLY_ABOUT if item.approximate else NEARLY
    if abs(value - amount) <= max(about * amount, ROUNDED * error * value):
        return True
    return error <= LEAST_CUT and 0 < amount - value < error * value


ROUNDED = 0.55
"""How much of its last digit's unit a rounded number may be off."""
LEAST_CUT = 0.1
"""The share of a number that its last digit's unit is where it may have been cut."""


def _told(asked: Asked, kept: KeptValues) -> str:
    context = f"{asked.tokens[0]:,} tokens" if asked.tokens[0] > 1 else "a token"
    layers = "one layer" if asked.layers == 1 else f"{kept.layers} layers"
    return f"keys and values of {context}: {asked.width:,} values in {layers}"


def _cause(item: Item, kept: KeptValues, asked: Asked, readings: list[float], error: float) -> tuple[str, str]:
    amounts = asked.amounts()
    told = f"{_told(asked, kept)} of {asked.bytes[0]:g} bytes"
    shared = kept.full / asked.width
    if shared > 1 and any(_is_near(value, amount * shared, error, item) for value in readings for amount in amounts):
        why = f"only the heads of keys and values are kept ({shared:g} query heads share one): {told}"
        return "kv_heads_ignored", why
    for times, kind, why in SLIPS:
        if any(_is_near(value, amount * times, error, item) for value in readings for amount in amounts):
            return kind, f"{why}: {told}"
    return "wrong_value", told


SLIPS = (
    (0.5, "wrong_formula", "keys and values are both kept"),
    (1000, "unit_mixup", "a thousand times too much"), (1 / 1000, "unit_mixup", "a thousand times too little"),
    (8, "wrong_value", "eight times too much"), (4, "wrong_value", "four times too much"),
    (2, "wrong_value", "twice too much"),
)  # fmt: skip
"""What an amount is mistaken for, by how many times it is too large."""


def _is_one_side(place: Around) -> bool:
    """Whether only keys, or only values, are spoken of."""
    words = set(words_of([*place.head, *place.tail, *place.column])) & ONE_SIDE
    keys, values = words & {"k", "keys", "key"}, words & {"v", "values", "value"}
    return bool(keys) != bool(values)


def _whole(value: float) -> float:
    return int(value) if value == int(value) else value
