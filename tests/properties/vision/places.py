"""Models that say something of every place of a picture: masks, depths, boxes."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.families_more import biased_tower
from tests.properties.families_with_pictures import detr, dinov2
from tests.properties.vision.drawing import Families, eye, flags, prompted, sentences, without


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
    prompts_and_masks = prompted(rng, width, heads, seen["image_size"], seen["patch_size"], 2)
    return {"vision_config": seen | {"output_channels": width, "num_pos_feats": width // 2}} | prompts_and_masks


def backbone(rng: random.Random, layers: int) -> dict[str, Any]:
    """An eye of whose layers some are read."""
    drawn = dinov2(rng) | {
        "num_hidden_layers": layers,
        "model_type": "dinov2",
        "image_size": 4 * rng.randrange(2, 5),
        "patch_size": 4,
    }
    return drawn | {"reshape_hidden_states": False}


def necks(rng: random.Random, levels: int) -> dict[str, Any]:
    return {
        "reassemble_factors": sorted([rng.choice([4, 2, 1, 0.5]) for _ in range(levels)], reverse=True), "fusion_hidden_size": 2 * rng.randrange(1, 6),
        "neck_hidden_sizes": [rng.randrange(1, 9) for _ in range(levels)],
    }  # fmt: skip


def depth_anything(rng: random.Random) -> dict[str, Any]:
    levels = rng.randrange(1, 5)
    eye_config = backbone(rng, levels) | {"out_indices": list(range(1, levels + 1))}
    return necks(rng, levels) | {
        "backbone_config": eye_config, "patch_size": 4, "reassemble_hidden_size": eye_config["hidden_size"], "head_hidden_size": rng.randrange(1, 9),
    }  # fmt: skip


def dpt(rng: random.Random) -> dict[str, Any]:
    levels = rng.randrange(1, 5)
    drawn = (
        biased_tower(rng)
        | necks(rng, levels)
        | {"num_hidden_layers": levels, "backbone_out_indices": list(range(levels))}
    )
    return drawn | {
        "image_size": drawn["patch_size"] * rng.randrange(2, 5), "readout_type": rng.choice(["ignore", "add", "project"]), "num_labels": rng.randrange(1, 9),
        "use_bias_in_fusion_residual": rng.choice([None, False, True]), **flags(rng, "use_batch_norm_in_fusion_residual use_auxiliary_head"),
        **rng.choice([{}, {"add_projection": True, "fusion_hidden_size": 256}]),
    }  # fmt: skip


def beit(rng: random.Random) -> dict[str, Any]:
    drawn = eye(rng) | {"num_hidden_layers": 4, "out_indices": [1, 2, 3, 4]}
    return drawn | {
        "vocab_size": rng.randrange(3, 50), "image_size": drawn["patch_size"] * rng.randrange(2, 5), "layer_scale_init_value": rng.choice([0.0, 0.1]),
        "pool_scales": [rng.randrange(1, 4) for _ in range(rng.randrange(1, 4))], "auxiliary_channels": rng.randrange(1, 9),
        "auxiliary_num_convs": rng.randrange(1, 4), "num_labels": rng.randrange(1, 9),
        **flags(rng, "use_mask_token use_absolute_position_embeddings use_relative_position_bias use_shared_relative_position_bias use_mean_pooling"),
        **flags(rng, "use_auxiliary_head auxiliary_concat_input"),
    }  # fmt: skip


def rt_detr_resnet(rng: random.Random) -> dict[str, Any]:
    sort, stem = rng.choice(["basic", "bottleneck"]), rng.choice([4, 8])
    sizes = [4 * rng.randrange(1, 4) for _ in range(3)]
    return {
        "num_channels": rng.choice([1, 3]), "embedding_size": stem, "hidden_sizes": [stem if sort == "basic" else rng.choice([4, 8, 12]), *sizes],
        "depths": [rng.randrange(1, 3) for _ in range(4)], "layer_type": sort, "downsample_in_bottleneck": rng.random() < 0.5,
    }  # fmt: skip


def rt_detr(rng: random.Random) -> dict[str, Any]:
    eye_config = rt_detr_resnet(rng) | {"model_type": "rt_detr_resnet", "out_features": ["stage2", "stage3", "stage4"]}
    heads, upper = rng.choice([1, 2]), rng.choice([1, 2])
    width = 8 * heads
    return {
        "backbone_config": eye_config, "encoder_in_channels": eye_config["hidden_sizes"][1:], "encoder_hidden_dim": width, "encoder_layers": rng.randrange(0, 3),
        "encoder_ffn_dim": rng.randrange(1, 20), "encoder_attention_heads": heads, "hidden_expansion": rng.choice([0.5, 1.0]), "d_model": 8 * upper,
        "num_queries": rng.randrange(1, 20), "decoder_in_channels": [width] * 3, "decoder_ffn_dim": rng.randrange(1, 20), "decoder_n_points": rng.randrange(1, 5),
        "decoder_layers": rng.randrange(1, 4), "decoder_attention_heads": upper, "num_denoising": rng.choice([0, 5]), "num_labels": rng.randrange(1, 9),
        **flags(rng, "learn_initial_query freeze_backbone_batch_norms"),
    }  # fmt: skip


def deformable_detr(rng: random.Random) -> dict[str, Any]:
    drawn = detr(rng)
    heads, upper, levels, refined = rng.choice([1, 2]), rng.choice([1, 2]), rng.choice([1, 3, 4, 5]), rng.random() < 0.5
    read = ["stage4"] if levels == 1 else ["stage2", "stage3", "stage4"]
    return {
        "use_timm_backbone": False, "backbone": None, "backbone_config": drawn["backbone_config"] | {"out_features": read}, "num_queries": rng.randrange(1, 9),
        "d_model": 32, "encoder_attention_heads": heads, "decoder_attention_heads": upper, "encoder_layers": rng.randrange(0, 3),
        "decoder_layers": rng.randrange(2, 4), "encoder_ffn_dim": rng.randrange(1, 20), "decoder_ffn_dim": rng.randrange(1, 20), "num_feature_levels": levels,
        "encoder_n_points": rng.randrange(1, 5), "decoder_n_points": rng.randrange(1, 5), "with_box_refine": refined, "num_labels": rng.randrange(1, 9),
        "two_stage": refined and rng.random() < 0.5, "two_stage_num_proposals": rng.randrange(1, 20),
    }  # fmt: skip


def swin_maps(rng: random.Random) -> dict[str, Any]:
    """A Swin of four stages that are all read."""
    heads = [rng.choice([1, 2]) for _ in range(4)]
    return {
        "model_type": "swin", "embed_dim": 4 * rng.randrange(1, 4), "depths": [rng.randrange(1, 3) for _ in range(4)], "num_heads": heads,
        "image_size": rng.choice([64, 72]), "window_size": rng.choice([2, 3]), "mlp_ratio": rng.choice([1.0, 2.0]), "qkv_bias": rng.random() < 0.5,
        "out_features": ["stage1", "stage2", "stage3", "stage4"],
    }  # fmt: skip


def mask2former(rng: random.Random) -> dict[str, Any]:
    return {
        "backbone_config": swin_maps(rng), "feature_size": rng.choice([32, 64]), "mask_feature_size": rng.randrange(1, 20), "hidden_dim": rng.choice([32, 64]),
        "encoder_feedforward_dim": rng.randrange(1, 20), "encoder_layers": rng.randrange(0, 3), "decoder_layers": rng.randrange(1, 6),
        "num_attention_heads": rng.choice([1, 2]), "dim_feedforward": rng.randrange(1, 20), "num_queries": rng.randrange(1, 9), "num_labels": rng.randrange(1, 9),
        **flags(rng, "pre_norm enforce_input_projection"),
    }  # fmt: skip


def grounding_dino(rng: random.Random) -> dict[str, Any]:
    heads, upper = rng.choice([2, 4]), rng.choice([1, 2])
    words = sentences(rng) | {"model_type": "bert", "max_position_embeddings": 128}
    return {
        "backbone_config": without(swin_maps(rng), "image_size") | {"out_features": ["stage2", "stage3", "stage4"]}, "text_config": words,
        "num_queries": rng.randrange(1, 9), "d_model": 32, "encoder_attention_heads": heads, "decoder_attention_heads": upper,
        "encoder_layers": rng.randrange(0, 3), "decoder_layers": rng.randrange(2, 4), "encoder_ffn_dim": heads * rng.randrange(1, 9),
        "decoder_ffn_dim": rng.randrange(1, 20), "num_feature_levels": rng.choice([3, 4, 5]), "encoder_n_points": rng.randrange(1, 5),
        "decoder_n_points": rng.randrange(1, 5), "two_stage": rng.random() < 0.5, "decoder_bbox_embed_share": rng.random() < 0.5,
    }  # fmt: skip


FAMILIES: Families = {
    "table_transformer": ("TableTransformerModel TableTransformerForObjectDetection", detr),
    "sam_vision_model": ("SamVisionModel", sam_vision),
    "sam": ("SamModel", sam),
    "rt_detr_resnet": ("RTDetrResNetBackbone", rt_detr_resnet),
    "rt_detr": ("RTDetrModel RTDetrForObjectDetection", rt_detr),
    "conditional_detr": ("ConditionalDetrModel ConditionalDetrForObjectDetection", detr),
    "grounding_dino": ("GroundingDinoModel GroundingDinoForObjectDetection", grounding_dino),
    "deformable_detr": ("DeformableDetrModel DeformableDetrForObjectDetection", deformable_detr),
    "mask2former": ("Mask2FormerModel Mask2FormerForUniversalSegmentation", mask2former),
    "depth_anything": ("DepthAnythingForDepthEstimation", depth_anything),
    "dpt": ("DPTModel DPTForDepthEstimation DPTForSemanticSegmentation", dpt),
    "beit": ("BeitForSemanticSegmentation BeitForMaskedImageModeling BeitModel BeitForImageClassification", beit),
}
COUNTED = {
    "table_transformer": "TableTransformerForObjectDetection",
    "sam_vision_model": "SamVisionModel",
    "sam": "SamModel",
    "dpt": "DPTForDepthEstimation",
    "beit": "BeitForSemanticSegmentation",
    "mask2former": "Mask2FormerForUniversalSegmentation",
    "rt_detr": "RTDetrForObjectDetection",
    "deformable_detr": "DeformableDetrForObjectDetection",
    "grounding_dino": "GroundingDinoForObjectDetection",
    "conditional_detr": "ConditionalDetrForObjectDetection",
}
