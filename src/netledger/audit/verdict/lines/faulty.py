"""What a line says whose best meaning has a cause: that it is wrong, or why it may still be no fault of its own."""

from __future__ import annotations

from netledger.audit.matching.items.arithmetic import is_digit_slip
from netledger.audit.verdict.lines.neighbours import (
    between_its_neighbours,
    counts_like_its_siblings,
    of_another_setting,
    of_another_variant,
)
from netledger.audit.verdict.lines.single import all_but_the_output, exceeds_all, is_too_many, says_one_vector
from netledger.audit.verdict.lines.vouching import (
    OF_THE_WHOLE,
    is_in_a_right_sum,
    makes_what_is_right,
    names_it_beside,
    said_above,
    told_beside,
)
from netledger.audit.verdict.outcome import Outcome, called_wrong
from netledger.audit.verdict.summing.carrying import as_often_as_a_line_above, off_as_a_line_above, works_on_wrong
from netledger.audit.verdict.summing.totals import carried_by_terms, carries, claim, left_open
from netledger.audit.weights import LEAST_LISTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.items.meaning import Meaning
    from netledger.audit.verdict.decided import Decided


def of_fault(decided: Decided, item: Item, meaning: Meaning) -> Outcome:
    """What the best meaning of a line says, which has causes."""
    if item.products is not None and (of_another_setting(decided, item) or of_another_variant(decided, item, meaning)):
        return left_open(decided, item)
    if says_one_vector(decided, item, meaning):
        return Outcome(item, "right", meaning.layer, "one bias vector, as the line says", (), item.value)
    if makes_what_is_right(decided, item):
        return Outcome(item, "right", None, "a part of what a line below works out", (), item.value)
    single = len(meaning.quantity.cover) == 1 < len(decided.books.weighted)
    if decided.whole and exceeds_all(decided, item) and not meaning.is_named and single:
        told = any(other.value == decided.books.total and other.products for other in decided.items)
        return left_open(decided, item) if told else claim(decided, item)  # what is more is another network's
    if told_beside(decided, item, meaning) or is_in_a_right_sum(decided, item):
        return left_open(decided, item)
    size = item.value in decided.books.sizes and item.statement.quantity != "params"
    size = size and not (item.products and [cause.kind for cause in meaning.causes] == ["missing_bias"])
    called = meaning.quantity.first.family in item.wording.families
    if size and not called and not meaning.is_named and meaning.quantity.role in ("layer", "layers"):
        return Outcome(item, "adds_up", None, "a size of the network")  # "128 x (128 + 64) = 24,576 columns"
    unnamed = (
        not meaning.is_named
        and meaning.quantity.role not in OF_THE_WHOLE
        and not names_it_beside(decided, item, meaning)
    )
    slipped = len(meaning.quantity.cover) == 1 and is_digit_slip(item.value or 0, meaning.quantity.value)
    explained = bool(item.products) or all(cause.kind != "wrong_value" for cause in meaning.causes)
    slipped = slipped or (explained and _is_the_only_one_left(decided, item, meaning))
    if unnamed and explained and counts_like_its_siblings(decided, item, meaning):
        unnamed = False
    if slipped and not decided.matcher.place.is_right(meaning.quantity.first, item):
        unnamed = False  # of the one layer that no line has, two digits changed places
    if unnamed and decided.says_the_total and len(decided.books.weighted) > 1:
        # a total that is right makes it likelier that a line was misread, unless it stands for what no line has
        return between_its_neighbours(decided, item) or left_open(decided, item)
    before = said_above(decided, item, meaning)
    if before is not None:
        return carries(item, [before], meaning.expected, meaning.layer)
    through = carried_by_terms(decided, item, meaning.expected) if item.products else None
    through = through or (works_on_wrong(decided, item, meaning.expected) if item.products else None)
    return (
        through
        or off_as_a_line_above(decided, item, meaning)
        or as_often_as_a_line_above(decided, item, meaning)
        or is_too_many(decided, item, meaning)
        or all_but_the_output(decided, item, meaning)
        or called_wrong(item, meaning.causes, meaning.expected, meaning.layer)
    )


def _is_the_only_one_left(decided: Decided, item: Item, meaning: Meaning) -> bool:
    """Whether other lines are right about every layer but the one that a formula is about."""
    place = decided.matcher.place
    left = [part for part in decided.books.weighted if not place.is_right(part, item)]
    return len(decided.books.weighted) > LEAST_LISTED and left == [meaning.quantity.first]
