"""The two-device scheme: the figures of alexnet.md section 5, and two processes against one."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from netledger.catalogue import load
from netledger.cli import main
from netledger.errors import DataError
from netledger.execute import checkpoint
from netledger.execute.splitting.memory import held
from netledger.execute.splitting.towers import plan_towers
from netledger.ledger import keep_books
from netledger.notation import parse, to_text
from netledger.train.measuring import measure_split
from tests.execute.images import idx_set
from tests.execute.processes import train_together
from tests.execute.tiny import tiny
from tests.support import process_environment

PARAMETERS_EACH = {"conv1": 17_472, "conv2": 153_728, "conv3": 442_560, "conv4": 331_968, "conv5": 221_312,
                   "fc6": 18_876_416, "fc7": 8_390_656}  # fmt: skip


class TestPlan:
    def test_parameters_of_each_device(self) -> None:
        plan = plan_towers(load("alexnet"))
        for ledger in plan.ledgers:
            assert {path: ledger[path].parameters for path in PARAMETERS_EACH} == PARAMETERS_EACH
        assert plan.ledgers[0]["fc8"].parameters == 4_097_000
        assert [int(ledger.totals.parameters) for ledger in plan.ledgers] == [32_531_112, 28_434_112]
        assert sum(int(ledger.totals.macs) for ledger in plan.ledgers) == int(keep_books(load("alexnet")).totals.macs)

    def test_what_crosses(self) -> None:
        plan = plan_towers(load("alexnet"))
        assert [(c.consumer, c.elements) for c in plan.transfers] == [
            ("conv3", 43_264), ("fc6", 9_216), ("fc7", 4_096), ("fc8", 2_048),
        ]  # fmt: skip
        assert (plan.elements_forward, plan.elements_step) == (58_624, 117_248)
        assert [plan.received(device) for device in (0, 1)] == [30_336, 28_288]

    def test_the_description_that_states_its_devices_says_the_same(self) -> None:
        stated = plan_towers(load("alexnet/cuda-convnet-145"))
        assert [int(ledger.totals.parameters) for ledger in stated.ledgers] == [32_531_112, 28_434_112]
        assert stated.elements_forward == 58_624
        assert [stated.received(device) for device in (0, 1)] == [30_336, 28_288]

    def test_memory_of_the_2012_network(self) -> None:
        """Section 5.3 of the facts: MB at batch 128."""
        plan = plan_towers(load("alexnet/cuda-convnet-145"))
        both = [held(ledger, plan.received(i), 128) for i, ledger in enumerate(plan.ledgers)]
        assert [h.values for h in both] == [878_816, 876_816]
        assert {h.denominators for h in both} == {331_824}
        assert [round(h.inference / 1e6, 1) for h in both] == [595.6, 577.1]
        assert [round(h.training / 1e6) for h in both] == [1_414, 1_361]
        one = keep_books(plan.network)
        assert round(held(one, 0, 128).training / 1e6) == 2_638
        assert round(held(one, 0, 128, relu_in_place=False).training / 1e6) == 3_051
        apart = [held(ledger, plan.received(i), 128, relu_in_place=False) for i, ledger in enumerate(plan.ledgers)]
        assert [round(h.training / 1e6) for h in apart] == [1_621, 1_568]

    def test_norms_over_all_maps_make_more_cross(self) -> None:
        """Caffe's norm looks over the seam: each device needs the other's maps of conv1 and conv2 before it."""
        plan = plan_towers(load("alexnet/caffe"))
        assert plan.transfers[0].elements == 96 * 55 * 55
        assert [int(ledger.totals.parameters) for ledger in plan.ledgers] == [32_531_112, 28_434_112]

    def test_nothing_to_split(self) -> None:
        with pytest.raises(DataError, match="one has no layer that can be split into two towers"):
            plan_towers(parse("x = input(4)\ny = linear(3)", name="one"))

    def test_document_in_every_form(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["split", "alexnet", "--format", "json"]) == 0
        data = json.loads(capsys.readouterr().out)
        assert (data["elements_forward"], data["bytes_step"]) == (58_624, 60_030_976)
        for form in ("text", "markdown", "latex", "html"):
            assert main(["split", "alexnet", "--format", form]) == 0
            text = capsys.readouterr().out
            assert "32,531,112" in text.replace("{,}", ",")
            assert "243.9" in text


def test_bytes_at_the_sends_are_those_predicted() -> None:
    network = load("alexnet/fashion-mnist")
    plan, batch = plan_towers(network), 3
    for device, counts in enumerate(measure_split(network, "towers", batch=batch)):
        assert counts["forward"] == plan.sent(device) * batch * 4 > 0
        assert counts["backward"] == plan.sent(device, backward=True) * batch * 4 > 0


def command(net: Path, data: Path, folder: Path, *more: str) -> list[str]:
    return [
        "train", str(net), "--data", str(data), "--recipe", "paper", "--batch", "16", "--rate", "0.01",
        "--schedule", "constant", "--init", "own", "--device", "cpu", "-o", str(folder), *more,
    ]  # fmt: skip


def torchrun(net: Path, data: Path, folder: Path, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "0",
        "--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0", "-m", "netledger",
        *command(net, data, folder, *more),
    ]  # fmt: skip


def losses(folder: Path) -> list[float]:
    with (folder / "steps.csv").open() as stream:
        return [float(row["loss"]) for row in csv.DictReader(stream)]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Data, a description, and the run of ten steps on one device."""
    folder = tmp_path_factory.mktemp("towers")
    data, net, alone = idx_set(folder / "d"), folder / "tiny.net", folder / "alone"
    net.write_text(to_text(tiny()))
    assert main(command(net, data, alone, "--steps", "10", "--quiet")) == 0
    return data, net, alone


def test_two_towers_train_as_one_network(start: tuple[Path, Path, Path], tmp_path: Path) -> None:
    """Ten steps with dropout: losses, and then every weight and velocity, within float32 rounding."""
    data, net, alone = start
    words = torchrun(net, data, tmp_path / "two", "--split", "towers", "--steps", "10")
    ran = subprocess.run(words, env=process_environment(), check=True, capture_output=True, text=True, timeout=240)
    assert ran.stdout.count("of 32 images after 10 steps") == 1  # one process says it for both
    assert losses(tmp_path / "two") == pytest.approx(losses(alone), rel=1e-5)
    one, two = checkpoint.load(alone), checkpoint.load(tmp_path / "two")
    for kind in ("model", "velocities"):
        assert one[kind].keys() == two[kind].keys()
        for name, value in one[kind].items():
            assert torch.allclose(value, two[kind][name], rtol=1e-4, atol=1e-6 * float(value.abs().max())), name


def test_data_parallel_averages_to_the_same_gradients(start: tuple[Path, Path, Path], tmp_path: Path) -> None:
    """Without dropout, whose masks differ between processes, two shares of a batch are that batch."""
    data, _, _ = start
    net = tmp_path / "plain.net"
    net.write_text(to_text(tiny()).replace("dropout(0.5)", "dropout(0.0)").replace("dropout()", "dropout(0.0)"))
    # no colour noise in this comparison: each share draws its own
    more = ["--recipe", "caffe", "--steps", "4", "--quiet"]
    assert main(command(net, data, tmp_path / "one", *more)) == 0
    train_together(*2 * [command(net, data, tmp_path / "two", *more, "--split", "data")])
    assert len(losses(tmp_path / "two")) == 4
    assert losses(tmp_path / "two")[0] == pytest.approx(losses(tmp_path / "one")[0], rel=0.05)


def test_a_process_that_dies_ends_the_job_and_one_device_can_go_on(
    start: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    data, net, _ = start
    folder = tmp_path / "two"
    process = subprocess.Popen(
        torchrun(net, data, folder, "--split", "towers", "--epochs", "100000", "--checkpoint-minutes", "0"),
        env=process_environment(), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if (folder / "checkpoint.pt").exists() and checkpoint.load(folder)["iteration"] >= 10:
            break
        time.sleep(0.3)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    ranks = {
        dict(p.partition("=")[::2] for p in Path(f"/proc/{c}/environ").read_text().split("\0") if p)["RANK"]: int(c)
        for c in children
        if "RANK=" in Path(f"/proc/{c}/environ").read_text()
    }
    os.kill(ranks["1"], signal.SIGKILL)
    _, text = process.communicate(timeout=120)
    assert process.returncode != 0
    assert (
        "another process of this run has ended or cannot be reached: the checkpoint is whole, --resume goes on" in text
    )
    stopped = checkpoint.load(folder)["iteration"]
    arguments = ["train", str(net), "--data", str(data), "--recipe", "paper", "--batch", "16", "--rate", "0.01"]
    arguments += ["--schedule", "constant", "--init", "own", "--device", "cpu", "-o", str(folder), "--epochs", "100000"]
    assert main([*arguments, "--steps", str(stopped + 3), "--resume", "--quiet"]) == 0
    assert checkpoint.load(folder)["iteration"] == stopped + 3
