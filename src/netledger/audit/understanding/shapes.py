"""Shapes and paddings of layers as texts state them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.audit.understanding.pieces import Piece


def channels_first(sizes: tuple[int, ...]) -> tuple[int, ...]:
    return (sizes[-1], *sizes[:-1])


def as_first(piece: Piece, axes: int) -> tuple[int, ...] | None:
    """The stated output with its channels first; ``None`` where it is not a picture's."""
    shape = piece.out_shape
    if shape is None:
        return None
    if len(shape) == axes and piece.out is not None:
        return (piece.out, *shape)
    if len(shape) != axes + 1:
        return None
    if piece.first is None and piece.out is not None and shape[0] == piece.out != shape[-1]:
        return shape
    return shape if piece.first else channels_first(shape)


def convolution_kind(kind: str, axes: int) -> str:
    if kind == "separable":
        return "separable_conv2d"
    return f"conv_transpose{axes}d" if kind == "transposed" else f"conv{axes}d"


def separated(piece: Piece, attributes: dict[str, Any]) -> dict[str, Any]:
    if piece.kind != "separable":
        return attributes
    kept = {name: value for name, value in attributes.items() if name != "bias"}
    return {**kept, "depthwise_bias": False, "pointwise_bias": piece.bias is not False}


def same(attributes: dict[str, Any], shape: tuple[int, ...] | None) -> dict[str, Any]:
    """The padding by which an output is the input over the stride, rounded up; uneven where the kernel is even."""
    kernel = attributes["kernel_size"]
    kernel = kernel if isinstance(kernel, tuple) else (kernel,)
    stride = attributes.get("stride", 1)
    strides = stride if isinstance(stride, tuple) else (stride,) * len(kernel)
    if all(step == 1 for step in strides):
        return {"padding": "same"} if any(side > 1 for side in kernel) else {}
    if shape is None or len(shape) != len(kernel) + 1:
        return {"padding": tuple([side // 2 for side in kernel])}
    pairs = []
    for size, side, step in zip(shape[1:], kernel, strides, strict=True):
        need = max((-(-size // step) - 1) * step + side - size, 0)
        pairs.append((need // 2, need - need // 2))
    return {"padding": tuple(pairs)} if any(before or after for before, after in pairs) else {}


def by(sizes: tuple[int, ...]) -> str:
    return "x".join([str(size) for size in sizes])
