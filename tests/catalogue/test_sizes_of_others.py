"""Sizes and lengths of the catalogue's language models against tables that others keep of the same checkpoints.

Each row is of a public repository's table, read on its own, never from here: a checkpoint's layers, width, heads, heads of
keys, inner width, words and positions.
"""

from __future__ import annotations

from typing import Any

import pytest

from netledger import catalogue
from netledger.catalogue.family import family_network, family_of_class
from netledger.catalogue.model_entries import entry_of, values_of

KEYS = (
    ("num_hidden_layers", "n_layer"),
    ("hidden_size", "n_embd"),
    ("num_attention_heads", "n_head"),
    ("num_kv_heads", "num_key_value_heads"),
    ("moe_intermediate_size", "intermediate_size"),
    ("vocab_size",),
    ("max_position_embeddings", "n_positions"),
)
"""Under which names the families ask for the columns, the first that is there."""

# Lightning-AI/litgpt, litgpt/config.py: n_layer, n_embd, n_head, n_query_groups, (moe_)intermediate_size,
# padded_vocab_size, block_size. Left out are rows whose block_size is what litgpt runs and not what the checkpoint's
# configuration says (Gemma 1, Mistral v0.1, Phi-3.5, Qwen2.5's Instruct).
LITGPT = {
    "stabilityai/stablelm-3b-4e1t": (32, 2560, 32, 32, 6912, 50_304, 4096),
    "EleutherAI/pythia-70m": (6, 512, 8, 8, 2048, 50_304, 2048),
    "EleutherAI/pythia-160m": (12, 768, 12, 12, 3072, 50_304, 2048),
    "EleutherAI/pythia-410m": (24, 1024, 16, 16, 4096, 50_304, 2048),
    "EleutherAI/pythia-1b": (16, 2048, 8, 8, 8192, 50_304, 2048),
    "EleutherAI/pythia-1.4b": (24, 2048, 16, 16, 8192, 50_304, 2048),
    "EleutherAI/pythia-2.8b": (32, 2560, 32, 32, 10_240, 50_304, 2048),
    "EleutherAI/pythia-6.9b": (32, 4096, 32, 32, 16_384, 50_432, 2048),
    "EleutherAI/pythia-12b": (36, 5120, 40, 40, 20_480, 50_688, 2048),
    "tiiuae/falcon-7b": (32, 4544, 71, 1, 18_176, 65_024, 2048),
    "tiiuae/falcon-40b": (60, 8192, 128, 8, 32_768, 65_024, 2048),
    "tiiuae/falcon-180B": (80, 14_848, 232, 8, 59_392, 65_024, 2048),
    "openlm-research/open_llama_3b": (26, 3200, 32, 32, 8640, 32_000, 2048),
    "meta-llama/Llama-2-7b-hf": (32, 4096, 32, 32, 11_008, 32_000, 4096),
    "meta-llama/Llama-2-13b-hf": (40, 5120, 40, 40, 13_824, 32_000, 4096),
    "meta-llama/Llama-2-70b-hf": (80, 8192, 64, 8, 28_672, 32_000, 4096),
    "meta-llama/Meta-Llama-3-8B": (32, 4096, 32, 8, 14_336, 128_256, 8192),
    "meta-llama/Meta-Llama-3.1-8B": (32, 4096, 32, 8, 14_336, 128_256, 131_072),
    "meta-llama/Meta-Llama-3-70B": (80, 8192, 64, 8, 28_672, 128_256, 8192),
    "meta-llama/Meta-Llama-3.1-70B": (80, 8192, 64, 8, 28_672, 128_256, 131_072),
    "meta-llama/Meta-Llama-3.1-405B": (126, 16_384, 128, 8, 53_248, 128_256, 131_072),
    "meta-llama/Llama-3.2-1B": (16, 2048, 32, 8, 8192, 128_256, 131_072),
    "meta-llama/Llama-3.2-3B": (28, 3072, 24, 8, 8192, 128_256, 131_072),
    "allenai/OLMo-1B-hf": (16, 2048, 16, 16, 8192, 50_304, 2048),
    "allenai/OLMo-7B-hf": (32, 4096, 32, 32, 11_008, 50_304, 2048),
    "allenai/OLMo-2-1124-13B": (40, 5120, 40, 40, 13_824, 100_352, 4096),
    "google/gemma-2-2b": (26, 2304, 8, 4, 9216, 256_000, 8192),
    "google/gemma-2-9b": (42, 3584, 16, 8, 14_336, 256_000, 8192),
    "google/gemma-2-27b": (46, 4608, 32, 16, 36_864, 256_000, 8192),
    "google/gemma-3-4b-it": (34, 2560, 8, 4, 10_240, 262_144, 131_072),
    "google/gemma-3-12b-it": (48, 3840, 16, 8, 15_360, 262_144, 131_072),
    "google/gemma-3-27b-it": (62, 5376, 32, 16, 21_504, 262_144, 131_072),
    "codellama/CodeLlama-7b-hf": (32, 4096, 32, 32, 11_008, 32_016, 16_384),
    "codellama/CodeLlama-13b-hf": (40, 5120, 40, 40, 13_824, 32_016, 16_384),
    "codellama/CodeLlama-34b-hf": (48, 8192, 64, 8, 22_016, 32_000, 16_384),
    "codellama/CodeLlama-70b-hf": (80, 8192, 64, 8, 28_672, 32_016, 16_384),
    "microsoft/phi-1_5": (24, 2048, 32, 32, 8192, 51_200, 2048),
    "microsoft/phi-2": (32, 2560, 32, 32, 10_240, 51_200, 2048),
    "microsoft/Phi-3-mini-4k-instruct": (32, 3072, 32, 32, 8192, 32_064, 4096),
    "microsoft/Phi-3-mini-128k-instruct": (32, 3072, 32, 32, 8192, 32_064, 131_072),
    "microsoft/phi-4": (40, 5120, 40, 10, 17_920, 100_352, 16_384),
    "microsoft/Phi-4-mini-instruct": (32, 3072, 24, 8, 8192, 200_064, 131_072),
    "mistralai/Mixtral-8x7B-v0.1": (32, 4096, 32, 8, 14_336, 32_000, 32_768),
    "unsloth/Mistral-7B-v0.2": (32, 4096, 32, 8, 14_336, 32_000, 32_768),
    "mistralai/Mistral-7B-v0.3": (32, 4096, 32, 8, 14_336, 32_768, 32_768),
    "Qwen/Qwen2.5-0.5B": (24, 896, 14, 2, 4864, 151_936, 32_768),
    "Qwen/Qwen2.5-1.5B": (28, 1536, 12, 2, 8960, 151_936, 131_072),
    "Qwen/Qwen2.5-3B": (36, 2048, 16, 2, 11_008, 151_936, 32_768),
    "Qwen/Qwen2.5-7B": (28, 3584, 28, 4, 18_944, 152_064, 131_072),
    "Qwen/Qwen2.5-14B": (48, 5120, 40, 8, 13_824, 152_064, 131_072),
    "Qwen/Qwen2.5-32B": (64, 5120, 40, 8, 27_648, 152_064, 131_072),
    "Qwen/Qwen2.5-72B": (80, 8192, 64, 8, 29_568, 152_064, 131_072),
    "Qwen/Qwen2.5-Coder-0.5B": (24, 896, 14, 2, 4864, 151_936, 32_768),
    "Qwen/Qwen2.5-Coder-0.5B-Instruct": (24, 896, 14, 2, 4864, 151_936, 32_768),
    "Qwen/Qwen2.5-Coder-1.5B": (28, 1536, 12, 2, 8960, 151_936, 32_768),
    "Qwen/Qwen2.5-Coder-1.5B-Instruct": (28, 1536, 12, 2, 8960, 151_936, 32_768),
    "Qwen/Qwen2.5-Coder-3B": (36, 2048, 16, 2, 11_008, 151_936, 32_768),
    "Qwen/Qwen2.5-Coder-3B-Instruct": (36, 2048, 16, 2, 11_008, 151_936, 32_768),
    "Qwen/Qwen2.5-Coder-7B": (28, 3584, 28, 4, 18_944, 152_064, 32_768),
    "Qwen/Qwen2.5-Coder-7B-Instruct": (28, 3584, 28, 4, 18_944, 152_064, 32_768),
    "Qwen/Qwen2.5-Coder-14B": (48, 5120, 40, 8, 13_824, 152_064, 32_768),
    "Qwen/Qwen2.5-Coder-14B-Instruct": (48, 5120, 40, 8, 13_824, 152_064, 32_768),
    "Qwen/Qwen2.5-Coder-32B": (64, 5120, 40, 8, 27_648, 152_064, 32_768),
    "Qwen/Qwen2.5-Coder-32B-Instruct": (64, 5120, 40, 8, 27_648, 152_064, 32_768),
    "Qwen/Qwen2.5-Math-1.5B": (28, 1536, 12, 2, 8960, 151_936, 4096),
    "Qwen/Qwen2.5-Math-1.5B-Instruct": (28, 1536, 12, 2, 8960, 151_936, 4096),
    "Qwen/Qwen2.5-Math-7B": (28, 3584, 28, 4, 18_944, 152_064, 4096),
    "Qwen/Qwen2.5-Math-7B-Instruct": (28, 3584, 28, 4, 18_944, 152_064, 4096),
    "Qwen/QwQ-32B": (64, 5120, 40, 8, 27_648, 152_064, 131_072),
    "Qwen/Qwen3-0.6B": (28, 1024, 16, 8, 3072, 151_936, 40_960),
    "Qwen/Qwen3-1.7B": (28, 2048, 16, 8, 6144, 151_936, 40_960),
    "Qwen/Qwen3-4B": (36, 2560, 32, 8, 9728, 151_936, 40_960),
    "Qwen/Qwen3-8B": (36, 4096, 32, 8, 12_288, 151_936, 40_960),
    "Qwen/Qwen3-14B": (40, 5120, 40, 8, 17_408, 151_936, 40_960),
    "Qwen/Qwen3-32B": (64, 5120, 64, 8, 25_600, 151_936, 40_960),
    "Qwen/Qwen3-30B-A3B": (48, 2048, 32, 4, 768, 151_936, 40_960),
    "Qwen/Qwen3-235B-A22B": (94, 4096, 64, 4, 1536, 151_936, 40_960),
    "Qwen/Qwen3-235B-A22B-Thinking-2507": (94, 4096, 64, 4, 1536, 151_936, 262_144),
    "Qwen/Qwen3-30B-A3B-Thinking-2507": (48, 2048, 32, 4, 768, 151_936, 262_144),
    "Qwen/Qwen3-4B-Thinking-2507": (36, 2560, 32, 8, 9728, 151_936, 262_144),
    "HuggingFaceTB/SmolLM2-135M": (30, 576, 9, 3, 1536, 49_152, 8192),
    "HuggingFaceTB/SmolLM2-360M": (32, 960, 15, 5, 2560, 49_152, 8192),
    "HuggingFaceTB/SmolLM2-1.7B": (24, 2048, 32, 32, 8192, 49_152, 8192),
    "deepseek-ai/DeepSeek-R1-Distill-Llama-8B": (32, 4096, 32, 8, 14_336, 128_256, 131_072),
    "deepseek-ai/DeepSeek-R1-Distill-Llama-70B": (80, 8192, 64, 8, 28_672, 128_256, 131_072),
}  # fmt: skip

MULTIMODAL_WORDS = {262_144: 262_208}
"""Gemma 3's checkpoints that read pictures hold 64 words more than its tokenizer, whose number litgpt gives."""

# Positions as others read them from config.json: ai-dynamo/aiconfigurator's model_configs (a), the table of
# kvcache-ai's blog (k), sdpython/onnx-diagnostic's configurations (o), AI-Hypercomputer/maxtext's models (m),
# mlc-ai/mlc-llm's model_preset.py (p), rwth-i6/i6_experiments (i); xorbitsai/inference's context_length (x); the
# checkpoint's own config.json, or that of a fine-tune which names it (c).
POSITIONS = {
    "Qwen/Qwen2.5-7B-Instruct": 32_768,  # k
    "Qwen/Qwen2.5-14B-Instruct": 32_768,  # k
    "Qwen/Qwen2.5-32B-Instruct": 32_768,  # k
    "Qwen/Qwen2.5-72B-Instruct": 32_768,  # k
    "Qwen/Qwen2.5-Coder-32B-Instruct": 32_768,  # k
    "Qwen/Qwen3-4B": 40_960,  # k
    "Qwen/Qwen3-14B": 40_960,  # k
    "Qwen/Qwen3-Coder-480B-A35B-Instruct": 262_144,  # a
    "Qwen/Qwen2.5-VL-7B-Instruct": 128_000,  # o
    "Qwen/Qwen3-VL-4B-Instruct": 262_144,  # a
    "Qwen/Qwen3-VL-8B-Instruct": 262_144,  # a
    "microsoft/Phi-3-mini-4k-instruct": 4_096,  # o
    "microsoft/Phi-3-mini-128k-instruct": 131_072,  # o
    "microsoft/Phi-3.5-mini-instruct": 131_072,  # o
    "HuggingFaceTB/SmolLM-135M": 2_048,  # its card: a context of 2,048
    "deepseek-ai/DeepSeek-V2-Lite": 163_840,  # m
    "deepseek-ai/DeepSeek-V2": 163_840,  # m
    "deepseek-ai/DeepSeek-V3": 163_840,  # a, k
    "deepseek-ai/DeepSeek-R1": 163_840,  # a, k
    "moonshotai/Kimi-K2-Instruct": 131_072,  # a, m
    "allenai/Olmo-3-1025-7B": 65_536,  # m
    "openai/gpt-oss-20b": 131_072,  # a
    "openai/gpt-oss-120b": 131_072,  # a
    "meta-llama/Llama-4-Scout-17B-16E-Instruct": 10_485_760,  # a
    "meta-llama/Llama-4-Maverick-17B-128E-Instruct": 1_048_576,  # a
    "meta-llama/Llama-3.3-70B-Instruct": 131_072,  # k
    "mistralai/Mixtral-8x7B-v0.1": 32_768,  # a
    "CohereLabs/c4ai-command-r-v01": 131_072,  # k: model_max_length, beside max_position_embeddings of 8,192
    "CohereLabs/c4ai-command-r-plus": 131_072,  # k: likewise
    "CohereLabs/c4ai-command-r7b-12-2024": 132_096,  # k
    "MiniMaxAI/MiniMax-M2": 196_608,  # k
    "zai-org/GLM-4.7": 202_752,  # its own configuration, in the tests of runtimes
    "gpt2": 1_024,  # p, x
    "gpt2-medium": 1_024,  # p
    "gpt-j-6b": 2_048,  # p
    "tinyllama-1.1b": 2_048,  # p, x
    "smollm-360m": 2_048,  # p
    "smollm-1.7b": 2_048,  # p
    "gemma-2b": 8_192,  # p
    "gemma-3-1b": 32_768,  # p, x
    "mistral-7b": 32_768,  # p
    "olmo-2-7b": 4_096,  # p
    "olmo-2-32b": 4_096,  # p
    "qwen2-0.5b": 131_072,  # i
    "yi-6b": 4_096,  # x
    "codestral-22b": 32_768,  # x
    "deepseek-llm-7b": 4_096,  # x
    "deepseek-llm-67b": 4_096,  # x
    "deepseek-coder-1.3b": 16_384,  # x
    "deepseek-coder-6.7b": 16_384,  # x
    "deepseek-coder-33b": 16_384,  # x
    "deepseek-v3.2": 163_840,  # x
    "deepseek-r1-distill-qwen-1.5b": 131_072,  # x
    "glm-4-9b": 131_072,  # x
    "glm-4.5": 131_072,  # x
    "glm-5": 202_752,  # x
    "glm-5.2": 1_048_576,  # x
    "seed-oss-36b": 524_288,  # x
    "ernie-4.5-0.3b": 131_072,  # x
    "mixtral-8x22b": 65_536,  # x
    "mistral-large-2": 131_072,  # x
    "qwen3.5-0.8b": 262_144,  # x
    "qwen3.5-27b": 262_144,  # x
    "qwen3.5-35b-a3b": 262_144,  # x
    "qwen3.5-397b-a17b": 262_144,  # x
    "qwen2.5-vl-3b": 128_000,  # x
    "qwen2.5-vl-72b": 128_000,  # x
    "qwen2-vl-2b": 32_768,  # x
    "qwen2-vl-7b": 32_768,  # x
    "qwen1.5-7b": 32_768,  # x
    "gemma-4-31b": 262_144,  # x
    "gemma-4-26b-a4b": 262_144,  # x
    "Qwen/Qwen1.5-MoE-A2.7B": 8_192,  # c; its chat model states 32,768
    "mistralai/Mistral-Nemo-Instruct-2407": 131_072,  # c; 1,024,000 stood in it first, and was corrected
    "zai-org/GLM-4.5-Air": 131_072,  # c
    "Qwen/Qwen3-Next-80B-A3B-Instruct": 262_144,  # c
    "01-ai/Yi-34B": 4_096,  # c
    "google/gemma-7b": 8_192,  # c
    "EleutherAI/gpt-neo-125m": 2_048,  # c
    "ibm-granite/granite-3.1-8b-instruct": 131_072,  # c
    "llama-30b": 2_048,  # c
    "facebook/opt-1.3b": 2_048,  # c
    "facebook/opt-6.7b": 2_048,  # c
    "stabilityai/stablelm-2-1_6b": 4_096,  # c
    "bigcode/starcoder2-7b": 16_384,  # c
}


def sizes_of(name: str) -> dict[str, Any]:
    """What a model's entry gives its family, and what the family asks for."""
    values = values_of(name, entry_of(name) or "")[1]
    _, sizes = family_network(family_of_class(values["architectures"][0]), values, name)
    return {**sizes.given, **sizes.asked}


@pytest.mark.parametrize("checkpoint", LITGPT)
def test_sizes_that_litgpt_lists(checkpoint: str) -> None:
    name = catalogue.resolve(checkpoint)
    assert name is not None
    given = sizes_of(name)
    ours = [next((given[key] for key in keys if given.get(key) is not None), None) for keys in KEYS]
    theirs = [*LITGPT[checkpoint]]
    if "gemma-3-" in checkpoint:
        theirs[5] = MULTIMODAL_WORDS[theirs[5]]
    compared = [(own, other) for own, other in zip(ours, theirs, strict=True) if own is not None]
    assert len(compared) >= 5
    if not given.get("multi_query"):  # Falcon 7B's one head of keys is a choice of its own, not a number
        assert all(own == other for own, other in compared), compared


@pytest.mark.parametrize("checkpoint", POSITIONS)
def test_positions_that_others_read(checkpoint: str) -> None:
    name = catalogue.resolve(checkpoint)
    assert name is not None
    assert list(catalogue.load(name).meta["positions"].values()) == [POSITIONS[checkpoint]]


def test_every_decoder_knows_its_positions() -> None:
    """Those that have none have no end by design: recurrent networks, and Griffin's window."""
    without = [
        name
        for name in catalogue.models()
        if (catalogue.load(name).meta.get("architecture") or "").endswith("ForCausalLM")
        and not catalogue.load(name).meta["positions"]
    ]
    endless = ("mamba", "rwkv", "recurrentgemma")
    assert [name for name in without if not name.startswith(endless)] == []
