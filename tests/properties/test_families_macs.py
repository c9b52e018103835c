"""MACs of families of pictures and sound against torch's own counter over transformers' model, eager attention."""

from __future__ import annotations

import random
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from netledger.ledger import keep_books
from netledger.sources.configs import network_of
from tests.properties.families_more import TOWERS
from tests.properties.families_with_pictures import FAMILIES as PICTURES
from tests.properties.vision import COUNTED as VISION_COUNTED
from tests.properties.vision import FAMILIES as VISION
from tests.torchvision_support import import_torchvision

torch = pytest.importorskip("torch")
import_torchvision()
transformers = pytest.importorskip("transformers")

FAMILIES = PICTURES | TOWERS | VISION
Inputs = Callable[[Any], dict[str, Any]]


def pictures(config: object) -> dict[str, object]:
    side = getattr(config, "image_size", 512)
    high, wide = (side, side) if isinstance(side, int) else side
    return {"pixel_values": torch.zeros(1, getattr(config, "num_channels", 3), high, wide)}


def film(config: object) -> dict[str, object]:
    whole = pictures(config)["pixel_values"]
    return {"pixel_values": torch.stack([whole] * config.num_frames, dim=1)}  # type: ignore[attr-defined, list-item]


def point(config: object) -> dict[str, object]:
    """A picture, and a point in it."""
    return {
        **pictures(config.vision_config),  # type: ignore[attr-defined]
        "input_points": torch.zeros(1, 1, 1, 2),
        "input_labels": torch.ones(1, 1, 1, dtype=torch.long),
    }


def picture_and_text(config: object) -> dict[str, object]:
    length = config.text_config.max_position_embeddings  # type: ignore[attr-defined]
    ids = {"input_ids": torch.zeros(1, min(length, 128), dtype=torch.long)}
    return {**pictures(config.vision_config), **ids}  # type: ignore[attr-defined]


def words_and_picture(config: object) -> dict[str, object]:
    length = config.max_position_embeddings  # type: ignore[attr-defined]
    return {**pictures(config), "input_ids": torch.zeros(1, length, dtype=torch.long)}


def picture_before_words(config: object) -> dict[str, object]:
    length = min(128, config.max_position_embeddings)  # type: ignore[attr-defined]
    return {**pictures(config.vision_config), "input_ids": torch.zeros(1, length, dtype=torch.long)}  # type: ignore[attr-defined]


def picture_of_800_and_words(config: object) -> dict[str, object]:
    return {**picture_of_800(config), "input_ids": torch.zeros(1, 128, dtype=torch.long)}


def spectrogram(config: object) -> dict[str, object]:
    return {"input_values": torch.zeros(1, config.max_length, config.num_mel_bins)}  # type: ignore[attr-defined]


def backbone_s_picture(config: object) -> dict[str, object]:
    return pictures(config.backbone_config)  # type: ignore[attr-defined]


def picture_of_800(config: object) -> dict[str, object]:
    return {"pixel_values": torch.zeros(1, config.backbone_config.num_channels, 800, 800)}  # type: ignore[attr-defined]


def picture_of_640(config: object) -> dict[str, object]:
    return {"pixel_values": torch.zeros(1, config.backbone_config.num_channels, 640, 640)}  # type: ignore[attr-defined]


def picture_of_224(config: object) -> dict[str, object]:
    return {"pixel_values": torch.zeros(1, config.num_channels, 224, 224)}  # type: ignore[attr-defined]


def sound(config: object) -> dict[str, object]:
    return {"input_values": torch.zeros(1, 16000)}


def words(config: object) -> dict[str, object]:
    length = 128 if config.model_type == "deberta-v2" else config.max_position_embeddings  # type: ignore[attr-defined]
    return {"input_ids": torch.zeros(1, length, dtype=torch.long)}


READS = {
    "sam": point,
    "videomae": film,
    "timesformer": film,
    "regnet": picture_of_224,
    "bit": picture_of_224,
    "vilt": words_and_picture,
    "deformable_detr": picture_of_800,
    "conditional_detr": picture_of_800,
    "grounding_dino": picture_of_800_and_words,
    "mask2former": backbone_s_picture,
    "rt_detr": picture_of_640,
    "table_transformer": picture_of_800,
    "clipseg": picture_and_text,
    "owlvit": picture_and_text,
    "git": picture_before_words,
}
"""What a family reads, where one picture is not all."""
COUNTED = {
    "detr": ("DetrForObjectDetection", picture_of_800),
    "clip_vision_model": ("CLIPVisionModelWithProjection", pictures),
    "clip_text_model": ("CLIPTextModel", words),
    "siglip_vision_model": ("SiglipVisionModel", pictures),
    "siglip_text_model": ("SiglipTextModel", words),
    "dinov2": ("Dinov2ForImageClassification", pictures),
    "convnext": ("ConvNextForImageClassification", pictures),
    "segformer": ("SegformerForSemanticSegmentation", pictures),
    "swin": ("SwinForImageClassification", pictures),
    "wav2vec2": ("Wav2Vec2ForCTC", sound),
    "hubert": ("HubertForCTC", sound),
    "ijepa": ("IJepaForImageClassification", pictures),
    "vit_msn": ("ViTMSNModel", pictures),
    "audio_spectrogram_transformer": ("ASTForAudioClassification", spectrogram),
    "resnet": ("ResNetForImageClassification", picture_of_224),
    "convnextv2": ("ConvNextV2ForImageClassification", pictures),
    "dinov2_with_registers": ("Dinov2WithRegistersForImageClassification", pictures),
    "deberta_v2": ("DebertaV2ForSequenceClassification", words),
    **{family: (architecture, READS.get(family, pictures)) for family, architecture in VISION_COUNTED.items()},
}
FIXED: dict[str, dict[str, object]] = {
    "detr": {"d_model": 8},  # sines and cosines of two axes
    "table_transformer": {"d_model": 8},
    "conditional_detr": {"d_model": 8},
    "grounding_dino": {"two_stage": True},  # without, the class has no values to begin with
    "rt_detr": {"learn_initial_query": False},  # the class builds with it and does not run
    "swin": {"image_size": 72, "window_size": 5, "patch_size": 4},  # 18 a side: windows of 5 are padded
    "donut_swin": {"image_size": 72, "window_size": 5, "patch_size": 4, "use_absolute_embeddings": False},
    "swinv2": {"use_absolute_embeddings": False},  # one place more than patches: the class builds and does not run
    "deberta_v2": {"max_position_embeddings": 130, "position_buckets": -1, "max_relative_positions": -1},
}
"""Sizes with which the class runs: not every configuration that it builds does."""
NEEDS_VALUES = (
    "vilt",
    "detr",
    "table_transformer",
    "deberta_v2",
    "sam",
    "deformable_detr",
    "mask2former",
    "conditional_detr",
    "grounding_dino",
    "florence2",
    "idefics2",
    "glm_ocr_vision",
)
"""Whose forward pass reads numbers from its tensors; these are small."""


def check_macs(
    family: str, architecture: str, values: dict[str, Any], inputs: Inputs, module: ModuleType = transformers
) -> None:
    """A family's MACs are those of its class, which stands in ``module``."""
    from torch.utils.flop_counter import FlopCounterMode

    built = getattr(module, architecture)
    config = built.config_class(**values)
    device = "cpu" if family in NEEDS_VALUES else "meta"  # shapes alone: some of these have 65,536 positions
    with torch.device(device), torch.no_grad():
        model = built._from_config(config, attn_implementation="eager").eval().requires_grad_(False)
        with FlopCounterMode(display=False) as counter:
            model(**inputs(config))
    named = {**values, "model_type": family, "architectures": [architecture]}
    ours = keep_books(network_of(named, "drawn")).totals.macs
    assert ours == counter.get_total_flops() // 2, values


@pytest.mark.parametrize("family", COUNTED)
def test_macs_are_those_that_torch_counts(family: str) -> None:
    architecture, inputs = COUNTED[family]
    rng = random.Random(family)
    for _ in range(3):
        check_macs(family, architecture, FAMILIES[family][1](rng) | FIXED.get(family, {}), inputs)
