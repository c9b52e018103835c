"""What it costs that a statement means a quantity: its label, its place, its role, its structure."""

from __future__ import annotations

from netledger.audit.causes.structure import changes, has_only_its_kernel, is_chance, total_cost
from netledger.audit.matching.books.categories import RECURRENT
from netledger.audit.matching.books.completeness import Completeness
from netledger.audit.matching.labels.label_prices import ADAPTER, SEVERAL, LabelPrices
from netledger.audit.matching.labels.line_words import speaks_of_weights
from netledger.audit.weights import (
    ANOTHERS_NAME,
    BEHIND,
    CHANCE,
    IN_SECTION,
    LEAST_UNLIKE,
    NEXT,
    NO_MEANING,
    ONE_FILTER,
    OTHER_SIZES,
    OWN_NAME,
    ROLE,
    SAID,
    SOME_OF_A_KIND,
    STRUCTURE,
    SURE,
    TAKEN,
    UNLIKE,
    UNSAID_TOTAL,
    USED_LATER,
)
from netledger.audit.words import DIRECTION, EACH, GATE, STATISTICS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from netledger.audit.causes.structure import Change
    from netledger.audit.matching.books.parts import Books, Part
    from netledger.audit.matching.books.place import Place
    from netledger.audit.matching.books.quantities import Quantity
    from netledger.audit.matching.books.terms import Term
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.items.products import Product
    from netledger.audit.matching.labels.layers import Labels
    from netledger.audit.reading.reader import Calculation
    from netledger.audit.reading.tokens.tokenizing import Value


class Prices(LabelPrices):
    """What meanings cost in one network, by their labels and by all else."""

    def __init__(self, books: Books, labels: Labels, kernels: set[tuple[int, ...]], calculation: Calculation) -> None:
        super().__init__(books, labels)
        self._calculation, self.kernels = calculation, kernels
        self.completeness = Completeness(books, labels)
        self.adapted = labels.adapted
        self._counted = {books.count(part) for part in books.weighted if part.biases and books.bias}
        """What layers with biases have."""

    def of(self, item: Item, quantity: Quantity, place: Place) -> float:
        """The cost of a quantity as the meaning of a statement, its value apart."""
        own = self.role(item, quantity, place) + self.label(item.wording, quantity) + self.place(item, quantity, place)
        own += 2 * NO_MEANING if self.is_in_another_half(item.wording, quantity) else 0.0
        return own + self.context(item, quantity) + self.completeness.cost(item, quantity, place)

    def least(self, item: Item, quantity: Quantity, place: Place) -> float:
        """The least that a layer or a group of them can cost, wherever the text is."""
        own = self.role(item, quantity, place) + self.label(item.wording, quantity)
        return own + NEXT + self.context(item, quantity)

    # -------------------------------------------------------------- the sort of quantity

    def role(self, item: Item, quantity: Quantity, place: Place) -> float:
        """What the sort of quantity costs, by what the words say."""
        words = item.wording
        role, said = quantity.role, words.of
        cost = ROLE[role]
        if role in ("weights", "biases"):
            if role == "weights" and said == "biases" and item.products is None:
                return 2 * NO_MEANING  # "value/bias: 589,824" is no matrix
            cost = self._of_one_sort(item, quantity, place, cost)
        elif said == "biases" and role != "matrix":
            cost -= 2 * SAID
        if role == "filter" and EACH & words.around:
            cost = 0.0  # "each neuron has 5*5*1 + 1 parameters"
        if role in ("filter", "piece") and place.is_taken(quantity.first, 1, item):
            cost = ONE_FILTER
        if role == "piece" and place.is_halved(quantity.first, item):
            cost = 0.0  # the other direction
        if role == "piece" and GATE & words.around and quantity.what.startswith("one gate"):
            cost = 0.0
        if role == "piece" and DIRECTION & words.around and quantity.what.startswith("one direction"):
            cost = 0.0
        of_adapter = role == "matrix" and quantity.first.family == "lora"
        if of_adapter and not ADAPTER & words.around:
            cost = ROLE["weights"]
        elif role == "matrix" and said == "weights":
            cost += SAID
        if "block" in words.families and EACH & words.around:
            cost += _of_all_blocks(item, quantity)
        if role in SEVERAL and {"head", "heads"} & words.around:
            cost += 2 * UNSAID_TOTAL
        if role == "statistics" and STATISTICS & words.around:
            cost = 0.0
        if words.trainable:
            less = 2 * (NO_MEANING if self.adapted and not words.inner_families else UNSAID_TOTAL)
            cost = 0.0 if role == "trainable" else cost + less
        if role == "rest" and (words.trainable or words.is_total) and not words.inner_families:
            cost += NO_MEANING  # no word says that it is of all but the norms
        if words.is_total and role not in ("total", "weights"):
            cost += UNSAID_TOTAL / 2
        if role not in OF_THE_WHOLE and item.products is None and self._claims(words):
            cost += 2 * NO_MEANING
        if role == "layer" and item.error and self._means_all_of_a_kind(words, quantity.first):
            cost += 2 * NO_MEANING  # "LSTM layers: ~395,000" of two
        rough = item.value is not None and item.error > ROUGH * item.value and item.products is None
        summed = role in SUMMED or (role in ("weights", "biases") and len(quantity.cover) > 1)
        if rough and summed and self.label(words, quantity) >= 0:
            cost += NO_MEANING  # so round a figure is some group's by chance
        return cost

    def _of_one_sort(self, item: Item, quantity: Quantity, place: Place, cost: float) -> float:
        """What a layer's weights alone cost, or its biases."""
        role, said = quantity.role, item.wording.of
        called = item.statement.quantity == "params"  # "params of conv_1: 2400 [5x5x3x32]"
        cost = 0.0 if role == said or (role == "weights" and item.is_tensor and not called) else cost
        if role == "biases" and role != said and quantity.first.family not in RECURRENT:
            multiplied = any(sum(leaf.value > 1 for leaf in p.leaves) > 1 for p in item.products or ())
            multiplied = multiplied or (item.node is not None and item.node.op == "product")  # "output: 64*1"
            cost = 2 * NO_MEANING if multiplied else cost
        if role == "weights" and cost:
            own = [part for part, _ in quantity.cover if part.biases]
            biased = all(id(part) in place.biased for part in own)
            step = any(part.biases in item.used for part in own)
            cost = USED_LATER if step or biased else cost + self._leaves_out_biases(item, quantity)
            if not (step or biased) and role != said and self._counted & item.used - {item.value}:
                cost += NO_MEANING  # a sum adds it to layers that are complete
        return cost

    def _leaves_out_biases(self, item: Item, quantity: Quantity) -> float:
        """What is called parameters of the whole network has its biases, unless the text speaks of weights."""
        whole = item.statement.quantity in ("params", "") and len(quantity.cover) == len(self.books.weighted)
        return 2 * NO_MEANING if whole and not speaks_of_weights(self._calculation) else 0.0

    # -------------------------------------------------------------- the heading above

    def context(self, item: Item, quantity: Quantity) -> float:
        """What the heading above says: below ``critic`` a line is about the critic's layers."""
        named = self.here(item.wording).blocks
        sizes = self.sizes(item, quantity)
        if not named or quantity.role == "total":
            return sizes
        inside = [not named.isdisjoint(self._blocks_of[id(part)]) for part, _ in quantity.cover]
        return sizes + (-IN_SECTION if all(inside) else 0.0 if any(inside) else IN_SECTION)

    def sizes(self, item: Item, quantity: Quantity) -> float:
        """What sizes in and out say that stand before a formula, where a layer of the network has them."""
        if not item.sizes or len(quantity.cover) > 1:
            return 0.0
        if _has_sizes(quantity.first, item.sizes):
            return OWN_NAME
        return ANOTHERS_NAME if any(_has_sizes(part, item.sizes) for part in self.books.weighted) else 0.0

    # -------------------------------------------------------------- place

    def place(self, item: Item, quantity: Quantity, place: Place) -> float:
        """What the order of the text says."""
        if len(quantity.cover) > 1 or quantity.role in ("matrix", "part", "piece", "filter", "statistics", "total"):
            return 0.0
        part, times = quantity.cover[0]
        if quantity.role == "biases":
            if _stands_behind_its_weights(item, part, place):
                return 2 * NEXT - ROLE["biases"]  # "4*6 = 24, 6"
            return NEXT if part.index == place.before else BEHIND if id(part) in place.biased else 0.0
        if place.is_taken(part, times, item):
            return TAKEN if len(self.books.weighted) > 1 else 0.0
        if part.index < place.before:
            return BEHIND
        return NEXT if part is place.following else 0.0

    # -------------------------------------------------------------- structure

    def structure(
        self, item: Item, quantity: Quantity, known: dict[Hashable, tuple[list[Change] | None, float]]
    ) -> float:
        """Whether the factors written are those of the true formula.

        ``known``: the item's changes to other ones, and what it costs that it is like them by chance.
        """
        terms = _terms_of(quantity) if item.products and not item.refers else ()
        if not terms or not item.products:
            return 0.0
        if quantity.first.family == "linear" and _writes_a_kernel(item, self.kernels):
            return CHANCE
        key = _key_of(terms)
        if key not in known:  # equal layers have the same terms
            known[key] = changes(item.products, terms), 0.0 if item.error else _by_chance(item.products, terms)
        found, chance = known[key]
        unnamed = not item.error and self.label(item.wording, quantity) > SURE
        if unnamed and chance:
            return chance
        if found is None:
            return 0.0
        if not found:
            return 0.0 if quantity.role == "weights" else STRUCTURE
        unlike = total_cost(found)
        if unnamed and unlike >= LEAST_UNLIKE:
            return CHANCE
        return min(UNLIKE, unlike * UNLIKE)

    def unlike(self, item: Item, quantity: Quantity, known: dict[Hashable, tuple[list[Change] | None, float]]) -> float:
        """What it costs to mean a quantity whose formula is not the one written, where another one's is."""
        found, _ = known.get(_key_of(_terms_of(quantity)), ([], 0.0))
        return 2 * UNLIKE if found and self.label(item.wording, quantity) > SURE else 0.0


def _stands_behind_its_weights(item: Item, part: Part, place: Place) -> bool:
    """Whether a number without a name follows the one that counts the layer's weights."""
    return not item.statement.label and item.products is None and item.index - 1 in place.taken.get(id(part), ())


def _terms_of(quantity: Quantity) -> tuple[tuple[Term, int], ...]:
    """A quantity's terms; of one layer, however a text puts it together."""
    if not quantity.terms and len(quantity.cover) == 1 and quantity.value == quantity.first.full:
        return tuple([(term, 1) for term in quantity.first.terms])
    return quantity.terms


def _key_of(terms: tuple[tuple[Term, int], ...]) -> Hashable:
    return tuple([(id(term), times) for term, times in terms])


def _of_all_blocks(item: Item, quantity: Quantity) -> float:
    """What it costs to mean the layers of all blocks where the label speaks of each: ``attention per layer: 4*d^2``."""
    if quantity.role not in OF_BLOCKS or quantity.cover[0][1] < quantity.first.times:
        return 0.0
    if quantity.role == "group":
        if quantity.first.times < 2 or item.products is None:
            return 0.0
        written = {leaf.value for product in item.products for leaf in product.leaves}
        return 0.0 if quantity.first.times in written else 2 * NO_MEANING  # "per layer: 9,216 + 18,432" is of one
    if item.products is None or item.refers:
        return SOME_OF_A_KIND if quantity.role in ("layers", "blocks") else 0.0
    times = {leaf.value for product in item.products for leaf in product.leaves}
    told = quantity.times in times and {"attention", "ffn"}.isdisjoint(item.wording.families)
    return SOME_OF_A_KIND if told else 2 * NO_MEANING  # "per layer, two LayerNorms: 12 * 2 * …"


def _by_chance(products: Sequence[Product], terms: Sequence[tuple[Term, int]]) -> float:
    """What it costs that products are worth as much as true terms, and are not those; 0 where they may be."""
    if is_chance(products, terms):
        return CHANCE
    return OTHER_SIZES if has_only_its_kernel(products, terms) else 0.0


def _writes_a_kernel(item: Item, kernels: set[tuple[int, ...]]) -> bool:
    """Whether a product has the very factors of a convolution: ``32*32*3*768``, which is 3072*768 too."""
    for product in item.products or ():
        sizes = [leaf.value for leaf in product.leaves if isinstance(leaf.value, int)]
        if len(sizes) > LEAST_JOINED and tuple(sorted(sizes)) in kernels:
            return True
    return False


LEAST_JOINED = 3
"""Factors, and more, of which a linear layer's weights have none."""


def _has_sizes(part: Part, sizes: tuple[Value, ...]) -> bool:
    return (part.seen * part.groups, part.out) == sizes


OF_BLOCKS = frozenset(("layers", "blocks", "counted", "union", "group"))
"""Roles of what may be the layers of all blocks together."""
OF_THE_WHOLE = frozenset(("total", "weights", "biases", "trainable", "ops", "statistics"))
"""Roles of which a claim about a network can be."""


SUMMED = frozenset(("group", "union", "run", "blocks", "rest"))
"""Roles of sums over the network, of which there are many."""
ROUGH = 0.005
"""A figure that is rounded more than this share tells nothing by its value alone."""
