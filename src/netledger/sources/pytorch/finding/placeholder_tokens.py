"""Images and sounds among the tokens of a language model: as many placeholders as the model makes features of them.

How many that are is not worked out: the model is asked with one and says how many features it has.
"""

from __future__ import annotations

import torch

from netledger.sources.pytorch.finding.refitted_inputs import numbers_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SORTS = {
    "image": ("image_token_id", "image_token_index", "media_placeholder_token_id"),
    "audio": ("audio_token_id", "audio_token_index"),
    "video": ("video_token_id", "video_token_index"),
}
"""What is among the tokens → how a configuration names the token that stands for a piece of it."""
_NUMBERS = {"image": 1, "video": 2, "audio": 3}
TEXT = 1
"""The token that stands for text, where it is no placeholder itself."""


class Placeholders:
    """The placeholder tokens of a model with this configuration, whose tokens are ``width`` numbers each.

    >>> from types import SimpleNamespace as Config
    >>> tokens = Placeholders(Config(image_token_id=7))
    >>> ids = tokens.ids({"image": 1}, 3)
    >>> ids.tolist(), tokens.sorts(ids).tolist()
    ([[7, 1, 1, 1]], [[1, 0, 0, 0]])
    >>> tokens.refitted(ids, "Image features and tokens do not match, tokens: 1, features: 4").tolist()
    [[7, 7, 7, 7, 1, 1, 1]]
    >>> tokens.refitted(ids, "Number of placeholder tokens (1) does not match number of image tokens (2)").tolist()
    [[7, 7, 1, 1, 1]]
    """

    def __init__(self, config: Any, width: int = 0) -> None:
        self.width = width
        self.token: dict[str, int] = {}
        for sort, names in _SORTS.items():
            found = next((one for name in names if type(one := getattr(config, name, None)) is int), None)
            if found is not None:
                self.token[sort] = found
        self.text = next(number for number in range(TEXT, TEXT + 9) if number not in self.token.values())

    def ids(self, many: dict[str, int], text: int) -> torch.Tensor:
        """Token ids: so many placeholders of each sort, then so many tokens of text."""
        row = [token for sort, count in many.items() for token in [self.token[sort]] * count]
        return torch.tensor([row + [self.text] * text])

    def counted(self, ids: torch.Tensor) -> dict[str, int]:
        """How many placeholders of each sort there are."""
        found = {sort: int((ids == token).sum()) for sort, token in self.token.items()}
        return {sort: count for sort, count in found.items() if count}

    def sorts(self, ids: torch.Tensor) -> torch.Tensor:
        """What each token stands for: 0 text, 1 a piece of an image, 2 of a video, 3 of a sound."""
        return sum([(ids == self.token[sort]) * number for sort, number in _NUMBERS.items() if sort in self.token])

    def refitted(self, ids: torch.Tensor, why: str) -> torch.Tensor | None:
        """``ids`` with as many placeholders as the model says that it has features; ``None`` where it says nothing."""
        head, matched, said = why.partition("match")
        before, numbers = numbers_in(head), numbers_in(said)
        if len(numbers) < 2:
            numbers = [*before[-1:], *numbers] if numbers else before
        many = self.counted(ids)
        words = why.lower()
        meant = [one for one in many if f"{one} features" in words or f"{one} tokens" in words]
        sort = next((one for one in [*meant, *many] if meant or many[one] in numbers[:1]), next(iter(many), None))
        if not matched or not ("features" in words or meant) or sort is None or len(numbers) < 2:
            return None
        text = ids.shape[1] - sum(many.values())
        count = numbers[1]
        if count in range(MOST + 1) and count != many[sort]:
            return self.ids({**many, sort: count}, text)
        if self.width and not count % self.width:  # it was said in numbers, not in vectors
            count //= self.width
        return None if many[sort] == count or count > MOST else self.ids({**many, sort: count}, text)

    def said(self, ids: torch.Tensor) -> str:
        """The tokens in words."""
        many = self.counted(ids)
        pieces = [f"{count:,} of {'an image' if sort == 'image' else sort}" for sort, count in many.items()]
        return f"{', '.join(pieces)} and {ids.shape[1] - sum(many.values()):,} of text"


MOST = 1 << 14
"""Placeholders that are tried at the most."""
