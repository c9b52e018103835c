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
from netledger.execute.splitting.plan import SHARE, Plan, Planner, Transfer, by_map
from netledger.network import Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.ledger import Entry
    from netledger.network import Network

SLICE, FIRST = "a slice each", "process 0"
"""How a value (and the layer that makes it) lies, where it is not all of it for a share of the images: a slice of its
features for all images, or all of it for all images on the first process only."""

IMAGES, FEATURES, TO_FIRST = "images, to all", "features, to all", "to process 0"


def plan_owt(network: Network, processes: int) -> Plan:
    """The plan of a network for so many processes. One without two fully connected layers, or with layers that do not
    divide, is a ``DataError``."""
    if processes < 2:
        raise DataError(f"the scheme is for two processes or more, not {processes}")
    return _OneWeirdTrick(network, processes).plan()


class _OneWeirdTrick(Planner):
    WHERE = ("process 0", "another process")

    def __init__(self, network: Network, processes: int) -> None:
        super().__init__(network, processes, unit=processes)
        self.gathered: dict[tuple[str, str], str] = {}

    def plan(self) -> Plan:
        if sum(entry.kind == "linear" for entry in self.ledger.entries) < 2:
            raise DataError(f"{self.network.name} has no fully connected layer to slice before the last")
        self.place_all()
        results = self.network.results()
        for name in results:
            if self.lies[name] == SHARE:
                raise DataError(f"'{name}' is an output that no fully connected layer makes").at(item=name)
        finals = tuple([self.to_first(name, "output") for name in results])
        ends = tuple([layer.path for layer in self.layers[1] if layer.kind == "split_send"])
        return self.planned((finals, ends))

    # -------------------------------------------------------------- one layer

    def place(self, entry: Entry) -> None:
        layer = entry.layer
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
        return layer.replace(kind="split_dropout", attributes={**layer.attributes, "axis": axis})

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

    def only_first(self, layer: Layer) -> None:
        names = tuple([self.to_first(name, layer.path) for name in layer.inputs])
        self.layers[0].append(layer.replace(inputs=names))
        self.put(layer, FIRST)

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
            self.free(f"{consumer}.all", *self.layers), "split_gather_images" if images else "split_gather",
            {} if images else {"processes": self.processes, "last": True}, (name,),
        )  # fmt: skip
        for layers in self.layers:
            layers.append(layer)
        # its part of the value, to each of the others; the gradient of theirs comes back
        count, each = self.elements(name), (self.elements(name) * (self.processes - 1),) * self.processes
        self.transfers.append(Transfer(consumer, name, IMAGES if images else FEATURES, count, each, each))
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
        path = self.free(f"{consumer}.all", *self.layers)
        self.layers[0].append(Layer(path, "split_receive", {"processes": self.processes, "last": True}, (name,)))
        self.layers[1].append(Layer(path, "split_send", {}, (name,)))
        count, others = self.elements(name), self.processes - 1
        self.transfers.append(
            Transfer(consumer, name, TO_FIRST, count, (0, *[count] * others), (count * others, *[0] * others))
        )
        self.gathered[name, "first"] = path
        return path
