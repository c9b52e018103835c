"""A clause's numbers → the sizes of a layer of its kind."""

from __future__ import annotations

from netledger.audit.understanding.pieces import CONVOLUTIONS, NORMS, POOLS, RECURRENT, Piece

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.audit.understanding.prose.sizes import Sizes

LARGEST_KERNEL = 64


def _convolution(piece: Piece, sizes: Sizes) -> None:
    piece.out = sizes.number("filters", "units", "classes")
    piece.reads = sizes.number("in_channels", "input")
    if piece.out is None:
        piece.out = sizes.number("channels", "output")
    elif piece.reads is None:
        piece.reads = sizes.number("channels", "features")
    piece.out_shape = sizes.out_shape or sizes.sizes("output")
    if sizes.pair is not None and not (
        piece.out_shape
        and sizes.pair[1] in piece.out_shape[-3:][1:2]
        and sizes.pair[1] not in (piece.out_shape[0], piece.out_shape[-1])
    ):
        piece.reads, piece.out = sizes.pair
    shape = sizes.sizes("input")
    if shape is not None:
        _read_input_shape(piece, shape)
    kernel = sizes.take("kernel") or sizes.sizes("filters")
    smaller = isinstance(kernel, tuple) and any(max(size) < max(kernel) for size in sizes.loose_sizes)
    if isinstance(kernel, tuple) and len(kernel) == piece.axes and smaller:
        piece.in_shape, kernel = kernel, None  # "5x5 convolution, …, 28x28 feature map"
    if isinstance(kernel, int) and piece.out is None and (sizes.take("extent") or sizes.loose_sizes):
        piece.out, kernel = kernel, None  # "16 kernels of size 5x5"
    if kernel is None:
        kernel = sizes.take("extent")
    if kernel is None:
        kernel = _loose_kernel(piece, sizes)
    if kernel is None and sizes.head.kind == "pointwise":
        kernel = 1
    if kernel is not None:
        _set_kernel(piece, kernel)
    if piece.out is None and piece.reads is None and piece.kernel is not None and len(sizes.loose) == 2:
        piece.reads, piece.out = sizes.loose  # "Conv1d(64, 100, kernel_size=3)"
    if piece.out is None and len(sizes.loose) == 1 and not (sizes.weak and piece.kernel is None):
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
    elif isinstance(padding, int | tuple):
        piece.padding = padding
    elif "valid" in sizes.words:
        piece.padding = "valid"


def _pool(piece: Piece, sizes: Sizes) -> None:
    kernel = sizes.take("kernel", "extent", "filters", "units") or (sizes.loose_sizes[0] if sizes.loose_sizes else None)
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
    piece.out = sizes.number("units", "classes", "output", "filters", "extent")
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
    piece.out = sizes.number("units", "output", "extent")
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
    piece.out = sizes.number("dimension", "units", "output", "features", "extent")
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
    piece.out = sizes.number("channels", "features", "filters", "units", "dimension", "extent")
    if piece.out is None and len(sizes.loose) == 1:
        piece.out = sizes.loose[0]
    if piece.out is None and sizes.loose_sizes:
        piece.out_shape = sizes.loose_sizes[0]


def _input(piece: Piece, sizes: Sizes) -> None:
    piece.in_shape = sizes.sizes("input", "features", "units", "output", "extent") or sizes.out_shape
    if piece.in_shape is None and sizes.loose_sizes:
        piece.in_shape = sizes.loose_sizes[0]
    piece.reads = sizes.number("in_channels", "channels")
    if piece.reads is None and "rgb" in sizes.words:
        piece.reads = 3
    elif piece.reads is None and "gray" in sizes.words:
        piece.reads = 1
    number = sizes.number("features", "input", "units", "output", "extent", "dimension") or (
        sizes.loose[0] if len(sizes.loose) == 1 else None
    )
    if piece.in_shape is None and number is not None and piece.reads is None:
        piece.in_shape = (number,)
    padding = sizes.number("padding")
    piece.padding = padding if padding is not None else next((w for w in ("same", "valid") if w in sizes.words), None)
    steps, features = sizes.number("steps"), sizes.number("features", "dimension")
    if steps is not None and features is not None:
        piece.in_shape = (steps, features)


def _flatten(piece: Piece, sizes: Sizes) -> None:
    steps = sizes.number("steps", "vocabulary")
    if steps is not None:
        piece.attributes["steps"] = steps
        return
    piece.out = sizes.number("features", "units", "output") or (sizes.loose[0] if len(sizes.loose) == 1 else None)


def _concat(piece: Piece, sizes: Sizes) -> None:
    piece.out = sizes.number("channels", "features", "filters", "output")


READERS: tuple[tuple[tuple[str, ...], Callable[[Piece, Sizes], None]], ...] = (
    (CONVOLUTIONS, _convolution),
    (POOLS, _pool),
    (("linear",), _linear),
    (RECURRENT, _recurrent),
    (("embedding",), _embedding),
    (NORMS, _norm),
    (("input",), _input),
    (("flatten",), _flatten),
    (("concat",), _concat),
)
