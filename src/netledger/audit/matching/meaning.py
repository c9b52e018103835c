"""What a statement may mean, and what believing so costs: label, place, role, structure."""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.causes.structure import changes, total_cost
from netledger.audit.matching.categories import OUTPUTS, RECURRENT
from netledger.audit.matching.labels import FITS, key_of
from netledger.audit.reading.words import family_of, part_of
from netledger.audit.weights import (
    ANOTHERS_NAME,
    BEHIND,
    FAMILY,
    IN_SECTION,
    NEXT,
    NO_MEANING,
    ONE_FILTER,
    ONE_OF_SEVERAL,
    OTHER_FAMILY,
    OWN_NAME,
    ROLE,
    SAID,
    SHARED_NAME,
    SOME_OF_A_KIND,
    STRUCTURE,
    TAKEN,
    UNLIKE,
    UNSAID_TOTAL,
    USED_LATER,
)
from netledger.audit.words import BESIDE, NETWORK, TRAINABLE, WITHOUT
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.causes.naming import Cause
    from netledger.audit.matching.books import Books, Part
    from netledger.audit.matching.items import Item
    from netledger.audit.matching.labels import Labels
    from netledger.audit.matching.quantities import Quantity


class Meaning(Record):
    """A quantity that a statement may mean, with its cost; ``causes`` where the statement is wrong about it, and the
    value that is ``expected``. ``is_exact``: whether the factors written are those of the true formula, one by one;
    ``is_named``: whether the label leaves no doubt.
    """

    __slots__ = ("quantity", "cost", "causes", "expected", "is_exact", "is_named")
    quantity: Quantity
    cost: float
    causes: tuple[Cause, ...]
    expected: int
    is_exact: bool
    is_named: bool

    def __init__(
        self, quantity: Quantity, cost: float, causes: tuple[Cause, ...] = (), expected: int = 0,
        is_exact: bool = False, is_named: bool = False,
    ) -> None:  # fmt: skip
        self._fill(quantity, cost, causes, expected or quantity.value, is_exact, is_named)

    @property
    def layer(self) -> str | None:
        """The layer's name where one layer is meant."""
        return self.quantity.first.shown if len(self.quantity.cover) == 1 else None


class Place:
    """Where in the network the text is: what is accounted for, and by the line above."""

    __slots__ = ("_positions", "_weighted", "before", "biased", "following", "rightly", "taken")

    def __init__(self, weighted: list[Part]) -> None:
        self.taken: dict[int, dict[int, int]] = {}
        """``part → {item → layers}``: which lines account for which layers."""
        self.rightly: set[int] = set()
        self.biased: set[int] = set()
        self._weighted = weighted
        self._positions = {id(part): i for i, part in enumerate(weighted)}
        self.before = -1
        self.following: Part | None = weighted[0] if weighted else None

    def take(self, quantity: Quantity, item: Item, *, rightly: bool = True) -> None:
        """Note that a line accounts for these layers."""
        if quantity.role == "biases":
            self.biased.update([id(part) for part, _ in quantity.cover])
        if quantity.role in ("biases", "matrix", "part", "piece", "filter", "statistics"):
            return
        for part, times in quantity.cover:
            self.taken.setdefault(id(part), {})[item.index] = times
            if rightly and quantity.role != "weights":
                self.rightly.add(item.index)
        if len(quantity.cover) == 1 and quantity.first.full:
            self.go_to(self._positions.get(id(quantity.first), 0))

    def go_to(self, position: int) -> None:
        """The line above means the weighted part at this position; the next one free follows."""
        self.before = self._weighted[position].index
        after = position + 1
        while after < len(self._weighted) and self.is_taken(self._weighted[after]):
            after += 1
        self.following = self._weighted[after] if after < len(self._weighted) else None

    def restart(self) -> None:
        """From the network's beginning again, what is accounted for kept."""
        self.before = -1
        self.following = next((part for part in self._weighted if not self.is_taken(part)), None)

    def is_taken(self, part: Part, times: int = 1, item: Item | None = None) -> bool:
        """Whether lines, other than ``item``, account for so many layers of a part."""
        by = self.taken.get(id(part))
        if not by:
            return False
        return any(n >= times and (item is None or index != item.index) for index, n in by.items())

    def is_right(self, part: Part, item: Item) -> bool:
        """Whether another line is right about a part."""
        return any(index != item.index and index in self.rightly for index in self.taken.get(id(part), ()))


class Said:
    """What the words around a number say: all of them in lower case, ``weights`` or ``biases``, whether it is what is
    trained, whether they name the network, and whether nothing but that (``claims``); the heading's ``blocks``.
    """

    __slots__ = ("blocks", "claims", "network", "of", "trainable", "words")

    def __init__(self, item: Item) -> None:
        self.words = said_words(item)
        self.of = said_of(item)
        self.trainable = bool(said_trainable(item))
        self.network = self.claims = False
        self.blocks: set[str] = set()


class Prices:
    """What meanings cost in one network."""

    def __init__(self, books: Books, labels: Labels) -> None:
        self.books, self.labels = books, labels
        self._said: dict[int, Said] = {}
        self.adapted = any(part.family == "lora" for part in books.weighted)
        self._blocks_of = {id(part): _blocks_of(part) for part in books.parts}
        self.blocks = {name for part in books.weighted for name in self._blocks_of[id(part)]}
        self.present = {category for part in books.weighted for category in part.categories}
        self.title = {
            word.strip("()[],:;").lower()
            for word in f"{_heading_of(books.network.title or '')} {books.network.name}".replace("-", " ").split()
            if len(word) >= 4
        }
        self.title = {key_of(word) for word in self.title if family_of(word) is None and not word.isdigit()}
        self.title.add(key_of(books.network.name))

    def said(self, item: Item) -> Said:
        """What the words around a number say, worked out once."""
        kept = self._said.get(item.index)
        if kept is None:
            kept = self._said[item.index] = Said(item)
            kept.network = self._names_network(item)
            own = [*item.statement.label, *item.statement.inner, *item.statement.words]
            kept.claims = bool(item.statement.label) and kept.network and not any(family_of(word) for word in own)
            heading = item.statement.heading
            if len(heading) <= MOST_OF_HEADING:
                kept.blocks = {key for word in heading if (key := key_of(word)) in self.blocks}
        return kept

    def of(self, item: Item, quantity: Quantity, place: Place) -> float:
        """The cost of a quantity as the meaning of a statement, its value apart."""
        own = self.role(item, quantity, place) + self.label(item, quantity) + self.place(item, quantity, place)
        return own + self.context(item, quantity) + self._without_output(item, quantity, place)

    def _without_output(self, item: Item, quantity: Quantity, place: Place) -> float:
        """What is called attention is all of it: dear without the output projection, unless another line has that."""
        label = self.labels.read(item.statement)
        cover = [part for part, _ in quantity.cover]
        if "attention" not in label.layers or self._says_inward(label.words) or self.labels.sure(item.statement):
            return 0.0
        if not all("attention" in part.categories for part in cover) or any(part.leaf in OUTPUTS for part in cover):
            return 0.0
        block = cover[0].shown.rpartition(".")[0]
        out = [p for p in self.books.weighted if p.leaf in OUTPUTS and p.shown.rpartition(".")[0] == block]
        return SOME_OF_A_KIND if out and not any(place.is_taken(part, 1, item) for part in out) else 0.0

    # -------------------------------------------------------------- the sort of quantity

    def role(self, item: Item, quantity: Quantity, place: Place) -> float:
        """What the sort of quantity costs, by what the words say."""
        words = self.said(item)
        role, said = quantity.role, words.of
        cost = ROLE[role]
        if role in ("weights", "biases"):
            cost = 0.0 if role in said else cost
            if role == "biases" and role not in said and quantity.first.family not in RECURRENT:
                multiplied = any(sum(leaf.value > 1 for leaf in p.leaves) > 1 for p in item.products or ())
                cost = NO_MEANING if multiplied else cost
            if role == "weights" and role not in said:
                own = [part for part, _ in quantity.cover if part.biases]
                biased = all(id(part) in place.biased for part in own)
                step = any(part.biases in item.used for part in own)
                cost = USED_LATER if step or biased else cost
        elif said == {"biases"} and role != "matrix":
            cost -= 2 * SAID
        if role in ("filter", "piece") and place.is_taken(quantity.first, 1, item):
            cost = ONE_FILTER
        of_adapter = role == "matrix" and quantity.first.family == "lora"
        if of_adapter and not ADAPTER & words.words:
            cost = ROLE["weights"]
        elif role == "matrix" and "weights" in said:
            cost += SAID
        if role in SEVERAL and {"head", "heads"} & words.words:
            cost += 2 * UNSAID_TOTAL
        if role == "statistics" and STATISTICS & words.words:
            cost = 0.0
        if words.trainable:
            less = 2 * (NO_MEANING if self.adapted and not item.statement.families() else UNSAID_TOTAL)
            cost = 0.0 if role == "trainable" else cost + less
        if item.statement.is_total and role not in ("total", "weights"):
            cost += UNSAID_TOTAL / 2
        if role not in OF_THE_WHOLE and item.products is None and words.claims:
            cost += NO_MEANING
        return cost

    # -------------------------------------------------------------- the label

    def label(self, item: Item, quantity: Quantity) -> float:
        """What the label says for or against it."""
        if quantity.role == "total" or (quantity.role == "biases" and quantity.what.endswith("the whole network")):
            return self._whole(item)
        if quantity.role == "trainable" and self.said(item).trainable and not item.statement.families():
            return SAID
        if len(quantity.cover) == 1:
            several = len([part for part in self.labels.sure(item.statement) if part.full]) > 1
            return self.labels.cost(item.statement, quantity.first) + (ONE_OF_SEVERAL if several else 0.0)
        return self._several(item, quantity)

    def _whole(self, item: Item) -> float:
        label = self.labels.read(item.statement)
        named = self.names_network(item)
        if item.statement.is_total or named:
            return SAID if not label.layers or named else UNSAID_TOTAL
        if len(self.books.weighted) == 1:
            return 0.0
        return UNSAID_TOTAL if label.layers else UNSAID_TOTAL / 2 if label.words else 0.0

    def names_network(self, item: Item) -> bool:
        """Whether a label speaks of the network itself: ``the model has …``, ``VGG-16 has …``."""
        return self.said(item).network

    def _names_network(self, item: Item) -> bool:
        words = [word.lower() for word in self.labels.read(item.statement).words]
        joined = {key_of(first + second) for first, second in pairwise(words)}
        return any(word in NETWORK or key_of(word) in self.title for word in words) or bool(joined & self.title)

    def _several(self, item: Item, quantity: Quantity) -> float:
        label = self.labels.read(item.statement)
        sure = self.labels.sure(item.statement)
        cover = [part for part, _ in quantity.cover]
        if sure:
            if not all(any(part is other for other in cover) for part in sure):
                return ANOTHERS_NAME
            own = [part for part in sure if all(other.shown.startswith(part.shown) for other in cover)]
            if len(sure) == len(cover) or own:
                return OWN_NAME  # "gate" for gate and gate.e_score_correction_bias
            if quantity.role == "counted":
                several = len(self.labels.read(item.statement).layers) > 1  # "embedding plus head: 2*64000*2560"
                return OWN_NAME if several else SHARED_NAME  # "norm1..3: 3*640"
            return FAMILY if len(sure) > 1 or quantity.role == "union" else -FAMILY
        if self._names_block(label.keys, quantity):
            return OWN_NAME
        families = label.layers
        inward = quantity.what.startswith("queries, keys and values")
        if inward and "attention" in families and not self._says_inward(label.words):
            return SOME_OF_A_KIND
        if quantity.role in SEVERAL and "block" in label.families and quantity.cover[0][1] < quantity.first.times:
            return SOME_OF_A_KIND
        named = {"attention", "ffn"} if quantity.role in SEVERAL else {"ffn"} if quantity.role == "union" else set()
        if named & set(families):
            first, covered = quantity.first, sum([n for _, n in quantity.cover])
            like = [p for p in self.books.weighted if p.full == first.full and p.times == first.times]
            if len(like) > covered or (self.present and quantity.role in SEVERAL):
                return SOME_OF_A_KIND
        if not families:
            return FAMILY if "block" in label.families and quantity.role in ("block", "blocks") else 0.0
        fitting = sum(1 for part in cover if any(self.fits(family, part) for family in families))
        if fitting == len(cover):
            numbered = any(word[-1:].isdigit() for word in label.words)
            return 2 * FAMILY if self._is_all(families, cover) and not numbered else FAMILY
        if not fitting:
            return OTHER_FAMILY
        return FAMILY / 2 if "block" in label.families and quantity.role in ("block", "blocks") else -FAMILY

    def _says_inward(self, words: list[str]) -> bool:
        """Whether a label speaks of queries, keys and values: ``QKV``, ``W_Q``, ``query``."""
        lower = [word.lower().replace("_", "") for word in words]
        return any(word.startswith(("qkv", "quer", "wq", "q")) and not word.startswith("quant") for word in lower)

    def _names_block(self, keys: list[str], quantity: Quantity) -> bool:
        """Whether a label is the name of a block: ``encoder``, ``conv_up1``."""
        if quantity.role not in ("block", "blocks") or not quantity.name:
            return False
        last = [piece for piece in quantity.name.split(".") if not piece.isdigit() and piece != "*"][-1:]
        return bool(last) and last[0].lower().replace("_", "") in keys

    def fits(self, family: str, part: Part) -> bool:
        """Whether a word of a label can stand for a part; where the names tell attention apart they are heeded."""
        category = {"attention": "attention", "ffn": "feed-forward", "norm": "norm"}.get(family)
        if category is not None and category in self.present:
            return category in part.categories
        return part.family in FITS.get(family, ())

    def _is_all(self, families: list[str], cover: list[Part]) -> bool:
        return len(cover) == sum(1 for p in self.books.weighted if any(self.fits(family, p) for family in families))

    # -------------------------------------------------------------- the heading above

    def context(self, item: Item, quantity: Quantity) -> float:
        """What the heading above says: below ``critic`` a line is about the critic's layers."""
        named = self.said(item).blocks
        if not named or quantity.role == "total":
            return 0.0
        inside = [not named.isdisjoint(self._blocks_of[id(part)]) for part, _ in quantity.cover]
        return -IN_SECTION if all(inside) else 0.0 if any(inside) else IN_SECTION

    # -------------------------------------------------------------- place

    def place(self, item: Item, quantity: Quantity, place: Place) -> float:
        """What the order of the text says."""
        if len(quantity.cover) > 1 or quantity.role in ("matrix", "part", "piece", "filter", "statistics", "total"):
            return 0.0
        part, times = quantity.cover[0]
        if quantity.role == "biases":
            return NEXT if part.index == place.before else BEHIND if id(part) in place.biased else 0.0
        if place.is_taken(part, times, item):
            return TAKEN
        if part.index < place.before:
            return BEHIND
        return NEXT if part is place.following else 0.0

    # -------------------------------------------------------------- structure

    def structure(self, item: Item, quantity: Quantity) -> float:
        """Whether the factors written are those of the true formula."""
        if not item.products or not quantity.terms or len(item.products) == len(item.refers):
            return 0.0
        found = changes(item.products, quantity.terms)
        if found is None:
            return 0.0
        if not found:
            return 0.0 if quantity.role == "weights" else STRUCTURE
        return min(UNLIKE, total_cost(found) * UNLIKE)


OF_THE_WHOLE = frozenset(("total", "weights", "biases", "trainable", "ops", "statistics"))
"""Roles of which a claim about a network can be."""


def _blocks_of(part: Part) -> set[str]:
    """The names of the blocks that a part is in, in one and in several: ``critics`` is ``critic`` too."""
    names = {key_of(piece) for path in part.paths[:1] for piece in path.split(".")[:-1] if not piece.isdigit()}
    return names | {name[:-1] for name in names if name.endswith("s")}


def _heading_of(title: str) -> str:
    """A title without what describes: ``Mini SqueezeNet`` of ``Mini SqueezeNet: two fire modules``."""
    for sign in ":,;(":
        title = title.partition(sign)[0]
    return title


SEVERAL = frozenset(("multiple", "counted"))
"""Roles of so many equal layers; of ``counted`` the number stands in the formula."""
MOST_OF_HEADING = 8
"""Words of a heading; a sentence above is none."""
ADAPTER = frozenset(("a", "b", "lora_a", "lora_b"))
"""Words that name one matrix of an adapter."""
STATISTICS = frozenset("running moving statistics mean variance non-trainable nontrainable buffers".split())
"""Words that name a batch normalisation's statistics."""


def said_words(item: Item) -> set[str]:
    """The words around a number, lower case."""
    statement = item.statement
    return {word.lower().strip("_-:#") for word in [*statement.label, *statement.words, *statement.inner]}


def said_trainable(item: Item) -> set[str]:
    """Whether the words ask for what is trained."""
    words = {word.lower() for word in item.statement.label}
    if item.statement.quantity == "trainable" or any(word.startswith(TRAINABLE) for word in words):
        return {"trainable"}
    return set()


def said_of(item: Item) -> set[str]:
    """``weights`` or ``biases`` where the words around a number say that it is those alone."""
    statement = item.statement
    if statement.quantity in ("weights", "biases"):
        return {statement.quantity}
    said = set()
    for words in (statement.label, statement.words, statement.inner):
        lower = [word.lower().strip("_-:#") for word in words]
        for before, word, after in zip(["", *lower], lower, [*lower[1:], ""], strict=False):
            part = "weights" if word in MATRICES else part_of(word)
            if part != "biases" or {before, after}.isdisjoint(BESIDE):
                said.add(part)
            elif WITHOUT & {before, after}:
                said.add("weights")  # "with bias" says nothing of what is meant
    said.discard("")
    return said if len(said) == 1 else set()


MATRICES = frozenset("weight weights kernel matrix matrices".split())
"""Words for the weights alone."""
