"""A census of 10,000 files of 100 tensors: files a second, and CPU a file beside the floor of parsing their headers.

    python bench/census.py [--files 10000] [--tensors 100] [--workers 2] [--engine local]

Every file has shapes of its own, so that no structure is met twice. The floor opens each file, parses its header with
``json`` in one process, keeps nothing. CPU is that of the whole process and of all that it started.
"""

from __future__ import annotations

import argparse
import json
import resource
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import Held, environment, netledger, table

FLOOR = """
import json, os, sys
count = 0
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            count += len(json.loads(file.read(int.from_bytes(file.read(8), "little"))))
print(count)
"""


def write(folder: Path, files: int, tensors: int) -> int:
    """The files, their values holes; how many parameters they hold."""
    held = 0
    for number in range(files):
        if number % 1_000 == 0:
            (folder / f"{number // 1_000:04d}").mkdir(parents=True)
        at, header = 0, {}
        for i in range(tensors):
            shape = [64 + number, 32] if i % 2 else [64 + number]
            size = 4 * shape[0] * (32 if i % 2 else 1)
            name = f"model.layers.{i // 4}.{('attn', 'mlp')[i // 2 % 2]}.{('bias', 'weight')[i % 2]}"
            header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}
            at += size
        held += at // 4
        raw = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
        with (folder / f"{number // 1_000:04d}" / f"{number:07d}.safetensors").open("wb") as file:
            file.write(struct.pack("<Q", len(raw)) + raw)
            file.truncate(8 + len(raw) + at)
    return held


def measured(words: list[str]) -> tuple[float, float]:
    """CPU seconds of a process and of all that it started, and how long it took."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, env=environment())
    after, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - start
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--tensors", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--engine", default="local")
    given = parser.parse_args()
    held, runs = Held("census"), {}
    with tempfile.TemporaryDirectory() as folder:
        total = write(Path(folder) / "models", given.files, given.tensors)
        runs["json.loads of the headers, one process"] = measured([sys.executable, "-c", FLOOR, f"{folder}/models"])
        census = [*netledger(), "census", f"{folder}/models", "-o", f"{folder}/out/", "--engine", given.engine]
        for name in ("census", "census again, nothing changed"):
            runs[name] = measured([*census, "--workers", str(given.workers)])
        from pyarrow import compute, parquet

        found = compute.sum(parquet.read_table(f"{folder}/out/files", columns=["parameters"]).column(0)).as_py()
    rows, floor = [], next(iter(runs.values()))[0]
    for name, (cpu, seconds) in runs.items():
        figures = {"floor": cpu / floor}
        cells = [f"{1000 * cpu / given.files:.2f}", f"{given.files / seconds:,.0f}", f"{figures['floor']:.1f} ×"]
        rows.append([name, *cells, held.verdict(name, figures)])
    print(f"{given.files:,} files of {given.tensors} tensors, each with shapes of its own; {given.workers} workers.\n")
    print(table(["work", "ms CPU a file", "files/s", "over its floor", "aim"], rows))
    if found != total:
        print(f"\n{found:,} parameters were counted of {total:,}")
    return held.told() or int(found != total)


if __name__ == "__main__":
    sys.exit(main())
