"""Operators that rearrange: reshape, transpose, slice, concat, gather, pad and their like. No contraction."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers.products import another, same, shape_text
from netledger.network import elements_of
from netledger.sources.onnx.constant_folding import pick, same_numbers
from netledger.sources.onnx.ops import folds, op
from netledger.sources.onnx.values import NO_SHAPE, Op, OpenSize, Result, Value, axes_of, wants_rank, whole_axis
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.network import Dim, Shape
    from netledger.sources.onnx.values import Constant, Ints, Setting

_DATA = "a size depends on the data"


@op("Reshape", learns=False, hands_on=True)
def reshape(op: Op, data: Value, shape: Setting = None, *, allowzero: int = 0) -> Result:
    """``Reshape``: 0 keeps a size, -1 takes what is left."""
    target, source = (None, data.sizes) if shape is None else (shape.ints, data.sizes)
    if target is None:
        rank = None if shape is None else shape.sizes
        if rank is not None and len(rank) == 1 and isinstance(rank[0], int) and rank[0] <= 64:
            return Result((Unknown(_DATA),) * rank[0])
        return Result(Unknown("the shape reshaped to depends on the data"))
    sizes: list[Dim] = []
    for i, size in enumerate(target):
        if size == 0 and not allowzero and source is not None:
            if i >= len(source):
                raise ShapeError(f"Reshape keeps dimension {i} of {shape_text(source)}")
            sizes.append(source[i])
        elif size == 0 and not allowzero:
            sizes.append(Unknown(_DATA))
        else:
            sizes.append(size)
    if sizes.count(-1) > 1 or any(isinstance(size, int) and size < -1 for size in sizes):
        raise ShapeError(f"Reshape to {tuple(target)}")
    result = _filled_in(source, sizes)
    if source is not None and len(source) > 2 and result == (source[0], elements_of(source[1:])):
        return Result(result, kind="flatten")
    return Result(result)


def _filled_in(source: tuple[Dim, ...] | None, sizes: list[Dim]) -> tuple[Dim, ...]:
    """The one -1 of ``sizes`` worked out; sizes that are not known cancel where they are on both sides."""
    if source is None:
        return tuple([Unknown(_DATA) if size == -1 else size for size in sizes])
    known: int = elements_of([size for size in source if isinstance(size, int)])  # type: ignore[assignment]
    wanted: int = elements_of([n for n in sizes if isinstance(n, int) and n != -1])  # type: ignore[assignment]
    left = [size for size in source if isinstance(size, Unknown)]
    for size in sizes:
        if isinstance(size, OpenSize) and size in left:
            left.remove(size)
        elif isinstance(size, Unknown):
            left.append(size)
    if -1 not in sizes:
        if not left and not any(isinstance(n, Unknown) for n in sizes) and known != wanted:
            raise ShapeError(f"Reshape of {shape_text(source)} ({known:,} values) to {shape_text(tuple(sizes))}")
        return tuple(sizes)
    place = sizes.index(-1)
    if left:  # the one size that nobody knows is what is left, where all others cancel
        sizes[place] = left[0] if len(left) == 1 and known == wanted else another(left[0])
    elif known and (not wanted or known % wanted):
        raise ShapeError(f"Reshape of {shape_text(source)} ({known:,} values): {wanted:,} do not divide them")
    else:
        sizes[place] = known // (wanted or 1)
    return tuple(sizes)


@op("Flatten")
def flatten(op: Op, input: Value, *, axis: int = 1) -> Result:
    """``Flatten``: to two dimensions, split before ``axis``."""
    shape = input.sizes
    if shape is None:
        return Result((input.shape, input.shape))  # type: ignore[arg-type]
    if not -len(shape) <= axis <= len(shape):
        raise ShapeError(f"axis {axis} of {shape_text(shape)}")
    axis = axis % len(shape) if axis < 0 else axis
    kind = "flatten" if axis == 1 else None
    return Result((elements_of(shape[:axis]), elements_of(shape[axis:])), kind=kind)


@op("Squeeze")
def squeeze(op: Op, data: Value, axes: Setting = None) -> Result:
    """``Squeeze``: drops sizes of 1."""
    shape = data.sizes
    if shape is None:
        return Result(data.shape)
    if axes is None:
        if any(isinstance(size, Unknown) for size in shape):
            return Result(Unknown(_DATA))
        return Result(tuple([size for size in shape if size != 1]))
    places = axes_of(axes, len(shape))
    if places is None:
        return Result(Unknown("the axes depend on the data"))
    for axis in places:
        if isinstance(shape[axis], int) and shape[axis] != 1:
            raise ShapeError(f"Squeeze of dimension {axis} of {shape_text(shape)}, which is not 1")
    return Result(tuple([size for i, size in enumerate(shape) if i not in places]))


@op("Unsqueeze")
def unsqueeze(op: Op, data: Value, axes: Setting = None) -> Result:
    """``Unsqueeze``: inserts sizes of 1."""
    shape, given = data.sizes, None if axes is None else axes.ints
    if shape is None or given is None:
        return Result(Unknown("the axes depend on the data") if given is None else data.shape)
    rank = len(shape) + len(given)
    places = {whole_axis(axis, rank) for axis in given}
    if len(places) != len(given):
        raise ShapeError(f"Unsqueeze names an axis twice: {tuple(given)}")
    rest = iter(shape)
    return Result(tuple([1 if i in places else next(rest) for i in range(rank)]))


@op("Transpose")
def transpose(op: Op, data: Value, *, perm: Ints = None) -> Result:
    """``Transpose``: by ``perm``, else the order reversed."""
    shape = data.sizes
    if shape is None:
        return Result(data.shape)
    order = perm or tuple(reversed(range(len(shape))))
    if sorted(order) != list(range(len(shape))):
        raise ShapeError(f"perm {order} does not rearrange {shape_text(shape)}")
    return Result(tuple([shape[axis] for axis in order]))


@op("Concat")
def concat(op: Op, *inputs: Value | None, axis: int | None = None) -> Result:
    """``Concat``: the sizes along ``axis`` add up, the others must agree."""
    shapes = [None if each is None else each.sizes for each in inputs]
    known = [shape for shape in shapes if shape is not None]
    if not known:
        return Result(inputs[0].shape if inputs and inputs[0] is not None else NO_SHAPE)
    rank = len(known[0])
    if any(len(shape) != rank for shape in known):
        raise ShapeError(f"Concat of {' and '.join(shape_text(shape) for shape in known[:8])}")
    place = _concat_axis(op, axis, rank)
    sizes = list(known[0])
    for shape in known[1:]:
        for i in range(rank):
            if i != place:
                sizes[i] = same(sizes[i], shape[i], f"Concat, dimension {i}")
    missing = Unknown("the shape of a part is not known")
    parts: list[Dim] = [missing if shape is None else shape[place] for shape in shapes]
    numbers = [part for part in parts if isinstance(part, int)]
    if len(numbers) == len(parts):
        sizes[place] = sum(numbers)
    else:
        sizes[place] = parts[0] if len(parts) == 1 else another(*parts)
    return Result(tuple(sizes), kind="concat", attributes={"dim": place})


def _concat_axis(op: Op, axis: int | None, rank: int) -> int:
    """The axis; the first version of the operator need not name it."""
    return whole_axis((1 if op.version < 4 else 0) if axis is None else axis, rank)


@op("Split")
def split(op: Op, input: Value, split: Setting = None, *, axis: int = 0, num_outputs: int = 0) -> Result:
    """``Split``: along ``axis`` into the sizes given, or evenly."""
    shape, count = input.sizes, len(op.node.outputs)
    if shape is None:
        return Result(*[input.shape] * count)
    place = whole_axis(axis, len(shape))
    whole = shape[place]
    sizes: tuple[Dim, ...]
    if split is not None:
        sizes = split.ints or (Unknown(_DATA),) * count
    else:
        parts = num_outputs or count
        if parts != count:
            raise ShapeError(f"Split into {parts} for {count} outputs")
        if isinstance(whole, int):
            each = -(-whole // parts)
            sizes = tuple([max(0, min(each, whole - i * each)) for i in range(parts)])
        else:
            sizes = (whole if parts == 1 else another(whole),) * parts  # a part is not the whole
    if isinstance(whole, int) and all(isinstance(size, int) for size in sizes):
        if sum(sizes) != whole or min(sizes, default=0) < 0:  # type: ignore[type-var, operator]
            raise ShapeError(f"Split of {whole:,} into {sizes[:16]}")
    return Result(*[(*shape[:place], size, *shape[place + 1 :]) for size in sizes])


def slice_bounds(
    shape: tuple[Dim, ...], starts: Setting, ends: Setting, axes: Setting, steps: Value | None
) -> dict[int, tuple[int, int, int]] | None:
    """``axis → (start, stop, step)`` as for Python's ``range``; ``None`` where they are not known."""
    firsts, stops = None if starts is None else starts.ints, None if ends is None else ends.ints
    places, strides = None if axes is None else axes.ints, None if steps is None else steps.ints
    if (axes is not None and places is None) or (steps is not None and strides is None):
        return None
    if firsts is None or stops is None:
        return None
    bounds: dict[int, tuple[int, int, int]] = {}
    for i, (start, end) in enumerate(zip(firsts, stops, strict=False)):
        axis = places[i] if places is not None and i < len(places) else i
        step = strides[i] if strides is not None and i < len(strides) else 1
        if isinstance(axis, Unknown) or isinstance(step, Unknown):
            return None
        axis = whole_axis(axis, len(shape))
        size = shape[axis]
        if step == 0:
            raise ShapeError("a Slice with step 0")
        if any(isinstance(x, Unknown) for x in (start, end, size)):
            bounds[axis] = _open_bounds(start, end, step, size)
        else:
            bounds[axis] = slice(start, end, step).indices(size)  # type: ignore[arg-type]
    return bounds


def _open_bounds(start: Dim, end: Dim, step: int, size: Dim) -> tuple[int, int, int]:
    """What a slice means where a size is not known: everything (0, -1, 1), or something (0, -2, 1)."""
    whole = start == 0 and step == 1 and (end == size or (isinstance(end, int) and end >= 2**31 - 1))
    return (0, -1, 1) if whole else (0, -2, 1)


@op("Slice", learns=False, hands_on=True)
def slicing(
    op: Op, data: Value, starts: Setting = None, ends: Setting = None, axes: Setting = None, steps: Value | None = None
) -> Result:
    """``Slice``: starts, ends, axes and steps, clamped to the sizes."""
    shape = data.sizes
    if shape is None:
        return Result(data.shape)
    bounds = slice_bounds(shape, starts, ends, axes, steps)
    if bounds is None:
        return Result((Unknown("what is sliced depends on the data"),) * len(shape))
    sizes = list(shape)
    for axis, (start, stop, step) in bounds.items():
        if step == 1 and start == 0 and stop < 0:
            sizes[axis] = shape[axis] if stop == -1 else Unknown("what is sliced depends on the data")
        else:
            sizes[axis] = len(range(start, stop, step))
    return Result(tuple(sizes))


@op("Gather", roles="weight constant")
def gather(op: Op, data: Value, indices: Value, *, axis: int = 0) -> Result:
    """``Gather``: rows by index; of a stored table it is an embedding."""
    shape, picked = data.sizes, indices.sizes
    if shape is None or picked is None:
        return Result(data.shape if shape is None else indices.shape)
    wants_rank(shape, 1, "Gather")
    place = whole_axis(axis, len(shape))
    result = (*shape[:place], *picked, *shape[place + 1 :])
    if len(shape) == 2 and place == 0 and all(isinstance(size, int) for size in shape):
        table = {"num_embeddings": shape[0], "embedding_dim": shape[1]}
        return Result(result, kind="embedding", attributes=table, needs=(data,))
    return Result(result)


@op("GatherND")
def gather_nd(op: Op, data: Value, indices: Value, *, batch_dims: int = 0) -> Result:
    """``GatherND``: the last dimension of the indices points into the data."""
    shape, picked = data.sizes, indices.sizes
    if shape is None or not picked or not isinstance(picked[-1], int):
        return Result(Unknown(_DATA))
    if batch_dims + picked[-1] > len(shape):
        raise ShapeError(f"GatherND points {picked[-1]} deep into {shape_text(shape)}")
    return Result((*picked[:-1], *shape[batch_dims + picked[-1] :]))


@op("GatherElements")
def like_index(op: Op, data: Value, indices: Value) -> Result:
    """``GatherElements``: the shape of the indices."""
    return Result(indices.shape)


# ---------------------------------------------------------------------- folding of small constants


folds("Reshape Squeeze Unsqueeze Flatten")(same_numbers)


@folds("Concat")
def fold_concat(op: Op, shapes: Sequence[Shape], *inputs: Value | None, axis: int | None = None) -> Constant | None:
    parts = [value for value in inputs if value is not None and value.const is not None]
    (rank,) = {len(value.shape) for value in parts if not isinstance(value.shape, Unknown)}
    place = _concat_axis(op, axis, rank)
    rows: list[list[Any]] = []
    for value in parts:
        const, shape = value.const or (), value.sizes or ()
        inner: int = elements_of(shape[place:])  # type: ignore[assignment]
        outer: int = elements_of(shape[:place])  # type: ignore[assignment]
        rows.append([const[i * inner : (i + 1) * inner] for i in range(outer)])
    return tuple([number for row in zip(*rows, strict=True) for part in row for number in part])


@folds("Gather")
def fold_gather(op: Op, shapes: Sequence[Shape], data: Value, indices: Value, *, axis: int = 0) -> Constant | None:
    numbers, shape = data.const or (), data.sizes or ()
    place = whole_axis(axis, len(shape))
    count: int = shape[place]  # type: ignore[assignment]
    inner: int = elements_of(shape[place + 1 :])  # type: ignore[assignment]
    outer: int = elements_of(shape[:place])  # type: ignore[assignment]
    result: list[Any] = []
    for i in range(outer):
        for index in indices.const or ():
            if isinstance(index, Unknown) or not -count <= index < count:
                result.extend([index if isinstance(index, Unknown) else Unknown("an index out of range")] * inner)
                continue
            start = (i * count + index % count) * inner
            result.extend(numbers[start : start + inner])
    return tuple(result)


@folds("Slice")
def fold_slice(
    op: Op, shapes: Sequence[Shape], data: Value, starts: Setting = None, ends: Setting = None, axes: Setting = None,
    steps: Value | None = None,
) -> Constant | None:  # fmt: skip
    shape = data.sizes
    bounds = slice_bounds(shape or (), starts, ends, axes, steps)
    if shape is None or bounds is None:
        return None
    return pick(data.const or (), shape, [range(*bounds.get(i, (0, n, 1))) for i, n in enumerate(shape)])  # type: ignore[arg-type]


@folds("Transpose")
def fold_transpose(op: Op, shapes: Sequence[Shape], data: Value, *, perm: Ints = None) -> Constant | None:
    shape: tuple[int, ...] = data.sizes or ()  # type: ignore[assignment]
    order = perm or tuple(reversed(range(len(shape))))
    strides = [elements_of(shape[i + 1 :]) for i in range(len(shape))]
    indices = [0]
    for axis in order:
        indices = [index + k * strides[axis] for index in indices for k in range(shape[axis])]  # type: ignore[operator]
    numbers = data.const or ()
    return tuple([numbers[index] for index in indices])


@folds("Split")
def fold_split(op: Op, shapes: Sequence[Shape], input: Value, *, axis: int = 0) -> Any:
    shape, data = input.sizes or (), input.const or ()
    place = whole_axis(axis, len(shape))
    parts: list[Constant] = []
    start = 0
    for output in shapes:
        count: int = output[place]  # type: ignore[index, assignment]
        picks = [range(start, start + count) if i == place else range(n) for i, n in enumerate(shape)]  # type: ignore[arg-type]
        parts.append(pick(data, shape, picks))
        start += count
    return parts
