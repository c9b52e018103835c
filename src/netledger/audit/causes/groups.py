"""How people get several layers together wrong: a matrix of each block left out, all heads counted, biases forgotten.

Each slip is a function from a quantity to the counts that somebody who makes it arrives at, with a kind and a sentence.
"""

from __future__ import annotations

from netledger.audit.matching.books.categories import KEYS_VALUES, NORMS, OUTPUTS, QUERIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netledger.audit.matching.books.parts import Books, Part
    from netledger.audit.matching.books.quantities import Quantity

    Wrong = tuple[float, str, int, str]


def wrong_sums(quantity: Quantity, books: Books) -> Iterator[Wrong]:
    """Every wrong count of several layers: cost, kind, value, sentence; each also without the biases."""
    biases = sum([part.biases * times for part, times in quantity.cover]) if books.bias else 0
    for slip in SLIPS:
        for cost, kind, value, why in slip(quantity, books):
            yield cost, kind, value, why
            if biases and kind not in ("missing_bias", "double_bias"):
                yield cost + 0.4, kind, value - biases, why


def _without_biases(quantity: Quantity, books: Books) -> Iterator[Wrong]:
    plain = [(part, times) for part, times in quantity.cover if part.biases and part.family not in NORMS]
    biases = sum([part.biases * times for part, times in plain])
    if biases and books.bias:
        yield 0.3, "missing_bias", quantity.value - biases, f"the {biases:,} biases of {quantity.what} are missing"
        for part, times in plain:
            if len(plain) > 1:
                why = f"the {part.biases * times:,} biases of {part.shown} are missing"
                yield 0.6, "missing_bias", quantity.value - part.biases * times, why


def _heads_of_queries(quantity: Quantity, books: Books) -> Iterator[Wrong]:
    """Keys and values as wide as the queries."""
    queries = [part for part, _ in quantity.cover if part.leaf in QUERIES]
    shared = [(part, times) for part, times in quantity.cover if part.leaf in KEYS_VALUES]
    if queries and shared and width_of(shared[0][0]) < width_of(queries[0]):
        more = sum([(queries[0].full - part.full) * times for part, times in shared])
        why = f"keys and values make {width_of(shared[0][0]):,} values each: the query heads share them in groups"
        yield 0.2, "kv_heads_ignored", quantity.value + more, why


def width_of(part: Part) -> int:
    """How many values a layer makes; of an adapter, its last matrix."""
    return part.terms[-1].size("out") if part.family == "lora" else part.out


def _times_heads(quantity: Quantity, books: Books) -> Iterator[Wrong]:
    """The matrices of all heads together, times the heads."""
    inward = [(p, n) for p, n in quantity.cover if p.leaf in QUERIES | KEYS_VALUES and p.family == "linear"]
    if not inward or not all("attention" in part.categories for part, _ in quantity.cover):
        return
    width = inward[0][0].out
    value = sum([books.count(part) * times for part, times in inward])
    for size in HEAD_SIZES:
        heads = width // size
        if heads * size == width and heads > 1:
            why = f"the {heads} heads share the {width:,} columns of queries, keys and values: they are no factor"
            yield 0.4, "multiplied_by_heads", quantity.value * heads, why
            yield 0.4, "multiplied_by_heads", value * heads, why


def _biases_twice(quantity: Quantity, books: Books) -> Iterator[Wrong]:
    biases = sum([part.biases * times for part, times in quantity.cover])
    if biases and books.bias:
        yield 0.6, "double_bias", quantity.value + biases, f"the {biases:,} biases of {quantity.what} are added twice"
        last, times = quantity.cover[-1]
        if len(quantity.cover) > 1 and last.biases:
            why = f"the {last.biases:,} biases of {last.shown} are added twice"
            yield 0.8, "double_bias", quantity.value + last.biases * times, why


def _without_output(quantity: Quantity, books: Books) -> Iterator[Wrong]:
    for part, times in quantity.cover:
        if part.leaf in OUTPUTS or (part.leaf in ("dense", "proj", "c_proj") and "attention" in part.categories):
            why = f"the output projection {part.shown} ({part.written()}) is missing"
            yield 0.3, "missing_output_projection", quantity.value - books.count(part) * times, why


def _without_gate(quantity: Quantity, books: Books) -> Iterator[Wrong]:
    inner = [
        (part, times) for part, times in quantity.cover if "feed-forward" in part.categories and part.family == "linear"
    ]
    if len(inner) >= 3:
        part, times = inner[0]
        why = f"the feed-forward layer is gated: it has three matrices ({part.written()} each)"
        yield 0.2, "missing_gate_matrix", quantity.value - books.count(part) * times, why


def _without_norms(quantity: Quantity, books: Books) -> Iterator[Wrong]:
    norms = [(part, times) for part, times in quantity.cover if part.family in NORMS]
    if norms and len(norms) < len(quantity.cover):
        value = sum([books.count(part) * times for part, times in norms])
        yield 0.6, "missing_norm", quantity.value - value, f"the norms of {quantity.what} ({value:,}) are missing"


def _fewer_norms(quantity: Quantity, books: Books) -> Iterator[Wrong]:
    """Two norms where a block has three."""
    counts = {books.count(part) for part, _ in quantity.cover}
    if len(counts) != 1 or any(part.family not in NORMS for part, _ in quantity.cover):
        return
    there = sum([times for _, times in quantity.cover])
    blocks = min([times for _, times in quantity.cover])
    for number in range(2, there // blocks if there // blocks <= MOST_NORMS else 0):
        left_out = there // blocks - number
        why = f"{quantity.what} are {there // blocks}: {left_out} {'is' if left_out == 1 else 'are'} missing"
        yield 0.2, "missing_norm", quantity.value // there * number * blocks, why


def _with_statistics(quantity: Quantity, books: Books) -> Iterator[Wrong]:
    value = sum([part.statistics * times for part, times in quantity.cover])
    if value and not books.statistics:
        why = "moving means and variances are no parameters: they are not learned"
        yield 0.3, "counted_running_stats", quantity.value + value, why


def _without_one(quantity: Quantity, books: Books) -> Iterator[Wrong]:
    for part, times in quantity.cover if 2 < len(quantity.cover) <= 12 else ():
        why = f"{part.shown} ({books.count(part) * times:,}) is missing"
        yield 1.2, "missing_layer", quantity.value - books.count(part) * times, why


def _all_alike(quantity: Quantity, books: Books) -> Iterator[Wrong]:
    """``6 × 9,216``: as many layers as there are, the first of which reads fewer channels than the others."""
    cover = [(part, times) for part, times in quantity.cover if part.family not in NORMS]
    if len(cover) != 2 or cover[0][0].family != cover[1][0].family or cover[0][0].out != cover[1][0].out:
        return
    (first, once), (other, times) = sorted(cover, key=lambda entry: entry[1])
    own, like = books.count(first), books.count(other)
    if once == 1 < times and first.kernel == other.kernel and own != like:
        why = f"{first.shown} reads {first.seen:,} inputs, not {other.seen:,}: it has {own:,}, and not {like:,}"
        yield 0.2, "wrong_in_channels", quantity.value - own + like, why


def _ungrouped(quantity: Quantity, books: Books) -> Iterator[Wrong]:
    more = sum([part.weights * (part.groups - 1) * times for part, times in quantity.cover if part.groups > 1])
    if more:
        yield 0.4, "missing_groups", quantity.value + more, "some of its layers have groups"


MOST_NORMS = 4
"""Norms of a block at most, as people count them."""
HEAD_SIZES = (32, 40, 48, 64, 80, 96, 128, 160, 192, 256)
"""Widths of one attention head in published networks."""
SLIPS: tuple[Callable[[Quantity, Books], Iterator[Wrong]], ...] = (
    _without_biases, _biases_twice, _times_heads, _heads_of_queries, _without_output, _without_gate, _without_norms,
    _fewer_norms, _with_statistics, _without_one, _ungrouped,
    _all_alike,
)  # fmt: skip
"""The slips that are tried, in no order: the cheapest that gives the value wins."""


def tied_tables(books: Books) -> list[tuple[Part, Part]]:
    """Each tied layer with the owner of its table."""
    found = []
    for part in books.parts:
        owner = books.by_path.get(str(part.tied_to)) if part.tied_to is not None else None
        if owner is not None:
            found.append((part, owner))
    return found
