"""Values of wrong types in the place of right ones: for every format that is JSON, or keeps some inside."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

WRONG: tuple[Any, ...] = (
    5, -7, 0, 2.5, True, False, None, "x", "", "²", "1" * 50, [], [1], [[3]], [-3, 3], [True], ["a", 5], [None], {},
    {"a": 1}, {"unknown": "why"}, {"unknown": 5}, {"map": [[1, 2]]}, {"map": [[{}, 2]]}, {"map": 5}, 2**63, 2**127 + 1,
    10**60, [10**60], 1e300, "float16", [[1, 2], [3]], {"stored": 5}, {"stored_values": ["f", 1]}, {"used": False},
)  # fmt: skip


def changed(text: str, chance: random.Random) -> str:
    """A document as text with one value replaced, removed or added; what is no JSON stays as it is."""
    try:
        document = json.loads(text)
    except ValueError:
        return text
    change(document, chance)
    return json.dumps(document)


def change(document: Any, chance: random.Random) -> None:
    """One value of a document of lists and dicts replaced by one of a wrong type, removed, or one more written."""
    holders: list[Any] = []
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict | list) and value:
            holders.append(value)
            waiting += value.values() if isinstance(value, dict) else value
    if not holders:
        return
    holder = chance.choice(holders)
    key = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    if chance.random() < 0.15:
        del holder[key]
    elif isinstance(holder, dict) and chance.random() < 0.1:
        holder["more"] = copy.deepcopy(chance.choice(WRONG))
    else:
        holder[key] = copy.deepcopy(chance.choice(WRONG))
