"""What a layer rule says, against the PyTorch module itself on the meta device."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import settings
from torch.utils.flop_counter import FlopCounterMode

from netledger.layers import Effect, apply

quick = settings(max_examples=40, deadline=None)
META = torch.device("meta")


def shapes_of(result: Any) -> tuple[tuple[int, ...], ...]:
    """The shapes of all tensors of a result, in order; what is no tensor is left out."""
    if isinstance(result, torch.Tensor):
        return (tuple(result.shape),)
    if isinstance(result, tuple | list):
        return tuple(shape for part in result for shape in shapes_of(part))
    return ()


def measured(function: Any, *inputs: torch.Tensor) -> tuple[tuple[tuple[int, ...], ...], int]:
    """The output shapes of a call, and the MACs that torch's own counter sees in it."""
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        result = function(*inputs)
    assert counter.get_total_flops() % 2 == 0
    return shapes_of(result), counter.get_total_flops() // 2


def tensors(*shapes: tuple[int, ...], dtype: torch.dtype = torch.float32) -> list[torch.Tensor]:
    return [torch.empty(shape, device=META, dtype=dtype) for shape in shapes]


def same_parameters(effect: Effect, module: torch.nn.Module) -> None:
    """Names, shapes and numbers of everything that is stored."""
    theirs = {name: tuple(parameter.shape) for name, parameter in module.named_parameters()}
    buffers = {name: tuple(buffer.shape) for name, buffer in module.named_buffers()}
    learned = {slot.name: slot.shape for slot in effect.slots if slot.role in ("weight", "bias", "parameter")}
    others = {slot.name: slot.shape for slot in effect.slots if slot.role not in ("weight", "bias", "parameter")}
    assert learned == theirs
    assert others == buffers
    assert effect.parameters.count == sum(parameter.numel() for parameter in module.parameters())
    biases = sum(parameter.numel() for name, parameter in module.named_parameters() if "bias" in name)
    assert effect.biases.count == biases
    counted = sum(buffer.numel() for name, buffer in module.named_buffers() if name != "num_batches_tracked")
    assert effect.buffers.count == counted


def same(
    kind: str, attributes: dict[str, Any], module: torch.nn.Module, *inputs: torch.Tensor, batched: bool = True,
    macs: bool = True,
) -> Effect:  # fmt: skip
    """Apply the rule and run the module: outputs, parameters, buffers and MACs are equal."""
    effect = apply(kind, attributes, tuple(tuple(tensor.shape) for tensor in inputs), batched)
    outputs, counted = measured(module, *inputs)
    assert effect.outputs == outputs
    same_parameters(effect, module)
    if macs:
        assert effect.macs.count == counted
    return effect
