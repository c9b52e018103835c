"""How the words of a language that number layers are made: stems in their order, and how they end."""

from __future__ import annotations


def in_order(stems: str, endings: str = "", *, back: bool = False) -> dict[str, int]:
    """``word → place``: places are parted by ``|``, words for one place by blanks, the blanks of a phrase are ``_``.
    ``endings`` are put behind each stem; ``back`` counts from the last one: -1, -2.

    >>> in_order("erst|zweit", "e en"), in_order("last|penultimate next_to_last", back=True)["next to last"]
    ({'erste': 1, 'ersten': 1, 'zweite': 2, 'zweiten': 2}, -2)
    """
    found: dict[str, int] = {}
    for place, words in enumerate(stems.split("|"), 1):
        for stem in words.split():
            for ending in endings.split() or [""]:
                found[(stem + ending).replace("_", " ")] = -place if back else place
    return found
