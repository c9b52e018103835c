"""Lines to blame for a total that is right as a sum: what the network does not have, or has only once."""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.causes.cause import Cause
from netledger.audit.causes.groups import tied_tables
from netledger.audit.causes.subtotals import in_one_block, leaves_out
from netledger.audit.causes.totals import kind_of, names_of
from netledger.audit.matching.books.categories import NORMS
from netledger.audit.matching.items.meaning import meant
from netledger.audit.verdict.lines.parameterless import called_pooling, of_nothing
from netledger.audit.verdict.outcome import Outcome, called_wrong, stated_node
from netledger.audit.verdict.summing.totals import carries
from netledger.audit.weights import SHARED_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from netledger.audit.causes.subtotals import Short
    from netledger.audit.matching.books.parts import Part
    from netledger.audit.matching.books.quantities import Quantity
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.sums import Sum
    from netledger.audit.reading.tokens.tokenizing import Value
    from netledger.audit.verdict.decided import Decided


def blamed_for(decided: Decided, found: Sum, excess: Value) -> list[Outcome]:
    """The lines of a sum that count so much too much, now called wrong; none where nothing is known to."""
    strange, adds = strange_parts(decided, found)
    if strange and adds == excess:
        return [_of_no_layer(decided, part) for part in strange]
    tied = [(part, owner) for part, owner in tied_tables(decided.books) if owner.full == excess]
    line = _line_of_tied(decided, found, *tied[0]) if tied else _counted_before(decided, found, excess)
    return [line] if line is not None else []


def _counted_before(decided: Decided, found: Sum, excess: Value) -> Outcome | None:
    """The line of a sum that is about the very layer of a line above, whose name it does not have, and is all that is
    too much: a third norm of two.
    """
    owners: dict[int, Item] = {}
    said = sum(1 for line, _ in found.parts if line.value == excess)
    for line, _ in found.parts:
        meaning = meant(line)
        if meaning is None or meaning.causes or len(meaning.quantity.cover) != 1 or line.value != excess:
            continue
        part = meaning.quantity.first
        before = owners.setdefault(id(part), line)
        like = sum(1 for other in decided.books.weighted if other.full == part.full and other.family == part.family)
        if before is not line and part.times == 1 and said > like:
            cause = Cause("extra_layer", f"line {before.line_no} counts {part.shown} already", stated_node(line), "0")
            return _blame(decided, line, cause, 0, None)
    return None


def strange_parts(decided: Decided, found: Sum) -> tuple[list[Item], Value]:
    """The lines of a sum that fit nothing in the network, and what they add up to."""
    strange = [
        part
        for part, _ in found.parts
        if (outcome := decided.outcomes.get(part.index)) is not None
        and outcome.verdict in ("adds_up", "not_checked")
        and part.fault is None
        and part.index not in decided.sums
    ]
    return strange, sum([part.value for part in strange if part.value is not None])


def _of_no_layer(decided: Decided, part: Item) -> Outcome:
    kind, why = "extra_layer", "the network has no such layer"
    if called_pooling(part):
        kind, why = of_nothing(part), "a layer like this has no parameters"
    cause = Cause(kind, why, part.node or stated_node(part), "0")
    return _blame(decided, part, cause, 0, None)


def _line_of_tied(decided: Decided, found: Sum, tied: Part, owner: Part) -> Outcome | None:
    """The second line that counts a shared table: the one that its label calls by the other layer's name."""
    lines = []
    for part, _ in found.parts:
        meaning = meant(part)
        if meaning is not None and any(one is owner for one, _ in meaning.quantity.cover) and part.value:
            lines.append(part)
    if len(lines) < 2:
        return None
    named = [line for line in lines if decided.matcher.labels.by_name(line.wording, tied) < 0]
    line = named[-1] if named else lines[-1]
    value = line.value
    assert value is not None
    why = f"{tied.shown} shares the table of {owner.shown}: its {owner.full:,} values count once"
    left = value - owner.full
    cause = Cause("tied_embeddings_double_counted", why, line.node or stated_node(line), f"{left:,}")
    return _blame(decided, line, cause, left, tied.shown)


def lines_short_of(decided: Decided, found: Sum, short: Short) -> tuple[list[Outcome], list[Part]]:
    """The lines of a subtotal that leave out what their labels speak of, now called wrong; and what none speaks of."""
    left, blamed = short.absent, []
    for part, _ in found.parts:
        meaning = meant(part)
        if meaning is None or meaning.causes or not left:
            continue
        quantity = in_one_block(meaning.quantity, short.quantity)
        own = left if leaves_out(part, quantity, left) else [one for one in left if leaves_out(part, quantity, [one])]
        if not own:
            continue
        left = [one for one in left if one not in own]
        expected = quantity.value + sum([decided.books.count(one) * quantity.cover[0][1] for one in own])
        why = short.why if own is short.absent else f"no line counts {names_of(own)}"
        cause = Cause(kind_of(own), why, part.node or stated_node(part), f"{expected:,}")
        blamed.append(_blame(decided, part, cause, expected, None))
    return blamed, left


def line_short_of_parts(decided: Decided, found: Sum, absent: list[Part]) -> Outcome | None:
    """The line of a total that should count what no line counts, now called wrong: the one layer without its norm,
    or the second of two that count the same block.
    """
    meanings = [(part, meaning.quantity) for part, _ in found.parts if (meaning := meant(part)) is not None]
    return (
        _without_its_norm(decided, meanings, absent)
        or _said_again(decided, meanings, absent)
        or _without_its_twin(decided, meanings, absent)
        or _leaving_out(decided, meanings, absent)
    )


def _without_its_twin(decided: Decided, meanings: list[tuple[Item, Quantity]], absent: list[Part]) -> Outcome | None:
    """``latent: 32*6 + 6`` of two heads side by side, mean and variance: the line about one of them that has not its
    own name, where the other is all that is absent.
    """
    if len(absent) != 1 or not absent[0].full:
        return None
    twin, label = absent[0], decided.matcher.labels
    for line, quantity in meanings:
        part, alone = quantity.first, len(quantity.cover) == 1 and quantity.role == "layer"
        alike = alone and abs(part.index - twin.index) == 1 and part.terms == twin.terms and part.seen != part.out
        if not alike or not decided.is_right(line) or label.by_name(line.wording, part) <= SHARED_NAME:
            continue
        expected = quantity.value + decided.books.count(twin) * twin.times
        why = f"that is {part.shown} alone: {twin.shown} beside it has {twin.written()} too"
        cause = Cause("missing_layer", why, line.node or stated_node(line), f"{expected:,}")
        return _blame(decided, line, cause, expected, None)
    return None


def _leaving_out(decided: Decided, meanings: list[tuple[Item, Quantity]], absent: list[Part]) -> Outcome | None:
    """``attention: W_Q, W_K, W_V``: the line whose label speaks of the whole of what is absent too."""
    for line, quantity in meanings if absent else ():
        if not decided.is_right(line) or not leaves_out(line, quantity, absent):
            continue
        times = quantity.cover[0][1]
        expected = quantity.value + sum([decided.books.count(part) * times for part in absent])
        cause = Cause(
            kind_of(absent), f"{names_of(absent)} is left out", line.node or stated_node(line), f"{expected:,}"
        )
        return _blame(decided, line, cause, expected, None)
    return None


def lines_without_biases(decided: Decided, found: Sum, missing: Value) -> list[Outcome]:
    """The lines of a total that count a layer's weights alone, where their biases are all that is missing, now called
    wrong. Subtotals on the way, so often as the total has them, carry it: then the uppermost of these are told.
    """
    if not decided.blames or not decided.books.bias or missing <= 0:
        return []
    half = _half_a_norm(decided, found, missing)
    if half is not None:
        return [half]
    short: dict[int, Value] = {}
    weights: dict[int, tuple[Item, Quantity, Value]] = {}
    for number, (line, often, above) in enumerate(_through(decided, found, 1, ())):
        if number > MOST_THROUGH:
            return []
        meaning = meant(line)
        if not decided.is_right(line) or meaning is None or meaning.causes or meaning.quantity.role != "weights":
            continue
        missed = sum([part.biases * times for part, times in meaning.quantity.cover])
        weights[line.index] = line, meaning.quantity, missed
        for index, many in (*above, (WHOLE, often)):
            short[index] = short.get(index, 0) + missed * many
    if short.pop(WHOLE, 0) != missing:
        return []
    below = [
        _blame(
            decided, line, Cause("missing_bias", f"{q.what} alone: the {biases:,} biases are missing", line.node),
            q.value + biases, q.first.shown if len(q.cover) == 1 else None,
        )
        for line, q, biases in weights.values()
    ]  # fmt: skip
    for index in sorted(short):
        subtotal = decided.items[index]
        true = (subtotal.value or 0) + short[index]
        below = [carries(subtotal, below, true)]
        decided.outcomes[index] = below[0]
    return below


WHOLE = -1
"""The total itself among its subtotals, which are known by their index."""


def _through(
    decided: Decided, found: Sum, often: int, above: tuple[tuple[int, int], ...]
) -> Iterator[tuple[Item, int, tuple[tuple[int, int], ...]]]:
    """Every line that a total adds up, through subtotals: how often, and how often each subtotal above has it."""
    for part, times in found.parts:
        below = decided.sums.get(part.index)
        if below is None or not below.parts or len(above) > MOST_NESTED:
            yield part, often * times, tuple([(index, n * times) for index, n in above])
        else:
            inner = tuple([(index, n * times) for index, n in above])
            yield from _through(decided, below, often * times, (*inner, (part.index, 1)))


MOST_NESTED = 6
"""Subtotals one inside the other."""
MOST_THROUGH = 2000
"""Lines that a total is followed down to; sums of sums of sums may name one line a million times."""


def _half_a_norm(decided: Decided, found: Sum, missing: Value) -> Outcome | None:
    """``(+ BN 128)``: the line of a total that counts a norm's gains or its shifts, where the others are missing."""
    for line, _ in found.parts:
        meaning = meant(line)
        if meaning is None or meaning.causes or meaning.quantity.role != "biases" or not _is_norm(meaning.quantity):
            continue
        named = set(line.wording.layers) & set(NORMS)
        part = next((part for part, _ in meaning.quantity.cover if part.full - missing == line.value), None)
        if named and part is not None and line.value:
            why = f"{part.shown} has a gain and a shift for each of its {part.biases:,} channels"
            cause = Cause("wrong_value", why, stated_node(line), f"{part.full:,}")
            return _blame(decided, line, cause, part.full, None)
    return None


def _without_its_norm(decided: Decided, meanings: list[tuple[Item, Quantity]], absent: list[Part]) -> Outcome | None:
    """``project: 144*24`` below lines that count each convolution with its norm."""
    if len(absent) != 1 or absent[0].family not in NORMS:
        return None
    norm, weighted = absent[0], decided.books.weighted
    beside = {line.statement.row for line, quantity in meanings if _is_norm(quantity)}
    normed = [quantity.role == "normed" or line.statement.row in beside for line, quantity in meanings]
    if sum(with_norm and not _is_norm(q) for with_norm, (_, q) in zip(normed, meanings, strict=True)) < LEAST_NORMED:
        return None
    before = [part for part, following in pairwise(weighted) if following is norm and part.times == norm.times]
    for (line, quantity), with_norm in zip(meanings, normed, strict=True):
        if before and [part for part, _ in quantity.cover] == before and not with_norm:
            expected = quantity.value + decided.books.count(norm) * quantity.cover[0][1]
            why = f"{norm.shown} is missing, which the other lines count with their layers"
            cause = Cause("missing_norm", why, stated_node(line), f"{expected:,}")
            return _blame(decided, line, cause, expected, before[0].shown)
    return None


def _is_norm(quantity: Quantity) -> bool:
    return len(quantity.cover) == 1 and quantity.first.family in NORMS


LEAST_NORMED = 2
"""Lines that count a layer with its norm, before one without is a slip."""


def _said_again(decided: Decided, meanings: list[tuple[Item, Quantity]], absent: list[Part]) -> Outcome | None:
    """The second of two lines about one block, where a block of the same layers has none."""
    if len(absent) < LEAST_OF_BLOCK or len({part.name.rpartition(".")[0] for part in absent}) != 1:
        return None
    families = [part.family for part in absent]
    for (_, first), (line, second) in pairwise(meanings):
        cover = [part for part, _ in second.cover]
        if first.value != second.value or [part for part, _ in first.cover] != cover:
            continue
        if [part.family for part in cover] == families and line.value == second.value:
            expected = sum([decided.books.count(part) * part.times for part in absent])
            block, own = absent[0].name.rpartition(".")[0], cover[0].name.rpartition(".")[0]
            reads = all((a.out == b.out or a.out == a.seen) for a, b in zip(absent, cover, strict=True))
            kind = "wrong_in_channels" if reads else "wrong_value"
            cause = Cause(kind, f"that is {own} again: {block} has {expected:,}", stated_node(line), f"{expected:,}")
            return _blame(decided, line, cause, expected, block)
    return None


LEAST_OF_BLOCK = 2
"""Layers that make a block."""


def _blame(decided: Decided, line: Item, cause: Cause, expected: Value, layer: str | None) -> Outcome:
    """Call a line wrong that was called right before."""
    outcome = decided.outcomes[line.index] = called_wrong(line, (cause,), expected, layer)
    return outcome


def covered_by(decided: Decided, parts: Iterable[tuple[Item, int]]) -> list[Quantity] | None:
    """What the lines of a sum are about, through subtotals; ``None`` where one of them is about nothing known."""
    found: list[Quantity] = []
    for part, times in parts:
        if not part.value:
            continue
        meaning = meant(part)
        inner = [meaning.quantity] if meaning is not None else _covered_by_sums(decided).get(part.index)
        if inner is None:
            return None
        found.extend([_times(quantity, times) for quantity in inner])
        if len(found) > MOST_THROUGH:
            return None
    return found


def _covered_by_sums(decided: Decided) -> dict[int, list[Quantity]]:
    """The same of every sum, worked out once, from the first one on: a total may repeat one that repeats another."""
    if decided.covered is None:
        decided.covered = {}
        for index in sorted(decided.sums):
            below = decided.sums[index]
            inner = covered_by(decided, below.parts) if below.parts else None
            if inner is not None:
                decided.covered[index] = inner
    return decided.covered


def _times(quantity: Quantity, times: int) -> Quantity:
    """A quantity so many times over."""
    if times == 1:
        return quantity
    cover = tuple([(part, n * times) for part, n in quantity.cover])
    return quantity.replace(value=quantity.value * times, cover=cover, terms=())
