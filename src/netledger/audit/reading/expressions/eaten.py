"""Products whose signs a page took for marks of emphasis: ``2272273 = 154587`` is ``227*227*3 = 154587``."""

from __future__ import annotations

from netledger.audit.reading.expressions.nodes import Node, multiply, number, replaced
from netledger.audit.reading.tokens.tokenizing import Token
from netledger.errors import NetledgerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.reading.statements.statement import Statement

LEAST_DIGITS = 5
"""Digits of a number that is read as a product without more ado; a shorter one may be one by chance."""
LEAST_FACTORS = 3
"""Factors of such a product; ``1*8448`` for 18448 is a slip in a sum."""
LEAST_STATED = 100
"""A smaller value may be met by chance."""
FEWEST_DIGITS, MOST_DIGITS = 2, 12
"""Digits of a number that may be a product at all."""
MOST_FACTORS = 5
"""Numbers that may stand glued."""
MOST_NUMBERS = 12
"""Numbers of an expression in which a product is looked for."""


def with_signs(statement: Statement) -> None:
    """Give the products of a statement that fails their signs again, where its value says to the digit which.

    >>> from netledger.audit.reading.reader import read
    >>> read("conv1: 9611113 + 96 = 34944").statements[0].expression.node
    96*11*11*3 + 96
    >>> read("conv1: 9611113 + 96 = 34945").statements[0].expression.node
    9611113 + 96
    """
    stated = statement.stated
    value = 0 if stated is None or stated.node is None else stated.node.value
    if value < LEAST_STATED:
        return
    for member in statement.members:
        other = None if member is stated else member.node
        whole = restored(other, value, LEAST_DIGITS, LEAST_FACTORS) if other is not None else None
        if whole is not None:
            member.node = whole
            return


def restored(node: Node, wanted: int | float, least: int = FEWEST_DIGITS, factors: int = 2) -> Node | None:
    """The expression with the signs that a page ate, where that gives the value: ``677`` is ``6*7*7``; ``least``:
    digits of a number that may be a product, ``factors``: how many it must have.
    """
    leaves = node.numbers()
    if not isinstance(wanted, int) or len(leaves) > MOST_NUMBERS:
        return None
    for leaf in leaves:
        token = leaf.token
        if token is None or not isinstance(leaf.value, int) or not token.text.isdigit():
            continue
        if not least <= len(token.text) <= MOST_DIGITS:
            continue
        for ends in _cuts(token.text):
            if len(ends) < factors:
                continue
            try:
                candidate = replaced(node, leaf, _product(token, ends))
            except NetledgerError:
                continue
            if candidate.value == wanted:
                return candidate
    return None


def _cuts(digits: str) -> Iterator[list[int]]:
    """The ends of the numbers of every way to cut digits into several, of which none begins with a nought."""
    waiting: list[list[int]] = [[]]
    while waiting:
        ends = waiting.pop()
        start = ends[-1] if ends else 0
        if digits[start] == "0":
            continue
        if ends:
            yield [*ends, len(digits)]
        if len(ends) < MOST_FACTORS - 1:
            waiting.extend([[*ends, end] for end in range(start + 1, len(digits))])


def _product(whole: Token, ends: list[int]) -> Node:
    return multiply([_factor(whole, start, end) for start, end in zip([0, *ends], ends, strict=False)])


def _factor(whole: Token, start: int, end: int) -> Node:
    """One of the numbers, in its place."""
    text = whole.text[start:end]
    node = number(int(text), 0, text)
    token = node.token = Token("num", text, whole.start + start, whole.start + end, False, whole.line_no)
    token.value = node.value
    token.place = whole.place and (whole.place[0] + start, whole.place[0] + end)
    return node
