"""What the benches share: processes measured in turn, medians, tables in Markdown, and the aims they are held to."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import monotonic

ROOT = Path(__file__).resolve().parent.parent
AIMS = tomllib.loads((ROOT / "bench" / "aims.toml").read_text(encoding="utf-8"))
MOST_SECONDS = 30
"""CPU time of a process; what takes longer is a row that says so."""
SHARE = "NETLEDGER_BENCH_SECONDS"
_BEGUN = monotonic()
TIME_WAS_UP = "not measured: the time was up"


def seconds_left() -> float:
    """What is left of the time that ``run.py`` gives a bench; without it a bench takes what it takes."""
    return _BEGUN + float(os.environ.get(SHARE, "inf")) - monotonic()


def rounds(most: int, rows: int = 1) -> Iterator[int]:
    """So many rounds, one at least, fewer where the time is up: this row's part of it where ``rows`` are to come."""
    ends = monotonic() + seconds_left() / rows
    for i in range(most):
        if i == 0 or monotonic() < ends:
            yield i


class Runs:
    """What the runs of one program were like: CPU seconds, peak megabytes, what the last of them printed."""

    def __init__(self) -> None:
        self.cpu: list[float] = []
        self.peaks: list[float] = []
        self.said = ""
        self.failed = ""

    @property
    def seconds(self) -> float:
        return median(self.cpu)

    @property
    def peak(self) -> float:
        return max(self.peaks)


def environment(cache: str | None = None) -> dict[str, str]:
    """That of a measured process: this checkout, one thread, bytecode kept as it is of what is installed."""
    found = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "NO_COLOR"):
        found.pop(name, None)
    if cache is not None:
        found["PYTHONPYCACHEPREFIX"] = cache
    return found


def run(arguments: Sequence[str], env: Mapping[str, str], runs: Runs, *, terminal: bool = False) -> None:
    """One process, its output into a pipe or onto a terminal; a process that fails is not run again."""
    if runs.failed:
        return
    if terminal:
        _on_a_terminal(arguments, env, runs)
        return
    with (
        tempfile.TemporaryFile() as errors,
        tempfile.NamedTemporaryFile("r") as taken,
        subprocess.Popen(
            _launched(arguments, taken.name), stdout=subprocess.PIPE, stderr=errors, env=dict(env)
        ) as process,
    ):
        assert process.stdout is not None
        said = process.stdout.read(1 << 20)
        end = b""
        while part := process.stdout.read(1 << 16):
            end = end[-(1 << 16) :] + part
        process.wait()
        code = _settled(taken.read(), runs)
        errors.seek(0)
        complaints = errors.read().decode(errors="replace").strip().splitlines()
    runs.said = (said + end).decode(errors="replace").strip()
    if code == -signal.SIGXCPU:
        runs.failed = f"more than {MOST_SECONDS} s"
    elif code:
        runs.failed = (complaints or [f"exit {code}"])[-1][:100]


def _launched(arguments: Sequence[str], taken: str) -> list[str]:
    return [sys.executable, "-I", "-S", str(ROOT / "bench" / "launcher.py"), taken, str(MOST_SECONDS), *arguments]


def _settled(taken: str, runs: Runs) -> int:
    """What the launcher wrote: exit code, CPU seconds, kilobytes; nothing where the command could not be started."""
    if not taken:
        return 127
    code, seconds, peak = taken.split()
    runs.cpu.append(float(seconds))
    runs.peaks.append(int(peak) / 1024)
    return int(code)


def _on_a_terminal(arguments: Sequence[str], env: Mapping[str, str], runs: Runs) -> None:
    import pty

    ours, theirs = pty.openpty()
    env = {**env, "TERM": "xterm-256color", "PAGER": "cat"}
    with (
        tempfile.NamedTemporaryFile("r") as taken,
        subprocess.Popen(
            _launched(arguments, taken.name), stdin=theirs, stdout=theirs, stderr=theirs, env=env
        ) as process,
    ):
        os.close(theirs)
        with contextlib.suppress(OSError):  # the other side is closed
            while os.read(ours, 1 << 16):
                pass
        os.close(ours)
        process.wait()
        code = _settled(taken.read(), runs)
    if code:
        runs.failed = f"exit {code}"


def missing(packages: str) -> str:
    """Which of the packages named (a blank between them) are not installed."""
    return " ".join([name for name in packages.split() if find_spec(name) is None])


class Held:
    """The rows that have an aim in a section of ``aims.toml``, and whether each keeps it."""

    def __init__(self, section: str) -> None:
        self.aims: dict[str, dict[str, float]] = AIMS[section]
        self.missed: list[str] = []

    def verdict(self, row: str, figures: Mapping[str, float]) -> str:
        """A cell: each aim of the row with ``kept`` or ``MISSED``; empty where it has none."""
        cells = []
        for name, bound in self.aims.get(row, {}).items():
            if name not in figures:
                cells.append(f"{name}: not measured")
                continue
            least = name.startswith("least_")
            kept = figures[name] >= bound if least else figures[name] <= bound
            if not kept:
                self.missed.append(f"{row}: {name} {figures[name]:.2f}")
            shown = name.removeprefix("least_")
            cells.append(f"{shown} {'≥' if least else '≤'} {bound:g} {'kept' if kept else 'MISSED'}")
        return ", ".join(cells)

    def told(self) -> int:
        """The exit code, after a line that names what was missed."""
        if self.missed:
            print("\nmissed: " + "; ".join(self.missed))
        return int(bool(self.missed))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, its columns as wide as they must be; all but the first and the last flush right."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    last = len(head) - 1
    lines = [
        "| "
        + " | ".join([cell.ljust(w) if i in (0, last) else cell.rjust(w) for i, (cell, w) in enumerate(cells)])
        + " |"
        for cells in [list(zip(row, widths, strict=True)) for row in (head, *rows)]
    ]
    rule = (
        "|" + "|".join(["-" * (w + 2) if i in (0, last) else "-" * (w + 1) + ":" for i, w in enumerate(widths)]) + "|"
    )
    return "\n".join([lines[0], rule, *lines[1:]])


def netledger() -> list[str]:
    """What the installed command runs, of this checkout: a script beside this Python may be of another one."""
    return [sys.executable, "-c", "import sys; from netledger.cli import entry; sys.exit(entry())"]


def fresh_index() -> None:
    """What a build makes ready, where this checkout has none or an old one: the catalogue's figures, all words."""
    sys.path.insert(0, str(ROOT / "src"))
    from netledger.audit.words import fingerprint
    from netledger.audit.words.languages import source_text as words
    from netledger.ledger.figures import indexed, source_text

    if not indexed():
        (ROOT / "src" / "netledger" / "_figures.py").write_text(source_text(checkout=True), encoding="utf-8")
    ready, text = ROOT / "src" / "netledger" / "audit" / "words" / "_together.py", words(fingerprint())
    if not ready.exists() or ready.read_text(encoding="utf-8") != text:
        ready.write_text(text, encoding="utf-8")
