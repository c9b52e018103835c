"""Arithmetic on the small tensors that shapes are computed with: ``Shape → Gather → Concat → Reshape``.

Tensors are ``(shape, flat values)``; a value may be Unknown, and what is computed from it is Unknown too. How each
operator folds stands with the operator (``ops/``). Nothing larger than
:data:`~netledger.sources.onnx.tensors.CONSTANT_ELEMENTS` is computed, a value without elements is known without any
work, and all folding of a model together takes no more steps than its bytes allow (:class:`Allowance`).
"""

from __future__ import annotations

from netledger.network import elements_of
from netledger.sources.onnx.ops import FOLDS
from netledger.sources.onnx.tensors import CONSTANT_ELEMENTS
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from netledger.network import Dim, Shape
    from netledger.sources.onnx.values import Constant, Op, Value

INTEGERS = frozenset(("int64", "int32", "int16", "int8", "uint8", "uint16", "uint32", "uint64"))

STEPS_PER_BYTE = 32
"""Values that may be computed for each byte of the model: a node takes some 40 bytes, shapes have a handful."""
STEPS_AT_LEAST = 200_000


class Allowance:
    """The values that folding may still read and write."""

    __slots__ = ("left",)

    def __init__(self, nbytes: int) -> None:
        self.left = STEPS_AT_LEAST + STEPS_PER_BYTE * nbytes

    def take(self, steps: int) -> bool:
        """Whether so many are left; they are used up."""
        if steps > self.left:
            return False
        self.left -= steps
        return True


def fold(op: Op, shapes: Sequence[Shape], allowance: Allowance) -> list[Constant | None]:
    """The numbers of each output, where the inputs' are known; ``None`` for those that are not."""
    nothing: list[Constant | None] = [None] * len(shapes)
    folder = FOLDS.find(op.node.key)
    if folder is None:
        return nothing
    counts = [_count(shape) for shape in shapes]
    if any(count is None for count in counts):
        return nothing
    steps = sum([count or 0 for count in counts])
    for value in op.inputs if op.node.key not in _OWN_INPUTS else ():
        if value is not None:
            if value.const is None:
                return nothing
            steps += 1 + len(value.const)
    if not any(counts):
        return [()] * len(shapes)
    if not allowance.take(steps):
        return nothing
    try:
        found = folder.call(op, shapes)
    except (IndexError, OverflowError, ZeroDivisionError, ValueError, TypeError):
        return nothing
    values = found if isinstance(found, list) else [found]
    kept = [
        value if value is not None and len(value) == count else None
        for value, count in zip(values, counts, strict=False)
    ]
    return kept + [None] * (len(shapes) - len(kept))


_OWN_INPUTS = frozenset(("Shape", "Size"))
"""They fold from shapes alone."""


def _count(shape: Shape) -> int | None:
    """The number of elements, where it is known and small."""
    if isinstance(shape, Unknown):
        return None
    if 0 in shape:
        return 0
    count = elements_of(shape)
    return count if isinstance(count, int) and count <= CONSTANT_ELEMENTS else None


# ---------------------------------------------------------------------- what several operators share


def indices(shape: Sequence[int], target: Sequence[int]) -> list[int]:
    """For each element of ``target``, which has some, the flat index of the element of ``shape`` broadcast to it."""
    found = [0]
    offset = len(target) - len(shape)
    stride = 1
    strides = [0] * len(target)
    for i in range(len(shape) - 1, -1, -1):
        strides[offset + i] = stride if shape[i] != 1 else 0
        stride *= shape[i]
    for size, step in zip(target, strides, strict=True):
        found = [index + k * step for index in found for k in range(size)]
    return found


def pick(data: Constant, shape: Sequence[Dim], picks: Sequence[Sequence[int]]) -> Constant:
    """The elements at the places picked along each dimension, of which every one picks some."""
    found = [0]
    for size, places in zip(shape, picks, strict=True):
        found = [index * size + k for index in found for k in places]  # type: ignore[operator]
    return tuple([data[index] for index in found])


def spread(op: Op, shape: Shape) -> list[list[Any]]:
    """Every input's numbers, broadcast to a shape."""
    columns = []
    for value in op.inputs:
        if value is None:
            continue
        assert value.const is not None
        assert not isinstance(value.shape, Unknown)
        const = value.const
        columns.append([const[index] for index in indices(value.shape, shape)])  # type: ignore[arg-type]
    return columns


def by_value(function: Callable[..., Any], comparing: bool = False) -> Callable[[Op, Sequence[Shape]], Constant]:
    """A fold that applies ``function`` value by value, Unknown where any operand is."""

    def folded(op: Op, shapes: Sequence[Shape]) -> Constant:
        whole = all(value is None or value.dtype in INTEGERS for value in op.inputs)
        results = []
        for operands in zip(*spread(op, shapes[0]), strict=True):
            unknown = next((x for x in operands if isinstance(x, Unknown)), None)
            if unknown is None:
                result = function(*operands)
                results.append(bounded(int(result)) if whole and not comparing else result)
            elif function is equal and any(isinstance(x, int) and x < 0 for x in operands):
                results.append(False)  # a size is never negative
            else:
                results.append(unknown if _changes_nothing(function, operands) else Unknown(unknown.reason))
        return tuple(results)

    return folded


def _changes_nothing(function: Callable[..., Any], operands: tuple[Any, ...]) -> bool:
    """Whether ``n + 0``, ``n × 1`` and the like, tried with the least ``n`` and a large one: then it is ``n`` still."""
    return all(function(*[n if isinstance(x, Unknown) else x for x in operands]) == n for n in (1, 2**40))


def reduced(function: Callable[[list[Any]], Any]) -> Callable[[Op, Sequence[Shape], Value], Constant | None]:
    """A fold of everything to one number."""

    def folded(op: Op, shapes: Sequence[Shape], values: Value) -> Constant | None:
        data = values.const
        if data is None or elements_of(shapes[0]) != 1:  # type: ignore[arg-type]
            return None
        unknown = next((x for x in data if isinstance(x, Unknown)), None)
        return (unknown,) if unknown is not None else (function(list(data)),)

    return folded


def bounded(value: int) -> int | Unknown:
    """A whole number that 64 bits hold."""
    return value if -(2**63) <= value < 2**64 else Unknown("a number that no 64 bits hold")


def equal(a: Any, b: Any) -> bool:
    """Whether two numbers are the same."""
    return bool(a == b)


def single(value: float) -> float:
    """A number rounded to float32, in which sizes are computed."""
    from struct import pack, unpack

    result: float = unpack("<f", pack("<f", value))[0]
    return result


def same_numbers(op: Op, shapes: Sequence[Shape], data: Value) -> Constant | None:
    """The first input's numbers."""
    return data.const
