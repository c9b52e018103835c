"""What the words around a number mean, in any language: look-ups in the tables of :mod:`netledger.audit.words`."""

from __future__ import annotations

from netledger.audit.words import (
    ACTIVATION,
    ACTIVE,
    BEHIND_NUMERALS,
    BIASES,
    BYTES,
    COUNTERS,
    EXACT,
    FAMILIES,
    HEAD_SIGNS,
    HEADS,
    LAYER_SIGNS,
    MULTIPLIERS,
    NUMBER_OF,
    NUMBERS,
    ORDINAL_ENDINGS,
    ORDINAL_PREFIX,
    ORDINAL_SIGNS,
    ORDINAL_SUFFIXES,
    ORDINALS,
    PARAMETERS,
    QUANTITIES,
    SAME,
    SAME_SIGNS,
    SHORT_NUMBER,
    TOTAL,
    TOTAL_STARTS,
    USES,
    WEIGHTS,
    WHOLE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "BINARY_UNITS", "BYTE_UNITS", "LONGEST_WORD", "MULTIPLIERS", "OPERATION_UNITS", "ORDINALS", "family_of",
    "is_east_asian", "is_total", "ordinal_of", "part_of", "quantity_of", "says_the_same", "speaks_of_heads",
]  # fmt: skip

BYTE_UNITS = {
    "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
    "bytes": 1, "byte": 1, "octets": 1, "octet": 1, "ko": 10**3, "mo": 10**6, "go": 10**9,
    "kio": 2**10, "gio": 2**30, "tio": 2**40,
    **BYTES,
}  # fmt: skip
BINARY_UNITS = {10**3: 2**10, 10**6: 2**20, 10**9: 2**30, 10**12: 2**40}
"""The binary unit of bytes that the name of a decimal one may mean."""
OPERATION_UNITS = {
    f"{letter}{unit}": scale
    for letter, scale in (("k", 10**3), ("m", 10**6), ("g", 10**9), ("t", 10**12), ("p", 10**15))
    for unit in ("flop", "flops", "mac", "macs")
}
"""``12.9 GFLOPs``: what the letter before the unit multiplies by."""
LONGEST_WORD = 40
"""Letters; what is longer is no word of these tables."""


def is_east_asian(character: str) -> bool:
    """Whether a letter is of a script that puts no spaces between words."""
    return ord(character) >= 0x2E80


def quantity_of(word: str) -> str | None:
    """What sort of number a word announces: ``params``, ``ops``, ``connections``, ``bytes``, ``features``, ``shape``.

    >>> quantity_of("Parameters"), quantity_of("FLOPs"), quantity_of("Gesamtparameter"), quantity_of("conv1")
    ('params', 'ops', 'params', None)
    """
    return _remembered(word, _quantities, _quantity_of)


def counts_parameters(word: str) -> bool:
    """Whether a word behind a number says that it counts parameters. In a language without spaces the word may name
    other things first, of which there are so many: ``8个专家的参数量``.

    >>> counts_parameters("params"), counts_parameters("个参数"), counts_parameters("个专家的参数量")
    (True, True, False)
    """
    if quantity_of(word) != "params":
        return False
    bare = word.lstrip(COUNTERS)
    return not is_east_asian(bare[:1] or " ") or bare.startswith(PARAMETERS)


MOST_KEPT = 4096
_quantities: dict[str, str | None] = {}
_families: dict[str, str | None] = {}
"""Words that were looked up, with what they mean: a text says the same ones on every line."""


def _remembered(word: str, kept: dict[str, str | None], look_up: Callable[[str], str | None]) -> str | None:
    """What a word means, looked up once."""
    if word not in kept:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[word] = look_up(word)
    return kept[word]


def _quantity_of(word: str) -> str | None:
    lower = word.lower().lstrip(COUNTERS)[:LONGEST_WORD]
    found = _look_up(lower, QUANTITIES)
    if found == "connections" and family_of(word) is not None:
        return None  # "bağlantılı" is fully connected
    if found in ("features", "shape") and (lower[-1] in LAYER_SIGNS or "." in lower[:-1]):
        return None  # "输出层" is the output layer, "features.13" a layer's path
    if found in ("features", "shape") and _look_up(lower.rpartition("_")[2], QUANTITIES) == "params" and "_" in lower:
        return "params"  # "output_params"
    if found is None and "_" in lower:
        if any(_look_up(part, QUANTITIES) == "params" for part in lower.split("_")):
            return "params"
    if found is None and lower:
        if is_east_asian(lower[0]):
            return "params" if any(part in lower for part in PARAMETERS) else _ending_in(lower)
        if "parameter" in lower and not lower.startswith("hyper"):
            return "params"
    return found or None


def _ending_in(word: str) -> str | None:
    """What a word of a language without spaces counts that has other words before it: ``所以神经元数目``."""
    if family_of(word) is not None:
        return None  # "全连接" is a layer
    bare = word
    for number in NUMBER_OF:
        bare = bare.removesuffix(number) if is_east_asian(number[0]) else bare
    for start in range(1, len(bare) - 1):
        if QUANTITIES.get(bare[start:]) in ENDING:
            return QUANTITIES[bare[start:]]
    return None


ENDING = ("ops", "connections", "bytes", "features")
"""Quantities whose words may end a longer one; sizes and shapes have their words in every name."""


def speaks_of_use(words: Iterable[str]) -> bool:
    """Whether words speak of the parameters that one token uses.

    >>> speaks_of_use(["12.9B", "active"]), speaks_of_use(["aktive", "Parameter"]), speaks_of_use(["activations"])
    (True, True, False)
    """
    lower = [word.lower() for word in words]
    return any(word.startswith(ACTIVE) and not word.startswith(ACTIVATION) and not family_of(word) for word in lower)


def takes_per_token(words: Iterable[str]) -> bool:
    """Whether words say that a token takes something.

    >>> takes_per_token(["uses", "only", "per", "token"]), takes_per_token(["per", "token"])
    (True, False)
    """
    lower = [word.lower() for word in words]
    return any(word.startswith(USES) for word in lower) and any(word.startswith("token") for word in lower)


def speaks_of_heads(words: Iterable[str]) -> bool:
    """Whether words speak of attention's heads.

    >>> speaks_of_heads(["with", "8", "heads"]), speaks_of_heads(["layers"])
    (True, False)
    """
    return any(word in HEADS or any(sign in word for sign in HEAD_SIGNS) for word in words)


def says_the_same(words: Iterable[str]) -> bool:
    """Whether words take over what was said before.

    >>> says_the_same(["layer", "2", "idem"]), says_the_same(["layer", "2"])
    (True, False)
    """
    return any(word in SAME or any(sign in word for sign in SAME_SIGNS) for word in words)


def part_of(word: str) -> str:
    """``weights`` or ``biases`` where a word means these alone, else "".

    >>> part_of("Weights"), part_of("biases"), part_of("params")
    ('weights', 'biases', '')
    """
    lower = word.lower()
    if lower.startswith(BIASES):
        return "biases"
    return "weights" if lower.startswith(WEIGHTS) else ""


def family_of(word: str) -> str | None:
    """The family of layers that a word names.

    >>> family_of("Conv2d-1"), family_of("fc6"), family_of("total")
    ('conv', 'linear', None)
    """
    return _remembered(word, _families, _family_of)


def _family_of(word: str) -> str | None:
    lower = _without_module(word.lower()).lstrip("_")[:LONGEST_WORD]
    numbered = lower.lstrip(ORDINAL_PREFIX).lstrip("0123456789" + ORDINAL_SIGNS) if not lower.isascii() else lower
    if numbered != lower and numbered.lstrip(ORDINAL_SUFFIXES):
        lower = numbered.lstrip(ORDINAL_SUFFIXES)
    found = _look_up(lower.rpartition(".")[2], FAMILIES) if "." in lower else None
    found = found or _look_up(lower, FAMILIES)  # of a path the last piece is the layer
    if found is None and len(lower) > 2 and is_east_asian(lower[0]):
        inside = [(lower.rfind(name), family) for name, family in _JOINED_FAMILIES.items() if name in lower]
        if inside:
            return max(inside)[1]
        return "block" if any(sign in lower for sign in LAYER_SIGNS) and ordinal_of(lower) is not None else None
    if found is None and lower[:1].isdigit() and not lower.isascii() and ordinal_of(lower) is not None:
        return "block" if any(sign in lower for sign in LAYER_SIGNS) else None
    return found


MODULES = ("self.", "torch.", "tf.", "keras.", "nn.", "layers.")
"""What stands before a layer's name, or its kind, in code."""


def _without_module(word: str) -> str:
    """``bn`` of ``self.bn``, ``batchnorm2d`` of ``nn.batchnorm2d``."""
    for prefix in MODULES:
        rest = word.removeprefix(prefix)
        word = rest if rest[:1].isalpha() else word
    return word


_JOINED_FAMILIES = {
    name: family
    for name, family in FAMILIES.items()
    if len(name) > 1 and is_east_asian(name[0]) and family not in ("dropout", "batchnorm", "block")
}
"""Names that are found inside longer words, in languages without spaces."""


def ordinal_end(text: str, end: int) -> int:
    """Where the ending of a figure ends that numbers: of ``2nd``, ``1ère``, ``5番目``; 0 where there is none.

    >>> ordinal_end("the 2nd layer", 5), ordinal_end("2 nodes", 1)
    (7, 0)
    """
    for ending in BEHIND_NUMERALS:
        if text.startswith(ending, end):
            return end + len(ending)
    for ending in ORDINAL_ENDINGS:
        after = end + len(ending)
        if text.startswith(ending, end) and (text[after : after + 1] or " ") in BEHIND_ORDINALS:
            return after
    return 0


BEHIND_ORDINALS = " )],:-\u2009"
"""What may stand behind such an ending."""


def ordinal_of(word: str) -> int | None:
    """The place that a word gives a layer; None for any other word.

    >>> [ordinal_of(word) for word in ("third", "2nd", "last", "第十二层", "倒数第二个卷积层", "五番目の", "conv3")]
    [3, 2, -1, 12, -2, 5, None]
    """
    lower = word.lower()
    if lower in ORDINALS or not lower:
        return ORDINALS.get(lower)
    digits = len(lower) - len(lower.lstrip("0123456789"))
    if 0 < digits <= LONGEST_PLACE and (ordinal_end(lower, digits) or lower[digits:] == "."):
        return int(lower[:digits])
    return None if lower.isascii() else _joined_ordinal(lower)


def _joined_ordinal(word: str) -> int | None:
    """A place inside a word of a language without spaces; counted from the end it comes first."""
    inside = [phrase for phrase in _JOINED_ORDINALS if phrase in word]
    if inside:
        return ORDINALS[max(inside, key=len)]
    for i, sign in enumerate(word):
        if sign in ORDINAL_PREFIX:
            number, _ = _eastern_numeral(word, i + 1)
        elif sign in ORDINAL_SIGNS:
            number, end = _eastern_numeral(word, i)
            behind = word[i - 1 : i] in LAYER_SIGNS and i > 0 and end == len(word)  # "卷积层五"
            number = number if behind or word.startswith(BEHIND_NUMERALS, end) else None
        else:
            continue
        if number is not None:
            return number
    return None


def _eastern_numeral(word: str, i: int) -> tuple[int | None, int]:
    """The number below a hundred that is written from a place on, and where it ends: ``十二`` 12, ``二十`` 20."""
    end = i
    while word[end : end + 1] and word[end] in ORDINAL_SIGNS + "0123456789":
        end += 1
    written = word[i:end]
    if not written or (written.isascii() and len(written) > LONGEST_PLACE):
        return None, end
    if written.isascii():
        return int(written), end
    tens, ten, ones = written.partition(ORDINAL_SIGNS[-1])
    if len(tens) > 1 or len(ones) > 1 or (tens + ones).strip("0123456789") != tens + ones:
        return None, end
    value = (ORDINAL_SIGNS.find(tens) + 1 if tens else 1) if ten else 0
    last = ones if ten else tens
    return value * 10 + (ORDINAL_SIGNS.find(last) + 1 if last else 0), end


LONGEST_PLACE = 3
"""Figures of a layer's number."""
_JOINED_ORDINALS = tuple([phrase for phrase in ORDINALS if is_east_asian(phrase[0]) and " " not in phrase])
_LONGEST_PHRASE = max(phrase.count(" ") + 1 for phrase in ORDINALS)


def ordinals_in(words: list[str]) -> list[int]:
    """The places that words give layers, told by ordinals: ``the last but one``, ``tích chập thứ hai``.

    >>> ordinals_in(["second", "to", "last", "layer"]), ordinals_in(["layer", "two"]), ordinals_in(["conv", "3"])
    ([-2], [2], [])
    """
    lower = [word.lower() for word in words]
    found: list[int] = []
    i = 0
    while i < len(lower):
        longest = min(_LONGEST_PHRASE, len(lower) - i)
        phrases = [(" ".join(lower[i : i + length]), length) for length in range(longest, 1, -1)]
        phrase, length = next((known for known in phrases if known[0] in ORDINALS), (lower[i], 1))
        place = ordinal_of(phrase)
        if place is None and lower[i] in _BEFORE_NUMBERS and i + 1 < len(lower) and lower[i + 1].isdigit():
            place, length = int(lower[i + 1][:LONGEST_PLACE]), 2
        if place is not None:
            found.append(place)
        i += length
    if not found and len(lower) > 1 and lower[-1] in NUMBERS and family_of(lower[-2]) is not None:
        found.append(NUMBERS[lower[-1]])
    return found


_BEFORE_NUMBERS = SHORT_NUMBER | NUMBER_OF


def _look_up(word: str, table: dict[str, str]) -> str | None:
    bare = word.rstrip("0123456789_-.:#").strip("_-#:")
    if bare in table:
        return table[bare]
    if bare.endswith("s") and bare[:-1] in table:
        return table[bare[:-1]]
    for length in range(len(bare), 1, -1):
        start = bare[:length]
        if start in table and (start not in EXACT or not bare[length : length + 1].isalpha()):
            if length >= 3 or is_east_asian(start[0]) or not bare[length : length + 1].isalpha():
                return table[start]
    return table.get(bare[0]) if bare and is_east_asian(bare[0]) else None


_ENDINGS = tuple([word for word in TOTAL if is_east_asian(word[0]) and len(word) > 1])
"""Words for a total that end longer ones: a layer's, all layers' total."""


def is_total(word: str) -> bool:
    """Whether a word makes its line a total.

    >>> is_total("Total"), is_total("subtotal"), is_total("Gesamtzahl")
    (True, False, True)
    """
    lower = word.lower().strip("_-#:*")
    if lower in TOTAL or lower.startswith(TOTAL_STARTS) or lower.endswith(_ENDINGS):
        return True
    return bool(lower) and is_east_asian(lower[0]) and any(sign in lower for sign in WHOLE)
