"""``verify`` on the catalogue's models: a training step on shapes alone, at their own sizes.

``python -m tests.execute.verify_catalogue`` runs all of them. Here so many are run that every layer of the catalogue is
among theirs, in every place where one stands.
"""

from __future__ import annotations

import pytest
import torch

from netledger import catalogue
from tests.execute.test_verify import OF_FAMILIES, small
from tests.execute.verify_catalogue import compared, faults, loaded, places

CHOSEN = (
    "albert-xxlarge-v2", "clip-vit-l-14", "command-r-plus", "command-r7b", "conditional-detr-resnet-50", "dbrx",
    "deberta-base", "deberta-v3-small", "deepseek-v4-flash", "deformable-detr", "depth-anything-small",
    "detr-resnet-50", "dinov2-giant", "dinov3-vit-7b-16", "dinov3-vit-s-16", "distil-large-v3", "distilroberta-base",
    "efficientnet_b5", "efficientnet_v2_l", "electra-small", "exaone-4.0-32b", "falcon-7b", "florence-2-base",
    "gemma-2b", "gemma-3-270m", "gemma-3n-e2b", "gemma-4-26b-a4b", "gemma-4-e2b", "gemma-4-e4b", "git-base",
    "glm-4.5", "glm-5", "gpt-1", "gpt-oss-20b", "gpt2/scratch", "grounding-dino-tiny", "hubert-large", "idefics2-8b",
    "inception_v3", "inception_v3-keras", "jamba-v0.1", "jetmoe-8b", "kimi-linear-48b-a3b", "levit-256", "lfm2-350m",
    "llama-3.2-11b-vision", "llama-4-maverick", "llava-1.5-7b", "mamba-130m", "mamba2-130m", "mask2former-swin-t",
    "mistral-small-4", "mnasnet1_0", "mobilenet", "mobilenet_v3_large", "mobilevit-xxs", "modernbert-base",
    "mt5-small", "musicgen-large", "nasnet_mobile", "olmo-1b", "olmo-2-7b", "opt-350m", "phi-1.5", "phi-3-mini-128k",
    "phi-3.5-moe", "phi-4", "pythia-70m", "qwen2-vl-7b", "qwen2.5-vl-7b", "qwen3-next-80b-a3b", "qwen3-vl-8b",
    "recurrentgemma-2b", "resnet152v2-keras", "resnet50-keras", "rt-detr-r101", "rt-detr-r18", "rwkv-4-169m",
    "sam-vit-l", "sam2.1-hiera-tiny", "seamless-m4t-large", "segformer-b0", "siglip-base-patch16-224",
    "stable-diffusion-1.5-unet", "stable-diffusion-2.1-unet", "stable-diffusion-xl-unet", "swin-l", "swin_s",
    "transformer-base", "unet", "wav2vec2-base", "wide_resnet50_2", "xception", "yolos-tiny", "yolov3",
)  # fmt: skip
STANDING_IN = {
    "jamba-v0.1": "a scan", "mamba-130m": "a scan", "musicgen-large": "weight normalisation",
    "wav2vec2-base": "weight normalisation", "hubert-large": "weight normalisation",
}  # fmt: skip
"""Whose MACs cannot be measured, since what multiplies is not described."""


@pytest.mark.parametrize("name", CHOSEN)
def test_a_model_of_the_catalogue(name: str) -> None:
    torch.set_num_threads(1)
    rows = compared(loaded(name))
    assert faults(rows) == []
    assert (rows["MACs"][1] is None) == (name in STANDING_IN)


def test_no_layer_of_the_catalogue_is_left_out() -> None:
    """Of a layer in a new place the cheapest networks that have it are named: one of them belongs above."""
    models = {name: loaded(name) for name in catalogue.models()}
    own = sorted(set(catalogue.names()) - {*models})
    verified = [*map(small, own), *[models[name] for name in (*OF_FAMILIES, *CHOSEN)]]
    seen = frozenset[object]().union(*map(places, verified))
    left = {name: len(places(network) - seen) for name, network in models.items()}
    missing = sorted(filter(left.get, left), key=lambda name: len(models[name].layers))
    assert missing == [], missing[:5]
