"""Numbers and strings as a pickle writes them, each bounded."""

from __future__ import annotations

from struct import unpack_from

from netledger.errors import FormatError, LimitError

_INTEGER_BYTES = 1024


def utf8(raw: bytes) -> str:
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise FormatError("a string that is no UTF-8") from None


def unsigned(raw: bytes) -> int:
    return int.from_bytes(raw, "little")


def signed(raw: bytes) -> int:
    if len(raw) > _INTEGER_BYTES:
        raise LimitError(f"an integer of {len(raw):,} bytes, more than {_INTEGER_BYTES:,}")
    return int.from_bytes(raw, "little", signed=True)


def latin(raw: bytes) -> str:
    return raw.decode("latin-1")


def double(raw: bytes) -> float:
    value: float = unpack_from(">d", raw)[0]
    return value


def integer(raw: bytes) -> int:
    if len(raw) > _INTEGER_BYTES:
        raise LimitError(f"an integer of {len(raw):,} digits, more than {_INTEGER_BYTES:,}")
    try:
        return int(raw)
    except ValueError:
        raise FormatError("a line that should be an integer is none") from None


def unescaped(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding) if b"\\" in raw else raw.decode("latin-1")
    except UnicodeDecodeError:
        raise FormatError("a string with a broken escape") from None
