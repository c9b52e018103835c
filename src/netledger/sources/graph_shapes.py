"""Shapes that readers of several formats work out by hand, where a format's operators are no kinds of netledger's."""

from __future__ import annotations

from netledger.errors import FormatError, ShapeError
from netledger.layers.products import shape_text
from netledger.network import elements_of
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from netledger.network import Dim, Shape


def ranked(shape: Shape, least: int) -> tuple[Any, ...]:
    """The sizes of a shape, which must have so many; as many Unknown ones where it is not known.

    >>> ranked((3, 4), 1)
    (3, 4)
    """
    if isinstance(shape, Unknown):
        return (shape,) * max(least, 1)
    if len(shape) < least:
        raise ShapeError(f"needs {least} dimensions, not {shape_text(shape)}")
    return shape


def differ(a: Dim, b: Dim | str | None) -> bool:
    """Whether two sizes are both known and not equal; a name, or nothing, that a file states is no known size."""
    return isinstance(a, int) and isinstance(b, int) and a != b


def place_of(axis: int, rank: int) -> int:
    """An axis counted from either end as one counted from the front.

    >>> place_of(-1, 4)
    3
    """
    if not -rank <= axis < rank:
        raise FormatError(f"axis {axis:,} of {rank} dimensions")
    return axis % rank


def filled(shape: Sequence[Any], wanted: Sequence[Any]) -> Shape:
    """A new shape for the same values, in which -1 stands for what is left.

    >>> filled((2, 3, 4), (6, -1))
    (6, 4)
    """
    left = sum([size == -1 for size in wanted])
    if left > 1 or any(isinstance(size, int) and size < -1 for size in wanted):
        raise FormatError("a shape that cannot be")
    whole, rest = elements_of(shape), elements_of([size for size in wanted if size != -1])
    if isinstance(whole, Unknown) or isinstance(rest, Unknown):
        return tuple([Unknown("the rest of a shape that is not known") if size == -1 else size for size in wanted])
    if (left and (not rest or whole % rest)) or (not left and whole != rest):
        raise FormatError(f"{whole:,} values do not fill a shape of {rest:,}")
    return tuple([whole // rest if size == -1 else size for size in wanted])


def reduced(shape: Sequence[Any], axes: Iterable[int], kept: bool) -> Shape:
    """What is left of a shape whose dimensions are summed up; ``kept`` as sizes of 1.

    >>> reduced((2, 3, 4), (-1,), False), reduced((2, 3, 4), (1,), True)
    ((2, 3), (2, 1, 4))
    """
    places = {place_of(axis, len(shape)) for axis in axes}
    if kept:
        return tuple([1 if i in places else size for i, size in enumerate(shape)])
    return tuple([size for i, size in enumerate(shape) if i not in places])


def expanded(shape: Sequence[Any], axes: Sequence[int]) -> Shape:
    """A shape with dimensions of 1 put in at these places of what comes out.

    >>> expanded((3, 4), (0, -1))
    (1, 3, 4, 1)
    """
    rank = len(shape) + len(axes)
    places = {place_of(axis, rank) for axis in axes}
    if len(places) != len(axes):
        raise FormatError("a dimension that is added twice")
    rest = iter(shape)
    return tuple([1 if i in places else next(rest) for i in range(rank)])
