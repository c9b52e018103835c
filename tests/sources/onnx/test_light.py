"""The nine light_* networks of the onnx package, against an oracle written with that package."""

from __future__ import annotations

import math

import onnx
import pytest
from onnx import numpy_helper, shape_inference

from netledger.ledger import keep_books
from netledger.sources import read
from tests.sources.onnx.models import LIGHT

NAMES = sorted(path.stem for path in LIGHT.glob("light_*.onnx"))


def oracle(path):
    """Parameters, running statistics and MACs, counted from the protobuf objects and onnx's own shape inference."""
    proto = onnx.load(path)
    inferred = shape_inference.infer_shapes(proto, strict_mode=True, data_prop=True).graph
    shapes = {
        info.name: [d.dim_value for d in info.type.tensor_type.shape.dim]
        for info in [*inferred.value_info, *inferred.input, *inferred.output]
    }
    values = {tensor.name: tensor for tensor in proto.graph.initializer}
    weights = {name: list(t.dims) for name, t in values.items() if t.data_type == onnx.TensorProto.FLOAT}
    for made in proto.graph.node:
        if made.op_type == "ConstantOfShape":
            weights[made.output[0]] = numpy_helper.to_array(values[made.input[0]]).tolist()
    shapes |= weights
    statistics = {name for n in proto.graph.node if n.op_type == "BatchNormalization" for name in n.input[3:5]}
    read_by_some = {name for n in proto.graph.node for name in n.input}
    counted = (weights.keys() & read_by_some) - statistics
    macs = 0
    for n in proto.graph.node:
        if n.op_type == "Conv":
            macs += math.prod(shapes[n.output[0]]) * math.prod(shapes[n.input[1]][1:])
        elif n.op_type == "Gemm":
            assert [a.i for a in n.attribute if a.name == "transB"] == [1]
            macs += shapes[n.output[0]][0] * math.prod(shapes[n.input[1]])
    return (
        sum(math.prod(weights[name]) for name in counted),
        sum(math.prod(weights[name]) for name in statistics),
        macs,
    )


@pytest.mark.parametrize("name", NAMES)
def test_counts_are_the_oracles(name):
    ledger = keep_books(read(LIGHT / f"{name}.onnx"))
    totals = ledger.totals
    assert (totals.parameters, totals.buffers, totals.macs) == oracle(LIGHT / f"{name}.onnx")
    assert ledger.unknown == ()
    assert ledger.discrepancies == ()


def test_all_nine_are_there():
    assert len(NAMES) == 9


PUBLISHED = {"resnet50": 25_557_032, "vgg19": 143_667_240, "squeezenet": 1_235_496, "bvlc_alexnet": 60_965_224}
"""torchvision's ``num_params`` of ResNet-50, VGG-19 and SqueezeNet 1.1, and the AlexNet of 2012: the same layers."""


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_the_published_ones(name):
    assert keep_books(read(LIGHT / f"light_{name}.onnx")).totals.parameters == PUBLISHED[name]


def test_alexnet_layer_by_layer():
    """BVLC's network fed 224 without padding and rounding down: 54, 26, 12 and 6 maps wide."""
    ledger = keep_books(read(LIGHT / "light_bvlc_alexnet.onnx"))
    assert ledger.totals.macs == 654_560_384
    assert [ledger[path].output_shape for path in ("conv1", "conv2", "conv3", "conv4", "conv5")] == [
        (1, 96, 54, 54), (1, 256, 26, 26), (1, 384, 12, 12), (1, 384, 12, 12), (1, 256, 12, 12),
    ]  # fmt: skip
    pools = [entry.output_shape[2:] for entry in ledger if entry.kind == "max_pool2d"]
    assert pools == [(26, 26), (12, 12), (6, 6)]
    assert [ledger[path].parameters for path in ("fc6", "fc7", "fc8")] == [37_752_832, 16_781_312, 4_097_000]
    assert ledger["conv2"].formula.text() == "(5*5)*48*256 + 256"
    assert all(evidence.agrees for entry in ledger for evidence in entry.evidence)


def test_running_statistics_are_buffers():
    totals = keep_books(read(LIGHT / "light_resnet50.onnx")).totals
    assert totals.buffers == 53_120  # 2 x 26,560 channels


def test_a_number_that_nothing_reads_is_listed_and_not_counted():
    network = read(LIGHT / "light_resnet50.onnx")
    left = [layer for layer in network if layer.meta.get("used") is False]
    assert [layer.kind for layer in left] == ["tensors"]
    assert "1 stored tensor is read by no operator" in network.notes
