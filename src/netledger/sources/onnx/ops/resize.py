"""Operators over grids of an image: resizing, cropping, sampling."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers.products import affine_grid as affine_grid_product
from netledger.layers.products import another, broadcast, flat, shape_text
from netledger.network import elements_of
from netledger.sources.onnx.constant_folding import indices, single
from netledger.sources.onnx.ops import folds, op
from netledger.sources.onnx.ops.generators import given_shape
from netledger.sources.onnx.values import Op, Result, Value, no_negative, wants_rank, whole_axis
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.network import Dim, Shape
    from netledger.sources.onnx.values import Constant, Ints, Setting


_DATA = "a size depends on the data"


@op("Upsample", learns=False)
def upsample(op: Op, X: Value, scales: Setting = None) -> Result:
    """``Upsample``: by scales, rounded down in float32."""
    shape = X.sizes
    if shape is None:
        return Result(X.shape)
    return _rescaled(shape, range(len(shape)), None if scales is None else scales.const)


@op("Resize", learns=False)
def resize(
    op: Op, X: Value, roi: Value | None = None, scales: Value | None = None, sizes: Value | None = None, *,
    axes: Ints = None, keep_aspect_ratio_policy: str = "stretch",
) -> Result:  # fmt: skip
    """``Resize``: to sizes, or by scales, rounded down in float32. Its first version has the scales second."""
    shape = X.sizes
    if shape is None:
        return Result(X.shape)
    if op.version < 11:
        scales, sizes = roi, None
    places = [whole_axis(axis, len(shape)) for axis in axes or range(len(shape))]
    target = None if sizes is None else sizes.ints
    if target is not None and len(target) == len(places):
        return Result(_resized_to(shape, places, target, keep_aspect_ratio_policy))
    return _rescaled(shape, places, None if scales is None else scales.const)


def _rescaled(shape: tuple[Dim, ...], places: Sequence[int], scales: Constant | None) -> Result:
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
        return size if scale == 1 else another(size)
    return floor(single(single(float(size)) * single(scale)))


def _resized_to(shape: tuple[Dim, ...], places: list[int], sizes: tuple[Any, ...], policy: str) -> Shape:
    from fractions import Fraction

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


@op("CenterCropPad", learns=False)
def center_crop_pad(op: Op, input_data: Value, shape: Value, *, axes: Ints = None) -> Result:
    """``CenterCropPad``: to the sizes given, along the axes given."""
    sizes, target = input_data.sizes, shape.ints
    if sizes is None:
        return Result(input_data.shape)
    axes = axes or tuple(range(len(sizes)))
    if target is not None and len(target) != len(axes):
        raise ShapeError(f"CenterCropPad of {len(axes)} axes to {len(target)} sizes")
    result = list(sizes)
    for i, axis in enumerate(axes):
        result[whole_axis(axis, len(sizes))] = Unknown(_DATA) if target is None else target[i]
    return Result(no_negative(result, "CenterCropPad"))


@op("Col2Im", learns=False)
def col2im(op: Op, input: Value, image_shape: Value, block_shape: Value) -> Result:
    """``Col2Im``: columns back to an image."""
    shape, image, block = wants_rank(input.shape, 3, "Col2Im"), image_shape.ints, block_shape.ints
    if shape is None or image is None or block is None:
        return Result(Unknown(_DATA))
    area, columns = elements_of(block), shape[1]
    if isinstance(area, int) and area < 1:
        raise ShapeError("Col2Im with an empty block")
    channels: Dim = columns if isinstance(columns, Unknown) else Unknown(_DATA)
    if isinstance(area, int) and isinstance(columns, int):
        channels = columns // area
    return Result((shape[0], channels, *no_negative(image, "Col2Im")))


@op("AffineGrid", learns=False)
def affine_grid(op: Op, theta: Value, size: Value) -> Result:
    """``AffineGrid``: a coordinate for each position, by a small matrix."""
    sizes = size.ints
    if sizes is None or len(sizes) < 3:
        return Result(Unknown(_DATA), unknown="the size of the grid depends on the data")
    return Result(
        (sizes[0], *sizes[2:], len(sizes) - 2),
        kind="affine_grid",
        attributes={"size": sizes},
        terms=(flat(affine_grid_product(sizes[0], sizes[2:])),),
    )


@op("GridSample", learns=False)
def grid_sample(op: Op, X: Value, grid: Value) -> Result:
    """``GridSample``: a value for each coordinate."""
    shape, places = X.sizes, grid.sizes
    if shape is None or places is None or len(shape) < 3 or len(places) != len(shape):
        return Result(Unknown(_DATA))
    return Result((*shape[:2], *places[1:-1]))


@op("ImageDecoder")
def image_decoder(op: Op, encoded_stream: Value, *, pixel_format: str = "RGB") -> Result:
    """``ImageDecoder``: an image of unknown size."""
    channels = 1 if pixel_format == "Grayscale" else 3
    return Result((Unknown(_DATA), Unknown(_DATA), channels), dtypes=("uint8",))


@op("Pad", learns=False)
@op("com.microsoft.Pad")
def pad(
    op: Op, data: Value, pads: Setting = None, constant_value: Value | None = None, axes: Value | None = None, *,
    paddings: Ints = None,
) -> Result:  # fmt: skip
    """``Pad``: sizes grow by what is put before and after (or shrink, where negative)."""
    shape = data.sizes
    if shape is None:
        return Result(data.shape)
    numbers = paddings if pads is None else pads.ints
    places = tuple(range(len(shape))) if axes is None else axes.ints
    if numbers is None or places is None:
        return Result((Unknown("the padding depends on the data"),) * len(shape))
    if len(numbers) != 2 * len(places):
        raise ShapeError(f"Pad of {len(places)} dimensions by {len(numbers)} numbers")
    sizes = list(shape)
    for i, axis in enumerate(places):
        place = whole_axis(axis, len(shape))
        extra = (sizes[place], numbers[i], numbers[i + len(places)])
        if extra[1:] != (0, 0):
            sizes[place] = another(*extra) if any(isinstance(x, Unknown) for x in extra) else sum(extra)
    return Result(no_negative(sizes, "Pad"))


@op("DepthToSpace")
def depth_to_space(op: Op, input: Value, *, blocksize: int = 0) -> Result:
    """``DepthToSpace``: blocks of channels become blocks of positions."""
    shape = _blocks(op, input, blocksize)
    if shape is None:
        return Result(input.shape)
    batch, channels, height, width = shape[:4]
    each = _divided(channels, blocksize * blocksize)
    return Result((batch, each, elements_of((height, blocksize)), elements_of((width, blocksize))))


@op("SpaceToDepth")
def space_to_depth(op: Op, input: Value, *, blocksize: int = 0) -> Result:
    """``SpaceToDepth``: blocks of positions become blocks of channels."""
    shape = _blocks(op, input, blocksize)
    if shape is None:
        return Result(input.shape)
    batch, channels, height, width = shape[:4]
    more = elements_of((channels, blocksize * blocksize))
    return Result((batch, more, _divided(height, blocksize), _divided(width, blocksize)))


def _blocks(op: Op, input: Value, blocksize: int) -> tuple[Dim, ...] | None:
    shape = wants_rank(input.shape, 4, op.node.op)
    if blocksize < 1:
        raise ShapeError(f"{op.node.op} with blocksize {blocksize}")
    return shape


def _divided(size: Dim, by: int) -> Dim:
    if isinstance(size, Unknown):
        return another(size)
    if size % by:
        raise ShapeError(f"{size:,} does not divide by {by:,}")
    return size // by


@op("Tile", learns=False, hands_on=True)
def tile(op: Op, input: Value, repeats: Value) -> Result:
    """``Tile``: each size times its repeats."""
    shape, times = input.sizes, repeats.ints
    if shape is None:
        return Result(input.shape)
    if op.version < 6:
        return Result((Unknown(_DATA),) * len(shape))
    if times is None:
        return Result((Unknown("the repeats depend on the data"),) * len(shape))
    if len(times) != len(shape):
        raise ShapeError(f"Tile of {shape_text(shape)} by {len(times)} repeats")
    return Result(no_negative([elements_of(pair) for pair in zip(shape, times, strict=True)], "Tile"))


@op("Expand", learns=False, hands_on=True)
def expand(op: Op, input: Value, shape: Value) -> Result:
    """``Expand``: broadcast to the shape given."""
    return Result(broadcast(input.shape, given_shape(shape, "the shape expanded to")))


@folds("Expand")
def fold_expand(op: Op, shapes: Sequence[Shape], input: Value) -> Constant | None:
    const = input.const or ()
    return tuple([const[index] for index in indices(input.shape, shapes[0])])  # type: ignore[arg-type]
