"""Where external data lies: the files beside a model, their names and sizes checked."""

from __future__ import annotations

import os
import stat

from netledger.dtypes import BITS
from netledger.errors import FormatError
from netledger.sources.files import InputFile
from netledger.sources.onnx.schema import ENTRY
from netledger.sources.onnx.tensors import bytes_needed
from netledger.wire.protobuf import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.onnx.tensors import StoredTensor
    from netledger.wire.cursor import Cursor
    from netledger.wire.protobuf import Span

_KNOWN_KEYS = frozenset(("location", "offset", "length", "checksum", "basepath"))


class Folder:
    """The folder of the model file: external data is looked up there by name and size.

    It is opened only for a few values that tell what somebody trained.
    """

    __slots__ = ("files", "path", "sizes")

    def __init__(self, path: str = "") -> None:
        # Nothing is looked up below an empty path: tensors in attributes cannot be in other files.
        self.path = os.path.dirname(os.path.abspath(path)) if path else ""  # noqa: PTH100, PTH120
        self.sizes: dict[str, int | None] = {}
        self.files: dict[str, int] = {}

    def check(self, cursor: Cursor, spans: list[Span], tensor: StoredTensor) -> tuple[str, int]:
        """The file that holds the tensor's data, and where in it; both checked. Missing files are let pass."""
        entries: dict[str, str] = {}
        for span in spans:
            found = decode(cursor, (span,), ENTRY, "external_data")
            key = found.get("key", "")
            if key in entries:
                raise FormatError(f"external_data gives '{key}' twice").at(byte=span[0])
            if key not in _KNOWN_KEYS:
                raise FormatError(f"external_data has the unknown key '{key}'").at(byte=span[0])
            entries[key] = found.get("value", "")
        location = entries.get("location", "")
        self._inside(location, tensor.at)
        offset = _number(entries, "offset", tensor.at) or 0
        length = _number(entries, "length", tensor.at)
        needed = bytes_needed(tensor) if tensor.dtype in BITS else None
        if length is not None and needed is not None and length != needed:
            raise FormatError(
                f"dims say {tensor.elements:,} elements ({needed:,} bytes of {tensor.dtype}), "
                f"external_data says length {length:,}"
            ).at(byte=tensor.at)
        size = self.size(location, tensor.at)
        end = offset + (needed or length or 0)
        if size is not None and end > size:
            raise FormatError(f"its data ends at {end:,} in '{location}', which has {size:,} bytes").at(byte=tensor.at)
        return location, offset

    def _inside(self, location: str, at: int) -> None:
        """Only a plain relative name below the model's folder, on any system, is a location."""
        parts = location.replace("\\", "/").split("/")
        bad = (
            not location
            or location.startswith(("/", "\\", "~"))
            or "\0" in location
            or "\\" in location
            or ":" in location
            or ".." in parts
        )
        if bad:
            raise FormatError(f"external data in '{location}', which is not inside the model's folder").at(byte=at)

    def size(self, location: str, at: int) -> int | None:
        """The size of a sibling, ``None`` where it is not there; links, devices and folders are refused."""
        if location not in self.sizes:
            self.sizes[location] = self._measured(location, at)
        return self.sizes[location]

    def read(self, location: str, offset: int, count: int) -> bytes | None:
        """So many bytes of a sibling that :meth:`check` let pass; ``None`` where it is not there."""
        if self.size(location, 0) is None:
            return None
        with InputFile.open(f"{self.path}/{location}") as file:
            return file.read_at(offset, count)

    def _measured(self, location: str, at: int) -> int | None:
        path = self.path
        status = None
        for part in location.split("/"):
            path = f"{path}/{part}"
            try:
                status = os.lstat(path)
            except (OSError, ValueError):
                return None
            if stat.S_ISLNK(status.st_mode):
                raise FormatError(f"external data in '{location}', which is a symbolic link").at(byte=at)
        if status is None or not stat.S_ISREG(status.st_mode):
            raise FormatError(f"external data in '{location}', which is not a regular file").at(byte=at)
        if status.st_nlink > 1:
            raise FormatError(f"external data in '{location}', which is a hard link").at(byte=at)
        return status.st_size


def _number(entries: dict[str, str], key: str, at: int) -> int | None:
    given = entries.get(key)
    if given is None or given == "":
        return None
    if len(given) > 19 or not given.isascii() or not given.isdigit():
        raise FormatError(f"external_data gives {key} '{given[:24]}', which is no byte count").at(byte=at)
    return int(given)
