"""The header of a ``.npy`` array: a Python literal of one fixed form, read without ``ast`` and never evaluated."""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.limits import MAX_DIMENSION, RANK
from netledger.records import Record
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAGIC = b"\x93NUMPY"
HEADER_BYTES = 64 * 1024
_NESTING = 8

_CODES = {
    "f2": "float16", "f4": "float32", "f8": "float64", "i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64",
    "u1": "uint8", "u2": "uint16", "u4": "uint32", "u8": "uint64", "b1": "bool", "c8": "complex64",
    "c16": "complex128", "V2": "bfloat16",
}  # fmt: skip
"""NumPy's codes; two bytes without a type are how it keeps the ``bfloat16`` of jax, of which it knows nothing."""


class ArrayHeader(Record):
    """What a ``.npy`` header says: element type (``None``: objects, records, text), shape, bytes."""

    __slots__ = ("descr", "dtype", "shape", "width", "length")
    descr: str
    dtype: str | None
    shape: tuple[int, ...]
    width: int | None
    length: int

    def __init__(self, descr: str, dtype: str | None, shape: tuple[int, ...], width: int | None, length: int) -> None:
        self._fill(descr, dtype, shape, width, length)

    @property
    def elements(self) -> int:
        """The product of the shape."""
        product = 1
        for size in self.shape:
            product *= size
        return product

    @property
    def count(self) -> int | Unknown:
        """How many values: Unknown where an element is a pickled object or a record of several."""
        if self.dtype is not None:
            return self.elements
        what = "an array of pickled objects" if "O" in self.descr else "an array of records or text"
        return Unknown(f"{what}, which is not read ({self.descr[:40]})")


def dtype_of_code(code: str) -> str | None:
    """``<f4`` → ``float32``; ``None`` for text, objects, times and records.

    >>> dtype_of_code("<f4"), dtype_of_code("|O")
    ('float32', None)
    """
    return _CODES.get(code[1:] if code[:1] in "<>|=" else code)


def header_length(start: bytes) -> int:
    """How many bytes the header takes, its first twelve bytes given; checked against ``HEADER_BYTES``."""
    if not start.startswith(MAGIC) or len(start) < 10:
        raise FormatError("this is no .npy array")
    version = start[6]
    if version not in (1, 2, 3):
        raise FormatError(f".npy version {version}; known are 1, 2 and 3").at(byte=6)
    wide = version > 1
    length = int.from_bytes(start[8 : 12 if wide else 10], "little") + (12 if wide else 10)
    if length > HEADER_BYTES:
        raise LimitError(f"a header of {length:,} bytes, more than {HEADER_BYTES:,}").at(byte=8)
    return length


def parse_header(raw: bytes) -> ArrayHeader:
    """The whole header: magic, version, length and the literal."""
    begin = 12 if raw[6] > 1 else 10
    literal = _Literal(raw[begin:].decode("latin-1" if raw[6] < 3 else "utf-8", "replace"))
    said = literal.value(0)
    literal.end()
    if not isinstance(said, dict) or said.keys() != {"descr", "fortran_order", "shape"}:
        raise FormatError("the header is not the dict of descr, fortran_order and shape").at(byte=begin)
    shape, descr = said["shape"], said["descr"]
    sizes = isinstance(shape, tuple) and all(type(size) is int and 0 <= size <= MAX_DIMENSION for size in shape)
    if not sizes or not isinstance(said["fortran_order"], bool):
        raise FormatError("the header's shape is no tuple of sizes").at(byte=begin)
    if len(shape) > RANK:
        raise LimitError(f"an array of {len(shape)} dimensions, more than {RANK}")
    if not isinstance(descr, str):
        return ArrayHeader("record", None, shape, None, len(raw))
    dtype = dtype_of_code(descr)
    return ArrayHeader(descr, dtype, shape, _width(descr), len(raw))


def _width(descr: str) -> int | None:
    """The bytes of an element as its code says; ``None`` for objects."""
    kind, digits = descr.lstrip("<>|=")[:1], descr.lstrip("<>|=")[1:].partition("[")[0]
    if kind == "O" or not digits.isdecimal() or len(digits) > 9:
        return None
    return int(digits) * (4 if kind == "U" else 1)


class _Literal:
    """A reader of dicts, tuples, lists, strings, integers, ``True``, ``False`` and ``None``; nothing else."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def fail(self) -> FormatError:
        error = FormatError("the header is no plain literal")
        error.at(byte=self.at)
        return error

    def skip(self) -> str:
        """Past blanks; the character that stands next (empty at the end)."""
        while self.at < len(self.text) and self.text[self.at] in " \t\r\n":
            self.at += 1
        return self.text[self.at : self.at + 1]

    def end(self) -> None:
        if self.skip():
            raise self.fail()

    def value(self, depth: int) -> Any:
        if depth > _NESTING:
            raise LimitError(f"a header nested deeper than {_NESTING}")
        character = self.skip()
        if character in ("'", '"') and character:
            return self.string(character)
        if character == "{":
            return self.dict(depth)
        if character in ("(", "[") and character:
            return self.sequence(character, depth)
        return self.word()

    def string(self, quote: str) -> str:
        end = self.text.find(quote, self.at + 1)
        raw = self.text[self.at + 1 : end]
        if end < 0 or "\\" in raw:
            raise self.fail()
        self.at = end + 1
        return raw

    def dict(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        self.at += 1
        while self.skip() != "}":
            key = self.value(depth + 1)
            if not isinstance(key, str) or key in made or self.skip() != ":":
                raise self.fail()
            self.at += 1
            made[key] = self.value(depth + 1)
            self.comma("}")
        self.at += 1
        return made

    def sequence(self, opening: str, depth: int) -> tuple[Any, ...] | list[Any]:
        closing, made = {"(": ")", "[": "]"}[opening], []
        self.at += 1
        while self.skip() != closing:
            made.append(self.value(depth + 1))
            self.comma(closing)
        self.at += 1
        return tuple(made) if opening == "(" else made

    def comma(self, closing: str) -> None:
        character = self.skip()
        if character == ",":
            self.at += 1
        elif character != closing:
            raise self.fail()

    def word(self) -> Any:
        end = self.at
        while end < len(self.text) and (self.text[end].isalnum() or self.text[end] in "-_"):
            end += 1
        word = self.text[self.at : end]
        constants = {"True": True, "False": False, "None": None}
        if word in constants:
            self.at = end
            return constants[word]
        digits = word.removesuffix("L")  # Python 2 wrote long integers so
        if not digits.isascii() or not digits.isdecimal() or len(digits) > 20:
            raise self.fail()
        self.at = end
        return int(digits)
