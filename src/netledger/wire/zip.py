"""ZIP archives from strangers: the directory is checked against what is really there before any member is believed.

Only what a model file needs: stored and deflated members, ZIP64, no encryption, one disk. Nothing is written out.
"""

from __future__ import annotations

from operator import itemgetter
from struct import Struct

from netledger.errors import FormatError, LimitError
from netledger.limits import (
    NAME_BYTES,
    STRUCTURE_BYTES,
    ZIP_MEMBER_BYTES,
    ZIP_MEMBERS,
    ZIP_RATIO,
    ZIP_RATIO_ABOVE_BYTES,
    ZIP_TOTAL_BYTES,
)
from netledger.records import Record, become
from netledger.wire.cursor import Buffer, FilePart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.errors import NetledgerError
    from netledger.sources.files import InputFile
    from netledger.wire.cursor import Readable

    Listed = tuple[int, str, bytes, int, int, int, int, int]

_END = Struct("<4s4H2LH")
_LOCATOR = Struct("<4sLQL")
_END64 = Struct("<4sQ2H2L4Q")
_CENTRAL = Struct("<4s6H3L5H2L")
_LOCAL = Struct("<4s5H3L2H")
_FULL32, _FULL16 = 0xFFFFFFFF, 0xFFFF
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _SIZES_AFTER = 0x1, 0x8
_WINDOW = 1 << 16


class ZipMember(Record, many=True):
    """One file of an archive: its name, how and where it is stored. ``offset`` is where its data begins."""

    __slots__ = ("name", "method", "crc", "packed", "size", "header", "offset")
    name: str
    method: int
    crc: int
    packed: int
    size: int
    header: int
    offset: int

    def __init__(self, name: str, method: int, crc: int, packed: int, size: int, header: int, offset: int) -> None:
        member = type(self)
        become(self, member.Draft)
        self.name, self.method, self.crc, self.packed, self.size = name, method, crc, packed, size
        self.header, self.offset = header, offset
        become(self, member)


class Archive:
    """The members of a ZIP file by name, in the order of its directory; :meth:`read` and :meth:`head` give their bytes.

    Refused: an encrypted or doubled member, a name or size that differs between directory and member, members that
    overlap, bytes before the first member, sizes that the file cannot hold.
    """

    def __init__(self, file: InputFile) -> None:
        self.file = file
        self.inflated = 0
        start, size, count = _directory(file)
        self.members: dict[str, ZipMember] = {}
        flagged = _entries(file.read_at(start, size), start, count)
        self._place(flagged, start)

    def _place(self, entries: list[Listed], directory: int) -> None:
        """Find where each member's data begins, and see that no two of them share a byte."""
        end, window, members = 0, _Window(self.file), self.members
        for entry in sorted(entries, key=itemgetter(0)):
            header, name = entry[0], entry[1]
            if header < end:
                raise FormatError("members overlap").at(byte=header, item=f"member '{name}'")
            if header > end and end == 0:
                raise FormatError(f"{header:,} bytes stand before the first member of the archive")
            placed = members[name] = _placed(window, entry, directory)
            end = placed.offset + placed.packed
        self.members = {entry[1]: members[entry[1]] for entry in entries}

    def read(self, name: str, most: int = ZIP_MEMBER_BYTES) -> bytes:
        """The whole member, its checksum verified; longer than ``most`` is a ``LimitError``."""
        import zlib

        member = self.members[name]
        if member.size > most:
            raise LimitError(f"{member.size:,} bytes, more than {most:,}").at(item=f"member '{name}'")
        data = self._inflate(member, member.size)
        if len(data) != member.size or zlib.crc32(data) != member.crc:
            raise FormatError("the checksum does not fit the data").at(byte=member.offset, item=f"member '{name}'")
        return data

    def head(self, name: str, count: int) -> bytes:
        """The first ``count`` bytes of a member (all of a shorter one); nothing more is read or inflated."""
        member = self.members[name]
        return self._inflate(member, min(count, member.size))

    def part(self, name: str, most: int = ZIP_MEMBER_BYTES) -> Readable:
        """A member to be read in pieces: where it lies, or, packed, inflated if it is not longer than ``most``."""
        member = self.members[name]
        if member.method == _STORED:
            return FilePart(self.file, member.offset, member.size)
        return Buffer(self.read(name, most))

    def _inflate(self, member: ZipMember, count: int) -> bytes:
        """``count`` bytes of a member: never more, whatever it declares."""
        if member.method == _STORED:
            return self.file.read_at(member.offset, count)
        self.inflated += count
        if self.inflated > ZIP_TOTAL_BYTES:
            raise LimitError(f"its members inflate to more than {ZIP_TOTAL_BYTES:,} bytes")
        if count > ZIP_RATIO_ABOVE_BYTES and count > ZIP_RATIO * member.packed:
            ratio = f"{member.packed:,} bytes claim to hold {member.size:,}: more than {ZIP_RATIO} to 1"
            raise LimitError(ratio).at(item=f"member '{member.name}'")
        try:
            return self._inflated(member, count)
        except ValueError as error:
            raise FormatError(f"{error}").at(byte=member.offset, item=f"member '{member.name}'") from None

    def _inflated(self, member: ZipMember, count: int) -> bytes:
        import zlib

        machine = zlib.decompressobj(-15)
        pieces, held, read = [], 0, 0
        while held < count and (read < member.packed or machine.unconsumed_tail):
            packed = machine.unconsumed_tail
            if not packed:
                packed = self.file.read_at(member.offset + read, min(_WINDOW, member.packed - read))
                read += len(packed)
            try:
                piece = machine.decompress(packed, count - held)
            except zlib.error:
                raise ValueError("the compressed data is damaged") from None
            pieces.append(piece)
            held += len(piece)
            if machine.eof:
                break
        return b"".join(pieces)


class _Window:
    """Small reads that mostly follow each other, from one larger read."""

    def __init__(self, file: InputFile) -> None:
        self.file, self.start, self.data = file, 0, b""

    def read(self, offset: int, count: int) -> bytes:
        at = offset - self.start
        if at < 0 or at + count > len(self.data):
            wanted = max(count, min(4096, self.file.size - offset))
            self.data, self.start, at = self.file.read_at(offset, wanted), offset, 0
        return self.data[at : at + count]


def _directory(file: InputFile) -> tuple[int, int, int]:
    """Where the central directory begins, its bytes, and how many members it lists."""
    tail = file.read_at(max(0, file.size - _END.size - _FULL16), min(file.size, _END.size + _FULL16))
    at = tail.rfind(b"PK\5\6")
    while at >= 0 and at + _END.size <= len(tail):
        if at + _END.size + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail):
            break
        at = tail.rfind(b"PK\5\6", 0, at)
    else:
        raise FormatError("the archive is not whole: its directory at the end is missing")
    _, disk, first, here, count, size, start, _ = _END.unpack_from(tail, at)
    end = file.size - len(tail) + at
    if file.read_at(max(0, end - _LOCATOR.size), min(4, end)) == b"PK\6\7":
        narrow = (start, size, count, here)
        end, start, size, count, here, disk, first = _directory64(file, end)
        for said, wide in zip(narrow, (start, size, count, here), strict=True):
            if said not in (wide, _FULL32, _FULL16):
                raise FormatError("its two directories contradict each other").at(byte=end)
    elif _FULL32 in (size, start):
        raise FormatError("its ZIP64 directory is missing").at(byte=end)
    if disk or first or here != count:
        raise FormatError("the archive is one part of several")
    if start + size > end:
        raise FormatError("its directory says it is longer than the archive").at(byte=end)
    if start + size < end:
        raise FormatError(f"{end - start - size:,} bytes stand where the archive has no place for them")
    if count > ZIP_MEMBERS:
        raise LimitError(f"{count:,} members in an archive, more than {ZIP_MEMBERS:,}")
    if size > STRUCTURE_BYTES:
        raise LimitError(f"a directory of {size:,} bytes, more than {STRUCTURE_BYTES:,}")
    return start, size, count


def _directory64(file: InputFile, end: int) -> tuple[int, int, int, int, int, int, int]:
    _, _, start, _ = _LOCATOR.unpack(file.read_at(end - _LOCATOR.size, _LOCATOR.size))
    if start + _END64.size > end - _LOCATOR.size:
        raise FormatError("its ZIP64 directory is missing").at(byte=end)
    mark, _, _, _, disk, first, here, count, size, begin = _END64.unpack(file.read_at(start, _END64.size))
    if mark != b"PK\6\6":
        raise FormatError("its ZIP64 directory is missing").at(byte=start)
    return start, begin, size, count, here, disk, first


def _entries(data: bytes, start: int, count: int) -> list[Listed]:
    """What the directory lists."""
    entries, names, at = [], set[str](), 0
    for _ in range(count):
        if at + _CENTRAL.size > len(data) or data[at : at + 4] != b"PK\1\2":
            raise FormatError("its directory lists fewer members than it says").at(byte=start + at)
        fields = _CENTRAL.unpack_from(data, at)
        flags, method, crc, packed, size = fields[3], fields[4], fields[7], fields[8], fields[9]
        name_end = at + _CENTRAL.size + fields[10]
        extra_end = name_end + fields[11]
        raw = data[at + _CENTRAL.size : name_end]
        name = _name(raw, start + at)
        if name in names:
            raise FormatError(f"two members are named '{name}'").at(byte=start + at)
        if flags & _ENCRYPTED:
            raise FormatError("the member is encrypted").at(byte=start + at, item=f"member '{name}'")
        header = fields[16]
        if _FULL32 in (size, packed, header):
            size, packed, header = _wide(data[name_end:extra_end], [size, packed, header], name)
        names.add(name)
        entries.append((header, name, raw, flags, method, crc, packed, size))
        at = extra_end + fields[12]
    if at != len(data):
        raise FormatError("its directory is longer than the members it lists").at(byte=start + at)
    return entries


def _name(raw: bytes, at: int) -> str:
    if not raw or b"\0" in raw or len(raw) > NAME_BYTES:
        raise FormatError("a member without a usable name").at(byte=at)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp437")


def _wide(extra: bytes, values: list[int], name: str) -> list[int]:
    """Sizes and offset with those that need 64 bits taken from the ZIP64 field."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = int.from_bytes(extra[at : at + 2], "little"), int.from_bytes(extra[at + 2 : at + 4], "little")
        if kind == 1:
            field, held = extra[at + 4 : at + 4 + length], 0
            for i, value in enumerate(values):
                if value == _FULL32 and held + 8 <= len(field):
                    values[i] = int.from_bytes(field[held : held + 8], "little")
                    held += 8
            return values
        at += 4 + length
    raise FormatError("its ZIP64 sizes are missing").at(item=f"member '{name}'")


def _placed(window: _Window, entry: Listed, directory: int) -> ZipMember:
    """The member with the place of its data, its own header compared with the directory's."""
    header, name, raw, flags, method, crc, packed, size = entry
    if method not in (_STORED, _DEFLATED):
        raise _refused(entry, f"packed by method {method}, which is not read")
    if header + _LOCAL.size > directory:
        raise _refused(entry, "the member lies outside the archive")
    head = window.read(header, _LOCAL.size + len(raw))  # there are as many: the directory behind it has the name too
    own = _LOCAL.unpack_from(head)
    mark, _, own_flags, own_method, _, _, _, own_packed, own_size, name_length, extra_length = own
    if mark != b"PK\3\4":
        raise _refused(entry, "no member begins where the directory says")
    offset = header + _LOCAL.size + name_length + extra_length
    if offset + packed > directory:
        raise _refused(entry, "the member reaches beyond the archive")
    said = head[_LOCAL.size :] if name_length == len(raw) else window.read(header + _LOCAL.size, name_length)
    if said != raw and _name(said, header) != name:
        raise _refused(entry, "directory and member give different names")
    unsaid = (0, _FULL32) if flags & _SIZES_AFTER else (_FULL32,)
    sizes_differ = (own_packed != packed and own_packed not in unsaid) or (own_size != size and own_size not in unsaid)
    if own_method != method or (own_flags ^ flags) & (_ENCRYPTED | _SIZES_AFTER) or sizes_differ:
        raise _refused(entry, "directory and member contradict each other")
    if method == _STORED and packed != size:
        raise _refused(entry, "stored as it is, yet of two sizes")
    return ZipMember(name, method, crc, packed, size, header, offset)


def _refused(entry: Listed, why: str) -> NetledgerError:
    return FormatError(why).at(byte=entry[0], item=f"member '{entry[1]}'")
