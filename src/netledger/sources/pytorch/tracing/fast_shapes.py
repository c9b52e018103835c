"""Results of the commonest operations made from their shapes at once, without PyTorch's own (slower) shape functions.

Every shortcut is taken only where nothing can be wrong about it - one floating type, sizes that fit - and says
``NotImplemented`` otherwise, so that PyTorch decides and PyTorch complains.
"""

from __future__ import annotations

import torch

from netledger.errors import ShapeError
from netledger.layers.products import window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Shortcut = Callable[[tuple[Any, ...], dict[str, Any]], Any]

_META = torch.device("meta")
_empty, _Tensor = torch.empty, torch.Tensor


def _made(shape: Any, like: Any) -> Any:
    return _empty(shape, dtype=like.dtype, device=_META)


def _same(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """One value for each value."""
    x = args[0]
    return _made(x.shape, x) if x.is_floating_point() and not kwargs and x.is_contiguous() else NotImplemented


def _layer_norm(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    shape = tuple(args[1])
    return _same(args, kwargs) if tuple(args[0].shape[-len(shape) :]) == shape else NotImplemented


def _batch_norm(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    x = args[0]
    channels = x.shape[1] if x.dim() > 1 else None
    fits = all(one is None or tuple(one.shape) == (channels,) for one in args[1:5])
    return _same(args, kwargs) if fits else NotImplemented


def _softmax(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return _same(args, kwargs) if len(args) < 3 or args[2] is None else NotImplemented


def _both(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Two tensors of one type value by value, broadcast."""
    a, b = args[0], args[1]
    if kwargs or not isinstance(a, _Tensor) or not a.is_floating_point():
        return NotImplemented
    if not isinstance(b, _Tensor):
        return _made(a.shape, a) if isinstance(b, int | float) and a.is_contiguous() else NotImplemented
    if a.dtype != b.dtype or not a.is_contiguous():
        return NotImplemented
    mine, other = a.shape, b.shape
    if mine == other:
        return _made(mine, a) if b.is_contiguous() else NotImplemented
    if len(mine) < len(other) or any(y not in (1, x) for x, y in zip(reversed(mine), reversed(other), strict=False)):
        return NotImplemented
    return _made(mine, a)


def _linear(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    x, weight = args[0], args[1]
    if weight.dim() != 2 or x.dim() == 0 or x.dtype != weight.dtype or x.shape[-1] != weight.shape[1]:
        return NotImplemented
    bias = args[2] if len(args) > 2 else None
    if bias is not None and tuple(bias.shape) != (weight.shape[0],):
        return NotImplemented
    return _made((*x.shape[:-1], weight.shape[0]), x)


def _attention(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    q, k, v = args[0].shape, args[1].shape, args[2].shape
    if len(q) != 4 or len(k) != 4 or len(v) != 4 or not args[0].dtype == args[1].dtype == args[2].dtype:
        return NotImplemented
    if q[0] != k[0] or k[:3] != v[:3] or q[3] != k[3] or (q[1] != k[1] and not kwargs.get("enable_gqa")):
        return NotImplemented
    return _made((*q[:3], v[3]), args[0])


def _convolution(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A convolution with a batch whose channels and groups fit."""
    x, weight = args[0], args[1]
    defaults: tuple[Any, ...] = (None, [1], [0], [1], 1)
    bias, stride, padding, dilation, groups = (*args[2:], *defaults[len(args) - 2 :])
    axes = weight.dim() - 2
    if x.dim() != axes + 2 or x.dtype != weight.dtype or isinstance(padding, str):
        return NotImplemented
    if x.shape[1] != weight.shape[1] * groups or weight.shape[0] % groups or (bias is not None and bias.dim() != 1):
        return NotImplemented
    stride, padding, dilation = [list(v) * axes if len(v) == 1 else list(v) for v in (stride, padding, dilation)]
    sizes = zip(x.shape[2:], weight.shape[2:], stride, padding, dilation, strict=True)
    try:
        out = [window(size, k, s, (p, p), d) for size, k, s, p, d in sizes]
    except ShapeError:
        return NotImplemented
    return _made((x.shape[0], weight.shape[0], *out), x)


def _joined(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Tensors of one type that differ in the length of one dimension at most, one after the other along it."""
    tensors, dim = list(args[0]), args[1] if len(args) > 1 else kwargs.get("dim", 0)
    if not tensors or not tensors[0].is_floating_point():
        return NotImplemented
    first, rank = tensors[0], tensors[0].dim()
    if not -rank <= dim < rank:
        return NotImplemented
    dim %= rank
    shape, along = list(first.shape), 0
    for one in tensors:
        other = list(one.shape)
        if one.dtype != first.dtype or len(other) != rank or not one.is_contiguous():
            return NotImplemented
        along += other[dim]
        other[dim] = shape[dim]
        if other != shape:
            return NotImplemented
    shape[dim] = along
    return _made(shape, first)


def _in_place(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Written where it was read."""
    return args[0]


_UNARY = "neg silu gelu relu sigmoid tanh exp rsqrt sqrt cos sin hardswish hardsigmoid softplus erf dropout abs"
SHORTCUTS: dict[str, Shortcut] = {
    **{f"aten::{name}": _same for name in _UNARY.split()},
    **{f"aten::{name}.Tensor": _both for name in ("add", "sub", "mul", "div")},
    "aten::pow.Tensor_Scalar": _both,
    "aten::layer_norm": _layer_norm,
    "aten::batch_norm": _batch_norm,
    "aten::softmax.int": _softmax,
    **{f"aten::conv{axes}d": _convolution for axes in (1, 2, 3)},
    **{f"aten::{name}_": _in_place for name in ("relu", "silu", "hardswish", "sigmoid", "dropout")},
    "aten::cat": _joined,
    "aten::linear": _linear,
    "aten::scaled_dot_product_attention": _attention,
}
"""``namespace::name.overload`` → its shortcut; the arguments are on the meta device already."""
