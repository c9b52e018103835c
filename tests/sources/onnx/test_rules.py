"""Shape rules one by one: what onnx's inference knows is asked of it; what cannot be is refused with the reason."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper, shape_inference

from netledger.errors import DataError
from netledger.unknown import Unknown
from tests.sources.onnx.models import FLOAT, books, ints, model, node, value, weight

REALS = numpy_helper.from_array(np.array([1, 1, 2.0, 1.5], np.float32), "scales")
EMPTY = numpy_helper.from_array(np.zeros(0, np.float32), "e")


def stored(*tensors):
    """Initializers named s0, s1, …: lists are int64, arrays are what they are."""
    made = []
    for i, tensor in enumerate(tensors):
        array = tensor if isinstance(tensor, np.ndarray) else np.array(tensor, np.int64)
        made.append(numpy_helper.from_array(array, f"s{i}"))
    return made


def ones(*shape):
    return np.ones(shape, np.float32)


def number(n, kind=np.int64):
    return np.array(n, kind)


AGREED = {
    "Reshape keeps and infers": ("Reshape", "x s0", [(2, 3, 4)], stored([0, -1]), {}),
    "Reshape to nothing": ("Reshape", "x s0", [(0, 3)], stored([3, 0]), {"allowzero": 1}),
    "Flatten": ("Flatten", "x", [(2, 3, 4)], [], {"axis": 2}),
    "Flatten from behind": ("Flatten", "x", [(2, 3, 4)], [], {"axis": -1}),
    "Squeeze": ("Squeeze", "x", [(1, 3, 1)], [], {}),
    "Squeeze an axis": ("Squeeze", "x s0", [(1, 3, 1)], stored([-1]), {}),
    "Unsqueeze": ("Unsqueeze", "x s0", [(3,)], stored([0, -1]), {}),
    "Tile": ("Tile", "x s0", [(2, 3)], stored([2, 3]), {}),
    "Pad": ("Pad", "x s0", [(2, 3)], stored([1, -1, 2, 0]), {}),
    "Pad on axes": ("Pad", "x s0 e s1", [(2, 3)], [*stored([1, 2], [-1]), weight("e")], {}),
    "Slice backwards": ("Slice", "x s0 s1 s2 s3", [(9, 9)], stored([-1], [-5], [1], [-2]), {}),
    "Slice beyond": ("Slice", "x s0 s1", [(4, 5)], stored([1, 2], [100, 2**62]), {}),
    "Split evenly": ("Split", "x", [(7, 2)], [], {"num_outputs": 1}),
    "Expand": ("Expand", "x s0", [(3, 1)], stored([2, 1, 6]), {}),
    "GatherND": ("GatherND", "x s0", [(2, 3, 4)], stored(np.zeros((5, 2), np.int64)), {}),
    "GatherElements": ("GatherElements", "x s0", [(2, 3)], stored(np.zeros((1, 3), np.int64)), {}),
    "DepthToSpace": ("DepthToSpace", "x", [(1, 8, 2, 3)], [], {"blocksize": 2}),
    "SpaceToDepth": ("SpaceToDepth", "x", [(1, 2, 4, 6)], [], {"blocksize": 2}),
    "TopK": ("TopK", "x s0", [(3, 9)], stored([4]), {"axis": -1}),
    "OneHot": ("OneHot", "x s0 s1", [(2, 3)], stored(number(5), np.zeros(2, np.float32)), {"axis": 1}),
    "Range": ("Range", "s0 s1 s2", [], stored(number(10), number(0), number(-3)), {}),
    "Range of reals": ("Range", "s0 s1 s2", [], stored(*(number(n, np.float32) for n in (0, 1, 0.3))), {}),
    "ReduceSum": ("ReduceSum", "x s0", [(2, 3, 4)], stored([-1]), {"keepdims": 0}),
    "ReduceMean of all": ("ReduceMean", "x", [(2, 3, 4)], [], {}),
    "ReduceMax of none": ("ReduceMax", "x", [(2, 3)], [], {"noop_with_empty_axes": 1}),
    "ArgMax": ("ArgMax", "x", [(2, 3)], [], {"axis": 1, "keepdims": 0}),
    "Resize within": ("Resize", "x e e s0", [(1, 3, 50, 70)], [*stored([20, 35]), EMPTY],
        {"axes": [2, 3], "keep_aspect_ratio_policy": "not_larger"}),
    "Resize to cover": ("Resize", "x e e s0", [(1, 3, 50, 70)], [*stored([20, 35]), EMPTY],
        {"axes": [2, 3], "keep_aspect_ratio_policy": "not_smaller"}),
    "Resize": ("Resize", "x e scales", [(1, 3, 5, 7)], [REALS, EMPTY], {}),
    "MaxPool up": ("MaxPool", "x", [(1, 2, 8, 8)], [], {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1}),
    "MaxPool same": ("MaxPool", "x", [(1, 2, 7, 8)], [],
        {"kernel_shape": [3, 3], "strides": [2, 3], "auto_pad": "SAME_UPPER"}),
    "AveragePool": ("AveragePool", "x", [(1, 2, 7, 8)], [], {"kernel_shape": [3, 2], "pads": [1, 0, 1, 1]}),
    "LpPool": ("LpPool", "x", [(1, 2, 7)], [], {"kernel_shape": [3], "dilations": [2]}),
    "GlobalMaxPool": ("GlobalMaxPool", "x", [(1, 2, 7, 5)], [], {}),
    "MaxRoiPool": ("MaxRoiPool", "x s0", [(1, 2, 9, 9)], stored(ones(6, 5)), {"pooled_shape": [2, 3]}),
    "Conv same": ("Conv", "x s0", [(1, 2, 7, 8)], stored(ones(4, 2, 3, 3)),
        {"auto_pad": "SAME_LOWER", "strides": [2, 2]}),
    "Conv in one dimension": ("Conv", "x s0", [(1, 2, 9)], stored(ones(4, 2, 3)), {"auto_pad": "VALID"}),
    "Conv in four dimensions": ("Conv", "x s0", [(1, 2, 5, 5, 5, 5)], stored(ones(4, 2, 3, 3, 3, 3)), {}),
    "ConvTranspose": ("ConvTranspose", "x s0", [(1, 4, 5, 5)], stored(ones(4, 2, 3, 3)),
        {"output_shape": [9, 9], "strides": [2, 2]}),
    "Compress": ("Compress", "x s0", [(3, 4)], stored(np.ones(3, bool)), {"axis": 0}),
    "CenterCropPad": ("CenterCropPad", "x s0", [(5, 6)], stored([3, 8]), {}),
    "Col2Im": ("Col2Im", "x s0 s1", [(1, 4, 9)], stored([4, 4], [2, 2]), {}),
    "AffineGrid": ("AffineGrid", "x s0", [(1, 2, 3)], stored([1, 3, 4, 5]), {}),
    "EyeLike": ("EyeLike", "x", [(3, 4)], [], {}),
    "Dropout": ("Dropout", "x", [(3, 4)], [], {}),
    "LayerNormalization": ("LayerNormalization", "x s0", [(3, 4)], stored(ones(4)), {}),
    "Concat": ("Concat", "x s0", [(3, 4)], stored(ones(3, 2)), {"axis": -1}),
    "Transpose": ("Transpose", "x", [(3, 4, 5)], [], {}),
    "Where": ("Where", "s0 x s1", [(3, 1)], stored(np.ones((1, 4), bool), ones()), {}),
    "STFT": ("STFT", "x s0 e s1", [(1, 128, 1)], [*stored(number(8), number(16)), weight("e", 16)], {"onesided": 1}),
    "MelWeightMatrix": ("MelWeightMatrix", "s0 s1 s2 s3 s4", [],
        stored(*map(number, (8, 16, 8192)), number(0, np.float32), number(4096, np.float32)), {}),
    "HannWindow": ("HannWindow", "s0", [], stored(number(10)), {}),
    "Multinomial": ("Multinomial", "x", [(3, 4)], [], {"sample_size": 5}),
    "RandomNormal": ("RandomNormal", "", [], [], {"shape": [3, 4]}),
}  # fmt: skip


@pytest.mark.parametrize("name", AGREED)
def test_shapes_are_those_of_onnx(name):
    op, inputs, fed, kept, attributes = AGREED[name]
    made = helper.make_node(op, inputs.split(), ["y", "more"] if op == "TopK" else ["y"], **attributes)
    values = [value("x" if i == 0 else f"x{i}", shape) for i, shape in enumerate(fed)]
    proto = model([made, node("Identity", "y", "z")], values, ["z"], kept, opset=22)
    inferred = {info.name: info for info in shape_inference.infer_shapes(proto, data_prop=True).graph.value_info}
    expected = [d.dim_value if d.HasField("dim_value") else None for d in inferred["y"].type.tensor_type.shape.dim]
    ledger = books(proto)
    found = {v: s for layer in ledger.network for v, s in zip(layer.outputs, layer.output_shapes, strict=True)}
    if "y" not in found:  # numbers alone: no layer computes them
        assert not fed
        return
    assert len(found["y"]) == len(expected)
    assert all(theirs is None or ours == theirs for ours, theirs in zip(found["y"], expected, strict=True))


IMPOSSIBLE = {
    "Add": ("Add", "x s0", (2, 3), stored(ones(4, 3)), {}, "shapes 2×3 and 4×3 do not go together: 2 against 4"),
    "MatMul": ("MatMul", "x s0", (2, 3), stored(ones(4, 3)), {}, "2×3 times 4×3: inner sizes differ: 3 against 4"),
    "Gemm": ("Gemm", "x s0", (2, 3), stored(ones(4, 3)), {}, "Gemm of 2×3 and 4×3: 3 against 4"),
    "Reshape": ("Reshape", "x s0", (2, 3), stored([4, 2]), {}, "Reshape of 2×3 (6 values) to 4×2"),
    "Reshape that does not divide": ("Reshape", "x s0", (2, 3), stored([4, -1]),
        {}, "Reshape of 2×3 (6 values): 4 do not divide them"),
    "Reshape of two": ("Reshape", "x s0", (2, 3), stored([-1, -1]), {}, "Reshape to (-1, -1)"),
    "Reshape keeps what is not there": ("Reshape", "x s0", (2, 3), stored([0, 0, 0]),
        {}, "Reshape keeps dimension 2 of 2×3"),
    "Transpose": ("Transpose", "x", (2, 3), [], {"perm": [0, 0]}, "perm (0, 0) does not rearrange 2×3"),
    "Concat": ("Concat", "x s0", (2, 3), stored(ones(2, 4)), {"axis": 0}, "Concat, dimension 1: 3 against 4"),
    "Concat of ranks": ("Concat", "x s0", (2, 3), stored(ones(4)), {"axis": 0}, "Concat of 2×3 and 4"),
    "Squeeze": ("Squeeze", "x s0", (2, 3), stored([0]), {}, "Squeeze of dimension 0 of 2×3, which is not 1"),
    "Unsqueeze": ("Unsqueeze", "x s0", (2, 3), stored([0, 0]), {}, "Unsqueeze names an axis twice: (0, 0)"),
    "Split": ("Split", "x s0", (7, 3), stored([3, 3]), {}, "Split of 7 into (3, 3)"),
    "Slice": ("Slice", "x s0 s1 s2 s3", (7, 3), stored([0], [1], [0], [0]), {}, "a Slice with step 0"),
    "Split into others": ("Split", "x", (7, 3), [], {"num_outputs": 3}, "Split into 3 for 2 outputs"),
    "Flatten": ("Flatten", "x", (2, 3), [], {"axis": 5}, "axis 5 of 2×3"),
    "Reshape to nothing": ("Reshape", "x s0", (2, 3), stored([0, -1]), {"allowzero": 1},
        "Reshape of 2×3 (6 values): 0 do not divide them"),
    "Col2Im": ("Col2Im", "x s0 s1", (1, 4, 9), stored([4, 4], [0, 2]), {}, "Col2Im with an empty block"),
    "STFT": ("STFT", "x s0 e s1", (1, 128, 1), [*stored(number(8), number(200)), weight("e", 200)], {},
        "STFT with frames of 200 every 8 of 128"),
    "ConvTranspose in groups": ("ConvTranspose", "x s0", (1, 4, 5, 5), stored(ones(4, 2, 3, 3)), {"group": 3},
        "ConvTranspose: 4 input channels do not divide into 3 groups"),
    "Attention of no heads": ("Attention", "x s0 s0", (1, 5, 8), stored(ones(1, 5, 8)),
        {"q_num_heads": 0, "kv_num_heads": 0}, "queries: 0 heads"),
    "LSTM of nothing": ("LSTM", "x s0 s1", (5, 1, 3), stored(ones(1, 0, 3), ones(1, 0, 0)),
        {"hidden_size": 0}, "LSTM with hidden_size 0"),
    "Einsum of a novel": ("Einsum", "x", (2, 3), [], {"equation": "ij" + " " * 600 + "->ij"},
        "an Einsum whose equation is longer than 512 letters"),
    "Softmax": ("ReduceSum", "x s0", (2, 3), stored([5]), {}, "axis 5 of a shape with 2 dimensions"),
    "TopK": ("TopK", "x s0", (2, 3), stored([9]), {}, "TopK of 9 among 3"),
    "Tile": ("Tile", "x s0", (2, 3), stored([2]), {}, "Tile of 2×3 by 1 repeats"),
    "Pad": ("Pad", "x s0", (2, 3), stored([1, 1]), {}, "Pad of 2 dimensions by 2 numbers"),
    "Pad to less than nothing": ("Pad", "x s0", (2, 3), stored([-9, 0, 0, 0]), {}, "Pad would have the size -7"),
    "Expand": ("Expand", "x s0", (2, 3), stored([-2, 3]), {}, "the shape expanded to would have the size -2"),
    "ConstantOfShape": ("ConstantOfShape", "s0", (2, 3), stored([-2]), {}, "the shape filled would have the size -2"),
    "DepthToSpace": ("DepthToSpace", "x", (1, 6, 2, 2), [], {"blocksize": 2}, "6 does not divide by 4"),
    "DepthToSpace by nothing": ("DepthToSpace", "x", (1, 6, 2, 2), [],
        {"blocksize": 0}, "DepthToSpace with blocksize 0"),
    "BatchNormalization": ("BatchNormalization", "x s0 s0 s0 s0", (1, 3, 2), stored(ones(4)),
        {}, "BatchNormalization with a scale of 4 of 1×3×2"),
    "LRN": ("LRN", "x", (1, 3, 2, 2), [], {"size": 0}, "LRN of size 0"),
    "Einsum": ("Einsum", "x s0", (2, 3), stored(ones(4, 3)),
        {"equation": "ij,jk->ik"}, "index 'j' is 3 and 4"),
    "Einsum of another rank": ("Einsum", "x", (2, 3), [], {"equation": "ijk->i"}, "'ijk' does not name the dimensions of 2×3"),
    "Einsum from nothing": ("Einsum", "x", (2, 3), [],
        {"equation": "ij->k"}, "index 'k' of the result of 'ij->k' is in no input"),
    "Einsum of others": ("Einsum", "x", (2, 3), [], {"equation": "ij,jk->ik"}, "'ij,jk->ik' names 2 inputs, but there are 1"),
    "LSTM": ("LSTM", "x s0 s1", (5, 1, 4), stored(ones(1, 12, 3), ones(1, 12, 3)),
        {"hidden_size": 3}, "LSTM: the input against W: 4 against 3"),
    "LSTM of another size": ("LSTM", "x s0 s1", (5, 1, 3), stored(ones(1, 12, 3), ones(1, 12, 3)),
        {"hidden_size": 4}, "LSTM: W against hidden_size: 12 against 16"),
    "GRU of an image": ("GRU", "x s0 s0", (5, 1, 3, 3), stored(ones(1, 9, 3)),
        {"hidden_size": 3}, "GRU of 5×1×3×3; steps, batch and features are wanted"),
    "Conv bias": ("Conv", "x s0 s1", (1, 2, 5, 5), stored(ones(4, 2, 3, 3), ones(3)),
        {}, "Conv: a bias of 3 for 4 output channels"),
    "Conv of another rank": ("Conv", "x s0", (1, 2, 5), stored(ones(4, 2, 3, 3)),
        {}, "Conv with a weight of 4×2×3×3 of 1×2×5"),
    "ConvTranspose": ("ConvTranspose", "x s0", (1, 2, 5, 5), stored(ones(4, 2, 3, 3)),
        {}, "ConvTranspose with a weight of 4×2×3×3 of 1×2×5×5"),
    "Pool of another rank": ("MaxPool", "x", (1, 2, 5), [],
        {"kernel_shape": [2, 2]}, "MaxPool with a kernel of 2 dimensions of 1×2×5"),
    "Attention": ("Attention", "x s0 s0", (1, 5, 7), stored(ones(1, 5, 8)),
        {"q_num_heads": 2, "kv_num_heads": 2}, "queries: 7 does not divide by 2 heads"),
    "Resize": ("Resize", "x e s0", (2, 2), [*stored(np.array([1, -1], np.float32)), weight("e")], {}, "Resize by -1.0"),
    "DFT": ("DFT", "x e s0", (2, 4, 2), [*stored(number(2)), ints("e", 4)], {}, "DFT along axis 2 of 2×4×2"),
    "CenterCropPad": ("CenterCropPad", "x s0", (5, 6), stored([3]), {}, "CenterCropPad of 2 axes to 1 sizes"),
}  # fmt: skip


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_cannot_be_is_refused_with_the_reason(name):
    op, inputs, shape, kept, attributes, why = IMPOSSIBLE[name]
    outputs = ["y", "z"] if op == "Split" else ["y"]
    made = helper.make_node(op, inputs.split(), outputs, name="here", **attributes)
    proto = model([made], [value("x", shape)], ["y"], kept, opset=23)
    with pytest.raises(DataError) as caught:
        books(proto)
    assert caught.value.why == why
    assert caught.value.item == "node 'here'"


OPEN = {
    "NonZero": ("NonZero", [(2, 3)], {}, (2, None)),
    "Compress": ("Compress", [(2, 3), (6,)], {}, (None,)),
    "Unique": ("Unique", [(2, 3)], {"axis": 1}, (2, None)),
    "NonMaxSuppression": ("NonMaxSuppression", [(1, 6, 4), (1, 1, 6)], {}, (None, 3)),
    "OneHot": ("OneHot", [(2, 3), (1,), (2,)], {}, (2, 3, None)),
    "Reshape": ("Reshape", [(2, 3), (2,)], {}, (None, None)),
    "Tile": ("Tile", [(2, 3), (2,)], {}, (None, None)),
    "Pad": ("Pad", [(2, 3), (4,)], {}, (None, None)),
    "Slice": ("Slice", [(2, 3), (1,), (1,)], {}, (None, None)),
    "TopK": ("TopK", [(2, 3), (1,)], {}, (2, None)),
    "Range": ("Range", [(), (), ()], {}, (None,)),
    "Expand": ("Expand", [(3,), (2,)], {}, (None, 3)),
    "Resize": ("Resize", [(1, 3, 5, 5), (0,), (4,)], {}, (None,) * 4),
    "StringSplit": ("StringSplit", [(2,)], {}, (2, None)),
}


@pytest.mark.parametrize("name", OPEN)
def test_what_depends_on_data_is_unknown(name):
    op, shapes, attributes, expected = OPEN[name]
    kinds = [FLOAT, *[onnx.TensorProto.INT64] * 4]
    fed = [value(f"x{i}", shape, kinds[i]) for i, shape in enumerate(shapes)]
    made = helper.make_node(op, [f"x{i}" for i in range(len(shapes))], ["y"], **attributes)
    shape = books(model([made], fed)).entries[-1].output_shape
    assert [None if isinstance(size, Unknown) else size for size in shape] == list(expected)
    assert all(size.reason for size in shape if isinstance(size, Unknown))


MICROSOFT = {
    "BiasGelu": ([(2, 4), (4,)], {}, (2, 4)),
    "BiasSplitGelu": ([(2, 8), (8,)], {}, (2, 4)),
    "SkipLayerNormalization": ([(2, 3, 4), (2, 3, 4), (4,)], {}, (2, 3, 4)),
    "EmbedLayerNormalization": ([(2, 3), (2, 3), (9, 4), (5, 4)], {}, (2, 3, 4)),
    "MultiHeadAttention": ([(2, 5, 4, 3, 8)], {"num_heads": 4}, (2, 5, 32)),
    "QLinearGlobalAveragePool": ([(2, 5, 7, 3), (), (), (), ()], {"channels_last": 1}, (2, 1, 1, 3)),
    "QLinearAdd": ([(2, 1), (), (), (1, 3), (), ()], {}, (2, 3)),
    "QLinearConcat": ([(), (), (2, 3), (), (), (2, 4), (), ()], {"axis": 1}, (2, 7)),
    "FusedGemm": ([(2, 3), (3, 4)], {}, (2, 4)),
    "MatMulIntegerToFloat": ([(2, 3), (3, 4), (), ()], {}, (2, 4)),
    "TransposeMatMul": ([(3, 2), (3, 4)], {"transA": 1}, (2, 4)),
}


@pytest.mark.parametrize("op", MICROSOFT)
def test_operators_of_onnxruntime(op):
    shapes, attributes, expected = MICROSOFT[op]
    fed = [value(f"x{i}", shape) for i, shape in enumerate(shapes)]
    made = helper.make_node(op, [info.name for info in fed], ["y"], domain="com.microsoft", **attributes)
    assert books(model([made], fed, domains=["com.microsoft"])).entries[-1].output_shape == expected


def classical(op, **attributes):
    made = helper.make_node(op, ["x"], ["y"], domain="ai.onnx.ml", **attributes)
    ledger = books(model([made], [value("x", (3, 4))], domains=["ai.onnx.ml"]))
    assert ledger.network.notes == ()  # an attribute is no initializer without data
    return ledger.entries[-1]


@pytest.mark.parametrize(
    ("op", "attributes", "expected", "parameters", "macs"),
    [
        # three rows of four features, times a matrix for two targets
        ("LinearRegressor", {"targets": 2, "coefficients": [1.0] * 8, "intercepts": [0.5] * 2}, (3, 2), 10, 3 * 8),
        ("LinearClassifier", {"classlabels_ints": [0, 1, 2], "coefficients": [1.0] * 12, "intercepts": [0.0] * 3},
         (3,), 15, 3 * 12),
    ],
)  # fmt: skip
def test_linear_models_hold_a_matrix_in_an_attribute(op, attributes, expected, parameters, macs):
    entry = classical(op, **attributes)
    assert (entry.output_shape, entry.parameters, entry.macs) == (expected, parameters, macs)


@pytest.mark.parametrize(
    ("op", "attributes", "expected", "parameters"),
    [
        ("TreeEnsembleRegressor", {"n_targets": 1, "nodes_values": [0.5] * 7, "target_weights": [1.0] * 4}, (3, 1), 11),
        ("SVMClassifier", {"classlabels_ints": [0, 1, 2], "support_vectors": [1.0] * 8, "coefficients": [0.5] * 4,
                           "rho": [0.1] * 3}, (3,), 15),
    ],
)  # fmt: skip
def test_trees_and_support_vectors_are_counted_and_cost_what_nobody_knows(op, attributes, expected, parameters):
    entry = classical(op, **attributes)
    assert (entry.output_shape, entry.parameters) == (expected, parameters)
    assert op in entry.unknown[0].reason
