"""What a network keeps of each token: the width of its keys and values, in how many layers."""

from __future__ import annotations

from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.books.parts import Books

KEYS = ("k_proj", "key", "wk", "k")
QUERIES = ("q_proj", "query", "wq", "q")
LATENT = ("kv_a_proj_with_mqa", "kv_a_proj", "wkv_a")
"""What makes the one vector that latent attention keeps of keys and values."""
FUSED = ("qkv_proj", "qkv", "query_key_value", "in_proj", "Wqkv", "c_attn")
"""One matrix for queries, keys and values."""
OUTWARD = ("o_proj", "out_proj", "dense", "proj", "wo", "o", "c_proj")
"""Attention's last matrix."""
LEAST_LAYERS = 2
"""Layers of a network that keeps something for each."""
ENCODERS = ("encoder", "cross", "encdec")
"""How names of layers show that a network also reads its input at once, and keeps something else."""


class Cached(Record):
    """What a cache holds of one projection: how wide it is (``out``), what it reads (``seen``), in how many layers."""

    __slots__ = ("out", "seen", "times", "shown")
    out: int
    seen: int
    times: int
    shown: str

    def __init__(self, out: int, seen: int, times: int, shown: str) -> None:
        self._fill(out, seen, times, shown)


class KeptValues(Record):
    """Values that a token leaves in each layer (``width``), and would if each query head kept its own (``full``)."""

    __slots__ = ("width", "full", "layers", "shown")
    width: int
    full: int
    layers: int
    shown: str

    def __init__(self, width: int, full: int, layers: int, shown: str) -> None:
        self._fill(width, full, layers, shown)


def kept_by(books: Books) -> KeptValues | None:
    """What a network keeps of a token; ``None`` where its layers keep different things, or that is not known."""
    if any(mark in path.lower() for part in books.weighted for path in part.paths[:1] for mark in ENCODERS):
        return None
    latent = cached(books, LATENT)
    if latent is not None:
        return KeptValues(latent.out, latent.out, latent.times, latent.shown)
    keys, queries = keys_and_queries(books)
    if keys is None or queries is None or keys.times != _all_times(books):
        return None
    return KeptValues(2 * keys.out, 2 * queries.out, keys.times, keys.shown)


def _all_times(books: Books) -> int:
    """How many layers make keys, of whatever width."""
    for names in (KEYS, FUSED):
        times = sum([part.times for part in books.weighted if part.leaf in names])
        if times:
            return times
    return 0


def cached(books: Books, names: tuple[str, ...]) -> Cached | None:
    """The projections of these names, in all layers that have equal ones."""
    found = [part for part in books.weighted if part.leaf in names]
    if not found or sum([part.times for part in found]) < LEAST_LAYERS:
        return None
    first = max(found, key=lambda part: part.times)
    times = sum([part.times for part in found if (part.out, part.seen) == (first.out, first.seen)])
    return Cached(first.out, first.seen, times, first.shown)


def keys_and_queries(books: Books) -> tuple[Cached | None, Cached | None]:
    """What makes keys and what makes queries, one by one or in one matrix."""
    keys, queries = cached(books, KEYS), cached(books, QUERIES)
    return (keys, queries) if keys is not None and queries is not None else _fused(books)


def _fused(books: Books) -> tuple[Cached | None, Cached | None]:
    """Keys and queries of one matrix for all three: what the output projection reads is the queries' share."""
    whole, after = cached(books, FUSED), cached(books, OUTWARD)
    if whole is None or after is None or (whole.out - after.seen) % 2 or whole.out <= after.seen:
        return None, None
    keys = (whole.out - after.seen) // 2
    return Cached(keys, whole.seen, whole.times, whole.shown), Cached(after.seen, whole.seen, whole.times, whole.shown)
