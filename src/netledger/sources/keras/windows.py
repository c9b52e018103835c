"""Keras layers that go over an image, a sequence or a volume in windows."""

from __future__ import annotations

from netledger.sources.keras.steps import KerasConfig, KerasStep, known
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from netledger.network import Dim, Shape

    Steps = Callable[[KerasConfig, Sequence[Shape]], list[KerasStep]]


def _padding(config: KerasConfig, axes: int) -> Any:
    """``same`` or none; ``causal`` puts all that a kernel needs before the first step."""
    padding = config.text("padding", "valid")
    if padding == "causal":
        kernel, dilation = config.sizes("kernel_size", axes)[0], config.sizes("dilation_rate", axes, 1)[0]
        return ((dilation * (kernel - 1), 0),)
    return "same" if padding == "same" else 0


def _window(config: KerasConfig, axes: int) -> dict[str, Any]:
    return {
        "kernel_size": config.sizes("kernel_size", axes), "stride": config.sizes("strides", axes, 1),
        "padding": _padding(config, axes), "dilation": config.sizes("dilation_rate", axes, 1), **config.last,
    }  # fmt: skip


def _conv(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    axes = config.axes
    attributes = {"out_channels": config.size("filters"), **_window(config, axes)}
    more = {"groups": config.size("groups", 1), "bias": config.truth("use_bias", True)}
    return [KerasStep(f"conv{axes}d", {**attributes, **more}, roles="weight bias")]


def _channels(config: KerasConfig, shape: Shape) -> Dim:
    sizes = known(shape, 4)
    return sizes[-1] if config.last else sizes[1] if len(sizes) > 1 else Unknown("the input has no channels")


def _depthwise(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    axes, channels = config.axes, _channels(config, inputs[0])
    if isinstance(channels, Unknown):
        return [KerasStep("operation", {"name": config.class_name, "reason": "its channels are not known"})]
    wide = channels * config.size("depth_multiplier", 1)
    attributes = {"out_channels": wide, **_window(config, axes), "groups": channels}
    return [KerasStep(f"conv{axes}d", {**attributes, "bias": config.truth("use_bias", True)}, roles="weight bias")]


def _separable(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    if config.axes == 2:
        more = {
            "depth_multiplier": config.size("depth_multiplier", 1),
            "pointwise_bias": config.truth("use_bias", True),
        }
        attributes = {"out_channels": config.size("filters"), **_window(config, 2), **more}
        return [KerasStep("separable_conv2d", attributes, roles="weight weight bias")]
    alone = KerasConfig("DepthwiseConv1D", {**config.values, "use_bias": False})
    first = _depthwise(alone, inputs)[0].replace(suffix="depthwise", variables=("depthwise", "/0"), roles="weight")
    across = {"out_channels": config.size("filters"), "kernel_size": 1, "bias": config.truth("use_bias", True)}
    return [first, KerasStep("conv1d", {**across, **config.last}, roles="weight bias")]


def _transposed(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    axes = config.axes
    attributes = {"out_channels": config.size("filters"), **_window(config, axes), "padding": 0}
    attributes["bias"] = config.truth("use_bias", True)
    sizes = known(inputs[0], axes + 2)
    space = sizes[1:-1] if config.last else sizes[2:]
    if len(space) == axes and all(type(size) is int for size in space):
        attributes["output_size"] = tuple([_spread(config, axes, i, size) for i, size in enumerate(space)])
    return [KerasStep(f"conv_transpose{axes}d", attributes, roles="weight bias")]


def _spread(config: KerasConfig, axes: int, i: int, size: int) -> int:
    """The length that a transposed convolution makes of one (Keras' ``compute_conv_transpose_output_shape``)."""
    stride, reach = config.sizes("strides", axes, 1)[i], config.sizes("dilation_rate", axes, 1)[i]
    wide = reach * (config.sizes("kernel_size", axes)[i] - 1) + 1
    same = config.text("padding") == "same"
    if config.values.get("output_padding") is None:
        return size * stride if same else size * stride + max(wide - stride, 0)
    return (size - 1) * stride + wide - 2 * (wide // 2 if same else 0) + config.sizes("output_padding", axes)[i]


def _pool(kind: str) -> Steps:
    def steps(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
        axes = config.axes
        kernel = config.sizes("pool_size", axes, 2)
        stride = kernel if config.values.get("strides") is None else config.sizes("strides", axes)
        attributes = {"kernel_size": kernel, "stride": stride, "padding": _padding(config, axes), **config.last}
        return [KerasStep(f"{kind}_pool{axes}d", attributes)]

    return steps


def _global(kind: str) -> Steps:
    def steps(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
        dims = tuple([i + (1 if config.last else 2) for i in range(config.axes)])
        return [KerasStep(kind, {"dim": dims, "keepdim": config.truth("keepdims", False)})]

    return steps


def _pairs(config: KerasConfig, name: str) -> list[tuple[int, int]]:
    """What is added or cut before and after, axis by axis: one number, one an axis, or a pair an axis."""
    axes, stated = config.axes, config.values.get(name)
    if (
        isinstance(stated, list | tuple)
        and len(stated) == axes
        and all(isinstance(each, list | tuple) for each in stated)
    ):
        pairs = [KerasConfig(config.class_name, {name: each}).sizes(name, 2) for each in stated]
    elif axes == 1:
        pairs = [config.sizes(name, 2, 1)]
    else:
        pairs = [(size, size) for size in config.sizes(name, axes, 1)]
    return [(first, second) for first, second in pairs]


def _pad(sign: int, name: str) -> Steps:
    def steps(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
        pairs = [(sign * first, sign * second) for first, second in _pairs(config, name)]
        pairs = [*pairs, (0, 0)] if config.last else pairs
        return [KerasStep("pad", {"padding": tuple([size for pair in reversed(pairs) for size in pair])})]

    return steps


def _upsample(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    return [KerasStep("upsample", {"scale_factor": config.sizes("size", config.axes, 2), **config.last})]


def _to_a_size(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    """Resized or cut to a stated height and width, whatever it was before."""
    shape, wanted = known(inputs[0], 4), (config.size("height"), config.size("width"))
    made = (*shape[:-3], *wanted, shape[-1]) if config.last else (*shape[:-2], *wanted)
    return [KerasStep("elementwise", shape=made)]


def _numbered(pattern: str, steps: Steps, axes: str = "123") -> dict[str, Steps]:
    return {name.replace("N", n): steps for name in pattern.split() for n in axes}


STEPS: dict[str, Steps] = {
    **_numbered("ConvND ConvolutionND", _conv),
    **_numbered("ConvNDTranspose ConvolutionNDTranspose", _transposed),
    **_numbered("DepthwiseConvND", _depthwise, "12"),
    **_numbered("SeparableConvND SeparableConvolutionND", _separable, "12"),
    **_numbered("MaxPoolingND MaxPoolND", _pool("max")),
    **_numbered("AveragePoolingND AvgPoolND", _pool("avg")),
    **_numbered("GlobalAveragePoolingND GlobalAvgPoolND", _global("mean")),
    **_numbered("GlobalMaxPoolingND GlobalMaxPoolND", _global("amax")),
    **_numbered("ZeroPaddingND", _pad(1, "padding")),
    **_numbered("CroppingND", _pad(-1, "cropping")),
    **_numbered("UpSamplingND", _upsample),
    **dict.fromkeys(("Resizing", "CenterCrop", "RandomCrop"), _to_a_size),
}
"""Class → its rows."""
