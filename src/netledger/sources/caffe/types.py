"""What each Caffe layer type is here: one small function a type, in one table."""

from __future__ import annotations

from itertools import pairwise

from netledger.network import elements_of
from netledger.sources.caffe import data_layers as data
from netledger.sources.caffe import weight_layers as weights
from netledger.sources.caffe.data_layers import fault
from netledger.sources.caffe.fork_layers import FORK_TYPES
from netledger.sources.caffe.weight_layers import per_axis
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Shape
    from netledger.sources.caffe.building import Building
    from netledger.wire.prototext import Message

    Reader = Callable[[Building, Message], None]


# ---------------------------------------------------------------------- windows and norms


def _pooling(building: Building, layer: Message) -> None:
    settings = layer.message("pooling_param")
    method = settings.text("pool", "MAX")
    kind = {"MAX": "max_pool2d", "AVE": "avg_pool2d", "STOCHASTIC": "max_pool2d"}.get(method)
    if kind is None:
        raise fault(f"unknown pool '{method[:40]}'", layer)
    if building.truth(settings, "global_pooling", False):
        whole = "adaptive_avg_pool2d" if method == "AVE" else "adaptive_max_pool2d"
        building.simple(layer, whole, {"output_size": 1})
        return
    kernel = per_axis(building, settings, "kernel_size", "kernel", None)
    stride = per_axis(building, settings, "stride", "stride", 1)
    pad = per_axis(building, settings, "pad", "pad", 0)
    attributes: dict[str, Any] = {"kernel_size": kernel, "stride": stride}
    if pad:
        attributes["padding"] = pad
    rounds_up = settings.text("round_mode", "CEIL") == "CEIL"
    if building.truth(settings, "ceil_mode", rounds_up):
        attributes["ceil_mode"] = True
        _unclipped(building, layer, attributes)
    building.simple(layer, kind, attributes)


def _unclipped(building: Building, layer: Message, attributes: dict[str, Any]) -> None:
    """Without padding Caffe keeps a last window that starts beyond the input (a stride wider than the kernel)."""
    shape = building.shape(layer)
    if "padding" in attributes or isinstance(shape, Unknown):
        return
    pads, wide = [], False
    for i, size in enumerate(shape[-2:]):
        kernel, stride = (
            value[i] if isinstance(value, tuple) else value
            for value in (attributes["kernel_size"], attributes["stride"])
        )
        if not isinstance(size, int) or size < kernel or stride < 1:
            return
        last = -(-(size - kernel) // stride) * stride
        wide = wide or last >= size
        pads.append((0, max(0, last + kernel - size)))
    if wide:  # the same windows, said with padding behind
        del attributes["ceil_mode"]
        attributes["padding"] = tuple(pads)


def _lrn(building: Building, layer: Message) -> None:
    settings = layer.message("lrn_param")
    within = settings.text("norm_region", "ACROSS_CHANNELS") == "WITHIN_CHANNEL"
    attributes = {
        "size": building.integer(settings, "local_size", 5), "alpha": building.real(settings, "alpha", 1.0),
        "beta": building.real(settings, "beta", 0.75), "k": building.real(settings, "k", 1.0),
    }  # fmt: skip
    building.simple(layer, "response_norm_within" if within else "local_response_norm", attributes)


def _batch_norm(building: Building, layer: Message) -> None:
    """Caffe's BatchNorm learns nothing: mean, variance and their weight are statistics; a Scale layer follows it."""
    roles = building.stored(layer, ("running_statistic",) * 3)
    building.simple(layer, "batch_norm", {"affine": False}, **roles)


# ---------------------------------------------------------------------- joining and reshaping


def _concat(building: Building, layer: Message) -> None:
    settings = layer.message("concat_param")
    axis = building.axis(settings, "axis" if settings.has("axis") else "concat_dim", 1)
    if axis is None:
        building.add_unknown(layer, "joins examples of a batch")
        return
    several = len(layer.texts("bottom")) > 1
    building.simple(layer, "concat" if several else "identity", {"dim": axis} if several else {})


def _slice(building: Building, layer: Message) -> None:
    settings = layer.message("slice_param")
    axis = building.axis(settings, "axis" if settings.has("axis") else "slice_dim", 1)
    shape, points = building.shape(layer), building.sizes(settings, "slice_point")
    tops = len(layer.texts("top"))
    if axis is None or isinstance(shape, Unknown):
        building.add_unknown(layer, "splits a batch" if axis is None else "splits what is not known")
        return
    size = shape[axis]
    if not isinstance(size, int):
        building.add_unknown(layer, "splits what is not known")
        return
    if tops == 1:
        building.simple(layer, "identity")
        return
    edges = (0, *points, size) if points else tuple(range(0, size + 1, max(size // max(tops, 1), 1)))
    sections = tuple([b - a for a, b in pairwise(edges)])
    if len(sections) != tops or any(section <= 0 for section in sections):
        raise fault(f"{size} channels do not split into {tops} tops at {list(points)}", layer)
    building.simple(layer, "split", {"split_size_or_sections": sections, "dim": axis})


def _flatten(building: Building, layer: Message) -> None:
    settings = layer.message("flatten_param")
    start = building.axis(settings, "axis", 1)
    end = building.axis(settings, "end_axis", -1)
    if start is None or end is None:
        building.add_unknown(layer, "flattens the batch")
        return
    building.simple(layer, "flatten", {"start_dim": start, "end_dim": end})


def _reshape(building: Building, layer: Message) -> None:
    settings = layer.message("reshape_param")
    stated = building.sizes(settings.message("shape"), "dim")
    shape = building.shape(layer)
    if isinstance(shape, Unknown):
        building.simple(layer, "identity")
        return
    full = shape if building.batched else (1, *shape)
    rank, count = len(full), building.integer(settings, "num_axes", -1)
    start = building.integer(settings, "axis", 0)
    start = start if start >= 0 else rank + start + 1
    end = rank if count == -1 else start + count
    if not 0 <= start <= end <= rank:
        raise fault(f"axis {start} of a blob with {rank}", layer)
    middle = [full[start + i] if size == 0 and start + i < rank else size for i, size in enumerate(stated)]
    target = [*full[:start], *middle, *full[end:]]
    if not building.batched:
        if target and target[0] in (1, -1) and (target[0] == 1 or elements_of(full) == elements_of(target[1:])):
            target = target[1:]
        else:
            building.add_unknown(layer, "reshapes the batch away")
            return
    building.simple(layer, "reshape", {"shape": tuple(target)})


def _tile(building: Building, layer: Message) -> None:
    settings = layer.message("tile_param")
    axis, shape = building.axis(settings, "axis", 1), building.shape(layer)
    if axis is None or isinstance(shape, Unknown):
        building.add_unknown(layer, "tiles the batch or what is not known")
        return
    times = [1] * len(shape)
    times[axis] = building.integer(settings, "tiles", 1)
    building.simple(layer, "tile", {"dims": tuple(times)})


def _crop(building: Building, layer: Message) -> None:
    """The first bottom cut to the second's sizes from ``axis`` on."""
    axis = building.axis(layer.message("crop_param"), "axis", 2)
    values = building.bottoms(layer)
    if len(values) != 2 or axis is None:
        building.add_unknown(layer, "a crop along the batch")
        return
    shape, model = building.shapes[values[0]], building.shapes[values[1]]
    if isinstance(shape, Unknown) or isinstance(model, Unknown):
        building.simple(layer, "identity")
        return
    result = (*shape[:axis], *model[axis:])
    tops = tuple(layer.texts("top"))
    size = {"size": tuple(result[-2:])}
    building.add(building.path(layer), "crop", size, values[:1], tops, layer, output_shapes=(result,))


def _reduction(building: Building, layer: Message) -> None:
    axis, shape = building.axis(layer.message("reduction_param"), "axis", 0), building.shape(layer)
    if isinstance(shape, Unknown):
        building.simple(layer, "identity")
        return
    start = 0 if axis is None else axis % max(len(shape), 1)
    kind = "mean" if layer.message("reduction_param").text("operation") == "MEAN" else "sum"
    building.simple(layer, kind, {"dim": tuple(range(start, len(shape)))})


def _eltwise(building: Building, layer: Message) -> None:
    operation = layer.message("eltwise_param").text("operation", "SUM")
    kind = {"SUM": "add", "PROD": "mul", "MAX": "maximum"}.get(operation)
    if kind is None:
        raise fault(f"unknown operation '{operation[:40]}'", layer)
    building.simple(layer, kind)


def _split(building: Building, layer: Message) -> None:
    """One blob under several names."""
    (value,) = building.bottoms(layer)[:1]
    for top in layer.texts("top"):
        building.blobs[top] = value


def _pyramid(building: Building, layer: Message) -> None:
    height = building.integer(layer.message("spp_param"), "pyramid_height")
    building.simple(layer, "spatial_pyramid_pool2d", {"pyramid_height": height})


def _dropout(building: Building, layer: Message) -> None:
    building.simple(layer, "dropout", {"p": building.real(layer.message("dropout_param"), "dropout_ratio", 0.5)})


def _parameter(building: Building, layer: Message) -> None:
    sizes = building.sizes(layer.message("parameter_param").message("shape"), "dim")
    building.add(building.path(layer), "parameter", {"shape": sizes}, (), tuple(layer.texts("top")), layer)


def _argmax(building: Building, layer: Message) -> None:
    """Places of the largest values: ``top_k`` along an axis, else of a whole example, with the values on demand."""
    settings, shape = layer.message("argmax_param"), building.shape(layer)
    top = building.integer(settings, "top_k", 1)
    axis = building.axis(settings, "axis", 1) if settings.has("axis") else None
    if settings.has("axis") and axis is None:
        building.add_unknown(layer, "compares the examples of a batch")
        return
    if axis is not None and top == 1:
        building.simple(layer, "argmax", {"dim": axis, "keepdim": True})
        return
    made: Shape = shape
    if axis is None:
        if isinstance(shape, tuple):
            batch = shape[:1] if building.batched else ()
            several = 2 if building.truth(settings, "out_max_val", False) else 1
            made = (*batch, several, top, *[1] * (len(shape) - len(batch) - 2))
    elif isinstance(shape, tuple):
        place = axis % len(shape)
        made = (*shape[:place], top, *shape[place + 1 :])
    building.simple(layer, "elementwise", output_shapes=(made,))


def _as(kind: str) -> Reader:
    return lambda building, layer: building.simple(layer, kind)


def _unknown(reason: str) -> Reader:
    return lambda building, layer: building.add_unknown(layer, reason)


def _python(building: Building, layer: Message) -> None:
    """One that reads no blob is a data layer: what it makes is an input, to be given a shape."""
    if layer.texts("bottom"):
        building.add_unknown(layer, "a Python layer: what it does is in code that is not here")
        return
    building.assume("what a Python layer makes is in code that is not here: give its shape with --input")
    base = building.path(layer)
    for i, top in enumerate(layer.texts("top")):
        building.add_input(f"{base}.{top}" if i else base, top, None, layer)


TYPES: dict[str, Reader] = {
    **dict.fromkeys(
        ("Data", "ImageData", "WindowData", "HDF5Data", "AnnotatedData", "DenseImageData"), data.data_layer),
    "Input": data.input_layer, "MemoryData": data.memory_layer, "DummyData": data.dummy_layer,
    **dict.fromkeys(
        ("Accuracy", "ContrastiveLoss", "EuclideanLoss", "HDF5Output", "HingeLoss", "InfogainLoss", "Silence",
         "MultinomialLogisticLoss", "SigmoidCrossEntropyLoss", "SmoothL1Loss", "MultiBoxLoss",
         "DetectionEvaluate"), data.left_out_layer),
    "Convolution": weights.convolution("conv"), "Deconvolution": weights.convolution("conv_transpose"),
    "InnerProduct": weights.inner_product, "Embed": weights.embed, "LSTM": weights.lstm, "RNN": weights.rnn,
    "Scale": weights.scale, "Bias": weights.bias, "PReLU": weights.prelu, "Pooling": _pooling, "LRN": _lrn,
    "BatchNorm": _batch_norm, "Concat": _concat, "Slice": _slice, "Flatten": _flatten,
    "Reshape": _reshape, "Tile": _tile, "Crop": _crop, "Reduction": _reduction, "Eltwise": _eltwise, "Split": _split,
    "SPP": _pyramid, "Dropout": _dropout, "Parameter": _parameter, "ArgMax": _argmax, "SoftmaxWithLoss": _as("softmax"),
    "Softmax": _as("softmax"), "ReLU": _as("relu"), "ELU": _as("elu"), "Sigmoid": _as("sigmoid"), "TanH": _as("tanh"),
    "AbsVal": _as("abs"), "BNLL": _as("softplus"), "Exp": _as("exp"), "Log": _as("log"), "Power": _as("affine"),
    "Swish": _as("silu"), "Threshold": _as("identity"), "Clip": _as("clamp"), "MVN": _as("identity"),
    "Python": _python, **FORK_TYPES,
    "Filter": _unknown("a Filter's output depends on the data"),
    "BatchReindex": _unknown("a BatchReindex's output depends on the data"),
    "Im2col": _unknown("Im2col: its output shape is not followed"),
    "LSTMUnit": _unknown("LSTMUnit is the inside of an LSTM"),
}  # fmt: skip
"""``type → reader``: every layer type of BVLC Caffe, and those of forks that real files have."""
SOURCES = frozenset((
    "Data", "ImageData", "WindowData", "HDF5Data", "AnnotatedData", "DenseImageData", "Input", "MemoryData",
    "DummyData", "Parameter", "Python",
))  # fmt: skip
"""Types that read no blob."""
