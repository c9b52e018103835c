"""TensorFlow's graphs: a SavedModel with the variables beside it, a frozen ``GraphDef``, a graph of TensorFlow.js.

The graph that a signature names (``serving_default``, else the first) is followed through the functions that it calls;
no value is read but the few whole numbers that are shapes and axes. Source: ``saved_model.proto``,
``meta_graph.proto`` and ``graph.proto`` of TensorFlow.
"""

from __future__ import annotations

from netledger.dtypes import commonest_dtype
from netledger.errors import FormatError, NotFoundError
from netledger.network import Layer, Network, Tensor, elements_of
from netledger.sources import Options, Source
from netledger.sources.files import stem
from netledger.sources.recognition import HEAD_BYTES
from netledger.wire.cursor import Cursor
from netledger.wire.protobuf import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from netledger.sources.files import InputFile
    from netledger.sources.graphdef.nodes import Sizes, TfGraph
    from netledger.sources.graphdef.values import TfStored
    from netledger.wire.hdf5 import Hdf5Object

    Entry = tuple[list[str], dict[str, tuple[str, Sizes | None]]]
    """A signature: what it returns, by references; what it is fed, by node: its name there and its shape."""

__all__ = ["GRAPH", "network_of_json_graph"]

VARIABLES = "variables/variables.index"
_SAVED = {1: ("version", "int", False), 2: ("graphs", "span", True)}
_META = {2: ("graph", "span", False), 5: ("signatures", "span", True), 7: ("objects", "span", False)}
_PAIR = {1: ("key", "text", False), 2: ("value", "span", False)}
_SIGNATURE = {1: ("inputs", "span", True), 2: ("outputs", "span", True)}
_INFO = {1: ("name", "text", False), 3: ("shape", "span", False)}


def _read(file: InputFile, options: Options) -> Network:
    head = file.read_at(0, min(HEAD_BYTES, file.size))
    if not _is_graph(head):
        raise FormatError("neither a SavedModel nor a graph of TensorFlow's")
    return _read_saved(file, options) if head[:1] == b"\x08" else _read_frozen(file, options)


def _read_frozen(file: InputFile, options: Options) -> Network:
    from netledger.sources.graphdef.nodes import graph_of_protobuf

    graph = graph_of_protobuf(Cursor(file), (0, file.size))
    if not graph.nodes or not all(node.name and node.op for node in graph.nodes):
        raise FormatError("no graph of TensorFlow's: its nodes have no name or operator")
    return _followed(graph, stem(file.path), options, "tensorflow-graph", notes=(_ALONE.format("constants"),))


_ALONE = "a graph alone: its {} of several real numbers are counted as weights, whatever they were in training"


def _read_saved(file: InputFile, options: Options) -> Network:
    from netledger.sources.graphdef.nodes import graph_of_protobuf
    from netledger.sources.graphdef.untrained import as_trained, untrained
    from netledger.sources.tensorflow import TENSORFLOW, bundle_tensors

    cursor = Cursor(file)
    found = decode(cursor, [(0, file.size)], _SAVED, "SavedModel")
    if not found.get("graphs"):
        raise FormatError("no SavedModel: it holds no graph")
    meta = decode(cursor, [found["graphs"][0]], _META, "meta graph")
    name = _folder_of(file.path) or stem(file.path)
    try:
        index = file.sibling(VARIABLES)
    except NotFoundError:
        index = None
    if "graph" not in meta:
        raise FormatError("no SavedModel: it holds no graph")
    graph = graph_of_protobuf(cursor, meta["graph"])
    entry = _entry(cursor, meta.get("signatures", []))
    if index is None:
        alone = (_ALONE.format("variables and constants"),)
        return _followed(graph, name, options, "saved-model", entry or _nothing(graph), notes=alone)
    with index:
        if entry is None:
            network = TENSORFLOW.read(index, Options(settings=options.settings))
            why = "its graph has no signature that says what is run: its variables alone"
            return network.replace(notes=(*network.notes, why))
        tensors, notes, stored = bundle_tensors(index)
    tensors = as_trained(tensors, untrained(cursor, meta.get("objects")))
    return _followed(graph, name, options, "saved-model", entry, tensors, notes, stored)


def _folder_of(path: str) -> str:
    import os

    folder = os.path.dirname(os.path.abspath(path)) if "://" not in path else path.rpartition("/")[0]  # noqa: PTH100, PTH120
    return folder.replace("\\", "/").rpartition("/")[2]


def _entry(cursor: Cursor, spans: Sequence[tuple[int, int]]) -> Entry | None:
    """The signature that serves, else the first that returns something."""
    from netledger.sources.graphdef.nodes import sizes_at

    found: dict[str, Entry] = {}
    for span in spans:
        pair = decode(cursor, [span], _PAIR, "signature")
        if "value" not in pair:
            continue
        said = decode(cursor, [pair["value"]], _SIGNATURE, "signature")
        infos: dict[str, list[tuple[str, dict[str, Any]]]] = {"inputs": [], "outputs": []}
        for side, listed in infos.items():
            for one in said.get(side, ()):
                inner = decode(cursor, [one], _PAIR, side)
                if "value" in inner:
                    listed.append((inner.get("key", ""), decode(cursor, [inner["value"]], _INFO, side)))
        fed = {
            info.get("name", "").partition(":")[0]: (key, sizes_at(cursor, info["shape"]) if "shape" in info else None)
            for key, info in infos["inputs"]
        }
        outputs = [info["name"] for _, info in infos["outputs"] if info.get("name")]
        if outputs:
            found[pair.get("key", "")] = (outputs, fed)
    ours = [key for key in found if not key.startswith("__saved_model")]
    chosen = "serving_default" if "serving_default" in found else ours[0] if ours else None
    return found[chosen] if chosen is not None else None


def _nothing(graph: TfGraph) -> Entry:
    from netledger.sources.graphdef.importer import results_of

    return results_of(graph), {}


def network_of_json_graph(
    data: Mapping[str, Any], weights: Mapping[str, Hdf5Object], name: str, options: Options, file: InputFile | None
) -> Network:
    """The network of TensorFlow.js' graph, with the weights of its manifest by their nodes' names."""
    from netledger.sources.graphdef.listed_numbers import ListedNumbers
    from netledger.sources.graphdef.nodes import graph_of_json

    graph = graph_of_json(data["modelTopology"])
    tensors = [
        Tensor(one.path, _role(one), one.shape, one.dtype, storage=one.path)
        for one in weights.values()
        if one.shape is not None and one.dtype is not None
    ]
    stored = {"elements": sum([int(elements_of(one.shape)) for one in tensors])}
    numbers = ListedNumbers(data["weightsManifest"], weights, file)
    notes = (_ALONE.format("listed weights"),)
    return _followed(graph, name, options, "tensorflow-js", _json_entry(data), tensors, notes, stored, numbers)


def _role(weight: Hdf5Object) -> str:
    """Whole numbers of 32 bits are axes and sizes, single numbers settings; those of 8 and 16 stand for real ones."""
    learned = weight.dtype not in ("int32", "bool") and elements_of(weight.shape or ()) != 1
    return "parameter" if learned else "constant"


def _json_entry(data: Mapping[str, Any]) -> Entry | None:
    """What TensorFlow.js' converter says of inputs and outputs, where it does."""
    from netledger.sources.graphdef.nodes import json_sizes

    defined = data.get("userDefinedMetadata")
    inner = defined.get("signature") if isinstance(defined, dict) else None
    signature = data.get("signature", inner)
    outputs = signature.get("outputs") if isinstance(signature, dict) else None
    inputs = signature.get("inputs") if isinstance(signature, dict) else None
    if not isinstance(outputs, dict) or not outputs:
        return None
    fed: dict[str, tuple[str, Sizes | None]] = {}
    for key, info in (inputs or {}).items() if isinstance(inputs, dict) else ():
        if isinstance(info, dict) and isinstance(info.get("name"), str):
            shape = info.get("tensorShape")
            sizes = json_sizes(shape) if isinstance(shape, dict) else None
            fed[info["name"].partition(":")[0]] = (key, sizes)
    said = [info.get("name") for info in outputs.values() if isinstance(info, dict)]
    named = [one for one in said if isinstance(one, str)]
    return (named, fed) if named else None


# ---------------------------------------------------------------------- the network


def _followed(
    graph: TfGraph, name: str, options: Options, format: str, entry: Entry | None = None,
    tensors: Sequence[Tensor] = (), notes: Sequence[str] = (), stored: Mapping[str, int] | None = None,
    numbers: Callable[[str], tuple[int, ...] | None] | None = None,
) -> Network:  # fmt: skip
    from netledger.sources.graphdef.accounting import stored_in, unread
    from netledger.sources.graphdef.importer import GraphImporter

    owner = StoredOutside(tensors) if stored is not None else None
    importer = GraphImporter(graph, options.inputs, owner, numbers)
    outputs, fed = entry if entry is not None else _nothing(graph)
    if not outputs:
        raise FormatError("a graph that makes nothing")
    returned = importer.run(outputs, fed)
    layers = [*importer.builder.layers, *(unread(graph, importer.read) if owner is None else owner.rest())]
    held = stored_in(graph, layers) if stored is None else dict(stored)
    meta: dict[str, Any] = {"format": format, "tensors": len(tensors), "stored": held}
    return Network(
        name, layers, batched=True, notes=tuple(notes), assumed=tuple(dict.fromkeys(importer.assumed)),
        dtype=commonest_dtype(tensor for layer in layers for tensor in layer.tensors), outputs=returned, meta=meta,
    )  # fmt: skip


class StoredOutside:
    """Tensors that are stored beside a graph, by its variables' names; each goes to the row that first reads it."""

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        self._left = {str(one.storage): one for one in tensors}
        self._named: dict[str, list[Tensor]] = {}
        for one in tensors:
            if one.role not in ("state", "constant"):
                for called in {one.name, str(one.storage)}:
                    self._named.setdefault(called, []).append(one)

    def __call__(self, stored: TfStored, role: str) -> Tensor | None:
        """The tensor of a variable where exactly one has its name and shape: the others are left for :meth:`rest`."""
        called = stored.name.replace("/", ".")
        plain, _, number = called.rpartition("_")  # that a graph, which holds a name once, puts behind one
        found = self._named.get(stored.name) or self._named.get(called) or ()
        if not found and number.isascii() and number.isdigit():
            found = self._named.get(plain, ())
        fitting = [one for one in found if one.shape == stored.shape and str(one.storage) in self._left]
        if len(fitting) != 1:
            return None
        tensor = self._left.pop(str(fitting[0].storage))
        own = tensor.role != "parameter" or role == "running_statistic"  # its name says what it is
        return tensor if own else tensor.replace(role=role)

    def rest(self) -> list[Layer]:
        """A row for what no operator of the graph reads: an optimizer's state, what other functions use."""
        left = tuple(self._left.values())
        return [Layer("variables", "tensors", {}, (), (), left, meta={"used": False}, output_shapes=())] if left else []


def _is_graph(head: bytes) -> bool:
    r"""A SavedModel (its version, then a graph), or a ``GraphDef``: a node, which begins with its name.

    >>> _is_graph(b"\x08\x01\x12\x05"), _is_graph(b"\x0a\x08\x0a\x01x\x12\x03Foo"), _is_graph(b"\x08\x07\x12\x07torch")
    (True, True, False)
    """
    if head[:3] == b"\x08\x01\x12":
        return True
    if head[:1] != b"\x0a":
        return False
    at = 1
    while at < len(head) and head[at] >= 0x80 and at < 6:
        at += 1
    inner = head[at + 1 :]
    if inner[:1] != b"\x0a" or len(inner) < 2 or inner[1] >= 0x80:
        return False
    behind = inner[2 + inner[1] :]
    op = behind[2 : 2 + behind[1]] if len(behind) > 2 else b""
    return (
        behind[:1] == b"\x12"
        and bool(op)
        and op.replace(b"_", b"").isalnum()
        and op[:1] in b"_ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    )


GRAPH = Source("tensorflow-graph", "TensorFlow graph", (".pb",), _is_graph, _read, reads_inputs=True)
