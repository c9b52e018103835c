"""ONNX files, read at the cost of their structure: the protobuf is scanned, tensor data is skipped.

Shapes are propagated by our own rules (``operators.py`` has the table), small integer constants are read where a shape
depends on them, weights never. Weights may be initializers, ``Constant`` or ``ConstantOfShape`` nodes, quantised,
sparse, shared, or in other files, of which only the size is looked at.

Source: the ONNX specification (IR version 13, operator set 28) and the operator documentation of onnxruntime.
"""

from __future__ import annotations

from netledger.errors import FormatError, NetledgerError, UsageError, nearest, or_list
from netledger.layers.sizes import shape_text
from netledger.network import Layer, Network
from netledger.sources import Options, Source
from netledger.unknown import Unknown
from netledger.wire.cursor import Cursor
from netledger.wire.protobuf import decode, fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Dim, Shape
    from netledger.sources.files import InputFile
    from netledger.sources.onnx.graph import Reading, Scope
    from netledger.sources.onnx.schema import Graph, ValueInfo

__all__ = ["ONNX"]

_SEQUENCE_WORDS = ("seq", "len", "time", "tok", "frame", "height", "width", "past", "total", "channel", "num_", "step")
_BATCH_WORDS = frozenset(("n", "b", "bs", "?", "none", "unk", "dynamic"))


def is_onnx(head: bytes) -> bool:
    r"""Whether a file starts as a ``ModelProto`` does: an IR version, then fields that it has and no others.

    >>> is_onnx(b"\x08\x08\x12\x07pytorch"), is_onnx(b"PK\x03\x04")
    (True, False)
    """
    wires = {1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2, 26: 2}
    seen = 0
    cursor = Cursor(head)
    cursor.end = 1 << 62
    try:
        for number, wire, value, _ in fields(cursor, 0, 1 << 62):
            if wires.get(number) != wire or (number == 1 and not 0 < value < 1_000) or (number == 2 and value > 1_000):
                return False  # the last: a SavedModel, whose second field is a graph and not a producer's name
            seen += 1
            if cursor.position >= len(head):
                break
    except NetledgerError:
        if len(head) - cursor.position > 32:  # else the field is cut off by the end of the head
            return False
    except IndexError:
        pass
    return seen > 1 or (seen == 1 and head[:1] in (b"\x08", b"\x3a"))


def read_onnx(file: InputFile, options: Options) -> Network:
    """The network in an ONNX file. A file that breaks the format, or its own statements, is a ``DataError``."""
    from netledger.sources.onnx.bodies import check_recursion
    from netledger.sources.onnx.graph import Reading, Scope
    from netledger.sources.onnx.schema import MODEL, Function, Graph, opsets
    from netledger.sources.onnx.tensors import Folder

    cursor = Cursor(file)
    model = decode(cursor, ((0, file.size),), MODEL, "model")
    if "graph" not in model:
        raise FormatError("an ONNX model without a graph")
    if not model.get("opset_import"):
        raise FormatError("an ONNX model that imports no operator set")
    versions = opsets(cursor, model["opset_import"])
    graph = Graph(cursor, model["graph"])
    functions = [Function(cursor, span) for span in model.get("functions", ())]
    reading = Reading(cursor, Folder(file.path), versions, functions)
    reading.trust_infos = not options.inputs
    scope = Scope(versions)
    reading.load(graph, scope)
    check_recursion(reading, graph.nodes)
    assumed = _feed(reading, graph, scope, options)
    reading.run(graph.nodes, scope)
    _leftovers(reading, graph, scope)
    outputs = tuple([name for info in graph.outputs if (name := _output(reading, scope, info)) is not None])
    return Network(
        graph.name if graph.name and graph.name not in _NO_NAMES else _stem(file.path),
        [row.layer for row in reading.rows],
        source=f"ONNX file, IR version {model.get('ir_version', 0)}, operator set {versions.get('', 0)}"
        + (f", written by {model['producer_name']}" if model.get("producer_name") else ""),
        notes=tuple(_notes(reading, versions)),
        batched=True,
        assumed=tuple(assumed),
        outputs=outputs,
        meta={"format": "onnx", "opset": versions.get("", 0), "producer": model.get("producer_name", "")},
    )


_NO_NAMES = frozenset(("main_graph", "main", "graph", "torch_jit", "torch-jit-export", "tf2onnx", "Graph", "model"))
"""What exporters call every graph: the file's own name says more."""


def _stem(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2].removesuffix(".onnx") or path


def _output(reading: Reading, scope: Scope, info: ValueInfo) -> str | None:
    value = scope.find(info.name)
    if value is None:
        raise FormatError(f"the graph does not compute its output '{info.name}'")
    return reading.value_names.get(id(value))


def _feed(reading: Reading, graph: Graph, scope: Scope, options: Options) -> list[str]:
    """Give the graph's inputs their shapes; what was assumed for that."""
    from netledger.layers import Effect
    from netledger.sources.onnx.booking import Row
    from netledger.sources.onnx.values import Value

    fed = [info for info in graph.inputs if info.name not in scope.values]
    given = _given(fed, options)
    sizes: dict[str, Any] = dict(options.dims)
    for info in fed:
        if info.name in given and info.shape is not None:
            ranked = _ranked(given[info.name], info, options)
            for symbol, size in zip(info.shape, () if isinstance(ranked, Unknown) else ranked, strict=False):
                if isinstance(symbol, str):
                    sizes.setdefault(symbol, size)
    symbols = {size for info in fed for size in info.shape or () if isinstance(size, str)}
    for name in options.dims:
        if name not in symbols:
            known = or_list(sorted(symbols)) if symbols else "none"
            raise UsageError(f"no dimension '{name}' in this model's inputs; it has {known}")
    assumed: list[str] = []
    for position, info in enumerate(fed):
        shape: Shape
        if info.name in given:
            shape = _ranked(given[info.name], info, options)
        else:
            shape = _shape(info, sizes, assumed, first=position == 0)
        value = Value(shape, info.dtype)
        scope.put(info.name, value, 0)
        reading.value_names[id(value)] = info.name
        reading.kept.append(value)
        attributes = {"shape": shape} if info.dtype is None else {"shape": shape, "dtype": info.dtype}
        layer = Layer(reading.names.take(info.name), "input", attributes, (), (info.name,), output_shapes=(shape,))
        reading.rows.append(Row(layer, Effect((shape,))))
    return list(dict.fromkeys(assumed))


def _given(fed: list[ValueInfo], options: Options) -> dict[str, Shape]:
    """The shapes that a person gave, by input name; ``""`` is the first input."""
    names = [info.name for info in fed]
    given: dict[str, Shape] = {}
    for name, shape in options.inputs.items():
        if not name:
            if not names:
                raise UsageError("this model has no input")
            given[names[0]] = shape
        elif name in names:
            given[name] = shape
        else:
            near = nearest(name, names)
            raise UsageError(f"no input '{name}'; it has {or_list(list(near or names)) if names else 'none'}")
    return given


def _ranked(shape: Shape, info: ValueInfo, options: Options) -> Shape:
    """A given shape with the batch put before it where it was left out."""
    if isinstance(shape, Unknown) or info.shape is None or len(shape) == len(info.shape):
        return shape
    if len(shape) + 1 == len(info.shape):
        first = info.shape[0]
        batch = first if isinstance(first, int) else options.dims.get(first or "", 1)
        return (batch, *shape)
    raise UsageError(f"input '{info.name}' has {len(info.shape)} dimensions, {len(shape)} sizes are given")


def _shape(info: ValueInfo, sizes: dict[str, Any], assumed: list[str], first: bool) -> Shape:
    """The stated shape with symbols bound; a batch that is open is taken as 1, any other open size is Unknown."""
    if info.shape is None:
        what = "no shape" if info.kind in ("tensor", "") else f"a {info.kind}"
        return Unknown(f"input '{info.name}' states {what} (--input {info.name}=… gives one)")
    result: list[Dim] = []
    for axis, size in enumerate(info.shape):
        if isinstance(size, int):
            result.append(size)
        elif isinstance(size, str) and size in sizes:
            result.append(sizes[size])
        elif _is_batch(size, axis, len(info.shape)):
            result.append(1)
            named = f"dimension '{size}'" if size else f"dimension 0 of input '{info.name}'"
            assumed.append(f"{named} is the batch: 1")
        elif size:
            result.append(Unknown(f"dimension '{size}' is not given (--dim {size}=…)"))
        else:
            result.append(Unknown(f"dimension {axis} of input '{info.name}' is not given (--input {info.name}=…)"))
    return tuple(result)


def _is_batch(symbol: str | None, axis: int, rank: int) -> bool:
    """Whether an open dimension is the batch: by its name anywhere, by its place where its name says nothing else."""
    if symbol is not None:
        lower = symbol.lower()
        if "batch" in lower or lower in _BATCH_WORDS:
            return not any(word in lower for word in ("seq", "len"))
        if any(word in lower for word in _SEQUENCE_WORDS):
            return False
    return axis == 0 and rank > 1


def _leftovers(reading: Reading, graph: Graph, scope: Scope) -> None:
    """Stored tensors that no layer owns: returned as they are, or read by nobody. They are parameters all the same; a
    single number that nothing reads is what an exporter left behind, and listed only.
    """
    from netledger.layers import Effect
    from netledger.sources.onnx.booking import FLOATS, Row, as_tensor

    returned = set()
    for info in graph.outputs:
        value = scope.find(info.name)
        for tensor, _ in (value.stored or ()) if value is not None else ():
            reading.stored.setdefault(tensor.storage, tensor)
            returned.add(tensor.storage)
    for storage, tensor in reading.stored.items():
        if storage in reading.settled or tensor.dtype not in FLOATS:
            continue
        path = reading.names.take(storage)
        counted = storage in returned or tensor.elements > 1
        layer = Layer(
            path, "parameter" if counted else "tensors", {"shape": tensor.dims} if counted else {}, (), (path,),
            (as_tensor(tensor, "parameter" if counted else "constant", None),), output_shapes=(tensor.dims,),
            meta={} if storage in returned else {"used": False},
        )  # fmt: skip
        reading.rows.append(Row(layer, Effect((tensor.dims,))))


def _notes(reading: Reading, versions: dict[str, int]) -> list[str]:
    """What a reader should know about how the file was understood."""
    from netledger.sources.onnx.schema import NEWEST_OPSET

    notes = []
    if versions.get("", 0) > NEWEST_OPSET:
        notes.append(f"operator set {versions['']} is newer than {NEWEST_OPSET}, whose rules were used")
    outside = {tensor.file for tensor in reading.stored.values() if tensor.file is not None}
    missing = sorted(name for name in outside if reading.folder.sizes.get(name) is None)
    if outside:
        notes.append(f"weights are in {len(outside)} other file{'s' * (len(outside) > 1)}, not opened")
    if missing:
        notes.append(f"not found beside it: {', '.join(missing[:4])}{' …' * (len(missing) > 4)}")
    empty = sum(
        1 for tensor in reading.stored.values()
        if tensor.elements and not (tensor.span or tensor.typed or tensor.file or tensor.nbytes is not None)
    )  # fmt: skip
    unread = sum(1 for row in reading.rows if row.layer.meta.get("used") is False)
    if unread:
        notes.append(f"{unread:,} stored tensor{'s are' if unread > 1 else ' is'} read by no operator")
    for name, ours, theirs in reading.contradicted[:3]:
        stated = "×".join(["?" if size is None else str(size) for size in theirs])
        notes.append(f"the file states {stated} for '{name}', its operators give {shape_text(ours)}")
    if empty:
        notes.append(f"{empty:,} initializers carry no data; their sizes are as stated")
    return notes


ONNX = Source("onnx", "ONNX model", (".onnx",), is_onnx, read_onnx, reads_inputs=True)
