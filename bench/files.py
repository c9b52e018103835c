"""Files: netledger against a minimal parser and against the libraries that own the formats, whole processes.

    python bench/files.py [--rounds 3] [--only GGUF]

The files are as large as the table says, and sparse: their structure is written, their weights are holes. Each round
runs every program once, in turn, so that a busy machine is busy for all of them; the figures are medians of CPU time
and the largest peak memory.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from inputs import checkpoint, gguf, keras, onnx, safetensors
from large import large_checkpoint, large_onnx, million, sharded, vocabulary
from measuring import ROOT, TIME_WAS_UP, Held, Runs, environment, missing, netledger, rounds, run, seconds_left, table

SAFE_OPEN = """
import json, math, os, safetensors
path = {path!r}
parts = sorted(set(json.load(open(path))["weight_map"].values())) if path.endswith(".json") else [path]
total = 0
for part in parts:
    with safetensors.safe_open(os.path.join(os.path.dirname(path), part), "numpy") as file:
        total += sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())
print(f"{{total:,}}")
"""
GGUF = """
import gguf
print(f"{{sum(int(tensor.n_elements) for tensor in gguf.GGUFReader({path!r}).tensors):,}}")
"""
TORCH = """
import torch
print(f"{{sum(t.numel() for t in torch.load({path!r}, mmap=True, map_location='meta', weights_only=True).values()):,}}")
"""
LOAD = """
import math, onnx
model = onnx.load({path!r})
onnx.shape_inference.infer_shapes(model)
print(f"{{sum(math.prod(tensor.dims) for tensor in model.graph.initializer):,}}")
"""
LOAD_ALONE = LOAD.replace("onnx.shape_inference.infer_shapes(model)\n", "")
ONNX_TOOL = """
import onnx_tool
onnx_tool.Model({path!r}, {{"verbose": False}}).graph.shape_infer()
"""
MODELINFO = """
import sys
from importlib.metadata import entry_points
sys.argv = ["modelinfo", {path!r}]
next(iter(entry_points(group="console_scripts", name="modelinfo"))).load()()
"""
KERAS = """
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
print(f"{{keras.models.model_from_json(open({path!r}).read()).count_params():,}}")
"""
PEERS = {
    "safetensors.safe_open": ("safetensors numpy", SAFE_OPEN),
    "gguf.GGUFReader": ("gguf", GGUF),
    "torch.load(mmap, meta)": ("torch", TORCH),
    "onnx.load, infer_shapes": ("onnx", LOAD),
    "onnx.load": ("onnx", LOAD_ALONE),
    "onnx-tool": ("onnx_tool", ONNX_TOOL),
    "modelinfo-cli": ("modelinfo", MODELINFO),
    "keras.models.model_from_json": ("keras torch", KERAS),
}
"""``name → (what must be installed, its code)``."""

FILES: dict[str, tuple[Callable[[Path], Path], str, str, list[str]]] = {
    "sharded safetensors, 140 GB": (sharded, "safetensors", "", ["safetensors.safe_open", "modelinfo-cli"]),
    "safetensors, 1,000,000 tensors": (million, "safetensors", "", []),
    "safetensors, 20,000 tensors": (lambda f: safetensors(f, 20_000), "safetensors", "", ["safetensors.safe_open"]),
    "safetensors, 40,000 tensors": (lambda f: safetensors(f, 40_000), "safetensors", "", ["safetensors.safe_open"]),
    "GGUF, 4 GB with its tokenizer": (vocabulary, "gguf", "", ["gguf.GGUFReader", "modelinfo-cli"]),
    "GGUF, 1,000,000 tensors": (lambda f: gguf(f, 1_000_000), "gguf", "", []),
    "checkpoint, 4 GB": (large_checkpoint, "checkpoint", "", ["torch.load(mmap, meta)", "modelinfo-cli"]),
    "checkpoint, 10,000 tensors": (lambda f: checkpoint(f, 10_000), "checkpoint", "", ["torch.load(mmap, meta)"]),
    "ONNX, 5,000 nodes": (lambda f: onnx(f, 5_000), "onnx", "", ["onnx.load, infer_shapes", "onnx-tool"]),
    "ONNX, 100,000 nodes": (lambda f: onnx(f, 100_000), "onnx", "", ["onnx.load, infer_shapes"]),
    "ONNX, 100,000 nodes, as JSON": (lambda f: onnx(f, 100_000), "onnx", "json", ["onnx.load, infer_shapes"]),
    "ONNX, 2 GB": (large_onnx, "onnx", "", ["onnx.load"]),
    "Keras' JSON, 100 layers": (lambda f: keras(f, 100), "", "", ["keras.models.model_from_json"]),
}
"""``what it is → (what writes it, its floor, the format asked for, its peers)``. GGUFReader takes minutes and gigabytes
for a million tensors, onnx-tool more than 30 s for 100,000 nodes: they are measured on the other files."""


def written(name: str, folder: str) -> str:
    """The file, written by a child: a process starts with its parent's peak memory."""
    command = [sys.executable, __file__, "--write", folder, "--only", name]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def measured(name: str, most: int, files: int, env: dict[str, str], held: Held) -> list[list[str]]:
    """The rows of one file."""
    _, floor, format, peers = FILES[name]
    with tempfile.TemporaryDirectory() as folder:
        path = written(name, folder)
        codes = {"netledger": [*netledger(), "show", path, *(["--format", format] if format else [])]}
        if floor:
            codes["floor"] = [sys.executable, str(ROOT / "bench" / "floors.py"), floor, path]
        absent = {peer: f"not installed: {needs}" for peer in peers if (needs := missing(PEERS[peer][0]))}
        for peer in peers:
            if peer not in absent:
                codes[peer] = [sys.executable, "-c", PEERS[peer][1].format(path=path)]
        seen = {what: Runs() for what in codes}
        for i in rounds(most, files):
            for what, command in codes.items():
                if not i and what in peers and seconds_left() <= 0:
                    absent[what] = TIME_WAS_UP
                elif what in absent:
                    continue
                elif i == 0 or seen[what].failed or seen[what].seconds < 2:  # what is slow is run once
                    run(command, env, seen[what])
    return rows_of(name, {what: runs for what, runs in seen.items() if what not in absent}, absent, held)


_OURS: dict[str, float] = {}
"""Our seconds for the files so far: a larger one is to take no less than a smaller."""


def rows_of(name: str, seen: dict[str, Runs], absent: dict[str, str], held: Held) -> list[list[str]]:
    """The lines of the table; a total that nobody else says is told."""
    ours = seen["netledger"]
    if ours.failed:
        held.missed.append(f"{name}: {ours.failed}")
        return [[name, "netledger", "-", "-", "-", f"failed: {ours.failed}"]]
    good = {what: runs for what, runs in seen.items() if not runs.failed}
    figures = {"MB": ours.peak, **{f"least_{other}": ours.seconds / seconds for other, seconds in _OURS.items()}}
    _OURS[name] = ours.seconds
    if "floor" in good:
        figures["floor"] = ours.seconds / good["floor"].seconds
    others = [runs.seconds for what, runs in good.items() if what not in ("netledger", "floor")]
    if others:
        figures["least_peer"] = min(others) / ours.seconds
    rows = []
    for what, runs in seen.items():
        cells = [name if what == "netledger" else "", what]
        if runs.failed:
            rows.append([*cells, "-", "-", "-", f"failed: {runs.failed}"])
            continue
        said = held.verdict(name, figures) if what == "netledger" else ""
        if what not in ("netledger", "modelinfo-cli") and runs.said and not _says(ours.said, runs.said):
            said = f"says {runs.said.splitlines()[-1][:40]}"
        ratio = f"{runs.seconds / ours.seconds:.2f}"
        rows.append([*cells, f"{runs.seconds:.3f}", ratio, f"{runs.peak:,.0f}", said])
    return rows + [["", what, "-", "-", "-", why] for what, why in absent.items()]


def _says(text: str, total: str) -> bool:
    """Whether a total stands in what netledger printed, as a person or as JSON writes it."""
    return total in text or total.replace(",", "") in text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="files whose name holds this")
    parser.add_argument("--write", metavar="FOLDER", help="only write the file there and print its path")
    given = parser.parse_args()
    if given.write:
        print(FILES[given.only][0](Path(given.write)))
        return 0
    held, rows = Held("files"), []
    chosen = [name for name in FILES if given.only in name]
    with tempfile.TemporaryDirectory() as bytecode:
        env = environment(bytecode)
        run([sys.executable, "-m", "compileall", "-q", str(ROOT / "src")], env, Runs())  # as an installer does
        for place, name in enumerate(chosen):
            if seconds_left() <= 0:
                rows.append([name, "netledger", "-", "-", "-", TIME_WAS_UP])
                continue
            rows += measured(name, given.rounds, len(chosen) - place, env, held)
            print(f"measured {name}", file=sys.stderr, flush=True)
    print(table(["file", "program", "CPU s", "÷ netledger", "MB", "aim, or what is else to say"], rows))
    return held.told()


if __name__ == "__main__":
    sys.exit(main())
