"""What each kind of layer does: a rule is a small registered function from attributes and input shapes to an Effect.

The kinds are named as PyTorch's functions, their arguments as its module constructors. Every source uses the same
rules: a ``conv2d`` that came from a .net file, an ONNX node or a traced operation is counted by the same few lines.

    @rule("linear", neurons=True)
    def linear(call: Call, out_features: int, bias: bool = True, in_features: int | None = None) -> Effect: ...

A rule's signature is the layer's: names, order, defaults and the annotations that arguments are checked against.
Rules are found through :data:`KINDS` (``kind → module``), imported one family at a time; a kind that is not there is
looked for among the entry points ``netledger.layers``.
"""

from __future__ import annotations

from netledger.errors import ArgumentError, NetledgerError, NotFoundError
from netledger.formula import ZERO, Formula
from netledger.layers.arguments import Parameter, check_arguments, parameters_of
from netledger.layers.kinds import KINDS
from netledger.records import Record
from netledger.registry import Table, place_of
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from netledger.network import Dim, Shape

__all__ = ["KINDS", "Call", "Effect", "Rule", "Slot", "apply", "built_in_rule", "known_kinds", "rule", "rule_for"]


class Call(Record):
    """What a rule is asked: the shapes of a layer's inputs, and whether they carry a leading batch dimension."""

    __slots__ = ("kind", "inputs", "batched")
    kind: str
    inputs: tuple[Shape, ...]
    batched: bool

    def __init__(self, kind: str, inputs: tuple[Shape, ...] = (), batched: bool = False) -> None:
        self._fill(kind, inputs, batched)

    @property
    def input(self) -> Shape:
        """The first input's shape; Unknown where there is none."""
        return self.inputs[0] if self.inputs else Unknown("the input shape is not given")


class Slot(Record):
    """A tensor that a layer must have by its rule: the name PyTorch gives it (``weight``), its role and shape."""

    __slots__ = ("name", "role", "shape")
    name: str
    role: str
    shape: tuple[Dim, ...]

    def __init__(self, name: str, role: str, shape: tuple[Dim, ...]) -> None:
        self._fill(name, role, shape)


class Effect(Record):
    """What a layer does, by its rule. All figures are formulas; an Unknown size makes their value Unknown.

    - ``outputs``: the shapes of its values.
    - ``weights`` and ``biases``: its learned values, told apart; ``buffers``: stored but not learned.
    - ``macs``: multiply-accumulates of contractions, for the shapes given. ``other``: real operations of
      other sorts, each addition and multiplication one (a Fourier transform's ``5·N·log2 N``).
    - ``slots``: the tensors it must have, as PyTorch names and shapes them.
    - ``sizes``: the formulas of the output's sizes where they are worth explaining (``⌊(227 - 11)/4⌋ + 1``).
    - ``unknown``: why the MACs are not known at all, where that is not a matter of sizes.
    """

    __slots__ = ("outputs", "weights", "biases", "macs", "slots", "buffers", "sizes", "other", "unknown")
    outputs: tuple[Shape, ...]
    weights: Formula
    biases: Formula
    macs: Formula
    slots: tuple[Slot, ...]
    buffers: Formula
    sizes: tuple[Formula, ...]
    other: Formula
    unknown: Unknown | None

    def __init__(
        self,
        outputs: tuple[Shape, ...] = (),
        weights: Formula = ZERO,
        biases: Formula = ZERO,
        macs: Formula = ZERO,
        slots: tuple[Slot, ...] = (),
        buffers: Formula = ZERO,
        sizes: tuple[Formula, ...] = (),
        other: Formula = ZERO,
        unknown: Unknown | None = None,
    ) -> None:
        self._fill(outputs, weights, biases, macs, slots, buffers, sizes, other, unknown)

    @property
    def parameters(self) -> Formula:
        """Weights and biases as one formula: ``(5·5)·48·256 + 256``."""
        if self.biases is ZERO:
            return self.weights
        return self.biases if self.weights is ZERO else self.weights + self.biases


class Rule(Record):
    """A registered rule: its function, and what is true of the kind.

    - ``layouts``: the function is asked about channels before space alone; ``channels_last`` is one more argument
    - ``neurons``: its outputs are counted as neurons (convolutions and linear layers)
    - ``role``: the sort of work it does, by which layers of two networks are matched; a kind of no sort is its own
    - ``by_map``: every map is treated by itself, so that halves of the maps stay halves
    - ``keeps``: what PyTorch keeps for the backward pass: ``"nothing"``, its ``"inputs"``, its ``"output"``; empty
      where that is not so simple
    - ``view``: the output is the input's memory
    - ``overwritable``: the output is new memory that its own backward pass does not need

    Where it tells channels from space it takes ``channels_last`` too: the same of shapes written ``H x W x C``.
    """

    __slots__ = ("kind", "function", "layouts", "neurons", "role", "by_map", "keeps", "view", "overwritable")
    kind: str
    function: Callable[..., Effect]
    layouts: bool
    neurons: bool
    role: str
    by_map: bool
    keeps: str
    view: bool
    overwritable: bool

    def __init__(
        self, kind: str, function: Callable[..., Effect], layouts: bool = False, neurons: bool = False,
        role: str = "", by_map: bool = False, keeps: str = "", view: bool = False, overwritable: bool = False,
    ) -> None:  # fmt: skip
        self._fill(kind, function, layouts, neurons, role or kind, by_map, keeps, view, overwritable)

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The arguments of the kind, in order, read off the function's signature when they are first asked for."""
        key = (self.function, self.layouts)
        found = _PARAMETERS.get(key)
        if found is None:
            found = parameters_of(self.function)
            if self.layouts:
                found["channels_last"] = CHANNELS_LAST
            _PARAMETERS[key] = found
        return found

    def __hash__(self) -> int:
        return hash(self.kind)


OTHER_NAMES = {
    **dict.fromkeys(("dense", "fc", "fullyconnected", "innerproduct", "affinelayer"), "linear"),
    **dict.fromkeys(("conv", "convolution", "convolutional"), "conv2d"),
    **dict.fromkeys(("deconv", "deconvolution", "upconv", "convtranspose"), "conv_transpose2d"),
    **dict.fromkeys(("pool", "pooling", "maxpool", "maxpooling"), "max_pool2d"),
    **dict.fromkeys(("avgpool", "averagepool", "averagepooling"), "avg_pool2d"),
    **dict.fromkeys(("gap", "globalaveragepool", "globalaveragepooling", "globalavgpool"), "adaptive_avg_pool2d"),
    **dict.fromkeys(("bn", "batchnorm1d", "batchnorm2d", "batchnorm3d", "batchnormalization"), "batch_norm"),
    **dict.fromkeys(("ln", "layernormalization"), "layer_norm"),
    **dict.fromkeys(("lrn", "localresponsenormalization"), "local_response_norm"),
    **dict.fromkeys(("emb", "embed"), "embedding"),
    "swish": "silu",
}
"""What other tools and people call a kind, without underscores: what is meant where there is no kind of that name."""

RULES: Table[Rule] = Table("kind", KINDS, "netledger.layers")
"""The rule of each kind. A plugin registers its own with :func:`rule` when it is loaded."""
_applied: dict[tuple[Any, ...], Effect] = {}
_MOST_KEPT = 50_000


CHANNELS_LAST = Parameter("channels_last", "bool", False, by_name=True)
_PARAMETERS: dict[tuple[Callable[..., Effect], bool], dict[str, Parameter]] = {}


def rule(
    *kinds: str, neurons: bool = False, role: str = "", by_map: bool = False, keeps: str = "", view: bool = False,
    overwritable: bool = False, layouts: bool = False,
) -> Callable[[Callable[..., Effect]], Callable[..., Effect]]:  # fmt: skip
    """Register a function as the rule of one or more kinds, with what else is true of them (:class:`Rule`).

    Registering a kind that exists is a ``UsageError`` naming the present owner. The function's first parameter is the
    :class:`Call`; the others are the layer's arguments, with their defaults. With ``layouts`` it is asked about
    channels before space alone, and ``channels_last=True`` (Keras, TensorFlow) is one more argument of the kind.

    >>> @rule("example_double")
    ... def double(call: Call) -> Effect:
    ...     return Effect((call.input,))
    >>> apply("example_double", {}, ((3, 4),)).outputs
    ((3, 4),)
    """

    def register(function: Callable[..., Effect]) -> Callable[..., Effect]:
        place = place_of(function)
        for kind in kinds:
            found = Rule(kind, function, layouts, neurons, role, by_map, keeps, view, overwritable)
            RULES.register(kind, found, place)
        return function

    return register


def rule_for(kind: str) -> Rule:
    """The rule of a kind; a kind without one is a ``NotFoundError`` with the nearest kinds.

    >>> rule_for("dense")
    Traceback (most recent call last):
    netledger.errors.NotFoundError: unknown kind 'dense': did you mean 'linear'?
    """
    meant = OTHER_NAMES.get(kind.lower().replace("_", ""))
    if meant is not None and kind not in RULES and RULES.find(kind) is None:
        raise NotFoundError(f"unknown kind '{kind}'", near=(meant,))
    return RULES.get(kind)


def built_in_rule(kind: str) -> Rule | None:
    """The rule of a kind that is built in or registered; ``None`` for every other, without looking for plugins.

    >>> relu = built_in_rule("relu")
    >>> relu.role, relu.keeps, built_in_rule("Foo")
    ('activation', 'output', None)
    """
    return RULES.find(kind) if kind in RULES else None


def known_kinds() -> list[str]:
    """Every kind that has a rule here, built in or registered."""
    return RULES.names()


def apply(kind: str, attributes: Mapping[str, Any], inputs: tuple[Shape, ...] = (), batched: bool = False) -> Effect:
    """What a layer of ``kind`` with ``attributes`` does to inputs of these shapes.

    Equal questions are answered once. Raises ``NotFoundError`` for an unknown kind, ``ArgumentError`` for arguments it
    does not take, ``ShapeError`` where sizes do not fit.

    >>> effect = apply("conv2d", {"out_channels": 256, "kernel_size": 5, "padding": 2, "groups": 2}, ((96, 27, 27),))
    >>> effect.outputs, effect.parameters.text(), effect.macs.value
    (((256, 27, 27),), '(5*5)*48*256 + 256', 223948800)
    """
    key = (kind, tuple(attributes.items()), inputs, batched)
    try:
        kept = _applied.get(key)
    except TypeError:
        raise ArgumentError(f"{kind}: an argument is neither a number, a text nor a list of them") from None
    if kept is None:
        found = rule_for(kind)
        arguments = check_arguments(kind, found.parameters, attributes)
        try:
            call = Call(kind, inputs, batched)
            kept = (
                _in_its_layout(found, call, arguments)
                if "channels_last" in arguments
                else found.function(call, **arguments)
            )
        except NetledgerError as error:
            if not error.why.startswith(f"{kind}: "):
                error.why = f"{kind}: {error.why}"
            raise
        if len(_applied) >= _MOST_KEPT:
            _applied.clear()
        _applied[key] = kept
    return kept


def _in_its_layout(found: Rule, call: Call, arguments: Mapping[str, Any]) -> Effect:
    """The rule's answer where the channels may come last: asked of, and given back from, channels before space."""
    rest = {name: value for name, value in arguments.items() if name != "channels_last"}
    if not arguments["channels_last"]:
        return found.function(call, **rest)
    at = 1 if call.batched else 0
    inputs = [
        shape if isinstance(shape, Unknown) else (*shape[:at], *shape[-1:], *shape[at:-1]) for shape in call.inputs
    ]
    effect = found.function(Call(call.kind, tuple(inputs), call.batched), **rest)
    outputs = [
        shape if isinstance(shape, Unknown) else (*shape[:at], *shape[at + 1 :], *shape[at : at + 1])
        for shape in effect.outputs
    ]
    return effect.replace(outputs=tuple(outputs))
