"""What each kind of layer keeps for its backward pass.

It is what its derivative reads, by ``tools/autograd/derivatives.yaml`` of PyTorch: a convolution its input, a ReLU its
output, a clamp (and so a ReLU6) its input.
"""

from __future__ import annotations

from netledger.layers import built_in_rule
from netledger.network import elements_of
from netledger.records import Record
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.execute.saved import Keeper
    from netledger.ledger import Entry
    from netledger.network import Shape

    Rule = Callable[["Keeper", "Entry"], "list[KeptStorage]"]


class KeptStorage(Record):
    """One storage: a value's name, or one of the layer's own; its elements, for each example unless ``once``; the
    bytes of one, ``None`` for the value's own."""

    __slots__ = ("what", "elements", "size", "once")
    what: str
    elements: int | Unknown
    size: int | None
    once: bool

    def __init__(self, what: str, elements: int | Unknown, size: int | None = None, once: bool = False) -> None:
        self._fill(what, elements, size, once)


def scaled(elements: int | Unknown, factor: int) -> int | Unknown:
    """``elements`` so many times."""
    return elements if isinstance(elements, Unknown) else elements * factor


def _nothing(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    return []


def _inputs(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    return [keeper.value(name) for name in entry.layer.inputs]


def _output(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    return [keeper.value(entry.layer.outputs[0])]


def _padded(keeper: Keeper, entry: Entry, *, ceil: bool, drop: bool) -> int | Unknown | None:
    """The elements of the padded copy of the input where PyTorch's operator cannot pad by itself."""
    from netledger.execute.operations import full_arguments
    from netledger.execute.operations.windows import Padded

    shape = entry.inputs[0]
    if isinstance(shape, Unknown) or any(isinstance(size, Unknown) for size in shape):
        return elements_of(shape) if not isinstance(shape, Unknown) else shape
    arguments = full_arguments(entry.kind, {**entry.layer.attributes, "channels_last": False})
    axes = int(entry.kind[-2])
    if entry.layer.attributes.get("channels_last"):
        shape = (*shape[: -axes - 1], shape[-1], *shape[-axes - 1 : -1])
    stride = arguments["kernel_size"] if arguments["stride"] is None else arguments["stride"]
    window = Padded(
        axes, arguments["kernel_size"], stride, arguments["padding"], arguments.get("dilation", 1),
        arguments["ceil_mode"], drop,
    )  # fmt: skip
    plain = window.symmetric
    fits = plain is not None and (not drop or all(2 * p <= k for p, k in zip(plain, window.kernel, strict=True)))
    if fits and not (ceil and window.ceil_mode):
        return None
    sizes = [size for size in shape if isinstance(size, int)]
    around = window.around(sizes[-axes:])
    if not any(before or after for before, after in around):
        return None
    return elements_of([*sizes[:-axes], *(size + sum(pair) for size, pair in zip(sizes[-axes:], around, strict=True))])


def _convolution(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    padded = _padded(keeper, entry, ceil=True, drop=False)
    return _inputs(keeper, entry) if padded is None else [KeptStorage("padded input", padded, keeper.size())]


def _max_pool(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    padded = _padded(keeper, entry, ceil=False, drop=True)
    first = (
        keeper.value(entry.layer.inputs[0]) if padded is None else KeptStorage("padded input", padded, keeper.size())
    )
    return [first, KeptStorage("places of the largest", keeper.sizes[entry.layer.outputs[0]], 8)]


def _avg_pool(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    padded = _padded(keeper, entry, ceil=False, drop=True)
    return _inputs(keeper, entry) if padded is None else [KeptStorage("padded input", padded, keeper.size())]


def _response(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    return [
        keeper.value(entry.layer.inputs[0]),
        KeptStorage("denominators", keeper.sizes[entry.layer.inputs[0]], keeper.size()),
    ]


def _dropout(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    if entry.layer.attributes.get("p", 0.5) == 0:
        return []
    return [KeptStorage("mask", keeper.sizes[entry.layer.inputs[0]], 1 if keeper.device == "cuda" else keeper.size())]


def _batch_norm(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    shape = entry.outputs[0]
    channels = shape if isinstance(shape, Unknown) else shape[int(keeper.ledger.network.batched)]
    return [*_inputs(keeper, entry), KeptStorage("mean and deviation", scaled(channels, 2), keeper.size(), once=True)]


def _rows(keeper: Keeper, entry: Entry) -> int | Unknown:
    """How many rows a norm of features has: all values by those of one row, the last dimension where none is named."""
    given, shape = entry.layer.attributes.get("normalized_shape"), entry.outputs[0]
    if given is None:
        given = shape[-1:] if not isinstance(shape, Unknown) else None
    if given is None:
        return Unknown("how many values are one row is not given")
    one, size = elements_of((given,) if isinstance(given, int) else given), keeper.sizes[entry.layer.outputs[0]]
    if isinstance(one, Unknown) or isinstance(size, Unknown):
        return one if isinstance(one, Unknown) else size
    return size // one if one else 0


def _layer_norm(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    rows = scaled(_rows(keeper, entry), 2)
    return [*_inputs(keeper, entry), KeptStorage("mean and deviation", rows, keeper.size())]


def _rms_norm(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    """Worked out step by step on a CPU: each row's factor, and for learned weights the values times it."""
    if keeper.device == "cuda":
        return _unknown(entry, "on a GPU")
    kept = [*_inputs(keeper, entry), KeptStorage("factors", _rows(keeper, entry), keeper.size())]
    if entry.effect.slots:
        kept.append(KeptStorage("normalised values", keeper.sizes[entry.layer.outputs[0]], keeper.size()))
    return kept


def _group_norm(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    groups = 2 * entry.layer.attributes["num_groups"]
    return [*_inputs(keeper, entry), KeptStorage("mean and deviation", groups, keeper.size())]


def _linear(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    """Its input; a copy where that doesn't lie row by row (rows alone may lie as they like)."""
    name = entry.layer.inputs[0]
    lies = keeper.placed[name]
    if lies.sizes is None or len(lies.sizes) < 3 or lies.viewed((-1, *lies.sizes[-1:])) is not None:
        return _inputs(keeper, entry)
    return [KeptStorage("copy of the input", keeper.sizes[name], keeper.size())]


def _matmul(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    """Each factor whose partner has a derivative; a copy where its leading dimensions cannot be taken for one."""
    names = entry.layer.inputs
    lies = [keeper.placed[name] for name in names]
    sizes = [one.sizes or () for one in lies]
    if len(names) != 2 or len(sizes[0]) != len(sizes[1]) or len(sizes[0]) < 2:
        return _unknown(entry, "of these shapes")
    kept = []
    for name, one, other, turned in zip(names, lies, reversed(names), ("transpose_a", "transpose_b"), strict=True):
        if other not in keeper.differentiable:
            continue
        wide = tuple([max(pair) for pair in zip(sizes[0][:-2], sizes[1][:-2], strict=True)])
        flat = one.flattened(wide, bool(entry.layer.attributes.get(turned)))
        copy = KeptStorage(
            f"copy of the value '{name}'", elements(wide + (one.sizes or ())[-2:], 0), keeper.size(), True
        )
        kept.append(keeper.value(name) if flat else copy)
    return kept


def _unknown(entry: Entry, where: str) -> list[KeptStorage]:
    return [KeptStorage("", Unknown(f"what PyTorch keeps of '{entry.kind}' {where} is not known"))]


def _attention(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    """Of the CPU's one operator its inputs, its output and a number for each row of scores; where heads of values have
    another size it is several, which keep copies of their operands and the weights."""
    attributes, shapes = entry.layer.attributes, [known_sizes(shape) for shape in entry.inputs]
    if keeper.device == "cuda" or len(shapes) > 3 or any(shape is None for shape in shapes):
        return _unknown(entry, "here")
    heads = attributes["num_heads"]
    keys = attributes.get("kv_heads") or heads
    output = known_sizes(entry.outputs[0]) or ()
    s, t = (shapes[0] or ())[0], (shapes[min(1, len(shapes) - 1)] or ())[0]
    wide = output[-1] // heads
    size = attributes.get("head_dim") or elements(shapes[0], 1) // (heads if len(shapes) > 1 else heads + 2 * keys)
    if len(shapes) == 2 and attributes.get("v_head_dim") is not None:
        return _unknown(entry, "with a latent")
    if wide != size:
        return [
            KeptStorage("scaled queries", heads * s * size, keeper.size()),
            KeptStorage("scaled keys", heads * t * size, keeper.size()),
            KeptStorage("weights", heads * s * t, keeper.size()),
            KeptStorage("values of each head", heads * t * wide, keeper.size()),
        ]
    window = attributes.get("window")
    mask = [KeptStorage("mask", s * t, keeper.size(), once=True)] if window is not None and window < t else []
    logarithms = KeptStorage("logarithms of the sums", heads * s, 4)
    return [*mask, *_inputs(keeper, entry), logarithms, *_output(keeper, entry)]


def _dot_product(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    """The same operator, for one head a row of the leading dimensions."""
    attributes, shapes = entry.layer.attributes, [known_sizes(shape) or () for shape in entry.inputs]
    plain = not any(attributes.get(name) for name in ("dropout_p", "scale", "enable_gqa"))
    query = shapes[0]
    fits = len(shapes) == 3 and len(query) == 3 + keeper.ledger.network.batched and query[-1:] == shapes[-1][-1:]
    if keeper.device == "cuda" or not plain or not fits:
        return _unknown(entry, "here")
    rows = KeptStorage("logarithms of the sums", elements(query[:-1], 0), 4)
    return [*_inputs(keeper, entry), rows, *_output(keeper, entry)]


def known_sizes(shape: Shape | Unknown) -> tuple[int, ...] | None:
    """A shape whose sizes are all numbers, else ``None``."""
    if isinstance(shape, Unknown):
        return None
    sizes = tuple([size for size in shape if isinstance(size, int)])
    return sizes if len(sizes) == len(shape) else None


def elements(shape: tuple[int, ...] | None, start: int) -> int:
    """The product of the sizes from a dimension on."""
    product = 1
    for size in (shape or ())[start:]:
        product *= size
    return product


def _adaptive_average(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    """To one number a map PyTorch takes a mean, which reads nothing afterwards."""
    shape = entry.outputs[0]
    return [] if not isinstance(shape, Unknown) and shape[-2:] == (1, 1) else _inputs(keeper, entry)


def _product(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    """Each factor whose partner has a derivative; a number times a value keeps nothing."""
    names = entry.layer.inputs
    return [
        keeper.value(name)
        for i, name in enumerate(names)
        if any(other in keeper.differentiable for other in (*names[:i], *names[i + 1 :]))
    ]


def _subsample(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    """Sums of windows, times a learned coefficient: the sums, and what they were summed from."""
    read = [keeper.value(name) for name in entry.layer.inputs if name in keeper.differentiable]
    return [*read, KeptStorage("window sums", keeper.sizes[entry.layer.outputs[0]], keeper.size())]


def _copied(entry: Entry) -> tuple[int, int | Unknown]:
    """How many maps the input has, and the places of one in the copy of it that is always padded."""
    from netledger.execute.operations import full_arguments
    from netledger.execute.operations.windows import Padded

    shape = entry.inputs[0]
    if isinstance(shape, Unknown) or any(isinstance(size, Unknown) for size in shape):
        return 0, Unknown("its input is not given")
    arguments = full_arguments(entry.kind, entry.layer.attributes)
    window = Padded(
        2, arguments["kernel_size"], arguments["stride"], arguments["padding"], arguments.get("dilation", 1), False,
        False,
    )  # fmt: skip
    maps, *sizes = [size for size in shape[-3:] if isinstance(size, int)]
    return maps, elements_of([size + sum(pair) for size, pair in zip(sizes, window.around(sizes), strict=True)])


def _separable(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    """The padded copy of the input, and what the convolution of each channel by itself makes."""
    maps, places = _copied(entry)
    between: int | Unknown = Unknown("its output is not given")
    for slot in entry.effect.slots:
        if slot.name == "depthwise.weight" and not isinstance(entry.outputs[0], Unknown):
            between = elements_of((slot.shape[0], *entry.outputs[0][-2:]))
    return [
        KeptStorage("padded input", scaled(places, maps), keeper.size()),
        KeptStorage("depthwise output", between, keeper.size()),
    ]


def _partial(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    """The maps that each run of equally wide output maps sees, gathered, and the places they were gathered from."""
    connections = entry.layer.attributes.get("connections")
    if connections is None:
        return [KeptStorage("", Unknown("which maps are gathered is not given"))]
    seen = sum(len(row) for row in connections)
    places = [KeptStorage("places", seen, 8, once=True)] if entry.layer.inputs[0] in keeper.differentiable else []
    return [KeptStorage("gathered maps", scaled(_copied(entry)[1], seen), keeper.size()), *places]


def _radial(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    """The differences to every centre, which are squared."""
    distances, seen = keeper.sizes[entry.layer.outputs[0]], entry.inputs[0]
    features = seen if isinstance(seen, Unknown) else seen[-1]
    if isinstance(distances, Unknown) or isinstance(features, Unknown):
        return [KeptStorage("differences", Unknown("its input is not given"))]
    return [KeptStorage("differences", distances * features, keeper.size())]


_KEEPS: dict[str, Rule] = {
    "nothing": _nothing,
    "inputs": _inputs,
    "output": _output,
}
"""What the rules of kinds say that they keep."""

_RULES: dict[str, Rule] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), _convolution),
    **dict.fromkeys(("max_pool2d", "max_pool3d"), _max_pool),
    **dict.fromkeys(("avg_pool2d", "avg_pool3d"), _avg_pool),
    **dict.fromkeys(("local_response_norm", "response_norm_within"), _response),
    "dropout": _dropout,
    "split_dropout": _dropout,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "linear": _linear,
    "matmul": _matmul,
    "bmm": _matmul,
    "group_norm": _group_norm,
    "attention": _attention,
    "scaled_dot_product_attention": _dot_product,
    "adaptive_avg_pool2d": _adaptive_average,
    "mul": _product,
    **dict.fromkeys(("trainable_subsample", "trainable_subsample2d"), _subsample),
    "conv2d_partial": _partial,
    "separable_conv2d": _separable,
    "rbf": _radial,
}  # fmt: skip
"""What kinds keep that is more than their inputs or their output."""


def rule_of(kind: str) -> Rule | None:
    """What says what a kind keeps; ``None`` where that is not known."""
    rule = _RULES.get(kind)
    if rule is None:
        declared = built_in_rule(kind)
        rule = _KEEPS.get(declared.keeps) if declared is not None else None
    return rule
