"""Packed 4-bit and 8-bit layouts: logical parameters from the names, shapes and ``config.json``.

The shapes are those that the libraries write for a 4096 × 11008 linear layer (Llama-7B's ``mlp.down_proj``), whose
logical count is 45,088,768 whatever the packing.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from netledger.ledger import keep_books
from netledger.network import Tensor
from netledger.sources import read_file
from netledger.sources.quantised import unpack
from netledger.sources.quantised.configuration import bits_of, quantisation_of
from netledger.unknown import Unknown, least
from tests.sources.builders import entry, safetensors

IN, OUT = 11008, 4096
LOGICAL = IN * OUT
WIDTH = {
    "I32": 4,
    "U32": 4,
    "U8": 1,
    "I8": 1,
    "F16": 2,
    "BF16": 2,
    "F32": 4,
    "F8_E4M3": 1,
    "F8_E8M0": 1,
    "I64": 8,
    "I16": 2,
}

FOUR_BITS = {"quantization_config": {"config_groups": {"group_0": {"weights": {"num_bits": 4}}}}}

LAYOUTS: dict[str, tuple[dict[str, tuple[str, tuple[int, ...]]], dict[str, object] | None, str]] = {
    "GPTQ, with order": ({
        "qweight": ("I32", (IN // 8, OUT)), "qzeros": ("I32", (IN // 128, OUT // 8)),
        "scales": ("F16", (IN // 128, OUT)), "g_idx": ("I32", (IN,)),
    }, None, "GPTQ 4-bit"),
    "GPTQ 8-bit": ({
        "qweight": ("I32", (IN // 4, OUT)), "qzeros": ("I32", (IN // 128, OUT // 4)),
        "scales": ("F16", (IN // 128, OUT)),
    }, {"quantization_config": {"quant_method": "gptq", "bits": 8}}, "GPTQ 8-bit"),
    "GPTQ 3-bit": ({
        "qweight": ("I32", (IN * 3 // 32, OUT)), "qzeros": ("I32", (IN // 128, OUT * 3 // 32)),
        "scales": ("F16", (IN // 128, OUT)),
    }, None, "GPTQ 3-bit"),
    "AWQ": ({
        "qweight": ("I32", (IN, OUT // 8)), "qzeros": ("I32", (IN // 128, OUT // 8)),
        "scales": ("F16", (IN // 128, OUT)),
    }, None, "AWQ 4-bit"),
    "GPTQ in Marlin's tiles": ({
        "qweight": ("I32", (IN // 16, OUT * 2)), "scales": ("F16", (IN // 128, OUT)), "g_idx": ("I32", (0,)),
    }, {"quantization_config": {"quant_method": "gptq", "bits": 4, "checkpoint_format": "marlin"}}, "Marlin 4-bit"),
    "AWQ in Marlin's tiles": ({
        "qweight": ("I32", (IN // 16, OUT * 2)), "qzeros": ("I32", (IN // 128, OUT // 8)),
        "scales": ("F16", (IN // 128, OUT)),
    }, None, "Marlin 4-bit"),
    "QQQ": ({
        "B": ("I32", (IN // 16, OUT * 2)), "s_channel": ("F32", (1, OUT)), "s_group": ("F16", (IN // 128, OUT)),
    }, None, "Marlin 4-bit"),
    "BitBLAS": ({
        "qweight": ("I8", (OUT, IN // 2)), "scales": ("F16", (OUT, IN // 128)), "zeros": ("F16", (OUT, IN // 128)),
    }, {"quantization_config": {"quant_method": "bitblas", "bits": 4}}, "BitBLAS 4-bit"),
    "BitBLAS, from GPTQ": ({
        "qweight": ("I8", (OUT, IN // 4)), "scales": ("F16", (OUT, IN // 128)), "qzeros": ("I8", (IN // 128, OUT // 4)),
    }, {"quantization_config": {"quant_method": "gptq", "bits": 2, "checkpoint_format": "bitblas"}}, "BitBLAS 2-bit"),
    "QTIP 2-bit": ({
        "trellis": ("I16", (IN * OUT // 256, 32)), "SU": ("F16", (IN,)), "SV": ("F32", (OUT,)),
        "tlut": ("F16", (512, 2)), "rcp": ("I64", ()), "tp_rank": ("I64", ()),
    }, None, "QTIP"),
    "QTIP 3-bit": ({
        "trellis": ("I16", (IN * OUT // 256, 48)), "SU": ("F16", (IN,)), "SV": ("F32", (OUT,)),
    }, None, "QTIP"),
    "SqueezeLLM": ({
        "qweight": ("I32", (IN // 8, OUT)), "lookup_table": ("F16", (OUT, 16)), "rows": ("I32", (OUT + 1,)),
        "cols": ("I32", (99,)), "vals": ("F32", (99,)),
    }, None, "GPTQ 4-bit"),
    "FP-Quant": ({
        "qweight": ("U8", (OUT, IN // 2)), "scales": ("F8_E8M0", (OUT, IN // 32)),
        "forward_hadamard_matrix": ("BF16", (32, 32)), "backward_hadamard_matrix": ("BF16", (32, 32)),
        "weight_global_scale": ("F32", (1,)), "act_global_scale": ("F32", (1,)),
    }, {"quantization_config": {"quant_method": "fp_quant"}}, "FP4 with scales"),
    "ModelOpt's AWQ": ({
        "weight": ("U8", (OUT // 2, IN)), "weight_scale": ("F32", (OUT, IN // 128)), "pre_quant_scale": ("BF16", (IN,)),
    }, None, "4-bit integers with scales"),
    "Ascend's eight bits": ({
        "weight": ("I8", (OUT, IN)), "weight_scale": ("F32", (OUT, 1)), "weight_offset": ("F32", (OUT, 1)),
        "quant_bias": ("I32", (OUT,)), "deq_scale": ("I64", (OUT,)), "input_scale": ("BF16", (1,)),
        "input_offset": ("BF16", (1,)),
    }, None, "8-bit integers with scales"),
    "Ascend's four bits": ({
        "weight": ("I8", (OUT // 2, IN)), "weight_scale": ("F32", (OUT, 1)), "weight_offset": ("F32", (OUT, 1)),
        "scale_bias": ("F32", (OUT, 1)),
    }, None, "4-bit integers with scales"),
    "MLX MXFP4 alone": ({"weight": ("U32", (OUT, IN // 8)), "scales": ("U8", (OUT, IN // 32))}, None, "MLX 4-bit"),
    "MLX NVFP4 alone": ({"weight": ("U32", (OUT, IN // 8)), "scales": ("U8", (OUT, IN // 16))}, None, "MLX 4-bit"),
    "MLX MXFP8 alone": ({"weight": ("U32", (OUT, IN // 4)), "scales": ("U8", (OUT, IN // 32))}, None, "MLX 8-bit"),
    "MLX of five bits alone": ({
        "weight": ("U32", (OUT, IN * 5 // 32)), "scales": ("F16", (OUT, IN // 64)), "biases": ("F16", (OUT, IN // 64)),
    }, None, "MLX 5-bit"),
    "bitsandbytes NF4": ({
        "weight": ("U8", (LOGICAL // 2, 1)), "weight.absmax": ("U8", (LOGICAL // 64,)),
        "weight.quant_map": ("F32", (16,)),
        "weight.nested_absmax": ("F32", (LOGICAL // 64 // 256,)), "weight.nested_quant_map": ("F32", (256,)),
        "weight.quant_state.bitsandbytes__nf4": ("U8", (118,)),
    }, None, "bitsandbytes nf4"),
    "bitsandbytes int8": ({
        "weight": ("I8", (OUT, IN)), "SCB": ("F32", (OUT,)), "weight_format": ("U8", ()),
    }, None, "bitsandbytes int8"),
    "NVFP4 (ModelOpt)": ({
        "weight": ("U8", (OUT, IN // 2)), "weight_scale": ("F8_E4M3", (OUT, IN // 16)), "weight_scale_2": ("F32", ()),
        "input_scale": ("F32", ()),
    }, None, "NVFP4"),
    "NVFP4 (compressed-tensors)": ({
        "weight_packed": ("U8", (OUT, IN // 2)), "weight_scale": ("F8_E4M3", (OUT, IN // 16)),
        "weight_global_scale": ("F32", (1,)), "input_global_scale": ("F32", (1,)),
    }, None, "NVFP4 (compressed-tensors)"),
    "compressed-tensors": ({
        "weight_packed": ("I32", (OUT, IN // 8)), "weight_scale": ("BF16", (OUT, IN // 128)),
        "weight_shape": ("I64", (2,)),
    }, FOUR_BITS, "compressed-tensors 4-bit"),
    "compressed-tensors, with order": ({
        "weight_packed": ("I32", (OUT, IN // 8)), "weight_scale": ("BF16", (OUT, IN // 128)),
        "weight_g_idx": ("I32", (IN,)),
    }, None, "compressed-tensors"),
    "AWQ for one vector": ({
        "qweight": ("I16", (OUT // 4, IN)), "qzeros": ("F16", (IN // 128, OUT)), "scales": ("F16", (IN // 128, OUT)),
    }, None, "AWQ 4-bit"),
    "bitsandbytes NF4 in float16": ({
        "weight": ("F16", (LOGICAL // 4, 1)), "weight.absmax": ("F32", (LOGICAL // 64,)),
        "weight.quant_map": ("F32", (16,)), "weight.quant_state.bitsandbytes__nf4": ("U8", (118,)),
    }, None, "bitsandbytes nf4"),
    "FP8, two scales": ({
        "weight": ("F8_E4M3", (OUT, IN)), "weight_scale": ("F32", (OUT, 1)), "weight_scale_2": ("F32", ()),
    }, None, "FP8 with scales"),
    "MLX": ({
        "weight": ("U32", (OUT, IN // 8)), "scales": ("F16", (OUT, IN // 64)), "biases": ("F16", (OUT, IN // 64)),
    }, {"quantization": {"group_size": 64, "bits": 4}}, "MLX 4-bit"),
    "MLX, bits of one module": ({
        "weight": ("U32", (OUT, IN // 4)), "scales": ("F16", (OUT, IN // 64)), "biases": ("F16", (OUT, IN // 64)),
    }, {"quantization": {"group_size": 64, "bits": 4, "model.layers.0.mlp.down_proj": {"bits": 8}}}, "MLX 8-bit"),
    "MLX, bits from the group": ({
        "weight": ("U32", (OUT, IN // 8)), "scales": ("F16", (OUT, IN // 64)), "biases": ("F16", (OUT, IN // 64)),
    }, {"quantization": {"group_size": 64}}, "MLX 4-bit"),
    "FP8 blocks": ({
        "weight": ("F8_E4M3", (OUT, IN)), "weight_scale_inv": ("F32", (OUT // 128, IN // 128)),
    }, None, "FP8 with scales"),
    "EXL2, bits that differ by group": ({
        "q_weight": ("I32", (IN * 3 // 32, OUT)), "q_scale": ("I32", (86, OUT // 8)), "q_scale_max": ("F16", (86,)),
        "q_groups": ("I16", (172,)), "q_invperm": ("I16", (IN,)),
    }, None, "EXL2"),
    "EXL3": ({
        "trellis": ("I16", (IN // 16, OUT // 16, 48)), "suh": ("F16", (IN,)), "svh": ("F16", (OUT,)),
    }, None, "EXL3 3-bit"),
    "AQLM 1x16": ({
        "codes": ("I16", (OUT, IN // 8, 1)), "codebooks": ("F16", (1, 65536, 1, 8)), "scales": ("F16", (OUT, 1, 1, 1)),
    }, None, "AQLM"),
    "HQQ": ({
        "W_q": ("U8", (LOGICAL // 64 // 2, 64)), "scale": ("F16", (LOGICAL // 64, 1)), "zero": ("F16", (LOGICAL // 64, 1)),
    }, None, "HQQ"),
    "Quanto 8-bit": ({
        "weight._data": ("I8", (OUT, IN)), "weight._scale": ("F16", (OUT, 1)), "input_scale": ("F16", ()),
    }, None, "Quanto 8-bit"),
    "Quanto 2-bit": ({
        "weight._data._data": ("U8", (LOGICAL // 128 // 4, 128)), "weight._scale": ("F16", (LOGICAL // 128, 1)),
        "weight._shift": ("F16", (LOGICAL // 128, 1)),
    }, None, "Quanto 2-bit"),
    "BitNet": ({
        "weight": ("U8", (OUT // 4, IN)), "weight_scale": ("BF16", (1,)),
    }, {"quantization_config": {"quant_method": "bitnet"}}, "BitNet 2-bit"),
    "SVDQuant": ({
        "qweight": ("I8", (OUT, IN // 2)), "wscales": ("BF16", (IN // 64, OUT)), "smooth_factor": ("BF16", (IN,)),
        "proj_down": ("BF16", (IN, 32)), "proj_up": ("BF16", (OUT, 32)),
    }, None, "SVDQuant 4-bit"),
    "EETQ": ({"qweight": ("I8", (IN, OUT)), "weight_scales": ("F16", (OUT,))}, None, "8-bit integers with scales"),
    "Quark MXFP4": ({
        "weight": ("U8", (OUT, IN // 2)), "weight_scale": ("U8", (OUT, IN // 32)),
    }, {"quantization_config": {"quant_method": "quark"}}, "FP4 with scales"),
    "FP4 in int8, scales that are powers of two": ({
        "weight": ("I8", (OUT, IN // 2)), "scale": ("F8_E8M0", (OUT, IN // 32)),
    }, None, "FP4 with scales"),
    "FP8 with 'scale'": ({"weight": ("F8_E4M3", (OUT, IN)), "scale": ("F32", (32, 86))}, None, "FP8 with scales"),
    "FP8 with 'scale_weight'": ({
        "weight": ("F8_E4M3", (OUT, IN)), "scale_weight": ("F32", ()), "scale_input": ("F32", ()),
    }, None, "FP8 with scales"),
    "FP8 with 'weight.scale'": ({"weight": ("F8_E4M3", (OUT, IN)), "weight.scale": ("F32", ())}, None, "FP8 with scales"),
    "FP8 with 'scales' and ModelOpt's maxima": ({
        "weight": ("F8_E4M3", (OUT, IN)), "scales": ("F32", (OUT,)), "input_amax": ("F32", ()), "weight_amax": ("F32", ()),
    }, None, "FP8 with scales"),
    "FP8 of ComfyUI": ({
        "weight": ("F8_E4M3", (OUT, IN)), "weight_scale": ("F32", ()), "comfy_quant": ("U8", (30,)),
    }, None, "FP8 with scales"),
    "int8 with a zero point of its input": ({
        "weight": ("I8", (OUT, IN)), "weight_scale": ("F32", (OUT, 1)), "input_scale": ("F32", ()),
        "input_zero_point": ("I8", ()),
    }, None, "8-bit integers with scales"),
    "AutoRound's bits for one layer": ({
        "qweight": ("I32", (IN // 16, OUT)), "scales": ("F16", (IN // 128, OUT)),
    }, {"quantization_config": {
        "quant_method": "auto-round", "bits": 4, "extra_config": {"model.layers.0.mlp.down_proj": {"bits": 2}},
    }}, "GPTQ 2-bit"),
    "torchao int8": ({
        "weight_qdata": ("I8", (OUT, IN)), "weight_scale": ("F32", (OUT, 1)), "weight_zero_point": ("I8", (OUT, 1)),
    }, None, "torchao"),
    "VPTQ": ({
        "indices": ("I32", (1, 32, OUT)), "centroids.weight": ("F16", (1, 65536 * 8)),
    }, {"quantization_config": {"quant_method": "vptq", "config_for_layers": {
        "model.layers.0.mlp.down_proj": {"in_features": IN, "out_features": OUT},
    }}}, "VPTQ"),
    "bits by pattern": ({
        "weight_packed": ("I32", (OUT, IN // 4)), "weight_scale": ("BF16", (OUT, IN // 128)),
    }, {"text_config": {"quantization_config": {"config_groups": {
        "a": {"targets": ["Linear"], "weights": {"num_bits": 4}},
        "b": {"targets": ["re:.*down_proj"], "weights": {"num_bits": 8}},
    }}}}, "compressed-tensors 8-bit"),
    "bits from the zero points": ({
        "weight_packed": ("I32", (OUT, IN // 8)), "weight_scale": ("BF16", (OUT, IN // 128)),
        "weight_zero_point": ("I32", (OUT // 8, IN // 128)),
    }, None, "compressed-tensors 4-bit"),
}  # fmt: skip


def layer(folder: Path, held: dict[str, tuple[str, tuple[int, ...]]], config: dict[str, object] | None) -> str:
    at, header = 0, {}
    for name, (dtype, shape) in held.items():
        size = int(np.prod(shape)) * WIDTH[dtype]
        header[f"model.layers.0.mlp.down_proj.{name}"] = entry(dtype, shape, at, at + size)
        at += size
    raw = safetensors(header)
    path = folder / "model.safetensors"
    path.write_bytes(raw)
    with path.open("r+b") as file:
        file.truncate(len(raw) + at)
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config))
    return str(path)


@pytest.mark.parametrize(
    ("held", "config", "reason"),
    [
        ({"W_q": ("U8", (OUT, IN // 2)), "scale": ("F16", (OUT, IN // 64)), "zero": ("F16", (OUT, IN // 64)),
          "scale2": ("F16", (IN,))}, {"quantization_config": {"quant_method": "sinq", "nbits": 4}}, "packed as SINQ"),
        ({"trellis": ("I16", (IN * OUT // 256, 32)), "SV": ("F32", (OUT,))}, None, "packed as QTIP"),
        ({"trellis": ("I16", (IN * OUT // 256, 32)), "SU": ("F16", (IN,)), "SV": ("F32", (OUT // 64,))}, None,
         "packed as QTIP"),
        ({"qweight": ("I8", (OUT, IN // 2)), "scales": ("F16", (OUT, IN // 128))}, None, "nothing beside it says how many"),
    ],
)  # fmt: skip
def test_what_the_tensors_do_not_tell_is_open_and_named(
    tmp_path: Path, held: dict[str, tuple[str, tuple[int, ...]]], config: dict[str, object] | None, reason: str
) -> None:
    counted = keep_books(read_file(layer(tmp_path, held, config))).totals.parameters
    assert not isinstance(counted, int)
    assert least(counted) == 0
    assert reason in str(counted.unknowns)


@pytest.mark.parametrize("name", LAYOUTS)
def test_logical_parameters_and_stored_bytes(tmp_path: Path, name: str) -> None:
    held, config, layout = LAYOUTS[name]
    network = read_file(layer(tmp_path, held, config))
    assert keep_books(network).total_params == LOGICAL
    assert any(note.startswith(f"packed as {layout}: 1 module,") for note in network.notes)
    stored = sum(int(np.prod(shape)) * WIDTH[dtype] for dtype, shape in held.values())
    assert sum(tensor.bytes for tensor in network.tensors) == stored
    assert [layer.path for layer in network.layers] == ["model.layers.0.mlp.down_proj"]


def test_gpt_oss_experts(tmp_path: Path) -> None:
    """gpt-oss-20b: 32 experts of 2880 → 5760; its packed blocks hold two values a byte."""
    held = {
        "gate_up_proj_blocks": ("U8", (32, 5760, 90, 16)),
        "gate_up_proj_scales": ("U8", (32, 5760, 90)),
        "gate_up_proj_bias": ("BF16", (32, 5760)),
    }
    totals = keep_books(read_file(layer(tmp_path, held, None))).totals
    assert (int(totals.weights), int(totals.biases)) == (32 * 5760 * 2880, 32 * 5760)


@pytest.mark.parametrize("name", ["compressed-tensors", "MLX"])
def test_without_the_config_the_count_is_unknown(tmp_path: Path, name: str) -> None:
    totals = keep_books(read_file(layer(tmp_path, LAYOUTS[name][0], None))).totals
    assert not isinstance(totals.parameters, int)
    assert "config.json" in next(iter(totals.parameters.unknowns)).reason


@pytest.mark.parametrize(
    ("kind", "attributes", "dtype", "width", "logical"),
    [
        ("IntxUnpackedToInt8Tensor", {"block_size": [1, 32]}, "I8", 64, 64),
        ("Int4Tensor", {"block_size": [1, 32], "shape": [16, 64]}, "I8", 32, 64),
        ("Int4TilePackedTo4dTensor", {"block_size": [1, 32], "shape": [16, 60]}, "I32", 8, 60),
        ("NVFP4Tensor", {"block_size": 16}, "U8", 32, 64),
        ("MXTensor", {"elem_dtype": {"_type": "torch.dtype", "_data": "float4_e2m1fn_x2"}}, "U8", 32, 64),
        ("MXTensor", {"elem_dtype": {"_type": "torch.dtype", "_data": "float8_e4m3fn"}}, "F8_E4M3", 64, 64),
    ],
)
def test_what_the_metadata_says_of_torchao(
    tmp_path: Path, kind: str, attributes: dict[str, object], dtype: str, width: int, logical: int
) -> None:
    """As ``flatten_tensor_state_dict`` of torchao 0.18 writes them: the class and its attributes under the name."""
    at = 16 * width * WIDTH[dtype]
    header: dict[str, object] = {
        "__metadata__": {"fc.weight": json.dumps({"_type": kind, "_data": attributes})},
        "fc._weight_qdata": entry(dtype, (16, width), 0, at),
        "fc._weight_scale": entry("F32", (16, 2), at, at + 128),
    }
    path = tmp_path / "model.safetensors"
    path.write_bytes(safetensors(header) + bytes(at + 128))
    assert keep_books(read_file(str(path))).total_params == 16 * logical
    header["__metadata__"] = {"fc.weight": "{"}
    path.write_bytes(safetensors(header) + bytes(at + 128))
    exact = dtype == "F8_E4M3"  # float8 is one value a byte whatever else is said
    assert isinstance(keep_books(read_file(str(path))).totals.parameters, int) == exact


@pytest.mark.parametrize("text", ["{", "[]", '{"quantization_config": 3}', '{"a": 1, "a": 2}'])
def test_a_config_that_cannot_be_used_is_no_config(tmp_path: Path, text: str) -> None:
    path = layer(tmp_path, LAYOUTS["MLX"][0], None)
    (tmp_path / "config.json").write_text(text)
    assert not isinstance(keep_books(read_file(path)).totals.parameters, int)


@pytest.mark.parametrize(
    ("trigger", "name"),
    [("W_q", "HQQ"), ("codes", "AQLM"), ("Qidxs", "QuIP#"), ("q_weight", "EXL2"), ("dense_weights", "SpQR")],
)
def test_layouts_that_do_not_say_how_many(trigger: str, name: str) -> None:
    layout, (held,) = unpack("fc", [Tensor(f"fc.{trigger}", "buffer", (8, 8), "uint8")], {})
    assert layout == name
    assert isinstance(held.count, Unknown)


def test_qweight_that_nothing_explains() -> None:
    layout, (held,) = unpack("fc", [Tensor("fc.qweight", "weight", (8, 8), "int32")], {})
    assert layout == "GPTQ or AWQ"
    assert isinstance(held.count, Unknown)


def test_orders_of_their_own_do_not_say_how_many(tmp_path: Path) -> None:
    """Marlin's tiles (rows by 16) of bits that nothing states, HIGGS's places in tables: nothing is guessed."""
    marlin = {"qweight": ("I32", (IN // 16, 2 * OUT)), "scales": ("F16", (IN // 128, OUT))}
    higgs = {"weight": ("U8", (OUT, IN // 2)), "scales": ("F16", (OUT, 1)), "tables2": ("F32", (16, 1, 1))}
    for held, bits in ((marlin, None), (marlin, 3), (higgs, None)):
        config = {"quantization_config": {"quant_method": "gptq", "bits": bits}}
        assert str(keep_books(read_file(layer(tmp_path, held, config))).totals.parameters) == "unknown"


def test_names_alone_pack_nothing() -> None:
    plain = [
        Tensor("fc.weight", "weight", (8, 8)),
        Tensor("fc.scales", "parameter", (8,)),
        Tensor("fc.biases", "parameter", (8,)),
    ]
    assert unpack("fc", plain, {}) == (None, plain)
    blocks = [Tensor("a.x_blocks", "parameter", (4, 4))]
    assert unpack("a", blocks, {}) == (None, blocks)
    whole = [Tensor("fc.qweight", "weight", (8, 8), "float32")]
    assert unpack("fc", whole, {}) == (None, whole)


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("weight.absmax", "float32"), ("indices", "int64"), ("bitmask", "int8"), ("B", "int32"), ("wscales", "float16"),
        ("weights_scaling_factor", "float32"), ("weight_scales", "float16"), ("tables2", "float16"),
    ],
)  # fmt: skip
def test_a_name_of_a_layout_without_what_it_belongs_to_packs_nothing(name: str, dtype: str) -> None:
    alone = Tensor(f"fc.{name}", "parameter", (8, 8), dtype)
    layout, (held,) = unpack("fc", [alone], {})
    assert (layout, held.count) == (None, 64)


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        ({"trellis": ("int16", (4, 4, 17))}, "EXL3"),  # rows of 16 times the bits
        ({"weight._data._data": ("uint8", (8, 8)), "weight._scale": ("float16", (8, 3))}, "Quanto"),
        ({"qweight": ("int32", (7, 32)), "qzeros": ("int32", (1, 3)), "scales": ("float16", (1, 32))}, "whole values"),
        ({"gate": ("uint8", (4, 8)), "gate_weight_scale": ("float8_e4m3fn", (4, 3))}, "how many values"),
    ],
)
def test_shapes_that_do_not_fit_their_layout_are_not_guessed(
    held: dict[str, tuple[str, tuple[int, ...]]], reason: str
) -> None:
    """GPTQ's 3 words of zero points for 32 outputs say 3 bits, and 7 words a column are no whole number of those."""
    _, found = unpack("fc", [Tensor(f"fc.{name}", "buffer", shape, dtype) for name, (dtype, shape) in held.items()], {})
    assert isinstance(found[0].count, Unknown)
    assert reason in found[0].count.reason


def test_the_logical_shape_that_a_file_keeps(tmp_path: Path) -> None:
    """compressed-tensors writes ``weight_shape``: no configuration is needed, and inputs that fill no word are right."""
    inputs = 1001
    held = {"weight_packed": ("I32", (8, -(-inputs // 8))), "weight_shape": ("I64", (2,))}
    path = Path(layer(tmp_path, held, None))
    raw = bytearray(path.read_bytes())
    raw[-16:] = (8).to_bytes(8, "little") + inputs.to_bytes(8, "little")
    path.write_bytes(raw)
    assert keep_books(read_file(str(path))).total_params == 8 * inputs


def test_an_output_layer_that_is_the_embedding_again(tmp_path: Path) -> None:
    header = {
        "model.embed_tokens.weight": entry("F16", (10, 4), 0, 80),
        "lm_head.weight": entry("F16", (10, 4), 80, 160),
    }
    path = tmp_path / "model.safetensors"
    path.write_bytes(safetensors(header) + bytes(160))
    assert keep_books(read_file(str(path))).total_params == 80
    (tmp_path / "config.json").write_text('{"text_config": {"tie_word_embeddings": true}}')
    network = read_file(str(path))
    assert keep_books(network).total_params == 40
    assert sum(tensor.bytes for tensor in network.tensors) == 160


def test_bytes_that_nothing_explains(tmp_path: Path) -> None:
    """uint8 with one scale may be one, two or four values a byte."""
    held = {"weight": ("U8", (16, 64)), "weight_scale": ("BF16", (1,))}
    assert not isinstance(keep_books(read_file(layer(tmp_path, held, None))).totals.parameters, int)


def test_what_is_beside_eight_bits_and_learned_stays_learned() -> None:
    plain = [Tensor("a.weight", "weight", (4, 4), "int8"), Tensor("a.logit_scale", "parameter", ())]
    assert [tensor.role for tensor in unpack("a", plain, {})[1]] == ["weight", "parameter"]


def test_what_a_config_says() -> None:
    assert quantisation_of({"quantize": 1}) == {}
    two = {"config_groups": {"a": {"weights": {"num_bits": 4}}, "b": {"weights": {"num_bits": 8}}}}
    assert bits_of(quantisation_of({"quantization_config": two}), "fc") == 0
    assert bits_of({"dynamic": {"+:(a*)*b": {"bits": 8}}}, "a" * 60) == 0  # a pattern whose time explodes is not tried
    assert quantisation_of([]) == {}
    inside = {"text_config": {"hidden_size": 8}, "llm_config": {"quantization": {"bits": 4}}}
    assert bits_of(quantisation_of(inside)) == 4
    mixed = {"dynamic": {"+:.*q_proj": {"bits": 8}, "+:.*k_proj": {"bits": 2}}, "bits": 4}
    assert [bits_of(mixed, f"attn.{name}_proj") for name in "qkv"] == [8, 2, 4]
    assert bits_of({"config_groups": {"a": {"weights": None}, "b": {"weights": {"num_bits": 4}}}}, "fc") == 4


def test_the_settings_that_hqq_stores_as_tensors_are_no_parameters(tmp_path: Path) -> None:
    """``encoded_state_dict``: names of types as letters, numbers as scalars, beside 4-bit values of 256 × 128."""
    stored = {
        "W_q": ("U8", [256, 64]),
        "scale": ("F32", [512, 1]),
        "zero": ("F32", [512, 1]),
        "nbits": ("I32", []),
        "shape": ("I64", [2]),
        "compute_dtype": ("U8", [13]),
        "view_as_float": ("U8", []),
        "unpack_view_dtype": ("U8", [11]),
        "round_zero": ("U8", []),
    }
    entries, data = {}, 0
    for name, (dtype, shape) in stored.items():
        size = int(np.prod(shape)) * WIDTH[dtype]
        entries[f"fc.{name}"] = entry(dtype, shape, data, data + size)
        data += size
    path = tmp_path / "model.safetensors"
    path.write_bytes(safetensors(entries, data))
    assert keep_books(read_file(str(path))).totals.parameters == 256 * 128


def test_bytes_in_no_layout_are_no_exact_number(tmp_path: Path) -> None:
    """ggml's blocks as bytes (transformers keeps Q4_0 so), and four bits whose scales are in another file."""
    for held in ({"weight": ("U8", (OUT, IN // 32 * 18))}, {"weight": ("U8", (OUT, IN // 2)), "bias": ("F16", (OUT,))}):
        counted = keep_books(read_file(layer(tmp_path, held, None))).totals.parameters
        assert not isinstance(counted, int)
        assert least(counted) == sum(OUT for name in held if name == "bias")


@pytest.mark.parametrize("name", ["s_w", "weight_dequant", "act_quantizer_range"])
def test_what_may_be_a_scale_is_no_exact_number(tmp_path: Path, name: str) -> None:
    held = {"weight": ("I8", (OUT, IN)), name: ("F32", (OUT,)), "bias": ("F32", (OUT,))}
    counted = keep_books(read_file(layer(tmp_path, held, None))).totals.parameters
    assert not isinstance(counted, int)
    assert least(counted) <= LOGICAL + OUT


def test_what_is_larger_than_scales_is_learned(tmp_path: Path) -> None:
    """Wan's blocks in FP8 keep what modulates them in float32."""
    held = {"weight": ("F8_E4M3", (64, 64)), "modulation": ("F32", (1, 6, 64)), "bias": ("F32", (64,))}
    assert keep_books(read_file(layer(tmp_path, held, None))).total_params == 64 * 64 + 6 * 64 + 64


def test_a_tokeniser_in_a_file_of_weights(tmp_path: Path) -> None:
    """ComfyUI's text encoders carry SentencePiece's model as bytes."""
    raw = safetensors(
        {"spiece_model": entry("U8", (1000,), 0, 1000), "embed.weight": entry("F16", (10, 4), 1000, 1080)}, 1080
    )
    (tmp_path / "t5.safetensors").write_bytes(raw)
    assert keep_books(read_file(str(tmp_path / "t5.safetensors"))).total_params == 40


def test_what_transformer_engine_keeps_of_its_scales(tmp_path: Path) -> None:
    header = {"l.weight": entry("F16", (8, 8), 0, 128), "l._extra_state": entry("U8", (100,), 128, 228)}
    (tmp_path / "m.safetensors").write_bytes(safetensors(header, 228))
    assert keep_books(read_file(str(tmp_path / "m.safetensors"))).total_params == 64
