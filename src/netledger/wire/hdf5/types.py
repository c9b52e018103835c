"""Datatypes, dataspaces and storage layouts of HDF5: what a dataset's elements are, how many, and where they lie."""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.limits import NESTING, RANK
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.wire.hdf5.pages import Hdf5Bytes

FIXED, FLOAT, STRING, BITFIELD, OPAQUE, COMPOUND, REFERENCE, ENUM, VARIABLE, ARRAY = 0, 1, 3, 4, 5, 6, 7, 8, 9, 10
_FLOATS = {(4, 8, 23): "float32", (8, 11, 52): "float64", (2, 5, 10): "float16", (2, 8, 7): "bfloat16"}
"""Size, bits of the exponent and of the mantissa → netledger's name."""
_NAMES = {BITFIELD: "bits", OPAQUE: "opaque", COMPOUND: "records", REFERENCE: "references", ARRAY: "arrays"}


class Hdf5Type(Record):
    """An element type: its class, its size in bytes, netledger's name for it (``None``: it is no number)."""

    __slots__ = ("number", "size", "dtype", "what")
    number: int
    size: int
    dtype: str | None
    what: str

    def __init__(self, number: int, size: int, dtype: str | None, what: str) -> None:
        self._fill(number, size, dtype, what)


def type_of(data: Hdf5Bytes, depth: int = 0) -> Hdf5Type:
    """The datatype that a message begins with."""
    first, bits = data.uint(1), data.uint(3)
    number, size = first & 15, data.uint(4)
    if depth > NESTING:
        raise FormatError("an element type nested too deep").at(byte=data.pages.base + data.at)
    if number == FIXED:
        data.take(4)
        signed = "int" if bits & 8 else "uint"
        return Hdf5Type(number, size, f"{signed}{8 * size}" if size in (1, 2, 4, 8) else None, "integers")
    if number == FLOAT:
        data.take(4)
        _, exponent, _, mantissa = data.take(4)
        data.take(4)
        return Hdf5Type(number, size, _FLOATS.get((size, exponent, mantissa)), "reals")
    if number == ENUM:
        inner = type_of(data, depth + 1)
        two = bits & 0xFFFF == 2 and size == 1 and data.data.find(b"FALSE\0", data.position) >= 0
        return Hdf5Type(number, size, "bool" if two else inner.dtype, "numbers with names")
    if number == VARIABLE:
        return Hdf5Type(number, size, None, "text" if bits & 15 == 1 else "lists")
    return Hdf5Type(number, size, None, "text" if number == STRING else _NAMES.get(number, "something unknown"))


def space_of(data: Hdf5Bytes) -> tuple[int, ...] | None:
    """The sizes of a dataspace; ``()`` for a single value, ``None`` for none at all."""
    version, rank = data.uint(1), data.uint(1)
    data.take(1)
    if version == 1:
        data.take(5)
        kind = 1
    elif version == 2:
        kind = data.uint(1)
    else:
        raise FormatError(f"a dataspace of version {version}").at(byte=data.pages.base + data.at)
    if rank > RANK:
        raise FormatError(f"{rank} dimensions, more than {RANK}").at(byte=data.pages.base + data.at)
    if kind == 2:
        return None
    return tuple([data.length() for _ in range(rank)])


def storage_of(data: Hdf5Bytes) -> tuple[str, int, int | None]:
    """How a dataset is stored (``compact``, ``contiguous``, ``chunked``, ``virtual``), where, in how many bytes."""
    version = data.uint(1)
    if version in (1, 2):
        data.take(1)
        kind = data.uint(1)
        data.take(5)
        return _KINDS[kind] if kind < len(_KINDS) else "unknown", 0 if kind == 0 else data.address(), None
    if version not in (3, 4):
        raise FormatError(f"a storage layout of version {version}").at(byte=data.pages.base + data.at)
    kind = data.uint(1)
    if kind == 0:
        return "compact", data.at, data.uint(2)
    if kind == 1:
        return "contiguous", data.address(), data.length()
    if kind == 2:
        if version == 3:
            data.take(1)
            return "chunked", data.address(), None
        return "chunked", 0, None
    return _KINDS[kind] if kind < len(_KINDS) else "unknown", 0, None


_KINDS = ("compact", "contiguous", "chunked", "virtual")
