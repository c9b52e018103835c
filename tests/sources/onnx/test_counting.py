"""What counts as a parameter in an ONNX file, and what does not: each model's truth is written beside it."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from netledger.ledger import keep_books
from netledger.network import Unknown
from netledger.sources import Options
from netledger.sources.onnx import ONNX
from tests.sources.onnx.models import FLOAT, INT64, InMemory, books, ints, model, node, read, value, weight


def sums(ledger):
    totals = ledger.totals
    return totals.parameters, totals.macs


def test_shared_initializers_count_once():
    nodes = [node("MatMul", "x w", "a"), node("MatMul", "a w", "y")]
    ledger = books(model(nodes, [value("x", (1, 4))], initializers=[weight("w", 4, 4)]))
    assert sums(ledger) == (16, 2 * 16)
    assert [entry.tied_to for entry in ledger][1:] == [None, ledger.entries[1].path]


def test_weights_of_constant_nodes_count():
    nodes = [
        helper.make_node("Constant", [], ["w"], value=weight("anything", 4, 3)),
        node("MatMul", "x w", "y"),
    ]
    ledger = books(model(nodes, [value("x", (2, 4))]))
    assert sums(ledger) == (12, 2 * 12)
    assert [tensor.name for tensor in ledger.network.tensors] == ["w"]


def test_weights_of_constant_of_shape_nodes_count():
    fill = numpy_helper.from_array(np.array([0.02], np.float32), "v")
    nodes = [helper.make_node("ConstantOfShape", ["s"], ["w"], value=fill), node("MatMul", "x w", "y")]
    assert sums(books(model(nodes, [value("x", (1, 4))], initializers=[ints("s", 4, 3)]))) == (12, 12)


def test_tensors_of_data_dependent_shape_are_no_parameters():
    nodes = [node("Shape", "x", "s"), node("ConstantOfShape", "s", "zeros"), node("Add", "x zeros", "y")]
    assert sums(books(model(nodes, [value("x", (1, 4))]))) == (0, 0)


def test_shape_constants_are_no_parameters():
    nodes = [
        node("Reshape", "x target", "a"), node("Unsqueeze", "a axes", "b"), node("Slice", "b from to", "c"),
        node("Gather", "c index", "d", axis=1), node("Expand", "d wide", "y"),
    ]  # fmt: skip
    stored = [
        ints("target", 2, 8),
        ints("axes", 0),
        ints("from", 0),
        ints("to", 1),
        ints("wide", 3, 1, 8),
        ints("index", 1),
    ]
    ledger = books(model(nodes, [value("x", (4, 4))], initializers=stored))
    assert sums(ledger) == (0, 0)
    assert ledger.entries[-1].output_shape == (3, 1, 8)


def test_limits_exponents_and_masks_are_no_parameters():
    nodes = [
        node("Clip", "x low high", "a"), node("Pow", "a two", "b"), node("Where", "mask b low", "c"),
        node("Pad", "c pads low", "y"),
    ]  # fmt: skip
    stored = [
        numpy_helper.from_array(np.float32(0), "low"), numpy_helper.from_array(np.float32(6), "high"),
        numpy_helper.from_array(np.float32(2), "two"), numpy_helper.from_array(np.ones((1, 4), bool), "mask"),
        ints("pads", 0, 1, 0, 1),
    ]  # fmt: skip
    ledger = books(model(nodes, [value("x", (1, 4))], initializers=stored))
    assert sums(ledger) == (0, 0)
    assert ledger.entries[-1].output_shape == (1, 6)


def test_scale_and_shift_are_parameters_with_roles():
    nodes = [node("Mul", "x gain", "a"), node("Add", "a shift", "y")]
    ledger = books(model(nodes, [value("x", (1, 4))], initializers=[weight("gain", 4), weight("shift", 4)]))
    totals = ledger.totals
    assert (totals.weights, totals.biases) == (4, 4)


def test_scalars_of_constant_nodes_are_no_parameters():
    half = numpy_helper.from_array(np.float32(0.5), "h")
    nodes = [helper.make_node("Constant", [], ["h"], value=half), node("Mul", "x h", "y")]
    assert sums(books(model(nodes, [value("x", (1, 4))]))) == (0, 0)


def test_single_numbers_that_paddle_learned_are_parameters():
    """PP-LCNetV3 learns a scale and a shift of one number each, which Paddle's exporter writes as it writes weights."""
    names = ("block_0.w_0", "block_0.w_1", "p2o.helper.constant.0")
    nodes = [helper.make_node("Constant", [], [name], value=weight(name, 1)) for name in names]
    nodes += [node("Mul", f"x {names[0]}", "a"), node("Add", f"a {names[1]}", "b"), node("Div", f"b {names[2]}", "y")]
    assert sums(books(model(nodes, [value("x", (1, 4))]))) == (2, 0)


def test_batch_norm_keeps_its_statistics_as_buffers():
    stored = [weight(name, 4) for name in ("gamma", "beta", "mean", "var")]
    nodes = [node("BatchNormalization", "x gamma beta mean var", "y")]
    ledger = books(model(nodes, [value("x", (1, 4, 2, 2))], initializers=stored))
    assert (ledger.totals.weights, ledger.totals.biases, ledger.totals.buffers) == (4, 4, 8)
    assert ledger.entries[-1].kind == "batch_norm"


def test_weights_through_transposes_and_casts_belong_to_their_layer():
    half = weight("w", 3, 4, dtype=np.float16)
    nodes = [helper.make_node("Cast", ["w"], ["f"], to=FLOAT), node("Transpose", "f", "t"), node("MatMul", "x t", "y")]
    ledger = books(model(nodes, [value("x", (2, 4))], initializers=[half]))
    assert sums(ledger) == (12, 2 * 12)
    assert [layer.kind for layer in ledger.network] == ["input", "linear"]
    assert ledger.totals.bytes == 24


def test_computed_weights_own_all_they_are_made_of():
    """Weight normalisation: g·v, 3 + 12 parameters for a matrix of 12; the formula's 12 is no discrepancy."""
    nodes = [node("Mul", "g v", "w"), node("MatMul", "x w", "y")]
    ledger = books(model(nodes, [value("x", (2, 4))], initializers=[weight("g", 3), weight("v", 4, 3)]))
    assert sums(ledger) == (15, 24)
    assert ledger.discrepancies == ()


def test_quantised_weights_are_parameters_and_their_scales_are_not():
    stored = [
        weight("q", 4, 3, dtype=np.int8), weight("s", 3), weight("z", 3, dtype=np.int8), weight("b", 3),
    ]  # fmt: skip
    nodes = [
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["w"], axis=1), node("Gemm", "x w b", "y"),
    ]  # fmt: skip
    ledger = books(model(nodes, [value("x", (1, 4))], initializers=stored))
    assert sums(ledger) == (15, 12)
    layer = ledger.network.layers[-1]
    assert {tensor.name: tensor.role for tensor in layer.tensors} == {
        "q": "weight", "s": "scale", "z": "zero_point", "b": "bias",
    }  # fmt: skip
    assert ledger.totals.bytes == 12 + 3 * 4 + 3 + 3 * 4


def test_qlinear_conv_counts_its_integer_weight_and_bias():
    stored = [
        weight("xs"), weight("xz", dtype=np.uint8), weight("w", 4, 2, 3, 3, dtype=np.int8), weight("ws", 4),
        weight("wz", 4, dtype=np.int8), weight("ys"), weight("yz", dtype=np.uint8), weight("b", 4, dtype=np.int32),
    ]  # fmt: skip
    nodes = [node("QLinearConv", "x xs xz w ws wz ys yz b", "y")]
    ledger = books(model(nodes, [value("x", (1, 2, 5, 5), TensorProto.UINT8)], initializers=stored))
    assert sums(ledger) == (72 + 4, 3 * 3 * 72)


def test_four_bit_weights():
    packed = helper.make_tensor("q", TensorProto.INT4, (4, 3), [1] * 12)
    nodes = [helper.make_node("DequantizeLinear", ["q", "s"], ["w"]), node("MatMul", "x w", "y")]
    ledger = books(model(nodes, [value("x", (1, 4))], initializers=[packed, weight("s")]))
    assert sums(ledger) == (12, 12)
    assert ledger.totals.bytes == 6 + 4


def test_matmul_nbits_counts_what_is_packed():
    """K 64, N 8 in blocks of 32: 2 blocks of 16 bytes a column, a scale each."""
    stored = [weight("b", 8, 2, 16, dtype=np.uint8), weight("s", 16)]
    nodes = [
        helper.make_node(
            "MatMulNBits", ["x", "b", "s"], ["y"], domain="com.microsoft", K=64, N=8, bits=4, block_size=32
        )
    ]
    ledger = books(model(nodes, [value("x", (5, 64))], initializers=stored, domains=["com.microsoft"]))
    assert sums(ledger) == (64 * 8, 5 * 64 * 8)
    assert ledger.entries[-1].output_shape == (5, 8)


def test_sparse_initializers_count_what_they_stand_for():
    values = numpy_helper.from_array(np.array([1, 2], np.float32), "w")
    places = numpy_helper.from_array(np.array([1, 5], np.int64), "i")
    sparse = helper.make_sparse_tensor(values, places, [4, 3])
    ledger = books(model([node("MatMul", "x w", "y")], [value("x", (1, 4))], sparse_initializer=[sparse]))
    assert sums(ledger) == (12, 12)
    assert ledger.totals.bytes == 2 * 4 + 2 * 8


def test_embeddings_look_up_and_do_not_multiply():
    nodes = [node("Gather", "table ids", "e"), node("MatMul", "e table_t", "y"), node("Transpose", "table", "table_t")]
    ledger = books(
        model([nodes[0], nodes[2], nodes[1]], [value("ids", (1, 7), INT64)], initializers=[weight("table", 50, 8)])
    )
    assert sums(ledger) == (400, 7 * 8 * 50)
    assert ledger.entries[1].kind == "embedding"


def test_an_operator_without_a_rule_is_unknown_by_name():
    nodes = [helper.make_node("Magic", ["x", "w"], ["y"], domain="com.acme")]
    ledger = books(model(nodes, [value("x", (1, 4))], initializers=[weight("w", 4, 4)], domains=["com.acme"]))
    assert ledger.totals.parameters == 16
    assert not isinstance(ledger.totals.macs, int)
    assert ledger.unknown[0][1] == Unknown("operator 'com.acme.Magic' has no rule")


def test_stated_shapes_stand_in_where_a_rule_is_missing():
    nodes = [helper.make_node("Magic", ["x"], ["m"], domain="com.acme"), node("MatMul", "m w", "y")]
    stated = value("m", (3, 4))
    proto = model(
        nodes, [value("x", (1, 4))], initializers=[weight("w", 4, 5)], domains=["com.acme"], value_info=[stated]
    )
    assert books(proto).entries[-1].macs == 3 * 4 * 5


def test_a_file_that_contradicts_itself_says_so():
    proto = model([node("Relu", "x", "y")], [value("x", (1, 4))], [value("y", (1, 5))])
    assert read(proto).notes == ("the file states 1×5 for 'y', its operators give 1×4",)


def test_initializers_that_are_returned_are_parameters():
    proto = model([node("Relu", "x", "y")], [value("x", (1, 4))], ["y", "w"], [weight("w", 3)])
    assert sums(books(proto)) == (3, 0)


@pytest.mark.parametrize("exported", [False, True])
def test_a_recurrent_layer_counts_every_gate(exported):
    """LSTM(4 -> 3) over 5 steps of 2: T·N·4·H·(I + H) = 5·2·4·3·7; parameters 4·3·(4 + 3 + 2)."""
    stored = [weight("w", 1, 12, 4), weight("r", 1, 12, 3), weight("b", 1, 24)]
    x = value("x", (5, 2, 4)) if not exported else value("x", (5, "batch", 4))
    options = {"dims": {"batch": 2}} if exported else {}
    ledger = books(model([node("LSTM", "x w r b", "y", hidden_size=3)], [x], initializers=stored), **options)
    assert sums(ledger) == (4 * 3 * (4 + 3 + 2), 5 * 2 * 4 * 3 * 7)


class Watched(InMemory):
    """Remembers how much was read."""

    def __init__(self, data):
        super().__init__(data)
        self.bytes = 0

    def read_at(self, offset, count):
        self.bytes += count
        return super().read_at(offset, count)


def test_no_weight_is_read():
    """40 MB of weights in ten tensors; what is read is the structure, in windows of a few kilobytes."""
    stored = [weight(f"w{i}", 1_000, 1_000) for i in range(10)]
    nodes = [node("MatMul", f"x w{i}", f"y{i}") for i in range(10)]
    data = model(nodes, [value("x", (1, 1_000))], ["y0"], stored).SerializeToString()
    file = Watched(data)
    assert sums(keep_books(ONNX.read(file, Options()))) == (10_000_000, 10_000_000)
    assert len(data) > 40_000_000
    assert file.bytes < 200_000
