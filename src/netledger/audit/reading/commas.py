"""Commas of which a text shows elsewhere that they stand before decimals: ``48 - 27,5`` beside ``29,5 GB``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from netledger.audit.reading.lines import Line
    from netledger.audit.reading.tokens import Token

LEAST_CERTAIN = 2
"""Numbers with a comma and a unit that show how a text writes decimals."""
MOST_DECIMALS = 2
"""Figures behind such a comma; three may be thousands."""


def settle_commas(lines: Iterable[Line]) -> None:
    """Make one number of two with nothing but a comma between them, where the text writes decimals so."""
    lines = [line for line in lines if line.role == "text"]
    certain = sum(1 for line in lines for token in line.tokens if token.kind == "num" and _has_decimals(token))
    certain += sum(_times_powers(line.tokens) for line in lines)
    if certain < LEAST_CERTAIN:
        return
    for line in lines:
        tokens = line.tokens
        i = 1
        while i + 1 < len(tokens):
            if _is_decimal(tokens, i):
                _join(tokens[i - 1], tokens[i + 1])
                del tokens[i : i + 2]
            i += 1


def _times_powers(tokens: list[Token]) -> int:
    """How often a number with a comma stands before a power of ten: ``4,02·10^22``."""
    found = 0
    for i in range(1, len(tokens) - 4):
        texts = [token.text for token in tokens[i + 2 : i + 5]]
        found += _is_decimal(tokens, i) and texts[0] == "*" and texts[1:] == ["10", "^"]
    return found


def _has_decimals(token: Token) -> bool:
    whole, comma, rest = token.text.partition(",")
    figures = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    return bool(comma) and whole.isdigit() and 0 < len(figures) <= MOST_DECIMALS and bool(token.error)


def _is_decimal(tokens: list[Token], i: int) -> bool:
    """Whether the comma stands right between two numbers, and is none of a list: ``3,3,64``."""
    before, comma, after = tokens[i - 1 : i + 2]
    if comma.kind != "comma" or before.kind != "num" or after.kind != "num" or not before.text.isdigit():
        return False
    if before.end != comma.start or comma.end != after.start or not after.text.isdigit():
        return False
    listed = (tokens[i - 2] if i > 1 else None, tokens[i + 2] if i + 2 < len(tokens) else None)
    return len(after.text) <= MOST_DECIMALS and not any(
        token is not None and token.kind == "comma" and not token.spaced for token in listed[:1]
    )


def _join(before: Token, after: Token) -> None:
    scale = 10 ** len(after.text)
    before.value, before.error, before.other = (int(before.text) * scale + int(after.text)) / scale, 1 / scale, None
    before.text, before.end = f"{before.text},{after.text}", after.end
    if before.place is not None and after.place is not None:
        before.place = before.place[0], after.place[1]
