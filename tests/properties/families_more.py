"""Random configurations for hybrids with shared blocks, encoders after BERT, encoder-decoders after T5, and others."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.families import BIASED, TIED, Draw, _bert_classes, _flags, bert, decoder, seq2seq, t5
from tests.properties.families_since import FAMILIES as SINCE
from tests.properties.families_with_pictures import (
    _tower,
    convnext,
    dinov2,
    language,
    llava,
    omni_sound,
    siglip_vision,
)


def zamba2(rng: random.Random) -> dict[str, Any]:
    heads, kinds = (
        rng.choice([1, 2, 4]),
        [rng.choice(["linear_attention", "hybrid"]) for _ in range(rng.randrange(1, 7))],
    )
    return {
        "vocab_size": rng.randrange(3, 100), "hidden_size": heads * rng.choice([2, 4]), "num_hidden_layers": len(kinds),
        "layers_block_type": kinds, "intermediate_size": rng.choice([None, 7]), "num_attention_heads": heads,
        "n_mamba_heads": heads, "mamba_expand": 2, "mamba_d_state": rng.randrange(1, 6), "mamba_d_conv": rng.choice([2, 4]),
        "mamba_ngroups": 1, "num_mem_blocks": rng.choice([1, 2, 3]), "adapter_rank": rng.randrange(1, 6),
        **_flags(rng, "use_conv_bias add_bias_linear use_shared_attention_adapter"),
    }  # fmt: skip


def gemma4(rng: random.Random) -> dict[str, Any]:
    own, shared = rng.randrange(2, 5), rng.randrange(0, 4)
    sorts = [
        "sliding_attention",
        "full_attention",
        *[rng.choice(["sliding_attention", "full_attention"]) for _ in range(own + shared - 2)],
    ]
    number = rng.randrange(1, 5)
    sorts[-1] = "full_attention"
    return {
        "num_hidden_layers": own + shared, "num_kv_shared_layers": shared, "layer_types": sorts, "pad_token_id": 0,
        "vocab_size_per_layer_input": rng.randrange(3, 50), "hidden_size_per_layer_input": rng.choice([0, 2, 8]),
        "global_head_dim": rng.choice([4, 8]), "num_global_key_value_heads": rng.choice([None, 1]), "num_experts": number,
        "top_k_experts": rng.randrange(1, number + 1), "moe_intermediate_size": rng.randrange(1, 9),
        **_flags(rng, "attention_k_eq_v use_double_wide_mlp enable_moe_block"),
    }  # fmt: skip


FAMILIES: dict[str, tuple[str, Draw]] = {
    "zamba2": ("Zamba2Model Zamba2ForCausalLM", zamba2),
    "gemma4_text": decoder("Gemma4TextModel Gemma4ForCausalLM", BIASED, True, gemma4),
    "umt5": ("UMT5Model UMT5ForConditionalGeneration UMT5EncoderModel", t5),
}  # fmt: skip


def _even(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([2, 4])
    return {
        "num_attention_heads": heads,
        "num_key_value_heads": rng.choice([2, heads]),
        "hidden_size": 16,
        "head_dim": rng.choice([4, 8]),
    }


def recurrent_gemma(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    width = heads * rng.choice([2, 4, 6])
    return {
        "vocab_size": rng.randrange(3, 100), "hidden_size": width, "intermediate_size": rng.randrange(2, 40), "pad_token_id": 0,
        "num_hidden_layers": rng.randrange(1, 6), "num_attention_heads": heads, "num_key_value_heads": rng.choice([None, 1]),
        "lru_width": rng.choice([None, heads * 3]), "conv1d_width": rng.choice([2, 4]), "attention_window_size": 8,
        "block_types": rng.choice([["recurrent", "recurrent", "attention"], ["attention", "recurrent"]]),
        **_flags(rng, "attention_bias tie_word_embeddings"),
    }  # fmt: skip


def _windows_and_parts(rng: random.Random) -> dict[str, Any]:
    layers, number = rng.randrange(1, 5), rng.randrange(1, 4) * 2
    return {
        "num_hidden_layers": layers, "mlp_layer_types": [rng.choice(["dense", "sparse"]) for _ in range(layers)],
        "num_experts": number, "num_experts_per_tok": rng.randrange(1, number + 1), "moe_intermediate_size": rng.randrange(1, 20),
        "layer_types": [rng.choice(["sliding_attention", "full_attention"]) for _ in range(layers)],
    }  # fmt: skip


def _mimo(rng: random.Random) -> dict[str, Any]:
    drawn = _windows_and_parts(rng)
    heads = rng.choice([2, 4])
    return drawn | {
        "n_routed_experts": drawn.pop("num_experts"), "v_head_dim": rng.choice([2, 6]), "num_attention_heads": heads,
        "num_key_value_heads": heads // 2, "hidden_size": 8, "head_dim": rng.choice([2, 4]),
    }  # fmt: skip


def _hy(rng: random.Random) -> dict[str, Any]:
    drawn = _windows_and_parts(rng)
    drawn.pop("layer_types")
    return drawn | {"num_shared_experts": rng.choice([1, 2])}


def _cohere_moe(rng: random.Random) -> dict[str, Any]:
    drawn = _windows_and_parts(rng)
    drawn.pop("moe_intermediate_size")
    return drawn | {
        "num_shared_experts": rng.choice([0, 1, 2]),
        "prefix_dense_intermediate_size": rng.choice([None, 9]),
    }


def ctrl(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 100), "n_embd": heads * rng.choice([2, 4, 6]), "n_head": heads, "n_layer": rng.randrange(0, 4),
        "dff": rng.randrange(1, 30), "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def _words(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 100), "hidden_size": heads * rng.choice([4, 8]), "num_attention_heads": heads,
        "num_hidden_layers": rng.randrange(0, 4), "intermediate_size": rng.randrange(1, 40), "pad_token_id": 0,
        "max_position_embeddings": rng.randrange(3, 40), "type_vocab_size": rng.randrange(1, 4),
    }  # fmt: skip


def biogpt(rng: random.Random) -> dict[str, Any]:
    drawn = _words(rng)
    drawn.pop("type_vocab_size")
    return drawn | {"tie_word_embeddings": rng.random() < 0.5}


def neox_japanese(rng: random.Random) -> dict[str, Any]:
    drawn = biogpt(rng)
    drawn.pop("intermediate_size")
    return drawn | {"intermediate_multiple_size": rng.choice([2, 3, 4])}


def modernbert_decoder(rng: random.Random) -> dict[str, Any]:
    layers = rng.randrange(1, 5)
    return biogpt(rng) | {
        "num_hidden_layers": layers, "local_attention": rng.choice([8, 16]),
        "layer_types": rng.choice([None, [rng.choice(["sliding_attention", "full_attention"]) for _ in range(layers)]]),
        **_flags(rng, "norm_bias attention_bias mlp_bias decoder_bias classifier_bias"),
    }  # fmt: skip


def roformer(rng: random.Random) -> dict[str, Any]:
    return _words(rng) | {"embedding_size": rng.choice([None, 6])}


def longformer(rng: random.Random) -> dict[str, Any]:
    return _words(rng) | {"attention_window": 4}


def deberta(rng: random.Random) -> dict[str, Any]:
    return _words(rng) | {
        "type_vocab_size": rng.choice([0, 2]), "relative_attention": rng.random() < 0.7, "max_relative_positions": rng.choice([-1, 7]),
        "pos_att_type": rng.choice([["p2c", "c2p"], ["c2p"], "p2c|c2p", ["p2c"]]), "position_biased_input": rng.random() < 0.5,
    }  # fmt: skip


def dbrx(rng: random.Random) -> dict[str, Any]:
    heads, number = rng.choice([1, 2, 4, 8]), rng.randrange(1, 6)
    width = heads * rng.choice([2, 4, 6])
    return {
        "vocab_size": rng.randrange(3, 99), "d_model": width, "n_heads": heads, "n_layers": rng.randrange(0, 4),
        "attn_config": {"kv_n_heads": rng.choice([k for k in (1, 2, 4) if heads % k == 0]), "rope_theta": 1e4},
        "ffn_config": {
            "ffn_hidden_size": rng.randrange(1, 30), "moe_num_experts": number, "moe_top_k": rng.randrange(1, number + 1),
            "hidden_size": width,
        },
    }  # fmt: skip


def ernie(rng: random.Random) -> dict[str, Any]:
    return bert(rng) | {"use_task_id": rng.random() < 0.5, "task_type_vocab_size": 3}


def gemma4_vision(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "hidden_size": rng.randrange(2, 20) * 2, "intermediate_size": rng.randrange(1, 30), "num_hidden_layers": rng.randrange(0, 4),
        "num_attention_heads": heads, "num_key_value_heads": rng.choice([k for k in (1, 2, 4) if heads % k == 0]),
        "head_dim": rng.choice([2, 4, 8]), "patch_size": rng.choice([2, 4]), "pooling_kernel_size": rng.choice([1, 2, 3]),
        "position_embedding_size": rng.randrange(1, 50), **_flags(rng, "use_clipped_linears standardize"),
    }  # fmt: skip


def gemma4_audio(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "hidden_size": heads * rng.choice([2, 4, 6]), "num_hidden_layers": rng.randrange(0, 4), "num_attention_heads": heads,
        "subsampling_conv_channels": [rng.choice([4, 8, 16]), rng.randrange(1, 9)], "conv_kernel_size": rng.choice([3, 5]),
        "attention_chunk_size": 4, "attention_context_left": rng.choice([3, 5]), "attention_context_right": rng.choice([0, 2]),
        "output_proj_dims": rng.randrange(1, 20), "use_clipped_linears": rng.random() < 0.5,
    }  # fmt: skip


def gemma4_whole(rng: random.Random) -> dict[str, Any]:
    return {
        "text_config": gemma4(rng) | {"model_type": "gemma4_text"}, "tie_word_embeddings": rng.random() < 0.5,
        "vision_config": rng.choice([None, gemma4_vision(rng) | {"model_type": "gemma4_vision"}]),
        "audio_config": rng.choice([None, gemma4_audio(rng) | {"model_type": "gemma4_audio"}]),
    }  # fmt: skip


def gemma3n_audio(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "hidden_size": heads * rng.choice([2, 4, 6]), "input_feat_size": rng.choice([8, 16, 21]), "conf_num_attention_heads": heads,
        "conf_num_hidden_layers": rng.randrange(0, 4), "conf_conv_kernel_size": rng.choice([3, 5]), "conf_attention_chunk_size": 4,
        "conf_attention_context_left": rng.choice([3, 5]), "conf_attention_context_right": rng.choice([0, 2]),
        "sscp_conv_channel_size": [rng.randrange(1, 9), rng.randrange(1, 9)],
        "sscp_conv_kernel_size": [[3, 3], [rng.choice([3, 5]), 3]], "sscp_conv_stride_size": [[2, 2], [2, rng.choice([1, 2])]],
    }  # fmt: skip


def gemma3n(rng: random.Random) -> dict[str, Any]:
    words = SINCE["gemma3n_text"][1](rng) | {"model_type": "gemma3n_text"}
    sound = gemma3n_audio(rng) | {"model_type": "gemma3n_audio"}
    return {"text_config": words, "audio_config": sound, "tie_word_embeddings": rng.random() < 0.5}


def rembert(rng: random.Random) -> dict[str, Any]:
    return bert(rng) | {"input_embedding_size": rng.randrange(1, 20), "output_embedding_size": rng.randrange(1, 20)}


def bert_generation(rng: random.Random) -> dict[str, Any]:
    return {key: value for key, value in bert(rng).items() if key != "type_vocab_size"}


def _biases(rng: random.Random) -> dict[str, Any]:
    return dict.fromkeys(("attention_bias", "mlp_bias"), rng.random() < 0.5)


def layoutlm(rng: random.Random) -> dict[str, Any]:
    return bert(rng) | {"max_2d_position_embeddings": rng.randrange(1, 30)}


FAMILIES |= {
    "data2vec_text": (_bert_classes("Data2VecText"), bert),
    "ibert": (_bert_classes("IBert"), bert),
    "xlm_roberta_xl": (_bert_classes("XLMRobertaXL"), bert),
    "rembert": (_bert_classes("RemBert"), rembert),
    "layoutlm": ("LayoutLMModel LayoutLMForMaskedLM LayoutLMForTokenClassification", layoutlm),
    "bert_generation": ("BertGenerationEncoder BertGenerationDecoder", bert_generation),
    "mvp": ("MvpModel MvpForConditionalGeneration MvpForSequenceClassification MvpForQuestionAnswering", seq2seq),
    "internlm3": decoder("LlamaModel LlamaForCausalLM", TIED, True, _biases),
    "hyperclovax": decoder("HyperCLOVAXModel HyperCLOVAXForCausalLM", BIASED + " mlp_bias use_post_norm"),
    "diffllama": decoder("DiffLlamaModel DiffLlamaForCausalLM DiffLlamaForTokenClassification", BIASED, True, _even),
    "recurrent_gemma": ("RecurrentGemmaModel RecurrentGemmaForCausalLM", recurrent_gemma),
    "biogpt": ("BioGptModel BioGptForCausalLM", biogpt),
    "mimo_v2_flash": decoder("MiMoV2FlashModel MiMoV2FlashForCausalLM", BIASED, True, _mimo),
    "hy_v3": decoder("HYV3Model HYV3ForCausalLM", BIASED + " mlp_bias", True, _hy),
    "ctrl": ("CTRLModel CTRLLMHeadModel", ctrl),
    "gpt_neox_japanese": ("GPTNeoXJapaneseModel GPTNeoXJapaneseForCausalLM", neox_japanese),
    "cohere2_moe": decoder("Cohere2MoeModel Cohere2MoeForCausalLM", BIASED, True, _cohere_moe),
    "modernbert_decoder": ("ModernBertDecoderModel ModernBertDecoderForCausalLM", modernbert_decoder),
    "blenderbot_small": ("BlenderbotSmallModel BlenderbotSmallForConditionalGeneration", seq2seq),
    "plbart": ("PLBartModel PLBartForConditionalGeneration", seq2seq),
    "longformer": ("LongformerModel LongformerForMaskedLM LongformerForSequenceClassification LongformerForQuestionAnswering", longformer),
    "roformer": ("RoFormerModel RoFormerForMaskedLM", roformer),
    "big_bird": ("BigBirdModel BigBirdForMaskedLM BigBirdForTokenClassification", _words),
    "nomic_bert": ("NomicBertModel NomicBertForMaskedLM", _words),
    "deberta": ("DebertaModel DebertaForMaskedLM DebertaForTokenClassification", deberta),
    "dbrx": ("DbrxModel DbrxForCausalLM", dbrx),
    "jais2": decoder("Jais2Model Jais2ForCausalLM", BIASED + " mlp_bias"),
    "ernie": (_bert_classes("Ernie") + " ErnieForPreTraining ErnieForNextSentencePrediction", ernie),
    "megatron_bert": (_bert_classes("MegatronBert") + " MegatronBertForPreTraining", bert),
    "roberta_prelayernorm": (_bert_classes("RobertaPreLayerNorm"), bert),
    "gemma4_vision": ("Gemma4VisionModel", gemma4_vision),
    "gemma4_audio": ("Gemma4AudioModel", gemma4_audio),
    "gemma4": ("Gemma4Model Gemma4ForConditionalGeneration", gemma4_whole),
    "gemma3n_audio": ("Gemma3nAudioEncoder", gemma3n_audio),
    "gemma3n": ("Gemma3nModel Gemma3nForConditionalGeneration", gemma3n),
}  # fmt: skip


def spectrogram(rng: random.Random) -> dict[str, Any]:
    drawn = _tower(rng)
    for key in ("image_size", "num_channels"):
        drawn.pop(key)
    return drawn | {
        "frequency_stride": rng.choice([1, 3]), "time_stride": rng.choice([1, 2]), "max_length": rng.randrange(4, 30),
        "num_mel_bins": rng.randrange(4, 20), "qkv_bias": rng.random() < 0.5,
    }  # fmt: skip


def resnet(rng: random.Random) -> dict[str, Any]:
    stages = rng.randrange(1, 4)
    return {
        "num_channels": rng.choice([1, 3]), "embedding_size": rng.choice([4, 8]),
        "hidden_sizes": [4 * rng.randrange(1, 4) for _ in range(stages)], "depths": [rng.randrange(1, 3) for _ in range(stages)],
        "layer_type": rng.choice(["basic", "bottleneck"]), "downsample_in_first_stage": rng.random() < 0.5,
        "downsample_in_bottleneck": rng.random() < 0.5,
    }  # fmt: skip


def convnextv2(rng: random.Random) -> dict[str, Any]:
    drawn = convnext(rng)
    drawn.pop("layer_scale_init_value")
    return drawn


def with_registers(rng: random.Random) -> dict[str, Any]:
    drawn = dinov2(rng)
    drawn.pop("use_mask_token")
    return drawn | {"num_register_tokens": rng.randrange(1, 5)}


def biased_tower(rng: random.Random) -> dict[str, Any]:
    return _tower(rng) | {"qkv_bias": rng.random() < 0.5}


TOWERS: dict[str, tuple[str, Draw]] = {
    "ijepa": ("IJepaModel IJepaForImageClassification", biased_tower),
    "vit_msn": ("ViTMSNModel", biased_tower),
    "audio_spectrogram_transformer": ("ASTModel ASTForAudioClassification", spectrogram),
    "resnet": ("ResNetBackbone ResNetModel ResNetForImageClassification", resnet),
    "convnextv2": ("ConvNextV2Backbone ConvNextV2Model ConvNextV2ForImageClassification", convnextv2),
    "dinov2_with_registers": (
        "Dinov2WithRegistersBackbone Dinov2WithRegistersModel Dinov2WithRegistersForImageClassification",
        with_registers,
    ),
}


def next_video(rng: random.Random) -> dict[str, Any]:
    return llava(rng) | {"spatial_pool_mode": rng.choice(["average", "max"])}


def vipllava(rng: random.Random) -> dict[str, Any]:
    drawn = llava(rng)
    drawn.pop("multimodal_projector_bias")
    drawn.pop("vision_feature_select_strategy")
    return drawn


def onevision(rng: random.Random) -> dict[str, Any]:
    drawn = llava(rng)
    return drawn | {
        "text_config": language("qwen2", rng),
        "vision_config": siglip_vision(rng) | {"model_type": "siglip_vision_model"},
        "vision_feature_layer": rng.choice([-1, [-2, -1]]),
    }


def sound_tower(rng: random.Random) -> dict[str, Any]:
    drawn = omni_sound(rng)
    return {key: value for key, value in drawn.items() if key not in ("output_dim", "n_window")}


def qwen2_audio(rng: random.Random) -> dict[str, Any]:
    words = language("qwen2", rng)
    words.pop("tie_word_embeddings", None)
    return {"text_config": words, "audio_config": sound_tower(rng)}


TOWERS |= {
    "llava_next_video": ("LlavaNextVideoModel LlavaNextVideoForConditionalGeneration", next_video),
    "vipllava": ("VipLlavaModel VipLlavaForConditionalGeneration", vipllava),
    "llava_onevision": ("LlavaOnevisionModel LlavaOnevisionForConditionalGeneration", onevision),
    "qwen2_audio_encoder": ("Qwen2AudioEncoder", sound_tower),
    "qwen2_audio": ("Qwen2AudioForConditionalGeneration", qwen2_audio),
}
"""Towers since, and models that have one: ``family → (classes, what draws a configuration)``."""
