"""Protocol buffers' wire format, scanned: fields are told apart, contents are skipped until somebody asks for them.

Source: the encoding as documented by Protocol Buffers. Stricter than most parsers where that costs no valid file:
varints are canonical, groups (which no model format uses) are refused.
"""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.limits import NAME_BYTES, VARINT_BYTES
from netledger.wire.cursor import LARGE_WINDOW, Cursor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    Field = tuple[int, int, int, int]
    """Number, wire type, value, where it began."""
    Span = tuple[int, int]
    """Where a message or a string of bytes lies: from, to."""
    Schema = Mapping[int, tuple[str, str, bool]]
    """``field number → (name, type, repeated)``; types are ``int``, ``text``, ``span``, ``float``, ``double``."""

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
UNKNOWN_FIELDS = 100_000
"""Most fields of one message that its schema does not name."""
REPEATED = 1_000_000
"""Most values of one repeated field."""


def varint(data: bytes, index: int, at: int) -> tuple[int, int]:
    r"""The varint at ``data[index]`` and the index behind it; ``at`` is its place in the file, for the error.

    >>> varint(b"\xac\x02", 0, 0)
    (300, 2)
    """
    value = shift = 0
    start = index
    try:
        while True:
            byte = data[index]
            index += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
            if index - start >= VARINT_BYTES:
                raise FormatError(f"a varint of more than {VARINT_BYTES} bytes").at(byte=at)
    except IndexError:
        raise FormatError("a varint is cut off").at(byte=at) from None
    if index - start > 1 and byte == 0:
        raise FormatError("a varint is written with needless bytes").at(byte=at)
    if value >> 64:
        raise FormatError("a varint of more than 64 bits").at(byte=at)
    return value, index


def signed(value: int) -> int:
    """A varint as the int64 it stands for.

    >>> signed(2**64 - 1)
    -1
    """
    return value - (1 << 64) if value >> 63 else value


def fields(cursor: Cursor, start: int, end: int) -> Iterator[Field]:
    """The fields of the message at ``start … end``: number, wire type, value, and where the field began.

    The value of a varint is unsigned, of a fixed field its little-endian integer, of bytes their length: they end where
    ``cursor.position`` is when the field is yielded. Nothing behind a length is read.
    """
    position, base, window, stop = start, start, b"", 0  # its own: who looks at a field moves the cursor's window
    while position < end:
        began = position
        index = position - base
        if index + 2 * VARINT_BYTES > stop:
            index = cursor.load(position, min(2 * VARINT_BYTES, end - position))
            base, window = cursor.base, cursor.window
            stop = min(len(window), end - base)
        key = window[index]
        index += 1
        if key >= 0x80:
            key, used = varint(window[index - 1 : min(stop, index + VARINT_BYTES)], 0, began)
            index += used - 1
        wire = key & 7
        if key < 8:
            raise FormatError("a field with number 0").at(byte=began)
        if wire in (VARINT, BYTES):
            value = window[index] if index < stop else 0x80
            index += 1
            if value >= 0x80:
                part = window[index - 1 : min(stop, index + VARINT_BYTES)]
                value, used = varint(part, 0, base + index - 1)
                index += used - 1
            position = base + index
            if wire == BYTES:
                position += value
        elif wire in (FIXED32, FIXED64):
            size = 4 if wire == FIXED32 else 8
            value = int.from_bytes(window[index : index + size], "little")
            position = base + index + size
        else:
            kind = "a group" if wire in (3, 4) else f"wire type {wire}"
            raise FormatError(f"field {key >> 3} is {kind}, which this format does not use").at(byte=began)
        if position > end:
            raise FormatError(f"field {key >> 3} reaches {position - end:,} bytes beyond its message").at(byte=began)
        cursor.position = position
        yield key >> 3, wire, value, began


def decode(cursor: Cursor, spans: Sequence[Span], schema: Schema, what: str = "message") -> dict[str, Any]:
    r"""The message at ``spans`` (several: merged, as protobuf merges parts of one message) by its schema.

    A repeated field is a list, another its last value; a ``span`` is not read. What the schema does not name is
    skipped.

    >>> decode(Cursor(b"\x08\x96\x01\x12\x02hi"), [(0, 7)], {1: ("n", "int", False), 2: ("s", "text", False)})
    {'n': 150, 's': 'hi'}
    """
    found: dict[str, Any] = {}
    unknown = 0
    for start, end in spans:
        for number, wire, value, began in scan(cursor, start, end):
            known = schema.get(number)
            if known is None:
                unknown += 1
                if unknown > UNKNOWN_FIELDS:
                    raise LimitError(f"{what}: more than {UNKNOWN_FIELDS:,} unknown fields").at(byte=began)
                continue
            name, kind, repeated = known
            if repeated:
                values = found.setdefault(name, [])
                if wire == BYTES and kind in _PACKED:
                    stop, most = cursor.position, REPEATED - len(values)
                    values.extend(packed(cursor, stop - value, stop, kind, most, f"{what}: {name}"))
                    continue
                if len(values) >= REPEATED:
                    raise LimitError(f"{what}: {name}: more than {REPEATED:,} values").at(byte=began)
                if wire == BYTES and kind == "span":
                    values.append((cursor.position - value, cursor.position))
                else:
                    values.append(value_of(cursor, kind, wire, value, began, name))
            else:
                found[name] = value_of(cursor, kind, wire, value, began, name)
    return found


def scan(cursor: Cursor, start: int, end: int, most: int = LARGE_WINDOW) -> Iterator[Field]:
    """The fields of a message, read into memory as a whole where it has no more than ``most`` bytes."""
    return _small_fields(cursor, start, end) if end - start <= most else fields(cursor, start, end)


def _small_fields(cursor: Cursor, start: int, end: int) -> Iterator[Field]:
    """The fields of a message that is in memory as a whole: as :func:`fields`, several times faster."""
    size = end - start
    index = cursor.load(start, size)
    data = cursor.window[index : index + size]
    if len(data) != size:
        yield from fields(cursor, start, end)
        return
    i = 0
    while i < size:
        began = i
        key = data[i]
        i += 1
        if key >= 0x80:
            key, i = varint(data, began, start + began)
        wire = key & 7
        if key < 8 or wire not in _KNOWN_WIRES or i >= size:
            break
        if wire in (VARINT, BYTES):
            value = data[i]
            i += 1
            if value >= 0x80:
                value, i = varint(data, i - 1, start + i - 1)
            if wire == BYTES:
                i += value
        else:
            width = 4 if wire == FIXED32 else 8
            value = int.from_bytes(data[i : i + width], "little")
            i += width
        if i > size:
            break
        cursor.position = start + i
        yield key >> 3, wire, value, start + began
    else:
        return
    yield from fields(cursor, start + began, end)  # which says what is wrong


_WIRES = {"int": VARINT, "text": BYTES, "span": BYTES, "float": FIXED32, "double": FIXED64}
_PACKED = frozenset(("int", "float", "double"))
_KNOWN_WIRES = frozenset((VARINT, FIXED64, BYTES, FIXED32))


def value_of(cursor: Cursor, kind: str, wire: int, value: int, began: int, what: str) -> Any:
    """The value of a field just yielded, as its schema's type; another wire type is a ``FormatError``."""
    if wire != _WIRES[kind]:
        raise FormatError(f"{what} has wire type {wire}, not {_WIRES[kind]}").at(byte=began)
    if kind == "span":
        return cursor.position - value, cursor.position
    if kind == "text":
        return text(cursor, cursor.position - value, cursor.position, what)
    if kind == "int":
        return value - (1 << 64) if value >> 63 else value
    return real(value, 4 if kind == "float" else 8)


def packed(cursor: Cursor, start: int, end: int, kind: str, most: int, what: str) -> list[Any]:
    """A packed repeated field, if it has no more than ``most`` values."""
    size = {"int": 1, "float": 4, "double": 8}[kind]
    length = end - start
    if length % size:
        raise FormatError(f"{what}: {length:,} bytes are no whole number of values").at(byte=start)
    most_bytes = most * (VARINT_BYTES if kind == "int" else size)
    if length > most_bytes:
        raise LimitError(f"{what}: more than {most:,} values").at(byte=start)
    data = cursor.source.read_at(start, length)
    if kind != "int":
        return [real(int.from_bytes(data[i : i + size], "little"), size) for i in range(0, length, size)]
    values: list[Any] = []
    index = 0
    while index < length:
        value = data[index]
        index += 1
        if value >= 0x80:
            value, index = varint(data, index - 1, start + index - 1)
        values.append(signed(value))
        if len(values) > most:
            raise LimitError(f"{what}: more than {most:,} values").at(byte=start)
    return values


def text(cursor: Cursor, start: int, end: int, what: str, most: int = NAME_BYTES) -> str:
    """The UTF-8 text at ``start … end``."""
    if end - start > most:
        raise LimitError(f"{what}: {end - start:,} bytes of text, more than {most:,}").at(byte=start)
    index = cursor.load(start, end - start)
    raw = cursor.window[index : index + end - start]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(f"{what}: not UTF-8 text").at(byte=start + error.start) from None


def real(bits: int, size: int) -> float:
    """A float from its bits.

    >>> real(0x3F800000, 4)
    1.0
    """
    from struct import unpack

    value: float = unpack("<f" if size == 4 else "<d", bits.to_bytes(size, "little"))[0]
    return value
