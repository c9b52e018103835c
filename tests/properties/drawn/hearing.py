"""Random configurations for families that hear, since."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.families import Draw, _flags


def dac(rng: random.Random) -> dict[str, Any]:
    ratios = [rng.choice([2, 3, 4, 8]) for _ in range(rng.randrange(1, 4))]
    return {
        "encoder_hidden_size": rng.choice([2, 4]), "downsampling_ratios": ratios, "decoder_hidden_size": rng.choice([16, 24]),
        "n_codebooks": rng.randrange(1, 5), "codebook_size": rng.choice([16, 64]), "codebook_dim": rng.choice([2, 8]),
        "sampling_rate": rng.choice([1000, 1600]),
    }  # fmt: skip


def moonshine(rng: random.Random) -> dict[str, Any]:
    lower, upper = rng.choice([1, 2, 4]), rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 90), "hidden_size": 4 * rng.choice([4, 6]), "intermediate_size": rng.randrange(1, 30),
        "encoder_num_hidden_layers": rng.randrange(0, 3), "decoder_num_hidden_layers": rng.randrange(0, 3),
        "encoder_num_attention_heads": lower, "decoder_num_attention_heads": upper, "pad_head_dim_to_multiple_of": rng.choice([None, 8]),
        **_flags(rng, "attention_bias tie_word_embeddings"),
    }  # fmt: skip


FAMILIES: dict[str, tuple[str, Draw]] = {
    "dac": ("DacModel", dac),
    "moonshine": ("MoonshineModel MoonshineForConditionalGeneration", moonshine),
}
