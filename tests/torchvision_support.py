"""torchvision imported where its binary does not load: its operators' schemas are defined first, shapes included.

The product never does this; a torchvision that cannot be imported is an error there. Tests and ``bench/`` go through
here.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

_SCHEMAS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "roi_align": "(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width, "
    "int sampling_ratio, bool aligned) -> Tensor",
    "roi_pool": "(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width) "
    "-> (Tensor, Tensor)",
    "deform_conv2d": "(Tensor input, Tensor weight, Tensor offset, Tensor mask, Tensor bias, SymInt stride_h, "
    "SymInt stride_w, SymInt pad_h, SymInt pad_w, SymInt dilation_h, SymInt dilation_w, SymInt groups, "
    "SymInt offset_groups, bool use_mask) -> Tensor",
}
_kept: list[object] = []


@cache
def import_torchvision() -> ModuleType:
    """The module ``torchvision``; the test is skipped where it is not installed."""
    torch = pytest.importorskip("torch")
    import importlib.util

    found = importlib.util.find_spec("torchvision")
    if found is None or found.origin is None:
        pytest.skip("torchvision is not installed")
    stable = Path(found.origin).with_name("_C_stable.so")  # since 0.29
    binary = stable if stable.exists() else stable.with_name("_C.so")
    try:
        torch.ops.load_library(str(binary))
    except OSError:
        _define(torch)
    import torchvision
    import torchvision.extension

    torchvision.extension._has_ops = lambda: True
    return torchvision


def _define(torch: ModuleType) -> None:
    library = torch.library.Library("torchvision", "DEF")
    for name, schema in _SCHEMAS.items():
        library.define(name + schema)
    library.impl("roi_align", _roi_align, "Meta")
    library.impl("deform_conv2d", _deform_conv2d, "Meta")
    _kept.append(library)


def _roi_align(input, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned):
    return input.new_empty((rois.size(0), input.size(1), pooled_height, pooled_width))


def _deform_conv2d(input, weight, offset, mask, bias, *settings):
    return input.new_empty((input.size(0), weight.size(0), offset.size(-2), offset.size(-1)))
