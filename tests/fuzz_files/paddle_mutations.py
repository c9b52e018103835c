"""Paddle: programs of its own, old and new, whose words and bytes are changed, with their arrays, damaged too."""

from __future__ import annotations

import random
import re

from netledger.errors import FormatError
from netledger.network import Network
from netledger.notation.strict_json import parse_json
from netledger.sources import Options, Source
from netledger.sources.paddle import PADDLE, network_of_pir
from netledger.sources.paddle.pir import is_pir
from tests.fuzz_files.mutate import BESIDE, NUMBERS, Beside, InMemory, damaged, outcome
from tests.fuzz_files.wrong_types import changed
from tests.support import DATA

FILES = DATA / "paddle"
SEEDS = [
    ((FILES / f"{name}.json").read_bytes(), (FILES / f"{name}.pdiparams").read_bytes()) for name in ("images", "words")
]
OLD = ((FILES / "images_old.pdmodel").read_bytes(), (FILES / "images_old.pdiparams").read_bytes())
_PIECES = re.compile(r'(?<=")[^"]*(?=")|(?<=[:\[,])-?\d+')
_WORDS = (
    "",
    "p",
    "1.conv2d",
    "1.rnn",
    "1.einsum",
    "1.mul",
    "0.combine",
    "1.mine",
    "0.t_dtensor",
    "0.t_f16",
    "x" * 5_000,
)
_BYTES = (0x00, 0x01, 0x02, 0x07, 0x08, 0x0A, 0x10, 0x12, 0x1A, 0x22, 0x7F, 0x80, 0xFF)


def _read(file: InMemory, options: Options) -> Network:
    beside = Beside(file.data)
    if file.data[:1] != b"{":
        return PADDLE.read(beside, options)  # type: ignore[arg-type]
    data = parse_json(beside.data)
    if not is_pir(data):
        raise FormatError("no program")
    return network_of_pir(data, beside, options)  # type: ignore[arg-type]


BOTH = Source("paddle", "", (), PADDLE.sniff, _read)  # type: ignore[arg-type]


def mutated(seed: int) -> bytes:
    """A program with a few words, numbers or bytes changed, or its arrays damaged."""
    chance = random.Random(seed)
    if chance.random() < 0.4:
        program, arrays = OLD
        raw = bytearray(program)
        for _ in range(chance.choice((0, 1, 1, 2, 3))):
            raw[chance.randrange(len(raw))] = chance.choice(_BYTES)
        program = bytes(raw)
    else:
        program, arrays = chance.choice(SEEDS)
        text = program.decode()
        for _ in range(chance.choice((0, 1, 1, 2, 3))):
            found = chance.choice(list(_PIECES.finditer(text)))
            words = (str(chance.choice(NUMBERS)), chance.choice(_WORDS), chance.choice(_PIECES.findall(text)))
            text = text[: found.start()] + chance.choice(words) + text[found.end() :]
        program = (changed(text, chance) if chance.random() < 0.3 else text).encode()
    program = damaged(program, chance) if chance.random() < 0.1 else program
    arrays = damaged(arrays, chance) if chance.random() < 0.2 else arrays
    return program if chance.random() < 0.2 else program + BESIDE + arrays


def check(data: bytes) -> str:
    """How it came out; anything but a count, an Unknown one or an error is a fault."""
    return outcome(BOTH, data)
