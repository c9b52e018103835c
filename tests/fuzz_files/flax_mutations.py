"""Flax: files of its own whose bytes are damaged, lengths and counts above all."""

from __future__ import annotations

import random

from netledger.sources.flax import FLAX
from tests.fuzz_files.mutate import damaged, outcome
from tests.support import DATA

SEEDS = [(DATA / "flax" / f"{name}.msgpack").read_bytes() for name in ("variables", "state", "chunked")]
_BYTES = (
    0x00,
    0x7F,
    0x80,
    0x8F,
    0x90,
    0x93,
    0xA0,
    0xBF,
    0xC0,
    0xC1,
    0xC4,
    0xC6,
    0xC7,
    0xC9,
    0xCF,
    0xD3,
    0xD8,
    0xDB,
    0xDD,
    0xDF,
    0xFF,
)


def mutated(seed: int) -> bytes:
    """A file with a byte or two of its structure changed, or pieces of it damaged."""
    chance = random.Random(seed)
    raw = bytearray(chance.choice(SEEDS))
    for _ in range(chance.choice((0, 1, 1, 2))):
        raw[chance.randrange(len(raw))] = chance.choice(_BYTES)
    return damaged(bytes(raw), chance) if chance.random() < 0.4 else bytes(raw)


def check(data: bytes) -> str:
    """How it came out; anything but a count, an Unknown one or an error is a fault."""
    return outcome(FLAX, data)
