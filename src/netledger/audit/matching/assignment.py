"""Every statement's best meanings: first what can be right, so that it is known what is accounted for; then the faults.

Two passes keep this linear: quantities are looked up by value, and a wrong line is compared with the layers that its
label names, with the next ones that no line accounts for, and with those that share its factors.
"""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.causes.structure import changes, total_cost
from netledger.audit.matching.books.composed import Composed
from netledger.audit.matching.books.place import Place
from netledger.audit.matching.books.quantities import WRONG_ABOUT, Quantities, Quantity
from netledger.audit.matching.items.arithmetic import rounds_to
from netledger.audit.matching.items.item import LEAST_COUNT, Item, items_of
from netledger.audit.matching.items.meaning import Meaning, meant
from netledger.audit.matching.items.references import refer
from netledger.audit.matching.labels.layers import Labels
from netledger.audit.matching.labels.line_words import LinesWords
from netledger.audit.matching.labels.prices import Prices
from netledger.audit.matching.rows import LikeRows, first_number
from netledger.audit.weights import (
    ANOTHERS_NAME,
    FACTOR,
    FAULT,
    LEAST_TELLING,
    NO_MEANING,
    OTHER_FAMILY,
    SECOND_FACTOR,
    STRUCTURE,
    TELLING,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from netledger.audit.causes.structure import Change
    from netledger.audit.matching.books.parts import Books
    from netledger.audit.matching.faults import Faults
    from netledger.audit.memory.caches import Caches
    from netledger.audit.reading.reader import Calculation
    from netledger.audit.reading.tokens.tokenizing import Value

MOST_MEANINGS = 40
"""Quantities of one value that are compared; of more equal layers the named and the next ones are."""
LEAST_OF_RUN = 10_000
"""A formula that gives less is that of several layers in a row by chance."""
OPERATIONS = frozenset("flop flops gflop gflops tflops mflops mac macs gmacs operations".split())
"""Words of a text that counts operations too."""
SIZES = {"wrong_in_channels": "in", "wrong_out_channels": "out"}
"""What is wrong where a layer's size of this role is another's."""
PLAIN = frozenset(("layer", "layers", "total", "block", "blocks", "group", "named"))
"""Roles of which a sure label leaves no doubt; any other one a slip may imitate."""


class Matcher:
    """Gives every item of one text its best meaning without a fault, and its best meaning with one."""

    def __init__(self, calculation: Calculation, books: Books) -> None:
        self.books = books
        self.quantities = Quantities(books)
        self.labels = Labels(books)
        self.prices = Prices(books, self.labels, self.quantities.kernels, calculation)
        self.words = frozenset(calculation.words)
        self.line_words = LinesWords(calculation.lines)
        self.written = calculation.written
        self.items = items_of(calculation)
        self.labels.first_number = first_number(self.items, books)
        self.by_row: dict[int, list[Item]] = {}
        for item in self.items:
            self.by_row.setdefault(item.statement.row, []).append(item)
        for item in self.items:
            item.sizes = _sizes_before(item, self.by_row[item.statement.row])
        self.place = Place(books.weighted)
        self.composed = Composed(books, self.quantities, self.labels)
        self.rows = LikeRows(self.items, books, self.labels)
        self._faults: Faults | None = None
        self._caches: Caches | None = None

    @property
    def caches(self) -> Caches:
        """What is known of the cache that the text speaks of; only texts about other quantities ask for it."""
        if self._caches is None:
            from netledger.audit.memory.caches import Caches

            self._caches = Caches(self.books, self.words)
        return self._caches

    @property
    def has_experts(self) -> bool:
        """Whether the network has experts."""
        return any("expert" in name for name in self.prices.blocks) or any(
            part.kind == "experts" for part in self.books.weighted
        )

    @property
    def faults(self) -> Faults:
        """What the lines may be wrong about; a text without a fault never asks."""
        if self._faults is None:
            from netledger.audit.matching.faults import Faults

            self._faults = Faults(self)
        return self._faults

    def matched(self) -> Matcher:
        """This matcher, when every statement is matched."""
        self.run()
        return self

    def has_faults(self, more_than: float = 0) -> bool:
        """Whether more lines than so many are equations that are wrong, whatever the other lines are; nothing more is
        matched than that takes.
        """
        found = 0
        for item in self._matching():
            found += item.wrong is not None and self._is_wrong(item)
            if found > more_than:
                return True
        return False

    def _is_wrong(self, item: Item) -> bool:
        """Whether an equation by itself is wrong, whatever the lines below are."""
        meaning = meant(item)
        if meaning is None or not meaning.causes or not item.is_count or not item.products:
            return False
        if sum(1 for member in item.statement.members if member.node is not None) < 2:
            return False
        if item.refers or item.wording.is_total or len(self.by_row[item.statement.row]) > 1:
            return False
        return not any(other.refers and other.refers[0][0] is item for other in self.items)

    def run(self) -> list[Item]:
        """Match every statement."""
        for _ in self._matching():
            pass
        return self.items

    def _matching(self) -> Iterator[Item]:
        """Match every statement; each is handed out when nothing about it will change any more."""
        refer(self.items)
        counts = [item for item in self.items if (item.is_count or item.is_soft) and item.value is not None]
        counts = [item for item in counts if not item.statement.is_open]  # no other layer is meant there
        if self.labels.first_number > 1:  # the line of the input, which some texts count as a layer
            rows = {item.statement.row for item in counts if item.wording.ordinal == 1 and item.products}
            counts = [item for item in counts if item.statement.row not in rows]
        for item in counts:
            item.is_named = bool(item.node is not None and self.labels.sure(item.wording))
            item.right = self._best_right(item, _claims(item))
            loose = item.right is None or (item.right.cost > 0 and not _is_its_matrix(item, item.right)) or item.error
            if item.is_soft and not item.is_named and loose:
                item.right = None
                continue
            if item.fault is not None and item.node is not None:
                item.given = self._best_right(item, [(item.node.value, item.node.error, 0.0)])
            if item.right is not None and item.right.cost < NO_MEANING and self._counts_biases(item, item.right):
                self.place.take(item.right.quantity, item)
        self.place.restart()
        counts = [item for item in counts if item.is_count]
        for before, item in zip([None, *counts], counts, strict=False):
            if self._is_doubtful(item):
                item.right = self._again(item)
                item.wrong = None if _is_a_run_around(item) else self.faults.best(item)
            if before is not None and item.right is not None:
                item.wrong = self._copied(item) or item.wrong or self._written_twice(before, item)
            self._move(item)
            yield item

    def _is_doubtful(self, item: Item) -> bool:
        """Whether a statement may be wrong about something else than what it can rightly mean."""
        right = item.right
        if right is None or right.cost > 0 or right.quantity.role not in PLAIN:
            return True
        return self.prices.label(item.wording, right.quantity) >= OTHER_FAMILY

    def _counts_biases(self, item: Item, right: Meaning) -> bool:
        """Whether a number that may be a layer's biases is said to be, or stands behind its weights: ``dense 100``
        tells its units.
        """
        if right.quantity.role != "biases" or item.wording.of == "biases":
            return True
        before = [other.right for other in self.items[max(item.index - 2, 0) : item.index]]
        if any(o is not None and o.cost < NO_MEANING and o.quantity.role in ("weights", "matrix") for o in before):
            return True
        above = self.items[item.index - 1] if item.index else None
        sizes = above.products[0].leaves if above is not None and above.products else ()
        return any(leaf.value == item.value for leaf in sizes)  # "(4096, 6400) 26214400" above "(4096, ) 4096"

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
        kinds = [kind for kind, role in SIZES.items() if _size(right.quantity, role) != _size(quantity, role)]
        numbered = len(kinds) != 1 or self.labels.sure(item.wording) or item.wording.ordinal is not None
        kind = "mislabelled_layer" if numbered else kinds[0]
        return Meaning(quantity, right.cost - FAULT, (Cause(kind, why, node),), is_named=True)

    def _copied(self, item: Item) -> Meaning | None:
        """A row that says again what the one of its label before says, though the layer that it stands for differs."""
        part = self.rows.due(item)
        right = item.right
        if part is None or right is None or len(right.quantity.cover) > 1:
            return None
        quantity = next((q for q in self.quantities.of_part[id(part)] if q.role == right.quantity.role), None)
        if quantity is None or quantity.value == item.value:
            return None
        kinds = [kind for kind, role in SIZES.items() if _size(right.quantity, role) != _size(quantity, role)]
        kind = kinds[0] if len(kinds) == 1 else "wrong_value"
        why = f"that is {right.quantity.what} again: {part.shown} has {quantity.value:,}"
        node = item.node or (item.stated.node if item.stated is not None else None)
        return Meaning(quantity, right.cost - FAULT, (Cause(kind, why, node, f"{quantity.value:,}"),), is_named=True)

    def _move(self, item: Item) -> None:
        """Go to the layer that a line means; a fault found accounts for its layer too."""
        meaning = item.right
        if meaning is None or (item.wrong is not None and item.wrong.cost < meaning.cost):
            meaning = item.wrong
        if meaning is None or meaning.cost >= NO_MEANING or not self._counts_biases(item, meaning):
            return
        if meaning.causes and item.statement.is_total and item.products is None:
            return  # a total of lines accounts for no layer itself
        if not meaning.causes or len(self.books.weighted) > 1:
            self.place.take(meaning.quantity, item, rightly=not meaning.causes)

    def _best_right(self, item: Item, claims: Iterable[tuple[float, float, float]]) -> Meaning | None:
        found: list[Meaning] = []
        known: dict[Hashable, tuple[list[Change] | None, float]] = {}
        for value, error, dear in claims:
            for quantity in self._of_value(item, value, error):
                cost = self.prices.of(item, quantity, self.place) + dear
                if not error and value >= LEAST_TELLING and quantity.role not in ("weights", "ops"):
                    cost -= TELLING
                structure = self.prices.structure(item, quantity, known)
                told = item.products is None and not error and value >= LEAST_COUNT
                told = told and not (quantity.role == "layer" and self.place.is_taken(quantity.first, 1, item))
                fits = (told or quantity.role == "counted") and self.prices.label(item.wording, quantity) < 0
                whole = told and quantity.role == "total" and value >= LEAST_TELLING and not item.statement.label
                exact = (structure == STRUCTURE or fits or whole) and not self.prices.is_anothers(
                    item.wording, quantity
                )
                exact = exact and self.prices.sizes(item, quantity) <= 0 and cost < NO_MEANING
                exact = exact and self.prices.label(item.wording, quantity) < ANOTHERS_NAME
                found.append(Meaning(quantity, cost + structure, is_exact=exact))
            if found:
                break
        if not item.error and any(known_changes == [] for known_changes, _ in known.values()):
            found = [m.replace(cost=m.cost + self.prices.unlike(item, m.quantity, known)) for m in found]
        found.sort(key=lambda meaning: meaning.cost)
        item.trace.extend(found[:3])
        return found[0] if found else None

    def _of_value(self, item: Item, value: float, error: float) -> Iterable[Quantity]:
        found = self.quantities.near(value, error)
        if error and not item.products:
            found = [quantity for quantity in found if rounds_to(quantity.value, value, error)]
        found = [*found, *[named for named in self.composed.named(item.wording) if abs(named.value - value) <= error]]
        if item.products and not item.refers:
            gives = item.node.value if error and item.node is not None and item.fault is None else value
            found = [*found, *self.composed.of_products(item, gives)]
        if not found or self.words & OPERATIONS:
            found = [*found, *self._as_operations(item, value, error)]
        if not error and not item.products and not found:
            found = list(self.quantities.equal_layers(int(value)))
        formula = item.products and not item.refers and not error and value >= LEAST_OF_RUN
        unnamed = value >= LEAST_TELLING and not (
            item.statement.label or item.statement.is_total
        )  # "(30,522 + 512 + 4)*1024 = …"
        if formula and not found and (unnamed or "block" in item.wording.families):
            found = list(self.quantities.runs(int(value)))  # "encoder layer: 12*H^2 + 13*H"
        if len(found) <= MOST_MEANINGS:
            return found
        following = [self.place.following] if self.place.following is not None else []
        near = {id(part): part for part in [*self.labels.sure(item.wording)[:MOST_MEANINGS], *following]}
        own = [q for key in near for q in self.quantities.of_part.get(key, ()) if abs(q.value - value) <= error]
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


def _is_a_run_around(item: Item) -> bool:
    """``dw+pw 1: 2,528``: the very count of a few layers in a row, of which the label names one."""
    right = item.right
    told = right is not None and right.quantity.role == "run" and right.cost < NO_MEANING and not item.error
    if not told or right is None or item.products is not None or right.quantity.value < LEAST_TELLING / 10:
        return False
    names = {word.lower() for word in item.statement.label}
    return any(part.leaf.lower().rstrip("0123456789") in names for part, _ in right.quantity.cover)


def _is_its_matrix(item: Item, right: Meaning) -> bool:
    """``output: 64*1 = 64``: what a layer reads times what it puts out, though a word for sizes leads to it."""
    factors = item.node.factors() if item.node is not None and item.node.op == "product" else []
    part = right.quantity.first
    if item.statement.quantity != "shape" or right.quantity.role != "weights" or len(right.quantity.cover) > 1:
        return False
    return part.family == "linear" and [factor.value for factor in factors] in (
        [part.seen, part.out],
        [part.out, part.seen],
    )


def _size(quantity: Quantity, role: str) -> int:
    """A size of the one layer that a quantity is of."""
    return quantity.terms[0][0].size(role) if quantity.terms else 0


def _sizes_before(item: Item, row: list[Item]) -> tuple[Value, ...]:
    """``32 -> 128: 32*128 + 32``: the sizes right before a formula that name its layer, in and out."""
    for other in reversed(row[: row.index(item)]) if item.products is not None else ():
        members, label = other.statement.members, other.statement.label
        if other.statement.quantity != "setting":
            break
        if not members or members[-1].relation != "→":
            continue
        nodes = [member.node for member in members if member.node is not None and member.node.is_bare]
        sizes = [node.value for node in nodes]
        if len(members) == 1 and label and label[-1].isdigit():
            sizes = [int(label[-1]), *sizes]  # "up-conv 1024→512"
        return tuple(sizes) if len(sizes) == 2 and len(nodes) == len(members) else ()
    return ()


def _claims(item: Item) -> Iterator[tuple[float, float, float]]:
    """The numbers that a statement may claim, with their rounding and how far-fetched each is."""
    member = item.stated or item.statement.expression
    if member is None or member.node is None:
        return
    yield member.node.value, item.error, 0.0
    for node in member.others:
        yield node.value, node.error, 0.5
    leaf = member.node.token
    worked_out = item.node is not None and item.node is not member.node and item.node.value == member.node.value
    called = item.statement.quantity == "params" or worked_out  # "1,040 parameters" are not 1
    if leaf is not None and leaf.other is not None and not (called and leaf.other < leaf.value):
        yield leaf.other, 0.0, 0.5
