"""Every element and every byte that a file stores is in the books: as parameter, statistic, scale, constant, or Unknown.

Each file's parameters and products are worked by hand beside it; its elements and bytes are counted with NumPy.
"""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from netledger.unknown import exactly
from tests.sources.onnx.models import FLOAT, INT64, books, model, node, value, weight

MS = "com.microsoft"
BOOL = TensorProto.BOOL


def exact(count):
    """The number, ``None`` where something in it is unknown."""
    return exactly(count)


def scalar(name, number, dtype=np.float32):
    return numpy_helper.from_array(np.array(number, dtype), name)


def gather(table, *more):
    return [node("Gather", f"{table} i", "g"), *more]


def int8(name, *shape, dtype=np.int8):
    return weight(name, *shape, dtype=dtype)


IDS = [value("i", (1, 4), INT64)]
X = [value("x", (1, 16))]
SCALES = [scalar("s", 0.1), scalar("z", 0, np.uint8)]

FILES = {
    "a quantised table, picked and then scaled": (
        gather("e", node("DequantizeLinear", "g s z", "y")), IDS, [int8("e", 1000, 64, dtype=np.uint8), *SCALES],
        1000 * 64, 0,
    ),
    "a quantised table, scaled and then picked": (
        [node("DequantizeLinear", "e s z", "d"), node("Gather", "d i", "y")], IDS,
        [int8("e", 1000, 64, dtype=np.uint8), *SCALES], 1000 * 64, 0,
    ),
    "a quantised table, picked, reshaped, made real and scaled": (
        gather("e", node("Squeeze", "g", "q"), node("Cast", "q", "r", to=1), node("Mul", "r s", "y")), IDS,
        [int8("e", 100, 8), SCALES[0]], 100 * 8, 0,
    ),
    "a table of bytes that nothing scales is a constant": (gather("e", node("Cast", "g", "y", to=7)), IDS,
                                                           [int8("e", 50, 3)], 0, 0),
    "indices are constants": (
        [node("Gather", "e j", "g"), node("MatMul", "g w", "y")], [value("e", (9, 4))],
        [numpy_helper.from_array(np.arange(5), "j"), weight("w", 4, 2)], 8, 5 * 8,
    ),
    "a quantised weight and bias, scaled before a convolution": (
        [node("DequantizeLinear", "w s8 z8", "wd", axis=0), node("DequantizeLinear", "b s8", "bd", axis=0),
         node("Conv", "x wd bd", "y", pads=[1] * 4)],
        [value("x", (1, 3, 8, 8))],
        [int8("w", 8, 3, 3, 3), weight("s8", 8), int8("z8", 8), int8("b", 8, dtype=np.int32)], 224, 64 * 27 * 8,
    ),
    "weights of both branches of an If that depends on data": (
        [helper.make_node("If", ["c"], ["y"], then_branch=helper.make_graph(
            [node("MatMul", "x w1", "o1")], "t", [], [value("o1", (1, 8))], [weight("w1", 16, 8)]),
            else_branch=helper.make_graph(
            [node("MatMul", "x w2", "o2")], "e", [], [value("o2", (1, 8))], [weight("w2", 16, 8)]))],
        [*X, value("c", (), BOOL)], [], 256, 128,
    ),
    "weights of a branch that is never taken": (
        [helper.make_node("If", ["c"], ["y"], then_branch=helper.make_graph(
            [node("MatMul", "x w1", "o1")], "t", [], [value("o1", (1, 8))], [weight("w1", 16, 8)]),
            else_branch=helper.make_graph(
            [node("Gemm", "x w2 b2", "o2")], "e", [], [value("o2", (1, 5))], [weight("w2", 16, 5), weight("b2", 5)]))],
        X, [scalar("c", True, np.bool_)], 128 + 85, 128,
    ),
    "scalars and grids are constants": (
        [node("Mul", "x two", "a"), node("Add", "a anchors", "b"), node("Add", "b bias", "y")], X,
        [scalar("two", 2.0), numpy_helper.from_array(np.arange(16, dtype=np.float32) + 0.5, "anchors"),
         numpy_helper.from_array(np.linspace(0, 1, 16, dtype=np.float32), "bias")], 16, 0,
    ),
    "integers that are made real, shifted and scaled by hand": (
        [node("Cast", "w", "wf", to=FLOAT), node("Sub", "wf z16", "ws"), node("Mul", "ws s16", "wd"),
         node("MatMul", "x wd", "y")],
        X, [int8("w", 16, 16), weight("z16", 16), weight("s16", 16)], 256, 256,
    ),
    "a quantised table with a scale for each row, both picked": (
        [node("Gather", "e i", "g"), node("Gather", "s i", "h"), node("DequantizeLinear", "g h", "y", axis=1)], IDS,
        [int8("e", 100, 8), weight("s", 100)], 800, 0,
    ),
    "two values in a byte, taken apart by hand": (
        [node("BitwiseAnd", "w m", "lo"), node("BitShift", "w four", "hi", direction="RIGHT"),
         node("Concat", "lo hi", "c", axis=1), node("Cast", "c", "f", to=FLOAT), node("Mul", "f s16", "d"),
         node("MatMul", "x d", "y")],
        X, [int8("w", 16, 8, dtype=np.uint8), scalar("m", 15, np.uint8), scalar("four", 4, np.uint8), weight("s16", 16)],
        None, 256,
    ),
    "whole numbers of 32 bits, made real and scaled": (
        [node("Cast", "w", "f", to=FLOAT), node("Mul", "f s16", "d"), node("MatMul", "x d", "y")], X,
        [weight("w", 16, 16, dtype=np.int32), weight("s16", 16)], 256, 256,
    ),
    "a mask of bytes is no weight that its weight scales": (
        [node("Cast", "m", "mf", to=FLOAT), node("Mul", "w mf", "wm"), node("MatMul", "x wm", "y")], X,
        [int8("m", 16, 16), weight("w", 16, 16)], 256, 256,
    ),
    "a mixture of experts": (
        [helper.make_node("MoE", ["x", "r", "w1", "b1", "w2", "b2"], ["y"], k=2, domain=MS)],
        [*X, value("r", (1, 4))],
        [weight("w1", 4, 32, 16), weight("b1", 4, 32), weight("w2", 4, 16, 32), weight("b2", 4, 16)],
        4 * (2 * 32 * 16 + 32 + 16), 2 * 2 * 32 * 16,
    ),
    "a mixture of experts of four bits": (
        [helper.make_node("QMoE", ["x", "r", "w1", "s1", "b1", "w2", "s2"], ["y"], k=2, domain=MS)],
        [*X, value("r", (1, 4))],
        [int8("w1", 4, 32, 8, dtype=np.uint8), weight("s1", 4, 32), weight("b1", 4, 32),
         int8("w2", 4, 16, 16, dtype=np.uint8), weight("s2", 4, 16)],
        4 * (2 * 32 * 16 + 32), 2 * 2 * 32 * 16,
    ),
    "a mixture of experts whose second matrices have eight bits": (
        [helper.make_node("QMoE", ["x", "r", "w1", "s1", "", "w2", "s2"], ["y"], fc2_expert_weight_bits=8, domain=MS)],
        [*X, value("r", (1, 4))],
        [int8("w1", 4, 32, 8, dtype=np.uint8), weight("s1", 4, 32), int8("w2", 4, 16, 32, dtype=np.uint8),
         weight("s2", 4, 16)],
        4 * 2 * 32 * 16, 2 * 32 * 16,
    ),
    "a convolution of integers, channels last": (
        [node("QLinearConv", "x xs z w s8 z8 xs z b", "y", channels_last=1, pads=[1] * 4, domain=MS)],
        [value("x", (1, 8, 8, 3), TensorProto.UINT8)],
        [scalar("xs", 0.1), scalar("z", 0, np.uint8), int8("w", 8, 3, 3, 3), weight("s8", 8), int8("z8", 8),
         int8("b", 8, dtype=np.int32)], 224, 64 * 27 * 8,
    ),
    "a transposed convolution of integers": (
        [node("QLinearConvTranspose", "x xs z w xs zw xs z b", "y", strides=[2, 2], domain=MS)],
        [value("x", (1, 3, 8, 8), TensorProto.UINT8)],
        [scalar("xs", 0.1), scalar("z", 0, np.uint8), int8("w", 3, 8, 3, 3), scalar("zw", 0, np.int8),
         int8("b", 8, dtype=np.int32)], 224, 64 * 27 * 8,
    ),
    "a convolution and a pool, channels last": (
        [node("NhwcFusedConv", "x w b", "c", pads=[1] * 4, domain=MS),
         node("NhwcMaxPool", "c", "p", kernel_shape=[2, 2], strides=[2, 2], domain=MS),
         node("MatMul", "p v", "y")],
        [value("x", (1, 8, 8, 3))], [weight("w", 8, 3, 3, 3), weight("b", 8), weight("v", 8, 5)],
        224 + 40, 64 * 27 * 8 + 16 * 8 * 5,
    ),
    "a table of four bits, picked and scaled by blocks": (
        [node("GatherBlockQuantized", "e i s", "y", block_size=32, gather_axis=0, quantize_axis=1, bits=4, domain=MS)],
        IDS, [int8("e", 1000, 128, dtype=np.uint8), weight("s", 1000, 8)], 1000 * 256, 0,
    ),
    "a recurrence of integers": (
        [helper.make_node(
            "DynamicQuantizeLSTM", ["x", "w", "r", "b", "", "", "", "", "ws", "wz", "rs", "rz"], ["y"],
            hidden_size=32, domain=MS)],
        [value("x", (5, 1, 16))],
        [int8("w", 1, 16, 128), int8("r", 1, 32, 128), weight("b", 1, 256), weight("ws", 1), int8("wz", 1),
         weight("rs", 1), int8("rz", 1)],
        128 * (16 + 32) + 256, 5 * 128 * (16 + 32),
    ),
    "an attention of integers": (
        [helper.make_node(
            "QAttention", ["x", "w", "b", "s", "ws", "", "z", "wz"], ["y"], num_heads=4, domain=MS)],
        [value("x", (1, 10, 64), TensorProto.UINT8)],
        [int8("w", 64, 192), weight("b", 192), scalar("ws", 0.1), scalar("wz", 0, np.int8), *SCALES],
        64 * 192 + 192, 10 * 64 * 192 + 2 * 10 * 10 * 64,
    ),
    "a product of integers of 16 bits": (
        [node("MatMulInteger16", "x w", "y", domain=MS)], [value("x", (1, 16), TensorProto.INT16)],
        [weight("w", 16, 4, dtype=np.int16)], 64, 64,
    ),
    "a choice between integers": (
        [node("QLinearWhere", "c w s z x s z s z", "y", domain=MS)],
        [value("x", (1, 16), TensorProto.UINT8), value("c", (1, 16), BOOL)],
        [int8("w", 1, 16, dtype=np.uint8), *SCALES], 16, 0,
    ),
    "a number in the code, as torch.onnx names it now": (
        [node("Mul", "x val_68", "a"), node("MatMul", "a w", "y")], X, [weight("val_68", 1), weight("w", 16, 4)], 64, 64,
    ),
    "a tensor that nothing reads": ([node("Relu", "x", "y")], X, [weight("left", 7, 3)], 21, 0),
    "a tensor that only a shape is taken of is a constant": (
        [node("Shape", "w", "s"), node("Expand", "x s", "y")], [value("x", (4, 16))], [weight("w", 4, 16)], 0, 0,
    ),
}  # fmt: skip


def stored_in(proto):
    """Elements and bytes of every tensor of a model, branches included."""
    elements = nbytes = 0
    waiting = [proto.graph]
    while waiting:
        graph = waiting.pop()
        tensors = list(graph.initializer)
        for one in graph.node:
            for attribute in one.attribute:
                waiting += [attribute.g] if attribute.type == 5 else []
                tensors += [attribute.t] if attribute.type == 4 else []
        for tensor in tensors:
            array = numpy_helper.to_array(tensor)
            elements, nbytes = elements + array.size, nbytes + array.nbytes
    return elements, nbytes


@pytest.mark.parametrize("name", FILES)
def test_everything_stored_is_booked(name):
    nodes, fed, stored, parameters, macs = FILES[name]
    proto = model(nodes, fed, ["y"], stored, domains=[MS])
    ledger = books(proto)
    assert exact(ledger.totals.parameters) == parameters
    assert exact(ledger.totals.macs) == macs
    found = {evidence.what: (evidence.ours, evidence.theirs) for evidence in ledger.evidence}
    elements, nbytes = stored_in(proto)
    assert found["elements of the stored tensors"] == (elements, elements)
    assert found["bytes of the stored tensors"] == (nbytes, nbytes)


@pytest.mark.parametrize("name", FILES)
def test_the_count_does_not_change_with_the_input(name):
    """Another size of a batch: as many parameters."""
    nodes, fed, stored, parameters, _ = FILES[name]
    first = fed[0]
    sizes = [size.dim_value for size in first.type.tensor_type.shape.dim]
    if sizes[0] != 1:
        return
    ledger = books(model(nodes, fed, ["y"], stored, domains=[MS]), inputs={first.name: (3, *sizes[1:])})
    assert exact(ledger.totals.parameters) == parameters


def test_integers_of_an_operator_without_a_rule_are_unknown():
    made = helper.make_node("Mystery", ["x", "w"], ["y"], domain=MS)
    ledger = books(model([made], X, ["y"], [int8("w", 10, 10)], domains=[MS]))
    assert exact(ledger.totals.parameters) is None
    assert "Mystery" in str(ledger.unknown)


def test_real_numbers_of_an_operator_without_a_rule_are_parameters():
    made = helper.make_node("Mystery", ["x", "w"], ["y"], domain=MS)
    ledger = books(model([made], X, ["y"], [weight("w", 10, 10)], domains=[MS]))
    assert exact(ledger.totals.parameters) == 100
    assert exact(ledger.totals.macs) is None


def test_a_branch_that_does_not_fit_is_unknown_and_its_weights_are_kept():
    """One branch is for inputs of another width: no error, no guess."""
    fits = helper.make_graph([node("MatMul", "x w1", "o1")], "t", [], [value("o1", (1, 8))], [weight("w1", 16, 8)])
    other = helper.make_graph([node("MatMul", "x w2", "o2")], "e", [], [value("o2", (1, 8))], [weight("w2", 24, 8)])
    made = helper.make_node("If", ["c"], ["y"], then_branch=fits, else_branch=other)
    ledger = books(model([made], [*X, value("c", (), BOOL)], ["y"]))
    assert exact(ledger.totals.parameters) == 16 * 8 + 24 * 8
    assert exact(ledger.totals.macs) is None
    assert all(evidence.agrees for evidence in ledger.evidence)


def test_what_training_keeps_is_no_parameter():
    proto = model([node("MatMul", "x w", "y")], X, ["y"], [weight("w", 16, 8)])
    state = proto.training_info.add()
    state.algorithm.CopyFrom(
        helper.make_graph([node("Identity", "w", "w2")], "a", [], [value("w2", (16, 8))], [weight("momentum", 16, 8)])
    )
    ledger = books(proto)
    assert (exact(ledger.totals.parameters), exact(ledger.totals.macs)) == (128, 128)
    assert {e.what: e.theirs for e in ledger.evidence}["elements of the stored tensors"] == 256


def test_a_question_mark_is_no_name_of_a_dimension():
    """Two sizes written ``?`` are not one size; the first of several is the batch."""
    proto = model([node("Conv", "x w", "y")], [value("x", ("?", 3, "?", "?"), FLOAT)], ["y"], [weight("w", 8, 3, 3, 3)])
    ledger = books(proto, inputs={"x": (1, 3, 8, 10)})
    assert exact(ledger.totals.macs) == 6 * 8 * 27 * 8
    open_sizes = books(proto)
    assert exact(open_sizes.totals.parameters) == 216
    assert exact(open_sizes.totals.macs) is None
