"""The verdict on every line: the only place where one is made.

Matching, arithmetic and sums have opinions on each line; here they are asked in one order: a sum is judged as a sum,
an equation that does not hold is wrong whatever it means, and what was compared and is equal is right. What was not
compared is never right.
"""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.matching.books.categories import RECURRENT
from netledger.audit.matching.items.arithmetic import rounds_to
from netledger.audit.matching.items.item import LEAST_ALONE
from netledger.audit.matching.items.meaning import meant
from netledger.audit.matching.labels.label_prices import textbook_matrix
from netledger.audit.reading.tokens.words import quantity_of
from netledger.audit.verdict.decided import Decided
from netledger.audit.verdict.lines.claims import carrying, of_bound, of_claim
from netledger.audit.verdict.lines.no_claims import (
    dense_beside_experts,
    larger_convolution,
    of_a_few,
    of_a_width,
    of_an_example,
    of_base,
    of_open_layer,
    of_rule_of_thumb,
    of_supposition,
    ordinary_convolution,
)
from netledger.audit.verdict.lines.parameterless import counts_pooling, nothing, of_nothing
from netledger.audit.verdict.lines.single import (
    adds_biases_again,
    against_its_shape,
    mislabelled,
    of_the_input,
    other_sort,
    without_its_norm,
)
from netledger.audit.verdict.lines.vouching import of_what_is_taken_off
from netledger.audit.verdict.outcome import Outcome, called_right, called_wrong, stated_node
from netledger.audit.verdict.summing.carrying import Wrong, carried_on
from netledger.audit.verdict.summing.sums import sum_of_lines, sum_that_fails
from netledger.audit.verdict.summing.totals import carries, in_passing, left_open, tells_the_total_exactly
from netledger.audit.weights import LEAST_LISTED, LEAST_TELLING, NO_MEANING, SURE
from netledger.audit.words import RUNNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.audit.matching.items.item import Item

OF_ALL = frozenset(("total", "trainable"))
"""Roles of which nothing can be wrong where the network is not all there."""


class Verdicts(Decided):
    """Decides on the items of one text, in order."""

    def run(self) -> list[Outcome]:
        """One outcome for each item that is a count; the others are judged elsewhere."""
        self.wrong = Wrong()
        for item in self.items:
            if item.is_count and item.value is not None:
                outcome = self.outcomes[item.index] = decide(self, item)
                self.wrong.take(outcome)
            elif item.statement.quantity != "setting" and not item.statement.binding and item.value is not None:
                other = other_sort(self, item) or _of_other_sums(self, item)
                if other is not None:
                    self.outcomes[item.index] = other
                    self.wrong.take(other)
        wrong, late = Wrong(), set[int]()
        for item in self.items:
            before = self.outcomes.get(item.index)
            if before is None or before.verdict in ("adds_up", "not_checked"):
                through = carried_on(self, item, wrong)
                found = self.sums.get(item.index)
                if through is None and found is not None and any(part.index in late for part, _ in found.parts):
                    through = decide(self, item)  # a total of lines of which it is known only now
                if through is not None:
                    before = self.outcomes[item.index] = through
                    late.add(item.index)
            if before is not None:
                wrong.take(before)
        return [*self._also_in_letters(), *self._headings()]

    def _also_in_letters(self) -> list[Outcome]:
        outcomes = [*self.outcomes.values()]
        if not any(outcome.verdict == "wrong" for outcome in outcomes):
            return outcomes
        from netledger.audit.verdict.letters import also_in_letters

        return [also_in_letters(self, outcome) for outcome in outcomes]

    def _headings(self) -> list[Outcome]:
        if not any("-" in word for item in self.items for word in item.statement.heading):
            return []
        from netledger.audit.verdict.headings import wrong_headings

        return wrong_headings(self)


def decide(decided: Decided, item: Item) -> Outcome:
    """What the first opinion says that has something to say."""
    for opinion in OPINIONS:
        outcome = opinion(decided, item)
        if outcome is not None:
            return outcome
    return left_open(decided, item)


def _of_equation(decided: Decided, item: Item) -> Outcome | None:
    """An equation that does not hold, or a sum whose terms do not give its result."""
    if item.fault is None or item.fault.member.node is None:
        return None
    from netledger.audit.verdict.lines.equations import equation_that_fails

    found = decided.sums.get(item.index)
    products = any(len(product.leaves) > 1 for product in item.products or ())
    right = item.right
    named = products and right is not None and right.quantity.value == item.fault.says
    named = named and right is not None and right.quantity.role not in OF_ALL
    return equation_that_fails(decided, item) if found is None or named else sum_that_fails(decided, item, found)


def _of_sum(decided: Decided, item: Item) -> Outcome | None:
    found = decided.sums.get(item.index)
    if item.error and found is not None and tells_the_total_exactly(decided, item):
        return None
    if found is None or not (found.parts or found.whole) or (in_passing(item) and len(found.parts) < 2):
        return None
    if item.value == 0 or _is_of_one(item):
        return None  # of a layer without parameters, or of one filter of many
    outcome = sum_of_lines(decided, item, found)
    own = item.right is not None and item.right.cost < (0 if item.right.quantity.role == "layer" else SURE)
    if own and not item.statement.is_total and outcome.verdict in ("wrong", "carries"):
        return None  # what its layer has, which lines above that are wrong add up to by chance
    return carrying(decided, item, outcome)


def _is_of_one(item: Item) -> bool:
    """Whether a formula is right for one filter or neuron: ``altogether (20 + 1) = 21`` of each of its filters."""
    meaning = item.right
    worked = item.products is not None and len(item.products) <= LEAST_TERMS
    return worked and meaning is not None and meaning.cost < NO_MEANING and meaning.quantity.role == "filter"


LEAST_TERMS = 2
"""Terms of one filter: its weights, and its bias."""


def _of_repetition(decided: Decided, item: Item) -> Outcome | None:
    """A total above that is wrong, said once more, also in round figures: ``so it's more like 1.16B``."""
    if item.products is not None or item.wording.families or item.value is None:
        return None
    before = decided.outcomes.get(item.index - 1)
    if before is not None and before.verdict in ("wrong", "carries") and before.expected is not None:
        if _says_once_more(item, before.item):
            return carries(item, [before], before.expected)
    if not item.error and (item.value < LEAST_TELLING or item.right is not None):
        return None
    for outcome in reversed(decided.outcomes.values()):
        above = outcome.item
        of_all = above.statement.is_total or outcome.expected == decided.books.total
        if not of_all or outcome.verdict not in ("wrong", "carries") or above.value is None:
            continue
        again = not above.error and rounds_to(above.value, item.value, item.error)
        again = again and (item.error > 0 or above.products is not None)
        if again and outcome.expected is not None and not rounds_to(outcome.expected, item.value, item.error):
            return carries(item, [outcome], outcome.expected)
    return None


def _says_once_more(item: Item, before: Item) -> bool:
    """``… = 2520``, and below it ``Number of parameters: 2520``: the number above, of no layer that a name tells."""
    if before.value != item.value or (item.statement.quantity != "params" and before.stated is not None):
        return False
    label = item.statement.label
    return textbook_matrix(label) is None and (len(label) != 1 or quantity_of(label[0]) == "params")


def _of_pooling(decided: Decided, item: Item) -> Outcome | None:
    if not counts_pooling(decided, item):
        return None
    cause = Cause(of_nothing(item), "a layer like this has no parameters", item.node or stated_node(item), "0")
    return called_wrong(item, (cause,), 0, None)


def _of_active(decided: Decided, item: Item) -> Outcome | None:
    """What a token uses of a network with experts."""
    asked = item.statement.quantity == "active" and item.value is not None and decided.books.weighted
    told = item.products is not None and (
        decided.matcher.has_experts or decided.matcher.line_words.sentence(item).speaks_of_use
    )
    if not asked and not told:
        return None
    from netledger.audit.verdict.lines.active import of_active

    return of_active(decided, item)


def _of_steps(decided: Decided, item: Item) -> Outcome | None:
    """A recurrent layer for each step of a sequence, or a shared one as often as it runs."""
    if item.right is not None or not item.products or not decided.blames:
        return None
    from netledger.audit.verdict.summing.repeats import number_of_steps, times_what_is_there_once

    return number_of_steps(decided, item) or times_what_is_there_once(decided, item)


def _of_flatten(decided: Decided, item: Item) -> Outcome | None:
    """How many values are flattened is no count, however it looks."""
    if item.wording.layers != ["flatten"] or item.statement.quantity == "params":
        return None
    return (
        other_sort(decided, item) if item.is_soft or (item.products is not None and len(item.products) == 1) else None
    )


def _of_meaning(decided: Decided, item: Item) -> Outcome | None:
    """What the best meaning says, where the line has one."""
    meaning = meant(item)
    if meaning is None:
        return None
    if not meaning.causes:
        return mislabelled(decided, item, meaning) or without_its_norm(decided, item, meaning) or called_right(item)
    if not decided.blames or (not decided.whole and meaning.quantity.role in OF_ALL):
        return left_open(decided, item)
    from netledger.audit.verdict.lines.faulty import of_fault

    return of_fault(decided, item, meaning)


def _of_the_very_total(decided: Decided, item: Item) -> Outcome | None:
    """``a 20-layer Transformer with 560,988,160 parameters``: all of it to the last digit, by no layer's name."""
    exact = item.products is None and not item.error and item.value == decided.books.total
    if not exact or not decided.whole or decided.books.total < LEAST_TELLING * LEAST_ALONE:
        return None
    if any(part.full for part in decided.matcher.labels.sure(item.wording)):
        return None
    return Outcome(item, "right", "the whole network", "the whole network", (), item.value)


def _of_running(decided: Decided, item: Item) -> Outcome | None:
    """``running count: 301`` behind the second layer of three: what all the layers up to there have."""
    counted = item.products is None and not item.error and item.value is not None and item.value >= LEAST_ALONE
    running = any(word.startswith(RUNNING) for word in item.wording.around)
    part = decided.matcher.quantities.up_to(item.value or 0) if counted and running else None
    if part is None:
        return None
    return Outcome(item, "right", None, f"everything up to {part.shown}", (), item.value)


def _of_other_sums(decided: Decided, item: Item) -> Outcome | None:
    """A total of bytes or operations."""
    if not item.statement.is_total:
        return None
    from netledger.audit.verdict.summing.other_sums import sum_of_others

    return sum_of_others(decided, item)


def _of_training(decided: Decided, item: Item) -> Outcome | None:
    """What is trained, or is not, where running statistics count."""
    if not decided.books.statistics:
        return None
    from netledger.audit.verdict.lines.training import of_training

    return of_training(decided, item)


def _of_letters(decided: Decided, item: Item) -> Outcome | None:
    """A matrix that a letter or two name: ``W``, ``Wx``."""
    counts = decided.matcher.labels.counts
    if textbook_matrix(item.statement.label) is None or not any(counts.get(family) for family in RECURRENT):
        return None
    from netledger.audit.verdict.lines.textbook import of_gate_letters, of_textbook_letters

    return of_textbook_letters(decided, item) if counts.get("rnn") else of_gate_letters(decided, item)


def _of_place(decided: Decided, item: Item) -> Outcome | None:
    """A row of a listing that only its place explains."""
    if item.right is not None or item.wrong is not None or len(decided.books.weighted) < LEAST_LISTED:
        return None
    from netledger.audit.verdict.lines.neighbours import between_its_neighbours, off_beside_its_total

    return between_its_neighbours(decided, item) or off_beside_its_total(decided, item)


def _of_comparison(decided: Decided, item: Item) -> Outcome | None:
    """An ordinary convolution beside a separable one, a large one beside several that see as far, a dense layer beside
    experts.
    """
    if item.products is None or (item.right is not None and item.right.cost < NO_MEANING):
        return None
    if decided.matcher.has_experts:
        return dense_beside_experts(decided, item)
    if not any(part.kernel for part in decided.books.weighted):
        return None
    return ordinary_convolution(decided, item) or larger_convolution(decided, item)


OPINIONS: tuple[Callable[[Decided, Item], Outcome | None], ...] = (
    of_rule_of_thumb, _of_equation, of_open_layer, of_bound, of_supposition, of_base, of_an_example,
    of_what_is_taken_off, _of_repetition, _of_training, _of_letters,
    _of_steps, adds_biases_again, _of_comparison, _of_running, of_a_few, _of_sum, nothing, of_the_input, _of_pooling,
    against_its_shape, _of_active, _of_flatten, of_a_width, _of_the_very_total, _of_meaning, of_claim, _of_place,
)  # fmt: skip
"""Who is asked about a line that is a count, in this order."""
