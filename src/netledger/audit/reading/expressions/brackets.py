"""What stands in brackets: an operand, an addition, factors or bytes of the number before; which closes which."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.expressions.nodes import Node
    from netledger.audit.reading.expressions.parsing import Lookup
    from netledger.audit.reading.tokens.tokenizing import Token, Value

LEAST_NAMES = 3
"""Named sizes in a bracket that can only be a formula."""
LEAST_RESTATED = 10_000
"""A smaller number before a bracket may be a factor."""
ALIKE = 0.1
"""How far the same bytes in two units may be apart where one of the units is mistaken."""


def is_arithmetic(tokens: list[Token], value_of: Lookup) -> bool:
    """Whether the inside of a bracket can be an operand: numbers and operators, at most some unit words."""
    numbers = operators = 0
    glued = False
    for i, token in enumerate(tokens):
        if token.kind == "num" or (token.kind == "name" and value_of(token.text) is not None):
            numbers += not (i and tokens[i - 1].kind == "num" and not token.spaced)  # "4d^2" is one number
            if i and tokens[i - 1].kind == "name" and not token.spaced:
                glued = True
            operators += bool(i) and tokens[i - 1].kind == "num" and token.kind == "name" and not token.spaced  # "4d"
        elif token.kind == "op":
            operators += 1
        elif token.kind == "open":
            operators += bool(i) and tokens[i - 1].kind == "num"  # "72(40+72)"
        elif token.kind not in ("name", "close", "gap"):
            return False
    worded = any(token.kind == "name" and value_of(token.text) is None for token in tokens)
    named = sum(token.kind == "name" for token in tokens)
    if operators and named >= LEAST_NAMES and not worded and not glued:
        return True  # "2 * 3 h d d_k + 2 d d_ff": named sizes are multiplied without a sign
    return numbers > 0 and not glued and (operators > 0 or not worded) and (operators >= numbers - 1)


def is_addition(tokens: list[Token]) -> bool:
    """Whether the inside of a bracket is a plus sign with a number, perhaps with its unit: ``(+32 biases)``."""
    numbers = sum(token.kind == "num" for token in tokens)
    return numbers > 0 and all(token.kind in ("num", "name", "op") for token in tokens) and tokens[1].kind == "num"


def makes(inner: list[Token], factors: list[Node]) -> bool:
    """``2400 [5x5x3x32]``: whether the inside of a bracket is the product that a number before it is."""
    kinds = {token.kind if token.kind == "num" else token.text for token in inner}
    if len(factors) != 1 or not factors[0].is_bare or kinds != {"num", "*"}:
        return False
    product: Value = 1
    for token in inner:
        product *= token.value if token.kind == "num" else 1
    value = factors[0].value
    return product == value or (value >= LEAST_RESTATED and abs(product - value) <= ALIKE * value)


def are_bytes_again(before: Token | None, after: Token) -> bool:
    """Whether two amounts of memory are about the same, in two units."""
    if before is None or not before.kind == after.kind == "num" or not before.unit == after.unit == "bytes":
        return False
    return before.suffix != after.suffix and abs(after.value - before.value) <= ALIKE * before.value


def pairs_of(tokens: list[Token]) -> dict[int, int]:
    """Opening bracket → its closing bracket; what has no partner is in neither place."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for i, token in enumerate(tokens):
        if token.kind == "open":
            opened.append(i)
        elif token.kind == "close" and opened:
            pairs[opened.pop()] = i
    return pairs
