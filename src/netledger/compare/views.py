"""What a Comparison shows of itself: print, Markdown, notebook, plain data. Found when needed, as for a Ledger."""

from __future__ import annotations

from netledger.ledger.views import Shown
from netledger.printable import printable


class ComparisonViews(Shown):
    """The methods of a Comparison that show it; ``all=True`` shows the layers that are the same too."""

    __slots__ = ()
    DOCUMENT = "netledger.documents.comparison:comparison_document"

    def __repr__(self) -> str:
        ledgers, rows = self.ledgers, self.rows  # type: ignore[attr-defined]
        names = " and ".join([printable(ledger.network.name) for ledger in ledgers])
        if len(ledgers) != 2:
            return f"<Comparison of {names}>"
        changed = len(self.pairs[0].changed)  # type: ignore[attr-defined]
        return f"<Comparison of {names}: {changed:,} of {len(rows):,} layers differ>"
