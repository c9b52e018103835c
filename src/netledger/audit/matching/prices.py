"""What it costs that a statement means a quantity: its label, its place, its role, its structure."""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.causes.structure import changes, has_only_its_kernel, is_chance, total_cost
from netledger.audit.matching.categories import RECURRENT
from netledger.audit.matching.completeness import Completeness, says_inward, says_only_inward
from netledger.audit.matching.labels import FITS, blocks_of, in_english, is_called
from netledger.audit.matching.line_words import speaks_of_weights
from netledger.audit.matching.named_matrices import ADAPTER, named_matrix
from netledger.audit.matching.quantities import broad
from netledger.audit.matching.wording import key_of
from netledger.audit.reading.words import family_of
from netledger.audit.weights import (
    ANOTHERS_NAME,
    ANOTHERS_PROJECTION,
    BEHIND,
    CHANCE,
    FAMILY,
    IN_SECTION,
    LEAST_UNLIKE,
    NEXT,
    NO_MEANING,
    ONE_FILTER,
    ONE_OF_SEVERAL,
    OTHER_FAMILY,
    OTHER_SIZES,
    OWN_NAME,
    ROLE,
    SAID,
    SHARED_NAME,
    SOME_OF_A_KIND,
    STRUCTURE,
    SURE,
    TAKEN,
    UNLIKE,
    UNSAID_TOTAL,
    USED_LATER,
)
from netledger.audit.words import CROSS, DIRECTION, EACH, GATE, LAYERS, NETWORK, STATISTICS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from netledger.audit.causes.structure import Change
    from netledger.audit.matching.books import Books, Part
    from netledger.audit.matching.items import Item
    from netledger.audit.matching.labels import Labels
    from netledger.audit.matching.place import Place
    from netledger.audit.matching.products import Product
    from netledger.audit.matching.quantities import Quantity
    from netledger.audit.matching.terms import Term
    from netledger.audit.matching.wording import Wording
    from netledger.audit.reading.reader import Calculation
    from netledger.audit.reading.tokens import Value


class Prices:
    """What meanings cost in one network."""

    def __init__(self, books: Books, labels: Labels, kernels: set[tuple[int, ...]], calculation: Calculation) -> None:
        self.books, self.labels, self._calculation = books, labels, calculation
        self._here: dict[Wording, Here] = {}
        self.kernels = kernels
        self.completeness = Completeness(books, labels)
        self.adapted = labels.adapted
        self._blocks_of = {id(part): blocks_of(part) for part in books.parts}
        self.blocks = {name for part in books.weighted for name in self._blocks_of[id(part)]}
        self.halves = in_english(self.blocks)
        self.present = {category for part in books.weighted for category in part.categories}
        self._counted = {books.count(part) for part in books.weighted if part.biases and books.bias}
        """What layers with biases have."""
        self._has_tables = any(part.family == "embedding" for part in books.weighted)
        title = f"{_heading_of(books.network.title or '')} {books.network.name}"
        words = [*title.split(), *title.replace("-", " ").split()]  # "BERT-large", and each half of it
        self.title = {word.strip("()[],:;").lower() for word in words if len(word) >= 4}
        self.title = {key_of(word) for word in self.title if family_of(word) is None and not word.isdigit()}
        self.title.add(key_of(books.network.name))
        self.title.add(key_of(books.network.name.partition("/")[0]))  # "lenet5/1998" is called LeNet-5

    def here(self, wording: Wording) -> Here:
        """What some words mean in this network, worked out once."""
        kept = self._here.get(wording)
        if kept is None:
            network = self._names_network(wording)
            short = len(wording.heading) <= MOST_OF_HEADING
            blocks = {key for word in wording.heading if (key := key_of(word)) in self.blocks} if short else set()
            kept = self._here[wording] = Here(network=network, blocks=blocks)
        return kept

    def of(self, item: Item, quantity: Quantity, place: Place) -> float:
        """The cost of a quantity as the meaning of a statement, its value apart."""
        own = self.role(item, quantity, place) + self.label(item.wording, quantity) + self.place(item, quantity, place)
        own += 2 * NO_MEANING if self.is_in_another_half(item.wording, quantity) else 0.0
        return own + self.context(item, quantity) + self.completeness.cost(item, quantity, place)

    def is_in_another_half(self, wording: Wording, quantity: Quantity) -> bool:
        """Whether a label names one half of the network, and the quantity is in the other: ``12 decoder layers``."""
        named = HALVES & self.halves & set(wording.keys)
        if len(named) != 1:
            return False
        inside = [HALVES & in_english(self._blocks_of[id(part)]) for part, _ in quantity.cover]
        return all(halves and not halves & named for halves in inside)

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
            called = item.statement.quantity == "params"  # "params of conv_1: 2400 [5x5x3x32]"
            cost = 0.0 if role == said or (role == "weights" and item.is_tensor and not called) else cost
            if role == "weights" and said == "biases" and item.products is None:
                return 2 * NO_MEANING  # "value/bias: 589,824" is no matrix
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

    def _leaves_out_biases(self, item: Item, quantity: Quantity) -> float:
        """What is called parameters of the whole network has its biases, unless the text speaks of weights."""
        whole = item.statement.quantity in ("params", "") and len(quantity.cover) == len(self.books.weighted)
        return 2 * NO_MEANING if whole and not speaks_of_weights(self._calculation) else 0.0

    # -------------------------------------------------------------- the label

    def label(self, wording: Wording, quantity: Quantity) -> float:
        """What the label says for or against it."""
        costs = self.here(wording).costs
        kept = costs.get(id(quantity))
        if kept is None:
            kept = costs[id(quantity)] = quantity, self._label(wording, quantity)
        return kept[1]

    def _label(self, wording: Wording, quantity: Quantity) -> float:
        part = quantity.role in ("weights", "biases") and wording.of == quantity.role
        if quantity.role == "total" or (part and quantity.what.endswith("the whole network")):
            return self._whole(wording)
        if quantity.role == "trainable" and wording.trainable and not wording.inner_families:
            return SAID
        if quantity.role == "normed":
            return self.labels.cost(wording, quantity.first)
        if len(quantity.cover) == 1:
            several = len([part for part in self.labels.sure(wording) if part.full]) > 1
            own = self.labels.cost(wording, quantity.first) + (ONE_OF_SEVERAL if several else 0.0)
            return own + named_matrix(wording, quantity)
        return self._several(wording, quantity)

    def _means_all_of_a_kind(self, wording: Wording, part: Part) -> bool:
        """Whether a label speaks of several layers of a kind, of which this is one: ``LSTM layers``."""
        if wording.ordinal is not None or EACH & wording.around or LAYERS.isdisjoint(wording.around):
            return False
        return bool(wording.layers) and self.labels.counts.get(broad(part.family), 0) > 1

    def is_anothers(self, wording: Wording, quantity: Quantity) -> bool:
        """Whether a label names another of a layer's matrices, or another projection of attention."""
        single = len(quantity.cover) == 1
        return single and (self.labels.is_anothers(wording, quantity) or named_matrix(wording, quantity) > 0)

    def _whole(self, wording: Wording) -> float:
        named = self.here(wording).network
        if wording.is_total or named:
            return SAID if not wording.layers or named else UNSAID_TOTAL
        if len(self.books.weighted) == 1:
            return 0.0
        return UNSAID_TOTAL if wording.layers else UNSAID_TOTAL / 2 if wording.words else 0.0

    def names_network(self, item: Item) -> bool:
        """Whether a label speaks of the network itself: ``the model has …``, ``VGG-16 has …``."""
        return self.here(item.wording).network

    def _names_network(self, wording: Wording) -> bool:
        words = [word.lower() for word in wording.words]
        joined = {key_of(first + second) for first, second in pairwise(words)}
        speaks = [word in NETWORK and (word == "model" or word not in self.blocks) for word in words]  # a block "cnn"
        return any(speaks) or any(key_of(word) in self.title for word in words) or bool(joined & self.title)

    def _claims(self, wording: Wording) -> bool:
        """Whether a label speaks of the network itself and of nothing in it."""
        return wording.has_label and not wording.names_layers and self.here(wording).network

    def _several(self, wording: Wording, quantity: Quantity) -> float:
        sure = self.labels.sure(wording)
        cover = [part for part, _ in quantity.cover]
        if EACH & wording.around and "block" not in wording.families and self.labels.lists_projections(wording, cover):
            return 2 * NO_MEANING  # "Query/Key/Value: 786,432 params each"
        if sure:
            if not all(any(part is other for other in cover) for part in sure):
                return ANOTHERS_NAME
            own = [part for part in sure if all(other.shown.startswith(part.shown) for other in cover)]
            if len(sure) == len(cover) or own:
                return OWN_NAME  # "gate" for gate and gate.e_score_correction_bias
            if quantity.role == "counted":
                several = len(wording.layers) > 1  # "embedding plus head: 2*64000*2560"
                return OWN_NAME if several else SHARED_NAME  # "norm1..3: 3*640"
            return FAMILY if len(sure) > 1 or quantity.role == "union" else -FAMILY
        crossing = any(word.lower().startswith(CROSS) for word in wording.words)
        if crossing and quantity.role in ("block", "blocks") and "self" in quantity.name:
            return ANOTHERS_NAME
        stages = self._stages_named(wording)
        if stages and quantity.role in STAGED:
            inside = all(stages & self._blocks_of[id(part)] for part in cover)
            if not inside:
                return ANOTHERS_NAME
            if quantity.role in ("rest", "group"):
                return SHARED_NAME
        whole = quantity.name == "model" and self.here(wording).network  # what code calls so is all but the head
        if not whole and self._names_block(wording, quantity):
            return OWN_NAME
        if quantity.role == "counted":
            named = self.labels.named(wording)
            if named and not any(id(part) in named for part in cover):
                return NO_MEANING
            if named and not all(id(part) in named for part in cover):
                return ANOTHERS_NAME
        if quantity.role in ("counted", "union") and self._is_inside_of_a_named_block(wording, cover):
            return SOME_OF_A_KIND
        families = wording.layers
        if (quantity.role in SEVERAL or quantity.role == "union") and self.labels.are_anothers(wording, quantity):
            return ANOTHERS_PROJECTION
        if quantity.role in OUTSIDE and self._is_outside_of_a_named_block(wording, cover):
            return ANOTHERS_NAME
        inward = "queries, keys and values" in quantity.what
        if inward and "attention" in families and not says_inward(wording.words):
            return 2 * NO_MEANING if wording.is_total else SOME_OF_A_KIND
        outward = any(self.labels.projections.get(id(part)) == "o" for part in cover)
        if outward and says_only_inward(wording.words):
            return SOME_OF_A_KIND  # "QKV" is three of attention's four
        if quantity.role in SEVERAL and "block" in wording.families and quantity.cover[0][1] < quantity.first.times:
            return SOME_OF_A_KIND
        kinds = {"attention", "ffn"} if quantity.role in SEVERAL else {"ffn"} if quantity.role == "union" else set()
        inside = "feed-forward" in self.present and all("feed-forward" in part.categories for part in cover)
        if kinds & set(families) or (kinds and inside and {"linear", "block"} & set(families)):
            first, covered = quantity.first, sum([n for _, n in quantity.cover])
            like = [p for p in self.books.weighted if p.full == first.full and p.times == first.times]
            if len(like) > covered or (self.present and quantity.role in SEVERAL):
                return SOME_OF_A_KIND
        if not families:
            return FAMILY if "block" in wording.families and quantity.role in ("block", "blocks") else 0.0
        fitting = sum(1 for part in cover if any(self.fits(family, part) for family in families))
        if fitting == len(cover):
            numbered = any(word[-1:].isdigit() for word in wording.words)
            whole = self._is_all(families, cover) or quantity.role == "block"  # one attention of two
            return 2 * FAMILY if whole and not numbered else FAMILY
        if not fitting:
            return OTHER_FAMILY
        return FAMILY / 2 if "block" in wording.families and quantity.role in ("block", "blocks") else -FAMILY

    def _is_outside_of_a_named_block(self, wording: Wording, cover: list[Part]) -> bool:
        """Whether a label is the name of blocks, and some of the layers are in none of them."""
        names = {name for name in self.blocks if name in wording.keys and name[-1:].isdigit()}
        return bool(names) and not all(names & self._blocks_of[id(part)] for part in cover)

    def _stages_named(self, wording: Wording) -> set[str]:
        """The numbered blocks that a label names by another word for them: ``stage2`` is ``layer2``."""
        found = set()
        for key in wording.keys:
            stem = key.rstrip("0123456789")
            if stem in STAGES and stem != key and key not in self.blocks:
                found |= {f"{word}{key[len(stem) :]}" for word in STAGES} & self.blocks
        return found

    def _is_inside_of_a_named_block(self, wording: Wording, cover: list[Part]) -> bool:
        """Whether layers are only some of a block that the label names: two matrices of ``one expert`` of three."""
        names = {name for part in cover for name in self._blocks_of[id(part)] if is_called(name, wording.keys)}
        if not names or any(word.isdigit() for word in wording.words):
            return False
        inside = [part for part in self.books.weighted if names & self._blocks_of[id(part)]]
        return len(inside) > len(cover)

    def _names_block(self, wording: Wording, quantity: Quantity) -> bool:
        """Whether a label is the name of a block: ``encoder``, ``conv_up1``."""
        if quantity.role not in ("block", "blocks") or not quantity.name:
            return False
        last = [piece for piece in quantity.name.split(".") if not piece.isdigit() and piece != "*"][-1:]
        if last and last[0] in ("layer", "layers", "block") and wording.layers:
            return False  # "layer normalization" is no layer
        return bool(last) and is_called(last[0].lower().replace("_", ""), wording.keys)

    def fits(self, family: str, part: Part) -> bool:
        """Whether a word of a label can stand for a part; where the names tell attention apart they are heeded."""
        category = {"attention": "attention", "ffn": "feed-forward", "norm": "norm"}.get(family)
        if category is not None and category in self.present:
            return category in part.categories
        if family == "embedding" and self._has_tables and part.family not in TABLES:
            return False  # where there are tables, no other layer is called so
        return part.family in FITS.get(family, ())

    def has(self, family: str) -> bool:
        """Whether the network has anything that a word of a label can stand for."""
        category = {"attention": "attention", "ffn": "feed-forward"}.get(family)
        if category is not None and self.present & TRANSFORMERS:
            return category in self.present
        return any(self.fits(family, part) for part in self.books.weighted)

    def _is_all(self, families: list[str], cover: list[Part]) -> bool:
        return len(cover) == sum(1 for p in self.books.weighted if any(self.fits(family, p) for family in families))

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


HALVES = frozenset("encoder decoder generator discriminator actor critic student teacher textmodel visionmodel".split())
"""Blocks of a network that are two of a kind: a layer of the one is none of the other."""


class Here:
    """What some words mean in one network: whether they name it, which of its blocks the heading above names; and what
    they say for or against its quantities.
    """

    __slots__ = ("blocks", "costs", "network")

    def __init__(self, *, network: bool, blocks: set[str]) -> None:
        self.network, self.blocks = network, blocks
        self.costs: dict[int, tuple[Quantity, float]] = {}


TRANSFORMERS = frozenset(("attention", "feed-forward"))
"""Categories of a transformer's layers."""
TABLES = frozenset(("embedding", "parameter", "tied"))
"""What is called an embedding where there are such: tables, vectors, and what shares them."""
STAGES = ("stage", "layer", "block", "group")
"""What the numbered blocks of a network are called, one for another: ``stage2`` is torchvision's ``layer2``."""
STAGED = frozenset(("block", "blocks", "rest", "group"))
"""Roles of what is of one stage, or of another."""
OF_BLOCKS = frozenset(("layers", "blocks", "counted", "union", "group"))
"""Roles of what may be the layers of all blocks together."""
OF_THE_WHOLE = frozenset(("total", "weights", "biases", "trainable", "ops", "statistics"))
"""Roles of which a claim about a network can be."""


def _heading_of(title: str) -> str:
    """A title without what describes: ``Mini SqueezeNet`` of ``Mini SqueezeNet: two fire modules``."""
    for sign in ":,;(":
        title = title.partition(sign)[0]
    return title


OUTSIDE = frozenset(("union", "counted", "multiple"))
"""Roles of layers that a text puts together, of which a block's name may show that others are meant."""
SUMMED = frozenset(("group", "union", "run", "blocks", "rest"))
"""Roles of sums over the network, of which there are many."""
ROUGH = 0.005
"""A figure that is rounded more than this share tells nothing by its value alone."""
SEVERAL = frozenset(("multiple", "counted"))
"""Roles of so many equal layers; of ``counted`` the number stands in the formula."""
MOST_OF_HEADING = 8
"""Words of a heading; a sentence above is none."""
