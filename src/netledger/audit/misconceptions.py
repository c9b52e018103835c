"""How people get a layer wrong: a table of named transformations of its true formula.

A misconception is a function from a part to the values that somebody who has it arrives at, each with a sentence. It is
registered for the families of layers that it can befall. A new one is one entry here.

>>> sorted(MISCONCEPTIONS)[:3]
['counted_pooling', 'counted_running_stats', 'double_bias']
"""

from __future__ import annotations

from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netledger.audit.truth import Part, Truth

    Wrong = tuple[int, str]

WEIGHTED = (
    "conv",
    "depthwise",
    "linear",
    "partial",
    "separable",
    "lstm",
    "gru",
    "rnn",
    "subsample",
    "norm",
    "batchnorm",
)
CONVOLUTIONS = ("conv", "depthwise")
RECURRENT = ("lstm", "gru", "rnn")


class Misconception(Record):
    """A named mistake: its kind, the families it befalls, how far-fetched it is (0 common … 5 rare), its function."""

    __slots__ = ("kind", "families", "cost", "values")
    kind: str
    families: tuple[str, ...]
    cost: float
    values: Callable[[Part, Truth], Iterator[Wrong]]

    def __init__(
        self, kind: str, families: tuple[str, ...], cost: float, values: Callable[[Part, Truth], Iterator[Wrong]]
    ) -> None:
        self._fill(kind, families, cost, values)


MISCONCEPTIONS: dict[str, list[Misconception]] = {}
"""``kind → its entries``."""


def misconception(
    kind: str, *families: str, cost: float = 1
) -> Callable[..., Callable[[Part, Truth], Iterator[Wrong]]]:
    """Register a transformation."""

    def register(values: Callable[[Part, Truth], Iterator[Wrong]]) -> Callable[[Part, Truth], Iterator[Wrong]]:
        MISCONCEPTIONS.setdefault(kind, []).append(Misconception(kind, families, cost, values))
        return values

    return register


def of(part: Part, truth: Truth) -> Iterator[tuple[Misconception, int, str]]:
    """Every wrong value of a part, with the misconception and the sentence."""
    for entries in MISCONCEPTIONS.values():
        for entry in entries:
            if part.family in entry.families:
                for value, why in entry.values(part, truth):
                    yield entry, value, why


# ---------------------------------------------------------------------- biases


@misconception("missing_bias", *WEIGHTED, cost=0)
def _without_bias(part: Part, truth: Truth) -> Iterator[Wrong]:
    if part.biases and truth.bias:
        many = part.biases > 1
        yield (
            part.weights,
            f"the {part.biases:,} {'biases' if many else 'bias'} of {part.shown} {'are' if many else 'is'} missing",
        )


@misconception("missing_bias", *RECURRENT, cost=1)
def _bias_once(part: Part, truth: Truth) -> Iterator[Wrong]:
    hidden, gates = part.sizes["hidden"], part.sizes.get("gates", 1)
    vectors = sum(1 for term in part.terms if term.role == "bias")
    if vectors and gates > 1 and vectors == 1:
        yield part.weights + hidden, f"each of the {gates} gates has its own {hidden:,} biases"


@misconception("double_bias", "conv", "depthwise", "linear", "partial", cost=1)
def _bias_twice(part: Part, truth: Truth) -> Iterator[Wrong]:
    if part.biases:
        yield part.weights + 2 * part.biases, f"the {part.biases:,} biases are added twice"


@misconception("double_bias", "conv", "depthwise", "linear", "embedding", cost=2)
def _bias_that_is_none(part: Part, truth: Truth) -> Iterator[Wrong]:
    out = part.sizes.get("out", 0)
    if out and not part.biases:
        yield part.weights + out, f"{part.shown} has no bias"


@misconception("missing_second_bias", "lstm", "gru", "rnn", cost=0)
def _one_vector(part: Part, truth: Truth) -> Iterator[Wrong]:
    biases = [term for term in part.terms if term.role == "bias"]
    if len(biases) == 2:
        yield part.weights + biases[0].value, f"{part.shown} has two bias vectors (input and recurrent), not one"


@misconception("pytorch_double_bias", "lstm", "gru", "rnn", cost=0)
def _two_vectors(part: Part, truth: Truth) -> Iterator[Wrong]:
    biases = [term for term in part.terms if term.role == "bias"]
    if len(biases) == 1:
        yield part.weights + 2 * biases[0].value, f"two bias vectors are PyTorch's way; {part.shown} here has one"


@misconception("swapped_dims", "linear", "conv", "depthwise", cost=1)
def _bias_on_the_input_side(part: Part, truth: Truth) -> Iterator[Wrong]:
    width, out = part.sizes.get("in", 0), part.sizes.get("out", 0)
    if part.biases and width and width != out:
        yield (
            part.weights + width,
            f"there is a bias for each of the {out:,} outputs, not for each of the {width:,} inputs",
        )


# ---------------------------------------------------------------------- convolutions


def _kernel(part: Part) -> tuple[int, ...]:
    return tuple([size for name, size in part.terms[0].factors if name == "k"]) if part.terms else ()


def _area(part: Part) -> int:
    area = 1
    for size in _kernel(part):
        area *= size
    return area


@misconception("missing_in_channels", "conv", cost=0)
def _flat_filters(part: Part, truth: Truth) -> Iterator[Wrong]:
    seen, out, area = part.sizes["in"], part.sizes["out"], _area(part)
    if seen > 1:
        why = f"every filter of {part.shown} reaches through all {seen:,} input channels"
        yield area * out + part.biases, why
        yield area * out, why
        if part.biases:
            yield (area + 1) * out, why


@misconception("missing_in_channels", "linear", cost=2)
def _no_inputs(part: Part, truth: Truth) -> Iterator[Wrong]:
    if part.biases and part.sizes["in"] > 1:
        yield 2 * part.sizes["out"], f"each output of {part.shown} reads {part.sizes['in']:,} inputs"


@misconception("wrong_out_channels", "conv", cost=2)
def _one_filter(part: Part, truth: Truth) -> Iterator[Wrong]:
    if part.sizes["out"] > 1:
        one = _area(part) * part.terms[0].size("in")
        why = f"that is one filter; {part.shown} has {part.sizes['out']:,}"
        yield one, why
        yield one + 1, why


@misconception("missing_groups", "conv", "depthwise", cost=0)
def _ungrouped(part: Part, truth: Truth) -> Iterator[Wrong]:
    groups, width = part.sizes["groups"], part.sizes["in"]
    if groups > 1:
        share = f"each filter sees {width:,}/{groups} = {width // groups:,} channel{'s' if width // groups > 1 else ''}"
        why = f"{part.shown} has {groups:,} groups: {share}"
        yield part.weights * groups + part.biases, why
        yield part.weights * groups, why


@misconception("missing_groups", "conv", "depthwise", cost=1)
def _one_group(part: Part, truth: Truth) -> Iterator[Wrong]:
    groups = part.sizes["groups"]
    if groups > 1:
        why = f"{part.shown} has {groups:,} groups; that is one of them"
        yield part.weights // groups, why
        yield part.full // groups, why
        yield part.weights // groups + part.biases, why


@misconception("wrong_kernel", "conv", "depthwise", cost=1)
def _other_kernel(part: Part, truth: Truth) -> Iterator[Wrong]:
    kernel = _kernel(part)
    if not kernel:
        return
    area = _area(part)
    rest = part.weights // area
    shown = "×".join([f"{size}" for size in kernel])
    if len(kernel) >= 2 and kernel[0] > 1:
        why = f"the kernel of {part.shown} is {shown}: {area} values"
        for fewer in {area // size for size in kernel} | {1}:
            yield rest * fewer + part.biases, why
            yield rest * fewer, why
    for size in range(1, 16):
        other = size ** len(kernel)
        if other != area:
            why = f"the kernel of {part.shown} is {shown}, not {'×'.join([str(size)] * len(kernel))}"
            yield rest * other + part.biases, why
            yield rest * other, why


@misconception("wrong_kernel", "conv", "depthwise", cost=0.3)
def _squared(part: Part, truth: Truth) -> Iterator[Wrong]:
    kernel = _kernel(part)
    if len(kernel) == 1 and kernel[0] > 1:
        why = f"{part.shown} is one-dimensional: its kernel has {kernel[0]} values, not {kernel[0]}×{kernel[0]}"
        yield part.weights * kernel[0] + part.biases, why
        yield part.weights * kernel[0], why


@misconception("feature_map_multiplied", "conv", "depthwise", cost=0.5)
def _each_position(part: Part, truth: Truth) -> Iterator[Wrong]:
    positions = part.sizes.get("positions", 1)
    if positions > 1:
        why = f"the filters of {part.shown} are shared by all {positions:,} positions of the feature map"
        yield part.full * positions, why
        yield part.weights * positions, why
        yield part.weights * positions + part.biases, why


@misconception("wrong_formula", "separable", cost=1)
def _ordinary(part: Part, truth: Truth) -> Iterator[Wrong]:
    depthwise, width, out = part.terms[0], part.sizes["in"], part.sizes["out"]
    why = f"{part.shown} is separable: one {depthwise.value // width}-value filter a channel, then 1×1 across channels"
    yield depthwise.value * out + part.biases, why
    yield depthwise.value * out, why


@misconception("missing_connections", "partial", cost=0)
def _all_connected(part: Part, truth: Truth) -> Iterator[Wrong]:
    weights = [term for term in part.terms if term.role == "weight"]
    area, maps = _area(part), sum([term.size("out") for term in weights])
    why = f"the maps of {part.shown} do not all see the same inputs: " + ", ".join(
        [f"{term.size('out')} see {term.size('in')}" for term in weights]
    )
    for seen in {term.size("in") for term in weights} | {6}:
        yield area * seen * maps + part.biases, why
        yield area * seen * maps, why
    for term in weights:
        yield part.full - term.value - (term.size("out") if part.biases else 0), why
        yield part.full - term.value, why


@misconception("counted_pooling", "pool", "flatten", cost=0)
def _nothing(part: Part, truth: Truth) -> Iterator[Wrong]:
    return iter(())


# ---------------------------------------------------------------------- recurrent layers


def _recurrent(part: Part) -> tuple[int, int, int, int, int]:
    gates, width, hidden = part.sizes.get("gates", 1), part.sizes["in"], part.sizes["hidden"]
    both = part.sizes.get("directions", 1)
    return gates, width, hidden, part.biases // both, both


@misconception("missing_gate_matrix", "lstm", "gru", cost=0)
def _fewer_gates(part: Part, truth: Truth) -> Iterator[Wrong]:
    gates = part.sizes.get("gates", 1)
    sets = "three gates and the cell input" if gates == 4 else "two gates and the candidate"
    why = f"{part.shown} has {gates} sets of weights ({sets})"
    for fewer in (gates - 1, 1):
        yield part.full // gates * fewer, why
        yield part.weights // gates * fewer, why
        yield part.weights // gates * fewer + part.biases, why


@misconception("missing_gate_matrix", "gru", "rnn", cost=2)
def _more_gates(part: Part, truth: Truth) -> Iterator[Wrong]:
    gates = part.sizes.get("gates", 1)
    yield part.full // gates * 4, f"that is an LSTM's 4 sets of weights; {part.shown} has {gates}"


@misconception("recurrent_not_square", "lstm", "gru", "rnn", cost=0.5)
def _not_square(part: Part, truth: Truth) -> Iterator[Wrong]:
    gates, width, hidden, biases, both = _recurrent(part)
    why = f"the recurrent matrix of {part.shown} is {hidden:,}×{hidden:,}: from every unit to every unit"
    for wrong in (width * hidden, width * width, hidden):
        if wrong != hidden * hidden:
            yield both * (gates * (width * hidden + wrong) + biases), why
            yield both * gates * (width * hidden + wrong), why


@misconception("missing_connections", "lstm", "gru", "rnn", cost=0.5)
def _no_recurrence(part: Part, truth: Truth) -> Iterator[Wrong]:
    gates, width, hidden, biases, both = _recurrent(part)
    why = (
        f"the recurrent weights {gates if gates > 1 else ''}·{hidden:,}·{hidden:,} of {part.shown} are missing".replace(
            " ·", " "
        )
    )
    yield both * (gates * width * hidden + biases), why
    yield both * gates * width * hidden, why
    yield (
        both * (gates * hidden * hidden + biases),
        f"the input weights {gates}·{width:,}·{hidden:,} of {part.shown} are missing",
    )
    yield both * gates * hidden * hidden, f"the input weights {gates}·{width:,}·{hidden:,} of {part.shown} are missing"


@misconception("missing_layer", "lstm", "gru", "rnn", cost=1)
def _one_direction(part: Part, truth: Truth) -> Iterator[Wrong]:
    if part.sizes.get("directions", 1) == 2:
        yield part.full // 2, f"{part.shown} is bidirectional: it has both directions' weights"


# ---------------------------------------------------------------------- norms, embeddings, adapters


@misconception("counted_running_stats", "batchnorm", cost=0)
def _with_statistics(part: Part, truth: Truth) -> Iterator[Wrong]:
    if not truth.statistics:
        yield (
            part.full + part.other,
            f"moving mean and variance of {part.shown} are no parameters: they are not learned",
        )


@misconception("missing_bias", "batchnorm", "norm", cost=0.5)
def _scale_only(part: Part, truth: Truth) -> Iterator[Wrong]:
    if len(part.terms) == 2:
        yield part.terms[0].value, f"{part.shown} has a shift for every channel beside the scale"


@misconception("missing_norm", "batchnorm", cost=1)
def _statistics_left_out(part: Part, truth: Truth) -> Iterator[Wrong]:
    if truth.statistics:
        yield part.full, f"by this convention the running statistics of {part.shown} count: 4 for each channel"


@misconception("wrong_formula", "lora", cost=1)
def _one_matrix(part: Part, truth: Truth) -> Iterator[Wrong]:
    why = f"an adapter is two matrices: {part.written()}"
    for term in part.terms:
        yield term.value, why
    yield part.terms[0].size("in") * part.terms[1].size("out"), why
    yield part.terms[0].size("in") * part.terms[1].size("out") * part.sizes["rank"], why


# ---------------------------------------------------------------------- of any layer


@misconception("gradients_counted", *WEIGHTED, "embedding", cost=3)
def _gradients(part: Part, truth: Truth) -> Iterator[Wrong]:
    yield 2 * truth.count(part), "a gradient for every parameter is counted too: that is twice the parameters"


@misconception("unit_mixup", *WEIGHTED, "embedding", cost=3)
def _bytes(part: Part, truth: Truth) -> Iterator[Wrong]:
    yield 4 * truth.count(part), "those are bytes of float32, not parameters"
