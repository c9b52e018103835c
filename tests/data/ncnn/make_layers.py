"""Renews ``layers.json``: ``python make_layers.py`` where ncnn (1.0.20261020 was used) is installed.

For each line of a ``.param``, what ncnn itself says: the bytes that it loads from a ``.bin``, and the shapes that it makes
of the inputs (no shape: it refuses to run the layer).
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import ncnn
import numpy as np

HERE = Path(__file__).parent
LIMIT = 1 << 16


def param(line: str, inputs: dict[str, list[int]]) -> tuple[str, list[str]]:
    """The layer's line behind its inputs, and their names; ncnn numbers sizes from the innermost one."""
    words = line.split()
    names = list(dict.fromkeys(words[4 : 4 + int(words[2])]))
    numbers = {1: (0,), 2: (1, 0), 3: (2, 1, 0), 4: (2, 11, 1, 0)}
    rows = []
    for name in names:
        sizes = sorted(zip(numbers[len(inputs[name])], inputs[name], strict=True))
        rows.append(f"Input {name} 0 1 {name} " + " ".join(f"{number}={size}" for number, size in sizes))
    return "\n".join(["7767517", f"{len(rows) + 1} {len(names) + int(words[3])}", *rows, line]) + "\n", names


def loaded(text: str, count: int) -> ncnn.Net | None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "m.param").write_text(text)
        (Path(folder) / "m.bin").write_bytes(bytes(count))
        net = ncnn.Net()
        if net.load_param(f"{folder}/m.param") or net.load_model(f"{folder}/m.bin"):
            return None
        return net


def truth(line: str, inputs: dict[str, list[int]]) -> dict[str, object]:
    text, names = param(line, inputs)
    low, high = -1, LIMIT
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if loaded(text, middle) else (middle, high)
    net = loaded(text, high)
    assert net is not None
    extractor = net.create_extractor()
    for name in names:
        extractor.input(name, ncnn.Mat(np.zeros(inputs[name], np.float32)).clone())
    words = line.split()
    shapes = []
    for name in words[4 + int(words[2]) :][: int(words[3])]:
        failed, mat = extractor.extract(name)
        sizes = (mat.c, mat.d, mat.h, mat.w)
        kept = {1: (3,), 2: (2, 3), 3: (0, 2, 3), 4: (0, 1, 2, 3)}
        shapes.append(None if failed else [sizes[i] for i in kept[mat.dims]])
    return {"bytes": high, "shapes": shapes}


if __name__ == "__main__":
    told = json.loads((HERE / "layers.json").read_text(encoding="utf-8"))
    rows = [f"  {json.dumps(line)}: {json.dumps(truth(line, told['inputs']))}" for line in told["layers"]]
    text = f' "inputs": {json.dumps(told["inputs"])},\n "layers": {{\n' + ",\n".join(rows)
    (HERE / "layers.json").write_text("{\n" + text + "\n }\n}\n", encoding="utf-8")
