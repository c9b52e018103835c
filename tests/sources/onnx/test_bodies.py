"""Functions of the model's own, If, Loop and Scan: known costs are counted, others Unknown, never 0."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from netledger.errors import FormatError
from tests.sources.onnx.models import FLOAT, INT64, books, model, node, value, weight

BOOL = TensorProto.BOOL


def body(nodes, inputs, outputs, stored=()):
    declared = [helper.make_value_info(name, helper.make_tensor_type_proto(FLOAT, None)) for name in outputs]
    return helper.make_graph(nodes, "body", inputs, declared, list(stored))


def product(name, *shape, result="r"):
    return body([node("MatMul", f"x {name}", result)], [], [result], [weight(name, *shape)])


def test_equal_branches_cost_what_either_does():
    choice = helper.make_node("If", ["c"], ["y"], then_branch=product("a", 4, 3), else_branch=product("b", 4, 3))
    ledger = books(model([choice], [value("x", (2, 4)), value("c", (), BOOL)]))
    assert (ledger.totals.parameters, ledger.totals.macs) == (24, 2 * 4 * 3)
    assert ledger.entries[-1].output_shape == (2, 3)


def test_branches_that_differ_are_unknown_and_their_parameters_known():
    choice = helper.make_node("If", ["c"], ["y"], then_branch=product("a", 4, 3), else_branch=product("b", 4, 5))
    ledger = books(model([choice], [value("x", (2, 4)), value("c", (), BOOL)]))
    assert ledger.totals.parameters == 12 + 20
    assert not isinstance(ledger.totals.macs, int)
    assert "branches of an If cost differently" in ledger.unknown[0][1].reason


def test_a_constant_condition_decides():
    true = numpy_helper.from_array(np.array(True), "c")
    choice = helper.make_node("If", ["c"], ["y"], then_branch=product("a", 4, 3), else_branch=product("b", 4, 5))
    ledger = books(model([choice], [value("x", (2, 4))], initializers=[true]))
    assert (ledger.totals.macs, ledger.entries[-1].output_shape) == (24, (2, 3))


def loop(trips, condition=("k",), stored=()):
    step = body(
        [node("MatMul", "v w", "u"), helper.make_node("Identity", list(condition), ["on"]), node("Relu", "u", "each")],
        [value("i", (), INT64), value("k", (), BOOL), value("v", (2, 4))], ["on", "u", "each"],
    )  # fmt: skip
    made = helper.make_node("Loop", [trips, "", "x"], ["y", "all"], body=step)
    return [made], [weight("w", 4, 4), *stored]


def test_a_loop_costs_its_trips():
    nodes, stored = loop("n", stored=[numpy_helper.from_array(np.array(7, np.int64), "n")])
    ledger = books(model(nodes, [value("x", (2, 4))], ["y", "all"], stored))
    assert (ledger.totals.parameters, ledger.totals.macs) == (16, 7 * 2 * 4 * 4)
    assert ledger.entries[-1].outputs == ((2, 4), (7, 2, 4))


def test_a_loop_of_unknown_trips_is_unknown_and_its_parameters_known():
    nodes, stored = loop("n")
    ledger = books(model(nodes, [value("x", (2, 4)), value("n", (), INT64)], ["y", "all"], stored))
    assert ledger.totals.parameters == 16
    assert "trip count of the Loop" in ledger.unknown[0][1].reason
    assert str(ledger.totals.macs) == "unknown"
    assert not isinstance(ledger.totals.macs, int)


def test_a_loop_that_may_end_early_is_unknown():
    nodes, stored = loop("n", ("flag",), [numpy_helper.from_array(np.array(7, np.int64), "n")])
    ledger = books(model(nodes, [value("x", (2, 4)), value("flag", (), BOOL)], ["y", "all"], stored))
    assert not isinstance(ledger.totals.macs, int)


def test_a_loop_that_grows_what_it_carries_has_an_unknown_size():
    step = body(
        [node("Identity", "k", "on"), node("Concat", "v v", "u", axis=0)],
        [value("i", (), INT64), value("k", (), BOOL), value("v", None)], ["on", "u"],
    )  # fmt: skip
    made = helper.make_node("Loop", ["n", "", "x"], ["y"], body=step)
    stored = [numpy_helper.from_array(np.array(3, np.int64), "n")]
    shape = books(model([made], [value("x", (2, 4))], ["y"], stored)).entries[-1].output_shape
    assert shape[1] == 4
    assert "changes from trip to trip" in shape[0].reason


def test_a_scan_costs_the_length_scanned():
    step = body(
        [node("MatMul", "s w", "t"), node("Add", "t e", "out")], [value("s", (4,)), value("e", (4,))], ["t", "out"]
    )
    made = helper.make_node("Scan", ["start", "x"], ["last", "y"], body=step, num_scan_inputs=1)
    ledger = books(model([made], [value("start", (4,)), value("x", (9, 4))], ["last", "y"], [weight("w", 4, 4)]))
    assert (ledger.totals.parameters, ledger.totals.macs) == (16, 9 * 16)
    assert ledger.entries[-1].outputs == ((4,), (9, 4))


def test_a_body_without_products_costs_nothing_however_often_it_runs():
    fed = [value("i", (), INT64), value("k", (), BOOL), value("v", (4,))]
    step = body([node("Identity", "k", "on"), node("Relu", "v", "u")], fed, ["on", "u"])
    made = helper.make_node("Loop", ["n", "", "x"], ["y"], body=step)
    assert books(model([made], [value("x", (4,)), value("n", (), INT64)])).totals.macs == 0


def function(name, nodes, inputs, outputs, attributes=()):
    imports = [helper.make_opsetid("", 21), helper.make_opsetid("mine", 1)]
    return helper.make_function("mine", name, inputs, outputs, nodes, imports, list(attributes))


def test_functions_take_the_place_of_their_call():
    dense = function("Dense", [node("MatMul", "a w", "m"), node("Add", "m b", "r")], ["a", "w", "b"], ["r"])
    calls = [
        helper.make_node("Dense", ["x", "w1", "b1"], ["h"], domain="mine", name="first"),
        helper.make_node("Dense", ["h", "w2", "b2"], ["y"], domain="mine", name="second"),
    ]
    stored = [weight("w1", 4, 8), weight("b1", 8), weight("w2", 8, 3), weight("b2", 3)]
    ledger = books(model(calls, [value("x", (2, 4))], initializers=stored, functions=[dense], domains=["mine"]))
    assert (ledger.totals.parameters, ledger.totals.macs) == (32 + 8 + 24 + 3, 2 * (32 + 24))
    assert ledger.entries[-1].output_shape == (2, 3)


def test_attributes_of_a_call_reach_its_nodes():
    inner = node("Transpose", "a", "r")
    inner.attribute.add(name="perm", ref_attr_name="order", type=7)
    turn = function("Turn", [inner], ["a"], ["r"], ["order"])
    call = helper.make_node("Turn", ["x"], ["y"], domain="mine", order=[1, 2, 0])
    ledger = books(model([call], [value("x", (2, 3, 4))], functions=[turn], domains=["mine"]))
    assert ledger.entries[-1].output_shape == (3, 4, 2)


def test_functions_call_functions_and_never_themselves():
    square = function("Square", [node("Mul", "a a", "r")], ["a"], ["r"])
    twice = [
        helper.make_node("Square", ["a"], ["s"], domain="mine"),
        helper.make_node("Square", ["s"], ["r"], domain="mine"),
    ]
    fourth = function("Fourth", twice, ["a"], ["r"])
    call = helper.make_node("Fourth", ["x"], ["y"], domain="mine")
    assert len(books(model([call], [value("x", (2,))], functions=[square, fourth], domains=["mine"]))) == 3
    endless = function("Fourth", [helper.make_node("Fourth", ["a"], ["r"], domain="mine")], ["a"], ["r"])
    with pytest.raises(FormatError, match=r"the function 'mine.Fourth' calls itself"):
        books(model([call], [value("x", (2,))], functions=[endless], domains=["mine"]))


def test_bodies_see_the_names_around_them():
    branches = {name: body([node(op, "h", "r")], [], ["r"]) for name, op in (("then", "Relu"), ("else", "Neg"))}
    choice = helper.make_node("If", ["c"], ["y"], then_branch=branches["then"], else_branch=branches["else"])
    outer = [node("MatMul", "x w", "h"), choice]
    ledger = books(model(outer, [value("x", (2, 4)), value("c", (), BOOL)], initializers=[weight("w", 4, 3)]))
    assert ledger.entries[-1].output_shape == (2, 3)
    assert ledger.totals.macs == 24


def test_a_loop_that_never_begins_costs_nothing():
    nodes, stored = loop("n", stored=[numpy_helper.from_array(np.array(7, np.int64), "n")])
    nodes[0].input[1] = "never"
    stored.append(numpy_helper.from_array(np.array(False), "never"))
    ledger = books(model(nodes, [value("x", (2, 4))], ["y", "all"], stored))
    assert (ledger.totals.parameters, ledger.totals.macs) == (16, 0)
    assert ledger.entries[-1].outputs == ((2, 4), (0, 2, 4))


def scanned(many, *shapes, axes=None):
    step = body([node("MatMul", "s w", "r")], [value("s")], ["r"])
    more = {"scan_input_axes": axes} if axes is not None else {}
    made = helper.make_node("Scan", ["x"], ["y"], body=step, num_scan_inputs=many, **more)
    return model([made], [value("x", *shapes)], initializers=[weight("w", 4, 3)])


def test_a_scan_of_more_inputs_than_there_are():
    with pytest.raises(FormatError, match="Scan of 3 inputs, of 1"):
        books(scanned(3, (5, 2, 4)))


@pytest.mark.parametrize("given", [((5, 2, 4), [9]), (None, None)])
def test_a_scan_along_what_is_not_known_costs_an_unknown_number(given):
    shape, axes = given
    ledger = books(scanned(1, shape, axes=axes))
    assert ledger.totals.parameters == 12
    assert not isinstance(ledger.totals.macs, int)


def test_a_map_over_a_sequence_without_a_body():
    ledger = books(model([node("SequenceMap", "x", "y")], [value("x", (2, 4))]))
    assert not isinstance(ledger.totals.macs, int)
    assert ledger.unknown[0][1].reason == "SequenceMap without a body"


def test_constants_inside_a_function_are_stored_values():
    constant = helper.make_node("Constant", [], ["w"], value=weight("w", 4, 3))
    inner = [constant, node("MatMul", "a w", "b")]
    function = helper.make_function("mine", "Project", ["a"], ["b"], inner, [helper.make_opsetid("", 21)])
    call = helper.make_node("Project", ["x"], ["y"], domain="mine")
    used = model([call], [value("x", (2, 4))], functions=[function], domains=["mine"])
    assert (books(used).totals.parameters, books(used).totals.macs) == (12, 24)
    idle = model([node("Relu", "x", "y")], [value("x", (2, 4))], functions=[function], domains=["mine"])
    assert books(idle).totals.parameters == 12
