"""From what a rule says to a layer: which kind, which stored tensors in which roles, which multiply-accumulates."""

from __future__ import annotations

from netledger.dtypes import BITS
from netledger.errors import NetledgerError
from netledger.layers import Effect, apply
from netledger.layers.products import macs_of
from netledger.network import LEARNED_ROLES, Layer, Tensor
from netledger.sources.onnx.ops import operator
from netledger.sources.onnx.stored.untrained import (
    COMBINING,
    LOOKED_AT,
    NORMALISING,
    generated,
    in_algebra,
    is_paddles,
    is_untrained,
    says_grid,
)
from netledger.sources.onnx.tensors import StoredTensor, bytes_needed
from netledger.unknown import Unknown, sum_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from netledger.network import Dim, Shape
    from netledger.sources.onnx.ops import Operator
    from netledger.sources.onnx.values import Held, Op, Result

FLOATS = frozenset(
    ("float32", "float64", "float16", "bfloat16", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz",
     "float4_e2m1", "float6_e2m3", "float6_e3m2", "complex64", "complex128")
)  # fmt: skip
SMALL_INTEGERS = frozenset(("int8", "uint8", "int4", "uint4", "int2", "uint2"))
"""Integers that quantised weights are kept in; indices and sizes are wider."""
WEIGHT_INTEGERS = SMALL_INTEGERS | {"int32", "int16", "uint16"}
NOT_LEARNED = ("scale", "zero_point", "constant", "running_statistic", "state")


def role_of(key: str, index: int, held: Held) -> str:
    """What a stored tensor is to the operator that reads it as input ``index``; ``constant`` if nothing learned."""
    tensor, known = held
    if known is not None:
        return known
    if tensor.made == "code":
        return "constant"
    declared = operator(key)
    role = declared.role(index) if declared is not None else None
    if role in NOT_LEARNED:
        return role or "constant"
    if declared is not None and not declared.learns and not _handed_on(declared, index, tensor):
        return "constant"
    if not _learned_type(declared, role, tensor):
        return "constant"
    if declared is not None and declared.always:
        asked = key in NORMALISING or (key == "Conv" and index == 1)
        return "constant" if asked and is_untrained(key, index, tensor) else role or "weight"
    if declared is not None and declared.integers and tensor.dims in ((), (1,)) and tensor.dtype in FLOATS:
        return "scale"
    if _is_constant(key, index, tensor):
        return "constant"
    return role or "weight"


def _handed_on(declared: Operator, index: int, tensor: StoredTensor) -> bool:
    return declared.hands_on and index == 0 and tensor.made == "initializer" and tensor.elements > 1


def _learned_type(declared: Operator | None, role: str | None, tensor: StoredTensor) -> bool:
    """Whether values of this type can be learned here: real numbers, or integers that stand for real ones."""
    if tensor.dtype in FLOATS or tensor.quantised:
        return True
    if declared is None:
        return tensor.dtype in SMALL_INTEGERS  # how many of them are, nobody knows
    return declared.integers and role in ("weight", "bias") and tensor.dtype in WEIGHT_INTEGERS


def _is_constant(key: str, index: int, tensor: StoredTensor) -> bool:
    """Whether a tensor of real numbers was put there and not trained: a single number, a grid of coordinates."""
    if tensor.elements == 1:
        named = tensor.made == "initializer" or is_paddles(tensor.name)
        return not tensor.dims or not named or generated(tensor.name) or in_algebra(tensor.name)
    return (key in COMBINING and _is_grid(tensor)) or is_untrained(key, index, tensor)


def _is_grid(tensor: StoredTensor) -> bool:
    """Whole and half numbers only, of more than one size: coordinates, anchors, strides. Nothing trained looks so."""
    if not (says_grid(tensor.name) or tensor.made == "Constant" or generated(tensor.name)):
        return False
    values = tensor.first(LOOKED_AT) if tensor.elements <= LOOKED_AT else None
    if not values or any(not isinstance(value, float) or value * 2 % 1 for value in values):
        return False
    return tensor.made == "Constant" or len(set(values)) > 1


def _only_moved(op: Op, key: str) -> bool:
    """Whether the node hands on a learned initializer, its first input."""
    declared = operator(key)
    first = op.value(0) if declared is not None and declared.hands_on else None
    held = (first.stored or ()) if first is not None else ()
    return any(role_of(key, 0, item) == "weight" for item in held)


def merged(op: Op, key: str) -> tuple[Held, ...] | None:
    """The stored tensors behind a value computed from stored tensors alone; ``None`` where an input is involved.

    Scales and zero points keep their role on the way; what only shapes the result (axes, sizes) is left behind.
    Integers that are scaled to real numbers are learned from there on.
    """
    held: dict[str, Held] = {}
    unpacked = _unpacked(op)
    for index, value in enumerate(op.inputs):
        if value is None:
            continue
        if value.stored is None:
            if _only_moved(op, key) and value.const is not None:
                continue  # a size that was computed: the values are the stored ones
            return None
        for item in value.stored:
            role = role_of(key, index, item)
            if op.node.op == "DequantizeLinear" and role == "weight":
                item[0].quantised = True
            if op.node.op in _TAKING_APART and item[0].dtype in WEIGHT_INTEGERS and item[0].elements > 1:
                item[0].taken_apart = True
            if role == "weight" and item[0].dtype not in _NARROW and item[0].elements < unpacked:
                role = "zero_point" if op.node.op == "Sub" else "scale"
            if role in ("scale", "zero_point"):
                held[item[0].storage] = (item[0], role)
            elif role != "constant" or item[1] == "constant" or index == 0:
                held.setdefault(item[0].storage, item)
    return tuple(held.values()) if len(held) <= 64 else None


_NARROW = SMALL_INTEGERS | {dtype for dtype in FLOATS if dtype.startswith(("float8", "float6", "float4"))}
"""Types of stored values that an operator beside them may unpack, by a factor or an offset for many of them."""


def _unpacked(op: Op) -> int:
    """How many values of a narrow type the node scales or shifts, made real numbers before; 0 where it does not."""
    if op.node.op not in ("Mul", "Div", "Sub"):
        return 0
    given = op.inputs if op.node.op == "Mul" else op.inputs[:1]
    held = [item[0] for value in given if value is not None for item in value.stored or ()]
    return max([tensor.elements for tensor in held if _is_packed(tensor)], default=0)


def _is_packed(tensor: StoredTensor) -> bool:
    return tensor.dtype in _NARROW or (tensor.dtype in WEIGHT_INTEGERS and len(tensor.dims) > 1)


_TAKING_APART = ("BitShift", "BitwiseAnd", "Mod")
"""Operators that take the several values out of a stored whole number."""
_BITS = Unknown("its whole numbers are taken apart into bits: how many values each holds is not known")


def as_tensor(tensor: StoredTensor, role: str, elements: int | Unknown | None) -> Tensor:
    """A stored tensor as the network keeps it."""
    if elements is None and tensor.taken_apart and role not in NOT_LEARNED:
        elements = _BITS
    logical = None if elements is None or elements == tensor.elements else elements
    nbytes = tensor.nbytes
    if logical is not None and nbytes is None and tensor.dtype in BITS:
        nbytes = bytes_needed(tensor)
    return Tensor(
        tensor.name, role, tensor.dims, tensor.dtype, trainable=True, storage=tensor.storage, elements=logical,
        nbytes=nbytes,
    )  # fmt: skip


def tensors_of(op: Op, key: str, result: Result) -> tuple[Tensor, ...]:
    """Every stored tensor behind the inputs, once, with its role; constants that say nothing are left to the rest."""
    found: dict[str, Tensor] = {}
    declared = operator(key)
    scaling = key == "Mul" and any(value is not None and value.scaled for value in op.inputs)
    for index, value in enumerate(op.inputs):
        if value is None or value.stored is None:
            continue
        for item in value.stored:
            tensor = item[0]
            role = role_of(key, index, item)
            if scaling and role == "weight":  # of each column, times that of what is multiplied with it
                role = "scale"
            unclear = role == "constant" and item[1] is None and _may_be_a_table(declared, index, tensor)
            if tensor.storage in found or (
                role == "constant" and not unclear and (tensor.elements < 2 or tensor.dtype not in FLOATS)
            ):
                continue
            elements: int | Unknown | None = result.elements.get(index)
            if unclear:
                role, elements = "weight", Unknown(f"what the {tensor.dtype} values that '{key}' reads stand for")
            if declared is None and tensor.dtype in SMALL_INTEGERS and not tensor.quantised:
                elements = Unknown(f"operator '{key}' has no rule: what its {tensor.dtype} values stand for")
            found[tensor.storage] = as_tensor(tensor, role, elements)
    return tuple(found.values())


def _may_be_a_table(declared: Operator | None, index: int, tensor: StoredTensor) -> bool:
    """Whether small integers stand where the operator does not say what a stored input is."""
    told = declared is not None and (declared.role(index) is not None or not declared.learns)
    return not told and tensor.dtype in SMALL_INTEGERS and tensor.elements > 1


class Booked:
    """A layer's kind and attributes, and what it does: the formula of its MACs."""

    __slots__ = ("attributes", "effect", "kind")

    def __init__(self, kind: str, attributes: Mapping[str, Any], effect: Effect) -> None:
        self.kind, self.attributes, self.effect = kind, attributes, effect


def book(
    op: Op, result: Result, shapes: tuple[Shape, ...], tensors: tuple[Tensor, ...], outputs: list[Shape]
) -> Booked:
    """Netledger's own kind where it fits what is stored and what was computed.

    Else ``contraction`` with the products that the operator multiplies, ``elementwise`` where it contracts nothing,
    ``operation`` where nobody knows; the operator's own name is the layer's type.
    """
    own = _own_kind(op, result, shapes, tensors, outputs) if result.kind is not None else None
    if own is not None:
        return own
    attributes: dict[str, Any] = {}
    kind = "elementwise"
    if result.unknown is not None:
        kind, attributes = "operation", {"name": op.node.key, "reason": result.unknown}
    elif result.terms:
        kind, attributes = "contraction", {"terms": result.terms}
    return Booked(kind, attributes, apply(kind, attributes))


def _own_kind(
    op: Op, result: Result, shapes: tuple[Shape, ...], tensors: tuple[Tensor, ...], outputs: list[Shape]
) -> Booked | None:
    """The rule's layer, if its weights are stored, and its formula gives what the tensors and the shapes give."""
    assert result.kind is not None
    if not all(value.stored for value in result.needs):
        return None
    attributes = {name: value for name, value in result.attributes.items() if not isinstance(value, Unknown)}
    if len(attributes) != len(result.attributes):
        return None
    try:
        effect = apply(result.kind, attributes, shapes, True)
    except NetledgerError:
        return None
    learned: list[int | Unknown] = [tensor.count for tensor in tensors if tensor.role in LEARNED_ROLES]
    by_shape = sum_up(learned)
    by_formula = effect.parameters.count
    if effect.unknown is not None or by_formula != by_shape:
        return None
    multiplied, by_rule = [macs_of(term) for term in result.terms], effect.macs.count
    if isinstance(by_rule, int) and not any(isinstance(macs, Unknown) for macs in multiplied):
        if result.terms and sum_up(multiplied) != by_rule:
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


class LayerRow:
    """A layer with the formula of its MACs, so that bodies can be added up while reading."""

    __slots__ = ("effect", "layer")

    def __init__(self, layer: Layer, effect: Effect) -> None:
        self.layer, self.effect = layer, effect

    @property
    def macs(self) -> int | Unknown:
        """Its MACs."""
        unknown = self.layer.unknown or self.effect.unknown
        return unknown if unknown is not None else self.effect.macs.count


def not_followed(path: str, tensors: tuple[Tensor, ...]) -> LayerRow:
    """Tensors that stand where nothing is computed: they are in the file, and counted."""
    layer = Layer(
        path, "tensors", {}, (), (path,), tensors, output_shapes=(Unknown("it is not computed"),),
        meta={"used": False, "untaken": True},
    )  # fmt: skip
    return LayerRow(layer, Effect())


def cost(rows: list[LayerRow]) -> int | Unknown:
    """The MACs of several layers together; Unknown where one of them is."""
    count = sum_up([row.macs for row in rows])
    return count if isinstance(count, int) else next(iter(count.unknowns))
