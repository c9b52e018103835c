"""Models that compare pictures and words."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.families_with_pictures import clip_text, clip_vision, either, siglip_text
from tests.properties.vision.drawing import Families, eye, sentences, without


def clipseg(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2])
    seen = eye(rng) | {"patch_size": rng.choice([4, 8]), "image_size": 8 * rng.randrange(1, 4), "num_hidden_layers": 3}
    layers = [rng.randrange(0, 3) for _ in range(rng.randrange(1, 4))]
    return {
        **either(rng, "text_config", sentences(rng)), **either(rng, "vision_config", seen), "projection_dim": rng.randrange(1, 20),
        "extract_layers": layers, "reduce_dim": heads * rng.choice([2, 4]), "decoder_num_attention_heads": heads,
        "decoder_intermediate_size": rng.randrange(1, 20), "conditional_layer": rng.randrange(0, len(layers)),
        "use_complex_transposed_convolution": rng.random() < 0.5,
    }  # fmt: skip


def chinese_words(rng: random.Random) -> dict[str, Any]:
    return sentences(rng) | {"type_vocab_size": rng.randrange(1, 4), "num_hidden_layers": rng.randrange(1, 4)}


def chinese_clip(rng: random.Random) -> dict[str, Any]:
    return {
        **either(rng, "text_config", chinese_words(rng)),
        **either(rng, "vision_config", eye(rng)),
        "projection_dim": rng.randrange(1, 20),
    }


def altclip_words(rng: random.Random) -> dict[str, Any]:
    return sentences(rng) | {"type_vocab_size": rng.randrange(1, 4), "project_dim": rng.randrange(1, 20)}


def altclip(rng: random.Random) -> dict[str, Any]:
    return {
        **either(rng, "text_config", altclip_words(rng)),
        **either(rng, "vision_config", eye(rng)),
        "projection_dim": rng.randrange(1, 20),
    }


def vilt(rng: random.Random) -> dict[str, Any]:
    drawn = eye(rng) | sentences(rng)
    return drawn | {
        "modality_type_vocab_size": rng.randrange(2, 4), "type_vocab_size": rng.randrange(1, 4), "qkv_bias": rng.random() < 0.5,
        "num_labels": rng.randrange(1, 9),
    }  # fmt: skip


def owlvit(rng: random.Random) -> dict[str, Any]:
    words = sentences(rng)
    return {"text_config": words, "vision_config": eye(rng), "projection_dim": words["hidden_size"]}


def siglip2_vision(rng: random.Random) -> dict[str, Any]:
    drawn = without(eye(rng), "image_size")
    return drawn | {"num_patches": rng.choice([4, 9, 16]), "vision_use_head": rng.random() < 0.5}


def siglip2(rng: random.Random) -> dict[str, Any]:
    words = sentences(rng)
    shared = {key: words[key] for key in ("hidden_size", "num_attention_heads")}
    return {"text_config": words, "vision_config": siglip2_vision(rng) | shared}


FAMILIES: Families = {
    "clipseg_vision_model": ("CLIPSegVisionModel", lambda rng: without(clip_vision(rng), "projection_dim")),
    "clipseg_text_model": ("CLIPSegTextModel", lambda rng: without(clip_text(rng), "projection_dim")),
    "clipseg": ("CLIPSegModel CLIPSegForImageSegmentation", clipseg),
    "chinese_clip_vision_model": ("ChineseCLIPVisionModel", clip_vision),
    "chinese_clip_text_model": ("ChineseCLIPTextModel", chinese_words),
    "chinese_clip": ("ChineseCLIPModel", chinese_clip),
    "altclip_text_model": ("AltCLIPTextModel", altclip_words),
    "altclip": ("AltCLIPModel", altclip),
    "vilt": (
        "ViltModel ViltForMaskedLM ViltForQuestionAnswering ViltForImageAndTextRetrieval ViltForTokenClassification",
        vilt,
    ),
    "siglip2_vision_model": ("Siglip2VisionModel", siglip2_vision),
    "siglip2_text_model": ("Siglip2TextModel", siglip_text),
    "siglip2": ("Siglip2Model Siglip2ForImageClassification", siglip2),
    "owlvit_vision_model": ("OwlViTVisionModel", eye),
    "owlvit_text_model": ("OwlViTTextModel", sentences),
    "owlvit": ("OwlViTModel OwlViTForObjectDetection", owlvit),
    "owlv2_vision_model": ("Owlv2VisionModel", eye),
    "owlv2_text_model": ("Owlv2TextModel", sentences),
    "owlv2": ("Owlv2Model Owlv2ForObjectDetection", owlvit),
}
COUNTED = {
    "vilt": "ViltForQuestionAnswering",
    "clipseg": "CLIPSegForImageSegmentation",
    "owlvit_vision_model": "OwlViTVisionModel",
    "owlvit": "OwlViTForObjectDetection",
}
