"""A prefill over words and pictures, against what PyTorch counts while transformers' own small models read both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netledger import catalogue
from netledger.ledger import keep_books
from netledger.predict.language import language_of
from netledger.predict.pictures import prefill_with_pictures
from netledger.sources import read
from tests.torchvision_support import import_torchvision

torch = pytest.importorskip("torch")
import_torchvision()
transformers = pytest.importorskip("transformers")

WORDS, PICTURE, SIDE = 128, 299, 56
TEXT = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "vocab_size": 300, "max_position_embeddings": 512,
    "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0,
}  # fmt: skip
TOWER = {
    "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 3,
    "image_size": SIDE, "patch_size": 14,
}  # fmt: skip
CASES: dict[str, tuple[str, dict[str, Any], int]] = {
    "llava": (
        "LlavaForConditionalGeneration",
        {
            "text_config": {"model_type": "llama", **TEXT},
            "vision_config": {"model_type": "clip_vision_model", **TOWER, "projection_dim": 16},
            "image_token_index": PICTURE,
        },
        (SIDE // 14) ** 2,
    ),
    "paligemma": (
        "PaliGemmaForConditionalGeneration",
        {
            "text_config": {"model_type": "gemma", **TEXT, "num_key_value_heads": 1},
            "vision_config": {"model_type": "siglip_vision_model", **TOWER, "vision_use_head": False},
            "image_token_index": PICTURE,
            "projection_dim": 32,
        },
        (SIDE // 14) ** 2,
    ),
    "qwen2_vl": (
        "Qwen2VLForConditionalGeneration",
        {
            "text_config": {
                "model_type": "qwen2_vl_text", **TEXT, "rope_scaling": {"type": "mrope", "mrope_section": [1, 1, 2]},
            },
            "vision_config": {"depth": 2, "embed_dim": 32, "num_heads": 4, "mlp_ratio": 2, "hidden_size": 32},
            "image_token_id": PICTURE,
        },
        (SIDE // 28) ** 2,
    ),
}  # fmt: skip


def counted_by_pytorch(family: str) -> tuple[int, dict[str, Any]]:
    """The MACs of a pass over 128 words and one picture, and the configuration of the model that made it."""
    from torch.utils.flop_counter import FlopCounterMode

    name, values, taken = CASES[family]
    built = getattr(transformers, name)
    config = built.config_class(**values)
    model = built._from_config(config, attn_implementation="eager").eval()
    ids = torch.full((1, taken + WORDS), 5)
    ids[0, :taken] = PICTURE
    read_too: dict[str, Any] = {"pixel_values": torch.zeros(1, 3, SIDE, SIDE)}
    if family == "qwen2_vl":
        read_too = {
            "pixel_values": torch.zeros((SIDE // 14) ** 2, 3 * 2 * 14 * 14),
            "image_grid_thw": torch.tensor([[1, SIDE // 14, SIDE // 14]]),
            "mm_token_type_ids": (ids == PICTURE).int(),
        }
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(input_ids=ids, **read_too)
    return counter.get_total_flops() // 2, {**config.to_dict(), "architectures": [name]}


@pytest.mark.parametrize("family", CASES)
def test_a_prefill_of_words_and_a_picture_is_what_pytorch_counts(family: str, tmp_path: Path) -> None:
    macs, config = counted_by_pytorch(family)
    (tmp_path / "config.json").write_text(json.dumps(config, default=str), encoding="utf-8")
    network = read(str(tmp_path / "config.json"))
    if family == "qwen2_vl":  # whose pictures have no size of their own
        network = network.with_input((3, 2, SIDE, SIDE), "visual.image")
    found = prefill_with_pictures(keep_books(network))
    assert found is not None
    assert (found.words, found.positions, found.macs) == (WORDS, WORDS + CASES[family][2], macs)


def test_a_token_after_words_and_a_picture() -> None:
    """By hand for LLaVA 1.5: 32 layers of Llama 2 7B, 32,064 words, one token after 704 others."""
    found = language_of(keep_books(catalogue.load("llava-1.5-7b")))
    assert found is not None
    matrices = 32 * (4 * 4096**2 + 3 * 4096 * 11008) + 32064 * 4096
    assert (found.context, found.decode) == (704, matrices + 32 * 2 * 705 * 4096)


@pytest.mark.parametrize("name", ["gpt2", "whisper-tiny", "resnet50", "t5-small"])
def test_no_picture_no_such_prefill(name: str) -> None:
    assert prefill_with_pictures(keep_books(catalogue.load(name))) is None
