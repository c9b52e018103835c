"""What is wrong with one line by itself: pooling that is counted, a tensor's own sizes, a name of another layer."""

from __future__ import annotations

from netledger.audit.causes.cause import MULTIPLIED, Cause
from netledger.audit.matching.categories import NORMS
from netledger.audit.matching.items import LEAST_ALONE
from netledger.audit.matching.labels import family_alone
from netledger.audit.matching.quantities import broad
from netledger.audit.matching.references import SURELY_NO_SIZE
from netledger.audit.matching.sums import PIECES, meant
from netledger.audit.matching.wording import key_of
from netledger.audit.reading.words import family_of, says_the_same
from netledger.audit.verdict.outcome import Outcome, called_wrong, stated_node
from netledger.audit.verdict.summing.totals import carries, is_all_there
from netledger.audit.weights import LEAST_POOLED, LEAST_TELLING, NO_MEANING, SURE
from netledger.audit.words import NOTHING

TYPE_CHECKING = False
OF_THE_WHOLE = ("trainable", "total")
"""Roles of a network's own counts."""
if TYPE_CHECKING:
    from netledger.audit.matching.items import Item
    from netledger.audit.matching.meaning import Meaning
    from netledger.audit.reading.nodes import Node
    from netledger.audit.reading.tokens import Value
    from netledger.audit.verdict.decided import Decided


def counts_pooling(decided: Decided, item: Item) -> bool:
    """Whether a count is given for pooling, flattening or dropout."""
    if called_pooling(item) and _is_added_below(decided, item):
        return True
    if not called_pooling(item) or item.error or item.products is not None:
        return False
    if item.statement.is_total or _is_size_that_is_read(decided, item):
        return False
    meanings = decided.matcher.quantities.exactly.get(item.value, ()) if isinstance(item.value, int) else ()
    if any(item.statement.quantity != "params" or quantity.role not in PIECES for quantity in meanings):
        return False
    if any(part.family in ("pool", "subsample", "flatten") for part in decided.books.weighted):
        return False
    value = item.value
    unsaid = item.statement.quantity == "" and len(item.statement.label) == 1
    called = item.statement.quantity == "params" or unsaid
    return decided.whole and called and isinstance(value, int) and value >= LEAST_POOLED


def _is_added_below(decided: Decided, item: Item) -> bool:
    """Whether a total adds the number as one of its lines, or as a term as often as the text has it:
    ``448 + 4 + 4640 + 4``.
    """
    if item.stated is None or not item.value or any(part.family == "subsample" for part in decided.books.weighted):
        return False
    if meant(item) is None and _is_plainly_pooling(item) and item.index in decided.in_exact_sums:
        return True
    said = sum(1 for other in decided.items if other.value == item.value and called_pooling(other))
    for other in decided.items[item.index + 1 :]:
        terms = [product.value for product in other.products or () if len(product.leaves) == 1]
        if len(terms) > LEAST_TERMS and other.statement.is_total and terms.count(item.value) == said:
            return True
    return False


def _is_plainly_pooling(item: Item) -> bool:
    """Whether a label has no word but pooling's, or softmax': ``pool proj`` is a convolution behind it."""
    words = [word for word in item.wording.words if not word.isdigit()]
    return bool(words) and all(family_of(word) in ("pool", "flatten", "dropout") for word in words)


LEAST_TERMS = 2
"""Terms of a total, and more, among which a pooling's number is looked for."""


def _is_size_that_is_read(decided: Decided, item: Item) -> bool:
    """How many values come out, which the next layer reads: ``Flatten -> 1600``, ``flattened to a vector of length
    5408``, ``Flatten to 784, no weights``, ``flatten: 800=10108``.
    """
    stated, statement = item.stated, item.statement
    none_said = not NOTHING.isdisjoint(decided.matcher.line_words.at(item).all)
    told = stated is not None and (stated.relation in ("", "→") or none_said)
    if not told and (statement.quantity == "params" or len(statement.members) < 2):
        return False
    said = [member.node.value for member in statement.members if member.node is not None and member.node.is_bare]
    return any(part.seen * part.groups in said for part in decided.books.weighted)


def of_nothing(item: Item) -> str:
    """What counting the parameters of a layer without any is called."""
    pooled = {"pool", "flatten"} & _layers_called(item)
    return "counted_pooling" if pooled else "extra_layer"


def called_pooling(item: Item) -> bool:
    """Whether a label names pooling, flattening or dropout and nothing else."""
    layers = _layers_called(item)
    return bool(layers) and not layers - {"pool", "flatten", "dropout"}


def _layers_called(item: Item) -> set[str | None]:
    """The families of layers that a label names, else the words behind it: ``2. layer: MaxPool -> …``."""
    return {*item.wording.layers} or {family_of(word) for word in item.statement.words} - {None}


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


def nothing(decided: Decided, item: Item) -> Outcome | None:
    """A line that says 0: right unless its label is the name of a layer that has parameters, or of norms."""
    if item.value != 0 or item.node is not None or not decided.books.weighted:
        return None
    sure = [part for part in decided.matcher.labels.sure(item.wording) if part.full]
    if len(sure) != 1 or decided.matcher.labels.cost(item.wording, sure[0]) > SURE:
        return _norms_of_nothing(decided, item) or Outcome(item, "right", None, "no parameters", (), 0)
    count = decided.books.count(sure[0])
    kind = "missing_norm" if sure[0].family in NORMS else "wrong_value"
    cause = Cause(kind, f"{sure[0].shown} has {sure[0].written()}", None, f"{count:,}")
    return called_wrong(item, (cause,), count, sure[0].shown)


def _norms_of_nothing(decided: Decided, item: Item) -> Outcome | None:
    """``both layer norms: 0``, where the network's norms have parameters."""
    layers = set(item.wording.layers)
    if not layers or not layers <= {"norm", "batchnorm"} or not decided.blames:
        return None
    label = decided.matcher.prices.label
    possible = [q for q in decided.matcher.quantities.groups if q.role == "group" and label(item.wording, q) < 0]
    norms = min(possible, key=lambda quantity: quantity.value, default=None)
    if norms is None:
        return None
    count = f"{norms.value:,}"
    cause = Cause("missing_norm", f"{norms.what} has {count}", stated_node(item), count)
    return called_wrong(item, (cause,), norms.value, None)


def other_sort(decided: Decided, item: Item) -> Outcome | None:
    """A number that is no count: its arithmetic, and what is known of its sort."""
    from netledger.audit.matching.others import judge_other
    from netledger.audit.verdict.equations import equation_that_fails, only_rounded

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
    """``12*7 + 7 = 91, plus 7 biases, that is 98``: the biases once more, which the number before has already."""
    products = item.products or ()
    terms = [product.value for product in products if len(product.leaves) == 1]
    if item.stated is None or not terms:
        return None
    if len(products) == len(terms) + 1:
        return _adds_them_to_a_layer(decided, item, terms)
    if len(terms) != 2 or len(products) != 2:
        return None
    for other in decided.matcher.by_row.get(item.statement.row, ()):
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


def tells_the_total_exactly(decided: Decided, item: Item) -> bool:
    """Whether the line gives the network's exact count beside a rounded number: ``8,208,384 of the 37.8M``."""
    row = decided.matcher.by_row.get(item.statement.row, ())
    return any(other is not item and not other.error and other.value == decided.books.total for other in row)


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
