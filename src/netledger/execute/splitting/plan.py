"""Who holds what of a split network, and what its processes hand to one another; what all planners share."""

from __future__ import annotations

from netledger.errors import DataError
from netledger.execute.splitting import kinds as kinds
from netledger.layers import built_in_rule
from netledger.ledger import Ledger, keep_books
from netledger.network import Layer, Network, elements_of
from netledger.records import Record
from netledger.unknown import Unknown, least

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.ledger import Entry

SHARE = "own images"
"""How a value lies, and the layer that makes it: all of it, for a share of the images. Other ways are the planners'."""


def by_map(kind: str) -> bool:
    """Whether a kind treats every map by itself: halves stay halves, nothing crosses."""
    found = built_in_rule(kind)
    return found is not None and found.by_map


class Transfer(Record):
    """What processes hand to one another for one layer: which layer reads it, which value it is, how it goes, and its
    elements per image; then what each process sends of it for every :attr:`Plan.unit` images, forward and backward.
    """

    __slots__ = ("consumer", "value", "how", "elements", "forward", "backward")
    consumer: str
    value: str
    how: str
    elements: int
    forward: tuple[int, ...]
    backward: tuple[int, ...]

    def __init__(
        self, consumer: str, value: str, how: str, elements: int, forward: tuple[int, ...], backward: tuple[int, ...]
    ) -> None:
        self._fill(consumer, value, how, elements, forward, backward)


class Plan(Record):
    """The placement of each layer by path, the transfers, network and books of the first process and of each other.

    ``unit`` is the number of images that transfers are told for: where processes have shares of the images, one each.
    """

    __slots__ = ("network", "processes", "placements", "transfers", "networks", "ledgers", "unit")
    network: Network
    processes: int
    placements: dict[str, str]
    transfers: tuple[Transfer, ...]
    networks: tuple[Network, Network]
    ledgers: tuple[Ledger, Ledger]
    unit: int

    def __init__(
        self, network: Network, processes: int, placements: dict[str, str], transfers: tuple[Transfer, ...],
        networks: tuple[Network, Network], ledgers: tuple[Ledger, Ledger], unit: int = 1,
    ) -> None:  # fmt: skip
        self._fill(network, processes, placements, transfers, networks, ledgers, unit)

    def __hash__(self) -> int:
        return hash(self.network)

    def layer_of(self, name: str) -> str:
        """The layer that a tensor belongs to, by the tensor's name."""
        path = name
        while path and path not in self.placements:
            path = path.rpartition(".")[0]
        return path

    @property
    def shared_parameters(self) -> int:
        """Values whose gradients are summed over all processes in every step: of layers with a share of the images."""
        entries = self.ledgers[0].entries
        return sum(_known(e.parameters, e.path) for e in entries if self.placements.get(e.path) == SHARE)

    def parameters(self, rank: int) -> int:
        """Learned values that a process holds."""
        return least(self.ledgers[min(rank, 1)].totals.parameters)

    def macs(self, rank: int, batch: int) -> int:
        """MACs of a process for a whole batch, forward: of layers that have a share of the images, its share."""
        total = 0
        for entry in self.ledgers[min(rank, 1)].entries:
            shared = self.placements.get(entry.path) == SHARE
            total += _known(entry.macs, entry.path) * batch // (self.processes if shared else 1)
        return total

    def sent(self, rank: int, batch: int | None = None, *, backward: bool = False) -> int:
        """Elements that a process sends in a step of so many images (one unit of them where none are told)."""
        ways = [transfer.backward if backward else transfer.forward for transfer in self.transfers]
        return sum(way[rank] for way in ways) * (self.unit if batch is None else batch) // self.unit

    def received(self, rank: int) -> int:
        """Elements per image that one of two processes receives, forward."""
        return self.sent(1 - rank)

    def handed_over(self, batch: int | None = None, *, backward: bool = False) -> int:
        """Elements that all processes together send in a step."""
        return sum(self.sent(rank, batch, backward=backward) for rank in range(self.processes))

    @property
    def elements_forward(self) -> int:
        """Elements that cross for one unit of images, forward."""
        return self.handed_over()

    @property
    def elements_step(self) -> int:
        """Forward and backward: the gradient of everything that crossed comes back."""
        return self.handed_over() + self.handed_over(backward=True)


def _known(count: int | Unknown, path: str) -> int:
    if isinstance(count, Unknown):
        raise DataError(f"is not known: {count.reason}").at(item=path)
    return count


class Planner:
    """What every planner does: goes through the books, places each layer, notes what crosses."""

    WHERE = ("device 0", "device 1")
    """What the first process is called, and each other."""

    def __init__(self, network: Network, processes: int = 2, unit: int = 1) -> None:
        self.network, self.processes, self.unit = network, processes, unit
        self.ledger = keep_books(network)
        self.sizes: dict[str, tuple[int, ...]] = {}
        self.layers: tuple[list[Layer], list[Layer]] = ([], [])
        self.placements: dict[str, str] = {}
        self.lies: dict[str, str] = {}
        self.transfers: list[Transfer] = []
        self.last = next((e.path for e in reversed(self.ledger.entries) if e.kind == "linear"), None)

    def place(self, entry: Entry) -> None:
        """Put one layer where it belongs."""
        raise NotImplementedError

    def place_all(self) -> None:
        """Every layer, once the sizes of its values are known to be known."""
        for entry in self.ledger.entries:
            for name, shape in zip(entry.layer.outputs, entry.outputs, strict=False):
                if isinstance(shape, Unknown) or any(isinstance(size, Unknown) for size in shape):
                    raise DataError("cannot be placed: its output shape is not known").at(item=entry.path)
                self.sizes[name] = tuple([size for size in shape if isinstance(size, int)])
            self.place(entry)

    def put(self, layer: Layer, lies: str) -> None:
        """Note where a layer is."""
        self.placements[layer.path] = lies
        self.lies.update(dict.fromkeys(layer.outputs, lies))

    def both(self, layer: Layer, lies: str) -> None:
        """The same layer in every process."""
        for layers in self.layers:
            layers.append(layer)
        self.put(layer, lies)

    def free(self, path: str, *layers: list[Layer]) -> str:
        """A path that none of these layers has."""
        taken = {layer.path for own in layers for layer in own}
        while path in taken:
            path += "_"
        return path

    def elements(self, name: str) -> int:
        """A value's elements per image."""
        shape = self.sizes[name]
        count = elements_of(shape[1:] if self.network.batched else shape)
        assert isinstance(count, int)
        return count

    def planned(self, outputs: tuple[tuple[str, ...], tuple[str, ...]] | None = None) -> Plan:
        """The plan, with the networks of the first process and of each other."""
        first, other = (
            self.network.replace(name=f"{self.network.name} on {where}", layers=tuple(layers), published={})
            for where, layers in zip(self.WHERE, self.layers, strict=True)
        )
        if outputs is not None:
            first, other = first.replace(outputs=outputs[0]), other.replace(outputs=outputs[1])
        return Plan(
            self.network, self.processes, self.placements, tuple(self.transfers), (first, other),
            (keep_books(first), keep_books(other)), self.unit,
        )  # fmt: skip
