"""Layouts of a kernel's own, sparse ones, and tensors under names of their own: one 256 → 512 layer in each of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from netledger.ledger import keep_books
from netledger.network import Tensor
from netledger.sources import read_file
from netledger.sources.quantised.named import left_unknown
from tests.sources.test_packed import WIDTH, layer

IN, OUT = 256, 512
LOGICAL = IN * OUT
AWQ = {"quantization_config": {"quant_method": "awq", "bits": 4, "group_size": 32}}

LAYOUTS: dict[str, tuple[dict[str, tuple[str, tuple[int, ...]]], dict[str, object] | None]] = {
    "AWQ gemv": ({
        "qweight": ("I32", (OUT, IN // 8)), "qzeros": ("I32", (OUT, 1)), "scales": ("F16", (OUT, 8)),
    }, AWQ),
    "AWQ fast gemv": ({
        "qweight": ("I16", (OUT // 4, IN)), "qzeros": ("F16", (8, OUT)), "scales": ("F16", (8, OUT)),
    }, AWQ),
    "GPTQ into int16": ({
        "qweight": ("I16", (IN // 4, OUT)), "qzeros": ("I16", (2, OUT // 4)), "scales": ("F16", (2, OUT)),
        "g_idx": ("I32", (IN,)),
    }, None),
    "Marlin": ({"B": ("I32", (IN // 16, OUT * 2)), "s": ("F16", (2, OUT)), "workspace": ("I32", (64,))}, None),
    "Sparse-Marlin": ({
        "B_24": ("I32", (IN // 32, OUT * 2)), "B_meta": ("I16", (OUT, IN // 32)), "s": ("F16", (2, OUT)),
    }, None),
    "compressed-tensors marlin-24": ({
        "weight_packed": ("I32", (IN // 32, OUT * 2)), "scale_packed": ("F16", (2, OUT)),
        "meta": ("I16", (IN // 32, OUT * 2)),
    }, {"quantization_config": {"config_groups": {"a": {"targets": ["Linear"], "weights": {"num_bits": 4}}}}}),
    "TensorRT-LLM AWQ": ({
        "weight": ("F16", (IN, OUT // 4)), "weights_scaling_factor": ("F16", (2, OUT)),
        "prequant_scaling_factor": ("F16", (IN,)),
    }, None),
    "TensorRT-LLM FP8": ({
        "weight": ("F8_E4M3", (OUT, IN)), "weights_scaling_factor": ("F32", (1,)),
        "activation_scaling_factor": ("F32", (1,)), "kv_cache_scaling_factor": ("F32", (1,)),
    }, None),
    "Quark int4": ({
        "weight": ("I32", (IN, OUT // 8)), "weight_scale": ("F16", (2, OUT)),
        "weight_zero_point": ("I32", (2, OUT // 8)),
    }, None),
    "nunchaku's AWQ": ({
        "qweight": ("I32", (OUT // 4, IN // 2)), "wscales": ("BF16", (IN // 64, OUT)),
        "wzeros": ("BF16", (IN // 64, OUT)),
    }, None),
    "experts in bitsandbytes": ({
        "gate_up_proj": ("U8", (LOGICAL // 2, 1)), "gate_up_proj.absmax": ("F32", (LOGICAL // 64,)),
        "gate_up_proj.quant_map": ("F32", (16,)), "gate_up_proj.quant_state.bitsandbytes__nf4": ("U8", (80,)),
    }, None),
    "experts of ModelOpt": ({
        "gate_up_proj": ("U8", (4, IN // 8, OUT)), "gate_up_proj_weight_scale": ("F8_E4M3", (4, IN // 64, OUT)),
        "gate_up_proj_weight_scale_2": ("F32", (4,)), "gate_up_proj_input_scale": ("F32", (4,)),
    }, None),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_as_many_values_as_the_layer_has_and_all_bytes(tmp_path: Path, name: str) -> None:
    held, config = LAYOUTS[name]
    network = read_file(layer(tmp_path, held, config))
    assert keep_books(network).totals.parameters == LOGICAL
    assert sum(tensor.bytes for tensor in network.tensors) == sum(
        int(np.prod(shape)) * WIDTH[dtype] for dtype, shape in held.values()
    )


@pytest.mark.parametrize("below", ["", "weight."])
@pytest.mark.parametrize("stated", [True, False])
def test_sparse_values_beside_a_bitmask(tmp_path: Path, below: str, stated: bool) -> None:
    shape = [OUT, 250] if stated else [0, 0]
    held = {"compressed": np.ones(64_000, np.float16), "bitmask": np.ones((OUT, 32), np.uint8),
            "row_offsets": np.zeros(OUT, np.int64), "shape": np.array(shape, np.int64)}  # fmt: skip
    path = tmp_path / "model.safetensors"
    save_file({f"q_proj.{below}{name}": values for name, values in held.items()}, path)
    total = keep_books(read_file(str(path))).totals.parameters
    assert total == OUT * 250 if stated else not isinstance(total, int)


@pytest.mark.parametrize(
    "held",
    [
        {"weight_packed": ("I32", (OUT, 26)), "weight_scale": ("BF16", (OUT, 2))},  # three bits, two to spare a word
        {"packed": ("I32", (OUT, 32)), "block_scale": ("F16", (OUT, 8))},
        {"weight": ("I32", (OUT, 32)), "weight_scale": ("F16", (OUT, 8))},
        {"B": ("I32", (16, 1024)), "s": ("F16", (2, 500))},
        {"gate_up_proj": ("U8", (4, 32, OUT)), "gate_up_proj_weight_scale": ("F8_E4M3", (4, 5, OUT))},
    ],
)
def test_whole_numbers_beside_scales_are_never_nothing(
    tmp_path: Path, held: dict[str, tuple[str, tuple[int, ...]]]
) -> None:
    bits: dict[str, object] = {"quantization_config": {"bits": 3}}
    assert not isinstance(keep_books(read_file(layer(tmp_path, held, bits))).totals.parameters, int)


def test_masks_and_positions_beside_scales_stay_what_they_are() -> None:
    held = [
        Tensor("attn.relative_position_index", "buffer", (49, 49), "int64"),
        Tensor("attn.mask", "buffer", (49, 49), "bool"),
        Tensor("attn.logit_scale", "parameter", (4, 1, 1), "float32"),
    ]
    assert left_unknown(held) == held


NAMES: dict[str, tuple[dict[str, tuple[int, ...]], int]] = {
    "VeRA": ({"q.vera_lambda_b": (512,), "q.vera_lambda_d": (8,), "vera_A": (8, 256), "vera_B": (512, 8)}, 520),
    "GLoRA": ({"lora_unet_a.a1.weight": (8, 320), "lora_unet_a.a2.weight": (320, 8), "lora_unet_a.alpha": ()}, 5120),
    "SwinV2": ({"a.relative_coords_table": (1, 13, 13, 2), "a.logit_scale": (4, 1, 1)}, 4),
    "rotary": ({"rope.freqs": (32,), "a.cos_cached": (1, 1, 99, 64), "a.freqs_cis": (99, 32, 2), "a.weight": (8, 8)}, 64),
    "GPT-J": ({"h.0.attn.embed_positions": (2048, 64), "h.0.attn.q_proj.weight": (64, 64)}, 4096),
    "PyTorch's tutorial": ({"pos_encoder.pe": (5000, 1, 16), "encoder.weight": (10, 16)}, 160),
    "learned positions": ({"pos_embed.pe": (1, 50, 16), "encoder.weight": (10, 16)}, 960),
    "EnCodec": ({
        "q.codebook.embed": (1024, 128), "q.codebook.embed_avg": (1024, 128), "q.codebook.cluster_size": (1024,),
        "q.codebook.inited": (1,), "e.conv.weight": (8, 1, 7),
    }, 56),
    "RT-DETR": ({"model.anchors": (1, 8400, 4), "c.weight": (8, 3, 1, 1)}, 24),
    "NeMo": ({"preprocessor.featurizer.fb": (1, 80, 257), "preprocessor.featurizer.window": (400,), "e.weight": (8, 8)}, 64),
    "Optax": ({"params/dense/kernel": (3, 4), "opt_state/0/mu/dense/kernel": (3, 4)}, 12),
    "an optimizer": ({"state.0.exp_avg": (8, 8), "state.0.step": ()}, 0),
    "RandLoRA": ({
        "base_model.randlora_A": (4, 1, 64), "q.randlora_B": (64, 16, 4), "q.randlora_lambda": (4, 16),
        "q.randlora_gamma": (16, 64),
    }, 64 + 1024),
    "DeLoRA in its model": ({
        "q.delora_A.default": (4, 64), "q.delora_B.default": (64, 4), "q.delora_lambda.default": (1,),
        "q.delora_w_norm.default": (64,),
    }, 513),
    "Flax, flattened": ({
        "batch_stats.BatchNorm_0.mean": (8,), "batch_stats.BatchNorm_0.var": (8,), "params.BatchNorm_0.scale": (8,),
        "params.BatchNorm_0.bias": (8,),
    }, 16),
    "Flax nnx": ({"bn.mean": (8,), "bn.var": (8,), "bn.scale": (8,), "bn.bias": (8,)}, 16),
    "Haiku": ({
        "bn/~/mean_ema/average": (8,), "bn/~/mean_ema/hidden": (8,), "bn/~/mean_ema/counter": (), "bn/scale": (8,),
    }, 8),
    "a head with a mean and a variance": ({"head.mean": (8,), "head.var": (8,)}, 16),
    "torchmetrics": ({
        "acc.tp": (10,), "acc.fp": (10,), "mse.sum_squared_error": (), "mse.total": (), "loss.mean_value": (),
        "loss.weight": (), "r2.residual": (), "net.weight": (4, 4),
    }, 16),
    "a layer that sums": ({"a.sum_error": (4,), "a.kernel": (4, 4)}, 20),
    "Adam of MLX": ({"fc.weight.m": (4, 8), "fc.weight.v": (4, 8), "step": (), "learning_rate": ()}, 0),
    "layers that are called m and v": ({"fc.m": (4, 8), "fc.v": (4, 8), "step": ()}, 64),
    "CLIP": ({"logit_scale": (), "a.weight": (8, 8)}, 65),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_public_models_register_as_buffers(tmp_path: Path, name: str) -> None:
    """As their classes in PEFT, timm, transformers and NeMo say: ``register_buffer`` or a parameter."""
    held, learned = NAMES[name]
    save_file({key: np.zeros(shape, np.float32) for key, shape in held.items()}, tmp_path / "m.safetensors")
    assert keep_books(read_file(str(tmp_path / "m.safetensors"))).totals.parameters == learned
