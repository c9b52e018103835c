"""A census of 10,000 files of 100 tensors: files a second, and CPU a file beside the floor of parsing their headers.

    python bench/census.py [--files 10000] [--tensors 100] [--workers 2] [--engine local]

Every file has shapes of its own, so that no structure is met twice. The floor opens each file, parses its header with
``json`` in one process, keeps nothing. CPU is that of the whole process and of all that it started.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

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


def measured(words: list[str]) -> tuple[float, float, str]:
    """CPU seconds of a process and its children, seconds, and what it printed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    said = subprocess.run(words, check=True, capture_output=True, text=True, env=environment).stdout
    after, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - start
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, seconds, said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--tensors", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--engine", default="local")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        held = write(Path(folder) / "models", given.files, given.tensors)
        floor = measured([sys.executable, "-c", FLOOR, f"{folder}/models"])
        census = [sys.executable, "-m", "netledger", "census", f"{folder}/models", "-o", f"{folder}/out/"]
        ours = measured([*census, "--workers", str(given.workers), "--engine", given.engine])
        again = measured([*census, "--workers", str(given.workers), "--engine", given.engine])
        from pyarrow import compute, parquet

        table = parquet.read_table(f"{folder}/out/files", columns=["parameters"])
        agrees = compute.sum(table.column(0)).as_py() == held
    print(f"{given.files:,} files of {given.tensors} tensors, {given.workers} workers, {given.engine}")
    for name, (cpu, seconds, _) in {"json alone": floor, "census": ours, "again, nothing changed": again}.items():
        rate = given.files / seconds
        print(f"  {name:24} {1000 * cpu / given.files:7.3f} ms CPU a file {seconds:8.2f} s {rate:10,.0f} files/s")
    print(f"  {ours[0] / floor[0]:.1f} × the floor{'' if agrees else '  DISAGREES'}")
    print("  aim: ≤ 1 ms of CPU a file; 10,000 files in ≤ 12 s on two cores")


if __name__ == "__main__":
    main()
