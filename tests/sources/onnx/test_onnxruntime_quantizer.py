"""Files that onnxruntime's own quantiser writes: as many logical parameters and products as before it.

The truth is the network that was quantised: its weights counted by PyTorch, its products by the float file's shapes.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from netledger.ledger import keep_books
from netledger.sources import read_file

quantization = pytest.importorskip("onnxruntime.quantization")
warnings.filterwarnings("ignore")


class Sums(nn.Module):
    """Embedding, matrices whose biases are added apart, a convolution: each becomes another quantised operator."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(50, 16)
        self.up, self.down = nn.Linear(16, 24), nn.Linear(24, 16)
        self.mix = nn.Conv1d(16, 8, 3, bias=False)
        for parameter in self.parameters():  # equal ones would be stored once
            nn.init.uniform_(parameter, -1, 1)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.words(ids)
        return self.mix((x + self.down(torch.relu(self.up(x)))).transpose(1, 2))


class Feeds(quantization.CalibrationDataReader):  # type: ignore[misc]
    """The inputs by which ranges are measured."""

    def __init__(self) -> None:
        self.left = [{"ids": np.arange(12, dtype=np.int64)[None]}]

    def get_next(self) -> dict[str, np.ndarray] | None:
        return self.left.pop() if self.left else None


KINDS = quantization.QuantType
MAKERS = {
    "dynamic, int8": lambda a, b: quantization.quantize_dynamic(a, b, weight_type=KINDS.QInt8),
    "dynamic, uint8, a scale for each column": lambda a, b: quantization.quantize_dynamic(
        a, b, weight_type=KINDS.QUInt8, per_channel=True
    ),
    "static, QDQ": lambda a, b: quantization.quantize_static(a, b, Feeds(), quant_format=quantization.QuantFormat.QDQ),
    "static, operators on integers": lambda a, b: quantization.quantize_static(
        a, b, Feeds(), quant_format=quantization.QuantFormat.QOperator
    ),
}


@pytest.mark.parametrize("how", MAKERS)
def test_as_many_parameters_as_before(tmp_path: Path, how: str) -> None:
    model, plain, packed = Sums().eval(), str(tmp_path / "plain.onnx"), str(tmp_path / "packed.onnx")
    torch.onnx.export(model, torch.arange(12)[None], plain, dynamo=False, input_names=["ids"])
    MAKERS[how](plain, packed)
    before, after = keep_books(read_file(plain)), keep_books(read_file(packed))
    parameters = sum(parameter.numel() for parameter in model.parameters())
    assert (after.total_params, after.total_mult_adds) == (parameters, before.total_mult_adds)
    assert before.total_mult_adds == 12 * 2 * 16 * 24 + 10 * 16 * 3 * 8
    assert all(one.agrees for one in after.evidence if one.kind == "file size")
    assert Path(packed).stat().st_size < Path(plain).stat().st_size or "operators" in how


def test_weights_that_are_made_integers_on_the_way(tmp_path: Path) -> None:
    """A constant through DynamicQuantizeLinear: its scale and zero point are no second copy of it."""
    from onnx import helper, save

    from tests.sources.onnx.models import FLOAT, node, value, weight

    nodes = [
        node("Constant", "", "w", value=weight("w", 80, 60)),
        node("DynamicQuantizeLinear", "w", "wq ws wz"),
        node("DynamicQuantizeLinear", "x", "xq xs xz"),
        node("Mul", "xs ws", "s"),
        node("MatMulInteger", "xq wq xz wz", "i"),
        node("Cast", "i", "f", to=FLOAT),
        node("Mul", "f s", "y"),
    ]
    graph = helper.make_graph(nodes, "g", [value("x", (2, 80))], [value("y", (2, 60))])
    path = str(tmp_path / "m.onnx")
    save(helper.make_model(graph), path)
    ledger = keep_books(read_file(path))
    assert (ledger.total_params, ledger.total_mult_adds) == (80 * 60, 2 * 80 * 60)
