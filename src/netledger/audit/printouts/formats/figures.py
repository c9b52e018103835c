"""The figures below a printout's rows: totals, what is trained, bytes, percentages; in the words that tools have."""

from __future__ import annotations

from netledger.audit.printouts.formats.cells import BYTES, number_of
from netledger.audit.printouts.printout import Figure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.printouts.printout import Number

MEGABYTES = 10**6
SIZES = {
    "input size": "input_bytes",
    "forward/backward pass size": "pass_bytes",
    "params size": "weights_bytes",
    "estimated total size": "total_bytes",
    "total estimated model params size": "weights_bytes",
}
"""Figures in megabytes, by the words before the unit."""
WORDS = frozenset(
    "total all sum overall number of the in is has have model network params param parameters parameter trainable "
    "non untrainable frozen learnable count num this a # grand: m and optimizer size nontrainable full".split()
)
"""Words of a line that gives a total and nothing else."""
TELLING = frozenset(("total", "sum", "params", "parameters", "trainable", "all", "frozen"))
UNTRAINED = ("non-trainable", "non trainable", "nontrainable", "untrainable", "frozen")
PASSED_OVER = ("modules in train mode", "modules in eval mode", "total flops", "total mult-adds", "computational")
"""Figures that no count of parameters follows from."""


def figures_in(line: str, line_no: int, scale: int = 1) -> list[Figure]:
    """The figures of a line; empty where it says anything else too. ``scale``: bytes in a tool's megabyte.

    >>> [(f.what, f.number.value) for f in figures_in("Trainable params: 2,954 (11.54 KB)", 1)]
    [('trainable', 2954), ('bytes', 11.54)]
    >>> [(f.what, f.number.value) for f in figures_in("85        Non-trainable params", 1)]
    [('frozen', 85)]
    >>> [f.what for f in figures_in("trainable params: 5 || all params: 20 || trainable%: 25.0", 1)]
    ['trainable', 'total', 'share']
    >>> figures_in("conv1 has 156 parameters", 1)
    []
    """
    found: list[Figure] = []
    for part, at in _parts(line):
        figure = list(_figure(part, line_no, at, scale))
        if not figure:
            return []
        found += figure
    return found


def _parts(line: str) -> Iterator[tuple[str, int]]:
    """A line with several figures, cut: at ``||``, and at wide gaps before another word."""
    at = 0
    for piece in line.split("||"):
        yield from _wide(piece, at) if piece.count(":") > 1 else [(piece, at)]
        at += len(piece) + 2


def _wide(piece: str, at: int) -> Iterator[tuple[str, int]]:
    start = 0
    for i in range(1, len(piece)):
        if piece[i].isalpha() and piece[i - 2 : i] in ("  ", ", ") and any(c.isdigit() for c in piece[start:i]):
            yield piece[start:i].rstrip(", "), at + start
            start = i
    yield piece[start:], at + start


def _figure(text: str, line_no: int, at: int, scale: int) -> Iterator[Figure]:
    label, number, rest = _taken(text, line_no, at)
    if number is None:
        return
    words = f"{label} {rest}".lower().replace("*", " ").replace("_", " ").replace("`", " ")
    memory = ""
    if rest.strip().startswith("(") and rest.strip().endswith(")"):
        memory, words = rest.strip()[1:-1], label.lower()
    size = next((what for start, what in SIZES.items() if words.strip().startswith(start) and "mb" in words), None)
    if size is not None:
        yield Figure(size, number, scale)
        return
    if any(words.strip().startswith(start) for start in PASSED_OVER):
        yield Figure("other", number)
        return
    what = _what(words)
    if what:
        yield Figure(what, number)
        yield from _memory(memory, what, line_no, at + text.find(memory)) if memory else ()


def _memory(memory: str, of: str, line_no: int, at: int) -> Iterator[Figure]:
    """``11.66 KB`` behind a count."""
    digits, _, unit = memory.partition(" ")
    number = number_of(digits, line_no, at)
    if number is not None and unit.lower() in BYTES:
        yield Figure("bytes", number, BYTES[unit.lower()], of)


def _taken(text: str, line_no: int, at: int) -> tuple[str, Number | None, str]:
    """The words before the only number, the number, and what stands behind it."""
    for i, character in enumerate(text):
        if character.isdigit() and (i == 0 or not (text[i - 1].isalnum() or text[i - 1] in "._-")):
            end = i
            while end < len(text) and (text[end].isdigit() or text[end] in ",._"):
                end += 1
            while text[end - 1] in ",._":
                end -= 1
            unit = text[end:].lstrip()[:1]
            after = text[end:].lstrip()[1:2]
            if unit and unit in "kKMBGT" and not after.isalnum():
                end = len(text) - len(text[end:].lstrip()) + 1
            return text[:i], number_of(text[i:end], line_no, at + i), text[end:]
    return text, None, ""


def _what(words: str) -> str:
    """What the words before and behind a number say that it is."""
    bare = "".join([c if c.isalpha() or c in "-#%" else " " for c in words])
    listed = [word for word in bare.replace("-", " ").split() if word.strip("#-")]
    if "%" in bare:
        return "share" if listed in (["trainable%"], ["trainable", "%"], ["trainable", "params%"]) else ""
    if not set(listed) <= WORDS or not TELLING & set(listed):
        return ""
    if any(word in bare for word in UNTRAINED):
        return "frozen"
    if "optimizer" in listed:
        return "optimizer"
    if "size" in listed:
        return ""
    if "trainable" in listed and "total" in listed:
        return "total_trainable"  # of a listing of what is trained
    return "trainable" if "trainable" in listed or "learnable" in listed else "total"
