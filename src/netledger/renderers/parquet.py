"""A document's first table as a Parquet file, for pandas, polars, DuckDB, Spark: numbers are numbers, text is text.

A column of numbers is two: ``parameters`` (64 bits) is what is known of it, ``parameters_exact`` says whether that is
all of it; where that is false there are at least so many, and where both are missing nothing is counted.
"""

from __future__ import annotations

from netledger.renderers.frames import first_table, plain_columns
from netledger.unknown import Unknown, least

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.documents.model import Document
    from netledger.renderers import RenderOptions

LARGEST = 2**63 - 1


def pyarrow_for(what: str) -> Any:
    """pyarrow; where it is not installed a ``MissingExtraError`` that says what is needed."""
    try:
        import pyarrow
    except ImportError:
        from netledger.errors import MissingExtraError

        raise MissingExtraError("pyarrow", "fleet", what) from None
    return pyarrow


def known_of(value: Any) -> tuple[int | None, bool | None]:
    """A number of the books as 64 bits and whether that is all of it.

    >>> known_of(7), known_of(2**70), known_of(Count(5, frozenset([Unknown("its shape is not given")]))), known_of(None)
    ((7, True), (9223372036854775807, False), (5, False), (None, None))
    """
    if value is None:
        return None, None
    if isinstance(value, Unknown):
        return None, False
    known = least(value)
    return min(known, LARGEST), isinstance(value, int) and known <= LARGEST


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
