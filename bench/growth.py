"""How work grows with its input: every reader, the books, renderers, compare and audit at n, 2n and 4n.

    python bench/growth.py [--quick] [--only READER]

In one process: CPU time, the sizes interleaved, medians of the rounds. The floor beside a reader is a minimal parser of
the same bytes. The exponent is log4(t(4n) / t(n)): 1 is linear. Peak memory is that of a process of its own at 4n.
"""

from __future__ import annotations

import argparse
import gc
import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

from floors import FLOORS
from inputs import SMALL, net, onnx
from measuring import ROOT, TIME_WAS_UP, Held, Runs, environment, rounds, run, seconds_left, table

sys.path.insert(0, str(ROOT / "src"))

Work = Callable[[], object]
READERS = {
    "safetensors": ("safetensors", 2_000), "gguf": ("gguf", 2_000), "checkpoint": ("checkpoint", 1_000),
    "onnx": ("onnx", 1_000), "net": ("lines", 500), "prototxt": ("lines", 500), "cfg": ("lines", 500),
    "keras": ("", 500),
}  # fmt: skip
"""``reader → (its floor, the smallest n)``."""
OTHERS = {
    "books": 1_000, "compare": 200, "compare, nothing alike": 100, "audit": 25, "text": 1_000, "terminal": 1_000,
    "markdown": 1_000, "latex": 1_000, "typst": 1_000, "rst": 1_000, "csv": 1_000, "json": 1_000, "html": 1_000,
}  # fmt: skip
"""What works on books, with its smallest n."""


def work_of(name: str, folder: Path, n: int) -> tuple[Work, Work | None]:
    """What a row measures at one size, and its floor."""
    from netledger.documents.ledger import ledger_document
    from netledger.ledger import keep_books
    from netledger.renderers import render
    from netledger.sources import read_file

    if name in READERS:
        path, floor = SMALL[name](folder, n), READERS[name][0]
        return (lambda: read_file(str(path))), (lambda: FLOORS[floor](path)) if floor else None
    if name.startswith("compare"):
        from netledger.compare import compare

        one, other = (keep_books(read_file(str(net(folder, n, width, first)))) for width, first in _TWO[name])
        return (lambda: compare(one, other)), None
    if name == "audit":
        from netledger.audit import audit

        network = read_file(str(net(folder, n)))
        text = "\n".join([f"fc{i + 1}: 64*64 + 64 = 4160" for i in range(n)])
        return (lambda: audit(text, network)), None
    network = read_file(str(onnx(folder, n)))
    ledger = keep_books(network)
    if name == "books":
        return (lambda: keep_books(network)), None
    return (lambda: render(ledger_document(ledger), name)), None


_TWO = {"compare": ((64, "a"), (64, "a")), "compare, nothing alike": ((64, "a"), (72, "b"))}


def seconds(work: Work) -> float:
    gc.collect()
    begun = process_time()
    work()
    return process_time() - begun


def measured(name: str, n: int, most: int, rows: int) -> tuple[list[float], float | None]:
    """Medians of CPU seconds at n, 2n and 4n, and the floor at 4n where there is one."""
    with tempfile.TemporaryDirectory() as folder:
        works = [work_of(name, Path(folder), size) for size in (n, 2 * n, 4 * n)]
        works[0][0]()  # what is imported once
        floor = works[-1][1]
        seen: list[list[float]] = [[], [], []]
        floors = []
        for _ in rounds(most, rows):
            for times, (work, _) in zip(seen, works, strict=True):
                times.append(seconds(work))
            if floor is not None:
                floors.append(seconds(floor))
    return [median(times) for times in seen], median(floors) if floors else None


def peak(name: str, n: int) -> str:
    """Megabytes of a process that does the row's work once at 4n."""
    runs = Runs()
    run([sys.executable, __file__, "--once", name, str(4 * n)], environment(), runs)
    return "-" if runs.failed else f"{runs.peak:,.0f}"


def row(name: str, n: int, most: int, rows: int, held: Held, memory: bool) -> list[str]:
    """A line of the table; a busy machine gets a second, longer look before an aim is called missed."""
    aim = name if name in held.aims else "other"
    for again in (most, 7):
        times, floor = measured(name, n, again, rows)
        exponent = math.log(max(times[2], 1e-6) / max(times[0], 1e-6), 4)
        if exponent <= held.aims[aim]["exponent"]:
            break
    before = len(held.missed)
    verdict = held.verdict(aim, {"exponent": exponent})
    held.missed[before:] = [missed.replace(aim, name, 1) for missed in held.missed[before:]]
    shown = [f"{time * 1000:,.1f}" for time in times]
    above = f"{times[2] / floor:.1f}" if floor else "no floor"
    return [name, f"{n:,}", *shown, f"{exponent:.2f}", above, peak(name, n) if memory else "-", verdict]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three rounds of each, no memory")
    parser.add_argument("--only", choices=[*READERS, *OTHERS])
    parser.add_argument("--once", nargs=2, metavar=("ROW", "N"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.once:
        with tempfile.TemporaryDirectory() as folder:
            work_of(given.once[0], Path(folder), int(given.once[1]))[0]()
        return 0
    sizes, held, rows = {name: n for name, (_, n) in READERS.items()} | OTHERS, Held("growth"), []
    chosen = [given.only] if given.only else list(sizes)
    for place, name in enumerate(chosen):
        if seconds_left() <= 0:
            rows.append([name, f"{sizes[name]:,}", *["-"] * 6, TIME_WAS_UP])
            continue
        try:
            rows.append(row(name, sizes[name], 3 if given.quick else 5, len(chosen) - place, held, not given.quick))
        except Exception as error:
            held.missed.append(f"{name}: {type(error).__name__}: {error}")
            rows.append([name, f"{sizes[name]:,}", *["-"] * 6, f"broke: {type(error).__name__}"])
        print(f"measured {name}", file=sys.stderr, flush=True)
    head = ["work", "n", "ms at n", "2n", "4n", "exponent", "4n ÷ floor", "MB at 4n", "aim"]
    print(table(head, rows))
    return held.told()


if __name__ == "__main__":
    sys.exit(main())
