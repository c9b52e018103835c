"""Which lines cannot be wrong about a count: sizes, maps, what is supposed or denied, what another network has."""

from __future__ import annotations

from netledger.audit.matching.items.item import LEAST_ALONE, adds_sizes, is_a_map, leads_on
from netledger.audit.matching.rows import width_of
from netledger.audit.reading.tokens.words import is_east_asian
from netledger.audit.weights import CLOSE
from netledger.audit.words import ANOTHER_NETWORK, DENIED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.assignment import Matcher
    from netledger.audit.matching.books.parts import Part
    from netledger.audit.matching.items.item import Item

SIZES = ("d_in", "d_out", "in_features", "out_features", "in_channels", "out_channels", "d_model", "d_ff")
"""How names of sizes begin."""
LEAST_SIDES = 3
"""Sides of a map and its channels."""
MOST_WORDS = 14
"""Of a line that is a calculation and no sentence."""
CACHE = frozenset(("cache", "kvcache", "kv-cache", "kv_cache"))
"""Words of a label that speaks of what a running model keeps."""
FAR_LESS = 20
"""By what a size is smaller than any count of the network."""
COUNTED = frozenset(("params", "weights"))
"""Quantities of which a small number too is a count: a column of weights."""
LEAST_NAME = 5
"""Letters of a network's name that another one's may be like."""
LEAST_ALIKE = 4
"""Letters that such names begin with alike."""
LEAST_SUMMED = 3
"""Products of a sum over a whole network."""


class Innocent:
    """What speaks for the lines of one text, beside one network."""

    def __init__(self, matcher: Matcher) -> None:
        self.books, self.labels, self.line_words = matcher.books, matcher.labels, matcher.line_words
        self.by_row, self.written = matcher.by_row, matcher.written
        self.by_factor: dict[int, list[Part]] = {}
        """The layers that have a size."""
        for part in self.books.weighted:
            for size in {size for term in part.terms for _, size in term.factors}:
                self.by_factor.setdefault(size, []).append(part)
        names = [(words or "").split()[:1] for words in (self.books.network.name, self.books.network.title)]
        own = {name.lower() for first in names for name in first if len(name) >= LEAST_NAME}
        begins = {item.statement.label[0].lower() for item in matcher.items if item.statement.label} if own else set()
        self.called = own if own & begins else set()
        """What the network is called, where a line begins with that name."""

    def is_no_claim(self, item: Item) -> bool:
        """Whether a line says nothing of this network that could be wrong."""
        if item.refers or item.value is None or (item.error > CLOSE * abs(item.value) and item.node is None):
            return True
        beside_total = self.stands_beside_the_total(item)
        if not beside_total and ((item.stated is None and self._in_prose(item)) or DENIED & item.wording.around):
            return True
        if self._names_a_cousin(item):
            return True
        named = [*item.statement.label, *item.statement.inner]
        if ANOTHER_NETWORK & {word.lower() for word in named if not (len(word) > 1 and word.isupper())}:
            return True  # "SE" squeezes and excites: it is no "se" of four languages
        sentence = self.line_words.sentence(item)
        if (sentence.is_no_claim and not beside_total) or item.statement.supposed or CACHE & item.wording.around:
            return True
        if item.products is None and item.value < LEAST_ALONE and item.statement.quantity not in COUNTED:
            return True
        if item.products is None and (item.wording.frozen or self._is_said_before(item)):
            return True  # "Non-trainable params: 160" is about no layer
        one_each = item.wording.of == "biases" and item.value in self.by_factor  # "… and 45 biases"
        return item.products is None and one_each

    def is_size(self, item: Item) -> bool:
        """Whether a line gives a size, of a layer or of what comes out of it, or puts sizes together."""
        described = self._in_prose(item) and not item.wording.layers
        if leads_on(item) or (adds_sizes(item) and (item.stated is None or described)) or _is_map(item):
            return True
        if _is_said_in_words(item):
            return True
        if width_of(self.labels, self.by_row, item) is not None:
            return True
        return _is_cell(item) or self._is_size_of_a_layer(item) or self._is_flattened(item)

    def stands_beside_the_total(self, item: Item) -> bool:
        """Whether the line gives the true total, beside a sum over layers that is something else:
        ``the paper has 114,422, I get 1*25*12 + …``.
        """
        several = len(item.products or ()) >= LEAST_SUMMED and item.stated is None and item.right is None
        total = f"{self.books.total}"
        return several and len(total) > LEAST_SUMMED and total in self.written[item.line_no - 1].replace(",", "")

    def _names_a_cousin(self, item: Item) -> bool:
        """``ResNet: …`` above ``ResNeXt: …``, where the network at hand is the latter: a line begins with the name of
        another one like it.
        """
        first = item.statement.label[0].lower() if self.called and item.statement.label else ""
        if len(first) < LEAST_NAME or first in self.called:
            return False
        return any(first[:LEAST_ALIKE] == name[:LEAST_ALIKE] for name in self.called)

    def _is_said_before(self, item: Item) -> bool:
        """``conv1.weight: 250 trainable: …``: whether the number already stands behind a layer's name."""
        row = self.by_row.get(item.statement.row, ()) if item.wording.trainable else ()
        return any(other is not item and other.value == item.value and other.wording.names_layers for other in row)

    def _is_size_of_a_layer(self, item: Item) -> bool:
        """Whether a lone number is a size of some layer, far too small to be a network's count: ``hidden 2048``."""
        if item.products is not None or item.statement.is_total or item.value not in self.by_factor:
            return False
        if item.statement.label and item.statement.label[-1].lower().startswith(SIZES):
            return True  # "gate_proj: …, d_in = 2048"
        return not self.labels.sure(item.wording) and item.value * FAR_LESS < self.books.total

    def _is_flattened(self, item: Item) -> bool:
        """Whether a number is what the next formula of the line reads: ``16×5×5 are 400, 400×120 + 120``."""
        value = item.value
        if len(item.products or ()) > 1 or item.statement.quantity == "params" or not isinstance(value, int):
            return False
        if not any(part.seen == value and part.family == "linear" for part in self.by_factor.get(value, ())):
            return False
        row = self.by_row.get(item.statement.row, ())
        leaves = {leaf.value for other in row if other is not item for p in other.products or () for leaf in p.leaves}
        return value in leaves

    def _in_prose(self, item: Item) -> bool:
        """Whether an expression without a result stands in a long sentence: it describes something."""
        words = [word for word in self.line_words.at(item).listed if any(map(str.isalnum, word))]
        return sum([_as_words(word) for word in words]) > MOST_WORDS


def _as_words(word: str) -> int:
    """How many words a stretch of letters is, where a script writes none apart."""
    return max(len(word) // LETTERS_OF_A_WORD, 1) if is_east_asian(word[0]) else 1


LETTERS_OF_A_WORD = 2
"""Of Chinese and Japanese, about."""


def _is_said_in_words(item: Item) -> bool:
    """``the first two layers (retina 32 x 36)``: two sides among words, of which nothing is worked out."""
    leaves = item.products[0].leaves if item.products is not None and len(item.products) == 1 else ()
    plain = item.stated is None and item.statement.quantity == "" and item.statement.members[0].relation == ""
    return plain and len(leaves) == SIDES and len(item.statement.label) >= LEAST_WORDS


SIDES = 2
LEAST_WORDS = 4
"""Words before two sides, by which they stand in a sentence."""


def _is_map(item: Item) -> bool:
    """``conv (16x16x20)``: a map's sides and channels behind a name, of which nothing is worked out."""
    return item.stated is None and is_a_map(item) and item.statement.quantity != "params"


def _is_cell(item: Item) -> bool:
    """``64 × 64 × 64 × 32`` on a line of its own, in a text of such cells: how many values come out."""
    alone = item.stated is None and not item.wording.around and len(item.products or ()) == 1
    sides = len(item.node.numbers()) if item.node is not None and alone else 0
    return sides >= LEAST_SIDES and item.statement.heading != []
