"""Rules of the layers that only a network split by the 2014 scheme has: where shares and slices meet.

They learn nothing and contract nothing.
"""

from __future__ import annotations

from netledger.layers import Call, Effect, rule
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Shape


def _joined(call: Call, processes: int) -> tuple[Shape, ...]:
    shape = call.input
    if isinstance(shape, Unknown):
        return (shape,)
    *others, size = shape
    return ((*others, size if isinstance(size, Unknown) else size * processes),)


@rule("owt_batch")
def batch(call: Call) -> Effect:
    """Every process sends its images' features to all: each has those of the whole batch (counted per image)."""
    return Effect((call.input,))


@rule("owt_features")
def features(call: Call, processes: int) -> Effect:
    """Every process sends its slice of the features to all: each has all features."""
    return Effect(_joined(call, processes))


@rule("owt_receive")
def receive(call: Call, processes: int) -> Effect:
    """The first process gets everybody's slice."""
    return Effect(_joined(call, processes))


@rule("owt_send")
def send(call: Call) -> Effect:
    """The others hand their slice to the first."""
    return Effect(((),))


@rule("owt_dropout")
def dropout(call: Call, p: float = 0.5, inplace: bool = False, *, axis: int = 1) -> Effect:
    """Dropout of a share of the images (axis 0) or a slice of the features (axis 1): the mask is drawn for the whole,
    so that all processes together agree with a single one."""
    return Effect((call.input,))
