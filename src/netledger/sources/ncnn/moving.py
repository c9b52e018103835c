"""ncnn's layers that load nothing and multiply nothing: the shapes that they make, channels before height and width.

Source: ``src/layer/*.cpp`` and ``docs/developer-guide/operators.md`` of ncnn. ``-233`` stands for "not given".
"""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.layers import products
from netledger.network import elements_of
from netledger.sources.graph_builder import Step
from netledger.sources.graph_shapes import expanded, filled, place_of, reduced
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Shape
    from netledger.sources.ncnn import NcnnReader
    from netledger.sources.ncnn.schema import NcnnLayer

    Rule = Callable[[NcnnReader, NcnnLayer], Step]
    Sized = Callable[[NcnnLayer, tuple[Any, ...]], Shape]

_OPEN = -233
_TWO = "WH HW"
_THREE = "WHC HWC WCH CWH HCW CHW"
_FOUR = (
    "WHDC HWDC WDHC DWHC HDWC DHWC WHCD HWCD WCHD CWHD HCWD CHWD WDCH DWCH WCDH CWDH DCWH CDWH HDCW DHCW HCDW CHDW "
    "DCHW CDHW"
)
_ORDERS = {2: _TWO.split(), 3: _THREE.split(), 4: _FOUR.split()}
"""``order_type`` → the dimensions from the innermost to the outermost."""


def _shaped(make: Sized) -> Rule:
    def rule(reader: NcnnReader, layer: NcnnLayer) -> Step:
        shape = reader.shape(layer.inputs[0])
        return Step(output_shapes=[shape if isinstance(shape, Unknown) else make(layer, shape)])

    return rule


def _pooled(axes: int) -> Rule:
    def make(layer: NcnnLayer, shape: tuple[Any, ...]) -> Shape:
        if len(shape) != axes + 1:
            raise FormatError(f"a pool over {axes} dimensions of {products.shape_text(shape)}")
        if layer.whole(4):
            return shape[:1]
        image = shape[1:]
        if layer.whole(7):
            wide = layer.whole(8)
            sizes = (layer.whole(28, wide), layer.whole(18, wide), wide)[3 - axes :]
            return (shape[0], *[given if size == _OPEN else size for size, given in zip(sizes, image, strict=True)])
        return (shape[0], *_windows(layer, axes, image))

    return _shaped(make)


def _windows(layer: NcnnLayer, axes: int, image: tuple[Any, ...]) -> list[Any]:
    width, step = layer.whole(1), layer.whole(2, 1)
    kernel = (layer.whole(21, width), layer.whole(11, width), width)[3 - axes :]
    stride = (layer.whole(22, step), layer.whole(12, step), step)[3 - axes :]
    left = layer.whole(3)
    top, front = layer.whole(13, left), layer.whole(23, left)
    pads = ((front, layer.whole(16, front)), (top, layer.whole(15, top)), (left, layer.whole(14, left)))[3 - axes :]
    if min(stride) < 1 or min(kernel) < 1:
        raise FormatError("a window or a stride below 1")
    mode = layer.whole(5)
    if mode in (2, 3):
        return [products.window(size, 1, s, "same") for size, s in zip(image, stride, strict=True)]
    return [
        products.window(size, k, s, pad, round_up=mode == 0)
        for size, k, s, pad in zip(image, kernel, stride, pads, strict=True)
    ]


def _together(reader: NcnnReader, layer: NcnnLayer) -> Step:
    """Values of several ranks together: the one of most dimensions gives the shape, equal ranks broadcast."""
    shapes = [reader.shape(name) for name in layer.inputs]
    known = [shape for shape in shapes if not isinstance(shape, Unknown)]
    if len(known) < len(shapes) or not known:
        return Step(output_shapes=[Unknown("one of its inputs is not known")])
    rank = max(map(len, known))
    return Step(output_shapes=[products.broadcast(*[shape for shape in known if len(shape) == rank])])


def _copies(reader: NcnnReader, layer: NcnnLayer) -> Step:
    return Step("identity" if len(layer.outputs) == 1 else "elementwise",
                output_shapes=[reader.shape(layer.inputs[0])] * max(1, len(layer.outputs)))  # fmt: skip


def _joined(reader: NcnnReader, layer: NcnnLayer) -> Step:
    shape = reader.shape(layer.inputs[0])
    axis = layer.whole(0)
    if not isinstance(shape, Unknown):
        place_of(axis, len(shape))
    return Step("concat", {"dim": axis})


def _sliced(reader: NcnnReader, layer: NcnnLayer) -> Step:
    """Cut at the places that are listed; else into parts of sizes that are, what is left shared by the others."""
    shape, count = reader.shape(layer.inputs[0]), len(layer.outputs)
    parts, places = layer.several(0), layer.several(2)
    if isinstance(shape, Unknown):
        return Step(output_shapes=[shape] * count)
    place = place_of(layer.whole(1), len(shape))
    whole = shape[place]
    listed = count == (len(places) + 1 if places else len(parts) or count)
    if isinstance(whole, Unknown) or not listed:
        why = whole if isinstance(whole, Unknown) else Unknown("its cuts are not followed")
        return Step(output_shapes=[why] * count)
    if places:
        ends = [*[at if at >= 0 else whole + at for at in places], whole]
        parts = [end - start for start, end in zip((0, *ends), ends, strict=False)]
        if min(parts) < 0:
            raise FormatError(f"cuts at {', '.join(map(str, places[:4]))} of {whole:,}")
    left, sizes = whole, []
    for i, part in enumerate(parts or [_OPEN] * count):
        size = left // (count - i) if part == _OPEN else part
        if not 0 <= size <= left:
            raise FormatError(f"a slice of {size:,} of {left:,}")
        sizes.append(size)
        left -= size
    return Step(output_shapes=[(*shape[:place], size, *shape[place + 1 :]) for size in sizes])


def _gated(layer: NcnnLayer, shape: tuple[Any, ...]) -> Shape:
    place = place_of(layer.whole(0), len(shape))
    size = shape[place]
    return (*shape[:place], size if isinstance(size, Unknown) else size // 2, *shape[place + 1 :])


def _expressed(text: str, shapes: list[Shape]) -> list[Any] | None:
    """The sizes of an expression such as ``0w,-1,1c`` (innermost first): numbers, and sizes of what is read.

    >>> _expressed("0w,-1", [(3, 8, 9)]), _expressed("//(768,0n),0n", [(3, 8, 9)])
    ([-1, 9], None)
    """
    found: list[Any] = []
    for word in text.split(","):
        digits, letter = (word[:-1], word[-1:]) if word[-1:] in ("w", "h", "d", "c") else (word, "")
        if not digits.removeprefix("-").isdigit() or len(digits) > 10 or not digits.isascii():
            return None
        if not letter:
            found.append(int(digits))
            continue
        shape = shapes[int(digits)] if 0 <= int(digits) < len(shapes) else Unknown("no such input")
        if isinstance(shape, Unknown) or not shape:
            return None
        names = _ORDERS[len(shape)][0] if len(shape) in _ORDERS else "W"
        if letter.upper() not in names or (letter == "c" and len(shape) < 3):
            return None
        found.append(shape[len(shape) - 1 - names.index(letter.upper())])
    return list(reversed(found))


def _reshape(reader: NcnnReader, layer: NcnnLayer) -> Step:
    shapes = [reader.shape(name) for name in layer.inputs]
    shape = shapes[0]
    return Step(output_shapes=[shape if isinstance(shape, Unknown) else _reshaped(layer, shape, shapes)])


def _reshaped(layer: NcnnLayer, shape: tuple[Any, ...], shapes: list[Shape]) -> Shape:
    if layer.params.keys() & {12, 13}:
        return Unknown("it makes a batch of another dimension")
    wanted: list[Any] | None = [size for n in (2, 11, 1, 0) if (size := layer.whole(n, _OPEN)) != _OPEN]
    if 6 in layer.params:
        wanted = _expressed(str(layer.params[6]), shapes)
    if wanted is None:
        return Unknown("its shape is an expression that is not worked out")
    own = list(reversed(shape))
    kept = [own[i] if size == 0 and i < len(own) else size for i, size in enumerate(reversed(wanted))]
    return filled(shape, list(reversed(kept)))


def _permuted(layer: NcnnLayer, shape: tuple[Any, ...]) -> Shape:
    orders, order = _ORDERS.get(len(shape)), layer.whole(0)
    if orders is None:
        return shape
    if not 0 <= order < len(orders):
        raise FormatError(f"an order {order:,} of {len(shape)} dimensions")
    names = orders[0]
    return tuple([shape[len(shape) - 1 - names.index(one)] for one in reversed(orders[order])])


def _cut_out(reader: NcnnReader, layer: NcnnLayer) -> Step:
    """A second blob says how large a part is cut out: as large as it is itself, unless it holds the sizes."""
    if len(layer.inputs) < 2 or layer.params.keys() & {9, 10, 19, 20, 21}:
        return _shaped(_cropped)(reader, layer)
    shape, other = reader.shape(layer.inputs[0]), reader.shape(layer.inputs[1])
    listed = all(layer.whole(number) == _OPEN for number in (0, 1, 2))
    if listed or isinstance(shape, Unknown) or isinstance(other, Unknown) or len(shape) != len(other):
        return Step(output_shapes=[Unknown("what is cut out is in another blob")])
    return Step(output_shapes=[other])


def _cropped(layer: NcnnLayer, shape: tuple[Any, ...]) -> Shape:
    if layer.params.keys() & {19, 20, 21}:
        return Unknown("what is cut out is an expression or in another blob")
    starts, ends, axes = layer.several(9), layer.several(10), layer.several(11)
    made = list(shape)
    if starts and ends:
        if len(starts) != len(ends) or (axes and len(axes) != len(starts)):
            raise FormatError("as many starts as ends are wanted")
        for i, axis in enumerate(axes or range(len(starts))):
            place = place_of(axis, len(shape))
            made[place] = _cut(shape[place], starts[i], ends[i])
        return tuple(made)
    offsets = [layer.whole(number) for number in (2, 13, 1, 0)]
    sizes = [layer.whole(number) for number in (5, 14, 4, 3)]
    behind = [layer.whole(number) for number in (8, 15, 7, 6)]
    kept = {1: (3,), 2: (2, 3), 3: (0, 2, 3), 4: (0, 1, 2, 3)}.get(len(shape), ())
    for place, number in enumerate(kept):
        size = shape[place]
        if offsets[number] == _OPEN or (not sizes[number] and not any(sizes) and not any(behind)):
            return Unknown("what is cut out is in another blob")
        if isinstance(size, Unknown):
            continue
        made[place] = sizes[number] if sizes[number] > 0 else max(0, size - offsets[number] - max(0, behind[number]))
    return tuple(made)


def _cut(size: Any, start: int, end: int) -> Any:
    if isinstance(size, Unknown):
        return size
    first = 0 if start == _OPEN else start if start >= 0 else size + start
    last = size if end == _OPEN else end if end > 0 else size + end
    return max(0, min(size, last) - max(0, first))


def _reduced(layer: NcnnLayer, shape: tuple[Any, ...]) -> Shape:
    axes = layer.several(3)
    if axes and not layer.whole(1, 1) and not layer.whole(5):
        return Unknown("its axes are those of an older version")
    places = range(len(shape)) if layer.whole(1, 1) or not axes else axes
    made = reduced(shape, places, bool(layer.whole(4)))
    return made or (1,)


def _resized(layer: NcnnLayer, shape: tuple[Any, ...]) -> Shape:
    if 9 in layer.params or layer.whole(5) or len(layer.inputs) > 1:
        return Unknown("its size is an expression or in another blob")
    if len(shape) == 1:
        shape = (*shape, 1, 1)
    made = []
    for size, by, to in zip(shape[-2:], (1, 2), (3, 4), strict=True):
        given, factor = layer.size(to), layer.params.get(by, 1)
        if given or isinstance(size, Unknown):
            made.append(given or size)
            continue
        if isinstance(factor, str | list) or not 0 < factor < 1e6:
            raise FormatError("a factor that is none")
        made.append(int(size * factor))
    return (*shape[:-2], *made)


def _expanded(layer: NcnnLayer, shape: tuple[Any, ...]) -> Shape:
    axes = layer.several(3)
    return expanded(shape, axes) if axes else Unknown("which dimensions are added is not followed")


def _squeezed(layer: NcnnLayer, shape: tuple[Any, ...]) -> Shape:
    axes = layer.several(3)
    if axes:
        places = {place_of(axis, len(shape)) for axis in axes}
        return tuple([size for i, size in enumerate(shape) if i not in places or size != 1]) or (1,)
    flags = [layer.whole(number) for number in (2, 11, 1, 0)]
    kept = {1: (3,), 2: (2, 3), 3: (0, 2, 3), 4: (0, 1, 2, 3)}.get(len(shape), ())
    return tuple([size for size, at in zip(shape, kept, strict=True) if not (flags[at] and size == 1)]) or (1,)


def _padded(layer: NcnnLayer, shape: tuple[Any, ...]) -> Shape:
    pairs = ((layer.whole(7), layer.whole(8)), (layer.whole(0), layer.whole(1)), (layer.whole(2), layer.whole(3)))
    if min([one for pair in pairs for one in pair]) < 0 or len(layer.inputs) > 1:
        return Unknown("its border is in another blob")
    made = list(shape)
    own = pairs[3 - len(shape) :] if len(shape) <= 3 else pairs
    for place, (before, behind) in zip(range(len(shape) - len(own), len(shape)), own, strict=True):
        made[place] = made[place] if isinstance(made[place], Unknown) else made[place] + before + behind
    return tuple(made)


def _tiled(layer: NcnnLayer, shape: tuple[Any, ...]) -> Shape:
    repeats = layer.several(2)
    if not repeats:
        place, by = place_of(layer.whole(0), len(shape)), layer.size(1, 1)
        repeats = [by if i == place else 1 for i in range(len(shape))]
    rank = max(len(repeats), len(shape))
    sizes, times = (1,) * (rank - len(shape)) + shape, [1] * (rank - len(repeats)) + repeats
    if min(times) < 0:
        raise FormatError("a size repeated fewer than no times")
    return tuple([size if isinstance(size, Unknown) else size * by for size, by in zip(sizes, times, strict=True)])


def _shuffled(layer: NcnnLayer, shape: tuple[Any, ...]) -> Shape:
    up = layer.type == "PixelShuffle"
    by = layer.size(0, 1)
    if by < 1 or len(shape) < 3 or any(isinstance(size, Unknown) for size in shape):
        return Unknown("blocks of a size that is not known")
    channels, tall, wide = shape[-3:]
    if up:
        return (channels // (by * by), tall * by, wide * by)
    return (channels * by * by, tall // by, wide // by)


_SAME = (
    "AbsVal BNLL CELU Cast Clip CopyTo CumulativeSum DeepCopy Dropout ELU Erf Exp Flip GELU HardSigmoid HardSwish "
    "Log LRN MVN Mish Noop Packing Power ReLU RotaryEmbed SELU Shrink ShuffleChannel Sigmoid Softmax Softplus Swish "
    "TanH Threshold UnaryOp Softsign"
).split()
_UNSHAPED = (
    "ArgMax Diag DetectionOutput Fold GridSample PriorBox Proposal PSROIPooling ROIAlign ROIPooling SPP "
    "StatisticsPooling Unfold YoloDetectionOutput Yolov3DetectionOutput"
).split()

MOVING: dict[str, Rule] = {
    **dict.fromkeys(_SAME, _shaped(lambda layer, shape: shape)),
    **dict.fromkeys(_UNSHAPED, lambda reader, layer: Step()),
    "Pooling": _pooled(2), "Pooling1D": _pooled(1), "Pooling3D": _pooled(3), "BinaryOp": _together,
    "Eltwise": _together, "Split": _copies, "Concat": _joined, "Slice": _sliced, "GLU": _shaped(_gated),
    "Reshape": _reshape, "Flatten": _shaped(lambda layer, shape: (elements_of(shape),)), "Permute": _shaped(_permuted),
    "Crop": _cut_out, "Reduction": _shaped(_reduced), "Interp": _shaped(_resized),
    "ExpandDims": _shaped(_expanded), "Squeeze": _shaped(_squeezed), "Padding": _shaped(_padded),
    "Tile": _shaped(_tiled), "PixelShuffle": _shaped(_shuffled), "Reorg": _shaped(_shuffled),
}  # fmt: skip
"""Layers that load nothing and multiply nothing."""
