"""Tables of layers with a heading for each column: kernel, filters, output, stride, padding, in any order and language.

Each row is said again as a sentence of one layer and read as such; columns of weights, parameters and operations are
what the table claims and never describe.
"""

from __future__ import annotations

from netledger.audit.understanding.marks.scanning import marks, plain
from netledger.audit.understanding.pieces import CONVOLUTIONS, NORMS, POOLS, SILENT, Piece
from netledger.audit.understanding.prose.clauses import clauses
from netledger.audit.understanding.prose.lines import WEIGHTED, Found
from netledger.audit.understanding.prose.own_names import coded
from netledger.audit.words import BIASES, NOT, NOTHING, WITHOUT
from netledger.audit.words.describing import DESCRIPTIONS, ENTERING, LEAVING, TYPES
from netledger.audit.words.describing_more import NEVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COLUMNS = (
    ("claim", ("params",)),
    ("kernel", ("kernel",)),
    ("stride", ("stride",)),
    ("padding", ("padding",)),
    ("input", ("input", "in_channels")),
    ("output", ("output",)),
    ("filters", ("filters", "channels", "units")),
    ("activation", ("activation",)),
)
"""What a column is, by the first of these roles that its heading has."""
SAYS = {"kernel": "kernel {}", "stride": "stride {}", "padding": "padding {}", "filters": "{} filters"}
OUTPUTS = (
    "activation map",
    "activation size",
    "activation shape",
    "feature map",
    "output",
    "shape",
    "map size",
    "out size",
    "size",
)
HAS_NONE = frozenset(WITHOUT | NOTHING | NOT | NEVER)
"""What a column of biases says of a layer that has none."""
MOST_COLUMNS = 20
UNSIZED = frozenset(("flatten", "gap", "batchnorm", "layernorm", *POOLS, *SILENT))
"""Layers that nothing needs to be said of."""


class Column:
    """One column: what it is, and the characters that its heading covers."""

    __slots__ = ("end", "role", "start")

    def __init__(self, role: str, start: int, end: int) -> None:
        self.role, self.start, self.end = role, start, end


def read_tables(numbered: Iterable[tuple[int, str]]) -> Found:
    """The layers of a text's tables.

    >>> rows = ["| layer | kernel | filters | params |", "|---|---|---|---|", "| conv1 | 3x3 | 16 | 448 |"]
    >>> [(p.name, p.kernel, p.out) for p in read_tables(enumerate(rows, 1)).pieces]
    [('conv1', (3, 3), 16)]
    """
    found = Found()
    found.how = "table"
    columns: list[Column] | None = None
    numbered = list(numbered)
    named = {line_no: piece for line_no, line in numbered for piece in coded(line, line_no, legend=False)}
    convolutions = [piece for piece in named.values() if piece.kind == "conv"]
    others = len(convolutions) < len(named) or not _tells_outputs(line for _, line in numbered)
    if len(convolutions) > 1 and others:
        return found  # the names say more than the columns
    first = _channels_first(line for _, line in numbered)
    for line_no, line in numbered:
        if not line.strip():
            columns = columns if columns and "|" not in line else None
            continue
        heading = _heading(line)
        if heading is not None:
            columns = heading
            continue
        if columns is None or _is_rule(line):
            continue
        piece = _row(line, line_no, columns, first=first)
        by_name = named.get(line_no)
        if piece is not None and by_name is not None and piece.kind == by_name.kind == "conv":
            piece.kernel, piece.name = by_name.kernel, by_name.name  # "CONV7-16"
        if piece is not None:
            found.pieces.append(piece)
        elif told := _names_a_layer(line, columns):
            found.mentioned.append(Piece(told, line_no))
        elif _has_sizes(line, columns):
            found.doubts.append(f"line {line_no} is not read")
    _check_names(found)
    return found


def _names_a_layer(line: str, columns: list[Column]) -> str:
    """The kind of layer that a row describes in words that are not understood; "" where it is none."""
    placed = _placed(line, columns) or ()
    if not any(role == "says" and any(c.isalpha() for c in cell) for role, cell in placed):
        return ""
    found = [mark for role, cell in placed if role == "name" for mark in marks(cell)]
    return next((str(mark.value) for mark in found if mark.sort == "kind" and mark.value in WEIGHTED), "")


def _tells_outputs(lines: Iterable[str]) -> bool:
    """Whether a table has a heading for what its layers give out."""
    return any(column.role == "output" for line in lines for column in _heading(line) or ())


def _has_sizes(line: str, columns: list[Column]) -> bool:
    """Whether a row that is not read has a name and both what goes in and what comes out: a layer, whatever it is."""
    by_role = dict(_placed(line, columns) or ())
    sized = all(_is_number(by_role.get(role, "")) for role in ("input", "filters"))
    return sized and any(character.isalpha() for character in by_role.get("name", ""))


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").isdecimal()


def _channels_first(lines: Iterable[str]) -> bool:
    """Whether the shapes of a table begin with their channels, as ``3x32x32`` shows."""
    shapes = [mark.value for line in lines for mark in marks(line) if mark.sort == "sizes"]
    sizes = [shape for shape in shapes if isinstance(shape, tuple) and len(shape) == 3 and min(shape) > 0]
    ahead = [shape for shape in sizes if shape[0] in (1, 3) and shape[-1] not in (1, 3, 4)]
    behind = [shape for shape in sizes if shape[-1] in (1, 3) and shape[0] not in (1, 3, 4)]
    return bool(ahead) and not behind


def _is_rule(line: str) -> bool:
    return not any(character.isalnum() for character in line)


def _check_names(found: Found) -> None:
    names = [piece.name for piece in found.pieces]
    for piece in found.pieces:
        if piece.name and names.count(piece.name) > 1 and len(names) < 400:
            piece.name = ""


def cells(line: str) -> list[tuple[str, int, int]]:
    """The cells of a line with their places: between bars, tabs, ``&``, wide gaps, commas or semicolons."""
    for sign in ("|", "│", "┃", "\t", "&", ";"):
        if line.count(sign) >= 2 or (sign == "\t" and sign in line):
            return list(_split(line, sign))
    if "  " in line.strip():
        return list(_by_gaps(line))
    return list(_split(line, ",")) if line.count(",") >= 2 and ", " not in line else []


def _split(line: str, sign: str) -> Iterator[tuple[str, int, int]]:
    at = 0
    pieces = line.split(sign)
    for i, piece in enumerate(pieces):
        outer = i in (0, len(pieces) - 1) and not piece.strip() and sign in "|│┃"
        if not outer:
            yield piece.strip().replace("\\\\", "").strip("*` "), at, at + len(piece)
        at += len(piece) + 1


def _by_gaps(line: str) -> Iterator[tuple[str, int, int]]:
    start = None
    i = 0
    while i <= len(line):
        gap = i == len(line) or line.startswith("  ", i)
        if start is None and not gap and line[i] != " ":
            start = i
        elif start is not None and gap:
            yield line[start:i].strip(), start, i
            start = None
        i += 1


def _heading(line: str) -> list[Column] | None:
    """The columns of a heading: at least one names sizes, none is a row's number."""
    found = cells(line)
    if not 2 <= len(found) <= MOST_COLUMNS or any(cell.replace(",", "").isdigit() for cell, _, _ in found):
        return None
    columns = [Column(_role(cell), start, end) for cell, start, end in found]
    roles = {column.role for column in columns}
    if "says" in roles and len(roles) > 1:
        return columns
    if not roles & {"kernel", "filters", "output"} or len(roles & {*SAYS, "output", "input", "claim", "bias"}) < 2:
        return None
    if any(any(character.isdigit() for character in cell) and _role(cell) != "claim" for cell, _, _ in found):
        return None
    return columns


def _role(cell: str) -> str:
    roles = {str(mark.value) for mark in marks(cell)}
    text = plain(cell)
    if text.strip(" ?").startswith(BIASES) and " " not in text.strip(" ?"):
        return "bias"
    if "params" in roles or ("#" in text and "param" in text):
        return "claim"
    if any(word in text for word in OUTPUTS[:3]):
        return "output"
    for name, words in COLUMNS:
        if roles & set(words):
            return name
    bare = text.replace("_", " ").strip(" :.")
    if bare in ENTERING or bare in LEAVING:
        return "input" if bare in ENTERING else "filters"
    if text.strip().startswith(DESCRIPTIONS):
        return "says"
    if text.strip() in ("size", "shape", "map size", "out size", "volume"):
        return "output"
    if text.strip() in ("f", "k", "kernel", "filter"):
        return "kernel"
    return "name" if roles & {"layer", "conv", "linear"} or text.strip() in TYPES else "other"


def _row(line: str, line_no: int, columns: list[Column], *, first: bool) -> Piece | None:
    by_role = _placed(line, columns)
    if by_role is None:
        return None
    names = [cell for role, cell in by_role if role == "name" and any(c.isalpha() for c in cell)]
    name = " ".join(dict.fromkeys(names))
    told = " ".join([cell for role, cell in by_role if role == "says"])
    if name and told:
        return _told(name, told, line_no)
    said = {
        role: cell for role, cell in by_role if role in (*SAYS, "output", "input") and any(c.isalnum() for c in cell)
    }
    if any(mark.value in POOLS for mark in marks(name)):
        said = {role: cell for role, cell in said.items() if role not in ("filters", "input")}  # they stay as they are
    if not name or not said:
        return None
    if len(_sizes(said.get("filters", ""))) > 1:  # what comes out, as a shape
        said.setdefault("output", said.pop("filters"))
    sentence = ", ".join([_said(role, cell) for role, cell in said.items() if role in SAYS and _is_size(cell)])
    piece = _named(name, said, sentence, line_no)
    if piece is None:
        return None
    if "output" in said:
        _set_output(piece, said["output"], first=first)
    if "input" in said:
        _set_input(piece, said["input"], first=first)
    if any(role == "bias" and cell.lower() in HAS_NONE for role, cell in by_role):
        piece.bias = False
    return piece


def _sizes(cell: str) -> tuple[int, ...]:
    shape = _shape(cell)
    return shape[0] if shape is not None else ()


def _told(name: str, told: str, line_no: int) -> Piece | None:
    """A row that describes its layer in words: ``| conv1 | 3x3 s2, 3→32 |``; ``| gap | - |``: of one without sizes the
    name is all.
    """
    kinds = {mark.value for mark in marks(name) if mark.sort == "kind"}
    silent = not any(character.isalnum() for character in told) and bool(kinds) and kinds <= UNSIZED
    for text in (name,) if silent else (f"{name}: {told}", told):
        pieces = clauses(text, line_no)
        if len(pieces) == 1 and pieces[0].kind in NORMS and pieces[0].count is not None:
            pieces[0].out, pieces[0].count, pieces[0].is_label = pieces[0].count, None, False  # its column says sizes
        if len(pieces) == 1 and (silent or pieces[0].says()):
            pieces[0].name = name if name.isascii() and " " not in name else pieces[0].name
            return pieces[0]
    return None


def _said(role: str, cell: str) -> str:
    """A cell with its column's word; one that says several sizes (``3x3, 16, pad 1``) speaks for itself."""
    several = sum(mark.sort in ("number", "sizes") for mark in marks(cell)) > 1
    return cell if several else SAYS[role].format(cell)


def _is_size(cell: str) -> bool:
    return any(character.isdigit() for character in cell) or cell.strip().lower() in ("same", "valid")


def _named(name: str, said: dict[str, str], sentence: str, line_no: int) -> Piece | None:
    """A row by the word for a layer in its name; of one without such a word (``C1``) by its columns."""
    if {str(mark.value) for mark in marks(name)} == {"input"}:
        return Piece("input", line_no)
    told = {str(mark.value) for mark in marks(name) if mark.sort == "kind" or mark.value in ("input", "output")}
    kind = "" if told else _kind(said)
    if told == {"output"} and "kernel" not in said:
        sentence = sentence.replace("filters", "units")  # what an output layer has
    for text in (f"{kind or name}: {sentence}" if sentence else kind or name, kind or name):
        pieces = clauses(text, line_no)
        if len(pieces) == 1:
            if kind:
                pieces[0].name = name if name.isascii() and " " not in name else ""
            return pieces[0]
    return None


def _kind(said: dict[str, str]) -> str:
    """A kernel with filters is a convolution, one without a pooling, filters without a kernel are units."""
    if "kernel" in said:
        return "conv" if "filters" in said else "max pooling" if "output" in said else ""
    return "dense" if "filters" in said and _shape(said["filters"]) is not None else ""


def _placed(line: str, columns: list[Column]) -> list[tuple[str, str]] | None:
    """Each cell with its column's role: in order where there are as many, else by where it stands."""
    found = cells(line)
    if len(found) < 2:
        return None
    if len(found) == len(columns):
        return [(column.role, cell) for column, (cell, _, _) in zip(columns, found, strict=True)]
    if any(sign in line for sign in "|│\t&;"):
        return None
    placed = []
    for cell, start, end in found:
        nearest = min(
            columns,
            key=lambda column: (max(0, max(start, column.start) - min(end, column.end)), abs(start - column.start)),
        )
        placed.append((nearest.role, cell))
    roles = [role for role, _ in placed]
    return placed if roles[0] == columns[0].role and len(set(roles)) == len(roles) else None


def _set_output(piece: Piece, cell: str, *, first: bool) -> None:
    shape = _shape(cell)
    if shape is None:
        return
    sizes, first = shape[0], shape[1] or (first and len(shape[0]) == 3)
    piece.first = first
    if piece.kind in (*CONVOLUTIONS, *POOLS):
        if len(sizes) == piece.axes + 1:
            piece.out_shape = sizes
            if piece.kind in CONVOLUTIONS and piece.out is None:
                piece.out = sizes[0] if first else sizes[-1]
        elif len(sizes) == piece.axes and piece.out is not None:
            piece.out_shape = sizes
    elif piece.kind == "input":
        piece.in_shape = piece.in_shape or sizes
    elif piece.kind in ("linear", "flatten", "lstm", "gru", "rnn") and piece.out is None:
        piece.out = sizes[-1]


def _set_input(piece: Piece, cell: str, *, first: bool) -> None:
    shape = _shape(cell)
    if shape is None:
        return
    sizes, first = shape[0], shape[1] or (first and len(shape[0]) == 3)
    if piece.kind in CONVOLUTIONS and len(sizes) in (1, piece.axes + 1):
        piece.reads = piece.reads or (sizes[0] if first or len(sizes) == 1 else sizes[-1])
        piece.in_shape = (sizes[1:] if first else sizes[:-1]) or None
    elif piece.kind == "linear":
        product = 1
        for size in sizes:
            product *= size
        piece.reads = piece.reads or product


def _shape(cell: str) -> tuple[tuple[int, ...], bool] | None:
    """Sizes in a cell, and whether channels come first in them (``[-1, 64, 112, 112]``)."""
    for mark in marks(cell):
        if mark.sort == "sizes" and isinstance(mark.value, tuple):
            return mark.value, "[" in cell and "-1" in cell
        if mark.sort == "number" and isinstance(mark.value, int):
            return (mark.value,), False
    return None
