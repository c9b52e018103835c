"""Packed weights: layouts that write several logical values to a stored element, and how many those are.

Recognised from the names that stand together in a module, their shapes, and ``config.json`` beside the file where
needed. Every function gives the tensors of one module their roles and logical counts; what cannot be told is Unknown.
Sources: the layouts as AutoGPTQ, AutoAWQ, bitsandbytes, OCP MX (gpt-oss), NVIDIA ModelOpt, AMD Quark,
compressed-tensors and MLX write them; those with tables of their own are in :mod:`.codebooks`, those for one kernel in
:mod:`.tiles`.
"""

from __future__ import annotations

from netledger.sources.quantised import codebooks, named, tiles
from netledger.sources.quantised.configuration import bits_of, stated_for
from netledger.sources.quantised.counts import hold, not_followed, pack, sizes, times, width
from netledger.sources.quantised.torchao import torchao
from netledger.sources.tensors.roles import ZEROS, inner_part
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.network import Tensor
    from netledger.sources.quantised.counts import Config, Held, Recogniser

_SCALES = frozenset(
    (
        "scales", "weight_scale", "weight_scale_inv", "weight_scale_2", "weight_global_scale", "input_global_scale",
        "input_scale", "SCB", "weight.absmax", "weight.nested_absmax", "weight.quant_map", "weight.nested_quant_map",
        "scale", "weight_scales", "channel_scale", "act_global_scale", "lookup_table", "deq_scale", "channel_scales",
        "theta",
    )
)  # fmt: skip
_ZEROS = frozenset(("qzeros", "biases", "weight_zero_point", "zero", "weight_offset", "input_offset"))
_CONSTANTS = frozenset(
    (
        "g_idx", "weight_shape", "weight_format", "weight_g_idx", "perm", "meta", "scaled_fp8",
        "forward_hadamard_matrix", "backward_hadamard_matrix",
    )
)  # fmt: skip


def unpack(module: str, tensors: list[Tensor], config: Config) -> tuple[str | None, list[Tensor]]:
    """The layout's name (``None`` where nothing is packed) and the module's tensors with logical counts.

    >>> from netledger.network import Tensor
    >>> stored = [Tensor("fc.qweight", "weight", (512, 4096), "int32"),
    ...           Tensor("fc.qzeros", "buffer", (32, 512), "int32"),
    ...           Tensor("fc.scales", "parameter", (32, 4096), "float16")]
    >>> layout, (weight, zeros, scales) = unpack("fc", stored, {})
    >>> layout, weight.count, zeros.role, scales.role
    ('GPTQ 4-bit', 16777216, 'zero_point', 'scale')
    """
    held = {inner_part(tensor.name, module): tensor for tensor in tensors}
    for trigger, recognise in _LAYOUTS:
        keys = [key for key in held if key == trigger or (trigger[0] in "_." and key.endswith(trigger))]
        if keys:
            layout = recognise(module, held, keys, config)
            if layout is not None:
                return layout, _with_roles(held, len(held) != len(tensors), tensors)
    return None, named.bytes_alone(named.left_unknown(_scales_or_not(tensors)))


def _with_roles(held: Held, ambiguous: bool, tensors: list[Tensor]) -> list[Tensor]:
    if ambiguous:
        reason = Unknown("packed weights of several shapes under one folded path")
        return [tensor.replace(elements=reason) if tensor.dtype in _PACKED else tensor for tensor in tensors]
    return _scales_beside([tensor.replace(role=_role(key, tensor)) for key, tensor in held.items()])


_PACKED = ("int32", "uint8", "uint32")


def _role(key: str, tensor: Tensor) -> str:
    if key in _SCALES or key.endswith("_scales"):
        return "scale"
    if key in _ZEROS:
        return "zero_point"
    return "constant" if key in _CONSTANTS or ".quant_state." in key else tensor.role


def _scales_beside(tensors: list[Tensor]) -> list[Tensor]:
    """Beside weights of eight bits and less, what is called a scale is one, whatever else its name says."""
    if not any(_is_narrow(tensor) for tensor in tensors):
        return tensors
    return [tensor.replace(role="scale") if _says_scale(tensor) else tensor for tensor in tensors]


def _scales_or_not(tensors: list[Tensor]) -> list[Tensor]:
    """The same in no layout that is known: what is as large as scales and not called so may be some or be learned."""
    told = _scales_beside(tensors)
    weights = [tensor for tensor in told if _is_narrow(tensor) and tensor.name.endswith(_WEIGHTS)]
    if not weights or len(told) > _FEW:
        return told
    sizes_of_scales: set[tuple[object, ...]] = {(), (1,), (1, 1)}
    for weight in weights:
        rows, *_ = weight.shape
        sizes_of_scales |= {(rows,), (rows, 1), (1, rows)}
    return [
        tensor.replace(elements=_SCALE_OR_NOT, nbytes=tensor.bytes)
        if tensor.role in ("weight", "parameter") and "float" in tensor.dtype and tensor.shape in sizes_of_scales
        else tensor
        for tensor in told
    ]


_WEIGHTS = (".weight", ".kernel", "/kernel", ".w", ".W")
_FEW = 16
_SCALE_OR_NOT = Unknown("beside a weight of eight bits, and no name says whether it is its scale")


def _is_narrow(tensor: Tensor) -> bool:
    narrow = tensor.dtype.startswith((*_NARROW, *_GGML_WITH_SCALES))
    return narrow and len(tensor.shape) > 1 and tensor.dtype != "float8_e8m0fnu"


_GGML_WITH_SCALES = ("tq1_0", "tq2_0", "nvfp4")
"""Blocks of GGUF files beside which one number for the whole weight is a tensor of its own (BitNet, NVFP4)."""
_NARROW = ("float8", "float6", "float4", "int8")


def _says_scale(tensor: Tensor) -> bool:
    last = tensor.name.rpartition(".")[2]
    return ("scale" in last or "scaling_factor" in last) and last != "logit_scale" and tensor.role != "scale"


# ---------------------------------------------------------------------- one function a family


def _gptq_or_awq(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """``qweight``: GPTQ packs the inputs (rows), AWQ the outputs (columns) or, for its GEMV, the inputs of each output.

    ``qzeros`` tell the bits. GPTQModel packs into other words than int32 too; AutoAWQ's fast GEMV into int16, four
    outputs a row, with zero points in float16. Both may be written for Marlin's tiles: a row is 16 of the weight's.
    """
    weight, scales, zeros = (sizes(held.get(key), 2) for key in ("qweight", "scales", "qzeros"))
    word = _WORDS.get(held["qweight"].dtype)
    if word is None:
        return None
    if word == 8 and "scales" in held and held["scales"].dtype in _BLOCK_SCALES:
        return _blocks_of_four(held)
    bits = bits_of(config, module) or _bits_of_table(held)
    if word == 8 and weight and scales and weight[0] == scales[0] and bits in (1, 2, 4, 8):
        hold(held, "qweight", times(held["qweight"], word, bits))  # BitBLAS: a row of bytes and one of scales an output
        pack(held, "zeros")
        return f"BitBLAS {bits}-bit"
    if weight and scales and zeros and held["qzeros"].dtype in _WORDS and word * zeros[1] % scales[1] == 0:
        bits = word * zeros[1] // scales[1]
    elif not bits and word == 16 and "qzeros" in held and held["qzeros"].dtype == "float16":
        bits = 4
    if not bits or bits > word:
        hold(held, "qweight", Unknown("packed, and nothing beside it says how many bits a value has"))
        return "GPTQ or AWQ"
    if weight and scales and weight[1] != scales[1]:
        if word == 32 and 2 * weight[1] == bits * scales[1] and 16 * weight[0] % scales[0] == 0:
            hold(held, "qweight", 16 * weight[0] * scales[1])
            return f"Marlin {bits}-bit"
        if weight[1] * word == scales[1] * bits:
            hold(held, "qweight", weight[0] * scales[1])
            return f"AWQ {bits}-bit"
        by_outputs = zeros and weight[0] == scales[0] == zeros[0]
        if not by_outputs and not (word == 16 and 4 * weight[0] == scales[1]):
            reason = Unknown("packed in an order of its own: its scales do not say how many values it holds")
            hold(held, "qweight", reason)
            return "GPTQ or AWQ"
        hold(held, "qweight", times(held["qweight"], word, bits))
        return f"AWQ {bits}-bit"
    hold(held, "qweight", times(held["qweight"], word, bits))
    return f"GPTQ {bits}-bit"


def _blocks_of_four(held: Held) -> str | None:
    """FP-Quant: two values a byte, scales of eight bits for blocks of them."""
    packed = _values_a_byte(held["qweight"], held["scales"], {})
    hold(held, "qweight", times(held["qweight"], packed) if packed else Unknown("bytes in no block that is known"))
    return "FP4 with scales"


_BLOCK_SCALES = ("float8_e8m0fnu", "float8_e4m3fn", "uint8")


def _bits_of_table(held: Held) -> int:
    """SqueezeLLM: each output has a table of its values, as many as the bits of a place in it can tell apart."""
    table, weight = sizes(held.get("lookup_table"), 2), sizes(held["qweight"], 2)
    fits = table and weight and table[0] == weight[1] and table[1] in (8, 16)
    if fits:
        pack(held, "rows", "cols", "vals")  # outliers, kept apart
    return table[1].bit_length() - 1 if fits and table else 0


_WORDS = {"int32": 32, "uint32": 32, "int16": 16, "uint16": 16, "int64": 64, "uint8": 8, "int8": 8}


def _bitsandbytes4(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """``weight`` uint8 with two values a byte, its block maxima and its table of 16 levels beside it."""
    if "weight" not in held:
        return None
    if held["weight"].dtype not in ("uint8", "int8"):  # the storage may be any type: two values a byte of it
        stored = held["weight"].bytes
        hold(held, "weight", stored if isinstance(stored, Unknown) else 2 * stored)
    else:
        hold(held, "weight", times(held["weight"], 2))
    kind = next((key.rpartition("__")[2] for key in held if ".quant_state." in key), "4-bit")
    return f"bitsandbytes {kind}"


def _bitsandbytes8(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    return "bitsandbytes int8" if "weight" in held and held["weight"].dtype == "int8" else None


def _mxfp4(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """``*_blocks`` uint8 (…, 16 bytes = 32 values) with ``*_scales`` uint8, one for a block."""
    paired = [key for key in keys if key.removesuffix("_blocks") + "_scales" in held and held[key].dtype == "uint8"]
    for key in paired:
        hold(held, key, times(held[key], 2))
    return "MXFP4" if paired else None


def _nvfp4(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """ModelOpt: ``weight`` uint8 with two values a byte, an FP8 scale for 16, a float32 scale for all."""
    if "weight" not in held or held["weight"].dtype != "uint8":
        return _eight_bit_scales(module, held, keys, config)
    hold(held, "weight", times(held["weight"], 2))
    return "NVFP4"


def _compressed(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """compressed-tensors: ``weight_packed``; uint8 is two FP4 values, int32 is packed integers of stated bits."""
    weight = held["weight_packed"]
    if weight.dtype == "uint8":
        hold(held, "weight_packed", times(weight, 2))
        return "NVFP4 (compressed-tensors)" if "weight_global_scale" in held else "MXFP4 (compressed-tensors)"
    order, bits = sizes(held.get("weight_g_idx"), 1), _bits_of_zeros(held) or bits_of(config, module)
    rows, logical = sizes(weight, 2), _shape_stored(weight, module, config)
    if logical:
        hold(held, "weight_packed", logical[0] * logical[1])
        bits = bits or 32 * width(weight) // logical[1]
    elif rows and order:
        hold(held, "weight_packed", rows[0] * order[0])
    elif not bits:
        hold(held, "weight_packed", Unknown("packed, and no config.json beside it says how many bits a value has"))
        return "compressed-tensors"
    elif 32 % bits:
        hold(held, "weight_packed", Unknown("packed with bits to spare, and no shape beside it says how many"))
    else:
        hold(held, "weight_packed", times(weight, 32 // bits))
    return f"compressed-tensors {bits}-bit" if bits else "compressed-tensors"


def _shape_stored(weight: Tensor, module: str, config: Config) -> tuple[int, int] | None:
    """The logical shape that the file keeps beside the weight, where the packed one can be it."""
    shapes = config.get("weight_shapes")
    stored = shapes.get(module) if isinstance(shapes, dict) else None
    if not stored or weight.shape[:1] != stored[:1] or stored[1] < 1:
        return None
    fits = 1 <= 32 * width(weight) // stored[1] <= 16
    return stored if fits else None


def _bits_of_zeros(held: Held) -> int:
    """Zero points are packed along the outputs: how many rows they have against the scales tells the bits."""
    zeros, scales = sizes(held.get("weight_zero_point"), 2), sizes(held.get("weight_scale"), 2)
    if not zeros or not scales or held["weight_zero_point"].dtype not in ("int32", "uint32"):
        return 0
    return 32 * zeros[0] // scales[0] if 32 * zeros[0] % scales[0] == 0 else 0


def _mlx(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """MLX: ``weight`` uint32, ``scales`` and ``biases`` for each group along the last dimension."""
    weight, scales = held.get("weight"), held.get("scales")
    if weight is None or scales is None or weight.dtype != "uint32":
        return None
    stated = stated_for(config, module)
    bits, group = bits_of(stated), stated.get("group_size")
    if not bits and type(group) is int and width(scales) and 32 * width(weight) % (width(scales) * group) == 0:
        bits = 32 * width(weight) // (width(scales) * group)
    if not bits and width(scales) and 32 * width(weight) % width(scales) == 0:
        told = _MLX_ALONE if "biases" in held else _MLX_BLOCKS if scales.dtype == "uint8" else {}
        bits = told.get(32 * width(weight) // width(scales), 0)
    hold(held, "weight", times(weight, 32, bits) if bits else Unknown("packed, and no config.json says how many bits"))
    return f"MLX {bits}-bit" if bits else "MLX"


_MLX_ALONE = {64: 2, 96: 3, 160: 5, 320: 5, 640: 5, 768: 6, 1024: 8}
"""Bits of a group → bits of a value, where only one of MLX's group sizes (32, 64, 128) fits."""
_MLX_BLOCKS = {64: 4, 128: 4, 256: 8}
"""The same of its block formats, NVFP4 (16 values), MXFP4 and MXFP8 (32), whose scales are bytes."""


def _eight_bit_scales(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """Scales beside a ``weight`` of one byte an element: one value in it, or two or four where the scales say so."""
    weight, scale = held.get("weight"), held[keys[0]]
    if weight is None or not weight.dtype.startswith((*_NARROW, "uint8")):
        return None
    if weight.dtype.startswith("float"):
        return f"{_FLOATS[weight.dtype[:6]]} with scales"
    packed = _values_a_byte(weight, scale, config)
    if packed is None:
        hold(held, "weight", Unknown("bytes, and nothing beside them says how many values each holds"))
        return "bytes with scales"
    if packed > 1:
        hold(held, "weight", times(weight, packed))
    four = "FP4" if scale.dtype in _BLOCK_SCALES else "4-bit integers"
    return {1: "8-bit integers with scales", 2: f"{four} with scales"}.get(packed, "BitNet 2-bit")


_FLOATS = {"float8": "FP8", "float6": "FP6", "float4": "FP4"}


def _values_a_byte(weight: Tensor, scale: Tensor, config: Config) -> int | None:
    """Scales of a block format stand for 32 values (powers of two) or 16 (FP8); others for rows of whole bytes."""
    block = 32 if scale.dtype in ("float8_e8m0fnu", "uint8") else 16 if scale.dtype == "float8_e4m3fn" else 0
    if block and len(scale.shape) == len(weight.shape):
        return next((n for n in (1, 2) if n * width(weight) == block * width(scale)), None)
    rows = weight.shape[0] if weight.shape else 0
    if type(rows) is int and scale.shape and scale.shape[0] == 2 * rows:
        return 2  # ModelOpt's AWQ, Ascend's four bits: packed along the outputs
    if weight.dtype == "int8":
        return 1
    if config.get("quant_method") == "bitnet":
        return 4
    return 1 if scale.shape and scale.shape[0] == rows and config.get("quant_method") is not None else None


_LAYOUTS: tuple[tuple[str, Recogniser], ...] = (
    ("scale_packed", tiles.marlin),
    ("B", tiles.marlin),
    ("B_24", tiles.marlin),
    ("bitmask", tiles.bitmask),
    ("weight.bitmask", tiles.bitmask),
    ("weights_scaling_factor", tiles.tensorrt),
    ("per_channel_scale", tiles.tensorrt),
    ("wscales", codebooks.svd_quant),
    ("tables2", codebooks.higgs),
    ("dense_weights", not_followed("SpQR")),
    ("weight_scales", codebooks.eetq),
    ("qweight", _gptq_or_awq),
    ("weight.absmax", _bitsandbytes4),
    (".absmax", named.bitsandbytes),
    ("SCB", _bitsandbytes8),
    ("_blocks", _mxfp4),
    ("weight_packed", _compressed),
    ("_qdata", torchao),
    ("_weight_scale", named.model_opt),
    ("weight_scale_2", _nvfp4),
    ("weight_scale_inv", _eight_bit_scales),
    ("weight_scale", tiles.whole_words),
    ("weight_scale", _eight_bit_scales),
    ("biases", _mlx),
    ("scales", _mlx),
    ("q_weight", codebooks.exl2),
    ("trellis", codebooks.exl3),
    ("weight._data", codebooks.quanto),
    ("weight._data._data", codebooks.quanto),
    ("W_q", codebooks.hqq),
    ("codes", codebooks.aqlm),
    ("Qidxs", not_followed("QuIP#")),
    ("indices", codebooks.vptq),
    ("scale", _eight_bit_scales),
    ("scale_weight", _eight_bit_scales),
    ("weight.scale", _eight_bit_scales),
    ("scales", _eight_bit_scales),
)
"""The tensor that gives a layout away (a leading ``_`` or ``.``: the end of a name) and who reads it; the first wins.
"""


_ENDINGS = tuple(dict.fromkeys([f"{'' if name[0] in '_.' else '.'}{name}\n".translate(ZEROS) for name, _ in _LAYOUTS]))
"""How such a name ends among the :func:`spellings`."""


def looks_packed(tensors: Sequence[Tensor], joined: str) -> bool:
    """Whether any tensor is one that packed layouts use: only then is ``config.json`` looked for.

    ``joined`` are the :func:`spellings` of their names.
    """
    dtypes = {tensor.dtype for tensor in tensors}
    if any(dtype.startswith(_NARROW) for dtype in dtypes) and any(map(_is_narrow, tensors)):
        return True
    if any(ending in joined for ending in _ENDINGS):
        return True
    if "uint8" in dtypes and any(map(named.is_byte_weight, tensors)):
        return True
    return not dtypes.isdisjoint(_WORDS) and ("scale" in joined or "absmax" in joined)
