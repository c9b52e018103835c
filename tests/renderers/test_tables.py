"""Tables in the formats that make something of them: notes, footers, groups, numbers of data frames."""

from __future__ import annotations

import csv
import io

import pytest

from netledger.documents.model import Column, Document, Paragraph, Quantity, Row, Share, Signed, Table
from netledger.errors import LimitError, UsageError
from netledger.renderers import RenderOptions, render
from netledger.renderers.frames import first_table, plain_columns
from netledger.unknown import Unknown

NAME, NUMBER = Column("layer", "layer"), Column("parameters", "parameters", "number")


def written(table: Table, format: str, **options: bool) -> str:
    return render(Document("Books", (table,)), format, RenderOptions(**options))


def test_notes_of_rows_are_a_column_of_csv() -> None:
    table = Table((NAME, NUMBER), [Row(("conv1", 34_944), notes=("two", "said")), Row(("fc8", 4_097_000))])
    assert list(csv.reader(io.StringIO(written(table, "csv")))) == [
        ["layer", "parameters", "notes"],
        ["conv1", "34944", "two said"],
        ["fc8", "4097000", ""],
    ]


def test_a_footer_stands_between_lines_in_typst() -> None:
    table = Table((NAME, NUMBER), [Row(("conv1", 1))], footer=[Row(("total", 1))])
    assert written(table, "typst").count("table.hline()") == 4


def test_groups_of_rows_can_be_folded_in_html() -> None:
    rows = [Row(("features", None), role="group"), Row(("conv1", 1), level=1), Row(("head", None), role="group")]
    page = written(Table((NAME, NUMBER), rows), "html")
    assert page.count('<label><input type="checkbox" checked>') == 2


def test_what_is_not_known_has_its_sign_in_latex() -> None:
    shapes = Table((NAME, Column("output", "output")), [Row(("conv1", Unknown("no shape"))), Row(("fc8", None))])
    assert "?" in written(shapes, "latex")
    numbers = Table((NAME, NUMBER), [Row(("conv1", Unknown("no shape"))), Row(("fc8", None)), Row(("fc9", 12))])
    text = written(numbers, "latex", siunitx=True)
    assert "S[table-format=" in text
    assert "fc9 & 12" in text


def test_a_document_without_a_table_or_picture_says_so() -> None:
    nothing = Document("Nothing", (Paragraph("no table"),))
    with pytest.raises(UsageError, match="there is no table in this"):
        first_table(nothing)
    with pytest.raises(UsageError, match="there is nothing to draw here"):
        render(nothing, "svg", RenderOptions())


def test_the_numbers_of_a_data_frame() -> None:
    cells = (Quantity(1.5, "GB"), Quantity(6, "MB"), Signed(-3), Share(1, 4), Unknown("why"), "text")
    (values,) = plain_columns(Table((NUMBER,), [Row((cell,)) for cell in cells])).values()
    assert values == [1.5, 6, -3, 0.25, None, "text"]
    with pytest.raises(LimitError, match="does not fit the 64 bits"):
        plain_columns(Table((NUMBER,), [Row((2**63,))]))
