"""Summaries that frameworks print: Keras (1, 2, 3), torchsummary, torchinfo. The printed shapes give the layers' sizes.

A kernel stands nowhere in them. The shapes give it where a step of one is not padded (32 → 30: 3); where several would
fit, the printed count may choose among kernels, and the choice is listed. No other size is ever taken from a count.
"""

from __future__ import annotations

from netledger.audit.understanding.pieces import Piece
from netledger.audit.understanding.prose.lines import Found
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Shape = tuple[int, ...]

TYPES = {
    "conv1d": "conv",
    "conv2d": "conv",
    "conv3d": "conv",
    "conv2dtranspose": "transposed",
    "convtranspose2d": "transposed",
    "depthwiseconv2d": "depthwise",
    "dense": "linear",
    "linear": "linear",
    "batchnormalization": "batchnorm",
    "batchnorm1d": "batchnorm",
    "batchnorm2d": "batchnorm",
    "batchnorm3d": "batchnorm",
    "layernorm": "layernorm",
    "layernormalization": "layernorm",
    "lstm": "lstm",
    "gru": "gru",
    "simplernn": "rnn",
    "rnn": "rnn",
    "embedding": "embedding",
    "flatten": "flatten",
    "inputlayer": "input",
    "separableconv2d": "separable",
    "multiheadattention": "multihead_attention",
}
KERNELS = (3, 1, 5, 7, 2, 4, 9, 11, 8, 6)
"""Sides that a kernel may have, the usual ones first."""
COLOURS = (3, 1)
"""Channels that a picture may have, where no row says what the first convolution reads."""
DIGITS_OF_STEP = 7


class Row(Record):
    """One printed row: name, type, shape without its batch (``first``: channels first), printed count, other words."""

    __slots__ = ("line_no", "name", "type", "shape", "first", "count", "rest")
    line_no: int
    name: str
    type: str
    shape: Shape
    first: bool
    count: int | None
    rest: str

    def __init__(
        self, line_no: int, name: str, type: str, shape: Shape, first: bool, count: int | None, rest: str
    ) -> None:
        self._fill(line_no, name, type, shape, first, count, rest)

    @property
    def channels(self) -> int:
        """Of a picture its maps, else its features."""
        return self.shape[0] if self.first and len(self.shape) > 2 else self.shape[-1]

    @property
    def sides(self) -> Shape:
        """Its sizes without the channels."""
        return self.shape[1:] if self.first else self.shape[:-1]


def read_summary(numbered: Iterable[tuple[int, str]]) -> tuple[Found, list[str]]:
    """The layers of a printed summary, and what was assumed of their kernels."""
    found = Found()
    found.how = "printout"
    assumed: list[str] = []
    shapes: dict[str, Row] = {}
    above: Row | None = None
    for line_no, line in numbered:
        row = row_of(line, line_no)
        if row is None:
            continue
        reads = next((shapes[word] for word in _words(row.rest) if word in shapes), above)
        piece = _piece(row, reads, assumed)
        if piece is not None:
            found.pieces.append(piece)
        shapes[row.name] = row
        above = row
    return found, assumed


def row_of(line: str, line_no: int) -> Row | None:
    """A row with a shape that begins with an open batch, or a torchinfo row: a type, a depth and a shape."""
    text = (
        line.replace("│", " ")
        .replace("┃", " ")
        .replace("|", " ")
        .replace("├─", " ")
        .replace("└─", " ")
        .replace("`", " ")
    )
    start = min(
        [
            at
            for at in (text.find("(None"), text.find("[(None"), text.find("[-1,"), text.find("[None"), _torchinfo(text))
            if at > 0
        ],
        default=-1,
    )
    if start < 0:
        return None
    close = min([at for at in (text.find(")", start), text.find("]", start)) if at > 0], default=-1)
    inner = text[start:close].strip("[( ").split(",")
    sizes = [piece.strip() for piece in inner[1:] if piece.strip()]
    if close < 0 or not sizes or not all(size.isdecimal() and len(size) < 10 for size in sizes):
        return None
    name, kind = _name_and_type(text[:start])
    if not kind:
        return None
    rest = text[close + 1 :].strip(" ])")
    first_word = rest.split()[0] if rest.split() else ""
    count = (
        int(first_word.replace(",", "")) if first_word.replace(",", "").isdecimal() and len(first_word) < 16 else None
    )
    return Row(
        line_no,
        name,
        kind,
        tuple([int(size) for size in sizes]),
        text[start] == "[" and "(None" not in text,
        count,
        rest,
    )


def _torchinfo(text: str) -> int:
    """Where the output shape of a torchinfo row begins: behind ``Conv2d: 1-1``."""
    head, sign, tail = text.partition(": ")
    depth = tail.split(" ")[0] if sign else ""
    if not (head.strip().isidentifier() or head.strip().split(" ")[0].isidentifier()) or "-" not in depth:
        return -1
    if not depth.replace("-", "").isdecimal():
        return -1
    return text.find("[", len(head))


def _name_and_type(text: str) -> tuple[str, str]:
    """``conv2d_3 (Conv2D)`` → both; ``Conv2d-1`` and ``Conv2d: 1-1`` are types with a number."""
    words = text.split()
    if not words:
        return "", ""
    if "(" in text:
        name, _, kind = text.partition("(")
        return name.strip(), kind.strip(" )").lower()
    kind = (
        words[-2].rstrip(":")
        if len(words) > 1 and words[-2].endswith(":")
        else words[-1].rpartition("-")[0] or words[-1]
    )
    name = (
        words[-1]
        if words[-1].rpartition("-")[0] and not words[-1][0].isdigit()
        else f"{kind}: {words[-1]}"
        if len(words) > 1
        else words[0]
    )
    return name, kind.lower()


def _words(text: str) -> list[str]:
    words = text.replace("[", " ").replace("]", " ").replace(",", " ").replace("'", " ").split()
    return [word[: word.index("(")] if "(" in word else word for word in words]


def _kind_of(row: Row) -> str | None:
    """The kind of a type; a name that Keras cut off (``BatchNorma``) is completed where only one begins so."""
    kind = row.type.replace("_", "").replace(" ", "")
    if kind in TYPES:
        return TYPES[kind]
    if len(kind) >= 5:
        fits = {value for name, value in TYPES.items() if name.startswith(kind)}
        if len(fits) == 1:
            return fits.pop()
    return None


def _piece(row: Row, above: Row | None, assumed: list[str]) -> Piece | None:
    kind = _kind_of(row)
    if kind is None:
        if row.count in (0, None):
            return None
        piece = Piece(row.type or "layer", row.line_no, row.name)
        piece.doubt = f"what a '{row.type}' is made of does not stand in the summary"
        return piece
    piece = Piece(kind, row.line_no, row.name)
    piece.first, piece.out_shape, piece.out = row.first, row.shape, row.channels
    if kind in NO_PIECES:
        return None
    told = OF_KIND.get(kind)
    if told is not None:
        told(piece, row, above, assumed)
    return piece


NO_PIECES = ("input", "flatten")
"""Rows that are no layers of a description."""


def _unread(piece: Piece, row: Row, above: Row | None, assumed: list[str]) -> None:
    piece.doubt = "the rows of an embedding do not stand in a summary"


def _widest(piece: Piece, row: Row, above: Row | None, assumed: list[str]) -> None:
    piece.out = row.shape[-1]


def _reading(piece: Piece, row: Row, above: Row | None, assumed: list[str]) -> None:
    piece.reads = _reads(row, above, piece.kind)
    if piece.reads is None:
        piece.doubt = "the summary does not say what it reads"


def _attention(piece: Piece, row: Row, above: Row | None, assumed: list[str]) -> None:
    """PyTorch's, of which a shape says the width; how many heads share it changes neither parameters nor MACs."""
    width = row.shape[-1]
    weights = 4 * width * width
    if row.count in (weights, weights + 4 * width):
        piece.attributes = {"embed_dim": width, "num_heads": 1, "bias": row.count != weights}
    else:
        piece.doubt = "what its projections read does not stand in the summary"


def _reads(row: Row, above: Row | None, kind: str) -> int | None:
    """The features of the row above; of a PyTorch picture all of them, where the printed count agrees that nothing
    happened between (a pooling or a flatten by a function has no row)."""
    if above is None:
        return None
    if kind != "linear" or not above.first or len(above.shape) < 3:
        return above.shape[-1]
    product = 1
    for size in above.shape:
        product *= size
    return product if row.count in (product * row.channels, (product + 1) * row.channels) else None


def _convolution(piece: Piece, row: Row, above: Row | None, assumed: list[str]) -> None:
    """The kernel by the shapes, or the one among usual kernels that the printed count fits."""
    out = row.channels
    piece.axes = len(row.sides)
    by_count = [
        (side, reads, bias)
        for side in KERNELS
        for reads in ((above.channels,) if above is not None else COLOURS)
        for bias in (True, False)
        if row.count == _weights(piece, side, reads, out) + out * bias
    ]
    steps = (
        {a - b for a, b in zip(above.sides, row.sides, strict=True)}
        if above is not None and len(above.sides) == len(row.sides)
        else set()
    )
    by_shape = steps.pop() + 1 if len(steps) == 1 else 0
    by_shape = by_shape if by_shape <= max(KERNELS) else 0
    fits = [choice for choice in by_count if choice[0] == by_shape] if by_shape > 1 else by_count
    axes = (1,) * (piece.axes or 2)
    if fits:
        side, piece.reads, bias = fits[0]
        piece.bias = None if bias else False
        if side != by_shape or by_shape == 1:
            assumed.append(
                f"{row.name}: a kernel of {'x'.join([str(side)] * len(axes))}{'' if bias else ', no biases'}"
            )
        if above is None:
            assumed.append(f"{row.name}: {piece.reads} channels in")
        piece.kernel = tuple([side for _ in axes])
    elif (
        above is not None
        and 1 < by_shape <= DIGITS_OF_STEP
        and min(above.sides) > 2 * by_shape
        and piece.kind == "conv"
    ):
        piece.kernel, piece.reads = tuple([by_shape for _ in axes]), above.channels
        assumed.append(f"{row.name}: a kernel of {'x'.join([str(by_shape)] * len(axes))}, not padded")
    else:
        piece.doubt = "its kernel does not stand in the summary"
    if piece.kind == "depthwise" and above is not None:
        piece.groups = above.channels


OF_KIND: dict[str, Callable[[Piece, Row, Row | None, list[str]], None]] = {
    **dict.fromkeys(("conv", "separable", "depthwise", "transposed"), _convolution),
    **dict.fromkeys(("linear", "lstm", "gru", "rnn"), _reading),
    "embedding": _unread, "multihead_attention": _attention, "layernorm": _widest,
}  # fmt: skip
"""What a row of a kind tells of its layer: its sizes, or why they are not known."""


def _weights(piece: Piece, side: int, reads: int, out: int) -> int:
    area: int = side ** (piece.axes or 2)
    if piece.kind == "depthwise":
        return area * out
    if piece.kind == "separable":
        return area * reads + reads * out
    return area * reads * out
