"""Which marks of a line belong to which layer: the words that make a layer, and where one ends and the next begins."""

from __future__ import annotations

from netledger.audit.understanding.marks.scanning import is_wide
from netledger.audit.understanding.pieces import CONVOLUTIONS, NORMS, POOLS, RECURRENT, SILENT
from netledger.audit.understanding.prose.implied import IMPLIED, flows_in
from netledger.audit.words import HAVING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.understanding.marks.scanning import Mark

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

MOST_ORDINAL = 60
"""Of a number that numbers a layer."""
MOST_DENSE = 20
"""Of a number that numbers a dense layer where nothing is said of it."""


class Head:
    """A word that makes a layer: where it stands, its kind."""

    __slots__ = ("at", "kind", "times")

    def __init__(self, at: int, kind: str) -> None:
        self.at, self.kind, self.times = at, kind, 1


def segments(part: list[Mark]) -> Iterator[tuple[Head, list[Mark], int]]:
    heads = _heads(part)
    start = _past_heading(part, heads[0].at) if heads else 0
    for i, head in enumerate(heads):
        end = _border(part, head.at, heads[i + 1].at) if i + 1 < len(heads) else len(part)
        yield head, part[start:end], start
        start = end


def _past_heading(part: list[Mark], at: int) -> int:
    """Where the first layer's clause begins: behind ``Residual block, 64 -> 128 channels:``, no layer's size."""
    colon = next((i for i in range(at - 1, -1, -1) if part[i].value == ":"), None)
    if colon is None:
        return 0
    sized = any(mark.sort in ("sizes", "size") or mark.value == "->" for mark in part[:colon])
    return colon + 1 if sized else 0


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
    if mark.sort in ("number", "sizes"):
        return "input" if flows_in(part, at) else None
    finder = IMPLIED.get(str(mark.value)) if mark.sort in ("word", "size") else None
    return finder(part, at) if finder is not None else None


_ONE = (
    CONVOLUTIONS,
    (*POOLS, "gap"),
    ("linear", "output", "attention", "embedding"),
    ("linear", "output", *RECURRENT, "bilstm", "bigru"),
    *[(kind,) for kind in ("flatten", "concat", *NORMS, *SILENT)],
)
"""Kinds whose words may both be about one layer: ``recurrent layer (LSTM)``, ``dense output layer``."""


def _is_same(part: list[Mark], head: Head, at: int, kind: str) -> bool:
    """Whether a kind word is about the layer of the one before: no size and no sign that parts between them."""
    between = part[head.at + 1 : at]
    colon = next((i for i, mark in enumerate(between) if mark.value == ":"), None)
    if colon is not None and _is_labelled(part, head, between[:colon], between[colon:], kind):
        return True
    if head.kind in ("input", "features") or kind in ("input", "features"):
        return kind == head.kind
    if not any(head.kind in family and kind in family for family in _ONE):
        return False
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
    own = [mark.sort == "number" for mark in part[second + 1 : second + 3]]
    if part[second].value == "output" and any(own) and part[second - 1].value == "units" and second - 2 > first:
        return second  # "hidden layers of 32, 16 neurons, output neurons 1"
    best, at, depth, near = 0, second, 0, 0
    for i in range(first + 1, second):
        mark = part[i]
        if mark.value == "(":
            depth += 1
        elif mark.value == ")" and depth:
            depth -= 1
        strength = STRENGTH.get(str(mark.value), 0) if mark.sort in ("break", "word") else 0
        if mark.value == "->" and all(part[i + n].sort in ("number", "sizes") for n in (-1, 1)):
            strength = 0
        if depth and mark.value != ")":
            strength = 0
        if strength and strength >= best:
            best, at = strength, i + 1
        near = i + 1 if strength >= _PARTING and not depth else near
    if not best:
        if second - 1 > first and part[second - 1].sort in ("number", "sizes", "count"):
            at = second - 1
            while at - 1 > first and part[at - 1].sort == "count":
                at -= 1
        return at
    return near if near > at and _is_said(part[at:near]) else at


_PARTING = 2
"""Strength of the weakest sign that can stand between a layer's own size and the next layer's."""


def _is_said(between: list[Mark]) -> bool:
    """Whether marks are a number with the word that it belongs to: then it is the size of the layer before."""
    return any(mark.sort in ("number", "sizes") for mark in between) and any(mark.sort == "size" for mark in between)


def is_ordinal(marks: list[Mark], at: int) -> bool:
    """``conv 1:``, ``layer 2 (``, ``全连接层1``: a number that numbers."""
    mark = marks[at]
    if mark.sort != "number" or not isinstance(mark.value, int) or mark.value > MOST_ORDINAL or not at:
        return False
    before = marks[at - 1]
    if before.text == "#":
        return False  # "fc2 10": it has its number
    if before.value == "linear" and mark.value > MOST_DENSE and not _is_headed(marks, at):
        return False  # "FC 50; FC 7"
    if before.end < mark.start - 2 or not (
        before.sort == "kind" or before.value in ("layer", "hidden", "output", "block")
    ):
        return False
    if before.value in ("hidden", "output") and not any(
        "layer" in (other.value, other.text) for other in marks[max(0, at - 3) : at]
    ):
        return False
    after = marks[at + 1] if at + 1 < len(marks) else None
    if before.value == "block":
        return after is None or after.value != "channels"
    if after is None:
        return before.value == "layer"
    if after.value == "->" and not (at + 2 < len(marks) and marks[at + 2].sort in ("number", "sizes")):
        same = [other for other in marks[:at] if other.sort == "kind" and other.value == before.value]
        return before.sort != "kind" or mark.value == len(same)  # "conv 1 -> conv 2", but "dense 32 -> dense 32"
    if before.value == "hidden" and after.sort in ("number", "sizes"):
        return True
    return after.value in ("calculation", ";", ":", "(", "-", "|", "=") or (
        before.value == "layer" and after.sort != "size" and after.value != "activation"
    )


def _is_headed(marks: list[Mark], at: int) -> bool:
    """Whether something is said of what is numbered: ``FC 50: …``, ``FC 50 (…)``."""
    return at + 1 < len(marks) and marks[at + 1].value in (":", "(", "-", "|", "=", "calculation")


def counts_something_else(line: str, clause: list[Mark]) -> bool:
    """Whether a number of a clause counts what no word of ours names: ``3 extra paths of width 12``."""
    for i, mark in enumerate(clause):
        after = clause[i + 1] if i + 1 < len(clause) else None
        if mark.sort != "number" or is_ordinal(clause, i) or (i and clause[i - 1].sort == "size"):
            continue
        between = line[mark.end : after.start if after is not None else len(line)]
        if after is not None and after.sort == "number" and sum(map(is_wide, between)) >= LEAST_WIDE:
            return True
        first = (between.split() or [""])[0]
        named = after is not None and after.sort == "size" and not _has_its_own(clause, i)
        claimed = named or (after is not None and after.sort in ("kind", "sizes"))
        if first.isalpha() and len(first) >= LEAST_UNKNOWN and not claimed and not is_wide(first[0]):
            if first.lower() not in HAVING:
                return True
    return False


LEAST_UNKNOWN = 4
"""Letters of a word that means something; a shorter one only joins others."""
LEAST_WIDE = 3
"""Of a script that is written without spaces."""


def _has_its_own(clause: list[Mark], i: int) -> bool:
    """Whether the size's word behind a number has a number behind it."""
    return i + 2 < len(clause) and clause[i + 2].sort in ("number", "sizes")
