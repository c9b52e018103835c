"""JSON: the object a document stands for (a ledger's, a comparison's), versioned; else its blocks as data.

The output is ASCII: a name from a file can hold nothing that steers a terminal.

>>> from netledger.documents.model import Paragraph
>>> print(render(Document("x", (), lambda: {"schema": "netledger.example/1"}), RenderOptions()))
{
  "schema": "netledger.example/1"
}
<BLANKLINE>
"""

from __future__ import annotations

from json import JSONEncoder

from netledger.documents.model import (
    Column,
    Document,
    Facts,
    Heading,
    Listing,
    Paragraph,
    Points,
    Row,
    Runs,
    Signed,
    Table,
)
from netledger.printable import printable
from netledger.renderers import RenderOptions
from netledger.renderers.values import Writer
from netledger.unknown import Count, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from netledger.documents.model import Value


def render(document: Document, options: RenderOptions) -> str:
    """The document's own object, or its blocks."""
    return "".join(_text(document, options))


def _text(document: Document, options: RenderOptions) -> Iterator[str]:
    """Members of the outermost object on lines of their own, and so the items of their lists: to be read by people and
    by ``diff``, and yet written by the fast encoder, which cannot indent.
    """
    data = document.data() if document.data is not None else _document(document)
    if not isinstance(data, dict) or not data:
        yield dumps(data) + "\n"
        return
    before = "{\n"
    for name, value in data.items():
        yield f"{before}  {dumps(name)}: "
        yield from _member(value)
        before = ",\n"
    yield "\n}\n"


render.pieces = _text  # type: ignore[attr-defined]


def _member(value: Any) -> Iterator[str]:
    """A value's text; the items of what is made one at a time (neither list nor object) are let go when written,
    by what makes them where it knows a shorter way (its ``texts``)."""
    listed = not isinstance(value, dict | str | int | float | None)
    if not listed or (isinstance(value, list) and value and not isinstance(value[0], dict | list | str)):
        yield dumps(value)
        return
    before = "[\n    "
    for text in value.texts(dumps) if hasattr(value, "texts") else map(dumps, value):
        yield before + text
        before = ",\n    "
    yield "[]" if before == "[\n    " else "\n  ]"


def _document(document: Document) -> dict[str, Any]:
    return {
        "schema": "netledger.document/1",
        "title": document.title,
        "blocks": [_BLOCKS[type(block)](block) for block in document.blocks],
    }


dumps = JSONEncoder(check_circular=False).encode  # what is written here is made here: it holds no circle
_writer = Writer()


def _value(value: Value) -> Any:
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Unknown | Count):
        return None
    if isinstance(value, Signed):
        return value.number
    if isinstance(value, tuple):
        return [size if isinstance(size, int) else None for size in value]
    return _writer.write(value)


def _row(row: Row, columns: tuple[Column, ...]) -> dict[str, Any]:
    cells = {column.name: _value(value) for column, value in zip(columns, row.cells, strict=True)}
    notes = {"notes": [_writer.write(note) for note in row.notes]} if row.notes else {}
    return {**cells, **({"repeat": row.repeat} if row.repeat != 1 else {}), **notes}


def _table(block: Table) -> dict[str, Any]:
    return {
        "table": printable(block.caption),
        "rows": [_row(row, block.columns) for row in block.rows],
        "footer": [_row(row, block.columns) for row in block.footer],
    }


_BLOCKS: dict[type, Callable[[Any], dict[str, Any]]] = {
    Heading: lambda block: {"heading": block.text, "level": block.level},
    Paragraph: lambda block: {"paragraph": _writer.runs(Runs(*block.values))},
    Points: lambda block: {"points": [_writer.write(item) for item in block.items]},
    Facts: lambda block: {"facts": {name: _value(value) for name, value in block.items}},
    Listing: lambda block: {"listing": block.text, "language": block.language},
    Table: _table,
}
