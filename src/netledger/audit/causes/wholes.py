"""What is wrong with one formula for a whole transformer: a shared table counted twice, the outputs of attention left
out.
"""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.matching.categories import OUTPUTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.books import Books
    from netledger.audit.matching.items import Item
    from netledger.audit.matching.products import Product

INWARD = 3
"""Queries, keys and values."""
MOST_TIMES = 4
"""How often people count one table."""


def causes_of_formula(item: Item, books: Books) -> list[Cause]:
    """The faults of ``2*V*d + N*(2*3*d*d + 2*d*f)`` that its terms show, the outputs of attention first."""
    products = item.products or []
    return [*_without_outputs(products, books), *_twice(products, books)]


def _twice(products: list[Product], books: Books) -> list[Cause]:
    """A table that layers share, as often as it is used."""
    from netledger.audit.causes.groups import tied_tables

    for _, owner in tied_tables(books):
        for product in products:
            times, rest = divmod(product.value, owner.full)
            if not rest and 1 < times <= MOST_TIMES:
                why = f"the table of {owner.shown} is shared: its {owner.full:,} values count once, not {times} times"
                return [Cause("tied_embeddings_double_counted", why, product.of, f"{owner.full:,}", owner.full)]
    return []


def _without_outputs(products: list[Product], books: Books) -> list[Cause]:
    """Queries, keys and values of blocks, and nothing for what attention puts out."""
    outward = [part for part in books.weighted if part.leaf in OUTPUTS and part.family == "linear"]
    if not outward:
        return []
    one = outward[0].weights
    inward = [p for p in products if any(leaf.value == INWARD for leaf in p.leaves) and p.value % (INWARD * one) == 0]
    if len(inward) != 1 or any(product.value in (one, inward[0].value // INWARD) for product in products):
        return []
    why = f"no term counts the output projections of attention, {one:,} weights each"
    return [Cause("missing_output_projection", why, inward[0].of, f"{books.total:,}", books.total)]
