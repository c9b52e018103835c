"""What all callbacks do when training begins: count, show, hold against the budget."""

from __future__ import annotations

from netledger.api import count
from netledger.budgets import check
from netledger.errors import BudgetError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO, Any

    from netledger.ledger import Ledger


class Keeping:
    """Counts a model once; ``ledger`` is its ledger afterwards.

    ``input_size``, ``input_data`` and further ``settings`` are those of ``netledger.summary``; ``max`` and ``min`` are
    budgets, a broken one is a ``BudgetError``; ``depth`` is how deep the printed table goes, and ``show=False`` prints
    nothing.
    """

    def __init__(
        self,
        *,
        max: Mapping[str, int | str] | None = None,
        min: Mapping[str, int | str] | None = None,
        depth: int | None = None,
        show: bool = True,
        file: IO[str] | None = None,
        **settings: Any,
    ) -> None:
        self.max, self.min, self.depth, self.show, self.file = max, min, depth, show, file
        self.settings = settings
        self.ledger: Ledger | None = None

    def keep(self, model: object, *, first: bool = True, **defaults: Any) -> Ledger:
        """The ledger of ``model``; shown by the ``first`` of several processes alone.

        ``defaults`` hold where the settings say nothing of the input.
        """
        said = any(name in self.settings for name in ("input_size", "input_data"))
        ledger = count(model, **({} if said else defaults), **self.settings)
        self.ledger = ledger.replace(view={"depth": self.depth})
        if self.show and first:
            self.ledger.print(self.file)
        broken = [finding for finding in check(ledger, max=self.max, min=self.min) if not finding.ok]
        if broken:
            raise BudgetError("; ".join(map(str, broken)))
        return self.ledger

    def figures(self) -> dict[str, int]:
        """The totals that are known, for a logger: parameters, those that are trained, MACs, bytes."""
        if self.ledger is None:
            return {}
        totals = self.ledger.totals.as_dict()
        names = ("parameters", "trainable", "macs", "bytes")
        return {f"netledger/{name}": value for name in names if isinstance(value := totals[name], int)}
