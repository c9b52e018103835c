"""``python tests/fuzz_files/run_files.py --count 1000000 [--format gguf] [--seed 0]``: mutated files of every format.

The oracle is that of ``mutate.outcome``: a right count, a count marked Unknown, or a NetledgerError of one line - and
nothing else, in a second and 200 MB, no other file opened and nothing run. A fault prints the seed and format that give
it, and ends the run with exit code 1.
"""

from __future__ import annotations

import argparse
import difflib  # noqa: F401  an error loads it for the nearest names; its named tuple is made by exec
import importlib
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.watching import watched

FORMATS = sorted([path.stem.removesuffix("_mutations") for path in Path(__file__).parent.glob("*_mutations.py")])
SLOWEST = 1.0 if sys.gettrace() is None else 4.0  # what is measured for coverage takes three times as long
"""Seconds that one small file may take."""
MOST_MEGABYTES = 200
"""What all files of a run may take beside what is held before the first."""
_IMPORTS = ("open", "exec")
_CACHE = "__pycache__"
"""Where a first import writes what it compiled."""
_OURS = ("<frozen", sys.prefix, sys.base_prefix, str(Path(__file__).resolve().parents[2]))


def run(name: str, count: int, seed: int = 0) -> Counter[str]:
    """Read ``count`` mutated files of one format; how often which outcome came. A fault names its seed."""
    module = importlib.import_module(f"tests.fuzz_files.{name}_mutations")
    if not hasattr(module, "mutated"):
        return Counter()
    found: Counter[str] = Counter()
    before = _megabytes()
    for i in range(seed, seed + count):
        data = module.mutated(i)
        started = time.process_time()
        try:
            with watched() as seen:
                found[module.check(data)] += 1
        except Exception as error:
            raise AssertionError(f"{name}, seed {i}: {type(error).__name__}: {error}") from error
        assert time.process_time() - started < SLOWEST, f"{name}, seed {i}: too slow"
        assert _megabytes() - before < MOST_MEGABYTES, f"{name}, seed {i}: too much memory"
        touched = [(event, what) for event, what in seen if not _imports(event, what)]
        assert not [event for event, _ in touched if event not in ("import", "compile")], f"{name}, seed {i}: {touched}"
    return found


def _imports(event: str, what: str) -> bool:
    """Whether an event is one of importing what this package or Python has."""
    return what.startswith(_OURS) and (event in _IMPORTS or _CACHE in what)


def _megabytes() -> float:
    """The most that this process held at any time; 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0.0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)


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
