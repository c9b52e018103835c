"""Sorted string tables (LevelDB's format, as TensorFlow's checkpoints use it): keys and values in order.

Blocks that are packed with Snappy are refused: TensorFlow writes none. Source: ``table_format.md`` of LevelDB.
"""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.limits import METADATA_ENTRIES, NAME_BYTES
from netledger.wire.protobuf import varint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.wire.cursor import Readable

_MAGIC = (0xDB4775248B80FB57).to_bytes(8, "little")
_FOOTER, _TRAILER = 48, 5


def is_table(source: Readable) -> bool:
    """Whether a file ends as a table does."""
    return source.size >= _FOOTER and source.read_at(source.size - 8, 8) == _MAGIC


def entries(source: Readable) -> Iterator[tuple[bytes, bytes, int]]:
    """Every key and value of a table in order, and where its block begins; a block stands in the index once."""
    if not is_table(source):
        raise FormatError("no table of TensorFlow's: its mark at the end is missing")
    footer = source.read_at(source.size - _FOOTER, _FOOTER)
    at = source.size - _FOOTER
    _, index = _handle(footer, 0, at)  # what else is known of the table
    place, _ = _handle(footer, index, at)
    last, count = -1, 0
    for _, handle, _ in _block(source, *place):
        begin, size = _handle(handle, 0, place[0])[0]
        if begin <= last:
            raise FormatError("its blocks are not in order").at(byte=begin)
        last = begin
        for key, value, _ in _block(source, begin, size):
            count += 1
            if count > METADATA_ENTRIES:
                raise LimitError(f"more than {METADATA_ENTRIES:,} entries")
            yield key, value, begin


def _handle(data: bytes, index: int, at: int) -> tuple[tuple[int, int], int]:
    """Where a block lies and how long it is; the index behind that."""
    begin, index = varint(data, index, at)
    size, index = varint(data, index, at)
    return (begin, size), index


def _block(source: Readable, begin: int, size: int) -> Iterator[tuple[bytes, bytes, int]]:
    """The entries of one block: each key begins with so many bytes of the one before."""
    if begin + size + _TRAILER > source.size - _FOOTER:
        raise FormatError(f"a block of {size:,} bytes reaches beyond the table").at(byte=begin)
    data = source.read_at(begin, size + 1)
    if data[size] != 0:
        raise FormatError("a packed block, which is not read").at(byte=begin + size)
    restarts = int.from_bytes(data[size - 4 : size], "little") if size >= 4 else 0
    end = size - 4 * (restarts + 1)
    if size < 4 or end < 0:
        raise FormatError("a block that is shorter than its list of places").at(byte=begin)
    key, index = b"", 0
    while index < end:
        shared, index = varint(data, index, begin + index)
        own, index = varint(data, index, begin + index)
        length, index = varint(data, index, begin + index)
        if shared > len(key) or index + own + length > end or shared + own > NAME_BYTES:
            raise FormatError("an entry reaches beyond its block").at(byte=begin + index)
        key = key[:shared] + data[index : index + own]
        value = data[index + own : index + own + length]
        index += own + length
        yield key, value, begin
