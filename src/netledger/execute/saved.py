"""What PyTorch keeps of each layer's forward pass for the backward one, every storage once.

What a kind keeps is what its derivative reads (:mod:`.kept`); a kind of which it is not known is Unknown.
"""

from __future__ import annotations

from netledger.dtypes import BITS
from netledger.execute.aliasing import looked_up, shared_by_examples
from netledger.execute.kept import KeptStorage, rule_of, scaled
from netledger.execute.strides import placed_values
from netledger.network import elements_of
from netledger.records import Record
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
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


class Keeper:
    """What each layer keeps, every storage once."""

    def __init__(self, ledger: Ledger, batch: int, device: str) -> None:
        self.ledger = ledger
        self.examples = 1 if ledger.network.batched else batch
        self.batch = batch
        self.device = device.partition(":")[0]
        self.placed = placed_values(ledger, self.examples)
        self.sizes = value_elements(ledger)
        indices = looked_up(ledger.network)
        self.item_sizes = {
            name: 8 if name in indices else item_size(entry, ledger.network.dtype)
            for entry in ledger.entries
            for name in entry.layer.outputs
        }
        self.learned = {n for entry in ledger.entries if entry.kind == "parameter" for n in entry.layer.outputs}
        self.differentiable: set[str] = set()
        self.seen: set[str] = set()
        shared = shared_by_examples(ledger.network)
        self.once = {entry.layer.path for entry in ledger.entries if shared.issuperset(entry.layer.outputs)} | shared

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
        results = self.ledger.network.results()
        for entry in self.ledger.entries if loss else ():
            for name, shape in zip(entry.layer.outputs, entry.outputs, strict=False):
                if name in results and name in self.differentiable:
                    found += self.loss(name, shape)
        return found

    def kept(self, entry: Entry) -> list[KeptStorage]:
        """What one layer keeps, whoever else keeps it."""
        rule = rule_of(entry.kind)
        if rule is None:
            return [KeptStorage("", Unknown(f"what PyTorch keeps of '{entry.kind}' is not known"))]
        return rule(self, entry)

    def first_time(self, path: str, kept: KeptStorage) -> list[MemoryItem]:
        """A storage, unless an earlier layer has kept it."""
        value = kept.what in self.sizes
        root = self.placed[kept.what].root if value else f"{path}: {kept.what}"
        if root in self.seen or root in self.learned:  # a learned value has its memory already
            return []
        self.seen.add(root)
        size = kept.size or (self.item_sizes[root] if value else 1)
        size *= 1 if kept.once or (root if value else path) in self.once else self.examples
        elements = self.sizes.get(root, kept.elements) if value else kept.elements  # a view keeps all that it is of
        return [MemoryItem(path, f"the value '{root}'" if value else kept.what, scaled(elements, size))]

    def loss(self, name: str, shape: Shape | Unknown) -> list[MemoryItem]:
        """Cross-entropy: the logarithms of the probabilities, a label for each place of each image, their weight."""
        axis = int(self.ledger.network.batched)
        classes = shape if isinstance(shape, Unknown) else shape[axis] if len(shape) > axis else 1
        logits, size, examples = self.sizes[name], self.size(), 1 if name in self.once else self.examples
        labels = logits if isinstance(logits, Unknown) else classes
        if isinstance(logits, int) and isinstance(classes, int):
            labels = logits // classes if classes else 0
        return [
            MemoryItem("loss", "log-probabilities", scaled(logits, size * examples)),
            MemoryItem("loss", "labels", scaled(labels, 8 * examples)),
            MemoryItem("loss", "total weight", size),
        ]

    def value(self, name: str) -> KeptStorage:
        """A value of the network."""
        return KeptStorage(name, self.sizes.get(name, Unknown("the input is not given")))

    def size(self) -> int:
        """The bytes of one real number."""
        return BITS[self.ledger.network.dtype] // 8
