"""Small ONNX models, built with the onnx package, read by netledger."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from netledger.ledger import Ledger, keep_books
from netledger.network import Network
from netledger.sources import Options
from netledger.sources.onnx import ONNX
from netledger.wire.cursor import Buffer

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
LIGHT = Path(onnx.__file__).parent / "backend/test/data/light"


class InMemory(Buffer):
    """Bytes that read as a file."""

    path = "model.onnx"


def value(name, shape=(), dtype=FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def weight(name, *shape, dtype=np.float32):
    """An initializer of ones."""
    return numpy_helper.from_array(np.ones(shape, dtype), name)


def ints(name, *values):
    """An int64 initializer."""
    return numpy_helper.from_array(np.array(values, np.int64), name)


def model(nodes, inputs, outputs=("y",), initializers=(), opset=21, functions=(), domains=(), **graph):
    """A ModelProto; outputs given by name have no stated shape."""
    declared = [
        o if not isinstance(o, str) else helper.make_value_info(o, helper.make_tensor_type_proto(FLOAT, None))
        for o in outputs
    ]
    made = helper.make_graph(list(nodes), "tiny", list(inputs), declared, list(initializers), **graph)
    imports = [helper.make_opsetid("", opset), *[helper.make_opsetid(domain, 1) for domain in domains]]
    return helper.make_model(made, opset_imports=imports, functions=list(functions), ir_version=10)


def read(proto, **options) -> Network:
    data = proto if isinstance(proto, bytes) else proto.SerializeToString()
    return ONNX.read(InMemory(data), Options(**options))


def books(proto, **options) -> Ledger:
    return keep_books(read(proto, **options))


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs.split(), outputs.split(), **attributes)
