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
from netledger.execute.splitting.plan import Plan, Planner, Transfer, by_map
from netledger.execute.splitting.stated import WHOLE, plan_stated, states_devices
from netledger.network import Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.ledger import Entry
    from netledger.network import Network

HALF, FIRST = "half each", "device 0"
"""How a value (and the layer that makes it) lies, where the whole of it is not on both devices: half of its maps on
each, or all of it on the first device only."""


_CONVOLUTIONS = ("conv1d", "conv2d", "conv3d")


def plan_towers(network: Network) -> Plan:
    """The plan for a network: as its description states it, else derived from its groups. A network in which nothing
    could be split is a ``DataError``."""
    return plan_stated(network) if states_devices(network) else _Towers(network).plan()


class _Towers(Planner):
    def __init__(self, network: Network) -> None:
        super().__init__(network)
        self.names: list[dict[tuple[str, str], str]] = [{}, {}]

    def plan(self) -> Plan:
        self.place_all()
        if HALF not in self.placements.values():
            raise DataError(f"{self.network.name} has no layer that can be split into two towers")
        self.results()
        return self.planned((self.outputs(0), self.outputs(1)))

    def outputs(self, device: int) -> tuple[str, ...]:
        if device == 0:
            return tuple([self.names[0].get((name, FIRST), name) for name in self.network.results()])
        return tuple([layer.path for layer in self.layers[1] if layer.kind == "split_send"])

    def results(self) -> None:
        """What the network returns is collected on the first device."""
        for name in self.network.results():
            if self.lies.get(name) == HALF:
                self.fetch(name, FIRST, "output")

    # -------------------------------------------------------------- one layer

    def place(self, entry: Entry) -> None:
        layer = entry.layer
        if layer.kind == "input":
            self.both(layer, WHOLE)
        elif layer.kind in _CONVOLUTIONS:
            self.convolution(entry)
        elif layer.kind == "linear":
            self.linear(entry)
        elif self.stays_halved(layer):
            self.halved(layer, self.halved_attributes(layer), layer.inputs)
        else:
            self.otherwise(entry)

    def halved(
        self, layer: Layer, attributes: dict[str, object], inputs: tuple[str, ...], *, per: bool = False
    ) -> None:
        for device, layers in enumerate(self.layers):
            kind = "split_dropout" if layer.kind == "dropout" else layer.kind
            names = tuple([self.names[device].get((name, HALF), name) if per else name for name in inputs])
            layers.append(layer.replace(kind=kind, attributes=attributes, inputs=names, tensors=()))
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
                self.add_local(device, "split_own", f"{layer.path}.own", name, {"processes": 2}, HALF)
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

    # -------------------------------------------------------------- transfers

    def fetch(self, name: str, wanted: str, consumer: str) -> None:
        """Have a value where it is wanted, crossing once for however many readers."""
        lies = self.lies[name]
        if lies in (wanted, WHOLE) or (name, wanted) in self.names[0] or (name, WHOLE) in self.names[0]:
            if (name, wanted) not in self.names[0] and (name, WHOLE) in self.names[0]:
                self.names[0][name, wanted] = self.names[0][name, WHOLE]
            return
        count = self.elements(name)
        if lies == FIRST:
            raise DataError(f"'{name}' lies on device 0, but '{consumer}' needs it on both").at(item=consumer)
        if wanted == WHOLE:
            sent = (count // 2, count // 2)
            self.transfers.append(Transfer(consumer, name, "both ways", sum(sent), sent, sent))
            for device in (0, 1):
                self.add_local(device, "split_gather", f"{consumer}.both", name, {"processes": 2}, WHOLE)
        else:
            half = count // 2
            self.transfers.append(Transfer(consumer, name, "to device 0", half, (0, half), (half, 0)))
            self.add_local(0, "split_receive", f"{consumer}.both", name, {"processes": 2}, FIRST)
            self.add_local(1, "split_send", f"{consumer}.both", name, {}, FIRST)

    def add_local(
        self, device: int, kind: str, path: str, name: str, attributes: dict[str, object], becomes: str
    ) -> None:
        path = self.free(path, self.layers[device])
        self.layers[device].append(Layer(path, kind, attributes, (name,)))
        self.names[device][name, becomes] = path
