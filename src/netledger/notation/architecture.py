"""``architecture`` documents: a list of layer types with their sizes, as programs and graders write them.

``{"network": …, "framework": …, "counting": {…}, "architecture": [{"type": "conv2d", "in": 3, "out": 96, …}, …]}``.
Such a list tells sizes, not wiring: parameters are known, shapes and MACs are Unknown.
"""

from __future__ import annotations

from netledger.errors import LimitError, NotationError, nearest, or_list
from netledger.layers import apply
from netledger.limits import LAYERS, REPEAT, STEPS_ANYWAY, STEPS_PER_ENTRY
from netledger.network import Layer, Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    Attributes = dict[str, Any]

_MOST_NOTES = 20


def network_from_architecture(data: Any, name: str) -> Network:
    """The network of an ``architecture`` document (or of its list alone).

    ``counting`` and ``framework`` are kept in ``Network.meta``; the type and count of a ``repeat`` in each of its
    layers' ``meta`` (``repeat``: path of the block, ``times``).

    >>> net = network_from_architecture([{"type": "linear", "name": "fc", "in": 4, "out": 2, "bias": True}], "tiny")
    >>> net["fc"].attributes
    {'out_features': 2, 'in_features': 4, 'bias': True}
    """
    document = data if isinstance(data, dict) else {"architecture": data}
    entries = document["architecture"]
    if not isinstance(entries, list):
        raise NotationError("'architecture' must be a list of layers")
    if not entries:
        raise NotationError("an empty list: it describes no network")
    layers: list[Layer] = []
    paths: set[str] = set()
    steps = _Steps(entries)
    for layer in _layers(entries, "", {}, steps):
        path, number = layer.path, 2
        while path in paths:
            path, number = f"{layer.path}_{number}", number + 1
        paths.add(path)
        layers.append(layer if path == layer.path else layer.replace(path=path, outputs=(path,)))
    meta = {key: document[key] for key in ("framework", "counting") if document.get(key) is not None}
    title = document.get("network")
    notes = tuple(steps.notes) if steps.notes else ()
    return Network(name, tuple(layers), title=title if isinstance(title, str) else None, notes=notes, meta=meta)


class _Entry(dict):  # type: ignore[type-arg]
    """An entry that remembers what was asked of it."""

    def __init__(self, fields: dict[str, Any]) -> None:
        super().__init__(fields)
        self.asked = {"name", "type"}

    def __getitem__(self, key: str) -> Any:
        self.asked.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """The field, noted as asked for."""
        self.asked.add(key)
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        self.asked.add(str(key))
        return super().__contains__(key)

    def unread(self, path: str) -> Iterator[str]:
        """What nobody asked for, in words; a name that is nearly one that was asked for is a ``NotationError``."""
        for field in self.keys() - self.asked:
            near = nearest(field, sorted(self.asked))
            if near:
                raise NotationError(
                    f"architecture: {path}: a {self['type']} has no '{field}': did you mean {or_list(near)}?"
                )
            yield f"'{field}' of {path} is not read: a {self['type']} is told by {', '.join(sorted(self.asked))}"


class _Steps:
    """How many entries and turns of repeats are left to carry out: in proportion to the entries written."""

    def __init__(self, entries: list[Any]) -> None:
        written, waiting = 0, [entries]
        while waiting:
            some = waiting.pop()
            written += len(some)
            inner = [entry.get("layers") for entry in some if isinstance(entry, dict)]
            waiting += [one for one in inner if isinstance(one, list)]
        self.notes: dict[str, None] = {}
        self.most = self.left = min(LAYERS, STEPS_ANYWAY + STEPS_PER_ENTRY * written)

    def note(self, texts: Iterable[str]) -> None:
        """Keep what is to be said, each once and no more than a page of it."""
        for text in texts:
            if len(self.notes) < _MOST_NOTES:
                self.notes[text] = None

    def one(self) -> None:
        """Take one step; none left is a ``LimitError``."""
        self.left -= 1
        if self.left < 0:
            raise LimitError(f"architecture: its repeats take more than {self.most:,} steps, too many for its entries")


def _layers(entries: list[Any], prefix: str, meta: dict[str, Any], steps: _Steps) -> Iterator[Layer]:
    for index, entry in enumerate(entries):
        steps.one()
        if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
            raise NotationError(f"architecture: entry {index} needs a 'type'")
        entry = _Entry(entry)
        kind = entry["type"]
        path = prefix + str(entry.get("name") or f"{kind}_{index + 1}")
        if kind == "repeat":
            yield from _repeated(entry, path, meta, steps)
            continue
        reader = _TYPES.get(kind)
        if reader is None:
            near = nearest(kind, list(_TYPES))
            hint = f": did you mean {or_list(near)}?" if near else f"; known are {', '.join(_TYPES)}"
            raise NotationError(f"architecture: unknown type '{kind}'{hint}")
        try:
            ours, attributes = reader(entry)
            steps.note(entry.unread(path))
            if ours == "tied":
                yield Layer(path, "identity", meta={**meta, "tied": str(entry.get("to"))}, type=kind)
                continue
            apply(ours, attributes)
        except KeyError as error:
            raise NotationError(f"architecture: {path}: a {kind} needs '{error.args[0]}'") from None
        except TypeError:
            raise NotationError(f"architecture: {path}: a size of this {kind} is no number and no list") from None
        yield Layer(path, ours, attributes, meta=meta, type=kind)


def _repeated(entry: _Entry, path: str, meta: dict[str, Any], steps: _Steps) -> Iterator[Layer]:
    times, inner = entry.get("times"), entry.get("layers")
    steps.note(entry.unread(path))
    if type(times) is not int or not 0 <= times <= REPEAT or not isinstance(inner, list):
        raise NotationError(f"architecture: {path}: a repeat needs 'times' (at most {REPEAT:,}) and 'layers'")
    for i in range(times):
        steps.one()
        yield from _layers(inner, f"{path}.{i}.", {**meta, "repeat": path, "times": times}, steps)


# ---------------------------------------------------------------------- one reader a type


def _sizes(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _linear(entry: dict[str, Any]) -> tuple[str, Attributes]:
    return "linear", {"out_features": entry["out"], "in_features": entry["in"], "bias": entry.get("bias", True)}


def _convolution(kind: str) -> Callable[[dict[str, Any]], tuple[str, Attributes]]:
    def read(entry: dict[str, Any]) -> tuple[str, Attributes]:
        attributes = {"out_channels": entry["out"], "kernel_size": _sizes(entry["kernel"]), "in_channels": entry["in"]}
        attributes["bias"] = entry.get("bias", True)
        for name in ("stride", "groups", "padding", "dilation"):
            if name in entry:
                attributes[name] = _sizes(entry[name])
        return kind, attributes

    return read


def _separable(entry: dict[str, Any]) -> tuple[str, Attributes]:
    return "separable_conv2d", {
        "out_channels": entry["out"], "kernel_size": _sizes(entry["kernel"]), "in_channels": entry["in"],
        "depthwise_bias": entry.get("depthwise_bias", False), "pointwise_bias": entry.get("pointwise_bias", True),
    }  # fmt: skip


def _recurrent(kind: str) -> Callable[[dict[str, Any]], tuple[str, Attributes]]:
    def read(entry: dict[str, Any]) -> tuple[str, Attributes]:
        vectors = entry.get("bias_vectors", 2)
        attributes = {"hidden_size": entry["hidden"], "input_size": entry["input"], "bias_vectors": vectors}
        if entry.get("bidirectional"):
            attributes["bidirectional"] = True
        if entry.get("layers_stacked", entry.get("num_layers")):
            attributes["num_layers"] = entry.get("layers_stacked", entry.get("num_layers"))
        return kind, attributes

    return read


def _norm(kind: str, size: str) -> Callable[[dict[str, Any]], tuple[str, Attributes]]:
    def read(entry: dict[str, Any]) -> tuple[str, Attributes]:
        return kind, {size: entry["features"], **({"bias": False} if entry.get("bias") is False else {})}

    return read


def _embedding(entry: dict[str, Any]) -> tuple[str, Attributes]:
    return "embedding", {"num_embeddings": entry["num"], "embedding_dim": entry["dim"]}


def _lora(entry: dict[str, Any]) -> tuple[str, Attributes]:
    return "lora", {"out_features": entry["out"], "rank": entry["rank"], "in_features": entry["in"]}


def _subsample(entry: dict[str, Any]) -> tuple[str, Attributes]:
    return "trainable_subsample", {"channels": entry["channels"]}


def _partial(entry: dict[str, Any]) -> tuple[str, Attributes]:
    connections = tuple(entry["inputs_per_output"])
    kernel, bias = _sizes(entry["kernel"]), entry.get("bias", True)
    return "conv2d_partial", {"inputs_per_output": connections, "kernel_size": kernel, "bias": bias}


def _flatten(entry: dict[str, Any]) -> tuple[str, Attributes]:
    return "flatten", {}


def _pool(kind: str) -> Callable[[dict[str, Any]], tuple[str, Attributes]]:
    def read(entry: dict[str, Any]) -> tuple[str, Attributes]:
        return kind, {"kernel_size": _sizes(entry.get("kernel", 2))}

    return read


_TYPES: dict[str, Callable[[dict[str, Any]], tuple[str, Attributes]]] = {
    "linear": _linear,
    **{f"conv{n}d": _convolution(f"conv{n}d") for n in (1, 2, 3)},
    **{f"convtranspose{n}d": _convolution(f"conv_transpose{n}d") for n in (1, 2, 3)},
    "separable_conv2d": _separable,
    "batchnorm": _norm("batch_norm", "num_features"),
    "layernorm": _norm("layer_norm", "normalized_shape"),
    "rmsnorm": _norm("rms_norm", "normalized_shape"),
    "embedding": _embedding,
    "lstm": _recurrent("lstm"),
    "gru": _recurrent("gru"),
    "rnn": _recurrent("rnn"),
    "lora": _lora,
    "parameter": lambda entry: ("parameter", {"shape": tuple(entry["shape"])}),
    "tied": lambda entry: ("tied", {"to": entry.get("to")}),
    "maxpool2d": _pool("max_pool2d"),
    "avgpool2d": _pool("avg_pool2d"),
    "flatten": _flatten,
    "trainable_subsample": _subsample,
    "conv2d_partial": _partial,
}
