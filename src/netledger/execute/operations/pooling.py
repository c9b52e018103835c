"""Pooling. What PyTorch's pools do not take (one-sided or wide padding, SAME) is padded first."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from netledger.execute.operations import Making, operation
from netledger.execute.operations.windows import Padded, flat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.execute.operations import Compute

_MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
_MEAN = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
_POWER = {1: F.lp_pool1d, 2: F.lp_pool2d, 3: F.lp_pool3d}
_ADAPTIVE = {
    "adaptive_avg_pool1d": F.adaptive_avg_pool1d, "adaptive_avg_pool2d": F.adaptive_avg_pool2d,
    "adaptive_avg_pool3d": F.adaptive_avg_pool3d, "adaptive_max_pool1d": F.adaptive_max_pool1d,
    "adaptive_max_pool2d": F.adaptive_max_pool2d, "adaptive_max_pool3d": F.adaptive_max_pool3d,
}  # fmt: skip


def _window(making: Making, axes: int) -> Padded:
    stride = making["kernel_size"] if making["stride"] is None else making["stride"]
    dilation = making.arguments.get("dilation", 1)
    return Padded(axes, making["kernel_size"], stride, making["padding"], dilation, making["ceil_mode"], True)


def _fits(window: Padded) -> tuple[int, ...] | None:
    """The padding as PyTorch's pools take it: the same on both sides, at most half the kernel."""
    plain = window.symmetric
    if plain is None or any(2 * p > k for p, k in zip(plain, window.kernel, strict=True)):
        return None
    return plain


@operation("max_pool1d", "max_pool2d", "max_pool3d")
def max_pool(making: Making) -> Compute:
    """The largest value of each window; padding is never the largest."""
    axes = int(making.kind[-2])
    window, function = _window(making, axes), _MAX[axes]
    plain = _fits(window)
    if plain is not None:
        kernel, stride, dilation, ceil_mode = window.kernel, window.stride, window.dilation, window.ceil_mode
        return lambda layer, x: function(x, kernel, stride, plain, dilation, ceil_mode)

    def padded(layer, x):  # type: ignore[no-untyped-def]
        x = F.pad(x, flat(window.around(x.shape[-axes:])), value=float("-inf"))
        return function(x, window.kernel, window.stride, 0, window.dilation)

    return padded


@operation("avg_pool1d", "avg_pool2d", "avg_pool3d")
def avg_pool(making: Making) -> Compute:
    """The mean of each window, with or without the padding in the count."""
    axes = int(making.kind[-2])
    window, function = _window(making, axes), _MEAN[axes]
    plain, whole = _fits(window), making["count_include_pad"]
    if plain is not None:
        kernel, stride, ceil_mode = window.kernel, window.stride, window.ceil_mode
        return lambda layer, x: function(x, kernel, stride, plain, ceil_mode, whole)

    def padded(layer, x):  # type: ignore[no-untyped-def]
        pads = flat(window.around(x.shape[-axes:]))
        y = function(F.pad(x, pads), window.kernel, window.stride)
        if whole:
            return y
        ones = F.pad(torch.ones((1, 1, *x.shape[-axes:]), dtype=x.dtype, device=x.device), pads)
        return y / function(ones, window.kernel, window.stride)

    return padded


@operation("lp_pool1d", "lp_pool2d", "lp_pool3d")
def lp_pool(making: Making) -> Compute:
    """The p-norm of each window."""
    function: Any = _POWER[int(making.kind[-2])]
    norm, kernel, stride = making["norm_type"], making["kernel_size"], making["stride"]
    ceil_mode = making.arguments.get("ceil_mode", False)
    return lambda layer, x: function(x, norm, kernel, stride, ceil_mode)


@operation(*_ADAPTIVE)
def adaptive(making: Making) -> Compute:
    """Pools to a given output size."""
    function, size = _ADAPTIVE[making.kind], making["output_size"]
    return lambda layer, x: function(x, size)


@operation("global_avg_pool", "global_max_pool")
def whole(making: Making) -> Compute:
    """Pools all positions into one, which is kept as size 1 where the description keeps it."""
    spatial, kept = len(making.shape()) - making.batched - 1, len(making.output()) == len(making.shape())
    dims = tuple(range(-spatial, 0))
    reduce = torch.amax if making.kind == "global_max_pool" else torch.mean
    return lambda layer, x: reduce(x, dim=dims, keepdim=kept)
