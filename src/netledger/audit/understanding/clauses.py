"""One line's marks → the layers that it describes, wherever it stands: in a list, a sentence, a heading or a cell.

A clause is what belongs to one layer: its kind word and the sizes around it. Numbers are taken by the word beside them
(``16 filters``, ``stride 2``, ``필터 16개``), else by what a layer of that kind can have.
"""

from __future__ import annotations

from netledger.audit.understanding.heads import is_ordinal, segments
from netledger.audit.understanding.kinds import READERS
from netledger.audit.understanding.pieces import RECURRENT, Piece
from netledger.audit.understanding.scanning import marks as marks_of
from netledger.audit.understanding.sizes import Sizes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.understanding.heads import Head
    from netledger.audit.understanding.scanning import Mark

CELLS = (";", "|")
SHARP = (".", *CELLS)
"""Signs that end a sentence or a cell."""
_KINDS = {"output": "linear", "bilstm": "lstm", "bigru": "gru", "pointwise": "conv", "features": "input"}
"""The layer's kind of those words that say more than it."""
MOST_TIMES = 64
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
    for part in _parts(_about_layers(marks_of(line))):
        if any(mark.value == "reversed" for mark in part):
            continue
        for head, clause, start in segments(part):
            found.extend(_pieces(head, clause, line, line_no, start, leading=not start and not found))
    return found


def _about_layers(found: list[Mark]) -> list[Mark]:
    """The marks without a kind that is the whole network's: ``a fully connected network with …``."""
    following = [*found, None][1:]
    return [
        mark
        for mark, after in zip(found, following, strict=True)
        if not (mark.value == "linear" and after is not None and after.value == "mlp")
    ]


def _parts(found: list[Mark]) -> Iterator[list[Mark]]:
    part: list[Mark] = []
    for mark in found:
        if (mark.sort == "break" and mark.value in SHARP) or mark.value == "then":
            yield [*part, mark] if mark.value in CELLS else part
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
    if sizes.axes and piece.axes:
        piece.axes = sizes.axes
    if "without bias" in sizes.words:
        piece.bias = False
    if sizes.gaps and (kind != "linear" or len(sizes.loose) > 1):
        sizes.loose = []  # columns without a heading
    for kinds, reader in READERS:
        if kind in kinds:
            reader(piece, sizes)
    if kind == "linear" and not piece.says() and not sizes.loose and not sizes.list:
        dashed = _dashed(line, clause[head.at - offset])
        piece.out, piece.name = dashed, "" if dashed is not None else piece.name
    values = [*sizes.loose, *sizes.list] if kind in ("linear", *RECURRENT) and (sizes.loose or sizes.list) else []
    bare = sizes.weak and not sizes.by_role and sizes.pair is None and not sizes.loose_sizes
    if (
        bare
        and kind in ("linear", *RECURRENT)
        and ((head.kind == "linear" and "hidden" not in sizes.words) or piece.out is None or piece.out > MOST_BARE)
    ):
        piece.out, values = None, []  # "fc1: 850" may be its count
    return _repeated(piece, sizes, values)


def _repeated(piece: Piece, sizes: Sizes, values: list[int]) -> list[Piece]:
    """``two hidden layers of 512 and 256``, ``three layers of 64 each``: one piece for each."""
    own = [piece.out] if piece.out is not None else []
    widths = [*values, *own]
    if sizes.list and piece.kind == "linear":
        piece.reads, widths = sizes.list[0], sizes.list[1:]
    if piece.kind == "linear" and len(widths) > 1 and sizes.pair is None:
        if sizes.times > 1 and len(widths) != sizes.times:
            piece.doubt = f"{sizes.times} layers, but {len(widths)} sizes"
            return [piece]
        found: list[Piece] = []
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
                    (clause[j].value for j in (i + 1, i + 2) if j < len(clause) and is_ordinal(clause, j)), None
                )
                if ordinal is not None:
                    return f"{_ascii('', str(mark.value))}{ordinal}"
            continue
        whole = _identifier(line, mark.start)
        if any(character.isdigit() for character in whole) and not whole.lower().endswith(("1d", "2d", "3d")):
            return whole
        if i + 1 < len(clause) and is_ordinal(clause, i + 1):
            return f"{_ascii(whole, str(mark.value))}{clause[i + 1].value}"
        if i + 2 < len(clause) and clause[i + 1].value == "layer" and is_ordinal(clause, i + 2):
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
