"""From a Paddle program, of either form, to layers: stored values become the tensors of what reads them."""

from __future__ import annotations

from netledger.dtypes import BITS
from netledger.errors import NetledgerError
from netledger.network import Tensor
from netledger.sources.paddle.operators import (
    DENSE,
    NEURONS,
    OWN_ROLES,
    PRODUCTS,
    ROLES,
    PaddleNode,
    unfollowed,
)
from netledger.sources.stated_graph import StatedGraph, kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from netledger.network import Shape

_BODIES = frozenset("while if conditional_block select_input pylayer".split())
_PASSED = frozenset(("combine", "split_of_list", "shadow_output", "fetch", "fetch_v2", "yield", "return"))
_INPUTS = frozenset(("data", "feed"))
_HANDED_ON = frozenset(
    "assign cast reshape reshape2 squeeze squeeze2 transpose transpose2 unsqueeze unsqueeze2".split()
)
"""Operators whose output, of a stored value alone, is that value in another form."""


class PaddleValue:
    """A value: its name in the program, what people call it, its type and shape as far as they are stated."""

    __slots__ = ("called", "dtype", "name", "shape", "stored", "trained")

    def __init__(self, name: str) -> None:
        self.name, self.called, self.dtype = name, "", ""
        self.shape: tuple[int | None, ...] | None = None
        self.stored, self.trained = False, True


class PaddleOp:
    """An operator: inputs by name, outputs in order."""

    __slots__ = ("attributes", "inputs", "outputs", "type")

    def __init__(self, type: str, attributes: Mapping[str, Any]) -> None:
        self.type, self.attributes = type, attributes
        self.inputs: dict[str, list[str]] = {}
        self.outputs: list[str] = []


class PaddleGraph(StatedGraph):
    """What is known of a program while its first block is followed."""

    def __init__(self, values: Mapping[str, PaddleValue], blocks: Sequence[Sequence[PaddleOp]]) -> None:
        super().__init__()
        self.values, self.blocks = values, blocks
        self._lists: dict[str, list[str]] = {}
        self._held: dict[str, str] = {}
        self._booked = set[str]()
        fed = [values[name] for op in blocks[0] if op.type in _INPUTS for name in op.outputs if name in values]
        self.open_batch([value.shape or () for value in fed])

    def run(self) -> tuple[str, ...]:
        """Book every operator of the first block, and every stored value; the names of what is returned."""
        outputs: list[str] = []
        for op in self.blocks[0]:
            try:
                outputs += self._operator(op)
            except NetledgerError as error:
                raise error.at(item=f"{op.type[:60]} '{(op.outputs or [''])[0][:60]}'") from None
        rest = [value for value in self.values.values() if self._is_stored(value) and value.name not in self._booked]
        tensors = [self._tensor(value, "parameter" if value.trained else "buffer") for value in rest]
        self.set_aside("stored for blocks inside" if len(self.blocks) > 1 else "stored", tensors)
        return self.returned(outputs)

    def _operator(self, op: PaddleOp) -> list[str]:
        """Book one operator; what it returns to whoever runs the program."""
        reads = [name for names in op.inputs.values() for one in names for name in self._lists.get(one, [one])]
        if op.type in _PASSED:
            self._lists.update(dict.fromkeys(op.outputs, reads))
            return reads if op.type not in ("combine", "split_of_list") else []
        if op.type in _INPUTS:
            self._input(op)
            return []
        if op.type == "p":
            return []
        flowing = [name for name in reads if self._source(name) is None]
        made = [self._source(name) for name in op.inputs.get("X", op.inputs.get("in0", []))]
        if op.type in _HANDED_ON and made and made[0] is not None and op.outputs:
            self._held[op.outputs[0]] = made[0]
            return []
        outputs = [self._shape(name) for name in op.outputs]
        inputs = {
            key: [self._shape(name) for one in names for name in self._lists.get(one, [one])]
            for key, names in op.inputs.items()
        }
        tensors = self._tensors(op)
        self.step(
            self._path(op, tensors), op.type, self._kind(op, inputs, outputs), flowing, op.outputs, tensors,
            input_shapes=[self._shape(name) for name in flowing], output_shapes=outputs,
            neurons=op.type in NEURONS or (op.type in DENSE and any(one.learned for one in tensors)),
        )  # fmt: skip
        return []

    def _input(self, op: PaddleOp) -> None:
        for name in op.outputs:
            called = op.attributes.get("name")
            self.feed(name, called if isinstance(called, str) and called else name, self._shape(name))

    def _kind(
        self, op: PaddleOp, inputs: Mapping[str, Sequence[Shape]], outputs: Sequence[Shape]
    ) -> tuple[str, dict[str, object]]:
        rule = PRODUCTS.get(op.type)
        if rule is not None and outputs:
            return kind_of(op.type, rule(PaddleNode(inputs, op.attributes, outputs[0])))
        why = None if op.type in _BODIES else unfollowed(op.type)
        if op.type in _BODIES and any(
            one.type in PRODUCTS or unfollowed(one.type) for block in self.blocks[1:] for one in block
        ):
            why = f"{op.type} runs blocks, how often depends on the data"
        return kind_of(op.type, None, why)

    def _path(self, op: PaddleOp, tensors: Sequence[Tensor]) -> str:
        """The stem of a stored value's name, which is the layer's; else where it stands in the model."""
        if tensors:
            return tensors[0].name.rpartition(".")[0] or tensors[0].name
        place = op.attributes.get("struct_name")
        if isinstance(place, str) and place.strip("/"):
            return place.strip("/").replace("/", ".")
        first = op.outputs[0] if op.outputs else ""
        return op.type if first.isdigit() or not first else first

    def _source(self, name: str) -> str | None:
        """The stored value that a value is, or was made of; ``None`` for what flows."""
        if name in self._held:
            return self._held[name]
        value = self.values.get(name)
        return name if value is not None and self._is_stored(value) else None

    def _is_stored(self, value: PaddleValue) -> bool:
        return value.stored and value.dtype in BITS and value.shape is not None and None not in value.shape

    def _tensor(self, value: PaddleValue, role: str) -> Tensor:
        self._booked.add(value.name)
        shape = tuple([size or 0 for size in value.shape or ()])
        return Tensor(value.called or value.name, role, shape, value.dtype, trainable=value.trained, storage=value.name)

    def _tensors(self, op: PaddleOp) -> tuple[Tensor, ...]:
        own = OWN_ROLES.get(op.type, {})
        found: dict[str, Tensor] = {}
        for key, names in op.inputs.items():
            for name in [inner for one in names for inner in self._lists.get(one, [one])]:
                source = self._source(name)
                if source is not None and source not in found:
                    value = self.values[source]
                    role = own.get(key) or ROLES.get(key) or ("parameter" if value.trained else "buffer")
                    if role == "weight" and len(value.shape or ()) == 1 and op.type == "rnn":
                        role = "bias"
                    found[value.name] = self._tensor(value, role)
        return tuple(found.values())

    def _shape(self, name: str) -> Shape:
        value = self.values.get(name)
        return self.sizes(None if value is None else value.shape)

    def stored(self) -> list[PaddleValue]:
        """Every stored value, in the order of the combined file: by name."""
        held = [value for value in self.values.values() if self._is_stored(value)]
        return sorted(held, key=lambda value: value.called or value.name)
