"""What other lines of a text say that makes a line right, leaves it open, or is wrong already above it."""

from __future__ import annotations

from netledger.audit.matching.items.item import LEAST_ALONE
from netledger.audit.matching.items.meaning import meant
from netledger.audit.matching.items.references import SURELY_NO_SIZE
from netledger.audit.reading.tokens.words import says_the_same
from netledger.audit.verdict.lines.parameterless import LEAST_TERMS
from netledger.audit.verdict.outcome import Outcome
from netledger.audit.weights import LEAST_TELLING, NO_MEANING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.items.meaning import Meaning
    from netledger.audit.reading.expressions.nodes import Node
    from netledger.audit.verdict.decided import Decided


OF_THE_WHOLE = ("trainable", "total")
"""Roles of a network's own counts."""


def makes_what_is_right(decided: Decided, item: Item, steps: int = 2) -> bool:
    """Whether a line below multiplies this value, in a few steps at most, and is right: one head of twelve."""
    for other in decided.items[item.index + 1 :]:
        multiplied = len(other.refers) == 1 and other.refers[0][0] is item and other.refers[0][1] > 1
        if other.right is None or other.right.cost >= NO_MEANING:
            if multiplied and steps > 1 and makes_what_is_right(decided, other, steps - 1):
                return True
            continue
        if multiplied:
            return True
        near = other.line_no - item.line_no <= 1 and other.node is not None and item.node is not None
        if near and not other.right.causes and _is_inside(item.node, other.node):
            return True
    return False


def _is_inside(node: Node | None, other: Node | None) -> bool:
    """Whether an expression stands inside another one: ``164*64`` in ``4*(164*64 + 64)``."""
    if node is None or other is None or not node.args:
        return False
    sizes = [leaf.value for leaf in node.numbers()]
    for arg in other.args:
        same = arg.op == node.op and arg.value == node.value and [leaf.value for leaf in arg.numbers()] == sizes
        if same or _is_inside(node, arg):
            return True
    return False


def of_what_is_taken_off(decided: Decided, item: Item) -> Outcome | None:
    """A count from which a line below takes something, and comes to what is right: ``58,073,600`` with a shared table
    twice, and ``58,073,600 - 16,384,000``.
    """
    if item.error or item.fault is not None or not isinstance(item.value, int) or item.value < LEAST_TELLING:
        return None
    for other in decided.items[item.index + 1 :]:
        products = other.products or []
        right = other.right is not None and other.right.cost < NO_MEANING and not other.right.causes
        if not right or other.fault is not None or len(products) < LEAST_TERMS or products[0].value != item.value:
            continue
        if all(product.value < 0 for product in products[1:]):
            return Outcome(item, "right", None, f"what line {other.line_no} takes away from", (), item.value)
    return None


def is_in_a_right_sum(decided: Decided, item: Item) -> bool:
    """Whether the number is a term, or a factor, of what is right by itself and for the network: ``3392 + 74 = 3466``,
    ``10 * 4,923,520``. Then it can hardly be wrong.
    """
    if not isinstance(item.value, int) or item.error or item.value < LEAST_ALONE:
        return False
    return any(_builds_on(decided, other, item.value) for other in decided.items if other is not item)


def _builds_on(decided: Decided, other: Item, value: int) -> bool:
    products = other.products or ()
    right = other.right is not None and other.right.cost < NO_MEANING and not other.right.causes
    right = right and other.value is not None and other.value >= LEAST_TELLING
    right = right and other.fault is None
    if other.error or not (right or other.works_out == decided.books.total):
        return False  # what its terms come to, also where the result beside them is another
    terms = [product.value for product in products if len(product.leaves) == 1]
    if len(terms) == len(products) > 1:
        return value in terms
    leaves = [leaf.value for product in products for leaf in product.leaves]
    return len(leaves) == LEAST_TERMS == 1 + len(products) and value in leaves and value >= SURELY_NO_SIZE


def names_it_beside(decided: Decided, item: Item, meaning: Meaning) -> bool:
    """Whether another number of the row is right about the same layer: a table's count beside the calculation."""
    row = decided.matcher.by_row.get(item.statement.row, ())
    told = [meant(other) for other in row if other is not item]
    return any(o is not None and not o.causes and o.quantity.first is meaning.quantity.first for o in told)


def said_above(decided: Decided, item: Item, meaning: Meaning) -> Outcome | None:
    """The wrong line whose value a line only takes over: ``layer 2: the same, 320,800``; or the wrong formula of the
    very layer: ``so the LSTM has 120``.
    """
    if item.products is not None:
        return None
    same = says_the_same(decided.matcher.line_words.at(item).listed)
    for outcome in reversed(decided.outcomes.values()):
        above = outcome.item
        if outcome.verdict not in ("wrong", "carries") or above.value != item.value or above.line_no >= item.line_no:
            continue
        if same or (above.products and outcome.layer == meaning.layer and outcome.expected == meaning.expected):
            return outcome
    return None


def told_beside(decided: Decided, item: Item, meaning: Meaning) -> bool:
    """Whether the same line says beside it what is right: ``6*6*48 = 1728 inputs, 1729*64 = 110,656``."""
    for other in decided.matcher.by_row.get(item.statement.row, ()):
        told = meant(other) if other is not item and other.fault is None else None
        if told is not None and not told.causes and told.quantity.role in OF_THE_WHOLE:
            if item.error and item.value is not None and item.value > 2 * told.quantity.value:
                return True  # "trainable are 296,450 of about 109.8M"
        if told is None or told.causes or told.quantity.value != meaning.quantity.value:
            continue
        if told.quantity.first is not meaning.quantity.first and decided.matcher.labels.sure(other.wording):
            continue  # "mu has 5,280, logvar has 2,580": of another layer, which is as large
        if (other.statement.quantity, item.statement.quantity) == ("weights", "params"):
            continue  # the column of weights has the biases already, that of parameters adds them again
        apart = other.products is not None and other.statement.label == item.statement.label
        if apart and item.statement.quantity != "params" and item.index > other.index:
            return True  # "3*4096*14336 = 176M | 2*3*4096*14336 = 352M": of another sort
        if told.quantity.role == "total" and len(item.products or ()) >= LEAST_TERMS + 1 and item.stated is None:
            continue  # "params = 5*5*10 + … ??? (summary says 21840)"
        sizes = {size for term in told.quantity.first.terms for _, size in term.factors}
        if item.products is None or item.stated is None or item.value in sizes:
            return True
    return False
