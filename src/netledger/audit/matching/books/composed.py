"""Quantities that a text puts together: the layers that a label names, so many of one size, a sum's own terms."""

from __future__ import annotations

from netledger.audit.matching.books.categories import NORMS
from netledger.audit.matching.books.quantities import Quantity, repetitions, together

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.matching.books.parts import Books, Part
    from netledger.audit.matching.books.quantities import Cover, Quantities
    from netledger.audit.matching.books.terms import Term
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.items.products import Product
    from netledger.audit.matching.labels.layers import Labels
    from netledger.audit.matching.labels.wording import Wording
    from netledger.audit.reading.tokens.tokenizing import Value

OF_SEVERAL = frozenset(("layers", "block", "blocks", "group", "rest", "run", "total"))
"""Roles of what a difference starts from, or takes away."""


class Composed:
    """The composed quantities of one network."""

    def __init__(self, books: Books, quantities: Quantities, labels: Labels) -> None:
        self.books, self.quantities, self.labels = books, quantities, labels
        self._largest_first = [
            (part, books.count(part), [term.value for term in books.terms(part) if term.role == "weight"])
            for part in sorted(books.weighted, key=lambda part: -part.full)
        ]
        self._repeated: list[int] = []
        self._by_piece: dict[int, list[int]] = {}
        for position, (part, count, weights) in enumerate(self._largest_first):
            if part.times > 1:
                self._repeated.append(position)
                continue
            for value in {count, *weights[:1]}:
                self._by_piece.setdefault(value, []).append(position)
        self._named: dict[Wording, list[Quantity]] = {}
        self._covers: dict[tuple[Value, ...], dict[int, tuple[Part, int]]] = {}
        self._by_count: dict[int, list[Part]] = {}
        for part in books.weighted:
            self._by_count.setdefault(books.count(part), []).append(part)
        self._by_weights: dict[int, list[Part]] = {}
        for part in books.weighted:
            if part.family in ("linear", "norm", "embedding"):
                self._by_weights.setdefault(part.weights, []).append(part)

    def named(self, wording: Wording) -> list[Quantity]:
        """The layers that a label names one by one: ``conv1 and bn1``; of repeated ones those of a block, and all."""
        kept = self._named.get(wording)
        if kept is None:
            sure = [part for part in self.labels.sure(wording) if part.full]
            kept = self._named[wording] = self._together(sure) if len(sure) > 1 else []
        return kept

    def _together(self, sure: list[Part]) -> list[Quantity]:
        what = " and ".join([part.shown for part in sure[:4]]) + (" and others" if len(sure) > 4 else "")
        every = tuple([(part, part.times) for part in sure])
        found = []
        for cover in dict.fromkeys([tuple([(part, 1) for part in sure]), every]):
            value = sum([self.books.count(part) * times for part, times in cover])
            found.append(Quantity(value, cover, "named", what, 1, self._terms_of(cover)))
        return found

    def _terms_of(self, cover: Cover) -> tuple[tuple[Term, int], ...]:
        """The terms of some layers, equal ones once with how many there are: ``2 * 768 * 768`` is written for both."""
        terms: dict[tuple[str, int], tuple[Term, int]] = {}
        for part, times in cover:
            for term in self.books.terms(part):
                first, before = terms.get((term.role, term.value), (term, 0))
                terms[term.role, term.value] = first, before + times
        return tuple(terms.values())

    def of_products(self, item: Item, value: float) -> Iterator[Quantity]:
        """Several layers that the text puts together: so many of one size, or all the terms of its own sum."""
        if value != int(value) or not item.products:
            return
        yield from self._multiples(item, int(value))
        union = self._union(item)
        if union is not None and union.value == value:
            if all(_is_made_of(part, item, sum([n for _, n in union.cover])) for part, _ in union.cover):
                yield union
        yield from self._difference(item, int(value))

    def _multiples(self, item: Item, value: int) -> Iterator[Quantity]:
        """``4 x 128 = 512``: so many layers of one size, where the network has at least so many."""
        for leaf in {leaf.value for product in item.products or () for leaf in product.leaves}:
            if not isinstance(leaf, int) or not 1 < leaf <= 512 or value % leaf:
                continue
            same = [q for q in self.quantities.exactly.get(value // leaf, ()) if q.role in ("layer", "block", "group")]
            layers = [q.first for q in same if q.role == "layer" and _is_made_of(q.first, item, leaf)]
            cover = together(layers, leaf)
            if cover:
                yield Quantity(value, cover, "counted", f"{leaf} layers like {layers[0].shown}", leaf)

    def _difference(self, item: Item, value: int) -> Iterator[Quantity]:
        """``109,482,240 - 30,522*768``: what the network has, or some layers of it, without others of them."""
        products = item.products or []
        less = products[1:]
        if not less or products[0].value <= 0 or any(product.value >= 0 for product in less):
            return
        first = products[0]
        taken = int(-sum([product.value for product in less]))
        for whole in sorted(self.quantities.exactly.get(int(first.value), ()), key=lambda q: q.role != "total"):
            if whole.role not in OF_SEVERAL or int(first.value) - taken != value:
                continue
            has = {id(part): (part, times) for part, times in whole.cover}
            for without in self._without(less, taken):
                if all(id(part) in has and has[id(part)][1] >= times for part, times in without.cover):
                    gone = {id(part): times for part, times in without.cover}
                    rest = [(part, times - gone.get(key, 0)) for key, (part, times) in has.items()]
                    cover = tuple([(part, times) for part, times in rest if times])
                    if cover:
                        yield Quantity(value, cover, "difference", f"{whole.what} without {without.what}")
                        return

    def _without(self, less: list[Product], taken: int) -> Iterator[Quantity]:
        """What a difference may take away."""
        yield from [q for q in self.quantities.exactly.get(taken, ()) if q.role == "layer" or q.role in OF_SEVERAL]
        cover = self._cover_of([-product.value for product in less])
        if cover:
            yield self._joined(cover)

    def _union(self, item: Item) -> Quantity | None:
        """The layers whose terms a sum lists, each once or some times over, complete with their biases."""
        written = item.node.terms() if item.node is not None and item.node.op == "sum" else []
        in_order = self._in_written_order(item.products or [])
        if in_order is not None and in_order.value == item.works_out:
            return in_order
        for terms in (item.products or (), written):  # "2048*(512 + 64) + 512" is of two layers, as it is written
            cover = self._cover_of([term.value for term in terms])
            union = self._joined(cover)
            if cover and union.value == item.works_out:
                return union
        return self._sum_of_layers(item) or self._beside_a_block(item)

    def _in_written_order(self, products: list[Product]) -> Quantity | None:
        """Layers whose weights and biases stand one after the other in the network's order: ``8*6 + 6 + 6*3 + 3``."""
        if len(products) < 2 * LEAST_IN_ORDER or len(products) > 2 * MOST_NEIGHBOURS:
            return None
        cover: dict[int, tuple[Part, int]] = {}
        i, last = 0, -1
        while i < len(products):
            bias = products[i + 1].value if i + 1 < len(products) and len(products[i + 1].leaves) == 1 else 0
            part = next((p for p in self.books.weighted if p.index > last and _has_terms(p, products[i], bias)), None)
            if part is None:
                return None
            cover[id(part)], last = (part, 1), part.index
            i += 1 + bool(part.biases and self.books.bias)
        return self._joined(cover) if len(cover) >= LEAST_IN_ORDER else None

    def weights_of_neighbours(self, item: Item) -> Quantity | None:
        """Layers that follow one another and whose weights a sum lists one by one, no biases: ``144*6 + 6*144``."""
        products = item.products or []
        if not 1 < len(products) <= MOST_NEIGHBOURS or any(len(product.leaves) < 2 for product in products):
            return None
        for start, first in enumerate(self.books.weighted):
            if not _is_written(first, products[0]):
                continue
            found = [part for part in self.books.weighted[start:] if part.family not in NORMS]
            several = found[: len(products)]
            if len(several) == len(products) and all(map(_is_written, several, products)):
                return self._joined({id(part): (part, 1) for part in several})
        return None

    def _beside_a_block(self, item: Item) -> Quantity | None:
        """``17,664 + 128*4 + 4``: what a block has, and the terms of a layer beside it."""
        products = item.products or []
        if len(products) < 2 or len(products[0].leaves) != 1 or products[0].value != int(products[0].value):
            return None
        blocks = [q for q in self.quantities.exactly.get(int(products[0].value), ()) if q.role == "block"]
        cover = self._cover_of([product.value for product in products[1:]]) if blocks else {}
        if not cover or any(id(part) in cover for part, _ in blocks[0].cover):
            return None
        both = self._joined({**{id(part): (part, times) for part, times in blocks[0].cover}, **cover})
        return both if both.value == item.works_out else None

    def _joined(self, cover: dict[int, tuple[Part, int]]) -> Quantity:
        """Some layers, as a sum of them."""
        value = sum([self.books.count(part) * n for part, n in cover.values()])
        what = " + ".join([part.shown for part, _ in list(cover.values())[:4]]) + (" + …" if len(cover) > 4 else "")
        return Quantity(value, tuple(cover.values()), "union", what)

    def _cover_of(self, values: list[Value]) -> dict[int, tuple[Part, int]]:
        """The layers whose terms have these values, worked out once: a line is asked several times, and repeated."""
        key = tuple(values)
        kept = self._covers.get(key)
        if kept is None:
            kept = self._covers[key] = self._found_cover(values)
        return kept

    def _found_cover(self, values: list[Value]) -> dict[int, tuple[Part, int]]:
        left: dict[int, int] = {}
        for value in values:
            left[int(value)] = left.get(int(value), 0) + 1
        cover = self._equal_matrices(left)
        several = max(left, default=0)
        for tables_first in (True, False):
            for position in self._having(left):
                part, count, weights = self._largest_first[position]
                if not any(left.values()):
                    break
                if id(part) in cover or count > several * 2:
                    continue
                n = self._taken_from(left, [count], part.times)
                if not n and weights and not (tables_first and self._is_a_table(weights, cover)):
                    n = self._taken_from(left, weights, part.times)
                    self._take_biases(left, part, n)
                if n:
                    cover.update({id(one): (one, times) for one, times in self._spread(part, n)})
        return self._nearest(cover)

    def _is_a_table(self, weights: list[int], cover: dict[int, tuple[Part, int]]) -> bool:
        """Whether a value that is a layer's weights is all that another one has, which nothing accounts for yet."""
        whole = self._by_count.get(weights[0], ()) if len(weights) == 1 else ()
        return any(id(part) not in cover and part.family == "embedding" for part in whole)

    def _nearest(self, cover: dict[int, tuple[Part, int]]) -> dict[int, tuple[Part, int]]:
        """Of equal small layers those that follow the large one: the norm behind a convolution."""
        if len(cover) != 2:
            return cover
        (main, n), (beside, times) = sorted(cover.values(), key=lambda entry: -entry[0].full)
        equal = [
            p for p in self._by_count[self.books.count(beside)] if p.family == beside.family and p.times == beside.times
        ]
        following = [part for part in equal if part.index > main.index and part is not main]
        if times != 1 or len(equal) < 2 or not following:
            return cover
        nearest = min(following, key=lambda part: part.index)
        return {id(main): (main, n), id(nearest): (nearest, times)}

    def _having(self, values: dict[int, int]) -> Iterator[int]:
        """Where the layers stand, the largest first, of which some value is a piece; and those that are repeated."""
        lists = [self._repeated, *[self._by_piece[value] for value in values if value in self._by_piece]]
        at = [0] * len(lists)
        while True:
            open_ = [found[i] for found, i in zip(lists, at, strict=True) if i < len(found)]
            if not open_:
                return
            position = min(open_)
            yield position
            for k, found in enumerate(lists):
                if at[k] < len(found) and found[at[k]] == position:
                    at[k] += 1

    def _spread(self, part: Part, times: int) -> Cover:
        """So many layers of a part: those beside it of the same form first, for ``2 * d * d`` is of one block."""
        if times == 1:
            return ((part, 1),)
        block = part.shown.rpartition(".")[0]
        like = [
            p
            for p in self._by_count.get(self.books.count(part), ())
            if p.times == part.times and p.family == part.family and p.shown.rpartition(".")[0] == block
        ]
        if len(like) >= times:
            return together(like, times)
        whole = times == part.times or any(times == n for n, _ in repetitions(part))
        return ((part, times),) if whole else ()

    def _equal_matrices(self, left: dict[int, int]) -> dict[int, tuple[Part, int]]:
        """``8*d^2`` as two layers of 4*d^2 each: so many layers with equal weights, taken out of the products."""
        cover: dict[int, tuple[Part, int]] = {}
        for weights, parts in self._by_weights.items():
            for value, count in list(left.items()):
                times = value // weights
                taken = _so_many(parts, times) if count == 1 and times * weights == value and times > 1 else ()
                if not taken:
                    continue
                left[value] = 0
                for part, n in taken:
                    cover[id(part)] = (part, n)
                    self._take_biases(left, part, n)
                break
        return cover

    def _take_biases(self, left: dict[int, int], part: Part, times: int) -> None:
        """Take a layer's biases out of the products, so that they are not taken for a norm's weights."""
        for term in self.books.terms(part):
            if term.role == "bias" and left.get(term.value, 0) > 0:
                left[term.value] -= min(times, left[term.value])

    def _taken_from(self, left: dict[int, int], pieces: list[int], times: int) -> int:
        """How many layers of these pieces can be taken out of the products that are left."""
        if len(pieces) == 1 and pieces[0] > 1:
            for value, count in left.items():
                over = value // pieces[0]
                if count and over * pieces[0] == value and 1 < over <= times:
                    left[value] -= 1
                    return over
        n = min([left.get(value, 0) // pieces.count(value) for value in pieces], default=0)
        n = min(n, times)
        for value in pieces if n > 0 else ():
            left[value] -= n
        return max(n, 0)

    def _sum_of_layers(self, item: Item) -> Quantity | None:
        """The same for a sum of counts: ``34,944 + 614,656``."""
        cover: dict[int, tuple[Part, int]] = {}
        for product in item.products or ():
            if len(product.leaves) > 1 or product.value != int(product.value):
                return None
            for quantity in self.quantities.exactly.get(int(product.value), ()):
                part = quantity.first
                if quantity.role == "layer" and cover.get(id(part), (part, 0))[1] < part.times:
                    cover[id(part)] = (part, cover.get(id(part), (part, 0))[1] + 1)
                    break
            else:
                return None
        return self._joined(cover) if cover else None


def _is_made_of(part: Part, item: Item, times: int) -> bool:
    """Whether a product has the sizes of an adapter, beside how many there are: ``2 * 8 * 4096`` is no two adapters of
    8 * (3584 + 512), though as much; of other layers it need not be asked.
    """
    if part.family != "lora" or not item.products or len(item.products) > 1:
        return True
    sizes = {size for term in part.terms for _, size in term.factors} | {part.full, times}
    return sizes.issuperset([leaf.value for leaf in item.products[0].leaves])


def _has_terms(part: Part, product: Product, bias: Value) -> bool:
    """Whether a layer that is there once has these very weights, and these biases where it has any."""
    weights = [term for term in part.terms if term.role == "weight"]
    told = part.times == 1 and len(weights) == 1 and weights[0].value == product.value
    return told and len(product.leaves) > 1 and part.biases in (0, bias)


LEAST_IN_ORDER = 2
"""Layers of a line that gives the weights and the biases of each."""
MOST_NEIGHBOURS = 6
"""Products of one line that are the weights of so many layers."""


def _is_written(part: Part, product: Product) -> bool:
    """Whether a product is a layer's weights, factor by factor, and the layer has biases that it leaves out."""
    weights = [term for term in part.terms if term.role == "weight"]
    if len(weights) != 1 or not part.biases or weights[0].value != product.value:
        return False
    return sorted([size for _, size in weights[0].factors if size != 1]) == sorted(
        [leaf.value for leaf in product.leaves if leaf.value != 1]
    )


def _so_many(parts: list[Part], times: int) -> Cover:
    """So many layers of equal weights: single ones, or all of them, in blocks of one kind and of another."""
    single = [part for part in parts if part.times == 1 and part.family != "norm"]
    if times <= len(single):
        return tuple([(part, 1) for part in single[:times]])
    for some in (parts, [part for part in parts if "." in part.name]):
        if len({part.times for part in some}) > 1 and sum([part.times for part in some]) == times:
            return tuple([(part, part.times) for part in some])
    return ()
