"""Keras layers that change, join or reorder values: activations, normalisation, sums, shapes."""

from __future__ import annotations

from netledger.sources.keras.steps import KerasConfig, KerasStep, known
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from netledger.network import Shape

    Steps = Callable[[KerasConfig, Sequence[Shape]], list[KerasStep]]


def _channels_last(config: KerasConfig, inputs: Sequence[Shape]) -> bool | None:
    """Whether the axis that is normalised is the last one; ``None`` where it is neither that nor the first."""
    rank = len(known(inputs[0], 4))
    axis = config.axis()
    if axis is None:
        return None
    return True if axis % rank == rank - 1 else False if axis % rank == 1 else None


_NO_AXIS = "it normalises an axis that has no rule"


def _shifted(normalised: KerasStep, dim: int, shape: Sequence[int] | None = None) -> list[KerasStep]:
    """Normalised, and moved by a learned addition alone: our norms have a scale with every shift."""
    attributes = {"dim": dim} if shape is None else {"dim": dim, "shape": tuple(shape)}
    return [normalised.replace(suffix="normalised"), KerasStep("bias", attributes, roles="bias")]


def _batch_norm(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    last = _channels_last(config, inputs)
    if last is None:
        return [KerasStep("operation", {"name": config.class_name, "reason": _NO_AXIS})]
    scale, center = config.truth("scale", True), config.truth("center", True)
    layout = {"channels_last": True} if last else {}
    if center and not scale:
        normalised = KerasStep("batch_norm", {"affine": False, **layout}, roles="running_statistic " * 2,
                               variables=("moving_", "/1", "/2"))  # fmt: skip
        return _shifted(normalised, -1 if last else 1)
    learned = "weight " * scale + "bias " * center
    attributes = {"affine": scale, **({"bias": center} if scale else {}), **layout}
    return [KerasStep("batch_norm", attributes, roles=learned + "running_statistic running_statistic")]


def _layer_norm(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    shape = known(inputs[0], 2)
    axes = config.values.get("axis", -1)
    axes = [axes] if type(axes) is int else axes
    whole = isinstance(axes, list) and all(type(axis) is int and -len(shape) <= axis < len(shape) for axis in axes)
    wanted = sorted([axis % len(shape) for axis in axes]) if whole else []
    if not wanted or wanted != list(range(len(shape) - len(wanted), len(shape))):
        return [KerasStep("operation", {"name": config.class_name, "reason": _NO_AXIS})]
    sizes = shape[-len(wanted) :]
    scale, center = config.truth("scale", True), config.truth("center", True)
    if any(isinstance(size, Unknown) for size in sizes):
        return [KerasStep("operation", {"name": config.class_name, "reason": "its sizes are not known"})]
    if center and not scale:
        attributes = {"normalized_shape": sizes, "elementwise_affine": False}
        return _shifted(KerasStep("layer_norm", attributes), -len(sizes), sizes)
    attributes = {"normalized_shape": sizes, "elementwise_affine": scale, "bias": center}
    return [KerasStep("layer_norm", attributes, roles="weight " * scale + "bias " * center)]


def _group_norm(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    last, shape = _channels_last(config, inputs), known(inputs[0], 4)
    scale, center = config.truth("scale", True), config.truth("center", True)
    if last is None:
        return [KerasStep("operation", {"name": config.class_name, "reason": _NO_AXIS})]
    groups = config.values.get("groups", 32)
    channels = shape[-1] if last else shape[1]
    if groups == -1 and isinstance(channels, int):
        groups = channels
    attributes = {"num_groups": KerasConfig("", {"groups": groups}).size("groups"), "affine": scale, "bias": center}
    attributes |= {"channels_last": True} if last else {}
    if center and not scale:
        return _shifted(KerasStep("group_norm", attributes), -1 if last else 1)
    return [KerasStep("group_norm", attributes, roles="weight " * scale + "bias " * center)]


def _rms_norm(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    return [KerasStep("rms_norm", roles="weight")]


def _statistics(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    """Normalisation by statistics of the data, gathered before training and stored; nothing is learned."""
    steps = [KerasStep("elementwise", reads=(0,), shape=inputs[0])]
    if config.values.get("mean") is not None:  # settings, and no variables
        return steps
    shape, axes = known(inputs[0], 2), config.values.get("axis", -1)
    axes = [axes] if type(axes) is int else axes if isinstance(axes, list) else []
    sizes = tuple([shape[axis] for axis in axes])

    def held(name: str, shape: tuple[Any, ...], *variables: str) -> KerasStep:
        attributes = {"shape": shape, "learned": False}
        return KerasStep("parameter", attributes, name, (), roles="running_statistic", variables=variables)

    return [held("mean", sizes, "mean", "/0"), held("variance", sizes, "variance", "/1"), held("count", ()), *steps]


def _layer_scale(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    return [KerasStep("scale", {"shape": config.size("projection_dim"), "dim": -1}, roles="weight")]


def _prelu(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    """One slope for each value, or for all along the axes that share one."""
    sizes = list(known(inputs[0], 2)[1:])
    shared = config.values.get("shared_axes")
    for axis in shared if isinstance(shared, list) else ():
        if type(axis) is int and 1 <= axis <= len(sizes):
            sizes[axis - 1] = 1
    slopes = KerasStep("parameter", {"shape": tuple(sizes)}, "alpha", (), roles="weight")
    return [slopes, KerasStep("elementwise", reads=(0, "alpha"), shape=inputs[0])]


def _same(kind: str) -> Steps:
    def steps(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
        return [KerasStep(kind, shape=inputs[0])]

    return steps


_ACTIVATIONS = frozenset("relu relu6 selu silu sigmoid tanh elu gelu softplus mish leaky_relu hardsigmoid".split())


def _activation(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    name = config.text("activation")
    name = {"swish": "silu", "hard_sigmoid": "hardsigmoid"}.get(name, name)
    if name == "softmax":
        return [KerasStep("softmax", {"dim": -1})]
    return [KerasStep(name if name in _ACTIVATIONS else "elementwise", shape=inputs[0])]


def _softmax(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    axis = config.axis()
    return [KerasStep("softmax", {"dim": axis}) if axis is not None else KerasStep("elementwise", shape=inputs[0])]


def _joined(kind: str) -> Steps:
    def steps(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
        return [KerasStep(kind, reads=tuple(range(len(inputs))), shape=inputs[0] if kind == "elementwise" else None)]

    return steps


def _concatenate(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    return [KerasStep("concat", {"dim": config.axis() or 0}, reads=tuple(range(len(inputs))))]


def _flatten(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    shape = inputs[0]
    if not isinstance(shape, Unknown) and len(shape) < 2:  # Keras makes a column of single values
        return [KerasStep("elementwise", shape=(*shape, 1))]
    return [KerasStep("flatten", {"start_dim": 1})]


def _reshape(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    wanted, batch = config.sizes("target_shape"), known(inputs[0])[0]
    if not isinstance(batch, int):
        return [KerasStep("elementwise", shape=(batch, *[batch if size < 0 else size for size in wanted]))]
    return [KerasStep("reshape", {"shape": (batch, *wanted)})]


def _permute(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    return [KerasStep("permute", {"dims": (0, *config.sizes("dims"))})]


def _repeat(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    shape = known(inputs[0], 2)
    return [KerasStep("elementwise", shape=(*shape[:1], config.size("n"), *shape[1:]))]


_LIKE_DROPOUT = (
    "Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout GaussianDropout GaussianNoise"
).split()
_AS_IT_IS = (
    "ActivityRegularization Masking Identity Rescaling UnitNormalization RandomFlip RandomRotation RandomZoom "
    "RandomTranslation RandomContrast RandomBrightness RandomErasing RandomHue RandomSaturation RandomShear "
    "StochasticDepth"
).split()

STEPS: dict[str, Steps] = {
    **dict.fromkeys(
        ("BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2", "SyncBatchNormalization"), _batch_norm
    ),
    "LayerNormalization": _layer_norm, "GroupNormalization": _group_norm, "RMSNormalization": _rms_norm,
    "Normalization": _statistics, "LayerScale": _layer_scale, "CustomScaleLayer": _joined("elementwise"),
    "PReLU": _prelu, "ReLU": _same("relu"), "LeakyReLU": _same("leaky_relu"),
    "ELU": _same("elu"), "Softmax": _softmax, "Activation": _activation,
    **dict.fromkeys(_LIKE_DROPOUT, _same("dropout")), **dict.fromkeys(_AS_IT_IS, _same("elementwise")),
    "Add": _joined("add"), "Subtract": _joined("sub"), "Multiply": _joined("mul"), "Average": _joined("elementwise"),
    "Maximum": _joined("maximum"), "Minimum": _joined("minimum"), "Concatenate": _concatenate, "Flatten": _flatten,
    "Reshape": _reshape, "Permute": _permute, "RepeatVector": _repeat,
}  # fmt: skip
"""Class → its rows."""
