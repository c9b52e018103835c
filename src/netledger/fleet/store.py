"""The rows of a census on disk: ``files/`` and ``tensors/``, Parquet shard by shard; what is there is not read again.

A shard is written beside its place and renamed, its tensors first: a census that is killed leaves whole shards. A place
that was read again has its new row in a new shard; the old one is taken out when the census ends, or the next begins.
"""

from __future__ import annotations

import json
import os

from netledger.errors import UsageError
from netledger.fleet.arrow import FILES, TENSORS, pyarrow_for, schema_of, unpacked
from netledger.fleet.batch import BatchRows, Limits
from netledger.fleet.reading import FAILED
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SAID = b"netledger.census"


class Done(Record):
    """What is there of a place: the key that it was read under (``None``: to be read again), the shard of its row."""

    __slots__ = ("key", "shard")
    key: str | None
    shard: int

    def __init__(self, key: str | None, shard: int) -> None:
        self._fill(key, shard)


class Store:
    """The folder of a census, held by one process at a time. A context manager."""

    def __init__(self, out: str, limits: Limits, most: int) -> None:
        self._arrow = pyarrow_for("a census in Parquet")
        self.out, self.most = out, most
        self.done: dict[str, Done] = {}
        self.structures = set[str]()
        self._stale = set[int]()
        self._files: list[Any] = []
        self._tensors: list[Any] = []
        self._said = {_SAID.decode(): json.dumps({"schema": 1, "dtype": limits.dtype})}
        for table in ("files", "tensors"):
            _make_folder(os.path.join(out, table))  # noqa: PTH118
        self._lock = _locked(os.path.join(out, ".lock"))  # noqa: PTH118
        self._next = self._load()

    @property
    def waiting(self) -> int:
        """BatchRows that are in no shard yet."""
        return sum([table.num_rows for table in self._files])

    def _load(self) -> int:
        """Look at what is there; the number of the next shard."""
        from pyarrow import parquet

        numbers = sorted(_numbers_in(os.path.join(self.out, "files")))  # noqa: PTH118
        for number in numbers:
            path = self._path("files", number)
            said = parquet.read_schema(path).metadata or {}
            if said.get(_SAID, b"").decode() != self._said[_SAID.decode()]:
                raise UsageError(f"'{self.out}' holds a census made with another --dtype, or something else")
            table = parquet.read_table(path, columns=["source", "key", "status", "structure"])
            rows = zip(*[table.column(name).to_pylist() for name in table.column_names], strict=True)
            for source, key, status, structure in rows:
                self._enter(source, Done(key if status != FAILED else None, number))
                self.structures.add(structure)
        self.tidy()
        shards = [*numbers, *_numbers_in(os.path.join(self.out, "tensors"))]  # noqa: PTH118
        return max(shards, default=-1) + 1

    def _enter(self, source: str, done: Done) -> None:
        before = self.done.get(source)
        if before is not None and before.shard != done.shard:
            self._stale.add(before.shard)
        self.done[source] = done

    def add(self, rows: BatchRows) -> dict[str, int]:
        """BatchRows that came in; how many of them were read, refused, failed."""
        files, tensors = unpacked(rows.files), unpacked(rows.tensors)
        names, keys = files.column("source").to_pylist(), files.column("key").to_pylist()
        for source, key in zip(names, keys, strict=True):
            self._enter(source, Done(key, self._next))
        structures = tensors.column("structure").to_pylist()
        new = set(structures) - self.structures
        self.structures |= new
        self._files.append(files)
        if new:
            self._tensors.append(tensors.filter([structure in new for structure in structures]))
        found: dict[str, int] = {}
        for status in files.column("status").to_pylist():
            found[status] = found.get(status, 0) + 1
        return found

    def write(self) -> None:
        """What waits, as a shard."""
        if not self._files:
            return
        for table, columns, parts in (("tensors", TENSORS, self._tensors), ("files", FILES, self._files)):
            if parts:
                self._put(table, self._next, self._arrow.concat_tables(parts), columns)
        self._files, self._tensors = [], []
        self._next += 1

    def tidy(self) -> None:
        """Take out of earlier shards the rows of places that have a newer one."""
        from pyarrow import parquet

        for number in sorted(self._stale):
            table = parquet.read_table(self._path("files", number))
            kept = table.filter([self.done[name].shard == number for name in table.column("source").to_pylist()])
            if kept.num_rows:
                self._put("files", number, kept, FILES)
            else:
                os.unlink(self._path("files", number))  # noqa: PTH108
        self._stale.clear()

    def _put(self, table: str, number: int, rows: Any, columns: dict[str, str]) -> None:
        from pyarrow import parquet

        path = self._path(table, number)
        with open(f"{path}.part", "wb") as file:  # noqa: PTH123
            parquet.write_table(rows.cast(schema_of(columns, self._said)), file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        os.replace(f"{path}.part", path)  # noqa: PTH105

    def _path(self, table: str, number: int) -> str:
        return os.path.join(self.out, table, f"part-{number:06d}.parquet")  # noqa: PTH118

    def close(self) -> None:
        """Give the folder free."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _make_folder(path: str) -> None:
    try:
        os.makedirs(path, exist_ok=True)  # noqa: PTH103
    except OSError as error:
        raise UsageError(f"cannot write: {(error.strerror or type(error).__name__).lower()}").at(file=path) from None


def _numbers_in(folder: str) -> list[int]:
    names = [name for name in os.listdir(folder) if name.startswith("part-") and name.endswith(".parquet")]  # noqa: PTH208
    return [int(name[5:-8]) for name in names if name[5:-8].isdecimal()]


def _locked(path: str) -> int:
    """A descriptor that holds the folder for this process, where the system can lock files."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        pass
    except OSError:
        os.close(descriptor)
        raise UsageError("another census writes there").at(file=path) from None
    return descriptor
