"""Layers of Core ML's older neural networks that only move or change values: the shapes that they make."""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.network import elements_of
from netledger.sources.coreml.neural_schema import borders, fields
from netledger.sources.graph_builder import Step
from netledger.sources.graph_shapes import expanded, filled, place_of, reduced
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Shape
    from netledger.sources.coreml.neural import NeuralLayer

    Rule = Callable[[NeuralLayer], Step]
    Sized = Callable[[NeuralLayer, tuple[Any, ...]], Shape]

_AXES = fields("1:axes*:i 2:flag:i 3:all:i")
_TARGET = fields("1:target*:i")
_AXIS = fields("1:axis:i 2:count:i 3:sizes*:i")
_FACTORS = fields("1:factors*:i 7:fractions*:f")
_SEQUENCE = fields("100:sequence:i")
_SLICE = fields("1:begin*:i 2:no_begin*:i 3:end*:i 4:no_end*:i 5:step*:i 6:squeezed*:i")
_PADDING = fields("2:pads*:i 3:given:i")
_OLD_SLICE = fields("1:start:i 2:end:i 3:step:i 4:axis:i")
_PADDED = fields("10:dims:s")
_CROPPED = fields("1:dims:s")
_REDUCE = fields("1:mode:i 3:axis:i")
_BLOCK = fields("1:mode:i 2:block:i")
_OLD_AXES = {0: (-3, -2, -1), 1: (-2, -1), 2: (-3,), 3: (-2,), 4: (-1,)}
"""``ReduceLayerParams.ReduceAxis``."""


def _shaped(make: Sized) -> Rule:
    """A rule from a function of the first input's sizes."""

    def rule(layer: NeuralLayer) -> Step:
        shape = layer.shape()
        made = shape if isinstance(shape, Unknown) else make(layer, shape)
        return Step(output_shapes=[made])

    return rule


def _joined(layer: NeuralLayer) -> Step:
    return Step("concat", {"dim": layer.fields(_AXIS).get("axis", 0)})


def _joined_old(layer: NeuralLayer) -> Step:
    """Along the channels, or along the sequence, which a value without all its dimensions does not show."""
    if not layer.fields(_SEQUENCE).get("sequence"):
        return Step("concat", {"dim": -3})
    return Step("concat", {"dim": -5}) if layer.exact else Step(output_shapes=[layer.shape()])


def _split(at: int | None) -> Rule:
    def rule(layer: NeuralLayer) -> Step:
        count = max(1, len(layer.outputs))
        shape = layer.shape()
        held = layer.fields(_AXIS)
        if isinstance(shape, Unknown):
            return Step(output_shapes=[shape] * count)
        place = place_of(at if at is not None else held.get("axis", 0), len(shape))
        size, parts = shape[place], held.get("sizes", [])
        each = parts if len(parts) == count else [size if isinstance(size, Unknown) else size // count] * count
        return Step(output_shapes=[(*shape[:place], one, *shape[place + 1 :]) for one in each])

    return rule


def _reshape(layer: NeuralLayer, shape: tuple[Any, ...]) -> Shape:
    target = layer.fields(_TARGET).get("target", [])
    return filled(shape, [shape[i] if size == 0 and i < len(shape) else size for i, size in enumerate(target)])


def _reshape_old(layer: NeuralLayer, shape: tuple[Any, ...]) -> Shape:
    """To channels, height and width, or to a sequence of them; there are five dimensions where all are shown."""
    target = layer.fields(_TARGET).get("target", [])
    if not layer.exact:
        return filled(shape, target[-3:])
    return filled(shape, (target[0], 1, *target[1:]) if len(target) == 4 else (*shape[:2], *target))


def _flat(layer: NeuralLayer, shape: tuple[Any, ...]) -> Shape:
    return (*shape[:-3], elements_of(shape[-3:]), 1, 1)


def _flat_2d(layer: NeuralLayer, shape: tuple[Any, ...]) -> Shape:
    axis = layer.fields(_AXIS).get("axis", 0)
    place = len(shape) if axis == len(shape) else place_of(axis, len(shape))
    return (elements_of(shape[:place]), elements_of(shape[place:]))


def _transposed(layer: NeuralLayer, shape: tuple[Any, ...]) -> Shape:
    axes = layer.fields(_AXES).get("axes", [])
    if sorted(axes) != list(range(len(shape))):
        raise FormatError("axes that are no order of the dimensions")
    return tuple([shape[axis] for axis in axes])


def _permuted(layer: NeuralLayer, shape: tuple[Any, ...]) -> Shape:
    """Sequence, channels, height and width in another order; the batch, and a sequence that is not shown, stay."""
    axes = layer.fields(_AXES).get("axes", []) or [0, 1, 2, 3]
    whole = (shape[0], *shape[2:]) if layer.exact else (1, *shape)
    if sorted(axes) != [0, 1, 2, 3] or len(whole) != 4:
        raise FormatError("axes that are no order of the dimensions")
    if not layer.exact and axes[0]:
        return Unknown("the sequence becomes another dimension")
    made = [whole[axis] for axis in axes]
    return (made[0], shape[1], *made[1:]) if layer.exact else tuple(made[1:])


def _expanded(layer: NeuralLayer, shape: tuple[Any, ...]) -> Shape:
    return expanded(shape, layer.fields(_AXES).get("axes", []))


def _squeezed(layer: NeuralLayer, shape: tuple[Any, ...]) -> Shape:
    held = layer.fields(_AXES)
    if held.get("flag"):
        return tuple([size for size in shape if size != 1]) or (1,)
    return reduced(shape, held.get("axes", []), False) or (1,)


def _reduced(layer: NeuralLayer, shape: tuple[Any, ...]) -> Shape:
    held = layer.fields(_AXES)
    places = range(len(shape)) if held.get("all") else held.get("axes", [])
    return reduced(shape, places, bool(held.get("flag"))) or (1,)


def _reduced_old(layer: NeuralLayer, shape: tuple[Any, ...]) -> Shape:
    return reduced(shape, _OLD_AXES.get(layer.fields(_REDUCE).get("axis", 0), ()), True)


def _scaled(layer: NeuralLayer, shape: tuple[Any, ...]) -> Shape:
    """Height and width times whole numbers, or times fractions of which the result is whole."""
    held = layer.fields(_FACTORS)
    factors = held.get("fractions") or held.get("factors") or [1, 1]
    if len(shape) < 2 or len(factors) != 2:
        return Unknown("it has no two factors")
    if not all(0 < by < 1e6 for by in factors):
        raise FormatError("a factor that is none")
    made = [size if isinstance(size, Unknown) else size * by for size, by in zip(shape[-2:], factors, strict=True)]
    rounded = Unknown("how its size is rounded is not stated")
    whole = [size if isinstance(size, Unknown) else int(size) if size == int(size) else rounded for size in made]
    return (*shape[:-2], *whole)


def _resized(layer: NeuralLayer, shape: tuple[Any, ...]) -> Shape:
    target = layer.fields(_TARGET).get("target", [])
    return (*shape[:-2], *target) if len(target) == 2 else Unknown("the file states no size for it")


def _padded_old(layer: NeuralLayer, shape: tuple[Any, ...]) -> Shape:
    return _bordered(layer, shape, borders(layer.cursor, layer.fields(_PADDED).get("dims")), 1)


def _cropped(layer: NeuralLayer, shape: tuple[Any, ...]) -> Shape:
    """Cut on every side, or to the height and width of a second input."""
    if len(layer.inputs) > 1:
        other = layer.shape(1)
        return other if isinstance(other, Unknown) else (*shape[:-2], *other[-2:])
    return _bordered(layer, shape, borders(layer.cursor, layer.fields(_CROPPED).get("dims")), -1)


def _bordered(layer: NeuralLayer, shape: tuple[Any, ...], edges: list[tuple[int, int]], sign: int) -> Shape:
    if not edges:
        return shape
    if len(edges) != 2 or len(shape) < 2:
        return Unknown("a border of other dimensions")
    tall, wide = (
        size if isinstance(size, Unknown) else size + sign * (before + behind)
        for size, (before, behind) in zip(shape[-2:], edges, strict=True)
    )
    if any(isinstance(size, int) and size < 0 for size in (tall, wide)):
        raise FormatError("more is cut off than there is")
    return (*shape[:-2], tall, wide)


def _reorganised(layer: NeuralLayer, shape: tuple[Any, ...]) -> Shape:
    held = layer.fields(_BLOCK)
    block = held.get("block", 0)
    if block < 1 or len(shape) < 3:
        raise FormatError("blocks of no size")
    channels, tall, wide = shape[-3:]
    if any(isinstance(size, Unknown) for size in (channels, tall, wide)):
        return Unknown("its input is not known")
    if held.get("mode", 0) == 0:
        return (*shape[:-3], channels * block * block, tall // block, wide // block)
    return (*shape[:-3], channels // (block * block), tall * block, wide * block)


def _sliced(layer: NeuralLayer, shape: tuple[Any, ...]) -> Shape:
    held = layer.fields(_SLICE)
    made: list[Any] = []
    for i, size in enumerate(shape):
        begin, end, step = (
            _at(held.get(name, []), i, default) for name, default in (("begin", 0), ("end", 0), ("step", 1))
        )
        if _at(held.get("squeezed", []), i, 0):
            continue
        if isinstance(size, Unknown) or step < 1:
            made.append(Unknown("a slice of what is not known"))
            continue
        first = 0 if _at(held.get("no_begin", []), i, 0) else min(size, begin if begin >= 0 else max(0, size + begin))
        last = size if _at(held.get("no_end", []), i, 0) else min(size, end if end >= 0 else max(0, size + end))
        made.append(max(0, -(-(last - first) // step)))
    return tuple(made)


def _at(values: list[int], i: int, default: int) -> int:
    return values[i] if i < len(values) else default


def _sliced_old(layer: NeuralLayer, shape: tuple[Any, ...]) -> Shape:
    held = layer.fields(_OLD_SLICE)
    place = place_of(held.get("axis", 0) - 3, len(shape))
    size, step = shape[place], held.get("step") or 1
    if isinstance(size, Unknown) or step < 1:
        return Unknown("a slice of what is not known")
    end, start = held.get("end", 0), held.get("start", 0)
    first, last = max(0, start if start >= 0 else size + start), min(size, end if end > 0 else size + end)
    return (*shape[:place], max(0, -(-(last - first) // step)), *shape[place + 1 :])


def _padded(layer: NeuralLayer, shape: tuple[Any, ...]) -> Shape:
    """So much added before and behind each dimension; or what is stated is the size that it gets at the least."""
    held = layer.fields(_PADDING)
    pads = held.get("pads", [])
    if len(pads) != 2 * len(shape) or len(layer.inputs) > 1:
        return Unknown("a border that the file does not state")
    sums = [before + behind for before, behind in zip(pads[::2], pads[1::2], strict=True)]
    given = bool(held.get("given"))
    return tuple(
        [size if isinstance(size, Unknown) else max(size, more) if given else size + more
         for size, more in zip(shape, sums, strict=True)]
    )  # fmt: skip


def _together(layer: NeuralLayer) -> Step:
    return Step(output_shapes=[layer.builder.together(layer.inputs)])


_SAME = (
    "mvn l2normalize softmax lrn unary clip ceil floor sign round exp2 sin cos tan asin acos atan sinh cosh tanh asinh "
    "acosh atanh erf gelu softmaxND reverse reverseSeq cumSum clampedReLU copy matrixBandPart lowerTriangular "
    "upperTriangular logicalNot argSort scatter scatterND scatterAlongAxis fillLike randomNormalLike randomUniformLike "
    "randomBernoulliLike"
).split()
_TOGETHER = (
    "add multiply average max min equal notEqual lessThan lessEqual greaterThan greaterEqual logicalOr logicalXor "
    "logicalAnd modBroadcastable minBroadcastable maxBroadcastable addBroadcastable powBroadcastable "
    "divideBroadcastable floorDivBroadcastable multiplyBroadcastable subtractBroadcastable whereBroadcastable"
).split()
_REDUCTIONS = (
    "reduceL1 reduceL2 reduceMax reduceMin reduceSum reduceProd reduceMean reduceLogSum reduceSumSquare reduceLogSumExp"
).split()
_UNSHAPED = (
    "cropResize sequenceRepeat loopBreak loopContinue rangeStatic rangeDynamic tile stack gather gatherND "
    "gatherAlongAxis sliceDynamic slidingWindows topK argMin argMax getShape fillStatic fillDynamic broadcastToLike "
    "broadcastToStatic broadcastToDynamic reshapeLike reshapeDynamic rankPreservingReshape randomNormalStatic "
    "randomNormalDynamic randomUniformStatic randomUniformDynamic randomBernoulliStatic randomBernoulliDynamic "
    "categoricalDistribution whereNonZero NonMaximumSuppression oneHot pooling3d globalPooling3d sliceBySize"
).split()

MOVING: dict[str, Rule] = {
    **dict.fromkeys(_SAME, lambda layer: Step(output_shapes=[layer.shape()])),
    **dict.fromkeys(_TOGETHER, _together),
    **dict.fromkeys(_REDUCTIONS, _shaped(_reduced)),
    **dict.fromkeys(_UNSHAPED, lambda layer: Step()),
    "reduce": _shaped(_reduced_old), "concat": _joined_old, "concatND": _joined, "split": _split(-3),
    "splitND": _split(None), "reshape": _shaped(_reshape_old), "reshapeStatic": _shaped(_reshape),
    "flatten": _shaped(_flat), "flattenTo2D": _shaped(_flat_2d), "permute": _shaped(_permuted),
    "transpose": _shaped(_transposed), "expandDims": _shaped(_expanded), "squeeze": _shaped(_squeezed),
    "upsample": _shaped(_scaled), "resizeBilinear": _shaped(_resized), "padding": _shaped(_padded_old),
    "crop": _shaped(_cropped), "constantPad": _shaped(_padded), "reorganizeData": _shaped(_reorganised),
    "sliceStatic": _shaped(_sliced), "slice": _shaped(_sliced_old),
}  # fmt: skip
"""Layers that contract nothing and store nothing."""
