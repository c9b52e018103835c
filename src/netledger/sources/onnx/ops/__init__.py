"""ONNX's operators, each declared once: how its shapes follow, what its stored inputs are, how small constants fold.

    @op("Conv", roles="- weight bias")
    def conv(op: Op, X: Value, W: Value, B: Value | None = None, *, group: int = 1) -> Result: ...

    @folds("Gather")
    def fold_gather(op: Op, shapes: Sequence[Shape], data: Value, indices: Value, *, axis: int = 0) -> Constant: ...

Inputs and attributes are named as ONNX's specification names them, their defaults are its defaults
(:class:`~netledger.sources.onnx.values.Signature` binds them); a rule for many operators names the first one's.

A family is a file, imported when a model has one of its operators. Every operator of ONNX 1.23 (operator set 28,
``ai.onnx.ml``, the previews) has a line here, and onnxruntime's common ones under ``com.microsoft``; one that has none
is Unknown by its name. Those with bodies (``If``, ``Loop``, …) are in ``control_flow.py``.
"""

from __future__ import annotations

from netledger.registry import Table, place_of
from netledger.sources.onnx.values import Signature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from netledger.sources.onnx.quick import CallKind
    from netledger.sources.onnx.values import Op, Result

    Rule = Callable[..., Result]
    Fold = Callable[..., Any]


class Operator:
    """One operator: its rule, and what it takes its stored inputs for.

    ``roles`` are the roles of its inputs by place (``None``: nothing special, so a weight). ``learns`` is false where
    stored inputs are settings, masks or limits. ``hands_on`` operators pass their first input on in another shape: an
    initializer there is learned (a class token, positions). ``integers``: integers stored as weight or bias are learned
    values; elsewhere an integer tensor is a constant. ``always``: a single value is learned too. ``arrays`` are the
    roles of the arrays in its attributes that hold what was learned or estimated; ``codes``: where they are no whole
    numbers.
    """

    __slots__ = ("always", "arrays", "hands_on", "integers", "key", "learns", "roles", "rule", "signature")

    def __init__(
        self, key: str, rule: Rule, roles: tuple[str | None, ...] = (), *, learns: bool = True, hands_on: bool = False,
        integers: bool = False, always: bool = False, arrays: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.key, self.rule, self.roles, self.learns = key, rule, roles, learns
        self.hands_on, self.integers, self.always, self.arrays = hands_on, integers, always, arrays or {}
        self.signature = Signature(rule)

    def say(self, op: Op) -> Result:
        """What the rule says of a node."""
        result: Result = self.signature.call(op)
        return result

    def role(self, index: int) -> str | None:
        """What input ``index`` is, where that is declared; the last role of a row that ends in ``…`` goes on."""
        if self.roles and self.roles[-1] == "…":
            return self.roles[min(index, len(self.roles) - 2)]
        return self.roles[index] if index < len(self.roles) else None


FOLDS: Table[Signature] = Table("folding of ONNX operator")
"""How the numbers of an operator's outputs follow, of the families imported so far."""

_WORDS = {"-": None, "zero": "zero_point", "statistic": "running_statistic"}


def op(
    keys: str, roles: str = "", *, learns: bool = True, hands_on: bool = False, integers: bool = False,
    always: bool = False, arrays: str = "",
) -> Callable[[Rule], Rule]:  # fmt: skip
    """Register a rule for the operators named; a second owner of a name is a ``UsageError``."""
    places = tuple([_WORDS.get(word, word) for word in roles.split()])
    pairs = [word.partition("=") for word in arrays.split()]
    held = {name: _WORDS.get(role, role) or "" for name, _, role in pairs}

    def register(rule: Rule) -> Rule:
        for key in keys.split():
            found = Operator(
                key, rule, places, learns=learns, hands_on=hands_on, integers=integers, always=always, arrays=held
            )
            _operators.register(key, found, place_of(rule))
        return rule

    return register


def folds(keys: str) -> Callable[[Fold], Fold]:
    """Register how the numbers of these operators' outputs follow from those of their inputs."""

    def register(fold: Fold) -> Fold:
        for key in keys.split():
            FOLDS.register(key, Signature(fold, before=2), place_of(fold))
        return fold

    return register


def operator(key: str) -> Operator | None:
    """An operator by its name with its domain; ``None`` where nobody has declared it."""
    return _operators.find(key)


def holds_arrays(call: CallKind) -> bool:
    """Whether the arrays in an operator's attributes are values that the model keeps, and no settings."""
    return call.domain == "ai.onnx.ml" or call.key in _HOLDING


_HOLDING = frozenset(("StringNormalizer", "TfIdfVectorizer", "com.microsoft.Tokenizer"))
"""Such operators beside the classical models."""

_FAMILIES: dict[str, dict[str, str]] = {
    "attention": {
        "": "Attention LinearAttention",
        "ai.onnx.preview.": "FlexAttention",
        "com.microsoft.": "Attention GroupQueryAttention MultiHeadAttention QAttention",
    },
    "convolution": {
        "": "CausalConvWithState Conv ConvInteger ConvTranspose DeformConv QLinearConv",
        "com.microsoft.": "FusedConv NhwcConv NhwcFusedConv QLinearConv QLinearConvTranspose",
    },
    "elementwise": {
        "": "Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh Bernoulli BitCast "
        "BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Cast CastLike Ceil Celu Clip "
        "Compress Cos Cosh CumProd CumSum Div Dropout Elu Equal Erf Exp Floor Gelu Greater "
        "GreaterOrEqual GroupNormalization HardSigmoid HardSwish Hardmax Identity "
        "InstanceNormalization IsInf IsNaN LeakyRelu Less LessOrEqual Log LogSoftmax "
        "LpNormalization Max Mean MeanVarianceNormalization Min Mish Mod Mul Neg NonZero Not "
        "Or PRelu Pow RandomNormalLike RandomUniformLike Reciprocal ReduceL1 ReduceL2 "
        "ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum "
        "ReduceSumSquare RegexFullMatch Relu ReverseSequence RotaryEmbedding Round Scatter "
        "ScatterElements ScatterND Selu Shrink Sigmoid Sign Sin Sinh Softmax Softplus "
        "Softsign Sqrt StringConcat Sub Sum SwiGLU Swish Tan Tanh TensorScatter "
        "ThresholdedRelu TopK Trilu Unique Where Xor",
        "ai.onnx.ml.": "Binarizer CategoryMapper Imputer LabelEncoder Normalizer Scaler",
        "com.microsoft.": "Gelu GroupNorm RotaryEmbedding SkipGroupNorm",
    },
    "generators": {
        "": "Constant ConstantOfShape EyeLike Multinomial OneHot RandomNormal RandomUniform Range "
        "SequenceLength Shape Size",
    },
    "matmul": {
        "": "Det Einsum Gemm MatMul MatMulInteger QLinearMatMul",
        "com.microsoft.": "DynamicQuantizeMatMul FusedGemm FusedMatMul FusedMatMulActivation GemmFastGelu "
        "MatMulBnb4 MatMulFpQ4 MatMulInteger16 MatMulIntegerToFloat MatMulNBits MoE QGemm QMoE QOrderedMatMul "
        "TransposeMatMul",
    },
    "ml": {
        "": "ConcatFromSequence Optional OptionalGetElement OptionalHasElement SequenceAt "
        "SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SplitToSequence "
        "StringNormalizer StringSplit TfIdfVectorizer",
        "ai.onnx.ml.": "ArrayFeatureExtractor CastMap DictVectorizer FeatureVectorizer LinearClassifier "
        "LinearRegressor OneHotEncoder SVMClassifier SVMRegressor TreeEnsemble "
        "TreeEnsembleClassifier TreeEnsembleRegressor ZipMap",
        "com.microsoft.": "Tokenizer",
        "ai.onnx.preview.training.": "Adagrad Adam Gradient Momentum",
    },
    "normalization": {
        "": "BatchNormalization LRN LayerNormalization NegativeLogLikelihoodLoss RMSNormalization "
        "SimplifiedLayerNormalization SoftmaxCrossEntropyLoss",
        "com.microsoft.": "BiasAdd BiasGelu BiasSplitGelu EmbedLayerNormalization FastGelu QuickGelu "
        "SkipLayerNormalization SkipSimplifiedLayerNormalization",
    },
    "pooling": {
        "": "AveragePool GlobalAveragePool GlobalLpPool GlobalMaxPool LpPool MaxPool MaxRoiPool "
        "MaxUnpool NonMaxSuppression RoiAlign",
        "com.microsoft.": "NhwcMaxPool",
    },
    "quantization": {
        "": "DequantizeLinear DynamicQuantizeLinear QuantizeLinear",
        "com.microsoft.": "DequantizeLinear GatherBlockQuantized QEmbedLayerNormalization QLinearAdd "
        "QLinearAveragePool QLinearConcat QLinearGlobalAveragePool QLinearLeakyRelu "
        "QLinearMul QLinearSigmoid QLinearSoftmax QLinearWhere QuantizeLinear",
    },
    "recurrent": {
        "": "GRU LSTM RNN",
        "com.microsoft.": "DynamicQuantizeLSTM",
    },
    "reshape": {
        "": "Concat Flatten Gather GatherElements GatherND Reshape Slice Split Squeeze Transpose Unsqueeze",
    },
    "resize": {
        "": "AffineGrid CenterCropPad Col2Im DepthToSpace Expand GridSample ImageDecoder Pad "
        "Resize SpaceToDepth Tile Upsample",
        "com.microsoft.": "Pad",
    },
    "signal": {
        "": "BlackmanWindow DFT HammingWindow HannWindow MelWeightMatrix STFT",
    },
}

OPERATORS = {
    domain + name: family
    for family, domains in _FAMILIES.items()
    for domain, names in domains.items()
    for name in names.split()
}
"""``operator → module``, for every operator declared here."""
_operators: Table[Operator] = Table(
    "ONNX operator", {key: f"netledger.sources.onnx.ops.{family}" for key, family in OPERATORS.items()}
)
