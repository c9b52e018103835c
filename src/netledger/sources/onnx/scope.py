"""The names that one graph, function or body can see, and who reads them."""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.limits import NESTING
from netledger.sources.onnx.ops import operator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from netledger.sources.onnx.schema import OnnxNode, ValueInfo
    from netledger.sources.onnx.values import Value

PICKING = frozenset(
    "Gather GatherND GatherElements Reshape Transpose Squeeze Unsqueeze Slice Identity Flatten Expand Tile".split()
)
"""Operators that hand on values of their first input as they are."""


class Scope:
    """The names that one graph, function or body can see."""

    __slots__ = ("_readers", "bound", "depth", "infos", "names", "nodes", "opsets", "outer", "prefix", "values")

    def __init__(self, opsets: Mapping[str, int], prefix: str = "", outer: Scope | None = None, depth: int = 0) -> None:
        self.values: dict[str, Value] = {}
        self.names: dict[int, str] = {}
        self.opsets, self.prefix, self.outer, self.depth = opsets, prefix, outer, depth
        self.bound: Mapping[str, Mapping[str, Any]] | None = None
        self.infos: dict[str, ValueInfo] = {}
        self.nodes: list[OnnxNode] = []
        self._readers: dict[str, list[tuple[OnnxNode, int]]] | None = None
        if depth > NESTING:
            raise LimitError(f"functions and bodies nested more than {NESTING} deep")

    def find(self, name: str) -> Value | None:
        """The value of a name, here or in what is around."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.values.get(name)
            if found is not None:
                return found
            scope = scope.outer
        return None

    def readers(self, name: str) -> list[tuple[OnnxNode, int]]:
        """The nodes that read a name, and as which input."""
        if self._readers is None:
            self._readers = {}
            for node in self.nodes:
                for index, read in enumerate(node.inputs):
                    self._readers.setdefault(read, []).append((node, index))
        return self._readers.get(name, [])

    def scaled(self, name: str) -> bool:
        """Whether a value is scaled, or multiplied as integers are, before anything else is done with it."""
        waiting, seen = [(name, False)], {name}
        while waiting:
            current, real = waiting.pop()
            for node, index in self.readers(current):
                if node.op == "DequantizeLinear" or (real and node.op in ("Mul", "Sub", "Div")):
                    return True
                declared = operator(node.key)
                if declared is not None and declared.integers and declared.role(index) != "zero_point":
                    return True
                if node.op in PICKING or node.op == "Cast":
                    new = [output for output in node.outputs if output not in seen]
                    seen.update(new)
                    waiting += [(output, real or node.op == "Cast") for output in new]
            if len(seen) > 256:
                return False
        return False

    def unpacks(self, name: str) -> str | None:
        """``scale`` where a value is nothing but the scale of a ``DequantizeLinear``."""
        readers = self.readers(name)
        alone = readers and all(node.op == "DequantizeLinear" and index == 1 for node, index in readers)
        return "scale" if alone else None

    def put(self, name: str, value: Value, at: int) -> None:
        """Give a name its value; a second one for the same name is an error."""
        if name in self.values:
            raise FormatError(f"the value '{name}' is computed twice").at(byte=at)
        self.values[name] = value
