"""What is taken out of a line before it is read as a description: LaTeX's signs, results in remarks and beside words.

Every character keeps its place.
"""

from __future__ import annotations

from netledger.audit.words.describing import SIZES
from netledger.audit.words.describing_more import SOURCE_SIGNS, SOURCES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.understanding.marks.scanning import Mark


def cleaned(line: str) -> str:
    """A line whose signs are all of one sort.

    >>> cleaned("$64$ filters: 5 time steps x 2 features")
    ' 64  filters: 5 time steps , 2 features'
    """
    line = _without_remark(_apart(_as_signs(line)))
    start, end = source_of(line)
    return line[:start] + " " * (end - start) + line[end:]


def source_of(line: str) -> tuple[int, int]:
    """Where a line says in words what its layer reads: ``(from the hidden layer)``, ``, both from fc1``; an empty place
    where it does not.

    >>> line = "mu: Dense 20 (from the same layer): 8,020"
    >>> line[slice(*source_of(line))]
    '(from the same layer)'
    """
    for opening, closing in (("(", ")"), ("（", "）"), (", ", ",;.:(，；")):
        start = line.find(opening)
        while start >= 0:
            inner = start + len(opening)
            end = next((i for i in range(inner, len(line)) if line[i] in closing), len(line))
            if _names_a_source(line[inner:end]):
                return start, min(end + (len(opening) == 1), len(line))
            start = line.find(opening, inner)
    return 0, 0


def _names_a_source(text: str) -> bool:
    """Whether words say what a layer reads, and no size."""
    words = text.lower().split()
    if not 1 < len(words) <= MOST_OF_SOURCE and not any(sign in text for sign in SOURCE_SIGNS):
        return False
    sized = any(character.isdecimal() for word in words for character in word[:1])
    told = not _FROM.isdisjoint(words[:MOST_BEFORE_SOURCE]) or any(sign in text for sign in SOURCE_SIGNS)
    return told and not sized and len(text) <= LONGEST_SOURCE


_FROM = frozenset(SOURCES.split())
MOST_OF_SOURCE = 7
"""Words of such a remark."""
MOST_BEFORE_SOURCE = 2
"""Among so many first words is the one that says so: ``both from fc1``."""
LONGEST_SOURCE = 60


_STEPS = tuple([phrase.rstrip("*") for phrase in SIZES["steps"].split("|") if phrase])
"""Phrases for the steps of a sequence."""


def _apart(line: str) -> str:
    """``10 time steps x 6 features``: two sizes of a sequence, no product."""
    for sign in (" x ", " × "):
        at = line.find(sign)
        while at > 0:
            before, after = line[:at].lower(), line[at + len(sign) :].lstrip()[:1]
            words = before.split()[-2:]
            told = any(" ".join(words).startswith(step) or words[-1:] == [step] for step in _STEPS)
            if told and after.isdigit():
                line = f"{line[: at + 1]},{line[at + 2 :]}"
            at = line.find(sign, at + 1)
    return line


def _without_remark(line: str) -> str:
    """``units: 64   # 8,256``: a number behind a comment's sign is a result, no size."""
    at = line.find("  #")
    if at <= 0 or ":" not in line[:at] or not any(character.isdigit() for character in line[:at]):
        return line
    remark = line[at:].strip(" #")
    return line[:at] + " " * (len(line) - at) if remark.replace(",", "").replace(".", "").isdigit() else line


def _as_signs(line: str) -> str:
    """LaTeX's signs as themselves, every other character in its place."""
    for name, sign in (
        ("\\times", "×"),
        ("\\cdot", "·"),
        ("\\ast", "*"),
        ("\\to", "→"),
        ("\\rightarrow", "→"),
        ("\\*", "*"),
    ):
        if name in line:
            line = line.replace(name, sign + " " * (len(name) - 1))
    return (
        line.replace("\\(", "  ").replace("\\)", "  ").replace("$", " ").replace("\\,", "  ")
        if "\\" in line or "$" in line
        else line
    )


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
