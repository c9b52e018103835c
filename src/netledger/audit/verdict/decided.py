"""One text while its lines are decided: what was matched, and what is decided so far."""

from __future__ import annotations

from netledger.audit.matching.labels.label_prices import textbook_matrix
from netledger.audit.matching.sums import Sums
from netledger.audit.weights import LEAST_TELLING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.assignment import Matcher
    from netledger.audit.matching.books.quantities import Quantity
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.sums import Sum
    from netledger.audit.verdict.outcome import Outcome
    from netledger.audit.verdict.summing.carrying import Wrong


class Decided:
    """``whole``: whether the network is all that a total can be about; ``blames``: whether it is known so well that
    what differs from it is wrong; ``named``: whether the text only
    names it, and may be about a part; ``outcomes``: by the index of an item what is said of it.
    """

    def __init__(self, matcher: Matcher, *, whole: bool = True, blames: bool = True, named: bool = False) -> None:
        self.matcher, self.books, self.whole, self.blames = matcher, matcher.books, whole, blames
        self.named = named
        self.items = matcher.items
        self.sums = Sums(self.items, matcher.quantities.repeats).run()
        self.last_sum = max(self.sums, default=-1)
        self.last_total = max([item.index for item in self.items if _totals_everything(item)], default=-1)
        self.outcomes: dict[int, Outcome] = {}
        self.wrong: Wrong
        """What is wrong so far, while the lines are decided."""
        self._exact_totals: list[Item] | None = None
        self._in_exact: set[int] | None = None
        self._named_as: set[int] | None = None
        self._letters: set[str] | None = None
        self.covered: dict[int, list[Quantity]] | None = None
        """What the sums are about through their subtotals, by index, once that was asked."""
        self.footers: dict[tuple[str, ...], list[Item]] | None = None
        """The totals that stand by themselves, by their label, once they were asked for."""
        self.bounded: set[int] = set()
        """Numbers, by index, that only bound a count."""
        self.all_there: bool | None = None
        """Whether the lines that are right account for the whole network, once that was asked."""

    @property
    def adapters_alone(self) -> bool:
        """Whether the network has adapters and nothing that they are put into."""
        return self.matcher.labels.adapted and all(part.family == "lora" for part in self.books.weighted)

    @property
    def says_the_total(self) -> bool:
        """Whether the text gives the network's exact count, and no other one as a total."""
        total = self.books.total
        if not any(item.is_count for item in self.exact_totals):
            return False
        others = any(
            (found.whole or self.adds_everything(found)) and found.item.value != total and not found.item.error
            for found in self.sums.values()
        )
        return total >= LEAST_TELLING and not others

    @property
    def exact_totals(self) -> list[Item]:
        """The lines that give the network's exact count, in their order."""
        if self._exact_totals is None:
            total = self.books.total
            self._exact_totals = [item for item in self.items if item.value == total and not item.error]
        return self._exact_totals

    def adds_everything(self, found: Sum) -> bool:
        """Whether the last sum of a text adds all that the text works out."""
        if found.item.index != self.last_sum or len(found.parts) <= LEAST_ADDED:
            return False
        added = {part.index for part, _ in found.parts}
        worked = [item for item in self.items if item.is_count and item.products is not None and item.stated]
        return all(item.index in added or item is found.item for item in worked)

    @property
    def in_exact_sums(self) -> set[int]:
        """The lines, three or more each, that sums of the text add up exactly."""
        if self._in_exact is None:
            exact = [s for s in self.sums.values() if len(s.parts) > LEAST_ADDED and s.adds == s.item.value]
            self._in_exact = {part.index for found in exact for part, _ in found.parts}
        return self._in_exact

    @property
    def textbook_letters(self) -> set[str]:
        """What lines call a recurrent layer's matrices by textbooks' names: ``wxh``, ``hidden to hidden``."""
        if self._letters is None:
            labels = [item.statement.label for item in self.items]
            named = [label for label in labels if textbook_matrix(label) is not None]
            self._letters = {" ".join(label).lower().replace("_", "") for label in named}
        return self._letters

    @property
    def textbook_matrices(self) -> set[int | None]:
        """The matrices of a recurrent layer that lines have by such names."""
        return {textbook_matrix(letters.split()) for letters in self.textbook_letters}

    @property
    def named_as_layers(self) -> set[int]:
        """The lines that are right, factor by factor, below the own name of the layer that they are about."""
        if self._named_as is None:
            exact = [item for item in self.items if item.right is not None and item.right.is_exact]
            sure = [(item.index, item.right, self.matcher.labels.sure(item.wording)) for item in exact]
            self._named_as = {i for i, right, own in sure if len(own) == 1 and right and right.quantity.first is own[0]}
        return self._named_as

    def is_right(self, part: Item) -> bool:
        """Whether a line was found right."""
        outcome = self.outcomes.get(part.index)
        return outcome is not None and outcome.verdict == "right"


LEAST_ADDED = 2
"""A sum of more lines is no chance."""


def _totals_everything(item: Item) -> bool:
    """Whether a line is called a total, and that of no kind of layer."""
    return item.is_count and item.statement.is_total and not item.wording.inner_families
