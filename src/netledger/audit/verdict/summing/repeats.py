"""A block multiplied by another number than the network repeats it."""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.matching.books.categories import RECURRENT
from netledger.audit.matching.items.meaning import meant
from netledger.audit.matching.summands import PIECES
from netledger.audit.reading.tokens.words import speaks_of_heads
from netledger.audit.verdict.outcome import called_wrong, shown, stated_node
from netledger.audit.verdict.summing.blamed import covered_by
from netledger.audit.verdict.summing.totals import carried
from netledger.audit.weights import LEAST_TELLING
from netledger.audit.words import GRADIENTS, STEPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.sums import Sum
    from netledger.audit.verdict.decided import Decided
    from netledger.audit.verdict.outcome import Outcome


UNLIKELY = 0.5
"""A meaning that costs more may be one by chance."""


def wrong_number_of_blocks(decided: Decided, item: Item, found: Sum) -> Outcome | None:
    """``16 × 7,087,872``: a block of which there are 12."""
    if len(found.parts) != 1 or item.value is None:
        return None
    part, times = found.parts[0]
    meaning = meant(part)
    if times < 2 or (meaning is not None and meaning.quantity.role in PIECES):
        return None
    if times == 2 and any(word.startswith(GRADIENTS) for word in decided.matcher.line_words.at(item).listed):
        return _with_gradients(decided, item, part)
    if meaning is not None and meaning.causes:
        return None
    covered = covered_by(decided, [(part, 1)])
    cover = [entry for quantity in covered or () for entry in quantity.cover]
    if not cover or not decided.is_right(part):
        return None
    what = meaning.quantity.what if meaning is not None else f"what line {part.line_no} adds up"
    there = min([p.times // n for p, n in cover])
    heads = cover[0][0].heads == times or speaks_of_heads(decided.matcher.line_words.at(item).listed)
    if there == 1 and item.right is None and heads:
        why = f"the {times} heads share the width of {what}: they are no factor"
        return called_wrong(item, (Cause("multiplied_by_heads", why),), part.value, None)
    like = sum([p.times for p in decided.books.weighted if decided.books.count(p) == decided.books.count(cover[0][0])])
    beyond = len(cover) == 1 and times > like and (item.right is None or item.right.cost > UNLIKELY)
    if there == 1 and beyond and like > 1 and part.value is not None:
        why = f"the network has {like} like {what}, not {times}"
        cause = Cause("shared_parameters_multiplied", why, stated_node(item))
        return called_wrong(item, (cause,), part.value * like, None)
    if there == 1 and item.right is None and decided.whole and item.value > decided.books.total:
        why = f"{what} is there once: what shares its parameters does not count them again"
        recurrent = cover[0][0].family in RECURRENT
        cause = Cause("timesteps_counted" if recurrent else "shared_parameters_multiplied", why, stated_node(item))
        return called_wrong(item, (cause,), part.value, None)
    if meaning is None or times == there or there < 2 or item.right is not None:
        return None
    if times in decided.matcher.quantities.repeats:
        return None
    for slip in decided.matcher.faults.slips.near(item.value, item.error):
        if slip.kind == "kv_heads_ignored" and any(part is cover[0][0] for part, _ in slip.quantity.cover):
            cause = Cause(slip.kind, slip.why, stated_node(item), shown(slip.quantity.value))
            return called_wrong(item, (cause,), slip.quantity.value, None)  # "4 × 262,144" for q, k, v and o
    expected = meaning.quantity.value * there
    kind = "extra_layer" if times > there else "missing_layer"
    why = f"there are {there} of {what}, not {times}"
    node = next((leaf for product in item.products or () for leaf in product.leaves if leaf.value == times), None)
    return called_wrong(item, (Cause(kind, why, node, f"{there}"),), expected, None)


def number_of_steps(decided: Decided, item: Item) -> Outcome | None:
    """``25 steps: 25*4,620``: a recurrent layer, which a line above counts rightly, once for every step."""
    products = item.products or ()
    leaves = {leaf.value for leaf in products[0].leaves} if len(products) == 1 else set()
    words = decided.matcher.line_words.at(item).listed
    if len(leaves) != 2 or not any(word.startswith(STEPS) for word in words):
        return None
    for outcome in reversed(decided.outcomes.values()):
        above = outcome.item
        told = meant(above) if outcome.verdict == "right" and above.value in leaves else None
        if told is not None and above.value is not None and told.quantity.first.family in RECURRENT:
            why = f"the weights of {told.quantity.first.shown} are the same at every step"
            cause = Cause("timesteps_counted", why, stated_node(item), shown(above.value))
            return called_wrong(item, (cause,), above.value, told.layer)
    return None


def times_what_is_there_once(decided: Decided, item: Item) -> Outcome | None:
    """``12 * 7,087,872``: a block of which all layers are one, as in ALBERT (Lan et al. 2020), counted as often as it
    runs.
    """
    products, total = item.products or (), decided.books.total
    leaves = sorted([leaf.value for leaf in products[0].leaves]) if len(products) == 1 else []
    if len(leaves) != len("ab") or not decided.whole or item.value is None or item.value <= total:
        return None
    times, one = leaves
    if not 1 < times <= MOST_TIMES or one < LEAST_TELLING or not isinstance(one, int):
        return None
    quantities = decided.matcher.quantities
    for quantity in (*quantities.exactly.get(one, ()), *quantities.runs(one)):
        if quantity.role in ONCE and all(part.times == n == 1 for part, n in quantity.cover):
            why = f"{quantity.what} is there once: what shares its parameters does not count them again"
            cause = Cause("shared_parameters_multiplied", why, stated_node(item), shown(one))
            return called_wrong(item, (cause,), one, None)
    return None


MOST_TIMES = 128
"""Layers that are one, or its steps."""
ONCE = frozenset(("layer", "block", "blocks", "group", "run"))


def _with_gradients(decided: Decided, item: Item, part: Item) -> Outcome | None:
    """``2 × 21,317``: every parameter has a gradient, which is no parameter."""
    before = decided.outcomes.get(part.index)
    true = before.expected if before is not None and before.expected is not None else None
    if true is None or before is None:
        return None
    cause = Cause("gradients_counted", "gradients are memory: they are no parameters", stated_node(item), shown(true))
    outcome = called_wrong(item, (cause,), true, None)
    if before.verdict == "right":
        return outcome
    return outcome.replace(findings=(*outcome.findings, carried(item, [before], true)))
