"""Weights stored packed: PyTorch's int8 layers; those of bitsandbytes, GPTQ and AWQ, known by their modules."""

from __future__ import annotations

from netledger.dtypes import dtype_name
from netledger.network import Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def packed_tensors(module: Any) -> list[tuple[str, Tensor]] | None:
    """The tensors of a quantised layer as logical weights and stored bytes; ``None`` for any other module."""
    if type(module).__module__.startswith(("torch.ao.nn.quantized", "torch.ao.nn.intrinsic.quantized")):
        return _torch_int8(module)
    # the attribute itself may be computed when it is read
    own = next((tensor for name, tensor in module._parameters.items() if name == "weight"), None)
    if type(module).__name__ in ("Linear4bit", "Linear8bitLt") or hasattr(own, "quant_state"):
        return _bitsandbytes(module)
    if "qweight" in module._buffers and "scales" in module._buffers:
        return _packed_integers(module)
    return None


def is_packed_linear(module: Any) -> tuple[int, int] | None:
    """The sizes (in, out) of a linear layer of bitsandbytes, GPTQ or AWQ; ``None`` for any other module."""
    if type(module).__name__ not in ("Linear4bit", "Linear8bitLt") and "qweight" not in getattr(module, "_buffers", ()):
        return None
    sizes = [
        next((value for name in names if isinstance(value := getattr(module, name, None), int)), None)
        for names in (("in_features", "infeatures"), ("out_features", "outfeatures"))
    ]
    return None if sizes[0] is None or sizes[1] is None else (sizes[0], sizes[1])


def wrapped_storage(tensor: Any) -> tuple[str, int] | None:
    """The main element type and all bytes of a weight that is several tensors in one (torchao's); else ``None``.

    A sharded tensor is not meant: what it holds here is a part of it.
    """
    if not hasattr(tensor, "__tensor_flatten__") or type(tensor).__name__ == "DTensor":
        return None
    inside = [getattr(tensor, name) for name in tensor.__tensor_flatten__()[0]]
    parts = [wrapped_storage(one) or (dtype_name(one.dtype), one.numel() * one.element_size()) for one in inside]
    return (max(parts, key=lambda part: part[1])[0], sum([part[1] for part in parts])) if parts else None


def _torch_int8(module: Any) -> list[tuple[str, Tensor]] | None:
    weight = getattr(module, "weight", None)
    if callable(weight):
        found = [_int8("weight", "weight", weight())]
        bias = module.bias() if callable(getattr(module, "bias", None)) else None
        if bias is not None:
            found.append(_int8("bias", "bias", bias))
        return found
    read = getattr(module, "_weight_bias", None)
    if callable(read):
        both = read()
        if not isinstance(both, dict):
            return []  # the holder inside a linear layer, which lists them itself
        weights, biases = both["weight"], both["bias"]
        return [
            *[_int8(name, "weight", value) for name, value in weights.items()],
            *[_int8(name, "bias", value) for name, value in biases.items() if value is not None],
        ]
    return []


def _int8(name: str, role: str, tensor: Any) -> tuple[str, Tensor]:
    return name, Tensor(name, role, tuple(tensor.shape), dtype_name(tensor.dtype), trainable=False)


def _bitsandbytes(module: Any) -> list[tuple[str, Tensor]]:
    found = []
    for name, tensor in module._parameters.items():
        if tensor is None:
            continue
        logical = None
        if name == "weight" and hasattr(module, "out_features"):
            logical = module.out_features * module.in_features
        role = "bias" if name == "bias" else "weight"
        stored = tuple(tensor.shape)
        shape = (module.out_features, module.in_features) if logical is not None else stored
        nbytes = tensor.numel() * tensor.element_size()
        found.append(
            (
                name,
                Tensor(name, role, shape, dtype_name(tensor.dtype), bool(tensor.requires_grad), None, logical, nbytes),
            )
        )
    weight = module._parameters.get("weight")
    state = getattr(weight, "quant_state", None)
    beside = {"SCB": weight, "absmax": state, "code": state}
    for name, holder in beside.items():
        values: Any = getattr(holder, name, None)
        if hasattr(values, "element_size"):
            scale = Tensor(f"weight.{name}", "scale", tuple(values.shape), dtype_name(values.dtype), False)
            found.append((scale.name, scale))
    return found


_PACKED_ROLES = {"qweight": "weight", "qzeros": "zero_point", "scales": "scale", "g_idx": "constant", "bias": "bias"}


def _packed_integers(module: Any) -> list[tuple[str, Tensor]]:
    """GPTQ and AWQ: several weights in each int32; the layer's own sizes say how many there are."""
    width = int(getattr(module, "in_features", None) or getattr(module, "infeatures", None) or 0)
    out = int(getattr(module, "out_features", None) or getattr(module, "outfeatures", None) or 0)
    found = []
    for name, tensor in [*module._buffers.items(), *module._parameters.items()]:
        if tensor is None:
            continue
        role = _PACKED_ROLES.get(name, "buffer")
        logical = width * out if name == "qweight" and width and out else None
        shape = (out, width) if logical is not None else tuple(tensor.shape)
        nbytes = tensor.numel() * tensor.element_size()
        found.append((name, Tensor(name, role, shape, dtype_name(tensor.dtype), False, None, logical, nbytes)))
    return found
