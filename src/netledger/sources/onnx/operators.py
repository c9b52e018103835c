"""The table of operators: which rule reads each, what its stored inputs are, and which inputs are never parameters.

Every operator of ONNX 1.23 (operator set 28, ``ai.onnx.ml``, the previews) has a line here, and onnxruntime's common
ones under ``com.microsoft``; what has none is Unknown by its name.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.onnx.values import Rule

MS = "com.microsoft."
ML = "ai.onnx.ml."
TRAINING = "ai.onnx.preview.training."

_RULES = {
    "simple:same": (
        "Abs Acos Acosh Asin Asinh Atan Atanh Bernoulli BitwiseNot Ceil Clip Cos Cosh CumProd CumSum Erf Exp "
        "Floor Hardmax InstanceNormalization GroupNormalization LpNormalization MeanVarianceNormalization Log "
        "Neg RandomNormalLike RandomUniformLike Reciprocal ReverseSequence RotaryEmbedding Round Scatter "
        "ScatterElements ScatterND Shrink Sign Sin Sinh Sqrt Swish SwiGLU Tan TensorScatter ThresholdedRelu "
        "Trilu Identity com.microsoft.RotaryEmbedding com.microsoft.QLinearSigmoid "
        "com.microsoft.QLinearLeakyRelu com.microsoft.QLinearSoftmax com.microsoft.GroupNorm "
        "com.microsoft.SkipGroupNorm ai.onnx.ml.Binarizer ai.onnx.ml.Imputer ai.onnx.ml.Normalizer "
        "ai.onnx.ml.Scaler ai.onnx.ml.LabelEncoder ai.onnx.ml.CategoryMapper"
    ),
    "simple:activation": (
        "Relu Sigmoid Tanh LeakyRelu Elu Selu Celu Gelu HardSigmoid HardSwish Mish Softplus Softsign Softmax "
        "LogSoftmax com.microsoft.Gelu"
    ),
    "simple:truth": "Not IsInf IsNaN RegexFullMatch",
    "simple:cast": "Cast CastLike BitCast",
    "simple:dropout": "Dropout",
    "simple:elementwise": (
        "Add Sub Mul Div Pow Mod Max Min Sum Mean And Or Xor BitShift BitwiseAnd BitwiseOr BitwiseXor StringConcat"
    ),
    "simple:comparison": "Equal Greater GreaterOrEqual Less LessOrEqual",
    "simple:select": "Where",
    "simple:prelu": "PRelu",
    "simple:reduce": (
        "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum "
        "ReduceSumSquare"
    ),
    "simple:arg_reduce": "ArgMax ArgMin",
    "simple:top_k": "TopK",
    "simple:describe_shape": "Shape",
    "simple:count": "Size SequenceLength",
    "simple:flag": "OptionalHasElement",
    "simple:like_index": "GatherElements",
    "simple:non_zero": "NonZero",
    "simple:compress": "Compress",
    "simple:unique": "Unique",
    "simple:determinant": "Det",
    "simple:loss": "NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss",
    "simple:dynamic_quantize": "DynamicQuantizeLinear",
    "simple:quantize": "QuantizeLinear com.microsoft.QuantizeLinear",
    "simple:dequantize": "DequantizeLinear com.microsoft.DequantizeLinear",
    "simple:non_max_suppression": "NonMaxSuppression",
    "simple:sequence_construct": "SequenceConstruct",
    "simple:sequence": "SequenceEmpty SequenceErase SequenceInsert SplitToSequence",
    "simple:sequence_at": "SequenceAt OptionalGetElement",
    "simple:concat_from_sequence": "ConcatFromSequence",
    "simple:optional": "Optional",
    "constants:constant": "Constant",
    "constants:constant_of_shape": "ConstantOfShape",
    "constants:eye_like": "EyeLike",
    "constants:random": "RandomNormal RandomUniform",
    "constants:multinomial": "Multinomial",
    "constants:window": "BlackmanWindow HammingWindow HannWindow",
    "constants:number_range": "Range",
    "constants:one_hot": "OneHot",
    "moving:reshape": "Reshape",
    "moving:flatten": "Flatten",
    "moving:squeeze": "Squeeze",
    "moving:unsqueeze": "Unsqueeze",
    "moving:transpose": "Transpose",
    "moving:concat": "Concat",
    "moving:split": "Split",
    "moving:slicing": "Slice",
    "moving:gather": "Gather",
    "moving:gather_nd": "GatherND",
    "moving:expand": "Expand",
    "moving:tile": "Tile",
    "moving:pad": "Pad com.microsoft.Pad",
    "moving:depth_to_space": "DepthToSpace SpaceToDepth",
    "resizing:pool": "MaxPool AveragePool LpPool",
    "resizing:global_pool": "GlobalAveragePool GlobalMaxPool GlobalLpPool",
    "resizing:max_unpool": "MaxUnpool",
    "resizing:roi_pool": "MaxRoiPool RoiAlign",
    "resizing:resize": "Resize Upsample",
    "resizing:center_crop_pad": "CenterCropPad",
    "resizing:col2im": "Col2Im",
    "resizing:affine_grid": "AffineGrid",
    "resizing:grid_sample": "GridSample",
    "resizing:image_decoder": "ImageDecoder",
    "contracting:conv": "Conv DeformConv com.microsoft.FusedConv",
    "contracting:conv_integer": "ConvInteger",
    "contracting:qlinear_conv": "QLinearConv",
    "contracting:transposed": "ConvTranspose",
    "contracting:plain_matmul": "MatMul",
    "contracting:matmul_integer": "MatMulInteger",
    "contracting:qlinear_matmul": "QLinearMatMul",
    "contracting:matmul_to_float": "com.microsoft.MatMulIntegerToFloat com.microsoft.DynamicQuantizeMatMul",
    "contracting:fused_matmul": (
        "com.microsoft.FusedMatMul com.microsoft.TransposeMatMul com.microsoft.FusedMatMulActivation"
    ),
    "contracting:gemm": "Gemm com.microsoft.FusedGemm",
    "contracting:q_gemm": "com.microsoft.QGemm",
    "contracting:matmul_nbits": "com.microsoft.MatMulNBits com.microsoft.MatMulBnb4 com.microsoft.MatMulFpQ4",
    "contracting:einsum": "Einsum",
    "attention:attention": "Attention ai.onnx.preview.FlexAttention",
    "attention:linear_attention": "LinearAttention",
    "attention:causal_conv": "CausalConvWithState",
    "attention:ms_attention": "com.microsoft.Attention",
    "attention:multi_head_attention": "com.microsoft.MultiHeadAttention",
    "attention:grouped_attention": "com.microsoft.GroupQueryAttention",
    "attention:recurrent": "LSTM GRU RNN",
    "attention:dft": "DFT",
    "attention:stft": "STFT",
    "attention:mel_weights": "MelWeightMatrix",
    "others:batch_norm": "BatchNormalization",
    "others:layer_norm": "LayerNormalization RMSNormalization SimplifiedLayerNormalization",
    "others:skip_layer_norm": "com.microsoft.SkipLayerNormalization com.microsoft.SkipSimplifiedLayerNormalization",
    "others:lrn": "LRN",
    "others:adagrad": "ai.onnx.preview.training.Adagrad ai.onnx.preview.training.Momentum",
    "others:adam": "ai.onnx.preview.training.Adam",
    "others:training": "ai.onnx.preview.training.Gradient",
    "others:string_split": "StringSplit",
    "others:string_normalizer": "StringNormalizer",
    "others:tf_idf": "TfIdfVectorizer",
    "others:learned_elsewhere": (
        "ai.onnx.ml.LinearClassifier ai.onnx.ml.LinearRegressor ai.onnx.ml.SVMClassifier "
        "ai.onnx.ml.SVMRegressor ai.onnx.ml.TreeEnsemble ai.onnx.ml.TreeEnsembleClassifier "
        "ai.onnx.ml.TreeEnsembleRegressor"
    ),
    "others:ml_features": (
        "ai.onnx.ml.FeatureVectorizer ai.onnx.ml.OneHotEncoder ai.onnx.ml.DictVectorizer "
        "ai.onnx.ml.ArrayFeatureExtractor"
    ),
    "others:zip_map": "ai.onnx.ml.ZipMap ai.onnx.ml.CastMap",
    "others:bias_activation": (
        "com.microsoft.BiasGelu com.microsoft.FastGelu com.microsoft.QuickGelu com.microsoft.BiasSplitGelu "
        "com.microsoft.BiasAdd"
    ),
    "others:embed_layer_norm": "com.microsoft.EmbedLayerNormalization",
    "others:quantised_pair": "com.microsoft.QLinearAdd com.microsoft.QLinearMul",
    "others:quantised_concat": "com.microsoft.QLinearConcat",
}

RULES = {key: place for place, keys in _RULES.items() for key in keys.split()}
"""``operator → module:rule``. Those with bodies (``If``, ``Loop``, …) are in ``bodies.py``."""

_W, _B, _S, _Z = "weight", "bias", "scale", "zero_point"
ROLES: dict[str, dict[int, str]] = {
    "Conv": {1: _W, 2: _B},
    "ConvTranspose": {1: _W, 2: _B},
    MS + "FusedConv": {1: _W, 2: _B},
    "DeformConv": {1: _W, 3: _B},
    "CausalConvWithState": {1: _W, 2: _B},
    "ConvInteger": {1: _W, 2: _Z, 3: _Z},
    "QLinearConv": {1: _S, 2: _Z, 3: _W, 4: _S, 5: _Z, 6: _S, 7: _Z, 8: _B},
    "Gemm": {0: _W, 1: _W, 2: _B},
    MS + "FusedGemm": {0: _W, 1: _W, 2: _B},
    MS + "QGemm": {1: _S, 2: _Z, 3: _W, 4: _S, 5: _Z, 6: _B, 7: _S, 8: _Z},
    "MatMul": {0: _W, 1: _W},
    MS + "FusedMatMul": {0: _W, 1: _W},
    "MatMulInteger": {0: _W, 1: _W, 2: _Z, 3: _Z},
    MS + "MatMulIntegerToFloat": {0: _W, 1: _W, 2: _S, 3: _S, 4: _Z, 5: _Z, 6: _B},
    MS + "DynamicQuantizeMatMul": {1: _W, 2: _S, 3: _Z, 4: _B},
    "QLinearMatMul": {0: _W, 1: _S, 2: _Z, 3: _W, 4: _S, 5: _Z, 6: _S, 7: _Z},
    MS + "MatMulNBits": {1: _W, 2: _S, 3: _Z, 4: "constant", 5: _B},
    MS + "MatMulBnb4": {1: _W, 2: _S},
    MS + "MatMulFpQ4": {1: _W},
    "Einsum": {},
    "LSTM": {1: _W, 2: _W, 3: _B, 4: "constant", 5: "constant", 6: "constant", 7: _W},
    "GRU": {1: _W, 2: _W, 3: _B, 4: "constant", 5: "constant"},
    "RNN": {1: _W, 2: _W, 3: _B, 4: "constant", 5: "constant"},
    "BatchNormalization": {1: _W, 2: _B, 3: "running_statistic", 4: "running_statistic"},
    "InstanceNormalization": {1: _W, 2: _B},
    "GroupNormalization": {1: _W, 2: _B},
    "LayerNormalization": {1: _W, 2: _B},
    "RMSNormalization": {1: _W},
    MS + "SkipLayerNormalization": {2: _W, 3: _B, 4: _B},
    MS + "SkipSimplifiedLayerNormalization": {2: _W, 3: _B},
    MS + "EmbedLayerNormalization": {2: _W, 3: _W, 4: _W, 5: _W, 6: _B},
    MS + "BiasGelu": {1: _B},
    MS + "FastGelu": {1: _B},
    MS + "Attention": {1: _W, 2: _B, 3: "constant", 4: "constant", 5: "constant"},
    MS + "MultiHeadAttention": {3: _B, 4: "constant", 5: "constant"},
    MS + "GroupQueryAttention": {5: "constant", 6: "constant", 7: "constant", 8: "constant"},
    MS + "QLinearAdd": {1: _S, 2: _Z, 3: _B, 4: _S, 5: _Z, 6: _S, 7: _Z},
    MS + "QLinearMul": {1: _S, 2: _Z, 3: _W, 4: _S, 5: _Z, 6: _S, 7: _Z},
    "PRelu": {1: _W},
    "Gather": {0: _W, 1: "constant"},
    "Add": {0: _B, 1: _B},
    "Sum": dict.fromkeys(range(8), _B),
    "Sub": {0: _B, 1: _B},
    "DequantizeLinear": {0: _W, 1: _S, 2: _Z},
    MS + "DequantizeLinear": {0: _W, 1: _S, 2: _Z},
    "QuantizeLinear": {0: _W, 1: _S, 2: _Z},
    MS + "QuantizeLinear": {0: _W, 1: _S, 2: _Z},
}
"""What a stored input is, by its place. Elsewhere: a weight."""

QUANTISED = frozenset(
    ("ConvInteger", "QLinearConv", "MatMulInteger", "QLinearMatMul", MS + "QGemm", MS + "MatMulNBits",
     MS + "MatMulBnb4", MS + "MatMulFpQ4", MS + "MatMulIntegerToFloat", MS + "DynamicQuantizeMatMul",
     "DequantizeLinear",
     MS + "DequantizeLinear", MS + "QLinearAdd", MS + "QLinearMul", "Conv", "Gemm", "MatMul", "ConvTranspose")
)  # fmt: skip
"""Operators whose integer weights are learned values; an integer tensor elsewhere is a constant."""

_CONSTANTS = (
    "Clip Pad Resize Upsample Where Pow Max Min Mod Range OneHot Equal Greater Less GreaterOrEqual LessOrEqual "
    "And Or Xor ScatterND ScatterElements Scatter TopK Slice Tile Expand Reshape Dropout NonMaxSuppression "
    "Attention STFT DFT RotaryEmbedding com.microsoft.RotaryEmbedding GridSample AffineGrid Shape Size Trilu "
    "CumSum CumProd Loop Scan If NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss Bernoulli Not ReverseSequence "
    "Compress MelWeightMatrix RoiAlign MaxRoiPool SequenceConstruct SequenceInsert ConstantOfShape EyeLike "
    "CenterCropPad Col2Im"
)
CONSTANTS = frozenset(_CONSTANTS.split())
"""Operators whose stored inputs are settings, masks or limits: constants, never parameters."""


def rule_of(key: str) -> Rule | None:
    """The rule of an operator, ``None`` where it has none."""
    place = RULES.get(key)
    if place is None:
        return None
    import sys

    module, _, name = place.partition(":")
    module = f"netledger.sources.onnx.{module}"
    __import__(module)
    found: Rule = getattr(sys.modules[module], name)
    return found
