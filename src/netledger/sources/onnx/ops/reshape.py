"""Operators that rearrange: reshape, transpose, slice, concat, gather, pad and their like. No contraction."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers.products import same, shape_text
from netledger.network import elements_of
from netledger.sources.onnx.constant_folding import (
    pick,
    same_numbers,
)
from netledger.sources.onnx.ops import folds, op
from netledger.sources.onnx.values import Op, Result, wants_rank, whole_axis
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.network import Dim, Shape
    from netledger.sources.onnx.values import Constant


TYPE_CHECKING = False

_DATA = "a size depends on the data"


@op("Reshape", learns=False, hands_on=True)
def reshape(op: Op) -> Result:
    """``Reshape``: 0 keeps a size, -1 takes what is left."""
    target = op.ints("shape") if op.version < 5 else op.const_ints(1)
    source = op.sizes(0)
    if target is None:
        rank = op.sizes(1)
        if rank is not None and len(rank) == 1 and isinstance(rank[0], int) and rank[0] <= 64:
            return Result((Unknown(_DATA),) * rank[0])
        return Result(Unknown("the shape reshaped to depends on the data"))
    keep_zero = op.whole("allowzero", 0) == 0
    sizes: list[Dim] = []
    for i, size in enumerate(target):
        if size == 0 and keep_zero and source is not None:
            if i >= len(source):
                raise ShapeError(f"Reshape keeps dimension {i} of {shape_text(source)}")
            sizes.append(source[i])
        elif size == 0 and keep_zero:
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
        if isinstance(size, Unknown):
            if size not in left:
                left.append(size)
                left.append(size)
            else:
                left.remove(size)
    if -1 not in sizes:
        if not left and not any(isinstance(n, Unknown) for n in sizes) and known != wanted:
            raise ShapeError(f"Reshape of {shape_text(source)} ({known:,} values) to {shape_text(tuple(sizes))}")
        return tuple(sizes)
    place = sizes.index(-1)
    if left and not (len(left) == 1 and known == wanted):
        sizes[place] = left[0]
    elif left:
        sizes[place] = left[0]
        return tuple(sizes)
    elif wanted == 0:
        sizes[place] = 0
    elif known % wanted:
        raise ShapeError(f"Reshape of {shape_text(source)} ({known:,} values): {wanted:,} do not divide them")
    else:
        sizes[place] = known // wanted
        return tuple(sizes)
    if isinstance(sizes[place], Unknown):
        sizes[place] = Unknown(sizes[place].reason)  # type: ignore[union-attr]
    return tuple(sizes)


@op("Flatten")
def flatten(op: Op) -> Result:
    """``Flatten``: to two dimensions, split before ``axis``."""
    shape = op.sizes(0)
    if shape is None:
        return Result((op.shape(0), op.shape(0)))  # type: ignore[arg-type]
    axis = op.whole("axis", 1)
    if not -len(shape) <= axis <= len(shape):
        raise ShapeError(f"axis {axis} of {shape_text(shape)}")
    axis = axis % len(shape) if axis < 0 else axis
    if axis == 1:
        return Result((elements_of(shape[:1]), elements_of(shape[1:])), kind="flatten")
    return Result((elements_of(shape[:axis]), elements_of(shape[axis:])))


@op("Squeeze")
def squeeze(op: Op) -> Result:
    """``Squeeze``: drops sizes of 1."""
    shape = op.sizes(0)
    if shape is None:
        return Result(op.shape(0))
    axes = op.axes(1, len(shape))
    if axes is None:
        return Result(Unknown("the axes depend on the data"))
    if not axes and not op.has(1) and op.ints("axes") is None:
        if any(isinstance(size, Unknown) for size in shape):
            return Result(Unknown(_DATA))
        return Result(tuple([size for size in shape if size != 1]))
    for axis in axes:
        if isinstance(shape[axis], int) and shape[axis] != 1:
            raise ShapeError(f"Squeeze of dimension {axis} of {shape_text(shape)}, which is not 1")
    return Result(tuple([size for i, size in enumerate(shape) if i not in axes]))


@op("Unsqueeze")
def unsqueeze(op: Op) -> Result:
    """``Unsqueeze``: inserts sizes of 1."""
    shape = op.sizes(0)
    given = op.ints("axes") if op.ints("axes") is not None else op.const_ints(1)
    if shape is None or given is None:
        return Result(Unknown("the axes depend on the data") if given is None else op.shape(0))
    rank = len(shape) + len(given)
    axes = {whole_axis(axis, rank) for axis in given}
    if len(axes) != len(given):
        raise ShapeError(f"Unsqueeze names an axis twice: {tuple(given)}")
    rest = iter(shape)
    return Result(tuple([1 if i in axes else next(rest) for i in range(rank)]))


@op("Transpose")
def transpose(op: Op) -> Result:
    """``Transpose``: by ``perm``, else the order reversed."""
    shape = op.sizes(0)
    if shape is None:
        return Result(op.shape(0))
    order = op.ints("perm") or tuple(reversed(range(len(shape))))
    if sorted(order) != list(range(len(shape))):
        raise ShapeError(f"perm {order} does not rearrange {shape_text(shape)}")
    return Result(tuple([shape[axis] for axis in order]))


@op("Concat")
def concat(op: Op) -> Result:
    """``Concat``: the sizes along ``axis`` add up, the others must agree."""
    shapes = [op.sizes(i) for i in range(len(op.inputs))]
    known = [shape for shape in shapes if shape is not None]
    if not known:
        return Result(op.shape(0))
    rank = len(known[0])
    if any(len(shape) != rank for shape in known):
        raise ShapeError(f"Concat of {' and '.join(shape_text(shape) for shape in known[:8])}")
    axis = op.axis(rank, 1 if op.version < 4 else 0)
    sizes = list(known[0])
    for shape in known[1:]:
        for i in range(rank):
            if i != axis:
                sizes[i] = same(sizes[i], shape[i], f"Concat, dimension {i}")
    missing = Unknown("the shape of a part is not known")
    parts: list[Dim] = [missing if shape is None else shape[axis] for shape in shapes]
    unknown = next((part for part in parts if isinstance(part, Unknown)), None)
    sizes[axis] = unknown if unknown is not None else sum(part for part in parts if isinstance(part, int))
    return Result(tuple(sizes), kind="concat", attributes={"dim": axis})


@op("Split")
def split(op: Op) -> Result:
    """``Split``: along ``axis`` into the sizes given, or evenly."""
    shape, count = op.sizes(0), len(op.node.outputs)
    if shape is None:
        return Result(*[op.shape(0)] * count)
    axis = op.axis(len(shape), 0)
    sizes: tuple[Dim, ...] | None = op.ints("split")
    if sizes is None and op.has(1):
        sizes = op.const_ints(1) or (Unknown(_DATA),) * count
    whole = shape[axis]
    if sizes is None:
        parts = op.whole("num_outputs", 0) or count
        if parts != count:
            raise ShapeError(f"Split into {parts} for {count} outputs")
        if isinstance(whole, int):
            each = -(-whole // parts)
            sizes = tuple([max(0, min(each, whole - i * each)) for i in range(parts)])
        else:
            sizes = (whole,) * parts
    if isinstance(whole, int) and all(isinstance(size, int) for size in sizes):
        if sum(sizes) != whole or min(sizes, default=0) < 0:  # type: ignore[type-var, operator]
            raise ShapeError(f"Split of {whole:,} into {sizes[:16]}")
    return Result(*[(*shape[:axis], size, *shape[axis + 1 :]) for size in sizes])


def slice_bounds(op: Op, shape: tuple[Dim, ...]) -> dict[int, tuple[int, int, int]] | None:
    """``axis → (start, stop, step)`` as for Python's ``range``; ``None`` where they are not known."""
    if op.version < 10 and op.node.op == "Slice":
        starts, ends, axes, steps = op.ints("starts"), op.ints("ends"), op.ints("axes"), None
    else:
        starts, ends = op.const_ints(1), op.const_ints(2)
        axes, steps = op.const_ints(3) if op.has(3) else None, op.const_ints(4) if op.has(4) else None
        if (op.has(3) and axes is None) or (op.has(4) and steps is None):
            return None
    if starts is None or ends is None:
        return None
    bounds: dict[int, tuple[int, int, int]] = {}
    for i, (start, end) in enumerate(zip(starts, ends, strict=False)):
        axis = axes[i] if axes is not None and i < len(axes) else i
        step = steps[i] if steps is not None and i < len(steps) else 1
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
    if start == 0 and step == 1 and isinstance(end, Unknown) and isinstance(size, int):
        return (0, -2, 1)
    return (0, -1, 1) if whole else (0, -2, 1)


@op("Slice", learns=False, hands_on=True)
def slicing(op: Op) -> Result:
    """``Slice``: starts, ends, axes and steps, clamped to the sizes."""
    shape = op.sizes(0)
    if shape is None:
        return Result(op.shape(0))
    bounds = slice_bounds(op, shape)
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
def gather(op: Op) -> Result:
    """``Gather``: rows by index; of a stored table it is an embedding."""
    shape, indices = op.sizes(0), op.sizes(1)
    if shape is None or indices is None:
        return Result(op.shape(0) if shape is None else op.shape(1))
    wants_rank(shape, 1, "Gather")
    axis = op.axis(len(shape), 0)
    result = (*shape[:axis], *indices, *shape[axis + 1 :])
    if len(shape) == 2 and axis == 0 and all(isinstance(size, int) for size in shape):
        table = {"num_embeddings": shape[0], "embedding_dim": shape[1]}
        return Result(result, kind="embedding", attributes=table, needs=(0,))
    return Result(result)


@op("GatherND")
def gather_nd(op: Op) -> Result:
    """``GatherND``: the last dimension of the indices points into the data."""
    shape, indices = op.sizes(0), op.sizes(1)
    batch = op.whole("batch_dims", 0)
    if shape is None or not indices or not isinstance(indices[-1], int):
        return Result(Unknown(_DATA))
    if batch + indices[-1] > len(shape):
        raise ShapeError(f"GatherND points {indices[-1]} deep into {shape_text(shape)}")
    return Result((*indices[:-1], *shape[batch + indices[-1] :]))


@op("GatherElements")
def like_index(op: Op) -> Result:
    """``GatherElements``: the shape of the indices."""
    return Result(op.shape(1))


# ---------------------------------------------------------------------- folding of small constants


folds("Reshape Squeeze Unsqueeze Flatten")(same_numbers)


@folds("Concat")
def fold_concat(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    (rank,) = {len(value.shape) for value in op.inputs if value is not None and not isinstance(value.shape, Unknown)}
    axis = op.axis(rank, 0)
    rows: list[list[Any]] = []
    for value in op.inputs:
        assert value is not None
        assert value.const is not None
        assert not isinstance(value.shape, Unknown)
        inner: int = elements_of(value.shape[axis:])  # type: ignore[assignment]
        outer: int = elements_of(value.shape[:axis])  # type: ignore[assignment]
        rows.append([value.const[i * inner : (i + 1) * inner] for i in range(outer)])
    return tuple([number for parts in zip(*rows, strict=True) for part in parts for number in part])


@folds("Gather")
def fold_gather(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    data, indices = op.const(0), op.const(1)
    shape = op.sizes(0)
    assert data is not None
    assert indices is not None
    assert shape is not None
    axis = op.axis(len(shape), 0)
    count: int = shape[axis]  # type: ignore[assignment]
    inner: int = elements_of(shape[axis + 1 :])  # type: ignore[assignment]
    outer: int = elements_of(shape[:axis])  # type: ignore[assignment]
    result: list[Any] = []
    for i in range(outer):
        for index in indices:
            if isinstance(index, Unknown) or not -count <= index < count:
                result.extend([index if isinstance(index, Unknown) else Unknown("an index out of range")] * inner)
                continue
            start = (i * count + index % count) * inner
            result.extend(data[start : start + inner])
    return tuple(result)


@folds("Slice")
def fold_slice(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    shape = op.sizes(0)
    bounds = slice_bounds(op, shape or ())
    if shape is None or bounds is None:
        return None
    return pick(op.const(0) or (), shape, [range(*bounds.get(i, (0, n, 1))) for i, n in enumerate(shape)])  # type: ignore[arg-type]


@folds("Transpose")
def fold_transpose(op: Op, shapes: Sequence[Shape]) -> Constant | None:
    shape: tuple[int, ...] = op.sizes(0) or ()  # type: ignore[assignment]
    order = op.ints("perm") or tuple(reversed(range(len(shape))))
    strides = [elements_of(shape[i + 1 :]) for i in range(len(shape))]
    indices = [0]
    for axis in order:
        indices = [index + k * strides[axis] for index in indices for k in range(shape[axis])]  # type: ignore[operator]
    data = op.const(0) or ()
    return tuple([data[index] for index in indices])


@folds("Split")
def fold_split(op: Op, shapes: Sequence[Shape]) -> Any:
    shape, data = op.sizes(0), op.const(0)
    if shape is None or data is None:
        return None
    axis = op.axis(len(shape), 0)
    parts: list[Constant] = []
    start = 0
    for output in shapes:
        count: int = output[axis]  # type: ignore[index, assignment]
        picks = [range(start, start + count) if i == axis else range(n) for i, n in enumerate(shape)]  # type: ignore[arg-type]
        parts.append(pick(data, shape, picks))
        start += count
    return parts
