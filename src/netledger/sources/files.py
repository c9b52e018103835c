"""One open file, read in pieces: never more than is asked for, never another file than was opened."""

from __future__ import annotations

import os
import stat

from netledger.errors import FormatError, LimitError, NotFoundError
from netledger.limits import STRUCTURE_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def stem(path: str) -> str:
    """A file's name without folder and suffix.

    >>> stem("models/alexnet.safetensors"), stem("model.safetensors.index.json")
    ('alexnet', 'model')
    """
    name = path.replace("\\", "/").rpartition("/")[2].removesuffix(".index.json")
    return name.rpartition(".")[0] or name


def _read_from(descriptor: int, count: int, offset: int) -> bytes:
    """Up to ``count`` bytes from ``offset``; where there is no ``pread`` (Windows) the place is sought first."""
    if hasattr(os, "pread"):
        return os.pread(descriptor, count, offset)
    os.lseek(descriptor, offset, os.SEEK_SET)
    return os.read(descriptor, count)


class InputFile:
    """A regular file, opened once: ``path``, ``size`` and :meth:`read_at`. A context manager.

    What is no regular file is refused without blocking on it. ``size`` is the size when opened; a file that is cut
    while it is read gives a ``FormatError``.
    """

    __slots__ = ("_descriptor", "path", "size")
    path: str
    size: int

    def __init__(self, path: str, descriptor: int, size: int) -> None:
        self.path, self._descriptor, self.size = path, descriptor, size

    @classmethod
    def open(cls, path: str) -> InputFile:
        """Open ``path``; missing, unreadable or no regular file: a ``NotFoundError``."""
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except (OSError, ValueError) as error:
            reason = (error.strerror or "it cannot be opened") if isinstance(error, OSError) else "not a file name"
            gone = isinstance(error, FileNotFoundError)
            raise NotFoundError("no such file" if gone else f"not read: {reason.lower()}").at(file=path) from None
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            kind = next((name for test, name in _KINDS if test(status.st_mode)), "no regular file")
            raise NotFoundError(f"this is {kind}, not a file").at(file=path)
        return cls(path, descriptor, status.st_size)

    def read_at(self, offset: int, count: int) -> bytes:
        """Exactly ``count`` bytes from ``offset``; fewer there is a ``FormatError``, too many a ``LimitError``."""
        if count > STRUCTURE_BYTES:
            raise LimitError(f"{count:,} bytes of structure, more than {STRUCTURE_BYTES:,}").at(byte=offset)
        if offset < 0 or count < 0 or offset + count > self.size:
            raise FormatError(f"the file ends at {self.size:,}, before the {count:,} bytes needed").at(byte=offset)
        pieces, wanted = [], count
        while wanted:
            piece = _read_from(self._descriptor, min(wanted, 1 << 30), offset + count - wanted)
            if not piece:
                raise FormatError("the file was cut while it was read").at(byte=offset + count - wanted)
            pieces.append(piece)
            wanted -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def text(self, most: int) -> str:
        """The whole file as UTF-8 text (a byte order mark is dropped), if it is not longer than ``most`` bytes."""
        if self.size > most:
            raise LimitError(f"{self.size:,} bytes of text, more than {most:,}")
        raw = self.read_at(0, self.size)
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise FormatError("not UTF-8 text").at(byte=error.start) from None

    def sibling(self, name: str) -> InputFile:
        """A file that this one names, opened; only inside this file's folder, symbolic links resolved.

        Where this file is itself reached by a link (a download cache), the folder that it really lies in counts too.
        """
        bad = not name or name.startswith(("/", "\\", "~")) or "\0" in name or "\\" in name or ":" in name
        if bad or ".." in name.split("/"):
            raise FormatError(f"names the file '{name}', which is not inside its own folder")
        folder = os.path.dirname(os.path.abspath(self.path))  # noqa: PTH100, PTH120 - pathlib is not imported here
        target = os.path.join(folder, name)  # noqa: PTH118
        real = os.path.realpath(target)
        inside = (os.path.realpath(folder), os.path.dirname(os.path.realpath(self.path)))  # noqa: PTH120
        if not any(os.path.commonpath([place, real]) == place for place in inside):
            raise FormatError(f"names the file '{name}', which leads out of its own folder")
        return InputFile.open(target)

    def close(self) -> None:
        """Close it; more than once does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
