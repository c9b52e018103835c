"""Operators that work value by value, reduce, select or sort: shapes only, nothing contracted."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.sources.onnx.schema import DTYPES
from netledger.sources.onnx.values import Op, Result, Value, broadcast, wants_rank
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim, Shape

_DATA = "a size depends on the data"


def same(op: Op) -> Result:
    """Every output has the shape of the first input."""
    return Result(*[op.shape(0)] * max(1, len(op.node.outputs)))


def truth(op: Op) -> Result:
    """The first input's shape, of truth values."""
    return Result(op.shape(0), dtypes=("bool",))


def cast(op: Op) -> Result:
    """``Cast``, ``CastLike``, ``BitCast``: another element type."""
    return Result(op.shape(0), dtypes=(DTYPES.get(op.whole("to", 0)) or op.dtype(1) or op.dtype(),))


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


def activation(op: Op) -> Result:
    """An activation function: the shape stays."""
    return Result(op.shape(0), kind=_ACTIVATIONS.get(op.node.op))


def elementwise(op: Op) -> Result:
    """Inputs broadcast together."""
    shapes = [op.shape(i) for i in range(len(op.inputs)) if op.has(i)]
    if op.version < 7 and (op.whole("broadcast", 0) or op.node.op in ("Add", "Sub", "Mul", "Div", "Pow")):
        return Result(shapes[0])
    kind = {"Add": "add", "Sum": "add", "Mul": "mul"}.get(op.node.op)
    return Result(broadcast(*shapes), kind=kind if len(shapes) > 1 else None)


def comparison(op: Op) -> Result:
    """Inputs broadcast together, to truth values."""
    result = elementwise(op)
    result.dtypes = ("bool",)
    return result


def select(op: Op) -> Result:
    """``Where``: condition and both choices broadcast together."""
    return Result(broadcast(op.shape(0), op.shape(1), op.shape(2)), dtypes=(op.dtype(1),))


def prelu(op: Op) -> Result:
    """``PRelu``: the slope is broadcast to the input."""
    return Result(op.shape(0))


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


def arg_reduce(op: Op) -> Result:
    """``ArgMax``, ``ArgMin``: one axis goes, or becomes 1."""
    shape = op.sizes(0)
    if shape is None:
        return Result(op.shape(0), dtypes=("int64",))
    axis = op.axis(len(shape), 0)
    return Result(_without(shape, (axis,), op.whole("keepdims", 1) != 0), dtypes=("int64",))


def top_k(op: Op) -> Result:
    """``TopK``: ``k`` along one axis; values and indices."""
    shape = op.sizes(0)
    if shape is None:
        return Result(op.shape(0), op.shape(0))
    axis = op.axis(len(shape), -1)
    given = (op.whole("k", 0),) if op.version < 10 else op.const_ints(1)
    size: Dim = given[0] if given else Unknown("k depends on the data")
    if isinstance(size, int) and (size < 0 or (isinstance(shape[axis], int) and size > shape[axis])):  # type: ignore[operator]
        raise ShapeError(f"TopK of {size:,} among {shape[axis]:,}")
    kept = (*shape[:axis], size, *shape[axis + 1 :])
    return Result(kept, kept, dtypes=(op.dtype(), "int64"))


def describe_shape(op: Op) -> Result:
    """``Shape``: as many numbers as dimensions are asked for."""
    shape = op.sizes(0)
    if shape is None:
        return Result((Unknown("the rank is not known"),), dtypes=("int64",))
    start, end, _ = slice(op.whole("start", 0), op.whole("end", len(shape))).indices(len(shape))
    return Result((max(0, end - start),), dtypes=("int64",))


def count(op: Op) -> Result:
    """``Size``, ``SequenceLength``: one number."""
    return Result((), dtypes=("int64",))


def flag(op: Op) -> Result:
    """``OptionalHasElement``: one truth value."""
    return Result((), dtypes=("bool",))


def like_index(op: Op) -> Result:
    """``GatherElements``: the shape of the indices."""
    return Result(op.shape(1))


def non_zero(op: Op) -> Result:
    """``NonZero``: a row for each dimension, as long as there are values."""
    shape = op.sizes(0)
    rank: Dim = Unknown("the rank is not known") if shape is None else len(shape)
    return Result((rank, Unknown(_DATA)), dtypes=("int64",))


def compress(op: Op) -> Result:
    """``Compress``: keeps what a condition selects."""
    shape = op.sizes(0)
    if op.attribute("axis") is None:
        return Result((Unknown(_DATA),))
    if shape is None:
        return Result(op.shape(0))
    axis = op.axis(len(shape), 0)
    return Result((*shape[:axis], Unknown(_DATA), *shape[axis + 1 :]))


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


def determinant(op: Op) -> Result:
    """``Det``: a matrix becomes a number. Its elimination is no contraction of fixed size: Unknown."""
    shape = wants_rank(op.shape(0), 2, "Det")
    outputs: Shape = op.shape(0) if shape is None else shape[:-2]
    return Result(outputs, unknown="a determinant has no agreed number of multiply-accumulates")


def loss(op: Op) -> Result:
    """``SoftmaxCrossEntropyLoss``, ``NegativeLogLikelihoodLoss``: a number, or one for each label."""
    reduction = op.text("reduction", "mean")
    return Result(op.shape(1) if reduction == "none" else (), op.shape(0))


def dynamic_quantize(op: Op) -> Result:
    """``DynamicQuantizeLinear``: the bytes, their scale and zero point."""
    return Result(op.shape(0), (), (), dtypes=("uint8", "float32", "uint8"))


def quantize(op: Op) -> Result:
    """``QuantizeLinear``: the type of the zero point."""
    return Result(op.shape(0), dtypes=(op.dtype(2) or DTYPES.get(op.whole("output_dtype", 0)) or "uint8",))


def dequantize(op: Op) -> Result:
    """``DequantizeLinear``: the type of the scale."""
    return Result(op.shape(0), dtypes=(op.dtype(1),))


def non_max_suppression(op: Op) -> Result:
    """``NonMaxSuppression``: as many boxes as are left."""
    return Result((Unknown(_DATA), 3), dtypes=("int64",))


# ---------------------------------------------------------------------- sequences and optionals


def sequence_construct(op: Op) -> Result:
    """``SequenceConstruct``: what is known of its parts is known of the whole."""
    parts = [value for value in op.inputs if value is not None]
    shapes = {value.shape for value in parts}
    element = Value(shapes.pop() if len(shapes) == 1 else Unknown("the parts differ"), op.dtype())
    return Result(Value(Unknown("a sequence has no shape"), op.dtype(), element=element))


def sequence(op: Op) -> Result:
    """An operator whose output is a sequence."""
    return Result(Value(Unknown("a sequence has no shape"), op.dtype()))


def sequence_at(op: Op) -> Result:
    """``SequenceAt``, ``OptionalGetElement``: one part."""
    value = op.value(0)
    if value is not None and value.element is not None:
        return Result(value.element)
    if op.node.op.startswith("Optional") and value is not None:
        return Result(Value(value.shape, value.dtype, element=value.element))
    return Result(Unknown("the parts of a sequence have no known shape"))


def concat_from_sequence(op: Op) -> Result:
    """``ConcatFromSequence``: as many parts as the sequence has."""
    return Result(Unknown("the length of a sequence is not known"))


def optional(op: Op) -> Result:
    """``Optional``: what it holds."""
    value = op.value(0)
    return Result(value if value is not None else Unknown("an empty optional"))
