"""A number that multiplies what it should not: groups, a feature map, heads, time steps, a kernel.

A new slip is a new test in :data:`TESTS`.
"""

from __future__ import annotations

from math import isqrt

from netledger.audit.causes.cause import Cause
from netledger.audit.causes.factors import reads_map
from netledger.audit.causes.groups import MOST_NORMS, tied_tables
from netledger.audit.causes.structure import first_written
from netledger.audit.matching.books.categories import KEYS_VALUES, NORMS, OUTPUTS, QUERIES, RECURRENT
from netledger.audit.reading.tokens.words import speaks_of_heads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.audit.causes.structure import Change
    from netledger.audit.matching.books.parts import Books, Part

LEAST_STEPS = 8
"""A smaller factor of a linear layer's weights is no number of positions."""
USUAL_KERNELS = frozenset((2, 3, 5, 7))
"""Sides that are written for those of a kernel of one."""
MATRICES = 4
"""Of attention at most, each of one size: so many times one of them are no heads."""
MOST_HEADS = 128
USUAL_WIDTHS = (32, 64, 80, 96, 128, 256)
"""Widths of a head: a factor that cuts what queries, keys and values read into such is the number of heads."""
LEAST_MAP = 16
"""A square of at least so much that multiplies a convolution's weights is a feature map."""


def extra_factor(change: Change, part: Part, books: Books, words: frozenset[str]) -> Cause:
    """A number that multiplies what it should not."""
    value = 1
    for leaf in change.leaves:
        value *= int(leaf.value)
    kind, why = name_factor(value, [int(leaf.value) for leaf in change.leaves], part, books, words)
    return Cause(kind, why, first_written(change))


def name_factor(value: int, single: list[int], part: Part, books: Books, words: frozenset[str]) -> tuple[str, str]:
    """The kind and the sentence of an extra factor."""
    for test in TESTS:
        found = test(value, single, part, books, words)
        if found is not None:
            return found
    return "wrong_formula", f"nothing multiplies the parameters of {part.shown} by {value:,}"


def _is_groups(
    value: int, single: list[int], part: Part, books: Books, words: frozenset[str]
) -> tuple[str, str] | None:
    if part.groups > 1 and value == part.groups:
        own = part.seen
        share = f"{own * part.groups:,}/{part.groups} = {own:,} channel{'s' if own > 1 else ''}"
        return "missing_groups", f"{part.shown} has {part.groups:,} groups: each filter sees {share}"
    return None


def _is_map(value: int, single: list[int], part: Part, books: Books, words: frozenset[str]) -> tuple[str, str] | None:
    sides = set(part.out_shape[1:] if part.out_shape and part.positions > 1 else ())
    inputs = part.entry.inputs[0] if part.entry.inputs else ()
    sides |= (
        {size for size in inputs[1:] if isinstance(size, int)} if isinstance(inputs, tuple) and part.kernel else set()
    )
    if (part.positions > 1 and value == part.positions) or (single and part.kernel and all(s in sides for s in single)):
        why = f"the filters of {part.shown} are shared by all {part.positions:,} positions of the feature map"
        return "feature_map_multiplied", why
    if (
        part.kernel
        and single == [value]
        and value not in part.kernel
        and value >= LEAST_MAP
        and isqrt(value) ** 2 == value != part.out
    ):
        why = f"the filters of {part.shown} are shared by all {isqrt(value)}×{isqrt(value)} positions of the map"
        return "feature_map_multiplied", why
    if part.kernel and set(part.kernel) == {1} and single and set(single) <= USUAL_KERNELS:
        return "wrong_kernel", f"the kernel of {part.shown} is {'×'.join('1' for _ in part.kernel)}"
    if part.kernel and len(single) == 2 and single[0] == single[1] not in part.kernel:
        why = f"the filters of {part.shown} are shared by all {single[0]}×{single[1]} positions of the feature map"
        return "feature_map_multiplied", why
    return None


def _is_heads(value: int, single: list[int], part: Part, books: Books, words: frozenset[str]) -> tuple[str, str] | None:
    inward = "queries, keys and values" in part.categories
    least = 1 if inward and part.leaf not in QUERIES | KEYS_VALUES | OUTPUTS else MATRICES
    cut = inward and any(value * width == part.seen for width in USUAL_WIDTHS)
    spoken = least < value <= MOST_HEADS and (cut or speaks_of_heads(words))
    if part.heads == value or (spoken and part.family in ("linear", "attention")):
        return "multiplied_by_heads", f"the heads share the width of {part.shown}: they are no factor"
    return None


def _is_flatten(
    value: int, single: list[int], part: Part, books: Books, words: frozenset[str]
) -> tuple[str, str] | None:
    if part.family == "linear" and isqrt(value) ** 2 == value > 1 and reads_map(part, books):
        return (
            "wrong_flatten",
            f"{part.shown} reads {part.seen:,} values, one of each map: {value:,} are pooled into it",
        )
    return None


def _is_number_of_norms(
    value: int, single: list[int], part: Part, books: Books, words: frozenset[str]
) -> tuple[str, str] | None:
    if part.family in NORMS and 1 < value <= MOST_NORMS and value != part.times:
        return (
            "extra_layer",
            f"{part.shown} is there once{' in each block' if part.times > 1 else ''}, not {value} times",
        )
    return None


def _is_time(value: int, single: list[int], part: Part, books: Books, words: frozenset[str]) -> tuple[str, str] | None:
    if part.family in RECURRENT and value == VECTORS and not part.has_two_vectors and part.biases:
        return "double_bias", f"two bias vectors are PyTorch's way; {part.shown} here has one"
    if part.family in RECURRENT:
        return "timesteps_counted", f"the weights of {part.shown} are the same at every step"
    sequence = any(other.family in RECURRENT for other in books.parts)
    if part.family in ("embedding", "linear") and sequence and (part.family == "embedding" or value >= LEAST_STEPS):
        what = "table is" if part.family == "embedding" else "weights are"
        return "timesteps_counted", f"the {what} the same at every step: {part.shown} counts once"
    if part.family in ("linear", "attention", "embedding") and not part.kernel and value >= LEAST_STEPS:
        return "feature_map_multiplied", f"the weights of {part.shown} are the same at all {value:,} positions"
    return None


VECTORS = 2
"""Bias vectors of PyTorch's recurrent layers."""


def _is_shared_table(
    value: int, single: list[int], part: Part, books: Books, words: frozenset[str]
) -> tuple[str, str] | None:
    shares = 1 + sum(1 for _, owner in tied_tables(books) if owner is part)
    own = sum(1 for other in books.weighted if other.full == part.full)
    if part.family == "embedding" and own < value and 1 < value <= max(shares, MOST_SHARES):
        why = f"the table of {part.shown} is shared: its {part.full:,} values count once, not {value} times"
        return "tied_embeddings_double_counted", why
    return None


MOST_SHARES = 3
"""Uses of one table in a network of an encoder and a decoder: both inputs and the output."""


def _is_kernel(
    value: int, single: list[int], part: Part, books: Books, words: frozenset[str]
) -> tuple[str, str] | None:
    if part.kernel and single and all(size in part.kernel for size in single):
        shown = "×".join([f"{size}" for size in part.kernel])
        return "wrong_kernel", f"the kernel of {part.shown} is {shown}"
    return None


TESTS: tuple[Callable[[int, list[int], Part, Books, frozenset[str]], tuple[str, str] | None], ...] = (
    _is_groups, _is_map, _is_shared_table, _is_heads, _is_flatten, _is_number_of_norms, _is_time, _is_kernel,
)  # fmt: skip
"""Who is asked what a factor may be, in this order."""
