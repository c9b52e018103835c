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

from netledger.dtypes import bytes_of
from netledger.errors import DataError, NotFoundError, UsageError, nearest
from netledger.execute.aliasing import shared_by_examples, storages
from netledger.execute.kept import scaled
from netledger.execute.saved import Keeper, MemoryItem, item_size, value_elements
from netledger.ledger import keep_books
from netledger.ledger.views import Shown
from netledger.printable import printable
from netledger.records import Record
from netledger.unknown import Unknown, sum_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.ledger import Ledger
    from netledger.network import Network
    from netledger.unknown import Number

OPTIMIZERS = {
    "none": 0, "sgd": 0, "sgd-momentum": 1, "adagrad": 1, "rmsprop": 1, "lion": 1, "adam": 2, "adamw": 2,
}  # fmt: skip
"""Values of state that an optimizer keeps for each parameter."""
PURPOSES = ("training", "inference")


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
    ``loss`` adds what cross-entropy on every output keeps; ``dtype`` takes every real number for one of that type.

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
    items = tuple(Keeper(ledger, batch, device).items(loss)) if training else ()
    return Memory(
        purpose, batch, weights, _buffer_bytes(ledger), trainable if training else 0,
        trainable * OPTIMIZERS[optimizer] if training else 0, sum_up(item.bytes for item in items),
        0 if training else _live(ledger, batch), _activations(ledger, batch), items, network.name, optimizer,
    )  # fmt: skip


def macs_of_a_step(ledger: Ledger, batch: int) -> Number:
    """The multiply-accumulates of a forward pass: those of each example, and once what is made of learned values alone.

    >>> from netledger.catalogue import load
    >>> macs_of_a_step(keep_books(load("alexnet")), 8) == 8 * 724_406_816
    True
    """
    once = shared_by_examples(ledger.network)
    examples = 1 if ledger.network.batched else batch
    return sum_up(
        scaled(entry.macs, 1 if once.issuperset(entry.layer.outputs) else examples) for entry in ledger.entries
    )


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


def _activations(ledger: Ledger, batch: int) -> Number:
    roots, sizes = storages(ledger.network), value_elements(ledger)
    examples = 1 if ledger.network.batched else batch
    own = {
        name: scaled(sizes[name], item_size(entry, ledger.network.dtype) * examples)
        for entry in ledger.entries
        for name in entry.layer.outputs
        if name in sizes and roots[name] == name
    }
    return sum_up(own.values())


def _live(ledger: Ledger, batch: int) -> Number:
    """The largest sum of values alive at one time: each from the layer that makes it to the last that reads it."""
    roots, sizes = storages(ledger.network), value_elements(ledger)
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
                size = scaled(sizes[name], item_size(entry, ledger.network.dtype) * examples)
                alive[name] = size if isinstance(size, int) else 0
        most = max(most, sum(alive.values()))
        alive = {name: size for name, size in alive.items() if last.get(name, i) > i}
    return most
