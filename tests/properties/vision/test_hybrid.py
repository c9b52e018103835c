"""DPT over a convolutional backbone, for random configurations."""

from __future__ import annotations

import random
from typing import Any

import pytest

from netledger.errors import FormatError
from netledger.sources.configs import network_of
from tests.properties.test_families import DRAWS, check
from tests.properties.test_families_macs import check_macs, pictures
from tests.properties.vision.convolving import bit
from tests.properties.vision.places import dpt

CLASSES = ("DPTForDepthEstimation", "DPTForSemanticSegmentation", "DPTModel")


def hybrid(rng: random.Random) -> dict[str, Any]:
    drawn, widths = dpt(rng), [8 * rng.randrange(1, 5) for _ in range(3)]
    drawn.pop("backbone_config", None)
    seen = bit(rng) | {
        "model_type": "bit", "layer_type": "bottleneck", "hidden_sizes": widths, "depths": [rng.randrange(1, 3) for _ in range(3)],
        "num_channels": drawn["num_channels"], "out_features": ["stage1", "stage2", "stage3"], "global_padding": "same",
        "embedding_dynamic_padding": True, "output_stride": 32,
    }  # fmt: skip
    return drawn | {
        "is_hybrid": True, "readout_type": "project", "image_size": 32 * rng.randrange(1, 4), "patch_size": 16, "backbone_config": seen,
        "backbone_featmap_shape": [1, widths[2], 4, 4], "neck_hidden_sizes": [*widths[:2], rng.randrange(1, 9), rng.randrange(1, 9)],
        "reassemble_factors": [1, 1, 1, 0.5], "num_hidden_layers": 4, "backbone_out_indices": [0, 1, 2, 3],
    }  # fmt: skip


def test_names_and_shapes() -> None:
    rng = random.Random("hybrid")
    for number in range(3 * DRAWS):
        check("dpt", CLASSES[number % 3], hybrid(rng), all_keys=rng.random() < 0.5)


def test_macs_are_those_that_torch_counts() -> None:
    rng = random.Random("macs of hybrids")
    for _ in range(3):
        check_macs("dpt", CLASSES[0], hybrid(rng), pictures)


def test_maps_that_are_not_those_of_the_neck_are_refused() -> None:
    values = hybrid(random.Random("other maps")) | {"neck_hidden_sizes": [1, 2, 3, 4]}
    with pytest.raises(FormatError, match="not those of the neck"):
        network_of({**values, "model_type": "dpt", "architectures": [CLASSES[0]]}, "drawn")
