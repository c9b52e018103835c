"""A recurrent layer's matrices by the letters of textbooks: U reads the input, W the state, V makes the output; Wx, Wh
and Wy elsewhere.
"""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.matching.books.categories import IN_WORDS
from netledger.audit.matching.books.quantities import GATES
from netledger.audit.matching.labels.label_prices import textbook_matrix
from netledger.audit.verdict.outcome import Outcome, called_wrong, stated_node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.books.parts import Part
    from netledger.audit.matching.items.item import Item
    from netledger.audit.verdict.decided import Decided


def of_textbook_letters(decided: Decided, item: Item) -> Outcome | None:
    """``W: 50`` beside U and V, of a layer of 50 units: from each state to each, 2,500."""
    which = textbook_matrix(item.statement.label)
    if which is None or item.value is None or item.error or not decided.whole:
        return None
    layers = [part for part in decided.books.weighted if part.family == "rnn"]
    complete = len(decided.textbook_matrices) == len(IN_WORDS) or _are_by_what_they_read(decided)
    if len(layers) != 1 or not complete:
        return None
    part, letter = layers[0], " ".join(item.statement.label)
    matrices = [term for term in part.terms if term.role == "weight"]
    state = next((term for term in matrices if len(term.sizes("hidden")) == len(matrices)), None)
    inward = next((term for term in matrices if term is not state), None)
    if state is None or inward is None:
        return None
    if which == len(IN_WORDS) - 1:
        return _of_output(decided, item, part)
    true = inward if which == 0 else state
    if item.value == true.value:
        return Outcome(item, "right", part.shown, f"the {true.written()} matrix of {part.shown}", (), true.value)
    kind = "wrong_in_channels" if true is inward else "recurrent_not_square"
    why = f"{letter} of {part.shown} is {true.written()}"
    cause = Cause(kind, why, item.node or stated_node(item), f"{true.value:,}")
    return called_wrong(item, (cause,), true.value, part.shown)


def _are_by_what_they_read(decided: Decided) -> bool:
    """``W_x`` and ``W_h``: the matrices of the input and of the state, by letters that only these have."""
    return decided.textbook_letters in ({"wx", "wh"}, {"wxh", "whh"})


def of_gate_letters(decided: Decided, item: Item) -> Outcome | None:
    """``W: 100*28``, ``U: 100*28`` of an LSTM of 100 units: one of both is from each state to each, 100*100, of one
    gate or of all. Which one is called so differs from book to book; where both are alike it is the later one.
    """
    layers = [part for part in decided.books.weighted if part.family in GATES]
    pair = [other for other in decided.items if textbook_matrix(other.statement.label) in (0, 1) and other.products]
    if len(layers) != 1 or len(pair) != len(IN_PAIR) or item not in pair or item.error or item.value is None:
        return None
    part, gates = layers[0], GATES[layers[0].family]
    matrices = [term for term in part.terms if term.role == "weight"]
    state = next((term for term in matrices if len(term.sizes("hidden")) == len(matrices)), None)
    inward = next((term for term in matrices if term is not state), None)
    if state is None or inward is None or state.value == inward.value:
        return None
    for shown, times in (("one gate", gates), ("all gates", 1)):
        square, reading = state.value // times, inward.value // times
        if [other.value for other in pair] != [reading, reading]:
            continue
        if item is pair[1]:
            why = f"{' '.join(item.statement.label)} of {part.shown} is from each state to each: {square:,} in {shown}"
            cause = Cause("recurrent_not_square", why, item.node or stated_node(item), f"{square:,}")
            return called_wrong(item, (cause,), square, part.shown)
        return Outcome(item, "right", part.shown, f"what {part.shown} reads its input by, {shown}", (), item.value)
    return None


IN_PAIR = ("input", "state")
"""What a recurrent layer's two matrices read."""


def _of_output(decided: Decided, item: Item, part: Part) -> Outcome | None:
    """V is the layer behind the recurrent one, where the network has it."""
    after = [other for other in decided.books.weighted if other.index > part.index and other.family == "linear"]
    if after:
        return None
    letter = " ".join(item.statement.label)
    why = f"{letter} maps the state to an output: that is a layer behind {part.shown}, which the network does not have"
    return called_wrong(item, (Cause("extra_layer", why, item.node or stated_node(item), "0"),), 0, None)
