"""The calls of a pickle that rebuild a tensor, each with how it is read as a view of stored bytes; none is made.

Source: ``torch/_utils.py`` and ``torch/_tensor.py`` of PyTorch, ``numpy/core/multiarray``.
"""

from __future__ import annotations

from math import prod

from netledger.dtypes import BITS
from netledger.errors import FormatError
from netledger.sources.tensors.torch_files.storages import IN_PICKLE, Outer, Storage, StorageView
from netledger.wire.pickle import Global, Made

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.sources.tensors.torch_files.tree import Walk

DTYPES = {
    "Float": "float32", "Double": "float64", "Half": "float16", "BFloat16": "bfloat16", "Long": "int64",
    "Int": "int32", "Short": "int16", "Char": "int8", "Byte": "uint8", "Bool": "bool", "ComplexFloat": "complex64",
    "ComplexDouble": "complex128", "QInt8": "int8", "QUInt8": "uint8", "QInt32": "int32", "QUInt4x2": "uint8",
    "QUInt2x4": "uint8",
}  # fmt: skip
"""``torch.FloatStorage`` and its like, without the ``Storage``."""

_NAMED = {"float": "float32", "double": "float64", "half": "float16", "long": "int64", "int": "int32", "short": "int16"}
_QUANTISED = {"qint8": "int8", "quint8": "uint8", "qint32": "int32", "quint4x2": "uint8", "quint2x4": "uint8"}


def integer(value: Any) -> int:
    """A whole number; anything else is a ``TypeError``."""
    if type(value) is not int:
        raise TypeError
    return value


def integers(value: Any) -> tuple[int, ...]:
    """Whole numbers in a row; anything else is a ``TypeError``."""
    if type(value) is Made and value.path == "torch.Size":
        value = value.args[0]
    if isinstance(value, tuple | list) and WHOLE.issuperset(map(type, value)):
        return tuple(value)
    raise TypeError


WHOLE = frozenset((int,))
"""The type of whole numbers, of which ``True`` is none."""


def dtype_of(value: Any) -> str | None:
    """``torch.float16`` and the like by netledger's name; ``None`` for what is no element type."""
    if not isinstance(value, Global):
        return None
    name = _NAMED.get(value.name) or _QUANTISED.get(value.name) or value.name
    return name if name in BITS else None


def _plain(walk: Walk, args: tuple[Any, ...], made: Made) -> StorageView:
    return walk.stored(args[0], args[1], args[2], args[3])


def _typed(walk: Walk, args: tuple[Any, ...], made: Made) -> StorageView:
    return walk.stored(args[0], args[1], args[2], args[3], dtype_of(args[6]))


def _quantised(walk: Walk, args: tuple[Any, ...], made: Made) -> StorageView:
    """PyTorch's own quantised tensor: its size is that of its values, however many share a byte."""
    view = _plain(walk, args, made)
    view.outer = Outer(view.size, view.dtype, many=False, part=False)
    return view


def _inner(walk: Walk, args: tuple[Any, ...], made: Made) -> StorageView | None:
    """A parameter around a tensor: the tensor, with what the parameter says of training."""
    view = walk.rebuilt(args[0]) if isinstance(args[0], Made) else None
    if view is not None and len(args) > 1 and args[1] is False:
        view.trainable = False
    return view


def _subclass(walk: Walk, args: tuple[Any, ...], made: Made) -> StorageView | None:
    """``_rebuild_from_type_v2(function, type, args, state)``: a tensor of a class of its own.

    One that is only a wrapper keeps its values as other tensors in its state: the largest of them, the rest beside it
    (scales, zero points). How many values it is to its user, whatever they are packed in, its own size says.
    """
    view = walk.rebuilt(Made(args[0], args[2]))
    if view is None or view.storage is not None or args[0].path != _WRAPPER:
        return view
    kept = {part.storage.key: part for part in walk.inside(args[3]) if part.storage is not None}
    largest = sorted(kept.values(), key=lambda part: -part.shown)
    if not largest:
        return view
    found = largest[0]
    many = len(largest) > 1 and largest[1].shown == found.shown
    part = args[1].path.endswith(".DTensor") and prod(found.size) < prod(view.size)
    found.outer = Outer(view.size, view.dtype, many, part)
    return found


def _not_stored(walk: Walk, args: tuple[Any, ...], made: Made) -> StorageView:
    return StorageView(None, dtype_of(args[0]) or "float32", 0, integers(args[1]), None)


def _elsewhere(walk: Walk, args: tuple[Any, ...], made: Made) -> StorageView:
    """An entry of a distributed checkpoint's ``.metadata``: the tensor's shards are in the files beside it."""
    stated = dict(made.state.pairs)
    properties = stated["properties"]
    values = properties.args if properties.args else properties.state
    view = StorageView(None, dtype_of(values[0]) or "float32", 0, integers(stated["size"]), None)
    chunks = stated.get("chunks")
    view.elsewhere = sum([prod(integers(dict(one.state.pairs)["sizes"])) for one in chunks or ()])
    return view


def _wrapper(walk: Walk, args: tuple[Any, ...], made: Made) -> StorageView:
    return StorageView(None, dtype_of(args[1]) or "float32", 0, integers(args[2]), None)


def _sparse(walk: Walk, args: tuple[Any, ...], made: Made) -> StorageView | None:
    """The stored values of a sparse tensor: the last tensor among its parts."""
    parts = [part for part in args[1] if isinstance(part, Made)]
    views = [view for view in map(walk.rebuilt, parts) if view is not None]
    return views[-1] if views else None


def _array(walk: Walk, args: tuple[Any, ...], made: Made) -> StorageView | None:
    """A numpy array, kept inside the pickle: ``(version, shape, dtype, order, bytes)`` is its state."""
    if not isinstance(made.state, tuple) or len(made.state) != 5:
        return None
    return _array_view(made.state[2], made.state[1], made.state[4])


def _array5(walk: Walk, args: tuple[Any, ...], made: Made) -> StorageView | None:
    """A numpy array since protocol 5: ``_frombuffer(bytes, dtype, shape, order)``."""
    return _array_view(args[1], args[2], args[0])


def _jax_array(walk: Walk, args: tuple[Any, ...], made: Made) -> StorageView | None:
    """An array of jax: the call that rebuilds NumPy's, what it is called with, its state."""
    inner = Made(args[0], args[1])
    inner.state = args[2]
    return walk.rebuilt(inner)


def _array_view(kind: Any, shape: Any, data: Any) -> StorageView | None:
    """The array as a view of the bytes that are kept for it, which must be as many as it needs."""
    code = kind.args[0] if isinstance(kind, Made) and isinstance(kind.args, tuple) and kind.args else None
    from netledger.sources.tensors.numpy_header import dtype_of_code

    dtype = dtype_of_code(code) if isinstance(code, str) else dtype_of(code)  # a class of ml_dtypes, as jax has them
    raw = data.args[0] if isinstance(data, Made) and data.path == "_codecs.encode" else data
    if dtype is None or not isinstance(raw, bytes | str):
        return None
    size = integers(shape)
    if BITS[dtype] < 8:  # each takes a byte of its own
        dtype = "uint8" if dtype.startswith("u") else "int8"
    needed = BITS[dtype] // 8
    for length in size:
        needed *= length
    if needed != len(raw):
        raise FormatError(f"an array whose shape needs {needed:,} bytes holds {len(raw):,}")
    return StorageView(Storage(f"{IN_PICKLE}{id(raw)}", len(raw)), dtype, 0, size, None)


_WRAPPER = "torch._utils._rebuild_wrapper_subclass"
PARAMETERS = (
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state",
    "torch.nn.parameter.Parameter",
)
TAKEN_ALONG = {
    "torch._utils._rebuild_sparse_tensor": "constant",
    "torch._utils._rebuild_sparse_csr_tensor": "constant",
    "torch._utils._rebuild_nested_tensor": "constant",
}
"""What else belongs to a tensor by how it is rebuilt, where it is no scale of quantised values."""

REBUILD: dict[str, Callable[[Walk, tuple[Any, ...], Made], StorageView | None]] = {
    "torch._utils._rebuild_tensor": _plain,
    "torch._utils._rebuild_tensor_v2": _plain,
    "torch._utils._rebuild_tensor_v3": _typed,
    "torch._utils._rebuild_qtensor": _quantised,
    **dict.fromkeys(PARAMETERS, _inner),
    "torch._utils._rebuild_nested_tensor": _inner,
    "torch._tensor._rebuild_from_type_v2": _subclass,
    "torch._utils._rebuild_meta_tensor_no_storage": _not_stored,
    _WRAPPER: _wrapper,
    "torch.distributed.checkpoint.metadata.TensorStorageMetadata": _elsewhere,
    "torch._utils._rebuild_sparse_tensor": _sparse,
    "torch._utils._rebuild_sparse_csr_tensor": _sparse,
    "numpy.core.multiarray._reconstruct": _array,
    "numpy._core.multiarray._reconstruct": _array,
    "numpy.core.numeric._frombuffer": _array5,
    "numpy._core.numeric._frombuffer": _array5,
    "jax._src.array._reconstruct_array": _jax_array,
    "jax._src.device_array.reconstruct_device_array": _jax_array,
}
"""A call's name → how the tensor that it makes is read off its arguments."""
