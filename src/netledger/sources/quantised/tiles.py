"""Layouts that are ordered for one kernel's tiles, and sparse ones: Marlin, 2:4, bitmasks, TensorRT-LLM, Quark's int4.

Sources: the tensors as IST-DASLab's Marlin and Sparse-Marlin, compressed-tensors, TensorRT-LLM and Quark write them.
"""

from __future__ import annotations

from netledger.network import elements_of
from netledger.sources.quantised.counts import hold, pack, sizes, times
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.quantised.counts import Config, Held

_TILE = 16
"""Rows of a tile."""


def marlin(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """A row of ``B`` int32 is 16 rows of the weight, of ``B_24`` and of the ``weight_packed`` beside ``meta`` 32 of
    which half are kept; ``s``, ``scale_packed`` or QQQ's ``s_channel`` has a column for each output."""
    sparse = next((key for key in ("B_24", "weight_packed") if key in held), None)
    key = sparse or ("B" if "B" in held else None)
    scales = sizes(held.get("s") or held.get("scale_packed") or held.get("s_channel"), 2)
    if key is None or scales is None or held[key].dtype not in ("int32", "uint32"):
        return None
    packed = sizes(held[key], 2)
    if packed is None or 2 * packed[1] % scales[1]:
        hold(held, key, Unknown("packed for Marlin's tiles, and its scales do not say how many outputs there are"))
    else:
        hold(held, key, packed[0] * _TILE * (2 if sparse else 1) * scales[1])
    pack(held, "s", "s_channel", "s_group", "scale_packed", "B_meta", "meta", "workspace", "reduce_buffer")
    return f"Marlin {2 * packed[1] // scales[1]}-bit{' 2:4' if sparse else ''}" if packed else "Marlin"


def bitmask(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """compressed-tensors' sparse forms: the values that are not zero, and a bit for each that there is."""
    for key in keys:
        head = key.removesuffix("bitmask")
        mask, values = held[key], held.get(f"{head}compressed")
        if values is None or mask.dtype != "uint8":
            return None
        shapes = config.get("weight_shapes")
        stored = shapes.get(f"{module}.{head}".rstrip(".")) if isinstance(shapes, dict) else None
        rows, count = sizes(mask, 2), elements_of(values.shape)
        fits = stored and rows and rows[0] == stored[0] and rows[1] == -(-stored[1] // 8)
        if fits and stored and isinstance(count, int) and count <= stored[0] * stored[1]:
            hold(held, f"{head}compressed", stored[0] * stored[1])
        else:
            hold(held, f"{head}compressed", Unknown("sparse, and no shape beside it says what it stands for"))
        pack(held, key, f"{head}row_offsets", f"{head}shape", "weight_scale", "weight_zero_point")
    return "values beside a bitmask"


def tensorrt(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """TensorRT-LLM: four-bit weights are written as float16 or int8, a column of scales for each output."""
    weight, scale = held.get("weight"), held[keys[0]]
    if weight is None:
        return None
    pack(held, "weights_scaling_factor", "activation_scaling_factor", "prequant_scaling_factor", "per_channel_scale",
         "zero", "alpha")  # fmt: skip
    shape, outputs = sizes(weight, 2), scale.shape[-1] if scale.shape else 1
    many = outputs // shape[1] if shape and isinstance(outputs, int) and outputs % shape[1] == 0 else 0
    bits = {"float16": 16, "bfloat16": 16, "int8": 8, "uint8": 8}.get(weight.dtype)
    if bits and shape and many in (2, 4) and bits // many == 4:
        hold(held, "weight", times(weight, many))
        return "TensorRT-LLM 4-bit"
    return "TensorRT-LLM 8-bit" if weight.dtype.startswith(("float8", "int8")) else None


def whole_words(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """Quark: ``weight`` int32 packed along its last dimension, ``weight_scale`` with a column for each output."""
    weight = held.get("weight")
    if weight is None or weight.dtype not in ("int32", "uint32"):
        return None
    packed, scale = sizes(weight, 2), sizes(held["weight_scale"], 2)
    if packed and scale and scale[1] in (4 * packed[1], 8 * packed[1], 16 * packed[1]):
        hold(held, "weight", packed[0] * scale[1])
        pack(held, "weight_zero_point")
        return f"whole words {32 * packed[1] // scale[1]}-bit"
    hold(held, "weight", Unknown("whole numbers beside scales that do not say how many values each holds"))
    return "whole words"
