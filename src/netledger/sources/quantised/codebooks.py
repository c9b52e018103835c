"""Tables, trellises and groups of their own: EXL2, EXL3, QTIP, AQLM, VPTQ, HQQ, SINQ, Quanto, SVDQuant, HIGGS.

Sources: the tensors as ExLlamaV2 and V3, QTIP, AQLM, VPTQ, HQQ, SINQ, optimum-quanto, nunchaku and FLUTE write them.
"""

from __future__ import annotations

from netledger.sources.quantised.counts import fitting, hold, not_followed, pack, sizes, times
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.quantised.counts import Config, Held


def exl2(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """``q_weight`` int32 with bits that differ by group: the order of the inputs tells how many rows it stands for."""
    packed = sizes(held["q_weight"], 2)
    order = sizes(held.get("q_invperm") or held.get("q_perm"), 1)
    known = packed is not None and order is not None
    reason = Unknown("packed as EXL2: the order of the inputs, which tells how many there are, is not stored")
    hold(held, "q_weight", order[0] * packed[1] if known and order and packed else reason)
    pack(held, "q_scale", "q_scale_max", "q_groups", "q_group_map", "q_invperm", "q_perm")
    return "EXL2"


def exl3(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """``trellis`` int16: one row of 16 · bits for each 16 × 16 values."""
    tiles = sizes(held["trellis"], 3)
    if "SU" in held or "SV" in held:
        return _qtip(module, held, keys, config)
    if tiles is None or tiles[2] % 16:
        return not_followed("EXL3")(module, held, keys, config)
    hold(held, "trellis", 256 * tiles[0] * tiles[1])
    pack(held, "suh", "svh", "su", "sv", "mcg", "mul1")
    return f"EXL3 {tiles[2] // 16}-bit"


def _qtip(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """``trellis`` int16: a row for each tile of values, ``SU`` and ``SV`` as long as the inputs and the outputs."""
    rows, inputs, outputs = sizes(held["trellis"], 2), sizes(held.get("SU"), 1), sizes(held.get("SV"), 1)
    pack(held, "SU", "SV", "tlut")
    if rows is None or inputs is None or outputs is None or inputs[0] * outputs[0] % rows[0]:
        return not_followed("QTIP")(module, held, keys, config)
    values = inputs[0] * outputs[0]
    if not values <= 16 * rows[0] * rows[1] <= 8 * values:
        return not_followed("QTIP")(module, held, keys, config)
    hold(held, "trellis", values)
    return "QTIP"


def aqlm(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """``codes`` (groups of outputs, of inputs, books), ``codebooks`` (books, size, outputs and inputs of a group)."""
    codes, books = sizes(held["codes"], 3), sizes(held.get("codebooks"), 4)
    if codes is None or books is None or codes[2] != books[0]:
        pack(held, "codebooks")
        return not_followed("AQLM")(module, held, keys, config)
    hold(held, "codes", codes[0] * codes[1] * books[2] * books[3])
    pack(held, "codebooks", "scales")
    return "AQLM"


def vptq(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """``indices`` into ``centroids``: the layer's own sizes stand in ``config_for_layers``."""
    if not any("centroids" in key for key in held):
        return None
    layers = config.get("config_for_layers")
    own = layers.get(module) if isinstance(layers, dict) else None
    own = own if isinstance(own, dict) else {}
    inputs, outputs = own.get("in_features"), own.get("out_features")
    named = type(inputs) is int and type(outputs) is int and inputs > 0 and outputs > 0
    reason = Unknown("packed as VPTQ: no config.json says the layer's sizes (config_for_layers)")
    hold(held, "indices", inputs * outputs if named and inputs and outputs else reason)
    pack(held, *[key for key in held if key != "indices" and key != "bias"])
    return "VPTQ"


_HQQ_SETTINGS = frozenset(
    (
        "nbits", "group_size", "shape", "axis", "packing", "channel_wise", "optimize", "round_zero", "compute_dtype",
        "unpack_view_dtype", "view_as_float", "quant_scale", "quant_zero", "offload_meta", "encoded_state_dict",
        "stores_quant_config",
    )
)  # fmt: skip
"""What HQQ's ``encoded_state_dict`` writes of its settings, as tensors of small numbers and letters."""


def hqq(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """``W_q`` packed along its first dimension, a ``scale`` for each group: a row of ``W_q`` is as long as a group.

    With a scale for each column of ``W_q`` (axis 0) only the shape beside it tells: a file may keep it.
    """
    packed, scale = sizes(held["W_q"], 2), sizes(held.get("scale"), 2)
    name = "SINQ" if "scale2" in held else "HQQ"
    pack(held, "scale", "zero", "scale2")
    for key in _HQQ_SETTINGS & held.keys():
        held[key] = held[key].replace(role="constant")
    shapes = config.get("weight_shapes")
    told = held["W_q"].elements
    if told is None:
        told = fitting(held["W_q"], shapes.get(module) if isinstance(shapes, dict) else None)
    if isinstance(told, int):
        hold(held, "W_q", told)
        return name
    if packed is None or scale is None or scale[1] != 1 or scale[0] < packed[0]:
        return not_followed(name)(module, held, keys, config)
    hold(held, "W_q", scale[0] * packed[1])
    return name


def quanto(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """``weight._data`` one value an element, ``weight._data._data`` two or four in a byte, a scale for each group."""
    pack(held, *[key for key in held if key.startswith("weight._") and "_data" not in key])
    pack(held, "input_scale", "output_scale")
    if "weight._data" in held:
        hold(held, "weight._data", times(held["weight._data"], 1))
        return "Quanto 8-bit"
    data, scale = held["weight._data._data"], held.get("weight._scale")
    stored, groups = sizes(data, len(data.shape)), sizes(scale, len(data.shape))
    for many, first in zip(groups or (), stored or (), strict=True):
        if many in (2 * first, 4 * first) and data.dtype in ("uint8", "int8"):
            hold(held, "weight._data._data", times(data, many // first))
            return f"Quanto {8 * first // many}-bit"
    hold(held, "weight._data._data", Unknown("packed as Quanto, and its scales do not say how many values in a byte"))
    return "Quanto"


def svd_quant(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """``qweight`` with two values a byte, ``wscales`` for groups, a low-rank pair that takes up the outliers.

    Its layers in AWQ's manner write them into int32. The pair is one more part of how the weight is written, not a
    layer of its own.
    """
    many = _SVD_QUANT.get(held["qweight"].dtype) if "qweight" in held else None
    if many is None:
        return None
    hold(held, "qweight", times(held["qweight"], many))
    pack(held, "wscales", "wtscale", "wcscales", "wzeros", "smooth_factor", "smooth_factor_orig", "smooth",
         "smooth_orig", "proj_down", "proj_up", "lora_down", "lora_up")  # fmt: skip
    return "SVDQuant 4-bit"


_SVD_QUANT = {"int8": 2, "uint8": 2, "int32": 8}


def eetq(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """``qweight`` or ``weight`` int8 with one scale an output, named ``weight_scales``."""
    key = next((name for name in ("qweight", "weight") if name in held and held[name].dtype == "int8"), None)
    if key is None:
        return None
    hold(held, key, times(held[key], 1))
    pack(held, "weight_scales")
    return "8-bit integers with scales"


def higgs(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """``weight`` uint8 of places in ``tables``: how many values a place stands for, only the settings say."""
    if "weight" not in held:
        return None
    hold(held, "weight", Unknown("packed as HIGGS: the logical number of values is not stored with it"))
    pack(held, "scales", "tables", "tables2")
    return "HIGGS"
