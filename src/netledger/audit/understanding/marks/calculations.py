"""A line without its calculations: an equation, and what is summed, says no size."""

from __future__ import annotations

from math import prod

ARROWS = ("→", "->", "=>", "⇒", "⟶")
"""Signs that some write for equality; a longer one ends with one of these."""
EQUALS = "=≈≃≅"
TIMES_SIGNS = "*·⋅×xXх"
_EXPRESSION = frozenset("0123456789+-*/×·⋅xX^²³ ()[]{}.,'\u00a0\u202f−–х✕")
LONGEST_LINE = 2_000
"""Characters of a line that are read as a description."""


def without_calculations(line: str) -> str:
    """The line with each equation, and each expression of ``*`` and ``+``, blanked."""
    kept = line[:LONGEST_LINE]
    i = 0
    while i < len(kept):
        if kept[i] in EQUALS and kept[i - 1 : i + 1] != "<=" and kept[i : i + 2] != "=>" and _is_equation(kept, i):
            start, end = _left(kept, i), _right(kept, i)
            kept = kept[:start] + " " * (end - start) + kept[end:]
            i = end
        else:
            i += 1
    return _without_sums(_without_arrows(_without_factors(kept)))


def _without_factors(text: str) -> str:
    """Blank ``(4 × 512² attention + 2 × 512 × 2048 MLP)`` behind a times sign: what so many layers have, term by term.

    >>> _without_factors("6 layers × (4 × 512² attn + 2 × 512 × 2048 MLP)").rstrip()
    '6 layers ×'
    >>> _without_factors("2 × (3 × 3 conv 64 + 1 × 1 conv 32)")
    '2 × (3 × 3 conv 64 + 1 × 1 conv 32)'
    """
    at = text.find("(")
    while at >= 0:
        close = text.find(")", at)
        if close > 0 and text[:at].rstrip()[-1:] in tuple(TIMES_SIGNS) and "(" not in text[at + 1 : close]:
            terms = text[at + 1 : close].split("+")
            if len(terms) > 1 and all(map(_is_product, terms)):
                text = text[:at] + " " * (close + 1 - at) + text[close + 1 :]
        at = text.find("(", at + 1)
    return text


def _is_product(term: str) -> bool:
    """Whether a term begins with numbers that are multiplied, the sides of a kernel apart."""
    end = next((i for i, sign in enumerate(term) if sign not in _FACTORS), len(term))
    factors = "".join([" " if sign in TIMES_SIGNS else sign for sign in term[:end]]).split()
    return len(factors) > 1 and factors[0] != factors[1]


_FACTORS = frozenset("0123456789 ^²³,xXх*·⋅×")


def _without_arrows(text: str) -> str:
    """Blank ``5·48·64 → 15 360``: a product behind which an arrow stands for the sign of equality."""
    kept = text
    for arrow in ARROWS:
        at = kept.find(arrow)
        while at >= 0:
            start, end = _behind_name(kept, _left(kept, at)), _right(kept, at + len(arrow) - 1)
            if _gives(kept[start:at], kept[at + len(arrow) : end]):
                kept = kept[:start] + " " * (end - start) + kept[end:]
            at = kept.find(arrow, at + 1)
    return kept


def _behind_name(text: str, start: int) -> int:
    """Where an expression begins behind the number of a name and a dash: ``conv2 – 7·32·48``."""
    if start and (text[start - 1].isalpha() or text[start - 1] == "_"):
        while start < len(text) and text[start].isdigit():
            start += 1
    while start < len(text) and text[start] in " –−-*":
        start += 1
    return start


def _gives(left: str, right: str) -> bool:
    """Whether the factors on the left make about the number on the right."""
    factors = "".join([" " if c in TIMES_SIGNS else c for c in left]).split()
    number = "".join([c for c in right if c not in " ,.\u00a0\u202f'"])
    if len(factors) < 2 or not all(factor.isdecimal() for factor in factors) or not number.isdecimal():
        return False
    made = prod([int(factor) for factor in factors])
    return abs(made - int(number)) <= NEARLY * made


NEARLY = 0.1
"""How far such a number may be off, as a share, where somebody multiplied wrongly."""


def _is_equation(text: str, at: int) -> bool:
    """``a*b = c``, not ``k = 3``: an expression or a number on its left."""
    before = text[:at].rstrip(" ~≈=")
    if not before or not (before[-1].isdigit() or before[-1] in ")]²³}"):
        return False
    word = before.rstrip("0123456789")
    times = word[-1:] in "xXх" and word[-2:-1].isdigit()  # "3x3x50 = 450"
    return times or not (word and (word[-1].isalpha() or word[-1] == "_"))


def _left(text: str, at: int) -> int:
    depth, i = 0, at - 1
    while i >= 0 and (text[i] in _EXPRESSION or text[i] in EQUALS):
        character = text[i]
        if character in ")]}":
            depth += 1
        elif character in "([{":
            if not depth:
                break
            depth -= 1
        elif (character == "," and not depth and not _groups_thousands(text, i)) or (
            character in "xXх" and not _joins(text, i)
        ):
            break
        i -= 1
    start = i + 1
    while start < at and text[start] in " ,.)]}":
        start += 1
    return min(start, at)


def _right(text: str, at: int) -> int:
    i = at + 1
    depth = 0
    while i < len(text):
        character = text[i]
        if character not in _EXPRESSION and character not in EQUALS and character not in "~$\\%":
            break
        if character in "([{":
            depth += 1
        elif character in ")]}":
            if not depth:
                break
            depth -= 1
        elif (
            (character == "," and not depth and not _groups_thousands(text, i))
            or (character in "-−–" and text[i : i + 2] == "->")
            or (character in "xXх" and not _joins(text, i))
        ):
            break
        i += 1
    return i


def _groups_thousands(text: str, i: int) -> bool:
    return text[i - 1 : i].isdigit() and text[i + 1 : i + 4].isdigit() and len(text[i + 1 : i + 4]) == 3


def _joins(text: str, i: int) -> bool:
    before, after = text[:i].rstrip()[-1:], text[i + 1 :].lstrip()[:1]
    return (before.isdigit() or before in ")]") and (after.isdigit() or after in "([")


def _without_sums(text: str) -> str:
    """Blank what is summed: a run of numbers, brackets and signs with a ``+`` in it, or with four factors by ``*``."""
    i, kept = 0, list(text)
    while i < len(text):
        if not (text[i].isdigit() or text[i] == "("):
            i += 1
            continue
        end = i
        while end < len(text) and (
            text[end] in "0123456789+*/×·⋅^²³ ()."
            or (text[end] in "xXх" and _joins(text, end))
            or (text[end] == "," and _groups_thousands(text, end))
        ):
            end += 1
        run = text[i:end]
        if ("+" in run or run.count("*") > 1) and any(c.isdigit() for c in run):
            kept[i:end] = " " * (end - i)
        i = max(end, i + 1)
    return "".join(kept)
