"""Normalisation, losses, and onnxruntime's fused activations."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers.products import shape_text
from netledger.sources.onnx.ops import op
from netledger.sources.onnx.values import Op, Result, differ, wants_rank
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim, Shape


@op("BatchNormalization", roles="- weight bias statistic statistic", always=True)
def batch_norm(op: Op) -> Result:
    """``BatchNormalization``: scale and bias are learned, mean and variance are running statistics."""
    shape, scale = op.sizes(0), op.shape(1)
    if shape is not None and len(shape) > 1 and not isinstance(scale, Unknown) and op.whole("spatial", 1):
        if len(scale) != 1 or differ(scale[0], shape[1]):
            raise ShapeError(f"BatchNormalization with a scale of {shape_text(scale)} of {shape_text(shape)}")
    features = scale[0] if not isinstance(scale, Unknown) and len(scale) == 1 else None
    attributes = {} if not isinstance(features, int) else {"num_features": features}
    return Result(op.shape(0), scale, scale, scale, scale, kind="batch_norm", attributes=attributes, needs=(1, 2))


@op("LayerNormalization", roles="- weight bias", always=True)
@op("RMSNormalization", roles="- weight")
@op("SimplifiedLayerNormalization")
def layer_norm(op: Op) -> Result:
    """``LayerNormalization`` and its like: mean and deviation keep the leading sizes."""
    shape = op.sizes(0)
    if shape is None:
        return Result(op.shape(0), op.shape(0), op.shape(0))
    axis = op.axis(len(shape), -1)
    leading = (*shape[:axis], *(1,) * (len(shape) - axis))
    kind = {"LayerNormalization": "layer_norm", "RMSNormalization": "rms_norm"}.get(op.node.op)
    normalised = shape[axis:]
    if any(isinstance(size, Unknown) for size in normalised):
        kind = None
    attributes = {"normalized_shape": normalised}
    return Result(shape, leading, leading, kind=kind, attributes=attributes, needs=(1,), bias=2)


@op("com.microsoft.SkipLayerNormalization", roles="- - weight bias bias")
@op("com.microsoft.SkipSimplifiedLayerNormalization", roles="- - weight bias")
def skip_layer_norm(op: Op) -> Result:
    """``SkipLayerNormalization`` (onnxruntime): sum, then normalisation; the fourth output is the sum."""
    shape = op.sizes(0)
    leading: Shape = op.shape(0) if shape is None else (*shape[:-1], 1)
    return Result(op.shape(0), leading, leading, op.shape(0))


@op("LRN")
def lrn(op: Op) -> Result:
    """``LRN``: across channels."""
    size = op.whole("size", 0)
    if size < 1:
        raise ShapeError(f"LRN of size {size}")
    attributes = {
        "size": size, "alpha": _short(op.real("alpha", 1e-4)), "beta": _short(op.real("beta", 0.75)),
        "k": _short(op.real("bias", 1.0)),
    }  # fmt: skip
    return Result(op.shape(0), kind="local_response_norm", attributes=attributes)


def _short(value: float) -> float:
    """A float32 as the decimal that a person wrote."""
    return float(f"{value:.7g}")


@op("com.microsoft.BiasGelu com.microsoft.FastGelu", roles="- bias")
@op("com.microsoft.QuickGelu com.microsoft.BiasSplitGelu com.microsoft.BiasAdd")
def bias_activation(op: Op) -> Result:
    """``BiasGelu``, ``FastGelu``, ``BiasSplitGelu``, ``QuickGelu``: the shape stays (or halves)."""
    shape = op.sizes(0)
    if op.node.op == "BiasSplitGelu" and shape:
        last = shape[-1]
        return Result((*shape[:-1], last if isinstance(last, Unknown) else last // 2))
    return Result(op.shape(0))


@op("com.microsoft.EmbedLayerNormalization", roles="- - weight weight weight weight bias")
def embed_layer_norm(op: Op) -> Result:
    """``EmbedLayerNormalization``: word, position and segment tables, summed and normalised."""
    ids, table = op.sizes(0), wants_rank(op.shape(2), 2, op.node.op)
    width: Dim = Unknown("its shape is not known") if table is None else table[1]
    output: Shape = op.shape(0) if ids is None else (*ids, width)
    return Result(output, (ids[0],) if ids else Unknown("the batch is not known"), output)


@op("NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss", learns=False)
def loss(op: Op) -> Result:
    """``SoftmaxCrossEntropyLoss``, ``NegativeLogLikelihoodLoss``: a number, or one for each label."""
    reduction = op.text("reduction", "mean")
    return Result(op.shape(1) if reduction == "none" else (), op.shape(0))
