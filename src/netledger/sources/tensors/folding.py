"""Very many tensors as few rows: paths that differ in their numbers only become one, ``*`` stands for the numbers."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from typing import TypeVar

    Kind = TypeVar("Kind", bound=Hashable)

_MOST_GROUPS = 20_000


def groups_of(names: Sequence[str], kinds: Sequence[Kind]) -> dict[tuple[str, Kind], tuple[str, int]]:
    """``(pattern, kind) → (first name, how many)``, patterns as coarse as it takes to stay below ``_MOST_GROUPS``."""
    from collections import Counter

    for patterns in (_without_digits, _first_parts, _nothing):
        keys = patterns(names)
        counts = Counter(zip(keys, kinds, strict=True))
        if len(counts) <= _MOST_GROUPS or patterns is _nothing:
            first = dict(zip(zip(reversed(keys), reversed(kinds), strict=True), reversed(names), strict=True))
            if patterns is not _without_digits:
                first = {key: f"{key[0]}*" for key in first}
            return {key: (first[key], count) for key, count in counts.items()}
    raise AssertionError("the last pattern is taken whatever it gives")


_DIGITS = dict.fromkeys(range(ord("0"), ord("9") + 1))


def _without_digits(names: Sequence[str]) -> list[str]:
    joined = "\n".join(names).translate(_DIGITS).split("\n")
    return joined if len(joined) == len(names) else [name.translate(_DIGITS) for name in names]


def _first_parts(names: Sequence[str]) -> list[str]:
    return [name[: name.find(".") + 1].translate(_DIGITS)[:64] for name in names]


def _nothing(names: Sequence[str]) -> list[str]:
    return [""] * len(names)


def starred(name: str) -> str:
    import re

    return re.sub(r"\d+", "*", name)
