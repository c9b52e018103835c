"""OpenVINO: files of its own whose numbers, words and bytes are changed."""

from __future__ import annotations

import random
import re

from netledger.errors import NotFoundError
from netledger.sources import Source
from netledger.sources.openvino import OPENVINO
from tests.fuzz_files.mutate import NUMBERS, InMemory, damaged, outcome
from tests.support import DATA

SEEDS = [(DATA / "openvino" / f"{name}.xml").read_text(encoding="utf-8") for name in ("images", "packed", "looped")]
_PIECES = re.compile(r'(?<=")[^"<>]*(?=")|(?<=>)-?\d+(?=<)')
_WORDS = ("", "-1", "?", "Const", "MatMul", "Convolution", "Multiply", "f32", "u4", "1, 2", "x" * 5_000, "0..9")


class Alone(InMemory):
    """An IR whose values are not beside it."""

    def sibling(self, name: str) -> InMemory:
        raise NotFoundError(f"no '{name}'")


ALONE = Source("openvino", "", (), OPENVINO.sniff, lambda file, options: OPENVINO.read(Alone(file.data), options))  # type: ignore[arg-type,attr-defined]


def mutated(seed: int) -> bytes:
    """A file with a few values of attributes and elements changed, or its bytes damaged."""
    chance = random.Random(seed)
    text = chance.choice(SEEDS)
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        found = chance.choice(list(_PIECES.finditer(text)))
        other = chance.choice(
            (str(chance.choice(NUMBERS)), chance.choice(_WORDS), chance.choice(_PIECES.findall(text)))
        )
        text = text[: found.start()] + other + text[found.end() :]
    return damaged(text.encode(), chance) if chance.random() < 0.2 else text.encode()


def check(data: bytes) -> str:
    """How it came out; anything but a count, an Unknown one or an error is a fault."""
    return outcome(ALONE, data)
