"""Nodes and initializers as nearly every writer lays them out, read in one loop over bytes in memory.

Whatever is unusual - fields of another wire type, long names, typed data, a message larger than the window - is left to
the general decoder, which also says what is wrong: ``None`` means "not so simple".
"""

from __future__ import annotations

from sys import intern

from netledger.limits import NAME_BYTES, RANK
from netledger.wire.cursor import LARGE_WINDOW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.wire.cursor import Cursor
    from netledger.wire.protobuf import Span

_HEAD = 256
"""Bytes in which an initializer says what it is, its data behind."""


class Parts:
    """The fields of a node: names, and where its attributes lie."""

    __slots__ = ("attributes", "domain", "inputs", "name", "op", "outputs", "overload", "settings")

    def __init__(self, fields: list[list[bytes]], places: tuple[Span, ...], settings: tuple[bytes, ...]) -> None:
        inputs, outputs, names, ops, domains, overloads = fields
        self.inputs = tuple([intern(raw.decode()) for raw in inputs])  # one string for who makes and who reads a value
        self.outputs = tuple([intern(raw.decode()) for raw in outputs])
        self.name = names[-1].decode() if names else ""
        self.op = intern(ops[-1].decode()) if ops else ""
        self.domain = domains[-1].decode() if domains else ""
        self.overload = overloads[-1].decode() if overloads else ""
        self.attributes, self.settings = places, settings


def node_parts(cursor: Cursor, span: Span) -> Parts | None:
    r"""The fields of the node at ``span``, where all of it is small; ``settings`` are its attributes' bytes.

    >>> from netledger.wire.cursor import Cursor
    >>> raw = b"\x0a\x01x\x12\x01y\x22\x04Relu"
    >>> node_parts(Cursor(raw), (0, len(raw))).op
    'Relu'
    """
    start, end = span
    if end - start > LARGE_WINDOW:
        return None
    i = cursor.load(start, end - start)
    data, shift, stop_at = cursor.window, start - i, i + end - start
    fields: list[list[bytes]] = [[], [], [], [], [], []]
    into = {0x0A: fields[0], 0x12: fields[1], 0x1A: fields[2], 0x22: fields[3], 0x3A: fields[4], 0x42: fields[5]}
    places: tuple[Span, ...] = ()
    settings: tuple[bytes, ...] = ()
    try:
        while i < stop_at:
            key, size = data[i], data[i + 1]
            i += 2
            if size >= 0x80:
                if not 0 < data[i] < 0x80:
                    return None
                size = size & 0x7F | data[i] << 7
                i += 1
            stop = i + size
            if key & 0x87 != 2 or key < 8 or size > NAME_BYTES or stop > stop_at:
                return None
            if key in into:
                into[key].append(data[i:stop])
            elif key == 0x2A:
                places += ((shift + i, shift + stop),)
                settings += (data[i:stop],)
            i = stop
        return Parts(fields, places, settings)
    except (IndexError, UnicodeDecodeError):
        return None


def tensor_parts(cursor: Cursor, span: Span) -> dict[str, Any] | None:
    r"""Sizes, element type, name and raw data's place of the initializer at ``span``, where it has nothing else.

    >>> from netledger.wire.cursor import Cursor
    >>> raw = b"\x08\x02\x10\x01\x42\x01w\x4a\x08" + bytes(8)
    >>> tensor_parts(Cursor(raw), (0, len(raw)))
    {'dims': [2], 'data_type': 1, 'name': 'w', 'raw_data': (9, 17)}
    """
    start, end = span
    first = i = cursor.load(start, min(_HEAD, end - start))
    data, most = cursor.window, min(len(cursor.window), i + end - start)
    dims: list[int] = []
    found: dict[str, Any] = {"dims": dims}
    try:
        while i - first < end - start:
            if i >= most:
                return None
            key, began = data[i], i + 1
            i = began
            value = shift = 0
            while True:
                byte = data[i]
                i += 1
                value |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:
                    break
            if (byte == 0 and shift > 7) or shift > 56 or key not in _TENSOR:
                return None
            if key == 0x08:
                dims.append(value)
            elif key == 0x10:
                found["data_type"] = value
            elif key == 0x42:
                if value > NAME_BYTES or i + value > most:
                    return None
                found["name"] = intern(data[i : i + value].decode())
                i += value
            else:
                if start - first + i + value > end:
                    return None
                found["raw_data"] = (start - first + i, start - first + i + value)
                i += value
        return found if len(dims) <= RANK else None
    except (IndexError, UnicodeDecodeError):
        return None


_TENSOR = frozenset((0x08, 0x10, 0x42, 0x4A))
"""The fields ``dims``, ``data_type``, ``name`` and ``raw_data`` with their wire types."""
