"""Keras layers that go through a sequence step by step: recurrent ones, both ways, and those of convolutions."""

from __future__ import annotations

from netledger.layers import products
from netledger.sources.keras.steps import KerasConfig, KerasStep, known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netledger.network import Shape

    Steps = Callable[[KerasConfig, Sequence[Shape]], list[KerasStep]]

_GATES = {"LSTM": "lstm", "GRU": "gru", "SimpleRNN": "rnn", "CuDNNLSTM": "lstm", "CuDNNGRU": "gru"}


def _recurrent(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    return recurrent(config, inputs, both=False, roles="weight weight bias")


def recurrent(config: KerasConfig, inputs: Sequence[Shape], *, both: bool, roles: str) -> list[KerasStep]:
    """A recurrent layer; where it gives its last step or its states, those are rows of their own."""
    kind = _GATES[config.class_name]
    two = kind == "gru" and config.truth("reset_after", "Cu" in config.class_name)
    attributes = {
        "hidden_size": config.size("units"), "bias": config.truth("use_bias", True), "batch_first": True,
        "bidirectional": both, "bias_vectors": 2 if two or config.class_name == "CuDNNLSTM" else 1,
    }  # fmt: skip
    steps = [KerasStep(kind, attributes, "steps", roles=roles)]
    if config.truth("return_state", False):  # after the output: of each direction what it hands on, and its memory
        for t in range(2 * (1 + both) if kind == "lstm" else 1 + both):
            way, which = divmod(t, 2) if kind == "lstm" else (t, 0)
            state = {"dim": 0, "index": way}
            steps.append(KerasStep("select", state, f"state_{t + 1}", (f"steps:{which + 1}",)))
    if not config.truth("return_sequences", False):
        return [*steps, KerasStep("select", {"dim": 1, "index": -1}, reads=("steps",))]
    if len(steps) == 1:
        return [steps[0].replace(suffix="")]
    return [*steps, KerasStep("identity", reads=("steps",))]


def _bidirectional(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    """Both ways side by side; merged otherwise, value by value: half as wide."""
    inner = config.values.get("layer")
    name = inner.get("class_name") if isinstance(inner, dict) else None
    values = inner.get("config") if isinstance(inner, dict) else None
    merged = config.text("merge_mode", "concat")
    if (
        name not in _GATES
        or not isinstance(values, dict)
        or merged not in ("concat", "sum", "mul", "ave")
        or (merged != "concat" and values.get("return_state"))
    ):
        return [
            KerasStep("operation", {"name": "Bidirectional", "reason": "its inner layer or its merging has no rule"})
        ]
    layer = KerasConfig(name, values)
    steps = recurrent(layer, inputs, both=True, roles="weight weight bias weight weight bias")
    if merged == "concat":
        return steps
    before = known(inputs[0], 3)[:-1] if layer.truth("return_sequences", False) else known(inputs[0], 3)[:1]
    ways = steps[-1].replace(suffix="ways")
    return [*steps[:-1], ways, KerasStep("elementwise", shape=(*before, layer.size("units")))]


def _conv_lstm(config: KerasConfig, inputs: Sequence[Shape]) -> list[KerasStep]:
    """An LSTM whose four gates are convolutions, of a step's image and of the state, which keeps its size.

    Source: Shi et al. 2015, Convolutional LSTM Network (arXiv:1506.04214), without its connections to the cell.
    """
    axes, filters = config.axes, config.size("filters")
    sizes = known(inputs[0], axes + 3)
    batch, steps = sizes[:2]
    channels, space = (sizes[-1], sizes[2:-1]) if config.last else (sizes[2], sizes[3:])
    kernel, stride = config.sizes("kernel_size", axes), config.sizes("strides", axes, 1)
    reach = config.sizes("dilation_rate", axes, 1)
    pad = "same" if config.text("padding", "valid") == "same" else (0, 0)
    made = [products.window(size, k, s, pad, d) for size, k, s, d in zip(space, kernel, stride, reach, strict=True)]
    read, kept = [products.filters(kernel, wide, 1, 4 * filters) for wide in (channels, filters)]
    terms = tuple([products.flat((("T", steps), *products.conv((batch,), made, one))) for one in (read, kept)])
    held = [
        KerasStep("parameter", {"shape": (*kernel, wide, 4 * filters)}, name, (), roles="weight", variables=words)
        for name, wide, words in (("kernel", channels, ("/kernel", "/0")),
                                  ("recurrent_kernel", filters, ("/recurrent_kernel", "/1")))
    ]  # fmt: skip
    if config.truth("use_bias", True):
        words = ("/bias", "/2")
        held.append(KerasStep("parameter", {"shape": (4 * filters,)}, "bias", (), roles="bias", variables=words))
    state = (batch, *made, filters) if config.last else (batch, filters, *made)
    whole = (batch, steps, *state[1:])
    rows = [*held, KerasStep("contraction", {"terms": terms}, "steps", (0, *[step.suffix for step in held]), whole)]
    if config.truth("return_state", False):
        rows += [KerasStep("elementwise", {}, f"state_{t}", ("steps",), state) for t in (1, 2)]
    shape = whole if config.truth("return_sequences", False) else state
    return [*rows, KerasStep("elementwise", reads=("steps",), shape=shape)]


STEPS: dict[str, Steps] = {
    **dict.fromkeys(_GATES, _recurrent), "Bidirectional": _bidirectional,
    **dict.fromkeys(("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), _conv_lstm),
}  # fmt: skip
"""Class → its rows."""
