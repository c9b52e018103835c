"""A number that a model reads off a tensor without values: carried along, and asked about only where it decides."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self

    Decide = Callable[[str], Any]


class Unread(float):
    """What ``y.norm().item()`` is where ``y`` has no values.

    Arithmetic gives another; formatting shows ``nan``; a comparison, a condition or a size asks ``decide`` (with the
    sort of answer wanted, ``"bool"`` or ``"int"``) how this pass is to go on. Where C code takes it for a number it is
    one that ``decide`` gave, and other passes try others.

    >>> value = Unread(lambda sort: {"bool": True, "int": 3, "value": 1.0}[sort])
    >>> f"{2 * value + 1:.1f}", list(range(5))[int(value)], "more" if value > 0 else "less"
    ('nan', 3, 'more')
    """

    __slots__ = ("decide",)
    decide: Decide

    def __new__(cls, decide: Decide) -> Self:
        made = super().__new__(cls, decide("value"))
        made.decide = decide
        return made

    def __bool__(self) -> bool:
        return bool(self.decide("bool"))

    def __int__(self) -> int:
        return int(self.decide("int"))

    __trunc__ = __floor__ = __ceil__ = __int__

    def __format__(self, spec: str) -> str:
        return format(float("nan"), spec)

    def __repr__(self) -> str:
        return "nan"

    def item(self) -> Unread:
        """Itself, as a tensor's number is."""
        return self

    def __hash__(self) -> int:
        return id(self)


def _another(self: Unread, *others: Any) -> Any:
    return NotImplemented if any(hasattr(other, "shape") for other in others) else Unread(self.decide)


for _name in (
    "add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow neg pos abs round "
    "lt le gt ge eq ne"
).split():
    setattr(Unread, f"__{_name}__", _another)
