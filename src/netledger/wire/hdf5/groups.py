"""The links of a group: symbol tables (B-tree, symbol nodes, local heap) and link messages. Only hard ones are kept."""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.limits import METADATA_ENTRIES, NAME_BYTES
from netledger.wire.hdf5.pages import Hdf5Bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.wire.hdf5.pages import Hdf5Pages

_SOFT = 2
_KINDS = {0: "hard", 1: "soft", 64: "external"}


def table_links(pages: Hdf5Pages, tree: int, heap: int) -> tuple[list[tuple[str, int]], int]:
    """``(name, address)`` of a symbol table's hard links in their order, and how many others were passed over."""
    names = _heap(pages, heap)
    links: list[tuple[str, int]] = []
    others, seen, waiting = 0, set[int](), [tree]
    while waiting:
        address = waiting.pop()
        if address in seen:
            raise FormatError("a group's tree leads back to itself").at(byte=pages.base + address)
        seen.add(address)
        mark = pages.take(address, 8)
        if mark[:4] == b"TREE":
            if mark[4] != 0:
                raise FormatError("a group's tree is none of a group").at(byte=pages.base + address)
            waiting += reversed(_children(pages, address, int.from_bytes(mark[6:8], "little")))
            continue
        if mark[:4] != b"SNOD":
            raise FormatError("a group's tree leads to no table of names").at(byte=pages.base + address)
        size = 2 * pages.width + 24
        count = int.from_bytes(mark[6:8], "little")
        table = Hdf5Bytes(pages, pages.take(address + 8, count * size), address)
        for _ in range(count):
            offset, target, cached = table.address(), table.address(), table.uint(4)
            table.take(20)
            if cached == _SOFT:
                others += 1
            else:
                links.append((_name_at(names, offset, address), target))
        if len(links) > METADATA_ENTRIES:
            raise LimitError(f"a group of more than {METADATA_ENTRIES:,} members")
    return links, others


def _children(pages: Hdf5Pages, address: int, count: int) -> list[int]:
    """The nodes below a node of a tree: keys and children take turns behind the two siblings."""
    step = pages.lengths + pages.width
    start = address + 8 + 2 * pages.width + pages.lengths
    data = pages.take(start, count * step)
    return [int.from_bytes(data[i * step : i * step + pages.width], "little") for i in range(count)]


def _heap(pages: Hdf5Pages, address: int) -> bytes:
    head = Hdf5Bytes(pages, pages.take(address, 8 + 2 * pages.lengths + pages.width), address)
    if head.take(4) != b"HEAP":
        raise FormatError("a group without its heap of names").at(byte=pages.base + address)
    head.take(4)
    size = head.length()
    head.length()
    return pages.take(head.address(), size)


def _name_at(names: bytes, offset: int, at: int) -> str:
    end = names.find(b"\0", offset, offset + NAME_BYTES + 1)
    if offset >= len(names) or end < 0:
        raise FormatError("a name lies outside its heap").at(byte=at)
    return text_of(names[offset:end], at)


def text_of(raw: bytes, at: int) -> str:
    """Bytes as UTF-8 text."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise FormatError("a name is no UTF-8 text").at(byte=at) from None


def link_of(data: Hdf5Bytes) -> tuple[str, str, int]:
    """A link message: its name, its kind (``hard``, ``soft``, ``external``, …) and where a hard one leads."""
    version, flags = data.uint(1), data.uint(1)
    if version != 1:
        raise FormatError(f"a link of version {version}").at(byte=data.at)
    kind = _KINDS.get(data.uint(1) if flags & 8 else 0, "user-defined")
    data.take((8 if flags & 4 else 0) + (1 if flags & 16 else 0))
    length = data.uint(1 << (flags & 3))
    if length > NAME_BYTES:
        raise LimitError(f"a name of {length:,} bytes, more than {NAME_BYTES:,}").at(byte=data.at)
    name = text_of(data.take(length), data.at)
    return name, kind, data.address() if kind == "hard" else 0
