"""Many values into one: means, sums, extremes, norms along dimensions; sorting and running sums."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers import Call, Effect, rule
from netledger.layers.sizes import axis_of, replaced
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers.sizes import Dims, integer
    from netledger.network import Shape


@rule("mean", role="pooling", keeps="nothing")
@rule("sum", keeps="nothing")
@rule("prod", "amax", "amin", "var", "std", "norm", "logsumexp", "all", "any", "argmax", "argmin", "count_nonzero")
def reduce(call: Call, dim: Dims | None = None, keepdim: bool = False) -> Effect:
    """One value in place of a dimension, of several, or of all: nothing learned, no MACs.

    The dimensions go, or stay with size 1 where ``keepdim=True``.

    Source: PyTorch's functions of the same names.

    >>> from netledger.layers import apply
    >>> apply("mean", {"dim": (1, 2)}, ((2048, 7, 7),)).outputs
    ((2048,),)
    """
    return Effect((_reduced(call.input, dim, keepdim),))


@rule("max", "min", "median", "mode")
def extreme(call: Call, dim: integer | None = None, keepdim: bool = False) -> Effect:
    """The largest (smallest, middle, most frequent) value: of all, or along ``dim`` with its places as second output.

    Nothing learned, no MACs.

    Source: PyTorch's functions of the same names.

    >>> from netledger.layers import apply
    >>> apply("max", {"dim": 0}, ((1000, 6, 6),)).outputs
    ((6, 6), (6, 6))
    """
    return Effect((_reduced(call.input, dim, keepdim),) * (1 if dim is None else 2))


@rule("cumsum", "cumprod", "logcumsumexp")
def running(call: Call, dim: integer) -> Effect:
    """Running sums or products along ``dim``: nothing learned, no MACs; the shape stays.

    Source: PyTorch's functions of the same names.

    >>> from netledger.layers import apply
    >>> apply("cumsum", {"dim": 0}, ((128,),)).outputs
    ((128,),)
    """
    if not isinstance(call.input, Unknown):
        axis_of(dim, call.input)
    return Effect((call.input,))


@rule("sort")
def sort(call: Call, dim: integer = -1, descending: bool = False, stable: bool = False) -> Effect:
    """The values along ``dim`` in order, and their places: nothing learned, no MACs.

    Source: PyTorch's ``sort``.

    >>> from netledger.layers import apply
    >>> apply("sort", {}, ((10,),)).outputs
    ((10,), (10,))
    """
    if not isinstance(call.input, Unknown) and call.input:
        axis_of(dim, call.input)
    return Effect((call.input, call.input))


@rule("topk")
def topk(call: Call, k: int, dim: integer = -1, largest: bool = True, sorted: bool = True) -> Effect:
    """The ``k`` largest values along ``dim``, and their places: nothing learned, no MACs.

    Source: PyTorch's ``topk``.

    >>> from netledger.layers import apply
    >>> apply("topk", {"k": 5}, ((1000,),)).outputs
    ((5,), (5,))
    """
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape, shape))
    axis = axis_of(dim, shape)
    size = shape[axis]
    if isinstance(size, int) and k > size:
        raise ShapeError(f"k={k:,} is more than the {size:,} values of dimension {axis}")
    return Effect((replaced(shape, axis, k),) * 2)


def _reduced(shape: Shape, dim: int | tuple[int, ...] | None, keepdim: bool) -> Shape:
    if isinstance(shape, Unknown):
        return shape if dim is not None or keepdim else ()
    dims = (dim,) if isinstance(dim, int) else dim
    axes = {axis_of(d, shape) for d in dims} if dims and shape else range(len(shape))
    return tuple([1 if i in axes else size for i, size in enumerate(shape) if keepdim or i not in axes])
