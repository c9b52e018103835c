"""Random configurations for families of pictures, sound, and of several kinds of input."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.families import FAMILIES as OF_LANGUAGE
from tests.properties.families import Draw


def _tower(rng: random.Random) -> dict[str, Any]:
    heads, edge = rng.choice([1, 2, 4]), rng.choice([2, 4])
    return {
        "hidden_size": heads * rng.choice([2, 4, 6]), "num_attention_heads": heads,
        "intermediate_size": rng.randrange(1, 40), "num_hidden_layers": rng.randrange(0, 4), "patch_size": edge,
        "image_size": edge * rng.randrange(1, 5), "num_channels": rng.choice([1, 3]),
    }  # fmt: skip


def _words(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 100), "hidden_size": heads * rng.choice([2, 4, 6]),
        "num_attention_heads": heads, "intermediate_size": rng.randrange(1, 40),
        "num_hidden_layers": rng.randrange(0, 4), "max_position_embeddings": rng.randrange(1, 20),
        "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
    }  # fmt: skip


def clip_vision(rng: random.Random) -> dict[str, Any]:
    return _tower(rng) | {"projection_dim": rng.randrange(1, 20)}


def clip_text(rng: random.Random) -> dict[str, Any]:
    return _words(rng) | {"projection_dim": rng.randrange(1, 20)}


def either(rng: random.Random, key: str, drawn: dict[str, Any]) -> dict[str, Any]:
    """A part's configuration under its key, or under the older one that goes before it."""
    return {key: drawn} if rng.random() < 0.7 else {key: rng.choice([{}, drawn]), key + "_dict": drawn}


def clip(rng: random.Random) -> dict[str, Any]:
    towers = {**either(rng, "vision_config", _tower(rng)), **either(rng, "text_config", _words(rng))}
    return {**towers, "projection_dim": rng.randrange(1, 20)}


def siglip_vision(rng: random.Random) -> dict[str, Any]:
    return _tower(rng) | {"vision_use_head": rng.random() < 0.5}


def siglip_text(rng: random.Random) -> dict[str, Any]:
    return _words(rng) | {"projection_size": rng.choice([None, 5])}


def siglip(rng: random.Random) -> dict[str, Any]:
    words = _words(rng)
    return {
        "vision_config": _tower(rng)
        | {"hidden_size": words["hidden_size"], "num_attention_heads": words["num_attention_heads"]},
        "text_config": words,
    }


def dinov2(rng: random.Random) -> dict[str, Any]:
    drawn = _tower(rng)
    drawn.pop("intermediate_size")
    return drawn | {
        "mlp_ratio": rng.choice([1, 2, 3, 4]), "qkv_bias": rng.random() < 0.5, "use_swiglu_ffn": rng.random() < 0.5,
        "use_mask_token": rng.random() < 0.8,
    }  # fmt: skip


def deberta_v2(rng: random.Random) -> dict[str, Any]:
    return _words(rng) | {
        "num_hidden_layers": rng.randrange(1, 4), "max_position_embeddings": rng.randrange(1, 40), "relative_attention": rng.random() < 0.7,
        "type_vocab_size": rng.choice([0, 0, 2]), "pos_att_type": rng.choice([None, ["p2c", "c2p"], ["c2p"], "p2c|c2p"]),
        "position_biased_input": rng.random() < 0.5, "share_att_key": rng.random() < 0.5,
        "position_buckets": rng.choice([-1, 4]), "norm_rel_ebd": rng.choice(["none", "layer_norm"]),
        "conv_kernel_size": rng.choice([0, 3]), "max_relative_positions": rng.choice([-1, 7]),
    }  # fmt: skip


def wav2vec2(rng: random.Random) -> dict[str, Any]:
    heads, convolutions = rng.choice([1, 2, 4]), rng.randrange(1, 4)
    groups = rng.choice([1, 2])
    return {
        "vocab_size": rng.randrange(3, 40), "hidden_size": heads * rng.choice([2, 4, 6]),
        "num_attention_heads": heads, "num_hidden_layers": rng.randrange(0, 4),
        "intermediate_size": rng.randrange(1, 30), "conv_dim": [2 * rng.randrange(1, 5) for _ in range(convolutions)],
        "conv_kernel": [rng.randrange(1, 6) for _ in range(convolutions)],
        "conv_stride": [rng.randrange(1, 4) for _ in range(convolutions)], "conv_bias": rng.random() < 0.5,
        "feat_extract_norm": rng.choice(["group", "layer"]), "do_stable_layer_norm": rng.random() < 0.5,
        "num_conv_pos_embeddings": rng.randrange(1, 9), "num_conv_pos_embedding_groups": groups,
        "mask_time_prob": rng.choice([0.0, 0.05]), "classifier_proj_size": rng.randrange(1, 9),
        "use_weighted_layer_sum": rng.random() < 0.5,
    }  # fmt: skip


def wav2vec2_adapted(rng: random.Random) -> dict[str, Any]:
    drawn = wav2vec2(rng)
    return drawn | ({"adapter_attn_dim": rng.choice([None, 4])} if drawn["do_stable_layer_norm"] else {})


def hubert(rng: random.Random) -> dict[str, Any]:
    return wav2vec2(rng) | {"feat_proj_layer_norm": rng.random() < 0.5}


def convnext(rng: random.Random) -> dict[str, Any]:
    stages = rng.randrange(1, 4)
    return {
        "num_stages": stages, "hidden_sizes": [rng.randrange(1, 9) for _ in range(stages)],
        "depths": [rng.randrange(0, 3) for _ in range(stages)], "patch_size": rng.choice([2, 4]), "image_size": 64,
        "num_channels": rng.choice([1, 3]), "layer_scale_init_value": rng.choice([0.0, 1e-6]),
    }  # fmt: skip


def swin(rng: random.Random) -> dict[str, Any]:
    stages = rng.randrange(1, 4)
    return {
        "embed_dim": 4 * rng.randrange(1, 4), "depths": [rng.randrange(1, 3) for _ in range(stages)],
        "num_heads": [rng.choice([1, 2, 4]) for _ in range(stages)], "window_size": rng.randrange(2, 8),
        "mlp_ratio": rng.choice([2.0, 4.0, 1.5]), "qkv_bias": rng.random() < 0.5, "patch_size": 4,
        "use_absolute_embeddings": rng.random() < 0.5, "image_size": 4 * rng.randrange(4, 20), "encoder_stride": 4,
    }  # fmt: skip


def segformer(rng: random.Random) -> dict[str, Any]:
    stages = rng.randrange(1, 5)
    heads = [rng.choice([1, 2, 4]) for _ in range(stages)]
    return {
        "num_encoder_blocks": stages, "depths": [rng.randrange(0, 3) for _ in range(stages)],
        "sr_ratios": [rng.choice([1, 2, 4]) for _ in range(stages)],
        "hidden_sizes": [number * rng.randrange(1, 4) for number in heads], "num_attention_heads": heads,
        "patch_sizes": [rng.choice([3, 7]) for _ in range(stages)], "strides": [2 for _ in range(stages)],
        "mlp_ratios": [rng.choice([1, 2, 4]) for _ in range(stages)], "decoder_hidden_size": rng.randrange(1, 9),
        "num_channels": rng.choice([1, 3]),
    }  # fmt: skip


def language(model_type: str, rng: random.Random) -> dict[str, Any]:
    """A language model's own configuration, as it stands inside a larger one."""
    return OF_LANGUAGE[model_type][1](rng) | {"model_type": model_type}


def square(rng: random.Random, side: int) -> dict[str, Any]:
    return _tower(rng) | {"patch_size": 2, "image_size": 2 * side}


def llava(rng: random.Random) -> dict[str, Any]:
    kind = rng.choice(["clip_vision_model", "siglip_vision_model"])
    return {
        "text_config": language(rng.choice(["llama", "mistral", "qwen2"]), rng),
        "vision_config": square(rng, 3) | {"model_type": kind, "num_hidden_layers": 3},
        "tie_word_embeddings": rng.random() < 0.5, "multimodal_projector_bias": rng.random() < 0.5,
        "vision_feature_layer": rng.choice([-2, -1, [-2, -1]]),
        "vision_feature_select_strategy": rng.choice(["default", "full"]),
    }  # fmt: skip


def paligemma(rng: random.Random) -> dict[str, Any]:
    words = language(rng.choice(["gemma", "gemma2"]), rng)
    return {
        "text_config": words, "vision_config": siglip_vision(rng) | {"model_type": "siglip_vision_model"},
        "projection_dim": words["hidden_size"], "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def gemma3(rng: random.Random) -> dict[str, Any]:
    return {
        "text_config": language("gemma3_text", rng), "mm_tokens_per_image": 4,
        "vision_config": square(rng, 4) | {"vision_use_head": rng.random() < 0.5},
        "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def mistral3(rng: random.Random) -> dict[str, Any]:
    tower = square(rng, rng.choice([4, 5]))
    return {
        "text_config": language("mistral", rng), "vision_config": tower | {"model_type": "pixtral", "head_dim": tower["hidden_size"] // tower["num_attention_heads"]},
        "tie_word_embeddings": rng.random() < 0.5, "multimodal_projector_bias": rng.random() < 0.5,
        "spatial_merge_size": rng.choice([1, 2]), "vision_feature_layer": -1,
    }  # fmt: skip


def pixtral(rng: random.Random) -> dict[str, Any]:
    tower = _tower(rng)
    return tower | {"head_dim": tower["hidden_size"] // tower["num_attention_heads"]}


def _qwen_vision(rng: random.Random) -> dict[str, Any]:
    return {
        "depth": rng.randrange(0, 4), "num_heads": rng.choice([1, 2]), "in_channels": rng.choice([1, 3]),
        "patch_size": rng.choice([2, 4]), "spatial_merge_size": rng.choice([1, 2]),
        "temporal_patch_size": rng.choice([1, 2]),
    }  # fmt: skip


def qwen2_vision(rng: random.Random) -> dict[str, Any]:
    return _qwen_vision(rng) | {
        "embed_dim": 8 * rng.randrange(1, 4),
        "hidden_size": rng.randrange(1, 30),
        "mlp_ratio": rng.choice([1, 4]),
    }


def qwen2_5_vision(rng: random.Random) -> dict[str, Any]:
    return _qwen_vision(rng) | {
        "hidden_size": 8 * rng.randrange(1, 4), "out_hidden_size": rng.randrange(1, 30),
        "intermediate_size": rng.randrange(1, 30), "window_size": rng.choice([8, 16, 24]),
        "fullatt_block_indexes": [1],
    }  # fmt: skip


def qwen3_vision(rng: random.Random) -> dict[str, Any]:
    return _qwen_vision(rng) | {
        "hidden_size": 8 * rng.randrange(1, 4), "out_hidden_size": rng.randrange(1, 30),
        "intermediate_size": rng.randrange(1, 30), "num_position_embeddings": rng.choice([4, 16]),
        "deepstack_visual_indexes": rng.choice([[0], [1, 2]]),
    }  # fmt: skip


def with_tower(text: str, tower: Draw) -> Draw:
    def draw(rng: random.Random) -> dict[str, Any]:
        words = OF_LANGUAGE[text][1](rng)
        words.pop("tie_word_embeddings", None)
        return {"text_config": words, "vision_config": tower(rng), "tie_word_embeddings": rng.random() < 0.5}

    return draw


def smolvlm(rng: random.Random) -> dict[str, Any]:
    words = language("llama", rng)
    words.pop("tie_word_embeddings", None)
    return {
        "text_config": words, "vision_config": square(rng, 4), "scale_factor": rng.choice([1, 2]),
        "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def internvl_vision(rng: random.Random) -> dict[str, Any]:
    return _tower(rng) | {
        "attention_bias": rng.random() < 0.5, "use_qk_norm": rng.random() < 0.5, "use_mask_token": rng.random() < 0.5,
        "use_absolute_position_embeddings": rng.random() < 0.5, "norm_type": rng.choice(["layer_norm", "rms_norm"]),
        "use_mean_pooling": rng.random() < 0.5,
    }  # fmt: skip


def internvl(rng: random.Random) -> dict[str, Any]:
    words = language(rng.choice(["qwen2", "llama"]), rng)
    words.pop("tie_word_embeddings", None)
    return {"text_config": words, "vision_config": square(rng, 4), "tie_word_embeddings": rng.random() < 0.5}


def detr(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "use_timm_backbone": False, "backbone": None, "num_channels": rng.choice([1, 3]), "num_queries": rng.randrange(1, 9),
        "backbone_config": {
            "model_type": "resnet", "embedding_size": rng.choice([4, 8]), "hidden_sizes": [4 * rng.randrange(1, 4) for _ in range(4)],
            "depths": [rng.randrange(1, 3) for _ in range(4)], "layer_type": rng.choice(["basic", "bottleneck"]), "out_features": ["stage4"],
            "downsample_in_first_stage": rng.random() < 0.5,
        },
        "d_model": heads * rng.choice([2, 4, 6]), "encoder_attention_heads": heads, "decoder_attention_heads": heads,
        "encoder_layers": rng.randrange(0, 3), "decoder_layers": rng.randrange(0, 3), "encoder_ffn_dim": rng.randrange(1, 30),
        "decoder_ffn_dim": rng.randrange(1, 30), "num_labels": rng.randrange(1, 9),
    }  # fmt: skip


def llama4_vision(rng: random.Random) -> dict[str, Any]:
    into = rng.randrange(1, 20)
    tower = _tower(rng) | {"projector_input_dim": into, "projector_output_dim": rng.choice([into, 11])}
    return tower | {"intermediate_size": rng.choice([4 * tower["hidden_size"], 7])}


def llama4(rng: random.Random) -> dict[str, Any]:
    words = OF_LANGUAGE["llama4_text"][1](rng)
    words.pop("tie_word_embeddings", None)
    tower = llama4_vision(rng)
    seen = rng.choice([tower["projector_output_dim"], 9])
    return {
        "text_config": words, "vision_config": tower | {"vision_output_dim": seen}, "tie_word_embeddings": False,
        "pad_token_id": None,
    }  # fmt: skip


def qwen3_vl_moe_text(rng: random.Random) -> dict[str, Any]:
    drawn = OF_LANGUAGE["qwen3_moe"][1](rng)
    return {key: value for key, value in drawn.items() if key not in ("tie_word_embeddings",)} | {
        "num_experts": drawn["num_local_experts"]
    }


def plain_vision(rng: random.Random) -> dict[str, Any]:
    """Qwen3-VL's tower of which no layer in between is read."""
    drawn = qwen3_vision(rng)
    drawn.pop("deepstack_visual_indexes", None)
    return drawn


FAMILIES: dict[str, tuple[str, Draw]] = {
    "clip": ("CLIPModel CLIPForImageClassification", clip),
    "clip_vision_model": ("CLIPVisionModel CLIPVisionModelWithProjection", clip_vision),
    "clip_text_model": ("CLIPTextModel CLIPTextModelWithProjection", clip_text),
    "siglip": ("SiglipModel SiglipForImageClassification", siglip),
    "siglip_vision_model": ("SiglipVisionModel", siglip_vision),
    "siglip_text_model": ("SiglipTextModel", siglip_text),
    "dinov2": ("Dinov2Backbone Dinov2Model Dinov2ForImageClassification", dinov2),
    "deberta_v2": ("DebertaV2Model DebertaV2ForMaskedLM DebertaV2ForSequenceClassification", deberta_v2),
    "wav2vec2": (
        "Wav2Vec2ForCTC Wav2Vec2ForAudioFrameClassification Wav2Vec2ForXVector Wav2Vec2Model "
        "Wav2Vec2ForSequenceClassification Wav2Vec2ForPreTraining",
        wav2vec2_adapted,
    ),
    "hubert": ("HubertModel HubertForCTC HubertForSequenceClassification", hubert),
    "convnext": ("ConvNextBackbone ConvNextModel ConvNextForImageClassification", convnext),
    "swin": ("SwinBackbone SwinModel SwinForMaskedImageModeling SwinForImageClassification", swin),
    "segformer": ("SegformerModel SegformerForImageClassification SegformerForSemanticSegmentation", segformer),
    "pixtral": ("PixtralVisionModel", pixtral),
    "qwen2_vl_vision": ("Qwen2VisionTransformerPretrainedModel", qwen2_vision),
    "qwen2_5_vl_vision": ("Qwen2_5_VisionTransformerPretrainedModel", qwen2_5_vision),
    "qwen3_vl_vision": ("Qwen3VLVisionModel", qwen3_vision),
    "llava": ("LlavaModel LlavaForConditionalGeneration", llava),
    "llava_next": ("LlavaNextModel LlavaNextForConditionalGeneration", llava),
    "paligemma": ("PaliGemmaModel PaliGemmaForConditionalGeneration", paligemma),
    "gemma3": ("Gemma3Model Gemma3ForConditionalGeneration", gemma3),
    "mistral3": ("Mistral3Model Mistral3ForConditionalGeneration", mistral3),
    "qwen2_vl": ("Qwen2VLModel Qwen2VLForConditionalGeneration", with_tower("qwen2", qwen2_vision)),
    "qwen2_5_vl": ("Qwen2_5_VLModel Qwen2_5_VLForConditionalGeneration", with_tower("qwen2", qwen2_5_vision)),
    "qwen3_vl": ("Qwen3VLModel Qwen3VLForConditionalGeneration", with_tower("qwen3", qwen3_vision)),
    "qwen3_vl_moe_text": ("Qwen3VLMoeTextModel", qwen3_vl_moe_text),
    "internvl_vision": ("InternVLVisionModel", internvl_vision),
    "internvl": ("InternVLModel InternVLForConditionalGeneration", internvl),
    "detr": ("DetrModel DetrForObjectDetection", detr),
    "llama4_vision_model": ("Llama4VisionModel", llama4_vision),
    "llama4": ("Llama4ForConditionalGeneration", llama4),
    "qwen3_vl_moe": (
        "Qwen3VLMoeModel Qwen3VLMoeForConditionalGeneration",
        lambda rng: {
            "text_config": qwen3_vl_moe_text(rng),
            "vision_config": qwen3_vision(rng),
            "tie_word_embeddings": False,
        },
    ),
    "qwen3_5": ("Qwen3_5Model Qwen3_5ForConditionalGeneration", with_tower("qwen3_5_text", plain_vision)),
    "qwen3_5_moe": ("Qwen3_5MoeModel Qwen3_5MoeForConditionalGeneration", with_tower("qwen3_5_moe_text", plain_vision)),
    "idefics3": ("Idefics3Model Idefics3ForConditionalGeneration", smolvlm),
    "smolvlm": ("SmolVLMModel SmolVLMForConditionalGeneration", smolvlm),
}
"""``family → (the classes it may build, what draws a configuration)``."""


def omni_sound(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "num_mel_bins": rng.randrange(1, 9), "d_model": heads * rng.choice([4, 8]), "encoder_attention_heads": heads, "encoder_layers": rng.randrange(0, 4),
        "encoder_ffn_dim": rng.randrange(1, 30), "output_dim": rng.randrange(1, 20), "n_window": rng.choice([5, 10]), "max_source_positions": 20,
    }  # fmt: skip


def omni_thinker(rng: random.Random) -> dict[str, Any]:
    words = OF_LANGUAGE["qwen2"][1](rng)
    words.pop("tie_word_embeddings", None)
    tower = qwen2_5_vision(rng)
    return {
        "text_config": words, "vision_config": tower, "audio_config": omni_sound(rng), "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def omni_talker(rng: random.Random) -> dict[str, Any]:
    heads, groups = rng.choice([1, 2, 4]), rng.choice([1, 2])
    return {
        "vocab_size": rng.randrange(5, 60), "embedding_size": rng.randrange(1, 40), "hidden_size": rng.randrange(1, 40),
        "intermediate_size": rng.randrange(1, 60), "num_hidden_layers": rng.randrange(0, 4), "head_dim": rng.choice([4, 8]),
        "num_attention_heads": heads * groups, "num_key_value_heads": heads, "use_sliding_window": rng.random() < 0.5,
    }  # fmt: skip


FAMILIES |= {
    "qwen2_5_omni_audio_encoder": ("Qwen2_5OmniAudioEncoder", omni_sound),
    "qwen2_5_omni_thinker": ("Qwen2_5OmniThinkerForConditionalGeneration", omni_thinker),
    "qwen2_5_omni_talker": ("Qwen2_5OmniTalkerForConditionalGeneration", omni_talker),
}
