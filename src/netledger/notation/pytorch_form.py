"""What to say to somebody who writes a layer as PyTorch's constructor: the same layer in the notation.

>>> written("linear(784, 128)")
'linear(128, in_features=784)'
>>> written("nn.Conv2d(3, 64, 3, padding=1)")
'conv2d(64, 3, padding=1, in_channels=3)'
"""

from __future__ import annotations

import ast

from netledger.errors import NetledgerError, NotFoundError
from netledger.layers import rule_for
from netledger.layers.kinds import KINDS
from netledger.notation.syntax import syntax_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers import Rule

_CONVOLUTION = ("in_channels", "out_channels", "kernel_size", "stride", "padding")
_RECURRENT = ("input_size", "hidden_size", "num_layers")
POSITIONAL = {
    "linear": ("in_features", "out_features", "bias"),
    **{f"conv{n}d": (*_CONVOLUTION, "dilation", "groups", "bias") for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": (*_CONVOLUTION, "output_padding", "groups", "bias", "dilation") for n in (1, 2, 3)},
    **dict.fromkeys(("lstm", "gru", "rnn"), _RECURRENT),
}
"""Parameters of PyTorch's constructors in their order, where it is not the order of our own."""

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
    first = [parameter for parameter in list(rule.parameters)[:2] if parameter in order[: len(values)]]
    parts = []
    for parameter in rule.parameters:
        if parameter not in first:
            break
        parts.append(given.pop(parameter))
    rest = [f"{parameter}={given[parameter]}" for parameter in rule.parameters if parameter in given]
    target = f"{ast.unparse(parsed.targets[0])} = " if isinstance(parsed, ast.Assign) else ""
    return f"{target}{rule.kind}({', '.join([*parts, *rest])})"


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


def hint_for(text: str, line: int | None) -> str | None:
    """A hint where the line at fault is PyTorch's form of a layer; ``None`` where it is not, or already right."""
    lines = text.splitlines()
    place = (line or 1) - 1
    if not 0 <= place < len(lines):
        return None
    if len(lines[place]) > _LONGEST:
        return None
    stood = lines[place].split("#")[0].strip().rstrip(",")
    told = written(stood)
    return f"in the notation this is: {told}" if told is not None and told != stood else None
