"""A layer as PyTorch constructs it, in the notation: read of code, or as a hint where ``linear(784, 128)`` is written.

>>> written("linear(784, 128)")
'linear(128, in_features=784)'
>>> written("nn.Conv2d(3, 64, 3, padding=1)")
'conv2d(64, 3, padding=1, in_channels=3)'
"""

from __future__ import annotations

import ast
from functools import cache

from netledger.errors import NetledgerError, NotationError, NotFoundError, nearest, or_list
from netledger.layers import rule_for
from netledger.layers.kinds import KINDS
from netledger.notation.frameworks.calls import not_understood, odd_argument
from netledger.notation.syntax import syntax_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.layers import Rule
    from netledger.notation.frameworks.calls import Constructed

_CONVOLUTION = ("in_channels", "out_channels", "kernel_size", "stride", "padding")
_OPTIONS = ("bias", "batch_first", "dropout", "bidirectional")
POSITIONAL = {
    "linear": ("in_features", "out_features", "bias"),
    "bilinear": ("in1_features", "in2_features", "out_features", "bias"),
    **{f"conv{n}d": (*_CONVOLUTION, "dilation", "groups", "bias", "padding_mode") for n in (1, 2, 3)},
    **{
        f"conv_transpose{n}d": (*_CONVOLUTION, "output_padding", "groups", "bias", "dilation", "padding_mode")
        for n in (1, 2, 3)
    },
    **dict.fromkeys(("lstm", "gru"), ("input_size", "hidden_size", "num_layers", *_OPTIONS, "proj_size")),
    "rnn": ("input_size", "hidden_size", "num_layers", "nonlinearity", *_OPTIONS),
    **dict.fromkeys(("lstm_cell", "gru_cell", "rnn_cell"), ("input_size", "hidden_size", "bias")),
}
"""Parameters of PyTorch's constructors in their order, where it is not the order of our own."""

_PADS = {"ZeroPad": "constant", "ConstantPad": "constant", "ReflectionPad": "reflect", "ReplicationPad": "replicate",
         "CircularPad": "circular"}  # fmt: skip
"""``mode`` of the one kind of padding that PyTorch has as modules."""
_DIMENSIONS = ("dim", "start_dim", "end_dim")

_LONGEST = 400
"""Characters of a line that is looked at for a hint."""


def written(statement: str) -> str | None:
    """A statement's call as the notation writes it; ``None`` where it is no layer that PyTorch and we know."""
    try:
        (parsed,) = syntax_tree(statement.strip()).body
        call = parsed.value  # type: ignore[attr-defined]
        name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id
        values = [ast.unparse(value) for value in call.args]
        keywords = {str(keyword.arg): ast.unparse(keyword.value) for keyword in call.keywords}
    except (AttributeError, MemoryError, RecursionError, SyntaxError, ValueError):
        return None
    rule = _rule(name)
    if rule is None:
        return None
    order = POSITIONAL.get(rule.kind, tuple(rule.parameters))
    given = {**dict(zip(order, values, strict=False)), **keywords}
    if len(values) > len(order) or not given.keys() <= rule.parameters.keys():
        return None
    target = f"{ast.unparse(parsed.targets[0])} = " if isinstance(parsed, ast.Assign) else ""
    return target + _line(rule, given, order[: len(values)])


def _line(rule: Rule, given: dict[str, str], placed: tuple[str, ...], name: str = "") -> str:
    """The call in the notation: what was given by its place and is first here too stays so."""
    first: list[str] = []
    for parameter in list(rule.parameters)[:2]:
        if parameter not in placed or parameter not in given:
            break
        first.append(parameter)
    rest = [f"{parameter}={given[parameter]}" for parameter in rule.parameters if parameter in given.keys() - {*first}]
    named = [f'name="{name}"'] if name else []
    return f"{rule.kind}({', '.join([*[given[parameter] for parameter in first], *rest, *named])})"


def constructed(layer: Constructed, name: str) -> str:
    """A layer that code constructs, as a line of the notation.

    Dimensions are counted without the batch here, with it in PyTorch. Raises ``NotationError`` for a layer that has
    no rule, and for an argument that the rule does not know.
    """
    lazy, short = layer.short.startswith("Lazy"), layer.short.removeprefix("Lazy")
    pads = _PADS.get(short[:-2]) if short[-2:] in ("1d", "2d", "3d") else None
    rule = rule_for("pad") if pads else _rule(short)
    if rule is None:
        raise _without_a_rule(layer)
    order = ("padding", "value") if pads else POSITIONAL.get(rule.kind, tuple(rule.parameters))
    if lazy:
        order = tuple([one for one in order if one not in ("in_features", "in_channels", "num_features")])
    placed = order[: len(layer.arguments)]
    given = {**dict(zip(order, layer.arguments, strict=False)), **layer.keywords}
    given.pop("dtype", None)
    if rule.kind == "identity":
        given, placed = {}, ()
    elif len(layer.arguments) > len(order) or not given.keys() <= rule.parameters.keys():
        raise odd_argument(layer, order, {*rule.parameters, "dtype"})
    if pads and "padding" in given:
        width = given["padding"]
        given.update(padding=(width,) * 2 * int(short[-2]) if isinstance(width, int) else width, mode=pads)
    return _line(rule, {key: repr(value) for key, value in _without_batch(layer, given).items()}, placed, name)


def _without_a_rule(layer: Constructed) -> NotationError:
    given = [("args", map(ast.unparse, layer.node.args)), ("kwargs", map(ast.unparse, layer.node.keywords))]
    words = "".join([f" --{what} '{text}'" for what, parts in given if (text := ", ".join(parts))])
    kinds = {kind.replace("_", ""): kind for kind in KINDS}
    near = [kinds[name] for name in nearest(layer.short.lower(), list(kinds), 1)]
    return not_understood(
        f"the notation has no '{layer.short}'" + (f": did you mean {or_list(near)}?" if near else ""), layer.node,
        f"where torch is installed: netledger show torch.nn:{layer.short}{words}",
    )  # fmt: skip


def _without_batch(layer: Constructed, given: dict[str, Any]) -> dict[str, Any]:
    """Arguments whose dimensions are counted without the batch: PyTorch's 1 is our 0; flattening all is the default."""
    found = dict(given)
    for parameter in _DIMENSIONS:
        value = found.get(parameter)
        if isinstance(value, int) and value >= 0:
            if value == 0:
                raise not_understood(f"{layer.short} works across the batch", layer.node)
            found[parameter] = value - 1
    if layer.short == "Flatten" and found.get("start_dim", 0) == 0 and found.get("end_dim", -1) == -1:
        return {}
    return found


@cache
def _rule(name: str) -> Rule | None:
    """The rule of PyTorch's ``Conv2d``, ``BatchNorm2d``, ``ReLU``, or of our own name for it."""
    plain = name.replace("_", "").lower()
    for wanted in (plain, plain[:-2] if plain[-2:] in ("1d", "2d", "3d") else plain):
        for kind in KINDS:
            if kind.replace("_", "") == wanted:
                try:
                    return rule_for(kind)
                except (NotFoundError, NetledgerError):
                    return None
    return None


def other_reading(statement: str) -> str | None:
    """What to say of a convolution by places alone, which is read in our order and is none of PyTorch's.

    >>> other_reading("conv2d(3, 64, 3)")
    "out_channels=3, kernel_size=64, stride=3; PyTorch's Conv2d(3, 64, 3) is conv2d(64, 3, in_channels=3)"
    """
    places = statement.partition("(")[2].rstrip(")").split(",")
    kind = statement.partition("(")[0].rpartition("=")[2].strip()
    rule = _rule(kind)
    if rule is None or "conv" not in kind or rule.kind not in POSITIONAL or "=" in "".join(places) or len(places) < 3:
        return None
    ours = ", ".join([f"{name}={value.strip()}" for name, value in zip(rule.parameters, places, strict=False)])
    theirs = kind.title().replace("_", "")[:-1] + "d"
    return f"{ours}; PyTorch's {theirs}({', '.join(map(str.strip, places))}) is {written(statement)}"


def hint_for(text: str, line: int | None) -> str | None:
    """A hint where the line at fault is PyTorch's form of a layer; ``None`` where it isn't, or that is at fault too."""
    lines = text.splitlines()
    place = (line or 1) - 1
    if not 0 <= place < len(lines):
        return None
    if len(lines[place]) > _LONGEST:
        return None
    stood = lines[place].split("#")[0].strip().rstrip(",")
    told = written(stood)
    if told is None or told == stood:
        return None
    from netledger.notation.reading import read_text

    try:
        read_text(told, "hint")
    except NetledgerError:
        return None
    return f"in the notation this is: {told}"
