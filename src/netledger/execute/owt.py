"""The scheme of 2014 ("One weird trick for parallelizing convolutional neural networks", arXiv:1404.5997).

Convolutional layers are data-parallel: every process has all of their weights and its own share of each batch. Fully
connected layers are model-parallel: every process has a slice of each layer's outputs, and reads the whole batch. The
last one lives on the first process, as ``fc1000`` does in cuda-convnet2's ``layers-imagenet-4gpu-data-model.cfg``.

>>> from netledger.catalogue import load
>>> plan = plan_owt(load("alexnet/one-weird-trick"), 4)
>>> [ledger.totals.parameters for ledger in plan.ledgers]
[20200232, 16103232]
>>> plan.shared_parameters
2469696
"""

from __future__ import annotations

from netledger.errors import DataError
from netledger.execute import owt_kinds as owt_kinds
from netledger.execute.towers import by_map
from netledger.ledger import Ledger, keep_books
from netledger.network import Layer, Network, elements_of
from netledger.records import Record
from netledger.unknown import Unknown, least

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.ledger import Entry

SHARE, SLICE, FIRST = "own images", "a slice each", "process 0"
"""How a value (and the layer that makes it) lies: all of it for a share of the images, a slice of its features for all
images, or all of it for all images on the first process only."""

IMAGES, FEATURES, TO_FIRST = "images, to all", "features, to all", "to process 0"


class Gathering(Record):
    """What processes hand to one another for one layer: which layer reads it, which value, how, and the value's
    elements per image."""

    __slots__ = ("consumer", "value", "how", "elements")
    consumer: str
    value: str
    how: str
    elements: int

    def __init__(self, consumer: str, value: str, how: str, elements: int) -> None:
        self._fill(consumer, value, how, elements)

    def sent(self, rank: int, processes: int, *, backward: bool = False) -> int:
        """Elements per image *of the whole batch* that a process sends, times the number of processes.

        A gathering to all: its part of the value, to each of the others; the gradient of theirs comes back. To the
        first: the others send theirs, the first returns the gradients.
        """
        if self.how != TO_FIRST:
            return self.elements * (processes - 1)
        if backward:
            return self.elements * (processes - 1) if rank == 0 else 0
        return self.elements if rank else 0


class OwtPlan(Record):
    """Who holds what: the placement of each layer by path, the gatherings, network and books of the first process and
    of each of the others."""

    __slots__ = ("network", "processes", "placements", "gatherings", "networks", "ledgers")
    network: Network
    processes: int
    placements: dict[str, str]
    gatherings: tuple[Gathering, ...]
    networks: tuple[Network, Network]
    ledgers: tuple[Ledger, Ledger]

    def __init__(
        self, network: Network, processes: int, placements: dict[str, str], gatherings: tuple[Gathering, ...],
        networks: tuple[Network, Network], ledgers: tuple[Ledger, Ledger],
    ) -> None:  # fmt: skip
        self._fill(network, processes, placements, gatherings, networks, ledgers)

    def __hash__(self) -> int:
        return hash(self.network)

    @property
    def shared_parameters(self) -> int:
        """Values whose gradients are summed over the processes in every step: the data-parallel layers'."""
        entries = self.ledgers[0].entries
        return sum(_known(e.parameters, e.path) for e in entries if self.placements.get(e.path) == SHARE)

    def parameters(self, rank: int) -> int:
        """Learned values that a process holds."""
        return least(self.ledgers[min(rank, 1)].totals.parameters)

    def macs(self, rank: int, batch: int) -> int:
        """MACs of a process for a whole batch, forward: its share's convolutions, its slices for all images."""
        total = 0
        for entry in self.ledgers[min(rank, 1)].entries:
            shared = self.placements.get(entry.path) == SHARE
            total += _known(entry.macs, entry.path) * batch // (self.processes if shared else 1)
        return total

    def sent(self, rank: int, batch: int, *, backward: bool = False) -> int:
        """Elements that a process sends in a step of so many images (a multiple of the processes)."""
        return sum(g.sent(rank, self.processes, backward=backward) for g in self.gatherings) * batch // self.processes


def _known(count: int | Unknown, path: str) -> int:
    if isinstance(count, Unknown):
        raise DataError(f"is not known: {count.reason}").at(item=path)
    return count


def plan_owt(network: Network, processes: int) -> OwtPlan:
    """The plan of a network for so many processes. One without two fully connected layers, or with layers that do not
    divide, is a ``DataError``."""
    if processes < 2:
        raise DataError(f"the scheme is for two processes or more, not {processes}")
    return _Planner(network, processes).plan()


class _Planner:
    def __init__(self, network: Network, processes: int) -> None:
        self.network, self.processes = network, processes
        self.ledger = keep_books(network)
        self.lies: dict[str, str] = {}
        self.sizes: dict[str, tuple[int, ...]] = {}
        self.gathered: dict[tuple[str, str], str] = {}
        self.layers: tuple[list[Layer], list[Layer]] = ([], [])
        self.placements: dict[str, str] = {}
        self.gatherings: list[Gathering] = []
        self.last = next((e.path for e in reversed(self.ledger.entries) if e.kind == "linear"), None)

    def plan(self) -> OwtPlan:
        if sum(entry.kind == "linear" for entry in self.ledger.entries) < 2:
            raise DataError(f"{self.network.name} has no fully connected layer to slice before the last")
        for entry in self.ledger.entries:
            self.place(entry)
        results = self.network.results()
        for name in results:
            if self.lies[name] == SHARE:
                raise DataError(f"'{name}' is an output that no fully connected layer makes").at(item=name)
        finals = tuple([self.to_first(name, "output") for name in results])
        ends = tuple([layer.path for layer in self.layers[1] if layer.kind == "owt_send"])
        sides = (("process 0", self.layers[0], finals), ("another process", self.layers[1], ends))
        first, other = (
            self.network.replace(
                name=f"{self.network.name} on {where}", layers=tuple(layers), outputs=outputs, published={}
            )
            for where, layers, outputs in sides
        )
        return OwtPlan(
            self.network, self.processes, self.placements, tuple(self.gatherings), (first, other),
            (keep_books(first), keep_books(other)),
        )  # fmt: skip

    # -------------------------------------------------------------- one layer

    def place(self, entry: Entry) -> None:
        layer = entry.layer
        for name, shape in zip(layer.outputs, entry.outputs, strict=False):
            if isinstance(shape, Unknown) or any(isinstance(size, Unknown) for size in shape):
                raise DataError("cannot be placed: its output shape is not known").at(item=layer.path)
            self.sizes[name] = tuple([size for size in shape if isinstance(size, int)])
        lies = {self.lies[name] for name in layer.inputs}
        if layer.kind == "linear":
            self.linear(layer)
        elif lies <= {SHARE}:
            self.both(self.with_dropout(layer, 0), SHARE)
        elif lies == {SLICE} and by_map(layer.kind):
            self.both(self.with_dropout(layer, 1), SLICE)
        else:
            self.only_first(layer)

    def with_dropout(self, layer: Layer, axis: int) -> Layer:
        if layer.kind != "dropout":
            return layer
        return layer.replace(kind="owt_dropout", attributes={**layer.attributes, "axis": axis})

    def linear(self, layer: Layer) -> None:
        name = layer.inputs[0]
        features, groups = int(layer.attributes["out_features"]), int(layer.attributes.get("groups", 1))
        if layer.path == self.last or self.lies[name] == FIRST or layer.share is not None or groups != 1:
            self.only_first(layer)
            return
        if features % self.processes:
            raise DataError(f"its {features:,} outputs do not divide over {self.processes} processes").at(
                item=layer.path
            )
        attributes = {key: value for key, value in layer.attributes.items() if key != "in_features"}
        attributes["out_features"] = features // self.processes
        self.both(layer.replace(attributes=attributes, inputs=(self.to_all(name, layer.path),), tensors=()), SLICE)

    def both(self, layer: Layer, lies: str) -> None:
        for layers in self.layers:
            layers.append(layer)
        self.put(layer, lies)

    def only_first(self, layer: Layer) -> None:
        names = tuple([self.to_first(name, layer.path) for name in layer.inputs])
        self.layers[0].append(layer.replace(inputs=names))
        self.put(layer, FIRST)

    def put(self, layer: Layer, lies: str) -> None:
        self.placements[layer.path] = lies
        self.lies.update(dict.fromkeys(layer.outputs, lies))

    # -------------------------------------------------------------- gatherings

    def to_all(self, name: str, consumer: str) -> str:
        """The whole of a value for all images, on all processes."""
        known = self.gathered.get((name, "all"))
        if known is not None:
            return known
        images = self.lies[name] == SHARE
        if images and len(self.sizes[name]) != 1 + int(self.network.batched):
            raise DataError("reads maps, not a row of features").at(item=consumer)
        layer = Layer(
            self.free(f"{consumer}.all"), "owt_batch" if images else "owt_features",
            {} if images else {"processes": self.processes}, (name,),
        )  # fmt: skip
        for layers in self.layers:
            layers.append(layer)
        self.gatherings.append(Gathering(consumer, name, IMAGES if images else FEATURES, self.elements(name)))
        self.gathered[name, "all"] = layer.path
        return layer.path

    def to_first(self, name: str, consumer: str) -> str:
        """The whole of a value for all images, on the first process."""
        if self.lies[name] == FIRST:
            return name
        if self.lies[name] == SHARE:
            raise DataError(f"reads '{name}', of which each process has other images").at(item=consumer)
        known = self.gathered.get((name, "first"))
        if known is not None:
            return known
        path = self.free(f"{consumer}.all")
        self.layers[0].append(Layer(path, "owt_receive", {"processes": self.processes}, (name,)))
        self.layers[1].append(Layer(path, "owt_send", {}, (name,)))
        self.gatherings.append(Gathering(consumer, name, TO_FIRST, self.elements(name)))
        self.gathered[name, "first"] = path
        return path

    def free(self, path: str) -> str:
        taken = {layer.path for layers in self.layers for layer in layers}
        while path in taken:
            path += "_"
        return path

    def elements(self, name: str) -> int:
        shape = self.sizes[name]
        count = elements_of(shape[1:] if self.network.batched else shape)
        assert isinstance(count, int)
        return count
