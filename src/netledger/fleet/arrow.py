"""The two tables of a census, a row a file and a row a group of tensors, as pyarrow keeps them."""

from __future__ import annotations

from netledger.unknown import Unknown, least

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

LARGEST = 2**63 - 1
FILES: dict[str, str] = {
    "source": "string", "key": "string", "status": "string", "format": "string", "architecture": "string",
    "modified": "timestamp", "size": "int64", "tensors": "int64", "layers": "int64",
    "parameters": "int64", "parameters_exact": "bool", "trainable": "int64", "trainable_exact": "bool",
    "macs": "int64", "macs_exact": "bool", "bytes": "int64", "bytes_exact": "bool",
    "dtypes": "string", "structure": "string", "error": "string",
}  # fmt: skip
"""A row a file, by the names of its columns."""
TENSORS: dict[str, str] = {
    "structure": "string", "pattern": "string", "role": "string", "dtype": "string", "shape": "sizes",
    "count": "int64", "elements": "int64", "bytes": "int64",
}  # fmt: skip
"""A row for the tensors of a structure that differ in the numbers of their names alone."""


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

    >>> from netledger.unknown import Count
    >>> known_of(7), known_of(2**70), known_of(Count(5, frozenset([Unknown("its shape is not given")]))), known_of(None)
    ((7, True), (9223372036854775807, False), (5, False), (None, None))
    """
    if value is None:
        return None, None
    if isinstance(value, Unknown):
        return None, False
    known = least(value)
    return min(known, LARGEST), isinstance(value, int) and known <= LARGEST


def schema_of(columns: Mapping[str, str], said: Mapping[str, str] | None = None) -> Any:
    """A pyarrow schema; ``said`` is kept in the files beside it."""
    import pyarrow

    kinds = {
        "string": pyarrow.string(), "int64": pyarrow.int64(), "bool": pyarrow.bool_(),
        "timestamp": pyarrow.timestamp("us", tz="UTC"), "sizes": pyarrow.list_(pyarrow.int64()),
    }  # fmt: skip
    return pyarrow.schema([(name, kinds[kind]) for name, kind in columns.items()], metadata=dict(said or {}))


def packed(columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]) -> bytes:
    """BatchRows as the bytes of an Arrow stream, for another process."""
    import pyarrow

    schema = schema_of(columns)
    values: Any = zip(*rows, strict=True) if rows else [()] * len(columns)
    arrays = [pyarrow.array(list(column), field.type) for column, field in zip(values, schema, strict=True)]
    out = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(out, schema) as stream:
        stream.write_batch(pyarrow.record_batch(arrays, schema=schema))
    written: bytes = out.getvalue().to_pybytes()
    return written


def unpacked(data: bytes) -> Any:
    """The pyarrow table in such bytes."""
    import pyarrow

    with pyarrow.ipc.open_stream(data) as stream:
        return stream.read_all()
