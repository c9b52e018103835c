"""Models that say something of every place of a picture: masks, depths, boxes."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.vision.drawing import Families, eye, flags


def sam_vision(rng: random.Random) -> dict[str, Any]:
    drawn = eye(rng)
    drawn.pop("intermediate_size")
    return drawn | {
        "output_channels": rng.randrange(1, 9), "mlp_dim": rng.choice([None, 7]), "mlp_ratio": rng.choice([2.0, 4.0, 2.5]),
        "window_size": rng.randrange(1, 4), "global_attn_indexes": rng.choice([[], [0], [1, 2]]), **flags(rng, "qkv_bias use_abs_pos use_rel_pos"),
    }  # fmt: skip


def sam(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2])
    seen, width = sam_vision(rng), 8 * heads * rng.randrange(1, 4)
    return {
        "vision_config": seen | {"output_channels": width, "num_pos_feats": width // 2},
        "prompt_encoder_config": {
            "hidden_size": width, "image_size": seen["image_size"], "patch_size": seen["patch_size"], "mask_input_channels": rng.choice([4, 6, 16]),
            "num_point_embeddings": rng.randrange(2, 6),
        },
        "mask_decoder_config": {
            "hidden_size": width, "mlp_dim": rng.randrange(1, 30), "num_hidden_layers": rng.randrange(0, 3), "num_attention_heads": heads,
            "attention_downsample_rate": rng.choice([1, 2, 4]), "num_multimask_outputs": rng.randrange(1, 4), "iou_head_depth": rng.randrange(2, 5),
            "iou_head_hidden_dim": rng.randrange(1, 20),
        },
    }  # fmt: skip


FAMILIES: Families = {
    "sam_vision_model": ("SamVisionModel", sam_vision),
    "sam": ("SamModel", sam),
}
COUNTED = {"sam_vision_model": "SamVisionModel", "sam": "SamModel"}
