"""What exporters write in their own way: class tokens, names of graphs, quantised chains."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from netledger.errors import UsageError
from netledger.ledger import keep_books
from netledger.sources import Options, read, read_file


def save(path: Path, nodes: list[onnx.NodeProto], stored: dict[str, np.ndarray], graph: str = "main_graph") -> str:
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 4, 6])
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    initializers = [numpy_helper.from_array(array, name) for name, array in stored.items()]
    model = helper.make_model(helper.make_graph(nodes, graph, [given], [output], initializers))
    onnx.save(model, str(path))
    return str(path)


def class_token(path: Path) -> str:
    """Vision transformers with an open batch: the token is expanded to a size that is computed."""
    nodes = [
        helper.make_node("Shape", ["x"], ["size"], end=1),
        helper.make_node("Concat", ["size", "rest"], ["wanted"], axis=0),
        helper.make_node("Expand", ["cls_token", "wanted"], ["token"]),
        helper.make_node("Concat", ["token", "x"], ["y"], axis=1),
    ]
    stored = {"cls_token": np.zeros((1, 1, 6), np.float32), "rest": np.array([1, 6], np.int64)}
    return save(path, nodes, stored)


def test_a_class_token_is_learned(tmp_path: Path) -> None:
    assert keep_books(read_file(class_token(tmp_path / "vit.onnx"))).totals.parameters == 6


def test_zeros_that_a_node_makes_are_not(tmp_path: Path) -> None:
    zeros = numpy_helper.from_array(np.zeros((1, 1, 6), np.float32))
    nodes = [
        helper.make_node("Constant", [], ["zeros"], value=zeros),
        helper.make_node("Shape", ["x"], ["wanted"]),
        helper.make_node("Expand", ["zeros", "wanted"], ["state"]),
        helper.make_node("Add", ["x", "state"], ["y"]),
    ]
    assert keep_books(read_file(save(tmp_path / "m.onnx", nodes, {}))).totals.parameters == 0


def test_a_graph_without_a_name_of_its_own_is_called_as_its_file(tmp_path: Path) -> None:
    node = [helper.make_node("Relu", ["x"], ["y"])]
    assert read_file(save(tmp_path / "mine.onnx", node, {})).name == "mine"
    assert read_file(save(tmp_path / "mine.onnx", node, {}, "alexnet")).name == "alexnet"


def test_an_input_with_its_type_and_batch(tmp_path: Path) -> None:
    path = class_token(tmp_path / "vit.onnx")
    network = read_file(path, options=Options(settings={"specs": ("x=float32[2,4,6]",)}))
    assert network.layers[0].attributes["shape"] == (2, 4, 6)
    for wrong in ("x=float32[2,y]", "x=float32[2", "x=float32[99999999999999999999]"):
        with pytest.raises(UsageError, match="is no shape: write"):
            read_file(path, options=Options(settings={"specs": (wrong,)}))


def test_a_description_is_fed_without_a_batch() -> None:
    fed = read("alexnet", options=Options(settings={"specs": ("image=float32[3,256,256]",)}))
    assert fed.layers[0].attributes["shape"] == (3, 256, 256)
    with pytest.raises(UsageError, match="takes 3 sizes, 4 are given: a batch is told by --batch"):
        read("alexnet", options=Options({"": (2, 3, 256, 256)}))


def test_a_scale_in_two_nodes_ties_no_layers(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "scale", "zero"], ["y"]),
    ]
    stored = {"scale": np.array(0.1, np.float32), "zero": np.array(3, np.uint8)}
    ledger = keep_books(read_file(save(tmp_path / "m.onnx", nodes, stored)))
    assert ledger.totals.parameters == 0
    assert [entry.tied_to for entry in ledger] == [None] * 3


def test_neurons_of_bare_tensors_are_unknown(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.zeros((3, 4), np.float32))
    totals = keep_books(read_file(str(tmp_path / "w.npy"))).totals
    assert not isinstance(totals.neurons, int)
