"""Pooling to a given size: adaptive, global, and over regions."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers import Call, Effect, rule
from netledger.layers.sizes import channel_axis, per_axis, positive, shape_text, split_spatial
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers.sizes import OutputSizes, Sizes
    from netledger.network import Dim


@rule("adaptive_avg_pool1d", "adaptive_avg_pool3d", role="pooling", by_map=True)
@rule("adaptive_avg_pool2d", role="pooling", by_map=True, keeps="inputs")
def adaptive_avg_pool(call: Call, output_size: OutputSizes) -> Effect:
    """Averages over windows chosen so that the output has ``output_size``; ``None`` keeps a dimension.

    Nothing learned, no MACs.

    Source: PyTorch's ``AdaptiveAvgPool2d``.

    >>> from netledger.layers import apply
    >>> apply("adaptive_avg_pool2d", {"output_size": 6}, ((256, 13, 13),)).outputs
    ((256, 6, 6),)
    """
    return _adaptive(call, output_size)


@rule("adaptive_max_pool1d", "adaptive_max_pool3d")
@rule("adaptive_max_pool2d", role="pooling", by_map=True)
def adaptive_max_pool(call: Call, output_size: OutputSizes, return_indices: bool = False) -> Effect:
    """The largest value of windows chosen so that the output has ``output_size``; ``None`` keeps a dimension.

    Nothing learned, no MACs.

    Source: PyTorch's ``AdaptiveMaxPool2d``.

    >>> from netledger.layers import apply
    >>> apply("adaptive_max_pool2d", {"output_size": (7, None)}, ((512, 14, 10),)).outputs
    ((512, 7, 10),)
    """
    effect = _adaptive(call, output_size)
    return effect.replace(outputs=effect.outputs * 2) if return_indices else effect


@rule("global_avg_pool", "global_max_pool", role="pooling", by_map=True)
def global_pool(call: Call, keepdim: bool = True) -> Effect:
    """The mean or the largest value of each whole map, in any number of dimensions; nothing learned, no MACs.

    The maps keep sizes of 1 (``512×1×1``) unless ``keepdim=False``.

    Source: Lin, Chen & Yan 2013 (arXiv:1312.4400); ONNX's ``GlobalAveragePool``.

    >>> from netledger.layers import apply
    >>> apply("global_avg_pool", {}, ((512, 7, 7),)).outputs
    ((512, 1, 1),)
    """
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape,))
    axis = channel_axis(call, shape)
    return Effect(((*shape[: axis + 1], *((1,) * (len(shape) - axis - 1) if keepdim else ())),))


@rule("spatial_pyramid_pool2d")
def spatial_pyramid_pool(call: Call, pyramid_height: int) -> Effect:
    """Pools each map to 1×1, 2×2, 4×4, … bins and joins them all into one vector; nothing learned, no MACs.

    Output ``C·(4^height - 1)/3``.

    Source: He, Zhang, Ren & Sun 2014 (arXiv:1406.4729); Caffe's ``SPP`` layer.

    >>> from netledger.layers import apply
    >>> apply("spatial_pyramid_pool2d", {"pyramid_height": 3}, ((256, 13, 13),)).outputs
    ((5376,),)
    """
    positive("pyramid_height", pyramid_height)
    if pyramid_height > 30:
        raise ShapeError(f"pyramid_height {pyramid_height} is beyond 30")
    batch, channels, _ = split_spatial(call, 2)
    if isinstance(call.input, Unknown):
        return Effect((call.input,))
    bins = (4**pyramid_height - 1) // 3
    return Effect(((*batch, channels if isinstance(channels, Unknown) else channels * bins),))


@rule("roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool")
def roi_pool(call: Call, output_size: Sizes, spatial_scale: float = 1.0) -> Effect:
    """Pools one map for each region (second input: regions × 5) to ``output_size``; nothing learned, no MACs.

    The position-sensitive forms (``ps_…``) divide the channels by the output's area.

    Source: Girshick 2015 (arXiv:1504.08083); torchvision's ``roi_align``.

    >>> from netledger.layers import apply
    >>> apply("roi_align", {"output_size": 7}, ((1, 256, 50, 50), (300, 5)), batched=True).outputs
    ((300, 256, 7, 7),)
    """
    height, width = per_axis(output_size, 2, "output_size")
    positive("output_size", height, width)
    _, channels, _ = split_spatial(call, 2)
    regions = call.inputs[1] if len(call.inputs) > 1 else Unknown("the regions are not given")
    count: Dim = regions if isinstance(regions, Unknown) else regions[0] if regions else 1
    if call.kind.startswith("ps_") and isinstance(channels, int):
        if channels % (height * width):
            raise ShapeError(f"{channels:,} channels do not divide into {height}×{width} bins")
        channels //= height * width
    return Effect(((count, channels, height, width),))


def _adaptive(call: Call, output_size: OutputSizes) -> Effect:
    axes = int(call.kind[-2])
    wanted = (output_size,) * axes if isinstance(output_size, int) else output_size
    wanted = wanted * axes if len(wanted) == 1 else wanted
    if len(wanted) != axes:
        raise ShapeError(f"output_size needs {axes} value{'s' * (axes > 1)}, not {len(wanted)}")
    batch, channels, space = split_spatial(call, axes)
    if isinstance(call.input, Unknown):
        return Effect((call.input,))
    if 0 in space:
        raise ShapeError(f"nothing to pool in {shape_text(call.input)}")
    out = tuple([there if size is None else size for size, there in zip(wanted, space, strict=True)])
    return Effect(((*batch, channels, *out),))
