"""Object headers: the messages that say what an object is, of both versions, continuations followed once."""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.wire.hdf5.pages import Hdf5Bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.wire.hdf5.pages import Hdf5Pages

    Message = tuple[int, int, Hdf5Bytes]
    """Its type, its flags, its data."""

CONTINUATION = 0x10
SHARED = 2
"""The flag of a message that lies in another object."""
_MOST = 100_000


def messages_of(pages: Hdf5Pages, address: int) -> list[Message]:
    """Every message of the object at ``address``."""
    start = pages.take(address, 16)
    if start[:4] == b"OHDR":
        return _new_messages(pages, address)
    if start[0] != 1:
        raise FormatError("no object begins where an address leads").at(byte=pages.base + address)
    found: list[Message] = []
    blocks = [(address + 16, int.from_bytes(start[8:12], "little"))]
    _read_blocks(pages, blocks, found, version=1, tracked=False)
    return found


def _new_messages(pages: Hdf5Pages, address: int) -> list[Message]:
    head = Hdf5Bytes(pages, pages.take(address, min(64, pages.end - pages.base - address)), address)
    head.take(4)
    version, flags = head.uint(1), head.uint(1)
    if version != 2:
        raise FormatError(f"an object header of version {version}").at(byte=pages.base + address)
    head.take((16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0))
    size = head.uint(1 << (flags & 3))
    found: list[Message] = []
    _read_blocks(pages, [(address + head.position, size)], found, version=2, tracked=bool(flags & 4))
    return found


def _read_blocks(
    pages: Hdf5Pages, blocks: list[tuple[int, int]], found: list[Message], *, version: int, tracked: bool
) -> None:
    """The messages of the first block and of those that it goes on in, each block once."""
    seen = set[int]()
    while blocks:
        start, size = blocks.pop(0)
        if start in seen:
            raise FormatError("an object's header goes on in itself").at(byte=pages.base + start)
        seen.add(start)
        block = Hdf5Bytes(pages, pages.take(start, size), start)
        if version == 2 and len(seen) > 1:
            if block.take(4) != b"OCHK":
                raise FormatError("a header does not go on where it says").at(byte=pages.base + start)
            block.data = block.data[:-4]
        least = 8 if version == 1 else 4 + 2 * tracked
        while block.left >= least:
            kind = block.uint(2 if version == 1 else 1)
            length, flags = block.uint(2), block.uint(1)
            block.take(3 if version == 1 else 2 * tracked)
            place = start + block.position
            data = Hdf5Bytes(pages, block.take(length), place)
            if kind == CONTINUATION:
                blocks.append((data.address(), data.length()))
            elif kind:
                found.append((kind, flags, data))
            if len(found) + len(blocks) > _MOST:
                raise LimitError(f"an object of more than {_MOST:,} messages").at(byte=pages.base + start)
