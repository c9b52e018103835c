"""One line's marks → the layers that it describes, wherever it stands: in a list, a sentence, a heading or a cell.

A clause is what belongs to one layer: its kind word and the sizes around it. Numbers are taken by the word beside them
(``16 filters``, ``stride 2``, ``필터 16개``), else by what a layer of that kind can have.
"""

from __future__ import annotations

from netledger.audit.understanding.pieces import CONVOLUTIONS, NORMS, POOLS, RECURRENT, SILENT, Piece
from netledger.audit.understanding.scanning import marks as marks_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

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
SHARP = (".", ";", "|")
"""Signs that end a sentence or a cell."""
RANK = {
    "separable": 5, "depthwise": 5, "transposed": 5, "bilstm": 5, "bigru": 5, "gap": 5, "maxpool": 4, "avgpool": 4, "batchnorm": 4,
    "layernorm": 4, "rmsnorm": 4, "conv": 3, "pool": 3, "lstm": 3, "gru": 3, "rnn": 3, "embedding": 3, "flatten": 3, "attention": 3,
    "linear": 2, "dropout": 1, "activation": 0,
}  # fmt: skip
"""Of two kind words without sizes between them, the one that says more."""
LARGEST_KERNEL = 64
MOST_TIMES = 64


class Head:
    """A word that makes a layer: where it stands, its kind."""

    __slots__ = ("at", "kind", "times")

    def __init__(self, at: int, kind: str) -> None:
        self.at, self.kind, self.times = at, kind, 1


def clauses(line: str, line_no: int) -> list[Piece]:
    """The layers that a line describes, in order.

    >>> [(p.kind, p.name, p.out, p.kernel) for p in clauses("conv1: 16 filters 3x3, 2x2 max pooling", 1)]
    [('conv', 'conv1', 16, (3, 3)), ('maxpool', '', None, (2, 2))]
    >>> [(p.kind, p.reads, p.out) for p in clauses("784 inputs, two hidden layers of 512 and 256 units, 10 outputs", 1)]
    [('input', 784, None), ('linear', None, 512), ('linear', None, 256), ('linear', None, 10)]
    """
    found: list[Piece] = []
    if "_x" in line:
        return found  # conv4_x is a stage of blocks
    for part in _parts(marks_of(line)):
        if any(mark.value == "reversed" for mark in part):
            continue
        for head, clause, start in _segments(part):
            found.extend(_pieces(head, clause, line, line_no, start, leading=not start and not found))
    return found


def _parts(found: list[Mark]) -> Iterator[list[Mark]]:
    part: list[Mark] = []
    for mark in found:
        if (mark.sort == "break" and mark.value in SHARP) or mark.value == "then":
            yield part
            part = []
        else:
            part.append(mark)
    yield part


# ---------------------------------------------------------------------- which marks belong to which layer


def _segments(part: list[Mark]) -> Iterator[tuple[Head, list[Mark], int]]:
    heads = _heads(part)
    start = 0
    for i, head in enumerate(heads):
        end = _border(part, head.at, heads[i + 1].at) if i + 1 < len(heads) else len(part)
        yield head, part[start:end], start
        start = end


def _heads(part: list[Mark]) -> list[Head]:
    """The layers' words, those that are about the same layer made one; ``input`` and ``output`` where no layer has them."""
    heads: list[Head] = []
    for at, mark in enumerate(part):
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
        mark.sort == "sizes" and len(_as_sizes(mark)) in (2, 3) and max(_as_sizes(mark)[:2]) <= 15 for mark in part
    )
    return "conv" if sized and not any(mark.value == "filters" for mark in part[:at]) else None


def _as_picture(part: list[Mark], at: int) -> str | None:
    """``32x32 RGB images`` is an input where no layer is named before it and nobody says ``input``."""
    start, end = _stretch(part, at)
    stretch = part[start:end]
    if any(mark.sort == "kind" or mark.value in ("filters", "input", "units") for mark in stretch):
        return None
    sized = any(
        mark.sort == "sizes" and len(_as_sizes(mark)) in (2, 3) and max(_as_sizes(mark)) >= 8 for mark in stretch
    )
    return "input" if sized and _no_layer_before(part, at) else None


_PSEUDO: dict[str, Callable[[list[Mark], int], str | None]] = {
    "input": _as_input, "output": _as_output, "hidden": _as_hidden, "filters": _as_filters,
    "rgb": _as_picture, "gray": _as_picture, "image": _as_picture,
}  # fmt: skip


def _is_same(part: list[Mark], head: Head, at: int, kind: str) -> bool:
    """Whether a kind word is about the layer of the one before: no size and no sign that parts between them."""
    between = part[head.at + 1 : at]
    colon = next((i for i, mark in enumerate(between) if mark.value == ":"), None)
    if colon is not None and _is_labelled(part, head, between[:colon], between[colon:], kind):
        return True
    if head.kind == "input" or kind == "input":
        return kind == head.kind
    alike = head.kind == kind or any(head.kind in family and kind in family for family in (CONVOLUTIONS, POOLS))
    parting = (",", ";", "+", "->", "and", ")") if alike else (",", ";", "+", "->", "and", ")", ":", "-")
    if head.kind == "output" or kind == "output":
        parting = ("+", "->")
    if any(mark.value in parting for mark in between if mark.sort in ("break", "word")):
        return False
    return not any(
        mark.sort in ("number", "sizes") and not _is_ordinal(part, head.at + 1 + i) for i, mark in enumerate(between)
    )


def _is_labelled(part: list[Mark], head: Head, label: list[Mark], rest: list[Mark], kind: str) -> bool:
    """``Pool 1: 2x2 max pooling``: a label, and what it is."""
    alike = head.kind == kind or any(head.kind in family and kind in family for family in (CONVOLUTIONS, POOLS))
    sized = any(
        mark.sort in ("number", "sizes") and not _is_ordinal(part, head.at + 1 + i) for i, mark in enumerate(label)
    )
    return alike and not sized and not any(mark.value in (",", "+", "->", "and") for mark in rest)


def _border(part: list[Mark], first: int, second: int) -> int:
    """Where the marks of the second layer begin."""
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


def _is_ordinal(marks: list[Mark], at: int) -> bool:
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
    return after.value in (":", "(", "-", "|", "=") or (before.value == "layer" and after.sort != "size")


# ---------------------------------------------------------------------- a clause's numbers


class Sizes:
    """The numbers of one clause by what they are; ``loose`` those that no word claims."""

    def __init__(self, clause: list[Mark], head: Head) -> None:
        self.by_role: dict[str, list[Any]] = {}
        self.words = {str(mark.value) for mark in clause if mark.sort == "word"}
        self.loose: list[int] = []
        self.loose_sizes: list[tuple[int, ...]] = []
        self.pair: tuple[int, int] | None = None
        self.out_shape: tuple[int, ...] | None = None
        self.times = 1
        self.late = False
        """Whether the number that waits stands behind a calculation: then only a word beside it makes it a size."""
        self.gaps = any(mark.value == "gap" for mark in clause)
        self.list: list[int] = []
        self.axes = next(
            (int(mark.text) for mark in clause if mark.text in ("1", "2", "3") and mark.sort in ("kind", "word")), 0
        )
        self.head = head
        self._walk([mark for i, mark in enumerate(clause) if not _is_ordinal(clause, i)])

    def take(self, *roles: str) -> Any:
        """The first number or sizes of the first of these roles."""
        for role in roles:
            if self.by_role.get(role):
                return self.by_role[role][0]
        return None

    def number(self, *roles: str) -> int | None:
        """The first whole number of one of these roles."""
        for role in roles:
            for value in self.by_role.get(role, ()):
                if isinstance(value, int):
                    return value
        return None

    def sizes(self, *roles: str) -> tuple[int, ...] | None:
        """The first sizes of one of these roles."""
        for role in roles:
            for value in self.by_role.get(role, ()):
                if isinstance(value, tuple):
                    return value
        return None

    def _give(self, role: str, value: Any) -> None:
        self.by_role.setdefault(role, []).append(value)

    def _walk(self, clause: list[Mark]) -> None:
        waiting: Any = None
        """A number that no word has claimed yet."""
        role: str | None = None
        """A word whose number has not come yet."""
        arrows: list[Any] = []
        arrow = False
        for i, mark in enumerate(clause):
            if mark.sort in ("number", "sizes"):
                if arrow or _before_arrow(clause, i):
                    arrows.append(mark.value)
                    arrow = False
                    continue
                if role is not None:
                    self._give(role, mark.value)
                    role = (
                        None
                        if isinstance(mark.value, int) or role in ("kernel", "stride", "padding", "input")
                        else role
                    )
                    continue
                self._release(waiting)
                waiting = mark.value
                self.late = mark.text == "after"
            elif mark.sort == "count":
                self.times = int(str(mark.value)) if int(str(mark.value)) > 1 else self.times
            elif mark.sort == "size" or mark.value in ("input", "output"):
                named = str(mark.value)
                if waiting is not None and not _prefixes(clause, i, named):
                    self._give(named, waiting)
                    keep = isinstance(waiting, tuple) and named == "filters"
                    waiting, role = None, named if keep else None
                elif arrows and not arrow and role is None and clause[i - 1].sort in ("number", "sizes"):
                    self._give("pair", named)
                else:
                    self._release(waiting)
                    waiting, role = None, self._joined(role, named)
            elif mark.sort == "break":
                arrow = mark.value == "->" and i + 1 < len(clause)
                if mark.value in (",", ")", "-", "->", "+", "/", "gap") and not (mark.value == "-" and role):
                    self._release(waiting)
                    waiting, role = None, None
            elif mark.value in ("and", "each"):
                self._release(waiting)
                waiting = None
            elif mark.value == "to" and _before_to(clause, i):
                arrow = True
                if waiting is not None:
                    arrows.append(waiting)
                    waiting = None
                elif role is None and self.loose:
                    arrows.append(self.loose.pop())
        self._release(waiting)
        self._flow(arrows)

    @staticmethod
    def _joined(role: str | None, named: str) -> str:
        """``input`` with ``channels``, ``features`` is the input's; ``output`` with ``channels`` the filters."""
        if role == "input" and named in ("channels", "features", "units", "dimension"):
            return "in_channels" if named == "channels" else "features"
        if role == "output" and named in ("channels", "features", "units", "dimension"):
            return "filters" if named == "channels" else "units"
        return named

    def _release(self, waiting: Any) -> None:
        if waiting is None or self.late:
            return
        if isinstance(waiting, int):
            self.loose.append(waiting)
        elif waiting is not None:
            self.loose_sizes.append(waiting)

    def _flow(self, arrows: list[Any]) -> None:
        """``64 → 128``, ``-> 10x10x16``, ``784 → 128 → 10``, ``32x32x3 -> 28x28x6``."""
        shapes = [value for value in arrows if isinstance(value, tuple)]
        plain = [value for value in arrows if isinstance(value, int)]
        if shapes:
            self.out_shape = shapes[-1]
            if len(shapes) > 1 and isinstance(arrows[0], tuple):
                self._give("input", shapes[0])
            if self.head.kind in ("flatten", "linear") and plain:
                self._give("input", shapes[0])
                self.out_shape = None
                self._give("units", plain[-1])
            return
        if len(plain) == 2:
            self.pair = (plain[0], plain[1])
        elif len(plain) == 1:
            self._give("output", plain[0])
        elif plain:
            self.list = plain


def _before_arrow(clause: list[Mark], i: int) -> bool:
    """Whether a number or size stands right before an arrow to another."""
    j = i + 1
    while (
        j < len(clause)
        and clause[j].value in ("channels", "features", "units", "input", "filters")
        and clause[j].sort != "break"
    ):
        j += 1
    return (
        j + 1 < len(clause) and clause[j].value == "->" and clause[j].sort == "break" and clause[j + 1].sort in ("number", "sizes")
        and (clause[i].sort == clause[j + 1].sort == "number" or (clause[i].sort == "sizes" and len(_as_sizes(clause[i])) == 3)
             or clause[j + 1].sort == "number" or (j + 2 < len(clause) and clause[j + 2].value == "->") or (clause[i].sort == "number" and i and clause[i - 1].value == "->"))
    )  # fmt: skip


def _as_sizes(mark: Mark) -> tuple[int, ...]:
    return mark.value if isinstance(mark.value, tuple) else ()


def _before_to(clause: list[Mark], i: int) -> bool:
    return 0 < i < len(clause) - 1 and clause[i + 1].sort == "number" and clause[i - 1].sort == "number"


def _prefixes(clause: list[Mark], i: int, named: str) -> bool:
    """Whether a word that follows a number is about the next one: ``16 filters``, but ``conv 16, kernel = 3``."""
    after = clause[i + 1] if i + 1 < len(clause) else None
    if after is None:
        return False
    if after.value in (":", "=") and after.sort == "break":
        return i + 2 < len(clause) and clause[i + 2].sort in ("number", "sizes")
    if named in ("stride", "padding") and after.sort == "number":
        return True
    return named == "kernel" and after.sort in ("number", "sizes") and isinstance(clause[i - 1].value, int)


# ---------------------------------------------------------------------- a clause as pieces


def _dashed(line: str, mark: Mark) -> int | None:
    """``FC-4096``: a number behind a dash is no layer's number where nothing else is said."""
    text = line[mark.start : mark.end]
    number = text.rpartition("-")[2]
    return int(number) if "-" in text and number.isascii() and number.isdigit() and text[0].isascii() else None


def _pieces(head: Head, clause: list[Mark], line: str, line_no: int, offset: int, *, leading: bool) -> list[Piece]:
    sizes = Sizes(clause, head)
    kind = {"output": "linear", "bilstm": "lstm", "bigru": "gru"}.get(head.kind, head.kind)
    piece = Piece(kind, line_no, name_of(line, clause, leading=leading) or ("output" if head.kind == "output" else ""))
    if head.kind in ("bilstm", "bigru") or "bidirectional" in sizes.words:
        piece.attributes["bidirectional"] = True
    if sizes.axes and piece.axes:
        piece.axes = sizes.axes
    if "without bias" in sizes.words:
        piece.bias = False
    if sizes.gaps and (kind != "linear" or len(sizes.loose) > 1):
        sizes.loose = []  # columns without a heading
    for kinds, reader in _READERS:
        if kind in kinds:
            reader(piece, sizes)
    if kind == "linear" and not piece.says() and not sizes.loose and not sizes.list:
        dashed = _dashed(line, clause[head.at - offset])
        piece.out, piece.name = dashed, "" if dashed is not None else piece.name
    values = [*sizes.loose, *sizes.list] if kind in ("linear", *RECURRENT) and (sizes.loose or sizes.list) else []
    return _repeated(piece, sizes, values)


def _repeated(piece: Piece, sizes: Sizes, values: list[int]) -> list[Piece]:
    """``two hidden layers of 512 and 256``, ``three layers of 64 each``: one piece for each."""
    own = [piece.out] if piece.out is not None and piece.out not in values else []
    widths = [*values, *own]
    if sizes.list and piece.kind == "linear":
        piece.reads, widths = sizes.list[0], sizes.list[1:]
    if piece.kind == "linear" and len(widths) > 1 and sizes.pair is None and (piece.reads is None or sizes.list):
        if sizes.times > 1 and len(widths) != sizes.times:
            piece.doubt = f"{sizes.times} layers, but {len(widths)} sizes"
            return [piece]
        found = []
        for width in widths:
            again = piece.copy()
            again.out, again.reads = width, found[-1].out if found else piece.reads
            found.append(again)
        return found
    if piece.kind in RECURRENT and sizes.times > 1 and "layer" in sizes.words:
        piece.attributes["num_layers"] = sizes.times
        return [piece]
    if sizes.times > 1 and piece.kind not in ("input", "embedding"):
        first_reads, again = piece.reads, piece.copy()
        if first_reads is not None and piece.out is not None:
            again.reads = piece.out
        return [piece, *[again.copy() for _ in range(min(sizes.times, MOST_TIMES) - 1)]]
    return [piece]


def _convolution(piece: Piece, sizes: Sizes) -> None:
    piece.out = sizes.number("filters", "units")
    piece.reads = sizes.number("in_channels", "input")
    if piece.out is None:
        piece.out = sizes.number("channels", "output")
    elif piece.reads is None:
        piece.reads = sizes.number("channels", "features")
    piece.out_shape = sizes.out_shape or sizes.sizes("output")
    if sizes.pair is not None and not (
        piece.out_shape and sizes.pair[1] in piece.out_shape[:2] and piece.out_shape[-1] != sizes.pair[1]
    ):
        piece.reads, piece.out = sizes.pair
    shape = sizes.sizes("input")
    if shape is not None:
        _read_input_shape(piece, shape)
    kernel = sizes.take("kernel") or sizes.sizes("filters")
    if kernel is None:
        kernel = _loose_kernel(piece, sizes)
    if kernel is not None:
        _set_kernel(piece, kernel)
    if piece.out is None and len(sizes.loose) == 1:
        piece.out = sizes.loose.pop()
    if "rgb" in sizes.words and piece.reads is None:
        piece.reads = 3
    elif "gray" in sizes.words and piece.reads is None:
        piece.reads = 1
    piece.groups = sizes.number("groups")
    _moves(piece, sizes)


def _read_input_shape(piece: Piece, shape: tuple[int, ...]) -> None:
    if len(shape) == piece.axes:
        piece.in_shape = shape
    elif len(shape) == piece.axes + 1:
        first = shape[0] in (1, 3) and shape[-1] not in (1, 3, 4)
        piece.reads = shape[0] if first else shape[-1]
        piece.in_shape = shape[1:] if first else shape[:-1]


def _loose_kernel(piece: Piece, sizes: Sizes) -> Any:
    """The kernel among sizes that no word claims: sides of at most some pixels."""
    for i, value in enumerate(sizes.loose_sizes):
        if len(value) == piece.axes and max(value) <= LARGEST_KERNEL:
            return sizes.loose_sizes.pop(i)
        if len(value) in (3, 4) and piece.axes == 2 and max(value[:2]) <= 15:
            return sizes.loose_sizes.pop(i)
        if len(value) == 3 and piece.out_shape is None:
            piece.out_shape = sizes.loose_sizes.pop(i)
            return None
    if len(sizes.loose) == 2 and piece.out is None and min(sizes.loose) <= 11:
        smallest = min(sizes.loose)
        sizes.loose.remove(smallest)
        return smallest
    if len(sizes.loose) == 1 and piece.out is not None and sizes.loose[0] <= 15:
        return sizes.loose.pop()
    return None


def _set_kernel(piece: Piece, kernel: int | tuple[int, ...]) -> None:
    if isinstance(kernel, int):
        piece.kernel = (kernel,) * (piece.axes or 2)
    elif piece.axes == 2 and len(kernel) == 3:
        piece.kernel, depth = kernel[:2], kernel[2]
        if piece.reads is None and piece.out is not None and piece.out != depth:
            piece.reads = depth
        elif piece.out is None:
            piece.out = depth
    elif piece.axes == 2 and len(kernel) == 4:
        piece.kernel, piece.reads, piece.out = kernel[:2], kernel[2], kernel[3]
    else:
        piece.kernel = kernel


def _moves(piece: Piece, sizes: Sizes) -> None:
    """Stride and padding."""
    stride, padding = sizes.take("stride"), sizes.take("padding")
    if isinstance(stride, tuple) and len(set(stride)) == 1:
        stride = stride[0]
    piece.stride = stride
    if "same" in sizes.words:
        piece.padding = "same"
    elif isinstance(padding, int) or isinstance(padding, tuple):
        piece.padding = padding
    elif "valid" in sizes.words:
        piece.padding = "valid"


def _pool(piece: Piece, sizes: Sizes) -> None:
    kernel = sizes.take("kernel", "filters", "units") or (sizes.loose_sizes[0] if sizes.loose_sizes else None)
    piece.out_shape = sizes.out_shape or sizes.sizes("output")
    if isinstance(kernel, tuple) and len(kernel) == 3 and piece.out_shape is None:
        piece.out_shape, kernel = kernel, None
    if kernel is None and sizes.loose and sizes.loose[0] <= 15:
        kernel = sizes.loose[0]
    if kernel is not None:
        piece.kernel = (kernel,) * 2 if isinstance(kernel, int) else kernel
    _moves(piece, sizes)
    if piece.axes == 1 and piece.kernel:
        piece.kernel = piece.kernel[:1]


def _linear(piece: Piece, sizes: Sizes) -> None:
    piece.out = sizes.number("units", "classes", "output", "filters")
    piece.reads = sizes.number("features", "input", "in_channels")
    if sizes.pair is not None and piece.out in (None, sizes.pair[1]):
        piece.reads, piece.out = sizes.pair
    shape = sizes.sizes("input", "features")
    if shape is not None and piece.reads is None:
        piece.reads = _product(shape)
    if piece.out is None and sizes.loose_sizes and len(sizes.loose_sizes[0]) == 2 and not sizes.loose:
        piece.reads, piece.out = sizes.loose_sizes[0]
    elif piece.out is None and sizes.loose_sizes and sizes.loose_sizes[0][:2] == (1, 1):
        piece.out = sizes.loose_sizes[0][2] if len(sizes.loose_sizes[0]) == 3 else None
    elif piece.out is None and len(sizes.loose) == 1:
        piece.out = sizes.loose.pop()
    elif piece.out is None and sizes.out_shape is not None:
        piece.out = sizes.out_shape[-1]
    if piece.out is None and not sizes.loose and sizes.number("dimension", "channels") is not None:
        piece.out = sizes.number("dimension", "channels")


def _product(shape: tuple[int, ...]) -> int:
    result = 1
    for size in shape:
        result *= size
    return result


def _recurrent(piece: Piece, sizes: Sizes) -> None:
    piece.out = sizes.number("units", "output")
    piece.reads = sizes.number("features", "input", "dimension", "in_channels")
    piece.in_shape = sizes.sizes("input", "features")
    if sizes.pair is not None and piece.out is None:
        piece.reads, piece.out = sizes.pair
    if piece.out is None and len(sizes.loose) == 1:
        piece.out = sizes.loose.pop()
    if piece.out is None and piece.in_shape is None and sizes.loose_sizes and len(sizes.loose_sizes[0]) == 2:
        piece.reads, piece.out = sizes.loose_sizes[0]


def _embedding(piece: Piece, sizes: Sizes) -> None:
    piece.reads = sizes.number("vocabulary", "input")
    piece.out = sizes.number("dimension", "units", "output", "features")
    pairs = [value for value in sizes.loose_sizes if len(value) == 2]
    if piece.reads is None and piece.out is None and (sizes.pair or pairs):
        piece.reads, piece.out = sizes.pair or (pairs[0][0], pairs[0][1])
    if piece.reads is None and piece.out is None and len(sizes.loose) == 2 and sizes.loose[0] > sizes.loose[1]:
        piece.reads, piece.out = sizes.loose
    elif len(sizes.loose) == 1:
        piece.reads, piece.out = (
            (sizes.loose[0], piece.out)
            if piece.reads is None and piece.out
            else (piece.reads, piece.out or sizes.loose[0])
        )


def _norm(piece: Piece, sizes: Sizes) -> None:
    piece.out = sizes.number("channels", "features", "filters", "units", "dimension")
    if piece.out is None and len(sizes.loose) == 1:
        piece.out = sizes.loose[0]


def _input(piece: Piece, sizes: Sizes) -> None:
    piece.in_shape = sizes.sizes("input", "features", "units", "output") or sizes.out_shape
    if piece.in_shape is None and sizes.loose_sizes:
        piece.in_shape = sizes.loose_sizes[0]
    piece.reads = sizes.number("in_channels", "channels")
    if piece.reads is None and "rgb" in sizes.words:
        piece.reads = 3
    elif piece.reads is None and "gray" in sizes.words:
        piece.reads = 1
    number = sizes.number("features", "input", "units") or (sizes.loose[0] if len(sizes.loose) == 1 else None)
    if piece.in_shape is None and number is not None and piece.reads is None:
        piece.in_shape = (number,)
    steps, features = sizes.number("steps"), sizes.number("features", "dimension")
    if steps is not None and features is not None:
        piece.in_shape = (steps, features)


def _flatten(piece: Piece, sizes: Sizes) -> None:
    piece.out = sizes.number("features", "units", "output") or (sizes.loose[0] if len(sizes.loose) == 1 else None)


_READERS: tuple[tuple[tuple[str, ...], Callable[[Piece, Sizes], None]], ...] = (
    (CONVOLUTIONS, _convolution), (POOLS, _pool), (("linear",), _linear), (RECURRENT, _recurrent), (("embedding",), _embedding),
    (NORMS, _norm), (("input",), _input), (("flatten",), _flatten),
)  # fmt: skip


# ---------------------------------------------------------------------- its name


def name_of(line: str, clause: list[Mark], *, leading: bool) -> str:
    """The name that a line gives its layer: ``conv1``, ``block1_conv1``, ``conv 2``; empty where it gives none."""
    if leading:
        label = _label(line)
        if label:
            return label
    for i, mark in enumerate(clause):
        if mark.sort != "kind" or not line[mark.start].isascii():
            if mark.sort == "kind":
                ordinal = next(
                    (clause[j].value for j in (i + 1, i + 2) if j < len(clause) and _is_ordinal(clause, j)), None
                )
                if ordinal is not None:
                    return f"{_ascii('', str(mark.value))}{ordinal}"
            continue
        whole = _identifier(line, mark.start)
        if any(character.isdigit() for character in whole) and not whole.lower().endswith(("1d", "2d", "3d")):
            return whole
        if i + 1 < len(clause) and _is_ordinal(clause, i + 1):
            return f"{_ascii(whole, str(mark.value))}{clause[i + 1].value}"
        if i + 2 < len(clause) and clause[i + 1].value == "layer" and _is_ordinal(clause, i + 2):
            return f"{_ascii(whole, str(mark.value))}{clause[i + 2].value}"
    return ""


def _ascii(word: str, kind: str) -> str:
    short = {"linear": "dense", "maxpool": "pool", "avgpool": "pool"}.get(kind, kind)
    return word.lower() if word.isascii() and 1 < len(word) < 12 and word.isidentifier() else short


def _identifier(line: str, at: int) -> str:
    start = end = at
    while start > 0 and (line[start - 1].isascii() and (line[start - 1].isalnum() or line[start - 1] in "_.")):
        start -= 1
    while end < len(line) and line[end].isascii() and (line[end].isalnum() or line[end] in "_."):
        end += 1
    return line[start:end].strip("._")


def _label(line: str) -> str:
    """A first word with a number that a colon, bracket or dash follows: ``C3:``, ``fc1 (``, ``conv2 -``."""
    bare = line.lstrip(" \t-*•|>#`_").rstrip()
    end = 0
    while end < len(bare) and bare[end].isascii() and (bare[end].isalnum() or bare[end] in "_.-"):
        end += 1
    word = bare[:end].strip("_.-")
    after = bare[end:].lstrip("`*_ ")[:1]
    if not word or not word[0].isalpha() or len(word) > 40 or after not in (":", "(", "-", "–", "—", "|", "[", "="):
        return ""
    if not any(character.isdigit() for character in word) or word.lower().endswith(("1d", "2d", "3d")):
        return ""
    return word
