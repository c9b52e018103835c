"""Writes the files beside it: ``python make.py`` where torch and pnnx (20261020 was used) are installed.

``truth.json`` holds PyTorch's parameters and its counter's multiplications; of words, which it counts in
part, the multiplications by hand.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pnnx
import torch
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
        self.back, self.heads = nn.GRU(32, 4, batch_first=True), nn.MultiheadAttention(4, 2, batch_first=True)
        self.norm, self.table_of_places = nn.LayerNorm(4), nn.Parameter(torch.rand(7, 4))

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        x = self.norm(self.back(self.read(self.table(words))[0])[0]) + self.table_of_places
        return self.heads(x, x, x)[0]


def export(name: str, module: nn.Module, fed: torch.Tensor, by_hand: int, kept: int) -> None:
    torch.manual_seed(0)
    for parameter in module.eval().parameters():
        nn.init.normal_(parameter)
    with FlopCounterMode(display=False) as flops, torch.no_grad():
        module(fed)
    pnnx.export(module, f"{name}.pt", fed, check_trace=False, fp16=name == "images")
    parameters = sum(parameter.numel() for parameter in module.parameters()) + kept
    TRUTH[name] = {"parameters": parameters, "macs": by_hand or flops.get_total_flops() // 2}


TRUTH: dict[str, dict[str, int]] = {}
os.chdir(HERE)
export("images", Images(), torch.rand(1, 3, 8, 8), 0, 0)
# the LSTM's two vectors of biases are stored as their sum, the GRU keeps four of its six
steps = 7 * 2 * 4 * (8 * 16 + 16 * 16) + 7 * 3 * (32 * 4 + 4 * 4)
heads = 4 * 7 * 4 * 4 + 2 * 7 * 7 * 4
export("words", Words(), torch.randint(0, 50, (1, 7)), steps + heads, -2 * 4 * 16 - 2 * 4)
for path in HERE.iterdir():
    if not path.name.endswith((".ncnn.param", ".ncnn.bin", "make.py", "truth.json")) and path.is_file():
        path.unlink()
(HERE / "truth.json").write_text(json.dumps(TRUTH, indent=1) + "\n", encoding="utf-8")
