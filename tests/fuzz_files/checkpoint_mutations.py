"""Checkpoints: pickles of tensors whose numbers and opcodes are changed, in archives that may be damaged."""

from __future__ import annotations

import io
import random
import struct
import zlib

import torch

from netledger.sources.tensors.torch_files.checkpoint import CHECKPOINT
from tests.fuzz_files.mutate import NUMBERS, damaged, number, outcome
from tests.sources.builders import integer, tensor, unicode

_KINDS = ("torch\nFloatStorage", "torch\nHalfStorage", "torch.storage\nUntypedStorage", "torch\nQInt8Storage")
_ODD = (
    b"N", b"}", b"]", b")", b"(t", b"cos\nsystem\n", b"cos\nsystem\n)R", b"cbuiltins\neval\n",
    b"ccollections\nOrderedDict\n)R",
    b"N\x85", b"\x88", b"G" + bytes(8), b"q\0", b"h\0", b"2", b"0", b"b", b"(", b"u", b"s", b"Q", b"\x93",
)  # fmt: skip


def mutated(seed: int) -> bytes:
    """An archive, a bare pickle or a file of the format before 1.6."""
    chance = random.Random(seed)
    way = chance.randrange(10)
    if way == 0:
        return damaged(_legacy(), chance)
    pickled = _pickle(chance)
    if way < 4:
        return pickled
    storages = {str(i): bytes(chance.choice((0, 4, 8, 64))) for i in range(chance.randrange(1, 4))}
    file = _archive({"a/data.pkl": pickled, **{f"a/data/{key}": data for key, data in storages.items()}})
    return damaged(file, chance) if chance.random() < 0.2 else file


def _pickle(chance: random.Random) -> bytes:
    body = b"\x80" + bytes([chance.choice((2, 2, 2, 4, 5, 9))]) + b"}"
    for i in range(chance.randrange(4)):
        key = unicode(
            chance.choice((f"layer.{i}.weight", f"layer.{i}.bias", "state", "param_groups", "optimizer", "_parameters"))
        )
        body += key + _value(chance) + b"s"
    body += b"."
    return damaged(body, chance) if chance.random() < 0.3 else body


def _value(chance: random.Random) -> bytes:
    if chance.random() < 0.15:
        return chance.choice(_ODD)
    if chance.random() < 0.1:
        return b"}" + unicode("inner") + _value(chance) + b"s"
    size = tuple([chance.choice((0, 1, 2, 4)) for _ in range(chance.randrange(3))])
    stride, step = [], 1
    for length in reversed(size):
        stride.insert(0, step)
        step *= max(1, length)
    if chance.random() < 0.2:
        size = tuple([number(chance, length) for length in size])
    if chance.random() < 0.2:
        stride = [chance.choice((0, 1, 2, 5, -1, chance.choice(NUMBERS))) for _ in stride]
    offset = 0 if chance.random() < 0.8 else chance.choice((1, 2, -1, 2**40))
    count = None if chance.random() < 0.6 else number(chance, 4)
    return tensor(str(chance.randrange(3)), size, tuple(stride), offset=offset, count=count, kind=chance.choice(_KINDS))


def _archive(members: dict[str, bytes]) -> bytes:
    """A ZIP file, written by hand: the library takes a millisecond."""
    body, directory = b"", b""
    for name, data in members.items():
        raw = name.encode()
        common = struct.pack("<5H3L2H", 20, 0, 0, 0, 0, zlib.crc32(data), len(data), len(data), len(raw), 0)
        directory += b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<3H2L", 0, 0, 0, 0, len(body)) + raw
        body += b"PK\3\4" + common + raw + data
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return body + directory + end


def _legacy() -> bytes:
    if not _KEPT:
        held = io.BytesIO()
        made = {"w.weight": torch.zeros(3, 2), "w.bias": torch.zeros(3), "n": integer(3)}
        torch.save(made, held, _use_new_zipfile_serialization=False)
        _KEPT.append(held.getvalue())
    return _KEPT[0]


_KEPT: list[bytes] = []


def check(data: bytes) -> str:
    """Read it; nothing is counted that the file does not hold."""
    found = outcome(CHECKPOINT, data)
    assert "netledger-ran" not in found
    return found
