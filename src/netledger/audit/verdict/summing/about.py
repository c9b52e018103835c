"""What a sum is about: all of the network, a block of it, or the layers of its lines."""

from __future__ import annotations

from netledger.audit.matching.books.categories import ATTENTION, FEED_FORWARD
from netledger.audit.matching.items.meaning import meant
from netledger.audit.verdict.summing.totals import is_all_there
from netledger.audit.weights import LEAST_TELLING, NEAR_SUM
from netledger.audit.words import EACH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.items.meaning import Meaning
    from netledger.audit.matching.sums import Sum
    from netledger.audit.reading.tokens.tokenizing import Value
    from netledger.audit.verdict.decided import Decided


def ends_all(decided: Decided, found: Sum) -> bool:
    """Whether the last line adds up all the others, among which are all layers of the network."""
    last = found.item.index == len(decided.items) - 1 and len(found.parts) == found.item.index
    return last and not found.item.statement.label and is_all_there(decided)


def ends_nearly_all(decided: Decided, found: Sum) -> bool:
    """Whether the last line adds up all the others and comes near the whole network, whatever it is called."""
    item, total = found.item, decided.books.total
    last = decided.whole and not decided.named and item.index == len(decided.items) - 1 and not item.error
    if not last or item.statement.label or len(found.parts) < LEAST_OF_ALL:
        return False
    counted = [other for other in decided.items[: item.index] if other.products and other.stated is not None]
    return len(found.parts) == len(counted) and 0 < abs(total - found.adds) <= NEAR_SUM * total


LEAST_OF_ALL = 3
"""Lines that one without a name adds up, where it is the network's."""


def is_the_only_block(decided: Decided, item: Item, found: Sum) -> bool:
    """``In the whole block: …`` at the end of a text about a network that is one block, and has most of its layers."""
    said = set(item.wording.inner_families)
    last = item.index >= decided.last_sum and decided.whole and not decided.named
    last = last and (item.statement.is_total or decided.adds_everything(found))
    if said != {"block"} or not last or item.wording.ordinal is not None or item.statement.times > 1:
        return False
    parts = decided.books.weighted
    inner = {part.name.split(".")[0] for part in parts if "." in part.name}
    if len(inner - ATTENTION - FEED_FORWARD) > 1 or any(part.times > 1 for part in parts):
        return False
    seen = {id(p) for part, _ in found.parts if (m := meant(part)) is not None for p, _ in m.quantity.cover}
    return 2 * len(seen) > len(parts)


def is_all_that_is_trained(decided: Decided, item: Item, found: Sum) -> bool:
    """``Trainable: 439,696`` at the end of a text about a network of which everything is trained."""
    if not item.wording.trainable or item.wording.inner_families or not decided.adds_everything(found):
        return False
    groups = decided.matcher.quantities.groups
    return any(quantity.role == "trainable" and quantity.value == decided.books.total for quantity in groups)


def is_all_of_its_kind(decided: Decided, item: Item) -> bool:
    """``the attention in all: …`` of a network that is nothing but attention."""
    families = set(item.wording.inner_families) - {"block"}
    if len(families) != 1 or not item.statement.is_total or not decided.whole or decided.named:
        return False
    (family,) = families
    return all(decided.matcher.prices.fits(family, part) for part in decided.books.weighted)


def total_follows(decided: Decided, item: Item) -> bool:
    """Whether a line below gives the network's exact count, so that this sum is of a part."""
    return bool(decided.exact_totals) and decided.exact_totals[-1].index > item.index


def counts_each(decided: Decided, found: Sum, value: Value) -> bool:
    """Whether a total counts a line several times that says what each has: ``each LSTM layer … 321,600``."""
    for part, _ in found.parts:
        said = part.value and EACH & part.wording.around
        if said and value > found.adds and (value - found.adds) % (part.value or 1) == 0:
            return (value - found.adds) // (part.value or 1) < MOST_EACH
    return False


MOST_EACH = 200
"""Layers of which one line tells what each has."""


def is_about_its_lines(found: Sum, meaning: Meaning) -> bool:
    """Whether a sum means some layer that each of its right lines means: else it has the value of others by chance."""
    own = {id(part) for part, _ in meaning.quantity.cover}
    covers = [m.quantity.cover for part, _ in found.parts if (m := meant(part)) is not None and not m.causes]
    return all(any(id(part) in own for part, _ in cover) for cover in covers)


def is_of_a_block(decided: Decided, found: Sum, meaning: Meaning) -> bool:
    """Whether right lines add up to a block of the network, of which nothing says that it is the whole; or the very
    count of a block stands below the total: ``645,696 parameters. … - sum: 111,840``.
    """
    block = meaning.quantity.role in ("block", "blocks") and not meaning.causes
    item = found.item
    if block and not item.error and item.value is not None and item.value >= LEAST_TELLING:
        if any(other.is_count and other.index < item.index for other in decided.exact_totals):
            return True
    block = block and meaning.cost < 0
    return block and found.adds == meaning.quantity.value and all(decided.is_right(part) for part, _ in found.parts)
