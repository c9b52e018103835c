"""Every hostile file gets its one line - or its right count - in time and memory bounded by what is really there.

Nothing is run, nothing is imported, and no file is opened but the named one and the siblings that its format names.
"""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from netledger.errors import DataError
from netledger.ledger import keep_books
from netledger.sources import read_file
from tests.hostile.case import Case
from tests.hostile.make import cases

CASES = cases(("safetensors_cases", "gguf_cases", "checkpoint_cases", "archive_cases", "numpy_cases", "onnx_cases"))
MEGABYTE = 1_000_000
_FORBIDDEN = (
    "exec",
    "compile",
    "import",
    "os.system",
    "os.exec",
    "subprocess.Popen",
    "socket.connect",
    "pickle.find_class",
)
_seen: list[tuple[str, str]] = []
_watching = False


def _watch(event: str, args: tuple[object, ...]) -> None:
    if _watching and (event == "open" or event in _FORBIDDEN):
        _seen.append((event, str(args[0])))


sys.addaudithook(_watch)


def outcome(path: Path) -> str:
    """What a person is told: the error's line without the file's name, or the parameters."""
    try:
        return str(keep_books(read_file(str(path))).totals.parameters)
    except DataError as error:
        line = str(error)
        assert "\n" not in line
        return line.removeprefix(f"{path}: ").removeprefix(f"{path.parent}/")


def structure(path: Path) -> int:
    """The bytes that are really there: a hole in a sparse file is none."""
    there = path.stat()
    return min(there.st_size, there.st_blocks * 512)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.number}-{case.name}")
def test_its_one_line_in_bounded_time_and_memory(tmp_path: Path, case: Case) -> None:
    global _watching
    path = case.write(tmp_path)
    expected = case.line if case.line is not None else _counted(case.parameters)
    there = structure(path)
    outcome(path)  # imports what the format needs
    gc.collect()
    gc.freeze()  # what other tests have left is not searched for garbage in this one's time
    _seen.clear()
    _watching = True
    started = time.process_time()
    try:
        said = outcome(path)
    finally:
        _watching = False
    seconds = time.process_time() - started
    assert said == expected
    allowed = {str(path), *[str(tmp_path / name) for name in (*case.siblings, "config.json", "quantize_config.json")]}
    assert {args for event, args in _seen if event == "open"} <= allowed
    assert [event for event, _ in _seen if event != "open"] == []
    if seconds > 0.1 + 0.05 * there / MEGABYTE:  # once more, on a machine that may have been busy
        started = time.process_time()
        outcome(path)
        seconds = time.process_time() - started
    assert seconds <= 0.1 + 0.05 * there / MEGABYTE
    tracemalloc.start()
    try:
        outcome(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 64 * MEGABYTE + 4 * there
    if case.note is not None:
        assert any(case.note in note for note in read_file(str(path)).notes)


def _counted(parameters: int | str | None) -> str:
    return f"{parameters:,}" if isinstance(parameters, int) else str(parameters)
