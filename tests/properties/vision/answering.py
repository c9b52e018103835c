"""Models that answer with words to pictures."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.vision.drawing import Families, eye, flags, language, of_language, sentences, square, without


def _eva(rng: random.Random) -> dict[str, Any]:
    return blip_vision(rng) | {"qkv_bias": rng.random() < 0.5}


def qformer(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 50), "hidden_size": heads * rng.choice([2, 4]), "num_hidden_layers": rng.randrange(0, 5),
        "num_attention_heads": heads, "intermediate_size": rng.randrange(1, 30), "max_position_embeddings": rng.randrange(1, 20),
        "cross_attention_frequency": rng.choice([1, 2, 3]), "encoder_hidden_size": rng.randrange(1, 20),
    }  # fmt: skip


def blip_2_qformer(rng: random.Random) -> dict[str, Any]:
    return qformer(rng) | {"use_qformer_text_input": rng.random() < 0.5}


def blip_2(rng: random.Random) -> dict[str, Any]:
    return instructblip(rng) | {"qformer_config": blip_2_qformer(rng)}


def instructblip(rng: random.Random) -> dict[str, Any]:
    return {
        "vision_config": _eva(rng), "qformer_config": qformer(rng), "num_query_tokens": rng.randrange(1, 9),
        "text_config": language(rng.choice(["opt", "llama", "t5"]), rng), "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def mllama_vision(rng: random.Random) -> dict[str, Any]:
    drawn, seen = eye(rng), [rng.randrange(0, 2) for _ in range(rng.randrange(0, 3))]
    tiles, heads = rng.choice([1, 2, 4]), drawn.pop("num_attention_heads")
    return drawn | {
        "attention_heads": heads, "num_hidden_layers": rng.randrange(2, 4), "num_global_layers": rng.randrange(0, 3), "max_num_tiles": tiles,
        "supported_aspect_ratios": [[1, i + 1] for i in range(tiles)], "intermediate_layers_indices": seen,
        "vision_output_dim": (len(seen) + 1) * drawn["hidden_size"],
    }  # fmt: skip


def mllama_text(rng: random.Random) -> dict[str, Any]:
    layers = rng.randrange(0, 5)
    drawn = language("llama", rng) | {"num_hidden_layers": layers, "model_type": "mllama_text_model"}
    kept = (
        "num_hidden_layers",
        "vocab_size",
        "intermediate_size",
        "num_attention_heads",
        "num_key_value_heads",
        "tie_word_embeddings",
        "pad_token_id",
    )
    return {key: drawn[key] for key in kept} | {
        "hidden_size": drawn["num_attention_heads"] * rng.choice([2, 4]), "cross_attention_layers": rng.choice([[], [1], [0, 2], [2, 3]]),
        "bos_token_id": 1, "eos_token_id": 2,
    }  # fmt: skip


def mllama(rng: random.Random) -> dict[str, Any]:
    return {"vision_config": mllama_vision(rng), "text_config": mllama_text(rng)}


def glm4v_vision(rng: random.Random) -> dict[str, Any]:
    heads, merge, edge = rng.choice([1, 2]), rng.choice([1, 2]), rng.choice([2, 4])
    return {
        "depth": rng.randrange(0, 3), "hidden_size": heads * rng.choice([4, 8]), "num_heads": heads, "in_channels": rng.choice([1, 3]),
        "patch_size": edge, "image_size": edge * rng.randrange(merge, 6), "spatial_merge_size": merge, "temporal_patch_size": rng.choice([1, 2]),
        "out_hidden_size": rng.randrange(1, 20), "intermediate_size": rng.randrange(1, 20), "attention_bias": rng.random() < 0.5,
    }  # fmt: skip


def glm4v_text(rng: random.Random) -> dict[str, Any]:
    drawn, each = without(of_language("glm4", rng), "head_dim", "attention_bias"), rng.choice([4, 8])
    return drawn | {"model_type": "glm4v_text", "hidden_size": each * drawn["num_attention_heads"]}


def glm4v(rng: random.Random) -> dict[str, Any]:
    return {
        "vision_config": glm4v_vision(rng),
        "text_config": glm4v_text(rng),
        "tie_word_embeddings": rng.random() < 0.5,
    }


def aya_vision(rng: random.Random) -> dict[str, Any]:
    words = of_language("cohere2", rng)
    return {
        "text_config": words | {"hidden_size": 2 * words["hidden_size"]}, "vision_config": square(rng, 4) | {"vision_use_head": rng.random() < 0.5, "model_type": "siglip_vision_model"},
        "downsample_factor": rng.choice([1, 2]), "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def kimi_k25(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2])
    width = heads * rng.choice([4, 8])
    tower = {
        "hidden_size": width, "intermediate_size": rng.randrange(1, 20), "num_hidden_layers": rng.randrange(1, 3), "num_attention_heads": heads,
        "patch_size": rng.choice([2, 4]), "pos_emb_height": rng.randrange(2, 6), "pos_emb_width": rng.randrange(2, 6), "merge_kernel_size": rng.choice([[2, 2], [1, 2], [1, 1]]),
    }  # fmt: skip
    return {
        "text_config": of_language("deepseek_v3", rng) | {"q_lora_rank": rng.randrange(1, 9)}, "vision_config": tower, "projection_hidden_size": width, "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def blip_vision(rng: random.Random) -> dict[str, Any]:
    return without(eye(rng), "num_channels")


def blip_text(rng: random.Random) -> dict[str, Any]:
    return sentences(rng) | {
        "encoder_hidden_size": rng.randrange(1, 20),
        "sep_token_id": 1,
        "num_hidden_layers": rng.randrange(1, 4),
        "tie_word_embeddings": rng.random() < 0.5,
    }


def blip(rng: random.Random) -> dict[str, Any]:
    words = blip_text(rng)
    return {
        "vision_config": blip_vision(rng) | {key: words[key] for key in ("hidden_size", "num_attention_heads")}, "text_config": words,
        "image_text_hidden_size": rng.randrange(1, 20), "projection_dim": rng.randrange(1, 20), "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def aria_text(rng: random.Random) -> dict[str, Any]:
    drawn, number = language("llama", rng), rng.randrange(1, 5)
    return drawn | {
        "model_type": "aria_text", "moe_num_experts": number, "moe_topk": rng.randrange(1, number + 1), "moe_num_shared_experts": rng.randrange(1, 4),
        "pad_token_id": 0, "mlp_bias": rng.random() < 0.5,
    }  # fmt: skip


def aria(rng: random.Random) -> dict[str, Any]:
    tower, words = square(rng, 4), aria_text(rng)
    words.pop("tie_word_embeddings", None)
    return {
        "vision_config": tower | {"model_type": "idefics3_vision"}, "text_config": words, "tie_word_embeddings": rng.random() < 0.5,
        "projector_patch_to_query_dict": {"16": rng.randrange(1, 9), "64": rng.randrange(1, 9)},
    }  # fmt: skip


def git(rng: random.Random) -> dict[str, Any]:
    return without(sentences(rng), "pad_token_id") | {
        "vision_config": square(rng, 4), "num_image_with_embedding": rng.choice([None, 1, 3]), "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def idefics2(rng: random.Random) -> dict[str, Any]:
    kv = rng.choice([1, 2])
    reading = {
        "resampler_n_latents": rng.randrange(1, 9), "resampler_depth": rng.randrange(0, 4), "resampler_n_heads": kv * rng.choice([1, 2]),
        "resampler_head_dim": rng.choice([2, 4, 6]), "num_key_value_heads": kv,
    }  # fmt: skip
    return {
        "vision_config": square(rng, 4), "text_config": of_language(rng.choice(["mistral", "llama"]), rng),
        "perceiver_config": reading, "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def lfm2_vl(rng: random.Random) -> dict[str, Any]:
    seen = without(eye(rng), "image_size") | {
        "model_type": "siglip2_vision_model",
        "num_patches": 16,
        "vision_use_head": rng.random() < 0.5,
    }
    return {
        "vision_config": seen, "text_config": of_language("lfm2", rng), "projector_hidden_size": rng.randrange(1, 20), "downsample_factor": rng.choice([1, 2]),
        **flags(rng, "projector_bias projector_use_layernorm tie_word_embeddings"),
    }  # fmt: skip


def glm4v_moe(rng: random.Random) -> dict[str, Any]:
    words = without(of_language("glm4_moe", rng), "use_qk_norm") | {"model_type": "glm4v_moe_text"}
    return {
        "vision_config": glm4v_vision(rng),
        "text_config": words,
        "tie_word_embeddings": rng.random() < 0.5,
    }


def glm_ocr_text(rng: random.Random) -> dict[str, Any]:
    drawn, each = of_language("glm4", rng), rng.choice([2, 4])
    size = {"head_dim": rng.choice([2, 6])} if rng.random() < 0.5 else {}
    width = {"hidden_size": each * drawn["num_attention_heads"], "model_type": "glm_ocr_text"}
    return without(drawn, "head_dim", "attention_bias") | width | size


def glm_ocr(rng: random.Random) -> dict[str, Any]:
    return {
        "vision_config": glm4v_vision(rng) | {"model_type": "glm_ocr_vision"},
        "text_config": glm_ocr_text(rng),
        "tie_word_embeddings": rng.random() < 0.5,
    }


def glm46v(rng: random.Random) -> dict[str, Any]:
    drawn = glm4v(rng)
    return drawn | {"vision_config": drawn["vision_config"] | {"model_type": "glm4v_vision"}}


def florence_vision(rng: random.Random) -> dict[str, Any]:
    stages = rng.randrange(1, 4)
    groups, heads = [rng.choice([1, 2]) for _ in range(stages)], [rng.choice([1, 2]) for _ in range(stages)]
    return {
        "in_channels": rng.choice([1, 3]), "depths": [rng.randrange(0, 3) for _ in range(stages)], "patch_size": [rng.choice([3, 7]) for _ in range(stages)],
        "patch_stride": [rng.choice([2, 4]) for _ in range(stages)], "patch_padding": [rng.choice([1, 3]) for _ in range(stages)],
        "patch_prenorm": [rng.random() < 0.5 for _ in range(stages)], "embed_dim": [4 * rng.randrange(1, 5) for _ in range(stages)], "num_heads": heads,
        "num_groups": groups, "window_size": rng.choice([5, 7, 12]), "mlp_ratio": rng.choice([2.0, 2.5, 4.0]), "qkv_bias": rng.random() < 0.5,
        "drop_path_rate": 0.0,
    }  # fmt: skip


def florence2(rng: random.Random) -> dict[str, Any]:
    words = of_language("bart", rng)
    places = {"max_temporal_embeddings": rng.randrange(1, 9), "max_position_embeddings": rng.randrange(1, 60)}
    return {
        "vision_config": florence_vision(rng) | places | {"projection_dim": words["d_model"]}, "text_config": words,
        "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


FAMILIES: Families = {
    "florence_vision": ("Florence2VisionBackbone", florence_vision),
    "florence2": ("Florence2Model Florence2ForConditionalGeneration", florence2),
    "git_vision_model": ("GitVisionModel", lambda rng: square(rng, 4)),
    "git": ("GitModel GitForCausalLM", git),
    "idefics2": ("Idefics2Model Idefics2ForConditionalGeneration", idefics2),
    "blip_2_vision_model": ("Blip2VisionModel", _eva),
    "blip_2_qformer": ("Blip2QFormerModel", blip_2_qformer),
    "blip_2": ("Blip2Model Blip2ForConditionalGeneration", blip_2),
    "instructblip_vision_model": ("InstructBlipVisionModel", _eva),
    "instructblip_qformer": ("InstructBlipQFormerModel", qformer),
    "instructblip": ("InstructBlipModel InstructBlipForConditionalGeneration", instructblip),
    "mllama_vision_model": ("MllamaVisionModel", mllama_vision),
    "mllama_text_model": ("MllamaTextModel MllamaForCausalLM", mllama_text),
    "glm4v_vision": ("Glm4vVisionModel", glm4v_vision),
    "glm4v_text": ("Glm4vTextModel", glm4v_text),
    "glm4v": ("Glm4vModel Glm4vForConditionalGeneration", glm4v),
    "kimi_k25": ("Kimi_K25ForConditionalGeneration", kimi_k25),
    "blip_vision_model": ("BlipVisionModel", blip_vision),
    "blip_text_model": ("BlipTextModel BlipTextLMHeadModel", blip_text),
    "blip": ("BlipModel BlipForQuestionAnswering BlipForImageTextRetrieval BlipForConditionalGeneration", blip),
    "aria_text": ("AriaTextModel AriaTextForCausalLM", aria_text),
    "aria": ("AriaModel AriaForConditionalGeneration", aria),
    "lfm2_vl": ("Lfm2VlModel Lfm2VlForConditionalGeneration", lfm2_vl),
    "glm4v_moe": ("Glm4vMoeModel Glm4vMoeForConditionalGeneration", glm4v_moe),
    "glm_ocr_vision": ("GlmOcrVisionModel", glm4v_vision),
    "glm_ocr_text": ("GlmOcrTextModel", glm_ocr_text),
    "glm_ocr": ("GlmOcrModel GlmOcrForConditionalGeneration", glm_ocr),
    "glm46v": ("Glm46VModel Glm46VForConditionalGeneration", glm46v),
    "aya_vision": ("AyaVisionModel AyaVisionForConditionalGeneration", aya_vision),
    "mllama": ("MllamaModel MllamaForConditionalGeneration", mllama),
}
COUNTED = {
    "blip_2_vision_model": "Blip2VisionModel",
    "git_vision_model": "GitVisionModel",
    "git": "GitForCausalLM",
}
