"""Which of a SavedModel's variables training leaves alone: its description of every object says so.

Source: ``saved_object_graph.proto`` of TensorFlow.
"""

from __future__ import annotations

from netledger.wire.protobuf import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.network import Tensor
    from netledger.wire.cursor import Cursor

_OBJECTS = {1: ("nodes", "span", True)}
_OBJECT = {1: ("children", "span", True), 7: ("variable", "span", False)}
_CHILD = {1: ("node", "int", False), 2: ("name", "text", False)}
_VARIABLE = {3: ("trainable", "int", False), 6: ("name", "text", False)}
"""Fields of ``SavedObjectGraph``, ``SavedObject``, its children and ``SavedVariable``; what is false is not written."""
_LEARNED = ("parameter", "weight", "bias")
_LISTED = "non_trainable_variables"
"""The list that Keras keeps at the root: its variables themselves are all made trainable."""


def untrained(cursor: Cursor, objects: tuple[int, int] | None) -> set[str]:
    """The names (``dense/kernel``) of variables that are not trainable, or that Keras lists as such."""
    spans = decode(cursor, [objects], _OBJECTS, "objects").get("nodes", []) if objects is not None else []
    nodes = [decode(cursor, [span], _OBJECT, "object") for span in spans]

    def children(number: int) -> list[dict[str, Any]]:
        held = nodes[number].get("children", ()) if 0 <= number < len(nodes) else ()
        return [decode(cursor, [span], _CHILD, "object") for span in held]

    lists = [child.get("node", 0) for child in children(0) if child.get("name") == _LISTED][:1]
    listed = {child.get("node", 0) for number in lists for child in children(number)}
    names = set()
    for number, node in enumerate(nodes):
        variable = decode(cursor, [node["variable"]], _VARIABLE, "variable") if "variable" in node else {}
        if variable.get("name") and (number in listed or not variable.get("trainable", 0)):
            names.add(variable["name"].removesuffix(":0"))
    return names


def as_trained(tensors: Sequence[Tensor], left_alone: set[str]) -> list[Tensor]:
    """The tensors, those of these names marked: frozen layers have parameters, which training does not move."""
    names = {name.replace("/", ".") for name in left_alone}
    return [one.replace(trainable=False) if one.name in names and one.role in _LEARNED else one for one in tensors]
