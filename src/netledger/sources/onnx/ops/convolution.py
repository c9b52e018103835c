"""Convolutions: plain, quantised, fused, deformable, transposed, and one that carries a state."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers import products
from netledger.layers.products import shape_text, spread
from netledger.network import elements_of
from netledger.sources.graph_shapes import differ
from netledger.sources.onnx.ops import op
from netledger.sources.onnx.ops.pooling import Window
from netledger.sources.onnx.ops.pooling import channels_last as turned_input
from netledger.sources.onnx.values import NO_SHAPE, Op, Result, Value, no_negative, stored, wants_rank
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Dim
    from netledger.sources.onnx.values import Ints


@op("Conv", roles="- weight bias", integers=True, always=True)
@op("com.microsoft.FusedConv", roles="- weight bias")
def conv(
    op: Op, X: Value, W: Value, B: Value | None = None, *, kernel_shape: Ints = None, strides: Ints = None,
    pads: Ints = None, dilations: Ints = None, group: int = 1, auto_pad: str = "NOTSET",
) -> Result:  # fmt: skip
    """``Conv``, and onnxruntime's with an activation behind it."""
    result = _convolution(op, X, W, kernel_shape, strides, pads, dilations, group, auto_pad, bias=B)
    if not stored(B):
        result.attributes["bias"] = False
    return result


@op("DeformConv", roles="- weight - bias")
def deform_conv(
    op: Op, X: Value, W: Value, offset: Value, B: Value | None = None, *, kernel_shape: Ints = None,
    strides: Ints = None, pads: Ints = None, dilations: Ints = None, group: int = 1,
) -> Result:  # fmt: skip
    """``DeformConv``: the same products at places that another input gives."""
    result = _convolution(op, X, W, kernel_shape, strides, pads, dilations, group, bias=B)
    result.kind = None
    return result


@op("ConvInteger", roles="- weight zero zero", integers=True)
def conv_integer(
    op: Op, x: Value, w: Value, *, kernel_shape: Ints = None, strides: Ints = None, pads: Ints = None,
    dilations: Ints = None, group: int = 1, auto_pad: str = "NOTSET",
) -> Result:  # fmt: skip
    """``ConvInteger``: integers in, integers out, no bias."""
    return _convolution(op, x, w, kernel_shape, strides, pads, dilations, group, auto_pad, dtype="int32")


@op("QLinearConv", roles="- scale zero weight scale zero scale zero bias", integers=True)
def qlinear_conv(
    op: Op, x: Value, x_scale: Value, x_zero_point: Value, w: Value, w_scale: Value, w_zero_point: Value,
    y_scale: Value, y_zero_point: Value, B: Value | None = None, *, kernel_shape: Ints = None, strides: Ints = None,
    pads: Ints = None, dilations: Ints = None, group: int = 1, auto_pad: str = "NOTSET",
) -> Result:  # fmt: skip
    """``QLinearConv``: input, weight and output with scale and zero point each."""
    result = _convolution(
        op, x, w, kernel_shape, strides, pads, dilations, group, auto_pad, bias=B, dtype=y_zero_point.dtype
    )
    if not stored(B):
        result.attributes["bias"] = False
    return result


@op("com.microsoft.QLinearConv", roles="- scale zero weight scale zero scale zero bias", integers=True)
def ms_qlinear_conv(
    op: Op, x: Value, x_scale: Value, x_zero_point: Value, w: Value, w_scale: Value, w_zero_point: Value,
    y_scale: Value, y_zero_point: Value, B: Value | None = None, *, kernel_shape: Ints = None, strides: Ints = None,
    pads: Ints = None, dilations: Ints = None, group: int = 1, auto_pad: str = "NOTSET", channels_last: int = 0,
) -> Result:  # fmt: skip
    """Onnxruntime's ``QLinearConv``, whose input and output may have their channels last; its weight never has."""
    return turned_input(
        x,
        lambda turned: qlinear_conv(
            op, turned, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, B, strides=strides,
            kernel_shape=kernel_shape, pads=pads, dilations=dilations, group=group, auto_pad=auto_pad,
        ),
        last=channels_last != 0,
    )  # fmt: skip


@op("com.microsoft.NhwcConv com.microsoft.NhwcFusedConv", roles="- weight bias")
def nhwc_conv(
    op: Op, X: Value, W: Value, B: Value | None = None, *, kernel_shape: Ints = None, strides: Ints = None,
    pads: Ints = None, dilations: Ints = None, group: int = 1, auto_pad: str = "NOTSET",
) -> Result:  # fmt: skip
    """``NhwcConv``, ``NhwcFusedConv``: channels last in input and output, before space in the weight."""
    return turned_input(
        X,
        lambda turned: conv(op, turned, W, B, kernel_shape=kernel_shape, strides=strides, pads=pads,
                            dilations=dilations, group=group, auto_pad=auto_pad),
    )  # fmt: skip


@op("com.microsoft.QLinearConvTranspose", roles="- scale zero weight scale zero scale zero bias", integers=True)
def qlinear_conv_transpose(
    op: Op, x: Value, x_scale: Value, x_zero_point: Value, w: Value, w_scale: Value, w_zero_point: Value,
    y_scale: Value, y_zero_point: Value, B: Value | None = None, *, strides: Ints = None, pads: Ints = None,
    dilations: Ints = None, group: int = 1, auto_pad: str = "NOTSET", output_padding: Ints = None,
    output_shape: Ints = None,
) -> Result:  # fmt: skip
    """``QLinearConvTranspose``: input, weight and output with scale and zero point each."""
    result = conv_transpose(
        op, x, w, B, strides=strides, pads=pads, dilations=dilations, group=group, auto_pad=auto_pad,
        output_padding=output_padding, output_shape=output_shape,
    )  # fmt: skip
    result.dtypes = (y_zero_point.dtype,)
    return result


def _convolution(
    op: Op, X: Value, W: Value, kernel_shape: Ints, strides: Ints, pads: Ints, dilations: Ints, group: int,
    auto_pad: str = "NOTSET", *, bias: Value | None = None, dtype: str | None = None,
) -> Result:  # fmt: skip
    shape, filters = X.sizes, wants_rank(W.shape, 3, f"the weight of {op.node.op}")
    dtypes = (dtype or X.dtype,)
    _check_groups(op, group)
    if filters is None:
        missing = Unknown("the shape of the weight is not known")
        rank = shape or (NO_SHAPE,) * (len(kernel_shape or ()) + 2)
        return Result((*rank[:1], *(missing,) * (len(rank) - 1)), terms=((("weight", missing),),), dtypes=dtypes)
    out_channels, depth, *kernel = filters
    if kernel_shape is not None and (len(kernel_shape) != len(kernel) or any(map(differ, kernel_shape, kernel))):
        raise ShapeError(f"{op.node.op}: kernel_shape says {kernel_shape}, the weight is {shape_text(filters)}")
    window = Window(op.node.op, tuple(kernel), strides, pads, dilations, auto_pad)
    channels = elements_of((depth, group))
    if isinstance(out_channels, int) and out_channels % group:
        raise ShapeError(f"{op.node.op}: {out_channels:,} output channels do not divide into {group:,} groups")
    _check_bias(op, bias, out_channels)
    batch, space = _taken_apart(op, shape, filters, channels, group)
    out = window.out(space)
    weights = products.filters(kernel, channels, group, out_channels)
    attributes: dict[str, Any] = {"out_channels": out_channels, **window.attributes()}
    if group != 1:
        attributes["groups"] = group
    if shape is None or not isinstance(shape[1], int):
        attributes["in_channels"] = channels
    kind = f"conv{len(kernel)}d" if 1 <= len(kernel) <= 3 else None
    return Result(
        (batch, out_channels, *out), kind=kind, attributes=attributes, needs=(W,), dtypes=dtypes,
        terms=(products.flat(products.conv((batch,), out, weights)),),
    )  # fmt: skip


def _taken_apart(
    op: Op, shape: tuple[Dim, ...] | None, filters: tuple[Dim, ...], channels: Dim, groups: int
) -> tuple[Dim, tuple[Dim, ...]]:
    """The batch and the space of the input, checked against the weight."""
    if shape is None:
        return NO_SHAPE, (NO_SHAPE,) * (len(filters) - 2)
    if len(shape) != len(filters):
        raise ShapeError(f"{op.node.op} with a weight of {shape_text(filters)} of {shape_text(shape)}")
    if differ(shape[1], channels):
        each = f" ({groups} × {filters[1]:,})" if groups != 1 else ""
        raise ShapeError(f"{op.node.op}: the input has {shape[1]:,} channels, the weight is for {channels:,}{each}")
    return shape[0], shape[2:]


def _check_groups(op: Op, groups: int) -> None:
    if groups < 1:
        raise ShapeError(f"{op.node.op}: group must be at least 1, not {groups}")


def _check_bias(op: Op, bias: Value | None, filters: Dim) -> None:
    shape = None if bias is None else bias.sizes
    if shape is not None and (len(shape) != 1 or differ(shape[0], filters)):
        raise ShapeError(f"{op.node.op}: a bias of {shape_text(shape)} for {shape_text((filters,))} output channels")


@op("ConvTranspose", roles="- weight bias", integers=True, always=True)
def conv_transpose(
    op: Op, X: Value, W: Value, B: Value | None = None, *, strides: Ints = None, pads: Ints = None,
    dilations: Ints = None, group: int = 1, auto_pad: str = "NOTSET", output_padding: Ints = None,
    output_shape: Ints = None,
) -> Result:  # fmt: skip
    """``ConvTranspose``: every input position is spread through the kernel; MACs count input positions."""
    shape, weight = X.sizes, wants_rank(W.shape, 3, "the weight of ConvTranspose")
    _check_groups(op, group)
    if weight is None:
        sizes = (shape or (NO_SHAPE,))[:1] + (NO_SHAPE,) * (len(shape or ()) - 1)
        return Result(sizes, terms=((("weight", NO_SHAPE),),))
    kernel, axes = weight[2:], len(weight) - 2
    window = Window(op.node.op, kernel, strides, pads, dilations, auto_pad)
    filters = elements_of((weight[1], group))
    _check_bias(op, B, filters)
    batch: Dim = NO_SHAPE
    space: tuple[Dim, ...] = (NO_SHAPE,) * axes
    if shape is not None:
        if len(shape) != len(weight) or differ(shape[1], weight[0]):
            raise ShapeError(f"ConvTranspose with a weight of {shape_text(weight)} of {shape_text(shape)}")
        batch, space = shape[0], shape[2:]
    if isinstance(weight[0], int) and weight[0] % group:
        raise ShapeError(f"ConvTranspose: {weight[0]:,} input channels do not divide into {group:,} groups")
    extra = output_padding or (0,) * axes
    out: tuple[Dim, ...] = output_shape[-len(space) :] if output_shape else _spread(window, space, extra)
    multiplied = products.filters(kernel, weight[0], group, filters, transposed=True)
    attributes: dict[str, Any] = {"out_channels": filters, **window.attributes()}
    if any(extra):
        attributes["output_padding"] = extra
    if group != 1:
        attributes["groups"] = group
    if output_shape or window.auto != "NOTSET":
        attributes.pop("padding", None)
        attributes["output_size"] = out
    if not stored(B):
        attributes["bias"] = False
    return Result(
        no_negative((batch, filters, *out), "ConvTranspose"), kind=f"conv_transpose{axes}d" if axes <= 3 else None,
        attributes=attributes, needs=(W,),
        terms=(products.flat(products.conv((batch,), space, multiplied, transposed=True)),),
    )  # fmt: skip


def _spread(window: Window, space: tuple[Dim, ...], extra: tuple[int, ...]) -> tuple[Dim, ...]:
    if window.auto in ("SAME_UPPER", "SAME_LOWER"):
        return tuple([elements_of((n, window.strides[i])) for i, n in enumerate(space)])
    sizes: list[Dim] = []
    for i, size in enumerate(space):
        kernel = window.kernel[i]
        if isinstance(size, Unknown) or isinstance(kernel, Unknown):
            sizes.append(products.another(size, kernel))
        else:
            sizes.append(spread(size, kernel, window.strides[i], window.pads[i], window.dilations[i], extra[i]))
    return tuple(sizes)


@op("CausalConvWithState", roles="- weight bias")
def causal_conv(op: Op, input: Value, weight: Value) -> Result:
    """``CausalConvWithState``: a depthwise convolution whose past is carried along: ``B·C·L·k``."""
    shape, filters = wants_rank(input.shape, 3, op.node.op), wants_rank(weight.shape, 3, op.node.op)
    kernel: Dim = NO_SHAPE if filters is None else filters[2]
    if shape is None:
        return Result(input.shape, input.shape, terms=((("positions", NO_SHAPE),),))
    state = (*shape[:2], kernel if isinstance(kernel, Unknown) else kernel - 1)
    depthwise = products.filters((kernel,), 1, 1, shape[1])
    return Result(shape, state, terms=(products.flat(products.conv(shape[:1], shape[2:], depthwise)),))
