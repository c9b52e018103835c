"""A network as an auditor needs it: each layer's true formula as named factors, under the convention of counting.

A :class:`Part` is one kind of layer at one place; layers of a repeated block that differ in nothing but their number
are one Part with several ``paths``. Its :class:`Term` objects are the products that add up to its count.
"""

from __future__ import annotations

from netledger.records import Record
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from netledger.ledger import Entry
    from netledger.network import Layer, Network

    Factor = tuple[str, int]


class Term(Record):
    """A product of named sizes and its ``value``; its ``role`` (``weight``, ``bias``) and ``name`` (``W``, ``b``)."""

    __slots__ = ("role", "name", "factors", "value")
    role: str
    name: str
    factors: tuple[Factor, ...]
    value: int

    def __init__(self, role: str, name: str, factors: tuple[Factor, ...], value: int | None = None) -> None:
        if value is None:
            value = 1
            for _, size in factors:
                value *= size
        self._fill(role, name, factors, value)

    def size(self, name: str) -> int:
        """The size of a factor by name; 1 where it has none."""
        value = 1
        for factor, size in self.factors:
            if factor == name:
                value *= size
        return value


class Part:
    """A layer (or the same layer of every repetition): name, family, paths, terms, sizes that misconceptions need."""

    __slots__ = (
        "name", "paths", "family", "kind", "terms", "index", "sizes", "other", "block", "tied_to", "features",
        "weights", "biases", "full",
    )  # fmt: skip

    def __init__(self, layer: Layer, family: str, terms: tuple[Term, ...], index: int) -> None:
        self.name, self.kind, self.family, self.index = layer.path, layer.kind, family, index
        self.hold(terms)
        self.paths = [layer.path]
        self.sizes: dict[str, int] = {}
        self.other = 0
        """What is counted besides the terms under some convention: a BatchNorm's running statistics."""
        self.block: str | None = None
        self.tied_to: str | None = None
        self.features: int | None = None

    def __repr__(self) -> str:
        return f"<{self.shown} {self.full}>"

    @property
    def times(self) -> int:
        """How many layers it stands for."""
        return len(self.paths)

    @property
    def shown(self) -> str:
        """Its name for a sentence; the number of the repetition left out where it stands for several."""
        return self.name if self.times == 1 else _template(self.paths[0], self.paths[1])

    def hold(self, terms: tuple[Term, ...]) -> None:
        """Set its terms, and with them ``weights`` (values without biases), ``biases`` and ``full`` (both)."""
        self.terms = terms
        self.weights = sum([term.value for term in terms if term.role == "weight"])
        self.biases = sum([term.value for term in terms if term.role == "bias"])
        self.full = self.weights + self.biases

    def written(self) -> str:
        """Its formula in numbers, as people post it."""
        return " + ".join(["*".join([f"{size}" for _, size in term.factors]) for term in self.terms]) or "0"


class Truth:
    """The network's parts under a convention of counting.

    ``bias``: whether biases count; ``statistics``: whether running statistics do (Keras' "Total params");
    ``stated``: whether the description itself says how to count, so that the text is held to it.
    """

    __slots__ = (
        "network",
        "parts",
        "by_path",
        "order",
        "bias",
        "statistics",
        "tied_once",
        "stated",
        "framework",
        "unknown",
    )

    def __init__(self, network: Network) -> None:
        counting: Mapping[str, Any] = network.meta.get("counting") or {}
        self.network = network
        self.bias: bool = counting.get("bias", True) is not False
        self.statistics: bool = counting.get("running_stats", False) is True
        self.tied_once: bool = counting.get("tied_counted_once", True) is not False
        self.stated = bool(counting)
        self.framework = str(network.meta.get("framework") or "")
        self.parts: list[Part] = []
        self.by_path: dict[str, Part] = {}
        self.order: list[Part] = []
        self.unknown: list[str] = []
        """One entry for each layer, in order: the part it belongs to."""
        self._build(network)

    def count(self, part: Part) -> int:
        """What one layer of the part counts under the convention."""
        value = part.full if self.bias or part.family in ("batchnorm", "norm") else part.weights
        return value + (part.other if self.statistics else 0)

    @property
    def total(self) -> int:
        """The whole network's count."""
        return sum([self.count(part) * part.times for part in self.parts])

    @property
    def convention(self) -> str:
        """How it counts, in words."""
        words = "weights and biases" if self.bias else "weights only"
        if self.statistics:
            words += ", running statistics included"
        elif any(part.other for part in self.parts):
            words += ", running statistics not counted"
        if any(part.tied_to for part in self.parts):
            words += ", tied tables once" if self.tied_once else ", tied tables each time"
        return words

    def _build(self, network: Network) -> None:
        from netledger.ledger import keep_books

        same: dict[tuple[Any, ...], Part] = {}
        spatial = False
        for index, entry in enumerate(keep_books(network).entries):
            part = self._part(entry, index)
            if part is None:
                continue
            key = (_skeleton(part.name), part.kind, part.terms)
            known = same.get(key) if any(piece.isdigit() for piece in part.name.split(".")) else None
            if known is not None:
                known.paths.append(part.name)
                part = known
            else:
                same[key] = part
                self.parts.append(part)
            if part.family == "linear" and spatial:
                part.features = part.sizes.get("in")
            if part.family in ("flatten", "conv", "depthwise", "separable", "partial") or part.full:
                spatial = part.family in ("flatten", "conv", "depthwise", "separable", "partial")
            self.by_path[entry.path] = part
            self.order.append(part)
        for part in self.parts:
            if part.tied_to is not None and not self.tied_once and part.tied_to in self.by_path:
                part.hold(self.by_path[part.tied_to].terms)

    def _part(self, entry: Entry, index: int) -> Part | None:
        layer = entry.layer
        family, builder = _BUILDERS.get(layer.kind, ("other", _plain))
        if "tied" in layer.meta or layer.kind == "tied" or entry.tied_to is not None:
            part = Part(layer, "tied", (), index)
            part.tied_to = str(layer.meta.get("tied") or entry.tied_to or layer.attributes.get("to") or "")
            return part
        terms = builder(entry)
        part = Part(layer, family, terms, index)
        part.block = layer.meta.get("repeat")
        part.sizes = _sizes(entry, terms)
        if family == "batchnorm":
            part.other = 2 * part.sizes.get("features", 0)
        if family == "conv":
            part.family = (
                "depthwise" if part.sizes["groups"] > 1 and part.sizes["groups"] == part.sizes["in"] else "conv"
            )
        if not terms and isinstance(entry.parameters, Unknown):
            self.unknown.append(layer.path)
        return part


def _skeleton(path: str) -> str:
    return ".".join(["*" if piece.isdigit() else piece for piece in path.split(".")])


def _template(first: str, second: str) -> str:
    ours, theirs = first.split("."), second.split(".")
    if len(ours) != len(theirs):
        return first
    return ".".join([a if a == b else "*" for a, b in zip(ours, theirs, strict=True)])


# ---------------------------------------------------------------------- terms of a layer, by kind


def _weight_slot(entry: Entry, name: str = "weight") -> tuple[int, ...] | None:
    for slot in entry.effect.slots:
        if slot.name == name and all(isinstance(size, int) for size in slot.shape):
            return tuple([size for size in slot.shape if isinstance(size, int)])
    return None


def _has_bias(entry: Entry) -> bool:
    return any(slot.role == "bias" for slot in entry.effect.slots)


def _conv(entry: Entry) -> tuple[Term, ...]:
    shape = _weight_slot(entry)
    if shape is None:
        return _plain(entry)
    out, seen, *kernel = shape
    if "transpose" in entry.kind:
        out, seen = seen * int(entry.layer.attributes.get("groups", 1)), out
        seen //= int(entry.layer.attributes.get("groups", 1))
    weight = Term("weight", "W", (*[("k", size) for size in kernel], ("in", seen), ("out", out)))
    return (weight, Term("bias", "b", (("out", out),))) if _has_bias(entry) else (weight,)


def _linear(entry: Entry) -> tuple[Term, ...]:
    shape = _weight_slot(entry)
    if shape is None or len(shape) != 2:
        return _plain(entry)
    weight = Term("weight", "W", (("in", shape[1]), ("out", shape[0])))
    return (weight, Term("bias", "b", (("out", shape[0]),))) if _has_bias(entry) else (weight,)


def _norm(entry: Entry) -> tuple[Term, ...]:
    terms = []
    for slot in entry.effect.slots:
        if slot.role in ("weight", "bias") and all(isinstance(size, int) for size in slot.shape):
            sizes = tuple([("features", size) for size in slot.shape if isinstance(size, int)])
            terms.append(Term(slot.role, "gamma" if slot.role == "weight" else "beta", sizes))
    return tuple(terms)


def _embedding(entry: Entry) -> tuple[Term, ...]:
    shape = _weight_slot(entry)
    if shape is None or len(shape) != 2:
        return _plain(entry)
    return (Term("weight", "table", (("in", shape[0]), ("out", shape[1]))),)


GATES = {"lstm": 4, "gru": 3, "rnn": 1}


def _recurrent(entry: Entry) -> tuple[Term, ...]:
    attributes = entry.layer.attributes
    gates, hidden = GATES[entry.kind.removesuffix("_cell")], attributes["hidden_size"]
    width = attributes.get("input_size")
    if width is None:
        shape = entry.inputs[0] if entry.inputs else ()
        width = shape[-1] if isinstance(shape, tuple) and shape and isinstance(shape[-1], int) else None
    if not isinstance(width, int) or attributes.get("num_layers", 1) != 1 or attributes.get("proj_size"):
        return _plain(entry)
    vectors = attributes.get("bias_vectors", 2) if attributes.get("bias", True) else 0
    both: tuple[Factor, ...] = (("directions", 2),) if attributes.get("bidirectional") else ()
    gate: tuple[Factor, ...] = (("gates", gates),) if gates > 1 else ()
    terms = [
        Term("weight", "W_ih", (*both, *gate, ("in", width), ("hidden", hidden))),
        Term("weight", "W_hh", (*both, *gate, ("hidden", hidden), ("hidden", hidden))),
    ]
    terms += [Term("bias", f"b{i + 1}", (*both, *gate, ("hidden", hidden))) for i in range(vectors)]
    return tuple(terms)


def _separable(entry: Entry) -> tuple[Term, ...]:
    attributes = entry.layer.attributes
    kernel = attributes["kernel_size"]
    kernel = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    width = attributes.get("in_channels")
    if not isinstance(width, int):
        return _plain(entry)
    out = attributes["out_channels"]
    terms = [Term("weight", "depthwise", (*[("k", size) for size in kernel], ("in", width)))]
    if attributes.get("depthwise_bias", False):
        terms.append(Term("bias", "depthwise bias", (("in", width),)))
    terms.append(Term("weight", "pointwise", (("in", width), ("out", out))))
    if attributes.get("pointwise_bias", True):
        terms.append(Term("bias", "pointwise bias", (("out", out),)))
    return tuple(terms)


def _partial(entry: Entry) -> tuple[Term, ...]:
    attributes = entry.layer.attributes
    kernel = attributes["kernel_size"]
    kernel = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    connections = attributes["inputs_per_output"]
    area = tuple([("k", size) for size in kernel])
    terms = []
    for seen in dict.fromkeys(connections):
        terms.append(Term("weight", f"maps of {seen}", (*area, ("in", seen), ("out", connections.count(seen)))))
    if attributes.get("bias", True):
        terms.append(Term("bias", "b", (("out", len(connections)),)))
    return tuple(terms)


def _lora(entry: Entry) -> tuple[Term, ...]:
    attributes = entry.layer.attributes
    width = attributes.get("in_features")
    if not isinstance(width, int):
        return _plain(entry)
    rank, out = attributes["rank"], attributes["out_features"]
    return (
        Term("weight", "A", (("rank", rank), ("in", width))),
        Term("weight", "B", (("rank", rank), ("out", out))),
    )


def _subsample(entry: Entry) -> tuple[Term, ...]:
    channels = entry.layer.attributes.get("channels")
    if not isinstance(channels, int):
        return _plain(entry)
    return (Term("weight", "coefficient", (("out", channels),)), Term("bias", "b", (("out", channels),)))


def _parameter(entry: Entry) -> tuple[Term, ...]:
    shape = entry.layer.attributes.get("shape")
    if not isinstance(shape, tuple) or not all(isinstance(size, int) for size in shape):
        return _plain(entry)
    return (Term("weight", "values", tuple([("size", size) for size in shape] or [("size", 1)])),)


def _plain(entry: Entry) -> tuple[Term, ...]:
    """A layer known by its counts alone."""
    terms = []
    for role, count in (("weight", entry.weights), ("bias", entry.biases)):
        if isinstance(count, int) and count:
            terms.append(Term(role, role, (("values", count),)))
    return tuple(terms)


_BUILDERS: dict[str, tuple[str, Callable[[Entry], tuple[Term, ...]]]] = {
    **{f"conv{n}d": ("conv", _conv) for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": ("conv", _conv) for n in (1, 2, 3)},
    "linear": ("linear", _linear),
    "batch_norm": ("batchnorm", _norm),
    **dict.fromkeys(("layer_norm", "rms_norm", "group_norm", "instance_norm"), ("norm", _norm)),
    "embedding": ("embedding", _embedding),
    **{kind: (kind, _recurrent) for kind in GATES},
    "separable_conv2d": ("separable", _separable),
    "conv2d_partial": ("partial", _partial),
    "lora": ("lora", _lora),
    **dict.fromkeys(("trainable_subsample", "subsample"), ("subsample", _subsample)),
    "parameter": ("parameter", _parameter),
    **{f"{how}_pool{n}d": ("pool", _plain) for how in ("max", "avg") for n in (1, 2, 3)},
    "flatten": ("flatten", _plain),
}


def _sizes(entry: Entry, terms: tuple[Term, ...]) -> dict[str, int]:
    """Sizes that are no factor of the formula but that people multiply by: groups, the feature map."""
    attributes = entry.layer.attributes
    sizes: dict[str, int] = {}
    for term in terms[:2]:
        for name, size in term.factors:
            sizes.setdefault(name, size)
    groups = attributes.get("groups", 1)
    sizes["groups"] = groups if isinstance(groups, int) else 1
    sizes["in"] = sizes.get("in", 0) * sizes["groups"]
    shape = entry.outputs[0] if entry.outputs else None
    if isinstance(shape, tuple) and len(shape) >= 2 and all(isinstance(size, int) for size in shape):
        space = 1
        for side in shape[(2 if len(shape) == 4 else 1) :]:
            space *= side if isinstance(side, int) else 1
        sizes["positions"] = space
    return sizes
