"""What every mutator needs: numbers that break things, bytes that are flipped, a file that is only in memory."""

from __future__ import annotations

import random
from typing import Self

from netledger.errors import DataError, FormatError, NotFoundError
from netledger.ledger import keep_books
from netledger.network import Network
from netledger.sources import Options, Source
from netledger.wire.cursor import Buffer

NUMBERS = (
    0, 1, 2, 3, 4, 7, 8, 9, 12, 16, 31, 32, 33, 63, 64, 127, 128, 255, 256, 4096, 65535, 2**16, 2**31 - 1, 2**31,
    2**32 - 1, 2**32, 2**40, 2**53, 2**62, 2**63 - 1, 2**63, 2**64 - 1,
)  # fmt: skip


class InMemory(Buffer):
    """Bytes in the place of an input file; nothing stands beside it."""

    path = "fuzzed"

    def sibling(self, name: str) -> InMemory:
        raise FormatError(f"no '{name}'")

    def text(self, most: int) -> str:
        """As of a file."""
        return self.data.decode("utf-8", "replace")

    def close(self) -> None:
        """As of a file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


BESIDE = b"\0beside\0"
"""Between a file and what lies beside it, where both are one piece of bytes."""


class Beside(InMemory):
    """A file with the one that its format names, where that is there at all."""

    def __init__(self, data: bytes) -> None:
        whole, mark, other = data.partition(BESIDE)
        super().__init__(whole)
        self.other = other if mark else None

    def sibling(self, name: str) -> InMemory:
        if self.other is None:
            raise NotFoundError(f"no '{name}'")
        return InMemory(self.other)


def number(chance: random.Random, sound: int) -> int:
    """The sound value, one near it, or one that breaks things."""
    return chance.choice((sound, sound, sound, sound + 1, max(0, sound - 1), sound * 2, chance.choice(NUMBERS)))


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Now and then: bytes flipped, a piece cut out, doubled or put elsewhere, the end cut off."""
    raw = bytearray(data)
    for _ in range(chance.choice((0, 0, 0, 1, 1, 2, 4))):
        if not raw:
            break
        at = chance.randrange(len(raw))
        end = min(len(raw), at + chance.choice((1, 2, 4, 8, 16, 64)))
        way = chance.randrange(6)
        if way == 0:
            raw[at] ^= 1 << chance.randrange(8)
        elif way == 1:
            raw[at:end] = chance.choice(NUMBERS).to_bytes(8, "little")[: end - at]
        elif way == 2:
            del raw[at:end]
        elif way == 3:
            raw[at:at] = raw[at:end]
        elif way == 4:
            raw[at:at] = chance.randbytes(end - at)
        else:
            del raw[at:]
    return bytes(raw)


def read(source: Source, data: bytes) -> Network | str:
    """The network, or the one line of the error; anything else that is raised is a fault of ours."""
    try:
        return source.read(InMemory(data), Options())  # type: ignore[arg-type]
    except DataError as error:
        line = str(error)
        assert line
        assert "\n" not in line
        return line


def outcome(source: Source, data: bytes, *, right: int | None = None) -> str:
    """Read ``data`` and hold the oracle against what comes: a right count, an Unknown one, or an error.

    Nothing may be counted that the file cannot hold: a stored bit is the least that a value takes (``right``, where a
    second reader gives it, must be the count itself).
    """
    found = read(source, data)
    if isinstance(found, str):
        return "error"
    ledger = keep_books(found)
    totals = ledger.totals
    for evidence in ledger.evidence:
        assert evidence.agrees or evidence.kind != "file size", evidence
    stored = sum([tensor.bytes for tensor in found.tensors if isinstance(tensor.bytes, int) and tensor.storage is None])
    assert stored <= len(data), (stored, len(data))
    if not isinstance(totals.parameters, int):
        return "unknown"
    if right is not None:
        assert int(totals.parameters) + int(totals.buffers) == right, (totals.parameters, totals.buffers, right)
    return "count"
