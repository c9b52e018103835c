"""``--split fsdp`` and ``data``: several processes train, score and go on as one does, whatever their number."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import torch

from netledger.cli import main
from netledger.errors import DataError
from netledger.execute import checkpoint
from netledger.notation import to_text
from netledger.train.parallel import parallel_for
from netledger.train.settings import Settings
from tests.execute.images import idx_set
from tests.execute.processes import train_together
from tests.execute.test_towers import command, losses
from tests.execute.tiny import tiny

# no dropout, whose masks differ between processes; 32 validation images: the last batch of 15 has 2 for 3 processes
OPTIONS = ["--recipe", "caffe", "--batch", "15", "--quiet"]


def trained(data: Path, net: Path, folder: Path, split: str, *more: str) -> None:
    train_together(*3 * [command(net, data, folder, *OPTIONS, "--split", split, *more)])


def alone(data: Path, net: Path, folder: Path, *more: str) -> None:
    arguments = ["train", str(net), "--data", str(data), "--rate", "0.01", "--schedule", "constant", "--init", "own"]
    assert main([*arguments, "--device", "cpu", "-o", str(folder), *OPTIONS, *more]) == 0


def scores(folder: Path) -> list[list[float]]:
    with (folder / "epochs.csv").open() as stream:
        return [[float(row[name]) for name in ("validation_loss", "top1", "top5")] for row in csv.DictReader(stream)]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Data, a description, and the run of two epochs of one process."""
    folder = tmp_path_factory.mktemp("sharded")
    data, net = idx_set(folder / "d"), folder / "plain.net"
    net.write_text(to_text(tiny()).replace("dropout(0.5)", "dropout(0.0)").replace("dropout()", "dropout(0.0)"))
    alone(data, net, folder / "alone", "--epochs", "2")
    return data, net, folder / "alone"


@pytest.mark.parametrize("split", ["data", "fsdp"])
def test_three_processes_train_and_score_as_one(start: tuple[Path, Path, Path], tmp_path: Path, split: str) -> None:
    """Losses, scores, and then every weight and velocity; an epoch on three processes, the next on one, is the same."""
    data, net, one = start
    trained(data, net, tmp_path / "three", split, "--epochs", "2")
    assert losses(tmp_path / "three") == pytest.approx(losses(one), rel=1e-4)
    assert [row[1:] for row in scores(tmp_path / "three")] == [row[1:] for row in scores(one)]
    assert [row[0] for row in scores(tmp_path / "three")] == pytest.approx([row[0] for row in scores(one)], rel=1e-4)
    theirs, ours = checkpoint.load(tmp_path / "three"), checkpoint.load(one)
    for kind in ("model", "velocities"):
        assert theirs[kind].keys() == ours[kind].keys()
        for name, value in ours[kind].items():
            assert torch.allclose(value, theirs[kind][name], rtol=1e-3, atol=1e-4 * float(value.abs().max())), name


def test_a_run_goes_on_split_otherwise(start: tuple[Path, Path, Path], tmp_path: Path) -> None:
    """Steps on one process, then sharded, then on one again: the losses are those of one process all the way."""
    data, net, one = start
    alone(data, net, tmp_path / "run", "--epochs", "2", "--steps", "4")
    trained(data, net, tmp_path / "run", "fsdp", "--epochs", "2", "--steps", "9", "--resume")
    alone(data, net, tmp_path / "run", "--epochs", "2", "--resume")
    assert losses(tmp_path / "run") == pytest.approx(losses(one), rel=1e-4)


def test_processes_that_cannot_reach_each_other_say_so_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As gloo fails where the others of a restarted run have gone already."""

    def refused(*arguments: Any, **settings: Any) -> None:
        raise RuntimeError("Gloo connectFullMesh failed with [pair.cc:152]\nConnection refused")

    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setattr("torch.distributed.init_process_group", refused)
    monkeypatch.setattr("torch.distributed.is_initialized", lambda: False)
    with pytest.raises(DataError, match=r"cannot be reached: nothing was trained yet \(rank 1 says: Gloo connect"):
        parallel_for(Settings(str(tmp_path), split="fsdp"), tiny())
    (tmp_path / "checkpoint.pt").touch()
    with pytest.raises(DataError, match="cannot be reached: the checkpoint is whole, --resume goes on from it"):
        parallel_for(Settings(str(tmp_path), split="data"), tiny())
