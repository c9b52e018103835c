"""Programs of ``torch.export``: the lists of weights and the graph, with values of wrong types in them."""

from __future__ import annotations

import functools
import io
import random
import zipfile

import torch
from torch import nn

from netledger.sources.tensors.torch_files.checkpoint import CHECKPOINT
from tests.fuzz_files.mutate import damaged, outcome
from tests.fuzz_files.wrong_types import changed


class _Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body, self.norm, self.out = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 5)
        self.register_buffer("grid", torch.arange(4.0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.norm(self.body(x)).mean((2, 3)) + self.grid)  # type: ignore[no-any-return]


@functools.cache
def _members() -> dict[str, bytes]:
    written = io.BytesIO()
    torch.export.save(torch.export.export(_Net().eval(), (torch.zeros(1, 3, 8, 8),)), written)
    with zipfile.ZipFile(written) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def mutated(seed: int) -> bytes:
    """An archive in whose JSON up to three values are replaced, removed or added, or whose bytes are damaged."""
    chance = random.Random(seed)
    members = dict(_members())
    listed = [name for name in members if name.endswith(".json")]
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        name = chance.choice(listed)
        members[name] = changed(members[name].decode(), chance).encode()
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return damaged(written.getvalue(), chance) if chance.random() < 0.05 else written.getvalue()


def check(data: bytes) -> str:
    """How it came out; anything but a count, an Unknown one or an error is a fault."""
    return outcome(CHECKPOINT, data)
