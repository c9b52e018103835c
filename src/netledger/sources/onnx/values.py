"""What flows through an ONNX graph while it is read: shapes, small constants, and the stored tensors behind them."""

from __future__ import annotations

from netledger.errors import FormatError, ShapeError
from netledger.layers.products import shape_text
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from netledger.network import Dim, Shape
    from netledger.sources.onnx.schema import OnnxNode
    from netledger.sources.onnx.tensors import StoredTensor

    Constant = tuple[Any, ...]
    """The values of a small tensor in row-major order: int, float, bool, or Unknown where a size is not known."""
    Term = tuple[tuple[str, Dim], ...]
    Held = tuple[StoredTensor, str | None]

NO_SHAPE = Unknown("its shape is not known")


class Value:
    """One value: shape, element type, and where it comes from.

    ``const`` are its numbers, where it is small and they are known; those of a stored tensor are read from the file
    when somebody asks. ``stored`` are the tensors of the file that it is
    made of and nothing else (with a role where one is known already), ``None`` for what depends on an input.
    ``element`` is what a sequence or optional holds.
    """

    __slots__ = ("_const", "_unread", "dtype", "element", "shape", "stored")

    def __init__(
        self,
        shape: Shape,
        dtype: str | None = None,
        const: Constant | None = None,
        stored: tuple[Held, ...] | None = None,
        element: Value | None = None,
    ) -> None:
        self.shape, self.dtype, self._const, self.stored, self.element = shape, dtype, const, stored, element
        self._unread: StoredTensor | None = None

    @classmethod
    def of(cls, tensor: StoredTensor) -> Value:
        """The value of a stored tensor."""
        value = cls(tensor.dims, tensor.dtype, None, ((tensor, None),))
        value._unread = tensor
        return value

    def reshaped(self, shape: Shape) -> Value:
        """The same value laid out in another shape; its numbers are not kept."""
        return Value(shape, self.dtype)

    @property
    def unread(self) -> bool:
        """Whether its numbers lie in the file, and nobody has asked for them."""
        return self._unread is not None

    @property
    def const(self) -> Constant | None:
        """Its numbers, where they are known."""
        if self._unread is not None:
            self._const, self._unread = self._unread.values(), None
        return self._const

    @const.setter
    def const(self, numbers: Constant) -> None:
        self._const, self._unread = numbers, None


class Result:
    """What a rule says of an operator: the shapes of its outputs, and how it is booked.

    ``kind`` and ``attributes`` name netledger's own layer where there is one; ``terms`` are the multiply-accumulates of
    everything else, a sum of products of named sizes; ``unknown`` why the multiply-accumulates are not known. ``needs``
    says which inputs must be stored for ``kind`` to hold (the weight), ``bias`` which input is a bias. ``elements``
    gives the logical number of values of packed inputs, ``attribute_roles`` which attributes hold what was learned.
    """

    __slots__ = (
        "attribute_roles", "attributes", "bias", "dtypes", "elements", "kind", "needs", "outputs", "terms", "unknown",
    )  # fmt: skip

    def __init__(
        self,
        *outputs: Shape | Value,
        kind: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        terms: tuple[Term, ...] = (),
        unknown: str | None = None,
        needs: tuple[int, ...] = (),
        bias: int | None = None,
        dtypes: tuple[str | None, ...] = (),
        elements: Mapping[int, int] | None = None,
        attribute_roles: Mapping[str, str] | None = None,
    ) -> None:
        self.outputs = outputs
        self.kind, self.attributes = kind, dict(attributes or {})
        self.terms, self.unknown = terms, unknown
        self.needs, self.bias, self.dtypes = needs, bias, dtypes
        self.elements, self.attribute_roles = elements or {}, attribute_roles or {}


class Op:
    """One node as a rule sees it: its inputs' values and its attributes."""

    __slots__ = ("bound", "inputs", "node", "version")

    def __init__(
        self,
        node: OnnxNode,
        inputs: list[Value | None],
        version: int,
        bound: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.node, self.inputs, self.version = node, inputs, version
        self.bound = bound

    # ------------------------------------------------------------------ inputs

    def value(self, index: int) -> Value | None:
        """The input's value; ``None`` where it is left out."""
        return self.inputs[index] if index < len(self.inputs) else None

    def has(self, index: int) -> bool:
        """Whether the input is given."""
        return self.value(index) is not None

    def shape(self, index: int) -> Shape:
        """The input's shape."""
        value = self.value(index)
        return NO_SHAPE if value is None else value.shape

    def sizes(self, index: int) -> tuple[Dim, ...] | None:
        """The input's shape where its rank is known, else ``None``."""
        shape = self.shape(index)
        return None if isinstance(shape, Unknown) else shape

    def const(self, index: int) -> Constant | None:
        """The input's numbers, where they are known."""
        value = self.value(index)
        return None if value is None else value.const

    def const_ints(self, index: int) -> tuple[Any, ...] | None:
        """The input's integers (each may be Unknown), where they are known."""
        const = self.const(index)
        if const is None or any(isinstance(number, float) for number in const):
            return None
        return const

    def dtype(self, index: int = 0) -> str | None:
        """The input's element type."""
        value = self.value(index)
        return None if value is None else value.dtype

    def is_stored(self, index: int) -> bool:
        """Whether the input is made of stored tensors alone."""
        value = self.value(index)
        return value is not None and value.stored is not None

    # ------------------------------------------------------------------ attributes

    def attribute(self, name: str) -> Mapping[str, Any] | None:
        """The fields of an attribute, a function's argument put in; ``None`` where it is not given."""
        found = self.node.attributes.get(name)
        if found is None:
            return None
        values = found.values()
        reference = values.get("ref_attr_name")
        if reference:
            return (self.bound or {}).get(reference)
        return values

    def whole(self, name: str, default: int = 0) -> int:
        """An integer attribute."""
        found = self.attribute(name)
        return default if found is None else int(found.get("i", 0))

    def real(self, name: str, default: float = 0.0) -> float:
        """A real attribute."""
        found = self.attribute(name)
        return default if found is None else float(found.get("f", 0.0))

    def ints(self, name: str) -> tuple[int, ...] | None:
        """A list of integers; ``None`` where it is not given."""
        found = self.attribute(name)
        return None if found is None else tuple(found.get("ints", ()))

    def text(self, name: str, default: str = "") -> str:
        """A text attribute."""
        from netledger.wire.protobuf import text

        found = self.attribute(name)
        if found is None or "s" not in found:
            return default
        start, end = found["s"]
        return text(self.node.attributes[name].cursor, start, end, f"attribute '{name}'")

    # ------------------------------------------------------------------ both

    def axis(self, rank: int, default: int, name: str = "axis") -> int:
        """An axis attribute, counted from the front."""
        return whole_axis(self.whole(name, default), rank)

    def axes(self, index: int, rank: int, *, required: bool = False) -> tuple[int, ...] | None:
        """Axes as an attribute (older operator sets) or as input ``index``; ``()`` where none are given, ``None`` where
        they are not known.
        """
        given: tuple[Any, ...] | None = self.ints("axes")
        if given is None and self.has(index):
            given = self.const_ints(index)
            if given is None or any(isinstance(axis, Unknown) for axis in given):
                return None
        if given is None:
            if required:
                raise ShapeError("axes are missing")
            return ()
        return tuple([whole_axis(axis, rank) for axis in given])


def whole_axis(axis: int, rank: int) -> int:
    """An axis counted from the front; outside the shape it is a ``ShapeError``."""
    if not -rank <= axis < rank:
        raise ShapeError(f"axis {axis} of a shape with {rank} dimension{'s' * (rank != 1)}")
    return axis % rank if rank else 0


def differ(a: Dim, b: Dim) -> bool:
    """Whether two sizes are both known and not equal."""
    return isinstance(a, int) and isinstance(b, int) and a != b


def wants_rank(shape: Shape, least: int, what: str) -> tuple[Dim, ...] | None:
    """The sizes where they are known, at least ``least`` of them; fewer is a ``ShapeError``."""
    if isinstance(shape, Unknown):
        return None
    if len(shape) < least:
        raise ShapeError(f"{what} needs at least {least} dimensions, not {shape_text(shape)}")
    return shape


def no_negative(sizes: Sequence[Dim], what: str) -> tuple[Dim, ...]:
    """``sizes``, if none is negative."""
    for size in sizes:
        if isinstance(size, int) and size < 0:
            raise FormatError(f"{what} would have the size {size:,}")
    return tuple(sizes)
