"""Layers that PyTorch does not have, against what was published of them."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from netledger.layers import apply
from netledger.unknown import Unknown
from tests.support import DATA

VARIANTS = json.loads((DATA / "alexnet_variants.json").read_text())["variants"]


def named(name: str) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = VARIANTS[name]["layers"]
    return layers


def test_lenet5_of_1998() -> None:
    """LeCun et al. 1998: C1 156, S2 12, C3 1,516, S4 32, C5 48,120 and F6 10,164 parameters: 60,000."""
    table = (3,) * 6 + (4,) * 9 + (6,)
    layers: list[tuple[str, dict[str, Any], int]] = [
        ("conv2d", {"out_channels": 6, "kernel_size": 5}, 156),
        ("trainable_subsample", {}, 12),
        ("conv2d_partial", {"inputs_per_output": table, "kernel_size": 5}, 1_516),
        ("trainable_subsample", {}, 32),
        ("conv2d", {"out_channels": 120, "kernel_size": 5}, 48_120),
        ("flatten", {}, 0),
        ("linear", {"out_features": 84}, 10_164),
    ]
    shape: Any = (1, 32, 32)
    total = 0
    for kind, attributes, published in layers:
        effect = apply(kind, attributes, (shape,))
        assert effect.parameters.count == published
        total += published
        shape = effect.outputs[0]
    assert (total, shape) == (60_000, (84,))


def test_two_towers_that_never_talk_are_a_block_diagonal_layer() -> None:
    """chm_150: fc6 has 4096 outputs a tower, fc7 2048; each reads its own tower only."""
    blocks = [layer for layer in named("chm_150") if layer["kind"] == "fc" and layer.get("groups") == 2]
    assert len(blocks) == 2
    for layer in blocks:
        effect = apply("linear", {"out_features": layer["out_channels"], "groups": 2}, ((layer["in_channels"],),))
        assert effect.parameters.count == layer["params"]
        assert effect.macs.count == layer["macs"]


def test_a_layer_that_sums_two_inputs() -> None:
    """chm_137: a filter of conv2 has 32·25 weights on the maps of its tower and 3·25 on the blurred, smaller image."""
    (conv2,) = (layer for layer in named("chm_137") if layer["name"] == "conv2")
    image = apply("gaussian_blur", {"kernel_size": 9}, ((3, 224, 224),)).outputs
    image = apply("subsample", {"stride": 4}, image).outputs
    own = {"out_channels": 256, "kernel_size": 5, "padding": 2, "groups": 2}
    maps = apply("conv2d", own, ((64, 27, 27),))
    more = {"out_channels": 256, "kernel_size": 5, "stride": 2, "ceil_mode": True, "bias": False}
    small = apply("conv2d", more, image)
    assert maps.outputs == small.outputs == (tuple(conv2["output_shape"]),)
    assert maps.parameters.count + small.parameters.count == conv2["params"]
    assert maps.macs.count + small.macs.count == conv2["macs"]


def rule_of(layer: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """A published row as a layer; ``None`` for what sums several inputs or leaves its input to another row."""
    kind = layer["kind"]
    if kind == "fc":
        return "linear", {"out_features": layer["out_channels"], "groups": layer.get("groups", 1)}
    if kind == "batchnorm":
        return "batch_norm", {}
    if kind not in ("conv", "maxpool") or "summed" in layer.get("note", ""):
        return None
    pad, more = layer["pad"], layer.get("pad_bottom_right_extra", 0)
    windows = {
        "kernel_size": layer["kernel"],
        "stride": layer["stride"],
        "padding": "same" if layer["rounding"] == "same" else ((pad, pad + more),) * 2,
        "ceil_mode": layer["rounding"] == "ceil",
    }
    if kind == "maxpool":
        return "max_pool2d", windows
    return "conv2d", {
        **windows,
        "out_channels": layer["out_channels"],
        "groups": layer["groups"],
        "bias": layer["bias"],
    }


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_layer_of_every_alexnet(variant: str) -> None:
    """The rows of the 47 published variants: each fed the shape that the row above gives, as the row itself says."""
    checked = 0
    for above, layer in itertools.pairwise(named(variant)):
        found = rule_of(layer)
        if found is None:
            continue
        checked += 1
        effect = apply(*found, (tuple(above["output_shape"]),))
        assert effect.outputs == (tuple(layer["output_shape"]),), layer["name"]
        counts = (effect.weights.count, effect.biases.count, effect.macs.count, effect.buffers.count)
        assert counts == (layer["weights"], layer["biases"], layer["macs"], layer["buffers"]), layer["name"]
    assert checked >= 7


def test_darknet_and_keras_local_layers_share_nothing() -> None:
    """Darknet's ``[local]``: l.size·l.size·l.c·l.n·locations weights, l.outputs biases."""
    effect = apply("conv2d_local", {"out_channels": 256, "kernel_size": 3, "padding": 1}, ((1024, 7, 7),))
    assert effect.weights.count == 3 * 3 * 1024 * 256 * 7 * 7
    assert effect.biases.count == 256 * 7 * 7
    assert effect.macs.count == effect.weights.count
    shared = apply("conv2d_local", {"out_channels": 256, "kernel_size": 3, "shared_bias": True}, ((1024, 7, 7),))
    assert shared.biases.count == 256


def test_yolo_v2_reorg_and_spp() -> None:
    assert apply("space_to_depth", {"downscale_factor": 2}, ((64, 38, 38),)).outputs == ((256, 19, 19),)
    # He et al. 2014: a 4-level pyramid {1, 2, 4, 8}… of 256 maps; Caffe's height 3 is 1 + 4 + 16 bins.
    assert apply("spatial_pyramid_pool2d", {"pyramid_height": 3}, ((256, 13, 13),)).outputs == ((256 * 21,),)


def test_keras_separable_convolution() -> None:
    """Keras' Xception, block2_sepconv1: 3·3·64 + 64·128 weights and no bias: 8,768."""
    attributes = {"out_channels": 128, "kernel_size": 3, "padding": "same", "pointwise_bias": False}
    effect = apply("separable_conv2d", attributes, ((64, 147, 147),))
    assert effect.parameters.count == 8_768
    assert effect.macs.count == 8_768 * 147 * 147
    both = {**attributes, "depth_multiplier": 2, "depthwise_bias": True, "pointwise_bias": True}
    assert apply("separable_conv2d", both, ((64, 8, 8),)).parameters.count == 64 * 2 * 9 + 128 + 128 * 128 + 128


def test_counts_that_other_counters_get_wrong() -> None:
    """The hand formulas of layers on which counters return 0 or count biases as products."""
    attention = apply("multihead_attention", {"embed_dim": 256, "num_heads": 8}, ((128, 256),))
    assert (attention.parameters.count, attention.macs.count) == (263_168, 41_943_040)
    lstm = apply("lstm", {"hidden_size": 64, "batch_first": True}, ((4, 50, 32),), True)
    assert lstm.macs.count == 4 * 50 * 4 * 64 * (32 + 64) == 4_915_200


def test_learned_scales_of_other_shapes() -> None:
    """Caffe's Scale and Bias layers, and the LayerScale of vision transformers: as many values as the shape says."""
    assert apply("scale", {"shape": (256, 7), "bias": True}, ((256, 7, 7),)).parameters.count == 2 * 256 * 7
    assert apply("bias", {"dim": -1}, ((197, 768),)).parameters.count == 768
    assert apply("bias", {"shape": (7, 7), "dim": 1}, ((256, 7, 7),)).parameters.count == 49
    assert apply("scale", {"shape": ()}, ((256,),)).parameters.count == 1


def test_parts_that_a_source_leaves_open() -> None:
    """A dimension nobody knows stays unknown when it is cut, and as it is when nothing is cut."""
    batch = Unknown("the batch is symbolic")
    whole = apply("slice", {"dim": 0}, ((batch, 8),)).outputs
    assert whole == apply("slice", {"start": 0, "step": 1}, ((batch, 8),)).outputs == ((batch, 8),)
    assert apply("slice", {"start": (0, 2), "end": (4, -1), "dim": (0, 1)}, ((batch, 8),)).outputs == ((batch, 5),)
    assert apply("tied", {"to": "wte", "out_features": 50257}, ((128, 768),)).outputs == ((128, 50257),)
    assert apply("ps_roi_align", {"output_size": (7, 7)}, ((1, 490, 14, 14), (20, 5))).outputs == ((20, 10, 7, 7),)
    wanted = apply("fractional_max_pool2d", {"kernel_size": 2, "output_ratio": (0.5, 0.75)}, ((3, 8, 8),))
    assert wanted.outputs == ((3, 4, 6),)
