"""A network as a PyTorch module that a person would write: a file to read, change and run, without netledger.

Its parameters have the ledger's names, so that weights go from one to the other by ``load_state_dict``.
"""

from __future__ import annotations

import keyword

from netledger.errors import DataError
from netledger.execute.operations import full_arguments, known
from netledger.execute.operations.windows import Padded, flat
from netledger.layers.sizes import per_axis
from netledger.ledger import keep_books
from netledger.limits import NAME_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.ledger import Entry
    from netledger.network import Network

    Arguments = dict[str, Any]
    Written = tuple[str | None, str]
    """What makes the layer's module (``None``: it has none), and the expression: ``{m}`` the module, ``{x}`` the
    input, ``{all}`` all of them."""


def to_source(network: Network) -> str:
    """The file's text. A kind without a rule here, or tied weights, are a ``DataError`` naming the layer."""
    return _Source(network).text()


class _Source:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.ledger = keep_books(network)
        self.variables: dict[str, str] = {}
        self.holders: set[str] = set()
        self.makes: list[str] = []
        self.runs: list[str] = []

    def text(self) -> str:
        inputs = []
        for entry in self.ledger.entries:
            if entry.kind == "input":
                inputs.append(self.variable(entry.layer.outputs[0]))
            else:
                self.layer(entry)
        results = ", ".join(self.variables[name] for name in self.network.results())
        name = _class_name(self.network.name)
        total = self.ledger.totals.parameters
        lines = [
            f'"""{_plain(self.network.title or self.network.name)}: {total:,} parameters. Written by netledger."""', "",
            "import torch", "import torch.nn.functional as F", "from torch import nn", "", "",
            f"class {name}(nn.Module):", "    def __init__(self):", "        super().__init__()",
            *[f"        {line}" for line in self.makes], "",
            f"    def forward(self, {', '.join(inputs)}):", *[f"        {line}" for line in self.runs],
            f"        return {results}",
        ]  # fmt: skip
        return "\n".join(lines) + "\n"

    def layer(self, entry: Entry) -> None:
        layer = entry.layer
        write = _LAYERS.get(entry.kind)
        if write is None or layer.share is not None:
            what = f"kind '{entry.kind}'" if write is None else "tied weights"
            raise DataError(f"PyTorch source is not written for {what}").at(item=entry.path)
        makes, runs = write(entry, full_arguments(entry.kind, layer.attributes), self.network)
        module = self.module(entry.path, makes) if makes is not None else ""
        names = [self.variables[name] for name in layer.inputs]
        targets = ", ".join(self.variable(name) for name in layer.outputs)
        x = names[0] if names else ""
        self.runs.append(
            f"{targets} = " + runs.replace("{m}", module).replace("{all}", ", ".join(names)).replace("{x}", x)
        )

    def module(self, path: str, makes: str) -> str:
        """Register a module under its dotted path; returns the expression that finds it."""
        *holders, last = path.split(".")
        place = "self"
        for name in holders:
            found = _attribute(place, name)
            if found not in self.holders:
                self.holders.add(found)
                self.makes.append(_register(place, name, "nn.Module()"))
            place = found
        self.makes.append(_register(place, last, makes))
        return _attribute(place, last)

    def variable(self, name: str) -> str:
        """A Python name for a value."""
        if len(name) > NAME_BYTES:
            raise DataError("a name too long for a Python file")
        plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
        plain = f"x_{plain}" if not plain[:1].isalpha() or keyword.iskeyword(plain) else plain
        plain = f"{plain}_" if plain in ("torch", "F", "nn", "self") else plain
        while plain in self.variables.values():
            plain += "_"
        self.variables[name] = plain
        return plain


def _usual(name: str) -> bool:
    return name.isidentifier() and name.isascii() and not keyword.iskeyword(name) and name not in _TAKEN


_TAKEN = frozenset(
    "forward train eval type float double half to cpu cuda apply training parameters modules children buffers".split()
)


def _attribute(place: str, name: str) -> str:
    return f"{place}.{name}" if _usual(name) else f"{place}._modules[{name!r}]"


def _register(place: str, name: str, makes: str) -> str:
    if _usual(name):
        return f"{place}.{name} = {makes}"
    return f"{place}.add_module({name!r}, {makes})" if name not in _TAKEN else f"{place}._modules[{name!r}] = {makes}"


def _class_name(name: str) -> str:
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in name).split()
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    return joined if joined[:1].isalpha() else f"Network{joined}"


def _plain(text: str) -> str:
    return text.replace("\\", "/").replace('"', "'").replace("\n", " ")


def _call(name: str, *values: Any, **options: Any) -> str:
    given = [repr(value) for value in values] + [f"{key}={value!r}" for key, value in options.items()]
    return f"{name}({', '.join(given)})"


def _short(values: tuple[int, ...]) -> int | tuple[int, ...]:
    return values[0] if len(set(values)) == 1 else values


def _options(pairs: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    """Those that are not the default."""
    return {name: value for name, (value, usual) in pairs.items() if value != usual}


def _axis(network: Network, dim: int | None) -> int:
    if dim is None:
        return 1
    return dim if network.batched or dim < 0 else dim + 1


def _padded(window: Padded, entry: Entry, axes: int, value: str = "") -> str:
    around = window.around(known(entry.inputs[0])[-axes:])
    return f"F.pad({{x}}, {tuple(flat(around))}{value})" if any(a or b for a, b in around) else "{x}"


def _convolution(entry: Entry, a: Arguments, network: Network) -> Written:
    axes = int(entry.kind[4])
    window = Padded(axes, a["kernel_size"], a["stride"], a["padding"], a["dilation"], a["ceil_mode"], False)
    plain = window.symmetric
    simple = plain is not None and (not a["ceil_mode"] or all(
        pad == (p, p) for pad, p in zip(window.around(known(entry.inputs[0])[-axes:]), plain, strict=True)
    ))  # fmt: skip
    groups = a["groups"]
    channels = known(entry.effect.slots[0].shape)[1] * groups
    options = _options({
        "stride": (_short(window.stride), 1), "padding": (_short(plain) if simple and plain else 0, 0),
        "dilation": (_short(window.dilation), 1), "groups": (groups, 1), "bias": (a["bias"], True),
        "padding_mode": (a["padding_mode"], "zeros"),
    })  # fmt: skip
    makes = _call(f"nn.Conv{axes}d", channels, a["out_channels"], kernel_size=_short(window.kernel), **options)
    return makes, "{m}({x})" if simple else f"{{m}}({_padded(window, entry, axes)})"


def _linear(entry: Entry, a: Arguments, network: Network) -> Written:
    if a["groups"] != 1:
        raise DataError("PyTorch has no grouped linear layer").at(item=entry.path)
    features = known(entry.effect.slots[0].shape)[1]
    return _call("nn.Linear", features, a["out_features"], **_options({"bias": (a["bias"], True)})), "{m}({x})"


def _max_pool(entry: Entry, a: Arguments, network: Network) -> Written:
    axes = int(entry.kind[-2])
    stride = a["kernel_size"] if a["stride"] is None else a["stride"]
    window = Padded(axes, a["kernel_size"], stride, a["padding"], a["dilation"], a["ceil_mode"], True)
    plain = window.symmetric
    fits = plain is not None and all(2 * p <= k for p, k in zip(plain, window.kernel, strict=True))
    options = _options({
        "stride": (_short(window.stride), _short(window.kernel)), "dilation": (_short(window.dilation), 1),
        "padding": (_short(plain) if fits and plain else 0, 0), "ceil_mode": (bool(fits and a["ceil_mode"]), False),
    })  # fmt: skip
    makes = _call(f"nn.MaxPool{axes}d", _short(window.kernel), **options)
    if fits:
        return makes, "{m}({x})"
    padded = _padded(window, entry, axes, ", value=float('-inf')")
    return makes, f"{{m}}({padded})"


def _avg_pool(entry: Entry, a: Arguments, network: Network) -> Written:
    axes = int(entry.kind[-2])
    stride = a["kernel_size"] if a["stride"] is None else a["stride"]
    window = Padded(axes, a["kernel_size"], stride, a["padding"], 1, a["ceil_mode"], True)
    if window.symmetric is None:
        raise DataError("PyTorch's mean pools pad both sides alike").at(item=entry.path)
    options = _options({
        "stride": (_short(window.stride), _short(window.kernel)), "padding": (_short(window.symmetric), 0),
        "ceil_mode": (a["ceil_mode"], False), "count_include_pad": (a["count_include_pad"], True),
    })  # fmt: skip
    return _call(f"nn.AvgPool{axes}d", _short(window.kernel), **options), "{m}({x})"


def _adaptive(entry: Entry, a: Arguments, network: Network) -> Written:
    kind = "Avg" if "avg" in entry.kind else "Max"
    size = a.get("output_size", 1)
    makes = _call(f"nn.Adaptive{kind}Pool2d", _short(per_axis(size, 2, "output_size")))
    return makes, "{m}({x})" if a.get("keepdim", True) else "{m}({x}).flatten(1)"


def _response(entry: Entry, a: Arguments, network: Network) -> Written:
    makes = _call("nn.LocalResponseNorm", a["size"], alpha=a["alpha"], beta=a["beta"], k=a["k"])
    groups = a["groups"]
    if groups == 1:
        return makes, "{m}({x})"
    return makes, f"torch.cat([{{m}}(half) for half in {{x}}.chunk({groups}, 1)], 1)"


def _within(entry: Entry, a: Arguments, network: Network) -> Written:
    size = a["size"]
    if a["contrast"] or size % 2 == 0:
        raise DataError("PyTorch source is not written for this norm").at(item=entry.path)
    squares = f"F.avg_pool2d({{x}} * {{x}}, {size}, stride=1, padding={size // 2})"
    return None, f"{{x}} / ({a['k']} + {a['alpha']} * {squares}) ** {a['beta']}"


def _batch_norm(entry: Entry, a: Arguments, network: Network) -> Written:
    shape = known(entry.outputs[0])
    axes = len(shape) - network.batched - 1
    if a["affine"] and not a["bias"]:
        raise DataError("PyTorch's batch norms have biases or learn nothing").at(item=entry.path)
    options = _options({
        "eps": (a["eps"], 1e-5), "momentum": (a["momentum"], 0.1), "affine": (a["affine"], True),
        "track_running_stats": (a["track_running_stats"], True),
    })  # fmt: skip
    return _call(f"nn.BatchNorm{max(axes, 1)}d", shape[int(network.batched)], **options), "{m}({x})"


def _layer_norm(entry: Entry, a: Arguments, network: Network) -> Written:
    shape = a["normalized_shape"] or known(entry.outputs[0])[-1]
    options = _options({
        "eps": (a["eps"], 1e-5), "elementwise_affine": (a["elementwise_affine"], True), "bias": (a["bias"], True),
    })  # fmt: skip
    return _call("nn.LayerNorm", shape, **options), "{m}({x})"


def _embedding(entry: Entry, a: Arguments, network: Network) -> Written:
    return _call("nn.Embedding", a["num_embeddings"], a["embedding_dim"]), "{m}({x})"


def _flatten(entry: Entry, a: Arguments, network: Network) -> Written:
    start = 1 if a["start_dim"] is None else _axis(network, a["start_dim"])
    end = "" if a["end_dim"] == -1 else f", {_axis(network, a['end_dim'])}"
    return None, f"torch.flatten({{x}}, {start}{end})"


def _reshape(entry: Entry, a: Arguments, network: Network) -> Written:
    sizes = known(entry.outputs[0])[int(network.batched) :]
    return None, f"{{x}}.reshape({{x}}.shape[0], {', '.join(map(str, sizes))})"


def _softmax(entry: Entry, a: Arguments, network: Network) -> Written:
    return None, f"F.{entry.kind}({{x}}, dim={_axis(network, a['dim'])})"


def _concat(entry: Entry, a: Arguments, network: Network) -> Written:
    return None, f"torch.cat([{{all}}], {_axis(network, a['dim'])})"


def _combine(entry: Entry, a: Arguments, network: Network) -> Written:
    names = {"add": "torch.add", "mul": "torch.mul", "sub": "torch.sub", "div": "torch.div"}
    number = "" if a["value"] is None else f", {a['value']}"
    if len(entry.layer.inputs) > 2:
        raise DataError("PyTorch source is not written for more than two at once").at(item=entry.path)
    return None, f"{names[entry.kind]}({{all}}{number})"


def _split(entry: Entry, a: Arguments, network: Network) -> Written:
    axis = _axis(network, a["dim"])
    place = axis % (len(known(entry.inputs[0])) + (not network.batched)) - (not network.batched)
    sizes = [known(shape)[place] for shape in entry.outputs]
    return None, f"torch.split({{x}}, {sizes}, {axis})"


def _module(name: str, **options: tuple[str, Any]) -> Callable[[Entry, Arguments, Network], Written]:
    def write(entry: Entry, a: Arguments, network: Network) -> Written:
        given = {key: a[ours] for key, (ours, usual) in options.items() if a[ours] != usual}
        return _call(f"nn.{name}", **given), "{m}({x})"

    return write


def _dropout(entry: Entry, a: Arguments, network: Network) -> Written:
    return _call("nn.Dropout", a["p"]), "{m}({x})"


_LAYERS: dict[str, Callable[[Entry, Arguments, Network], Written]] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), _convolution),
    **dict.fromkeys(("max_pool1d", "max_pool2d", "max_pool3d"), _max_pool),
    **dict.fromkeys(("avg_pool1d", "avg_pool2d", "avg_pool3d"), _avg_pool),
    **dict.fromkeys(("adaptive_avg_pool2d", "adaptive_max_pool2d", "global_avg_pool", "global_max_pool"), _adaptive),
    **dict.fromkeys(("softmax", "log_softmax"), _softmax),
    **dict.fromkeys(("add", "mul", "sub", "div"), _combine),
    **dict.fromkeys(("split", "chunk"), _split),
    **dict.fromkeys(("reshape", "view", "squeeze", "unsqueeze", "unflatten"), _reshape),
    "linear": _linear, "local_response_norm": _response, "response_norm_within": _within, "batch_norm": _batch_norm,
    "layer_norm": _layer_norm, "embedding": _embedding, "flatten": _flatten, "concat": _concat, "dropout": _dropout,
    "relu": _module("ReLU"), "sigmoid": _module("Sigmoid"), "tanh": _module("Tanh"), "silu": _module("SiLU"),
    "mish": _module("Mish"), "hardswish": _module("Hardswish"), "identity": _module("Identity"),
    "gelu": _module("GELU", approximate=("approximate", "none")), "relu6": _module("ReLU6"),
    "leaky_relu": _module("LeakyReLU", negative_slope=("negative_slope", 0.01)),
    "elu": _module("ELU", alpha=("alpha", 1.0)),
}  # fmt: skip
"""How each kind is written."""
