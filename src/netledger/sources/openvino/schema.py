"""An OpenVINO IR's layers and edges as its XML states them, checked.

Source: OpenVINO's *Intermediate Representation and Operation Sets*.
"""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.limits import LAYERS, MAX_DIMENSION, NAME_BYTES, RANK
from netledger.wire.xml import read_xml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
        begin = OPENED.get(name)
        if begin is not None:
            begin(self, name, attributes)

    def closed(self, name: str, text: str) -> None:
        """An element ends."""
        end = CLOSED.get(name)
        if end is not None:
            end(self, text)

    def _net(self, name: str, attributes: Mapping[str, str]) -> None:
        if not self.stack:
            self.name, self.version = attributes.get("name", ""), attributes.get("version", "")

    def _edges(self, name: str, attributes: Mapping[str, str]) -> None:
        self.joins = name == "edges"  # the others say what a loop hands to its next turn

    def _body(self, name: str, attributes: Mapping[str, str]) -> None:
        if self.stack:
            body = IrGraph()
            self.stack[-1].bodies.append(body)
            self.graphs.append(body)

    def _data(self, name: str, attributes: Mapping[str, str]) -> None:
        if self.stack and self.stack[-1].number in self.graphs[-1].layers:
            self.stack[-1].data = dict(attributes)

    def _ports(self, name: str, attributes: Mapping[str, str]) -> None:
        if self.stack:
            self.ports = self.stack[-1].inputs if name == "input" else self.stack[-1].outputs

    def _port(self, name: str, attributes: Mapping[str, str]) -> None:
        if self.ports is not None:
            said = attributes.get("precision", "").lower()
            self.port = IrPort(whole(attributes.get("id", ""), "port") or 0, TYPES.get(_SHORT.get(said, said)))
            self.ports.append(self.port)

    def _dim(self, text: str) -> None:
        if self.port is not None:
            if len(self.port.dims) >= RANK:
                raise LimitError(f"more than {RANK} dimensions")
            self.port.dims.append(whole(text, "dim"))

    def _port_ends(self, text: str) -> None:
        self.port = None

    def _ports_end(self, text: str) -> None:
        self.ports = None

    def _layer_ends(self, text: str) -> None:
        if self.stack:
            self.stack.pop()

    def _body_ends(self, text: str) -> None:
        if len(self.graphs) > 1:
            self.graphs.pop()

    def _layer(self, name: str, attributes: Mapping[str, str]) -> None:
        number = whole(attributes.get("id", ""), "id")
        called, kind = attributes.get("name", ""), attributes.get("type", "")
        if number is None or not kind or max(len(called), len(kind)) > NAME_BYTES:
            raise FormatError("a layer without number or type")
        if number in self.graphs[-1].layers:
            raise FormatError(f"two layers have the number {number:,}")
        self.count += 1
        if self.count > LAYERS:
            raise LimitError(f"more than {LAYERS:,} layers")
        layer = IrLayer(number, called or f"{kind}_{number}", kind)
        self.graphs[-1].layers[number] = layer
        self.stack.append(layer)
        self.ports = self.port = None

    def _edge(self, name: str, attributes: Mapping[str, str]) -> None:
        if not self.joins:
            return
        ends = [whole(attributes.get(key, ""), key) for key in ("from-layer", "from-port", "to-layer", "to-port")]
        from_layer, from_port, to_layer, to_port = ends
        if from_layer is None or from_port is None or to_layer is None or to_port is None:
            raise FormatError("an edge without its ends")
        if (to_layer, to_port) in self.graphs[-1].edges:
            raise FormatError(f"two edges lead to port {to_port:,} of layer {to_layer:,}")
        self.graphs[-1].edges[to_layer, to_port] = (from_layer, from_port)


OPENED: dict[str, Callable[[IrReader, str, Mapping[str, str]], None]] = {
    "net": IrReader._net, "layer": IrReader._layer, "edge": IrReader._edge, "data": IrReader._data,
    "port": IrReader._port,
    **dict.fromkeys(("edges", "back_edges"), IrReader._edges),
    **dict.fromkeys(("body", "then_body", "else_body"), IrReader._body),
    **dict.fromkeys(("input", "output"), IrReader._ports),
}  # fmt: skip
"""What is done where an element begins."""
CLOSED: dict[str, Callable[[IrReader, str], None]] = {
    "dim": IrReader._dim, "port": IrReader._port_ends, "layer": IrReader._layer_ends,
    **dict.fromkeys(("body", "then_body", "else_body"), IrReader._body_ends),
    **dict.fromkeys(("input", "output"), IrReader._ports_end),
}  # fmt: skip
"""What is done where it ends, with the text in it."""

_SHORT = {"fp64": "f64", "fp32": "f32", "fp16": "f16"}
