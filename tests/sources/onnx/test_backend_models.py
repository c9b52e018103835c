"""Every model of the onnx package's backend tests: our shapes against ``onnx.shape_inference``."""

from __future__ import annotations

import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import shape_inference

from netledger.errors import NetledgerError
from netledger.unknown import Unknown
from tests.sources.onnx.models import read

DATA = Path(onnx.__file__).parent / "backend/test/data"


def node_models():
    """The models that the package makes for each operator: about 1,900."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.model import collect_testcases as collect_models
        from onnx.backend.test.case.node import collect_testcases as collect_nodes

        cases = [*collect_nodes(None), *collect_models()]
    return [(case.name, case.model.SerializeToString()) for case in cases if case.model is not None]


def file_models():
    """The models kept as files: converted networks and single operators of PyTorch, and the light networks."""
    return [(str(path.relative_to(DATA)), path.read_bytes()) for path in sorted(DATA.glob("**/*.onnx"))]


def compare(models):
    """What agrees, and every disagreement in words."""
    counts, wrong = Counter(), []
    for name, data in models:
        try:
            inferred = shape_inference.infer_shapes(onnx.load_from_string(data), data_prop=True).graph
        except Exception:
            counts["models that onnx does not infer"] += 1
            continue
        try:
            network = read(data)
        except NetledgerError as error:
            wrong.append(f"{name}: refused: {error}")
            continue
        counts["models"] += 1
        ours = {v: s for layer in network for v, s in zip(layer.outputs, layer.output_shapes, strict=True)}
        for info in [*inferred.value_info, *inferred.output]:
            kind = info.type.WhichOneof("value")
            if kind != "tensor_type" or not info.type.tensor_type.HasField("shape") or info.name not in ours:
                continue
            wrong += one_value(name, info.name, ours[info.name], info.type.tensor_type.shape.dim, counts)
    return counts, wrong


def one_value(model, name, ours, theirs, counts):
    known = [(axis, dim.dim_value) for axis, dim in enumerate(theirs) if dim.HasField("dim_value")]
    if isinstance(ours, Unknown):
        return [f"{model}: {name}: they know {known}, we say {ours.reason}"]
    if len(ours) != len(theirs):
        return [f"{model}: {name}: {ours} against {len(theirs)} dimensions"]
    wrong = [f"{model}: {name}: {ours} against {size} at {axis}" for axis, size in known if ours[axis] != size]
    counts["sizes"] += len(known) - len(wrong)
    counts["values"] += not wrong
    counts["sizes that only we know"] += sum(
        isinstance(a, int) and not b.HasField("dim_value") for a, b in zip(ours, theirs, strict=True)
    )
    return wrong


def test_models_in_files_agree():
    counts, wrong = compare(file_models())
    assert wrong == []
    assert counts["models"] > 100
    assert counts["values"] > 1_800


@pytest.mark.slow
def test_models_of_every_operator_agree():
    """10 s of this is the package making its models."""
    counts, wrong = compare(node_models())
    print(dict(counts))
    assert wrong == []
    assert counts["models"] > 1_700
    assert counts["values"] > 6_000
    assert counts["sizes"] > 20_000


def test_every_operator_of_the_newest_opset_has_a_line():
    from netledger.sources.onnx.control_flow import BODIES
    from netledger.sources.onnx.ops import OPERATORS, operator

    schemas = onnx.defs.get_all_schemas()
    keys = {f"{schema.domain}.{schema.name}" if schema.domain else schema.name for schema in schemas}
    assert keys - OPERATORS.keys() - BODIES.keys() == set()
    assert len(keys) > 220
    for key, family in OPERATORS.items():
        found = operator(key)
        assert found is not None
        assert found.rule.__module__ == f"netledger.sources.onnx.ops.{family}"


def test_what_folds_is_declared_where_its_rule_is():
    """A family is imported when a model has one of its operators: its folds must come along."""
    import ast
    from pathlib import Path

    from netledger.sources.onnx.ops import FOLDS, OPERATORS, operator

    for key in OPERATORS:
        operator(key)
    assert set(FOLDS.names()) <= OPERATORS.keys()
    for family in sorted(set(OPERATORS.values())):
        module = __import__(f"netledger.sources.onnx.ops.{family}", fromlist=["_"])
        tree = ast.parse(Path(module.__file__ or "").read_text())
        named = [
            call.args[0].value
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "folds"
            and isinstance(call.args[0], ast.Constant)
        ]  # fmt: skip
        for key in " ".join(named).split():
            assert OPERATORS[key] == family
