"""Text from outside, made safe to print: no control character, no bidirectional override, bounded length."""

from __future__ import annotations

from netledger.limits import SHOWN_CHARACTERS

# Bidirectional controls, zero-width characters, line and paragraph separators, soft hyphen, byte order mark, tags.
_HIDDEN = frozenset(
    [*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0x00AD, 0x061C, 0x180E, 0xFEFF]
)


def printable(text: str, most: int = SHOWN_CHARACTERS) -> str:
    r"""``text`` with everything that could steer a terminal written as ``\x1b``, cut after ``most`` characters.

    >>> printable("conv\x1b[31m")
    'conv\\x1b[31m'
    >>> printable("a" * 9, most=4)
    'aaaa…'
    """
    if len(text) > most:
        text = text[:most] + "…"
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    code = ord(character)
    if code >= 0x20 and character.isprintable() and code not in _HIDDEN and not 0xE0000 <= code < 0xE0080:
        return character
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
