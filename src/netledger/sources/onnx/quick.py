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
    from typing import Any, TypeVar

    T = TypeVar("T")

    from netledger.wire.cursor import Cursor
    from netledger.wire.protobuf import Span

    Parts = tuple["CallKind", tuple[str, ...], tuple[str, ...], str, tuple[Span, ...]]

_HEAD = 256
"""Bytes in which an initializer says what it is, its data behind."""

INPUT, OUTPUT, NAME, OP, ATTRIBUTE, DOMAIN, OVERLOAD = 0x0A, 0x12, 0x1A, 0x22, 0x2A, 0x3A, 0x42
"""Keys of a node's fields."""
VALUES = frozenset((INPUT, OUTPUT))
TEXTS = frozenset((NAME, OP, DOMAIN, OVERLOAD))
"""Those that stand once."""


class CallKind:
    """What all nodes have in common that call one operator with the same attributes.

    ``key`` is the operator's name with its domain, as rules are registered: ``Conv``, ``com.microsoft.QGemm``.
    ``settings`` are the attributes' bytes, ``None`` where they are not at hand.
    """

    __slots__ = ("domain", "identity", "key", "op", "overload", "settings")

    def __init__(self, op: str, domain: str, overload: str, settings: tuple[bytes, ...] | None) -> None:
        self.op, self.overload, self.settings = op, overload, settings
        self.domain: str = "" if domain == "ai.onnx" else domain
        self.key: str = f"{self.domain}.{op}" if self.domain else op
        self.identity = (self.key, overload, settings)


def node_parts(cursor: Cursor, span: Span, calls: dict[tuple[Any, ...], CallKind]) -> Parts | None:
    r"""The call, inputs, outputs, name and attributes' places of the node at ``span``, where all of it is small.

    ``calls`` are those met so far.

    >>> from netledger.wire.cursor import Cursor
    >>> raw = b"\x0a\x01x\x12\x01y\x22\x04Relu"
    >>> call, *rest = node_parts(Cursor(raw), (0, len(raw)), {})
    >>> call.op, rest
    ('Relu', [('x',), ('y',), '', ()])
    """
    start, end = span
    if end - start > LARGE_WINDOW:
        return None
    i = cursor.load(start, end - start)
    data, shift, stop_at = cursor.window, start - i, i + end - start
    inputs: list[str] = []  # interned: one string for who makes and who reads a value
    outputs: list[str] = []
    texts: dict[int, bytes] = {}
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
                if size > NAME_BYTES:
                    return None
            stop = i + size
            if key in VALUES:
                (inputs if key == INPUT else outputs).append(intern(data[i:stop].decode()))
            elif key == ATTRIBUTE:
                places += ((shift + i, shift + stop),)
                settings += (data[i:stop],)
            elif key in TEXTS:
                texts[key] = data[i:stop]
            elif key & 0x87 != 2 or key < 8:
                return None
            i = stop
        if i != stop_at:
            return None
        op, domain, overload = texts.get(OP, b""), texts.get(DOMAIN, b""), texts.get(OVERLOAD, b"")
        name = texts.get(NAME, b"").decode()
        known = calls.get((op, domain, overload, settings))
        if known is None:
            known = calls[op, domain, overload, settings] = CallKind(
                intern(op.decode()), domain.decode(), overload.decode(), settings
            )
    except (IndexError, UnicodeDecodeError):
        return None
    return known, tuple(inputs), tuple(outputs), name, places


def tensor_parts(cursor: Cursor, span: Span) -> dict[str, Any] | None:
    r"""Sizes, element type, name and raw data's place of the initializer at ``span``, where it has nothing else.

    ``around`` are the bytes before and behind its name, where nothing but raw data comes after.

    >>> from netledger.wire.cursor import Cursor
    >>> raw = b"\x08\x02\x10\x01\x42\x01w\x4a\x08" + bytes(8)
    >>> tensor_parts(Cursor(raw), (0, len(raw)))
    {'dims': [2], 'data_type': 1, 'name': 'w', 'around': (b'\x08\x02\x10\x01', b'J\x08'), 'raw_data': (9, 17)}
    """
    start, end = span
    first = i = cursor.load(start, min(_HEAD, end - start))
    data, most = cursor.window, min(len(cursor.window), i + end - start)
    dims: list[int] = []
    named = behind = 0
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
                named, behind = began - 1, i
            else:
                if behind == began - 1 and i - first + value == end - start:
                    found["around"] = data[first:named], data[behind:i]
                if start - first + i + value > end:
                    return None
                found["raw_data"] = (start - first + i, start - first + i + value)
                i += value
        return found if len(dims) <= RANK else None
    except (IndexError, UnicodeDecodeError):
        return None


def name_between(cursor: Cursor, span: Span, around: dict[bytes, tuple[bytes, int, T]]) -> tuple[str, T] | None:
    """The name of the initializer at ``span`` and what is known of one that was like it before.

    ``around`` holds by the bytes before a name those behind it, and of how many bytes of data they are the head.
    """
    start, end = span
    first = cursor.load(start, min(_HEAD, end - start))
    data = cursor.window
    at = data.find(0x42, first, first + _BEFORE)
    like = around.get(data[first:at])
    if like is None:
        return None
    behind, size, known = like
    stop = at + 2 + data[at + 1]
    if data[at + 1] >= 0x80 or not data.startswith(behind, stop) or stop + len(behind) + size - first != end - start:
        return None
    try:
        return intern(data[at + 2 : stop].decode()), known
    except UnicodeDecodeError:
        return None


_BEFORE = 48
"""Bytes in which sizes and element type stand."""
_TENSOR = frozenset((0x08, 0x10, 0x42, 0x4A))
"""The fields ``dims``, ``data_type``, ``name`` and ``raw_data`` with their wire types."""
