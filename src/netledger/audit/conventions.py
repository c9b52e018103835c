"""The figures that people publish of one network, each with the convention that makes it."""

from __future__ import annotations

from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.figures import Listed

CLASSES = (10, 100, 2, 17, 20, 21, 200, 365)
"""Other numbers of classes that networks are adapted to."""


class Reading(Record):
    """One figure: ``value`` in units of ``unit`` bytes (1 for counts), its name, the convention (empty: the plain one)
    and how far-fetched it is (0 plain, 1 another convention, 2 rarely meant).
    """

    __slots__ = ("value", "name", "convention", "distance", "unit")
    value: int
    name: str
    convention: str
    distance: int
    unit: int

    def __init__(self, value: int, name: str, convention: str = "", distance: int = 0, unit: int = 1) -> None:
        self._fill(value, name, convention, distance, unit)

    def shown(self) -> str:
        """The figure in words: ``60,965,224 parameters``, ``243.9 MB of float32 values``."""
        if self.unit == 1:
            return f"{self.value:,} {self.name}"
        number, rest = divmod(self.value * 100 // self.unit, 100)
        return f"{number:,}.{rest:02d} {_UNITS[self.unit]} of {self.name}"


_UNITS = {10**6: "MB", 2**20: "MiB", 1024 * 1000: "thousand KiB"}


def readings_of(entry: Listed, quantity: str) -> Iterator[Reading]:
    """Every figure of a network that a number of this ``quantity`` can mean; all of them for an unnamed number."""
    for name in _ORDER if quantity == "" else (quantity,):
        yield from _READINGS.get(name, _none)(entry)


def _none(entry: Listed) -> Iterator[Reading]:
    return iter(())


def _parameters(entry: Listed) -> Iterator[Reading]:
    yield Reading(entry.parameters, "parameters")
    if entry.buffers:
        value = entry.parameters + entry.buffers
        yield Reading(value, "parameters and running statistics", "running statistics counted, as Keras does", 1)
    yield Reading(entry.weights, "weights", "weights only, biases left out", 1)
    for classes in CLASSES:
        adapted = entry.with_classes(classes)
        if adapted is not None and entry.head is not None and entry.head[2] != classes:
            yield Reading(
                adapted, f"parameters with {classes} classes", f"{classes} classes", 1 if classes == 10 else 3
            )
    yield Reading(entry.linear_parameters, "parameters in its linear layers", "the fully connected part alone", 1)
    yield Reading(entry.conv_parameters, "parameters in its convolutions", "the convolutions alone", 1)
    yield Reading(entry.conv_weights, "weights in its convolutions", "the convolutions' weights alone", 1)


def _weights(entry: Listed) -> Iterator[Reading]:
    yield Reading(entry.weights, "weights")
    yield Reading(entry.parameters, "parameters", "biases counted too", 1)
    yield Reading(entry.conv_weights, "weights in its convolutions", "the convolutions alone", 1)


def _macs(entry: Listed) -> Iterator[Reading]:
    yield Reading(entry.macs, "MACs")
    yield Reading(entry.conv_macs, "MACs in its convolutions", "the convolutions alone", 1)
    yield Reading(2 * entry.macs, "FLOPs", "FLOPs called MACs", 1)


def _flops(entry: Listed) -> Iterator[Reading]:
    yield Reading(2 * entry.macs, "FLOPs")
    yield Reading(entry.macs, "MACs", "MACs called FLOPs", 1)
    yield Reading(2 * entry.conv_macs, "FLOPs in its convolutions", "the convolutions alone", 1)


def _operations(entry: Listed) -> Iterator[Reading]:
    yield Reading(entry.macs, "MACs")
    yield Reading(2 * entry.macs, "FLOPs", "two operations a multiply-accumulate", 0)
    yield Reading(entry.conv_macs, "MACs in its convolutions", "the convolutions alone", 1)


def _neurons(entry: Listed) -> Iterator[Reading]:
    yield Reading(entry.neurons, "neurons")


def _bytes(entry: Listed) -> Iterator[Reading]:
    for unit, convention in ((10**6, ""), (2**20, "MiB, called MB"), (1024 * 1000, "thousands of KiB, called MB")):
        name = "float32 parameters"
        yield Reading(4 * entry.parameters, name, convention, 0 if unit == 10**6 else 1, unit)
    yield Reading(2 * entry.parameters, "float16 parameters", "half precision", 2, 10**6)


_READINGS = {
    "parameters": _parameters, "weights": _weights, "macs": _macs, "flops": _flops, "operations": _operations,
    "neurons": _neurons, "bytes": _bytes,
}  # fmt: skip
_ORDER = ("parameters", "operations", "neurons")
