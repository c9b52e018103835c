"""Two ledgers → what differs, layer by layer, and why; several → a matrix.

>>> comparison = compare("alexnet", "alexnet/ungrouped")
>>> comparison.difference("parameters")
1413120
>>> print(comparison.row("conv2").reason)
groups 2 → 1, each filter sees 96 instead of 48 channels: +307,200 weights
>>> [row.parameters for row in comparison.rows if row.parameters]
[307200, 663552, 442368]
"""

from __future__ import annotations

from netledger.compare.alignment import aligned
from netledger.compare.reasons import changes_of, effects_of, moved
from netledger.compare.units import Unit, units_of
from netledger.compare.views import ComparisonViews
from netledger.errors import NotFoundError, UsageError, nearest
from netledger.ledger import Ledger, keep_books
from netledger.records import Record
from netledger.unknown import Unknown, added

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.compare.reasons import LayerChange
    from netledger.unknown import Number

__all__ = ["Comparison", "Pair", "Row", "compare", "compare_ledgers"]

TOTALS = ("parameters", "weights", "biases", "trainable", "buffers", "macs", "neurons", "bytes")
"""The totals that are compared, by their names in ``Ledger.totals``."""


class ComparisonRow(Record):
    """One layer of the left network against its counterpart on the right; ``None`` where it has none.

    - ``changes``: what differs in what the layer is: attribute, value before and after, and the words for it.
    - ``weights``, ``biases``, ``macs``, ``buffers``: right minus left; Unknown where either is.
    """

    __slots__ = ("left", "right", "changes", "weights", "biases", "macs", "buffers")
    left: Unit | None
    right: Unit | None
    changes: tuple[LayerChange, ...]
    weights: int | Unknown
    biases: int | Unknown
    macs: int | Unknown
    buffers: int | Unknown

    def __init__(
        self,
        left: Unit | None,
        right: Unit | None,
        changes: tuple[LayerChange, ...],
        weights: int | Unknown,
        biases: int | Unknown,
        macs: int | Unknown,
        buffers: int | Unknown,
    ) -> None:
        self._fill(left, right, changes, weights, biases, macs, buffers)

    @property
    def name(self) -> str:
        """The layer's name on the left, or on the right where the left has none."""
        unit = self.left or self.right
        return unit.name if unit is not None else ""

    @property
    def parameters(self) -> int | Unknown:
        """Weights and biases, right minus left."""
        return added(self.weights, self.biases)

    @property
    def same(self) -> bool:
        """Whether the layers are the same but for their names; what neither side knows is no difference."""
        return self.left is not None and self.right is not None and not self.changes and not any(self._effects())

    @property
    def reason(self) -> str:
        """What differs, in words, and what comes of it, in numbers; empty where nothing does."""
        words = ", ".join([change.words for change in self.changes])
        effects = ", ".join(effects_of(*self._effects()))
        return ": ".join([part for part in (words, effects) if part])

    def _effects(self) -> list[int | Unknown]:
        """Weights, biases, MACs and buffers, right minus left; 0 where both sides are Unknown for the same reason."""
        found: list[int | Unknown] = []
        for name in ("weights", "biases", "macs", "buffers"):
            before, after = getattr(self.left, name, 0), getattr(self.right, name, 0)
            found.append(0 if isinstance(before, Unknown) and before == after else getattr(self, name))
        return found


class Pair(Record):
    """Two ledgers, their layers matched in order: ``rows`` holds every layer of both once."""

    __slots__ = ("left", "right", "rows")
    left: Ledger
    right: Ledger
    rows: tuple[ComparisonRow, ...]

    def __init__(self, left: Ledger, right: Ledger, rows: tuple[ComparisonRow, ...]) -> None:
        self._fill(left, right, rows)

    def __hash__(self) -> int:
        return hash((self.left, self.right))

    def difference(self, total: str) -> int | Unknown:
        """Right minus left of a total: ``parameters``, ``macs``, ``neurons``, …; Unknown where either holds one."""
        if total not in TOTALS:
            raise NotFoundError(f"no total '{total}'", near=nearest(total, TOTALS))
        before: Number = getattr(self.left.totals, total)
        after: Number = getattr(self.right.totals, total)
        return after - before

    @property
    def changed(self) -> tuple[ComparisonRow, ...]:
        """The rows that differ."""
        return tuple([row for row in self.rows if not row.same])


class Comparison(ComparisonViews, Record):
    """Two networks or more: ``pairs`` holds the first against each other one, ``ledgers`` all of them.

    ``rows``, ``row`` and ``difference`` are about the first pair.
    """

    __slots__ = ("ledgers", "pairs")
    ledgers: tuple[Ledger, ...]
    pairs: tuple[Pair, ...]

    def __init__(self, ledgers: tuple[Ledger, ...], pairs: tuple[Pair, ...]) -> None:
        self._fill(ledgers, pairs)

    def __hash__(self) -> int:
        return hash(self.ledgers)

    @property
    def rows(self) -> tuple[ComparisonRow, ...]:
        """The layers of the first two networks, matched."""
        return self.pairs[0].rows

    def row(self, path: str) -> ComparisonRow:
        """The row of a layer, by its path in either of the first two networks."""
        for row in self.rows:
            if any(unit is not None and path in unit.paths for unit in (row.left, row.right)):
                return row
        paths = [path for row in self.rows for unit in (row.left, row.right) if unit for path in unit.paths]
        raise NotFoundError(f"no layer '{path}' in either network", near=nearest(path, paths))

    def difference(self, total: str) -> int | Unknown:
        """Second minus first of a total: ``parameters``, ``macs``, ``neurons``, …"""
        return self.pairs[0].difference(total)


def compare(*networks: object, batch: int = 1, dtype: str | None = None) -> Comparison:
    """What differs between networks, layer by layer, and why.

    Each is what ``netledger show`` takes: a catalogue name, a file, a description, a
    :class:`~netledger.network.Network`, a live model - or a :class:`~netledger.ledger.Ledger`. Layers are matched by
    name, role and position; what the differences add up to is the difference of the totals, to the last parameter.

    >>> compare("alexnet", "alexnet/onnx-zoo").row("pool1").reason
    'rounds down instead of up, fed 54×54 maps instead of 55×55, makes 26×26 maps instead of 27×27'
    """
    from netledger.sources import read

    ledgers = [
        network if isinstance(network, Ledger) else keep_books(read(network), batch=batch, dtype=dtype)
        for network in networks
    ]
    return compare_ledgers(ledgers)


def compare_ledgers(ledgers: list[Ledger] | tuple[Ledger, ...]) -> Comparison:
    """The comparison of ledgers that are there already; the first is what the others are compared with."""
    if len(ledgers) < 2:
        raise UsageError("a comparison needs two networks or more")
    first = ledgers[0]
    return Comparison(tuple(ledgers), tuple([_pair(first, other) for other in ledgers[1:]]))


def _pair(left: Ledger, right: Ledger) -> Pair:
    ours, theirs = units_of(left), units_of(right)
    before = [_before(units) for units in (ours, theirs)]
    rows = []
    for one, other, has_moved in aligned(ours, theirs):
        changes = changes_of(one, other)
        if has_moved and one is not None and other is not None:
            changes = (moved(before[0][one.name], before[1][other.name]), *changes)
        quantities = [_minus(other, one, name) for name in ("weights", "biases", "macs", "buffers")]
        rows.append(ComparisonRow(one, other, changes, *quantities))
    return Pair(left, right, tuple(rows))


def _before(units: list[Unit]) -> dict[str, str]:
    """The name of the unit that stands before each."""
    return {unit.name: units[i - 1].name if i else "" for i, unit in enumerate(units)}


def _minus(right: Unit | None, left: Unit | None, name: str) -> int | Unknown:
    after: int | Unknown = getattr(right, name, 0)
    difference: int | Unknown = after - getattr(left, name, 0)
    return difference
