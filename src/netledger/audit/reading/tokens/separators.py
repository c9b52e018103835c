"""Points between thousands and commas before decimals, where a text shows elsewhere that it writes them so."""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.reading.tokens.words import MULTIPLIERS, family_of, is_east_asian, quantity_of
from netledger.audit.words import VERSIONED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from netledger.audit.reading.lines.logical import Line
    from netledger.audit.reading.tokens.tokenizing import Token


def settle_points(lines: list[Line]) -> None:
    """Where a text writes ``61.706`` for sixty-one thousand, its other numbers of that form are read so too.

    It does where several are written so and none as a decimal fraction, where others have points between thousands or
    commas before decimals, and where a lone one is called a count of parameters.
    """
    doubtful: list[tuple[Token, Line]] = []
    pointed = commas = fractions = grouped = 0
    for line in lines:
        if _groups_by_points(line):
            grouped += 1
            continue
        for before, token in pairwise([None, *line.tokens]):
            if token is None or token.kind != "num" or (before is not None and before.text.lower() in VERSIONED):
                continue
            if token.other is not None and "." in token.text:
                doubtful.append((token, line))
            elif token.text.count(".") > 1 or ("," in token.text and token.error):
                pointed += 1
                grouped += token.text.count(".") > 1
            elif "," in token.text:
                commas += 1
            elif "." in token.text and token.suffix == 1 and isinstance(token.value, float):
                fractions += 1
    if not doubtful or commas:
        return
    decimal = fractions >= max(grouped, 1)  # "PyTorch 2.1" beside several of "2.048.000" says nothing
    if (len(doubtful) > 1 or pointed or grouped) and not decimal and not any(map(_in_millions, lines)):
        settled = [token for token, _ in doubtful]
    else:
        counting = {id(line) for line in {id(line): line for _, line in doubtful}.values() if _counts(line)}
        settled = [token for token, line in doubtful if id(line) in counting]
    for token in settled:
        token.value, token.error, token.other = token.other or 0, 0, None


LEAST_POINTED = 3
"""Numbers like ``131.072`` on one line that are hardly fractions of three digits all."""


def _groups_by_points(line: Line) -> bool:
    """Whether a line that works something out writes its thousands with points, by itself; its numbers then are so."""
    numbers = [token for token in line.tokens if token.kind == "num"]
    doubtful = [token for token in numbers if token.other is not None and "." in token.text]
    others = [
        token for token in numbers if token.other is None and ("," in token.text or isinstance(token.value, float))
    ]
    works_out = sum(1 for token in line.tokens if token.kind in ("op", "rel")) > 1
    surely = any(token.text.count(".") > 1 and token.other is None for token in numbers)
    if others or not works_out or not (surely or len(doubtful) >= LEAST_POINTED) or _in_millions(line):
        return False
    for token in doubtful:
        token.value, token.error, token.other = token.other or 0, 0, None
    return True


def _in_millions(line: Line) -> bool:
    """Whether a line says that its numbers, or those below it, are in a greater unit: ``Params (M)``."""
    tokens = line.tokens
    for i, token in enumerate(tokens):
        if token.kind == "name" and token.text.lower() in MULTIPLIERS and family_of(token.text) is None:
            enclosed = i > 0 and tokens[i - 1].kind == "open"
            if len(token.text) > 1 or enclosed or is_east_asian(token.text):
                return True  # "(M)"; while "b: 3*3*32*64" names a layer, and "BN" is no billion
    return False


def _counts(line: Line) -> bool:
    """Whether a line says that it counts parameters, and in no greater unit."""
    if _in_millions(line) or any(token.kind in ("pct", "ratio") for token in line.tokens):
        return False
    return any(token.kind == "name" and quantity_of(token.text) == "params" for token in line.tokens)


LEAST_CERTAIN = 2
"""Numbers with a comma and a unit that show how a text writes decimals."""


MOST_DECIMALS = 2
"""Figures behind such a comma; three may be thousands."""


def settle_commas(lines: Iterable[Line]) -> None:
    """Make one number of two with nothing but a comma between them, where the text writes decimals so: ``48 - 27,5``
    beside ``29,5 GB``.
    """
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
