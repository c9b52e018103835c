"""SAM 2: Hiera's stages, prompts, masks, and what it remembers of a film."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.vision.drawing import Families, flags, prompted


def hiera(rng: random.Random) -> dict[str, Any]:
    """Four stages of a picture of 16 places a side, each half as many and wider than the one before."""
    heads = [rng.choice([1, 2]) for _ in range(4)]
    widths = [8 * (s + 1) for s in range(4)]
    depths = [rng.randrange(1, 4) for _ in range(4)]
    around = rng.choice([2, 3])
    inside = [i for i in range(sum(depths)) if i not in (sum(depths[:s]) for s in range(4))]
    return {
        "hidden_size": widths[0], "num_channels": rng.choice([1, 3]), "image_size": [64, 64], "patch_kernel_size": [2 * around + 1] * 2,
        "patch_stride": [4, 4], "patch_padding": [around] * 2, "blocks_per_stage": depths, "embed_dim_per_stage": widths,
        "num_attention_heads_per_stage": heads, "window_size_per_stage": [rng.choice([4, 8]), rng.choice([4, 6, 8]), rng.choice([4, 6]), 2],
        "window_positional_embedding_background_size": [rng.randrange(1, 9)] * 2, "mlp_ratio": rng.choice([2.0, 4.0, 2.5]),
        "global_attention_blocks": rng.sample(inside, min(len(inside), rng.randrange(0, 3))), "num_query_pool_stages": 3,
    }  # fmt: skip


def sam2_vision(rng: random.Random) -> dict[str, Any]:
    drawn = hiera(rng) | {"model_type": "sam2_hiera_det_model"}
    return {
        "backbone_config": drawn, "backbone_channel_list": drawn["embed_dim_per_stage"][::-1], "fpn_hidden_size": 8 * rng.randrange(1, 4),
        "backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]], "fpn_top_down_levels": rng.choice([[2, 3], [0, 1, 2, 3], []]),
    }  # fmt: skip


def sam2(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2])
    width = 8 * heads * rng.randrange(1, 4)
    seen = sam2_vision(rng) | {"fpn_hidden_size": width, "model_type": "sam2_vision_model"}
    return {"vision_config": seen} | prompted(rng, width, heads, 64, 16, 4)


def sam2_video(rng: random.Random) -> dict[str, Any]:
    drawn, width = sam2(rng), rng.choice([128, 192])
    for part, key in (
        ("vision", "fpn_hidden_size"),
        ("prompt_encoder", "hidden_size"),
        ("mask_decoder", "hidden_size"),
    ):
        drawn[f"{part}_config"][key] = width
    strides = rng.choice(
        [{}, {"mask_downsampler_stride": 4, "mask_downsampler_kernel_size": 5, "mask_downsampler_padding": 2}]
    )
    widths = ("memory_attention_hidden", "memory_encoder_hidden")
    return drawn | strides | dict.fromkeys([f"{name}_size" for name in widths], width) | {
        "image_size": 64, "num_maskmem": rng.randrange(1, 9), "mask_downsampler_embed_dim": width, "memory_fuser_embed_dim": width,
        "memory_attention_num_layers": rng.randrange(1, 4), "memory_attention_downsample_rate": rng.choice([1, 2]),
        "memory_attention_feed_forward_hidden_size": rng.randrange(1, 40), "memory_fuser_num_layers": rng.randrange(0, 3),
        "memory_attention_rope_feat_sizes": [4, 4], "memory_fuser_intermediate_dim": rng.randrange(1, 40),
        **flags(rng, "enable_occlusion_spatial_embedding enable_temporal_pos_encoding_for_object_pointers"),
    }  # fmt: skip


FAMILIES: Families = {
    "sam2_hiera_det_model": ("Sam2HieraDetModel", hiera),
    "sam2_vision_model": ("Sam2VisionModel", sam2_vision),
    "sam2": ("Sam2Model", sam2),
    "sam2_video": ("Sam2VideoModel", sam2_video),
}
