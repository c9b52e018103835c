"""Who starts a process that reads, sees that it goes on, and starts another where it does not.

Every engine calls :func:`read_batch` in its workers, so that a file has the same row whoever reads it. A file that
takes too long, or at which the process dies, is a row that says so; the rest of its batch is read by the next process.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from contextlib import suppress

from netledger.errors import NetledgerError
from netledger.fleet.batch import Batch, BatchRows
from netledger.fleet.child import MARK
from netledger.fleet.reading import lost

_HEAD = 9
"""A sign and eight bytes of length before a process' answer."""
_TOO_LONG = "it takes longer than {:g} s"
_local = threading.local()
_all: set[ReadingProcess] = set()


def read_batch(batch: Batch) -> BatchRows:
    """The rows of a batch, read by this thread's own process."""
    while True:
        reader = getattr(_local, "reader", None)
        if reader is None or not reader.lives or reader.megabytes != batch.limits.megabytes:
            reader = _local.reader = ReadingProcess(batch.limits.megabytes)
        try:
            return reader.read(batch)
        except _Ended as ended:
            if reader.stopped:
                raise NetledgerError("the census was stopped") from None
            if ended.at in batch.failed:  # it was not that place: all of them together are too much
                return lost(batch, ended.why)
            batch = batch.replace(failed={**batch.failed, ended.at: ended.why})
        except BaseException:
            reader.close()
            raise


def stop_all() -> None:
    """End every process that was started here; the threads that keep them come back with an error."""
    for reader in list(_all):
        reader.stopped = True
        reader.process.kill()


def close_all() -> None:
    """End every process that was started here, where no thread waits for one."""
    for reader in list(_all):
        reader.close()


class _Ended(Exception):
    """The process ended at this place of its batch."""

    def __init__(self, at: int, why: str) -> None:
        super().__init__(why)
        self.at, self.why = at, why


class ReadingProcess:
    """One process that reads, for one thread."""

    def __init__(self, megabytes: int) -> None:
        self.megabytes = megabytes
        self.begun = 0
        self.since = time.monotonic()
        self.late: float | None = None
        self.stopped = False
        self.process = subprocess.Popen(
            [sys.executable, "-m", "netledger.fleet.child", str(megabytes)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment(),
        )  # fmt: skip
        _all.add(self)

    @property
    def lives(self) -> bool:
        """Whether it can still be given something."""
        return self.process.poll() is None

    def read(self, batch: Batch) -> BatchRows:
        """The rows of a batch; ``_Ended`` where the process did not live to say them."""
        assert self.process.stdin is not None
        self.begun, self.late, self.since = 0, None, time.monotonic()
        done = threading.Event()
        watch = threading.Thread(target=self._watch, args=(batch.limits.seconds, done), daemon=True)
        watch.start()
        try:
            data = pickle.dumps(batch)
            with suppress(BrokenPipeError):
                self.process.stdin.write(len(data).to_bytes(8, "little") + data)
                self.process.stdin.flush()
            rows = self._answer()
        finally:
            done.set()
        if rows is not None:
            return rows
        self.close()
        if not self.begun and not self.stopped:
            raise NetledgerError(f"the process that reads does not start ({_how(self.process.returncode)})")
        at = max(self.begun - 1, 0)
        if self.late is not None:
            raise _Ended(at, _TOO_LONG.format(self.late))
        raise _Ended(at, f"the process that read it ended ({_how(self.process.returncode)})")

    def _answer(self) -> BatchRows | None:
        """The rows; ``None`` where the process ended before it had them."""
        assert self.process.stdout is not None
        data = bytearray()
        while piece := os.read(self.process.stdout.fileno(), 1 << 20):
            self.since = time.monotonic()
            if not data:
                rest = piece.lstrip(MARK)
                self.begun += len(piece) - len(rest)
                piece = rest
            data += piece
            if len(data) > _HEAD and len(data) >= _HEAD + int.from_bytes(data[1:_HEAD], "little"):
                rows: BatchRows = pickle.loads(data[_HEAD:])
                return rows
        return None

    def _watch(self, seconds: float, done: threading.Event) -> None:
        """End the process where it stays at one place for longer than that."""
        while not done.wait(min(0.25, seconds / 4)):
            allowed = seconds if self.begun else seconds + _STARTS
            if time.monotonic() - self.since > allowed:
                self.late = seconds
                self.process.kill()
                return

    def close(self) -> None:
        """End it."""
        _all.discard(self)
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self.process.wait()


_STARTS = 30.0
"""Seconds that a process may take to start, on a machine that is busy."""


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _environment() -> dict[str, str]:
    """One thread, and the netledger that runs here."""
    import netledger

    place = os.path.dirname(os.path.dirname(os.path.abspath(netledger.__file__)))  # noqa: PTH100, PTH120
    paths = [place, *[path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
