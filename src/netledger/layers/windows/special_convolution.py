"""Convolutions of other sorts: separable, unshared, partly connected, deformable; and the windows alone."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.formula import ZERO, symbol, total
from netledger.layers import Call, Effect, Slot, products, rule
from netledger.layers.sizes import (
    agreed,
    channels_of,
    dim_of,
    divided,
    formula,
    paddings,
    per_axis,
    positive,
    split_spatial,
    sum_up,
    window,
)
from netledger.layers.windows.pooling import pooled
from netledger.network import elements_of
from netledger.records import Record
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.formula import Formula
    from netledger.layers.sizes import Padding, Sizes
    from netledger.network import Dim, Shape

    Connections = tuple[tuple[int, ...], ...]


class _Windows(Record):
    """Where a two-dimensional kernel goes: the kernel, what is before the space, channels, and the output's sizes."""

    __slots__ = ("kernel", "batch", "channels", "sizes", "out", "given")
    kernel: tuple[int, ...]
    batch: tuple[Dim, ...]
    channels: Dim
    sizes: tuple[Formula, ...]
    out: tuple[Dim, ...]
    given: Shape

    def __init__(
        self, kernel: tuple[int, ...], batch: tuple[Dim, ...], channels: Dim, sizes: tuple[Formula, ...],
        out: tuple[Dim, ...], given: Shape,
    ) -> None:  # fmt: skip
        self._fill(kernel, batch, channels, sizes, out, given)

    def conv(self, weights: products.Product) -> products.Product:
        """Weights at every output position."""
        return products.conv(self.batch, self.out, weights)

    def shape(self, channels: int) -> Shape:
        """The output with so many channels."""
        return self.given if isinstance(self.given, Unknown) else (*self.batch, channels, *self.out)


def _windows(
    call: Call, kernel_size: Sizes, stride: Sizes, padding: Padding, dilation: Sizes, in_channels: int | None,
    ceil_mode: bool = False,
) -> _Windows:  # fmt: skip
    named = (("kernel_size", kernel_size), ("stride", stride), ("dilation", dilation))
    kernel, strides, dilations = (per_axis(value, 2, what) for what, value in named)
    positive("kernel_size", *kernel)
    positive("stride", *strides)
    positive("dilation", *dilations)
    batch, given, space = split_spatial(call, 2)
    pads = paddings(padding, 2)
    sizes = tuple([
        window(name, space[i], kernel[i], strides[i], pads if isinstance(pads, str) else pads[i], dilations[i],
               round_up=ceil_mode)
        for i, name in enumerate("HW")
    ])  # fmt: skip
    out = tuple([dim_of(size) for size in sizes])
    return _Windows(kernel, batch, agreed("in_channels", in_channels, given), sizes, out, call.input)


@rule("separable_conv2d", neurons=True, role="convolution", layouts=True)
def separable(
    call: Call, out_channels: int, kernel_size: Sizes, stride: Sizes = 1, padding: Padding = 0, dilation: Sizes = 1,
    depth_multiplier: int = 1, depthwise_bias: bool = False, pointwise_bias: bool = True,
    *, in_channels: int | None = None,
) -> Effect:  # fmt: skip
    """A convolution of each channel by itself, then a 1×1 convolution across them.

    - weights ``(k_h·k_w)·C_in·m + C_in·m·C_out``; biases ``C_in·m`` and ``C_out``, each where asked for
    - MACs: output positions × weights

    Source: Chollet 2016 (arXiv:1610.02357); Keras' ``SeparableConv2D``.

    >>> from netledger.layers import apply
    >>> effect = apply("separable_conv2d", {"out_channels": 4, "kernel_size": 3}, ((3, 32, 32),))
    >>> effect.parameters.text(), effect.macs.value
    ('(3*3)*3 + 3*4 + 4', 35100)
    """
    positive("out_channels", out_channels)
    positive("depth_multiplier", depth_multiplier)
    place = _windows(call, kernel_size, stride, padding, dilation, in_channels)
    channels = place.channels
    wide = channels if isinstance(channels, Unknown) else channels * depth_multiplier
    middle = (("C_in", channels), *((("m", depth_multiplier),) if depth_multiplier != 1 else ()))
    depthwise = (*products.filters(place.kernel, channels, 1, 1)[:1], *middle)
    pointwise = (*middle, ("C_out", out_channels))
    slots = [Slot("depthwise.weight", "weight", (wide, 1, *place.kernel))]
    slots += [Slot("depthwise.bias", "bias", (wide,))] * depthwise_bias
    slots.append(Slot("pointwise.weight", "weight", (out_channels, wide, 1, 1)))
    slots += [Slot("pointwise.bias", "bias", (out_channels,))] * pointwise_bias
    biases = [formula(middle)] * depthwise_bias + [symbol("C_out", out_channels)] * pointwise_bias
    return Effect(
        outputs=(place.shape(out_channels),),
        weights=sum_up((depthwise, pointwise)),
        biases=total(biases) if biases else ZERO,
        macs=sum_up((place.conv(depthwise), place.conv(pointwise))),
        slots=tuple(slots),
        sizes=place.sizes,
    )


@rule("conv2d_partial", neurons=True, role="convolution")
def partial(
    call: Call, inputs_per_output: Sizes, kernel_size: Sizes, stride: Sizes = 1, padding: Padding = 0,
    bias: bool = True, *, connections: Connections | None = None, in_channels: int | None = None,
) -> Effect:  # fmt: skip
    """A convolution whose output maps each see only some of the input maps, by a table.

    - ``inputs_per_output``: how many input maps each output map sees, in order
    - ``connections``: which ones, counted from 0; the counts do not depend on it, but to be run the layer needs it
    - weights ``(k_h·k_w)·n``, ``n`` being the sum of the table; biases ``C_out``
    - MACs: output positions × weights

    Source: LeCun, Bottou, Bengio & Haffner 1998, table I: LeNet-5's C3 sees 6 × 3, 9 × 4 and 1 × 6 maps of 6.

    >>> from netledger.layers import apply
    >>> table = (3,) * 6 + (4,) * 9 + (6,)
    >>> c3 = apply("conv2d_partial", {"inputs_per_output": table, "kernel_size": 5}, ((6, 14, 14),))
    >>> c3.outputs, c3.parameters.text(), c3.parameters.value, c3.macs.value
    (((16, 10, 10),), '(5*5)*60 + 16', 1516, 150000)
    >>> pairs = {"inputs_per_output": (2, 1), "connections": ((0, 2), (1,)), "kernel_size": 1, "bias": False}
    >>> apply("conv2d_partial", pairs, ((3, 4, 4),)).parameters.value
    3
    """
    table = (inputs_per_output,) if isinstance(inputs_per_output, int) else inputs_per_output
    place = _windows(call, kernel_size, stride, padding, 1, in_channels)
    if not table:
        raise ShapeError("inputs_per_output needs an entry for each output map")
    positive("inputs_per_output", *table)
    if isinstance(place.channels, int) and max(table) > place.channels:
        raise ShapeError(f"an output map sees {max(table):,} maps, but the input has {place.channels:,}")
    if connections is not None:
        _agreeing(connections, table, place.channels)
    seen = sum(table)
    weights = (*products.filters(place.kernel, seen, 1, 1)[:1], ("n", seen))
    slots = (Slot("weight", "weight", (seen, *place.kernel)), Slot("bias", "bias", (len(table),)))
    return Effect(
        outputs=(place.shape(len(table)),),
        weights=formula(weights),
        biases=symbol("C_out", len(table)) if bias else ZERO,
        macs=formula(place.conv(weights)),
        slots=slots[: 1 + bias],
        sizes=place.sizes,
    )


def _agreeing(connections: Connections, table: tuple[int, ...], channels: Dim) -> None:
    """A ``ShapeError`` unless each output map sees as many different input maps as the table says."""
    if len(connections) != len(table):
        raise ShapeError(f"connections has {len(connections):,} rows, inputs_per_output {len(table):,}")
    for i, (row, count) in enumerate(zip(connections, table, strict=True)):
        if len(row) != count:
            raise ShapeError(f"connections lists {len(row):,} maps for output map {i:,}, inputs_per_output {count:,}")
        if len(set(row)) != count:
            raise ShapeError(f"connections lists a map twice for output map {i:,}")
        if isinstance(channels, int) and max(row) >= channels:
            raise ShapeError(f"output map {i:,} sees map {max(row):,}, but the input has {channels:,}, from 0 on")


@rule("conv2d_local", neurons=True, role="convolution", layouts=True)
def local(
    call: Call, out_channels: int, kernel_size: Sizes, stride: Sizes = 1, padding: Padding = 0, dilation: Sizes = 1,
    groups: int = 1, bias: bool = True, *, shared_bias: bool = False, in_channels: int | None = None,
    ceil_mode: bool = False,
) -> Effect:  # fmt: skip
    """A convolution that shares no weights: every position has kernels of its own.

    - weights ``H_out·W_out·(k_h·k_w)·(C_in/g)·C_out``
    - biases ``H_out·W_out·C_out``, or ``C_out`` with ``shared_bias=True``
    - MACs: as many as weights, for each example

    Source: ``local`` layers of cuda-convnet and Darknet; Keras' ``LocallyConnected2D``.

    >>> from netledger.layers import apply
    >>> effect = apply("conv2d_local", {"out_channels": 8, "kernel_size": 3}, ((4, 6, 6),))
    >>> effect.outputs, effect.parameters.text(), effect.macs.value
    (((8, 4, 4),), '4*4*(3*3)*4*8 + 4*4*8', 4608)
    """
    positive("out_channels", out_channels)
    place = _windows(call, kernel_size, stride, padding, dilation, in_channels, ceil_mode)
    seen = divided(place.channels, groups, "input channels")
    divided(out_channels, groups, "output channels")
    own = products.positions((), place.out)
    weights = (*own, *products.filters(place.kernel, place.channels, groups, out_channels))
    c_out = ("C_out", out_channels)
    biases = ZERO if not bias else formula((c_out,) if shared_bias else (*own, c_out))
    shapes = ((*place.out, out_channels, seen, *place.kernel), (out_channels, *(() if shared_bias else place.out)))
    slots = (Slot("weight", "weight", shapes[0]), Slot("bias", "bias", shapes[1]))
    return Effect(
        outputs=(place.shape(out_channels),),
        weights=formula(weights),
        biases=biases,
        macs=formula(products.conv(place.batch, (), weights)),
        slots=slots[: 1 + bias],
        sizes=place.sizes,
    )


@rule("deform_conv2d", neurons=True, role="convolution")
def deformable(
    call: Call, out_channels: int, kernel_size: Sizes, stride: Sizes = 1, padding: Padding = 0, dilation: Sizes = 1,
    groups: int = 1, bias: bool = True, *, in_channels: int | None = None,
) -> Effect:  # fmt: skip
    """A convolution that reads its input at places which a second input gives (offsets; a third: modulation).

    - weights ``(k_h·k_w)·(C_in/g)·C_out``, biases ``C_out``; MACs as for ``conv2d``: interpolation is not counted

    Source: Dai et al. 2017 (arXiv:1703.06211); torchvision's ``DeformConv2d``.

    >>> from netledger.layers import apply
    >>> maps = ((64, 32, 32), (18, 32, 32))
    >>> apply("deform_conv2d", {"out_channels": 64, "kernel_size": 3, "padding": 1}, maps).macs.value
    37748736
    """
    positive("out_channels", out_channels)
    place = _windows(call, kernel_size, stride, padding, dilation, in_channels)
    seen = divided(place.channels, groups, "input channels")
    divided(out_channels, groups, "output channels")
    weights = products.filters(place.kernel, place.channels, groups, out_channels)
    slots = (Slot("weight", "weight", (out_channels, seen, *place.kernel)), Slot("bias", "bias", (out_channels,)))
    return Effect(
        outputs=(place.shape(out_channels),),
        weights=formula(weights),
        biases=symbol("C_out", out_channels) if bias else ZERO,
        macs=formula(place.conv(weights)),
        slots=slots[: 1 + bias],
        sizes=place.sizes,
    )


@rule("trainable_subsample2d")
@rule("trainable_subsample", role="pooling")
def trainable_subsample(
    call: Call, kernel_size: Sizes = 2, stride: Sizes | None = None, *, channels: int | None = None
) -> Effect:
    """Adds up windows, then multiplies each map by a learned coefficient and adds a learned bias.

    - weights ``C`` (one coefficient a map), biases ``C``; no MACs: nothing is contracted with learned weights

    Source: LeCun, Bottou, Bengio & Haffner 1998: LeNet-5's S2 and S4, 12 and 32 parameters.

    >>> from netledger.layers import apply
    >>> s2 = apply("trainable_subsample", {}, ((6, 28, 28),))
    >>> s2.outputs, s2.parameters.value
    (((6, 14, 14),), 12)
    """
    maps = agreed("channels", channels, call.input if isinstance(call.input, Unknown) else split_spatial(call, 2)[1])
    effect = pooled(call.replace(kind="avg_pool2d"), kernel_size, stride, 0, 1, False)
    size = symbol("C", maps)
    slots = (Slot("weight", "weight", (maps,)), Slot("bias", "bias", (maps,)))
    return effect.replace(weights=size, biases=size, slots=slots)


@rule("unfold")
def unfold(call: Call, kernel_size: Sizes, dilation: Sizes = 1, padding: Padding = 0, stride: Sizes = 1) -> Effect:
    """Writes out each window as a column: ``(C·k_h·k_w, windows)``; nothing learned, no MACs.

    Source: PyTorch's ``Unfold``; Caffe's ``Im2col``.

    >>> from netledger.layers import apply
    >>> apply("unfold", {"kernel_size": 3}, ((3, 10, 10),)).outputs
    ((27, 64),)
    """
    place = _windows(call, kernel_size, stride, padding, dilation, None)
    if isinstance(call.input, Unknown):
        return Effect((call.input,))
    return Effect(((*place.batch, elements_of((place.channels, *place.kernel)), elements_of(place.out)),))


@rule("fold")
def fold(
    call: Call, output_size: Sizes, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
) -> Effect:
    """Adds columns up to maps of ``output_size``: the inverse of ``unfold``; nothing learned, no MACs.

    Source: PyTorch's ``Fold``.

    >>> from netledger.layers import apply
    >>> apply("fold", {"output_size": 10, "kernel_size": 3}, ((27, 64),)).outputs
    ((3, 10, 10),)
    """
    shape = call.input
    height, width = per_axis(output_size, 2, "output_size")
    kernel = per_axis(kernel_size, 2, "kernel_size")
    if isinstance(shape, Unknown):
        return Effect((shape,))
    channels = divided(channels_of(call.replace(batched=len(shape) == 3)), kernel[0] * kernel[1], "values", "places")
    return Effect(((*shape[:-2], channels, height, width),))
