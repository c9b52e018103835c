"""A clean line → tokens: numbers with their precision, names, operators, relations, brackets, gaps.

Numbers are read with every convention of thousands (``1,234`` ``1 234`` ``1'234`` ``1.234.567`` ``1_234``), suffix
(``61M`` ``1.4G`` ``56.4 亿``) and rounding; where a spelling has two meanings the other one is kept beside it.
"""

from __future__ import annotations

from netledger.audit.reading.tokens.numerals import TIMES, numeral_at
from netledger.audit.reading.tokens.words import family_of, is_east_asian
from netledger.audit.words import TIMES_LETTERS
from netledger.errors import LimitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    Value = int | float


class Token:
    """A piece of a line. ``kind``: ``num name op open close rel comma stop gap bar semi pct ratio``.

    A number has ``value``, ``error`` (how far it may be off, 0 where exact), ``other`` (its second meaning or None),
    ``unit`` (``bytes`` or "") and ``suffix`` (what it was multiplied by).
    """

    __slots__ = (
        "kind",
        "text",
        "value",
        "error",
        "other",
        "unit",
        "suffix",
        "start",
        "end",
        "spaced",
        "line_no",
        "place",
    )

    def __init__(self, kind: str, text: str, start: int, end: int, spaced: bool, line_no: int) -> None:
        self.kind, self.text, self.start, self.end, self.spaced = kind, text, start, end, spaced
        self.value: Value = 0
        self.error: Value = 0
        self.other: int | None = None
        self.unit, self.suffix = "", 1
        self.line_no = line_no
        self.place: tuple[int, int] | None = None

    def __repr__(self) -> str:
        return f"<{self.kind} {self.text}>"


_SINGLE = {
    "(": "open", "[": "open", ")": "close", "]": "close", "|": "bar", ";": "semi", "%": "pct", "+": "op", "^": "op",
    "/": "op",
}  # fmt: skip


def tokenize(text: str, line_no: int = 1) -> list[Token]:
    """The tokens of one clean line; raises ``LimitError`` for a number of more digits than anybody counts.

    >>> [token.text for token in tokenize("conv1: 3x3x8 + 8 = 80")]
    ['conv1', ':', '3', '*', '3', '*', '8', '+', '8', '=', '80']
    """
    tokens: list[Token] = []
    i, size = 0, len(text)
    while i < size:
        start = i
        while i < size and text[i] in " \t\u2009\r":
            i += 1
        spaced = i > start or i == 0
        if i >= size:
            break
        if (i - start >= 2 or "\t" in text[start:i]) and tokens:
            tokens.append(Token("gap", " ", start, i, True, line_no))
        i = _next(text, i, spaced, tokens, line_no)
        if len(tokens) > 3 and tokens[-1].suffix == 10**9 and tokens[-1].kind == "num":
            _names_experts(tokens, text)
    return tokens


def _names_experts(tokens: list[Token], text: str) -> None:
    """``Mixtral 8x7B``: behind a name that is a name too, no product."""
    name, count, sign, size = tokens[-4:]
    glued = not sign.spaced and not size.spaced and text[sign.start : sign.start + 1] in TIMES_LETTERS
    if name.kind == "name" and count.kind == "num" and sign.text == "*" and glued and name.text[:1].isupper():
        tokens[-3:] = [Token("name", text[count.start : size.end], count.start, size.end, count.spaced, size.line_no)]


def _next(text: str, i: int, spaced: bool, tokens: list[Token], line_no: int) -> int:
    character = text[i]
    if "0" <= character <= "9" or (character == "." and text[i + 1 : i + 2].isdigit() and _starts_number(text, i)):
        lettered = _lettered_end(text, i, tokens) or _width_end(text, i)
        if lettered:
            tokens.append(Token("name", text[i:lettered], i, lettered, spaced, line_no))
            return lettered
        return _number(text, i, spaced, tokens, line_no)
    if character.isalpha() or character == "_":
        return _name(text, i, spaced, tokens, line_no)
    if character.isnumeric():
        raise LimitError(f"'{character}' (U+{ord(character):04X}) looks like a digit, but is none that is read here")
    return _sign(text, i, spaced, tokens, line_no)


def _lettered_end(text: str, i: int, tokens: list[Token]) -> int:
    """Where the second piece of a layer's name ends: ``3a`` of ``inception(3a)``, ``2b`` of ``block 2b``; else 0."""
    if not tokens:
        return 0
    j = i + (2 if text[i + 1 : i + 2].isdigit() else 1)
    if text[j : j + 1] not in LETTERS or not text[j : j + 1] or text[j + 1 : j + 2].isalnum():
        return 0
    glued = tokens[-1].kind == "open" and not tokens[-1].spaced and text[j + 1 : j + 2] in CLOSING
    if glued and len(tokens) > 1 and tokens[-2].kind == "name" and tokens[-2].end == tokens[-1].start:
        return j + 1
    return j + 1 if tokens[-1].kind == "name" and family_of(tokens[-1].text) is not None else 0


def _width_end(text: str, i: int) -> int:
    """Where the name of a type ends that is called by its width: ``4-bit``, ``8bit``; else 0."""
    j = i
    while text[j : j + 1].isdigit() and j < i + 2:
        j += 1
    if text[i:j] not in BITS:
        return 0
    j += text[j : j + 1] == "-"
    return j + 3 if text[j : j + 3].lower() == "bit" and not text[j + 3 : j + 4].isalnum() else 0


BITS = frozenset(("1", "2", "3", "4", "5", "6", "8", "16", "32", "64"))
"""Bits of the types that values are kept in."""
LETTERS = "abcdefgh"
"""By which the layers of one number are told apart."""
CLOSING = (")", "]")


def _starts_number(text: str, i: int) -> bool:
    return i == 0 or not (text[i - 1].isalnum() or text[i - 1] == ")")


_PAIRS = {
    "**": ("op", "^"), "==": ("rel", "="), ":=": ("rel", "="), "!=": ("rel", "!="), "~=": ("rel", "≈"),
    "=~": ("rel", "≈"),
}  # fmt: skip
_SIGNS = {
    **dict.fromkeys(TIMES, ("op", "*")),
    "=": ("rel", "="), "≈": ("rel", "≈"), "→": ("rel", "→"), "~": ("rel", "≈"), "-": ("op", "-"), ":": ("colon", ":"),
    ",": ("comma", ","), ".": ("stop", "."),
}  # fmt: skip
"""What a pair of signs, and a sign alone, are: the kind of token and how it is shown."""


def _sign(text: str, i: int, spaced: bool, tokens: list[Token], line_no: int) -> int:
    character, pair = text[i], text[i : i + 2]
    if character == "-" and not spaced and _is_hyphen(text, i):
        return i + 1
    if text[i : i + 3] in ("---", "===", "***", "___", "...", "==="):
        return _run(text, i, spaced, tokens, line_no)
    arrow = _arrow_end(text, i) if character in "=-" else 0
    if arrow:
        kind, shown, end = "rel", "→", arrow
    elif pair in _PAIRS:
        (kind, shown), end = _PAIRS[pair], i + 2
    elif character == "×" and _is_ratio(text, i + 1, tokens):
        kind, shown, end = "ratio", "×", i + 1
    else:
        kind, shown = _SIGNS.get(character) or (_SINGLE.get(character, "other"), character)
        end = i + 1
    tokens.append(Token(kind, shown, i, end, spaced, line_no))
    return end


def _is_hyphen(text: str, i: int) -> bool:
    """``224-pixel images``: between a number and its word, no space anywhere; ``28-k`` is a difference."""
    return i > 0 and text[i - 1].isdigit() and text[i + 1 : i + 4].isalpha() and len(text[i + 1 : i + 4]) == 3


def _run(text: str, i: int, spaced: bool, tokens: list[Token], line_no: int) -> int:
    """A run of one sign: an arrow's shaft, or a rule between columns."""
    j = i
    while text[j : j + 1] == text[i]:
        j += 1
    if text[i] in "-=" and text[j : j + 1] == ">":
        tokens.append(Token("rel", "→", i, j + 1, spaced, line_no))
        return j + 1
    trails_off = text[i] == "." and not spaced and bool(tokens) and tokens[-1].kind == "num"
    if trails_off:
        tokens.append(Token("stop", ".", i, j, spaced, line_no))  # "but it says 26,910... why?"
    else:
        tokens.append(Token("gap", " ", i, j, True, line_no))
    return j


def _arrow_end(text: str, i: int) -> int:
    """Where ``->``, ``=>``, ``---->`` ends; 0 where there is none."""
    j = i
    while j < len(text) and text[j] in "-=":
        j += 1
    return j + 1 if text[j : j + 1] == ">" else 0


def _is_ratio(text: str, i: int, tokens: list[Token]) -> bool:
    """Whether a times sign after a number has nothing to multiply by: ``128× |``, ``9× fewer``."""
    if not tokens or tokens[-1].kind != "num":
        return False
    rest = text[i:].lstrip(" ")
    if not rest or rest[0] in "|,.;)":
        return True
    word = ""
    for character in rest:
        if not character.isalpha():
            break
        word += character
    return word.lower() in (
        "fewer",
        "less",
        "more",
        "smaller",
        "bigger",
        "larger",
        "faster",
        "reduction",
        "times",
        "compression",
    )


# ---------------------------------------------------------------------- names


def _name(text: str, i: int, spaced: bool, tokens: list[Token], line_no: int) -> int:
    if text[i] in TIMES_LETTERS and _multiplies(text, i, tokens):
        tokens.append(Token("op", "*", i, i + 1, spaced, line_no))
        return i + 1
    size, j = len(text), i
    east = is_east_asian(text[i])
    while j < size:
        character = text[j]
        if character.isalpha():
            if is_east_asian(character) != east:
                break
            if character in TIMES_LETTERS and text[j - 1].isdigit() and text[j + 1 : j + 2].isdigit() and j > i:
                if not _is_kernel(text, j):
                    break
        elif "0" <= character <= "9":
            if east:
                break
        elif character == "_" or (character in ".'-/" and _joins(text, i, j)):
            pass
        elif character == "#" and j > i:
            break
        else:
            break
        j += 1
    if end := _end_of_count(text[i:j]):
        j = i + end
    tokens.append(Token("name", text[i:j], i, j, spaced, line_no))
    return j


GLUED = ("parameters", "params", "weights")
"""Words that cells of a table glue to the number of the next one: ``parameters512``."""


def _end_of_count(word: str) -> int:
    """Where such a word ends, behind which a number begins; 0 for any other word."""
    stem = word.rstrip("0123456789")
    return len(stem) if len(word) - len(stem) > 1 and stem.lower() in GLUED else 0


def _is_kernel(text: str, j: int) -> bool:
    """Whether the x at ``j`` is inside ``expand3x3``: a square of one figure, which ends the name."""
    square = text[j - 1] == text[j + 1] and not text[j - 2 : j - 1].isdigit()
    return square and not text[j + 2 : j + 3].isalnum() and text[j + 2 : j + 3] not in ("*", "×", "·")


def _joins(text: str, start: int, j: int) -> bool:
    """Whether a dot, apostrophe, hyphen or stroke belongs to the name around it."""
    following = text[j + 1 : j + 2]
    if text[j] == "/":
        patch = following.isdigit() and text[j + 2 : j + 3].isdigit() and not text[j + 3 : j + 4].isalnum()
        return patch and "-" in text[start:j] and text[j - 1].isalpha()  # "ViT-B/16"
    if not (following.isalnum() and following.isascii()) or not text[j - 1].isalnum():
        return False
    if text[j] == "-":
        return j - start >= 2 and text[j - 2 : j].replace(".", "0").isalnum()  # "Llama-3.1-8B"
    return text[j] == "." or following.isalpha()


def _multiplies(text: str, i: int, tokens: list[Token]) -> bool:
    """Whether the letter x at ``i`` is a times sign."""
    before = tokens[-1] if tokens else None
    if before is None or (before.kind in ("rel", "colon", "gap", "comma", "bar") and before.kind != "gap"):
        following = text[i + 1 :].lstrip(" ")
        return before is not None and before.kind == "rel" and following[:1].isdigit() and text[i + 1 : i + 2] == " "
    following = text[i + 1 : i + 2]
    if following.isalnum() and not following.isdigit():
        return False
    if before.kind == "open" or before.kind == "op":
        return False
    rest = text[i + 1 :].lstrip(" ")
    if not rest:
        return False
    if following.isdigit() or following in "([":
        return before.kind in ("num", "close", "name", "gap")
    return following == " " and (rest[0].isalnum() or rest[0] in "([#_")


# ---------------------------------------------------------------------- numbers


def _strides(text: str, i: int, j: int) -> bool:
    """Whether a stride stands behind the square kernel whose second side is from ``i`` to ``j``: ``7x7/2``."""
    if text[j : j + 1] != "/" or text[j + 1 : j + 2] not in STRIDES or text[j + 2 : j + 3].isalnum():
        return False
    first = 2 * i - 1 - j
    square = first >= 0 and text[first : i - 1] == text[i:j] and text[i - 1] in TIMES_LETTERS
    return square and not text[first - 1 : first].isdigit()


STRIDES = ("1", "2", "3", "4")


def _number(text: str, i: int, spaced: bool, tokens: list[Token], line_no: int) -> int:
    number = numeral_at(text, i)
    if number is None:
        return _sign(text, i, spaced, tokens, line_no)  # "(.327.488" is no number, in no spelling
    j = number.end
    if _strides(text, i, j):
        j += 2
    token = Token("num", text[i:j], i, j, spaced, line_no)
    token.value, token.error, token.other = number.value, number.error, number.other
    token.suffix, token.unit = number.suffix, number.unit
    tokens.append(token)
    return j
