"""Programs of ``torch.export`` (``.pt2``): their operators with the shapes that were recorded, and what they multiply.

Source: ``torch/_export/serde/schema.py`` (``ExportedProgram``); the JSON is read as data, nothing is loaded by PyTorch.
"""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.limits import LAYERS, MAX_DIMENSION, NAME_BYTES, RANK
from netledger.network import Network, elements_of
from netledger.sources.exported.products import HANDED_ON, PRODUCTS, AtenNode, unfollowed
from netledger.sources.stated_graph import StatedGraph, kind_of
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.network import Dim, Shape, Tensor

_SPECS = ("parameter", "buffer", "tensor_constant")


def network_of(data: Any, tensors: Sequence[Tensor], name: str, stored: dict[str, int]) -> Network:
    """The network of a program's JSON, with the tensors that the archive lists."""
    program = ProgramImporter(data, tensors)
    outputs = program.run()
    held = [elements_of(tensor.shape) for tensor in _once(tensors)]
    known = [count for count in held if isinstance(count, int)]
    there = {"elements": sum(known)} if len(known) == len(held) else {}
    version = data.get("torch_version") if isinstance(data, dict) else None
    source = f"torch.export program of PyTorch {version}" if isinstance(version, str) and len(version) < 40 else None
    return Network(
        name, program.layers, source=source or "torch.export program", batched=True, outputs=outputs,
        assumed=tuple(dict.fromkeys(program.assumed)),
        meta={"format": "exported", "tensors": len(tensors), "stored": {**there, **stored}},
    )  # fmt: skip


def _once(tensors: Sequence[Tensor]) -> list[Tensor]:
    found: dict[str, Tensor] = {}
    for i, tensor in enumerate(tensors):
        found.setdefault(tensor.storage or f"its own, {i}", tensor)
    return list(found.values())


class ProgramImporter(StatedGraph):
    """What is known of a program while its nodes are followed."""

    def __init__(self, data: Any, tensors: Sequence[Tensor]) -> None:
        super().__init__()
        module = _object(_object(data, "graph_module"), "graph_module")
        self.graph = _object(module.get("graph"), "graph")
        self.signature = _object(module.get("signature"), "signature")
        self.tensors = {tensor.name: tensor for tensor in tensors}
        self._values = _object(self.graph.get("tensor_values"), "tensor_values")
        self._held: dict[str, tuple[Tensor, ...]] = {}
        self._booked = set[str]()

    def run(self) -> tuple[str, ...]:
        """Book every node, and every tensor; the names of what is returned."""
        self._inputs()
        nodes = self.graph.get("nodes")
        if not isinstance(nodes, list):
            raise FormatError("a program without nodes")
        if len(nodes) > LAYERS:
            raise LimitError(f"{len(nodes):,} nodes, more than {LAYERS:,}")
        for node in nodes:
            self._node(_object(node, "node"))
        self.set_aside("stored", [tensor for name, tensor in self.tensors.items() if name not in self._booked])
        return self.returned([_tensor_named(one) for one in _list(self.graph.get("outputs"))])

    def _inputs(self) -> None:
        for spec in _list(self.signature.get("input_specs")):
            for kind, said in spec.items() if isinstance(spec, dict) else ():
                said = said if isinstance(said, dict) else {}
                argument = said.get("arg")
                plain = argument.get("name") if isinstance(argument, dict) else None
                value = plain if kind in _SPECS else _tensor_named(argument)
                if not isinstance(value, str):
                    continue
                if kind in _SPECS:
                    owner = said.get("parameter_name") or said.get("buffer_name") or said.get("tensor_constant_name")
                    self._held[value] = (
                        (self.tensors[owner],) if isinstance(owner, str) and owner in self.tensors else ()
                    )
                elif kind == "user_input":
                    self.feed(value, value, self._shape(value))

    # -------------------------------------------------------------- one node

    def _node(self, node: dict[str, Any]) -> None:
        target = node.get("target")
        if not isinstance(target, str) or len(target) > NAME_BYTES:
            raise FormatError("a node without a target")
        made = [value for one in _list(node.get("outputs")) for value in _tensors_in(one)]
        arguments = {
            one["name"]: one.get("arg")
            for one in _list(node.get("inputs"))
            if isinstance(one, dict) and isinstance(one.get("name"), str)
        }
        reads = [value for one in arguments.values() for value in _tensors_in(one)]
        operator = target.removeprefix("torch.ops.aten.").partition(".")[0]
        stored = [tensor for value in reads for tensor in self._held.get(value, ())]
        flowing = [value for value in reads if value not in self._held]
        if not made or (operator in HANDED_ON and reads and not flowing):
            for value in made:
                self._held[value] = tuple(stored)
            return
        shapes = [self._shape(value) for value in made]
        own = tuple(dict.fromkeys(stored))
        self._booked.update([tensor.name for tensor in own])
        self.step(
            _path_of(node, made[0], bool(own)), target.removeprefix("torch.ops.").removesuffix(".default"),
            self._kind(operator, target, AtenNode(arguments, self._shape, shapes)), flowing, made, own,
            input_shapes=[self._shape(value) for value in flowing], output_shapes=shapes,
            neurons="conv" in operator or (operator in _DENSE and bool(own)),
        )  # fmt: skip

    def _kind(self, operator: str, target: str, node: AtenNode) -> tuple[str, dict[str, object]]:
        rule = PRODUCTS.get(operator) if target.startswith("torch.ops.aten.") else None
        if rule is not None:
            return kind_of(target, rule(node))
        return kind_of(target, None, unfollowed(operator, target))

    def _shape(self, value: str) -> Shape:
        """The shape that was recorded; a size that may vary has that of the example, which is said."""
        stated = self._values.get(value)
        sizes = stated.get("sizes") if isinstance(stated, dict) else None
        if not isinstance(sizes, list) or len(sizes) > RANK:
            return Unknown(f"no shape was recorded for '{value[:60]}'")
        return tuple([self._size(size) for size in sizes])

    def _size(self, size: Any) -> Dim:
        size = size if isinstance(size, dict) else {}
        whole = size.get("as_int")
        if "as_expr" in size and isinstance(size["as_expr"], dict):
            expression, hint = size["as_expr"].get("expr_str"), size["as_expr"].get("hint")
            whole = hint.get("as_int") if isinstance(hint, dict) else None
            name = str(expression)[:80].removeprefix("Symbol('").partition("'")[0]
            if type(whole) is int and name.isidentifier() and len(self.assumed) < 64:
                self.assumed.append(f"{name} is {whole:,}, as in the example that was exported")
            if whole is None:
                return Unknown(f"size '{str(expression)[:40]}' is left open")
        if type(whole) is not int or not 0 <= whole <= MAX_DIMENSION:
            raise FormatError(f"a size that cannot be: {str(size)[:60]}")
        return whole


_DENSE = frozenset(("linear", "addmm", "mm"))


def _object(data: Any, what: str) -> dict[str, Any]:
    """A JSON object, or that of the key ``what`` in one."""
    inner = data.get(what) if isinstance(data, dict) and what in data else data
    if not isinstance(inner, dict):
        raise FormatError(f"a program whose {what} is no object")
    return inner


def _list(data: Any) -> list[Any]:
    return data if isinstance(data, list) else []


def _tensor_named(argument: Any) -> str | None:
    inner = argument.get("as_tensor") if isinstance(argument, dict) else None
    name = inner.get("name") if isinstance(inner, dict) else None
    return name if isinstance(name, str) else None


def _tensors_in(argument: Any) -> list[str]:
    """The tensors that an argument names: one, or a list of them."""
    one = _tensor_named(argument)
    if one is not None:
        return [one]
    several = argument.get("as_tensors", argument.get("as_optional_tensors")) if isinstance(argument, dict) else None
    found = []
    for item in several if isinstance(several, list) else ():
        name = _tensor_named(item) or (item.get("name") if isinstance(item, dict) else None)
        if isinstance(name, str):
            found.append(name)
    return found


def _path_of(node: dict[str, Any], value: str, owns: bool) -> str:
    """The module that a node with stored tensors stands in, as its trace says; else the name of what it makes."""
    metadata = node.get("metadata")
    stack = metadata.get("nn_module_stack") if isinstance(metadata, dict) else None
    if not owns or not isinstance(stack, str):
        return value
    parts = stack[-NAME_BYTES:].split(";")[-1].split(",")
    return parts[1] if len(parts) == 3 and parts[1] else value
