"""A turn of a loop that is made from another is what reading it would have made."""

from __future__ import annotations

import pytest

from netledger.catalogue.family import family_network, family_text, model_types
from netledger.catalogue.model_entries import entry_of, values_of
from netledger.notation import expand, reading
from netledger.notation.family.sizes import Sizes

DEEP = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers", "decoder_layers")

WITHOUT_DEFAULTS = {
    "dots1": {"n_routed_experts": 4, "num_experts_per_tok": 2},  # transformers' class has no default that can be built
    "zamba2": {"layers_block_type": ("linear_attention", "hybrid", *["linear_attention"] * 5, "hybrid", "hybrid")},
    "nemotron_h": {"layers_block_type": ("mamba", "mlp", "attention") * 3},
    "aria": {
        "vision_config": {"image_size": 490, "patch_size": 14}
    },  # by default a picture of patches that no queries read
    "aya_vision": {"vision_config": {}},  # a width that does not divide into its heads
    "granite_speech": {"projector_config": {"encoder_hidden_size": 1024}},  # 1408 by default, which no encoder gives
    "vision_encoder_decoder": {"encoder": {"model_type": "vit"}, "decoder": {"model_type": "trocr"}},
    "speech_encoder_decoder": {"encoder": {"model_type": "wav2vec2"}, "decoder": {"model_type": "mbart"}},
    "encoder_decoder": {"encoder": {"model_type": "bert"}, "decoder": {"model_type": "bert"}},
    "esm": {"vocab_size": 33},  # no default: its class has no number of words
    "informer": {"prediction_length": 24},  # no default
    "time_series_transformer": {"prediction_length": 24},
    "gemma3n_text": {"num_kv_shared_layers": 4},  # 15 by default, which is more than nine layers
}
"""What a family needs beside a depth."""


def both(monkeypatch: pytest.MonkeyPatch, model_type: str, values: dict[str, object]) -> None:
    fast, _ = family_network(model_type, values, "m")
    monkeypatch.setattr(reading, "_FEW", 10**6)
    slow, _ = family_network(model_type, values, "m")
    assert fast.layers == slow.layers


@pytest.mark.parametrize("model_type", model_types())
def test_every_family(monkeypatch: pytest.MonkeyPatch, model_type: str) -> None:
    text = family_text(model_type)
    deep = {key: 9 for key in DEEP if f'"{key}"' in text and model_type != "albert"}
    both(monkeypatch, model_type, deep | WITHOUT_DEFAULTS.get(model_type, {}))


@pytest.mark.parametrize(
    "name", ["efficientnet_b1", "densenet121", "mobilenet", "convnext_tiny", "yolov3", "resnext50_32x4d"]
)
def test_networks(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    own, values = values_of(name, entry_of(name) or "")
    both(monkeypatch, own["family"], values)


@pytest.mark.parametrize(
    "body",
    [
        "    x = linear(x, width, name=f'block.{i}.fc')\n    width = 5 if i == 2 else width",  # a value carried into the next turn
        "    wide = i == 4\n    x = linear(x, 9 if wide else 4, name=f'block.{i}.fc')",
        "    y = linear(x, 4, name=f'block.{i}.a')\n    x = add(x, y, name=f'block.{i}.sum')",
        "    x = linear(x, i + 1, name=f'block.{i}.fc')",
        "    if i % 2 == 0:\n        x = linear(x, 4, name=f'block.{i}.even')\n    else:\n        x = relu(x, name=f'block.{i}.odd')",
        "    before = x\n    x = linear(before, 4, name=f'block.{i}.fc')\n    kept = x",
        "    z = linear(start, 4, name=f'block.{i}.fc')",
        "    a, b = split(x, [2, 2], dim=-1, name=f'block.{i}.halves')\n    x = concat(b, a, dim=-1, name=f'block.{i}.cat')",
    ],
)
def test_bodies(monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    text = f"width = size('w', 4)\nname = ''\nstart = input(4)\nx = start\nfor i in range(8):\n{body}\nlast = relu(x, name='last')"
    fast = expand(text, Sizes({}), "m")
    monkeypatch.setattr(reading, "_FEW", 10**6)
    assert fast.layers == expand(text, Sizes({}), "m").layers
