"""Model files written by hand, byte by byte, so that tests can write what no library would."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path


def safetensors(header: object, data: int = 0, *, length: int | None = None, tail: bytes = b"") -> bytes:
    """A safetensors file: ``header`` as JSON (bytes are taken as they are), ``data`` zero bytes, then ``tail``."""
    raw = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(raw) if length is None else length) + raw + bytes(data) + tail


def entry(dtype: str = "F32", shape: object = (2,), start: object = 0, end: object = 8) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def string(text: bytes | str) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(raw)) + raw


def pair(key: bytes | str, kind: int, value: bytes) -> bytes:
    """One metadata entry of a GGUF file."""
    return string(key) + struct.pack("<I", kind) + value


def info(name: bytes | str, dims: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    """One tensor of a GGUF file."""
    sizes = struct.pack(f"<I{len(dims)}Q", len(dims), *dims)
    return string(name) + sizes + struct.pack("<IQ", kind, offset)


def gguf(
    pairs: tuple[bytes, ...] = (),
    infos: tuple[bytes, ...] = (),
    data: int = 0,
    *,
    version: int = 3,
    counts: tuple[int, int] | None = None,
    alignment: int = 32,
) -> bytes:
    tensors, entries = counts if counts is not None else (len(infos), len(pairs))
    head = b"GGUF" + struct.pack("<IQQ", version, tensors, entries) + b"".join(pairs) + b"".join(infos)
    return head + bytes(-len(head) % alignment) + bytes(data)


def archive(members: dict[str, bytes], *, method: int = zipfile.ZIP_STORED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return held.getvalue()


def checkpoint(pickled: bytes, storages: dict[str, bytes] | None = None, **more: bytes) -> bytes:
    """A zip checkpoint around a pickle, as ``torch.save`` lays it out."""
    members = {"archive/data.pkl": pickled, **{f"archive/{name}": data for name, data in more.items()}}
    return archive({**members, **{f"archive/data/{key}": data for key, data in (storages or {}).items()}})


def unicode(text: str) -> bytes:
    raw = text.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def integer(value: int) -> bytes:
    if 0 <= value < 256:
        return b"K" + bytes([value])
    raw = value.to_bytes((value.bit_length() + 8) // 8, "little", signed=True)
    return b"\x8a" + bytes([len(raw)]) + raw


def numbers(values: tuple[int, ...]) -> bytes:
    return b"(" + b"".join(map(integer, values)) + b"t"


def tensor(
    key: str,
    size: tuple[int, ...],
    stride: tuple[int, ...],
    *,
    offset: int = 0,
    count: int | None = None,
    kind: str = "torch\nFloatStorage",
) -> bytes:
    """The opcodes of ``_rebuild_tensor_v2`` on storage ``key``."""
    elements = 1
    for length in size:
        elements *= length
    storage = (
        b"("
        + unicode("storage")
        + b"c"
        + kind.encode()
        + b"\n"
        + unicode(key)
        + unicode("cpu")
        + integer(elements if count is None else count)
        + b"tQ"
    )
    hooks = b"ccollections\nOrderedDict\n)R"
    body = storage + integer(offset) + numbers(size) + numbers(stride) + b"\x89" + hooks
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + body + b"tR"


def state_dict(**tensors: bytes) -> bytes:
    """A pickled dict of tensors written by :func:`tensor`; ``__`` in a name stands for a dot."""
    body = b"".join([unicode(name.replace("__", ".")) + value for name, value in tensors.items()])
    return b"\x80\x02}(" + body + b"u."


def npy(header: bytes | str, data: int = 0, version: int = 1, length: int | None = None) -> bytes:
    raw = header.encode() if isinstance(header, str) else header
    size = struct.pack("<H" if version == 1 else "<I", len(raw) if length is None else length)
    return b"\x93NUMPY" + bytes([version, 0]) + size + raw + bytes(data)


def write(folder: Path, name: str, data: bytes) -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)
