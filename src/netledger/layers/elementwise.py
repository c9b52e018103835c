"""Layers that act on each value by itself, or on several tensors value by value."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers import Call, Effect, rule
from netledger.layers.sizes import shape_text
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim, Shape


@rule("relu")
def relu(call: Call, inplace: bool = False) -> Effect:
    """``max(x, 0)``: nothing learned, no MACs; the shape stays."""
    return Effect((call.input,))


@rule("dropout")
def dropout(call: Call, p: float = 0.5, inplace: bool = False) -> Effect:
    """Zeroes values at random while training: nothing learned, no MACs; the shape stays."""
    return Effect((call.input,))


@rule("add", "mul")
def combine(call: Call, value: float | None = None) -> Effect:
    """Adds or multiplies its inputs value by value, broadcasting as NumPy does; nothing learned, no MACs."""
    shape = call.input
    for other in call.inputs[1:]:
        shape = broadcast(shape, other)
    return Effect((shape,))


def broadcast(left: Shape, right: Shape) -> Shape:
    """The shape of two broadcast together; what cannot be is a ``ShapeError``.

    >>> broadcast((8, 1, 6), (7, 1))
    (8, 7, 6)
    """
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return left if isinstance(left, Unknown) else right
    rank = max(len(left), len(right))
    pairs = zip((1,) * (rank - len(left)) + left, (1,) * (rank - len(right)) + right, strict=True)
    result: list[Dim] = []
    for a, b in pairs:
        if isinstance(a, int) and isinstance(b, int) and a != b and 1 not in (a, b):
            raise ShapeError(f"shapes {shape_text(left)} and {shape_text(right)} do not go together: {a} against {b}")
        result.append(b if a == 1 else a)
    return tuple(result)
