"""One operator with what it reads, for the rules."""

from __future__ import annotations

from netledger.errors import FormatError, ShapeError
from netledger.network import Tensor
from netledger.sources.graph_builder import Step
from netledger.sources.graph_shapes import ranked
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from netledger.network import Shape
    from netledger.sources.graphdef.nodes import GraphNode
    from netledger.sources.graphdef.values import TfStored, TfValue


class TfCall:
    """``owner`` gives a stored value's tensor, once, in a role: ``None`` where another row has it."""

    __slots__ = ("inputs", "node", "_owner")

    def __init__(
        self, node: GraphNode, inputs: Sequence[TfValue], owner: Callable[[TfStored, str], Tensor | None]
    ) -> None:
        self.node, self.inputs, self._owner = node, inputs, owner

    @property
    def first_channels(self) -> bool:
        """Whether channels stand before space."""
        return self.node.text("data_format").startswith("NC")

    def shape(self, index: int, least: int) -> tuple[Any, ...]:
        """The sizes of an input, of at least so many dimensions."""
        if index >= len(self.inputs):
            raise FormatError(f"its input {index} is missing")
        return ranked(self.inputs[index].shape, least)

    def sizes(self, index: int, rank: int) -> tuple[Any, ...]:
        """The sizes of an input, of exactly so many dimensions."""
        found = self.shape(index, rank)
        if len(found) != rank:
            raise ShapeError(f"{self.node.op[:40]} of {len(found)} dimensions, not {rank}")
        return found

    def stored(self, index: int) -> TfStored | None:
        """What is stored, where an input is a value that can have been learned."""
        found = self.inputs[index].stored if index < len(self.inputs) else None
        return found if found is not None and found.learned else None

    def tensors(self, roles: Mapping[int, str]) -> tuple[Tensor, ...]:
        """The stored inputs as tensors in these roles."""
        held = [(self.stored(index), role) for index, role in roles.items()]
        made = [self._owner(one, role) for one, role in held if one is not None]
        return tuple([one for one in made if one is not None])

    def numbers(self, index: int) -> tuple[int, ...] | None:
        """The known numbers of an input."""
        return self.inputs[index].whole() if index < len(self.inputs) else None

    def shaped(self, shape: Shape, roles: Mapping[int, str] | None = None) -> Step:
        """An operator that multiplies nothing, and what it makes."""
        return Step("elementwise", {}, self.tensors(roles or {}), output_shapes=(shape,))

    def unknown(self, why: str) -> Step:
        """An operator of which nobody knows what it multiplies."""
        return Step(
            "operation", {"name": self.node.op[:80], "reason": why},
            self.tensors(dict.fromkeys(range(len(self.inputs)), "weight")), output_shapes=(Unknown(why),),
        )  # fmt: skip
