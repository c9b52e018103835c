"""What a passage is about: each network and convention that it may mean is tried, the one that explains it best wins.

In this order of trust: the network that is given; one that the text names, in every published form; one that the text
describes; one of the catalogue that several of its formulas agree with, layer by layer. A lone number is never judged
by a network that merely fits.
"""

from __future__ import annotations

from netledger.audit.causes.structure import changes
from netledger.audit.matching.assignment import Matcher
from netledger.audit.matching.books.categories import NORMS
from netledger.audit.matching.books.parts import Books
from netledger.audit.matching.labels.line_words import names_weights, speaks_of_weights
from netledger.audit.verdict.verdicts import Verdicts
from netledger.audit.weights import CONVENTION, LEAST_TELLING, OPEN, RIGHT
from netledger.catalogue import load, models
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from netledger.audit.reading.reader import Calculation
    from netledger.audit.reading.tokens.tokenizing import Value
    from netledger.audit.verdict.outcome import Outcome
    from netledger.ledger.figures import Listed
    from netledger.network import Network

MOST_FORMS = 12
"""Published forms of one network that are judged in full."""
LONG = 200
"""Statements of a text in which only the likeliest forms are judged, for each takes its time."""
MOST_TRIED = 12
"""Networks of the catalogue that are judged in full."""
LEAST_HITS = 2
"""Lines that must be equal before numbers propose a network."""
LEAST_ROWS = 4
"""Rows of a table without formulas that must be a network's layers."""
MOST_UNCLEAR = 2
"""Lines of a text that are too few to show whether it is about a network."""
LEAST_ADDED = 2
"""Lines that a total adds up, at least."""
FAR_OFF = 2
"""A network that is so many times as large or small as a text's total is another one."""
ON_PURPOSE = 8
"""Lines, all without their biases, that leave these out on purpose: nobody forgets so many."""
LEAST_RATIO = 4
"""Right statements for each wrong one, where nobody named the network."""


class Judged(Record):
    """One hypothesis with what follows from it. ``how``: ``given named described numbers none``."""

    __slots__ = ("how", "books", "verdicts", "outcomes", "cost", "assumed", "whole")
    how: str
    books: Books | None
    verdicts: Verdicts
    outcomes: list[Outcome]
    cost: float
    assumed: tuple[str, ...]
    whole: bool

    def __init__(
        self, how: str, books: Books | None, verdicts: Verdicts, outcomes: list[Outcome], cost: float,
        assumed: tuple[str, ...] = (), whole: bool = True,
    ) -> None:  # fmt: skip
        self._fill(how, books, verdicts, outcomes, cost, assumed, whole)

    @property
    def wrong(self) -> int:
        """How many statements are wrong by it."""
        return sum(1 for outcome in self.outcomes if outcome.verdict in ("wrong", "carries"))

    @property
    def is_understood(self) -> bool:
        """Whether the text is about this network: most of what it works out agrees, where it works out several things.

        Lines that are wrong below a layer's own name are about that layer all the same.
        """
        worked = [o for o in self.outcomes if o.item.is_count and o.item.products is not None and not o.item.refers]
        sizes = self._sizes if len(worked) > MOST_UNCLEAR else ()
        worked = [  # without "pool: 0 + 0" and a flatten's size
            o for o in worked if o.verdict == "right" or (o.item.value and o.item.value not in sizes)
        ]
        right = sum(1 for outcome in worked if outcome.verdict == "right")
        strange = sum(1 for outcome in worked if outcome.verdict != "right" and not self.names(outcome))
        if strange and (self.how != "described" or right <= strange) and self._has_another_total():
            return False
        none = len(worked) > MOST_UNCLEAR and not right
        if self.how == "named" and (none or self._has_another_head()):
            return False
        return strange <= max(right, 1) if len(worked) > MOST_UNCLEAR else strange <= right + 1

    @property
    def blames_unnamed(self) -> bool:
        """Whether a line is wrong about a layer that its label does not name."""
        return any(o.verdict == "wrong" and o.item.fault is None and not self.names(o) for o in self.outcomes)

    def _has_another_head(self) -> bool:
        """Whether a line is wrong only in how many classes the last layer tells apart: made for other data."""
        last = self.books.weighted[-1] if self.books is not None and self.books.weighted else None
        wrong = [outcome.item.wrong for outcome in self.outcomes if outcome.verdict == "wrong"]
        return any(
            meaning is not None
            and meaning.quantity.first is last
            and {cause.kind for cause in meaning.causes} <= {"wrong_out_channels"}
            for meaning in wrong
        )

    @property
    def is_proven_by_its_total(self) -> bool:
        """Whether the total is right and the sum of the lines: then no line can be wrong alone."""
        for outcome in self.outcomes:
            found = self.verdicts.sums.get(outcome.item.index)
            if outcome.verdict == "right" and outcome.item.statement.is_total and found is not None and found.whole:
                if len(found.parts) > 1 and found.adds == outcome.item.value:
                    return True
        return False

    def _has_another_total(self) -> bool:
        """Whether the text's own lines add up to a total of which this network is several times as large or small."""
        true = self.books.total if self.books is not None else 0
        said = {outcome.item.value for outcome in self.outcomes if outcome.item.statement.is_total}
        for outcome in self.outcomes:
            found, value = self.verdicts.sums.get(outcome.item.index), outcome.item.value
            if found is None or not value or len(found.parts) < LEAST_ADDED or found.adds != value:
                continue
            if found.whole or value in said:
                if max(value, true) > FAR_OFF * min(value, true):
                    return True
        return False

    def names(self, outcome: Outcome) -> bool:
        """Whether a wrong line names the layer that it is wrong about."""
        wrong = outcome.item.wrong
        if wrong is not None and wrong.is_named and outcome.item.fault is None:
            return True
        own = wrong is not None and len(wrong.quantity.cover) == 1
        sure = self.verdicts.matcher.labels.sure(outcome.item.wording) if own else []
        return wrong is not None and any(part is wrong.quantity.first for part in sure)

    @property
    def settles(self) -> bool:
        """Whether everything in the text is right by it, so that no other network need be tried."""
        return bool(self.right) and all(outcome.verdict == "right" for outcome in self.outcomes)

    @property
    def is_unsurpassed(self) -> bool:
        """Whether no other network can explain more: what is not right by it is wrong by itself."""
        own = all(outcome.verdict == "right" or outcome.item.fails_alone for outcome in self.outcomes)
        return own and bool(self.right) and self.cost <= self.wrong - RIGHT * self.right

    @property
    def open(self) -> int:
        """How many equations fit nothing in it, not even one of its sizes: what a flatten makes is no count."""
        found = [outcome for outcome in self.outcomes if outcome.verdict == "adds_up" and outcome.item.is_count]
        return sum(1 for outcome in found if outcome.item.value not in self._sizes) if found else 0

    @property
    def _sizes(self) -> frozenset[int]:
        return self.books.sizes if self.books is not None else frozenset()

    @property
    def right(self) -> int:
        """How many were compared and are equal."""
        return sum(1 for outcome in self.outcomes if outcome.verdict == "right" and outcome.expected)


def judge_by(
    calculation: Calculation,
    network: Network,
    how: str,
    *,
    whole: bool = True,
    vectors_open: bool = False,
    blames: bool = True,
) -> Judged:
    """The text judged by one network, by the convention that costs least."""
    books = Books(network)
    best: Judged | None = None
    for convention, price in _conventions(books, vectors_open, calculation.words):
        counted = books if convention == "full" else books.under(convention)
        verdicts = Verdicts(Matcher(calculation, counted).matched(), whole=whole, blames=blames, named=how == "named")
        outcomes = verdicts.run()
        judged = Judged(how, counted, verdicts, outcomes, 0.0, (), whole)
        judged = judged.replace(cost=price + judged.wrong + OPEN * judged.open - RIGHT * judged.right)
        told = how == "described" and whole and convention == "weights" and not judged.wrong
        if (
            told
            and judged.right < ON_PURPOSE
            and (_counts_parameters(calculation) or _forgets_biases(books, calculation))
        ):
            continue
        if (
            best is not None
            and convention == "weights"
            and _counts_shifts(outcomes)
            and not speaks_of_weights(calculation)
        ):
            continue
        if best is None or judged.cost < best.cost:
            best = judged
        if not best.wrong:
            break
    assert best is not None
    if blames and best.wrong and best.is_proven_by_its_total:
        lenient = judge_by(calculation, network, how, whole=whole, vectors_open=vectors_open, blames=False)
        return lenient if not lenient.wrong else best
    return best


def can_cost(calculation: Calculation, network: Network, most: float) -> bool:
    """Whether a network can cost so little by any convention, as far as the formulas that are wrong by it show."""
    books = Books(network)
    for convention, price in _conventions(books, False, calculation.words):
        matcher = Matcher(calculation, books if convention == "full" else books.under(convention))
        if not matcher.has_faults(most - price + RIGHT * len(matcher.items)):
            return True
    return False


def judge_if_right(calculation: Calculation, network: Network, how: str) -> Judged | None:
    """The text judged by one network; ``None`` where something in it is wrong by each convention."""
    books = Books(network)
    for convention, _ in _conventions(books, False, calculation.words):
        counted = books if convention == "full" else books.under(convention)
        if not Matcher(calculation, counted).has_faults():
            judged = judge_by(calculation, network, how)
            return None if judged.wrong else judged
    return None


def _conventions(books: Books, vectors_open: bool, words: Iterable[str]) -> Iterator[tuple[str, float]]:
    """The ways of counting that a text may have; only the stated one where the description says how to count.

    Running statistics count in Keras' totals, and never in a text that has PyTorch's words.
    """
    yield "full", CONVENTION["full"]
    if books.stated:
        return
    if any(part.biases for part in books.weighted) and not _chooses_biases(books):
        yield "weights", CONVENTION["weights"]
    if vectors_open and any(part.has_two_vectors for part in books.weighted):
        yield "one vector", CONVENTION["one vector"]
    torch = ("nn.", "torch")
    if any(part.statistics for part in books.weighted) and not any(word.startswith(torch) for word in words):
        yield "statistics", CONVENTION["statistics"]


def _counts_parameters(calculation: Calculation) -> bool:
    """Whether a text calls its total one of parameters, and says nowhere that it is of weights: then biases belong to
    it.
    """
    if speaks_of_weights(calculation):
        return False
    return any(statement.is_total and statement.quantity == "params" for statement in calculation.statements)


def _counts_shifts(outcomes: list[Outcome]) -> bool:
    """Whether a formula counts normalisations with what they add: who does so leaves out no biases on purpose."""
    for outcome in outcomes:
        meaning = outcome.item.right
        if outcome.verdict == "right" and outcome.item.products and meaning is not None:
            cover = [part for part, _ in meaning.quantity.cover]
            if all(part.family in NORMS and part.biases for part in cover) and meaning.quantity.role != "biases":
                return True
    return False


def _forgets_biases(books: Books, calculation: Calculation) -> bool:
    """Whether a description says which layers have no biases, and others have: who leaves those out forgets them."""
    kinds = {bool(part.biases) for part in books.weighted if part.family in ("conv", "linear")}
    return kinds == {True, False} and not names_weights(calculation)


def _chooses_biases(books: Books) -> bool:
    """Whether some matrices of attention have biases and others have none: who leaves them out forgets them."""
    inward = {bool(part.biases) for part in books.weighted if "attention" in part.categories}
    return inward == {True, False}


def judge_alone(calculation: Calculation) -> Judged:
    """The text judged by itself: its arithmetic and its sums."""
    from netledger.network import Network

    verdicts = Verdicts(Matcher(calculation, Books(Network("no network"))).matched(), whole=False)
    return Judged("none", None, verdicts, verdicts.run(), 0.0)


def is_proven(judged: Judged) -> bool:
    """Whether numbers alone show which network it is: two formulas factor by factor, or a table of its layers."""
    exact: set[str] = set()
    plain: set[str] = set()
    for outcome in judged.outcomes:
        meaning = outcome.item.right
        if outcome.verdict != "right" or meaning is None or meaning.quantity.role not in ("layer", "weights"):
            continue
        if "depthwise" in outcome.item.wording.families and meaning.quantity.first.family != "depthwise":
            return False  # it has the numbers of another network's plain convolution
        products, terms = outcome.item.products, meaning.quantity.terms
        if products and meaning.quantity.value >= LEAST_TELLING and changes(products, terms) == []:
            exact.add(meaning.quantity.what)
        elif products is None:
            plain.add(meaning.quantity.what)
    return (len(exact) >= LEAST_HITS or len(plain) >= LEAST_ROWS) and judged.right >= LEAST_RATIO * judged.wrong


def rank(judged: Judged, place: int) -> tuple[float, int, int, int]:
    """The best first: least wrong, most right, most of what is wrong explained, then the form that people mean."""
    findings = [finding for outcome in judged.outcomes for finding in outcome.findings]
    return judged.cost, -judged.right, sum([finding.kind == "wrong_value" for finding in findings]), place


def by_numbers(calculation: Calculation) -> list[str]:
    """Networks of the catalogue that have most of the text's counts as layers: two at least."""
    from netledger.audit.understanding.names import familiarity

    values, total = _counts(calculation)
    found = []
    for entry in _figures():
        hits = _hits(values, entry.layers)
        agrees = total == entry.parameters and hits >= 1
        if (hits >= LEAST_HITS and 3 * hits >= 2 * len(values)) or agrees:
            found.append((-hits - 2 * agrees, familiarity(entry.name), len(entry.layers), entry.name))
    return [name for *_, name in sorted(found)][:MOST_TRIED]


def likely(calculation: Calculation, names: list[str]) -> list[str]:
    """Of several published forms those worth judging: in the order given, the ones that share most of the counts."""
    most = MOST_FORMS if len(calculation.statements) < LONG else 2
    if len(names) <= most:
        return names
    values, total = _counts(calculation)
    shared = {entry.name: _hits(values, entry.layers) + 2 * (total == entry.parameters) for entry in _figures()}
    best = sorted(names, key=lambda name: -shared.get(name, 0))[:most]
    return [name for name in names if name in best or name == names[0]]


def rebuilt(calculation: Calculation, name: str) -> list[str]:
    """Forms of a model as courses build it, ``gpt2/scratch``: meant only where a text has their very total."""
    forms = [model for model in models() if model.startswith(f"{name}/")]
    told = {s.value for s in calculation.statements if forms and not s.error and s.quantity in ("", "params")}
    return [form for form in forms if Books(load(form)).total in told]


def having(names: list[str], values: Iterable[Value | None], *, must: bool = False) -> list[str]:
    """Of several published forms those that have the most of some counts as layers; where none has any, all of them,
    or none if they ``must``.
    """
    if len(names) < 2:
        return names
    wanted = [int(value) for value in values if value is not None and value == int(value)]
    entries = [entry for entry in _figures() if entry.name in names]
    hits = {entry.name: _hits(wanted, entry.layers) + (entry.parameters in wanted) for entry in entries}
    most = max(hits.values(), default=0)
    if not most:
        return [] if must else names
    return [name for name in names if hits.get(name, 0) == most]


def _figures() -> tuple[Listed, ...]:
    from netledger.ledger.figures import entries

    return entries()


def _counts(calculation: Calculation) -> tuple[list[int], int | None]:
    """The counts that a text states, and its last total."""
    values, total = [], None
    for statement in calculation.statements:
        value = statement.value
        if value is None or statement.error or value != int(value) or statement.binding:
            continue
        if statement.is_total:
            total = int(value)
        elif statement.quantity in ("", "params", "weights") and value >= 100:
            values.append(int(value))
    return values, total


def _hits(values: list[int], layers: Iterable[int]) -> int:
    """How many of the values are layers, each layer once."""
    from collections import Counter

    there = Counter(layers)
    return sum([min(times, there[value]) for value, times in Counter(values).items() if value in there])
