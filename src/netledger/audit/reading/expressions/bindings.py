"""What a text says for all of its lines: the sizes that it gives to names, and what its title says that it counts."""

from __future__ import annotations

from netledger.audit.reading.expressions.parsing import is_variable
from netledger.audit.reading.tokens.words import is_east_asian, is_total, part_of, quantity_of
from netledger.audit.words import AND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.lines.logical import Line
    from netledger.audit.reading.tokens.tokenizing import Token, Value


LARGEST_SIZE = 2_000_000
"""A larger number that a name is given is a count: ``encoder = 19740672``."""


def subject_of(lines: list[Line]) -> str:
    """``ops`` where the first line speaks of operations, or a later one of their unit, and no line of parameters:
    ``MACs for one image``.
    """
    words = [[token.text for token in line.tokens if token.kind == "name"] for line in lines if line.tokens]
    units = (word.lower().startswith(OPERATIONS) and quantity_of(word) == "ops" for line in words for word in line)
    if not words or not ("ops" in [quantity_of(word) for word in words[0]] or any(units)):
        return ""
    worked = any(token.kind == "rel" for line in lines[:1] for token in line.tokens if token.text == "=")
    said = any(quantity_of(word) == "params" and not part_of(word) for line in words for word in line)
    return "" if said or (len(words) == 1 and worked) else "ops"


OPERATIONS = ("macs", "maccs", "flops", "gflops", "gmacs", "madds", "mflops", "tflops", "multiplications", "mults")
"""Units of operations, which are hardly another thing's name."""


def bindings_in(lines: list[Line]) -> dict[str, Value]:
    """Sizes that the text gives to names: ``k = 3``, ``kernel_h = kernel_w = 3``, ``(groups=16; …)``."""
    found: dict[str, Value] = {}
    for line in lines:
        if line.role not in ("text", "heading"):
            continue
        tokens = line.tokens
        several, used = _several(tokens), _factors(tokens)
        found.update({name: value for name, value in several.items() if name not in found})
        for i, token in enumerate(() if several else tokens):
            if token.kind != "num" or i < 2 or tokens[i - 1].text not in ("=",) or tokens[i - 1].kind != "rel":
                continue
            if token.value >= LARGEST_SIZE:
                continue
            if i + 1 < len(tokens) and tokens[i + 1].kind in ("op", "rel") and tokens[i + 1].text != "≈":
                behind = tokens[i - 2].spaced and used.get(tokens[i - 2].text, i) < i - 2  # "4*d^2 at d = 640 → …"
                if not behind and not _leads_to_a_formula(tokens, i):
                    continue
            if i + 2 < len(tokens) and tokens[i + 1].kind == "open":
                if tokens[i + 2].kind in ("num", "open") or not tokens[i + 1].spaced:
                    continue  # "MHA = 4(d^2 + d) = …"
            if i + 1 < len(tokens) and tokens[i + 1].kind == "name" and quantity_of(tokens[i + 1].text) == "params":
                continue
            if i + 1 < len(tokens) and tokens[i + 1].kind == "name" and not tokens[i + 1].spaced:
                continue  # "d = 4d^2 + d", "2rh = 8rh"
            if i + 2 < len(tokens) and tokens[i + 2].kind == "rel" and is_variable(tokens[i + 1].text):
                continue  # "d_ff = 4d = 1536": the number only multiplies
            j = _before_products(tokens, i - 1)
            while j >= 1 and tokens[j].kind == "rel" and tokens[j].text == "=" and tokens[j - 1].kind == "name":
                before = _before(tokens, j - 2)
                named = before is not None and before.kind == "name" and not is_variable(tokens[j - 1].text)
                unit = tokens[j - 1].spaced or is_east_asian(tokens[j - 1].text[0])
                counted = before is not None and before.kind == "num" and (unit or len(tokens[j - 1].text) > 1)
                # "1 bias = 28", "100차원 = 120만", "8rh + 10rh = 18 rh"
                if before is not None and (before.kind == "op" or named or counted):
                    break
                name = tokens[j - 1].text
                if not is_total(name) and quantity_of(name) not in ("params", "ops", "connections", "bytes"):
                    found.setdefault(name, token.value)
                j -= 2
    return found


def _before(tokens: list[Token], i: int) -> Token | None:
    """The token there, or the one before the gap there: of ``2 ×  d = 2,048`` the sign."""
    while i >= 0 and tokens[i].kind == "gap":
        i -= 1
    return tokens[i] if i >= 0 else None


def without_settings(tokens: list[Token]) -> list[Token]:
    """The tokens without what gives a formula's letter its size behind it: ``12*C^2 + 13*C with C = 640``,
    ``3(nm + n^2) with m=64 and n=8``.
    """
    used = _factors(tokens)
    kept: list[Token] = []
    i = 0
    while i < len(tokens):
        end = i + 3
        if end <= len(tokens) and kept and used.get(tokens[i].text, i) < i and _gives_a_size(tokens, i):
            led = kept[-1].kind in ("name", "comma", "open") and not _is_used(tokens, i - 1)
            bracket = led and kept[-1].kind == "open"
            closes = end < len(tokens) and tokens[end].kind == "close"
            ends = end == len(tokens) or tokens[end].kind in ENDS or tokens[end].text.lower() in AND
            if bracket == closes and (closes or ends):
                del kept[len(kept) - led :]
                i = end + closes
                continue
        kept.append(tokens[i])
        i += 1
    return kept


ENDS = frozenset(("comma", "rel", "stop", "colon", "gap", "semi"))
"""What may stand behind a letter's size."""


def _gives_a_size(tokens: list[Token], i: int) -> bool:
    """Whether a letter that is no factor here, a sign of equality and a number stand one behind the other."""
    before, name, sign, size = tokens[i - 1 : i + 3]
    apart = before.kind != "op" and (name.spaced or before.kind == "open")
    return apart and (sign.kind, sign.text) == ("rel", "=") and size.kind == "num"


def _factors(tokens: list[Token]) -> dict[str, int]:
    """Where the formulas of a line first have each letter, also where letters are glued: the m of ``nm + n^2``."""
    found: dict[str, int] = {}
    for i, token in enumerate(tokens):
        if token.kind == "name" and token.text not in found:
            for name in token.text if _are_glued(tokens, i) else (token.text,) if _is_used(tokens, i) else ():
                found.setdefault(name, i)
    return found


def _are_glued(tokens: list[Token], i: int) -> bool:
    """Whether a short name beside a sign is a product of letters: ``nm + n^2``, ``2dh + h``."""
    text = tokens[i].text
    signs = any(token.kind == "op" for token in [*tokens[max(i - 1, 0) : i], *tokens[i + 1 : i + 2]])
    return signs and 1 < len(text) <= MOST_GLUED and text.isascii() and text.isalpha()


MOST_GLUED = 3
"""Letters of a product without signs."""


def _is_used(tokens: list[Token], i: int) -> bool:
    """Whether a name stands beside a number or a sign of a formula."""
    beside = [*tokens[max(i - 1, 0) : i], *tokens[i + 1 : i + 2]]
    return is_variable(tokens[i].text) and any(token.kind in ("op", "num") for token in beside)


def _leads_to_a_formula(tokens: list[Token], i: int) -> bool:
    """``n=40 -> 2Vd + n(4d^2 + …)``: behind the arrow begins what the letter is in, and no size that it becomes."""
    letter = is_variable(tokens[i - 2].text) and tokens[i + 1].text == "→"
    following = tokens[i + 2 : i + 4]
    return letter and len(following) > 1 and (following[0].kind == "name" or following[1].kind in ("name", "op"))


def _before_products(tokens: list[Token], j: int) -> int:
    """The relation before a size's expression in letters: of ``d_ff = 4d = 1536`` the first one."""
    start = j - 1
    while start > 0 and tokens[start].kind in ("num", "name", "op") and tokens[start].text.lower() not in AND:
        start -= 1
    between = tokens[start + 1 : j]
    if start < 1 or tokens[start].kind != "rel" or tokens[start].text != "=" or len(between) < 2:
        return j
    return start if any(is_variable(token.text) for token in between if token.kind == "name") else j


def _several(tokens: list[Token]) -> dict[str, Value]:
    """``V, D, L = 50257, 768, 12``: so many names as numbers."""
    at = next((i for i, token in enumerate(tokens) if token.kind == "rel" and token.text == "="), 0)
    names = [token for token in tokens[:at] if token.kind != "gap"]
    numbers = [token for token in tokens[at + 1 :] if token.kind != "gap"]
    if len(names) < 3 or len(numbers) < len(names):
        return {}
    pairs = list(zip(names, numbers, strict=False))
    kinds = [("name", "num"), ("comma", "comma")] * len(pairs)
    if any((name.kind, value.kind) != kind for (name, value), kind in zip(pairs, kinds, strict=False)):
        return {}
    return {name.text: value.value for name, value in pairs[::2]}
