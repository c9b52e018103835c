"""Towers that take pictures of any size: MACs against torch's own counter over transformers' model, eager attention."""

from __future__ import annotations

import importlib
import random
from typing import Any

import pytest

from netledger.errors import NetledgerError
from netledger.ledger import keep_books
from netledger.sources.configs import network_of
from tests.properties.families import hide_broken_torchvision
from tests.properties.families_with_pictures import qwen2_5_vision, qwen2_vision
from tests.properties.vision.answering import glm4v_vision

hide_broken_torchvision()
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")


def counted(model: str, architecture: str, values: dict[str, Any], high: int, wide: int) -> int:
    """The products of a tower that reads one picture of so many patches."""
    from torch.utils.flop_counter import FlopCounterMode

    built = getattr(importlib.import_module(f"transformers.models.{model}.modeling_{model}"), architecture)
    config = built.config_class(**values)
    tower = built._from_config(config, attn_implementation="eager").eval().requires_grad_(False)
    features = config.in_channels * config.temporal_patch_size * config.patch_size**2
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        tower(torch.zeros(high * wide, features), torch.tensor([[1, high, wide]]))
    return int(counter.get_total_flops()) // 2


def sides(rng: random.Random, values: dict[str, Any]) -> tuple[int, int]:
    merge: int = values["spatial_merge_size"]
    return merge * rng.randrange(1, 8), merge * rng.randrange(1, 8)


def test_qwen2_5_vl_in_pictures_of_any_size() -> None:
    """Windows at the right and at the bottom are cut where the picture is no whole number of them."""
    rng = random.Random("windows")
    for _ in range(6):
        values = qwen2_5_vision(rng) | {"depth": 2}
        high, wide = sides(rng, values)
        edge = values["patch_size"]
        own = {"model_type": "qwen2_5_vl_vision", "architectures": ["Qwen2_5_VisionTransformerPretrainedModel"]}
        network = network_of({**values, **own, "image_size": [high * edge, wide * edge]}, "drawn")
        wanted = counted("qwen2_5_vl", "Qwen2_5_VisionTransformerPretrainedModel", values, high, wide)
        assert keep_books(network).totals.macs == wanted, (values, high, wide)


def test_a_picture_of_whole_windows_may_be_given_later() -> None:
    values = qwen2_5_vision(random.Random("later")) | {"depth": 2, "window_size": 16, "patch_size": 4}
    merge, frames, channels = values["spatial_merge_size"], values["temporal_patch_size"], values["in_channels"]
    own = {"model_type": "qwen2_5_vl_vision", "architectures": ["Qwen2_5_VisionTransformerPretrainedModel"]}
    network = network_of({**values, **own}, "drawn")
    window = max(16 // merge // 4, 1) * merge
    seen = network.with_input((channels, frames, 3 * window * 4, 5 * window * 4), None)
    wanted = counted("qwen2_5_vl", "Qwen2_5_VisionTransformerPretrainedModel", values, 3 * window, 5 * window)
    assert keep_books(seen).totals.macs == wanted
    with pytest.raises(NetledgerError):
        keep_books(network.with_input((channels, frames, (3 * window + merge) * 4 + 4, 5 * window * 4), None))


@pytest.mark.parametrize(
    ("model", "family", "architecture"),
    [
        ("qwen2_vl", "qwen2_vl_vision", "Qwen2VisionTransformerPretrainedModel"),
        ("glm4v", "glm4v_vision", "Glm4vVisionModel"),
    ],
)
def test_towers_without_windows(model: str, family: str, architecture: str) -> None:
    rng = random.Random(family)
    for _ in range(3):
        values = (glm4v_vision if model == "glm4v" else qwen2_vision)(rng)
        network = network_of({**values, "model_type": family, "architectures": [architecture]}, "drawn")
        shape = next(layer.attributes["shape"] for layer in network.layers if layer.kind == "input")
        side = shape[-1] // values["patch_size"]
        assert keep_books(network).totals.macs == counted(model, architecture, values, side, side), values
