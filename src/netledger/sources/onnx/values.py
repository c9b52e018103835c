"""What flows through an ONNX graph while it is read: shapes, small constants, and the stored tensors behind them."""

from __future__ import annotations

from netledger.errors import FormatError, ShapeError
from netledger.layers.products import shape_text
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from typing import Any, TypeAlias

    from netledger.network import Dim, Shape
    from netledger.sources.onnx.schema import OnnxNode
    from netledger.sources.onnx.tensors import StoredTensor

    Constant = tuple[Any, ...]
    """The values of a small tensor in row-major order: int, float, bool, or Unknown where a size is not known."""
    Term = tuple[tuple[str, Dim], ...]
    Held = tuple[StoredTensor, str | None]
    Ints = tuple[int, ...] | None
    Floats = tuple[float, ...] | None
    Fields = Mapping[str, Any] | None
    """An attribute as it is written: a tensor, a list of texts."""
    Setting: TypeAlias = "Value | None"
    """An input of today's operator that older versions have as an attribute."""

NO_SHAPE = Unknown("its shape is not known")


class OpenSize(Unknown):
    """A size that nobody knows but that is one and the same wherever it stands: itself, and equal to nothing else.

    What is worked out of it is another size, and an ``Unknown`` again.
    """

    __slots__ = ()
    __eq__ = object.__eq__
    __hash__ = object.__hash__


class Value:
    """One value: shape, element type, and where it comes from.

    ``const`` are its numbers, where it is small and they are known; those of a stored tensor are read from the file
    when somebody asks. ``stored`` are the tensors of the file that it is
    made of and nothing else (with a role where one is known already), ``None`` for what depends on an input.
    ``element`` is what a sequence or optional holds. ``scaled``: a number times it is a scale - it is one itself, of
    integers that are made on the way, or their product. ``name`` is what layers read it by, once one computes it;
    ``about`` what a repeated node's key says of it.
    """

    __slots__ = ("_const", "_unread", "about", "dtype", "element", "name", "scaled", "shape", "stored")

    def __init__(
        self,
        shape: Shape,
        dtype: str | None = None,
        const: Constant | None = None,
        stored: tuple[Held, ...] | None = None,
        element: Value | None = None,
        about: tuple[Hashable, ...] | None = None,
    ) -> None:
        self.shape, self.dtype, self._const, self.stored, self.element = shape, dtype, const, stored, element
        self.scaled = False
        self._unread: StoredTensor | None = None
        self.name: str | None = None
        self.about = about

    @classmethod
    def of(cls, tensor: StoredTensor) -> Value:
        """The value of a stored tensor."""
        value = cls(tensor.dims, tensor.dtype, None, ((tensor, None),))
        value._unread = tensor
        return value

    @property
    def sizes(self) -> tuple[Dim, ...] | None:
        """Its shape where the rank is known, else ``None``."""
        return None if isinstance(self.shape, Unknown) else self.shape

    @property
    def ints(self) -> tuple[Any, ...] | None:
        """Its integers (each may be Unknown), where they are known."""
        const = self.const
        if const is None or any(isinstance(number, float) for number in const):
            return None
        return const

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
    are the inputs that must be stored for ``kind`` to hold (the weight). ``elements`` gives the logical number of
    values of packed inputs.
    """

    __slots__ = ("attributes", "dtypes", "elements", "kind", "needs", "outputs", "terms", "unknown")

    def __init__(
        self,
        *outputs: Shape | Value,
        kind: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        terms: tuple[Term, ...] = (),
        unknown: str | None = None,
        needs: tuple[Value, ...] = (),
        dtypes: tuple[str | None, ...] = (),
        elements: Mapping[int, int] | None = None,
    ) -> None:
        self.outputs = outputs
        self.kind, self.attributes = kind, dict(attributes or {})
        self.terms, self.unknown = terms, unknown
        self.needs, self.dtypes = needs, dtypes
        self.elements = elements or {}


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

    def value(self, index: int) -> Value | None:
        """The input's value; ``None`` where it is left out."""
        return self.inputs[index] if index < len(self.inputs) else None

    @property
    def dtype(self) -> str | None:
        """The first input's element type."""
        first = self.value(0)
        return None if first is None else first.dtype

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

    def text(self, name: str, fields: Mapping[str, Any]) -> str | None:
        """A text attribute."""
        from netledger.wire.protobuf import text

        if "s" not in fields:
            return None
        start, end = fields["s"]
        return text(self.node.attributes[name].cursor, start, end, f"attribute '{name}'")


def _setting(op: Op, name: str, fields: Mapping[str, Any]) -> Value | None:
    for field, dtype in (("ints", "int64"), ("floats", "float32")):
        if fields.get(field):
            return Value((len(fields[field]),), dtype, tuple(fields[field]))
    for field, dtype in (("i", "int64"), ("f", "float32")):
        if field in fields:
            return Value((), dtype, (fields[field],))
    return Value((0,), "int64", ())


_READ: dict[str, Callable[[Op, str, Mapping[str, Any]], Any]] = {
    "int": lambda op, name, fields: int(fields.get("i", 0)),
    "float": lambda op, name, fields: float(fields.get("f", 0.0)),
    "str": lambda op, name, fields: op.text(name, fields),
    "Ints": lambda op, name, fields: tuple(fields.get("ints", ())),
    "Floats": lambda op, name, fields: tuple(fields.get("floats", ())),
    "Fields": lambda op, name, fields: fields,
    "Setting": _setting,
}


class Signature:
    """What a rule asks for, read off its function, which names inputs and attributes as ONNX's specification does.

        def conv(op: Op, X: Value, W: Value, B: Value | None = None, *, group: int = 1) -> Result: ...

    An input that a node leaves out is the function's default; without one, a value of which nothing is known. An input
    annotated ``Setting`` is taken from the attribute of its name where the node gives that instead, as older versions
    of the operator do.
    """

    __slots__ = ("_attributes", "_function", "_inputs", "_required", "_rest")

    def __init__(self, function: Callable[..., Any], before: int = 1) -> None:
        code, types = function.__code__, function.__annotations__
        self._function, self._rest = function, bool(code.co_flags & 4)
        self._inputs: tuple[str, ...] = code.co_varnames[before : code.co_argcount]
        self._required = len(self._inputs) - len(function.__defaults__ or ())
        named = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        self._attributes = {name: _READ[types[name].removesuffix(" | None")] for name in named}
        self._attributes |= {name: _setting for name in self._inputs if types[name] == "Setting"}

    def call(self, op: Op, *before: Any) -> Any:
        """The function's answer for a node."""
        inputs = op.inputs if self._rest else op.inputs[: len(self._inputs)]
        given = [Value(NO_SHAPE) if each is None and i < self._required else each for i, each in enumerate(inputs)]
        given += [Value(NO_SHAPE) for _ in range(len(given), self._required)]
        settings: dict[str, Any] = {}
        for name in op.node.attributes if self._attributes else ():
            read = self._attributes.get(name)
            fields = op.attribute(name) if read is not None else None
            value = read(op, name, fields) if read is not None and fields is not None else None
            if value is None:
                continue
            if name not in self._inputs:
                settings[name] = value
            elif (place := self._inputs.index(name)) >= len(given):
                given += [None] * (place - len(given)) + [value]
            elif given[place] is None:
                given[place] = value
        return self._function(op, *before, *given, **settings)


def axes_of(axes: Value | None, rank: int) -> tuple[int, ...] | None:
    """Axes counted from the front; ``()`` where none are given, ``None`` where they are not known."""
    if axes is None:
        return ()
    given = axes.ints
    if given is None or any(isinstance(axis, Unknown) for axis in given):
        return None
    return tuple([whole_axis(axis, rank) for axis in given])


def stored(value: Value | None) -> bool:
    """Whether an input is given, and made of stored tensors alone."""
    return value is not None and value.stored is not None


def whole_axis(axis: int, rank: int) -> int:
    """An axis counted from the front; outside the shape it is a ``ShapeError``."""
    if not -rank <= axis < rank:
        raise ShapeError(f"axis {axis} of a shape with {rank} dimension{'s' * (rank != 1)}")
    return axis % rank if rank else 0


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
