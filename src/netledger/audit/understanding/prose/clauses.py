"""One line's marks → the layers that it describes, wherever it stands: in a list, a sentence, a heading or a cell.

A clause is what belongs to one layer: its kind word and the sizes around it. Numbers are taken by the word beside them
(``16 filters``, ``stride 2``, ``필터 16개``), else by what a layer of that kind can have.
"""

from __future__ import annotations

from itertools import pairwise
from math import prod

from netledger.audit.understanding.marks.scanning import SIGNS, TIMES, is_denied
from netledger.audit.understanding.marks.scanning import marks as marks_of
from netledger.audit.understanding.pieces import CONVOLUTIONS, NORMS, RECURRENT, SILENT, Piece
from netledger.audit.understanding.prose.heads import MOST_ORDINAL, Head, counts_something_else, segments
from netledger.audit.understanding.prose.implied import named_by_place
from netledger.audit.understanding.prose.joining import joined
from netledger.audit.understanding.prose.kinds import READERS
from netledger.audit.understanding.prose.own_names import name_all, name_of
from netledger.audit.understanding.prose.sizes import Sizes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.understanding.marks.scanning import Mark

CELLS = (";", "|")
SHARP = (".", *CELLS)
"""Signs that end a sentence or a cell."""
_KINDS = {
    "output": "linear",
    "bilstm": "lstm",
    "bigru": "gru",
    "pointwise": "conv",
    "features": "input",
    "shortcut": "conv",
}
"""The layer's kind of those words that say more than it."""
LEAST_UNITS = 4
"""Of a layer whose word a number follows; a smaller one numbers the layer, though it may well have as many units."""
MOST_TIMES = 64
MOST_COUNTED = 12
"""Layers that a number before their kind counts; more of them is a width."""
MOST_BARE = 8192
"""Of units that no word calls so: ``output layer: 10``."""


def clauses(line: str, line_no: int) -> list[Piece]:
    """The layers that a line describes, in order.

    >>> [(p.kind, p.name, p.out, p.kernel) for p in clauses("conv1: 16 filters 3x3, 2x2 max pooling", 1)]
    [('conv', 'conv1', 16, (3, 3)), ('maxpool', '', None, (2, 2))]
    >>> [(p.kind, p.out) for p in clauses("784 inputs, two hidden layers of 512 and 256 units, 10 outputs", 1)]
    [('input', None), ('linear', 512), ('linear', 256), ('linear', 10)]
    """
    found: list[Piece] = []
    if "_x" in line:
        return found  # conv4_x is a stage of blocks
    begin, each = 0, False
    ahead: list[Piece] = []
    for part in _parts(_worded(_about_layers(named_by_place(_without_number(marks_of(line), line), line)))):
        if any(mark.value == "reversed" for mark in part):
            continue
        for head, clause, start in segments(part):
            if start and not found:
                found.extend(_heading(part[:start], line_no))
            if head.kind in NORMS and is_denied(line, part[head.at].start, part[head.at].end):
                continue
            new = _pieces(head, clause, line, line_no, start, leading=not start and not found)
            words = {str(mark.value) for mark in clause}
            new = as_blocks(new, _blocks(clause))
            if "input" in words and found and new:
                found[:0] = _late_input(found, new[0], line_no)
            if any(mark.value == "in front" for mark in part):
                for piece in new:
                    piece.is_doubtful |= not found
                ahead.extend(new)
                continue
            found[begin:] = joined(found[begin:], new, words | {"each"} if each else words)
            each = False
        for mark, times in pairwise(part):
            if times.value == "times" and mark.sort == "number" and isinstance(mark.value, int):
                found[begin:] = as_blocks(found[begin:], mark.value)
        each = bool(part) and part[-1].value == "each"
        if part and part[-1].value in (".", "|"):
            begin = len(found)
    return [*ahead, *found]


def _heading(marks: list[Mark], line_no: int) -> list[Piece]:
    """``Residual block, 64 -> 128 channels:`` says what the first layer behind it reads."""
    sizes = Sizes(marks, Head(0, "input"))
    piece = Piece("input", line_no)
    piece.reads = sizes.pair[0] if sizes.pair is not None else sizes.number("in_channels", "channels")
    return [piece] if piece.reads is not None else []


def _without_number(found: list[Mark], line: str) -> list[Mark]:
    """The marks behind the number of an item: ``1) Input: 20``, ``(2) Dense``, ``Step 3: Dense``."""
    if [mark.sort for mark in found[:2]] == ["number", "break"] and found[1].value == ":":
        if line[: found[0].start].strip(" #*-").isalpha():
            return found[2:]
    start = 1 if found and found[0].value == "(" else 0
    leading = bool(found) and not line[: found[0].start].strip()
    sorts = [mark.sort for mark in found[start : start + 2]]
    item = leading and sorts == ["number", "break"] and found[start + 1].value == ")"
    return found[start + 2 :] if item else found


def _worded(found: list[Mark]) -> list[Mark]:
    """Small numbers in words that count sizes, not layers, as numbers: ``eight neurons``, ``three outputs``."""
    kept = []
    for i, mark in enumerate(found):
        after = found[i + 1] if i + 1 < len(found) else None
        if _is_count(found, i):
            mark = mark.replace(sort="count")
        elif (
            mark.sort == "count"
            and after is not None
            and after.start - mark.end < 2
            and _is_counted(after, found[i + 2 : i + 3])
        ):
            mark = mark.replace(sort="number")
        kept.append(mark)
    return kept


def _late_input(before: list[Piece], last: Piece, line_no: int) -> list[Piece]:
    """``Dense(300) -> Dense(10), input dimension 784``: behind the last layer it is what the first one reads."""
    if last.kind != "linear" or last.reads is None or before[0].kind != "linear" or before[0].reads is not None:
        return []
    piece = Piece("input", line_no)
    piece.in_shape, last.reads = (last.reads,), None
    return [piece]


def _blocks(clause: list[Mark]) -> int:
    """How many blocks a clause is about: ``2 residual blocks, each with …``."""
    for number, block in pairwise(clause):
        if block.value == "block" and number.sort in ("number", "count"):
            return int(str(number.value))
    return 1


def _is_count(found: list[Mark], i: int) -> bool:
    """``3 convolutional layers``, ``2 couches denses``: a number that says how many layers there are."""
    number, behind = found[i], found[i + 1 : i + 3]
    if number.sort != "number" or not isinstance(number.value, int) or not 1 < number.value <= MOST_COUNTED:
        return False
    if i and (found[i - 1].sort == "kind" or found[i - 1].value in ("layer", "block", "hidden")):
        return False
    if behind and behind[0].value == "block":
        return True
    counted = [mark for mark in behind if mark.sort == "kind" or mark.value in ("hidden", "layer")]
    return len(counted) == 2 and any("layer" in (mark.value, mark.text) for mark in counted)


def _is_counted(after: Mark, behind: list[Mark]) -> bool:
    if "layer" in (after.text, *[mark.value for mark in behind]):
        return False
    if after.sort == "sizes":
        return any(mark.value in ("filters", "kernel") for mark in behind)
    return (after.sort == "size" and after.value not in ("kernel", "stack", "extent")) or after.value in (
        "input",
        "output",
    )


def _about_layers(found: list[Mark]) -> list[Mark]:
    """The marks without a kind that is the whole network's: ``fully connected network``, ``rete convoluzionale:``."""
    kept = []
    for i, mark in enumerate(found):
        before, after = found[i - 1] if i else None, found[i + 1] if i + 1 < len(found) else None
        of_network = (
            mark.sort == "kind"
            and mark.value in _OF_NETWORKS
            and (
                (after is not None and after.value == "mlp")
                or (before is not None and before.value == "mlp" and (after is None or after.sort == "break"))
            )
        )
        if not of_network:
            kept.append(mark)
    return kept


_OF_NETWORKS = ("conv", "linear", "rnn")


def _parts(found: list[Mark]) -> Iterator[list[Mark]]:
    part: list[Mark] = []
    for mark in found:
        if (mark.sort == "break" and mark.value in SHARP) or mark.value == "then":
            yield [*part, mark] if mark.value in SHARP else part
            part = []
        else:
            part.append(_as_colon(part, mark) or mark)
    yield part


def _as_colon(part: list[Mark], mark: Mark) -> Mark | None:
    """The arrow of ``input -> 28x28x1``: nothing comes before the input, so it only names its size."""
    if mark.value != "->" or len(part) != 1 or part[0].value != "input":
        return None
    return mark.replace(value=":")


def _dashed(line: str, mark: Mark) -> int | None:
    """``FC-4096``: a number behind a dash is no layer's number where nothing else is said."""
    text = line[mark.start : mark.end]
    number = text.rpartition("-")[2]
    return int(number) if "-" in text and number.isascii() and number.isdigit() and text[0].isascii() else None


def _pieces(head: Head, clause: list[Mark], line: str, line_no: int, offset: int, *, leading: bool) -> list[Piece]:
    sizes = Sizes(clause, head)
    kind = _KINDS.get(head.kind, head.kind)
    piece = Piece(kind, line_no, name_of(line, clause, leading=leading) or ("output" if head.kind == "output" else ""))
    if head.kind == "features":
        piece.attributes["unsaid"] = True
    if head.kind in ("bilstm", "bigru") or "bidirectional" in sizes.words:
        piece.attributes["bidirectional"] = True
    if head.kind == "shortcut":
        piece.is_branch = True
    if sizes.axes and piece.axes:
        piece.axes = sizes.axes
    if "without bias" in sizes.words:
        piece.bias = False
    elif "with bias" in sizes.words:
        piece.bias = True
    if sizes.gaps and (kind not in ("linear", "input") or len(sizes.loose) > 1):
        sizes.loose = []  # columns without a heading
    for kinds, reader in READERS:
        if kind in kinds:
            reader(piece, sizes)
    if kind == "linear" and not piece.says() and not sizes.loose and not sizes.list:
        dashed = _dashed(line, clause[head.at - offset])
        piece.out, piece.name = dashed, "" if dashed is not None else piece.name
    if kind in CONVOLUTIONS and piece.reads and piece.kernel is None and piece.out is None and _is_heading(clause):
        piece.kind, kind = "input", "input"  # "separable block on 32 channels: ..." heads what follows
    if kind in NORMS and sizes.weak and not sizes.loose_sizes:
        piece.count = piece.out
        piece.is_label, piece.out, sizes.loose = True, None, []  # "bn1 = 128" is its count
    if any(mark.value == "calculation" for mark in clause):
        piece.is_label = True
        if len(sizes.loose) <= 1 and not (sizes.by_role or sizes.loose_sizes or sizes.pair or sizes.out_shape):
            if kind in ("linear", *RECURRENT) and piece.out is None:
                piece.out = _units_beside(line, clause[head.at - offset :])  # "Dense 50: 1296*50 + 50"
            elif piece.out is not None and piece.out <= MOST_ORDINAL:
                piece.out = None  # "2e convolution : 3*3*..."
    values = [*sizes.loose, *sizes.list] if kind in ("linear", *RECURRENT) and (sizes.loose or sizes.list) else []
    if sizes.trails and sizes.times == 1:
        values, sizes.widths = [], []
    bare = sizes.weak and not sizes.by_role and sizes.pair is None and not sizes.loose_sizes
    if (
        bare
        and kind in ("linear", *RECURRENT)
        and ((head.kind == "linear" and "hidden" not in sizes.words) or piece.out is None or piece.out > MOST_BARE)
    ):
        piece.bare = piece.out if head.kind == "linear" and (piece.out or 0) <= MOST_BARE else None
        piece.out, values = None, []  # "fc1: 850" may be its count
    alone = head.kind == "output" and piece.out is None and "layer" not in sizes.words and not values
    if alone and any(mark.value == "units" for mark in clause[head.at - offset :]):
        piece.out, piece.is_doubtful = 1, True  # "a sigmoid output neuron"
    found = _repeated(piece, sizes, values)
    name_all(found, clause)
    if alone:
        return [piece]
    told = {number for other in found for number in _numbers(other)} | set(sizes.by_role.get("steps", ()))
    told.update([count for other in found for count in _counts(other)])
    for other in found:
        strange = not told.issuperset(sizes.said) or counts_something_else(line, clause)
        other.is_doubtful = kind not in (*SILENT, "flatten", "gap") and strange
    return found


def _is_heading(clause: list[Mark]) -> bool:
    """Whether a clause ends with a colon, behind which no size of it stands."""
    colon = next((i for i, mark in enumerate(clause) if mark.value == ":"), None)
    return colon is not None and not any(mark.sort in ("number", "sizes", "size") for mark in clause[colon:])


def _numbers(piece: Piece) -> Iterator[int]:
    """Every number that a piece holds."""
    own = (
        piece.out,
        piece.reads,
        piece.stride,
        piece.padding,
        piece.groups,
        piece.kernel,
        piece.in_shape,
        piece.out_shape,
    )
    for value in (*own, *piece.attributes.values()):
        if isinstance(value, int):
            yield value
        elif isinstance(value, tuple):
            yield from (size for size in value if isinstance(size, int))
            if all(isinstance(size, int) for size in value):
                yield prod(value)


def _counts(piece: Piece) -> Iterator[int]:
    """How many parameters a layer has of which all is said: with and without biases, and a norm's own count."""
    if piece.count is not None:
        yield piece.count
    if piece.reads and piece.out and piece.kind in ("linear", *CONVOLUTIONS):
        weights = prod(piece.kernel or ()) * piece.reads * piece.out // (piece.groups or 1)
        yield from (weights, weights + piece.out)


def _units_beside(line: str, clause: list[Mark]) -> int | None:
    """The number behind a layer's word that its calculation has as the layer's outputs: ``Dense 50: 1296*50 + 50``."""
    behind = clause[1] if len(clause) > 1 else None
    if behind is None or behind.sort != "number" or not isinstance(behind.value, int) or behind.value < LEAST_UNITS:
        return None
    worked = "".join(
        ["*" if sign in TIMES else sign for sign in line[behind.end :].translate(SIGNS) if not sign.isspace()]
    )
    units = f"*{behind.value}"
    return behind.value if any(f"{units}{more}" in worked for more in (f"+{behind.value}=", "=")) else None


def _repeated(piece: Piece, sizes: Sizes, values: list[int]) -> list[Piece]:
    """``two hidden layers of 512 and 256``, ``three layers of 64 each``: one piece for each."""
    if sizes.pairs:
        return _paired(piece, sizes)
    own = [piece.out] if piece.out is not None else []
    widths = [*values, *own]
    if len(sizes.widths) > 1 and set(widths) <= set(sizes.widths) and piece.kind in ("linear", *RECURRENT):
        widths = sizes.widths if not sizes.weak else widths
    if sizes.list and piece.kind == "linear":
        piece.reads, widths = sizes.list[0], sizes.list[1:]
    if piece.kind == "linear" and len(widths) > 1 and sizes.pair is None:
        if sizes.times > 1 and len(widths) != sizes.times:
            piece.doubt = f"{sizes.times} layers, but {len(widths)} sizes"
            return [piece]
        return list(_each_of(piece, widths))
    if len(sizes.widths) == sizes.times > 1 and piece.kind in (*CONVOLUTIONS, *RECURRENT):
        return list(_each_of(piece, sizes.widths))
    if piece.kind in RECURRENT and sizes.times > 1 and "layer" in sizes.words:
        piece.attributes["num_layers"] = sizes.times
        return [piece]
    if sizes.times > 1 and piece.kind not in ("input", "embedding"):
        return repeated([piece], sizes.times)
    return [piece]


def repeated(pieces: list[Piece], times: int) -> list[Piece]:
    """The same layers so many times: what the first of them reads is, from the second time on, what the last makes."""
    found = list(pieces)
    for _ in range(min(times, MOST_TIMES) - 1):
        for i, piece in enumerate(pieces):
            again = piece.copy()
            if i == 0 and piece.reads is not None and piece.kind not in NORMS:
                again.reads = None if len(pieces) > 1 else piece.out
            found.append(again)
    return found


def as_blocks(pieces: list[Piece], times: int) -> list[Piece]:
    """Layers as blocks: ``block.0.conv1``, as frameworks name what is repeated."""
    if times < 2 or not pieces:
        return pieces
    found = repeated(pieces, times)
    for i, piece in enumerate(found):
        block, place = divmod(i, len(pieces))
        kinds = [other.kind for other in pieces[: place + 1]]
        piece.name = f"block.{block}.{piece.kind}{kinds.count(piece.kind)}"
    return found


def _each_of(piece: Piece, widths: list[int]) -> Iterator[Piece]:
    """One piece for each width, each reading what the one before it makes."""
    reads = piece.reads
    for width in widths:
        again = piece.copy()
        again.out, again.reads = width, reads
        reads = width
        yield again


def _paired(piece: Piece, sizes: Sizes) -> list[Piece]:
    """``two 3x3 convolutions (64 -> 128, 128 -> 128)``: one piece for each pair."""
    if sizes.times not in (1, len(sizes.pairs)):
        piece.doubt = f"{sizes.times} layers, but {len(sizes.pairs)} sizes"
        return [piece]
    found = []
    for reads, out in sizes.pairs:
        again = piece.copy()
        again.reads, again.out = reads, out
        found.append(again)
    return found
