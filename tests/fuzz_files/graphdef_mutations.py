"""TensorFlow's graphs: its own frozen one, and one of TensorFlow.js, whose bytes, numbers and words are changed."""

from __future__ import annotations

import json
import random
from typing import Any

from netledger.errors import NotFoundError
from netledger.sources import Source
from netledger.sources.description import JSON
from netledger.sources.graphdef import GRAPH
from tests.fuzz_files.mutate import NUMBERS, InMemory, damaged, outcome
from tests.support import DATA

FILES = DATA / "tensorflow" / "graphs"
FROZEN = (FILES / "images.pb").read_bytes()
LISTED = json.loads((FILES / "images_js" / "model.json").read_text(encoding="utf-8"))
NAMES = [node["name"] for node in LISTED["modelTopology"]["node"]]
_OPERATORS = (
    "Conv2D MatMul Reshape Pad ConcatV2 StridedSlice While Switch Merge NextIteration Einsum GatherV2 Mine Const Split "
    "Placeholder Mean FusedBatchNormV3 Conv2DBackpropInput BatchMatMulV2 Pack Unpack Transpose"
).split()


class Alone(InMemory):
    """A graph whose variables and shards are not beside it."""

    def sibling(self, name: str) -> InMemory:
        raise NotFoundError(f"no '{name}'")


def _alone(source: Source) -> Source:
    return Source(source.name, "", (), source.sniff, lambda file, options: source.read(Alone(file.data), options))  # type: ignore[arg-type,attr-defined]


BINARY, TEXT = _alone(GRAPH), _alone(JSON)


def mutated(seed: int) -> bytes:
    """Damaged bytes of the one; of the other a few operators, inputs, numbers changed."""
    chance = random.Random(seed)
    if chance.random() < 0.4:
        return damaged(FROZEN, chance) if chance.random() < 0.9 else FROZEN
    data = json.loads(json.dumps(LISTED))
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        _change(chance.choice(data["modelTopology"]["node"]), data, chance)
    return json.dumps(data).encode()


def _change(node: dict[str, Any], data: dict[str, Any], chance: random.Random) -> None:
    """One thing of a node, or of a weight, is another."""
    what = chance.randrange(6)
    if what == 0:
        node["op"] = chance.choice(_OPERATORS)
    elif what == 1 and node.get("input"):
        node["input"][chance.randrange(len(node["input"]))] = chance.choice((*NAMES, "x:7", "", "^x"))
    elif what == 2 and node.get("attr"):
        node["attr"][chance.choice(list(node["attr"]))] = chance.choice(({}, {"i": "-1"}, {"list": {"i": ["2", "0"]}}))
    elif what == 3:
        weight = chance.choice(data["weightsManifest"][0]["weights"])
        weight["shape"] = [chance.choice(NUMBERS) for _ in range(chance.randrange(5))]
    elif what == 4:
        sizes = [{"size": str(chance.choice(NUMBERS))} for _ in range(chance.randrange(6))]
        node.setdefault("attr", {})["shape"] = {"shape": {"dim": sizes}}
    else:
        node.pop(chance.choice(list(node)))


def check(data: bytes) -> str:
    """How it came out; anything but a count, an Unknown one or an error is a fault."""
    return outcome(TEXT if data.startswith(b"{") else BINARY, data)
