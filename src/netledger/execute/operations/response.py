"""Local response normalisation, forward and backward written out: one pass over the neighbours each way.

PyTorch's own is built from ``avg_pool3d`` and a power, and keeps five intermediate results for the backward pass; this
keeps the input and the denominators, as the code of 2012 did, and takes ``d^0.75`` from two square roots.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


CACHED = 1 << 16
"""Values that one piece of the work holds on a CPU, so that every pass over them stays in its cache."""


def summed_neighbours(x: Any, size: int, groups: int, before: int) -> Any:
    """For each map the sum over ``size`` neighbours, of which ``before`` come before it; zeros beyond the group.

    >>> summed_neighbours(torch.ones(1, 6, 1, 1), 3, 2, 1).flatten().tolist()
    [2.0, 3.0, 2.0, 2.0, 3.0, 2.0]
    """
    maps = x.unflatten(1, (groups, -1))
    total = maps.clone()
    for there, here in _shifts(maps.shape[2], size, before):
        if there != here:
            total[:, :, there].add_(maps[:, :, here])
    return total.flatten(1, 2)


def _shifts(count: int, size: int, before: int) -> list[tuple[slice, slice]]:
    """For each neighbour which maps have one, and which maps those are."""
    return [
        (slice(max(-shift, 0), count - max(shift, 0)), slice(max(shift, 0), count - max(-shift, 0)))
        for shift in range(-before, size - before)
        if abs(shift) < count
    ]


def summed_window(x: Any, size: int, before: int) -> Any:
    """For each position the sum over the ``size×size`` window around it in the same map; zeros beyond the edge.

    >>> summed_window(torch.ones(1, 1, 2, 2), 3, 1).flatten().tolist()
    [4.0, 4.0, 4.0, 4.0]
    """
    after = size - 1 - before
    return F.avg_pool2d(F.pad(x, (before, after, before, after)), size, stride=1, divisor_override=1)


def _denominators(x: Any, d: Any, size: int, factor: float, k: float, groups: int) -> None:
    """``k + factor·Σ x²`` into ``d``."""
    if not groups:
        d.copy_(summed_window(x * x, size, size // 2).mul_(factor).add_(k))
        return
    maps, sums = x.unflatten(1, (groups, -1)), d.fill_(k).unflatten(1, (groups, -1))
    for there, here in _shifts(maps.shape[2], size, size // 2):
        neighbour = maps[:, :, here]
        sums[:, :, there].addcmul_(neighbour, neighbour, value=factor)


def _raised(d: Any, beta: float) -> Any:
    """``d^beta`` for positive ``d``; 0.75 by two square roots."""
    if beta == 0.75:
        root = d.sqrt()
        return root.sqrt().mul_(root)
    return d.pow(beta)


def _pieces(x: Any) -> list[slice]:
    """Parts of the batch to be worked on one after the other: small ones on a CPU, the whole elsewhere, and where the
    passes are compiled, which makes one of them and would write each part out."""
    count = x.shape[0]
    if torch.compiler.is_compiling():
        return [slice(0, count)]
    step = max(CACHED * count // max(x.numel(), 1), 1) if x.device.type == "cpu" else max(count, 1)
    return [slice(start, start + step) for start in range(0, count, step)]


class ResponseNorm(torch.autograd.Function):
    """``y = x·d^-β`` with ``d = k + α/m·Σ x²``, summed over ``m`` neighbours: ``size`` maps of the same group, or with
    ``groups=0`` the ``size×size`` positions around in the same map.

    The window is PyTorch's: ``size//2`` before and ``(size-1)//2`` after.
    """

    @staticmethod
    def forward(ctx: Any, x: Any, size: int, alpha: float, beta: float, k: float, groups: int) -> Any:
        """The normalised input; keeps the input and the denominators."""
        factor = alpha / (size if groups else size * size)
        d, y = torch.empty_like(x), torch.empty_like(x)
        for piece in _pieces(x):
            _denominators(x[piece], d[piece], size, factor, k, groups)
            torch.div(x[piece], _raised(d[piece], beta), out=y[piece])
        ctx.save_for_backward(x, d)
        ctx.constants = size, factor, beta, groups
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """``g·d^-β - 2·β·α/m · x · Σ g·x·d^(-β-1)`` over those in whose window this one is."""
        x, d = ctx.saved_tensors
        size, factor, beta, groups = ctx.constants
        result = torch.empty_like(x)
        for piece in _pieces(x):
            values, sums = x[piece], d[piece]
            direct = gradients[0][piece] / _raised(sums, beta)
            spread = (direct * values).div_(sums)
            after = (size - 1) // 2
            spread = summed_neighbours(spread, size, groups, after) if groups else summed_window(spread, size, after)
            torch.addcmul(direct, values, spread, value=-2 * factor * beta, out=result[piece])
        return result, None, None, None, None, None


def within_contrast(x: Any, size: int, alpha: float, beta: float, k: float) -> Any:
    """As within maps, of the differences from the window's mean (cuda-convnet's ``cnorm``)."""
    squares = summed_window((x - summed_window(x, size, size // 2) / size**2).square(), size, size // 2)
    return x * (squares * (alpha / size**2) + k).pow(-beta)
