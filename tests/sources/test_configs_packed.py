"""A folder whose weights are packed: the configuration's formulas and the packed tensors are two entries of one book."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from netledger import read
from netledger.ledger import Ledger, keep_books

VOCABULARY, WIDTH, INNER, LAYERS = 100, 256, 512, 2
CONFIG = {
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": VOCABULARY, "hidden_size": WIDTH,
    "intermediate_size": INNER, "num_hidden_layers": LAYERS, "num_attention_heads": 4, "num_key_value_heads": 2,
    "tie_word_embeddings": False,
}  # fmt: skip
MATRICES = {
    "self_attn.q_proj": (WIDTH, WIDTH), "self_attn.k_proj": (WIDTH // 2, WIDTH), "self_attn.v_proj": (WIDTH // 2, WIDTH),
    "self_attn.o_proj": (WIDTH, WIDTH), "mlp.gate_proj": (INNER, WIDTH), "mlp.up_proj": (INNER, WIDTH),
    "mlp.down_proj": (WIDTH, INNER),
}  # fmt: skip
LEARNED = 2 * VOCABULARY * WIDTH + WIDTH + LAYERS * (2 * WIDTH + sum(o * i for o, i in MATRICES.values()))

Packed = dict[str, np.ndarray]


def gptq(o: int, i: int) -> Packed:
    return {"qweight": np.zeros((i // 8, o), np.int32), "qzeros": np.zeros((i // 128, o // 8), np.int32),
            "scales": np.zeros((i // 128, o), np.float16), "g_idx": np.zeros(i, np.int32)}  # fmt: skip


def compressed(o: int, i: int) -> Packed:
    return {"weight_packed": np.zeros((o, i // 8), np.int32), "weight_scale": np.zeros((o, i // 128), np.float16),
            "weight_shape": np.array([o, i], np.int64)}  # fmt: skip


def hqq(o: int, i: int) -> Packed:
    return {"W_q": np.zeros((o * i // 128, 64), np.uint8), "scale": np.zeros((o * i // 64, 1), np.float16),
            "zero": np.zeros((o * i // 64, 1), np.float16)}  # fmt: skip


def nf4(o: int, i: int) -> Packed:
    return {"weight": np.zeros((o * i // 2, 1), np.uint8), "weight.absmax": np.zeros(o * i // 64, np.uint8),
            "weight.quant_map": np.zeros(16, np.float32),
            "weight.quant_state.bitsandbytes__nf4": np.zeros(90, np.uint8)}  # fmt: skip


METHODS = {"gptq": gptq, "compressed-tensors": compressed, "hqq": hqq, "bitsandbytes": nf4}


def books(folder: Path, method: str, change: Packed | None = None) -> Ledger:
    """A folder of a small Llama whose matrices are packed by ``method``."""
    tensors = {"model.embed_tokens.weight": np.zeros((VOCABULARY, WIDTH), np.float16),
               "lm_head.weight": np.zeros((VOCABULARY, WIDTH), np.float16),
               "model.norm.weight": np.zeros(WIDTH, np.float16)}  # fmt: skip
    for layer in range(LAYERS):
        for name in ("input_layernorm", "post_attention_layernorm"):
            tensors[f"model.layers.{layer}.{name}.weight"] = np.zeros(WIDTH, np.float16)
        for name, sizes in MATRICES.items():
            held = METHODS[method](*sizes)
            tensors |= {f"model.layers.{layer}.{name}.{key}": value for key, value in held.items()}
    save_file({**tensors, **(change or {})}, folder / "model.safetensors")
    packing = {"quant_method": method, "bits": 4, "group_size": 128}
    (folder / "config.json").write_text(json.dumps({**CONFIG, "quantization_config": packing}))
    return keep_books(read(str(folder)))


def stored_bytes(folder: Path) -> int:
    raw = (folder / "model.safetensors").read_bytes()
    return len(raw) - 8 - int.from_bytes(raw[:8], "little")


@pytest.mark.parametrize("method", METHODS)
def test_packed_weights_are_the_second_entry(tmp_path: Path, method: str) -> None:
    ledger = books(tmp_path, method)
    assert ledger.totals.parameters == LEARNED
    assert not ledger.discrepancies
    assert sum(len(entry.evidence) for entry in ledger) == 3 + LAYERS * (2 + len(MATRICES))
    assert all(evidence.agrees for entry in ledger for evidence in entry.evidence)
    constants = LAYERS * sum(4 * i for _, i in MATRICES.values()) if method == "gptq" else 0  # the order of the inputs
    constants += LAYERS * len(MATRICES) * {"compressed-tensors": 16, "bitsandbytes": 90}.get(method, 0)
    assert ledger.totals.bytes == stored_bytes(tmp_path) - constants
    assert any(note.endswith("sizes here are those that are stored") for note in ledger.network.notes)
    count = LAYERS * len(MATRICES) * (len(METHODS[method](256, 256)) - 1)
    assert [note for note in ledger.network.notes if "lacks" in note or " holds " in note] == [
        f"model.safetensors holds {count} tensors of packing beside the weights: scales, zero points, orders of inputs"
    ]


def test_a_packed_weight_of_another_size_is_a_discrepancy(tmp_path: Path) -> None:
    name = "model.layers.1.mlp.up_proj"
    wrong = {f"{name}.{key}": value for key, value in gptq(INNER, 2 * WIDTH).items()}
    assert [found.path for found in books(tmp_path, "gptq", wrong).discrepancies] == [name]
