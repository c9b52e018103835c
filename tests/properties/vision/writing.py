"""Models of two networks joined: one reads or sees, the other writes."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.families import bert, gpt2
from tests.properties.families_with_pictures import FAMILIES as PICTURES
from tests.properties.families_with_pictures import swin
from tests.properties.vision.drawing import Families, eye, flags, without


def trocr(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 90), "d_model": heads * rng.choice([4, 6]), "decoder_layers": rng.randrange(0, 3),
        "decoder_attention_heads": heads, "decoder_ffn_dim": rng.randrange(1, 30), "max_position_embeddings": rng.randrange(1, 40),
        "cross_attention_hidden_size": rng.choice([None, 5]), "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
        **flags(rng, "use_learned_position_embeddings layernorm_embedding tie_word_embeddings"),
    }  # fmt: skip


def _pen(rng: random.Random, sort: str, seen: int | None) -> dict[str, Any]:
    """What writes, as it stands inside: it attends to what ``seen`` features wide was read."""
    drawn = {"trocr": trocr, "gpt2": gpt2, "bert": bert, "roberta": bert, "mbart": trocr}[sort](rng)
    if sort == "mbart":
        drawn = without(drawn, "cross_attention_hidden_size", "use_learned_position_embeddings", "layernorm_embedding")
    if sort == "trocr":
        drawn["cross_attention_hidden_size"] = rng.choice([None, seen])
    return drawn | {"model_type": sort, "is_decoder": True, "add_cross_attention": True}


def vision_encoder_decoder(rng: random.Random) -> dict[str, Any]:
    sort = rng.choice(["vit", "deit", "donut-swin"])
    drawn = without(swin(rng), "encoder_stride") if sort == "donut-swin" else eye(rng)
    seen = drawn["embed_dim"] * 2 ** (len(drawn["depths"]) - 1) if sort == "donut-swin" else drawn["hidden_size"]
    written = _pen(rng, rng.choice(["trocr", "mbart", "gpt2", "bert", "roberta"]), seen)
    return {"encoder": drawn | {"model_type": sort}, "decoder": written}


def speech_encoder_decoder(rng: random.Random) -> dict[str, Any]:
    sort = rng.choice(["wav2vec2", "hubert"])
    heard = PICTURES[sort][1](rng) | {"model_type": sort}
    written = _pen(rng, rng.choice(["trocr", "mbart", "gpt2", "bert", "roberta"]), heard["hidden_size"])
    return {"encoder": heard, "decoder": written}


def encoder_decoder(rng: random.Random) -> dict[str, Any]:
    read = bert(rng) | {"model_type": rng.choice(["bert", "roberta"])}
    return {"encoder": read, "decoder": _pen(rng, rng.choice(["bert", "roberta"]), None)}


def _narrow(sort: str, rng: random.Random) -> dict[str, Any]:
    """A language model with pictures, each of whose positions becomes a narrow vector."""
    return {"vlm_config": PICTURES[sort][1](rng) | {"model_type": sort}, "embedding_dim": rng.randrange(1, 20)}


def colpali(rng: random.Random) -> dict[str, Any]:
    return _narrow("paligemma", rng)


def colqwen2(rng: random.Random) -> dict[str, Any]:
    return _narrow(rng.choice(["qwen2_vl", "qwen2_5_vl"]), rng)


FAMILIES: Families = {
    "colpali": ("ColPaliForRetrieval", colpali),
    "colqwen2": ("ColQwen2ForRetrieval", colqwen2),
    "trocr": ("TrOCRForCausalLM", trocr),
    "vision_encoder_decoder": ("VisionEncoderDecoderModel", vision_encoder_decoder),
    "speech_encoder_decoder": ("SpeechEncoderDecoderModel", speech_encoder_decoder),
    "encoder_decoder": ("EncoderDecoderModel", encoder_decoder),
}
COUNTED: dict[str, str] = {}
