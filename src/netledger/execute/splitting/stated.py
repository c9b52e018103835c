"""A network whose description says itself which layer lives on which device, as cuda-convnet's configurations do.

A layer with ``meta={"device": 1}`` lives there; one without lives where the first value it reads does. Joining values
of both devices (``concat``, and ``flatten`` behind it) happens where the result is read, out of what has been sent.
"""

from __future__ import annotations

from netledger.execute.splitting.plan import Plan, Planner, Transfer
from netledger.network import Layer
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.ledger import Entry
    from netledger.network import Network

    Devices = tuple[int, ...]

_JOINS = ("concat", "flatten")
WHOLE = "copied"
"""How a value lies of which both devices have the whole."""


def states_devices(network: Network) -> bool:
    """Whether a description places its layers itself."""
    return any(layer.meta.get("device") in (1, "1") for layer in network.layers)


def plan_stated(network: Network) -> Plan:
    """The plan that a description states.

    >>> from netledger.catalogue import load
    >>> plan = plan_stated(load("alexnet/cuda-convnet-145"))
    >>> [ledger.totals.parameters for ledger in plan.ledgers], plan.elements_forward
    ([32531112, 28434112], 58624)
    """
    return _Stated(network).plan()


class _Stated(Planner):
    def __init__(self, network: Network) -> None:
        super().__init__(network)
        self.homes: dict[str, Devices] = {}
        self.joined: dict[str, Layer] = {}
        self.present: tuple[set[str], set[str]] = (set(), set())

    def plan(self) -> Plan:
        for entry in self.ledger.entries:
            self.place(entry)
        return self.planned()

    def place(self, entry: Entry) -> None:
        layer = entry.layer
        for name, shape in zip(layer.outputs, entry.outputs, strict=False):
            if not isinstance(shape, Unknown):
                self.sizes[name] = tuple(size for size in shape if isinstance(size, int))
        homes = self.homes_of(layer)
        self.homes.update(dict.fromkeys(layer.outputs, homes))
        self.placements[layer.path] = WHOLE if len(homes) > 1 else self.WHERE[homes[0]]
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
        count = self.elements(name)
        sent = (0, count) if device == 0 else (count, 0)
        self.transfers.append(Transfer(consumer, name, f"to device {device}", count, sent, sent[::-1]))
        self.add(device, Layer(f"{name}.sent", "split_take", {"shape": self.sizes[name]}, outputs=(name,)))
