"""Text, tables, the classical models of ``ai.onnx.ml``, sequences and optionals, optimizers."""

from __future__ import annotations

from netledger.sources.onnx.ops import op
from netledger.sources.onnx.values import Op, Result, Value
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim, Shape


_DATA = "a size depends on the data"


def optimizer(op: Op, states: int) -> Result:
    """A step of an optimizer: each tensor and its ``states`` come back with their shapes."""
    many = max(0, (len(op.inputs) - 2) // (states + 2))
    kept = [op.shape(2 + i) for i in range(many)]
    for state in range(states):
        kept += [op.shape(2 + (2 + state) * many + i) for i in range(many)]
    return Result(*kept, unknown=f"{op.node.op} is a step of training")


@op("ai.onnx.preview.training.Adagrad ai.onnx.preview.training.Momentum")
def adagrad(op: Op) -> Result:
    """``Adagrad``, ``Momentum``: one state for each tensor."""
    return optimizer(op, 1)


@op("ai.onnx.preview.training.Adam")
def adam(op: Op) -> Result:
    """``Adam``: two states for each tensor."""
    return optimizer(op, 2)


@op("ai.onnx.preview.training.Gradient")
def training(op: Op) -> Result:
    """``Gradient``: of a graph, not of shapes."""
    shapes = [op.shape(i) for i in range(len(op.node.outputs))]
    return Result(*shapes, unknown=f"{op.node.op} is a step of training")


@op("StringSplit")
def string_split(op: Op) -> Result:
    """``StringSplit``: a new dimension as long as the longest text has parts."""
    shape = op.sizes(0)
    parts: Shape = op.shape(0) if shape is None else (*shape, Unknown(_DATA))
    return Result(parts, op.shape(0), dtypes=("string", "int64"))


@op("StringNormalizer")
def string_normalizer(op: Op) -> Result:
    """``StringNormalizer``: drops stop words."""
    shape = op.sizes(0)
    if shape is None or not shape:
        return Result(op.shape(0))
    return Result((*shape[:-1], Unknown(_DATA)))


@op("TfIdfVectorizer")
def tf_idf(op: Op) -> Result:
    """``TfIdfVectorizer``: a count for each n-gram."""
    shape = op.sizes(0)
    width = max(op.ints("ngram_indexes") or (-1,)) + 1
    if shape is None:
        return Result(op.shape(0), dtypes=("float32",))
    return Result((*shape[:-1], width), dtypes=("float32",))


_TREE = dict.fromkeys(("nodes_values", "class_weights", "target_weights", "nodes_splits", "leaf_weights"), "weight") | {
    "base_values": "bias"
}
_VECTORS = {"support_vectors": "weight", "coefficients": "weight", "rho": "bias", "prob_a": "weight", "prob_b": "bias"}


@op("ai.onnx.ml.LinearClassifier ai.onnx.ml.LinearRegressor")
def linear_model(op: Op) -> Result:
    """``LinearClassifier``, ``LinearRegressor``: a matrix in an attribute, applied to every row."""
    rows, width = _rows(op)
    held = op.attribute("coefficients") or {}
    terms = ((("N", rows), ("coefficients", len(held.get("floats", ())))),)
    return Result(
        *_classes(op, rows, width), terms=terms, attribute_roles={"coefficients": "weight", "intercepts": "bias"}
    )


@op("ai.onnx.ml.SVMClassifier ai.onnx.ml.SVMRegressor")
def support_vectors(op: Op) -> Result:
    """``SVMClassifier``, ``SVMRegressor``: support vectors in attributes; what a kernel costs is not agreed."""
    reason = f"{op.node.op} compares with support vectors by a kernel, whose multiply-accumulates are not agreed"
    return Result(*_classes(op, *_rows(op)), unknown=reason, attribute_roles=_VECTORS)


@op("ai.onnx.ml.TreeEnsemble ai.onnx.ml.TreeEnsembleClassifier ai.onnx.ml.TreeEnsembleRegressor")
def trees(op: Op) -> Result:
    """Trees: thresholds and leaves in attributes; how far down a row goes depends on the data."""
    reason = f"how many nodes of its trees {op.node.op} visits depends on the data"
    return Result(*_classes(op, *_rows(op)), unknown=reason, attribute_roles=_TREE)


def _rows(op: Op) -> tuple[Dim, Dim]:
    """How many examples there are, and how many values each gets."""
    shape = op.sizes(0)
    rows: Dim = Unknown(_DATA) if not shape else shape[0] if len(shape) > 1 else 1
    return rows, op.whole("targets" if op.node.op == "LinearRegressor" else "n_targets", 1)


def _classes(op: Op, rows: Dim, width: Dim) -> tuple[Shape, ...]:
    if "Classifier" not in op.node.op:
        return ((rows, width),)
    names = ("classlabels_int64s", "classlabels_ints", "classlabels_strings")
    labels = max([len(values) for name in names for values in (op.attribute(name) or {}).values()
                  if isinstance(values, list)], default=0)  # fmt: skip
    return (rows,), (rows, labels or Unknown(_DATA))


@op(
    "ai.onnx.ml.FeatureVectorizer ai.onnx.ml.OneHotEncoder ai.onnx.ml.DictVectorizer ai.onnx.ml.ArrayFeatureExtractor",
)
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


@op("ai.onnx.ml.ZipMap ai.onnx.ml.CastMap")
def zip_map(op: Op) -> Result:
    """``ZipMap``, ``CastMap``: maps."""
    return Result(Value(Unknown("a map has no shape")))


@op("SequenceConstruct", learns=False)
def sequence_construct(op: Op) -> Result:
    """``SequenceConstruct``: what is known of its parts is known of the whole."""
    parts = [value for value in op.inputs if value is not None]
    shapes = {value.shape for value in parts}
    element = Value(shapes.pop() if len(shapes) == 1 else Unknown("the parts differ"), op.dtype())
    return Result(Value(Unknown("a sequence has no shape"), op.dtype(), element=element))


@op("SequenceEmpty SequenceErase SplitToSequence")
@op("SequenceInsert", learns=False)
def sequence(op: Op) -> Result:
    """An operator whose output is a sequence."""
    return Result(Value(Unknown("a sequence has no shape"), op.dtype()))


@op("SequenceAt OptionalGetElement")
def sequence_at(op: Op) -> Result:
    """``SequenceAt``, ``OptionalGetElement``: one part."""
    value = op.value(0)
    if value is not None and value.element is not None:
        return Result(value.element)
    if op.node.op.startswith("Optional") and value is not None:
        return Result(Value(value.shape, value.dtype, element=value.element))
    return Result(Unknown("the parts of a sequence have no known shape"))


@op("ConcatFromSequence")
def concat_from_sequence(op: Op) -> Result:
    """``ConcatFromSequence``: as many parts as the sequence has."""
    return Result(Unknown("the length of a sequence is not known"))


@op("Optional")
def optional(op: Op) -> Result:
    """``Optional``: what it holds."""
    value = op.value(0)
    return Result(value if value is not None else Unknown("an empty optional"))


@op("OptionalHasElement")
def flag(op: Op) -> Result:
    """``OptionalHasElement``: one truth value."""
    return Result((), dtypes=("bool",))
