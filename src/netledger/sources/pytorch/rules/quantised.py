"""Operations of quantised layers, which have no form on shapes alone: plain ones of the same sizes stand for them."""

from __future__ import annotations

import torch

from netledger.sources.pytorch.quantised import is_packed_linear
from netledger.sources.pytorch.tracing.call_tree import count
from netledger.sources.pytorch.tracing.data_dependent import recurrence, special

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.sources.pytorch.tracing.meta_tensors import Shadows
    from netledger.sources.pytorch.tracing.tracer import Tracer


def unpacked_forward(module: Any, shadows: Shadows) -> Callable[..., Any] | None:
    """The linear layer that a packed one of bitsandbytes, GPTQ or AWQ is; ``None`` for any other module."""
    sizes = is_packed_linear(module)
    if sizes is None:
        return None
    width, out = sizes
    for tensor in (*module._parameters.values(), *module._buffers.values()):
        if tensor is not None:
            shadows.used.add(id(tensor))

    def forward(x: Any, *others: Any, **named: Any) -> Any:
        bias = module._parameters.get("bias", module._buffers.get("bias"))
        weight = torch.empty((out, width), dtype=x.dtype, device="meta")
        return torch.nn.functional.linear(x, weight, None if bias is None else bias.to(x.dtype))

    return forward


@special("dequantize", "quantize_per_tensor", "quantize_per_channel", "quantize_per_tensor_dynamic")
def requantised(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Another type for the same values: PyTorch's quantised types have no shapes-only form, floats stand for them."""
    if tracer.shadows.real:
        return tracer.run(func, args, kwargs)[0]
    return torch.empty(tracer.shadows.of(args[0]).shape, dtype=torch.float32, device="meta")


@special(
    "quantized::linear",
    "quantized::linear_relu",
    "quantized::linear_dynamic",
    "quantized::linear_relu_dynamic",
    "quantized::linear_dynamic_fp16",
)
def quantized_linear(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A linear layer whose weight is packed for integer arithmetic."""
    from netledger.sources.pytorch.rules.contraction import Contraction, repeats, term

    x, packed = tracer.shadows.of(args[0]), args[1]
    weight = packed.unpack()[0] if hasattr(packed, "unpack") else packed.__getstate__()[0]
    if tracer.shadows.real:
        out = tracer.run(func, args, kwargs)[0]
    else:
        out = torch.empty((*x.shape[:-1], weight.shape[0]), dtype=torch.float32, device="meta")
    factors = (*repeats("N", tuple(x.shape[:-1])), ("C_in", int(weight.shape[1])), ("C_out", int(weight.shape[0])))
    found = Contraction("linear", (term(0, 0, *factors),), (tuple(x.shape),))
    count(tracer, func.name(), lambda seen: found, out, (x,), {})
    return out


@special(
    "quantized::conv1d",
    "quantized::conv1d_relu",
    "quantized::conv2d",
    "quantized::conv2d_relu",
    "quantized::conv3d",
    "quantized::conv3d_relu",
    "quantized::conv1d_dynamic",
    "quantized::conv2d_dynamic",
    "quantized::conv3d_dynamic",
    *[f"quantized::conv_transpose{axes}d{sort}" for axes in (1, 2, 3) for sort in ("", "_dynamic")],
)
def quantized_convolution(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A convolution whose weight is packed for integer arithmetic."""
    from netledger.sources.pytorch.rules.contraction import Seen
    from netledger.sources.pytorch.rules.operations import RULES

    x, packed = tracer.shadows.of(args[0]), args[1]
    sizes = tuple(packed.unpack()[0].shape)
    if "1d" in func.name() and len(sizes) == 4:  # packed as one of two dimensions that is one high
        sizes = (*sizes[:2], *sizes[3:])
    weight = torch.empty(sizes, dtype=torch.float32, device="meta")
    axes = weight.dim() - 2
    transposed = bool(packed.transpose())
    said = (packed.stride(), packed.padding(), packed.dilation(), packed.output_padding())
    stride, padding, dilation, spare = [list(one)[-axes:] for one in said]
    ran = (torch.empty(x.shape, device="meta"), weight, None, stride, padding, dilation, transposed,
           spare if transposed else [0] * axes, packed.groups())  # fmt: skip
    shaped = torch.ops.aten.convolution.default(*ran)
    out = tracer.run(func, args, kwargs)[0] if tracer.shadows.real else shaped
    rule = RULES.get("aten::convolution")
    count(
        tracer,
        func.name(),
        lambda seen: rule(Seen("convolution", ran, {}, shaped, lambda tensor: False, lambda t: None)),
        out,
        (x,),
        {},
    )
    return out


_GATES = {"lstm": 4, "gru": 3, "rnn_relu": 1, "rnn_tanh": 1}


def _floating(like: Any, *shape: int) -> Any:
    return torch.empty(shape, dtype=like.dtype, device="meta")


@special("quantized_lstm", "quantized_gru")
def quantized_recurrence(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Recurrent layers whose matrices are packed: counted, and on shapes run, as those of the same sizes."""
    from netledger.sources.pytorch.rules.operations import RULES

    name = func.name().partition(".")[0].partition("::quantized_")[2]
    packed = func._overloadname.startswith("data")
    x, hidden, start = (args[0], args[2], 4) if packed else (args[0], args[1], 3)
    layers, both = int(args[start + 1]), bool(args[start + 4])
    state = int((hidden[0] if isinstance(hidden, (list, tuple)) else hidden).shape[-1])
    directions = 2 if both else 1
    matrices = []
    for layer in range(layers):
        width = int(x.shape[-1]) if layer == 0 else state * directions
        rows = _GATES[name] * state
        matrices += [_floating(x, rows, width), _floating(x, rows, state)] * directions
    plain = [
        *args[: start - 1],
        matrices,
        False,
        *args[start + 1 : start + 5],
        *(() if packed else args[start + 5 : start + 6]),
    ]
    operation = getattr(getattr(torch.ops.aten, name), "data" if packed else "input")
    if not tracer.shadows.real:
        return recurrence(tracer, operation, tuple(plain), {})
    out = tracer.run(func, args, kwargs)[0]
    count(tracer, f"aten::{name}", RULES.get(f"aten::{name}"), out, tuple(plain), {})
    return out


@special(*[f"quantized::quantized_{name}_cell_dynamic" for name in _GATES])
def quantized_cell(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """One step of a recurrent layer whose matrices are packed."""
    from netledger.sources.pytorch.rules.operations import RULES

    name = func.name().partition(".")[0].partition("::quantized_")[2].removesuffix("_dynamic")
    x, hidden = args[0], args[1]
    state = hidden[0] if isinstance(hidden, (list, tuple)) else hidden
    rows = _GATES[name.removesuffix("_cell")] * int(state.shape[-1])
    plain = (x, hidden, _floating(x, rows, int(x.shape[-1])), _floating(x, rows, int(state.shape[-1])))
    if tracer.shadows.real:
        out = tracer.run(func, args, kwargs)[0]
    else:
        out = tuple([_floating(x, *one.shape) for one in hidden]) if state is not hidden else _floating(x, *state.shape)
    count(tracer, f"aten::{name}", RULES.get(f"aten::{name}"), out, plain, {})
    return out
