"""Language models built from their configurations: attention by its own formula, counts by what one step measures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from netledger.cli import main
from netledger.errors import DataError
from netledger.execute import build
from netledger.notation import parse, to_text

GPT2 = {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_layer": 2, "n_embd": 64, "n_head": 4}
LLAMA = {
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "num_hidden_layers": 2, "hidden_size": 64,
    "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 128, "max_position_embeddings": 128,
}  # fmt: skip


@pytest.mark.parametrize("config", [{**GPT2, "n_positions": 128}, LLAMA], ids=["gpt2", "llama"])
def test_a_small_language_model_measures_as_predicted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], config: dict[str, object]
) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**config, "vocab_size": 100}), encoding="utf-8")
    assert main(["verify", str(path), "--run", "--batch", "2", "--only", "parameters,macs,weights,gradients"]) == 0
    said = capsys.readouterr().out
    assert said.count("✓") == 4, said


def attended(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, seen: torch.Tensor | None) -> torch.Tensor:
    """``softmax(q·kᵀ/√E)·v`` of tensors (batch, heads, positions, E), written out."""
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    scores = scores if seen is None else scores.masked_fill(~seen, -torch.inf)
    return (torch.softmax(scores, -1) @ v).transpose(1, 2).flatten(2)


def heads(x: torch.Tensor, count: int, often: int = 1) -> torch.Tensor:
    return x.unflatten(-1, (count, -1)).transpose(1, 2).repeat_interleave(often, 1)


def test_attention_is_its_formula() -> None:
    """Apart and side by side, keys shared by query heads, causal, windowed and seeing all."""
    away = torch.arange(9)[:, None] - torch.arange(9)
    x, q, kv = torch.randn(2, 9, 3 * 32), torch.randn(2, 9, 32), torch.randn(2, 9, 2 * 16)
    side_by_side = [heads(part, 4) for part in x.chunk(3, -1)]
    net = build(parse("x = input(9, 96)\nattention(4)"))
    torch.testing.assert_close(net(x), attended(*side_by_side, away >= 0))
    net = build(parse("x = input(9, 96)\nattention(4, causal=False)"))
    torch.testing.assert_close(net(x), attended(*side_by_side, None))
    net = build(parse("x = input(9, 96)\nattention(4, window=3)"))
    torch.testing.assert_close(net(x), attended(*side_by_side, (away >= 0) & (away < 3)))
    k, v = kv.chunk(2, -1)
    shared = (heads(q, 4), heads(k, 2, 2), heads(v, 2, 2))
    net = build(parse("q = input(9, 32)\nk = input(9, 16)\nv = input(9, 16)\ny = attention(q, k, v, 4, 2)"))
    torch.testing.assert_close(net(q, k, v), attended(*shared, away >= 0))
    net = build(parse("q = input(9, 32)\nkv = input(9, 32)\ny = attention(q, kv, 4, 2, head_dim=8, causal=False)"))
    torch.testing.assert_close(net(q, kv), attended(*shared, None))


def test_attention_with_masks_of_its_own_is_refused() -> None:
    text = (
        "q = input(9, 32)\nk = input(9, 32)\nv = input(9, 32)\nm = input(9, 9)\ny = attention(q, k, v, m, num_heads=4)"
    )
    with pytest.raises(DataError, match="masks or biases of its own"):
        build(parse(text))


def test_attention_with_sinks_is_its_formula() -> None:
    """A learned score beside those of the positions takes its share of the weights, and no value (gpt-oss)."""
    q, k, v = torch.randn(2, 9, 32), torch.randn(2, 9, 16), torch.randn(2, 9, 16)
    text = "q = input(9, 32)\nk = input(9, 16)\nv = input(9, 16)\ns = parameter(4)\ny = attention(q, k, v, s, 4, 2)"
    net = build(parse(text))
    (sinks,) = net.parameters()
    with torch.no_grad():
        sinks.copy_(torch.randn(4))
        scores = heads(q, 4) @ heads(k, 2, 2).transpose(-1, -2) / 8**0.5
        powers = scores.exp() * torch.ones(9, 9).tril()
        weights = powers / (powers.sum(-1, keepdim=True) + sinks.exp()[:, None, None])
        torch.testing.assert_close(net(q, k, v), (weights @ heads(v, 2, 2)).transpose(1, 2).flatten(2))


def test_products_of_values_with_fewer_dimensions_are_of_the_same_example() -> None:
    a, b = torch.randn(4, 4, 5, 6), torch.randn(4, 6, 5)
    net = build(parse("a = input(4, 5, 6)\nb = input(6, 5)\ny = matmul(a, b)"))
    torch.testing.assert_close(net(a, b), torch.stack([one @ other for one, other in zip(a, b, strict=True)]))
    a, b = torch.randn(5, 5, 6), torch.randn(5, 6)
    net = build(parse("a = input(5, 6)\nb = input(6)\ny = matmul(a, b)"))
    torch.testing.assert_close(net(a, b), torch.stack([one @ other for one, other in zip(a, b, strict=True)]))


def test_a_value_that_is_not_learned_is_built() -> None:
    net = build(parse("x = input(4)\ns = parameter(4, learned=False)\ny = mul(x, s)"))
    assert dict(net.named_parameters()) == {}
    x, (fixed,) = torch.randn(3, 4), net.buffers()
    torch.testing.assert_close(net(x), x * fixed)


def test_a_constant_reads_nothing() -> None:
    network = parse("x = input(4)\na = linear(3)\nc = constant(shape=[3])\ny = add(a, c)")
    assert network["c"].inputs == ()
    assert parse(to_text(network), name=network.name) == network


def test_a_matrix_kept_the_other_way_round_is_multiplied_so() -> None:
    net = build(parse("x = input(6)\nlinear(4, transposed=True)"))
    weight, bias = net.state_dict().values()
    x = torch.randn(3, 6)
    assert weight.shape == (6, 4)
    torch.testing.assert_close(net(x), x @ weight + bias)
