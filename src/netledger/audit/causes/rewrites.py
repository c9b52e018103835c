"""How people get a layer wrong, by value: named rewrites of its true terms, each with a cost.

For a number that comes without an expression. A rewrite is a function from a part to the values that somebody who makes
that slip arrives at, each with a sentence; :func:`rewrite` registers it. A new slip is one function here, or one in
another package that an entry point of the group ``netledger.causes`` names by its kind.

>>> sorted(REWRITES)[:3]
['counted_running_stats', 'double_bias', 'feature_map_multiplied']
"""

from __future__ import annotations

from netledger.audit.causes.factors import reads_map
from netledger.audit.causes.groups import width_of
from netledger.audit.matching.books.categories import KEYS_VALUES, NORMS, QUERIES, RECURRENT
from netledger.records import Record
from netledger.registry import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netledger.audit.matching.books.parts import Books, Part
    from netledger.audit.matching.books.terms import Term

    Wrong = tuple[int, str]
    Maker = Callable[[Part, Books], Iterator[Wrong]]


class Rewrite(Record):
    """A named slip: ``kind``, ``families`` that it befalls (empty: all), ``cost`` (0 common … 3 rare), its function."""

    __slots__ = ("kind", "families", "cost", "values")
    kind: str
    families: tuple[str, ...]
    cost: float
    values: Maker

    def __init__(self, kind: str, families: tuple[str, ...], cost: float, values: Maker) -> None:
        self._fill(kind, families, cost, values)


REWRITES: dict[str, list[Rewrite]] = {}
"""``kind → its rewrites``."""
_OWN: dict[str, str] = {}
CAUSES: Table[list[Rewrite]] = Table("cause", _OWN, "netledger.causes")
"""The same with whose they are: a kind has one owner."""


def rewrite(kind: str, *families: str, cost: float) -> Callable[[Maker], Maker]:
    """Register a slip; a kind that another package has is a ``UsageError``."""

    def register(values: Maker) -> Maker:
        owner = values.__module__
        if owner == __name__:
            _OWN[kind] = owner
        CAUSES.register(kind, REWRITES.setdefault(kind, []), owner).append(Rewrite(kind, families, cost, values))
        return values

    return register


def wrong_values(part: Part, books: Books) -> Iterator[tuple[float, str, int, str]]:
    """Every wrong value of one layer of a part: cost, kind, value, sentence."""
    for entries in REWRITES.values():
        for entry in entries:
            if not entry.families or part.family in entry.families:
                for value, why in entry.values(part, books):
                    yield entry.cost, entry.kind, value, why


def _without(term: Term, role: str) -> int:
    return term.value // term.size(role)


def _weights(part: Part) -> list[Term]:
    return [term for term in part.terms if term.role == "weight"]


# ---------------------------------------------------------------------- biases


@rewrite("missing_bias", cost=0.0)
def _without_bias(part: Part, books: Books) -> Iterator[Wrong]:
    if part.biases and books.bias and part.family not in NORMS:
        many = part.biases > 1
        yield (
            part.weights,
            f"the {part.biases:,} {'biases' if many else 'bias'} of {part.shown} {'are' if many else 'is'} missing",
        )


@rewrite("missing_bias", "norm", "batchnorm", cost=0.5)
def _scale_only(part: Part, books: Books) -> Iterator[Wrong]:
    if part.biases:
        yield part.weights, f"{part.shown} has a shift for every channel beside the scale"


@rewrite("double_bias", "conv", "depthwise", "linear", "partial", cost=0.4)
def _bias_twice(part: Part, books: Books) -> Iterator[Wrong]:
    if part.biases and books.bias:
        yield part.full + part.biases, f"the {part.biases:,} biases are added twice"


@rewrite("double_bias", "conv", "depthwise", "linear", "embedding", cost=0.6)
def _bias_that_is_none(part: Part, books: Books) -> Iterator[Wrong]:
    if part.out and not part.biases:
        yield part.weights + part.out, f"{part.shown} has no bias"


@rewrite("missing_second_bias", *RECURRENT, cost=0.0)
def _one_vector(part: Part, books: Books) -> Iterator[Wrong]:
    if part.biases % 2 == 0 and sum(term.role == "bias" for term in part.terms) and _vectors(part) == 2:
        yield part.weights + part.biases // 2, f"{part.shown} has two bias vectors (input and recurrent), not one"


@rewrite("double_bias", *RECURRENT, cost=0.2)
def _two_vectors(part: Part, books: Books) -> Iterator[Wrong]:
    if _vectors(part) == 1:
        yield part.weights + 2 * part.biases, f"two bias vectors are PyTorch's way; {part.shown} here has one"


def _vectors(part: Part) -> int:
    slots = [slot for slot in part.entry.effect.slots if slot.role == "bias" and slot.name.endswith("_l0")]
    return len(slots)


@rewrite("swapped_dims", "linear", "conv", cost=0.4)
def _bias_on_the_input_side(part: Part, books: Books) -> Iterator[Wrong]:
    width = part.seen * part.groups
    if part.biases and width and width != part.out:
        why = f"there is a bias for each of the {part.out:,} outputs, not for each of the {width:,} inputs"
        yield part.weights + width, why


# ---------------------------------------------------------------------- factors


@rewrite("missing_in_channels", "conv", "linear", cost=0.3)
def _no_inputs(part: Part, books: Books) -> Iterator[Wrong]:
    if part.seen > 1 and part.terms:
        flat = _without(part.terms[0], "in")
        what = "filter" if part.kernel else "output"
        why = f"every {what} of {part.shown} reads all {part.seen:,} inputs"
        if part.kernel or part.biases:
            yield flat + part.biases, why
        if part.kernel:
            yield flat, why
            yield flat + part.out, why


@rewrite("missing_groups", "conv", "depthwise", cost=0.1)
def _ungrouped(part: Part, books: Books) -> Iterator[Wrong]:
    if part.groups > 1:
        own = part.seen
        share = f"{own * part.groups:,}/{part.groups} = {own:,} channel{'s' if own > 1 else ''}"
        why = f"{part.shown} has {part.groups:,} groups: each filter sees {share}"
        yield part.weights * part.groups + part.biases, why
        yield part.weights * part.groups, why


@rewrite("missing_groups", "conv", "depthwise", cost=0.9)
def _one_group(part: Part, books: Books) -> Iterator[Wrong]:
    if part.groups > 1:
        why = f"{part.shown} has {part.groups:,} groups; that is one of them"
        yield part.weights // part.groups, why
        yield part.full // part.groups, why


@rewrite("wrong_kernel", "conv", "depthwise", cost=0.9)
def _other_kernel(part: Part, books: Books) -> Iterator[Wrong]:
    if not part.kernel or not part.terms:
        return
    rest = _without(part.terms[0], "kernel")
    shown = "×".join([f"{size}" for size in part.kernel])
    for side in range(1, 16):
        if side ** len(part.kernel) != part.terms[0].size("kernel"):
            why = f"the kernel of {part.shown} is {shown}, not {'×'.join([str(side)] * len(part.kernel))}"
            yield rest * side ** len(part.kernel) + part.biases, why


@rewrite("wrong_kernel", "conv", "depthwise", cost=0.3)
def _dimensions(part: Part, books: Books) -> Iterator[Wrong]:
    if part.kernel and part.kernel[0] > 1 and part.terms:
        shown = "×".join([f"{size}" for size in part.kernel])
        why = f"the kernel of {part.shown} is {shown}"
        if len(part.kernel) == 1:
            why = f"{part.shown} is one-dimensional: its kernel has {part.kernel[0]} values"
            yield part.weights * part.kernel[0] + part.biases, why
        else:
            yield part.weights // part.kernel[0] + part.biases, why


@rewrite("feature_map_multiplied", "conv", "depthwise", cost=0.2)
def _each_position(part: Part, books: Books) -> Iterator[Wrong]:
    if part.positions > 1:
        why = f"the filters of {part.shown} are shared by all {part.positions:,} positions of the feature map"
        yield part.full * part.positions, why
        yield part.weights * part.positions, why
        yield part.weights * part.positions + part.biases, why


@rewrite("wrong_out_channels", "conv", "depthwise", cost=0.9)
def _one_filter(part: Part, books: Books) -> Iterator[Wrong]:
    if part.out > 1 and part.terms:
        why = f"that is one filter; {part.shown} has {part.out:,}"
        yield _without(part.terms[0], "out"), why
        yield _without(part.terms[0], "out") + 1, why


@rewrite("wrong_in_channels", "conv", "linear", cost=1.1)
def _anothers_width(part: Part, books: Books) -> Iterator[Wrong]:
    """The width of another layer of the network, or its map flattened by other sides."""
    if not part.terms or not part.seen:
        return
    flat = _without(part.terms[0], "in")
    for width in books.widths:
        if width != part.seen:
            yield flat * width + part.biases, f"{part.shown} reads {part.seen:,} inputs, not {width:,}"


@rewrite("wrong_in_channels", "conv", "linear", cost=2.6)
def _anothers_width_unbiased(part: Part, books: Books) -> Iterator[Wrong]:
    """The same in a column of weights."""
    for value, why in _anothers_width(part, books) if part.biases else ():
        yield value - part.biases, why


@rewrite("wrong_flatten", "linear", cost=0.5)
def _other_map(part: Part, books: Books) -> Iterator[Wrong]:
    if not part.terms or not reads_map(part, books):
        return
    before = [p for p in books.parts if p.index < part.index and p.kernel]
    channels = before[-1].out if before else 0
    for side in range(1, 33):
        width = side * side * channels
        if channels and width != part.seen:
            why = f"{part.shown} reads the flattened {part.seen:,} values, not {side}·{side}·{channels}"
            yield _without(part.terms[0], "in") * width + part.biases, why


@rewrite("wrong_flatten", "linear", cost=1.2)
def _other_map_unbiased(part: Part, books: Books) -> Iterator[Wrong]:
    """The same in a column of weights."""
    for value, why in _other_map(part, books) if part.biases else ():
        yield value - part.biases, why


@rewrite("wrong_out_channels", "conv", "linear", cost=1.2)
def _anothers_out(part: Part, books: Books) -> Iterator[Wrong]:
    if not part.terms or not part.out:
        return
    one = _without(part.terms[0], "out")
    for width in books.widths:
        if width != part.out:
            bias = width if part.biases else 0
            yield one * width + bias, f"{part.shown} has {part.out:,} outputs, not {width:,}"


@rewrite("kv_heads_ignored", "linear", "lora", cost=0.2)
def _as_wide_as_queries(part: Part, books: Books) -> Iterator[Wrong]:
    """Keys and values as wide as the queries of the same block."""
    queries = _beside(part, QUERIES, books) if part.leaf in KEYS_VALUES else None
    if queries is not None and queries.full > part.full:
        why = f"{part.shown} makes {width_of(part):,} values: the query heads share them in groups"
        yield books.count(queries), why


def _beside(part: Part, leaves: frozenset[str], books: Books) -> Part | None:
    """The layer of the same block and family that has one of some names."""
    block = part.shown.rpartition(part.leaf)[0]
    return next(
        (p for p in books.weighted if p.family == part.family and p.leaf in leaves and p.shown.startswith(block)), None
    )


# ---------------------------------------------------------------------- recurrent layers


@rewrite("missing_gate_matrix", "lstm", "gru", cost=0.4)
def _fewer_gates(part: Part, books: Books) -> Iterator[Wrong]:
    gates = 4 if part.family == "lstm" else 3
    sets = "three gates and the cell input" if gates == 4 else "two gates and the candidate"
    why = f"{part.shown} has {gates} sets of weights ({sets})"
    for other in (1, 2, 3, 4):
        if other != gates:
            yield part.full // gates * other, why
            yield part.weights // gates * other, why


@rewrite("missing_gate_matrix", "rnn", cost=1.0)
def _gates_of_others(part: Part, books: Books) -> Iterator[Wrong]:
    yield part.full * 4, f"that is an LSTM's 4 sets of weights; {part.shown} has one"


@rewrite("recurrent_not_square", *RECURRENT, cost=0.5)
def _not_square(part: Part, books: Books) -> Iterator[Wrong]:
    square = [term for term in _weights(part) if len(term.sizes("hidden")) == 2]
    if len(square) != 1:
        return
    hidden, rest = square[0].sizes("hidden")[0], part.full - square[0].value
    per = square[0].value // (hidden * hidden)
    why = f"the recurrent matrix of {part.shown} is {hidden:,}×{hidden:,}: from every unit to every unit"
    for wrong in {part.seen * hidden, part.seen * part.seen, hidden} - {hidden * hidden}:
        yield rest + per * wrong, why
        yield rest - part.biases + per * wrong, why


@rewrite("missing_connections", *RECURRENT, cost=0.4)
def _no_recurrence(part: Part, books: Books) -> Iterator[Wrong]:
    for term in _weights(part):
        why = f"the {term.written()} weights of {part.shown} are missing"
        yield part.full - term.value, why
        yield part.weights - term.value, why


@rewrite("missing_layer", *RECURRENT, cost=0.8)
def _one_direction(part: Part, books: Books) -> Iterator[Wrong]:
    if part.entry.layer.attributes.get("bidirectional"):
        yield part.full // 2, f"{part.shown} is bidirectional: it has both directions' weights"


# ---------------------------------------------------------------------- others


@rewrite("missing_groups", "separable", cost=0.4)
def _ordinary(part: Part, books: Books) -> Iterator[Wrong]:
    if len(_weights(part)) == 2:
        depthwise, pointwise = _weights(part)
        per = depthwise.size("kernel")
        why = f"{part.shown} is separable: one {per}-value filter a channel, then 1×1 across channels"
        yield per * pointwise.value + part.biases, why
        yield per * pointwise.value, why


@rewrite("missing_connections", "partial", cost=0.2)
def _all_connected(part: Part, books: Books) -> Iterator[Wrong]:
    weights = _weights(part)
    area, maps = part.terms[0].size("kernel"), sum([term.size("out") for term in weights])
    seen = ", ".join([f"{term.size('out')} see {term.size('in')}" for term in weights])
    why = f"the maps of {part.shown} do not all see the same inputs: {seen}"
    for width in {term.size("in") for term in weights} | {6}:
        yield area * width * maps + part.biases, why
        yield area * width * maps, why
    for term in weights:
        yield part.full - term.value - term.size("out"), why
        yield part.full - term.value, why


@rewrite("counted_running_stats", "batchnorm", cost=0.0)
def _with_statistics(part: Part, books: Books) -> Iterator[Wrong]:
    if not books.statistics:
        why = f"moving mean and variance of {part.shown} are no parameters: they are not learned"
        yield part.full + part.statistics, why


@rewrite("missing_norm", "batchnorm", cost=0.6)
def _statistics_left_out(part: Part, books: Books) -> Iterator[Wrong]:
    if books.statistics:
        yield part.full, f"by this convention the running statistics of {part.shown} count: 4 for each channel"


@rewrite("wrong_formula", "lora", cost=0.6)
def _one_matrix(part: Part, books: Books) -> Iterator[Wrong]:
    why = f"an adapter is two matrices: {part.written()}"
    if len(part.terms) == 2:
        down, up = part.terms
        yield down.value, why
        yield up.value, why
        yield down.size("in") * up.size("out"), why


@rewrite("gradients_counted", cost=2.0)
def _gradients(part: Part, books: Books) -> Iterator[Wrong]:
    if part.full:
        yield 2 * part.full, "a gradient for every parameter is counted too: that is twice the parameters"


@rewrite("unit_mixup", cost=2.0)
def _bytes(part: Part, books: Books) -> Iterator[Wrong]:
    if part.full:
        yield 4 * part.full, "those are bytes of float32, not parameters"
