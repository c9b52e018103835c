"""Totals as a graph over the lines: what each total adds up, what should stand there, and what it only carries on.

A total is judged by itself first: it may be right though a line is wrong. Otherwise it carries the faults of the lines
that it adds up, or it is the wrong sum of right lines, or it leaves out what no line accounts for.
"""

from __future__ import annotations

from itertools import combinations, pairwise

from netledger.audit.matching.summands import (
    is_counted,
    is_half,
    is_lost_in,
    is_of_several,
    is_passing,
    is_piece,
    is_roughly_all,
    is_size_beside,
    is_small,
    is_step,
    is_worked_out,
    sizes_by_row,
)
from netledger.audit.reading.tokens.words import is_total
from netledger.audit.weights import LEAST_TELLING
from netledger.audit.words import NETWORK, TOTAL, TOTAL_STARTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from netledger.audit.matching.items.item import Item
    from netledger.audit.reading.tokens.tokenizing import Value

SEVERAL = frozenset(("block", "blocks", "group", "total", "run", "union", "named"))
"""Roles of several layers, which lines above may add up to."""
LEAST_SUMMED = 100
"""A smaller number is the sum of lines above by chance, where nothing is worked out."""
MULTIPLE_OF = 1000
"""A smaller value has multiples by chance."""
ROUGHLY = 0.005
"""How far a rounded line may be off, as a share, that is looked for as the sum of those above it."""
MOST_REPEATS = 128
"""Of a block, when a line is taken for the sum of another one."""
MOST_COMPARED = 60
MOST_TOPS = 2_000
"""Lines that one total is tried to add up."""


class Sum:
    """A total: the lines that it adds up, each so many times; ``whole``: whether it is about the whole network."""

    __slots__ = ("item", "parts", "whole")

    def __init__(self, item: Item, parts: list[tuple[Item, int]], whole: bool) -> None:
        self.item, self.parts, self.whole = item, parts, whole

    @property
    def adds(self) -> Value:
        """What its lines add up to, as they are claimed."""
        return sum([part.value * times for part, times in self.parts if part.value is not None])

    @property
    def error(self) -> float:
        """How far rounded lines may be off together."""
        return sum([part.error * times for part, times in self.parts])


class Sums:
    """Finds the sums of a text."""

    def __init__(self, items: list[Item], repeats: Iterable[int] = ()) -> None:
        """``repeats``: how often anything in the network is repeated."""
        self.repeats = {times for times in repeats if times > 1}
        counts = [item for item in items if item.is_count and item.value is not None]
        sizes = sizes_by_row(counts)
        counts = [item for item in counts if not is_size_beside(item, sizes)]
        self.items = [item for item in counts if item.wording.layers != ["flatten"]]
        self.small = [item for item in items if is_small(item)]
        self.pieces = {item.index for item in self.items if is_piece(item)}
        self.counts = {item.index for item in self.items if is_counted(item)}
        self.steps = {item.index for item in self.items if is_step(item)}
        self.halves = {item.index for item, following in pairwise(self.items) if is_half(item, following)}
        self.tops: list[Item] = []
        self.found: dict[int, Sum] = {}
        self.totals: dict[Value, Item] = {}
        self.worked: list[Item] = []
        """The lines so far that work something out."""

    def run(self) -> dict[int, Sum]:
        """``index of an item → its sum``."""
        for item in self.items:
            if not any(way(self, item) for way in WAYS):
                self.tops.append(item)
            if item.statement.is_total and item.value is not None:
                self.totals[item.value] = item
            if is_worked_out(item):
                self.worked.append(item)
        self._nested()
        return self.found

    def _says_so(self, item: Item) -> bool:
        """What a line tells of itself: the lines that it refers to, or that it is a total."""
        if item.refers:
            self._take(item, item.refers)
            return True
        if not item.statement.is_total:
            return False
        if item.products is None:
            self._total(item)
        elif item.value in self.totals:
            self._take(item, [(self.totals[item.value], 1)])
        elif item.fault is not None:
            self.found[item.index] = Sum(item, [], self._is_whole(item))
        else:
            return False
        return True

    def _nested(self) -> None:
        """A total that a later one adds to other lines is no total of the whole network."""
        for found in reversed(list(self.found.values())):
            if not found.whole:
                continue
            waiting = [part for part, times in found.parts if len(found.parts) > 1 or times > 1]
            while waiting:
                below = self.found.get(waiting.pop().index)
                if below is not None and below is not found and below.item.value != found.item.value:
                    below.whole = False
                    waiting.extend([part for part, _ in below.parts])

    def _take(self, item: Item, parts: list[tuple[Item, int]]) -> None:
        taken = {id(part) for part, _ in parts}
        self.tops = [top for top in self.tops if id(top) not in taken]
        self.tops.append(item)
        self.found[item.index] = Sum(item, parts, self._is_whole(item))

    def _is_model(self, item: Item) -> bool:
        """``model | 6,427,592`` below the lines that it adds up."""
        label = item.statement.label
        if item.products is not None or item.error or len(label) != 1 or label[0].lower() not in NETWORK:
            return False
        for chosen in self._choices(item, self.tops[-MOST_TOPS:]):
            if len(chosen) > 1 and _sum_of(chosen) == item.value:
                self._take(item, [(part, 1) for part in chosen])
                self.found[item.index].whole = True
                return True
        return False

    def _multiplies_lines(self, item: Item) -> bool:
        """``layer  60,821,504 x 16``: what the lines right above add up to, so many times over."""
        leaves = item.products[0].leaves if item.products is not None and len(item.products) == 1 else ()
        if len(leaves) != 2 or not self.tops:
            return False
        big, times = sorted(leaves, key=lambda leaf: -leaf.value)
        if big.value < MULTIPLE_OF or not isinstance(times.value, int) or not 1 < times.value <= MOST_REPEATS:
            return False
        chosen = next(_run_that_adds(self.tops, big.value, big.error), [])
        if len(chosen) > 1:
            self._take(item, [(part, times.value) for part in chosen])
        return len(chosen) > 1

    def _said_before(self, item: Item) -> bool:
        """A number alone that only says what the line above works out."""
        if item.products is not None or item.statement.label or not self.tops or item.right is not None:
            return False
        above = self.tops[-1]
        if above.works_out != item.value or above.stated is not None or item.value is None or item.value < 100:
            return False
        self.found[item.index] = Sum(item, [(above, 1)], False)
        return True

    def _last_line(self, item: Item) -> bool:
        """A number alone that is the sum of all lines above it."""
        if item.products is not None or not self.tops or not item.value or item.error > ROUGHLY * item.value:
            return False
        if item.value < LEAST_SUMMED and not self.worked:
            return False  # user 3 below users 1 and 2 adds nothing up
        right = item.right
        labelled = bool(item.statement.label)
        if right is not None and not (right.quantity.role in SEVERAL or (labelled and is_of_several(right))):
            return False
        if labelled or item.error:
            return labelled and self._of_lines_above(item)
        if item.right is not None:
            return self._repeats_line_above(item)
        if self._repeats_total_above(item):
            return True
        if not self._reachable(item):
            return False
        for chosen in self._choices(item, self.tops[-MOST_TOPS:]):
            if len(chosen) > 1 and _sum_of(chosen) == item.value:
                self._take(item, [(part, 1) for part in chosen])
                self.found[item.index].whole = item is self.items[-1]
                return True
        return False

    def _reachable(self, item: Item) -> bool:
        """Whether two or more of the lines above can add up to a number: at least the two least of them, at most all
        that are there, or that work something out.

        Lists of thousands of numbers are judged so without trying each number as the sum of those above it.
        """
        values = [top.value for top in self.tops[-MOST_TOPS:] if top.value is not None]
        if len(values) < 2 or item.value is None or min(values) < 0:
            return len(values) > 1
        return sum(sorted(values)[:2]) <= item.value <= max(sum(values), _sum_of(self.worked))

    def _repeats_total_above(self, item: Item) -> bool:
        """``x 24 | 220,308,480`` below the sum of one of 24 blocks, of which it is the whole then."""
        above = self.tops[-1]
        times = _how_often(above, item)
        if not above.statement.is_total or times not in self.repeats:
            return False
        self._take(item, [(above, times)])
        self.found[item.index].whole = item is self.items[-1]
        return True

    def _repeats_line_above(self, item: Item) -> bool:
        """``x 6 | 18,914,304`` below the block that is there six times."""
        above = self.tops[-1]
        told, each, times = item.right, above.right, _how_often(above, item)
        if told is None or each is None or times < 2:
            return False
        if [part for part, _ in told.quantity.cover] != [part for part, _ in each.quantity.cover]:
            return False
        self._take(item, [(above, times)])
        return True

    def _of_lines_above(self, item: Item) -> bool:
        """``one layer: 181,760`` below its parts; ``3 layers: 545,280`` below the layer."""
        value, above = item.value, self.tops[-1]
        said = [int(word) for word in item.statement.label if word.isdigit() and 1 < int(word) <= MOST_REPEATS]
        repeated = self.repeats if above.value and above.value >= MULTIPLE_OF else ()
        telling = above.value is not None and above.error <= ROUGHLY * above.value
        for times in (*said, *repeated) if telling else ():
            if value and above.value and abs(above.value * times - value) <= item.error + above.error * times:
                self._take(item, [(above, times)])  # "all blocks | × 8 | 6,309,888"
                return True
        for chosen in _run_that_adds(self.tops, value, item.error):
            if len(chosen) > 1:
                self._take(item, [(part, 1) for part in chosen])
                return True
        return False

    def _is_whole(self, item: Item) -> bool:
        of_something = any(is_total(w) and not names_total(w) for w in item.statement.label)
        label = item.statement.label
        model = len(label) == 1 and label[0].lower() in NETWORK and len(item.refers) > 1
        parts = bool(item.wording.inner_families) or item.wording.of == "biases"
        return (item.statement.is_total or model) and not parts and not of_something

    def _total(self, item: Item) -> None:
        """A total that only states a number: it adds up the lines above, of its section or of all."""
        value = item.value
        assert value is not None
        if value in self.totals:
            self._take(item, [(self.totals[value], 1)])
            return
        if self.tops and not item.statement.label and not item.error and self._repeats_total_above(item):
            return
        tops = [top for top in self.tops[-MOST_TOPS:] if not is_roughly_all(top) and not is_lost_in(item, top)]
        for chosen in self._choices(item, tops):
            error = item.error + sum([part.error for part in chosen])
            if chosen and any(abs(adds - value) <= error for adds in _sums_of(chosen)):
                self._take(item, [(part, 1) for part in chosen])
                if len(chosen) < len(tops) and all(part.statement.row == item.statement.row for part in chosen):
                    self.found[item.index].whole = False
                return
        rest = [top for top in tops if top.index not in self.pieces and top.index in self.counts]
        without = self._without_sizes(item, rest)
        if without:
            self._take(item, [(part, 1) for part in without])
            return
        whole = self._is_whole(item)
        self._take(item, [(part, 1) for part in rest] if len(rest) > 1 and whole else [])

    def _without_sizes(self, item: Item, tops: list[Item]) -> list[Item]:
        """The lines of an exact total without a few numbers in passing that are sizes: ``49 patches; width 512``."""
        if item.error or not item.value or item.value < LEAST_TELLING or len(tops) > MOST_COMPARED:
            return []
        small = [other for other in self.small if other.index < item.index and other.value]
        every = sorted([*tops, *small], key=lambda part: part.index)
        excess = sum([part.value or 0 for part in every]) - item.value
        passing = [part for part in every if part.value and part.value < MULTIPLE_OF and is_passing(part)]
        for count in range(1, min(MOST_PASSING, len(passing)) + 1):
            for left_out in combinations(passing, count):
                if sum([part.value or 0 for part in left_out]) == excess:
                    taken = {id(part) for part in left_out}
                    return [part for part in every if id(part) not in taken]
        return []

    def _choices(self, item: Item, tops: list[Item]) -> Iterator[list[Item]]:
        row = [top for top in tops if top.statement.row == item.statement.row]
        if len(row) > 1:
            yield row
        yield tops
        plain = [top for top in tops if top.index not in self.pieces]
        yield plain
        yield [top for top in plain if top.index in self.counts]
        yield [top for top in tops if top.products is not None and top.stated is not None]
        if not item.error and item.value is not None and item.value >= LEAST_TELLING:
            yield list(self.worked)
        section = [top for top in tops if top.statement.section == item.statement.section]
        if len(section) != len(tops):
            yield section
        yield [top for top in tops if top.index not in self.steps]
        yield [top for top in tops if top.index not in self.halves]
        yield from _run_that_adds(tops, item.value, item.error)
        totals = [top for top in tops if top.statement.is_total]
        if totals:
            yield totals
            small = [other for other in self.small if other.index < item.index]
            if small:
                yield [*totals, *small]  # "logit_scale  1" beside the sums of both towers
            after = max(i for i, top in enumerate(tops) if top.statement.is_total)
            yield tops[after + 1 :]


WAYS: tuple[Callable[[Sums, Item], bool], ...] = (
    Sums._says_so, Sums._said_before, Sums._multiplies_lines, Sums._is_model, Sums._last_line,
)  # fmt: skip
"""How a line may be a sum of lines above, in the order in which they are tried."""


def names_total(word: str) -> bool:
    """Whether a word says total and nothing else; one that only ends so is some layers' total."""
    lower = word.lower().strip("_-#:*")
    return lower in TOTAL or lower.startswith(TOTAL_STARTS)


def _run_that_adds(tops: list[Item], value: Value | None, error: float) -> Iterator[list[Item]]:
    """The lines right above that add up to a total."""
    adds: Value = 0
    for i in range(len(tops) - 1, -1, -1):
        adds += tops[i].value or 0
        if value is not None and abs(adds - value) <= error:
            yield tops[i:]
            return


def is_nested(parts: list[tuple[Item, int]]) -> bool:
    """Whether some line is a multiple of another one: a listing of parts and of their sums, which do not add up."""
    values = sorted({int(part.value) for part, _ in parts if part.value and part.value >= MULTIPLE_OF}, reverse=True)
    return any(
        big % small == 0 and 1 < big // small <= MOST_REPEATS
        for i, big in enumerate(values[:MOST_COMPARED])
        for small in values[i + 1 : MOST_COMPARED]
    )


def _how_often(one: Item, several: Item) -> int:
    """How many times a line's value makes another one's; 0 where it does not."""
    if not one.value or several.value is None or several.value % one.value:
        return 0
    return int(several.value // one.value)


MOST_PASSING = 3
"""Numbers in passing among the lines of one total."""


def _sums_of(parts: list[Item]) -> Iterator[Value]:
    """What lines add up to as they are printed; and with what they work out, where a result is a slip of the pen."""
    yield _sum_of(parts)
    if any(part.fault is not None for part in parts):
        yield sum([part.works_out for part in parts if part.works_out is not None])


def _sum_of(items: list[Item]) -> Value:
    return sum([item.value for item in items if item.value is not None])
