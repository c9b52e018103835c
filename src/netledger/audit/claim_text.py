"""Numbers with units in a sentence: "62.3 M params", "1.1 billion computations", "0.714 G", "233 MB", "660 K units"."""

from __future__ import annotations

import re

from netledger.audit.reading.words import MULTIPLIERS
from netledger.records import Record

_NUMBER = r"(?P<number>\d{1,3}(?:[,  ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_CLAIM = re.compile(
    r"(?P<sign>[~≈><≥≤]|about |around |over |roughly |ca\.? )?\s*"
    rf"(?<![\w.,-]){_NUMBER}(?P<glue>\s?[-‐]?)(?P<words>%|[^\W\d_]+(?:\s+[^\W\d_]+)?(?:\s+[^\W\d_]+)?)?"
)

_NOUNS = (
    ("parameters", ("param", "trainable", "learnable", "参数", "參數", "파라미터", "paramètre", "parámetro",
                    "parâmetro", "пара")),
    ("weights", ("weight", "gewicht", "poids", "peso", "权重", "重み", "вес")),
    ("macs", ("mac", "multiply", "mult", "madd", "multadd")),
    ("flops", ("flop",)),
    ("operations", ("op", "operation", "computation", "connection", "calculation", "计算", "计算量", "rechen")),
    ("neurons", ("neuron", "unit", "神经元")),
    ("other", ("layer", "class", "image", "feature", "gpu", "epoch", "day", "week", "hour", "year", "pixel", "channel",
               "filter",
               "kernel", "hidden", "conv", "bit", "top", "times", "x", "fps", "ms", "s", "percent", "%")),
)  # fmt: skip
_PREFIXED = re.compile(r"^(?P<prefix>[kmgt]?)(?P<unit>flops?|macs?|mac|params?|ops|madds?)$")
_BYTES = {
    "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30, "megabytes": 10**6,
    "mbytes": 10**6, "bytes": 1, "gigabytes": 10**9, "megabyte": 10**6,
}  # fmt: skip
_BINARY = frozenset(("kib", "mib", "gib"))


class ClaimText(Record):
    """One number as claimed: ``value`` and ``step`` (one in its last digit) as exact ratios over ``scale``.

    ``quantity`` is what its unit says it counts (empty: nothing does), ``digits`` how many digits are written, ``sign``
    what stands before it.
    """

    __slots__ = ("text", "mantissa", "scale", "divisor", "zeros", "quantity", "digits", "sign", "binary")
    text: str
    mantissa: int
    scale: int
    divisor: int
    zeros: int
    quantity: str
    digits: int
    sign: str
    binary: bool

    def __init__(
        self, text: str, mantissa: int, scale: int, divisor: int, zeros: int, quantity: str, digits: int, sign: str,
        binary: bool = False,
    ) -> None:  # fmt: skip
        self._fill(text, mantissa, scale, divisor, zeros, quantity, digits, sign, binary)

    @property
    def exact(self) -> bool:
        """Whether it is written out to the last unit."""
        return self.scale == self.divisor == 1

    def in_unit(self, unit: int) -> float:
        """The claim as a number of single things; megabytes in the unit that a reading is in."""
        scale = unit if self.quantity == "bytes" and self.scale == 10**6 and unit != 1 else self.scale
        return self.mantissa * scale / self.divisor

    def fits(self, value: int, unit: int = 1) -> str | None:
        """How ``value`` gives the claim: ``exactly``, ``rounded``, ``down``, ``up`` or as a ``bound``; ``None``: not.

        >>> claim = claims_in("62.3 M params")[0]
        >>> claim.fits(62_378_344), claim.fits(62_314_000), claim.fits(62_500_000)
        ('down', 'rounded', None)
        """
        if self.binary and unit == 10**6:
            return None
        scale = self.scale
        if self.quantity == "bytes" and scale == 10**6 and unit != 1:
            scale = unit
        claimed, true = self.mantissa * scale, value * self.divisor
        if claimed == true:
            return "exactly"
        if self.sign in (">", "≥", "over"):
            return "bound" if claimed <= true < claimed * 5 // 4 else None
        if not self.rounded:
            return None
        steps = [scale * 10**zeros for zeros in range(self.zeros + 1)]
        if any(abs(claimed - true) * 2 <= step for step in steps):
            return "rounded"
        if any(0 <= true - claimed < step for step in steps):
            return "down"
        return "up" if 0 < claimed - true < scale else None

    @property
    def rounded(self) -> bool:
        """Whether it can be a rounded figure: not one written out to the last of many digits."""
        return not self.exact or self.zeros > 1 or bool(self.sign)


def claims_in(text: str) -> list[ClaimText]:
    """The claims of a text, in order; numbers that count something else (layers, classes, GPUs) are left out.

    >>> [(claim.text, claim.quantity) for claim in claims_in("61 M, 660 K units, >600 M connections, 8 layers")]
    [('61 M', ''), ('660 K units', 'neurons'), ('>600 M connections', 'operations')]
    """
    found = [claim for match in _CLAIM.finditer(text) if (claim := _claim(match)) is not None]
    return [claim for claim in found if claim.quantity or not claim.exact or claim.mantissa > 9_999]


def _claim(match: re.Match[str]) -> ClaimText | None:
    number, words = match["number"], _split(match["words"] or "")
    whole, _, fraction = number.replace(",", "").replace(" ", "").replace(" ", "").partition(".")
    mantissa, divisor = int(whole + fraction), 10 ** len(fraction)
    scale, quantity, used, binary = _unit(words, match["glue"])
    if quantity == "other" or mantissa == 0:
        return None
    shown = match.group(0)
    if match["words"] and used < len(words) == len(match["words"].split()):
        shown = shown[: match.start("words") - match.start()] + " ".join(match["words"].split()[:used])
    digits = whole + fraction
    zeros = 0 if fraction else len(digits) - len(digits.rstrip("0"))
    zeros = min(zeros, max(len(digits) - 2, 0))
    sign = (match["sign"] or "").strip()
    return ClaimText(shown.strip(" ."), mantissa, scale, divisor, zeros, quantity, len(digits), sign, binary)


def _split(words: str) -> list[str]:
    """The words behind a number; a Chinese, Japanese or Korean multiplier is a word of its own: ``万参数``."""
    found = []
    for word in words.lower().split():
        size = next((n for n in (2, 1) if word[:n] in MULTIPLIERS and ord(word[0]) > 0x2E80 and len(word) > n), 0)
        found += [word[:size], word[size:]] if size else [word]
    return found


def _unit(words: list[str], glue: str) -> tuple[int, str, int, bool]:
    """The multiplier behind a number, what it counts, how many words that took, whether its unit is binary."""
    scale, used = 1, 0
    for i, word in enumerate(words):
        if word in _BYTES:
            features = any(_noun(later) == "other" for later in words[i + 1 : i + 2])
            return _BYTES[word], "other" if features else "bytes", i + 1, word in _BINARY
        prefixed = _PREFIXED.match(word)
        if prefixed is not None and (prefixed["prefix"] or i):
            scale *= MULTIPLIERS[prefixed["prefix"]] if prefixed["prefix"] else 1
            return scale, _noun(prefixed["unit"]), i + 1, False
        if word in MULTIPLIERS and i == used:
            scale, used = scale * MULTIPLIERS[word], i + 1
            continue
        noun = _noun(word)
        if noun:
            return scale, noun, i + 1, False
        if i == used:  # a word that says nothing ends the unit, an adjective may stand before a noun
            if len(words) > i + 1 and _noun(words[i + 1]) not in ("", "other"):
                return scale, _noun(words[i + 1]), i + 2, False
            break
    return scale, "", used, False


def _noun(word: str) -> str:
    for quantity, beginnings in _NOUNS:
        if any(
            word.startswith(start) if len(start) > 2 else word == start or word == start + "s" for start in beginnings
        ):
            return quantity
    return ""
