"""Layers that only rearrange: inputs, flatten."""

from __future__ import annotations

from netledger.layers import Call, Effect, rule
from netledger.network import elements_of
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Shape


@rule("input")
def network_input(call: Call, shape: Shape, dtype: str = "float32") -> Effect:
    """What the network is fed: a shape without the batch (with it where the network is ``batched``)."""
    return Effect((shape,))


@rule("flatten")
def flatten(call: Call, start_dim: integer | None = None, end_dim: integer = -1) -> Effect:
    """Joins the dimensions from ``start_dim`` to ``end_dim`` into one; by default all but the batch.

    >>> from netledger.layers import apply
    >>> apply("flatten", {}, ((256, 6, 6),)).outputs
    ((9216,),)
    """
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((Unknown(shape.reason),))
    start = (1 if call.batched else 0) if start_dim is None else start_dim % len(shape) if shape else 0
    end = end_dim % len(shape) if shape else 0
    joined = elements_of(shape[start : end + 1])
    return Effect(((*shape[:start], joined, *shape[end + 1 :]),))
