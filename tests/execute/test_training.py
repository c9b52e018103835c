"""Training runs: what they write, that they resume bit for bit, and what they say when something is wrong."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from netledger.cli import main
from netledger.errors import DataError, FormatError, UsageError
from netledger.execute import checkpoint
from netledger.execute.building import build, without_softmax
from netledger.network import Network
from netledger.notation import parse, to_text
from netledger.train import training
from netledger.train.data import open_data
from netledger.train.data.augment import Crops, Statistics, augmented, generator_for
from netledger.train.data.loader import training_jobs
from netledger.train.evaluation import evaluate
from netledger.train.metrics import Metrics
from netledger.train.recipes import Recipe, recipe
from netledger.train.settings import Settings
from netledger.train.training import train
from tests.execute.images import idx_set, image_folder
from tests.execute.tiny import tiny
from tests.support import process_environment


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
    torch.use_deterministic_algorithms(False)


def small(**changes: Any) -> Recipe:
    usual = {"batch": 16, "epochs": 3, "rate": 0.05, "schedule": "constant", "schedule_arguments": {}, "init": None}
    return recipe("paper").replace(**{**usual, **changes})


def losses(folder: Path) -> list[str]:
    with (folder / "steps.csv").open() as stream:
        return [row["loss"] for row in csv.DictReader(stream)]


def run(folder: Path, data: Path, chosen: Recipe | None = None, network: Network | None = None, **more: Any) -> Any:
    more = {"quiet": True, "pictures": False, **more}
    return train(network or tiny(), data, chosen or small(), Settings(str(folder), **more))


def test_a_run_learns_and_leaves_its_files(tmp_path: Path) -> None:
    text = to_text(tiny()).replace("dropout()", "dropout(0.1)").replace("dropout(0.5)", "dropout(0.1)")
    chosen = small(epochs=12, rate=0.01, mean="normalised")
    result = run(tmp_path / "run", idx_set(tmp_path / "d"), chosen, parse(text, name="t"), pictures=True)
    assert result.iterations == 12 * 6
    assert result.score.top1 > 0.8
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names >= {"checkpoint.pt", "steps.csv", "epochs.csv", "curves.png", "kernels.png"}
    found = [float(loss) for loss in losses(tmp_path / "run")]
    assert sum(found[-6:]) < sum(found[:6]) * 0.6
    one, ten = evaluate(tmp_path / "run" / "checkpoint.pt", tmp_path / "d")
    assert (one.top1, one.images, ten.views) == (result.score.top1, 32, 10)
    assert ten.top1 > 0.8


def test_the_first_steps_are_those_of_a_plain_loop(tmp_path: Path) -> None:
    """The same batches, PyTorch's own SGD, a fresh loop: the same losses."""
    data = idx_set(tmp_path / "d")
    chosen = small(rule="torch", bias_decay=True, dropout="inverted", colour=None)
    run(tmp_path / "run", data, chosen, steps=5)
    torch.manual_seed(0)
    module = build(without_softmax(tiny()), seed=0).train()
    sgd = torch.optim.SGD(module.parameters(), lr=chosen.rate, momentum=0.9, weight_decay=chosen.decay)
    images = open_data(data, channels=1).train
    statistics, expected = Statistics.of(images), []
    for epoch, number, indices in list(training_jobs(96, 16, 0, 0))[:5]:
        x = augmented(
            images.load(indices, None, None)[0], Crops(10, 10), statistics, generator_for(0, epoch, number, indices[0])
        )
        loss = torch.nn.functional.cross_entropy(module(x), images.labels[indices])
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        expected.append(loss.item())
    assert [float(loss) for loss in losses(tmp_path / "run")] == pytest.approx(expected, rel=1e-5)


def command(folder: Path, data: Path, net: Path, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "netledger", "train", str(net), "--data", str(data), "--recipe", "paper", "--batch", "16",
        "--epochs", "40", "--rate", "0.05", "--schedule", "constant", "--init", "own", "--device", "cpu", "-o", str(folder), *more,
    ]  # fmt: skip


def test_resume_after_kill_9_goes_on_bit_for_bit(tmp_path: Path) -> None:
    """A process killed at a random moment with a checkpoint after every step; the losses are those of an unbroken run."""
    data, net = idx_set(tmp_path / "d"), tmp_path / "tiny.net"
    net.write_text(to_text(tiny()))
    broken, whole = tmp_path / "broken", tmp_path / "whole"
    process = subprocess.Popen(
        command(broken, data, net, "--steps", "240", "--checkpoint-minutes", "0"),
        env=process_environment(),
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        time.sleep(0.05)
        if (broken / "checkpoint.pt").exists() and checkpoint.load(broken)["iteration"] >= 9:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    stopped = checkpoint.load(broken)["iteration"]
    assert 9 <= stopped < 240, process.stderr.read()  # type: ignore[union-attr]
    chosen = small(epochs=40)
    run(broken, data, chosen, steps=stopped + 20, resume=True)
    run(whole, data, chosen, steps=stopped + 20)
    assert len(losses(whole)) == stopped + 20
    assert losses(broken) == losses(whole)
    ends = [checkpoint.load(folder) for folder in (broken, whole)]
    for name, value in ends[0]["model"].items():
        assert torch.equal(value, ends[1]["model"][name]), name
    rows = [list(csv.reader((folder / "epochs.csv").open())) for folder in (broken, whole)]
    assert [row[:6] for row in rows[0]] == [row[:6] for row in rows[1]]


def test_resume_auto_is_one_command_for_every_start(tmp_path: Path) -> None:
    data, net = idx_set(tmp_path / "d"), tmp_path / "tiny.net"
    net.write_text(to_text(tiny()))
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for steps in (3, 5, 9):
        assert main(command(broken, data, net, "--resume", "auto", "--quiet", "--steps", str(steps))[3:]) == 0
    assert main(command(whole, data, net, "--quiet", "--steps", "9")[3:]) == 0
    assert losses(broken) == losses(whole)
    assert len(losses(broken)) == 9


@pytest.mark.parametrize("cut", ["17,1,0.", "1", "\0\0\0\0", "17,1,0.25,0.5,0.01"], ids=ascii)
def test_a_row_that_was_cut_off_costs_no_run(tmp_path: Path, cut: str) -> None:
    """As a killed process or a full disk leaves it: the last row is incomplete, or is not ended."""
    data, folder = idx_set(tmp_path / "d"), tmp_path / "run"
    run(folder, data, steps=4)
    before = losses(folder)
    with (folder / "steps.csv").open("a") as stream:
        stream.write(cut)
    run(folder, data, steps=6, resume=True)
    assert losses(folder)[:4] == before
    assert [row["iteration"] for row in csv.DictReader((folder / "steps.csv").open())] == list("123456")


def test_a_flipped_byte_in_a_checkpoint_is_refused(tmp_path: Path) -> None:
    """One bit of one weight, which PyTorch itself reads without a word."""
    run(tmp_path / "run", idx_set(tmp_path / "d"), steps=2)
    file = tmp_path / "run" / "checkpoint.pt"
    weight = next(iter(checkpoint.load(file)["model"].values()))
    raw = bytearray(file.read_bytes())
    at = raw.index(weight.contiguous().numpy().tobytes()[:32])
    raw[at + 5] ^= 4
    file.write_bytes(raw)
    with pytest.raises(FormatError, match=r"is damaged|is no checkpoint"):
        checkpoint.load(file)


def test_a_checksum_tells_any_change() -> None:
    content = {"a": [1, 2.0, "x", None, True], "t": torch.arange(6.0), "b": torch.zeros(3, dtype=torch.bfloat16)}
    whole = checkpoint.checksum(content)
    for name, value in (("a", [1, 2.0, "x", None, False]), ("t", torch.arange(6)), ("b", torch.zeros(3, 1).bfloat16())):
        assert checkpoint.checksum({**content, name: value}) != whole
    assert checkpoint.checksum({**content, "t": torch.arange(6.0)}) == whole


def test_another_number_of_threads_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, folder = idx_set(tmp_path / "d"), tmp_path / "run"
    run(folder, data, steps=2)
    content = checkpoint.load(folder)
    assert content["threads"] == torch.get_num_threads()
    checkpoint.save(folder / "checkpoint.pt", {**content, "threads": 7})
    run(folder, data, steps=3, resume=True)
    assert "begun with 7 threads" in capsys.readouterr().err


def test_the_speed_of_an_epoch_that_was_resumed_is_that_of_the_images_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = training.Trainer._finish_epoch
    monkeypatch.setattr(training.Trainer, "_finish_epoch", lambda trainer, seconds: finish(trainer, 2.0))
    data, folder = idx_set(tmp_path / "d", train=96), tmp_path / "run"
    run(folder, data, steps=5)
    run(folder, data, steps=6, resume=True)
    with (folder / "epochs.csv").open() as stream:
        (row,) = csv.DictReader(stream)
    assert (row["iteration"], row["images_per_second"]) == ("6", "8.0")  # one batch of six, 16 images, in two seconds


@pytest.mark.parametrize(("said", "threads"), [(None, 2), ("3", 3)])
def test_processes_that_make_batches_have_cores_of_their_own(
    said: str | None, threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if said:
        monkeypatch.setenv("OMP_NUM_THREADS", said)
    torch.set_num_threads(3)
    net = tmp_path / "t.net"
    net.write_text(to_text(tiny()))
    data, folder = idx_set(tmp_path / "d"), tmp_path / "run"
    words = ["--data", str(data), "--recipe", "laptop", "--device", "cpu", "--steps", "1", "--quiet", "--workers", "1"]
    assert main(["train", str(net), *words, "-o", str(folder)]) == 0
    assert checkpoint.load(folder)["threads"] == threads
    assert torch.get_num_threads() == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_said_in_those_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path / "run", idx_set(tmp_path / "d"), steps=1)
    before = (tmp_path / "run" / "checkpoint.pt").read_bytes()

    def full(stream: Any) -> None:
        with Path("/dev/full").open("wb", buffering=0) as device:
            device.write(b"x")

    with pytest.raises(DataError, match=r"disk full \(the previous one is untouched\)"):
        checkpoint.write_atomically(tmp_path / "run" / "checkpoint.pt", full)
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == before
    (tmp_path / "other").mkdir()
    metrics = Metrics(tmp_path / "other")
    with Path("/dev/full").open("w") as stream:
        metrics.files["epochs"] = (stream, csv.writer(stream))
        with pytest.raises(DataError, match="disk full"):
            metrics.add("epochs", (1,) * 9)
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # what is left to write goes nowhere


def test_an_empty_class_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = image_folder(tmp_path / "d")
    (data / "train" / "unicorn").mkdir()
    (data / "train" / ".cache").mkdir()
    found = open_data(data, channels=3, size=32)
    assert found.notes == ("no image in 'unicorn': no class of this run",)
    with pytest.raises(DataError, match="no image in 'unicorn'"):
        open_data(data, channels=3, size=32, strict=True)


def test_sigterm_ends_with_a_checkpoint_and_one_line(tmp_path: Path) -> None:
    data, net = idx_set(tmp_path / "d"), tmp_path / "tiny.net"
    net.write_text(to_text(tiny()))
    process = subprocess.Popen(
        command(tmp_path / "run", data, net, "--epochs", "100000"),
        env=process_environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "run" / "checkpoint.pt").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(1)
    process.terminate()
    _, text = process.communicate(timeout=60)
    assert process.returncode == 143
    last = text.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert "ended as asked after step" in last
    assert checkpoint.load(tmp_path / "run")["iteration"] > 0


def test_accumulating_is_the_same_batch(tmp_path: Path) -> None:
    data = idx_set(tmp_path / "d")
    network = parse(
        to_text(tiny()).replace("dropout(0.5)", "dropout(0.0)").replace("dropout()", "dropout(0.0)"), name="t"
    )
    for parts in (1, 4):
        run(tmp_path / str(parts), data, network=network, accumulate=parts, steps=6)
    one, four = ([float(loss) for loss in losses(tmp_path / name)] for name in ("1", "4"))
    assert one == pytest.approx(four, rel=1e-4)


def test_worker_processes_make_the_same_batches(tmp_path: Path) -> None:
    data = image_folder(tmp_path / "d", train=12, size=(40, 32))
    text = to_text(tiny()).replace("input(1, 10, 10)", "input(3, 10, 10)")
    for workers in (0, 2):
        run(tmp_path / str(workers), data, network=parse(text, name="t"), workers=workers, steps=2)
    assert losses(tmp_path / "0") == losses(tmp_path / "2")


def test_bfloat16_and_channels_last(tmp_path: Path) -> None:
    """Each on its own comes near the plain losses."""
    data = idx_set(tmp_path / "d")
    run(tmp_path / "plain", data, small(rate=0.002), steps=4)
    plain = [float(loss) for loss in losses(tmp_path / "plain")]
    for name, more in (("last", {"channels_last": True}), ("half", {"precision": "bfloat16"})):
        run(tmp_path / name, data, small(rate=0.002), steps=4, **more)
        assert [float(loss) for loss in losses(tmp_path / name)] == pytest.approx(plain, rel=0.1)


def test_broken_images_are_counted_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = image_folder(tmp_path / "d", train=10)
    (data / "train/class0/3.png").write_bytes(b"broken")
    network = parse(to_text(tiny()).replace("input(1, 10, 10)", "input(3, 10, 10)"), name="t")
    result = run(tmp_path / "run", data, small().replace(batch=20, epochs=2), network)
    assert result.skipped == 2
    assert capsys.readouterr().err.count("class0/3.png: cannot identify image file") == 2
    with pytest.raises(DataError, match=r"class0/3\.png: cannot be read"):
        run(tmp_path / "strict", data, small().replace(batch=20), network, strict=True)


def refused(
    tmp_path: Path, message: str, network: Network | None = None, chosen: Recipe | None = None, **more: Any
) -> None:
    with pytest.raises((DataError, UsageError), match=message):
        run(tmp_path / "refused", idx_set(tmp_path / "d"), chosen, network, **more)


class TestRefused:
    def test_batch_larger_than_the_data(self, tmp_path: Path) -> None:
        refused(
            tmp_path, "a batch of 128 is larger than the training set of 96 images", chosen=small().replace(batch=128)
        )

    def test_too_few_outputs(self, tmp_path: Path) -> None:
        network = parse(to_text(tiny()).replace("linear(3)", "linear(2)"), name="two")
        refused(tmp_path, "two tells 2 classes apart, the data has 3: --set LAYER.out_features=3", network)

    def test_images_smaller_than_the_input(self, tmp_path: Path) -> None:
        network = parse(to_text(tiny()).replace("input(1, 10, 10)", "input(1, 14, 14)"), name="t")
        refused(tmp_path, "the images are 12×12, smaller than the network's input of 14×14", network)

    def test_no_image_network(self, tmp_path: Path) -> None:
        refused(tmp_path, "takes 5, which is no grey or colour image", parse("x = input(5)\ny = linear(3)", name="v"))

    def test_no_such_device(self, tmp_path: Path) -> None:
        refused(tmp_path, "no device 'cuda:7' here", device="cuda:7")

    def test_split_without_a_second_process(self, tmp_path: Path) -> None:
        refused(tmp_path, "--split towers needs a second process: torchrun --nproc-per-node 2", split="towers")

    def test_loss_that_is_not_a_number(self, tmp_path: Path) -> None:
        refused(tmp_path, "the loss is not a number at step", chosen=small().replace(rate=1e30))

    def test_a_run_that_is_there_already(self, tmp_path: Path) -> None:
        run(tmp_path / "refused", idx_set(tmp_path / "d"), steps=1)
        refused(tmp_path, "exists: --resume goes on with it")
        refused(
            tmp_path,
            "made with another recipe: rate is 0.05 there, 0.1 here",
            chosen=small().replace(rate=0.1),
            resume=True,
        )
        other = parse(to_text(tiny()).replace("conv2d(12", "conv2d(14"), name="other")
        refused(
            tmp_path,
            "is a checkpoint of another network: 'conv3.weight' is 12×8×3×3 there, 14×8×3×3 here",
            other,
            resume=True,
        )


def test_a_full_disk_leaves_the_last_checkpoint_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = idx_set(tmp_path / "d")
    run(tmp_path / "run", data, steps=3)
    before = (tmp_path / "run/checkpoint.pt").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint.os, "fsync", full)
    with pytest.raises(DataError, match=r"cannot be written: disk full \(the previous one is untouched\)"):
        run(tmp_path / "run", data, steps=9, resume=True)
    assert (tmp_path / "run/checkpoint.pt").read_bytes() == before
    assert not [path for path in (tmp_path / "run").iterdir() if path.name.endswith(".partial")]


def test_a_checkpoint_runs_no_code(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(tmp_path / "owned"),)

    torch.save({"format": checkpoint.FORMAT, "model": Evil()}, tmp_path / "evil.pt")
    with pytest.raises(FormatError, match="is no checkpoint"):
        checkpoint.load(tmp_path / "evil.pt")
    assert not (tmp_path / "owned").exists()
    (tmp_path / "noise.pt").write_bytes(b"\x80\x02garbage")
    with pytest.raises(FormatError, match=r"noise\.pt: is no checkpoint"):
        checkpoint.load(tmp_path / "noise.pt")


def test_evaluating_other_classes_is_refused(tmp_path: Path) -> None:
    run(tmp_path / "run", idx_set(tmp_path / "d"), steps=1)
    with pytest.raises(DataError, match="the checkpoint knows 3 classes, the data has 2"):
        evaluate(tmp_path / "run", idx_set(tmp_path / "e", classes=2))


def test_image_input_of_a_batched_network() -> None:
    network = tiny().replace(batched=True).with_input((4, 1, 10, 10))
    assert training.image_input(network) == (1, 10, 10)
