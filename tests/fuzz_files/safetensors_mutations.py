"""safetensors: headers whose fields are changed one by one; the second reader is ``json.loads``."""

from __future__ import annotations

import json
import random

from netledger.sources.tensors.safetensors import DTYPES, SAFETENSORS
from tests.fuzz_files.mutate import damaged, number, outcome
from tests.sources.builders import safetensors

_NAMES = (
    "w.weight",
    "w.bias",
    "bn.running_mean",
    "x",
    "",
    "dtype",
    "shape",
    "__metadata__",
    "\x1b[1m",
    "a" * 300,
    "é",
    "\ud800",
)
_WIDTH = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "U8": 1, "I8": 1, "I64": 8, "BOOL": 1, "C64": 8, "F8_E5M2": 1}
_TYPES = (*_WIDTH, *DTYPES, "F33", "", None, 7)


def mutated(seed: int) -> bytes:
    """A file of up to five tensors, most of it sound."""
    chance = random.Random(seed)
    header: dict[str, object] = {}
    at = 0
    for _ in range(chance.randrange(6)):
        shape = [chance.choice((0, 1, 2, 3, 5)) for _ in range(chance.randrange(4))]
        dtype = chance.choice(list(_WIDTH))
        size = _WIDTH[dtype]
        for length in shape:
            size *= length
        entry: dict[str, object] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at += size
        if chance.random() < 0.3:
            _break(entry, chance)
        header[chance.choice(_NAMES)] = entry
    if chance.random() < 0.2:
        header["__metadata__"] = chance.choice(({}, {"format": "pt"}, {"a": 1}, [], None, "x"))
    raw = json.dumps(header, separators=(",", ":")).encode()
    if chance.random() < 0.2:
        raw = damaged(raw, chance)
    length = len(raw) if chance.random() < 0.9 else number(chance, len(raw))
    file = safetensors(raw, min(at, 100_000) if chance.random() < 0.9 else chance.randrange(64), length=length % 2**64)
    return damaged(file, chance) if chance.random() < 0.2 else file


def _break(entry: dict[str, object], chance: random.Random) -> None:
    key = chance.choice(("dtype", "shape", "data_offsets", "more", "less"))
    if key == "dtype":
        entry["dtype"] = chance.choice(_TYPES)
    elif key == "shape":
        entry["shape"] = chance.choice(
            ([number(chance, 2), number(chance, 2)], [-1], [True], [1.5], "ab", None, {}, [[1]])
        )
    elif key == "data_offsets":
        entry["data_offsets"] = chance.choice(
            ([number(chance, 0), number(chance, 8)], [0], [8, 0], "ab", [0, True], None)
        )
    elif key == "more":
        entry["extra"] = chance.choice((1, "x", {}, {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}))
    else:
        entry.popitem()


def check(data: bytes) -> str:
    """Read it; where that gives a count, it is the product of the shapes that ``json.loads`` finds."""
    return outcome(SAFETENSORS, data, right=_counted(data))


def _counted(data: bytes) -> int | None:
    try:
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        total = 0
        for name, entry in header.items():
            if name != "__metadata__":
                product = int(entry["dtype"] != "F8_E8M0")  # a scale of packed values by its type: no parameter
                for size in entry["shape"]:
                    product *= size
                total += product
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return None
    return total
