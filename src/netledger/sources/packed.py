"""Weights packed several to a stored element: which layout it is, how many logical values there are.

Recognised from the names that stand together in a module, their shapes, and ``config.json`` beside the file where
needed. Every function gives the tensors of one module their roles and logical counts; what cannot be told is Unknown.
Sources: the layouts as AutoGPTQ, AutoAWQ, bitsandbytes, OCP MX (gpt-oss), NVIDIA ModelOpt, compressed-tensors and MLX
write them.
"""

from __future__ import annotations

from netledger.network import Tensor, elements_of
from netledger.sources.tensor_roles import inner_part
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Held = dict[str, Tensor]
    Config = Mapping[str, Any]

_SCALES = frozenset(
    [
        "scales",
        "weight_scale",
        "weight_scale_inv",
        "weight_scale_2",
        "weight_global_scale",
        "input_global_scale",
        "input_scale",
        "SCB",
        "weight.absmax",
        "weight.nested_absmax",
        "weight.quant_map",
        "weight.nested_quant_map",
        "scale",
        "weight_scales",
    ]
)
_ZEROS = frozenset(["qzeros", "biases", "weight_zero_point", "zero"])
_CONSTANTS = frozenset(["g_idx", "weight_shape", "weight_format", "weight_g_idx", "perm", "meta"])


def unpack(module: str, tensors: list[Tensor], config: Config) -> tuple[str | None, list[Tensor]]:
    """The layout's name (``None`` where nothing is packed) and the module's tensors with logical counts.

    >>> stored = [Tensor("fc.qweight", "weight", (512, 4096), "int32"),
    ...           Tensor("fc.qzeros", "buffer", (32, 512), "int32"),
    ...           Tensor("fc.scales", "parameter", (32, 4096), "float16")]
    >>> layout, (weight, zeros, scales) = unpack("fc", stored, {})
    >>> layout, weight.count, zeros.role, scales.role
    ('GPTQ 4-bit', 16777216, 'zero_point', 'scale')
    """
    held = {inner_part(tensor.name, module): tensor for tensor in tensors}
    for trigger, recognise in _LAYOUTS:
        keys = [key for key in held if key == trigger or (trigger[0] == "_" and key.endswith(trigger))]
        if keys:
            layout = recognise(module, held, keys, config)
            if layout is not None:
                return layout, _with_roles(held, len(held) != len(tensors), tensors)
    return None, tensors


def _with_roles(held: Held, ambiguous: bool, tensors: list[Tensor]) -> list[Tensor]:
    if ambiguous:
        reason = Unknown("packed weights of several shapes under one folded path")
        return [tensor.replace(elements=reason) if tensor.dtype in _PACKED else tensor for tensor in tensors]
    return [tensor.replace(role=_role(key, tensor)) for key, tensor in held.items()]


_PACKED = ("int32", "uint8", "uint32")


def _role(key: str, tensor: Tensor) -> str:
    if key in _SCALES or key.endswith("_scales"):
        return "scale"
    if key in _ZEROS:
        return "zero_point"
    return "constant" if key in _CONSTANTS or ".quant_state." in key else tensor.role


def _sizes(tensor: Tensor | None, rank: int) -> tuple[int, ...] | None:
    """A tensor's shape if it has that rank and every size is known and not zero."""
    if tensor is None or len(tensor.shape) != rank:
        return None
    sizes = tuple([size for size in tensor.shape if isinstance(size, int) and size])
    return sizes if len(sizes) == rank else None


def _set(held: Held, key: str, elements: int | Unknown, role: str = "weight") -> None:
    held[key] = held[key].replace(elements=elements, role=role)


def _times(tensor: Tensor, numerator: int, denominator: int = 1) -> int | Unknown:
    stored = elements_of(tensor.shape)
    if isinstance(stored, Unknown):
        return stored
    if stored * numerator % denominator:
        return Unknown(f"{stored:,} stored elements do not hold whole values of {denominator} bits")
    return stored * numerator // denominator


# ---------------------------------------------------------------------- one function a family


def _gptq_or_awq(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """``qweight`` int32: GPTQ packs the inputs (rows), AWQ the outputs (columns); ``qzeros`` tell the bits."""
    weight, scales, zeros = (_sizes(held.get(key), 2) for key in ("qweight", "scales", "qzeros"))
    if held["qweight"].dtype not in ("int32", "uint32"):
        return None
    bits = _bits(config)
    if weight and scales and zeros and 32 * zeros[1] % scales[1] == 0:
        bits = 32 * zeros[1] // scales[1]
    if not bits or bits > 32:
        _set(held, "qweight", Unknown("packed, and nothing beside it says how many bits a value has"))
        return "GPTQ or AWQ"
    if weight and scales and weight[1] != scales[1]:
        _set(held, "qweight", weight[0] * scales[1])
        return f"AWQ {bits}-bit"
    _set(held, "qweight", _times(held["qweight"], 32, bits))
    return f"GPTQ {bits}-bit"


def _bits(config: Config) -> int:
    for key in ("bits", "w_bit", "num_bits"):
        bits = config.get(key)
        if type(bits) is int and 1 <= bits <= 32:
            return bits
    return 0


def _bitsandbytes4(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """``weight`` uint8 with two values a byte, its block maxima and its table of 16 levels beside it."""
    if "weight" not in held:
        return None
    if held["weight"].dtype not in ("uint8", "int8"):  # the storage may be any type: two values a byte of it
        stored = held["weight"].bytes
        _set(held, "weight", stored if isinstance(stored, Unknown) else 2 * stored)
    else:
        _set(held, "weight", _times(held["weight"], 2))
    kind = next((key.rpartition("__")[2] for key in held if ".quant_state." in key), "4-bit")
    return f"bitsandbytes {kind}"


def _bitsandbytes8(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    return "bitsandbytes int8" if "weight" in held and held["weight"].dtype == "int8" else None


def _mxfp4(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """``*_blocks`` uint8 (…, 16 bytes = 32 values) with ``*_scales`` uint8, one for a block."""
    paired = [key for key in keys if key.removesuffix("_blocks") + "_scales" in held and held[key].dtype == "uint8"]
    for key in paired:
        _set(held, key, _times(held[key], 2))
    return "MXFP4" if paired else None


def _nvfp4(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """ModelOpt: ``weight`` uint8 with two values a byte, an FP8 scale for 16, a float32 scale for all."""
    if "weight" not in held or held["weight"].dtype != "uint8":
        return _eight_bit_scales(module, held, keys, config)
    _set(held, "weight", _times(held["weight"], 2))
    return "NVFP4"


def _compressed(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """compressed-tensors: ``weight_packed``; uint8 is two FP4 values, int32 is packed integers of stated bits."""
    weight = held["weight_packed"]
    if weight.dtype == "uint8":
        _set(held, "weight_packed", _times(weight, 2))
        return "NVFP4 (compressed-tensors)" if "weight_global_scale" in held else "MXFP4 (compressed-tensors)"
    bits = _bits(config)
    if not bits:
        _set(held, "weight_packed", Unknown("packed, and no config.json beside it says how many bits a value has"))
        return "compressed-tensors"
    _set(held, "weight_packed", _times(weight, 32 // bits))
    return f"compressed-tensors {bits}-bit"


def _mlx(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """MLX: ``weight`` uint32, ``scales`` and ``biases`` for each group along the last dimension."""
    weight, scales = held.get("weight"), held.get("scales")
    if weight is None or scales is None or weight.dtype != "uint32":
        return None
    own = config.get(module)
    stated = {**config, **own} if isinstance(own, dict) else config
    bits, group = _bits(stated), stated.get("group_size")
    if not bits and type(group) is int and _width(scales) and 32 * _width(weight) % (_width(scales) * group) == 0:
        bits = 32 * _width(weight) // (_width(scales) * group)
    _set(held, "weight", _times(weight, 32, bits) if bits else Unknown("packed, and no config.json says how many bits"))
    return f"MLX {bits}-bit" if bits else "MLX"


def _width(tensor: Tensor) -> int:
    size = tensor.shape[-1] if tensor.shape else 0
    return size if isinstance(size, int) else 0


def _eight_bit_scales(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """One value an element, with scales beside it: FP8 and int8."""
    weight = held.get("weight")
    if weight is None or not weight.dtype.startswith(("float8", "int8", "uint8")):
        return None
    return "FP8 with scales" if weight.dtype.startswith("float8") else "8-bit integers with scales"


def _not_followed(name: str) -> Callable[[str, Held, list[str], Config], str | None]:
    """A layout whose logical count its tensors alone do not give."""

    def recognise(module: str, held: Held, keys: list[str], config: Config) -> str | None:
        for key in keys:
            if held[key].role != "scale":
                _set(held, key, Unknown(f"packed as {name}: the logical number of values is not stored with it"))
        return name

    return recognise


_LAYOUTS: tuple[tuple[str, Callable[[str, Held, list[str], Config], str | None]], ...] = (
    ("qweight", _gptq_or_awq),
    ("weight.absmax", _bitsandbytes4),
    ("SCB", _bitsandbytes8),
    ("_blocks", _mxfp4),
    ("weight_packed", _compressed),
    ("weight_scale_2", _nvfp4),
    ("weight_scale_inv", _eight_bit_scales),
    ("weight_scale", _eight_bit_scales),
    ("biases", _mlx),
    ("scales", _mlx),
    ("W_q", _not_followed("HQQ")),
    ("codes", _not_followed("AQLM")),
    ("Qidxs", _not_followed("QuIP#")),
    ("indices", _not_followed("VPTQ")),
)
"""The tensor that gives a layout away (a leading ``_``: the end of its name) and who reads it; the first one wins."""


def looks_packed(names: list[str]) -> bool:
    """Whether any name is one that packed layouts use: only then is ``config.json`` looked for."""
    joined = "\n".join(names) + "\n"
    return any(f"{'' if trigger[0] == '_' else '.'}{trigger}\n" in joined for trigger, _ in _LAYOUTS)


def quantisation_of(config: object) -> dict[str, Any]:
    """The part of a ``config.json`` that says how weights are packed, flattened to ``bits``, ``group_size``, ….

    >>> quantisation_of({"quantization_config": {"quant_method": "gptq", "bits": 4}})["bits"]
    4
    """
    if not isinstance(config, dict):
        return {}
    for key in ("quantization_config", "compression_config", "quantization"):
        stated = config.get(key)
        if isinstance(stated, dict):
            groups = stated.get("config_groups")
            return {**stated, **_group_bits(groups)} if isinstance(groups, dict) else dict(stated)
    return {}


def _group_bits(groups: dict[str, Any]) -> dict[str, Any]:
    """The bits that all groups of a compressed-tensors config agree on."""
    found = set()
    for group in groups.values():
        weights = group.get("weights") if isinstance(group, dict) else None
        bits = weights.get("num_bits") if isinstance(weights, dict) else None
        if type(bits) is int:
            found.add(bits)
    return {"bits": found.pop()} if len(found) == 1 else {}
