"""What each layer of Core ML's older neural networks is in netledger's terms, and what it stores.

Source: the comments of ``NeuralNetwork.proto``. In the old mapping a value is channels, height, width; in the exact one
it has all its dimensions, the batch first.
"""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.layers import products
from netledger.network import elements_of
from netledger.sources.coreml.neural_schema import borders, fields
from netledger.sources.graph_builder import Step
from netledger.sources.graph_shapes import ranked
from netledger.unknown import Unknown
from netledger.wire.protobuf import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Shape, Tensor
    from netledger.sources.coreml.neural import NeuralLayer
    from netledger.wire.protobuf import Schema

    Rule = Callable[[NeuralLayer], Step]

_CONVOLUTION = fields(
    "1:out:i 2:channels:i 10:groups:i 20:kernel*:i 30:stride*:i 40:dilation*:i 50:valid:s 51:same:s 60:transposed:i "
    "70:has_bias:i 90:weights:s 91:bias:s 100:output*:i"
)
_CONVOLUTION3D = fields(
    "1:out:i 2:channels:i 10:groups:i 20:kd:i 21:kh:i 22:kw:i 31:sd:i 32:sh:i 33:sw:i 40:dd:i 41:dh:i 42:dw:i "
    "50:has_bias:i 60:weights:s 61:bias:s 70:mode:i 80:p0:i 81:p1:i 82:p2:i 83:p3:i 84:p4:i 85:p5:i 86:transposed:i"
)
_POOLING = fields("1:type:i 10:kernel*:i 20:stride*:i 30:valid:s 31:same:s 32:complete:s 60:whole:i")
_COMPLETE = fields("10:amounts*:i")
_VALID = fields("1:amounts:s")
_DENSE = fields("1:read:i 2:out:i 10:has_bias:i 20:weights:s 21:bias:s")
_TABLE = fields("1:read:i 2:out:i 3:has_bias:i 10:had_bias:i 20:weights:s 21:bias:s")
_NORM = fields("1:channels:i 5:computed:i 6:instance:i 15:gamma:s 16:beta:s 17:mean:s 18:variance:s")
_SCALE = fields("1:shape*:i 2:scale:s 3:has_bias:i 4:bias_shape*:i 5:bias:s")
_SHAPED = fields("1:shape*:i 2:data:s")
_LAYER_NORM = fields("1:shape*:i 3:gamma:s 4:beta:s")
_MATMUL = fields("1:turned_a:i 2:turned_b:i 5:read:i 6:out:i 7:has_bias:i 8:weights:s 9:bias:s")
_PRELU = fields("1:alpha:s 2:beta:s")
_ACTIVATION = fields("25:prelu:s 71:softplus:s")
_CUSTOM = fields("10:class:t 20:weights*:s")
_GRU = fields(
    "1:read:i 2:out:i 15:sequence:i 20:has_bias:i 30:w0:s 31:w1:s 32:w2:s 50:r0:s 51:r1:s 52:r2:s "
    "70:b0:s 71:b1:s 72:b2:s"
)
_SIMPLE = fields("1:read:i 2:out:i 15:sequence:i 20:has_bias:i 30:w0:s 31:r0:s 32:b0:s")
_LSTM = fields("1:read:i 2:out:i 15:options:s 20:gates*:s")
_LSTM_OPTIONS = fields("10:sequence:i 20:has_bias:i 40:peepholes:i 50:coupled:i")
_GATES = fields(
    "1:w0:s 2:w1:s 3:w2:s 4:w3:s 20:r0:s 21:r1:s 22:r2:s 23:r3:s 40:b0:s 41:b1:s 42:b2:s "
    "43:b3:s 60:p0:s 61:p1:s 62:p2:s"
)


def _pair(given: list[int], default: int) -> tuple[int, int]:
    values = given or [default, default]
    return (values[0], values[-1])


def _padding(layer: NeuralLayer, held: dict[str, Any]) -> Any:
    """``"same"``, or pairs of what is added before and behind each dimension."""
    if "same" in held:
        return "same"
    inner = decode(layer.cursor, [held["valid"]], _VALID, "padding") if "valid" in held else {}
    edges = borders(layer.cursor, inner.get("amounts"))
    return tuple(edges) if any(edge != (0, 0) for edge in edges) else 0


def _convolution(layer: NeuralLayer) -> Step:
    held = layer.fields(_CONVOLUTION)
    groups, out, channels = held.get("groups") or 1, held.get("out", 0), held.get("channels", 0)
    kernel = _pair(held.get("kernel", []), 3)
    if groups < 1 or out % groups:
        raise FormatError(f"{out:,} channels in {groups:,} groups")
    turned = bool(held.get("transposed"))
    shape = (channels, out // groups, *kernel) if turned else (out, channels, *kernel)
    tensors = layer.tensors(
        held, ("weights", "weight", shape), ("bias", "bias", (out,)) if held.get("has_bias") else None
    )
    if len(layer.inputs) > 1:
        return Step(tensors=tensors, unknown="a convolution whose filters are computed")
    padding = _padding(layer, held)
    attributes = {
        "out_channels": out, "kernel_size": kernel, "stride": _pair(held.get("stride", []), 1), "padding": padding,
        "dilation": _pair(held.get("dilation", []), 1), "groups": groups, "bias": bool(held.get("has_bias")),
        "in_channels": channels if turned else channels * groups,
    }  # fmt: skip
    if not turned:
        return Step("conv2d", attributes, tensors)
    image = ranked(layer.shape(), 3)
    stated = held.get("output", [])
    if padding == "same" or stated:
        spread = (
            stated if len(stated) == 2 else [size * s for size, s in zip(image[-2:], attributes["stride"], strict=True)]
        )
        row = products.filters(kernel, channels, groups, out, transposed=True)
        terms = [products.flat(products.conv(image[:-3], image[-2:], row, transposed=True))]
        return Step.multiplies(terms, tensors, [(*image[:-3], out, *spread)], neurons=True)
    return Step("conv_transpose2d", attributes, tensors)


def _convolution3d(layer: NeuralLayer) -> Step:
    held = layer.fields(_CONVOLUTION3D)
    groups, out, channels = held.get("groups") or 1, held.get("out", 0), held.get("channels", 0)
    kernel = tuple([held.get(name, 0) or 3 for name in ("kd", "kh", "kw")])
    turned = bool(held.get("transposed"))
    if groups < 1 or out % groups or channels % groups:
        raise FormatError(f"{channels:,} channels to {out:,} in {groups:,} groups")
    shape = (channels, out // groups, *kernel) if turned else (out, channels // groups, *kernel)
    tensors = layer.tensors(
        held, ("weights", "weight", shape), ("bias", "bias", (out,)) if held.get("has_bias") else None
    )
    if turned:
        return Step(tensors=tensors, unknown="a transposed convolution of three dimensions is not followed")
    amounts = [held.get(f"p{i}", 0) for i in range(6)]
    pads = tuple([(amounts[2 * i], amounts[2 * i + 1]) for i in range(3)])
    padding: Any = "same" if held.get("mode") == 2 else 0 if held.get("mode") == 1 or not any(amounts) else pads
    return Step("conv3d", {
        "out_channels": out, "kernel_size": kernel, "padding": padding, "groups": groups,
        "stride": tuple([held.get(name, 0) or 1 for name in ("sd", "sh", "sw")]),
        "dilation": tuple([held.get(name, 0) or 1 for name in ("dd", "dh", "dw")]),
        "bias": bool(held.get("has_bias")), "in_channels": channels,
    }, tensors)  # fmt: skip


def _pooling(layer: NeuralLayer) -> Step:
    held = layer.fields(_POOLING)
    kind = "max_pool2d" if held.get("type", 0) == 0 else "avg_pool2d"
    image = layer.shape()
    if held.get("whole"):
        shape = image if isinstance(image, Unknown) else (*ranked(image, 2)[:-2], 1, 1)
        return Step(output_shapes=[shape])
    kernel, stride = _pair(held.get("kernel", []), 3), _pair(held.get("stride", []), 1)
    if "complete" in held:
        amounts = decode(layer.cursor, [held["complete"]], _COMPLETE, "padding").get("amounts", [])
        pads: Any = tuple([(p, p) for p in _pair(amounts, 0)])
        if not any(amounts) and not isinstance(image, Unknown):  # a last window may begin beyond the input
            each = zip(ranked(image, 2)[-2:], kernel, stride, strict=True)
            made = [products.window(size, k, s, round_up=True) for size, k, s in each]
            return Step(output_shapes=[(*image[:-2], *made)])
        return Step(kind, {"kernel_size": kernel, "stride": stride, "padding": pads, "ceil_mode": True})
    if "same" in held:
        shape = image if isinstance(image, Unknown) else _same(ranked(image, 2), stride)
        return Step(output_shapes=[shape])
    return Step(kind, {"kernel_size": kernel, "stride": stride, "padding": _padding(layer, held)})


def _same(image: tuple[Any, ...], stride: tuple[int, int]) -> Shape:
    if min(stride) < 1:
        raise FormatError("a stride below 1")
    return (*image[:-2], *[products.window(size, 1, s, "same") for size, s in zip(image[-2:], stride, strict=True)])


def _dense(layer: NeuralLayer) -> Step:
    held = layer.fields(_DENSE)
    read, out = held.get("read", 0), held.get("out", 0)
    bias = ("bias", "bias", (out,)) if held.get("has_bias") else None
    tensors = layer.tensors(held, ("weights", "weight", (out, read)), bias)
    image = layer.shape()
    if layer.exact and (isinstance(image, Unknown) or len(image) < 4):
        return Step("linear", {"out_features": out, "in_features": read, "bias": bias is not None}, tensors)
    rows: tuple[Any, ...] = ()
    if not isinstance(image, Unknown):  # the last three dimensions at once
        rows = image[:-3]
        products.same(elements_of(image[-3:]), read, "what it reads")
    shape = (*rows, out, 1, 1)
    return Step.multiplies([products.flat(products.linear(rows, read, out))], tensors, [shape], neurons=True)


def _table(one: bool) -> Rule:
    """A row for each number; ``one``: three dimensions of 1 are behind the numbers, the first of which it fills."""

    def rule(layer: NeuralLayer) -> Step:
        held = layer.fields(_TABLE)
        read, out = held.get("read", 0), held.get("out", 0)
        bias = ("bias", "bias", (out,)) if held.get("had_bias") or held.get("has_bias") else None
        tensors = layer.tensors(held, ("weights", "weight", (out, read)), bias)
        image = layer.shape()
        if isinstance(image, Unknown):
            return Step(tensors=tensors, output_shapes=[image])
        return Step(tensors=tensors, output_shapes=[(*image[:-3], out, 1, 1) if one else (*image[:-1], out)])

    return rule


def _norm(layer: NeuralLayer) -> Step:
    held = layer.fields(_NORM)
    width = (held.get("channels", 0),)
    roles = (("gamma", "weight"), ("beta", "bias"), ("mean", "running_statistic"), ("variance", "running_statistic"))
    return Step(tensors=layer.tensors(held, *[(name, role, width) for name, role in roles if name in held]),
                output_shapes=[layer.shape()])  # fmt: skip


def _activation(layer: NeuralLayer) -> Step:
    held = layer.fields(_ACTIVATION)
    inner = held.get("prelu") or held.get("softplus")
    tensors: list[Tensor] = []
    if inner is not None:
        learned = decode(layer.cursor, [inner], _PRELU, "activation")
        tensors = layer.tensors(learned, *[(name, "weight", None) for name in ("alpha", "beta") if name in learned])
    return Step(tensors=tensors, output_shapes=[layer.shape()])


def _scale(layer: NeuralLayer) -> Step:
    held = layer.fields(_SCALE)
    bias = ("bias", "bias", tuple(held.get("bias_shape", []))) if held.get("has_bias") else None
    tensors = layer.tensors(held, ("scale", "weight", tuple(held.get("shape", []))), bias)
    return Step(tensors=tensors, output_shapes=[layer.shape()])


def _shaped(role: str, make: Callable[[NeuralLayer, tuple[int, ...]], Shape]) -> Rule:
    """A rule of values whose shape is stated: what it makes is a function of that shape."""

    def rule(layer: NeuralLayer) -> Step:
        held = layer.fields(_SHAPED)
        shape = tuple(held.get("shape", []))
        return Step(tensors=layer.tensors(held, ("data", role, shape)), output_shapes=[make(layer, shape)])

    return rule


def _constant_old(layer: NeuralLayer, shape: tuple[int, ...]) -> Shape:
    """Channels, height and width; where all dimensions are shown there are two before them."""
    return (1, 1, *shape) if layer.exact else shape


def _layer_norm(layer: NeuralLayer) -> Step:
    held = layer.fields(_LAYER_NORM)
    shape = tuple(held.get("shape", []))
    roles = [(name, role, shape) for name, role in (("gamma", "weight"), ("beta", "bias")) if name in held]
    return Step(tensors=layer.tensors(held, *roles), output_shapes=[layer.shape()])


def _matmul(layer: NeuralLayer) -> Step:
    held = layer.fields(_MATMUL)
    if len(layer.inputs) > 1:
        left = products.turned(layer.shape(), bool(held.get("turned_a")))
        right = products.turned(layer.shape(1), bool(held.get("turned_b")))
        shape, product = products.matmul(left, right)
        return Step.multiplies([products.flat(product)], (), [shape])
    read, out = held.get("read", 0), held.get("out", 0)
    tensors = layer.tensors(
        held, ("weights", "weight", (read, out)), ("bias", "bias", (out,)) if held.get("has_bias") else None
    )
    image = products.turned(layer.shape(), bool(held.get("turned_a")))
    inner = ranked(image, 1)
    products.same(inner[-1], read, "inputs and matrix")
    shape = image if isinstance(image, Unknown) else (*inner[:-1], out)
    return Step.multiplies([products.flat(products.linear(inner[:-1], read, out))], tensors, [shape], neurons=True)


def _custom(layer: NeuralLayer) -> Step:
    held = layer.fields(_CUSTOM)
    weights = {f"weights.{i}": span for i, span in enumerate(held.get("weights", []))}
    tensors = layer.tensors(weights, *[(name, "parameter", None) for name in weights])
    return Step(tensors=tensors, unknown=f"a custom layer, '{held.get('class', '')[:60]}'")


def _gates(layer: NeuralLayer, held: dict[str, Any], read: int, out: int, prefix: str) -> list[Tensor]:
    """Matrices on the input (w), on the state (r), biases (b) and peepholes (p), gate by gate."""
    shapes = {"w": ("weight", (out, read)), "r": ("weight", (out, out)), "b": ("bias", (out,)), "p": ("weight", (out,))}
    wanted = [(name, *shapes[name[0]]) for name in held if name[0] in shapes and name[1:].isdigit()]
    return layer.tensors(held, *wanted, prefix=prefix)


def _recurrent(schema: Schema, gates: int) -> Rule:
    def rule(layer: NeuralLayer) -> Step:
        held = layer.fields(schema)
        read, out = held.get("read", 0), held.get("out", 0)
        inner = held.get("gates")
        if inner is None:
            parts, sequence = [held], held.get("sequence")
        else:
            parts = [decode(layer.cursor, [span], _GATES, "gates") for span in inner[:2]]
            options = [held["options"]] if "options" in held else []
            sequence = decode(layer.cursor, options, _LSTM_OPTIONS, "options").get("sequence")
        tensors = [
            one for i, part in enumerate(parts) for one in _gates(layer, part, read, out, "" if not i else "back.")
        ]
        image = layer.shape()
        steps: Any = 1 if not layer.exact else ranked(image, 2)[0]
        batch: Any = 1 if not layer.exact else ranked(image, 2)[1]
        each = [("T", steps), ("N", batch), ("gates", gates * len(parts)), ("h", out)]
        terms = [(*each, ("d", read)), (*each, ("h_1", out))]
        wide = out * len(parts)
        shape: Shape = (wide, 1, 1) if not layer.exact else (steps if sequence else 1, batch, wide, 1, 1)
        return Step.multiplies(terms, tensors, [shape, *[Unknown("a state")] * (len(layer.outputs) - 1)])

    return rule


def _unfollowed(reason: str) -> Rule:
    return lambda layer: Step(unknown=reason)


LEARNED: dict[str, Rule] = {
    "convolution": _convolution, "convolution3d": _convolution3d, "pooling": _pooling, "innerProduct": _dense,
    "embedding": _table(True), "embeddingND": _table(False), "batchnorm": _norm, "activation": _activation,
    "scale": _scale, "bias": _shaped("bias", lambda layer, shape: layer.shape()),
    "loadConstant": _shaped("parameter", _constant_old),
    "loadConstantND": _shaped("parameter", lambda layer, shape: shape), "layerNormalization": _layer_norm,
    "batchedMatmul": _matmul, "custom": _custom, "simpleRecurrent": _recurrent(_SIMPLE, 1), "gru": _recurrent(_GRU, 3),
    "uniDirectionalLSTM": _recurrent(_LSTM, 4), "biDirectionalLSTM": _recurrent(_LSTM, 4),
    "dot": _unfollowed("a dot product along the channels has no rule"),
}  # fmt: skip
"""Layers that store or multiply something, and pooling."""
