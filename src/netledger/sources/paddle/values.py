"""Paddle's combined parameters (``.pdiparams``): one array behind the other, each with its shape; no value is read.

Source: ``SerializeToStream`` of ``DenseTensor`` of Paddle (``tensor_util.cc``); names stand in the program.
"""

from __future__ import annotations

from netledger.dtypes import BITS, bytes_of
from netledger.errors import FormatError, LimitError
from netledger.limits import MAX_DIMENSION, RANK, TENSORS
from netledger.network import elements_of
from netledger.wire.cursor import Cursor
from netledger.wire.protobuf import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.files import InputFile

DTYPES = {
    0: "bool", 1: "int16", 2: "int32", 3: "int64", 4: "float16", 5: "float32", 6: "float64", 20: "uint8", 21: "int8",
    22: "bfloat16", 23: "complex64", 24: "complex128", 32: "float8_e4m3fn", 33: "float8_e5m2",
}  # fmt: skip
"""The numbers of ``VarType`` that stand for numbers."""
TENSOR = {1: ("dtype", "int", False), 2: ("dims", "int", True)}
_DESCRIPTION_BYTES = 4096


class PaddleArray:
    """One array: its element type, shape and bytes."""

    __slots__ = ("dtype", "nbytes", "shape")

    def __init__(self, dtype: str, shape: tuple[int, ...]) -> None:
        self.dtype, self.shape = dtype, shape
        self.nbytes = bytes_of(int(elements_of(shape)), dtype)


def arrays_in(file: InputFile) -> list[PaddleArray]:
    """Every array in order."""
    cursor = Cursor(file)
    found: list[PaddleArray] = []
    while not cursor.at_end:
        if len(found) >= TENSORS:
            raise LimitError(f"more than {TENSORS:,} arrays")
        found.append(_array(cursor))
    return found


def _array(cursor: Cursor) -> PaddleArray:
    at = cursor.position
    if cursor.uint(4):
        raise FormatError("no parameters of Paddle: an array of a version that is not known").at(byte=at)
    for _ in range(_levels(cursor, at)):
        cursor.skip(cursor.uint(8))
    if cursor.uint(4):
        raise FormatError("a tensor of a version that is not known").at(byte=at)
    length = cursor.uint(4)
    if length > _DESCRIPTION_BYTES:
        raise LimitError(f"a description of {length:,} bytes, more than {_DESCRIPTION_BYTES:,}").at(byte=at)
    start = cursor.position
    cursor.skip(length)
    said = decode(Cursor(cursor.source, start, start + length), [(start, start + length)], TENSOR, "tensor")
    dtype, dims = DTYPES.get(said.get("dtype", 0), ""), said.get("dims", [])
    if dtype not in BITS or len(dims) > RANK or any(not 0 <= size <= MAX_DIMENSION for size in dims):
        raise FormatError("an array of a type or shape that cannot be").at(byte=at)
    found = PaddleArray(dtype, tuple(dims))
    if found.nbytes > cursor.left:
        raise FormatError(f"its shape needs {found.nbytes:,} bytes, {cursor.left:,} are left").at(byte=at)
    cursor.skip(found.nbytes)
    return found


def _levels(cursor: Cursor, at: int) -> int:
    """How many tables of sequence lengths stand before a tensor."""
    levels = cursor.uint(8)
    if levels > RANK:
        raise LimitError(f"{levels:,} tables of lengths, more than {RANK}").at(byte=at)
    return levels
