"""Reads the files named on standard input and prints, as JSON, what each took: work and peak bytes.

A process of its own, so that neither another test's heap nor a tracer is measured. Each file is read twice after a
first time that imports what its format needs: once for the work, once under ``tracemalloc``. Work is CPU time against
that of a fixed sum in the same moment, so that a busy machine measures the same.
"""

from __future__ import annotations

import gc
import json
import sys
import time
import tracemalloc

from netledger.errors import DataError
from netledger.ledger import keep_books
from netledger.sources import read_file


def outcome(path: str) -> None:
    """Read it and keep its books; a bad file's error is as good."""
    try:
        _ = keep_books(read_file(path)).totals.parameters
    except DataError as error:
        str(error)


ADDED = 200_000
"""Squares of the fixed sum."""
QUIET = 0.01
"""CPU seconds that it takes on a machine with nothing else to do."""


def work(path: str) -> float:
    """What one reading takes, in CPU seconds of a machine on which the fixed sum takes ``QUIET``."""
    gc.collect()
    started = time.process_time()
    outcome(path)
    read = time.process_time()
    sum([number * number for number in range(ADDED)])
    return (read - started) / (time.process_time() - read) * QUIET


def peak(path: str) -> int:
    """The most bytes held at once."""
    tracemalloc.start()
    try:
        outcome(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


LONG = 0.05
"""Work of a reading that is done again."""


def main() -> None:
    """One pass; a reading that took long is done four times more, of which the least counts."""
    found = {}
    for line in sys.stdin:
        path = json.loads(line)
        outcome(path)
        took = work(path)
        if took > LONG:
            took = min(took, *[work(path) for _ in range(4)])
        found[path] = (took, peak(path))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
