"""Numbers that an exporter filled in for a call that had none: the scales of 1 of a normalisation without any.

``torch.onnx.export(dynamo=True)`` takes a call apart and writes with each of its nodes the call that it was, as
``torch.fx`` prints it: ``%y : … = call_function[target=…group_norm.default](args = (%x, 2, None, None, …``.
What a call names no value for, no parameter is behind.
"""

from __future__ import annotations

from netledger.sources.onnx.schema import ENTRY_PLACES, METADATA
from netledger.sources.onnx.stored.untrained import generated, is_filled
from netledger.wire.protobuf import decode, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.sources.onnx.schema import Graph, OnnxNode
    from netledger.sources.onnx.tensors import StoredTensor

_CALL = b"pkg.torch.onnx.fx_node"
_BODIES = frozenset(("If", "Loop", "Scan", "SequenceMap"))
"""Operators whose graphs may read what stands outside them."""


def fillings(graph: Graph, stored: Sequence[StoredTensor]) -> int:
    """How many values of a graph's own only calls read that name no value but the one they are given; code from now."""
    filled = {tensor.name: tensor for tensor in stored if generated(tensor.name) and is_filled(tensor)}
    if not filled or any(node.op in _BODIES for node in graph.nodes):
        return 0
    read = set()
    for node in graph.nodes:
        for name in node.inputs:
            if name in filled:
                read.add(name)
                if node.op not in ("Add", "Mul") or not names_one_value(call_before(node)):
                    del filled[name]
    in_code = [tensor for name, tensor in filled.items() if name in read]
    for tensor in in_code:
        tensor.made = "code"
    return sum([tensor.elements for tensor in in_code])


def call_before(node: OnnxNode) -> str:
    """The call that PyTorch's exporter took apart into this node and others; nothing where the file does not say."""
    for place in decode(node.cursor, ((node.at, node.end),), METADATA, "node").get("metadata", ()):
        entry = decode(node.cursor, (place,), ENTRY_PLACES, "metadata_props")
        key, value = entry.get("key", (0, 0)), entry.get("value", (0, 0))
        if key[1] - key[0] == len(_CALL) and node.cursor.source.read_at(key[0], len(_CALL)) == _CALL:
            start, end = value
            return text(node.cursor, start, end, "metadata_props") if end - start <= _LONGEST else ""
    return ""


_LONGEST = 4_096
"""Bytes of a call: one of a normalisation has some two hundred."""


def names_one_value(call: str) -> bool:
    """Whether a call takes one value of the graph and else numbers alone.

    >>> names_one_value("%y : [num_users=1] = call_function[target=f](args = (%x, 2, None, None, 1e-05), kwargs = {})")
    True
    >>> names_one_value("%y : [num_users=1] = call_function[target=f](args = (%x, 2, %p_g_weight), kwargs = {})")
    False
    """
    _, taken, arguments = call.partition("](args = (")
    return bool(taken) and arguments.count("%") == 1
