"""Pools over windows and regions of an image. Nothing contracted."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers.products import shape_text, spread, window
from netledger.sources.onnx.ops import op
from netledger.sources.onnx.values import Op, Result, no_negative
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Dim


_DATA = "a size depends on the data"


class Window:
    """The window of a convolution or pool: kernel, strides, dilations and padding for each spatial dimension.

    Absurd values - a stride, kernel or dilation below 1 - are ``ShapeError``s here, before anything is divided.
    """

    __slots__ = ("auto", "ceil", "dilations", "kernel", "pads", "pooling", "strides")

    def __init__(self, op: Op, kernel: tuple[Dim, ...], pooling: bool = False) -> None:
        self.pooling = pooling
        axes = len(kernel)
        self.kernel = kernel
        self.strides = self._each(op, "strides", axes)
        self.dilations = self._each(op, "dilations", axes)
        self.ceil = op.whole("ceil_mode", 0) != 0
        self.auto = op.text("auto_pad", "NOTSET")
        pads = op.ints("pads") or (0,) * (2 * axes)
        if len(pads) != 2 * axes:
            raise ShapeError(f"{op.node.op}: {len(pads)} pads for {axes} spatial dimensions")
        self.pads = tuple(zip(pads[:axes], pads[axes:], strict=True))
        if self.auto in ("VALID", "SAME_UPPER", "SAME_LOWER"):
            self.pads = ((0, 0),) * axes
        for size in kernel:
            if isinstance(size, int) and size < 1:
                raise ShapeError(f"{op.node.op}: kernel_size must be at least 1, not {size}")

    @staticmethod
    def _each(op: Op, name: str, axes: int) -> tuple[int, ...]:
        values = op.ints(name) or (1,) * axes
        if len(values) != axes:
            raise ShapeError(f"{op.node.op}: {len(values)} {name} for {axes} spatial dimensions")
        for value in values:
            if value < 1:
                raise ShapeError(f"{op.node.op}: {name} must be at least 1, not {value}")
        return values

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


def _short(values: tuple[Any, ...]) -> Any:
    return values[0] if len(set(values)) == 1 else values


@op("MaxPool AveragePool LpPool")
def pool(op: Op) -> Result:
    """``MaxPool``, ``AveragePool``, ``LpPool``."""
    shape = op.sizes(0)
    kernel = op.ints("kernel_shape")
    if not kernel:
        raise ShapeError(f"{op.node.op} without kernel_shape")
    place = Window(op, kernel, pooling=True)
    if shape is None:
        return Result(op.shape(0), op.shape(0), dtypes=(op.dtype(), "int64"))
    if len(shape) != len(kernel) + 2:
        raise ShapeError(f"{op.node.op} with a kernel of {len(kernel)} dimensions of {shape_text(shape)}")
    out = (*shape[:2], *place.out(shape[2:]))
    attributes = place.attributes()
    if place.ceil:
        attributes["ceil_mode"] = True
    name = {"MaxPool": "max_pool", "AveragePool": "avg_pool"}.get(op.node.op)
    if name == "avg_pool":
        attributes.pop("dilation", None)
        attributes["count_include_pad"] = op.whole("count_include_pad", 0) != 0
        if attributes["count_include_pad"] or "padding" not in attributes:
            del attributes["count_include_pad"]
    kind = f"{name}{len(kernel)}d" if name and 1 <= len(kernel) <= 3 else None
    return Result(out, out, kind=kind, attributes=attributes, dtypes=(op.dtype(), "int64"))


@op("GlobalAveragePool GlobalMaxPool GlobalLpPool")
def global_pool(op: Op) -> Result:
    """``GlobalAveragePool``, ``GlobalMaxPool``, ``GlobalLpPool``: every spatial size becomes 1."""
    shape = op.sizes(0)
    if shape is None:
        return Result(op.shape(0))
    axes = len(shape) - 2
    name = {"GlobalAveragePool": "adaptive_avg_pool", "GlobalMaxPool": "adaptive_max_pool"}.get(op.node.op)
    kind = f"{name}{axes}d" if name and 1 <= axes <= 3 else None
    return Result((*shape[:2], *(1,) * axes), kind=kind, attributes={"output_size": 1})


@op("MaxUnpool")
def max_unpool(op: Op) -> Result:
    """``MaxUnpool``: pooling undone."""
    shape, kernel = op.sizes(0), op.ints("kernel_shape") or ()
    if op.has(2):
        given = op.const_ints(2)
        return Result(given if given is not None else (Unknown(_DATA),) * len(shape or ()))
    place = Window(op, kernel, pooling=True)
    if shape is None:
        return Result(op.shape(0))
    if len(shape) != len(kernel) + 2:
        raise ShapeError(f"MaxUnpool with a kernel of {len(kernel)} dimensions of {shape_text(shape)}")
    sizes = [
        n if isinstance(n, Unknown) else spread(n, kernel[i], place.strides[i], place.pads[i], 1, 0)
        for i, n in enumerate(shape[2:])
    ]
    return Result(no_negative((*shape[:2], *sizes), "MaxUnpool"))


@op("MaxRoiPool RoiAlign", learns=False)
def roi_pool(op: Op) -> Result:
    """``MaxRoiPool``, ``RoiAlign``: each region to one size."""
    shape, regions = op.sizes(0), op.sizes(1)
    if op.node.op == "MaxRoiPool":
        size = op.ints("pooled_shape") or (0, 0)
    else:
        size = (op.whole("output_height", 1), op.whole("output_width", 1))
    count: Dim = regions[0] if regions else Unknown(_DATA)
    channels: Dim = shape[1] if shape is not None and len(shape) > 1 else Unknown(_DATA)
    return Result((count, channels, *no_negative(size, op.node.op)))


@op("NonMaxSuppression", learns=False)
def non_max_suppression(op: Op) -> Result:
    """``NonMaxSuppression``: as many boxes as are left."""
    return Result((Unknown(_DATA), 3), dtypes=("int64",))
