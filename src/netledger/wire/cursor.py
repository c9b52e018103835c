"""Bytes of a file or a buffer, read on demand through one small window."""

from __future__ import annotations

from netledger.errors import FormatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Readable(Protocol):
        """What can be read in pieces: a :class:`~netledger.sources.files.InputFile`, or :class:`Buffer`."""

        size: int

        def read_at(self, offset: int, count: int) -> bytes: ...


SMALL_WINDOW = 4 * 1024
LARGE_WINDOW = 64 * 1024


class Buffer:
    """Bytes in memory with the interface of an input file.

    >>> Buffer(b"abcdef").read_at(2, 3)
    b'cde'
    """

    __slots__ = ("data", "size")

    def __init__(self, data: bytes) -> None:
        self.data, self.size = data, len(data)

    def read_at(self, offset: int, count: int) -> bytes:
        """Exactly ``count`` bytes from ``offset``; what reaches beyond the end is a ``FormatError``."""
        if offset < 0 or count < 0 or offset + count > self.size:
            raise FormatError(f"the data ends at {self.size:,}, before the {count:,} bytes needed").at(byte=offset)
        return self.data[offset : offset + count]


class FilePart:
    """A piece of a file with the interface of an input file: what lies outside it is not read.

    >>> FilePart(Buffer(b"abcdef"), 2, 3).read_at(1, 2)
    b'de'
    """

    __slots__ = ("size", "source", "start")

    def __init__(self, source: Readable, start: int, size: int) -> None:
        self.source, self.start, self.size = source, start, size

    def read_at(self, offset: int, count: int) -> bytes:
        """Exactly ``count`` bytes from ``offset``; what reaches beyond the end is a ``FormatError``."""
        if offset < 0 or count < 0 or offset + count > self.size:
            raise FormatError(f"the part ends at {self.size:,}, before the {count:,} bytes needed").at(byte=offset)
        return self.source.read_at(self.start + offset, count)


class Cursor:
    r"""A place in a file, between ``position`` and ``end``; bytes are fetched in windows of 4 KiB, and of 64 KiB while
    reading goes straight on, so that skipping over gigabytes of weights costs nothing.

    >>> cursor = Cursor(b"\x01\x00\x02\x00abc")
    >>> cursor.uint(2), cursor.uint(2), cursor.take(3), cursor.at_end
    (1, 2, b'abc', True)
    """

    __slots__ = ("base", "end", "position", "source", "window")
    source: Readable
    position: int
    end: int
    window: bytes
    base: int

    def __init__(self, source: Readable | bytes, start: int = 0, end: int | None = None) -> None:
        self.source = Buffer(source) if isinstance(source, bytes | bytearray) else source
        self.end = self.source.size if end is None else end
        if not 0 <= start <= self.end <= self.source.size:
            raise FormatError(f"a part from {start:,} to {self.end:,} of {self.source.size:,} bytes")
        self.position = start
        self.window = b""
        self.base = 0

    @property
    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self.position >= self.end

    @property
    def left(self) -> int:
        """The number of bytes left."""
        return self.end - self.position

    def load(self, position: int, least: int = 1) -> int:
        """Make ``window`` hold what is at ``position`` (``least`` bytes, if there are as many); its index there."""
        index = position - self.base
        if index >= 0 and index + least <= len(self.window):
            return index
        straight_on = 0 <= index <= len(self.window)
        wanted = max(LARGE_WINDOW if straight_on and self.window else SMALL_WINDOW, least)
        self.window = self.source.read_at(position, max(0, min(wanted, self.source.size - position)))
        self.base = position
        return 0

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes; fewer left is a ``FormatError``. The caller bounds ``count``."""
        start = self.position
        self.skip(count)
        if count > LARGE_WINDOW:
            return self.source.read_at(start, count)
        index = self.load(start, count)
        return self.window[index : index + count]

    def skip(self, count: int) -> None:
        """Go on ``count`` bytes without reading them."""
        if count < 0 or count > self.left:
            raise FormatError(f"{count:,} bytes are needed, {self.left:,} are left").at(byte=self.position)
        self.position += count

    def uint(self, size: int) -> int:
        """A little-endian unsigned integer of ``size`` bytes."""
        return int.from_bytes(self.take(size), "little")
