"""From what a rule says to a layer: which kind, which stored tensors in which roles, which multiply-accumulates."""

from __future__ import annotations

from netledger.dtypes import BITS
from netledger.errors import NetledgerError
from netledger.layers import Effect, apply
from netledger.layers.operators import summed
from netledger.network import LEARNED_ROLES, Layer, Tensor
from netledger.sources.onnx.operators import CONSTANTS, QUANTISED, ROLES
from netledger.sources.onnx.tensors import StoredTensor, bytes_needed
from netledger.unknown import Count, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Dim, Shape
    from netledger.sources.onnx.values import Held, Op, Result

FLOATS = frozenset(
    ("float32", "float64", "float16", "bfloat16", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz",
     "float4_e2m1", "float6_e2m3", "float6_e3m2", "complex64", "complex128")
)  # fmt: skip
WEIGHT_INTEGERS = frozenset(("int8", "uint8", "int4", "uint4", "int2", "uint2", "int32", "int16", "uint16"))


def role_of(key: str, index: int, held: Held) -> str:
    """What a stored tensor is to the operator that reads it as input ``index``; ``constant`` if nothing learned."""
    tensor, known = held
    if known is not None:
        return known
    roles = ROLES.get(key)
    role = roles.get(index) if roles is not None else None
    if role in ("scale", "zero_point", "constant", "running_statistic"):
        return role
    if key in CONSTANTS and not (
        key in _MOVING and index == 0 and tensor.made == "initializer" and tensor.elements > 1
    ):
        return "constant"
    if tensor.dtype not in FLOATS and not (
        key in QUANTISED and role in ("weight", "bias") and tensor.dtype in WEIGHT_INTEGERS
    ):
        return "constant"
    if tensor.elements == 1 and tensor.made != "initializer" and key not in _ALWAYS:
        return "constant"
    return role or "weight"


_MOVING = frozenset(("Expand", "Tile", "Reshape", "Slice", "Dropout"))
"""They hand on their first input in another shape: an initializer there is learned (a class token, positions)."""

_ALWAYS = frozenset(("Conv", "ConvTranspose", "Gemm", "PRelu", "BatchNormalization", "LayerNormalization"))


def _only_moved(op: Op, key: str) -> bool:
    """Whether the node hands on a learned initializer, its first input."""
    first = op.value(0) if key in _MOVING else None
    held = (first.stored or ()) if first is not None else ()
    return any(role_of(key, 0, item) == "weight" for item in held)


def merged(op: Op, key: str) -> tuple[Held, ...] | None:
    """The stored tensors behind a value computed from stored tensors alone; ``None`` where an input is involved.

    Scales and zero points keep their role on the way; what only shapes the result (axes, sizes) is left behind.
    """
    held: dict[str, Held] = {}
    for index, value in enumerate(op.inputs):
        if value is None:
            continue
        if value.stored is None:
            if _only_moved(op, key) and value.const is not None:
                continue  # a size that was computed: the values are the stored ones
            return None
        for item in value.stored:
            role = role_of(key, index, item)
            if role in ("scale", "zero_point"):
                held[item[0].storage] = (item[0], role)
            elif role != "constant" or item[1] == "constant" or index == 0:
                held.setdefault(item[0].storage, item)
    return tuple(held.values()) if len(held) <= 64 else None


def as_tensor(tensor: StoredTensor, role: str, elements: int | None) -> Tensor:
    """A stored tensor as the network keeps it."""
    logical = None if elements is None or elements == tensor.elements else elements
    nbytes = tensor.nbytes
    if logical is not None and nbytes is None and tensor.dtype in BITS:
        nbytes = bytes_needed(tensor)
    return Tensor(
        tensor.name, role, tensor.dims, tensor.dtype, trainable=True, storage=tensor.storage, elements=logical,
        nbytes=nbytes,
    )  # fmt: skip


def tensors_of(op: Op, key: str, result: Result) -> tuple[Tensor, ...]:
    """Every stored tensor behind the inputs, once, with its role; small constants are left out."""
    found: dict[str, Tensor] = {}
    for index, value in enumerate(op.inputs):
        if value is None or value.stored is None:
            continue
        for item in value.stored:
            tensor = item[0]
            role = role_of(key, index, item)
            if tensor.storage in found or (role == "constant" and (tensor.elements < 2 or tensor.dtype not in FLOATS)):
                continue
            if tensor.dtype == "string":
                continue
            found[tensor.storage] = as_tensor(tensor, role, result.elements.get(index))
    return tuple(found.values())


class Booked:
    """A layer's kind and attributes, the formula of its MACs."""

    __slots__ = ("attributes", "kind", "macs")

    def __init__(self, kind: str, attributes: dict[str, Any], macs: Effect) -> None:
        self.kind, self.attributes, self.macs = kind, attributes, macs


def book(
    op: Op, result: Result, shapes: tuple[Shape, ...], tensors: tuple[Tensor, ...], outputs: list[Shape]
) -> Booked:
    """Netledger's own kind where it fits what is stored and what was computed, else the operator under its own name."""
    own = _own_kind(op, result, shapes, tensors, outputs) if result.kind is not None else None
    if own is not None:
        return own
    attributes: dict[str, Any] = {}
    terms = ((("operations", Unknown(result.unknown)),),) if result.unknown is not None else result.terms
    if terms:
        attributes["terms"] = terms
    if result.other:
        attributes["other"] = result.other
    return Booked(op.node.op, attributes, Effect(macs=summed(terms), other=summed(result.other)))


def _own_kind(
    op: Op, result: Result, shapes: tuple[Shape, ...], tensors: tuple[Tensor, ...], outputs: list[Shape]
) -> Booked | None:
    """The rule's layer, if its weights are stored, and its formula gives what the tensors and the shapes give."""
    assert result.kind is not None
    for index in result.needs:
        value = op.value(index)
        if value is None or not value.stored:
            return None
    attributes = {name: value for name, value in result.attributes.items() if not isinstance(value, Unknown)}
    if len(attributes) != len(result.attributes):
        return None
    if result.bias is not None and not (op.has(result.bias) and op.is_stored(result.bias)):
        attributes["bias"] = False
    try:
        effect = apply(result.kind, attributes, shapes, True)
    except NetledgerError:
        return None
    learned: list[int | Unknown] = [tensor.count for tensor in tensors if tensor.role in LEARNED_ROLES]
    by_shape: Count = Count.total(learned)
    by_formula = effect.parameters.count
    if effect.unknown is not None or by_formula != by_shape.value:
        return None
    first = effect.outputs[0] if effect.outputs else None
    if first is not None and not _agree(first, outputs[0] if outputs else first):
        return None
    return Booked(result.kind, attributes, effect)


def _agree(ours: Shape, theirs: Shape) -> bool:
    if isinstance(ours, Unknown) or isinstance(theirs, Unknown):
        return True
    return len(ours) == len(theirs) and all(map(_one_agrees, ours, theirs))


def _one_agrees(a: Dim, b: Dim) -> bool:
    return isinstance(a, Unknown) or isinstance(b, Unknown) or a == b


class Row:
    """A layer with the formula of its MACs, so that bodies can be added up while reading."""

    __slots__ = ("effect", "layer")

    def __init__(self, layer: Layer, effect: Effect) -> None:
        self.layer, self.effect = layer, effect

    @property
    def macs(self) -> int | Unknown:
        """Its MACs."""
        return self.layer.unknown if self.layer.unknown is not None else self.effect.macs.count


def cost(rows: list[Row]) -> int | Unknown:
    """The MACs of several layers together; Unknown where one of them is."""
    count = Count.total([row.macs for row in rows])
    return count.exact if count.is_exact else next(iter(count.unknowns))
