"""Checkpoints of runs on machines without a disk in common: kept elsewhere, or handed on by the first process."""

from __future__ import annotations

from pathlib import Path

import pytest

from netledger.errors import DataError, NotFoundError, UsageError
from netledger.notation import to_text
from netledger.train.remote_checkpoint import RemoteCheckpoint
from tests.execute.images import idx_set
from tests.execute.processes import train_together
from tests.execute.test_towers import command
from tests.execute.test_training import losses, run
from tests.execute.tiny import tiny


def test_a_run_goes_on_elsewhere_from_its_address(tmp_path: Path) -> None:
    """As a queue starts it again on another machine, whose folder is empty."""
    data, kept = idx_set(tmp_path / "d"), f"file://{tmp_path}/far/run.pt"
    run(tmp_path / "whole", data, steps=6)
    run(tmp_path / "first", data, steps=3, resume="auto", checkpoint=kept)
    run(tmp_path / "second", data, steps=6, resume="auto", checkpoint=kept)
    assert losses(tmp_path / "second") == losses(tmp_path / "whole")[3:]
    assert [file.name for file in (tmp_path / "far").iterdir()] == ["run.pt"]
    with pytest.raises(UsageError, match=r"run\.pt exists: --resume goes on with it"):
        run(tmp_path / "third", data, steps=6, checkpoint=kept)


def test_a_place_that_cannot_be_used_is_said_before_training(tmp_path: Path) -> None:
    data = idx_set(tmp_path / "d")
    with pytest.raises(UsageError, match="takes an address"):
        run(tmp_path / "a", data, checkpoint="run.pt")
    with pytest.raises(UsageError, match="no file system is known for nowhere"):
        run(tmp_path / "b", data, checkpoint="nowhere://u:secret@x/run.pt")
    with pytest.raises(NotFoundError, match="no checkpoint"):
        run(tmp_path / "c", data, checkpoint=f"file://{tmp_path}/none.pt", resume=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        run(tmp_path / "e", data, checkpoint=f"file://{tmp_path}/file/run.pt")


def test_a_place_that_is_lost_later_ends_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put = RemoteCheckpoint.put
    calls = iter([put])

    def once(self: RemoteCheckpoint, file: Path) -> None:
        next(calls, _broken)(self, file)

    monkeypatch.setattr(RemoteCheckpoint, "put", once)
    run(tmp_path / "run", idx_set(tmp_path / "d"), steps=8, checkpoint=f"file://{tmp_path}/far.pt")
    assert len(losses(tmp_path / "run")) == 8
    assert "the checkpoint is in" in capsys.readouterr().err


def _broken(place: RemoteCheckpoint, file: Path) -> None:
    raise DataError("cannot be written: TimeoutError").at(file=place.shown)


def test_two_machines_go_on_from_the_checkpoint_of_the_first(tmp_path: Path) -> None:
    """Each process has a folder of its own; only the first one's holds a checkpoint."""
    data, net = idx_set(tmp_path / "d"), tmp_path / "tiny.net"
    net.write_text(to_text(tiny()))
    for steps in ("3", "6"):
        more = ["--epochs", "9", "--split", "data", "--steps", steps, "--resume", "auto", "--quiet"]
        train_together(*[command(net, data, tmp_path / f"machine{i}", *more) for i in (0, 1)], machines=True)
    assert len(losses(tmp_path / "machine0")) == 6
    assert not (tmp_path / "machine1" / "checkpoint.pt").exists()
