"""The lines above whose values an expression adds up or multiplies: ``1,792 + 36,928``, ``12 × 7,087,872``."""

from __future__ import annotations

from netledger.audit.matching.items.item import LEAST_ALONE, LEAST_COUNT
from netledger.audit.reading.statements.sorts import is_count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items.item import Item
    from netledger.audit.reading.expressions.nodes import Node
    from netledger.audit.reading.tokens.tokenizing import Value

LEAST_ADDED = 3
"""Terms of a sum of all that stands above it."""
LEAST_NAMED = 60_000
"""A number beside a name that a line below multiplies; a smaller one may be a vocabulary."""
LEAST_REFERENCE = 20
"""A smaller number is a size, not the value of a line above."""
SURELY_NO_SIZE = 200_000
"""A larger number is no size of a layer."""


def refer(items: list[Item]) -> None:
    """Find the sums of lines: expressions whose terms are all values of lines above, some times over."""
    values: dict[Value, list[Item]] = {}
    small: dict[Value, list[Item]] = {}
    for index, item in enumerate(items):
        _find_references(item, values, small)
        before = items[index - 1] if index else None
        if not item.refers and before is not None and _says_so_many(item, before):
            item.refers = [(before, item.statement.times)]
        if not item.refers:
            item.refers = _so_many_of(item, values)
        if not item.refers and _adds_everything(item, items[:index]):
            item.refers = [(source, 1) for source in items[:index]]
        if (
            (item.is_count or item.is_soft)
            and isinstance(item.value, int)
            and item.value >= LEAST_REFERENCE
            and (item.is_bias or not item.statement.binding)
        ):
            if (
                item.node is not None
                or item.statement.label
                or item.is_bias
                or item.statement.quantity == "params"
                or _is_equal(item)
            ):
                values.setdefault(item.value, []).append(item)
            if item.node is not None and item.fault is not None and isinstance(item.node.value, int):
                values.setdefault(item.node.value, [item])
        elif isinstance(item.value, int) and 0 < item.value < LEAST_REFERENCE:
            if item.is_bias or (item.node is not None and item.stated is not None):
                small.setdefault(item.value, []).append(item)


def _says_so_many(item: Item, before: Item) -> bool:
    """``384 per layer; 24 layers → 9,216``: the number before, so many times."""
    times = item.statement.times
    if times < 2 or item.products is not None or not isinstance(before.value, int) or before.value < LEAST_ALONE:
        return False
    return item.value == times * before.value


def _so_many_of(item: Item, values: dict[Value, list[Item]]) -> list[tuple[Item, int]]:
    """``32 layers: 5,670,961,152``: the line above that this is so many times, as its label says."""
    times, value = item.statement.times, item.value
    if times < 2 or item.products is not None or not isinstance(value, int) or value % times or value < LEAST_NAMED:
        return []
    return [(source, times) for source in values.get(value // times, ())[-1:]]


def _adds_everything(item: Item, above: list[Item]) -> bool:
    """``15 + 3 + 9 + 3 = 30`` below lines that say just these numbers, however small they are."""
    products = item.products or ()
    if len(products) < LEAST_ADDED or len(products) != len(above):
        return False
    terms = [product.value for product in products if len(product.leaves) == 1]
    return sorted(terms) == sorted([source.value for source in above if source.value is not None])


def _find_references(item: Item, values: dict[Value, list[Item]], small: dict[Value, list[Item]]) -> None:
    products = [product for product in item.products or () if product.value]  # "… + 12,832 + 0": a pooling among them
    if not products:
        return
    found: list[tuple[Item, int]] = []
    terms = 0
    largest = [max([leaf.value for leaf in product.leaves], default=0) for product in products]
    for product in products:
        big = max(product.leaves, key=lambda leaf: leaf.value, default=None)
        sources = values.get(big.value) if big is not None else None
        if not sources and big is not None and len(product.leaves) == 1 and len(products) > 1:
            sources = small.get(big.value)
        if big is None or not sources:
            continue
        times = product.value // big.value if big.value else 1
        flat = sources[-1].statement.quantity in ("features", "shape") or "flatten" in sources[-1].wording.layers
        if times != 1 and flat:
            continue  # "25600 * 12": so many values for each of 12 outputs, no 12 lines
        if times == 2 and item.statement.label and item.statement.label == sources[-1].statement.label:
            continue  # "bn: 2*256" below another norm's 256: a gain and a shift of its own
        told = big.value >= LEAST_COUNT and _is_told_beside(item, sources[-1])
        several = len(product.leaves) == MOST_NESTED and big.value >= SURELY_NO_SIZE  # "(44,040,192*257 + …)*58"
        single = len(product.leaves) == 1
        if not single and not told and not _is_result(big, sources[-1], times):
            continue
        if len(product.leaves) > MOST_NESTED - 1 and not several:
            continue
        terms += 1
        each = largest.count(big.value) > 1
        found.extend(_lines_of(sources, int(times), [source for source, _ in found], each))
    if terms > 1 and terms < len(products):
        rest = _in_one_bracket(item, found, values)
        found, terms = [*found, *rest], terms + len(rest)
    for source, _ in found:
        source.used.update([product.value for product in products if len(product.leaves) == 1])
    if found and terms == len(products) and (terms > 1 or found[0][1] != 1 or len(found) > 1):
        item.refers = found


def _in_one_bracket(
    item: Item, found: list[tuple[Item, int]], values: dict[Value, list[Item]]
) -> list[tuple[Item, int]]:
    """The lines of small values in ``12 * (111,168 + 295,872 + 768)``, of which the others are lines as often."""
    often = {times for _, times in found}
    if len(often) != 1 or 1 in often:
        return []
    (times,) = often
    known = {source.value for source, _ in found}
    rest = [product for product in item.products or () if product.value // times not in known]
    sources = [values.get(product.value // times) for product in rest if product.value % times == 0]
    return [(lines[-1], times) for lines in sources if lines] if len(sources) == len(rest) and all(sources) else []


def _is_equal(item: Item) -> bool:
    """Whether a number stands behind a sign of relation: ``ln1 + ln2 = 1,536``, ``// 3*3*8 -> 72``."""
    return bool(item.statement.members) and item.statement.members[-1].relation in ("=", "→")


def _lines_of(sources: list[Item], times: int, before: list[Item], each: bool) -> list[tuple[Item, int]]:
    """The lines of one value that a sum counts so many times: each once, where there are enough of them; ``each``:
    whether the sum has several such terms, of which each is a line: ``32*(131,072 + 131,072)``.
    """
    left = [source for source in sources if all(source is not other for other in before)]
    if each and left:
        return [(left[0], times)]
    if 1 <= times <= len(left):
        return [(source, 1) for source in left[-times:]]
    if 1 < len(left) < times:
        return [*[(source, 1) for source in left[:-1]], (left[-1], times - len(left) + 1)]  # q, and "k and v each"
    return [(sources[-1], times)]


MOST_NESTED = 3
"""Factors of a term that counts a line's value so many times in a block, and the block so many times."""
MOST_TIMES = 256
"""A factor that is larger beside a small number is a size, and does not count lines: ``384*1536``."""
MOST_BLOCKS_OF_NORMS = 4
"""A larger factor beside what a norm has may be a width that is equal by chance."""


def _counts_a_layer(source: Item, times: Value) -> bool:
    """Whether a line works out a number as counts of layers are: ``24*(8 + 24 + 1)``."""
    node = source.node
    summed = node is not None and node.op == "product" and any(factor.op == "sum" for factor in node.factors())
    norm = bool(source.wording.layers) and set(source.wording.layers) <= {"norm", "batchnorm"}
    norm = norm and node is not None and node.op == "product" and times <= MOST_BLOCKS_OF_NORMS
    return summed or is_count(source.statement) or norm


def _is_told_beside(item: Item, source: Item) -> bool:
    """``that's 1,696 per step, and 1,696*15 = …``: a number that the same line calls parameters."""
    return source.statement.row == item.statement.row and source.statement.quantity == "params"


def _is_result(leaf: Node, source: Item, times: Value) -> bool:
    """Whether a factor is the result of a line above rather than a size that happens to be equal."""
    if leaf.value < LEAST_COUNT and not (leaf.value >= LEAST_ALONE and _counts_a_layer(source, times)):
        return False
    if times > MOST_TIMES and leaf.value < SURELY_NO_SIZE:
        return False
    worked_out = source.node is not None and len(source.node.numbers()) > 1
    named = bool(source.statement.label) and source.node is None and leaf.value >= LEAST_NAMED
    return worked_out or named or bool(leaf.error) or source.statement.is_total or leaf.value >= SURELY_NO_SIZE
