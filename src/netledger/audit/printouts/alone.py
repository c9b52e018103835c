"""A printout judged by itself: rows by the rule of their layer, where its sizes stand there, and parents as sums."""

from __future__ import annotations

from netledger.audit.printouts.counts import NOTHING, Counts, Layered, counts_of
from netledger.audit.printouts.formats.cells import product
from netledger.audit.printouts.judged import Said
from netledger.audit.printouts.tree import WHOLE_TYPES, Tree, is_buffer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.printouts.printout import Printout, Row, Sizes


class Settled:
    """A row with what is known of its count: ``low`` to ``high``; ``is_known``: by its layer's rule, not only by what
    is printed; ``is_tested``: whether what it reads is known, so that few counts are usual; ``said``: the verdict,
    where there is one already.
    """

    __slots__ = ("chosen", "high", "is_known", "is_tested", "low", "row", "said")

    def __init__(self, row: Row) -> None:
        self.row = row
        self.low = row.count.low if row.count is not None else 0
        self.high = row.count.high if row.count is not None else 0
        self.is_known = self.is_tested = False
        self.chosen: Layered | None = None
        self.said: Said | None = None

    def know(self, count: int) -> None:
        """Set what it must be."""
        self.low = self.high = count
        self.is_known = True


def settle(printout: Printout) -> list[Settled]:
    """Every row by its own layer's rule."""
    settled = [Settled(row) for row in printout.rows]
    by_name: dict[str, Row] = {}
    above: Row | None = None
    for one in settled:
        row = one.row
        if row.shape is not None:
            _tensor(one)
            continue
        if printout.described is not None:
            _printed_layer(one)
            continue
        reads = _reads(printout, row, by_name, above)
        counts = counts_of(row, reads, _first(printout, row))
        _layer(one, counts)
        by_name[row.name] = row
        if row.makes is not None and (printout.tool != "torchinfo" or not _is_container(printout.rows, row)):
            above = row
    return settled


def _is_container(rows: list[Row], row: Row) -> bool:
    return row.count is None and row.type in WHOLE_TYPES


def _first(printout: Printout, row: Row) -> bool:
    return printout.framework == "pytorch"


def _reads(printout: Printout, row: Row, by_name: dict[str, Row], above: Row | None) -> Sizes | None:
    """What a row reads: as printed, else what the row that it is connected to makes, else the row above."""
    if row.reads is not None:
        return row.reads
    if row.sources:
        found = [by_name[name] for name in _whole_names(row.sources, by_name) if name in by_name]
        if found:
            row.reads = found[0].makes if printout.tool == "keras" else None
            return found[0].makes
        return None
    if printout.tool == "keras" and above is not None and above.depth == row.depth:
        row.reads = above.makes
    return above.makes if above is not None else None


def _whole_names(sources: tuple[str, ...], by_name: dict[str, Row]) -> list[str]:
    """The names of rows; one that was cut off is the nearest row above that begins so."""
    return [
        next((name for name in reversed(by_name) if name.startswith(source[:-1])), source)
        if source.endswith(CUT_OFF)
        else source
        for source in sources
    ]


CUT_OFF = "\u2026"


def _tensor(one: Settled) -> None:
    """A tensor's count is its shape's product."""
    row = one.row
    count = product(row.shape or ())
    if count is None:
        return
    one.know(count)
    if row.count is None:
        return
    if row.count.fits(count):
        one.said = Said(row.count, "right", row.name, "", count)
    else:
        shape = " × ".join([f"{size}" for size in row.shape or ()])
        one.said = Said(row.count, "wrong", row.name, f"{shape} = {count:,}", count, "arithmetic")


def _printed_layer(one: Settled) -> None:
    """A layer whose arguments are printed."""
    row = one.row
    if row.own is None:
        return
    if row.count is not None and not row.count.value and row.own:
        one.said = Said(row.count, "not_checked", None, "frozen, or not counted by the tool")
        return
    one.know(row.own)
    if row.count is not None and row.count.fits(row.own):
        one.said = Said(row.count, "right", row.name, "", row.own)
    elif row.count is not None:
        one.said = Said(row.count, "wrong", row.name, f"its arguments make {row.own:,}", row.own)


def _layer(one: Settled, counts: Counts) -> None:
    row = one.row
    if row.count is None:
        return
    one.chosen = counts.chosen(row)
    one.is_tested = bool(counts.choices) and row.reads is not None
    if one.chosen is not None:
        if one.chosen.count or row.count.is_exact:
            one.is_known = True
            if not row.count.is_exact:
                one.low = one.high = one.chosen.count
            one.said = Said(row.count, "right", row.shown, "", one.chosen.count)
    elif counts.all and counts.choices and counts is not NOTHING:
        best = nearest(row.count.value, counts.values)
        one.know(best)
        why = f"a {row.type} that reads and makes these sizes has {best:,}"
        one.said = Said(row.count, "wrong", row.shown, why, best)


def nearest(value: float, choices: list[int]) -> int:
    """The choice that differs in the fewest digits, of equals the first."""
    text = f"{value}"

    def differs(choice: int) -> float:
        other = f"{choice}"
        if len(other) != len(text):
            return 10 + abs(len(other) - len(text))
        swapped = 0.5 if sorted(other) == sorted(text) else 0
        return sum(a != b for a, b in zip(text, other, strict=True)) - swapped

    return min(choices, key=differs)


class RowSums:
    """The sums of a printout: each parent's parts, and all rows together."""

    def __init__(self, printout: Printout, settled: list[Settled]) -> None:
        self.printout, self.settled = printout, settled
        self.tree = Tree(printout)
        self.holds = False
        """Whether every parent is the sum of its parts."""

    def parents(self) -> list[Said]:
        """A parent that is less than its parts is wrong; one that is more may have tensors of its own."""
        found = []
        for i in sorted(self.tree.parts, reverse=True):
            parent = self.settled[i]
            parts = [self.settled[k] for k in self.tree.parts[i]]
            low, high = self._sum(parts)
            known = all(part.is_known for part in parts)
            if parent.row.count is None:
                parent.low, parent.high, parent.is_known = low, high, known
                continue
            if overlaps(parent, low, high):
                parent.is_known = known
                if known and low == high:
                    parent.know(int(low))
                found.append(
                    Said(parent.row.count, "right" if known else "adds_up", parent.row.shown, "", _one(low, high))
                )
            elif (parent.high < low and not self._ties(parts, parent.low, parent.high)) or (
                self._is_whole(parent) and parent.low > high
            ):
                found.append(self._too_small(parent, low, high, known))
            else:
                why = "more than its parts: it may have tensors of its own"
                found.append(Said(parent.row.count, "not_checked", parent.row.shown, why))
        return found

    def _is_whole(self, parent: Settled) -> bool:
        """Whether a parent has nothing but its parts: fvcore shows a module's own tensors among them."""
        return parent.row.type in WHOLE_TYPES or self.printout.tool == "fvcore"

    def _too_small(self, parent: Settled, low: float, high: float, known: bool) -> Said:
        number = parent.row.count
        assert number is not None
        expected = _one(low, high)
        parent.low, parent.high = low, high
        shown = f"{expected:,}" if expected is not None else "another sum"
        return Said(number, "wrong", parent.row.shown, f"its parts add to {shown}", expected, "wrong_sum")

    @staticmethod
    def _sum(parts: list[Settled]) -> tuple[float, float]:
        return sum([part.low for part in parts]), sum([part.high for part in parts])

    @staticmethod
    def _ties(parts: list[Settled], low: float, high: float) -> bool:
        """Whether parts without one that has an embedding's weights add to it."""
        return any(
            sum([p.low for p in parts if p is not tied]) <= high
            and low <= sum([p.high for p in parts if p is not tied])
            for tied in ties(parts)
        )

    def all(self) -> list[tuple[float, float]]:
        """What the rows add to: the sum, and the other sums that a tool or a person may give for them."""
        tops = [self.settled[i] for i in self.tree.tops if not self.settled[i].row.again]
        sums = [self._sum([one for one in tops if not is_buffer(one.row)])]
        if any(is_buffer(one.row) for one in tops):
            sums.append(self._sum(tops))
        for tied in ties(tops):
            sums.append(self._sum([one for one in tops if one is not tied and not is_buffer(one.row)]))
        return sums


def overlaps(one: Settled, low: float, high: float) -> bool:
    """Whether a row may be what its parts add to."""
    return one.low <= high and low <= one.high


def ties(rows: list[Settled]) -> list[Settled]:
    """Rows that may share an embedding's weights: a later matrix just as large."""
    tables = [
        one
        for one in rows
        if "emb" in f"{one.row.type} {one.row.name}".lower() or one.row.name.endswith(("wte.weight", "shared.weight"))
    ]
    return [
        one
        for one in rows
        if (one.row.type.lower().endswith("linear") or one.row.name.rpartition(".")[2] == "weight")
        and not ("emb" in one.row.name.lower() and one.row.type != "Linear")
        and (
            any(overlaps(one, table.low, table.high) for table in tables if table is not one)
            or (one.row.shape is None and one.row.name.rpartition(".")[2] in HEADS)
        )
    ]


HEADS = ("lm_head", "head", "decoder", "output", "proj_out", "predictions", "lm")
"""Names of a layer that often shares an embedding's weights, though the embedding itself has no row."""


def _one(low: float, high: float) -> int | None:
    return int(low) if low == high else None
