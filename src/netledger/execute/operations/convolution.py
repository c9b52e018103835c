"""Convolutions: PyTorch's, with rounding up, one-sided padding and SAME as zeros put around the input first."""

from __future__ import annotations

from itertools import groupby

import torch
import torch.nn.functional as F

from netledger.errors import DataError
from netledger.execute.operations import Making, operation
from netledger.execute.operations.windows import Padded, flat
from netledger.layers.sizes import per_axis

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.execute.operations import Compute

_FORWARD = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
_TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def bias_of(layer: Any) -> Any:
    """The layer's bias, or ``None``."""
    return layer._parameters.get("bias")


@operation("causal_conv1d")
def causal(making: Making) -> Compute:
    """Along the positions of ``(S, C)``, each channel by itself, each output from the ``K`` latest inputs."""
    before = making["kernel_size"] - 1

    def run(layer, x):  # type: ignore[no-untyped-def]
        y = F.conv1d(x.transpose(1, 2), layer.weight, bias_of(layer), padding=before, groups=x.shape[-1])
        return y[..., : x.shape[1]].transpose(1, 2)

    return run


@operation("conv1d", "conv2d", "conv3d")
def convolution(making: Making) -> Compute:
    """A convolution; the implicit zero border of ``ceil_mode`` is put at the far end of each dimension only."""
    axes = int(making.kind[4])
    window = Padded(
        axes, making["kernel_size"], making["stride"], making["padding"], making["dilation"], making["ceil_mode"], False
    )
    function, stride, dilation, groups = _FORWARD[axes], window.stride, window.dilation, making["groups"]
    mode = {"zeros": "constant"}.get(making["padding_mode"], making["padding_mode"])
    plain = window.symmetric
    if plain is not None and not window.ceil_mode and mode == "constant":
        return lambda layer, x: function(x, layer.weight, bias_of(layer), stride, plain, dilation, groups)

    def padded(layer, x):  # type: ignore[no-untyped-def]
        around = window.around(x.shape[-axes:])
        if any(size for pair in around for size in pair):
            x = F.pad(x, flat(around), mode=mode)
        return function(x, layer.weight, bias_of(layer), stride, 0, dilation, groups)

    return padded


@operation("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def transposed(making: Making) -> Compute:
    """A transposed convolution; one-sided padding crops the uncropped result."""
    axes = int(making.kind[-2])
    stride, dilation, kernel, extra = (
        per_axis(making[name], axes, name) for name in ("stride", "dilation", "kernel_size", "output_padding")
    )
    window = Padded(axes, kernel, stride, making["padding"], dilation, False, False)
    pads = window.pads
    assert not isinstance(pads, str)
    groups, function = making["groups"], _TRANSPOSED[axes]
    wanted = None if making["output_size"] is None else per_axis(making["output_size"], axes, "output_size")

    def run(layer, x):  # type: ignore[no-untyped-def]
        more = extra
        if wanted is not None:
            natural = [
                (size - 1) * stride[i] - sum(pads[i]) + dilation[i] * (kernel[i] - 1) + 1
                for i, size in enumerate(x.shape[-axes:])
            ]
            more = tuple(a - b for a, b in zip(wanted, natural, strict=True))
        if window.symmetric is not None:
            return function(x, layer.weight, bias_of(layer), stride, window.symmetric, more, groups, dilation)
        y = function(x, layer.weight, bias_of(layer), stride, 0, more, groups, dilation)
        for i, (before, after) in enumerate(pads):
            dim = y.dim() - axes + i
            y = y.narrow(dim, before, y.shape[dim] - before - after)
        return y

    return run


@operation("separable_conv2d")
def separable(making: Making) -> Compute:
    """Each channel by itself, then across them."""
    window = Padded(2, making["kernel_size"], making["stride"], making["padding"], making["dilation"], False, False)

    def run(layer, x):  # type: ignore[no-untyped-def]
        x = F.pad(x, flat(window.around(x.shape[-2:])))
        depthwise = layer.get("depthwise.weight")
        channels = x.shape[1]
        y = F.conv2d(x, depthwise, layer.get("depthwise.bias"), window.stride, 0, window.dilation, channels)
        return F.conv2d(y, layer.get("pointwise.weight"), layer.get("pointwise.bias"))

    return run


@operation("conv2d_local")
def local(making: Making) -> Compute:
    """Every position has kernels of its own."""
    window = Padded(
        2, making["kernel_size"], making["stride"], making["padding"], making["dilation"], making["ceil_mode"], False
    )
    groups = making["groups"]

    def run(layer, x):  # type: ignore[no-untyped-def]
        x = F.pad(x, flat(window.around(x.shape[-2:])))
        columns = F.unfold(x, window.kernel, window.dilation, 0, window.stride)
        columns = columns.unflatten(1, (groups, -1))
        weight = layer.weight.flatten(3).flatten(0, 1).unflatten(1, (groups, -1))
        y = torch.einsum("bgip,pgoi->bgop", columns, weight).flatten(1, 2)
        y = y.unflatten(2, layer.weight.shape[:2])
        bias = bias_of(layer)
        return y if bias is None else y + (bias if bias.dim() == 3 else bias.view(-1, 1, 1))

    return run


@operation("conv2d_partial")
def partial(making: Making) -> Compute:
    """Each output map from the input maps that the table names: neighbours in the table that see equally many make one
    grouped convolution of the gathered maps, so that nothing is multiplied by zero."""
    connections = making["connections"]
    if connections is None:
        raise DataError("cannot be built: it says how many maps each output map sees, not which (connections)")
    window = Padded(2, making["kernel_size"], making["stride"], making["padding"], 1, False, False)
    runs = [(count, list(rows)) for count, rows in groupby(connections, len)]

    def run(layer, x):  # type: ignore[no-untyped-def]
        x = F.pad(x, flat(window.around(x.shape[-2:])))
        pieces, start = [], 0
        for count, rows in runs:
            kernels = layer.weight[start : start + count * len(rows)].unflatten(0, (len(rows), count))
            seen = x[:, [i for row in rows for i in row]]
            pieces.append(F.conv2d(seen, kernels, None, window.stride, groups=len(rows)))
            start += count * len(rows)
        y, bias = torch.cat(pieces, 1), bias_of(layer)
        return y if bias is None else y + bias.view(-1, 1, 1)

    return run


@operation("trainable_subsample", "trainable_subsample2d")
def trainable_subsample(making: Making) -> Compute:
    """Sums of windows, times a coefficient a map, plus a bias a map."""
    kernel, stride = making["kernel_size"], making["stride"]

    def run(layer, x):  # type: ignore[no-untyped-def]
        sums = F.avg_pool2d(x, kernel, stride, divisor_override=1)
        return sums * layer.weight.view(-1, 1, 1) + layer.bias.view(-1, 1, 1)

    return run


@operation("unfold", "fold")
def windows(making: Making) -> Compute:
    """Windows written out as columns, or columns added up to maps."""
    names = ("kernel_size", "dilation", "padding", "stride")
    arguments = [making[name] for name in (names if making.kind == "unfold" else ("output_size", *names))]
    function = F.unfold if making.kind == "unfold" else F.fold
    return lambda layer, x: function(x, *arguments)
