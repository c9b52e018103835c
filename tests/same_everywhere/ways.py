"""The ways in: a row as a description, an ONNX node, a live module, a prototxt or cfg; each gives its books."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netledger.ledger import Ledger, keep_books
from netledger.sources import Options
from tests.same_everywhere.row import Row

NAMES = "abcd"


def description(row: Row) -> Ledger:
    from netledger.notation import parse

    lines = [
        f"{name} = input({', '.join(map(str, shape[1:] if row.batched else shape))})"
        for name, shape in zip(NAMES, row.inputs, strict=False)
    ]
    return keep_books(parse("\n".join([*lines, f"y = {row.net}"])))


def onnx_node(row: Row) -> Ledger:
    np = pytest.importorskip("numpy")
    pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    from tests.sources.onnx.models import books, model, value

    def stored(name: str, what: Any) -> Any:
        if isinstance(what, list):
            return numpy_helper.from_array(np.array(what, np.int64), name)
        if isinstance(what, int):
            return numpy_helper.from_array(np.int64(what), name)
        if isinstance(what, str):
            return numpy_helper.from_array(np.ones((), what), name)
        if what[0] == "values":
            return numpy_helper.from_array(np.array(what[1:], np.float32), name)
        dtype, shape = (what[0], what[1:]) if isinstance(what[0], str) else ("float32", what)
        return numpy_helper.from_array(np.ones(shape, dtype), name)

    assert row.onnx is not None
    spec = row.onnx
    kind = {"": TensorProto.FLOAT, "int64": TensorProto.INT64, "uint8": TensorProto.UINT8}[row.dtypes]
    reads = ["" if name == "_" else name for name in spec.reads.split()]
    made = helper.make_node(spec.op, reads, spec.outputs.split(), domain=spec.domain, **spec.attributes)
    fed = [value(name, shape, kind) for name, shape in zip(NAMES, row.inputs, strict=False)]
    inits = [stored(name, what) for name, what in spec.stored.items()]
    return books(model([made], fed, ["y"], inits, spec.opset, domains=[spec.domain] if spec.domain else []))


def live(row: Row) -> Ledger:
    pytest.importorskip("torch")
    from netledger.sources.pytorch import read_module

    module, data = built(row)
    return keep_books(read_module(module, Options(settings={"input_data": data})))


def built(row: Row) -> tuple[Any, tuple[Any, ...]]:
    """The row's module, and its inputs, on the meta device."""
    torch = pytest.importorskip("torch")
    from tests.sources.pytorch.counting import Function

    def own(function: Any, **modules: Any) -> Any:
        return Function(function, **modules)

    with torch.device("meta"):
        made = eval(row.live or "", {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "Own": own})
        dtype = torch.int64 if row.dtypes == "int64" else torch.float32
        data = tuple([torch.empty(shape, dtype=dtype) for shape in row.inputs])
    if not isinstance(made, torch.nn.Module):
        inner = made
        made = Function(lambda self, *args: inner(*args))
    return made, data


def text(row: Row, suffix: str, folder: Path) -> Ledger:
    from netledger.sources import read

    shape = row.inputs[0][1:]
    if suffix == "prototxt":
        sizes = " ".join(f"dim: {size}" for size in row.inputs[0])
        head = f'layer {{ name: "data" type: "Input" top: "data" input_param {{ shape {{ {sizes} }} }} }}\n'
    else:
        c, h, w = (*shape, 1, 1)[:3]
        head = f"[net]\nchannels={c}\nheight={h}\nwidth={w}\n"
    path = folder / f"row.{suffix}"
    path.write_text(head + row.text[suffix])
    return keep_books(read(str(path)))
