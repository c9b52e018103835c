"""Text from outside, made safe to print: no control character, no bidirectional override, bounded length."""

from __future__ import annotations

import errno
import os

from netledger.limits import SHOWN_CHARACTERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Bidirectional controls, zero-width characters, line and paragraph separators, soft hyphen, byte order mark, tags.
# And letters that show nothing, by which two names look like one: Hangul fillers, joiners, selectors, blank Braille.
_TAGS = range(0xE0000, 0xE1000)
_HIDDEN = frozenset(
    [
        *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0x00AD, 0x034F, 0x061C, 0x115F, 0x1160,
        0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2800, 0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0, 0x1D159,
    ]
)  # fmt: skip
_HIDDEN_SIGNS = frozenset(map(chr, _HIDDEN))
_FIRST_TAG = chr(_TAGS[0])


def printable(text: str, most: int = SHOWN_CHARACTERS) -> str:
    r"""``text`` with everything that could steer a terminal written as ``\x1b``, cut after ``most`` characters.

    >>> printable("conv\x1b[31m")
    'conv\\x1b[31m'
    >>> printable("a" * 9, most=4)
    'aaaa…'
    """
    if len(text) > most:
        text = text[:most] + "…"
    if text.isprintable() and (text.isascii() or (_HIDDEN_SIGNS.isdisjoint(text) and max(text) < _FIRST_TAG)):
        return text
    return "".join([_shown(c) if c != "\ufe0f" or not _is_picture(text[i - 1 : i]) else c for i, c in enumerate(text)])


def printable_value(value: object) -> str:
    """A value from outside as Python writes it, made safe, cut where it is long.

    >>> printable_value("many"), printable_value(10**50)
    ("'many'", 'a number of more than 40 digits')
    """
    text = repr(value) if not isinstance(value, int) or abs(value) < 10**40 else "a number of more than 40 digits"
    return printable(text if len(text) < 60 else text[:59] + "…")


def _is_picture(before: str) -> bool:
    """Whether a selector behind this sign chooses a picture of it (``⚠️``), as it does in running text."""
    return before > "\u2000" and not before.isalnum()


def _shown(character: str) -> str:
    code = ord(character)
    if code >= 0x20 and character.isprintable() and code not in _HIDDEN and code not in _TAGS:
        return character
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def write_whole(stream: Any, text: str) -> None:
    """All of ``text`` to a text stream; what its encoding lacks is escaped. A disk that takes a part only is an
    ``OSError``: a stream without a buffer (``PYTHONUNBUFFERED``) would keep silent about the rest.
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    data = text.encode(encoding, "backslashreplace")
    raw = getattr(stream, "buffer", None)
    if raw is None or hasattr(raw, "raw") or not hasattr(raw, "fileno"):  # buffered, or no file at all
        stream.write(data.decode(encoding))
        return
    stream.flush()
    rest = memoryview(data if os.linesep == "\n" else data.replace(b"\n", os.linesep.encode(encoding)))
    while rest:
        written = raw.write(rest)
        if written is None:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        rest = rest[written:]
