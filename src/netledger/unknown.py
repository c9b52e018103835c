"""Counts that nobody knows, and sums that contain them."""

from __future__ import annotations

from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Unknown(Record):
    """A count that nobody knows, with the reason. It is never taken for zero.

    >>> Unknown("operator 'Foo' has no rule").reason
    "operator 'Foo' has no rule"
    """

    __slots__ = ("reason",)
    reason: str

    def __init__(self, reason: str) -> None:
        self._fill(reason)


class Count(Record):
    """An exact part plus a set of Unknowns. Sums and multiples keep them; a difference with one is Unknown.

    >>> total = Count(60) + Unknown("no rule for 'Foo'")
    >>> str(total), total.exact, total.is_exact
    ('≥ 60', 60, False)
    >>> str(Count(1234567))
    '1,234,567'
    >>> (total * 0).is_exact
    True
    """

    __slots__ = ("exact", "unknowns")
    exact: int
    unknowns: frozenset[Unknown]

    def __init__(self, exact: int = 0, unknowns: frozenset[Unknown] = frozenset()) -> None:
        self._fill(exact, unknowns)

    @classmethod
    def of(cls, value: int | Unknown | Count) -> Count:
        """A Count from what a rule gives: an integer or an Unknown."""
        if isinstance(value, Count):
            return value
        return cls(0, frozenset((value,))) if isinstance(value, Unknown) else cls(value)

    @classmethod
    def total(cls, values: Iterable[int | Unknown | Count]) -> Count:
        """The sum of many."""
        exact, unknowns = 0, set[Unknown]()
        for value in values:
            if isinstance(value, int):
                exact += value
            elif isinstance(value, Unknown):
                unknowns.add(value)
            else:
                count = cls.of(value)
                exact += count.exact
                unknowns |= count.unknowns
        return cls(exact, frozenset(unknowns))

    @property
    def is_exact(self) -> bool:
        """Whether nothing is unknown in it."""
        return not self.unknowns

    @property
    def value(self) -> int | None:
        """The number where it is exact, else ``None``."""
        return None if self.unknowns else self.exact

    def __add__(self, other: int | Unknown | Count) -> Count:
        return Count.total((self, other))

    __radd__ = __add__

    def __mul__(self, factor: int) -> Count:
        return Count(self.exact * factor, self.unknowns if factor else frozenset())

    __rmul__ = __mul__

    def __sub__(self, other: int | Unknown | Count) -> int | Unknown:
        other = Count.of(other)
        unknowns = self.unknowns | other.unknowns
        if unknowns:
            return Unknown("; ".join(sorted(unknown.reason for unknown in unknowns)))
        return self.exact - other.exact

    def __int__(self) -> int:
        if self.unknowns:
            raise ValueError("not an exact count: " + "; ".join(sorted(u.reason for u in self.unknowns)))
        return self.exact

    def __str__(self) -> str:
        if self.unknowns:
            return f"≥ {self.exact:,}" if self.exact else "unknown"
        return f"{self.exact:,}"
