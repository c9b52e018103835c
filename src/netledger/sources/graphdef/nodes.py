"""TensorFlow's ``GraphDef``, as protobuf or as the JSON of TensorFlow.js: nodes, functions, their attributes.

Source: ``graph.proto``, ``node_def.proto``, ``attr_value.proto``, ``function.proto``, ``tensor.proto`` of TensorFlow.
An attribute is decoded when it is asked for; no value of a tensor is read but of small whole numbers.
"""

from __future__ import annotations

import base64

from netledger.errors import FormatError, LimitError
from netledger.limits import LAYERS, MAX_DIMENSION, NAME_BYTES, RANK
from netledger.wire.protobuf import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from netledger.wire.cursor import Cursor

    Sizes = tuple[int | None, ...]

DTYPES = {
    1: "float32", 2: "float64", 3: "int32", 4: "uint8", 5: "int16", 6: "int8", 7: "string", 8: "complex64", 9: "int64",
    10: "bool", 11: "int8", 12: "uint8", 13: "int32", 14: "bfloat16", 15: "int16", 16: "uint16", 17: "uint16",
    18: "complex128", 19: "float16", 20: "resource", 22: "uint32", 23: "uint64",
}  # fmt: skip
"""The numbers of ``types.proto``."""
_JSON_DTYPES = {"DT_FLOAT": 1, "DT_DOUBLE": 2, "DT_HALF": 19, "DT_BFLOAT16": 14, "DT_BOOL": 10, "DT_STRING": 7,
                "DT_INT8": 6, "DT_UINT8": 4, "DT_INT16": 5, "DT_INT32": 3, "DT_INT64": 9, "DT_RESOURCE": 20,
                "DT_COMPLEX64": 8}  # fmt: skip
_MOST_NUMBERS = 256
"""Values of a constant that may be a shape, axes or paddings."""

_GRAPH = {1: ("nodes", "span", True), 2: ("library", "span", False)}
_LIBRARY = {1: ("functions", "span", True)}
_FUNCTION = {1: ("signature", "span", False), 3: ("nodes", "span", True), 4: ("returns", "span", True)}
_SIGNATURE = {1: ("name", "text", False), 2: ("arguments", "span", True), 3: ("results", "span", True)}
_NAMED = {1: ("name", "text", False)}
_NODE = {
    1: ("name", "text", False),
    2: ("op", "text", False),
    3: ("inputs", "text", True),
    5: ("attributes", "span", True),
}
_PAIR = {1: ("key", "text", False), 2: ("value", "span", False)}
_TEXTS = {1: ("key", "text", False), 2: ("value", "text", False)}
_VALUE = {
    1: ("list", "span", False), 2: ("s", "span", False), 3: ("i", "int", False), 5: ("b", "int", False),
    6: ("type", "int", False), 7: ("shape", "span", False), 8: ("tensor", "span", False), 10: ("func", "span", False),
}  # fmt: skip
_LIST = {2: ("s", "span", True), 3: ("i", "int", True), 7: ("shape", "span", True)}
_SHAPE = {2: ("dim", "span", True), 3: ("unknown_rank", "int", False)}
_DIM = {1: ("size", "int", False)}
_TENSOR = {
    1: ("dtype", "int", False), 2: ("shape", "span", False), 4: ("content", "span", False), 7: ("ints", "int", True),
    10: ("longs", "int", True),
}  # fmt: skip


class TfTensor:
    """A constant: its element type and shape; its values where they are a few whole numbers."""

    __slots__ = ("dtype", "numbers", "shape")

    def __init__(self, dtype: str, shape: tuple[int, ...], numbers: tuple[int, ...] | None) -> None:
        self.dtype, self.shape, self.numbers = dtype, shape, numbers


class GraphNode:
    """An operator: its name, its kind (``Conv2D``), the references that it reads, its attributes by name."""

    __slots__ = ("inputs", "name", "op")

    def __init__(self, name: str, op: str, inputs: list[str]) -> None:
        self.name, self.op = name, op
        self.inputs = [one for one in inputs if not one.startswith("^")]  # those only say what runs before

    def raw(self, name: str) -> Mapping[str, Any]:
        """An attribute's fields by their names in ``attr_value.proto``; none where it is not there."""
        raise NotImplementedError

    def number(self, name: str, default: int = 0) -> int:
        """A whole number, or a yes or no as 1 or 0."""
        found = self.raw(name)
        value = found.get("i", found.get("b", default))
        return value if isinstance(value, int) else default

    def numbers(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        return tuple(self.raw(name).get("list", {}).get("i", ()))

    def text(self, name: str, default: str = "") -> str:
        """A word."""
        found = self.raw(name).get("s", default)
        return found if isinstance(found, str) else default

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of words."""
        return tuple(self.raw(name).get("list", {}).get("s", ()))

    def dtype(self, name: str) -> str | None:
        """An element type."""
        return DTYPES.get(self.raw(name).get("type", 0))

    def shape(self, name: str) -> Sizes | None:
        """A shape with ``None`` for sizes left open; ``None`` where not even the rank is stated."""
        found: Sizes | None = self.raw(name).get("shape")
        return found

    def shapes(self, name: str) -> list[Sizes | None]:
        """A list of shapes."""
        return list(self.raw(name).get("list", {}).get("shape", ()))

    def function(self, name: str) -> str:
        """The name of a function."""
        found = self.raw(name).get("func", "")
        return found if isinstance(found, str) else ""

    def tensor(self, name: str) -> TfTensor | None:
        """A constant."""
        found: TfTensor | None = self.raw(name).get("tensor")
        return found


class GraphFunction:
    """A function of the library: its arguments' names, its nodes, what it returns by the results' names in order."""

    __slots__ = ("arguments", "name", "nodes", "returns")

    def __init__(self, name: str, arguments: list[str], nodes: Sequence[GraphNode], returns: list[str]) -> None:
        self.name, self.arguments, self.nodes, self.returns = name, arguments, nodes, returns


class TfGraph:
    """The nodes of a graph and the functions that they may call."""

    __slots__ = ("functions", "nodes")

    def __init__(self, nodes: Sequence[GraphNode], functions: list[GraphFunction]) -> None:
        self.nodes = nodes
        self.functions = {one.name: one for one in functions}
        if len(self.functions) < len(functions):
            raise FormatError("two functions have one name")


# ---------------------------------------------------------------------- protobuf


class _Reader:
    """Reads the messages of one file; counts nodes, so that no more are made than the limit."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor, self.left = cursor, LAYERS

    def nodes(self, spans: list[tuple[int, int]]) -> list[GraphNode]:
        self.left -= len(spans)
        if self.left < 0:
            raise LimitError(f"more than {LAYERS:,} nodes")
        return [_BinaryNode(self.cursor, span) for span in spans]

    def function(self, span: tuple[int, int]) -> GraphFunction:
        found = decode(self.cursor, [span], _FUNCTION, "function")
        said = decode(self.cursor, [found["signature"]] if "signature" in found else [], _SIGNATURE, "signature")
        arguments, results = (
            [decode(self.cursor, [one], _NAMED, "argument").get("name", "") for one in said.get(key, ())]
            for key in ("arguments", "results")
        )
        pairs = [decode(self.cursor, [one], _TEXTS, "ret") for one in found.get("returns", ())]
        returned = {one.get("key", ""): one.get("value", "") for one in pairs}
        name = said.get("name", "")
        nodes = self.nodes(found.get("nodes", []))
        return GraphFunction(name, arguments, nodes, [returned.get(one, "") for one in results])


def graph_of_protobuf(cursor: Cursor, span: tuple[int, int]) -> TfGraph:
    """The ``GraphDef`` at a place of a file."""
    reader = _Reader(cursor)
    found = decode(cursor, [span], _GRAPH, "graph")
    library = decode(cursor, [found["library"]] if "library" in found else [], _LIBRARY, "library")
    functions = [reader.function(one) for one in library.get("functions", ())]
    return TfGraph(reader.nodes(found.get("nodes", [])), functions)


class _BinaryNode(GraphNode):
    __slots__ = ("_cursor", "_places")

    def __init__(self, cursor: Cursor, span: tuple[int, int]) -> None:
        found = decode(cursor, [span], _NODE, "node")
        super().__init__(found.get("name", ""), found.get("op", ""), found.get("inputs", []))
        self._cursor = cursor
        self._places: list[tuple[int, int]] | dict[str, tuple[int, int]] = found.get("attributes", [])

    def raw(self, name: str) -> Mapping[str, Any]:
        if isinstance(self._places, list):
            pairs = [decode(self._cursor, [one], _PAIR, "attribute") for one in self._places]
            self._places = {one.get("key", ""): one["value"] for one in pairs if "value" in one}
        if name not in self._places:
            return {}
        found = decode(self._cursor, [self._places[name]], _VALUE, name)
        if "s" in found:
            found["s"] = self._text(found["s"])
        if "shape" in found:
            found["shape"] = sizes_at(self._cursor, found["shape"])
        if "tensor" in found:
            found["tensor"] = _tensor(self._cursor, found["tensor"])
        if "func" in found:
            found["func"] = decode(self._cursor, [found["func"]], _NAMED, "function").get("name", "")
        if "list" in found:
            inner = decode(self._cursor, [found["list"]], _LIST, name)
            inner["s"] = [self._text(one) for one in inner.get("s", ())]
            inner["shape"] = [sizes_at(self._cursor, one) for one in inner.get("shape", ())]
            found["list"] = inner
        return found

    def _text(self, span: tuple[int, int]) -> str:
        start, end = span
        return self._cursor.source.read_at(start, min(end - start, NAME_BYTES)).decode("utf-8", "replace")


def sizes_at(cursor: Cursor, span: tuple[int, int]) -> Sizes | None:
    """The ``TensorShapeProto`` at a place."""
    found = decode(cursor, [span], _SHAPE, "shape")
    if found.get("unknown_rank"):
        return None
    return _checked([decode(cursor, [one], _DIM, "dim").get("size", 0) for one in found.get("dim", ())])


def _checked(sizes: list[int]) -> Sizes:
    if len(sizes) > RANK or any(not -1 <= size <= MAX_DIMENSION for size in sizes):
        raise FormatError("a shape that cannot be")
    return tuple([None if size == -1 else size for size in sizes])


def _tensor(cursor: Cursor, span: tuple[int, int]) -> TfTensor:
    found = decode(cursor, [span], _TENSOR, "tensor")
    shape = sizes_at(cursor, found["shape"]) if "shape" in found else ()
    if shape is None or any(size is None for size in shape):
        raise FormatError("a constant without its shape")
    whole = tuple([size or 0 for size in shape])
    dtype = DTYPES.get(found.get("dtype", 0), "unknown")
    elements = 1
    for size in whole:
        elements *= size
    width = {"int32": 4, "int64": 8}.get(dtype)
    if width is None or elements > _MOST_NUMBERS:
        return TfTensor(dtype, whole, None)
    start, end = found.get("content", (0, 0))
    if end > start:
        if end - start != elements * width:
            raise FormatError(f"{end - start:,} bytes for {elements:,} numbers").at(byte=start)
        data = cursor.source.read_at(start, end - start)
        values = [int.from_bytes(data[i : i + width], "little", signed=True) for i in range(0, len(data), width)]
    else:
        values = list(found.get("ints" if width == 4 else "longs", ()))[:elements]
        values += [values[-1] if values else 0] * (elements - len(values))  # the last one stands for the rest
    return TfTensor(dtype, whole, tuple(values))


# ---------------------------------------------------------------------- JSON


def graph_of_json(data: Mapping[str, Any]) -> TfGraph:
    """The ``GraphDef`` in a ``model.json`` of TensorFlow.js; 64-bit numbers are text there, bytes base64."""
    nodes = _listed(data, "node")
    library = data.get("library")
    functions = _listed(library, "function") if isinstance(library, dict) else []
    return TfGraph([_JsonNode(one) for one in nodes], [_json_function(one) for one in functions])


def _listed(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = data.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found) or len(found) > LAYERS:
        raise FormatError(f"its '{name}' is no list of objects")
    return found


def _json_function(data: dict[str, Any]) -> GraphFunction:
    said = data.get("signature")
    said = said if isinstance(said, dict) else {}
    arguments, results = ([str(one.get("name", "")) for one in _listed(said, key)] for key in ("inputArg", "outputArg"))
    returned = data.get("ret")
    returned = returned if isinstance(returned, dict) else {}
    nodes = [_JsonNode(one) for one in _listed(data, "nodeDef")]
    return GraphFunction(str(said.get("name", "")), arguments, nodes, [str(returned.get(one, "")) for one in results])


class _JsonNode(GraphNode):
    __slots__ = ("_attributes",)

    def __init__(self, data: dict[str, Any]) -> None:
        name, op, inputs, attributes = (data.get(key) for key in ("name", "op", "input", "attr"))
        inputs = [] if inputs is None else inputs
        if not isinstance(name, str) or not isinstance(op, str) or not isinstance(inputs, list):
            raise FormatError("a node without its name, operator or inputs")
        if not all(isinstance(one, str) for one in inputs):
            raise FormatError("an input that is no name").at(item=f"node '{name[:80]}'")
        super().__init__(name, op, inputs)
        self._attributes: dict[str, Any] = attributes if isinstance(attributes, dict) else {}

    def raw(self, name: str) -> Mapping[str, Any]:
        found = self._attributes.get(name)
        if not isinstance(found, dict):
            return {}
        made = _json_value(found)
        listed = found.get("list")
        if isinstance(listed, dict):
            several = {key: value for key, value in listed.items() if isinstance(value, list)}
            made["list"] = {key: [_json_value({key: one}).get(key) for one in value] for key, value in several.items()}
        return made


def _json_value(found: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if "i" in found:
        made["i"] = _whole(found["i"])
    if isinstance(found.get("b"), bool):
        made["b"] = int(found["b"])
    if isinstance(found.get("s"), str):
        made["s"] = _decoded(found["s"])
    if "type" in found:
        made["type"] = _JSON_DTYPES.get(found["type"], found["type"] if isinstance(found["type"], int) else 0)
    if isinstance(found.get("shape"), dict):
        made["shape"] = json_sizes(found["shape"])
    if isinstance(found.get("tensor"), dict):
        inner = found["tensor"]
        dtype = DTYPES.get(_JSON_DTYPES.get(str(inner.get("dtype")), 0), "unknown")
        sizes = json_sizes(inner.get("tensorShape") if isinstance(inner.get("tensorShape"), dict) else {})
        made["tensor"] = TfTensor(dtype, tuple([size or 0 for size in sizes or ()]), None)
    if isinstance(found.get("func"), dict):
        made["func"] = str(found["func"].get("name", ""))
    return made


def json_sizes(data: Mapping[str, Any]) -> Sizes | None:
    """A ``TensorShapeProto`` as JSON."""
    if data.get("unknownRank") is True:
        return None
    return _checked([_whole(one.get("size", 0)) for one in _listed(data, "dim")])


def _whole(value: Any) -> int:
    if isinstance(value, str) and len(value) < 21 and value.isascii() and value.removeprefix("-").isdigit():
        return int(value)
    if type(value) is not int or abs(value) > MAX_DIMENSION:
        raise FormatError(f"{str(value)[:40]!r} is no whole number")
    return value


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value[:NAME_BYTES], validate=True).decode("utf-8", "replace")
    except ValueError:
        return value[:NAME_BYTES]
