"""Keras' forms of the catalogue's networks, against ``keras.applications`` built without weights: counts, names, MACs."""

from __future__ import annotations

import math
import os
from typing import Any
from unittest import mock

import pytest

from netledger import catalogue
from netledger.ledger import keep_books

os.environ.setdefault("KERAS_BACKEND", "torch")
torch = pytest.importorskip("torch")
keras = pytest.importorskip("keras")

NAMED = {
    "resnet50-keras": "ResNet50",
    "resnet101-keras": "ResNet101",
    "resnet152-keras": "ResNet152",
    "resnet50v2-keras": "ResNet50V2",
    "resnet101v2-keras": "ResNet101V2",
    "resnet152v2-keras": "ResNet152V2",
    "mobilenet": "MobileNet",
    "nasnet_mobile": "NASNetMobile",
    "nasnet_large": "NASNetLarge",
    "efficientnet_v2_b0": "EfficientNetV2B0",
    "efficientnet_v2_b1": "EfficientNetV2B1",
    "efficientnet_v2_b2": "EfficientNetV2B2",
    "efficientnet_v2_b3": "EfficientNetV2B3",
    "efficientnet_v2_s": "EfficientNetV2S",
    "efficientnet_v2_m": "EfficientNetV2M",
    "efficientnet_v2_l": "EfficientNetV2L",
}
"""Those whose layers are called as Keras calls them."""
OTHERS = {
    "xception": "Xception",
    "inception_v3-keras": "InceptionV3",
    "densenet121": "DenseNet121",
    "densenet169": "DenseNet169",
    "densenet201": "DenseNet201",
    "mobilenet_v2": "MobileNetV2",
    "convnext_tiny": "ConvNeXtTiny",
    "convnext_small": "ConvNeXtSmall",
    "convnext_base": "ConvNeXtBase",
    "convnext_large": "ConvNeXtLarge",
    "convnext_xlarge": "ConvNeXtXLarge",
    "efficientnet_b0": "EfficientNetB0",
    "vgg16": "VGG16",
}
"""Those that are called as their first framework does, or that Keras numbers."""
PRINTED = {
    "ResNet50": 25_636_712, "ResNet101": 44_707_176, "ResNet152": 60_419_944, "ResNet50V2": 25_613_800,
    "ResNet101V2": 44_675_560, "ResNet152V2": 60_380_648, "InceptionV3": 23_851_784, "Xception": 22_910_480,
    "MobileNet": 4_253_864, "MobileNetV2": 3_538_984, "DenseNet121": 8_062_504, "DenseNet169": 14_307_880,
    "DenseNet201": 20_242_984, "NASNetMobile": 5_326_716, "NASNetLarge": 88_949_818, "EfficientNetB0": 5_330_571,
    "EfficientNetV2B0": 7_200_312, "EfficientNetV2B1": 8_212_124, "EfficientNetV2B2": 10_178_374,
    "EfficientNetV2B3": 14_467_622, "EfficientNetV2S": 21_612_360, "EfficientNetV2M": 54_431_388,
    "EfficientNetV2L": 119_027_848, "VGG16": 138_357_544,
}  # fmt: skip
"""What Keras' documentation and ``summary()`` give as "Total params"."""


def built(name: str) -> Any:
    """The model without values: its weights are on PyTorch's meta device, where only shapes are."""
    drawn = dict.fromkeys(("normal", "uniform", "truncated_normal"), lambda shape, *args, **kwargs: torch.empty(shape))
    with torch.device("meta"), mock.patch.multiple("keras.src.backend.torch.random", **drawn):
        if name.startswith("NASNet"):  # refused for PyTorch because it does not learn well there: no matter here
            nasnet = pytest.importorskip("keras.src.applications.nasnet").NASNet
            large = name == "NASNetLarge"
            return nasnet(
                penultimate_filters=4032 if large else 1056,
                num_blocks=6 if large else 4,
                stem_block_filters=96 if large else 32,
                skip_reduction=large,
                weights=None,
                default_size=331 if large else 224,
            )
        return getattr(keras.applications, name)(weights=None)


def count(weights: list[Any]) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


def statistics(model: Any) -> int:
    """What Keras counts as non-trainable, but for the mean, the variance and the count of inputs put in by hand."""
    prepared = [layer for layer in model.layers if type(layer).__name__ == "Normalization"]
    return count(model.non_trainable_weights) - sum(count(layer.non_trainable_weights) for layer in prepared)


def by_hand(layer: Any) -> int:
    """A layer's MACs: its kernels' elements times the places that they are put at (of a dense layer on a map, too)."""
    inside = getattr(layer, "layers", [])
    if inside:
        return sum(map(by_hand, inside))
    if type(layer).__name__ not in ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Dense"):
        return 0
    places = math.prod(layer.output.shape[1:-1])
    return places * sum(math.prod(weight.shape) for weight in layer.trainable_weights if len(weight.shape) > 1)


LARGE = ("nasnet_large", "efficientnet_v2_m", "efficientnet_v2_l", "convnext_large", "convnext_xlarge")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in LARGE)) for name in (*NAMED, *OTHERS)]
)
def test_counts_are_those_of_keras(name: str) -> None:
    theirs = {**NAMED, **OTHERS}[name]
    model = built(theirs)
    ledger = keep_books(catalogue.load(name))
    assert ledger.totals.parameters == count(model.trainable_weights)
    assert ledger.totals.buffers == statistics(model)
    assert ledger.totals.macs == sum(map(by_hand, model.layers))
    if theirs in PRINTED:
        assert model.count_params() == PRINTED[theirs]
    if name in NAMED:
        own = {layer.name: count(layer.trainable_weights) for layer in model.layers if layer.trainable_weights}
        assert {entry.layer.path: entry.parameters for entry in ledger if entry.parameters} == own
