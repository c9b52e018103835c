"""Fuzz the ONNX reader: ``python tests/fuzz/run_onnx.py --count 1000000``; prints the seed of whatever goes wrong."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from tests.fuzz_files.onnx_mutations import check, mutated, seeds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--start", type=int, default=0)
    given = parser.parse_args()
    sound, outcomes, slowest = seeds(), Counter[str](), (0.0, 0)
    for seed in range(given.start, given.start + given.count):
        data = mutated(seed, sound)
        started = time.process_time()
        try:
            outcomes[check(data)] += 1
        except Exception:
            outcomes["wrong"] += 1
            print(f"seed {seed}:\n{traceback.format_exc()}", file=sys.stderr)
        slowest = max(slowest, (time.process_time() - started, seed))
    print(f"onnx: {dict(outcomes)}; slowest {slowest[0]:.3f} s at seed {slowest[1]}")
    return 1 if outcomes["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
