"""What a network is fed, and layers that only rearrange: flatten, reshape, transpose, squeeze, expand."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers import Call, Effect, rule
from netledger.layers.sizes import axis_of, joined, positive, replaced, shape_text
from netledger.network import elements_of
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers.sizes import Dims, Sizes, integer, integers
    from netledger.network import Dim, Shape

_NOT_GIVEN = Unknown("the input shape is not given")


@rule("input", keeps="nothing")
def network_input(call: Call, shape: Shape = _NOT_GIVEN, dtype: str = "float32") -> Effect:
    """What the network is fed: a shape without the batch (with it where the network is ``batched``).

    >>> from netledger.layers import apply
    >>> apply("input", {"shape": (3, 224, 224)}).outputs
    ((3, 224, 224),)
    """
    return Effect((shape,))


@rule("constant", keeps="nothing")
def constant(call: Call, shape: Shape = _NOT_GIVEN, dtype: str = "float32") -> Effect:
    """A tensor of fixed values that are not learned: no parameters, no MACs.

    Source: ONNX's ``Constant``; PyTorch's ``zeros``, ``ones``, ``arange``.

    >>> from netledger.layers import apply
    >>> apply("constant", {"shape": (4,)}).parameters.value
    0
    """
    return Effect((shape,))


@rule("identity", by_map=True, keeps="nothing", view=True)
def identity(call: Call) -> Effect:
    """Its input as it is, or an output of the network by name: nothing learned, no MACs.

    Source: PyTorch's ``Identity``.

    >>> from netledger.layers import apply
    >>> apply("identity", {}, ((10,),)).outputs
    ((10,),)
    """
    return Effect((call.input,))


@rule("flatten", role="shape", keeps="nothing", view=True)
def flatten(call: Call, start_dim: integer | None = None, end_dim: integer = -1) -> Effect:
    """Joins the dimensions from ``start_dim`` to ``end_dim`` into one; by default all but the batch.

    Nothing learned, no MACs.

    Source: PyTorch's ``Flatten``, whose ``start_dim=1`` leaves out the batch; a description has none to leave out.

    >>> from netledger.layers import apply
    >>> apply("flatten", {}, ((256, 6, 6),)).outputs
    ((9216,),)
    """
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape,))
    if not shape:
        return Effect(((1,),))
    start = (1 if call.batched else 0) if start_dim is None else axis_of(start_dim, shape, "start_dim")
    end = axis_of(end_dim, shape, "end_dim")
    if start > end:
        if start_dim is None:
            return Effect((shape,))
        raise ShapeError(f"start_dim={start_dim} comes after end_dim={end_dim} in {shape_text(shape)}")
    return Effect(((*shape[:start], joined(shape[start : end + 1]), *shape[end + 1 :]),))


@rule("unflatten", role="shape", keeps="nothing", view=True)
def unflatten(call: Call, dim: integer, unflattened_size: integers) -> Effect:
    """Takes one dimension apart into several; one of them may be -1. Nothing learned, no MACs.

    Source: PyTorch's ``Unflatten``.

    >>> from netledger.layers import apply
    >>> apply("unflatten", {"dim": 0, "unflattened_size": (256, 6, -1)}, ((9216,),)).outputs
    ((256, 6, 6),)
    """
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape,))
    axis = axis_of(dim, shape)
    return Effect((replaced(shape, axis, *_filled(unflattened_size, shape[axis : axis + 1])),))


@rule("reshape", role="shape", keeps="nothing")
@rule("view", role="shape", keeps="nothing", view=True)
def reshape(call: Call, shape: integers) -> Effect:
    """The same values in another shape; one size may be -1, which is what is left over. Nothing learned, no MACs.

    Source: PyTorch's ``reshape``.

    >>> from netledger.layers import apply
    >>> apply("reshape", {"shape": (256, -1)}, ((256, 6, 6),)).outputs
    ((256, 36),)
    """
    if isinstance(call.input, Unknown):
        missing = call.input
        return Effect((tuple([missing if size == -1 else size for size in _checked(shape)]),))
    return Effect((_filled(shape, call.input),))


def _checked(sizes: tuple[int, ...]) -> tuple[int, ...]:
    if any(size < -1 for size in sizes) or sizes.count(-1) > 1:
        raise ShapeError(f"the shape {sizes} needs sizes of 0 or more, one of which may be -1")
    return sizes


def _filled(sizes: tuple[int, ...], shape: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """``sizes`` with -1 replaced by what is left of ``shape``'s elements."""
    there = elements_of(shape)
    known = 1
    for size in _checked(sizes):
        known *= 1 if size == -1 else size
    if isinstance(there, Unknown):
        return tuple([there if size == -1 else size for size in sizes])
    fits = there == known if -1 not in sizes else (known != 0 and there % known == 0)
    if not fits:
        wanted = "×".join([str(size) for size in sizes]) or "scalar"
        raise ShapeError(f"{shape_text(shape)} = {there:,} values do not fit the shape {wanted}")
    return tuple([there // known if size == -1 else size for size in sizes])


@rule("transpose", role="shape", keeps="nothing", view=True)
def transpose(call: Call, dim0: integer, dim1: integer) -> Effect:
    """Exchanges two dimensions: nothing learned, no MACs.

    Source: PyTorch's ``transpose``.

    >>> from netledger.layers import apply
    >>> apply("transpose", {"dim0": -2, "dim1": -1}, ((12, 197, 64),)).outputs
    ((12, 64, 197),)
    """
    if isinstance(call.input, Unknown):
        return Effect((call.input,))
    first, second = axis_of(dim0, call.input, "dim0"), axis_of(dim1, call.input, "dim1")
    shape = list(call.input)
    shape[first], shape[second] = shape[second], shape[first]
    return Effect((tuple(shape),))


@rule("permute", role="shape", keeps="nothing", view=True)
def permute(call: Call, dims: integers) -> Effect:
    """Puts the dimensions in another order: nothing learned, no MACs.

    Source: PyTorch's ``permute``.

    >>> from netledger.layers import apply
    >>> apply("permute", {"dims": (1, 2, 0)}, ((3, 224, 200),)).outputs
    ((224, 200, 3),)
    """
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape,))
    axes = [axis_of(dim, shape, "dims") for dim in dims]
    if sorted(axes) != list(range(len(shape))):
        raise ShapeError(f"dims={dims} is no order of the {len(shape)} dimensions of {shape_text(shape)}")
    return Effect((tuple([shape[axis] for axis in axes]),))


@rule("squeeze", role="shape", keeps="nothing", view=True)
def squeeze(call: Call, dim: Dims | None = None) -> Effect:
    """Drops dimensions of size 1: all of them, or those named; nothing learned, no MACs.

    Source: PyTorch's ``squeeze``: a dimension named that is larger than 1 stays.

    >>> from netledger.layers import apply
    >>> apply("squeeze", {}, ((512, 1, 1),)).outputs
    ((512,),)
    """
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape,))
    named = range(len(shape)) if dim is None else [axis_of(d, shape) for d in ((dim,) if isinstance(dim, int) else dim)]
    unknown = next((size for axis in named if isinstance(size := shape[axis], Unknown)), None)
    if unknown is not None:
        return Effect((unknown,))
    return Effect((tuple([size for axis, size in enumerate(shape) if axis not in named or size != 1]),))


@rule("unsqueeze", role="shape", keeps="nothing", view=True)
def unsqueeze(call: Call, dim: Dims) -> Effect:
    """Puts in a dimension of size 1 (or several): nothing learned, no MACs. ``dim`` is its place in the output.

    Source: PyTorch's ``unsqueeze``; several as in ONNX's ``Unsqueeze``.

    >>> from netledger.layers import apply
    >>> apply("unsqueeze", {"dim": -1}, ((10,),)).outputs
    ((10, 1),)
    """
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape,))
    dims = (dim,) if isinstance(dim, int) else dim
    room: tuple[Dim, ...] = (*shape, *(1,) * len(dims))
    axes = {axis_of(d, room) for d in dims}
    if len(axes) != len(dims):
        raise ShapeError(f"dim={dim} names one place twice")
    rest = iter(shape)
    return Effect((tuple([1 if axis in axes else next(rest) for axis in range(len(room))]),))


@rule("expand", keeps="nothing")
def expand(call: Call, size: integers) -> Effect:
    """Repeats dimensions of size 1 without copying; -1 keeps a size. Nothing learned, no MACs.

    Source: PyTorch's ``expand``.

    >>> from netledger.layers import apply
    >>> apply("expand", {"size": (8, -1, -1)}, ((1, 1, 768),)).outputs
    ((8, 1, 768),)
    """
    shape = call.input
    if any(wanted < -1 for wanted in size):
        raise ShapeError(f"size={size} needs sizes of 0 or more, or -1 where one stays")
    if isinstance(shape, Unknown):
        return Effect((tuple([shape if wanted == -1 else wanted for wanted in size]),))
    if len(size) < len(shape):
        raise ShapeError(f"size={size} has fewer dimensions than {shape_text(shape)}")
    there = (1,) * (len(size) - len(shape)) + shape
    result: list[Dim] = []
    for wanted, has in zip(size, there, strict=True):
        if wanted != -1 and isinstance(has, int) and has not in (1, wanted):
            raise ShapeError(f"{shape_text(shape)} does not expand to {size}: {has} against {wanted}")
        result.append(has if wanted == -1 else wanted)
    return Effect((tuple(result),))


@rule("tile", keeps="nothing")
def tile(call: Call, dims: Sizes) -> Effect:
    """Copies the tensor so many times along each dimension: nothing learned, no MACs.

    Source: PyTorch's ``tile`` and ``Tensor.repeat``.

    >>> from netledger.layers import apply
    >>> apply("tile", {"dims": (2, 1)}, ((3, 4),)).outputs
    ((6, 4),)
    """
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape,))
    times = (dims,) if isinstance(dims, int) else dims
    rank = max(len(times), len(shape))
    pairs = zip((1,) * (rank - len(shape)) + shape, (1,) * (rank - len(times)) + times, strict=True)
    return Effect((tuple([size if isinstance(size, Unknown) else size * n for size, n in pairs]),))


@rule("repeat_interleave", keeps="nothing")
def repeat_interleave(call: Call, repeats: int, dim: integer) -> Effect:
    """Repeats each entry of a dimension ``repeats`` times: nothing learned, no MACs.

    Source: PyTorch's ``repeat_interleave``.

    >>> from netledger.layers import apply
    >>> apply("repeat_interleave", {"repeats": 4, "dim": 0}, ((8, 128, 64),)).outputs
    ((32, 128, 64),)
    """
    positive("repeats", repeats)
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape,))
    axis = axis_of(dim, shape)
    size = shape[axis]
    return Effect((replaced(shape, axis, size if isinstance(size, Unknown) else size * repeats),))
