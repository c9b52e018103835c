"""Random configurations for families that read series of numbers."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.families import Draw


def timesfm(rng: random.Random) -> dict[str, Any]:
    patch = rng.choice([4, 8])
    return {
        "patch_length": patch, "context_length": patch * rng.randrange(1, 9), "horizon_length": rng.randrange(1, 20), "freq_size": rng.randrange(1, 5),
        "num_hidden_layers": rng.randrange(0, 4), "hidden_size": rng.choice([8, 12]), "intermediate_size": rng.randrange(1, 20),
        "head_dim": rng.choice([2, 4]), "num_attention_heads": rng.choice([1, 2, 3]), "quantiles": [0.1, 0.5, 0.9][: rng.randrange(0, 4)],
    }  # fmt: skip


FAMILIES: dict[str, tuple[str, Draw]] = {"timesfm": ("TimesFmModel TimesFmModelForPrediction", timesfm)}
