"""Checklist 78 to 87: Keras archives and HDF5."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np

from tests.hostile.case import Case
from tests.sources.builders import archive


def hdf5(fill: Callable[[h5py.File], object], **options: Any) -> bytes:
    held = io.BytesIO()
    with h5py.File(held, "w", **options) as file:
        fill(file)
    return held.getvalue()


def plain(file: h5py.File) -> None:
    file["w"] = np.zeros((2, 3), "<f4")


def linked(file: h5py.File) -> None:
    plain(file)
    file["far"] = h5py.ExternalLink("/etc/passwd", "/w")
    file["soft"] = h5py.SoftLink("/w")
    file.create_group("loop")["back"] = file["/"]


def changed(data: bytes, old: bytes, at: int, new: int, width: int = 8) -> bytes:
    """A number overwritten so many bytes behind a mark."""
    place = data.index(old) + at
    return data[:place] + new.to_bytes(width, "little") + data[place + width :]


def model(*layers: dict[str, Any]) -> bytes:
    return json.dumps({"class_name": "Sequential", "config": {"layers": layers}}).encode()


DENSE = {"class_name": "Dense", "config": {"name": "fc", "units": 3, "batch_input_shape": [None, 4]}}


def cases() -> list[Case]:
    sound = hdf5(plain)
    tree = sound.index(b"TREE")
    bomb = archive({"config.json": b"[" + b" " * 90_000_000 + b"]"}, method=zipfile.ZIP_DEFLATED)
    deep = b'{"class_name": "Sequential", "config": ' + b"[" * 500_000 + b"]" * 500_000 + b"}"
    evil = {"class_name": "Lambda", "config": {"name": "evil", "function": ["KG9zLnN5c3RlbSk=", None, None]}}
    own = {"class_name": "os>system", "config": {"name": "evil", "module": "os"}}
    loop = {"class_name": "Functional", "config": {"layers": [
        {"class_name": "Dense", "name": name, "config": {"units": 3}, "inbound_nodes": [[[other, 0, 0, {}]]]}
        for name, other in (("a", "b"), ("b", "a"))], "output_layers": [["a", 0, 0]]}}  # fmt: skip
    return [
        Case("78", "a configuration that inflates", "m.keras", bomb, "member 'config.json': 90,000,002 bytes, more than 8,388,608"),
        Case("79", "a configuration nested deep", "m.keras", archive({"config.json": deep}), "JSON nested too deep"),
        Case("80", "code in a Lambda", "m.keras", archive({"config.json": model(DENSE, evil)}), parameters=15),
        Case("80", "a class of another module", "m.keras", archive({"config.json": model(DENSE, own)}), parameters="≥ 15"),
        Case("81", "layers that read each other", "m.keras", archive({"config.json": json.dumps(loop).encode()}), "layer 'a' reads what no layer makes, or its own output"),
        Case("82", "links out of the file and round", "m.h5", hdf5(linked), parameters=6, note="3 links lead elsewhere and were not followed"),
        Case("82", "values in another file", "m.h5", hdf5(lambda file: file.create_dataset("v", (4,), "<f4", external=[("/etc/passwd", 0, 16)])), "'v': its values lie in another file, which is not opened"),
        Case("83", "nested groups", "m.h5", hdf5(lambda file: file.create_group("/".join("g" * 70))), "more than 1,000,000 objects, or nested deeper than 64"),
        Case("84", "a shape without values", "m.h5", hdf5(lambda file: file.create_dataset("v", (10**9, 10**9), "<f4", chunks=(9, 9))), f"'v': its shape needs {4 * 10**18:,} bytes, none were ever written"),
        Case("86", "addresses of 5 bytes", "m.h5", sound[:13] + b"\5" + sound[14:], "addresses of 5 and lengths of 8 bytes (at byte 0)"),
        Case("86", "superblock 9", "m.h5", sound[:8] + b"\x09" + sound[9:], "superblock version 9; known are 0 to 3 (at byte 8)"),
        Case("86", "a root beyond the file", "m.h5", sound[:64] + (2**50).to_bytes(8, "little") + sound[72:], f"'/': an address leads to 16 bytes beyond the file's {len(sound):,} (at byte {2**50:,})"),
        Case("86", "a tree that is its own child", "m.h5", changed(sound, b"TREE", 32, tree), f"'/': a group's tree leads back to itself (at byte {tree:,})"),
        Case("86", "a heap beyond the file", "m.h5", changed(sound, b"HEAP", 24, 2**40), f"'/': an address leads to 88 bytes beyond the file's {len(sound):,} (at byte {2**40:,})"),
        Case("86", "cut", "m.h5", sound[:-1], f"it should reach to {len(sound):,}, the file ends at {len(sound) - 1:,}"),
        Case("88", "sound", "m.h5", sound, parameters=6),
    ]  # fmt: skip
