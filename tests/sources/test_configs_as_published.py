"""Keys and names of classes that published configurations have beside those of transformers' own class."""

from __future__ import annotations

from typing import Any

import pytest

from netledger.ledger import keep_books
from netledger.sources.configs import network_of
from tests.properties.test_families import check

SMALL: dict[str, Any] = {
    "vocab_size": 30, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "pad_token_id": None,
}  # fmt: skip
OF_OTHERS = {
    "falcon": ("intermediate_size", "num_key_value_heads"),
    "nemotron_h": ("num_hidden_layers",),
    "mamba2": ("intermediate_size", "num_attention_heads", "num_key_value_heads"),
    "distilbert": tuple(SMALL)[1:],
}
"""Keys that a family does not have."""
WINDOWS = {"layer_types": ["sliding_attention", "full_attention"]}
PUBLISHED: list[tuple[str, str, dict[str, Any]]] = [
    ("falcon", "FalconForCausalLM", {"ff_factor": 4, "ffn_hidden_size": 64, "num_kv_heads": 2}),
    ("gemma2", "Gemma2ForCausalLM", {"head_dim": 4, "sliding_window": 8, "sliding_window_size": 8}),
    ("llama", "LlamaForCausalLM", {"transformers.js_config": {"kv_cache_dtype": {"q4f16": "float16"}}}),
    ("llama", "LlamaForCausalLM", {"perceiver_config": {"resampler_depth": 6}, "pixel_shuffle_factor": 4, "use_resampler": False}),
    ("mamba2", "Mamba2ForCausalLM", {"intermediate_size": 32, "num_heads": 2, "head_dim": 16, "n_groups": 1}),
    ("nemotron_h", "NemotronHForCausalLM", {
        "head_dim": 4, "attention_head_dim": 4, "num_query_groups": 2, "time_step_rank": 16, "mamba_num_heads": 2,
        "mamba_head_dim": 8, "n_groups": 1, "hybrid_override_pattern": "M-*-",
        "layers_block_type": ["mamba", "mlp", "attention", "mlp"],
    }),
    ("exaone4", "Exaone4ForCausalLM", {"sliding_window": 8, "sliding_window_pattern": "LLLG", **WINDOWS}),
    ("hunyuan_v1_moe", "HunYuanMoEV1ForCausalLM", {
        "head_dim": 4, "num_experts": 3, "moe_topk": [2, 1], "num_shared_expert": [1, 1], "moe_intermediate_size": [24, 24],
    }),
    ("distilbert", "DistilBertForMaskedLM", {"dim": 16, "n_heads": 4, "n_layers": 1, "tie_weights_": True, "pad_token_id": 0}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("model_type", "architecture", "more"), PUBLISHED, ids=[" ".join([row[0], *row[2]]) for row in PUBLISHED]
)
def test_keys_of_published_files_change_no_tensor(model_type: str, architecture: str, more: dict[str, Any]) -> None:
    keys = {key: value for key, value in SMALL.items() if key not in OF_OTHERS.get(model_type, ())}
    check(model_type, architecture, {**keys, **more}, all_keys=False)


@pytest.mark.parametrize(
    ("model_type", "published", "own"),
    [
        ("llama", "LLaMAForCausalLM", "LlamaForCausalLM"),
        ("mpt", "MPTForCausalLM", "MptForCausalLM"),
        ("phimoe", "PhiMoEForCausalLM", "PhimoeForCausalLM"),
        ("t5", "T5WithLMHeadModel", "T5ForConditionalGeneration"),
    ],
)
def test_older_names_of_classes(model_type: str, published: str, own: str) -> None:
    totals = [
        keep_books(network_of({"model_type": model_type, "architectures": [name]}, "named")).totals.parameters
        for name in (published, own)
    ]
    assert totals[0] == totals[1]


ALIASES = [
    ("bart", "BartForConditionalGeneration", {"num_hidden_layers": 2, "d_model": 8, "encoder_attention_heads": 2,
     "decoder_attention_heads": 2, "decoder_layers": 1, "vocab_size": 20}),
    ("openai-gpt", "OpenAIGPTLMHeadModel", {"max_position_embeddings": 9, "n_embd": 8, "n_head": 2, "n_layer": 1}),
    ("longcat_flash", "LongcatFlashForCausalLM", {
        "num_layers": 1, "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 12,
        "moe_intermediate_size": 6, "num_local_experts": 2, "zero_expert_num": 0, "num_experts_per_tok": 1,
        "q_lora_rank": 4, "kv_lora_rank": 4, "qk_nope_head_dim": 4, "qk_rope_head_dim": 2, "v_head_dim": 4,
    }),
    ("jamba", "JambaForCausalLM", {**SMALL, "num_local_experts": 3, "expert_layer_offset": 0, "mamba_dt_rank": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("model_type", "architecture", "values"), ALIASES, ids=[row[0] for row in ALIASES])
def test_other_names_of_a_size(model_type: str, architecture: str, values: dict[str, Any]) -> None:
    """``attribute_map`` of the class: a size may be given by either name."""
    check(model_type.replace("-", "_"), architecture, values, all_keys=False)


@pytest.mark.parametrize(
    ("sizes", "without_tables"),
    [
        ({"hidden_size": 2304, "intermediate_size": 5760, "num_hidden_layers": 40, "num_attention_heads": 36}, 2_442_057_984),
        ({"hidden_size": 1536, "intermediate_size": 3840, "num_hidden_layers": 52, "num_attention_heads": 24,
          "num_key_value_heads": 8}, 1_247_442_432),
    ],
)  # fmt: skip
def test_minicpm_is_as_large_as_its_paper_says(sizes: dict[str, Any], without_tables: int) -> None:
    """Table 2 of arXiv:2404.06395 counts all but the table of words, which input and output share."""
    published = {"model_type": "minicpm", "architectures": ["MiniCPMForCausalLM"], "vocab_size": 122_753, **sizes}
    more = {"scale_emb": 12, "dim_model_base": 256, "scale_depth": 1.4}
    totals = keep_books(network_of({**published, **more}, "MiniCPM")).totals
    assert totals.parameters == without_tables + 122_753 * sizes["hidden_size"]
