"""MXNet: symbols of its own whose words are changed, with their arrays, and the arrays alone, damaged."""

from __future__ import annotations

import random
import re

from netledger.errors import FormatError, UsageError
from netledger.network import Network
from netledger.notation.strict_json import parse_json
from netledger.sources import Options, Source
from netledger.sources.mxnet import PARAMS, is_symbol, network_of_symbol
from tests.fuzz_files.mutate import BESIDE, NUMBERS, Beside, InMemory, damaged, number, outcome
from tests.fuzz_files.wrong_types import changed
from tests.support import DATA

SEEDS = [
    ((DATA / "mxnet" / f"{name}-symbol.json").read_text(), (DATA / "mxnet" / f"{name}-0000.params").read_bytes())
    for name in ("images", "words")
]
_PIECES = re.compile(r'(?<=")[^"\n]*(?=")|(?<=[ \[(])-?\d+')
_WORDS = ("", "None", "(0, -1)", "(-2,)", "(-3, 0)", "(-4, 2, -1, 0)", "True", "Reshape", "dot", "Concat", "mean", "SwapAxis",
          "slice_axis", "x" * 5_000, "(1, 2, 3, 4)", "RNN", "Mine")  # fmt: skip


def _read(file: InMemory, options: Options) -> Network:
    if file.data[:2] == b"\x12\x01":
        return PARAMS.read(file, options)  # type: ignore[arg-type]
    beside = Beside(file.data)
    data = parse_json(beside.data)
    if not is_symbol(data):
        raise FormatError("no symbol")
    shape = (1, 3, 16, 16) if b"conv" in beside.data else (7, 2)
    try:
        return network_of_symbol(data, beside, Options({"data": shape}))  # type: ignore[arg-type]
    except UsageError as error:
        raise FormatError(f"no input is left: {error}") from None


MXNET = Source("mxnet", "", (), PARAMS.sniff, _read)  # type: ignore[arg-type]


def mutated(seed: int) -> bytes:
    """A symbol with a few words or numbers changed, or arrays whose bytes are damaged."""
    chance = random.Random(seed)
    text, arrays = chance.choice(SEEDS)
    if chance.random() < 0.3:
        raw = bytearray(arrays)
        for _ in range(chance.choice((0, 1, 2))):
            at = chance.randrange(16, 200)
            raw[at] = number(chance, raw[at]) % 256
        return damaged(bytes(raw), chance) if chance.random() < 0.4 else bytes(raw)
    for _ in range(chance.choice((0, 1, 1, 2))):
        found = chance.choice(list(_PIECES.finditer(text)))
        other = chance.choice(
            (str(chance.choice(NUMBERS)), chance.choice(_WORDS), chance.choice(_PIECES.findall(text)))
        )
        text = text[: found.start()] + other + text[found.end() :]
    if chance.random() < 0.3:
        text = changed(text, chance)
    data = damaged(text.encode(), chance) if chance.random() < 0.1 else text.encode()
    return data if chance.random() < 0.3 else data + BESIDE + arrays


def check(data: bytes) -> str:
    """How it came out; anything but a count, an Unknown one or an error is a fault."""
    return outcome(MXNET, data)
