"""From a TFLite file's graphs to layers: sizes left open are worked out or Unknown, stored tensors get their roles."""

from __future__ import annotations

from netledger.dtypes import BITS, bytes_of
from netledger.errors import FormatError, NetledgerError
from netledger.network import Tensor, elements_of
from netledger.sources.stated_graph import StatedGraph, kind_of
from netledger.sources.tflite.products import HARMLESS, NEURONS, PRODUCTS, ROLES, SUBGRAPHS, UNFOLLOWED, TfliteNode
from netledger.sources.tflite.schema import OPERATORS
from netledger.sources.worked_out import is_grid, is_worked_out
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Shape
    from netledger.sources.tflite.schema import Subgraph, TfliteModel, TfliteOperation, TfliteValue

_HANDED_ON = frozenset(("DEQUANTIZE", "DENSIFY", "QUANTIZE", "CAST"))
"""Operators whose output, of a stored input, is that stored tensor in another form."""
_COUNTED_OUT = frozenset(
    "WHERE UNIQUE RANGE NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 GATHER GATHER_ND TRANSPOSE SHAPE RANK FILL "
    "BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND STRIDED_SLICE SLICE TILE BROADCAST_TO PACK UNPACK EXPAND_DIMS".split()
)
"""Operators whose first size is not that of their input."""
_FLOATS = frozenset(("float32", "float16", "float64", "bfloat16", "complex64", "complex128"))
_INTEGERS = frozenset(("int8", "uint8", "int4", "uint4", "int2", "int16", "int32", "int64"))
"""What quantised values are kept in: biases of layers that read sixteen bits have 64."""


_COMBINING = frozenset("ADD SUB MUL DIV CONCATENATION MAXIMUM MINIMUM SELECT SELECT_V2".split())
"""Operators beside which masks, tables of positions and grids stand."""


class TfliteImporter(StatedGraph):
    """What is known of one file while its first graph is followed."""

    def __init__(self, model: TfliteModel) -> None:
        super().__init__()
        self.model = model
        self.notes: list[str] = []
        self.owned: set[str] = set()
        self._batched = False
        self._weighs: dict[int, bool] = {}

    def run(self) -> tuple[str, ...]:
        """Book the first graph and every stored tensor; the names of what it returns."""
        graph = self.model.subgraphs[0]
        shapes: dict[int, Shape] = {}
        held: dict[int, TfliteValue] = {}
        self._feed(graph, shapes)
        for operation in graph.operations:
            try:
                self._apply(operation, graph, shapes, held)
            except NetledgerError as error:
                raise error.at(item=_label(operation, graph), byte=operation.at) from None
        self._book_the_rest()
        return self.returned(graph.outputs)

    # -------------------------------------------------------------- shapes

    def _feed(self, graph: Subgraph, shapes: dict[int, Shape]) -> None:
        for index in dict.fromkeys(graph.inputs):
            if index < 0:
                continue
            value = graph.tensors[index]
            shape = self._stated(value)
            if value.shape[:1] == (None,) and isinstance(shape, tuple):
                self._batched = True
                self.assumed.append(f"dimension 0 of input '{value.name}' is the batch: 1")
                shape = (1, *shape[1:])
            shapes[index] = shape
            self.feed(index, value.name or "input", shape, _dtype(value))

    def _stated(self, value: TfliteValue) -> Shape:
        """The shape that the file states, with Unknown for sizes that it leaves open."""
        if not value.ranked:
            return () if value.stored is not None else Unknown(f"the file states no shape for '{value.name}'")
        why = Unknown(f"the file leaves a size of '{value.name}' open")
        return tuple([why if size is None else size for size in value.shape])

    def _made(self, value: TfliteValue, operation: TfliteOperation, read: Shape | None) -> Shape:
        """The shape of an output; a size left open that follows from the input's is worked out."""
        shape = self._stated(value)
        if isinstance(shape, Unknown) or read is None or isinstance(read, Unknown):
            return shape
        missing = [i for i, size in enumerate(shape) if isinstance(size, Unknown)]
        if len(missing) != 1:
            return shape
        place = missing[0]
        if operation.name in ("RESHAPE", "SQUEEZE"):
            whole, rest = elements_of(read), elements_of([*shape[:place], *shape[place + 1 :]])
            if isinstance(whole, int) and isinstance(rest, int) and rest and whole % rest == 0:
                return (*shape[:place], whole // rest, *shape[place + 1 :])
            return shape
        plain = operation.name in OPERATORS and operation.name not in (*_COUNTED_OUT, *SUBGRAPHS, *UNFOLLOWED)
        same = len(shape) == len(read) or operation.name in ("MEAN", "FULLY_CONNECTED")
        if place == 0 and self._batched and plain and same and read and isinstance(read[0], int) and read[0] == 1:
            return (read[0], *shape[1:])
        return shape

    # -------------------------------------------------------------- one operator

    def _apply(
        self, operation: TfliteOperation, graph: Subgraph, shapes: dict[int, Shape], held: dict[int, TfliteValue]
    ) -> None:
        stored = {i: self._stored(index, graph, held) for i, index in enumerate(operation.inputs) if index >= 0}
        first = stored.get(0)
        if operation.name in _HANDED_ON and first is not None and operation.outputs and operation.outputs[0] >= 0:
            held[operation.outputs[0]] = first
            shapes[operation.outputs[0]] = tuple([size if size is not None else 0 for size in first.shape])
            return
        inputs: list[Shape | None] = []
        for index in operation.inputs:
            known = shapes.get(index) if index >= 0 else None
            inputs.append(known if known is not None or index < 0 else self._stated(graph.tensors[index]))
        flowing = [i for i, index in enumerate(operation.inputs) if index >= 0 and stored[i] is None]
        read = inputs[flowing[0]] if flowing else None
        made = [index for index in operation.outputs if index >= 0]
        outputs = [self._made(graph.tensors[index], operation, read) for index in made]
        shapes.update(zip(made, outputs, strict=True))
        self.step(
            _path_of(operation, graph), operation.name, self._kind(operation, TfliteNode(operation, inputs, outputs)),
            [operation.inputs[i] for i in flowing], made, self._tensors(operation, stored),
            input_shapes=[shape for i in flowing if (shape := inputs[i]) is not None], output_shapes=outputs,
            neurons=operation.name in NEURONS, dtype=_dtype(graph.tensors[made[0]]) if made else None,
        )  # fmt: skip

    def _stored(self, index: int, graph: Subgraph, held: dict[int, TfliteValue]) -> TfliteValue | None:
        """The stored tensor that an input is, or was made of."""
        value = graph.tensors[index]
        return value if value.stored is not None else held.get(index)

    def _kind(self, operation: TfliteOperation, node: TfliteNode) -> tuple[str, dict[str, object]]:
        """Netledger's kind: what is contracted by the shapes, nothing, or nobody knows what."""
        rule = PRODUCTS.get(operation.name)
        if rule is not None:
            return kind_of(operation.name, rule(node))
        return kind_of(operation.name, None, self._unfollowed(operation))

    def _unfollowed(self, operation: TfliteOperation) -> str | None:
        """Why nobody can say what an operator multiplies; nothing where it multiplies nothing."""
        if operation.name in SUBGRAPHS:
            runs = [operation.option(field, 4) for field in SUBGRAPHS[operation.name]]
            if any(not 0 <= number < len(self.model.subgraphs) for number in runs):
                raise FormatError(f"it runs a graph that is none of the {len(self.model.subgraphs):,}")
            if any(self._contracts(number, set()) for number in runs):
                return f"{operation.name} runs other graphs of the file, how often depends on the data"
            return None
        if operation.name in HARMLESS:
            return None
        if operation.custom or operation.name in UNFOLLOWED or operation.name not in OPERATORS:
            return f"operator '{operation.name}' has no rule"
        return None

    def _contracts(self, number: int, seen: set[int]) -> bool:
        """Whether anything in a graph, or in those that it runs, multiplies and accumulates."""
        if number in self._weighs:
            return self._weighs[number]
        waiting = [number]
        while waiting:
            here = waiting.pop()
            if here in seen or not 0 <= here < len(self.model.subgraphs):
                continue
            seen.add(here)
            for operation in self.model.subgraphs[here].operations:
                name = operation.name
                if name in SUBGRAPHS:
                    waiting += [operation.option(field, 4) for field in SUBGRAPHS[name]]
                elif name in PRODUCTS or name in UNFOLLOWED or (
                    name not in HARMLESS and (operation.custom or name not in OPERATORS)
                ):  # fmt: skip
                    self._weighs[number] = True
                    return True
        self._weighs[number] = False
        return False

    # -------------------------------------------------------------- stored tensors

    def _tensors(self, operation: TfliteOperation, stored: dict[int, TfliteValue | None]) -> tuple[Tensor, ...]:
        found: dict[str, Tensor] = {}
        for i, value in stored.items():
            if value is None or value.stored is None or value.storage in found:
                continue
            role = self._role(operation.name, i, value)
            if role == "constant" and (value.dtype not in _FLOATS or elements_of(_sizes(value)) == 1):
                self.owned.add(value.storage)
                continue
            found[value.storage] = self._tensor(value, role)
        return tuple(found.values())

    def _role(self, operator: str, index: int, value: TfliteValue) -> str:
        """What a stored tensor is; what is added or multiplied was worked out where its numbers show it."""
        role = role_of(operator, index, value)
        if role != "weight" or operator not in _COMBINING or value.stored is None or value.sparse:
            return role
        numbers, sizes = value.stored.numbers(self.model.source, value.dtype), _sizes(value)
        return "constant" if numbers and (is_worked_out(numbers, sizes) or is_grid(numbers, sizes)) else role

    def _tensor(self, value: TfliteValue, role: str) -> Tensor:
        assert value.stored is not None
        self.owned.add(value.storage)
        dense = value.dtype in BITS and not value.sparse
        exact = dense and bytes_of(int(elements_of(_sizes(value))), value.dtype) == value.stored.nbytes
        return Tensor(
            value.name, role, _sizes(value), value.dtype, storage=value.storage,
            nbytes=None if exact else value.stored.nbytes,
        )  # fmt: skip

    def _book_the_rest(self) -> None:
        """Stored tensors that no operator of the first graph reads: initial states, what other graphs hold."""
        changed = any(one.name == "ASSIGN_VARIABLE" for one in self.model.subgraphs[0].operations)
        rest: list[Tensor] = []
        run = self._run_by_others()
        for number, graph in enumerate(self.model.subgraphs):
            role = {}
            for one in graph.operations:
                for i, index in enumerate(one.inputs):
                    if index >= 0:
                        state = changed and one.name == "ASSIGN_VARIABLE"
                        role[index] = "state" if state else self._role(one.name, i, graph.tensors[index])
            for index, value in enumerate(graph.tensors):
                if value.stored is None or value.storage in self.owned:
                    continue
                learned = value.dtype in _FLOATS or (value.quantised and value.dtype in _INTEGERS)
                own = role.get(index, "parameter" if learned else "constant")
                if own == "constant" and (value.dtype not in _FLOATS or elements_of(_sizes(value)) == 1):
                    self.owned.add(value.storage)
                    continue
                rest.append(self._tensor(value, own))
            if number and graph.operations and number not in run:
                self.notes.append(f"another entry, '{graph.name or number}', shares the file; its MACs are not counted")
        self.set_aside("stored", rest)

    def _run_by_others(self) -> set[int]:
        """The graphs that are no entries of their own."""
        operations = [one for graph in self.model.subgraphs for one in graph.operations if one.name in SUBGRAPHS]
        return {one.option(field, 4) for one in operations for field in SUBGRAPHS[one.name]}


def role_of(operator: str, index: int, value: TfliteValue) -> str:
    """What a stored tensor is to the operator that reads it: learned only where it stands for real numbers."""
    known = ROLES.get(operator, {}).get(index)
    if known in ("state", "constant"):
        return known
    if known is not None and (value.dtype in _FLOATS or value.dtype in _INTEGERS):
        return known
    if value.dtype not in _FLOATS and not (value.quantised and value.dtype in _INTEGERS):
        return "constant"
    return "constant" if elements_of(_sizes(value)) == 1 else "weight"


def _sizes(value: TfliteValue) -> tuple[int, ...]:
    return tuple([size or 0 for size in value.shape])


def _dtype(value: TfliteValue) -> str | None:
    return value.dtype if value.dtype in BITS else None


def _path_of(operation: TfliteOperation, graph: Subgraph) -> str:
    """The first of the names that a converter joined for what an operator makes."""
    made = [index for index in operation.outputs if index >= 0]
    return (graph.tensors[made[0]].name.split(";")[0] if made else "") or operation.name.lower()


def _label(operation: TfliteOperation, graph: Subgraph) -> str:
    return f"{operation.name} '{_path_of(operation, graph)}'"
