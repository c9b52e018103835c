"""Towers that look at pictures or films: one sequence of patches, or convolutions."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.families_more import biased_tower
from tests.properties.vision.drawing import Families, eye, flags


def decoded(rng: random.Random) -> dict[str, Any]:
    """A small decoder that draws what an eye did not see."""
    heads = rng.choice([1, 2])
    return {
        "decoder_num_attention_heads": heads, "decoder_hidden_size": 8 * heads, "decoder_num_hidden_layers": rng.randrange(0, 3),
        "decoder_intermediate_size": rng.randrange(1, 20),
    }  # fmt: skip


def vit_mae(rng: random.Random) -> dict[str, Any]:
    drawn = biased_tower(rng)
    return (
        drawn
        | decoded(rng)
        | {"mask_ratio": rng.choice([0.75, 0.5, 0.1]), "hidden_size": 8 * drawn["num_attention_heads"]}
    )


def film(rng: random.Random) -> dict[str, Any]:
    return eye(rng) | {"num_frames": rng.choice([2, 4]), "patch_size": 4, "image_size": 4 * rng.randrange(1, 4)}


def videomae(rng: random.Random) -> dict[str, Any]:
    return film(rng) | decoded(rng) | {"tubelet_size": rng.choice([1, 2]), **flags(rng, "qv_bias use_mean_pooling")}


def timesformer(rng: random.Random) -> dict[str, Any]:
    sorts = ["divided_space_time", "space_only", "joint_space_time"]
    return film(rng) | {
        "qkv_bias": rng.random() < 0.5,
        "attention_type": rng.choice(sorts),
        "num_hidden_layers": rng.randrange(1, 4),
    }


def yolos(rng: random.Random) -> dict[str, Any]:
    drawn = biased_tower(rng)
    edge = drawn["patch_size"]
    return drawn | {
        "image_size": [edge * rng.randrange(1, 4), edge * rng.randrange(1, 4)], "num_detection_tokens": rng.randrange(1, 9),
        "use_mid_position_embeddings": rng.random() < 0.5, "num_hidden_layers": rng.randrange(1, 4), "num_labels": rng.randrange(1, 9),
    }  # fmt: skip


def dinov3(rng: random.Random) -> dict[str, Any]:
    drawn = eye(rng)
    return drawn | {
        "hidden_size": 8 * drawn["num_attention_heads"], "num_register_tokens": rng.randrange(0, 4), "num_hidden_layers": rng.randrange(1, 4),
        **flags(rng, "query_bias key_bias value_bias proj_bias mlp_bias use_gated_mlp"),
    }  # fmt: skip


def stages(rng: random.Random) -> dict[str, Any]:
    number = rng.randrange(1, 5)
    return {
        "num_channels": rng.choice([1, 3]), "hidden_sizes": [8 * rng.randrange(1, 4) for _ in range(number)],
        "depths": [rng.randrange(1, 4) for _ in range(number)],
    }  # fmt: skip


def dinov3_convnext(rng: random.Random) -> dict[str, Any]:
    return stages(rng) | {"layer_scale_init_value": rng.choice([0.0, 1e-6]), "image_size": rng.choice([32, 70])}


def regnet(rng: random.Random) -> dict[str, Any]:
    drawn = stages(rng)
    return drawn | {
        "embedding_size": rng.choice([5, 6, 8, 10, 18]), "groups_width": rng.choice([2, 4, 8]), "layer_type": rng.choice(["x", "y"]),
        "downsample_in_first_stage": rng.random() < 0.5,
    }  # fmt: skip


def levit(rng: random.Random) -> dict[str, Any]:
    heads = [rng.choice([1, 2, 4]) for _ in range(3)]
    return {
        "num_channels": rng.choice([1, 3]), "image_size": rng.choice([16, 32, 48]), "hidden_sizes": [8 * rng.randrange(1, 4) for _ in range(3)],
        "num_attention_heads": heads, "depths": [rng.randrange(0, 3) for _ in range(3)], "key_dim": [rng.choice([4, 8]) for _ in range(3)],
        "mlp_ratio": [rng.choice([0, 1, 2]) for _ in range(3)], "attention_ratio": [rng.choice([1, 2, 3]) for _ in range(3)],
        "num_labels": rng.randrange(1, 9),
    }  # fmt: skip


def mobilevit(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "num_channels": rng.choice([1, 3]), "image_size": rng.choice([64, 90, 128]), "patch_size": rng.choice([1, 2, 3]),
        "hidden_sizes": [heads * rng.randrange(1, 9) for _ in range(3)], "neck_hidden_sizes": [rng.randrange(1, 30) for _ in range(7)],
        "num_attention_heads": heads, "mlp_ratio": rng.choice([2.0, 1.5]), "expand_ratio": rng.choice([4.0, 1.5, 2.5, 0.75]),
        "conv_kernel_size": rng.choice([1, 3, 5]), "output_stride": rng.choice([8, 16, 32]), "qkv_bias": rng.random() < 0.5,
        "aspp_out_channels": rng.randrange(1, 20), "atrous_rates": [rng.randrange(1, 5) for _ in range(3)], "num_labels": rng.randrange(1, 9),
    }  # fmt: skip


FAMILIES: Families = {
    "vit_mae": ("ViTMAEModel ViTMAEForPreTraining", vit_mae),
    "videomae": ("VideoMAEModel VideoMAEForPreTraining VideoMAEForVideoClassification", videomae),
    "timesformer": ("TimesformerModel TimesformerForVideoClassification", timesformer),
    "yolos": ("YolosModel YolosForObjectDetection", yolos),
    "dinov3_vit": ("DINOv3ViTModel DINOv3ViTBackbone", dinov3),
    "dinov3_convnext": ("DINOv3ConvNextBackbone DINOv3ConvNextModel", dinov3_convnext),
    "regnet": ("RegNetModel RegNetForImageClassification", regnet),
    "levit": ("LevitModel LevitForImageClassification LevitForImageClassificationWithTeacher", levit),
    "mobilevit": ("MobileViTModel MobileViTForImageClassification MobileViTForSemanticSegmentation", mobilevit),
}
COUNTED = {
    "vit_mae": "ViTMAEForPreTraining",
    "videomae": "VideoMAEForVideoClassification",
    "timesformer": "TimesformerForVideoClassification",
    "yolos": "YolosForObjectDetection",
    "dinov3_vit": "DINOv3ViTModel",
    "dinov3_convnext": "DINOv3ConvNextModel",
    "regnet": "RegNetForImageClassification",
    "levit": "LevitForImageClassification",
    "mobilevit": "MobileViTForSemanticSegmentation",
}
