"""Operators that make tensors: ``Constant``, ``ConstantOfShape``, random numbers, ranges."""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.network import elements_of
from netledger.sources.onnx.ops import folds, op
from netledger.sources.onnx.schema import DTYPES
from netledger.sources.onnx.stored.folder import Folder
from netledger.sources.onnx.tensors import (
    CONSTANT_ELEMENTS,
    CONSTANT_REALS,
    StoredTensor,
    read_sparse,
    read_tensor,
)
from netledger.sources.onnx.values import Op, Result, Value, no_negative, stored, whole_axis
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.network import Dim, Shape
    from netledger.sources.onnx.values import Constant, Fields, Ints

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
def constant(
    op: Op, *, value: Fields = None, sparse_value: Fields = None, value_int: Fields = None, value_float: Fields = None,
    value_ints: Fields = None, value_floats: Fields = None, value_string: Fields = None, value_strings: Fields = None,
) -> Result:  # fmt: skip
    """``Constant``: a tensor kept in the node."""
    for name, found in (("value", value), ("sparse_value", sparse_value)):
        tensor = None if found is None else attribute_tensor(op, name)
        if tensor is not None:
            tensor.made = "Constant"
            return Result(Value.of(tensor))
    plain = (value_int, value_float, value_ints, value_floats, value_string, value_strings)
    for (field, dtype), found in zip(_LISTS.values(), plain, strict=True):
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


def given_shape(value: Value, what: str) -> Shape:
    """The shape that an input spells out."""
    sizes = value.ints
    if sizes is not None:
        return no_negative(sizes, what)
    rank = value.sizes
    if rank is not None and len(rank) == 1 and isinstance(rank[0], int) and rank[0] <= 64:
        return (Unknown(f"{what} depends on the data"),) * rank[0]
    return Unknown(f"{what} depends on the data")


@op("ConstantOfShape", learns=False)
def constant_of_shape(op: Op, input: Value, *, value: Fields = None) -> Result:
    """``ConstantOfShape``: one number, repeated. With a constant shape it is how a file leaves weights out."""
    tensor = None if value is None else attribute_tensor(op, "value")
    dtype = "float32" if tensor is None else tensor.dtype
    shape = given_shape(input, "the shape filled")
    kept = None
    if stored(input) and not isinstance(shape, Unknown) and all(isinstance(size, int) for size in shape):
        name = op.node.outputs[0] if op.node.outputs else ""
        kept = ((StoredTensor(name, shape, dtype, op.node.at, "ConstantOfShape"), None),)  # type: ignore[arg-type]
    return Result(Value(shape, dtype, None, kept))


@folds("ConstantOfShape")
def fold_constant_of_shape(op: Op, shapes: Sequence[Shape], input: Value, *, value: Fields = None) -> Constant | None:
    """The numbers of a small filled tensor: those of sizes, and of a few scales."""
    tensor = None if value is None else attribute_tensor(op, "value")
    count = elements_of(shapes[0])  # type: ignore[arg-type]
    most = CONSTANT_REALS if tensor is None or tensor.dtype[0] in "fb" else CONSTANT_ELEMENTS
    fill = (0.0,) if tensor is None else tensor.values(1)
    if fill is None or len(fill) != 1 or not isinstance(count, int) or count > most:
        return None
    return fill * count


@op("EyeLike", learns=False)
def eye_like(op: Op, input: Value, *, dtype: int = 0) -> Result:
    """``EyeLike``: an identity matrix of the input's shape."""
    return Result(input.shape, dtypes=(DTYPES.get(dtype) or input.dtype,))


@op("RandomNormal RandomUniform")
def random(op: Op, *, shape: Ints = None, dtype: int = 1) -> Result:
    """``RandomNormal``, ``RandomUniform``: of the shape in the attribute."""
    missing = Unknown(f"{op.node.op} gives no shape")
    return Result(missing if shape is None else no_negative(shape, "shape"), dtypes=(DTYPES.get(dtype),))


@op("Multinomial")
def multinomial(op: Op, input: Value, *, sample_size: int = 1) -> Result:
    """``Multinomial``: samples for each row."""
    shape = input.sizes
    batch: Dim = shape[0] if shape else Unknown("the batch is not known")
    return Result((batch, sample_size), dtypes=("int32",))


@op("Range", learns=False)
def number_range(op: Op, start: Value, limit: Value, delta: Value) -> Result:
    """``Range``: ``⌈(limit - start)/delta⌉`` numbers."""
    numbers = [start.const, limit.const, delta.const]
    length: Dim = Unknown("the range depends on the data")
    if all(const is not None and len(const) == 1 for const in numbers):
        first, last, step = [const[0] for const in numbers if const is not None]
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
def one_hot(op: Op, indices: Value, depth: Value, values: Value, *, axis: int = -1) -> Result:
    """``OneHot``: a new dimension of ``depth`` sizes."""
    shape, given = indices.sizes, depth.ints
    if shape is None:
        return Result(indices.shape, dtypes=(values.dtype,))
    place = whole_axis(axis, len(shape) + 1)
    size: Dim = given[0] if given else Unknown("the depth depends on the data")
    return Result((*shape[:place], size, *shape[place:]), dtypes=(values.dtype,))


@op("Shape", learns=False)
def describe_shape(op: Op, data: Value, *, start: int = 0, end: int | None = None) -> Result:
    """``Shape``: as many numbers as dimensions are asked for."""
    shape = data.sizes
    count: Dim = Unknown("the rank is not known") if shape is None else len(shape[slice(start, end)])
    return Result((count,), dtypes=("int64",))


@op("Size", learns=False)
@op("SequenceLength")
def count(op: Op) -> Result:
    """``Size``, ``SequenceLength``: one number."""
    return Result((), dtypes=("int64",))


@folds("Shape")
def fold_shape(
    op: Op, shapes: Sequence[Shape], data: Value, *, start: int = 0, end: int | None = None
) -> Constant | None:
    shape = data.sizes
    return None if shape is None else tuple(shape[slice(start, end)])


@folds("Size")
def fold_size(op: Op, shapes: Sequence[Shape], data: Value) -> Constant | None:
    shape = data.sizes
    return None if shape is None else (elements_of(shape),)


@folds("Range")
def fold_range(op: Op, shapes: Sequence[Shape], start: Value, limit: Value, delta: Value) -> Constant | None:
    first, last, step = (value.const[0] for value in (start, limit, delta))  # type: ignore[index]
    if any(isinstance(x, Unknown) for x in (first, last, step)):
        return None
    shape = shapes[0]
    return tuple([first + i * step for i in range(shape[0])])  # type: ignore[arg-type, index]
