"""Rules of the layers that only a split network has: where its parts meet. They learn nothing and contract nothing.

Parts are of the maps or features: the first dimension after the batch, or the last one.
"""

from __future__ import annotations

from netledger.layers import Call, Effect, rule
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim, Shape


def _scaled(call: Call, times: int, parts: int, last: bool) -> Effect:
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape,))
    place = len(shape) - 1 if last else int(call.batched)
    size: Dim = shape[place]
    return Effect((
        (*shape[:place], size if isinstance(size, Unknown) else size * times // parts, *shape[place + 1 :]),
    ))  # fmt: skip


@rule("split_gather", keeps="nothing")
def gather(call: Call, processes: int, last: bool = False) -> Effect:
    """Every process sends its part to all: each has the whole."""
    return _scaled(call, processes, 1, last)


@rule("split_gather_images", keeps="nothing")
def gather_images(call: Call) -> Effect:
    """Every process sends its images' features to all: each has those of the whole batch (counted per image)."""
    return Effect((call.input,))


@rule("split_receive", keeps="nothing")
def receive(call: Call, processes: int, last: bool = False) -> Effect:
    """The first process gets everybody's part."""
    return _scaled(call, processes, 1, last)


@rule("split_send", keeps="nothing")
def send(call: Call) -> Effect:
    """The others hand their part to the first."""
    return Effect(((),))


@rule("split_own", keeps="nothing")
def own(call: Call, processes: int, last: bool = False) -> Effect:
    """A process's own part of what all have."""
    return _scaled(call, 1, processes, last)


@rule("split_dropout")
def dropout(call: Call, p: float = 0.5, inplace: bool = False, *, axis: int = 1) -> Effect:
    """Dropout of a share of the images (axis 0) or a part of the maps or features (axis 1): the mask is drawn for the
    whole, so that all processes together agree with a single one."""
    return Effect((call.input,))


@rule("split_take")
def take(call: Call, shape: Shape) -> Effect:
    """A value that another device has sent."""
    return Effect((shape,))
