"""What each of MXNet's operators is in netledger's terms: kinds, products, and the shapes that they make.

Source: the operators' parameters in MXNet's documentation (``mxnet.symbol``); the batch first, channels before space.
"""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.layers import products
from netledger.layers.products import broadcast
from netledger.network import elements_of
from netledger.sources.graph_builder import Step
from netledger.sources.graph_shapes import expanded, filled, place_of, ranked, reduced
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Shape
    from netledger.sources.mxnet.symbol import MxnetNode

    Rule = Callable[[MxnetNode], Step]


def _pads(node: MxnetNode, axes: int) -> Any:
    pads = node.sizes("pad", axes, 0)
    return tuple([(pad, pad) for pad in pads]) if any(pads) else 0


def _convolution(node: MxnetNode) -> Step:
    kernel = node.several("kernel")
    axes = len(kernel)
    if axes not in (1, 2, 3):
        raise FormatError(f"a convolution over {axes} dimensions")
    if not node.text("layout", "NC").startswith(("NC", "None")):
        return Step(tensors=node.stored(), unknown="a convolution whose channels come last is not followed")
    attributes = {
        "out_channels": node.whole("num_filter", 0), "kernel_size": kernel, "stride": node.sizes("stride", axes, 1),
        "padding": _pads(node, axes), "groups": node.whole("num_group", 1), "bias": not node.truth("no_bias"),
        "dilation": node.sizes("dilate", axes, 1),
    }  # fmt: skip
    return Step(f"conv{axes}d", attributes, node.stored())


def _deconvolution(node: MxnetNode) -> Step:
    kernel = node.several("kernel")
    axes = len(kernel)
    if axes not in (1, 2, 3):
        raise FormatError(f"a convolution over {axes} dimensions")
    if node.several("target_shape"):
        return Step(tensors=node.stored(), unknown="a transposed convolution of a stated output is not followed")
    attributes = {
        "out_channels": node.whole("num_filter", 0), "kernel_size": kernel, "stride": node.sizes("stride", axes, 1),
        "padding": _pads(node, axes), "output_padding": node.sizes("adj", axes, 0),
        "groups": node.whole("num_group", 1), "bias": not node.truth("no_bias", True),
        "dilation": node.sizes("dilate", axes, 1),
    }  # fmt: skip
    return Step(f"conv_transpose{axes}d", attributes, node.stored())


def _dense(node: MxnetNode) -> Step:
    out, shape = node.whole("num_hidden", 0), node.shape()
    rows: tuple[Any, ...]
    if isinstance(shape, Unknown):
        rows, read = (Unknown("its input is not known"),), node.width()
    elif node.truth("flatten", True):
        rows, read = shape[:1], elements_of(shape[1:])
    else:
        rows, read = shape[:-1], shape[-1]
    bias = not node.truth("no_bias")
    return Step("linear", {"out_features": out, "bias": bias}, node.stored(), input_shapes=[(*rows, read)])


def _batch_norm(node: MxnetNode) -> Step:
    return Step(tensors=node.stored(frozen="gamma" if node.truth("fix_gamma", True) else ""),
                output_shapes=[node.shape(), *[Unknown("a statistic")] * 2])  # fmt: skip


def _norm(node: MxnetNode) -> Step:
    return Step(tensors=node.stored(), output_shapes=[node.shape(), *[Unknown("a statistic")] * 2])


def _embedding(node: MxnetNode) -> Step:
    table = {"num_embeddings": node.whole("input_dim", 0), "embedding_dim": node.whole("output_dim", 0)}
    return Step("embedding", table, node.stored())


def _recurrent(node: MxnetNode) -> Step:
    """``RNN``: steps, sequences, features; one row of all matrices, layer by layer, then all biases."""
    gates = {"lstm": 4, "gru": 3, "rnn_relu": 1, "rnn_tanh": 1}.get(node.text("mode", ""), 0)
    hidden, layers = node.whole("state_size", 0), node.whole("num_layers", 1)
    turns = 2 if node.truth("bidirectional") else 1
    if not gates or node.whole("projection_size", 0):
        return Step(tensors=node.stored(), unknown="a recurrent layer of a mode that has no rule")
    shape = ranked(node.shape(), 3)
    each = (("T", shape[0]), ("N", shape[1]), ("turns", turns), ("gates", gates), ("h", hidden))
    terms: list[Any] = [(*each, ("d", shape[2])), (*each, ("h_1", hidden))]
    if layers > 1:
        terms += [
            (*each, ("layers", layers - 1), ("d", hidden * turns)),
            (*each, ("layers", layers - 1), ("h_1", hidden)),
        ]
    made = [(*shape[:2], hidden * turns), *[(layers * turns, shape[1], hidden)] * 2]
    return Step.multiplies(terms, node.stored(), made)


def _product(batched: bool) -> Rule:
    def rule(node: MxnetNode) -> Step:
        left = products.turned(node.shape(), node.truth("transpose_a"))
        right = products.turned(node.shape(1), node.truth("transpose_b"))
        if not batched and any(isinstance(shape, Unknown) or len(shape) != 2 for shape in (left, right)):
            return Step(unknown="a dot product of other than two matrices is not followed")
        shape, product = products.matmul(left, right)
        return Step.multiplies([products.flat(product)], node.stored(), [shape])

    return rule


def _pooling(node: MxnetNode) -> Step:
    shape = node.shape()
    if isinstance(shape, Unknown):
        return Step(output_shapes=[shape])
    if node.truth("global_pool"):
        return Step(output_shapes=[(*shape[:2], *[1] * (len(shape) - 2))])
    image = ranked(shape, 3)[2:]
    axes = len(image)
    kernel, stride, pads = node.several("kernel"), node.sizes("stride", axes, 1), node.sizes("pad", axes, 0)
    if len(kernel) != axes or min(kernel) < 1 or min(stride) < 1 or min(pads) < 0:
        raise FormatError("a window or a stride below 1")
    mode = node.text("pooling_convention", "valid")
    if mode == "same":
        made = [products.window(size, 1, s, "same") for size, s in zip(image, stride, strict=True)]
    else:
        each = zip(image, kernel, stride, pads, strict=True)
        made = [products.window(size, k, s, (p, p), round_up=mode == "full") for size, k, s, p in each]
    return Step(output_shapes=[(*shape[:2], *made)])


def _joined(node: MxnetNode) -> Step:
    return Step("concat", {"dim": node.whole("dim", 0 if node.op == "_rnn_param_concat" else 1)})


def _split(node: MxnetNode) -> Step:
    shape, count = node.shape(), node.whole("num_outputs", 1)
    if isinstance(shape, Unknown) or not 0 < count <= 10_000:
        return Step(output_shapes=[Unknown("its input is not known")] * node.made)
    place = place_of(node.whole("axis", 1), len(shape))
    size = shape[place]
    if isinstance(size, int) and size % count:
        raise FormatError(f"{size:,} in {count:,} parts")
    part = size if isinstance(size, Unknown) else size // count
    middle = () if node.truth("squeeze_axis") and part == 1 else (part,)
    return Step(output_shapes=[(*shape[:place], *middle, *shape[place + 1 :])] * count)


def _reshaped(node: MxnetNode, shape: tuple[Any, ...]) -> Shape:
    """``shape`` with 0 (as it is), -1 (what is left), -2 (all that follow), -3 (two joined), -4 (one split)."""
    codes, at = list(node.several("shape")), 0
    wanted: list[Any] = []
    if node.truth("reverse") or not codes:
        return Unknown("a shape read from behind is not followed")
    while codes:
        code = codes.pop(0)
        if code in (0, -3) and at + (code == -3) >= len(shape):
            raise FormatError("a shape of more dimensions than there are")
        if code == 0:
            wanted.append(shape[at])
        elif code == -2:
            wanted += shape[at:]
            at = len(shape) - 1
        elif code == -3:
            wanted.append(elements_of(shape[at : at + 2]))
            at += 1
        elif code == -4:
            if len(codes) < 2 or at >= len(shape):
                raise FormatError("-4 without the two sizes that it splits to")
            pair = [codes.pop(0), codes.pop(0)]
            wanted += filled(shape[at : at + 1], pair)  # type: ignore[arg-type]
        else:
            wanted.append(code)
        at += 1
    return filled(shape, wanted)


def _transposed(node: MxnetNode, shape: tuple[Any, ...]) -> Shape:
    axes = node.several("axes") or tuple(reversed(range(len(shape))))
    if sorted(axes) != list(range(len(shape))):
        raise FormatError("axes that are no order of the dimensions")
    return tuple([shape[axis] for axis in axes])


def _swapped(node: MxnetNode, shape: tuple[Any, ...]) -> Shape:
    first, second = (place_of(node.whole(name, 0), len(shape)) for name in ("dim1", "dim2"))
    order = list(range(len(shape)))
    order[first], order[second] = order[second], order[first]
    return tuple([shape[axis] for axis in order])


def _sliced_axis(node: MxnetNode, shape: tuple[Any, ...]) -> Shape:
    place = place_of(node.whole("axis", 0), len(shape))
    size = shape[place]
    if isinstance(size, Unknown):
        return shape
    begin, end = node.whole("begin", 0), node.whole("end", size)
    first, last = (max(0, one + size if one < 0 else one) for one in (begin, end))
    return (*shape[:place], max(0, min(last, size) - first), *shape[place + 1 :])


def _reduced(node: MxnetNode, shape: tuple[Any, ...]) -> Shape:
    axes = node.several("axis") or tuple(range(len(shape)))
    if node.truth("exclude"):
        kept = {place_of(axis, len(shape)) for axis in axes}
        axes = tuple([axis for axis in range(len(shape)) if axis not in kept])
    return reduced(shape, axes, node.truth("keepdims")) or (1,)


def _scaled(node: MxnetNode, shape: tuple[Any, ...]) -> Shape:
    by = node.whole("scale", 1)
    if node.reads > 1 or by < 1:
        return Unknown("an enlargement of several inputs is not followed")
    return (*shape[:2], *[size if isinstance(size, Unknown) else size * by for size in shape[2:]])


def _padded(node: MxnetNode, shape: tuple[Any, ...]) -> Shape:
    widths = node.several("pad_width")
    if len(widths) != 2 * len(shape) or min(widths) < 0:
        raise FormatError("as many pairs of borders as dimensions are wanted")
    return tuple([size if isinstance(size, Unknown) else size + widths[2 * i] + widths[2 * i + 1]
                  for i, size in enumerate(shape)])  # fmt: skip


def _squeezed(node: MxnetNode, shape: tuple[Any, ...]) -> Shape:
    axes = node.several("axis")
    return reduced(shape, axes, False) if axes else tuple([size for size in shape if size != 1])


def _shaped(make: Callable[[MxnetNode, tuple[Any, ...]], Shape]) -> Rule:
    def rule(node: MxnetNode) -> Step:
        shape = node.shape()
        return Step(tensors=node.stored(), output_shapes=[shape if isinstance(shape, Unknown) else make(node, shape)])

    return rule


def _together(node: MxnetNode) -> Step:
    shapes = [node.shape(place) for place in range(node.reads)]
    return Step(tensors=node.stored(), output_shapes=[broadcast(*shapes)])


def _flat(node: MxnetNode, shape: tuple[Any, ...]) -> Shape:
    return (*shape[:1], elements_of(shape[1:]))


PARAMETERS: dict[str, tuple[int, ...]] = {
    "Convolution": (1, 2), "Convolution_v1": (1, 2), "Deconvolution": (1, 2), "FullyConnected": (1, 2),
    "BatchNorm": (1, 2, 3, 4), "BatchNorm_v1": (1, 2, 3, 4), "SyncBatchNorm": (1, 2, 3, 4), "LayerNorm": (1, 2),
    "InstanceNorm": (1, 2), "GroupNorm": (1, 2), "Embedding": (1,), "LeakyReLU": (1,), "RNN": (1,),
    "_contrib_SyncBatchNorm": (1, 2, 3, 4), "_contrib_DeformableConvolution": (2, 3),
}  # fmt: skip
"""Operator → which of its inputs are learned, where they are variables."""

_SAME = (
    "Activation relu sigmoid tanh softsign softmax log_softmax SoftmaxActivation SoftmaxOutput Softmax softmin Dropout "
    "LRN L2Normalization clip Cast cast BlockGrad identity _copy make_loss MakeLoss LinearRegressionOutput "
    "LogisticRegressionOutput MAERegressionOutput SVMOutput abs sign round rint ceil floor trunc fix square sqrt rsqrt "
    "cbrt exp log log10 log2 log1p expm1 sin cos tan arcsin arccos arctan sinh cosh tanh erf gamma gammaln reciprocal "
    "negative logical_not hard_sigmoid LeakyReLU _plus_scalar _minus_scalar _rminus_scalar _mul_scalar _div_scalar "
    "_rdiv_scalar _mod_scalar _power_scalar _rpower_scalar _maximum_scalar _minimum_scalar _equal_scalar "
    "_not_equal_scalar _greater_scalar _greater_equal_scalar _lesser_scalar _lesser_equal_scalar _PlusScalar "
    "_MinusScalar _RMinusScalar _MulScalar _DivScalar _RDivScalar _PowerScalar _MaximumScalar _MinimumScalar "
    "SequenceMask SequenceReverse reverse flip sort zeros_like ones_like amp_cast smooth_l1 ShuffleChannel"
).split()
_BROADCAST = (
    "elemwise_add elemwise_sub elemwise_mul elemwise_div _Plus _Minus _Mul _Div _plus _minus _mul _div _add _sub "
    "broadcast_add broadcast_plus broadcast_sub broadcast_minus broadcast_mul broadcast_div broadcast_mod "
    "broadcast_power broadcast_maximum broadcast_minimum broadcast_equal broadcast_greater broadcast_lesser "
    "broadcast_logical_and broadcast_logical_or _maximum _minimum _power ElementWiseSum add_n _grad_add where"
).split()
_REDUCED = "mean sum sum_axis max max_axis min min_axis prod nansum norm".split()
_UNSHAPED = (
    "argmax argmin argmax_channel topk pick take slice slice_like Crop stack tile repeat one_hot gather_nd scatter_nd "
    "broadcast_to broadcast_axis broadcast_like reshape_like shape_array size_array arange_like _arange _zeros _ones "
    "_full _contrib_arange_like _contrib_MultiBoxPrior _contrib_MultiBoxDetection _contrib_MultiBoxTarget "
    "_contrib_box_nms _contrib_Proposal _contrib_MultiProposal _contrib_ROIAlign ROIPooling SpatialTransformer "
    "BilinearSampler GridGenerator _contrib_BilinearResize2D _contrib_AdaptiveAvgPooling2D SequenceLast MultiBoxPrior "
    "MultiBoxDetection Proposal argsort depth_to_space space_to_depth _contrib_div_sqrt_dim amp_multicast cumsum"
).split()

OPERATORS: dict[str, Rule] = {
    **dict.fromkeys(_SAME, _shaped(lambda node, shape: shape)),
    **dict.fromkeys(_BROADCAST, _together),
    **dict.fromkeys(_REDUCED, _shaped(_reduced)),
    **dict.fromkeys(_UNSHAPED, lambda node: Step(tensors=node.stored())),
    "Convolution": _convolution, "Convolution_v1": _convolution, "Deconvolution": _deconvolution,
    "FullyConnected": _dense, "BatchNorm": _batch_norm, "BatchNorm_v1": _batch_norm, "SyncBatchNorm": _batch_norm,
    "_contrib_SyncBatchNorm": _batch_norm, "LayerNorm": _norm, "InstanceNorm": _norm, "GroupNorm": _norm,
    "Embedding": _embedding, "RNN": _recurrent, "dot": _product(False), "batch_dot": _product(True),
    "_linalg_gemm2": _product(True), "Pooling": _pooling, "Pooling_v1": _pooling, "Concat": _joined,
    "_rnn_param_concat": _joined,
    "concat": _joined, "SliceChannel": _split, "split": _split, "Flatten": _shaped(_flat), "flatten": _shaped(_flat),
    "Reshape": _shaped(_reshaped), "reshape": _shaped(_reshaped), "transpose": _shaped(_transposed),
    "SwapAxis": _shaped(_swapped), "swapaxes": _shaped(_swapped), "slice_axis": _shaped(_sliced_axis),
    "UpSampling": _shaped(_scaled), "Pad": _shaped(_padded), "pad": _shaped(_padded), "squeeze": _shaped(_squeezed),
    "expand_dims": _shaped(lambda node, shape: expanded(shape, (node.whole("axis", 0),))),
}  # fmt: skip
"""Operator → what it is."""
