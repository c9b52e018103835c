"""Immutable values with named fields: what ``@dataclass(frozen=True, slots=True)`` gives, without its import time."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
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
        if len(setters) in _FILLERS:
            cls._fill = _FILLERS[len(setters)](*setters)  # type: ignore[method-assign]
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
        values = {name: getattr(self, name) for name in self.__slots__}
        unknown = changes.keys() - values.keys()
        if unknown:
            raise TypeError(f"{type(self).__name__} has no field {sorted(unknown)[0]!r}")
        return type(self)(*{**values, **changes}.values())

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
