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
    """Its kernels write a contiguous result, whatever the order of what they read."""
    x, shape = args[0], tuple(args[1])
    if kwargs or not x.is_floating_point() or tuple(x.shape[-len(shape) :]) != shape:
        return NotImplemented
    return _made(x.shape, x)


def _group_norm(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    x, groups = args[0], args[1]
    channels = x.shape[1] if x.dim() > 1 else 0
    fits = channels and groups and channels % groups == 0
    fits = fits and all(one is None or tuple(one.shape) == (channels,) for one in args[2:4])
    return _same(args, kwargs) if fits else NotImplemented


def _batch_norm(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    x = args[0]
    channels = x.shape[1] if x.dim() > 1 else None
    fits = all(one is None or tuple(one.shape) == (channels,) for one in args[1:5])
    return _same(args, kwargs) if fits else NotImplemented


def _softmax(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    x, dtype = args[0], args[2] if len(args) > 2 else None
    if dtype is None or dtype is x.dtype:
        return _same((x,), kwargs)
    fits = dtype.is_floating_point and x.is_floating_point() and x.is_contiguous()
    return _empty(x.shape, dtype=dtype, device=_META) if fits else NotImplemented


def _gelu(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Whichever way it is approximated."""
    return _same(args, {})


def _both(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Two tensors of one type value by value, broadcast."""
    a, b = args[0], args[1]
    if kwargs or not isinstance(a, _Tensor) or not a.is_floating_point():
        return NotImplemented
    if not isinstance(b, _Tensor):
        return _made(a.shape, a) if isinstance(b, int | float) and a.is_contiguous() else NotImplemented
    if a.dtype != b.dtype or not a.is_contiguous() or not b.is_contiguous():
        return NotImplemented
    shape = _broadcast(a.shape, b.shape)
    return NotImplemented if shape is None else _made(shape, a)


def _broadcast(a: Any, b: Any) -> Any:
    """The shape of two that are stretched to each other; ``None`` where they cannot be.

    >>> _broadcast((8, 1, 3), (4, 1)), _broadcast((2, 3), (2,))
    ([8, 4, 3], None)
    """
    if a == b:
        return a
    more, less = (a, b) if len(a) >= len(b) else (b, a)
    shape, first = list(more), len(more) - len(less)
    for i, size in enumerate(less, first):
        if shape[i] == 1:
            shape[i] = size
        elif size not in (1, shape[i]):
            return None
    return shape


def _fits_into(shape: Any, whole: Any) -> bool:
    """Whether what has one shape is stretched to the other, which stays."""
    return bool(shape == whole) or _broadcast(whole, shape) == list(whole)


def _both_into(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Two tensors of one type value by value, written where the first was read."""
    a, b = args[0], args[1]
    fits = not isinstance(b, _Tensor) or (b.dtype == a.dtype and _fits_into(b.shape, a.shape))
    return a if fits and a.is_floating_point() else NotImplemented


def _reduced(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """One value for all along some dimensions."""
    x, dims = args[0], args[1]
    if kwargs or not x.is_floating_point() or not dims:
        return NotImplemented
    shape, rank = list(x.shape), x.dim()
    if len({dim % rank for dim in dims if -rank <= dim < rank}) != len(dims):
        return NotImplemented
    for dim in dims:
        shape[dim] = 1 if len(args) > 2 and args[2] else -1
    return _made([size for size in shape if size >= 0], x)


def _masked(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Some values replaced, where a mask as large or smaller says so."""
    x, mask = args[0], args[1]
    fits = mask.dtype is torch.bool and mask.is_contiguous() and _fits_into(mask.shape, x.shape)
    return _same((x,), kwargs) if fits else NotImplemented


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
    return ordered_like((*q[:3], v[3]), args[0])


def ordered_like(shape: tuple[int, ...], like: Any) -> Any:
    """A tensor without gaps whose dimensions follow each other in memory as another's do.

    Fused kernels of attention write their result so: of a query that was split into heads and transposed, the heads can
    be joined again by a view.
    """
    if like.is_contiguous():
        return _made(shape, like)
    steps, strides, step = like.stride(), [0] * len(shape), 1
    for i in sorted(range(len(shape)), key=steps.__getitem__):
        strides[i] = step
        step *= max(shape[i], 1)
    return torch.empty_strided(shape, strides, dtype=like.dtype, device=_META)


def _convolution(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A convolution with a batch whose channels and groups fit; channels last where those of one operand are."""
    x, weight = args[0], args[1]
    order = torch.contiguous_format
    if not x.is_contiguous() or not weight.is_contiguous():
        last = _CHANNELS_LAST.get(x.dim())
        if last is None or not (x.is_contiguous(memory_format=last) or weight.is_contiguous(memory_format=last)):
            return NotImplemented
        order = last
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
    return _empty((x.shape[0], weight.shape[0], *out), dtype=x.dtype, device=_META, memory_format=order)


_CHANNELS_LAST = {4: torch.channels_last, 5: torch.channels_last_3d}


def _max_pool(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    defaults: tuple[Any, ...] = ([], [0], [1], False)
    stride, padding, dilation, round_up = (*args[2:], *defaults[len(args) - 2 :])
    return _pooled(args[0], (args[1], stride or args[1], padding, dilation), round_up)


def _average_pool(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    defaults: tuple[Any, ...] = ([], [0], False)
    stride, padding, round_up = (*args[2:5], *defaults[len(args) - 2 :])
    return _pooled(args[0], (args[1], stride or args[1], padding, [1]), round_up)


def _pooled(x: Any, settings: tuple[Any, ...], round_up: bool) -> Any:
    """A pool over windows of a batch; ``settings`` are kernel, step, padding and dilation, for all axes or each."""
    axes = x.dim() - 2
    if axes < 1 or not x.is_floating_point() or not x.is_contiguous():
        return NotImplemented
    kernel, stride, padding, dilation = [list(v) * axes if len(v) == 1 else list(v) for v in settings]
    if any(2 * p > k for k, p in zip(kernel, padding, strict=False)):
        return NotImplemented
    try:
        sizes = zip(x.shape[2:], kernel, stride, padding, dilation, strict=True)
        out = [window(size, k, s, (p, p), d, round_up=round_up, clipped=True) for size, k, s, p, d in sizes]
    except (ShapeError, ValueError):
        return NotImplemented
    return _made((*x.shape[:2], *out), x) if min(out) > 0 else NotImplemented


def _pool_to(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A pool to a number of places."""
    x, sizes = args[0], list(args[1])
    if kwargs or x.dim() != len(sizes) + 2 or min(sizes) < 1 or not x.is_floating_point() or not x.is_contiguous():
        return NotImplemented
    return _made((*x.shape[:2], *sizes), x)


def _rolled(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    x, shifts, dims = args[0], args[1], args[2] if len(args) > 2 else ()
    fits = len(shifts) == len(dims) and all(-x.dim() <= dim < x.dim() for dim in dims)
    return _same((x,), kwargs) if fits else NotImplemented


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
    return args[0] if args[0].is_floating_point() else NotImplemented


_UNARY = """neg silu relu sigmoid tanh exp rsqrt sqrt cos sin hardswish hardsigmoid softplus erf dropout abs
relu6 hardtanh leaky_relu elu mish selu log_sigmoid clamp clamp_min square reciprocal log"""
_IN_PLACE = "relu silu hardswish sigmoid dropout hardtanh relu6 leaky_relu elu mish hardsigmoid tanh clamp clamp_min"
SHORTCUTS: dict[str, Shortcut] = {
    **{f"aten::{name}": _same for name in _UNARY.split()},
    **{f"aten::{name}.Tensor": _both for name in ("add", "sub", "mul", "div")},
    **{f"aten::{name}_.Tensor": _both_into for name in ("add", "sub", "mul", "div")},
    "aten::pow.Tensor_Scalar": _both,
    "aten::layer_norm": _layer_norm,
    "aten::group_norm": _group_norm,
    "aten::mean.dim": _reduced,
    "aten::sum.dim_IntList": _reduced,
    "aten::masked_fill.Scalar": _masked,
    "aten::roll": _rolled,
    **{f"aten::max_pool{axes}d": _max_pool for axes in (1, 2, 3)},
    **{f"aten::avg_pool{axes}d": _average_pool for axes in (1, 2)},
    **{f"aten::adaptive_avg_pool{axes}d": _pool_to for axes in (1, 2, 3)},
    "aten::batch_norm": _batch_norm,
    "aten::gelu": _gelu,
    "aten::softmax.int": _softmax,
    "aten::log_softmax.int": _softmax,
    **{f"aten::conv{axes}d": _convolution for axes in (1, 2, 3)},
    **{f"aten::{name}_": _in_place for name in _IN_PLACE.split()},
    "aten::cat": _joined,
    "aten::linear": _linear,
    "aten::scaled_dot_product_attention": _attention,
}
"""``namespace::name.overload`` → its shortcut; the arguments are on the meta device already."""
