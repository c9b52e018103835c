"""Tars of images that lie elsewhere, at any address that fsspec knows (``s3://``, ``gs://``, ``https://``).

They are read by ranges.
Credentials are the library's own and never printed; of an address no more than scheme, bucket and path is, and of a
library's error no more than its kind.
"""

from __future__ import annotations

import io
import time

from netledger.errors import DataError, MissingExtraError, NotFoundError, UsageError
from netledger.records import Record
from netledger.sources.remote import without_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TRIES = 4
"""A range that does not come is asked for so many times, after 0.5, 1 and 2 seconds."""
INDEXED_BY = 4 << 20
"""Bytes of a shard that are asked for at a time while its images are looked for."""


class RemoteShard(Record):
    """One tar elsewhere. Its address alone goes to worker processes: each has connections of its own."""

    __slots__ = ("address",)
    address: str

    def __init__(self, address: str) -> None:
        self._fill(address)

    def __str__(self) -> str:
        return without_secrets(self.address)[:200]

    def inside(self, folder: str) -> tuple[str, ...]:
        """The names below a folder that lead to it, its own last."""
        below = str(self).removeprefix(without_secrets(folder).rstrip("/"))
        return tuple([part for part in below.split("/") if part])

    def open(self, mode: str) -> io.BufferedReader:
        """The whole as a file, of which pieces are fetched as they are read."""
        return io.BufferedReader(_Pieces(self), INDEXED_BY)

    def size(self) -> int:
        """Its bytes."""
        system, path = _system_of(self.address)
        try:
            return int(system.info(path)["size"])
        except Exception as error:  # whatever a file system's library raises: its words may hold what is secret
            raise _fault(error).at(file=str(self)) from None

    def read(self, offset: int, length: int) -> bytes:
        """So many bytes from there; a range that does not come, or not whole, is a ``DataError`` in the end."""
        if not length:
            return b""
        system, path = _system_of(self.address)
        fault = DataError("no bytes came")
        for waiting in range(TRIES):
            if waiting:
                time.sleep(2.0 ** (waiting - 2))
            try:
                data = system.cat_file(path, start=offset, end=offset + length)
            except Exception as error:
                fault = _fault(error)
                continue
            if len(data) == length:
                return bytes(data)
            fault = DataError(f"{len(data):,} bytes came, {length:,} were asked for")
        raise fault.at(file=str(self))


def shards_below(folder: str) -> list[RemoteShard]:
    """Every tar below a folder or bucket, by name; none is a ``NotFoundError``."""
    system, path = _system_of(folder)
    try:
        names = sorted([str(name) for name in system.find(path) if str(name).endswith(".tar")])
    except Exception as error:
        raise _fault(error).at(file=without_secrets(folder)[:200]) from None
    if not names:
        raise NotFoundError("no .tar is there").at(file=without_secrets(folder)[:200])
    return [RemoteShard(str(system.unstrip_protocol(name))) for name in names]


class _Pieces(io.RawIOBase):
    """A shard as an unbuffered file."""

    def __init__(self, shard: RemoteShard) -> None:
        self.shard, self.length, self.at = shard, shard.size(), 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.length}[whence])
        return self.at

    def readinto(self, buffer: Any) -> int:
        data = self.shard.read(self.at, max(0, min(len(buffer), self.length - self.at)))
        buffer[: len(data)] = data
        self.at += len(data)
        return len(data)


def _fault(error: Exception) -> DataError:
    why = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read: {type(error).__name__}"
    return DataError(why)


def _system_of(address: str) -> tuple[Any, str]:
    """The file system of an address, which fsspec keeps for each process, and the path in it."""
    scheme = address.partition("://")[0]
    try:
        from fsspec.core import url_to_fs

        system, path = url_to_fs(address)
    except ImportError:
        raise MissingExtraError("fsspec", "remote", f"{scheme}://") from None
    except ValueError:
        raise UsageError(f"'{without_secrets(address)[:120]}': no file system is known for {scheme}://") from None
    return system, str(path)
