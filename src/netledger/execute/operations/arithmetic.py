"""Several tensors value by value, and reductions."""

from __future__ import annotations

from functools import reduce

import torch

from netledger.execute.operations import Making, operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from netledger.execute.operations import Compute

_TWO = {
    "add": torch.add, "mul": torch.mul, "sub": torch.sub, "div": torch.div, "pow": torch.pow,
    "maximum": torch.maximum, "minimum": torch.minimum, "remainder": torch.remainder, "fmod": torch.fmod,
    "atan2": torch.atan2, "eq": torch.eq, "ne": torch.ne, "lt": torch.lt, "le": torch.le, "gt": torch.gt,
    "ge": torch.ge, "logical_and": torch.logical_and, "logical_or": torch.logical_or,
    "floor_divide": torch.floor_divide, "where": torch.where,
}  # fmt: skip
_REDUCE = {
    "mean": torch.mean, "sum": torch.sum, "amax": torch.amax, "amin": torch.amin, "var": torch.var, "std": torch.std,
    "logsumexp": torch.logsumexp, "norm": torch.linalg.vector_norm,
}  # fmt: skip
_EXTREMES = {"max": torch.max, "min": torch.min, "median": torch.median}


@operation(*_TWO)
def combine(making: Making) -> Compute:
    """Value by value, broadcast; a number of the description's own comes last."""
    function, value, align = _TWO[making.kind], making.arguments.get("value"), aligned(making)
    if making.kind == "where":
        return lambda layer, *xs: torch.where(*align(xs), *(() if value is None else (value,)))
    if value is None:
        return lambda layer, *xs: reduce(function, align(xs))
    return lambda layer, *xs: function(reduce(function, align(xs)), value)


def aligned(making: Making) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Values whose dimensions meet from the last on, as the description says, and whose first is the batch's in all."""
    if making.batched:
        return lambda xs: xs

    def align(xs: Sequence[Any]) -> Sequence[Any]:
        rank = max(x.dim() for x in xs)
        return [x if x.dim() == rank else x[(slice(None), *[None] * (rank - x.dim()))] for x in xs]

    return align


@operation(*_REDUCE)
def reduction(making: Making) -> Compute:
    """Over the dimensions named; all but the batch where none is."""
    function = _REDUCE[making.kind]
    given, keep = making.arguments.get("dim"), making.arguments.get("keepdim", False)

    def run(layer, x):  # type: ignore[no-untyped-def]
        dims = tuple(range(0 if making.batched else 1, x.dim())) if given is None else making.axes(given)
        return function(x, dim=dims, keepdim=keep)

    return run


@operation(*_EXTREMES)
def extreme(making: Making) -> Compute:
    """Along one dimension, with its places; of the whole example where none is named."""
    function, given, keep = _EXTREMES[making.kind], making["dim"], making["keepdim"]

    def run(layer, x):  # type: ignore[no-untyped-def]
        if given is not None:
            return tuple(function(x, making.axis(given), keep))
        return function(x) if making.batched else function(x.flatten(1), 1)[0]

    return run


@operation("argmax", "argmin")
def place_of(making: Making) -> Compute:
    """Where the largest or smallest value is; of the whole example where no dimension is named."""
    function = {"argmax": torch.argmax, "argmin": torch.argmin}[making.kind]
    dim, keep = making["dim"], making["keepdim"]
    if dim is None:
        return lambda layer, x: function(x) if making.batched else function(x.flatten(1), 1)
    return lambda layer, x: function(x, making.axis(dim), keep)


@operation("parameter")
def parameter(making: Making) -> Compute:
    """A learned tensor by itself; it gets a batch dimension of 1 where descriptions have none."""
    lift = not making.batched

    def run(layer):  # type: ignore[no-untyped-def]
        value = next(iter((*layer._parameters.values(), *layer._buffers.values())))  # what is not learned is a buffer
        return value.unsqueeze(0) if lift else value

    return run


def _view(making: Making) -> tuple[int, ...]:
    """Where a learned shape lies in the input: from the channels on, or from ``dim`` on."""
    start = making.channel() % making.rank()
    stated = making["shape"]
    sizes = (-1,) if stated is None else (stated,) if isinstance(stated, int) else tuple(stated)
    return sizes + (1,) * (making.rank() - start - len(sizes))


@operation("scale")
def scale(making: Making) -> Compute:
    """Caffe's Scale: a learned factor (and bias) for each channel."""
    view = _view(making)

    def run(layer, x):  # type: ignore[no-untyped-def]
        bias = layer._parameters.get("bias")
        y = x * layer.weight.view(view)
        return y if bias is None else y + bias.view(view)

    return run


@operation("bias")
def bias(making: Making) -> Compute:
    """Caffe's Bias: a learned summand for each channel."""
    view = _view(making)
    return lambda layer, x: x + layer.bias.view(view)
