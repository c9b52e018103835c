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
LONG, AGAIN = 0.05, 5
"""Work of a reading that is done again, and how often: what is least counts, of the readings and of the sums."""


def _took(path: str) -> float:
    """CPU seconds of one reading."""
    gc.collect()
    started = time.process_time()
    outcome(path)
    return time.process_time() - started


def _sum_took() -> float:
    started = time.process_time()
    sum([number * number for number in range(ADDED)])
    return time.process_time() - started


def work(path: str) -> float:
    """What one reading takes, in CPU seconds of a machine on which the fixed sum takes ``QUIET``."""
    took = _took(path)
    if took <= LONG:
        return took
    pairs = [(_took(path), _sum_took()) for _ in range(AGAIN)]
    return min([took, *[read for read, _ in pairs]]) / min([added for _, added in pairs]) * QUIET


def peak(path: str) -> int:
    """The most bytes held at once."""
    tracemalloc.start()
    try:
        outcome(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def main() -> None:
    """One pass."""
    found = {}
    for line in sys.stdin:
        path = json.loads(line)
        outcome(path)
        found[path] = (work(path), peak(path))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
