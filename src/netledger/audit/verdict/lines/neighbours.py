"""Rows judged by the rows beside them: one that nothing explains between right ones, norms that only some include."""

from __future__ import annotations

from netledger.audit.causes.cause import Cause
from netledger.audit.matching.books.categories import NORMS
from netledger.audit.matching.items.meaning import meant
from netledger.audit.reading.tokens.words import family_of
from netledger.audit.verdict.outcome import Outcome, called_wrong, finding_of, stated_node
from netledger.audit.weights import LEAST_TELLING, OTHER_FAMILY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.matching.books.parts import Part
    from netledger.audit.matching.books.quantities import Quantity
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.items.meaning import Meaning
    from netledger.audit.matching.sums import Sum
    from netledger.audit.reading.tokens.tokenizing import Value
    from netledger.audit.verdict.decided import Decided

NEAR = 5
"""How many times too large or too small the count of a layer may be that only its place tells."""


def between_its_neighbours(decided: Decided, item: Item) -> Outcome | None:
    """``item_id | 2,800,000`` between the tables before and after it, each of which is right: 2,880,000."""
    value = item.value
    if not decided.blames or not decided.whole or not isinstance(value, int) or item.error or item.fault is not None:
        return None
    if not item.statement.label or item.statement.is_total or item.products is not None:
        return None
    before, after = (_covered(decided, item, step) for step in (-1, 1))
    if not before or not after:
        return None
    inside = [part for part in decided.books.weighted if before[-1].index < part.index < after[0].index]
    several = len(before) > 1 and len(after) > 1
    stages = {_stage(part) for part in inside}
    alone = len(stages) == 1 and stages.isdisjoint({_stage(part) for part in (*before, *after)})
    one = len(inside) == 1 or (several and (alone or len({_block(part) for part in inside}) == 1))
    if not inside or not one or any(decided.matcher.place.is_taken(part, 1, item) for part in inside):
        return None
    true = sum([decided.books.count(part) * part.times for part in inside])
    strange = all(decided.matcher.labels.cost(item.wording, part) >= OTHER_FAMILY for part in inside)
    if strange or not true / NEAR < value < true * NEAR:
        return None
    what = inside[0].shown if len(inside) == 1 else stages.pop() if alone else _block(inside[0])
    why = f"between {before[-1].shown} and {after[0].shown} stands {what}, which has {true:,}"
    return called_wrong(item, (Cause("wrong_value", why, stated_node(item), f"{true:,}"),), true, what)


def of_another_setting(decided: Decided, item: Item) -> bool:
    """``h=32: 3 × (32·41 + …)`` in a list with ``h=64: …``, which is right: sizes that were weighed."""
    name, value = _setting_of(decided, item)
    if not name or item.products is None:
        return False
    if all(leaf.value != value for product in item.products for leaf in product.leaves):
        return False
    for other in decided.items:
        told = meant(other) if other.products is not None and other.statement.row != item.statement.row else None
        if told is None or told.causes or told.quantity.role != "layer":
            continue
        beside, size = _setting_of(decided, other)
        if beside == name and size != value:
            return True
    return False


def of_another_variant(decided: Decided, item: Item, meaning: Meaning) -> bool:
    """``LSTM(8, 16): 4*(8*16 + …), too many`` above ``LSTM(8, 8): …``, which is right about the very layer: a call with
    other sizes than any layer has was weighed, and is not what the text stands by.
    """
    families = {part.family for part, _ in meaning.quantity.cover}
    own = _call_above(decided, item, families)
    if not own or any(set(own) <= _sizes_of(part) for part in decided.books.weighted if part.family in families):
        return False
    for other in decided.items[item.index + 1 :]:
        told = meant(other) if other.products is not None else None
        if told is None or told.causes or meaning.quantity.first not in [part for part, _ in told.quantity.cover]:
            continue
        call = _call_above(decided, other, families)
        if call and call != own:
            return True
    return False


def _sizes_of(part: Part) -> set[int]:
    return {size for term in part.terms for _, size in term.factors}


def _call_above(decided: Decided, item: Item, families: set[str]) -> tuple[Value, ...]:
    """The sizes of the nearest call of a layer at or above a line, all of which the line works with; else ()."""
    leaves = {leaf.value for product in item.products or () for leaf in product.leaves}
    for line_no in range(item.line_no, 0, -1):
        line = decided.matcher.line_words.lines.get(line_no, "")
        for name, sizes in _calls(line) if "(" in line else ():
            if family_of(name) in families:
                return sizes if set(sizes) <= leaves else ()
    return ()


def _calls(line: str) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """``LSTM(8, 16) + Dense(16, 1)``: names glued to a bracket with sizes alone."""
    from netledger.audit.reading.expressions.brackets import pairs_of
    from netledger.audit.reading.tokens.tokenizing import tokenize

    tokens = tokenize(line)
    pairs = pairs_of(tokens)
    for i, token in enumerate(tokens[:-1]):
        inside = tokens[i + 2 : pairs.get(i + 1, 0)]
        glued = token.kind == "name" and tokens[i + 1].kind == "open" and not tokens[i + 1].spaced
        if glued and len(inside) > 1 and all(one.kind in ("num", "comma") for one in inside):
            yield token.text, tuple([one.value for one in inside if one.kind == "num"])


def _setting_of(decided: Decided, item: Item) -> tuple[str, Value]:
    """The name and the value of the size that a row begins with: ``h=64:``; ("", 0) where it begins otherwise."""
    first = decided.matcher.by_row[item.statement.row][0].statement
    member = first.members[0] if len(first.members) == 1 else None
    given = first.quantity == "setting" and len(first.label) == 1 and member is not None and member.relation == "="
    return (first.label[0], member.node.value) if given and member is not None and member.node is not None else ("", 0)


def off_beside_its_total(decided: Decided, item: Item) -> Outcome | None:
    """``depthwise: 320`` in a list with a line for each layer, of which the total is right and not what they add to."""
    value, weighted = item.value, decided.books.weighted
    if not decided.blames or not isinstance(value, int) or item.error or item.products is not None:
        return None
    for found in decided.sums.values():
        rows = [part for part, _ in found.parts]
        right = found.whole and found.item.value == decided.books.total and not found.error and not found.item.error
        if not right or found.adds == found.item.value or len(rows) != len(weighted) or item not in rows:
            continue
        if any(decided.matcher.labels.cost(row.wording, own) >= 0 for row, own in zip(rows, weighted, strict=True)):
            continue
        part = weighted[rows.index(item)]
        true = decided.books.count(part) * part.times
        if value != true and true / NEAR < value < true * NEAR:
            why = f"{part.shown} has {true:,}, and so the total is right"
            return called_wrong(item, (Cause("wrong_value", why, stated_node(item), f"{true:,}"),), true, part.shown)
    return None


def _covered(decided: Decided, item: Item, step: int) -> list[Part]:
    """The layers of the row above (-1) or below an item, where its count stands alone and is right; else none."""
    row = decided.matcher.by_row.get(item.statement.row + step, ())
    counts = [other for other in row if other.is_count]
    if len(counts) != 1 or counts[0].products is not None:
        return []
    meaning = meant(counts[0])
    if meaning is None or meaning.causes or meaning.quantity.role not in ("layer", "layers", "block", "blocks"):
        return []
    return sorted([part for part, _ in meaning.quantity.cover], key=lambda part: part.index)


def _block(part: Part) -> str:
    return part.name.rpartition(".")[0]


def _stage(part: Part) -> str:
    """The first piece of a layer's path: ``layer3`` of ``layer3.0.conv1``."""
    return part.name.partition(".")[0]


def norms_left_out(decided: Decided, item: Item, found: Sum) -> Outcome | None:
    """A right total over right rows that leave out norms which their neighbours include."""
    from netledger.audit.causes.totals import absent_parts

    rows = [part for part, _ in found.parts if part.value]
    meanings = [(part, meaning) for part in rows if (meaning := meant(part)) is not None]
    if not found.whole or len(rows) < 3 or len(meanings) < len(rows) or item.value is None:
        return None
    absent = absent_parts([meaning.quantity for _, meaning in meanings], decided.books)
    including = any(
        part.family == other.family
        for _, meaning in meanings
        if len(meaning.quantity.cover) > 1
        for part, _ in meaning.quantity.cover
        for other in absent
    )
    short = sum([decided.books.count(part) * part.times for part in absent])
    norms = absent and all(part.family in NORMS for part in absent)
    if not norms or not including or found.adds != item.value - short:
        return None
    for part in absent:
        above = [(row, m) for row, m in meanings if len(m.quantity.cover) == 1 and m.quantity.first.index < part.index]
        if above:
            _norm_missing(decided, *max(above, key=lambda entry: entry[1].quantity.first.index), part)
    why = f"the rows add to {found.adds:,}; the total is right, {short:,} more"
    finding = finding_of(item, Cause("terms_do_not_add", why), found.adds, item.value, None)
    return Outcome(item, "wrong", None, why, (finding,), item.value)


def _norm_missing(decided: Decided, row: Item, meaning: Meaning, part: Part) -> None:
    count = decided.books.count(part) * part.times
    why = f"{part.shown} ({count:,}) is left out, while the other rows include their norms"
    expected = meaning.quantity.value + count
    finding = finding_of(row, Cause("missing_norm", why), expected, row.value, meaning.layer)
    decided.outcomes[row.index] = Outcome(row, "wrong", meaning.layer, why, (finding,), expected)


def counts_like_its_siblings(decided: Decided, item: Item, meaning: Meaning) -> bool:
    """Whether a large number beside a label of its kind is short of what lines about other kinds of the same block
    count: ``feed-forward, per layer`` without the biases that ``attention, per layer`` has, or with two of three
    matrices.
    """
    label = decided.matcher.prices.label(item.wording, meaning.quantity)
    if meaning.quantity.role not in KINDS_OF_BLOCK or label >= 0 or item.error or (item.value or 0) < LEAST_TELLING:
        return False
    block = _repeated(meaning.quantity)
    of_biases = any(cause.kind == "missing_bias" for cause in meaning.causes)
    for other in decided.items if block else ():
        told = None if other is item else meant(other)
        if told is not None and not told.causes and told.quantity.role in KINDS_OF_BLOCK:
            biased = not of_biases or any(part.biases for part, _ in told.quantity.cover)
            if _repeated(told.quantity) == block and biased:
                return True
    return False


def _repeated(quantity: Quantity) -> str:
    """The path of the repeated block that a quantity's layers are in; "" where they are in none."""
    return quantity.first.shown.rpartition("*")[0]


KINDS_OF_BLOCK = frozenset(("group", "block"))
"""Roles of what a list of a block's parts has on its lines."""
