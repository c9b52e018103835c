"""ncnn's layers that load values or multiply: what they load, in the order of the ``.bin``, and their kinds.

Source: ``load_param`` and ``load_model`` of ``src/layer/*.cpp`` of ncnn.
"""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.layers import products
from netledger.network import elements_of
from netledger.sources.graph_builder import Step
from netledger.sources.graph_shapes import ranked
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.layers.products import Flat
    from netledger.network import Shape, Tensor
    from netledger.sources.ncnn import NcnnReader
    from netledger.sources.ncnn.schema import NcnnLayer

    Rule = Callable[[NcnnReader, NcnnLayer], Step]

_SAME = {-233: "upper", -234: "lower"}


def _divided(whole: int, by: int, what: str) -> int:
    if by < 1 or whole % by:
        raise FormatError(f"{whole:,} {what} are no multiple of {by:,}")
    return whole // by


def _window(layer: NcnnLayer, axes: int, pads_at: tuple[int, int, int, int] = (4, 15, 14, 16)) -> dict[str, Any]:
    """Kernel, stride, dilation and padding of a convolution over so many dimensions."""
    names = (("kernel_size", 1, 11, 21, 0), ("dilation", 2, 12, 22, 1), ("stride", 3, 13, 23, 1))
    held: dict[str, Any] = {}
    for name, wide, tall, deep, default in names:
        width = layer.whole(wide, default)
        sizes = (layer.whole(deep, width), layer.whole(tall, width), width)
        held[name] = sizes[3 - axes :]
        if min(held[name]) < 1:
            raise FormatError(f"a {name} of {min(held[name]):,}")
    left = layer.whole(pads_at[0])
    if left in _SAME:
        held["padding"] = "same"
        return held
    right, top = layer.whole(pads_at[1], left), layer.whole(pads_at[2], left)
    bottom = layer.whole(pads_at[3], top)
    front = layer.whole(24, left)
    pairs = ((front, layer.whole(17, front)), (top, bottom), (left, right))[3 - axes :]
    held["padding"] = pairs if any(pair != (0, 0) for pair in pairs) else 0
    return held


def _convolution(axes: int, grouped: bool) -> Rule:
    def rule(reader: NcnnReader, layer: NcnnLayer) -> Step:
        out, count, window = layer.size(0), layer.size(6), _window(layer, axes)
        groups = layer.size(7, 1) if grouped else 1
        kernel = window["kernel_size"]
        if layer.whole(19):
            return Step(unknown="a convolution whose filters are computed")
        maxk = int(elements_of(kernel))
        per_group = _divided(count, maxk * out, "weights") if out else 0
        shape = (out, per_group, *kernel)
        tensors = [
            *reader.load(layer, "weight", "weight", shape, True),
            *(reader.load(layer, "bias", "bias", (out,)) if layer.whole(5) else ()),
            *_int8_scales(reader, layer, layer.whole(8), out, groups if grouped else 0),
        ]
        image = reader.shape(layer.inputs[0])
        if axes == 2 and not isinstance(image, Unknown) and len(image) == 1 and maxk == 1:
            product = products.flat(products.linear((), image[0], out))
            return Step.multiplies([product], tensors, [(out,)], neurons=True)
        bias = bool(layer.whole(5))
        return Step(
            f"conv{axes}d",
            {"out_channels": out, "groups": groups, "bias": bias, "in_channels": per_group * groups, **window},
            tensors,
        )

    return rule


def _int8_scales(reader: NcnnReader, layer: NcnnLayer, term: int, out: int, groups: int) -> list[Tensor]:
    """The scales of 8-bit weights and of what is read and made."""
    if not term:
        return []
    count = out if not groups else groups if term in (1, 101) else 1 if term in (2, 102) else 0
    found = reader.load(layer, "weight.scales", "scale", (count,))
    if count:
        found += reader.load(layer, "input.scale", "scale", (1,))
    return found + (reader.load(layer, "output.scale", "scale", (1,)) if term > 100 else [])


def _deconvolution(axes: int, grouped: bool) -> Rule:
    def rule(reader: NcnnReader, layer: NcnnLayer) -> Step:
        out, count, window = layer.size(0), layer.size(6), _window(layer, axes)
        groups = layer.size(7, 1) if grouped else 1
        kernel = window["kernel_size"]
        if layer.whole(28):
            return Step(unknown="a convolution whose filters are computed")
        maxk = int(elements_of(kernel))
        channels = _divided(count * groups, maxk * out, "weights") if out else 0
        shape = (channels, _divided(out, groups, "channels"), *kernel)
        tensors = [
            *reader.load(layer, "weight", "weight", shape, True),
            *(reader.load(layer, "bias", "bias", (out,)) if layer.whole(5) else ()),
        ]
        image = ranked(reader.shape(layer.inputs[0]), axes + 1)
        row = products.filters(kernel, channels, groups, out, transposed=True)
        terms = [products.flat(products.conv((), image[-axes:], row, transposed=True))]
        made = _spread(layer, axes, image[-axes:], window)
        return Step.multiplies(terms, tensors, [(out, *made)], neurons=True)

    return rule


def _spread(layer: NcnnLayer, axes: int, image: tuple[Any, ...], window: dict[str, Any]) -> list[Any]:
    """What it spreads to: the padding cut off; only where that is left to ``-233`` a size that is stated is cut to.

    Source: ``Deconvolution::cut_padding`` of ncnn.
    """
    numbers = {1: ((20,), (18,)), 2: ((21, 20), (19, 18)), 3: ((27, 26, 25), (20, 19, 18))}[axes]
    stated = [layer.whole(number, layer.whole(numbers[0][-1])) for number in numbers[0]]
    extra = [layer.whole(number, layer.whole(18)) for number in numbers[1]]
    same = window["padding"] == "same"
    if all(stated) and same:
        return stated
    pads = ((0, 0),) * axes if same else window["padding"] or ((0, 0),) * axes
    if all(stated) and not any(one > 0 for pair in pads for one in pair):
        raise FormatError("a size is stated that nothing is cut to: its padding is neither -233 nor -234")
    each = zip(image, window["kernel_size"], window["stride"], pads, window["dilation"], extra, strict=True)
    return [one[0] if isinstance(one[0], Unknown) else products.spread(*one) for one in each]


def _dense(reader: NcnnReader, layer: NcnnLayer) -> Step:
    out, count = layer.size(0), layer.size(2)
    read = _divided(count, out, "weights") if out else 0
    tensors = [
        *reader.load(layer, "weight", "weight", (out, read), True),
        *(reader.load(layer, "bias", "bias", (out,)) if layer.whole(1) else ()),
        *_int8_scales(reader, layer, layer.whole(8), out, 0),
    ]
    image = reader.shape(layer.inputs[0])
    rows: tuple[Any, ...] = ()
    if not isinstance(image, Unknown):
        rows = image[:1] if len(image) == 2 and image[1] == read else ()
        if not rows:
            products.same(elements_of(image), read, "what it reads")
    return Step.multiplies(
        [products.flat(products.linear(rows, read, out))], tensors, [(*rows, out)], neurons=True
    )  # fmt: skip


def _table(reader: NcnnReader, layer: NcnnLayer) -> Step:
    out, read = layer.size(0), layer.size(1)
    tensors = [
        *reader.load(layer, "weight", "weight", (read, out), True),
        *(reader.load(layer, "bias", "bias", (out,)) if layer.whole(2) else ()),
        *(reader.load(layer, "weight.scale", "scale", (1,)) if layer.whole(18) else ()),
    ]
    if layer.size(3) != read * out:
        raise FormatError(f"{layer.size(3):,} weights for {read:,} rows of {out:,}")
    words = elements_of(ranked(reader.shape(layer.inputs[0]), 1))
    return Step(tensors=tensors, output_shapes=[(words, out)])


def _rows(*wanted: tuple[str, str], size_at: int = 0, affine_at: int | None = None) -> Rule:
    """A layer that keeps its shape and loads rows of one length."""

    def rule(reader: NcnnReader, layer: NcnnLayer) -> Step:
        count = layer.whole(size_at)
        found: list[Tensor] = []
        if (affine_at is None or layer.whole(affine_at, 1)) and count != -233:
            for name, role in wanted:
                found += reader.load(layer, name, role, (layer.size(size_at),))
        return Step(tensors=found, output_shapes=[reader.shape(layer.inputs[0])])

    return rule


def _scale(reader: NcnnReader, layer: NcnnLayer) -> Step:
    wanted = (("scale", "weight"), ("bias", "bias"))[: 2 if layer.whole(1) else 1]
    return _rows(*wanted)(reader, layer)


def _quantised(reader: NcnnReader, layer: NcnnLayer) -> Step:
    names = {"Quantize": ("scale",), "Dequantize": ("scale", "bias"), "Requantize": ("scale_in", "scale_out", "bias")}
    sizes = [layer.size(i, 0 if name == "bias" else 1) for i, name in enumerate(names[layer.type])]
    found: list[Tensor] = []
    for name, size in zip(names[layer.type], sizes, strict=True):
        found += reader.load(layer, name, "bias" if name == "bias" else "scale", (size,))
    return Step(tensors=found, output_shapes=[reader.shape(layer.inputs[0])])


def _memory(reader: NcnnReader, layer: NcnnLayer) -> Step:
    sizes = (layer.size(2), layer.size(11), layer.size(1), layer.size(0))
    shape = tuple([size for size in sizes if size])
    role = "parameter" if elements_of(shape) != 1 and shape else "constant"
    return Step(tensors=reader.load(layer, "data", role, shape, not layer.whole(21, 1)) if shape else (),
                output_shapes=[shape])  # fmt: skip


def _gemm(reader: NcnnReader, layer: NcnnLayer) -> Step:
    fixed = [layer.whole(number) == 1 for number in (4, 5, 6)]
    rows, columns, inner = layer.size(7), layer.size(8), layer.size(9)
    term = layer.whole(18)
    if term >= 400:
        reader.beside.lost = True
        return Step(unknown="weights in blocks of fewer bits, which are not read")
    tensors: list[Tensor] = []
    turned = (bool(layer.whole(2)), bool(layer.whole(3)))
    if fixed[0]:
        tensors += reader.load(layer, "A", "weight", (inner, rows) if turned[0] else (rows, inner), True)
    if fixed[1]:
        tensors += reader.load(layer, "B", "weight", (columns, inner) if turned[1] else (inner, columns), True)
    if fixed[2]:
        kinds: dict[int, tuple[int, ...]] = {0: (1,), 1: (rows,), 2: (rows, 1), 3: (rows, columns), 4: (1, columns)}
        added = kinds.get(layer.whole(10))
        tensors += reader.load(layer, "C", "bias", added, True) if added is not None else []
    if term:
        tensors += reader.load(layer, "A.scales", "scale", (rows,)) if fixed[0] else []
        tensors += reader.load(layer, "B.scale", "scale", (1,)) if fixed[1] else []
    flowing = iter(layer.inputs)
    sides: list[Shape] = []
    for i, stored in enumerate(((rows, inner), (inner, columns))):
        side = stored if fixed[i] else _matrix(reader, next(flowing, None), turned[i])
        sides.append(side)
    shape, product = products.matmul(*sides)
    made = ranked(shape, 2)
    if layer.whole(14):
        made = (*made[:-2], made[-1], made[-2])
    if layer.whole(11):
        made = (made[0], 1, made[-1])
    return Step.multiplies([products.flat(product)], tensors, [made], neurons=fixed[0] or fixed[1])


def _matrix(reader: NcnnReader, name: str | None, turned: bool) -> Shape:
    if name is None:
        raise FormatError("it reads fewer matrices than it multiplies")
    shape = reader.shape(name)
    if isinstance(shape, Unknown):
        return shape
    rows = shape[0] if len(shape) == 3 else elements_of(shape[:-1])
    matrix: Shape = (rows, *ranked(shape, 1)[-1:])
    return products.turned(matrix, turned)


def _matmul(reader: NcnnReader, layer: NcnnLayer) -> Step:
    if len(layer.inputs) < 2:
        raise FormatError("it reads fewer matrices than it multiplies")
    right = products.turned(reader.shape(layer.inputs[1]), bool(layer.whole(0)))
    shape, product = products.matmul(reader.shape(layer.inputs[0]), right)
    return Step.multiplies([products.flat(product)], (), [shape])


def _sdpa(reader: NcnnReader, layer: NcnnLayer) -> Step:
    if len(layer.inputs) < 3:
        raise FormatError("attention reads queries, keys and values")
    query, key, value = (ranked(reader.shape(name), 3) for name in layer.inputs[:3])
    keys = Unknown("how many keys the cache holds is in the data") if layer.whole(7) else key[-2]
    pair = products.attention(query[:-2], query[-2], keys, query[-1], value[-1])
    shapes: list[Shape] = [(*query[:-1], value[-1])]
    return Step.multiplies([products.flat(one) for one in pair], (), shapes)


def _heads(reader: NcnnReader, layer: NcnnLayer) -> Step:
    width, count, term = layer.size(0), layer.size(2), layer.whole(18)
    read = _divided(count, width, "weights") if width else 0
    keys, values = layer.size(3, width), layer.size(4, width)
    if term >= 400:
        reader.beside.lost = True
        return Step(unknown="weights in blocks of fewer bits, which are not read")
    tensors: list[Tensor] = []
    matrices = (("q", width, read), ("k", width, keys), ("v", width, values), ("out", read, width))
    for name, out, inner in matrices:
        tensors += reader.load(layer, f"{name}.weight", "weight", (out, inner), True)
        tensors += reader.load(layer, f"{name}.bias", "bias", (out,))
    if term:
        for name, size in (("q", width), ("k", width), ("v", width), ("out", 1)):
            tensors += reader.load(layer, f"{name}.scales", "scale", (size,))
    shapes = [ranked(reader.shape(name), 2) for name in layer.inputs[:3]]
    if layer.whole(7) or not shapes:
        return Step(tensors=tensors, unknown="how many keys the cache holds is in the data")
    masked = bool(layer.whole(5))
    others = shapes[1:] if not masked or len(layer.inputs) > 3 else shapes[1:-1]
    rows, keyed = shapes[0][-2], (others[0] if others else shapes[0])[-2]
    sides = ((rows, read, width), (keyed, keys, width), (keyed, values, width), (rows, width, read))
    terms = [products.flat(products.linear((count,), inner, outer)) for count, inner, outer in sides]
    terms += [products.flat(one) for one in products.attention((), rows, keyed, width, width)]
    return Step.multiplies(terms, tensors, [(rows, read)], neurons=True)


def _recurrent(gates: int, biases: int) -> Rule:
    def rule(reader: NcnnReader, layer: NcnnLayer) -> Step:
        out, count = layer.size(0), layer.size(1)
        turns = 2 if layer.whole(2) == 2 else 1
        hidden = layer.size(3, out) if gates == 4 else out
        read = _divided(count, turns * hidden * gates, "weights") if hidden else 0
        tensors = [
            *reader.load(layer, "weight_xc", "weight", (turns, hidden * gates, read), True),
            *reader.load(layer, "bias_c", "bias", (turns, biases, hidden), True),
            *reader.load(layer, "weight_hc", "weight", (turns, hidden * gates, out), True),
            *(reader.load(layer, "weight_hr", "weight", (turns, out, hidden), True) if out != hidden else ()),
        ]
        if layer.whole(8):
            for name in ("weight_xc", "weight_hc"):
                tensors += reader.load(layer, f"{name}.scales", "scale", (turns, hidden * gates))
        steps = ranked(reader.shape(layer.inputs[0]), 2)[0]
        each = (("T", steps), ("turns", turns), ("gates", gates), ("h", hidden))
        terms: list[Flat] = [(*each, ("d", read)), (*each, ("p", out))]
        if out != hidden:
            terms.append((("T", steps), ("turns", turns), ("h", hidden), ("p", out)))
        states: list[Shape] = [Unknown("a state")] * (len(layer.outputs) - 1)
        return Step.multiplies(terms, tensors, [(steps, out * turns), *states])

    return rule


LEARNED: dict[str, Rule] = {
    "Convolution": _convolution(2, False), "ConvolutionDepthWise": _convolution(2, True),
    "Convolution1D": _convolution(1, False), "ConvolutionDepthWise1D": _convolution(1, True),
    "Convolution3D": _convolution(3, False), "ConvolutionDepthWise3D": _convolution(3, True),
    "DeformableConv2D": _convolution(2, False),
    "Deconvolution": _deconvolution(2, False), "DeconvolutionDepthWise": _deconvolution(2, True),
    "Deconvolution1D": _deconvolution(1, False), "DeconvolutionDepthWise1D": _deconvolution(1, True),
    "Deconvolution3D": _deconvolution(3, False), "DeconvolutionDepthWise3D": _deconvolution(3, True),
    "InnerProduct": _dense, "Embed": _table, "MemoryData": _memory, "Gemm": _gemm, "MatMul": _matmul, "SDPA": _sdpa,
    "MultiHeadAttention": _heads, "LSTM": _recurrent(4, 4), "GRU": _recurrent(3, 4), "RNN": _recurrent(1, 1),
    "BatchNorm": _rows(("slope", "weight"), ("mean", "running_statistic"), ("variance", "running_statistic"),
                       ("bias", "bias")),
    "Bias": _rows(("bias", "bias")), "PReLU": _rows(("slope", "weight")), "Scale": _scale,
    "Normalize": _rows(("scale", "weight"), size_at=3),
    "GroupNorm": _rows(("gamma", "weight"), ("beta", "bias"), size_at=1, affine_at=3),
    "InstanceNorm": _rows(("gamma", "weight"), ("beta", "bias"), affine_at=2),
    "LayerNorm": _rows(("gamma", "weight"), ("beta", "bias"), affine_at=2),
    "RMSNorm": _rows(("gamma", "weight"), affine_at=2),
    **dict.fromkeys(("Quantize", "Dequantize", "Requantize"), _quantised),
}  # fmt: skip
"""Layers that load values or multiply."""
