"""Stored tensors of an ONNX file: what they are and where, checked without reading them; small integers on demand."""

from __future__ import annotations

from struct import calcsize, unpack

from netledger.dtypes import BITS
from netledger.errors import FormatError, LimitError
from netledger.limits import MAX_ELEMENTS, RANK
from netledger.sources.onnx.quick import name_between, tensor_parts
from netledger.sources.onnx.schema import DTYPES, SPARSE, TENSOR
from netledger.wire.protobuf import decode, fields, packed, real, scan, value_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.sources.onnx.stored.folder import Folder
    from netledger.wire.cursor import Cursor
    from netledger.wire.protobuf import Span

CONSTANT_ELEMENTS = 4_096
"""Largest tensor of integers whose values are read: shapes, axes, indices."""
CONSTANT_REALS = 64
"""Largest tensor of other numbers whose values are read: scales of sizes. Weights are larger, or nobody asks."""

_TYPED = {4: "float_data", 5: "int32_data", 6: "string_data", 7: "int64_data", 10: "double_data", 11: "uint64_data"}
_HOLDS = {
    "float32": 4, "complex64": 4, "float64": 10, "complex128": 10, "int64": 7, "uint64": 11, "uint32": 11, "string": 6,
}  # fmt: skip
"""Which field holds values of a type that is not written raw; every other one is ``int32_data``."""


class StoredTensor:
    """One tensor of the file: name, sizes, element type, where its values are; never the values.

    ``span`` is the raw data's place, ``typed`` the places of typed data, ``file`` the name of an external file and
    ``outside`` where in which folder it lies.
    ``nbytes`` is what is really stored where the sizes do not tell, ``made`` how it came to be (``initializer``,
    ``Constant``, ``ConstantOfShape``, ``code``: a number in the code that was traced), ``storage`` its identity in the
    model. ``quantised`` says that its integers are scaled to real numbers somewhere, so that they are learned;
    ``taken_apart``, that their bits are told apart first.
    """

    __slots__ = (
        "at", "cursor", "dims", "dtype", "elements", "field", "file", "made", "name", "nbytes", "outside",
        "quantised", "span", "storage", "taken_apart", "typed",
    )  # fmt: skip

    def __init__(
        self, name: str, dims: tuple[int, ...], dtype: str, at: int = 0, made: str = "initializer",
        count: int | None = None,
    ) -> None:  # fmt: skip
        self.name, self.dims, self.dtype, self.at, self.made = name, dims, dtype, at, made
        self.storage = name
        self.elements = elements(dims, at) if count is None else count
        self.nbytes: int | None = None
        self.span: Span | None = None
        self.typed: list[tuple[int, int, int]] = []
        self.field = 0
        self.file: str | None = None
        self.outside: tuple[Folder, int] | None = None
        self.cursor: Cursor | None = None
        self.quantised = self.taken_apart = False

    @property
    def stored_bytes(self) -> int:
        """The bytes that its values take where they lie: in this file, in another, or as separately written values."""
        if self.nbytes is not None:
            return self.nbytes
        if self.span is not None:
            return self.span[1] - self.span[0]
        return bytes_needed(self) if self.dtype in BITS else 0

    def values(self, most: int | None = None) -> tuple[Any, ...] | None:
        """The values as Python numbers, where there are no more than ``most`` of them and they lie in this file."""
        if most is None:
            most = CONSTANT_ELEMENTS if self.dtype.lstrip("u").startswith("int") else CONSTANT_REALS
        if self.cursor is None or self.elements > most or self.dtype in ("string", "complex64", "complex128"):
            return None
        if self.span is not None or self.outside is not None:
            return self.first(self.elements)
        if not self.typed:
            return () if self.elements == 0 else None
        return _typed_values(self)

    def first(self, most: int) -> tuple[Any, ...] | None:
        """Its first values, ``most`` at most, from a file beside this one too; ``None`` where they are not in a row."""
        code = _STRUCT.get(self.dtype)
        if self.cursor is None or code is None:
            return None
        count = min(most, self.elements)
        nbytes = count * calcsize(code)
        if self.span is not None:
            data = self.cursor.source.read_at(self.span[0], nbytes)
        elif self.outside is not None and self.file is not None:
            folder, offset = self.outside
            found = folder.read(self.file, offset, nbytes)
            if found is None:
                return None
            data = found
        else:
            return None if self.typed and count < self.elements else self.values(most)
        return unpack(f"<{count}{code}", data)


def elements(dims: Sequence[int], at: int) -> int:
    """The product of ``dims``, exact; a negative size or too many is an error."""
    product = 1
    for size in dims:
        if size < 0:
            raise FormatError(f"a tensor has a negative size: dims {_shown(dims)}").at(byte=at)
        product *= size
    if product > MAX_ELEMENTS:
        raise LimitError(f"a tensor of more than 2^127 elements: dims {_shown(dims)}").at(byte=at)
    return product


def _shown(dims: Sequence[int]) -> str:
    return "×".join([f"{size}" for size in dims[:8]]) + ("…" if len(dims) > 8 else "")


_MOST_KEPT = 4_096
"""Sorts of tensors that are remembered."""


class Initializers:
    """Reads the stored tensors of a file; of one that differs from another in its name alone, the name alone."""

    def __init__(self, cursor: Cursor, folder: Folder) -> None:
        self.cursor, self.folder = cursor, folder
        self.around: dict[bytes, tuple[bytes, int, StoredTensor]] = {}

    def read(self, span: Span) -> StoredTensor:
        """The tensor at ``span``."""
        found = name_between(self.cursor, span, self.around)
        if found is None:
            return read_tensor(self.cursor, [span], self.folder, around=self.around)
        name, like = found
        tensor = StoredTensor(name, like.dims, like.dtype, span[0], count=like.elements)
        tensor.cursor, tensor.span = self.cursor, (span[1] - like.stored_bytes, span[1])
        return tensor


def read_tensor(
    cursor: Cursor, spans: list[Span], folder: Folder, name: str | None = None,
    around: dict[bytes, tuple[bytes, int, StoredTensor]] | None = None,
) -> StoredTensor:  # fmt: skip
    """The tensor at ``spans``, its stated sizes checked against the bytes that are there.

    ``around``: where to remember it for those like it (:func:`name_between`).
    """
    at = spans[0][0] if spans else 0
    found = tensor_parts(cursor, spans[0]) if len(spans) == 1 else None
    typed: list[tuple[int, int, int]] = []
    if found is None:
        found, typed = _scan(cursor, spans, at)
    label = found.get("name", "") if name is None else name
    try:
        tensor = _checked(cursor, found, typed, label, at, folder)
    except (FormatError, LimitError) as error:
        raise error.at(item=f"tensor '{label}'" if label else "a tensor") from None
    if around is not None and "around" in found and len(around) < _MOST_KEPT:
        before, behind = found["around"]
        around[before] = behind, tensor.stored_bytes, tensor
    return tensor


_FIXED = {number: entry for number, entry in TENSOR.items() if number not in _TYPED and number != 1}


def _scan(cursor: Cursor, spans: list[Span], at: int) -> tuple[dict[str, Any], list[tuple[int, int, int]]]:
    """The fields that describe it, and the places of its typed data: field, from, to."""
    found: dict[str, Any] = {}
    typed: list[tuple[int, int, int]] = []
    for start, end in spans:
        for number, wire, value, began in scan(cursor, start, end, most=512):
            if number in _TYPED:
                if len(typed) >= 1_000_000:
                    raise LimitError("more than 1,000,000 separately written values").at(byte=began)
                stop = cursor.position
                typed.append((number, stop - value if wire == 2 else -began, stop))
            elif number == 1:
                dims = found.setdefault("dims", [])
                if wire == 2:
                    dims.extend(packed(cursor, cursor.position - value, cursor.position, "int", RANK, "dims"))
                else:
                    dims.append(value - (1 << 64) if value >> 63 else value)
                if len(dims) > RANK:
                    raise LimitError(f"a tensor of more than {RANK} dimensions").at(byte=began)
            elif number in _FIXED:
                key, kind, repeated = _FIXED[number]
                read = value_of(cursor, kind, wire, value, began, key)
                if repeated:
                    found.setdefault(key, []).append(read)
                else:
                    found[key] = read
    return found, typed


def _checked(
    cursor: Cursor, found: dict[str, Any], typed: list[tuple[int, int, int]], name: str, at: int, folder: Folder
) -> StoredTensor:
    code = found.get("data_type", 0)
    if code not in DTYPES:
        raise FormatError(f"data_type {code} is none that ONNX knows").at(byte=at)
    if "segment" in found:
        raise FormatError("it is only a segment of a tensor, which ONNX has given up").at(byte=at)
    tensor = StoredTensor(name, tuple(found.get("dims", ())), DTYPES[code], at)
    tensor.cursor = cursor
    raw: Span | None = found.get("raw_data")
    external = found.get("data_location", 0) == 1
    numbers = sorted({field for field, _, _ in typed})
    if external:
        if (raw is not None and raw[0] < raw[1]) or typed:
            raise FormatError("its data is said to be in another file, and is here too").at(byte=at)
        tensor.file, offset = folder.check(cursor, found.get("external_data", []), tensor)
        tensor.outside = folder, offset
        return tensor
    if (raw is not None and typed) or len(numbers) > 1:
        fields_there = [_TYPED[number] for number in numbers] + (["raw_data"] if raw is not None else [])
        raise FormatError(f"its data is there more than once: {' and '.join(fields_there)}").at(byte=at)
    if raw is not None:
        _check_raw(tensor, raw)
        tensor.span = raw
    elif typed:
        _check_typed(tensor, typed, numbers[0])
        tensor.typed, tensor.field = typed, numbers[0]
    return tensor


def bytes_needed(tensor: StoredTensor) -> int:
    """The bytes that raw data of this tensor takes."""
    return (tensor.elements * BITS[tensor.dtype] + 7) // 8


def _check_raw(tensor: StoredTensor, raw: Span) -> None:
    there = raw[1] - raw[0]
    if tensor.dtype == "string":
        raise FormatError("strings cannot be raw data").at(byte=raw[0])
    needed = bytes_needed(tensor)
    if needed != there:
        raise FormatError(
            f"dims say {tensor.elements:,} elements ({needed:,} bytes of {tensor.dtype}), "
            f"raw_data holds {there:,} bytes"
        ).at(byte=raw[0])


def _check_typed(tensor: StoredTensor, typed: list[tuple[int, int, int]], field: int) -> None:
    """The number of values in a typed field against the dims; varints are bounded by their bytes, not read."""
    wanted = _HOLDS.get(tensor.dtype, 5)
    if field != wanted:
        raise FormatError(f"{_TYPED[field]} cannot hold {tensor.dtype}; {_TYPED[wanted]} does").at(byte=tensor.at)
    count = tensor.elements * (2 if tensor.dtype.startswith("complex") else 1)
    if BITS.get(tensor.dtype, 8) < 8:
        count = (count * BITS[tensor.dtype] + 7) // 8
    if field == 6:
        least = most = len(typed)
    elif field in (4, 10):
        size = 4 if field == 4 else 8
        least = most = sum((stop - start) // size if start >= 0 else 1 for _, start, stop in typed)
    else:
        lengths = sum(stop - start for _, start, stop in typed if start >= 0)
        single = sum(1 for _, start, _ in typed if start < 0)
        least, most = -(-lengths // 10) + single, lengths + single
    if not least <= count <= most:
        there = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        raise FormatError(f"dims say {tensor.elements:,} elements, {_TYPED[field]} holds {there}").at(byte=tensor.at)


_STRUCT = {
    "float32": "f", "float64": "d", "float16": "e", "int64": "q", "int32": "i", "int16": "h", "int8": "b",
    "uint64": "Q", "uint32": "I", "uint16": "H", "uint8": "B", "bool": "?",
}  # fmt: skip


def _typed_values(tensor: StoredTensor) -> tuple[Any, ...] | None:
    assert tensor.cursor is not None
    if tensor.dtype not in _STRUCT or tensor.dtype == "float16":
        return None
    kind = {4: "float", 10: "double"}.get(tensor.field, "int")
    values: list[Any] = []
    for _, start, stop in tensor.typed:
        if start >= 0:
            values.extend(packed(tensor.cursor, start, stop, kind, tensor.elements, "values"))
        else:
            for _, wire, value, _ in fields(tensor.cursor, -start, stop):
                negative = wire == 0 and value >> 63
                values.append(real(value, 4 if wire == 5 else 8) if wire != 0 else value - (1 << 64) * negative)
    if len(values) != tensor.elements:
        raise FormatError(f"dims say {tensor.elements:,} elements, {_TYPED[tensor.field]} holds {len(values):,}").at(
            byte=tensor.at, item=f"tensor '{tensor.name}'"
        )
    if tensor.dtype == "bool":
        return tuple([bool(value) for value in values])
    return tuple(values)


def read_sparse(cursor: Cursor, span: Span, folder: Folder) -> StoredTensor:
    """A sparse tensor: counted as what it stands for (``dims``), in the bytes of its values and indices."""
    found = decode(cursor, (span,), SPARSE, "sparse tensor")
    values = read_tensor(cursor, found.get("values", []), folder)
    indices = read_tensor(cursor, found.get("indices", []), folder, name=f"{values.name} indices")
    dims = tuple(found.get("dims", ()))
    try:
        if not dims or len(dims) > RANK or min(dims) < 0:
            raise FormatError(f"a sparse tensor of dims {_shown(dims) or 'none'}").at(byte=span[0])
        if len(values.dims) != 1 or indices.dtype != "int64" or indices.dims[:1] != values.dims:
            raise FormatError("a sparse tensor's values and indices do not go together").at(byte=span[0])
        if len(indices.dims) not in (1, 2) or indices.dims[1:] not in ((), (len(dims),)):
            raise FormatError("a sparse tensor's indices are not one for each value").at(byte=span[0])
        tensor = StoredTensor(values.name, dims, values.dtype, span[0])
        if values.elements > tensor.elements:
            raise FormatError(f"{values.elements:,} values do not fit dims {_shown(dims)}").at(byte=span[0])
    except (FormatError, LimitError) as error:
        raise error.at(item=f"tensor '{values.name}'") from None
    if values.dtype in BITS:
        tensor.nbytes = bytes_needed(values) + bytes_needed(indices)
    return tensor
