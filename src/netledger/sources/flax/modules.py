"""Which kind of layer a module of Flax nnx is, and its attributes by the names of the kind's arguments.

Source: ``flax/nnx/nn`` of Flax 0.12; shapes are channels last.
"""

from __future__ import annotations

from netledger.layers import products
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.layers.products import Flat
    from netledger.network import Shape

    Kind = tuple[str, dict[str, Any]]


def _linear(module: Any) -> Kind:
    return "linear", {
        "out_features": module.out_features, "bias": module.use_bias, "in_features": module.in_features,
    }  # fmt: skip


def _window(module: Any) -> dict[str, Any] | None:
    """Kernel, stride and dilation; ``None`` where the padding is none that the rules know."""
    kernel = tuple(module.kernel_size)
    padding: Any = module.padding
    if isinstance(padding, str):
        known: dict[str, Any] = {"SAME": "same", "VALID": 0}
        if padding == "CAUSAL" and len(kernel) == 1:
            known["CAUSAL"] = ((_each(module.kernel_dilation, 1)[0] * (kernel[0] - 1), 0),)
        padding = known.get(padding)
    elif isinstance(padding, int):
        padding = (padding,) * len(kernel)
    else:
        padding = tuple([(one, one) if isinstance(one, int) else tuple(one) for one in padding])
    if padding is None or len(kernel) not in (1, 2, 3):
        return None
    return {
        "kernel_size": kernel, "stride": _each(module.strides, len(kernel)), "padding": padding,
        "dilation": _each(module.kernel_dilation, len(kernel)), "bias": module.use_bias, "channels_last": True,
        "out_channels": module.out_features, "in_channels": module.in_features,
    }  # fmt: skip


def _each(value: Any, axes: int) -> tuple[int, ...]:
    return (1,) * axes if value is None else (value,) * axes if isinstance(value, int) else tuple(value)


def _conv(module: Any) -> Kind | None:
    window = _window(module)
    spread = any(size != 1 for size in _each(module.input_dilation, 1))
    if window is None or spread or module.mask is not None:
        return None
    return f"conv{len(window['kernel_size'])}d", {**window, "groups": module.feature_group_count}


def _embed(module: Any) -> Kind:
    return "embedding", {"num_embeddings": module.num_embeddings, "embedding_dim": module.features}


def _batch_norm(module: Any) -> Kind | None:
    if module.axis not in (-1, 3) or (module.use_bias and not module.use_scale):
        return None
    attributes = {"num_features": module.num_features, "affine": module.use_scale, "channels_last": True}
    return "batch_norm", {**attributes, **({"bias": module.use_bias} if module.use_scale else {})}


def _layer_norm(module: Any) -> Kind | None:
    if module.feature_axes not in (-1, (-1,)) or (module.use_bias and not module.use_scale):
        return None
    shape = {"normalized_shape": (module.num_features,), "elementwise_affine": module.use_scale}
    return "layer_norm", {**shape, "bias": module.use_bias}


def _rms_norm(module: Any) -> Kind | None:
    if module.feature_axes not in (-1, (-1,)):
        return None
    return "rms_norm", {"normalized_shape": (module.num_features,), "elementwise_affine": module.use_scale}


def _group_norm(module: Any) -> Kind | None:
    if module.use_bias and not module.use_scale:
        return None
    attributes = {"num_groups": module.num_groups, "num_channels": module.num_groups * module.group_size}
    learned = {"affine": module.use_scale, **({"bias": module.use_bias} if module.use_scale else {})}
    return "group_norm", {**attributes, **learned, "channels_last": True}


_KINDS: dict[str, Callable[[Any], Kind | None]] = {
    "Linear": _linear, "Conv": _conv, "Embed": _embed, "BatchNorm": _batch_norm, "LayerNorm": _layer_norm,
    "RMSNorm": _rms_norm, "GroupNorm": _group_norm, "Dropout": lambda module: ("dropout", {}),
}  # fmt: skip

ROLES = {"kernel": "weight", "embedding": "weight", "scale": "weight", "bias": "bias"}
"""What the variables of Flax' own layers are, by their names."""


def is_of_flax(module: Any) -> bool:
    """Whether a module's class is one of Flax' own layers."""
    return f"{type(module).__module__}.".startswith("flax.nnx.")


def spread(module: Any, shape: Shape) -> Flat | None:
    """What a transposed convolution multiplies, at every place of what it reads; ``None`` of any other module.

    With a step of 1 JAX runs it as an ordinary convolution over a wider image, which its sizes do not tell.
    """
    if not is_of_flax(module) or type(module).__name__ != "ConvTranspose" or isinstance(shape, Unknown):
        return None
    kernel = tuple(module.kernel_size)
    batch, space = shape[: -len(kernel) - 1], shape[-len(kernel) - 1 : -1]
    row = products.filters(kernel, module.in_features, 1, module.out_features, transposed=True)
    return products.flat(products.conv(batch, space, row, transposed=True))


def kind_of(module: Any) -> Kind | None:
    """The kind and attributes of one of Flax' layers; ``None`` of any other, or of one set to what no rule knows."""
    maker = _KINDS.get(type(module).__name__) if is_of_flax(module) else None
    try:
        return None if maker is None else maker(module)
    except (AttributeError, TypeError, ValueError):  # another version's fields
        return None
