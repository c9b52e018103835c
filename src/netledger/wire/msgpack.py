"""MessagePack, token by token: numbers and short texts are read, bytes and extensions are skipped over.

Source: https://github.com/msgpack/msgpack/blob/master/spec.md
"""

from __future__ import annotations

from struct import unpack

from netledger.errors import FormatError, LimitError
from netledger.limits import NAME_BYTES
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.wire.cursor import Cursor

_SIZED = {
    0xC4: ("bytes", 1), 0xC5: ("bytes", 2), 0xC6: ("bytes", 4), 0xC7: ("extension", 1), 0xC8: ("extension", 2),
    0xC9: ("extension", 4), 0xD9: ("text", 1), 0xDA: ("text", 2), 0xDB: ("text", 4), 0xDC: ("array", 2),
    0xDD: ("array", 4), 0xDE: ("map", 2), 0xDF: ("map", 4),
}  # fmt: skip
"""First byte → what follows, and the bytes of its length or count."""
_PLAIN = {0xC0: None, 0xC2: False, 0xC3: True}
_WHOLE = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: -1, 0xD1: -2, 0xD2: -4, 0xD3: -8}
"""First byte → bytes of an integer, negative where it has a sign."""


class MsgpackToken(Record):
    """One token: ``kind`` (``map``, ``array``, ``text``, ``bytes``, ``extension``, ``value``); ``value`` the count of a
    map or array, the text, the number, or an extension's code; ``start`` and ``size`` where skipped bytes lie.
    """

    __slots__ = ("kind", "value", "start", "size")
    kind: str
    value: Any
    start: int
    size: int

    def __init__(self, kind: str, value: Any, start: int = 0, size: int = 0) -> None:
        self._fill(kind, value, start, size)


def token(cursor: Cursor) -> MsgpackToken:
    r"""The next token; a map or array is followed by its entries.

    >>> from netledger.wire.cursor import Cursor
    >>> cursor = Cursor(b"\x81\xa1w\xc4\x03abc")
    >>> [token(cursor).kind for _ in range(3)]
    ['map', 'text', 'bytes']
    """
    at = cursor.position
    first = cursor.uint(1)
    if first < 0x80 or first >= 0xE0:
        return MsgpackToken("value", first if first < 0x80 else first - 256)
    if first < 0xC0:
        kind, count = (("map", first & 15), ("array", first & 15), ("text", first & 31), ("text", first & 31))[
            (first >> 4) - 8
        ]
        return _sized(cursor, kind, count, at)
    if first in _SIZED:
        kind, width = _SIZED[first]
        return _sized(cursor, kind, _big(cursor, width), at)
    if first in _PLAIN:
        return MsgpackToken("value", _PLAIN[first])
    if first in _WHOLE:
        width = _WHOLE[first]
        return MsgpackToken("value", int.from_bytes(cursor.take(abs(width)), "big", signed=width < 0))
    if first in (0xCA, 0xCB):
        return MsgpackToken("value", unpack(">f" if first == 0xCA else ">d", cursor.take(4 if first == 0xCA else 8))[0])
    if 0xD4 <= first <= 0xD8:
        return _sized(cursor, "extension", 1 << (first - 0xD4), at)
    raise FormatError(f"byte {first:#x} begins nothing in MessagePack").at(byte=at)


def _big(cursor: Cursor, width: int) -> int:
    return int.from_bytes(cursor.take(width), "big")


def _sized(cursor: Cursor, kind: str, count: int, at: int) -> MsgpackToken:
    """What has a length or a count: no more than can be there."""
    if kind in ("map", "array"):
        if count * (2 if kind == "map" else 1) > cursor.left:
            raise FormatError(f"{count:,} entries, {cursor.left:,} bytes are left").at(byte=at)
        return MsgpackToken(kind, count)
    code = int.from_bytes(cursor.take(1), "big", signed=True) if kind == "extension" else None
    start = cursor.position
    if kind == "text":
        if count > NAME_BYTES:
            raise LimitError(f"{count:,} bytes of text, more than {NAME_BYTES:,}").at(byte=at)
        try:
            return MsgpackToken("text", cursor.take(count).decode("utf-8"))
        except UnicodeDecodeError:
            raise FormatError("not UTF-8 text").at(byte=start) from None
    cursor.skip(count)
    return MsgpackToken(kind, code, start, count)
