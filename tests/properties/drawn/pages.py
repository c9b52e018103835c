"""Random configurations for families that read pages, tables and passages."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.families import Draw, _flags, bert


def layoutlmv3(rng: random.Random) -> dict[str, Any]:
    corner, extent, patch = rng.choice([2, 4]), rng.choice([2, 4]), rng.choice([4, 8])
    return bert(rng) | {
        "hidden_size": 4 * corner + 2 * extent, "num_attention_heads": rng.choice([1, 2, 4]), "coordinate_size": corner, "shape_size": extent,
        "max_2d_position_embeddings": rng.randrange(1, 40), "rel_pos_bins": rng.randrange(2, 9), "rel_2d_pos_bins": rng.randrange(2, 9),
        "input_size": patch * rng.randrange(1, 4), "patch_size": patch, "num_channels": rng.choice([1, 3]), "num_labels": rng.choice([2, 9, 10, 12]),
        **_flags(rng, "has_relative_attention_bias has_spatial_attention_bias visual_embed"),
    }  # fmt: skip


def lilt(rng: random.Random) -> dict[str, Any]:
    heads, ratio = rng.choice([1, 2]), rng.choice([1, 2, 4])
    return bert(rng) | {
        "hidden_size": 12 * heads * ratio, "num_attention_heads": heads, "channel_shrink_ratio": ratio, "intermediate_size": rng.randrange(4, 40), "max_position_embeddings": 40,
        "max_2d_position_embeddings": rng.randrange(1, 40),
    }  # fmt: skip


def dpr(rng: random.Random) -> dict[str, Any]:
    return bert(rng) | {"projection_dim": 0 if rng.random() < 0.5 else 7}


def tapas(rng: random.Random) -> dict[str, Any]:
    drawn = bert(rng)
    drawn.pop("type_vocab_size")
    return drawn | {
        "type_vocab_sizes": [rng.randrange(1, 9) for _ in range(7)], "num_aggregation_labels": rng.choice([0, 4]),
        "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


FAMILIES: dict[str, tuple[str, Draw]] = {
    "layoutlmv3": (
        "LayoutLMv3Model LayoutLMv3ForSequenceClassification LayoutLMv3ForTokenClassification LayoutLMv3ForQuestionAnswering",
        layoutlmv3,
    ),
    "lilt": ("LiltModel LiltForSequenceClassification LiltForTokenClassification LiltForQuestionAnswering", lilt),
    "dpr": ("DPRQuestionEncoder DPRContextEncoder", dpr),
    "tapas": ("TapasModel TapasForMaskedLM TapasForQuestionAnswering TapasForSequenceClassification", tapas),
}
