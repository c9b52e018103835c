"""Writes the files beside it: ``python make.py`` where torch and coremltools (9.0 was used) are installed.

``truth.json`` holds what others say of each: PyTorch's parameters and its counter's multiplications (the recurrent
layers' added by hand), and the bytes of the constants as coremltools lists them.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import coremltools as ct
import numpy as np
import torch
from coremltools.optimize import coreml as shrink
from coremltools.proto import MIL_pb2, Model_pb2
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

HERE = Path(__file__).parent


class Images(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.Conv2d(8, 8, 3, groups=4, padding=1)
        self.slope, self.up, self.last = nn.PReLU(8), nn.ConvTranspose2d(8, 4, 2, stride=2), nn.Linear(4 * 8 * 8, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.second(self.slope(self.first(x))))
        return self.last(self.up(x).flatten(1)).softmax(-1)


class Words(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table, self.read = nn.Embedding(50, 8), nn.LSTM(8, 16, batch_first=True, bidirectional=True)
        self.query, self.norm = nn.Linear(32, 32), nn.LayerNorm(32)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        query = self.norm(self.query(self.read(self.table(words))[0]))
        return torch.softmax(query @ query.transpose(1, 2), -1) @ query


def constant_bytes(path: Path) -> int:
    """The bytes of real numbers and packed values among the constants, by coremltools' own messages."""
    model = Model_pb2.Model()
    model.ParseFromString(path.read_bytes())
    found: dict[tuple[str, int], int] = {}
    widths = {MIL_pb2.FLOAT16: 16, MIL_pb2.FLOAT32: 32, MIL_pb2.UINT8: 8, MIL_pb2.INT8: 8, MIL_pb2.UINT4: 4, MIL_pb2.INT4: 4, MIL_pb2.UINT3: 3, MIL_pb2.UINT1: 1}  # fmt: skip
    program = model.mlProgram.functions["main"]
    for operation in program.block_specializations[program.opset].operations:
        bound = [binding.value for argument in operation.inputs.values() for binding in argument.arguments]
        for value in [*operation.attributes.values(), *bound]:
            if value.HasField("blobFileValue"):
                tensor = value.type.tensorType
                count = int(np.prod([one.constant.size for one in tensor.dimensions]))
                found[value.blobFileValue.fileName, value.blobFileValue.offset] = -(
                    -count * widths[tensor.dataType] // 8
                )
    return sum(found.values())


def saved(name: str, model: ct.models.MLModel, truth: dict[str, object]) -> None:
    path = HERE / f"{name}.mlpackage"
    shutil.rmtree(path, ignore_errors=True)
    model.save(str(path))
    TRUTH[name] = {**truth, "blobs": constant_bytes(path / "Data" / "com.apple.CoreML" / "model.mlmodel")}


def counted(module: nn.Module, fed: torch.Tensor) -> tuple[torch.jit.ScriptModule, dict[str, object]]:
    torch.manual_seed(0)
    for parameter in module.eval().parameters():
        nn.init.normal_(parameter)  # no two constants are equal
    with FlopCounterMode(display=False) as flops, torch.no_grad():
        module(fed)
    with torch.no_grad():
        traced = torch.jit.trace(module, fed)
    parameters = sum(parameter.numel() for parameter in module.parameters())
    return traced, {"parameters": parameters, "macs": flops.get_total_flops() // 2}


TRUTH: dict[str, dict[str, object]] = {}
image = torch.rand(1, 3, 8, 8)
traced, truth = counted(Images(), image)
for name, target in (("images", ct.target.iOS16), ("images18", ct.target.iOS18)):
    program = ct.convert(
        traced,
        inputs=[ct.TensorType(shape=image.shape, name="image")],
        minimum_deployment_target=target,
        skip_model_load=True,
    )
    saved(name, program, truth)
    if name == "images":
        config = shrink.OpPalettizerConfig(mode="uniform", nbits=4, weight_threshold=64)
        saved("palettised", shrink.palettize_weights(program, shrink.OptimizationConfig(global_config=config)), truth)
        linear = shrink.OpLinearQuantizerConfig(mode="linear", weight_threshold=64)
        saved(
            "linear8", shrink.linear_quantize_weights(program, shrink.OptimizationConfig(global_config=linear)), truth
        )
    else:
        sparse = shrink.OpMagnitudePrunerConfig(target_sparsity=0.5, weight_threshold=64)
        pruned = shrink.prune_weights(program, shrink.OptimizationConfig(global_config=sparse))
        tables = shrink.OpPalettizerConfig(mode="uniform", nbits=3, weight_threshold=64)
        joint = shrink.palettize_weights(
            pruned, shrink.OptimizationConfig(global_config=tables), joint_compression=True
        )
        saved("sparse3", joint, truth)
        blocks = shrink.OpLinearQuantizerConfig(
            mode="linear_symmetric", dtype="int4", granularity="per_block", block_size=4, weight_threshold=64
        )
        saved(
            "blocks4", shrink.linear_quantize_weights(program, shrink.OptimizationConfig(global_config=blocks)), truth
        )
old = ct.convert(traced, inputs=[ct.TensorType(shape=image.shape, name="image")], convert_to="neuralnetwork")
old.save(str(HERE / "images.mlmodel"))
for name, bits, mode in (("table4", 4, "linear_lut"), ("linear6", 6, "linear")):
    packed = ct.models.neural_network.quantization_utils.quantize_weights(old, bits, mode)
    ct.utils.save_spec(getattr(packed, "get_spec", lambda held=packed: held)(), str(HERE / f"{name}.mlmodel"))
for name in ("images", "table4", "linear6"):
    TRUTH[f"{name}.mlmodel"] = truth
words = torch.randint(0, 50, (2, 7))
traced, truth = counted(Words(), words)
truth["macs"] = int(str(truth["macs"])) + 2 * 7 * 2 * 4 * (8 * 16 + 16 * 16)
truth["parameters"] = int(str(truth["parameters"])) - 2 * 4 * 16  # two vectors of biases are stored as their sum
fed = [ct.TensorType(shape=words.shape, dtype=np.int32, name="words")]
saved("words", ct.convert(traced, inputs=fed, minimum_deployment_target=ct.target.iOS16, skip_model_load=True), truth)
(HERE / "truth.json").write_text(json.dumps(TRUTH, indent=1) + "\n", encoding="utf-8")
