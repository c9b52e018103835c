"""Auditing: whole processes, CPU time as ratios to ``python -c pass`` of one run; and a text of a thousand lines.

    python bench/audit.py [--rounds 15]

Each round runs every command once, in turn, so that a busy machine is busy for all of them; the figures are medians.
The question is the one that AlexNet's parameters were asked about; it goes in by a file and out into a pipe.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

QUESTION = """\
conv1: (11*11)*3*96 + 96 = 34944
conv2: (5*5)*96*256 + 256 = 614656
conv3: (3*3)*256*384 + 384 = 885120
conv4: (3*3)*384*384 + 384 = 1327488
conv5: (3*3)*384*256 + 256 = 884992
fc1: (6*6)*256*4096 + 4096 = 37752832
fc2: 4096*4096 + 4096 = 16781312
fc3: 4096*1000 + 1000 = 4097000
total 62378344 parameters. right?
"""
SCRIPT = Path(sys.executable).with_name("netledger")
OURS = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "netledger"]
MUST = {"--against alexnet": 8.0, "--against alexnet/ungrouped": 8.0, "without --against": 12.0}


def cpu_seconds(command: list[str]) -> float:
    """User and system time of one whole process; compiled files are kept, as for any installed package."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=False, env=environment)
    after = getrusage(RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        question, long = Path(folder, "question.txt"), Path(folder, "long.txt")
        question.write_text(QUESTION)
        sizes = range(1, 1001)
        long.write_text("\n".join(f"conv{n}: ({n}*{n})*3*96 + 96 = {n * n * 288 + 96}" for n in sizes))
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "--against alexnet": [*OURS, "audit", str(question), "--against", "alexnet"],
            "--against alexnet/ungrouped": [*OURS, "audit", str(question), "--against", "alexnet/ungrouped"],
            "without --against": [*OURS, "audit", str(question)],
            "1,000 lines": [*OURS, "audit", str(long), "--against", "alexnet"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for command in commands.values():  # what is compiled once is not measured
            cpu_seconds(command)
        for _ in range(rounds):
            for name, command in commands.items():
                times[name].append(cpu_seconds(command))
    unit = median(times["python -c pass"])
    print(f"{'':32} CPU ms   × python -c pass   must")
    for name, measured in times.items():
        must = f"≤ {MUST[name]:g}" if name in MUST else ""
        print(f"{name:32} {median(measured) * 1000:6.1f}   {median(measured) / unit:16.2f}   {must}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
