"""Pooling over windows: nothing learned, no MACs, sizes by one rule."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.formula import Formula, ceil, symbol
from netledger.layers import Call, Effect, products, rule
from netledger.layers.sizes import AXES, dim_of, paddings, per_axis, positive, replaced, split_spatial, window
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers.sizes import Padding, Scales, Sizes
    from netledger.network import Dim


@rule("max_pool1d", "max_pool2d", "max_pool3d", role="pooling", by_map=True, overwritable=True, layouts=True)
def max_pool(
    call: Call, kernel_size: Sizes, stride: Sizes | None = None, padding: Padding = 0, dilation: Sizes = 1,
    return_indices: bool = False, ceil_mode: bool = False,
) -> Effect:  # fmt: skip
    """The largest value of each window; nothing learned, no MACs.

    Output ``⌊(H + 2·p - d·(k - 1) - 1)/s⌋ + 1``, rounded up with ``ceil_mode=True``, where a window that would start
    beyond the input and its left padding is dropped, as PyTorch and Caffe do. The stride is the kernel's size unless
    given.

    Source: PyTorch's ``MaxPool2d``; Caffe's ``pooling_layer.cpp``.

    >>> from netledger.layers import apply
    >>> pool1 = apply("max_pool2d", {"kernel_size": 3, "stride": 2}, ((96, 55, 55),))
    >>> pool1.outputs, pool1.sizes[0].text(symbols=True)
    (((96, 27, 27),), 'floor((H - 3)/2) + 1')
    """
    effect = pooled(call, kernel_size, stride, padding, dilation, ceil_mode)
    return effect.replace(outputs=effect.outputs * 2) if return_indices else effect


@rule("avg_pool1d", "avg_pool2d", "avg_pool3d", role="pooling", by_map=True, overwritable=True, layouts=True)
def avg_pool(
    call: Call, kernel_size: Sizes, stride: Sizes | None = None, padding: Padding = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Effect:  # fmt: skip
    """The mean of each window; nothing learned, no MACs. Sizes as for max pooling.

    Source: PyTorch's ``AvgPool2d``.

    >>> from netledger.layers import apply
    >>> apply("avg_pool2d", {"kernel_size": 7}, ((1024, 7, 7),)).outputs
    ((1024, 1, 1),)
    """
    return pooled(call, kernel_size, stride, padding, 1, ceil_mode)


@rule("lp_pool1d", "lp_pool3d")
@rule("lp_pool2d", by_map=True)
def lp_pool(
    call: Call, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False,
    *, padding: Padding = 0,
) -> Effect:  # fmt: skip
    """The p-norm of each window; nothing learned, no MACs. Sizes as for max pooling (``padding`` is our addition).

    Source: PyTorch's ``LPPool2d``.

    >>> from netledger.layers import apply
    >>> apply("lp_pool2d", {"norm_type": 2, "kernel_size": 2}, ((6, 28, 28),)).outputs
    ((6, 14, 14),)
    """
    return pooled(call, kernel_size, stride, padding, 1, ceil_mode)


@rule("max_unpool1d", "max_unpool2d", "max_unpool3d")
def max_unpool(
    call: Call, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0, *, output_size: Sizes | None = None
) -> Effect:
    """Puts each value back where max pooling found it; nothing learned, no MACs.

    Output ``(H - 1)·s - 2·p + k``, or ``output_size`` where that is given.

    Source: PyTorch's ``MaxUnpool2d``.

    >>> from netledger.layers import apply
    >>> apply("max_unpool2d", {"kernel_size": 2}, ((64, 14, 14),)).outputs
    ((64, 28, 28),)
    """
    axes = int(call.kind[-2])
    kernel = per_axis(kernel_size, axes, "kernel_size")
    strides = kernel if stride is None else per_axis(stride, axes, "stride")
    pads = per_axis(padding, axes, "padding")
    batch, channels, space = split_spatial(call, axes)
    sizes: list[Formula] = []
    for letter, size, k, s, p in zip(AXES[axes], space, kernel, strides, pads, strict=True):
        sizes.append(products.spread(symbol(letter.upper(), size), k, s, (p, p), 1, 0))
    out = per_axis(output_size, axes, "output_size") if output_size is not None else tuple(map(dim_of, sizes))
    return _shaped(call, batch, channels, out, tuple(sizes))


@rule("fractional_max_pool2d", "fractional_max_pool3d")
def fractional_max_pool(
    call: Call, kernel_size: Sizes, output_size: Sizes | None = None, output_ratio: Scales | None = None,
    return_indices: bool = False,
) -> Effect:  # fmt: skip
    """Max pooling over windows at random places, to a size or a ratio that is asked for; nothing learned, no MACs.

    Source: Graham 2014 (arXiv:1412.6071); PyTorch's ``FractionalMaxPool2d``.

    >>> from netledger.layers import apply
    >>> apply("fractional_max_pool2d", {"kernel_size": 2, "output_size": 20}, ((64, 32, 32),)).outputs
    ((64, 20, 20),)
    """
    axes = int(call.kind[-2])
    positive("kernel_size", *per_axis(kernel_size, axes, "kernel_size"))
    batch, channels, space = split_spatial(call, axes)
    out: tuple[Dim, ...]
    if output_size is not None:
        out = per_axis(output_size, axes, "output_size")
    elif output_ratio is not None:
        ratios = output_ratio if isinstance(output_ratio, tuple) else (output_ratio,) * axes
        if len(ratios) != axes or not all(0 < ratio < 1 for ratio in ratios):
            raise ShapeError(f"output_ratio needs {axes} numbers between 0 and 1, not {output_ratio}")
        out = tuple([s if isinstance(s, Unknown) else int(s * r) for s, r in zip(space, ratios, strict=True)])
    else:
        raise ShapeError("needs output_size or output_ratio")
    effect = _shaped(call, batch, channels, out)
    return effect.replace(outputs=effect.outputs * 2) if return_indices else effect


@rule("subsample")
def subsample(call: Call, stride: Sizes, start: Sizes = 0) -> Effect:
    """Takes every ``stride``-th position of the last two dimensions, from ``start`` on; nothing learned, no MACs.

    Output ``⌈(H - start)/s⌉``.

    Source: ``nailbed`` of cuda-convnet.

    >>> from netledger.layers import apply
    >>> apply("subsample", {"stride": 4}, ((3, 224, 224),)).outputs
    ((3, 56, 56),)
    """
    strides, starts = per_axis(stride, 2, "stride"), per_axis(start, 2, "start")
    positive("stride", *strides)
    batch, channels, space = split_spatial(call, 2)
    sizes = tuple([ceil((symbol(n, d) - o) / s) for n, d, s, o in zip("HW", space, strides, starts, strict=True)])
    return _shaped(call, batch, channels, tuple(map(dim_of, sizes)), sizes)


def pooled(
    call: Call, kernel_size: Sizes, stride: Sizes | None, padding: Padding, dilation: Sizes, ceil_mode: bool
) -> Effect:
    """The effect of any pooling over windows; the number of dimensions is the digit in the kind's name."""
    axes = int(call.kind[-2])
    kernel = per_axis(kernel_size, axes, "kernel_size")
    strides = per_axis(kernel_size if stride is None else stride, axes, "stride")
    dilations = per_axis(dilation, axes, "dilation")
    for name, values in (("kernel_size", kernel), ("stride", strides), ("dilation", dilations)):
        positive(name, *values)
    pads = paddings(padding, axes)
    batch, channels, space = split_spatial(call, axes)
    sizes: list[Formula] = []
    out: list[Dim] = []
    for i, (letter, size) in enumerate(zip(AXES[axes], space, strict=True)):
        pad = pads if isinstance(pads, str) else pads[i]
        sizes.append(
            window(letter.upper(), size, kernel[i], strides[i], pad, dilations[i], round_up=ceil_mode, clipped=True)
        )
        out.append(dim_of(sizes[-1]))
    return _shaped(call, batch, channels, tuple(out), tuple(sizes))


def _shaped(
    call: Call, batch: tuple[Dim, ...], channels: Dim, out: tuple[Dim, ...], sizes: tuple[Formula, ...] = ()
) -> Effect:
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape,), sizes=sizes)
    return Effect((replaced((*batch, channels), len(batch), channels, *out),), sizes=sizes)
