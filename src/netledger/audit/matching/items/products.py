"""A written expression without brackets: its products, each with the numbers that stand in it.

>>> from netledger.audit.reading.reader import read
>>> node = read("conv2: (5*5*48 + 1)*256 = 307456").statements[0].expression.node
>>> [(product.value, [leaf.value for leaf in product.leaves]) for product in products_of(node)]
[(307200, [5, 5, 48, 256]), (256, [256])]
"""

from __future__ import annotations

from netledger.audit.reading.expressions.nodes import Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.tokens.tokenizing import Value

MOST_PRODUCTS = 400
"""Of one expression; a longer one is known by its value alone."""


class Product:
    """One product: its ``value`` with its sign, its ``leaves`` (numbers but 1), and the summand that it is in."""

    __slots__ = ("leaves", "of", "value")

    def __init__(self, value: Value, leaves: tuple[Node, ...], of: Node) -> None:
        self.value, self.leaves, self.of = value, leaves, of

    def __repr__(self) -> str:
        return "*".join([leaf.text or f"{leaf.value}" for leaf in self.leaves]) or f"{self.value}"


def products_of(node: Node) -> list[Product] | None:
    """The products of an expression; ``None`` where it has too many, or parts that are no products of numbers."""
    found: list[Product] = []
    for term in node.terms():
        below = _expanded(term)
        if below is None or len(found) + len(below) > MOST_PRODUCTS:
            return None
        found.extend([Product(value, leaves, term) for value, leaves in below])
    return found


def _expanded(node: Node) -> list[tuple[Value, tuple[Node, ...]]] | None:
    if node.op == "negative":
        below = _expanded(node.args[0])
        return None if below is None else [(-value, leaves) for value, leaves in below]
    if node.op == "sum":
        parts = [_expanded(arg) for arg in node.args]
        if any(part is None for part in parts):
            return None
        return [product for part in parts if part is not None for product in part]
    if node.op in ("product", "power"):
        factors = node.factors()
        if factors == [node]:
            return [(node.value, (node,))]
        return _multiplied(factors)
    leaves = () if node.value == 1 else (node,)
    return [(node.value, leaves)]


def _multiplied(factors: list[Node]) -> list[tuple[Value, tuple[Node, ...]]] | None:
    found: list[tuple[Value, tuple[Node, ...]]] = [(1, ())]
    for factor in factors:
        below = _expanded(factor)
        if below is None or len(found) * len(below) > MOST_PRODUCTS:
            return None
        found = [(a * b, (*left, *right)) for a, left in found for b, right in below]
    return found
