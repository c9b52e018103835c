"""Paddle: programs that state what nothing fills, values that are not there, arrays that lie."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from tests.hostile.case import Case
from tests.hostile.onnx_cases import f as field


def op(type: str, number: int, *reads: int, shape: tuple[int, ...] = (2, 3), **attrs: Any) -> dict[str, Any]:
    stated = [{"N": key, "AT": {"#": "0.a_str", "D": value}} for key, value in attrs.items()]
    return {"#": f"1.{type}", "A": stated, "I": [{"%": one} for one in reads], "O": [value(number, shape)]}


def value(number: int, shape: tuple[int, ...]) -> dict[str, Any]:
    return {"%": number, "TT": {"#": "0.t_dtensor", "D": [{"#": "0.t_f32"}, list(shape), "NCHW", [], 0]}}


def stored(number: int, name: str, *shape: int) -> dict[str, Any]:
    return {"#": "p", "A": [0, 1, 1, name], "O": value(number, shape), "OA": [1, 0, 1]}


def pir(*ops: Any) -> bytes:
    program = {"regions": [{"#": "region_0", "blocks": [{"#": "block_0", "ops": list(ops)}]}]}
    return json.dumps({"base_code": {"magic": "pir", "version": 4}, "program": program}).encode()


def array(*sizes: int, dtype: int = 5, data: int | None = None, levels: int = 0) -> bytes:
    count = 1
    for size in sizes:
        count *= size
    said = field(1, dtype) + b"".join([field(2, size) for size in sizes])
    return struct.pack("<IQII", 0, levels, 0, len(said)) + said + bytes(4 * count if data is None else data)


def old(*parts: bytes) -> bytes:
    """A program of one block."""
    return field(1, field(1, 0) + field(2, 2**64 - 1) + b"".join(parts))


def variable(name: str, *sizes: int, kept: int = 0) -> bytes:
    tensor = field(1, 5) + b"".join([field(2, size) for size in sizes])
    return field(3, field(1, name) + field(2, field(1, 7) + field(3, field(1, tensor))) + field(3, kept))


def call(type: str, out: str, **inputs: str) -> bytes:
    reads = [field(1, field(1, key) + field(2, one)) for key, one in inputs.items()]
    return field(4, b"".join(reads) + field(2, field(1, "Out") + field(2, out)) + field(3, type))


DENSE = (stored(1, "w", 3, 4), op("data", 2, name="x"), op("matmul", 3, 2, 1, shape=(2, 4)))
OLD = old(
    variable("x", 2, 3),
    variable("w", 3, 4, kept=1),
    variable("y", 2, 4),
    call("feed", "x"),
    call("matmul_v2", "y", X="x", Y="w"),
)


def beside(data: bytes) -> dict[str, Any]:
    def write(folder: Path) -> None:
        (folder / "m.pdiparams").write_bytes(data)

    return {"siblings": ("m.pdiparams",), "more": write}


def cases() -> list[Case]:
    none: dict[str, Any] = {"siblings": ("m.pdiparams",)}
    return [
        Case("50", "Paddle, sound", "m.json", pir(*DENSE), parameters=12, **beside(array(3, 4))),
        Case("50", "Paddle, an older program", "m.pdmodel", OLD, parameters=12, **beside(array(3, 4))),
        Case("50", "Paddle, values that are missing", "m.json", pir(*DENSE), parameters=12, note="m.pdiparams is not beside it", **none),
        Case("25", "Paddle, another number of arrays", "m.json", pir(*DENSE), "m.pdiparams holds 2 arrays, the program states 1", **beside(array(3, 4) * 2)),
        Case("25", "Paddle, an array of another shape", "m.json", pir(*DENSE), "'w': m.pdiparams holds float32 4×3 for it", **beside(array(4, 3))),
        Case("50", "Paddle, an array that is cut", "m.json", pir(*DENSE), "its shape needs 48 bytes, 47 are left (at byte 0)", **beside(array(3, 4)[:-1])),
        Case("50", "Paddle, a shape that nothing fills", "m.json", pir(*DENSE), f"its shape needs {2**82:,} bytes, 0 are left (at byte 0)", **beside(array(2**40, 2**40, data=0))),
        Case("52", "Paddle, an element type that is none", "m.json", pir(*DENSE), "an array of a type or shape that cannot be (at byte 0)", **beside(array(3, 4, dtype=99))),
        Case("47", "Paddle, 2^63 tables of lengths", "m.json", pir(*DENSE), f"{2**63:,} tables of lengths, more than 64 (at byte 0)", **beside(array(3, 4, levels=2**63))),
        Case("51", "Paddle, a size below -1", "m.json", pir(op("data", 2, shape=(-2, 3))), "a shape that cannot be", **none),
        Case("60", "Paddle, matrices that do not fit", "m.json", pir(*DENSE[:2], op("matmul", 3, 2, 2)), "matmul '3': 2×3 times 2×3: inner sizes differ: 3 against 2", **none),
        Case("60", "Paddle, a convolution without filters", "m.pdmodel", old(variable("y", 1, 2, 3, 3), call("conv2d", "y", Input="x")), "conv2d 'y': its input 'Filter' is missing", **none),
        Case("47", "Paddle, cut", "m.pdmodel", OLD[:-1], "field 1 reaches 1 bytes beyond its message (at byte 0)", **none),
        Case("49", "Paddle, no blocks", "m.json", pir()[:-40] + b"}}", "not JSON: unterminated string starting at (at byte 88)", **none),
        Case("9", "Paddle, nested deep", "m.json", b'{"base_code": ' + b"[" * 100_000, "JSON nested too deep", **none),
    ]  # fmt: skip
