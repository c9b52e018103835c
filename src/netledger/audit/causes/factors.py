"""The smallest difference between two products: what is left of each when everything common is taken out.

A number may stand for several factors (``9216`` for ``6*6*256``) and several numbers for one (``12*64`` for ``768``).
"""

from __future__ import annotations

from itertools import combinations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.books.parts import Books, Part
    from netledger.audit.matching.books.terms import Factor
    from netledger.audit.reading.expressions.nodes import Node

MOST_JOINED = 4
"""Numbers that together may stand for one factor."""


def difference(leaves: tuple[Node, ...], factors: tuple[Factor, ...]) -> tuple[list[Node], list[Factor]]:
    """The numbers and the factors that have no counterpart.

    >>> from netledger.audit.reading.expressions.nodes import number
    >>> true = (("kernel", 5), ("kernel", 5), ("in", 48), ("out", 256))
    >>> difference((number(5), number(5), number(96), number(256)), true)
    ([96], [('in', 48)])
    """
    last_first = _left_over(leaves, tuple(reversed(factors)))
    first_first = _left_over(leaves, factors)
    return min(first_first, last_first, key=_size)


def _size(left: tuple[list[Node], list[Factor]]) -> tuple[int, int]:
    """How much is left over: numbers and factors, and of how many roles."""
    return len(left[0]) + len(left[1]), len({role for role, _ in left[1]})


def _left_over(leaves: tuple[Node, ...], factors: tuple[Factor, ...]) -> tuple[list[Node], list[Factor]]:
    rest, open_factors = list(leaves), [factor for factor in factors if factor[1] != 1]
    for leaf in leaves:
        equal = next((factor for factor in open_factors if factor[1] == leaf.value), None)
        if equal is not None:
            rest.remove(leaf)
            open_factors.remove(equal)
    _join(rest, open_factors)
    return rest, open_factors


def _join(rest: list[Node], open_factors: list[Factor]) -> None:
    """Take out a number that several factors make, and a factor that several numbers make."""
    if len(rest) > 8 or len(open_factors) > 8:
        return
    for leaf in list(rest):
        several = _making(leaf.value, [size for _, size in open_factors])
        if several:
            rest.remove(leaf)
            for i in sorted(several, reverse=True):
                del open_factors[i]
    for factor in list(open_factors):
        made = _making(factor[1], [leaf.value for leaf in rest])
        if made:
            open_factors.remove(factor)
            for i in sorted(made, reverse=True):
                del rest[i]


def _making(value: object, sizes: list[int | float]) -> tuple[int, ...]:
    """Which of some sizes multiply to ``value``; empty where none do."""
    for count in range(2, min(len(sizes), MOST_JOINED) + 1):
        for chosen in combinations(range(len(sizes)), count):
            product: int | float = 1
            for i in chosen:
                product *= sizes[i]
            if product == value:
                return chosen
    return ()


def reads_map(part: Part, books: Books) -> bool:
    """Whether a linear layer reads a flattened feature map."""
    before = [p for p in books.parts if p.index < part.index]
    for other in reversed(before):
        if other.family in ("flatten", "pool"):
            return True
        if other.full:
            return other.family in ("conv", "depthwise", "separable", "partial")
    return False
