"""DETR that tells the mask of each query, for random configurations: its class reads all four stages of its backbone."""

from __future__ import annotations

import random
from typing import Any

import pytest

from netledger.errors import FormatError
from netledger.sources.configs import network_of
from tests.properties.families_with_pictures import detr
from tests.properties.test_families import DRAWS, check
from tests.properties.test_families_macs import check_macs, picture_of_800


def masked(rng: random.Random) -> dict[str, Any]:
    drawn, heads = detr(rng), 8
    drawn["backbone_config"]["out_features"] = ["stage1", "stage2", "stage3", "stage4"]
    sizes = {"encoder_attention_heads": heads, "decoder_attention_heads": rng.choice([2, 8])}
    return drawn | sizes | {"d_model": rng.choice([16, 32, 64])}


def test_names_and_shapes() -> None:
    rng = random.Random("masks")
    for _ in range(2 * DRAWS):
        check("detr", "DetrForSegmentation", masked(rng), all_keys=rng.random() < 0.5)


def test_macs_are_those_that_torch_counts() -> None:
    check_macs("detr", "DetrForSegmentation", masked(random.Random("masks")), picture_of_800)


def test_a_backbone_that_gives_one_map_tells_no_mask() -> None:
    values = detr(random.Random("one map")) | {"model_type": "detr", "architectures": ["DetrForSegmentation"]}
    with pytest.raises(FormatError, match="all four stages"):
        network_of(values, "drawn")
