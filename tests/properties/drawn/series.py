"""Random configurations for families that read series of numbers."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.families import Draw, _flags


def timesfm(rng: random.Random) -> dict[str, Any]:
    patch = rng.choice([4, 8])
    return {
        "patch_length": patch, "context_length": patch * rng.randrange(1, 9), "horizon_length": rng.randrange(1, 20), "freq_size": rng.randrange(1, 5),
        "num_hidden_layers": rng.randrange(0, 4), "hidden_size": rng.choice([8, 12]), "intermediate_size": rng.randrange(1, 20),
        "head_dim": rng.choice([2, 4]), "num_attention_heads": rng.choice([1, 2, 3]), "quantiles": [0.1, 0.5, 0.9][: rng.randrange(0, 4)],
    }  # fmt: skip


def lags(rng: random.Random) -> dict[str, Any]:
    """Series told from what was before, and what goes with it: kinds, times, other numbers."""
    heads, upper, sorts = rng.choice([1, 2]), rng.choice([1, 2]), rng.randrange(0, 3)
    return {
        "prediction_length": rng.randrange(1, 20), "context_length": rng.choice([None, rng.randrange(1, 60)]), "input_size": rng.randrange(1, 4),
        "lags_sequence": rng.choice([[1], [1, 2, 5]]), "num_time_features": rng.randrange(0, 3), "num_dynamic_real_features": rng.randrange(0, 3),
        "num_static_real_features": rng.randrange(0, 3), "num_static_categorical_features": sorts, "cardinality": [rng.randrange(1, 9) for _ in range(sorts)],
        "embedding_dimension": rng.choice([None, [rng.randrange(1, 5) for _ in range(sorts)]]), "d_model": 4 * rng.randrange(1, 4),
        "encoder_attention_heads": heads, "decoder_attention_heads": upper, "encoder_layers": rng.randrange(0, 4), "decoder_layers": rng.randrange(0, 3),
        "encoder_ffn_dim": rng.randrange(1, 20), "decoder_ffn_dim": rng.randrange(1, 20), "distribution_output": rng.choice(["student_t", "normal", "negative_binomial"]),
    }  # fmt: skip


def informer(rng: random.Random) -> dict[str, Any]:
    sparse = {
        "attention_type": rng.choice(["prob", "full"]),
        "sampling_factor": rng.randrange(1, 6),
        "distil": rng.random() < 0.5,
    }
    return lags(rng) | sparse


def patchtst(rng: random.Random) -> dict[str, Any]:
    heads, patch = rng.choice([1, 2]), rng.randrange(1, 5)
    return {
        "num_input_channels": rng.randrange(1, 4), "context_length": patch + rng.randrange(1, 20), "patch_length": patch, "patch_stride": rng.randrange(1, 5),
        "num_hidden_layers": rng.randrange(0, 3), "d_model": heads * rng.choice([2, 4]), "num_attention_heads": heads, "ffn_dim": rng.randrange(1, 20),
        "norm_type": rng.choice(["batchnorm", "layernorm"]), "pooling_type": rng.choice(["mean", "max"]), "prediction_length": rng.randrange(1, 20),
        "num_targets": rng.randrange(1, 5), "loss": rng.choice(["mse", "nll"]), "distribution_output": rng.choice(["student_t", "normal", "negative_binomial"]),
        **_flags(rng, "share_embedding channel_attention bias pre_norm use_cls_token share_projection"),
    }  # fmt: skip


FAMILIES: dict[str, tuple[str, Draw]] = {
    "timesfm": ("TimesFmModel TimesFmModelForPrediction", timesfm),
    "informer": ("InformerModel InformerForPrediction", informer),
    "time_series_transformer": ("TimeSeriesTransformerModel TimeSeriesTransformerForPrediction", lags),
    "patchtst": (
        "PatchTSTModel PatchTSTForPrediction PatchTSTForPretraining PatchTSTForClassification PatchTSTForRegression",
        patchtst,
    ),
}
