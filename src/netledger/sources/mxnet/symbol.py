"""An MXNet symbol's JSON: nodes that read outputs of earlier nodes, their attributes as text.

Source: ``nnvm/src/pass/saveload_json.cc``; attributes stand under ``attrs``, ``attr`` or ``param`` by MXNet's age.
"""

from __future__ import annotations

from netledger.errors import FormatError, LimitError, NetledgerError
from netledger.limits import LAYERS, MAX_DIMENSION, NAME_BYTES, RANK
from netledger.network import Layer, Tensor
from netledger.sources.graph_builder import GraphBuilder, Step
from netledger.sources.mxnet.alone import completed
from netledger.sources.mxnet.operators import OPERATORS, PARAMETERS
from netledger.sources.mxnet.params import role_of_name
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from netledger.network import Shape
    from netledger.sources.mxnet.params import MxnetArray

_PARAMETER_ENDS = (
    "_weight", "_bias", "_gamma", "_beta", "_moving_mean", "_moving_var", "_running_mean", "_running_var",
    "_parameters",
)  # fmt: skip
_LABELS = ("_label",)


class MxnetNode:
    """One node while its operator is looked at: its attributes, and the shapes that it reads."""

    __slots__ = ("attributes", "builder", "flowing", "inputs", "made", "name", "op", "parameters")

    def __init__(self, builder: SymbolReader, data: Any, made: int) -> None:
        if not isinstance(data, dict) or not isinstance(data.get("op"), str) or not isinstance(data.get("name"), str):
            raise FormatError("a node without its operator or its name")
        self.op, self.name, self.builder, self.made = data["op"], data["name"], builder, made
        if max(len(self.op), len(self.name)) > NAME_BYTES:
            raise LimitError(f"a name of more than {NAME_BYTES:,} bytes")
        held = {**_attributes(data, "param"), **_attributes(data, "attr"), **_attributes(data, "attrs")}
        self.attributes: dict[str, str] = held
        inputs = data.get("inputs", [])
        if not isinstance(inputs, list) or not all(_is_entry(one) for one in inputs):
            raise FormatError("inputs that are no outputs of nodes").at(item=self.name[:120])
        self.inputs = [(one[0], one[1]) for one in inputs]
        self.parameters: list[str] = []
        self.flowing: list[str] = []

    @property
    def reads(self) -> int:
        """How many values flow into it."""
        return len(self.flowing)

    def shape(self, place: int = 0) -> Shape:
        """The shape of what it reads."""
        if place >= len(self.flowing):
            raise FormatError(f"input {place} is missing")
        return self.builder.shape(self.flowing[place])

    def width(self) -> Any:
        """The second size of its matrix, where that is stored."""
        found = [self.builder.arrays[name].shape for name in self.parameters if name in self.builder.arrays]
        return found[0][1] if found and len(found[0]) == 2 else Unknown("its input is not known")

    def stored(self, frozen: str = "") -> list[Tensor]:
        """What is stored of its parameters; ``frozen`` is the end of a name that is not trained."""
        return self.builder.take(self.parameters, frozen)

    def text(self, name: str, default: str) -> str:
        """An attribute as it is written."""
        return self.attributes.get(name, default)

    def truth(self, name: str, default: bool = False) -> bool:
        """An attribute as a yes or no."""
        return self.attributes[name] in ("True", "true", "1") if name in self.attributes else default

    def whole(self, name: str, default: int) -> int:
        """An attribute as a whole number."""
        text = self.attributes.get(name, "None").strip()
        return default if text in ("None", "") else _number(text, name)

    def several(self, name: str) -> tuple[int, ...]:
        """An attribute as a row of whole numbers: ``(3, 3)``, ``[3,3]`` or one number; empty where it is not there."""
        text = self.attributes.get(name, "").strip()
        inner = text.strip("()[]")
        words = [word.strip().rstrip("L") for word in inner.split(",") if word.strip()] if text != "None" else []
        if len(words) > RANK:
            raise LimitError(f"{name}: {len(words):,} numbers, more than {RANK}")
        return tuple([_number(word, name) for word in words])

    def sizes(self, name: str, count: int, default: int) -> tuple[int, ...]:
        """An attribute as so many whole numbers."""
        found = self.several(name) or (default,) * count
        if len(found) != count:
            raise FormatError(f"{name}: {len(found)} numbers where {count} are wanted")
        return found


def _attributes(data: dict[str, Any], key: str) -> dict[str, str]:
    held = data.get(key) or {}
    if not isinstance(held, dict) or not all(isinstance(value, str) for value in held.values()):
        raise FormatError(f"'{key}' holds no texts")
    return held


def _is_entry(one: Any) -> bool:
    return isinstance(one, list) and len(one) in (2, 3) and all(type(part) is int and part >= 0 for part in one)


def _number(text: str, name: str) -> int:
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 19 or int(digits) > MAX_DIMENSION:
        raise FormatError(f"{name[:60]}: '{text[:40]}' is no whole number")
    return int(text)


class SymbolReader(GraphBuilder):
    """What is known of a symbol while its nodes are followed; ``arrays`` are the stored ones, if there are any."""

    def __init__(self, data: Any, arrays: Mapping[str, MxnetArray], given: Mapping[str, Shape]) -> None:
        super().__init__(batched=True, given={name: _with_batch(shape) for name, shape in given.items()})
        nodes, heads = data.get("nodes"), data.get("heads")
        if not isinstance(nodes, list) or not isinstance(heads, list) or not nodes:
            raise FormatError("a symbol without nodes or heads")
        if len(nodes) > LAYERS:
            raise LimitError(f"{len(nodes):,} nodes, more than {LAYERS:,}")
        self.arrays = arrays
        self.nodes, self.heads = nodes, [one for one in heads if _is_entry(one)]
        self.taken = set[str]()
        self._variables: dict[int, MxnetNode] = {}

    def run(self) -> tuple[str, ...]:
        """Book every node, and every stored array; the names of what is returned."""
        made = self._made()
        for number, data in enumerate(self.nodes):
            node = MxnetNode(self, data, made[number])
            try:
                if node.op == "null":
                    self._variables[number] = node
                else:
                    self._node(number, node)
            except NetledgerError as error:
                raise error.at(item=node.name[:120]) from None
        self.check_given()
        rest = [name for name in self.arrays if name not in self.taken]
        if rest:
            tensors = tuple([self.arrays[name].tensor(role_of_name(name)) for name in rest])
            path = self.names.free("stored")
            self.append(Layer(path, "tensors", tensors=tensors, outputs=(), meta={"used": False}, output_shapes=()))
        returned = [f"{number}:{place}" for number, place, *_ in self.heads]
        return tuple(dict.fromkeys([self.values[one] for one in returned if one in self.values]))

    def _made(self) -> list[int]:
        """How many of each node's outputs anybody reads."""
        made = [1] * len(self.nodes)
        listed = [data.get("inputs") for data in self.nodes if isinstance(data, dict)]
        entries = [one for inputs in listed if isinstance(inputs, list) for one in inputs]
        for one in [*entries, *self.heads]:
            if _is_entry(one) and one[0] < len(made):
                made[one[0]] = max(made[one[0]], min(one[1] + 1, 10_000))
        return made

    def _node(self, number: int, node: MxnetNode) -> None:
        learned = PARAMETERS.get(node.op, ())
        for place, (source, output) in enumerate(node.inputs):
            if source >= number:
                raise FormatError(f"it reads node {source:,}, which is not above it")
            variable = self._variables.get(source)
            if variable is not None and place in learned:
                node.parameters.append(variable.name)
                continue
            if variable is not None and f"{source}:0" not in self.values:
                if variable.name.endswith(_LABELS) and variable.name not in self.given:
                    continue
                self._variable(source, variable)
            node.flowing.append(f"{source}:{output}")
        rule = OPERATORS.get(node.op)
        if rule is None:
            step = Step(tensors=node.stored(), unknown=f"operator '{node.op[:60]}' has no rule")
        else:
            step = completed(node, rule(node))
        names = [f"{number}:{place}" for place in range(max(node.made, 1))]
        self.step(node.name, node.op, step, node.flowing, names)

    def _variable(self, number: int, node: MxnetNode) -> None:
        """A variable that an operator reads as it reads any value: stored, or an input."""
        array = self.arrays.get(node.name)
        if array is not None or node.name.endswith(_PARAMETER_ENDS):
            tensors = self.take([node.name], "")
            unknown = None if array is not None else "its shape stands in the .params alone"
            attributes = {"shape": array.shape} if array is not None else {}
            self.step(node.name, "null", Step("parameter", attributes, tensors, unknown=unknown), [], [f"{number}:0"])
            return
        sizes = node.several("__shape__")
        known = sizes and all(size > 0 for size in sizes[1:])
        self.feed(node.name, (max(sizes[0], 1), *sizes[1:]) if known else None)
        self.values[f"{number}:0"] = self.values[node.name]

    def take(self, names: list[str], frozen: str) -> list[Tensor]:
        """The stored arrays of these names, as the tensors of what reads them."""
        found = []
        for name in names:
            array = self.arrays.get(name)
            if array is not None:
                self.taken.add(name)
                trainable = not (frozen and name.endswith(frozen)) and not array.auxiliary
                found.append(array.tensor("running_statistic" if array.auxiliary else role_of_name(name), trainable))
        return found


def _with_batch(shape: Shape) -> Shape:
    """An image's shape with a batch of 1 before it."""
    return (1, *shape) if not isinstance(shape, Unknown) and len(shape) == 3 else shape
