"""What each of OpenVINO's operations multiplies and accumulates, and what its constants are to it.

Source: the *Operation Specifications* of OpenVINO's opsets; shapes are channels before space.
"""

from __future__ import annotations

from netledger.errors import FormatError, ShapeError
from netledger.layers import products
from netledger.layers.products import shape_text
from netledger.network import elements_of
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from netledger.layers.products import Flat
    from netledger.network import Dim, Shape

    Sizes = tuple[Dim, ...]
    Rule = Callable[[Sequence[Sizes], Sequence[Sizes], Mapping[str, str]], tuple[Flat, ...]]


def _ranked(shape: Sizes, least: int) -> Sizes:
    if len(shape) < least:
        raise ShapeError(f"needs {least} dimensions, not {shape_text(shape)}")
    return shape


def _at(shapes: Sequence[Sizes], index: int, least: int = 0) -> Sizes:
    if index >= len(shapes):
        raise FormatError(f"input {index} is missing")
    return _ranked(shapes[index], least)


def _conv(grouped: bool, filters_at: int = 1) -> Rule:
    def rule(inputs: Sequence[Sizes], outputs: Sequence[Sizes], data: Mapping[str, str]) -> tuple[Flat, ...]:
        weights, out = _at(inputs, filters_at, 3 + grouped), _ranked(outputs[0], 3)
        wide = weights[:2] if grouped else weights[:1]
        depth, kernel = weights[1 + grouped], weights[2 + grouped :]
        row = products.filters(kernel, depth, 1, elements_of(wide))
        return (products.flat(products.conv(out[:1], out[2:], row)),)

    return rule


def _transposed(grouped: bool) -> Rule:
    def rule(inputs: Sequence[Sizes], outputs: Sequence[Sizes], data: Mapping[str, str]) -> tuple[Flat, ...]:
        image, weights = _at(inputs, 0, 3), _at(inputs, 1, 3 + grouped)
        wide = weights[:2] if grouped else weights[:1]
        row = products.filters(weights[2 + grouped :], elements_of(wide), 1, weights[1 + grouped], transposed=True)
        return (products.flat(products.conv(image[:1], image[2:], row, transposed=True)),)

    return rule


def _matmul(inputs: Sequence[Sizes], outputs: Sequence[Sizes], data: Mapping[str, str]) -> tuple[Flat, ...]:
    left: Shape = products.turned(_at(inputs, 0, 1), data.get("transpose_a", "false").lower() == "true")
    right: Shape = products.turned(_at(inputs, 1, 1), data.get("transpose_b", "false").lower() == "true")
    return (products.flat(products.matmul(left, right)[1]),)


def _recurrent(matrices: tuple[int, int], sequence: bool) -> Rule:
    def rule(inputs: Sequence[Sizes], outputs: Sequence[Sizes], data: Mapping[str, str]) -> tuple[Flat, ...]:
        read = _at(inputs, 0, 3 if sequence else 2)
        steps = products.flat(products.repeats("T", read[:2] if sequence else read[:1]))
        return tuple([(*steps, ("h·d", elements_of(_at(inputs, index)))) for index in matrices])

    return rule


def _attention(inputs: Sequence[Sizes], outputs: Sequence[Sizes], data: Mapping[str, str]) -> tuple[Flat, ...]:
    query, key, value = (_at(inputs, i, 2) for i in range(3))
    pair = products.attention(query[:-2], query[-2], key[-2], query[-1], value[-1])
    return (products.flat(pair[0]), products.flat(pair[1]))


def _einsum(inputs: Sequence[Sizes], outputs: Sequence[Sizes], data: Mapping[str, str]) -> tuple[Flat, ...]:
    steps = products.einsum(data.get("equation", "")[:1_000], inputs)[1]
    return tuple([products.flat(step.product) for step in steps])


PRODUCTS: dict[str, Rule] = {
    "Convolution": _conv(False), "GroupConvolution": _conv(True), "BinaryConvolution": _conv(False),
    "DeformableConvolution": _conv(False, 2), "ConvolutionBackpropData": _transposed(False),
    "GroupConvolutionBackpropData": _transposed(True), "MatMul": _matmul, "Einsum": _einsum,
    "ScaledDotProductAttention": _attention,
    "LSTMSequence": _recurrent((4, 5), True), "GRUSequence": _recurrent((3, 4), True),
    "RNNSequence": _recurrent((3, 4), True), "LSTMCell": _recurrent((3, 4), False),
    "GRUCell": _recurrent((2, 3), False), "RNNCell": _recurrent((2, 3), False),
}  # fmt: skip
"""Operation → its products by the shapes of its inputs."""

NEURONS = frozenset(name for name in PRODUCTS if "Conv" in name)
"""Operations whose outputs are neurons; a ``MatMul`` is where its matrix is stored."""

BODIES = frozenset(("TensorIterator", "Loop", "If"))
"""Operations that run graphs of their own."""

HARMLESS = frozenset(
    ("abs acos acosh adaptiveavgpool adaptivemaxpool add asin asinh assign atan atanh avgpool batchnorminference "
     "batchtospace bitwiseand bitwiseleftshift bitwisenot bitwiseor bitwiserightshift bitwisexor broadcast bucketize "
     "ceiling clamp col2im concat const convert convertlike convertpromotetypes cos cosh ctcgreedydecoder "
     "ctcgreedydecoderseqlen ctcloss cumsum deformablepsroipooling depthtospace detectionoutput divide elu "
     "embeddingbagoffsets embeddingbagoffsetssum embeddingbagpacked embeddingbagpackedsum embeddingsegmentssum equal "
     "erf exp extractimagepatches eye fakeconvert fakequantize floor floormod gather gatherelements gathernd "
     "gathertree gelu generateproposals experimentaldetectrongenerateproposalssingleimage greater greaterequal "
     "gridsample grn groupnormalization hardsigmoid hsigmoid hswish i420tobgr i420torgb identity interpolate isfinite "
     "isinf isnan less lessequal log logsoftmax logicaland logicalnot logicalor logicalxor lrn matrixnms maxpool "
     "maximum minimum mish mod multiclassnms multinomial multiply mvn negative nmsrotated nonmaxsuppression nonzero "
     "normalizel2 notequal nv12tobgr nv12torgb onehot pad parameter power prelu priorbox priorboxclustered proposal "
     "psroipooling randomuniform range readvalue reducel1 reducel2 reducelogicaland reducelogicalor reducemax "
     "reducemean reducemin reduceprod reducesum regionyolo relu reorgyolo reshape result reversesequence roialign "
     "roialignrotated roipooling roll round scatterelementsupdate scatterndupdate scatterupdate searchsorted "
     "segmentmax select selu shapeof shufflechannels sigmoid sign sin sinh slice slicescatter softmax softplus "
     "softsign spacetobatch spacetodepth sparsefillemptyrows split sqrt squareddifference squeeze stridedslice "
     "stringtensorpack stringtensorunpack subtract swish tan tanh tile topk transpose unique unsqueeze variadicsplit "
     "rms rope").split()
)  # fmt: skip
"""Operations that contract nothing, their names in small letters."""

_MATRIX = {1: "weight"}

ROLES: dict[str, dict[int, str]] = {
    "Convolution": _MATRIX, "GroupConvolution": _MATRIX, "BinaryConvolution": _MATRIX,
    "DeformableConvolution": {2: "weight"}, "ConvolutionBackpropData": {1: "weight"},
    "GroupConvolutionBackpropData": {1: "weight"}, "MatMul": {0: "weight", 1: "weight"},
    "Gather": {0: "weight", 1: "constant", 2: "constant"}, "Add": {0: "bias", 1: "bias"},
    "Multiply": {0: "weight", 1: "weight"}, "Divide": {0: "weight", 1: "weight"}, "Subtract": {0: "bias", 1: "bias"},
    "PRelu": {1: "weight"}, "PReLU": {1: "weight"}, "RMS": {1: "weight"}, "Concat": dict.fromkeys(range(64), "weight"),
    "BatchNormInference": {1: "weight", 2: "bias", 3: "running_statistic", 4: "running_statistic"},
    "GroupNormalization": {1: "weight", 2: "bias"}, "Einsum": dict.fromkeys(range(8), "weight"),
    "EmbeddingBagOffsetsSum": {0: "weight"}, "EmbeddingBagPackedSum": {0: "weight"},
    "LSTMSequence": {4: "weight", 5: "weight", 6: "bias"}, "GRUSequence": {3: "weight", 4: "weight", 5: "bias"},
    "RNNSequence": {3: "weight", 4: "weight", 5: "bias"}, "LSTMCell": {3: "weight", 4: "weight", 5: "bias"},
    "GRUCell": {2: "weight", 3: "weight", 4: "bias"}, "RNNCell": {2: "weight", 3: "weight", 4: "bias"},
}  # fmt: skip
"""Operation → what a stored input is to it; others are constants (axes, sizes, ranges, initial states)."""


def unfollowed(type: str) -> Unknown | None:
    """Why nobody can say what an operation multiplies; nothing where it multiplies nothing."""
    if type in PRODUCTS or type.lower() in HARMLESS:
        return None
    return Unknown(f"operation '{type[:60]}' has no rule")
