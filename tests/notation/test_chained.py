"""Layers whose stated widths do not fit each other: PyTorch refuses them when they run, a description says it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from netledger.cli import main

CODE = {
    "nn.Sequential(nn.Linear(3, 64), nn.Linear(65, 2))": "1 reads 65 features, but 0 gives 64",
    "nn.Sequential(nn.Linear(3, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 2))": "3 reads 6 features, but 0 gives 64",
    "nn.Sequential(nn.Conv2d(3, 8, 3), nn.MaxPool2d(2), nn.Conv2d(9, 4, 3))": "2 reads 9 channels, but 0 gives 8",
    "nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(9))": "1 reads 9 channels, but 0 gives 8",
    "nn.Sequential(nn.Linear(3, 64), nn.Linear(64, 2))": "",
    "nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 2))": "",
    "nn.Sequential(nn.Linear(3, 64), nn.GLU(), nn.Linear(32, 2))": "",
}


@pytest.mark.parametrize("code", CODE)
def test_what_pytorch_refuses_to_run_is_said(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = eval(code, {"nn": nn})
    given = torch.zeros(2, 3) if "Conv" not in code else torch.zeros(2, 3, 5, 5)
    try:
        made(given)
        refused = False
    except RuntimeError:
        refused = True
    assert main(["show", code]) == 0
    shown = capsys.readouterr().out
    assert refused == bool(CODE[code])
    assert (CODE[code] in shown) if refused else " gives " not in shown


def test_an_image_given_as_keras_writes_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Keras' own count of ``Conv2D(32, (3, 3))`` on 28×28×1: 320; its output is 26×26×32."""
    assert main(["show", "Conv2D(32, (3, 3))", "--input", "28x28x1"]) == 0
    shown = capsys.readouterr().out
    assert "320" in shown
    assert "32×26×26" in shown
    assert "28×28×1 has its channels last, as Keras writes it: 1×28×28 here" in " ".join(shown.split())
    assert main(["show", "Conv2D(32, (3, 3))", "--input", "1x28x28"]) == 0
    assert "channels last" not in capsys.readouterr().out
