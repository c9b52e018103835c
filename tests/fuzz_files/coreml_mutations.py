"""Core ML: files of its own whose bytes are damaged, numbers above all; the blobs beside a program are damaged too."""

from __future__ import annotations

import random

from netledger.sources import Source
from netledger.sources.coreml import COREML
from tests.fuzz_files.mutate import BESIDE, Beside, damaged, outcome
from tests.support import DATA

_INSIDE = "Data/com.apple.CoreML"
PROGRAMS = {
    name: (
        (DATA / "coreml" / f"{name}.mlpackage" / _INSIDE / "model.mlmodel").read_bytes(),
        (DATA / "coreml" / f"{name}.mlpackage" / _INSIDE / "weights" / "weight.bin").read_bytes(),
    )
    for name in ("palettised", "linear8", "sparse3", "blocks4", "words")
}
NETWORKS = [(DATA / "coreml" / f"{name}.mlmodel").read_bytes() for name in ("images", "table4", "linear6")]
_BYTES = (0x00, 0x01, 0x02, 0x03, 0x08, 0x0A, 0x10, 0x12, 0x1A, 0x20, 0x2A, 0x7F, 0x80, 0xFF)


WITH_BLOBS = Source(
    "coreml", "", (), COREML.sniff, lambda file, options: COREML.read(Beside(file.data), options)  # type: ignore[arg-type,attr-defined]
)  # fmt: skip


def _changed(data: bytes, chance: random.Random) -> bytes:
    raw = bytearray(data)
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        raw[chance.randrange(len(raw))] = chance.choice(_BYTES)
    return damaged(bytes(raw), chance) if chance.random() < 0.2 else bytes(raw)


def mutated(seed: int) -> bytes:
    """A model with a few bytes of its structure changed, or of its blobs' lines."""
    chance = random.Random(seed)
    if chance.random() < 0.3:
        return _changed(chance.choice(NETWORKS), chance)
    model, blobs = chance.choice(list(PROGRAMS.values()))
    if chance.random() < 0.2:
        return model + BESIDE + _changed(blobs, chance)
    model = _changed(model, chance)
    return model if chance.random() < 0.1 else model + BESIDE + blobs


def check(data: bytes) -> str:
    """How it came out; anything but a count, an Unknown one or an error is a fault."""
    return outcome(WITH_BLOBS, data)
