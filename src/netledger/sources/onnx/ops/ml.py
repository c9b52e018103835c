"""Text, tables, the classical models of ``ai.onnx.ml``, sequences and optionals, optimizers."""

from __future__ import annotations

from netledger.sources.onnx.ops import op
from netledger.sources.onnx.values import NO_SHAPE, Op, Result, Value
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.network import Dim, Shape
    from netledger.sources.onnx.values import Fields, Floats, Ints


_DATA = "a size depends on the data"


def _optimized(op: Op, inputs: Sequence[Value | None], states: int) -> Result:
    """A step of an optimizer: each tensor and its ``states`` come back with their shapes."""
    shapes = [NO_SHAPE if each is None else each.shape for each in inputs]
    many = len(inputs) // (states + 2)
    kept = shapes[:many]
    for state in range(states):
        kept += shapes[(2 + state) * many : (3 + state) * many]
    return Result(*kept, unknown=f"{op.node.op} is a step of training")


@op("ai.onnx.preview.training.Adagrad ai.onnx.preview.training.Momentum")
def adagrad(op: Op, R: Value, T: Value, *inputs: Value | None) -> Result:
    """``Adagrad``, ``Momentum``: one state for each tensor."""
    return _optimized(op, inputs, 1)


@op("ai.onnx.preview.training.Adam")
def adam(op: Op, R: Value, T: Value, *inputs: Value | None) -> Result:
    """``Adam``: two states for each tensor."""
    return _optimized(op, inputs, 2)


@op("ai.onnx.preview.training.Gradient")
def training(op: Op, *Inputs: Value | None) -> Result:
    """``Gradient``: of a graph, not of shapes."""
    shapes = [NO_SHAPE if each is None else each.shape for each in Inputs[: len(op.node.outputs)]]
    return Result(*shapes, unknown=f"{op.node.op} is a step of training")


@op("StringSplit")
def string_split(op: Op, X: Value) -> Result:
    """``StringSplit``: a new dimension as long as the longest text has parts."""
    shape = X.sizes
    parts: Shape = X.shape if shape is None else (*shape, Unknown(_DATA))
    return Result(parts, X.shape, dtypes=("string", "int64"))


@op("StringNormalizer")
def string_normalizer(op: Op, X: Value) -> Result:
    """``StringNormalizer``: drops stop words."""
    shape = X.sizes
    return Result((*shape[:-1], Unknown(_DATA)) if shape else X.shape)


@op("com.microsoft.Tokenizer")
def tokenizer(op: Op, X: Value) -> Result:
    """``Tokenizer``: a new dimension as long as the longest text has words."""
    shape = X.sizes
    return Result(X.shape if shape is None else (*shape, Unknown(_DATA)))


@op("TfIdfVectorizer", arrays="weights=statistic")
def tf_idf(op: Op, X: Value, *, ngram_indexes: Ints = None) -> Result:
    """``TfIdfVectorizer``: a count for each n-gram."""
    shape = X.sizes
    width = max(ngram_indexes or (-1,)) + 1
    return Result(X.shape if shape is None else (*shape[:-1], width), dtypes=("float32",))


_LINEAR = "coefficients=weight intercepts=bias"
_VECTORS = "support_vectors=weight coefficients=weight rho=bias prob_a=weight prob_b=bias"
_TREES = " ".join(
    [f"{name}{ending}={'bias' if name == 'base_values' else 'weight'}"
     for name in ("nodes_values", "class_weights", "target_weights", "base_values")
     for ending in ("", "_as_tensor")]
)  # fmt: skip


@op("ai.onnx.ml.LinearRegressor", arrays=_LINEAR)
def linear_regressor(op: Op, X: Value, *, coefficients: Floats = None, targets: int = 1) -> Result:
    """``LinearRegressor``: a matrix in an attribute, applied to every row."""
    rows = _rows(X)
    return _linear_model(((rows, targets),), rows, coefficients)


@op("ai.onnx.ml.LinearClassifier", arrays=_LINEAR)
def linear_classifier(
    op: Op, X: Value, *, coefficients: Floats = None, classlabels_ints: Ints = None, classlabels_strings: Fields = None
) -> Result:
    """``LinearClassifier``: the same, with a label and a score for each class."""
    rows = _rows(X)
    return _linear_model(_labels(rows, classlabels_ints, classlabels_strings), rows, coefficients)


def _linear_model(outputs: tuple[Shape, ...], rows: Dim, coefficients: Floats) -> Result:
    terms = ((("N", rows), ("coefficients", len(coefficients or ()))),)
    return Result(*outputs, terms=terms)


@op("ai.onnx.ml.SVMRegressor", arrays=_VECTORS)
def svm_regressor(op: Op, X: Value) -> Result:
    """``SVMRegressor``: support vectors in attributes; what a kernel costs is not agreed."""
    return _support_vectors(op, ((_rows(X), 1),))


@op("ai.onnx.ml.SVMClassifier", arrays=_VECTORS)
def svm_classifier(op: Op, X: Value, *, classlabels_ints: Ints = None, classlabels_strings: Fields = None) -> Result:
    """``SVMClassifier``: the same, with a label and a score for each class."""
    return _support_vectors(op, _labels(_rows(X), classlabels_ints, classlabels_strings))


def _support_vectors(op: Op, outputs: tuple[Shape, ...]) -> Result:
    reason = f"{op.node.op} compares with support vectors by a kernel, whose multiply-accumulates are not agreed"
    return Result(*outputs, unknown=reason)


@op("ai.onnx.ml.TreeEnsembleRegressor", arrays=_TREES)
@op("ai.onnx.ml.TreeEnsemble", arrays="nodes_splits=weight leaf_weights=weight membership_values=weight")
def trees(op: Op, X: Value, *, n_targets: int = 1) -> Result:
    """Trees: thresholds and leaves in attributes; how far down a row goes depends on the data."""
    return _trees(op, ((_rows(X), n_targets),))


@op("ai.onnx.ml.TreeEnsembleClassifier", arrays=_TREES)
def tree_classifier(op: Op, X: Value, *, classlabels_int64s: Ints = None, classlabels_strings: Fields = None) -> Result:
    """``TreeEnsembleClassifier``: the same, with a label and a score for each class."""
    return _trees(op, _labels(_rows(X), classlabels_int64s, classlabels_strings))


def _trees(op: Op, outputs: tuple[Shape, ...]) -> Result:
    reason = f"how many nodes of its trees {op.node.op} visits depends on the data"
    return Result(*outputs, unknown=reason)


def _rows(X: Value) -> Dim:
    """How many examples there are."""
    shape = X.sizes
    return Unknown(_DATA) if not shape else shape[0] if len(shape) > 1 else 1


def _labels(rows: Dim, whole: Ints, texts: Fields) -> tuple[Shape, ...]:
    """A label for each row, and a score for each class."""
    classes = max(len(whole or ()), len((texts or {}).get("strings", ())))
    return (rows,), (rows, classes or Unknown(_DATA))


@op("ai.onnx.ml.OneHotEncoder")
def one_hot_encoder(op: Op, X: Value, *, cats_int64s: Ints = None, cats_strings: Fields = None) -> Result:
    """``OneHotEncoder``: a new dimension, a place for each category."""
    shape = X.sizes
    count = len(cats_int64s or ()) or len((cats_strings or {}).get("strings", ()))
    return Result(X.shape if shape is None else (*shape, count), dtypes=("float32",))


@op("ai.onnx.ml.ArrayFeatureExtractor")
def array_feature_extractor(op: Op, X: Value, Y: Value) -> Result:
    """``ArrayFeatureExtractor``: the columns that Y names."""
    shape, picked = X.sizes, Y.sizes
    last: Dim = picked[-1] if picked else Unknown(_DATA)
    return Result(Unknown(_DATA) if not shape else (*(shape[:-1] if len(shape) > 1 else (1,)), last))


@op("ai.onnx.ml.FeatureVectorizer ai.onnx.ml.DictVectorizer")
def vectorizer(op: Op, X: Value) -> Result:
    """``FeatureVectorizer``, ``DictVectorizer``: a row for each example."""
    shape = X.sizes
    return Result((shape[0] if shape else Unknown(_DATA), Unknown(_DATA)))


@op("ai.onnx.ml.ZipMap ai.onnx.ml.CastMap")
def zip_map(op: Op) -> Result:
    """``ZipMap``, ``CastMap``: maps."""
    return Result(Value(Unknown("a map has no shape")))


@op("SequenceConstruct", learns=False)
def sequence_construct(op: Op, *inputs: Value | None) -> Result:
    """``SequenceConstruct``: what is known of its parts is known of the whole."""
    shapes = {value.shape for value in inputs if value is not None}
    element = Value(shapes.pop() if len(shapes) == 1 else Unknown("the parts differ"), op.dtype)
    return Result(Value(Unknown("a sequence has no shape"), op.dtype, element=element))


@op("SequenceEmpty SequenceErase SplitToSequence")
@op("SequenceInsert", learns=False)
def sequence(op: Op) -> Result:
    """An operator whose output is a sequence."""
    return Result(Value(Unknown("a sequence has no shape"), op.dtype))


@op("SequenceAt")
def sequence_at(op: Op, input_sequence: Value) -> Result:
    """``SequenceAt``: one part."""
    if input_sequence.element is not None:
        return Result(input_sequence.element)
    return Result(Unknown("the parts of a sequence have no known shape"))


@op("OptionalGetElement")
def optional_get(op: Op, input: Value) -> Result:
    """``OptionalGetElement``: what it holds."""
    return Result(input.element if input.element is not None else Value(input.shape, input.dtype))


@op("ConcatFromSequence")
def concat_from_sequence(op: Op) -> Result:
    """``ConcatFromSequence``: as many parts as the sequence has."""
    return Result(Unknown("the length of a sequence is not known"))


@op("Optional")
def optional(op: Op, input: Value | None = None) -> Result:
    """``Optional``: what it holds."""
    return Result(input if input is not None else Unknown("an empty optional"))


@op("OptionalHasElement")
def flag(op: Op) -> Result:
    """``OptionalHasElement``: one truth value."""
    return Result((), dtypes=("bool",))
