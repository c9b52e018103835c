"""Random configurations for further families of language."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.families import TIED, Draw, _bert_classes, _flags, bert, decoder, seq2seq, t5


def mobilebert(rng: random.Random) -> dict[str, Any]:
    heads, networks = rng.choice([1, 2, 4]), rng.randrange(1, 4)
    narrow = heads * rng.choice([2, 3])
    width = rng.choice([narrow, narrow + 5])
    bottled = width != narrow or rng.random() < 0.5
    return bert(rng) | {
        "hidden_size": width, "num_attention_heads": heads, "intra_bottleneck_size": narrow, "use_bottleneck": bottled,
        "embedding_size": rng.randrange(1, width), "num_feedforward_networks": networks, "type_vocab_size": rng.randrange(1, 4),
        "use_bottleneck_attention": bottled and rng.random() < 0.5,
        "key_query_shared_bottleneck": width != narrow or rng.random() < 0.5,
        "normalization_type": rng.choice(["no_norm", "layer_norm"]),
        **_flags(rng, "trigram_input classifier_activation tie_word_embeddings"),
    }  # fmt: skip


def squeezebert(rng: random.Random) -> dict[str, Any]:
    groups = ("q_groups", "k_groups", "v_groups", "post_attention_groups", "intermediate_groups", "output_groups")
    width = rng.choice([8, 16])
    return bert(rng) | {
        "hidden_size": width, "embedding_size": width, "intermediate_size": rng.choice([4, 12, 20]),
        "tie_word_embeddings": rng.random() < 0.5, **{name: rng.choice([1, 2, 4]) for name in groups},
    }  # fmt: skip


def xlnet(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(6, 100), "d_model": heads * rng.choice([2, 4, 6]), "n_head": heads, "n_layer": rng.randrange(0, 4),
        "d_inner": rng.randrange(1, 40), "attn_type": rng.choice(["bi", "uni"]), "summary_type": rng.choice(["last", "first"]),
        "start_n_top": rng.randrange(1, 4), "end_n_top": rng.randrange(1, 4), **_flags(rng, "summary_use_proj tie_word_embeddings"),
    }  # fmt: skip


def longt5(rng: random.Random) -> dict[str, Any]:
    return t5(rng) | {
        "local_radius": rng.randrange(1, 40), "global_block_size": rng.choice([1, 16, 200]),
        "encoder_attention_type": rng.choice(["local", "transient-global"]),
    }  # fmt: skip


def switch(rng: random.Random) -> dict[str, Any]:
    drawn = t5(rng)
    drawn.pop("feed_forward_proj")
    return drawn | {
        "num_layers": rng.randrange(1, 5), "num_decoder_layers": rng.choice([None, 1, 2, 4]), "num_experts": rng.randrange(1, 5),
        "num_sparse_encoder_layers": rng.randrange(0, 4), "num_sparse_decoder_layers": rng.randrange(0, 4),
        "expert_capacity": 128, "router_bias": rng.random() < 0.5,
    }  # fmt: skip


def nllb_moe(rng: random.Random) -> dict[str, Any]:
    return seq2seq(rng) | {
        "encoder_sparse_step": rng.randrange(0, 4), "decoder_sparse_step": rng.randrange(0, 4), "num_experts": rng.randrange(1, 5),
        **_flags(rng, "router_bias tie_word_embeddings"),
    }  # fmt: skip


def pegasus_x(rng: random.Random) -> dict[str, Any]:
    return seq2seq(rng) | {
        "num_global_tokens": rng.randrange(1, 9), "block_size": rng.choice([8, 32, 200]),
        **_flags(rng, "stagger_local_blocks tie_word_embeddings"),
    }  # fmt: skip


def jetmoe(rng: random.Random) -> dict[str, Any]:
    number = rng.randrange(1, 5)
    return {
        "vocab_size": rng.randrange(3, 100), "hidden_size": rng.randrange(1, 20), "num_hidden_layers": rng.randrange(0, 4),
        "num_key_value_heads": rng.randrange(1, 4), "kv_channels": rng.choice([2, 4, 8]), "intermediate_size": rng.randrange(1, 30),
        "num_local_experts": number, "num_experts_per_tok": rng.randrange(1, number + 1), "tie_word_embeddings": rng.random() < 0.5,
        "bos_token_id": 0, "eos_token_id": 0,
    }  # fmt: skip


def zamba(rng: random.Random) -> dict[str, Any]:
    """Of layers that share a block its class builds none or several."""
    heads, kinds = (
        rng.choice([1, 2, 4]),
        ["hybrid", "linear_attention", rng.choice(["linear_attention", "hybrid"]), "hybrid"],
    )
    kinds += [rng.choice(["linear_attention", "hybrid"]) for _ in range(rng.randrange(3, 6))]
    width = heads * rng.choice([2, 4])
    return {
        "vocab_size": rng.randrange(3, 100), "hidden_size": width, "num_hidden_layers": len(kinds), "intermediate_size": rng.randrange(1, 30),
        "layers_block_type": rng.choice([None, kinds, ["linear_attention"] * len(kinds)]), "num_attention_heads": heads, "num_key_value_heads": rng.choice([1, heads]),
        "attn_layer_period": rng.choice([2, 3]), "attn_layer_offset": rng.choice([0, 1]), "n_mamba_heads": rng.choice([1, 2]),
        "mamba_expand": rng.choice([1, 2]), "mamba_d_state": rng.randrange(1, 6), "mamba_d_conv": rng.choice([2, 4]),
        "mamba_dt_rank": rng.choice(["auto", 3]), "attention_head_dim": rng.choice([None, 4]), **_flags(rng, "mamba_conv_bias mamba_proj_bias"),
    }  # fmt: skip


def _doge(rng: random.Random) -> dict[str, Any]:
    number = rng.choice([4, 9, 18])
    return {
        "is_moe": rng.random() < 0.5, "num_experts": number, "num_experts_per_tok": rng.randrange(1, 5),
        "sliding_window": rng.choice([None, 8]),
    }  # fmt: skip


def esm(rng: random.Random) -> dict[str, Any]:
    drawn = bert(rng)
    drawn.pop("type_vocab_size")
    return drawn | {
        "num_hidden_layers": rng.randrange(1, 4), "position_embedding_type": rng.choice(["absolute", "rotary"]),
        "mask_token_id": 2, "emb_layer_norm_before": rng.choice([None, False, True]), "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def xlm(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(6, 90), "emb_dim": heads * rng.choice([2, 4]), "n_layers": rng.randrange(0, 4), "n_heads": heads,
        "max_position_embeddings": rng.randrange(1, 40), "n_langs": rng.choice([1, 3]), "start_n_top": rng.randrange(1, 4),
        "end_n_top": rng.randrange(1, 4), **_flags(rng, "use_lang_emb causal tie_word_embeddings"),
    }  # fmt: skip


def flaubert(rng: random.Random) -> dict[str, Any]:
    return xlm(rng) | {"pre_norm": rng.random() < 0.5}


def _xlm_classes(stem: str) -> str:
    heads = "SequenceClassification TokenClassification MultipleChoice QuestionAnsweringSimple QuestionAnswering"
    return " ".join([f"{stem}Model", f"{stem}WithLMHeadModel", *[f"{stem}For{head}" for head in heads.split()]])


FAMILIES: dict[str, tuple[str, Draw]] = {
    "mobilebert": (_bert_classes("MobileBert") + " MobileBertForPreTraining MobileBertForNextSentencePrediction", mobilebert),
    "squeezebert": (_bert_classes("SqueezeBert"), squeezebert),
    "xlnet": (
        "XLNetModel XLNetLMHeadModel XLNetForSequenceClassification XLNetForTokenClassification XLNetForMultipleChoice "
        "XLNetForQuestionAnsweringSimple XLNetForQuestionAnswering", xlnet,
    ),
    "esm": ("EsmModel EsmForMaskedLM EsmForSequenceClassification EsmForTokenClassification", esm),
    "xlm": (_xlm_classes("XLM"), xlm),
    "flaubert": (_xlm_classes("Flaubert"), flaubert),
    "longt5": ("LongT5Model LongT5ForConditionalGeneration LongT5EncoderModel", longt5),
    "switch_transformers": ("SwitchTransformersModel SwitchTransformersForConditionalGeneration SwitchTransformersEncoderModel", switch),
    "nllb_moe": ("NllbMoeModel NllbMoeForConditionalGeneration", nllb_moe),
    "pegasus_x": ("PegasusXModel PegasusXForConditionalGeneration", pegasus_x),
    "jetmoe": ("JetMoeModel JetMoeForCausalLM JetMoeForSequenceClassification", jetmoe),
    "zamba": ("ZambaModel ZambaForCausalLM ZambaForSequenceClassification", zamba),
    "doge": decoder("DogeModel DogeForCausalLM DogeForSequenceClassification", TIED + " attention_bias mlp_bias", False, _doge),
}  # fmt: skip
