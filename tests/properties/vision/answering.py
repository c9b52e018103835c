"""Models that answer with words to pictures."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.vision.drawing import Families, eye, language


def _eva(rng: random.Random) -> dict[str, Any]:
    drawn = eye(rng) | {"qkv_bias": rng.random() < 0.5}
    drawn.pop("num_channels")
    return drawn


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


FAMILIES: Families = {
    "blip_2_vision_model": ("Blip2VisionModel", _eva),
    "blip_2_qformer": ("Blip2QFormerModel", blip_2_qformer),
    "blip_2": ("Blip2Model Blip2ForConditionalGeneration", blip_2),
    "instructblip_vision_model": ("InstructBlipVisionModel", _eva),
    "instructblip_qformer": ("InstructBlipQFormerModel", qformer),
    "instructblip": ("InstructBlipModel InstructBlipForConditionalGeneration", instructblip),
    "mllama_vision_model": ("MllamaVisionModel", mllama_vision),
    "mllama_text_model": ("MllamaTextModel MllamaForCausalLM", mllama_text),
    "mllama": ("MllamaModel MllamaForConditionalGeneration", mllama),
}
COUNTED = {"blip_2_vision_model": "Blip2VisionModel"}
