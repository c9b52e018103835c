"""A GGUF file beside a configuration is the second entry of the books: every tensor by the checkpoint's name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netledger.ledger import Ledger, keep_books
from netledger.sources import read
from netledger.sources.configs import gguf_names

gguf = pytest.importorskip("gguf")
CONVERTER = dict(gguf.TensorNameMap.block_mappings_cfg)
"""As it is imported: making the map of one architecture changes it."""

LLAMA = {
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 32, "num_hidden_layers": 2,
    "num_attention_heads": 8, "num_key_value_heads": 2, "intermediate_size": 64, "vocab_size": 96,
}  # fmt: skip
MIXTRAL = {
    **LLAMA, "model_type": "mixtral", "architectures": ["MixtralForCausalLM"], "num_local_experts": 4, "num_experts_per_tok": 2,
}  # fmt: skip
GPT2 = {
    "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_layer": 2, "n_embd": 32, "n_head": 4, "vocab_size": 96,
    "n_positions": 16,
}  # fmt: skip
GEMMA2 = {
    **LLAMA, "model_type": "gemma2", "architectures": ["Gemma2ForCausalLM"], "head_dim": 4,
}  # fmt: skip


def converted(folder: Path, config: dict[str, Any], arch: str, turned: tuple[str, ...] = (), kind: str = "F16") -> None:
    """A file as llama.cpp's converter writes it: names by its own map, experts stacked, GPT-2's matrices turned."""
    import numpy as np

    (folder / "config.json").write_text(json.dumps(config))
    ledger = keep_books(read(str(folder / "config.json")))
    enum = next(key for key, name in gguf.MODEL_ARCH_NAMES.items() if name == arch)
    names = gguf.get_tensor_name_map(enum, 2)
    writer = gguf.GGUFWriter(folder / "model-f16.gguf", arch)
    writer.add_block_count(2)
    stacked: dict[str, list[tuple[int, ...]]] = {}
    for entry in ledger:
        for full, slot in entry.tensor_names():
            if slot.role not in ("weight", "bias") or entry.layer.share is not None:
                continue
            words = full.split(".")
            if "experts" in words:
                at = words.index("experts") + 1
                full = ".".join(words[:at] + words[at + 1 :])
            name = names.get_name(full, try_suffixes=(".weight", ".bias"))
            assert name is not None, full
            shape = tuple(int(size) for size in slot.shape)
            stacked.setdefault(name, []).append(shape[::-1] if name.endswith(turned) and turned else shape)
    for name, shapes in stacked.items():
        shape = (len(shapes), *shapes[0]) if len(shapes) > 1 else shapes[0]
        writer.add_tensor(name, np.zeros(shape, np.float16 if len(shape) > 1 else np.float32))
    writer.add_tensor("rope_freqs.weight", np.zeros(2, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def entered(folder: Path) -> Ledger:
    return keep_books(read(str(folder)))


@pytest.mark.parametrize(
    ("config", "arch", "turned"),
    [
        (LLAMA, "llama", ()), (MIXTRAL, "llama", ()), (GEMMA2, "gemma2", ()),
        (GPT2, "gpt2", ("attn_qkv.weight", "attn_output.weight", "ffn_up.weight", "ffn_down.weight")),
    ],
)  # fmt: skip
def test_every_tensor_agrees(tmp_path: Path, config: dict[str, Any], arch: str, turned: tuple[str, ...]) -> None:
    converted(tmp_path, config, arch, turned)
    ledger = entered(tmp_path)
    alone = keep_books(read(str(tmp_path / "config.json")))
    assert ledger.discrepancies == ()
    assert ledger.totals.parameters == alone.totals.parameters
    assert [note for note in ledger.network.notes if "lacks" in note or "more" in note] == [
        "model-f16.gguf holds 1 tensors more, 2 values that are not counted: rope_freqs.weight"
    ]
    owned = [entry for entry in ledger if entry.parameters and entry.layer.share is None]
    assert all(entry.layer.tensors for entry in owned)
    vectors = sum(int(entry.parameters) for entry in owned if entry.kind in ("rms_norm", "layer_norm"))
    vectors += sum(int(entry.biases) for entry in owned if entry.kind == "linear")
    assert ledger.totals.bytes == 2 * int(ledger.totals.parameters) + 2 * vectors


def test_another_shape_is_a_discrepancy(tmp_path: Path) -> None:
    converted(tmp_path, LLAMA, "llama")
    (tmp_path / "config.json").write_text(json.dumps({**LLAMA, "intermediate_size": 128}))
    ledger = entered(tmp_path)
    assert {found.path for found in ledger.discrepancies} == {
        f"model.layers.{i}.mlp.{name}" for i in range(2) for name in ("gate_proj", "up_proj", "down_proj")
    }


@pytest.mark.parametrize("tail", sorted(gguf_names._BLOCK))
def test_names_are_the_converter_s(tail: str) -> None:
    """The package gguf's own table has each pair."""
    written = tail.removesuffix("_bias")  # the converter writes it as a bias of the correction
    places = {f"{before}.{{bid}}.{written}" for before in ("model.layers", "transformer.h", "gpt_neox.layers")}
    found = {gguf.TENSOR_NAMES[tensor] for tensor, known in CONVERTER.items() if places.intersection(known)}
    assert f"blk.{{bid}}.{gguf_names._BLOCK[tail]}" in found
