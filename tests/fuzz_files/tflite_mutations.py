"""TFLite: networks of the format's own writer whose bytes are damaged, offsets and lengths above all."""

from __future__ import annotations

import random
import struct

from netledger.sources.tflite import TFLITE
from tests.fuzz_files.mutate import damaged, number, outcome
from tests.sources.tflite_builder import graph, model, tensor, weights


def _seeds() -> list[bytes]:
    convolution = graph(
        [tensor("x", (1, 8, 8, 3), signature=(-1, 8, 8, 3)), weights("w", (4, 3, 3, 3)), weights("b", (4,)),
         tensor("c", (1, 8, 8, 4), signature=(-1, 8, 8, 4)), weights("size", (2,), "INT32"),
         tensor("flat", (1, 4), signature=(-1, 4))],
        [("CONV_2D", [0, 1, 2], [3]), ("RESHAPE", [3, 4], [5])], [0], [5],
    )  # fmt: skip
    small = graph(
        [tensor("x", (1, 10), "INT8", scale=[0.5]), weights("w", (4, 10), "INT8", scale=[0.1] * 4),
         weights("b", (4,), "INT32", scale=[0.1] * 4), tensor("y", (1, 4), "INT8", scale=[1.0])],
        [("FULLY_CONNECTED", [0, 1, 2], [3])], [0], [3],
    )  # fmt: skip
    loop = graph(
        [tensor("x", (1, 10)), tensor("y", (1, 10))],
        [("WHILE", [0], [1], ("WhileOptions", {"CondSubgraphIndex": 1, "BodySubgraphIndex": 1}))], [0], [1],
    )  # fmt: skip
    return [model(convolution), model(small), model(loop, small), model(convolution, small)]


SEEDS = _seeds()


def mutated(seed: int) -> bytes:
    """A file with a number or two of its structure changed, or its bytes damaged."""
    chance = random.Random(seed)
    raw = bytearray(chance.choice(SEEDS))
    for _ in range(chance.choice((0, 1, 1, 2))):
        form = chance.choice(("<I", "<I", "<H", "<B"))
        at = chance.randrange(0, len(raw) - 4, struct.calcsize(form))
        sound = struct.unpack_from(form, raw, at)[0]
        struct.pack_into(form, raw, at, number(chance, sound) % 256 ** struct.calcsize(form))
    return damaged(bytes(raw), chance) if chance.random() < 0.4 else bytes(raw)


def check(data: bytes) -> str:
    """How it came out; anything but a count, an Unknown one or an error is a fault."""
    return outcome(TFLITE, data)
