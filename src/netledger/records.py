"""Immutable values with named fields: what ``@dataclass(frozen=True, slots=True)`` gives, without its import time."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ClassVar, Self


class Record:
    """Base of the data classes. The fields are ``__slots__``, in the order of the constructor's parameters.

    A subclass writes its own typed ``__init__`` and hands the values to :meth:`_fill`.

    >>> class Point(Record):
    ...     __slots__ = ("x", "y")
    ...     def __init__(self, x, y=0):
    ...         self._fill(x, y)
    >>> Point(1).replace(y=2)
    Point(x=1, y=2)
    """

    __slots__: tuple[str, ...] = ()
    _setters: ClassVar[tuple[Callable[[Any, object], None], ...]] = ()

    def __init_subclass__(cls) -> None:
        cls._setters = tuple([getattr(cls, name).__set__ for name in cls.__slots__])
        cls._fill = _fill  # not a base's, which may have been compiled for that one's slots

    if TYPE_CHECKING:

        def _fill(self, *values: object) -> None:
            """Set the slots, in order."""

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


_MADE: dict[type[Record], int] = {}
"""How many of a class were made one setter at a time."""
_MANY = 64


def _fill(self: Record, *values: object) -> None:
    """Set the slots by their own setters; a class of which there are many gets a function without the loop."""
    cls = type(self)
    for put, value in zip(cls._setters, values, strict=True):
        put(self, value)
    made = _MADE[cls] = _MADE.get(cls, 0) + 1
    if made == _MANY:
        cls._fill = _compiled(cls)  # type: ignore[method-assign]


def _compiled(cls: type[Record]) -> Callable[..., None]:
    """:func:`_fill` for the slots of one class, written out: a third faster. Compiling it takes as long as 64 objects."""
    numbers = range(len(cls._setters))
    body = "".join([f"    put{i}(self, value{i})\n" for i in numbers]) or "    pass\n"
    names: dict[str, Any] = {f"put{i}": put for i, put in enumerate(cls._setters)}
    exec(f"def _fill(self, {', '.join([f'value{i}' for i in numbers])}):\n{body}", names)
    compiled: Callable[..., None] = names["_fill"]
    return compiled
