"""An OpenVINO IR's layers and edges as its XML states them, checked.

Source: OpenVINO's *Intermediate Representation and Operation Sets*.
"""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.limits import LAYERS, MAX_DIMENSION, NAME_BYTES, RANK
from netledger.wire.xml import read_xml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from netledger.wire.cursor import Readable

    IrShape = tuple[int | None, ...]
    """Sizes; ``None`` for one that is left open."""

TYPES = {
    "f64": "float64", "f32": "float32", "f16": "float16", "bf16": "bfloat16", "f8e4m3": "float8_e4m3fn",
    "f8e5m2": "float8_e5m2", "f8e8m0": "float8_e8m0fnu", "f4e2m1": "float4_e2m1", "i64": "int64", "i32": "int32",
    "i16": "int16", "i8": "int8", "i4": "int4", "u64": "uint64", "u32": "uint32", "u16": "uint16", "u8": "uint8",
    "u4": "uint4", "u2": "uint2", "u1": "uint1", "boolean": "bool", "nf4": "uint4",
    "fp64": "float64", "fp32": "float32", "fp16": "float16",
}  # fmt: skip
"""Element types by netledger's names."""


class IrPort:
    """One input or output of a layer: its number, element type and shape."""

    __slots__ = ("dims", "dtype", "number")

    def __init__(self, number: int, dtype: str | None) -> None:
        self.number, self.dtype, self.dims = number, dtype, list[int | None]()


class IrLayer:
    """One operation: ``data`` are its attributes, ``bodies`` the graphs that it runs."""

    __slots__ = ("bodies", "data", "inputs", "name", "number", "outputs", "type")

    def __init__(self, number: int, name: str, type: str) -> None:
        self.number, self.name, self.type = number, name, type
        self.data: Mapping[str, str] = {}
        self.inputs: list[IrPort] = []
        self.outputs: list[IrPort] = []
        self.bodies: list[IrGraph] = []

    def place(self, size: int) -> tuple[int, int] | None:
        """Where a constant's values lie in the ``.bin``, of so many bytes, and how many there are."""
        offset, nbytes = whole(self.data.get("offset", ""), "offset"), whole(self.data.get("size", ""), "size")
        if offset is None or nbytes is None or offset + nbytes > size:
            raise FormatError(f"its values lie at {offset} to {(offset or 0) + (nbytes or 0):,} of {size:,} bytes").at(
                item=f"constant '{self.name}'"
            )
        return offset, nbytes


class IrGraph:
    """The layers of a network or of a body by their numbers, and for each input port which output feeds it."""

    __slots__ = ("edges", "layers")

    def __init__(self) -> None:
        self.layers: dict[int, IrLayer] = {}
        self.edges: dict[tuple[int, int], tuple[int, int]] = {}


def whole(text: str, what: str) -> int | None:
    """A size written as digits; ``None`` for ``-1`` and ranges, which leave it open."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MAX_DIMENSION:
        return int(text)
    if text.lstrip("-").isascii() and (text == "-1" or ".." in text or text in ("?", "")):
        return None
    raise FormatError(f"{what}: '{text[:40]}' is no size")


class IrReader:
    """What is open while the XML is read."""

    def __init__(self, source: Readable) -> None:
        self.name = self.version = ""
        self.graph = IrGraph()
        self.graphs = [self.graph]
        self.stack: list[IrLayer] = []
        self.ports: list[IrPort] | None = None
        self.port: IrPort | None = None
        self.count, self.joins = 0, False
        read_xml(source, self.opened, self.closed)
        if not self.graph.layers:
            raise FormatError("an XML file without OpenVINO's layers")

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if name == "net" and not self.stack:
            self.name, self.version = attributes.get("name", ""), attributes.get("version", "")
        elif name == "layer":
            self._layer(attributes)
        elif name in ("edges", "back_edges"):
            self.joins = name == "edges"  # the others say what a loop hands to its next turn
        elif name == "edge" and self.joins:
            self._edge(attributes)
        elif self.stack and name in ("body", "then_body", "else_body"):
            body = IrGraph()
            self.stack[-1].bodies.append(body)
            self.graphs.append(body)
        elif self.stack and name == "data" and self.stack[-1].number in self.graphs[-1].layers:
            self.stack[-1].data = dict(attributes)
        elif self.stack and name in ("input", "output"):
            self.ports = self.stack[-1].inputs if name == "input" else self.stack[-1].outputs
        elif name == "port" and self.ports is not None:
            said = attributes.get("precision", "").lower()
            self.port = IrPort(whole(attributes.get("id", ""), "port") or 0, TYPES.get(_SHORT.get(said, said)))
            self.ports.append(self.port)

    def closed(self, name: str, text: str) -> None:
        """An element ends."""
        if name == "dim" and self.port is not None:
            if len(self.port.dims) >= RANK:
                raise LimitError(f"more than {RANK} dimensions")
            self.port.dims.append(whole(text, "dim"))
        elif name == "port":
            self.port = None
        elif name in ("input", "output"):
            self.ports = None
        elif name == "layer" and self.stack:
            self.stack.pop()
        elif name in ("body", "then_body", "else_body") and len(self.graphs) > 1:
            self.graphs.pop()

    def _layer(self, attributes: Mapping[str, str]) -> None:
        number = whole(attributes.get("id", ""), "id")
        name, kind = attributes.get("name", ""), attributes.get("type", "")
        if number is None or not kind or max(len(name), len(kind)) > NAME_BYTES:
            raise FormatError("a layer without number or type")
        if number in self.graphs[-1].layers:
            raise FormatError(f"two layers have the number {number:,}")
        self.count += 1
        if self.count > LAYERS:
            raise LimitError(f"more than {LAYERS:,} layers")
        layer = IrLayer(number, name or f"{kind}_{number}", kind)
        self.graphs[-1].layers[number] = layer
        self.stack.append(layer)
        self.ports = self.port = None

    def _edge(self, attributes: Mapping[str, str]) -> None:
        ends = [whole(attributes.get(key, ""), key) for key in ("from-layer", "from-port", "to-layer", "to-port")]
        from_layer, from_port, to_layer, to_port = ends
        if from_layer is None or from_port is None or to_layer is None or to_port is None:
            raise FormatError("an edge without its ends")
        if (to_layer, to_port) in self.graphs[-1].edges:
            raise FormatError(f"two edges lead to port {to_port:,} of layer {to_layer:,}")
        self.graphs[-1].edges[to_layer, to_port] = (from_layer, from_port)


_SHORT = {"fp64": "f64", "fp32": "f32", "fp16": "f16"}
