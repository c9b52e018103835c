"""What a layer's own calculation says of its sizes, where the words leave them open: ``conv1 – 5·5·3·16 + 16 = 1,216``.

A formula never proves itself: what it gives is told apart, and is only as good as the layers above and below make it.
"""

from __future__ import annotations

from math import prod

from netledger.audit.matching.items.products import products_of
from netledger.audit.reading.reader import read
from netledger.audit.understanding.pieces import CONVOLUTIONS, RECURRENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.audit.understanding.pieces import Piece
    from netledger.audit.understanding.prose.lines import Found

LARGEST_SIDE = 15
"""Of a kernel."""
LEAST_WORKED = 2
"""Layers that must be given sizes so where the text describes nothing else."""


def complete(found: Found, lines: list[str]) -> bool:
    """Give the layers that a text names before their calculations, without a size, the sizes of these; whether it did.

    They come to stand among the others in the order of their lines.
    """
    described = {_broad(piece) for piece in found.pieces if piece.out is not None}
    labels = [piece for piece in found.mentioned if piece.is_label or piece.kind in RECURRENT]
    named = [piece for piece in labels if _broad(piece) not in described]
    told = [piece for piece in named if piece.kind in _READERS and not piece.is_doubtful]
    worked = [piece for piece in told if _work(piece, lines[piece.line_no - 1])]
    alone = len(worked) < LEAST_WORKED and not any(piece.says() for piece in found.pieces)
    if not worked or alone or len(worked) < len(named):
        return False
    done = {id(piece) for piece in worked}
    found.mentioned = [piece for piece in found.mentioned if id(piece) not in done]
    found.pieces = sorted([*found.pieces, *worked], key=lambda piece: piece.line_no)
    return True


def _broad(piece: Piece) -> str:
    return "conv" if piece.kind in CONVOLUTIONS else piece.kind


def _work(piece: Piece, line: str) -> bool:
    """Give a layer the sizes of the first sum, or else the first product, that its line works out."""
    reader = _READERS[piece.kind]
    found = [factors for factors in factors_of(line) if max(map(len, factors)) > 1 or len(factors) > 1]
    for factors in sorted(found, key=lambda factors: len(factors) < 2):
        piece.is_worked = reader(piece, factors)
        if piece.is_worked:
            break
    return piece.is_worked


def factors_of(line: str) -> list[list[list[int]]]:
    """Of each equation of a line the factors of its products, those of biases as they stand."""
    found = []
    for statement in read(line).statements:
        node = statement.expression.node if statement.expression is not None else None
        products = products_of(node) if node is not None and statement.stated is not None else None
        leaves = [[leaf.value for leaf in product.leaves] for product in products or ()]
        if leaves and len(leaves) <= MOST_PRODUCTS and all(isinstance(value, int) for one in leaves for value in one):
            found.append([[int(value) for value in one] for one in leaves])
    return found


MOST_PRODUCTS = 5
"""Of one layer: the matrices and biases of a recurrent one."""


def _matrix(products: list[list[int]]) -> tuple[list[int], int | None] | None:
    """The factors of the weights of a layer with one matrix, and its biases."""
    if len(products) > 2 or len(products[0]) < 2 or (len(products) == 2 and len(products[1]) != 1):
        return None
    return products[0], products[1][0] if len(products) == 2 else None


def _without_out(products: list[list[int]]) -> tuple[list[int], int] | None:
    """The factors without the one that says how many come out: as many as biases, else the last."""
    matrix = _matrix(products)
    if matrix is None:
        return None
    factors, bias = matrix
    out = factors[-1] if bias is None else bias
    if out not in factors:
        return None
    at = len(factors) - 1 - factors[::-1].index(out)
    return [*factors[:at], *factors[at + 1 :]], out


def _linear(piece: Piece, products: list[list[int]]) -> bool:
    if [len(factors) for factors in products] == [1, 0]:  # "64 + 1": one output
        piece.reads, piece.out = products[0][0], 1
        return True
    rest = _without_out(products)
    if rest is None or (piece.name == "output" and len(products) == 1 and len(products[0]) > 2):
        return False  # "output: 28*28*16 = 12544" is a size
    piece.reads, piece.out = prod(rest[0]), rest[1]
    return True


def _convolution(piece: Piece, products: list[list[int]]) -> bool:
    rest = _without_out(products)
    if rest is None:
        return False
    sides, axes = rest[0], piece.axes or 2
    if piece.kernel is not None:
        if tuple(sides[: len(piece.kernel)]) != piece.kernel:
            return False
    elif len(sides) < axes or max(sides[:axes]) > LARGEST_SIDE or len(set(sides[:axes])) > 1:
        return False
    if len(sides) > axes + 1:
        return False
    piece.kernel, piece.out = tuple(sides[:axes]), rest[1]
    piece.reads = sides[axes] if len(sides) > axes else piece.reads
    return True


def _embedding(piece: Piece, products: list[list[int]]) -> bool:
    if len(products) > 1 or len(products[0]) != 2:
        return False
    piece.reads, piece.out = max(products[0]), min(products[0])
    return True


def _recurrent(piece: Piece, products: list[list[int]]) -> bool:
    """``4*(64*128 + 128*128 + 128)``: the state's matrix has the units twice, the other one reads."""
    gates = GATES[piece.kind]
    matrices = []
    for factors in products:
        rest = list(factors)
        if gates in rest and len(rest) > 1:
            rest.remove(gates)
        if len(rest) == 2 and BOTH not in rest:
            matrices.append(rest)
    units = next((one[0] for one in matrices if one[0] == one[1]), None)
    other = [one for one in matrices if units in one and one != [units, units]]
    if units is None or len(other) != 1 or len(matrices) != 2:
        return False
    other[0].remove(units)
    piece.out, piece.reads = units, other[0][0]
    return True


GATES = {"lstm": 4, "gru": 3, "rnn": 1}
BOTH = 2
"""Of two bias vectors."""

_READERS: dict[str, Callable[[Piece, list[list[int]]], bool]] = {
    **dict.fromkeys(RECURRENT, _recurrent),
    **dict.fromkeys([kind for kind in CONVOLUTIONS if kind not in ("depthwise", "separable")], _convolution),
    "linear": _linear,
    "embedding": _embedding,
}
"""Kinds of layers of which one product says the sizes."""
