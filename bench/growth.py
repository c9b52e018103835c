"""How work grows with its input: every reader, the books, renderers, compare and audit at n, 2n and 4n.

    python bench/growth.py [--quick] [--write docs/performance.md] [--only READER]

In one process: CPU time, the sizes interleaved, medians of the rounds. The floor beside a reader is a minimal parser of
the same bytes. The exponent is log4(t(4n) / t(n)): 1 is linear. The most that it may be stands in ``bench/aims.toml``;
the exit code is 1 where a row misses its aim or breaks.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import platform
import struct
import sys
import tempfile
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from time import process_time

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

Work = Callable[[], object]
AIMS = tomllib.loads((ROOT / "bench" / "aims.toml").read_text(encoding="utf-8"))

# ---------------------------------------------------------------------- inputs of n tensors, nodes, layers or lines


def safetensors(folder: Path, n: int) -> Path:
    path = folder / f"{n}.safetensors"
    header = {
        f"layers.{i // 8}.p{i % 8}.weight": {"dtype": "F16", "shape": [16, 8], "data_offsets": [256 * i, 256 * i + 256]}
        for i in range(n)
    }
    raw = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(raw)) + raw)
        file.truncate(8 + len(raw) + 256 * n)
    return path


def gguf(folder: Path, n: int) -> Path:
    from tests.sources.builders import info

    path = folder / f"{n}.gguf"
    infos = b"".join([info(f"blk.{i // 8}.p{i % 8}.weight", (64,), 0, 256 * i) for i in range(n)])
    head = b"GGUF" + struct.pack("<IQQ", 3, n, 0) + infos
    with path.open("wb") as file:
        file.write(head)
        file.truncate(-(-len(head) // 32) * 32 + 256 * n)
    return path


def checkpoint(folder: Path, n: int) -> Path:
    from tests.sources.builders import checkpoint, state_dict, tensor

    path = folder / f"{n}.pt"
    body = {f"layers.{i // 8}.p{i % 8}.weight": tensor(str(i), (4,), (1,)) for i in range(n)}
    path.write_bytes(checkpoint(state_dict(**body), {str(i): bytes(16) for i in range(n)}))
    return path


def onnx(folder: Path, n: int) -> Path:
    from tests.hostile.onnx_cases import f, info, model, node, tensor

    path, parts = folder / f"{n}.onnx", []
    for i in range(n // 2):
        read = f"r{i - 1}" if i else "x"
        parts.append(f(1, node("MatMul", f"{read} l{i}.weight", f"m{i}", name=f"l{i}")))
        parts.append(f(1, node("Relu", f"m{i}", f"r{i}", name=f"act{i}")))
    parts += [f(5, tensor(f"l{i}.weight", 8, 8)) for i in range(n // 2)]
    path.write_bytes(model(b"".join(parts) + f(2, "g") + f(11, info("x", 2, 8)) + f(12, f(1, f"r{n // 2 - 1}"))))
    return path


def net(folder: Path, n: int) -> Path:
    path = folder / f"{n}.net"
    path.write_text("input(64)\n" + "linear(64)\n" * n)
    return path


def prototxt(folder: Path, n: int) -> Path:
    path = folder / f"{n}.prototxt"
    layer = (
        'layer {{ name: "fc{0}" type: "InnerProduct" bottom: "{1}" top: "t{0}" '
        "inner_product_param {{ num_output: 8 }} }}\n"
    )
    head = 'name: "n"\ninput: "data"\ninput_dim: 1\ninput_dim: 8\ninput_dim: 1\ninput_dim: 1\n'
    path.write_text(head + "".join([layer.format(i, f"t{i - 1}" if i else "data") for i in range(n)]))
    return path


def cfg(folder: Path, n: int) -> Path:
    path = folder / f"{n}.cfg"
    path.write_text(
        "[net]\nheight=8\nwidth=8\nchannels=3\n" + "[convolutional]\nfilters=4\nsize=1\nactivation=linear\n" * n
    )
    return path


# ---------------------------------------------------------------------- the floors


def header(path: Path) -> object:
    with path.open("rb") as file:
        return json.loads(file.read(int.from_bytes(file.read(8), "little")))


def infos(path: Path) -> object:
    data = path.read_bytes()
    (n,), at, names = struct.unpack_from("<Q", data, 8), 24, []
    length, rest = struct.Struct("<Q").unpack_from, struct.Struct("<IQIQ").unpack_from
    for _ in range(n):
        size = length(data, at)[0]
        names.append((data[at + 8 : at + 8 + size].decode(), rest(data, at + 8 + size)))
        at += 8 + size + 24
    return names


def members(path: Path) -> object:
    import zipfile

    with zipfile.ZipFile(path) as archive:
        return archive.infolist()


def loaded(path: Path) -> object:
    """``onnx.load`` and shape inference, in C++; nothing where onnx is not installed."""
    import onnx

    return onnx.shape_inference.infer_shapes(onnx.load(path))


def lines(path: Path) -> object:
    return [line.split() for line in path.read_text().splitlines()]


READERS: dict[str, tuple[Callable[[Path, int], Path], Callable[[Path], object], int]] = {
    "safetensors": (safetensors, header, 2_000),
    "gguf": (gguf, infos, 2_000),
    "checkpoint": (checkpoint, members, 1_000),
    "onnx": (onnx, loaded, 1_000),
    "net": (net, lines, 500),
    "prototxt": (prototxt, lines, 500),
    "cfg": (cfg, lines, 500),
}
"""``reader → (what writes its file, its floor, the smallest n)``."""


def work_of(name: str, folder: Path, n: int) -> tuple[Work, Work | None]:
    """What a row measures at one size, and its floor."""
    from netledger.documents.ledger import ledger_document
    from netledger.ledger import keep_books
    from netledger.renderers import render
    from netledger.sources import read_file

    if name in READERS:
        write, floor, _ = READERS[name]
        path = write(folder, n)
        return (lambda: read_file(str(path))), (lambda: floor(path))
    network = read_file(str(onnx(folder, n) if name != "audit" else net(folder, n)))
    ledger = keep_books(network)
    if name == "books":
        return (lambda: keep_books(network)), None
    if name == "compare":
        from netledger.compare import compare

        return (lambda: compare(ledger, ledger)), None
    if name == "audit":
        from netledger.audit import audit

        text = "\n".join([f"fc{i + 1}: 64*64 + 64 = 4160" for i in range(n)])
        return (lambda: audit(text, network)), None
    return (lambda: render(ledger_document(ledger), name)), None


OTHERS = {
    "books": 1_000, "compare": 200, "audit": 25, "text": 1_000, "terminal": 1_000, "markdown": 1_000, "latex": 1_000,
    "csv": 1_000, "json": 1_000, "html": 1_000,
}  # fmt: skip
"""What works on books, with its smallest n."""


def seconds(work: Work) -> float:
    gc.collect()
    begun = process_time()
    work()
    return process_time() - begun


def measured(name: str, n: int, rounds: int) -> tuple[list[float], float | None]:
    """Medians of CPU seconds at n, 2n and 4n, and the floor at 4n where there is one."""
    with tempfile.TemporaryDirectory() as folder:
        works = [work_of(name, Path(folder), size) for size in (n, 2 * n, 4 * n)]
        works[0][0]()  # what is imported once
        floor = works[-1][1]
        if floor is not None:
            try:
                floor()
            except ImportError:
                floor = None
        seen: list[list[float]] = [[], [], []]
        floors = []
        for _ in range(rounds):
            for times, (work, _) in zip(seen, works, strict=True):
                times.append(seconds(work))
            if floor is not None:
                floors.append(seconds(floor))
    return [median(times) for times in seen], median(floors) if floors else None


def row(name: str, n: int, rounds: int) -> tuple[str, bool]:
    """A line of the table, and whether it keeps to its aim."""
    times, floor = measured(name, n, rounds)
    exponent = math.log(max(times[2], 1e-6) / max(times[0], 1e-6), 4)
    most = AIMS["growth"].get(name, AIMS["growth"]["other"])
    kept = exponent <= most
    shown = " | ".join([f"{time * 1000:,.1f}" for time in times])
    above = f"{times[2] / floor:.1f} ×" if floor else "no floor"
    return f"| {name} | {n:,} | {shown} | {exponent:.2f} | {most} | {above} | {'kept' if kept else 'MISSED'} |", kept


HEAD = """| work | n | ms at n | 2n | 4n | exponent | at most | 4n over its floor | |
|---|--:|--:|--:|--:|--:|--:|--:|---|"""
PAGE = """# Performance

How work grows with its input, as `make bench-quick` measured it on {day}: {machine}, Python {python}. CPU time in
one process, medians; seconds are this machine's, exponents and ratios are what counts. The floor is a minimal parser of
the same bytes (of ONNX: `onnx.load` with shape inference). What was aimed at stands in `bench/aims.toml`.

{table}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three rounds of each")
    parser.add_argument("--only", choices=[*READERS, *OTHERS])
    parser.add_argument("--write", metavar="PAGE", help="keep the table in this file")
    given = parser.parse_args()
    sizes = {name: n for name, (_, _, n) in READERS.items()} | OTHERS
    rows, missed = [HEAD], []
    print(HEAD)
    for name in [given.only] if given.only else sizes:
        line, kept = row(name, sizes[name], 3 if given.quick else 7)
        if not kept:  # a busy machine: once more, with more rounds, before it is believed
            line, kept = row(name, sizes[name], 7)
        print(line, flush=True)
        rows.append(line)
        missed += [] if kept else [name]
    if given.write and not missed:
        machine = f"{platform.system()} {platform.machine()}"
        page = PAGE.format(day=date.today(), machine=machine, python=platform.python_version(), table="\n".join(rows))
        (ROOT / given.write).write_text(page, encoding="utf-8", newline="\n")
    if missed:
        print(f"missed: {', '.join(missed)}")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
