"""What a line begins with that is no part of it: bullets, numbers of lists and sections, quotes, signs of comments."""

from __future__ import annotations

from netledger.audit.reading.tokens.words import is_east_asian
from netledger.audit.words import MULTIPLIERS

_BULLETS = ("- ", "* ", "+ ", "• ", "‣ ", "◦ ", "▪ ", "– ", "// ", "/// ", "> ", "-- ", "% ", "/* ", "**", "· ")


def without_prefix(text: str) -> tuple[str, bool]:
    """The line without bullet, number, quote or comment sign (kept in place as spaces), and whether it is a heading."""
    i, heading, changed = 0, False, True
    while changed:
        changed = False
        while text[i : i + 1] in (" ", "\t"):
            i += 1
        rest = text[i:]
        for bullet in _BULLETS:
            if rest.startswith(bullet) and not (
                bullet == "**" or (bullet in ("+ ", "* ", "· ") and _operand(rest[2:]))
            ):
                i, changed = i + len(bullet), True
                break
        if rest.startswith("#") and not rest[1:2].isalnum():
            while text[i : i + 1] == "#":
                i += 1
            while text[i : i + 1] == " " or (text[i : i + 1] and not text[i].isascii() and not text[i].isalnum()):
                i += 1  # "## 🧠 4. Attention"
            heading = changed = True
        number = _list_number(rest)
        if number:
            i, changed = i + number, True
    return " " * i + text[i:] if i else text, heading


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
"""What the name of a size is written in; `string` would bring `re` and `enum`, a tenth of a short audit."""


def _operand(rest: str) -> bool:
    """Whether what follows a star or plus at the start of a line is an operand of a broken formula."""
    rest = rest.lstrip()
    if rest[:1].isdigit() or (rest[:1] == "(" and any(c.isdigit() for c in rest[:6])):
        return True
    rest = rest.replace("\\_", "_")
    after = rest.lstrip(_LETTERS)
    size = "_" in rest[: len(rest) - len(after)] and len(rest) - len(after) <= LONGEST_SIZE
    following = ("*", "×", "·", "\\times", "\\cdot", *(("(", "+") if size else ()))  # "+ n_h (bias) + n_h"
    return after != rest and after.lstrip().startswith(following)


LONGEST_SIZE = 5
"""Letters of the name of a size: ``n_in``."""


def _list_number(rest: str) -> int:
    j = 0
    while rest[j : j + 1].isdigit() and j < 3:
        j += 1
    if j and rest[j : j + 1] in (".", ")") and rest[j + 1 : j + 2] == " ":
        following = rest[j + 1 :].lstrip()
        if following and (following[0].isalpha() or following[0] in "([*_`" or rest[j] == ")"):
            return j + 2
    following = rest[j + 1 :].lstrip()[:1] if j else ""
    glued = rest[j : j + 1] in (".", ",") and (is_east_asian(following or " ") or _is_titled(rest[j + 1 :]))
    if (rest[j : j + 1] == ")" and following.isalnum()) or glued:
        return j + 1  # "6）8 层：…", "1、卷积层", "1.畳み込み層", "2.VGG16总参数"
    return _section_number(rest) or _list_letter(rest)


def _is_titled(rest: str) -> bool:
    """Whether a name in capitals stands behind the number of a list without a space: ``2.VGG16``; no ``1.2B``."""
    return len(rest) > 1 and rest[:2].isalpha() and rest[:2].isupper() and rest[:2] not in ("MB", "GB", "KB", "TB")


def _section_number(rest: str) -> int:
    """How long the number of a section before its title is: ``4.2 Parameter budget``; 0 where the line has none."""
    number, _, title = rest.partition(" ")
    pieces = number.removesuffix(".").split(".")
    word = title.split(maxsplit=1)[0].strip("()[],:;").lower() if title.strip() else ""
    counts = all(piece.isascii() and piece.isdigit() and len(piece) < 3 and piece[:1] != "0" for piece in pieces)
    if len(pieces) < 2 or not counts or not title:
        return 0
    if not is_east_asian(title[0]) and (not title[0].isupper() or len(word) < LEAST_OF_TITLE):
        return 0
    measured = word.startswith((*BYTES, *(unit for unit in MULTIPLIERS if is_east_asian(unit[0]))))
    return 0 if word in MULTIPLIERS or measured else len(number) + 1


BYTES = ("kilob", "megab", "gigab", "terab")
"""How long names of units begin: ``4.2 Gigabytes``."""
LEAST_OF_TITLE = 4
"""Letters of the first word of a title; a shorter one may be a unit: ``4.2 GiB``."""


def _list_letter(rest: str) -> int:
    """``a) ``, ``(b) ``, ``(2) ``: how long the mark is; 0 where the line begins otherwise."""
    opened = rest.startswith("(")
    close = rest.find(")", opened, opened + 3)
    mark = rest[opened:close] if close > 0 else ""
    if not mark or not (mark.isdigit() if opened and mark.isdigit() else len(mark) == 1 and mark.isalpha()):
        return 0
    following = rest[close + 1 :].lstrip()[:1]
    begins = following.isalpha() or (not opened and (following.isdigit() or following == "("))  # "a) (5*5*3 + 1)*16"
    return close + 2 if rest[close + 1 : close + 2] == " " and begins else 0
