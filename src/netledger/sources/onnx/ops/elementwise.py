"""Operators that work value by value, reduce, select or sort: nothing contracted."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers import products
from netledger.layers.products import broadcast, shape_text
from netledger.sources.onnx.constant_folding import (
    INTEGERS,
    bounded,
    by_value,
    equal,
    reduced,
    same_numbers,
    single,
    spread,
)
from netledger.sources.onnx.ops import folds, op
from netledger.sources.onnx.schema import DTYPES
from netledger.sources.onnx.values import Op, Result, Value, axes_of, whole_axis
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from netledger.network import Dim, Shape
    from netledger.sources.onnx.values import Constant, Setting

_DATA = "a size depends on the data"


@op(
    "Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Ceil Cos Cosh Erf Exp Floor Hardmax "
    "LpNormalization MeanVarianceNormalization Log Neg RandomNormalLike RandomUniformLike "
    "Reciprocal Round Shrink Sign Sin Sinh Sqrt Swish SwiGLU Tan TensorScatter "
    "ThresholdedRelu Identity "
    "com.microsoft.GroupNorm com.microsoft.SkipGroupNorm "
    "ai.onnx.ml.Binarizer ai.onnx.ml.Normalizer ai.onnx.ml.CategoryMapper",
)
@op("ai.onnx.ml.Scaler", arrays="offset=statistic scale=statistic")
@op("ai.onnx.ml.Imputer", arrays="imputed_value_floats=statistic imputed_value_int64s=statistic")
@op("ai.onnx.ml.LabelEncoder", arrays="values_floats=codes values_tensor=codes")
@op(
    "Bernoulli Clip CumProd CumSum ReverseSequence RotaryEmbedding Scatter ScatterElements "
    "ScatterND Trilu com.microsoft.RotaryEmbedding",
    learns=False,
)
@op("InstanceNormalization GroupNormalization", roles="- weight bias")
def keeps_shape(op: Op, X: Value) -> Result:
    """Every output has the shape of the first input."""
    return Result(*[X.shape] * max(1, len(op.node.outputs)))


@op("Not", learns=False)
@op("IsInf IsNaN RegexFullMatch")
def truth(op: Op, X: Value) -> Result:
    """The first input's shape, of truth values."""
    return Result(X.shape, dtypes=("bool",))


@op("Cast BitCast")
def cast(op: Op, input: Value, *, to: int = 0) -> Result:
    """``Cast``, ``BitCast``: another element type."""
    return Result(input.shape, dtypes=(DTYPES.get(to) or input.dtype,))


@op("CastLike")
def cast_like(op: Op, input: Value, target_type: Value) -> Result:
    """``CastLike``: the element type of another input."""
    return Result(input.shape, dtypes=(target_type.dtype or input.dtype,))


@op("Dropout", learns=False, hands_on=True)
def dropout(op: Op, data: Value) -> Result:
    """``Dropout``: the shape stays; the second output is the mask."""
    return Result(data.shape, data.shape, kind="dropout", dtypes=(data.dtype, "bool"))


def kinds(kind: str) -> dict[str, str]:
    """For :data:`_ACTIVATIONS`: the ONNX name to netledger's."""
    return dict(pair.split("=") for pair in kind.split())


_ACTIVATIONS = kinds(
    "Relu=relu Sigmoid=sigmoid Tanh=tanh LeakyRelu=leaky_relu Elu=elu Selu=selu Celu=celu Gelu=gelu "
    "HardSigmoid=hardsigmoid HardSwish=hardswish Mish=mish Softplus=softplus Softsign=softsign Softmax=softmax "
    "LogSoftmax=log_softmax"
)


@op(
    "Relu Sigmoid Tanh LeakyRelu Elu Selu Celu Gelu HardSigmoid HardSwish Mish Softplus "
    "Softsign Softmax LogSoftmax com.microsoft.Gelu",
)
def activation(op: Op, X: Value) -> Result:
    """An activation function: the shape stays."""
    return Result(X.shape, kind=_ACTIVATIONS.get(op.node.op))


@op("Max Min", learns=False)
@op("Mean")
@op("Sum", roles="bias …")
def together(op: Op, *data_0: Value | None) -> Result:
    """Any number of inputs, broadcast together."""
    shapes = [value.shape for value in data_0 if value is not None]
    return Result(broadcast(*shapes), kind="add" if op.node.op == "Sum" and len(shapes) > 1 else None)


@op("Add Sub", roles="bias bias")
@op("Mul Div BitwiseAnd BitwiseOr BitwiseXor")
@op("And Or Xor Mod", learns=False)
@op("BitShift StringConcat")
@op("Pow", learns=False)
def elementwise(op: Op, A: Value, B: Value, *, broadcast: int = 0) -> Result:
    """Two inputs broadcast together; in older versions the second to the first."""
    if op.version < 7 and (broadcast or op.node.op in ("Add", "Sub", "Mul", "Div", "Pow")):
        return Result(A.shape)
    return Result(products.broadcast(A.shape, B.shape), kind={"Add": "add", "Mul": "mul"}.get(op.node.op))


@op("Equal Greater GreaterOrEqual Less LessOrEqual", learns=False)
def comparison(op: Op, A: Value, B: Value, *, broadcast: int = 0) -> Result:
    """Inputs broadcast together, to truth values."""
    result = elementwise(op, A, B, broadcast=broadcast)
    result.dtypes = ("bool",)
    return result


@op("Where", learns=False)
def select(op: Op, condition: Value, X: Value, Y: Value) -> Result:
    """``Where``: condition and both choices broadcast together."""
    return Result(broadcast(condition.shape, X.shape, Y.shape), dtypes=(X.dtype,))


@op("PRelu", roles="- weight", always=True)
def prelu(op: Op, X: Value, slope: Value) -> Result:
    """``PRelu``: the slope is broadcast to the input."""
    return Result(X.shape)


@op(
    "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd "
    "ReduceSum ReduceSumSquare",
)
def reduce(op: Op, data: Value, axes: Setting = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0) -> Result:
    """``ReduceX``: the axes given, or all, become 1 or go."""
    shape = data.sizes
    if shape is None:
        return Result(data.shape)
    places = axes_of(axes, len(shape))
    if places is None:
        return Result((Unknown("the axes depend on the data"),) * len(shape) if keepdims else Unknown(_DATA))
    if not places:
        if noop_with_empty_axes:
            return Result(shape)
        places = tuple(range(len(shape)))
    return Result(_without(shape, places, keepdims != 0))


def _without(shape: tuple[Dim, ...], axes: tuple[int, ...], keep: bool) -> tuple[Dim, ...]:
    if keep:
        return tuple([1 if i in axes else size for i, size in enumerate(shape)])
    return tuple([size for i, size in enumerate(shape) if i not in axes])


@op("ArgMax ArgMin")
def arg_reduce(op: Op, data: Value, *, axis: int = 0, keepdims: int = 1) -> Result:
    """``ArgMax``, ``ArgMin``: one axis goes, or becomes 1."""
    shape = data.sizes
    if shape is None:
        return Result(data.shape, dtypes=("int64",))
    return Result(_without(shape, (whole_axis(axis, len(shape)),), keepdims != 0), dtypes=("int64",))


@op("TopK", learns=False)
def top_k(op: Op, X: Value, K: Value | None = None, *, axis: int = -1, k: int = 0) -> Result:
    """``TopK``: ``k`` along one axis; values and indices."""
    shape = X.sizes
    if shape is None:
        return Result(X.shape, X.shape)
    place = whole_axis(axis, len(shape))
    given = (k,) if K is None else K.ints
    size: Dim = given[0] if given else Unknown("k depends on the data")
    if isinstance(size, int) and (size < 0 or (isinstance(shape[place], int) and size > shape[place])):  # type: ignore[operator]
        raise ShapeError(f"TopK of {size:,} among {shape_text((shape[place],))}")
    kept = (*shape[:place], size, *shape[place + 1 :])
    return Result(kept, kept, dtypes=(X.dtype, "int64"))


@op("NonZero")
def non_zero(op: Op, X: Value) -> Result:
    """``NonZero``: a row for each dimension, as long as there are values."""
    shape = X.sizes
    rank: Dim = Unknown("the rank is not known") if shape is None else len(shape)
    return Result((rank, Unknown(_DATA)), dtypes=("int64",))


@op("Compress", learns=False)
def compress(op: Op, input: Value, condition: Value, *, axis: int | None = None) -> Result:
    """``Compress``: keeps what a condition selects."""
    return Result(_selected(input, axis))


@op("Unique")
def unique(op: Op, X: Value, *, axis: int | None = None) -> Result:
    """``Unique``: as many values as there are different ones."""
    count: tuple[Dim, ...] = (Unknown(_DATA),)
    return Result(_selected(X, axis), count, count, count, dtypes=(X.dtype, "int64", "int64", "int64"))


def _selected(X: Value, axis: int | None) -> Shape:
    """The shape of what is left along one axis, or of all values in a row; how much is left depends on the data."""
    shape = X.sizes
    if axis is None:
        return (Unknown(_DATA),)
    if shape is None:
        return X.shape
    place = whole_axis(axis, len(shape))
    return (*shape[:place], Unknown(_DATA), *shape[place + 1 :])


# ---------------------------------------------------------------------- folding of small constants


folds("Identity")(same_numbers)


@folds("Cast")
def fold_cast(op: Op, shapes: Sequence[Shape], input: Value, *, to: int = 1) -> Constant | None:
    return _converted(input, DTYPES.get(to, ""))


@folds("CastLike")
def fold_cast_like(op: Op, shapes: Sequence[Shape], input: Value, target_type: Value) -> Constant | None:
    return _converted(input, target_type.dtype or "")


def _converted(value: Value, to: str) -> Constant:
    convert: Any = int if to in INTEGERS else bool if to == "bool" else single if to == "float32" else float
    return tuple([x if isinstance(x, Unknown) else convert(x) for x in value.const or ()])


@folds("Where")
def fold_where(op: Op, shapes: Sequence[Shape]) -> Constant:
    return tuple(
        [
            (a if condition else b) if not isinstance(condition, Unknown) else (a if a == b else condition)
            for condition, a, b in zip(*spread(op, shapes[0]), strict=True)
        ]
    )


@folds("ScatterND")
def fold_scatter_nd(
    op: Op, shapes: Sequence[Shape], data: Value, indices: Value, updates: Value, *, reduction: str = "none"
) -> Constant | None:
    numbers = list(data.const or ())
    if data.shape != (len(numbers),) or (indices.sizes or (0,))[-1] != 1 or reduction != "none":
        return None
    for index, update in zip(indices.const or (), updates.const or (), strict=True):
        numbers[whole_axis(index, len(numbers))] = update
    return tuple(numbers)


@folds("Mod")
def fold_mod(op: Op, shapes: Sequence[Shape], A: Value, B: Value, *, fmod: int = 0) -> Constant:
    from math import fmod as as_in_c

    return by_value(as_in_c if fmod else lambda a, b: a % b)(op, shapes)


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


def _rounded(down: bool) -> Callable[[Any], Any]:
    from math import ceil, floor

    return lambda a: float(floor(a) if down else ceil(a))


def _product(values: list[Any]) -> Any:
    result: Any = 1
    for value in values:
        result *= value
    return bounded(result) if isinstance(result, int) else result


_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "Add": lambda a, b: a + b, "Sub": lambda a, b: a - b, "Mul": _times, "Div": _divide,
    "Pow": _power, "Neg": lambda a: -a, "Abs": abs, "Floor": _rounded(True), "Ceil": _rounded(False),
    "Max": lambda *a: max(a), "Min": lambda *a: min(a), "Sqrt": lambda a: single(a**0.5),
    "Round": lambda a: float(round(a)),
}  # fmt: skip
_COMPARING: dict[str, Callable[..., Any]] = {
    "Equal": equal, "Greater": lambda a, b: a > b, "Less": lambda a, b: a < b, "GreaterOrEqual": lambda a, b: a >= b,
    "LessOrEqual": lambda a, b: a <= b, "And": lambda a, b: a and b, "Or": lambda a, b: a or b,
    "Not": lambda a: not a,
}  # fmt: skip
_REDUCING: dict[str, Callable[..., Any]] = {
    "ReduceProd": _product, "ReduceSum": sum, "ReduceMax": max, "ReduceMin": min,
}  # fmt: skip

for _key, _function in _ARITHMETIC.items():
    folds(_key)(by_value(_function))
for _key, _function in _COMPARING.items():
    folds(_key)(by_value(_function, comparing=True))
for _key, _function in _REDUCING.items():
    folds(_key)(reduced(_function))
