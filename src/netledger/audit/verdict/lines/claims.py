"""A number by itself that is called the network's, and what such a number may be instead."""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.matching.items.item import LEAST_ALONE
from netledger.audit.matching.labels.wording import key_of
from netledger.audit.reading.lines.sentences import bound_of
from netledger.audit.reading.statements.statement import total_in
from netledger.audit.reading.tokens.words import family_of
from netledger.audit.verdict.outcome import Outcome, finding_of
from netledger.audit.verdict.summing.carrying import works_on_wrong
from netledger.audit.verdict.summing.totals import claim, in_passing, left_open, tells_the_total_exactly
from netledger.audit.weights import LEAST_TELLING
from netledger.audit.words import NETWORK, RESULT, WANTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items.item import Item
    from netledger.audit.reading.tokens.tokenizing import Value
    from netledger.audit.verdict.decided import Decided

LEAST_LISTED = 3
"""Layers of a sum, and more, that what is called trained may be."""
MOST_SAYING = 3
"""Words of a label that says nothing but that a number comes out."""
LESS_BY = 1000
"""How many times less than the network has a small number is that is about something else."""
MILLION = 10**6


def carrying(decided: Decided, item: Item, outcome: Outcome) -> Outcome:
    """A formula of the whole network that is wrong only through what it works on: ``16*layer + 2*32000*2048``."""
    if outcome.verdict == "wrong" and not item.products and any(other(decided, item) for other in OTHERS_CLAIMS):
        return left_open(decided, item)
    if outcome.verdict != "wrong" or not item.products or not decided.whole:
        return outcome
    return works_on_wrong(decided, item, decided.books.total) or outcome


def of_claim(decided: Decided, item: Item) -> Outcome | None:
    """A number by itself that is called the network's."""
    if not decided.whole or in_passing(item) or item.wording.inner_families:
        return None
    assert item.value is not None
    if _is_far_too_little(decided, item.value, item.error):
        return None
    if item.wording.of == "biases" and item.value < LEAST_TELLING:
        return None  # "total bias parameters = 1" is about no network
    trained = item.wording.trainable and not item.wording.families and len(item.products or ()) > LEAST_LISTED
    called = total_in(item.statement.label) or (item.statement.is_total and not item.statement.label)
    if item.products is not None and not called and not trained:
        return None
    large = item.statement.quantity == "" and item.value >= LEAST_TELLING
    speaks = item.statement.quantity == "params" or large
    if item.error and tells_the_total_exactly(decided, item):
        return None
    if decided.named and _has_another_size_before(decided, item):
        return None
    named = speaks and item.value >= LEAST_ALONE and item.wording.has_label
    if item.statement.quantity == "" and item.products is None and item.value in decided.books.sizes:
        return None  # "the model: a vocabulary of 10,000 words"
    before = item.statement.members[0].before if item.statement.members else []
    came_out = item.statement.quantity == "params" and item.products is None and _comes_out(item)
    named = named and not any(family_of(word) for word in before)  # "our model: an embedding with 12000 words"
    if item.statement.is_total or trained or came_out or (named and _speaks_of_network(decided, item)):
        found = carrying(decided, item, claim(decided, item))
        return left_open(decided, item) if found.verdict == "wrong" and _compares(decided, item) else found
    return None


def of_bound(decided: Decided, item: Item) -> Outcome | None:
    """``VGG-16 has more than 60M parameters``: a bound of what the network, or a layer that is named, has."""
    node = item.stated.node if item.stated is not None else None
    token = node.token if node is not None and node.is_bare else None
    if token is None or item.products is not None or item.value is None or item.statement.quantity != "params":
        return None
    line = decided.matcher.line_words.lines.get(token.line_no, "")
    shift = max(line.find(token.text, max(token.start - len(token.text), 0)), 0) - token.start
    shift = shift if abs(shift) < MOST_SHIFTED else 0  # a space was put between two scripts
    bound = bound_of(line, token.start + shift, token.end + shift)
    if not bound:
        return None
    decided.bounded.add(item.index)
    true, what = _bounded(decided, item)
    sentence = decided.matcher.line_words.sentence(item)
    if true is None or sentence.is_no_claim or sentence.compares or not sentence.all.isdisjoint(WANTED):
        return Outcome(item, "not_checked", None, "it is a bound")
    gap = true - item.value if bound == "lower" else item.value - true
    if gap >= 0:
        return Outcome(item, "right", what, f"{what}: {true:,}", (), true)
    if -gap <= item.error / 2:
        return Outcome(item, "not_checked", None, f"as far as it is rounded, {what} has as many")
    why = f"{what} has {true:,}, which is {'less' if bound == 'lower' else 'more'}"
    finding = finding_of(item, Cause("wrong_value", why, node, f"{true:,}"), true, item.value, None)
    return Outcome(item, "wrong", None, why, (finding,), true)


MOST_SHIFTED = 4
"""Characters by which a number may stand beside its place in the line as it was read."""


def _bounded(decided: Decided, item: Item) -> tuple[int | None, str]:
    """How many parameters what a bound is about has, and what that is; ``None`` where that is not known."""
    parts = decided.matcher.labels.sure(item.wording)
    if len(parts) == 1:
        return decided.books.count(parts[0]), parts[0].shown
    open_ = item.wording.inner_families or item.wording.trainable or not decided.whole or not decided.books.weighted
    return (None, "") if open_ else (decided.books.total, "the whole network")


def _has_another_size_before(decided: Decided, item: Item) -> bool:
    """``8B 8,030,261,248; 70B 70,553,706,496``: the size right before tells another model of the family."""
    before = decided.items[item.index - 1] if item.index else None
    if before is None or before.statement.row != item.statement.row or before.value is None or item.value is None:
        return False
    again = before.error > 0 and not item.error and abs(before.value - item.value) <= before.error
    return again and abs(before.value - decided.books.total) > before.error


def _comes_out(item: Item) -> bool:
    """``The result is 781 parameters``: whether a label says of a number that it is what comes out, and no more."""
    words = item.wording.words
    return len(words) <= MOST_SAYING and any(word.lower().startswith(RESULT) for word in words)


def _is_far_too_little(decided: Decided, value: Value, error: float) -> bool:
    """Whether a small number is no claim about a large network: a length of 512 beside 109 million."""
    from netledger.audit.causes.totals import name_total

    if value >= LEAST_TELLING or value * LESS_BY > decided.books.total:
        return False
    return name_total(value, error, decided.books)[0] == "wrong_value"


def _compares(decided: Decided, item: Item) -> bool:
    """Whether a sentence sets another network beside this one: ``for comparison, the plain block has 70,400``."""
    sentence = decided.matcher.line_words.sentence(item)
    named = key_of(decided.books.network.name) in item.wording.keys  # its name in the catalogue
    return sentence.compares and not named and NETWORK.isdisjoint(sentence.all)


def _is_shared(decided: Decided, item: Item) -> bool:
    """Whether a sentence gives what is larger than the network, and a share of it: ``65% of the 13.02B of all``."""
    row = decided.matcher.by_row.get(item.statement.row, ())
    larger = item.error > 0 and item.value is not None and item.value > decided.books.total
    return larger and any(other.statement.quantity == "percent" for other in row)


def _is_quoted(decided: Decided, item: Item) -> bool:
    """``the README says "39 M", counting gives 37,184,640``: a rounded figure in quotes beside the very count."""
    node = item.stated.node if item.stated is not None else item.node
    token = node.token if node is not None else None
    if token is None or token.place is None or not item.error:
        return False
    line, (start, end) = decided.matcher.written[item.line_no - 1], token.place
    enclosed = line[:start].rstrip()[-1:] in QUOTES and any(sign in QUOTES for sign in line[end : end + LONGEST_UNIT])
    return enclosed and bool(decided.exact_totals)


QUOTES = frozenset("\"'“”„«»‘’「」『』")
LONGEST_UNIT = 12
"""Signs between a number and the quote behind it."""
OTHERS_CLAIMS = (_compares, _is_shared, _is_quoted)
"""Whether a number is what somebody else counts, or of something else."""


def _speaks_of_network(decided: Decided, item: Item) -> bool:
    """Whether a number's label names the network, or nothing but a verb stands between it and its name."""
    if decided.matcher.prices.names_network(item):
        return True
    alone = len(decided.matcher.by_row.get(item.statement.row, ())) == 1 and item.products is None
    verb = len(item.wording.words) == 1 and not item.wording.families and item.error >= MILLION
    return alone and verb and not NETWORK.isdisjoint(decided.matcher.line_words.sentence(item).all)
