"""The tensors of a file against the slots of a named network: the second entry of the books (``--as NETWORK``).

Tensors find their layers by name, with any prefix that the file puts before all names; where the names are of another
world (``conv1`` against ``features.0``), by the shapes of a module's tensors in their order. What finds no partner is
missing, extra or misshapen, and stands among the ledger's discrepancies.

>>> from netledger.network import Layer, Network, Tensor
>>> fc = Network("fc", (Layer("fc", "linear", {"out_features": 2, "in_features": 3}),))
>>> stored = [Tensor("model.fc.weight", "weight", (2, 3)), Tensor("model.fc.bias", "bias", (4,))]
>>> matched = match_tensors(fc, stored)
>>> matched.misshapen, matched.missing
((TensorPair(path='fc', slot='bias', shape=(2,), tensor='model.fc.bias', stored=(4,)),), ())
"""

from __future__ import annotations

from netledger.errors import UsageError
from netledger.layers.sizes import shape_text
from netledger.ledger import Discrepancy, Ledger, keep_books
from netledger.network import Network, Tensor, elements_of
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
    from typing import TypeVar

    from netledger.layers import Slot
    from netledger.network import Dim

    Shape = tuple[Dim, ...]
    T = TypeVar("T")

_MOST = 200_000


class TensorPair(Record):
    """A slot of a layer and the tensor for it: ``tensor`` is ``None`` where there is none, ``path`` where no layer
    wants it.
    """

    __slots__ = ("path", "slot", "shape", "tensor", "stored")
    path: str | None
    slot: str | None
    shape: Shape | None
    tensor: str | None
    stored: Shape | None

    def __init__(
        self,
        path: str | None,
        slot: str | None,
        shape: Shape | None,
        tensor: str | None = None,
        stored: Shape | None = None,
    ) -> None:
        self._fill(path, slot, shape, tensor, stored)


class Matched(Record):
    """The network with the file's tensors in its layers, how they were found (``names``, ``shapes``), what did not fit.

    That is: slots without a tensor, tensors without a slot, pairs of two shapes.
    """

    __slots__ = ("network", "by", "missing", "extra", "misshapen")
    network: Network
    by: str
    missing: tuple[TensorPair, ...]
    extra: tuple[TensorPair, ...]
    misshapen: tuple[TensorPair, ...]

    def __init__(
        self,
        network: Network,
        by: str,
        missing: tuple[TensorPair, ...],
        extra: tuple[TensorPair, ...],
        misshapen: tuple[TensorPair, ...],
    ) -> None:
        self._fill(network, by, missing, extra, misshapen)


class _Want:
    """One tensor that a layer must have."""

    __slots__ = ("path", "role", "shape", "slot", "tensor")

    def __init__(self, path: str, slot: Slot) -> None:
        self.path, self.slot, self.role, self.shape = path, slot.name, slot.role, slot.shape
        self.tensor: Tensor | None = None

    @property
    def name(self) -> str:
        return f"{self.path}.{self.slot}"


def match_tensors(network: Network, stored: Iterable[Tensor]) -> Matched:
    """Find for every slot of ``network`` its tensor among ``stored``; an optimizer's state is left aside.

    A ``UsageError`` where the stored tensors were folded while reading (too many to keep one by one).
    """
    held = [tensor for tensor in stored if tensor.role not in ("state", "constant", "scale", "zero_point")]
    if len(held) > _MOST or any("*" in tensor.name for tensor in held):
        raise UsageError("too many tensors to match them one by one")
    ledger = keep_books(network)
    wanted = [_Want(e.path, slot) for e in ledger for slot in e.effect.slots if e.layer.share is None]
    left = _by_name(wanted, held)
    by = "names"
    learned = [want for want in wanted if want.role in ("weight", "bias", "parameter")]
    if 2 * sum([want.tensor is not None for want in learned]) < len(learned):
        for want in wanted:
            want.tensor = None
        left, by = _by_shape(wanted, held), "shapes"
    return _result(network, wanted, left, by)


# ---------------------------------------------------------------------- by name


def _by_name(wanted: list[_Want], held: list[Tensor]) -> list[Tensor]:
    """Give each slot the tensor of its name behind the prefix that fits most; the tensors left over."""
    slots = {want.name: want for want in wanted}
    prefix = _prefix(slots, held)
    left = []
    for tensor in held:
        want = slots.get(tensor.name[len(prefix) :]) if tensor.name.startswith(prefix) else None
        if want is None or want.tensor is not None:
            left.append(tensor)
        else:
            want.tensor = tensor
    return left


def _prefix(slots: dict[str, _Want], held: list[Tensor]) -> str:
    """The beginning (``module.``, ``state_dict.``) behind which most names are the network's own."""
    votes: dict[str, int] = {"": 0}
    for tensor in held:
        at = 0
        while at >= 0:
            if tensor.name[at:] in slots:
                votes[tensor.name[:at]] = votes.get(tensor.name[:at], 0) + 1
            at = tensor.name.find(".", at) + 1 or -1
    return max(votes, key=lambda prefix: (votes[prefix], -len(prefix)))


# ---------------------------------------------------------------------- by shape


def _by_shape(wanted: list[_Want], held: list[Tensor]) -> list[Tensor]:
    """Give each layer the next module whose tensors have its roles and shapes; after that, one that has its roles."""
    layers, modules = _grouped(wanted, lambda want: want.path), _modules(held)
    used = set[int]()
    for layer, module in _in_step(layers, modules):
        _give(layer, module)
        used.add(id(module))
    modules = [module for module in modules if id(module) not in used]
    for sign in (_signed, _shaped, _ranked):
        free: dict[object, list[list[Tensor]]] = {}
        for module in modules:
            free.setdefault(sign([(tensor.role, tensor.shape) for tensor in module]), []).append(module)
        for layer in [layer for layer in layers if layer[0].tensor is None]:
            fitting = free.get(sign([(want.role, want.shape) for want in layer]))
            if fitting:
                module = fitting.pop(0)
                _give(layer, module)
                used.add(id(module))
        modules = [module for module in modules if id(module) not in used]
    given = {id(want.tensor) for want in wanted if want.tensor is not None}
    return [tensor for tensor in held if id(tensor) not in given]


def _in_step(layers: list[list[_Want]], modules: list[list[Tensor]]) -> Iterator[tuple[list[_Want], list[Tensor]]]:
    """As many convolutions here as there, few of them of one shape: another variant, paired one after the other.

    An equal shape alone would pair AlexNet's conv4 in two groups with another variant's conv3.
    """
    theirs = _grouped(modules, lambda module: _ranked([(tensor.role, tensor.shape) for tensor in module]))
    ours = _grouped(layers, lambda layer: _ranked([(want.role, want.shape) for want in layer]))
    for alike in ours:
        sign = _ranked([(want.role, want.shape) for want in alike[0]])
        others = next((o for o in theirs if _ranked([(t.role, t.shape) for t in o[0]]) == sign), [])
        shapes = [_signed([(want.role, want.shape) for want in layer]) for layer in alike]
        equal = len([module for module in others if _signed([(t.role, t.shape) for t in module]) in shapes])
        if len(alike) == len(others) > 2 * equal:
            yield from zip(alike, others, strict=True)


def _signed(parts: list[tuple[str, Shape]]) -> Hashable:
    return tuple(sorted([(role, repr(shape)) for role, shape in parts]))


def _shaped(parts: list[tuple[str, Shape]]) -> Hashable:
    """The weights' shapes alone: a layer whose bias is missing is still that layer."""
    return tuple(sorted([repr(shape) for role, shape in parts if role != "bias"]))


def _ranked(parts: list[tuple[str, Shape]]) -> Hashable:
    return tuple(sorted([(role, len(shape)) for role, shape in parts]))


def _give(layer: list[_Want], module: list[Tensor]) -> None:
    free = list(module)
    for exact in (True, False):
        for want in [want for want in layer if want.tensor is None]:
            for tensor in free:
                if tensor.role == want.role and (not exact or _fits(want.shape, tensor)):
                    want.tensor = tensor
                    free.remove(tensor)
                    break


def _modules(held: list[Tensor]) -> list[list[Tensor]]:
    """Tensors by module path, the paths in the order of a person's counting (``conv2`` before ``conv10``)."""
    groups = _grouped(held, lambda tensor: tensor.name.rpartition(".")[0] or tensor.name)
    if all("." not in tensor.name for tensor in held):  # conv1_w, conv1_b
        groups = _grouped(held, lambda tensor: tensor.name.rpartition("_")[0] or tensor.name)
    return sorted(groups, key=lambda group: _natural(group[0].name))


def _natural(name: str) -> list[tuple[int, int, str]]:
    import re

    parts = re.findall(r"\d+|\D+", name)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def _grouped(items: Sequence[T], key: Callable[[T], Hashable]) -> list[list[T]]:
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())


# ---------------------------------------------------------------------- the result


def _fits(shape: Shape, tensor: Tensor) -> bool:
    """Equal shapes - or, for a packed weight, as many logical values as the slot has."""
    if shape == tensor.shape:
        return True
    packed = tensor.elements is not None or tensor.dtype in ("int32", "uint8", "uint32")
    return packed and tensor.count == elements_of(shape)


def _result(network: Network, wanted: list[_Want], left: list[Tensor], by: str) -> Matched:
    missing, misshapen = [], []
    held: dict[str, list[Tensor]] = {}
    for want in wanted:
        if want.tensor is None:
            missing.append(TensorPair(want.path, want.slot, want.shape))
            continue
        held.setdefault(want.path, []).append(want.tensor.replace(role=want.role))
        if not _fits(want.shape, want.tensor):
            misshapen.append(TensorPair(want.path, want.slot, want.shape, want.tensor.name, want.tensor.shape))
    extra = [TensorPair(None, None, None, tensor.name, tensor.shape) for tensor in left if tensor.learned]
    layers = [
        layer.replace(tensors=tuple(held[layer.path])) if layer.path in held else layer for layer in network.layers
    ]
    return Matched(network.replace(layers=tuple(layers)), by, tuple(missing), tuple(extra), tuple(misshapen))


def books_as(named: Network, file: Network, *, batch: int = 1, dtype: str | None = None) -> Ledger:
    """The ledger of ``named`` with the tensors of ``file`` as its second entry; what does not match is discrepant."""
    if named.layers and all(layer.kind == "tensors" for layer in named.layers):
        raise UsageError(f"--as names a network; '{named.name}' holds tensors alone")
    if not any(layer.tensors for layer in file.layers):
        raise UsageError(f"--as matches the tensors of a file; '{file.name}' holds none")
    matched = match_tensors(named, file.tensors)
    found = sum([len(layer.tensors) for layer in matched.network.layers])
    how = "their names" if matched.by == "names" else "their shapes and order, for the names have nothing in common"
    note = f"{found:,} tensors of {file.name} matched with {named.name} by {how}"
    network = matched.network.replace(notes=(note, *matched.network.notes))
    ledger = keep_books(network, batch=batch, dtype=dtype)
    explained = {pair.path for pair in (*matched.missing, *matched.misshapen)}
    kept = [d for d in ledger.discrepancies if d.path not in explained or d.what != "parameters"]
    return ledger.replace(discrepancies=(*kept, *_discrepancies(matched)))


def _discrepancies(matched: Matched) -> list[Discrepancy]:
    found = []
    for pair in matched.misshapen:
        found.append(Discrepancy(str(pair.path), f"{pair.slot} ({pair.tensor})", _text(pair.shape), _text(pair.stored)))
    for pair in matched.missing:
        found.append(Discrepancy(str(pair.path), f"{pair.slot}, a missing tensor", _text(pair.shape), "nothing"))
    for pair in matched.extra:
        found.append(Discrepancy(str(pair.tensor), "an extra tensor", "nothing", _text(pair.stored)))
    return found


def _text(shape: Shape | None) -> str:
    return "?" if shape is None else shape_text(shape) if shape else "one value"
