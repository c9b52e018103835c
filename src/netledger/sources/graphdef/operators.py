"""What each of TensorFlow's operators is in our terms; what is in no table here is Unknown by its name.

Source: the operators' definitions (``tensorflow/core/ops``); channels come last unless ``data_format`` says otherwise.
"""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.layers import apply, products
from netledger.network import elements_of
from netledger.sources.graph_builder import Step
from netledger.sources.graph_shapes import place_of, ranked
from netledger.sources.graphdef.reshaping import SHAPES
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Shape
    from netledger.sources.graphdef.call import TfCall

    Rule = Callable[["TfCall"], Step]


def _window(call: TfCall, kernel: tuple[Any, ...], axes: int) -> dict[str, Any]:
    """Stride, dilation and padding of a window over space, as our rules name them."""
    first = call.first_channels
    space = slice(2, 2 + axes) if first else slice(1, 1 + axes)

    def each(name: str) -> tuple[int, ...]:
        found = call.node.numbers(name) or (1,) * (axes + 2)
        return found[space] if len(found) == axes + 2 else found if len(found) == axes else (1,) * axes

    padding: Any = {"SAME": "same", "VALID": 0}.get(call.node.text("padding", "VALID"))
    if padding is None:
        said = call.node.numbers("explicit_paddings")
        if len(said) != 2 * (axes + 2):
            raise FormatError("its padding is none that there is")
        pairs = list(zip(said[::2], said[1::2], strict=True))
        padding = tuple(pairs[space])
    last = {} if first else {"channels_last": True}
    return {"kernel_size": kernel, "stride": each("strides"), "dilation": each("dilations"), "padding": padding, **last}


def _conv(axes: int, depthwise: bool = False) -> Rule:
    def rule(call: TfCall) -> Step:
        image, filters = call.sizes(0, axes + 2), call.sizes(1, axes + 2)
        channels = image[1] if call.first_channels else image[-1]
        kernel, depth = filters[:axes], filters[axes]
        wide = elements_of(filters[-2:]) if depthwise else filters[-1]
        if any(isinstance(one, Unknown) for one in (*kernel, depth, wide)):
            return call.unknown("the file states no shape for its filter")
        # an image whose channels are not known is taken to have those that the filter reads
        groups = depth if depthwise else channels // depth if isinstance(channels, int) and depth else 1
        wanted = depth * groups if not depthwise else depth
        if not depth or (isinstance(channels, int) and channels != wanted):
            raise FormatError(f"a filter of depth {depth:,} for {channels} channels")
        attributes = {"out_channels": wide, **_window(call, tuple(kernel), axes), "groups": groups, "bias": False}
        return _with_filter(call, f"conv{axes}d", attributes, image)

    return rule


def _with_filter(call: TfCall, kind: str, attributes: dict[str, Any], image: Shape) -> Step:
    """A convolution: of a stored filter the layer itself, of one that is computed its products alone."""
    fused = call.node.texts("fused_ops") if call.node.op.startswith(("_Fused", "Fused")) else ()
    bias = "BiasAdd" in fused and len(call.inputs) > 2 and call.stored(2) is not None
    tensors = call.tensors({1: "weight", 2: "bias"} if bias else {1: "weight", **dict.fromkeys(range(2, 6), "weight")})
    if call.stored(1) is not None and len(tensors) == 1 + bias:
        return Step(kind, {**attributes, "bias": bias}, tensors, input_shapes=(image,))
    effect = apply(kind, attributes, (image,), True)
    out = ranked(effect.outputs[0], 3)
    if kind.startswith("conv_transpose"):
        space = image[2:] if call.first_channels else image[1:-1]  # type: ignore[index]
        row = products.filters(attributes["kernel_size"], call.shape(1, 3)[-1], 1, attributes["out_channels"], True)
        term = products.conv((ranked(image, 1)[0],), space, row, transposed=True)
    else:
        space = out[2:] if call.first_channels else out[1:-1]
        depth = call.shape(1, 3)[-2] if attributes["groups"] == 1 else 1
        if attributes["groups"] != 1 and "Depthwise" not in call.node.op:
            depth = call.shape(1, 3)[-2]
        row = products.filters(attributes["kernel_size"], depth, 1, attributes["out_channels"])
        term = products.conv((out[0],), space, row)
    return Step.multiplies((products.flat(term),), tensors, (out,), neurons=True)


def _transposed(axes: int) -> Rule:
    """``Conv2DBackpropInput``: the sizes of what comes out, a filter ``k·C_out·C_in``, the image."""

    def rule(call: TfCall) -> Step:
        filters, image = call.sizes(1, axes + 2), call.sizes(2, axes + 2)
        sizes = call.inputs[0].numbers
        window = _window(call, tuple(filters[:axes]), axes)
        attributes = {**window, "out_channels": filters[-2], "padding": 0, "bias": False}
        if any(isinstance(one, Unknown) for one in filters):
            return call.unknown("the file states no shape for its filter")
        space = None if sizes is None else sizes[2:] if call.first_channels else sizes[1:-1]
        if space is None or len(space) != axes or not all(isinstance(one, int) and one > 0 for one in space):
            strides, before = window["stride"], image[2:] if call.first_channels else image[1:-1]
            same = window["padding"] == "same"
            more = [0 if same else max(one - step, 0) for one, step in zip(filters[:axes], strides, strict=True)]
            space = tuple([
                one if isinstance(one, Unknown) else one * step + rest
                for one, step, rest in zip(before, strides, more, strict=True)
            ])  # fmt: skip
        if all(isinstance(one, int) for one in space):
            attributes["output_size"] = tuple(space)
        return _with_filter(call, f"conv_transpose{axes}d", attributes, image)

    return rule


def _matmul(call: TfCall) -> Step:
    fused = call.node.op == "_FusedMatMul" and "BiasAdd" in call.node.texts("fused_ops")
    turn_left, turn_right = (bool(call.node.number(name)) for name in ("transpose_a", "transpose_b"))
    left = products.turned(call.inputs[0].shape, turn_left)
    right = products.turned(call.inputs[1].shape, turn_right)
    shape, product = products.matmul(left, right)
    tensors = call.tensors({0: "weight", 1: "weight", **({2: "bias"} if fused else {})})
    held = call.stored(1)
    if held is not None and call.stored(0) is None and not turn_left and len(tensors) == 1 + fused:
        inner, wide = call.sizes(1, 2)[::-1] if turn_right else call.sizes(1, 2)
        attributes = {"out_features": wide, "in_features": inner, "bias": fused}
        return Step("linear", attributes, tensors, input_shapes=(left,))
    weighs = call.stored(0) is not None or held is not None
    return Step.multiplies((products.flat(product),), tensors, (shape,), neurons=weighs)


def _batch_matmul(call: TfCall) -> Step:
    left = products.turned(call.inputs[0].shape, bool(call.node.number("adj_x")))
    right = products.turned(call.inputs[1].shape, bool(call.node.number("adj_y")))
    shape, product = products.matmul(left, right)
    tensors = call.tensors({0: "weight", 1: "weight"})
    return Step.multiplies((products.flat(product),), tensors, (shape,), neurons=bool(tensors))


def _einsum(call: TfCall) -> Step:
    shapes = [ranked(one.shape, 1) for one in call.inputs]
    if any(isinstance(one.shape, Unknown) for one in call.inputs):
        return call.unknown("the file states no shape for it")
    shape, steps = products.einsum(call.node.text("equation")[:1_000], shapes)
    tensors = call.tensors(dict.fromkeys(range(len(shapes)), "weight"))
    return Step.multiplies([products.flat(one.product) for one in steps], tensors, (shape,), neurons=bool(tensors))


def _lookup(call: TfCall) -> Step:
    """Rows of a stored table, or places of any other value."""
    table, places = call.inputs[0], call.inputs[1].shape
    axis = call.inputs[2].whole() if len(call.inputs) > 2 else (0,)
    sizes = call.shape(0, 1)
    if axis is None or len(axis) != 1 or isinstance(table.shape, Unknown) or isinstance(places, Unknown):
        return call.shaped(Unknown("where it looks is not known"), {0: "weight"})
    place, batch = place_of(axis[0], len(sizes)), call.node.number("batch_dims")
    tensors = call.tensors({0: "weight"})
    if tensors and len(sizes) == 2 and place == 0 and not batch and all(isinstance(one, int) for one in sizes):
        attributes = {"num_embeddings": sizes[0], "embedding_dim": sizes[1]}
        return Step("embedding", attributes, tensors, input_shapes=(places,))
    return Step(
        "elementwise", {}, tensors, output_shapes=((*sizes[:place], *places[max(batch, 0) :], *sizes[place + 1 :]),)
    )


def _batch_norm(call: TfCall) -> Step:
    roles = {1: "weight", 2: "bias", 3: "running_statistic", 4: "running_statistic"}
    tensors = call.tensors(roles)
    shape = call.inputs[0].shape
    if len(tensors) == 4:
        last = {} if call.first_channels else {"channels_last": True}
        return Step("batch_norm", {"affine": True, **last}, tensors, input_shapes=(shape,))
    return Step("elementwise", {}, tensors, output_shapes=(shape,))


def _bias(call: TfCall) -> Step:
    tensors = call.tensors({1: "bias"})
    shape = call.inputs[0].shape
    if tensors:
        return Step("bias", {"dim": 1 if call.first_channels else -1}, tensors, input_shapes=(shape,))
    return Step("elementwise", {}, output_shapes=(shape,))


def _pool(kind: str, axes: int) -> Rule:
    def rule(call: TfCall) -> Step:
        sizes = call.node.numbers("ksize")
        kernel = sizes[2 : 2 + axes] if call.first_channels else sizes[1 : 1 + axes]
        if len(kernel) != axes:
            raise FormatError(f"a window of {len(sizes)} sizes")
        attributes = _window(call, kernel, axes)
        del attributes["dilation"]
        return Step(f"{kind}_pool{axes}d", attributes, input_shapes=(call.inputs[0].shape,))

    return rule


def _activation(kind: str, **attributes: Any) -> Rule:
    def rule(call: TfCall) -> Step:
        return Step(kind, attributes, input_shapes=(call.inputs[0].shape,))

    return rule


_KINDS = {
    "Relu": "relu", "Relu6": "relu6", "Elu": "elu", "Selu": "selu", "Sigmoid": "sigmoid", "Tanh": "tanh",
    "LeakyRelu": "leaky_relu", "Softplus": "softplus", "Softsign": "softsign",
}  # fmt: skip

RULES: dict[str, Rule] = {
    **dict.fromkeys(("Conv2D", "_FusedConv2D"), _conv(2)), "Conv3D": _conv(3),
    **dict.fromkeys(("DepthwiseConv2dNative", "_FusedDepthwiseConv2dNative", "FusedDepthwiseConv2dNative"),
                    _conv(2, depthwise=True)),
    "Conv2DBackpropInput": _transposed(2), "Conv3DBackpropInputV2": _transposed(3),
    **dict.fromkeys(("MatMul", "_FusedMatMul"), _matmul),
    **dict.fromkeys(("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"), _batch_matmul), "Einsum": _einsum,
    **dict.fromkeys(("Gather", "GatherV2", "ResourceGather"), _lookup),
    **dict.fromkeys(("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3", "_FusedBatchNormEx"), _batch_norm),
    **dict.fromkeys(("BiasAdd", "BiasAddV1"), _bias),
    "MaxPool": _pool("max", 2), "AvgPool": _pool("avg", 2), "MaxPool3D": _pool("max", 3), "AvgPool3D": _pool("avg", 3),
    "Softmax": _activation("softmax", dim=-1), **{op: _activation(kind) for op, kind in _KINDS.items()},
    **SHAPES,
}  # fmt: skip
"""Operator → what it is."""

HARMLESS = frozenset(
    "ArgMin NonMaxSuppression NonMaxSuppressionV2 NonMaxSuppressionV3 NonMaxSuppressionV4 NonMaxSuppressionV5 "
    "CombinedNonMaxSuppression CropAndResize Where Unique UniqueV2 TopK TopKV2 ScatterNd TensorScatterUpdate "
    "TensorScatterAdd MaxPoolWithArgmax MaxPoolV2 SpaceToBatchND BatchToSpaceND SpaceToBatch BatchToSpace "
    "ReverseSequence SparseToDense ListDiff InvertPermutation RandomUniform RandomStandardNormal TruncatedNormal "
    "StatelessRandomUniform StatelessRandomUniformV2 StatelessRandomNormal StatelessRandomNormalV2 RandomUniformInt "
    "StatelessRandomGetKeyCounter StatelessRandomGetAlg Multinomial Bincount DenseBincount SegmentSum "
    "UnsortedSegmentSum UnsortedSegmentMax SegmentMean SparseReshape SparseFillEmptyRows SparseSegmentMean "
    "SparseSegmentSum SparseSegmentSqrtN ParseExample ParseExampleV2 ParseSingleExample DecodeJpeg DecodePng "
    "DecodeImage DecodeBase64 DecodeRaw DecodeBmp DecodeGif ReadFile StringSplit StringSplitV2 StringJoin "
    "StringToNumber StringToHashBucketFast StringLower RegexReplace StaticRegexReplace AsString LookupTableFindV2 "
    "LookupTableFind LookupTableSizeV2 HashTableV2 MutableHashTableV2 Assert Print PrintV2 NoOp AssignVariableOp "
    "AssignAddVariableOp AssignSubVariableOp TensorListFromTensor TensorListReserve TensorListStack "
    "TensorListGetItem TensorListSetItem TensorArrayV3 TensorArrayReadV3 TensorArrayWriteV3 TensorArrayGatherV3 "
    "TensorArrayScatterV3 TensorArraySizeV3 RaggedTensorToTensor RaggedRange RaggedGather DynamicPartition "
    "DynamicStitch MatrixDiag MatrixDiagV3 MatrixDiagPartV3 MatrixBandPart MatrixSetDiagV3 Eye LinSpace Bucketize "
    "HistogramFixedWidth Dilation2D ExtractImagePatches FakeQuantWithMinMaxVars FakeQuantWithMinMaxArgs "
    "FakeQuantWithMinMaxVarsPerChannel QuantizeAndDequantizeV2 QuantizeAndDequantizeV3 QuantizeAndDequantizeV4 "
    "SparseTensorDenseAdd ResizeArea ResizeBicubic ImageProjectiveTransformV2 ImageProjectiveTransformV3 "
    "AdjustContrastv2 AdjustHue AdjustSaturation RGBToHSV HSVToRGB L2Loss InTopKV2 Roll MutexLock "
    "VarIsInitializedOp FFT FFT2D RFFT RFFT2D IRFFT IRFFT2D IFFT IFFT2D ComplexAbs Complex Real Imag Conj Angle "
    "Bitcast RandomShuffle PopulationCount AccumulateNV2 SparseSoftmaxCrossEntropyWithLogits "
    "SoftmaxCrossEntropyWithLogits Timestamp IsVariableInitialized Assign AssignAdd AssignSub".split()
)
"""Operators that contract nothing, of whose outputs only the file can say the shapes. Branches and loops of
TensorFlow 1 (``Switch``, ``Enter``) are not among them."""
