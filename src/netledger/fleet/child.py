"""The process that reads: batches come in on stdin, a mark a file and the rows go out on stdout.

It holds itself to its memory; that it takes too long is seen by who started it, and who ends it. Whatever a file does
to it, it does to it alone. Ctrl-C is none of its business: it ends when its stdin does.
"""

from __future__ import annotations

import os
import pickle
import sys

MARK, END = b".", b"="


def main(megabytes: int) -> None:
    """Read batches until there are no more."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.dup(1)
    os.dup2(2, 1)  # what somebody prints is no answer
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    sys.meta_path.insert(0, _WithoutPandas())
    from netledger.fleet.arrow import FILES, packed
    from netledger.fleet.reading import read_batch

    packed(FILES, [])  # whatever that needs is there before memory is held
    _hold_to(megabytes)
    source = sys.stdin.buffer
    while length := source.read(8):
        batch = pickle.loads(source.read(int.from_bytes(length, "little")))
        rows = pickle.dumps(read_batch(batch, lambda number: _write(out, MARK)))
        _write(out, END + len(rows).to_bytes(8, "little") + rows)


class _WithoutPandas:
    """pyarrow imports pandas to ask whether a list is one of its own: a quarter of a second that nothing here needs."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ImportError("not needed here")


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _hold_to(megabytes: int) -> None:
    """So many megabytes more than now, where the system can be asked for it."""
    try:
        import resource

        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123
            now = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        most = now + megabytes * 1024 * 1024
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (most if hard < 0 else min(most, hard), hard))
    except (ImportError, OSError, ValueError):
        return


if __name__ == "__main__":
    main(int(sys.argv[1]))
