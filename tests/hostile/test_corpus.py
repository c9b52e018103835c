"""Every hostile file gets its one line - or its right count - in time and memory bounded by what is really there.

Nothing is run, nothing is imported, and no file is opened but the named one and the siblings that its format names.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from netledger.errors import DataError
from netledger.ledger import keep_books
from netledger.sources import read_file
from tests.hostile.make import cases
from tests.support import ROOT
from tests.watching import watched

CASES = cases()
MEGABYTE = 1_000_000


def outcome(path: Path) -> str:
    """What a person is told: the error's line without the file's name, or the parameters."""
    try:
        return f"{keep_books(read_file(str(path))).totals.parameters:,}"
    except DataError as error:
        line = str(error)
        assert "\n" not in line
        return line.removeprefix(f"{path}: ").removeprefix(f"{path.parent}/")


def structure(path: Path) -> int:
    """The bytes that are really there: a hole in a sparse file is none."""
    there = path.stat()
    return min(there.st_size, there.st_blocks * 512)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return [case.write(tmp_path_factory.mktemp("case")) for case in CASES]


@pytest.fixture(scope="module")
def measured(corpus: list[Path]) -> dict[str, tuple[float, int]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE"))}
    result = subprocess.run(
        [sys.executable, "-m", "tests.hostile.measure"],
        input="".join([json.dumps(str(path)) + "\n" for path in corpus]),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=environment,
    )
    found: dict[str, tuple[float, int]] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize("index", range(len(CASES)), ids=[f"{case.number}-{case.name}" for case in CASES])
def test_its_one_line_and_nothing_else_touched(corpus: list[Path], index: int) -> None:
    case, path = CASES[index], corpus[index]
    expected = case.line if case.line is not None else _counted(case.parameters)
    outcome(path)  # imports what the format needs
    with watched() as seen:
        said = outcome(path)
    assert said == expected
    beside = (*case.siblings, "config.json", "quantize_config.json")
    assert {args for event, args in seen if event == "open"} <= {
        str(path),
        *[str(path.parent / name) for name in beside],
    }
    assert [event for event, _ in seen if event != "open"] == []
    if case.note is not None:
        assert any(case.note in note for note in read_file(str(path)).notes)


@pytest.mark.parametrize("index", range(len(CASES)), ids=[f"{case.number}-{case.name}" for case in CASES])
def test_work_and_memory(corpus: list[Path], measured: dict[str, tuple[float, int]], index: int) -> None:
    path = corpus[index]
    work, peak = measured[str(path)]
    there = structure(path)
    assert work <= 0.1 + 0.08 * there / MEGABYTE
    assert peak <= 64 * MEGABYTE + 4 * there


def _counted(parameters: int | str | None) -> str:
    return f"{parameters:,}" if isinstance(parameters, int) else str(parameters)
