"""Core ML models written message by message, so that tests can write what no converter would."""

from __future__ import annotations

import struct

from tests.hostile.onnx_cases import f as field
from tests.hostile.onnx_cases import varint


def message(*parts: bytes) -> bytes:
    return b"".join(parts)


def entry(number: int, key: str, value: bytes) -> bytes:
    """One entry of a map."""
    return field(number, field(1, key.encode()) + field(2, value))


def tensor_type(dtype: int, *sizes: int | None) -> bytes:
    dims = [field(3, field(2, b"") if size is None else field(1, field(1, size))) for size in sizes]
    return field(1, field(1, dtype) + field(2, len(sizes)) + message(*dims))


def floats(*values: float) -> bytes:
    return field(1, field(1, field(1, struct.pack(f"<{len(values)}f", *values))))


def value(type: bytes, immediate: bytes = b"", blob: tuple[str, int] | None = None) -> bytes:
    held = field(5, field(1, blob[0].encode()) + field(2, blob[1])) if blob is not None else field(3, immediate)
    return field(2, type) + held


def named(name: str, type: bytes) -> bytes:
    return field(1, name.encode()) + field(2, type)


def operation(
    kind: str, inputs: dict[str, str], output: str, type: bytes, *blocks: bytes, **attributes: bytes
) -> bytes:
    arguments = [entry(2, name, field(1, field(1, to.encode()))) for name, to in inputs.items()]
    stated = [entry(5, name, held) for name, held in attributes.items()]
    made = field(3, named(output, type))
    return field(1, kind.encode()) + message(*arguments) + made + message(*[field(4, one) for one in blocks], *stated)


def block(*operations: bytes, outputs: tuple[str, ...] = ("y",)) -> bytes:
    return message(*[field(2, name.encode()) for name in outputs], *[field(3, one) for one in operations])


def program(*operations: bytes, inputs: tuple[bytes, ...] = (), functions: int = 1, opset: str = "CoreML6") -> bytes:
    function = message(*[field(1, one) for one in inputs]) + field(2, opset.encode())
    function += entry(3, opset, block(*operations))
    return field(1, 1) + entry(2, "main", function) * functions


def model(kind: int, body: bytes, feature: bytes = b"") -> bytes:
    return field(1, 7) + field(2, field(1, field(1, b"x") + feature)) + field(kind, body)


def layer(
    name: str, number: int, params: bytes, reads: tuple[str, ...] = ("x",), makes: tuple[str, ...] = ("y",)
) -> bytes:
    inputs = [field(2, one.encode()) for one in reads]
    outputs = [field(3, one.encode()) for one in makes]
    return field(1, field(1, name.encode()) + message(*inputs, *outputs) + field(number, params))


def array(*sizes: int) -> bytes:
    """The type of an input that is an array of these sizes."""
    return field(3, field(5, field(1, b"".join([varint(size) for size in sizes]))))


def blob(kind: int, data: bytes, place: int = 128, size: int | None = None, sentinel: int = 0xDEADBEEF) -> bytes:
    """A ``weight.bin`` of one blob."""
    line = struct.pack("<IIQQQ", sentinel, kind, len(data) if size is None else size, place, 0).ljust(64, b"\0")
    return struct.pack("<II", 1, 2).ljust(64, b"\0") + line + data
