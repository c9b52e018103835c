"""The step of CI for Python 3.14 (item 8): it runs the core's tests where there is one, and says aloud where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
STEP = ROOT / ".ci" / "python314"


def step(folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """The step where neither apt nor uv nor debootstrap has an interpreter."""
    tools = folder / "tools"
    tools.mkdir()
    for name in ("apt-get", "uv", "debootstrap", "python3.14"):
        (tools / name).write_text("#!/bin/sh\nexit 1\n")
        (tools / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", **given}
    return subprocess.run(["bash", str(STEP)], env=environment, capture_output=True, text=True, check=False)


def test_it_is_skipped_aloud(tmp_path: Path) -> None:
    done = step(tmp_path, PYTHON314="")
    assert done.returncode == 0, done.stderr
    assert "no Python 3.14 is to be had" in done.stdout
    assert "SKIPPED" in done.stdout


@pytest.mark.parametrize("code", [0, 3])
def test_where_there_is_one_its_tests_decide(tmp_path: Path, code: int) -> None:
    """An interpreter that only notes what it is asked: an environment, an install, the tests."""
    noted, python = tmp_path / "noted", tmp_path / "python"
    python.write_text(
        f'#!/bin/sh\necho "$@" >> "{noted}"\n'
        f'case "$1 $2" in "-m venv") mkdir -p "$3/bin"; cp "$0" "$3/bin/python";; esac\n'
        f'case "$1" in *core_tests.py) exit {code};; esac\n'
    )
    python.chmod(0o755)
    assert step(tmp_path, PYTHON314=str(python)).returncode == code
    asked = noted.read_text()
    assert "-m venv" in asked
    assert "-m pip install --quiet . pytest" in asked
    assert "web/tests/core_tests.py" in asked


def test_it_is_a_part_of_ci() -> None:
    assert "bash .ci/python314" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_core_s_tests_are_found_by_what_they_import() -> None:
    """Those of the formula, the rules and the notation are among them; those that need a framework are not."""
    sys.path.insert(0, str(ROOT / "web" / "tests"))
    try:
        import core_tests
    finally:
        sys.path.pop(0)
    in_pyodide = {file.relative_to(ROOT).as_posix() for file in core_tests.core(ROOT)}
    everywhere = core_tests.core(ROOT, (*core_tests.FOLDERS, *core_tests.MORE), frozenset())
    alone = {file.relative_to(ROOT).as_posix() for file in everywhere}
    assert {"tests/test_formula.py", "tests/test_ledger.py", "tests/notation/test_reading.py"} <= in_pyodide < alone
    assert {"tests/cli/test_commands.py", "tests/audit/test_growth.py"} <= alone
    assert not any("pytorch" in name or "peers" in name for name in alone)
