"""Backbones whose stages are read by their names, by their numbers, or the last one alone: each read one has a norm."""

from __future__ import annotations

import random

import pytest

from netledger.errors import FormatError
from netledger.sources.configs import network_of
from tests.properties.test_families import DRAWS, FAMILIES, check

CLASSES = {"convnext": "ConvNextBackbone", "convnextv2": "ConvNextV2Backbone", "swin": "SwinBackbone"}


@pytest.mark.parametrize("family", CLASSES)
def test_stages_that_are_read(family: str) -> None:
    rng = random.Random("stages of " + family)
    for _ in range(2 * DRAWS):
        values = FAMILIES[family][1](rng)
        stages = values.get("num_stages") or len(values["depths"])
        names = ["stem", *[f"stage{i + 1}" for i in range(stages)]]
        read = sorted(rng.sample(range(stages + 1), rng.randrange(1, stages + 2)))
        said = rng.choice([{}, {"out_features": [names[i] for i in read]}, {"out_indices": read}])
        check(family, CLASSES[family], values | said, all_keys=rng.random() < 0.5)


@pytest.mark.parametrize("family", CLASSES)
def test_stages_counted_from_the_end_are_refused(family: str) -> None:
    values = {"model_type": family, "architectures": [CLASSES[family]], "out_indices": [-1]}
    with pytest.raises(FormatError, match="from the end"):
        network_of(values, "drawn")


DETECTORS = {
    "detr": "DetrForObjectDetection",
    "table_transformer": "TableTransformerForObjectDetection",
    "deformable_detr": "DeformableDetrForObjectDetection",
}


@pytest.mark.parametrize("backbone", ["resnet18", "resnet34", "resnet101"])
@pytest.mark.parametrize("family", DETECTORS)
def test_timm_s_residual_networks(family: str, backbone: str) -> None:
    """Table Transformer's published files stand over ResNet-18, whose blocks have two convolutions."""
    pytest.importorskip("timm")
    few = {"encoder_layers": 1, "decoder_layers": 2, "backbone": backbone, "use_timm_backbone": True}
    check(family, DETECTORS[family], few, all_keys=False)
