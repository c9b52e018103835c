"""Caffe's layers that learn: convolutions, inner products, recurrent layers, scales."""

from __future__ import annotations

from netledger.sources.caffe.data_layers import fault
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.sources.caffe.building import Building
    from netledger.wire.prototext import Message

    Reader = Callable[[Building, Message], None]


def per_axis(building: Building, settings: Message, name: str, short: str, default: int | None) -> Any:
    """``kernel_size: 3``, one for each axis, or ``kernel_h``/``kernel_w``."""
    tall, wide = f"{short}_h", f"{short}_w"
    if settings.has(tall) or settings.has(wide):
        return (building.integer(settings, tall, default), building.integer(settings, wide, default))
    sizes = building.sizes(settings, name)
    if not sizes:
        return building.integer(settings, name, default)
    return sizes[0] if len(sizes) == 1 else sizes


def convolution(kind: str) -> Reader:
    def read(building: Building, layer: Message) -> None:
        settings = layer.message("convolution_param")
        if building.integer(settings, "axis", 1) not in (1, -3, -4):
            raise fault("a convolution whose channels are not axis 1", layer)
        kernel = per_axis(building, settings, "kernel_size", "kernel", None)
        shape = building.shape(layer)
        first = 1 if building.batched else 0
        axes = len(kernel) if isinstance(kernel, tuple) else 2
        if not isinstance(kernel, tuple) and not isinstance(shape, Unknown):
            axes = len(shape) - first - 1
        if axes not in (1, 2, 3):
            raise fault(f"a convolution over {axes} dimensions", layer)
        attributes: dict[str, Any] = {"out_channels": building.integer(settings, "num_output"), "kernel_size": kernel}
        for ours, name, default in (("stride", "stride", 1), ("padding", "pad", 0), ("dilation", "dilation", 1)):
            value = per_axis(building, settings, name, name, default)
            if value != default:
                attributes[ours] = value
        groups = building.integer(settings, "group", 1)
        if groups != 1:
            attributes["groups"] = groups
        if not building.truth(settings, "bias_term", True):
            attributes["bias"] = False
        if isinstance(shape, Unknown):
            blobs = building.stored(layer).get("tensors", ())
            if blobs and len(blobs[0].shape) == axes + 2:
                attributes["in_channels"] = int(blobs[0].shape[0 if "transpose" in kind else 1]) * (
                    1 if "transpose" in kind else groups
                )
        _each_bottom(building, layer, f"{kind}{axes}d", attributes)

    return read


def _each_bottom(building: Building, layer: Message, kind: str, attributes: dict[str, Any]) -> None:
    """A convolution of several bottoms to as many tops applies the same weights to each."""
    bottoms, tops = layer.texts("bottom"), layer.texts("top")
    if len(bottoms) <= 1:
        building.simple(layer, kind, attributes)
        return
    owner = building.path(layer)
    for i, (bottom, top) in enumerate(zip(bottoms, tops, strict=False)):
        more = building.stored(layer) if i == 0 else {"share": owner}
        path = owner if i == 0 else building.path(layer)
        building.add(path, kind, attributes, (building.value(bottom, layer),), (top,), layer, **more)


def inner_product(building: Building, layer: Message) -> None:
    settings = layer.message("inner_product_param")
    axis = building.axis(settings, "axis", 1)
    if axis is None:
        building.add_unknown(layer, "an inner product over the batch")
        return
    shape, (value,) = building.shape(layer), building.bottoms(layer)[:1]
    attributes: dict[str, Any] = {"out_features": building.integer(settings, "num_output")}
    if not building.truth(settings, "bias_term", True):
        attributes["bias"] = False
    stored = building.stored(layer)
    if isinstance(shape, Unknown):
        for tensor in stored.get("tensors", ())[:1]:
            if len(tensor.shape) == 2:
                attributes["in_features"] = tensor.shape[1]
    elif len(shape) != (axis if axis >= 0 else len(shape) + axis) + 1:
        path = f"{building.path(layer)}.flat"
        building.add(path, "flatten", {"start_dim": axis}, (value,), (), layer)
        value = path
    more = {**stored, **building.shared(layer)}
    building.add(building.path(layer), "linear", attributes, (value,), tuple(layer.texts("top")), layer, **more)


def embed(building: Building, layer: Message) -> None:
    settings = layer.message("embed_param")
    width = building.integer(settings, "num_output")
    attributes = {"num_embeddings": building.integer(settings, "input_dim"), "embedding_dim": width}
    if not building.truth(settings, "bias_term", True):
        building.simple(layer, "embedding", attributes)
        return
    tops = tuple(layer.texts("top"))
    path = building.path(layer)
    building.add(path, "embedding", attributes, building.bottoms(layer), (), layer, **building.shared(layer))
    building.add(f"{path}.bias", "bias", {"shape": (width,), "dim": -1}, (path,), tops, layer)


def lstm(building: Building, layer: Message) -> None:
    hidden = building.integer(layer.message("recurrent_param"), "num_output")
    attributes = {"hidden_size": hidden, "bias_vectors": 1}
    path, bottoms = building.path(layer), building.bottoms(layer)
    if len(bottoms) > 2:
        building.add_unknown(layer, "an LSTM with a static input")
        return
    value = _sequence(building, layer, bottoms[0])
    tops = tuple(layer.texts("top"))[:1]
    building.add(
        path, "lstm", attributes, (value,), tops, layer, **building.stored(layer, ("weight", "bias", "weight"))
    )


def rnn(building: Building, layer: Message) -> None:
    """Caffe's RNN: input and state to state (one bias), state to output (another)."""
    hidden = building.integer(layer.message("recurrent_param"), "num_output")
    path, value = building.path(layer), _sequence(building, layer, building.bottoms(layer)[0])
    building.add(path, "rnn", {"hidden_size": hidden, "bias_vectors": 1}, (value,), (), layer)
    building.add(f"{path}.output", "linear", {"out_features": hidden}, (path,), tuple(layer.texts("top"))[:1], layer)


def _sequence(building: Building, layer: Message, value: str) -> str:
    """A blob of time × batch × anything as vectors."""
    shape = building.shapes[value]
    if isinstance(shape, Unknown) or len(shape) == 3:
        return value
    path = f"{building.path(layer)}.flat"
    building.add(path, "flatten", {"start_dim": 2}, (value,), (), layer)
    return path


def scale(building: Building, layer: Message) -> None:
    settings = layer.message("scale_param")
    bias = building.truth(settings, "bias_term", False)
    _per_channel(building, layer, "scale", settings, {"bias": True} if bias else {})


def bias(building: Building, layer: Message) -> None:
    _per_channel(building, layer, "bias", layer.message("bias_param"), {}, ("bias",))


def _per_channel(
    building: Building, layer: Message, kind: str, settings: Message, attributes: dict[str, Any],
    roles: tuple[str, ...] = ("weight", "bias"),
) -> None:  # fmt: skip
    if len(layer.texts("bottom")) > 1:
        _given_factors(building, layer, "mul" if kind == "scale" else "add", building.integer(settings, "axis", 1))
        return
    axis, count = building.axis(settings, "axis", 1), building.integer(settings, "num_axes", 1)
    shape = building.shape(layer)
    if axis is None:
        building.add_unknown(layer, f"a {kind} over the batch")
        return
    if not isinstance(shape, Unknown):
        start = axis % max(len(shape), 1)
        chosen = shape[start:] if count == -1 else shape[start : start + count]
        attributes |= {"shape": chosen, "dim": axis}
    building.simple(layer, kind, attributes, **building.stored(layer, roles))


def _given_factors(building: Building, layer: Message, kind: str, axis: int) -> None:
    """The second bottom's dimensions stand for the first's from ``axis`` on; behind them it is broadcast."""
    first, second = building.bottoms(layer)[:2]
    shape, factors = building.shapes[first], building.shapes[second]
    if not building.batched and axis > 0:
        axis -= 1
    if not isinstance(shape, Unknown) and not isinstance(factors, Unknown):
        start = axis if axis >= 0 else axis + len(shape) + (0 if building.batched else 1)
        behind = len(shape) - start - len(factors)
        if behind > 0:
            path = f"{building.path(layer)}.factors"
            building.add(path, "reshape", {"shape": (*factors, *[1] * behind)}, (second,), (), layer)
            second = path
    building.add(building.path(layer), kind, {}, (first, second), tuple(layer.texts("top")), layer)


def prelu(building: Building, layer: Message) -> None:
    shared = building.truth(layer.message("prelu_param"), "channel_shared", False)
    shape = building.shape(layer)
    first = 1 if building.batched else 0
    count: Any = 1 if shared else (shape[first] if not isinstance(shape, Unknown) and len(shape) > first else None)
    attributes = {"num_parameters": count} if isinstance(count, int) else {}
    if not attributes and not shared:
        building.add_unknown(layer, "a PReLU whose number of channels is not known")
        return
    building.simple(layer, "prelu", attributes, **building.stored(layer, ("weight",)))
