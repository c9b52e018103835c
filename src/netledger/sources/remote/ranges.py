"""What every file elsewhere has in common: pieces that are fetched once, a budget, tries with pauses, one state."""

from __future__ import annotations

import random
import time

from netledger.errors import FormatError, LimitError, NotFoundError
from netledger.limits import REMOTE_BYTES, REMOTE_RANGES
from netledger.sources.files import InputFile
from netledger.sources.remote import without_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

FIRST = 256 * 1024
_LATER, _LARGEST = 64 * 1024, 4 * 1024 * 1024
"""A later piece is at least so long, and each twice the one before: a long header takes few requests."""
TRIES = 4
_PAUSE, _LONGEST_PAUSE = 0.25, 30.0


class Unchanged(Exception):
    """What was to be opened is what it was when it was read before."""


class TryAgain(OSError):
    """A failure that may pass; ``after`` is how many seconds the server wants to be left alone."""

    def __init__(self, why: str, after: float = 0.0) -> None:
        super().__init__(why)
        self.after = after


class Budget:
    """What may still be fetched for one network: bytes and requests, its siblings' included."""

    __slots__ = ("bytes", "ranges")

    def __init__(self) -> None:
        self.bytes, self.ranges = REMOTE_BYTES, REMOTE_RANGES

    def take(self, count: int) -> None:
        """One request for so many bytes."""
        self.bytes -= count
        self.ranges -= 1
        if self.bytes < 0:
            raise LimitError(f"more than {REMOTE_BYTES:,} bytes would be fetched: download the file")
        if self.ranges < 0:
            raise LimitError(f"more than {REMOTE_RANGES:,} requests would be made: download the file")


class RangedFile(InputFile):
    """A file that is fetched in ranges; the same to a reader as one that lies here.

    ``tag`` is what tells one state of the file from another (its ETag), ``modified`` when it was changed last, as the
    place says it; ``named`` whether other files beside it were asked for. A place says how a range is fetched
    (``once``) and how a sibling is opened (``beside``).
    """

    __slots__ = ("_later", "_pieces", "address", "budget", "modified", "named", "tag")

    def __init__(self, address: str, budget: Budget) -> None:
        super().__init__(without_secrets(address), -1, 0)
        self.address, self.budget = address, budget
        self.tag: str | None = None
        self.modified: str | None = None
        self.named = False
        self._pieces: list[tuple[int, bytes]] = []
        self._later = _LATER

    def once(self, start: int, count: int) -> bytes:
        """So many bytes from ``start``, fewer at the end of the file; ``TryAgain`` where that can help."""
        raise NotImplementedError

    def beside(self, name: str) -> RangedFile:
        """The file of this name in the same place and state, within the same budget."""
        raise NotImplementedError

    def begin(self) -> None:
        """Fetch the first piece, which says how long the file is."""
        self._pieces.append((0, self.fetch(0, FIRST)))

    def read_at(self, offset: int, count: int) -> bytes:
        """Exactly ``count`` bytes from ``offset``, out of what was fetched, else fetched now."""
        if offset < 0 or count < 0 or offset + count > self.size:
            raise FormatError(f"the file ends at {self.size:,}, before the {count:,} bytes needed").at(byte=offset)
        for start, data in self._pieces:
            if start <= offset and offset + count <= start + len(data):
                return data[offset - start : offset - start + count]
        start, held = next(((s, d) for s, d in self._pieces if s <= offset < s + len(d)), (offset, b""))
        left = held[offset - start :]  # a piece that ends too early is carried on
        wanted = max(count - len(left), min(self._later, self.size - offset - len(left)))
        self._later = min(2 * self._later, _LARGEST)
        data = left + self.fetch(offset + len(left), wanted)
        self._pieces.append((offset, data))
        return data[:count]

    def sibling(self, name: str) -> InputFile:
        """A file that this one names, in the same place and within the same budget."""
        bad = not name or name.startswith(("/", "\\", "~")) or any(sign in name for sign in "\0\\:?#%*[]")
        if bad or ".." in name.split("/"):
            raise FormatError(f"names the file '{name}', which is not inside its own folder")
        self.named = True
        return self.beside(name)

    def fetch(self, start: int, count: int) -> bytes:
        """A range, tried again where that can help."""
        self.budget.take(count)
        return self.tried(lambda: self.once(start, count))

    def tried(self, ask: Callable[[], T]) -> T:
        """An answer, asked for again after pauses that grow, where that can help."""
        why = ""
        for attempt in range(TRIES):
            try:
                return ask()
            except TryAgain as error:
                why = str(error)
                if attempt < TRIES - 1:
                    time.sleep(pause(attempt, error.after))
            except OSError as error:
                raise NotFoundError(f"could not be fetched: {type(error).__name__}").at(file=self.path) from None
        raise NotFoundError(f"could not be fetched: {why}").at(file=self.path)

    def hold(self, size: int, tag: str | None) -> None:
        """What an answer says of the file: the first time it is kept, later it must be the same."""
        if self.size >= 0 and self._pieces and (size, tag) != (self.size, self.tag):
            raise FormatError("the file was changed while it was read").at(file=self.path)
        self.size, self.tag = size, tag


def pause(attempt: int, asked: float) -> float:
    """Seconds before the next try: four times as long each time, not the same for everybody, what is asked at least."""
    grown = _PAUSE * float(4**attempt) * (0.5 + random.random())
    return min(max(grown, asked), _LONGEST_PAUSE)
