"""The products that add up to a layer's count, read off the ledger's own formulas."""

from __future__ import annotations

from netledger.audit.matching.books.categories import FAMILIES
from netledger.records import Record
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.formula import Formula
    from netledger.ledger import Entry

    Factor = tuple[str, int]

ROLES = {
    "k_h": "kernel", "k_w": "kernel", "k_d": "kernel", "k_l": "kernel", "k": "kernel", "C_in": "in", "C_out": "out",
    "d": "in",
    "h": "hidden", "E": "size", "V": "rows", "C": "out", "r": "rank", "g": "groups", "m": "multiplier",
}  # fmt: skip
"""What the symbols of the layers' formulas are, as a factor of a product."""
MOST_TERMS = 64
"""Of one layer's formula; a layer of more is known by its counts alone."""


class Term(Record):
    """A product of named sizes, its ``value``, and its ``role``: ``weight`` or ``bias``."""

    __slots__ = ("role", "factors", "value")
    role: str
    factors: tuple[Factor, ...]
    value: int

    def __init__(self, role: str, factors: tuple[Factor, ...]) -> None:
        value = 1
        for _, size in factors:
            value *= size
        self._fill(role, factors, value)

    def size(self, role: str) -> int:
        """The product of its factors of one role; 1 where it has none."""
        value = 1
        for name, size in self.factors:
            if name == role:
                value *= size
        return value

    def sizes(self, role: str) -> tuple[int, ...]:
        """Its factors of one role."""
        return tuple([size for name, size in self.factors if name == role])

    def with_factors(self, factors: tuple[Factor, ...]) -> Term:
        """The term of the same role with other factors."""
        return Term(self.role, factors)

    def written(self) -> str:
        """In numbers, as people post it."""
        return "*".join([f"{size}" for _, size in self.factors])


_kept: dict[int, tuple[object, tuple[Term, ...]]] = {}
MOST_KEPT = 4_000


def terms_of(entry: Entry) -> tuple[Term, ...]:
    """The terms of a layer; equal layers share one Effect, whose terms are worked out once."""
    key = id(entry.effect)
    kept = _kept.get(key)
    if kept is not None and kept[0] is entry.effect:
        return kept[1]
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    terms = _terms_of(entry)
    _kept[key] = entry.effect, terms
    return terms


def _terms_of(entry: Entry) -> tuple[Term, ...]:
    terms: list[Term] = []
    for role, formula, count in (
        ("weight", entry.effect.weights, entry.weights), ("bias", entry.effect.biases, entry.biases),
    ):  # fmt: skip
        if isinstance(count, Unknown) or not count:
            continue
        found = [Term(role, factors) for factors in expand(formula)]
        if sum([term.value for term in found]) != count or len(found) > MOST_TERMS:
            found = [Term(role, (("values", count),))]
        terms.extend(_by_vector(entry, found) if role == "bias" else found)
    return tuple(terms)


def _by_vector(entry: Entry, biases: list[Term]) -> list[Term]:
    """A recurrent layer's biases as its two vectors, where it has two."""
    first = [slot for slot in entry.effect.slots if slot.role == "bias" and slot.name.endswith("_l0")]
    if len(first) != 2 or FAMILIES.get(entry.kind) not in ("lstm", "gru", "rnn"):
        return biases
    split: list[Term] = []
    for term in biases:
        factors = list(term.factors)
        if ("count", 2) not in factors:
            return biases
        factors.remove(("count", 2))
        split.extend([Term("bias", tuple(factors))] * 2)
    return split


def expand(formula: Formula) -> list[tuple[Factor, ...]]:
    """A formula without brackets: its products of named sizes, in the order written.

    >>> from netledger.layers import apply
    >>> expand(apply("conv2d", {"out_channels": 4, "kernel_size": 3}, ((8, 9, 9),)).parameters)
    [(('kernel', 3), ('kernel', 3), ('in', 8), ('out', 4)), (('out', 4),)]
    """
    products: list[tuple[Factor, ...]] = []
    for term in formula.terms():
        value = term.value
        if term.op in ("floor", "ceil", "max", "quotient", "power") and isinstance(value, int):
            products.append(((_name_of(term), value),))
        else:
            products.extend(_distributed(term))
    return products


def _distributed(term: Formula) -> Iterator[tuple[Factor, ...]]:
    found: list[tuple[Factor, ...]] = [()]
    for factor in term.factors():
        inner = factor.args[0] if factor.op == "group" else factor
        if inner.op in ("sum", "product", "group"):
            below = expand(inner)
            found = [(*left, *right) for left in found for right in below][: MOST_TERMS + 1]
        else:
            value = inner.value
            if isinstance(value, int) and (value != 1 or inner.op == "symbol"):
                found = [(*left, (_name_of(inner), value)) for left in found]
    yield from found


def _name_of(factor: Formula) -> str:
    if factor.op == "number":
        return "count"
    for name in factor.symbols():
        return ROLES.get(name.rstrip("0123456789").rstrip("_") if name not in ROLES else name, "size")
    return "size"
