"""Arguments that a transformers model requires under a name of its own: made as those whose name ends alike."""

from __future__ import annotations

from netledger.sources.pytorch.finding.transformers_arguments import BY_NAME, embeddings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from netledger.sources.pytorch.finding.transformers_arguments import Maker

_BY_ENDING: dict[str, Maker] = {
    "_embeds": embeddings,
    "_hidden_states": BY_NAME["encoder_hidden_states"],
    "_input_ids": BY_NAME["input_ids"],
    "_attention_mask": BY_NAME["attention_mask"],
    "_pixel_values": BY_NAME["pixel_values"],
    "_grid_thw": BY_NAME["grid_thw"],
}
"""How a name ends → what it may be."""


def makers_of(required: Iterable[str]) -> dict[str, Maker]:
    """What each argument may be by its name, those that a model requires among them.

    >>> makers_of(["context_hidden_states"])["context_hidden_states"] is BY_NAME["encoder_hidden_states"]
    True
    """
    found = dict(BY_NAME)
    for name in required:
        made = next((maker for ending, maker in _BY_ENDING.items() if name.endswith(ending)), None)
        if made is not None:
            found.setdefault(name, made)
    return found
