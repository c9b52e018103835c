"""Parts of a tensor by their place: slices, single entries, gathers."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers import Call, Effect, rule
from netledger.layers.sizes import axis_of, positive, replaced, shape_text
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers.sizes import Dims, integer
    from netledger.network import Dim, Shape

_slice = slice


@rule("slice", keeps="nothing")
def slice(
    call: Call, start: Dims | None = None, end: Dims | None = None, step: Dims | None = None, dim: Dims = 0
) -> Effect:
    """Every ``step``-th entry from ``start`` to before ``end``, as Python's slices; several dimensions at once too.

    Nothing learned, no MACs.

    Source: Python's ``x[start:end:step]``; ONNX's ``Slice``.

    >>> from netledger.layers import apply
    >>> apply("slice", {"end": -1, "dim": 1}, ((2, 197, 768),)).outputs
    ((2, 196, 768),)
    """
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape,))
    dims = (dim,) if isinstance(dim, int) else dim
    starts, ends, steps = (_each(value, len(dims)) for value in (start, end, step))
    for axis, first, last, by in zip(dims, starts, ends, steps, strict=True):
        place = axis_of(axis, shape)
        size = shape[place]
        if by == 0:
            raise ShapeError("step must not be 0")
        if isinstance(size, int):
            shape = replaced(shape, place, len(range(*_slice(first, last, by).indices(size))))
        elif (first, last, by) not in ((None, None, None), (0, None, 1)):
            shape = replaced(shape, place, size)
    return Effect((shape,))


def _each(value: int | tuple[int, ...] | None, count: int) -> tuple[int | None, ...]:
    if isinstance(value, tuple):
        if len(value) != count:
            raise ShapeError(f"{len(value)} values for {count} dimension{'s' * (count != 1)}")
        return value
    return (value,) * count


@rule("narrow", keeps="nothing", view=True)
def narrow(call: Call, dim: integer, start: integer, length: int) -> Effect:
    """``length`` entries of a dimension, from ``start`` on: nothing learned, no MACs.

    Source: PyTorch's ``narrow``.

    >>> from netledger.layers import apply
    >>> apply("narrow", {"dim": 0, "start": 0, "length": 48}, ((96, 27, 27),)).outputs
    ((48, 27, 27),)
    """
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape,))
    axis = axis_of(dim, shape)
    size = shape[axis]
    if isinstance(size, int) and (start + size if start < 0 else start) + length > size:
        raise ShapeError(f"{length:,} entries from {start:,} on are more than the {size:,} of dimension {axis}")
    return Effect((replaced(shape, axis, length),))


@rule("select", keeps="nothing", view=True)
def select(call: Call, dim: integer, index: integer) -> Effect:
    """One entry of a dimension, which goes: nothing learned, no MACs.

    Source: PyTorch's ``select``: the class token's vector, the last step of a recurrent layer.

    >>> from netledger.layers import apply
    >>> apply("select", {"dim": 0, "index": -1}, ((50, 64),)).outputs
    ((64,),)
    """
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape,))
    axis = axis_of(dim, shape)
    size = shape[axis]
    if isinstance(size, int) and not -size <= index < size:
        raise ShapeError(f"index {index:,} is not among the {size:,} entries of dimension {axis}")
    return Effect((replaced(shape, axis),))


@rule("index_select")
def index_select(call: Call, dim: integer = 0) -> Effect:
    """Entries of a dimension by a second input's indices, whose shape takes the dimension's place; no MACs.

    Source: PyTorch's ``index_select``; ONNX's ``Gather``.

    >>> from netledger.layers import apply
    >>> apply("index_select", {}, ((30522, 768), (1, 128))).outputs
    ((1, 128, 768),)
    """
    shape = call.input
    indices: Shape = call.inputs[1] if len(call.inputs) > 1 else Unknown("the indices' shape is not given")
    if isinstance(shape, Unknown) or isinstance(indices, Unknown):
        return Effect((shape if isinstance(shape, Unknown) else indices,))
    return Effect((replaced(shape, axis_of(dim, shape), *indices),))


@rule("gather")
def gather(call: Call, dim: integer = 0) -> Effect:
    """One value for each index of a second input, which gives the output its shape; nothing learned, no MACs.

    Source: PyTorch's ``gather``; ONNX's ``GatherElements``.

    >>> from netledger.layers import apply
    >>> apply("gather", {"dim": 1}, ((8, 1000), (8, 5))).outputs
    ((8, 5),)
    """
    return Effect((call.inputs[1] if len(call.inputs) > 1 else Unknown("the indices' shape is not given"),))


@rule("scatter", "index_add", "index_copy", "index_fill", "masked_scatter", "index_put")
def scatter(call: Call, dim: integer | None = None) -> Effect:
    """Writes values to places of its first input, which gives the output its shape; nothing learned, no MACs.

    Source: PyTorch's functions of the same names; ONNX's ``ScatterElements``, ``ScatterND``.

    >>> from netledger.layers import apply
    >>> apply("scatter", {"dim": 0}, ((10, 4), (2, 4), (2, 4))).outputs
    ((10, 4),)
    """
    return Effect((call.input,))


@rule("one_hot")
def one_hot(call: Call, num_classes: int) -> Effect:
    """Each index as a vector with a single 1: nothing learned, no MACs.

    Source: PyTorch's ``one_hot``.

    >>> from netledger.layers import apply
    >>> apply("one_hot", {"num_classes": 10}, ((128,),)).outputs
    ((128, 10),)
    """
    positive("num_classes", num_classes)
    return Effect((call.input if isinstance(call.input, Unknown) else (*call.input, num_classes),))


@rule("tril", "triu")
def triangle(call: Call, diagonal: integer = 0) -> Effect:
    """Keeps the lower or upper triangle of the last two dimensions: nothing learned, no MACs; the shape stays.

    Source: PyTorch's ``tril``, ``triu``.

    >>> from netledger.layers import apply
    >>> apply("tril", {}, ((128, 128),)).outputs
    ((128, 128),)
    """
    if not isinstance(call.input, Unknown) and len(call.input) < 2:
        raise ShapeError(f"needs two dimensions, not {shape_text(call.input)}")
    return Effect((call.input,))


@rule("nonzero", "unique", "nms")
def found(call: Call) -> Effect:
    """Places or values that depend on the data: how many there are is Unknown. Nothing learned, no MACs.

    Source: PyTorch's ``nonzero``, ``unique``; torchvision's ``nms``.

    >>> from netledger.layers import apply
    >>> apply("nonzero", {}, ((10, 10),)).outputs
    ((Unknown(reason='how many there are depends on the data'), 2),)
    """
    many: Dim = Unknown("how many there are depends on the data")
    shape = call.input
    if call.kind != "nonzero":
        return Effect(((many,),))
    return Effect((shape,)) if isinstance(shape, Unknown) else Effect(((many, len(shape)),))


@rule("shape")
def shape_of(call: Call) -> Effect:
    """The sizes of its input as a vector of integers: nothing learned, no MACs.

    Source: ONNX's ``Shape``.

    >>> from netledger.layers import apply
    >>> apply("shape", {}, ((1, 3, 224, 224),)).outputs
    ((4,),)
    """
    return Effect((call.input if isinstance(call.input, Unknown) else (len(call.input),),))
