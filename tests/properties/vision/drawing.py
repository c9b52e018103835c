"""What draws of pictures share."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.families import FAMILIES as OF_LANGUAGE
from tests.properties.families import Draw, _flags
from tests.properties.families_with_pictures import _tower, _words, language, square

__all__ = ["Draw", "Families", "eye", "flags", "language", "of_language", "prompted", "sentences", "square", "without"]

Families = dict[str, tuple[str, Draw]]
eye, flags, sentences = _tower, _flags, _words


def without(drawn: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in drawn.items() if key not in keys}


def prompted(rng: random.Random, width: int, heads: int, side: int, edge: int, most: int) -> dict[str, Any]:
    """Prompts, and the decoder of their masks, of at most so many layers: SAM's, and SAM 2's."""
    return {
        "prompt_encoder_config": {
            "hidden_size": width, "image_size": side, "patch_size": edge, "mask_input_channels": rng.choice([4, 6, 16]),
            "num_point_embeddings": rng.randrange(2, 6),
        },
        "mask_decoder_config": {
            "hidden_size": width, "mlp_dim": rng.randrange(1, 30), "num_hidden_layers": rng.randrange(0, most + 1), "num_attention_heads": heads,
            "attention_downsample_rate": rng.choice([1, 2, 4]), "num_multimask_outputs": rng.randrange(1, 4), "iou_head_depth": rng.randrange(2, 5),
            "iou_head_hidden_dim": rng.randrange(1, 20),
        },
    }  # fmt: skip


def of_language(model_type: str, rng: random.Random) -> dict[str, Any]:
    """A language model whose tie its whole decides."""
    return without(OF_LANGUAGE[model_type][1](rng), "tie_word_embeddings") | {"model_type": model_type}
