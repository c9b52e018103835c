r"""Comma-separated values: the tables with plain integers, one line a row, safe to open in a spreadsheet.

A text cell that a spreadsheet would take for a formula (after spaces it begins with ``=``, ``+``, ``-``, ``@`` or a
control) gets an apostrophe before it. An Unknown is an empty cell. Footers are left out: the rows are data.

>>> from netledger.documents.model import Column, Row, Table
>>> table = Table((Column("layer", "Layer"), Column("n", "parameters", "number")), (Row(("=cmd|'/c calc'!A1", 7)),))
>>> render(Document("x", (table,)), RenderOptions())
"layer,n\n'=cmd|'/c calc'!A1,7\n"
"""

from __future__ import annotations

from netledger.documents.model import Column, Document, Quantity, Row, Runs, Share, Signed, Table, Verdict, Written
from netledger.formula import Formula
from netledger.formula.text import TEXT, write
from netledger.limits import NAME_BYTES
from netledger.printable import printable
from netledger.renderers import RenderOptions
from netledger.renderers.values import Writer, fixed, in_encoding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.documents.model import Value
    from netledger.unknown import Count, Unknown


_FORMULAS = tuple("=+-@\t\r＝＋－＠")


class _Writer(Writer):
    """Numbers without commas, formulas with ``*``."""

    SIGNS = {"ok": "ok", "wrong": "wrong", "note": "note", "unread": "unread"}

    def escape(self, text: str) -> str:
        return printable(text, NAME_BYTES)

    def integer(self, value: int) -> str:
        return str(value)

    def unknown(self, value: Unknown) -> str:
        return ""

    def count(self, value: Count) -> str:
        return f">={value.exact}"

    def formula(self, value: Formula) -> str:
        return self.string(write(value, TEXT, False))

    def written(self, value: Written) -> str:
        return self.string(write(value.formula, TEXT, value.symbols))

    def share(self, value: Share) -> str:
        return fixed(value.part, 6, value.whole) if value.whole else ""

    def quantity(self, value: Quantity) -> str:
        return fixed(value.number, value.digits, value.per).replace(",", "")

    def signed(self, value: Signed) -> str:
        return str(value.number)

    def verdict(self, value: Verdict) -> str:
        text = self.write(value.text)
        return self.SIGNS[value.status] + (": " + text if text else "")


def render(document: Document, options: RenderOptions) -> str:
    """Every table of the document, an empty line between two."""
    writer = _Writer()
    return in_encoding("\n".join([_table(table, writer) for table in document.tables()]), options.encoding)


def _table(table: Table, writer: _Writer) -> str:
    repeats = any(row.repeat != 1 for row in table.rows)
    notes = any(row.notes for row in table.rows)
    header = [column.name for column in table.columns] + ["repeat"] * repeats + ["notes"] * notes
    lines = [header, *[_row(row, table.columns, writer, repeats, notes) for row in table.rows]]
    return "".join([",".join(map(_quoted, line)) + "\n" for line in lines])


def _row(row: Row, columns: tuple[Column, ...], writer: _Writer, repeats: bool, notes: bool) -> list[str]:
    cells = [_cell(value, writer) for value in row.cells]
    if repeats:
        cells.append(str(row.repeat))
    if notes:
        cells.append(_harmless(writer.runs(Runs(*[part for note in row.notes for part in (note, " ")])).strip()))
    return cells


def _cell(value: Value, writer: _Writer) -> str:
    text = writer.write(value)
    return text if isinstance(value, int | Quantity | Share | Signed) else _harmless(text)


def _harmless(text: str) -> str:
    begun = text.lstrip(" \u00a0\u3000'\"")
    return "'" + text if text[:1] in ("\t", "\r") or begun[:1] in _FORMULAS else text


def _quoted(text: str) -> str:
    if any(sign in text for sign in ',"\n\r;') or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text
