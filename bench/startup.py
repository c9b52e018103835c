"""Start-up: whole processes, CPU time and peak memory, as ratios of one run.

    python bench/startup.py [--rounds 15]

Each round runs every command once, in turn, so that a busy machine is busy for all of them; the figures are medians.
``python -c pass`` is the unit. The peers are measured where they can be imported; nothing is installed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent

TORCHVISION = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
try:
    from tests.torchvision_support import import_torchvision
    torchvision = import_torchvision()
except ImportError:
    import torchvision
model = torchvision.models.alexnet()
"""

SCRIPT = Path(sys.executable).with_name("netledger")
OURS = [str(SCRIPT)] if SCRIPT.exists() else ["-m", "netledger"]
"""The installed command where there is one; ``python -m`` costs a little more."""

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "python -c 'import argparse'": ["-c", "import argparse"],
    "netledger show alexnet": [*OURS, "show", "alexnet"],
    "netledger show alexnet --format json": [*OURS, "show", "alexnet", "--format", "json"],
    "netledger show resnet152": [*OURS, "show", "resnet152"],
    "netledger --help": [*OURS, "--help"],
    "netledger show alexnt (an error)": [*OURS, "show", "alexnt"],
    "netledger show alexnet in colour": [*OURS, "show", "alexnet", "--format", "terminal"],
    "python -c 'import rich.console'": ["-c", "import rich.console"],
    "python -c 'import torch'": ["-c", "import torch"],
    "torchinfo, torchvision's AlexNet": [
        "-c",
        TORCHVISION + "import torchinfo\nprint(torchinfo.summary(model, (1, 3, 224, 224), verbose=0))",
    ],
}
"""What is measured: arguments of the interpreter."""

LIMITS = {
    "netledger show alexnet": "≤ 6 ×, aim 4 ×; ≤ 40 MB",
    "netledger show resnet152": "≤ 2 × alexnet",
    "torchinfo, torchvision's AlexNet": "≥ 20 × alexnet",
}


def measured(arguments: list[str], environment: dict[str, str]) -> tuple[float, float, int]:
    """CPU seconds, peak megabytes and exit code of one process whose output goes into a pipe."""
    process = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )
    assert process.stdout is not None
    while process.stdout.read(65536):
        pass
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as cache:
        # Bytecode is compiled once, as it is when a package is installed.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment |= {
            "PYTHONPYCACHEPREFIX": cache,
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        }
        results: dict[str, list[tuple[float, float, int]]] = {}
        working = {
            name: arguments
            for name, arguments in COMMANDS.items()
            if measured(arguments, environment)[2] == (66 if "an error" in name else 0)
        }
        for i in range(rounds):
            for name, arguments in working.items():
                if i < 3 or "torch" not in name:  # a cold framework takes seconds: three rounds will do
                    results.setdefault(name, []).append(measured(arguments, environment))
    report(results, [name for name in COMMANDS if name not in working])


def report(results: dict[str, list[tuple[float, float, int]]], missing: list[str]) -> None:
    """The table: medians, ratios to the bare interpreter and to ``show alexnet``, and what was asked for."""
    seconds = {name: median(run[0] for run in runs) for name, runs in results.items()}
    memory = {name: median(run[1] for run in runs) for name, runs in results.items()}
    bare, ours = seconds["python -c pass"], seconds["netledger show alexnet"]
    print(f"{'whole process, output into a pipe':<40}{'CPU ms':>9}{'x pass':>9}{'x alexnet':>11}{'MB':>8}  asked for")
    for name, value in seconds.items():
        print(
            f"{name:<40}{value * 1000:>9.1f}{value / bare:>9.2f}{value / ours:>11.2f}{memory[name]:>8.1f}  "
            f"{LIMITS.get(name, '')}".rstrip()
        )
    for name in missing:
        print(f"{name:<40}  not measured: it does not run here")


if __name__ == "__main__":
    main()
