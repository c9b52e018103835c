"""Nodes that hold other nodes: functions of the model's own, ``If``, ``Loop``, ``Scan`` and ``SequenceMap``."""

from __future__ import annotations

from netledger.errors import FormatError, LimitError, ShapeError
from netledger.network import LEARNED_ROLES, elements_of
from netledger.sources.onnx.layers import LayerRow, as_tensor, cost, merged, not_followed, role_of
from netledger.sources.onnx.ops import holds_arrays
from netledger.sources.onnx.ops.generators import attribute_tensor
from netledger.sources.onnx.schema import Graph
from netledger.sources.onnx.scope import Scope
from netledger.sources.onnx.stored.attributes import book_arrays
from netledger.sources.onnx.values import Op, Result, Value
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Dim, Shape, Tensor
    from netledger.sources.onnx.importer import Importer
    from netledger.sources.onnx.schema import Function, OnnxNode


def call(importer: Importer, op: Op, function: Function, scope: Scope) -> None:
    """A call of a model's own function: its nodes take the place of the call."""
    node = op.node
    label = node.name or (node.outputs[0] if node.outputs else node.op)
    inner = Scope(function.opsets or importer.opsets, f"{scope.prefix}{label}/", None, scope.depth + 1)
    bound = {name: values for name in function.attributes if (values := op.attribute(name)) is not None}
    for name, attribute in function.defaults.items():
        bound[name] = op.attribute(name) or attribute.values()
    inner.bound = bound
    for i, name in enumerate(function.inputs):
        value = op.value(i)
        inner.values[name] = value if value is not None else Value(Unknown("an input is left out"))
    importer.run(function.nodes, inner)
    for name, inside in zip(node.outputs, function.outputs, strict=False):
        if name:
            found = inner.find(inside)
            if found is None:
                raise FormatError(f"the function '{function.key}' does not compute its output '{inside}'").at(
                    byte=node.at
                )
            scope.put(name, found, node.at)


def check_recursion(importer: Importer, nodes: list[OnnxNode]) -> None:
    """A function that leads back to itself is a ``FormatError``; the nodes that all calls expand to are bounded."""
    if not importer.functions:
        return
    calls = {
        key: [(node.key, node.call.overload) for node in function.nodes] for key, function in importer.functions.items()
    }
    sizes: dict[tuple[str, str], int] = {}
    for start in calls:
        waiting = [(start, False)]
        entered: set[tuple[str, str]] = set()
        while waiting:
            key, done = waiting.pop()
            if done:
                entered.discard(key)
                sizes[key] = sum(1 + sizes.get(callee, 0) for callee in calls[key])
            elif key not in sizes and key not in entered:
                entered.add(key)
                waiting.append((key, True))
                for callee in set(calls[key]) & calls.keys():
                    if callee in entered:
                        raise FormatError(f"the function '{callee[0]}' calls itself")
                    waiting.append((callee, False))
    importer.left += 10 * sum(len(function.nodes) for function in importer.functions.values())
    expanded = sum(sizes.get((node.key, node.call.overload), 0) for node in nodes)
    if expanded > importer.left:
        raise LimitError(f"the functions of this model expand to {expanded:,} nodes, more than {importer.left:,}")


# ---------------------------------------------------------------------- bodies


def _inside(
    importer: Importer, op: Op, graph: Graph, scope: Scope, given: list[Value], label: str
) -> tuple[list[LayerRow], list[Value], Scope]:
    """A body run once with these inputs: its layers (not booked yet), its outputs."""
    name = op.node.name or (op.node.outputs[0] if op.node.outputs else op.node.op)
    inner = Scope(scope.opsets, f"{scope.prefix}{name}/{label}", scope, scope.depth + 1)
    inner.bound = scope.bound
    importer.load(graph, inner)
    for info, value in zip(graph.inputs, given, strict=False):
        inner.values[info.name] = value
    before = importer.rows
    rows: list[LayerRow] = []
    importer.rows = rows
    try:
        importer.run(graph.nodes, inner)
    finally:
        importer.rows = before
    outputs = []
    for info in graph.outputs:
        found = inner.find(info.name)
        if found is None:
            raise FormatError(f"the body does not compute its output '{info.name}'").at(byte=op.node.at)
        outputs.append(found)
    return rows, outputs, inner


def _tensors(*parts: list[LayerRow]) -> tuple[Tensor, ...]:
    found = {tensor.storage: tensor for rows in parts for row in rows for tensor in row.layer.tensors}
    return tuple(found.values())


def _book(
    importer: Importer, op: Op, scope: Scope, outputs: list[Value], tensors: tuple[Tensor, ...], result: Result
) -> None:
    outputs = outputs[: len(op.node.outputs)]
    outputs += [Value(Unknown("the body gives no such output"))] * (len(op.node.outputs) - len(outputs))
    outputs = [Value(value.shape, value.dtype) for value in outputs]
    importer._define(op.node, outputs, scope)
    importer.emit(op, result, outputs, scope, tensors)


def if_(importer: Importer, op: Op, scope: Scope) -> None:
    """``If``: the branch taken where the condition is a constant; else both, Unknown unless they cost the same."""
    branches = [importer.subgraph(op, name, scope) for name in ("then_branch", "else_branch")]
    if any(branch is None for branch in branches):
        importer.unknown(op, scope, "If without its branches")
        return
    then, other = (branch for branch in branches if branch is not None)
    given = op.value(0)
    condition = None if given is None else given.const
    if condition is not None and len(condition) == 1 and not isinstance(condition[0], Unknown):
        chosen, left, name = (then, other, "else_branch") if condition[0] else (other, then, "then_branch")
        rows, outputs, _ = _inside(importer, op, chosen, scope, [], "")
        set_aside(importer, op, left, scope, name)
        importer.rows.extend(rows)
        for output, value in zip(op.node.outputs, outputs, strict=False):
            if output:
                scope.put(output, value, op.node.at)
        return
    parts = [_branch(importer, op, graph, scope, name) for graph, name in ((then, "then"), (other, "else"))]
    (rows_then, outputs_then), (rows_else, outputs_else) = (part or ([], []) for part in parts)
    shapes = [
        Value(_either(a.shape, b.shape, "the branches of an If differ"), a.dtype)
        for a, b in zip(outputs_then, outputs_else, strict=False)
    ]
    costs = cost(rows_then), cost(rows_else)
    result = Result(unknown="the branches of an If cost differently, and which is taken depends on the data")
    if None in parts:
        result = Result(unknown="a branch of an If does not fit what reaches it")
    elif isinstance(costs[0], int) and costs[0] == costs[1]:
        result = Result(terms=((("MACs of either branch", costs[0]),),) if costs[0] else ())
    _book(importer, op, scope, shapes, _tensors(rows_then, rows_else), result)


def _branch(
    importer: Importer, op: Op, graph: Graph, scope: Scope, name: str
) -> tuple[list[LayerRow], list[Value]] | None:
    """A branch that may be taken; ``None`` where it does not fit: its tensors are kept all the same."""
    try:
        rows, outputs, _ = _inside(importer, op, graph, scope, [], f"{name}/")
    except ShapeError:
        set_aside(importer, op, graph, scope, f"{name}_branch")
        return None
    return rows, outputs


def set_aside(importer: Importer, op: Op, graph: Graph, scope: Scope, name: str) -> None:
    """A graph that is not followed: what it stores is booked by the operators that would read it; nothing is computed.

    Its tensors are stored in the file and count as parameters; its MACs are not added to anything.
    """
    label = op.node.name or (op.node.outputs[0] if op.node.outputs else op.node.op)
    prefix = f"{scope.prefix}{label}/{'' if name.endswith('_branch') else name + '/'}"
    inner = Scope(scope.opsets, prefix, None, scope.depth + 1)
    inner.bound = scope.bound
    found: dict[str, Tensor] = {}
    _gather(importer, graph, inner, found)
    if not found:
        return
    importer.rows.append(not_followed(importer.names.take(f"{prefix}{name}"), tuple(found.values())))


def _gather(importer: Importer, graph: Graph, scope: Scope, found: dict[str, Tensor]) -> None:
    importer.load(graph, scope)
    for node in graph.nodes:
        importer.left -= 1
        if importer.left < 0:
            raise LimitError("functions and bodies expand to more nodes than netledger is willing to follow")
        op = Op(node, [scope.find(name) for name in node.inputs], scope.opsets.get(node.call.domain, 1), scope.bound)
        if node.key == "Constant":
            outputs = [Value.of(tensor) for tensor in (attribute_tensor(op, "value"),) if tensor is not None]
            for value in outputs:
                for tensor, _ in value.stored or ():
                    tensor.made = "Constant"
                    importer.register(tensor, scope)
        else:
            outputs = [Value(Unknown("it is not computed"), stored=merged(op, node.key))] * len(node.outputs)
        for index, read in enumerate(op.inputs):
            for item in (read.stored or ()) if read is not None else ():
                role = role_of(node.key, index, item)
                if role in LEARNED_ROLES or role in ("scale", "zero_point", "running_statistic"):
                    found.setdefault(item[0].storage, as_tensor(item[0], role, None))
        if holds_arrays(node.call):
            found.update({str(tensor.storage): tensor for tensor in book_arrays(importer, op, scope)})
        for name, value in zip(node.outputs, outputs, strict=False):
            scope.values.setdefault(name, value)
        for name, attribute in node.attributes.items():
            spans = attribute.values().get("g")
            if spans:
                body = Graph(attribute.cursor, spans, scope.depth + 1)
                _gather(importer, body, Scope(scope.opsets, f"{scope.prefix}{name}/", scope, scope.depth + 1), found)


def _either(a: Shape, b: Shape, reason: str) -> Shape:
    if isinstance(a, Unknown) or isinstance(b, Unknown) or len(a) != len(b):
        return Unknown(reason)
    return tuple([x if x == y else Unknown(reason) for x, y in zip(a, b, strict=True)])


def loop(importer: Importer, op: Op, scope: Scope) -> None:
    """``Loop``: the body's cost times the trip count, where that is a constant and nothing ends the loop early."""
    graph = importer.subgraph(op, "body", scope)
    if graph is None:
        importer.unknown(op, scope, "Loop without a body")
        return
    most, going = op.value(0), op.value(1)
    trips = None if most is None else most.const
    carried = [Value(value.shape, value.dtype) for value in op.inputs[2:] if value is not None]
    outer = [value for value in op.inputs[2:] if value is not None]
    for mine, theirs in zip(carried, outer, strict=True):
        mine.stored, mine.element = None, theirs.element
    condition = Value((), "bool", going.const if going is not None else (True,))
    rows, outputs, carried = _settled(importer, op, graph, scope, [Value((), "int64"), condition], carried, 1)
    ends = outputs[0] if outputs else None
    for_sure = ends is condition or (ends is not None and ends.const is not None and ends.const == (True,))
    starts = condition.const is not None and condition.const == (True,)
    count: Dim = Unknown("the trip count of the Loop depends on the data")
    if trips is not None and len(trips) == 1 and for_sure and starts:
        count = trips[0] if isinstance(trips[0], Unknown) else max(0, trips[0])
    elif condition.const == (False,) and going is not None:
        count = 0
    final = outputs[1 : 1 + len(carried)]
    merged = [
        Value(_either(a.shape, b.shape, "it changes from trip to trip"), b.dtype)
        for a, b in zip(carried, final, strict=False)
    ]
    stacked = [
        Value(value.shape if isinstance(value.shape, Unknown) else (count, *value.shape), value.dtype)
        for value in outputs[1 + len(carried) :]
    ]
    _book(importer, op, scope, merged + stacked, _tensors(rows), _repeated(count, cost(rows)))


def _settled(
    importer: Importer, op: Op, graph: Graph, scope: Scope, fixed: list[Value], carried: list[Value], skip: int
) -> tuple[list[LayerRow], list[Value], list[Value]]:
    """A body run until the shapes that it carries stay as they are; a size that changes is Unknown after that."""
    deep = scope.depth >= 3  # each level would multiply the work by three
    if deep:
        carried = [Value(Unknown("it changes from trip to trip"), value.dtype) for value in carried]
    rows, outputs, _ = _inside(importer, op, graph, scope, fixed + carried, "")
    for _ in range(0 if deep else 2):
        after = outputs[skip : skip + len(carried)]
        changed = [a.shape != b.shape for a, b in zip(carried, after, strict=False)]
        if not any(changed):
            break
        carried = [
            Value(_either(a.shape, b.shape, "it changes from trip to trip"), a.dtype)
            for a, b in zip(carried, after, strict=False)
        ]
        rows, outputs, _ = _inside(importer, op, graph, scope, fixed + carried, "")
    return rows, outputs, carried


def _repeated(count: Dim, once: int | Unknown) -> Result:
    if once == 0:
        return Result()
    return Result(terms=((("trips", count), ("MACs of the body", once)),))


def scan(importer: Importer, op: Op, scope: Scope) -> None:
    """``Scan``: the body's cost times the length of what is scanned."""
    graph = importer.subgraph(op, "body", scope)
    if graph is None:
        importer.unknown(op, scope, "Scan without a body")
        return
    first = 1 if op.version < 9 else 0
    values = [value for value in op.inputs[first:] if value is not None]
    many = int((op.attribute("num_scan_inputs") or {}).get("i", 0))
    if not 0 < many <= len(values):
        raise FormatError(f"Scan of {many} inputs, of {len(values)}").at(byte=op.node.at)
    states, scanned = values[: len(values) - many], values[len(values) - many :]
    leading = 0 if op.version >= 9 else 1  # the first version scanned a batch of sequences
    axes = _axes(op, "scan_input_axes") or (leading,) * many
    count: Dim = Unknown("the length scanned is not known")
    batch: tuple[Dim, ...] = ()
    slices = []
    for value, axis in zip(scanned, axes, strict=False):
        shape = value.shape
        if isinstance(shape, Unknown) or not -len(shape) <= axis < len(shape):
            slices.append(Value(Unknown("what is scanned has no known shape"), value.dtype))
            continue
        axis %= len(shape)
        count, batch = shape[axis], shape[:leading]
        slices.append(Value((*shape[leading:axis], *shape[axis + 1 :]), value.dtype))
    carried = [
        Value(value.shape if isinstance(value.shape, Unknown) else value.shape[leading:], value.dtype)
        for value in states
    ]
    rows, outputs, _ = _inside(importer, op, graph, scope, carried + slices, "")
    out_axes = _axes(op, "scan_output_axes") or (0,) * max(0, len(outputs) - len(states))
    stacked = []
    for value, axis in zip(outputs[len(states) :], out_axes, strict=False):
        shape = value.shape
        if isinstance(shape, Unknown):
            stacked.append(Value(shape, value.dtype))
            continue
        axis = axis % (len(shape) + 1) if -len(shape) - 1 <= axis <= len(shape) else 0
        stacked.append(Value((*batch, *shape[:axis], count, *shape[axis:]), value.dtype))
    final = [Value(value.shape, value.dtype) for value in states]
    _book(importer, op, scope, final + stacked, _tensors(rows), _repeated(elements_of((*batch, count)), cost(rows)))


def _axes(op: Op, name: str) -> tuple[int, ...]:
    return tuple((op.attribute(name) or {}).get("ints", ()))


def sequencemap(importer: Importer, op: Op, scope: Scope) -> None:
    """``SequenceMap``: the body for each part of a sequence, whose length is not known."""
    graph = importer.subgraph(op, "body", scope)
    if graph is None:
        importer.unknown(op, scope, "SequenceMap without a body")
        return
    parts = [Value(Unknown("the parts of a sequence have no known shape"), value.dtype) for value in op.inputs if value]
    rows, outputs, _ = _inside(importer, op, graph, scope, parts, "")
    sequences = [Value(Unknown("a sequence has no shape"), value.dtype) for value in outputs]
    _book(importer, op, scope, sequences, _tensors(rows), _repeated(Unknown("the length of a sequence"), cost(rows)))


BODIES = {"If": if_, "Loop": loop, "Scan": scan, "SequenceMap": sequencemap}
