"""A minute of training on real images: the loss falls, and a run that is interrupted goes on exactly."""

from __future__ import annotations

import csv
from pathlib import Path

import torch

from netledger.catalogue import load
from netledger.train.evaluation import evaluate
from netledger.train.recipes import recipe
from netledger.train.settings import Settings
from netledger.train.training import train
from tests.execute.images import fashion_mnist


def losses(folder: Path) -> list[float]:
    with (folder / "steps.csv").open() as stream:
        return [float(row["loss"]) for row in csv.DictReader(stream)]


def test_fashion_mnist_is_learned_and_resumed_exactly(tmp_path: Path) -> None:
    data = fashion_mnist()
    torch.set_num_threads(1)
    chosen = recipe("laptop")

    def run(name: str, steps: int, resume: bool = False) -> list[float]:
        settings = Settings(str(tmp_path / name), steps=steps, resume=resume, quiet=True, pictures=False)
        train(load("alexnet/fashion-mnist"), data, chosen, settings)
        return losses(tmp_path / name)

    found = run("whole", 130)
    assert sum(found[:20]) / 20 > 1.7
    assert sum(found[-20:]) / 20 < 1.25
    run("parts", 50)
    assert run("parts", 65, resume=True) == found[:65]
    (one,) = evaluate(tmp_path / "whole", data, ten=False)
    assert one.images == 10_000
    assert one.top1 > 0.5
