"""Writes ``normalisations.onnx``; needs torch 2.13 and onnxscript. Run: ``python tests/data/onnx/make.py``."""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from torch import nn

model = nn.Sequential(
    nn.Conv2d(3, 8, 3),
    nn.GroupNorm(4, 8),
    nn.GroupNorm(2, 8, affine=False),
    nn.InstanceNorm2d(8),
    nn.LayerNorm(6, elementwise_affine=False),
    nn.Linear(6, 5, bias=False),
).eval()
torch.manual_seed(0)
for parameter in model.parameters():
    parameter.data = torch.randn_like(parameter)
file = Path(__file__).parent / "normalisations.onnx"
torch.onnx.export(model, (torch.zeros(1, 3, 8, 8),), file, dynamo=True, external_data=False)
made = onnx.load(file)
for part in [made.graph, *made.graph.node, *made.graph.value_info, *made.graph.input, *made.graph.output]:
    calls = [entry.value for entry in part.metadata_props if entry.key == "pkg.torch.onnx.fx_node"]
    del part.metadata_props[:]
    for call in calls:
        part.metadata_props.add(key="pkg.torch.onnx.fx_node", value=call)
onnx.save(made, file)
