"""Every number of a text accounted for: judged with its line, or told with the reason why nothing was compared.

A text is right only where no number that may be a count was passed over: one that is no size of the network, and no
value that another line was judged by.
"""

from __future__ import annotations

from netledger.audit.reading.statements.loose import leaves_of, place_of
from netledger.audit.reading.statements.sorts import counts_things
from netledger.audit.result import UnjudgedNumber

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.hypotheses import Judged
    from netledger.audit.matching.books.parts import Books
    from netledger.audit.reading.reader import Calculation
    from netledger.audit.reading.tokens.tokenizing import Token, Value

LEAST_PASSED_OVER = 2000
"""A smaller number is a size as often as a count."""
PASSED_OVER = {"setting": "a size", "shape": "a shape", "features": "how many values come out"}
"""What a statement is, by its quantity, that nobody judges."""
OTHER_THINGS = "it counts something else"
"""Why nobody judges a number of epochs, images or years."""


def unjudged_numbers(calculation: Calculation, judged: Judged) -> tuple[UnjudgedNumber, ...]:
    """The numbers that no line was judged by, in the order of the text."""
    own = {id(leaf.token) for outcome in judged.outcomes for leaf in leaves_of(outcome.item.statement)}
    found = list(_of_statements(calculation, own))
    found += [(loose.token, loose.why) for loose in calculation.loose]
    found.sort(key=lambda entry: (entry[0].line_no, place_of(entry[0])))
    known = _Known(judged)
    return tuple(
        [
            UnjudgedNumber(
                token.line_no, place_of(token), token.value, why, _may_count(token, why) and token not in known
            )
            for token, why in found
        ]
    )


def _of_statements(calculation: Calculation, judged: set[int]) -> Iterator[tuple[Token, str]]:
    """The numbers of statements that have no outcome: a layer's name may have been given to one that has."""
    seen = judged
    for statement in calculation.statements:
        why = PASSED_OVER.get(statement.quantity, "nothing says what it counts")
        why = OTHER_THINGS if counts_things(statement) else why
        for leaf in leaves_of(statement):
            if leaf.token is not None and id(leaf.token) not in seen and leaf.token.end > 0:
                seen.add(id(leaf.token))
                yield leaf.token, why


def _may_count(token: Token, why: str) -> bool:
    return why != OTHER_THINGS and isinstance(token.value, int) and token.value >= LEAST_PASSED_OVER


class _Known:
    """What is no new claim: the sizes and counts of the network and the values of the lines that were judged, rounded
    as well.
    """

    def __init__(self, judged: Judged) -> None:
        self._judged = judged
        self._values: list[Value] | None = None

    def __contains__(self, token: Token) -> bool:
        if self._values is None:
            self._values = sorted(set(self._all()))
        from bisect import bisect_left

        place = bisect_left(self._values, token.value - token.error)
        return place < len(self._values) and self._values[place] <= token.value + token.error

    def _all(self) -> Iterator[Value]:
        for outcome in self._judged.outcomes:
            yield from [leaf.value for leaf in leaves_of(outcome.item.statement)]
            if outcome.item.value is not None:
                yield outcome.item.value
        if self._judged.books is not None:
            yield from _sizes_of(self._judged.books)
            yield from self._judged.verdicts.matcher.quantities.values


def _sizes_of(books: Books) -> Iterator[int]:
    """What the sides, channels, widths and flattened maps of a network are."""
    from netledger.audit.matching.others import size_of

    yield from books.sizes
    for part in books.parts:
        yield from (part.seen, part.out, part.seen * part.groups, part.positions, part.positions * part.out)
        for shape in (*part.entry.inputs, *part.entry.outputs):
            sides = tuple([side for side in shape if isinstance(side, int)]) if isinstance(shape, tuple) else ()
            for start in range(len(sides)):
                yield from [size_of(sides[start:end]) for end in range(start + 1, len(sides) + 1)]
