"""Every bench, one after the other; the tables go into docs/performance.md.

    python bench/run.py [--quick] [--growth] [--only files …] [--minutes 10] [--write docs/performance.md]

``--quick`` measures start-up without peers and growth in few rounds; ``--growth`` growth alone, which is what depends
on no machine. All of it ends within ten minutes, the quick one within ninety seconds, on a busy machine too: each bench
has a share of what is left, measures in fewer rounds where that is short, and names what it did not come to. With more
``--minutes`` it comes further; ``--only`` some benches renew their tables and leave the others of the page. The exit
code is 1 where a bench broke or a row misses its aim (``bench/aims.toml``).
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import monotonic

from measuring import ROOT, SHARE

BENCHES = {
    "startup": ("Start-up", "startup.py", [], ["--quick"], 90),
    "growth": ("How work grows", "growth.py", [], ["--quick"], 110),
    "files": ("Files", "files.py", [], None, 180),
    "census": ("A census", "census.py", [], None, 50),
    "models": ("Live models", "models.py", [], None, 60),
    "accuracy": ("Who counts right", "accuracy.py", [], None, 50),
    "train": ("A training step", "train.py", ["--steps", "3", "--batch", "8"], None, 40),
}
"""``name → (heading, script, its options, its options where it must be quick, its part of the time)``; ``None``: not
then."""
MINUTES, QUICK_MINUTES = 8.5, 1.25
"""What a run begins in: each bench ends a little later than its share on a busy machine, ten minutes all in all."""
PEERS = (
    "torch torchvision torchinfo fvcore ptflops thop calflops torchlens modelinfo-cli onnx onnx-tool safetensors gguf "
    "transformers accelerate keras"
)
PAGE = """# Performance

As `make bench` measured it: {machine}, Python {python}.
CPU time, medians of interleaved rounds; seconds are this machine's, ratios and exponents are what counts. A floor is a
minimal parser of the same bytes (`bench/floors.py`). What was aimed at stands in `bench/aims.toml`; a row that misses
its aim says so.

Peers: {peers}.

{tables}
"""


def machine() -> str:
    """The system, its processor and how many there are."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(errors="replace").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = f", {names[0]}" if names else ""
    return f"{platform.system()} {platform.machine()}{name}, {len(os.sched_getaffinity(0))} cores"


def peers() -> str:
    """The versions of what is compared with; of what is not installed, that."""
    said = []
    for name in PEERS.split():
        try:
            said.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            said.append(f"{name} (not installed)")
    return ", ".join(said)


def when() -> str:
    """The day, and how busy the machine was: what a person should know who compares two tables."""
    return f"On {date.today()}, {os.getloadavg()[1]:.1f} processes at work on the machine."


def tables_of(page: Path) -> dict[str, str]:
    """The tables that a page has already, by their headings."""
    path = ROOT / page
    sections = path.read_text(encoding="utf-8").split("\n## ")[1:] if path.exists() else []
    return {heading: text.strip() for heading, _, text in [section.partition("\n") for section in sections]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--only", nargs="+", choices=list(BENCHES), help="these benches")
    parser.add_argument("--minutes", type=float, help="that all of it may take")
    parser.add_argument("--write", metavar="PAGE", help="keep the tables in this file")
    given = parser.parse_args()
    wanted = ["growth"] if given.growth else [name for name in BENCHES if name in (given.only or BENCHES)]
    chosen = {name: BENCHES[name] for name in wanted if not given.quick or BENCHES[name][3] is not None}
    minutes = given.minutes or (QUICK_MINUTES if given.quick else MINUTES)
    failed, tables, started = [], tables_of(Path(given.write)) if given.write else {}, monotonic()
    parts = sum([part for *_, part in chosen.values()])
    for name, (heading, script, options, quick, part) in chosen.items():
        left = started + 60 * minutes - monotonic()
        share, parts = max(left, 0) * part / parts, parts - part
        words = quick if (given.quick or given.growth) and quick is not None else options
        begun = monotonic()
        command = [sys.executable, str(ROOT / "bench" / script), *words]
        env = {**os.environ, SHARE: f"{share:.0f}"}
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=env)
        text = done.stdout.strip()
        print(f"## {heading}\n\n{text}\n\n({monotonic() - begun:.0f} s)\n", flush=True)
        tables[heading] = f"{when()}\n\n{text}"
        failed += [name] if done.returncode else []
    if given.write:
        text = PAGE.format(
            machine=machine(),
            python=platform.python_version(),
            peers=peers(),
            tables="\n\n".join(
                [f"## {heading}\n\n{tables[heading]}" for heading, *_ in BENCHES.values() if heading in tables]
            ),
        )
        (ROOT / given.write).write_text(text, encoding="utf-8", newline="\n")
    if failed:
        print(f"an aim is missed, or a bench broke: {', '.join(failed)}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
