"""Shapes and paddings of layers as texts state them."""

from __future__ import annotations

from netledger.audit.understanding.marks.scanning import marks
from netledger.errors import NetledgerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from netledger.audit.understanding.pieces import Piece
    from netledger.network import Network

PICTURE = 3
"""Sizes of a picture: channels, height and width."""


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


def on_other_pictures(network: Network, text: str) -> Network | None:
    """A published network with the picture that a text says it reads, where that has other channels; ``None`` where
    the text says no such thing, or the network cannot read it.

    >>> from netledger.catalogue import load
    >>> other = on_other_pictures(load("lenet5"), "LeNet-5 (input 32x32x3)")
    >>> other.name, other.layers[0].attributes["shape"]
    ('lenet5 on 3x32x32', (3, 32, 32))
    >>> on_other_pictures(load("lenet5"), "LeNet-5 (input 32x32x1)") is None
    True
    """
    own = [layer.attributes.get("shape") for layer in network.layers if layer.kind == "input"]
    if len(own) != 1 or not isinstance(own[0], tuple) or len(own[0]) != PICTURE:
        return None
    for shape in _pictures(text):
        if shape[0] != own[0][0]:
            try:
                other = network.with_input(shape)
            except NetledgerError:
                continue
            name = f"{network.name} on {by(shape)}"
            return other.replace(name=name, title=name, published={})
    return None


def _pictures(text: str) -> Iterator[tuple[int, ...]]:
    """The square pictures that a text calls an input, channels first."""
    for line in text.split("\n"):
        found = marks(line)
        if all(mark.value != "input" for mark in found):
            continue
        for mark in found:
            sizes = mark.value if mark.sort == "sizes" and isinstance(mark.value, tuple) else ()
            if len(sizes) == PICTURE:
                shape = sizes if sizes[1] == sizes[2] else channels_first(sizes)
                if shape[1] == shape[2] > shape[0]:
                    yield shape
