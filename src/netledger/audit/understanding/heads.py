"""Which marks of a line belong to which layer: the words that make a layer, and where one ends and the next begins."""

from __future__ import annotations

from netledger.audit.understanding.pieces import CONVOLUTIONS, POOLS, SILENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netledger.audit.understanding.scanning import Mark

STRENGTH = {
    "gap": 2,
    ".": 6,
    ";": 5,
    "|": 5,
    "then": 5,
    "->": 4,
    "+": 4,
    ",": 3,
    ")": 3,
    "/": 2,
    "and": 2,
    "-": 1,
    "(": 1,
}
"""How strongly a sign or word parts two layers."""
RANK = {
    "separable": 5,
    "depthwise": 5,
    "pointwise": 4,
    "transposed": 5,
    "bilstm": 5,
    "bigru": 5,
    "gap": 5,
    "maxpool": 4,
    "avgpool": 4,
    "batchnorm": 4,
    "layernorm": 4,
    "rmsnorm": 4,
    "conv": 3,
    "pool": 3,
    "lstm": 3,
    "gru": 3,
    "rnn": 3,
    "embedding": 3,
    "flatten": 3,
    "attention": 3,
    "linear": 2,
    "dropout": 1,
    "activation": 0,
}
"""Of two kind words without sizes between them, the one that says more."""


class Head:
    """A word that makes a layer: where it stands, its kind."""

    __slots__ = ("at", "kind", "times")

    def __init__(self, at: int, kind: str) -> None:
        self.at, self.kind, self.times = at, kind, 1


def segments(part: list[Mark]) -> Iterator[tuple[Head, list[Mark], int]]:
    heads = _heads(part)
    start = 0
    for i, head in enumerate(heads):
        end = _border(part, head.at, heads[i + 1].at) if i + 1 < len(heads) else len(part)
        yield head, part[start:end], start
        start = end


def _heads(part: list[Mark]) -> list[Head]:
    """The layers' words, those about one layer made one; ``input``, ``output`` where no layer has them."""
    heads: list[Head] = []
    for at in range(len(part)):
        kind = _head_kind(part, at)
        if kind is None:
            continue
        if heads and _is_same(part, heads[-1], at, kind):
            last = heads[-1]
            if RANK.get(kind, 1) > RANK.get(last.kind, 1) and last.kind != "input":
                last.kind = kind
            continue
        heads.append(Head(at, kind))
    return heads


def _head_kind(part: list[Mark], at: int) -> str | None:
    mark = part[at]
    if mark.sort == "kind":
        return str(mark.value) if mark.value != "activation" else None
    finder = _PSEUDO.get(str(mark.value)) if mark.sort in ("word", "size") else None
    return finder(part, at) if finder is not None else None


def _stretch(part: list[Mark], at: int) -> tuple[int, int]:
    """The marks between the commas (arrows, brackets) around one."""
    start, end = at, at + 1
    while start > 0 and part[start - 1].value not in _ENDS:
        start -= 1
    while end < len(part) and part[end].value not in _ENDS:
        end += 1
    return start, end


_ENDS = (",", "->", ")", "(", "+", "and")


def _no_layer_before(part: list[Mark], at: int) -> bool:
    return not any(mark.sort == "kind" and mark.value not in SILENT for mark in part[:at])


def _as_input(part: list[Mark], at: int) -> str | None:
    """``input`` begins a description where no layer stands before it, or where its stretch is about nothing else."""
    if not at and len(part) > 2 and part[1].value == "->" and part[2].sort in ("number", "sizes"):
        return "input"
    start, end = _stretch(part, at)
    others = [mark for mark in part[start:end] if mark.sort == "kind"]
    sized = [mark for mark in part[start:end] if mark.sort in ("number", "sizes")] or any(
        mark.value in ("rgb", "gray") for mark in part[start:end]
    )
    if (
        not others
        and sized
        and (_no_layer_before(part, at) or (start and part[start - 1].value == "," and _is_bare(part, at)))
    ):
        return "input"
    if (
        not others
        and not sized
        and at + 1 < len(part)
        and part[at + 1].value in ("(", ":")
        and _no_layer_before(part, at)
    ):
        return "input"
    return None


def _is_bare(part: list[Mark], at: int) -> bool:
    return any(mark.value in ("hidden", "output") for mark in part)


def _as_output(part: list[Mark], at: int) -> str | None:
    """``10 outputs``, ``output layer: 10``: the last layer, where its stretch names no other."""
    start, end = _stretch(part, at)
    stretch = part[start:end]
    if any(
        mark.sort in ("kind", "sizes") or mark.value in ("filters", "channels", "in_channels", "input")
        for mark in stretch
    ):
        return None
    beside = part[max(start, at - 1) : at + 2]
    layered = part[at].text == "layer" or any(mark.value == "layer" for mark in beside)
    own = [mark for mark in stretch if mark.sort == "number"]
    beside_hidden = any(mark.value in ("hidden", "input") for mark in part[:at]) or _no_layer_before(part, at)
    if layered or (own and beside_hidden and not (start and part[start - 1].value in ("->", "("))):
        return "output" if layered or own else None
    return None


def _as_hidden(part: list[Mark], at: int) -> str | None:
    """``hidden layers of 512 and 256``; not ``hidden size`` and ``hidden units`` of a layer that is named."""
    start, end = _stretch(part, at)
    near = part[max(start, at - 2) : at + 3]
    if any("layer" in (mark.value, mark.text) for mark in near) and not any(
        mark.sort == "kind" for mark in part[start:end]
    ):
        return "linear"
    return None


def _as_filters(part: list[Mark], at: int) -> str | None:
    """``32 filters of 5x5`` is a convolution where no kind word says so."""
    if any(mark.sort == "kind" and mark.value not in SILENT for mark in part):
        return None
    sized = any(
        mark.sort == "sizes" and len(as_sizes(mark)) in (2, 3) and max(as_sizes(mark)[:2]) <= 15 for mark in part
    )
    return "conv" if sized and not any(mark.value == "filters" for mark in part[:at]) else None


def _as_picture(part: list[Mark], at: int) -> str | None:
    """``32x32 RGB images`` is an input where no layer is named before it and nobody says ``input``."""
    start, end = _stretch(part, at)
    stretch = part[start:end]
    if any(mark.sort == "kind" or mark.value in ("filters", "input", "units") for mark in stretch):
        return None
    sized = any(mark.sort == "sizes" and len(as_sizes(mark)) in (2, 3) and max(as_sizes(mark)) >= 8 for mark in stretch)
    return "input" if sized and _no_layer_before(part, at) else None


def _as_features(part: list[Mark], at: int) -> str | None:
    """``13 features`` is an input where a layer follows and none stands before it, and nobody says ``input``."""
    start, end = _stretch(part, at)
    stretch = part[start:end]
    if any(
        mark.sort in ("kind", "sizes") or mark.value in ("input", "hidden", "output", "filters") for mark in part[:end]
    ):
        return None
    numbers = [mark for mark in stretch if mark.sort == "number"]
    beside = at > start and part[at - 1].sort == "number"
    rest = [mark for mark in part[end:] if mark.sort != "break"]
    followed = not rest or any(mark.value in ("hidden", "output", "linear") for mark in rest)
    return "features" if len(numbers) == 1 and beside and followed else None


_PSEUDO: dict[str, Callable[[list[Mark], int], str | None]] = {
    "input": _as_input,
    "output": _as_output,
    "hidden": _as_hidden,
    "filters": _as_filters,
    "features": _as_features,
    "rgb": _as_picture,
    "gray": _as_picture,
    "image": _as_picture,
}


def _is_same(part: list[Mark], head: Head, at: int, kind: str) -> bool:
    """Whether a kind word is about the layer of the one before: no size and no sign that parts between them."""
    between = part[head.at + 1 : at]
    colon = next((i for i, mark in enumerate(between) if mark.value == ":"), None)
    if colon is not None and _is_labelled(part, head, between[:colon], between[colon:], kind):
        return True
    if head.kind in ("input", "features") or kind in ("input", "features"):
        return kind == head.kind
    alike = head.kind == kind or any(head.kind in family and kind in family for family in (CONVOLUTIONS, POOLS))
    parting: tuple[str, ...] = (
        (",", ";", "+", "->", "and", ")") if alike else (",", ";", "+", "->", "and", ")", ":", "-")
    )
    if head.kind == "output" or kind == "output":
        parting = ("+", "->")
    if any(mark.value in parting for mark in between if mark.sort in ("break", "word")):
        return False
    return not any(
        mark.sort in ("number", "sizes") and not is_ordinal(part, head.at + 1 + i) for i, mark in enumerate(between)
    )


def _is_labelled(part: list[Mark], head: Head, label: list[Mark], rest: list[Mark], kind: str) -> bool:
    """``Pool 1: 2x2 max pooling``: a label, and what it is."""
    alike = head.kind == kind or any(head.kind in family and kind in family for family in (CONVOLUTIONS, POOLS))
    sized = any(
        mark.sort in ("number", "sizes") and not is_ordinal(part, head.at + 1 + i) for i, mark in enumerate(label)
    )
    return alike and not sized and not any(mark.value in (",", "+", "->", "and") for mark in rest)


def _border(part: list[Mark], first: int, second: int) -> int:
    """Where the marks of the second layer begin."""
    if part[second].value == "output" and second - 1 > first and part[second - 1].sort == "number":
        return second - 1  # "two hidden layers of 512, 256 and 128 units and 10 outputs"
    best, at, depth = 0, second, 0
    for i in range(first + 1, second):
        mark = part[i]
        if mark.value == "(":
            depth += 1
        elif mark.value == ")" and depth:
            depth -= 1
        strength = STRENGTH.get(str(mark.value), 0) if mark.sort in ("break", "word") else 0
        if depth and mark.value != ")":
            strength = 0
        if strength and strength >= best:
            best, at = strength, i + 1
    if not best:
        before = part[second - 1]
        if second - 1 > first and before.sort in ("number", "sizes", "count"):
            return second - 1
    return at


def is_ordinal(marks: list[Mark], at: int) -> bool:
    """``conv 1:``, ``layer 2 (``, ``全连接层1``: a number that numbers."""
    mark = marks[at]
    if mark.sort != "number" or not isinstance(mark.value, int) or mark.value > 60 or not at:
        return False
    before = marks[at - 1]
    if before.end < mark.start - 2 or not (before.sort == "kind" or before.value in ("layer", "hidden", "output")):
        return False
    if before.value in ("hidden", "output") and not any(
        "layer" in (other.value, other.text) for other in marks[max(0, at - 3) : at]
    ):
        return False
    after = marks[at + 1] if at + 1 < len(marks) else None
    if after is None:
        return before.value == "layer"
    if after.value == "->" and not (at + 2 < len(marks) and marks[at + 2].sort in ("number", "sizes")):
        return True
    return after.value in ("calculation", ";", ":", "(", "-", "|", "=") or (
        before.value == "layer" and after.sort != "size"
    )


def as_sizes(mark: Mark) -> tuple[int, ...]:
    """The sizes of a mark; none where it is no sizes."""
    return mark.value if isinstance(mark.value, tuple) else ()
