"""Orbax: metadata of its own whose words and numbers are changed."""

from __future__ import annotations

import random
import re
import zlib

from netledger.errors import FormatError, NotFoundError
from netledger.ledger import keep_books
from netledger.network import Network
from netledger.notation.strict_json import parse_json
from netledger.sources import Options, Source
from netledger.sources.flax.orbax import is_orbax, network_of_metadata
from tests.fuzz_files.mutate import NUMBERS, InMemory, damaged, read
from tests.fuzz_files.wrong_types import changed
from tests.support import DATA

FOLDERS = [DATA / "orbax" / name for name in ("whole", "zarr", "pieces")]
SEEDS = [(folder / "_METADATA").read_text() for folder in FOLDERS]
BESIDE = {path.name: path.read_bytes() for folder in FOLDERS for path in (folder / "_sharding",)}
ZARR = (FOLDERS[1] / "params.Dense_0.kernel" / ".zarray").read_bytes()
_PIECES = re.compile(r'(?<=")[^"]*(?=")|(?<=[\[ ])-?\d+')
_WORDS = (
    "",
    "params",
    "value",
    "..",
    "scalar",
    "None",
    "jax.Array",
    "write_shape",
    "x" * 5_000,
    "opt_state",
    "batch_stats",
)


class Folder(InMemory):
    """Metadata in a checkpoint's folder."""

    def sibling(self, name: str) -> InMemory:
        if name == "_sharding":
            return InMemory(self.perhaps(BESIDE["_sharding"]))
        if ".." in name or len(name) > 255:
            raise NotFoundError(f"no '{name}'")
        return InMemory(self.perhaps(ZARR))

    def perhaps(self, beside: bytes) -> bytes:
        """A file beside it, in one case of four with a value of a wrong type: which, the metadata's bytes decide."""
        chance = random.Random(zlib.crc32(self.data))
        return changed(beside.decode(), chance).encode() if chance.random() < 0.25 else beside


def _read(file: InMemory, options: Options) -> Network:
    data = parse_json(file.data)
    if not is_orbax(data):
        raise FormatError("no metadata")
    return network_of_metadata(data, Folder(file.data))  # type: ignore[arg-type]


ORBAX = Source("orbax", "", (), lambda head: True, _read)  # type: ignore[arg-type]


def mutated(seed: int) -> bytes:
    """Metadata with a few words or numbers changed."""
    chance = random.Random(seed)
    text = chance.choice(SEEDS)
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        found = chance.choice(list(_PIECES.finditer(text)))
        words = (str(chance.choice(NUMBERS)), chance.choice(_WORDS), chance.choice(_PIECES.findall(text)))
        text = text[: found.start()] + chance.choice(words) + text[found.end() :]
    if chance.random() < 0.3:
        text = changed(text, chance)
    return damaged(text.encode(), chance) if chance.random() < 0.1 else text.encode()


def check(data: bytes) -> str:
    """How it came out; anything but a count, an Unknown one or an error is a fault. No values lie in metadata."""
    found = read(ORBAX, data)
    if isinstance(found, str):
        return "error"
    return "count" if isinstance(keep_books(found).totals.parameters, int) else "unknown"
