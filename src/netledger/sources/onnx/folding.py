"""Arithmetic on the small integer tensors that shapes are computed with: ``Shape → Gather → Concat → Reshape``.

Tensors are ``(shape, flat values)``; a value may be Unknown, and what is computed from it is Unknown too. Nothing
larger than :data:`~netledger.sources.onnx.tensors.CONSTANT_ELEMENTS` is computed.
"""

from __future__ import annotations

from netledger.network import elements_of
from netledger.sources.onnx.tensors import CONSTANT_ELEMENTS
from netledger.sources.onnx.values import Op, whole_axis
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from netledger.network import Dim, Shape
    from netledger.sources.onnx.values import Constant

INTEGERS = frozenset(("int64", "int32", "int16", "int8", "uint8", "uint16", "uint32", "uint64"))


def fold(op: Op, shapes: Sequence[Shape]) -> list[Constant | None]:
    """The numbers of each output, where the inputs' are known; ``None`` for those that are not."""
    folder = FOLDS.get(op.node.key)
    if folder is None or any(_too_large(shape) for shape in shapes):
        return [None] * len(shapes)
    if op.node.key not in _OWN_INPUTS and any(value is not None and value.const is None for value in op.inputs):
        return [None] * len(shapes)
    try:
        found = folder(op, shapes)
    except (IndexError, OverflowError, ZeroDivisionError, ValueError, TypeError):
        return [None] * len(shapes)
    values = found if isinstance(found, list) else [found]
    return [
        value if value is not None and _fits(value, shape) else None
        for value, shape in zip(values, shapes, strict=False)
    ] + [None] * (len(shapes) - len(values))


def _too_large(shape: Shape) -> bool:
    return isinstance(shape, Unknown) or not isinstance(n := elements_of(shape), int) or n > CONSTANT_ELEMENTS


def _fits(values: Constant, shape: Shape) -> bool:
    return not isinstance(shape, Unknown) and elements_of(shape) == len(values)


# ---------------------------------------------------------------------- element by element


def _indices(shape: Sequence[int], target: Sequence[int]) -> list[int]:
    """For each element of ``target`` the flat index of the element of ``shape`` that is broadcast to it."""
    indices = [0]
    offset = len(target) - len(shape)
    stride = 1
    strides = [0] * len(target)
    for i in range(len(shape) - 1, -1, -1):
        strides[offset + i] = stride if shape[i] != 1 else 0
        stride *= shape[i]
    for size, step in zip(target, strides, strict=True):
        indices = [index + k * step for index in indices for k in range(size)]
    return indices


def _spread(op: Op, shape: Shape) -> list[list[Any]]:
    columns = []
    for value in op.inputs:
        if value is None:
            continue
        assert value.const is not None
        assert not isinstance(value.shape, Unknown)
        const = value.const
        columns.append([const[index] for index in _indices(value.shape, shape)])  # type: ignore[arg-type]
    return columns


def elementwise(function: Callable[..., Any], comparing: bool = False) -> Callable[[Op, Sequence[Shape]], Constant]:
    """A fold that applies ``function`` value by value, Unknown where any operand is."""

    def folded(op: Op, shapes: Sequence[Shape]) -> Constant:
        whole = all(value is None or value.dtype in INTEGERS for value in op.inputs)
        results = []
        for operands in zip(*_spread(op, shapes[0]), strict=True):
            unknown = next((x for x in operands if isinstance(x, Unknown)), None)
            if unknown is None:
                result = function(*operands)
                results.append(_bounded(int(result)) if whole and not comparing else result)
            elif function is _equal and any(isinstance(x, int) and x < 0 for x in operands):
                results.append(False)  # a size is never negative
            else:
                results.append(unknown)
        return tuple(results)

    return folded


def _bounded(value: int) -> int | Unknown:
    return value if -(2**63) <= value < 2**64 else Unknown("a number that no 64 bits hold")


def _equal(a: Any, b: Any) -> bool:
    return bool(a == b)


def _divide(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int):
        quotient = abs(a) // abs(b)
        return quotient if (a < 0) == (b < 0) else -quotient
    return single(a / b)


def _times(a: Any, b: Any) -> Any:
    return a * b if isinstance(a, int) and isinstance(b, int) else single(a * b)


def _power(a: Any, b: Any) -> Any:
    if abs(b) > 64:
        raise OverflowError("exponent")
    return a**b


def single(value: float) -> float:
    """A number rounded to float32, in which sizes are computed."""
    from struct import pack, unpack

    result: float = unpack("<f", pack("<f", value))[0]
    return result


def _rounded(down: bool) -> Callable[[Any], Any]:
    from math import ceil, floor

    return lambda a: float(floor(a) if down else ceil(a))


def _where(op: Op, shapes: Sequence[Shape]) -> Constant:
    return tuple(
        [
            (a if condition else b) if not isinstance(condition, Unknown) else (a if a == b else condition)
            for condition, a, b in zip(*_spread(op, shapes[0]), strict=True)
        ]
    )


# ---------------------------------------------------------------------- rearranging


def _same(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    return op.const(0)


def _shape_of(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    shape = op.sizes(0)
    if shape is None:
        return None
    rank = len(shape)
    start, end = op.whole("start", 0), op.whole("end", rank)
    return tuple(shape[slice(*slice(start, end).indices(rank))])


def _size_of(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    shape = op.sizes(0)
    return None if shape is None else (elements_of(shape),)


def _concat(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    (rank,) = {len(value.shape) for value in op.inputs if value is not None and not isinstance(value.shape, Unknown)}
    axis = op.axis(rank, 0)
    rows: list[list[Any]] = []
    for value in op.inputs:
        assert value is not None
        assert value.const is not None
        assert not isinstance(value.shape, Unknown)
        inner: int = elements_of(value.shape[axis:])  # type: ignore[assignment]
        outer: int = elements_of(value.shape[:axis])  # type: ignore[assignment]
        rows.append([value.const[i * inner : (i + 1) * inner] for i in range(outer)])
    return tuple([number for parts in zip(*rows, strict=True) for part in parts for number in part])


def _gather(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    data, indices = op.const(0), op.const(1)
    shape = op.sizes(0)
    assert data is not None
    assert indices is not None
    assert shape is not None
    axis = op.axis(len(shape), 0)
    count: int = shape[axis]  # type: ignore[assignment]
    inner: int = elements_of(shape[axis + 1 :])  # type: ignore[assignment]
    outer: int = elements_of(shape[:axis])  # type: ignore[assignment]
    result: list[Any] = []
    for i in range(outer):
        for index in indices:
            if isinstance(index, Unknown) or not -count <= index < count:
                result.extend([index if isinstance(index, Unknown) else Unknown("an index out of range")] * inner)
                continue
            start = (i * count + index % count) * inner
            result.extend(data[start : start + inner])
    return tuple(result)


def _slice(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    from netledger.sources.onnx.moving import slice_bounds

    shape = op.sizes(0)
    bounds = slice_bounds(op, shape or ())
    if shape is None or bounds is None:
        return None
    return _pick(op.const(0) or (), shape, [range(*bounds.get(i, (0, n, 1))) for i, n in enumerate(shape)])  # type: ignore[arg-type]


def _pick(data: Constant, shape: Sequence[Dim], picks: Sequence[Sequence[int]]) -> Constant:
    indices = [0]
    for size, pick in zip(shape, picks, strict=True):
        indices = [index * size + k for index in indices for k in pick]  # type: ignore[operator]
    return tuple([data[index] for index in indices])


def _transpose(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    shape: tuple[int, ...] = op.sizes(0) or ()  # type: ignore[assignment]
    order = op.ints("perm") or tuple(reversed(range(len(shape))))
    strides = [elements_of(shape[i + 1 :]) for i in range(len(shape))]
    indices = [0]
    for axis in order:
        indices = [index + k * strides[axis] for index in indices for k in range(shape[axis])]  # type: ignore[operator]
    data = op.const(0) or ()
    return tuple([data[index] for index in indices])


def _expand(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    value = op.value(0)
    assert value is not None
    assert value.const is not None
    const = value.const
    return tuple([const[index] for index in _indices(value.shape, shapes[0])])  # type: ignore[arg-type]


def _range(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    start, stop, step = (op.const(i)[0] for i in range(3))  # type: ignore[index]
    if any(isinstance(x, Unknown) for x in (start, stop, step)):
        return None
    shape = shapes[0]
    return tuple([start + i * step for i in range(shape[0])])  # type: ignore[arg-type, index]


def _split(op: Op, shapes: Sequence[Shape]) -> Any:
    shape, data = op.sizes(0), op.const(0)
    if shape is None or data is None:
        return None
    axis = op.axis(len(shape), 0)
    parts: list[Constant] = []
    start = 0
    for output in shapes:
        count: int = output[axis]  # type: ignore[index, assignment]
        picks = [range(start, start + count) if i == axis else range(n) for i, n in enumerate(shape)]  # type: ignore[arg-type]
        parts.append(_pick(data, shape, picks))
        start += count
    return parts


def _cast(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    from netledger.sources.onnx.schema import DTYPES

    to = DTYPES.get(op.whole("to", 1), "") if op.node.key == "Cast" else (op.dtype(1) or "")
    convert: Any = int if to in INTEGERS else bool if to == "bool" else single if to == "float32" else float
    return tuple([x if isinstance(x, Unknown) else convert(x) for x in op.const(0) or ()])


def _reduced(function: Callable[[list[Any]], Any]) -> Callable[[Op, Sequence[Shape]], Constant | None]:
    def folded(op: Op, shapes: Sequence[Shape]) -> Constant | None:
        data = op.const(0)
        if data is None or elements_of(shapes[0]) != 1:  # type: ignore[arg-type]
            return None
        unknown = next((x for x in data if isinstance(x, Unknown)), None)
        return (unknown,) if unknown is not None else (function(list(data)),)

    return folded


def _product(values: list[Any]) -> Any:
    result: Any = 1
    for value in values:
        result *= value
    return _bounded(result) if isinstance(result, int) else result


def _scatter_nd(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    data, indices, updates = list(op.const(0) or ()), op.const(1) or (), op.const(2) or ()
    shape = op.sizes(0)
    if shape is None or len(shape) != 1 or (op.sizes(1) or (0,))[-1] != 1:
        return None
    for index, update in zip(indices, updates, strict=True):
        data[whole_axis(index, len(data))] = update
    return tuple(data)


_OWN_INPUTS = frozenset(("Shape", "Size"))

FOLDS: dict[str, Callable[[Op, Sequence[Shape]], Any]] = {
    "Shape": _shape_of, "Size": _size_of, "Identity": _same, "Reshape": _same, "Squeeze": _same, "Unsqueeze": _same,
    "Flatten": _same, "Concat": _concat, "Gather": _gather, "Slice": _slice, "Transpose": _transpose, "Expand": _expand,
    "Range": _range, "Split": _split, "Cast": _cast, "CastLike": _cast, "Where": _where,
    "ScatterND": _scatter_nd, "ReduceProd": _reduced(_product), "ReduceSum": _reduced(sum), "ReduceMax": _reduced(max),
    "ReduceMin": _reduced(min),
    "Add": elementwise(lambda a, b: a + b), "Sub": elementwise(lambda a, b: a - b), "Mul": elementwise(_times),
    "Div": elementwise(_divide), "Mod": elementwise(lambda a, b: a % b), "Pow": elementwise(_power),
    "Neg": elementwise(lambda a: -a), "Abs": elementwise(abs), "Floor": elementwise(_rounded(True)),
    "Ceil": elementwise(_rounded(False)), "Max": elementwise(lambda *a: max(a)), "Min": elementwise(lambda *a: min(a)),
    "Round": elementwise(round), "Sqrt": elementwise(lambda a: single(a**0.5)),
    "Equal": elementwise(_equal, True), "Greater": elementwise(lambda a, b: a > b), "Not": elementwise(lambda a: not a),
    "Less": elementwise(lambda a, b: a < b), "GreaterOrEqual": elementwise(lambda a, b: a >= b),
    "LessOrEqual": elementwise(lambda a, b: a <= b), "And": elementwise(lambda a, b: a and b),
    "Or": elementwise(lambda a, b: a or b),
}  # fmt: skip
