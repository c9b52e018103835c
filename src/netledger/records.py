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
