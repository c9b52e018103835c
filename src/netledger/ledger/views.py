"""What a Ledger, a comparison or a verdict shows of itself: print, Markdown, notebook, rich, plain data.

Documents and renderers stand above these in the house and are imported when they are first needed, so that counting
costs nothing of them.
"""

from __future__ import annotations

import sys

from netledger.printable import printable, write_whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO, Any


def _named(module: str, name: str) -> Any:
    """``name`` of a module that is above this one in the house, found when it is needed."""
    __import__(module)
    return getattr(sys.modules[module], name)


class Shown:
    """Base of what can be shown. ``DOCUMENT`` names the function that makes its document, as ``module:function``; the
    keywords of ``show`` are that function's.
    """

    __slots__ = ()
    DOCUMENT = ""

    def document(self, **show: Any) -> Any:
        """The :class:`~netledger.documents.model.Document` that is shown."""
        module, _, name = self.DOCUMENT.partition(":")
        return _named(module, name)(self, **show)

    def render(self, format: str = "text", **show: Any) -> str:
        """It in any format: ``text``, ``markdown``, ``latex``, ``csv``, ``json``, ``html``, ``terminal``."""
        text: str = _named("netledger.renderers", "render")(self.document(**show), format)
        return text

    def print(self, file: IO[str] | None = None, format: str | None = None, **show: Any) -> None:
        """Print it: in colour on a terminal, as plain text elsewhere."""
        out = sys.stdout if file is None else file
        terminal = out.isatty() if format is None and hasattr(out, "isatty") else False
        format = format or ("terminal" if terminal else "text")
        width = _named("netledger.renderers.plain.widths", "terminal_width")(out) if format == "terminal" else None
        encoding = getattr(out, "encoding", None) or "utf-8"
        options = _named("netledger.renderers", "RenderOptions")(width, encoding)
        text = _named("netledger.renderers", "render")(self.document(**show), format, options)
        write_whole(out, text)

    def to_markdown(self, **show: Any) -> str:
        """It as Markdown."""
        return self.render("markdown", **show)

    def to_latex(self, **show: Any) -> str:
        """It as LaTeX for an appendix."""
        return self.render("latex", **show)

    def to_csv(self, **show: Any) -> str:
        """Its tables as CSV."""
        return self.render("csv", **show)

    def to_dict(self) -> dict[str, Any]:
        """The data that ``--format json`` writes."""
        data: dict[str, Any] = self.document().data()
        return data

    def to_pandas(self, **show: Any) -> Any:
        """Its first table as a pandas ``DataFrame``: whole numbers as ``Int64``, what is not known as ``<NA>``."""
        return _named("netledger.renderers.frames", "pandas_frame")(self.document(**show))

    def to_polars(self, **show: Any) -> Any:
        """Its first table as a polars ``DataFrame``: whole numbers as ``Int64``, what is not known as null."""
        return _named("netledger.renderers.frames", "polars_frame")(self.document(**show))

    def __str__(self) -> str:
        return self.render().rstrip("\n")

    def __repr__(self) -> str:
        said = [str(getattr(self, name)) for name in ("verdict",) if hasattr(self, name)]
        if hasattr(self, "findings"):
            said.append(f"{len(self.findings)} finding{'s' if len(self.findings) != 1 else ''}")
        network = getattr(self, "network", None)
        if isinstance(network, str) and network:
            said.append(f"judged against {printable(network)}")
        return f"<{type(self).__name__}: {', '.join(said)}>"

    def _repr_html_(self) -> str:
        html: str = _named("netledger.renderers.html", "notebook")(self.document())
        return html

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        limits = _named("netledger.renderers", "RenderOptions")(options.max_width, options.encoding)
        yield from _named("netledger.renderers.plain.terminal", "texts")(self.document(), limits)


class Views(Shown):
    """The methods of a Ledger that show it; each keyword of ``show`` is one of ``documents.ledger.View``.

    >>> import netledger
    >>> ledger = netledger.count("alexnet")
    >>> "| `conv2` | 307,456 |" in ledger.to_markdown(layers=("conv2",), columns=("layer", "parameters"))
    True
    >>> ledger.to_dict()["totals"]["parameters"]
    60965224
    >>> ledger
    <Ledger of alexnet: 60,965,224 parameters, 724,406,816 MACs>
    """

    __slots__ = ()
    DOCUMENT = "netledger.documents.ledger:ledger_document"

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            from netledger.ledger.other_names import no_attribute

            if name == type(self).LATER:
                return super().__getattr__(name)
            raise no_attribute(self, type(self), name)

    def document(self, **show: Any) -> Any:
        """The document that is shown: as it was asked for when it was made, unless told otherwise here."""
        show = {**(self.view or {}), **show}  # type: ignore[attr-defined]
        if not show:
            return super().document()
        return super().document(view=_named("netledger.documents.ledger", "View")(**show))

    def render(self, format: str = "text", **show: Any) -> str:
        """It in any format; those whose tables are complete fold no repeated blocks."""
        if format in _named("netledger.renderers", "COMPLETE"):
            show.setdefault("fold", False)
        if format in _named("netledger.renderers", "PICTURED"):
            show.setdefault("groups", show.get("depth", (self.view or {}).get("depth")) is None)  # type: ignore[attr-defined]
            show.setdefault("charts", _named("netledger.renderers", "PICTURED")[format])
        return super().render(format, **show)

    def to_pandas(self, **show: Any) -> Any:
        """A row a layer as a pandas ``DataFrame``; keywords are those of ``show``: ``columns=("layer", "macs")``."""
        return super().to_pandas(**{"fold": False, **show})

    def to_polars(self, **show: Any) -> Any:
        """A row a layer as a polars ``DataFrame``."""
        return super().to_polars(**{"fold": False, **show})

    def _repr_html_(self) -> str:
        show = {} if (self.view or {}).get("depth") else {"groups": True}  # type: ignore[attr-defined]
        html: str = _named("netledger.renderers.html", "notebook")(self.document(**show))
        return html

    def to_dict(self) -> dict[str, Any]:
        """The ledger as the data that ``--format json`` writes (``netledger/schema/ledger.schema.json``)."""
        data: dict[str, Any] = _named("netledger.documents.ledger.as_json", "ledger_to_json")(self)
        return data

    def __repr__(self) -> str:
        totals, name = self.totals, self.network.name  # type: ignore[attr-defined]
        return f"<Ledger of {printable(name)}: {totals.parameters:,} parameters, {totals.macs:,} MACs>"
