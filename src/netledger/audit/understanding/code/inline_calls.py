"""Layers within a line of words, as the calls that make them: ``conv1: Conv2d(3, 16, 3) 448 parameters``."""

from __future__ import annotations

from netledger.audit.reading.lines.consoles import has_code
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MARKERS = " \t>-*•|·+0123456789.)"
"""What stands before an item of a list."""
NAMING = ":=-–—|"
"""What stands between a layer's own name and its call."""
SIZED = ("out", "reads", "layer", "heads", "shape")
"""What a layer's class needs: named without brackets it makes nothing."""


class InlineCall(Record):
    """A call's place in its line, its ``source``, the ``kind`` of layer, and the ``name`` that the line gives it."""

    __slots__ = ("start", "end", "source", "kind", "name")
    start: int
    end: int
    source: str
    kind: str
    name: str

    def __init__(self, start: int, end: int, source: str, kind: str, name: str = "") -> None:
        self._fill(start, end, source, kind, name)

    @property
    def statement(self) -> str:
        """The call as code: ``conv1 = Conv2d(3, 16, 3)``."""
        return f"{self.name} = {self.source}" if self.name else self.source


def listed_calls(line: str) -> list[InlineCall]:
    """The calls of layers that a line lists: two or more of them, or the one that it begins with.

    >>> [call.statement for call in listed_calls("Conv1D(40, 11), MaxPooling1D, Dense(6)")]
    ['Conv1D(40, 11)', 'MaxPooling1D()', 'Dense(6)']
    >>> [call.statement for call in listed_calls("- fc1: Linear(784, 128) 100,480")]
    ['fc1 = Linear(784, 128)']
    >>> listed_calls("I put Dense(10) on top, and a convolution below")
    []
    """
    if not has_code(line):
        return []
    found = list(_calls(line))
    called = [call for call in found if not call.source.endswith("()")]
    if len(found) == 1 == len(called):
        name = _own_name(line[: found[0].start])
        found = [] if name is None else [found[0].replace(name=name)]
    elif len(called) < 2:
        found = []
    return [] if found and _names_others(line, found) else found


def _calls(line: str) -> Iterator[InlineCall]:
    from netledger.audit.understanding.code.layers import KERAS, TORCH

    at = 0
    while at < len(line):
        end = at
        while end < len(line) and line[end].isascii() and (line[end].isalnum() or line[end] in "_."):
            end += 1
        if end == at:
            at += 1
            continue
        name, close = line[at:end].rpartition(".")[2], closing(line, end)
        entry = KERAS.get(name) or TORCH.get(name)
        if entry is not None and close >= 0:
            end = close + 1
            yield InlineCall(at, end, _with_tuples(line[at:end]), entry[0])
        elif entry is not None and line[end : end + 1] != "(" and not entry[2].startswith(SIZED) and name in KERAS:
            yield InlineCall(at, end, f"{name}()", entry[0])
        at = end


def _with_tuples(call: str) -> str:
    """``Conv2D(32, 3x3)`` as code: ``Conv2D(32, (3,3))``."""
    name, bracket, inner = call.partition("(")
    pieces = inner[:-1].replace("×", "x").split(",")
    for i, piece in enumerate(pieces):
        sizes = piece.strip().split("x")
        if len(sizes) > 1 and all(size.strip().isdecimal() for size in sizes):
            pieces[i] = f" ({', '.join([size.strip() for size in sizes])})"
    return f"{name}{bracket}{','.join(pieces)})"


def _own_name(before: str) -> str | None:
    """What stands before a line's only call, where it is no sentence: a name of the layer's own, or nothing."""
    text = before.lstrip(MARKERS).rstrip()
    name = text.rstrip(NAMING + " \t")
    if not name:
        return ""
    return name if name.isidentifier() and text != name else None


def _names_others(line: str, calls: list[InlineCall]) -> bool:
    """Whether words around listed calls name layers of other kinds: then the calls are not all of it."""
    from netledger.audit.understanding.marks.scanning import marks
    from netledger.audit.understanding.pieces import RECURRENT, SILENT

    rest = list(line)
    for call in calls:
        start = 0 if call.name else call.start
        rest[start : call.end] = " " * (call.end - start)
    kinds = {call.kind for call in calls}
    known = {*kinds, *SILENT, *(RECURRENT if kinds & {*RECURRENT, "both ways"} else ())}
    return any(mark.sort == "kind" and mark.value not in known for mark in marks("".join(rest)))


def torch_calls(line: str) -> Iterator[tuple[int, str]]:
    """``nn.Linear(120, 6)``: every call of PyTorch's layers in a sentence, with its place and bracket."""
    at = line.find("nn.")
    while at >= 0:
        end = at + len("nn.")
        while line[end : end + 1].isalnum():
            end += 1
        close = closing(line, end)
        if close >= 0:
            yield at, line[at : close + 1]
            end = close
        at = line.find("nn.", end)


def closing(line: str, at: int) -> int:
    """Where the bracket ends that begins at a place; -1 where none begins there or it has no end."""
    close = line.find(")", at) if line[at : at + 1] == "(" else -1
    while close >= 0 and depth(line[at : close + 1]) > 0:
        close = line.find(")", close + 1)
    return close


def depth(text: str) -> int:
    """How many brackets of a piece of code are open at its end."""
    found, quote = 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([{":
            found += 1
        elif character in ")]}":
            found -= 1
    return found


def without_arguments(line: str) -> str:
    """The line, of each call that it lists the layer's name alone, as the label of what follows.

    >>> without_arguments("Conv2d(3, 16, 3) 448 params, Conv2d(16, 32, 3) 4,640 params")
    'Conv2d         : 448 params, Conv2d          : 4,640 params'
    """
    for call in reversed(listed_calls(line)):
        label = call.source.partition("(")[0]
        if call.end - call.start == len(label):
            continue
        start = call.start if not call.name else line.index(call.name)
        label, end = call.name or label, call.end
        behind = line[end:].lstrip(" \t")
        if behind[:1] in DASHES and behind[1:].lstrip()[:1].isdigit():
            end = len(line) - len(behind) + 1
            behind = behind[1:].lstrip()
        in_columns = "|" in line[:start] or behind.startswith("|")
        sign = ":" if (behind[:1].isdigit() or behind[:1] in ("~", "≈")) and not in_columns else " "
        if behind[:1].isalpha() and line[end:] == f" {behind}" and not in_columns:
            label, sign = f"{label}({' ' * (end - start - len(label) - 2)}", ")"  # a sentence, and no gap of columns
        line = f"{line[:start]}{label:<{end - start - 1}}{sign}{line[end:]}"
    return line


DASHES = ("-", "–", "—")
