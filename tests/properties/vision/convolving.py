"""Networks of convolutions, or of attention in windows, that look at pictures."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.families_with_pictures import swin
from tests.properties.vision.drawing import Families, flags, without


def mobilenet_v1(rng: random.Random) -> dict[str, Any]:
    return {
        "num_channels": rng.choice([1, 3]), "image_size": rng.choice([33, 64, 224]), "depth_multiplier": rng.choice([1.0, 0.75, 0.5, 0.1, 0.33]),
        "min_depth": rng.choice([1, 8]), "num_labels": rng.randrange(1, 9), "tf_padding": rng.random() < 0.5,
    }  # fmt: skip


def mobilenet_v2(rng: random.Random) -> dict[str, Any]:
    return mobilenet_v1(rng) | {
        "depth_divisible_by": rng.choice([1, 4, 8]), "expand_ratio": rng.choice([6.0, 4, 2.5]), "output_stride": rng.choice([8, 16, 32]),
        **flags(rng, "first_layer_is_expansion finegrained_output"),
    }  # fmt: skip


def efficientnet(rng: random.Random) -> dict[str, Any]:
    stages, divisor, broad = rng.randrange(1, 4), rng.choice([4, 8]), rng.choice([1.0, 0.5, 1.1, 2.0])
    scaled = max(divisor, int(1280 * broad + divisor / 2) // divisor * divisor)
    return {
        "num_channels": rng.choice([1, 3]), "image_size": rng.choice([64, 57]), "width_coefficient": broad, "depth_divisor": divisor,
        "depth_coefficient": rng.choice([1.0, 1.2, 2.0]), "kernel_sizes": [rng.choice([3, 5]) for _ in range(stages)],
        "in_channels": (maps := [32, *[rng.randrange(1, 40) for _ in range(stages)]])[:-1], "out_channels": maps[1:],
        "strides": [rng.choice([1, 2]) for _ in range(stages)], "num_block_repeats": [rng.randrange(1, 3) for _ in range(stages)],
        "expand_ratios": [rng.choice([1, 4, 6]) for _ in range(stages)], "squeeze_expansion_ratio": rng.choice([0.25, 0.5]),
        "depthwise_padding": rng.choice([[], [0, 2]]), "hidden_dim": scaled, "pooling_type": rng.choice(["mean", "max"]),
    }  # fmt: skip


def swinv2(rng: random.Random) -> dict[str, Any]:
    return swin(rng) | {
        "image_size": 4 * rng.randrange(8, 20),
        "pretrained_window_sizes": rng.choice([[0, 0, 0, 0], [6, 6, 6, 6]]),
    }


def bit(rng: random.Random) -> dict[str, Any]:
    stages = rng.randrange(1, 4)
    return {
        "num_channels": rng.choice([1, 3]), "embedding_size": 8 * rng.randrange(1, 3), "hidden_sizes": [8 * rng.randrange(1, 5) for _ in range(stages)],
        "depths": [rng.randrange(1, 3) for _ in range(stages)], "layer_type": rng.choice(["preactivation", "bottleneck"]), "num_groups": rng.choice([1, 2, 8]),
        "global_padding": rng.choice([None, "same"]), "embedding_dynamic_padding": rng.random() < 0.5, "output_stride": rng.choice([8, 32]),
    }  # fmt: skip


FAMILIES: Families = {
    "bit": ("BitModel BitBackbone BitForImageClassification", bit),
    "swinv2": ("Swinv2Model Swinv2ForImageClassification Swinv2ForMaskedImageModeling Swinv2Backbone", swinv2),
    "donut_swin": ("DonutSwinModel DonutSwinForImageClassification", lambda rng: without(swin(rng), "encoder_stride")),
    "mobilenet_v1": ("MobileNetV1Model MobileNetV1ForImageClassification", mobilenet_v1),
    "mobilenet_v2": (
        "MobileNetV2Model MobileNetV2ForImageClassification MobileNetV2ForSemanticSegmentation",
        mobilenet_v2,
    ),
    "efficientnet": ("EfficientNetModel EfficientNetForImageClassification", efficientnet),
}
COUNTED = {
    "bit": "BitForImageClassification",
    "swinv2": "Swinv2ForImageClassification",
    "donut_swin": "DonutSwinForImageClassification",
    "mobilenet_v1": "MobileNetV1ForImageClassification",
    "mobilenet_v2": "MobileNetV2ForSemanticSegmentation",
    "efficientnet": "EfficientNetForImageClassification",
}
