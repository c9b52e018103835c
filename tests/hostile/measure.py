"""Reads the files named on standard input and prints, as JSON, what each took: CPU seconds and peak bytes.

A process of its own, so that neither another test's heap nor a tracer is measured. Each file is read twice after a
first time that imports what its format needs: once for the time, once under ``tracemalloc``.
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


def seconds(path: str) -> float:
    """CPU time of one reading."""
    gc.collect()
    started = time.process_time()
    outcome(path)
    return time.process_time() - started


def peak(path: str) -> int:
    """The most bytes held at once."""
    tracemalloc.start()
    try:
        outcome(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def main() -> None:
    """One pass; a reading that took long is timed twice more, for the machine may have been busy."""
    found = {}
    for line in sys.stdin:
        path = json.loads(line)
        outcome(path)
        took = seconds(path)
        if took > 0.05:
            took = min(took, seconds(path), seconds(path))
        found[path] = (took, peak(path))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
