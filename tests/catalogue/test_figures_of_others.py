"""Parameters and MACs of the catalogue's networks for pictures against figures that others publish of them."""

from __future__ import annotations

import pytest

from netledger import catalogue
from netledger.catalogue.model_entries import entry_of, values_of
from netledger.ledger import keep_books
from tests.torchvision_support import import_torchvision


def torchvision_s(name: str) -> str | None:
    """What torchvision calls a model of the catalogue, by the source that its entry names."""
    source = values_of(name, entry_of(name) or "")[0]["source"]
    found = [
        part for part in source.replace("torchvision's ", "torchvision.models.").split() if "torchvision.m" in part
    ]
    return found[0].removeprefix("torchvision.models.") if found else None


TORCHVISION = {name: own for name in catalogue.models() if (own := torchvision_s(name)) is not None}

# pytorch-image-models, results/benchmark-infer-amp-nchw-pt240-cu124-rtx3090.csv and -pt291-cu130-5090.csv: model,
# param_count (millions), infer_gmacs at the side of the catalogue's picture. fvcore counted them, which adds the
# normalisations: never less than the products alone, and 3 % more at most.
TIMM = {
    "deit-tiny": ("deit_tiny_patch16_224", "5.72", "1.26"),
    "deit-small": ("deit_small_patch16_224", "22.05", "4.61"),
    "deit-base": ("deit_base_patch16_224", "86.57", "17.58"),
    "vit-b-16": ("vit_base_patch16_224", "86.57", "17.58"),
    "vit-l-16": ("vit_large_patch16_224", "304.33", "61.60"),
    "vit-h-14": ("vit_huge_patch14_clip_224", "632.05", "167.40"),
    "swin_t": ("swin_tiny_patch4_window7_224", "28.29", "4.51"),
    "swin_b": ("swin_base_patch4_window7_224", "87.77", "15.47"),
    "swin-l": ("swin_large_patch4_window7_224", "196.53", "34.53"),
    "mobilevit-s": ("mobilevit_s", "5.58", "2.03"),
    "mobilevit-xs": ("mobilevit_xs", "2.32", "1.05"),
    "mobilevit-xxs": ("mobilevit_xxs", "1.27", "0.42"),
    "levit-256": ("levit_256", "18.89", "1.13"),
    "levit-384": ("levit_384", "39.13", "2.36"),
    "dinov2-small": ("vit_small_patch14_dinov2", "22.06", "46.76"),
    "dinov2-base": ("vit_base_patch14_dinov2", "86.58", "151.71"),
    "dinov2-large": ("vit_large_patch14_dinov2", "304.37", "507.15"),
    "dinov2-giant": ("vit_giant_patch14_dinov2", "1136.48", "1784.20"),
    "dinov3-vit-s-16": ("vit_small_patch16_dinov3_qkvb", "21.60", None),
    "dinov3-vit-b-16": ("vit_base_patch16_dinov3_qkvb", "85.66", None),
    "dinov3-vit-l-16": ("vit_large_patch16_dinov3_qkvb", "303.13", None),
    "convnext_xlarge": ("convnext_xlarge", "350.20", "60.98"),
    "efficientnet_v2_b0": ("tf_efficientnetv2_b0", "7.14", "0.73"),
    "efficientnet_v2_b1": ("tf_efficientnetv2_b1", "8.14", "1.21"),
    "efficientnet_v2_b2": ("tf_efficientnetv2_b2", "10.10", "1.72"),
    "efficientnet_v2_b3": ("tf_efficientnetv2_b3", "14.36", "3.04"),
    "nasnet_large": ("nasnetalarge", "88.75", "23.89"),
    "xception": ("legacy_xception", "22.86", "8.40"),
    "mobilenet": ("mobilenetv1_100", "4.23", "0.58"),
}
"""``None``: timm publishes it at another side."""


@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvision_s_figures(name: str) -> None:
    """``num_params`` and ``_ops`` of torchvision's weights; Inception v3's without its auxiliary classifier."""
    pytest.importorskip("torch")
    stated = [weights.meta for weights in import_torchvision().models.get_model_weights(TORCHVISION[name])]
    ledger = keep_books(catalogue.load(name))
    published = ledger.network.published
    assert published["parameters"] == ledger.totals.parameters
    macs = sum(entry.macs for entry in ledger if not entry.path.startswith("AuxLogits"))
    assert (ledger.totals.parameters, f"{macs / 1e9:.3f}") in {(m["num_params"], f"{m['_ops']:.3f}") for m in stated}
    assert name == "inception_v3" or published["GMACs"] == f"{macs / 1e9:.3f}"


@pytest.mark.parametrize("name", TIMM)
def test_timm_s_table(name: str) -> None:
    totals = keep_books(catalogue.load(name)).totals
    _, millions, gmacs = TIMM[name]
    assert f"{totals.parameters / 1e6:.2f}" == millions
    if gmacs is not None:
        assert totals.macs / 1e9 < float(gmacs) + 0.005
        assert totals.macs / 1e9 > 0.97 * (float(gmacs) - 0.005)
