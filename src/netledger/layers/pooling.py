"""Pooling over windows."""

from __future__ import annotations

from netledger.layers import Call, Effect, rule
from netledger.layers.sizes import AXES, dim_of, paddings, per_axis, positive, split_spatial, window
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers.sizes import Padding, Sizes


@rule("max_pool1d", "max_pool2d", "max_pool3d")
def max_pool(
    call: Call, kernel_size: Sizes, stride: Sizes | None = None, padding: Padding = 0, dilation: Sizes = 1,
    ceil_mode: bool = False,
) -> Effect:  # fmt: skip
    """The largest value of each window; nothing learned, no MACs.

    Output ``⌊(H + 2·p - d·(k - 1) - 1)/s⌋ + 1``, rounded up with ``ceil_mode=True``, where a window that would start
    beyond the input and its left padding is dropped, as PyTorch and Caffe do.
    """
    return _pooled(call, kernel_size, stride, padding, dilation, ceil_mode)


@rule("avg_pool1d", "avg_pool2d", "avg_pool3d")
def avg_pool(
    call: Call, kernel_size: Sizes, stride: Sizes | None = None, padding: Padding = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Effect:  # fmt: skip
    """The mean of each window; nothing learned, no MACs. Sizes as for max pooling."""
    return _pooled(call, kernel_size, stride, padding, 1, ceil_mode)


def _pooled(
    call: Call, kernel_size: Sizes, stride: Sizes | None, padding: Padding, dilation: Sizes, ceil_mode: bool
) -> Effect:
    axes = int(call.kind[-2])
    kernel = per_axis(kernel_size, axes, "kernel_size")
    strides = per_axis(kernel_size if stride is None else stride, axes, "stride")
    dilations = per_axis(dilation, axes, "dilation")
    for name, values in (("kernel_size", kernel), ("stride", strides), ("dilation", dilations)):
        positive(name, *values)
    pads = paddings(padding, axes)
    batch, channels, space = split_spatial(call, axes)
    sizes, out = [], []
    for i, (letter, size) in enumerate(zip(AXES[axes], space, strict=True)):
        pad = pads if isinstance(pads, str) else pads[i]
        formula = window(letter.upper(), size, kernel[i], strides[i], pad, dilations[i], round_up=ceil_mode)
        count = dim_of(formula)
        if ceil_mode and isinstance(pad, tuple) and isinstance(size, int) and isinstance(count, int):
            if (count - 1) * strides[i] >= size + pad[0]:
                formula, count = formula - 1, count - 1
        sizes.append(formula)
        out.append(count)
    return Effect(
        outputs=(call.input if isinstance(call.input, Unknown) else (*batch, channels, *out),), sizes=tuple(sizes)
    )
