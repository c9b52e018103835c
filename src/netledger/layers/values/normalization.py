"""Normalisation: batch, layer, group, instance and RMS norm, with their scales, shifts and running statistics."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.formula import ZERO, Formula, product, symbol
from netledger.layers import Call, Effect, Slot, rule
from netledger.layers.sizes import agreed, channels_of, divided, shape_text
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers.sizes import Sizes
    from netledger.network import Dim


@rule("batch_norm", role="normalisation", overwritable=True, layouts=True)
def batch_norm(
    call: Call, num_features: int | None = None, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
    track_running_stats: bool = True, *, bias: bool = True,
) -> Effect:  # fmt: skip
    """Normalises each channel over the batch and all positions, then scales and shifts it.

    - weights ``C`` (scale) and biases ``C`` (shift) with ``affine``, the latter unless ``bias=False``; no MACs; the
      shape stays
    - buffers ``2·C``: running mean and variance, stored but not learned; PyTorch's ``num_batches_tracked`` is a
      counter, listed among the tensors and not added
    - the channels are the first dimension after the batch

    Source: Ioffe & Szegedy 2015 (arXiv:1502.03167); PyTorch's ``BatchNorm2d``. Keras counts the running statistics as
    "non-trainable parameters".

    >>> from netledger.layers import apply
    >>> effect = apply("batch_norm", {}, ((64, 112, 112),))
    >>> effect.parameters.text(), effect.buffers.text()
    ('64 + 64', '2*64')
    """
    return _per_channel(
        call, agreed("num_features", num_features, channels_of(call)), affine, bias, track_running_stats
    )


@rule("instance_norm", role="normalisation")
def instance_norm(
    call: Call, num_features: int | None = None, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = False,
    track_running_stats: bool = False, *, bias: bool = True,
) -> Effect:  # fmt: skip
    """Normalises each channel of each example over its positions.

    - weights ``C`` and biases ``C`` with ``affine=True`` (PyTorch's default is without); no MACs; the shape stays
    - buffers ``2·C`` with ``track_running_stats=True``

    Source: Ulyanov, Vedaldi & Lempitsky 2016 (arXiv:1607.08022); PyTorch's ``InstanceNorm2d``.

    >>> from netledger.layers import apply
    >>> apply("instance_norm", {"affine": True}, ((64, 32, 32),)).parameters.value
    128
    """
    return _per_channel(
        call, agreed("num_features", num_features, channels_of(call)), affine, bias, track_running_stats
    )


@rule("group_norm", role="normalisation", layouts=True)
def group_norm(
    call: Call, num_groups: int, num_channels: int | None = None, eps: float = 1e-5, affine: bool = True, *,
    bias: bool = True,
) -> Effect:  # fmt: skip
    """Normalises each example over groups of channels; scale and shift are still one for each channel.

    - weights ``C`` and biases ``C`` with ``affine``; no MACs; the shape stays

    Source: Wu & He 2018 (arXiv:1803.08494); PyTorch's ``GroupNorm``.

    >>> from netledger.layers import apply
    >>> apply("group_norm", {"num_groups": 32}, ((256, 14, 14),)).parameters.text(symbols=True)
    'C + C'
    """
    channels = agreed("num_channels", num_channels, channels_of(call))
    divided(channels, num_groups, "channels")
    return _per_channel(call, channels, affine, bias, False)


@rule("layer_norm", role="normalisation")
def layer_norm(
    call: Call, normalized_shape: Sizes | None = None, eps: float = 1e-5, elementwise_affine: bool = True,
    bias: bool = True,
) -> Effect:  # fmt: skip
    """Normalises over the last dimensions; by default over the last one alone.

    - weights ``C`` and biases ``C``, ``C`` being the product of ``normalized_shape``; no MACs; the shape stays
    - ``bias=False`` leaves the shift out, ``elementwise_affine=False`` both

    Source: Ba, Kiros & Hinton 2016 (arXiv:1607.06450); PyTorch's ``LayerNorm``.

    >>> from netledger.layers import apply
    >>> apply("layer_norm", {"normalized_shape": 768}, ((197, 768),)).parameters.text()
    '768 + 768'
    """
    return _elementwise(call, normalized_shape, elementwise_affine, bias)


@rule("rms_norm", role="normalisation")
def rms_norm(
    call: Call, normalized_shape: Sizes | None = None, eps: float | None = None, elementwise_affine: bool = True
) -> Effect:
    """Divides by the root of the mean square over the last dimensions, and scales; there is no shift.

    - weights ``C``, the product of ``normalized_shape``; no MACs; the shape stays

    Source: Zhang & Sennrich 2019 (arXiv:1910.07467); PyTorch's ``RMSNorm``.

    >>> from netledger.layers import apply
    >>> apply("rms_norm", {"normalized_shape": 4096}).parameters.value
    4096
    """
    return _elementwise(call, normalized_shape, elementwise_affine, False)


def _per_channel(call: Call, channels: Dim, affine: bool, bias: bool, statistics: bool) -> Effect:
    size = symbol("C", channels)
    slots: tuple[Slot, ...] = ()
    if affine:
        slots = (Slot("weight", "weight", (channels,)), Slot("bias", "bias", (channels,)))[: 1 + bias]
    if statistics:
        slots += (
            Slot("running_mean", "running_statistic", (channels,)),
            Slot("running_var", "running_statistic", (channels,)),
            Slot("num_batches_tracked", "state", ()),
        )
    return Effect(
        outputs=(call.input,),
        weights=size if affine else ZERO,
        biases=size if affine and bias else ZERO,
        slots=slots,
        buffers=2 * size if statistics else ZERO,
    )


def _elementwise(call: Call, normalized_shape: Sizes | None, affine: bool, bias: bool) -> Effect:
    shape = _normalized(call, normalized_shape)
    size: Formula = symbol("C", shape[0])
    if len(shape) > 1:
        size = product([symbol(f"C_{i + 1}", d) for i, d in enumerate(shape)])
    slots = (Slot("weight", "weight", shape), Slot("bias", "bias", shape))[: 1 + bias]
    return Effect(
        outputs=(call.input,),
        weights=size if affine else ZERO,
        biases=size if affine and bias else ZERO,
        slots=slots if affine else (),
    )


def _normalized(call: Call, normalized_shape: Sizes | None) -> tuple[Dim, ...]:
    """The dimensions that are normalised over, as stated or as the input has them."""
    shape = call.input
    if normalized_shape is None:
        if isinstance(shape, Unknown):
            return (shape,)
        if not shape:
            raise ShapeError("needs an input with a dimension to normalise over, not a scalar")
        return shape[-1:]
    stated = (normalized_shape,) if isinstance(normalized_shape, int) else normalized_shape
    if not stated:
        raise ShapeError("normalized_shape needs at least one size")
    if isinstance(shape, Unknown):
        return stated
    last = shape[-len(stated) :]
    if len(last) != len(stated) or any(isinstance(b, int) and a != b for a, b in zip(stated, last, strict=True)):
        raise ShapeError(f"stated normalized_shape={shape_text(stated)}, but the input is {shape_text(shape)}")
    return stated
