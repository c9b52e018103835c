"""Numbers of a line that are results, and never describe: beside a word for parameters, or what two sizes make."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.understanding.scanning import Mark


def without_product(found: list[Mark]) -> list[Mark]:
    """Leave out what two sizes with words between them make: ``5000 words * 64 dimensions = 320,000``."""
    numbers = [(i, mark.value) for i, mark in enumerate(found) if mark.sort == "number" and isinstance(mark.value, int)]
    for (_, one), (_, other), (at, made) in zip(numbers, numbers[1:], numbers[2:], strict=False):
        if one * other == made and found[at - 1].value == "=":
            return [*found[: at - 1], *found[at + 1 :]]
    return found


def without_results(found: list[Mark]) -> list[Mark]:
    """Leave out numbers beside a word for parameters, bytes or operations."""
    drop: set[int] = set()
    for i, mark in enumerate(found):
        if mark.sort != "word" or mark.value != "params":
            continue
        if i and found[i - 1].sort == "number":
            drop.add(i - 1)
            if i > 1 and found[i - 2].value == "~":
                drop.add(i - 2)
            continue
        j = i + 1
        while j < len(found) and found[j].sort == "break" and found[j].value in (":", "=", "~"):
            j += 1
        if j < len(found) and found[j].sort == "number":
            drop.add(j)
    return [mark for i, mark in enumerate(found) if i not in drop]
