"""Convolutions of one, two and three dimensions, and transposed ones."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.formula import ZERO, symbol
from netledger.layers import Call, Effect, Slot, products, rule
from netledger.layers.sizes import (
    AXES,
    agreed,
    dim_of,
    formula,
    paddings,
    per_axis,
    positive,
    shape_text,
    split_spatial,
    window,
)
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers.sizes import Padding, Sizes
    from netledger.network import Dim


@rule("conv1d", "conv2d", "conv3d", neurons=True, role="convolution", overwritable=True, layouts=True)
def convolution(
    call: Call, out_channels: int, kernel_size: Sizes, stride: Sizes = 1, padding: Padding = 0, dilation: Sizes = 1,
    groups: int = 1, bias: bool = True, padding_mode: str = "zeros", *, in_channels: int | None = None,
    ceil_mode: bool = False,
) -> Effect:  # fmt: skip
    """A convolution: every output channel sees ``C_in/g`` input channels through one kernel.

    - weights ``(k_h·k_w)·(C_in/g)·C_out``, biases ``C_out``
    - output ``⌊(H + 2·p - d·(k - 1) - 1)/s⌋ + 1``; ``ceil_mode=True`` (our addition: cuda-convnet's rule) rounds up
    - MACs ``H_out·W_out·(k_h·k_w)·(C_in/g)·C_out``

    A layer of several inputs that sums what each gives (cuda-convnet's) is an ``add`` of one convolution for each.

    Source: Dumoulin & Visin, *A guide to convolution arithmetic for deep learning* (arXiv:1603.07285); PyTorch's
    ``Conv2d``; for rounding up, ``layer.py`` of cuda-convnet.

    >>> from netledger.layers import apply
    >>> first = apply("conv2d", {"out_channels": 96, "kernel_size": 11, "stride": 4}, ((3, 227, 227),))
    >>> first.outputs[0], first.parameters.text(), first.macs.value
    ((96, 55, 55), '(11*11)*3*96 + 96', 105415200)
    """
    axes = int(call.kind[4])
    kernel, strides, dilations = (
        per_axis(value, axes, what)
        for value, what in ((kernel_size, "kernel_size"), (stride, "stride"), (dilation, "dilation"))
    )
    _check(out_channels, groups, kernel, strides, dilations)
    batch, given, space = split_spatial(call, axes)
    channels = agreed("in_channels", in_channels, given)
    _check_groups(channels, out_channels, groups)
    pads = paddings(padding, axes)
    letters = AXES[axes]
    sizes = tuple(
        window(letter.upper(), size, k, s, pads if isinstance(pads, str) else pads[i], d, round_up=ceil_mode)
        for i, (letter, size, k, s, d) in enumerate(zip(letters, space, kernel, strides, dilations, strict=True))
    )
    out = tuple(dim_of(size) for size in sizes)
    weights = products.filters(kernel, channels, groups, out_channels)
    per_filter = _per_group(channels, groups)
    return Effect(
        outputs=(call.input if isinstance(call.input, Unknown) else (*batch, out_channels, *out),),
        weights=formula(weights),
        biases=symbol("C_out", out_channels) if bias else ZERO,
        macs=formula(products.conv(batch, out, weights)),
        slots=_slots((out_channels, per_filter, *kernel), out_channels, bias),
        sizes=sizes,
    )


@rule("conv_transpose1d", "conv_transpose3d", neurons=True, role="convolution", overwritable=True, layouts=True)
@rule("conv_transpose2d", neurons=True, role="convolution", keeps="inputs", overwritable=True, layouts=True)
def transposed(
    call: Call, out_channels: int, kernel_size: Sizes, stride: Sizes = 1, padding: Padding = 0,
    output_padding: Sizes = 0, groups: int = 1, bias: bool = True, dilation: Sizes = 1, padding_mode: str = "zeros",
    *, in_channels: int | None = None, output_size: Sizes | None = None,
) -> Effect:  # fmt: skip
    """A transposed convolution: every *input* position is spread through the kernel.

    - weights ``(k_h·k_w)·C_in·(C_out/g)``, biases ``C_out``
    - output ``(H - 1)·s - 2·p + d·(k - 1) + output_padding + 1``
    - MACs ``H·W·(k_h·k_w)·C_in·(C_out/g)``: one for each input position and weight

    ``output_size`` (our addition) states the output's space where the formula leaves a choice.

    Source: PyTorch's ``ConvTranspose2d``; Dumoulin & Visin (arXiv:1603.07285), chapter 4.

    >>> from netledger.layers import apply
    >>> up = apply("conv_transpose2d", {"out_channels": 32, "kernel_size": 2, "stride": 2}, ((64, 28, 28),))
    >>> up.outputs, up.parameters.text(), up.macs.value
    (((32, 56, 56),), '(2*2)*64*32 + 32', 6422528)
    """
    axes = int(call.kind[-2])
    kernel, strides, dilations, extra = (
        per_axis(value, axes, what)
        for value, what in (
            (kernel_size, "kernel_size"),
            (stride, "stride"),
            (dilation, "dilation"),
            (output_padding, "output_padding"),
        )
    )
    _check(out_channels, groups, kernel, strides, dilations)
    batch, given, space = split_spatial(call, axes)
    channels = agreed("in_channels", in_channels, given)
    _check_groups(channels, out_channels, groups)
    pads = paddings(padding, axes)
    if isinstance(pads, str):
        raise ShapeError("padding='same' is not defined for a transposed convolution")
    letters = AXES[axes]
    stated = None if output_size is None else per_axis(output_size, axes, "output_size")
    sizes = tuple(
        products.spread(symbol(letter.upper(), size), kernel[i], strides[i], pads[i], dilations[i], extra[i])
        for i, (letter, size) in enumerate(zip(letters, space, strict=True))
    )
    out = stated if stated is not None else tuple(dim_of(size) for size in sizes)
    if any(isinstance(size, int) and size < 1 for size in out):
        raise ShapeError(f"an output of {shape_text(out)} cannot be")
    weights = products.filters(kernel, channels, groups, out_channels, transposed=True)
    return Effect(
        outputs=(call.input if isinstance(call.input, Unknown) else (*batch, out_channels, *out),),
        weights=formula(weights),
        biases=symbol("C_out", out_channels) if bias else ZERO,
        macs=formula(products.conv(batch, space, weights, transposed=True)),
        slots=_slots((channels, out_channels // groups, *kernel), out_channels, bias),
        sizes=sizes,
    )


def _per_group(channels: Dim, groups: int) -> Dim:
    return channels if isinstance(channels, Unknown) else channels // groups


def _slots(weight: tuple[Dim, ...], out_channels: int, bias: bool) -> tuple[Slot, ...]:
    slots = (Slot("weight", "weight", weight),)
    return (*slots, Slot("bias", "bias", (out_channels,))) if bias else slots


def _check(out_channels: int, groups: int, *per_dimension: tuple[int, ...]) -> None:
    positive("out_channels", out_channels)
    positive("groups", groups)
    for name, values in zip(("kernel_size", "stride", "dilation"), per_dimension, strict=True):
        positive(name, *values)


def _check_groups(channels: Dim, out_channels: int, groups: int) -> None:
    if out_channels % groups:
        raise ShapeError(f"{out_channels:,} output channels do not divide into {groups:,} groups")
    if isinstance(channels, int) and channels % groups:
        raise ShapeError(f"{channels:,} input channels do not divide into {groups:,} groups")
