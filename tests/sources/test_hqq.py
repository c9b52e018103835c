"""HQQ with a scale for each column (axis 0): only the shape that is stored beside tells how many values there are.

The layers are those that hqq 0.2.8 writes for a dense layer of 64 to 128 features in groups of 64: three bits are ten
values in 32, the last of a column not full.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from netledger.ledger import keep_books
from netledger.sources import read_file

PACKED = {
    1: torch.zeros(8, 128, dtype=torch.uint8),
    3: torch.zeros(7, 128, dtype=torch.int32),
    4: torch.zeros(32, 128, dtype=torch.uint8),
    8: torch.zeros(64, 128, dtype=torch.uint8),
}


def encoded(bits: int, *shape: int) -> dict[str, torch.Tensor]:
    """``encoded_state_dict``: every setting a tensor."""
    return {
        "fc.W_q": PACKED[bits], "fc.scale": torch.ones(1, 128), "fc.zero": torch.ones(1, 128),
        "fc.shape": torch.tensor(shape), "fc.nbits": torch.tensor(bits, dtype=torch.int32),
        "fc.bias": torch.zeros(128),
    }  # fmt: skip


def plain(bits: int, *shape: int) -> dict[str, object]:
    """As ``qmodel.pt`` has them: settings as they are."""
    whole = {key.removeprefix("fc."): value for key, value in encoded(bits, *shape).items()}
    return {"fc": {**whole, "shape": torch.Size(shape), "nbits": bits, "axis": 0}}


@pytest.mark.parametrize("bits", PACKED)
@pytest.mark.parametrize("form", ["safetensors", "encoded", "plain"])
def test_the_shape_beside_it(tmp_path: Path, bits: int, form: str) -> None:
    path = tmp_path / ("m.safetensors" if form == "safetensors" else "m.pt")
    if form == "safetensors":
        save_file(encoded(bits, 128, 64), path)
    else:
        torch.save((encoded if form == "encoded" else plain)(bits, 128, 64), path)
    books = keep_books(read_file(str(path)))
    assert books.totals.parameters == 128 * 64 + 128
    packed = PACKED[bits]
    assert books.totals.bytes == packed.numel() * packed.element_size() + 4 * 128 * 3


@pytest.mark.parametrize("shape", [(4096, 4096), (8, 8), (-128, -64), (0, 0)])
def test_a_shape_that_cannot_be_is_not_believed(tmp_path: Path, shape: tuple[int, ...]) -> None:
    torch.save(encoded(4, *shape), tmp_path / "m.pt")
    assert str(keep_books(read_file(str(tmp_path / "m.pt"))).totals.parameters) == "≥ 128"
