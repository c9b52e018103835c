"""Lines that go on with the one before: an equation over several lines, a sum below its terms."""

from __future__ import annotations

from netledger.audit.reading.expressions.brackets import are_bytes_again
from netledger.audit.reading.tokens.tokenizing import Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.lines.logical import Line

MOST_TOKENS = 600
"""Of one logical line; what goes on longer stands for itself."""


def goes_on(lines: list[Line], line: Line) -> bool:
    """Join a line that goes on with the one before it; False where it stands for itself."""
    if line.role != "text" or not line.tokens or not lines:
        return False
    last = _left_open(lines) or _around_a_sign(lines, line) or lines[-1]
    if last.role not in ("text",) or not last.tokens or len(last.tokens) > MOST_TOKENS:
        return False
    first = line.tokens[0]
    if len(line.tokens) == 1 and first.text in ALONE and last is not lines[-1]:
        last.tokens.extend(line.tokens)
        return True
    if first.kind == "rel" and first.text in ("=", "≈") and not _is_title(last) and not _sums_above(lines, line):
        last.tokens.extend(line.tokens)
        return True
    if _says_bytes_again(last, line):
        again = line.tokens[-1]
        last.tokens.extend([Token("rel", "=", again.start, again.start, True, line.line_no), again])
        return True
    if first.kind == "rel" and first.text == "→" and _has_sum(last) and not _has_relation(last):
        last.tokens.extend(line.tokens)
        return True
    open_end = last.tokens[-1].kind == "op" or (last.tokens[-1].kind == "rel" and last.tokens[-1].text in "=≈")
    numbers = any(token.kind == "num" for token in last.tokens)
    if open_end and numbers and first.kind in ("num", "open"):
        last.tokens.extend(line.tokens)
        return True
    if (
        first.kind == "op"
        and first.text == "+"
        and (numbers or _multiplies(last))
        and (not _has_relation(last) or _ends_open(last, line))
    ):
        last.tokens.extend(line.tokens)
        return True
    if first.kind == "op" and first.text == "*" and numbers:
        return _product_goes_on(last, line)
    return False


def _left_open(lines: list[Line]) -> Line | None:
    """The line above a blank one that ends in a plus and dots: ``… + (3*3*512 + 512)*8 + ...``."""
    above = lines[-2] if lines[-1].role == "blank" and len(lines) > 1 else lines[-1]
    end = len(above.tokens)
    while end and above.tokens[end - 1].text in (".", "…", " "):
        end -= 1
    if not 0 < end < len(above.tokens) or above.tokens[end - 1].text != "+":
        return None
    del above.tokens[end:]
    return above


ALONE = ("=", "≈", "*", "/")
"""Signs that stand on a line of their own between blank ones, where each part of a calculation has its line."""
MOST_BLANK = 4
"""Lines above among which that line is looked for."""


def _around_a_sign(lines: list[Line], line: Line) -> Line | None:
    """The line above a blank one that a sign alone goes on with, or that such a sign ends."""
    above = next((before for before in reversed(lines[-MOST_BLANK:]) if before.role != "blank"), None)
    if above is None or above is lines[-1] or above.role != "text" or not above.tokens:
        return None
    end = above.tokens[-1]
    if len(line.tokens) == 1 and line.tokens[0].text in ALONE:
        return above if end.kind in ("num", "close", "name") else None
    alone = len(above.tokens) > 1 and end.text in ALONE and above.tokens[-2].line_no != end.line_no
    return above if alone and line.tokens[0].kind in ("num", "open") else None


MOST_WORDS = 3
"""Before a number of bytes that only says another one again."""


def _says_bytes_again(last: Line, line: Line) -> bool:
    """``or 3.36 GiB`` below a line that ends in 3,355,443,200 bytes."""
    worded = len(line.tokens) <= MOST_WORDS + 1 and all(token.kind == "name" for token in line.tokens[:-1])
    return worded and are_bytes_again(last.tokens[-1], line.tokens[-1])


def _product_goes_on(last: Line, line: Line) -> bool:
    """``× 3 = 98,304`` goes on with the value that the line before ended in."""
    value = last.tokens[-1]
    if value.kind != "num":
        if not _has_relation(last):
            last.tokens.extend(line.tokens)
            return True
        return False
    again = Token("num", value.text, 0, 0, True, line.line_no)
    again.value, again.error = value.value, value.error
    line.tokens.insert(0, again)
    return False


def _sums_above(lines: list[Line], line: Line) -> bool:
    """Whether ``= 12,596,224`` or ``= ~12.6M`` is the sum of the lines above: the last of them has its own result."""
    last = lines[-1]
    said = [token for token in line.tokens[1:4] if token.text != "≈"]
    kinds = [token.kind for token in said[:2]]
    alone = kinds[:1] == ["num"] and kinds[1:] in ([], ["name"], ["comma"])
    if not alone or len(lines) < 2 or lines[-2].role != "text":
        return False
    after = last.tokens[-1]
    before = last.tokens[-2] if len(last.tokens) > 1 else None
    if before is None or before.kind not in ("rel", "colon"):
        return _sums_behind(last, said[0])
    return after.kind == "num" and after.line_no == last.line_no and after.value < said[0].value


def _sums_behind(last: Line, said: Token) -> bool:
    """The same where words or remarks follow the result of the last line."""
    tokens = last.tokens[:MOST_TOKENS]
    relation = max([i for i, token in enumerate(tokens) if token.kind in ("rel", "colon")], default=-1)
    after = last.tokens[relation + 1 :]
    if relation < 0 or not after or after[0].kind != "num" or after[0].line_no != last.line_no:
        return False
    open_end = len(after) > 1 and after[1].kind == "op"
    return not open_end and after[0].value < said.value


def _multiplies(line: Line) -> bool:
    """Whether names are multiplied: ``n_fac × n_hidden``."""
    return any(token.kind == "op" and token.text == "*" for token in line.tokens[:MOST_TOKENS])


def _is_title(line: Line) -> bool:
    """Whether a line only announces what follows: words, then a colon."""
    return line.tokens[-1].kind == "colon" or not any(token.kind in ("num", "op", "rel") for token in line.tokens)


def _has_relation(line: Line) -> bool:
    return any(token.kind == "rel" and token.text in "=≈" for token in line.tokens)


def _ends_open(line: Line, following: Line) -> bool:
    """Whether a line ends in an expression that states no result yet: ``total = 5*5*6 + 6``, ``total = 156``."""
    place = max([i for i, token in enumerate(line.tokens) if token.kind == "rel"], default=-1)
    after = line.tokens[place + 1 :]
    before = line.tokens[:place]
    if any(token.kind == "op" for token in before):
        return False
    begun = (
        len(after) == 1 and after[0].kind == "num" and len(following.tokens) > 1 and following.tokens[1].kind == "num"
    )
    return begun or any(token.kind == "op" for token in after)


def _has_sum(line: Line) -> bool:
    return any(token.kind == "op" for token in line.tokens)
