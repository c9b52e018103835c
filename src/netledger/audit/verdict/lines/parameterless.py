"""Layers without parameters: lines that count some for them, and lines that say 0."""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.matching.books.categories import NORMS
from netledger.audit.matching.items.meaning import meant
from netledger.audit.matching.summands import PIECES
from netledger.audit.reading.tokens.words import family_of
from netledger.audit.verdict.outcome import Outcome, called_wrong, stated_node
from netledger.audit.weights import LEAST_POOLED, SURE
from netledger.audit.words import NOTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.books.parts import Part
    from netledger.audit.matching.items.item import Item
    from netledger.audit.verdict.decided import Decided


def counts_pooling(decided: Decided, item: Item) -> bool:
    """Whether a count is given for pooling, flattening or dropout."""
    named = item.right is not None and item.right.quantity.role == "layer" and item.products and item.fault is None
    if named and _layers_called(item) == {"dropout"}:
        return False  # "softmax = 256*93 + 93" is the layer that it is applied to
    if not decided.books.weighted and _is_gain_and_bias(item):
        return False
    if called_pooling(item) and _is_added_below(decided, item):
        return True
    if _subsamples(decided, item):
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


def _subsamples(decided: Decided, item: Item) -> bool:
    """``S2: 4*2 = 8``: a gain and a bias for each map, of a network whose pooling has none."""
    told = item.products is not None and "subsampling" in item.statement.inner and decided.whole
    return told and meant(item) is None and all(part.family != "subsample" for part in decided.books.weighted)


def _is_gain_and_bias(item: Item) -> bool:
    """``S2: 4*2 = 8``: what each map of a LeNet's subsampling has (LeCun et al. 1998), where no network is known."""
    label = item.statement.label[0].lower() if item.statement.label else ""
    leaves = [leaf.value for product in item.products or () for leaf in product.leaves]
    return label[:1] == "s" and label[1:].isdigit() and len(leaves) == len("wb") and GAIN_AND_BIAS in leaves


GAIN_AND_BIAS = 2


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


def nothing(decided: Decided, item: Item) -> Outcome | None:
    """A line that says 0: right unless its label is the name of a layer that has parameters, or biases in a column of
    biases, or of norms.
    """
    if item.value != 0 or item.node is not None or not decided.books.weighted:
        return None
    sure = [part for part in decided.matcher.labels.sure(item.wording) if part.full]
    if len(sure) != 1 or decided.matcher.labels.cost(item.wording, sure[0]) > SURE:
        return _norms_of_nothing(decided, item) or Outcome(item, "right", None, "no parameters", (), 0)
    if item.statement.quantity == "biases":
        return _no_biases(item, sure[0])
    count = decided.books.count(sure[0])
    kind = "missing_norm" if sure[0].family in NORMS else "wrong_value"
    cause = Cause(kind, f"{sure[0].shown} has {sure[0].written()}", None, f"{count:,}")
    return called_wrong(item, (cause,), count, sure[0].shown)


def _no_biases(item: Item, part: Part) -> Outcome:
    """``| fc | 640 | 0 |`` below the heads of weights and of biases."""
    if not part.biases:
        return Outcome(item, "right", None, "no biases", (), 0)
    biases = f"{part.biases:,}"
    cause = Cause("missing_bias", f"{part.shown} has {biases} biases", stated_node(item), biases)
    return called_wrong(item, (cause,), part.biases, part.shown)


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
