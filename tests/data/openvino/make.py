"""Writes the files beside it: ``python make.py`` where torch, onnx and openvino (2026.4.1 was used) are installed.

``truth.json`` holds what OpenVINO itself says of each (output shapes, elements and bytes of its constants) and, where a
PyTorch module was converted, what PyTorch's counter says it multiplies (the product of scores and values, which that
leaves out, added by hand).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import openvino as ov
import openvino.opset13 as ops
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

HERE = Path(__file__).parent


class Images(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.Conv2d(8, 8, 3, groups=4, padding=1)
        self.up, self.last, self.slope = nn.ConvTranspose2d(8, 4, 2, stride=2), nn.Linear(4 * 8 * 8, 10), nn.PReLU(8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.second(self.slope(self.first(x))))
        return self.last(self.up(x).flatten(1)).softmax(-1)


class Words(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table, self.read = nn.Embedding(50, 8), nn.LSTM(8, 16, batch_first=True, bidirectional=True)
        self.back, self.query = nn.GRU(32, 4, batch_first=True), nn.Linear(32, 32)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        read, _ = self.read(self.table(words))
        query = self.query(read)
        weighed = torch.softmax(query @ query.transpose(1, 2), -1) @ query
        return self.back(weighed)[0]


def converted(name: str, module: nn.Module, fed: torch.Tensor) -> tuple[ov.Model, int]:
    onnx = HERE / f"{name}.onnx"
    torch.onnx.export(module.eval(), fed, str(onnx), dynamo=False, opset_version=17)
    with FlopCounterMode(display=False) as flops, torch.no_grad():
        module(fed)
    model = ov.convert_model(onnx)
    onnx.unlink()
    return model, flops.get_total_flops() // 2


def packed() -> ov.Model:
    """A matrix of int8 values that is unpacked by zero points and scales, and one of 4 bits."""
    x = ops.parameter([-1, 6], np.float32, name="x")
    chance = np.random.default_rng(0)
    values = ops.constant(chance.integers(0, 255, (5, 6), np.uint8), name="matrix")
    zeros = ops.convert(ops.constant(np.full((5, 1), 7, np.uint8), name="zeros"), "f32")
    centred = ops.subtract(ops.convert(values, "f32"), zeros)
    matrix = ops.multiply(centred, ops.constant(chance.random((5, 1), np.float32), name="scales"))
    y = ops.matmul(x, matrix, False, True, name="product")
    halves = ops.constant(ov.Tensor(np.arange(10, dtype=np.uint8), ov.Shape([5, 4]), ov.Type.u4), name="halves")
    scaled = ops.multiply(ops.convert(halves, "f32"), ops.constant(np.float32([0.5] * 4), name="half scales"))
    return ov.Model([ops.matmul(y, scaled, False, False, name="second")], [x], "packed")


def biased() -> ov.Model:
    """A quantised convolution as onnxruntime writes it: int8 kernel, int32 bias, each behind a scale of its own."""
    x, chance = ops.parameter([1, 3, 8, 8], np.float32, name="x"), np.random.default_rng(0)
    values = ops.constant(chance.integers(-127, 127, (4, 3, 3, 3), np.int8), name="kernel")
    kernel = ops.multiply(ops.convert(values, "f32"), ops.constant(np.float32(0.02), name="kernel scale"))
    counts = ops.constant(chance.integers(-999, 999, (4,), np.int32), name="bias")
    bias = ops.multiply(ops.convert(counts, "f32"), ops.constant(np.float32(0.001), name="bias scale"))
    spread = ops.reshape(bias, ops.constant(np.int64([1, 4, 1, 1]), name="spread"), False)
    made = ops.convolution(x, kernel, [1, 1], [0, 0], [0, 0], [1, 1], name="product")
    return ov.Model([ops.add(made, spread)], [x], "biased")


def looped() -> ov.Model:
    """A TensorIterator whose body multiplies by a matrix at every step."""
    x = ops.parameter([1, 7, 6], np.float32, name="x")
    state = ops.constant(np.zeros((1, 6), np.float32), name="state")
    inner, before = ops.parameter([1, 1, 6], np.float32), ops.parameter([1, 6], np.float32)
    matrix = ops.constant(np.random.default_rng(0).random((6, 6), np.float32), name="matrix")
    now = ops.add(ops.squeeze(inner, ops.constant(np.int64([1]))), ops.matmul(before, matrix, False, False))
    body = ov.Model([now], [inner, before], "body")
    loop = ops.tensor_iterator()
    loop.set_body(body)
    loop.set_sliced_input(inner, x.output(0), 0, 1, 1, 6, 1)
    loop.set_merged_input(before, state.output(0), now.output(0))
    return ov.Model([ops.result(loop.get_iter_value(now.output(0), -1))], [x], "looped")


def truth(model: ov.Model) -> dict[str, object]:
    made = [one for one in model.get_ordered_ops() if one.get_type_name() == "Constant"]
    return {
        "shapes": {one.get_friendly_name(): str(one.get_output_partial_shape(0)) for one in model.get_ordered_ops()
                   if one.get_type_name() not in ("Constant", "Result", "Convert")},
        "constants": {one.get_friendly_name(): [list(one.get_output_shape(0)), one.get_byte_size()] for one in made},
    }  # fmt: skip


def main() -> None:
    torch.manual_seed(0)
    images, image_macs = converted("images", Images(), torch.zeros(1, 3, 8, 8))
    words, word_macs = converted("words", Words(), torch.zeros(1, 7, dtype=torch.int64))
    found = {}
    for name, model, macs in (
        ("images", images, image_macs), ("words", words, word_macs), ("packed", packed(), None),
        ("looped", looped(), None), ("biased", biased(), None),
    ):  # fmt: skip
        ov.save_model(model, HERE / f"{name}.xml", compress_to_fp16=name == "words")
        found[name] = {**truth(ov.Core().read_model(HERE / f"{name}.xml")), "macs": macs}
    (HERE / "truth.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
