"""What the words of a statement say, worked out once for all statements that have the same ones."""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.reading.tokens.words import family_of, is_east_asian, ordinal_of, ordinals_in, part_of, quantity_of
from netledger.audit.words import ACCENTED, BESIDE, BLOCKS, FROZEN, GREEK, NUMBER_OF, TRAINABLE, WITHOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from netledger.audit.reading.statements.statement import Statement

PLAIN = {**{letter: plain for letters, plain in ACCENTED.items() for letter in letters}, **GREEK}
MATRICES = frozenset("weight weights kernel matrix matrices".split())
"""Words for the weights alone."""
SWITCHES = frozenset(("true", "false"))
"""Values of a setting in code."""
MOST_KEPT = 4096
"""Wordings that are kept for the next statement."""


class Wording:
    """What some words say.

    ``words``: those that name a statement; ``families`` of layers that they name, ``layers`` (blocks apart); ``keys``:
    what a layer that they name may be called; ``ordinal``: its number, ``by_framework`` where a framework counted.
    ``around``: all words around the number, in lower case; ``of``: ``weights`` or ``biases`` where they say that it is
    those alone; ``trainable``, ``frozen``: whether they ask for what is trained, or is not; ``inner_families``: those
    of the label and of its brackets; ``names_layers``: whether any word is a family's; ``heading``: the words above;
    ``is_total``: whether it is called a total.
    """

    __slots__ = (
        "around", "by_framework", "families", "from_heading", "frozen", "has_label", "heading",
        "inner_families", "is_placed", "is_total", "keys", "layers", "names_layers", "of", "ordinal", "tells",
        "trainable", "words",
    )  # fmt: skip

    def __init__(self, statement: Statement) -> None:
        self.words = _naming(statement)
        self.families = _families_in(self.words, statement)
        self.layers = [family for family in self.families if family != "block"]
        own = [key_of(word) for word in self.words if word.startswith("self.")]
        pairs = [key_of(first + second) for first, second in pairwise(self.words)]
        keys = dict.fromkeys([*own, key_of("".join(self.words)), *map(key_of, self.words), *pairs])
        self.keys = [key for key in [*keys, *_numbered(self.words), *_translated(keys)] if key]
        self.ordinal = statement.ordinal()
        self.is_placed = self.ordinal is not None and statement.place() == self.ordinal and _numbers(self.words) <= 1
        """Whether an ordinal tells the number, and no other one stands beside it: ``fifth``, not ``block 2``."""
        self.by_framework = any(
            word[-1:].isdigit() and word.rstrip("0123456789")[-1:] in ("_", "-") and family_of(word)
            for word in statement.label
        )
        self.tells = any(quantity_of(w) is None and not part_of(w) and w.lower() not in BESIDE for w in self.words)
        """Whether it says what the line is about, beyond the sort of number: ``with bias`` does not."""
        every = [*statement.label, *statement.words, *statement.inner]
        self.around = {word.lower().strip("_-:#") for word in every}
        self.of = _part_said(statement)
        self.trainable = statement.quantity == "trainable" or any(
            word.lower().startswith(TRAINABLE) for word in statement.label
        )
        self.frozen = any(word.lower().startswith(FROZEN) for word in every)
        self.inner_families = statement.families()
        self.names_layers = any(family_of(word) for word in every)
        self.has_label = bool(statement.label)
        self.heading = statement.heading
        self.from_heading = bool(self.words) and self.words[0] not in (*statement.label, *statement.inner)
        """Whether only the heading above says what it is about."""
        self.is_total = statement.is_total


def _translated(keys: Iterable[str]) -> list[str]:
    """What is called ``encoder`` and ``decoder`` in code, where another language names it."""
    return [name for key in keys for word, name in BLOCKS.items() if is_in_key(word, key) and key != name]


def _numbers(words: list[str]) -> int:
    """How many numbers words tell, as ordinals or in figures."""
    figures = [word for word in words if any(map(str.isdigit, word)) and ordinal_of(word) is None]
    told = ordinals_in(words)
    return len(told) + sum(word != str(place) for word in figures for place in told[:1])


def is_in_key(word: str, key: str) -> bool:
    """Whether a key begins with a word, or has it inside where words are not told apart: ``每个专家`` has ``专家``."""
    return key.startswith(word) or (is_east_asian(word[0]) and word in key)


def _numbered(words: list[str]) -> list[str]:
    """``FFN, second`` and ``second FFN`` as ``ffn2``."""
    found: list[str] = []
    if len(ordinals_in(words)) > 1:
        return found  # "second stage, first conv"
    for first, second in pairwise(words):
        for name, word in ((first, second), (second, first)):
            number = ordinal_of(word)
            if number is not None and number > 0 and family_of(name) not in (None, "block"):
                found.append(f"{key_of(name)}{number}")
    return found


_kept: dict[Hashable, Wording] = {}


def wording_of(statement: Statement) -> Wording:
    """What the words of a statement say."""
    key = (
        tuple(statement.label), tuple(statement.inner), tuple(statement.words), tuple(statement.heading),
        statement.quantity, statement.is_total,
    )  # fmt: skip
    kept = _kept.get(key)
    if kept is None:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        kept = _kept[key] = Wording(statement)
    return kept


def _naming(statement: Statement) -> list[str]:
    """The words that name a statement: its label, or the heading above where it has none of its own."""
    told = next((i for i, word in enumerate(statement.label) if word.lower() not in NUMBER_OF), 0)
    begins = told if statement.label and quantity_of(statement.label[told]) == "params" else 0  # "number of params"
    words = [word for word in statement.label[begins:] if not _says_only_what(word)]
    if words or statement.inner:
        inner = [word for word in statement.inner if not _says_only_what(word) and word not in words]
        return [*_part_above(words, statement.heading), *words, *inner]
    if any(word.lower().startswith(TRAINABLE) for word in statement.label):
        return []  # "trainable: 16129" below "- {type: relu}"
    if sum(word[0].isalpha() and word[-1].isdigit() for word in statement.heading) >= LEAST_NAMES:
        return []  # "I0 C1 S2 C3" above a row of numbers names its columns
    return [word for word in statement.heading if not word.isdigit()][:4]


def _part_above(words: list[str], heading: list[str]) -> list[str]:
    """``FFN`` above ``Layer 2: …``: the part of a block that a numbered layer is in, where the heading is its name."""
    numbered = len(words) == NUMBERED and family_of(words[0]) == "block" and words[1].isdigit()
    return list(heading) if numbered and len(heading) == 1 and family_of(heading[0]) in PARTS_OF_BLOCKS else []


NUMBERED = 2
"""Words of a label that is a layer's number."""
PARTS_OF_BLOCKS = ("ffn", "attention")
"""Families of what a transformer's block is made of."""
LEAST_NAMES = 4
"""Names with numbers in a heading that is about none of them."""


def _says_only_what(word: str) -> bool:
    return quantity_of(word) in ("params", "weights", "biases", "bytes", "ops") and family_of(word) is None


def _families_in(words: list[str], statement: Statement) -> list[str]:
    """The families that a label names, without the ones that it denies or only remarks."""
    remarks = set(statement.inner) if statement.label else set()
    silent = {word for word in words if word in remarks or word.lower().startswith("input")}
    without = {after for word, after in pairwise(words) if word.lower() in WITHOUT}
    return [
        family
        for word in words
        if (family := family_of(word)) is not None
        and not (family == "dropout" and word in silent)
        and word not in without
    ]


def _part_said(statement: Statement) -> str:
    """``weights`` or ``biases`` where the words around a number say that it is those alone, else ""."""
    if statement.quantity in ("weights", "biases"):
        return statement.quantity
    said = set()
    for words in (statement.label, statement.words, statement.inner):
        lower = [word.lower().strip("_-:#") for word in words if word.lower() not in ARTICLES]
        for before, word, after in zip(["", *lower], lower, [*lower[1:], ""], strict=False):
            matrix = words is statement.label and word is lower[0] and word[:1] == "w" and word[1:].isdecimal()
            tensor = words is statement.label and word.endswith((".weight", ".bias")) and word.count(".") > 1
            last = word.rpartition(".")[2] if tensor else word
            vector = words is statement.label and len(lower) == 2 and word is lower[1] and word == "b"
            matrix = matrix or (words is statement.words and word is lower[0] and word == "w")  # "784*100 = 78400 W"
            part = "weights" if matrix or last in MATRICES else "biases" if vector else part_of(last)
            if after in SWITCHES:
                continue  # "bias=True" sets a layer, and is no label
            if part != "biases" or {before, after}.isdisjoint(BESIDE):
                said.add(part)
            elif WITHOUT & {before, after}:
                said.add("weights")  # "with bias" says nothing of what is meant
    said.discard("")
    return said.pop() if len(said) == 1 else ""


ARTICLES = frozenset("the its their der die das den dem le la les el los las il lo gli os as het de".split())
"""Words between ``with`` and what is there."""


def key_of(name: str) -> str:
    """A name without its signs, lower case: ``VGG-16`` and ``vgg_16`` are alike."""
    lower = name.lower().removeprefix("self.")
    if lower.isascii():
        if lower.isalnum():
            return lower
    else:
        lower = "".join([PLAIN.get(character, character) for character in lower])
    return "".join([character for character in lower if character.isalnum()])
