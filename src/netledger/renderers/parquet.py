"""A document's first table as a Parquet file, for pandas, polars, DuckDB, Spark: numbers are numbers, text is text.

A column of numbers is two: ``parameters`` (64 bits) is what is known of it, ``parameters_exact`` says whether that is
all of it; where that is false there are at least so many, and where both are missing nothing is counted.
"""

from __future__ import annotations

from netledger.fleet.arrow import known_of, pyarrow_for
from netledger.renderers.frames import first_table, plain_columns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.documents.model import Document
    from netledger.renderers import RenderOptions


def render(document: Document, options: RenderOptions) -> bytes:
    """The whole file."""
    arrow = pyarrow_for("a Parquet file")
    from io import BytesIO

    from pyarrow import parquet

    table = first_table(document)
    rows = [row for row in table.rows if row.role != "group"]
    columns: dict[str, Any] = {}
    for place, (name, values) in enumerate(plain_columns(table).items()):
        if table.columns[place].kind == "number" and all(value is None or isinstance(value, int) for value in values):
            cells = [known_of(row.cells[place]) for row in rows]
            columns[name] = arrow.array([cell[0] for cell in cells], arrow.int64())
            columns[f"{name}_exact"] = arrow.array([cell[1] for cell in cells], arrow.bool_())
        else:
            kind = arrow.float64() if any(isinstance(value, float) for value in values) else arrow.string()
            columns[name] = arrow.array([_of_kind(value, kind == arrow.float64()) for value in values], kind)
    out = BytesIO()
    parquet.write_table(arrow.table(columns), out, compression="zstd")
    return out.getvalue()


def _of_kind(value: Any, numeric: bool) -> Any:
    if value is None or numeric:
        return value
    return str(value).encode("utf-8", "backslashreplace").decode()
