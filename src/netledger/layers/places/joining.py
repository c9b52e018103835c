"""Several tensors into one, and one into several."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.formula import symbol, total
from netledger.layers import Call, Effect, rule
from netledger.layers.sizes import axis_of, channel_axis, positive, replaced, shape_text
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers.sizes import Sizes, integer
    from netledger.network import Dim, Shape


@rule("concat", role="joining", keeps="nothing")
def concat(call: Call, dim: integer | None = None) -> Effect:
    """Puts its inputs one after another along ``dim`` (by default the channels); the other sizes must agree.

    Nothing learned, no MACs. Output ``C_1 + C_2 + …``.

    Source: PyTorch's ``cat``.

    >>> from netledger.layers import apply
    >>> maps = apply("concat", {}, ((64, 28, 28), (128, 28, 28), (32, 28, 28), (32, 28, 28)))
    >>> maps.outputs, maps.sizes[0].text()
    (((256, 28, 28),), '64 + 128 + 32 + 32')
    """
    known = [shape for shape in call.inputs if not isinstance(shape, Unknown)]
    if len(known) < len(call.inputs) or not known:
        return Effect((next((shape for shape in call.inputs if isinstance(shape, Unknown)), call.input),))
    first = known[0]
    if any(len(shape) != len(first) for shape in known):
        raise ShapeError("inputs of different rank: " + ", ".join(map(shape_text, known)))
    axis = channel_axis(call, first, dim)
    shape = list(first)
    for other in known[1:]:
        for i, size in enumerate(other):
            if i != axis:
                shape[i] = _same(shape[i], size, known)
    joined = total([symbol(f"C_{i + 1}", s[axis]) for i, s in enumerate(known)])
    return Effect((replaced(shape, axis, joined.count),), sizes=(joined,))


def _same(a: Dim, b: Dim, shapes: list[tuple[Dim, ...]]) -> Dim:
    if isinstance(a, int) and isinstance(b, int) and a != b:
        raise ShapeError(f"inputs that do not go together: {', '.join(map(shape_text, shapes))}")
    return b if isinstance(a, Unknown) else a


@rule("stack")
def stack(call: Call, dim: integer = 0) -> Effect:
    """Puts equal shapes along a new dimension: nothing learned, no MACs.

    Source: PyTorch's ``stack``.

    >>> from netledger.layers import apply
    >>> apply("stack", {}, ((10, 4), (10, 4), (10, 4))).outputs
    ((3, 10, 4),)
    """
    known = [shape for shape in call.inputs if not isinstance(shape, Unknown)]
    if len(known) < len(call.inputs) or not known:
        return Effect((next((shape for shape in call.inputs if isinstance(shape, Unknown)), call.input),))
    if any(len(shape) != len(known[0]) for shape in known):
        raise ShapeError("inputs of different rank: " + ", ".join(map(shape_text, known)))
    shape = list(known[0])
    for other in known[1:]:
        shape = [_same(a, b, known) for a, b in zip(shape, other, strict=True)]
    axis = axis_of(dim, shape, one_more=True)
    return Effect(((*shape[:axis], len(known), *shape[axis:]),))


@rule("split", keeps="nothing", view=True)
def split(call: Call, split_size_or_sections: Sizes, dim: integer | None = None) -> Effect:
    """Cuts a dimension (by default the channels) into pieces of one size, or of the sizes listed.

    Nothing learned, no MACs. The sizes listed must add up to what is there; the last of equal pieces may be smaller.

    Source: PyTorch's ``split``.

    >>> from netledger.layers import apply
    >>> apply("split", {"split_size_or_sections": (192, 192)}, ((384, 13, 13),)).outputs
    ((192, 13, 13), (192, 13, 13))
    """
    shape = call.input
    if isinstance(shape, Unknown):
        pieces = 1 if isinstance(split_size_or_sections, int) else _bounded(len(split_size_or_sections))
        return Effect((shape,) * pieces)
    axis = channel_axis(call, shape, dim)
    size = shape[axis]
    if isinstance(split_size_or_sections, int):
        positive("split_size", split_size_or_sections)
        if isinstance(size, Unknown):
            return Effect((replaced(shape, axis, size),))
        return _pieces(shape, axis, _equal(size, split_size_or_sections))
    sections = split_size_or_sections
    if isinstance(size, int) and sum(sections) != size:
        listed = " + ".join(map(str, sections))
        raise ShapeError(f"sections {listed} = {sum(sections):,}, but the input has {size:,} in dimension {axis}")
    return _pieces(shape, axis, list(sections))


@rule("chunk", keeps="nothing", view=True)
def chunk(call: Call, chunks: int, dim: integer | None = None) -> Effect:
    """Cuts a dimension (by default the channels) into ``chunks`` pieces of equal size, as far as they go.

    Nothing learned, no MACs. Pieces of ``⌈C/chunks⌉``; there may be fewer than asked for.

    Source: PyTorch's ``chunk``.

    >>> from netledger.layers import apply
    >>> apply("chunk", {"chunks": 2}, ((116, 28, 28),)).outputs
    ((58, 28, 28), (58, 28, 28))
    """
    positive("chunks", chunks)
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape,) * _bounded(chunks))
    axis = channel_axis(call, shape, dim)
    size = shape[axis]
    if isinstance(size, Unknown):
        return _pieces(shape, axis, [size] * _bounded(chunks))
    return _pieces(shape, axis, _equal(size, max(-(-size // chunks), 1)))


@rule("unbind")
def unbind(call: Call, dim: integer = 0) -> Effect:
    """Takes a dimension apart into as many tensors as it is long: nothing learned, no MACs.

    Source: PyTorch's ``unbind``.

    >>> from netledger.layers import apply
    >>> apply("unbind", {}, ((3, 12, 64),)).outputs
    ((12, 64), (12, 64), (12, 64))
    """
    shape = call.input
    if isinstance(shape, Unknown):
        return Effect((shape,))
    axis = axis_of(dim, shape)
    size = shape[axis]
    rest: Shape = replaced(shape, axis)
    return Effect((size,)) if isinstance(size, Unknown) else Effect((rest,) * _bounded(size))


def _equal(size: int, piece: int) -> list[Dim]:
    count = _bounded(max(-(-size // piece), 1))
    return [*([piece] * (count - 1)), size - piece * (count - 1)]


def _bounded(pieces: int) -> int:
    if pieces > MOST_PIECES:
        raise ShapeError(f"{pieces:,} pieces are more than {MOST_PIECES:,}")
    return pieces


def _pieces(shape: tuple[Dim, ...], axis: int, sizes: list[Dim]) -> Effect:
    return Effect(tuple([replaced(shape, axis, size) for size in sizes]))


MOST_PIECES = 100_000
"""More outputs of one layer than any network has: what would only fill memory."""
