"""What a wrong line may be about: layers by their names, by place and by factors; groups by their names."""

from __future__ import annotations

from netledger.audit.matching.innocent import LEAST_SUMMED
from netledger.audit.weights import FAMILY, SURE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from netledger.audit.causes.slips import Slip
    from netledger.audit.matching.assignment import Matcher
    from netledger.audit.matching.books.parts import Part
    from netledger.audit.matching.books.quantities import Quantity
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.labels.wording import Wording

AHEAD = 6
"""How many layers that no line accounts for are tried for a line that is wrong."""
MOST_LAYERS = 60
"""Networks of more different layers are compared by label, place and factors alone."""
MOST_SLIPS = 400
"""Slips that give one value, of which all are weighed."""
BLAMABLE = frozenset(("layer", "layers", "group", "block", "blocks", "named"))
"""Roles that a number without factors can be wrong about."""


class Candidates:
    """What the lines of one text may be wrong about in one network, by their words, their place and their factors."""

    def __init__(self, matcher: Matcher, by_factor: dict[int, list[Part]]) -> None:
        """``by_factor``: the layers that have a size."""
        self.books, self.quantities, self.labels, self.prices = (
            matcher.books, matcher.quantities, matcher.labels, matcher.prices,
        )  # fmt: skip
        self.place, self.composed = matcher.place, matcher.composed
        self._by_factor = by_factor
        self._kept: dict[Wording, _Said] = {}

    def of(self, item: Item) -> Iterator[Quantity]:
        """What a wrong line may mean: layers by label, by place, by factors; groups by label."""
        said = self._said(item.wording)
        yield from said.named
        if said.parts is not None:
            yield from said.parts
        else:
            for part in self._parts(item):
                yield from self.quantities.of_part[id(part)]
        yield from said.groups
        layers = len({part.terms for part in self.books.weighted})
        sums = LEAST_SUMMED <= layers <= len(item.products or ()) and not item.wording.layers
        if sums and not any(quantity is self.quantities.total for quantity in said.groups):
            yield self.quantities.total  # "GENOME_LEN = 4*4*32 + 4*4*64 + …": a product for each layer

    def _parts(self, item: Item) -> Iterable[Part]:
        """Layers of a large network: those that the label names, the next ones, and some with the written factors."""
        parts: dict[int, Part] = {id(part): part for part in self.labels.sure(item.wording) if part.full}
        parts.update({id(part): part for part in self.place.ahead(AHEAD)})
        for product in (item.products or ())[:4]:
            for leaf in product.leaves:
                if isinstance(leaf.value, int) and leaf.value > 8:
                    some = self._by_factor.get(leaf.value, ())[:AHEAD]
                    parts.update({id(part): part for part in some})
        return parts.values()

    def _said(self, wording: Wording) -> _Said:
        """What statements of some words may be about, worked out once."""
        kept = self._kept.get(wording)
        if kept is None:
            kept = self._kept[wording] = _Said(self.composed.named(wording), self._groups(wording))
            if len(self.books.weighted) <= MOST_LAYERS:
                sure = {id(part): part for part in self.labels.sure(wording) if part.full}
                sure.update({id(part): part for part in self.books.weighted})
                kept.parts = [quantity for key in sure for quantity in self.quantities.of_part[key]]
        return kept

    def _groups(self, wording: Wording) -> list[Quantity]:
        groups = self.quantities.groups if len(self.books.weighted) > 1 else []
        if wording.trainable:
            return [group for group in groups if group.role == "trainable"]
        if not wording.words and not wording.is_total:
            alone = [group for group in groups if group.role == wording.of and group.what.endswith("the whole network")]
            return [*alone, self.quantities.total] if groups else []
        return [group for group in groups if self.prices.label(wording, group) < 0]

    def blamable(self, item: Item) -> list[tuple[Quantity, float, bool]]:
        """Of its candidates those that a number without factors can be wrong about at best, with what the label says
        and whether the line is about all of a kind. That hangs on the words alone where the candidates do.
        """
        said = self._said(item.wording)
        if said.blamable is not None:
            return said.blamable
        found = []
        for quantity in self.of(item):
            trained = quantity.role == "trainable" and item.wording.trainable
            if quantity.role in BLAMABLE or trained:
                label = self.prices.label(item.wording, quantity)
                about_all = trained or (len(quantity.cover) > 1 and label <= 2 * FAMILY)
                if about_all or self.prices.least(item, quantity, self.place) <= SURE:
                    found.append((quantity, label, about_all))
        if said.parts is not None:
            said.blamable = found
        return found

    def near(self, item: Item, slips: list[Slip]) -> list[Slip]:
        """Of many slips of equal layers those of the layers that are named and of the next one, and the first."""
        if len(slips) <= MOST_SLIPS:
            return slips
        near = {id(part) for part in [*self.labels.sure(item.wording), *self.place.ahead(1)]}
        own = [slip for slip in slips if id(slip.quantity.first) in near]
        return [*own, *[slip for slip in slips[:MOST_SLIPS] if id(slip.quantity.first) not in near]]


class _Said:
    """What statements of the same words may be about: layers that they name together, single ``parts`` (``None`` where
    these hang on the place too), groups; ``blamable``: those that a number alone can be wrong about.
    """

    __slots__ = ("blamable", "groups", "named", "parts")

    def __init__(self, named: list[Quantity], groups: list[Quantity]) -> None:
        self.named, self.groups = named, groups
        self.parts: list[Quantity] | None = None
        self.blamable: list[tuple[Quantity, float, bool]] | None = None
