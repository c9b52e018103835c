"""What a label says for or against a quantity: the layers, blocks and matrices that it names, or does not name."""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.matching.books.categories import (
    FUSED,
    IN_WORDS,
    OF_THE_INPUT,
    OF_THE_STATE,
    PROJECTION,
    RECURRENT,
    TEXTBOOK,
)
from netledger.audit.matching.books.completeness import says_inward, says_only_inward
from netledger.audit.matching.books.quantities import broad
from netledger.audit.matching.labels.layers import FITS, blocks_of, in_english, is_called
from netledger.audit.matching.labels.wording import key_of
from netledger.audit.reading.tokens.words import family_of
from netledger.audit.weights import (
    ANOTHERS_NAME,
    ANOTHERS_PROJECTION,
    FAMILY,
    NO_MEANING,
    ONE_OF_SEVERAL,
    OTHER_FAMILY,
    OWN_NAME,
    SAID,
    SHARED_NAME,
    SOME_OF_A_KIND,
    SYNONYM,
    UNSAID_TOTAL,
)
from netledger.audit.words import CROSS, EACH, LAYERS, NETWORK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.books.parts import Books, Part
    from netledger.audit.matching.books.quantities import Quantity
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.labels.layers import Labels
    from netledger.audit.matching.labels.wording import Wording

HALVES = frozenset("encoder decoder generator discriminator actor critic student teacher textmodel visionmodel".split())
"""Blocks of a network that are two of a kind: a layer of the one is none of the other."""
TRANSFORMERS = frozenset(("attention", "feed-forward"))
"""Categories of a transformer's layers."""
TABLES = frozenset(("embedding", "parameter", "tied"))
"""What is called an embedding where there are such: tables, vectors, and what shares them."""
STAGES = ("stage", "layer", "block", "group")
"""What the numbered blocks of a network are called, one for another: ``stage2`` is torchvision's ``layer2``."""
STAGED = frozenset(("block", "blocks", "rest", "group"))
"""Roles of what is of one stage, or of another."""
OUTSIDE = frozenset(("union", "counted", "multiple"))
"""Roles of layers that a text puts together, of which a block's name may show that others are meant."""
SEVERAL = frozenset(("multiple", "counted"))
"""Roles of so many equal layers; of ``counted`` the number stands in the formula."""
MOST_OF_HEADING = 8
"""Words of a heading; a sentence above is none."""


class LabelPrices:
    """What labels say for or against the quantities of one network."""

    def __init__(self, books: Books, labels: Labels) -> None:
        self.books, self.labels = books, labels
        self._here: dict[Wording, Here] = {}
        self._blocks_of = {id(part): blocks_of(part) for part in books.parts}
        self.blocks = {name for part in books.weighted for name in self._blocks_of[id(part)]}
        self.halves = in_english(self.blocks)
        self.present = {category for part in books.weighted for category in part.categories}
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

    def is_in_another_half(self, wording: Wording, quantity: Quantity) -> bool:
        """Whether a label names one half of the network, and the quantity is in the other: ``12 decoder layers``."""
        named = HALVES & self.halves & set(wording.keys)
        if len(named) != 1:
            return False
        inside = [HALVES & in_english(self._blocks_of[id(part)]) for part, _ in quantity.cover]
        return all(halves and not halves & named for halves in inside)

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
        if quantity.role in ("block", "blocks") and self._is_another_numbered_block(wording, cover):
            return ANOTHERS_NAME
        if quantity.role == "counted":
            named = self.labels.named(wording)
            if named and not any(id(part) in named for part in cover):
                return NO_MEANING
            if named and not all(id(part) in named for part in cover):
                return ANOTHERS_NAME
        if quantity.role in ("counted", "union") and self._is_inside_of_a_named_block(wording, cover):
            return SOME_OF_A_KIND
        return self._of_families(wording, quantity, cover)

    def _of_families(self, wording: Wording, quantity: Quantity, cover: list[Part]) -> float:
        """What words for kinds of layers say of several layers, where no name tells more."""
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

    def _is_another_numbered_block(self, wording: Wording, cover: list[Part]) -> bool:
        """Whether a label is the name of a block with a number, and no layer is in it: ``fire4``, fire5."""
        names = {name for name in self.blocks if name in wording.keys and name[-1:].isdigit()}
        return bool(names) and not any(names & self._blocks_of[id(part)] for part in cover)

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


class Here:
    """What some words mean in one network: whether they name it, which of its blocks the heading above names; and what
    they say for or against its quantities.
    """

    __slots__ = ("blocks", "costs", "network")

    def __init__(self, *, network: bool, blocks: set[str]) -> None:
        self.network, self.blocks = network, blocks
        self.costs: dict[int, tuple[Quantity, float]] = {}


def _heading_of(title: str) -> str:
    """A title without what describes: ``Mini SqueezeNet`` of ``Mini SqueezeNet: two fire modules``."""
    for sign in ":,;(":
        title = title.partition(sign)[0]
    return title


ADAPTER = frozenset(("a", "b", "lora_a", "lora_b"))
"""Words that name one matrix of an adapter."""
FIRST_OF_ADAPTER = frozenset(("a", "lora_a"))


def textbook_matrix(label: list[str]) -> int | None:
    """Which of a recurrent layer's matrices a label is: 0 reads the input, 1 the state, 2 makes the output; ``None``
    where it is no such name.

    >>> [textbook_matrix(label) for label in (["W_hy"], ["U"], ["hidden", "to", "hidden"], ["conv1"])]
    [2, 0, 1, None]
    """
    if len(label) == 1:
        key = label[0].lower().replace("_", "")
        return next((names.index(key) for names in TEXTBOOK if key in names), None)
    words = tuple([word.lower() for word in label if word.lower() in ("input", "hidden", "output")])
    return IN_WORDS.index(words) if words in IN_WORDS and len(label) == len(words) + 1 else None


def named_matrix(wording: Wording, quantity: Quantity) -> float:
    """What it costs to mean a quantity by a label that names a matrix; less than nothing where it is that one."""
    if quantity.first.family == "lora":
        return _adapter_matrix(wording, quantity)
    if len(quantity.cover) == 1 and FUSED in quantity.first.categories and quantity.first.leaf not in PROJECTION:
        named = {PROJECTION[key] for key in wording.keys if key in PROJECTION and len(key) > 1}
        if len(named) == 1 and not named & {"o"}:
            return SYNONYM if quantity.role in ("matrix", "part") else ONE_OF_SEVERAL
    square, inward = bool(OF_THE_STATE & set(wording.keys)), bool(OF_THE_INPUT & set(wording.keys))
    if square == inward:
        return 0.0
    if quantity.first.family not in RECURRENT or quantity.role != "matrix":
        return ANOTHERS_PROJECTION
    is_square = len(quantity.terms[0][0].sizes("hidden")) == 2
    return SYNONYM if is_square == square else ANOTHERS_PROJECTION


def _adapter_matrix(wording: Wording, quantity: Quantity) -> float:
    named = ADAPTER & {word.lower() for word in wording.words}
    if len(named) != 1 or quantity.role != "matrix":
        return 0.0
    is_first = quantity.terms[0][0] is quantity.first.terms[0]
    return SYNONYM if is_first == (named <= FIRST_OF_ADAPTER) else 2 * ANOTHERS_PROJECTION
