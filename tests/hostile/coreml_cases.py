"""Core ML: the checklist's protobuf faults, blobs that lie, and shapes that nothing fills."""

from __future__ import annotations

from pathlib import Path

from tests.hostile.case import Case
from tests.hostile.onnx_cases import f as field
from tests.sources.coreml_builder import (
    array,
    blob,
    block,
    floats,
    layer,
    model,
    named,
    operation,
    program,
    tensor_type,
    value,
)

FLOAT, HALF = 11, 10
X = named("x", tensor_type(FLOAT, 1, 2))
BLOB = "@model_path/weights/weight.bin"


def stated(held: bytes, type: bytes) -> bytes:
    """A program that multiplies its input by a stated matrix."""
    const = operation("const", {}, "w", type, val=held)
    return model(
        502, program(const, operation("linear", {"x": "x", "weight": "w"}, "y", tensor_type(FLOAT, 1, 3)), inputs=(X,))
    )


MATRIX = tensor_type(FLOAT, 3, 2)
SOUND = stated(value(MATRIX, floats(*range(6))), MATRIX)


def beside(path: str = BLOB, offset: int = 64, type: bytes = MATRIX) -> bytes:
    return stated(value(type, blob=(path, offset)), type)


def weights(data: bytes) -> dict[str, object]:
    def write(folder: Path) -> None:
        (folder / "weights").mkdir()
        (folder / "weights" / "weight.bin").write_bytes(data)

    return {"more": write, "siblings": ("weights/weight.bin",)}


def nested(depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = block(
            operation("cond", {}, "y", MATRIX, inner) if inner else operation("relu", {"x": "x"}, "y", MATRIX)
        )
    return model(502, program(operation("cond", {"x": "x"}, "y", MATRIX, inner), inputs=(X,)))


def convolution(*parts: bytes) -> bytes:
    return model(500, layer("c", 100, b"".join(parts)) + field(5, 1), array(1, 2, 8, 8))


W = field(90, field(1, bytes(4 * 36)))


def cases() -> list[Case]:
    return [
        Case("46", "Core ML, sound", "m.mlmodel", SOUND, parameters=6),
        Case("47", "Core ML, cut", "m.mlmodel", SOUND[:-3], f"field 502 reaches 3 bytes beyond its message (at byte {SOUND.index(field(502, b'')[:2])})"),
        Case("50", "Core ML, a shape that nothing fills", "m.mlmodel", stated(value(tensor_type(FLOAT, 2**40, 2**40), floats(1.0)), MATRIX), f"its shape needs {2**80:,} values, 1 are there (at byte 122)"),
        Case("51", "Core ML, a dimension of 2^63", "m.mlmodel", stated(value(tensor_type(FLOAT, 2**63, 2), floats(1.0)), MATRIX), "a dimension that cannot be (at byte 132)"),
        Case("52", "Core ML, an element type that is none", "m.mlmodel", stated(value(tensor_type(77, 3, 2), blob=(BLOB, 64)), MATRIX), parameters=0),
        Case("54", "Core ML, blobs outside", "m.mlmodel", beside("@model_path/../w.bin"), "const 'w': names the file '../w.bin', which is not inside its own folder (at byte 81)"),
        Case("54", "Core ML, blobs at a path", "m.mlmodel", beside("/etc/passwd"), "const 'w': names the file '/etc/passwd', which is not beside the model (at byte 81)"),
        Case("54", "Core ML, blobs that are missing", "m.mlmodel", beside(), parameters=6, note="weights/weight.bin is not beside it", siblings=("weights/weight.bin",)),
        Case("55", "Core ML, a blob", "m.mlmodel", beside(), parameters=6, **weights(blob(2, bytes(24)))),
        Case("55", "Core ML, no blob there", "m.mlmodel", beside(), f"const 'w': no blob is at 64 of '{BLOB}' (at byte 122)", **weights(blob(2, bytes(24), sentinel=1))),
        Case("55", "Core ML, a blob of another size", "m.mlmodel", beside(), "const 'w': its shape needs 24 bytes, its blob has 25 (at byte 122)", **weights(blob(2, bytes(24), size=25))),
        Case("55", "Core ML, a blob of another type", "m.mlmodel", beside(), "const 'w': a blob of float16 where float32 is stated (at byte 122)", **weights(blob(1, bytes(24)))),
        Case("55", "Core ML, a blob beyond the end", "m.mlmodel", beside(), f"const 'w': its blob ends at {2**62 + 24:,} of 152 bytes (at byte 122)", **weights(blob(2, bytes(24), place=2**62))),
        Case("55", "Core ML, an offset beyond the end", "m.mlmodel", beside(offset=2**62), f"const 'w': the file ends at 152, before the 64 bytes needed (at byte {2**62:,})", **weights(blob(2, bytes(24)))),
        Case("57", "Core ML, a function twice", "m.mlmodel", model(502, program(functions=2, inputs=(X,))), "function: 'main' stands there twice (at byte 76)"),
        Case("49", "Core ML, blocks nested deep", "m.mlmodel", nested(80), "cond 'y': blocks nested deeper than 64 (at byte 2,688)"),
        Case("57", "Core ML, a layer that reads what is not there", "m.mlmodel", model(500, layer("c", 660, b"", ("z",)), array(4)), "c: it reads 'z', which no layer above makes (at byte 21)"),
        Case("60", "Core ML, no groups of channels", "m.mlmodel", convolution(field(1, 3), field(2, 2), field(10, 2)), "c: 3 channels in 2 groups (at byte 24)"),
        Case("60", "Core ML, filters that are not there", "m.mlmodel", convolution(field(1, 2**40), field(2, 2), W), f"c: c.weights: its shape needs {4 * 9 * 2 * 2**40:,} bytes, 144 are there (at byte 26)"),
        Case("60", "Core ML, a convolution", "m.mlmodel", convolution(field(1, 2), field(2, 2), W), parameters=36),
        Case("49", "Core ML, no network", "m.mlmodel", model(402, b""), "this Core ML model is a tree ensemble: it holds no network that could be counted"),
        Case("62", "Core ML, two kinds", "m.mlmodel", SOUND + field(500, b""), "no Core ML model: it says of no kind, or of several, that it is one"),
    ]  # fmt: skip
