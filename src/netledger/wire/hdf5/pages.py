"""The bytes of an HDF5 file and its superblock: where addresses count from, how wide they are, where the root is."""

from __future__ import annotations

from netledger.errors import FormatError, LimitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.wire.cursor import Readable

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_FIRST_USER_BLOCK, _LAST_USER_BLOCK = 512, 1 << 30
_WIDTHS = (2, 4, 8)
_READ_AGAIN = 4
_SPARE = 1 << 20


class Hdf5Pages:
    """What an HDF5 file says at an address: ``width`` bytes an address, ``lengths`` bytes a length, from ``base`` on.

    Structures of a sound file share no byte; one built of the same pieces over and over is refused once four times what
    it holds was read out of it.
    """

    __slots__ = ("_read", "base", "end", "lengths", "root", "source", "width")

    def __init__(self, source: Readable) -> None:
        self.source, self._read = source, 0
        self.base = _superblock_in(source)
        head = self._from_start(0, 8 + 88)
        self.width, self.lengths = (head[13], head[14]) if head[8] < 2 else (head[9], head[10])
        if head[8] > 3:
            raise FormatError(f"superblock version {head[8]}; known are 0 to 3").at(byte=self.base + 8)
        if self.width not in _WIDTHS or self.lengths not in _WIDTHS:
            raise FormatError(f"addresses of {self.width} and lengths of {self.lengths} bytes").at(byte=self.base)
        at = 12 if head[8] > 1 else (24 if head[8] == 0 else 28)
        fields = [int.from_bytes(head[at + i * self.width : at + (i + 1) * self.width], "little") for i in range(6)]
        base, end, self.root = fields[0], fields[2], fields[3] if head[8] > 1 else fields[5]
        if base not in (0, self.base):
            raise FormatError(f"its addresses count from {base:,}, it begins at {self.base:,}").at(byte=self.base)
        self.end = self.base + end if base == 0 else end
        if self.end > source.size:
            raise FormatError(f"it should reach to {self.end:,}, the file ends at {source.size:,}")

    def _from_start(self, offset: int, count: int) -> bytes:
        return self.source.read_at(self.base + offset, min(count, self.source.size - self.base - offset)).ljust(
            count, b"\0"
        )

    def take(self, address: int, count: int) -> bytes:
        """``count`` bytes from an address of the file."""
        place = self.base + address
        if count < 0 or place + count > self.end:
            raise FormatError(f"an address leads to {count:,} bytes beyond the file's {self.end:,}").at(byte=place)
        self._read += count
        if self._read > _READ_AGAIN * self.source.size + _SPARE:
            raise LimitError("its structures lie on top of each other")
        return self.source.read_at(place, count)

    def undefined(self, address: int) -> bool:
        """Whether an address stands for none."""
        return address == (1 << 8 * self.width) - 1


class Hdf5Bytes:
    """A piece of the file in memory, read from front to back; its end is a ``FormatError``."""

    __slots__ = ("at", "data", "pages", "position")

    def __init__(self, pages: Hdf5Pages, data: bytes, at: int = 0) -> None:
        self.pages, self.data, self.at, self.position = pages, data, at, 0

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self.data) - self.position

    def take(self, count: int) -> bytes:
        """The next bytes."""
        if count > self.left:
            raise FormatError(f"{count:,} bytes are needed, {self.left:,} are left").at(byte=self.pages.base + self.at)
        self.position += count
        return self.data[self.position - count : self.position]

    def uint(self, size: int) -> int:
        """The next unsigned number of ``size`` bytes."""
        return int.from_bytes(self.take(size), "little")

    def address(self) -> int:
        """The next address."""
        return self.uint(self.pages.width)

    def length(self) -> int:
        """The next length."""
        return self.uint(self.pages.lengths)

    def padded(self, count: int) -> bytes:
        """The next ``count`` bytes, and those that fill them up to a multiple of eight (the last may lack them)."""
        data = self.take(count)
        self.position += min(-count % 8, self.left)
        return data


def _superblock_in(source: Readable) -> int:
    """Where the signature stands: at the beginning, or behind a user block of 512 bytes, 1024, 2048, …"""
    place = 0
    while place + len(SIGNATURE) <= source.size and place <= _LAST_USER_BLOCK:
        if source.read_at(place, len(SIGNATURE)) == SIGNATURE:
            return place
        place = place * 2 or _FIRST_USER_BLOCK
    raise FormatError("no HDF5 file: its signature is missing")
