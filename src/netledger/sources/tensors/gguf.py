"""GGUF files, versions 2 and 3, whole or split: metadata, tensor names, shapes and types; no tokenizer, no weight.

Shapes are shown in PyTorch's order, the reverse of the file's. Source: ``docs/gguf.md`` of ggml.
"""

from __future__ import annotations

import struct
from struct import Struct

from netledger.errors import FormatError, LimitError, NetledgerError
from netledger.limits import MAX_DIMENSION, METADATA_ENTRIES, NAME_BYTES, NESTING, SHOWN_CHARACTERS, TENSORS
from netledger.sources import Options, Source
from netledger.sources.companions import read_shard
from netledger.sources.files import stem
from netledger.sources.tensors.ggml_types import GGML_TYPES, REMOVED
from netledger.sources.tensors.module_tree import Kind, read_tree
from netledger.wire.cursor import Cursor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Network
    from netledger.sources.files import InputFile

    Scalar = int | float | bool | str | tuple[int | float | bool, ...]

_STRING, _ARRAY = 8, 9
_SCALARS = {
    0: Struct("<B"), 1: Struct("<b"), 2: Struct("<H"), 3: Struct("<h"), 4: Struct("<I"), 5: Struct("<i"),
    6: Struct("<f"), 7: Struct("<?"), 10: Struct("<Q"), 11: Struct("<q"), 12: Struct("<d"),
}  # fmt: skip
_UINT32 = 4
_LENGTH = Struct("<Q")
_PAIR = Struct("<IQ")
_RANK = Struct("<I")
_FIELDS = [Struct(f"<{rank}QIQ") for rank in range(5)]
"""Sizes, type and offset of a tensor of so many dimensions."""
_USUAL_NAME = 256
_MOST_USUAL = 8 + _USUAL_NAME + 4 + 8 * 4 + 12
"""A tensor with a usual name takes no more bytes."""
_KEPT = 1_000
_CHUNK = 1 << 18
_MOST_ALIGNMENT = 1 << 20


class GgufPart:
    """What one GGUF file says: its metadata (long arrays as their length only), tensor names and kinds."""

    __slots__ = ("kinds", "metadata", "names", "version")

    def __init__(self, version: int, metadata: dict[str, Scalar], names: list[str], kinds: list[Kind]) -> None:
        self.version, self.metadata, self.names, self.kinds = version, metadata, names, kinds


def read_part(file: InputFile) -> GgufPart:
    """One file, checked: what does not fit into it, overlaps or repeats is a ``FormatError``."""
    cursor = Cursor(file)
    if file.size < 24:
        raise FormatError(f"{file.size} bytes are too few for a GGUF file")
    if file.read_at(0, 4) != b"GGUF":
        raise FormatError("this is no GGUF file: it does not begin with 'GGUF'").at(byte=0)
    cursor.skip(4)
    version = cursor.uint(4)
    if version and version & 0xFFFF == 0:
        raise FormatError("a big-endian GGUF file, which is not read").at(byte=4)
    if version not in (2, 3):
        raise FormatError(f"GGUF version {version:,}; known are 2 and 3").at(byte=4)
    tensor_count, pair_count = cursor.uint(8), cursor.uint(8)
    for count, least, most, what in (
        (tensor_count, 24, TENSORS, "tensors"),
        (pair_count, 13, METADATA_ENTRIES, "metadata entries"),
    ):
        if count * least > cursor.left:
            raise FormatError(f"{count:,} {what} do not fit into {file.size:,} bytes").at(byte=8)
        if count > most:
            raise LimitError(f"{count:,} {what}, more than {most:,}").at(byte=8)
    metadata = _pairs(cursor, pair_count)
    alignment = _alignment(metadata)
    names, kinds, offsets = _tensors(cursor, tensor_count)
    start = -(-cursor.position // alignment) * alignment
    _check_places(names, kinds, offsets, alignment, file.size - start)
    return GgufPart(version, metadata, names, kinds)


# ---------------------------------------------------------------------- metadata


def _pairs(cursor: Cursor, count: int) -> dict[str, Scalar]:
    """The metadata: scalars, strings and short arrays of numbers as they are, others as how many elements they have."""
    metadata: dict[str, Scalar] = {}
    seen = set[str]()
    for _ in range(count):
        at = cursor.position
        key = _string(cursor, "a metadata key")
        if not key or "\0" in key:
            raise FormatError("a metadata key that is empty or holds a NUL").at(byte=at)
        if key in seen:
            raise FormatError(f"the key '{key}' stands twice").at(byte=at)
        seen.add(key)
        value = _value(cursor, cursor.uint(4), key)
        if len(metadata) < _KEPT or key.startswith(("general.", "split.")):
            metadata[key] = value
    return metadata


def _value(cursor: Cursor, kind: int, key: str) -> Scalar:
    if kind in _SCALARS:
        form = _SCALARS[kind]
        value: Scalar = form.unpack(cursor.take(form.size))[0]
        if key == "general.alignment" and kind != _UINT32:
            raise FormatError("general.alignment is no 32-bit integer").at(byte=cursor.position)
        return value
    if key == "general.alignment":
        raise FormatError("general.alignment is no 32-bit integer").at(byte=cursor.position)
    if kind == _STRING:
        return _shown_string(cursor)
    if kind == _ARRAY:
        return _numbers(cursor, key) or _skip_array(cursor)
    raise FormatError(f"metadata of the unknown type {kind:,}").at(byte=cursor.position - 4, item=f"key '{key}'")


def _string(cursor: Cursor, what: str) -> str:
    at, length = cursor.position, cursor.uint(8)
    if length > cursor.left:
        raise FormatError(f"{what} of {length:,} bytes, {cursor.left:,} are left").at(byte=at)
    if length > NAME_BYTES:
        raise LimitError(f"{what} of {length:,} bytes, more than {NAME_BYTES:,}").at(byte=at)
    try:
        return cursor.take(length).decode()
    except UnicodeDecodeError:
        raise FormatError(f"{what} that is no UTF-8").at(byte=at) from None


def _shown_string(cursor: Cursor) -> str:
    """A string value: as much of it as is ever shown, the rest (a chat template) skipped."""
    at, length = cursor.position, cursor.uint(8)
    if length > cursor.left:
        raise FormatError(f"a string of {length:,} bytes, {cursor.left:,} are left").at(byte=at)
    raw = cursor.take(min(length, 4 * SHOWN_CHARACTERS))
    cursor.skip(length - len(raw))
    return raw.decode("utf-8", "replace")


def _numbers(cursor: Cursor, key: str) -> tuple[int | float | bool, ...] | None:
    """A short array of numbers outside the tokenizer, such as one for each layer: its values; nothing for others."""
    start = cursor.position
    if key.startswith("tokenizer.") or cursor.left < _PAIR.size:
        return None
    kind, count = _PAIR.unpack(cursor.take(_PAIR.size))
    if kind in _SCALARS and 0 < count <= _KEPT:
        form = Struct(f"<{count}{_SCALARS[kind].format[1:]}")
        if form.size <= cursor.left:
            return form.unpack(cursor.take(form.size))
    cursor.position = start
    return None


def _skip_array(cursor: Cursor) -> int:
    """Goes past an array without building it; its number of elements. Arrays in arrays are walked, not recursed."""
    kind, count = cursor.uint(4), cursor.uint(8)
    waiting = [[kind, count]]
    while waiting:
        kind, left = waiting[-1]
        if kind == _ARRAY and left:
            waiting[-1][1] -= 1
            if len(waiting) > NESTING:
                raise LimitError(f"arrays nested deeper than {NESTING}").at(byte=cursor.position)
            _check_count(cursor, left, 12)
            waiting.append([cursor.uint(4), cursor.uint(8)])
            continue
        waiting.pop()
        if kind == _STRING:
            _check_count(cursor, left, 8)
            _skip_strings(cursor, left)
        elif kind in _SCALARS:
            _check_count(cursor, left, _SCALARS[kind].size)
            cursor.skip(left * _SCALARS[kind].size)
        elif kind != _ARRAY:
            raise FormatError(f"an array of the unknown type {kind:,}").at(byte=cursor.position)
    return count


def _check_count(cursor: Cursor, count: int, least: int) -> None:
    if count * least > cursor.left:
        raise FormatError(f"an array of {count:,} elements, {cursor.left:,} bytes are left").at(byte=cursor.position)


def _skip_strings(cursor: Cursor, count: int) -> None:
    """Past ``count`` strings: their lengths are read from large pieces, nothing else is looked at."""
    source, end, start = cursor.source, cursor.end, cursor.position
    at, piece, unpack = 0, b"", _LENGTH.unpack_from
    while count:
        passed = 0
        try:
            for passed in range(count):  # noqa: B007 - how far it came
                at += 8 + unpack(piece, at)[0]
            count = 0
        except (struct.error, OverflowError):  # beyond this piece; beyond what an index can be
            count -= passed
            start, at = start + at, 0
            if start + 8 > end:
                raise FormatError("an array of strings goes on beyond the file").at(byte=cursor.position) from None
            piece = source.read_at(start, min(_CHUNK, end - start))
    if start + at > end:
        raise FormatError("an array of strings goes on beyond the file").at(byte=cursor.position)
    cursor.skip(start + at - cursor.position)


def _alignment(metadata: dict[str, Scalar]) -> int:
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or not 1 <= alignment <= _MOST_ALIGNMENT or alignment & (alignment - 1):
        raise FormatError(f"general.alignment {alignment} is no power of two up to {_MOST_ALIGNMENT:,}")
    return alignment


# ---------------------------------------------------------------------- tensors


def _tensors(cursor: Cursor, count: int) -> tuple[list[str], list[Kind], list[int]]:
    names: list[str] = []
    kinds: list[Kind] = []
    offsets: list[int] = []
    known: dict[tuple[int, ...], Kind] = {}
    load, length_at, rank_at = cursor.load, _LENGTH.unpack_from, _RANK.unpack_from
    for _ in range(count):
        at = cursor.position
        index = load(at, _MOST_USUAL)
        window = cursor.window
        if len(window) - index < _MOST_USUAL or length_at(window, index)[0] > _USUAL_NAME:
            name, key = _tensor(cursor)
        else:  # one look at the window for each field, no call of the cursor
            begin = index + 8
            end = begin + length_at(window, index)[0]
            rank = rank_at(window, end)[0]
            if rank > 4:
                raise _too_deep(rank, window[begin:end].decode("utf-8", "replace"), at)
            try:
                name = window[begin:end].decode()
            except UnicodeDecodeError:
                raise FormatError("a tensor's name that is no UTF-8").at(byte=at) from None
            key = _FIELDS[rank].unpack_from(window, end + 4)
            cursor.position = at + end - index + 16 + 8 * rank
        kind = known.get(key[:-1])
        if kind is None:
            try:
                kind = known[key[:-1]] = _kind(key[-2], key[:-2])
            except NetledgerError as error:
                error.at(byte=at, item=f"tensor '{name}'")
                raise
        names.append(name)
        kinds.append(kind)
        offsets.append(key[-1])
    if len(set(names)) != len(names):
        from netledger.notation.strict_json import twice

        raise FormatError("the tensor is named twice").at(item=f"tensor '{twice(names)}'")
    return names, kinds, offsets


def _tensor(cursor: Cursor) -> tuple[str, tuple[int, ...]]:
    """One tensor's name, and its sizes, type and offset: of any length, and near the end of the file."""
    at = cursor.position
    name = _string(cursor, "a tensor's name")
    rank = cursor.uint(4)
    if rank > 4:
        raise _too_deep(rank, name, at)
    return name, _FIELDS[rank].unpack(cursor.take(_FIELDS[rank].size))


def _too_deep(rank: int, name: str, at: int) -> NetledgerError:
    return FormatError(f"{rank:,} dimensions, more than GGUF's 4").at(byte=at, item=f"tensor '{name}'")


def _kind(number: int, sizes: tuple[int, ...]) -> Kind:
    if number not in GGML_TYPES:
        what = f"was removed from ggml ({REMOVED[number]})" if number in REMOVED else "is not known"
        raise FormatError(f"element type {number:,} {what}")
    name, block, nbytes = GGML_TYPES[number]
    elements = 1
    for size in sizes:
        if size > MAX_DIMENSION:
            raise FormatError(f"a dimension of {size:,}, beyond 2^63 - 1")
        elements *= size
    row = sizes[0] if sizes else 1
    if row % block:
        raise FormatError(f"rows of {row:,} values do not fill blocks of {block} ({name})")
    return Kind(name, sizes[::-1], elements, elements // block * nbytes)


def _check_places(names: list[str], kinds: list[Kind], offsets: list[int], alignment: int, data: int) -> None:
    """Every tensor begins aligned, behind the one before it, and ends inside the file."""
    end = 0
    for i in sorted(range(len(names)), key=offsets.__getitem__):
        offset, nbytes, item = offsets[i], kinds[i].nbytes, f"tensor '{names[i]}'"
        if offset % alignment:
            raise FormatError(f"begins at {offset:,} of the data, which is not aligned to {alignment}").at(item=item)
        if offset < end and nbytes:
            raise FormatError(f"begins at {offset:,} of the data, inside the tensor before it").at(item=item)
        end = max(end, offset + nbytes)
        if end > data:
            raise FormatError(f"needs the data up to {end:,}, the file has {max(0, data):,}").at(item=item)


# ---------------------------------------------------------------------- the source


def _read(file: InputFile, options: Options) -> Network:
    part = read_part(file)
    notes = _notes(part)
    count = part.metadata.get("split.count", 0)
    if isinstance(count, int) and count > 1:
        names, kinds = _joined(file, part, count)
        notes = (f"{count:,} parts", *notes)
    else:
        names, kinds = part.names, part.kinds
    title = part.metadata.get("general.name")
    return read_tree(
        stem(file.path),
        names,
        kinds,
        title=title if isinstance(title, str) and title else None,
        notes=notes,
        meta={"format": "gguf", "version": part.version, "metadata": part.metadata},
    )


def _notes(part: GgufPart) -> tuple[str, ...]:
    """The architecture's own figures in one line."""
    if part.metadata.get("general.type") == "imatrix":
        raise FormatError("an importance matrix for quantising, no model: it holds sums over activations")
    architecture = part.metadata.get("general.architecture")
    if not isinstance(architecture, str):
        return ()
    figures = [
        f"{key.removeprefix(architecture + '.')} {len(value) if isinstance(value, tuple) else value}"
        for key, value in part.metadata.items()
        if key.startswith(architecture + ".") and not isinstance(value, str)
    ]
    return (f"architecture {architecture}" + (f": {', '.join(figures[:12])}" if figures else ""),)


def _joined(file: InputFile, first: GgufPart, count: int) -> tuple[list[str], list[Kind]]:
    """The tensors of all parts of a split model, in the order of the parts."""
    base, number, ending = _split_name(file.path, count)
    if first.metadata.get("split.no") != number - 1:
        raise FormatError(f"its name says part {number:,}, it says itself part {first.metadata.get('split.no')} from 0")
    names: list[str] = []
    kinds: list[Kind] = []
    for i in range(1, count + 1):

        def read(opened: InputFile, number: int = i - 1) -> GgufPart:
            part = read_part(opened)
            if part.metadata.get("split.count") != count or part.metadata.get("split.no") != number:
                raise FormatError("this part belongs to another split model")
            return part

        part = first if i == number else read_shard(file, f"{base}-{i:05d}{ending}", read)
        names += part.names
        kinds += part.kinds
    total = first.metadata.get("split.tensors.count")
    if isinstance(total, int) and total != len(names):
        raise FormatError(f"the parts hold {len(names):,} tensors, split.tensors.count says {total:,}")
    if len(set(names)) != len(names):
        raise FormatError("two parts hold a tensor of the same name")
    return names, kinds


def _split_name(path: str, count: int) -> tuple[str, int, str]:
    """``model-00002-of-00003.gguf`` → its base name, 2, and ``-of-00003.gguf``."""
    name = path.replace("\\", "/").rpartition("/")[2]
    ending = f"-of-{count:05d}.gguf"
    base, _, number = name.removesuffix(ending).rpartition("-")
    if not name.endswith(ending) or not number.isdecimal() or not number.isascii() or not 1 <= int(number) <= count:
        raise FormatError(
            f"one of {count:,} parts, but its name does not end like -00001{ending}: the others cannot be found"
        )
    return base, int(number), ending


GGUF = Source("gguf", "GGUF file", (".gguf",), lambda head: head.startswith(b"GGUF"), _read)
