"""ONNX files, read at the cost of their structure: the protobuf is scanned, tensor data is skipped.

Shapes are propagated by our own rules (``ops/``, a family a file), small integer constants are read where a shape
depends on them, weights never. Weights may be initializers, ``Constant`` or ``ConstantOfShape`` nodes, quantised,
sparse, shared, or in other files, of which only the size is looked at.

Source: the ONNX specification (IR version 13, operator set 28) and the operator documentation of onnxruntime.
"""

from __future__ import annotations

from netledger.errors import FormatError, NetledgerError, ShapeError
from netledger.layers.sizes import shape_text
from netledger.network import Network
from netledger.sources import Options, Source
from netledger.wire.cursor import Cursor
from netledger.wire.protobuf import decode, fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.files import InputFile
    from netledger.sources.onnx.importer import Importer
    from netledger.sources.onnx.schema import ValueInfo
    from netledger.sources.onnx.scope import Scope
    from netledger.sources.onnx.tensors import StoredTensor

__all__ = ["ONNX"]


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
    """The network in an ONNX file. A file that breaks the format, or its own statements, is a ``DataError``.

    An open first size is taken for the batch, one example; where the network can't run on that, it is another size.
    """
    placed: list[str] = []
    try:
        return _read(file, options, placed)
    except ShapeError:
        if not placed:
            raise
    return _read(file, options, None)


def _read(file: InputFile, options: Options, placed: list[str] | None) -> Network:
    """One reading; ``placed`` gets the inputs whose first size was taken for the batch, ``None``: none is."""
    from netledger.sources.onnx.accounting import book_the_rest, stored_in
    from netledger.sources.onnx.control_flow import check_recursion
    from netledger.sources.onnx.importer import Importer
    from netledger.sources.onnx.inputs import feed
    from netledger.sources.onnx.schema import MODEL, Function, Graph, opsets
    from netledger.sources.onnx.scope import Scope
    from netledger.sources.onnx.stored.folder import Folder

    cursor = Cursor(file)
    model = decode(cursor, ((0, file.size),), MODEL, "model")
    if "graph" not in model:
        raise FormatError("an ONNX model without a graph")
    if not model.get("opset_import"):
        raise FormatError("an ONNX model that imports no operator set")
    versions = opsets(cursor, model["opset_import"])
    graph = Graph(cursor, model["graph"])
    functions = [Function(cursor, span) for span in model.get("functions", ())]
    importer = Importer(cursor, Folder(file.path), versions, functions)
    importer.producer = model.get("producer_name", "")
    importer.trust_infos = not options.inputs
    scope = Scope(versions)
    importer.load(graph, scope)
    check_recursion(importer, graph.nodes)
    assumed = feed(importer, graph, scope, options, placed)
    importer.run(graph.nodes, scope)
    book_the_rest(importer, graph, scope, functions, model.get("training_info", ()))
    outputs = tuple([name for info in graph.outputs if (name := _output(scope, info)) is not None])
    return Network(
        graph.name if graph.name and graph.name not in _NO_NAMES else _stem(file.path),
        [row.layer for row in importer.rows],
        source=f"ONNX file, IR version {model.get('ir_version', 0)}, operator set {versions.get('', 0)}"
        + (f", written by {importer.producer}" if importer.producer else ""),
        notes=tuple(_notes(importer, versions)),
        batched=True,
        assumed=tuple(assumed),
        outputs=outputs,
        meta={
            "format": "onnx",
            "opset": versions.get("", 0),
            "producer": importer.producer,
            "stored": stored_in(importer),
        },
    )


_NO_NAMES = frozenset(("main_graph", "main", "graph", "torch_jit", "torch-jit-export", "tf2onnx", "Graph", "model"))
"""What exporters call every graph: the file's own name says more."""


def _stem(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2].removesuffix(".onnx") or path


def _output(scope: Scope, info: ValueInfo) -> str | None:
    value = scope.find(info.name)
    if value is None:
        raise FormatError(f"the graph does not compute its output '{info.name}'")
    return value.name


def _notes(importer: Importer, versions: dict[str, int]) -> list[str]:
    """What a reader should know about how the file was understood."""
    from netledger.sources.onnx.accounting import filled_in, transforms
    from netledger.sources.onnx.schema import NEWEST_OPSET
    from netledger.sources.onnx.stored.remarks import remarks

    notes = [*filled_in(importer), *transforms(importer), *remarks(importer)]
    if versions.get("", 0) > NEWEST_OPSET:
        notes.append(f"operator set {versions['']} is newer than {NEWEST_OPSET}, whose rules were used")
    outside = {tensor.file for tensor in importer.stored.values() if tensor.file is not None}
    missing = sorted(name for name in outside if importer.folder.sizes.get(name) is None)
    if outside:
        notes.append(f"weights are in {len(outside)} other file{'s' * (len(outside) > 1)}")
    if missing:
        notes.append(f"not found beside it: {', '.join(missing[:4])}{' …' * (len(missing) > 4)}")
    empty = sum([1 for tensor in importer.stored.values() if _is_empty(tensor)])
    said = [row.layer for row in importer.rows if row.layer.meta]
    unread = sum([1 for layer in said if layer.meta.get("used") is False and "untaken" not in layer.meta])
    if unread:
        notes.append(f"{unread:,} stored tensor{'s are' if unread > 1 else ' is'} read by no operator")
    untaken = sum([len(layer.tensors) for layer in said if "untaken" in layer.meta])
    if untaken:
        notes.append(f"{untaken:,} stored tensors are in branches and bodies that are not followed; they are counted")
    for name, ours, theirs in importer.contradicted[:3]:
        stated = "×".join(["?" if size is None else str(size) for size in theirs])
        notes.append(f"the file states {stated} for '{name}', its operators give {shape_text(ours)}")
    if empty:
        notes.append(f"{empty:,} initializers carry no data; their sizes are as stated")
    return notes


def _is_empty(tensor: StoredTensor) -> bool:
    """Whether an initializer states sizes and holds nothing."""
    held = tensor.span or tensor.typed or tensor.file or tensor.nbytes is not None
    return tensor.made == "initializer" and tensor.elements > 0 and not held


ONNX = Source("onnx", "ONNX model", (".onnx",), is_onnx, read_onnx, reads_inputs=True, reads_dims=True)
