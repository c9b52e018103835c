"""Every statement's best meanings: first what can be right, so that it is known what is accounted for; then the faults.

Two passes keep this linear: quantities are looked up by value, and a wrong line is compared with the layers that its
label names, with the next ones that no line accounts for, and with those that share its factors.
"""

from __future__ import annotations

from netledger.audit.causes.naming import Cause, name_changes
from netledger.audit.causes.slips import Slips
from netledger.audit.causes.structure import changes, total_cost
from netledger.audit.matching.arithmetic import mended
from netledger.audit.matching.books import Term
from netledger.audit.matching.items import LEAST_COUNT, Item, refer
from netledger.audit.matching.labels import ANOTHER_NETWORK, Labels
from netledger.audit.matching.meaning import Meaning, Place, Prices
from netledger.audit.matching.quantities import Quantities, Quantity, together
from netledger.audit.weights import (
    ANOTHER_SUBJECT,
    BY_VALUE,
    CLOSE,
    DIGIT,
    FACTOR,
    FAMILY,
    FAULT,
    LEAST_TELLING,
    MOST_UNNAMED,
    NO_MEANING,
    NOTHING_ALIKE,
    OF_AN_EMBEDDING,
    PER_TERM,
    PLAIN_WRONG,
    RIGHTLY_TAKEN,
    SECOND_FACTOR,
    STRANGE_FACTOR,
    STRUCTURE,
    SURE,
    TAKEN,
    TELLING,
    TERM,
)
from netledger.audit.words import DENIED, WITHOUT, WOULD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from netledger.audit.causes.structure import Change
    from netledger.audit.matching.books import Books, Part
    from netledger.audit.reading.reader import Calculation

MOST_WORDS = 14
"""Of a line that is a calculation and no sentence."""
MOST_MEANINGS = 40
"""Quantities of one value that are compared; of more equal layers the named and the next ones are."""
OPERATIONS = frozenset("flop flops gflop gflops tflops mflops mac macs gmacs operations".split())
"""Words of a text that counts operations too."""
THOUSANDS = (10**3, 10**6)
"""By what a count is off whose unit was mistaken."""
AHEAD = 6
"""How many layers that no line accounts for are tried for a line that is wrong."""
WRONG_ABOUT = frozenset(("piece", "layer", "named", "layers", "block", "blocks", "group", "total", "part"))
"""Roles of quantities that a line can be wrong about; the pieces of a layer are only ever right."""
PLAIN = frozenset(("layer", "layers", "total", "block", "blocks", "group", "named"))
"""Roles of which a sure label leaves no doubt; any other one a slip may imitate."""
LEAST_ALONE = 100
"""A smaller number by itself is a size or how often something is repeated, unless it is called a count."""
ABSURD = 200
"""A number that is so many times a layer's count, or its part, is about something else."""
FAR_LESS = 20
"""By what a size is smaller than any count of the network."""
MOST_LAYERS = 60
"""Networks of more different layers are compared by label, place and factors alone."""


class LineWords:
    """The words of one line in lower case, in order and as a set; whether it says what would be, were the network
    another: ``without groups it would be …``.
    """

    __slots__ = ("all", "is_hypothetical", "listed")

    def __init__(self, line: str) -> None:
        self.listed = [word.strip(".,:;()").lower() for word in line.split()]
        self.all = frozenset(self.listed)
        self.is_hypothetical = bool(self.all & WOULD) and bool(self.all & (WITHOUT | ANOTHER_NETWORK - WOULD))


class Matcher:
    """Gives every item of one text its best meaning without a fault, and its best meaning with one."""

    def __init__(self, calculation: Calculation, books: Books) -> None:
        self.books = books
        self.quantities = Quantities(books)
        self.slips = Slips(self.quantities, books)
        self.labels = Labels(books)
        self.prices = Prices(books, self.labels)
        self.words = frozenset(calculation.words)
        self.lines = calculation.lines
        self.items = [Item(s, i) for i, s in enumerate(s for s in calculation.statements if s.members)]
        self._words: dict[int, LineWords] = {}
        self.by_row: dict[int, list[Item]] = {}
        for item in self.items:
            self.by_row.setdefault(item.statement.row, []).append(item)
        self.place = Place(books.weighted)
        self._largest_first = [
            (part, books.count(part), [term.value for term in books.terms(part) if term.role == "weight"])
            for part in sorted(books.weighted, key=lambda part: -part.full)
        ]
        self._by_weights: dict[int, list[Part]] = {}
        for part in books.weighted:
            if part.family == "linear" and part.times == 1:
                self._by_weights.setdefault(part.weights, []).append(part)
        self._by_factor: dict[int, list[Part]] = {}
        for part in books.weighted:
            for size in {size for term in part.terms for _, size in term.factors}:
                self._by_factor.setdefault(size, []).append(part)

    def matched(self) -> Matcher:
        """This matcher, when every statement is matched."""
        self.run()
        return self

    def run(self) -> list[Item]:
        """Match every statement."""
        refer(self.items)
        counts = [item for item in self.items if (item.is_count or item.is_soft) and item.value is not None]
        for item in counts:
            item.is_named = bool(item.node is not None and self.labels.sure(item.statement))
            item.right = self._best_right(item, _claims(item))
            if item.is_soft and not item.is_named and (item.right is None or item.right.cost > 0 or item.error):
                item.right = None
                continue
            if item.fault is not None and item.node is not None:
                item.given = self._best_right(item, [(item.node.value, item.node.error, 0.0)])
            if item.right is not None and item.right.cost < NO_MEANING:
                self.place.take(item.right.quantity, item)
        self.place.restart()
        counts = [item for item in counts if item.is_count]
        for before, item in zip([None, *counts], counts, strict=False):
            if item.right is None or item.right.cost > 0 or item.right.quantity.role not in PLAIN:
                item.right = self._again(item)
                item.wrong = self._best_wrong(item)
            if before is not None and item.right is not None:
                item.wrong = item.wrong or self._written_twice(before, item)
            self._move(item)
        return self.items

    def _again(self, item: Item) -> Meaning | None:
        """Its best meaning, now that it is known what the other lines account for."""
        right = item.right
        if right is None or right.quantity.role not in ("weights", "filter", "biases"):
            item.trace.clear()
            return self._best_right(item, _claims(item))
        item.trace.clear()
        best = self._best_right(item, _claims(item))
        kept = Meaning(right.quantity, self.prices.of(item, right.quantity, self.place))
        return kept if best is None or kept.cost <= best.cost else best

    def _written_twice(self, before: Item, item: Item) -> Meaning | None:
        """The same label and the same numbers twice running, while the layer that follows is nowhere: it is meant."""
        right, following = item.right, self.place.following
        if right is None or before.right is None or right.quantity is not before.right.quantity or following is None:
            return None
        same = item.statement.label == before.statement.label and item.statement.label and item.products
        if not same or not item.products or following.family != right.quantity.first.family:
            return None
        found = changes(item.products, [(term, 1) for term in self.books.terms(following)])
        if not found or total_cost(found) > FACTOR + SECOND_FACTOR:
            return None
        quantity = self.quantities.of_part[id(following)][0]
        node = next((change.leaves[0] for change in found if change.leaves), item.node)
        why = f"that is {right.quantity.what} again; {following.shown} is meant: {following.written()}"
        return Meaning(quantity, right.cost - FAULT, (Cause("mislabelled_layer", why, node),), is_named=True)

    def _move(self, item: Item) -> None:
        """Go to the layer that a line means; a fault found accounts for its layer too."""
        meaning = item.right
        if meaning is None or (item.wrong is not None and item.wrong.cost < meaning.cost):
            meaning = item.wrong
        if meaning is not None and meaning.cost < NO_MEANING and (not meaning.causes or len(self.books.weighted) > 1):
            self.place.take(meaning.quantity, item, rightly=not meaning.causes)

    # -------------------------------------------------------------- without a fault

    def _best_right(self, item: Item, claims: Iterable[tuple[float, float, float]]) -> Meaning | None:
        found: list[Meaning] = []
        for value, error, dear in claims:
            for quantity in self._of_value(item, value, error):
                cost = self.prices.of(item, quantity, self.place) + dear
                if not error and value >= LEAST_TELLING and quantity.role not in ("weights", "ops"):
                    cost -= TELLING
                structure = self.prices.structure(item, quantity)
                told = item.products is None and not error and value >= LEAST_COUNT
                fits = (told or quantity.role == "counted") and self.prices.label(item, quantity) < 0
                exact = structure == STRUCTURE or fits
                found.append(Meaning(quantity, cost + structure, is_exact=exact))
            if found:
                break
        found.sort(key=lambda meaning: meaning.cost)
        item.trace.extend(found[:3])
        return found[0] if found else None

    def _of_value(self, item: Item, value: float, error: float) -> Iterable[Quantity]:
        found = self.quantities.near(value, error)
        found = [*found, *[named for named in self._named(item) if abs(named.value - value) <= error]]
        if item.products and not item.refers:
            gives = item.node.value if error and item.node is not None and item.fault is None else value
            found = [*found, *self._composed(item, gives)]
        if not found or self.words & OPERATIONS:
            found = [*found, *self._as_operations(item, value, error)]
        if not error and not item.products and not found:
            found = list(self.quantities.equal_layers(int(value)))
        if len(found) <= MOST_MEANINGS:
            return found
        following = [self.place.following] if self.place.following is not None else []
        meant = {id(part): part for part in [*self.labels.sure(item.statement)[:MOST_MEANINGS], *following]}
        own = [q for key in meant for q in self.quantities.of_part.get(key, ()) if abs(q.value - value) <= error]
        kept = [*own, *self.quantities.grouped.get(int(value), ())[:MOST_MEANINGS]]
        return [*kept, *found[: MOST_MEANINGS - min(len(kept), 20)]]

    def _as_operations(self, item: Item, value: float, error: float) -> Iterator[Quantity]:
        """Twice the weights of layers that a token passes once: their FLOPs, where the text speaks of such."""
        if not self.words & OPERATIONS and not self._doubles_its_row(item, value, error):
            return
        for quantity in self.quantities.near(value / 2, error / 2):
            if quantity.role in WRONG_ABOUT and all(part.family == "linear" for part, _ in quantity.cover):
                yield Quantity(int(value), quantity.cover, "ops", f"FLOPs of {quantity.what}, two for each weight")

    def _doubles_its_row(self, item: Item, value: float, error: float) -> bool:
        """Whether another cell of the row is half of it."""
        for other in self.items[max(item.index - 4, 0) : item.index]:
            if other.statement.row == item.statement.row and other.value is not None:
                if abs(2 * other.value - value) <= error + 2 * other.error:
                    return True
        return False

    def _named(self, item: Item) -> Iterator[Quantity]:
        """The layers that a label names one by one: ``conv1 and bn1``; of repeated ones those of a block, and all."""
        sure = [part for part in self.labels.sure(item.statement) if part.full]
        if len(sure) < 2:
            return
        what = " and ".join([part.shown for part in sure[:4]]) + (" and others" if len(sure) > 4 else "")
        every = tuple([(part, part.times) for part in sure])
        for cover in dict.fromkeys([tuple([(part, 1) for part in sure]), every]):
            value = sum([self.books.count(part) * times for part, times in cover])
            terms = tuple([(term, times) for part, times in cover for term in self.books.terms(part)])
            yield Quantity(value, cover, "named", what, 1, terms)

    def _composed(self, item: Item, value: float) -> Iterator[Quantity]:
        """Several layers that the text puts together: so many of one size, or all the terms of its own sum."""
        if value != int(value) or not item.products:
            return
        yield from self._multiples(item, int(value))
        union = self._union(item)
        if union is not None and union.value == value:
            yield union

    def _multiples(self, item: Item, value: int) -> Iterator[Quantity]:
        """``4 x 128 = 512``: so many layers of one size, where the network has at least so many."""
        for leaf in {leaf.value for product in item.products or () for leaf in product.leaves}:
            if not isinstance(leaf, int) or not 1 < leaf <= 512 or value % leaf:
                continue
            same = [q for q in self.quantities.exactly.get(value // leaf, ()) if q.role in ("layer", "block", "group")]
            layers = [q.first for q in same if q.role == "layer"]
            cover = together(layers, leaf)
            if cover:
                yield Quantity(value, cover, "counted", f"{leaf} layers like {layers[0].shown}", leaf)

    def _union(self, item: Item) -> Quantity | None:
        """The layers whose terms a sum lists, each once or some times over, complete with their biases."""
        left: dict[int, int] = {}
        for product in item.products or ():
            left[int(product.value)] = left.get(int(product.value), 0) + 1
        cover = self._equal_matrices(left)
        several = max(left, default=0)
        for part, count, weights in self._largest_first:
            if not any(left.values()):
                break
            if (
                id(part) in cover
                or count > several * 2
                or (part.times == 1 and count not in left and (not weights or weights[0] not in left))
            ):
                continue
            n = self._taken_from(left, [count], part.times)
            if not n and weights:
                n = self._taken_from(left, weights, part.times)
                self._take_biases(left, part, n)
            if n:
                cover[id(part)] = (part, n)
        value = sum([self.books.count(part) * n for part, n in cover.values()])
        if not cover or value != item.works_out:
            return self._sum_of_layers(item)
        what = " + ".join([part.shown for part, _ in list(cover.values())[:4]]) + (" + …" if len(cover) > 4 else "")
        return Quantity(value, tuple(cover.values()), "union", what)

    def _equal_matrices(self, left: dict[int, int]) -> dict[int, tuple[Part, int]]:
        """``8*d^2`` as two layers of 4*d^2 each: so many layers with equal weights, taken out of the products."""
        cover: dict[int, tuple[Part, int]] = {}
        for weights, parts in self._by_weights.items():
            for value, count in list(left.items()):
                times = value // weights
                if count != 1 or times * weights != value or not 1 < times <= len(parts):
                    continue
                left[value] = 0
                for part in parts[:times]:
                    cover[id(part)] = (part, 1)
                    self._take_biases(left, part, 1)
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
        value = sum([self.books.count(part) * n for part, n in cover.values()])
        what = " + ".join([part.shown for part, _ in list(cover.values())[:4]]) + (" + …" if len(cover) > 4 else "")
        return Quantity(value, tuple(cover.values()), "union", what) if cover else None

    # -------------------------------------------------------------- with a fault

    def _best_wrong(self, item: Item) -> Meaning | None:
        if item.refers or item.value is None or (item.error > CLOSE * abs(item.value) and item.node is None):
            return None
        if (item.statement.stated is None and self._in_prose(item)) or DENIED & self.prices.said(item).words:
            return None
        if ANOTHER_NETWORK & {word.lower() for word in [*item.statement.label, *item.statement.inner]}:
            return None
        if self.words_at(item).is_hypothetical:
            return None
        if item.products is None and item.value < LEAST_ALONE and item.statement.quantity != "params":
            return None
        beside = self._in_prose(item) and not self.labels.read(item.statement).layers
        sizes = _adds_sizes(item) and (item.statement.stated is None or beside)
        if _leads_on(item) or sizes or self._is_size(item):
            return None
        if item.products is None:
            found = [*self._by_slips(item), *self._unexplained(item)]
        else:
            found = [*self._by_structure(item), *self._by_slips(item)] if _is_count(item) else []
        found.sort(key=lambda meaning: (meaning.cost, -meaning.quantity.value))
        item.trace.extend(found[:3])
        return found[0] if found else None

    def words_at(self, item: Item) -> LineWords:
        """The words of an item's line."""
        kept = self._words.get(item.line_no)
        if kept is None:
            kept = self._words[item.line_no] = LineWords(self.lines.get(item.line_no, ""))
        return kept

    def _is_size(self, item: Item) -> bool:
        """Whether a lone number is a size of some layer, far too small to be a network's count: ``hidden 2048``."""
        if item.products is not None or item.statement.is_total or item.value not in self._by_factor:
            return False
        return not self.labels.sure(item.statement) and item.value * FAR_LESS < self.books.total

    def _in_prose(self, item: Item) -> bool:
        """Whether an expression without a result stands in a long sentence: it describes something."""
        return len(self.words_at(item).listed) > MOST_WORDS

    def _candidates(self, item: Item) -> Iterator[Quantity]:
        """What a wrong line may mean: layers by label, by place, by factors; groups by label."""
        parts: dict[int, Part] = {id(part): part for part in self.labels.sure(item.statement) if part.full}
        if len(self.books.weighted) <= MOST_LAYERS:
            parts.update({id(part): part for part in self.books.weighted})
        else:
            parts.update({id(part): part for part in self._ahead()})
            for product in (item.products or ())[:4]:
                for leaf in product.leaves:
                    if isinstance(leaf.value, int) and leaf.value > 8:
                        some = self._by_factor.get(leaf.value, ())[:AHEAD]
                        parts.update({id(part): part for part in some})
        yield from self._named(item)
        for part in parts.values():
            yield from self.quantities.of_part[id(part)]
        groups = self.quantities.groups if len(self.books.weighted) > 1 else []
        if self.prices.said(item).trainable:
            yield from [group for group in groups if group.role == "trainable"]
        elif not self.labels.read(item.statement).words and not item.statement.is_total:
            if groups:
                yield self.quantities.total
        else:
            yield from [group for group in groups if self.prices.label(item, group) < 0]

    def _ahead(self) -> list[Part]:
        found: list[Part] = []
        for part in self.books.weighted:
            if part.index > self.place.before and not self.place.is_taken(part):
                found.append(part)
                if len(found) == AHEAD:
                    break
        return found

    def _by_structure(self, item: Item) -> Iterator[Meaning]:
        """Wrong about a quantity whose true terms are like those written."""
        assert item.products is not None
        works_out = item.works_out
        for quantity in self._candidates(item):
            in_parts = quantity.role == "weights" and all(id(part) in self.place.biased for part, _ in quantity.cover)
            in_parts = in_parts or (quantity.role == "biases" and self.prices.said(item).of == {"biases"})
            if quantity.value == works_out or not quantity.terms or not (quantity.role in WRONG_ABOUT or in_parts):
                continue
            label = self.prices.label(item, quantity)
            if label <= SURE and item.node is not None and mended(item.node, quantity.value) is not None:
                why = f"signs are missing: {quantity.first.written()} is meant"
                yield Meaning(quantity, FAULT + label, (Cause("garbled_notation", why, item.node),), is_named=True)
            found = self._changes(item, quantity) if label < NO_MEANING else None
            if not found:
                continue
            cost = total_cost(found)
            if (cost >= NOTHING_ALIKE and label > SURE) or (
                label >= 0 and cost > MOST_UNNAMED + PER_TERM * len(item.products)
            ):
                continue
            own = self.prices.role(item, quantity, self.place) + label + self.prices.place(item, quantity, self.place)
            cost = FAULT + own + min(cost, PLAIN_WRONG) + self._doubt(item, quantity, label)
            if cost < NO_MEANING:
                causes = name_changes(found, quantity, self.books, self.words)
                if any(cause.kind == "wrong_formula" for cause in causes):
                    cost += STRANGE_FACTOR
                if label >= 0 and any("rows" in change.roles for change in found if change.product is not None):
                    cost += OF_AN_EMBEDDING
                if label >= 0 and self.labels.read(item.statement).tells:
                    cost += ANOTHER_SUBJECT
                yield Meaning(quantity, cost, tuple(causes), is_named=label <= SURE)

    def _changes(self, item: Item, quantity: Quantity) -> list[Change] | None:
        """The differences to its terms; for repeated layers also to ``4 × 49,984``, whichever are fewer."""
        assert item.products is not None
        found = changes(item.products, quantity.terms)
        if quantity.times > 1 and len(item.products) == 1 and quantity.value % quantity.times == 0:
            whole = Term("weight", (("times", quantity.times), ("unit", quantity.value // quantity.times)))
            other = changes(item.products, [(whole, 1)])
            if other and (not found or total_cost(other) < total_cost(found)):
                return other
        return found

    def _by_slips(self, item: Item) -> Iterator[Meaning]:
        """Wrong about a quantity of which a known slip gives this very value."""
        value = item.node.value if item.fault is not None and item.node is not None else item.works_out
        if value is None:
            return
        telling = -TELLING if not item.error and value >= LEAST_TELLING and value % 1000 else 0.0
        for slip in self.slips.near(value, item.error if item.products is None else 0.0):
            own = self.prices.of(item, slip.quantity, self.place)
            if slip.cost >= FACTOR and own >= 0:
                continue  # a far-fetched slip of a layer that nothing names
            by_value = BY_VALUE if len(slip.quantity.cover) == 1 else BY_VALUE / 4
            cost = FAULT + own + slip.cost + (by_value if item.products else telling)
            cost += self._doubt(item, slip.quantity, self.prices.label(item, slip.quantity))
            if cost < NO_MEANING:
                stated = item.statement.stated
                node = item.node or (stated.node if stated is not None else None)
                cause = Cause(slip.kind, slip.why, node, f"{slip.quantity.value:,}")
                named = self.prices.label(item, slip.quantity) <= SURE
                yield Meaning(slip.quantity, cost, (cause,), is_named=named)

    def _doubt(self, item: Item, quantity: Quantity, label: float) -> float:
        """How unlikely it is that an unnamed line is wrong about what another line gets right."""
        if label < 0 or len(quantity.cover) > 1 or not self.place.is_right(quantity.first, item):
            return 0.0
        return RIGHTLY_TAKEN - TAKEN

    def _unexplained(self, item: Item) -> Iterator[Meaning]:
        """A number beside a label that leaves no doubt, and that no slip gives."""
        value = item.value
        assert value is not None
        for quantity in self._candidates(item):
            trained = quantity.role == "trainable" and self.prices.said(item).trainable
            if quantity.role not in ("layer", "layers", "group", "block", "blocks", "named") and not trained:
                continue
            own = self.prices.of(item, quantity, self.place)
            label = self.prices.label(item, quantity)
            about_all = trained or (len(quantity.cover) > 1 and label <= 2 * FAMILY)
            mixed = any(abs(value / scale - quantity.value) <= item.error / scale for scale in THOUSANDS)
            if not (about_all or mixed) and max(quantity.value, value) > ABSURD * min(quantity.value, value):
                continue
            close = abs(quantity.value - value) <= item.error
            if close or ((own > SURE or (item.error and own > 2 * SURE / 3)) and not about_all):
                continue
            stated = item.statement.stated
            node = stated.node if stated is not None else None
            has = (
                f"{quantity.what} has {quantity.first.written() if len(quantity.cover) == 1 else f'{quantity.value:,}'}"
            )
            summed = about_all and all(self.place.is_taken(part, times) for part, times in quantity.cover)
            dear, kind = (TERM, "wrong_sum") if summed else (PLAIN_WRONG, "wrong_value")
            if mixed:
                dear, kind = TERM, "unit_mixup"
            if is_digit_slip(value, quantity.value):
                dear, has = min(dear, DIGIT), f"a digit slipped: {has}"
            if FAULT + own + dear < NO_MEANING:
                cause = Cause(kind, has, node, f"{quantity.value:,}")
                yield Meaning(quantity, FAULT + own + dear, (cause,), is_named=label <= SURE)


def _claims(item: Item) -> Iterator[tuple[float, float, float]]:
    """The numbers that a statement may claim, with their rounding and how far-fetched each is."""
    member = item.statement.stated or item.statement.expression
    if member is None or member.node is None:
        return
    yield member.node.value, item.error, 0.0
    for node in member.others:
        yield node.value, node.error, 0.5
    leaf = member.node.token
    if leaf is not None and leaf.other is not None:
        yield leaf.other, 0.0, 0.5


def _is_count(item: Item) -> bool:
    """Whether an expression is built as counts are: sums of products of whole numbers, nothing taken off or divided."""
    return all(
        product.value > 0 and all(isinstance(leaf.value, int) for leaf in product.leaves)
        for product in item.products or ()
    )


def _adds_sizes(item: Item) -> bool:
    """Whether nothing but single numbers are put together: ``64 patches + 1``, ``60 + 220 + 561 = 841``."""
    return item.products is not None and all(len(product.leaves) < 2 for product in item.products)


def _leads_on(item: Item) -> bool:
    """Whether it is a size that becomes another one: ``the 256 → 512 layer``."""
    members, label = item.statement.members, item.statement.label
    begun = bool(label) and label[-1].isdigit()
    return len(members) + begun == 2 and members[-1].relation == "→" and all(m.node and m.node.is_bare for m in members)


def is_digit_slip(written: float, true: int) -> bool:
    """Whether two numbers of the same length differ in one digit, or in two that changed places."""
    if written != int(written):
        return False
    ours, theirs = f"{int(written)}", f"{true}"
    if len(ours) != len(theirs) or len(ours) < 3:
        return False
    places = [i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
    swapped = len(places) == 2 and ours[places[0]] == theirs[places[1]] and ours[places[1]] == theirs[places[0]]
    return len(places) == 1 or swapped
