"""Normalisation, optimizers, text, the classical models of ``ai.onnx.ml``, and onnxruntime's fused operators."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers.sizes import shape_text
from netledger.sources.onnx.values import Op, Result, Value, broadcast, wants_rank
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim, Shape

_DATA = "a size depends on the data"

# ---------------------------------------------------------------------- normalisation


def batch_norm(op: Op) -> Result:
    """``BatchNormalization``: scale and bias are learned, mean and variance are running statistics."""
    shape, scale = op.sizes(0), op.shape(1)
    if shape is not None and len(shape) > 1 and not isinstance(scale, Unknown) and op.whole("spatial", 1):
        if len(scale) != 1 or _differ(scale[0], shape[1]):
            raise ShapeError(f"BatchNormalization with a scale of {shape_text(scale)} of {shape_text(shape)}")
    features = scale[0] if not isinstance(scale, Unknown) and len(scale) == 1 else None
    attributes = {} if not isinstance(features, int) else {"num_features": features}
    return Result(op.shape(0), scale, scale, scale, scale, kind="batch_norm", attributes=attributes, needs=(1, 2))


def _differ(a: Dim, b: Dim) -> bool:
    return isinstance(a, int) and isinstance(b, int) and a != b


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


def skip_layer_norm(op: Op) -> Result:
    """``SkipLayerNormalization`` (onnxruntime): sum, then normalisation; the fourth output is the sum."""
    shape = op.sizes(0)
    leading: Shape = op.shape(0) if shape is None else (*shape[:-1], 1)
    return Result(op.shape(0), leading, leading, op.shape(0))


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


# ---------------------------------------------------------------------- optimizers


def optimizer(op: Op, states: int) -> Result:
    """A step of an optimizer: each tensor and its ``states`` come back with their shapes."""
    many = max(0, (len(op.inputs) - 2) // (states + 2))
    kept = [op.shape(2 + i) for i in range(many)]
    for state in range(states):
        kept += [op.shape(2 + (2 + state) * many + i) for i in range(many)]
    return Result(*kept, unknown=f"{op.node.op} is a step of training")


def adagrad(op: Op) -> Result:
    """``Adagrad``, ``Momentum``: one state for each tensor."""
    return optimizer(op, 1)


def adam(op: Op) -> Result:
    """``Adam``: two states for each tensor."""
    return optimizer(op, 2)


def training(op: Op) -> Result:
    """``Gradient``: of a graph, not of shapes."""
    shapes = [op.shape(i) for i in range(len(op.node.outputs))]
    return Result(*shapes, unknown=f"{op.node.op} is a step of training")


# ---------------------------------------------------------------------- text


def string_split(op: Op) -> Result:
    """``StringSplit``: a new dimension as long as the longest text has parts."""
    shape = op.sizes(0)
    parts: Shape = op.shape(0) if shape is None else (*shape, Unknown(_DATA))
    return Result(parts, op.shape(0), dtypes=("string", "int64"))


def string_normalizer(op: Op) -> Result:
    """``StringNormalizer``: drops stop words."""
    shape = op.sizes(0)
    if shape is None or not shape:
        return Result(op.shape(0))
    return Result((*shape[:-1], Unknown(_DATA)))


def tf_idf(op: Op) -> Result:
    """``TfIdfVectorizer``: a count for each n-gram."""
    shape = op.sizes(0)
    width = max(op.ints("ngram_indexes") or (-1,)) + 1
    if shape is None:
        return Result(op.shape(0), dtypes=("float32",))
    return Result((*shape[:-1], width), dtypes=("float32",))


# ---------------------------------------------------------------------- ai.onnx.ml


def learned_elsewhere(op: Op) -> Result:
    """Trees, support vectors, linear models: what they learned is in attributes; shapes only where they are simple."""
    shape = op.sizes(0)
    rows: Dim = Unknown(_DATA) if not shape else shape[0] if len(shape) > 1 else 1
    width: Dim = Unknown(_DATA)
    if op.node.op in ("TreeEnsembleRegressor", "TreeEnsemble", "SVMRegressor"):
        width = op.whole("n_targets", 1)
    elif op.node.op == "LinearRegressor":
        width = op.whole("targets", 1)
    labels = len(op.ints("classlabels_int64s") or op.ints("classlabels_ints") or ())
    reason = f"what {op.node.op} learned lies in its attributes, which are not counted"
    if "Classifier" in op.node.op:
        return Result((rows,), (rows, labels if labels else Unknown(_DATA)), unknown=reason)
    return Result((rows, width), unknown=reason)


def ml_features(op: Op) -> Result:
    """``FeatureVectorizer``, ``OneHotEncoder``, ``DictVectorizer`` and their like: widths by attributes."""
    shape = op.sizes(0)
    if op.node.op == "OneHotEncoder":
        found = op.attribute("cats_int64s")
        texts = op.attribute("cats_strings") or {}
        count = len((found or {}).get("ints", ())) or len(texts.get("strings", ()))
        return Result(op.shape(0) if shape is None else (*shape, count), dtypes=("float32",))
    if op.node.op == "ArrayFeatureExtractor":
        picked = op.sizes(1)
        last: Dim = picked[-1] if picked else Unknown(_DATA)
        return Result(Unknown(_DATA) if not shape else (*(shape[:-1] if len(shape) > 1 else (1,)), last))
    return Result((shape[0] if shape else Unknown(_DATA), Unknown(_DATA)))


def zip_map(op: Op) -> Result:
    """``ZipMap``, ``CastMap``: maps."""
    return Result(Value(Unknown("a map has no shape")))


# ---------------------------------------------------------------------- onnxruntime's fused operators


def bias_activation(op: Op) -> Result:
    """``BiasGelu``, ``FastGelu``, ``BiasSplitGelu``, ``QuickGelu``: the shape stays (or halves)."""
    shape = op.sizes(0)
    if op.node.op == "BiasSplitGelu" and shape:
        last = shape[-1]
        return Result((*shape[:-1], last if isinstance(last, Unknown) else last // 2))
    return Result(op.shape(0))


def embed_layer_norm(op: Op) -> Result:
    """``EmbedLayerNormalization``: word, position and segment tables, summed and normalised."""
    ids, table = op.sizes(0), wants_rank(op.shape(2), 2, op.node.op)
    width: Dim = Unknown("its shape is not known") if table is None else table[1]
    output: Shape = op.shape(0) if ids is None else (*ids, width)
    return Result(output, (ids[0],) if ids else Unknown(_DATA), output)


def quantised_pair(op: Op) -> Result:
    """``QLinearAdd``, ``QLinearMul``: A with scale and zero point, B with both, broadcast."""
    return Result(broadcast(op.shape(0), op.shape(3)))


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
