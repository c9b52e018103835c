"""MXNet's ``.params``: a list of arrays and a list of their names; no value is read.

Source: ``NDArray::Save`` and ``NDArray::Load`` of MXNet (``src/ndarray/ndarray.cc``), versions 1 to 3.
"""

from __future__ import annotations

from netledger.dtypes import bytes_of
from netledger.errors import FormatError, LimitError
from netledger.limits import MAX_DIMENSION, NAME_BYTES, RANK, TENSORS
from netledger.network import Tensor, elements_of
from netledger.wire.cursor import Cursor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.files import InputFile

MAGIC = 0x112
_VERSIONS = {0xF993FAC8: 1, 0xF993FAC9: 2, 0xF993FACA: 3}
_TYPES = {
    0: "float32", 1: "float64", 2: "float16", 3: "uint8", 4: "int32", 5: "int8", 6: "int64", 7: "bool", 12: "bfloat16",
}  # fmt: skip
_STATISTICS = ("moving_mean", "moving_var", "running_mean", "running_var")


class MxnetArray:
    """One array: its name, whether it is an auxiliary state, element type, shape and bytes."""

    __slots__ = ("auxiliary", "dtype", "name", "nbytes", "shape")

    def __init__(self, dtype: str, shape: tuple[int, ...]) -> None:
        self.name, self.auxiliary, self.dtype, self.shape = "", False, dtype, shape
        self.nbytes = bytes_of(int(elements_of(shape)), dtype)

    def tensor(self, role: str, trainable: bool = True) -> Tensor:
        """It as a tensor."""
        return Tensor(self.name, role, self.shape, self.dtype, trainable=trainable, storage=self.name)


def role_of_name(name: str) -> str:
    """What an array is by MXNet's own names.

    >>> role_of_name("conv0_bias"), role_of_name("bn0_moving_mean"), role_of_name("fc_weight")
    ('bias', 'running_statistic', 'weight')
    """
    if name.endswith(_STATISTICS):
        return "running_statistic"
    return "bias" if name.endswith(("bias", "beta")) else "weight"


def arrays_in(file: InputFile) -> dict[str, MxnetArray]:
    """Every array by its name, without ``arg:`` and ``aux:``."""
    cursor = Cursor(file)
    if cursor.uint(8) != MAGIC:
        raise FormatError("no MXNet parameters: their first number is not 274")
    cursor.skip(8)
    count = cursor.uint(8)
    _check(count, cursor, 12)
    arrays = [_array(cursor) for _ in range(count)]
    names = cursor.uint(8)
    if names not in (count, 0):
        raise FormatError(f"{count:,} arrays and {names:,} names").at(byte=cursor.position - 8)
    found: dict[str, MxnetArray] = {}
    for i, array in enumerate(arrays):
        full = _name(cursor) if names else f"array_{i}"
        kind, colon, plain = full.partition(":")
        array.name, array.auxiliary = (plain, kind == "aux") if colon and kind in ("arg", "aux") else (full, False)
        if array.name in found:
            raise FormatError("a name that stands there twice").at(item=f"array '{array.name[:120]}'")
        found[array.name] = array
    if not cursor.at_end:
        raise FormatError(f"{cursor.left:,} bytes stand behind the names").at(byte=cursor.position)
    return found


def _check(count: int, cursor: Cursor, least: int) -> None:
    """Counts against bytes left."""
    if count > TENSORS:
        raise LimitError(f"{count:,} arrays, more than {TENSORS:,}").at(byte=cursor.position)
    if count * least > cursor.left:
        raise FormatError(f"{count:,} arrays, {cursor.left:,} bytes are left").at(byte=cursor.position)


def _name(cursor: Cursor) -> str:
    length = cursor.uint(8)
    if length > NAME_BYTES:
        raise LimitError(f"a name of {length:,} bytes, more than {NAME_BYTES:,}").at(byte=cursor.position)
    at = cursor.position
    try:
        return cursor.take(length).decode("utf-8")
    except UnicodeDecodeError:
        raise FormatError("a name that is not UTF-8 text").at(byte=at) from None


def _array(cursor: Cursor) -> MxnetArray:
    at = cursor.position
    first = cursor.uint(4)
    version = _VERSIONS.get(first, 0)
    if version >= 2 and cursor.uint(4):
        raise FormatError("a sparse array, which is not read").at(byte=at)
    rank, width = (cursor.uint(4), 8) if version else (first, 4)
    if rank > RANK:
        raise LimitError(f"{rank:,} dimensions, more than {RANK}").at(byte=at)
    shape = tuple([cursor.uint(width) for _ in range(rank)])
    if any(size > MAX_DIMENSION for size in shape):
        raise FormatError("a shape that cannot be").at(byte=at)
    if not rank and version < 3:
        return MxnetArray("float32", (0,))
    cursor.skip(8)
    kind = cursor.uint(4)
    dtype = _TYPES.get(kind)
    if dtype is None:
        raise FormatError(f"element type {kind} is not known").at(byte=at)
    found = MxnetArray(dtype, shape)
    if found.nbytes > cursor.left:
        raise FormatError(f"its shape needs {found.nbytes:,} bytes, {cursor.left:,} are left").at(byte=at)
    cursor.skip(found.nbytes)
    return found
