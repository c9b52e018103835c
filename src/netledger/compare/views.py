"""What a Comparison shows of itself: print, Markdown, notebook, plain data. Found when needed, as for a Ledger."""

from __future__ import annotations

from netledger.views import Shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class ComparisonViews(Shown):
    """The methods of a Comparison that show it; ``all=True`` shows the layers that are the same too."""

    __slots__ = ()
    DOCUMENT = "netledger.documents.comparison:comparison_document"

    def to_dict(self) -> dict[str, Any]:
        """The comparison as the data that ``--format json`` writes."""
        import sys

        __import__("netledger.documents.comparison")
        data: dict[str, Any] = sys.modules["netledger.documents.comparison"].comparison_data(self)
        return data
