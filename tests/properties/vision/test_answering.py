"""MACs of models that answer to pictures, whole, against torch's own counter: 128 tokens, those of a picture among them."""

from __future__ import annotations

import random
from typing import Any

import pytest

from netledger.ledger import keep_books
from netledger.sources.configs import network_of
from tests.properties.test_families_macs import check_macs
from tests.properties.vision.answering import florence2, glm4v_vision, idefics2

torch = pytest.importorskip("torch")

FLORENCE, IDEFICS = "Florence2ForConditionalGeneration", "Idefics2ForConditionalGeneration"


def check(architecture: str, family: str, values: dict[str, Any], places: int, **read: Any) -> None:
    """``places`` of 128 tokens stand for the picture."""
    ids = torch.tensor([[values["image_token_id"]] * places + [0] * (128 - places)])
    check_macs(family, architecture, values, lambda _: {"input_ids": ids, **read})


def test_florence2() -> None:
    rng, compared = random.Random("florence2"), 0
    while compared < 3:
        values = florence2(rng) | {"image_token_id": 1}
        seen = values["vision_config"] | {"image_size": 96, "max_position_embeddings": 60}
        side = 96
        for kernel, stride, padding in zip(
            seen["patch_size"], seen["patch_stride"], seen["patch_padding"], strict=True
        ):
            side = (side + 2 * padding - kernel) // stride + 1
        values |= {"vision_config": seen, "text_config": values["text_config"] | {"max_position_embeddings": 128}}
        picture = torch.zeros(1, seen["in_channels"], 96, 96)
        if side * side < 128:
            places, told = side * side + 1, torch.zeros(1, 128, dtype=torch.long)
            check(FLORENCE, "florence2", values, places, pixel_values=picture, decoder_input_ids=told)
            compared += 1


def test_idefics2() -> None:
    rng = random.Random("idefics2")
    for _ in range(3):
        values = idefics2(rng) | {"image_token_id": 1}
        seen, latents = values["vision_config"], values["perceiver_config"]["resampler_n_latents"]
        side = seen["image_size"]
        picture = torch.ones(1, 1, seen["num_channels"], side, side)  # one that is black all over counts as none
        check(IDEFICS, "idefics2", values, latents, pixel_values=picture)


def test_the_eye_of_glm_ocr() -> None:
    from transformers.models.glm_ocr import modeling_glm_ocr

    rng = random.Random("glm_ocr")
    for _ in range(3):
        values = glm4v_vision(rng)
        edge, merge = values["patch_size"], values["spatial_merge_size"]
        side = values["image_size"] // edge // merge * merge
        read = {
            "hidden_states": torch.zeros(side * side, values["in_channels"] * values["temporal_patch_size"] * edge**2),
            "grid_thw": torch.tensor([[1, side, side]]),
        }
        check_macs("glm_ocr_vision", "GlmOcrVisionModel", values, lambda _, read=read: read, modeling_glm_ocr)


def test_glm_ocr_has_0_9b_without_its_tables_of_words() -> None:
    """Its card's 0.9B leaves out both: 2·59,392·1,536 of its parameters (the sizes of zai-org/GLM-OCR's config.json)."""
    words = {"hidden_size": 1536, "intermediate_size": 4608, "head_dim": 128}
    named = {"model_type": "glm_ocr", "architectures": ["GlmOcrForConditionalGeneration"], "text_config": words}
    found = keep_books(network_of(named, "published")).totals.parameters
    assert round((int(found) - 2 * 59_392 * 1536) / 1e9, 1) == 0.9
