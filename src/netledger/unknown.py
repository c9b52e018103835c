"""Counts that nobody knows, and sums that contain them. A count without an Unknown in it is an ``int``.

>>> from netledger.unknown import Unknown, sum_up
>>> sum_up([60, 7])
67
>>> str(sum_up([60, Unknown("no rule for 'Foo'")]))
'≥ 60'
"""

from __future__ import annotations

from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NoReturn, TypeAlias

    Number: TypeAlias = "int | Count"
    """What a sum of the books is: an integer, or a Count where something in it is not known."""


class Unknown(Record):
    """A count that nobody knows, with the reason. It is never taken for zero.

    >>> Unknown("operator 'Foo' has no rule").reason
    "operator 'Foo' has no rule"
    >>> f"{Unknown('no rule'):,}", sum([60, Unknown("no rule")]) > 50
    ('unknown', True)
    """

    __slots__ = ("reason",)
    reason: str

    def __init__(self, reason: str) -> None:
        self._fill(reason)

    def __add__(self, other: int | Unknown | Count) -> Number:
        return sum_up((self, other)) if isinstance(other, int | Unknown | Count) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other: int | Unknown | Count) -> int | Unknown:
        return _difference(self, other)

    def __rsub__(self, other: int) -> int | Unknown:
        return _difference(other, self)

    def __format__(self, spec: str) -> str:
        return format(Count(0, frozenset((self,))), spec) if spec else str(self)

    def __int__(self) -> int:
        raise _not_exact(self)

    def __float__(self) -> float:
        raise _not_exact(self)


class Count(Record):
    """An exact part and at least one Unknown: "≥ 60". Without an Unknown a count is an ``int``, and no Count.

    What is unknown is not negative, so that a comparison is answered where it is decided, and refused with a
    ``ValueError`` that says why where it is not. A sum keeps its Unknowns, so does a multiple; a difference is Unknown.
    It is no ``int``: ``int``, ``float`` and division refuse with the reasons.

    >>> count = sum_up([60, Unknown("no rule for 'Foo'")])
    >>> str(count), f"{count:>8,}", count.exact, sorted(u.reason for u in count.unknowns)
    ('≥ 60', '    ≥ 60', 60, ["no rule for 'Foo'"])
    >>> count > 50, count < 60, count * 0
    (True, False, 0)
    >>> int(count)
    Traceback (most recent call last):
    ValueError: not an exact count, at least 60: no rule for 'Foo'
    """

    __slots__ = ("exact", "unknowns")
    exact: int
    unknowns: frozenset[Unknown]

    def __init__(self, exact: int, unknowns: frozenset[Unknown]) -> None:
        if not unknowns:
            raise ValueError(f"a Count holds an Unknown; without one {exact:,} is an int")
        self._fill(exact, unknowns)

    def __add__(self, other: int | Unknown | Count) -> Number:
        return sum_up((self, other)) if isinstance(other, int | Unknown | Count) else NotImplemented

    __radd__ = __add__

    def __mul__(self, factor: int) -> Number:
        if not isinstance(factor, int):
            return NotImplemented
        if factor < 0:
            raise ValueError(f"a Count says at least; times {factor:,} it would say at most")
        return counted(self.exact * factor, self.unknowns if factor else frozenset())

    __rmul__ = __mul__

    def __sub__(self, other: int | Unknown | Count) -> int | Unknown:
        return _difference(self, other)

    def __rsub__(self, other: int) -> int | Unknown:
        return _difference(other, self)

    def __gt__(self, other: float) -> bool:
        return self._decided(other, self.exact > other, True, ">") if _is_number(other) else NotImplemented

    def __ge__(self, other: float) -> bool:
        return self._decided(other, self.exact >= other, True, "≥") if _is_number(other) else NotImplemented

    def __lt__(self, other: float) -> bool:
        return self._decided(other, self.exact >= other, False, "<") if _is_number(other) else NotImplemented

    def __le__(self, other: float) -> bool:
        return self._decided(other, self.exact > other, False, "≤") if _is_number(other) else NotImplemented

    def _decided(self, other: float, decided: bool, answer: bool, sign: str) -> bool:
        if decided:
            return answer
        raise ValueError(f"whether a count of at least {self.exact:,} is {sign} {other:,} is open: {reasons(self)}")

    def __int__(self) -> int:
        raise _not_exact(self)

    def __float__(self) -> float:
        raise _not_exact(self)

    def __index__(self) -> int:
        raise _not_exact(self)

    def __truediv__(self, other: float) -> NoReturn:
        raise _not_exact(self)

    __floordiv__ = __mod__ = __rtruediv__ = __rfloordiv__ = __truediv__

    def __str__(self) -> str:
        return f"≥ {self.exact:,}" if self.exact else "unknown"

    def __format__(self, spec: str) -> str:
        """As the exact part would be formatted, the sign in front, as wide as was asked for."""
        if not spec:
            return str(self)
        number = format(self.exact, spec)
        text = f"≥ {number.strip()}" if self.exact else "unknown"
        return text.ljust(len(number)) if "<" in spec else text.rjust(len(number))


def sum_up(values: Iterable[int | Unknown | Count]) -> Number:
    """The sum of many: an ``int``, or a Count where one of them is not known."""
    values = list(values)
    if {*map(type, values)} == {int}:
        return sum(values)  # type: ignore[arg-type]
    exact, unknowns = 0, set[Unknown]()
    latest: object = None
    for value in values:
        if isinstance(value, int):
            exact += value
        elif isinstance(value, Unknown):
            if value is not latest:  # layers of one kind share theirs
                unknowns.add(value)
                latest = value
        else:
            exact += value.exact
            unknowns |= value.unknowns
    return Count(exact, frozenset(unknowns)) if unknowns else exact


def added(*values: int | Unknown) -> int | Unknown:
    """The sum of a few counts; the first Unknown where one is not known.

    >>> added(2, 3), added(2, Unknown("not read"))
    (5, Unknown(reason='not read'))
    """
    total = 0
    for value in values:
        if isinstance(value, Unknown):
            return value
        total += value
    return total


def counted(exact: int, unknowns: frozenset[Unknown]) -> Number:
    """A count of these two parts: an ``int`` where nothing is unknown."""
    return Count(exact, unknowns) if unknowns else exact


def least(value: int | Unknown | Count) -> int:
    """The exact part of a count: what it is at least.

    >>> least(5), least(Unknown("no rule")), least(sum_up([5, Unknown("no rule")]))
    (5, 0, 5)
    """
    if isinstance(value, int):
        return value
    return 0 if isinstance(value, Unknown) else value.exact


def exactly(value: int | Unknown | Count) -> int | None:
    """The number where it is exact, else ``None``."""
    return value if isinstance(value, int) else None


def unknowns_of(value: int | Unknown | Count) -> frozenset[Unknown]:
    """What is not known in a count; nothing for an ``int``."""
    if isinstance(value, int):
        return frozenset()
    return frozenset((value,)) if isinstance(value, Unknown) else value.unknowns


def reasons(value: int | Unknown | Count) -> str:
    """Why a count is not exact, as one line; empty for an ``int``."""
    return "; ".join(sorted(unknown.reason for unknown in unknowns_of(value)))


def _difference(left: int | Unknown | Count, right: int | Unknown | Count) -> int | Unknown:
    if not isinstance(left, int | Unknown | Count) or not isinstance(right, int | Unknown | Count):
        return NotImplemented
    unknowns = unknowns_of(left) | unknowns_of(right)
    if unknowns:
        return Unknown("; ".join(sorted(unknown.reason for unknown in unknowns)))
    return least(left) - least(right)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _not_exact(value: Unknown | Count) -> ValueError:
    at_least = f", at least {least(value):,}" if least(value) else ""
    return ValueError(f"not an exact count{at_least}: {reasons(value)}")
