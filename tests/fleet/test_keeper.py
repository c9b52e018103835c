"""The process that reads: ended from outside, and what is said of it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from netledger.errors import NetledgerError
from netledger.fleet import keeper
from netledger.fleet.arrow import unpacked
from netledger.fleet.batch import Batch, Limits
from netledger.fleet.places import CensusPlace
from tests.fleet.files import fill, wide


def test_a_process_that_is_killed_is_a_row_and_the_rest_is_read(tmp_path: Path) -> None:
    known = fill(tmp_path / "models", 3)
    slow = tmp_path / "wide.safetensors"
    wide(slow, 400_000)
    names = [*known, str(slow)]
    batch = Batch(tuple(CensusPlace(name) for name in [names[0], names[3], names[1], names[2]]), Limits())

    def kill() -> None:
        while not any(reader.begun == 2 for reader in keeper._all):
            time.sleep(0.01)
        os.kill(next(iter(keeper._all)).process.pid, signal.SIGKILL)

    keeper.close_all()
    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    try:
        files = unpacked(keeper.read_batch(batch).files).to_pylist()
    finally:
        keeper.close_all()
    killer.join()
    assert [(row["status"], row["parameters"]) for row in files] == [
        ("read", known[names[0]]), ("failed", None), ("read", known[names[1]]), ("read", known[names[2]]),
    ]  # fmt: skip
    assert files[1]["error"] == "the process that read it ended (signal 9)"


def test_a_process_that_does_not_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(NetledgerError, match=r"does not start \(exit code 1\)"):
        keeper.read_batch(Batch((CensusPlace("x"),), Limits(megabytes=7)))
    keeper.close_all()
