"""Multiply-accumulates of every contracting operator, against products written by hand and against counting loops."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from tests.sources.onnx.models import books, ints, model, node, value, weight


def one(op, inputs, outputs="y", fed=(), stored=(), domain="", opset=21, **attributes):
    """The books of one operator, and its entry."""
    made = helper.make_node(op, inputs.split(), outputs.split(), domain=domain, **attributes)
    ledger = books(model([made], list(fed), outputs.split()[:1], stored, opset, domains=[domain] if domain else []))
    return ledger.entries[1 + len(fed) - 1]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_convolution_counts_as_nested_loops_do(data):
    """Every product of a direct convolution, padding included, counted one by one."""
    groups, kernel, stride, dilation, pad = (data.draw(st.integers(1, n)) for n in (3, 3, 3, 2, 2))
    inner, outer = data.draw(st.integers(1, 2)), data.draw(st.integers(1, 2))
    size = data.draw(st.integers(dilation * (kernel - 1) + 1, 9))
    entry = one(
        "Conv", "x w", fed=[value("x", (2, inner * groups, size, size))],
        stored=[weight("w", outer * groups, inner, kernel, kernel)],
        strides=[stride] * 2, dilations=[dilation] * 2, pads=[pad] * 4, group=groups,
    )  # fmt: skip
    last = size + 2 * pad - dilation * (kernel - 1)
    places = len(range(0, last, stride))
    products = sum(
        1 for _ in itertools.product(range(places), range(places), range(kernel), range(kernel), range(inner))
    )
    assert entry.macs == 2 * products * outer * groups
    assert entry.output_shape == (2, outer * groups, places, places)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([1, 2, 3]), max_size=2),
    st.lists(st.sampled_from([1, 2, 3]), max_size=2),
    *[st.integers(1, 4)] * 3,
)
def test_matmul_multiplies_as_numpy_does(left, right, rows, depth, columns):
    a, b = (*left, rows, depth), (*right, depth, columns)
    try:
        expected = np.matmul(np.zeros(a), np.zeros(b)).shape
    except ValueError:
        return
    ledger = books(model([node("MatMul", "a b", "y")], [value("a", a), value("b", b)]))
    assert ledger.entries[-1].output_shape == expected
    assert ledger.entries[-1].macs == math.prod(expected) * depth


@pytest.mark.parametrize(
    ("equation", "shapes", "output", "macs"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)], (2, 4), 2 * 3 * 4),
        ("bhid,bhjd->bhij", [(2, 4, 5, 8), (2, 4, 6, 8)], (2, 4, 5, 6), 2 * 4 * 5 * 6 * 8),
        ("ij,ij->", [(3, 4), (3, 4)], (), 12),
        ("...ij,jk->...ik", [(7, 2, 3), (3, 4)], (7, 2, 4), 7 * 2 * 3 * 4),
        ("ij,kj", [(2, 3), (4, 3)], (2, 4), 2 * 3 * 4),
        ("ij->ji", [(2, 3)], (3, 2), 0),
        ("i,j,k->ijk", [(2,), (3,), (4,)], (2, 3, 4), 0),
    ],
)
def test_einsum(equation, shapes, output, macs):
    names = "abc"[: len(shapes)]
    nodes = [helper.make_node("Einsum", list(names), ["y"], equation=equation)]
    entry = books(model(nodes, [value(n, s) for n, s in zip(names, shapes, strict=True)])).entries[-1]
    assert (entry.output_shape, entry.macs) == (output, macs)


MS = "com.microsoft"
X = value("x", (2, 5, 64))
HAND = {
    "ConvTranspose": (one, ("ConvTranspose", "x w"), {
        "fed": [value("x", (1, 64, 16, 16))], "stored": [weight("w", 64, 32, 4, 4)], "strides": [2, 2],
        "pads": [1, 1, 1, 1],
    }, (1, 32, 32, 32), 16 * 16 * 64 * 32 * 16),
    "ConvTranspose in groups": (one, ("ConvTranspose", "x w"), {
        "fed": [value("x", (2, 4, 8, 8))], "stored": [weight("w", 4, 1, 3, 3)], "strides": [2, 2], "pads": [1, 1, 1, 1],
        "output_padding": [1, 1], "group": 4,
    }, (2, 4, 16, 16), 2 * 64 * 4 * 9),
    "ConvInteger": (one, ("ConvInteger", "x w"), {
        "fed": [value("x", (1, 2, 5, 5), TensorProto.UINT8)], "stored": [weight("w", 4, 2, 3, 3, dtype=np.int8)],
    }, (1, 4, 3, 3), 9 * 72),
    "DeformConv": (one, ("DeformConv", "x w o"), {
        "fed": [value("x", (1, 2, 5, 5))], "stored": [weight("w", 4, 2, 3, 3), weight("o", 1, 18, 3, 3)], "opset": 22,
    }, (1, 4, 3, 3), 9 * 72),
    "FusedConv": (one, ("FusedConv", "x w b"), {
        "fed": [value("x", (1, 2, 5, 5))], "stored": [weight("w", 4, 2, 3, 3), weight("b", 4)], "domain": MS,
    }, (1, 4, 3, 3), 9 * 72),
    "Gemm": (one, ("Gemm", "x w b"), {
        "fed": [value("x", (5, 2))], "stored": [weight("w", 4, 2), weight("b", 4)], "transB": 1,
    }, (5, 4), 40),
    "Gemm turned": (one, ("Gemm", "x w"), {
        "fed": [value("x", (2, 5))], "stored": [weight("w", 2, 4)], "transA": 1,
    }, (5, 4), 40),
    "QGemm": (one, ("QGemm", "x s z w s z"), {
        "fed": [value("x", (5, 2), TensorProto.UINT8)], "domain": MS,
        "stored": [weight("w", 2, 4, dtype=np.uint8), weight("s"), weight("z", dtype=np.uint8)],
    }, (5, 4), 40),
    "MatMulInteger": (one, ("MatMulInteger", "x w"), {
        "fed": [value("x", (5, 2), TensorProto.UINT8)], "stored": [weight("w", 2, 4, dtype=np.int8)],
    }, (5, 4), 40),
    "QLinearMatMul": (one, ("QLinearMatMul", "x s z w s z s z"), {
        "fed": [value("x", (5, 2), TensorProto.UINT8)],
        "stored": [weight("w", 2, 4, dtype=np.uint8), weight("s"), weight("z", dtype=np.uint8)],
    }, (5, 4), 40),
    "FusedMatMul": (one, ("FusedMatMul", "x w"), {
        "fed": [value("x", (3, 5, 2))], "stored": [weight("w", 4, 2)], "transB": 1, "domain": MS,
    }, (3, 5, 4), 3 * 40),
    "FusedMatMul, the batch behind the rows": (one, ("FusedMatMul", "x w"), {
        "fed": [value("x", (3, 5, 4))], "stored": [weight("w", 5, 4, 6)], "transBatchA": 1, "domain": MS,
    }, (5, 3, 6), 5 * 3 * 4 * 6),
    "GRU both ways": (one, ("GRU", "x w r"), {
        "fed": [value("x", (7, 2, 4))], "stored": [weight("w", 2, 9, 4), weight("r", 2, 9, 3)], "hidden_size": 3,
        "direction": "bidirectional",
    }, (7, 2, 2, 3), 7 * 2 * 2 * 3 * 3 * (4 + 3)),
    "RNN": (one, ("RNN", "x w r"), {
        "fed": [value("x", (7, 2, 4))], "stored": [weight("w", 1, 3, 4), weight("r", 1, 3, 3)], "hidden_size": 3,
    }, (7, 1, 2, 3), 7 * 2 * 3 * (4 + 3)),
    "LSTM batch first": (one, ("LSTM", "x w r"), {
        "fed": [value("x", (4, 50, 32))], "stored": [weight("w", 1, 256, 32), weight("r", 1, 256, 64)],
        "hidden_size": 64, "layout": 1,
    }, (4, 50, 1, 64), 4_915_200),
    "Attention of Microsoft": (one, ("Attention", "x w b"), {
        "fed": [X], "stored": [weight("w", 64, 192), weight("b", 192)], "num_heads": 4, "domain": MS,
    }, (2, 5, 64), 2 * 5 * 64 * 192 + 2 * (2 * 4 * 5 * 5 * 16)),
    "CausalConvWithState": (one, ("CausalConvWithState", "x w"), {
        "fed": [value("x", (2, 6, 9))], "stored": [weight("w", 6, 1, 4)], "opset": 27,
    }, (2, 6, 9), 2 * 6 * 9 * 4),
}  # fmt: skip


@pytest.mark.parametrize("name", HAND)
def test_by_hand(name):
    make, given_, options, output, macs = HAND[name]
    entry = make(*given_, **options)
    assert entry.macs == macs
    assert entry.output_shape == output


def attention(op, shapes, opset=23, domain="", outputs="y", **attributes):
    fed = [value(f"i{i}", shape) for i, shape in enumerate(shapes) if shape]
    names = [f"i{i}" if shape else "" for i, shape in enumerate(shapes)]
    made = helper.make_node(op, names, outputs.split(), domain=domain, **attributes)
    return books(model([made], fed, outputs.split(), opset=opset, domains=[domain] if domain else [])).entries[-1]


def test_attention_is_two_products():
    """(1, 12, 64, 64): 2·12·64³, the full square."""
    entry = attention("Attention", [(1, 12, 64, 64)] * 3)
    assert (entry.macs, entry.output_shape) == (2 * 12 * 64**3, (1, 12, 64, 64))


def test_grouped_keys_do_not_reduce_the_products():
    """8 heads of queries on 2 of keys; the past makes 3 + 5 keys."""
    shapes = [(2, 5, 8 * 4), (2, 5, 2 * 4), (2, 5, 2 * 6), None, (2, 2, 3, 4), (2, 2, 3, 6)]
    entry = attention("Attention", shapes, outputs="y k v", q_num_heads=8, kv_num_heads=2)
    assert entry.outputs == ((2, 5, 48), (2, 2, 8, 4), (2, 2, 8, 6))
    assert entry.macs == 2 * 8 * 5 * 8 * (4 + 6)


def test_multi_head_attention():
    entry = attention("MultiHeadAttention", [(2, 5, 32), (2, 7, 32), (2, 7, 24)], domain="com.microsoft", num_heads=4)
    assert (entry.macs, entry.output_shape) == (2 * 4 * 5 * 7 * (8 + 6), (2, 5, 24))


def test_group_query_attention_with_a_past():
    shapes = [(1, 1, 32), (1, 1, 8), (1, 1, 8), (1, 1, 9, 8), (1, 1, 9, 8)]
    entry = attention("GroupQueryAttention", shapes, domain="com.microsoft", num_heads=4, kv_num_heads=1)
    assert entry.macs == 2 * 4 * 1 * 10 * 8


def test_linear_attention_updates_and_reads_a_state():
    """T·H·d_k·d_v to take up, to correct (delta) and to read."""
    shapes = [(1, 5, 8), (1, 5, 8), (1, 5, 12)]
    plain = attention("LinearAttention", shapes, opset=27, q_num_heads=2, kv_num_heads=2, update_rule="linear")
    assert plain.macs == 2 * 5 * 2 * 4 * 6
    delta = attention("LinearAttention", shapes, opset=27, q_num_heads=2, kv_num_heads=2, update_rule="delta")
    assert delta.macs == 3 * 5 * 2 * 4 * 6


def test_a_fourier_transform_is_booked_beside_the_macs():
    """5·N·log2 N real operations, for 16 values."""
    nodes = [helper.make_node("DFT", ["x", "", "axis"], ["y"])]
    entry = books(model(nodes, [value("x", (1, 16, 1))], initializers=[ints("axis", 1)])).entries[-1]
    assert entry.macs == 0
    assert entry.effect.other.count == 5 * 16 * 4
    assert entry.output_shape == (1, 16, 2)


def test_a_weight_that_is_fed_is_no_parameter():
    entry = books(model([node("Conv", "x w", "y")], [value("x", (1, 2, 5, 5)), value("w", (4, 2, 3, 3))])).entries[-1]
    assert (entry.parameters, entry.macs, entry.kind) == (0, 9 * 72, "contraction")
    assert entry.layer.type == "Conv"


def test_elementwise_operators_have_none():
    nodes = [node("Sigmoid", "x", "a"), node("Mul", "a x", "b"), node("ReduceMean", "b", "c"), node("ArgMax", "c", "y")]
    ledger = books(model(nodes, [value("x", (2, 3), 1)]))
    assert ledger.totals.macs == 0
    assert ledger.unknown == ()


def test_a_determinant_is_unknown():
    entry = books(model([node("Det", "x", "y")], [value("x", (3, 3))])).entries[-1]
    assert entry.unknown[0].reason == "a determinant has no agreed number of multiply-accumulates"
