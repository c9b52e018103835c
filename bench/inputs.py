"""The files that the benches read: of n tensors, nodes, layers or lines, for growth and for the tables of files."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def safetensors(folder: Path, n: int) -> Path:
    path = folder / f"{n}.safetensors"
    header = {
        f"layers.{i // 8}.p{i % 8}.weight": {"dtype": "F16", "shape": [16, 8], "data_offsets": [256 * i, 256 * i + 256]}
        for i in range(n)
    }
    raw = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(raw)) + raw)
        file.truncate(8 + len(raw) + 256 * n)
    return path


def gguf(folder: Path, n: int) -> Path:
    from tests.sources.builders import info

    path = folder / f"{n}.gguf"
    infos = b"".join([info(f"blk.{i // 8}.p{i % 8}.weight", (64,), 0, 256 * i) for i in range(n)])
    head = b"GGUF" + struct.pack("<IQQ", 3, n, 0) + infos
    with path.open("wb") as file:
        file.write(head)
        file.truncate(-(-len(head) // 32) * 32 + 256 * n)
    return path


def checkpoint(folder: Path, n: int) -> Path:
    from tests.sources.builders import checkpoint as archive
    from tests.sources.builders import state_dict, tensor

    path = folder / f"{n}.pt"
    body = {f"layers.{i // 8}.p{i % 8}.weight": tensor(str(i), (4,), (1,)) for i in range(n)}
    path.write_bytes(archive(state_dict(**body), {str(i): bytes(16) for i in range(n)}, version=b"3\n"))
    return path


def onnx(folder: Path, n: int) -> Path:
    from tests.hostile.onnx_cases import f, info, model, node, tensor

    path, parts = folder / f"{n}.onnx", []
    for i in range(n // 2):
        read = f"r{i - 1}" if i else "x"
        parts.append(f(1, node("MatMul", f"{read} l{i}.weight", f"m{i}", name=f"l{i}")))
        parts.append(f(1, node("Relu", f"m{i}", f"r{i}", name=f"act{i}")))
    parts += [f(5, tensor(f"l{i}.weight", 8, 8)) for i in range(n // 2)]
    path.write_bytes(model(b"".join(parts) + f(2, "g") + f(11, info("x", 2, 8)) + f(12, f(1, f"r{n // 2 - 1}"))))
    return path


def net(folder: Path, n: int, width: int = 64, first: str = "") -> Path:
    path = folder / f"{first}{width}-{n}.net"
    layers = [f'linear({width}, name="{first}{i}")\n' if first else f"linear({width})\n" for i in range(n)]
    path.write_text(f"input({width})\n" + "".join(layers))
    return path


def prototxt(folder: Path, n: int) -> Path:
    path = folder / f"{n}.prototxt"
    layer = (
        'layer {{ name: "fc{0}" type: "InnerProduct" bottom: "{1}" top: "t{0}" '
        "inner_product_param {{ num_output: 8 }} }}\n"
    )
    head = 'name: "n"\ninput: "data"\ninput_dim: 1\ninput_dim: 8\ninput_dim: 1\ninput_dim: 1\n'
    path.write_text(head + "".join([layer.format(i, f"t{i - 1}" if i else "data") for i in range(n)]))
    return path


def cfg(folder: Path, n: int) -> Path:
    path = folder / f"{n}.cfg"
    path.write_text(
        "[net]\nheight=8\nwidth=8\nchannels=3\n" + "[convolutional]\nfilters=4\nsize=1\nactivation=linear\n" * n
    )
    return path


def keras(folder: Path, n: int) -> Path:
    """The JSON of a Keras model of n dense layers, as Keras writes it."""
    dense = {"units": 8, "activation": "relu", "use_bias": True}
    layer = {"module": "keras.layers", "registered_name": None}
    first = {**layer, "class_name": "InputLayer", "config": {"batch_shape": [None, 8], "dtype": "float32", "name": "x"}}
    layers = [{**layer, "class_name": "Dense", "config": {"name": f"fc{i}", **dense}} for i in range(n)]
    inner = {"config": {"name": "s", "layers": [first, *layers]}}
    path = folder / f"{n}.json"
    path.write_text(json.dumps({"module": "keras", "registered_name": None, "class_name": "Sequential", **inner}))
    return path


SMALL: dict[str, Callable[[Path, int], Path]] = {
    "safetensors": safetensors, "gguf": gguf, "checkpoint": checkpoint, "onnx": onnx, "net": net,
    "prototxt": prototxt, "cfg": cfg, "keras": keras,
}  # fmt: skip
"""``format → what writes a file of n``."""
