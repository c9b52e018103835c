"""Files as large as real ones, and sparse: their structure is written, their weights are holes."""

from __future__ import annotations

import json
import os
import struct
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def llama(layers: int, hidden: int, inner: int, kv: int, words: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a Llama of that size: 80 layers, 8192, 28672, 1024, 32000 are the 70B."""
    shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (words, hidden)}
    for i in range(layers):
        layer = f"model.layers.{i}"
        for name, shape in {
            "self_attn.q_proj": (hidden, hidden), "self_attn.k_proj": (kv, hidden), "self_attn.v_proj": (kv, hidden),
            "self_attn.o_proj": (hidden, hidden), "mlp.gate_proj": (inner, hidden), "mlp.up_proj": (inner, hidden),
            "mlp.down_proj": (hidden, inner), "input_layernorm": (hidden,), "post_attention_layernorm": (hidden,),
        }.items():  # fmt: skip
            shapes[f"{layer}.{name}.weight"] = shape
    return {**shapes, "model.norm.weight": (hidden,), "lm_head.weight": (words, hidden)}


def elements(shape: tuple[int, ...]) -> int:
    product = 1
    for size in shape:
        product *= size
    return product


def sharded(folder: Path) -> Path:
    """140 GB of Llama-2-70B in 15 shards, as it was published: 68,976,648,192 parameters in float16."""
    shapes = list(llama(80, 8192, 28672, 1024, 32000).items())
    mapping, count = {}, 15
    for i in range(count):
        part = f"model-{i + 1:05d}-of-{count:05d}.safetensors"
        header, at = {}, 0
        for name, shape in shapes[i * len(shapes) // count : (i + 1) * len(shapes) // count]:
            size = 2 * elements(shape)
            header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [at, at + size]}
            mapping[name], at = part, at + size
        raw = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
        with (folder / part).open("wb") as file:
            file.write(struct.pack("<Q", len(raw)) + raw)
            file.truncate(8 + len(raw) + at)
    path = folder / "model.safetensors.index.json"
    total = sum([2 * elements(shape) for _, shape in shapes])
    path.write_text(json.dumps({"metadata": {"total_size": total}, "weight_map": mapping}))
    return path


def million(folder: Path) -> Path:
    """One header of 1,000,000 tensors, 93 MB of JSON."""
    path, at, first = folder / "million.safetensors", 0, True
    with path.open("wb") as file:
        file.write(bytes(8) + b"{")
        for i in range(1_000_000):
            places = f'"data_offsets":[{at},{at + 256}]'
            entry = f'"layers.{i // 100}.e.{i % 100}.weight":{{"dtype":"F16","shape":[16,8],{places}}}'
            file.write(entry.encode() if first else b"," + entry.encode())
            at, first = at + 256, False
        file.write(b"}")
        length = file.tell() - 8
        file.seek(0)
        file.write(struct.pack("<Q", length))
        file.truncate(8 + length + at)
    return path


def vocabulary(folder: Path) -> Path:
    """A 4 GB model of eight billion 4-bit weights with Llama-3's vocabulary: 128,256 tokens and 280,147 merges."""
    from tests.sources.builders import info, pair, string

    tokens = b"".join([string(f"token{i}") for i in range(128_256)])
    merges = b"".join([string(f"ab{i} cd{i}") for i in range(280_147)])
    pairs = [
        pair("general.architecture", 8, string("llama")),
        pair("llama.block_count", 4, struct.pack("<I", 32)),
        pair("tokenizer.ggml.tokens", 9, struct.pack("<IQ", 8, 128_256) + tokens),
        pair("tokenizer.ggml.token_type", 9, struct.pack("<IQ", 5, 128_256) + bytes(4 * 128_256)),
        pair("tokenizer.ggml.merges", 9, struct.pack("<IQ", 8, 280_147) + merges),
    ]
    infos, at = [], 0
    for name, shape in llama(32, 4096, 14336, 1024, 128_256).items():
        infos.append(info(name, tuple(reversed(shape)), 12 if len(shape) == 2 else 0, at))
        size = elements(shape) * 144 // 256 if len(shape) == 2 else 4 * elements(shape)
        at += -(-size // 32) * 32
    head = b"GGUF" + struct.pack("<IQQ", 3, len(infos), len(pairs)) + b"".join(pairs) + b"".join(infos)
    path = folder / "model.gguf"
    with path.open("wb") as file:
        file.write(head)
        file.truncate(-(-len(head) // 32) * 32 + at)
    return path


def large_checkpoint(folder: Path) -> Path:
    """A 4 GB state dict of 291 tensors in float16, as ``torch.save`` lays it out: one member a storage, ZIP64."""
    from tests.sources.builders import state_dict, tensor

    shapes = llama(32, 2048, 6656, 2048, 32_000)
    body, sizes = {}, {}
    for i, (name, shape) in enumerate(shapes.items()):
        strides = (shape[1], 1) if len(shape) == 2 else (1,)
        body[name] = tensor(str(i), shape, strides, kind="torch\nHalfStorage")
        sizes[str(i)] = 2 * elements(shape)
    path = folder / "model.pt"
    with path.open("wb") as file:
        Sparse(file).write({"data.pkl": state_dict(**body), "byteorder": b"little", "version": b"3\n"}, sizes)
    return path


class Sparse:
    """A ZIP64 archive whose large members are holes."""

    def __init__(self, file) -> None:
        self.file, self.directory, self.count = file, b"", 0
        self.checks: dict[int, int] = {}

    def write(self, small: dict[str, bytes], holes: dict[str, int]) -> None:
        for name, data in small.items():
            self.member(f"archive/{name}", len(data), zlib.crc32(data))
            self.file.write(data)
        for name, size in holes.items():
            self.member(f"archive/data/{name}", size, self.check(size))
            self.file.seek(size, os.SEEK_CUR)
        start, size = self.file.tell(), len(self.directory)
        self.file.write(self.directory)
        counts = (self.count, self.count, size, start)
        self.file.write(struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, *counts))
        self.file.write(struct.pack("<4sLQL", b"PK\6\7", 0, start + size, 1))
        self.file.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, self.count, self.count, size, 0xFFFFFFFF, 0))

    def member(self, name: str, size: int, check: int) -> None:
        raw, at = name.encode(), self.file.tell()
        padding = -(at + 30 + len(raw) + 4) % 64
        extra = struct.pack("<2s H", b"FB", padding) + bytes(padding)
        common = struct.pack("<5H3L", 0, 0, 0, 0, 0, check, size, size)
        self.file.write(b"PK\3\4" + common + struct.pack("<2H", len(raw), len(extra)) + raw + extra)
        wide = struct.pack("<2HQ", 1, 8, at)
        tail = struct.pack("<2H3H2L", len(raw), len(wide), 0, 0, 0, 0, 0xFFFFFFFF)
        self.directory += b"PK\1\2" + struct.pack("<H", 45) + common + tail + raw + wide
        self.count += 1

    def check(self, size: int) -> int:
        if size not in self.checks:
            piece, value, left = bytes(1 << 24), 0, size
            while left:
                value = zlib.crc32(piece[: min(left, 1 << 24)], value)
                left -= min(left, 1 << 24)
            self.checks[size] = value
        return self.checks[size]


ROWS, COLUMNS = 2_500, 2_048
"""Of each weight of the large ONNX file: 20.48 MB in float32."""


def large_onnx(folder: Path) -> Path:
    """2 GB, the limit of the format, weights inside: 97 products of matrices."""
    from tests.hostile.onnx_cases import f, info, node, varint

    count, size = 97, 4 * ROWS * COLUMNS
    nodes = b"".join([f(1, node("MatMul", f"x w{i}", f"y{i}", name=f"layer{i}")) for i in range(count)])
    heads = []
    for i in range(count):
        head = f(1, COLUMNS) + f(1, ROWS) + f(2, 1) + f(8, f"w{i}") + varint(9 << 3 | 2) + varint(size)
        heads.append(varint(5 << 3 | 2) + varint(len(head) + size) + head)
    tail = f(2, "large") + f(11, info("x", 1, COLUMNS)) + f(12, f(1, "y0"))
    length = len(nodes) + sum([len(head) + size for head in heads]) + len(tail)
    path = folder / "large.onnx"
    with path.open("wb") as file:
        file.write(f(1, 10) + f(8, f(2, 21)) + varint(7 << 3 | 2) + varint(length) + nodes)
        for head in heads:
            file.write(head)
            file.seek(size, 1)
        file.write(tail)
    return path
