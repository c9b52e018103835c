"""Folders of very many small model files whose parameters are known by their making."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path

BROKEN_EVERY, LINKED_EVERY = 500, 1_000


def header(number: int, layers: int) -> bytes:
    """A safetensors file without its values: layers of a matrix (number + 1) × 2 and a bias of 2 values."""
    at, entries = 0, {}
    for i in range(layers):
        for name, shape in (("weight", [number + 1, 2]), ("bias", [2])):
            size = 4 * shape[0] * (shape[1] if len(shape) == 2 else 1)
            entries[f"layers.{i}.{name}"] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}
            at += size
    raw = json.dumps(entries).encode()
    return struct.pack("<Q", len(raw)) + raw


def parameters(number: int, layers: int) -> int:
    """Of such a file, by hand."""
    return layers * (2 * (number + 1) + 2)


def fill(folder: Path, count: int, layers: int = 2) -> dict[str, int | None]:
    """``count`` files, some broken, some with a second name: the parameters of each by its path, ``None`` if broken."""
    known: dict[str, int | None] = {}
    for number in range(count):
        place = folder / f"{number // 1_000:03d}"
        if number % 1_000 == 0:
            place.mkdir(parents=True)
        path = place / f"{number:06d}.safetensors"
        broken = number % BROKEN_EVERY == 7
        with path.open("wb") as file:
            file.write(b"broken" if broken else header(number, layers))
            if not broken:
                file.truncate(file.tell() + 4 * parameters(number, layers))
        known[str(path)] = None if broken else parameters(number, layers)
        if number % LINKED_EVERY == 9:
            os.link(path, place / f"{number:06d}_again.safetensors")
    return known


def wide(path: Path, tensors: int) -> None:
    """A sound file of very many tensors of one byte: it takes time and memory."""
    entries = ",".join([f'"a{i}.w":{{"dtype":"U8","shape":[1],"data_offsets":[{i},{i + 1}]}}' for i in range(tensors)])
    raw = b"{" + entries.encode() + b"}"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(raw)) + raw)
        file.truncate(8 + len(raw) + tensors)
