"""A written sum of products against a true one: term by term, then factor by factor.

What is equal is taken out first; what remains on both sides is paired so that the fewest factors differ. Each pair,
each term too many and each too few is a :class:`Change` with a cost, which :mod:`netledger.audit.causes.naming.changes`
names.
"""

from __future__ import annotations

from netledger.audit.causes.factors import difference
from netledger.audit.weights import BIAS_TERM, EXTRA_TERM, FACTOR, NOTHING_ALIKE, SECOND_FACTOR, TERM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from netledger.audit.matching.books.parts import Part
    from netledger.audit.matching.books.quantities import Quantity
    from netledger.audit.matching.books.terms import Factor, Term
    from netledger.audit.matching.items.products import Product
    from netledger.audit.reading.expressions.nodes import Node

MOST_SIDES = 3
"""Numbers that may stand for one flattened input: two sides and the channels."""
MOST_PAIRS = 900
"""Products times terms that are compared one by one; more explain nothing."""


class Change:
    """One difference: ``product`` (None: missing), ``term`` with ``times`` (None: too many), what is left of each."""

    __slots__ = ("factors", "is_large", "is_most", "leaves", "product", "term", "times")

    def __init__(
        self, product: Product | None, term: Term | None, times: int, leaves: list[Node], factors: list[Factor]
    ) -> None:
        self.product, self.term, self.times, self.leaves, self.factors = product, term, times, leaves, factors
        self.is_large = False
        """Whether it is too many and exceeds all products: no biases."""
        self.is_most = False
        """Whether it is most of the repetitions of a term of which some are there: 9 of 12 blocks."""

    def __repr__(self) -> str:
        return f"<{self.product} for {self.term and self.term.written()}×{self.times}: {self.leaves} {self.factors}>"

    @property
    def roles(self) -> list[str]:
        """What the factors that are missing or replaced are."""
        return list(dict.fromkeys(role for role, _ in self.factors))

    @property
    def cost(self) -> float:
        """How far-fetched it is."""
        if self.product is None:
            return BIAS_TERM if self.term is not None and self.term.role == "bias" else TERM
        if self.term is None:
            few = len(self.product.leaves) <= 1 and not self.is_large
            return BIAS_TERM if few else EXTRA_TERM
        written, own = len(self.product.leaves), len(self.term.factors) + (self.times > 1)
        if self.term.role == "bias" and (len(self.leaves) > 2 or written > 3):
            return NOTHING_ALIKE
        if own > 1 and (len(self.factors) >= own or len(self.leaves) >= max(written, 2)):
            return NOTHING_ALIKE
        whole_input = [role for role, _ in self.factors] == ["in"] and not self.term.sizes("kernel")
        if whole_input and 1 <= len(self.leaves) <= MOST_SIDES:
            return FACTOR  # 7*7*16 where 400 stands: one flattened size
        if not self.factors:
            more = 0 if _is_a_map(self) else max(len(self.leaves) - 1, 0)
        else:
            more = max(len(self.roles) - 1, len(self.leaves) - len(self.factors), 0)
        return FACTOR + SECOND_FACTOR * more


def changes(products: Sequence[Product], terms: Sequence[tuple[Term, int]]) -> list[Change] | None:
    """The differences between written products and true terms; ``None`` where they are too many to compare.

    An empty list says that every product was found among the terms and every term among the products.
    """
    if len(products) == 1 and len(terms) == 2:
        terms = _as_one(terms)
    rest, open_terms = _equal_taken_out(list(products), list(terms))
    if not rest and not open_terms:
        return []
    if _are_put_together(rest, open_terms):
        return []
    if len(rest) * len(open_terms) > MOST_PAIRS:
        return None
    matched = len(products) > len(rest)
    found = _paired(rest, open_terms)
    alike = matched or any(change.term is not None and change.term.role != "bias" for change in found)
    if not alike and any(len(product.leaves) > 1 for product in rest):
        return None
    largest = max([product.value for product in products if len(product.leaves) > 1], default=0)
    for product in rest:
        found.append(Change(product, None, 1, list(product.leaves), []))
        found[-1].is_large = bool(largest) and product.value > largest
    there = {id(term): times for term, times in terms}
    for term, times in open_terms:
        found.append(Change(None, term, times, [], list(term.factors)))
        found[-1].is_most = times < there.get(id(term), times) < 2 * times
    return found


def _are_put_together(rest: Sequence[Product], terms: Sequence[tuple[Term, int]]) -> bool:
    """Whether a product is several terms at once: ``31,038*768`` for three tables; of ``4*(256*256 + 256)`` one is
    the weights of several matrices, the other their biases.
    """
    sums: dict[bool, int] = {}
    for term, times in terms:
        sums[term.role == "bias"] = sums.get(term.role == "bias", 0) + term.value * times
    if len(rest) == 1 and len(terms) > 1:
        return rest[0].value == sum(sums.values()) and _has_what_is_common(rest[0], terms)
    return len(rest) == len(sums) > 1 and sorted([p.value for p in rest]) == sorted(sums.values())


def _has_what_is_common(product: Product, terms: Sequence[tuple[Term, int]]) -> bool:
    """Whether a product for several terms together has a size that all of them have, the width of each table; or a
    number that is what they come to, and no size: ``32 layers x 202,383,360``.
    """
    leaves = {leaf.value for leaf in product.leaves}
    if max(leaves, default=0) >= max([term.value for term, _ in terms]):
        return True
    return any(
        size in leaves and all(size in [other for _, other in term.factors] for term, _ in terms)
        for role, size in terms[0][0].factors
        if role != "kernel"
    )


def _as_one(terms: Sequence[tuple[Term, int]]) -> Sequence[tuple[Term, int]]:
    """A norm's two vectors as people write them, in one product: ``2 * 2560``."""
    (first, times), (second, others) = terms
    if first.value != second.value or times != others or len(first.factors) != 1 or len(second.factors) != 1:
        return terms
    return [(first.with_factors((("count", 2), *first.factors)), times)]


def is_chance(products: Sequence[Product], terms: Sequence[tuple[Term, int]]) -> bool:
    """Whether the products have no number in common with true terms of the same worth: ``4*32`` for two of 64."""
    several = [product for product in products if len(product.leaves) > 1]
    if not several or len(several) * len(terms) > MOST_PAIRS:
        return False
    return not any(
        len(difference(product.leaves, factors)[0]) < len(product.leaves)
        for product in several
        for term, times in terms
        for factors in (term.factors, (("times", times), *term.factors))
    )


def has_only_its_kernel(products: Sequence[Product], terms: Sequence[tuple[Term, int]]) -> bool:
    """Whether a product has nothing but the kernel of a true term: ``9*64*256`` for ``3*3*128*128``."""
    if len(products) != 1 or len(terms) != 1 or len(products[0].leaves) <= TWO_NUMBERS:
        return False
    leaves, factors = products[0].leaves, terms[0][0].factors
    plain = tuple([factor for factor in factors if factor[0] != "kernel"])
    return len(difference(leaves, factors)[0]) < len(leaves) == len(difference(leaves, plain)[0])


TWO_NUMBERS = 2
"""Of two numbers one may be how often, or a count that another line works out."""


def total_cost(found: Sequence[Change]) -> float:
    """What some changes cost together: the same slip in weights and biases is one slip."""
    cost, seen = 0.0, set()
    for change in found:
        key = _slip_of(change)
        if key not in seen:
            seen.add(key)
            cost += change.cost
    return cost


def _slip_of(change: Change) -> Hashable:
    """What is equal for two changes that one slip makes."""
    if change.term is None:
        return id(change)
    if change.product is None:
        return "biases" if change.term.role == "bias" else ("absent", change.term.factors)
    if len(change.leaves) == 1:
        return "size", change.leaves[0].value, tuple([size for _, size in change.factors])
    if _is_a_map(change):
        return "too many", tuple(sorted([leaf.value for leaf in change.leaves]))
    return id(change) if change.leaves else ("missing", tuple(change.roles))


def _is_a_map(change: Change) -> bool:
    """Whether both sides of a feature map are factors too many: of the weights and of the biases."""
    return not change.factors and len(change.leaves) > 1 and len({leaf.value for leaf in change.leaves}) == 1


def _equal_taken_out(
    rest: list[Product], terms: list[tuple[Term, int]]
) -> tuple[list[Product], list[tuple[Term, int]]]:
    left: dict[int, int] = {}
    for term, times in terms:
        left[term.value] = left.get(term.value, 0) + times
    largest_first = sorted(rest, key=lambda product: -abs(product.value))
    unequal = []
    for product in largest_first:
        if left.get(int(product.value), 0) >= 1 and product.value in left:
            left[int(product.value)] -= 1
            rest.remove(product)
        else:
            unequal.append(product)
    for product in unequal:  # "3*32" is three biases only where no other product is one of them
        value = product.value
        for size, count in left.items():
            if count > 1 and size > 1 and isinstance(value, int) and value % size == 0 and 1 < value // size <= count:
                left[size] -= value // size
                rest.remove(product)
                break
    remaining: list[tuple[Term, int]] = []
    for term, times in terms:
        n = min(times, left[term.value])
        if n > 0:
            left[term.value] -= n
            remaining.append((term, n))
    return rest, remaining


def _paired(rest: list[Product], terms: list[tuple[Term, int]]) -> list[Change]:
    """The cheapest pairs first; what is paired is taken out of both lists."""
    possible: list[tuple[float, int, int, Change]] = []
    for i, product in enumerate(rest):
        for j, (term, times) in enumerate(terms):
            change = _pair(product, term, times)
            if change.cost < NOTHING_ALIKE:
                possible.append((change.cost + (0.1 * abs(i - j)), i, j, change))
    possible.sort(key=lambda entry: entry[0])
    used_products: set[int] = set()
    used_terms: set[int] = set()
    found: list[Change] = []
    for _, i, j, change in possible:
        if i not in used_products and j not in used_terms:
            used_products.add(i)
            used_terms.add(j)
            found.append(change)
    rest[:] = [product for i, product in enumerate(rest) if i not in used_products]
    terms[:] = [entry for j, entry in enumerate(terms) if j not in used_terms]
    return found


def _pair(product: Product, term: Term, times: int) -> Change:
    """A product for a term: once, or for all its repetitions, whichever leaves less."""
    factors = term.factors
    leaves, open_factors = difference(product.leaves, factors)
    change = Change(product, term, 1, leaves, open_factors)
    if times > 1:
        leaves, open_factors = difference(product.leaves, (("times", times), *factors))
        whole = Change(product, term, times, leaves, open_factors)
        if whole.cost < change.cost or (whole.cost == change.cost and len(leaves) <= len(change.leaves)):
            return whole
    return change


def owner_of(change: Change, quantity: Quantity) -> Part:
    """The part whose term a change is about."""
    for part, _ in quantity.cover:
        if change.term is not None and any(term is change.term for term in part.terms):
            return part
    return quantity.first


def first_written(change: Change) -> Node | None:
    """The first number of a change that is wrong."""
    return change.leaves[0] if change.leaves else None
