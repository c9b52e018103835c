"""From a TensorFlow graph to layers: what the results need is followed, through the functions that it calls."""

from __future__ import annotations

from netledger.errors import FormatError, LimitError, NetledgerError
from netledger.limits import LAYERS, NESTING
from netledger.network import Tensor
from netledger.sources.graph_builder import GraphBuilder, Step
from netledger.sources.graphdef.call import TfCall
from netledger.sources.graphdef.operators import HARMLESS, RULES
from netledger.sources.graphdef.values import FLOATS, TfStored, TfValue, folded, place_of
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from netledger.network import Shape
    from netledger.sources.graphdef.nodes import GraphNode, Sizes, TfGraph

    Owner = Callable[[TfStored, str], Tensor | None]
    Numbers = Callable[[str], tuple[int, ...] | None]

CALLS = frozenset(("PartitionedCall", "StatefulPartitionedCall", "RemoteCall"))
_BRANCHES = {
    "If": ("then_branch", "else_branch"), "StatelessIf": ("then_branch", "else_branch"),
    "While": ("cond", "body"), "StatelessWhile": ("cond", "body"), "Case": ("branches",), "For": ("body",),
}  # fmt: skip
"""Operators that run functions, how often or which depends on the data."""
VARIABLES = frozenset(("VarHandleOp", "VariableV2", "Variable"))
_BACK = frozenset(("NextIteration", "RefNextIteration"))
"""Operators by which a loop of TensorFlow 1 leads back to its beginning."""
_HANDED_ON = frozenset(
    ("Identity", "ReadVariableOp", "Cast", "Dequantize", "StopGradient", "Snapshot", "PreventGradient", "CheckNumerics",
     "Reshape", "Transpose", "ExpandDims", "Squeeze", "EnsureShape")
)  # fmt: skip
"""Operators whose output, of a stored input, is that in another form."""
_NAMED_OUTPUTS = {
    "batch_mean": 1, "batch_variance": 2, "indices": 1, "idx": 1, "output_true": 1, "backprop": 1, "variance": 1,
    "argmax": 1, "reserve_space_1": 3, "reserve_space_2": 4, "reserve_space_3": 5, "count": 2,
}  # fmt: skip
"""Outputs that stand behind the first, by the names by which functions read them."""


class _Scope:
    """The nodes of the graph or of one call of a function, and what is known of their values."""

    def __init__(self, nodes: Sequence[GraphNode], fed: Mapping[str, TfValue], depth: int, function: str = "") -> None:
        self.nodes = {one.name: one for one in nodes}
        if len(self.nodes) < len(nodes):
            raise FormatError("two nodes have one name")
        self.values: dict[str, list[TfValue]] = {name: [value] for name, value in fed.items()}
        self.depth, self.function = depth, function

    def value(self, reference: str) -> TfValue:
        """What ``node``, ``node:1`` or, in a function, ``node:output:1`` stands for."""
        name, number = split_reference(reference)
        made = self.values[name]
        return (
            made[number] if number < len(made) else TfValue(Unknown(f"output {number} of '{name[:60]}' is not known"))
        )


def split_reference(reference: str) -> tuple[str, int]:
    """A reference as a node's name and the number of its output.

    >>> split_reference("conv:0"), split_reference("TopKV2:indices:0"), split_reference("x")
    (('conv', 0), ('TopKV2', 1), ('x', 0))
    """
    name, *rest = reference.split(":")
    last = rest[-1] if rest else "0"
    number = int(last) if last.isascii() and last.isdigit() and len(last) < 6 else 0
    return name, number + (_NAMED_OUTPUTS.get(rest[0], 0) if len(rest) == 2 else 0)


class GraphImporter:
    """Follows a graph. ``given`` replace inputs' shapes; ``owner`` makes a stored value a tensor of the row that reads
    it first (by default the value itself); ``numbers`` gives those of a constant that the graph itself does not hold.
    ``read`` are the places of the constants that were met.
    """

    def __init__(
        self, graph: TfGraph, given: Mapping[str, Shape], owner: Owner | None = None, numbers: Numbers | None = None
    ) -> None:
        self.graph = graph
        self.builder = GraphBuilder(batched=True, given=given)
        self.assumed: list[str] = []
        self._owner = owner or _tensor
        self._numbers = numbers
        self._owned = set[str]()
        self.read = set[str]()
        self._steps = 0
        self._contracting: dict[str, bool] = {}
        self._variables: dict[str, TfStored] = {}

    def run(
        self, outputs: Sequence[str], inputs: Mapping[str, tuple[str, Sizes | None]] | None = None
    ) -> tuple[str, ...]:
        """Follow what ``outputs`` (references) need; ``inputs``: what a signature calls them, and states, by node."""
        scope = _Scope(self.graph.nodes, {}, 0)
        self._inputs = dict(inputs or {})
        for node in self.graph.nodes:  # in the file's order, all of them
            if node.op in ("Placeholder", "PlaceholderV2") and (node.name in self._inputs or not inputs):
                scope.values[node.name] = [self._feed(node)]
        found = [self._wanted(scope, one) for one in outputs]
        self.builder.check_given()
        return tuple(dict.fromkeys([one.name for one in found if one.name is not None]))

    # -------------------------------------------------------------- order

    def _wanted(self, scope: _Scope, reference: str) -> TfValue:
        """A value, all that it needs made before it."""
        waiting = [split_reference(reference)[0]]
        open_nodes = set[str]()
        while waiting:
            name = waiting[-1]
            if name in scope.values:
                waiting.pop()
                continue
            node = scope.nodes.get(name)
            if node is None:
                raise FormatError(f"'{name[:80]}' is read and is no node")
            if node.op in _BACK:  # the loop itself is Unknown: its ``Merge`` has no rule
                scope.values[name] = [TfValue(Unknown("a loop of TensorFlow 1"))]
                continue
            missing = [one for one, _ in map(split_reference, node.inputs) if one not in scope.values]
            if missing:
                if name in open_nodes:
                    raise FormatError("its nodes lead in a circle").at(item=f"node '{name[:80]}'")
                open_nodes.add(name)
                waiting += reversed(missing)
                continue
            waiting.pop()
            self._steps += 1
            if self._steps > LAYERS:
                raise LimitError(f"more than {LAYERS:,} operators, those of its functions at every call")
            try:
                scope.values[name] = self._node(node, [scope.value(one) for one in node.inputs], scope)
            except NetledgerError as error:
                raise error if "node " in str(error) else error.at(item=f"node '{name[:80]}' ({node.op[:40]})")  # noqa: B904
        return scope.value(reference)

    # -------------------------------------------------------------- one node

    def _node(self, node: GraphNode, inputs: list[TfValue], scope: _Scope) -> list[TfValue]:
        if node.op in CALLS or node.op in self.graph.functions:
            name = node.function("f") if node.op in CALLS else node.op
            return self._called(name, inputs, scope.depth)
        if node.op == "Const":
            return [self._constant(node, scope)]
        if node.op in VARIABLES:
            return [self._variable(node)]
        if node.op in ("Placeholder", "PlaceholderV2"):
            return [self._feed(node)]
        if node.op == "IdentityN":
            return list(inputs)
        if node.op in ("NoOp", "Assert"):
            return []
        first = inputs[0] if inputs else None
        if node.op in ("Identity", "ReadVariableOp", "StopGradient", "Snapshot") and first is not None:
            return [first]
        numbers = folded(node, inputs)
        handed = node.op in _HANDED_ON and first is not None and first.stored is not None
        if handed or numbers is not None:  # no row: nothing is its own
            made = self._step(node, TfCall(node, inputs, lambda stored, role: None)).output_shapes
            stored = first.stored if handed and first is not None else None
            return [TfValue(made[0] if made else Unknown("its shape is not known"), None, stored, numbers)]
        step = self._step(node, TfCall(node, inputs, self._own))
        if (
            step.output_shapes
            and not step.tensors
            and step.kind == "elementwise"
            and not any(one.name for one in inputs)
        ):
            return [TfValue(shape) for shape in step.output_shapes]
        return self._row(node, step, inputs)

    def _step(self, node: GraphNode, call: TfCall) -> Step:
        if node.op in _BRANCHES:
            return self._branching(node, call)
        rule = RULES.get(node.op)
        if rule is not None:
            try:
                return rule(call)
            except IndexError:
                raise FormatError("an input is missing") from None
        roles = dict.fromkeys(range(len(call.inputs)), "weight")
        stated = [_known(one) for one in node.shapes("_output_shapes") or node.shapes("output_shapes")]
        if node.op in HARMLESS:
            why = Unknown(f"the file does not state what '{node.op[:60]}' makes")
            return Step("elementwise", {}, call.tensors(roles), output_shapes=stated or (why,))
        return call.unknown(f"operator '{node.op[:60]}' has no rule")

    def _row(self, node: GraphNode, step: Step, inputs: Sequence[TfValue]) -> list[TfValue]:
        reads = [one.name for one in inputs if one.name is not None]
        for name in reads:  # under our own names, which the builder asks for
            self.builder.values.setdefault(name, name)
        many = 1 if step.output_shapes is None else max(len(step.output_shapes), 1)
        makes = [f"{len(self.builder.layers)}#{i}" for i in range(many)]
        self.builder.step(node.name, node.op, step, reads, makes)
        names = [self.builder.value(one) for one in makes]
        return [TfValue(self.builder.shapes[name], name) for name in names]

    # -------------------------------------------------------------- functions

    def _called(self, name: str, inputs: list[TfValue], depth: int) -> list[TfValue]:
        """What a function returns: its nodes once more, at this place."""
        function = self.graph.functions.get(name)
        if function is None:
            raise FormatError(f"it calls '{name[:80]}', which is no function of the file")
        if depth >= NESTING:
            raise LimitError(f"functions call each other more than {NESTING} deep")
        if len(inputs) != len(function.arguments):
            raise FormatError(f"'{name[:80]}' takes {len(function.arguments)} values, not {len(inputs)}")
        scope = _Scope(function.nodes, dict(zip(function.arguments, inputs, strict=True)), depth + 1, name)
        return [self._wanted(scope, one) for one in function.returns]

    def _branching(self, node: GraphNode, call: TfCall) -> Step:
        """A choice or a loop: nothing, where nothing in what it runs can multiply."""
        names = [node.function(one) for one in _BRANCHES[node.op]]
        roles = dict.fromkeys(range(len(call.inputs)), "weight")
        stated = [_known(one) for one in node.shapes("output_shapes") or node.shapes("_output_shapes")]
        if not all(names) or any(self._contracts(one) for one in names):
            why = f"{node.op} runs functions of the file, how often depends on the data"
            step = call.unknown(why)
            return Step("operation", step.attributes, step.tensors, output_shapes=stated or (Unknown(why),))
        missing = Unknown(f"the file does not state what '{node.op}' makes")
        return Step("elementwise", {}, call.tensors(roles), output_shapes=stated or (missing,))

    def _contracts(self, name: str) -> bool:
        """Whether anything in a function, or in what it calls, multiplies and accumulates, or may."""
        seen, waiting = set[str](), [name]
        while waiting:
            here = waiting.pop()
            if here in seen:
                continue
            seen.add(here)
            function = self.graph.functions.get(here)
            if function is None or self._contracting.get(here):
                return True
            for node in function.nodes:
                if node.op in CALLS or node.op in _BRANCHES:
                    waiting += [node.function(key) for key in (("f",) if node.op in CALLS else _BRANCHES[node.op])]
                elif node.op in self.graph.functions:
                    waiting.append(node.op)
                elif _multiplies(node.op):
                    self._contracting[here] = True
                    return True
        return False

    # -------------------------------------------------------------- what is stored

    def _feed(self, node: GraphNode) -> TfValue:
        called, stated = self._inputs.get(node.name, (node.name, None))
        sizes = node.shape("shape") or stated
        if sizes is None and node.shapes("_output_shapes"):
            sizes = node.shapes("_output_shapes")[0]
        shape = _known(sizes) if sizes is not None else None
        given = called in self.builder.given or "" in self.builder.given
        if not given and sizes is not None and sizes[:1] == (None,):
            shape = (1, *shape[1:]) if isinstance(shape, tuple) else shape
            self.assumed.append(f"dimension 0 of input '{called[:80]}' is the batch: 1")
        if given and sizes is not None:
            key = called if called in self.builder.given else ""
            stated_rank, own = len(sizes), self.builder.given[key]
            if isinstance(own, tuple) and len(own) == stated_rank - 1:
                self.builder.given[key] = (1, *own)
        dtype = node.dtype("dtype")
        self.builder.feed(called, shape, dtype if dtype not in ("string", "resource") else None)
        name = self.builder.value(called)
        return TfValue(self.builder.shapes[name], name)

    def _constant(self, node: GraphNode, scope: _Scope) -> TfValue:
        held = node.tensor("value")
        if held is None:
            raise FormatError("a constant without its value")
        numbers = held.numbers
        if numbers is None and self._numbers is not None and held.dtype in ("int32", "int64"):
            numbers = self._numbers(node.name)
        place = place_of(node.name, scope.function)
        self.read.add(place)
        return TfValue(held.shape, None, TfStored(node.name, held.shape, held.dtype, False, place), numbers)

    def _variable(self, node: GraphNode) -> TfValue:
        """A variable: of TensorFlow 2 a handle that bears its shape; one, whoever makes its handle."""
        name = node.text("shared_name") or node.name
        shape = _known(node.shape("shape"))
        if isinstance(shape, Unknown) or any(isinstance(size, Unknown) for size in shape):
            return TfValue(shape)
        whole = tuple([size for size in shape if isinstance(size, int)])
        stored = TfStored(name, whole, node.dtype("dtype") or "unknown", True)
        return TfValue(shape, None, self._variables.setdefault(name, stored))

    def _own(self, stored: TfStored, role: str) -> Tensor | None:
        """The tensor of a stored value, for the first row that reads it."""
        if stored.place in self._owned:
            return None
        self._owned.add(stored.place)
        return self._owner(stored, role)


def _multiplies(op: str) -> bool:
    """Whether an operator contracts something, or nobody knows that it does not."""
    from netledger.sources.graphdef.reshaping import SHAPES

    harmless = op in SHAPES or op in HARMLESS or op in _PLAIN
    return not harmless


_PLAIN = frozenset(
    ("Const", "Placeholder", "NoOp", "Assert", "IdentityN", "Identity", "ReadVariableOp", *VARIABLES, "Relu", "Relu6",
     "Elu", "Selu", "Sigmoid", "Tanh", "LeakyRelu", "Softplus", "Softsign", "Softmax", "BiasAdd", "Gather", "GatherV2",
     "ResourceGather", "MaxPool", "AvgPool", "FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
)  # fmt: skip
"""Operators with a rule of their own that contract nothing."""


def _known(sizes: Sizes | None) -> Shape:
    if sizes is None:
        return Unknown("the file states no shape for it")
    why = Unknown("the file leaves this size open: give it with --input")
    return tuple([why if size is None else size for size in sizes])


def _tensor(stored: TfStored, role: str) -> Tensor:
    """A constant or variable as a tensor; a whole number that a variable holds is no weight."""
    if stored.dtype not in FLOATS and role in ("weight", "bias") and stored.variable:
        role = "buffer"
    return Tensor(stored.place, role, stored.shape, stored.dtype, storage=stored.place)


def results_of(graph: TfGraph) -> list[str]:
    """The nodes that nobody reads, but for constants, variables and what only has effects."""
    read = {split_reference(one)[0] for node in graph.nodes for one in node.inputs}
    idle = ("Const", "NoOp", "Placeholder", "Assert", *VARIABLES)
    return [node.name for node in graph.nodes if node.name not in read and node.op not in idle]
