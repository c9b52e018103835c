"""Where the numbers of a line stand in the text itself, whatever cleaning made of it.

A clean line and its raw one have the same numbers in the same order, so that each is found again by its digits.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.tokens.tokenizing import Token

_DIGITS = {0xFF10 + digit: f"{digit}" for digit in range(10)} | {
    ord(raised): f"{digit}" for digit, raised in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")
}
_BETWEEN = ",{}_'. \u2009\u202f\u00a0"
"""What may stand between the digits of one number."""
FARTHEST = 400
"""Signs from one number to the next within which it is looked for."""


def place(tokens: list[Token], raw: str, clean: str) -> None:
    """Give every number its ``place`` in the raw line: (start, end), end excluded."""
    if raw == clean:
        for token in tokens:
            if token.kind == "num":
                token.place = (token.start, token.end)
        return
    plain = raw if raw.isascii() else raw.translate(_DIGITS)
    cursor = 0
    for token in tokens:
        if token.kind != "num":
            continue
        digits = "".join([character for character in token.text if character.isdigit()])
        found = _find(plain, digits, cursor)
        if found is not None:
            token.place = found
            cursor = found[1]


def _find(text: str, digits: str, cursor: int) -> tuple[int, int] | None:
    """Where some digits stand from ``cursor`` on, separators allowed between them."""
    limit = cursor + FARTHEST
    while digits and cursor < limit:
        start = text.find(digits[0], cursor, limit)
        if start < 0:
            return None
        i, matched = start, 0
        while i < len(text) and matched < len(digits):
            if text[i] == digits[matched]:
                matched += 1
            elif text[i] not in _BETWEEN:
                break
            i += 1
        if matched == len(digits) and not text[i : i + 1].isdigit():
            return start, i
        cursor = start + 1
        while cursor < limit and text[cursor : cursor + 1].isdigit():
            cursor += 1
    return None
