"""``python tests/fuzz_files/run_files.py --count 1000000 [--format gguf] [--seed 0]``: mutated files of every format.

The oracle is that of ``mutate.outcome``: a right count, a count marked Unknown, or a NetledgerError of one line - and
nothing else. A fault prints the seed and format that give it, and ends the run with exit code 1.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

FORMATS = sorted([path.stem.removesuffix("_mutations") for path in Path(__file__).parent.glob("*_mutations.py")])
SLOWEST = 1.0 if sys.gettrace() is None else 4.0  # what is measured for coverage takes three times as long
"""Seconds that one small file may take."""


def run(name: str, count: int, seed: int = 0) -> Counter[str]:
    """Read ``count`` mutated files of one format; how often which outcome came. A fault names its seed."""
    module = importlib.import_module(f"tests.fuzz_files.{name}_mutations")
    if not hasattr(module, "mutated"):
        return Counter()
    found: Counter[str] = Counter()
    for i in range(seed, seed + count):
        data = module.mutated(i)
        started = time.process_time()
        try:
            found[module.check(data)] += 1
        except Exception as error:
            raise AssertionError(f"{name}, seed {i}: {type(error).__name__}: {error}") from error
        assert time.process_time() - started < SLOWEST, f"{name}, seed {i}: too slow"
    return found


def main() -> int:
    """Run every format (or the one asked for) and print what came."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--format", choices=FORMATS)
    arguments = parser.parse_args()
    for name in [arguments.format] if arguments.format else FORMATS:
        started = time.monotonic()
        try:
            found = run(name, arguments.count, arguments.seed)
        except AssertionError:
            traceback.print_exc()
            return 1
        shown = ", ".join([f"{count:,} {what}" for what, count in found.most_common(6)])
        print(f"{name}: {arguments.count:,} files in {time.monotonic() - started:.0f} s: {shown}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
