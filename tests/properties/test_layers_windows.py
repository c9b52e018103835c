"""Convolutions and pools of random sizes, against PyTorch's modules."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from netledger.errors import ShapeError
from netledger.layers import apply
from tests.properties.layers_against_torch import META, measured, quick, same, tensors

Draw = Any
small = st.integers(1, 4)


def per_axis(draw: Draw, axes: int, low: int, high: int) -> int | tuple[int, ...]:
    return draw(st.integers(low, high) | st.tuples(*[st.integers(low, high)] * axes))


def shape(draw: Draw, channels: int, axes: int, low: int = 1, high: int = 20) -> tuple[int, ...]:
    batch = draw(st.sampled_from([(), (1,), (3,)]))
    return (*batch, channels, *[draw(st.integers(low, high)) for _ in range(axes)])


def agree_or_both_refuse(kind: str, attributes: dict[str, Any], module: torch.nn.Module, size: tuple[int, ...]) -> None:
    """The same answer; where PyTorch says that a size cannot be, so does the rule.

    On the meta device a transposed convolution may come out empty; a real one refuses that too.
    """
    (tensor,) = tensors(size)
    try:
        possible = 0 not in measured(module, tensor)[0][0]
    except (RuntimeError, ValueError):
        possible = False
    if not possible:
        with pytest.raises(ShapeError):
            apply(kind, attributes, (size,), True)
    else:
        same(kind, attributes, module, tensor)


@quick
@given(st.data(), st.integers(1, 3))
def test_convolution(data: Draw, axes: int) -> None:
    groups = data.draw(small)
    channels, out = groups * data.draw(small), groups * data.draw(small)
    attributes = {
        "out_channels": out,
        "kernel_size": per_axis(data.draw, axes, 1, 5),
        "stride": per_axis(data.draw, axes, 1, 4),
        "padding": per_axis(data.draw, axes, 0, 4),
        "dilation": per_axis(data.draw, axes, 1, 3),
        "groups": groups,
        "bias": data.draw(st.booleans()),
    }
    module = getattr(torch.nn, f"Conv{axes}d")(channels, device=META, **attributes)
    agree_or_both_refuse(f"conv{axes}d", attributes, module, shape(data.draw, channels, axes))


@quick
@given(st.data(), st.integers(1, 3))
def test_convolution_that_keeps_the_size(data: Draw, axes: int) -> None:
    kernel, dilation = per_axis(data.draw, axes, 1, 5), per_axis(data.draw, axes, 1, 3)
    attributes = {"out_channels": 3, "kernel_size": kernel, "dilation": dilation, "padding": "same"}
    module = getattr(torch.nn, f"Conv{axes}d")(2, device=META, **attributes)
    same(f"conv{axes}d", attributes, module, *tensors(shape(data.draw, 2, axes, 12, 20)))


@quick
@given(st.data(), st.integers(1, 2))
def test_asymmetric_padding_is_padding_first(data: Draw, axes: int) -> None:
    pads = tuple(data.draw(st.tuples(st.integers(0, 3), st.integers(0, 3))) for _ in range(axes))
    attributes = {"out_channels": 3, "kernel_size": 3, "stride": data.draw(small)}
    size = shape(data.draw, 2, axes, 5)
    flat = [width for pair in reversed(pads) for width in pair]
    padded = tuple(torch.nn.functional.pad(tensors(size)[0], flat).shape)
    kind = f"conv{axes}d"
    wanted = apply(kind, attributes, (padded,), True)
    effect = apply(kind, {**attributes, "padding": pads}, (size,), True)
    assert (effect.outputs, effect.macs.count) == (wanted.outputs, wanted.macs.count)


@quick
@given(st.data(), st.integers(1, 3))
def test_transposed_convolution(data: Draw, axes: int) -> None:
    groups = data.draw(st.integers(1, 3))
    channels, out = groups * data.draw(small), groups * data.draw(small)
    stride = data.draw(st.integers(1, 4))
    dilation = data.draw(small)
    attributes = {
        "out_channels": out,
        "kernel_size": per_axis(data.draw, axes, 1, 5),
        "stride": stride,
        "padding": per_axis(data.draw, axes, 0, 3),
        "output_padding": data.draw(st.integers(0, max(stride, dilation) - 1)),
        "dilation": dilation,
        "groups": groups,
        "bias": data.draw(st.booleans()),
    }
    module = getattr(torch.nn, f"ConvTranspose{axes}d")(channels, device=META, **attributes)
    agree_or_both_refuse(f"conv_transpose{axes}d", attributes, module, shape(data.draw, channels, axes))


@quick
@given(st.data(), st.integers(1, 3), st.sampled_from(["max", "avg"]), st.booleans())
def test_pooling(data: Draw, axes: int, sort: str, ceil_mode: bool) -> None:
    kernel = data.draw(st.integers(1, 5))
    attributes: dict[str, Any] = {
        "kernel_size": kernel,
        "padding": data.draw(st.integers(0, kernel // 2)),
        "ceil_mode": ceil_mode,
    }
    stride = data.draw(st.none() | st.integers(1, 6))
    if stride is not None:
        attributes["stride"] = stride
    if sort == "max":
        attributes["dilation"] = data.draw(st.integers(1, 3))
        attributes["return_indices"] = data.draw(st.booleans())
    module = getattr(torch.nn, f"{sort.capitalize()}Pool{axes}d")(**attributes)
    # In three dimensions PyTorch refuses a window larger than the input even where rounding up gives it a place.
    size = shape(data.draw, 3, axes, 13 if axes == 3 else 1)
    agree_or_both_refuse(f"{sort}_pool{axes}d", attributes, module, size)


@quick
@given(st.data(), st.integers(1, 3), st.booleans())
def test_lp_pooling(data: Draw, axes: int, ceil_mode: bool) -> None:
    attributes = {"norm_type": 2, "kernel_size": data.draw(st.integers(1, 4)), "ceil_mode": ceil_mode}
    module = getattr(torch.nn, f"LPPool{axes}d")(**attributes)
    same(f"lp_pool{axes}d", attributes, module, *tensors(shape(data.draw, 3, axes, 4)))


@quick
@given(st.data(), st.integers(1, 3))
def test_max_unpooling(data: Draw, axes: int) -> None:
    kernel, stride = data.draw(st.integers(2, 4)), data.draw(small)
    attributes = {"kernel_size": kernel, "stride": stride}
    size = shape(data.draw, 3, axes, 2, 6)
    wanted = torch.nn.modules.utils._ntuple(axes)(kernel)
    theirs = torch.nn.functional._unpool_output_size(torch.empty(size), list(wanted), [stride] * axes, [0] * axes, None)
    assert apply(f"max_unpool{axes}d", attributes, (size,), True).outputs == ((*size[:-axes], *theirs),)


@quick
@given(st.data(), st.integers(1, 3), st.sampled_from(["Avg", "Max"]))
def test_adaptive_pooling(data: Draw, axes: int, sort: str) -> None:
    one = st.integers(1, 7) if axes == 1 else st.integers(1, 7) | st.none()
    output_size = data.draw(st.integers(1, 7) | st.tuples(*[one] * axes))
    module = getattr(torch.nn, f"Adaptive{sort}Pool{axes}d")(output_size)
    kind = f"adaptive_{sort.lower()}_pool{axes}d"
    same(kind, {"output_size": output_size}, module, *tensors(shape(data.draw, 3, axes)))


@quick
@given(st.data())
def test_windows_written_out_and_summed_again(data: Draw) -> None:
    attributes = {
        "kernel_size": per_axis(data.draw, 2, 1, 4),
        "dilation": per_axis(data.draw, 2, 1, 2),
        "padding": per_axis(data.draw, 2, 0, 2),
        "stride": per_axis(data.draw, 2, 1, 3),
    }
    size = shape(data.draw, 3, 2, 8, 14)
    effect = same("unfold", attributes, torch.nn.Unfold(**attributes), *tensors(size))
    back = {**attributes, "output_size": size[-2:]}
    same("fold", back, torch.nn.Fold(**back), *tensors(*effect.outputs))


@quick
@given(st.data(), st.integers(1, 8), st.integers(0, 5), st.integers(1, 6))
def test_rounding_up_is_a_border_at_the_end(data: Draw, kernel: int, padding: int, stride: int) -> None:
    """cuda-convnet's convolution: 1 + ceil((2·pad + size - filter)/stride), reading zeros beyond the edge."""
    size = data.draw(st.integers(1, 40))
    assume(size + 2 * padding >= kernel)
    attributes = {"out_channels": 1, "kernel_size": kernel, "padding": padding, "stride": stride, "ceil_mode": True}
    effect = apply("conv1d", attributes, ((1, size),))
    missing = -(size + 2 * padding - kernel) % stride
    module = torch.nn.Sequential(
        torch.nn.ConstantPad1d((padding, padding + missing), 0.0), torch.nn.Conv1d(1, 1, kernel, stride, device=META)
    )
    assert measured(module, *tensors((1, size)))[0] == effect.outputs
