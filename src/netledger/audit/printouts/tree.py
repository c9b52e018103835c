"""How the rows of a printout add up: which rows are parts of which, and what all of them make."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.printouts.printout import Printout, Row

BUFFERS = ("running_mean", "running_var", "num_batches_tracked", "_ids", "inv_freq", "_index", "mask", "anchors")
"""How the names of tensors end that a ``state_dict()`` has and that are no parameters."""
WHOLE_TYPES = frozenset(("Sequential", "ModuleList", "ModuleDict"))
"""Modules that have no tensors but their parts'."""


class Tree:
    """``tops``: rows that are part of no other; ``parts``: of each row (by its index) the rows right below it."""

    __slots__ = ("parts", "rows", "tops")

    def __init__(self, printout: Printout) -> None:
        self.rows = printout.rows
        self.parts: dict[int, list[int]] = {}
        self.tops: list[int] = []
        if not printout.nests:
            self.tops = list(range(len(self.rows)))
        elif printout.tool == "keras":
            self._by_depth()
        else:
            self._by_name()

    def _by_depth(self) -> None:
        above: list[int] = []
        for i, row in enumerate(self.rows):
            while above and self.rows[above[-1]].depth >= row.depth:
                above.pop()
            self._put(i, above[-1] if above else None)
            above.append(i)

    def _by_name(self) -> None:
        by_name = {row.name: i for i, row in enumerate(self.rows) if row.name != "other params"}
        for i, row in enumerate(self.rows):
            stem = row.name
            owner = None
            while stem and owner is None:
                stem = stem.rpartition(".")[0]
                owner = by_name.get(stem) if stem or row.name else None
            self._put(i, owner if owner != i else None)

    def _put(self, i: int, owner: int | None) -> None:
        if owner is None:
            self.tops.append(i)
        else:
            self.parts.setdefault(owner, []).append(i)

    @property
    def leaves(self) -> list[Row]:
        """Rows that no other row is part of."""
        return [row for i, row in enumerate(self.rows) if i not in self.parts]


def is_buffer(row: Row) -> bool:
    """Whether a tensor is no parameter."""
    return row.shape is not None and row.name.endswith(BUFFERS)
