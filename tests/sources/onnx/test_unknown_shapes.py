"""Where nobody knows the shapes, what contracts is Unknown, what does not is 0, and what a size is stays open."""

from __future__ import annotations

import inspect

import pytest
from onnx import TensorProto, helper

from netledger.errors import NetledgerError
from netledger.sources.onnx.ops import OPERATORS, operator
from netledger.unknown import Unknown
from tests.sources.onnx.models import INT64, books, ints, model, node, value, weight

BOOL = TensorProto.BOOL
CONTRACTING = frozenset(
    "Conv ConvInteger ConvTranspose DeformConv QLinearConv CausalConvWithState com.microsoft.FusedConv MatMul "
    "MatMulInteger QLinearMatMul Gemm Einsum Attention LinearAttention ai.onnx.preview.FlexAttention LSTM GRU RNN "
    "AffineGrid Det DFT STFT com.microsoft.Attention com.microsoft.QAttention com.microsoft.MultiHeadAttention "
    "com.microsoft.GroupQueryAttention com.microsoft.MatMulNBits com.microsoft.MatMulBnb4 com.microsoft.MatMulFpQ4 "
    "com.microsoft.FusedMatMul com.microsoft.TransposeMatMul com.microsoft.FusedMatMulActivation "
    "com.microsoft.FusedGemm com.microsoft.GemmFastGelu com.microsoft.QGemm com.microsoft.MatMulIntegerToFloat "
    "com.microsoft.DynamicQuantizeMatMul com.microsoft.DynamicQuantizeLSTM com.microsoft.NhwcConv "
    "com.microsoft.NhwcFusedConv com.microsoft.QLinearConv com.microsoft.QLinearConvTranspose com.microsoft.MoE "
    "com.microsoft.QMoE com.microsoft.MatMulInteger16 com.microsoft.QOrderedMatMul".split()
)
"""What the operators' definitions multiply and add up; classical models and steps of training are Unknown anyhow."""
UNKNOWN_ANYHOW = ("ai.onnx.ml.SVM", "ai.onnx.ml.Tree", "ai.onnx.ml.Linear", "ai.onnx.preview.training.")
NEEDED = {
    "kernel_shape": [1, 1], "K": 4, "N": 4, "num_heads": 1, "q_num_heads": 1, "kv_num_heads": 1, "blocksize": 1,
    "size": 1, "to": 7, "equation": "ij,jk->ik", "hidden_size": 4, "ngram_indexes": [0], "pooled_shape": [1, 1],
}  # fmt: skip


def asked(key: str, rank: int | None, constants: dict[str, list[int]] | None = None):
    """The books of one node whose inputs have this many sizes that depend on the data, but for the small constants."""
    _, *parameters = inspect.signature(operator(key).rule).parameters.values()
    names = [each.name for each in parameters if each.kind == each.POSITIONAL_OR_KEYWORD]
    names += ["more", "last"] * any(each.kind == each.VAR_POSITIONAL for each in parameters)
    attributes = {
        each.name: NEEDED[each.name] for each in parameters if each.name in NEEDED and each.kind == each.KEYWORD_ONLY
    }
    held = [ints(name, *numbers) for name, numbers in (constants or {}).items() if name in names]
    fed = [value("data", (4,)), value("wanted", (rank or 1,), INT64), value("which", (1,), BOOL)]
    nodes = [] if rank else [helper.make_node("Compress", ["wanted", "which"], ["some"])]
    nodes += [
        helper.make_node("Reshape", ["data", "wanted" if rank else "some"], [f"{name}_"])
        for name in names
        if name not in (constants or {})
    ]
    domain, _, name = key.rpartition(".")
    read = [each if each in (constants or {}) else f"{each}_" for each in names]
    nodes.append(helper.make_node(name, read, ["y"], domain=domain, **attributes))
    return books(model(nodes, fed, initializers=held, domains=[domain] if domain else []))


@pytest.mark.parametrize("key", OPERATORS)
def test_without_any_rank(key: str) -> None:
    try:
        ledger = asked(key, None)
    except NetledgerError:
        assert key == "Constant"  # its value is missing
        return
    macs = ledger.totals.macs
    if key in CONTRACTING:
        assert not isinstance(macs, int)
    else:
        assert key.startswith(UNKNOWN_ANYHOW) or macs == 0


@pytest.mark.parametrize("key", sorted(CONTRACTING))
@pytest.mark.parametrize("rank", [2, 3, 4])
def test_with_sizes_that_nobody_knows(key: str, rank: int) -> None:
    try:
        macs = asked(key, rank).totals.macs
    except NetledgerError:
        return  # it takes no such rank
    assert not isinstance(macs, int)


@pytest.mark.parametrize(
    ("key", "constants", "sizes"),
    [
        ("Reshape", {"shape": [2, 3]}, (2, 3)),
        ("Expand", {"shape": [2, 3, 4, 5]}, (2, 3, 4, 5)),
        ("ConstantOfShape", {"input": [2, 3]}, (2, 3)),
        ("Unsqueeze", {"axes": [0]}, (1, None, None, None)),
        ("Transpose", {}, (None, None, None)),
        ("TopK", {"K": [5]}, (None, None, 5)),
        ("Tile", {"repeats": [1, 2, 3]}, (None, None, None)),
        ("Pad", {"pads": [0, 0, 1, 0, 0, 1], "axes": [0, 1, 2]}, (None, None, None)),
        ("Slice", {"starts": [0], "ends": [2], "axes": [1], "steps": [1]}, (None, None, None)),
        ("ReduceSum", {"axes": [1]}, (None, 1, None)),
        ("GlobalAveragePool", {}, (None, None, 1)),
        ("ArgMax", {}, (1, None, None)),
        ("CenterCropPad", {"shape": [7, 8, 9]}, (7, 8, 9)),
        ("OneHot", {"depth": [10]}, (None, None, None, 10)),
        ("Resize", {"scales": [1, 1, 2], "roi": [0], "sizes": [4, 5, 6]}, (4, 5, 6)),
    ],
)
def test_sizes_that_are_known_are_known_beside_those_that_are_not(key, constants, sizes):
    """As the operator's definition says for inputs of three dimensions."""
    found = asked(key, 3, constants).entries[-1].outputs[0]
    assert tuple(None if isinstance(size, Unknown) else size for size in found) == sizes


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "csv", "json", "html", "rst"])
def test_a_size_that_is_not_given_is_shown(form: str) -> None:
    """What is multiplied by a size that nobody gives is that unknown size, in every form a ledger has."""
    proto = model(
        [node("Conv", "x w", "c"), node("MatMul", "a b", "y")],
        [value("x", (1, 3, None, None)), value("a", (1, "rows")), value("b", ("rows", 1))],
        outputs=("c", "y"),
        initializers=[weight("w", 8, 3, 3, 3)],
    )
    assert "216" in books(proto).render(form)
