"""What a Comparison shows of itself: print, Markdown, notebook, plain data. Found when needed, as for a Ledger."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _named(module: str, name: str) -> Any:
    """``name`` of a module that is above this one in the house."""
    __import__(module)
    return getattr(sys.modules[module], name)


class ComparisonViews:
    """The methods of a Comparison that show it."""

    __slots__ = ()

    def document(self, *, all: bool = False) -> Any:
        """The document that is shown; ``all`` shows the layers that are the same too."""
        return _named("netledger.documents.comparison", "comparison_document")(self, all=all)

    def render(self, format: str = "text", *, all: bool = False) -> str:
        """The comparison in any format of ``netledger compare``: ``text``, ``markdown``, ``latex``, ``csv``, …"""
        text: str = _named("netledger.renderers", "render")(self.document(all=all), format)
        return text

    def to_markdown(self) -> str:
        """The comparison as Markdown."""
        return self.render("markdown")

    def to_dict(self) -> dict[str, Any]:
        """The comparison as the data that ``--format json`` writes."""
        data: dict[str, Any] = _named("netledger.documents.comparison", "comparison_data")(self)
        return data

    def __str__(self) -> str:
        return self.render().rstrip("\n")

    def _repr_html_(self) -> str:
        html: str = _named("netledger.renderers.html", "fragment")(self.document())
        return html
