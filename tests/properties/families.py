"""Random configurations for every family, and the class of transformers that each builds on the meta device."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Callable
from typing import Any

Draw = Callable[[random.Random], dict[str, Any]]


def hide_broken_torchvision() -> None:
    """A torchvision that cannot be loaded beside this torch is hidden from transformers: only pictures need it."""
    try:
        import torchvision  # noqa: F401
    except (RuntimeError, OSError, ImportError):
        found = importlib.util.find_spec
        importlib.util.find_spec = lambda name, package=None: (  # type: ignore[assignment]
            None if name.partition(".")[0] == "torchvision" else found(name, package)
        )


def _flags(rng: random.Random, names: str) -> dict[str, Any]:
    return {name: rng.random() < 0.5 for name in names.split()}


def decoder(
    classes: str, flags: str = "tie_word_embeddings", head_dim: bool = True, more: Draw | None = None, kv: bool = True
) -> tuple[str, Draw]:
    """A decoder's usual keys: heads that share, a head size of its own, flags; ``more`` draws the rest."""

    def draw(rng: random.Random) -> dict[str, Any]:
        heads = rng.choice([1, 2, 3, 4, 6, 8])
        each = rng.choice([2, 4, 6, 8, 16])
        config: dict[str, Any] = {
            "vocab_size": rng.randrange(3, 200), "hidden_size": heads * each, "num_hidden_layers": rng.randrange(0, 5),
            "intermediate_size": rng.randrange(1, 60), "num_attention_heads": heads, "max_position_embeddings": 32,
            "pad_token_id": None, "bos_token_id": None, "eos_token_id": None,
        }  # fmt: skip
        if kv:
            config["num_key_value_heads"] = rng.choice([k for k in (1, 2, 3, 4, 6, 8) if heads % k == 0])
        if head_dim:
            if rng.random() < 0.5:
                config["head_dim"] = rng.choice([2, 4, 6, 8, 16])
                config["hidden_size"] = heads * rng.choice([2, 4, 6, 10])
            else:
                config["head_dim"] = each
        config |= _flags(rng, flags)
        return config | (more(rng) if more else {})

    def whole(rng: random.Random) -> dict[str, Any]:
        return draw(rng)

    return classes, whole


def llama_like(stem: str) -> str:
    return f"{stem}Model {stem}ForCausalLM {stem}ForSequenceClassification {stem}ForTokenClassification"


def _experts(names: dict[str, str]) -> Draw:
    def draw(rng: random.Random) -> dict[str, Any]:
        number = rng.randrange(1, 7)
        values = {"experts": number, "used": rng.randrange(1, number + 1), "inner": rng.randrange(1, 20)}
        return {key: values[value] for key, value in names.items()}

    return draw


def _sliding(rng: random.Random) -> dict[str, Any]:
    return {"sliding_window": rng.choice([4, 16]), "use_sliding_window": rng.random() < 0.5, "max_window_layers": 2}


def _both(*draws: Draw) -> Draw:
    return lambda rng: {key: value for draw in draws for key, value in draw(rng).items()}


def _moe_steps(rng: random.Random) -> dict[str, Any]:
    return {"decoder_sparse_step": rng.choice([1, 2]), "mlp_only_layers": rng.choice([[], [0], [1, 2]])}


def _shared(rng: random.Random) -> dict[str, Any]:
    return {"shared_expert_intermediate_size": rng.randrange(1, 30), "qkv_bias": rng.random() < 0.5}


def _latent(rng: random.Random) -> dict[str, Any]:
    number = rng.randrange(1, 4) * 2
    return {
        "q_lora_rank": rng.choice([None, 3, 8]), "kv_lora_rank": rng.randrange(1, 9), "qk_nope_head_dim": rng.choice([2, 5, 8]),
        "qk_rope_head_dim": rng.choice([2, 4]), "v_head_dim": rng.choice([3, 8]), "n_routed_experts": number,
        "num_experts_per_tok": rng.randrange(1, number + 1), "n_shared_experts": rng.choice([1, 2]), "n_group": 1,
        "topk_group": 1, "moe_intermediate_size": rng.randrange(1, 20), "first_k_dense_replace": rng.choice([0, 1, 2]),
    }  # fmt: skip


def _glm_moe(rng: random.Random) -> dict[str, Any]:
    number = rng.randrange(1, 4) * 2
    return {
        "n_routed_experts": number, "num_experts_per_tok": rng.randrange(1, number + 1), "n_group": 1, "topk_group": 1,
        "n_shared_experts": rng.choice([1, 2]), "moe_intermediate_size": rng.randrange(1, 20),
        "first_k_dense_replace": rng.choice([0, 1, 2]),
    }  # fmt: skip


def gpt2(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 3, 4])
    return {
        "vocab_size": rng.randrange(3, 100), "n_positions": rng.randrange(1, 40), "n_embd": heads * rng.choice([2, 4, 6]),
        "n_layer": rng.randrange(0, 4), "n_head": heads, "n_inner": rng.choice([None, 7, 30]),
        "tie_word_embeddings": rng.random() < 0.5, "pad_token_id": None,
    }  # fmt: skip


def gptj(rng: random.Random) -> dict[str, Any]:
    return gpt2(rng) | {"rotary_dim": 2}


def gpt_neo(rng: random.Random) -> dict[str, Any]:
    heads, pairs = rng.choice([1, 2, 4]), rng.randrange(0, 3)
    return {
        "vocab_size": rng.randrange(3, 100), "max_position_embeddings": rng.randrange(1, 40), "num_layers": 2 * pairs,
        "hidden_size": heads * rng.choice([2, 4, 6]), "num_heads": heads, "intermediate_size": rng.choice([None, 7, 30]),
        "attention_types": [[["global", "local"], pairs]], "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def bloom(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 100), "hidden_size": heads * rng.choice([2, 4, 6]), "n_layer": rng.randrange(0, 4),
        "n_head": heads, "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def falcon(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 100), "hidden_size": heads * rng.choice([2, 4, 8]), "num_attention_heads": heads,
        "num_hidden_layers": rng.randrange(0, 4), "num_kv_heads": rng.choice([1, heads]),
        "ffn_hidden_size": rng.choice([None, 13]), "num_ln_in_parallel_attn": rng.choice([None, 1, 2]),
        **_flags(rng, "new_decoder_architecture multi_query parallel_attn bias tie_word_embeddings"),
    }  # fmt: skip


def opt(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    width = heads * rng.choice([2, 4, 6])
    return {
        "vocab_size": rng.randrange(3, 100), "hidden_size": width, "num_attention_heads": heads,
        "num_hidden_layers": rng.randrange(0, 4), "ffn_dim": rng.randrange(1, 40), "word_embed_proj_dim": rng.choice([width, 6]),
        "max_position_embeddings": rng.randrange(1, 30),
        **_flags(rng, "do_layer_norm_before enable_bias layer_norm_elementwise_affine tie_word_embeddings"),
    }  # fmt: skip


def mamba(rng: random.Random) -> dict[str, Any]:
    width, expand = rng.choice([4, 16, 24]), rng.choice([1, 2, 3])
    return {
        "vocab_size": rng.randrange(3, 100), "hidden_size": width, "state_size": rng.randrange(1, 9),
        "num_hidden_layers": rng.randrange(0, 4), "conv_kernel": rng.choice([2, 4]), "expand": expand,
        "intermediate_size": expand * width, "time_step_rank": rng.choice(["auto", 3]),
        **_flags(rng, "use_bias use_conv_bias tie_word_embeddings"),
    }  # fmt: skip


def bert(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 100), "hidden_size": heads * rng.choice([2, 4, 6]), "num_attention_heads": heads,
        "num_hidden_layers": rng.randrange(0, 4), "intermediate_size": rng.randrange(1, 40), "pad_token_id": 0,
        "max_position_embeddings": rng.randrange(1, 40), "type_vocab_size": rng.randrange(1, 4),
    }  # fmt: skip


def electra(rng: random.Random) -> dict[str, Any]:
    config = bert(rng)
    return config | {"embedding_size": rng.choice([config["hidden_size"], 6])}


def albert(rng: random.Random) -> dict[str, Any]:
    groups = rng.choice([1, 1, 2])
    return bert(rng) | {
        "embedding_size": rng.choice([4, 6]), "num_hidden_groups": groups, "inner_group_num": rng.choice([1, 2]),
        "num_hidden_layers": groups * rng.randrange(1, 4),
    }  # fmt: skip


def distilbert(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 100), "dim": heads * rng.choice([2, 4, 6]), "n_heads": heads,
        "n_layers": rng.randrange(0, 4), "hidden_dim": rng.randrange(1, 40), "max_position_embeddings": rng.randrange(1, 40),
    }  # fmt: skip


def t5(rng: random.Random) -> dict[str, Any]:
    return {
        "vocab_size": rng.randrange(3, 100), "d_model": rng.randrange(1, 20), "d_kv": rng.randrange(1, 9),
        "d_ff": rng.randrange(1, 40), "num_layers": rng.randrange(1, 4), "num_decoder_layers": rng.choice([None, 1, 3]),
        "num_heads": rng.randrange(1, 5), "relative_attention_num_buckets": rng.randrange(2, 20),
        "feed_forward_proj": rng.choice(["relu", "gated-gelu", "gated-silu"]), "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def vit(rng: random.Random) -> dict[str, Any]:
    heads, edge = rng.choice([1, 2, 4]), rng.choice([2, 4])
    return {
        "hidden_size": heads * rng.choice([2, 4, 6]), "num_attention_heads": heads, "intermediate_size": rng.randrange(1, 40),
        "num_hidden_layers": rng.randrange(0, 4), "patch_size": edge, "image_size": edge * rng.randrange(1, 5),
        "num_channels": rng.choice([1, 3]), "qkv_bias": rng.random() < 0.5,
    }  # fmt: skip


def whisper(rng: random.Random) -> dict[str, Any]:
    lower, upper = rng.choice([1, 2]), rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 100), "num_mel_bins": rng.randrange(1, 9), "d_model": rng.choice([4, 8, 12]),
        "encoder_layers": rng.randrange(0, 4), "decoder_layers": rng.randrange(0, 4), "encoder_attention_heads": lower,
        "decoder_attention_heads": upper, "encoder_ffn_dim": rng.randrange(1, 30), "decoder_ffn_dim": rng.randrange(1, 30),
        "max_source_positions": rng.randrange(1, 20), "max_target_positions": rng.randrange(1, 20), "pad_token_id": 0,
    }  # fmt: skip


def _bert_classes(stem: str) -> str:
    heads = "MaskedLM SequenceClassification TokenClassification QuestionAnswering MultipleChoice"
    return " ".join([f"{stem}Model", *[f"{stem}For{head}" for head in heads.split()]])


def _stablelm(rng: random.Random) -> dict[str, Any]:
    return {"qk_layernorm": False}


def _neox(rng: random.Random) -> dict[str, Any]:
    return {"rotary_pct": 1.0}


_MIXTRAL = _experts({"num_local_experts": "experts", "num_experts_per_tok": "used"})
_QWEN_MOE = _experts({"num_experts": "experts", "num_experts_per_tok": "used", "moe_intermediate_size": "inner"})
_QWEN3_MOE = _experts({"num_local_experts": "experts", "num_experts_per_tok": "used", "moe_intermediate_size": "inner"})
_OLMOE = _experts({"num_experts": "experts", "num_experts_per_tok": "used"})


def _hybrid(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2])
    return {
        "linear_num_key_heads": heads, "linear_num_value_heads": heads * rng.choice([1, 2]), "num_hidden_layers": rng.randrange(1, 6),
        "linear_key_head_dim": rng.choice([2, 4]), "linear_value_head_dim": rng.choice([2, 6]), "linear_conv_kernel_dim": rng.choice([2, 4]),
    }  # fmt: skip


def _jamba(rng: random.Random) -> dict[str, Any]:
    number = rng.randrange(1, 5)
    return {
        "num_experts": number, "num_experts_per_tok": rng.randrange(1, number + 1), "expert_layer_period": 2, "expert_layer_offset": 1,
        "attn_layer_period": 3, "attn_layer_offset": rng.randrange(0, 3), "mamba_d_state": rng.randrange(1, 6),
        "mamba_d_conv": rng.choice([2, 4]), "mamba_expand": rng.choice([1, 2]), "mamba_dt_rank": rng.choice(["auto", 3]),
        "use_mamba_kernels": False, "num_hidden_layers": rng.randrange(0, 7), "pad_token_id": 0,
        **_flags(rng, "mamba_conv_bias mamba_proj_bias"),
    }  # fmt: skip


def mamba2(rng: random.Random) -> dict[str, Any]:
    heads, each = rng.choice([1, 2, 4]), rng.choice([2, 4])
    return {
        "vocab_size": rng.randrange(3, 100), "num_heads": heads, "head_dim": each, "hidden_size": heads * each // 2, "expand": 2,
        "state_size": rng.randrange(1, 9), "n_groups": 1, "num_hidden_layers": rng.randrange(0, 4), "conv_kernel": rng.choice([2, 4]),
        "pad_token_id": 0, **_flags(rng, "use_bias use_conv_bias tie_word_embeddings"),
    }  # fmt: skip


def _falcon_h1(rng: random.Random) -> dict[str, Any]:
    heads, each = rng.choice([1, 2]), rng.choice([2, 4])
    return {
        "mamba_n_heads": heads, "mamba_d_head": each, "mamba_d_ssm": heads * each, "mamba_n_groups": 1, "mamba_d_state": rng.randrange(1, 6),
        "mamba_d_conv": rng.choice([2, 4]), **_flags(rng, "mamba_conv_bias mamba_proj_bias mamba_rms_norm"),
    }  # fmt: skip


def nemotron_h(rng: random.Random) -> dict[str, Any]:
    heads, number = rng.choice([1, 2, 4]), rng.randrange(1, 5)
    kinds = [rng.choice(["linear_attention", "full_attention", "mlp", "moe"]) for _ in range(rng.randrange(1, 5))]
    return {
        "vocab_size": rng.randrange(3, 100), "hidden_size": rng.choice([4, 8]), "layers_block_type": kinds, "num_attention_heads": heads,
        "num_key_value_heads": rng.choice([1, heads]), "head_dim": rng.choice([2, 4]), "intermediate_size": rng.randrange(1, 30),
        "ssm_state_size": rng.randrange(1, 6), "mamba_num_heads": 2, "mamba_head_dim": rng.choice([2, 4]),
        rng.choice(["n_groups", "mamba_n_groups"]): rng.choice([1, 2]), rng.choice(["conv_kernel", "mamba_d_conv"]): rng.choice([2, 4]),
        "n_routed_experts": number, "num_experts_per_tok": rng.randrange(1, number + 1),
        "moe_intermediate_size": rng.randrange(1, 20), "moe_shared_expert_intermediate_size": rng.randrange(1, 20), "n_shared_experts": 1,
        "moe_latent_size": rng.choice([None, 5]), "n_group": 1, "topk_group": 1, rng.choice(["use_conv_bias", "mamba_conv_bias"]): rng.random() < 0.5,
        **_flags(rng, "use_bias attention_bias mlp_bias mamba_proj_bias tie_word_embeddings"),
    }  # fmt: skip


def rwkv(rng: random.Random) -> dict[str, Any]:
    return {
        "vocab_size": rng.randrange(3, 100), "hidden_size": rng.randrange(1, 20), "num_hidden_layers": rng.randrange(2, 5),
        "attention_hidden_size": rng.choice([None, 6]), "intermediate_size": rng.choice([None, 7]), "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def _lfm2(rng: random.Random) -> dict[str, Any]:
    layers = rng.randrange(0, 4)
    return {
        "num_hidden_layers": layers, "intermediate_size": rng.randrange(3, 60), "conv_L_cache": rng.choice([2, 3]), "block_multiple_of": rng.choice([4, 7]),
        "layer_types": [rng.choice(["conv", "full_attention"]) for _ in range(layers)], **_flags(rng, "conv_bias block_auto_adjust_ff_dim"),
    }  # fmt: skip


def mpt(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 100), "d_model": heads * rng.choice([2, 4, 6]), "n_heads": heads, "n_layers": rng.randrange(0, 4),
        "expansion_ratio": 4, "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def seq2seq(rng: random.Random) -> dict[str, Any]:
    return {
        "vocab_size": rng.randrange(3, 100), "d_model": rng.choice([4, 8, 12]), "encoder_layers": rng.randrange(0, 4),
        "decoder_layers": rng.randrange(0, 4), "encoder_attention_heads": rng.choice([1, 2]), "decoder_attention_heads": rng.choice([1, 2, 4]),
        "encoder_ffn_dim": rng.randrange(1, 30), "decoder_ffn_dim": rng.randrange(1, 30), "max_position_embeddings": rng.randrange(3, 20),
        "pad_token_id": 0,
    }  # fmt: skip


def modernbert(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 100), "hidden_size": heads * rng.choice([2, 4, 6]), "num_attention_heads": heads, "pad_token_id": 0,
        "num_hidden_layers": rng.randrange(1, 4), "intermediate_size": rng.randrange(1, 40),
        **_flags(rng, "norm_bias attention_bias mlp_bias decoder_bias classifier_bias tie_word_embeddings"),
    }  # fmt: skip


def mpnet(rng: random.Random) -> dict[str, Any]:
    config = {key: value for key, value in bert(rng).items() if key != "type_vocab_size"}
    return config | {"max_position_embeddings": rng.randrange(2, 30)}


def bigcode(rng: random.Random) -> dict[str, Any]:
    return gpt2(rng) | {"multi_query": rng.random() < 0.5}


def _indexer(rng: random.Random) -> dict[str, Any]:
    return _latent(rng) | {
        "q_lora_rank": rng.choice([3, 8]),
        "index_n_heads": rng.choice([1, 2]),
        "index_head_dim": rng.choice([4, 8]),
    }


def _helium(rng: random.Random) -> dict[str, Any]:
    """Its output projection takes the hidden size, whatever its heads have."""
    heads, each = rng.choice([1, 2, 4]), rng.choice([2, 4])
    return {
        "hidden_size": heads * each,
        "num_attention_heads": heads,
        "head_dim": each,
        "num_key_value_heads": rng.choice([1, heads]),
    }


def _llama4(rng: random.Random) -> dict[str, Any]:
    return {"intermediate_size_mlp": rng.randrange(1, 30), "interleave_moe_layer_step": rng.choice([1, 2])} | _MIXTRAL(
        rng
    )


TIED, BIASED = "tie_word_embeddings", "tie_word_embeddings attention_bias"

FAMILIES: dict[str, tuple[str, Draw]] = {
    "llama": decoder(llama_like("Llama"), BIASED + " mlp_bias"),
    "mistral": decoder(llama_like("Mistral")),
    "qwen2": decoder(llama_like("Qwen2"), head_dim=False, more=_sliding),
    "qwen3": decoder(llama_like("Qwen3"), BIASED, more=_sliding),
    "gemma": decoder(llama_like("Gemma"), BIASED),
    "gemma2": decoder(llama_like("Gemma2"), BIASED),
    "gemma3_text": decoder("Gemma3TextModel Gemma3ForCausalLM", BIASED),
    "granite": decoder("GraniteModel GraniteForCausalLM", BIASED + " mlp_bias", head_dim=False),
    "olmo": decoder("OlmoModel OlmoForCausalLM", BIASED, head_dim=False),
    "olmo2": decoder("Olmo2Model Olmo2ForCausalLM", BIASED, head_dim=False),
    "olmoe": decoder("OlmoeModel OlmoeForCausalLM", BIASED, head_dim=False, more=_OLMOE),
    "starcoder2": decoder("Starcoder2Model Starcoder2ForCausalLM", TIED + " use_bias", head_dim=False),
    "phi": decoder("PhiModel PhiForCausalLM", TIED + " qk_layernorm", head_dim=False),
    "phi3": decoder("Phi3Model Phi3ForCausalLM", head_dim=False),
    "stablelm": decoder(
        "StableLmModel StableLmForCausalLM", TIED + " use_qkv_bias use_parallel_residual", False, _stablelm
    ),
    "cohere": decoder("CohereModel CohereForCausalLM", BIASED + " use_qk_norm", head_dim=False),
    "glm": decoder("GlmModel GlmForCausalLM", BIASED),
    "glm4": decoder("Glm4Model Glm4ForCausalLM", BIASED),
    "glm4_moe": decoder("Glm4MoeModel Glm4MoeForCausalLM", BIASED + " use_qk_norm", more=_glm_moe),
    "mixtral": decoder("MixtralModel MixtralForCausalLM", more=_MIXTRAL),
    "qwen2_moe": decoder(
        "Qwen2MoeModel Qwen2MoeForCausalLM", TIED, False, _both(_QWEN_MOE, _moe_steps, _shared, _sliding)
    ),
    "qwen3_moe": decoder("Qwen3MoeModel Qwen3MoeForCausalLM", BIASED, True, _both(_QWEN3_MOE, _moe_steps)),
    "deepseek_v2": decoder("DeepseekV2Model DeepseekV2ForCausalLM", BIASED, False, _latent),
    "deepseek_v3": decoder("DeepseekV3Model DeepseekV3ForCausalLM", BIASED, False, _latent),
    "gpt_oss": decoder("GptOssModel GptOssForCausalLM", BIASED, more=_MIXTRAL),
    "gpt_neox": decoder(llama_like("GPTNeoX"), BIASED + " use_parallel_residual", False, _neox, kv=False),
    "gpt2": ("GPT2Model GPT2LMHeadModel GPT2ForSequenceClassification GPT2ForTokenClassification", gpt2),
    "gptj": ("GPTJModel GPTJForCausalLM GPTJForSequenceClassification", gptj),
    "gpt_neo": (llama_like("GPTNeo"), gpt_neo),
    "bloom": (llama_like("Bloom"), bloom),
    "falcon": (llama_like("Falcon"), falcon),
    "opt": ("OPTModel OPTForCausalLM OPTForSequenceClassification", opt),
    "mamba": ("MambaModel MambaForCausalLM", mamba),
    "falcon_mamba": ("FalconMambaModel FalconMambaForCausalLM", mamba),
    "bert": (_bert_classes("Bert") + " BertForPreTraining BertForNextSentencePrediction", bert),
    "roberta": (_bert_classes("Roberta"), bert),
    "xlm_roberta": (_bert_classes("XLMRoberta"), bert),
    "camembert": (_bert_classes("Camembert"), bert),
    "electra": ("ElectraModel ElectraForMaskedLM ElectraForPreTraining ElectraForSequenceClassification", electra),
    "albert": ("AlbertModel AlbertForMaskedLM AlbertForPreTraining AlbertForSequenceClassification", albert),
    "distilbert": ("DistilBertModel DistilBertForMaskedLM DistilBertForSequenceClassification", distilbert),
    "t5": ("T5Model T5ForConditionalGeneration T5EncoderModel", t5),
    "mt5": ("MT5Model MT5ForConditionalGeneration MT5EncoderModel", t5),
    "vit": ("ViTModel ViTForImageClassification", vit),
    "deit": ("DeiTModel DeiTForImageClassification DeiTForImageClassificationWithTeacher", vit),
    "whisper": ("WhisperModel WhisperForConditionalGeneration", whisper),
    "smollm3": decoder("SmolLM3Model SmolLM3ForCausalLM", BIASED + " mlp_bias", False),
    "seed_oss": decoder("SeedOssModel SeedOssForCausalLM", BIASED + " attention_out_bias mlp_bias"),
    "ernie4_5": decoder("Ernie4_5Model Ernie4_5ForCausalLM", TIED + " use_bias"),
    "helium": decoder("HeliumModel HeliumForCausalLM", BIASED + " mlp_bias", False, _helium),
    "arcee": decoder("ArceeModel ArceeForCausalLM", BIASED + " mlp_bias"),
    "nemotron": decoder("NemotronModel NemotronForCausalLM", BIASED + " mlp_bias", False),
    "nanochat": decoder("NanoChatModel NanoChatForCausalLM", BIASED, False),
    "vaultgemma": decoder("VaultGemmaModel VaultGemmaForCausalLM", BIASED),
    "cohere2": decoder("Cohere2Model Cohere2ForCausalLM", BIASED, False),
    "olmo3": decoder("Olmo3Model Olmo3ForCausalLM", BIASED, False),
    "exaone4": decoder("Exaone4Model Exaone4ForCausalLM", TIED, False),
    "granitemoe": decoder("GraniteMoeModel GraniteMoeForCausalLM", BIASED, False, _MIXTRAL),
    "granitemoeshared": decoder("GraniteMoeSharedModel GraniteMoeSharedForCausalLM", BIASED, False, _MIXTRAL),
    "phimoe": decoder("PhimoeModel PhimoeForCausalLM", BIASED + " lm_head_bias", False, _MIXTRAL),
    "minimax_m2": decoder("MiniMaxM2Model MiniMaxM2ForCausalLM", TIED, True, _MIXTRAL),
    "llama4_text": decoder("Llama4TextModel Llama4ForCausalLM", BIASED, True, _llama4),
    "qwen3_next": decoder("Qwen3NextModel Qwen3NextForCausalLM", BIASED, True, _both(_QWEN_MOE, _moe_steps, _hybrid)),
    "qwen3_5_text": decoder("Qwen3_5TextModel Qwen3_5ForCausalLM", BIASED, True, _hybrid),
    "qwen3_5_moe_text": decoder("Qwen3_5MoeTextModel Qwen3_5MoeForCausalLM", BIASED, True, _both(_QWEN_MOE, _hybrid)),
    "deepseek_v32": decoder("DeepseekV32Model DeepseekV32ForCausalLM", TIED, False, _indexer),
    "jamba": decoder("JambaModel JambaForCausalLM", TIED, False, _jamba),
    "mamba2": ("Mamba2Model Mamba2ForCausalLM", mamba2),
    "falcon_h1": decoder("FalconH1Model FalconH1ForCausalLM", BIASED + " mlp_bias", False, _falcon_h1),
    "nemotron_h": ("NemotronHModel NemotronHForCausalLM", nemotron_h),
    "rwkv": ("RwkvModel RwkvForCausalLM", rwkv),
    "lfm2": decoder("Lfm2Model Lfm2ForCausalLM", TIED, False, _lfm2),
    "codegen": ("CodeGenModel CodeGenForCausalLM", gptj),
    "gpt_bigcode": ("GPTBigCodeModel GPTBigCodeForCausalLM", bigcode),
    "mpt": ("MptModel MptForCausalLM", mpt),
    "bart": ("BartModel BartForConditionalGeneration BartForSequenceClassification", seq2seq),
    "mbart": ("MBartModel MBartForConditionalGeneration", seq2seq),
    "m2m_100": ("M2M100Model M2M100ForConditionalGeneration", seq2seq),
    "pegasus": ("PegasusModel PegasusForConditionalGeneration", seq2seq),
    "marian": ("MarianModel MarianMTModel", seq2seq),
    "blenderbot": ("BlenderbotModel BlenderbotForConditionalGeneration", seq2seq),
    "mpnet": ("MPNetModel MPNetForMaskedLM", mpnet),
    "modernbert": ("ModernBertModel ModernBertForMaskedLM", modernbert),
    "eurobert": decoder("EuroBertModel EuroBertForMaskedLM", BIASED + " mlp_bias"),
}
"""``family → (the classes it may build, what draws a configuration)``."""
