"""Keys and values that a running model keeps: whose heads were counted."""

from __future__ import annotations

from itertools import combinations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.books import Books, Part
    from netledger.audit.matching.items import Item

WORDS = frozenset(("kv", "cache", "kvcache", "kv-cache", "kv_cache"))
"""Words that make a calculation one of a cache."""
KEYS = ("k_proj", "key", "wk", "k")
LEAST_FACTORS = 4
"""Layers, width, context and bytes: a shorter product works out no cache."""
QUERIES = ("q_proj", "query", "wq", "q")


def cache_slip(
    item: Item, books: Books, words: frozenset[str]
) -> tuple[str, str, str, float | None, str | None] | None:
    """Verdict, sentence, kind and what is right for a product that works out a cache; ``None`` where it is none."""
    if (
        not words & WORDS
        or not item.products
        or len(item.products) != 1
        or item.node is None
        or len(item.products[0].leaves) < LEAST_FACTORS
    ):
        return None
    keys, queries = _named(books, KEYS), _named(books, QUERIES)
    if keys is None or queries is None:
        return None
    sizes = [leaf.value for leaf in item.products[0].leaves]
    if keys.times not in sizes:
        return None
    sizes.remove(keys.times)
    if _holds(sizes, keys.out):
        return "right", f"keys and values of {keys.out:,} in {keys.times} layers", "", None, keys.shown
    if queries.out == keys.out or not _holds(sizes, queries.out):
        return None
    expected = item.node.value * keys.out / queries.out
    why = (
        f"only keys and values are kept: {keys.out:,} values a layer and token, not the {queries.out:,} of the queries "
        f"({queries.out // keys.out} query heads share one)"
    )
    return "wrong", why, "kv_heads_ignored", int(expected) if expected == int(expected) else expected, keys.shown


def _named(books: Books, names: tuple[str, ...]) -> Part | None:
    return next((part for part in books.weighted if part.leaf in names and part.times > 1), None)


def _holds(sizes: list[int | float], width: int) -> bool:
    """Whether some of the factors make a width: ``8 × 128``, or the width itself."""
    return width in sizes or any(a * b == width for a, b in combinations(sizes, 2))
