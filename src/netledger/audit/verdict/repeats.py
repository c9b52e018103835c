"""A block multiplied by another number than the network repeats it."""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.matching.sums import PIECES, meant
from netledger.audit.verdict.outcome import called_wrong, stated_node
from netledger.audit.verdict.showing import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items import Item
    from netledger.audit.matching.sums import Sum
    from netledger.audit.verdict.decided import Decided
    from netledger.audit.verdict.outcome import Outcome

GRADIENTS = ("gradient", "grad")
HEADS = frozenset(("head", "heads"))


def wrong_number_of_blocks(decided: Decided, item: Item, found: Sum) -> Outcome | None:
    """``16 × 7,087,872``: a block of which there are 12."""
    if len(found.parts) != 1 or item.value is None:
        return None
    part, times = found.parts[0]
    meaning = meant(part)
    if meaning is None or meaning.causes or meaning.quantity.role in PIECES or times < 2:
        return None
    if times == 2 and any(word.startswith(GRADIENTS) for word in decided.matcher.line_words.at(item).listed):
        why, instead = "gradients are memory: they are no parameters", shown(meaning.quantity.value)
        cause = Cause("gradients_counted", why, stated_node(item), instead)
        return called_wrong(item, (cause,), meaning.quantity.value, None)
    cover = meaning.quantity.cover
    there = min([p.times // n for p, n in cover])
    heads = cover[0][0].heads == times or HEADS & decided.matcher.line_words.at(item).all
    if there == 1 and item.right is None and heads and times > 1:
        why = f"the {times} heads share the width of {meaning.quantity.what}: they are no factor"
        return called_wrong(item, (Cause("multiplied_by_heads", why),), part.value, None)
    if there == 1 and item.right is None and item.value > decided.books.total:
        why = f"{meaning.quantity.what} is there once: what shares its parameters does not count them again"
        cause = Cause("shared_parameters_multiplied", why, stated_node(item))
        return called_wrong(item, (cause,), part.value, None)
    if times == there or there < 2 or item.right is not None or times in decided.matcher.quantities.repeats:
        return None
    expected = meaning.quantity.value * there
    kind = "extra_layer" if times > there else "missing_layer"
    why = f"there are {there} of {meaning.quantity.what}, not {times}"
    node = next((leaf for product in item.products or () for leaf in product.leaves if leaf.value == times), None)
    return called_wrong(item, (Cause(kind, why, node, f"{there}"),), expected, None)
