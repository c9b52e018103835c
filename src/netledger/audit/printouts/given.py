"""The network that a printout is judged by: what each tensor, layer and module of it counts, by name and by kind."""

from __future__ import annotations

from itertools import pairwise

from netledger.ledger import keep_books

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.ledger import Entry
    from netledger.network import Network

STATISTIC = "running_statistic"
BUFFERS = ("running_mean", "running_var", "num_batches_tracked")
FAMILIES = {
    "conv": ("conv",), "convtranspose": ("conv",), "depthwiseconv": ("conv",), "separableconv": ("conv", "separable"),
    "linear": ("linear",), "nondynamicallyquantizablelinear": ("linear",), "dense": ("linear", "dense"),
    "timedistributed": ("linear",), "embedding": ("embedding",), "batchnorm": ("batch_norm",),
    "batchnormalization": ("batch_norm",), "layernorm": ("layer_norm",), "layernormalization": ("layer_norm",),
    "groupnorm": ("group_norm",), "groupnormalization": ("group_norm",), "instancenorm": ("instance_norm",),
    "multiheadattention": ("attention",), "lstm": ("lstm",), "gru": ("gru",), "simplernn": ("rnn",), "rnn": ("rnn",),
    "bidirectional": ("lstm", "gru", "rnn", "bidirectional"), "prelu": ("prelu",),
}  # fmt: skip
"""What the kinds of layers contain that a tool's type is, the number of axes left out of the type."""
ENDINGS = {"rmsnorm": ("rms_norm",), "layernorm": ("layer_norm",), "linear": ("linear",)}
"""The same for types that derive from another, by how they end."""
AXES = ("1d", "2d", "3d")


class Owned:
    """One layer: its own count (tied storage too), what it adds, what Keras counts beside it."""

    __slots__ = ("adds", "biases", "kind", "own", "path", "statistics", "trained")

    def __init__(self, entry: Entry) -> None:
        self.path, self.kind = entry.path, entry.kind
        learned = [slot for slot in entry.effect.slots if slot.role in ("weight", "bias", "parameter")]
        self.adds = entry.parameters if isinstance(entry.parameters, int) else 0
        self.own = self.adds or sum([_size(slot.shape) for slot in learned])
        self.statistics = sum([_size(slot.shape) for slot in entry.effect.slots if slot.role == STATISTIC])
        self.biases = entry.biases if isinstance(entry.biases, int) else 0
        frozen = entry.frozen if isinstance(entry.frozen, int) else 0
        self.trained = self.adds - frozen


def _size(shape: tuple[object, ...]) -> int:
    whole = 1
    for size in shape:
        whole *= size if isinstance(size, int) else 0
    return whole


class GivenNetwork:
    """``layers`` with parameters, in order; ``tensors`` and ``modules`` by name: their counts (with tied storage, and
    without); ``total``, ``trained``, ``statistics`` of all.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.name = network.name or "the network"
        books = keep_books(network)
        self.layers: list[Owned] = []
        self.tensors: dict[str, int] = {}
        self.modules: dict[str, tuple[int, int]] = {}
        self.statistics_of: dict[str, int] = {}
        self.complete = not any(entry.unknown and not isinstance(entry.parameters, int) for entry in books.entries)
        for entry in books.entries:
            owned = Owned(entry)
            if owned.own or owned.statistics:
                self.layers.append(owned)
                self._name(entry, owned)
        self.flattened = _flattened(self.layers)
        self.biases = {layer.path: layer.biases for layer in self.layers if layer.biases}
        self.total = sum([layer.adds for layer in self.layers])
        self.loose = sum([layer.adds for layer in self.layers if layer.kind == "parameter"])
        self.every_time = sum([layer.own for layer in self.layers])
        self.trained = sum([layer.trained for layer in self.layers])
        self.statistics = sum([layer.statistics for layer in self.layers])
        modules = network.meta.get("modules")
        self.types: dict[str, str] = (
            {path: str(kind).rpartition(".")[2] for path, kind in modules.items()} if isinstance(modules, dict) else {}
        )

    def _name(self, entry: Entry, owned: Owned) -> None:
        for slot in entry.effect.slots:
            name = (
                entry.path
                if slot.name in ("", entry.path) or entry.kind == "parameter"
                else f"{entry.path}.{slot.name}"
            )
            self.tensors.setdefault(name, _size(slot.shape))
        for tensor in entry.layer.tensors:
            if isinstance(tensor.count, int):
                self.tensors[tensor.name] = tensor.count
                owner = tensor.name.rpartition(".")[0]
                if owner.startswith(f"{entry.path}.") and tensor.learned:  # a module inside of the layer
                    own, adds = self.modules.get(owner, (0, 0))
                    self.modules[owner] = (own + tensor.count, adds + tensor.count)
                    self.statistics_of[owner] = 0
        path = entry.path
        while True:
            own, adds = self.modules.get(path, (0, 0))
            self.modules[path] = (own + owned.own, adds + owned.adds)
            self.statistics_of[path] = self.statistics_of.get(path, 0) + owned.statistics
            if not path:
                return
            path = path.rpartition(".")[0]

    def own_of(self, path: str) -> int:
        """The tensors right in a module, none of its parts'."""
        start = f"{path}." if path else ""
        return sum(
            [
                count
                for name, count in self.tensors.items()
                if name.startswith(start) and "." not in name[len(start) :] and name.rpartition(".")[2] not in BUFFERS
            ]
        )

    def counts_of(self, name: str, keras: bool) -> tuple[int, ...]:
        """What may be printed for a tensor or module of this name."""
        if name in self.tensors:
            return (self.tensors[name],)
        if name not in self.modules:
            return ()
        own, adds = self.modules[name]
        more = self.statistics_of[name] if keras else 0
        return (adds + more, own + more) if adds else (own + more, adds + more)


def _flattened(layers: list[Owned]) -> dict[str, int]:
    """The outputs of the linear layer that reads a map, by its path: the first one behind convolutions."""
    for before, layer in pairwise(layers):
        if layer.kind == "linear" and before.kind.startswith(("conv", "batch_norm")) and layer.biases:
            return {layer.path: layer.biases}
    return {}


def families_of(type: str) -> tuple[str, ...]:
    """The kinds of layers that a tool's type may be; empty where it is a module of somebody's own.

    >>> families_of("Conv2d"), families_of("BatchNormalization")[0], families_of("Res")
    (('conv',), 'batch_norm', ())
    """
    lower = type.lower().replace("_", "")
    for axes in AXES:
        lower = lower.replace(axes, "")
    kinds = FAMILIES.get(lower)
    if kinds is None and len(lower) >= SHORTEST:  # a type that Keras cut off
        starts = {kinds for start, kinds in FAMILIES.items() if start.startswith(lower)}
        kinds = starts.pop() if len(starts) == 1 else None
    return kinds or next((kinds for end, kinds in ENDINGS.items() if lower.endswith(end)), ())


SHORTEST = 7
"""Letters of a type that was cut off and is still known."""
