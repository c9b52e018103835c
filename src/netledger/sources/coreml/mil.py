"""The messages of a Core ML program (MIL): operations, types, and values that are in the file or in a blob beside it.

Source: ``mlmodel/format/MIL.proto`` of coremltools. A value's content is left where it is until somebody asks.
"""

from __future__ import annotations

from netledger.dtypes import BITS, bytes_of
from netledger.errors import FormatError, LimitError
from netledger.limits import LAYERS, MAX_DIMENSION, NESTING, RANK
from netledger.network import elements_of
from netledger.wire.protobuf import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.wire.cursor import Cursor
    from netledger.wire.protobuf import Span

    MilShape = tuple[int | None, ...]
    """Sizes; ``None`` for one that is left open."""

DTYPES = {
    1: "bool", 2: "string", 10: "float16", 11: "float32", 12: "float64", 13: "bfloat16", 21: "int8", 22: "int16",
    23: "int32", 24: "int64", 25: "int4", 31: "uint8", 32: "uint16", 33: "uint32", 34: "uint64", 35: "uint4",
    36: "uint2", 37: "uint1", 38: "uint6", 39: "uint3", 40: "float8_e4m3fn", 41: "float8_e5m2",
}  # fmt: skip
"""Element types by netledger's names."""

PROGRAM = {1: ("version", "int", False), 2: ("functions", "span", True)}
FUNCTION = {1: ("inputs", "span", True), 2: ("opset", "text", False), 3: ("blocks", "span", True)}
_BLOCK = {1: ("inputs", "span", True), 2: ("outputs", "text", True), 3: ("operations", "span", True)}
_NAMED = {1: ("name", "text", False), 2: ("type", "span", False)}
_OPERATION = {
    1: ("type", "text", False), 2: ("inputs", "span", True), 3: ("outputs", "span", True), 4: ("blocks", "span", True),
    5: ("attributes", "span", True),
}  # fmt: skip
_PAIR = {1: ("key", "text", False), 2: ("value", "span", False)}
_ARGUMENT = {1: ("bindings", "span", True)}
_BINDING = {1: ("name", "text", False), 2: ("value", "span", False)}
_TYPE = {1: ("tensor", "span", False), 2: ("list", "span", False), 5: ("state", "span", False)}
_TENSOR_TYPE = {1: ("dtype", "int", False), 3: ("dimensions", "span", True)}
_DIMENSION = {1: ("constant", "span", False), 2: ("unknown", "span", False)}
_CONSTANT = {1: ("size", "int", False)}
_VALUE = {2: ("type", "span", False), 3: ("immediate", "span", False), 5: ("blob", "span", False)}
_IMMEDIATE = {1: ("tensor", "span", False)}
_BLOB = {1: ("file", "text", False), 2: ("offset", "int", False)}
_CONTENTS = {
    1: ("floats", "span", False), 2: ("ints", "span", False), 3: ("bools", "span", False),
    4: ("strings", "span", False), 5: ("longs", "span", False), 6: ("doubles", "span", False),
    7: ("bytes", "span", False),
}  # fmt: skip
_PACKED = {1: ("packed", "span", True)}
_TEXTS = {1: ("texts", "text", True)}
_READ_AT_MOST = 64
"""Values of an immediate that anybody here asks for."""


def pairs(cursor: Cursor, spans: list[Span], what: str) -> dict[str, Span]:
    """A map of the file: its keys, each once, and where their values lie."""
    found: dict[str, Span] = {}
    for span in spans:
        pair = decode(cursor, [span], _PAIR, what)
        key = pair.get("key", "")
        if key in found:
            raise FormatError(f"{what}: '{key[:80]}' stands there twice").at(byte=span[0])
        found[key] = pair.get("value", (span[1], span[1]))
    return found


class MilType:
    """A value's element type and shape; ``shape`` is ``None`` for what is no tensor, a list or a dictionary."""

    __slots__ = ("dtype", "shape", "state")

    def __init__(self, cursor: Cursor, span: Span) -> None:
        held = decode(cursor, [span], _TYPE, "type")
        self.state = "state" in held
        for _ in range(2):
            if "state" not in held:
                break
            inner = decode(cursor, [held["state"]], {1: ("type", "span", False)}, "type")
            held = decode(cursor, [inner["type"]], _TYPE, "type") if "type" in inner else {}
        self.dtype = ""
        self.shape: MilShape | None = None
        if "tensor" not in held:
            return
        tensor = decode(cursor, [held["tensor"]], _TENSOR_TYPE, "tensor type")
        dims = tensor.get("dimensions", [])
        if len(dims) > RANK:
            raise LimitError(f"{len(dims):,} dimensions, more than {RANK}").at(byte=span[0])
        self.dtype = DTYPES.get(tensor.get("dtype", 0), "unknown")
        self.shape = tuple([_size(cursor, one) for one in dims])


def _size(cursor: Cursor, span: Span) -> int | None:
    said = decode(cursor, [span], _DIMENSION, "dimension")
    if "constant" not in said:
        return None
    size: int = decode(cursor, [said["constant"]], _CONSTANT, "dimension").get("size", 0)
    if not 0 <= size <= MAX_DIMENSION:
        raise FormatError("a dimension that cannot be").at(byte=span[0])
    return size


class MilValue:
    """A value that the program states: in the file (``contents``) or in a blob (``file`` and ``offset``)."""

    __slots__ = ("at", "contents", "cursor", "file", "kind", "nbytes", "offset", "type")

    def __init__(self, cursor: Cursor, span: Span) -> None:
        said = decode(cursor, [span], _VALUE, "value")
        self.cursor, self.at = cursor, span[0]
        self.type = MilType(cursor, said.get("type", (span[1], span[1])))
        self.file: str | None = None
        self.offset = self.nbytes = 0
        self.kind, self.contents = "", (span[1], span[1])
        if "blob" in said:
            blob = decode(cursor, [said["blob"]], _BLOB, "blob")
            self.file, self.offset = blob.get("file", ""), blob.get("offset", 0)
        elif "immediate" in said:
            self._immediate(said["immediate"])

    def _immediate(self, span: Span) -> None:
        inner = decode(self.cursor, [span], _IMMEDIATE, "value")
        if "tensor" not in inner:
            return
        held = decode(self.cursor, [inner["tensor"]], _CONTENTS, "value")
        for kind, place in held.items():
            self.kind, self.contents = kind, place
        shape, dtype = self.type.shape, self.type.dtype
        if shape is None or dtype not in BITS:
            return
        needed = int(elements_of([size or 0 for size in shape]))
        self.nbytes = bytes_of(needed, dtype)
        if self.kind and self._count(dtype) != needed:
            raise FormatError(f"its shape needs {needed:,} values, {self._count(dtype):,} are there").at(byte=self.at)

    def _parts(self) -> list[Span]:
        """Where the packed values lie; a field that is split is several."""
        spans: list[Span] = decode(self.cursor, [self.contents], _PACKED, "value").get("packed", [])
        return spans

    def _count(self, dtype: str) -> int:
        """How many values are really there."""
        width = {"floats": 4, "doubles": 8}.get(self.kind)
        if width is not None:
            return sum([end - start for start, end in self._parts()]) // width
        if self.kind == "bytes":
            total = sum([end - start for start, end in self._parts()])
            whole = total * 8 // BITS[dtype]
            needed = int(elements_of([size or 0 for size in self.type.shape or ()]))
            return needed if bytes_of(needed, dtype) == total else whole
        if self.kind == "strings":
            return len(decode(self.cursor, [self.contents], _TEXTS, "value").get("texts", []))
        ends = [self.cursor.source.read_at(start, end - start) for start, end in self._parts()]
        return sum([len(part) - sum([byte >> 7 for byte in part]) for part in ends])

    def texts(self) -> list[str]:
        """The strings of an immediate."""
        if self.kind != "strings":
            return []
        found: list[str] = decode(self.cursor, [self.contents], _TEXTS, "value").get("texts", [])
        return found[:_READ_AT_MOST]

    def whole(self) -> list[int]:
        """The whole numbers and truths of a small immediate; none of another."""
        if self.kind not in ("ints", "longs", "bools"):
            return []
        parts = self._parts()
        if sum([end - start for start, end in parts]) > 10 * _READ_AT_MOST:
            return []
        found: list[int] = decode(self.cursor, [self.contents], {1: ("values", "int", True)}, "value").get("values", [])
        return found[:_READ_AT_MOST]


class MilOperation:
    """One operation: its arguments by name, each a list of names and values; what it makes, with types."""

    __slots__ = ("at", "attributes", "blocks", "inputs", "outputs", "type")

    def __init__(self, cursor: Cursor, span: Span) -> None:
        said = decode(cursor, [span], _OPERATION, "operation")
        self.at = span[0]
        self.type: str = said.get("type", "")
        self.blocks: list[Span] = said.get("blocks", [])
        self.outputs = [named(cursor, one) for one in said.get("outputs", [])]
        self.inputs: dict[str, list[str | MilValue]] = {}
        for name, argument in pairs(cursor, said.get("inputs", []), "input").items():
            bindings = decode(cursor, [argument], _ARGUMENT, "input").get("bindings", [])
            self.inputs[name] = [_bound(cursor, one) for one in bindings]
        places = pairs(cursor, said.get("attributes", []), "attribute")
        self.attributes = {name: MilValue(cursor, place) for name, place in places.items()}

    def value(self, name: str) -> MilValue | None:
        """A value that is stated where it is used: an attribute, or an argument without a name."""
        given = self.attributes.get(name)
        if given is None:
            bound = self.inputs.get(name)
            given = bound[0] if bound and isinstance(bound[0], MilValue) else None
        return given


def named(cursor: Cursor, span: Span) -> tuple[str, MilType]:
    """A name and its type: an input of a function or block, an output of an operation."""
    said = decode(cursor, [span], _NAMED, "value")
    return said.get("name", ""), MilType(cursor, said.get("type", (span[1], span[1])))


def _bound(cursor: Cursor, span: Span) -> str | MilValue:
    said = decode(cursor, [span], _BINDING, "argument")
    return MilValue(cursor, said["value"]) if "value" in said else said.get("name", "")


class MilBlock:
    """A block: its operations in order, and the names that it hands back; what blocks hold is read when asked for."""

    __slots__ = ("inputs", "operations", "outputs")

    def __init__(self, cursor: Cursor, span: Span) -> None:
        said: dict[str, Any] = decode(cursor, [span], _BLOCK, "block")
        self.inputs: list[Span] = said.get("inputs", [])
        self.outputs: list[str] = said.get("outputs", [])
        self.operations: list[Span] = said.get("operations", [])
        if len(self.operations) > LAYERS:
            raise LimitError(f"{len(self.operations):,} operations, more than {LAYERS:,}").at(byte=span[0])


def operations_inside(cursor: Cursor, blocks: list[Span]) -> list[MilOperation]:
    """Every operation of these blocks and of those inside them."""
    found: list[MilOperation] = []
    waiting = [(span, 1) for span in blocks]
    while waiting:
        span, depth = waiting.pop()
        if depth > NESTING:
            raise LimitError(f"blocks nested deeper than {NESTING}").at(byte=span[0])
        for place in MilBlock(cursor, span).operations:
            operation = MilOperation(cursor, place)
            found.append(operation)
            waiting += [(inner, depth + 1) for inner in operation.blocks]
        if len(found) > LAYERS:
            raise LimitError(f"more than {LAYERS:,} operations").at(byte=span[0])
    return found
