"""What is wrong with one formula for a whole network: a shared table counted twice, the outputs of attention left out,
the sizes of another perceptron.
"""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.matching.books.categories import OUTPUTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.books.parts import Books, Part
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.items.products import Product
    from netledger.audit.reading.expressions.nodes import Node

INWARD = 3
"""Queries, keys and values."""
MOST_TIMES = 4
"""How often people count one table."""


def causes_of_formula(item: Item, books: Books) -> list[Cause]:
    """The faults of ``2*V*d + N*(2*3*d*d + 2*d*f)`` that its terms show, the outputs of attention first."""
    products = item.products or []
    return [*_without_outputs(products, books), *_twice(products, books)]


def sizes_of_another(item: Item, books: Books) -> str:
    """``13*64 + 64 + 64*64 + 64 + 64*1 + 1`` of a perceptron with as many layers, which reads something else: why it is
    wrong; "" where it is no such chain.
    """
    chain = _chain(item.node) if item.node is not None else []
    linear = all(part.family == "linear" and part.times == 1 for part in books.weighted)
    if not linear or not LEAST_CHAINED <= len(chain) - 1 == len(books.weighted):
        return ""
    own = [books.weighted[0].seen, *[part.out for part in books.weighted]]
    if chain == own:
        return ""
    return f"those are the sizes {'-'.join(map(str, chain))}; the network has {'-'.join(map(str, own))}"


def without_inputs(item: Item, books: Books) -> Cause | None:
    """``5*16*31 + 16*31`` for six convolutions, of which the first product counts five without the channels that each
    of their filters reads.
    """
    products = item.products or []
    layers = [part for part in books.weighted for _ in range(part.times)]
    if books.bias or len(products) < LEAST_CHAINED or any(part.family != "conv" for part in layers):
        return None
    at, short = 0, None
    for product in products:
        run = _run_of(layers[at:], [part.weights for part in layers[at:]], product)
        if not run:
            run = _run_of(layers[at:], [part.weights // part.seen for part in layers[at:]], product)
            short = short or product
        if not run:
            return None
        at += run
    if short is None or at < len(layers):
        return None
    why = "each filter reads all channels that come in, which are no factor here"
    return Cause("missing_in_channels", why, short.of, f"{books.total:,}", books.total)


def _run_of(layers: list[Part], counts: list[int], product: Product) -> int:
    """How many of the next layers a product counts, all of them alike but for what they read; 0 where it does not."""
    for n in sorted({1, *[leaf.value for leaf in product.leaves if isinstance(leaf.value, int)]}):
        if n > len(layers) or sum(counts[:n]) != product.value:
            continue
        if all((part.out, part.kernel) == (layers[0].out, layers[0].kernel) for part in layers[:n]):
            return n
    return 0


LEAST_CHAINED = 2
"""Layers of which each reads what the one before makes, by which a formula is one of a whole perceptron."""


def _chain(node: Node) -> list[int]:
    """The widths of layers whose weights, and biases or not, a sum lists one after the other; else none."""
    chain: list[int] = []
    for term in node.terms():
        sides = [factor.value for factor in term.factors()]
        if len(sides) == SIDES and all(isinstance(side, int) for side in sides):
            if chain and chain[-1] != sides[0]:
                return []
            chain.extend([int(side) for side in (sides[1:] if chain else sides)])
        elif len(sides) > 1 or not chain or term.value != chain[-1]:
            return []
    return chain


SIDES = 2
"""Of a layer's matrix."""


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
