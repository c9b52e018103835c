"""Values as small integers with a scale and a zero point, and what works on them directly."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers.products import broadcast
from netledger.network import elements_of
from netledger.sources.onnx.ops import op
from netledger.sources.onnx.ops.pooling import channels_last as turned_pool
from netledger.sources.onnx.ops.pooling import global_pool, pool
from netledger.sources.onnx.schema import DTYPES
from netledger.sources.onnx.values import NO_SHAPE, Op, Result, Value, wants_rank, whole_axis
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim
    from netledger.sources.onnx.values import Ints


@op("DynamicQuantizeLinear")
def dynamic_quantize(op: Op, x: Value) -> Result:
    """``DynamicQuantizeLinear``: the bytes, their scale and zero point."""
    return Result(x.shape, (), (), dtypes=("uint8", "float32", "uint8"))


@op("QuantizeLinear com.microsoft.QuantizeLinear", roles="weight scale zero")
def quantize(op: Op, x: Value, y_scale: Value, y_zero_point: Value | None = None, *, output_dtype: int = 0) -> Result:
    """``QuantizeLinear``: the type of the zero point."""
    by_zero = None if y_zero_point is None else y_zero_point.dtype
    return Result(x.shape, dtypes=(by_zero or DTYPES.get(output_dtype) or "uint8",))


@op("DequantizeLinear com.microsoft.DequantizeLinear", roles="weight scale zero", integers=True)
def dequantize(op: Op, x: Value, x_scale: Value) -> Result:
    """``DequantizeLinear``: the type of the scale."""
    return Result(x.shape, dtypes=(x_scale.dtype,))


@op("com.microsoft.QLinearAdd", roles="bias scale zero bias scale zero scale zero", integers=True)
@op("com.microsoft.QLinearMul", roles="weight scale zero weight scale zero scale zero", integers=True)
def quantised_pair(op: Op, A: Value, A_scale: Value, A_zero_point: Value, B: Value) -> Result:
    """``QLinearAdd``, ``QLinearMul``: A with scale and zero point, B with both, broadcast."""
    return Result(broadcast(A.shape, B.shape))


@op(
    "com.microsoft.QLinearWhere", roles="constant weight scale zero weight scale zero scale zero",
    integers=True,
)  # fmt: skip
def quantised_where(
    op: Op, condition: Value, X: Value, x_scale: Value, x_zero_point: Value, Y: Value
) -> Result:  # fmt: skip
    """``QLinearWhere``: a condition, and both choices with scale and zero point each."""
    return Result(broadcast(condition.shape, X.shape, Y.shape), dtypes=(X.dtype,))


@op("com.microsoft.QLinearConcat", roles="scale zero" + 16 * " weight scale zero", integers=True)
def quantised_concat(op: Op, Y_scale: Value, Y_zero_point: Value, *inputs: Value | None, axis: int = 0) -> Result:
    """``QLinearConcat``: triples of tensor, scale and zero point."""
    shapes = [None if each is None else each.sizes for each in inputs[::3]]
    if not shapes or any(shape is None for shape in shapes):
        return Result(Unknown("its shape is not known"))
    known = [shape for shape in shapes if shape is not None]
    place = whole_axis(axis, len(known[0]))
    sizes = [shape[place] for shape in known]
    unknown = next((size for size in sizes if isinstance(size, Unknown)), None)
    whole: Dim = unknown if unknown is not None else sum(size for size in sizes if isinstance(size, int))
    return Result((*known[0][:place], whole, *known[0][place + 1 :]))


@op(
    "com.microsoft.QLinearSigmoid com.microsoft.QLinearLeakyRelu com.microsoft.QLinearSoftmax",
    roles="- scale zero scale zero",
)
def quantised_activation(op: Op, X: Value) -> Result:
    """An activation from integers to integers."""
    return Result(X.shape)


@op("com.microsoft.QLinearGlobalAveragePool", roles="- scale zero scale zero")
def quantised_global_pool(op: Op, X: Value, *, channels_last: int = 0) -> Result:
    """A global pool from integers to integers."""
    return turned_pool(X, lambda turned: global_pool(op, turned), last=channels_last != 0)


@op("com.microsoft.QLinearAveragePool", roles="- scale zero scale zero")
def quantised_pool(
    op: Op, X: Value, *, channels_last: int = 0, kernel_shape: Ints = None, strides: Ints = None, pads: Ints = None,
    auto_pad: str = "NOTSET", ceil_mode: int = 0,
) -> Result:  # fmt: skip
    """A pool from integers to integers."""
    return turned_pool(
        X,
        lambda turned: pool(op, turned, kernel_shape=kernel_shape, strides=strides, pads=pads, auto_pad=auto_pad,
                            ceil_mode=ceil_mode),
        last=channels_last != 0,
    )  # fmt: skip


@op("com.microsoft.GatherBlockQuantized", roles="weight constant scale zero", integers=True)
def gather_block_quantized(
    op: Op, data: Value, indices: Value, scales: Value, *, bits: int = 4, gather_axis: int = 0, quantize_axis: int = 1
) -> Result:
    """``GatherBlockQuantized``: rows of a table whose values are packed, ``bits`` each, and scaled block by block."""
    table, picked = wants_rank(data.shape, 2, op.node.op), indices.sizes
    if table is None or picked is None:
        return Result(NO_SHAPE, dtypes=(scales.dtype,))
    if bits not in (2, 4, 8):
        raise ShapeError(f"{op.node.op} of {bits} bits")
    each = 8 // bits if data.dtype == "uint8" else 1
    packed, gathered = whole_axis(quantize_axis, len(table)), whole_axis(gather_axis, len(table))
    sizes = [elements_of((size, each)) if i == packed else size for i, size in enumerate(table)]
    count = elements_of(sizes)
    return Result(
        (*sizes[:gathered], *picked, *sizes[gathered + 1 :]), dtypes=(scales.dtype,),
        elements={0: count} if isinstance(count, int) else {},
    )  # fmt: skip


@op(
    "com.microsoft.QEmbedLayerNormalization",
    roles="- - weight weight weight weight bias - scale scale scale scale scale zero zero zero zero zero",
    integers=True,
)
def q_embed_layer_norm(op: Op, input_ids: Value, segment_ids: Value | None, word_embedding_quant: Value) -> Result:
    """``QEmbedLayerNormalization``: word, position and segment tables of integers, summed and normalised."""
    ids, table = input_ids.sizes, wants_rank(word_embedding_quant.shape, 2, op.node.op)
    width: Dim = NO_SHAPE if table is None else table[1]
    output = NO_SHAPE if ids is None else (*ids, width)
    return Result(output, (ids[0],) if ids else NO_SHAPE, dtypes=("float32", "int32"))
