"""A network split over two devices as AlexNet was in 2012: each device holds half of every layer's maps.

A convolution with groups reads its own device's maps; one without reads both, and that is where values cross. So does
every linear layer; the last one lives on the first device alone. From the described network (groups and all) this
module derives who holds what, what crosses where, and the two devices' own networks.

>>> from netledger.catalogue import load
>>> plan = plan_towers(load("alexnet"))
>>> [ledger.totals.parameters for ledger in plan.ledgers]
[32531112, 28434112]
>>> plan.elements_forward, plan.elements_step
(58624, 117248)
"""

from __future__ import annotations

from netledger.errors import DataError
from netledger.execute import tower_kinds as tower_kinds
from netledger.layers import built_in_rule
from netledger.ledger import Ledger, keep_books
from netledger.network import Layer, Network, elements_of
from netledger.records import Record
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.ledger import Entry

WHOLE, HALF, FIRST = "copied", "half each", "device 0"
"""How a value (and the layer that makes it) lies: the whole of it on both devices, half of its maps on each, or all of
it on the first device only."""


def by_map(kind: str) -> bool:
    """Whether a kind treats every map by itself: halves stay halves, nothing crosses."""
    found = built_in_rule(kind)
    return found is not None and found.by_map


_CONVOLUTIONS = ("conv1d", "conv2d", "conv3d")


class Crossing(Record):
    """Values that cross between the devices for one layer: which layer reads them, which value it is, how
    (``both ways``, ``to device 0``, ``to device 1``), elements per image sent by each device, forward."""

    __slots__ = ("consumer", "value", "how", "sent")
    consumer: str
    value: str
    how: str
    sent: tuple[int, int]

    def __init__(self, consumer: str, value: str, how: str, sent: tuple[int, int]) -> None:
        self._fill(consumer, value, how, sent)

    @property
    def elements(self) -> int:
        """Elements per image, both directions together, forward."""
        return sum(self.sent)


class TowerPlan(Record):
    """Who holds what: the placement of each layer by path, the crossings, the two devices' networks and books."""

    __slots__ = ("network", "placements", "crossings", "networks", "ledgers")
    network: Network
    placements: dict[str, str]
    crossings: tuple[Crossing, ...]
    networks: tuple[Network, Network]
    ledgers: tuple[Ledger, Ledger]

    def __init__(
        self, network: Network, placements: dict[str, str], crossings: tuple[Crossing, ...],
        networks: tuple[Network, Network], ledgers: tuple[Ledger, Ledger],
    ) -> None:  # fmt: skip
        self._fill(network, placements, crossings, networks, ledgers)

    def __hash__(self) -> int:
        return hash(self.network)

    @property
    def elements_forward(self) -> int:
        """Elements that cross per image, forward."""
        return sum(crossing.elements for crossing in self.crossings)

    @property
    def elements_step(self) -> int:
        """Forward and backward: the gradient of everything that crossed comes back."""
        return 2 * self.elements_forward

    def sent(self, device: int, *, backward: bool = False) -> int:
        """Elements per image that one device sends: what it has of the crossings; backward, what the other had."""
        return sum(crossing.sent[1 - device if backward else device] for crossing in self.crossings)

    def received(self, device: int) -> int:
        """Elements per image that one device receives, forward."""
        return self.sent(1 - device)


def plan_towers(network: Network) -> TowerPlan:
    """The plan for a network: as its description states it, else derived from its groups. A network in which nothing
    could be split is a ``DataError``."""
    from netledger.execute.stated_towers import plan_stated, states_devices

    return plan_stated(network) if states_devices(network) else _Planner(network).plan()


class _Planner:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.ledger = keep_books(network)
        self.lies: dict[str, str] = {}
        self.sizes: dict[str, tuple[int, ...]] = {}
        self.names: list[dict[tuple[str, str], str]] = [{}, {}]
        self.layers: tuple[list[Layer], list[Layer]] = ([], [])
        self.placements: dict[str, str] = {}
        self.crossings: list[Crossing] = []
        self.last = next((e.path for e in reversed(self.ledger.entries) if e.kind == "linear"), None)

    def plan(self) -> TowerPlan:
        for entry in self.ledger.entries:
            self.place(entry)
        if HALF not in self.placements.values():
            raise DataError(f"{self.network.name} has no layer that can be split into two towers")
        self.results()
        networks = tuple(
            self.network.replace(name=f"{self.network.name} on device {device}", layers=tuple(layers), published={})
            for device, layers in enumerate(self.layers)
        )
        networks = tuple(network.replace(outputs=self.outputs(i)) for i, network in enumerate(networks))
        first, second = networks
        return TowerPlan(
            self.network,
            self.placements,
            tuple(self.crossings),
            (first, second),
            (keep_books(first), keep_books(second)),
        )

    def outputs(self, device: int) -> tuple[str, ...]:
        if device == 0:
            return tuple([self.names[0].get((name, FIRST), name) for name in self.network.results()])
        return tuple([layer.path for layer in self.layers[1] if layer.kind == "tower_send"])

    def results(self) -> None:
        """What the network returns is collected on the first device."""
        for name in self.network.results():
            if self.lies.get(name) == HALF:
                self.fetch(name, FIRST, "output")

    # -------------------------------------------------------------- one layer

    def place(self, entry: Entry) -> None:
        layer = entry.layer
        for name, shape in zip(layer.outputs, entry.outputs, strict=False):
            if isinstance(shape, Unknown) or any(isinstance(size, Unknown) for size in shape):
                raise DataError("cannot be placed: its output shape is not known").at(item=layer.path)
            self.sizes[name] = tuple(size for size in shape if isinstance(size, int))
        if layer.kind == "input":
            self.copied(layer)
        elif layer.kind in _CONVOLUTIONS:
            self.convolution(entry)
        elif layer.kind == "linear":
            self.linear(entry)
        elif self.stays_halved(layer):
            self.halved(layer, self.halved_attributes(layer), layer.inputs)
        else:
            self.otherwise(entry)

    def put(self, layer: Layer, lies: str) -> None:
        self.placements[layer.path] = lies
        for name in layer.outputs:
            self.lies[name] = lies

    def copied(self, layer: Layer) -> None:
        for layers in self.layers:
            layers.append(layer)
        self.put(layer, WHOLE)

    def halved(
        self, layer: Layer, attributes: dict[str, object], inputs: tuple[str, ...], *, per: bool = False
    ) -> None:
        for device, layers in enumerate(self.layers):
            kind = "tower_dropout" if layer.kind == "dropout" else layer.kind
            more = {"device": device} if kind == "tower_dropout" else {}
            names = tuple([self.names[device].get((name, HALF), name) if per else name for name in inputs])
            layers.append(layer.replace(kind=kind, attributes={**attributes, **more}, inputs=names, tensors=()))
        self.put(layer, HALF)

    def stays_halved(self, layer: Layer) -> bool:
        if not layer.inputs or any(self.lies[name] != HALF for name in layer.inputs):
            return False
        if layer.kind == "local_response_norm":
            return int(layer.attributes.get("groups", 1)) % 2 == 0
        if layer.kind == "flatten":
            return layer.attributes.get("start_dim") in (None, int(self.network.batched))
        if layer.kind == "batch_norm":
            return layer.attributes.get("num_features", 2) % 2 == 0
        return by_map(layer.kind)

    def halved_attributes(self, layer: Layer) -> dict[str, object]:
        attributes = dict(layer.attributes)
        for name in ("groups", "num_features"):
            if isinstance(attributes.get(name), int) and layer.kind in ("local_response_norm", "batch_norm"):
                attributes[name] = attributes[name] // 2
        return attributes

    def convolution(self, entry: Entry) -> None:
        layer, (name,) = entry.layer, entry.layer.inputs
        filters, groups = int(layer.attributes["out_channels"]), int(layer.attributes.get("groups", 1))
        if filters % 2 or self.lies[name] == FIRST or (groups != 1 and groups % 2):
            self.only_first(entry)
            return
        attributes = {key: value for key, value in layer.attributes.items() if key != "in_channels"}
        attributes["out_channels"] = filters // 2
        if groups == 1:
            self.halved_reading_whole(layer, attributes, name)
            return
        attributes["groups"] = groups // 2
        if self.lies[name] == WHOLE:
            for device in (0, 1):
                self.add_local(device, "tower_half", f"{layer.path}.own", name, {"device": device}, HALF)
        self.halved(layer, attributes, (name,), per=True)

    def linear(self, entry: Entry) -> None:
        layer, (name,) = entry.layer, entry.layer.inputs
        features = int(layer.attributes["out_features"])
        if layer.path == self.last or features % 2 or self.lies[name] == FIRST or layer.share is not None:
            self.only_first(entry)
            return
        attributes = {key: value for key, value in layer.attributes.items() if key != "in_features"}
        attributes["out_features"] = features // 2
        groups = int(attributes.get("groups", 1))
        if groups % 2 == 0 and self.lies[name] == HALF:
            self.halved(layer, {**attributes, "groups": groups // 2}, (name,))
        else:
            self.halved_reading_whole(layer, attributes, name)

    def halved_reading_whole(self, layer: Layer, attributes: dict[str, object], name: str) -> None:
        self.fetch(name, WHOLE, layer.path)
        for device, layers in enumerate(self.layers):
            layers.append(
                layer.replace(attributes=attributes, inputs=(self.names[device].get((name, WHOLE), name),), tensors=())
            )
        self.put(layer, HALF)

    def only_first(self, entry: Entry) -> None:
        layer = entry.layer
        for name in layer.inputs:
            self.fetch(name, FIRST, layer.path)
        names = tuple([self.names[0].get((name, FIRST), name) for name in layer.inputs])
        self.layers[0].append(layer.replace(inputs=names))
        self.put(layer, FIRST)

    def otherwise(self, entry: Entry) -> None:
        """No rule to split it: with parameters, or after what lies on the first device, it stays there; else both
        devices compute the whole of it."""
        layer = entry.layer
        if entry.effect.slots or any(self.lies[name] == FIRST for name in layer.inputs):
            self.only_first(entry)
            return
        for name in layer.inputs:
            self.fetch(name, WHOLE, layer.path)
        for device, layers in enumerate(self.layers):
            names = tuple([self.names[device].get((name, WHOLE), name) for name in layer.inputs])
            layers.append(layer.replace(inputs=names))
        self.put(layer, WHOLE)

    # -------------------------------------------------------------- crossings

    def fetch(self, name: str, wanted: str, consumer: str) -> None:
        """Have a value where it is wanted, crossing once for however many readers."""
        lies = self.lies[name]
        if lies in (wanted, WHOLE) or (name, wanted) in self.names[0] or (name, WHOLE) in self.names[0]:
            if (name, wanted) not in self.names[0] and (name, WHOLE) in self.names[0]:
                self.names[0][name, wanted] = self.names[0][name, WHOLE]
            return
        count = elements_of(self.sizes[name])
        assert isinstance(count, int)
        if lies == FIRST:
            raise DataError(f"'{name}' lies on device 0, but '{consumer}' needs it on both").at(item=consumer)
        if wanted == WHOLE:
            self.crossings.append(Crossing(consumer, name, "both ways", (count // 2, count // 2)))
            for device in (0, 1):
                self.add_local(device, "tower_exchange", f"{consumer}.both", name, {"device": device}, WHOLE)
        else:
            self.crossings.append(Crossing(consumer, name, "to device 0", (0, count // 2)))
            self.add_local(0, "tower_receive", f"{consumer}.both", name, {}, FIRST)
            self.add_local(1, "tower_send", f"{consumer}.both", name, {}, FIRST)

    def add_local(
        self, device: int, kind: str, path: str, name: str, attributes: dict[str, object], becomes: str
    ) -> None:
        taken = {layer.path for layer in self.layers[device]}
        while path in taken:
            path += "_"
        self.layers[device].append(Layer(path, kind, attributes, (name,)))
        self.names[device][name, becomes] = path
