"""How much memory a network will take, before anything is allocated.

Training holds the weights, a gradient for each, the optimizer's state, and what PyTorch keeps of the forward pass for
the backward one: a convolution its input, a ReLU its output, a max pool its input and the places of the largest. What
two layers keep of the same memory counts once. Inference holds the weights and the values that are still to be read.
A kind of which it is not known what PyTorch keeps is Unknown, never zero.

>>> from netledger.catalogue import load
>>> memory = predict(load("alexnet"), batch=128, optimizer="sgd-momentum")
>>> memory.weights, memory.gradients, memory.optimizer
(243860896, 243860896, 243860896)
"""

from __future__ import annotations

from netledger.dtypes import BITS, bytes_of
from netledger.errors import DataError, NotFoundError, UsageError, nearest
from netledger.execute.aliasing import storages
from netledger.layers import built_in_rule
from netledger.ledger import keep_books
from netledger.ledger.views import Shown
from netledger.network import elements_of
from netledger.printable import printable
from netledger.records import Record
from netledger.unknown import Unknown, sum_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.ledger import Entry, Ledger
    from netledger.network import Network
    from netledger.unknown import Number

    Kept = tuple[str, int | Unknown, int | None]
    """A storage (a value's name, or one of the layer's own), its elements per example, its bytes an element."""

OPTIMIZERS = {
    "none": 0, "sgd": 0, "sgd-momentum": 1, "adagrad": 1, "rmsprop": 1, "lion": 1, "adam": 2, "adamw": 2,
}  # fmt: skip
"""Values of state that an optimizer keeps for each parameter."""
PURPOSES = ("training", "inference")


class MemoryItem(Record):
    """What one layer keeps for its backward pass: the storage's name, what it is, bytes for the whole batch."""

    __slots__ = ("path", "what", "bytes")
    path: str
    what: str
    bytes: int | Unknown

    def __init__(self, path: str, what: str, bytes: int | Unknown) -> None:
        self._fill(path, what, bytes)


class Memory(Shown, Record):
    """A prediction in bytes: ``weights``, ``buffers``, ``gradients``, ``optimizer``, ``saved`` (of the forward pass,
    for the backward one) or ``live`` (the most that is alive at once, in inference), and ``activations`` (every value
    of every layer kept, ReLUs in place: a bound that no framework decides). ``items`` say what is saved, by layer;
    ``network`` and ``optimizer_name`` say of what it is the prediction.
    """

    __slots__ = (
        "purpose", "batch", "weights", "buffers", "gradients", "optimizer", "saved", "live", "activations", "items",
        "network", "optimizer_name",
    )  # fmt: skip
    DOCUMENT = "netledger.documents.memory:memory_document"
    purpose: str
    batch: int
    weights: int
    buffers: int
    gradients: int
    optimizer: int
    saved: Number
    live: Number
    activations: Number
    items: tuple[MemoryItem, ...]
    network: str
    optimizer_name: str

    def __init__(
        self, purpose: str, batch: int, weights: int, buffers: int, gradients: int, optimizer: int, saved: Number,
        live: Number, activations: Number, items: tuple[MemoryItem, ...], network: str = "network",
        optimizer_name: str = "sgd-momentum",
    ) -> None:  # fmt: skip
        self._fill(
            purpose, batch, weights, buffers, gradients, optimizer, saved, live, activations, items, network,
            optimizer_name,
        )  # fmt: skip

    def __repr__(self) -> str:
        total = self.total
        said = f"{total:,} bytes" if isinstance(total, int) else str(total)
        return f"<Memory of {printable(self.network)}: {said}, {self.purpose} at batch {self.batch:,}>"

    @property
    def total(self) -> Number:
        """All of it."""
        fixed = self.weights + self.buffers + self.gradients + self.optimizer
        return fixed + (self.saved if self.purpose == "training" else self.live)


def predict(
    network: Network, *, batch: int = 1, purpose: str = "training", optimizer: str = "sgd-momentum",
    device: str = "cpu", loss: bool = True, dtype: str | None = None,
) -> Memory:  # fmt: skip
    """The prediction for a network. ``device`` is ``cpu`` or ``cuda``, where dropout keeps masks of different size;
    ``loss`` adds what cross-entropy on the output keeps; ``dtype`` takes every real number for one of that type.

    >>> from netledger.catalogue import load
    >>> predict(load("alexnet"), dtype="float16").weights
    121930448
    """
    if purpose not in PURPOSES:
        raise UsageError(f"memory is for {' or '.join(PURPOSES)}, not '{purpose}'")
    if optimizer not in OPTIMIZERS:
        raise NotFoundError(
            f"no optimizer '{optimizer}': there are {', '.join(OPTIMIZERS)}", near=nearest(optimizer, list(OPTIMIZERS))
        )
    ledger = keep_books(network if dtype is None else _in_type(network, dtype))
    weights = _exact(ledger.totals.bytes, network)
    trainable = _trainable_bytes(ledger)
    training = purpose == "training"
    items = tuple(_Keeper(ledger, batch, device).items(loss)) if training else ()
    return Memory(
        purpose, batch, weights, _buffer_bytes(ledger), trainable if training else 0,
        trainable * OPTIMIZERS[optimizer] if training else 0, sum_up(item.bytes for item in items),
        0 if training else _live(ledger, batch), _activations(ledger, batch), items, network.name, optimizer,
    )  # fmt: skip


def _in_type(network: Network, dtype: str) -> Network:
    """The network with its real numbers in another type; indices stay what they are."""
    layers = [layer.replace(dtype=None) if "float" in str(layer.dtype) else layer for layer in network.layers]
    return network.replace(dtype=dtype, layers=tuple(layers))


def _exact(count: Number, network: Network) -> int:
    if not isinstance(count, int):
        raise DataError(f"{network.name}: its memory is not known: {sorted(u.reason for u in count.unknowns)[0]}")
    return count


def _trainable_bytes(ledger: Ledger) -> int:
    total = 0
    for entry in ledger.entries:
        if isinstance(entry.bytes, int) and isinstance(entry.frozen, int) and isinstance(entry.parameters, int):
            if entry.parameters:
                total += entry.bytes * (entry.parameters - entry.frozen) // entry.parameters
    return total


def _buffer_bytes(ledger: Ledger) -> int:
    sizes = [entry.buffers for entry in ledger.entries if isinstance(entry.buffers, int)]
    return bytes_of(sum(sizes), ledger.network.dtype)


def _value_elements(ledger: Ledger) -> dict[str, int | Unknown]:
    """The elements of each value, per example (as it is, where shapes carry a batch)."""
    sizes: dict[str, int | Unknown] = {}
    for entry in ledger.entries:
        for name, shape in zip(entry.layer.outputs, entry.outputs, strict=False):
            sizes[name] = shape if isinstance(shape, Unknown) else elements_of(shape)
    return sizes


def _itemsize(entry: Entry, dtype: str) -> int:
    stated = entry.layer.attributes.get("dtype") if entry.kind == "input" else entry.layer.dtype
    return BITS.get(str(stated or dtype), 32) // 8


def _scaled(elements: int | Unknown, factor: int) -> int | Unknown:
    return elements if isinstance(elements, Unknown) else elements * factor


def _activations(ledger: Ledger, batch: int) -> Number:
    roots, sizes = storages(ledger.network), _value_elements(ledger)
    examples = 1 if ledger.network.batched else batch
    own = {
        name: _scaled(sizes[name], _itemsize(entry, ledger.network.dtype) * examples)
        for entry in ledger.entries
        for name in entry.layer.outputs
        if name in sizes and roots[name] == name
    }
    return sum_up(own.values())


def _live(ledger: Ledger, batch: int) -> Number:
    """The largest sum of values alive at one time: each from the layer that makes it to the last that reads it."""
    roots, sizes = storages(ledger.network), _value_elements(ledger)
    unknown = [size for size in sizes.values() if isinstance(size, Unknown)]
    if unknown:
        return sum_up(unknown)
    examples = 1 if ledger.network.batched else batch
    last: dict[str, int] = {}
    for i, entry in enumerate(ledger.entries):
        for name in (*entry.layer.inputs, *entry.layer.outputs):
            last[roots[name]] = i
    for name in ledger.network.results():
        last[roots[name]] = len(ledger.entries)
    alive: dict[str, int] = {}
    most = 0
    for i, entry in enumerate(ledger.entries):
        for name in entry.layer.outputs:
            if roots[name] == name:
                size = _scaled(sizes[name], _itemsize(entry, ledger.network.dtype) * examples)
                alive[name] = size if isinstance(size, int) else 0
        most = max(most, sum(alive.values()))
        alive = {name: size for name, size in alive.items() if last.get(name, i) > i}
    return most


class _Keeper:
    """What each layer keeps, every storage once."""

    def __init__(self, ledger: Ledger, batch: int, device: str) -> None:
        self.ledger = ledger
        self.examples = 1 if ledger.network.batched else batch
        self.batch = batch
        self.device = device.partition(":")[0]
        self.roots = storages(ledger.network)
        self.sizes = _value_elements(ledger)
        self.itemsizes = {
            name: _itemsize(entry, ledger.network.dtype) for entry in ledger.entries for name in entry.layer.outputs
        }
        self.differentiable: set[str] = set()
        self.seen: set[str] = set()

    def items(self, loss: bool) -> list[MemoryItem]:
        found = []
        for entry in self.ledger.entries:
            layer = entry.layer
            trained = layer.trainable and any(
                slot.role in ("weight", "bias", "parameter") for slot in entry.effect.slots
            )
            if not trained and not any(name in self.differentiable for name in layer.inputs):
                continue
            self.differentiable.update(layer.outputs)
            for what, elements, itemsize in self.kept(entry):
                found += self.once(layer.path, what, elements, itemsize)
        return found + (self.loss() if loss else [])

    def kept(self, entry: Entry) -> list[Kept]:
        rule = _RULES.get(entry.kind)
        if rule is None:
            declared = built_in_rule(entry.kind)
            rule = _KEEPS.get(declared.keeps) if declared is not None else None
        if rule is None:
            return [("", Unknown(f"what PyTorch keeps of '{entry.kind}' is not known"), None)]
        return rule(self, entry)

    def once(self, path: str, what: str, elements: int | Unknown, itemsize: int | None) -> list[MemoryItem]:
        value = what in self.sizes
        root = self.roots[what] if value else f"{path}: {what}"
        if root in self.seen:
            return []
        self.seen.add(root)
        size = (self.itemsizes[root] if itemsize is None else itemsize) if value else itemsize or 1
        return [MemoryItem(path, f"the value '{root}'" if value else what, _scaled(elements, size * self.examples))]

    def loss(self) -> list[MemoryItem]:
        """Cross-entropy: the logarithms of the probabilities, the labels, and their total weight."""
        name = self.ledger.network.results()[0]
        size = BITS[self.ledger.network.dtype] // 8
        kept = _scaled(self.sizes[name], size * self.examples)
        return [
            MemoryItem("loss", "log-probabilities", kept),
            MemoryItem("loss", "labels", 8 * self.batch),
            MemoryItem("loss", "total weight", size),
        ]

    def value(self, name: str) -> Kept:
        return name, self.sizes.get(name, Unknown("the input is not given")), None

    def size(self) -> int:
        return BITS[self.ledger.network.dtype] // 8


def _nothing(keeper: _Keeper, entry: Entry) -> list[Kept]:
    return []


def _inputs(keeper: _Keeper, entry: Entry) -> list[Kept]:
    return [keeper.value(name) for name in entry.layer.inputs]


def _output(keeper: _Keeper, entry: Entry) -> list[Kept]:
    return [keeper.value(entry.layer.outputs[0])]


def _padded(keeper: _Keeper, entry: Entry, *, ceil: bool, drop: bool) -> int | Unknown | None:
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


def _convolution(keeper: _Keeper, entry: Entry) -> list[Kept]:
    padded = _padded(keeper, entry, ceil=True, drop=False)
    return _inputs(keeper, entry) if padded is None else [("padded input", padded, keeper.size())]


def _max_pool(keeper: _Keeper, entry: Entry) -> list[Kept]:
    padded = _padded(keeper, entry, ceil=False, drop=True)
    first = keeper.value(entry.layer.inputs[0]) if padded is None else ("padded input", padded, keeper.size())
    return [first, ("places of the largest", keeper.sizes[entry.layer.outputs[0]], 8)]


def _avg_pool(keeper: _Keeper, entry: Entry) -> list[Kept]:
    padded = _padded(keeper, entry, ceil=False, drop=True)
    return _inputs(keeper, entry) if padded is None else [("padded input", padded, keeper.size())]


def _response(keeper: _Keeper, entry: Entry) -> list[Kept]:
    return [
        keeper.value(entry.layer.inputs[0]),
        ("denominators", keeper.sizes[entry.layer.inputs[0]], keeper.size()),
    ]


def _dropout(keeper: _Keeper, entry: Entry) -> list[Kept]:
    if entry.layer.attributes.get("p", 0.5) == 0:
        return []
    return [("mask", keeper.sizes[entry.layer.inputs[0]], 1 if keeper.device == "cuda" else keeper.size())]


def _batch_norm(keeper: _Keeper, entry: Entry) -> list[Kept]:
    shape = entry.outputs[0]
    channels = shape if isinstance(shape, Unknown) else shape[int(keeper.ledger.network.batched)]
    statistics = _scaled(channels, 2 * keeper.size())
    if isinstance(statistics, int):  # one for the batch, not one for each example
        statistics = -(-statistics // keeper.examples)
    return [*_inputs(keeper, entry), ("mean and deviation", statistics, 1)]


_KEEPS: dict[str, Callable[[_Keeper, Entry], list[Kept]]] = {
    "nothing": _nothing,
    "inputs": _inputs,
    "output": _output,
}
"""What the rules of kinds say that they keep."""

_RULES: dict[str, Callable[[_Keeper, Entry], list[Kept]]] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), _convolution),
    **dict.fromkeys(("max_pool2d", "max_pool3d"), _max_pool),
    **dict.fromkeys(("avg_pool2d", "avg_pool3d"), _avg_pool),
    **dict.fromkeys(("local_response_norm", "response_norm_within"), _response),
    "dropout": _dropout,
    "split_dropout": _dropout,
    "batch_norm": _batch_norm,
}  # fmt: skip
"""What kinds keep that is more than their inputs or their output."""
