"""Ways to write a network in PyTorch, each counted by PyTorch itself: what code says is understood, or left open."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from netledger.audit.understanding.understanding import understand  # noqa: E402
from netledger.ledger import keep_books  # noqa: E402

IN_A_CLASS = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
{body}
    def forward(self, x):
        return x
model = Net()
"""


def in_a_class(*lines: str) -> str:
    return IN_A_CLASS.format(body="\n".join(f"        {line}" for line in lines))


KNOWN = {
    "a list that grows": "layers = []\nlayers += [nn.Linear(4, 5), nn.ReLU()]\nlayers.append(nn.Linear(5, 6))\n"
    "layers.extend([nn.ReLU(), nn.Linear(6, 7)])\nmodel = nn.Sequential(*layers)",
    "a layer put first": "layers = [nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2)]\nlayers.insert(0, nn.Linear(4, 8))\n"
    "model = nn.Sequential(*layers)",
    "a list by slices": "sizes = [4, 8, 16, 2]\n"
    "model = nn.Sequential(*[nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:])])",
    "a list by places": "sizes = [4, 8, 16, 2]\n"
    "model = nn.Sequential(*[nn.Linear(sizes[i], sizes[i + 1]) for i in range(len(sizes) - 1)])",
    "powers of two": "model = nn.Sequential(*[nn.Linear(2 ** i, 2 ** (i + 1)) for i in range(3, 6)])",
    "a list repeated": "model = nn.Sequential(*([nn.Linear(8, 8), nn.ReLU()] * 1 + [nn.Linear(8, 2)]))",
    "names in order": "model = nn.Sequential(OrderedDict([('a', nn.Linear(4, 5)), ('b', nn.ReLU()), ('c', nn.Linear(5, 6))]))",
    "a list of modules": in_a_class("self.blocks = nn.ModuleList()", "for i in range(3):", "    self.blocks.append(nn.Linear(8, 8))"),
    "set by name": in_a_class("for i in range(3):", "    setattr(self, f'fc{i}', nn.Linear(8, 8))"),
    "added by name": in_a_class("self.add_module('a', nn.Linear(4, 5))", "self.add_module('b', nn.Linear(5, 6))"),
    "one or the other": in_a_class("deep = True", "self.a = nn.Linear(4, 8) if deep else nn.Linear(4, 4)", "self.b = nn.Linear(8, 2)"),
    "a condition": in_a_class("depth = 2", "self.a = nn.Linear(4, 8)", "if depth > 1:", "    self.b = nn.Linear(8, 8)", "self.c = nn.Linear(8, 2)"),
    "a number written down": in_a_class("width: int = 8", "self.a = nn.Linear(4, width)", "self.b = nn.Linear(width, 2)"),
    "a function of blocks": "def block(i, o, *, k=3):\n    return nn.Sequential(nn.Conv2d(i, o, k), nn.ReLU())\n"
    "model = nn.Sequential(block(3, 8), block(8, 4, k=5))",
    "a program": "def main():\n    print('hello')\nmodel = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 2))\n"
    "if __name__ == '__main__':\n    print(model)",
    "pools rounded up": "model = nn.Sequential(nn.Conv2d(3, 8, 3, dilation=2), nn.MaxPool2d(3, 2, ceil_mode=True), nn.AdaptiveAvgPool2d((2, 2)),"
    " nn.Flatten(), nn.Linear(32, 5))",
    "norms without their own": "model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8, affine=False), nn.Conv2d(8, 4, 3))",
    "norms without a bias": "model = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8, bias=False), nn.Linear(8, 2))",
    "a recurrence that is projected": "model = nn.LSTM(10, 20, proj_size=5)",
    "two recurrences": "model = nn.GRU(10, 20, num_layers=2, bias=False, bidirectional=True)",
    "attention": in_a_class("self.a = nn.MultiheadAttention(16, 4)", "self.b = nn.Linear(16, 2)"),
    "two inputs": in_a_class("self.a = nn.Bilinear(3, 4, 5)", "self.b = nn.Linear(5, 2)"),
    "a stack of encoders": "layer = nn.TransformerEncoderLayer(16, 4, 32)\nmodel = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(16))",
    "words": "model = nn.Sequential(nn.Embedding(100, 8), nn.Linear(8, 3))",
    "spread": "model = nn.Sequential(nn.ConvTranspose2d(8, 4, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(4, 3, 4, 2, 1, bias=False))",
    "along a line": "model = nn.Sequential(nn.Conv1d(4, 8, 5, padding=2), nn.MaxPool1d(2), nn.Conv1d(8, 2, 3, groups=2))",
}  # fmt: skip
OPEN = {
    "a width that is not known": "model = nn.Sequential(nn.Linear(args.width, 8), nn.Linear(8, 2))",
    "a list of no known length": "layers = [nn.Linear(8, 8) for _ in range(n)]\nmodel = nn.Sequential(*layers)",
    "a list that goes on": "layers = [nn.Linear(8, 8)]\nlayers.extend(more)\nmodel = nn.Sequential(*layers)",
    "a dictionary of no known names": "self.fcs = nn.ModuleDict({k: nn.Linear(8, 8) for k in names})",
    "a projection that is not known": "model = nn.LSTM(20, 30, proj_size=p)",
    "a power without end": "model = nn.Linear(2 ** 500, 8)",
    "a choice that is not known": "model = nn.Sequential(nn.Linear(4, 8) if flag else nn.Linear(4, 4), nn.Linear(8, 2))",
    "a stack of what is not known": "model = nn.Sequential(nn.Linear(4, 8), nn.TransformerEncoder(layer, 3))",
    "a module of somebody else's": "model = nn.Sequential(nn.Linear(4, 8), OwnLayer(8), nn.Linear(8, 2))",
    "heads that are not known": "model = nn.Sequential(nn.Linear(4, 8), nn.MultiheadAttention(width, 4))",
    "a norm that learns nothing": "model = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8, elementwise_affine=False))",
}


@pytest.mark.parametrize("way", KNOWN)
def test_as_many_parameters_as_pytorch_makes(way: str) -> None:
    names: dict[str, Any] = {"nn": torch.nn, "torch": torch, "OrderedDict": OrderedDict, "__name__": "pasted"}
    exec(KNOWN[way], names)
    truth = sum(one.numel() for one in names["model"].parameters())
    (found, *_) = understand(KNOWN[way]).networks
    assert found.whole
    assert keep_books(found.network).totals.parameters == truth


@pytest.mark.parametrize("way", OPEN)
def test_what_code_does_not_say_is_no_whole_network(way: str) -> None:
    """No total is given of what only a run would tell."""
    networks = understand(OPEN[way]).networks
    assert not any(found.whole and isinstance(keep_books(found.network).totals.parameters, int) for found in networks)
