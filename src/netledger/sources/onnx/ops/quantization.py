"""Values as small integers with a scale and a zero point, and what works on them directly."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers.products import broadcast
from netledger.network import elements_of
from netledger.sources.onnx.ops import op
from netledger.sources.onnx.ops.pooling import global_pool, pool
from netledger.sources.onnx.schema import DTYPES
from netledger.sources.onnx.values import NO_SHAPE, Op, Result, wants_rank, whole_axis
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim


@op("DynamicQuantizeLinear")
def dynamic_quantize(op: Op) -> Result:
    """``DynamicQuantizeLinear``: the bytes, their scale and zero point."""
    return Result(op.shape(0), (), (), dtypes=("uint8", "float32", "uint8"))


@op("QuantizeLinear com.microsoft.QuantizeLinear", roles="weight scale zero")
def quantize(op: Op) -> Result:
    """``QuantizeLinear``: the type of the zero point."""
    return Result(op.shape(0), dtypes=(op.dtype(2) or DTYPES.get(op.whole("output_dtype", 0)) or "uint8",))


@op("DequantizeLinear com.microsoft.DequantizeLinear", roles="weight scale zero", integers=True)
def dequantize(op: Op) -> Result:
    """``DequantizeLinear``: the type of the scale."""
    return Result(op.shape(0), dtypes=(op.dtype(1),))


@op("com.microsoft.QLinearAdd", roles="- scale zero bias scale zero scale zero", integers=True)
@op("com.microsoft.QLinearMul", roles="- scale zero weight scale zero scale zero", integers=True)
def quantised_pair(op: Op) -> Result:
    """``QLinearAdd``, ``QLinearMul``: A with scale and zero point, B with both, broadcast."""
    return Result(broadcast(op.shape(0), op.shape(3)))


@op("com.microsoft.QLinearConcat", roles="scale zero" + 16 * " weight scale zero", integers=True)
def quantised_concat(op: Op) -> Result:
    """``QLinearConcat``: triples of tensor, scale and zero point."""
    shapes = [op.sizes(i) for i in range(2, len(op.inputs), 3)]
    if not shapes or any(shape is None for shape in shapes):
        return Result(Unknown("its shape is not known"))
    known = [shape for shape in shapes if shape is not None]
    axis = op.axis(len(known[0]), 0)
    sizes = [shape[axis] for shape in known]
    unknown = next((size for size in sizes if isinstance(size, Unknown)), None)
    whole: Dim = unknown if unknown is not None else sum(size for size in sizes if isinstance(size, int))
    return Result((*known[0][:axis], whole, *known[0][axis + 1 :]))


@op(
    "com.microsoft.QLinearSigmoid com.microsoft.QLinearLeakyRelu com.microsoft.QLinearSoftmax",
    roles="- scale zero scale zero",
)
def quantised_activation(op: Op) -> Result:
    """An activation from integers to integers."""
    return Result(op.shape(0))


@op("com.microsoft.QLinearAveragePool com.microsoft.QLinearGlobalAveragePool", roles="- scale zero scale zero")
def quantised_pool(op: Op) -> Result:
    """Pools from integers to integers; with ``channels_last`` the channels are the last dimension."""
    shape = op.sizes(0)
    last = op.whole("channels_last", 0) != 0
    if shape is None or not last:
        result = global_pool(op) if "Global" in op.node.op else pool(op)
        return Result(*result.outputs[:1])
    turned = Op(op.node, [None if value is None else value.reshaped((shape[0], shape[-1], *shape[1:-1]))
                          for value in op.inputs[:1]], op.version, op.bound)  # fmt: skip
    out = (global_pool(turned) if "Global" in op.node.op else pool(turned)).outputs[0]
    assert isinstance(out, tuple)
    return Result((out[0], *out[2:], out[1]))


@op("com.microsoft.GatherBlockQuantized", roles="weight constant scale zero", integers=True)
def gather_block_quantized(op: Op) -> Result:
    """``GatherBlockQuantized``: rows of a table whose values are packed, ``bits`` each, and scaled block by block."""
    data, indices = wants_rank(op.shape(0), 2, op.node.op), op.sizes(1)
    if data is None or indices is None:
        return Result(NO_SHAPE, dtypes=(op.dtype(2),))
    bits = op.whole("bits", 4)
    if bits not in (2, 4, 8):
        raise ShapeError(f"{op.node.op} of {bits} bits")
    each = 8 // bits if op.dtype(0) == "uint8" else 1
    packed, gathered = (
        whole_axis(op.whole("quantize_axis", 1), len(data)),
        whole_axis(op.whole("gather_axis", 0), len(data)),
    )
    sizes = [elements_of((size, each)) if i == packed else size for i, size in enumerate(data)]
    count = elements_of(sizes)
    return Result(
        (*sizes[:gathered], *indices, *sizes[gathered + 1 :]), dtypes=(op.dtype(2),),
        elements={0: count} if isinstance(count, int) else {},
    )  # fmt: skip


@op(
    "com.microsoft.QEmbedLayerNormalization",
    roles="- - weight weight weight weight bias - scale scale scale scale scale zero zero zero zero zero",
    integers=True,
)
def q_embed_layer_norm(op: Op) -> Result:
    """``QEmbedLayerNormalization``: word, position and segment tables of integers, summed and normalised."""
    ids, table = op.sizes(0), wants_rank(op.shape(2), 2, op.node.op)
    width: Dim = NO_SHAPE if table is None else table[1]
    output = NO_SHAPE if ids is None else (*ids, width)
    return Result(output, (ids[0],) if ids else NO_SHAPE, dtypes=("float32", "int32"))
