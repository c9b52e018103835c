"""How a number is written: its digits with every convention of thousands, its exponent, its suffix and unit."""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.reading.tokens.words import (
    BYTE_UNITS,
    LONGEST_WORD,
    MULTIPLIERS,
    OPERATION_UNITS,
    is_east_asian,
    is_total,
    quantity_of,
)
from netledger.audit.words import ABBREVIATED, HAVING
from netledger.errors import LimitError
from netledger.limits import INTEGER_DIGITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    Value = int | float

TIMES = "×·*"
"""Signs of a product that are no letters."""


class Numeral:
    """A number as it is written: its ``value``, how far that is rounded (``error``), where it ends with what it is
    multiplied by (``suffix``) and its ``unit``; ``other``: its second meaning, or None.
    """

    __slots__ = ("end", "error", "other", "suffix", "unit", "value")

    def __init__(self, value: Value, error: Value, end: int, suffix: int, unit: str, other: int | None) -> None:
        self.value, self.error, self.end, self.suffix, self.unit, self.other = value, error, end, suffix, unit, other

    @property
    def count(self) -> int | None:
        """Its meaning as how many there are of something: ``1.290``, ``128.000`` have a point between thousands."""
        whole = self.value if isinstance(self.value, int) else None
        return whole if self.other is None or (whole or 0) > self.other else self.other


def numeral_at(text: str, i: int) -> Numeral | None:
    """The number that begins at a place; ``None`` where none does.

    >>> [(one.value, one.error, one.end) for one in (numeral_at("61.7M", 0), numeral_at("1,290 params", 0))]
    [(61700000, 100000.0, 5), (1290, 0, 5)]
    """
    digits, decimals, j, other = digits_of(text, i)
    if j == i:
        return None
    if len(digits) > INTEGER_DIGITS:
        raise LimitError(f"a number of {len(digits):,} digits; at most {INTEGER_DIGITS} are read")
    whole = int(digits or "0")
    exponent, j = exponent_of(text, j)
    multiplier, unit, j = suffix_of(text, j)
    times = text[:i].rstrip()[-1:] in TIMES and digits in ("1", "2", "4", "8") and not decimals
    if multiplier == MULTIPLIERS["b"] and (len(digits) > 3 or times) and text[:j].endswith(" B"):
        multiplier, unit = 1, "bytes"  # "1,207,959,552 B" and "× 2 B" are in bytes, "7 B" in billions
    elif multiplier == 1 and len(digits) > 3 and text[j : j + 2] == " B" and not _goes_on(text, j + 2):
        unit, j = "bytes", j + 2  # "73,728 B (72 KiB)"
    if multiplier > 1 or exponent:
        other = None
    if not decimals:
        error = multiplier if multiplier > 1 else (10**exponent if exponent else 0)
        return Numeral(whole * 10**exponent * multiplier, error, j, multiplier, unit, other)
    scale = 10 ** len(decimals)
    numerator = (whole * scale + int(decimals)) * 10**exponent * multiplier
    value = numerator // scale if numerator % scale == 0 else numerator / scale
    return Numeral(value, 10**exponent * multiplier / scale, j, multiplier, unit, other)


def _goes_on(text: str, j: int) -> bool:
    """Whether what stands before ``j`` is part of a word, or names what follows: ``B: 64*16``."""
    return text[j : j + 1].isalnum() or text[j:].lstrip(" ").startswith(":")


def digits_of(text: str, i: int) -> tuple[str, str, int, int | None]:
    """The digits before and after the point, where they end, and the number's other meaning."""
    j = i
    size = len(text)
    while j < size and "0" <= text[j] <= "9":
        j += 1
    digits, other = text[i:j], None
    separator = text[j : j + 1]
    lakhs = _in_lakhs(text, i, j) if separator == "," else 0
    if lakhs:
        return text[i:lakhs].replace(",", ""), "", lakhs, None
    if separator and separator in ",'_\u2009" and len(digits) <= 3 and not digits.startswith("0"):
        groups, k = _groups(text, j, separator)
        if groups:
            other = int(digits) if separator == "," and len(groups) == 1 else None
            digits, j = digits + "".join(groups), k
    elif separator == "." and 1 <= len(digits) <= 3:
        groups, k = _groups(text, j, ".")
        if len(groups) >= 2 or (groups and text[k : k + 1] == "," and text[k + 1 : k + 2].isdigit()):
            return digits + "".join(groups), "", k, None
        if len(groups) == 1 and digits != "0":
            other = int(digits + groups[0])
    elif fours := _end_of_fours(text, i, j):
        return text[i:fours].replace(" ", ""), "", fours, int(digits)
    elif separator == " " and len(digits) <= 3 and not _ends_a_square(text, i, digits):
        groups, k = _groups(text, j, " ")
        if groups and (groups[0][0] == "0" or _alone(text, i, k)):
            return digits + "".join(groups), "", k, int(digits)
    decimals = ""
    if text[j : j + 1] == "." and text[j + 1 : j + 2].isdigit() and text[j + 1].isascii():
        k = j + 1
        while k < size and "0" <= text[k] <= "9":
            k += 1
        if text[k : k + 1] != "." or not text[k + 1 : k + 2].isdigit():
            decimals, j = text[j + 1 : k], k
    elif text[j : j + 1] == "," and other is None and text[j + 1 : j + 2].isdigit() and _decimal_comma(text, j):
        k = j + 1
        while k < size and "0" <= text[k] <= "9":
            k += 1
        decimals, j = text[j + 1 : k], k
    return digits, decimals, j, other


def _in_lakhs(text: str, i: int, j: int) -> int:
    """Where a number ends that is grouped as in India: ``17,61,60,768``; 0 where none is. ``16,32,64,128`` is a list:
    its numbers grow, and nothing equals it.
    """
    groups = [text[i:j]]
    while text[j : j + 1] == "," and text[j + 1 : j + 3].isdecimal() and not text[j + 3 : j + 4].isdecimal():
        groups.append(text[j + 1 : j + 3])
        j += 3
    last, behind = text[j + 1 : j + 4], text[j + 4 : j + 6]
    ends = text[j : j + 1] == "," and len(last) == 3 and last.isdecimal() and not behind[:1].isdecimal()
    goes_on = behind[:1] == "," and behind[1:].isdecimal()
    if not ends or goes_on or len(groups) < 2 or len(groups[0]) > 2 or groups[0].startswith("0"):
        return 0
    sizes = [int(group) for group in [*groups, last]]
    before = text[:i].rstrip(" ")
    told = before.endswith(("=", "≈", *TIGHT)) or _announces_a_count(before)
    leaps = any(after >= LEAST_LEAP * size for size, after in pairwise(sizes))
    return j + 4 if text[i : j + 4].isascii() and (sizes != sorted(sizes) or (told and leaps)) else 0


LEAST_LEAP = 3
"""How many times one of some sizes is the one before it, at least, where they are hardly a list of growing layers."""


def _end_of_fours(text: str, i: int, j: int) -> int:
    """Where a number ends that is grouped by ten thousands, as in Chinese: ``708 7872``; 0 where none is. Two numbers
    side by side look the same, so that it must be all that stands between two signs of a line whose result is grouped.
    """
    end = _fours(text, i, j)
    if not end:
        return 0
    before = text[max(i - FARTHEST_SUM, 0) : i].rstrip(" ")
    if before.endswith(("=", "≈")):
        return end if not WORKING.isdisjoint(before) else 0
    if before.endswith(":"):
        return end if _announces_a_count(before) else 0
    behind = text.find("=", end, end + FARTHEST_SUM)
    k = begin = len(text) - len(text[behind + 1 :].lstrip(" "))
    while "0" <= text[k : k + 1] <= "9":
        k += 1
    alone = not before or before[-1] in WORKING
    return end if alone and behind > 0 and _fours(text, begin, k) else 0


def _fours(text: str, i: int, j: int) -> int:
    """Where groups of four digits end that follow the digits from ``i`` to ``j``, and a sign or nothing follows."""
    if not 1 <= j - i <= WIDTH_OF_FOURS or text[i] == "0":
        return 0
    start = j
    while text[j : j + 1] == " " and j - start <= MOST_FOURS * (WIDTH_OF_FOURS + 1):
        group = text[j + 1 : j + 1 + WIDTH_OF_FOURS]
        if len(group) < WIDTH_OF_FOURS or not (group.isascii() and group.isdigit()):
            break
        j += 1 + WIDTH_OF_FOURS
    after = text[j:].lstrip(" ")[:1]
    return j if j > start and (not after or (after in AFTER_FOURS and text[j : j + 1] != ".")) else 0


WIDTH_OF_FOURS = 4
MOST_FOURS = 4
"""Groups of four behind the first digits, at most; more of them are a list."""
WORKING = frozenset("+*×·-")
"""Signs that work something out."""
AFTER_FOURS = "+-=≈)"
"""What may stand behind a number in groups of four."""


def _announces_a_count(before: str) -> bool:
    """Whether the last word before a colon says that a count follows."""
    word = before.rstrip(": ")[-LONGEST_WORD:].split()[-1:]
    return any(is_total(name) or quantity_of(name) == "params" for name in word)


def _ends_a_square(text: str, i: int, digits: str) -> bool:
    """``conv 1×1 256·128``: the second side of a kernel, behind which another number begins."""
    before = i - 1 - len(digits)
    return text[i - 1 : i] in ("x", "×", "X", "*", "·") and before >= 0 and text[before : i - 1] == digits


def _groups(text: str, j: int, separator: str) -> tuple[list[str], int]:
    """Groups of exactly three digits after ``separator``."""
    groups: list[str] = []
    while text[j : j + 1] == separator and len(groups) <= INTEGER_DIGITS // 3:
        group = text[j + 1 : j + 4]
        if len(group) < 3 or not (group.isascii() and group.isdigit()) or text[j + 4 : j + 5].isdigit():
            break
        groups.append(group)
        j += 4
    if groups and separator in ",_" and text[j : j + 1] == separator and text[j + 1 : j + 2].isdigit():
        return [], j
    return groups, j


def _decimal_comma(text: str, j: int) -> bool:
    """``61,1 M``, ``1,06 Mo``, ``47,5 %``: one or two digits after the comma, then a suffix; ``0,126``; ``≈ 1,5``."""
    if text[j - 1] == "0" and not text[j - 2 : j - 1].isalnum():
        return True
    k = j + 1
    while text[k : k + 1].isdigit():
        k += 1
    if k - j - 1 > 2:
        return False
    if text[k:].lstrip(" ").startswith("%"):
        return True
    word = ""
    rest = text[k:].lstrip(" ")
    for character in rest[:9]:
        if not character.isalpha():
            break
        word += character
    lower = word.lower()
    if lower in BYTE_UNITS or lower in OPERATION_UNITS:
        return True
    return lower in MULTIPLIERS and (len(word) > 1 or word in "MKGB")


def _alone(text: str, i: int, k: int) -> bool:
    """Whether ``1 234 567`` with spaces can be one number: nothing else stands where a list of numbers would go on."""
    before, after = text[:i].rstrip(" "), text[k:].lstrip(" ")
    if after[:1].isdigit() or (before[-1:].isdigit() and text[i - 1 : i] == " " != text[i - 2 : i - 1]):
        return False  # behind a wide gap it is in another column
    if text[i - 1 : i] in TIGHT and (text[k : k + 1] in TIGHT or text[k : k + 1] == "."):
        return False  # "16x2 120x(16x5x5+1)", "5000x64 320.0K": where signs have no spaces, a space ends the formula
    if text[i - 1 : i] in ARROWHEADS and text[:i].rstrip(ARROW)[-1:].isdigit() and not after:
        return False  # "fc 48->10 490": a size, and a count behind it
    if after[:1].isalpha() and quantity_of(after[:LONGEST_WORD].split()[0].strip(".,;:()")) == "params":
        return True
    if before[-1:].isalpha() and _leads_to_a_count(before[-LONGEST_WORD:].split()[-1]):
        return True
    return (
        not before
        or (after[:1] in "+=-" and _groups_beside(text, k))
        or not (before[-1].isalpha() and len(text[i:k]) < 8 and text[i - 1 : i] == " " != text[i - 2 : i - 1])
        or text.count(" ", i, k) > 1
    )


def _leads_to_a_count(word: str) -> bool:
    """Whether no number of its own can stand behind a word: ``total 56 800 + 80 800``, ``la couche a 56 800``."""
    return is_total(word) or (word.isascii() and word.lower() in HAVING)


ARROW, ARROWHEADS = "-=>→", frozenset(">→")
TIGHT = frozenset("x*×·+")
"""Signs that stand between two numbers without a space."""


def _groups_beside(text: str, k: int) -> bool:
    """Whether a number behind a sign further on has spaces between its thousands: ``28 800 + 57 600 = 86 400``."""
    for i in range(k, min(len(text), k + FARTHEST_SUM)):
        if text[i] in "+=" and text[i + 1 : i + 2] == " ":
            begin = j = i + 2
            while j < len(text) and text[j].isdigit():
                j += 1
            if 0 < j - begin <= 3 and _groups(text, j, " ")[0]:
                return True
    return False


FARTHEST_SUM = 200
"""Signs of a line in which a sum's other numbers are looked at."""


def exponent_of(text: str, j: int) -> tuple[int, int]:
    if text[j : j + 1] in ("e", "E"):
        k = j + 1 + (text[j + 1 : j + 2] in ("+",))
        end = k
        while text[end : end + 1].isdigit() and text[end].isascii():
            end += 1
        if k < end <= k + 2 and not text[end : end + 1].isalpha():
            return int(text[k:end]), end
    return 0, j


def suffix_of(text: str, j: int) -> tuple[int, str, int]:
    """The multiplier behind a number, its unit and where it ends, the full stop of an abbreviation included."""
    multiplier, unit, end = _multiplier(text, j)
    word = text[j:end].strip(" -").lower()
    if (
        word in ABBREVIATED
        and text[end : end + 1] == "."
        and text[end + 1 : end + 2] in (" ", ")")
        and text[end + 2 :].strip()
    ):
        end += 1
    return multiplier, unit, end


def _multiplier(text: str, j: int) -> tuple[int, str, int]:
    """``M``, `` million``, ``MB``: the multiplier, the unit and where it ends."""
    k = j
    while text[k : k + 1] in (" ", "\u2009", "-") and k - j < (3 if text[k : k + 1] == " " else 1):
        k += 1
    end = k
    while end < len(text) and text[end].isalpha() and end - k < 12:
        if is_east_asian(text[end]) and end > k and text[k:end] in MULTIPLIERS and text[k : end + 1] not in MULTIPLIERS:
            break
        end += 1
    word = text[k:end]
    if not word:
        return 1, "", j
    lower = word.lower()
    glued = k == j
    if lower == "bn" and not glued and (word == "BN" or text[end:].lstrip(" :=")[:1].isdigit()):
        return 1, "", j  # batch normalisation
    if word == "B" and not glued and text[end:].lstrip(" ").startswith(":"):
        return 1, "", j  # "A: 16*64 = 1,024   B: 64*16 = 1,024"
    if lower in OPERATION_UNITS:
        return OPERATION_UNITS[lower], "ops", end
    if lower in BYTE_UNITS and (len(lower) > 2 or word[0].isupper() or glued):
        return BYTE_UNITS[lower], "bytes", end
    if (len(word) == 1 and word in "KMGBTk") or (word == "m" and glued and text[end : end + 1] != "*"):
        following = text[end : end + 1]
        if glued and not (following.isdigit() or following == "_" or following == "^"):
            return MULTIPLIERS[lower], "", end
        if not glued and not text[end:].lstrip(" ").startswith(("=", "^", "*", "×", "·", "(", ")")) and word in "MBGK":
            return MULTIPLIERS[lower], "", end
        return 1, "", j
    if len(lower) > 1 or is_east_asian(word[0]):
        for length in range(len(word), 0, -1):
            if (
                lower[:length] in MULTIPLIERS
                and (length == len(word) or is_east_asian(word[0]))
                and (length > 1 or is_east_asian(word[0]))
            ):
                return MULTIPLIERS[lower[:length]], "", k + length
    return 1, "", j
