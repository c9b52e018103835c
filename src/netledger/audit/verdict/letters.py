"""A formula in letters beside the same one in numbers: where its form is what is wrong, both are."""

from __future__ import annotations

from netledger.audit.reading.characters.cleaning import clean
from netledger.audit.reading.expressions.parsing import is_variable
from netledger.audit.reading.lines.prefixes import without_prefix
from netledger.audit.reading.tokens.tokenizing import tokenize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.tokens.tokenizing import Token
    from netledger.audit.result import Finding
    from netledger.audit.verdict.decided import Decided
    from netledger.audit.verdict.outcome import Outcome

FORM = frozenset(
    "missing_bias double_bias missing_second_bias pytorch_double_bias missing_in_channels missing_groups "
    "feature_map_multiplied multiplied_by_heads timesteps_counted recurrent_not_square missing_gate_matrix "
    "missing_output_projection wrong_formula wrong_kernel".split()
)
"""Kinds of fault that a formula in letters has as well: a term or a factor too few or too many."""
MOST_LETTERS = 12
"""Of a name that stands for a size: ``bias``, ``filters``."""
LONGEST = 400
"""Signs of a line that may be a formula."""
NEAR = 3
"""Lines between a formula in letters and the same in numbers."""
LEAST = 2
"""Names of sizes in a formula in letters."""


def also_in_letters(decided: Decided, outcome: Outcome) -> Outcome:
    """The same outcome, with its fault told of the lines beside it that say the same in letters."""
    found = [finding for finding in outcome.findings if finding.follows_from is None and _is_of_the_form(finding)]
    if outcome.verdict != "wrong" or not found:
        return outcome
    written, own = decided.matcher.written, found[0].line_no
    numbers = _sides(written, own)
    if _is_given(found[0], numbers):
        return outcome
    more: list[Finding] = []
    for line_no in range(max(own - NEAR, 1), min(own + NEAR, len(written)) + 1):
        if line_no != own and any(_is_same(side, other) for side in _sides(written, line_no) for other in numbers):
            more.append(found[0].replace(line_no=line_no, span=None))
    return outcome.replace(findings=(*outcome.findings, *more)) if more else outcome


def _is_given(finding: Finding, numbers: list[list[Token]]) -> bool:
    """Whether what is missing in the number's formula stands there as 1, so that the one in letters has it."""
    ones = any(token.kind == "num" and token.value == 1 for side in numbers for token in side)
    return finding.kind == "missing_in_channels" and ones


def _is_of_the_form(finding: Finding) -> bool:
    """Whether a fault is one of the formula, not of a size in it: a kernel squared, not another kernel."""
    return finding.kind in FORM and (finding.kind != "wrong_kernel" or not finding.instead)


def _sides(written: tuple[str, ...], line_no: int) -> list[list[Token]]:
    """What stands between the signs of relation of a line, sign by sign."""
    raw = written[line_no - 1]
    if not 0 < len(raw) <= LONGEST:
        return []
    sides: list[list[Token]] = [[]]
    for token in tokenize(without_prefix(clean(raw))[0], line_no):
        if token.kind in ("rel", "colon"):
            sides.append([])
        else:
            sides[-1].append(token)
    return [side for side in sides if len(side) > LEAST]


def _is_same(letters: list[Token], numbers: list[Token]) -> bool:
    """Whether one formula is the other with a number for each name, the same for the same name."""
    if len(letters) != len(numbers):
        return False
    stands: dict[str, float] = {}
    for letter, number in zip(letters, numbers, strict=True):
        if letter.kind == "name" and number.kind == "num":
            if not is_variable(letter.text) and "_" not in letter.text and len(letter.text) > MOST_LETTERS:
                return False
            if stands.setdefault(letter.text, number.value) != number.value:
                return False
        elif letter.kind != number.kind or (letter.kind in ("num", "op") and not _is_equal(letter, number)):
            return False
    return len(stands) >= LEAST


def _is_equal(one: Token, other: Token) -> bool:
    """Whether two numbers, or two signs, are the same."""
    return one.value == other.value if one.kind == "num" else one.text == other.text
