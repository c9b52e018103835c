"""Numbers that a graph works out for its own shapes: what onnx's reference evaluator computes, or is open."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from netledger.unknown import Unknown
from tests.hostile.onnx_cases import dims, f, graph, info
from tests.hostile.onnx_cases import model as in_bytes
from tests.hostile.onnx_cases import node as node_in_bytes
from tests.sources.onnx.models import FLOAT, INT64, books, ints, model, node, value


def reals(name, *numbers):
    return numpy_helper.from_array(np.array(numbers, np.float32), name)


WORKED_OUT = {
    "the sizes exchanged, cut apart and put together": (
        [node("Shape", "x", "s"), node("Split", "s", "a b", num_outputs=2), node("Concat", "b a", "n", axis=0)], []),
    "a size written over": ([node("Shape", "x", "s"), node("ScatterND", "s one minus", "n")],
        [numpy_helper.from_array(np.array([[1]]), "one"), ints("minus", 18)]),
    "squares": ([node("Shape", "x", "s"), node("Pow", "s two", "n")], [ints("two", 2)]),
    "rounded, then divided": (
        [node("Round", "a", "c"), node("Round", "b", "d"), node("Div", "c d", "e"), node("Mul", "e d", "m"),
         node("Cast", "m", "n", to=INT64)], [reals("a", 6.6), reals("b", 2.4)]),
    "what is left, with the sign of what is divided": (
        [node("Mod", "a b", "c", fmod=1), node("Abs", "c", "n")], [ints("a", -7, 8), ints("b", 3, 3)]),
    "what is left, with the divisor's sign": (
        [node("Mod", "a b", "c"), node("Abs", "c", "n")], [ints("a", -7, 8), ints("b", 3, 3)]),
    "counted backwards": ([node("Range", "a b c", "n")],
        [numpy_helper.from_array(np.array(number), name) for name, number in (("a", 7), ("b", 1), ("c", -3))]),
    "cut, with a step": ([node("Shape", "x", "s"), node("Slice", "s a b c d", "n")],
        [ints("a", -1), ints("b", -9), ints("c", 0), ints("d", -1)]),
}  # fmt: skip


@pytest.mark.parametrize("name", WORKED_OUT)
def test_numbers_are_what_the_reference_evaluator_computes(name: str) -> None:
    nodes, stored = WORKED_OUT[name]
    proto = model([*nodes, node("ConstantOfShape", "n", "y")], [value("x", (6, 3))], initializers=stored, opset=18)
    (made,) = ReferenceEvaluator(proto).run(None, {"x": np.zeros((6, 3), np.float32)})
    assert read_shape(proto) == made.shape


def test_a_size_that_is_added_to_is_open() -> None:
    """It is not worked out, and is no other number."""
    nodes = [
        node("Shape", "x", "s"),
        node("ScatterND", "s one more", "n", reduction="add"),
        node("ConstantOfShape", "n", "y"),
    ]
    stored = [numpy_helper.from_array(np.array([[1]]), "one"), ints("more", 18)]
    found = read_shape(model(nodes, [value("x", (6, 3))], initializers=stored, opset=18))
    assert all(isinstance(size, Unknown) for size in found)


def read_shape(proto):
    """The shape of ``y``, through an operator that is always a row of its own."""
    proto.graph.node.append(helper.make_node("Gelu", ["y"], ["g"]))
    del proto.graph.output[:]
    proto.graph.output.append(helper.make_value_info("g", helper.make_tensor_type_proto(FLOAT, None)))
    return books(proto).entries[-1].output_shape


def sizes(nodes, fed, *stored):
    """The sizes of ``y``; ``None`` where one is open."""
    opened = [node("Squeeze", "all first", "x")] if fed is ANY else []
    proto = model(opened + nodes, fed, initializers=[*stored, ints("first", 0)])
    shape = books(proto).entries[-1].output_shape
    return None if isinstance(shape, Unknown) else [None if isinstance(size, Unknown) else size for size in shape]


ANY = [value("all", (1, "length", 12))]
"""Rows of 12, N of them."""
AS_IT_IS = [node("Shape", "x", "s"), node("Equal", "s bad", "e"), node("Where", "e one s", "t")]


def test_a_size_that_is_open_is_not_below_zero() -> None:
    """PyTorch writes an expand so: sizes of -1 are replaced by 1. The one that is open is no -1, and 12 is none."""
    assert sizes([*AS_IT_IS, node("Expand", "x t", "y")], ANY, ints("bad", -1), ints("one", 1)) == [None, 12]


def test_a_size_that_is_open_may_be_any_other() -> None:
    """Whether ``N`` is 5 is open, and so is what is taken then."""
    nodes = [*AS_IT_IS, node("Reshape", "x t", "y")]
    assert sizes(nodes, ANY, ints("bad", 5), ints("one", 1)) == [None, 12]


def test_half_of_what_is_open_is_not_the_whole() -> None:
    """Halves of N rows of 12 laid out in N rows have 6 a row: the half's own size does not cancel with N."""
    nodes = [node("Split", "x", "a b", num_outputs=2), node("Shape", "x", "s"), node("Slice", "s zero one", "n"),
             node("Concat", "n rest", "t", axis=0), node("Reshape", "a t", "y")]  # fmt: skip
    assert sizes(nodes, ANY, ints("zero", 0), ints("one", 1), ints("rest", -1)) == [None, None]


CHANGED = {
    "a stride": ([node("MaxPool", "image", "m", kernel_shape=[2], strides=[2])], [None, None]),
    "a window": ([node("MaxPool", "image", "m", kernel_shape=[3])], [None, None]),
    "a window of one": ([node("MaxPool", "image", "m", kernel_shape=[1])], [None, 12]),
    "a window padded to the same": (
        [node("MaxPool", "image", "m", kernel_shape=[3], auto_pad="SAME_UPPER")], [None, 12]),
    "repeats": ([node("Tile", "image twice", "m")], [None, None]),
    "padding": ([node("Pad", "image pads", "m")], [None, None]),
    "no padding": ([node("Pad", "image none", "m")], [None, 12]),
    "another part": ([node("Concat", "image image", "m", axis=2)], [None, None]),
    "spread": ([node("ConvTranspose", "image filters", "m", strides=[2])], [None, None]),
}  # fmt: skip


@pytest.mark.parametrize("how", CHANGED)
def test_what_is_worked_out_of_an_open_size_is_another(how: str) -> None:
    """12 channels of N laid out in N rows: 12 a row where N is still N, and otherwise nobody knows."""
    nodes, expected = CHANGED[how]
    before = [node("Transpose", "x", "turned", perm=[1, 0]), node("Unsqueeze", "turned zero", "image")]
    after = [node("Shape", "x", "s"), node("Slice", "s zero one", "n"), node("Concat", "n rest", "t", axis=0),
             node("Reshape", "m t", "y")]  # fmt: skip
    filters = numpy_helper.from_array(np.ones((12, 12, 2), np.float32), "filters")
    stored = [ints("zero", 0), ints("one", 1), ints("rest", -1), ints("twice", 1, 1, 2),
              ints("pads", 0, 0, 1, 0, 0, 1), ints("none", *[0] * 6), *[filters] * (how == "spread")]  # fmt: skip
    assert sizes([*before, *nodes, *after], ANY, *stored) == expected


@pytest.mark.parametrize(("times", "expected"), [(1, 12), (2, None)])
def test_a_product_with_one_is_the_size_itself(times: int, expected: int | None) -> None:
    """PyTorch writes ``x.view(b * n, -1)`` so, where the batch is 1."""
    nodes = [node("Shape", "x", "s"), node("Slice", "s zero one", "n"), node("Mul", "n times", "m"),
             node("Concat", "m rest", "t", axis=0), node("Reshape", "x t", "y")]  # fmt: skip
    stored = [ints("zero", 0), ints("one", 1), ints("rest", -1), ints("times", times)]
    assert sizes(nodes, ANY, *stored) == [None, expected]


def test_as_many_numbers_as_rows() -> None:
    """``Range(0, N, 1)`` has N numbers, so that a column of 12 beside it makes N rows of 12."""
    nodes = [node("Shape", "x", "s"), node("Gather", "s zero", "n"), node("Range", "zero n one", "r"),
             node("Shape", "r", "k"), node("Concat", "k rest", "t", axis=0), node("Reshape", "x t", "y")]  # fmt: skip
    scalars = [numpy_helper.from_array(np.array(number), name) for name, number in (("zero", 0), ("one", 1))]
    assert sizes(nodes, ANY, *scalars, ints("rest", -1)) == [None, 12]


@pytest.mark.parametrize(
    ("nodes", "fed", "stored", "expected"),
    [
        # from 0 to N by 2: nobody knows how many
        ([node("Shape", "x", "s"), node("Gather", "s zero", "n"), node("Range", "zero n two", "r"),
          node("Gelu", "r", "y")], ANY, [("zero", 0), ("two", 2)], [None]),
        # an index that is not there: onnxruntime stops, so nothing is known
        ([node("Shape", "x", "s"), node("Gather", "s zero", "n"), node("Unsqueeze", "n at", "t"),
          node("Concat", "t t", "u", axis=0), node("Reshape", "x u", "y")], ANY, [("zero", 7), ("at", [0])], [None, None]),
        # 0 keeps a size, of which nothing is known here
        ([node("Compress", "k c", "t"), node("Reshape", "x t", "r"), node("Reshape", "r z", "y")],
         [value("x", (2, 12)), value("k", (3,), INT64), value("c", (3,), 9)], [("z", [0, 4, -1])], [None, 4, None]),
        # one size is given by another value: what is left depends on both
        ([node("NonZero", "x", "w"), node("Shape", "w", "s"), node("Slice", "s one two", "m"),
          node("Concat", "m rest", "t", axis=0), node("Reshape", "x t", "y")], ANY,
         [("one", [1]), ("two", [2]), ("rest", [-1])], [None, None]),
        # none of nothing
        ([node("Reshape", "x t", "y")], [value("x", (0, 12))], [("t", [0, -1])], [0, 0]),
        # a factor that only the data give
        ([node("Resize", "x e k", "y")], [value("x", (2, 12)), value("k", (2,))], [("e", [])], [None, None]),
        # as large as it was, and twice as large: N stays, so that it cancels; 12 doubles
        ([node("Resize", "x e k", "r"), node("Shape", "x", "s"), node("Slice", "s zero one", "n"),
          node("Concat", "n rest", "t", axis=0), node("Reshape", "r t", "y")], ANY,
         [("e", []), ("k", [1.0, 2.0]), ("zero", [0]), ("one", [1]), ("rest", [-1])], [None, 24]),
        # the image's channels are columns divided by the block, and both may be open
        ([node("Unsqueeze", "x i", "w"), node("Expand", "w k", "v"), node("Col2Im", "v t b", "y")], ANY,
         [("i", [0]), ("k", [1, 1, 12]), ("t", [4, 5]), ("b", [2, 2])], [1, None, 4, 5]),
        # the smaller side decides, and nobody knows which that is
        ([node("Resize", "x e e t", "y", keep_aspect_ratio_policy="not_larger")], ANY,
         [("e", []), ("t", [4, 4])], [None, None]),
    ],
)  # fmt: skip
def test_what_is_open_stays_open(nodes, fed, stored, expected) -> None:
    kinds = [np.float32 if any(isinstance(n, float) for n in np.ravel(n).tolist()) else np.int64 for _, n in stored]
    tensors = [numpy_helper.from_array(np.array(n, kind), name) for (name, n), kind in zip(stored, kinds, strict=True)]
    assert sizes(nodes, fed, *tensors) == expected


def test_the_first_tile_is_read_otherwise() -> None:
    """Its inputs were ``tiles`` and ``axis`` before version 6: two numbers for any rank."""
    proto = model(
        [node("Tile", "x t a", "y")], [value("x", (2, 3))], initializers=[ints("t", 2), ints("a", 1)], opset=5
    )
    assert all(isinstance(size, Unknown) for size in books(proto).entries[-1].output_shape)


def test_a_part_of_a_sequence_is_as_large_as_each() -> None:
    nodes = [node("SequenceConstruct", "x x", "s"), node("SequenceAt", "s i", "y")]
    assert sizes(nodes, ANY, numpy_helper.from_array(np.array(1), "i")) == [None, 12]


@pytest.mark.parametrize("size", [6, 2])
def test_numbers_that_are_written_one_by_one(size: int) -> None:
    """``int64_data`` unpacked: a field for each number, as the oldest writers have it; -1 in ten bytes."""
    shape = dims(2) + f(2, INT64) + f(7, size) + f(7, -1) + f(8, "t")
    data = in_bytes(graph([node_in_bytes("Reshape", "x t", "y")], [shape], [info("x", 3, 4)]))
    assert books(data).entries[-1].output_shape == (size, 12 // size)
