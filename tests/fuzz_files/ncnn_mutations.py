"""ncnn: networks of its own whose words and numbers are changed, with the values beside them or without."""

from __future__ import annotations

import random

from netledger.errors import FormatError, UsageError
from netledger.network import Network
from netledger.sources import Options, Source
from netledger.sources.ncnn import NCNN
from tests.fuzz_files.mutate import BESIDE, NUMBERS, Beside, InMemory, damaged, outcome
from tests.support import DATA

SEEDS = [
    ((DATA / "ncnn" / f"{name}.ncnn.param").read_text(), (DATA / "ncnn" / f"{name}.ncnn.bin").read_bytes())
    for name in ("images", "words")
]
LINES = (
    "Gemm g 1 1 4 x 2=0 3=1 4=0 5=1 6=1 7=0 8=6 9=256 10=4", "Reshape r 1 1 3 x 0=-1 1=4", 'Reshape r 1 1 3 x 6="0w,-1"',
    "Permute p 1 1 2 x 0=3", "Crop c 1 1 2 x -23309=1,1 -23310=1,3 -23311=1,0", "Slice s 1 2 2 x z -23300=2,-233,-233 1=0",
    "Reduction m 1 1 2 x 0=3 1=0 -23303=2,1,2 4=0 5=1", "Pooling p 1 1 2 x 0=0 1=2 2=2 5=1", "Interp i 1 1 2 x 0=1 1=2.0 2=2.0",
    "Concat c 2 1 1 2 x 0=0", "MatMul m 2 1 5 5 x", "SDPA a 3 1 4 4 4 x", "Mine m 1 1 2 x", "Scale s 1 1 2 x 0=8 1=1",
    "BatchNorm b 1 1 2 x 0=8", "Padding p 1 1 2 x 0=1 1=1 2=1 3=1", "PixelShuffle p 1 1 2 x 0=2",
)  # fmt: skip


def _read(file: InMemory, options: Options) -> Network:
    shape = (3, 8, 8) if b"conv" in file.data else (7,)
    try:
        return NCNN.read(Beside(file.data), Options({"": shape}))  # type: ignore[arg-type]
    except UsageError as error:
        raise FormatError(f"no input is left: {error}") from None


FED = Source("ncnn", "", (), NCNN.sniff, _read)  # type: ignore[arg-type]


def mutated(seed: int) -> bytes:
    """A network with a few words changed, or a line more."""
    chance = random.Random(seed)
    text, values = chance.choice(SEEDS)
    lines = text.rstrip("\n").split("\n")
    if chance.random() < 0.4:
        lines.append(chance.choice(LINES))
        lines[1] = f"{len(lines) - 2} 99"
        if chance.random() < 0.3:
            values += bytes(4 * chance.randrange(2000))
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        at = chance.randrange(1, len(lines))
        words = lines[at].split()
        i = chance.randrange(len(words))
        key, equals, _ = words[i].partition("=")
        other = str(chance.choice((*NUMBERS, -1, -233, 1.5, "x")))
        words[i] = (
            f"{key}={other}" if equals else chance.choice((other, chance.choice(chance.choice(lines[2:]).split())))
        )
        lines[at] = " ".join(words)
    raw = "\n".join(lines).encode()
    raw = damaged(raw, chance) if chance.random() < 0.1 else raw
    if chance.random() < 0.2:
        return raw
    return raw + BESIDE + (damaged(values, chance) if chance.random() < 0.2 else values)


def check(data: bytes) -> str:
    """How it came out; anything but a count, an Unknown one or an error is a fault."""
    return outcome(FED, data)
