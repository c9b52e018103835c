"""The ``weight.bin`` of a Core ML package: a line of 64 bytes before each blob says what it is; no value is read.

Source: ``mlmodel/src/MILBlob/Blob/StorageFormat.hpp`` of coremltools.
"""

from __future__ import annotations

from netledger.dtypes import bytes_of
from netledger.errors import FormatError, LimitError, NotFoundError
from netledger.network import elements_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.coreml.mil import MilValue
    from netledger.sources.files import InputFile

_SENTINEL = 0xDEADBEEF
_TYPES = {
    1: "float16", 2: "float32", 3: "uint8", 4: "int8", 5: "bfloat16", 6: "int16", 7: "uint16", 8: "int4", 9: "uint1",
    10: "uint2", 11: "uint4", 12: "uint3", 13: "uint6", 14: "int32", 15: "uint32", 16: "float8_e4m3fn",
    17: "float8_e5m2",
}  # fmt: skip
_FOLDER = "@model_path/"
_MOST_FILES = 64


class Blobs:
    """The files of blobs beside a model, each opened once; one that is missing is noted, and its blobs not checked."""

    def __init__(self, file: InputFile) -> None:
        self.file = file
        self.missing: list[str] = []
        self.held: dict[str, int] = {}
        self._files: dict[str, InputFile | None] = {}
        self._seen: set[tuple[str, int]] = set()

    def close(self) -> None:
        """Close what was opened."""
        for one in self._files.values():
            if one is not None:
                one.close()

    def size(self, value: MilValue) -> int:
        """The bytes of a value's blob, which must be there and fit its type and shape."""
        shape, dtype = value.type.shape or (), value.type.dtype
        needed = bytes_of(int(elements_of([size or 0 for size in shape])), dtype)
        name = value.file or ""
        blobs = self._open(name)
        if blobs is None:
            return needed
        line = blobs.read_at(value.offset, 64)
        if int.from_bytes(line[:4], "little") != _SENTINEL:
            raise FormatError(f"no blob is at {value.offset:,} of '{name[:200]}'").at(byte=value.at)
        kind, nbytes, place = (int.from_bytes(line[i : i + n], "little") for i, n in ((4, 4), (8, 8), (16, 8)))
        if _TYPES.get(kind) != dtype:
            said = _TYPES.get(kind, f"type {kind}")
            raise FormatError(f"a blob of {said} where {dtype} is stated").at(byte=value.at)
        if nbytes != needed:
            raise FormatError(f"its shape needs {needed:,} bytes, its blob has {nbytes:,}").at(byte=value.at)
        if place + nbytes > blobs.size:
            raise FormatError(f"its blob ends at {place + nbytes:,} of {blobs.size:,} bytes").at(byte=value.at)
        if (name, value.offset) not in self._seen:
            self._seen.add((name, value.offset))
            self.held[name] = self.held.get(name, 0) + 1
        return needed

    def unread(self) -> int:
        """How many blobs of the files lie beside those that were asked for."""
        counts = [
            (int.from_bytes(one.read_at(0, 4), "little"), self.held.get(name, 0))
            for name, one in self._files.items()
            if one is not None and one.size >= 64
        ]
        return sum([max(0, there - used) for there, used in counts])

    def _open(self, name: str) -> InputFile | None:
        if name not in self._files:
            if len(self._files) >= _MOST_FILES:
                raise LimitError(f"more than {_MOST_FILES} files of blobs")
            if not name.startswith(_FOLDER):
                raise FormatError(f"names the file '{name[:200]}', which is not beside the model")
            try:
                self._files[name] = self.file.sibling(name[len(_FOLDER) :])
            except NotFoundError:
                self._files[name] = None
                self.missing.append(name[len(_FOLDER) :])
        return self._files[name]
