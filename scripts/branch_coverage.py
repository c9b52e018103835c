"""How many branches of all of ``src/netledger`` the tests take, by coverage's own JSON; fails below a percentage.

    coverage json -o coverage.json
    python scripts/branch_coverage.py coverage.json --at-least 80

Prints the files with the most branches that no test takes. What is left out stands in pyproject.toml, each by name.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def share(report: dict[str, Any]) -> float:
    """The percentage of branches that are taken.

    >>> share({"totals": {"num_branches": 200, "covered_branches": 183}})
    91.5
    """
    totals = report["totals"]
    return 100 * int(totals["covered_branches"]) / max(1, int(totals["num_branches"]))


def least(report: dict[str, Any], most: int) -> list[tuple[int, str]]:
    """The files with the most branches that no test takes."""
    left = [
        (int(found["summary"]["num_branches"]) - int(found["summary"]["covered_branches"]), path)
        for path, found in report["files"].items()
    ]
    return sorted([one for one in left if one[0]], reverse=True)[:most]


def main() -> int:
    """Print and compare; 1 below the percentage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report", type=Path)
    parser.add_argument("--at-least", type=float, required=True)
    given = parser.parse_args()
    report = json.loads(given.report.read_text(encoding="utf-8"))
    found = share(report)
    for missing, path in least(report, 12):
        print(f"{missing:5} branches that no test takes in {path}")
    branches = int(report["totals"]["num_branches"])
    print(f"{found:.1f} % of {branches:,} branches are taken; at least {given.at_least:g} % are wanted")
    return int(found < given.at_least)


if __name__ == "__main__":
    sys.exit(main())
