"""Layers as Keras constructs them, in the notation: channels stand first, an activation is a row of its own."""

from __future__ import annotations

import re

from netledger.errors import NotationError
from netledger.notation.frameworks.calls import not_understood, odd_argument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from netledger.notation.frameworks.calls import Constructed

_POOLS = {"MaxPool": "max_pool", "MaxPooling": "max_pool", "AvgPool": "avg_pool", "AveragePooling": "avg_pool"}
_GLOBAL = {"GlobalAveragePooling": "global_avg_pool", "GlobalMaxPooling": "global_max_pool"}
_GLOBAL |= {"GlobalAvgPool": "global_avg_pool", "GlobalMaxPool": "global_max_pool"}
_RECURRENT = {"LSTM": "lstm", "GRU": "gru", "SimpleRNN": "rnn"}
_OURS = "relu relu6 sigmoid tanh elu selu gelu softmax log_softmax softplus softsign leaky_relu mish silu".split()
_ACTIVATIONS = {name: name for name in _OURS}
_ACTIVATIONS |= {"swish": "silu", "hard_sigmoid": "hardsigmoid", "leakyrelu": "leaky_relu"}
_IDLE = frozenset(
    "name trainable dtype kernel_initializer bias_initializer kernel_regularizer bias_regularizer activity_regularizer "
    "kernel_constraint bias_constraint depthwise_initializer pointwise_initializer embeddings_initializer "
    "recurrent_initializer recurrent_dropout dropout unroll stateful seed beta_initializer gamma_initializer momentum "
    "input_shape input_dim batch_input_shape batch_size recurrent_activation data_format mask_zero input_length".split()
)
"""Arguments that change neither a size nor a count, or are read before the layer's own."""


def written(layers: Iterable[tuple[str, Constructed]]) -> list[str]:
    """A chain of layers as lines of the notation; raises ``NotationError`` at a layer that is not known."""
    writer = _Writer()
    for name, layer in layers:
        writer.add(name, layer)
    return writer.lines


class _Writer:
    """The lines so far; ``layout`` of the value above: ``maps``, ``steps``, ``flat``, empty where it is not known."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.layout = ""
        self.channels: int | None = None
        self.shape: tuple[int | None, ...] | None = None
        """The stated input as Keras has it, until the first layer says what it is."""
        self.taken: dict[str, int] = {}
        self.name = ""
        self.frozen = False

    def add(self, name: str, layer: Constructed) -> None:
        made = _ADDERS.get(layer.short) or next(
            (adder for stem, adder in _BY_STEM.items() if layer.short[:-2] == stem and layer.short[-1] == "D"), None
        )
        if made is None:
            raise not_understood(f"Keras' '{layer.short}' is not read of code", layer.node)
        self.name = self.named(layer.keywords.get("name") or name, layer.short)
        self.frozen = layer.keywords.get("trainable") is False
        try:
            if not self.lines and layer.short not in ("Embedding", "Input", "InputLayer"):
                self.shape = _stated(layer) or self.shape
            made(self, layer)
        except NotationError:
            raise
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            raise not_understood(f"{layer.short} with these arguments is not understood", layer.node) from None

    def named(self, given: str, short: str) -> str:
        """Keras' own names: ``conv2d``, ``conv2d_1``, ``max_pooling2d``."""
        stem = given or re.sub(r"(?<=.)(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "_", short).lower()
        count = self.taken.get(stem, 0)
        self.taken[stem] = count + 1
        return f"{stem}_{count}" if count else stem

    def line(self, kind: str, *values: Any, **keywords: Any) -> None:
        """A line; arguments that are ``None`` are left out."""
        words = [repr(value) for value in values]
        words += [f"{key}={value!r}" for key, value in keywords.items() if value is not None]
        words += ["trainable=False"] * self.frozen
        self.lines.append(f"{kind}({', '.join([*words, f'name={self.name!r}'])})")

    def start(self, layout: str, layer: Constructed) -> None:
        """Write the stated input as the layer that reads it has it, and check that it can read the value above."""
        if self.shape is not None:
            shape, self.shape = self.shape, None
            first = layout == "maps"
            sizes = (shape[-1], *shape[:-1]) if first else shape
            self.channels = shape[-1]
            self.layout = layout if len(shape) > 1 else "flat"
            if all(isinstance(size, int) for size in sizes):
                self.lines.append(f"input({', '.join(map(str, sizes))}, name='input')")
        if layout == "maps" and self.layout == "steps":  # a convolution over a sequence: features are its channels
            own, self.name = self.name, f"{self.name}_turned"
            self.line("transpose", 0, 1)
            self.name, self.layout = own, layout
        if self.layout and layout != self.layout and not (layout == "steps" and self.layout == "flat"):
            raise not_understood(
                f"{layer.short} over what stands above: put a Flatten between them, or describe it in the notation",
                layer.node,
            )  # fmt: skip
        self.layout = self.layout or layout

    def begin(self, layer: Constructed) -> None:
        """The stated input as it stands, for a first layer that reads any: a row, a sequence or maps."""
        if self.shape is not None:
            self.start({1: "flat", 2: "steps"}.get(len(self.shape), "maps"), layer)

    def activation(self, layer: Constructed, place: int | None = None) -> None:
        """The activation that a layer has as an argument, as a line of its own."""
        name = layer.keywords.get("activation")
        if name is None and place is not None and len(layer.arguments) > place:
            name = layer.arguments[place]
        if name in (None, "linear"):
            return
        kind = _ACTIVATIONS.get(name)
        if kind is None:
            raise not_understood(f"no activation '{name}'", layer.node)
        own, self.name = self.name, f"{self.name}_{kind}"
        self.line(kind)
        self.name = own


def _arguments(layer: Constructed, *names: str) -> dict[str, Any]:
    """What a layer is given, by Keras' names in their order; an argument of another name is an error."""
    given = {**dict(zip(names, layer.arguments, strict=False)), **layer.keywords}
    if len(layer.arguments) > len(names) or any(key not in names and key not in _IDLE for key in given):
        raise odd_argument(layer, names, {*names, *_IDLE})
    if given.get("data_format") == "channels_first":
        raise not_understood("channels_first is not read of code", layer.node)
    return given


def _stated(layer: Constructed) -> tuple[int | None, ...] | None:
    """What a first layer says of its input itself: ``input_shape=(784,)``, ``input_dim=784``."""
    inner = layer.items[0][1] if layer.items else layer
    shape = inner.keywords.get("input_shape", (inner.keywords.get("input_dim"),))
    return tuple(shape) if shape[0] is not None else None


def _input(writer: _Writer, layer: Constructed) -> None:
    given = _arguments(layer, "shape", "batch_shape")
    shape = given.get("shape") or (given.get("batch_shape") or (None,))[1:]
    writer.shape = tuple(shape) if isinstance(shape, tuple) and shape else None


def _dense(writer: _Writer, layer: Constructed) -> None:
    given = _arguments(layer, "units", "activation", "use_bias")
    writer.start("flat" if writer.layout != "steps" and len(writer.shape or ()) < 2 else "steps", layer)
    writer.line("linear", given["units"], bias=_unless(given.get("use_bias"), True))
    writer.channels = given["units"]
    writer.activation(layer, 1)


def _convolution(writer: _Writer, layer: Constructed) -> None:
    separable, transposed = layer.short.startswith("Separable"), "Transpose" in layer.short
    axes = next(int(digit) for digit in layer.short if digit.isdigit())
    if separable and axes != 2:
        raise not_understood(f"{layer.short} is not read of code", layer.node)
    given = _arguments(
        layer, "filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate",
        *(("depth_multiplier",) if separable else ("groups",)), "activation", "use_bias",
    )  # fmt: skip
    writer.start("maps", layer)
    bias = _unless(given.get("use_bias"), True)
    settings: dict[str, Any] = {"stride": _unless(given.get("strides"), 1)}
    settings |= {"dilation": _unless(given.get("dilation_rate"), 1), "bias": bias}
    if separable:
        settings["pointwise_bias"] = settings.pop("bias")
        settings["depth_multiplier"] = given.get("depth_multiplier")
    settings["groups"] = _unless(given.get("groups"), 1)
    kind = "separable_conv2d" if separable else f"conv_transpose{axes}d" if transposed else f"conv{axes}d"
    settings |= _spread(given, layer) if transposed else {"padding": _padding(given, layer)}
    writer.line(kind, given["filters"], given["kernel_size"], **settings)
    writer.channels = given["filters"]
    writer.activation(layer)


def _spread(given: dict[str, Any], layer: Constructed) -> dict[str, Any]:
    """A transposed convolution's padding: ``valid`` adds what the kernel is longer than the step, ``same`` does not."""
    kernel, step = given["kernel_size"], given.get("strides", 1)
    if not isinstance(kernel, int) or not isinstance(step, int) or kernel < step:
        raise not_understood("a transposed convolution of these sizes is not read of code", layer.node)
    more = kernel - step if given.get("padding") == "same" else 0
    return {"padding": _unless((more + 1) // 2, 0), "output_padding": _unless(more % 2, 0)}


def _depthwise(writer: _Writer, layer: Constructed) -> None:
    given = _arguments(
        layer, "kernel_size", "strides", "padding", "depth_multiplier", "data_format", "dilation_rate", "activation",
        "use_bias",
    )  # fmt: skip
    writer.start("maps", layer)
    if writer.channels is None:
        raise not_understood("a depthwise convolution needs the input's channels: give an Input", layer.node)
    filters = writer.channels * given.get("depth_multiplier", 1)
    writer.line(
        f"conv{layer.short[-2]}d", filters, given["kernel_size"], stride=_unless(given.get("strides"), 1),
        padding=_padding(given, layer), dilation=_unless(given.get("dilation_rate"), 1), groups=writer.channels,
        bias=_unless(given.get("use_bias"), True),
    )  # fmt: skip
    writer.channels = filters
    writer.activation(layer)


def _pool(writer: _Writer, layer: Constructed) -> None:
    given = _arguments(layer, "pool_size", "strides", "padding", "data_format")
    writer.start("maps", layer)
    kind = f"{_POOLS[layer.short[:-2]]}{layer.short[-2]}d"
    writer.line(kind, given.get("pool_size", 2), stride=given.get("strides"), padding=_padding(given, layer))


def _global(writer: _Writer, layer: Constructed) -> None:
    given = _arguments(layer, "data_format", "keepdims")
    if writer.layout == "steps" and layer.short.endswith("1D"):
        kind = "mean" if "Average" in layer.short else "amax"
        writer.line(kind, dim=0, keepdim=_unless(bool(given.get("keepdims")), False))
        writer.layout = "steps" if given.get("keepdims") else "flat"
        return
    writer.start("maps", layer)
    writer.line(_GLOBAL[layer.short[:-2]], keepdim=bool(given.get("keepdims")))
    writer.layout = "maps" if given.get("keepdims") else "flat"


def _flatten(writer: _Writer, layer: Constructed) -> None:
    _arguments(layer, "data_format")
    if writer.shape is not None:
        writer.start("maps" if len(writer.shape) > 1 else "flat", layer)
    writer.line("flatten")
    writer.layout = "flat"


def _norm(writer: _Writer, layer: Constructed) -> None:
    given = _arguments(layer, "axis", "momentum", "epsilon", "center", "scale")
    writer.begin(layer)
    if given.get("axis", -1) not in ((-1, 2) if writer.layout == "steps" else (-1, 3)):
        raise not_understood("a normalisation of this axis is not read of code", layer.node)
    if not given.get("scale", True):
        raise not_understood("a normalisation without a scale is not read of code", layer.node)
    last = {"channels_last": True} if writer.layout == "steps" else {}
    writer.line("batch_norm", eps=given.get("epsilon", 0.001), bias=_unless(given.get("center"), True), **last)


def _layer_norm(writer: _Writer, layer: Constructed) -> None:
    given = _arguments(layer, "axis", "epsilon")
    writer.begin(layer)
    if writer.layout == "maps" or given.get("axis", -1) != -1 or writer.channels is None:
        raise not_understood("a normalisation over what is not known is not read of code", layer.node)
    writer.line("layer_norm", writer.channels, eps=given.get("epsilon", 0.001))


def _embedding(writer: _Writer, layer: Constructed) -> None:
    given = _arguments(layer, "input_dim", "output_dim")
    stated = writer.shape or layer.keywords.get("input_shape") or (layer.keywords.get("input_length"),)
    if isinstance(stated[0], int):
        writer.lines.append(f"input({stated[0]}, dtype='int64', name='input')")
    writer.shape = None
    writer.line("embedding", given["input_dim"], given["output_dim"])
    writer.layout, writer.channels = "steps", given["output_dim"]


def _recurrent(writer: _Writer, layer: Constructed) -> None:
    inner = layer.items[0][1] if layer.items else layer
    if inner.short not in _RECURRENT or layer.short == "TimeDistributed":
        raise not_understood(f"Keras' {layer.short} over {inner.short} is not read of code", layer.node)
    given = _arguments(
        inner, "units", "activation", "recurrent_activation", "use_bias", "return_sequences", "reset_after",
        "go_backwards",
    )  # fmt: skip
    writer.start("steps", layer)
    both = layer is not inner
    vectors = 2 if inner.short == "GRU" and given.get("reset_after", True) else 1
    writer.line(
        _RECURRENT[inner.short], given["units"], bias=_unless(given.get("use_bias"), True),
        bidirectional=True if both else None, bias_vectors=_unless(vectors, 2),
    )  # fmt: skip
    writer.channels = given["units"] * (2 if both else 1)
    if not given.get("return_sequences", False):
        own, writer.name = writer.name, f"{writer.name}_last"
        writer.line("select", dim=0, index=-1)
        writer.name, writer.layout = own, "flat"


def _same_shape(kind: str, *names: str) -> Callable[[_Writer, Constructed], None]:
    """A layer after which the shape is as before; ``names`` are our arguments in the order of Keras'."""

    def add(writer: _Writer, layer: Constructed) -> None:
        theirs = {"alpha": "negative_slope", "rate": "p", "axis": "dim"}
        given = {**dict(zip(names, layer.arguments, strict=False)), **layer.keywords}
        ours = {theirs.get(key, key): value for key, value in given.items() if key not in _IDLE}
        writer.begin(layer)
        if not ours.keys() <= {*names}:
            raise not_understood(f"{layer.short} with these arguments is not read of code", layer.node)
        writer.line(kind, **ours)

    return add


def _activation(writer: _Writer, layer: Constructed) -> None:
    name = _arguments(layer, "activation").get("activation", "linear")
    kind = "identity" if name == "linear" else _ACTIVATIONS.get(name)
    if kind is None:
        raise not_understood(f"no activation '{name}'", layer.node)
    writer.line(kind)


def _pad(writer: _Writer, layer: Constructed) -> None:
    width = _arguments(layer, "padding", "data_format").get("padding", 1)
    writer.start("maps", layer)
    if isinstance(width, int):
        width = ((width, width),) * 2
    pairs = [(one, one) if isinstance(one, int) else one for one in width]
    writer.line("pad", (*pairs[1], *pairs[0]))


def _upsample(writer: _Writer, layer: Constructed) -> None:
    given = _arguments(layer, "size", "data_format", "interpolation")
    writer.start("maps", layer)
    writer.line("upsample", scale_factor=given.get("size", 2), mode=_unless(given.get("interpolation"), "nearest"))


def _padding(given: dict[str, Any], layer: Constructed) -> Any:
    """``same`` or none; ``causal`` puts all that a kernel needs before the first step."""
    padding = given.get("padding", "valid")
    if padding == "causal" and isinstance(given.get("kernel_size"), int):
        return ((given.get("dilation_rate", 1) * (given["kernel_size"] - 1), 0),)
    if padding not in ("valid", "same"):
        raise not_understood(f"padding '{padding}' is not read of code", layer.node)
    return "same" if padding == "same" else None


def _unless(value: Any, usual: Any) -> Any:
    return None if value == usual or value is None else value


_ADDERS: dict[str, Callable[[_Writer, Constructed], None]] = {
    "Activation": _activation,
    "BatchNormalization": _norm,
    "Bidirectional": _recurrent,
    "Conv2DTranspose": _convolution,
    "Dense": _dense,
    "Dropout": _same_shape("dropout", "p"),
    "ELU": _same_shape("elu", "alpha"),
    "Embedding": _embedding,
    "Flatten": _flatten,
    "Input": _input,
    "InputLayer": _input,
    "LayerNormalization": _layer_norm,
    "LeakyReLU": _same_shape("leaky_relu", "negative_slope"),
    "ReLU": _same_shape("relu"),
    "Softmax": _same_shape("softmax"),
    "TimeDistributed": _recurrent,
    "UpSampling2D": _upsample,
    "ZeroPadding2D": _pad,
    **dict.fromkeys(_RECURRENT, _recurrent),
}
_BY_STEM: dict[str, Callable[[_Writer, Constructed], None]] = {
    **dict.fromkeys(_POOLS, _pool),
    **dict.fromkeys(_GLOBAL, _global),
    "Conv": _convolution,
    "DepthwiseConv": _depthwise,
    "SeparableConv": _convolution,
}
