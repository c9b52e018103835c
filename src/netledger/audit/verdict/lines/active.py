"""Active parameters: what one token uses of a network with experts."""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.verdict.outcome import Outcome, called_wrong, stated_node
from netledger.audit.verdict.summing.totals import left_open
from netledger.audit.weights import LEAST_TELLING
from netledger.audit.words import WOULD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items.item import Item
    from netledger.audit.reading.tokens.tokenizing import Value
    from netledger.audit.verdict.decided import Decided


def of_active(decided: Decided, item: Item) -> Outcome | None:
    """What a token uses of a network with experts."""
    if item.statement.quantity == "active" and item.value is not None and decided.books.weighted:
        if decided.matcher.line_words.sentence(item).all & WOULD:
            return left_open(decided, item)  # "a dense model would use all 46B"
        return _of_use(decided, item, item.value)
    if item.products is None:
        return None
    if decided.matcher.line_words.sentence(item).speaks_of_use:
        return _of_share(decided, item)
    if not decided.whole or len(item.products) != 1 or not decided.matcher.has_experts:
        return None
    from netledger.audit.causes.experts import name_multiplied

    found = name_multiplied(item, decided.books)
    return called_wrong(item, (found[0],), found[1], None) if found is not None else None


def _of_use(decided: Decided, item: Item, value: Value) -> Outcome:
    """A number of active parameters: one of the senses of that word, or none."""
    from netledger.audit.causes.experts import active_figures, times_nominal

    written = [word.strip(AROUND) for line in decided.matcher.written for word in line.split()]
    numbers = [word for word in written if word.isdigit()]
    figures = active_figures(decided.books, [*decided.matcher.words, *numbers])
    for figure, what in figures:
        if abs(figure - value) <= item.error:
            return Outcome(item, "right", None, what, (), figure)
    slip = _of_share(decided, item)
    if slip is not None:
        return slip
    if not figures or not decided.blames or item.products is not None or value < LEAST_TELLING:
        return Outcome(item, "not_checked", None, "how many experts a token takes is not known")
    figure, what = min(figures, key=lambda entry: abs(entry[0] - value))
    kind, why = times_nominal(value, item.error, decided.books) or ("wrong_value", f"{what}: {figure:,}")
    cause = Cause(kind, why, stated_node(item), f"{figure:,}")
    return called_wrong(item, (cause,), figure, None)


AROUND = "()[].,;:（），；：。"
"""What may stand around a number in a sentence."""


def _of_share(decided: Decided, item: Item) -> Outcome | None:
    from netledger.audit.causes.experts import active_slip

    found = active_slip(item, decided.books)
    return called_wrong(item, (found[0],), found[1], None) if found is not None else None
