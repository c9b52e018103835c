"""NumPy's ``.npy`` and ``.npz``: names, shapes and element types of the arrays; objects are never unpickled.

Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

from __future__ import annotations

from netledger.errors import FormatError, NetledgerError
from netledger.network import Tensor
from netledger.sources import Options, Source
from netledger.sources.companions import quantisation_beside
from netledger.sources.files import stem
from netledger.sources.tensors.module_tree import layers_of, tree
from netledger.sources.tensors.numpy_header import MAGIC, ArrayHeader, header_length, parse_header
from netledger.sources.tensors.roles import role_of
from netledger.unknown import Unknown
from netledger.wire.zip import Archive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Network
    from netledger.sources.files import InputFile


def _tensor(name: str, header: ArrayHeader) -> Tensor:
    dtype = header.dtype or ("object" if "O" in header.descr else "record")
    nbytes: int | Unknown | None = None
    if header.dtype is None:
        nbytes = Unknown("an array of objects") if header.width is None else header.elements * header.width
    count = header.count
    role = role_of(name, dtype, header.shape)
    return Tensor(
        name, role, header.shape, dtype, nbytes=nbytes, elements=count if isinstance(count, Unknown) else None
    )


def _fits(header: ArrayHeader, size: int) -> None:
    """The array must be exactly what follows its header."""
    if header.width is None:
        return
    needed = header.elements * header.width
    if needed != size - header.length:
        raise FormatError(f"its shape needs {needed:,} bytes, {size - header.length:,} are there").at(
            byte=header.length
        )


def _read_npy(file: InputFile, options: Options) -> Network:
    length = header_length(file.read_at(0, min(12, file.size)))
    header = parse_header(file.read_at(0, length))
    _fits(header, file.size)
    name = stem(file.path)
    about = {"format": "npy", "tensors": 1, "stored": _stored([header], file.size - length)}
    return tree(name, layers_of([_tensor(name, header)]), notes=_notes([header]), meta=about)


def _stored(headers: list[ArrayHeader], nbytes: int) -> dict[str, int]:
    """Elements of the arrays, and the bytes that stand behind their headers; nothing of arrays without a width."""
    if any(header.width is None for header in headers):
        return {}
    return {"elements": sum([header.elements for header in headers]), "bytes": nbytes}


def _read_npz(file: InputFile, options: Options) -> Network:
    archive = Archive(file)
    tensors, headers = [], []
    for name, member in archive.members.items():
        if not name.endswith(".npy"):
            raise FormatError("a member that is no .npy array").at(byte=member.header, item=f"member '{name}'")
        try:
            length = header_length(archive.head(name, 12))
            header = parse_header(archive.head(name, length))
            _fits(header, member.size)
        except NetledgerError as error:
            error.byte = None
            error.at(byte=member.offset, item=f"array '{name.removesuffix('.npy')}'")
            raise
        headers.append(header)
        tensors.append(_tensor(name.removesuffix(".npy"), header))
    nbytes = sum([member.size for member in archive.members.values()]) - sum([header.length for header in headers])
    meta = {"format": "npz", "tensors": len(tensors), "stored": _stored(headers, nbytes)}
    layers = layers_of(tensors, lambda: quantisation_beside(file))
    return tree(stem(file.path), layers, notes=_notes(headers), meta=meta)


def _notes(headers: list[ArrayHeader]) -> tuple[str, ...]:
    """What is said of arrays that hold no numbers."""
    odd = [header.descr for header in headers if header.dtype is None]
    objects = sum(["O" in descr for descr in odd])
    counted = ((objects, "pickled objects"), (len(odd) - objects, "records or text"))
    return tuple([f"{_arrays(count)} of {what}: not read, counts unknown" for count, what in counted if count])


def _arrays(count: int) -> str:
    return "1 array" if count == 1 else f"{count:,} arrays"


def _is_npz(head: bytes) -> bool:
    if not head.startswith(b"PK\3\4"):
        return False
    return head[30 : 30 + int.from_bytes(head[26:28], "little")].endswith(b".npy")


NPZ = Source("npz", "NumPy archive", (".npz",), _is_npz, _read_npz)
NPY = Source("npy", "NumPy array", (".npy",), lambda head: head.startswith(MAGIC), _read_npy)
