"""What draws of pictures share."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.families import FAMILIES as OF_LANGUAGE
from tests.properties.families import Draw, _flags
from tests.properties.families_with_pictures import _tower, _words, language, square

__all__ = ["Draw", "Families", "eye", "flags", "language", "of_language", "sentences", "square", "without"]

Families = dict[str, tuple[str, Draw]]
eye, flags, sentences = _tower, _flags, _words


def without(drawn: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in drawn.items() if key not in keys}


def of_language(model_type: str, rng: random.Random) -> dict[str, Any]:
    """A language model whose tie its whole decides."""
    return without(OF_LANGUAGE[model_type][1](rng), "tie_word_embeddings") | {"model_type": model_type}
