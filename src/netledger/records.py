"""Immutable values with named fields: what ``@dataclass(frozen=True, slots=True)`` gives, without its import time."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, ClassVar, Self


_FILLERS: dict[int, Callable[..., Callable[..., Any]]] = {
    1: lambda a: lambda self, t: a(self, t),
    2: lambda a, b: lambda self, t, u: (a(self, t), b(self, u)),
    3: lambda a, b, c: lambda self, t, u, v: (a(self, t), b(self, u), c(self, v)),
    4: lambda a, b, c, d: lambda self, t, u, v, w: (a(self, t), b(self, u), c(self, v), d(self, w)),
    5: lambda a, b, c, d, e: lambda self, t, u, v, w, x: (a(self, t), b(self, u), c(self, v), d(self, w), e(self, x)),
    7: lambda a, b, c, d, e, f, g: lambda self, t, u, v, w, x, y, z: (
        a(self, t), b(self, u), c(self, v), d(self, w), e(self, x), f(self, y), g(self, z),
    ),
    8: lambda a, b, c, d, e, f, g, h: lambda self, t, u, v, w, x, y, z, n: (
        a(self, t), b(self, u), c(self, v), d(self, w), e(self, x), f(self, y), g(self, z), h(self, n),
    ),
    9: lambda a, b, c, d, e, f, g, h, i: lambda self, t, u, v, w, x, y, z, n, o: (
        a(self, t), b(self, u), c(self, v), d(self, w), e(self, x), f(self, y), g(self, z), h(self, n), i(self, o),
    ),
}  # fmt: skip
"""What fills so many fields, made from their setters: twice as fast as a loop."""

become: Callable[[object, type], None] = object.__dict__["__class__"].__set__
"""``become(record, type(record).Draft)``: its fields can be set as any object's are, until it is what it was again."""
_PLAIN = {"__slots__": (), "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}


class Record:
    """Base of the data classes. The fields are ``__slots__``, in the order of the constructor's parameters.

    A subclass writes its own typed ``__init__`` and hands the values to :meth:`_fill`. One of which there are very
    many is filled in a third of the time by plain assignment, as a draft:

    >>> class Point(Record):
    ...     __slots__ = ("x", "y")
    ...     def __init__(self, x, y=0):
    ...         self._fill(x, y)
    >>> Point(1).replace(y=2)
    Point(x=1, y=2)
    >>> class Pixel(Record, many=True):
    ...     __slots__ = ("x", "y")
    ...     def __init__(self, x, y=0):
    ...         kind = type(self)
    ...         become(self, kind.Draft)
    ...         self.x, self.y = x, y
    ...         become(self, kind)
    >>> Pixel(1).replace(y=2)
    Pixel(x=1, y=2)
    """

    __slots__: tuple[str, ...] = ()
    Draft: ClassVar[type]
    _setters: ClassVar[tuple[Callable[[Any, object], None], ...]] = ()

    def __init_subclass__(cls, many: bool = False) -> None:
        setters = tuple([getattr(cls, name).__set__ for name in cls.__slots__])
        cls._setters = setters
        filler = _FILLERS.get(len(setters))
        if filler is not None:
            cls._fill = filler(*setters)  # type: ignore[method-assign]
        elif setters:
            cls._fill = Record._fill  # type: ignore[method-assign]
        if many:
            cls.Draft = type(cls.__name__, (cls,), _PLAIN)

    def _fill(self, *values: object) -> None:
        for put, value in zip(
            self._setters, values, strict=True
        ):  # the slots' own setters: a third faster than by name
            put(self, value)

    def fields(self) -> tuple[Any, ...]:
        """The values, in order."""
        return tuple([getattr(self, name) for name in self.__slots__])

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed; an unknown name is a ``TypeError``."""
        unknown = changes.keys() - set(self.__slots__)
        if unknown:
            raise TypeError(f"{type(self).__name__} has no field {sorted(unknown)[0]!r}")
        return type(self)(*[changes[name] if name in changes else getattr(self, name) for name in self.__slots__])

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: {name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: {name} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return self.fields() == other.fields()

    def __hash__(self) -> int:
        return hash(self.fields())

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({shown})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.fields()


class Rolled:
    """A tuple to be: items, and among them what stands for many (``unrolled()`` gives these, ``items`` the first of
    them, ``times`` how often such follow each other).
    """

    __slots__ = ("parts", "_all")

    def __init__(self, parts: tuple[Any, ...]) -> None:
        self.parts = parts
        self._all: tuple[Any, ...] | None = None

    def unrolled(self) -> tuple[Any, ...]:
        """All items, in order."""
        if self._all is None:
            each = [part.unrolled() if _stands_for_many(part) else (part,) for part in self.parts]
            self._all = tuple([item for items in each for item in items])
        return self._all

    def weighed(self) -> Iterator[tuple[Any, int]]:
        """Each item that differs from the others in its name, and how many are like it."""
        for part in self.parts:
            if _stands_for_many(part):
                yield from [(item, part.times) for item in part.items]
            else:
                yield part, 1


def _stands_for_many(part: object) -> bool:
    return hasattr(part, "unrolled")


class Unrolling(Record):
    """A record whose field ``LATER`` may be handed over as :class:`Rolled`; it is unrolled when it is first asked for.

    >>> class Row(Unrolling):
    ...     __slots__ = ("cells",)
    ...     LATER = "cells"
    ...     def __init__(self, cells):
    ...         self._fill(cells)
    ...         self._roll(cells)
    >>> row = Row(Rolled((1, 2)))
    >>> row.rolled is not None, row.cells, row.rolled
    (True, (1, 2), None)
    """

    __slots__ = ("_rolled",)
    LATER: ClassVar[str] = ""
    _rolled: Rolled | None

    def _roll(self, given: object) -> None:
        """To be called last by the constructor, with what was given for the field."""
        rolled = given if isinstance(given, Rolled) else None
        object.__setattr__(self, "_rolled", rolled)
        if rolled is not None:
            object.__delattr__(self, self.LATER)  # an empty slot asks __getattr__

    @property
    def rolled(self) -> Rolled | None:
        """The field as long as nobody has asked for all of it."""
        return self._rolled

    def weighed(self) -> Iterator[tuple[Any, int]]:
        """The field's items, those that are alike once, each with how many there are."""
        rolled = self._rolled
        return rolled.weighed() if rolled is not None else ((item, 1) for item in getattr(self, self.LATER))

    def replace(self, **changes: Any) -> Self:
        if self._rolled is not None:
            changes.setdefault(self.LATER, self._rolled)
        return super().replace(**changes)

    def __getattr__(self, name: str) -> Any:
        if name != self.LATER or self._rolled is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        all_of_it = self._rolled.unrolled()
        object.__setattr__(self, name, all_of_it)
        object.__setattr__(self, "_rolled", None)
        return all_of_it
