"""An HDF5 file as a list of objects by path, with the attributes that are text or small numbers."""

from __future__ import annotations

from netledger.errors import FormatError, LimitError, NetledgerError
from netledger.limits import MAX_ELEMENTS, NESTING, STRUCTURE_BYTES, TENSORS
from netledger.records import Record
from netledger.wire.hdf5.groups import link_of, table_links
from netledger.wire.hdf5.headers import SHARED, messages_of
from netledger.wire.hdf5.pages import Hdf5Bytes, Hdf5Pages
from netledger.wire.hdf5.types import STRING, VARIABLE, space_of, storage_of, type_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from netledger.wire.cursor import Readable
    from netledger.wire.hdf5.headers import Message

    Attributes = Mapping[str, str | tuple[str, ...]]

_SPACE, _LINKS, _TYPE, _LINK, _EXTERNAL, _LAYOUT, _FILTERS, _ATTRIBUTE, _TABLE, _ATTRIBUTES = (
    1, 2, 3, 6, 7, 8, 11, 12, 17, 21,
)  # fmt: skip
_DEFLATE_MOST = 1_100
"""No filter in common use packs more than so many bytes into one."""
_TEXTS = 100_000


class Hdf5Object(Record):
    """One object of the file. ``shape`` is ``None`` for a group, ``dtype`` where its elements are no numbers (``what``
    says what they are); ``nbytes`` are its values' bytes, ``None`` where they are packed; ``attributes`` those of text.
    """

    __slots__ = ("path", "shape", "dtype", "what", "nbytes", "address", "attributes")
    path: str
    shape: tuple[int, ...] | None
    dtype: str | None
    what: str
    nbytes: int | None
    address: int
    attributes: Attributes

    def __init__(
        self, path: str, shape: tuple[int, ...] | None, dtype: str | None, what: str, nbytes: int | None, address: int,
        attributes: Attributes,
    ) -> None:  # fmt: skip
        self._fill(path, shape, dtype, what, nbytes, address, attributes)


class Hdf5File:
    """Every object of a file that hard links lead to, in the order of the links, each once.

    ``passed_over`` counts links that lead elsewhere (soft, to other files) or to an object that stands here already.
    """

    def __init__(self, source: Readable) -> None:
        self.pages = Hdf5Pages(source)
        self.objects: dict[str, Hdf5Object] = {}
        self.passed_over = 0
        self.repeated: dict[str, str] = {}
        self._heaps: dict[int, dict[int, tuple[int, int]]] = {}
        self._text = 0
        seen: dict[int, str] = {}
        waiting = [("", self.pages.root)]
        while waiting:
            path, address = waiting.pop()
            if address in seen:
                self.repeated[path] = seen[address]
                continue
            seen[address] = path
            if len(seen) > TENSORS or path.count("/") > NESTING:
                raise LimitError(f"more than {TENSORS:,} objects, or nested deeper than {NESTING}")
            try:
                one, links = self._object(path, address)
            except NetledgerError as error:
                raise error.at(item=f"'{path or '/'}'") from None
            self.objects[path] = one
            waiting += [(f"{path}/{name}" if path else name, target) for name, target in reversed(links)]

    def _object(self, path: str, address: int) -> tuple[Hdf5Object, list[tuple[str, int]]]:
        """The object at an address, and the links of a group."""
        messages = messages_of(self.pages, address)
        kinds = {kind: data for kind, _, data in messages}
        attributes = self._attributes(messages)
        if _SPACE in kinds and _TYPE in kinds and _LAYOUT in kinds:
            shared = any(kind == _TYPE and flags & SHARED for kind, flags, _ in messages)
            return self._dataset(path, address, kinds, attributes, shared), []
        links: list[tuple[str, int]] = []
        for kind, _, data in messages:
            if kind == _TABLE:
                found, others = table_links(self.pages, data.address(), data.address())
                links += found
                self.passed_over += others
            elif kind == _LINK:
                name, sort, target = link_of(data)
                if sort == "hard":
                    links.append((name, target))
                else:
                    self.passed_over += 1
            elif kind == _LINKS:
                self._no_heap(data)
        return Hdf5Object(path, None, None, "group", None, address, attributes), links

    def _no_heap(self, data: Hdf5Bytes) -> None:
        """Very many links of the new kind lie in a heap of their own, which is not read."""
        _, flags = data.uint(1), data.uint(1)
        data.take(8 if flags & 1 else 0)
        if not self.pages.undefined(data.address()):
            raise FormatError("its links lie in a fractal heap, which is not read").at(byte=self.pages.base + data.at)

    # -------------------------------------------------------------- datasets

    def _dataset(
        self, path: str, address: int, kinds: Mapping[int, Hdf5Bytes], attributes: Attributes, shared: bool
    ) -> Hdf5Object:
        if _EXTERNAL in kinds:
            raise FormatError("its values lie in another file, which is not opened")
        shape = space_of(kinds[_SPACE])
        how, place, stored = storage_of(kinds[_LAYOUT])
        if how in ("virtual", "unknown"):
            raise FormatError(f"its storage is {how}: its values lie elsewhere")
        if shared:
            return Hdf5Object(path, shape or (), None, "a named type", None, address, attributes)
        kind = type_of(kinds[_TYPE])
        if shape is None:
            return Hdf5Object(path, (0,), kind.dtype, kind.what, 0, address, attributes)
        elements = 1
        for size in shape:
            elements *= size
        if elements > MAX_ELEMENTS:
            raise LimitError("more than 2^127 elements")
        needed = elements * kind.size
        self._check_storage(how, place, stored, needed, _FILTERS in kinds)
        packed = how == "chunked" and _FILTERS in kinds
        return Hdf5Object(path, shape, kind.dtype, kind.what, None if packed else needed, address, attributes)

    def head(self, one: Hdf5Object, most: int) -> bytes:
        """The first bytes of a dataset, ``most`` at most; none where its values do not lie in one piece."""
        kinds = {kind: data for kind, _, data in messages_of(self.pages, one.address)}
        if one.nbytes is None or _LAYOUT not in kinds:
            return b""
        how, place, _ = storage_of(kinds[_LAYOUT])
        return self.pages.take(place, min(one.nbytes, most)) if how == "contiguous" else b""

    def _check_storage(self, how: str, place: int, stored: int | None, needed: int, packed: bool) -> None:
        """A dataset's values are really there: every byte of those that are stored as they are."""
        if not needed:
            return
        if how != "compact" and self.pages.undefined(place):
            raise FormatError(f"its shape needs {needed:,} bytes, none were ever written")
        if stored is not None and stored != needed:
            raise FormatError(f"its shape needs {needed:,} bytes, {stored:,} are stored")
        if how == "contiguous" and self.pages.base + place + needed > self.pages.end:
            raise FormatError(f"its {needed:,} bytes reach beyond the file's {self.pages.end:,}")
        if how == "chunked" and needed > self.pages.end * (_DEFLATE_MOST if packed else 1):
            raise FormatError(f"its shape needs {needed:,} bytes, the file has {self.pages.end:,}")

    # -------------------------------------------------------------- attributes

    def _attributes(self, messages: list[Message]) -> dict[str, str | tuple[str, ...]]:
        found: dict[str, str | tuple[str, ...]] = {}
        for kind, _, data in messages:
            if kind == _ATTRIBUTE:
                name, value = self._attribute(data)
                if value is not None:
                    found[name] = value
        return found

    def _attribute(self, data: Hdf5Bytes) -> tuple[str, str | tuple[str, ...] | None]:
        """An attribute's name and, where it is text, its value."""
        version, flags = data.uint(1), data.uint(1)
        name_size, type_size, space_size = data.uint(2), data.uint(2), data.uint(2)
        if version == 3:
            data.take(1)
        take = data.padded if version == 1 else data.take
        name = take(name_size).rstrip(b"\0").decode("utf-8", "replace")
        kind_data, space_data = take(type_size), take(space_size)
        if flags & 3:  # its type or space lies in another object
            return name, None
        kind = type_of(Hdf5Bytes(self.pages, kind_data, data.at))
        shape = space_of(Hdf5Bytes(self.pages, space_data, data.at))
        if kind.what != "text" or shape is None or len(shape) > 1:
            return name, None
        count = shape[0] if shape else 1
        if count > _TEXTS:
            raise LimitError(f"attribute '{name}': {count:,} texts, more than {_TEXTS:,}")
        values = []
        for _ in range(count):
            raw = data.take(kind.size)
            values.append(self._kept(raw) if kind.number == VARIABLE else _plain(raw) if kind.number == STRING else "")
        return name, tuple(values) if shape else values[0]

    def _kept(self, raw: bytes) -> str:
        """A text that lies in the file's heap, by its length, the collection's address and its number in that."""
        data = Hdf5Bytes(self.pages, raw)
        length, address, number = data.uint(4), data.address(), data.uint(4)
        if not length:
            return ""
        if address not in self._heaps:
            self._heaps[address] = self._collection(address)
        place = self._heaps[address].get(number)
        if place is None or place[1] < length:
            raise FormatError("a text lies outside its heap").at(byte=self.pages.base + address)
        self._text += length
        if self._text > STRUCTURE_BYTES:
            raise LimitError(f"more than {STRUCTURE_BYTES:,} bytes of text")
        return _plain(self.pages.take(place[0], length))

    def _collection(self, address: int) -> dict[int, tuple[int, int]]:
        """Where the objects of a heap's collection lie, by their numbers, with their sizes."""
        width = self.pages.lengths
        head = Hdf5Bytes(self.pages, self.pages.take(address, 8 + width), address)
        if head.take(4) != b"GCOL":
            raise FormatError("a text leads to no heap").at(byte=self.pages.base + address)
        head.take(4)
        end = address + head.length()
        found: dict[int, tuple[int, int]] = {}
        at = address + 8 + width
        while at + 8 + width <= end:
            one = Hdf5Bytes(self.pages, self.pages.take(at, 8 + width), at)
            number = one.uint(2)
            one.take(6)
            size = one.length()
            if number == 0:
                break
            found[number] = (at + 8 + width, size)
            at += 8 + width + size + -size % 8
        return found


def _plain(raw: bytes) -> str:
    return raw.rstrip(b"\0").decode("utf-8", "replace")
