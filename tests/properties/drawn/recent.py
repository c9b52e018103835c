"""Random configurations of decoders of 2026: windows layer by layer, sinks, mixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.properties.families import BIASED, TIED, _both, _experts, _flags, _latent, decoder
from tests.properties.families_since import _sorts

if TYPE_CHECKING:
    import random

    from tests.properties.families import Draw


def _parts(rng: random.Random) -> dict[str, Any]:
    layers = rng.randrange(1, 4)
    return {
        "num_hidden_layers": layers, "layer_types": [rng.choice(["sliding_attention", "full_attention"]) for _ in range(layers)],
        "mlp_layer_types": [rng.choice(["dense", "sparse"]) for _ in range(layers)], "moe_intermediate_size": rng.randrange(1, 20),
        "sliding_window": rng.choice([4, 16]),
    }  # fmt: skip


def _laguna(rng: random.Random) -> dict[str, Any]:
    drawn = _parts(rng)
    drawn |= {"num_key_value_heads": rng.choice([1, 2]), "shared_expert_intermediate_size": rng.randrange(1, 20)}
    if rng.random() < 0.5:
        drawn["num_attention_heads_per_layer"] = [rng.choice([2, 4]) for _ in range(drawn["num_hidden_layers"])]
    return drawn | {"gating": rng.choice([True, "per-head", "per-element"]), "num_attention_heads": 4}


def _axk1(rng: random.Random) -> dict[str, Any]:
    return _latent(rng) | {"q_lora_rank": rng.choice([3, 8]), "moe_layer_freq": rng.choice([1, 2])}


_OF_64 = _experts({"num_experts": "experts", "num_experts_per_tok": "used"})
_LOCAL = _experts({"num_local_experts": "experts", "num_experts_per_tok": "used"})
_WINDOWS = _sorts("sliding_attention", "full_attention")


def _swash(rng: random.Random) -> dict[str, Any]:
    return _LOCAL(rng) | {"shared_intermediate_size": rng.choice([0, 7])}


_SEEN = ["sliding_attention", "compressed_sparse_attention", "heavily_compressed_attention"]


def _deepseek_v4(rng: random.Random) -> dict[str, Any]:
    groups, number, layers = rng.choice([1, 2]), rng.randrange(1, 5), rng.randrange(1, 5)
    drawn = {
        "vocab_size": rng.randrange(3, 100), "hidden_size": rng.choice([4, 8]), "num_hidden_layers": layers, "head_dim": 8,
        "num_attention_heads": groups * rng.choice([1, 2]), "q_lora_rank": rng.choice([3, 8]), "o_groups": groups,
        "o_lora_rank": rng.choice([2, 5]), "index_n_heads": rng.choice([1, 2]), "index_head_dim": rng.choice([4, 6]),
        "hc_mult": rng.choice([2, 3]), "n_routed_experts": number, "num_experts_per_tok": rng.randrange(1, number + 1),
        "moe_intermediate_size": rng.randrange(1, 20), "sliding_window": rng.choice([4, 16]), **_flags(rng, TIED + " mlp_bias"),
    }  # fmt: skip
    if rng.random() < 0.5:
        drawn["layer_types"] = [rng.choice(_SEEN) for _ in range(layers)]
    elif rng.random() < 0.5:
        drawn["compress_ratios"] = [rng.choice([0, 4, 128]) for _ in range(layers + 1)]
    if rng.random() < 0.5:
        drawn["mlp_layer_types"] = [rng.choice(["hash_moe", "moe"]) for _ in range(layers)]
    return drawn


def _hears(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2])
    width = heads * rng.choice([2, 4])
    return {
        "hidden_size": width, "intermediate_size": rng.randrange(1, 20), "num_blocks": rng.randrange(0, 3), "num_attention_heads": heads,
        "ext_pw_out_channel": width, "depthwise_separable_out_channel": width, "depthwise_multiplier": rng.choice([1, 2]),
        "kernel_size": rng.choice([1, 3]), "input_size": rng.choice([16, 80]), "time_reduction": rng.choice([2, 4, 8]),
        "nemo_conv_channels": rng.choice([3, 6]), "bias_max_distance": rng.randrange(1, 9), "bias_symmetric": rng.random() < 0.5,
    }  # fmt: skip


def _phi4(rng: random.Random) -> dict[str, Any]:
    heads, patch = rng.choice([1, 2]), rng.choice([7, 14])
    tower = {
        "hidden_size": heads * 4, "intermediate_size": rng.randrange(1, 20), "num_hidden_layers": 2, "num_attention_heads": heads,
        "image_size": patch * rng.choice([2, 4]), "patch_size": patch,
    }  # fmt: skip
    rope = {"rope_type": "default", "rope_theta": 10000.0}
    return {"vision_config": tower, "audio_config": _hears(rng), "rope_parameters": rope}


def _omni_hears(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2])
    return {
        "d_model": heads * rng.choice([4, 6]), "encoder_layers": rng.randrange(0, 3), "encoder_attention_heads": heads,
        "encoder_ffn_dim": rng.randrange(1, 20), "downsample_hidden_size": rng.randrange(1, 8), "output_dim": rng.randrange(1, 9),
        "num_mel_bins": rng.choice([13, 16]), "max_source_positions": 20,
    }  # fmt: skip


def _omni_sees(rng: random.Random) -> dict[str, Any]:
    heads, layers = rng.choice([1, 2]), rng.randrange(0, 3)
    return {
        "depth": layers, "hidden_size": heads * 4, "intermediate_size": rng.randrange(1, 20), "num_heads": heads,
        "out_hidden_size": rng.randrange(1, 9), "deepstack_visual_indexes": list(range(rng.randrange(layers + 1))),
        "num_position_embeddings": rng.choice([4, 9]), "patch_size": rng.choice([2, 4]),
    }  # fmt: skip


def _omni_thinks(rng: random.Random) -> dict[str, Any]:
    words = decoder(
        "", "attention_bias", True, _both(_OF_64, lambda rng: {"moe_intermediate_size": rng.randrange(1, 9)})
    )
    return {"text_config": words[1](rng), "vision_config": _omni_sees(rng), "audio_config": _omni_hears(rng)}


FAMILIES: dict[str, tuple[str, Draw]] = {
    "laguna": decoder("LagunaModel LagunaForCausalLM", BIASED, True, _both(_OF_64, _laguna)),
    "mellum": decoder("MellumModel MellumForCausalLM", BIASED, True, _both(_OF_64, _parts)),
    "granite_swa": decoder("GraniteSWAModel GraniteSWAForCausalLM", BIASED + " mlp_bias", False, _WINDOWS),
    "granitemoe_swa": decoder("GraniteMoeSWAModel GraniteMoeSWAForCausalLM", BIASED, False, _both(_swash, _WINDOWS)),
    "mistral4": decoder("Mistral4Model Mistral4ForCausalLM Mistral4ForTokenClassification", BIASED, False, _latent),
    "deepseek_v4": ("DeepseekV4Model DeepseekV4ForCausalLM", _deepseek_v4),
    "phi4_multimodal": decoder("Phi4MultimodalModel Phi4MultimodalForCausalLM", TIED, False, _phi4),
    "phi4_multimodal_audio": ("Phi4MultimodalAudioModel", _hears),
    "qwen3_omni_moe_thinker": ("Qwen3OmniMoeThinkerForConditionalGeneration", _omni_thinks),
    "qwen3_omni_moe_audio_encoder": ("Qwen3OmniMoeAudioEncoder", _omni_hears),
    "qwen3_omni_moe_vision_encoder": ("Qwen3OmniMoeVisionEncoder", _omni_sees),
    "axk1": decoder("AXK1Model AXK1ForCausalLM AXK1ForSequenceClassification", BIASED, False, _axk1),
}  # fmt: skip
