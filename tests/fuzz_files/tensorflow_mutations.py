"""TensorFlow's SavedModels and checkpoints: a graph, the index of its variables and their values, each damaged."""

from __future__ import annotations

import random

from netledger.errors import NotFoundError
from netledger.network import Network
from netledger.sources import Options, Source
from netledger.sources.graphdef import GRAPH, VARIABLES
from netledger.sources.tensorflow import TENSORFLOW
from tests.fuzz_files.mutate import BESIDE, InMemory, damaged, number, outcome
from tests.support import DATA

FILES = DATA / "tensorflow"
DATA_FILE = ".data-00000-of-00001"


def _whole(name: str) -> tuple[bytes, bytes, bytes]:
    folder = FILES / "graphs" / name
    index = folder / VARIABLES
    return (folder / "saved_model.pb").read_bytes(), index.read_bytes(), index.with_suffix(DATA_FILE).read_bytes()


SAVED = [_whole(name) for name in ("scaled", "steps", "images")]
ALONE = [
    (b"", path.read_bytes(), path.with_suffix(DATA_FILE).read_bytes())
    for path in (FILES / "v1.ckpt.index", FILES / "exported" / VARIABLES)
]


class Part(InMemory):
    """One file of a model; what lies beside it is what is given by its name."""

    def __init__(self, data: bytes, path: str, beside: dict[str, InMemory]) -> None:
        super().__init__(data)
        self.path, self.beside = path, beside

    def sibling(self, name: str) -> InMemory:
        if name not in self.beside:
            raise NotFoundError(f"no '{name}'")
        return self.beside[name]


def _read(file: InMemory, options: Options) -> Network:
    graph, index, data = file.data.split(BESIDE, 2)
    variables = Part(index, VARIABLES, {f"variables{DATA_FILE}": InMemory(data)})
    if not graph:
        return TENSORFLOW.read(variables, options)  # type: ignore[arg-type]
    return GRAPH.read(Part(graph, "saved_model.pb", {VARIABLES: variables}), options)  # type: ignore[arg-type]


BOTH = Source("tensorflow", "", (), lambda head: True, _read)  # type: ignore[arg-type]


def mutated(seed: int) -> bytes:
    """A number or two of one of the parts changed, or its bytes damaged; of the values seldom any."""
    chance = random.Random(seed)
    parts = [*chance.choice(SAVED if chance.random() < 0.6 else ALONE)]
    for _ in range(chance.choice((0, 1, 1, 1, 2))):
        which = chance.choice((0, 0, 1, 1, 1, 2))
        raw = bytearray(parts[which])
        if not raw:
            continue
        if chance.random() < 0.6:
            at = chance.randrange(len(raw))
            raw[at] = number(chance, raw[at]) % 256
        parts[which] = damaged(bytes(raw), chance) if chance.random() < 0.4 else bytes(raw)
    return BESIDE.join(part.replace(BESIDE, b"") for part in parts)


def check(data: bytes) -> str:
    """How it came out; anything but a count, an Unknown one or an error is a fault."""
    return outcome(BOTH, data)
