"""Operators that work value by value, reduce, select or sort: nothing contracted."""

from __future__ import annotations

from netledger.errors import ShapeError
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
from netledger.sources.onnx.values import Op, Result, whole_axis
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from netledger.network import Dim, Shape
    from netledger.sources.onnx.values import Constant


TYPE_CHECKING = False

_DATA = "a size depends on the data"


@op(
    "Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Ceil Cos Cosh Erf Exp Floor Hardmax "
    "LpNormalization MeanVarianceNormalization Log Neg RandomNormalLike RandomUniformLike "
    "Reciprocal Round Shrink Sign Sin Sinh Sqrt Swish SwiGLU Tan TensorScatter "
    "ThresholdedRelu Identity "
    "com.microsoft.GroupNorm com.microsoft.SkipGroupNorm "
    "ai.onnx.ml.Binarizer ai.onnx.ml.Imputer ai.onnx.ml.Normalizer ai.onnx.ml.Scaler "
    "ai.onnx.ml.LabelEncoder ai.onnx.ml.CategoryMapper",
)
@op(
    "Bernoulli Clip CumProd CumSum ReverseSequence RotaryEmbedding Scatter ScatterElements "
    "ScatterND Trilu com.microsoft.RotaryEmbedding",
    learns=False,
)
@op("InstanceNormalization GroupNormalization", roles="- weight bias")
def keeps_shape(op: Op) -> Result:
    """Every output has the shape of the first input."""
    return Result(*[op.shape(0)] * max(1, len(op.node.outputs)))


@op("Not", learns=False)
@op("IsInf IsNaN RegexFullMatch")
def truth(op: Op) -> Result:
    """The first input's shape, of truth values."""
    return Result(op.shape(0), dtypes=("bool",))


@op("Cast CastLike BitCast")
def cast(op: Op) -> Result:
    """``Cast``, ``CastLike``, ``BitCast``: another element type."""
    return Result(op.shape(0), dtypes=(DTYPES.get(op.whole("to", 0)) or op.dtype(1) or op.dtype(),))


@op("Dropout", learns=False, hands_on=True)
def dropout(op: Op) -> Result:
    """``Dropout``: the shape stays; the second output is the mask."""
    return Result(op.shape(0), op.shape(0), kind="dropout", dtypes=(op.dtype(), "bool"))


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
def activation(op: Op) -> Result:
    """An activation function: the shape stays."""
    return Result(op.shape(0), kind=_ACTIVATIONS.get(op.node.op))


@op("Add Sub", roles="bias bias")
@op("Mul Div Mean BitShift BitwiseAnd BitwiseOr BitwiseXor StringConcat")
@op("Pow Mod Max Min And Or Xor", learns=False)
@op("Sum", roles="bias …")
def elementwise(op: Op) -> Result:
    """Inputs broadcast together."""
    shapes = [op.shape(i) for i in range(len(op.inputs)) if op.has(i)]
    if op.version < 7 and (op.whole("broadcast", 0) or op.node.op in ("Add", "Sub", "Mul", "Div", "Pow")):
        return Result(shapes[0])
    kind = {"Add": "add", "Sum": "add", "Mul": "mul"}.get(op.node.op)
    return Result(broadcast(*shapes), kind=kind if len(shapes) > 1 else None)


@op("Equal Greater GreaterOrEqual Less LessOrEqual", learns=False)
def comparison(op: Op) -> Result:
    """Inputs broadcast together, to truth values."""
    result = elementwise(op)
    result.dtypes = ("bool",)
    return result


@op("Where", learns=False)
def select(op: Op) -> Result:
    """``Where``: condition and both choices broadcast together."""
    return Result(broadcast(op.shape(0), op.shape(1), op.shape(2)), dtypes=(op.dtype(1),))


@op("PRelu", roles="- weight", always=True)
def prelu(op: Op) -> Result:
    """``PRelu``: the slope is broadcast to the input."""
    return Result(op.shape(0))


@op(
    "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd "
    "ReduceSum ReduceSumSquare",
)
def reduce(op: Op) -> Result:
    """``ReduceX``: the axes given, or all, become 1 or go."""
    shape = op.sizes(0)
    keep = op.whole("keepdims", 1) != 0
    if shape is None:
        return Result(op.shape(0))
    axes = op.axes(1, len(shape))
    if axes is None:
        return Result((Unknown("the axes depend on the data"),) * len(shape) if keep else Unknown(_DATA))
    if not axes:
        if op.whole("noop_with_empty_axes", 0):
            return Result(shape)
        axes = tuple(range(len(shape)))
    return Result(_without(shape, axes, keep))


def _without(shape: tuple[Dim, ...], axes: tuple[int, ...], keep: bool) -> tuple[Dim, ...]:
    if keep:
        return tuple([1 if i in axes else size for i, size in enumerate(shape)])
    return tuple([size for i, size in enumerate(shape) if i not in axes])


@op("ArgMax ArgMin")
def arg_reduce(op: Op) -> Result:
    """``ArgMax``, ``ArgMin``: one axis goes, or becomes 1."""
    shape = op.sizes(0)
    if shape is None:
        return Result(op.shape(0), dtypes=("int64",))
    axis = op.axis(len(shape), 0)
    return Result(_without(shape, (axis,), op.whole("keepdims", 1) != 0), dtypes=("int64",))


@op("TopK", learns=False)
def top_k(op: Op) -> Result:
    """``TopK``: ``k`` along one axis; values and indices."""
    shape = op.sizes(0)
    if shape is None:
        return Result(op.shape(0), op.shape(0))
    axis = op.axis(len(shape), -1)
    given = (op.whole("k", 0),) if op.version < 10 else op.const_ints(1)
    size: Dim = given[0] if given else Unknown("k depends on the data")
    if isinstance(size, int) and (size < 0 or (isinstance(shape[axis], int) and size > shape[axis])):  # type: ignore[operator]
        raise ShapeError(f"TopK of {size:,} among {shape_text((shape[axis],))}")
    kept = (*shape[:axis], size, *shape[axis + 1 :])
    return Result(kept, kept, dtypes=(op.dtype(), "int64"))


@op("NonZero")
def non_zero(op: Op) -> Result:
    """``NonZero``: a row for each dimension, as long as there are values."""
    shape = op.sizes(0)
    rank: Dim = Unknown("the rank is not known") if shape is None else len(shape)
    return Result((rank, Unknown(_DATA)), dtypes=("int64",))


@op("Compress", learns=False)
def compress(op: Op) -> Result:
    """``Compress``: keeps what a condition selects."""
    shape = op.sizes(0)
    if op.attribute("axis") is None:
        return Result((Unknown(_DATA),))
    if shape is None:
        return Result(op.shape(0))
    axis = op.axis(len(shape), 0)
    return Result((*shape[:axis], Unknown(_DATA), *shape[axis + 1 :]))


@op("Unique")
def unique(op: Op) -> Result:
    """``Unique``: as many values as there are different ones."""
    shape = op.sizes(0)
    count: tuple[Dim, ...] = (Unknown(_DATA),)
    first: Shape = count
    if op.attribute("axis") is not None:
        if shape is None:
            first = op.shape(0)
        else:
            axis = op.axis(len(shape), 0)
            first = (*shape[:axis], Unknown(_DATA), *shape[axis + 1 :])
    return Result(first, count, count, count, dtypes=(op.dtype(), "int64", "int64", "int64"))


# ---------------------------------------------------------------------- folding of small constants


folds("Identity")(same_numbers)


@folds("Cast CastLike")
def fold_cast(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    to = DTYPES.get(op.whole("to", 1), "") if op.node.key == "Cast" else (op.dtype(1) or "")
    convert: Any = int if to in INTEGERS else bool if to == "bool" else single if to == "float32" else float
    return tuple([x if isinstance(x, Unknown) else convert(x) for x in op.const(0) or ()])


@folds("Where")
def fold_where(op: Op, shapes: Sequence[Shape]) -> Constant:
    return tuple(
        [
            (a if condition else b) if not isinstance(condition, Unknown) else (a if a == b else condition)
            for condition, a, b in zip(*spread(op, shapes[0]), strict=True)
        ]
    )


@folds("ScatterND")
def fold_scatter_nd(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    data, indices, updates = list(op.const(0) or ()), op.const(1) or (), op.const(2) or ()
    shape = op.sizes(0)
    if shape is None or len(shape) != 1 or (op.sizes(1) or (0,))[-1] != 1:
        return None
    for index, update in zip(indices, updates, strict=True):
        data[whole_axis(index, len(data))] = update
    return tuple(data)


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
    "Add": lambda a, b: a + b, "Sub": lambda a, b: a - b, "Mul": _times, "Div": _divide, "Mod": lambda a, b: a % b,
    "Pow": _power, "Neg": lambda a: -a, "Abs": abs, "Floor": _rounded(True), "Ceil": _rounded(False),
    "Max": lambda *a: max(a), "Min": lambda *a: min(a), "Round": round, "Sqrt": lambda a: single(a**0.5),
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
