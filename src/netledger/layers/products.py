"""Which sizes an operation multiplies, how many windows fit, what broadcasts to what: written here once.

Every way in - a layer's rule, an ONNX node, an operation of a live model - brings sizes and asks here. A *product* is a
row of factors; its multiply-accumulates are the product of their sizes. A factor is one of

- ``("C_out", 256)``: a named size, which may be Unknown
- ``("C_in", 96, "g", 2)``: a named share, 96/2
- ``(("k_h", 5), ("k_w", 5))``: factors that are written in brackets
- ``2``: a plain number

Nothing here knows of formulas, frameworks or formats: :func:`netledger.layers.sizes.formula` writes a product as a
formula, :func:`flat` as plain pairs of name and size.
"""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.network import elements_of
from netledger.records import Record
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from netledger.network import Dim, Shape

    Factor = Any
    Product = tuple[Factor, ...]
    Flat = tuple[tuple[str, Dim], ...]

AXES = {1: ("l",), 2: ("h", "w"), 3: ("d", "h", "w")}
"""Index letters of the spatial dimensions, by their number: ``k_h``, ``k_w``; capital for positions, ``H_out``."""


def shape_text(shape: Shape) -> str:
    """A shape as people write it.

    >>> shape_text((96, 55, 55)), shape_text((Unknown("batch"), 10))
    ('96×55×55', '?×10')
    """
    if isinstance(shape, Unknown):
        return "?"
    return "×".join(["?" if isinstance(size, Unknown) else str(size) for size in shape]) or "scalar"


def letters(axes: int) -> tuple[str, ...]:
    """The letters of so many spatial dimensions."""
    return AXES.get(axes) or tuple([f"x{i}" for i in range(axes)])


# ---------------------------------------------------------------------- products


def flat(product: Product) -> Flat:
    """A product as named sizes alone, brackets opened and shares divided.

    >>> flat((("H", 27), (("k_h", 5), ("k_w", 5)), ("C_in", 96, "g", 2)))
    (('H', 27), ('k_h', 5), ('k_w', 5), ('C_in/g', 48))
    """
    found: list[tuple[str, Dim]] = []
    for factor in product:
        if isinstance(factor, int):
            found.append((str(factor), factor))
        elif not isinstance(factor[0], str):
            found.extend(flat(factor))
        elif len(factor) == 4:
            name, size, by_name, by = factor
            found.append((f"{name}/{by_name}", size if isinstance(size, Unknown) else size // by))
        else:
            found.append(factor)
    return tuple(found)


def macs_of(product: Product) -> Dim:
    """The multiply-accumulates of a product.

    >>> macs_of((("M", 3), ("K", 4), ("N", 5)))
    60
    """
    return elements_of([size for _, size in flat(product)])


def repeats(name: str, sizes: Iterable[Dim]) -> Product:
    """Factors that say how often something is done: ``N``, ``N_1``, …; sizes of 1 are not written."""
    return tuple([(f"{name}_{i}" if i else name, size) for i, size in enumerate(sizes) if size != 1])


def share(name: str, size: Dim, by_name: str, by: int) -> Factor:
    """A size divided among groups; by one group it is the size."""
    return (name, size) if by == 1 else (name, size, by_name, by)


def filters(kernel: Sequence[Dim], channels: Dim, groups: int, out_channels: Dim, transposed: bool = False) -> Product:
    """The weights of a convolution: ``(k_h·k_w)·(C_in/g)·C_out``; transposed, ``(k_h·k_w)·C_in·(C_out/g)``."""
    bracket = tuple([(f"k_{letter}", size) for letter, size in zip(letters(len(kernel)), kernel, strict=True)])
    if transposed:
        return (bracket, ("C_in", channels), share("C_out", out_channels, "g", groups))
    return (bracket, share("C_in", channels, "g", groups), ("C_out", out_channels))


def positions(batch: Iterable[Dim], space: Sequence[Dim], transposed: bool = False) -> Product:
    """The places at which a convolution's weights are applied: output positions; transposed, input positions."""
    end = "" if transposed else "_out"
    named = [(f"{letter.upper()}{end}", size) for letter, size in zip(letters(len(space)), space, strict=True)]
    return (*[("N", size) for size in batch if size != 1], *named)


def conv(batch: Iterable[Dim], space: Sequence[Dim], weights: Product, transposed: bool = False) -> Product:
    """A convolution: every weight of :func:`filters` at every position.

    >>> macs_of(conv((), (55, 55), filters((11, 11), 3, 1, 96)))
    105415200
    """
    return (*positions(batch, space, transposed), *weights)


def linear(leading: Sequence[Dim], features: Dim, out_features: Dim, groups: int = 1) -> Product:
    """A matrix on the last dimension, for every place of those before it: ``N·(C_in/g)·C_out``."""
    return (*repeats("N", leading), share("C_in", features, "g", groups), ("C_out", out_features))


def bilinear(leading: Sequence[Dim], first: Dim, second: Dim, out_features: Dim) -> Product:
    """``x1·W·x2`` for every output; the outer product of the inputs contracts nothing."""
    return (*repeats("N", leading), ("C_out", out_features), ("C_1", first), ("C_2", second))


def matmul(left: Shape, right: Shape) -> tuple[Shape, Product]:
    """The shape and the product of a matrix product: leading sizes broadcast, vectors as NumPy's matmul takes them.

    >>> matmul((64, 32), (8, 32, 16))
    ((8, 64, 16), (('B', 8), ('M', 64), ('K', 32), ('N', 16)))
    """
    for shape in (left, right):
        if isinstance(shape, Unknown):
            return shape, (("MACs", shape),)
    assert not isinstance(left, Unknown)
    assert not isinstance(right, Unknown)
    if not left or not right:
        raise ShapeError(f"does not multiply {shape_text(left)} with {shape_text(right)}")
    a, b = left if len(left) > 1 else (1, *left), right if len(right) > 1 else (*right, 1)
    inner = same(a[-1], b[-2], f"{shape_text(a)} times {shape_text(b)}: inner sizes differ")
    batch = broadcast(a[:-2], b[:-2])
    assert not isinstance(batch, Unknown)
    rows = [("M", a[-2])] if len(left) > 1 else []
    columns = [("N", b[-1])] if len(right) > 1 else []
    shape = (*batch, *[size for _, size in rows], *[size for _, size in columns])
    return shape, (*repeats("B", batch), *rows, ("K", inner), *columns)


def turned(shape: Shape, matrix: bool = True, batch: bool = False) -> Shape:
    """A shape with its last two sizes exchanged (``matrix``); with ``batch`` the first one put before the last."""
    if isinstance(shape, Unknown) or len(shape) < 2:
        return shape
    if batch:
        shape = (*shape[1:-1], shape[0], shape[-1])
    return (*shape[:-2], shape[-1], shape[-2]) if matrix else shape


def attention(batch: Sequence[Dim], queries: Dim, keys: Dim, width: Dim, value_width: Dim) -> tuple[Product, Product]:
    """Attention's two products in full, masked or not: scores ``B·L·S·E`` and their use ``B·L·S·E_v``.

    ``batch`` holds the queries' heads: fewer heads of keys and values save memory, no products.
    """
    common = (*repeats("B", batch), ("L", queries), ("S", keys))
    return (*common, ("E", width)), (*common, ("E_v", value_width))


def recurrence(reads: Product, hidden: Dim, result: Dim, projected: bool = False) -> tuple[Product, Product]:
    """What one gate of a recurrent layer multiplies at a step: its input, ``d·h``, and the state, ``h·h`` (``p·h``)."""
    name = "p" if projected else "h"
    return (*reads, ("h", hidden)), ((name, result), ("h", hidden))


def affine_grid(batch: Dim, space: Sequence[Dim]) -> Product:
    """A matrix of ``n × (n + 1)`` for every position of a grid of ``n`` dimensions."""
    axes = len(space)
    return (*repeats("N", (batch,)), *positions((), space), ("K", axes + 1), ("M", axes))


def transforms(count: Sequence[Dim], points: Sequence[Dim]) -> Product:
    """The real operations of fast Fourier transforms, ``5·N·log2 N`` each; no multiply-accumulates.

    Source: the convention of benchmarks of such transforms (Frigo & Johnson, *FFTW*, 2005), ``N`` rounded up to a
    power of two in the logarithm.

    >>> macs_of(transforms((4,), (256,)))
    40960
    """
    whole = elements_of(points)
    log: Dim = whole if isinstance(whole, Unknown) else max(0, (whole - 1).bit_length())
    sizes = [(f"N_{i}" if i else "N", size) for i, size in enumerate(points)]
    return (*repeats("B", count), 5, *sizes, ("log2 N", log))


# ---------------------------------------------------------------------- einsum


class Contracted(Record):
    """One step of an einsum: what it multiplies, and which operands (by number) stand on either side of it."""

    __slots__ = ("product", "left", "right")
    product: Product
    left: frozenset[int]
    right: frozenset[int]

    def __init__(self, product: Product, left: frozenset[int], right: frozenset[int]) -> None:
        self._fill(product, left, right)


def einsum(
    equation: str, shapes: Sequence[tuple[Dim, ...]], path: Sequence[int] = ()
) -> tuple[tuple[Dim, ...], tuple[Contracted, ...]]:
    """The shape of an einsum, and the steps that contract something, operand by operand from the left (or by ``path``).

    An index that neither the result nor a later operand needs is summed away as soon as it can be: by a product where
    both sides have it, before any product where one side has it. A step that sums nothing over both sides - an outer
    product, one value by value, an index of size 1 - contracts nothing: PyTorch multiplies it value by value.

    >>> [macs_of(step.product) for step in einsum("ij,jk,kl->il", [(2, 3), (3, 5), (5, 7)])[1]]
    [30, 70]
    >>> einsum("i,j->ij", [(3,), (4,)]), einsum("id,jd->ij", [(3, 1), (4, 1)])
    (((3, 4), ()), ((3, 4), ()))
    """
    named, result = _indices(equation, shapes)
    sizes = _index_sizes(named, shapes)
    missing = [index for index in result if index not in sizes]
    if missing:
        raise ShapeError(f"index '{missing[0]}' of the result of '{equation}' is in no input")
    waiting = [
        (_present(indices, shape, sizes), frozenset((number,)))
        for number, (indices, shape) in enumerate(zip(named, shapes, strict=True))
    ]
    turns, steps = list(path), list[Contracted]()
    while len(waiting) > 1:
        first, second = sorted((turns.pop(0), turns.pop(0))) if len(turns) > 1 else (0, 1)
        (right, right_from), (left, left_from) = waiting.pop(second), waiting.pop(first)
        needed = {*result, *[index for indices, _ in waiting for index in indices]}
        both = list(dict.fromkeys([*left, *right]))
        sum_up = [index for index in both if index in left and index in right and index not in needed]
        if any(sizes[index] != 1 for index in sum_up):
            factors = tuple([(index, sizes[index]) for index in both if index in needed or index in sum_up])
            steps.append(Contracted(factors, left_from, right_from))
        made = ([index for index in both if index in needed], left_from | right_from)
        waiting.insert(len(waiting) if path else 0, made)
    return tuple([sizes[index] for index in result]), tuple(steps)


def _present(indices: list[str], shape: tuple[Dim, ...], sizes: dict[str, Dim]) -> list[str]:
    """The indices that an operand really has: one of size 1 that another operand makes larger is broadcast."""
    return [index for index, size in zip(indices, shape, strict=True) if size != 1 or sizes[index] == 1]


def _indices(equation: str, shapes: Sequence[tuple[Dim, ...]]) -> tuple[list[list[str]], list[str]]:
    """The indices of every operand and of the result; those of an ellipsis are ``…1`` for the last, ``…2`` before."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    operands = left.split(",")
    if any(not part.replace("...", "", 1).isalpha() and part.replace("...", "", 1) for part in [*operands, right]):
        raise ShapeError(f"'{equation}' is no einsum equation")
    if len(operands) != len(shapes):
        raise ShapeError(f"'{equation}' names {len(operands)} inputs, but there are {len(shapes)}")
    named = []
    hidden = 0
    for text, shape in zip(operands, shapes, strict=True):
        before, dots, after = text.partition("...")
        rank = len(shape) - len(before) - len(after)
        if rank < 0 or (rank and not dots):
            raise ShapeError(f"'{text}' does not name the dimensions of {shape_text(shape)}")
        hidden = max(hidden, rank)
        named.append([*before, *[f"…{rank - i}" for i in range(rank)], *after])
    ellipsis = [f"…{hidden - i}" for i in range(hidden)]
    if not arrow:
        every = [index for indices in named for index in indices]
        return named, [*ellipsis, *sorted({i for i in every if every.count(i) == 1} - set(ellipsis))]
    before, dots, after = right.partition("...")
    return named, [*before, *(ellipsis if dots else []), *after]


def _index_sizes(named: list[list[str]], shapes: Sequence[tuple[Dim, ...]]) -> dict[str, Dim]:
    sizes: dict[str, Dim] = {}
    for indices, shape in zip(named, shapes, strict=True):
        for index, size in zip(indices, shape, strict=True):
            known = sizes.get(index, 1)
            if isinstance(known, int) and isinstance(size, int) and known != size and 1 not in (known, size):
                raise ShapeError(f"index '{index}' is {known:,} and {size:,}")
            if known == 1 or (isinstance(known, Unknown) and isinstance(size, int) and size != 1):
                sizes[index] = size
            else:
                sizes[index] = known
    return sizes


# ---------------------------------------------------------------------- shapes


def same(left: Dim, right: Dim, what: str) -> Dim:
    """Two sizes that must be equal; the one that is known."""
    if isinstance(left, int) and isinstance(right, int) and left != right:
        raise ShapeError(f"{what}: {left:,} against {right:,}")
    return left if isinstance(left, int) else right


def broadcast(*shapes: Shape) -> Shape:
    """The shape of several broadcast together; a size that is not known yields to one that is and is not 1.

    >>> broadcast((8, 1, 6), (7, 1))
    (8, 7, 6)
    """
    known: list[tuple[Dim, ...]] = []
    for shape in shapes:
        if isinstance(shape, Unknown):
            return shape
        known.append(shape)
    result: list[Dim] = [1] * max([len(shape) for shape in known], default=0)
    for shape in known:
        offset = len(result) - len(shape)
        for i, size in enumerate(shape):
            before = result[offset + i]
            if before == size or size == 1:
                continue
            if isinstance(before, int) and before != 1:
                if isinstance(size, int):
                    together = " and ".join(map(shape_text, shapes))
                    raise ShapeError(f"shapes {together} do not go together: {before} against {size}")
                continue
            result[offset + i] = size
    return tuple(result)


def _down(a: Any, b: int) -> Any:
    return a // b


def _up(a: Any, b: int) -> Any:
    return -(-a // b)


def another(*sizes: Dim) -> Unknown:
    """A size worked out of these, one of which is not known: unknown for the same reason, and none of them."""
    return Unknown(next(size.reason for size in sizes if isinstance(size, Unknown)))


def window(
    size: Dim, kernel: Dim, stride: int, pad: tuple[int, int] | str = (0, 0), dilation: int = 1,
    *, round_up: bool = False, clipped: bool = False,
    length: Any = None, down: Callable[[Any, int], Any] = _down, up: Callable[[Any, int], Any] = _up,
) -> Any:  # fmt: skip
    """How many windows fit along one dimension: ``⌊(size + pad - d·(k - 1) - 1)/stride⌋ + 1``.

    ``pad='same'`` gives ``⌈size/stride⌉``; ``round_up`` the ceil rule of Caffe's and PyTorch's pools and of
    cuda-convnet's convolutions; ``clipped`` leaves out a last window that would begin beyond the input and its left
    padding, as pools do. ``length``, ``down`` and ``up`` let a formula be written in the place of a number.

    >>> window(227, 11, 4), window(224, 3, 2, (1, 1)), window(6, 2, 2, round_up=True, clipped=True)
    (55, 112, 3)
    """
    length = size if length is None else length
    if isinstance(length, Unknown) or (isinstance(kernel, Unknown) and pad != "same"):
        same_size = stride == 1 and (pad == "same" or (kernel == 1 and pad == (0, 0)))
        return length if same_size else another(length, kernel)
    if isinstance(pad, str):
        return up(length, stride)
    assert isinstance(kernel, int)
    reach, extra = dilation * (kernel - 1) + 1, sum(pad)
    if isinstance(size, int) and size + extra < (reach - stride + 1 if round_up else reach):
        wide = f"{kernel}" if dilation == 1 else f"{kernel} (dilated to {reach:,})"
        padded = f" padded by {extra}" if extra else ""
        raise ShapeError(f"kernel of {wide} is larger than the input of {size}{padded}")
    span = length + extra - reach if extra else length - reach
    beyond = isinstance(size, int) and _up(size + extra - reach, stride) * stride >= size + pad[0]
    count = span if stride == 1 else up(span, stride) if round_up else down(span, stride)
    return count if round_up and clipped and beyond else count + 1


def spread(size: Any, kernel: int, stride: int, pad: tuple[int, int], dilation: int, extra: int) -> Any:
    """The size that a transposed convolution spreads one dimension to.

    ``(size - 1)·stride - pad + d·(k - 1) + output_padding + 1``; ``size`` may be a number or a formula.

    >>> spread(28, 2, 2, (0, 0), 1, 0)
    56
    """
    return (size - 1) * stride - (pad[0] + pad[1]) + (dilation * (kernel - 1) + extra + 1)
