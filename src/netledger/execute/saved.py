"""What PyTorch keeps of each layer's forward pass for the backward one, every storage once.

What a kind keeps is what its derivative reads, by ``tools/autograd/derivatives.yaml`` of PyTorch: a convolution its
input, a ReLU its output, a clamp (and so a ReLU6) its input. A kind of which it is not known is Unknown.
"""

from __future__ import annotations

from netledger.dtypes import BITS
from netledger.execute.aliasing import storages
from netledger.layers import built_in_rule
from netledger.network import elements_of
from netledger.records import Record
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.ledger import Entry, Ledger
    from netledger.network import Shape


class MemoryItem(Record):
    """What one layer keeps for its backward pass: the storage's name, what it is, bytes for the whole batch."""

    __slots__ = ("path", "what", "bytes")
    path: str
    what: str
    bytes: int | Unknown

    def __init__(self, path: str, what: str, bytes: int | Unknown) -> None:
        self._fill(path, what, bytes)


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


def value_elements(ledger: Ledger) -> dict[str, int | Unknown]:
    """The elements of each value, per example (as it is, where shapes carry a batch)."""
    sizes: dict[str, int | Unknown] = {}
    for entry in ledger.entries:
        for name, shape in zip(entry.layer.outputs, entry.outputs, strict=False):
            sizes[name] = shape if isinstance(shape, Unknown) else elements_of(shape)
    return sizes


def item_size(entry: Entry, dtype: str) -> int:
    """The bytes of one element of what a layer makes."""
    stated = entry.layer.attributes.get("dtype") if entry.kind == "input" else entry.layer.dtype
    return BITS.get(str(stated or dtype), 32) // 8


def scaled(elements: int | Unknown, factor: int) -> int | Unknown:
    """``elements`` so many times."""
    return elements if isinstance(elements, Unknown) else elements * factor


class Keeper:
    """What each layer keeps, every storage once."""

    def __init__(self, ledger: Ledger, batch: int, device: str) -> None:
        self.ledger = ledger
        self.examples = 1 if ledger.network.batched else batch
        self.batch = batch
        self.device = device.partition(":")[0]
        self.roots = storages(ledger.network)
        self.sizes = value_elements(ledger)
        self.item_sizes = {
            name: item_size(entry, ledger.network.dtype) for entry in ledger.entries for name in entry.layer.outputs
        }
        self.learned = {n for entry in ledger.entries if entry.kind == "parameter" for n in entry.layer.outputs}
        self.differentiable: set[str] = set()
        self.seen: set[str] = set()

    def items(self, loss: bool) -> list[MemoryItem]:
        """All of it, layer by layer; what cross-entropy on every output keeps too, if ``loss``."""
        found = []
        for entry in self.ledger.entries:
            layer = entry.layer
            trained = layer.trainable and any(
                slot.role in ("weight", "bias", "parameter") for slot in entry.effect.slots
            )
            if not trained and not any(name in self.differentiable for name in layer.inputs):
                continue
            self.differentiable.update(layer.outputs)
            for kept in self.kept(entry):
                found += self.first_time(layer.path, kept)
        for entry in self.ledger.entries if loss else ():
            for name, shape in zip(entry.layer.outputs, entry.outputs, strict=False):
                if name in self.ledger.network.results():
                    found += self.loss(name, shape)
        return found

    def kept(self, entry: Entry) -> list[KeptStorage]:
        """What one layer keeps, whoever else keeps it."""
        rule = _RULES.get(entry.kind)
        if rule is None:
            declared = built_in_rule(entry.kind)
            rule = _KEEPS.get(declared.keeps) if declared is not None else None
        if rule is None:
            return [KeptStorage("", Unknown(f"what PyTorch keeps of '{entry.kind}' is not known"))]
        return rule(self, entry)

    def first_time(self, path: str, kept: KeptStorage) -> list[MemoryItem]:
        """A storage, unless an earlier layer has kept it."""
        value = kept.what in self.sizes
        root = self.roots[kept.what] if value else f"{path}: {kept.what}"
        if root in self.seen or root in self.learned:  # a learned value has its memory already
            return []
        self.seen.add(root)
        size = kept.size or (self.item_sizes[root] if value else 1)
        size *= 1 if kept.once else self.examples
        elements = self.sizes.get(root, kept.elements) if value else kept.elements  # a view keeps all that it is of
        return [MemoryItem(path, f"the value '{root}'" if value else kept.what, scaled(elements, size))]

    def loss(self, name: str, shape: Shape | Unknown) -> list[MemoryItem]:
        """Cross-entropy: the logarithms of the probabilities, a label for each place of each image, their weight."""
        axis = int(self.ledger.network.batched)
        classes = shape if isinstance(shape, Unknown) else shape[axis] if len(shape) > axis else 1
        logits, size = self.sizes[name], self.size()
        labels = logits if isinstance(logits, Unknown) else classes
        if isinstance(logits, int) and isinstance(classes, int):
            labels = logits // classes if classes else 0
        return [
            MemoryItem("loss", "log-probabilities", scaled(logits, size * self.examples)),
            MemoryItem("loss", "labels", scaled(labels, 8 * self.examples)),
            MemoryItem("loss", "total weight", size),
        ]

    def value(self, name: str) -> KeptStorage:
        """A value of the network."""
        return KeptStorage(name, self.sizes.get(name, Unknown("the input is not given")))

    def size(self) -> int:
        """The bytes of one real number."""
        return BITS[self.ledger.network.dtype] // 8


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


def _layer_norm(keeper: Keeper, entry: Entry) -> list[KeptStorage]:
    learned = [slot for slot in entry.effect.slots if slot.role == "weight"]
    normalised = elements_of(learned[0].shape) if learned else Unknown("how many values are one row is not given")
    size = keeper.sizes[entry.layer.outputs[0]]
    rows = size // normalised if isinstance(size, int) and isinstance(normalised, int) and normalised else normalised
    return [*_inputs(keeper, entry), KeptStorage("mean and deviation", scaled(rows, 2), keeper.size())]


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


_KEEPS: dict[str, Callable[[Keeper, Entry], list[KeptStorage]]] = {
    "nothing": _nothing,
    "inputs": _inputs,
    "output": _output,
}
"""What the rules of kinds say that they keep."""

_RULES: dict[str, Callable[[Keeper, Entry], list[KeptStorage]]] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), _convolution),
    **dict.fromkeys(("max_pool2d", "max_pool3d"), _max_pool),
    **dict.fromkeys(("avg_pool2d", "avg_pool3d"), _avg_pool),
    **dict.fromkeys(("local_response_norm", "response_norm_within"), _response),
    "dropout": _dropout,
    "split_dropout": _dropout,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "adaptive_avg_pool2d": _adaptive_average,
    "mul": _product,
    **dict.fromkeys(("trainable_subsample", "trainable_subsample2d"), _subsample),
    "conv2d_partial": _partial,
    "separable_conv2d": _separable,
    "rbf": _radial,
}  # fmt: skip
"""What kinds keep that is more than their inputs or their output."""
