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


def summed_neighbours(x: Any, size: int, groups: int, before: int) -> Any:
    """For each map the sum over ``size`` neighbours, of which ``before`` come before it; zeros beyond the group.

    >>> summed_neighbours(torch.ones(1, 6, 1, 1), 3, 2, 1).flatten().tolist()
    [2.0, 3.0, 2.0, 2.0, 3.0, 2.0]
    """
    maps = x.unflatten(1, (groups, -1))
    count = maps.shape[2]
    total = maps.clone()
    for shift in range(-before, size - before):
        if shift and abs(shift) < count:
            reach = count - abs(shift)
            total.narrow(2, max(-shift, 0), reach).add_(maps.narrow(2, max(shift, 0), reach))
    return total.flatten(1, 2)


def summed_window(x: Any, size: int, before: int) -> Any:
    """For each position the sum over the ``size×size`` window around it in the same map; zeros beyond the edge.

    >>> summed_window(torch.ones(1, 1, 2, 2), 3, 1).flatten().tolist()
    [4.0, 4.0, 4.0, 4.0]
    """
    after = size - 1 - before
    return F.avg_pool2d(F.pad(x, (before, after, before, after)), size, stride=1, divisor_override=1)


def power(d: Any, beta: float) -> Any:
    """``d^-beta`` for positive ``d``."""
    if beta == 0.75:
        root = d.sqrt()
        return root.sqrt().mul_(root).reciprocal_()
    return d.pow(-beta)


class ResponseNorm(torch.autograd.Function):
    """``y = x·d^-β`` with ``d = k + α/m·Σ x²``, summed over ``m`` neighbours: ``size`` maps of the same group, or with
    ``groups=0`` the ``size×size`` positions around in the same map.

    The window is PyTorch's: ``size//2`` before and ``(size-1)//2`` after.
    """

    @staticmethod
    def forward(ctx: Any, x: Any, size: int, alpha: float, beta: float, k: float, groups: int) -> Any:
        """The normalised input; keeps the input and the denominators."""
        many = size if groups else size * size
        d = _summed(x * x, size, groups, size // 2).mul_(alpha / many).add_(k)
        ctx.save_for_backward(x, d)
        ctx.constants = size, alpha / many, beta, groups
        return power(d, beta).mul_(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """``g·d^-β - 2·β·α/m · x · Σ g·x·d^(-β-1)`` over those in whose window this one is."""
        x, d = ctx.saved_tensors
        size, factor, beta, groups = ctx.constants
        direct = power(d, beta).mul_(gradients[0])
        spread = _summed((direct * x).div_(d), size, groups, (size - 1) // 2)
        return direct.sub_(spread.mul_(x).mul_(2 * factor * beta)), None, None, None, None, None


def _summed(x: Any, size: int, groups: int, before: int) -> Any:
    return summed_neighbours(x, size, groups, before) if groups else summed_window(x, size, before)


def within_contrast(x: Any, size: int, alpha: float, beta: float, k: float) -> Any:
    """As within maps, of the differences from the window's mean (cuda-convnet's ``cnorm``)."""
    squares = summed_window((x - summed_window(x, size, size // 2) / size**2).square(), size, size // 2)
    return x * (squares * (alpha / size**2) + k).pow(-beta)
