"""Convolutions: plain, quantised, fused, deformable, transposed, and one that carries a state."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers import products
from netledger.layers.products import shape_text, spread
from netledger.network import elements_of
from netledger.sources.onnx.ops import op
from netledger.sources.onnx.ops.pooling import Window
from netledger.sources.onnx.values import NO_SHAPE, Op, Result, differ, no_negative, wants_rank
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Dim


@op("Conv", roles="- weight bias", integers=True, always=True)
@op("com.microsoft.FusedConv", roles="- weight bias")
def conv(op: Op) -> Result:
    """``Conv``, and onnxruntime's with an activation behind it."""
    return _convolution(op, 1, 2)


@op("DeformConv", roles="- weight - bias")
def deform_conv(op: Op) -> Result:
    """``DeformConv``: the same products at places that another input gives."""
    result = _convolution(op, 1, 3)
    result.kind = None
    return result


@op("ConvInteger", roles="- weight zero zero", integers=True)
def conv_integer(op: Op) -> Result:
    """``ConvInteger``: integers in, integers out, no bias."""
    return _convolution(op, 1, None, "int32")


@op("QLinearConv", roles="- scale zero weight scale zero scale zero bias", integers=True)
def qlinear_conv(op: Op) -> Result:
    """``QLinearConv``: input, weight and output with scale and zero point each."""
    return _convolution(op, 3, 8, op.dtype(7))


def _convolution(op: Op, weight: int, bias: int | None, dtype: str | None = None) -> Result:
    shape, filters = op.sizes(0), wants_rank(op.shape(weight), 3, f"the weight of {op.node.op}")
    stated, groups = op.ints("kernel_shape"), op.whole("group", 1)
    dtypes = (dtype or op.dtype(0),)
    _check_groups(op, groups)
    if filters is None:
        missing = Unknown("the shape of the weight is not known")
        rank = shape or (NO_SHAPE,) * (len(stated or ()) + 2)
        return Result((*rank[:1], *(missing,) * (len(rank) - 1)), terms=((("weight", missing),),), dtypes=dtypes)
    out_channels, depth, *kernel = filters
    if stated is not None and (len(stated) != len(kernel) or any(map(differ, stated, kernel))):
        raise ShapeError(f"{op.node.op}: kernel_shape says {stated}, the weight is {shape_text(filters)}")
    window = Window(op, tuple(kernel))
    channels = elements_of((depth, groups))
    if isinstance(out_channels, int) and out_channels % groups:
        raise ShapeError(f"{op.node.op}: {out_channels:,} output channels do not divide into {groups:,} groups")
    _check_bias(op, bias, out_channels)
    batch, space = _taken_apart(op, filters, channels, groups)
    out = window.out(space)
    weights = products.filters(kernel, channels, groups, out_channels)
    attributes: dict[str, Any] = {"out_channels": out_channels, **window.attributes()}
    if groups != 1:
        attributes["groups"] = groups
    if shape is None or not isinstance(shape[1], int):
        attributes["in_channels"] = channels
    kind = f"conv{len(kernel)}d" if 1 <= len(kernel) <= 3 else None
    return Result(
        (batch, out_channels, *out), kind=kind, attributes=attributes, needs=(weight,), bias=bias, dtypes=dtypes,
        terms=(products.flat(products.conv((batch,), out, weights)),),
    )  # fmt: skip


def _taken_apart(op: Op, filters: tuple[Dim, ...], channels: Dim, groups: int) -> tuple[Dim, tuple[Dim, ...]]:
    """The batch and the space of the input, checked against the weight."""
    shape = op.sizes(0)
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


def _check_bias(op: Op, bias: int | None, filters: Dim) -> None:
    shape = None if bias is None else op.sizes(bias)
    if shape is not None and (len(shape) != 1 or differ(shape[0], filters)):
        raise ShapeError(f"{op.node.op}: a bias of {shape_text(shape)} for {shape_text((filters,))} output channels")


@op("ConvTranspose", roles="- weight bias", integers=True, always=True)
def conv_transpose(op: Op) -> Result:
    """``ConvTranspose``: every input position is spread through the kernel; MACs count input positions."""
    shape, weight = op.sizes(0), wants_rank(op.shape(1), 3, "the weight of ConvTranspose")
    groups = op.whole("group", 1)
    _check_groups(op, groups)
    if weight is None:
        sizes = (shape or (NO_SHAPE,))[:1] + (NO_SHAPE,) * (len(shape or ()) - 1)
        return Result(sizes, terms=((("weight", NO_SHAPE),),))
    kernel, axes = weight[2:], len(weight) - 2
    window = Window(op, kernel)
    filters = elements_of((weight[1], groups))
    _check_bias(op, 2, filters)
    batch: Dim = NO_SHAPE
    space: tuple[Dim, ...] = (NO_SHAPE,) * axes
    if shape is not None:
        if len(shape) != len(weight) or differ(shape[1], weight[0]):
            raise ShapeError(f"ConvTranspose with a weight of {shape_text(weight)} of {shape_text(shape)}")
        batch, space = shape[0], shape[2:]
    if isinstance(weight[0], int) and weight[0] % groups:
        raise ShapeError(f"ConvTranspose: {weight[0]:,} input channels do not divide into {groups:,} groups")
    extra = op.ints("output_padding") or (0,) * axes
    out = _spread(op, window, space, extra)
    multiplied = products.filters(kernel, weight[0], groups, filters, transposed=True)
    attributes: dict[str, Any] = {"out_channels": filters, **window.attributes()}
    if any(extra):
        attributes["output_padding"] = extra
    if groups != 1:
        attributes["groups"] = groups
    if op.ints("output_shape") or window.auto != "NOTSET":
        attributes.pop("padding", None)
        attributes["output_size"] = out
    return Result(
        no_negative((batch, filters, *out), "ConvTranspose"), kind=f"conv_transpose{axes}d" if axes <= 3 else None,
        attributes=attributes, needs=(1,), bias=2,
        terms=(products.flat(products.conv((batch,), space, multiplied, transposed=True)),),
    )  # fmt: skip


def _spread(op: Op, window: Window, space: tuple[Dim, ...], extra: tuple[int, ...]) -> tuple[Dim, ...]:
    stated = op.ints("output_shape")
    if stated:
        return stated[-len(space) :]
    if window.auto in ("SAME_UPPER", "SAME_LOWER"):
        return tuple([elements_of((n, window.strides[i])) for i, n in enumerate(space)])
    sizes: list[Dim] = []
    for i, size in enumerate(space):
        kernel = window.kernel[i]
        if isinstance(size, Unknown) or isinstance(kernel, Unknown):
            sizes.append(size if isinstance(size, Unknown) else kernel)
        else:
            sizes.append(spread(size, kernel, window.strides[i], window.pads[i], window.dilations[i], extra[i]))
    return tuple(sizes)


@op("CausalConvWithState", roles="- weight bias")
def causal_conv(op: Op) -> Result:
    """``CausalConvWithState``: a depthwise convolution whose past is carried along: ``B·C·L·k``."""
    shape, weight = wants_rank(op.shape(0), 3, op.node.op), wants_rank(op.shape(1), 3, op.node.op)
    kernel: Dim = NO_SHAPE if weight is None else weight[2]
    if shape is None:
        return Result(op.shape(0), op.shape(0), terms=((("positions", NO_SHAPE),),))
    state = (*shape[:2], kernel if isinstance(kernel, Unknown) else kernel - 1)
    depthwise = products.filters((kernel,), 1, 1, shape[1])
    return Result(shape, state, terms=(products.flat(products.conv(shape[:1], shape[2:], depthwise)),))
