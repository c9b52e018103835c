"""Checklist 26-45: GGUF files."""

from __future__ import annotations

import struct

from tests.hostile.case import Case
from tests.sources.builders import gguf, info, pair, string, write

ONE = (info("w", (8,)),)


def _case(number: str, name: str, data: bytes, line: str | None = None, **more: object) -> Case:
    return Case(number, name, str(more.pop("file", "model.gguf")), data, line, **more)  # type: ignore[arg-type]


def cases() -> list[Case]:
    return [*_heads(), *_pairs(), *_arrays(), *_tensors(), *_splits()]


def _heads() -> list[Case]:
    return [
        _case("26", "magic only", b"GGUF", "4 bytes are too few for a GGUF file"),
        _case("27", "version 0", gguf((), ONE, 32, version=0), "GGUF version 0; known are 2 and 3 (at byte 4)"),
        _case("27", "version 1", gguf((), ONE, 32, version=1), "GGUF version 1; known are 2 and 3 (at byte 4)"),
        _case("27", "version 4", gguf((), ONE, 32, version=4), "GGUF version 4; known are 2 and 3 (at byte 4)"),
        _case("27", "version 3 byte-swapped", gguf((), ONE, 32, version=3 << 24), "a big-endian GGUF file, which is not read (at byte 4)"),
        _case("28", "2^62 tensors", gguf((), ONE, 32, counts=(2**62, 0)), "4,611,686,018,427,387,904 tensors do not fit into 96 bytes (at byte 8)"),
        _case("29", "2^62 entries", gguf((), ONE, 32, counts=(1, 2**62)), "4,611,686,018,427,387,904 metadata entries do not fit into 96 bytes (at byte 8)"),
    ]  # fmt: skip


def _pairs() -> list[Case]:
    value = struct.pack("<I", 1)
    alignment = "general.alignment"
    zero, three, huge = (pair(alignment, 4, struct.pack("<I", n)) for n in (0, 3, 2**31))
    blocks = pair("llama.block_count", 10, struct.pack("<Q", 2**32))
    return [
        _case("30", "a key of 2^63 bytes", gguf((struct.pack("<Q", 2**63) + bytes(8),)), "a metadata key of 9,223,372,036,854,775,808 bytes, 32 are left (at byte 24)"),
        _case("31", "an empty key", gguf((pair("", 4, value),)), "a metadata key that is empty or holds a NUL (at byte 24)"),
        _case("31", "a NUL in a key", gguf((pair("a\0b", 4, value),)), "a metadata key that is empty or holds a NUL (at byte 24)"),
        _case("31", "a key that is no UTF-8", gguf((pair(b"\xff\xfe", 4, value),)), "a metadata key that is no UTF-8 (at byte 24)"),
        _case("32", "a key twice", gguf((pair("a", 4, value), pair("a", 4, value)), ONE, 32), "the key 'a' stands twice (at byte 41)"),
        _case("32", "a tensor twice", gguf((), (info("w", (8,)), info("w", (8,), 0, 32)), 64), "tensor 'w': the tensor is named twice"),
        _case("36", "an unknown value type", gguf((pair("a", 99, value),)), "key 'a': metadata of the unknown type 99 (at byte 33)"),
        _case("42", "alignment 0", gguf((zero,), ONE, 32), "general.alignment 0 is no power of two up to 1,048,576"),
        _case("42", "alignment 3", gguf((three,), ONE, 32), "general.alignment 3 is no power of two up to 1,048,576"),
        _case("42", "alignment 2^31", gguf((huge,), ONE, 32), "general.alignment 2147483648 is no power of two up to 1,048,576"),
        _case("42", "alignment of another type", gguf((pair(alignment, 8, string("32")),), ONE, 32), "general.alignment is no 32-bit integer (at byte 53)"),
        _case("44", "2^32 blocks that are not there", gguf((blocks,), ONE, 32), parameters=8),
    ]  # fmt: skip


def _arrays() -> list[Case]:
    def array(kind: int, count: int, data: bytes = b"") -> bytes:
        return gguf((pair("a", 9, struct.pack("<IQ", kind, count) + data),), ONE, 32)

    nested = struct.pack("<IQ", 9, 1) * 100_000
    empties = struct.pack("<IQ", 9, 2**40) + struct.pack("<IQ", 4, 0) * 50_000
    return [
        _case("33", "2^60 strings in 113 bytes", array(8, 2**60), "an array of 1,152,921,504,606,846,976 elements, 79 bytes are left (at byte 49)"),
        _case("33", "2^60 numbers", array(4, 2**60), "an array of 1,152,921,504,606,846,976 elements, 79 bytes are left (at byte 49)"),
        _case("34", "nested 100,000 deep", array(9, 1, nested), "arrays nested deeper than 64 (at byte 817)"),
        _case("35", "2^40 empty arrays", array(9, 1, empties), "an array of 1,099,511,627,776 elements, 600,067 bytes are left (at byte 61)"),
        _case("33", "a string beyond the end", array(8, 1, struct.pack("<Q", 2**40)), "an array of strings goes on beyond the file (at byte 49)"),
    ]  # fmt: skip


def _tensors() -> list[Case]:
    def one(number: str, name: str, tensor: bytes, said: str | None, data: int = 32, **more: object) -> Case:
        return _case(number, name, gguf((), (tensor,), data), said and f"tensor 'w': {said}", **more)

    flat = string("w") + struct.pack("<I", 2**32 - 1) + bytes(64)
    return [
        one("37", "2^32 - 1 dimensions", flat, "4,294,967,295 dimensions, more than GGUF's 4 (at byte 24)"),
        one("37", "5 dimensions", info("w", (1, 1, 1, 1, 1)), "5 dimensions, more than GGUF's 4 (at byte 24)"),
        one("38", "sizes that wrap to 0", info("w", (2**32, 2**32)), "needs the data up to 73,786,976,294,838,206,464, the file has 32"),
        one("38", "sizes that wrap to 8", info("w", (2**61 + 1, 8)), "needs the data up to 73,786,976,294,838,206,496, the file has 32"),
        one("38", "a size beyond 2^63", info("w", (2**64 - 1,)), "a dimension of 18,446,744,073,709,551,615, beyond 2^63 - 1 (at byte 24)"),
        one("39", "an unknown type", info("w", (8,), 200), "element type 200 is not known (at byte 24)"),
        one("39", "a removed type", info("w", (32,), 4), "element type 4 was removed from ggml (Q4_2) (at byte 24)"),
        one("40", "rows that fill no block", info("w", (100, 4), 12), "rows of 100 values do not fill blocks of 256 (q4_k) (at byte 24)"),
        one("41", "offset 2^63", info("w", (8,), 0, 2**63), "needs the data up to 9,223,372,036,854,775,840, the file has 32"),
        one("41", "not aligned", info("w", (8,), 0, 8), "begins at 8 of the data, which is not aligned to 32", 64),
        _case("41", "overlapping", gguf((), (info("v", (16,)), info("w", (8,), 0, 32)), 64), "tensor 'w': begins at 32 of the data, inside the tensor before it"),
        one("43", "less data than the tensor", info("w", (80,)), "needs the data up to 320, the file has 32"),
        _case("38", "a name of 1 GB", gguf((), (struct.pack("<Q", 2**30) + bytes(60),), 32), "a tensor's name of 1,073,741,824 bytes, 96 are left (at byte 24)"),
        _case("113", "4 TiB and only the header read", gguf((), (info("w", (2**40,)),)), parameters=2**40, sparse=2**42),
    ]  # fmt: skip


def _splits() -> list[Case]:
    def part(number: int, count: int, name: str, total: int = 2) -> bytes:
        pairs = (
            pair("split.no", 2, struct.pack("<H", number)),
            pair("split.count", 2, struct.pack("<H", count)),
            pair("split.tensors.count", 5, struct.pack("<i", total)),
        )
        return gguf(pairs, (info(name, (8,)),), 32)

    def second(data: bytes):
        return lambda folder: write(folder, "m-00002-of-00002.gguf", data)

    first, other = "m-00001-of-00002.gguf", ("m-00002-of-00002.gguf",)
    return [
        _case("45", "both parts", part(0, 2, "a"), file=first, siblings=other, more=second(part(1, 2, "b")), parameters=16),
        _case("45", "a missing part", part(0, 2, "a"), "names the part 'm-00002-of-00002.gguf': no such file", file=first, siblings=other),
        _case("45", "a wrong count", part(0, 2, "a", 9), "the parts hold 2 tensors, split.tensors.count says 9", file=first, siblings=other, more=second(part(1, 2, "b", 9))),
        _case("45", "a part of another model", part(0, 2, "a"), "m-00002-of-00002.gguf: this part belongs to another split model", file=first, siblings=other, more=second(part(1, 3, "b"))),
        _case("45", "one tensor in two parts", part(0, 2, "a"), "two parts hold a tensor of the same name", file=first, siblings=other, more=second(part(1, 2, "a"))),
        _case("45", "65,535 parts of one name", part(0, 65535, "a"), "one of 65,535 parts, but its name does not end like -00001-of-65535.gguf: the others cannot be found", file=first),
        _case("45", "a part under another's name", part(1, 2, "a"), "its name says part 1, it says itself part 1 from 0", file=first),
    ]  # fmt: skip
