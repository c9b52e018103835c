"""The gate of coverage can fail, and measures everything."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib

import pytest

from tests.support import ROOT


def report(taken: int) -> dict[str, object]:
    summaries = {"a.py": (10, 10), "b.py": (90, taken)}
    return {
        "totals": {"num_branches": 100, "covered_branches": 10 + taken},
        "files": {
            path: {"summary": {"num_branches": whole, "covered_branches": part}}
            for path, (whole, part) in summaries.items()
        },
    }


@pytest.mark.parametrize(("taken", "code"), [(82, 0), (81, 1)])
def test_fewer_branches_than_wanted_fail(tmp_path, taken, code):
    (tmp_path / "coverage.json").write_text(json.dumps(report(taken)))
    script = [sys.executable, str(ROOT / "scripts" / "branch_coverage.py")]
    done = subprocess.run(
        [*script, str(tmp_path / "coverage.json"), "--at-least", "92"], capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert done.stdout.splitlines() == [
        f"{90 - taken:5} branches that no test takes in b.py",
        f"{10 + taken:.1f} % of 100 branches are taken; at least 92 % are wanted",
    ]


def test_all_of_the_package_is_measured():
    run = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["coverage"]["run"]
    made = ["*/netledger/_figures.py", "*/words/_together.py"]  # by the build
    left_out = [*made, "*/pytest-of-*/*"]  # and copies that tests unpack
    assert run == {"branch": True, "source_pkgs": ["netledger"], "omit": left_out}
    assert "branch_coverage.py .coverage.json --at-least" in (ROOT / "Makefile").read_text(encoding="utf-8")
