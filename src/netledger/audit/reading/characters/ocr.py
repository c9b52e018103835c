"""Letters that a scanner took for digits, and digits for letters, where the text can only be read one way.

Every change keeps the length of the line, so that places in it stay true.
"""

from __future__ import annotations

from netledger.audit.words import TIMES_LETTERS, TOTAL

_ROUND = "Oo"
_STRAIGHT = "lI"
_INSIDE = {"S": "5", "B": "8"}
"""Between two digits these are digits too; elsewhere they are units and names."""
_AS_DIGIT = {**dict.fromkeys(_ROUND, "0"), **dict.fromkeys(_STRAIGHT, "1"), **_INSIDE}
_BEFORE_OPERAND = "*×·+=/(^"
NUMBERED = frozenset(("fc", "conv", "dense", "linear", "layer", "c", "f", "ip"))
"""Words that carry the number of a layer."""


def misread(lines: list[str]) -> frozenset[str]:
    """The words of a text that are layers' names with an l for the 1: ``fcl`` where ``fc2`` stands too."""
    words = {word.strip(":=()*") for line in lines if len(line) < 400 for word in line.split()[:3]}
    return frozenset(
        [word for word in words if word[-1:] == "l" and word[:-1].lower() in NUMBERED and f"{word[:-1]}2" in words]
    )


def repair(line: str, names: frozenset[str] = frozenset()) -> str:
    """The line with such letters mended.

    >>> repair("fc1: 784 X l28 + 128 = 1OO,480"), repair("l2 = 2B, conv1 5l"), repair("Tota1 = 9O")
    ('fc1: 784 X 128 + 128 = 100,480', 'l2 = 2B, conv1 5l', 'Total = 90')
    """
    if not any(character in line for character in "OolIS1B"):
        return line
    out = list(line)
    i, size = 0, len(line)
    while i < size:
        if not line[i].isalnum():
            i += 1
            continue
        end = i
        while end < size and (line[end].isalnum() or line[end] in ",."):
            end += 1
        word = line[i:end].rstrip(",.")
        if word in names:
            out[i + len(word) - 1] = "1"
        elif word.endswith("1") and word[:-1].lower() + "l" in TOTAL:
            out[i + len(word) - 1] = "l"
        else:
            _mend(line, i, word, out)
        i = end
    return "".join(out)


def _mend(line: str, start: int, word: str, out: list[str]) -> None:
    """Mend each factor of a word of digits: ``3x3xl28``."""
    place = start
    for piece in _pieces(word):
        if _is_number(line, place, piece):
            for offset, character in enumerate(piece):
                out[place + offset] = _AS_DIGIT.get(character, character)
        place += len(piece) + 1


def _pieces(word: str) -> list[str]:
    for letter in TIMES_LETTERS[1:]:
        word = word.replace(letter, TIMES_LETTERS[0])
    return word.split(TIMES_LETTERS[0])


def _is_number(line: str, place: int, piece: str) -> bool:
    """Whether a piece is a number that letters slipped into."""
    wrong = [character for character in piece if character.isalpha()]
    digits = sum(map(str.isdigit, piece))
    if not wrong or not digits or digits + len(wrong) + sum(map(piece.count, ",.")) != len(piece):
        return False
    if any(character not in _AS_DIGIT for character in wrong) or len(wrong) > digits + 2:
        return False
    if any(character in _INSIDE and not _between_digits(piece, i) for i, character in enumerate(piece)):
        return False
    if piece[-1] in _STRAIGHT and not any(character in _ROUND for character in piece):
        return False  # 5l: five layers
    return piece[0].isdigit() or _is_operand(line, place)


def _between_digits(piece: str, i: int) -> bool:
    return piece[i - 1 : i].isdigit() and piece[i + 1 : i + 2].isdigit()


def _is_operand(line: str, place: int) -> bool:
    """Whether a number must begin here: an operator stands before."""
    before = line[max(0, place - 8) : place].rstrip()
    if before[-1:] in _BEFORE_OPERAND and before:
        return True
    return before[-1:] in TIMES_LETTERS and before[-2:-1] in tuple("0123456789 )") and len(before) > 1
