"""Files of tensors: netledger against the libraries that own the formats, whole processes, as ratios of one run.

    python bench/files.py [--rounds 5] [--only gguf]

The files are as large as the table says, and sparse: their structure is written, their weights are holes. Each round
runs every program once, in turn, so that a busy machine is busy for all of them; the figures are medians of CPU time
and the largest peak memory. ONNX has a bench of its own, ``bench/onnx_file.py``.
"""

from __future__ import annotations

import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile
import zlib
from importlib.util import find_spec
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

OURS = """
import sys
from netledger.cli import main
sys.argv = ["netledger", "show", {path!r}]
sys.exit(main())
"""

# ---------------------------------------------------------------------- the files


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


def gguf(folder: Path) -> Path:
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


def checkpoint(folder: Path) -> Path:
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


# ---------------------------------------------------------------------- the peers

HEADERS = """
import json, os
index = json.load(open({path!r}))
total = 0
for part in sorted(set(index["weight_map"].values())):
    with open(os.path.join(os.path.dirname({path!r}), part), "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    for name, entry in header.items():
        if name != "__metadata__":
            product = 1
            for size in entry["shape"]:
                product *= size
            total += product
print(f"{{total:,}}")
"""

LOADS = """
import json
with open({path!r}, "rb") as file:
    header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
print(f"{{len(header) * 128:,}}")
"""

GGUF = """
import gguf
print(f"{{sum(int(tensor.n_elements) for tensor in gguf.GGUFReader({path!r}).tensors):,}}")
"""

TORCH = """
import torch
print(f"{{sum(t.numel() for t in torch.load({path!r}, mmap=True, map_location='meta', weights_only=True).values()):,}}")
"""

BENCHES = {
    "sharded": (sharded, "140 GB of sharded safetensors", "reading and json-parsing the headers", HEADERS, None,
                "netledger ≤ 3 × the headers; ≤ 60 MB"),
    "gguf": (gguf, "4 GB GGUF with a 128k tokenizer", "gguf.GGUFReader", GGUF, "gguf",
             "GGUFReader ≥ 20 × netledger; netledger ≤ 40 MB"),
    "checkpoint": (checkpoint, "4 GB PyTorch checkpoint", "torch.load(mmap, meta)", TORCH, "torch",
                   "torch.load ≥ 15 × netledger; netledger ≤ 40 MB"),
    "million": (million, "header of 1,000,000 tensors", "json.loads of it", LOADS, None,
                "netledger ≤ 1.5 × json.loads; ≤ 600 B a tensor"),
}  # fmt: skip
"""What is measured: how the file is made, its name, its peer, the peer's code, the library that needs, the aim."""


def measured(code: str, cache: str) -> tuple[float, float, str]:
    """CPU seconds, peak megabytes and output of a Python process. Bytecode is kept, as it is of what is installed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1", "PYTHONPYCACHEPREFIX": cache}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said


def bench(name: str, rounds: int) -> None:
    """Write one file, run both programs in turn, print the ratio.

    A child writes the file: a process starts with its parent's peak memory.
    """
    _, title, peer, code, needs, aim = BENCHES[name]
    with tempfile.TemporaryDirectory() as folder:
        write = [sys.executable, __file__, "--write", folder, "--only", name]
        path = subprocess.run(write, check=True, capture_output=True, text=True).stdout.strip()
        codes = {"python -c pass": "pass", "netledger": OURS.format(path=path)}
        if needs is None or find_spec(needs) is not None:
            codes[peer] = code.format(path=path)
        else:
            print(f"{needs} is not installed: no peer")
        cache = str(Path(folder) / "bytecode")
        measured(codes["netledger"], cache)
        seen: dict[str, list[tuple[float, float, str]]] = {name: [] for name in codes}
        for _ in range(rounds):
            for what, text in codes.items():
                seen[what].append(measured(text, cache))
    ours = median([cpu for cpu, _, _ in seen["netledger"]])
    print(f"\n{title}")
    for what, runs in seen.items():
        cpu, peak = median([run[0] for run in runs]), max([run[1] for run in runs])
        total = runs[0][2].strip()
        agrees = "" if what in ("python -c pass", "netledger") or total in seen["netledger"][0][2] else "  DISAGREES"
        print(f"  {what:38} {cpu:8.3f} s {cpu / ours:8.2f} × netledger {peak:7.0f} MB{agrees}")
    if name == "million":
        bare = max([run[1] for run in seen["python -c pass"]])
        print(f"  {(max([run[1] for run in seen['netledger']]) - bare) * 1024 * 1024 / 1e6:.0f} bytes a tensor")
    print(f"  aim: {aim}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=BENCHES)
    parser.add_argument("--write", metavar="FOLDER", help="only write the file there and print its path")
    given = parser.parse_args()
    if given.write:
        print(BENCHES[given.only][0](Path(given.write)))
        return
    print("whole processes; CPU time, peak memory")
    for name in [given.only] if given.only else BENCHES:
        bench(name, given.rounds if name != "million" else min(given.rounds, 3))


if __name__ == "__main__":
    main()
