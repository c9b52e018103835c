"""Images made larger or smaller."""

from __future__ import annotations

import math

import torch.nn.functional as F

from netledger.execute.operations import Making, operation
from netledger.execute.operations.windows import flat
from netledger.layers.sizes import per_axis

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.execute.operations import Compute


@operation("interpolate", "upsample", "resize")
def interpolate(making: Making) -> Compute:
    """To the size that the ledger found; by the scale itself where one is given, as PyTorch takes its positions."""
    mode = making.arguments.get("mode") or "nearest"
    spatial = len(making.shape()) - making.batched - 1
    size = making.output()[-spatial:]
    corners = making.arguments.get("align_corners")
    more = {} if mode in ("nearest", "nearest-exact", "area") else {"align_corners": bool(corners)}
    scale = making.arguments.get("scale_factor")
    if scale is not None and making.arguments.get("size") is None:
        return lambda layer, x: F.interpolate(x, scale_factor=scale, mode=mode, **more)
    return lambda layer, x: F.interpolate(x, size=size, mode=mode, **more)


@operation("gaussian_blur")
def gaussian_blur(making: Making) -> Compute:
    """Each map with a fixed kernel; torchvision's ``sigma`` where none is given; zeros beyond the edge."""
    kernel = per_axis(making["kernel_size"], 2, "kernel_size")
    sigmas = [making["sigma"] or 0.3 * ((size - 1) * 0.5 - 1) + 0.8 for size in kernel]

    def run(layer, x):  # type: ignore[no-untyped-def]
        for dim, (size, sigma) in zip((-2, -1), zip(kernel, sigmas, strict=True), strict=True):
            x = _blurred(x, dim, _bell(size, sigma))
        return x

    return run


def _blurred(x, dim: int, weights: list[float]):  # type: ignore[no-untyped-def]
    """Along one dimension, as a sum of shifted copies: a fixed kernel is no contraction."""
    size, before = x.shape[dim], len(weights) // 2
    pads = [(before, len(weights) - 1 - before), (0, 0)] if dim == -2 else [(0, 0), (before, len(weights) - 1 - before)]
    wide = F.pad(x, flat(pads))
    return sum(wide.narrow(dim, i, size) * weight for i, weight in enumerate(weights))


def _bell(size: int, sigma: float) -> list[float]:
    """Gaussian weights that add up to 1.

    >>> [round(weight, 3) for weight in _bell(3, 1.0)]
    [0.274, 0.452, 0.274]
    """
    bell = [math.exp(-0.5 * ((i - (size - 1) / 2) / sigma) ** 2) for i in range(size)]
    return [weight / sum(bell) for weight in bell]
