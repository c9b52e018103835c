"""How many parameters a row's layer has, from what is printed beside it: its type, what it reads and makes, its kernel.

A layer whose sizes do not all stand there has several possible counts; then a printed count that is one of them tells
which (a kernel, groups, biases), and one that is none tells nothing.
"""

from __future__ import annotations

from netledger.audit.printouts.formats.cells import product

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netledger.audit.printouts.printout import Row, Sizes

SIDES = (3, 1, 5, 7, 2, 4, 9, 11, 8, 6)
"""Sides that a kernel may have where none is printed, the usual ones first."""
COLOURS = (3, 1)
"""Channels that a picture may have, where no row says what the first convolution reads."""
SILENT = frozenset(
    "relu relu6 leakyrelu gelu silu swish sigmoid logsigmoid tanh softmax logsoftmax softplus mish elu selu celu glu "
    "hardtanh hardswish hardsigmoid activation dropout dropout1d dropout2d dropout3d alphadropout spatialdropout1d "
    "spatialdropout2d gaussiannoise gaussiandropout identity flatten unflatten inputlayer add concatenate subtract "
    "multiply maximum minimum average dot upsample upsampling1d upsampling2d upsampling3d zeropadding1d zeropadding2d "
    "zeropadding3d zeropad2d reflectionpad2d reshape permute rescaling cropping1d cropping2d cropping3d "
    "stochasticdepth droppath pixelshuffle repeatvector masking crossentropyloss mseloss bceloss bcewithlogitsloss "
    "nllloss l1loss newgeluactivation geluactivation siluactivation clippedrelu6 getitem".split()
)
"""Types without parameters; so are poolings."""
POOLS = ("pool1d", "pool2d", "pool3d", "pooling1d", "pooling2d", "pooling3d")


class Layered:
    """One count that a row may have, and the layer that it makes of it."""

    __slots__ = ("attributes", "count", "kind")

    def __init__(self, count: int, kind: str, attributes: dict[str, object]) -> None:
        self.count, self.kind, self.attributes = count, kind, attributes

    def __repr__(self) -> str:
        return f"<{self.kind} {self.count}>"


class Counts:
    """What a row may count: ``choices``, the likeliest first; ``all``: whether there is no other."""

    __slots__ = ("all", "choices")

    def __init__(self, choices: list[Layered], all: bool) -> None:
        self.choices, self.all = choices, all

    def chosen(self, row: Row) -> Layered | None:
        """The first choice that the printed count fits."""
        number = row.count
        if number is None:
            return None
        return next((choice for choice in self.choices if number.fits(choice.count)), None)

    @property
    def values(self) -> list[int]:
        """The counts alone."""
        return [choice.count for choice in self.choices]


NOTHING = Counts([], False)


def counts_of(row: Row, reads: Sizes | None, first: bool) -> Counts:
    """The counts of a row that reads these sizes; ``first``: channels stand before a picture's sides.

    >>> from netledger.audit.printouts.printout import Row
    >>> row = Row(1, "fc", "Linear")
    >>> row.makes = (2, 10)
    >>> counts_of(row, (2, 16), True).values
    [170, 160]
    """
    kind = row.type.lower().replace("_", "").replace(" ", "")
    rule = RULES.get(kind) or _by_part(kind)
    if rule is not None:
        return rule(row, reads, first)
    if row.shape is None and (kind in SILENT or kind.endswith(POOLS)):
        return Counts([Layered(0, "", {})], True)
    return NOTHING


def _by_part(kind: str) -> Callable[[Row, Sizes | None, bool], Counts] | None:
    """The rule of a type that was cut off (``BatchNorma``) or that derives from a known one (``LlamaRMSNorm``)."""
    if len(kind) >= 5:
        fits = {rule for name, rule in RULES.items() if name.startswith(kind)}
        if len(fits) == 1:
            return fits.pop()
    return next((rule for end, rule in ENDINGS if kind.endswith(end)), None)


def _both(weights: int, biases: int, kind: str, attributes: dict[str, object]) -> list[Layered]:
    return [
        Layered(weights + biases, kind, attributes),
        Layered(weights, kind, {**attributes, "bias": False}),
    ]


def _linear(row: Row, reads: Sizes | None, first: bool) -> Counts:
    out = row.makes[-1] if row.makes else None
    if not out:
        return NOTHING
    widths = [width for width in _widths(reads, row.reads is not None) if width]
    choices = [
        choice
        for width in widths
        for choice in _both(width * out, out, "linear", {"out_features": out, "in_features": width})
    ]
    if not choices and row.count is not None and row.count.is_exact:
        return Counts(_solved(int(row.count.value), out), False)
    return Counts(choices, len(widths) == 1 and row.reads is not None)


def _solved(count: int, out: int) -> list[Layered]:
    """What it reads, by its count: the rest of the count is its biases."""
    if count % out or count <= out:
        return []
    return [Layered(count, "linear", {"out_features": out, "in_features": count // out - 1})]


def _widths(reads: Sizes | None, own: bool) -> list[int | None]:
    """The last size; of a row that only stands above also all of them (a function may flatten between)."""
    if not reads or len(reads) < 2:
        return []
    return [reads[-1]] if own or len(reads) == 2 else [reads[-1], product(reads[1:]), reads[1]]


def _maps(sizes: Sizes | None, first: bool) -> tuple[int | None, Sizes]:
    """Channels and sides of a picture with its batch."""
    if sizes is None or len(sizes) < 3:
        return None, ()
    return (sizes[1], sizes[2:]) if first else (sizes[-1], sizes[1:-1])


def _conv(row: Row, reads: Sizes | None, first: bool, *, depthwise: bool = False, kind: str = "conv") -> Counts:
    axes = next((int(c) for c in row.type if c in "123"), 2)
    out, sides = _maps(row.makes, first)
    into, before = _maps(reads, first)
    if row.kernel and row.reads is None and reads is None and row.makes is None:
        return NOTHING
    if not out or (into is None and reads is not None):
        return NOTHING
    known = product(row.kernel) if row.kernel else None
    areas = [(known, row.kernel or ())] if known else _areas(axes, before, sides)
    choices = [
        choice
        for channels in ((into,) if into else COLOURS)
        for area, kernel in areas
        for groups in _groups(channels, out, depthwise)
        for choice in _convolution(kind + f"{axes}d", area or 0, kernel, channels, out, groups)
    ]
    return Counts(choices, bool(known) and row.reads is not None)


def _areas(axes: int, before: Sizes, after: Sizes) -> list[tuple[int | None, Sizes]]:
    """Kernels: the one that the sides give where a step of one is not padded, then the usual ones, then flat ones."""
    steps = {a - b + 1 for a, b in zip(before, after, strict=False) if a is not None and b is not None}
    square = [side for side in SIDES if {side} == steps] + [side for side in SIDES if {side} != steps]
    found: list[tuple[int | None, Sizes]] = [(side**axes, (side,) * axes) for side in square]
    if axes == 2:
        found += [(side, (1, side)) for side in SIDES if side > 1]
    return found


def _groups(into: int, out: int, depthwise: bool) -> list[int]:
    if depthwise:
        return [into]
    return [
        groups
        for groups in (1, into, 2, 4, 8, 16, 32, 64)
        if into % groups == 0 and out % groups == 0 and (groups <= into)
    ]


def _convolution(kind: str, area: int, kernel: Sizes, into: int, out: int, groups: int) -> Iterator[Layered]:
    sizes: dict[str, object] = {"out_channels": out, "kernel_size": kernel, "in_channels": into}
    if groups > 1:
        sizes["groups"] = groups
    yield from _both(area * (into // groups) * out, out, kind, sizes)


def _depthwise(row: Row, reads: Sizes | None, first: bool) -> Counts:
    return _conv(row, reads, first, depthwise=True)


def _transposed(row: Row, reads: Sizes | None, first: bool) -> Counts:
    return _conv(row, reads, first, kind="conv_transpose")


def _separable(row: Row, reads: Sizes | None, first: bool) -> Counts:
    out, _ = _maps(row.makes, first)
    into, _ = _maps(reads, first)
    axes = 1 if "1" in row.type else 2
    if not out:
        return NOTHING
    return Counts(
        [
            Layered(side**axes * channels + channels * out + bias, "", {})
            for channels in ((into,) if into else COLOURS)
            for side in SIDES
            for bias in (out, 0)
        ],
        False,
    )


def _vectors(kind: str, attribute: str, *times: int) -> Callable[[Row, Sizes | None, bool], Counts]:
    """A norm: so many values a channel."""

    def rule(row: Row, reads: Sizes | None, first: bool) -> Counts:
        sizes = row.makes or reads
        if not sizes or len(sizes) < 2:
            return NOTHING
        width = sizes[1] if first and kind in ("batch_norm", "group_norm") else sizes[-1]
        if not width:
            return NOTHING
        choices = []
        for n in times:
            name = kind if n > 1 or kind != "layer_norm" else "rms_norm"
            whole = n in ((4,) if len(times) > 2 and times[0] == 4 else (2,)) or name == "rms_norm"
            choices.append(Layered(n * width, name if whole else "", {attribute: width}))
        if kind == "layer_norm":
            tails = [product(sizes[start:]) for start in range(1, len(sizes) - 1)]
            choices += [Layered(n * tail, "", {}) for tail in tails if tail for n in times]
            choices += [Layered(n * sizes[1], "", {}) for n in times if sizes[1] and len(sizes) > 2]
        return Counts(choices, kind != "layer_norm" and times != (4, 3, 2, 6))

    return rule


def _embedding(row: Row, reads: Sizes | None, first: bool) -> Counts:
    width = row.makes[-1] if row.makes else None
    number = row.count
    if not width or number is None or not number.is_exact or int(number.value) % width:
        return NOTHING
    rows = int(number.value) // width
    return Counts([Layered(rows * width, "embedding", {"num_embeddings": rows, "embedding_dim": width})], False)


def _attention(row: Row, reads: Sizes | None, first: bool) -> Counts:
    width = row.makes[-1] if row.makes else None
    if not width:
        return NOTHING
    sizes: dict[str, object] = {"embed_dim": width, "num_heads": 1}
    choices = _both(4 * width * width, 4 * width, "multihead_attention", sizes)
    number = row.count
    if not first and number is not None and number.is_exact:
        inner, rest = divmod(int(number.value) - width, 4 * width + 3)  # Keras: heads x key size is any width
        if inner > 0 and not rest:
            choices.append(Layered(int(number.value), "", {}))
    return Counts(choices, False)


def _gates(gates: int, *, framework_first: bool | None = None) -> Callable[[Row, Sizes | None, bool], Counts]:
    def rule(row: Row, reads: Sizes | None, first: bool) -> Counts:
        into = reads[-1] if reads and len(reads) > 2 else None
        makes = row.makes[-1] if row.makes else None
        if not into or not makes:
            return NOTHING
        return Counts(list(_recurrent(gates, into, makes, first)), False)

    return rule


def _recurrent(gates: int, into: int, makes: int, torch: bool, *, twice: bool = False) -> Iterator[Layered]:
    kind = {4: "lstm", 3: "gru", 1: "rnn"}[gates]
    if not torch:
        weights = gates * makes * (into + makes)
        for vectors in (2, 1, 0) if gates == 3 else (1, 0):
            sizes: dict[str, object] = {"hidden_size": makes, "input_size": into}
            sizes |= {"bias_vectors": vectors} if vectors else {"bias": False}
            sizes |= {"bidirectional": True} if twice else {}
            yield Layered((1 + twice) * (weights + vectors * gates * makes), kind, sizes)
        return
    for directions in (1, 2):
        hidden = makes // directions
        if makes % directions:
            continue
        for layers in (1, 2, 3, 4):
            for bias in (True, False):
                count, width = 0, into
                for _ in range(layers):
                    count += directions * gates * hidden * (width + hidden + 2 * bias)
                    width = hidden * directions
                sizes = {"hidden_size": hidden, "input_size": into}
                sizes |= {"num_layers": layers} if layers > 1 else {}
                sizes |= {"bidirectional": True} if directions > 1 else {}
                yield Layered(count, kind, sizes if bias else {**sizes, "bias": False})


def _bidirectional(row: Row, reads: Sizes | None, first: bool) -> Counts:
    into = reads[-1] if reads and len(reads) > 2 else None
    makes = row.makes[-1] if row.makes else None
    if not into or not makes:
        return NOTHING
    return Counts(
        [
            choice
            for hidden in (makes // 2, makes)
            for gates in (4, 3, 1)
            for choice in _recurrent(gates, into, hidden, False, twice=True)
        ],
        False,
    )


def _prelu(row: Row, reads: Sizes | None, first: bool) -> Counts:
    channels, _ = _maps(row.makes, first)
    width = channels or (row.makes[-1] if row.makes else None)
    return Counts([Layered(1, "", {}), *([Layered(width, "", {})] if width else [])], False)


_BATCH = _vectors("batch_norm", "num_features", 2, 0)
_KERAS_BATCH = _vectors("batch_norm", "num_features", 4, 3, 2)
_LAYER = _vectors("layer_norm", "normalized_shape", 2, 1, 0)
RULES: dict[str, Callable[[Row, Sizes | None, bool], Counts]] = {
    "linear": _linear,
    "dense": _linear,
    "timedistributed": _linear,
    "conv1d": _conv,
    "conv2d": _conv,
    "conv3d": _conv,
    "convtranspose1d": _transposed,
    "convtranspose2d": _transposed,
    "convtranspose3d": _transposed,
    "conv1dtranspose": _transposed,
    "conv2dtranspose": _transposed,
    "conv3dtranspose": _transposed,
    "depthwiseconv1d": _depthwise,
    "depthwiseconv2d": _depthwise,
    "separableconv1d": _separable,
    "separableconv2d": _separable,
    "batchnorm1d": _BATCH,
    "batchnorm2d": _BATCH,
    "batchnorm3d": _BATCH,
    "instancenorm1d": _BATCH,
    "instancenorm2d": _BATCH,
    "instancenorm3d": _BATCH,
    "groupnorm": _vectors("group_norm", "num_channels", 2, 0),
    "batchnormalization": _KERAS_BATCH,
    "layernorm": _LAYER,
    "layernormalization": _LAYER,
    "groupnormalization": _LAYER,
    "embedding": _embedding,
    "multiheadattention": _attention,
    "lstm": _gates(4),
    "gru": _gates(3),
    "rnn": _gates(1),
    "simplernn": _gates(1),
    "bidirectional": _bidirectional,
    "prelu": _prelu,
}
"""The rule of each type, as the tools print it in small letters."""
ENDINGS = (
    ("rmsnorm", _vectors("layer_norm", "normalized_shape", 1, 2, 0)),
    ("layernorm", _LAYER),
    ("layernorm2d", _LAYER),
    ("linear", _linear),
)
"""Rules of types that derive from another, by how they end."""
