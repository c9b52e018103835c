"""Arrays in attributes: each is booked once, as what ONNX's text says of it; the sizes are different primes.

The roles are read off the specification of ``ai.onnx.ml``: what a model learns (coefficients, thresholds, support
vectors), what is estimated from data before it (means, deviations, fillings), and what only names or links things.
"""

from __future__ import annotations

import numpy as np
import pytest
from onnx import AttributeProto, defs, helper, numpy_helper

from netledger.sources.onnx.ops import OPERATORS, holds_arrays, operator
from netledger.sources.onnx.quick import CallKind
from tests.sources.onnx.models import INT64, books, model, node, value

ML = "ai.onnx.ml"
LEARNED = {
    "LinearClassifier": "coefficients intercepts",
    "LinearRegressor": "coefficients intercepts",
    "SVMClassifier": "support_vectors coefficients rho prob_a prob_b",
    "SVMRegressor": "support_vectors coefficients rho",
    "TreeEnsemble": "nodes_splits leaf_weights membership_values",
    "TreeEnsembleClassifier": "nodes_values nodes_values_as_tensor class_weights class_weights_as_tensor base_values "
    "base_values_as_tensor",
    "TreeEnsembleRegressor": "nodes_values nodes_values_as_tensor target_weights target_weights_as_tensor base_values "
    "base_values_as_tensor",
}
ESTIMATED = {
    "Scaler": "offset scale",
    "Imputer": "imputed_value_floats imputed_value_int64s",
    "LabelEncoder": "values_floats values_tensor",
}
SCHEMAS = [schema for schema in defs.get_all_schemas_with_history() if schema.domain == ML]
PRIMES = (5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)


def reals(count):
    return [0.37 + 0.61 * i for i in range(count)]


ARRAYS = {
    "FLOATS": reals,
    "INTS": lambda count: list(range(count)),
    "STRINGS": lambda count: [f"s{i}" for i in range(count)],
    "TENSOR": lambda count: numpy_helper.from_array(np.array(reals(count))),
}


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: f"{schema.name}-{schema.since_version}")
def test_every_array_of_every_operator(schema):
    types = {name: str(each.type).rpartition(".")[2] for name, each in schema.attributes.items()}
    sizes = dict(zip(sorted(name for name in types if types[name] in ARRAYS), PRIMES, strict=False))
    made = {name: ARRAYS[types[name]](size) for name, size in sizes.items()}
    fed = [value(each.name, (3, 4), INT64 if each.name == "Y" else 1) for each in schema.inputs]
    proto = model([helper.make_node(schema.name, [each.name for each in fed], ["y"], domain=ML, **made)], fed)
    proto.opset_import.append(helper.make_opsetid(ML, schema.since_version))
    ledger = books(proto)
    totals, stored = ledger.totals, ledger.network.meta["stored"]
    counted = [sizes.get(name, 0) for name in LEARNED.get(schema.name, "").split()]
    estimated = [sizes.get(name, 0) for name in ESTIMATED.get(schema.name, "").split()]
    assert (totals.parameters, totals.buffers) == (sum(counted), sum(estimated))
    assert stored["elements"] == sum(sizes.values())
    assert stored["elements"] == sum(counted) + sum(estimated) + stored["constant_elements"]
    assert bool(sum(estimated)) == any("they are buffers" in note for note in ledger.network.notes)


def test_who_declares_arrays_holds_them():
    for key in OPERATORS:
        domain, _, name = key.rpartition(".")
        found = operator(key)
        assert found is not None
        assert not found.arrays or holds_arrays(CallKind(name, domain, "", None)), key


def ml(op, inputs="x", outputs="y", **attributes):
    return helper.make_node(op, inputs.split(), outputs.split(), domain=ML, **attributes)


X = [value("x", (3, 4))]


def of(*nodes, **more):
    return books(model(nodes, X, domains=[ML, *more.pop("domains", ())], **more))


def test_codes_of_categories_are_constants_and_means_are_buffers():
    coded = of(ml("LabelEncoder", keys_strings=["a", "b", "c"], values_floats=[0.0, 1.0, 2.0]))
    assert (coded.totals.buffers, coded.network.notes) == (0, ())
    meant = of(ml("LabelEncoder", keys_strings=["a", "b", "c"], values_floats=[0.5, 1.0, 2.0]))
    assert meant.totals.buffers == 3


def test_sets_that_trees_look_into_end_with_a_nan_each():
    sets = numpy_helper.from_array(np.array([1.0, 2.0, np.nan, 4.0, np.nan], np.float32))
    ledger = of(ml("TreeEnsemble", membership_values=sets))
    assert (ledger.totals.parameters, ledger.network.meta["stored"]["elements"]) == (3, 5)


def test_thresholds_of_leaves_and_links_of_trees_are_said():
    """A stump: its node compares 0.5, its two leaves compare nothing."""
    ledger = of(
        ml(
            "TreeEnsembleRegressor", nodes_values=[0.5, 0.0, 0.0], nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"],
            nodes_featureids=[2, 0, 0], nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[2, 0, 0],
            target_weights=[1.5, -2.5],
        )
    )  # fmt: skip
    assert ledger.totals.parameters == 3 + 2
    said = " ".join(ledger.network.notes)
    assert "2 thresholds are those of trees' leaves" in said
    assert "9 whole numbers say which feature" in said


@pytest.mark.parametrize(("last", "opposite"), [(-0.25, 6), (0.25, 2)])
def test_two_classes_with_opposite_coefficients_are_said(last, opposite):
    held = {"coefficients": [0.5, 0.25, -0.5, last], "intercepts": [1.0, -1.0]}
    ledger = of(ml("LinearClassifier", classlabels_ints=[0, 1], **held))
    assert ledger.totals.parameters == 6
    assert ledger.network.notes[0].startswith(f"{opposite} coefficients and intercepts of two classes")


def test_words_and_their_weights():
    """Inverse frequencies are estimated; stop words, separators and the vocabulary are constants."""
    texts = value("x", (1, 1), 8)
    nodes = [
        helper.make_node("StringNormalizer", ["x"], ["a"], stopwords=["of", "a"]),
        helper.make_node("Tokenizer", ["a"], ["b"], domain="com.microsoft", separators=[" ", ",", ";"], mark=0),
        helper.make_node(
            "TfIdfVectorizer", ["b"], ["y"], mode="TFIDF", ngram_counts=[0], ngram_indexes=[0, 1, 2, 3],
            pool_strings=["cat", "dog", "hen", "sow"], weights=[1.5, 2.0, 1.25, 1.75],
        ),
    ]  # fmt: skip
    ledger = books(model(nodes, [texts], domains=["com.microsoft"]))
    assert (ledger.totals.parameters, ledger.totals.macs, ledger.totals.buffers) == (0, 0, 4)
    assert ledger.network.meta["stored"]["elements"] == 2 + 3 + 1 + 4 + 4 + 4
    assert ledger.network.meta["stored"]["bytes"] == 3 + 3 + 12 + 8 * 5 + 4 * 4


LINEAR = {"coefficients": [0.5] * 4, "intercepts": [0.25]}


def test_an_array_that_a_function_is_given():
    """The caller's attribute, twice: two models. A function's own is one, however often it is called."""
    given = ml("LinearRegressor", "a", "o")
    for name in LINEAR:
        given.attribute.append(AttributeProto(name=name, type=AttributeProto.FLOATS, ref_attr_name=f"of_{name}"))
    imports = [helper.make_opsetid("", 21), helper.make_opsetid(ML, 1)]
    function = helper.make_function("my", "Lin", ["a"], ["o"], [given], imports, [f"of_{name}" for name in LINEAR])
    own = helper.make_function("my", "Own", ["a"], ["o"], [ml("LinearRegressor", "a", "o", **LINEAR)], imports)
    calls = [
        helper.make_node("Lin", ["x"], [out], out, domain="my", **{f"of_{name}": held for name, held in LINEAR.items()})
        for out in ("p", "q")
    ]
    asked = [helper.make_node("Own", ["x"], [out], out, domain="my") for out in ("r", "s")]
    total = node("Sum", "p q r s", "y")
    ledger = of(*calls, *asked, total, functions=[function, own], domains=["my"])
    assert (ledger.totals.parameters, ledger.totals.macs) == (2 * 5 + 5, 4 * 3 * 4)


def test_a_function_that_nothing_calls_and_a_branch_that_is_not_taken():
    imports = [helper.make_opsetid("", 21), helper.make_opsetid(ML, 1)]
    never = helper.make_function("my", "Own", ["a"], ["o"], [ml("LinearRegressor", "a", "o", **LINEAR)], imports)
    ledger = of(node("Relu", "x", "y"), functions=[never], domains=["my"])
    assert (ledger.totals.parameters, ledger.totals.macs) == (5, 0)
    taken = helper.make_graph([node("Relu", "x", "o1")], "t", [], [value("o1", (3, 4))])
    other = helper.make_graph([ml("LinearRegressor", "x", "o2", **LINEAR)], "e", [], [value("o2", (3, 1))])
    choice = helper.make_node("If", ["c"], ["y"], then_branch=taken, else_branch=other)
    ledger = of(choice, initializers=[numpy_helper.from_array(np.array(True), "c")])
    assert (ledger.totals.parameters, ledger.totals.macs) == (5, 0)


def test_what_an_operator_without_a_rule_holds_is_unknown():
    ledger = of(helper.make_node("Trees", ["x"], ["y"], domain="com.acme", splits=[0.5] * 7), domains=["com.acme"])
    assert str(ledger.totals.parameters) == "unknown"
    assert ledger.network.meta["stored"]["elements"] == 7


def test_single_numbers_of_a_converter():
    """An intercept is added to a product with coefficients; a 1 that is added to something else is a constant."""
    held = [
        numpy_helper.from_array(np.array(numbers, np.float32), name)
        for name, numbers in (("coef", [[0.5]] * 4), ("intercept", [0.25]), ("one_float", [1.0]))
    ]
    nodes = [node("MatMul", "x coef", "p"), node("Add", "p intercept", "q"), node("Add", "q one_float", "y")]
    proto = model(nodes, X, initializers=held)
    assert books(proto).totals.parameters == 6
    proto.producer_name = "skl2onnx"
    assert books(proto).totals.parameters == 5


def test_thresholds_that_are_compared_with_are_said():
    edges = numpy_helper.from_array(np.array([0.1, 0.7, 1.9, 2.2], np.float32), "edges")
    ledger = of(node("Less", "x edges", "y"), initializers=[edges])
    assert ledger.totals.parameters == 0
    assert ledger.network.notes[0].startswith("4 values ('edges') are thresholds that others are compared with")
