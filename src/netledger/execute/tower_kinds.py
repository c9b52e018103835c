"""Rules of the layers that only a split network has: where halves meet. They learn nothing and contract nothing."""

from __future__ import annotations

from netledger.layers import Call, Effect, rule
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim, Shape


def _scaled(call: Call, factor: float) -> tuple[Shape, ...]:
    """The input's shape with its first dimension after the batch (maps or features) times ``factor``."""
    shape = call.input
    if isinstance(shape, Unknown):
        return (shape,)
    place = int(call.batched)
    size: Dim = shape[place]
    return ((*shape[:place], size if isinstance(size, Unknown) else int(size * factor), *shape[place + 1 :]),)


@rule("tower_exchange", keeps="nothing")
def exchange(call: Call, device: int) -> Effect:
    """Each device sends its half and receives the other's: both have the whole."""
    return Effect(_scaled(call, 2))


@rule("tower_receive", keeps="nothing")
def receive(call: Call) -> Effect:
    """The first device gets the second's half."""
    return Effect(_scaled(call, 2))


@rule("tower_send", keeps="nothing")
def send(call: Call) -> Effect:
    """The second device hands its half over."""
    return Effect(((),))


@rule("tower_half", keeps="nothing")
def half(call: Call, device: int) -> Effect:
    """A device's own half of what both have."""
    return Effect(_scaled(call, 0.5))


@rule("tower_dropout")
def dropout(call: Call, p: float = 0.5, inplace: bool = False, *, device: int = 0) -> Effect:
    """Dropout of one half: the mask is drawn for the whole value, so that both devices agree with a single one."""
    return Effect((call.input,))


@rule("tower_take")
def take(call: Call, shape: Shape) -> Effect:
    """A value that the other device has sent."""
    return Effect((shape,))
