"""Tensors that are views of storages: every stored element is counted once, however many views show it.

A checkpoint's tensor is an offset, sizes and strides on a storage. Two tensors may be the same elements (tied weights),
disjoint pieces of one storage, or overlap; a stride of 0 shows one element many times. What is counted is the elements
that are really there.
"""

from __future__ import annotations

from bisect import bisect_left
from math import prod

from netledger.dtypes import BITS
from netledger.errors import FormatError
from netledger.limits import MAX_DIMENSION, RANK
from netledger.network import Tensor
from netledger.sources.tensors.roles import role_of
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Sides = tuple[int, ...]

IN_PICKLE = "array "
"""How the keys of what is stored inside the pickle itself begin: NumPy's arrays."""
_MOST_RUNS = 1 << 16
"""Views of one storage that overlap in more pieces than this are Unknown rather than added up."""


class Storage:
    """A piece of memory that a file holds: its identity, how many bytes."""

    __slots__ = ("key", "nbytes")

    def __init__(self, key: str, nbytes: int) -> None:
        self.key, self.nbytes = key, nbytes


class Outer:
    """A tensor of a class of its own, as its user sees it: ``size`` and ``dtype`` of what others are kept for.

    ``many`` says that several of its tensors may be its values; ``part`` that those kept here are some of them only.
    """

    __slots__ = ("dtype", "many", "part", "size")

    def __init__(self, size: tuple[int, ...], dtype: str, many: bool, part: bool) -> None:
        self.size, self.dtype, self.many, self.part = size, dtype, many, part

    def whole(self, kept: Tensor) -> Tensor:
        """The tensor itself: of this shape and number of values, kept as ``kept`` is."""
        reason = Unknown("a tensor of a class of its own, made of several: which of them are its values is not stored")
        return kept.replace(shape=self.size, elements=reason if self.many else prod(self.size), nbytes=kept.bytes)


class StorageView:
    """A tensor as a checkpoint has it: where in which storage (``None``: in none), and what else is known.

    ``elsewhere`` counts its values that are in other files (``None``: it is here or nowhere). ``outer`` is the tensor
    that it is kept for, where that one is of a class of its own (torchao's, DTensor).
    """

    __slots__ = ("dtype", "elsewhere", "name", "offset", "outer", "role", "size", "storage", "stride", "trainable")

    def __init__(
        self,
        storage: Storage | None,
        dtype: str,
        offset: int,
        size: tuple[int, ...],
        stride: tuple[int, ...] | None,
        trainable: bool = True,
        name: str = "",
        role: str | None = None,
    ) -> None:
        self.storage, self.dtype, self.offset, self.size, self.stride = storage, dtype, offset, size, stride
        self.trainable, self.name, self.role = trainable, name, role
        self.elsewhere: int | None = None
        self.outer: Outer | None = None

    @property
    def shown(self) -> int:
        """The bytes of the values that it shows."""
        return prod(self.size) * BITS.get(self.dtype, 8) // 8

    def dims(self) -> list[tuple[int, int]]:
        """(stride, size) of the dimensions that matter, smallest stride first; checked."""
        stride = self.stride if self.stride is not None else contiguous(self.size)
        if len(stride) != len(self.size) or len(self.size) > RANK:
            raise FormatError("sizes and strides do not fit together").at(item=f"tensor '{self.name}'")
        sides = (*self.size, *stride)
        if min(sides, default=0) < 0 or max(sides, default=0) > MAX_DIMENSION:
            raise FormatError(_IMPOSSIBLE).at(item=f"tensor '{self.name}'")
        return sorted([(step, size) for step, size in zip(stride, self.size, strict=True) if size > 1 and step])


_IMPOSSIBLE = "a negative or impossible offset, size or stride"


class Extent:
    """How far a view reaches from its first element: the values that it ``claimed`` to show, how many of them are
    ``distinct``, its ``dims`` as :meth:`StorageView.dims` gives them.
    """

    __slots__ = ("claimed", "dims", "distinct", "reaches")

    def __init__(self, view: StorageView) -> None:
        self.dims = view.dims()
        self.claimed = prod(view.size)
        self.reaches = (1 + sum([(size - 1) * step for step, size in self.dims])) if self.claimed else 0
        self.distinct = _distinct(self.dims) if self.claimed else 0


def contiguous(size: Sequence[int]) -> tuple[int, ...]:
    """The strides of a tensor without gaps.

    >>> contiguous((2, 3, 4))
    (12, 4, 1)
    """
    strides, step = [], 1
    for length in reversed(size):
        strides.append(step)
        step *= max(length, 1)
    return tuple(reversed(strides))


def tensors_of(views: Sequence[StorageView]) -> tuple[list[Tensor], list[str], dict[str, int]]:
    """The tensors with their counts; what is worth saying of views that show more than is stored; and what the storages
    hold in elements and bytes, ``constant`` being what no tensor uses."""
    shared: dict[str, list[StorageView]] = {}
    for view in views:
        if view.storage is not None:
            shared.setdefault(view.storage.key, []).append(view)
    known: dict[tuple[Sides, Sides | None], Extent] = {}
    books = {key: _Coverage(len(held) > 1, known) for key, held in shared.items()}
    tensors, notes = [], []
    for view in views:
        seen = view.outer or view
        told = role_of(view.name, seen.dtype, seen.size)
        role = view.role or told
        if role == "learned":  # its module says that it is a parameter; which kind its name tells
            role = told if told in ("weight", "bias", "scale") else "parameter"
        if view.elsewhere is not None:  # in the shards beside this file, which says all there is to know of them
            tensors.append(Tensor(view.name, role, view.size, view.dtype, view.trainable))
            continue
        if view.storage is None:
            nbytes = Unknown("the file names the tensor and does not store it")
            tensors.append(Tensor(view.name, role, view.size, view.dtype, view.trainable, None, None, nbytes))
            continue
        tensor = books[view.storage.key].post(view, role)
        tensors.append(tensor if view.outer is None else view.outer.whole(tensor))
        if tensor.elements is not None:
            notes.append(_remark(view, tensor.elements))
        elif view.outer is not None and view.outer.part:
            kept, all_of_it = prod(view.size), prod(view.outer.size)
            notes.append(f"'{view.name}' is counted whole, {all_of_it:,} values: {kept:,} are here, others elsewhere")
    stored = _held(shared, books)
    left = stored["constant_bytes"]
    unused = [f"{left:,} bytes are stored that no tensor uses"] if left else []
    more = [f"{len(notes) - 20:,} more such views"] if len(notes) > 20 else []
    return tensors, [*notes[:20], *more, *unused], stored


def _remark(view: StorageView, counted: int | Unknown) -> str:
    claimed = 1
    for size in view.size:
        claimed *= size
    said = f"{counted:,} counted, the rest is the same storage again" if isinstance(counted, int) else counted.reason
    return f"view '{view.name}' shows {claimed:,} values: {said}"


def _held(shared: dict[str, list[StorageView]], books: dict[str, _Coverage]) -> dict[str, int]:
    """Elements and bytes of the storages, and what of them no view shows."""
    sums = dict.fromkeys(("elements", "bytes", "constant_elements", "constant_bytes"), 0)
    for key, views in shared.items():
        storage, width = views[0].storage, max(BITS.get(views[0].dtype, 8) // 8, 1)
        if storage is not None:
            unused = max(0, storage.nbytes - books[key].used)
            sums["bytes"] += storage.nbytes
            sums["constant_bytes"] += unused
            sums["elements"] += storage.nbytes // width
            sums["constant_elements"] += unused // width
    if any(len(views) > 1 and len({view.dtype for view in views}) > 1 for views in shared.values()):
        del sums["elements"]  # one memory under two element types has no number of elements
    return sums


class _Coverage:
    """Which elements of one storage have been counted: merged intervals, in the storage's elements."""

    __slots__ = ("ends", "extents", "first", "pieces", "several", "starts", "used", "whole")

    def __init__(self, several: bool, extents: dict[tuple[Sides, Sides | None], Extent]) -> None:
        self.several, self.extents, self.used = several, extents, 0
        if several:
            self.starts: list[int] = []
            self.ends: list[int] = []
            self.first: dict[tuple[object, ...], Tensor] = {}
            self.whole = self.pieces = 0

    def post(self, view: StorageView, role: str) -> Tensor:
        storage = view.storage
        assert storage is not None
        found = self.extents.get((view.size, view.stride))
        if found is None:  # of tensors alike it is worked out once
            found = self.extents[view.size, view.stride] = Extent(view)
        if not 0 <= view.offset <= MAX_DIMENSION:
            raise FormatError(_IMPOSSIBLE).at(item=f"tensor '{view.name}'")
        claimed, distinct, dims = found.claimed, found.distinct, found.dims
        width = BITS.get(view.dtype, 8) // 8
        if claimed and (view.offset + found.reaches) * width > storage.nbytes:
            holds = storage.nbytes // width
            raise FormatError(f"reaches element {view.offset + found.reaches:,} of a storage of {holds:,}").at(
                item=f"tensor '{view.name}'"
            )
        if not self.several or not claimed:
            self.used += (distinct if isinstance(distinct, int) else found.reaches) * width
            return _tensor(view, role, None, None if distinct == claimed else distinct, width)
        key = (view.offset, view.dtype, *dims)
        if key not in self.first:
            identity = storage.key if not self.first else f"{storage.key}+{len(self.first)}"
            self.first[key] = self.counted(view, role, identity, dims, claimed, width)
        return self.first[key].replace(name=view.name, role=role, shape=view.size, trainable=view.trainable)

    def counted(
        self, view: StorageView, role: str, identity: str, dims: list[tuple[int, int]], claimed: int, width: int
    ) -> Tensor:
        """A view as it is first met: all of it, or what it adds. Which of two is booked first must change nothing, so
        only views of the same size are one storage."""
        assert view.storage is not None
        new = self.cover(view.offset * width, [(step * width, size) for step, size in dims], width)
        if not isinstance(new, int):
            return _tensor(view, role, identity, new, width)
        if new == 0 and self.whole == claimed * width:
            return _tensor(view, role, view.storage.key, None, width)
        self.whole = self.whole or new
        self.used += new
        found = _tensor(view, role, identity, None if new == claimed * width else new // width, width)
        return found if new % width == 0 else found.replace(nbytes=new)  # half an element lies under another type

    def cover(self, offset: int, dims: list[tuple[int, int]], width: int) -> int | Unknown:
        """How many bytes the view adds to what is covered; they are covered from then on."""
        runs = _runs(offset, dims, width, _MOST_RUNS - self.pieces)
        if runs is None:
            return Unknown("its views overlap in too many pieces to tell")
        self.pieces += len(runs)
        return sum([self.add(start, end) for start, end in runs])

    def add(self, start: int, end: int) -> int:
        """Cover ``[start, end)``; the number of bytes that were not covered before."""
        low = bisect_left(self.ends, start)
        high = low
        new_start, new_end, covered = start, end, 0
        while high < len(self.starts) and self.starts[high] <= end:
            covered += max(0, min(end, self.ends[high]) - max(start, self.starts[high]))
            new_start, new_end = min(new_start, self.starts[high]), max(new_end, self.ends[high])
            high += 1
        self.starts[low:high], self.ends[low:high] = [new_start], [new_end]
        return end - start - covered


def _tensor(view: StorageView, role: str, storage: str | None, elements: int | Unknown | None, width: int) -> Tensor:
    nbytes = elements * width if isinstance(elements, int) else elements
    return Tensor(view.name, role, view.size, view.dtype, view.trainable, storage, elements, nbytes)


def _distinct(dims: list[tuple[int, int]]) -> int | Unknown:
    """How many different elements a view shows: dimensions that step over each other are counted once."""
    count, extent = 1, 1
    for step, size in dims:
        if step >= extent:
            count *= size
        elif count == extent:  # a solid run, laid over itself: still solid
            count = extent + (size - 1) * step
        else:
            return _one_by_one(dims)
        extent += (size - 1) * step
    return count


def _one_by_one(dims: list[tuple[int, int]]) -> int | Unknown:
    """The different elements of a view whose dimensions step over each other without filling a run."""
    places = {0}
    for step, size in dims:
        if len(places) * size > _MOST_RUNS:
            return Unknown("a view laid over itself in a pattern that is not followed")
        places = {place + i * step for place in places for i in range(size)}
    return len(places)


def _runs(offset: int, dims: list[tuple[int, int]], width: int, most: int) -> list[tuple[int, int]] | None:
    """The solid pieces ``[start, end)`` that a view consists of; ``None`` for more than ``most``."""
    length = width
    outer: list[tuple[int, int]] = []
    for step, size in dims:
        if not outer and step <= length:
            length += (size - 1) * step
        else:
            outer.append((step, size))
    starts = [offset]
    for step, size in outer:
        if len(starts) * size > most:
            return None
        starts = [start + i * step for start in starts for i in range(size)]
    return [(start, start + length) for start in starts]
