"""The messages of an ONNX file: which field has which number, after ``onnx-ml.proto`` of ONNX 1.23 (IR version 13).

What is not named here - doc strings, metadata, device configurations, tensor data but for its place -
is skipped without being read.
"""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.limits import NESTING, TENSORS
from netledger.sources.onnx.quick import CallKind, node_parts
from netledger.wire.protobuf import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.wire.cursor import Cursor
    from netledger.wire.protobuf import Schema, Span

MODEL: Schema = {
    1: ("ir_version", "int", False),
    2: ("producer_name", "text", False),
    3: ("producer_version", "text", False),
    7: ("graph", "span", True),
    8: ("opset_import", "span", True),
    20: ("training_info", "span", True),
    25: ("functions", "span", True),
}
GRAPH: Schema = {
    1: ("node", "span", True),
    2: ("name", "text", False),
    5: ("initializer", "span", True),
    11: ("input", "span", True),
    12: ("output", "span", True),
    13: ("value_info", "span", True),
    15: ("sparse_initializer", "span", True),
}
NODE: Schema = {
    1: ("input", "text", True),
    2: ("output", "text", True),
    3: ("name", "text", False),
    4: ("op_type", "text", False),
    5: ("attribute", "span", True),
    7: ("domain", "text", False),
    8: ("overload", "text", False),
}
ATTRIBUTE: Schema = {
    1: ("name", "text", False),
    2: ("f", "float", False),
    3: ("i", "int", False),
    4: ("s", "span", False),
    5: ("t", "span", True),
    6: ("g", "span", True),
    7: ("floats", "float", True),
    8: ("ints", "int", True),
    9: ("strings", "span", True),
    20: ("type", "int", False),
    21: ("ref_attr_name", "text", False),
    22: ("sparse_tensor", "span", True),
}
TENSOR: Schema = {
    1: ("dims", "int", True),
    2: ("data_type", "int", False),
    3: ("segment", "span", False),
    4: ("float_data", "float", True),
    5: ("int32_data", "int", True),
    6: ("string_data", "span", True),
    7: ("int64_data", "int", True),
    8: ("name", "text", False),
    9: ("raw_data", "span", False),
    10: ("double_data", "double", True),
    11: ("uint64_data", "int", True),
    13: ("external_data", "span", True),
    14: ("data_location", "int", False),
}
SPARSE: Schema = {1: ("values", "span", True), 2: ("indices", "span", True), 3: ("dims", "int", True)}
VALUE: Schema = {1: ("name", "text", False), 2: ("type", "span", True)}
TYPE: Schema = {
    1: ("tensor", "span", True),
    4: ("sequence", "span", True),
    5: ("map", "span", True),
    8: ("sparse", "span", True),
    9: ("optional", "span", True),
}
TENSOR_TYPE: Schema = {1: ("elem_type", "int", False), 2: ("shape", "span", True)}
SHAPE: Schema = {1: ("dim", "span", True)}
DIMENSION: Schema = {1: ("value", "int", False), 2: ("param", "text", False)}
TRAINING: Schema = {1: ("initialization", "span", True), 2: ("algorithm", "span", True)}
FUNCTION: Schema = {
    1: ("name", "text", False),
    4: ("input", "text", True),
    5: ("output", "text", True),
    6: ("attribute", "text", True),
    7: ("node", "span", True),
    9: ("opset_import", "span", True),
    10: ("domain", "text", False),
    11: ("attribute_proto", "span", True),
    13: ("overload", "text", False),
}
OPSET: Schema = {1: ("domain", "text", False), 2: ("version", "int", False)}
METADATA: Schema = {9: ("metadata", "span", True)}
ENTRY_PLACES: Schema = {1: ("key", "span", False), 2: ("value", "span", False)}
ENTRY: Schema = {1: ("key", "text", False), 2: ("value", "text", False)}

DTYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "string", 9: "bool",
    10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 14: "complex64", 15: "complex128", 16: "bfloat16",
    17: "float8_e4m3fn", 18: "float8_e4m3fnuz", 19: "float8_e5m2", 20: "float8_e5m2fnuz", 21: "uint4", 22: "int4",
    23: "float4_e2m1", 24: "float8_e8m0fnu", 25: "uint2", 26: "int2", 27: "float6_e2m3", 28: "float6_e3m2",
}  # fmt: skip
"""``TensorProto.DataType`` by its number."""

NEWEST_OPSET = 28
"""The newest operator set whose rules are here; later ones, up to :data:`BELIEVED_OPSET`, are read by them too."""
BELIEVED_OPSET = 1_000


class ValueInfo:
    """The type that a file states for a value: ``kind`` (``tensor``, ``sequence`` …), element type, and shape.

    A size is an ``int``, a symbol's name, or ``None`` where nothing is said; ``shape`` is ``None`` for unknown rank.
    """

    __slots__ = ("dtype", "kind", "name", "shape")

    def __init__(self, name: str, kind: str, dtype: str | None, shape: tuple[int | str | None, ...] | None) -> None:
        self.name, self.kind, self.dtype, self.shape = name, kind, dtype, shape


class OnnxNode:
    """One operator call. ``attributes`` are read when a rule asks for them."""

    __slots__ = ("_attributes", "_places", "at", "call", "cursor", "end", "inputs", "name", "outputs")

    def __init__(self, cursor: Cursor, span: Span, calls: dict[tuple[Any, ...], CallKind]) -> None:
        self.cursor = cursor
        self.at, self.end = span
        self._attributes: dict[str, Attribute] | None = None
        parts = node_parts(cursor, span, calls)
        if parts is not None:
            self.call, self.inputs, self.outputs, self.name, self._places = parts
        else:
            found = decode(cursor, (span,), NODE, "node")
            self.inputs, self.outputs = tuple(found.get("input", ())), tuple(found.get("output", ()))
            self.name, self._places = found.get("name", ""), tuple(found.get("attribute", ()))
            self.call = CallKind(found.get("op_type", ""), found.get("domain", ""), found.get("overload", ""), None)
        if not self.call.op:
            raise FormatError("a node without an op_type").at(byte=self.at)
        if len(self._places) > 1 or self.call.settings is None:
            self._attributes = self._read()  # one cannot be there twice

    @property
    def op(self) -> str:
        """The operator's name."""
        return self.call.op

    @property
    def key(self) -> str:
        """The operator's name with its domain."""
        return self.call.key

    @property
    def attributes(self) -> dict[str, Attribute]:
        """Its attributes by name."""
        if self._attributes is None:
            self._attributes = self._read()
        return self._attributes

    def _read(self) -> dict[str, Attribute]:
        found: dict[str, Attribute] = {}
        for place in self._places:
            attribute = Attribute(self.cursor, place)
            if attribute.name in found:
                raise FormatError(f"node '{self.name or self.op}' has attribute '{attribute.name}' twice").at(
                    byte=place[0]
                )
            found[attribute.name] = attribute
        return found


class Attribute:
    """One attribute: its name now, its values when asked for."""

    __slots__ = ("_values", "cursor", "name", "span")

    def __init__(self, cursor: Cursor, span: Span) -> None:
        self.cursor, self.span = cursor, span
        self._values: dict[str, Any] | None = None
        self.name: str = ""
        # Writers put the name first; then nothing else of the attribute needs to be looked at.
        from netledger.wire.protobuf import fields, text

        for number, wire, value, _ in fields(cursor, *span):
            if number == 1 and wire == 2:
                self.name = text(cursor, cursor.position - value, cursor.position, "attribute name")
                break

    def values(self) -> dict[str, Any]:
        """Everything in it, and ``at``: where it is."""
        if self._values is None:
            self._values = decode(self.cursor, (self.span,), ATTRIBUTE, f"attribute '{self.name}'")
            self._values["at"] = self.span[0]
        return self._values


class Graph:
    """A graph or a subgraph: nodes in order, stored tensors' places, inputs, outputs, stated types."""

    __slots__ = ("cursor", "depth", "initializers", "inputs", "name", "nodes", "outputs", "sparse", "value_info")

    def __init__(self, cursor: Cursor, spans: list[Span], depth: int = 0) -> None:
        if depth > NESTING:
            raise LimitError(f"subgraphs nested more than {NESTING} deep").at(byte=spans[0][0] if spans else 0)
        found = decode(cursor, spans, GRAPH, "graph")
        self.cursor, self.depth = cursor, depth
        self.name: str = found.get("name", "")
        calls: dict[tuple[Any, ...], CallKind] = {}
        self.nodes = [OnnxNode(cursor, span, calls) for span in found.get("node", ())]
        self.initializers: list[Span] = found.get("initializer", [])
        self.sparse: list[Span] = found.get("sparse_initializer", [])
        self.inputs = [value_info(cursor, span) for span in found.get("input", ())]
        self.outputs = [value_info(cursor, span) for span in found.get("output", ())]
        self.value_info: list[Span] = found.get("value_info", [])
        if len(self.initializers) + len(self.sparse) > TENSORS:
            raise LimitError(f"more than {TENSORS:,} initializers")


class Function:
    """A function of the model's own: its operators are applied wherever it is called."""

    __slots__ = ("attributes", "defaults", "inputs", "key", "nodes", "opsets", "outputs", "overload")

    def __init__(self, cursor: Cursor, span: Span) -> None:
        found = decode(cursor, (span,), FUNCTION, "function")
        name, domain = found.get("name", ""), found.get("domain", "")
        if not name:
            raise FormatError("a function without a name").at(byte=span[0])
        self.key = f"{domain}.{name}" if domain and domain != "ai.onnx" else name
        self.overload: str = found.get("overload", "")
        self.inputs: tuple[str, ...] = tuple(found.get("input", ()))
        self.outputs: tuple[str, ...] = tuple(found.get("output", ()))
        self.attributes: tuple[str, ...] = tuple(found.get("attribute", ()))
        calls: dict[tuple[Any, ...], CallKind] = {}
        self.nodes = [OnnxNode(cursor, place, calls) for place in found.get("node", ())]
        self.opsets = opsets(cursor, found.get("opset_import", ()))
        kept = [Attribute(cursor, place) for place in found.get("attribute_proto", ())]
        self.defaults = {attribute.name: attribute for attribute in kept}


def opsets(cursor: Cursor, spans: list[Span] | tuple[Span, ...]) -> dict[str, int]:
    """``domain → version`` as imported; a version that no ONNX has is a ``FormatError``."""
    versions: dict[str, int] = {}
    for span in spans:
        found = decode(cursor, (span,), OPSET, "opset_import")
        domain, version = found.get("domain", ""), found.get("version", 0)
        if not 1 <= version <= BELIEVED_OPSET and domain in ("", "ai.onnx"):
            raise FormatError(f"opset_import says version {version:,}; the newest known is {NEWEST_OPSET}").at(
                byte=span[0]
            )
        versions["" if domain == "ai.onnx" else domain] = version
    return versions


def value_info(cursor: Cursor, span: Span) -> ValueInfo:
    """A stated type."""
    found = decode(cursor, (span,), VALUE, "value")
    kinds = decode(cursor, found.get("type", ()), TYPE, "type")
    kind = next(iter(kinds), "")
    if kind not in ("tensor", "sparse"):
        return ValueInfo(found.get("name", ""), kind, None, None)
    stated = decode(cursor, kinds[kind], TENSOR_TYPE, "tensor type")
    code = stated.get("elem_type", 0)
    shape: tuple[int | str | None, ...] | None = None
    if "shape" in stated:
        places = decode(cursor, stated["shape"], SHAPE, "shape").get("dim", ())
        shape = tuple([_dimension(cursor, place) for place in places])
    return ValueInfo(found.get("name", ""), kind, DTYPES.get(code), shape)


def _dimension(cursor: Cursor, span: Span) -> int | str | None:
    found = decode(cursor, (span,), DIMENSION, "dimension")
    name: str = found.get("param", "")
    if name.strip("?"):  # "?" is what exporters write for every size that they do not know: no name
        return name
    value: int | None = found.get("value")
    return value if value is not None and value >= 0 else None
