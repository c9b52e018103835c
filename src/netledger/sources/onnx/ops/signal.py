"""Fourier transforms - fast ones: no multiply-accumulates, operations of another sort - windows, filter banks."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.layers.products import another, shape_text
from netledger.sources.onnx.ops import op
from netledger.sources.onnx.values import NO_SHAPE, Op, Result, Value, wants_rank
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim
    from netledger.sources.onnx.values import Setting


@op("DFT", learns=False)
def dft(
    op: Op, input: Value, dft_length: Value | None = None, axis: Setting = None, *, inverse: int = 0, onesided: int = 0
) -> Result:
    """``DFT``: along one axis, whose default changed when it became an input."""
    shape = wants_rank(input.shape, 2, "DFT")
    if shape is None:
        return Result(input.shape, unknown="what is transformed has no known shape")
    given = (1 if op.version < 20 else -2,) if axis is None else axis.ints
    if not given or not isinstance(given[0], int):
        return Result((NO_SHAPE,) * len(shape), unknown="the axis of the transform depends on the data")
    place = given[0] + len(shape) if given[0] < 0 else given[0]
    if not 0 <= place < len(shape) - 1:
        raise ShapeError(f"DFT along axis {place} of {shape_text(shape)}")
    length: Dim = shape[place]
    if dft_length is not None:
        stated = dft_length.ints
        length = stated[0] if stated else Unknown("the length of the transform depends on the data")
    last: Dim = 2
    if onesided and inverse:
        last = 1  # from half a spectrum back to real values
        if dft_length is None:
            length = another(length) if isinstance(length, Unknown) else max(1, 2 * (length - 1))
    kept: Dim = length
    if onesided and not inverse:
        kept = length // 2 + 1 if isinstance(length, int) else another(length)
    sizes = (*shape[:place], kept, *shape[place + 1 : -1], last)
    transformed = (*shape[:place], length, *shape[place + 1 : -1])
    return _fft(sizes, (place,), transformed)


def _fft(output: tuple[Dim, ...], dims: tuple[int, ...], transformed: tuple[Dim, ...]) -> Result:
    """The layer ``fft``; Unknown where a size is."""
    unknown = next((size for size in transformed if isinstance(size, Unknown)), None)
    if unknown is not None:
        return Result(output, unknown=unknown.reason)
    return Result(output, kind="fft", attributes={"dims": dims, "transformed": transformed})


@op("STFT", learns=False)
def stft(
    op: Op, signal: Value, frame_step: Value, window: Value | None = None, frame_length: Value | None = None, *,
    onesided: int = 1,
) -> Result:  # fmt: skip
    """``STFT``: a transform for each frame."""
    shape, step = wants_rank(signal.shape, 2, "STFT"), frame_step.ints
    given = None if frame_length is None else frame_length.ints
    weights = None if window is None else window.sizes
    length: Dim = given[0] if given else weights[0] if weights else Unknown("the frame's length depends on the data")
    frames: Dim = Unknown("the number of frames depends on the data")
    if shape is None:
        return Result(signal.shape, unknown="what is transformed has no known shape")
    if step and isinstance(shape[1], int) and isinstance(length, int) and isinstance(step[0], int):
        if step[0] < 1 or length < 1 or length > shape[1]:
            raise ShapeError(f"STFT with frames of {length} every {step[0]} of {shape[1]}")
        frames = (shape[1] - length) // step[0] + 1
    bins: Dim = length
    if onesided:
        bins = another(length) if isinstance(length, Unknown) else length // 2 + 1
    return _fft((shape[0], frames, bins, 2), (2,), (shape[0], frames, length))


@op("MelWeightMatrix", learns=False)
def mel_weights(op: Op, num_mel_bins: Value, dft_length: Value) -> Result:
    """``MelWeightMatrix``: a table of filter weights, computed and not contracted."""
    bands, length = num_mel_bins.ints, dft_length.ints
    bins: Dim = NO_SHAPE
    if length and isinstance(length[0], int):
        bins = length[0] // 2 + 1
    return Result((bins, bands[0] if bands else NO_SHAPE), dtypes=("float32",))


@op("BlackmanWindow HammingWindow HannWindow")
def window(op: Op, size: Value) -> Result:
    """``HannWindow``, ``HammingWindow``, ``BlackmanWindow``: as long as the input says."""
    given = size.ints
    return Result((given[0] if given else Unknown("the window's size depends on the data"),), dtypes=("float32",))
