"""Tar archives from strangers: where each file in one lies. Nothing is written out; a name is only a name.

What is there is believed as far as its header's checksum and the file's size go. Names of POSIX's pax headers and GNU's
long ones are joined. A tar packed by gzip is inflated in memory, as far as the limits of ZIP members reach.
Source: POSIX.1-2017, *pax*, "ustar Interchange Format" and "pax Header Block".
"""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.limits import NAME_BYTES, ZIP_MEMBERS, ZIP_RATIO, ZIP_RATIO_ABOVE_BYTES, ZIP_TOTAL_BYTES
from netledger.wire.cursor import Buffer, FilePart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.wire.cursor import Readable

_BLOCK = 512
_GZIP = b"\x1f\x8b"
_PIECE = 1 << 16
_LONG_NAME, _PAX = b"L", b"x"
_FILES = (b"0", b"\0", b"7")
_HEADER_BYTES = 1 << 20


def is_tar(head: bytes) -> bool:
    """Whether a file that begins so is a tar archive of POSIX's or GNU's kind."""
    return head[257:262] == b"ustar"


def inflated(file: Readable) -> Readable:
    """The tar inside a gzip archive; any other file as it is. What is no tar is inflated no further than its head."""
    if file.read_at(0, min(2, file.size)) != _GZIP:
        return file
    head = _inflate(file, _BLOCK, whole=False)
    return Buffer(_inflate(file, ZIP_TOTAL_BYTES, whole=True)) if is_tar(head) else Buffer(head)


def _inflate(file: Readable, most: int, *, whole: bool) -> bytes:
    """Up to ``most`` bytes of what gzip packed; of the ``whole``, one more is a ``LimitError``."""
    import zlib

    machine, pieces, held, read = zlib.decompressobj(31), [], 0, 0
    while not machine.eof and read < file.size:
        piece = file.read_at(read, min(_PIECE, file.size - read))
        read += len(piece)
        try:
            out = machine.decompress(piece, most + 1 - held)
        except zlib.error:
            raise FormatError("the compressed data is damaged").at(byte=read - len(piece)) from None
        pieces.append(out)
        held += len(out)
        if held > most and not whole:
            break
        if held > most or (held > ZIP_RATIO_ABOVE_BYTES and held > ZIP_RATIO * read):
            raise LimitError(f"it inflates to more than {most:,} bytes, or than {ZIP_RATIO} times its size")
    return b"".join(pieces)[:most]


def members(file: Readable) -> dict[str, FilePart]:
    """The regular files of an archive by name, a leading ``./`` left out; of two of one name the later one."""
    found: dict[str, FilePart] = {}
    at, longer, size_said, count = 0, "", None, 0
    while at + _BLOCK <= file.size:
        block = file.read_at(at, _BLOCK)
        if not block.strip(b"\0"):
            break  # two empty blocks end an archive
        count += 1
        if count > ZIP_MEMBERS:
            raise LimitError(f"more than {ZIP_MEMBERS:,} members").at(byte=at)
        name, size, kind = _header(block, at)
        begin = at + _BLOCK
        if kind in (_LONG_NAME, _PAX):
            longer, size_said = _said(file, begin, size, kind, longer, size_said)
        else:
            size = size if size_said is None else size_said
            if kind in _FILES:
                found[(longer or name).removeprefix("./")] = FilePart(file, begin, size)
            longer, size_said = "", None
        if begin + size > file.size:
            raise FormatError(f"it should be {size:,} bytes, the file ends before").at(byte=at, item=f"member '{name}'")
        at = begin + -(-size // _BLOCK) * _BLOCK
    return found


def _header(block: bytes, at: int) -> tuple[str, int, bytes]:
    """Name, size and kind of a member, its checksum verified."""
    if not is_tar(block):
        raise FormatError("no header of a member of a tar archive").at(byte=at)
    stated = _number(block[148:156], at)
    if stated != sum(block[:148]) + 8 * 32 + sum(block[156:]):
        raise FormatError("a header's checksum does not fit it").at(byte=at)
    name, prefix = _text(block[:100]), _text(block[345:500]) if block[257:263] == b"ustar\0" else ""
    return f"{prefix}/{name}" if prefix else name, _number(block[124:136], at), block[156:157]


def _number(field: bytes, at: int) -> int:
    """A number in octal digits, or, its first bit set, in binary."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    try:
        return int(digits, 8) if digits else 0
    except ValueError:
        raise FormatError("a number that is none").at(byte=at) from None


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")


def _said(
    file: Readable, begin: int, size: int, kind: bytes, longer: str, size_said: int | None
) -> tuple[str, int | None]:
    """The name, and the size, that a header before a member gives it."""
    if size > _HEADER_BYTES:
        raise LimitError(f"{size:,} bytes about one member, more than {_HEADER_BYTES:,}").at(byte=begin)
    data = file.read_at(begin, size)
    if kind == _LONG_NAME:
        longer = _text(data)
    for key, value in _entries(data, begin) if kind == _PAX else ():
        if key == b"path":
            longer = value.decode("utf-8", "replace")
        elif key == b"size" and value.isdigit() and len(value) < 20:
            size_said = int(value)
    if len(longer) > NAME_BYTES:
        raise LimitError(f"a name of more than {NAME_BYTES:,} bytes").at(byte=begin)
    return longer, size_said


def _entries(data: bytes, begin: int) -> Iterator[tuple[bytes, bytes]]:
    """The lines ``30 path=…`` of a pax header: each begins with its own length."""
    at = 0
    while at < len(data):
        space = data.find(b" ", at, at + 9)
        length = int(data[at:space]) if data[at:space].isdigit() else 0
        if not space - at < length <= len(data) - at:
            raise FormatError("an entry about a member that is cut").at(byte=begin + at)
        key, _, value = data[space + 1 : at + length - 1].partition(b"=")
        yield key, value
        at += length
