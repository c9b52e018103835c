"""Batches of networks whose descriptions leave the batch out: each example is computed as if it were alone."""

from __future__ import annotations

import textwrap

import torch

from netledger.execute.building import build
from netledger.notation import parse


def test_what_is_learned_meets_every_example_of_a_batch() -> None:
    """A class token and places that are there once, a mean of fewer dimensions: a batch is its examples one by one."""
    text = """
    x = input(4, 6)
    cls = parameter(1, 1, 6)
    first = squeeze(cls, 0)
    joined = concat(first, x, dim=0)
    places = parameter(1, 5, 6)
    placed = add(joined, places)
    tokens = squeeze(placed, 0)
    centre = mean(tokens, dim=0)
    moved = sub(tokens, centre)
    out = linear(moved, 3)
    """
    module = build(parse(textwrap.dedent(text), name="tokens"), seed=0)
    x = torch.randn(3, 4, 6, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        together = module(x)
        weights = {name.partition(".")[0]: value for name, value in module.named_parameters() if "bias" not in name}
        one_by_one = torch.cat([module(x[i : i + 1]) for i in range(3)])
        tokens = torch.cat((weights["cls"].expand(3, 1, 6), x), 1) + weights["places"]
        by_hand = (tokens - tokens.mean(1, keepdim=True)) @ weights["out"].T + module.get_parameter("out.bias")
    assert together.shape == (3, 5, 3)
    assert torch.allclose(together, one_by_one, atol=1e-6)
    assert torch.allclose(together, by_hand, atol=1e-6)
