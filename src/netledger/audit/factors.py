"""Expressions as sums of products, and what is left when one product is held against another."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from netledger.audit.reading.nodes import Node
    from netledger.audit.truth import Factor, Term

    Monomial = tuple[int, ...]

MOST_MONOMIALS = 64
MOST_FACTORS = 24


def monomials(node: Node) -> list[Monomial] | None:
    """The products that add up to an expression, brackets multiplied out; ``None`` where it is no such sum.

    >>> from netledger.audit.reading.reader import read
    >>> monomials(read("(5*5*48 + 1)*256 = 307456").statements[0].expression.node)
    [(5, 5, 48, 256), (256,)]
    """
    try:
        found = _EXPAND[node.op](node)
    except _TooMuch:
        return None
    return [tuple([factor for factor in monomial if factor != 1]) or (1,) for monomial in found]


class _TooMuch(Exception):
    pass


def _leaf(node: Node) -> list[Monomial]:
    if not isinstance(node.value, int):
        raise _TooMuch
    return [(node.value,)]


def _sum(node: Node) -> list[Monomial]:
    found: list[Monomial] = []
    for arg in node.args:
        found.extend(_EXPAND[arg.op](arg))
        if len(found) > MOST_MONOMIALS:
            raise _TooMuch
    return found


def _product(node: Node) -> list[Monomial]:
    found: list[Monomial] = [()]
    for arg in node.args:
        inner = _EXPAND[arg.op](arg)
        if len(found) * len(inner) > MOST_MONOMIALS or len(found[0]) + len(inner[0]) > MOST_FACTORS:
            raise _TooMuch
        found = [left + right for left in found for right in inner]
    return found


def _power(node: Node) -> list[Monomial]:
    exponent = node.args[1].value
    if not isinstance(exponent, int) or not 1 <= exponent <= 4:
        return _leaf(node)
    inner = _EXPAND[node.args[0].op](node.args[0])
    found: list[Monomial] = [()]
    for _ in range(exponent):
        if len(found) * len(inner) > MOST_MONOMIALS:
            raise _TooMuch
        found = [left + right for left in found for right in inner]
    return found


def _quotient(node: Node) -> list[Monomial]:
    above = _EXPAND[node.args[0].op](node.args[0])
    below = node.args[1].value
    if len(above) == 1 and isinstance(below, int):
        factors = list(above[0])
        for i, factor in enumerate(factors):
            if below and factor % below == 0:
                factors[i] = factor // below
                return [tuple(factors)]
    return _leaf(node)


def _negative(node: Node) -> list[Monomial]:
    return [(-1, *monomial) for monomial in _EXPAND[node.args[0].op](node.args[0])]


_EXPAND = {
    "number": _leaf,
    "symbol": _leaf,
    "sum": _sum,
    "product": _product,
    "power": _power,
    "quotient": _quotient,
    "negative": _negative,
}


def product(factors: Iterable[int]) -> int:
    """Their product."""
    value = 1
    for factor in factors:
        value *= factor
    return value


def difference(written: Sequence[int], true: Sequence[Factor]) -> tuple[list[int], list[Factor]]:
    """What each side has that the other lacks: equal factors struck out, then products of several.

    >>> difference((1200, 256), (("k", 5), ("k", 5), ("in", 48), ("out", 256)))
    ([], [])
    >>> difference((5, 5, 96, 256), (("k", 5), ("k", 5), ("in", 48), ("out", 256)))
    ([96], [('in', 48)])
    """
    ours = [factor for factor in written if factor != 1]
    theirs = [factor for factor in true if factor[1] != 1]
    first = _products(*_equals(ours, theirs))
    if not first[0] and not first[1]:
        return first
    second = _equals(*_products(ours, theirs))
    ours, theirs = min(first, second, key=lambda left: len(left[0]) + len(left[1]))
    if product(ours) == product([size for _, size in theirs]):
        return [], []
    return ours, theirs


def _equals(ours: list[int], theirs: list[Factor]) -> tuple[list[int], list[Factor]]:
    left, kept = list(theirs), []
    for factor in ours:
        known = next((known for known in left if known[1] == factor), None)
        if known is None:
            kept.append(factor)
        else:
            left.remove(known)
    return kept, left


def _products(ours: list[int], theirs: list[Factor]) -> tuple[list[int], list[Factor]]:
    ours, theirs = list(ours), list(theirs)
    for factor in sorted(ours, reverse=True):
        chosen = _subset([size for _, size in theirs], factor)
        if chosen:
            ours.remove(factor)
            theirs = [known for i, known in enumerate(theirs) if i not in chosen]
    for known in sorted(theirs, key=lambda factor: -factor[1]):
        chosen = _subset(ours, known[1])
        if chosen:
            theirs.remove(known)
            ours = [factor for i, factor in enumerate(ours) if i not in chosen]
    return ours, theirs


def _subset(sizes: Sequence[int], wanted: int) -> tuple[int, ...]:
    """Places of two to five sizes whose product is ``wanted``."""
    if len(sizes) < 2 or wanted < 2:
        return ()
    partial: list[tuple[int, tuple[int, ...]]] = [(1, ())]
    for i, size in enumerate(sizes[:10]):
        if size and wanted % size == 0:
            for value, places in list(partial):
                grown = value * size
                if grown == wanted and places:
                    return (*places, i)
                if grown < wanted and wanted % grown == 0 and len(places) < 5:
                    partial.append((grown, (*places, i)))
    return ()


def same_structure(written: list[Monomial], terms: Sequence[tuple[Term, int]]) -> bool:
    """Whether the products written are the true terms, each (or several equal ones together) factor by factor."""
    waiting: dict[tuple[Factor, ...], list[int]] = {}
    for term, times in terms:
        if term.value:
            held = waiting.setdefault(term.factors, [term.value, 0])
            held[1] += times
    for monomial in written:
        value = product(monomial)
        for factors, held in waiting.items():
            count = value // held[0]
            if count and value == held[0] * count and count <= held[1]:
                if not difference(monomial, [*factors, ("times", count)])[0]:
                    held[1] -= count
                    break
        else:
            return False
    return not any(left for _, left in waiting.values())


def made_of(written: list[Monomial], terms: Sequence[tuple[Term, int]]) -> bool:
    """Whether the largest product written is one of the true terms, or several equal ones together."""
    largest = max([product(monomial) for monomial in written], default=0)
    return any(term.value and largest % term.value == 0 and largest // term.value <= times for term, times in terms)


def alike(written: Sequence[int], true: Sequence[Factor]) -> float:
    """How much of a product is the other's: 1 for equal, 0 for nothing in common; large factors weigh more."""
    ours, theirs = difference(written, true)
    weight = sum([_weight(factor) for factor in written]) + sum([_weight(size) for _, size in true])
    if not weight:
        return 0.0
    lost = sum([_weight(factor) for factor in ours]) + sum([_weight(size) for _, size in theirs])
    return 1 - lost / weight


def _weight(factor: int) -> float:
    return abs(factor).bit_length()
