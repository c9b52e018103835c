"""Helpers that several test files share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(__file__).resolve().parent / "data"
NETWORKS = DATA / "networks"
"""Structures of published networks, each with figures that others have published."""


def process_environment() -> dict[str, str]:
    """What a process of a test gets: one thread, and coverage measured in it where it is measured here.

    Several processes that train together, or one with pipes and a terminal, run what a test in this process never does.
    """
    found = {**os.environ, "OMP_NUM_THREADS": "1"}
    coverage = sys.modules.get("coverage")  # where nothing is measured it need not be there
    measuring = coverage.Coverage.current() if coverage is not None else None
    if measuring is not None:
        config = measuring.config.copy()
        config.parallel, config.data_file = True, str(Path(config.data_file).resolve())
        config.patch = ["_exit"]  # the command line ends at once
        found["COVERAGE_PROCESS_CONFIG"] = config.serialize()
    return found
