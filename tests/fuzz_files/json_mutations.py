"""JSON descriptions of every form, with values of wrong types in the place of right ones, then changed in their bytes."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

from netledger.sources.description import JSON
from tests.fuzz_files.mutate import damaged
from tests.fuzz_files.texts import check_text
from tests.fuzz_files.wrong_types import change

_TENSOR = {"name": "f.weight", "role": "weight", "shape": [3, 3], "dtype": "float16", "elements": 9, "nbytes": 18}
SAMPLES: tuple[Any, ...] = (
    {"schema": "netledger.network/1", "name": "n", "title": "T", "notes": ["a"], "published": {"parameters": 12},
     "batched": False, "dtype": "float32", "assumed": ["b"], "outputs": ["f"], "meta": {"framework": "x"},
     "layers": [
         {"path": "x", "kind": "input", "attributes": {"shape": [3]}},
         {"path": "f", "kind": "linear", "attributes": {"out_features": 3}, "inputs": ["x"], "outputs": ["f"],
          "type": "Gemm", "trainable": True, "dtype": "float32", "meta": {"used": True}},
         {"path": "g", "kind": "mystery", "unknown": {"unknown": "why"}, "tensors": [_TENSOR],
          "input_shapes": [[1, 3]], "output_shapes": [[1, 3]], "share": None}]},
    {"network": "m", "framework": "pytorch", "counting": {"buffers": True}, "architecture": [
        {"type": "conv2d", "in": 3, "out": 4, "kernel": [3, 3], "bias": True, "stride": 2, "groups": 1},
        {"type": "repeat", "times": 2, "layers": [{"type": "linear", "in": 3, "out": 4, "name": "l"}]},
        {"type": "batchnorm", "features": 4}, {"type": "parameter", "shape": [3]}, {"type": "tied", "to": "l"},
        {"type": "lstm", "hidden": 3, "input": 3}, {"type": "embedding", "num": 9, "dim": 4},
        {"type": "conv2d_partial", "inputs_per_output": [1, 2], "kernel": 3}, {"type": "maxpool2d", "kernel": 2}]},
    {"schema": "netledger.ledger/1", "network": "n", "title": "T", "batched": True, "dtype": "float32",
     "totals": {"parameters": 12, "macs": 9, "at_least": []}, "layers": [
         {"path": "f", "kind": "linear", "attributes": {"out_features": 3, "in_features": 3}, "inputs": [],
          "outputs": ["f"], "tied_to": None, "type": "Linear", "input_shapes": [[1, 3]], "output_shapes": [[1, 3]],
          "tensors": [{"name": "f.weight", "role": "weight", "shape": [3, 3], "dtype": "float32", "stored": True,
                       "storage": None, "trainable": True}]}]},
)  # fmt: skip


def mutated(seed: int) -> bytes:
    """A document with up to three values replaced, removed, or keys written twice."""
    chance = random.Random(seed)
    document = copy.deepcopy(chance.choice(SAMPLES))
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        change(document, chance)
    text = json.dumps(document)
    if chance.random() < 0.1:
        text = text.replace(', "', ', "dtype": 5, "', 1)
    data = text.encode()
    return damaged(data, chance) if chance.random() < 0.2 else data


def check(data: bytes) -> str:
    """Read it."""
    return check_text(JSON, data)
