"""FlatBuffers, read field by field from a file: every offset, length and table is checked before it is followed.

A table is a signed offset to its vtable and its fields; the vtable holds, for each field, where it lies in the table
(0: it is absent and has its default). Vectors and strings are a 32-bit length and what follows.

Source: https://flatbuffers.dev/internals/
"""

from __future__ import annotations

from struct import Struct

from netledger.errors import FormatError, LimitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.wire.cursor import Readable

_PAGE = 16 * 1024
_PAGES = 1_024
_UINT = Struct("<I")
_INT = Struct("<i")
_SHORTS = Struct("<HH")
_MOST_VTABLE = 4 + 2 * 1_000
_SPARE = 64 * 1024
_ENDLESS = 4


class Pages:
    """A file in pages of 16 KiB, those looked at last kept: what lies between them (weights) is never read.

    Sound files hold every vector and string at a place of its own, or share a few; one that is built of the same
    pieces over and over is refused once more was read out of it than four times what it holds.
    """

    __slots__ = ("_kept", "_read", "size", "source")

    def __init__(self, source: Readable) -> None:
        self.source, self.size = source, source.size
        self._kept: dict[int, bytes] = {}
        self._read = 0

    def take(self, offset: int, count: int) -> bytes:
        """``count`` bytes from ``offset``; what reaches beyond the file is a ``FormatError``."""
        if offset < 0 or offset + count > self.size:
            raise FormatError(f"an offset leads to {count:,} bytes beyond the file's {self.size:,}").at(byte=offset)
        number, inside = divmod(offset, _PAGE)
        if inside + count > _PAGE:
            return self.source.read_at(offset, count)
        page = self._kept.get(number)
        if page is None:
            if len(self._kept) >= _PAGES:
                self._kept.clear()
            start = number * _PAGE
            page = self._kept[number] = self.source.read_at(start, min(_PAGE, self.size - start))
        return page[inside : inside + count]

    def uint(self, offset: int) -> int:
        """The unsigned 32-bit number at ``offset``."""
        value: int = _UINT.unpack(self.take(offset, 4))[0]
        return value

    def spend(self, count: int, offset: int) -> None:
        """Note that so many bytes were read as a vector, a string or a table."""
        self._read += count
        if self._read > _ENDLESS * self.size + _SPARE:
            raise FormatError("its parts overlap: more is read out of it than it holds").at(byte=offset)


class FlatTable:
    """One table: its fields by number. A field that is absent has the default given."""

    __slots__ = ("_fields", "_inline", "at", "pages")

    def __init__(self, pages: Pages, at: int) -> None:
        self.pages, self.at = pages, at
        vtable = at - int(_INT.unpack(pages.take(at, 4))[0])
        if vtable < 0 or vtable % 2:
            raise FormatError(f"a table's layout is said to be at {vtable:,}").at(byte=at)
        length, self._inline = _SHORTS.unpack(pages.take(vtable, 4))
        if length < 4 or length % 2 or length > _MOST_VTABLE:
            raise FormatError(f"a table's layout of {length:,} bytes").at(byte=vtable)
        if self._inline < 4 or at + self._inline > pages.size:
            raise FormatError(f"a table of {self._inline:,} bytes").at(byte=at)
        pages.spend(self._inline, at)
        raw = pages.take(vtable + 4, length - 4)
        self._fields = [int.from_bytes(raw[i : i + 2], "little") for i in range(0, len(raw), 2)]

    def has(self, field: int) -> bool:
        """Whether the field is there."""
        return field < len(self._fields) and self._fields[field] != 0

    def _place(self, field: int, width: int) -> int | None:
        if not self.has(field):
            return None
        offset = self._fields[field]
        if offset < 4 or offset + width > self._inline:
            raise FormatError(f"field {field} lies outside its table of {self._inline:,} bytes").at(byte=self.at)
        return self.at + offset

    def number(self, field: int, width: int, default: int = 0, *, signed: bool = False) -> int:
        """An integer of ``width`` bytes."""
        place = self._place(field, width)
        return default if place is None else int.from_bytes(self.pages.take(place, width), "little", signed=signed)

    def _followed(self, field: int) -> int | None:
        place = self._place(field, 4)
        return None if place is None else place + self.pages.uint(place)

    def table(self, field: int) -> FlatTable | None:
        """The table that a field refers to."""
        place = self._followed(field)
        return None if place is None else FlatTable(self.pages, place)

    def vector(self, field: int, width: int) -> tuple[int, int]:
        """Where a vector's elements of ``width`` bytes begin, and how many there are; they lie in the file."""
        place = self._followed(field)
        if place is None:
            return 0, 0
        count = self.pages.uint(place)
        if place + 4 + count * width > self.pages.size:
            raise FormatError(f"a vector of {count:,} elements reaches beyond the file").at(byte=place)
        return place + 4, count

    def numbers(self, field: int, width: int = 4, most: int = 1_000_000, *, signed: bool = True) -> tuple[int, ...]:
        """A vector of integers; more than ``most`` is a ``LimitError``."""
        start, count = self.vector(field, width)
        if count > most:
            raise LimitError(f"{count:,} elements, more than {most:,}").at(byte=start)
        self.pages.spend(count * width, start)
        raw = self.pages.take(start, count * width)
        return tuple([int.from_bytes(raw[i : i + width], "little", signed=signed) for i in range(0, len(raw), width)])

    def tables(self, field: int, most: int = 1_000_000) -> list[FlatTable]:
        """A vector of tables; more than ``most`` is a ``LimitError``."""
        start, count = self.vector(field, 4)
        if count > most:
            raise LimitError(f"{count:,} tables, more than {most:,}").at(byte=start)
        self.pages.spend(count * 4, start)
        return [FlatTable(self.pages, start + 4 * i + self.pages.uint(start + 4 * i)) for i in range(count)]

    def text(self, field: int, most: int) -> str:
        """A string, its bytes that are no UTF-8 replaced; longer than ``most`` bytes is a ``LimitError``."""
        start, count = self.vector(field, 1)
        if count > most:
            raise LimitError(f"a name of {count:,} bytes, more than {most:,}").at(byte=start)
        self.pages.spend(count, start)
        return self.pages.take(start, count).decode("utf-8", "replace")


def root(source: Readable, identifier: bytes) -> FlatTable:
    r"""The root table of a file of that four-letter kind.

    >>> from netledger.wire.cursor import Buffer
    >>> table = root(Buffer(b"\x10\0\0\0DEMO\6\0\x08\0\4\0\0\0\x08\0\0\0\x2a\0\0\0"), b"DEMO")
    >>> table.number(0, 4), table.number(1, 4, 7)
    (42, 7)
    """
    pages = Pages(source)
    if pages.take(4, 4) != identifier:
        raise FormatError(f"it does not say '{identifier.decode()}'").at(byte=4)
    return FlatTable(pages, pages.uint(0))
