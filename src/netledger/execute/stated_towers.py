"""A network whose description says itself which layer lives on which device, as cuda-convnet's configurations do.

A layer with ``meta={"device": 1}`` lives there; one without lives where the first value it reads does. Joining values
of both devices (``concat``, and ``flatten`` behind it) happens where the result is read, out of what has been sent.
"""

from __future__ import annotations

from netledger.execute.towers import WHOLE, Crossing, TowerPlan
from netledger.ledger import keep_books
from netledger.network import Layer, Network, elements_of
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.ledger import Entry

    Devices = tuple[int, ...]

_JOINS = ("concat", "flatten")
DEVICES = ("device 0", "device 1")


def states_devices(network: Network) -> bool:
    """Whether a description places its layers itself."""
    return any(layer.meta.get("device") in (1, "1") for layer in network.layers)


def plan_stated(network: Network) -> TowerPlan:
    """The plan that a description states.

    >>> from netledger.catalogue import load
    >>> plan = plan_stated(load("alexnet/cuda-convnet-145"))
    >>> [ledger.totals.parameters for ledger in plan.ledgers], plan.elements_forward
    ([32531112, 28434112], 58624)
    """
    return _Stated(network).plan()


class _Stated:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.homes: dict[str, Devices] = {}
        self.joined: dict[str, Layer] = {}
        self.sizes: dict[str, tuple[int, ...]] = {}
        self.present: tuple[set[str], set[str]] = (set(), set())
        self.layers: tuple[list[Layer], list[Layer]] = ([], [])
        self.placements: dict[str, str] = {}
        self.crossings: list[Crossing] = []

    def plan(self) -> TowerPlan:
        for entry in keep_books(self.network).entries:
            self.place(entry)
        first, second = (
            self.network.replace(name=f"{self.network.name} on device {device}", layers=tuple(layers), published={})
            for device, layers in enumerate(self.layers)
        )
        return TowerPlan(
            self.network,
            self.placements,
            tuple(self.crossings),
            (first, second),
            (keep_books(first), keep_books(second)),
        )

    def place(self, entry: Entry) -> None:
        layer = entry.layer
        for name, shape in zip(layer.outputs, entry.outputs, strict=False):
            if not isinstance(shape, Unknown):
                self.sizes[name] = tuple(size for size in shape if isinstance(size, int))
        homes = self.homes_of(layer)
        self.homes.update(dict.fromkeys(layer.outputs, homes))
        self.placements[layer.path] = WHOLE if len(homes) > 1 else DEVICES[homes[0]]
        if layer.kind in _JOINS and len(homes) > 1:
            self.joined[layer.outputs[0]] = layer
            return
        for device in homes:
            for name in layer.inputs:
                self.bring(name, device, layer.path)
            self.add(device, layer)

    def homes_of(self, layer: Layer) -> Devices:
        stated = layer.meta.get("device")
        if stated is not None:
            return (int(stated),)
        if not layer.inputs:
            return (0, 1)
        read = [self.homes[name] for name in layer.inputs]
        if layer.kind in _JOINS and (len(set(read)) > 1 or any(name in self.joined for name in layer.inputs)):
            return (0, 1)
        return read[0]

    def add(self, device: int, layer: Layer) -> None:
        self.layers[device].append(layer)
        self.present[device].update(layer.outputs)

    def bring(self, name: str, device: int, consumer: str) -> None:
        """Have a value on a device: sent over, or joined there."""
        if name in self.present[device]:
            return
        join = self.joined.get(name)
        if join is not None:
            for part in join.inputs:
                self.bring(part, device, consumer)
            self.add(device, join)
            return
        count = elements_of(self.sizes[name])
        assert isinstance(count, int)
        sent = (0, count) if device == 0 else (count, 0)
        self.crossings.append(Crossing(consumer, name, f"to device {device}", sent))
        self.add(device, Layer(f"{name}.sent", "tower_take", {"shape": self.sizes[name]}, outputs=(name,)))
