"""What flows between a TensorFlow graph's operators: a shape, perhaps a stored tensor, perhaps a few known numbers."""

from __future__ import annotations

from netledger.network import elements_of
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netledger.network import Dim, Shape
    from netledger.sources.graphdef.nodes import GraphNode

    Numbers = tuple[Dim, ...]

FLOATS = frozenset(("float32", "float16", "float64", "bfloat16", "complex64", "complex128"))
_MOST = 256


class TfStored:
    """A variable or a constant of the file. ``learned``: it stands for values that can have been learned.

    ``place`` tells constants of one name apart: two functions may have a node of the same name each.
    """

    __slots__ = ("dtype", "learned", "name", "place", "shape", "variable")

    def __init__(self, name: str, shape: tuple[int, ...], dtype: str, variable: bool, place: str = "") -> None:
        self.name, self.shape, self.dtype, self.variable, self.place = name, shape, dtype, variable, place or name
        self.learned = variable or (dtype in FLOATS and elements_of(shape) != 1)


def place_of(name: str, function: str) -> str:
    """Where a node stands: its own name in the graph, behind the function's in a function."""
    return f"{function}/{name}" if function else name


class TfValue:
    """``name``: the builder's, of what is computed; ``stored``: what a file holds; ``numbers``: in row-major order."""

    __slots__ = ("name", "numbers", "shape", "stored")

    def __init__(
        self, shape: Shape, name: str | None = None, stored: TfStored | None = None, numbers: Numbers | None = None
    ) -> None:
        self.shape, self.name, self.stored = shape, name, stored
        self.numbers = numbers if numbers is not None and len(numbers) <= _MOST else None

    def whole(self) -> tuple[int, ...] | None:
        """Its numbers where every one is known."""
        found = tuple([one for one in self.numbers or () if isinstance(one, int)])
        return found if self.numbers is not None and len(found) == len(self.numbers) else None


def folded(node: GraphNode, inputs: Sequence[TfValue]) -> Numbers | None:
    """The numbers that an operator makes of known ones; ``None`` where they are not known."""
    op = node.op
    if op in ("Shape", "ShapeN"):
        return None if not inputs or isinstance(inputs[0].shape, Unknown) else inputs[0].shape
    if op in ("Size", "Rank"):
        shape = inputs[0].shape if inputs else Unknown("")
        return None if isinstance(shape, Unknown) else (elements_of(shape) if op == "Size" else len(shape),)
    found = [one.numbers for one in inputs]
    known = [one for one in found if one is not None]
    if len(known) < len(found) or not known:
        return None
    if op in ("Cast", "Identity", "Reshape", "ExpandDims", "Squeeze", "Snapshot"):
        return known[0]
    if op == "Pack":
        return tuple([one for numbers in known for one in numbers])
    if op == "ConcatV2":
        return tuple([one for numbers in known[:-1] for one in numbers])
    if op == "StridedSlice":
        return _part(node, known)
    if op == "Prod":
        return (elements_of(known[0]),)
    if op in ("Gather", "GatherV2"):
        places = known[1]
        whole = all(isinstance(one, int) and -len(known[0]) <= one < len(known[0]) for one in places)
        return tuple([known[0][one] for one in places]) if whole else None  # type: ignore[index]
    if op == "Range":
        first, limit, step = (one[0] for one in known[:3])
        if not all(isinstance(one, int) for one in (first, limit, step)) or not step:
            return None
        made = range(first, limit, step)  # type: ignore[arg-type]
        return tuple(made) if len(made) <= _MOST else None
    return _arithmetic(op, known)


def _part(node: GraphNode, known: Sequence[Numbers]) -> Numbers | None:
    """A part of a row of numbers, or one of them."""
    whole = [one[0] if len(one) == 1 and isinstance(one[0], int) else None for one in known[1:4]]
    if len(whole) != 3 or any(one is None for one in whole) or node.number("ellipsis_mask") or not whole[2]:
        return None
    first, last, step = whole
    if node.number("shrink_axis_mask"):
        assert first is not None
        return (known[0][first],) if -len(known[0]) <= first < len(known[0]) else None
    first = None if node.number("begin_mask") else first
    last = None if node.number("end_mask") else last
    return None if node.number("new_axis_mask") else known[0][first:last:step]


_TWO: dict[str, Callable[[int, int], int]] = {
    "Add": lambda a, b: a + b, "AddV2": lambda a, b: a + b, "Sub": lambda a, b: a - b, "Mul": lambda a, b: a * b,
    "FloorDiv": lambda a, b: a // b, "Maximum": max, "Minimum": min, "FloorMod": lambda a, b: a % b,
}  # fmt: skip


def _arithmetic(op: str, known: Sequence[Numbers]) -> Numbers | None:
    if op not in _TWO or len(known) != 2:
        return None
    left, right = known
    size = max(len(left), len(right))
    made: list[Dim] = []
    for a, b in zip(left * size if len(left) == 1 else left, right * size if len(right) == 1 else right, strict=False):
        if isinstance(a, Unknown) or isinstance(b, Unknown) or (op.startswith("Floor") and not b):
            made.append(Unknown("worked out from a size that is left open"))
        else:
            made.append(_TWO[op](a, b))
    return tuple(made)
