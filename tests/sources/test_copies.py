"""Copies of a network's weights in its own checkpoint, laid out as the tools that keep them do: one network is counted."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from netledger.ledger import keep_books
from netledger.sources import read_file

NET = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8, 4))
LEARNED = sum(parameter.numel() for parameter in NET.parameters())


def state(prefix: str = "") -> dict[str, torch.Tensor]:
    return {prefix + name: value.clone() for name, value in NET.state_dict().items()}


def shadow() -> list[torch.Tensor]:
    return [parameter.detach().clone() for parameter in NET.parameters()]


def lit_ema() -> dict[str, torch.Tensor]:
    """Latent diffusion's: parameters alone, under names without dots, beside its own two numbers."""
    plain = {"diffusion_model." + name: value.detach().clone() for name, value in NET.named_parameters()}
    numbers = {"model_ema.decay": torch.tensor(0.9), "model_ema.num_updates": torch.tensor(3)}
    return numbers | {"model_ema." + name.replace(".", ""): value for name, value in plain.items()}


COPIES: dict[str, tuple[Callable[[], Any], str]] = {
    "timm": (lambda: {"state_dict": state(), "state_dict_ema": state(), "epoch": 3}, "state_dict_ema"),
    "torch": (
        lambda: {"model": state(), "swa_model": torch.optim.swa_utils.AveragedModel(NET).state_dict()},
        "swa_model",
    ),
    "best": (lambda: {"model_state_dict": state(), "best_model_state_dict": state()}, "best_model_state_dict"),
    "YOLO": (lambda: {"epoch": 1, "model": copy.deepcopy(NET), "ema": copy.deepcopy(NET), "updates": 3}, "ema"),
    "torch_ema": (lambda: {"model": state(), "ema": {"decay": 0.9, "shadow_params": shadow()}}, "ema"),
    "ema_pytorch": (lambda: {**state("online_model."), **state("ema_model."), "step": torch.tensor(3)}, "ema_model"),
    "LitEma": (lambda: {"state_dict": {**state("model.diffusion_model."), **lit_ema()}}, "state_dict.model_ema"),
    "DINO": (lambda: {"student": state("module.backbone."), "teacher": state("backbone.")}, "teacher"),
    "Lightning": (lambda: {"state_dict": {**state("model."), **state("ema.module.")}}, "state_dict.ema"),
    "beside": (lambda: {**state(), **state("ema.")}, "ema"),
    "two averages": (lambda: {"ema": state(), "swa": state()}, "swa"),
    "MoCo": (
        lambda: {"state_dict": {**state("module.encoder_q."), **state("module.encoder_k.")}},
        "state_dict.module.encoder_k",
    ),
    "MoCo 3": (lambda: {**state("base_encoder."), **state("momentum_encoder.")}, "momentum_encoder"),
    "Stable-Baselines3": (lambda: {**state("q_net.q_net."), **state("q_net_target.q_net.")}, "q_net_target"),
    "BYOL": (lambda: {**state("online_network."), **state("target_network.")}, "target_network"),
    "I-JEPA": (lambda: {"encoder": state("module."), "target_encoder": state("module.")}, "target_encoder"),
    "callback": (lambda: {"state_dict": state("net."), "model_ema": {"module": state()}}, "model_ema"),
    "Lightning's averages": (
        lambda: {"state_dict": state("net."), "current_model_state": state("net."), "averaging_state": {}},
        "current_model_state",
    ),
    "camels": (lambda: {"net": state(), "modelEMA": state()}, "modelEMA"),
}


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_is_counted_once_and_said(tmp_path: Path, name: str) -> None:
    made, place = COPIES[name]
    torch.save(made(), tmp_path / "last.pt")
    ledger = keep_books(read_file(str(tmp_path / "last.pt")))
    assert ledger.totals.parameters == LEARNED
    assert any(note.startswith(f"'{place}' repeats the tensors of ") for note in ledger.network.notes)


def test_of_three_networks_the_generator_is_there_twice(tmp_path: Path) -> None:
    judge = nn.Linear(5, 5).state_dict()
    torch.save({"g": state(), "d": judge, "g_ema": state()}, tmp_path / "gan.pt")
    assert keep_books(read_file(str(tmp_path / "gan.pt"))).totals.parameters == LEARNED + 30


def test_averaged_weights_of_a_safetensors_file(tmp_path: Path) -> None:
    save_file({**state("model."), **state("model_ema.")}, tmp_path / "m.safetensors")
    assert keep_books(read_file(str(tmp_path / "m.safetensors"))).totals.parameters == LEARNED


@pytest.mark.parametrize(
    ("held", "learned"),
    [
        ({"source_embedding.weight": torch.zeros(10, 4), "target_embedding.weight": torch.zeros(10, 4)}, 80),
        ({"student": {"fc.weight": torch.zeros(5, 5)}, "teacher": state()}, 25 + LEARNED),
        ({"fc.weight": torch.zeros(5, 5), "ema_gate.weight": torch.zeros(5, 5)}, 50),
        ({"ema": state()}, LEARNED),
        ({**state("source_encoder."), **state("target_encoder.")}, 2 * LEARNED),
        ({f"attn.{part}.{name}": torch.zeros(4) for part in "qk" for name in ("weight", "bias", "a", "b")}, 32),
        (torch.optim.swa_utils.AveragedModel(NET).state_dict(), LEARNED),
        ({"fold_0": state(), "fold_1": state()}, 2 * LEARNED),
    ],
)
def test_what_is_no_copy_counts(tmp_path: Path, held: Any, learned: int) -> None:
    torch.save(held, tmp_path / "m.pt")
    assert keep_books(read_file(str(tmp_path / "m.pt"))).totals.parameters == learned


def test_a_network_in_a_list_beside_a_loose_tensor(tmp_path: Path) -> None:
    optimizer = torch.optim.SGD(NET.parameters(), momentum=0.9)
    NET(torch.zeros(2, 3, 3, 3)).sum().backward()
    optimizer.step()
    for held in ([state(), torch.zeros(7)], (state(), optimizer.state_dict(), torch.zeros(7)), [NET, torch.zeros(7)]):
        torch.save(held, tmp_path / "m.pt")
        total = keep_books(read_file(str(tmp_path / "m.pt"))).totals.parameters
        assert not isinstance(total, int)
        assert total.exact == LEARNED


def test_a_list_of_names_with_their_tensors(tmp_path: Path) -> None:
    torch.save(list(NET.state_dict().items()), tmp_path / "m.pt")
    totals = keep_books(read_file(str(tmp_path / "m.pt"))).totals
    assert (totals.parameters, totals.buffers) == (LEARNED, 8 + 8 + 1)


def test_what_callbacks_keep_is_state_of_training(tmp_path: Path) -> None:
    kept = {"EMA": {"weights": state()}, "ModelCheckpoint": {"best_model_score": torch.tensor(0.3)}}
    torch.save({"state_dict": state("net."), "callbacks": kept}, tmp_path / "last.ckpt")
    assert keep_books(read_file(str(tmp_path / "last.ckpt"))).totals.parameters == LEARNED


@pytest.mark.parametrize(
    "held",
    [
        (torch.zeros(60, 28, 28, dtype=torch.uint8), torch.zeros(60, dtype=torch.int64)),
        {"x": torch.zeros(27, 14), "edge_index": torch.zeros(2, 10, dtype=torch.int64)},
        {"latents": torch.zeros(4, 64, 64), "prompt_embeds": torch.zeros(77, 768)},
        {"observations": torch.zeros(100, 17), "rewards": torch.zeros(100)},
    ],
)
def test_examples_without_a_network_are_not_called_learned(tmp_path: Path, held: Any) -> None:
    torch.save(held, tmp_path / "data.pt")
    totals = keep_books(read_file(str(tmp_path / "data.pt"))).totals
    assert not isinstance(totals.parameters, int)
    assert totals.parameters.exact == 0


def test_tensors_that_nothing_calls_data_count(tmp_path: Path) -> None:
    for held, learned in (([torch.zeros(3), torch.zeros(4)], 7), ({"x": nn.Parameter(torch.zeros(5))}, 5)):
        torch.save(held, tmp_path / "m.pt")
        assert keep_books(read_file(str(tmp_path / "m.pt"))).totals.parameters == learned


def test_momenta_of_caffe2_are_state(tmp_path: Path) -> None:
    blobs = {"conv1_w": np.zeros((8, 3), np.float32), "conv1_w_momentum": np.zeros((8, 3), np.float32)}
    (tmp_path / "m.pkl").write_bytes(pickle.dumps({"blobs": blobs}))
    assert keep_books(read_file(str(tmp_path / "m.pkl"))).totals.parameters == 24
