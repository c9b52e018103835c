"""How the tensors of a file become rows: a person's order, one row for an optimizer, what is no parameter left out."""

from __future__ import annotations

import json
import pickle
import random
import warnings
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from netledger.ledger import keep_books
from netledger.sources import read_file

warnings.filterwarnings("ignore", category=UserWarning)


def blocks(count: int) -> nn.Module:
    model = nn.Module()
    model.layers = nn.ModuleList(nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)) for _ in range(count))
    model.head = nn.Linear(4, 2)
    return model


def test_safetensors_stand_in_the_order_of_counting(tmp_path: Path) -> None:
    model = blocks(12)
    path = str(tmp_path / "m.safetensors")
    save_file(model.state_dict(), path)
    network = read_file(path)
    wanted = ["head", *[f"layers.{i}.{j}" for i in range(12) for j in range(2)]]
    assert [layer.path for layer in network.layers] == wanted
    assert [tensor.name for tensor in network.layers[0].tensors] == ["head.weight", "head.bias"]


def test_shards_cut_through_modules_and_alphabet(tmp_path: Path) -> None:
    state = blocks(12).state_dict()
    names = sorted(state)
    where = {name: f"model-{i * 3 // len(names)}.safetensors" for i, name in enumerate(names)}
    for part in set(where.values()):
        save_file({name: state[name] for name in names if where[name] == part}, str(tmp_path / part))
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": where}))
    network = read_file(str(index))
    assert [layer.path for layer in network.layers][1:4] == ["layers.0.0", "layers.0.1", "layers.1.0"]
    assert len(network.layers) == 25
    assert sum(tensor.count for tensor in network.tensors) == sum(value.numel() for value in state.values())


def test_an_order_that_is_no_alphabet_is_kept(tmp_path: Path) -> None:
    names = [f"h.{i}.w" for i in random.Random(1).sample(range(100), 100)]
    entries = {name: {"dtype": "U8", "shape": [1], "data_offsets": [i, i + 1]} for i, name in enumerate(names)}
    header = json.dumps(entries).encode()
    path = tmp_path / "m.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(100))
    assert [tensor.name for tensor in read_file(str(path)).tensors] == names


def test_pytorchs_own_name_for_checkpoints(tmp_path: Path) -> None:
    """``checkpoint.pth.tar`` is no tar archive: the suffix that PyTorch's tutorials use. A best score is no parameter."""
    model = blocks(2)
    optimizer = torch.optim.AdamW(model.parameters())
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    path = str(tmp_path / "checkpoint.pth.tar")
    saved = {"state_dict": model.state_dict(), "best_acc1": torch.tensor(3.0), "optimizer": optimizer.state_dict()}
    torch.save(saved, path)
    network = read_file(path)
    totals = keep_books(network).totals
    assert totals.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert [layer.path for layer in network.layers][-2:] == ["best_acc1", "optimizer.state"]


def test_scales_of_quantised_modules_are_no_parameters(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4))
    quantised = torch.ao.quantization.quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)
    path = str(tmp_path / "m.pt")
    torch.save(quantised.state_dict(), path)
    totals = keep_books(read_file(path)).totals
    assert (totals.weights, totals.biases) == (6 * 5 + 5 * 4, 5 + 4)
    assert totals.buffers == 0


def test_a_bias_named_b(tmp_path: Path) -> None:
    path = str(tmp_path / "w.npz")
    np.savez(path, **{"fc/w": np.zeros((3, 4), np.float32), "fc/b": np.zeros(4, np.float32)})
    totals = keep_books(read_file(path)).totals
    assert (totals.weights, totals.biases) == (12, 4)


def test_a_pickle_of_the_first_protocol(tmp_path: Path) -> None:
    path = tmp_path / "w.pkl"
    path.write_bytes(pickle.dumps({"w": np.zeros((3, 4), np.float32)}, protocol=0))
    assert keep_books(read_file(str(path))).totals.parameters == 12


def test_packed_values_are_told_from_whole_ones(tmp_path: Path) -> None:
    name = "layers.0.up_proj"
    packed = {
        f"{name}.qweight": torch.zeros(8, 128, dtype=torch.int32),
        f"{name}.qzeros": torch.zeros(1, 16, dtype=torch.int32),
        f"{name}.scales": torch.zeros(1, 128, dtype=torch.float16),
        f"{name}.g_idx": torch.zeros(64, dtype=torch.int32),
    }
    save_file(packed, str(tmp_path / "model.safetensors"))
    config = {"quantization_config": {"bits": 4, "group_size": 64, "quant_method": "gptq"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    notes = read_file(str(tmp_path / "model.safetensors")).notes
    assert any("8,192 values packed in int32" in note and "80 values of int32" in note for note in notes)
