"""GPT-2 as courses build it, against the same layers made in PyTorch: Raschka 2024, chapters 3 to 5."""

from __future__ import annotations

from collections import Counter

import pytest

from netledger import catalogue
from netledger.ledger import keep_books

torch = pytest.importorskip("torch")
nn = torch.nn

SIZES = {"gpt2": (768, 12), "gpt2-medium": (1024, 24), "gpt2-large": (1280, 36), "gpt2-xl": (1600, 48)}
"""Width and number of blocks; 50,257 words and 1,024 positions in all of them."""


def block(width: int) -> torch.nn.Module:
    """Query, key and value without biases, all else with; norms with a scale and a shift."""
    projections = [nn.Linear(width, width, bias=False) for _ in range(3)]
    return nn.ModuleList(
        [*projections, nn.Linear(width, width), nn.Linear(width, 4 * width), nn.Linear(4 * width, width),
         nn.LayerNorm(width), nn.LayerNorm(width)]
    )  # fmt: skip


def model(width: int, blocks: int, *, tied: bool) -> torch.nn.Module:
    with torch.device("meta"):
        words, head = nn.Embedding(50257, width), nn.Linear(width, 50257, bias=False)
        if tied:
            head.weight = words.weight
        inner = [block(width) for _ in range(blocks)]
        return nn.ModuleList([words, nn.Embedding(1024, width), *inner, nn.LayerNorm(width), head])


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("name", SIZES)
def test_gpt2_from_scratch(name: str, tied: bool) -> None:
    theirs = [parameter.numel() for parameter in model(*SIZES[name], tied=tied).parameters()]
    ledger = keep_books(catalogue.load(f"{name}/scratch{'-tied' if tied else ''}"))
    slots = [slot.shape for entry in ledger if not entry.layer.share for slot in entry.effect.slots]
    ours = [int(torch.Size(shape).numel()) for shape in slots]
    assert Counter(ours) == Counter(theirs)
    assert ledger.totals.parameters == sum(theirs)
