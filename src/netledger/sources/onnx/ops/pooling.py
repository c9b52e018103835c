"""Pools over windows and regions of an image. Nothing contracted."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers.products import shape_text, spread, window
from netledger.sources.onnx.ops import op
from netledger.sources.onnx.values import Op, Result, Value, no_negative
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Dim
    from netledger.sources.onnx.values import Ints


_DATA = "a size depends on the data"


class Window:
    """The window of a convolution or pool: kernel, strides, dilations and padding for each spatial dimension.

    Absurd values - a stride, kernel or dilation below 1 - are ``ShapeError``s here, before anything is divided.
    """

    __slots__ = ("auto", "ceil", "dilations", "kernel", "pads", "pooling", "strides")

    def __init__(
        self, name: str, kernel: tuple[Dim, ...], strides: Ints, pads: Ints, dilations: Ints = None,
        auto_pad: str = "NOTSET", *, ceil: bool = False, pooling: bool = False,
    ) -> None:  # fmt: skip
        self.pooling, self.ceil, self.auto = pooling, ceil, auto_pad
        axes = len(kernel)
        self.kernel = kernel
        self.strides = _each(name, "strides", strides, axes)
        self.dilations = _each(name, "dilations", dilations, axes)
        pads = pads or (0,) * (2 * axes)
        if len(pads) != 2 * axes:
            raise ShapeError(f"{name}: {len(pads)} pads for {axes} spatial dimensions")
        self.pads = tuple(zip(pads[:axes], pads[axes:], strict=True))
        if self.auto in ("VALID", "SAME_UPPER", "SAME_LOWER"):
            self.pads = ((0, 0),) * axes
        for size in kernel:
            if isinstance(size, int) and size < 1:
                raise ShapeError(f"{name}: kernel_size must be at least 1, not {size}")

    def out(self, space: tuple[Dim, ...]) -> tuple[Dim, ...]:
        """The output's spatial sizes."""
        return tuple([self._one(i, size) for i, size in enumerate(space)])

    def _one(self, i: int, size: Dim) -> Dim:
        pad = "same" if self.auto in ("SAME_UPPER", "SAME_LOWER") else self.pads[i]
        count: Dim = window(
            size, self.kernel[i], self.strides[i], pad, self.dilations[i], round_up=self.ceil, clipped=True
        )
        return count

    def attributes(self) -> dict[str, Any]:
        """As netledger's own layers name them, what is usual left out."""
        found: dict[str, Any] = {"kernel_size": _short(self.kernel)}
        if set(self.strides) != {1} or self.pooling:
            found["stride"] = _short(self.strides)
        if set(self.dilations) != {1}:
            found["dilation"] = _short(self.dilations)
        if self.auto in ("SAME_UPPER", "SAME_LOWER"):
            found["padding"] = "same"
        elif any(pair != (0, 0) for pair in self.pads):
            even = all(before == after for before, after in self.pads)
            found["padding"] = _short(tuple([pair[0] for pair in self.pads])) if even else self.pads
        return found


def _each(name: str, what: str, values: Ints, axes: int) -> tuple[int, ...]:
    values = values or (1,) * axes
    if len(values) != axes:
        raise ShapeError(f"{name}: {len(values)} {what} for {axes} spatial dimensions")
    for value in values:
        if value < 1:
            raise ShapeError(f"{name}: {what} must be at least 1, not {value}")
    return values


def _short(values: tuple[Any, ...]) -> Any:
    return values[0] if len(set(values)) == 1 else values


@op("MaxPool AveragePool LpPool")
def pool(
    op: Op, X: Value, *, kernel_shape: Ints = None, strides: Ints = None, pads: Ints = None, dilations: Ints = None,
    auto_pad: str = "NOTSET", ceil_mode: int = 0, count_include_pad: int = 0,
) -> Result:  # fmt: skip
    """``MaxPool``, ``AveragePool``, ``LpPool``."""
    if not kernel_shape:
        raise ShapeError(f"{op.node.op} without kernel_shape")
    place = Window(op.node.op, kernel_shape, strides, pads, dilations, auto_pad, ceil=ceil_mode != 0, pooling=True)
    shape = X.sizes
    if shape is None:
        return Result(X.shape, X.shape, dtypes=(X.dtype, "int64"))
    if len(shape) != len(kernel_shape) + 2:
        raise ShapeError(f"{op.node.op} with a kernel of {len(kernel_shape)} dimensions of {shape_text(shape)}")
    out = (*shape[:2], *place.out(shape[2:]))
    attributes = place.attributes()
    if place.ceil:
        attributes["ceil_mode"] = True
    name = {"MaxPool": "max_pool", "AveragePool": "avg_pool"}.get(op.node.op)
    if name == "avg_pool":
        attributes.pop("dilation", None)
        if "padding" in attributes and not count_include_pad:
            attributes["count_include_pad"] = False
    kind = f"{name}{len(kernel_shape)}d" if name and 1 <= len(kernel_shape) <= 3 else None
    return Result(out, out, kind=kind, attributes=attributes, dtypes=(X.dtype, "int64"))


def channels_last(X: Value, rule: Callable[[Value], Result], *, last: bool = True) -> Result:
    """What a rule for channels before space says of an input whose channels are its last dimension."""
    shape = X.sizes
    if shape is None or not last or len(shape) < 2:
        return rule(X)
    result = rule(X.reshaped((shape[0], shape[-1], *shape[1:-1])))
    out = result.outputs[0]
    assert isinstance(out, tuple)
    result.outputs, result.kind, result.attributes = ((out[0], *out[2:], out[1]),), None, {}
    return result


@op("com.microsoft.NhwcMaxPool")
def nhwc_max_pool(
    op: Op, x: Value, *, kernel_shape: Ints = None, strides: Ints = None, pads: Ints = None, dilations: Ints = None,
    auto_pad: str = "NOTSET", ceil_mode: int = 0,
) -> Result:  # fmt: skip
    """``NhwcMaxPool``: of bytes, channels last."""
    return channels_last(
        x,
        lambda turned: pool(op, turned, kernel_shape=kernel_shape, strides=strides, pads=pads, dilations=dilations,
                            auto_pad=auto_pad, ceil_mode=ceil_mode),
    )  # fmt: skip


@op("GlobalAveragePool GlobalMaxPool GlobalLpPool")
def global_pool(op: Op, X: Value) -> Result:
    """``GlobalAveragePool``, ``GlobalMaxPool``, ``GlobalLpPool``: every spatial size becomes 1."""
    shape = X.sizes
    if shape is None:
        return Result(X.shape)
    axes = len(shape) - 2
    name = {"GlobalAveragePool": "adaptive_avg_pool", "GlobalMaxPool": "adaptive_max_pool"}.get(op.node.op)
    kind = f"{name}{axes}d" if name and 1 <= axes <= 3 else None
    return Result((*shape[:2], *(1,) * axes), kind=kind, attributes={"output_size": 1})


@op("MaxUnpool")
def max_unpool(
    op: Op, X: Value, I: Value, output_shape: Value | None = None, *, kernel_shape: Ints = None, strides: Ints = None,  # noqa: E741
    pads: Ints = None,
) -> Result:  # fmt: skip
    """``MaxUnpool``: pooling undone."""
    shape, kernel = X.sizes, kernel_shape or ()
    if output_shape is not None:
        given = output_shape.ints
        return Result(given if given is not None else (Unknown(_DATA),) * len(shape or ()))
    place = Window("MaxUnpool", kernel, strides, pads, pooling=True)
    if shape is None:
        return Result(X.shape)
    if len(shape) != len(kernel) + 2:
        raise ShapeError(f"MaxUnpool with a kernel of {len(kernel)} dimensions of {shape_text(shape)}")
    sizes = [
        n if isinstance(n, Unknown) else spread(n, kernel[i], place.strides[i], place.pads[i], 1, 0)
        for i, n in enumerate(shape[2:])
    ]
    return Result(no_negative((*shape[:2], *sizes), "MaxUnpool"))


@op("MaxRoiPool", learns=False)
def max_roi_pool(op: Op, X: Value, rois: Value, *, pooled_shape: Ints = None) -> Result:
    """``MaxRoiPool``: each region to one size."""
    return _regions(op, X, rois, pooled_shape or (0, 0))


@op("RoiAlign", learns=False)
def roi_align(op: Op, X: Value, rois: Value, *, output_height: int = 1, output_width: int = 1) -> Result:
    """``RoiAlign``: each region to one size, sampled."""
    return _regions(op, X, rois, (output_height, output_width))


def _regions(op: Op, X: Value, rois: Value, size: tuple[int, ...]) -> Result:
    shape, regions = X.sizes, rois.sizes
    count: Dim = regions[0] if regions else Unknown(_DATA)
    channels: Dim = shape[1] if shape is not None and len(shape) > 1 else Unknown(_DATA)
    return Result((count, channels, *no_negative(size, op.node.op)))


@op("NonMaxSuppression", learns=False)
def non_max_suppression(op: Op, boxes: Value, scores: Value) -> Result:
    """``NonMaxSuppression``: as many boxes as are left."""
    return Result((Unknown(_DATA), 3), dtypes=("int64",))
