"""Numbers that a graph of TensorFlow's works out for its own shapes, and graphs written as JSON: by NumPy, or by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netledger.errors import DataError, FormatError
from netledger.sources import read_file
from netledger.unknown import Unknown
from tests.sources.builders import write
from tests.sources.test_graphdef import books, field, function, graph, node, placeholder, shape, stored, whole
from tests.sources.test_graphdef_shapes import number

A = np.zeros((2, 6, 8))
SHAPE = node("s", "Shape", "x")


def one(name: str, value: int) -> bytes:
    """A number without dimensions."""
    tensor = field(1, 3) + field(2, b"") + field(4, value.to_bytes(4, "little", signed=True))
    return node(name, "Const", dtype=field(6, 3), value=field(8, tensor))


def made(folder: Path, nodes: list[bytes], *sizes: int) -> list[int | None]:
    """The sizes of ``y``; ``None`` where one is open."""
    ledger = books(write(folder, "m.pb", graph(placeholder("x", *sizes or A.shape), *nodes)))
    found = next(entry for entry in ledger if entry.layer.path == "y").outputs[0]
    assert isinstance(found, tuple)
    return [None if isinstance(size, Unknown) else size for size in found]


RESHAPED: dict[str, tuple[list[bytes], Any]] = {
    "to as many as there are": ([node("k", "Size", "x"), node("n", "Pack", "k")], A.reshape(A.size)),
    "to its rank, and what is left": ([node("k", "Rank", "x"), one("m", -1), node("n", "Pack", "k", "m")],
        A.reshape(A.ndim, -1)),
    "from the second size on": (
        [SHAPE, whole("b", 1), whole("e", 0), whole("t", 1), node("k", "StridedSlice", "s", "b", "e", "t", end_mask=number(1)),
         whole("m", 2, 1), whole("c", 0), node("n", "ConcatV2", "m", "k", "c")], A.reshape(2, 1, *A.shape[1:])),
    "backwards": (
        [SHAPE, whole("b", 0), whole("e", 0), whole("t", -1),
         node("n", "StridedSlice", "s", "b", "e", "t", begin_mask=number(1), end_mask=number(1))], A.reshape(A.shape[::-1])),
    "two sizes in one": (
        [SHAPE, whole("b", 0), whole("e", 2), whole("t", 1), node("k", "StridedSlice", "s", "b", "e", "t"), whole("a", 0),
         node("p", "Prod", "k", "a"), one("m", -1), node("n", "Pack", "p", "m")], A.reshape(12, -1)),
    "doubled and halved": (
        [SHAPE, whole("d", 2, 1, 1), whole("h", 1, 2, 1), node("k", "Mul", "s", "d"), node("n", "FloorDiv", "k", "h")],
        A.reshape(4, 3, 8)),
    "added and taken away": (
        [SHAPE, whole("d", 1), whole("h", 1, 1, 1), node("k", "AddV2", "s", "d"), node("n", "Sub", "k", "h")], A),
    "at least and at most": (
        [SHAPE, whole("d", 6), whole("h", 8), node("k", "Maximum", "s", "d"), node("m", "Minimum", "k", "h"),
         whole("r", 5), node("q", "FloorMod", "m", "r"), whole("f", 2, 6, 24), node("n", "FloorDiv", "f", "q")],
        A.reshape(np.array([2, 6, 24]) // (np.clip(A.shape, 6, 8) % 5))),
    "picked": ([SHAPE, whole("p", -1, 0, 1), one("a", 0), node("n", "GatherV2", "s", "p", "a")], A.reshape(8, 2, 6)),
    "cast": ([SHAPE, node("n", "Cast", "s")], A),
}  # fmt: skip


@pytest.mark.parametrize("name", RESHAPED)
def test_a_shape_that_is_worked_out_is_numpys(tmp_path: Path, name: str) -> None:
    nodes, truth = RESHAPED[name]
    assert made(tmp_path, [*nodes, node("y", "Reshape", "x", "n")]) == list(truth.shape)


def test_as_many_as_a_range_has(tmp_path: Path) -> None:
    """``range(2, 11, 3)`` are 2, 5 and 8: the table's rows that are looked up."""
    numbers = [one("a", 2), one("b", 11), one("c", 3), node("r", "Range", "a", "b", "c"), one("axis", 0)]
    assert made(tmp_path, [*numbers, stored("w", 20, 4), node("y", "GatherV2", "w", "r", "axis")]) == [3, 4]


@pytest.mark.parametrize(
    "nodes",
    [
        [whole("d", 0), node("n", "FloorDiv", "s", "d")],  # by nothing
        [node("n", "Pow", "s", "s")],  # no rule
        [one("a", 0), one("b", 9), one("c", 0), node("n", "Range", "a", "b", "c")],  # in steps of nothing
        [whole("p", 0, 5), one("a", 0), node("n", "GatherV2", "s", "p", "a")],  # a place that is not there
        [whole("b", 0), whole("e", 2), whole("t", 0), node("n", "StridedSlice", "s", "b", "e", "t")],
        [whole("b", 3), whole("e", 4), whole("t", 1), node("n", "StridedSlice", "s", "b", "e", "t", shrink_axis_mask=number(1))],
    ],
)  # fmt: skip
def test_what_cannot_be_worked_out_is_open(tmp_path: Path, nodes: list[bytes]) -> None:
    ledger = books(
        write(tmp_path, "m.pb", graph(placeholder("x", *A.shape), SHAPE, *nodes, node("y", "Reshape", "x", "n")))
    )
    (made,) = ledger.entries[-1].outputs
    assert isinstance(made, Unknown) or all(isinstance(size, Unknown) for size in made)


def test_a_size_that_is_open_stays_open_in_arithmetic(tmp_path: Path) -> None:
    """Twice an open width, beside a known height: the batch of -1 is taken as one, the width by nobody."""
    nodes = [SHAPE, whole("d", 1, 1, 2), node("n", "Mul", "s", "d"), node("y", "BroadcastTo", "x", "n")]
    assert made(tmp_path, nodes, -1, 6, -1) == [1, 6, None]


def test_a_choice_between_what_multiplies_nothing_costs_nothing(tmp_path: Path) -> None:
    """Branches of activations: no MACs whichever is taken. One that calls a product: nobody knows."""
    relu, tanh = (
        function(name, "x", "y:activations:0", node("y", op, "x")) for name, op in (("r", "Relu"), ("t", "Tanh"))
    )
    calls = function("c", "x", "y:output:0", node("y", "PartitionedCall", "x", f=field(10, field(1, b"m"))))
    inner = function("d", "x", "y:output:0", node("y", "m", "x"))
    product = function("m", "x", "y:product:0", stored("w", 4, 4), node("y", "MatMul", "x", "w:output:0"))
    for names, known in (((b"r", b"t"), True), ((b"r", b"r"), True), ((b"r", b"c"), False), ((b"d", b"t"), False)):
        branches = dict(zip(("then_branch", "else_branch"), [field(10, field(1, name)) for name in names], strict=True))
        nodes = [placeholder("k"), placeholder("x", 3, 4), node("y", "If", "k", "x", **branches)]
        data = graph(*nodes, functions=(relu, tanh, calls, inner, product))
        macs = books(write(tmp_path, "m.pb", data)).totals.macs
        assert macs == 0 if known else not isinstance(macs, int)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (graph(placeholder("x", 2), node("y", "f", "x", "x"), functions=(function("f", "x", "y", node("y", "Relu", "x")),)),
         "'f' takes 1 values, not 2"),
        (graph(placeholder("x", 2, 6, 8), SHAPE, whole("d", 1, 1), node("n", "Mul", "s", "d"), node("y", "Reshape", "x", "n")),
         "shapes 3 and 2 do not go together"),
        (graph(placeholder("x", 2), node("y", "Relu", "x"), functions=(function("f", "x", "y"), function("f", "x", "y"))),
         "two functions have one name"),
        (graph(placeholder("x", 2), node("n", "Const", value=field(8, field(1, 3) + field(2, shape(2)) + field(4, b"123"))),
               node("y", "Reshape", "x", "n")), "3 bytes for 2 numbers"),
        (graph(placeholder("x", 2), node("n", "Const", value=field(8, field(1, 3) + field(2, field(3, 1)))),
               node("y", "Reshape", "x", "n")), "a constant without its shape"),
        (graph(placeholder("x", 1, 9, 9, 3), stored("w", 3, 3, 3, 8), node("y", "Conv2D", "x", "w", padding=field(2, b"ODD"))),
         "its padding is none that there is"),
    ],
)  # fmt: skip
def test_graphs_that_cannot_be(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(DataError, match=why):
        read_file(write(tmp_path, "m.pb", data), format="tensorflow-graph")


def test_a_convolution_with_its_padding_written_out(tmp_path: Path) -> None:
    """9 + 1 + 2 - 3 + 1 = 10 rows and 9 + 3 - 3 + 1 = 10 columns of 27·8 products."""
    pads = field(1, field(3, bytes((0, 0, 1, 2, 0, 3, 0, 0))))
    settings = {
        "strides": field(1, field(3, bytes((1, 1, 1, 1)))),
        "padding": field(2, b"EXPLICIT"),
        "explicit_paddings": pads,
    }
    nodes = [placeholder("x", 1, 9, 9, 3), stored("w", 3, 3, 3, 8), node("y", "Conv2D", "x", "w", **settings)]
    ledger = books(write(tmp_path, "m.pb", graph(*nodes)))
    assert (ledger.entries[-1].outputs[0], ledger.totals.macs) == ((1, 10, 10, 8), 100 * 27 * 8)


# ---------------------------------------------------------------------- as JSON


def as_json(folder: Path, nodes: list[dict[str, Any]], **more: Any) -> Any:
    weight = {"name": "w", "shape": [4, 5], "dtype": "float32"}
    data = {
        "format": "graph-model",
        "modelTopology": {"node": nodes},
        "weightsManifest": [{"paths": [], "weights": [weight]}],
    }
    return write(folder, "model.json", json.dumps({**data, **more}).encode())


def sized(*sizes: Any) -> dict[str, Any]:
    return {"dim": [{"size": size} for size in sizes]}


def js(name: str, op: str, *inputs: Any, **attributes: Any) -> dict[str, Any]:
    return {"name": name, "op": op, "input": list(inputs), "attr": attributes}


PRODUCT = [js("x", "Placeholder", shape={"shape": sized("3", 4)}), js("w", "Const", value={"tensor": {"dtype": "DT_FLOAT",
    "tensorShape": sized(4, "5")}}), js("y", "MatMul", "x", "w")]  # fmt: skip


def test_a_signature_in_json_names_what_is_fed(tmp_path: Path) -> None:
    """The signature's shape serves where the node has none; sizes are text or numbers."""
    nodes = [js("x", "Placeholder", shape={"shape": {"unknownRank": True}}), *PRODUCT[1:]]
    signature = {
        "inputs": {"pixels": {"name": "x:0", "tensorShape": sized(3, "4")}, "odd": 7},
        "outputs": {"out": {"name": "y:0"}},
    }
    ledger = books(as_json(tmp_path, nodes, signature=signature))
    assert ledger.entries[0].layer.path == "pixels"
    assert (ledger.totals.parameters, ledger.totals.macs) == (20, 3 * 4 * 5)
    assert (
        books(
            as_json(tmp_path, PRODUCT, userDefinedMetadata={"signature": {"outputs": {"out": {"name": "y"}}}})
        ).totals.macs
        == 60
    )
    assert books(as_json(tmp_path, PRODUCT, signature={"outputs": {"out": {}}})).totals.macs == 60


@pytest.mark.parametrize(
    ("nodes", "why"),
    [
        ([js("x", "Placeholder", shape={"shape": sized("--5")})], "'--5' is no whole number"),
        ([js("x", "Placeholder", shape={"shape": sized(2.5)})], "'2.5' is no whole number"),
        ([js("x", "Placeholder", shape={"shape": sized(10**30)})], "is no whole number"),
        ([js("x", "Placeholder", shape={"shape": {"dim": 5}})], "its 'dim' is no list of objects"),
        ([{**js("y", "Relu"), "input": [5]}], "an input that is no name"),
        ([{"name": "y"}], "a node without its name, operator or inputs"),
    ],
)  # fmt: skip
def test_json_that_is_no_graph(tmp_path: Path, nodes: list[dict[str, Any]], why: str) -> None:
    with pytest.raises(FormatError, match=why):
        read_file(as_json(tmp_path, [*nodes, js("z", "Relu", nodes[0].get("name"))]))
