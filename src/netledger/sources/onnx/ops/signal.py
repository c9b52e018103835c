"""Fourier transforms - fast ones: no multiply-accumulates, operations of another sort - windows, filter banks."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers.products import shape_text
from netledger.sources.onnx.ops import op
from netledger.sources.onnx.values import NO_SHAPE, Op, Result, wants_rank
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim


@op("DFT", learns=False)
def dft(op: Op) -> Result:
    """``DFT``: along one axis."""
    shape = wants_rank(op.shape(0), 2, "DFT")
    missing = "what is transformed has no known shape"
    if shape is None:
        return Result(op.shape(0), unknown=missing)
    given = op.const_ints(2) if op.has(2) else None
    if op.has(2) and given is None:
        return Result((NO_SHAPE,) * len(shape), unknown="the axis of the transform depends on the data")
    axis = given[0] if given else op.whole("axis", 1 if op.version < 20 else -2)
    axis = axis + len(shape) if axis < 0 else axis
    if not 0 <= axis < len(shape) - 1:
        raise ShapeError(f"DFT along axis {axis} of {shape_text(shape)}")
    length: Dim = shape[axis]
    if op.has(1):
        stated = op.const_ints(1)
        length = stated[0] if stated else Unknown("the length of the transform depends on the data")
    last: Dim = 2
    if op.whole("onesided", 0) and op.whole("inverse", 0):
        last = 1  # from half a spectrum back to real values
        length = length if op.has(1) or isinstance(length, Unknown) else max(1, 2 * (length - 1))
    kept: Dim = length
    if op.whole("onesided", 0) and not op.whole("inverse", 0) and isinstance(length, int):
        kept = length // 2 + 1
    sizes = (*shape[:axis], kept, *shape[axis + 1 : -1], last)
    transformed = (*shape[:axis], length, *shape[axis + 1 : -1])
    return _fft(sizes, (axis,), transformed)


def _fft(output: tuple[Dim, ...], dims: tuple[int, ...], transformed: tuple[Dim, ...]) -> Result:
    """The layer ``fft``; Unknown where a size is."""
    unknown = next((size for size in transformed if isinstance(size, Unknown)), None)
    if unknown is not None:
        return Result(output, unknown=unknown.reason)
    return Result(output, kind="fft", attributes={"dims": dims, "transformed": transformed})


@op("STFT", learns=False)
def stft(op: Op) -> Result:
    """``STFT``: a transform for each frame."""
    shape, step = wants_rank(op.shape(0), 2, "STFT"), op.const_ints(1)
    given = op.const_ints(3) if op.has(3) else None
    window = op.sizes(2)
    length: Dim = given[0] if given else window[0] if window else Unknown("the frame's length depends on the data")
    frames: Dim = Unknown("the number of frames depends on the data")
    if shape is None:
        return Result(op.shape(0), unknown="what is transformed has no known shape")
    if step and isinstance(shape[1], int) and isinstance(length, int) and isinstance(step[0], int):
        if step[0] < 1 or length < 1 or length > shape[1]:
            raise ShapeError(f"STFT with frames of {length} every {step[0]} of {shape[1]}")
        frames = (shape[1] - length) // step[0] + 1
    bins: Dim = length if isinstance(length, Unknown) or not op.whole("onesided", 1) else length // 2 + 1
    return _fft((shape[0], frames, bins, 2), (2,), (shape[0], frames, length))


@op("MelWeightMatrix", learns=False)
def mel_weights(op: Op) -> Result:
    """``MelWeightMatrix``: a table of filter weights, computed and not contracted."""
    bands, length = op.const_ints(0), op.const_ints(1)
    bins: Dim = NO_SHAPE
    if length and isinstance(length[0], int):
        bins = length[0] // 2 + 1
    return Result((bins, bands[0] if bands else NO_SHAPE), dtypes=("float32",))


@op("BlackmanWindow HammingWindow HannWindow")
def window(op: Op) -> Result:
    """``HannWindow``, ``HammingWindow``, ``BlackmanWindow``: as long as the input says."""
    size = op.const_ints(0)
    return Result((size[0] if size else Unknown("the window's size depends on the data"),), dtypes=("float32",))
