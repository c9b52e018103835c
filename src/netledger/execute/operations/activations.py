"""Functions of each value by itself, and softmax."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from netledger.execute.operation import torch_dtype
from netledger.execute.operations import Making, operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.execute.operations import Compute

_PLAIN: dict[str, Callable[..., Any]] = {
    "sigmoid": torch.sigmoid, "tanh": torch.tanh, "silu": F.silu, "mish": F.mish,
    "hardswish": F.hardswish, "hardsigmoid": F.hardsigmoid, "relu6": F.relu6, "selu": F.selu,
    "softsign": F.softsign, "logsigmoid": F.logsigmoid, "tanhshrink": F.tanhshrink, "exp": torch.exp,
    "log": torch.log, "sqrt": torch.sqrt, "rsqrt": torch.rsqrt, "abs": torch.abs, "neg": torch.neg,
    "erf": torch.erf, "sin": torch.sin, "cos": torch.cos, "floor": torch.floor, "ceil": torch.ceil,
    "round": torch.round, "sign": torch.sign, "reciprocal": torch.reciprocal, "square": torch.square,
    **{
        name: getattr(torch, name)
        for name in (
            "expm1 exp2 log2 log10 log1p tan asin acos atan sinh cosh asinh acosh atanh trunc logical_not bitwise_not "
            "isnan isinf"
        ).split()
    },
}  # fmt: skip
_WITH_ARGUMENTS: dict[str, tuple[Callable[..., Any], dict[str, str]]] = {
    "leaky_relu": (F.leaky_relu, {"negative_slope": "negative_slope"}),
    "elu": (F.elu, {"alpha": "alpha"}),
    "celu": (F.celu, {"alpha": "alpha"}),
    "gelu": (F.gelu, {"approximate": "approximate"}),
    "hardtanh": (F.hardtanh, {"min_val": "min_val", "max_val": "max_val"}),
    "softplus": (F.softplus, {"beta": "beta", "threshold": "threshold"}),
    "softshrink": (F.softshrink, {"lambd": "lambd"}),
    "hardshrink": (F.hardshrink, {"lambd": "lambd"}),
    "threshold": (F.threshold, {"threshold": "threshold", "value": "value"}),
    "clamp": (torch.clamp, {"min": "min", "max": "max"}),
}


@operation("relu")
def relu(making: Making) -> Compute:
    """``max(x, 0)``; in place where the build found that nobody else needs the input."""
    if making.options.get("inplace") or making["inplace"]:
        return lambda layer, x: F.relu_(x)
    return lambda layer, x: F.relu(x)


@operation("identity")
def identity(making: Making) -> Compute:
    """The input itself."""
    return lambda layer, x: x


@operation(*_PLAIN)
def plain(making: Making) -> Compute:
    """A function without arguments."""
    function = _PLAIN[making.kind]
    return lambda layer, x: function(x)


@operation(*_WITH_ARGUMENTS)
def with_arguments(making: Making) -> Compute:
    """A function with numbers of its own; those the description does not give keep PyTorch's defaults."""
    function, names = _WITH_ARGUMENTS[making.kind]
    given = {theirs: making.arguments[ours] for ours, theirs in names.items() if making.arguments.get(ours) is not None}
    return lambda layer, x: function(x, **given)


@operation("prelu")
def prelu(making: Making) -> Compute:
    """``max(x, 0) + a·min(x, 0)`` with ``a`` learned."""
    return lambda layer, x: F.prelu(x, layer.weight)


@operation("glu")
def glu(making: Making) -> Compute:
    """One half of a dimension gated by the other."""
    dim = making.axis(making["dim"])
    return lambda layer, x: F.glu(x, dim)


@operation("softmax", "log_softmax", "softmin")
def softmax(making: Making) -> Compute:
    """Probabilities (or their logarithms) over one dimension."""
    function = {"softmax": F.softmax, "log_softmax": F.log_softmax, "softmin": F.softmin}[making.kind]
    dim = making.channel()
    return lambda layer, x: function(x, dim=dim)


@operation("maxout")
def maxout(making: Making) -> Compute:
    """The largest of every few neighbouring channels."""
    dim, size = making.channel(), making["pool_size"]
    return lambda layer, x: x.unflatten(dim, (-1, size)).amax(dim + 1)


@operation("affine")
def affine(making: Making) -> Compute:
    """Caffe's Power: ``(scale·x + shift)^power``."""
    factor, shift, exponent = making["scale"], making["shift"], making["power"]
    return lambda layer, x: (x * factor + shift) if exponent == 1 else (x * factor + shift) ** exponent


@operation("cast")
def cast(making: Making) -> Compute:
    """Another element type."""
    dtype = torch_dtype(making["dtype"])
    return lambda layer, x: x.to(dtype)
