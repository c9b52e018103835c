"""The catalogue against the files it describes, as their authors published them: what differs is known, or nothing."""

from __future__ import annotations

from typing import Any

import pytest

import netledger
from netledger.compare import Comparison, compare
from tests.support import NETWORKS
from tests.torchvision_support import import_torchvision

SAME = {
    "caffe/bvlc_alexnet-deploy.prototxt": "alexnet/caffe",
    "caffe/bvlc_reference_caffenet-deploy.prototxt": "alexnet/caffenet",
    "caffe/bvlc_googlenet-deploy.prototxt": "googlenet/2014",
    "darknet/alexnet.cfg": "alexnet/darknet",
}

ORIGINALS = {f"cuda-convnet/layers-{net}.cfg": f"alexnet/cuda-convnet-{net}" for net in (
    "137", "145", "145-half", "147", "148", "150",
)}  # fmt: skip

_BESIDES = ("flatten", "concat", "identity", "gaussian_blur")
"""Steps that a configuration of 2012 leaves unsaid (joining, flattening), or that stand for a fixed filter."""


def differing(comparison: Comparison) -> list[str]:
    """The names of the layers that differ, those apart that only rearrange."""
    return [
        row.name
        for row in comparison.rows
        if not row.same and not any(unit is not None and unit.kind in _BESIDES for unit in (row.left, row.right))
    ]


@pytest.mark.parametrize("file", SAME)
def test_nothing_differs(file: str) -> None:
    comparison = compare(NETWORKS / file, SAME[file])
    assert [row.name for row in comparison.rows if not row.same] == []
    assert comparison.difference("parameters") == 0
    assert comparison.difference("macs") == 0


@pytest.mark.parametrize("file", ORIGINALS)
def test_the_2012_sources_own_networks(file: str) -> None:
    """Every layer with weights is the same; the norms' constants stand in another file, so only they may differ."""
    comparison = compare(NETWORKS / file, ORIGINALS[file])
    assert all("norm" in name for name in differing(comparison))
    for total in ("parameters", "weights", "biases", "macs", "neurons"):
        assert comparison.difference(total) == 0


LIVE = {"alexnet": "alexnet/torchvision", "vgg13": "vgg13", "squeezenet1_1": "squeezenet1_1", "resnet18": "resnet18"}


@pytest.mark.parametrize("name", LIVE)
def test_live_models(name: str) -> None:
    """torchvision's module against its description: every layer with weights has its counterpart by name."""
    torch = pytest.importorskip("torch")
    models = import_torchvision().models
    with torch.device("meta"):
        model: Any = getattr(models, name)()
    comparison = compare(netledger.count(model, input_size=(1, 3, 224, 224)), LIVE[name])
    weighted = [
        row for row in comparison.rows if any(unit is not None and unit.parameters for unit in (row.left, row.right))
    ]
    assert all(row.left.name == row.right.name and row.parameters == row.macs == 0 for row in weighted)  # type: ignore
    assert comparison.difference("parameters") == 0
    assert comparison.difference("macs") == 0
