"""Programs of ``torch.export`` by PyTorch itself: parameters, recorded shapes and MACs; programs that are damaged."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from netledger.errors import DataError
from netledger.ledger import keep_books
from netledger.sources import read_file
from tests.sources.builders import write
from tests.torchvision_support import import_torchvision


class Mixed(nn.Module):
    """What one network seldom has together; the table is used twice, and one buffer is not saved."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.up = nn.Conv1d(6, 8, 3, groups=2), nn.ConvTranspose2d(2, 4, 2, stride=2)
        self.table, self.read = nn.Embedding(8, 8), nn.GRU(8, 4, batch_first=True, bidirectional=True)
        self.both = nn.Bilinear(8, 8, 3)
        self.register_buffer("halves", torch.full((3,), 0.5), persistent=False)

    def forward(self, x: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        steps = self.first(x).transpose(1, 2)
        read, _ = self.read(steps @ self.table.weight.t() + self.table(words))
        image = self.up(read.reshape(1, 2, 4, 8))
        return self.both(read, read) * self.halves + torch.einsum("nchw,nchw->n", image, image)


def exported(module: nn.Module, *fed: torch.Tensor, dynamic: Any = None) -> bytes:
    held = io.BytesIO()
    torch.export.save(torch.export.export(module.eval(), fed, dynamic_shapes=dynamic), held)
    return held.getvalue()


class Unpacked(nn.Module):
    """A weight that torchao has taken apart: values in bytes, their scales, their zero points."""

    def forward(self, values: torch.Tensor, scales: torch.Tensor, zeros: torch.Tensor) -> torch.Tensor:
        return (values.to(torch.float32) - zeros) * scales

    def right_inverse(self, weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        zeros = torch.zeros(len(weight), 1, dtype=torch.int8)
        return weight.to(torch.int8), torch.ones(len(weight), 1), zeros


def test_a_parametrisation_that_unpacks_a_weight_learns_no_scales(tmp_path: Path) -> None:
    dense = nn.Linear(8, 16)
    dense.weight.requires_grad_(False)
    nn.utils.parametrize.register_parametrization(dense, "weight", Unpacked(), unsafe=True)
    network = read_file(write(tmp_path, "m.pt2", exported(dense, torch.zeros(1, 8))))
    assert keep_books(network).totals.parameters == 8 * 16 + 16


def macs(module: nn.Module, *fed: torch.Tensor) -> int:
    with FlopCounterMode(display=False) as flops, torch.no_grad():
        module(*fed)
    return flops.get_total_flops() // 2


IMAGE = (torch.zeros(1, 3, 64, 64),)


@pytest.mark.parametrize(
    ("make", "fed"),
    [(lambda: import_torchvision().models.squeezenet1_1(weights=None), IMAGE),
     (lambda: import_torchvision().models.mobilenet_v3_small(weights=None), IMAGE),
     (lambda: import_torchvision().models.shufflenet_v2_x0_5(weights=None), IMAGE),
     (lambda: nn.Sequential(nn.Conv3d(2, 4, 3), nn.BatchNorm3d(4), nn.Flatten(), nn.Linear(32, 5)), (torch.zeros(1, 2, 4, 4, 4),))],
)  # fmt: skip
def test_counts_and_macs_are_those_of_pytorch(
    tmp_path: Path, make: Callable[[], nn.Module], fed: tuple[torch.Tensor, ...]
) -> None:
    module = make()
    books = keep_books(read_file(write(tmp_path, "m.pt2", exported(module, *fed))))
    assert books.totals.parameters == sum(one.numel() for one in module.parameters())
    assert books.totals.macs == macs(module, *fed)
    assert [one.agrees for one in books.evidence] == [True, True]
    assert books.entries[-1].outputs[:1] == (tuple(module(*fed).shape),) or books.entries[-1].path == "stored"


def test_every_sort_of_product_by_hand(tmp_path: Path) -> None:
    module, fed = Mixed(), (torch.zeros(1, 6, 10), torch.zeros(1, 8, dtype=torch.int64))
    books = keep_books(read_file(write(tmp_path, "m.pt2", exported(module, *fed))))
    assert books.totals.parameters == sum(one.numel() for one in module.parameters())
    parts = {
        "first": 8 * 8 * 3 * 3, "matmul": 8 * 8 * 8, "read": 8 * 2 * 3 * (8 * 4 + 4 * 4), "up": 4 * 8 * 2 * 4 * 4,
        "both": 8 * 3 * 64, "einsum": 4 * 8 * 16,
    }  # fmt: skip
    assert sorted(entry.macs for entry in books if entry.macs) == sorted(parts.values())


def test_attention_is_counted_in_full(tmp_path: Path) -> None:
    class Attend(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return nn.functional.scaled_dot_product_attention(x, x[:, :, :5], x[:, :, :5])

    totals = keep_books(read_file(write(tmp_path, "m.pt2", exported(Attend(), torch.zeros(2, 4, 7, 8))))).totals
    assert (totals.parameters, totals.macs) == (0, 2 * 4 * 7 * 5 * 8 * 2)


def test_a_size_that_may_vary_is_that_of_the_example(tmp_path: Path) -> None:
    module, batch = nn.Linear(6, 5), torch.export.Dim("batch")
    network = read_file(write(tmp_path, "m.pt2", exported(module, torch.zeros(3, 6), dynamic=({0: batch},))))
    assert keep_books(network).totals.macs == 3 * 6 * 5
    assert len(network.assumed) == 1
    assert network.assumed[0].endswith(" is 3, as in the example that was exported")


def test_what_nobody_can_follow_is_unknown(tmp_path: Path) -> None:
    class Chosen(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(4, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.cond(x.sum() > 0, lambda y: self.fc(y), lambda y: y * 2, (x,))

    books = keep_books(read_file(write(tmp_path, "m.pt2", exported(Chosen(), torch.zeros(1, 4)))))
    assert books.totals.parameters == 20
    assert not isinstance(books.totals.macs, int)


def changed(data: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(held, "w") as new:
        for name in old.namelist():
            raw = old.read(name)
            if name.endswith("models/model.json"):
                program = json.loads(raw)
                change(program)
                raw = json.dumps(program).encode()
            new.writestr(name, raw)
    return held.getvalue()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda program: program["graph_module"].pop("graph"), "is no object|no object"),
        (lambda program: program["graph_module"]["graph"].update(nodes=3), "a program without nodes"),
        (lambda program: program["graph_module"]["graph"]["nodes"][0].update(target=None), "a node without a target"),
        (lambda program: program["graph_module"]["graph"]["nodes"].append([]), "node is no object"),
        (lambda program: program["graph_module"]["graph"]["tensor_values"]["linear"].update(sizes=[{"as_int": -1}]), "a size that cannot be"),
    ],
)  # fmt: skip
def test_broken_programs(tmp_path: Path, change: Callable[[dict[str, Any]], object], what: str) -> None:
    data = exported(nn.Linear(6, 5), torch.zeros(3, 6))
    with pytest.raises(DataError, match=what):
        read_file(write(tmp_path, "m.pt2", changed(data, change)))


def test_programs_with_anything_changed_are_an_error_or_a_count(tmp_path: Path) -> None:
    data = exported(Mixed(), torch.zeros(1, 6, 10), torch.zeros(1, 8, dtype=torch.int64))
    chance = random.Random(5)

    def damage(program: dict[str, Any]) -> None:
        places: list[tuple[Any, Any]] = []
        waiting: list[Any] = [program["graph_module"]]
        while waiting:
            one = waiting.pop()
            keys = range(len(one)) if isinstance(one, list) else one if isinstance(one, dict) else ()
            for key in keys:
                places.append((one, key))
                waiting.append(one[key])
        for _ in range(chance.choice((1, 2, 4))):
            holder, key = chance.choice(places)
            if key in holder if isinstance(holder, dict) else key < len(holder):
                holder[key] = chance.choice(
                    (None, -1, 2**70, "x", [], {}, True, 1.5, {"as_int": 3}, "torch.ops.aten.mm")
                )

    for _ in range(600):
        try:
            _ = keep_books(read_file(write(tmp_path, "m.pt2", changed(data, damage)))).totals.parameters
        except DataError as error:
            assert "\n" not in str(error)  # noqa: PT017
