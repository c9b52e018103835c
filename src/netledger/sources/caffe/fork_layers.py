"""Layer types of Caffe's forks: regions, depthwise convolutions, unpooling, SSD's boxes, PSPNet's resizing.

Source: the layers' own ``Reshape`` in py-faster-rcnn, R-FCN, SSD, SegNet, DeconvNet, PSPNet and ShuffleNet's port.
"""

from __future__ import annotations

from netledger.sources.caffe import weight_layers as weights
from netledger.sources.caffe.data_layers import fault
from netledger.sources.caffe.weight_layers import per_axis
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Dim, Shape
    from netledger.sources.caffe.building import Building
    from netledger.wire.prototext import Message

    Reader = Callable[[Building, Message], None]


def _declared(building: Building, layer: Message, kind: str, attributes: dict[str, Any], shape: Shape) -> None:
    """A layer whose output is what its own ``Reshape`` says."""
    tops = tuple(layer.texts("top"))[:1]
    building.add(
        building.path(layer), kind, attributes, building.bottoms(layer)[:1], tops, layer, output_shapes=(shape,)
    )


def _maps(building: Building, layer: Message) -> tuple[tuple[Dim, ...], Dim, tuple[Dim, ...]] | None:
    """What comes before the channels, the channels, and the two sizes of the first bottom; ``None`` where unknown."""
    shape = building.shape(layer)
    if isinstance(shape, Unknown):
        return None
    if len(shape) < 3:
        raise fault("needs maps, but its input is a vector", layer)
    return shape[:-3], shape[-3], shape[-2:]


_NOT_KNOWN = Unknown("the input's maps are not known")


def _roi_pooling(building: Building, layer: Message) -> None:
    settings, maps = layer.message("roi_pooling_param"), _maps(building, layer)
    size = (building.integer(settings, "pooled_h"), building.integer(settings, "pooled_w"))
    building.assume("what follows ROI pooling is counted for one region")
    _declared(building, layer, "adaptive_max_pool2d", {"output_size": size},
              (*maps[0], maps[1], *size) if maps else _NOT_KNOWN)  # fmt: skip


def _psroi_pooling(building: Building, layer: Message) -> None:
    settings, maps = layer.message("psroi_pooling_param"), _maps(building, layer)
    side, channels = building.integer(settings, "group_size"), building.integer(settings, "output_dim")
    building.assume("what follows ROI pooling is counted for one region")
    _declared(building, layer, "elementwise", {},
              (*(maps[0] if maps else ()), channels, side, side))  # fmt: skip


def _depthwise(building: Building, layer: Message) -> None:
    """One filter a channel, whatever ``group`` says."""
    settings = layer.message("convolution_param")
    shape = building.shape(layer)
    channels = settings.text("num_output") if isinstance(shape, Unknown) else str(shape[1 if building.batched else 0])
    settings.fields["group"] = [channels]
    weights.convolution("conv")(building, layer)


def _bn(building: Building, layer: Message) -> None:
    """SegNet's and PSPNet's normalisation with its own slope and bias; their statistics come behind these."""
    roles = ("weight", "bias", "running_statistic", "running_statistic")
    building.simple(layer, "batch_norm", **building.stored(layer, roles))


def _upsample(building: Building, layer: Message) -> None:
    settings, maps = layer.message("upsample_param"), _maps(building, layer)
    stated = (building.integer(settings, "upsample_h", 0), building.integer(settings, "upsample_w", 0))
    factor = building.integer(settings, "scale", 2)
    if all(stated) and maps:
        _declared(building, layer, "upsample", {"size": stated}, (*maps[0], maps[1], *stated))
        return
    tops = tuple(layer.texts("top"))[:1]
    building.add(building.path(layer), "upsample", {"scale_factor": factor}, building.bottoms(layer)[:1], tops, layer)


def _unpooling(building: Building, layer: Message) -> None:
    settings, maps = layer.message("unpooling_param"), _maps(building, layer)
    if maps is None:
        _declared(building, layer, "elementwise", {}, _NOT_KNOWN)
        return
    stated = per_axis(building, settings, "unpool_size", "unpool", 0)
    sizes = []
    for axis, size in enumerate(maps[2]):
        kernel, stride, pad, whole = (
            value[axis] if isinstance(value, tuple) else value
            for value in (
                per_axis(building, settings, "kernel_size", "kernel", None),
                per_axis(building, settings, "stride", "stride", 1),
                per_axis(building, settings, "pad", "pad", 0),
                stated,
            )
        )  # fmt: skip
        sizes.append(whole or (size - 1) * stride + kernel - 2 * pad if isinstance(size, int) else size)
    _declared(building, layer, "elementwise", {}, (*maps[0], maps[1], *sizes))


def _axpy(building: Building, layer: Message) -> None:
    """``scale · x + y``: one value a channel, maps, maps."""
    values, path = building.bottoms(layer), building.path(layer)
    if len(values) != 3:
        raise fault("takes three blobs: scale, x and y", layer)
    building.add(f"{path}.scaled", "mul", {}, (values[1], values[0]), (), layer)
    building.add(path, "add", {}, (f"{path}.scaled", values[2]), tuple(layer.texts("top")), layer)


def _shuffle(building: Building, layer: Message) -> None:
    groups = building.integer(layer.message("shuffle_channel_param"), "group", 1)
    building.simple(layer, "channel_shuffle", {"groups": groups})


def _interp(building: Building, layer: Message) -> None:
    """DeepLab's and PSPNet's bilinear resizing."""
    settings, maps = layer.message("interp_param"), _maps(building, layer)
    stated = (building.integer(settings, "height", 0), building.integer(settings, "width", 0))
    pads = building.integer(settings, "pad_beg", 0) + building.integer(settings, "pad_end", 0)
    zoom, shrink = building.integer(settings, "zoom_factor", 1), building.integer(settings, "shrink_factor", 1)
    if maps is None or min(zoom, shrink) < 1:
        _declared(building, layer, "elementwise", {}, _NOT_KNOWN)
        return
    sizes = []
    for size, whole in zip(maps[2], stated, strict=True):
        if whole or not isinstance(size, int):
            sizes.append(whole or size)
            continue
        smaller = (size + pads - 1) // shrink + 1
        sizes.append(smaller + (smaller - 1) * (zoom - 1))
    _declared(building, layer, "elementwise", {}, (*maps[0], maps[1], *sizes))


def _normalize(building: Building, layer: Message) -> None:
    """SSD's normalisation over channels, then a learned scale: one for all channels or one for each."""
    settings = layer.message("norm_param")
    path, values, tops = building.path(layer), building.bottoms(layer)[:1], tuple(layer.texts("top"))
    shape = building.shape(layer)
    first = 1 if building.batched else 0
    building.add(f"{path}.norm", "normalize", {"dim": first}, values, (), layer)
    shared, stored = building.truth(settings, "channel_shared", True), building.stored(layer, ("weight",))
    if isinstance(shape, Unknown) and not shared:
        building.add(path, "scale", {}, (f"{path}.norm",), tops, layer, **stored)
        return
    sizes = () if shared or isinstance(shape, Unknown) else (shape[first],)
    attributes: dict[str, Any] = {"shape": sizes, **({"dim": first} if sizes else {})}
    building.add(path, "scale", attributes, (f"{path}.norm",), tops, layer, **stored)


def _permute(building: Building, layer: Message) -> None:
    order = building.sizes(layer.message("permute_param"), "order")
    shape = building.shape(layer)
    if isinstance(shape, Unknown):
        building.simple(layer, "identity")
        return
    rank = len(shape) + (0 if building.batched else 1)
    whole = (*order, *[axis for axis in range(rank) if axis not in order])
    if not building.batched:
        if whole[0] != 0:
            building.add_unknown(layer, "moves the batch")
            return
        whole = tuple([axis - 1 for axis in whole[1:]])
    building.simple(layer, "permute", {"dims": whole})


def _prior_box(building: Building, layer: Message) -> None:
    """Boxes and their variances for every place: two rows of four numbers a box; nothing is learned."""
    settings, maps = layer.message("prior_box_param"), _maps(building, layer)
    ratios = [1.0]
    for text in settings.texts("aspect_ratio"):
        try:
            ratio = float(text)
        except ValueError:
            raise fault(f"aspect_ratio: {text[:60]} is no number", layer) from None
        if all(abs(ratio - known) >= 1e-6 for known in ratios):
            ratios += [ratio, 1 / ratio] if building.truth(settings, "flip", True) and ratio else [ratio]
    boxes = len(ratios) * len(settings.texts("min_size")) + len(settings.texts("max_size"))
    dense = any(settings.has(name) for name in ("density", "fixed_size", "density_size"))
    known = maps is not None and not dense and all(isinstance(size, int) for size in maps[2])
    shape: Shape = Unknown("how many boxes there are is not known")
    if known and maps is not None:
        count = boxes * 4
        for size in maps[2]:
            count *= size if isinstance(size, int) else 0
        shape = (*maps[0], 2, count)
    _declared(building, layer, "elementwise", {}, shape)


def _detection_output(building: Building, layer: Message) -> None:
    _declared(building, layer, "elementwise", {}, Unknown("how many objects are found depends on the image"))


def _as(kind: str) -> Reader:
    return lambda building, layer: building.simple(layer, kind)


FORK_TYPES: dict[str, Reader] = {
    "ROIPooling": _roi_pooling, "PSROIPooling": _psroi_pooling, "BN": _bn, "Upsample": _upsample,
    "Unpooling": _unpooling, "ConvolutionDepthwise": _depthwise, "DepthwiseConvolution": _depthwise, "Axpy": _axpy,
    "ShuffleChannel": _shuffle, "ReLU6": _as("relu6"), "Mish": _as("mish"), "HSwish": _as("hardswish"),
    "HSigmoid": _as("hardsigmoid"), "Interp": _interp, "Normalize": _normalize, "Permute": _permute,
    "PriorBox": _prior_box, "DetectionOutput": _detection_output,
}  # fmt: skip
"""``type → reader`` of the types that BVLC Caffe has not."""

_SETTINGS = {
    "ROIPooling": "roi_pooling_param", "PSROIPooling": "psroi_pooling_param", "Upsample": "upsample_param",
    "Unpooling": "unpooling_param", "ShuffleChannel": "shuffle_channel_param", "Interp": "interp_param",
    "Normalize": "norm_param", "Permute": "permute_param", "PriorBox": "prior_box_param",
}  # fmt: skip


def is_unread(layer: Message) -> bool:
    """Whether the layer's settings are in a binary file under a number that its fork chose: nothing tells which."""
    message = _SETTINGS.get(layer.text("type"))
    return message is not None and layer.line is None and not layer.has(message)
