"""Flax parameters (``.msgpack``): nested maps whose leaves are arrays; no value of an array is read.

Source: ``flax/serialization.py`` (``msgpack_serialize``): an array is extension 1 around its shape, the name of its
element type and its bytes; one above a gigabyte is a map of chunks.
"""

from __future__ import annotations

from netledger.dtypes import BITS, bytes_of
from netledger.errors import FormatError, LimitError
from netledger.limits import MAX_DIMENSION, NESTING, RANK, TENSORS
from netledger.network import Network, Tensor, elements_of
from netledger.sources import Options, Source
from netledger.sources.files import stem
from netledger.sources.tensors.copies import without_copies
from netledger.sources.tensors.module_tree import (
    FOLD_ABOVE,
    Kind,
    in_order_of_counting,
    layers_of,
    read_tree,
    several,
    tree,
)
from netledger.sources.tensors.roles import role_of
from netledger.wire.cursor import Cursor
from netledger.wire.msgpack import MsgpackToken, token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.files import InputFile

_ARRAY, _SCALAR = 1, 3
_CHUNKED = "__msgpack_chunked_array__"
_STATE = ("opt_state", "step", "rng", "dropout_rng", "opt_states")
_OPTIMIZERS = frozenset(("opt_state", "opt_states", "opt", "optim", "optimizer", "optimizer_state", "param_states"))
"""Places anywhere in the tree below which an optimizer keeps what it needs: Optax's, and T5X's ``param_states``."""


class FlaxArray:
    """A leaf: its path, shape, element type and bytes."""

    __slots__ = ("dtype", "nbytes", "path", "shape")

    def __init__(self, path: tuple[str, ...], shape: tuple[int, ...], dtype: str, nbytes: int) -> None:
        self.path, self.shape, self.dtype, self.nbytes = path, shape, dtype, nbytes


def arrays_in(file: InputFile) -> tuple[list[FlaxArray], int]:
    """Every array in order, chunks joined, and how many other values there are."""
    cursor = Cursor(file)
    first = token(cursor)
    if first.kind != "map":
        raise FormatError("no parameters of Flax: a map is wanted")
    found: list[FlaxArray] = []
    others = 0
    waiting: list[tuple[tuple[str, ...], int]] = [((), first.value)]
    while waiting:
        path, left = waiting.pop()
        if not left:
            continue
        waiting.append((path, left - 1))
        key = token(cursor)
        if key.kind != "text":
            raise FormatError("a key that is no text").at(byte=cursor.position)
        place = (*path, key.value)
        if len(place) > NESTING:
            raise LimitError(f"maps nested deeper than {NESTING}").at(byte=cursor.position)
        value = token(cursor)
        if value.kind == "map":
            waiting.append((place, value.value))
        elif value.kind == "extension" and value.value in (_ARRAY, _SCALAR):
            found.append(_array(file, value, place))
        elif value.kind == "array":
            raise FormatError("a list, where Flax has maps").at(byte=cursor.position, item=f"'{'/'.join(place)[:120]}'")
        elif place[-1] != _CHUNKED and place[-2:-1] != ("shape",):  # which say how chunks are joined
            others += 1
        if len(found) + others > TENSORS:
            raise LimitError(f"more than {TENSORS:,} values")
    if not cursor.at_end:
        raise FormatError(f"{cursor.left:,} bytes stand behind the parameters").at(byte=cursor.position)
    return _joined(found), others


def _array(file: InputFile, held: MsgpackToken, place: tuple[str, ...]) -> FlaxArray:
    """The shape and element type inside an extension, which must hold exactly the bytes that they need."""
    inner = Cursor(file, held.start, held.start + held.size)
    name = f"array '{'/'.join(place)[:120]}'"
    outer, sizes = token(inner), token(inner)
    if outer.kind != "array" or outer.value != 3 or sizes.kind != "array" or sizes.value > RANK:
        raise FormatError("no array: its shape, type and bytes are wanted").at(byte=held.start, item=name)
    shape = tuple([token(inner).value for _ in range(sizes.value)])
    if any(type(size) is not int or not 0 <= size <= MAX_DIMENSION for size in shape):
        raise FormatError("a shape that cannot be").at(byte=held.start, item=name)
    kind, values = token(inner), token(inner)
    if kind.kind != "text" or values.kind != "bytes" or not inner.at_end:
        raise FormatError("no array: its shape, type and bytes are wanted").at(byte=held.start, item=name)
    dtype = {"key<fry>": "uint32"}.get(kind.value, kind.value)
    if dtype not in BITS:
        raise FormatError(f"element type '{dtype[:40]}' is not known").at(byte=held.start, item=name)
    needed = int(elements_of(shape)) * max(BITS[dtype] // 8, 1)  # what is smaller than a byte takes one
    if needed != values.size:
        raise FormatError(f"its shape needs {needed:,} bytes, {values.size:,} are there").at(byte=held.start, item=name)
    return FlaxArray(place, shape, dtype, values.size)


def _joined(found: list[FlaxArray]) -> list[FlaxArray]:
    """Chunks of one array as that array, flat: its own shape stands in numbers beside them."""
    joined: dict[tuple[str, ...], FlaxArray] = {}
    for one in found:
        chunk = len(one.path) > 2 and one.path[-2] == "chunks" and one.path[-1].isdecimal() and len(one.shape) == 1
        path = one.path[:-2] if chunk else one.path
        before = joined.get(path) if chunk else None
        if before is None:
            joined[path] = FlaxArray(path, one.shape, one.dtype, one.nbytes)
        elif before.dtype == one.dtype:
            joined[path] = FlaxArray(path, (before.shape[0] + one.shape[0],), one.dtype, before.nbytes + one.nbytes)
        else:
            raise FormatError("its chunks are of two element types").at(item=f"array '{'/'.join(path)[:120]}'")
    return list(joined.values())


def _read(file: InputFile, options: Options) -> Network:
    found, others = arrays_in(file)
    tensors = [_tensor(one) for one in found]
    stored = {
        "elements": sum([int(elements_of(one.shape)) for one in found]), "bytes": sum([one.nbytes for one in found]),
    }  # fmt: skip
    meta = {"format": "flax", "tensors": len(tensors), "stored": stored}
    notes = (f"{several(others, 'value')} beside the arrays: settings and counters",) if others else ()
    name = stem(file.path)
    if len(tensors) > FOLD_ABOVE:
        kinds = [Kind(one.dtype, one.shape, int(elements_of(one.shape)), one.nbytes) for one in found]
        return read_tree(name, [tensor.name for tensor in tensors], kinds, notes=notes, meta=meta)
    told, copies = without_copies(tensors)
    return tree(name, in_order_of_counting(layers_of(told)), notes=(*notes, *copies), meta=meta)


def _tensor(one: FlaxArray) -> Tensor:
    name, role = named_role(one.path, one.dtype, one.shape)
    return Tensor(name, role, one.shape, one.dtype, nbytes=_odd(one))


def named_role(path: tuple[str, ...], dtype: str, shape: tuple[int, ...]) -> tuple[str, str]:
    """An array by its place; running statistics are a collection of their own, and training's state is told apart.

    >>> named_role(("batch_stats", "bn", "var"), "float32", (4,))
    ('bn.var', 'running_statistic')
    """
    parts = path[1:] if path[0] in ("params", "batch_stats") and len(path) > 1 else path
    name = ".".join(parts)
    if path[0] in _STATE or not _OPTIMIZERS.isdisjoint(path[:-1]):
        return f"optimizer.state.{name}", "state"
    statistic = path[0] == "batch_stats" or (parts[-1] in ("mean", "var") and "batch_stats" in path)
    return name, "running_statistic" if statistic else "weight" if parts[-1] == "scale" else role_of(name, dtype, shape)


def _odd(one: FlaxArray) -> int | None:
    """The stored bytes, where the element type does not tell them."""
    return None if bytes_of(int(elements_of(one.shape)), one.dtype) == one.nbytes else one.nbytes


FLAX = Source("flax", "Flax parameters", (".msgpack",), lambda head: False, _read)
