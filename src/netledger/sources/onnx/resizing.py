"""Operators over windows and grids of an image: pooling, resizing, cropping, sampling. Nothing contracted."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers.sizes import shape_text
from netledger.sources.onnx.folding import single
from netledger.sources.onnx.values import Op, Result, no_negative, product, wants_rank, whole_axis
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Dim, Shape

_DATA = "a size depends on the data"


class Window:
    """The window of a convolution or pool: kernel, strides, dilations and padding for each spatial dimension.

    Absurd values - a stride, kernel or dilation below 1 - are ``ShapeError``s here, before anything is divided.
    """

    __slots__ = ("auto", "ceil", "dilations", "kernel", "pads", "strides")

    def __init__(self, op: Op, kernel: tuple[Dim, ...]) -> None:
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
        kernel, stride, dilation = self.kernel[i], self.strides[i], self.dilations[i]
        if isinstance(size, Unknown):
            return size
        if self.auto in ("SAME_UPPER", "SAME_LOWER"):
            return -(-size // stride)
        if isinstance(kernel, Unknown):
            return kernel
        before, after = self.pads[i]
        span = size + before + after - (dilation * (kernel - 1) + 1)
        if span < 0:
            reach = f" padded by {before + after}" if before + after else ""
            wide = f"{kernel}" if dilation == 1 else f"{kernel} (dilated to {dilation * (kernel - 1) + 1:,})"
            raise ShapeError(f"kernel of {wide} is larger than the input of {size}{reach}")
        if not self.ceil:
            return span // stride + 1
        count = -(-span // stride) + 1
        return count - 1 if (count - 1) * stride >= size + before else count

    def attributes(self) -> dict[str, Any]:
        """As netledger's own layers name them, what is usual left out."""
        found: dict[str, Any] = {"kernel_size": _short(self.kernel), "stride": _short(self.strides)}
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


def pool(op: Op) -> Result:
    """``MaxPool``, ``AveragePool``, ``LpPool``."""
    shape = op.sizes(0)
    kernel = op.ints("kernel_shape")
    if not kernel:
        raise ShapeError(f"{op.node.op} without kernel_shape")
    window = Window(op, kernel)
    if shape is None:
        return Result(op.shape(0), op.shape(0), dtypes=(op.dtype(), "int64"))
    if len(shape) != len(kernel) + 2:
        raise ShapeError(f"{op.node.op} with a kernel of {len(kernel)} dimensions of {shape_text(shape)}")
    out = (*shape[:2], *window.out(shape[2:]))
    attributes = window.attributes()
    if window.ceil:
        attributes["ceil_mode"] = True
    name = {"MaxPool": "max_pool", "AveragePool": "avg_pool"}.get(op.node.op)
    if name == "avg_pool":
        attributes.pop("dilation", None)
        attributes["count_include_pad"] = op.whole("count_include_pad", 0) != 0
        if attributes["count_include_pad"] or "padding" not in attributes:
            del attributes["count_include_pad"]
    kind = f"{name}{len(kernel)}d" if name and 1 <= len(kernel) <= 3 else None
    return Result(out, out, kind=kind, attributes=attributes, dtypes=(op.dtype(), "int64"))


def global_pool(op: Op) -> Result:
    """``GlobalAveragePool``, ``GlobalMaxPool``, ``GlobalLpPool``: every spatial size becomes 1."""
    shape = op.sizes(0)
    if shape is None:
        return Result(op.shape(0))
    axes = len(shape) - 2
    name = {"GlobalAveragePool": "adaptive_avg_pool", "GlobalMaxPool": "adaptive_max_pool"}.get(op.node.op)
    kind = f"{name}{axes}d" if name and 1 <= axes <= 3 else None
    return Result((*shape[:2], *(1,) * axes), kind=kind, attributes={"output_size": 1})


def max_unpool(op: Op) -> Result:
    """``MaxUnpool``: pooling undone."""
    shape, kernel = op.sizes(0), op.ints("kernel_shape") or ()
    if op.has(2):
        given = op.const_ints(2)
        return Result(given if given is not None else (Unknown(_DATA),) * len(shape or ()))
    window = Window(op, kernel)
    if shape is None:
        return Result(op.shape(0))
    if len(shape) != len(kernel) + 2:
        raise ShapeError(f"MaxUnpool with a kernel of {len(kernel)} dimensions of {shape_text(shape)}")
    sizes = [
        n if isinstance(n, Unknown) else (n - 1) * window.strides[i] + kernel[i] - sum(window.pads[i])
        for i, n in enumerate(shape[2:])
    ]
    return Result(no_negative((*shape[:2], *sizes), "MaxUnpool"))


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


def resize(op: Op) -> Result:
    """``Resize``, ``Upsample``: to sizes, or by scales, rounded down in float32."""
    shape = op.sizes(0)
    if shape is None:
        return Result(op.shape(0))
    scales: tuple[Any, ...] | None
    if op.node.op == "Upsample" or op.version < 11:
        attribute = op.attribute("scales")
        scales, sizes = (tuple(attribute.get("floats", ())) if attribute else op.const(1)), None
    else:
        scales = op.const(2) if op.has(2) else None
        sizes = op.const_ints(3) if op.has(3) else None
    axes = op.ints("axes") or tuple(range(len(shape)))
    places = [whole_axis(axis, len(shape)) for axis in axes]
    if sizes is not None and len(sizes) == len(places):
        return Result(_resized_to(op, shape, places, sizes))
    if scales and len(scales) == len(places):
        result = list(shape)
        for place, scale in zip(places, scales, strict=True):
            result[place] = _scaled(shape[place], scale)
        return Result(tuple(result))
    return Result((Unknown("the size resized to depends on the data"),) * len(shape))


def _scaled(size: Dim, scale: float) -> Dim:
    from math import floor, isfinite

    if isinstance(scale, Unknown):
        return scale
    if scale <= 0 or not isfinite(scale):
        raise ShapeError(f"Resize by {scale}")
    if isinstance(size, Unknown):
        return size if scale == 1 else Unknown(size.reason)
    return floor(single(single(float(size)) * single(scale)))


def _resized_to(op: Op, shape: tuple[Dim, ...], places: list[int], sizes: tuple[Any, ...]) -> Shape:
    from fractions import Fraction

    policy = op.text("keep_aspect_ratio_policy", "stretch")
    result = list(shape)
    if policy == "stretch":
        for place, size in zip(places, sizes, strict=True):
            result[place] = size
        return no_negative(result, "Resize")
    pairs = [(shape[place], size) for place, size in zip(places, sizes, strict=True)]
    if any(isinstance(x, Unknown) or x == 0 for pair in pairs for x in pair):
        return tuple([Unknown(_DATA) if i in places else size for i, size in enumerate(shape)])
    ratios = [Fraction(size, old) for old, size in pairs]  # type: ignore[arg-type]
    ratio = min(ratios) if policy == "not_larger" else max(ratios)
    for place, (old, _) in zip(places, pairs, strict=True):
        result[place] = int(old * ratio + Fraction(1, 2))  # type: ignore[operator]
    return tuple(result)


def center_crop_pad(op: Op) -> Result:
    """``CenterCropPad``: to the sizes given, along the axes given."""
    shape, target = op.sizes(0), op.const_ints(1)
    if shape is None:
        return Result(op.shape(0))
    axes = op.ints("axes") or tuple(range(len(shape)))
    if target is not None and len(target) != len(axes):
        raise ShapeError(f"CenterCropPad of {len(axes)} axes to {len(target)} sizes")
    result = list(shape)
    for i, axis in enumerate(axes):
        result[whole_axis(axis, len(shape))] = Unknown(_DATA) if target is None else target[i]
    return Result(no_negative(result, "CenterCropPad"))


def col2im(op: Op) -> Result:
    """``Col2Im``: columns back to an image."""
    shape, image, block = wants_rank(op.shape(0), 3, "Col2Im"), op.const_ints(1), op.const_ints(2)
    if shape is None or image is None or block is None:
        return Result(Unknown(_DATA))
    area, columns = product(block), shape[1]
    if isinstance(area, int) and area < 1:
        raise ShapeError("Col2Im with an empty block")
    channels: Dim = columns if isinstance(columns, Unknown) else Unknown(_DATA)
    if isinstance(area, int) and isinstance(columns, int):
        channels = columns // area
    return Result((shape[0], channels, *no_negative(image, "Col2Im")))


def affine_grid(op: Op) -> Result:
    """``AffineGrid``: a coordinate for each position."""
    size = op.const_ints(1)
    if size is None or len(size) < 3:
        return Result(Unknown(_DATA))
    return Result((size[0], *size[2:], len(size) - 2))


def grid_sample(op: Op) -> Result:
    """``GridSample``: a value for each coordinate."""
    shape, grid = op.sizes(0), op.sizes(1)
    if shape is None or grid is None or len(shape) < 3 or len(grid) != len(shape):
        return Result(Unknown(_DATA))
    return Result((*shape[:2], *grid[1:-1]))


def image_decoder(op: Op) -> Result:
    """``ImageDecoder``: an image of unknown size."""
    channels = 1 if op.text("pixel_format", "RGB") == "Grayscale" else 3
    return Result((Unknown(_DATA), Unknown(_DATA), channels), dtypes=("uint8",))
