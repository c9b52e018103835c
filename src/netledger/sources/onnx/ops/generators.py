"""Operators that make tensors: ``Constant``, ``ConstantOfShape``, random numbers, ranges."""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.network import elements_of
from netledger.sources.onnx.ops import folds, op
from netledger.sources.onnx.schema import DTYPES
from netledger.sources.onnx.tensors import (
    CONSTANT_ELEMENTS,
    CONSTANT_REALS,
    Folder,
    StoredTensor,
    read_sparse,
    read_tensor,
)
from netledger.sources.onnx.values import Op, Result, Value, no_negative
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.network import Dim, Shape
    from netledger.sources.onnx.values import Constant


TYPE_CHECKING = False

_NOWHERE = Folder()


def attribute_tensor(op: Op, name: str) -> StoredTensor | None:
    """The tensor of an attribute, named after the value that the node computes; ``None`` where it is not given."""
    found = op.attribute(name)
    if found is None:
        return None
    cursor = op.node.attributes[name].cursor
    label = op.node.outputs[0] if op.node.outputs else op.node.name
    if "sparse_tensor" in found:
        return read_sparse(cursor, found["sparse_tensor"][0], _NOWHERE)
    if "t" not in found:
        raise FormatError(f"attribute '{name}' holds no tensor").at(byte=op.node.at)
    return read_tensor(cursor, found["t"], _NOWHERE, name=label)


_LISTS = {
    "value_int": ("i", "int64"), "value_float": ("f", "float32"), "value_ints": ("ints", "int64"),
    "value_floats": ("floats", "float32"), "value_string": ("s", "string"), "value_strings": ("strings", "string"),
}  # fmt: skip


@op("Constant")
def constant(op: Op) -> Result:
    """``Constant``: a tensor kept in the node."""
    for name in ("value", "sparse_value"):
        tensor = attribute_tensor(op, name)
        if tensor is not None:
            tensor.made = "Constant"
            return Result(Value.of(tensor))
    for name, (field, dtype) in _LISTS.items():
        found = op.attribute(name)
        if found is not None:
            held = found.get(field, [])
            many = isinstance(held, list)
            tensor = StoredTensor(op.node.outputs[0] if op.node.outputs else "", (len(held),) if many else (), dtype)
            tensor.made = "Constant"
            const: Constant | None = tuple(held) if many else (held,)
            if dtype == "string" or tensor.elements > CONSTANT_ELEMENTS:
                const = None
            return Result(Value(tensor.dims, dtype, const, ((tensor, None),)))
    raise FormatError("a Constant without a value").at(byte=op.node.at)


def given_shape(op: Op, index: int, what: str) -> Shape:
    """The shape that an input spells out."""
    sizes = op.const_ints(index)
    if sizes is not None:
        return no_negative(sizes, what)
    rank = op.sizes(index)
    if rank is not None and len(rank) == 1 and isinstance(rank[0], int) and rank[0] <= 64:
        return (Unknown(f"{what} depends on the data"),) * rank[0]
    return Unknown(f"{what} depends on the data")


@op("ConstantOfShape", learns=False)
def constant_of_shape(op: Op) -> Result:
    """``ConstantOfShape``: one number, repeated. With a constant shape it is how a file leaves weights out."""
    tensor = attribute_tensor(op, "value")
    dtype = "float32" if tensor is None else tensor.dtype
    shape = given_shape(op, 0, "the shape filled")
    stored = None
    if op.is_stored(0) and not isinstance(shape, Unknown) and all(isinstance(size, int) for size in shape):
        name = op.node.outputs[0] if op.node.outputs else ""
        stored = ((StoredTensor(name, shape, dtype, op.node.at, "ConstantOfShape"), None),)  # type: ignore[arg-type]
    return Result(Value(shape, dtype, None, stored))


@folds("ConstantOfShape")
def fold_constant_of_shape(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    """The numbers of a small filled tensor: those of sizes, and of a few scales."""
    tensor = attribute_tensor(op, "value")
    count = elements_of(shapes[0])  # type: ignore[arg-type]
    most = CONSTANT_REALS if tensor is None or tensor.dtype[0] in "fb" else CONSTANT_ELEMENTS
    fill = (0.0,) if tensor is None else tensor.values(1)
    if fill is None or len(fill) != 1 or not isinstance(count, int) or count > most:
        return None
    return fill * count


@op("EyeLike", learns=False)
def eye_like(op: Op) -> Result:
    """``EyeLike``: an identity matrix of the input's shape."""
    return Result(op.shape(0), dtypes=(DTYPES.get(op.whole("dtype", 0)) or op.dtype(),))


@op("RandomNormal RandomUniform")
def random(op: Op) -> Result:
    """``RandomNormal``, ``RandomUniform``: of the shape in the attribute."""
    shape = op.ints("shape")
    missing = Unknown(f"{op.node.op} gives no shape")
    return Result(missing if shape is None else no_negative(shape, "shape"), dtypes=(DTYPES.get(op.whole("dtype", 1)),))


@op("Multinomial")
def multinomial(op: Op) -> Result:
    """``Multinomial``: samples for each row."""
    shape = op.sizes(0)
    batch: Dim = shape[0] if shape else Unknown("the batch is not known")
    return Result((batch, op.whole("sample_size", 1)), dtypes=("int32",))


@op("Range", learns=False)
def number_range(op: Op) -> Result:
    """``Range``: ``⌈(limit - start)/delta⌉`` numbers."""
    start, limit, delta = (op.const(i) for i in range(3))
    length: Dim = Unknown("the range depends on the data")
    if start and limit and delta and len(start) == len(limit) == len(delta) == 1:
        first, last, step = start[0], limit[0], delta[0]
        if all(isinstance(x, int | float) for x in (first, last, step)) and step:
            length = _steps(first, last, step)
        elif first == 0 and step == 1 and isinstance(last, Unknown):
            length = last
    return Result((length,))


def _steps(first: float, last: float, step: float) -> Dim:
    if all(isinstance(x, int) for x in (first, last, step)):
        return max(0, int(-(-(last - first) // step)))
    from math import ceil, isfinite

    quotient = (last - first) / step
    return max(0, ceil(quotient)) if isfinite(quotient) else Unknown("the range is not finite")


@op("OneHot", learns=False)
def one_hot(op: Op) -> Result:
    """``OneHot``: a new dimension of ``depth`` sizes."""
    shape, depth = op.sizes(0), op.const_ints(1)
    if shape is None:
        return Result(op.shape(0), dtypes=(op.dtype(2),))
    axis = op.axis(len(shape) + 1, -1)
    size: Dim = depth[0] if depth else Unknown("the depth depends on the data")
    return Result((*shape[:axis], size, *shape[axis:]), dtypes=(op.dtype(2),))


@op("Shape", learns=False)
def describe_shape(op: Op) -> Result:
    """``Shape``: as many numbers as dimensions are asked for."""
    shape = op.sizes(0)
    if shape is None:
        return Result((Unknown("the rank is not known"),), dtypes=("int64",))
    start, end, _ = slice(op.whole("start", 0), op.whole("end", len(shape))).indices(len(shape))
    return Result((max(0, end - start),), dtypes=("int64",))


@op("Size", learns=False)
@op("SequenceLength")
def count(op: Op) -> Result:
    """``Size``, ``SequenceLength``: one number."""
    return Result((), dtypes=("int64",))


@folds("Shape")
def fold_shape(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    shape = op.sizes(0)
    if shape is None:
        return None
    rank = len(shape)
    start, end = op.whole("start", 0), op.whole("end", rank)
    return tuple(shape[slice(*slice(start, end).indices(rank))])


@folds("Size")
def fold_size(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    shape = op.sizes(0)
    return None if shape is None else (elements_of(shape),)


@folds("Range")
def fold_range(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    start, stop, step = (op.const(i)[0] for i in range(3))  # type: ignore[index]
    if any(isinstance(x, Unknown) for x in (start, stop, step)):
        return None
    shape = shapes[0]
    return tuple([start + i * step for i in range(shape[0])])  # type: ignore[arg-type, index]
