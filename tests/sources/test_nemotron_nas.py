"""Llama-Nemotron's blocks, one by one: its class written down with torch's layers, and three published figures."""

from __future__ import annotations

import random
from typing import Any

import pytest

from netledger.errors import FormatError
from netledger.ledger import keep_books
from netledger.predict.cache import kept_by
from netledger.sources.configs import network_of

torch = pytest.importorskip("torch")

Block = dict[str, dict[str, Any]]

LLAMA = {
    "model_type": "nemotron-nas", "architectures": ["DeciLMForCausalLM"], "vocab_size": 128_256, "attention_bias": False,
    "mlp_bias": False, "intermediate_size": None, "num_key_value_heads": None, "tie_word_embeddings": False,
    "auto_map": {"AutoConfig": "configuration_decilm.DeciLMConfig"}, "max_position_embeddings": 131_072,
}  # fmt: skip
SUPER = [
    (1, 8, 2.625), (48, 8, 5.25), (5, None, 2.625), (1, None, 3.28125), (10, None, 1.3125), (1, None, 5.25),
    (8, None, 1.0), (6, None, 0.5),
]  # fmt: skip
"""``(blocks, heads in a group, ffn_mult)`` of Llama-3.3-Nemotron-Super-49B-v1: no heads, no attention."""
ULTRA = [
    (1, 16, 0.4875), (1, 16, 0.975), (6, 16, 1.4625), (8, 16, 1.95), (32, 16, 4.875), (10, 16, 2.4375), (4, 16, 3.4125),
    (2, 16, 2.925), (2, None, 1.95), (2, None, 4.875), (9, None, 2.4375), (1, None, 36.5625), (1, None, 39.0),
    (1, None, 31.40625), (1, None, 27.5625), (81, None, None),
]  # fmt: skip
"""The same of Llama-3.1-Nemotron-Ultra-253B-v1; 81 of its 162 blocks are nothing at all."""


def block(heads: int | None, mult: float | None) -> Block:
    attention = {"n_heads_in_group": heads, "no_op": heads is None, "replace_with_linear": False, "sparsify": None}
    return {
        "attention": {**attention, "window_length": None, "unshifted_sink": False},
        "ffn": {"ffn_mult": mult, "no_op": mult is None, "replace_with_linear": False, "sparsify": None},
    }


def config(blocks: list[Block], width: int, heads: int, **more: Any) -> dict[str, Any]:
    sizes = {"hidden_size": width, "num_attention_heads": heads, "num_hidden_layers": len(blocks)}
    return {**LLAMA, **sizes, "block_configs": blocks, **more}


@pytest.mark.parametrize(
    ("rows", "width", "heads", "total", "cached"),
    [
        (SUPER, 8_192, 64, 49_867_145_216, 49),  # its model card's count of safetensors
        (ULTRA, 16_384, 128, 253_401_268_224, 64),  # llama.cpp prints 253.401 B, and a cache of 64 layers
    ],
)
def test_published(rows: list[Any], width: int, heads: int, total: int, cached: int) -> None:
    blocks = [block(group, mult) for times, group, mult in rows for _ in range(times)]
    ledger = keep_books(network_of(config(blocks, width, heads), "m"))
    assert ledger.totals.parameters == total
    assert sum(keeps.layers for keeps in kept_by(ledger.network)) == cached
    repeated = total - 2 * 128_256 * width - width
    assert cached == 49 or f"{repeated / 1e9:.3f}" == "249.199"  # of Ultra llama.cpp prints this too


def theirs(values: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """The tensors of the class: what it makes of each block, as NVIDIA's own code does."""
    width, heads, bias = values["hidden_size"], values["num_attention_heads"], values["attention_bias"]
    each, found = width // heads, dict[str, Any]()

    def linear(name: str, inside: int, out: int, biased: bool = False) -> None:
        module = torch.nn.Linear(inside, out, bias=biased, device="meta")
        found.update({f"{name}.{key}": tuple(value.shape) for key, value in module.named_parameters()})

    for i, (attention, ffn) in enumerate([(one["attention"], one["ffn"]) for one in values["block_configs"]]):
        here = f"model.layers.{i}"
        if not attention.get("no_op"):
            found[f"{here}.input_layernorm.weight"] = (width,)
        if attention.get("replace_with_linear"):
            linear(f"{here}.self_attn.linear_attn", width, width)
        elif not attention.get("no_op"):
            kept = heads // attention["n_heads_in_group"] * each
            for name, out in (("q_proj", heads * each), ("k_proj", kept), ("v_proj", kept)):
                linear(f"{here}.self_attn.{name}", width, out, bias)
            linear(f"{here}.self_attn.o_proj", heads * each, width, bias)
        if not ffn.get("no_op"):
            found[f"{here}.post_attention_layernorm.weight"] = (width,)
        if ffn.get("replace_with_linear"):
            linear(f"{here}.mlp.linear_mlp", width, width)
        elif not ffn.get("no_op"):
            inner = int(2 * ffn["ffn_mult"] * width / 3)
            inner += -inner % 256
            for name, inside, out in (
                ("gate_proj", width, inner),
                ("up_proj", width, inner),
                ("down_proj", inner, width),
            ):
                linear(f"{here}.mlp.{name}", inside, out, values["mlp_bias"])
    found["model.norm.weight"] = (width,)
    found["model.embed_tokens.weight"] = found["lm_head.weight"] = (values["vocab_size"], width)
    if values["tie_word_embeddings"]:
        del found["lm_head.weight"]
    return found


def drawn(rng: random.Random) -> dict[str, Any]:
    heads, each = rng.choice([2, 4, 6, 8]), rng.choice([4, 6, 10])
    blocks = []
    for _ in range(rng.randint(1, 6)):
        attention: dict[str, Any] = rng.choice(
            [
                {"n_heads_in_group": rng.choice([1, 2, heads])},
                {"no_op": True},
                {"replace_with_linear": True, "no_op": False},
            ]
        )
        ffn: dict[str, Any] = rng.choice(
            [
                {"ffn_mult": rng.choice([0.3, 0.5, 1.3125, 2.7, 9.1, 41.6])},
                {"no_op": True},
                {"replace_with_linear": True},
            ]
        )
        blocks.append({"attention": attention, "ffn": ffn})
    more = {key: rng.random() < 0.5 for key in ("attention_bias", "mlp_bias", "tie_word_embeddings")}
    return config(blocks, heads * each, heads, vocab_size=rng.randint(3, 40), **more)


@pytest.mark.parametrize("seed", range(200))
def test_random_blocks(seed: int) -> None:
    values = drawn(random.Random(seed))
    ledger = keep_books(network_of(values, "m"))
    ours = {name: slot.shape for entry in ledger if entry.tied_to is None for name, slot in entry.tensor_names()}
    assert ours == theirs(values)
    assert ledger.totals.parameters == sum(torch.Size(shape).numel() for shape in theirs(values).values())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"attention": {"n_heads_in_group": 3}}, "8 heads are in no groups of 3"),
        ({"attention": {"n_heads_in_group": None}}, "8 heads are in no groups of None"),
        (
            {"attention": {"n_heads_in_group": 2, "window_length": 8}},
            r"block 1 has what is not known here: .*window_length",
        ),
        ({"ffn": {"ffn_mult": 1.0, "moe": {"num_local_experts": 4}}}, "block 1 has what is not known here: .*moe"),
        ({"ffn": {"ffn_mult": None}}, "numbers"),
        ({"ffn": {}}, "ffn_mult"),
        ({"ffn": 7}, "does not take these values"),
        ({"attention": {"no_op": "yes"}}, "block 1: no_op takes true or false"),
    ],
)
def test_a_block_that_cannot_be(changed: dict[str, Any], said: str) -> None:
    blocks = [block(2, 1.0), {**block(2, 1.0), **changed}]
    with pytest.raises(FormatError, match=said):
        network_of(config(blocks, 32, 8), "m")


def test_as_many_blocks_as_layers() -> None:
    with pytest.raises(FormatError, match="names 2 blocks"):
        network_of(config([block(2, 1.0)] * 2, 32, 8) | {"num_hidden_layers": 3}, "m")
    with pytest.raises(FormatError, match="block_configs"):
        network_of({key: value for key, value in config([], 32, 8).items() if key != "block_configs"}, "m")
