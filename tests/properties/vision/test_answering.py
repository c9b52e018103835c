"""MACs of models that answer to pictures, whole, against torch's own counter: 128 tokens, those of a picture among them."""

from __future__ import annotations

import random
from typing import Any

import pytest

from netledger.ledger import keep_books
from netledger.sources.configs import network_of
from tests.properties.vision.answering import florence2, glm4v_vision, idefics2
from tests.torchvision_support import import_torchvision

torch = pytest.importorskip("torch")
import_torchvision()
transformers = pytest.importorskip("transformers")

FLORENCE, IDEFICS = "Florence2ForConditionalGeneration", "Idefics2ForConditionalGeneration"


def check(architecture: str, family: str, values: dict[str, Any], places: int, **read: Any) -> None:
    """``places`` of 128 tokens stand for the picture."""
    from torch.utils.flop_counter import FlopCounterMode

    built = getattr(transformers, architecture)
    mark = values["image_token_id"]
    ids = torch.tensor([[mark] * places + [0] * (128 - places)])
    with torch.no_grad():
        config = built.config_class(**values)
        model = built._from_config(config, attn_implementation="eager").eval().requires_grad_(False)
        with FlopCounterMode(display=False) as counter:
            model(input_ids=ids, **read)
    ledger = keep_books(network_of({**values, "model_type": family, "architectures": [architecture]}, "drawn"))
    assert ledger.totals.macs == counter.get_total_flops() // 2, values


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
    from torch.utils.flop_counter import FlopCounterMode
    from transformers.models.glm_ocr.modeling_glm_ocr import GlmOcrVisionModel

    rng = random.Random("glm_ocr")
    for _ in range(3):
        values = glm4v_vision(rng)
        edge, merge = values["patch_size"], values["spatial_merge_size"]
        side = values["image_size"] // edge // merge * merge
        patches = torch.zeros(side * side, values["in_channels"] * values["temporal_patch_size"] * edge * edge)
        config = GlmOcrVisionModel.config_class(**values)
        model = GlmOcrVisionModel._from_config(config, attn_implementation="eager").eval()
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            model(patches, grid_thw=torch.tensor([[1, side, side]]))
        named = {**values, "model_type": "glm_ocr_vision", "architectures": ["GlmOcrVisionModel"]}
        assert keep_books(network_of(named, "drawn")).totals.macs == counter.get_total_flops() // 2, values


def test_glm_ocr_has_0_9b_without_its_tables_of_words() -> None:
    """Its card's 0.9B leaves out both: 2·59,392·1,536 of its parameters (the sizes of zai-org/GLM-OCR's config.json)."""
    words = {"hidden_size": 1536, "intermediate_size": 4608, "head_dim": 128}
    named = {"model_type": "glm_ocr", "architectures": ["GlmOcrForConditionalGeneration"], "text_config": words}
    found = keep_books(network_of(named, "published")).totals.parameters
    assert round((int(found) - 2 * 59_392 * 1536) / 1e9, 1) == 0.9
