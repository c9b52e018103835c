"""Random configurations for the decoders that came since: latents, states, experts, sandwiched norms."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.families import BIASED, TIED, Draw, _both, _experts, _flags, _latent, decoder, llama_like


def _mla(rng: random.Random) -> dict[str, Any]:
    drawn = _latent(rng)
    return {
        key: drawn[key] for key in ("q_lora_rank", "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim")
    }


def _sorts(*names: str) -> Draw:
    """Layers, each of one of some sorts."""

    def draw(rng: random.Random) -> dict[str, Any]:
        layers = rng.randrange(1, 5)
        return {"num_hidden_layers": layers, "layer_types": [rng.choice(names) for _ in range(layers)]}

    return draw


_WINDOWS = _sorts("sliding_attention", "full_attention")


def _words_ends(rng: random.Random) -> dict[str, Any]:
    return {"bos_token_id": 1, "eos_token_id": 2}


def _dense_first(rng: random.Random) -> dict[str, Any]:
    number, layers = rng.randrange(1, 4) * 2, rng.randrange(1, 5)
    return {
        "num_hidden_layers": layers, "n_routed_experts": number, "num_experts_per_tok": rng.randrange(1, number + 1), "n_group": 1,
        "topk_group": 1, "n_shared_experts": rng.choice([1, 2]), "moe_intermediate_size": rng.randrange(1, 20),
        "mlp_layer_types": [rng.choice(["dense", "sparse"]) for _ in range(layers)],
    }  # fmt: skip


def _indexed(rng: random.Random) -> dict[str, Any]:
    return _mla(rng) | {
        "q_lora_rank": rng.choice([3, 8]),
        "index_n_heads": rng.choice([1, 2]),
        "index_head_dim": rng.choice([4, 8]),
    }


def _choosing(rng: random.Random) -> dict[str, Any]:
    """Which of GLM's layers choose positions: a schedule, marks, or a list."""
    drawn = _both(_indexed, _dense_first)(rng)
    layers = drawn["num_hidden_layers"]
    way = rng.randrange(4)
    schedule = {"index_topk_freq": rng.randrange(1, 4), "index_skip_topk_offset": rng.randrange(4)}
    marks = ["".join(rng.choice("FS") for _ in range(layers)), [rng.choice(["full", "shared"]) for _ in range(layers)]]
    return drawn | [{}, schedule, {"index_topk_pattern": rng.choice(marks)}, {"indexer_types": marks[1]}][way]


def _exaone(rng: random.Random) -> dict[str, Any]:
    drawn = _dense_first(rng)
    number, shared = drawn.pop("n_routed_experts"), drawn.pop("n_shared_experts")
    layers = drawn["num_hidden_layers"]
    return drawn | {
        "num_experts": number, "num_shared_experts": shared,
        "layer_types": [rng.choice(["sliding_attention", "full_attention"]) for _ in range(layers)],
    }  # fmt: skip


def _dots(rng: random.Random) -> dict[str, Any]:
    drawn = _dense_first(rng)
    drawn.pop("mlp_layer_types")
    layers = drawn["num_hidden_layers"]
    return drawn | {"first_k_dense_replace": rng.choice([0, 1, 2]), "layer_types": ["full_attention"] * layers}


def _solar(rng: random.Random) -> dict[str, Any]:
    drawn = _dense_first(rng)
    drawn.pop("mlp_layer_types")
    return drawn


def _hunyuan(rng: random.Random) -> dict[str, Any]:
    number = rng.randrange(1, 5)
    return {"num_experts": number, "moe_topk": rng.randrange(1, number + 1)}


def _ernie(rng: random.Random) -> dict[str, Any]:
    number = rng.randrange(1, 5)
    return {
        "moe_num_experts": number, "moe_k": rng.randrange(1, number + 1), "moe_num_shared_experts": rng.choice([0, 1, 2]),
        "moe_intermediate_size": rng.randrange(1, 20), "moe_layer_start_index": rng.choice([0, 1, 2]),
        "moe_layer_end_index": rng.choice([-1, 1, 2]), "moe_layer_interval": rng.choice([1, 2]),
    }  # fmt: skip


def _afmoe(rng: random.Random) -> dict[str, Any]:
    number = rng.randrange(1, 5)
    return _WINDOWS(rng) | {
        "num_experts": number, "num_experts_per_tok": rng.randrange(1, number + 1), "num_shared_experts": rng.choice([1, 2]),
        "moe_intermediate_size": rng.randrange(1, 20), "num_dense_layers": rng.choice([0, 1, 2]),
    }  # fmt: skip


def _mamba_parts(rng: random.Random) -> dict[str, Any]:
    heads, each = rng.choice([1, 2]), rng.choice([2, 4])
    attention = rng.choice([1, 2])
    return {
        "hidden_size": heads * each, "mamba_expand": 1, "mamba_n_heads": heads, "mamba_d_head": each, "mamba_n_groups": 1,
        "num_attention_heads": attention, "num_key_value_heads": rng.choice([1, attention]), "mamba_d_state": rng.randrange(1, 6),
        "mamba_d_conv": rng.choice([2, 4]), "mamba_conv_bias": rng.random() < 0.5, "mamba_proj_bias": rng.random() < 0.5,
    }  # fmt: skip


def _bamba(rng: random.Random) -> dict[str, Any]:
    return _mamba_parts(rng) | {
        "attn_layer_indices": rng.choice([None, [0], [1, 2]]),
        "num_hidden_layers": rng.randrange(3, 5),
        "pad_token_id": 0,
    }


def _granite(rng: random.Random) -> dict[str, Any]:
    number = rng.randrange(0, 5)
    return _mamba_parts(rng) | _sorts("linear_attention", "full_attention")(rng) | {
        "num_local_experts": number, "num_experts_per_tok": rng.randrange(1, max(number, 1) + 1), "shared_intermediate_size": rng.randrange(1, 20),
    }  # fmt: skip


def xglm(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 100), "d_model": heads * rng.choice([4, 6]), "attention_heads": heads, "ffn_dim": rng.randrange(1, 30),
        "num_layers": rng.randrange(0, 4), "tie_word_embeddings": rng.random() < 0.5, "pad_token_id": 0,
    }  # fmt: skip


def _kimi_linear(rng: random.Random) -> dict[str, Any]:
    number, layers = rng.randrange(1, 4) * 2, rng.randrange(1, 5)
    return _mla(rng) | {
        "num_hidden_layers": layers, "num_experts": number, "num_experts_per_token": rng.randrange(1, number + 1),
        "num_shared_experts": rng.choice([1, 2]), "moe_intermediate_size": rng.randrange(1, 20), "linear_head_dim": rng.choice([2, 4]),
        "linear_num_heads": rng.choice([1, 2, 3]), "linear_conv_kernel_dim": rng.choice([2, 4]), "mlp_layer_types": ["sparse"] * layers,
        "layer_types": [rng.choice(["linear_attention", "full_attention"]) for _ in range(layers)], "num_expert_group": 1, "topk_group": 1,
    }  # fmt: skip


def longcat(rng: random.Random) -> dict[str, Any]:
    heads, number = rng.choice([1, 2, 4]), rng.randrange(1, 5)
    return _mla(rng) | {
        "vocab_size": rng.randrange(3, 100), "hidden_size": heads * rng.choice([2, 4, 6]), "num_layers": rng.randrange(0, 3),
        "num_attention_heads": heads, "ffn_hidden_size": rng.randrange(1, 30), "expert_ffn_hidden_size": rng.randrange(1, 20),
        "n_routed_experts": number, "zero_expert_num": 0, "moe_topk": 1, "q_lora_rank": rng.choice([3, 8]),
        "pad_token_id": None, "bos_token_id": 0, "eos_token_id": 1, "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def _lfm2_moe(rng: random.Random) -> dict[str, Any]:
    number = rng.randrange(1, 5)
    return _sorts("conv", "full_attention")(rng) | {
        "num_experts": number, "num_experts_per_tok": rng.randrange(1, number + 1), "num_dense_layers": rng.choice([0, 1, 2]),
        "moe_intermediate_size": rng.randrange(1, 20), "conv_L_cache": rng.choice([2, 3]), "use_expert_bias": rng.random() < 0.5,
        "conv_bias": rng.random() < 0.5, "pad_token_id": 0,
        rng.choice(["tie_embedding", "tie_word_embeddings"]): rng.random() < 0.5,
    }  # fmt: skip


def _olmo_hybrid(rng: random.Random) -> dict[str, Any]:
    heads, each = rng.choice([1, 2]), rng.choice([2, 4])
    return {
        "num_hidden_layers": 3, "layer_types": rng.choice([["linear_attention", "full_attention", "linear_attention"], ["linear_attention", "linear_attention", "full_attention"]]),
        "linear_num_key_heads": heads, "linear_num_value_heads": heads, "linear_key_head_dim": each, "linear_value_head_dim": each,
        "linear_conv_kernel_dim": rng.choice([2, 4]), "pad_token_id": 0,
    }  # fmt: skip


def openai(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 100), "n_positions": rng.randrange(1, 40), "n_embd": heads * rng.choice([2, 4, 6]),
        "n_layer": rng.randrange(0, 4), "n_head": heads, "tie_word_embeddings": rng.random() < 0.5, "pad_token_id": 0,
    }  # fmt: skip


def xlstm(rng: random.Random) -> dict[str, Any]:
    return {
        "vocab_size": rng.randrange(3, 100), "hidden_size": rng.choice([64, 96, 128]), "num_hidden_layers": rng.randrange(1, 4), "num_heads": rng.choice([1, 2, 4]),
        "qk_dim_factor": rng.choice([0.5, 1.0]), "ffn_proj_factor": rng.choice([1.5, 2.667]), "ffn_round_up_to_multiple_of": rng.choice([8, 64]),
        "pad_token_id": 0, **_flags(rng, "use_bias tie_word_embeddings add_out_norm"),
    }  # fmt: skip


_MIXTRAL = _experts({"num_local_experts": "experts", "num_experts_per_tok": "used"})
_OLMOE = _experts({"num_experts": "experts", "num_experts_per_tok": "used"})
_LINEAR = _sorts("linear_attention", "full_attention")

FAMILIES: dict[str, tuple[str, Draw]] = {
    "minicpm3": decoder("MiniCPM3Model MiniCPM3ForCausalLM MiniCPM3ForSequenceClassification", BIASED + " mlp_bias", False, _mla),
    "youtu": decoder("YoutuModel YoutuForCausalLM", BIASED, False, _mla),
    "glm4_moe_lite": decoder("Glm4MoeLiteModel Glm4MoeLiteForCausalLM", BIASED, False, _both(_mla, _dense_first)),
    "glm_moe_dsa": decoder("GlmMoeDsaModel GlmMoeDsaForCausalLM", BIASED, False, _choosing),
    "exaone_moe": decoder("ExaoneMoeModel ExaoneMoeForCausalLM", TIED, True, _exaone),
    "dots1": decoder("Dots1Model Dots1ForCausalLM", BIASED, True, _dots),
    "solar_open": decoder("SolarOpenModel SolarOpenForCausalLM", BIASED, True, _solar),
    "ministral": decoder(llama_like("Ministral"), TIED, True, _WINDOWS),
    "ministral3": decoder(llama_like("Ministral3")),
    "cwm": decoder("CwmModel CwmForCausalLM", TIED + " mlp_bias", True, _both(_WINDOWS, _words_ends)),
    "hunyuan_v1_dense": decoder("HunYuanDenseV1Model HunYuanDenseV1ForCausalLM HunYuanDenseV1ForSequenceClassification", BIASED),
    "hunyuan_v1_moe": decoder("HunYuanMoEV1Model HunYuanMoEV1ForCausalLM", BIASED, True, _hunyuan),
    "apertus": decoder("ApertusModel ApertusForCausalLM ApertusForTokenClassification", BIASED),
    "bitnet": decoder("BitNetModel BitNetForCausalLM", BIASED, False),
    "flex_olmo": decoder("FlexOlmoModel FlexOlmoForCausalLM", BIASED, False, _OLMOE),
    "ernie4_5_moe": decoder("Ernie4_5_MoeModel Ernie4_5_MoeForCausalLM", TIED + " use_bias", False, _ernie),
    "afmoe": decoder("AfmoeModel AfmoeForCausalLM", BIASED, True, _afmoe),
    "bamba": decoder("BambaModel BambaForCausalLM", BIASED + " mlp_bias", False, _bamba),
    "granitemoehybrid": decoder("GraniteMoeHybridModel GraniteMoeHybridForCausalLM", BIASED, False, _granite),
    "minimax": decoder("MiniMaxModel MiniMaxForCausalLM", TIED, True, _both(_MIXTRAL, _LINEAR)),
    "persimmon": decoder("PersimmonModel PersimmonForCausalLM", TIED + " qk_layernorm", False, kv=False),
    "kimi_linear": decoder("KimiLinearModel KimiLinearForCausalLM", TIED, False, _kimi_linear),
    "longcat_flash": ("LongcatFlashModel LongcatFlashForCausalLM", longcat),
    "lfm2_moe": decoder("Lfm2MoeModel Lfm2MoeForCausalLM", "", False, _lfm2_moe),
    "olmo_hybrid": decoder("OlmoHybridModel OlmoHybridForCausalLM", BIASED, False, _olmo_hybrid),
    "openai_gpt": ("OpenAIGPTModel OpenAIGPTLMHeadModel OpenAIGPTForSequenceClassification", openai),
    "xlstm": ("xLSTMModel xLSTMForCausalLM", xlstm),
    "xglm": ("XGLMModel XGLMForCausalLM", xglm),
}  # fmt: skip


def _gemma3n(rng: random.Random) -> dict[str, Any]:
    own, shared = rng.randrange(2, 4), rng.randrange(0, 4)
    sorts = ["sliding_attention", "full_attention", rng.choice(["sliding_attention", "full_attention"])][:own]
    sorts += [rng.choice(["sliding_attention", "full_attention"]) for _ in range(shared)]
    return {
        "num_hidden_layers": own + shared, "num_kv_shared_layers": shared, "layer_types": sorts, "laurel_rank": rng.randrange(1, 9),
        "vocab_size_per_layer_input": rng.randrange(3, 50), "hidden_size_per_layer_input": rng.choice([2, 3, 8]),
        "altup_num_inputs": rng.choice([2, 3, 4]), "activation_sparsity_pattern": [0.0] * (own + shared), "pad_token_id": 0,
        "intermediate_size": rng.choice([13, [20 + i for i in range(own + shared)]]),
    }  # fmt: skip


def led(rng: random.Random) -> dict[str, Any]:
    from tests.properties.families import seq2seq

    drawn = seq2seq(rng)
    drawn.pop("max_position_embeddings")
    return drawn | {
        "max_encoder_position_embeddings": rng.randrange(3, 20), "max_decoder_position_embeddings": rng.randrange(3, 20),
        "attention_window": [4] * drawn["encoder_layers"] or 4,
    }  # fmt: skip


def convbert(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([2, 4])
    width = heads * rng.choice([2, 4, 6])
    return {
        "vocab_size": rng.randrange(3, 100), "hidden_size": width, "num_attention_heads": heads, "num_hidden_layers": rng.randrange(0, 4),
        "intermediate_size": rng.randrange(1, 40), "pad_token_id": 0, "max_position_embeddings": rng.randrange(1, 40),
        "type_vocab_size": rng.randrange(1, 4), "embedding_size": rng.choice([width, 6]), "head_ratio": rng.choice([1, 2]),
        "conv_kernel_size": rng.choice([3, 9]),
    }  # fmt: skip


FAMILIES |= {
    "gemma3n_text": decoder("Gemma3nTextModel Gemma3nForCausalLM", BIASED, True, _gemma3n),
    "led": ("LEDModel LEDForConditionalGeneration", led),
    "convbert": ("ConvBertModel ConvBertForMaskedLM ConvBertForTokenClassification ConvBertForQuestionAnswering", convbert),
}  # fmt: skip
