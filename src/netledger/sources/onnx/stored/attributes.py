"""Arrays in operators' attributes: classical models keep there what they have learned.

Every one is a stored tensor, named after what its node computes and after the attribute. Which of them were learned or
estimated from data is declared with the operator; the others are constants: categories, vocabularies, how trees hang
together. Of an operator that has no rule nobody knows what they stand for.
"""

from __future__ import annotations

from netledger.sources.onnx.layers import FLOATS, as_tensor
from netledger.sources.onnx.ops import operator
from netledger.sources.onnx.stored.folder import Folder
from netledger.sources.onnx.stored.untrained import LOOKED_AT
from netledger.sources.onnx.tensors import StoredTensor, read_sparse, read_tensor
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from netledger.network import Tensor
    from netledger.sources.onnx.importer import Importer
    from netledger.sources.onnx.scope import Scope
    from netledger.sources.onnx.values import Op

_NOWHERE = Folder()
_LISTS = {"floats": "float32", "ints": "int64", "strings": "string"}


def book_arrays(importer: Importer, op: Op, scope: Scope) -> tuple[Tensor, ...]:
    """Register the arrays of a node's attributes; those that are more than constants, with their roles."""
    node = op.node
    declared = operator(node.key)
    label = node.outputs[0] if node.outputs else node.op
    reason = Unknown(f"operator '{node.key}' has no rule: what the values in its attributes stand for")
    booked: dict[str, Tensor] = {}
    for name in node.attributes:
        fields = op.attribute(name)
        tensor = None if fields is None else _array(op, name, fields, f"{label}.{name}")
        if tensor is None or fields is None or (declared is None and tensor.dtype not in FLOATS):
            continue
        tensor.made = "attribute"
        known = len(importer.stored)
        importer.register(tensor, scope)
        role = "weight" if declared is None else declared.arrays.get(name, "constant")
        if role == "codes":
            role = "constant" if _are_whole(fields, tensor) else "running_statistic"
        if role != "constant":
            booked[name] = as_tensor(tensor, role, reason if declared is None else _meant(name, fields, tensor))
        if len(importer.stored) > known and declared is not None:
            _remark(importer, op, name, fields, role, tensor)
    return tuple(booked.values())


def _array(op: Op, name: str, fields: Mapping[str, Any], label: str) -> StoredTensor | None:
    """An attribute as a stored tensor; ``None`` where it is one number or text, or a graph."""
    cursor = op.node.attributes[name].cursor
    if fields.get("t"):
        tensor = read_tensor(cursor, fields["t"], _NOWHERE, name=label)
    elif fields.get("sparse_tensor"):
        tensor = read_sparse(cursor, fields["sparse_tensor"][0], _NOWHERE)
        tensor.name = label
    else:
        field = next((field for field in _LISTS if fields.get(field)), None)
        if field is None:
            return None
        tensor = StoredTensor(label, (len(fields[field]),), _LISTS[field])
        if field == "strings":
            tensor.nbytes = sum([stop - start for start, stop in fields[field]])
    tensor.at = fields["at"]
    return tensor


def _numbers(fields: Mapping[str, Any], tensor: StoredTensor) -> Sequence[Any]:
    if "floats" in fields or "ints" in fields:
        return fields.get("floats") or fields.get("ints") or ()
    return tensor.first(LOOKED_AT) or ()


def _are_whole(fields: Mapping[str, Any], tensor: StoredTensor) -> bool:
    """Whether numbers that stand for categories are their codes, and no means of what was observed with them."""
    return tensor.dtype not in FLOATS or not any(value % 1 for value in _numbers(fields, tensor))


def _meant(name: str, fields: Mapping[str, Any], tensor: StoredTensor) -> int | None:
    """How many values sets hold that end with a NaN each; ``None``: all that are stored."""
    values = _numbers(fields, tensor) if name == "membership_values" else ()
    return sum([value == value for value in values]) if len(values) == tensor.elements > 0 else None


# ---------------------------------------------------------------------- what is said of them


def _remark(
    importer: Importer, op: Op, name: str, fields: Mapping[str, Any], role: str, tensor: StoredTensor
) -> None:  # fmt: skip
    """Keep what a reader should know of an array, with the number of values that it is true of."""
    count, said = tensor.elements, _ESTIMATED.format(op.node.op)
    if role != "running_statistic":
        holds, said = _REMARKS.get(name, (None, ""))
        count = 0 if holds is None else holds(op, fields)
    if count:
        importer.remarks[said] = importer.remarks.get(said, 0) + count


_ESTIMATED = "values in attributes of {} were estimated from data or put there, not trained: they are buffers"
_OF_LEAVES = "thresholds are those of trees' leaves, which compare nothing: they are counted as they are stored"
_LINKS = "whole numbers say which feature a tree's node looks at and where it leads: they are constants"
_MIRRORED = "coefficients and intercepts of two classes are each other's opposites: they are counted as they are stored"


def _leaves(op: Op, fields: Mapping[str, Any]) -> int:
    """Nodes of the mode ``LEAF``; the other modes' names are longer."""
    return sum([stop - start == len("LEAF") for start, stop in fields.get("strings", ())])


def _links(op: Op, fields: Mapping[str, Any]) -> int:
    return len(fields.get("ints", ()))


def _mirrored(op: Op, fields: Mapping[str, Any]) -> int:
    """All of the values of two classes, where one's are the other's with the other sign."""
    values = fields.get("floats", ())
    half, odd = divmod(len(values), 2)
    classes = sum([len((op.attribute(name) or {}).get(field, ())) for name, field in _CLASSES])
    opposite = classes == 2 and not odd and all(a == -b for a, b in zip(values[:half], values[half:], strict=True))
    return len(values) if opposite else 0


_CLASSES = (("classlabels_ints", "ints"), ("classlabels_strings", "strings"))
_REMARKS: dict[str, tuple[Callable[[Op, Mapping[str, Any]], int], str]] = {
    "nodes_modes": (_leaves, _OF_LEAVES),
    "coefficients": (_mirrored, _MIRRORED),
    "intercepts": (_mirrored, _MIRRORED),
    **dict.fromkeys(("nodes_featureids", "nodes_truenodeids", "nodes_falsenodeids"), (_links, _LINKS)),
}
