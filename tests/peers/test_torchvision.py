"""Every published figure of torchvision's weights: ``num_params`` exactly, ``_ops`` at the three decimals published."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from netledger.ledger import keep_books
from netledger.sources import Options
from netledger.sources.pytorch import read_named
from tests.torchvision_support import import_torchvision

torchvision = import_torchvision()
from torchvision.models import get_model_weights, list_models  # noqa: E402

QUICK = {
    "alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet", "inception_v3",
    "maxvit_t", "mnasnet0_5", "mobilenet_v2", "mobilenet_v3_large", "regnet_x_400mf", "regnet_y_128gf", "resnet18",
    "resnet50", "resnext50_32x4d", "shufflenet_v2_x0_5", "squeezenet1_0", "swin_t", "swin_v2_t", "vgg11_bn",
    "vit_b_16", "vit_h_14", "wide_resnet50_2", "deeplabv3_resnet50", "fcn_resnet50", "lraspp_mobilenet_v3_large",
    "mc3_18", "mvit_v2_s", "r2plus1d_18", "s3d", "swin3d_t", "fcos_resnet50_fpn", "retinanet_resnet50_fpn",
    "retinanet_resnet50_fpn_v2", "ssd300_vgg16", "ssdlite320_mobilenet_v3_large",
}  # fmt: skip
"""At least one of every family; all others run with ``-m slow`` too."""

TWO_STAGES = ("fasterrcnn", "maskrcnn", "keypointrcnn")
"""Their second stage works on as many regions as the image yields: the published figures are for one photograph."""

FLOW = ("raft_large", "raft_small")
"""Published at another size than their presets give, which is not stated beside them."""


def cases():
    for name in list_models():
        if name.startswith("quantized_"):
            continue  # the same architectures with int8 kernels: built only by an engine that is not everywhere
        marks = () if name in QUICK else (pytest.mark.slow,)
        for weights in get_model_weights(name):
            yield pytest.param(name, weights, id=f"{name}-{weights.name}", marks=marks)


counted: dict[tuple[str, object], object] = {}


def ledger_of(name, weights):
    """One count for all weights of one size."""
    settings = getattr(weights.transforms, "keywords", {})
    key = (name, str(settings.get("crop_size")))
    if key not in counted:
        counted.clear()
        counted[key] = keep_books(read_named("torchvision", f"{name}@{weights.name}", Options()))
    return counted[key]


@pytest.mark.parametrize(("name", "weights"), cases())
def test_published_figures(name, weights):
    ledger = ledger_of(name, weights)
    assert ledger.total_params == weights.meta["num_params"]
    assert not ledger.discrepancies
    published = weights.meta["_ops"]
    if name.startswith(TWO_STAGES):
        assert not isinstance(ledger.totals.macs, int)
        assert 0 < ledger.totals.macs.exact < published * 1e9
    elif name in FLOW:
        assert isinstance(ledger.totals.macs, int)
    else:
        assert isinstance(ledger.totals.macs, int), ledger.unknown
        assert round(ledger.totals.macs / 1e9, 3) == published
