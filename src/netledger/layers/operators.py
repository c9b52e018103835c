"""Operators of exchange formats that no PyTorch module stands for, under the names their format gives them.

They learn nothing by themselves - what is stored for them is counted by its shape - and most contract nothing. Those
that do carry their multiply-accumulates as named sizes in ``terms``, written there by the source that read them.
"""

from __future__ import annotations

from netledger.formula import ZERO, product, symbol, total
from netledger.layers import Call, Effect, rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.formula import Formula
    from netledger.network import Dim

    Terms = tuple[tuple[tuple[str, Dim], ...], ...]

MOVING = (
    "Reshape Flatten Squeeze Unsqueeze Transpose Concat Split Slice Gather GatherElements GatherND Expand Tile "
    "Pad Shape Size DepthToSpace SpaceToDepth Identity Cast CastLike BitCast Resize Upsample CenterCropPad Col2Im "
    "ReverseSequence Scatter ScatterElements ScatterND TensorScatter Compress Trilu Unique NonZero TopK OneHot "
    "Where RotaryEmbedding"
)
"""Operators that move values: nothing is multiplied and added up."""
POINTWISE = (
    "Abs Acos Acosh Add And Asin Asinh Atan Atanh Bernoulli BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor "
    "Ceil Celu Clip Cos Cosh DequantizeLinear Div Dropout DynamicQuantizeLinear Elu Equal Erf Exp Floor Gelu "
    "Greater GreaterOrEqual HardSigmoid HardSwish Hardmax IsInf IsNaN LeakyRelu Less LessOrEqual Log LogSoftmax "
    "Max Mean Min Mish Mod Mul Neg Not Or PRelu Pow QuantizeLinear Reciprocal Relu Round Selu Shrink Sigmoid Sign "
    "Sin Sinh Softmax Softplus Softsign Sqrt Sub Sum SwiGLU Swish Tan Tanh ThresholdedRelu Xor"
)
"""Operators on each value (or the values at one place)."""
REDUCING = (
    "ArgMax ArgMin CumSum CumProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin "
    "ReduceProd ReduceSum ReduceSumSquare BatchNormalization GroupNormalization InstanceNormalization "
    "LayerNormalization LpNormalization LRN MeanVarianceNormalization RMSNormalization SkipLayerNormalization "
    "SkipSimplifiedLayerNormalization SimplifiedLayerNormalization EmbedLayerNormalization AveragePool MaxPool "
    "LpPool GlobalAveragePool GlobalMaxPool GlobalLpPool MaxUnpool MaxRoiPool RoiAlign NonMaxSuppression "
    "GridSample AffineGrid NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss"
)
"""Sums, means, norms, pools and losses: added up, not multiplied with weights; by convention no MACs."""
MAKING = (
    "Constant ConstantOfShape EyeLike Range RandomNormal RandomNormalLike RandomUniform RandomUniformLike Multinomial "
    "BlackmanWindow HammingWindow HannWindow MelWeightMatrix"
)
"""Operators that make tensors out of nothing."""
BOOKKEEPING = (
    "Optional OptionalGetElement OptionalHasElement SequenceAt SequenceConstruct SequenceEmpty SequenceErase "
    "SequenceInsert SequenceLength SplitToSequence ConcatFromSequence StringConcat StringNormalizer StringSplit "
    "RegexFullMatch TfIdfVectorizer ImageDecoder ArrayFeatureExtractor Binarizer CastMap CategoryMapper DictVectorizer "
    "FeatureVectorizer Imputer LabelEncoder Normalizer OneHotEncoder Scaler ZipMap"
)
"""Sequences, optionals, texts, images and features of tables."""
FUSED = (
    "BiasGelu FastGelu QuickGelu BiasSplitGelu BiasAdd QLinearAdd QLinearMul QLinearConcat QLinearSigmoid "
    "QLinearLeakyRelu QLinearSoftmax QLinearAveragePool QLinearGlobalAveragePool GroupNorm SkipGroupNorm "
    "NhwcMaxPool"
)
"""onnxruntime's own operators that contract nothing."""
CONTRACTING = (
    "Conv ConvTranspose ConvInteger QLinearConv DeformConv FusedConv NhwcConv NhwcFusedConv CausalConvWithState "
    "Gemm MatMul MatMulInteger QLinearMatMul QGemm FusedGemm FusedMatMul FusedMatMulActivation TransposeMatMul "
    "MatMulNBits MatMulBnb4 MatMulFpQ4 MatMulIntegerToFloat DynamicQuantizeMatMul GemmFastGelu Einsum LSTM GRU "
    "RNN Attention FlexAttention LinearAttention MultiHeadAttention GroupQueryAttention Det DFT STFT"
)
"""Operators with multiply-accumulates (or an FFT's operations) of their own: ``terms`` say how many."""
CONTROL = (
    "If Loop Scan SequenceMap Adagrad Adam Momentum Gradient LinearClassifier LinearRegressor SVMClassifier "
    "SVMRegressor TreeEnsemble TreeEnsembleClassifier TreeEnsembleRegressor"
)
"""Operators around other operators, or around numbers that are no tensors: Unknown unless ``terms`` say otherwise."""


@rule(*f"{MOVING} {POINTWISE} {REDUCING} {MAKING} {BOOKKEEPING} {FUSED} {CONTRACTING} {CONTROL}".split())
def operator(call: Call, terms: Terms = (), other: Terms = ()) -> Effect:
    """An operator under its format's own name: MACs are the sum of ``terms``, each a product of named sizes.

    ``other`` counts operations of another sort in the same way (an FFT's butterflies). The output shapes are stated by
    the source.

    Source: the operator documentation of ONNX 1.23 and of onnxruntime's contributed operators.

    >>> from netledger.layers import apply
    >>> effect = apply("MatMul", {"terms": ((("M", 64), ("K", 32), ("N", 16)),)})
    >>> effect.macs.text(symbols=True), effect.macs.value
    ('M*K*N', 32768)
    """
    return Effect(macs=summed(terms), other=summed(other))


def summed(terms: Terms) -> Formula:
    """A sum of products of named sizes.

    >>> summed(((("H", 12), ("d", 64)), (("H", 12), ("d_v", 64)))).text()
    '12*64 + 12*64'
    """
    if not terms:
        return ZERO
    return total([product([symbol(name, size) for name, size in factors]) for factors in terms])
