"""Constructors' calls in the code of PyTorch or Keras: whose they are, and their arguments as values."""

from __future__ import annotations

import ast

from netledger.errors import NotationError, nearest, or_list
from netledger.notation.literals import NameScope, fault, literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from typing import Any

KERAS = frozenset(
    "Dense Conv1D Conv2D Conv3D Conv2DTranspose SeparableConv2D DepthwiseConv2D MaxPooling1D MaxPooling2D MaxPooling3D "
    "MaxPool1D MaxPool2D MaxPool3D AveragePooling1D AveragePooling2D AveragePooling3D AvgPool2D GlobalAveragePooling1D "
    "GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D BatchNormalization LayerNormalization Activation "
    "Input InputLayer SimpleRNN Bidirectional TimeDistributed UpSampling2D ZeroPadding2D Reshape".split()
)
"""Layers that Keras alone has under this name."""
PYTORCH = frozenset(
    "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d Linear BatchNorm1d BatchNorm2d BatchNorm3d "
    "MaxPool1d MaxPool2d MaxPool3d AvgPool1d AvgPool2d AvgPool3d LayerNorm GroupNorm MultiheadAttention SiLU ReLU6 "
    "Tanh Sigmoid LogSoftmax AdaptiveAvgPool2d LSTMCell GRUCell RNN LazyLinear LazyConv2d".split()
)
"""Layers that PyTorch alone has under this name."""
BOTH = frozenset("Sequential Dropout Flatten Embedding ReLU LeakyReLU ELU Softmax LSTM GRU GELU".split())
_ROOTS = {"nn": "pytorch", "torch": "pytorch", "keras": "keras", "tf": "keras", "layers": "keras"}


class Constructed:
    """``nn.Conv2d(3, 64, 3)``: its name, its arguments as values, and the layers that it holds."""

    def __init__(self, node: ast.Call) -> None:
        self.node = node
        self.dotted = ast.unparse(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else ""
        self.short = self.dotted.rpartition(".")[2]
        self.arguments: list[Any] = []
        self.keywords: dict[str, Any] = {}
        self.items: list[tuple[str, Constructed]] = []

    def layers(self) -> list[ast.expr]:
        """What a container is given: its arguments, Keras' ``layers=`` too."""
        starred = next((one for one in self.node.args if isinstance(one, ast.Starred)), None)
        if starred is not None:
            if isinstance(starred.value, ast.List | ast.Tuple) and len(self.node.args) == 1:
                return list(starred.value.elts)
            raise not_understood("a starred argument is known when the code is run", starred)
        return [*self.node.args, *[keyword.value for keyword in self.node.keywords if keyword.arg == "layers"]]


def framework_of(calls: list[ast.Call]) -> str | None:
    """``pytorch`` or ``keras``, by the names that are called; ``None`` where none of them is a layer of either."""
    votes = {"pytorch": 0, "keras": 0}
    shared = False
    for call in calls:
        made = Constructed(call)
        root = _ROOTS.get(made.dotted.partition(".")[0]) if "." in made.dotted else None
        if root is not None and made.short[:1].isupper():
            votes[root] += 1
        votes["keras"] += made.short in KERAS
        votes["pytorch"] += made.short in PYTORCH
        shared = shared or made.short in BOTH
    if not any(votes.values()):
        return "pytorch" if shared else None
    return "keras" if votes["keras"] > votes["pytorch"] else "pytorch"


def values_of(made: Constructed, names: NameScope) -> None:
    """Fill in a call's arguments; what is no value is an error at its place."""
    for argument in made.node.args:
        made.arguments.append(_value(argument, names))
    for keyword in made.node.keywords:
        if keyword.arg is None:
            raise not_understood("a starred argument is known when the code is run", keyword.value)
        if keyword.arg != "device":
            made.keywords[keyword.arg] = _value(keyword.value, names)


def _value(node: ast.expr, names: NameScope) -> Any:
    if isinstance(node, ast.Attribute):  # tf.nn.relu
        return node.attr
    if isinstance(node, ast.Call):  # layers.LeakyReLU(0.1) as an activation
        inner = Constructed(node)
        if inner.short == "Input":
            values_of(inner, names)
            return (inner.arguments or [inner.keywords.get("shape")])[0]
        return inner.short.lower()
    return literal(node, names)


_ELSE = "a description is one layer below the other; a model that branches: netledger show model.py:NAME"


def not_understood(why: str, node: ast.expr | ast.stmt | ast.keyword, hint: str | None = None) -> NotationError:
    """An error at a place of the code, with what to do instead."""
    error = fault(why, node)
    error.hint = hint or _ELSE
    return error


def odd_argument(layer: Constructed, order: tuple[str, ...], known: AbstractSet[str]) -> NotationError:
    """One argument more than a layer has, by name or by place: an error under it, with the names that there are."""
    takes = f"{layer.short} takes {', '.join(order) or 'no arguments'}"
    odd = next((keyword for keyword in layer.node.keywords if keyword.arg not in known | {"device"}), None)
    if odd is None:
        place = layer.node.args[min(len(order), len(layer.node.args) - 1)]
        return not_understood(f"{layer.short} has no place for {len(layer.arguments)} arguments", place, takes)
    near = nearest(odd.arg or "", order) or nearest(odd.arg or "", sorted(known))
    said = f": did you mean {or_list(near)}?" if near else ""
    return not_understood(f"{layer.short} has no argument '{odd.arg}'{said}", odd, takes)
