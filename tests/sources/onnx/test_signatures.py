"""A rule's signature is the operator's: inputs, attributes and defaults as the specification and onnxruntime have them."""

from __future__ import annotations

import inspect
from collections import defaultdict

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from netledger.sources.onnx.ops import FOLDS, OPERATORS, operator
from tests.sources.onnx.models import INT64, books, ints, model, value, weight

TYPES = {
    "int": {"INT"}, "int | None": {"INT"}, "float": {"FLOAT"}, "str": {"STRING"}, "Ints": {"INTS"},
    "Floats": {"FLOATS"}, "Fields": {"TENSOR", "SPARSE_TENSOR", "STRINGS", "STRING", "INT", "INTS", "FLOAT", "FLOATS"},
}  # fmt: skip


def default_of(attribute):
    """The default that a schema gives; ``None`` where it gives none."""
    held = getattr(attribute, "_default_value", None) or getattr(attribute, "default_value", None)
    held = onnx.AttributeProto.FromString(held) if isinstance(held, bytes) else held
    if held is None or not held.type:
        return None
    default = helper.get_attribute_value(held)
    return default.decode() if isinstance(default, bytes) else default


class Declared:
    """What all versions of an operator declare."""

    def __init__(self, schemas):
        schemas = sorted(schemas, key=lambda schema: schema.since_version)
        self.inputs = [each.name for each in schemas[-1].inputs]
        self.attributes = defaultdict(list)
        for schema in schemas:
            for name, attribute in schema.attributes.items():
                self.attributes[name].append((str(attribute.type).rpartition(".")[2], default_of(attribute)))


@pytest.fixture(scope="module")
def declared():
    schemas = defaultdict(list)
    state = pytest.importorskip("onnxruntime.capi.onnxruntime_pybind11_state")
    theirs = [each for each in state.get_all_operator_schema() if each.domain == "com.microsoft"]
    for schema in [*onnx.defs.get_all_schemas_with_history(), *theirs]:
        schemas[f"{schema.domain}.{schema.name}" if schema.domain else schema.name].append(schema)
    return {key: Declared(versions) for key, versions in schemas.items() if key in OPERATORS}


UNDECLARED = {"com.microsoft.QLinearConvTranspose", "SimplifiedLayerNormalization"}
"""What only some builds of onnxruntime declare: those with XNNPACK, those for training."""


def functions(keys):
    """Every rule and every fold with the operators that it serves."""
    found = defaultdict(list)
    for key in keys:
        if key in UNDECLARED:
            continue
        found[operator(key).rule, 1].append(key)
        fold = FOLDS.find(key)
        if fold is not None and fold._function.__name__ != "folded":  # value by value, from whatever inputs there are
            found[fold._function, 2].append(key)
    return found


def test_inputs_are_named_and_ordered_as_declared(declared):
    """A function for many operators names them as one of these does."""
    assert len(declared) > 260
    assert set(OPERATORS) - set(declared) <= UNDECLARED
    wrong = []
    for (function, before), keys in functions(declared).items():
        parameters = list(inspect.signature(function).parameters.values())[before:]
        inputs = [each.name for each in parameters if each.kind != each.KEYWORD_ONLY]
        if function.__name__ != "same_numbers" and not any(
            declared[key].inputs[: len(inputs)] == inputs for key in keys
        ):
            wrong.append(f"{function.__name__}{inputs}: {keys[0]}{declared[keys[0]].inputs}")
    assert wrong == []


def test_attributes_have_their_names_types_and_defaults(declared):
    wrong = []
    for (function, before), keys in functions(declared).items():
        for each in list(inspect.signature(function).parameters.values())[before:]:
            if each.kind == each.KEYWORD_ONLY:
                versions = [version for key in keys for version in declared[key].attributes[each.name]]
                wrong += [f"{function.__name__}: {each}: {why}" for why in differences(each, versions)]
    assert wrong == []


def differences(parameter, versions):
    if not versions:
        yield "nothing declares it"
    elif not any(kind in TYPES[parameter.annotation] for kind, _ in versions):
        yield f"declared {versions}"
    defaults = [default for _, default in versions if default is not None]
    given = parameter.default
    if defaults and given is not None and not any(default == pytest.approx(given) for default in defaults):
        yield f"the default is {defaults}"


def test_an_attribute_of_another_type_is_a_finding():
    parameter = inspect.Parameter("axis", inspect.Parameter.KEYWORD_ONLY, annotation="int", default=1)
    assert list(differences(parameter, [("INT", 0)])) == ["the default is [0]"]
    assert list(differences(parameter, [("INTS", None)])) == ["declared [('INTS', None)]"]
    assert list(differences(parameter, [])) == ["nothing declares it"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (("Slice", 9, {"starts": [0, 1], "ends": [1, 3], "axes": [0, 1]}), ("Slice", 13, [[0, 1], [1, 3], [0, 1]])),
        (("Squeeze", 11, {"axes": [1]}), ("Squeeze", 13, [[1]])),
        (("Unsqueeze", 11, {"axes": [0, -1]}), ("Unsqueeze", 13, [[0, -1]])),
        (("Split", 11, {"split": [1], "axis": 1}), ("Split", 13, [[1]], {"axis": 1})),
        (("ReduceSum", 11, {"axes": [0], "keepdims": 0}), ("ReduceSum", 13, [[0]], {"keepdims": 0})),
        (("Pad", 2, {"pads": [0, 0, 1, 0, 0, 2]}), ("Pad", 11, [[0, 0, 1, 0, 0, 2]])),
        (("Reshape", 1, {"shape": [0, -1]}), ("Reshape", 5, [[0, -1]])),
        (("TopK", 1, {"k": 3}), ("TopK", 10, [[3]])),
    ],
    ids=lambda case: f"{case[0]}-{case[1]}",
)
def test_what_was_an_attribute_is_an_input_now(old, new):
    """One rule for both: the shapes are equal, and as onnx infers them for the newer."""
    shapes = []
    for name, opset, *given in (old, new):
        inputs = next((each for each in given if isinstance(each, list)), [])
        attributes = next((each for each in given if isinstance(each, dict)), {})
        numbers = [ints(f"n{i}", *values) for i, values in enumerate(inputs)]
        outputs = ["y", "indices"] if name == "TopK" else ["y"]
        node = helper.make_node(name, ["x", *[each.name for each in numbers]], outputs, **attributes)
        proto = model([node], [value("x", (2, 1, 8))], outputs, numbers, opset=opset)
        shapes.append(books(proto).entries[-1].outputs[0])
    inferred = onnx.shape_inference.infer_shapes(proto, data_prop=True).graph.output[0].type.tensor_type.shape
    assert shapes == [tuple(dim.dim_value for dim in inferred.dim)] * 2


def test_a_scale_without_a_bias_is_an_rms_norm():
    node = helper.make_node("RMSNormalization", ["x", "scale"], ["y"])
    ledger = books(model([node], [value("x", (2, 4, 8))], initializers=[weight("scale", 8)], opset=23))
    assert [(entry.kind, entry.parameters, entry.effect.parameters.count) for entry in ledger.entries[1:]] == [
        ("rms_norm", 8, 8)
    ]


def test_the_sizes_of_a_packed_weight_may_be_an_input():
    packed, shape = weight("w", 64, dtype=np.uint8), ints("shape", 16, 8)
    node = helper.make_node("MatMulFpQ4", ["x", "w", "shape"], ["y"], domain="com.microsoft")
    proto = model([node], [value("x", (2, 16))], initializers=[packed, shape], domains=["com.microsoft"])
    ledger = books(proto)
    assert (ledger.totals.parameters, ledger.totals.macs) == (16 * 8, 2 * 16 * 8)
    loose = model(
        [node], [value("x", (2, 16)), value("shape", (2,), INT64)], initializers=[packed], domains=["com.microsoft"]
    )
    assert str(books(loose).totals.macs) == "unknown"


def test_trees_in_double_precision_are_counted():
    arrays = {"nodes_values_as_tensor": 7, "target_weights_as_tensor": 4, "base_values_as_tensor": 1}
    held = {name: numpy_helper.from_array(np.zeros(size)) for name, size in arrays.items()}
    node = helper.make_node("TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", **held)
    ledger = books(model([node], [value("x", (2, 4))], domains=["ai.onnx.ml"]))
    assert (ledger.totals.weights, ledger.totals.biases, ledger.totals.bytes) == (11, 1, 12 * 8)
