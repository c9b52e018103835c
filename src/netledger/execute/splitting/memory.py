"""Memory of a device in the way of 2012: every value a layer makes is kept, in training its gradient too.

>>> from netledger.catalogue import load
>>> from netledger.execute.splitting.towers import plan_towers
>>> plan = plan_towers(load("alexnet/cuda-convnet-145"))
>>> [round(held(ledger, plan.received(i), 128).training / 1e6) for i, ledger in enumerate(plan.ledgers)]
[1414, 1361]
"""

from __future__ import annotations

from netledger.dtypes import BITS
from netledger.network import elements_of
from netledger.records import Record
from netledger.unknown import Unknown, least

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.ledger import Ledger

_NOT_HELD = ("flatten", "view", "reshape", "concat", "identity")
_NORMS = ("local_response_norm", "response_norm_within")


class Held(Record):
    """Elements per image: ``values`` of the device's own layers (inputs too), ``inputs`` among them, ``received`` from
    the other device, ``denominators`` of response normalisation; then bytes for the whole batch."""

    __slots__ = ("values", "inputs", "received", "denominators", "weights", "batch", "itemsize")
    values: int
    inputs: int
    received: int
    denominators: int
    weights: int
    batch: int
    itemsize: int

    def __init__(
        self, values: int, inputs: int, received: int, denominators: int, weights: int, batch: int, itemsize: int
    ) -> None:
        self._fill(values, inputs, received, denominators, weights, batch, itemsize)

    @property
    def inference(self) -> int:
        """Weights and every value."""
        return self.weights + (self.values + self.received) * self.batch * self.itemsize

    @property
    def training(self) -> int:
        """Weights, their gradients and momenta; every value and its gradient (the image has none); denominators."""
        values = 2 * (self.values + self.received) - self.inputs + self.denominators
        return 3 * self.weights + values * self.batch * self.itemsize


def held(ledger: Ledger, received: int, batch: int, *, relu_in_place: bool = True) -> Held:
    """What a device holds that keeps these books and receives so many elements per image."""
    values = inputs = denominators = 0
    for entry in ledger.entries:
        size = _elements(entry.outputs[0]) if entry.outputs else 0
        if entry.kind in _NOT_HELD or (entry.kind.startswith("split_") and entry.kind != "split_dropout"):
            continue
        if entry.kind == "relu" and relu_in_place:
            continue
        values += size
        inputs += size if entry.kind == "input" else 0
        denominators += size if entry.kind in _NORMS else 0
    weights = least(ledger.totals.bytes)
    return Held(values, inputs, received, denominators, weights, batch, BITS[ledger.network.dtype] // 8)


def _elements(shape: object) -> int:
    count = elements_of(shape) if isinstance(shape, tuple) else Unknown("no shape")
    return count if isinstance(count, int) else 0
