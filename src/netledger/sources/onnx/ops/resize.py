"""Operators over grids of an image: resizing, cropping, sampling."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers.products import affine_grid as affine_grid_product
from netledger.layers.products import broadcast, flat, shape_text
from netledger.network import elements_of
from netledger.sources.onnx.constant_folding import (
    indices,
    single,
)
from netledger.sources.onnx.ops import folds, op
from netledger.sources.onnx.ops.generators import given_shape
from netledger.sources.onnx.values import Op, Result, no_negative, wants_rank, whole_axis
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.network import Dim, Shape
    from netledger.sources.onnx.values import Constant


_DATA = "a size depends on the data"


@op("Resize Upsample", learns=False)
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


@op("CenterCropPad", learns=False)
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


@op("Col2Im", learns=False)
def col2im(op: Op) -> Result:
    """``Col2Im``: columns back to an image."""
    shape, image, block = wants_rank(op.shape(0), 3, "Col2Im"), op.const_ints(1), op.const_ints(2)
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
def affine_grid(op: Op) -> Result:
    """``AffineGrid``: a coordinate for each position, by a small matrix."""
    size = op.const_ints(1)
    if size is None or len(size) < 3:
        return Result(Unknown(_DATA), unknown="the size of the grid depends on the data")
    return Result(
        (size[0], *size[2:], len(size) - 2),
        kind="affine_grid",
        attributes={"size": size},
        terms=(flat(affine_grid_product(size[0], size[2:])),),
    )


@op("GridSample", learns=False)
def grid_sample(op: Op) -> Result:
    """``GridSample``: a value for each coordinate."""
    shape, grid = op.sizes(0), op.sizes(1)
    if shape is None or grid is None or len(shape) < 3 or len(grid) != len(shape):
        return Result(Unknown(_DATA))
    return Result((*shape[:2], *grid[1:-1]))


@op("ImageDecoder")
def image_decoder(op: Op) -> Result:
    """``ImageDecoder``: an image of unknown size."""
    channels = 1 if op.text("pixel_format", "RGB") == "Grayscale" else 3
    return Result((Unknown(_DATA), Unknown(_DATA), channels), dtypes=("uint8",))


@op("Pad", learns=False)
@op("com.microsoft.Pad")
def pad(op: Op) -> Result:
    """``Pad``: sizes grow by what is put before and after (or shrink, where negative)."""
    shape = op.sizes(0)
    if shape is None:
        return Result(op.shape(0))
    pads = op.ints("pads") if op.version < 11 and not op.node.domain else op.const_ints(1)
    pads = op.ints("paddings") if pads is None and op.version < 2 else pads
    if pads is None:
        return Result((Unknown("the padding depends on the data"),) * len(shape))
    axes = op.const_ints(3) if op.has(3) else tuple(range(len(shape)))
    if axes is None:
        return Result((Unknown("the padding depends on the data"),) * len(shape))
    if len(pads) != 2 * len(axes):
        raise ShapeError(f"Pad of {len(axes)} dimensions by {len(pads)} numbers")
    sizes = list(shape)
    for i, axis in enumerate(axes):
        place = whole_axis(axis, len(shape))
        extra = (sizes[place], pads[i], pads[i + len(axes)])
        unknown = next((x for x in extra if isinstance(x, Unknown)), None)
        sizes[place] = unknown if unknown is not None else sum(extra)
    return Result(no_negative(sizes, "Pad"))


@op("DepthToSpace SpaceToDepth")
def depth_to_space(op: Op) -> Result:
    """``DepthToSpace`` and ``SpaceToDepth``: blocks of channels become blocks of positions, or back."""
    shape, block = wants_rank(op.shape(0), 4, op.node.op), op.whole("blocksize", 0)
    if block < 1:
        raise ShapeError(f"{op.node.op} with blocksize {block}")
    if shape is None:
        return Result(op.shape(0))
    batch, channels, height, width = shape[:4]
    if op.node.op == "DepthToSpace":
        sizes = (batch, _divided(channels, block * block), elements_of((height, block)), elements_of((width, block)))
    else:
        sizes = (batch, elements_of((channels, block * block)), _divided(height, block), _divided(width, block))
    return Result(sizes)


def _divided(size: Dim, by: int) -> Dim:
    if isinstance(size, Unknown):
        return size
    if size % by:
        raise ShapeError(f"{size:,} does not divide by {by:,}")
    return size // by


@op("Tile", learns=False, hands_on=True)
def tile(op: Op) -> Result:
    """``Tile``: each size times its repeats."""
    shape, repeats = op.sizes(0), op.const_ints(1)
    if shape is None:
        return Result(op.shape(0))
    if op.version < 6:
        return Result((Unknown(_DATA),) * len(shape))
    if repeats is None:
        return Result((Unknown("the repeats depend on the data"),) * len(shape))
    if len(repeats) != len(shape):
        raise ShapeError(f"Tile of {shape_text(shape)} by {len(repeats)} repeats")
    return Result(no_negative([elements_of((n, times)) for n, times in zip(shape, repeats, strict=True)], "Tile"))


@op("Expand", learns=False, hands_on=True)
def expand(op: Op) -> Result:
    """``Expand``: broadcast to the shape given."""
    target = given_shape(op, 1, "the shape expanded to")
    return Result(broadcast(op.shape(0), target))


@folds("Expand")
def fold_expand(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    value = op.value(0)
    assert value is not None
    assert value.const is not None
    const = value.const
    return tuple([const[index] for index in indices(value.shape, shapes[0])])  # type: ignore[arg-type]
