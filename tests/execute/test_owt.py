"""The scheme of 2014: the figures of alexnet.md section 5.4, and several processes against one."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from netledger.catalogue import load
from netledger.cli import main
from netledger.errors import DataError
from netledger.execute import checkpoint
from netledger.execute.building import without_softmax
from netledger.execute.splitting.one_weird_trick import plan_owt
from netledger.ledger import keep_books
from netledger.network import Network
from netledger.notation import parse, to_text
from tests.execute.images import idx_set, image_folder
from tests.execute.processes import train_together
from tests.execute.split_worker import alone, together
from tests.execute.test_towers import command, losses
from tests.execute.tiny import tiny


def even(dropout: float = 0.5) -> Network:
    """A small network whose dropout lies before, between and behind the fully connected layers."""
    text = to_text(tiny()).replace("dropout(0.5)", "dropout()")
    text = text.replace("flat = flatten()", "flat = flatten()\ndrop5 = dropout()")
    assert text.count("dropout()") == 3
    return without_softmax(parse(text.replace("dropout()", f"dropout({dropout})"), name="even"))


class TestPlan:
    def test_parameters_of_each_device(self) -> None:
        """Section 5.4: a copy of the convolutions, shards of 9,438,208 and 4,195,328, fc8 on the first."""
        plan = plan_owt(load("alexnet/one-weird-trick"), 4)
        assert plan.shared_parameters == 2_469_696
        assert [plan.parameters(rank) for rank in range(4)] == [20_200_232, *[16_103_232] * 3]
        assert [ledger["fc4096a"].parameters for ledger in plan.ledgers] == [9_438_208] * 2
        assert [ledger["fc4096b"].parameters for ledger in plan.ledgers] == [4_195_328] * 2
        assert plan.ledgers[0]["fc1000"].parameters == 4_097_000

    def test_all_processes_together_do_what_one_does(self) -> None:
        for name in ("alexnet/one-weird-trick", "alexnet/torchvision", "alexnet"):
            plan = plan_owt(load(name), 4)
            assert sum(plan.macs(rank, 128) for rank in range(4)) == 128 * int(keep_books(load(name)).totals.macs)

    def test_what_is_handed_over(self) -> None:
        """9,216 features an image to three others, 4,096 likewise, then three slices of 1,024 to the first."""
        plan = plan_owt(load("alexnet/one-weird-trick"), 4)
        assert [(g.consumer, g.elements) for g in plan.transfers] == [
            ("fc4096a", 9_216), ("fc4096b", 4_096), ("fc1000", 4_096),
        ]  # fmt: skip
        total = sum(plan.sent(rank, 128) for rank in range(4))
        assert total == sum(plan.sent(rank, 128, backward=True) for rank in range(4))
        assert total == 128 * (3 * 9_216 + 3 * 4_096 + 3 * 1_024)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("x = input(4)\ny = linear(3)", "no fully connected layer to slice before the last"),
            ("x = input(4)\ny = linear(6)\nz = linear(3)", "y: its 6 outputs do not divide over 4 processes"),
            ("x = input(3, 4, 4)\ny = linear(8)\nz = linear(3)", "y: reads maps, not a row of features"),
        ],
    )
    def test_refused(self, text: str, message: str) -> None:
        with pytest.raises(DataError, match=message):
            plan_owt(parse(text, name="one"), 4)

    def test_document_in_every_form(self, capsys: pytest.CaptureFixture[str]) -> None:
        words = ["split", "alexnet/one-weird-trick", "--scheme", "owt", "--devices", "4"]
        assert main([*words, "--format", "json"]) == 0
        data = json.loads(capsys.readouterr().out)
        assert [device["parameters"] for device in data["devices"]] == [20_200_232, *[16_103_232] * 3]
        assert {device["gradient_bytes"] for device in data["devices"]} == {2_469_696 * 4}
        assert data["bytes_step"] == 2 * 4 * 128 * 3 * (9_216 + 4_096 + 1_024)
        for form in ("text", "markdown", "latex", "html"):
            assert main([*words, "--format", form]) == 0
            text = capsys.readouterr().out.replace("{,}", ",")
            assert "20,200,232" in text
            assert "16,103,232" in text
        assert main(["split", "alexnet", "--devices", "3"]) == 2
        assert main([*words, "--batch", "7"]) == 2


def same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert torch.allclose(found[name], value, rtol=1e-4, atol=1e-6 * float(value.abs().max()) + 1e-9), name


def alike(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """After several steps: sums in another order round otherwise, and a value near a kink of ReLU or max-pooling goes
    to its other side, so that single numbers may differ; a share of a gradient left out would be tens of percent."""
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert float((found[name] - value).norm()) <= 1e-3 * float(value.norm()) + 1e-9, name


@pytest.mark.parametrize("world", [2, 4])
def test_outputs_gradients_and_bytes_of_a_step(world: int) -> None:
    """With dropout: every output and gradient is the single process's, every byte the predicted one."""
    network, batch = even(), 8
    one, seen = alone(network, batch), together(network, "owt", world, batch)
    assert torch.allclose(seen[0]["outputs"], one["outputs"], rtol=1e-5, atol=1e-6)
    assert seen[0]["loss"] == pytest.approx(one["loss"], rel=1e-6)
    same(seen[0]["gradients"], one["gradients"])
    plan = plan_owt(network, world)
    for rank, process in enumerate(seen):
        assert process["sent"] == {
            "forward": plan.sent(rank, batch) * 4,
            "backward": plan.sent(rank, batch, backward=True) * 4,
            "labels": batch // world * 8 if rank else 0,
            "gradients": plan.shared_parameters * 4,
        }
        assert process["sent"]["forward"] > 0


def test_data_parallel_gradients_and_bytes() -> None:
    """DDP's averaged gradients are the whole batch's; each process gives every gradient to the all-reduce once."""
    network = even(0.0)
    one, seen = alone(network, 8), together(network, "data", 2, 8)
    for process in seen:
        same(process["gradients"], one["gradients"])
        assert process["loss"] == pytest.approx(one["loss"], rel=1e-6)
        assert process["sent"]["gradients"] == keep_books(network).totals.bytes
    assert keep_books(load("alexnet")).totals.bytes == 60_965_224 * 4  # the 243.9 MB of section 5.2


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("owt")
    return idx_set(folder / "d"), folder


def compared(data: Path, folder: Path, network: Network, split: str, recipe: str = "paper") -> None:
    """Eight steps over two epochs on one process and on two."""
    net = folder / f"{split}.net"
    net.write_text(to_text(network))
    more = ["--recipe", recipe, "--steps", "8", "--quiet"]
    train_together(*2 * [command(net, data, folder / f"{split}-2", "--split", split, *more)])
    assert main(command(net, data, folder / f"{split}-1", *more)) == 0
    assert losses(folder / f"{split}-2") == pytest.approx(losses(folder / f"{split}-1"), rel=1e-4)
    one, two = checkpoint.load(folder / f"{split}-1"), checkpoint.load(folder / f"{split}-2")
    for kind in ("model", "velocities"):
        alike(two[kind], one[kind])


def test_steps_with_dropout_are_those_of_one_process(start: tuple[Path, Path]) -> None:
    compared(*start, even(), "owt")


def test_data_parallel_steps_are_those_of_one_process(start: tuple[Path, Path]) -> None:
    """Crops, flips and colours are those of the whole batch; only dropout would differ, so there is none here."""
    compared(*start, even(0.0), "data")


def test_an_unreadable_image_stops_nobody(tmp_path: Path) -> None:
    data = image_folder(tmp_path / "d", train=8)
    (data / "train/class0/3.png").write_bytes(b"broken")
    net = tmp_path / "t.net"
    net.write_text(to_text(even()).replace("input(1, 10, 10)", "input(3, 10, 10)"))
    train_together(*2 * [command(net, data, tmp_path / "two", "--split", "owt", "--steps", "2")])
    assert len(losses(tmp_path / "two")) == 2


@pytest.mark.parametrize("split", ["owt", "towers"])
def test_the_score_is_that_of_one_process_for_more_than_five_classes(split: str, tmp_path: Path) -> None:
    """A process without the last layer has nothing to score, whatever the label."""
    data, net = idx_set(tmp_path / "d", classes=8), tmp_path / "t.net"
    net.write_text(to_text(even(0.0)).replace("linear(3)", "linear(8)"))
    more = ["--recipe", "laptop", "--epochs", "1", "--batch", "32", "--quiet"]
    train_together(*2 * [command(net, data, tmp_path / "two", "--split", split, *more)])
    assert main(command(net, data, tmp_path / "one", *more)) == 0
    scores = [[*csv.DictReader((tmp_path / run / "epochs.csv").open())][-1] for run in ("one", "two")]
    assert scores[1]["top1"] == scores[0]["top1"]
    assert float(scores[1]["validation_loss"]) == pytest.approx(float(scores[0]["validation_loss"]), rel=1e-4)
