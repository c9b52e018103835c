"""TensorFlow's operators that multiply nothing and of which our own rules say what shape comes out."""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.layers.products import broadcast
from netledger.sources.graph_builder import Step
from netledger.sources.graph_shapes import expanded, filled, place_of, ranked, reduced
from netledger.sources.graphdef.values import folded
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Dim, Shape
    from netledger.sources.graphdef.call import TfCall

    Rule = Callable[["TfCall"], Step]

_NOT_STATED = Unknown("the file does not state the sizes that it makes")


def _same(call: TfCall) -> Step:
    return call.shaped(call.inputs[0].shape if call.inputs else Unknown("it reads nothing"), {0: "weight"})


def _broadcast(call: TfCall) -> Step:
    """Value by value: a stored row that is added is a bias."""
    added = call.node.op in ("Add", "AddV2", "Sub", "AddN")
    roles = {}
    for i in range(len(call.inputs)):
        held = call.stored(i)
        roles[i] = (
            "bias" if added and held is not None and len([one for one in held.shape if one != 1]) < 2 else "weight"
        )
    return call.shaped(broadcast(*[one.shape for one in call.inputs]) if call.inputs else _NOT_STATED, roles)


def _reshape(call: TfCall) -> Step:
    wanted = call.inputs[1].numbers if len(call.inputs) > 1 else None
    shape = call.inputs[0].shape
    if wanted is None:
        return call.shaped(_NOT_STATED, {0: "weight"})
    if isinstance(shape, Unknown):
        rest = Unknown("the rest of a shape that is not known")
        return call.shaped(tuple([rest if one == -1 else one for one in wanted]), {0: "weight"})
    return call.shaped(filled(shape, wanted), {0: "weight"})


def _with_numbers(index: int, made: Callable[[TfCall, tuple[Any, ...], tuple[int, ...]], Shape]) -> Rule:
    """A rule for the sizes of input 0 and the known numbers of another input."""

    def rule(call: TfCall) -> Step:
        numbers = call.numbers(index)
        if numbers is None or isinstance(call.inputs[0].shape, Unknown):
            return call.shaped(_NOT_STATED, {0: "weight"})
        return call.shaped(made(call, call.shape(0, 0), numbers), {0: "weight"})

    return rule


def _reduced(call: TfCall, shape: tuple[Any, ...], axes: tuple[int, ...]) -> Shape:
    return reduced(shape, axes, bool(call.node.number("keep_dims")))


def _argmax(call: TfCall, shape: tuple[Any, ...], axes: tuple[int, ...]) -> Shape:
    return reduced(shape, axes, False)


def _transposed(call: TfCall, shape: tuple[Any, ...], order: tuple[int, ...]) -> Shape:
    if sorted(order) != list(range(len(shape))):
        raise FormatError("its order names no dimensions of its input, each once")
    return tuple([shape[i] for i in order])


def _padded(call: TfCall, shape: tuple[Any, ...], numbers: tuple[int, ...]) -> Shape:
    if len(numbers) != 2 * len(shape):
        raise FormatError(f"{len(numbers)} paddings of {len(shape)} dimensions")
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return tuple([one if isinstance(one, Unknown) else one + a + b for one, (a, b) in zip(shape, pairs, strict=True)])


def _tiled(call: TfCall, shape: tuple[Any, ...], times: tuple[int, ...]) -> Shape:
    if len(times) != len(shape):
        raise FormatError(f"{len(times)} repeats of {len(shape)} dimensions")
    return tuple([one if isinstance(one, Unknown) else one * often for one, often in zip(shape, times, strict=True)])


def _added(call: TfCall, shape: tuple[Any, ...], axes: tuple[int, ...]) -> Shape:
    return expanded(shape, axes)


def _resized(call: TfCall, shape: tuple[Any, ...], sizes: tuple[int, ...]) -> Shape:
    if len(sizes) != 2 or len(shape) != 4:
        raise FormatError("an image and its two new sizes are wanted")
    return (shape[0], *sizes, shape[3])


def _squeeze(call: TfCall) -> Step:
    shape, axes = call.inputs[0].shape, call.node.numbers("squeeze_dims")
    if isinstance(shape, Unknown):
        return call.shaped(shape)
    places = [place_of(axis, len(shape)) for axis in axes]
    return call.shaped(
        tuple([one for i, one in enumerate(shape) if (i not in places if places else one != 1)]), {0: "weight"}
    )


def _concat(call: TfCall) -> Step:
    first = call.node.op == "Concat"
    parts, axis = (
        (call.inputs[1:], call.numbers(0)) if first else (call.inputs[:-1], call.numbers(len(call.inputs) - 1))
    )
    roles = dict.fromkeys(range(len(call.inputs)), "weight")
    shapes = [ranked(one.shape, 1) for one in parts]
    if axis is None or len(axis) != 1 or not parts or any(isinstance(one.shape, Unknown) for one in parts):
        return call.shaped(_NOT_STATED, roles)
    place = place_of(axis[0], len(shapes[0]))
    if any(len(one) != len(shapes[0]) for one in shapes):
        raise FormatError("parts of several ranks are joined")
    total: Dim = 0
    for one in shapes:
        size = one[place]
        total = total if isinstance(total, Unknown) else size if isinstance(size, Unknown) else total + size
    return call.shaped((*shapes[0][:place], total, *shapes[0][place + 1 :]), roles)


def _pack(call: TfCall) -> Step:
    shape = call.inputs[0].shape if call.inputs else _NOT_STATED
    if isinstance(shape, Unknown):
        return call.shaped(shape)
    place = place_of(call.node.number("axis"), len(shape) + 1)
    return call.shaped(
        (*shape[:place], len(call.inputs), *shape[place:]), dict.fromkeys(range(len(call.inputs)), "weight")
    )


def _unpack(call: TfCall) -> Step:
    shape, count = call.inputs[0].shape, max(call.node.number("num", 1), 1)
    if isinstance(shape, Unknown):
        return Step("elementwise", {}, output_shapes=(shape,) * min(count, 4_096))
    place = place_of(call.node.number("axis"), len(shape))
    return Step("elementwise", {}, output_shapes=((*shape[:place], *shape[place + 1 :]),) * min(count, 4_096))


def _split(call: TfCall) -> Step:
    """``Split`` has its axis first; ``SplitV`` the sizes second and the axis third."""
    sized = call.node.op == "SplitV"
    value, at = (0, 2) if sized else (1, 0)
    axis, count = call.numbers(at), max(call.node.number("num_split", 1), 1)
    shape = call.inputs[value].shape if value < len(call.inputs) else _NOT_STATED
    if axis is None or len(axis) != 1 or isinstance(shape, Unknown):
        return Step("elementwise", {}, output_shapes=(_NOT_STATED,) * min(count, 4_096))
    place = place_of(axis[0], len(shape))
    whole, sizes = shape[place], call.numbers(1) if sized else None
    if sizes is not None and isinstance(whole, int) and -1 in sizes:
        sizes = tuple([whole - sum(sizes) - 1 if one == -1 else one for one in sizes])
    each: list[Dim] = (
        list(sizes) if sizes else [whole // count if isinstance(whole, int) else whole] * min(count, 4_096)
    )
    return Step("elementwise", {}, output_shapes=[(*shape[:place], one, *shape[place + 1 :]) for one in each])


def _sliced(call: TfCall) -> Step:
    """``Slice``: from where, how much; -1 is the rest."""
    shape, begin, size = call.inputs[0].shape, call.numbers(1), call.numbers(2)
    if isinstance(shape, Unknown) or size is None or len(size) != len(shape):
        return call.shaped(_NOT_STATED)
    if begin is None or len(begin) != len(shape):
        begin = None if -1 in size else (0,) * len(shape)
    if begin is None:
        return call.shaped(_NOT_STATED)
    rest = [one if isinstance(one, Unknown) else one - first for one, first in zip(shape, begin, strict=True)]
    return call.shaped(tuple([left if much == -1 else much for left, much in zip(rest, size, strict=True)]))


def _strided(call: TfCall) -> Step:
    """``StridedSlice``, as Python's indexing with its five masks."""
    shape, begin, end, step = call.inputs[0].shape, *(call.numbers(i) for i in (1, 2, 3))
    if isinstance(shape, Unknown) or begin is None or end is None or step is None:
        return call.shaped(_NOT_STATED)
    masks = {name: call.node.number(f"{name}_mask") for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")}
    made: list[Dim] = []
    place = 0
    for i in range(len(begin)):
        bit = 1 << i
        if masks["ellipsis"] & bit:
            later = sum(not masks["new_axis"] & (1 << k) for k in range(i + 1, len(begin)))
            made += shape[place : len(shape) - later]
            place = len(shape) - later
        elif masks["new_axis"] & bit:
            made.append(1)
        elif place >= len(shape):
            raise FormatError(f"it slices more than {len(shape)} dimensions")
        else:
            size = shape[place]
            place += 1
            if masks["shrink_axis"] & bit:
                continue
            whole = masks["begin"] & bit and masks["end"] & bit and step[i] in (1, -1)
            if whole:
                made.append(size)
            elif isinstance(size, Unknown) or not step[i]:
                made.append(Unknown("a part of a size that is left open"))
            else:
                first = None if masks["begin"] & bit else begin[i]
                last = None if masks["end"] & bit else end[i]
                made.append(len(range(*slice(first, last, step[i]).indices(size))))
    return call.shaped((*made, *shape[place:]))


def _sizes_first(call: TfCall) -> Step:
    """An operator whose first input says the shape that comes out."""
    numbers = call.inputs[0].numbers if call.inputs else None
    return call.shaped(numbers if numbers is not None else _NOT_STATED)


def _broadcast_to(call: TfCall) -> Step:
    numbers = call.inputs[1].numbers if len(call.inputs) > 1 else None
    return call.shaped(numbers if numbers is not None else _NOT_STATED, {0: "weight"})


def _range(call: TfCall) -> Step:
    made = folded(call.node, call.inputs)
    return call.shaped((Unknown("how many numbers it makes is not known") if made is None else len(made),))


def _one_hot(call: TfCall) -> Step:
    shape, depth = call.inputs[0].shape, call.numbers(1)
    if isinstance(shape, Unknown) or depth is None or len(depth) != 1:
        return call.shaped(_NOT_STATED)
    axis = call.node.number("axis", -1)
    place = len(shape) if axis == -1 else place_of(axis, len(shape) + 1)
    return call.shaped((*shape[:place], depth[0], *shape[place:]))


def _blocks(call: TfCall) -> Step:
    shape, block = call.shape(0, 4), call.node.number("block_size", 2)
    if call.first_channels or any(isinstance(one, Unknown) for one in shape) or block < 1:
        return call.shaped(_NOT_STATED)
    batch, height, width, channels = shape
    if call.node.op == "DepthToSpace":
        return call.shaped((batch, height * block, width * block, channels // block**2))
    return call.shaped((batch, height // block, width // block, channels * block**2))


def _shape(call: TfCall) -> Step:
    shape = call.inputs[0].shape
    return call.shaped((Unknown("its rank is not known") if isinstance(shape, Unknown) else len(shape),))


def _scalar(call: TfCall) -> Step:
    return call.shaped(())


_VALUE_BY_VALUE = (
    "Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Erf Erfc Exp Expm1 Floor Inv IsFinite IsInf IsNan Lgamma Log "
    "Log1p LogSoftmax LogicalNot Neg Reciprocal Rint Round Rsqrt Sign Sin Sinh Sqrt Square Tan ZerosLike OnesLike Cast "
    "ClipByValue Identity StopGradient PreventGradient CheckNumerics Snapshot LRN Cumsum Cumprod Reverse ReverseV2 "
    "PlaceholderWithDefault Dequantize DeepCopy EnsureShape"
).split()
_BROADCASTING = (
    "Add AddV2 AddN Sub Mul MulNoNan Div DivNoNan RealDiv TruncateDiv FloorDiv FloorMod Mod Pow Maximum Minimum Equal "
    "NotEqual Less LessEqual Greater GreaterEqual LogicalAnd LogicalOr SquaredDifference Atan2 Xdivy Xlogy Select "
    "SelectV2 BitwiseAnd BitwiseOr Prelu"
).split()
_REDUCING = "Mean Sum Max Min Prod Any All EuclideanNorm".split()

SHAPES: dict[str, Rule] = {
    **dict.fromkeys(_VALUE_BY_VALUE, _same), **dict.fromkeys(_BROADCASTING, _broadcast),
    **dict.fromkeys(_REDUCING, _with_numbers(1, _reduced)), "ArgMax": _with_numbers(1, _argmax),
    "Reshape": _reshape, "Transpose": _with_numbers(1, _transposed), "ExpandDims": _with_numbers(1, _added),
    **dict.fromkeys(("Pad", "PadV2", "MirrorPad"), _with_numbers(1, _padded)), "Tile": _with_numbers(1, _tiled),
    **dict.fromkeys(("ResizeBilinear", "ResizeNearestNeighbor", "ResizeBicubic"), _with_numbers(1, _resized)),
    "Squeeze": _squeeze, **dict.fromkeys(("Concat", "ConcatV2"), _concat), "Pack": _pack, "Unpack": _unpack,
    **dict.fromkeys(("Split", "SplitV"), _split), "Slice": _sliced, "StridedSlice": _strided,
    "Fill": _sizes_first, "BroadcastTo": _broadcast_to, "Range": _range, "OneHot": _one_hot,
    **dict.fromkeys(("DepthToSpace", "SpaceToDepth"), _blocks), "Shape": _shape,
    **dict.fromkeys(("Size", "Rank"), _scalar),
}  # fmt: skip
"""Operator → the shape that it makes."""
