"""GGUF: metadata and tensor entries whose fields are changed one by one; the second reader is a page of ``struct``."""

from __future__ import annotations

import random
import struct

from netledger.sources.tensors.gguf import GGUF
from tests.fuzz_files.mutate import damaged, number, outcome
from tests.sources.builders import gguf, pair, string

_BLOCKS = {0: (1, 4), 1: (1, 2), 2: (32, 18), 8: (32, 34), 12: (256, 144), 24: (1, 1), 30: (1, 2), 39: (32, 17)}
_FIXED = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}


def mutated(seed: int) -> bytes:
    """A file of a few metadata entries and tensors, most of it sound."""
    chance = random.Random(seed)
    pairs = tuple([_pair(chance, i) for i in range(chance.randrange(4))])
    infos, at = [], 0
    for i in range(chance.randrange(5)):
        kind = chance.choice(list(_BLOCKS))
        block, nbytes = _BLOCKS[kind]
        dims = [block * chance.randrange(1, 3), *[chance.choice((1, 2, 3)) for _ in range(chance.randrange(3))]]
        size = nbytes
        for length in dims:
            size *= length
        size //= block
        broken = chance.random() < 0.15
        if broken:
            dims[chance.randrange(len(dims))] = number(chance, dims[0]) % 2**64
        rank = len(dims) if not broken or chance.random() < 0.7 else number(chance, len(dims)) % 2**32
        offset = at if not broken else number(chance, at) % 2**64
        kind = kind if not broken or chance.random() < 0.7 else chance.randrange(64)
        name = f"blk.{i}.weight" if chance.random() < 0.95 else chance.choice(("", "blk.0.weight", "\0", "\x1b"))
        infos.append(string(name) + struct.pack(f"<I{len(dims)}QIQ", rank, *dims, kind, offset))
        at += -(-size // 32) * 32
    counts = None if chance.random() < 0.9 else (number(chance, len(infos)) % 2**64, number(chance, len(pairs)) % 2**64)
    version = chance.choice((2, 3, 3, 3, 3, 3, 3, number(chance, 3) % 2**32))
    file = gguf(pairs, tuple(infos), min(at, 100_000), version=version, counts=counts)
    return damaged(file, chance) if chance.random() < 0.3 else file


def _pair(chance: random.Random, i: int) -> bytes:
    key = chance.choice(
        (f"llama.k{i}", f"llama.k{i}", "general.name", "general.alignment", "split.count", "general.architecture", "")
    )
    kind = chance.choice((*_FIXED, 8, 8, 9, 9, 99))
    if kind in _FIXED:
        return pair(
            key, kind, chance.randbytes(_FIXED[kind]) if kind != 4 else struct.pack("<I", number(chance, 32) % 2**32)
        )
    if kind == 8:
        return pair(key, kind, string(chance.choice((b"llama", b"", b"\xff", b"x" * 2000))))
    return pair(key, kind, _array(chance, 0))


def _array(chance: random.Random, depth: int) -> bytes:
    kind = chance.choice((0, 4, 6, 8, 8, 9 if depth < 4 else 4, 77))
    count = chance.randrange(4)
    body = b""
    for _ in range(count):
        body += (
            string("t" * chance.randrange(5))
            if kind == 8
            else _array(chance, depth + 1)
            if kind == 9
            else bytes(_FIXED.get(kind, 1))
        )
    said = count if chance.random() < 0.9 else number(chance, count) % 2**64
    return struct.pack("<IQ", kind, said) + body


def check(data: bytes) -> str:
    """Read it; where that gives a count, it is the product of the sizes that the second reader finds."""
    return outcome(GGUF, data, right=_counted(data))


def _counted(data: bytes) -> int | None:
    try:
        tensors, pairs = struct.unpack_from("<QQ", data, 8)
        at = 24
        for _ in range(min(pairs, 100)):
            at += 8 + struct.unpack_from("<Q", data, at)[0]
            at = _past(data, at + 4, struct.unpack_from("<I", data, at)[0])
        total = 0
        for _ in range(min(tensors, 100)):
            at += 8 + struct.unpack_from("<Q", data, at)[0]
            rank = struct.unpack_from("<I", data, at)[0]
            if rank > 4:
                return None
            product = 1
            for size in struct.unpack_from(f"<{rank}Q", data, at + 4):
                product *= size
            total += product
            at += 4 + 8 * rank + 12
    except (struct.error, OverflowError, RecursionError, KeyError):
        return None
    return total


def _past(data: bytes, at: int, kind: int) -> int:
    if kind in _FIXED:
        return at + _FIXED[kind]
    if kind == 8:
        return at + 8 + struct.unpack_from("<Q", data, at)[0]
    if kind != 9:
        raise KeyError(kind)
    inner, count = struct.unpack_from("<IQ", data, at)
    at += 12
    if inner in _FIXED:
        return at + count * _FIXED[inner]
    for _ in range(min(count, len(data))):
        at = _past(data, at, inner)
    return at
