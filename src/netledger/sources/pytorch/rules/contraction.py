"""What one observed operation contracts: a sum of products of named sizes, and which operands may need a gradient."""

from __future__ import annotations

from netledger.layers.products import flat
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.layers.products import Product
    from netledger.unknown import Unknown

    Factors = tuple[tuple[str, int], ...]


class Multiplied(Record):
    """One product of two operands: ``factors`` name its sizes, their product is its multiply-accumulates.

    ``left`` and ``right`` say whether each operand carries a gradient (``left`` how many of several): the backward pass
    contracts once more, with as many multiply-accumulates, for each that does. ``skipped`` of them are not needed
    backward for the left operand (the first step of a recurrence, whose state is given).
    """

    __slots__ = ("factors", "left", "right", "skipped")
    factors: Factors
    left: int
    right: int
    skipped: int

    def __init__(self, factors: Factors, left: int = False, right: int = False, skipped: int = 0) -> None:
        self._fill(factors, left, right, skipped)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the forward pass."""
        product = 1
        for _, size in self.factors:
            product *= size
        return product

    @property
    def backward(self) -> int:
        """Multiply-accumulates of the backward pass."""
        return self.macs * (self.left + self.right) - (self.skipped if self.left else 0)


class Contraction(Record):
    """An operation seen in a forward pass, with its rule applied.

    - ``kind``: what the ledger calls it; ``attributes``: the arguments of that kind's rule, where it has one.
    - ``terms``: its products. ``inputs``: the shapes of its operands.
    """

    __slots__ = ("kind", "terms", "inputs", "attributes")
    kind: str
    terms: tuple[Multiplied, ...]
    inputs: tuple[tuple[int, ...], ...]
    attributes: dict[str, Any]

    def __init__(
        self,
        kind: str,
        terms: tuple[Multiplied, ...],
        inputs: tuple[tuple[int, ...], ...] = (),
        attributes: dict[str, Any] | None = None,
    ) -> None:
        self._fill(kind, terms, inputs, attributes or {})

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the forward pass."""
        return sum([term.macs for term in self.terms])

    @property
    def backward(self) -> int:
        """Multiply-accumulates of the backward pass."""
        return sum([term.backward for term in self.terms])

    def unsized(self, why: Unknown) -> Contraction | None:
        """The same for sizes that are not known: what multiplies nothing does so whatever they are, else ``None``."""
        return None if self.terms else Contraction(self.kind, (), (), {"operations": why})


class Seen(Record):
    """One call of an operation, as its rule sees it: arguments as shapes-only tensors, and the result."""

    __slots__ = ("name", "args", "kwargs", "out", "needs_grad", "value_of")
    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    out: Any
    needs_grad: Callable[[Any], bool]
    value_of: Callable[[Any], list[int] | None]

    def __init__(
        self,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        out: Any,
        needs_grad: Callable[[Any], bool],
        value_of: Callable[[Any], list[int] | None],
    ) -> None:
        self._fill(name, args, kwargs, out, needs_grad, value_of)

    def arg(self, index: int, name: str = "", default: Any = None) -> Any:
        """An argument by position or name."""
        return self.args[index] if index < len(self.args) else self.kwargs.get(name, default)

    def shape(self, index: int) -> tuple[int, ...]:
        """The shape of a tensor argument."""
        return tuple(self.args[index].shape)

    def grad(self, index: int) -> bool:
        """Whether a tensor argument carries a gradient."""
        return index < len(self.args) and self.needs_grad(self.args[index])


def term(left: int, right: int, *sizes: tuple[str, int]) -> Multiplied:
    """A product of named sizes; repetitions (named with a leading capital ``N`` or ``B``) of 1 are not written."""
    return Multiplied(tuple([size for size in sizes if size[1] != 1 or size[0][0] not in "NB"]), left, right)


def named(product: Product) -> Factors:
    """The factors of a product whose sizes are all known, as those of a live model are."""
    return flat(product)  # type: ignore[return-value]


def repeats(letter: str, sizes: tuple[int, ...]) -> tuple[tuple[str, int], ...]:
    """Named factors for leading dimensions: ``N``, ``N_1``, …"""
    return tuple([(f"{letter}_{i}" if i else letter, size) for i, size in enumerate(sizes)])


def product(sizes: Any) -> int:
    """The product of sizes."""
    result = 1
    for size in sizes:
        result *= int(size)
    return result
