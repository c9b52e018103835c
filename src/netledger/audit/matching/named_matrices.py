"""What a name of one of a layer's matrices says: ``Whh`` is from a state to itself, ``B`` an adapter's second."""

from __future__ import annotations

from netledger.audit.matching.categories import IN_WORDS, OF_THE_INPUT, OF_THE_STATE, RECURRENT, TEXTBOOK
from netledger.audit.weights import ANOTHERS_PROJECTION, SYNONYM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.quantities import Quantity
    from netledger.audit.matching.wording import Wording

ADAPTER = frozenset(("a", "b", "lora_a", "lora_b"))
"""Words that name one matrix of an adapter."""
FIRST_OF_ADAPTER = frozenset(("a", "lora_a"))


def textbook_matrix(label: list[str]) -> int | None:
    """Which of a recurrent layer's matrices a label is: 0 reads the input, 1 the state, 2 makes the output; ``None``
    where it is no such name.

    >>> [textbook_matrix(label) for label in (["W_hy"], ["U"], ["hidden", "to", "hidden"], ["conv1"])]
    [2, 0, 1, None]
    """
    if len(label) == 1:
        key = label[0].lower().replace("_", "")
        return next((names.index(key) for names in TEXTBOOK if key in names), None)
    words = tuple([word.lower() for word in label if word.lower() in ("input", "hidden", "output")])
    return IN_WORDS.index(words) if words in IN_WORDS and len(label) == len(words) + 1 else None


def named_matrix(wording: Wording, quantity: Quantity) -> float:
    """What it costs to mean a quantity by a label that names a matrix; less than nothing where it is that one."""
    if quantity.first.family == "lora":
        return _adapter_matrix(wording, quantity)
    square, inward = bool(OF_THE_STATE & set(wording.keys)), bool(OF_THE_INPUT & set(wording.keys))
    if square == inward:
        return 0.0
    if quantity.first.family not in RECURRENT or quantity.role != "matrix":
        return ANOTHERS_PROJECTION
    is_square = len(quantity.terms[0][0].sizes("hidden")) == 2
    return SYNONYM if is_square == square else ANOTHERS_PROJECTION


def _adapter_matrix(wording: Wording, quantity: Quantity) -> float:
    named = ADAPTER & {word.lower() for word in wording.words}
    if len(named) != 1 or quantity.role != "matrix":
        return 0.0
    is_first = quantity.terms[0][0] is quantity.first.terms[0]
    return SYNONYM if is_first == (named <= FIRST_OF_ADAPTER) else 2 * ANOTHERS_PROJECTION
