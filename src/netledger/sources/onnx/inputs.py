"""A graph's inputs: the shapes that a person gives, those that the file states, and what is assumed for the rest."""

from __future__ import annotations

from netledger.errors import UsageError, nearest, or_list
from netledger.layers import Effect
from netledger.network import Layer
from netledger.sources.onnx.layers import LayerRow
from netledger.sources.onnx.values import OpenSize, Value
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Dim, Shape
    from netledger.sources import Options
    from netledger.sources.onnx.importer import Importer
    from netledger.sources.onnx.schema import Graph, ValueInfo
    from netledger.sources.onnx.scope import Scope

_SEQUENCE_WORDS = ("seq", "len", "time", "tok", "frame", "height", "width", "past", "total", "channel", "num_", "step")
_BATCH_WORDS = frozenset(("n", "b", "bs", "none", "unk", "dynamic"))


def feed(
    importer: Importer, graph: Graph, scope: Scope, options: Options, placed: list[str] | None = None
) -> list[str]:
    """Give the inputs their shapes; what was assumed for it.

    An open first size whose name says nothing is taken as the batch, and its input's name added to ``placed``; where
    that is ``None`` it stays open.
    """
    fed = [info for info in graph.inputs if info.name not in scope.values]
    given = _given(fed, options)
    sizes: dict[str, Any] = dict(options.dims)
    for info in fed:
        if info.name in given and info.shape is not None:
            ranked = _ranked(given[info.name], info, options)
            for symbol, size in zip(info.shape, () if isinstance(ranked, Unknown) else ranked, strict=False):
                if isinstance(symbol, str):
                    sizes.setdefault(symbol, size)
    symbols = {size for info in fed for size in info.shape or () if isinstance(size, str)}
    for name in options.dims:
        if name not in symbols:
            known = or_list(sorted(symbols)) if symbols else "none"
            raise UsageError(f"no dimension '{name}' in this model's inputs; it has {known}")
    assumed: list[str] = []
    for info in fed:
        shape: Shape
        if info.name in given:
            shape = _ranked(given[info.name], info, options)
        else:
            shape = _shape(info, sizes, assumed, placed)
        value = Value(shape, info.dtype)
        scope.put(info.name, value, 0)
        value.name = info.name
        attributes = {"shape": shape} if info.dtype is None else {"shape": shape, "dtype": info.dtype}
        layer = Layer(importer.names.take(info.name), "input", attributes, (), (info.name,), output_shapes=(shape,))
        importer.rows.append(LayerRow(layer, Effect((shape,))))
    return list(dict.fromkeys(assumed))


def _given(fed: list[ValueInfo], options: Options) -> dict[str, Shape]:
    """The shapes that a person gave, by input name; ``""`` is the first input."""
    names = [info.name for info in fed]
    given: dict[str, Shape] = {}
    for name, shape in options.inputs.items():
        if not name:
            if not names:
                raise UsageError("this model has no input")
            given[names[0]] = shape
        elif name in names:
            given[name] = shape
        else:
            near = nearest(name, names)
            raise UsageError(f"no input '{name}'; it has {or_list(list(near or names)) if names else 'none'}")
    return given


def _ranked(shape: Shape, info: ValueInfo, options: Options) -> Shape:
    """A given shape with the batch put before it where it was left out."""
    if isinstance(shape, Unknown) or info.shape is None or len(shape) == len(info.shape):
        return shape
    if len(shape) + 1 == len(info.shape):
        first = info.shape[0]
        batch = first if isinstance(first, int) else options.dims.get(first or "", 1)
        return (batch, *shape)
    raise UsageError(f"input '{info.name}' has {len(info.shape)} dimensions, {len(shape)} sizes are given")


def _shape(info: ValueInfo, sizes: dict[str, Any], assumed: list[str], placed: list[str] | None) -> Shape:
    """The stated shape with symbols bound; a batch that is open is taken as 1, any other open size is Unknown."""
    if info.shape is None:
        what = "no shape" if info.kind in ("tensor", "") else f"a {info.kind}"
        return Unknown(f"input '{info.name}' states {what} (--input {info.name}=… gives one)")
    result: list[Dim] = []
    for axis, size in enumerate(info.shape):
        if isinstance(size, int):
            result.append(size)
        elif isinstance(size, str) and size in sizes:
            result.append(sizes[size])
        elif _is_batch(size, info, axis, placed):
            result.append(1)
            named = f"dimension '{size}'" if size else f"dimension 0 of input '{info.name}'"
            assumed.append(f"{named} is the batch: 1")
        elif size:
            result.append(sizes.setdefault(size, OpenSize(f"dimension '{size}' is not given (--dim {size}=…)")))
        else:
            result.append(OpenSize(f"dimension {axis} of input '{info.name}' is not given (--input {info.name}=…)"))
    return tuple(result)


def _is_batch(symbol: str | None, info: ValueInfo, axis: int, placed: list[str] | None) -> bool:
    """Whether an open dimension is the batch: by its name anywhere, as the first where its name says nothing."""
    if symbol is not None:
        lower = symbol.lower()
        if "batch" in lower or lower in _BATCH_WORDS:
            return not any(word in lower for word in ("seq", "len"))
        if any(word in lower for word in _SEQUENCE_WORDS):
            return False
    if placed is None or axis or len(info.shape or ()) < 2:
        return False
    placed.append(info.name)
    return True
