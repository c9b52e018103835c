"""Single numbers of classical models, which their converters write as initializers: an intercept, or a 0 and a 1."""

from __future__ import annotations

from netledger.sources.onnx.layers import FLOATS
from netledger.sources.onnx.stored.untrained import in_algebra

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.sources.onnx.schema import Graph
    from netledger.sources.onnx.tensors import StoredTensor

CONVERTERS = frozenset(("skl2onnx", "OnnxMLTools", "ebm2onnx"))
"""Producers whose files hold classical models, written out in formulas."""


def intercepts(graph: Graph, stored: Sequence[StoredTensor], producer: str) -> list[StoredTensor]:
    """Those of a graph's own single numbers that are added to a product with one of its matrices or vectors.

    What a converter of classical models writes as a single 0 or 1 else is a number in the code from here on.
    """
    classical = producer in CONVERTERS
    single = {
        tensor.name: tensor
        for tensor in stored
        if tensor.elements == 1 and tensor.dims and tensor.dtype in FLOATS and (classical or in_algebra(tensor.name))
    }
    if not single:
        return []
    matrices = {tensor.name for tensor in stored if 0 < len(tensor.dims) < 3 and tensor.elements > 1}
    products = set[str]()
    found: dict[str, StoredTensor] = {}
    for node in graph.nodes:
        if node.key in ("MatMul", "Gemm") and matrices.intersection(node.inputs):
            products.update(node.outputs)
        elif node.key == "Add" and products.intersection(node.inputs):
            found.update({name: single[name] for name in node.inputs if name in single})
    for tensor in single.values():
        if classical and tensor.name not in found and tensor.values(1) in ((0.0,), (1.0,)):
            tensor.made = "code"
    return list(found.values())
