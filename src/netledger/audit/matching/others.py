"""Numbers that are no counts of parameters: operations, activations, bytes, shares, a cache's values.

Each sort has a function that says what such a number would be for the network, with words for it: ``(value, what)``.
A number is right where it is one of them within its rounding. It is wrong only where a named slip gives it.
"""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.causes.factors import reads_map
from netledger.audit.matching.books.quantities import broad
from netledger.audit.matching.items.arithmetic import is_digit_slip
from netledger.audit.reading.tokens.words import BINARY_UNITS
from netledger.audit.words.memory import ADAM, MOMENTS
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netledger.audit.matching.assignment import Matcher
    from netledger.audit.matching.books.parts import Part
    from netledger.audit.matching.items.item import Item

    Figure = tuple[float, str]

DTYPES = {4: "float32", 2: "16-bit", 1: "8-bit", 8: "float64", 0.5: "4-bit"}
"""Bytes of one value, by what people call the type."""
UNITS = {10**6: "MB", 2**20: "MiB", 10**9: "GB", 2**30: "GiB"}
"""What a plain number of bytes may be measured in."""
ROUNDED = 0.006
"""How far a figure of other sorts may be off, as a share, where it shows no rounding of its own."""


class Other(Record):
    """What was found: ``verdict`` right, wrong or "" (nothing known), why, and for a slip its kind."""

    __slots__ = ("verdict", "why", "kind", "expected", "layer")
    verdict: str
    why: str
    kind: str
    expected: float | None
    layer: str | None

    def __init__(
        self, verdict: str, why: str = "", kind: str = "", expected: float | None = None, layer: str | None = None
    ) -> None:
        self._fill(verdict, why, kind, expected, layer)


def judge_other(item: Item, matcher: Matcher) -> Other:
    """What is known about a number that is no count."""
    from netledger.audit.causes.cache import cache_claim, cache_slip
    from netledger.audit.memory.amounts import cache_amount

    amount = cache_amount(item, matcher)
    slip = cache_slip(item, matcher.books, matcher.words)
    slip = slip or amount or cache_claim(item, matcher.books, matcher.words)
    if slip is not None:
        return Other(*slip)
    if item.statement.quantity == "features" or item.wording.layers == ["flatten"]:
        found = _feature_slip(item, matcher)
        if found is not None:
            return found
    if item.statement.quantity == "bytes":
        found = _byte_slip(item, matcher)
        if found is not None:
            return found
    if item.statement.quantity == "percent":
        found = _share_slip(item, matcher)
        if found is not None:
            return found
    value = item.value
    figures = FIGURES.get(item.statement.quantity)
    if value is None or figures is None:
        return Other("")
    for figure, what in figures(item, matcher):
        if abs(figure - value) <= max(item.error, ROUNDED * abs(value) if item.approximate else 0.0):
            return Other("right", what)
    return Other("")


# ---------------------------------------------------------------------- what each sort can be


def part_macs(part: Part) -> int:
    """MACs of one layer; for a layer without shapes those of one token: its weights."""
    if part.macs is not None and part.macs:
        return part.macs
    return part.weights if part.family in ("linear", "attention", "lora") else 0


def _operations(item: Item, matcher: Matcher) -> Iterator[Figure]:
    for quantity in matcher.quantities.all:
        if quantity.role in ("layer", "layers", "block", "blocks", "group", "rest", "total", "union", "named"):
            macs = sum([part_macs(part) * times for part, times in quantity.cover])
            if macs:
                yield macs, f"MACs of {quantity.what}"
                yield 2 * macs, f"FLOPs of {quantity.what}, two for each MAC"
    alike = [other for other in matcher.items if other.products is not None and other.statement.quantity == "ops"]
    for other in [item] if item.products is not None else [o for o in alike if o.value == item.value]:
        yield from _at_positions(other, matcher)


def _at_positions(item: Item, matcher: Matcher) -> Iterator[Figure]:
    """``3*3*64 * 112*112``: a layer's weights at each position of a map, where only the text says how large it is."""
    leaves = [leaf.value for leaf in item.products[0].leaves] if item.products and len(item.products) == 1 else []
    sides = [side for side in dict.fromkeys(leaves) if leaves.count(side) > 1 and side > LARGEST_SIDE_OF_KERNEL]
    unknown = [part for part in matcher.books.weighted if part.kernel and not part.macs]
    for side in sides if unknown and all(isinstance(leaf, int) for leaf in leaves) else ():
        rest = list(leaves)
        rest.remove(side)
        rest.remove(side)
        worth = size_of(tuple([int(value) for value in rest]))
        for part in unknown:
            if worth in (part.weights, 2 * part.weights):
                yield worth * int(side) ** 2, f"the weights of {part.shown} at {side}×{side} positions"


LARGEST_SIDE_OF_KERNEL = 3
"""A larger number that stands twice in a product may be the side of a map."""


def _features(item: Item, matcher: Matcher) -> Iterator[Figure]:
    for part in matcher.books.parts:
        if part.out_shape:
            yield size_of(part.out_shape), f"outputs of {part.shown}"
    for entry in matcher.books.ledger.entries:
        if entry.kind == "input" and entry.outputs:
            shape = entry.outputs[0]
            if isinstance(shape, tuple) and all(isinstance(size, int) for size in shape):
                yield size_of(tuple([size for size in shape if isinstance(size, int)])), "values of the input"


def size_of(shape: tuple[int, ...]) -> int:
    """How many values a shape holds."""
    size = 1
    for side in shape:
        size *= side
    return size


def bytes_of_a_value(item: Item, matcher: Matcher) -> float | None:
    """How many bytes one value has by the words of the sentence: ``fp32`` 4, ``at 2 bytes`` 2; ``None`` where none
    says. What the number's own label or formula says comes before all other words.
    """
    own = _widths_in([word.lower() for word in item.statement.label]) or _widths_of_formula(item)
    if len(own) == 1:
        return min(own)  # "int4: … same as bf16", "… x 4 bytes = …, half of it in bf16"
    words = matcher.line_words.sentence(item).listed
    named = _widths_in(words)
    counted = {
        int(before) for before, word in pairwise(words) if word.startswith("byte") and before in ("1", "2", "4", "8")
    }
    return min(named or counted) if len(named or counted) == 1 else None


def _widths_of_formula(item: Item) -> set[float]:
    """The bytes of a value that a formula multiplies by: ``3,407,872 x 4 bytes``."""
    leaves = item.node.numbers() if item.node is not None else []
    tokens = [leaf.token for leaf in leaves if leaf.token is not None and leaf.token.suffix == 1]
    return {token.value for token in tokens if token.unit == "bytes" and token.value in WIDTHS}


def _widths_in(words: list[str]) -> set[float]:
    """The bytes of a value of each type that words name."""
    return {size for word in words for size, names in WIDTHS.items() if word.startswith(names)}


WIDTHS = {
    4: ("fp32", "float32", "f32", "32-bit", "32bit", "single-precision"),
    2: ("fp16", "float16", "f16", "bf16", "bfloat16", "16-bit", "16bit", "half-precision"),
    1: ("int8", "fp8", "8-bit", "8bit"), 0.5: ("int4", "4-bit", "4bit", "nf4"),
}  # fmt: skip
"""What types are called, by the bytes of a value."""
QUANTISED = ("quant", "int", "q4", "q8", "bit", "gptq", "awq")
"""How words begin of a text about values that are narrower than trained ones."""
KEPT_BESIDE = frozenset("kv cache activation activations optimizer optimiser adam adamw states".split())
"""Words of a line that is about other memory than the parameters'."""


def _byte_slip(item: Item, matcher: Matcher) -> Other | None:
    """A number of values in bytes of a stated type, a thousand or eight times too much or too little."""
    taken = _decimal_for_binary(item, matcher) or _moments(item, matcher) or _count_in_bytes(item, matcher)
    if taken is not None:
        return taken
    size, value = bytes_of_a_value(item, matcher), item.value
    if (
        size is None
        or not value
        or not (item.statement.expression is None or _works_on_all(item, matcher) or _is_of_all(item, matcher))
        or matcher.line_words.at(item).all & KEPT_BESIDE
        or _is_of_moments(item, matcher)
    ):
        return None
    beside = [other for other in matcher.by_row.get(item.statement.row, ()) if other is not item and not other.error]
    counts = {other.value for other in beside if other.statement.quantity != "bytes"}
    for count in [matcher.books.total, *[c for c in counts if isinstance(c, int) and c >= LEAST_STORED]]:
        expected = count * size
        if size > 1 and count == matcher.books.total and abs(value - count) <= NEAR_BYTES * count:
            why = f"that is the number of values: of {size:g} bytes each they are {expected:,.0f} bytes"
            return Other("wrong", why, "unit_mixup", expected)
        for times, why in MISTAKEN.items():
            for binary in (1.0, 1.024, 1.024**2, 1.024**3):
                if expected and abs(value * binary / times - expected) <= NEAR_BYTES * expected:
                    told = f"{count:,} values of {size:g} byte{'s' if size != 1 else ''} are {expected:,.0f} bytes{why}"
                    twice = times in (2, 1 / 2) and item.node is None
                    kind = "wrong_value" if twice else "unit_mixup"
                    return Other("right", told) if times == 1 else Other("wrong", told, kind, expected)
    return None


def _decimal_for_binary(item: Item, matcher: Matcher) -> Other | None:
    """``13.48 GiB`` for parameters of 13.48 GB: the digits of one unit with the name of the other."""
    token = item.stated.node.token if item.stated is not None and item.stated.node is not None else None
    decimal = DECIMAL.get(token.suffix) if token is not None else None
    if token is None or decimal is None or item.node is not None or not item.value or item.approximate:
        return None
    shown, error = item.value / token.suffix * decimal, max(item.error / token.suffix * decimal, 1.0)
    for size, what in DTYPES.items():
        true = matcher.books.total * size
        if abs(shown - true) <= error and abs(item.value - true) > NEAR_BYTES * true and error < NEAR_BYTES * true:
            unit = UNITS[token.suffix]
            why = f"{true:,.0f} bytes ({what}) are {true / token.suffix:.2f} {unit}: {token.text} is their number of "
            return Other("wrong", why + UNITS[decimal], "unit_mixup", true)
    return None


def _count_in_bytes(item: Item, matcher: Matcher) -> Other | None:
    """``12 * (768*3072*2) = 54MB``: a formula of parameters, whose result is given the unit of memory."""
    token = item.stated.node.token if item.stated is not None and item.stated.node is not None else None
    count = item.node.value if item.node is not None and not item.node.is_bare else None
    if token is None or token.suffix == 1 or not isinstance(count, int) or item.value is None:
        return None
    if any(word.startswith(names) for word in matcher.words for names in (*WIDTHS.values(), MEMORY)):
        return None
    if not any(quantity.role in COUNTED for quantity in matcher.quantities.exactly.get(count, ())):
        return None
    for unit in (token.suffix, DECIMAL.get(token.suffix, token.suffix), BINARY_UNITS.get(token.suffix, token.suffix)):
        if abs(count - item.value / token.suffix * unit) <= item.error / token.suffix * unit:
            return Other("wrong", f"that is {count:,} parameters, and no memory yet", "unit_mixup", count)
    return None


MEMORY = ("byte", "memor", "storage", "float")
"""How words begin of a text that is about memory."""
COUNTED = frozenset(("layer", "layers", "weights", "block", "blocks", "group", "total"))
"""Roles of what people count by a formula."""


def _moments(item: Item, matcher: Matcher) -> Other | None:
    """``Adam, m and v in fp32: 497.8 MB``: two values for each parameter, whatever one takes."""
    words, value, total = matcher.line_words.sentence(item).all, item.value, matcher.books.total
    if not (words & ADAM or _is_of_moments(item, matcher)) or not value or item.node is not None:
        return None
    told = bytes_of_a_value(item, matcher) or _only_width(matcher)
    for size in (told,) if told else (1, 2, 4):
        if abs(value - 2 * size * total) <= max(item.error, NEAR_BYTES * value):
            return Other("right", f"both moments of {total:,} parameters, {size} bytes each")
    size = told or 4
    if not (words >= MOMENTS_BY_LETTER or words & BOTH_MOMENTS) or abs(value - size * total) > NEAR_BYTES * value:
        return None
    expected = 2 * size * total
    return Other("wrong", f"Adam keeps two values for each parameter: {expected:,.0f} bytes", "wrong_value", expected)


def _is_of_moments(item: Item, matcher: Matcher) -> bool:
    """``m and v in fp32`` in a text about Adam: what it keeps for each parameter."""
    words = matcher.line_words.at(item).all
    return bool(matcher.words & ADAM) and (words >= MOMENTS_BY_LETTER or not words.isdisjoint(MOMENTS))


def _only_width(matcher: Matcher) -> float | None:
    """The bytes of a value of the only type that the text names."""
    found = _widths_in(sorted(matcher.words))
    return found.pop() if len(found) == 1 else None


MOMENTS_BY_LETTER = frozenset("mv")
BOTH_MOMENTS = frozenset("moments both states two".split())
"""Words for both of what Adam keeps for each parameter."""
DECIMAL = {2**20: 10**6, 2**30: 10**9}
"""The decimal unit that a binary one is mistaken for."""


def _is_of_all(item: Item, matcher: Matcher) -> bool:
    """Whether a formula begins with the number of parameters in billions or millions: ``7.62 × 4 / 2 = 15.2 GB``."""
    leaves, total = item.node.numbers() if item.node is not None else [], matcher.books.total
    first = leaves[0].value if leaves else 0
    return bool(first) and any(abs(first * unit - total) <= NEAR_BYTES * total for unit in (10**6, 10**9))


def _works_on_all(item: Item, matcher: Matcher) -> bool:
    """Whether a formula takes all parameters times something: ``101,651 * 32 = 3,252,832 bytes``."""
    leaves = item.node.numbers() if item.node is not None else []
    return len(leaves) == 2 and any(leaf.value == matcher.books.total for leaf in leaves)


LEAST_STORED = 10_000
"""A smaller number beside an amount of memory is no network's count."""
NEAR_BYTES = 0.01
"""How far an amount of memory may be off, as a share."""
MISTAKEN = {
    1: "", 1 / 2: ": half of them", 2: ": twice too much", 4: ": four times too much",
    8: ": bits are taken for bytes", 1 / 8: ": bytes are taken for bits",
    1000: ": a thousand times less", 1 / 1000: ": a thousand times more",
}  # fmt: skip
"""How an amount of memory is mistaken, by how many times it is too large."""


def _bytes(item: Item, matcher: Matcher) -> Iterator[Figure]:
    total = matcher.books.total
    scale = item.stated.node.token if item.stated and item.stated.node else None
    for size, what in DTYPES.items():
        if size < 2 and not any(word.startswith(WIDTHS[size]) or word.startswith(QUANTISED) for word in matcher.words):
            continue  # nobody says that its values are so narrow
        yield total * size, f"the parameters in {what}"
        if scale is not None and scale.suffix == 1:
            for unit, name in UNITS.items():
                yield total * size / unit, f"the parameters in {what}, in {name}"
        if scale is not None and scale.suffix in BINARY_UNITS:
            yield total * size * scale.suffix / BINARY_UNITS[scale.suffix], f"the parameters in {what}, in binary units"


def _connections(item: Item, matcher: Matcher) -> Iterator[Figure]:
    for part in matcher.books.weighted:
        if part.positions > 1:
            yield part.full * part.positions, f"connections of {part.shown}"
            if part.family == "subsample":
                yield (size_of(part.kernel or (2, 2)) + 1) * part.out * part.positions, f"connections of {part.shown}"


def _shares(item: Item, matcher: Matcher) -> Iterator[Figure]:
    total = matcher.books.total or 1
    for quantity in matcher.quantities.groups:
        yield 100 * quantity.value / total, f"the share of {quantity.what}"
    for part in matcher.labels.sure(item.wording):
        yield 100 * matcher.books.count(part) * part.times / total, f"the share of {part.shown}"


def _share_slip(item: Item, matcher: Matcher) -> Other | None:
    """``fc1 alone accounts for 89.3 %`` where it has 98.3 %: two digits of the named layer's share changed places."""
    sure = [part for part in matcher.labels.sure(item.wording) if part.full]
    token = item.stated.node.token if item.stated is not None and item.stated.node is not None else None
    if len(sure) != 1 or item.products is not None or not item.value or token is None:
        return None
    decimals = len(token.text.replace(",", ".").partition(".")[2])
    count, scale = matcher.books.count(sure[0]) * sure[0].times, 10**decimals
    true = 100 * count / matcher.books.total
    said, expected = round(item.value * scale), round(true * scale)
    if abs(said - expected) <= 1 or not is_digit_slip(said, expected):
        return None
    why = f"{sure[0].shown} has {count:,} of {matcher.books.total:,}: {expected / scale:g} %"
    return Other("wrong", why, "arithmetic", expected / scale, sure[0].shown)


FIGURES: dict[str, Callable[[Item, Matcher], Iterator[Figure]]] = {
    "ops": _operations, "features": _features, "bytes": _bytes, "connections": _connections, "percent": _shares,
}  # fmt: skip
"""By sort of quantity: what such a number can be."""


def _flattened_otherwise(item: Item, matcher: Matcher) -> Other | None:
    """``Flatten: 40*40*16 = 25600`` where the next layer reads 6,400 values."""
    if item.wording.layers != ["flatten"] or item.products is None or item.stated is None or item.error:
        return None
    read = {part.seen for part in matcher.books.weighted if part.family == "linear" and part.index > 0}
    shown = [part for part in matcher.books.parts if part.family == "flatten"]
    at = [part.index for part in shown] or [-1]
    after = [p for p in matcher.books.weighted if len(at) == 1 and p.index > at[0] and p.family == "linear"]
    if not shown and not (after and reads_map(after[0], matcher.books)):
        return None
    if not after or item.value in read or item.value is None or item.value < after[0].seen:
        return None
    why = f"{after[0].shown} reads {after[0].seen:,} values"
    return Other("wrong", why, "wrong_flatten", after[0].seen, shown[0].shown if shown else None)


def _feature_slip(item: Item, matcher: Matcher) -> Other | None:
    """``(20, 20, 32) -> 7,744 features``: the product of the shape beside it, or of the layer's own output."""
    value = item.value
    flat = _flattened_otherwise(item, matcher)
    if flat is not None:
        return flat
    shapes = [member.shape for member in item.statement.members if member.shape]
    known = {figure for figure, _ in _features(item, matcher)}
    if value is None or not shapes or item.error or value in known:
        return None
    expected = size_of(shapes[-1])
    if expected == value:
        return None
    why = f"{'×'.join([f'{side}' for side in shapes[-1]])} is {expected:,}"
    sure = [part for part in matcher.books.parts if part.out_shape and size_of(part.out_shape) == expected]
    return Other("wrong", why, "feature_count", expected, sure[0].shown if sure and broad(sure[0].family) else None)
