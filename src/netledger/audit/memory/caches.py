"""What is known of the cache that one text speaks of, while its amounts are judged one after the other."""

from __future__ import annotations

from itertools import islice

from netledger.audit.memory.kept import kept_by
from netledger.audit.words.memory import CACHE, CACHE_STARTS, OTHER_TOPICS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from netledger.audit.matching.books.parts import Books
    from netledger.audit.matching.items.item import Item
    from netledger.audit.memory.asked import Asked
    from netledger.audit.memory.kept import KeptValues
    from netledger.audit.verdict.outcome import Outcome

MOST_BEFORE = 40
"""Amounts above that an amount is compared with."""
SAME_FACTOR = 0.08
"""How far two factors by which amounts are wrong may differ, as GB are from GiB."""


def speaks_of_cache(words: Iterable[str]) -> bool:
    """Whether words speak of keys and values that are kept."""
    return any(word in CACHE or word.startswith(CACHE_STARTS) for word in words)


class Caches:
    """What the network keeps of a token, and under which conditions the amounts above were given (by item)."""

    __slots__ = ("_books", "_kept", "_speaks", "_words", "asked", "right", "wrong")

    def __init__(self, books: Books, words: frozenset[str]) -> None:
        self._books, self._words = books, words
        self._kept: tuple[KeptValues | None, ...] = ()
        self._speaks: tuple[bool, bool] | None = None
        self.asked: dict[int, Asked] = {}
        self.right: set[float] = set()
        self.wrong: dict[int, Outcome] = {}

    @property
    def total(self) -> int:
        """Parameters of the network."""
        return self._books.total

    @property
    def kept(self) -> KeptValues | None:
        """What the network keeps of each token."""
        if not self._kept:
            self._kept = (kept_by(self._books),)
        return self._kept[0]

    @property
    def speaks(self) -> tuple[bool, bool]:
        """Whether the text speaks of a cache anywhere, and whether it speaks of other memory."""
        if self._speaks is None:
            self._speaks = speaks_of_cache(self._words), any(word.startswith(OTHER_TOPICS) for word in self._words)
        return self._speaks

    def last_told(self) -> Asked | None:
        """The conditions of the last amount that says itself for how many tokens, more than one, it is."""
        before = (self.asked[index] for index in islice(reversed(self.asked), MOST_BEFORE))
        return next((asked for asked in before if asked.is_own and asked.tokens[0] > 1), None)

    def carried_by(self, item: Item, expected: float) -> Outcome | None:
        """The wrong amount of fewer tokens or layers above that is wrong by the same factor."""
        own = self.asked.get(item.index)
        if own is None or not item.value:
            return None
        for index in islice(reversed(self.wrong), MOST_BEFORE):
            outcome, asked = self.wrong[index], self.asked.get(index)
            if asked is None or not outcome.item.value or not outcome.expected:
                continue
            fewer = asked.layers < own.layers or asked.tokens[0] == 1 < own.tokens[0]
            factor = float(item.value) / expected * float(outcome.expected) / float(outcome.item.value)
            if fewer and abs(factor - 1) <= SAME_FACTOR:
                return outcome
        return None
