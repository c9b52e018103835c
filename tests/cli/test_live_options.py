"""How a live model is fed and built on the command line: several inputs, arguments of a factory, a file of code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from netledger.cli import main

CODE = """
import torch
from torch import nn

class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(8, 4), nn.Linear(6, 5)
    def forward(self, x, y):
        return self.a(x), self.b(y)

class Ids(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.b = nn.Embedding(10, 6), nn.Linear(6, 5)
    def forward(self, ids, y):
        return self.b(self.e(ids)), self.b(y)

class Wide(Two):
    def __init__(self, width, *, act, depth=2):
        super().__init__()

raise_if_run = None
"""


@pytest.fixture
def code(tmp_path: Path) -> str:
    file = tmp_path / "two_inputs.py"
    file.write_text(CODE)
    return str(file)


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(["show", *words, "--format", "json"]) == 0
    totals: dict[str, object] = json.loads(capsys.readouterr().out)["totals"]
    return totals


@pytest.mark.parametrize(
    "inputs",
    [
        ("--input", "8", "--input", "6"),
        ("--input", "[1,8]", "--input", "6"),
        ("--input", "x=8", "--input", "y=6"),
        ("--input", "y=6", "--input", "8"),
        ("--input", "float32[1,8]", "--input", "float32[1,6]"),
    ],
)
def test_several_inputs(capsys: pytest.CaptureFixture[str], code: str, inputs: tuple[str, ...]) -> None:
    assert shown(capsys, f"{code}:Two", *inputs)["macs"] == 8 * 4 + 6 * 5


def test_inputs_of_several_types_in_order(capsys: pytest.CaptureFixture[str], code: str) -> None:
    assert shown(capsys, f"{code}:Ids", "--input", "int64[1,7]", "--input", "6")["macs"] == 8 * 6 * 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("{}:Two", "--input", "x=8", "--input", "x=6"), "--input x= is given twice"),
        (("{}",), "this is code, which holds Two, Ids, Wide: name one"),
        (("{}:Wide",), "takes (width, *, act, depth=2): missing a required argument: 'width'"),
        (("{}:Wide", "--args", "3"), "--kwargs act=…"),
        (("alexnet", "--input", "3x227x227", "--input", "3x8x8"), "several inputs without a name: name them"),
    ],
)
def test_what_is_to_be_written_is_told(
    capsys: pytest.CaptureFixture[str], code: str, words: tuple[str, ...], said: str
) -> None:
    assert main(["show", *[word.format(code) for word in words]]) != 0
    assert said in capsys.readouterr().err


def test_inputs_that_a_model_needs_are_named(capsys: pytest.CaptureFixture[str], code: str) -> None:
    main(["show", f"{code}:Two"])
    assert "give each, as in --input x=3x224x224 --input y=3x224x224" in capsys.readouterr().out
