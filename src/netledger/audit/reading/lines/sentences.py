"""What a sentence says of its own numbers: that they only would be so, are asked about, or are taken back."""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.reading.tokens.words import speaks_of_use
from netledger.audit.words import (
    ANOTHER_NETWORK,
    COMPARATIVE,
    COMPARED,
    DENIED,
    IF,
    LOWER_BEFORE,
    LOWER_BEHIND,
    MISTAKEN,
    OR,
    RELATIONS,
    RETRACTED,
    UPPER_BEFORE,
    UPPER_BEHIND,
    WITH,
    WITHOUT,
    WOULD,
)

ENDS = (". ", "? ", "! ", "; ", "\u3002", "\uff1f", "\uff01", "\uff1b")
"""What ends a sentence inside a line."""
QUESTIONS = ("?", "\uff1f")
UNSPACED = 0x2E80
"""Signs from here on are of languages without spaces, whose words are found inside longer ones."""
TOLD = WOULD | IF | OR | ANOTHER_NETWORK | WITHOUT | DENIED | COMPARED | RETRACTED
INSIDE = tuple([word for word in TOLD if ord(word[0]) >= UNSPACED])
INSIDE_DENIED = RETRACTED | {word for word in DENIED if ord(word[0]) >= UNSPACED}
INSIDE_MISTAKEN = tuple([word for word in MISTAKEN if ord(word[0]) >= UNSPACED])
SUPPOSED = IF | WITH | WITHOUT | ANOTHER_NETWORK - WOULD
"""Words that tell on what condition something would be so."""
SUPPOSES = IF & WOULD
"""Words that do both, in languages without a mood for it."""


def bounds(line: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence begins and ends that holds a piece of a line.

    >>> line = "Conv has 12. The head has 30 weights; no more."
    >>> begin, end = bounds(line, 26, 28)
    >>> line[begin:end]
    'The head has 30 weights;'
    """
    begin = max([line.rfind(sign, 0, start) + len(sign) for sign in ENDS if sign in line[:start]], default=0)
    return begin, min([line.find(sign, end) + 1 for sign in ENDS if sign in line[end:]], default=len(line))


class Sentence:
    """The words of one line or sentence in lower case, in order and as a set; whether it says what would be, were the
    network another: ``without groups it would be …``; whether it asks which of two it is: ``60M or 62M?``
    """

    __slots__ = ("all", "is_alternative", "is_denied", "is_hypothetical", "listed")

    def __init__(self, line: str) -> None:
        self.listed = [word.strip(".,:;()").lower() for word in line.split()]
        self.all = frozenset([*self.listed, *([] if line.isascii() else [word for word in INSIDE if word in line])])
        would = self.all & WOULD
        self.is_hypothetical = bool(would and (would & SUPPOSES or self.all & SUPPOSED))
        self.is_denied = not self.all.isdisjoint(INSIDE_DENIED)
        self.is_alternative = line.rstrip(" \"')\u201d\u300d").endswith(QUESTIONS) and self._gives_two()

    def _gives_two(self) -> bool:
        """Whether a word says that there are two; Dutch "of" does between numbers alone: "60M of 62M?"."""
        words = self.all & OR
        if words - {OR_OR_OF}:
            return True
        near = zip(self.listed, self.listed[1:], self.listed[2:], strict=False)
        return bool(words) and any(a[:1].isdigit() and b == OR_OR_OF and c[:1].isdigit() for a, b, c in near)

    @property
    def speaks_of_use(self) -> bool:
        """Whether it speaks of what is active."""
        return speaks_of_use(self.listed)

    @property
    def compares(self) -> bool:
        """Whether it sets another network beside the one at hand."""
        pairs = (f"{word}_{following}" for word, following in pairwise(self.listed))  # "so với", no English "so"
        return not self.all.isdisjoint(COMPARED) or not COMPARED.isdisjoint(pairs)

    @property
    def is_no_claim(self) -> bool:
        """Whether the text does not stand by what is said there."""
        return self.is_hypothetical or self.is_alternative or self.is_denied


def bound_of(line: str, start: int, end: int) -> str:
    """What a number that stands there bounds: ``lower``, ``upper``; "" where it is no bound, or one of a difference.

    >>> bound_of("It has more than 20M weights", 17, 20), bound_of("不超过3000万", 3, 7), bound_of("20M", 0, 3)
    ('lower', 'upper', '')
    """
    before, behind = line[:start].lower().rstrip(NEARLY), line[end : end + MOST_BEHIND].lower()
    if not COMPARATIVE.isdisjoint(behind.split()[:1]):
        return ""
    found = max(
        ((len(phrase), sort, phrase) for phrase, sort in BOUNDS_BEFORE if before.endswith(phrase)), default=None
    )
    if found is not None:
        length, sort, phrase = found
        rest = before[: len(before) - length]
        last = rest[-1:]
        wide = ord(phrase[0]) >= UNSPACED or (last and ord(last) >= UNSPACED)
        glued = bool(last) and not wide and (last.isalpha() if phrase[0].isalpha() else last not in " (:,")
        words = rest.split()
        differs = bool(words) and words[-1][0].isdecimal() and phrase[0].isalpha()
        return "" if glued or differs else sort
    return next((sort for phrases, sort in BOUNDS_BEHIND if any(phrase in behind for phrase in phrases)), "")


NEARLY = " ~≈" + "".join([words[0] for words, sign in RELATIONS.items() if sign == "≈" and len("".join(words)) == 1])
"""Signs between the words of a bound and its number: ``more than ~20M``, and those of other scripts."""
MOST_BEHIND = 14
"""Characters behind a number, its unit among them, in which a word may bound it."""
BOUNDS_BEFORE = [(phrase, "lower") for phrase in LOWER_BEFORE] + [(phrase, "upper") for phrase in UPPER_BEFORE]
BOUNDS_BEHIND = ((LOWER_BEHIND, "lower"), (UPPER_BEHIND, "upper"))
OR_OR_OF = "of"
"""A word of two languages: Dutch "or", English "of"."""


def announces_supposition(line: str) -> bool:
    """Whether a line begins what only would be so: ``Suppose that all heads were kept:``."""
    bare = line.rstrip()
    goes_on = bare.endswith((":", "\uff1a")) or (bare[-1:].isalpha() and "=" not in bare)  # "with 64 it would be"
    return goes_on and Sentence(line).is_hypothetical


def announces_comparison(line: str) -> bool:
    """Whether a heading sets other networks beside the one at hand.

    >>> announces_comparison("Comparison:"), announces_comparison("compared with 5 others it has:")
    (True, False)
    """
    words = line.rstrip(" :\uff1a").split()
    return len(words) <= MOST_OF_HEADING and not any(map(str.isdigit, line)) and Sentence(" ".join(words)).compares


MOST_OF_HEADING = 3
"""Words of a heading that says nothing else."""


def is_mistaken(line: str, end: int) -> bool:
    """Whether a text tells by what mistake one comes to the number that ends there.

    >>> is_mistaken("75 weights; 25 ignores the channels, 150 (2 * 75) double-counts", 14)
    True
    >>> is_mistaken("75 weights, a reader ignores them", 2)
    False
    """
    clause = line[end : bounds(line, end, end)[1]]
    if clause.lstrip().startswith("("):
        clause = clause[clause.find(")") + 1 :]
    word = next(iter(clause.split(maxsplit=1)), "").strip(".,:;()").lower()
    if word in MISTAKEN:
        return True
    return not clause.isascii() and any(told in clause for told in INSIDE_MISTAKEN)
