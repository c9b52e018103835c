"""Padding, cropping, resizing, and channels exchanged for space: nothing learned, no MACs."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.formula import symbol
from netledger.layers import Call, Effect, products, rule
from netledger.layers.sizes import axis_of, channel_axis, divided, formula, per_axis, positive, shape_text
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers.sizes import Dims, Scales, Sizes
    from netledger.network import Dim, Shape


@rule("pad", keeps="nothing")
def pad(call: Call, padding: Dims, mode: str = "constant", value: float | None = None) -> Effect:
    """Adds a border: one width all around, or pairs (before, after) from the *last* dimension backwards.

    Nothing learned, no MACs. Negative widths cut off.

    Source: PyTorch's ``pad`` and ``ZeroPad2d``, ``ReflectionPad2d``, ….

    >>> from netledger.layers import apply
    >>> apply("pad", {"padding": (1, 2, 0, 3)}, ((3, 10, 10),)).outputs
    ((3, 13, 13),)
    """
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape,))
    if isinstance(padding, int):
        padding = (padding, padding) * (len(shape) - channel_axis(call, shape) - 1)
    if len(padding) % 2 or len(padding) > 2 * len(shape):
        raise ShapeError(f"padding={padding} is no row of pairs for the dimensions of {shape_text(shape)}")
    sizes = list(shape)
    for i in range(0, len(padding), 2):
        axis = len(sizes) - 1 - i // 2
        size = sizes[axis]
        if isinstance(size, int):
            sizes[axis] = size = size + padding[i] + padding[i + 1]
            if size < 0:
                raise ShapeError(f"padding={padding} cuts more than there is of {shape_text(shape)}")
    return Effect((tuple(sizes),))


@rule("center_crop", "random_crop", "crop", keeps="nothing", view=True)
def crop(call: Call, size: Sizes) -> Effect:
    """Cuts a window of ``size`` out of the last two dimensions: nothing learned, no MACs.

    Source: torchvision's ``CenterCrop``, ``RandomCrop``; AlexNet's 224 × 224 out of 256 × 256.

    >>> from netledger.layers import apply
    >>> apply("random_crop", {"size": 224}, ((3, 256, 256),)).outputs
    ((3, 224, 224),)
    """
    shape = call.input
    wanted = per_axis(size, 2, "size")
    if isinstance(shape, Unknown):
        return Effect((shape,))
    _images(shape)
    if any(isinstance(there, int) and cut > there for cut, there in zip(wanted, shape[-2:], strict=True)):
        raise ShapeError(f"a crop of {shape_text(wanted)} does not fit in {shape_text(shape)}")
    return Effect(((*shape[:-2], *wanted),))


@rule("upsample", "interpolate", by_map=True, layouts=True, keeps="nothing")
def interpolate(
    call: Call, size: Sizes | None = None, scale_factor: Scales | None = None, mode: str = "nearest",
    align_corners: bool | None = None, recompute_scale_factor: bool | None = None, antialias: bool = False,
) -> Effect:  # fmt: skip
    """Resizes the dimensions after the channels to ``size``, or by ``scale_factor``: ``⌊H·scale⌋``.

    Nothing learned, no MACs.

    Source: PyTorch's ``Upsample`` and ``interpolate``.

    >>> from netledger.layers import apply
    >>> apply("upsample", {"scale_factor": 2}, ((256, 13, 13),)).outputs
    ((256, 26, 26),)
    """
    shape = call.input
    if (size is None) == (scale_factor is None):
        raise ShapeError("needs either size or scale_factor")
    if isinstance(shape, Unknown):
        return Effect((shape,))
    axis = channel_axis(call, shape)
    axes = len(shape) - axis - 1
    if not axes:
        raise ShapeError(f"needs dimensions after the channels, not {shape_text(shape)}")
    if size is not None:
        return Effect(((*shape[: axis + 1], *per_axis(size, axes, "size")),))
    scales = scale_factor if isinstance(scale_factor, tuple) else (scale_factor,) * axes
    if len(scales) != axes:
        raise ShapeError(f"scale_factor needs {axes} value{'s' * (axes > 1)}, not {len(scales)}")
    out: list[Dim] = []
    for there, scale in zip(shape[axis + 1 :], scales, strict=True):
        if not isinstance(scale, int | float) or not 0 < scale < 2**31:
            raise ShapeError(f"scale_factor must be a positive number, not {scale}")
        out.append(there if isinstance(there, Unknown) else int(there * scale))
    return Effect(((*shape[: axis + 1], *out),))


@rule("resize")
def resize(call: Call, size: Sizes, mode: str = "bilinear") -> Effect:
    """Resizes the last two dimensions to ``size``: nothing learned, no MACs.

    Source: torchvision's ``Resize``; the second path of the 2012 competition's networks reads a smaller image.

    >>> from netledger.layers import apply
    >>> apply("resize", {"size": 56}, ((3, 224, 224),)).outputs
    ((3, 56, 56),)
    """
    shape = call.input
    wanted = per_axis(size, 2, "size")
    if isinstance(shape, Unknown):
        return Effect((shape,))
    _images(shape)
    return Effect(((*shape[:-2], *wanted),))


@rule("gaussian_blur")
def gaussian_blur(call: Call, kernel_size: Sizes, sigma: float | None = None) -> Effect:
    """Blurs each map with a fixed kernel: nothing learned; no MACs, as no weights are contracted; the shape stays.

    Published counts leave the filter out: the contest's nets of 2012 have 630 million connections without it. Where a
    live model runs it as a convolution, that is counted.

    Source: torchvision's ``GaussianBlur``; ``blur`` of cuda-convnet.

    >>> from netledger.layers import apply
    >>> apply("gaussian_blur", {"kernel_size": 9}, ((3, 224, 224),)).outputs
    ((3, 224, 224),)
    """
    positive("kernel_size", *per_axis(kernel_size, 2, "kernel_size"))
    return Effect((call.input,))


@rule("pixel_shuffle", "depth_to_space")
def pixel_shuffle(call: Call, upscale_factor: int) -> Effect:
    """Turns ``r²`` channels into ``r × r`` positions: ``C/r² × H·r × W·r``; nothing learned, no MACs.

    Source: Shi et al. 2016 (arXiv:1609.05158); PyTorch's ``PixelShuffle``; ONNX's ``DepthToSpace``.

    >>> from netledger.layers import apply
    >>> apply("pixel_shuffle", {"upscale_factor": 2}, ((256, 14, 14),)).outputs
    ((64, 28, 28),)
    """
    positive("upscale_factor", upscale_factor)
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape,))
    *batch, channels, height, width = _images(shape)
    fewer = divided(channels, upscale_factor * upscale_factor, "channels", "positions")
    height, width = (n if isinstance(n, Unknown) else n * upscale_factor for n in (height, width))
    return Effect(((*batch, fewer, height, width),))


@rule("pixel_unshuffle", "space_to_depth")
def pixel_unshuffle(call: Call, downscale_factor: int) -> Effect:
    """Turns ``r × r`` positions into ``r²`` channels: ``C·r² × H/r × W/r``; nothing learned, no MACs.

    Source: PyTorch's ``PixelUnshuffle``; ONNX's ``SpaceToDepth``; Darknet's ``reorg``.

    >>> from netledger.layers import apply
    >>> apply("space_to_depth", {"downscale_factor": 2}, ((64, 26, 26),)).outputs
    ((256, 13, 13),)
    """
    positive("downscale_factor", downscale_factor)
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape,))
    *batch, channels, height, width = _images(shape)
    more = channels if isinstance(channels, Unknown) else channels * downscale_factor * downscale_factor
    space = [divided(size, downscale_factor, "positions", "blocks") for size in (height, width)]
    return Effect(((*batch, more, *space),), sizes=(symbol("C", channels) * downscale_factor * downscale_factor,))


@rule("channel_shuffle", keeps="nothing")
def channel_shuffle(call: Call, groups: int) -> Effect:
    """Interleaves the channels of ``groups`` groups: nothing learned, no MACs; the shape stays.

    Source: Zhang, Zhou, Lin & Sun 2017 (arXiv:1707.01083); PyTorch's ``ChannelShuffle``.

    >>> from netledger.layers import apply
    >>> apply("channel_shuffle", {"groups": 2}, ((116, 28, 28),)).outputs
    ((116, 28, 28),)
    """
    shape = call.input
    if not isinstance(shape, Unknown):
        divided(shape[channel_axis(call, shape)], groups, "channels")
    return Effect((shape,))


@rule("grid_sample")
def grid_sample(
    call: Call, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Effect:
    """Reads maps at the places a second input gives: ``(N, C, H, W)`` and ``(N, H_out, W_out, 2)``; no MACs.

    Source: Jaderberg et al. 2015 (arXiv:1506.02025); PyTorch's ``grid_sample``.

    >>> from netledger.layers import apply
    >>> apply("grid_sample", {}, ((1, 64, 32, 32), (1, 20, 20, 2)), batched=True).outputs
    ((1, 64, 20, 20),)
    """
    shape: Shape = call.input
    grid = call.inputs[1] if len(call.inputs) > 1 else Unknown("the grid's shape is not given")
    if isinstance(shape, Unknown) or isinstance(grid, Unknown):
        return Effect((shape if isinstance(shape, Unknown) else grid,))
    if len(shape) != len(grid) or len(shape) < 3:
        raise ShapeError(f"a grid of {shape_text(grid)} does not go with {shape_text(shape)}")
    space = len(grid) - 2
    return Effect(((*shape[:-space], *grid[-space - 1 : -1]),))


@rule("affine_grid")
def affine_grid(call: Call, size: Sizes, align_corners: bool = False) -> Effect:
    """A coordinate for each position of maps of ``size`` ``(N, C, H, W)``, by the matrices ``(N, 2, 3)`` that are read.

    - MACs ``N·H·W·3·2``: a matrix product for every position; three dimensions take ``4·3``; nothing learned

    Source: Jaderberg et al. 2015 (arXiv:1506.02025); PyTorch's ``affine_grid``.

    >>> from netledger.layers import apply
    >>> grid = apply("affine_grid", {"size": (1, 4, 8, 8)}, ((1, 2, 3),))
    >>> grid.outputs, grid.macs.value
    (((1, 8, 8, 2),), 384)
    """
    if isinstance(size, int) or len(size) not in (4, 5):
        raise ShapeError(f"size={size} is no batch, channels and two or three spatial sizes")
    axes = len(size) - 2
    shape = call.input
    if not isinstance(shape, Unknown):
        wanted = (size[0], axes, axes + 1)
        if len(shape) != 3 or any(isinstance(a, int) and a != b for a, b in zip(shape, wanted, strict=True)):
            raise ShapeError(f"needs matrices of {shape_text(wanted)}, not {shape_text(shape)}")
    return Effect(((size[0], *size[2:], axes),), macs=formula(products.affine_grid(size[0], size[2:])))


@rule("flip", "roll")
def rearranged(call: Call, dims: Dims | None = None, shifts: Dims | None = None) -> Effect:
    """Turns dimensions round, or moves along them in a circle: nothing learned, no MACs; the shape stays.

    Source: PyTorch's ``flip``, ``roll``.

    >>> from netledger.layers import apply
    >>> apply("flip", {"dims": -1}, ((3, 224, 224),)).outputs
    ((3, 224, 224),)
    """
    if not isinstance(call.input, Unknown) and dims is not None:
        for dim in (dims,) if isinstance(dims, int) else dims:
            axis_of(dim, call.input, "dims")
    return Effect((call.input,))


def _images(shape: tuple[Dim, ...]) -> tuple[Dim, ...]:
    if len(shape) < 3:
        raise ShapeError(f"needs channels and two spatial dimensions, not {shape_text(shape)}")
    return shape
