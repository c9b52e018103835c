"""A document's first table as a data frame of pandas or polars, where one is installed: numbers are numbers.

A column of kind ``number`` holds whole numbers (``Int64``; what is not known, or only at least, is missing), shares are
fractions of 1, shapes and formulas are text.
"""

from __future__ import annotations

from netledger.documents.model import Quantity, Share, Signed
from netledger.errors import LimitError, MissingExtraError, UsageError
from netledger.renderers.values import Writer
from netledger.unknown import Count, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.documents.model import Column, Document, Table, Value

_LARGEST = 2**63 - 1


def pandas_frame(document: Document) -> Any:
    """The table as a pandas ``DataFrame``; ``MissingExtraError`` where pandas is not installed."""
    try:
        import pandas
    except ImportError:
        raise MissingExtraError("pandas", "frames", "a pandas table") from None
    columns = {}
    for name, values in plain_columns(first_table(document)).items():
        columns[name] = pandas.array(values, dtype="Int64") if _whole(values) else values
    return pandas.DataFrame(columns)


def polars_frame(document: Document) -> Any:
    """The table as a polars ``DataFrame``; ``MissingExtraError`` where polars is not installed."""
    try:
        import polars
    except ImportError:
        raise MissingExtraError("polars", "frames", "a polars table") from None
    columns = plain_columns(first_table(document))
    return polars.DataFrame(
        [
            polars.Series(name, values, dtype=polars.Int64 if _whole(values) else None)
            for name, values in columns.items()
        ]
    )


def first_table(document: Document) -> Table:
    """The table that is meant; ``UsageError`` where there is none."""
    tables = document.tables()
    if not tables:
        raise UsageError("there is no table in this to make a data frame of")
    return tables[0]


def plain_columns(table: Table) -> dict[str, list[Any]]:
    """Its columns by name, each cell a number, a text or ``None``; rows that only head a group are left out."""
    rows = [row for row in table.rows if row.role != "group"]
    return {
        column.name: [_plain(row.cells[place], column) for row in rows] for place, column in enumerate(table.columns)
    }


def _plain(value: Value, column: Column) -> Any:
    if value is None or isinstance(value, Unknown | Count):
        return None
    if isinstance(value, Share):
        return value.part / value.whole if value.whole else None
    if isinstance(value, Quantity | Signed):
        return _within(value.number) if isinstance(value.number, int) else float(value.number)
    return _within(value) if isinstance(value, int) else Writer().write(value) or None


def _within(number: int) -> int:
    if not -_LARGEST <= number <= _LARGEST:
        raise LimitError(f"{number:,} does not fit the 64 bits of a data frame's integers: to_dict() has it whole")
    return number


def _whole(values: list[Any]) -> bool:
    found = [value for value in values if value is not None]
    return bool(found) and all(isinstance(value, int) for value in found)
