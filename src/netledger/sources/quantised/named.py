"""Packed tensors under a name of their own (``experts.gate_up_proj``), their scales named after it.

Sources: ``bitsandbytes/nn/parametrize.py``; the experts as NVIDIA ModelOpt exports those that are one tensor.
"""

from __future__ import annotations

from netledger.network import elements_of
from netledger.sources.quantised.counts import hold, pack, times
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.network import Tensor
    from netledger.sources.quantised.counts import Config, Held


def bitsandbytes(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """``name`` uint8 with two values a byte, ``name.absmax`` and what else its state keeps."""
    paired = [key.removesuffix(".absmax") for key in held if key.endswith(".absmax")]
    paired = [name for name in paired if name in held and held[name].dtype in ("uint8", "int8")]
    for name in paired:
        hold(held, name, times(held[name], 2))
        pack(held, *[key for key in held if key.startswith(f"{name}.")])
    return "bitsandbytes 4-bit" if paired else None


def model_opt(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """``name`` uint8 with two values a byte beside ``name_weight_scale``, one for 16 of them, and two for all."""
    paired = [key.removesuffix("_weight_scale") for key in keys]
    paired = [name for name in paired if name in held]
    for name in paired:
        values, scales = held[name], held[f"{name}_weight_scale"]
        if values.dtype == "uint8":
            count, groups = elements_of(values.shape), elements_of(scales.shape)
            eight = isinstance(count, int) and isinstance(groups, int) and count == 8 * groups
            hold(held, name, times(values, 2) if eight else _NOT_KNOWN)
        pack(held, *[f"{name}_{end}" for end in ("weight_scale", "weight_scale_2", "input_scale", "bias_scale")])
    return "ModelOpt's experts" if paired else None


def left_unknown(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Whole numbers beside scales, in no layout that is known: how many values they hold, nobody can tell.

    >>> from netledger.network import Tensor
    >>> held = [Tensor("fc.w", "buffer", (64, 64), "int32"), Tensor("fc.w_scale", "parameter", (64,), "float16")]
    >>> left_unknown(held)[0].count
    Unknown(reason='whole numbers beside scales: how many values each holds is not known')
    """
    said = {tensor.name for tensor in tensors if "scale" in tensor.name or "absmax" in tensor.name}
    odd = [
        tensor
        for tensor in tensors
        if tensor.dtype in _WORDS and len(tensor.shape) > 1 and tensor.role in _OPEN and tensor.name not in said
    ]
    if not odd or not any(tensor.name in said and tensor.dtype not in _WORDS for tensor in tensors):
        return list(tensors)
    held = {tensor.name for tensor in odd}
    return [
        tensor.replace(elements=_NOT_KNOWN, role="parameter", nbytes=tensor.bytes) if tensor.name in held else tensor
        for tensor in tensors
    ]


def bytes_alone(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Bytes in no layout that is known, with or without scales: one, two or four values each, or ggml's blocks.

    >>> from netledger.network import Tensor
    >>> bytes_alone([Tensor("fc.weight", "weight", (64, 288), "uint8")])[0].count
    Unknown(reason='bytes in no layout that is known: how many values each holds is not known')
    """
    return [
        tensor.replace(elements=_BYTES, nbytes=tensor.bytes) if is_byte_weight(tensor) else tensor for tensor in tensors
    ]


def is_byte_weight(tensor: Tensor) -> bool:
    """Whether it is called a weight and stored as bytes, and nothing says yet how many values it stands for."""
    open_yet = tensor.dtype == "uint8" and tensor.elements is None and tensor.role in ("weight", "parameter")
    return open_yet and any(size != 1 for size in tensor.shape)


_BYTES = Unknown("bytes in no layout that is known: how many values each holds is not known")
_WORDS = ("int32", "uint32", "int16", "uint16", "uint8")
_OPEN = ("buffer", "weight", "parameter")
_NOT_KNOWN = Unknown("whole numbers beside scales: how many values each holds is not known")
