r"""LaTeX for a paper's appendix: ``booktabs`` rules in a ``longtable``, everything foreign escaped.

The preamble needs ``\usepackage{booktabs,longtable}``; nothing else is asked of the document class.

>>> from netledger.documents.model import Paragraph
>>> print(render(Document("50% of \\input{x}", (Paragraph("5 × 5"),)), RenderOptions()))
% needs \usepackage{booktabs}
\section*{50\% of \textbackslash{}input\{x\}}
<BLANKLINE>
5 $\times$ 5
<BLANKLINE>
"""

from __future__ import annotations

from netledger.documents.model import (
    Code,
    Document,
    Emphasis,
    Facts,
    Heading,
    Listing,
    Paragraph,
    Points,
    Runs,
    Table,
    Written,
)  # fmt: skip
from netledger.formula import Formula
from netledger.formula.text import LATEX, write
from netledger.printable import printable
from netledger.renderers import RenderOptions
from netledger.renderers.latex.letters import OTHER, escaped, listed, typewritten
from netledger.renderers.latex.tables import TableStyle, table
from netledger.renderers.values import Writer, in_encoding
from netledger.unknown import Count, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Shape

_LISTED_CHARACTERS = 1000


class _Writer(Writer):
    SIGNS = {"ok": r"$\surd$", "wrong": r"$\times$", "note": r"$\bullet$", "unread": "?"}

    def escape(self, text: str) -> str:
        text = printable(text, self.most)
        if text.isalnum() and text.isascii():
            return text
        return escaped(text)

    def sign(self, text: str) -> str:
        return text.replace("≥ ", r"$\geq$ ").replace("×", r"$\times$")

    def string(self, value: str) -> str:
        return self.escape(value)

    def formula(self, value: Formula) -> str:
        return f"${self._math(value, False)}$"

    def written(self, value: Written) -> str:
        return f"${self._math(value.formula, value.symbols)}$"

    def _math(self, value: Formula, symbols: bool) -> str:
        return printable(write(value, LATEX, symbols), 10_000)

    def integer(self, value: int) -> str:
        return f"{value:,}".replace(",", "{,}")

    def count(self, value: Count) -> str:
        return super().count(value).replace(",", "{,}")

    def shape(self, value: Shape) -> str:
        if isinstance(value, Unknown):
            return "?"
        return "$" + r" \times ".join(["?" if isinstance(size, Unknown) else str(size) for size in value]) + "$"

    def share(self, value: Any) -> str:
        return super().share(value).replace("%", r"\%")

    def code(self, value: Code) -> str:
        return r"\texttt{" + typewritten(self.escape(value.text)) + "}"

    def emphasis(self, value: Emphasis) -> str:
        return r"\textbf{" + self.escape(value.text) + "}"


def render(document: Document, options: RenderOptions) -> str:
    """The document as LaTeX, to be read by a paper's ``input``; of a ledger its table alone unless notes are wanted."""
    writer = _Writer(most=Writer.PARAGRAPH)
    style = TableStyle(options.longtable, options.siunitx)
    alone = not options.notes and any(column.name == "parameters" for t in document.tables() for column in t.columns)
    blocks = [r"\section*{" + writer.string(document.title) + "}"] if document.title and not alone else []
    for block in document.blocks:
        if isinstance(block, Table):
            blocks.append(table(block, writer, style))
        elif not alone:
            blocks.append(_BLOCKS[type(block)](block, writer))
    text = "\n\n".join(blocks)
    head = f"% needs \\usepackage{{{style.packages}}}\n" + (f"{OTHER}\n" if r"\netledgerletters{" in text else "")
    return in_encoding(head + text + "\n", options.encoding)


def _heading(block: Heading, writer: _Writer) -> str:
    command = "subsection" if block.level == 1 else "subsubsection"
    return f"\\{command}*{{{writer.string(block.text)}}}"


def _items(items: list[str]) -> str:
    return "\\begin{itemize}\n" + "\n".join([f"  \\item {item}" for item in items]) + "\n\\end{itemize}"


def _points(block: Points, writer: _Writer) -> str:
    return _items([writer.write(item) for item in block.items])


def _facts(block: Facts, writer: _Writer) -> str:
    lines = [f"  \\item[{{{writer.string(name)}}}] {writer.write(value)}" for name, value in block.items]
    return "\\begin{description}\n" + "\n".join(lines) + "\n\\end{description}"


def _listing(block: Listing, writer: _Writer) -> str:
    lines = [listed(printable(line, _LISTED_CHARACTERS)) or "~" for line in block.text.split("\n")]
    return "\n".join(
        [r"\begin{flushleft}\footnotesize\ttfamily\frenchspacing", " \\\\\n".join(lines), r"\end{flushleft}"]
    )


_BLOCKS: dict[type, Callable[[Any, _Writer], str]] = {
    Heading: _heading,
    Paragraph: lambda block, writer: writer.runs(Runs(*block.values)),
    Points: _points,
    Facts: _facts,
    Listing: _listing,
}
