"""A statement that has been read to its end → what it is about: its quantity, its unit, whether it is a total."""

from __future__ import annotations

from netledger.audit.reading.expressions.bindings import LARGEST_SIZE
from netledger.audit.reading.statements.sorts import (
    BYTES,
    LEAST_BESIDE,
    STRONG,
    counts_things,
    counts_values,
    in_bytes,
    is_count,
    is_in_letters,
    is_size_alone,
    is_told,
    is_window,
    leads_to_a_map,
    lists_sizes,
    names_nothing,
    of_last,
    without_kernel,
)
from netledger.audit.reading.statements.statement import (
    TIMES_AS_MANY,
    Statement,
    measure,
    quantity_in,
    scale_in,
    total_in,
    whole_bytes,
)
from netledger.audit.reading.tokens.words import family_of, part_of, quantity_of, speaks_of_use, takes_per_token
from netledger.audit.words import ABOUT, FROZEN, TENSORS, THERE_IS, TRAINABLE, WITH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.tokens.tokenizing import Token, Value


def finish(statement: Statement, pieces: list[list[Token]], bindings: dict[str, Value]) -> None:
    """Say what a statement is about, which was read from these pieces of its clause."""
    statement.members = without_kernel(statement.members)
    _take_model_size(statement)
    _read_as_worked_out(statement)
    if _fails(statement):
        from netledger.audit.reading.expressions.eaten import with_signs  # what holds has lost none

        with_signs(statement)
    statement.quantity = _worded(statement)
    _take_unit(statement)
    if statement.stated is not None:
        statement.line_no = statement.stated.line_no
    elif statement.members:
        statement.line_no = statement.members[-1].line_no
    statement.is_total = total_in(statement.label) or total_in(statement.words)
    if statement.is_total:
        statement.label = _without_included(statement.label)
    measure(statement)
    if any(word.lower().startswith("approx") or word.lower() in ABOUT for word in statement.words):
        statement.approximate = True
    lone = (not statement.label or _only_says_that_there_is(statement)) and statement.expression is None
    biases = any(part_of(word) == "biases" for word in statement.words)  # "and 6 biases"
    if lone and statement.quantity == "params" and names_nothing(statement) and not biases:
        statement.is_total = True
    if _binds_its_name(statement, pieces) and statement.label[-1] in bindings:
        statement.binding = statement.label[-1]


def _take_model_size(statement: Statement) -> None:
    """``7B in fp16 = 7·10^9 · 2 = 14 GB``: which model an amount of memory is of stands first, and equals nothing."""
    members = statement.members
    node = members[0].node if len(members) >= LEAST_SIDES and in_bytes(members[-1]) else None
    token = node.token if node is not None and node.is_bare else None
    if token is not None and token.suffix >= LEAST_OF_MODEL and not token.unit:
        statement.label = [*statement.label, *members[0].words]
        del members[0]


LEAST_SIDES = 3
"""The size of a model, what is worked out from it, and the bytes."""
LEAST_OF_MODEL = 10**6
"""Models are told apart by millions or billions of parameters."""


def _fails(statement: Statement) -> bool:
    """Whether it states exactly what none of its other members gives."""
    stated = statement.stated
    if stated is None or stated.node is None or stated.node.error or len(statement.members) < 2:
        return False
    value = stated.node.value
    others = [member.node for member in statement.members if member is not stated and member.node is not None]
    return not any(abs(node.value - value) <= node.error for node in others)


def _only_says_that_there_is(statement: Statement) -> bool:
    """``There are 117 million parameters``: words that name nothing, before a number that is no layer's."""
    said = " ".join(statement.label).lower()
    return said in THERE_IS and statement.error >= LEAST_ROUNDED


LEAST_USED = 10**6
"""Parameters that a token uses at least; a smaller number is one of experts."""
LEAST_ROUNDED = 10**5
"""How far a number is off by its rounding that is so large only for a whole network: 117 million."""


def _without_included(label: list[str]) -> list[str]:
    """``everything incl. the last norm``: the label of a total without the layers that it says are among them."""
    at = next((i for i, word in enumerate(label) if word.lower() in WITH), len(label))
    if not at or not total_in(label[:at]):
        return label
    return [*label[:at], *[word for word in label[at:] if family_of(word) is None]]


def _worded(statement: Statement) -> str:
    """The quantity that the words around the values name, the nearest first."""
    if counts_things(statement):
        return "setting"
    after = "setting" if _counts_tensors(of_last(statement)) else quantity_in(of_last(statement))
    before = statement.members[0].before if statement.members else []
    quantity = after or quantity_in(before) or quantity_in(statement.label) or quantity_in(statement.inner)
    if quantity == "shape" and not any(quantity_of(word) for word in [*statement.words, *statement.label]):
        quantity = "" if (statement.value or 0) >= LEAST_BESIDE else "shape"  # "C512 (stride 1): …"
    if not quantity and is_told(statement):
        quantity = "params"
    if quantity in ("shape", "features") and statement.stated is not None and is_count(statement):
        quantity = ""
    if quantity in ("shape", "features") and is_in_letters(statement):
        quantity = ""
    if quantity in ("shape", "features") and (statement.value or 0) >= LARGEST_SIZE:
        quantity = ""  # "decoder, output included: 14,810,050"
    if (not after and leads_to_a_map(statement)) or lists_sizes(statement) or is_size_alone(statement, quantity):
        quantity = "setting"
    if any(quantity_of(word) == "params" for word in statement.label) and after not in STRONG:
        quantity = "params" if not is_window(statement) else quantity
    return quantity


def _counts_tensors(words: list[str]) -> bool:
    """``4 trainable arrays``: how many tensors there are that are trained, not how many parameters."""
    told = bool(words) and words[0].lower().startswith((*TRAINABLE, *FROZEN))
    return told and any(word.lower().startswith(TENSORS) for word in words[1:2])


def _take_unit(statement: Statement) -> None:
    """The quantity again, where a unit beside the values says more than the words."""
    if BYTES & {word.lower() for word in [*statement.words, *statement.inner, *statement.label]}:
        statement.quantity = "bytes" if statement.expression is None else statement.quantity
    if any(word in ("%", "percent") for word in statement.words) and statement.expression is None:
        statement.quantity = "percent"
    if statement.stated is not None and TIMES_AS_MANY in statement.stated.words:
        statement.quantity = "ratio"
    if statement.stated is not None and statement.stated.node is not None:
        token = statement.stated.node.token
        called = statement.quantity == "params" and not any(part_of(word) for word in statement.label)
        alone = token is not None and token.unit == "bytes" and statement.expression is None
        # "parameters: 4.2M × 4 bytes = 17 MB"
        works = statement.expression is not None and in_bytes(statement.expression)
        if token is not None and token.unit and (not called or token.unit == "ops" or alone or works):
            statement.quantity = token.unit
    take_use(statement)
    if statement.expression is not None and in_bytes(statement.expression):
        statement.quantity = statement.quantity or "bytes"
        whole_bytes(statement)
    if statement.quantity == "bytes" and counts_values(statement):
        statement.quantity, statement.approximate = "features", True  # such lists round to 800K
    if statement.quantity == "ops":
        statement.scale = scale_in([*statement.words, *statement.label, *statement.inner])


def take_use(statement: Statement) -> None:
    """``used for one token: 3.35B``: parameters that are active."""
    around = [*statement.words, *statement.label]
    used = speaks_of_use(around) or ((statement.value or 0) >= LEAST_USED and takes_per_token(around))
    if statement.quantity in ("", "params") and used:
        statement.quantity = "active"


def _binds_its_name(statement: Statement, pieces: list[list[Token]]) -> bool:
    """Whether a statement gives a name its size: ``m = 64``, ``input size m = 64``."""
    if not statement.label or statement.expression is not None or statement.stated is None or len(pieces) < 2:
        return False
    if statement.value is None or statement.value >= LARGEST_SIZE:
        return False
    alone = len(statement.label) == 1 and all(len(tokens) == 1 for tokens in pieces)
    return alone or (len(statement.label[-1]) == 1 and len(pieces[-1]) == 1)


def _read_as_worked_out(statement: Statement) -> None:
    """``5*5*6*16 + 16 = 2.416``: of a number's two meanings, the one that the expression beside it has."""
    values = {member.node.value for member in statement.expressions if member.node is not None}
    for member in statement.members:
        node = member.node
        token = node.token if node is not None else None
        if node is not None and token is not None and token.other in values and node.value not in values:
            token.value, token.error, token.other = token.other or 0, 0, None
            node.value, node.error = token.value, 0
