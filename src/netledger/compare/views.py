"""What a Comparison shows of itself: print, Markdown, notebook, plain data. Found when needed, as for a Ledger."""

from __future__ import annotations

from netledger.views import Shown


class ComparisonViews(Shown):
    """The methods of a Comparison that show it; ``all=True`` shows the layers that are the same too."""

    __slots__ = ()
    DOCUMENT = "netledger.documents.comparison:comparison_document"
