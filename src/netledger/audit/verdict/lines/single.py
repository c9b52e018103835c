"""What is wrong with one line by itself: pooling that is counted, a tensor's own sizes, a name of another layer."""

from __future__ import annotations

from netledger.audit.causes.cause import MULTIPLIED, Cause
from netledger.audit.matching.books.categories import NORMS
from netledger.audit.matching.books.quantities import broad
from netledger.audit.matching.items.meaning import meant
from netledger.audit.matching.labels.layers import family_alone
from netledger.audit.matching.labels.wording import key_of
from netledger.audit.verdict.outcome import Outcome, called_wrong, stated_node
from netledger.audit.verdict.summing.totals import carries, is_all_there
from netledger.audit.weights import NO_MEANING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.items.meaning import Meaning
    from netledger.audit.reading.tokens.tokenizing import Value
    from netledger.audit.verdict.decided import Decided


def of_the_input(decided: Decided, item: Item) -> Outcome | None:
    """``layer 1: 6*6``, where the other lines' layers have all of the network's: the input as a layer of its own."""
    labels, books = decided.matcher.labels, decided.books
    if labels.first_number <= 1 or item.wording.ordinal != 1 or not item.products or not item.wording.families:
        return None
    why = f"the first size is what {books.weighted[0].shown} reads, and the input is no layer"
    return called_wrong(item, (Cause("extra_layer", why, item.node, "0"),), 0, None)


def against_its_shape(decided: Decided, item: Item) -> Outcome | None:
    """``conv2.weight [12, 8, 3, 3] = 846``: the sizes beside a count are a tensor's, and do not give it."""
    shapes = [member.shape for member in item.statement.members if member.shape and len(member.shape) > 1]
    if not shapes or item.error or item.products is not None or item.right is not None:
        return None
    size = 1
    for side in shapes[-1]:
        size *= side
    owners = [part for part, _ in decided.matcher.quantities.by_terms.get(size, ())]
    sure = decided.matcher.labels.sure(item.wording)
    if size == item.value or not owners or (sure and not any(part in sure for part in owners)):
        return None
    cause = Cause("wrong_value", f"{'*'.join([f'{side}' for side in shapes[-1]])} is {size:,}", stated_node(item))
    return called_wrong(item, (cause,), size, owners[0].shown)


def other_sort(decided: Decided, item: Item) -> Outcome | None:
    """A number that is no count: its arithmetic, and what is known of its sort."""
    from netledger.audit.matching.others import judge_other
    from netledger.audit.verdict.lines.equations import equation_that_fails, only_rounded

    known = judge_other(item, decided.matcher)
    if known.verdict == "wrong":
        before = decided.matcher.caches.carried_by(item, known.expected) if known.expected else None
        if before is not None and known.expected is not None:
            carried = carries(item, [before], known.expected, known.layer)
            decided.matcher.caches.wrong[item.index] = carried
            return carried
        cause = Cause(known.kind, known.why, stated_node(item))
        wrong = called_wrong(item, (cause,), known.expected, known.layer)
        decided.matcher.caches.wrong[item.index] = wrong
        return wrong
    if item.fault is not None and item.fault.member.node is not None and not only_rounded(item):
        return equation_that_fails(decided, item)
    if known.verdict == "right":
        return Outcome(item, "right", known.layer, known.why, (), item.value)
    if item.node is not None and len([m for m in item.statement.members if m.node is not None]) > 1:
        return Outcome(item, "adds_up", None, "no count of parameters")
    return None


def mislabelled(decided: Decided, item: Item, meaning: Meaning) -> Outcome | None:
    """A formula of one layer below the own name of another, which a line above has: ``up2`` twice, for up1."""
    named = decided.matcher.labels.sure(item.wording) if item.statement.label else []
    if len(named) != 1 or meaning.quantity.role != "layer" or item.products is None or not decided.blames:
        return None
    part, own = named[0], meaning.quantity.first
    if family_alone(key_of(part.name)) or any(family_alone(key) for key in item.wording.keys):
        return None  # "Dense(1)" means the family
    same = part is own or decided.books.count(part) == meaning.quantity.value or broad(part.family) != broad(own.family)
    if same or part.times > 1 or own.times > 1:
        return None
    if not decided.matcher.place.is_right(part, item) and len(decided.named_as_layers - {item.index}) < LEAST_NAMED:
        return None
    if decided.matcher.place.is_taken(own, 1, item):
        return None
    true = decided.books.count(part)
    why = f"that is {own.shown}: {part.shown} has {part.written()} = {true:,}"
    node = item.node or stated_node(item)
    return called_wrong(item, (Cause("mislabelled_layer", why, node, own.shown),), true, part.shown)


LEAST_NAMED = 2
"""Lines below the very names that their layers have, by which a name means its layer on another line too."""


def says_one_vector(decided: Decided, item: Item, meaning: Meaning) -> bool:
    """Whether a count with one bias vector says so itself: ``5184 with reset_after=False``."""
    words = decided.matcher.line_words.at(item).listed
    kinds = {cause.kind for cause in meaning.causes}
    said = any(word.startswith("reset_after") and word.endswith("false") for word in words)
    return said and kinds <= {"missing_second_bias", "pytorch_double_bias"}


def without_its_norm(decided: Decided, item: Item, meaning: Meaning) -> Outcome | None:
    """``conv1 + bn1: 3*3*3*24 + 24``: the convolution alone, though the label names its norm, which no line counts."""
    cover = [part for part, _ in meaning.quantity.cover]
    if meaning.quantity.role != "layer" or item.products is None or not decided.blames or cover[0].family in NORMS:
        return None
    named = [part for part in decided.matcher.labels.sure(item.wording) if part.full]
    norms = [part for part in named if part.family in NORMS and part.index == cover[0].index + 1]
    if cover[0] not in named or len(norms) != 1 or decided.matcher.place.is_taken(norms[0], 1, item):
        return None
    count = decided.books.count(norms[0])
    if any(other.value == count for other in decided.matcher.by_row.get(item.statement.row, ()) if other is not item):
        return None
    true = meaning.quantity.value + count
    cause = Cause("missing_norm", f"{norms[0].shown} ({norms[0].written()}) is missing", item.node, f"{true:,}")
    return called_wrong(item, (cause,), true, cover[0].shown)


def is_too_many(decided: Decided, item: Item, meaning: Meaning) -> Outcome | None:
    """A product about a layer that the network does not have: right lines account for all that it has."""
    if meaning.is_named or item.products is None or item.stated is None or not is_all_there(decided):
        return None
    if meaning.quantity.role == "piece":
        return None  # a direction of what another line has whole
    printed: set[int] = set()
    worked_out: set[int] = set()
    for other in decided.items:
        beside = other.statement.row == item.statement.row or other.index in decided.sums
        told = None if beside else meant(other)
        if told is not None and not told.causes and told.quantity.role in ("layer", "layers", "weights"):
            has = worked_out if other.products else printed
            has.update([id(part) for part, _ in told.quantity.cover])
    if any(id(part) not in printed | worked_out for part in decided.books.weighted):
        return None
    if len(printed & worked_out) >= LEAST_TWICE:
        return None  # a printout, and each of its layers counted by hand
    cause = Cause("extra_layer", "the other lines have every layer: the network has no further one", item.node, "0")
    return called_wrong(item, (cause,), 0, None)


LEAST_TWICE = 2
"""Layers that a text gives as a number and as a calculation, before it is one that counts all of them twice."""


def exceeds_all(decided: Decided, item: Item) -> bool:
    """Whether a number is called parameters and is larger than the network: it can be about no single layer."""
    if item.wording.families or item.wording.ordinal is not None:
        return False
    if item.wrong is not None and any(cause.kind in MULTIPLIED for cause in item.wrong.causes):
        return False  # "(5*5*1 + 1)*24*24*8": a layer's formula, and where the number comes from
    return item.statement.quantity == "params" and item.value is not None and item.value > decided.books.total


def all_but_the_output(decided: Decided, item: Item, meaning: Meaning) -> Outcome | None:
    """``8 heads × 3 × (512×512 + 512)``: wrong about queries, keys and values, and all that a text says of an attention
    layer that has an output projection too.
    """
    books, own = decided.books, {id(part) for part, _ in meaning.quantity.cover}
    rest = [part for part in books.weighted if id(part) not in own]
    if not decided.whole or "queries, keys and values" not in meaning.quantity.what or not rest:
        return None
    if not all("attention" in part.categories for part in books.weighted):
        return None
    meanings = [other.right or other.wrong for other in decided.items if other is not item]
    if any(other is not None and not own >= {id(part) for part, _ in other.quantity.cover} for other in meanings):
        return None
    left = sum([books.count(part) * part.times for part in rest])
    absent = Cause(
        "missing_output_projection", f"{rest[0].shown} is left out: {rest[0].written()}", None, f"+ {left:,}", left
    )
    return called_wrong(item, (*meaning.causes, absent), books.total, None)


def adds_biases_again(decided: Decided, item: Item) -> Outcome | None:
    """``12*7 + 7 = 91, plus 7 biases, that is 98``: the biases once more, which the number before has already, or the
    line above.
    """
    products = item.products or ()
    terms = [product.value for product in products if len(product.leaves) == 1]
    if item.stated is None or not terms:
        return None
    if len(products) == len(terms) + 1:
        return _adds_them_to_a_layer(decided, item, terms)
    if len(terms) != 2 or len(products) != 2:
        return None
    above = decided.items[item.index - 1 : item.index] if not item.statement.label else []
    for other in (*decided.matcher.by_row.get(item.statement.row, ()), *above):
        told = meant(other) if other.index < item.index and other.value in terms else None
        if (
            other.value is None
            or told is None
            or told.causes
            or len(told.quantity.cover) != 1
            or told.quantity.role != "layer"
        ):
            continue
        part, again = told.quantity.first, terms[1 - terms.index(other.value)]
        if part.biases and again == part.biases and other.value == decided.books.count(part):
            why = f"the {part.biases:,} biases are in {other.value:,} already"
            cause = Cause("double_bias", why, stated_node(item), f"{other.value:,}")
            return called_wrong(item, (cause,), other.value, part.shown)
    return None


def _adds_them_to_a_layer(decided: Decided, item: Item, terms: list[Value]) -> Outcome | None:
    """``(5*5*3 + 1)*16 + 16 = 1232``: a layer's biases behind a formula that has them."""
    if item.right is not None and item.right.cost < NO_MEANING:
        return None
    for part in [part for part in decided.books.weighted if part.biases and part.biases in terms]:
        count = decided.books.count(part)
        if item.value == count + part.biases and item.fault is None and part.biases != count:
            why = f"the {part.biases:,} biases are in {count:,} already"
            cause = Cause("double_bias", why, item.node or stated_node(item), f"{count:,}")
            return called_wrong(item, (cause,), count, part.shown)
    return None
