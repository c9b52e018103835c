"""TFLite files written by the public ``tflite`` package (the schema's generated code) and the FlatBuffers library."""

from __future__ import annotations

import struct
from typing import Any

import flatbuffers
import tflite

Spec = tuple[Any, ...]
"""A tensor: ``(name, shape, type, bytes or None, settings)``."""


def tensor(name: str, shape: tuple[int, ...], kind: str = "FLOAT32", data: bytes | None = None, **more: Any) -> Spec:
    return (name, shape, kind, data, more)


def weights(name: str, shape: tuple[int, ...], kind: str = "FLOAT32", **more: Any) -> Spec:
    """A stored tensor; its values differ from one another, so that no two are alike."""
    count = 1
    for size in shape:
        count *= size
    bits = {"FLOAT32": 32, "FLOAT16": 16, "INT8": 8, "INT32": 32, "INT64": 64, "UINT8": 8, "INT4": 4}[kind]
    seed = sum(name.encode())
    data = bytes([(seed + 7 * i) % 251 for i in range((count * bits + 7) // 8)])
    return tensor(name, shape, kind, data, **more)


def _vector(builder: flatbuffers.Builder, width: str, values: Any) -> int:
    raw = {"i": ("PrependInt32", 4), "u": ("PrependUOffsetTRelative", 4), "q": ("PrependInt64", 8)}
    raw |= {"f": ("PrependFloat32", 4)}
    call, size = raw[width]
    builder.StartVector(size, len(values), size)
    for value in reversed(values):
        getattr(builder, call)(value)
    return builder.EndVector()


def graph(
    tensors: list[Spec], operators: list[Spec], inputs: list[int], outputs: list[int], name: str = "main"
) -> Spec:
    """``operators``: ``(name, inputs, outputs, options)``; options are ``(class, {field: value})`` of the package."""
    return (tensors, operators, inputs, outputs, name)


def model(*graphs: Spec, share: dict[str, str] | None = None, custom: tuple[str, ...] = ()) -> bytes:
    """A file of those graphs. ``share`` puts a tensor into the buffer of another; ``custom`` operators have no number."""
    builder = flatbuffers.Builder(1024)
    numbers = {key: value for key, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}
    used = list(dict.fromkeys([op[0] for one in graphs for op in one[1]]))
    codes = []
    for op in used:
        text = builder.CreateString(op) if op in custom else None
        tflite.OperatorCodeStart(builder)
        number = 32 if text is not None else numbers[op]
        tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, min(number, 127))
        tflite.OperatorCodeAddBuiltinCode(builder, number)
        if text is not None:
            tflite.OperatorCodeAddCustomCode(builder, text)
        codes.append(tflite.OperatorCodeEnd(builder))
    buffers, place = [_buffer(builder, None)], {}
    written = []
    for one in graphs:
        tensors = []
        for spec in one[0]:
            key = (share or {}).get(spec[0], spec[0])
            if spec[3] is not None and key not in place:
                place[key] = len(buffers)
                buffers.append(_buffer(builder, spec[3]))
            tensors.append(_tensor(builder, spec, place.get(key, 0) if spec[3] is not None else 0))
        ops = [_operator(builder, op, used.index(op[0])) for op in one[1]]
        written.append(_graph(builder, one, tensors, ops))
    parts = [_vector(builder, "u", part) for part in (codes, written, buffers)]
    text = builder.CreateString("made for a test")
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, 3)
    tflite.ModelAddOperatorCodes(builder, parts[0])
    tflite.ModelAddSubgraphs(builder, parts[1])
    tflite.ModelAddBuffers(builder, parts[2])
    tflite.ModelAddDescription(builder, text)
    builder.Finish(tflite.ModelEnd(builder), b"TFL3")
    return bytes(builder.Output())


def _buffer(builder: flatbuffers.Builder, data: bytes | None) -> int:
    held = None if data is None else builder.CreateByteVector(data)
    tflite.BufferStart(builder)
    if held is not None:
        tflite.BufferAddData(builder, held)
    return tflite.BufferEnd(builder)


def _tensor(builder: flatbuffers.Builder, spec: Spec, buffer: int) -> int:
    name, shape, kind, _, more = spec
    text = builder.CreateString(name)
    sizes = _vector(builder, "i", shape)
    signature = _vector(builder, "i", more["signature"]) if "signature" in more else None
    quantised = None
    if "scale" in more:
        scale = _vector(builder, "f", more["scale"])
        zero = _vector(builder, "q", [0] * len(more["scale"]))
        tflite.QuantizationParametersStart(builder)
        tflite.QuantizationParametersAddScale(builder, scale)
        tflite.QuantizationParametersAddZeroPoint(builder, zero)
        quantised = tflite.QuantizationParametersEnd(builder)
    sparse = None
    if "sparse" in more:
        tflite.SparsityParametersStart(builder)
        sparse = tflite.SparsityParametersEnd(builder)
    tflite.TensorStart(builder)
    tflite.TensorAddName(builder, text)
    tflite.TensorAddShape(builder, sizes)
    tflite.TensorAddType(builder, getattr(tflite.TensorType, kind))
    tflite.TensorAddBuffer(builder, buffer)
    tflite.TensorAddHasRank(builder, True)
    if signature is not None:
        tflite.TensorAddShapeSignature(builder, signature)
    if quantised is not None:
        tflite.TensorAddQuantization(builder, quantised)
    if sparse is not None:
        tflite.TensorAddSparsity(builder, sparse)
    return tflite.TensorEnd(builder)


def _operator(builder: flatbuffers.Builder, op: Spec, code: int) -> int:
    read, made = _vector(builder, "i", op[1]), _vector(builder, "i", op[2])
    options = None
    if len(op) > 3:
        kind, fields = op[3]
        getattr(tflite, f"{kind}Start")(builder)
        for field, value in fields.items():
            getattr(tflite, f"{kind}Add{field}")(builder, value)
        options = getattr(tflite, f"{kind}End")(builder)
    tflite.OperatorStart(builder)
    tflite.OperatorAddOpcodeIndex(builder, code)
    tflite.OperatorAddInputs(builder, read)
    tflite.OperatorAddOutputs(builder, made)
    if options is not None:
        tflite.OperatorAddBuiltinOptionsType(builder, getattr(tflite.BuiltinOptions, op[3][0]))
        tflite.OperatorAddBuiltinOptions(builder, options)
    return tflite.OperatorEnd(builder)


def _graph(builder: flatbuffers.Builder, one: Spec, tensors: list[int], ops: list[int]) -> int:
    parts = [_vector(builder, "u", tensors), _vector(builder, "i", one[2]), _vector(builder, "i", one[3])]
    parts.append(_vector(builder, "u", ops))
    name = builder.CreateString(one[4])
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddTensors(builder, parts[0])
    tflite.SubGraphAddInputs(builder, parts[1])
    tflite.SubGraphAddOutputs(builder, parts[2])
    tflite.SubGraphAddOperators(builder, parts[3])
    tflite.SubGraphAddName(builder, name)
    return tflite.SubGraphEnd(builder)


def two_parts(first: int) -> bytes:
    """Eight bytes that begin every file, with another place of the root table."""
    return struct.pack("<I4s", first, b"TFL3")
