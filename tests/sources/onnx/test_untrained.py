"""Buffers and numbers in the code that an exporter writes as it writes weights. The truth is ``model.parameters()``."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from torch import nn

from netledger.ledger import keep_books
from netledger.sources import read_file
from tests.sources.onnx.models import books, node, value
from tests.support import DATA

warnings.filterwarnings("ignore")


class Holds(nn.Module):
    """A linear layer, and a buffer beside it that ``with_it`` takes."""

    def __init__(self, buffer: torch.Tensor, with_it: object) -> None:
        super().__init__()
        self.linear, self.with_it = nn.Linear(32, 32), with_it
        self.register_buffer("b", buffer)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.with_it(self.linear(x), self.b)  # type: ignore[operator]


class Code(nn.Module):
    """The same with numbers that the code works out."""

    def __init__(self, made: object) -> None:
        super().__init__()
        self.linear, self.made = nn.Linear(32, 32), made

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(x) + self.made()  # type: ignore[operator]


POSITIONS = torch.arange(16.0)[:, None]
ANGLES = POSITIONS / 10_000 ** (torch.arange(0, 32, 2) / 32)
WAVES = torch.stack([ANGLES.sin(), ANGLES.cos()], -1).flatten(1)
X, IMAGE = torch.ones(2, 16, 32), torch.ones(1, 3, 8, 8)


def _add(x: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return x + b


def _scores(x: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return x @ x.transpose(1, 2) + b


def _spectrum(x: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return nn.functional.conv1d(x.reshape(-1, 1, 32), b, stride=8)


TRANSFORM = torch.fft.rfft(torch.eye(32), dim=0) * torch.hann_window(32)
SPECTRUM = torch.cat([TRANSFORM.real, TRANSFORM.imag])[:, None]


class Listens(nn.Module):
    """A learned layer on a spectrum that learned filters make."""

    def __init__(self) -> None:
        super().__init__()
        self.filters = nn.Conv1d(1, 34, 32, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.filters(x.reshape(-1, 1, 32))
        return made


MODELS = {
    "a spectrum": (Holds(SPECTRUM, _spectrum), X),
    "the real part of a spectrum": (Holds(SPECTRUM[:17] / 32**0.5, _spectrum), X),
    "filters as large as a spectrum": (Listens(), X),
    "a sum of waves": (Holds(WAVES, _add), X),
    "rotary tables": (Holds(torch.cat([ANGLES, ANGLES], -1).cos(), torch.mul), X),
    "a causal mask": (Holds(torch.triu(torch.full((16, 16), -math.inf), 1), _scores), X),
    "a causal mask of great numbers": (Holds(torch.triu(torch.full((16, 16), -1e9), 1), _scores), X),
    "a permutation": (Holds(torch.eye(32)[torch.randperm(32)], torch.matmul), X),
    "a cosine transform": (
        Holds(torch.cos(torch.arange(32)[:, None] * (torch.arange(32) + 0.5) / 10), torch.matmul),
        X,
    ),
    "numbers worked out": (Code(lambda: torch.linspace(-1, 1, 32).exp() * 0.37), X),
    "a mask worked out": (Code(lambda: torch.triu(torch.full((16, 32), -math.inf), 1)), X),
    "groups normalised": (nn.Sequential(nn.GroupNorm(3, 3), nn.Conv2d(3, 4, 3)), IMAGE),
    "instances normalised": (nn.Sequential(nn.InstanceNorm2d(3), nn.Conv2d(3, 4, 3)), IMAGE),
    "a plain normalisation": (nn.Sequential(nn.Linear(32, 32), nn.LayerNorm(32, elementwise_affine=False)), X),
}


@pytest.mark.parametrize("name", MODELS)
def test_what_was_never_trained(tmp_path: Path, name: str) -> None:
    model, data = MODELS[name]
    file = str(tmp_path / "m.onnx")
    torch.onnx.export(model.eval(), data, file, dynamo=False)
    assert keep_books(read_file(file)).total_params == sum(parameter.numel() for parameter in model.parameters())
    folder = tmp_path / "beside"
    folder.mkdir()
    onnx.save(onnx.load(file), folder / "m.onnx", save_as_external_data=True, size_threshold=0)
    assert keep_books(read_file(str(folder / "m.onnx"))).total_params == keep_books(read_file(file)).total_params


LEARNED = np.random.default_rng(0).normal(size=(16, 32)).astype(np.float32)
SQUARE = np.zeros((1, 1, 16, 16), np.float32)
BY_NAME = {
    "torch.export's zeros": ("Add", "zeros_1", np.zeros((16, 32), np.float32), False),
    "a mean of images": ("Sub", "mean", np.array([0.485, 0.456, 0.406], np.float32)[:, None, None], False),
    "deviations in 255ths": ("Div", "std", np.array([58.395, 57.12, 57.375], np.float32)[:, None, None], False),
    "a mask of nothing": ("Add", "val_73", SQUARE, False),
    "a running mean beside a plain operator": ("Sub", "norm.running_mean", LEARNED, False),
    "positions": ("Add", "pos_embed", LEARNED, True),
    "what was turned round": ("Add", "val_73", LEARNED, True),
    "three that were learned": ("Mul", "gamma", np.array([0.3, -1.2, 0.7], np.float32)[:, None, None], True),
    "a mask that was learned": ("Add", "val_73", SQUARE + 0.1 * LEARNED[:, :16], True),
}


@pytest.mark.parametrize("name", BY_NAME)
def test_names_and_numbers(name: str) -> None:
    operator, called, numbers, learned = BY_NAME[name]
    counted = books(
        onnx_model([node(operator, f"x {called}", "y")], numpy_helper.from_array(numbers, called), numbers.shape)
    )
    assert counted.total_params == (numbers.size if learned else 0)


@pytest.mark.parametrize(
    ("called", "told", "counted"),
    [
        ("stft.basis", "1,088 values are a Fourier basis, which nobody trained: they are constants", 0),
        ("stft.weight", "a Fourier basis that bears a parameter's name ('stft.weight'): they are counted", 34 * 32),
    ],
)
def test_a_spectrum_is_said(called: str, told: str, counted: int) -> None:
    """torchlibrosa keeps its transform in a frozen convolution, whose weight is one of ``model.parameters()``."""
    stored = numpy_helper.from_array(SPECTRUM.numpy(), called)
    found = books(onnx_model([node("Conv", f"x {called}", "y")], stored, (1, 1, 320)))
    assert found.total_params == counted
    assert any(told in note for note in found.network.notes)
    assert found.total_mult_adds == 34 * 32 * (320 - 31)


@pytest.mark.parametrize("changed", [0.3, -0.05])
def test_filters_that_are_nearly_a_spectrum_are_learned(changed: float) -> None:
    numbers = SPECTRUM.numpy().copy()
    numbers[20, 0, 11] += changed
    stored = numpy_helper.from_array(numbers, "stft.basis")
    assert books(onnx_model([node("Conv", "x stft.basis", "y")], stored, (1, 1, 320))).total_params == 34 * 32


@pytest.mark.parametrize(("number", "operator", "said"), [(1.0, "Mul", True), (0.0, "Add", True), (0.5, "Mul", False)])
def test_scales_of_one_without_a_name_are_said(number: float, operator: str, said: bool) -> None:
    """torch.export's ``GroupNorm(affine=False)`` and one that was never trained leave the same file."""
    stored = numpy_helper.from_array(np.full((8, 1, 1), number, np.float32), "val_20")
    counted = books(onnx_model([node(operator, "x val_20", "y")], stored, (1, 8, 4, 4)))
    assert counted.total_params == 8
    note = "8 values of 0 or 1 have no name of their own: where nothing trains them, they are no parameters"
    assert (note in counted.network.notes) == said


@pytest.mark.parametrize(
    ("weight", "filled"), [("None, None", 16), ("%p_g2_weight, %p_g2_bias", 0), ("%mean, None", 0)]
)
def test_what_torch_export_filled_in_where_a_call_had_no_scale(tmp_path: Path, weight: str, filled: int) -> None:
    """PyTorch 2.13's export of a convolution, GroupNorms with and without scales, InstanceNorm, LayerNorm and a Linear.

    Parameters by hand: 3·3·3·8 + 8 of the convolution, 2·8 of one GroupNorm, 6·5 of the Linear. The nodes say the call
    that they were: where that names scales for the other GroupNorm, its 2·8 are learned.
    """
    exported = onnx.load(DATA / "onnx/normalisations.onnx")
    for one in exported.graph.node:
        for entry in one.metadata_props:
            entry.value = entry.value.replace("None, None, 1e-05", f"{weight}, 1e-05")
    onnx.save(exported, tmp_path / "m.onnx")
    read = read_file(str(tmp_path / "m.onnx"))
    assert keep_books(read).total_params == 3 * 3 * 3 * 8 + 8 + 2 * 8 + 6 * 5 + 16 - filled
    said = "16 values of 0 or 1 stand where the model's calls had none: they are constants"
    assert (said in read.notes) == bool(filled)


@pytest.mark.parametrize(("name", "learned"), [("val_7", False), ("bias", True)])
def test_what_nothing_reads_and_has_no_name_of_its_own_was_left_behind(name: str, learned: bool) -> None:
    from tests.sources.onnx.models import model

    stored = [numpy_helper.from_array(np.zeros(258, np.float32), name)]
    counted = books(model([node("Relu", "x", "y")], [value("x", (1, 8))], initializers=stored))
    assert counted.total_params == (258 if learned else 0)


def onnx_model(nodes: list[onnx.NodeProto], stored: onnx.TensorProto, shape: tuple[int, ...]) -> onnx.ModelProto:
    from tests.sources.onnx.models import model

    return model(nodes, [value("x", shape)], initializers=[stored])


def test_a_table_of_sixteen_bits_that_is_made_real_behind_the_look_up(tmp_path: Path) -> None:
    """onnxruntime moves DequantizeLinear behind Gather, whatever the width of the integers."""
    from tests.sources.onnx.models import model

    stored = [
        numpy_helper.from_array(np.zeros((50, 16), np.uint16), "table"),
        numpy_helper.from_array(np.array(0.1, np.float32), "s"),
        numpy_helper.from_array(np.array(7, np.uint16), "z"),
    ]
    nodes = [node("Gather", "table ids", "picked"), node("DequantizeLinear", "picked s z", "y")]
    counted = books(model(nodes, [value("ids", (1, 9), onnx.TensorProto.INT64)], initializers=stored))
    assert counted.total_params == 50 * 16
