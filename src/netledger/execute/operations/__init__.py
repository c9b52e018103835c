"""What each kind of layer computes, in PyTorch: a maker is a small registered function from a layer to a callable.

    @operation("relu")
    def relu(making: Making) -> Compute:
        return lambda layer, x: F.relu(x)

A maker reads the layer's arguments once, when the module is built; what it returns runs on every forward pass and gets
the :class:`Operation` (which holds the parameters, named as the rule's slots) and the input tensors. Tensors always
carry a batch dimension, also where the description's shapes do not: :meth:`Making.axis` moves ``dim=`` arguments.
"""

from __future__ import annotations

from netledger.errors import DataError, UsageError
from netledger.layers import rule_for
from netledger.layers.arguments import REQUIRED
from netledger.records import Record
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from netledger.ledger import Entry

    Compute = Callable[..., Any]
    Maker = Callable[["Making"], Compute]

_FAMILIES = (
    "activations", "arithmetic", "attention", "convolution", "dense", "embedding", "normalisation", "owt",
    "pooling", "recurrent", "resampling", "shaping", "towers",
)  # fmt: skip
_makers: dict[str, Maker] = {}


class Making(Record):
    """One layer about to be made: its line in the books, all its arguments (defaults filled in), whether shapes are
    batched, and options of the build (``dropout``)."""

    __slots__ = ("entry", "arguments", "batched", "options")
    entry: Entry
    arguments: Mapping[str, Any]
    batched: bool
    options: Mapping[str, Any]

    def __init__(
        self, entry: Entry, arguments: Mapping[str, Any], batched: bool, options: Mapping[str, Any] | None = None
    ) -> None:
        self._fill(entry, arguments, batched, options or {})

    def __getitem__(self, name: str) -> Any:
        return self.arguments[name]

    @property
    def kind(self) -> str:
        """The layer's kind."""
        return self.entry.kind

    def axis(self, dim: int) -> int:
        """A ``dim=`` argument, which indexes the described shape, as an index of the tensor with its batch."""
        return dim if self.batched or dim < 0 else dim + 1

    def channel(self, name: str = "dim") -> int:
        """A ``dim=`` argument that means the channels where it is not given."""
        dim = self.arguments.get(name)
        return 1 if dim is None else self.axis(dim)

    def axes(self, dims: int | tuple[int, ...]) -> tuple[int, ...]:
        """Several of them."""
        return tuple([self.axis(dim) for dim in ((dims,) if isinstance(dims, int) else dims)])

    def rank(self, index: int = 0) -> int:
        """The number of dimensions of an input's tensor, batch included."""
        return len(self.shape(index)) + (not self.batched)

    def shape(self, index: int = 0) -> tuple[int, ...]:
        """An input's described shape; a ``DataError`` where it is not known."""
        shape = self.entry.inputs[index] if index < len(self.entry.inputs) else Unknown("the input is not given")
        return known(shape)

    def output(self, index: int = 0) -> tuple[int, ...]:
        """An output's described shape."""
        return known(self.entry.outputs[index])


def known(shape: Any) -> tuple[int, ...]:
    """A shape whose sizes are all numbers; a ``DataError`` with the reason where one is not."""
    unknown = shape if isinstance(shape, Unknown) else next((s for s in shape if isinstance(s, Unknown)), None)
    if unknown is not None:
        raise DataError(f"cannot be built: {unknown.reason}")
    return tuple(shape)


def operation(*kinds: str) -> Callable[[Maker], Maker]:
    """Register the maker of one or more kinds; a kind that has one is a ``UsageError`` naming the present owner."""

    def register(maker: Maker) -> Maker:
        for kind in kinds:
            owner = _makers.get(kind)
            if owner is not None and owner.__module__ != maker.__module__:
                raise UsageError(f"layer kind '{kind}' is already made in {owner.__module__}")
            _makers[kind] = maker
        return maker

    return register


def maker_of(kind: str) -> Maker | None:
    """The maker of a kind; ``None`` where PyTorch has no counterpart."""
    for family in _FAMILIES:
        __import__(f"{__name__}.{family}")
    return _makers.get(kind)


def made_kinds() -> list[str]:
    """Every kind that can be built."""
    maker_of("")
    return sorted(_makers)


def full_arguments(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A layer's arguments with the rule's defaults filled in."""
    parameters = rule_for(kind).parameters
    return {
        name: given.get(name, None if parameter.default is REQUIRED else parameter.default)
        for name, parameter in parameters.items()
    }
