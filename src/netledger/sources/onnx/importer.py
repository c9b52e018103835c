"""Following a graph from its inputs: every node's rule is applied, shape arithmetic is done, layers are booked."""

from __future__ import annotations

from netledger.dtypes import BITS
from netledger.errors import FormatError, LimitError, NetledgerError
from netledger.limits import LAYERS, RANK
from netledger.network import Layer, Tensor
from netledger.sources.graph_shapes import differ
from netledger.sources.onnx.constant_folding import Allowance, fold
from netledger.sources.onnx.layers import FLOATS, WEIGHT_INTEGERS, Booked, LayerRow, book, merged, tensors_of
from netledger.sources.onnx.naming import Names
from netledger.sources.onnx.ops import holds_arrays, operator
from netledger.sources.onnx.repeated import Repeats, Trial, key_of
from netledger.sources.onnx.schema import Graph, OnnxNode, value_info
from netledger.sources.onnx.scope import PICKING, Scope
from netledger.sources.onnx.stored.attributes import book_arrays
from netledger.sources.onnx.stored.derived import derived
from netledger.sources.onnx.stored.fillings import fillings
from netledger.sources.onnx.stored.folder import Folder
from netledger.sources.onnx.stored.single_numbers import intercepts
from netledger.sources.onnx.stored.untrained import generated, in_traced_code
from netledger.sources.onnx.tensors import Initializers, StoredTensor, read_sparse
from netledger.sources.onnx.values import NO_SHAPE, Op, Result, Value
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from netledger.network import Shape
    from netledger.sources.onnx.repeated import Key, Known
    from netledger.sources.onnx.schema import Function
    from netledger.wire.cursor import Cursor

_ONE_STEP = frozenset(("contraction", "elementwise", "operation"))
"""Kinds of layers that are a step and no module."""

EXPANDED_NODES = 50_000
"""Nodes that functions and bodies may expand to beyond ten times those that are in the file."""

_NOTHING: Mapping[str, Any] = {}
_SCALED = {"DynamicQuantizeLinear": (1, 2), "MatMulInteger": (0,), "ConvInteger": (0,)}
"""Outputs that are a scale, or integers that only a scale makes real numbers."""


class Importer:
    """The state of reading one model: what is known, what was booked."""

    def __init__(self, cursor: Cursor, folder: Folder, opsets: Mapping[str, int], functions: list[Function]) -> None:
        self.cursor, self.folder, self.opsets = cursor, folder, opsets
        self.functions = {(function.key, function.overload): function for function in functions}
        self.rows: list[LayerRow] = []
        self.names = Names()
        self.stored: dict[str, StoredTensor] = {}
        self.places: dict[int, str] = {}
        self.roles: dict[str, str] = {}
        self.initializers = Initializers(cursor, folder)
        self.allowance = Allowance(cursor.end)
        self.settled: set[str] = set()
        self.repeats = Repeats()
        self.read: set[str] = set()
        self.left = EXPANDED_NODES
        self.trust_infos = True
        self.traced, self.filled_in = False, 0
        self.producer = ""
        self.remarks: dict[str, int] = {}
        self.derived: list[tuple[StoredTensor, str]] = []
        self.contradicted: list[tuple[str, Shape, tuple[int | str | None, ...]]] = []

    # -------------------------------------------------------------- graphs

    def load(self, graph: Graph, scope: Scope) -> None:
        """The stored tensors and stated types of a graph, into its scope."""
        own = [self.initializers.read(span) for span in graph.initializers]
        for tensor in own:
            self._keep(tensor, scope)
        for span in graph.sparse:
            self._keep(read_sparse(self.cursor, span, self.folder), scope)
        self.traced = self.traced or any("." in name and not generated(name) for name in self.stored)
        for tensor in self.stored.values():
            self._in_code(tensor)
        for tensor in intercepts(graph, own, self.producer):
            scope.values[tensor.name].stored = ((tensor, "bias"),)
        self.derived += derived(graph, own)
        self.filled_in += fillings(graph, own)
        if self.trust_infos:
            for span in graph.value_info:
                info = value_info(self.cursor, span)
                scope.infos[info.name] = info
            for info in graph.outputs:
                scope.infos.setdefault(info.name, info)
        self.left += 10 * len(graph.nodes)
        self.read.update(info.name for info in graph.outputs)
        for node in graph.nodes:
            self.read.update(node.inputs)

    def _in_code(self, tensor: StoredTensor) -> None:
        """What a traced model's exporter calls a constant is a number in the code, where the weights have names."""
        if self.traced and tensor.name.endswith("_output_0") and in_traced_code(tensor.name):
            tensor.made = "code"

    def _keep(self, tensor: StoredTensor, scope: Scope) -> None:
        if not tensor.name:
            raise FormatError("an initializer without a name").at(byte=tensor.at)
        if tensor.name in scope.values:
            raise FormatError(f"the initializer '{tensor.name}' is there twice").at(byte=tensor.at)
        self.register(tensor, scope)
        scope.values[tensor.name] = Value.of(tensor)

    def register(self, tensor: StoredTensor, scope: Scope) -> None:
        """Remember a tensor of the file: what lies at one place is one tensor, however often it is met."""
        tensor.storage = self.places.setdefault(tensor.at, scope.prefix + tensor.name)
        self.stored.setdefault(tensor.storage, tensor)

    def run(self, nodes: list[OnnxNode], scope: Scope) -> None:
        """Apply every node in order."""
        scope.nodes = nodes
        opsets, values = {**self.opsets, **scope.opsets}, scope.values
        for node in nodes:
            self.left -= 1
            if self.left < 0 or len(self.rows) > LAYERS:
                raise LimitError("functions and bodies expand to more nodes than netledger is willing to follow")
            inputs = [(values.get(name) or scope.find(name)) if name else None for name in node.inputs]
            if None in inputs:
                _check_defined(node, inputs, nodes, scope)
            version = opsets.get(node.call.domain, 1)
            key = key_of(node, inputs, version, scope, self.read)
            known = self.repeats.find(inputs, key) if key is not None else None
            try:
                if known is not None and self.allowance.take(known.steps):
                    self._again(known, node, inputs, scope)
                else:
                    self._apply(Op(node, inputs, version, scope.bound), key, scope)
            except NetledgerError as error:
                raise error.at(item=_label(node, scope), byte=node.at) from None

    # -------------------------------------------------------------- one node

    def _apply(self, op: Op, key: Key | None, scope: Scope) -> None:
        node = op.node
        function = self.functions.get((node.key, node.call.overload))
        if function is not None:
            from netledger.sources.onnx.control_flow import call

            call(self, op, function, scope)
            return
        if node.key in ("If", "Loop", "Scan", "SequenceMap"):
            from netledger.sources.onnx.control_flow import BODIES

            BODIES[node.op](self, op, scope)
            return
        declared = operator(node.key)
        if declared is None:
            self.unknown(op, scope, f"operator '{node.key}' has no rule")
            return
        trial = Trial(self, op, key) if key is not None else None
        result = declared.say(op)
        outputs = self._values(op, result)
        self._finish(op, result, outputs, scope)
        if trial is not None:
            self.repeats.keep(trial, outputs)

    def _again(self, known: Known, node: OnnxNode, inputs: list[Value | None], scope: Scope) -> None:
        """Book a node like one that was worked out before."""
        outputs = [Value(shape, dtype, const, about=about) for shape, dtype, const, about in known.outputs]
        for name, value in zip(node.outputs, outputs, strict=True):
            if name:
                scope.put(name, value, node.at)
        tensors: tuple[Tensor, ...] = ()
        if known.stored:
            held = {i: inputs[i].stored[0][0] for i in known.stored}  # type: ignore[union-attr,index]
            self.settled.update([one.storage for one in held.values()])
            tensors = tuple(
                [
                    Tensor((one := held[i]).name, role, one.dims, one.dtype, True, one.storage, elements, nbytes)
                    for i, role, elements, nbytes in known.tensors
                ]
            )
        flowing: list[Value] = [inputs[i] for i in known.flowing]  # type: ignore[misc]
        self._book(node, known, flowing, tensors, outputs[: known.named], known.shapes, scope)

    def _values(self, op: Op, result: Result) -> list[Value]:
        """The outputs as values: shapes, element types, numbers where they can be worked out."""
        outputs: list[Value] = []
        handed = op.node.key == "Cast" and any(value is not None and value.scaled for value in op.inputs)
        for i in range(len(op.node.outputs)):
            given = result.outputs[i] if i < len(result.outputs) else NO_SHAPE
            if not isinstance(given, Value):
                dtype = result.dtypes[i] if i < len(result.dtypes) else op.dtype
                given = Value(given, dtype)
            if not isinstance(given.shape, Unknown) and len(given.shape) > RANK:
                raise LimitError(f"a value of {len(given.shape):,} dimensions")
            given.scaled = i in _SCALED.get(op.node.key, ()) or handed
            outputs.append(given)
        shapes = [value.shape for value in outputs]
        for value, const in zip(outputs, fold(op, shapes, self.allowance), strict=True):
            if const is not None:
                value.const = const
        return outputs

    def _finish(self, op: Op, result: Result, outputs: list[Value], scope: Scope) -> None:
        """Book the node unless it only prepares stored tensors or computes shapes."""
        node = op.node
        contracts = bool(result.terms or result.unknown or result.kind == "fft")
        if not contracts and op.inputs and node.op not in ("ConstantOfShape",) and not node.op.startswith("Random"):
            held = merged(op, node.key)
            if held is not None:
                for value in outputs:
                    value.stored = () if value.scaled else held
                kept = {tensor.storage for tensor, _ in held}
                self.settled.update([storage for storage in _stored_behind(op) if storage not in kept])
        self._define(node, outputs, scope)
        arrays = book_arrays(self, op, scope) if holds_arrays(node.call) else ()
        quiet = all(value.stored is not None or value.const is not None for value in outputs)
        if quiet and not contracts:
            self._used_by_shapes(op, outputs)
            return
        self.emit(op, result, outputs, scope, arrays)

    def _used_by_shapes(self, op: Op, outputs: list[Value]) -> None:
        """Numbers that only went into shape arithmetic are constants, settled."""
        for value in op.inputs:
            if value is not None and value.stored is not None and value.const is not None:
                if all(output.stored is None for output in outputs):
                    self.settled.update([tensor.storage for tensor, _ in value.stored])

    def _define(self, node: OnnxNode, outputs: list[Value], scope: Scope) -> None:
        for name, value in zip(node.outputs, outputs, strict=True):
            if not name:
                continue
            if value.element is None:
                value.shape = self.with_stated(scope, name, value.shape)
            for tensor, _ in value.stored or ():
                if tensor.made == "Constant" and tensor.storage == tensor.name:
                    self._in_code(tensor)
                    self.register(tensor, scope)
                elif tensor.made != "initializer" and tensor.storage == tensor.name:
                    tensor.storage = f"{scope.prefix}{tensor.name}"
            scope.put(name, value, node.at)

    def with_stated(self, scope: Scope, name: str, shape: Shape) -> Shape:
        """A shape with what the rule left open filled in from what the file itself states for that value."""
        info = scope.infos.get(name)
        if info is None or info.shape is None:
            return shape
        if isinstance(shape, Unknown):
            missing = Unknown(shape.reason)
            return tuple([size if isinstance(size, int) else missing for size in info.shape])
        if len(shape) != len(info.shape) or any(map(differ, shape, info.shape)):
            self.contradicted.append((name, shape, info.shape))
            return shape
        return tuple(
            [
                theirs if isinstance(ours, Unknown) and isinstance(theirs, int) else ours
                for ours, theirs in zip(shape, info.shape, strict=True)
            ]
        )

    def emit(self, op: Op, result: Result, outputs: list[Value], scope: Scope, extra: tuple[Tensor, ...] = ()) -> None:
        """Book the node as a layer."""
        node = op.node
        self._follow(op, scope)
        tensors = tensors_of(op, node.key, result) + extra
        self.settled.update(_stored_behind(op))
        shapes = tuple([value.shape for value in _flowing(op)])
        booked = book(op, result, shapes, tensors, [value.shape for value in outputs])
        if booked.kind not in _ONE_STEP:  # masks and statistics that nobody reads are no outputs of a layer
            outputs = outputs[: 1 + max([i for i, name in enumerate(node.outputs) if name in self.read], default=0)]
        self._book(node, booked, _flowing(op), tensors, outputs, None, scope)

    def _book(
        self, node: OnnxNode, booked: Booked | Known, flowing: list[Value], tensors: tuple[Tensor, ...],
        outputs: list[Value], shapes: tuple[Shape, ...] | None, scope: Scope,
    ) -> None:  # fmt: skip
        """The layer of a node, under a name of its own; ``shapes`` are its outputs' where there is such a tuple."""
        path = self.names.path(node, _learned(tensors), scope.prefix)
        reading = tuple([value.name for value in flowing if value.name is not None])
        layer = Layer(
            path, booked.kind, booked.attributes, reading, self.name_outputs(node, outputs, scope, path), tensors,
            dtype=outputs[0].dtype if outputs and outputs[0].dtype in BITS else None,
            # A value that no layer computes (shape arithmetic) has no name to read it by: its shape is given instead.
            input_shapes=tuple([value.shape for value in flowing]) if len(reading) != len(flowing) else None,
            output_shapes=shapes or tuple([value.shape for value in outputs]), type=node.call.key, meta=_NOTHING,
        )  # fmt: skip
        self.rows.append(LayerRow(layer, booked.effect))

    def name_outputs(self, node: OnnxNode, outputs: list[Value], scope: Scope, path: str) -> tuple[str, ...]:
        """Names of the values, unique in the network."""
        names = []
        for i, (name, value) in enumerate(zip(node.outputs, outputs, strict=False)):
            value.name = scope.prefix + name if name else f"{path}:{i}"  # without a prefix the same string again
            names.append(value.name)
        return tuple(names)

    def unknown(self, op: Op, scope: Scope, reason: str) -> None:
        """Book a node that nobody has a rule for: its tensors are counted, its MACs are not known."""
        node = op.node
        outputs = [Value(Unknown(reason)) for _ in node.outputs]
        self._define(node, outputs, scope)
        result = Result(unknown=reason)
        tensors = tensors_of(op, node.key, result) + book_arrays(self, op, scope)
        self.settled.update(_stored_behind(op))
        self._set_aside_bodies(op, scope)
        reading = tuple([value.name for value in _flowing(op) if value.name is not None])
        path = self.names.path(node, _learned(tensors), scope.prefix)
        layer = Layer(
            path, "operation", {"name": node.key, "reason": reason}, reading,
            self.name_outputs(node, outputs, scope, path), tensors,
            output_shapes=tuple([value.shape for value in outputs]), type=node.key, unknown=Unknown(reason),
        )  # fmt: skip
        self.rows.append(LayerRow(layer, book(op, result, (), (), []).effect))

    # -------------------------------------------------------------- what is stored elsewhere

    def _follow(self, op: Op, scope: Scope) -> None:
        """Integers that a node only picks from are learned where what it picks is scaled to real numbers later."""
        first = op.value(0)
        if op.node.op not in PICKING or first is None:
            return
        for tensor, _ in first.stored or ():
            if tensor.dtype in WEIGHT_INTEGERS and not tensor.quantised:
                tensor.quantised = any(scope.scaled(name) for name in op.node.outputs)
        if op.node.op == "Gather" and first.stored is not None and first.dtype in FLOATS:
            role = scope.unpacks(op.node.outputs[0])  # a scale for each row of a table of integers
            first.stored = tuple([(tensor, role or known) for tensor, known in first.stored])

    def _set_aside_bodies(self, op: Op, scope: Scope) -> None:
        from netledger.sources.onnx.control_flow import set_aside

        for name, attribute in op.node.attributes.items():
            if "g" in attribute.values():
                graph = self.subgraph(op, name, scope)
                if graph is not None:
                    set_aside(self, op, graph, scope, name)

    def subgraph(self, op: Op, name: str, scope: Scope) -> Graph | None:
        """The graph of an attribute; ``None`` where there is none."""
        spans = (op.attribute(name) or {}).get("g")
        if not spans:
            return None
        attribute = op.node.attributes[name]
        return Graph(attribute.cursor, spans, scope.depth + 1)


def _label(node: OnnxNode, scope: Scope) -> str:
    return f"node '{scope.prefix}{node.name or (node.outputs[0] if node.outputs else node.op)}'"


def _stored_behind(op: Op) -> list[str]:
    """The storages of every stored tensor that a node's inputs are made of."""
    return [tensor.storage for value in op.inputs if value is not None for tensor, _ in value.stored or ()]


def _flowing(op: Op) -> list[Value]:
    """The inputs that are computed."""
    return [value for value in op.inputs if value is not None and value.stored is None]


def _learned(tensors: tuple[Tensor, ...]) -> str:
    """The name of the first tensor that was learned."""
    for tensor in tensors:
        if tensor.learned:
            return tensor.name
    return ""


def _check_defined(node: OnnxNode, inputs: list[Value | None], nodes: list[OnnxNode], scope: Scope) -> None:
    """An input that is named and that nothing has computed is a ``FormatError``."""
    name = next((name for name, value in zip(node.inputs, inputs, strict=True) if name and value is None), None)
    if name is None:
        return
    why = f"reads '{name}', which nothing computes"
    if name in node.outputs:
        why = f"reads its own output '{name}'"
    elif any(name in other.outputs for other in nodes):
        why = f"reads '{name}', which is computed later: the graph has a cycle or is not in order"
    raise FormatError(why).at(item=_label(node, scope), byte=node.at)
