"""Normalisation, losses, and onnxruntime's fused activations."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers.products import shape_text
from netledger.sources.graph_shapes import differ
from netledger.sources.onnx.ops import op
from netledger.sources.onnx.values import Op, Result, Value, stored, wants_rank, whole_axis
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim, Shape


@op("BatchNormalization", roles="- weight bias statistic statistic", always=True)
def batch_norm(op: Op, X: Value, scale: Value, B: Value, *, spatial: int = 1) -> Result:
    """``BatchNormalization``: scale and bias are learned, mean and variance are running statistics."""
    shape, sizes = X.sizes, scale.sizes
    if shape is not None and len(shape) > 1 and sizes is not None and spatial:
        if len(sizes) != 1 or differ(sizes[0], shape[1]):
            raise ShapeError(f"BatchNormalization with a scale of {shape_text(sizes)} of {shape_text(shape)}")
    features = sizes[0] if sizes is not None and len(sizes) == 1 else None
    attributes = {} if not isinstance(features, int) else {"num_features": features}
    return Result(X.shape, *[scale.shape] * 4, kind="batch_norm", attributes=attributes, needs=(scale, B))


@op("LayerNormalization", roles="- weight bias", always=True)
def layer_norm(op: Op, X: Value, Scale: Value, B: Value | None = None, *, axis: int = -1) -> Result:
    """``LayerNormalization``: mean and deviation keep the leading sizes."""
    result = _normalised(X, Scale, axis, "layer_norm")
    if not stored(B):
        result.attributes["bias"] = False
    return result


@op("RMSNormalization", roles="- weight")
@op("SimplifiedLayerNormalization")
def rms_norm(op: Op, X: Value, scale: Value, *, axis: int = -1) -> Result:
    """``RMSNormalization`` and its older name."""
    return _normalised(X, scale, axis, "rms_norm" if op.node.op == "RMSNormalization" else None)


def _normalised(X: Value, scale: Value, axis: int, kind: str | None) -> Result:
    shape = X.sizes
    if shape is None:
        return Result(X.shape, X.shape, X.shape)
    place = whole_axis(axis, len(shape))
    normalised = shape[place:]
    leading = (*shape[:place], *(1,) * len(normalised))
    if any(isinstance(size, Unknown) for size in normalised):
        kind = None
    attributes = {"normalized_shape": normalised}
    return Result(shape, leading, leading, kind=kind, attributes=attributes, needs=(scale,))


@op("com.microsoft.SkipLayerNormalization", roles="- - weight bias bias")
@op("com.microsoft.SkipSimplifiedLayerNormalization", roles="- - weight bias")
def skip_layer_norm(op: Op, input: Value) -> Result:
    """``SkipLayerNormalization`` (onnxruntime): sum, then normalisation; the fourth output is the sum."""
    shape = input.sizes
    leading: Shape = input.shape if shape is None else (*shape[:-1], 1)
    return Result(input.shape, leading, leading, input.shape)


@op("LRN")
def lrn(op: Op, X: Value, *, size: int = 0, alpha: float = 1e-4, beta: float = 0.75, bias: float = 1.0) -> Result:
    """``LRN``: across channels."""
    if size < 1:
        raise ShapeError(f"LRN of size {size}")
    attributes = {"size": size, "alpha": _short(alpha), "beta": _short(beta), "k": _short(bias)}
    return Result(X.shape, kind="local_response_norm", attributes=attributes)


def _short(value: float) -> float:
    """A float32 as the decimal that a person wrote."""
    return float(f"{value:.7g}")


@op("com.microsoft.BiasGelu com.microsoft.FastGelu", roles="- bias")
@op("com.microsoft.QuickGelu com.microsoft.BiasAdd")
def bias_activation(op: Op, X: Value) -> Result:
    """``BiasGelu``, ``FastGelu``, ``QuickGelu``, ``BiasAdd``: the shape stays."""
    return Result(X.shape)


@op("com.microsoft.BiasSplitGelu")
def bias_split_gelu(op: Op, X: Value) -> Result:
    """``BiasSplitGelu``: one half gates the other."""
    shape = X.sizes
    if not shape:
        return Result(X.shape)
    last = shape[-1]
    return Result((*shape[:-1], last if isinstance(last, Unknown) else last // 2))


@op("com.microsoft.EmbedLayerNormalization", roles="- - weight weight weight weight bias")
def embed_layer_norm(op: Op, input_ids: Value, segment_ids: Value | None, word_embedding: Value) -> Result:
    """``EmbedLayerNormalization``: word, position and segment tables, summed and normalised."""
    ids, table = input_ids.sizes, wants_rank(word_embedding.shape, 2, op.node.op)
    width: Dim = Unknown("its shape is not known") if table is None else table[1]
    output: Shape = input_ids.shape if ids is None else (*ids, width)
    return Result(output, (ids[0],) if ids else Unknown("the batch is not known"), output)


@op("NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss", learns=False)
def loss(op: Op, input: Value, target: Value, *, reduction: str = "mean") -> Result:
    """``SoftmaxCrossEntropyLoss``, ``NegativeLogLikelihoodLoss``: a number, or one for each label."""
    return Result(target.shape if reduction == "none" else (), input.shape)
