"""What a subtotal should be that its label names: a block's count, and what its lines leave out of it or add to it."""

from __future__ import annotations

from netledger.audit.causes.totals import absent_parts
from netledger.audit.matching.categories import OUTPUTS
from netledger.audit.matching.sums import meant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.matching.assignment import Matcher
    from netledger.audit.matching.books import Part
    from netledger.audit.matching.quantities import Quantity
    from netledger.audit.matching.sums import Sum
    from netledger.audit.reading.tokens import Value

BLOCKS = frozenset(("block", "blocks"))


def block_of(found: Sum, value: Value, matcher: Matcher) -> Quantity | None:
    """The block of this count that a subtotal may be about; ``None`` where its label is about something else."""
    if value != int(value):
        return None
    for quantity in matcher.quantities.exactly.get(int(value), ()):
        if quantity.role in BLOCKS and matcher.prices.label(found.item.wording, quantity) <= 0:
            return quantity
    return None


def short_of_its_block(found: Sum, matcher: Matcher) -> tuple[Quantity, str, str] | None:
    """The block that a label names and of which right lines leave a part out: with the kind and a sentence."""
    meanings = [meant(part) for part, _ in found.parts if part.value]
    covered = [meaning.quantity for meaning in meanings if meaning is not None and not meaning.causes]
    if len(covered) < len(meanings) or len(covered) < 2 or found.item.error or found.error:
        return None
    for quantity in _named(found, matcher):
        own = {id(part): times for part, times in quantity.cover}
        seen = [part for one in covered for part, _ in one.cover]
        if any(id(part) not in own for part in seen):
            continue
        absent = [part for part in absent_parts(covered, matcher.books) if id(part) in own]
        absent = [part for part in absent if not any(part is other for other in seen)]
        short = sum([matcher.books.count(part) * own[id(part)] for part in absent])
        if absent and found.adds + short == quantity.value:
            names = ", ".join([part.shown for part in absent[:4]]) + (", …" if len(absent) > 4 else "")
            why = f"no line counts {names}: {quantity.what} has {quantity.value:,}, {short:,} more"
            return quantity, _kind_of(absent), why
    return None


def _named(found: Sum, matcher: Matcher) -> Iterator[Quantity]:
    for quantity in matcher.quantities.groups:
        if quantity.role in BLOCKS and matcher.prices.label(found.item.wording, quantity) < 0:
            yield quantity


def _kind_of(absent: list[Part]) -> str:
    """What leaving some parts of a block out is called."""
    if all(part.family in ("norm", "batchnorm") for part in absent):
        return "missing_norm"
    return "missing_output_projection" if all(part.leaf in OUTPUTS for part in absent) else "missing_layer"
