"""A 2 GB ONNX file with its weights inside: netledger against ``onnx.load`` and a sum, whole processes, one run.

    python bench/onnx_file.py [--rounds 3] [--megabytes 2000]

The file is sparse: its structure is written, its weights are holes. The limit of the format is 2 GB (protobuf's own).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

ROWS, COLUMNS = 2_500, 2_048
"""Of each weight: 20.48 MB in float32."""

OURS = """
from netledger.ledger import keep_books
from netledger.sources import read_file
print(keep_books(read_file({path!r})).totals.parameters)
"""
PEER = """
import math, onnx
print(sum(math.prod(tensor.dims) for tensor in onnx.load({path!r}).graph.initializer))
"""
HEADS = """
from pathlib import Path
with Path({path!r}).open("rb") as file:
    for place, count in {places!r}:
        file.seek(place)
        file.read(count)
print({parameters})
"""


def write(path: Path, megabytes: int) -> tuple[int, list[tuple[int, int]]]:
    """Write the file; its number of parameters, and where its structure is: (from, bytes)."""
    from tests.hostile.onnx_cases import f, info, node, varint

    count = megabytes * 1_000_000 // (4 * ROWS * COLUMNS)
    size = 4 * ROWS * COLUMNS
    nodes = b"".join(f(1, node("MatMul", f"x w{i}", f"y{i}", name=f"layer{i}")) for i in range(count))
    heads = []
    for i in range(count):
        head = f(1, COLUMNS) + f(1, ROWS) + f(2, 1) + f(8, f"w{i}") + varint(9 << 3 | 2) + varint(size)
        heads.append(varint(5 << 3 | 2) + varint(len(head) + size) + head)
    tail = f(2, "large") + f(11, info("x", 1, COLUMNS)) + f(12, f(1, "y0"))
    length = len(nodes) + sum(len(head) + size for head in heads) + len(tail)
    start = f(1, 10) + f(8, f(2, 21)) + varint(7 << 3 | 2) + varint(length) + nodes
    places = [(0, len(start))]
    with path.open("wb") as file:
        file.write(start)
        for head in heads:
            places.append((file.tell(), len(head)))
            file.write(head)
            file.seek(size, 1)
        places.append((file.tell(), len(tail)))
        file.write(tail)
    return count * ROWS * COLUMNS, places


def measured(code: str) -> tuple[float, float, str]:
    """CPU seconds, peak megabytes and what a Python process printed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    said = process.stdout.read().strip()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--megabytes", type=int, default=2_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.onnx"
        parameters, places = write(path, given.megabytes)
        codes = {
            "python -c pass": "pass",
            "reading the structure's bytes": HEADS.format(path=str(path), places=places, parameters=parameters),
            "netledger": OURS.format(path=str(path)),
        }
        if find_spec("onnx") is not None:  # not imported here: a child's peak memory starts with its parent's
            codes["onnx.load and a sum"] = PEER.format(path=str(path))
        else:
            print("onnx is not installed: no peer")
        seen: dict[str, list[tuple[float, float, str]]] = {name: [] for name in codes}
        for _ in range(given.rounds):
            for name, code in codes.items():
                seen[name].append(measured(code))
        ours = median(cpu for cpu, _, _ in seen["netledger"])
        print(f"a {path.stat().st_size / 1e9:.1f} GB ONNX file, {parameters:,} parameters; whole processes, CPU time")
        for name, runs in seen.items():
            cpu, peak = median(run[0] for run in runs), max(run[1] for run in runs)
            wrong = "" if name == "python -c pass" or runs[0][2] == str(parameters) else f"  says {runs[0][2]}"
            print(f"{name:32} {cpu:8.3f} s {cpu / ours:8.1f} × netledger {peak:8.0f} MB{wrong}")
        print("must: onnx.load ≥ 30 × netledger; netledger ≤ 40 MB")


if __name__ == "__main__":
    main()
