"""The best meaning with a fault: by structure, by a known slip, or beside a label that leaves no doubt."""

from __future__ import annotations

from math import prod

from netledger.audit.causes.cause import MULTIPLIED, Cause
from netledger.audit.causes.slips import Slip, Slips
from netledger.audit.causes.structure import changes, total_cost
from netledger.audit.matching.books.categories import KEYS_VALUES, NORMS, QUERIES
from netledger.audit.matching.books.quantities import WRONG_ABOUT
from netledger.audit.matching.books.terms import Term
from netledger.audit.matching.candidates import Candidates
from netledger.audit.matching.innocent import FAR_LESS, LEAST_SUMMED, Innocent
from netledger.audit.matching.items.arithmetic import is_digit_slip
from netledger.audit.matching.items.item import LEAST_COUNT, adds_sizes, is_built_as_counts
from netledger.audit.matching.items.meaning import Meaning
from netledger.audit.matching.labels.label_prices import named_matrix
from netledger.audit.matching.labels.prices import ROUGH
from netledger.audit.matching.rows import slip_in_block, together_for_each, wrong_term
from netledger.audit.matching.sums import MULTIPLE_OF
from netledger.audit.reading.expressions.eaten import restored
from netledger.audit.reading.tokens.words import BYTE_UNITS
from netledger.audit.weights import (
    ANOTHER_SUBJECT,
    BIAS_TERM,
    BY_VALUE,
    DIGIT,
    FACTOR,
    FAULT,
    LEAST_TELLING,
    MOST_UNNAMED,
    NO_MEANING,
    NOTHING_ALIKE,
    OF_AN_EMBEDDING,
    PER_TERM,
    PLAIN_WRONG,
    RIGHTLY_TAKEN,
    ROLE,
    SAID,
    STRANGE_FACTOR,
    STRUCTURE,
    SURE,
    TAKEN,
    TELLING,
    TERM,
)
from netledger.audit.words import GRADIENTS, STATISTICS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.causes.structure import Change
    from netledger.audit.matching.assignment import Matcher
    from netledger.audit.matching.books.parts import Part
    from netledger.audit.matching.books.quantities import Quantity
    from netledger.audit.matching.items.item import Item
    from netledger.audit.reading.expressions.nodes import Node

THOUSANDS = (10**3, 10**6)
"""By what a count is off whose unit was mistaken."""
ABSURD_OF_ALL = 20_000
"""The same for a number beside words for all layers of a kind."""
ABSURD = 200
"""A number that is so many times a layer's count, or its part, is about something else."""
MORE_THAN_ALL = 1.5
"""A total that is so many times what the heading above it names is about more than that."""
BYTES_OF_TYPES = ("byte", "float32", "fp32", "memor")
"""How words begin of a text that may take bytes for parameters."""


OF_A_MAP = 3
"""Numbers that a flattened map is written with: channels, height, width."""
DOUBTFUL = 2.0
"""A meaning of a sum that costs more may be one by chance, where its label names a block."""


class Faults:
    """What the lines of one text may be wrong about in one network."""

    def __init__(self, matcher: Matcher) -> None:
        self.books, self.quantities, self.labels, self.prices = (
            matcher.books, matcher.quantities, matcher.labels, matcher.prices,
        )  # fmt: skip
        self.place, self.composed, self.line_words = matcher.place, matcher.composed, matcher.line_words
        self.words, self.by_row, self.items = matcher.words, matcher.by_row, matcher.items
        self.speaks_of_gradients = any(word.startswith(GRADIENTS) for word in self.words)
        self.speaks_of_bytes = any(word in BYTE_UNITS or word.startswith(BYTES_OF_TYPES) for word in self.words)
        self.slips = Slips(self.quantities, self.books)
        self.innocent = Innocent(matcher)
        self._by_factor = self.innocent.by_factor
        self.candidates = Candidates(matcher, self._by_factor)
        self._single: dict[tuple[str, ...], set[int]] | None = None
        """Which lines of a label are right about one layer."""

    def best(self, item: Item) -> Meaning | None:
        """What an item is wrong about, where it can be wrong about anything."""
        if self.innocent.is_no_claim(item):
            return None
        adds = adds_sizes(item)
        summed = adds and item.right is not None and item.right.cost < DOUBTFUL
        slipped = slip_in_block(item, self.quantities.groups, self.prices) if adds and item.stated is None else None
        slipped = slipped or together_for_each(item, self.quantities, self.labels)
        if slipped is not None:
            return slipped
        if summed or self.innocent.is_size(item):
            return None
        if item.products is None:
            found = [*self._by_slips(item), *self._unexplained(item)]
        else:
            ways = (
                (self._by_structure, self._by_slips, self._of_neighbours, self._of_all)
                if is_built_as_counts(item)
                else ()
            )
            found = [meaning for way in ways for meaning in way(item)]
            if adds and not item.wording.families and not item.statement.is_total:
                found = [meaning for meaning in found if meaning.is_named or len(meaning.quantity.cover) > 1]
            found.extend(self._unexplained(item) if adds else ())
        found.sort(key=lambda meaning: (meaning.cost, abs(meaning.quantity.value - (item.works_out or 0))))
        item.trace.extend(found[:3])
        return found[0] if found else None

    def _by_structure(self, item: Item) -> Iterator[Meaning]:
        """Wrong about a quantity whose true terms are like those written."""
        assert item.products is not None
        from netledger.audit.causes.naming.changes import name_changes

        works_out = item.works_out
        counts = [product.value for product in item.products if len(product.leaves) == 1]
        largest = max(counts) if len(counts) == len(item.products) > 1 else 0
        for quantity in self.candidates.of(item):
            in_parts = quantity.role == "weights" and all(id(part) in self.place.biased for part, _ in quantity.cover)
            in_parts = in_parts or (quantity.role == "biases" and item.wording.of == "biases")
            in_parts = in_parts or (quantity.role == "matrix" and named_matrix(item.wording, quantity) < 0)
            if quantity.value == works_out or not quantity.terms or not (quantity.role in WRONG_ABOUT or in_parts):
                continue
            if largest > quantity.value or (largest >= LEAST_COUNT and len(quantity.cover) > 1):
                continue  # "3,147,776 + 786,432 + …" adds counts, which no factors explain
            label = self.prices.label(item.wording, quantity)
            whole = restored(item.node, quantity.value) if label <= SURE and item.node is not None else None
            if whole is not None and self.are_sizes(item, whole):
                why = f"signs are missing: {quantity.first.written()} is meant"
                cause = Cause("garbled_notation", why, item.node)
                yield Meaning(quantity, FAULT + label, (cause,), is_named=True)
            found = self._changes(item, quantity) if label < NO_MEANING else None
            if not found or any(self._is_of_others(item, quantity, change) for change in found):
                continue
            cost = total_cost(found)
            several = len(quantity.cover) > 1 and quantity.role != "total"
            if several and label > SURE and 2 * (works_out or 0) < quantity.value:
                cost += FACTOR  # most of it is missing: a line about one of its layers
            if label < 0 and any(change.is_most for change in found):
                cost += FACTOR  # a few of many blocks, where the label names one's layer
            if quantity.role == "total" and self._sums_layers(item, found):
                cost = min(cost, TERM)
            beside = quantity.role == "total" and self.innocent.stands_beside_the_total(item)
            unlike = (cost >= NOTHING_ALIKE and label > SURE) or (
                label >= 0 and cost > MOST_UNNAMED + PER_TERM * len(item.products)
            )
            if unlike and not beside:
                continue
            cost = TERM if beside else cost
            own = self.prices.role(item, quantity, self.place) + label + self.prices.place(item, quantity, self.place)
            cost = FAULT + own + min(cost, PLAIN_WRONG) + self._doubt(item, quantity, label)
            if cost < NO_MEANING:
                causes = name_changes(found, quantity, self.books, self.words)
                grown = (works_out or 0) > ABSURD * quantity.value
                if grown and MULTIPLIED.isdisjoint([cause.kind for cause in causes]):
                    continue  # "24 causal masks of 1024 × 1024" is about no norm
                if any(cause.kind == "wrong_formula" for cause in causes):
                    cost += STRANGE_FACTOR
                tiny = label > SURE and (works_out or 0) * FAR_LESS < quantity.value
                if tiny and quantity.first.family == "embedding":
                    continue  # "one projection of one head: 1024 * 64" is about no table
                if label >= 0 and any("rows" in change.roles for change in found if change.product is not None):
                    cost += OF_AN_EMBEDDING
                if label >= 0 and item.wording.tells:
                    cost += ANOTHER_SUBJECT
                yield Meaning(quantity, cost, tuple(causes), is_named=label <= SURE)

    def are_sizes(self, item: Item, whole: Node) -> bool:
        """Whether the numbers that stand in an expression once it has its signs again are sizes of the network, or
        those of a map that is flattened: ``3277`` is ``32*7*7``.
        """
        there = {id(leaf) for leaf in item.node.numbers()} if item.node is not None else set()
        new = [leaf.value for leaf in whole.numbers() if id(leaf) not in there]
        mapped = len(new) >= OF_A_MAP and new[-1] == new[-2] and prod(new) in self._by_factor
        return mapped or all(value in self._by_factor for value in new)

    def _is_of_others(self, item: Item, quantity: Quantity, change: Change) -> bool:
        """Whether a term that one layer does not have is another one's, which the label speaks of too: ``embeddings,
        head and norm``.
        """
        if change.term is not None or change.product is None or len(change.product.leaves) < 2:
            return False
        value, cover = change.product.value, [part for part, _ in quantity.cover]
        for times in (1, 2, 3):
            owners = self.quantities.by_terms.get(int(value) // times, ()) if value % times == 0 else ()
            for part, _ in owners:
                own = any(part is other for other in cover)
                if not own and any(self.prices.fits(family, part) for family in item.wording.families):
                    return True
        return False

    def _sums_layers(self, item: Item, found: list[Change]) -> bool:
        """Whether a sum has a product for each layer of the network, and several of them are right."""
        products = item.products or []
        wrong = sum(1 for change in found if change.product is not None)
        several = all(len(product.leaves) > 1 for product in products) and not item.wording.layers
        return several and len(products) >= max(LEAST_SUMMED, len(self.books.weighted)) and len(products) - wrong > 1

    def _changes(self, item: Item, quantity: Quantity) -> list[Change] | None:
        """The differences to its terms; for repeated layers also to ``4 × 49,984``, whichever are fewer."""
        assert item.products is not None
        leaves = item.products[0].leaves if len(item.products) == 1 else ()
        if any(leaf.value == quantity.value > MULTIPLE_OF for leaf in leaves):
            return changes(item.products, [(Term("weight", (("unit", quantity.value),)), 1)])  # "1696 * 15"
        found = changes(item.products, quantity.terms)
        if quantity.times > 1 and len(item.products) == 1 and quantity.value % quantity.times == 0:
            whole = Term("weight", (("times", quantity.times), ("unit", quantity.value // quantity.times)))
            other = changes(item.products, [(whole, 1)])
            if other and (not found or total_cost(other) < total_cost(found)):
                return other
        if quantity.role == "layer" and (both := _both_matrices(quantity.first)) and len(item.products) == 1:
            other = changes(item.products, [(both, 1)])
            if other and (not found or total_cost(other) < total_cost(found)):
                return other
        return found

    def _by_slips(self, item: Item) -> Iterator[Meaning]:
        """Wrong about a quantity of which a known slip gives this very value."""
        value = item.node.value if item.fault is not None and item.node is not None else item.works_out
        if value is None:
            return
        telling = -TELLING if not item.error and value >= LEAST_TELLING and value % 1000 else 0.0
        rough = item.products is None and item.error > ROUGH * value
        for slip in self.candidates.near(item, self.slips.near(value, item.error if item.products is None else 0.0)):
            if slip.kind == "gradients_counted" and not self.speaks_of_gradients:
                continue
            if slip.kind == "unit_mixup" and not self.speaks_of_bytes:
                continue
            if rough and len(slip.quantity.cover) == 1 and self.prices.label(item.wording, slip.quantity) > SURE:
                continue  # so round a figure is some layer's with some slip by chance
            if slip.kind == "multiplied_by_heads" and not self._writes_times(item, slip):
                continue
            if slip.kind == "counted_running_stats" and STATISTICS & item.wording.around:
                slip = slip.replace(cost=0.0)
            if slip.kind == "missing_norm" and self._has_norms_elsewhere(item, slip.quantity):
                continue  # "bn: 2*(5*12 + 4*24)" of all stages
            if item.error and abs(slip.value - slip.quantity.value) < item.error:
                continue  # a figure that is rounded tells nothing of so small a difference
            about = self._alone(item, slip.quantity)
            if about is not slip.quantity and about.value == slip.value:
                continue  # what its column is about
            own = self.prices.of(item, about if item.wording.of == "weights" else slip.quantity, self.place)
            if slip.cost >= FACTOR and own >= 0 and len(self.books.weighted) > 1:
                continue  # a far-fetched slip of a layer that nothing names
            by_value = BY_VALUE if len(slip.quantity.cover) == 1 else BY_VALUE / 4
            cost = FAULT + own + slip.cost + (by_value if item.products else telling)
            cost += self._doubt(item, slip.quantity, self.prices.label(item.wording, slip.quantity))
            if cost < NO_MEANING:
                stated = item.stated
                node = item.node or (stated.node if stated is not None else None)
                cause = Cause(slip.kind, slip.why, node, f"{about.value:,}")
                named = self.prices.label(item.wording, slip.quantity) <= SURE
                yield Meaning(about, cost, (cause,), is_named=named)

    def _has_norms_elsewhere(self, item: Item, quantity: Quantity) -> bool:
        """Whether other lines account for all norms of some layers."""
        norms = [(part, times) for part, times in quantity.cover if part.family in NORMS]
        return bool(norms) and all(self.place.is_taken(part, times, item) for part, times in norms)

    def _writes_times(self, item: Item, slip: Slip) -> bool:
        """Whether a formula has the factor by which a slip multiplies its quantity; of a part of it, whether the label
        means the whole.
        """
        times, rest = divmod(slip.value, slip.quantity.value)
        if rest:
            inward = [(part, n) for part, n in slip.quantity.cover if part.leaf in QUERIES | KEYS_VALUES]
            times = slip.value // sum([self.books.count(part) * n for part, n in inward])
            if self.prices.label(item.wording, slip.quantity) >= 0:
                return False
        leaves = {leaf.value for product in item.products or () for leaf in product.leaves}
        return not leaves or times in leaves

    def _of_neighbours(self, item: Item) -> Iterator[Meaning]:
        """The weights of layers that follow one another, without their biases: squeeze, then excite."""
        several = self.composed.weights_of_neighbours(item) if self.books.bias and not item.error else None
        if several is None:
            return
        labels = [self.labels.cost(item.wording, part) for part, _ in several.cover]
        cost = FAULT + BIAS_TERM + ROLE["union"] + STRUCTURE + max(labels)
        if cost < NO_MEANING:
            biases = sum([part.biases for part, _ in several.cover])
            cause = Cause("missing_bias", f"the {biases:,} biases of {several.what} are missing", item.node)
            yield Meaning(several, cost, (cause,), is_named=max(labels) <= SURE)

    def _of_all(self, item: Item) -> Iterator[Meaning]:
        """A sum over the whole network that leaves one factor out of several layers' terms."""
        from netledger.audit.causes.wholes import without_inputs

        cause = without_inputs(item, self.books) if len(self.books.weighted) > 1 and not item.refers else None
        if cause is not None:
            yield Meaning(self.quantities.total, FAULT + FACTOR, (cause,), is_named=True)

    def _alone(self, item: Item, quantity: Quantity) -> Quantity:
        """Of a layer only its weights or biases, where the words say that these are meant: a column ``weights``."""
        if item.wording.of not in ("weights", "biases") or quantity.role not in ("layer", "layers"):
            return quantity
        own = self.quantities.of_part[id(quantity.first)]
        return next((q for q in own if q.role == item.wording.of and q.times == quantity.times), quantity)

    def _doubt(self, item: Item, quantity: Quantity, label: float) -> float:
        """How unlikely it is that an unnamed line is wrong about what another line gets right; what its own row gives
        the right count of is meant: ``Conv2d-4   288   3*3*32*32``.
        """
        if any(other.right.quantity is quantity for other in self._printed_beside(item) if other.right is not None):
            return SAID
        if label < 0 or len(quantity.cover) > 1 or not self.place.is_right(quantity.first, item):
            return 0.0
        return RIGHTLY_TAKEN - TAKEN

    def _printed_beside(self, item: Item) -> list[Item]:
        """The numbers of a formula's row that are right about something, below the same label."""
        row = self.by_row.get(item.statement.row, ()) if item.products is not None else ()
        plain = [other for other in row if other is not item and other.products is None]
        return [
            other
            for other in plain
            if other.right is not None
            and other.right.cost < NO_MEANING
            and other.statement.label == item.statement.label
        ]

    def _unexplained(self, item: Item) -> Iterator[Meaning]:
        """A number beside a label that leaves no doubt, and that no slip gives."""
        value = item.value
        assert value is not None
        telling = not item.error and value >= LEAST_TELLING
        if item.wording.from_heading and telling and self.quantities.near(value, 0):
            return  # it is what another layer has, which the heading does not speak of
        for quantity, label, about_all in self.candidates.blamable(item):
            if item.wording.from_heading and item.statement.is_total and value > MORE_THAN_ALL * quantity.value:
                continue  # a total of all, below the heading of the last part
            if about_all and quantity.role == "group" and self._is_one_of_its_label(item):
                continue
            own = self.prices.of(item, quantity, self.place)
            mixed = any(abs(value / scale - quantity.value) <= item.error / scale for scale in THOUSANDS)
            most = ABSURD_OF_ALL if about_all else ABSURD
            if not mixed and max(quantity.value, value) > most * min(quantity.value, value):
                continue
            close = abs(quantity.value - value) <= item.error
            if close or (own > SURE and not about_all):
                continue
            stated = item.stated
            node = stated.node if stated is not None else None
            about = self._alone(item, quantity)
            formula = about.first.written() if len(about.cover) == 1 and about is quantity else f"{about.value:,}"
            has = f"{quantity.what} has {formula}"
            if about is not quantity:
                has += f" {item.wording.of}"
            counted = about_all and all(self.place.is_taken(part, times) for part, times in quantity.cover)
            summed = counted and self.place.adds_up_to(quantity, self.items)
            dear, kind = TERM if counted else PLAIN_WRONG, "wrong_sum" if summed else "wrong_value"
            if mixed:
                dear, kind = TERM, "unit_mixup"
            if is_digit_slip(value, quantity.value):
                dear, has = min(dear, DIGIT), f"a digit slipped: {has}"
            if FAULT + own + dear < NO_MEANING:
                term = wrong_term(item, quantity, self.quantities) if about is quantity else None
                cause = term or Cause(kind, has, node, f"{about.value:,}")
                yield Meaning(about, FAULT + own + dear, (cause,), is_named=label <= SURE)

    def _is_one_of_its_label(self, item: Item) -> bool:
        """Whether another line of the same label is right about a single layer: two rows ``conv``."""
        if self._single is None:
            self._single = {}
            for other in self.items:
                right = other.right if other.is_count else None
                if right is not None and right.cost < NO_MEANING and right.quantity.role == "layer":
                    self._single.setdefault(tuple(other.statement.label), set()).add(other.index)
        return bool(self._single.get(tuple(item.statement.label), set()) - {item.index})


def _both_matrices(part: Part) -> Term | None:
    """Both matrices of an adapter that reads as many values as it makes, as people write them: ``2 · r · d``."""
    if part.family != "lora" or len(part.terms) != 2 or part.terms[0].value != part.terms[1].value:
        return None
    width = part.terms[0].size("in")
    rank = part.terms[0].value // width
    return Term("weight", (("count", 2), ("rank", rank), ("in", width)))
