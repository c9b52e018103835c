"""What a subtotal should be that its label names: a block's count, and what its lines leave out of it or add to it."""

from __future__ import annotations

from netledger.audit.causes.totals import absent_parts, kind_of, names_of
from netledger.audit.matching.books.categories import NORMS, PROJECTION
from netledger.audit.matching.items.meaning import meant
from netledger.audit.matching.labels.wording import key_of
from netledger.audit.reading.tokens.words import family_of
from netledger.audit.weights import BEYOND_ROUNDING
from netledger.audit.words import EACH
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.assignment import Matcher
    from netledger.audit.matching.books.parts import Part
    from netledger.audit.matching.books.quantities import Quantity
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.sums import Sum
    from netledger.audit.reading.tokens.tokenizing import Value

BLOCKS = frozenset(("block", "blocks"))


def block_of(found: Sum, value: Value, matcher: Matcher) -> Quantity | None:
    """The block of this count that a subtotal may be about; ``None`` where its label is about something else."""
    if value != int(value):
        return None
    for quantity in matcher.quantities.exactly.get(int(value), ()):
        if quantity.role in BLOCKS and matcher.prices.label(found.item.wording, quantity) <= 0:
            return quantity
    return None


class Short(Record):
    """A block of which a subtotal's lines leave ``absent`` parts out: the ``kind`` of fault, ``why``, whether the
    label names the block.
    """

    __slots__ = ("quantity", "absent", "kind", "why", "is_named")
    quantity: Quantity
    absent: list[Part]
    kind: str
    why: str
    is_named: bool

    def __init__(self, quantity: Quantity, absent: list[Part], kind: str, why: str, is_named: bool) -> None:
        self._fill(quantity, absent, kind, why, is_named)


def short_of_its_block(found: Sum, covered: list[Quantity], matcher: Matcher, adds: Value) -> Short | None:
    """The block of which lines leave a part out, that a label names or does not speak against; ``adds``: what the
    lines, set right, add up to.
    """
    if len(covered) < 2 or _goes_on_about_a_part(found, covered, matcher):
        return None
    error = found.item.error + found.error
    for cost, quantity in _named(found, matcher):
        own = {id(part): times for part, times in quantity.cover}
        here = [in_one_block(one, quantity) for one in covered]
        seen = [part for one in here for part, _ in one.cover]
        if any(id(part) not in own for part in seen):
            continue
        absent = [part for part in absent_parts(here, matcher.books) if id(part) in own]
        absent = [part for part in absent if not any(part is other for other in seen)]
        short = sum([matcher.books.count(part) * own[id(part)] for part in absent])
        if not absent and adds == quantity.value:
            return None  # the lines, set right, are all of it
        if absent and abs(adds + short - quantity.value) <= error <= short / BEYOND_ROUNDING:
            why = f"no line counts {names_of(absent)}: {quantity.what} has {quantity.value:,}, {short:,} more"
            return Short(quantity, absent, kind_of(absent), why, cost < 0)
    return None


def in_one_block(one: Quantity, block: Quantity) -> Quantity:
    """``2 × norm: 2 × 256`` in a block of several such norms: two of them, and not one of each of two blocks."""
    part, times = one.cover[0]
    there = next((n for other, n in block.cover if other is part), 0)
    if len(one.cover) != 1 or not there or times <= there or times % there:
        return one
    like = [other for other, n in block.cover if n == there and other.family == part.family and other.full == part.full]
    cover = tuple([(other, there) for other in like[: times // there]])
    return one.replace(cover=cover) if len(cover) == times // there else one


def _goes_on_about_a_part(found: Sum, covered: list[Quantity], matcher: Matcher) -> bool:
    """``layer 1, FFN: …``, and below it ``the other 26 layers: …``: they are about the same part of their layers."""
    item = found.item
    above = matcher.items[item.index - 1] if item.index else None
    if above is None or "block" not in above.wording.families or not above.wording.layers:
        return False
    if item.wording.layers or "block" not in item.wording.families or item.statement.section != above.statement.section:
        return False
    meaning = meant(above)
    told = set(meaning.quantity.first.categories) if meaning is not None else set()
    parts = [part for quantity in covered for part, _ in quantity.cover if part.categories]  # a router has none
    return bool(parts) and any(all(category in part.categories for part in parts) for category in told)


def counts_too_often(found: Sum, matcher: Matcher) -> tuple[Item, int, Quantity] | None:
    """The line of a subtotal that is counted more often than in the block of its label: attention for every expert.

    With it how often the block has it, and the block.
    """
    if found.item.error or found.error:
        return None
    for cost, block in _named(found, matcher):
        if cost > 0 or found.adds <= block.value:
            continue
        own = {id(part): times for part, times in block.cover}
        for line, times in found.parts:
            meaning = meant(line)
            if times < 2 or meaning is None or meaning.causes or not line.value:
                continue
            there = min([own.get(id(part), 0) // n for part, n in meaning.quantity.cover])
            if 0 < there < times and found.adds - (times - there) * line.value == block.value:
                return line, there, block
    return None


def leaves_out(line: Item, quantity: Quantity, absent: list[Part]) -> bool:
    """Whether a line's label speaks of the whole of which its quantity leaves these parts out: ``attention`` without
    its output, ``downsample`` without its norm.
    """
    cover = [part for part, _ in quantity.cover]
    if "attention" in line.wording.layers and all("attention" in part.categories for part in [*cover, *absent]):
        has = {letter for part in cover for letter in _projects(part)}
        return not has >= set(PROJECTION.values())  # "self attention" of four matrices leaves no other attention out
    norms = all(part.family in NORMS for part in [*cover, *absent])
    if norms and not EACH.isdisjoint(line.wording.around):
        return False  # "each norm: 1,024" is right of each; who adds it once leaves the other out
    if norms and line.wording.layers and set(line.wording.layers) <= {"norm", "batchnorm"} and not line.wording.ordinal:
        return True
    above = {part.shown.rpartition(".")[0] for part in [*cover, *absent]}
    name = above.pop() if len(above) == 1 else ""
    pieces = [piece for piece in name.split(".") if not piece.isdigit() and piece != "*"]
    return bool(pieces) and family_of(pieces[-1]) != "block" and key_of(pieces[-1]) in line.wording.keys


def _projects(part: Part) -> tuple[str, ...]:
    """Which of attention's four projections a matrix is: three of them where queries, keys and values are one."""
    own = PROJECTION.get(part.leaf.lower())
    if own is not None:
        return (own,)
    return ("q", "k", "v") if "queries, keys and values" in part.categories else ("o",)


def _named(found: Sum, matcher: Matcher) -> list[tuple[float, Quantity]]:
    """The blocks that a label does not speak against, the ones that it names first."""
    blocks = [quantity for quantity in matcher.quantities.groups if quantity.role in BLOCKS]
    costs = [(matcher.prices.label(found.item.wording, quantity), quantity) for quantity in blocks]
    return sorted([(cost, quantity) for cost, quantity in costs if cost <= 0], key=lambda entry: entry[0])
