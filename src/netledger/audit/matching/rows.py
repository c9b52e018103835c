"""Rows against the layers that their labels name: the second ``CONV-5-64`` is the second such layer, a block's row has
the counts of its layers.
"""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.matching.books.categories import NORMS
from netledger.audit.matching.items.arithmetic import is_digit_slip
from netledger.audit.matching.items.meaning import Meaning
from netledger.audit.weights import DIGIT, FAULT, SHARED_NAME, SURE
from netledger.audit.words import EACH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from netledger.audit.matching.books.parts import Books, Part
    from netledger.audit.matching.books.quantities import Quantities, Quantity
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.labels.layers import Labels
    from netledger.audit.matching.labels.prices import Prices

ALIKE = 0.1
"""By how much labels may differ in cost that name layers equally well."""
COUNTS_OF_ONE = frozenset(("layer", "weights"))
"""Roles of what a row says of one layer."""
LEAST_LISTED = 4
"""Layers of a list of which one line may be told to be out of place."""


class LikeRows:
    """Rows of the same label, in their order against the layers that the label names, in theirs."""

    def __init__(self, items: list[Item], books: Books, labels: Labels) -> None:
        self.books, self.labels, self._items = books, labels, items
        self._listed: list[Item] | None = None
        self._places: dict[int, int] = {}
        self._kept: dict[tuple[tuple[str, ...], int], list[Part]] = {}
        self._rows: dict[tuple[tuple[str, ...], str], list[Item]] = {}
        for item in items:
            label = tuple(item.statement.label)
            if label and not item.statement.is_total and item.value:
                rows = self._rows.setdefault((label, item.statement.quantity), [])
                if not rows or rows[-1].statement.row != item.statement.row:
                    self._places[id(item)] = len(rows)
                    rows.append(item)

    def due(self, item: Item) -> Part | None:
        """The layer that a row stands for where it says one beside it again, and all its like say theirs; else
        ``None``.
        """
        alone = None if self.labels.sure(item.wording) else self._out_of_order(item)
        if alone is not None:
            return alone
        rows = self._rows.get((tuple(item.statement.label), item.statement.quantity), [])
        place = self._places.get(id(item))
        if len(rows) < 2 or place is None or item.right is None or item.right.quantity.role not in COUNTS_OF_ONE:
            return None
        parts = self._named(item, rows)
        if len(parts) != len(rows):
            return None
        owners = [row.right.quantity.first if row.right is not None else None for row in rows]
        alike = [self._is_alike(owner, part) for owner, part in zip(owners, parts, strict=True)]
        around = (place - 1, place + 1) if self._stand_together(rows) else (place - 1,)
        beside = [parts[i] for i in around if 0 <= i < len(parts)]
        again = any(self._is_alike(owners[place], part) for part in beside)
        return parts[place] if again and not alike[place] and alike.count(False) == 1 else None

    def _list(self) -> list[Item]:
        """The largest count of each row that is no total."""
        if self._listed is not None:
            return self._listed
        rows: dict[int, Item] = {}
        for item in self._items:
            if item.value and item.stated is not None and item.is_count and not item.statement.is_total:
                kept = rows.setdefault(item.statement.row, item)
                if kept.value is not None and item.value > kept.value:
                    rows[item.statement.row] = item
        self._listed = list(rows.values())
        return self._listed

    def _out_of_order(self, item: Item) -> Part | None:
        """The layer in whose place the one line stands that is not that layer's, where every other line of a list of
        all layers is right in its place.
        """
        parts = self.books.weighted
        if not LEAST_LISTED <= len(parts) == len(self._list()) or any(part.times > 1 for part in parts):
            return None
        wrong = [
            (row, part) for row, part in zip(self._list(), parts, strict=True) if row.value != self.books.count(part)
        ]
        return wrong[0][1] if len(wrong) == 1 and wrong[0][0] is item else None

    def _stand_together(self, rows: list[Item]) -> bool:
        """Whether no row of another label stands between them."""
        there = {row.statement.row for row in rows}
        return all(item.statement.row in there for item in self._items[rows[0].index : rows[-1].index])

    def _is_alike(self, owner: Part | None, part: Part) -> bool:
        return owner is not None and self.books.terms(owner) == self.books.terms(part)

    def _named(self, item: Item, rows: list[Item]) -> list[Part]:
        """As many layers as there are such rows: those that the label names best, else those of the kind that its
        layer is of, else those of them between what the lines before and behind are about.
        """
        key = tuple(item.statement.label), len(rows)
        if key not in self._kept:
            self._kept[key] = self._worked_out(item, rows)
        return self._kept[key]

    def _worked_out(self, item: Item, rows: list[Item]) -> list[Part]:
        costs = [(part, self.labels.cost(item.wording, part)) for part in self.books.weighted]
        least = min([cost for _, cost in costs], default=0.0)
        best = [part for part, cost in costs if cost <= least + ALIKE]
        if len(best) == len(rows) or item.right is None or self.labels.sure(item.wording):
            return best
        family = item.right.quantity.first.family
        of_family = [part for part in self.books.weighted if part.family == family]
        if len(of_family) == len(rows):
            return of_family
        before = self._owner(reversed(self._items[: rows[0].index]))
        behind = self._owner(self._items[rows[-1].index + 1 :])
        first = of_family.index(before) + 1 if before in of_family else 0
        last = of_family.index(behind) if behind in of_family else len(of_family)
        return of_family[first:last]

    @staticmethod
    def _owner(items: Iterable[Item]) -> Part | None:
        """The one layer that the first line is about that is about one."""
        for item in items:
            right = item.right
            if right is not None and right.quantity.role in COUNTS_OF_ONE and len(right.quantity.cover) == 1:
                return right.quantity.first
        return None


def slip_in_block(item: Item, groups: list[Quantity], prices: Prices) -> Meaning | None:
    """``block3: conv 76,856 + bn 256``: the counts of a named block's layers, of which one has a digit wrong."""
    said = [product.leaves[0] for product in item.products or () if len(product.leaves) == 1]
    for quantity in groups if len(said) > 1 and item.statement.label else ():
        cover = quantity.cover
        if quantity.role != "block" or len(cover) != len(said) or prices.label(item.wording, quantity) > SURE:
            continue
        true = [prices.books.count(part) * times for part, times in cover]
        wrong = [i for i, leaf in enumerate(said) if leaf.value != true[i]]
        if len(wrong) == 1 and is_digit_slip(said[wrong[0]].value, true[wrong[0]]):
            (place,) = wrong
            count = f"{true[place]:,}"
            why = f"a digit slipped: {cover[place][0].shown} has {count}"
            cause = Cause("wrong_value", why, said[place], count, true[place])
            return Meaning(quantity, FAULT + DIGIT, (cause,), is_named=True)
    return None


def wrong_term(item: Item, quantity: Quantity, quantities: Quantities) -> Cause | None:
    """``layer: 655,360 + 16,797,696 + 1,024``: the one term of a sum of counts that is no count of what it leaves over:
    with the others it would give the quantity if it were another layer's, or two layers', count.
    """
    products = item.products or ()
    if len(products) < LEAST_TERMS or any(len(product.leaves) > 1 for product in products) or item.fault is not None:
        return None
    own = {id(part) for part, _ in quantity.cover}
    short = quantity.value - sum([product.value for product in products])
    for product in sorted(products, key=lambda product: product.value):
        true = int(product.value + short)
        if true <= 0 or max(true, product.value) > MOST_ALIKE * min(true, product.value):
            continue
        norms = [
            q for q in quantities.exactly.get(int(product.value), ()) if q.role == "layer" and q.first.family in NORMS
        ]
        of_one = [q for q in quantities.exactly.get(true, ()) if own.issuperset([id(p) for p, _ in q.cover])]
        if not of_one and not (norms and true % product.value == 0):
            continue
        said = [q for q in quantities.exactly.get(int(product.value), ()) if q.role == "layer"]
        if not norms and any(id(q.first) in own for q in said):
            continue  # what a layer of its own has, as it is
        leaf, count = product.leaves[0], f"{true:,}"
        if norms and true > product.value and true % product.value == 0:
            why = f"{quantity.what} has {true // product.value} norms of {product.value:,} each"
            return Cause("missing_norm", why, leaf, count, true)
        why = f"{of_one[0].what if of_one else quantity.what} has {count}"
        return Cause("wrong_value", why, leaf, count, true)
    return None


LEAST_TERMS = 3
"""Terms of a sum of which one may be told apart as wrong."""
MOST_ALIKE = 10
"""How many times the true term a wrong one may be, or the other way round."""


def first_number(items: list[Item], books: Books) -> int:
    """What number a text gives the first layer: 1; 0; or 2 where its "layer 1" is the input, and all others fit so."""
    numbered = {i.wording.ordinal: i for i in items if i.wording.ordinal is not None and i.wording.families}
    if 0 in numbered:
        return 0
    fit = [
        item is not None and item.value in (part.full, part.weights)
        for item, part in zip(map(numbered.get, range(2, len(books.weighted) + 2)), books.weighted, strict=True)
    ]
    first = numbered.get(1)
    return 2 if len(fit) > 1 and all(fit) and first is not None and first.products and len(numbered) > len(fit) else 1


def together_for_each(item: Item, quantities: Quantities, labels: Labels) -> Meaning | None:
    """``q_proj, k_proj, v_proj: 1,771,776 params each``: what the layers named have together, said of each."""
    if item.products is not None or item.error or not EACH & item.wording.around:
        return None
    letters = labels.named_projections(item.wording)
    named = [
        part
        for part in quantities.books.weighted
        if labels.projections.get(id(part)) in letters or labels.cost(item.wording, part) <= SHARED_NAME
    ]
    for times in range(2, len({part.leaf for part in named}) + 1):
        for part in named:
            one = quantities.of_part[id(part)][0]
            if one.value * times == item.value:
                node = item.stated.node if item.stated is not None else None
                why = f"that is what {times} of them have together: {part.shown} has {one.value:,}"
                return Meaning(one, FAULT, (Cause("wrong_value", why, node, f"{one.value:,}"),), is_named=True)
    return None


def width_of(labels: Labels, by_row: dict[int, list[Item]], item: Item) -> Part | None:
    """The layer whose width is worked out right before what the row counts: ``k_proj | 8 × 128 = 1024 | … | 4.19M``."""
    if item.fault is not None or len(item.products or ()) != 1 or item.statement.quantity == "params":
        return None
    own = [part for part in labels.sure(item.wording) if item.value in (part.seen * part.groups, part.out)]
    row = by_row.get(item.statement.row, ()) if own else ()
    counts = [other for other in row if other is not item and other.value is not None and other.index > item.index]
    return next((part for part in own if any(labels.sure(other.wording) == [part] for other in counts)), None)
