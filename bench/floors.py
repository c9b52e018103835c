"""Minimal parsers: what reading the same bytes takes at least in Python, nothing checked and nothing kept but names.

python bench/floors.py FORMAT FILE        prints how many values the tensors hold
"""

from __future__ import annotations

import json
import math
import pickle
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def safetensors(path: Path) -> int:
    """The header, or that of every shard that an index names."""
    if path.suffix == ".json":
        index = json.loads(path.read_bytes())
        return sum([safetensors(path.parent / part) for part in sorted(set(index["weight_map"].values()))])
    with path.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return sum([math.prod(entry["shape"]) for name, entry in header.items() if name != "__metadata__"])


_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}


def gguf(path: Path) -> int:
    """Metadata skipped, names and shapes kept; the head of the file is taken for 512 MB at most."""
    with path.open("rb") as file:
        data = file.read(1 << 29)
    long, uint = struct.Struct("<Q").unpack_from, struct.Struct("<I").unpack_from
    tensors, pairs, at, names, total = long(data, 8)[0], long(data, 16)[0], 24, [], 0
    for _ in range(pairs):
        at += 8 + long(data, at)[0]
        kind, at = uint(data, at)[0], at + 4
        count = 1
        if kind == 9:
            kind, count, at = uint(data, at)[0], long(data, at + 4)[0], at + 12
        if kind == 8:
            for _ in range(count):
                at += 8 + long(data, at)[0]
        else:
            at += count * _WIDTHS[kind]
    rests = [struct.Struct(f"<I{rank}QIQ") for rank in range(5)]
    for _ in range(tensors):
        end = at + 8 + long(data, at)[0]
        rest = rests[uint(data, end)[0]]
        found = rest.unpack_from(data, end)
        names.append((data[at + 8 : end].decode(), found))
        total += math.prod(found[1:-2])
        at = end + rest.size
    return total


def checkpoint(path: Path) -> int:
    """The archive's directory and Python's own unpickler, which makes nothing but sizes."""

    class Sizes(pickle.Unpickler):
        def persistent_load(self, pid: Any) -> Any:
            return pid

        def find_class(self, module: str, name: str) -> Any:
            return dict if name == "OrderedDict" else lambda *args: args[2] if len(args) > 2 else ()

    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        with archive.open(names[0]) as file:
            return sum([math.prod(size) for size in Sizes(file).load().values()])


def onnx(path: Path) -> int:
    """Protobuf's fields of the graph walked, names of nodes and dimensions of stored tensors kept; weights skipped."""
    import mmap

    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    total, names = 0, []
    for number, start, end in _fields(data, 0, len(data)):
        if number != 7:
            continue
        for field, a, b in _fields(data, start, end):
            if field == 1:
                names.append([data[c:d] for n, c, d in _fields(data, a, b) if n < 5])
            elif field == 5:
                total += math.prod([c for n, c, d in _fields(data, a, b) if n == 1])
    return total


def _fields(data: Any, at: int, end: int) -> list[tuple[int, int, int]]:
    """Fields of a message as (number, start, end); of a number (number, its value, 0)."""
    found = []
    while at < end:
        tag, at = _varint(data, at)
        if tag & 7 == 2:
            size, at = _varint(data, at)
            found.append((tag >> 3, at, at + size))
            at += size
        elif tag & 7 == 0:
            value, at = _varint(data, at)
            found.append((tag >> 3, value, 0))
        else:
            at += 4 if tag & 7 == 5 else 8
    return found


def _varint(data: Any, at: int) -> tuple[int, int]:
    value = data[at]
    if value < 128:
        return value, at + 1
    value, shift, at = value & 127, 7, at + 1
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return value, at


def lines(path: Path) -> int:
    """Words of a text, line by line."""
    return sum([len(line.split()) for line in path.read_text().splitlines()])


FLOORS: dict[str, Callable[[Path], int]] = {
    "safetensors": safetensors, "gguf": gguf, "checkpoint": checkpoint, "onnx": onnx, "lines": lines,
}  # fmt: skip

if __name__ == "__main__":
    print(f"{FLOORS[sys.argv[1]](Path(sys.argv[2])):,}")
