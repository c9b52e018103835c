"""Keys of a configuration that change no tensor, and which unknown ones might.

A family asks for what it needs. Of the rest, what is listed here is bookkeeping: training, generation, numerical
constants, positions that are computed. Of what nobody knows, a key whose words speak of sizes might change a count.
"""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.limits import MAX_DIMENSION
from netledger.printable import printable_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

UNPACKED = "sizes here are those of the unpacked values; netledger memory gives what the quantised ones take"
"""What is said of quantised weights where none are stored beside the configuration."""

_WHOLE = frozenset(
    "architectures model_type auto_map dtype torch_dtype transformers_version output_hidden_states return_dict "
    "return_dict_in_generate chunk_size_feed_forward is_encoder_decoder is_decoder problem_type "
    "output_attentions id2label label2id num_labels hidden_act activation_function hidden_activation activation "
    "dense_act_fn is_gated_act use_cache rope_parameters rope_scaling rope_theta rope_ratio rope_interleave "
    "rope_local_base_freq rotary_pct rotary_emb_base rotary_dim rotary_base partial_rotary_factor original_rope "
    "original_max_position_embeddings max_position_embeddings max_window_layers context_length max_seq_len "
    "max_sequence_length n_ctx seq_length model_max_length max_length min_length no_repeat_ngram_size num_beams "
    "early_stopping length_penalty num_return_sequences top_k top_p temperature repetition_penalty do_sample "
    "diversity_penalty num_beam_groups typical_p remove_invalid_values forced_bos_token_id suppress_tokens "
    "begin_suppress_tokens forced_decoder_ids exponential_decay_length_penalty task_specific_params prefix "
    "finetuning_task tokenizer_class use_bfloat16 torchscript tf_legacy_loss pruned_heads bad_words_ids "
    "encoder_no_repeat_ngram_size output_scores output_past gradient_checkpointing pretraining_tp slow_but_exact "
    "alibi apply_residual_connection_post_layernorm transformers.js_config attn_implementation "
    "final_logit_softcapping attn_logit_softcapping query_pre_attn_scalar logit_scale logits_scaling "
    "embedding_multiplier residual_multiplier attention_multiplier scale_embedding scale_attn_weights "
    "scaling_factor scale_attn_by_inverse_layer_idx reorder_and_upcast_attn scale_attention_softmax_in_fp32 "
    "masked_softmax_fusion norm_topk_prob n_group topk_group topk_method scoring_func routed_scaling_factor "
    "moe_layer_freq ep_size seq_aux num_nextn_predict_layers output_router_logits router_aux_loss_coef "
    "router_jitter_noise aux_loss_alpha summary_type summary_use_proj summary_activation summary_proj_to_labels "
    "summary_first_dropout swiglu_limit swiglu_alpha relative_attention_max_distance encoder_stride pooler_act "
    "residual_in_fp32 rescale_prenorm_residual use_mambapy use_associative_scan time_step_limit time_step_min "
    "time_step_max time_step_floor time_step_scale time_step_init_scheme use_mamba_kernels num_logits_to_keep "
    "median_filter_width apply_spec_augment use_weighted_layer_sum classifier_proj_size mask_time_prob "
    "mask_time_length mask_time_min_masks mask_feature_prob mask_feature_length mask_feature_min_masks "
    "normalize_before normalize_embedding layerdrop position_embedding_type gradient_checkpointing_kwargs "
    "clip_qkv use_bidirectional_attention quantization_config cache_implementation language mup_scale_emb "
    "initializer_range initializer_factor init_std max_batch_size unsloth_version unsloth_fixed no_rope_layers "
    "no_rope_layer_interval attn_temperature_tuning floor_scale attn_scale use_sliding_window onnx_export legacy "
    "qk_head_dim decoder_start_token_id sliding_window_pattern cache_dtype fused_mlp fused_bias_fc "
    "use_flash_attn flash_attn flash_rotary gradient_checkpoint attn_pdrop mscale logit_softcapping layer_types "
    "use_mup n_positions seq_len pooler_fc_size pooler_num_attention_heads pooler_num_fc_layers "
    "pooler_size_per_head pooler_type skip_bias_add skip_bias_add_qkv bias_dropout_fusion offset_alibi "
    "net_structure_type num_memory_blocks gap_size down_scale_factor layers_to_keep sliding_window "
    "use_embedding_sharing initial_context_length num_image_tokens image_seq_length image_token_index "
    "image_token_id video_token_id sample_rate vocab_size_multiple pad_vocab_size_multiple".split()
)

_ENDINGS = (
    "_dropout", "dropout_prob", "_pdrop", "dropout_rate", "_eps", "_epsilon", "_token_id", "_token_ids", "_token_index",
    "_std", "_loss_coef", "_loss_coefficient", "_layerdrop", "_loss_weight", "_cost", "_act", "_activation", "_drop",
    "_loss", "_in_fp32",
)  # fmt: skip
_BEGINNINGS = ("_", "dropout", "init_", "initializer_", "generation_", "mtp_", "num_mtp", "use_mtp", "quant", "rope_")

_SIZES = frozenset(
    "size sizes dim dims num number layer layers head heads expert experts rank hidden inner intermediate width depth "
    "depths channel channels kernel projection ffn ff adapter block blocks group groups embed vocab".split()
)
"""Words of keys whose whole numbers are sizes."""
_SWITCHES = frozenset("bias biases tie tied untie adapter adapters shared cross encoder moe".split())
"""Words of keys whose ``true`` adds tensors or takes some away."""


_HARMLESS: dict[str, tuple[Any, ...]] = {
    "moe_layer_freq": (1, None), "pruned_heads": ({}, None),
    "position_embedding_type": (None, "absolute", "nope", "rope", "rotary", "rope_gptj", "learned", "sine", "alibi"),
}  # fmt: skip
"""Keys that change no tensor at these values alone: layers with experts, heads cut out, tables of distances."""


def is_unusual(key: str, value: Any) -> bool:
    """Whether a key that mostly is bookkeeping has a value that may change tensors.

    >>> is_unusual("moe_layer_freq", 1), is_unusual("moe_layer_freq", 2)
    (False, True)
    """
    return key in _HARMLESS and value not in _HARMLESS[key]


def is_bookkeeping(key: str) -> bool:
    """Whether a key of this name changes no tensor of any family.

    >>> is_bookkeeping("rms_norm_eps"), is_bookkeeping("_name_or_path"), is_bookkeeping("hidden_size")
    (True, True, False)
    """
    return key in _WHOLE or key.endswith(_ENDINGS) or key.startswith(_BEGINNINGS)


def might_matter(key: str, value: Any) -> bool:
    """Whether a key that nobody knows may stand for a size: its words speak of one, and it is not switched off.

    >>> might_matter("extra_mlp_dim", 512), might_matter("extra_mlp_dim", None), might_matter("license", "mit")
    (True, False, False)
    """
    words = "".join([" " if c in "_-." else c for c in key.lower()]).split()
    if isinstance(value, bool):
        return value and any(word in _SWITCHES for word in words)
    if isinstance(value, dict):
        return key.endswith("_config") and bool(value)
    if isinstance(value, list | tuple):
        return bool(value) and any(word in _SIZES for word in words)
    return isinstance(value, int) and value != 0 and any(word in _SIZES for word in words)


DTYPES = frozenset("float32 float16 bfloat16 float64 float8_e4m3fn float8_e5m2".split())
"""Element types of weights that a configuration may state; ``auto`` leaves it open."""
_OBJECTS = ("rope_scaling", "rope_parameters")
_POSITIONS = ("max_position_embeddings", "n_positions")


def check_bookkeeping(config: dict[str, Any]) -> None:
    """Refuses what no configuration says of positions and element types, where no family asks for it.

    >>> check_bookkeeping({"max_position_embeddings": 2048, "rope_scaling": None, "torch_dtype": "bfloat16"})
    """
    for key in _OBJECTS:
        if not isinstance(config.get(key), dict | None):
            raise FormatError(f"{key} takes an object, not {printable_value(config[key])}")
    for key in _POSITIONS:
        value = config.get(key)
        if value is not None and not (_is_whole(value, 0) and value <= MAX_DIMENSION):
            raise FormatError(f"{key} takes a number of positions, not {printable_value(value)}")
    _check_windows(config)
    for key in ("dtype", "torch_dtype"):
        value = config.get(key)
        named = value.removeprefix("torch.") if isinstance(value, str) else value
        known = isinstance(named, str) and (named in DTYPES or named == "auto")
        if not isinstance(value, dict | None) and not known:
            raise FormatError(f"{key} takes an element type, not {printable_value(value)}")


_WINDOWS = ("sliding_window", "attention_window", "attention_window_size", "local_attention", "attention_chunk_size")
"""How far back a layer's attention looks; of ``attention_window`` also a list, one a layer."""


def _check_windows(config: dict[str, Any]) -> None:
    """Windows, where they begin and which layers have one, also where a count of parameters needs none of them."""
    unused = config.get("use_sliding_window") is False
    for key in _WINDOWS:
        value = config.get(key)
        each = value if isinstance(value, list) and key == "attention_window" else [value]
        least = 0 if unused and key == "sliding_window" else 1
        if value is not None and not all(_is_whole(one, least) for one in each):
            raise FormatError(f"{key} takes a number of positions from 1 up, not {printable_value(value)}")
    from_layer = config.get("max_window_layers")
    if from_layer is not None and not _is_whole(from_layer, 0):
        raise FormatError(f"max_window_layers takes a number of layers, not {printable_value(from_layer)}")
    pattern = config.get("sliding_window_pattern")
    if pattern is not None and not isinstance(pattern, str | list) and not _is_whole(pattern, 0):
        raise FormatError(f"sliding_window_pattern takes a number of layers, not {printable_value(pattern)}")
    sorts = config.get("layer_types")
    if sorts is not None and not (isinstance(sorts, list) and all(isinstance(one, str) for one in sorts)):
        raise FormatError(f"layer_types takes a list of sorts of layers, not {printable_value(sorts)}")


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value) >= least


_DRAFTING = ("num_nextn_predict_layers", "mtp_num_hidden_layers", "num_mtp_modules", "mtp_num_layers")


def drafting_layers(configurations: Iterable[Mapping[str, Any]]) -> int:
    """How many layers of multi-token prediction a configuration or a part of it states.

    >>> drafting_layers([{"num_nextn_predict_layers": 1}])
    1
    """
    stated = (values.get(key) for values in configurations for key in _DRAFTING)
    return next((number for number in stated if type(number) is int and 0 < number < 1000), 0)
