"""What is matched with what: mostly a layer; two layers where they are one layer's two towers."""

from __future__ import annotations

from netledger.errors import NotFoundError
from netledger.layers import built_in_rule, rule_for
from netledger.records import Record
from netledger.unknown import Unknown, added, sum_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from netledger.ledger import Entry, Ledger
    from netledger.network import Shape

_MOST_IN_TOWERS = 5_000
"""Towers are looked for in networks of so many layers; who reads whom is worked out for all of them."""


class Unit(Record):
    """One or two entries of a ledger that are compared as one.

    ``attributes`` are complete (defaults filled in); ``input`` and ``output`` are shapes without the batch; counts are
    sums over the entries.
    """

    __slots__ = (
        "name", "paths", "kind", "role", "attributes", "entries", "weights", "biases", "macs", "buffers", "input",
        "output",
    )  # fmt: skip
    name: str
    paths: tuple[str, ...]
    kind: str
    role: str
    attributes: Mapping[str, Any]
    entries: tuple[Entry, ...]
    weights: int | Unknown
    biases: int | Unknown
    macs: int | Unknown
    buffers: int | Unknown
    input: Shape | None
    output: Shape | None

    def __init__(
        self, name: str, paths: tuple[str, ...], kind: str, role: str, attributes: Mapping[str, Any],
        entries: tuple[Entry, ...], weights: int | Unknown, biases: int | Unknown, macs: int | Unknown,
        buffers: int | Unknown, input: Shape | None, output: Shape | None,
    ) -> None:  # fmt: skip
        self._fill(name, paths, kind, role, attributes, entries, weights, biases, macs, buffers, input, output)

    def __hash__(self) -> int:
        return hash(self.paths)

    @property
    def parameters(self) -> int | Unknown:
        """Weights and biases together."""
        return added(self.weights, self.biases)

    @property
    def counts(self) -> bool:
        """Whether it has parameters, buffers or multiply-accumulates (or may have, being Unknown)."""
        return any(value != 0 for value in (self.weights, self.biases, self.macs, self.buffers))


def role_of(kind: str) -> str:
    """The sort of work a kind does: ``conv2d`` → ``convolution``; a kind of no sort is its own.

    >>> role_of("max_pool2d"), role_of("Reshape"), role_of("embedding")
    ('pooling', 'shape', 'embedding')
    """
    plain = kind.lower()
    found = built_in_rule(plain)
    return plain if found is None else found.role


_NAMELESS = frozenset(("contraction", "elementwise", "operation"))
"""Kinds that say only what an operator costs: its own name says what it does."""


def _role(entry: Entry) -> str:
    named = entry.layer.type if entry.kind in _NAMELESS else None
    return role_of(named or entry.kind)


def units_of(ledger: Ledger) -> list[Unit]:
    """The units of a ledger in order; the second tower's layer stands with the first's."""
    partners = _towers(ledger.entries)
    batched = ledger.network.batched
    units = []
    for entry in ledger.entries:
        partner = partners.get(entry.path)
        if partner is None:
            units.append(_unit((entry,), batched))
        elif partner is not entry:
            units.append(_unit((entry, partner), batched))
    return units


def _towers(entries: Sequence[Entry]) -> dict[str, Entry]:
    """First tower's path → second tower's entry, and the second's path → itself.

    A network has towers where layers ``xa`` and ``xb`` stand on different devices; their halves are then all layers so
    called, of one kind, the same attributes and shapes, of which the second does not read the first.
    """
    by_path = {entry.path: entry for entry in entries}
    if len(entries) > _MOST_IN_TOWERS or not any(_devices_differ(by_path, path) for path in by_path):
        return {}
    partners: dict[str, Entry] = {}
    order = {entry.path: i for i, entry in enumerate(entries)}
    ancestors = _ancestors(entries)
    for entry in entries:
        for path in _twins(entry.path):
            other = by_path.get(path)
            if other is None or other.kind != entry.kind or other.outputs != entry.outputs:
                continue
            alike = dict(entry.layer.attributes) == dict(other.layer.attributes)
            if alike and path not in partners and not ancestors[path] >> order[entry.path] & 1:
                partners[entry.path] = other
                partners[path] = other
                break
    return partners


def _twins(path: str) -> list[str]:
    """What the same layer of the second tower may be called: one ``a`` is a ``b``, the last one first."""
    return [path[:i] + "b" + path[i + 1 :] for i in range(len(path) - 1, -1, -1) if path[i] == "a"]


def _devices_differ(by_path: Mapping[str, Entry], path: str) -> bool:
    other = by_path.get(path[:-1] + "b") if path.endswith("a") else None
    if other is None:
        return False
    devices = (by_path[path].layer.meta.get("device"), other.layer.meta.get("device"))
    return None not in devices and devices[0] != devices[1]


def _ancestors(entries: Sequence[Entry]) -> dict[str, int]:
    """For each path the set (as bits, by position) of the layers it reads, directly or not."""
    of_value: dict[str, int] = {}
    result: dict[str, int] = {}
    for i, entry in enumerate(entries):
        bits = 0
        for name in entry.layer.inputs:
            bits |= of_value.get(name, 0)
        result[entry.path] = bits
        for name in entry.layer.outputs:
            of_value[name] = bits | (1 << i)
    return result


def _unit(entries: tuple[Entry, ...], batched: bool) -> Unit:
    first = entries[0]
    paths = tuple([entry.path for entry in entries])
    weights, biases, macs, buffers = (
        _sum([getattr(entry, name) for entry in entries]) for name in ("weights", "biases", "macs", "buffers")
    )
    inputs = first.inputs[0] if first.inputs else None
    return Unit(
        ", ".join(paths), paths, first.kind, _role(first), _attributes(first), entries, weights, biases, macs,
        buffers, _plain(inputs, batched), _joined([_plain(entry.output_shape, batched) for entry in entries]),
    )  # fmt: skip


def _sum(values: list[int | Unknown]) -> int | Unknown:
    count = sum_up(values)
    return count if isinstance(count, int) else next(iter(count.unknowns))


def _plain(shape: Shape | None, batched: bool) -> Shape | None:
    """A shape without the batch."""
    if shape is None or isinstance(shape, Unknown):
        return shape
    return shape[1:] if batched else shape


def _joined(shapes: list[Shape | None]) -> Shape | None:
    first = shapes[0]
    if len(shapes) == 1 or first is None or isinstance(first, Unknown) or not first or isinstance(first[0], Unknown):
        return first
    return (first[0] * len(shapes), *first[1:])


def _attributes(entry: Entry) -> dict[str, Any]:
    """The arguments with their defaults, those of a kind without a rule as they are."""
    try:
        parameters = rule_for(entry.kind).parameters
    except NotFoundError:
        return dict(entry.layer.attributes)
    defaults = {name: parameter.default for name, parameter in parameters.items() if not parameter.required}
    return {**defaults, **entry.layer.attributes}
