"""What a stored tensor is, told from its name, element type and shape: files of tensors do not say it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_BY_NAME = {
    "weight": "weight", "kernel": "weight", "gamma": "weight", "qweight": "weight",
    "bias": "bias", "beta": "bias",
    "running_mean": "running_statistic", "running_var": "running_statistic",
    "_mean": "running_statistic", "_variance": "running_statistic",
    "moving_mean": "running_statistic", "moving_variance": "running_statistic",
    "num_batches_tracked": "buffer", "inv_freq": "buffer", "position_ids": "buffer", "masked_bias": "buffer",
    "relative_position_index": "buffer", "attn_mask": "buffer", "rope_freqs": "buffer", "mask": "buffer",
    "rng_state": "state", "cuda_rng_state": "state", "n_averaged": "buffer", "pos_weight": "buffer",
    "exp_avg": "state", "exp_avg_sq": "state", "max_exp_avg_sq": "state", "momentum_buffer": "state",
    "betas": "buffer", "alphas_cumprod": "buffer", "alphas_cumprod_prev": "buffer", "sqrt_alphas_cumprod": "buffer",
    "sqrt_one_minus_alphas_cumprod": "buffer", "log_one_minus_alphas_cumprod": "buffer", "lvlb_weights": "buffer",
    "sqrt_recip_alphas_cumprod": "buffer", "sqrt_recipm1_alphas_cumprod": "buffer", "posterior_variance": "buffer",
    "posterior_log_variance_clipped": "buffer", "posterior_mean_coef1": "buffer", "posterior_mean_coef2": "buffer",
    "k_scale": "scale", "v_scale": "scale", "input_scale": "scale", "output_scale": "scale",
    "_amax": "scale", "input_amax": "scale", "weight_amax": "scale", "output_amax": "scale",
    "_pre_quant_scale": "scale", "pre_quant_scale": "scale",
    "input_zero_point": "zero_point", "output_zero_point": "zero_point", "azp_adj": "zero_point",
    "scaled_fp8": "constant", "comfy_quant": "constant",
    "cos_cached": "buffer", "sin_cached": "buffer", "freqs_cis": "buffer", "freqs_cos": "buffer", "freqs_sin": "buffer",
    "embed_positions": "buffer", "relative_coords_table": "buffer", "sigmas": "buffer", "log_sigmas": "buffer",
    "anchors": "buffer", "anchor_grid": "buffer", "valid_mask": "buffer", "tril": "buffer", "causal_mask": "buffer",
    "fb": "buffer", "window": "buffer", "hann_window": "buffer", "mel_basis": "buffer",
    "mel_filters": "buffer",
    "pixel_mean": "buffer", "pixel_std": "buffer", "image_mean": "buffer", "image_std": "buffer",
    "cached_key": "state", "cached_value": "state", "cache_index": "state",
    "queue": "buffer", "original_inv_freq": "buffer", "_extra_state": "state",
    "spiece_model": "constant", "tekken_model": "constant",
}  # fmt: skip
"""The last part of a name → its role. Sources: PyTorch's and Keras's own names, the buffers of Hugging Face's
transformers (rotary tables, DETR's anchors) and PEFT, of SwinV2, YOLO, NeMo, torchaudio and latent diffusion;
ComfyUI's copies of a tokeniser's file, what TransformerEngine keeps of its scales."""

COUNTERS = frozenset(("bool", "int64", "int32", "int16", "uint64", "uint32", "uint16"))
"""Element types that nothing is learned in: an index, a mask or a counter unless its name says it is a weight."""

_LEARNED = frozenset(("float32", "float16", "bfloat16", "float64"))
"""Element types of tensors that are what their names say."""

_GGUF_TABLES = ("rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight")

_INNER = (
    ".weight.absmax", ".weight.quant_", ".weight.nested_", ".weight._data", ".weight._scale", ".weight._shift",
    ".weight.scale", ".weight.compressed", ".weight.bitmask", ".weight.row_offsets", ".weight.shape",
    ".centroids.", ".res_centroids.", ".outlier_centroids.",
)  # fmt: skip
"""bitsandbytes, Quanto and VPTQ hang their tables below the weight: they belong to the module above."""
_STATE = (".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map", ".quant_state.")
"""bitsandbytes's, below a parameter of any name."""


def role_of(name: str, dtype: str, shape: tuple[object, ...]) -> str:
    """The role of a stored tensor.

    >>> role_of("features.0.weight", "float32", (64, 3, 11, 11)), role_of("bn.running_var", "float32", (64,))
    ('weight', 'running_statistic')
    >>> role_of("h.0.attn.bias", "float32", (1, 1, 1024, 1024))  # GPT-2's causal mask
    'buffer'
    """
    if name.endswith((".weight", ".bias")) and dtype in _LEARNED:  # nearly every tensor: nothing below says otherwise
        if name[-1] == "s" and len(shape) != 4:
            return "bias"
        if name[-1] == "t" and not name.endswith(_GGUF_TABLES):
            return "weight"
    last = last_part(name)
    if dtype == "float8_e8m0fnu":  # powers of two: nothing but scales is written so
        return "scale"
    if name.startswith(_OPTIMIZERS):
        return "state"
    if name.startswith(_STATISTICS) or (last in _EMAS and module_of(name).endswith("_ema")):
        return "running_statistic"
    role = _BY_NAME.get(last) or _by_place(name, last, shape)
    if role == "bias" and len(shape) == 4 and shape[:2] == (1, 1) and shape[2] == shape[3] != 1:
        return "buffer"
    if last in ("_u", "_v", "base") and ".parametrizations." in f".{name}":  # of spectral and orthogonal ones
        return "buffer"
    if name.endswith(_GGUF_TABLES) or (dtype in COUNTERS and last != "qweight" and not name.endswith(".weight")):
        return "buffer"
    return role


def _by_place(name: str, last: str, shape: tuple[object, ...]) -> str:
    if "fake_quant." in name or "activation_post_process." in name:  # PyTorch's observers: ranges that were measured
        return "buffer"
    if last.endswith(_PADDLES_STATE) or last.endswith("_momentum"):
        return "state"
    if last in _RANGES and shape in ((), (1,)):
        return "scale"
    if last == "step" and not shape:
        return "state"
    if last in ("count", "key") and "rngs" in name.replace("/", ".").split("."):  # Flax's streams of random numbers
        return "state"
    if last in _ADAPTERS_OWN or name.removesuffix(f".{last}").rpartition(".")[2] in _ADAPTERS_OWN:
        return "buffer"
    if name.endswith(_BUFFERS) or (last == "pe" and "pos" in name and "enc" in name.lower().rpartition("pos")[2]):
        return "buffer"
    if last == "_scale" and name.endswith("_quantizer._scale"):  # ModelOpt's, beside its ``_amax``
        return "scale"
    if last.endswith("_bias") or last.startswith("bias_") or (last in ("b", "biases") and len(shape) == 1):
        return "bias"
    if name.endswith(("_packed_params.0", "_packed_params.1")):  # PyTorch's quantised layers: a pair without names
        return "weight" if last == "0" else "bias"
    return "weight" if last.endswith("_weight") or last.startswith("weight_") else "parameter"


_OPTIMIZERS = ("opt_state/", "opt_state.", "opt/", "optimizer/", "optimizer.state.")
"""How the names begin of what Optax's and PyTorch's optimizers keep, where a file holds it beside the weights."""
_STATISTICS = ("batch_stats/", "batch_stats.")
"""Flax's collection of running means and variances."""
_EMAS = frozenset(("average", "hidden", "counter"))
"""What Haiku keeps of a running average, in a module ``mean_ema`` or ``var_ema``."""
_ADAPTERS_OWN = frozenset(
    (
        "vera_A", "vera_B", "pvera_A", "pvera_B", "randlora_A", "randlora_B", "delora_w_norm", "tinylora_A",
        "tinylora_B", "tinylora_P", "unilora_scales_A", "unilora_scales_B", "adamss_newB", "_osf_U_high", "_osf_V_high",
        "_osf_U_low_init", "_osf_S_low_init", "_osf_V_low_init", "frod_V", "trainable_tokens_original",
        "lora_velora_embed",
    )
)  # fmt: skip
"""Buffers of PEFT's adapters (``BufferDict``): projections that are drawn or worked out and never trained. In a model's
state dict the adapter's name follows (``vera_A.default``)."""
_RANGES = frozenset(("q_scale", "prob_scale", "kv_scale", "act_scale", "activation_scale", "kv_cache_scaling_factor"))
"""One number under such a name is the range that a product's side was measured to have, where it is rounded."""
_BUFFERS = ("rope.freqs", "mel_scale.fb", "spectrogram.window", "dino_loss.center", "ibot_loss.center")
"""How names end that only their module tells apart. ``pos_encoder.pe`` is that of PyTorch's tutorial."""
_PADDLES_STATE = ("_moment1_0", "_moment2_0", "_beta1_pow_acc_0", "_beta2_pow_acc_0", "_velocity_0", "_moment_0")
"""How the names of PaddlePaddle's optimizers end."""


def last_part(name: str) -> str:
    """The name inside its module: ``weight`` of ``features.0.weight``, ``kernel`` of ``dense/kernel:0``."""
    last = name.rpartition(".")[2]
    if "/" in last:
        last = last.rpartition("/")[2]
    return last.partition(":")[0]


def module_of(name: str) -> str:
    """The path of the module that a tensor belongs to; a name without a module is its own.

    >>> module_of("features.0.weight"), module_of("dense/kernel:0"), module_of("w1")
    ('features.0', 'dense', 'w1')
    """
    if ".weight." in name or "centroids." in name:
        for inner in _INNER:
            if inner in name:
                return name.partition(inner)[0]
    if "absmax" in name or ".quant_" in name:
        for inner in _STATE:
            if inner in name:
                return name.partition(inner)[0].rpartition(".")[0] or name
    path = name.rpartition(".")[0] or name.rpartition("/")[0]
    return path or name


ZEROS = str.maketrans("123456789", "000000000")
"""Every digit as a 0."""


def spellings(names: Iterable[str]) -> str:
    r"""Names with a line end behind each, of those that differ in their digits alone one: every digit is a 0.

    What few files hold is looked for in it: twenty thousand names of a hundred equal blocks are a few lines.

    >>> spellings(["h.0.bias", "h.1.bias", "h.0.weight_2"])
    'h.0.bias\nh.0.weight_0\n'
    """
    return "\n".join(dict.fromkeys("\n".join(names).translate(ZEROS).split("\n"))) + "\n"


def inner_part(name: str, module: str) -> str:
    """What a tensor is called inside ``module``: ``weight.absmax``, ``qweight``; its own name at the root."""
    return name[len(module) + 1 :] if len(name) > len(module) and name.startswith(module) else name
