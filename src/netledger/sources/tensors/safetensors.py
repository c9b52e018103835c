"""safetensors files, single and sharded: the header is checked as strictly as the format's own Rust reader does.

The checks go in this order: length, limit, bounds, first byte, UTF-8, JSON, entries, contiguity; a tensor's bytes are
never read. Source: https://huggingface.co/docs/safetensors (the format), ``safetensors/src/tensor.rs`` (the checks).
"""

from __future__ import annotations

import json
from array import array
from operator import attrgetter, sub

from netledger.dtypes import BITS
from netledger.errors import FormatError, LimitError, NetledgerError
from netledger.limits import (
    MAX_DIMENSION,
    METADATA_ENTRIES,
    NAME_BYTES,
    RANK,
    SAFETENSORS_HEADER_BYTES,
    SHOWN_CHARACTERS,
)
from netledger.notation.strict_json import parse_json, twice, unique
from netledger.sources import Options, Source
from netledger.sources.companions import quantisation_beside, ties_words
from netledger.sources.files import stem
from netledger.sources.tensors.module_tree import Kind, read_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from netledger.network import Network
    from netledger.sources.files import InputFile

DTYPES = {
    "BOOL": "bool", "U8": "uint8", "I8": "int8", "I16": "int16", "U16": "uint16", "I32": "int32", "U32": "uint32",
    "I64": "int64", "U64": "uint64", "F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64",
    "C64": "complex64", "F4": "float4_e2m1", "F6_E2M3": "float6_e2m3", "F6_E3M2": "float6_e3m2",
    "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2", "F8_E8M0": "float8_e8m0fnu",
    "F8_E4M3FNUZ": "float8_e4m3fnuz", "F8_E5M2FNUZ": "float8_e5m2fnuz",
}  # fmt: skip
"""The format's element types by netledger's names."""


class SafetensorsHeader:
    """What a header says: parallel lists of tensor names, kinds and places, the metadata, the header's own bytes."""

    __slots__ = ("begins", "kinds", "metadata", "names", "size")

    def __init__(
        self, names: list[str], kinds: list[Kind], begins: array[int], metadata: Mapping[str, str], size: int
    ) -> None:
        self.names, self.kinds, self.begins, self.metadata, self.size = names, kinds, begins, metadata, size


def read_header(file: InputFile) -> SafetensorsHeader:
    """The header of a single safetensors file, checked."""
    if file.size < 8:
        raise FormatError(f"{file.size} bytes are too few for a safetensors file")
    length = int.from_bytes(file.read_at(0, 8), "little")
    if length > SAFETENSORS_HEADER_BYTES:
        raise LimitError(f"a header of {length:,} bytes, more than the format's {SAFETENSORS_HEADER_BYTES:,}").at(
            byte=0
        )
    if 8 + length > file.size:
        raise FormatError(f"the header should be {length:,} bytes, the file has {file.size - 8:,} more").at(byte=0)
    raw = file.read_at(8, length)
    if raw[:1] != b"{":
        raise FormatError("the header does not begin with '{'").at(byte=8)
    careful = b"true" in raw or b"false" in raw or b"\\" in raw
    entries = _Entries(careful)
    try:
        pairs = parse_json(raw, hook=entries.made, fractions=False)
    except NetledgerError as error:
        if error.byte is None:
            error.at(item=_entry_named(raw, len(entries.begins)))
        error.byte = 8 + (error.byte or 0)
        raise
    del raw
    metadata = _metadata(pairs)
    names, kinds = [name for name, _ in pairs], [kind for _, kind in pairs]
    del pairs
    _check_names(names, kinds, careful)
    _check_places(names, kinds, entries, file.size - 8 - length)
    return SafetensorsHeader(names, kinds, entries.begins, metadata, length)


def stored_shapes(file: InputFile, header: SafetensorsHeader) -> dict[str, tuple[int, ...]]:
    """``{module: (outputs, inputs)}`` of the tensors that keep the logical shape of what is packed beside them."""
    found: dict[str, tuple[int, ...]] = {}
    for i, name in enumerate(header.names):
        kind = header.kinds[i]
        if name.endswith(_SHAPE) and len(found) < _MOST_SHAPES and kind.shape == (2,) and kind.dtype in _WHOLE:
            raw = file.read_at(8 + header.size + header.begins[i], kind.nbytes)
            half = kind.nbytes // 2
            sides = (raw[:half], raw[half:])
            found[name[: -len(next(filter(name.endswith, _SHAPE)))]] = tuple(
                [int.from_bytes(side, "little", signed=True) for side in sides]
            )
    return found


_SHAPE = (".weight_shape", ".shape")
_WHOLE, _MOST_SHAPES = ("int64", "int32"), 50_000


def _entry_named(raw: bytes, number: int) -> str | None:
    """Which tensor the entry is that could not be read, the ``number``-th of the header; ``None`` where unclear."""
    try:
        pairs = json.loads(raw, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return None
    names = [pair[0] for pair in pairs if isinstance(pair, tuple) and pair[0] != "__metadata__"]
    return f"tensor '{names[number]}'" if number < len(names) else None


class _Entries:
    """Called for every JSON object, innermost first: turns a tensor's entry into its Kind while the JSON is read.

    A million entries never exist as dicts: where each one's bytes begin and end goes into two arrays, and what is left
    of it is a Kind that all tensors of the same element type and shape share.
    """

    def __init__(self, careful: bool) -> None:
        self.begins, self.ends = array("Q"), array("Q")
        self.kinds: dict[Any, Kind] = {}
        self.careful = careful

    def made(self, pairs: list[tuple[str, Any]]) -> Any:
        if len(pairs) == 3 and not self.careful:
            (first, dtype), (second, shape), (third, place) = pairs
            if first == "dtype" and second == "shape" and third == "data_offsets" and type(shape) is list:
                try:
                    kind = self.kinds[dtype, *shape]
                    begin, end = place
                    self.begins.append(begin)
                    self.ends.append(end)
                except (KeyError, TypeError, ValueError, OverflowError):
                    del self.begins[len(self.ends) :]
                else:
                    return kind
        return self.slowly(pairs)

    def slowly(self, pairs: list[tuple[str, Any]]) -> Any:
        """The same, for an entry of a new kind, of another order, or that has to be looked at closely."""
        keys = [key for key, _ in pairs]
        if "data_offsets" not in keys and "shape" not in keys:
            return pairs if any(isinstance(value, Kind) for _, value in pairs) else unique(pairs)
        if any(isinstance(value, Kind) for _, value in pairs):  # tensors that are called "shape" and the like
            return pairs
        entry = unique(pairs)
        if all(isinstance(value, str) for value in entry.values()):  # metadata with such keys
            return entry
        kind = self.kind_of(entry.get("dtype"), entry.get("shape"))
        place = entry.get("data_offsets")
        if not isinstance(place, list) or len(place) != 2 or not all(_is_size(value) for value in place):
            raise FormatError(f"data_offsets are {_shown(place)}, not two places in the file")
        self.begins.append(place[0])
        self.ends.append(place[1])
        return kind

    def kind_of(self, dtype: Any, shape: Any) -> Kind:
        if not isinstance(dtype, str) or dtype not in DTYPES:
            raise FormatError(f"{_shown(dtype)} is no element type of safetensors")
        if not isinstance(shape, list) or not all(_is_size(size) for size in shape):
            raise FormatError(f"the shape {_shown(shape)} is no list of sizes")
        if len(shape) > RANK:
            raise LimitError(f"a tensor of {len(shape):,} dimensions, more than {RANK}")
        key = (dtype, *shape)
        known = self.kinds.get(key)
        if known is not None:
            return known
        elements = 1
        for size in shape:
            elements *= size
            if elements >= 2**64:
                raise FormatError("a tensor of more values than 64 bits can count")
        bits = elements * BITS[DTYPES[dtype]]
        if bits % 8:
            raise FormatError(f"{elements:,} values of {dtype} do not fill whole bytes")
        kind = self.kinds[key] = Kind(DTYPES[dtype], tuple(shape), elements, bits // 8)
        return kind


def _is_size(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_DIMENSION


def _shown(value: object) -> str:
    from netledger.printable import printable

    if isinstance(value, Kind):
        return "(another tensor's entry)"
    if isinstance(value, list):
        shown = ", ".join([_shown(item) if not isinstance(item, list) else "[…]" for item in value[:8]])
        return f"[{shown}{', …' if len(value) > 8 else ''}]"
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 140:
        return "(a number beyond 2^140)"
    return printable(str(value), 64) if not isinstance(value, str) else f"'{printable(value, 64)}'"


def _metadata(pairs: Any) -> Mapping[str, str]:
    """Takes ``__metadata__`` out of the header's pairs; strings only."""
    if isinstance(pairs, dict) and not pairs.keys() - {"__metadata__"}:
        metadata = pairs.pop("__metadata__", None)
        return _checked_metadata({} if metadata is None else metadata)
    if isinstance(pairs, dict):
        name = next(iter(pairs.keys() - {"__metadata__"}))
        raise FormatError("the entry is no tensor: dtype, shape and data_offsets are wanted").at(
            item=f"tensor '{name}'"
        )
    if not isinstance(pairs, list) or (pairs and not isinstance(pairs[0], tuple)):
        raise FormatError("the header is no JSON object").at(byte=8)
    at = [i for i, (name, _) in enumerate(pairs) if name == "__metadata__"]
    if len(at) > 1:
        raise FormatError("__metadata__ stands twice").at(byte=8)
    return _checked_metadata(pairs.pop(at[0])[1]) if at else {}


def _checked_metadata(metadata: Any) -> Mapping[str, str]:
    if metadata is None:
        return {}
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise FormatError("__metadata__ may hold strings only").at(byte=8)
    if len(metadata) > METADATA_ENTRIES:
        raise LimitError(f"{len(metadata):,} metadata entries, more than {METADATA_ENTRIES:,}")
    return metadata


def _check_names(names: list[str], kinds: list[Kind], careful: bool) -> None:
    if set(map(type, kinds)) - {Kind}:
        name = next(name for name, kind in zip(names, kinds, strict=True) if type(kind) is not Kind)
        raise FormatError("the entry is no tensor: dtype, shape and data_offsets are wanted").at(
            item=f"tensor '{name}'"
        )
    if len(set(names)) != len(names):
        raise FormatError("the tensor is named twice").at(byte=8, item=f"tensor '{twice(names)}'")
    if names and max(map(len, names)) > NAME_BYTES:
        raise LimitError(f"a tensor's name of more than {NAME_BYTES:,} bytes").at(byte=8)
    if careful:
        for name in names:
            if any(0xD800 <= ord(character) < 0xE000 for character in name):
                raise FormatError("half a surrogate pair in the name").at(byte=8, item=f"tensor '{name}'")


def _check_places(names: list[str], kinds: list[Kind], entries: _Entries, data: int) -> None:
    """The tensors follow each other without hole or overlap, each as long as its shape says, to the file's end."""
    begins, ends = entries.begins, entries.ends
    if len(begins) != len(kinds):
        raise FormatError("entries of tensors stand inside others").at(byte=8)
    in_order = begins[1:] == ends[:-1]
    sizes = array("Q", map(min, map(attrgetter("nbytes"), kinds), (2**64 - 1,) * len(kinds)))
    if not in_order or (begins and begins[0]) or any(map(sub, map(sub, ends, begins), sizes)):
        _check_slowly(names, kinds, begins, ends)
    end = max(ends, default=0)
    if end != data:
        what = "hold" if end > data else "leave"
        said = f"the tensors end at {end:,}, the data at {data:,}"
        raise FormatError(f"{said}: the file is too short" if what == "hold" else f"{said}: bytes that belong to none")


def _check_slowly(names: list[str], kinds: list[Kind], begins: array[int], ends: array[int]) -> None:
    expected = 0
    for i in sorted(range(len(names)), key=lambda i: (begins[i], ends[i])):
        begin, end, item = begins[i], ends[i], f"tensor '{names[i]}'"
        if end < begin:
            raise FormatError(f"it ends at {end:,}, before it begins at {begin:,}").at(item=item)
        if begin != expected:
            what = "overlaps the tensor before it" if begin < expected else "leaves a hole before it"
            raise FormatError(f"begins at {begin:,} of the data, expected at {expected:,}: {what}").at(item=item)
        if end - begin != kinds[i].nbytes:
            raise FormatError(f"its shape says {kinds[i].nbytes:,} bytes, its place {end - begin:,}").at(item=item)
        expected = end


# ---------------------------------------------------------------------- the source


def _sniff(head: bytes) -> bool:
    return head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= SAFETENSORS_HEADER_BYTES


def _read(file: InputFile, options: Options) -> Network:
    header = read_header(file)
    return read_tree(
        stem(file.path),
        header.names,
        header.kinds,
        quantisation=lambda: {
            **quantisation_beside(file),
            "weight_shapes": stored_shapes(file, header),
            "metadata": header.metadata,
        },
        tied=lambda: ties_words(file),
        notes=notes_of(header.metadata),
        meta={"format": "safetensors", "header_bytes": header.size, "metadata": shown_metadata(header.metadata)},
        alphabetical=len(DTYPES),
        stored={"bytes": file.size - 8 - header.size},
    )


def notes_of(metadata: Mapping[str, str]) -> tuple[str, ...]:
    """What the metadata says that a reader should see: which framework's tensors these are."""
    return (f"written for {metadata['format']}",) if "format" in metadata else ()


def shown_metadata(metadata: Mapping[str, str], most: int = 100) -> dict[str, str]:
    """The first entries, their values cut to what is shown."""
    shown: dict[str, str] = {}
    for key, value in metadata.items():
        if len(shown) == most:
            break
        shown[key] = value if len(value) <= SHOWN_CHARACTERS else value[:SHOWN_CHARACTERS] + "…"
    return shown


SAFETENSORS = Source("safetensors", "safetensors file", (".safetensors",), _sniff, _read)
