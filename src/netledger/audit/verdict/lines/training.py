"""What of a network is trained and what is not, where running statistics count as parameters, as in Keras."""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.verdict.outcome import Outcome, called_wrong, stated_node
from netledger.audit.verdict.summing.totals import carries, is_equal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items.item import Item
    from netledger.audit.verdict.decided import Decided


def of_training(decided: Decided, item: Item) -> Outcome | None:
    """``Non-trainable params: 128 + 256 = 384`` of two batch norms: of their four vectors two are not trained, 192."""
    wording = item.wording
    asked = "statistics" if wording.frozen else "trainable" if wording.trainable else ""
    if not asked or not decided.whole or item.value is None or set(wording.layers) - {"batchnorm", "norm"}:
        return None
    books = decided.books
    statistics = sum([part.statistics * part.times for part in books.weighted]) if books.statistics else 0
    if not statistics:
        return None
    true = statistics if asked == "statistics" else books.total - statistics
    what = "the running statistics" if asked == "statistics" else "what is trained"
    if is_equal(item.value, true, item):
        return Outcome(item, "right", what, what, (), true)
    if wording.layers and not item.products:
        return None  # "gamma and beta, trainable: 64" may be of one norm
    before = _taken_from(decided, item, true)
    if before is not None:
        return carries(item, [before], true)
    why = f"moving means and variances are not trained: {statistics:,}; the other {books.total - statistics:,} are"
    cause = Cause("wrong_value", why, stated_node(item), f"{true:,}")
    return called_wrong(item, (cause,), true, None)


def _taken_from(decided: Decided, item: Item, true: int) -> Outcome | None:
    """The wrong line whose value an expression takes off or adds, by which alone it is off."""
    leaves = {leaf.value for product in item.products or () for leaf in product.leaves}
    for before in decided.outcomes.values():
        said, expected = before.item.value, before.expected
        if before.verdict in ("wrong", "carries") and said in leaves and said is not None and expected is not None:
            if abs(expected - said) == abs(true - (item.value or 0)):
                return before
    return None
