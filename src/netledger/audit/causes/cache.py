"""Keys and values that a running model keeps: whose heads were counted."""

from __future__ import annotations

from itertools import combinations, permutations

from netledger.audit.memory.kept import LATENT, cached, keys_and_queries
from netledger.audit.words.memory import CACHE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.books.parts import Books
    from netledger.audit.matching.items.item import Item
    from netledger.audit.memory.kept import Cached
    from netledger.audit.reading.expressions.nodes import Node

LEAST_FACTORS = 4
"""Layers, width, context and bytes: a shorter product works out no cache."""
BOTH_TWICE = 2
"""Factors of two that are no heads: keys and values, and the bytes of a value."""


def cache_slip(
    item: Item, books: Books, words: frozenset[str]
) -> tuple[str, str, str, float | None, str | None] | None:
    """Verdict, sentence, kind and what is right for a product that works out a cache; ``None`` where it is none."""
    if not words & CACHE or not item.products or item.node is None:
        return None
    latent = cached(books, LATENT)
    found = _of_latent(item.node, latent) if latent is not None else None
    if found is not None or len(item.products) != 1:
        return found
    if len(item.products[0].leaves) < LEAST_FACTORS:
        return None
    keys, queries = keys_and_queries(books)
    if keys is None or queries is None:
        return None
    sizes = [leaf.value for leaf in item.products[0].leaves]
    if keys.times not in sizes:
        return None
    sizes.remove(keys.times)
    for _ in range(sizes.count(2) if sizes.count(2) <= BOTH_TWICE else BOTH_TWICE):
        sizes.remove(2)  # keys and values; bytes of a value
    if _holds(sizes, keys.out):
        if item.statement.quantity == "bytes" and _is_one_of_two(item, keys):
            why = "keys and values are both kept: twice as many"
            return "wrong", why, "wrong_formula", _whole(2 * item.node.value), keys.shown
        return "right", f"keys and values of {keys.out:,} in {keys.times} layers", "", None, keys.shown
    width = _wrong_head(sizes, keys, queries)
    if width is not None:
        own = _head_of(keys, queries, width)
        why = f"a head is {own} wide here, not {queries.seen:,} divided by the number of heads"
        return "wrong", why, "wrong_head_dim", _whole(item.node.value * own / width), keys.shown
    if queries.out == keys.out or not _holds(sizes, queries.out):
        return None
    expected = item.node.value * keys.out / queries.out
    why = (
        f"only keys and values are kept: {keys.out:,} values a layer and token, not the {queries.out:,} of the queries "
        f"({queries.out // keys.out} query heads share one)"
    )
    return "wrong", why, "kv_heads_ignored", _whole(expected), keys.shown


def _of_latent(node: Node, latent: Cached) -> tuple[str, str, str, float | None, str | None] | None:
    """The same of latent attention: ``27 * (512 + 64) * 2`` bytes a token, not twice as many."""
    sizes = [factor.value for factor in node.factors()]
    if latent.times not in sizes or latent.out not in sizes:
        return None
    if sizes.count(2) < BOTH_TWICE:
        return "right", f"the latent vector of {latent.out:,} in {latent.times} layers", "", None, latent.shown
    why = f"one latent vector of {latent.out:,} is kept in each layer, which makes keys and values: no factor of 2"
    return "wrong", why, "wrong_formula", _whole(node.value / 2), latent.shown


def cache_claim(
    item: Item, books: Books, words: frozenset[str]
) -> tuple[str, str, str, float | None, str | None] | None:
    """The same for an amount of memory that nothing works out: ``KV cache per token: 392 KiB``."""
    if not words & CACHE or item.statement.quantity != "bytes" or item.products or not item.value:
        return None
    keys, queries = keys_and_queries(books)
    if keys is None or queries is None:
        return None
    true, asked = 2 * keys.out * keys.times, 2 * queries.out * keys.times
    if any(_is_near(item, true * size) for size in WIDTHS):
        return "right", f"keys and values of {keys.out:,} in {keys.times} layers", "", None, keys.shown
    if queries.out != keys.out and _is_near(item, asked * USUAL):
        why = f"only keys and values are kept: {keys.out:,} values a layer, not the {queries.out:,} of the queries"
        return "wrong", why, "kv_heads_ignored", _whole(true * USUAL), keys.shown
    return None


def _is_near(item: Item, size: float) -> bool:
    return item.value is not None and abs(item.value - size) <= max(item.error, NEARLY * size)


USUAL = 2
"""Bytes of a value of a cache, where nothing says another type."""
NEARLY = 0.002
"""How far an amount of memory for one token may be off, as a share."""


def _is_one_of_two(item: Item, keys: Cached) -> bool:
    """Whether layers, heads and their width leave one small factor, the bytes of a value: none for keys and values."""
    assert item.products is not None
    left = [leaf.value for leaf in item.products[0].leaves]
    left.remove(keys.times)
    pair = (keys.out,) if keys.out in left else next((p for p in combinations(left, 2) if p[0] * p[1] == keys.out), ())
    for size in pair:
        left.remove(size)
    return bool(pair) and 1 not in left and sum(1 for size in left if size in WIDTHS) == 1


WIDTHS = (0.5, 1, 2, 4, 8)
"""Bytes of a value."""


def _whole(value: float) -> float:
    return int(value) if value == int(value) else value


def _wrong_head(sizes: list[int | float], keys: Cached, queries: Cached) -> int | None:
    """``8 × 80`` where 8 heads of 128 are cached: the hidden size divided by the query heads is no head's width."""
    for heads, width in permutations(sizes, 2):
        if isinstance(heads, int) and isinstance(width, int) and heads > 1 and keys.out % heads == 0 and width > 1:
            own = keys.out // heads
            if own != width and queries.out % own == 0 and queries.out // own * width == queries.seen:
                return width
    return None


def _head_of(keys: Cached, queries: Cached, width: int) -> int:
    """How wide a head is where somebody takes the hidden size over the number of query heads."""
    return queries.out // (queries.seen // width)


def _holds(sizes: list[int | float], width: int) -> bool:
    """Whether some of the factors make a width: ``8 × 128``, or the width itself."""
    return width in sizes or any(a * b == width for a, b in combinations(sizes, 2))
